#pragma once

#include <string>
#include <string_view>

namespace vigie::storage {

/// The text without what moves by itself: counters of views ("738 vues", "Aufrufe: 22", "891 keer bekeken"), ages
/// of the page ("il y a 27 minutes", "vor 3 Tagen", "2 hours ago") and clock times beside "today" or "yesterday".
/// For comparison only: the stored text keeps every byte. A number is dropped only beside such a word, so that a new
/// price, age or telephone number is still a change. Pure, linear.
std::string steady(std::string_view text);

/// Is this the name of a counter or of a relative date ("aufrufe", "vues", "bijgewerkt")?
bool names_counter(std::string_view label);

}  // namespace vigie::storage
