#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "alerts/alerts.h"
#include "core/result.h"
#include "core/time.h"
#include "storage/store.h"

namespace vigie::app {

/// The post side (DESIGN section 3, steps 8 and 9): plans due alerts into messages, fixes them in the store, delivers,
/// and records the server's answer. Used by one thread at a time.
class Poster {
 public:
  /// `misconfigured` when no channel can be made of the options.
  static Result<std::unique_ptr<Poster>> make(storage::Store& store, alerts::AlertOptions options, std::mutex& alerts_lock);

  struct Turn {
    std::optional<Instant> again;  // when the plan wants to be asked next
    int planned = 0, delivered = 0, waiting = 0, failed = 0;
  };
  /// One look at everything that is due. `flush`: batches do not wait. A message is fixed before its first attempt and
  /// keeps its Message-ID on every later one, also after a crash between the two.
  /// `nudged`: an alert may have changed since the last turn.
  Result<Turn> turn(Instant now, bool flush, bool nudged = true);
  /// From another thread: a delivery that waits for its server ends soon.
  void cancel() { channel_->cancel(); }

 private:
  Poster(storage::Store& store, alerts::AlertOptions options, std::unique_ptr<alerts::Channel> channel, std::mutex& lock)
      : store_(store), options_(std::move(options)), channel_(std::move(channel)), alerts_lock_(lock) {}
  Status note_circumstances(const std::vector<Alert>& due, Instant now);
  Status plan(Instant now, bool flush, Turn& turn);
  Status deliver(Instant now, Turn& turn);
  Status record(const Outgoing& message);

  storage::Store& store_;
  alerts::AlertOptions options_;
  std::unique_ptr<alerts::Channel> channel_;
  std::mutex& alerts_lock_;
  std::optional<Instant> last_plan_, again_;
  std::set<std::string> floods_;  // sites whose flood was logged
};

}  // namespace vigie::app
