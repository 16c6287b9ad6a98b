#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "crawler/crawl.h"
#include "crawler/revisit.h"

using namespace vigie;
using namespace vigie::crawler;

namespace {

const Instant kStart = from_ms(1'795'500'000'000);
constexpr double kHour = 3'600'000, kDay = 24 * kHour;

struct Dice {
  std::uint64_t state;
  double next() {  // (0, 1)
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (static_cast<double>(state >> 11) + 0.5) * 0x1.0p-53;
  }
  double wait(double mean) { return -mean * std::log(next()); }
  double between(double low, double high) { return low * std::pow(high / low, next()); }  // even in the logarithm
};

/// One invented page: when it changes, over the whole simulation.
struct Page {
  Role::Kind role;
  std::vector<double> changes;  // ms after the start, rising
};

constexpr int kDays = 60;

/// 2,000 pages of three kinds, each with its own even rate of change: lists from 40 min to 4 h, ads from 1 to 30 days,
/// others from 10 to 300 days.
std::vector<Page> invented_web(std::uint64_t seed) {
  Dice dice{seed};
  std::vector<Page> pages;
  for (int i = 0; i < 2000; ++i) {
    Page page;
    page.role = i < 50 ? Role::index : i < 1500 ? Role::ad_page : Role::unknown;
    const double mean = i < 50     ? dice.between(40 * 60'000, 4 * kHour)
                        : i < 1500 ? dice.between(kDay, 30 * kDay)
                                   : dice.between(10 * kDay, 300 * kDay);
    for (double at = dice.wait(mean); at < kDays * kDay; at += dice.wait(mean)) page.changes.push_back(at);
    pages.push_back(std::move(page));
  }
  return pages;
}

struct Delays {
  std::array<double, 3> sum{}, versions{}, missed{};
  double fetches = 0;
  double mean(std::size_t kind) const { return sum[kind] / versions[kind] / kHour; }
  /// By what a version is worth: 10 on a list, 3 in an ad, 1 elsewhere.
  double weighted() const {
    const double worth[] = {10, 3, 1};
    double all = 0, count = 0;
    for (std::size_t kind = 0; kind < 3; ++kind) {
      all += worth[kind] * sum[kind];
      count += worth[kind] * versions[kind];
    }
    return all / count / kHour;
  }
};

/// Runs one rule over the web. `wait(page, changed, now, since)` is asked after every look; `daily` once a day.
using Rule = std::function<double(std::size_t page, bool changed, double now)>;
Delays simulate(const std::vector<Page>& web, const Rule& wait, const std::function<void(double)>& daily) {
  Delays delays;
  std::vector<std::size_t> seen(web.size(), 0);  // changes that were seen or overtaken
  std::vector<char> first(web.size(), 1);
  std::priority_queue<std::pair<double, std::size_t>, std::vector<std::pair<double, std::size_t>>, std::greater<>> due;
  Dice dice{11};
  for (std::size_t i = 0; i < web.size(); ++i) due.push({dice.next() * kDay, i});
  double day = 0;
  while (!due.empty() && due.top().first < kDays * kDay) {
    const auto [now, i] = due.top();
    due.pop();
    for (; day <= now; day += kDay) daily(day);
    ++delays.fetches;
    const auto kind = static_cast<std::size_t>(kind_of(web[i].role));
    std::size_t fresh = 0;
    for (; seen[i] < web[i].changes.size() && web[i].changes[seen[i]] <= now; ++seen[i], ++fresh) {
      if (first[i]) continue;  // before the first look there was nothing to compare with
      delays.sum[kind] += now - web[i].changes[seen[i]];
      delays.versions[kind] += 1;
    }
    if (!first[i] && fresh > 1) delays.missed[kind] += static_cast<double>(fresh - 1);
    due.push({now + wait(i, !first[i] && fresh > 0, now), i});
    first[i] = 0;
  }
  for (std::size_t i = 0; i < web.size(); ++i) {  // what was not seen to the end waited at least so long
    for (; seen[i] < web[i].changes.size(); ++seen[i]) {
      delays.sum[static_cast<std::size_t>(kind_of(web[i].role))] += kDays * kDay - web[i].changes[seen[i]];
      delays.versions[static_cast<std::size_t>(kind_of(web[i].role))] += 1;
    }
  }
  return delays;
}

SiteOptions plain_site() {
  SiteOptions site;
  site.set_site("s");
  site.set_revisit_index_ms(Millis(15min).count());
  site.set_revisit_ad_ms(Millis(6h).count());
  return site;
}

/// The rule as it runs: the same calls, in the same order, as the commit side makes.
Delays our_rule(const std::vector<Page>& web, double per_day) {
  const auto site = plain_site();
  std::vector<Visit> visits(web.size());
  for (std::size_t i = 0; i < web.size(); ++i) {
    visits[i].set_role(web[i].role);
    visits[i].set_url("http://s.test/" + std::to_string(i));
  }
  RevisitPlan plan;
  const auto at = [](double ms) { return kStart + Millis(static_cast<std::int64_t>(ms)); };
  return simulate(
      web,
      [&](std::size_t i, bool changed, double now) {
        auto& visit = visits[i];
        visit.set_outcome(Outcome::ok);
        visit.set_generation(visit.generation() + 1);
        visit = reschedule(visit, {.changed = changed, .page_class = "", .soft404 = false, .ads = {}, .flagged = false}, site, {}, at(now), plan);
        return static_cast<double>(visit.due_ms() - to_ms(at(now)));
      },
      [&](double now) {
        RevisitPlanner planner(site);
        for (const auto& visit : visits) planner.add(visit);
        if (planner.pages() > 0) plan = planner.finish(per_day, at(now));
      });
}

/// StormCrawler 2, AdaptiveScheduler, and Nutch 1, AdaptiveFetchSchedule, with the defaults of their sources (first
/// interval 24 h for both: Nutch's own 30 days would not come round). `scale` stretches every wait, so that both can be
/// brought to the same number of fetches.
Delays storm_rule(const std::vector<Page>& web, double scale) {
  std::vector<double> interval(web.size(), kDay);
  return simulate(
      web,
      [&](std::size_t i, bool changed, double) {
        interval[i] = changed ? std::max(kHour, interval[i] * 0.5) : std::min(365 * kDay, interval[i] * 1.5);
        return interval[i] * scale;
      },
      [](double) {});
}
Delays nutch_rule(const std::vector<Page>& web, double scale) {
  std::vector<double> interval(web.size(), kDay), modified(web.size(), -1);
  return simulate(
      web,
      [&](std::size_t i, bool changed, double now) {
        auto& each = interval[i];
        each = changed ? each * 0.8 : each * 1.4;
        if (changed || modified[i] < 0) modified[i] = now;
        const double delta = now - modified[i];  // sync_delta: a page that stands still for long is asked less often
        double reference = now;
        if (delta > 0) {
          each = std::max(each, delta);
          reference = now - delta * 0.3;
        }
        each = std::clamp(each, 60'000.0, 365 * kDay);
        return std::max(60'000.0, reference + each - now) * scale;
      },
      [](double) {});
}
Delays uniform_rule(const std::vector<Page>& web, double scale) {
  return simulate(web, [&](std::size_t, bool, double) { return kDay * scale; }, [](double) {});
}

/// The rule at as many fetches as `target`, within 1 %.
template <class R>
Delays at_equal_fetches(const R& rule, const std::vector<Page>& web, double target) {
  double low = 1.0 / 256, high = 256;
  Delays found;
  for (int i = 0; i < 24; ++i) {
    const double middle = std::sqrt(low * high);
    found = rule(web, middle);
    if (std::abs(found.fetches / target - 1) < 0.01) break;
    (found.fetches > target ? low : high) = middle;
  }
  return found;
}

void print_row(const char* name, const Delays& d) {
  std::printf("%-14s %8.0f  %8.1f %8.1f %8.1f  %8.2f   %3.0f%% %3.0f%%\n", name, d.fetches, d.mean(0), d.mean(1), d.mean(2),
              d.weighted(), 100 * d.missed[0] / d.versions[0], 100 * d.missed[1] / d.versions[1]);
}

Visit page_with(Role::Kind role, double events, double days) {
  Visit visit;
  visit.set_role(role);
  visit.set_events(events);
  visit.set_exposure_ms(days * kDay);
  visit.set_last_ok_ms(to_ms(kStart));
  return visit;
}

}  // namespace

TEST_CASE("2,000 pages over 60 days: the revisit rule sees changes sooner than StormCrawler's and Nutch's at equal fetches") {
  std::printf("mean delay in hours of a version until it is seen\n");
  std::printf("%-14s %8s  %8s %8s %8s  %8s   %s\n", "rule", "fetches", "lists", "ads", "others", "weighted", "missed lists, ads");
  for (const std::uint64_t seed : {1, 2}) {
    CAPTURE(seed);
    const auto web = invented_web(seed);
    const auto ours = our_rule(web, 2000);
    const auto storm = at_equal_fetches(storm_rule, web, ours.fetches);
    const auto nutch = at_equal_fetches(nutch_rule, web, ours.fetches);
    const auto uniform = at_equal_fetches(uniform_rule, web, ours.fetches);
    print_row("ours", ours);
    print_row("StormCrawler", storm);
    print_row("Nutch", nutch);
    print_row("uniform", uniform);
    CHECK(ours.fetches < 1.1 * 2000 * kDays);  // what the site bears is kept, but for the first day, which knows no plan
    for (const auto* other : {&storm, &nutch, &uniform}) {
      CHECK(std::abs(other->fetches / ours.fetches - 1) < 0.02);
      CHECK(ours.weighted() < other->weighted());
      CHECK(ours.mean(1) < other->mean(1));
    }
  }
}

TEST_CASE("while all pages fit at their floors, every page is seen as often as the scope file asks") {
  const auto site = plain_site();
  RevisitPlanner planner(site);
  for (int i = 0; i < 100; ++i) planner.add(page_with(Role::ad_page, i, 30));
  const auto plan = planner.finish(400.5, kStart);
  CHECK(plan.pressure() == 0);
  CHECK(revisit_interval(page_with(Role::ad_page, 0, 900), site, plan) == 6h);
  CHECK(revisit_interval(page_with(Role::index, 0, 900), site, plan) == 15min);
}

TEST_CASE("a short site gives its looks to what changes and weighs, within floor and ceiling") {
  const auto site = plain_site();
  RevisitPlanner planner(site);
  for (int i = 0; i < 1000; ++i) planner.add(page_with(Role::ad_page, i % 20, 30));
  const auto plan = planner.finish(1000, kStart);
  REQUIRE(plan.pressure() > 0);
  const auto interval = [&](double events, int weight) {
    auto page = page_with(Role::ad_page, events, 30);
    page.set_weight(weight);
    return revisit_interval(page, site, plan);
  };
  CHECK(interval(10, 3) < interval(1, 3));
  CHECK(interval(1, 10) < interval(1, 3));
  CHECK(interval(1e6, 3) >= 6h);
  CHECK(interval(0, 1) <= 7 * 24h);
  SUBCASE("and the looks that they ask for are those that there are") {
    double per_day = 0;
    for (int i = 0; i < 1000; ++i) per_day += kDay / static_cast<double>(interval(i % 20, 3).count());
    CHECK(per_day == doctest::Approx(1000).epsilon(0.01));
  }
  SUBCASE("no page is ever given up, however short the site is") {
    const auto starved = planner.finish(1, kStart);
    CHECK(revisit_interval(page_with(Role::ad_page, 1e6, 30), site, starved) <= 7 * 24h);
  }
}

TEST_CASE("several changes between two looks count for more than one; a look without change only for exposure") {
  RevisitPlan plan;
  plan.add_mean_rates(1 / kHour);
  plan.add_mean_rates(1 / kDay);
  plan.add_mean_rates(1 / kDay);
  auto page = page_with(Role::ad_page, 0, 0);
  learn_change(page, true, plan, kStart + 2 * 24h);
  CHECK(page.events() == doctest::Approx(2 / (1 - std::exp(-2.0))));
  const auto events = page.events();
  page.set_last_ok_ms(to_ms(kStart + 2 * 24h));
  learn_change(page, false, plan, kStart + 32 * 24h);
  CHECK(page.events() == doctest::Approx(events / 2));  // 30 days: half of it is forgotten
  CHECK(page.exposure_ms() == doctest::Approx(31 * kDay));
}

TEST_CASE("an even rate is learned to within a fifth, however rarely the page is looked at") {
  for (const double looks_per_change : {0.5, 1.0, 4.0}) {
    CAPTURE(looks_per_change);
    Dice dice{5};
    RevisitPlan plan;
    double mean = 0;
    for (int run = 0; run < 40; ++run) {
      Visit page;
      page.set_role(Role::ad_page);
      page.set_last_ok_ms(to_ms(kStart));
      double next = dice.wait(2 * kDay), now = 0;
      while (now < 400 * kDay) {
        now += 2 * kDay / looks_per_change;
        bool changed = false;
        for (; next <= now; next += dice.wait(2 * kDay)) changed = true;
        const auto at = kStart + Millis(static_cast<std::int64_t>(now));
        learn_change(page, changed, plan, at);
        page.set_last_ok_ms(to_ms(at));
      }
      mean += change_rate(page, plan) / 40;
    }
    CHECK(mean * 2 * kDay == doctest::Approx(1).epsilon(0.2));
  }
}

TEST_CASE("a site bears what its pace, hours and budget leave room for, and 70 % of it go to revisits") {
  auto site = plain_site();
  site.set_pace_ms(1000);
  HostRecord host;
  CHECK(revisit_capacity(host, site) == doctest::Approx(0.7 * 86'400 / 1.1));
  SUBCASE("half a day of hours is half of it") {
    site.set_active_from("06:00");
    site.set_active_to("18:00");
    CHECK(revisit_capacity(host, site) == doctest::Approx(0.35 * 86'400 / 1.1));
  }
  SUBCASE("a budget below that counts") {
    site.set_pages_a_day(1000);
    CHECK(revisit_capacity(host, site) == doctest::Approx(700));
  }
  SUBCASE("a host that answers slowly bears less") {
    host.set_response_ms(4000);
    CHECK(revisit_capacity(host, site) == doctest::Approx(0.7 * 86'400 / 22));
  }
  SUBCASE("a private lab without pace bears anything") {
    site.set_pace_ms(0);
    CHECK(revisit_capacity(host, site) == 0);
  }
}
