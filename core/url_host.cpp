#include "core/url_host.h"

#include <unicode/uidna.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "core/text.h"

namespace vigie {
namespace {

Error bad(const char* why) { return fail(Errc::malformed, std::string("host: ") + why); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// ------------------------------------------------------------------------------------------------ IPv4

/// One part of an IPv4 address: decimal, octal ("017") or hexadecimal ("0xf"). Capped, so that nothing overflows.
std::optional<std::uint64_t> ipv4_number(std::string_view part) {
  if (part.empty()) return std::nullopt;
  std::uint64_t radix = 10;
  if (part.size() >= 2 && part[0] == '0') {
    const bool hexadecimal = part[1] == 'x' || part[1] == 'X';
    radix = hexadecimal ? 16 : 8;
    part.remove_prefix(hexadecimal ? 2 : 1);
  }
  std::uint64_t value = 0;
  for (const char c : part) {
    const int digit = hex_digit(c);
    if (digit < 0 || static_cast<std::uint64_t>(digit) >= radix) return std::nullopt;
    value = std::min<std::uint64_t>(value * radix + static_cast<std::uint64_t>(digit), std::uint64_t{1} << 40);
  }
  return value;
}

std::vector<std::string_view> dotted_parts(std::string_view host) {
  auto parts = text::split(host, '.');
  if (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  return parts;
}

bool ends_in_number(std::string_view host) {
  const auto last = dotted_parts(host).back();
  if (last.empty()) return false;
  return std::all_of(last.begin(), last.end(), is_digit) || ipv4_number(last).has_value();
}

Result<std::string> parse_ipv4(std::string_view host) {
  const auto parts = dotted_parts(host);
  if (parts.size() > 4) return bad("more than four numbers in an IPv4 address");
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto number = ipv4_number(parts[i]);
    if (!number) return bad("a number is expected in an IPv4 address");
    const std::uint64_t limit = i + 1 < parts.size() ? 256 : std::uint64_t{1} << (8 * (5 - parts.size()));
    if (*number >= limit) return bad("a number of the IPv4 address is too large");
    address += i + 1 < parts.size() ? *number << (8 * (3 - i)) : *number;
  }
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += std::to_string(address >> shift & 255);
    if (shift > 0) out += '.';
  }
  return out;
}

// ------------------------------------------------------------------------------------------------ IPv6

using Pieces = std::array<std::uint16_t, 8>;

/// The dotted tail of an IPv6 address ("::ffff:192.0.2.1"): four plain decimal numbers.
bool ipv4_tail(std::string_view text, Pieces& pieces, std::size_t& piece) {
  const auto numbers = text::split(text, '.');
  if (piece > 6 || numbers.size() != 4) return false;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto number = numbers[i];
    if (number.empty() || number.size() > 3 || !std::all_of(number.begin(), number.end(), is_digit)) return false;
    if (number.size() > 1 && number[0] == '0') return false;
    const auto value = *ipv4_number(number);
    if (value > 255) return false;
    auto& target = pieces[piece + i / 2];
    target = static_cast<std::uint16_t>(target << 8 | value);
  }
  piece += 2;
  return true;
}

std::optional<Pieces> ipv6_pieces(std::string_view s) {
  Pieces pieces{};
  std::size_t piece = 0;
  std::optional<std::size_t> compress;
  if (s.starts_with(':')) {
    if (!s.starts_with("::")) return std::nullopt;
    s.remove_prefix(2);
    compress = 0;
  }
  while (!s.empty()) {
    if (piece == 8) return std::nullopt;
    if (s[0] == ':') {
      if (compress) return std::nullopt;
      s.remove_prefix(1);
      compress = piece;
      continue;
    }
    std::size_t length = 0;
    std::uint32_t value = 0;
    while (length < 4 && length < s.size() && hex_digit(s[length]) >= 0) {
      value = value * 16 + static_cast<std::uint32_t>(hex_digit(s[length++]));
    }
    if (length < s.size() && s[length] == '.') {
      if (length == 0 || !ipv4_tail(s, pieces, piece)) return std::nullopt;
      break;
    }
    if (length == 0) return std::nullopt;
    s.remove_prefix(length);
    if (!s.empty()) {
      if (s[0] != ':' || s.size() == 1) return std::nullopt;
      s.remove_prefix(1);
    }
    pieces[piece++] = static_cast<std::uint16_t>(value);
  }
  if (compress) {
    std::rotate(pieces.begin() + static_cast<std::ptrdiff_t>(*compress),
                pieces.begin() + static_cast<std::ptrdiff_t>(piece), pieces.end());
  } else if (piece != 8) {
    return std::nullopt;
  }
  return pieces;
}

/// RFC 5952: lower case, no leading zeros, the first longest run of two or more zeros left out.
std::string write_ipv6(const Pieces& pieces) {
  std::size_t best = 8, best_length = 1;
  for (std::size_t i = 0; i < 8;) {
    std::size_t end = i;
    while (end < 8 && pieces[end] == 0) ++end;
    if (end - i > best_length) best = i, best_length = end - i;
    i = std::max(end, i + 1);
  }
  std::string out = "[";
  for (std::size_t i = 0; i < 8;) {
    if (i == best) {
      out += i == 0 ? "::" : ":";
      i += best_length;
      continue;
    }
    std::array<char, 8> hex{};
    std::snprintf(hex.data(), hex.size(), "%x", pieces[i]);
    out += hex.data();
    if (++i < 8) out += ':';
  }
  return out + ']';
}

// ------------------------------------------------------------------------------------------------ names

struct IdnaClose {
  void operator()(UIDNA* idna) const { uidna_close(idna); }
};

/// Domain to ASCII (UTS #46, non-transitional), errors that the URL Standard does not count left aside.
Result<std::string> to_ascii(std::string_view domain) {
  static const std::unique_ptr<UIDNA, IdnaClose> idna = [] {
    UErrorCode opened = U_ZERO_ERROR;
    return std::unique_ptr<UIDNA, IdnaClose>(
        uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII, &opened));
  }();
  if (!idna) return bad("no IDNA data");
  std::string out(domain.size() * 4 + 64, '\0');
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  UErrorCode status = U_ZERO_ERROR;
  auto length = uidna_nameToASCII_UTF8(idna.get(), domain.data(), static_cast<std::int32_t>(domain.size()), out.data(),
                                       static_cast<std::int32_t>(out.size()), &info, &status);
  if (status == U_BUFFER_OVERFLOW_ERROR) return bad("too long");
  constexpr std::uint32_t kNotCounted = UIDNA_ERROR_HYPHEN_3_4 | UIDNA_ERROR_LEADING_HYPHEN |
                                        UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_EMPTY_LABEL |
                                        UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG;
  if (U_FAILURE(status) || (info.errors & ~kNotCounted) != 0) return bad("not a valid international name");
  out.resize(static_cast<std::size_t>(length));
  return out;
}

bool is_plain(std::string_view domain) {
  return std::all_of(domain.begin(), domain.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool forbidden(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u <= 0x20 || u >= 0x7f || std::string_view("#%/:<>?@[\\]^|").find(c) != std::string_view::npos;
}

}  // namespace

Result<std::string> parse_host(std::string_view text) {
  // What nearly every host is: small letters, and a last part that is a name and no number.
  const auto small = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  const auto last = text.substr(text.rfind('.') + 1);
  if (!last.empty() && last[0] >= 'a' && std::all_of(text.begin(), text.end(), small)) return std::string(text);
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) return bad("] is missing");
    const auto pieces = ipv6_pieces(text.substr(1, text.size() - 2));
    if (!pieces) return bad("not an IPv6 address");
    return write_ipv6(*pieces);
  }
  std::string domain = text::percent_decode(text);
  if (is_plain(domain)) {
    // A name that is ASCII already is taken as it stands, also where its punycode means nothing: so do browsers.
    domain = text::lower_ascii(domain);
  } else {
    if (!text::valid_utf8(domain)) return bad("not UTF-8");
    auto ascii = to_ascii(domain);
    if (!ascii) return ascii;
    domain = *std::move(ascii);
  }
  if (domain.empty()) return bad("empty");
  if (std::any_of(domain.begin(), domain.end(), forbidden)) return bad("a character that no name may have");
  if (ends_in_number(domain)) return parse_ipv4(domain);
  return domain;
}

}  // namespace vigie
