#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/records.pb.h"
#include "parser/learned.h"
#include "parser/listing.h"
#include "parser/places.h"
#include "parser/trace.h"

namespace vigie::parser {

/// What one listing says of how its site is made: which rules would point at its values, which known ones point
/// elsewhere, and its blocks of text.
ListingLesson lesson_of(const Page& page, const Places& places, const ListingAt& at, const Ad& ad, const Trace& trace);

/// What a list says: the make of the addresses that its records lead to. Its `ad` is empty, and `places` holds one key
/// that stands for the records. Empty: the scope file says it, or they have no make in common.
std::optional<ListingLesson> lesson_of_list(const Page& page, const PageRecord& list);

/// Contacts outside `ads` (whole listings, document order), and outside boxes that lead to other ads: those of the site's
/// frame. As kind:value.
std::vector<std::string> frame_contacts(const Page& page, const std::vector<NodeId>& ads);

/// Where each value of the listing came from, for a person.
std::vector<ValueOrigin> origins_of(const Page& page, const Ad& ad, const Trace& trace);

}  // namespace vigie::parser
