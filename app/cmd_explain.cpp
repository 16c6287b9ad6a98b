// Why a page is crawled, or not; what came of it; when it is next, and what sets that moment.
#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "app/arguments.h"
#include "app/common.h"
#include "core/site.h"
#include "core/url.h"
#include "crawler/crawl.h"
#include "crawler/hours.h"
#include "crawler/retry.h"
#include "crawler/revisit.h"
#include "crawler/robots.h"
#include "crawler/traps.h"

namespace vigie::app {
namespace {

void line(const char* name, const std::string& value) { std::printf("%-14s %s\n", name, value.c_str()); }
std::string time_or_never(std::int64_t ms) { return ms > 0 ? to_rfc3339(from_ms(ms)) : "never"; }

/// Everything that speaks on one address.
struct Case {
  Url url;
  const Config& config;
  const SiteOptions& site;
  std::shared_ptr<const SitePatterns> patterns;
  std::optional<Visit> visit;
  HostRecord host;
  SiteState state;
  Instant now;
};

/// The pattern of the scope file that names this address: each is tried alone.
std::string rule_of(const Case& c) {
  const auto alone = [&](const std::string& pattern, bool ad) {
    SiteOptions one;
    for (const auto& host : c.site.hosts()) one.add_hosts(host);
    (ad ? one.mutable_ad() : one.mutable_follow())->Add(std::string(pattern));
    const auto compiled = SitePatterns::compile(one);
    return compiled && (*compiled)->class_of(c.url) == (ad ? "ad" : "list");
  };
  for (const auto& start : c.site.start()) {
    const auto url = Url::parse(start);
    if (url && canonical(*url) == canonical(c.url)) return "start address of the scope file";
  }
  for (int i = 0; i < c.site.ad_size(); ++i)
    if (alone(c.site.ad(i), true)) return "ad[" + std::to_string(i) + "] " + c.site.ad(i);
  for (int i = 0; i < c.site.follow_size(); ++i)
    if (alone(c.site.follow(i), false)) return "follow[" + std::to_string(i) + "] " + c.site.follow(i);
  if (c.patterns->open_ended()) return "none stated: the pages' own structure decides";
  return "none";
}

/// Why it is never asked, whatever its schedule says; empty: nothing forbids it.
std::string refusal(const Case& c, bool in_scope) {
  if (c.now < from_ms(c.site.valid_from_ms()) || c.now >= from_ms(c.site.valid_to_ms()))
    return "the scope's authority is not in force (" + to_rfc3339(from_ms(c.site.valid_from_ms())) + " to " +
           to_rfc3339(from_ms(c.site.valid_to_ms())) + ")";
  if (!in_scope && !c.visit) return "neither a follow nor an ad pattern of the site matches its path and query";
  const auto pattern = crawler::address_pattern(c.url);
  for (const auto& muted : c.state.muted())
    if (muted.pattern() == pattern && c.patterns->class_of(c.url) != "ad" && (!c.visit || c.visit->limit() == "muted"))
      return "addresses like " + pattern + " are muted since " + time_or_never(muted.since_ms()) + ": " + muted.reason() + " (" +
             std::to_string(muted.pages()) + " looked at, " + std::to_string(muted.fresh()) + " brought something new)";
  if (c.site.robots() == "obey" && c.host.has_robots() &&
      !crawler::Robots::parse(c.host.robots().body(), c.config.crawl.robots_agent).allowed(c.url.path_and_query()))
    return "robots.txt of " + c.host.host() + " forbids it";
  if (c.visit && c.visit->parked()) return "parked" + (c.visit->limit().empty() ? "" : " by " + c.visit->limit());
  return {};
}

/// What one visit waits for: each limit with its moment; the latest one sets the next attempt.
std::vector<std::pair<std::string, std::int64_t>> waits_of(const Case& c) {
  const auto& visit = *c.visit;
  const bool gone = visit.has_gone_first_ms();
  const bool failed = visit.tries() > 0;
  std::vector<std::pair<std::string, std::int64_t>> waits;
  waits.emplace_back(gone ? (crawler::is_gone(visit, c.config.confirm_gone) ? "gone: looked at again later" : "gone: to be confirmed")
                     : failed ? "back-off of the page after " + Outcome::Kind_Name(visit.outcome())
                     : visit.tried() ? "revisit" : "its turn",
                     visit.due_ms());
  waits.emplace_back("pace of the host", c.host.next_allowed_ms());
  const std::string state = c.host.state().empty() ? "ok" : c.host.state();
  waits.emplace_back("back-off of the host (" + state + ")", c.host.blocked_until_ms());
  auto next = waits.front().second;
  for (const auto& [name, at] : waits) next = std::max(next, at);
  const auto hours = crawler::ActiveHours::make(c.site);
  if (!hours) return waits;
  const auto from = std::max(from_ms(next), c.now);
  if (const auto opens = (*hours)->next(from); opens > from) waits.emplace_back("active hours of the site", to_ms(opens));
  const auto today = c.host.site_days().find(c.site.site());
  const bool used = c.site.pages_a_day() > 0 && today != c.host.site_days().end() && today->second.day() == (*hours)->day(c.now) &&
                    today->second.pages() >= c.site.pages_a_day();
  if (used) waits.emplace_back("budget of the day", to_ms((*hours)->next_day(c.now)));
  return waits;
}

void explain_visit(const Case& c) {
  const auto& visit = *c.visit;
  line("role", Role::Kind_Name(visit.role()));
  line("last attempt", time_or_never(visit.last_ms()));
  line("outcome", Outcome::Kind_Name(visit.outcome()) + (visit.status() ? " (HTTP " + std::to_string(visit.status()) + ")" : "") +
                      (visit.limit().empty() ? "" : ", set by " + visit.limit()));
  line("last seen", time_or_never(visit.last_ok_ms()));
  if (visit.has_gone_first_ms())
    line("gone", "first observed " + time_or_never(visit.gone_first_ms()) + ", " + std::to_string(visit.gone_confirmed()) + " of " +
                     std::to_string(c.config.confirm_gone.size()) + " confirmations");
  if (visit.parked()) {
    line("state", "parked: not asked again");
  } else {
    auto waits = waits_of(c);
    const auto latest = std::max_element(waits.begin(), waits.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    const bool waiting = latest->second > to_ms(c.now);
    line("state", waiting ? "waits" : "due");
    line("next attempt", time_or_never(latest->second) + ", set by " + latest->first + "; priority " + std::to_string(visit.priority()));
    for (const auto& [name, at] : waits)
      if (at > to_ms(c.now) && name != latest->first) line("", "also " + name + ": " + time_or_never(at));
    const double per_day = crawler::change_rate(visit, c.state.revisit()) * 86'400'000;
    char text[64];
    std::snprintf(text, sizeof text, ", changes about %.2f times a day", per_day);
    if (visit.has_last_ok_ms()) line("interval", format_duration(Millis(visit.interval_ms())) + text);
  }
  if (visit.tries() > 0) line("failures", std::to_string(visit.tries()) + " in a row");
  if (!visit.page_class().empty()) line("page class", visit.page_class());
  if (!visit.parent().empty()) line("found on", visit.parent());
}

void explain_host(const Case& c) {
  const auto& host = c.host;
  line("host", host.host() + ", pace " + format_duration(crawler::pace_of(host, c.site, 0)) +
                   (host.state().empty() ? "" : ", state " + host.state()));
  if (host.has_state_since_ms() && host.state() != "ok") line("in this state", "since " + time_or_never(host.state_since_ms()));
  if (host.has_robots()) {
    line("robots.txt", "HTTP " + std::to_string(host.robots().status()) + ", read " + time_or_never(host.robots().fetched_ms()));
  }
}

int explain(Case& c) {
  const auto in_scope = crawler::make_visit(c.url.href(), c.site, Role::unknown, nullptr, c.now);
  line("site", c.site.site() + " of scope " + c.site.scope());
  line("rule", rule_of(c));
  const auto why_not = refusal(c, in_scope.has_value());
  if (!why_not.empty()) line("crawled", "no: " + why_not);
  else line("crawled", c.visit ? "yes" : "yes, once it is found on a page of the site");
  if (c.visit) explain_visit(c);
  if (!c.host.host().empty()) explain_host(c);
  return why_not.empty() ? 0 : 1;
}

}  // namespace

int run_explain(const Arguments& arguments) {
  const auto url = Url::parse(arguments.words.front());
  if (!url) return complain(url.error());
  const auto loaded = load_config(arguments.config);
  const SiteOptions* site = nullptr;
  for (const auto& known : loaded.config.sites) {
    const bool own = std::find(known.hosts().begin(), known.hosts().end(), url->hostname()) != known.hosts().end();
    // Two sites may share a host: the one whose patterns know the address speaks.
    if (own && (!site || crawler::make_visit(url->href(), known, Role::unknown, nullptr, wall_clock()))) site = &known;
  }
  line("url", canonical(*url));
  if (!site) {
    line("crawled", "no: no scope names the host " + url->hostname());
    return 1;
  }
  auto patterns = SitePatterns::compile(*site);
  if (!patterns) return complain(patterns.error());
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  Case c{*url, loaded.config, *site, *patterns, {}, {}, {}, wall_clock()};
  auto state = store->site(site->site());
  if (!state) return complain(state.error());
  c.state = *std::move(state);
  SiteOptions known = *site;
  for (const auto& name : c.state.knowledge().session_parameters()) known.add_drop_parameters(name);
  auto visit = store->visit(canonical(*url, {known.drop_parameters().begin(), known.drop_parameters().end()}));
  if (!visit) return complain(visit.error());
  c.visit = *std::move(visit);
  auto hosts = store->hosts();
  if (!hosts) return complain(hosts.error());
  for (auto& due : *hosts) {
    if (due.host.host() == crawler::politeness_key(url->hostname())) c.host = std::move(due.host);
  }
  return explain(c);
}

}  // namespace vigie::app
