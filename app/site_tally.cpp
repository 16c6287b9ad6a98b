#include "app/site_tally.h"

#include <algorithm>
#include <set>

namespace vigie::app {
namespace {

constexpr double kOwnShare = 0.15, kBesideShare = 0.66, kCertainShare = 0.6;

}  // namespace

void SiteTally::count(const Ad& ad) {
  ++ads_;
  std::set<std::string> values;
  bool plain = false;
  for (const auto& contact : ad.contacts()) {
    values.insert(contact.value());
    plain = plain || contact.steps().empty();
  }
  if (values.empty()) return;
  ++with_contact_;
  obscured_ += plain ? 0 : 1;
  for (const auto& value : values) {
    const auto at = uses_.size() < kMostValues ? uses_.try_emplace(value).first : uses_.find(value);
    if (at == uses_.end()) continue;
    ++at->second.ads;
    at->second.beside += values.size() > 1 ? 1 : 0;
  }
}

const std::vector<std::string>& SiteTally::own_contacts() {
  if (ads_ < next_look_) return own_;
  next_look_ = ads_ + ads_ / 20 + 1;
  own_.clear();
  for (const auto& [value, use] : uses_) {
    const double share = static_cast<double>(use.ads) / ads_;
    const bool beside = use.beside >= kBesideShare * use.ads;
    if (share >= kCertainShare || (share >= kOwnShare && beside)) own_.push_back(value);
  }
  return own_;
}

double SiteTally::obscured() const {
  return with_contact_ < kEnough ? -1 : static_cast<double>(obscured_) / with_contact_;
}

}  // namespace vigie::app
