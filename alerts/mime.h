#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace vigie::alerts {

/// One address as configuration states it. Invariant: `address` is plain ASCII, "local@domain", with no character that
/// could end a line, a header or an envelope.
struct Mailbox {
  std::string name;  // UTF-8, without control characters; may be empty
  std::string address;

  std::string domain() const { return address.substr(address.find('@') + 1); }
};
/// Reads "Vigie <vigie@unit.example>" or "vigie@unit.example"; `malformed` for everything else, a second address included.
Result<Mailbox> parse_mailbox(std::string_view text);

/// One field of a header. `structured`: tokens of our own making (ids, dates), never encoded, folded at blanks.
struct Header {
  std::string name;
  std::string value;
  bool structured = false;
};

/// "Name: value" folded at 76 columns, CRLF at the end. No control or direction character of `value` gets through;
/// what is not plain ASCII becomes encoded words (RFC 2047); at most 1,000 bytes of the value are kept.
std::string format_header(const Header& header);
/// The display form of a mailbox in an address header.
std::string format_mailbox(const Mailbox& mailbox);

/// A complete message with CRLF line ends: `headers` in their order, then MIME headers and two alternatives, plain first.
/// `seed` makes the boundary: the same message is the same bytes. Lines of the body stay under 77 bytes.
std::string build_message(const std::vector<Header>& headers, std::string_view plain, std::string_view html,
                          std::string_view seed);

}  // namespace vigie::alerts
