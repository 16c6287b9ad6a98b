#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>

#include <rocksdb/system_clock.h>

#include "storage/rocks_store.h"
#include "tests/storage_crash_kit.h"
#include "tests/storage_memory_disk.h"

/// A store on a disk in memory, and the work that is done on it until something fails.
namespace vigie::storage::test {

inline constexpr auto kMemoryFolder = "/disk/store";

/// RocksDB rests for a second after an error in the background; a thousand errors would take a thousand seconds.
class QuickEnv final : public rdb::EnvWrapper {
  class Clock final : public rdb::SystemClockWrapper {
   public:
    Clock() : SystemClockWrapper(rdb::SystemClock::Default()) {}
    const char* Name() const override { return "QuickClock"; }
    void SleepForMicroseconds(int micros) override { SystemClockWrapper::SleepForMicroseconds(std::min(micros, 5000)); }
  };

 public:
  explicit QuickEnv(std::shared_ptr<rdb::FileSystem> disk) : QuickEnv(disk, rdb::NewCompositeEnv(disk)) {}
  const char* Name() const override { return "QuickEnv"; }

 private:
  QuickEnv(std::shared_ptr<rdb::FileSystem> disk, std::unique_ptr<rdb::Env> base) : EnvWrapper(base.get()), base_(std::move(base)) {
    file_system_ = std::move(disk);
    system_clock_ = std::make_shared<Clock>();
  }
  const std::unique_ptr<rdb::Env> base_;
};

struct OnMemory {
  explicit OnMemory(const Image& image = {})
      : disk(std::make_shared<MemoryDisk>(image)), env(std::make_unique<QuickEnv>(disk)) {}

  Result<std::unique_ptr<RocksStore>> open() {
    EngineOptions options;
    options.folder = kMemoryFolder;
    options.env = env.get();
    options.cache_bytes = 1 << 20;
    auto engine = Engine::open(options);
    if (!engine) return std::move(engine).error();
    auto store = std::make_unique<RocksStore>(*std::move(engine));
    if (auto started = store->start(false); !started) return std::move(started).error();
    return store;
  }

  std::shared_ptr<MemoryDisk> disk;
  std::unique_ptr<rdb::Env> env;
};

/// Completions from `first` on; `acknowledged` counts them as they are answered.
inline Status some_work(RocksStore& store, int first, int count, int compact_every, std::atomic<int>& acknowledged) {
  for (int n = first; n < first + count; ++n) {
    const auto body = std::string(static_cast<std::size_t>(n % 5) * 3000, static_cast<char>('a' + n % 26)) + std::to_string(n);
    const auto raw = store.put_raw("site-a", body, at(n));
    if (!raw) return raw.error();
    auto c = fact(n);
    c.ads[0].version->set_sha256(text::to_hex(*raw));
    Lease lease;
    lease.set_url("http://a.example/more/" + std::to_string(n - 1));
    if (n > first) {
      if (auto leased = store.lease(lease, *c.host); !leased) return leased;
    }
    if (auto done = store.complete(c); !done) return done;
    ++acknowledged;
    if (n % compact_every == compact_every - 1) {
      if (auto done = store.compact(); !done) return done;
    }
  }
  return {};
}

}  // namespace vigie::storage::test
