#pragma once

#include <optional>
#include <string>
#include <vector>

#include "alerts/alerts.h"

namespace vigie::alerts {

/// Why a receiver would not get `alert`, in words for a person ("its scopes are NORTH-01"); empty: it would. The planner
/// asks the same function, so that what `vigie route test` says is what happens.
std::optional<std::string> refusal(const Receiver& receiver, const Alert& alert);

/// When one receiver's message about an alert would leave, and what decided it.
struct Departure {
  std::string receiver;
  std::optional<Instant> at;     // empty: never
  std::string why;
  std::vector<Instant> reminders;  // the first three, while nobody starts
};
/// One line per receiver for `alert`, raised at `at` into a world where nothing else waits or was sent. Asks the planner
/// itself, at the times at which it wants to be asked.
std::vector<Departure> timetable(Alert alert, const AlertOptions& options, Instant at);

}  // namespace vigie::alerts
