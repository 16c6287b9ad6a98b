#pragma once

#include <mutex>
#include <string>

#include "core/result.h"
#include "core/time.h"
#include "storage/store.h"

namespace vigie::app {

/// Reports of mail servers that refused a message after they had taken it. Used by the post thread alone.
class Bounces {
 public:
  Bounces(storage::Store& store, std::mutex& alerts_lock) : store_(store), alerts_lock_(alerts_lock) {}

  /// Reads what is new in the Maildir `folder`: a message of ours that failed is `failed` from now on, with the server's
  /// words, and its receiver is in trouble. What was read stands in `cur`; what is no such report too, unread. True:
  /// something is to be told.
  Result<bool> look(const std::string& folder, Instant now);

 private:
  Result<bool> take(const std::string& raw, Instant now);

  storage::Store& store_;
  std::mutex& alerts_lock_;
  bool complained_ = false;  // that the folder is not ours to write
};

}  // namespace vigie::app
