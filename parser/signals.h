#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "parser/fields.h"
#include "parser/lexicon.h"

namespace vigie::parser {

/// A run of digits, or a word that starts a phrase of the lexicon.
struct Signal {
  std::uint32_t begin = 0, end = 0;  // bytes of the text
  std::uint32_t heads = 0;           // bits kind_bit(WordKind) of the phrases that start with this word
  std::uint32_t digits = 0;          // of any script
};

/// What a field reader could start from, found in one pass over a text, so that a text without it costs next to nothing.
struct Signals {
  std::vector<Signal> list;  // in order
  std::uint32_t heads = 0;   // of all
  std::size_t digits = 0;    // of all

  bool any(std::uint32_t kinds) const { return (heads & kinds) != 0; }
};

/// Part of a text, in bytes; it begins and ends between words.
struct Stretch {
  std::uint32_t begin = 0, end = 0;
};
/// The parts of `s` in which something stands beside a signal of one of `kinds`, or beside digits if `digits`: about a line on
/// either side; in order, not touching each other.
std::vector<Stretch> stretches_around(std::string_view s, const Signals& signals, std::uint32_t kinds, bool digits);

/// `s`: UTF-8. Time and space linear in its size.
Signals scan(std::string_view s, const Lexicon& lexicon);

// The readers of fields.h over a text that has been scanned.
std::vector<Contact> read_contacts(std::string_view s, const TextContext& context, const Signals& signals);
std::vector<DecodedPrice> read_prices(std::string_view s, const TextContext& context, const Signals& signals);
std::vector<DecodedAge> read_ages(std::string_view s, const TextContext& context, const Signals& signals);
std::vector<PersonName> read_names(std::string_view s, const TextContext& context, const Signals& signals);
std::vector<DecodedDate> read_dates(std::string_view s, const TextContext& context, const Signals& signals);

}  // namespace vigie::parser
