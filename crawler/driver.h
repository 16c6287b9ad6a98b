#pragma once

// Private to crawler/crawl.cpp and crawler/attempt.cpp: the crawl's inside. crawl.cpp picks and schedules, attempt.cpp
// takes one address through robots, name, address clock, lease, network and answer.
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/hash.h"
#include "core/url.h"
#include "crawler/address.h"
#include "crawler/address_clock.h"
#include "crawler/crawl.h"
#include "crawler/fetcher.h"
#include "crawler/frontier.h"
#include "crawler/resolver.h"
#include "crawler/robots.h"
#include "crawler/sites.h"

namespace vigie::crawler {

struct HostState {
  HostRecord record;
  std::optional<Robots> robots;  // parsed from record.robots, when first needed; its body is dropped then
  bool tell_sitemaps = false;    // with the next exchange
  std::string robots_hop;        // where /robots.txt sent us
  int robots_hops = 0;
  std::uint64_t draws = 0;
  bool refresh = false;          // a list came: its new addresses may go before the buffered ones
  std::string turn_address;      // where this host waits for its turn
  Instant turn{};
};

/// One visit on its way through robots, names, lease and network.
struct Attempt {
  std::string host;
  Visit visit;
  std::shared_ptr<const Site> site;
  Url url;
  bool for_robots = false;
  Instant started{};
  std::string address;  // counts as out there
  std::shared_ptr<int> slow;  // a copy of Driver::slow_: counts while this attempt lives
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
  std::vector<std::string> closed_hosts(Instant now, Millis patience) const override;
  bool idle(Instant now) const override;
  void drain(Instant deadline, std::function<void()> done) override;
  CrawlCounters counters() const override {
    auto c = counters_;
    c.in_flight = in_flight_;
    return c;
  }

 private:
  void pump_soon();
  void pump();
  int most_in_flight(Instant now) const;
  std::optional<Instant> closed_until(const Site& site, Instant now) const;
  void count_request(HostRecord& record, const Site& site, Instant now) const;
  void tell_state(const HostRecord& record, const std::string& before) const;
  void arm();
  void step(const std::string& host, Instant now);
  void ask_store(const std::string& host, Instant now);
  void look_ahead(const std::string& host, std::optional<Instant> later);
  void filled(const std::string& host, std::vector<Visit> visits, std::optional<Instant> later);
  bool open_for(const Visit& visit, Instant now, std::optional<Instant>& later) const;
  bool held_as_slow(const std::string& host, Instant now);
  void step_on(const std::string& host, Instant now);
  void take_robots(HostState& state, std::string_view body) const;
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
  void leave_address(Attempt& attempt);
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
  bool slots_taken() const { return in_flight_ + static_cast<int>(frontier_.uncommitted()) >= most_in_flight(ports_.now()); }
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
  AddressClock addresses_;
  std::unordered_map<std::string, HostState> hosts_;
  CrawlCounters counters_;
  int in_flight_ = 0;
  const std::shared_ptr<int> slow_ = std::make_shared<int>(0);  // its copies are the slow attempts
  bool pumping_ = false, draining_ = false;
  std::optional<Instant> ramp_from_;  // after down time: fewer transfers at first
  std::function<void()> drained_;
  std::shared_ptr<Loop::Timer> timer_, deadline_;
  Instant armed_for_{};  // timer_
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // handlers that are queued when we go find it false
};

}  // namespace vigie::crawler
