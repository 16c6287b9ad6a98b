#pragma once

#include "core/records.pb.h"
#include "detector/views.h"

namespace vigie::detector {

/// Fills field, span and quote of a reason: the quote is cut from the stored field, so it is what stands there.
void quote(Reason& reason, const FieldText& field, Span span);

/// As above from a contact's own field and span; where those do not fit the ad, the reason bears no quote at all.
void quote_contact(Reason& reason, const Ad& ad, const Contact& contact);

/// Gives a reason that bears no quote one from the ad that it is about: where `number` stands as a word of its own, else the
/// ad's first words. A reason about a field alone (an age, a price) is then still shown with a place in the stored text.
void quote_something(Reason& reason, const Ad& ad, std::string_view number = {});

/// The stored text of a field by its name in a reason ("text", "attributes.tel"); empty when there is none.
std::string_view stored_text(const Ad& ad, std::string_view field);

}  // namespace vigie::detector
