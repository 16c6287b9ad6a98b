#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace vigie {

/// The host parser of the URL Standard for special schemes: `text` is what stands between credentials and port.
/// Returns a lower-case domain in punycode, a dotted IPv4 address, or an IPv6 address in brackets; `malformed` otherwise.
Result<std::string> parse_host(std::string_view text);

}  // namespace vigie
