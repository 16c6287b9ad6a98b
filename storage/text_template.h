#pragma once

#include <vector>

#include "core/records.pb.h"

/// What ads of one template have in common, and what each of them filled in. Pure; computed when somebody asks, from the ads.
namespace vigie::storage {

constexpr std::size_t kMostRepresentatives = 64;

/// Constants in their order and typed slots between them, by alignment of the others with the first ad. A word is a constant
/// where that makes the shorter description of all ads: to write it once, and a correction for each ad that has another, costs less than
/// to write it in each ad that has it. Slots: `contact`, `number`, `name`, `place`; `words` where kinds mix.
TextTemplate template_of(const std::vector<Ad>& ads);

/// One line: constants, and slots by their kind in brackets.
std::string template_line(const TextTemplate& text);

/// What stands in the ad between the constants, in order: one row a run, with its place and its words as written.
std::vector<Evidence> filled_slots(const TextTemplate& text, const Ad& ad);

}  // namespace vigie::storage
