#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/records.pb.h"

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

  static constexpr int kMostRead = 2000;  // stored ads of a site that are read to begin with

 private:
  static constexpr int kEnough = 50;
  static constexpr std::size_t kMostValues = 100'000;
  struct Use {
    int ads = 0, beside = 0;  // beside: with another contact in the same ad
  };
  int ads_ = 0, with_contact_ = 0, obscured_ = 0;
  std::map<std::string, Use> uses_;
  std::vector<std::string> own_;
  int next_look_ = kEnough;
};

}  // namespace vigie::app
