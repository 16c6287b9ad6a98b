#pragma once

#include <optional>
#include <string>

#include "alerts/alerts.h"

namespace vigie::alerts {

/// What was found about one condition of one source, good or bad.
struct HealthFact {
  std::string source;     // a site, "scope CODE", or disk, clock, mail, vigie
  std::string condition;  // authority full wrong dead stuck heartbeat
  bool bad = false;
  std::string severity = "medium";
  std::string says;       // one sentence, good or bad; no personal data
  std::string scope, site, legal_reference;
};
std::string health_key(const HealthFact& fact);

/// The alert that tells `fact`: opened when it turned bad, closed by one notice when it is good again, nothing while it
/// stays as it is, or graver. `standing`: what the store holds under health_key. The label of a new one is left empty.
std::optional<Alert> tell_health(const std::optional<Alert>& standing, const HealthFact& fact, Instant now);

/// The sign of life: an alert of its own each time, always about the same thing.
Alert heartbeat(const std::optional<Alert>& standing, const std::string& says, Instant now);

}  // namespace vigie::alerts
