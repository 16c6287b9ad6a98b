#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "storage/schema.h"

namespace rocksdb {
class Env;
}

namespace vigie::storage {

struct EngineOptions {
  std::string folder;
  bool read_only = false;
  Millis group_commit = 2ms;
  std::size_t cache_bytes = 64 << 20;
  rocksdb::Env* env = nullptr;  // tests only: a file system that fails; not owned
};

/// What a reader sees: the families in one state. `each` answers false to stop; keys and values live only during the call.
class View {
 public:
  using Each = std::function<bool(std::string_view key, std::string_view value)>;

  virtual ~View() = default;
  virtual Result<std::optional<std::string>> get(Family family, std::string_view key) = 0;
  /// Rows with from <= key < to, in key order; an empty `to` has no end.
  virtual Status scan(Family family, std::string_view from, std::string_view to, const Each& each) = 0;
  Status scan_prefix(Family family, std::string_view prefix, const Each& each) {
    return scan(family, prefix, after_prefix(prefix), each);
  }
};

/// One fact being written: reads see what was put before, in it and in the facts of the same group.
class Transaction : public View {
 public:
  virtual Status put(Family family, std::string_view key, std::string_view value) = 0;
  virtual Status erase(Family family, std::string_view key) = 0;
  virtual void count(Tally counter, std::int64_t change) = 0;
  /// True when a whole queue (storage/floors.h) is known to hold no row, so that none has to be looked for.
  virtual bool nothing_queued(std::string_view queue) = 0;
};

enum class Durability {
  synced,    // survives a power cut when write() returns
  unsynced,  // survives a kill
};

using Counters = std::array<std::int64_t, kTallies>;

/// RocksDB behind a face of ours: families, point-in-time recovery, a write-ahead log that is always on, group commit.
///
/// Writers queue; the first of them runs every waiting fact against one growing batch and writes that batch once, with
/// one fsync. So a fact reads what it decides on and writes what it decided without another fact between, and many
/// facts share one sync. A fact that answers an error leaves nothing; the others of its group are not touched.
/// Thread-safe. Errors: `full` when the disk is (writing works again once there is room), else `storage`: the engine must be
/// opened again. That, too, is the end of a full disk that RocksDB does not come back from.
class Engine : public View {
 public:
  using Fact = std::function<Status(Transaction&)>;

  static Result<std::unique_ptr<Engine>> open(const EngineOptions& options);

  virtual Status write(Durability durability, const Fact& fact) = 0;
  /// Many facts in one group: one answer each, one sync for all.
  virtual std::vector<Status> write_all(Durability durability, const std::vector<Fact>& facts) = 0;
  /// Rows under each of `prefixes` (in byte order), at most `limit` a prefix; `each` gets the number of the prefix. One
  /// walk with one look at the files: a tenth of the cost of as many scans.
  using EachOf = std::function<void(std::size_t prefix, std::string_view key)>;
  virtual Status scan_prefixes(Family family, const std::vector<std::string>& prefixes, std::size_t limit, const EachOf& each) = 0;
  /// As scan_prefix over one whole queue (storage/floors.h names them), without the walk over what was taken from its head.
  virtual Status scan_queue(Family family, std::string_view queue, const Each& each) = 0;
  /// The first key of each of `queues`, which stand in byte order and near to each other; empty: it has none. One look at the files for all.
  virtual Result<std::vector<std::string>> first_of(Family family, const std::vector<std::string>& queues) = 0;
  virtual Counters counters() = 0;
  /// read_only: moves on to what the writer has written by now. Else nothing.
  virtual Status refresh() = 0;
  /// A copy that opens by itself, made of hard links where it can be; `folder` must not exist.
  virtual Status checkpoint(const std::string& folder) = 0;
  /// Rewrites every file, so that nothing erased is left in one; waits until it is done.
  virtual Status compact() = 0;
};

}  // namespace vigie::storage
