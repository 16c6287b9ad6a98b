#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>

#include "storage/links.h"
#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;
using test::at;

/// What a new ad costs beside many stored ones. Prints figures; asserts none, since a machine may be busy.
/// VIGIE_COST_ADS=100000 for the size that a unit has after a year.
namespace {

/// Ads of operators of 1 to 40 ads: a number each, a handle for every other, a switchboard number on 2 % of all.
class Town {
 public:
  Ad next() {
    if (left_ == 0) {
      ++operator_;
      left_ = 1 + static_cast<int>(std::min<std::uint64_t>(39, 3000 / (50 + pick(1000))));
      base_.clear();
      for (int i = 0; i < 60; ++i) base_ += "word" + letters(pick(30000)) + " ";
    }
    --left_;
    auto text = base_;
    for (int i = 0; i < 6; ++i) text += "more" + letters(pick(30000)) + " ";
    auto a = test::ad("site-a/" + std::to_string(number_++), text, "+3319900" + std::to_string(100000 + operator_));
    a.set_title("");
    if (operator_ % 2 == 0) test::add_contact(a, "telegram", "handle" + std::to_string(operator_));
    if (pick(50) == 0) test::add_contact(a, "phone", "+33199000001");
    return a;
  }

 private:
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  static std::string letters(std::uint64_t n) {
    std::string s;
    for (; n > 0; n /= 26) s += static_cast<char>('a' + n % 26);
    return s;
  }
  std::mt19937_64 random_{7};
  int number_ = 0, operator_ = 0, left_ = 0;
  std::string base_;
};

}  // namespace

TEST_CASE("what a new ad costs: uses, similar, network and commit") {
  const char* given = std::getenv("VIGIE_COST_ADS");
  const int stored = given ? std::atoi(given) : 5000;
  test::Folder folder;
  OpenOptions options;  // with the memory that a daemon has
  options.path = folder.path();
  auto store = *Store::open(options);
  Town town;
  using Clock = std::chrono::steady_clock;
  const auto started = Clock::now();
  std::vector<Completion> some;
  const auto put = [&] {
    for (const auto& done : store->complete_all(some)) REQUIRE(done);
    some.clear();
  };
  for (int i = 0; i < stored; ++i) {
    some.push_back(test::completion(test::visit("http://a.example/" + std::to_string(i), 0), {test::first_sight(town.next(), at(i))}));
    if (some.size() == 64) put();
  }
  put();
  const auto us = [](Clock::duration d) { return std::chrono::duration<double, std::micro>(d).count(); };
  MESSAGE(stored << " ads stored, " << us(Clock::now() - started) / stored << " us each in batches of 64");
  std::vector<double> using_, similar, networks, look, all;
  std::size_t largest = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto t0 = Clock::now();
    const auto write = test::first_sight(town.next(), at(stored + i));
    const auto t1 = Clock::now();
    for (const auto& use : write.uses) REQUIRE(store->uses(use.kind(), use.value(), 300));
    const auto t2 = Clock::now();
    REQUIRE(store->similar(write.ad, 50));
    const auto t3 = Clock::now();
    auto network = store->network(write.ad.ad().ad(), write.uses, 500);
    REQUIRE(network);
    largest = std::max(largest, static_cast<std::size_t>(network->ads_size()));
    const auto t4 = Clock::now();
    using_.push_back(us(t2 - t1));
    similar.push_back(us(t3 - t2));
    networks.push_back(us(t4 - t3));
    look.push_back(us(t4 - t1));
    auto c = test::completion(test::visit("http://a.example/new/" + std::to_string(i), 0), {write});
    c.networks.push_back(*std::move(network));
    REQUIRE(store->complete(c));
    all.push_back(us(Clock::now() - t0));
  }
  const auto told = [&](std::vector<double> times, const std::string& what) {
    double sum = 0;
    for (const auto t : times) sum += t;
    std::sort(times.begin(), times.end());
    MESSAGE(what << ": mean " << sum / static_cast<double>(times.size()) << " us, median " << times[times.size() / 2] << ", 99 % under "
                 << times[times.size() * 99 / 100] << ", most " << times.back());
  };
  told(using_, "uses");
  told(similar, "similar");
  told(networks, "network");
  told(look, "uses + similar + network");
  told(all, "with sketch and commit");
  CHECK(largest <= 41);  // the switchboard ties nobody
}

TEST_CASE("a network is the same whether it was looked up before or not") {
  test::Folder folder;
  auto warm = *test::open(folder);
  Town town;
  std::vector<Ad> ads;
  for (int i = 0; i < 400; ++i) {
    auto a = town.next();
    const auto write = test::first_sight(a, at(i * 90'000));
    REQUIRE(warm->network(a.ad(), write.uses, 500));
    REQUIRE(warm->complete(test::completion(test::visit("http://a.example/" + std::to_string(i), 0), {write})));
    if (i % 5 == 4) {  // an edit: another number; a later sighting of an older ad
      auto edited = test::first_sight(ads[static_cast<std::size_t>(i / 2)], at(i * 90'000));
      edited.ad.mutable_ad()->mutable_contacts(0)->set_value("+33199000001");
      edited.uses = uses_of(edited.ad);
      REQUIRE(warm->complete(test::completion(test::visit("http://a.example/e/" + std::to_string(i), 0), {edited})));
      auto seen = *warm->ad(ads[static_cast<std::size_t>(i / 3)].ad());
      REQUIRE(seen);
      seen->set_last_ms(to_ms(at(i * 90'000)));
      AdWrite again;
      again.ad = *seen;
      REQUIRE(warm->complete(test::completion(test::visit("http://a.example/s/" + std::to_string(i), 0), {again})));
    }
    ads.push_back(std::move(a));
  }
  auto cold = *test::open(folder, Access::read_only);
  for (const auto& a : ads) {
    const auto one = warm->network(a.ad(), {}, 500), other = cold->network(a.ad(), {}, 500);
    REQUIRE(one);
    REQUIRE(other);
    CAPTURE(a.ad());
    CHECK(one->SerializeAsString() == other->SerializeAsString());
  }
}
