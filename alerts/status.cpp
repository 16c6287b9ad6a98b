#include <algorithm>

#include "alerts/alerts.h"

namespace vigie::alerts {

std::string status_of(const Alert& alert) {
  const std::string& set = alert.status();
  if (set == "dismissed") return set;  // a person's word
  bool any = false, waiting = false, open = false, arrived = false;
  for (const Delivery& d : alert.deliveries()) {
    if (d.revision() < alert.revision()) continue;
    any = true;
    if (d.state() == "handed_over") arrived = true;
    else if (d.message_id().empty()) waiting = true;
    else if (d.state() != "failed") open = true;
  }
  if (!any) return set == "digest" || set == "suppressed" ? set : "pending";
  if (waiting) return "pending";
  if (arrived) return "sent";
  return open ? "pending" : "failed";
}

bool record(const Outgoing& message, Alert& alert) {
  const bool carried = std::find(message.alerts().begin(), message.alerts().end(), alert.key()) != message.alerts().end();
  if (!carried) return false;
  for (Delivery& d : *alert.mutable_deliveries()) {
    if (d.message_id() != message.message_id()) continue;
    d.set_state(message.state());
    d.set_attempts(message.attempts());
    d.set_answer(message.answer());
    if (message.has_last_ms()) *d.mutable_at() = to_timestamp(from_ms(message.last_ms()));
    alert.set_status(status_of(alert));
    return true;
  }
  return false;
}

}  // namespace vigie::alerts
