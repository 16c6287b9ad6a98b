#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/records.pb.h"
#include "core/time.h"

namespace vigie::crawler {

/// When a page is looked at again: its change rate is learned, and the visits that a site bears are shared out so that
/// what changes is seen soon. Pure. Source: reference crawlers.md 5a; Kolobov et al. 2019 (harmonic LambdaCrawl).
///
/// A page's rate D is gamma-Poisson: (events + 1) / (exposure + 1 / mean), `mean` = pooled rate of its kind on its site.
/// It gets r = (-D + sqrt(D^2 + 4 w D / L)) / 2 visits per ms, w = its weight, L = the plan's pressure; the interval
/// 1 / r is held between the scope file's `revisit` (floor) and a ceiling. While everything fits at its floor, L is 0
/// and every page is looked at as often as the scope file asks.

enum class PageKind { index, ad, other };
constexpr std::size_t kPageKinds = 3;
PageKind kind_of(Role::Kind role);

/// The shortest and the longest time between two visits: index 15 min to 6 h, ad 6 h to 7 d, others 6 h to 30 d where the
/// scope file says nothing; else its figures and the same multiples of them.
struct RevisitBounds {
  std::int64_t floor_ms, ceiling_ms;
};
RevisitBounds revisit_bounds(Role::Kind role, const SiteOptions& site);

/// Weights of 5a: index 10, an ad of an alert 10, ad 3, other 1.
double revisit_weight(Role::Kind role, bool flagged);

/// Changes per ms by what is known of the page and of its kind. Never 0.
double change_rate(const Visit& visit, const RevisitPlan& plan);

/// Takes a look at the page into its events and exposure (half-life 30 days). A change found after t counts
/// m / (1 - exp(-m)) events, m = rate x t: several changes between two looks show as one.
void learn_change(Visit& visit, bool changed, const RevisitPlan& plan, Instant now);

/// The interval between two looks under this plan.
Millis revisit_interval(const Visit& visit, const SiteOptions& site, const RevisitPlan& plan);

/// Looks a day that a site bears for revisits: 70 % of what its pace, hours and budget leave room for, the rest is for what
/// is new. `host`: one of its hosts, whose learned pace stands for all. 0: no limit (pace 0, no budget).
double revisit_capacity(const HostRecord& host, const SiteOptions& site);

/// Makes the plan of a site from its pages. 12 bytes a page while it is at work.
class RevisitPlanner {
 public:
  explicit RevisitPlanner(const SiteOptions& site) : site_(site) {}
  /// Parked pages and those that are gone or were never seen take no part.
  void add(const Visit& visit);
  /// `per_day`: looks that the site bears for revisits; <= 0: as many as wanted.
  RevisitPlan finish(double per_day, Instant now) const;
  std::size_t pages() const { return pages_.size(); }

 private:
  struct Page {
    float events, exposure_days;
    std::uint8_t kind, weight;  // weight: in its own units
  };
  double demand(const std::vector<double>& rates, double pressure) const;

  SiteOptions site_;
  std::vector<Page> pages_;
  double events_[kPageKinds] = {}, exposure_ms_[kPageKinds] = {};
};

}  // namespace vigie::crawler
