#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/result.h"
#include "core/time.h"

namespace vigie::alerts {

/// The clock on the wall of one time zone: when a digest falls due and when quiet hours end. Immutable; copies share it.
///
/// Over a clock change nothing is told twice and nothing is left out: a time that the change skips is the first instant
/// after it, and of a time that comes twice the first one counts.
class Calendar {
 public:
  /// `zone`: "Europe/Brussels", "UTC"; `misconfigured` when there is none of that name.
  static Result<Calendar> make(const std::string& zone);

  /// The first instant after `after` at which the wall shows `minute` (of the day, 0 to 1439), on `weekday` (0 = Monday) or
  /// any day.
  Instant next(int minute, std::optional<int> weekday, Instant after) const;
  /// `at` itself, or the end of the quiet hours that it falls into: from `from` up to, not with, `to`, in minutes of the
  /// day, over midnight where `from` is the later one; equal: none.
  Instant end_of_quiet(int from, int to, Instant at) const;
  /// What the wall shows at `at`: "Mon 2026-11-23 07:30".
  std::string wall(Instant at) const;

 private:
  struct Zone;
  explicit Calendar(std::shared_ptr<const Zone> zone) : zone_(std::move(zone)) {}
  std::shared_ptr<const Zone> zone_;
};

}  // namespace vigie::alerts
