#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/schema.h"

namespace vigie::storage {

/// Where the queues among the rows begin: what was taken from a queue's head leaves tombstones there until a compaction, and a
/// reader that begins at the prefix walks over every one of them. Thread-safe; kept in memory only, and only for a writer.
///
/// Invariant: no visible row of a queue stands before its floor. A floor falls before a row is written, and rises only
/// by what a reader found while nobody wrote to that queue.
class Floors {
 public:
  /// The prefix of the queue that a key belongs to; empty: it is in none.
  static std::string_view queue_of(Family family, std::string_view key);

  struct Look {
    std::string from;      // where to begin; empty: at the prefix
    bool empty = false;    // there is nothing
    bool may_tell = false;  // nobody is writing to it
    std::uint64_t at = 0;
  };
  Look look(std::string_view queue);
  /// The look found `first` first, or nothing when empty.
  void found(std::string_view queue, const Look& look, std::string_view first);

  /// A row will be written; undone by written() of the same queue, whether the write came off or not.
  void writing(std::string_view queue, std::string_view key);
  void written(const std::vector<std::string>& queues);

 private:
  static constexpr std::size_t kMost = 100'000;  // queues; then all are forgotten
  struct Floor {
    std::string key;
    bool known = false, empty = false;
    int writers = 0;
    std::uint64_t written = 0;  // when the last write ended
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  void forget_some();

  std::mutex mutex_;
  std::unordered_map<std::string, Floor, Hash, std::equal_to<>> floors_;
  std::uint64_t clock_ = 0;      // counts writes that ended
  std::uint64_t forgotten_ = 0;  // when a queue was last forgotten
};

}  // namespace vigie::storage
