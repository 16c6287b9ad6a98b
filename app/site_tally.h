#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/records.pb.h"
#include "core/time.h"
#include "detector/detector.h"

namespace vigie::app {

/// How contacts stand on the ads of one site: which are the site's own, and how usual it is to hide them. Counted over
/// ads as they are seen; one ad once.
class SiteTally {
 public:
  void count(const Ad& ad);
  bool enough() const { return ads_ >= kEnough; }

  /// Values on so large a part of the site's ads, beside contacts of the advertisers, that they must be the site's own.
  /// A network that fills a small site is not: its ads bear its number alone. Looked at anew as the site grows.
  const std::vector<std::string>& own_contacts();
  /// Share of ads with a contact whose contact is nowhere written plainly; below zero while too few are known.
  double obscured() const;
  /// What comparable ads cost (same place, currency and unit; one price a contact, the newest), without those of this ad's
  /// contacts; empty while fewer than 30 contacts are known.
  std::optional<detector::PriceLevel> price_level(const Ad& ad) const;
  /// New ads a week that 19 of 20 contacts do not exceed, over the four weeks to `now`; empty while fewer than 30 posted.
  std::optional<double> usual_output(Instant now) const;

  static constexpr int kMostRead = 2000;  // stored ads of a site that are read to begin with

 private:
  void count_market(const Ad& ad);

  static constexpr int kEnough = 50;
  static constexpr std::size_t kMostValues = 100'000;
  static constexpr std::size_t kMostPlaces = 2000, kMostPrices = 500;  // of a site; of a place
  struct Use {
    int ads = 0, beside = 0;  // beside: with another contact in the same ad
  };
  std::map<std::string, std::map<std::uint64_t, double>> prices_;   // place, currency and unit -> contact -> price
  std::map<std::int64_t, std::map<std::uint64_t, int>> output_;      // week -> contact -> new ads; the last five weeks
  int ads_ = 0, with_contact_ = 0, obscured_ = 0;
  std::map<std::string, Use> uses_;
  std::vector<std::string> own_;
  int next_look_ = kEnough;
};

}  // namespace vigie::app
