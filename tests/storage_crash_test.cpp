#include <doctest/doctest.h>

#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/storage_crash_kit.h"

using namespace vigie;
using namespace vigie::storage;
using test::acknowledge;
using test::at;
using test::check_whole;
using test::fact;
using test::run_child;

// The thread sanitizer cannot follow a child that a process with threads forks and that starts threads of its own: the
// three cases below that kill such a child are left out there, and run in every other build.
#ifdef VIGIE_THREAD_SANITIZED
constexpr bool kThreadSanitized = true;
#else
constexpr bool kThreadSanitized = false;
#endif

TEST_CASE("what was acknowledged survives an exit without goodbye" * doctest::skip(kThreadSanitized)) {
  test::Folder folder;
  const int done = run_child([&](int pipe) {
    auto store = test::open(folder);
    if (!store) ::_exit(1);
    for (int n = 0; n < 50; ++n) {
      if ((*store)->complete(fact(n))) acknowledge(pipe);
    }
    ::_exit(0);
  }, std::nullopt);
  CHECK(done == 50);
  auto store = test::open(folder);
  REQUIRE(store);
  check_whole(**store, 50);
}

TEST_CASE("what was acknowledged survives kill -9 at any moment, and no batch is half there" * doctest::skip(kThreadSanitized)) {
  for (int round = 0; round < 12; ++round) {
    CAPTURE(round);
    test::Folder folder;
    const int done = run_child([&](int pipe) {
      auto store = test::open(folder);
      if (!store) ::_exit(1);
      for (int n = 0; n < 100000; ++n) {
        if ((*store)->complete(fact(n))) acknowledge(pipe);
      }
    }, 1 + round * 17);
    auto store = test::open(folder);
    REQUIRE(store);
    check_whole(**store, done);
  }
}

TEST_CASE("leases survive kill -9 and go back to the schedule" * doctest::skip(kThreadSanitized)) {
  test::Folder folder;
  const auto url = std::string("http://a.example/1");
  run_child([&](int pipe) {
    auto store = test::open(folder);
    if (!store || !(*store)->begin_run(at(0)) || !(*store)->discover({test::visit(url, 10)})) ::_exit(1);
    Lease lease;
    lease.set_url(url);
    lease.set_run(1);
    HostRecord host;
    host.set_host("a.example");
    host.set_next_allowed_ms(42);
    if ((*store)->lease(lease, host)) acknowledge(pipe);
    for (;;) ::pause();
  }, 1);
  auto store = *test::open(folder);
  CHECK(store->due("a.example", at(1000), 5)->empty());
  CHECK(store->hosts()->front().host.next_allowed_ms() == 42);
  const auto run = store->begin_run(at(20));
  CHECK(*run == 2);
  CHECK(*store->recover_leases(*run, at(20)) == 1);
  CHECK(store->due("a.example", at(1000), 5)->size() == 1);
  CHECK(store->check()->empty());
}

TEST_CASE("one writer per folder, any number of readers beside it") {
  test::Folder folder;
  CHECK(test::open(folder, Access::read_only).error().code == Errc::not_found);
  auto store = *test::open(folder);
  CHECK_FALSE(test::open(folder));
  const auto raw = *store->put_raw("site-a", std::string(50'000, 'r') + "end", at(0));
  REQUIRE(store->complete(fact(1)));
  auto first = test::open(folder, Access::read_only);
  auto second = test::open(folder, Access::read_only);
  REQUIRE(first);
  REQUIRE(second);
  auto& reader = **first;
  CHECK(reader.ad("site-a/1")->has_value());
  CHECK(reader.raw(raw)->size() == 50'003);
  CHECK(reader.totals()->ads == 1);
  CHECK(reader.complete(fact(9)).error().code == Errc::refused);
  CHECK(reader.check()->empty());

  REQUIRE(store->complete(fact(2)));
  CHECK_FALSE(reader.ad("site-a/2")->has_value());  // what was there when it looked last
  REQUIRE(reader.refresh());
  CHECK(reader.ad("site-a/2")->has_value());  // everything written, before any flush
  CHECK(reader.totals()->ads == 2);

  // The writer rewrites all its files: an open reader goes on, and one that opens now sees all.
  REQUIRE(store->compact());
  CHECK(reader.raw(raw)->size() == 50'003);
  CHECK(reader.ad("site-a/1")->has_value());
  REQUIRE(store->complete(fact(3)));
  REQUIRE(reader.refresh());
  CHECK(reader.ad("site-a/3")->has_value());
  CHECK(reader.check()->empty());
  CHECK((*test::open(folder, Access::read_only))->totals()->ads == 3);
}

TEST_CASE("a reader finds raw bodies that stand in blob files, and those that came after it opened") {
  test::Folder folder;
  auto store = *test::open(folder);
  const auto noise = [](int seed) {  // does not shrink under compression, so it is large enough for a blob file
    std::string body;
    for (int i = 0; i < 6000; ++i) body += std::to_string(hash64(std::to_string(seed * 10'000 + i)));
    return body;
  };
  const auto old_key = *store->put_raw("site-a", noise(1), at(0));
  REQUIRE(store->complete(fact(1)));
  REQUIRE(store->compact());
  auto reader = *test::open(folder, Access::read_only);
  CHECK(*reader->raw(old_key) == noise(1));
  CHECK(reader->check()->empty());
  const auto new_key = *store->put_raw("site-a", noise(2), at(1));
  REQUIRE(store->complete(fact(2)));
  REQUIRE(store->compact());
  CHECK(*reader->raw(new_key) == noise(2));
  CHECK(*reader->raw(old_key) == noise(1));
}

TEST_CASE("a reader opens and reads while a writer works") {
  test::Folder folder;
  auto store = *test::open(folder);
  REQUIRE(store->complete(fact(0)));
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::thread writer([&] {
    for (int n = 1; !stop && n < 3000; ++n) {
      if (!store->complete(fact(n))) break;
      written = n;
      if (n % 200 == 0 && !store->compact()) break;
    }
  });
  for (int i = 0; i < 20; ++i) {
    const int least = written;
    auto reader = test::open(folder, Access::read_only);
    if (!reader) FAIL_CHECK(reader.error().text);
    if (!reader) break;
    int ads = 0;
    CHECK((*reader)->each_ad({}, [&](const StoredAd&) { return ++ads, true; }));
    CHECK(ads >= least + 1);
  }
  stop = true;
  writer.join();
}

TEST_CASE("writers from many threads share syncs, and each gets its own answer") {
  test::Folder folder;
  auto store = *test::open(folder);
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (int worker = 0; worker < 4; ++worker) {
    threads.emplace_back([&, worker] {
      for (int n = 0; n < 50; ++n) {
        if (!store->complete(fact(worker * 50 + n))) ++failed;
        if (store->complete(fact(worker * 50 + n))) ++failed;  // fenced
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failed == 0);
  check_whole(*store, 200);
}

TEST_CASE("a backup made while running opens by itself and is sound") {
  test::Folder folder, other;
  auto store = *test::open(folder);
  for (int n = 0; n < 20; ++n) REQUIRE(store->complete(fact(n)));
  REQUIRE(store->backup(other.path() + "/store"));
  REQUIRE(store->complete(fact(20)));
  auto copy = test::open(other);
  REQUIRE(copy);
  check_whole(**copy, 20);
  CHECK((*copy)->totals()->ads == 20);
}
