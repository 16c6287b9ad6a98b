#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/pipeline.h"

namespace vigie::app {

/// One page on its way into the store; private to pipeline*.cpp.
struct Pipeline::Work {
  PageItem& item;
  std::shared_ptr<const SiteRules> rules;
  SiteState& state;
  const SiteOptions& site = rules->options;
  const SitePatterns* patterns = rules->patterns.get();
  Instant now{};
  storage::Completion completion{};
  crawler::Seen seen{};
  Committed result{};
  std::string sha256_hex{};               // of the raw body, once it has been kept
  std::vector<ContactUse> batch_uses{};   // contacts of ads of this very page
  std::map<std::string, std::vector<Similar>> near_texts{};  // of ads of this very page whose text is new
  std::set<std::string> returned{};       // ads that were gone
  std::set<std::string> previous_ads{};   // what the page showed last time
  std::vector<std::string> ask_again{};  // pages of gone ads that a list shows again
  std::vector<std::string> never_read{};  // addresses that a list shows and whose ad was never seen
  bool first_pass = false;
  bool first_look = false;               // nothing came of this address before
  bool hinted = false;                   // a sitemap or feed brought this look forward
  std::vector<std::pair<std::string, std::int64_t>> hints{};  // addresses that a feed dates, with the date
  std::optional<MutedPattern> mute{};    // from now on
  bool save_state = false;               // the site's state taught something that a restart must know

  Visit& visit() { return item.exchange.visit; }
  const PageRecord* page() const { return item.page ? &*item.page : nullptr; }
  bool shows_whole_ads() const {
    if (!item.page) return false;
    const auto& c = item.page->page_class();
    return c == "ad" || c == "inline" || c == "thread";
  }
  bool saw(const std::string& id) const {
    return in_batch(id) || std::find(completion.seen.begin(), completion.seen.end(), id) != completion.seen.end();
  }
  const StoredAd* in_batch(const std::string& id) const {
    for (const auto& write : completion.ads) {
      if (write.ad.ad().ad() == id) return &write.ad;
    }
    return nullptr;
  }
};

}  // namespace vigie::app
