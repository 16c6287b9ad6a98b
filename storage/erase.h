#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/records.pb.h"
#include "core/result.h"
#include "storage/engine.h"

namespace vigie::storage {

/// A contact in every spelling by which it is looked for: its value, the spellings that ads wrote, and for numbers the
/// digits with whatever stands between them. Empty: nothing is looked for.
class Needle {
 public:
  Needle() = default;
  Needle(std::string_view kind, std::string_view value);
  /// One more spelling; short ones are left out, since they stand everywhere.
  void add(std::string_view spelling);
  bool in(std::string_view bytes) const;
  explicit operator bool() const { return !spellings_.empty(); }
  std::size_t spellings() const { return spellings_.size(); }

 private:
  std::set<std::string, std::less<>> spellings_;
  std::string digits_;  // the last nine of a number
};

/// Keys of what is to go; what depends on rows that others write is read again when it goes.
struct ErasePlan {
  Needle needle;
  std::set<std::string> ads, held, bodies, alerts, messages, visits, networks, sites;
  std::set<std::string> pages;     // URLs of visits that list an ad that goes
  std::set<std::string> link_rows; // keys of family link that say the value
  std::set<std::string> versions;  // keys, of ads that stay, whose body goes
  std::set<std::pair<std::string, std::uint32_t>> dictionaries;  // by site and number, that say it
  bool empty() const {
    return ads.empty() && bodies.empty() && alerts.empty() && messages.empty() && visits.empty() && networks.empty() && sites.empty();
  }
};

/// Completes a plan that names ads, a needle or bodies: reads every family once, outside any write.
Status complete_plan(View& view, ErasePlan& plan);

/// Ads that show or ever showed the contact; learns its spellings on the way.
Status find_ads(View& view, std::string_view kind, std::string_view value, ErasePlan& plan);

}  // namespace vigie::storage
