#pragma once

#include <memory>
#include <string>

#include "core/records.pb.h"
#include "core/result.h"
#include "core/time.h"

namespace vigie::crawler {

/// The hours of a day in which a site is asked ("06:00" to "23:00" in its time zone). Immutable; answers the next
/// moment at which asking is allowed. A window over midnight ("22:00" to "05:00") is one window.
class ActiveHours {
 public:
  /// `misconfigured` for a time that is none, or an unknown time zone. No hours stated: always active.
  static Result<std::shared_ptr<const ActiveHours>> make(const SiteOptions& site);
  virtual ~ActiveHours() = default;
  /// `t` itself when it is inside the window, else the next opening.
  virtual Instant next(Instant t) const = 0;
  /// The part of a day that is inside, (0, 1].
  virtual double share() const = 0;
  /// The local day that `t` belongs to, counted from 1970, and when the next one begins.
  virtual std::int64_t day(Instant t) const = 0;
  virtual Instant next_day(Instant t) const = 0;
};

}  // namespace vigie::crawler
