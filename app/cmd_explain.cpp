// Why a page is crawled, or not; what came of it; when it is next.
#include <algorithm>
#include <cstdio>

#include "app/arguments.h"
#include "app/common.h"
#include "core/site.h"
#include "core/url.h"
#include "crawler/crawl.h"

namespace vigie::app {
namespace {

void line(const char* name, const std::string& value) { std::printf("%-14s %s\n", name, value.c_str()); }
std::string time_or_never(std::int64_t ms) { return ms > 0 ? to_rfc3339(from_ms(ms)) : "never"; }

void explain_visit(const Visit& visit) {
  line("role", Role::Kind_Name(visit.role()));
  line("state", visit.parked() ? "parked: not asked again" : "scheduled");
  line("last attempt", time_or_never(visit.last_ms()));
  line("outcome", Outcome::Kind_Name(visit.outcome()) + (visit.status() ? " (HTTP " + std::to_string(visit.status()) + ")" : "") +
                      (visit.limit().empty() ? "" : ", set by " + visit.limit()));
  line("last seen", time_or_never(visit.last_ok_ms()));
  if (!visit.parked()) line("next attempt", time_or_never(visit.due_ms()) + ", priority " + std::to_string(visit.priority()));
  if (visit.tries() > 0) line("failures", std::to_string(visit.tries()) + " in a row");
  if (!visit.page_class().empty()) line("page class", visit.page_class());
  if (!visit.parent().empty()) line("found on", visit.parent());
}

void explain_host(const HostRecord& host) {
  line("host", host.host() + ", pace " + format_duration(Millis(host.pace_ms())) +
                   (host.state().empty() ? "" : ", state " + host.state()));
  line("host next", time_or_never(host.next_allowed_ms()));
  if (host.blocked_until_ms() > 0) line("blocked until", time_or_never(host.blocked_until_ms()));
  if (host.has_robots()) {
    line("robots.txt", "HTTP " + std::to_string(host.robots().status()) + ", read " + time_or_never(host.robots().fetched_ms()));
  }
}

}  // namespace

int run_explain(const Arguments& arguments) {
  const auto url = Url::parse(arguments.words.front());
  if (!url) return complain(url.error());
  const auto loaded = load_config(arguments.config);
  const SiteOptions* site = nullptr;
  for (const auto& known : loaded.config.sites) {
    if (std::find(known.hosts().begin(), known.hosts().end(), url->hostname()) != known.hosts().end()) site = &known;
  }
  line("url", canonical(*url));
  if (!site) {
    line("crawled", "no: no scope names the host " + url->hostname());
    return 1;
  }
  const auto now = wall_clock();
  line("site", site->site() + " of scope " + site->scope());
  const bool authority = now >= from_ms(site->valid_from_ms()) && now < from_ms(site->valid_to_ms());
  const auto patterns = SitePatterns::compile(*site);
  if (patterns) line("pattern", std::string((*patterns)->class_of(*url)));
  const auto in_scope = crawler::make_visit(url->href(), *site, Role::index, nullptr, now);
  if (!authority) {
    line("crawled", "no: the scope's authority is not in force (" + to_rfc3339(from_ms(site->valid_from_ms())) + " to " +
                        to_rfc3339(from_ms(site->valid_to_ms())) + ")");
  } else if (!in_scope) {
    line("crawled", "no: neither a follow nor an ad pattern of the site matches its path and query");
  }
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  auto visit = store->visit(in_scope ? in_scope->url() : canonical(*url));
  if (!visit) return complain(visit.error());
  if (authority && in_scope) line("crawled", *visit ? "yes" : "yes, once it is found on a page of the site");
  if (*visit) explain_visit(**visit);
  auto hosts = store->hosts();
  if (!hosts) return complain(hosts.error());
  for (const auto& due : *hosts) {
    if (due.host.host() == crawler::politeness_key(url->hostname())) explain_host(due.host);
  }
  return authority && in_scope ? 0 : 1;
}

}  // namespace vigie::app
