#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

#include "tests/storage_memory_store.h"

using namespace vigie;
using namespace vigie::storage;
using test::OnMemory;
using test::some_work;

/// The "fail step N for every N until the run succeeds" loop (reference/reliability.md, test 8): no write is answered that is
/// not there, what was there stays readable, and what the disk holds afterwards is a sound store.
namespace {

namespace rdb = rocksdb;

constexpr int kWork = 4, kCompactEvery = 4;

rdb::IOStatus failure(bool full) {
  return full ? rdb::IOStatus::NoSpace("No space left on device") : rdb::IOStatus::IOError("Input/output error");
}

/// Only step `at` fails, or (`lasting`) every one from it on.
test::MemoryDisk::Hook fail_at(int at, bool full, bool lasting) {
  return [=](int step, test::MemoryDisk&) { return step == at || (lasting && step > at) ? failure(full) : rdb::IOStatus::OK(); };
}

/// Whole after a kill of the process, and after a power cut at the end.
void check_left(test::MemoryDisk& disk, int acknowledged, std::mt19937_64& random) {
  const auto cut = disk.cut(random);
  const auto killed = disk.image();
  for (const auto* image : {&killed, &cut}) {
    OnMemory again(*image);
    auto store = again.open();
    if (!store) FAIL_CHECK(store.error().text);
    if (store) test::check_whole(**store, acknowledged);
  }
}

void check_reads(RocksStore& store, int acknowledged) {
  for (int n = 0; n < acknowledged; ++n) {
    const auto name = std::to_string(n);
    CHECK(store.visit("http://a.example/" + name)->has_value());
    CHECK(store.ad("site-a/" + name)->has_value());
  }
}

/// False: the run had no step `at` any more.
bool fail_one(int at, bool full, bool lasting, std::mt19937_64& random, int& failed) {
  CAPTURE(at);
  CAPTURE(full);
  CAPTURE(lasting);
  OnMemory machine;
  std::atomic<int> acknowledged = 0;
  machine.disk->set_hook(fail_at(at, full, lasting));
  auto store = machine.open();
  if (!store) {
    ++failed;
    CHECK((store.error().code == Errc::full || store.error().code == Errc::storage));
  } else {
    const auto done = some_work(**store, 0, kWork, kCompactEvery, acknowledged);
    if (!done) {
      ++failed;
      CHECK((done.error().code == (full ? Errc::full : Errc::storage)));
    }
    check_reads(**store, acknowledged);
    store->reset();
  }
  const bool reached = machine.disk->steps() >= at;
  machine.disk->set_hook({});
  check_left(*machine.disk, acknowledged, random);
  return reached;
}

}  // namespace

#ifdef VIGIE_SANITIZED
constexpr unsigned kStride = 40;  // a store opens ten times as slowly there, and each failed step opens three
#else
constexpr unsigned kStride = 12;
#endif

TEST_CASE("a disk that fails or is full at any step: nothing is answered that is not there, and what is left is sound") {
  const bool every = std::getenv("VIGIE_EVERY_STEP");  // the long form
  std::mt19937_64 random(20261128);
  int runs = 0, failed = 0;
  for (const bool full : {false, true}) {
    for (const bool lasting : {false, true}) {
      int at = 1;
      while (fail_one(at, full, lasting, random, failed)) {
        ++runs;
        at += every ? 1 : 1 + static_cast<int>(random() % kStride);
      }
      CHECK(at > 100);
    }
  }
  MESSAGE(runs << " steps failed, " << failed << " of them stopped the work");
  CHECK(failed > runs / 4);
}

namespace {

/// What a store did while its disk was full and after there was room again.
struct Fullness {
  int acknowledged = 0, refused = 0, readable = 0;
  Errc answer = Errc::storage;
  bool opened_again = false;
  std::chrono::milliseconds until_written{-1};
  test::Image left;
};

/// `stage`: what meets the full disk: 0 a completion, 1 the writing out of what is in memory, 2 a completion in its middle.
Fullness fill_and_free(int stage) {
  using clock = std::chrono::steady_clock;
  Fullness seen;
  OnMemory machine;
  std::atomic<int> acknowledged = 0;
  auto opened = machine.open();
  if (!opened || !some_work(**opened, 0, 5, 100, acknowledged)) return seen;
  auto& store = **opened;
  machine.disk->free_space = 0;
  machine.disk->set_hook(fail_at(machine.disk->steps() + (stage == 2 ? 2 : 1), true, true));
  if (stage == 1) (void)store.compact();
  const auto refused_until = clock::now() + std::chrono::milliseconds(1200);
  while (clock::now() < refused_until) {
    const auto done = store.complete(test::fact(5));
    if (done) break;
    ++seen.refused;
    seen.answer = done.error().code;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  for (int n = 0; n < 5; ++n) seen.readable += store.ad("site-a/" + std::to_string(n))->has_value() ? 1 : 0;
  machine.disk->free_space = std::uint64_t{1} << 40;
  machine.disk->set_hook({});
  const auto freed = clock::now();
  while (clock::now() < freed + std::chrono::seconds(30)) {
    auto done = opened->get()->complete(test::fact(5));
    if (!done && done.error().code == Errc::storage) {  // as the daemon does, by starting again
      seen.opened_again = true;
      opened->reset();
      opened = machine.open();
      if (!opened) return seen;
      continue;
    }
    if (done) {
      seen.until_written = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - freed);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  seen.acknowledged = some_work(**opened, 6, 4, 100, acknowledged) ? 10 : 0;
  opened->reset();
  seen.left = machine.disk->image();
  return seen;
}

}  // namespace

TEST_CASE("a full disk refuses writes and answers reads, and ten seconds after there is room it writes again by itself") {
  std::vector<Fullness> seen(3);
  std::vector<std::thread> machines;
  for (int stage = 0; stage < 3; ++stage) machines.emplace_back([&seen, stage] { seen[static_cast<std::size_t>(stage)] = fill_and_free(stage); });
  for (auto& machine : machines) machine.join();
  for (const auto& one : seen) {
    CHECK(one.refused > 0);
    CHECK(one.opened_again == (&one == &seen[1]));
    CHECK((one.answer == Errc::full));
    CHECK(one.readable == 5);
    CHECK(one.until_written.count() >= 0);
    CHECK(one.until_written < std::chrono::seconds(10));
    const std::string how = one.opened_again ? ", opened again" : "";
    MESSAGE("refused " << one.refused << " times; written again " << one.until_written.count() << " ms after there was room" << how);
    REQUIRE(one.acknowledged == 10);
    OnMemory again(one.left);
    auto store = again.open();
    REQUIRE(store);
    test::check_whole(**store, 10);
  }
}

TEST_CASE("a read that fails is an error, never an absence, and the store goes on once the disk reads again") {
  OnMemory machine;
  std::atomic<int> acknowledged = 0;
  auto opened = machine.open();
  REQUIRE(opened);
  auto& store = **opened;
  REQUIRE(some_work(store, 0, 6, 6, acknowledged));
  opened->reset();
  opened = machine.open();  // nothing is in a cache any more
  REQUIRE(opened);
  machine.disk->fail_reads(true);
  const auto ad = (*opened)->ad("site-a/3");
  CHECK_FALSE(ad);
  CHECK_FALSE((*opened)->complete(test::fact(6)));
  machine.disk->fail_reads(false);
  test::check_whole(**opened, 6);
}
