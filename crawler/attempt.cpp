#include <algorithm>

#include "core/log.h"
#include "crawler/answer.h"
#include "crawler/driver.h"
#include "crawler/retry.h"

namespace vigie::crawler {

namespace {

constexpr Millis kRobotsFresh = 24h, kRobotsWait = 5min;
constexpr std::size_t kRobotsKept = 16 << 10;  // a longer file is kept as the rules that are meant for us
constexpr Millis kLateLease = 1s;               // so long may the store take to keep one

}  // namespace

void Driver::take_robots(HostState& state, std::string_view body) const {
  state.robots = Robots::parse(body, options_.robots_agent);
  state.tell_sitemaps = !state.robots->sitemaps().empty();
}

/// True: go on with the page. False: robots.txt must be fetched first, or has said no, and the attempt is on its way.
bool Driver::robots_settle(const AttemptPtr& attempt, HostState& state, Instant now) {
  auto& record = state.record;
  if (!record.has_robots() || record.robots().expires_ms() <= to_ms(now)) {
    attempt->for_robots = true;
    start(attempt);
    return false;
  }
  if (!state.robots) {
    take_robots(state, record.robots().body());
    record.mutable_robots()->clear_body();
  }
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
  auto& state = state_of(attempt->host);
  const auto now = ports_.now();
  const auto gap = AddressClock::gap_of(Millis(attempt->site->options.pace_ms()));
  if (gap > 0ms) {
    auto key = addresses.front().text();
    const bool waited = state.turn_address == key;
    const auto later = addresses_.enter(key, now, gap, waited ? std::optional(state.turn) : std::nullopt);
    if (later) {
      state.turn_address = std::move(key);
      state.turn = *later;
      return give_back(attempt, std::max(*later, gate(state))), landed();
    }
    state.turn_address.clear();
    attempt->address = std::move(key);
  }
  send(attempt, std::move(addresses), name.port);
}

void Driver::leave_address(Attempt& attempt) {
  if (!attempt.address.empty()) addresses_.leave(std::exchange(attempt.address, {}), ports_.now());
}

void Driver::send(const AttemptPtr& attempt, std::vector<Address> addresses, std::uint16_t port) {
  auto& record = state_of(attempt->host).record;
  count_request(record, *attempt->site, ports_.now());
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
  tell_state(state.record, before);
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
    take_robots(state, no_file ? std::string_view() : response.body);
    copy.set_body(no_file ? "" : response.body.size() > kRobotsKept ? state.robots->reduced() : response.body);
    state.record.set_crawl_delay_s(state.robots->crawl_delay_s().value_or(0));
    state.robots_hop.clear();
    state.robots_hops = 0;
    settle_host(attempt, response, Outcome::ok, true);
    ports_.save_host(stamped(state));
    state.record.mutable_robots()->clear_body();
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
  leave_address(*attempt);
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
  if (std::exchange(state.tell_sitemaps, false)) exchange.sitemaps = state.robots->sitemaps();
  exchange.ended = now;
  frontier_.handed_over(attempt->host);
  frontier_.release(attempt->host, gate(state));
  ports_.deliver(std::move(exchange));
  landed();
}

}  // namespace vigie::crawler
