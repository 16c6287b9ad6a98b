#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "core/url.h"

namespace vigie::crawler {

/// The cookies that one site has set (RFC 6265, as user agents must treat them). A value in memory: nothing is written to
/// disk, nothing is shared between sites, and time is an argument. At most kMost cookies of kMostBytes each; the one that
/// was used longest ago goes first.
class CookieJar {
 public:
  static constexpr std::size_t kMost = 50, kMostBytes = 4096;

  /// One Set-Cookie value (without the name of the field), as it came with the answer of `url`. Bytes are kept as they
  /// are. What the RFC or our limits refuse is dropped in silence.
  void set(std::string_view line, const Url& url, Instant now);
  /// Every Set-Cookie line of a raw header block.
  void set_all(std::string_view header_block, const Url& url, Instant now);
  /// The Cookie value to send to `url`: longer paths first, then older cookies; empty: none.
  std::string header(const Url& url, Instant now);
  std::size_t size() const { return cookies_.size(); }

 private:
  struct Cookie {
    std::string name, value, domain, path;
    bool host_only = true, secure = false;
    std::optional<Instant> expires;  // empty: while we run
    std::uint64_t made = 0, used = 0;
  };
  bool place(Cookie& cookie, std::string_view domain, std::string_view path, const Url& url) const;

  std::vector<Cookie> cookies_;  // in order of their making
  std::uint64_t clock_ = 0;
};

/// A date of a Set-Cookie line as RFC 6265 5.1.1 reads it; empty when it is none.
std::optional<Instant> read_cookie_date(std::string_view text);

}  // namespace vigie::crawler
