#include "crawler/crawl.h"

#include <algorithm>

#include "core/log.h"
#include "crawler/domain.h"
#include "crawler/driver.h"
#include "crawler/retry.h"

namespace vigie::crawler {

namespace {

constexpr Millis kLookAhead = 6h;              // how far the store is asked when nothing is due now
constexpr Millis kNap = 60s;                   // longest timer, so that a clock that jumps is noticed
constexpr Millis kClockJump = 25h;             // no host rests that long: a stored time beyond it is a clock's fault
constexpr Millis kLongestPace = 6min;          // Crawl-delay's cap and its stretch: what a pass waits for
constexpr Millis kShortBlock = 10s;            // and so long a block
constexpr int kStepsAtOnce = 32;               // then other handlers have their turn
constexpr Millis kDownTime = 10min;            // a host that rested longer shows that nobody was at work
constexpr int kRampFirst = 8;                  // transfers at one time after down time, at first
constexpr Millis kRampStep = 10s;              // and then twice as many

int pages_of_day(const HostRecord& record, const Site& site, Instant now) {
  const auto today = record.site_days().find(site.options.site());
  return today != record.site_days().end() && today->second.day() == site.hours->day(now) ? today->second.pages() : 0;
}

}  // namespace

Status Driver::open(std::vector<SiteOptions> sites) {
  auto read = compile_sites(std::move(sites));
  if (!read) return std::move(read).error();
  sites_ = *std::move(read);
  auto policy = AddressPolicy::make(options_.allow_private);
  if (!policy) return std::move(policy).error();
  policy_ = *std::move(policy);
  if (!options_.proxy.empty())
    if (auto proxy = read_proxy(options_.proxy); !proxy) return std::move(proxy).error().in("network.proxy");
  auto resolver = Resolver::make(loop_, {options_.resolve, options_.name_servers, options_.limits.connect});
  if (!resolver) return std::move(resolver).error();
  resolver_ = *std::move(resolver);
  auto fetcher = Fetcher::make(loop_, {options_.user_agent, options_.limits, policy_, options_.in_flight, options_.ca_file});
  if (!fetcher) return std::move(fetcher).error();
  fetcher_ = *std::move(fetcher);
  (void)registrable_domain("warm.example");  // reads the list now, not on the loop
  return {};
}

void Driver::host_due(const HostRecord& host, Instant earliest) {
  const auto [at, fresh] = hosts_.try_emplace(host.host());
  if (fresh) {
    at->second.record = host;
    auto& record = at->second.record;
    const auto latest = to_ms(ports_.now() + kClockJump);
    record.set_next_allowed_ms(std::min(record.next_allowed_ms(), latest));
    if (!record.has_shard()) record.set_shard(shard_of(host.host()));
    if (!ramp_from_ && record.next_allowed_ms() > 0 && from_ms(record.next_allowed_ms()) + kDownTime < ports_.now()) ramp_from_ = ports_.now();
    // The last run may have ended before this was told.
    if (is_ill(record.state()) && ports_.health) ports_.health(record);
    frontier_.set_gate(host.host(), registrable_domain(host.host()).value_or(host.host()), gate(at->second));
  }
  frontier_.add_due(host.host(), earliest);
  pump_soon();
}

void Driver::committed(const std::string& host, std::optional<Instant> earliest) {
  frontier_.committed(host, earliest);
  const auto at = hosts_.find(host);
  if (at != hosts_.end() && std::exchange(at->second.refresh, false) && earliest) frontier_.add_due(host, *earliest);
  pump_soon();
}

void Driver::page_refused(const std::string& host, const SiteOptions& site) {
  const auto at = hosts_.find(host);
  if (at == hosts_.end()) return;
  Answer answer;
  answer.outcome = Outcome::block;
  answer.limit = "challenge";
  answer.sent = false;
  answer.at = ports_.now();
  const std::string before = at->second.record.state();
  at->second.record = settle(std::move(at->second.record), site, answer);
  tell_state(at->second.record, before);
  ports_.save_host(stamped(at->second));
  frontier_.set_gate(host, "", gate(at->second));
  arm();
}

void Driver::replace_sites(std::vector<SiteOptions> sites) {
  auto read = compile_sites(std::move(sites));  // takes long with many sites: not on the loop
  if (!read) {
    log::error("crawl.sites_kept", {{"why", read.error().text}});
    return;
  }
  loop_.post([this, sites = *std::move(read), alive = alive_]() mutable {
    if (!*alive) return;
    sites_ = std::move(sites);
    // A closed site may be open now and the reverse: every host looks again at what it may do.
    for (const auto& [host, state] : hosts_) frontier_.add_due(host, ports_.now());
    pump_soon();
  });
}

bool Driver::idle(Instant now) const {
  // A host at its pace keeps a pass going, one that is blocked does not.
  const auto held = [&](const std::string& host) { return hosts_.at(host).record.blocked_until_ms() > to_ms(now + kShortBlock); };
  return in_flight_ == 0 && frontier_.uncommitted() == 0 && !frontier_.anything_due(now, kLongestPace, held);
}

void Driver::drain(Instant deadline, std::function<void()> done) {
  draining_ = true;
  drained_ = std::move(done);
  deadline_ = loop_.after(std::chrono::duration_cast<Millis>(deadline - ports_.now()), [this] {
    fetcher_->cancel_all();
    if (drained_) std::exchange(drained_, nullptr)();  // names that are still being looked up are left behind
  });
  if (in_flight_ == 0) loop_.post([this, alive = alive_] {
    if (*alive && drained_) std::exchange(drained_, nullptr)();
  });
}

void Driver::pump_soon() {
  if (std::exchange(pumping_, true)) return;
  loop_.post([this, alive = alive_] {
    if (!*alive) return;
    pumping_ = false;
    pump();
  });
}

void Driver::pump() {
  for (int steps = 0; !draining_ && !slots_taken() && ports_.room(); ++steps) {
    if (steps == kStepsAtOnce) return pump_soon();
    const auto now = ports_.now();
    const auto host = frontier_.next(now);
    if (!host) break;
    step(*host, now);
  }
  arm();
}

void Driver::arm() {
  const auto at = frontier_.wake_at();
  // Without room or with all slots taken, whoever frees one calls again.
  if (!at || draining_ || slots_taken() || !ports_.room()) return timer_.reset();
  const auto now = ports_.now();
  // One that comes early enough stays: to set a clock anew for every page costs more than to wake up for nothing.
  if (timer_ && now < armed_for_ && armed_for_ <= *at) return;
  const auto wait = std::clamp(std::chrono::ceil<Millis>(*at - now), Millis{0}, kNap);
  armed_for_ = now + wait;
  timer_ = loop_.after(wait, [this] {
    timer_.reset();
    pump_soon();
  });
}

/// After down time everything is overdue at once: transfers start few and double.
int Driver::most_in_flight(Instant now) const {
  if (!ramp_from_) return options_.in_flight;
  const auto doublings = std::clamp<std::int64_t>((now - *ramp_from_) / kRampStep, 0, 20);
  return static_cast<int>(std::min<std::int64_t>(options_.in_flight, std::int64_t{kRampFirst} << doublings));
}

/// Active hours, and the day's budget over all hosts of the site; empty: open.
std::optional<Instant> Driver::closed_until(const Site& site, Instant now) const {
  const auto opens = site.hours->next(now);
  if (opens > now) return opens;
  if (site.options.pages_a_day() <= 0) return std::nullopt;
  std::int64_t pages = 0;
  for (const auto& name : site.options.hosts()) {
    const auto host = hosts_.find(politeness_key(name));
    if (host != hosts_.end()) pages += pages_of_day(host->second.record, site, now);
  }
  if (pages < site.options.pages_a_day()) return std::nullopt;
  return site.hours->next_day(now);
}

void Driver::count_request(HostRecord& record, const Site& site, Instant now) const {
  constexpr std::int64_t kDayMs = 86'400'000;
  if (const auto day = to_ms(now) / kDayMs; record.day() != day) {
    record.set_day(day);
    record.set_pages_today(0);
    record.set_bytes_today(0);
  }
  record.set_pages_today(record.pages_today() + 1);
  if (site.options.pages_a_day() <= 0) return;
  auto& today = (*record.mutable_site_days())[site.options.site()];
  today.set_pages(pages_of_day(record, site, now) + 1);
  today.set_day(site.hours->day(now));
}

void Driver::tell_state(const HostRecord& record, const std::string& before) const {
  if (record.state() == before || (before.empty() && record.state() == "ok")) return;
  log::info("host.state", {{"host", record.host()}, {"was", before}, {"is", record.state()}});
  if ((is_ill(record.state()) || is_ill(before)) && ports_.health) ports_.health(record);
}

std::vector<std::string> Driver::closed_hosts(Instant now, Millis patience) const {
  std::unordered_map<std::string, bool> closed;  // by all sites that name it
  for (const auto& [name, site] : sites_) {
    const auto opens = closed_until(*site, now);
    for (const auto& host : site->options.hosts()) {
      const auto [at, fresh] = closed.try_emplace(politeness_key(host), true);
      at->second = at->second && opens && *opens > now + patience;
    }
  }
  std::vector<std::string> found;
  for (const auto& [host, is] : closed)
    if (is) found.push_back(host);
  return found;
}

/// May it go at `now`, as far as its site says? Where not, `later` is not after the moment when it may.
bool Driver::open_for(const Visit& visit, Instant now, std::optional<Instant>& later) const {
  if (!may_run(sites_, visit, now, later)) return false;
  const auto opens = closed_until(*sites_.find(visit.site())->second, now);
  if (opens && (!later || *opens < *later)) later = opens;
  return !opens;
}

/// The host is out, and counts as in flight, until the store has answered.
void Driver::ask_store(const std::string& host, Instant now) {
  frontier_.asking(host);
  ports_.due(host, now, Frontier::kPrefetch, [this, host, now, alive = alive_](std::vector<Visit> visits) {
    if (!*alive) return;
    std::optional<Instant> later;
    std::erase_if(visits, [&](const Visit& v) { return !open_for(v, now, later); });
    if (visits.empty() && !draining_) return look_ahead(host, later);
    filled(host, std::move(visits), std::nullopt);
  });
}

/// Nobody may have told us of what becomes due by itself: look ahead, and at the latest then look again.
void Driver::look_ahead(const std::string& host, std::optional<Instant> later) {
  const auto until = ports_.now() + kLookAhead;
  ports_.due(host, until, Frontier::kPrefetch, [this, host, until, later, alive = alive_](std::vector<Visit> visits) mutable {
    if (!*alive) return;
    const auto now = ports_.now();
    std::optional<Instant> due;
    for (const auto& v : visits) {
      const auto at = from_ms(v.due_ms());
      if (open_for(v, now, later) && (!due || at < *due)) due = at;
    }
    if (due && (!later || *due < *later)) later = due;
    if (!later || *later > until) later = until;
    if (*later <= now) later = now + 1s;  // due by the store's word, yet not given out: no busy loop
    filled(host, {}, later);
  });
}

void Driver::filled(const std::string& host, std::vector<Visit> visits, std::optional<Instant> later) {
  frontier_.fill(host, std::move(visits), later);
  --in_flight_;  // counted again if something starts
  if (!draining_) step_on(host, ports_.now());
  else frontier_.release(host, gate(state_of(host)));
  ++in_flight_;
  landed();
}

void Driver::step(const std::string& host, Instant now) {
  if (held_as_slow(host, now)) return;
  if (!frontier_.wants_fill(host)) return step_on(host, now);
  ++in_flight_;
  ask_store(host, now);
}

/// Slow hosts get half of the slots: however many there are, the others keep their pace.
bool Driver::held_as_slow(const std::string& host, Instant now) {
  const auto& state = state_of(host);
  if (!is_slow(state.record) || slow_.use_count() <= std::max(1, most_in_flight(now) / 2)) return false;
  frontier_.release(host, std::max(gate(state), now + 1s));
  return true;
}

/// With what the buffer holds.
void Driver::step_on(const std::string& host, Instant now) {
  if (held_as_slow(host, now)) return;  // others may have gone since the store was asked
  auto& state = state_of(host);
  auto visit = frontier_.take(host, now);
  std::optional<Instant> unused;
  if (!visit || !may_run(sites_, *visit, now, unused)) return frontier_.release(host, gate(state));
  const auto site = sites_.find(visit->site())->second;
  auto url = Url::parse(visit->url());
  auto attempt = std::make_shared<Attempt>(Attempt{host, *std::move(visit), site, url ? *url : Url{}, false, now, {}, is_slow(state.record) ? slow_ : nullptr});
  if (closed_until(*site, now)) {  // since the buffer was filled; other sites of the host may go on
    frontier_.add_due(host, now);
    return give_back(attempt, now + 1s);
  }
  ++in_flight_;
  if (!url || !site->patterns->own_host(*url)) return failed(attempt, Outcome::out_of_scope, "host");
  if (site->options.robots() != "ignore" && !robots_settle(attempt, state, now)) return;
  start(attempt);
}

void Driver::give_back(const AttemptPtr& attempt, Instant not_before) {
  leave_address(*attempt);
  frontier_.put_back(attempt->host, std::move(attempt->visit));
  frontier_.release(attempt->host, not_before);
}

void Driver::landed() {
  --in_flight_;
  if (draining_ && in_flight_ == 0 && drained_) return std::exchange(drained_, nullptr)();
  pump_soon();
}

Result<std::unique_ptr<Crawl>> Crawl::make(Loop& loop, CrawlOptions options, std::vector<SiteOptions> sites,
                                           CrawlPorts ports, std::int64_t run) {
  auto driver = std::make_unique<Driver>(loop, std::move(options), std::move(ports), run);
  if (auto opened = driver->open(std::move(sites)); !opened) return std::move(opened).error();
  return std::unique_ptr<Crawl>(std::move(driver));
}

}  // namespace vigie::crawler
