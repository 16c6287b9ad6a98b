#include "core/text.h"
#include "crawler/feeds.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto feed = vigie::crawler::read_feed(view(data, size));
  if (!feed) {
    require(feed.error().code == vigie::Errc::malformed || feed.error().code == vigie::Errc::too_large, "a bad feed is malformed");
    return 0;
  }
  require(feed->kind == "sitemap" || feed->kind == "sitemapindex" || feed->kind == "rss" || feed->kind == "atom", "a feed has a kind");
  require(feed->items.size() <= 50'000, "a feed stays under its limit");
  for (const auto& item : feed->items) {
    require(!item.url.empty() && vigie::text::valid_utf8(item.url), "an address is there, and UTF-8");
  }
  return 0;
}
