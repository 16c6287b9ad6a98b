#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;
using test::at;

namespace {

/// The store said again with plain maps: what each call must answer.
struct Model {
  std::map<std::string, Visit> visits;
  std::set<std::string> leased;
  std::map<std::string, StoredAd> ads;
  std::map<std::string, int> versions;
  std::map<std::string, Alert> alerts;

  std::vector<std::string> due(const std::string& host, Instant until) const {
    std::vector<std::tuple<int, std::int64_t, std::string>> order;
    for (const auto& [url, v] : visits) {
      if (v.host() == host && !v.parked() && !leased.contains(url) && v.due_ms() <= to_ms(until)) order.emplace_back(v.priority(), v.due_ms(), url);
    }
    std::sort(order.begin(), order.end());
    std::vector<std::string> urls;
    for (const auto& slot : order) urls.push_back(std::get<2>(slot));
    return urls;
  }
};

class World {
 public:
  explicit World(unsigned seed) : random_(seed) { store_ = *test::open(folder_); }

  void step() {
    switch (pick(8)) {
      case 0: discover(); break;
      case 1: lease(); break;
      case 2: put_visit(); break;
      case 3: stale(); break;
      case 4: told(); break;
      case 5: if (pick(10) == 0) restart(); break;
      default: complete(); break;
    }
  }

  void compare() {
    for (const auto& host : {"h0.example", "h1.example"}) {
      const auto until = at(static_cast<int>(pick(200)));
      std::vector<std::string> urls;
      const auto found = store_->due(host, until, 1000);
      REQUIRE(found);
      for (const auto& v : *found) urls.push_back(v.url());
      CHECK(urls == model_.due(host, until));
      const auto all = model_.due(host, at(1'000'000));
      CHECK(store_->earliest_due(host)->has_value() == !all.empty());
    }
    for (const auto& [id, stored] : model_.ads) {
      const auto found = store_->ad(id);
      REQUIRE(found);
      REQUIRE(*found);
      CHECK((*found)->ad().SerializeAsString() == stored.ad().SerializeAsString());
      CHECK(store_->versions(id)->size() == static_cast<std::size_t>(model_.versions[id]));
    }
    for (int p = 0; p < 5; ++p) compare_phone(phone(p));
    std::set<std::string> pending, found;
    for (const auto& [key, a] : model_.alerts) {
      // What was sent and has a time is to be looked at then: a reminder.
      if (a.has_due_ms() && (a.status() == "pending" || a.status() == "sent")) pending.insert(key);
    }
    const auto due = store_->due_alerts(1000);
    REQUIRE(due);
    for (const auto& a : *due) found.insert(a.key());
    CHECK(found == pending);
    CHECK(store_->totals()->ads == static_cast<std::int64_t>(model_.ads.size()));
    CHECK(store_->totals()->visits == static_cast<std::int64_t>(model_.visits.size()));
    const auto faults = store_->check();
    REQUIRE(faults);
    for (const auto& fault : *faults) FAIL_CHECK(fault);
  }

 private:
  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
  static std::string phone(std::size_t p) { return "+3319900001" + std::to_string(p); }
  std::string url() { return "http://h.example/" + std::to_string(pick(30)); }

  Visit fresh(const std::string& url) {
    auto v = test::visit(url, static_cast<int>(pick(200)), static_cast<int>(pick(8)), "s" + std::to_string(pick(2)), "h" + std::to_string(pick(2)) + ".example");
    v.set_parked(pick(6) == 0);
    return v;
  }

  void discover() {
    std::vector<Visit> batch{fresh(url()), fresh(url()), fresh(url())};
    int added = 0;
    for (const auto& v : batch) added += model_.visits.emplace(v.url(), v).second ? 1 : 0;
    CHECK(*store_->discover(batch) == added);
  }

  void lease() {
    const auto target = url();
    Lease l;
    l.set_url(target);
    l.set_run(run_);
    HostRecord host;
    host.set_host("h0.example");
    const auto done = store_->lease(l, host);
    CHECK(static_cast<bool>(done) == (model_.visits.contains(target) && !model_.leased.contains(target)));
    if (done) model_.leased.insert(target);
  }

  void put_visit() {
    auto v = fresh(url());
    const auto known = model_.visits.find(v.url());
    if (known != model_.visits.end()) v.set_generation(known->second.generation());
    CHECK(static_cast<bool>(store_->put_visit(v)) == (known != model_.visits.end()));
    if (known != model_.visits.end()) known->second = v;
  }

  Completion page() {
    auto v = fresh(url());
    if (const auto known = model_.visits.find(v.url()); known != model_.visits.end()) v.set_generation(known->second.generation());
    auto c = test::completion(v);
    const auto id = "s" + std::to_string(pick(2)) + "/" + std::to_string(pick(12));
    auto write = test::first_sight(test::ad(id, "words " + std::to_string(pick(4)), pick(3) ? phone(pick(5)) : ""), at(static_cast<int>(pick(500))));
    const int version = model_.versions[id] + 1;
    write.ad.mutable_ad()->set_versions(version);
    write.version->set_version(version);
    write.ad.mutable_ad()->set_state(pick(4) ? "live" : "gone");
    c.ads.push_back(write);
    c.alerts.push_back(test::alert("k" + std::to_string(pick(10)), static_cast<int>(pick(100)), pick(2) ? "pending" : "sent"));
    c.discovered.push_back(fresh(url()));
    return c;
  }

  void complete() {
    const auto c = page();
    const auto done = store_->complete(c);
    if (!done) FAIL(done.error().text);
    model_.visits[c.visit.url()] = c.visit;
    model_.leased.erase(c.visit.url());
    model_.visits.emplace(c.discovered[0].url(), c.discovered[0]);
    const auto& id = c.ads[0].ad.ad().ad();
    model_.ads[id] = c.ads[0].ad;
    ++model_.versions[id];
    model_.alerts[c.alerts[0].key()] = c.alerts[0];
  }

  void stale() {
    auto c = page();
    c.visit.set_generation(c.visit.generation() + (pick(2) ? 1 : -1));
    CHECK(store_->complete(c).error().code == Errc::fenced);
  }

  void told() {
    if (model_.alerts.empty()) return;
    auto& a = model_.alerts.begin()->second;
    a.set_status("sent");
    REQUIRE(store_->put_outgoing({}, {a}));
  }

  void restart() {
    store_.reset();
    store_ = *test::open(folder_);
    run_ = *store_->begin_run(at(0));
    CHECK(*store_->recover_leases(run_, at(0)) == static_cast<int>(model_.leased.size()));
    for (const auto& url : model_.leased) model_.visits[url] = **store_->visit(url);
    model_.leased.clear();
  }

  void compare_phone(const std::string& value) {
    std::set<std::string> expected, found;
    for (const auto& [id, stored] : model_.ads) {
      for (const auto& contact : stored.ad().contacts()) {
        if (contact.value() == value) expected.insert(id);
      }
    }
    const auto uses = store_->uses("phone", value, 1000);
    REQUIRE(uses);
    for (const auto& use : *uses) found.insert(use.ad());
    CHECK(found == expected);
  }

  std::mt19937_64 random_;
  test::Folder folder_;
  std::unique_ptr<Store> store_;
  Model model_;
  std::int64_t run_ = 0;
};

}  // namespace

TEST_CASE("random operations leave the store equal to a plain model of it") {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    World world(seed);
    for (int step = 1; step <= 300; ++step) {
      world.step();
      if (step % 50 == 0) world.compare();
    }
  }
}
