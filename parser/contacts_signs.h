#pragma once

#include <cstdint>

/// What a code point can be inside a number that hides.
namespace vigie::parser {

struct Imitation {
  char letter;
  char digit;
  float cost;  // how strange it would be
};
/// The digit that an ASCII letter imitates in plain Latin writing; null: none.
const Imitation* imitation_of(char32_t c);

enum class Kind : std::uint8_t { other, letter, digit, invisible, keycap };

// A code point of a run, as digit and as letter.
struct Sign {
  char32_t c = 0;
  Kind kind = Kind::other;
  std::int8_t value = -1;  // 0 to 9 for digits of any script; 10 to 20 for circled ones
  bool foreign = false;    // a digit that is not ASCII
};

Sign sign_of(char32_t c);
/// A mark above, below or through the character before it.
bool is_mark(const Sign& s);
/// The apostrophe of "п'ять" is a letter; that of "jusqu'au" parts two words.
bool is_apostrophe(char32_t c);
bool is_cyrillic(char32_t c);
bool is_emoji(char32_t c);

}  // namespace vigie::parser
