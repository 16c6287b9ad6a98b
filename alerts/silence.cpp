#include <algorithm>

#include "alerts/alerts.h"
#include "alerts/message.h"

namespace vigie::alerts {
namespace {

bool covers(const Silence& s, const Alert& alert) {
  if (s.scope().empty() && s.site().empty() && s.kind().empty() && s.key().empty()) return false;
  if ((alert.restricted() || alert.bypass_digest()) && s.key().empty()) return false;
  if (severity_rank(alert.severity()) > severity_rank(s.has_up_to() ? s.up_to() : "medium")) return false;
  // One site of several is not what the alert is about: a network that spans others is still news.
  const bool site = s.site().empty() || (alert.sites_size() > 0 && std::all_of(alert.sites().begin(), alert.sites().end(),
                                                                              [&](const std::string& one) { return one == s.site(); }));
  return site && (s.scope().empty() || s.scope() == alert.scope()) && (s.kind().empty() || s.kind() == alert.kind()) &&
         (s.key().empty() || s.key() == alert.key());
}

}  // namespace

const Silence* silenced_by(const Alert& alert, const std::vector<Silence>& silences, Instant now) {
  for (const Silence& s : silences) {
    if (now < from_timestamp(s.expires()) && covers(s, alert)) return &s;
  }
  return nullptr;
}

}  // namespace vigie::alerts
