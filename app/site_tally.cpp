#include "app/site_tally.h"

#include <algorithm>
#include <set>

#include "core/hash.h"
#include "core/text.h"

namespace vigie::app {
namespace {

constexpr double kOwnShare = 0.15, kBesideShare = 0.66, kCertainShare = 0.6;
constexpr std::size_t kComparable = 30;
constexpr std::int64_t kWeekMs = 7LL * 24 * 3600 * 1000;
constexpr std::size_t kWeeks = 5;

/// Ads whose prices may be compared; empty: none.
std::string market_of(const Ad& ad) {
  if (ad.family() != "service" || ad.price().amount() <= 0 || ad.price().per().empty() || ad.place().text().empty()) return {};
  return text::fold_for_match(text::trim(ad.place().text())).text + "|" + ad.price().currency() + "|" + ad.price().per();
}

std::set<std::uint64_t> contacts_of(const Ad& ad) {
  std::set<std::uint64_t> found;
  for (const auto& contact : ad.contacts()) found.insert(hash64(contact.value()));
  return found;
}

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
  count_market(ad);
  obscured_ += plain ? 0 : 1;
  for (const auto& value : values) {
    const auto at = uses_.size() < kMostValues ? uses_.try_emplace(value).first : uses_.find(value);
    if (at == uses_.end()) continue;
    ++at->second.ads;
    at->second.beside += values.size() > 1 ? 1 : 0;
  }
}

void SiteTally::count_market(const Ad& ad) {
  const auto contact = *contacts_of(ad).begin();
  if (const auto market = market_of(ad); !market.empty() && (prices_.size() < kMostPlaces || prices_.contains(market))) {
    auto& prices = prices_[market];
    if (prices.size() < kMostPrices || prices.contains(contact)) prices[contact] = ad.price().amount();
  }
  const auto week = ad.first_seen().seconds() * 1000 / kWeekMs;
  if (output_.size() >= kWeeks && week < output_.begin()->first) return;
  auto& posted = output_[week];
  if (posted.size() < kMostValues || posted.contains(contact)) ++posted[contact];
  while (output_.size() > kWeeks) output_.erase(output_.begin());
}

std::optional<detector::PriceLevel> SiteTally::price_level(const Ad& ad) const {
  const auto market = market_of(ad);
  const auto at = market.empty() ? prices_.end() : prices_.find(market);
  if (at == prices_.end()) return std::nullopt;
  const auto own = contacts_of(ad);
  std::vector<double> prices;
  for (const auto& [contact, price] : at->second) {
    if (!own.contains(contact)) prices.push_back(price);
  }
  if (prices.size() < kComparable) return std::nullopt;
  std::sort(prices.begin(), prices.end());
  return detector::PriceLevel{prices[prices.size() / 10], prices[prices.size() / 2], static_cast<int>(prices.size())};
}

std::optional<double> SiteTally::usual_output(Instant now) const {
  std::vector<int> counts;
  const auto last = to_ms(now) / kWeekMs;
  for (const auto& [week, posted] : output_) {
    if (week > last || last - week >= static_cast<std::int64_t>(kWeeks)) continue;
    for (const auto& [contact, ads] : posted) counts.push_back(ads);
  }
  if (counts.size() < kComparable) return std::nullopt;
  const auto at = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() * 19 / 20);
  std::nth_element(counts.begin(), at, counts.end());
  return *at;
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
