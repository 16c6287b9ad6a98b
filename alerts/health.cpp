#include "alerts/health.h"

#include "alerts/message.h"

namespace vigie::alerts {
namespace {

Alert alert_of(const std::optional<Alert>& standing, const HealthFact& fact, Instant now) {
  Alert alert;
  if (standing) alert = *standing;
  else *alert.mutable_created() = to_timestamp(now);
  alert.set_key(health_key(fact));
  alert.set_kind("health");
  alert.set_severity(fact.severity);
  alert.set_score(0);
  alert.set_revision(alert.revision() + 1);
  *alert.mutable_updated() = to_timestamp(now);
  alert.set_scope(fact.scope);
  alert.set_legal_reference(fact.legal_reference);
  alert.clear_sites();
  if (!fact.site.empty()) alert.add_sites(fact.site);
  alert.set_headline(fact.says);
  alert.clear_reasons();
  Reason& reason = *alert.add_reasons();
  reason.set_indicator("health_" + fact.condition);
  reason.set_text(fact.says);
  alert.mutable_health()->set_source(fact.source);
  alert.mutable_health()->set_condition(fact.condition);
  alert.mutable_health()->set_open(fact.bad);
  alert.mutable_health()->set_since_ms(to_ms(now));
  // Who took the last trouble has not taken this one.
  alert.clear_started();
  alert.clear_started_by();
  alert.set_status("pending");
  alert.set_due_ms(to_ms(now));
  return alert;
}

}  // namespace

std::string health_key(const HealthFact& fact) { return "health/" + fact.source + "/" + fact.condition; }

std::optional<Alert> tell_health(const std::optional<Alert>& standing, const HealthFact& fact, Instant now) {
  const bool open = standing && standing->health().open();
  const bool graver = open && fact.bad && severity_rank(fact.severity) > severity_rank(standing->severity());
  if (open == fact.bad && !graver) return std::nullopt;
  HealthFact told = fact;
  if (!fact.bad) told.severity = standing->severity();  // whoever heard of the trouble hears of its end
  return alert_of(standing, told, now);
}

Alert heartbeat(const std::optional<Alert>& standing, const std::string& says, Instant now) {
  HealthFact fact;
  fact.source = "vigie";
  fact.condition = "heartbeat";
  fact.severity = "low";
  fact.says = says;
  return alert_of(standing, fact, now);
}

}  // namespace vigie::alerts
