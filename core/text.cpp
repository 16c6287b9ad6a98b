#include "core/text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>

namespace vigie::text {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

unsigned char byte(char c) { return static_cast<unsigned char>(c); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// The code point at `i`, which moves on; negative when the bytes are no UTF-8. ICU counts in int32.
UChar32 next(std::string_view s, std::size_t& i) {
  const auto window = s.substr(i, 8);
  std::int32_t at = 0;
  UChar32 c = 0;
  U8_NEXT(reinterpret_cast<const std::uint8_t*>(window.data()), at, static_cast<std::int32_t>(window.size()), c);
  i += static_cast<std::size_t>(at);
  return c;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (lower(c) >= 'a' && lower(c) <= 'f') return lower(c) - 'a' + 10;
  return -1;
}

void append_escaped(std::string& out, char c) {
  out += "\\x";
  out += kHex[byte(c) >> 4];
  out += kHex[byte(c) & 15];
}

/// C0, DEL, C1, and what breaks a line or turns writing direction around.
bool is_control(UChar32 c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0x200e || c == 0x200f ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

std::size_t ascii_prefix(std::string_view s) {
  std::size_t i = 0;
  for (std::uint64_t word = 0; i + sizeof word <= s.size(); i += sizeof word) {
    std::memcpy(&word, s.data() + i, sizeof word);
    if ((word & 0x8080808080808080u) != 0) break;
  }
  while (i < s.size() && byte(s[i]) < 0x80) ++i;
  return i;
}

bool valid_utf8(std::string_view s) {
  for (std::size_t i = ascii_prefix(s); i < s.size(); i += ascii_prefix(s.substr(i))) {
    if (byte(s[i]) < 0x80) {
      ++i;
    } else if (next(s, i) < 0) {
      return false;
    }
  }
  return true;
}

std::string repair_utf8(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (std::size_t i = 0; i < s.size();) {
    const std::size_t start = i;
    const UChar32 c = next(s, i);
    if (c < 0) {
      out += "\xEF\xBF\xBD";
    } else if (c != 0) {
      out.append(s.substr(start, i - start));
    }
  }
  return out;
}

std::string_view cut_utf8(std::string_view s, std::size_t bytes) {
  if (s.size() <= bytes) return s;
  std::size_t end = bytes;
  for (int back = 0; back < 3 && end > 0 && (byte(s[end]) & 0xC0) == 0x80; ++back) --end;
  // Four continuation bytes in a row are no UTF-8: cut where asked.
  if ((byte(s[end]) & 0xC0) == 0x80) end = bytes;
  return s.substr(0, end);
}

std::string fold_space(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  bool gap = false;
  for (std::size_t i = 0; i < s.size();) {
    const std::size_t start = i;
    bool space = false;
    if (byte(s[i]) < 0x80) {
      space = ascii_space(s[i++]);
    } else {
      const UChar32 c = next(s, i);
      space = c >= 0 && u_isUWhiteSpace(c);
    }
    if (space) {
      gap = !out.empty();
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    out.append(s.substr(start, i - start));
  }
  return out;
}

std::string_view trim(std::string_view s) {
  while (!s.empty() && ascii_space(s.front())) s.remove_prefix(1);
  while (!s.empty() && ascii_space(s.back())) s.remove_suffix(1);
  if (s.empty() || (byte(s.front()) < 0x80 && byte(s.back()) < 0x80)) return s;
  while (!s.empty()) {
    std::size_t i = 0;
    const UChar32 c = next(s, i);
    if (c < 0 || !u_isUWhiteSpace(c)) break;
    s.remove_prefix(i);
  }
  while (!s.empty()) {
    std::size_t start = s.size() - 1;
    while (start > 0 && s.size() - start < 4 && (byte(s[start]) & 0xC0) == 0x80) --start;
    std::size_t end = start;
    const UChar32 c = next(s, end);
    if (c < 0 || end != s.size() || !u_isUWhiteSpace(c)) break;
    s = s.substr(0, start);
  }
  return s;
}

std::vector<std::string_view> split(std::string_view s, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = s.find(separator);
    parts.push_back(s.substr(0, at));
    if (at == std::string_view::npos) return parts;
    s.remove_prefix(at + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const auto& part : parts) {
    if (&part != &parts.front()) out += separator;
    out += part;
  }
  return out;
}

bool equals_ci(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool starts_with_ci(std::string_view s, std::string_view ascii_prefix) {
  return equals_ci(s.substr(0, ascii_prefix.size()), ascii_prefix);
}

std::string lower_ascii(std::string_view s) {
  std::string out(s);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string escape_html(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (const char c : s) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string escape_control(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (std::size_t i = 0; i < s.size();) {
    const std::size_t start = i;
    const UChar32 c = next(s, i);
    if (c >= 0 && !is_control(c)) {
      out.append(s.substr(start, i - start));
    } else {
      for (std::size_t k = start; k < i; ++k) append_escaped(out, s[k]);
    }
  }
  return out;
}

std::string percent_encode(std::string_view s, std::string_view keep) {
  std::string out;
  out.reserve(s.size());
  for (const char c : s) {
    const bool plain = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
    if (plain || (c != '\0' && keep.find(c) != std::string_view::npos)) {
      out += c;
      continue;
    }
    out += '%';
    out += "0123456789ABCDEF"[byte(c) >> 4];
    out += "0123456789ABCDEF"[byte(c) & 15];
  }
  return out;
}

std::string percent_decode(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '%' && i + 2 < s.size() && hex_value(s[i + 1]) >= 0 && hex_value(s[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(s[i + 1]) * 16 + hex_value(s[i + 2]));
      i += 2;
    } else {
      out += s[i];
    }
  }
  return out;
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += kHex[byte(c) >> 4];
    out += kHex[byte(c) & 15];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = hex_value(hex[i]), low = hex_value(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k) word = word << 8 | (k < have ? byte(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) out += k <= have ? kAlphabet[word >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

Result<std::int64_t> parse_size(std::string_view s) {
  struct Unit {
    std::string_view name;
    std::int64_t bytes;
  };
  constexpr std::array<Unit, 5> kUnits = {{{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
                                           {"TiB", std::int64_t{1} << 40}}};
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), number);
  const auto unit = s.substr(static_cast<std::size_t>(end - s.data()));
  if (error == std::errc() && number >= 0 && s.front() != '-') {
    if (number == 0 && unit.empty()) return std::int64_t{0};
    for (const auto& known : kUnits) {
      if (unit != known.name) continue;
      if (number > std::numeric_limits<std::int64_t>::max() / known.bytes) break;
      return number * known.bytes;
    }
  }
  return fail(Errc::malformed, "not a size like 100B, 512KiB, 8MiB or 1GiB: " + std::string(cut_utf8(s, 64)));
}

namespace {

/// Edit distance that counts a swap of neighbours as one slip, ASCII case aside. Both at most 64 bytes.
std::size_t distance(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, 65>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
        row[j] = std::min(row[j], rows[(i + 1) % 3][j - 2] + 1);
      }
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::optional<std::string> did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > 64) return std::nullopt;
  std::optional<std::string> best;
  std::size_t least = 1 + std::min<std::size_t>(3, std::max<std::size_t>(1, word.size() / 3));
  for (const auto& candidate : candidates) {
    if (candidate.empty() || candidate.size() > 64) continue;
    const auto slips = distance(word, candidate);
    if (slips >= least || slips >= candidate.size()) continue;
    least = slips;
    best = candidate;
  }
  return best;
}

}  // namespace vigie::text
