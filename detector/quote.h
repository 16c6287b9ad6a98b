#pragma once

#include "core/records.pb.h"
#include "detector/views.h"

namespace vigie::detector {

/// Fills field, span and quote of a reason: the quote is cut from the stored field, so it is what stands there.
void quote(Reason& reason, const FieldText& field, Span span);

/// As above from a contact's own field and span; where those do not fit the ad, the reason bears no quote at all.
void quote_contact(Reason& reason, const Ad& ad, const Contact& contact);

/// The stored text of a field by its name in a reason ("text", "attributes.tel"); empty when there is none.
std::string_view stored_text(const Ad& ad, std::string_view field);

}  // namespace vigie::detector
