#include "crawler/revisit.h"

#include <algorithm>
#include <cmath>

#include "crawler/hours.h"
#include "crawler/retry.h"

namespace vigie::crawler {

namespace {

constexpr double kHourMs = 3'600'000, kDayMs = 24 * kHourMs;
constexpr double kHalfLife = 30 * kDayMs;
constexpr std::int64_t kIndexFloor = 900'000, kAdFloor = 21'600'000;  // where the scope file is silent
constexpr std::int64_t kCeilings[kPageKinds] = {24, 28, 120};         // times the floor: 6 h, 7 d, 30 d
// What a kind is taken for until its site has shown how it really changes.
constexpr double kMeanRates[kPageKinds] = {1 / (4 * kHourMs), 1 / (7 * kDayMs), 1 / (30 * kDayMs)};
constexpr double kPoolWeight = 8;  // events that the figures above count for in a site's pool
constexpr double kRevisitShare = 0.7;  // of what a site bears; the rest is for what is new
constexpr int kBisections = 60;

double mean_rate(std::size_t kind, const RevisitPlan& plan) {
  return static_cast<int>(kind) < plan.mean_rates_size() ? plan.mean_rates(static_cast<int>(kind)) : kMeanRates[kind];
}

double posterior(double events, double exposure_ms, double mean) { return (events + 1) / (exposure_ms + 1 / mean); }

double harmonic(double rate, double weight, double pressure) {
  // The same root as (-D + sqrt(D^2 + 4wD/L)) / 2, without the difference of two near numbers when D is large.
  const double q = 4 * weight * rate / pressure;
  return q / (2 * (rate + std::sqrt(rate * rate + q)));
}

}  // namespace

PageKind kind_of(Role::Kind role) {
  if (role == Role::index || role == Role::feed) return PageKind::index;
  return role == Role::ad_page ? PageKind::ad : PageKind::other;
}

RevisitBounds revisit_bounds(Role::Kind role, const SiteOptions& site) {
  const auto kind = kind_of(role);
  const auto index = site.has_revisit_index_ms() ? site.revisit_index_ms() : kIndexFloor;
  const auto ad = site.has_revisit_ad_ms() ? site.revisit_ad_ms() : kAdFloor;
  const auto floor = std::max<std::int64_t>(1, kind == PageKind::index ? index : ad);
  return {floor, floor * kCeilings[static_cast<std::size_t>(kind)]};
}

double revisit_weight(Role::Kind role, bool flagged) {
  switch (kind_of(role)) {
    case PageKind::index: return 10;
    case PageKind::ad: return flagged ? 10 : 3;
    case PageKind::other: return 1;
  }
  return 1;
}

double change_rate(const Visit& visit, const RevisitPlan& plan) {
  const auto kind = static_cast<std::size_t>(kind_of(visit.role()));
  return posterior(visit.events(), visit.exposure_ms(), mean_rate(kind, plan));
}

void learn_change(Visit& visit, bool changed, const RevisitPlan& plan, Instant now) {
  if (!visit.has_last_ok_ms()) return;
  const auto elapsed = static_cast<double>(std::max<std::int64_t>(0, to_ms(now) - visit.last_ok_ms()));
  const double keep = std::exp2(-elapsed / kHalfLife);
  const double expected = change_rate(visit, plan) * elapsed;
  const double counted = expected > 1e-9 ? expected / (1 - std::exp(-expected)) : 1;
  visit.set_events(visit.events() * keep + (changed ? counted : 0));
  visit.set_exposure_ms(visit.exposure_ms() * keep + elapsed);
}

Millis revisit_interval(const Visit& visit, const SiteOptions& site, const RevisitPlan& plan) {
  const auto bounds = revisit_bounds(visit.role(), site);
  if (plan.pressure() <= 0) return Millis(bounds.floor_ms);
  const double weight = visit.has_weight() ? visit.weight() : revisit_weight(visit.role(), false);
  const double wait = 1 / harmonic(change_rate(visit, plan), weight, plan.pressure());
  const double held = std::clamp(wait, static_cast<double>(bounds.floor_ms), static_cast<double>(bounds.ceiling_ms));
  return Millis(static_cast<std::int64_t>(held));
}

double revisit_capacity(const HostRecord& host, const SiteOptions& site) {
  double per_day = 0;
  if (const auto pace = pace_of(host, site, 0.5); pace > 0ms) {
    const auto hours = ActiveHours::make(site);
    per_day = kDayMs / static_cast<double>(pace.count()) * (hours ? (*hours)->share() : 1) * std::max(1, site.hosts_size());
  }
  if (site.pages_a_day() > 0 && (per_day <= 0 || site.pages_a_day() < per_day)) per_day = site.pages_a_day();
  return kRevisitShare * per_day;
}

void RevisitPlanner::add(const Visit& visit) {
  if (visit.parked() || !visit.has_last_ok_ms() || visit.has_gone_first_ms() || visit.role() == Role::probe) return;
  const auto kind = static_cast<std::size_t>(kind_of(visit.role()));
  const double weight = visit.has_weight() ? visit.weight() : revisit_weight(visit.role(), false);
  events_[kind] += visit.events();
  exposure_ms_[kind] += visit.exposure_ms();
  pages_.push_back({static_cast<float>(visit.events()), static_cast<float>(visit.exposure_ms() / kDayMs),
                    static_cast<std::uint8_t>(kind), static_cast<std::uint8_t>(std::clamp(weight, 1.0, 255.0))});
}

/// Visits per ms that all pages together ask for.
double RevisitPlanner::demand(const std::vector<double>& rates, double pressure) const {
  constexpr Role::Kind kRoles[kPageKinds] = {Role::index, Role::ad_page, Role::unknown};
  double least[kPageKinds], most[kPageKinds];
  for (std::size_t kind = 0; kind < kPageKinds; ++kind) {
    const auto bounds = revisit_bounds(kRoles[kind], site_);
    least[kind] = 1 / static_cast<double>(bounds.ceiling_ms);
    most[kind] = 1 / static_cast<double>(bounds.floor_ms);
  }
  double sum = 0;
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    const auto& page = pages_[i];
    const double wanted = pressure > 0 ? harmonic(rates[i], page.weight, pressure) : most[page.kind];
    sum += std::clamp(wanted, least[page.kind], most[page.kind]);
  }
  return sum;
}

RevisitPlan RevisitPlanner::finish(double per_day, Instant now) const {
  RevisitPlan plan;
  for (std::size_t kind = 0; kind < kPageKinds; ++kind)
    plan.add_mean_rates((events_[kind] + kPoolWeight) / (exposure_ms_[kind] + kPoolWeight / kMeanRates[kind]));
  plan.set_made_ms(to_ms(now));
  plan.set_pages(static_cast<std::int64_t>(pages_.size()));
  plan.set_per_day(per_day);
  std::vector<double> rates;
  rates.reserve(pages_.size());
  for (const auto& page : pages_)
    rates.push_back(posterior(page.events, page.exposure_days * kDayMs, plan.mean_rates(page.kind)));
  const double capacity = per_day / kDayMs;
  if (per_day <= 0 || demand(rates, 0) <= capacity) return plan;
  // Demand falls as the pressure grows. r of one page is w D / L / D = w / L at most where D is large and sqrt(w D / L)
  // where it is small: these exponents hold every pressure that matters between them.
  double low = -80, high = 80;
  for (int i = 0; i < kBisections; ++i) {
    const double middle = (low + high) / 2;
    (demand(rates, std::exp2(middle)) > capacity ? low : high) = middle;
  }
  plan.set_pressure(std::exp2(high));
  return plan;
}

}  // namespace vigie::crawler
