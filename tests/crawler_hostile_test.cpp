#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "crawler/crawl.h"

using namespace vigie;
using namespace vigie::crawler;

namespace {

/// The hostile site as a child; closing its stdin ends it.
class HostileSite {
 public:
  explicit HostileSite(const std::vector<std::string>& names)
      : log_("/tmp/vigie-hostile." + std::to_string(getpid()) + "." + std::to_string(counter_++) + ".log") {
    int in[2], out[2];
    REQUIRE(pipe2(in, O_CLOEXEC) == 0);
    REQUIRE(pipe2(out, O_CLOEXEC) == 0);
    const std::string script = VIGIE_SOURCE_DIR "/tests/hostile_site.py";
    std::vector<std::string> words{"python3", script, log_};
    words.insert(words.end(), names.begin(), names.end());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    child_ = fork();
    if (child_ == 0) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      execvp("python3", argv.data());
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    stdin_ = in[1];
    FILE* reader = fdopen(out[0], "r");
    const int got = fscanf(reader, "%d %d", &port, &dns_port);
    fclose(reader);
    REQUIRE(got == 2);
  }
  HostileSite(const HostileSite&) = delete;
  HostileSite& operator=(const HostileSite&) = delete;
  ~HostileSite() {
    close(stdin_);
    int status = 0;
    for (int i = 0; i < 40 && waitpid(child_, &status, WNOHANG) == 0; ++i) usleep(50'000);
    if (waitpid(child_, &status, WNOHANG) == 0) {
      kill(child_, SIGKILL);
      waitpid(child_, &status, 0);
    }
    unlink(log_.c_str());
  }
  std::vector<google::protobuf::Struct> requests() const {
    std::vector<google::protobuf::Struct> rows;
    std::ifstream in(log_);
    for (std::string line; std::getline(in, line);) {
      google::protobuf::Struct row;
      if (google::protobuf::util::JsonStringToMessage(line, &row).ok()) rows.push_back(std::move(row));
    }
    return rows;
  }
  int port = 0, dns_port = 0;

 private:
  static inline int counter_ = 0;
  std::string log_;
  pid_t child_ = 0;
  int stdin_ = -1;
};

std::string value(const google::protobuf::Struct& row, const char* key) { return row.fields().at(key).string_value(); }

/// The roof in small: a store in memory behind the crawl's ports, everything else real.
class World {
 public:
  explicit World(const std::vector<std::string>& names) : site_(names) {
    options.user_agent = "vigie-test/1.0 (+crawler@unit.example)";
    options.allow_private = {"127.0.0.0/16"};
    options.name_servers = {"127.0.0.1:" + std::to_string(site_.dns_port)};
    options.limits.connect = 2s;
    options.limits.first_byte = 2s;
    options.limits.total = 10s;
    options.limits.slow_for = 3s;
    int number = 0;
    for (const auto& name : names) {
      ++number;
      const auto address = "127.0." + std::to_string(1 + number / 250) + "." + std::to_string(number % 250);
      options.resolve.emplace_back(name, address + ":" + std::to_string(site_.port));
    }
  }

  SiteOptions& add_site(const std::string& host, Millis pace = 0ms) {
    SiteOptions site;
    site.set_site(host);
    site.add_start("http://" + host + "/x");
    site.add_hosts(host);
    site.set_pace_ms(pace.count());
    site.set_robots("obey");
    return sites_.emplace(host, std::move(site)).first->second;
  }
  void add_visit(const std::string& host, const std::string& path, Role::Kind role = Role::index) {
    auto visit = make_visit("http://" + host + path, sites_.at(host), role, nullptr, now());
    REQUIRE(visit);
    store[visit->url()] = *visit;
  }

  /// Runs the real crawl until nothing is due, or `most` has gone by.
  void run(Millis most) {
    CrawlPorts ports;
    ports.now = [] { return now(); };
    ports.due = [this](const std::string& host, Instant until, std::size_t limit) { return due(host, until, limit); };
    ports.lease = [this](Lease lease, HostRecord host, std::function<void(bool)> done) {
      if (!lease.url().empty()) leases.push_back(std::move(lease));
      clocks[host.host()] = host.next_allowed_ms();
      loop_.post([this, done = std::move(done)] { done(allow_leases); });
    };
    ports.save_host = [this](const HostRecord& host) { hosts[host.host()] = host; };
    ports.room = [] { return true; };
    ports.deliver = [this](Exchange e) { take(std::move(e)); };
    std::vector<SiteOptions> all;
    for (const auto& [name, site] : sites_) all.push_back(site);
    auto made = Crawl::make(loop_, options, all, ports, 1);
    REQUIRE(made);
    crawl_ = std::move(*made);
    loop_.post([this] {
      std::set<std::string> known;
      for (const auto& [url, visit] : store)
        if (known.insert(visit.host()).second) tell(visit.host());
    });
    const auto end = now() + most;
    std::function<void()> check = [&] {
      if ((crawl_->idle(now()) && !exchanges.empty()) || now() > end) {
        counters = crawl_->counters();
        crawl_->drain(now() + 1s, [this] { ++drained; loop_.stop(); });
      } else {
        timer_ = loop_.after(50ms, check);
      }
    };
    timer_ = loop_.after(50ms, check);
    loop_.run();
    lag = loop_.lag();
    crawl_.reset();
  }

  static Instant now() { return std::chrono::system_clock::now(); }
  std::vector<google::protobuf::Struct> requests() const { return site_.requests(); }
  int requests_to(const std::string& host, const std::string& path) const {
    int count = 0;
    for (const auto& row : requests()) count += value(row, "host").starts_with(host) && value(row, "path") == path;
    return count;
  }

  CrawlOptions options;
  std::map<std::string, Visit> store;
  std::map<std::string, HostRecord> hosts;
  std::vector<Exchange> exchanges;
  std::vector<Lease> leases;
  std::map<std::string, std::int64_t> clocks;  // as last kept before a request
  CrawlCounters counters;
  Millis lag{0};
  bool allow_leases = true;
  int drained = 0;
  int port() const { return site_.port; }

 private:
  std::vector<Visit> due(const std::string& host, Instant until, std::size_t limit) const {
    std::vector<Visit> found;
    for (const auto& [url, visit] : store)
      if (visit.host() == host && !visit.parked() && visit.due_ms() <= to_ms(until)) found.push_back(visit);
    std::stable_sort(found.begin(), found.end(), [](const Visit& a, const Visit& b) { return a.priority() < b.priority(); });
    if (found.size() > limit) found.resize(limit);
    return found;
  }
  std::optional<Instant> earliest(const std::string& host) const {
    std::optional<Instant> first;
    for (const auto& [url, visit] : store)
      if (visit.host() == host && !visit.parked() && (!first || from_ms(visit.due_ms()) < *first)) first = from_ms(visit.due_ms());
    return first;
  }
  void tell(const std::string& host) {
    HostRecord record;
    record.set_host(host);
    if (hosts.contains(host)) record = hosts[host];
    if (const auto first = earliest(host)) crawl_->host_due(record, *first);
  }
  /// As the pipeline does: reschedule, follow a redirect as a new visit, commit a little later.
  void take(Exchange exchange) {
    hosts[exchange.host.host()] = exchange.host;
    const auto next = reschedule(exchange.visit, {}, exchange.site, {}, exchange.ended);
    store[next.url()] = next;
    if (exchange.visit.outcome() == Outcome::redirect)
      if (auto hop = make_visit(exchange.visit.redirect_to(), exchange.site, Role::unknown, &exchange.visit, exchange.ended))
        store.try_emplace(hop->url(), *hop);
    const auto host = exchange.host.host();
    exchanges.push_back(std::move(exchange));
    commits_.push_back(loop_.after(5ms, [this, host] { crawl_->committed(host, earliest(host)); }));
  }

  HostileSite site_;
  std::map<std::string, SiteOptions> sites_;
  Loop loop_;
  std::unique_ptr<Crawl> crawl_;
  std::shared_ptr<Loop::Timer> timer_;
  std::vector<std::shared_ptr<Loop::Timer>> commits_;
};

struct Row {
  const char* host;
  Outcome::Kind outcome;
  const char* limit;
};
// What the last attempt at each host's page must be called, and which limit or rule must have set it.
const Row kRows[] = {
    {"ok.test", Outcome::ok, ""},
    {"gz.test", Outcome::ok, ""},
    {"rate-seconds.test", Outcome::rate_limited, ""},
    {"rate-date.test", Outcome::rate_limited, ""},
    {"rate-none.test", Outcome::rate_limited, ""},
    {"unavailable.test", Outcome::rate_limited, ""},
    {"broken.test", Outcome::server_error, ""},
    {"teapot.test", Outcome::server_error, ""},
    {"double.test", Outcome::bad_coding, "two_codings"},
    {"double-lines.test", Outcome::bad_coding, "two_codings"},
    {"not-gzip.test", Outcome::bad_coding, "coding"},
    {"odd-coding.test", Outcome::bad_coding, "coding"},
    {"loop-self.test", Outcome::redirect_loop, "redirects"},
    {"loop-two.test", Outcome::redirect, ""},
    {"chain.test", Outcome::redirect, ""},
    {"to-private.test", Outcome::address_refused, "redirect_address"},
    {"to-metadata.test", Outcome::address_refused, "redirect_address"},
    {"to-mapped.test", Outcome::address_refused, "redirect_address"},
    {"to-ftp.test", Outcome::out_of_scope, "redirect_protocol"},
    {"to-file.test", Outcome::out_of_scope, "redirect_protocol"},
    {"to-other.test", Outcome::out_of_scope, "redirect_host"},
    {"to-nowhere.test", Outcome::server_error, "no_location"},
    {"gone404.test", Outcome::gone, ""},
    {"gone410.test", Outcome::gone, ""},
    {"refuse401.test", Outcome::block, ""},
    {"refuse403.test", Outcome::block, ""},
    {"refuse451.test", Outcome::block, ""},
    {"challenge.test", Outcome::block, "challenge"},
    {"picture.test", Outcome::not_html, "content_type"},
    {"cut.test", Outcome::cut_off, "content_length"},
    {"cut-chunked.test", Outcome::cut_off, "content_length"},
    {"two-lengths.test", Outcome::network, "two_lengths"},
    {"bad-length.test", Outcome::network, "no_http"},
    {"garbage.test", Outcome::network, "no_http"},
    {"empty.test", Outcome::network, "no_answer"},
    {"drip.test", Outcome::too_slow, "slow"},
    {"drip-header.test", Outcome::timed_out, "first_byte"},
    {"header-endless.test", Outcome::header_flood, "header_bytes"},
    {"header-line.test", Outcome::header_flood, "header_line"},
    {"interim-endless.test", Outcome::header_flood, "header_bytes"},
    {"body-endless.test", Outcome::too_large, "wire_bytes"},
    {"bomb.test", Outcome::bomb, "ratio"},
    {"large.test", Outcome::too_large, "wire_bytes"},
    {"silent.test", Outcome::timed_out, "first_byte"},
    {"reset.test", Outcome::network, "reset"},
    {"robots-deny.test", Outcome::robots_denied, "robots"},
    {"robots-record.test", Outcome::ok, ""},
    {"robots-ignore.test", Outcome::ok, ""},
    {"robots-500.test", Outcome::server_error, "robots_unreachable"},
    {"robots-429.test", Outcome::rate_limited, "robots_unreachable"},
    {"robots-403.test", Outcome::ok, ""},
    {"robots-moved.test", Outcome::robots_denied, "robots"},
    {"robots-huge.test", Outcome::robots_denied, "robots"},
    {"nx.test", Outcome::name_failed, "no_such_name"},
    {"dead.test", Outcome::name_failed, "no_name_answer"},
    {"rebind.test", Outcome::address_refused, "non_public_address"},
};

std::vector<std::string> served_names() {
  std::vector<std::string> names;
  for (const auto& row : kRows) {
    const std::string host = row.host;
    if (host != "nx.test" && host != "dead.test" && host != "rebind.test") names.push_back(host);
  }
  return names;
}

}  // namespace

TEST_CASE("the hostile site: every behaviour gets its own outcome, and nothing is sent that should not be") {
  World world(served_names());
  for (const auto& row : kRows) {
    auto& site = world.add_site(row.host);
    if (std::string(row.host) == "robots-record.test") site.set_robots("record");
    if (std::string(row.host) == "robots-ignore.test") site.set_robots("ignore");
    world.add_visit(row.host, "/x");
  }
  world.run(20s);
  std::map<std::string, const Exchange*> first;
  std::set<std::string> again;
  for (const auto& e : world.exchanges) {
    if (e.visit.limit() != "stale_connection") first.try_emplace(e.visit.url(), &e);
    else again.insert(e.visit.url());
  }
  for (const auto& row : kRows) {
    const std::string host = row.host;
    CAPTURE(host);
    const auto at = first.find("http://" + std::string(row.host) + "/x");
    REQUIRE(at != first.end());
    const auto& visit = at->second->visit;
    CHECK(Outcome::Kind_Name(visit.outcome()) == Outcome::Kind_Name(row.outcome));
    CHECK(visit.limit() == std::string(row.limit));
    CHECK(visit.generation() == (again.contains(visit.url()) ? 2 : 1));
    if (row.outcome != Outcome::ok) CHECK_FALSE(is_gone(visit, {}));
  }
  CHECK(first.at("http://gz.test/x")->body.find("hello") != std::string::npos);
  CHECK(first.at("http://gone404.test/x")->body == "no such ad");  // an error print can be learned

  // Redirects: hops are visits of their own, and end.
  CHECK(world.store.at("http://loop-two.test/b").outcome() == Outcome::redirect_loop);
  CHECK(world.store.at("http://chain.test/x5").outcome() == Outcome::redirect_loop);
  CHECK(world.requests_to("chain.test", "/x6") == 0);
  // Robots: asked once, before the page, and obeyed.
  CHECK(world.requests_to("robots-deny.test", "/x") == 0);
  CHECK(world.requests_to("robots-500.test", "/x") == 0);
  CHECK(world.requests_to("robots-moved.test", "/rules.txt") == 1);
  CHECK(world.requests_to("robots-ignore.test", "/robots.txt") == 0);
  CHECK(world.requests_to("robots-record.test", "/robots.txt") == 1);
  CHECK(world.hosts.at("robots-deny.test").robots().body().find("Disallow: /x") != std::string::npos);
  CHECK(world.hosts.at("robots-huge.test").robots().body().size() < 16 << 10);
  // Waits: as the server asked.
  const auto wait = [&](const char* host) {
    const auto& record = world.hosts.at(host);
    return static_cast<double>(record.blocked_until_ms() - to_ms(first.at(std::string("http://") + host + "/x")->ended)) / 1000;
  };
  CHECK(wait("rate-seconds.test") >= 119.9);
  CHECK(wait("rate-seconds.test") <= 133);
  CHECK(wait("rate-date.test") >= 175);
  CHECK(wait("rate-date.test") <= 199);
  CHECK(wait("rate-none.test") >= 59.9);
  CHECK(wait("rate-none.test") <= 67);
  CHECK(wait("nx.test") >= 899);
  CHECK(wait("challenge.test") >= 1799);
  // Every page request had its lease first, and says who asks.
  std::set<std::string> leased;
  for (const auto& lease : world.leases) leased.insert(lease.url());
  for (const auto& row : world.requests()) {
    const auto path = value(row, "path");
    if (path == "/robots.txt" || path == "/rules.txt") continue;
    CHECK(leased.contains("http://" + value(row, "host") + path));
    CHECK(value(row, "agent") == world.options.user_agent);
  }
  MESSAGE("loop lag at most " << world.lag.count() << " ms");
}

TEST_CASE("a host's pace holds in the server's own log, robots.txt included, and hosts do not wait for each other") {
  World world({"a.test", "b.test"});
  for (const char* host : {"a.test", "b.test"}) {
    world.add_site(host, 150ms);
    for (int i = 0; i < 6; ++i) world.add_visit(host, "/p" + std::to_string(i));
  }
  world.run(10s);
  std::map<std::string, std::vector<double>> times;
  for (const auto& row : world.requests()) times[value(row, "host")].push_back(row.fields().at("t").number_value());
  for (const std::string host : {"a.test", "b.test"}) {
    CAPTURE(host);
    REQUIRE(times[host].size() == 7);
    for (std::size_t i = 1; i < times[host].size(); ++i) CHECK(times[host][i] - times[host][i - 1] >= 0.95 * 0.150);
  }
  CHECK(times["b.test"].front() < times["a.test"].back());
}

TEST_CASE("a page that did not change is asked with its validators and answers 304") {
  World world({"etag.test"});
  world.add_site("etag.test");
  world.add_visit("etag.test", "/x");
  world.run(5s);
  REQUIRE(world.exchanges.size() == 1);
  CHECK(world.exchanges[0].visit.etag() == "\"v1\"");
  auto& visit = world.store.at("http://etag.test/x");
  visit.set_due_ms(to_ms(World::now()));
  world.exchanges.clear();
  world.run(5s);
  REQUIRE(world.exchanges.size() == 1);
  CHECK(world.exchanges[0].visit.outcome() == Outcome::unchanged);
  CHECK(world.exchanges[0].visit.etag() == "\"v1\"");
  CHECK(world.requests_to("etag.test", "/robots.txt") == 1);  // the copy in the host record is still fresh
}

TEST_CASE("nothing leaves without a kept lease, outside of the authority's time, or past a block of before") {
  World world({"ok.test"});
  auto& site = world.add_site("ok.test");
  world.add_visit("ok.test", "/x");
  SUBCASE("the lease was not kept") {
    world.allow_leases = false;
    world.run(1s);
    CHECK(world.requests_to("ok.test", "/x") == 0);
  }
  SUBCASE("the authority has ended") {
    site.set_valid_to_ms(to_ms(World::now()) - 1);
    world.run(500ms);
    CHECK(world.requests().empty());
  }
  SUBCASE("the authority has not begun") {
    site.set_valid_from_ms(to_ms(World::now()) + 3'600'000);
    world.run(500ms);
    CHECK(world.requests().empty());
  }
  SUBCASE("a block outlives the restart") {
    HostRecord host;
    host.set_host("ok.test");
    host.set_blocked_until_ms(to_ms(World::now()) + 3'600'000);
    world.hosts["ok.test"] = host;
    world.run(500ms);
    CHECK(world.requests().empty());
  }
  CHECK(world.exchanges.empty());
}

TEST_CASE("a proxy is asked for names that only it knows, and never for an address that is refused") {
  World world({"ok.test"});
  world.options.proxy = "http://127.0.1.1:" + std::to_string(world.port());
  world.add_site("nx-behind-proxy.test");
  world.add_visit("nx-behind-proxy.test", "/x");
  world.add_site("10.0.0.9");
  world.add_visit("10.0.0.9", "/x");
  world.run(5s);
  REQUIRE(world.exchanges.size() == 2);
  for (const auto& e : world.exchanges)
    CHECK(e.visit.outcome() == (e.visit.host() == "10.0.0.9" ? Outcome::address_refused : Outcome::ok));
  CHECK(world.requests_to("nx-behind-proxy.test", "http://nx-behind-proxy.test/x") == 1);
}

TEST_CASE("draining cancels what still runs at its deadline; a cancelled visit stays as it was") {
  World world({"silent.test"});
  world.add_site("silent.test");
  world.add_visit("silent.test", "/x");
  world.options.limits.first_byte = 30s;
  world.options.limits.total = 30s;
  const auto due = world.store.begin()->second.due_ms();
  world.run(300ms);  // then drains with a second's deadline
  CHECK(world.drained == 1);
  REQUIRE(world.exchanges.size() == 1);
  CHECK(world.exchanges[0].visit.outcome() == Outcome::cancelled);
  CHECK(world.store.begin()->second.due_ms() == due);
  CHECK_FALSE(world.store.begin()->second.tried());
}

TEST_CASE("a configuration that cannot work is refused with its place") {
  Loop loop;
  CrawlPorts ports;
  CrawlOptions options;
  SUBCASE("range") { options.allow_private = {"127.0.0.0/99"}; }
  SUBCASE("table") { options.resolve = {{"a.test", "localhost:80"}}; }
  SUBCASE("proxy") { options.proxy = "socks5://127.0.0.1:9050"; }
  SUBCASE("name server") { options.name_servers = {"not an address"}; }
  const auto made = Crawl::make(loop, options, {}, ports, 1);
  REQUIRE_FALSE(made);
  CHECK(made.error().code == Errc::misconfigured);
}
