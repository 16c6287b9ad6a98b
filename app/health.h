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
#include "core/result.h"
#include "storage/store.h"

namespace vigie::app {

/// Looks after the service itself once a minute: disk, clock, mail, the authority of scopes; and gives a sign of life.
/// Sources are watched by the crawler. Used by the post thread alone.
class HealthWatch {
 public:
  HealthWatch(storage::Store& store, std::mutex& alerts_lock) : store_(store), alerts_lock_(alerts_lock) {}

  /// `steady`: a clock that only runs forward. True: something is to be told.
  Result<bool> look(const Config& config, Instant now, Millis steady);

 private:
  Result<bool> tell(const alerts::HealthFact& fact, Instant now);
  Result<bool> give_sign(const Config& config, Instant now);
  alerts::HealthFact disk(const std::string& folder);
  alerts::HealthFact clock(Instant now, Millis steady);
  Result<alerts::HealthFact> mail(Instant now);
  Result<std::string> label(Instant now);

  storage::Store& store_;
  std::mutex& alerts_lock_;
  std::optional<Instant> started_, last_, stepped_;
  std::optional<Millis> offset_;  // wall less steady
  Millis step_{};
  bool disk_short_ = false;
  std::set<std::string> shouted_;  // messages whose alerts went into the journal, since mail was dead
};

}  // namespace vigie::app
