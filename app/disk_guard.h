#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "app/config.h"

namespace vigie::app {

/// Keeps the disk from filling under the store: below `storage.pause_below` nothing new is fetched, and where even that does not
/// stop the fall, a file that was set aside (`DATA/reserve`, `storage.reserve`) makes room for what must still be written:
/// the state of mails, alerts, erasures. Used by the post thread alone, but for paused().
class DiskGuard {
 public:
  enum class Change { none, paused, resumed };

  /// Looks at the free space, once a second: a crawl writes some MB in that time. `full`: the store met a full disk.
  Change look(const Config& config, bool full);
  /// Nothing new is to be fetched.
  bool paused() const { return paused_; }

 private:
  void keep_reserve(const std::string& path, std::int64_t bytes, std::int64_t free, std::int64_t pause_below, bool full);

  std::atomic<bool> paused_{false};
  bool told_ = false;  // of a reserve that could not be made
};

}  // namespace vigie::app
