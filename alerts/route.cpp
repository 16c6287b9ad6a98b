#include "alerts/route.h"

#include <algorithm>
#include <set>

#include "alerts/message.h"
#include "core/text.h"

namespace vigie::alerts {
namespace {

bool takes(const std::vector<std::string>& wanted, const std::set<std::string>& given) {
  if (wanted.empty() || given.empty()) return true;  // what concerns no site in particular concerns everybody
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& one) { return one == "*" || given.contains(one); });
}

std::set<std::string> families_of(const Alert& alert) {
  std::set<std::string> families;
  for (const AdBrief& brief : alert.briefs()) {
    if (!brief.family().empty()) families.insert(brief.family());
  }
  return families;
}

std::set<std::string> one(const std::string& value) { return value.empty() ? std::set<std::string>{} : std::set<std::string>{value}; }

std::string wait_words(const Receiver& r, const Alert& alert, std::string_view reason) {
  if (reason == "restricted" || reason == "at_once") return "at once: it waits for nothing";
  std::string why = r.escalate_after > 0ms ? "unless somebody starts it" : r.wait > 0ms ? "after wait" : "no wait";
  const int rank = severity_rank(alert.severity());
  if (!r.digest.empty() && rank < severity_rank(r.digest_below)) why = r.digest + " digest";
  if (r.quiet_from != r.quiet_to && rank < severity_rank(r.quiet_passes)) why += ", outside quiet hours";
  return why;
}

/// What the store would hold once `planned` was written and its messages were taken by the server.
void apply(Alert& alert, const Plan& planned) {
  for (const Alert& moved : planned.alerts) alert = moved;
  for (Outgoing message : planned.messages) {
    message.set_state("handed_over");
    (void)record(message, alert);
  }
}

Departure departure_of(Alert alert, const AlertOptions& all, const Receiver& receiver, Instant at) {
  Departure out;
  out.receiver = receiver.name;
  if (const auto no = refusal(receiver, alert)) {
    out.why = *no;
    return out;
  }
  AlertOptions options = all;
  options.receivers = {receiver};
  if (const Silence* silence = silenced_by(alert, options.silences, at)) {
    out.why = "silenced by " + silence->id();
    return out;
  }
  std::vector<Sent> sent;
  for (int asked = 0; asked < 50 && out.reminders.size() < 3; ++asked) {
    const Plan planned = plan({alert}, options, sent, at, false);
    apply(alert, planned);
    for (const Outgoing& message : planned.messages) {
      sent.push_back(sent_of(message));
      if (out.at) out.reminders.push_back(at);
      else out.why = wait_words(receiver, alert, message.reason());
      if (!out.at) out.at = at;
    }
    if (!planned.again || *planned.again <= at) break;
    at = *planned.again;
  }
  if (!out.at && out.why.empty()) out.why = "held back";
  return out;
}

}  // namespace

std::optional<std::string> refusal(const Receiver& receiver, const Alert& alert) {
  const auto differs = [](const char* what, const std::vector<std::string>& wanted) {
    return "its " + std::string(what) + " are " + text::join(wanted, ", ");
  };
  // Mail that says that a receiver's mail comes back would come back as well, and so on.
  const bool about_it = alert.health().source() == "receiver " + receiver.name && alert.health().condition() == "undeliverable";
  if (about_it) return "it is about this receiver, whose messages do not arrive";
  if (alert.restricted() && !receiver.restricted) return "not marked for the restricted path";
  if (severity_rank(alert.severity()) < severity_rank(receiver.min_severity)) return "its min_severity is " + receiver.min_severity;
  if (!takes(receiver.scopes, one(alert.scope()))) return differs("scopes", receiver.scopes);
  if (!takes(receiver.kinds, one(alert.kind()))) return differs("kinds", receiver.kinds);
  if (!takes(receiver.sites, {alert.sites().begin(), alert.sites().end()})) return differs("sites", receiver.sites);
  if (!takes(receiver.families, families_of(alert))) return differs("families", receiver.families);
  return std::nullopt;
}

std::vector<Departure> timetable(Alert alert, const AlertOptions& options, Instant at) {
  if (alert.key().empty()) alert.set_key("timetable");
  alert.set_revision(1);
  alert.set_status("pending");
  *alert.mutable_created() = to_timestamp(at);
  *alert.mutable_updated() = to_timestamp(at);
  alert.set_due_ms(to_ms(at));
  std::vector<Departure> out;
  for (const Receiver& receiver : options.receivers) out.push_back(departure_of(alert, options, receiver, at));
  return out;
}

}  // namespace vigie::alerts
