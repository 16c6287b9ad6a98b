#include "crawler/crawl.h"

#include <algorithm>
#include <unordered_map>

#include "core/hash.h"
#include "core/log.h"
#include "core/url.h"
#include "crawler/answer.h"
#include "crawler/domain.h"
#include "crawler/fetcher.h"
#include "crawler/frontier.h"
#include "crawler/resolver.h"
#include "crawler/retry.h"
#include "crawler/robots.h"
#include "crawler/sites.h"

namespace vigie::crawler {

namespace {

constexpr Millis kRobotsFresh = 24h, kRobotsWait = 5min;
constexpr std::size_t kRobotsKept = 16 << 10;  // a longer file is kept as the rules that are meant for us
constexpr Millis kLookAhead = 6h;              // how far the store is asked when nothing is due now
constexpr Millis kNap = 60s;                   // longest timer, so that a clock that jumps is noticed
constexpr Millis kClockJump = 25h;             // no host rests that long: a stored time beyond it is a clock's fault
constexpr Millis kLongestPace = 6min;          // Crawl-delay's cap and its stretch: what a pass waits for
constexpr Millis kShortBlock = 10s;            // and so long a block
constexpr Millis kLateLease = 1s;               // so long may the store take to keep one
constexpr int kStepsAtOnce = 32;               // then other handlers have their turn

struct HostState {
  HostRecord record;
  std::optional<Robots> robots;  // parsed from record.robots, when first needed
  std::string robots_hop;        // where /robots.txt sent us
  int robots_hops = 0;
  std::uint64_t draws = 0;
  bool refresh = false;          // a list came: its new addresses may go before the buffered ones
};

/// One visit on its way through robots, names, lease and network.
struct Attempt {
  std::string host;
  Visit visit;
  std::shared_ptr<const Site> site;
  Url url;
  bool for_robots = false;
  Instant started{};
};
using AttemptPtr = std::shared_ptr<Attempt>;

class Driver : public Crawl {
 public:
  Driver(Loop& loop, CrawlOptions options, CrawlPorts ports, std::int64_t run)
      : loop_(loop), options_(std::move(options)), ports_(std::move(ports)), run_(run) {
    counters_.by_outcome.resize(Outcome::Kind_ARRAYSIZE);
  }
  ~Driver() override { *alive_ = false; }

  Status open(std::vector<SiteOptions> sites);
  void host_due(const HostRecord& host, Instant earliest) override;
  void committed(const std::string& host, std::optional<Instant> earliest) override;
  void wake() override { pump_soon(); }
  void page_refused(const std::string& host, const SiteOptions& site) override;
  void replace_sites(std::vector<SiteOptions> sites) override;
  bool idle(Instant now) const override {
    // A host at its pace keeps a pass going, one that is blocked does not.
    const auto held = [&](const std::string& host) { return hosts_.at(host).record.blocked_until_ms() > to_ms(now + kShortBlock); };
    return in_flight_ == 0 && frontier_.uncommitted() == 0 && !frontier_.anything_due(now, kLongestPace, held);
  }
  void drain(Instant deadline, std::function<void()> done) override;
  CrawlCounters counters() const override {
    auto c = counters_;
    c.in_flight = in_flight_;
    return c;
  }

 private:
  void pump_soon();
  void pump();
  void arm();
  void step(const std::string& host, Instant now);
  void refill(const std::string& host, Instant now);
  bool robots_settle(const AttemptPtr& attempt, HostState& state, Instant now);
  void start(AttemptPtr attempt);
  void named(const AttemptPtr& attempt, const Named& name);
  void send(const AttemptPtr& attempt, std::vector<Address> addresses, std::uint16_t port);
  void keep(const AttemptPtr& attempt, Lease lease, Request request);
  void leased(const AttemptPtr& attempt, Request request, bool kept, Instant asked, std::int64_t clock_before);
  void answered(const AttemptPtr& attempt, Response response);
  void robots_answered(const AttemptPtr& attempt, const Response& response);
  bool robots_redirected(const AttemptPtr& attempt, HostState& state, const Response& response);
  void failed(const AttemptPtr& attempt, Outcome::Kind outcome, const char* limit);
  void deliver(const AttemptPtr& attempt, Response response, Instant started);
  void settle_host(const AttemptPtr& attempt, const Response& response, Outcome::Kind outcome, bool sent);
  void give_back(const AttemptPtr& attempt, Instant not_before);
  void landed();

  Instant gate(const HostState& state) const {
    return from_ms(std::max(state.record.next_allowed_ms(), state.record.blocked_until_ms()));
  }
  double draw(HostState& state) const {
    return static_cast<double>(hash64(state.record.host(), ++state.draws + static_cast<std::uint64_t>(run_)) >> 11) * 0x1.0p-53;
  }
  static HostRecord stamped(HostState& state) {
    state.record.set_revision(state.record.revision() + 1);
    return state.record;
  }
  /// Asked and not yet kept: what a kill may make us ask again.
  bool slots_taken() const { return in_flight_ + static_cast<int>(frontier_.uncommitted()) >= options_.in_flight; }
  HostState& state_of(const std::string& host) { return hosts_.at(host); }
  const std::string& proxy_of(const Site& site) const {
    return site.options.proxy().empty() ? options_.proxy : site.options.proxy();
  }

  Loop& loop_;
  CrawlOptions options_;
  CrawlPorts ports_;
  std::int64_t run_;
  Sites sites_;
  AddressPolicy policy_;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<Fetcher> fetcher_;
  Frontier frontier_;
  std::unordered_map<std::string, HostState> hosts_;
  CrawlCounters counters_;
  int in_flight_ = 0;
  bool pumping_ = false, draining_ = false;
  std::function<void()> drained_;
  std::shared_ptr<Loop::Timer> timer_, deadline_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // handlers that are queued when we go find it false
};

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
  at->second.record = settle(std::move(at->second.record), site, answer);
  ports_.save_host(stamped(at->second));
  frontier_.set_gate(host, "", gate(at->second));
  arm();
}

void Driver::replace_sites(std::vector<SiteOptions> sites) {
  auto read = compile_sites(std::move(sites));
  if (!read) {
    log::error("crawl.sites_kept", {{"why", read.error().text}});
    return;
  }
  sites_ = *std::move(read);
  // A closed site may be open now and the reverse: every host looks again at what it may do.
  for (const auto& [host, state] : hosts_) frontier_.add_due(host, ports_.now());
  pump_soon();
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
  timer_.reset();
  const auto at = frontier_.wake_at();
  // Without room or with all slots taken, whoever frees one calls again.
  if (!at || draining_ || slots_taken() || !ports_.room()) return;
  const auto wait = std::chrono::ceil<Millis>(*at - ports_.now());
  timer_ = loop_.after(std::clamp(wait, Millis{0}, kNap), [this] { pump_soon(); });
}

void Driver::refill(const std::string& host, Instant now) {
  std::optional<Instant> later;
  auto visits = ports_.due(host, now, Frontier::kPrefetch);
  std::erase_if(visits, [&](const Visit& v) { return !may_run(sites_, v, now, later); });
  if (visits.empty()) {
    // Nobody may have told us of what becomes due by itself: look ahead, and at the latest then look again.
    std::optional<Instant> due;
    for (const auto& v : ports_.due(host, now + kLookAhead, Frontier::kPrefetch)) {
      const auto at = from_ms(v.due_ms());
      if (may_run(sites_, v, now, later) && (!due || at < *due)) due = at;
    }
    if (due && (!later || *due < *later)) later = due;
    if (!later || *later > now + kLookAhead) later = now + kLookAhead;
    if (*later <= now) later = now + 1s;  // due by the store's word, yet not given out: no busy loop
  }
  if (!visits.empty()) later.reset();
  frontier_.fill(host, std::move(visits), later);
}

void Driver::step(const std::string& host, Instant now) {
  auto& state = state_of(host);
  if (frontier_.wants_fill(host)) refill(host, now);
  auto visit = frontier_.take(host, now);
  std::optional<Instant> unused;
  if (!visit || !may_run(sites_, *visit, now, unused)) return frontier_.release(host, gate(state));
  const auto site = sites_.find(visit->site())->second;
  auto url = Url::parse(visit->url());
  auto attempt = std::make_shared<Attempt>(Attempt{host, *std::move(visit), site, url ? *url : Url{}, false, now});
  if (const auto opens = closed_until(*site, state.record, now)) return give_back(attempt, *opens);
  ++in_flight_;
  if (!url || !site->patterns->own_host(*url)) return failed(attempt, Outcome::out_of_scope, "host");
  if (site->options.robots() != "ignore" && !robots_settle(attempt, state, now)) return;
  start(attempt);
}

/// True: go on with the page. False: robots.txt must be fetched first, or has said no, and the attempt is on its way.
bool Driver::robots_settle(const AttemptPtr& attempt, HostState& state, Instant now) {
  auto& record = state.record;
  if (!record.has_robots() || record.robots().expires_ms() <= to_ms(now)) {
    attempt->for_robots = true;
    start(attempt);
    return false;
  }
  if (!state.robots) state.robots = Robots::parse(record.robots().body(), options_.robots_agent);
  if (state.robots->allowed(attempt->url.path_and_query())) return true;
  if (attempt->site->options.robots() == "record") {
    log::info("crawl.robots_recorded", {{"site", attempt->visit.site()}, {"host", attempt->host}});
    return true;
  }
  failed(attempt, Outcome::robots_denied, "robots");
  return false;
}

void Driver::start(AttemptPtr attempt) {
  const auto& proxy = proxy_of(*attempt->site);
  std::string name = attempt->url.hostname();
  if (!proxy.empty()) {
    const auto literal = Address::parse(name);
    if (literal && !policy_.allows(*literal)) return failed(attempt, Outcome::address_refused, "non_public_address");
    name = read_proxy(proxy)->host;
  }
  resolver_->resolve(name, ports_.now(), [this, attempt, alive = alive_](const Named& answer) {
    if (*alive) named(attempt, answer);
  });
}

void Driver::named(const AttemptPtr& attempt, const Named& name) {
  if (draining_) return give_back(attempt, ports_.now()), landed();
  if (name.fault == Named::Fault::no_such_name) return failed(attempt, Outcome::name_failed, "no_such_name");
  if (name.fault == Named::Fault::no_answer) return failed(attempt, Outcome::name_failed, "no_name_answer");
  auto addresses = name.addresses;
  if (proxy_of(*attempt->site).empty())  // a proxy's own address is the configuration's decision
    std::erase_if(addresses, [&](const Address& a) { return !policy_.allows(a); });
  if (addresses.empty()) return failed(attempt, Outcome::address_refused, "non_public_address");
  send(attempt, std::move(addresses), name.port);
}

void Driver::send(const AttemptPtr& attempt, std::vector<Address> addresses, std::uint16_t port) {
  auto& record = state_of(attempt->host).record;
  record.set_pages_today(record.pages_today() + 1);
  Lease lease;
  if (const auto& visit = attempt->visit; !attempt->for_robots) {
    lease.set_url(visit.url());
    lease.set_host(attempt->host);
    lease.set_run(run_);
    lease.set_generation(visit.generation());
  }
  const auto& hop = state_of(attempt->host).robots_hop;
  const auto robots = !attempt->for_robots ? "" : hop.empty() ? attempt->url.origin() + "/robots.txt" : hop;
  auto request = make_request(attempt->visit, attempt->url, robots, options_.limits);
  request.port = port;
  request.proxy = proxy_of(*attempt->site);
  (request.proxy.empty() ? request.addresses : request.proxy_addresses) = std::move(addresses);
  keep(attempt, std::move(lease), std::move(request));
}

/// Lease and host clock are kept before the request leaves. The kept clock assumes that it leaves as late as it can:
/// until the answer is kept too, a kill may rest the host longer than its pace, never shorter.
void Driver::keep(const AttemptPtr& attempt, Lease lease, Request request) {
  auto& state = state_of(attempt->host);
  const auto now = ports_.now();
  const auto before = state.record.next_allowed_ms();
  state.record.set_next_allowed_ms(std::max(before, to_ms(now + pace_of(state.record, attempt->site->options, draw(state)))));
  lease.set_started_ms(to_ms(now));
  lease.set_deadline_ms(to_ms(now + options_.limits.total));
  auto clock = stamped(state);
  clock.set_next_allowed_ms(clock.next_allowed_ms() + (options_.limits.connect + kLateLease).count());
  ports_.lease(std::move(lease), std::move(clock),
               [this, attempt, now, before, request = std::move(request), alive = alive_](bool kept) mutable {
                 if (*alive) leased(attempt, std::move(request), kept, now, before);
               });
}

void Driver::leased(const AttemptPtr& attempt, Request request, bool kept, Instant asked, std::int64_t clock_before) {
  const auto now = attempt->started = ports_.now();
  if (!kept) {
    state_of(attempt->host).record.set_next_allowed_ms(clock_before);
    return give_back(attempt, now + 1s), landed();
  }
  if (draining_) return attempt->for_robots ? (give_back(attempt, now), landed()) : failed(attempt, Outcome::cancelled, "");
  if (now - asked > kLateLease) return keep(attempt, {}, std::move(request));  // a slow disk: the clock once more
  ++counters_.started;
  request.at = now;
  fetcher_->start(std::move(request), [this, attempt](Response r) { answered(attempt, std::move(r)); });
}

void Driver::answered(const AttemptPtr& attempt, Response response) {
  auto& record = state_of(attempt->host).record;
  counters_.bytes += response.wire;
  record.set_bytes_today(record.bytes_today() + response.wire);
  if (!response.address.empty()) record.set_address(response.address);
  if (attempt->for_robots) return robots_answered(attempt, response);
  read_answer(response, attempt->url, *attempt->site->patterns, policy_, options_.limits.redirects, attempt->visit);
  settle_host(attempt, response, attempt->visit.outcome(), true);
  deliver(attempt, std::move(response), attempt->started);
}

void Driver::settle_host(const AttemptPtr& attempt, const Response& response, Outcome::Kind outcome, bool sent) {
  auto& state = state_of(attempt->host);
  const auto now = ports_.now();
  Answer answer{outcome, attempt->visit.limit(), read_retry_after(response.retry_after, now), response.first_byte, sent, now, draw(state)};
  if (response.challenge) answer.limit = "challenge";
  const std::string before = state.record.state();
  state.record = settle(std::move(state.record), attempt->site->options, answer);
  if (state.record.state() != before && (!before.empty() || state.record.state() != "ok"))
    log::info("host.state", {{"host", attempt->host}, {"was", before}, {"is", state.record.state()}});
}

/// RFC 9309 2.3.1: 2xx is read, other 4xx allow all, 5xx, 429 and silence make the host wait; a copy that was read
/// before is used meanwhile.
void Driver::robots_answered(const AttemptPtr& attempt, const Response& response) {
  auto& state = state_of(attempt->host);
  const auto now = ports_.now();
  auto& visit = attempt->visit;
  // A file longer than our limit counts as far as it was read.
  const bool whole = response.outcome == Outcome::ok || response.outcome == Outcome::too_large;
  auto outcome = whole ? outcome_of_status(response.status) : response.outcome;
  if (whole && outcome == Outcome::redirect && robots_redirected(attempt, state, response)) return;
  const bool no_file = whole && response.status >= 300 && response.status < 500 && response.status != 429;
  auto& copy = *state.record.mutable_robots();
  copy.set_fetched_ms(to_ms(now));
  if (no_file || outcome == Outcome::ok) {
    copy.set_status(response.status);
    copy.set_outcome(outcome);
    copy.set_expires_ms(to_ms(now + kRobotsFresh));
    state.robots = Robots::parse(no_file ? std::string_view() : response.body, options_.robots_agent);
    copy.set_body(no_file ? "" : response.body.size() > kRobotsKept ? state.robots->reduced() : response.body);
    state.record.set_crawl_delay_s(state.robots->crawl_delay_s().value_or(0));
    state.robots_hop.clear();
    state.robots_hops = 0;
    settle_host(attempt, response, Outcome::ok, true);
    ports_.save_host(stamped(state));
    return give_back(attempt, gate(state)), landed();
  }
  settle_host(attempt, response, outcome, true);
  const auto wait = std::min<Millis>(kRobotsFresh, kRobotsWait * (1LL << std::clamp(state.record.failures() - 1, 0, 9)));
  copy.set_expires_ms(to_ms(now + wait));
  const bool stale = copy.has_status();
  if (stale || attempt->site->options.robots() == "record") {
    ports_.save_host(stamped(state));
    return give_back(attempt, gate(state)), landed();
  }
  state.record.clear_robots();
  state.record.set_blocked_until_ms(std::max(state.record.blocked_until_ms(), to_ms(now + wait)));
  visit.set_outcome(outcome);
  visit.set_status(response.status);
  visit.set_limit("robots_unreachable");
  deliver(attempt, Response{}, attempt->started);
}

/// Hops inside the host are followed at its pace; elsewhere the file counts as missing: the pages behind such a
/// host's redirect are asked under the other host's own robots.txt anyway.
bool Driver::robots_redirected(const AttemptPtr& attempt, HostState& state, const Response& response) {
  const auto from = Url::parse(state.robots_hop.empty() ? attempt->url.origin() + "/robots.txt" : state.robots_hop);
  const auto target = from ? Url::parse(response.location, *from) : from;
  if (!target || target->hostname() != attempt->url.hostname() || state.robots_hops >= options_.limits.redirects) return false;
  ++state.robots_hops;
  state.robots_hop = target->without_fragment();
  settle_host(attempt, response, Outcome::ok, true);
  give_back(attempt, gate(state));
  landed();
  return true;
}

/// Ended before anything was sent.
void Driver::failed(const AttemptPtr& attempt, Outcome::Kind outcome, const char* limit) {
  attempt->visit.set_outcome(outcome);
  attempt->visit.set_limit(limit);
  attempt->visit.clear_status();
  settle_host(attempt, Response{}, outcome, false);
  deliver(attempt, Response{}, attempt->started);
}

void Driver::deliver(const AttemptPtr& attempt, Response response, Instant started) {
  auto& state = state_of(attempt->host);
  auto& visit = attempt->visit;
  const auto now = ports_.now();
  visit.set_last_ms(to_ms(now));
  visit.set_generation(visit.generation() + 1);
  state.refresh = state.refresh || visit.role() == Role::index || visit.role() == Role::feed;
  ++counters_.delivered;
  ++counters_.by_outcome[static_cast<std::size_t>(visit.outcome())];
  Exchange exchange;
  exchange.visit = std::move(visit);
  exchange.host = stamped(state);
  exchange.site = attempt->site->options;
  exchange.body = std::move(response.body);
  exchange.content_type = std::move(response.content_type);
  exchange.headers = std::move(response.headers);
  exchange.address = std::move(response.address);
  exchange.started = started;
  exchange.ended = now;
  frontier_.handed_over(attempt->host);
  frontier_.release(attempt->host, gate(state));
  ports_.deliver(std::move(exchange));
  landed();
}

void Driver::give_back(const AttemptPtr& attempt, Instant not_before) {
  frontier_.put_back(attempt->host, std::move(attempt->visit));
  frontier_.release(attempt->host, not_before);
}

void Driver::landed() {
  --in_flight_;
  if (draining_ && in_flight_ == 0 && drained_) return std::exchange(drained_, nullptr)();
  pump_soon();
}

}  // namespace

Result<std::unique_ptr<Crawl>> Crawl::make(Loop& loop, CrawlOptions options, std::vector<SiteOptions> sites,
                                           CrawlPorts ports, std::int64_t run) {
  auto driver = std::make_unique<Driver>(loop, std::move(options), std::move(ports), run);
  if (auto opened = driver->open(std::move(sites)); !opened) return std::move(opened).error();
  return std::unique_ptr<Crawl>(std::move(driver));
}

}  // namespace vigie::crawler
