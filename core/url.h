#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace vigie {

class UrlParser;

/// An http or https address as the URL Standard parses it: what a browser would request.
///
/// Invariant: every part is ASCII (host in punycode or an IP literal, the rest percent-encoded), and
/// parse(href()) gives the same Url. Other schemes are refused: nothing in this house follows them.
class Url {
 public:
  static constexpr std::size_t kMaxBytes = 2048;  // design limit; counted on the serialised form

  /// `malformed` when the URL Standard says failure, `refused` for another scheme, `too_large` over the limit.
  static Result<Url> parse(std::string_view text);
  /// Resolves a link of a page, as browsers do; `base` is the page's address (or its <base href>).
  static Result<Url> parse(std::string_view text, const Url& base);

  std::string href() const;                 // with fragment
  std::string without_fragment() const;     // what is fetched
  std::string origin() const;               // "https://a.example:8443"
  const std::string& scheme() const { return scheme_; }        // "http" or "https"
  const std::string& username() const { return username_; }
  const std::string& password() const { return password_; }
  const std::string& hostname() const { return host_; }        // without port; IPv6 in brackets
  std::uint16_t port() const { return port_; }                  // 0: the scheme's default
  std::uint16_t effective_port() const { return port_ ? port_ : (scheme_ == "https" ? 443 : 80); }
  const std::string& path() const { return path_; }            // starts with '/'
  const std::string& query() const { return query_; }          // with leading '?', or empty
  const std::string& fragment() const { return fragment_; }    // with leading '#', or empty
  std::string path_and_query() const { return path_ + query_; }

 private:
  friend class UrlParser;
  std::string scheme_, username_, password_, host_, path_, query_, fragment_;
  std::uint16_t port_ = 0;
};

/// The form under which a page is known: no fragment, no credentials, query parameters that never change content
/// dropped (well-known tracking names and those in `drop`), the rest in their order, an empty query removed.
std::string canonical(const Url& url, const std::vector<std::string>& drop = {});

/// "hxxps://annonces[.]example/x": cannot be clicked by accident.
std::string defang(std::string_view url);

}  // namespace vigie
