#include "parser/contacts_signs.h"

#include <unicode/uchar.h>

#include <array>

namespace vigie::parser {

namespace {

// Letters that stand for digits in plain Latin writing, and how strange that would be.
constexpr Imitation kLatin[] = {{'O', '0', .15F}, {'o', '0', .15F}, {'I', '1', .15F}, {'l', '1', .15F}, {'|', '1', .3F},
                                {'i', '1', .4F},  {'!', '1', .6F},  {'Z', '2', .3F},  {'z', '2', .4F},  {'S', '5', .25F},
                                {'s', '5', .4F},  {'B', '8', .25F}, {'G', '6', .5F},  {'b', '6', .4F},  {'T', '7', .4F},
                                {'g', '9', .4F},  {'q', '9', .4F},  {'E', '3', .6F},  {'A', '4', .6F},  {'Q', '0', .5F},
                                {'D', '0', .5F},  {'L', '1', .6F},  {'J', '7', .9F},  {'t', '7', .6F},  {'e', '3', .8F},
                                {'a', '4', .8F},  {'h', '4', .9F},  {'P', '9', .9F}};

}  // namespace

const Imitation* imitation_of(char32_t c) {
  static const auto table = [] {
    std::array<const Imitation*, 128> t{};
    for (const auto& i : kLatin) t[static_cast<unsigned char>(i.letter)] = &i;
    return t;
  }();
  return c < 128 ? table[c] : nullptr;
}

Sign sign_of(char32_t c) {
  if (c < 0x80) {
    if (c >= '0' && c <= '9') return {c, Kind::digit, static_cast<std::int8_t>(c - '0'), false};
    const bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
    return {c, letter ? Kind::letter : Kind::other, -1, false};
  }
  if (c == 0x20E3) return {c, Kind::keycap, -1, false};
  const auto type = u_charType(static_cast<UChar32>(c));
  if (c == 0xAD || type == U_FORMAT_CHAR || (c >= 0xFE00 && c <= 0xFE0F)) return {c, Kind::invisible, -1, false};
  const int decimal = u_charDigitValue(static_cast<UChar32>(c));
  if (decimal >= 0) return {c, Kind::digit, static_cast<std::int8_t>(decimal), true};
  if (type == U_OTHER_NUMBER) {
    const double value = u_getNumericValue(static_cast<UChar32>(c));
    const int whole = static_cast<int>(value);
    if (value == whole && whole >= 0 && whole <= 20) return {c, Kind::digit, static_cast<std::int8_t>(whole), true};
    return {c, Kind::other, -1, false};
  }
  const auto mask = U_MASK(type);
  const bool letter = (mask & (U_GC_L_MASK | U_GC_M_MASK)) || c == 0x2B55 || c == 0x1F17E;
  return {c, letter ? Kind::letter : Kind::other, -1, false};
}

bool is_mark(const Sign& s) { return s.c >= 0x300 && (U_MASK(u_charType(static_cast<UChar32>(s.c))) & (U_GC_MN_MASK | U_GC_ME_MASK)) != 0; }
bool is_apostrophe(char32_t c) { return c == '\'' || c == 0x2019 || c == 0x2BC; }
bool is_cyrillic(char32_t c) { return c >= 0x400 && c < 0x530; }

bool is_emoji(char32_t c) {
  return (c >= 0x1F000 && c < 0x20000) || (c >= 0x2600 && c < 0x27C0) || (c >= 0x2B00 && c < 0x2C00) || (c >= 0x2190 && c < 0x2200);
}

}  // namespace vigie::parser
