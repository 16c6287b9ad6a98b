#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vigie::crawler {

/// The part of a host name that one owner registered ("shop.annonces.co.uk" gives "annonces.co.uk"), by the public
/// suffix list of the distribution; empty for a public suffix itself, an address, or what is no name.
/// Upper case and Unicode are accepted; the answer is lower case, in the spelling (punycode or not) that came in.
std::optional<std::string> registrable_domain(std::string_view hostname);

}  // namespace vigie::crawler
