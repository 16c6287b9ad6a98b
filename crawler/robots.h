#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::crawler {

/// What one robots.txt says to one product token. RFC 9309, with the leniency of Google's matcher (misspelt keys,
/// missing colons, index.html), since that is what site owners test against. Immutable.
class Robots {
 public:
  /// `agent`: our product token ("vigie"). Reads any bytes; what it cannot read says nothing.
  static Robots parse(std::string_view body, std::string_view agent);

  /// May `path` (path and query, percent-encoded, starts with '/') be fetched? The longest rule decides, allow on a tie.
  /// Work is bounded: a file that needs more than kMostWork byte comparisons for one address is read as "no".
  bool allowed(std::string_view path) const;
  std::optional<double> crawl_delay_s() const { return crawl_delay_s_; }
  const std::vector<std::string>& sitemaps() const { return sitemaps_; }
  /// The same rules as a robots.txt of their own, without what is meant for others.
  std::string reduced() const;

  static constexpr std::size_t kMostWork = 1 << 20;

 private:
  struct Rule {
    bool allow = false;
    std::string pattern;
  };
  std::vector<Rule> rules_;  // those of our group, else of "*"
  std::optional<double> crawl_delay_s_;
  std::vector<std::string> sitemaps_;
};

}  // namespace vigie::crawler
