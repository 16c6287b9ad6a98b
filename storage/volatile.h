#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/records.pb.h"
#include "core/time.h"

namespace vigie::storage {

/// The text without what moves by itself: counters of views ("738 vues", "Aufrufe: 22", "891 keer bekeken"), ages
/// of the page ("il y a 27 minutes", "vor 3 Tagen", "2 hours ago") and clock times beside "today" or "yesterday".
/// For comparison only: the stored text keeps every byte. A number is dropped only beside such a word, so that a new
/// price, age or telephone number is still a change. Pure, linear.
std::string steady(std::string_view text);

/// Is this the name of a counter or of a relative date ("aufrufe", "vues", "bijgewerkt")?
bool names_counter(std::string_view label);

/// What a comparison does not count in title, text and attributes, as "text: 738 vues": each with the word before and behind
/// it, at most 8 a field.
std::vector<std::string> ignored_in(const Ad& ad);

/// A date of posting that lies before the day on which the ad was last seen with another is no new date but the old one told
/// anew: "two weeks ago" says another day every day. `after` then keeps that of `before`.
void keep_posted(const Ad& before, Instant last_seen, Instant now, Ad& after);

}  // namespace vigie::storage
