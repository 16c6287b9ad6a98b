#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// UTF-8, one code point at a time.
namespace vigie::parser {

/// The code point at byte `i`, which moves behind it; U+FFFD for bytes that are none. `i` must be inside `s`.
inline char32_t next_letter(std::string_view s, std::size_t& i) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(s[at]); };
  const auto follows = [&](std::size_t at) { return at < s.size() && (byte(at) & 0xC0) == 0x80; };
  const unsigned lead = byte(i++);
  if (lead < 0x80) return lead;
  const std::size_t more = lead >= 0xF0 && lead < 0xF5 ? 3 : lead >= 0xE0 && lead < 0xF0 ? 2 : lead >= 0xC2 && lead < 0xE0 ? 1 : 0;
  if (more == 0) return 0xFFFD;
  char32_t c = lead & (0x3Fu >> more);
  for (std::size_t n = 0; n < more; ++n) {
    if (!follows(i)) return 0xFFFD;
    c = (c << 6) | (byte(i++) & 0x3F);
  }
  const bool sound = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF) && (more < 2 || c >= 0x800) && (more < 3 || c >= 0x10000);
  return sound ? c : 0xFFFD;
}

/// Writes a code point and returns its size; `to` has room for four bytes.
inline std::size_t put_letter(char* to, char32_t c) {
  const auto tail = [&](unsigned shift) { return static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) return to[0] = static_cast<char>(c), 1;
  if (c < 0x800) return to[0] = static_cast<char>(0xC0 | (c >> 6)), to[1] = tail(0), 2;
  if (c < 0x10000) return to[0] = static_cast<char>(0xE0 | (c >> 12)), to[1] = tail(6), to[2] = tail(0), 3;
  return to[0] = static_cast<char>(0xF0 | (c >> 18)), to[1] = tail(12), to[2] = tail(6), to[3] = tail(0), 4;
}

inline void append_letter(std::string& out, char32_t c) {
  char bytes[4];
  out.append(bytes, put_letter(bytes, c));
}

}  // namespace vigie::parser
