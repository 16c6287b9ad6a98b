#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "alerts/health.h"
#include "app/config.h"
#include "app/keys.h"
#include "core/result.h"
#include "storage/store.h"

namespace vigie::app {

/// Writes the alert that `fact` calls for, if any (alerts/health.h); true: something is to be told.
Result<bool> tell_fact(storage::Store& store, std::mutex& alerts_lock, const alerts::HealthFact& fact, Instant now);
/// What does not reach `receiver`, or does again. `status`: the server's code, no words: those of a stranger stay out of mail.
alerts::HealthFact undeliverable(const std::string& receiver, bool bad, const std::string& status);

/// Leaves a note that the store failed: the store itself can take none, so the next start tells it. Best effort.
void note_store_fault(const std::string& folder, Instant now);

/// Looks after the service itself once a minute: disk, clock, mail, receivers and their keys, the authority of scopes; and gives a sign of life.
/// Sources are watched by the crawler. Used by the post thread alone.
class HealthWatch {
 public:
  HealthWatch(storage::Store& store, std::mutex& alerts_lock) : store_(store), alerts_lock_(alerts_lock) {}

  /// `steady`: a clock that only runs forward. True: something is to be told.
  Result<bool> look(const Config& config, Instant now, Millis steady);
  /// Nothing is fetched for want of room, or it is again: told at the next look, which comes at once.
  void crawl_paused(bool paused) { crawl_paused_ = paused, last_.reset(); }

 private:
  Result<bool> give_sign(const Config& config, Instant now);
  alerts::HealthFact disk(const std::string& folder);
  std::optional<alerts::HealthFact> store_fault(const std::string& folder, Instant now);
  alerts::HealthFact clock(Instant now, Millis steady);
  Result<alerts::HealthFact> mail(Instant now);
  std::optional<alerts::HealthFact> key(const alerts::Receiver& receiver, Instant now);
  Result<std::optional<alerts::HealthFact>> arrives_again(const alerts::Receiver& receiver, Instant now);

  storage::Store& store_;
  std::mutex& alerts_lock_;
  std::optional<Instant> started_, last_, stepped_;
  std::optional<Millis> offset_;  // wall less steady
  Millis step_{};
  bool disk_short_ = false, crawl_paused_ = false;
  Keys keys_;
  std::set<std::string> shouted_;  // messages whose alerts went into the journal, since mail was dead
};

}  // namespace vigie::app
