#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/alerts.h"

/// When a message may leave: what one receiver got lately, and what its hours and batches allow.
namespace vigie::alerts {

/// What one receiver got in the time that counts.
struct Past {
  int in_hour = 0;
  bool noticed = false;  // a "throttled" notice in this hour
  std::optional<Instant> oldest_in_hour, last;
  std::map<std::string, int> today;  // alerts told as they came within 24 hours, by severity
  std::map<std::string, int> sites;  // alerts told in this hour that count for a flood, by site
};
Past past_of(const std::vector<Sent>& sent, const std::string& receiver, Instant now);

/// What an alert's severity makes it wait for at one receiver.
struct Pace {
  bool digest = false, quiet = false;
  auto operator<=>(const Pace&) const = default;
};
Pace pace_of(const Receiver& receiver, const Alert& alert);

/// When a message may leave whose first alert became ready at `ready`, having come at `first`.
Instant departure(const Receiver& receiver, const Pace& pace, Instant first, Instant ready, const Past& past, Instant now);

/// The receiver's next `digest_at` after `first`.
Instant next_digest(const Receiver& receiver, Instant first);

/// What an alert tells, as a print that knows neither times nor scores: "SEVERITY:HEX". The same print says nothing new.
std::string print_of(const Alert& alert);

/// Until when an alert that keeps changing waits at this receiver: told k times within a day, it waits twice as long after
/// each. Empty: it does not, or its severity has risen since.
std::optional<Instant> damped_until(const Alert& alert, const Receiver& receiver, Instant now);

/// The notice that pages of a site are made otherwise now, or that they are read again as before.
bool tells_of_layout(const Alert& alert);

}  // namespace vigie::alerts
