#include "alerts/yield.h"

#include <algorithm>
#include <vector>

namespace vigie::alerts {
namespace {

constexpr int kDaysKept = 29, kLeastDays = 7;
constexpr std::int64_t kLeastUsual = 12;  // ads a day: by chance alone fewer than a quarter come once in five years

std::int32_t day_of(Instant at) { return static_cast<std::int32_t>(std::chrono::floor<std::chrono::days>(at).time_since_epoch().count()); }

std::int64_t median(std::vector<std::int64_t> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

bool count_yield(SiteState& state, int fresh_ads, Instant now) {
  auto& days = *state.mutable_yields();
  const auto today = day_of(now);
  const bool ended = !days.empty() && days.rbegin()->day() < today;
  if (days.empty() || ended) {
    days.Add()->set_day(today);
    if (days.size() > kDaysKept) days.DeleteSubrange(0, days.size() - kDaysKept);
  }
  auto& last = *days.rbegin();  // a clock that went back counts to the day that it had reached
  last.set_fresh(last.fresh() + fresh_ads);
  last.set_pages(last.pages() + 1);
  return ended;
}

std::optional<HealthFact> judge_yield(const SiteState& state, Instant now) {
  const auto yesterday = day_of(now) - 1;
  const DayYield* last = nullptr;
  std::vector<std::int64_t> fresh, pages;
  for (const auto& day : state.yields()) {
    if (day.day() == yesterday) last = &day;
    if (day.day() >= yesterday || &day == &state.yields(0)) continue;  // the first day was not watched from its beginning
    fresh.push_back(day.fresh());
    pages.push_back(day.pages());
  }
  if (last == nullptr || fresh.size() < kLeastDays) return std::nullopt;
  const auto usual = median(fresh);
  if (usual < kLeastUsual || last->pages() * 2 < median(pages)) return std::nullopt;
  const bool low = last->fresh() * 4 < usual, well = last->fresh() * 2 >= usual;
  if (!low && !well) return std::nullopt;
  HealthFact fact;
  fact.source = fact.site = state.site();
  fact.condition = "yield";
  fact.bad = low;
  const std::string figures = std::to_string(last->fresh()) + " new ads yesterday, " + std::to_string(usual) + " on a usual day";
  fact.says = low ? "source " + state.site() + " brings less than usual: " + figures + "; its layout may have changed, or it hides ads from us"
                  : "source " + state.site() + " brings as much as usual again: " + figures;
  return fact;
}

}  // namespace vigie::alerts
