#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/message.h"

namespace vigie::alerts {

/// The summary that ends the first pass over one site: kind `health`, key "first-pass/SITE", its counts in `first_pass`; each
/// of its reasons is the headline of an alert that was kept, with its label and severity. A summary without counts is told
/// by its headline.
bool is_first_pass(const Alert& alert);

/// All summaries of one message as one account: a line per site, each kept finding once.
struct FirstPasses {
  struct Counts {
    std::int64_t ads = 0, pages = 0, kept = 0;
  };
  struct Site {
    const Alert* alert = nullptr;
    std::string site;
    std::optional<Counts> counts;  // empty: not known
  };
  struct Kept {
    std::string label, severity, text, ad;
    std::vector<std::string> sites;  // whose summaries name it
  };
  std::vector<Site> sites;  // by scope, then site
  std::vector<Kept> kept;   // the gravest first, then by label
  bool partial = false;     // a summary names fewer findings than it counts

  /// Those of `told` that are summaries; they outlive the account.
  explicit FirstPasses(const std::vector<Told>& told);

  bool empty() const { return sites.empty(); }
  /// "11 sites"
  std::string sites_text(std::string_view language) const;
  /// "first pass ended over 11 sites: 250 ads on 300 pages, 7 findings kept"
  std::string total(std::string_view language) const;
  /// The section of a message that tells them.
  std::vector<Block> blocks(std::string_view language) const;
};

}  // namespace vigie::alerts
