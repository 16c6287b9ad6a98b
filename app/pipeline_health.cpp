// Sources that give nothing any more, told once, and once more when they do again.
#include <algorithm>

#include "alerts/yield.h"
#include "app/health.h"
#include "app/pipeline_work.h"
#include "core/log.h"
#include "crawler/retry.h"

namespace vigie::app {
namespace {

struct HealthRow {
  const char* state;
  const char* severity;
  const char* indicator;
  const char* says;  // after "source NAME: HOST "
};
constexpr HealthRow kRows[] = {
    {"blocked", "medium", "source_blocked", "has refused several requests in a row; it is left alone, with one look a week"},
    {"dead", "medium", "source_dead", "has had no address for a week, its name server says"},
    {"limited", "low", "source_limited", "has answered nothing but \"too many requests\" for twelve hours"},
};
constexpr HealthRow kWell = {"ok", "low", "source_recovered", "answers again; it is crawled as before"};

const HealthRow& row_of(const std::string& state) {
  for (const auto& row : kRows) {
    if (state == row.state) return row;
  }
  return kWell;
}

}  // namespace

Status Pipeline::note_health(const HostRecord& host, Instant now) {
  for (const auto& site : config_->sites) {
    const bool its_own = std::any_of(site.hosts().begin(), site.hosts().end(), [&](const std::string& name) {
      return crawler::politeness_key(name) == host.host();
    });
    if (!its_own) continue;
    auto state = state_of(site.site());
    if (!state) return std::move(state).error();
    if (auto done = tell_health(**state, site, host, now); !done) return done;
  }
  return {};
}

// Once a day, with the first page of the next. A first pass brings all at once and is no measure.
Status Pipeline::note_yield(Work& work, SiteState& state) {
  const bool seen = work.page() != nullptr || work.visit().outcome() == Outcome::unchanged;
  if (work.item.import || work.first_pass || !seen) return {};
  if (!alerts::count_yield(state, work.result.new_ads, work.now)) return {};
  work.save_state = true;
  auto fact = alerts::judge_yield(state, work.now);
  if (!fact) return {};
  fact->scope = work.site.scope();
  fact->legal_reference = work.site.legal_reference();
  auto told = tell_fact(store_, alerts_lock_, *fact, work.now);
  return told ? Status{} : Status(std::move(told).error());
}

Status Pipeline::tell_health(SiteState& state, const SiteOptions& site, const HostRecord& host, Instant now) {
  auto& ill = *state.mutable_ill_hosts();
  const bool is_ill = crawler::is_ill(host.state());
  const bool was_well = ill.empty();
  const auto told = ill.find(host.host());
  const bool was_told = told != ill.end();
  if (is_ill ? was_told && told->second == host.state() : !was_told) return {};
  if (is_ill) ill[host.host()] = host.state();
  if (!is_ill) ill.erase(told);
  // One alert for a source however many of its hosts fall ill, and one when the last is well.
  if (is_ill ? !was_well : !ill.empty()) return store_.put_site(state);

  const auto& row = row_of(is_ill ? host.state() : "ok");
  std::lock_guard lock(alerts_lock_);
  const auto key = "health/" + site.site();
  auto stored = store_.alert(key);
  if (!stored) return std::move(stored).error();
  // A stop between alert and site state repeats this call: what stands is not told again.
  if (*stored && (*stored)->reasons_size() > 0 && (*stored)->reasons(0).indicator() == row.indicator) return store_.put_site(state);
  Alert alert;
  if (*stored) {
    alert = **stored;
  } else {
    auto name = label(now);
    if (!name) return std::move(name).error();
    alert.set_alert(*std::move(name));
    *alert.mutable_created() = to_timestamp(now);
  }
  alert.set_key(key);
  alert.set_kind("health");
  alert.set_severity(row.severity);
  alert.set_score(0);
  alert.set_revision(alert.revision() + 1);
  *alert.mutable_updated() = to_timestamp(now);
  alert.set_scope(site.scope());
  alert.set_legal_reference(site.legal_reference());
  alert.clear_sites();
  alert.add_sites(site.site());
  alert.set_headline("source " + site.site() + ": " + host.host() + " " + row.says);
  alert.clear_reasons();
  auto& reason = *alert.add_reasons();
  reason.set_indicator(row.indicator);
  reason.set_text(alert.headline());
  alert.set_status("pending");
  alert.set_due_ms(to_ms(now));
  log::warn("site.health", {{"site", site.site()}, {"host", host.host()}, {"state", is_ill ? host.state() : "ok"}});
  if (auto done = store_.put_outgoing({}, {alert}); !done) return done;
  return store_.put_site(state);
}

}  // namespace vigie::app
