#include <algorithm>
#include <compare>
#include <map>
#include <set>

#include "alerts/alerts.h"
#include "alerts/calendar.h"
#include "alerts/message.h"

namespace vigie::alerts {
namespace {

bool wants(const Receiver& receiver, const Alert& alert) {
  if (alert.restricted() && !receiver.restricted) return false;
  if (severity_rank(alert.severity()) < severity_rank(receiver.min_severity)) return false;
  return std::any_of(receiver.scopes.begin(), receiver.scopes.end(), [&](const std::string& scope) {
    return scope == "*" || alert.scope().empty() || scope == alert.scope();
  });
}

bool mailable(const Alert& alert) {
  if (alert.status() == "dismissed" || alert.status() == "suppressed") return false;
  return alert.status() != "digest" || alert.bypass_digest();
}

/// What this receiver was told, or waits for, at the alert's present revision.
Delivery* delivery_for(Alert& alert, const std::string& receiver) {
  for (Delivery& d : *alert.mutable_deliveries()) {
    if (d.receiver() == receiver && d.revision() >= alert.revision()) return &d;
  }
  return nullptr;
}

/// The last message of an earlier revision that this receiver got; empty: none.
std::string previous_id(const Alert& alert, const std::string& receiver) {
  std::string id;
  int revision = -1;
  for (const Delivery& d : alert.deliveries()) {
    if (d.receiver() != receiver || d.revision() >= alert.revision() || d.message_id().empty()) continue;
    if (d.revision() > revision) {
      id = d.message_id();
      revision = d.revision();
    }
  }
  return id;
}

Instant since_of(const Alert& alert, Instant now) {
  if (alert.has_due_ms()) return from_ms(alert.due_ms());
  if (alert.has_updated()) return from_timestamp(alert.updated());
  return alert.has_created() ? from_timestamp(alert.created()) : now;
}

/// A waiting place of an earlier revision is taken over by the newer one; what was told stays, the last few of it.
void drop_old_deliveries(Alert& alert) {
  constexpr int kKept = 50;
  auto* all = alert.mutable_deliveries();
  const auto stale = [&](const Delivery& d) { return d.revision() < alert.revision() && d.message_id().empty(); };
  all->erase(std::remove_if(all->begin(), all->end(), stale), all->end());
  if (all->size() > kKept) all->DeleteSubrange(0, all->size() - kKept);
}

struct Work {
  Alert alert;
  bool changed = false;
  bool silenced = false;
};

/// Nobody waits for it any more; what has a message is on its way and stays.
void drop_waiting(Work& w) {
  auto* all = w.alert.mutable_deliveries();
  const auto kept = std::remove_if(all->begin(), all->end(), [](const Delivery& d) { return d.message_id().empty(); });
  w.changed = w.changed || kept != all->end();
  all->erase(kept, all->end());
}

/// What one receiver got in the time that counts.
struct Past {
  int in_hour = 0;
  bool noticed = false;                // a "throttled" notice in this hour
  std::optional<Instant> oldest_in_hour, last;
};

Past past_of(const std::vector<Sent>& sent, const std::string& receiver, Instant now) {
  Past past;
  for (const Sent& s : sent) {
    if (s.receiver != receiver) continue;
    const bool in_hour = s.at > now - 1h;
    if (s.reason == "throttled") {
      past.noticed = past.noticed || in_hour;
      continue;
    }
    if (in_hour) {
      ++past.in_hour;
      if (!past.oldest_in_hour || s.at < *past.oldest_in_hour) past.oldest_in_hour = s.at;
    }
    // What left at once (watch list, restricted) does not push the ordinary batch back.
    const bool batch = s.reason != "at_once" && s.reason != "restricted";
    if (batch && (!past.last || s.at > *past.last)) past.last = s.at;
  }
  return past;
}

std::optional<int> weekday_of(const Receiver& receiver) {
  return receiver.digest == "weekly" ? std::optional<int>(receiver.digest_day) : std::nullopt;
}

/// What an alert's severity makes it wait for at one receiver.
struct Pace {
  bool digest = false, quiet = false;
  auto operator<=>(const Pace&) const = default;
};

Pace pace_of(const Receiver& receiver, const Alert& alert) {
  const int rank = severity_rank(alert.severity());
  return {!receiver.digest.empty() && rank < severity_rank(receiver.digest_below),
          receiver.quiet_from != receiver.quiet_to && rank < severity_rank(receiver.quiet_passes)};
}

class Planner {
 public:
  Planner(const AlertOptions& options, const std::vector<Sent>& sent, Instant now, bool flush)
      : options_(options), sent_(sent), now_(now), flush_(flush) {}

  Plan run(const std::vector<Alert>& due);

 private:
  void serve(const Receiver& receiver);
  std::vector<Work*> leaving(const Receiver& receiver, const std::vector<Work*>& ordinary);
  bool may_leave(const Receiver& receiver, const std::vector<Work*>& group, const Pace& pace);
  void send(const Receiver& receiver, const std::vector<Work*>& group);
  void hold_back(const Receiver& receiver, std::size_t alerts, const Past& past);
  void settle(Work& work);
  void again(Instant at) {
    if (!plan_.again || at < *plan_.again) plan_.again = at;
  }

  const AlertOptions& options_;
  const std::vector<Sent>& sent_;
  const Instant now_;
  const bool flush_;
  std::vector<Work> work_;
  Plan plan_;
};

/// Why a message leaves as it does; stands in its record.
std::string_view reason_of(const std::vector<Told>& told, bool flush) {
  const Alert& first = *told[0].alert;
  if (first.restricted()) return "restricted";
  if (first.bypass_digest()) return "at_once";
  if (told.size() > 1) return "grouped";
  if (first.kind() == "health") return "health";
  if (told[0].update) return "update";
  return flush ? "flushed" : "single";
}

/// The gravest first, then the strongest; ties keep the order in which they fell due.
void sort_by_weight(std::vector<Work*>& group) {
  std::stable_sort(group.begin(), group.end(), [](const Work* a, const Work* b) {
    const int ra = severity_rank(a->alert.severity()), rb = severity_rank(b->alert.severity());
    return ra != rb ? ra > rb : a->alert.score() > b->alert.score();
  });
}

/// A message names each of its alerts, so a flood is cut into messages that a mail server takes (10 MB at most servers;
/// an alert that is named only costs some 250 bytes).
void split(std::vector<Work*> group, std::vector<std::vector<Work*>>& ready) {
  constexpr std::size_t kPerMessage = 10000;
  sort_by_weight(group);
  for (std::size_t i = 0; i < group.size(); i += kPerMessage) {
    const std::size_t n = std::min(kPerMessage, group.size() - i);
    ready.emplace_back(group.begin() + static_cast<std::ptrdiff_t>(i), group.begin() + static_cast<std::ptrdiff_t>(i + n));
  }
}

void Planner::send(const Receiver& receiver, const std::vector<Work*>& group) {
  std::vector<Told> told;
  for (Work* w : group) {
    const std::string previous = previous_id(w->alert, receiver.name);
    told.push_back({&w->alert, !previous.empty(), previous});
  }
  auto message = compose(told, receiver, options_, now_, reason_of(told, flush_));
  for (Work* w : group) {
    Delivery* d = delivery_for(w->alert, receiver.name);
    w->changed = true;
    *d->mutable_at() = to_timestamp(now_);
    if (message) {
      d->set_message_id(message->message_id());
    } else {
      // Configuration is checked before it gets here; if it still is wrong, the alert says so instead of waiting for ever.
      d->set_state("failed");
      d->set_message_id("none");
      d->set_answer(message.error().text);
    }
  }
  if (message) plan_.messages.push_back(*std::move(message));
}

/// Ordinary alerts leave together once the first has waited and the last message is old enough.
bool Planner::may_leave(const Receiver& receiver, const std::vector<Work*>& group, const Pace& pace) {
  if (group.empty()) return false;
  Instant first = Instant::max();
  for (const Work* w : group) first = std::min(first, since_of(w->alert, now_));
  Instant leave = first + receiver.wait;
  const Past past = past_of(sent_, receiver.name, now_);
  if (past.last) leave = std::max(leave, *past.last + receiver.batch_every);
  if (pace.digest || pace.quiet) {
    // The configuration names a zone that exists; if it does not, its hours are read in UTC instead of holding mail back.
    auto zone = Calendar::make(receiver.timezone);
    if (!zone) zone = Calendar::make("UTC");
    if (!zone) return true;
    if (pace.digest) leave = zone->next(receiver.digest_at, weekday_of(receiver), first);
    if (pace.quiet) leave = zone->end_of_quiet(receiver.quiet_from, receiver.quiet_to, std::max(leave, now_));
  }
  if (flush_ || leave <= now_) return true;
  again(leave);
  return false;
}

/// Those of `ordinary` whose time has come; what leaves at one moment leaves in one message.
std::vector<Work*> Planner::leaving(const Receiver& receiver, const std::vector<Work*>& ordinary) {
  std::map<Pace, std::vector<Work*>> groups;
  for (Work* w : ordinary) groups[pace_of(receiver, w->alert)].push_back(w);
  std::vector<Work*> out;
  for (const auto& [pace, group] : groups) {
    if (may_leave(receiver, group, pace)) out.insert(out.end(), group.begin(), group.end());
  }
  return out;
}

void Planner::hold_back(const Receiver& receiver, std::size_t alerts, const Past& past) {
  again(past.oldest_in_hour ? *past.oldest_in_hour + 1h : now_ + 1h);
  if (past.noticed) return;
  auto notice = compose_throttled(alerts, receiver, options_, now_);
  if (notice) plan_.messages.push_back(*std::move(notice));
}

void Planner::serve(const Receiver& receiver) {
  std::vector<Work*> ordinary, at_once, restricted;
  for (Work& w : work_) {
    if (w.silenced || !mailable(w.alert) || !wants(receiver, w.alert)) continue;
    Delivery* d = delivery_for(w.alert, receiver.name);
    if (d && !d->message_id().empty()) continue;  // told
    if (!d) {
      d = w.alert.add_deliveries();
      d->set_receiver(receiver.name);
      d->set_state("pending");
      d->set_revision(w.alert.revision());
      w.changed = true;
    }
    (w.alert.restricted() ? restricted : w.alert.bypass_digest() ? at_once : ordinary).push_back(&w);
  }
  std::vector<std::vector<Work*>> ready;
  split(std::move(restricted), ready);
  split(std::move(at_once), ready);
  split(leaving(receiver, ordinary), ready);

  const Past past = past_of(sent_, receiver.name, now_);
  const int limit = std::max(options_.max_mails_per_hour, 1);
  int left = limit - past.in_hour;
  std::size_t waiting = 0;
  for (const auto& group : ready) {
    if (left-- > 0) send(receiver, group);
    else waiting += group.size();
  }
  if (waiting > 0) hold_back(receiver, waiting, past);
}

/// Status and due time of an alert after all receivers were looked at.
void Planner::settle(Work& w) {
  if (!mailable(w.alert)) return;
  const bool nobody = std::none_of(w.alert.deliveries().begin(), w.alert.deliveries().end(),
                                   [&](const Delivery& d) { return d.revision() >= w.alert.revision(); });
  const bool waiting = std::any_of(w.alert.deliveries().begin(), w.alert.deliveries().end(),
                                   [](const Delivery& d) { return d.message_id().empty(); });
  if (!waiting && w.alert.has_due_ms()) {
    w.alert.clear_due_ms();
    w.changed = true;
  }
  const std::string status = nobody ? "suppressed" : status_of(w.alert);
  if (status != w.alert.status()) {
    w.alert.set_status(status);
    w.changed = true;
  }
}

Plan Planner::run(const std::vector<Alert>& due) {
  work_.reserve(due.size());
  for (const Alert& alert : due) {
    work_.push_back({alert, false, silenced_by(alert, options_.silences, now_) != nullptr});
    drop_old_deliveries(work_.back().alert);
    if (work_.back().silenced) drop_waiting(work_.back());
  }
  for (const Receiver& receiver : options_.receivers) serve(receiver);
  for (Work& w : work_) {
    settle(w);
    if (w.changed) plan_.alerts.push_back(std::move(w.alert));
  }
  return std::move(plan_);
}

}  // namespace

Plan plan(const std::vector<Alert>& due, const AlertOptions& options, const std::vector<Sent>& sent, Instant now,
          bool flush) {
  return Planner(options, sent, now, flush).run(due);
}

}  // namespace vigie::alerts
