#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
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

/// The real crawl against the hostile site, without a store: what the crawler's whole-room tests share.
namespace vigie::crawler::test {

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

inline std::string value(const google::protobuf::Struct& row, const char* key) { return row.fields().at(key).string_value(); }

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

  SiteOptions& add_site(const std::string& host, Millis pace = 0ms, const std::string& scheme = "http") {
    SiteOptions site;
    site.set_site(host);
    site.add_start(scheme + "://" + host + "/x");
    site.add_hosts(host);
    site.set_pace_ms(pace.count());
    site.set_robots("obey");
    return sites_.emplace(host, std::move(site)).first->second;
  }
  void add_visit(const std::string& host, const std::string& path, Role::Kind role = Role::index) {
    const auto& start = sites_.at(host).start(0);
    auto visit = make_visit(start.substr(0, start.find('/', 8)) + path, sites_.at(host), role, nullptr, now());
    REQUIRE(visit);
    store[visit->url()] = *visit;
  }

  /// Runs the real crawl until nothing is due, or `most` has gone by.
  void run(Millis most) {
    CrawlPorts ports;
    ports.now = [] { return now(); };
    ports.due = [this](const std::string& host, Instant until, std::size_t limit, std::function<void(std::vector<Visit>)> done) {
      loop_.post([this, host, until, limit, done = std::move(done)] { done(due(host, until, limit)); });
    };
    ports.lease = [this](Lease lease, HostRecord host, std::function<void(bool)> done) {
      if (!lease.url().empty()) leases.push_back(std::move(lease));
      clocks[host.host()] = host.next_allowed_ms();
      loop_.post([this, done = std::move(done)] { done(allow_leases); });
    };
    ports.save_host = [this](const HostRecord& host) { keep(host); };
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
    if (on_start) on_start(loop_, *crawl_);
    const auto end = now() + most;
    std::function<void()> check = [&] {
      if (on_check) on_check(*crawl_);
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

  std::function<void(Loop&, const Crawl&)> on_start;
  std::function<void(const Crawl&)> on_check;  // some times a second
  CrawlOptions options;
  std::map<std::string, Visit> store;
  std::map<std::string, HostRecord> hosts;
  std::deque<Exchange> exchanges;
  std::vector<Lease> leases;
  std::map<std::string, std::int64_t> clocks;  // as last kept before a request
  CrawlCounters counters;
  Millis lag{0};
  bool allow_leases = true;
  int drained = 0;
  int port() const { return site_.port; }

 private:
  /// The visits of a host: its addresses stand together.
  template <class Each>
  void each_of(const std::string& host, const Each& each) const {
    for (const std::string scheme : {"http://", "https://"}) {
      const auto prefix = scheme + host + "/";
      for (auto at = store.lower_bound(prefix); at != store.end() && at->first.starts_with(prefix); ++at) each(at->second);
    }
  }
  std::vector<Visit> due(const std::string& host, Instant until, std::size_t limit) const {
    std::vector<Visit> found;
    each_of(host, [&](const Visit& visit) {
      if (!visit.parked() && visit.due_ms() <= to_ms(until)) found.push_back(visit);
    });
    std::stable_sort(found.begin(), found.end(), [](const Visit& a, const Visit& b) { return a.priority() < b.priority(); });
    if (found.size() > limit) found.resize(limit);
    return found;
  }
  std::optional<Instant> earliest(const std::string& host) const {
    std::optional<Instant> first;
    each_of(host, [&](const Visit& visit) {
      if (!visit.parked() && (!first || from_ms(visit.due_ms()) < *first)) first = from_ms(visit.due_ms());
    });
    return first;
  }
  /// As the store does: a copy without the body of robots.txt leaves it as it is.
  void keep(HostRecord host) {
    auto& kept = hosts[host.host()];
    if (host.has_robots() && !host.robots().has_body()) host.mutable_robots()->set_body(kept.robots().body());
    kept = std::move(host);
  }
  void tell(const std::string& host) {
    HostRecord record;
    record.set_host(host);
    if (hosts.contains(host)) record = hosts[host];
    if (const auto first = earliest(host)) crawl_->host_due(record, *first);
  }
  /// As the pipeline does: reschedule, follow a redirect as a new visit, commit a little later.
  void take(Exchange exchange) {
    keep(exchange.host);
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

}  // namespace vigie::crawler::test
