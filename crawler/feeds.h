#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace vigie::crawler {

struct FeedItem {
  std::string url;  // as written; the caller resolves and scopes it
  std::optional<Instant> modified;
};
struct Feed {
  std::string kind;  // sitemap sitemapindex rss atom
  std::vector<FeedItem> items;
  bool truncated = false;  // over 50,000 addresses
};

/// Reads a sitemap, sitemap index, RSS or Atom document, plain or gzipped; entities are never resolved. `malformed`: neither of them.
Result<Feed> read_feed(std::string_view xml);

}  // namespace vigie::crawler
