#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "storage/engine.h"

namespace vigie::storage {

/// Writers queue; the first of them leads, and carries out what all of them brought, while the next ones gather. Thread-safe.
class GroupCommit {
 public:
  struct Waiting {
    const std::vector<Engine::Fact>& facts;
    Durability durability;
    std::vector<Status> answers;
    bool done;
  };
  using Commit = std::function<void(const std::vector<Waiting*>& group)>;

  /// `patience`: how long a leader waits for company where there was some before.
  explicit GroupCommit(Millis patience) : patience_(patience) {}
  /// Returns when the facts were carried out, by `commit` of this caller or of another; it fills in the answers. One `commit`
  /// runs at a time.
  std::vector<Status> submit(Durability durability, const std::vector<Engine::Fact>& facts, const Commit& commit);

 private:
  const Millis patience_;
  std::mutex mutex_;  // all below
  std::condition_variable turn_, company_;
  std::deque<Waiting*> queue_;
  bool leading_ = false;
  std::size_t last_group_ = 0;
};

}  // namespace vigie::storage
