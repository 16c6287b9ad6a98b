#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "alerts/alerts.h"
#include "app/keys.h"
#include "core/result.h"
#include "core/time.h"
#include "storage/store.h"

namespace vigie::app {

/// Deliveries stand in two lines that do not wait for each other, so that a mail server which hangs keeps nothing from the
/// second way out.
enum class Line { mail, others };

/// The post side (DESIGN section 3, steps 8 and 9): plans due alerts into messages, fixes them in the store, delivers,
/// and records the server's answer. `prepare` is called by one thread at a time, and so is `deliver` of each line.
class Poster {
 public:
  /// `misconfigured` when no channel can be made of the options.
  static Result<std::unique_ptr<Poster>> make(storage::Store& store, alerts::AlertOptions options, std::mutex& alerts_lock);
  Poster(storage::Store& store, alerts::AlertOptions options, std::unique_ptr<alerts::Channel> channel, std::mutex& lock)
      : store_(store), options_(std::move(options)), channel_(std::move(channel)), alerts_lock_(lock) {}

  struct Turn {
    std::optional<Instant> again;  // when the plan wants to be asked next
    int planned = 0, delivered = 0, waiting = 0, failed = 0;
  };
  /// Fixes messages for what is due. `flush`: batches do not wait. A message is fixed before its first attempt and
  /// keeps its Message-ID on every later one, also after a crash between the two.
  /// `nudged`: an alert may have changed since the last turn.
  Result<Turn> prepare(Instant now, bool flush, bool nudged = true);
  /// One attempt for each message of `line` that is due. A way out that proves to be down rests for five minutes: those
  /// who wait for it wait on without an attempt of their own, and one of them asks again.
  Result<Turn> deliver(Instant now, Line line);
  /// All of it, one after the other.
  Result<Turn> turn(Instant now, bool flush);
  /// From another thread: a delivery that waits for its server ends soon.
  void cancel() { channel_->cancel(); }

 private:
  struct Rest {
    Instant until{};
    bool holds(Instant now) const { return now < until && until < now + 24h; }  // the second: a clock that went back
  };

  alerts::AlertOptions with_keys(Instant now);
  Result<bool> seal_all(std::vector<Outgoing>& messages, const alerts::AlertOptions& options, Instant now);
  Status note_circumstances(const std::vector<Alert>& due, Instant now);
  Result<std::map<std::string, int>> sites_of(const Outgoing& message);
  Result<std::map<std::string, int>> severities_of(const Outgoing& message);
  Status plan(Instant now, bool flush, Turn& turn);
  bool all_rest(Line line, const std::map<std::string, Rest>& rests, Instant now) const;
  Status attempt(Outgoing message, Instant now, Rest& rest, Turn& turn);
  Status record(const Outgoing& message);

  storage::Store& store_;
  alerts::AlertOptions options_;
  std::unique_ptr<alerts::Channel> channel_;
  std::mutex& alerts_lock_;
  std::optional<Instant> last_plan_, again_;
  Keys keys_;
  std::set<std::string> floods_;  // sites whose flood was logged
  std::map<std::string, std::map<std::string, int>> told_sites_;  // by id of a message: how many alerts of which site
  std::map<std::string, Rest> mail_rests_, other_rests_;  // by way out; of one line each
};

}  // namespace vigie::app
