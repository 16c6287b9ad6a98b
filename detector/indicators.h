#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "detector/networks.h"

namespace vigie::detector {

/// What an indicator from structure saw: a reason without its head (the table fills id, tier, group), and how strong.
struct Fired {
  Reason reason;       // text, and the place where there is one
  double extra = 0;    // log-odds on top of the row's weight
  bool leads = false;  // strong enough here to alert alone
};

/// One row per sign that is seen in history and links, not in words.
struct Indicator {
  std::string_view id, tier, group;
  double weight;                     // log-odds, before extra
  std::string_view source;           // domain.md, section 4
  std::string_view false_positives;  // separated by ';'
  std::optional<Fired> (*sees)(const Scene& scene);
};
std::span<const Indicator> indicators();

constexpr double kSameText = 0.6;  // Jaccard; 0.45 is where the store begins to look
/// Does the text of this ad stand under so many other contacts that it may alert alone?
bool copied_text_leads(const Evidence& evidence);

/// Fills what the row knows.
Reason complete(const Indicator& row, Fired fired);

}  // namespace vigie::detector
