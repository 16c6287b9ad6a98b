#include <algorithm>
#include <map>
#include <set>

#include "alerts/alerts.h"
#include "alerts/message.h"
#include "alerts/pace.h"
#include "alerts/route.h"

namespace vigie::alerts {
namespace {

bool mailable(const Alert& alert) {
  if (alert.status() == "dismissed" || alert.status() == "suppressed") return false;
  return alert.status() != "digest" || alert.bypass_digest();
}

/// Could a person still be waited for? What tells of an end, a summary or a sign of life asks for nothing.
bool open_for_people(const Alert& alert) {
  if (alert.has_started()) return false;
  return alert.kind() != "health" || alert.health().open();
}

/// What this receiver was told last, or waits for, at the alert's present revision.
Delivery* delivery_for(Alert& alert, const std::string& receiver) {
  Delivery* found = nullptr;
  for (Delivery& d : *alert.mutable_deliveries()) {
    if (d.receiver() == receiver && d.revision() >= alert.revision()) found = &d;
  }
  return found;
}

/// The last message about the alert that this receiver got before `but`; empty: none.
std::string previous_id(const Alert& alert, const std::string& receiver, const Delivery* but) {
  std::string id;
  int revision = -1;
  for (const Delivery& d : alert.deliveries()) {
    if (&d == but || d.receiver() != receiver || d.message_id().empty() || d.revision() < revision) continue;
    id = d.message_id();
    revision = d.revision();
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
  const auto stale = [&](const Delivery& d) {
    return d.message_id().empty() && (d.revision() < alert.revision() || (d.reminder() > 0 && !open_for_people(alert)));
  };
  all->erase(std::remove_if(all->begin(), all->end(), stale), all->end());
  if (all->size() > kKept) all->DeleteSubrange(0, all->size() - kKept);
}

struct Work {
  Alert alert;
  std::string print;
  bool changed = false;
  const Silence* silence = nullptr;
  std::optional<Instant> look = std::nullopt;  // when a reminder or an escalation falls due

  void look_at(Instant at) {
    if (!look || at < *look) look = at;
  }
};

/// One alert for one receiver.
struct Entry {
  Work* work = nullptr;
  Instant first{}, ready{};  // since when it waits; from when on it may leave
  bool later = false;        // keeps changing: it does not leave with the others before `ready`
};
using Entries = std::vector<Entry>;

/// Nobody waits for it any more; what has a message is on its way and stays.
void drop_waiting(Work& w) {
  auto* all = w.alert.mutable_deliveries();
  const auto kept = std::remove_if(all->begin(), all->end(), [](const Delivery& d) { return d.message_id().empty(); });
  w.changed = w.changed || kept != all->end();
  all->erase(kept, all->end());
}

class Planner {
 public:
  Planner(const AlertOptions& options, const std::vector<Sent>& sent, Instant now, bool flush)
      : options_(options), sent_(sent), now_(now), flush_(flush) {}

  Plan run(const std::vector<Alert>& due);

 private:
  void serve(const Receiver& receiver);
  std::optional<Entry> entry_of(const Receiver& receiver, Work& w);
  bool remind(const Receiver& receiver, Work& w, const Delivery& told);
  bool said_before(const Receiver& receiver, Work& w);
  Entries leaving(const Receiver& receiver, Entries ordinary);
  Entries leave_together(const Receiver& receiver, const Entries& group, const Pace& pace);
  bool joins(const Receiver& receiver, Work& notice, bool disturbed);
  Entries floods(const Receiver& receiver, Entries& ordinary, const Past& past);
  Entries beyond_budget(const Receiver& receiver, Entries& ordinary, const Past& past);
  void send(const Receiver& receiver, const Entries& group, std::string_view why);
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
std::string_view reason_of(const std::vector<Told>& told, std::string_view why, bool flush) {
  const Alert& first = *told[0].alert;
  if (first.restricted()) return "restricted";
  if (first.bypass_digest()) return "at_once";
  if (why == "flood" || why == "budget") return why;
  if (told.size() > 1) return why == "digest" ? why : "grouped";
  if (told[0].reminder > 0) return "reminder";
  if (told[0].escalated) return "escalated";
  if (first.kind() == "health") return "health";
  if (told[0].update) return "update";
  return flush ? "flushed" : "single";
}

/// A message names each of its alerts, so a flood is cut into messages that a mail server takes (10 MB at most servers;
/// an alert that is named only costs some 250 bytes). What explains the others first, then the
/// gravest, then the strongest; ties keep their order.
std::vector<Entries> split(Entries group) {
  constexpr std::size_t kPerMessage = 10000;
  std::stable_sort(group.begin(), group.end(), [](const Entry& a, const Entry& b) {
    const Alert &x = a.work->alert, &y = b.work->alert;
    if (tells_of_layout(x) != tells_of_layout(y)) return tells_of_layout(x);
    const int ra = severity_rank(x.severity()), rb = severity_rank(y.severity());
    return ra != rb ? ra > rb : x.score() > y.score();
  });
  std::vector<Entries> parts;
  for (std::size_t i = 0; i < group.size(); i += kPerMessage) {
    const std::size_t n = std::min(kPerMessage, group.size() - i);
    parts.emplace_back(group.begin() + static_cast<std::ptrdiff_t>(i), group.begin() + static_cast<std::ptrdiff_t>(i + n));
  }
  return parts;
}

void Planner::send(const Receiver& receiver, const Entries& group, std::string_view why) {
  std::vector<Told> told;
  for (const Entry& e : group) {
    const Delivery* d = delivery_for(e.work->alert, receiver.name);
    const std::string previous = previous_id(e.work->alert, receiver.name, d);
    told.push_back({&e.work->alert, !previous.empty(), previous, d->reminder(), receiver.escalate_after > 0ms});
  }
  const auto reason = reason_of(told, why, flush_);
  auto message = compose(told, receiver, options_, now_, reason);
  for (const Entry& e : group) {
    Delivery* d = delivery_for(e.work->alert, receiver.name);
    e.work->changed = true;
    *d->mutable_at() = to_timestamp(now_);
    d->set_told(e.work->print);
    if (receiver.remind_every > 0ms && open_for_people(e.work->alert)) e.work->look_at(now_ + receiver.remind_every);
    if (message) {
      d->set_message_id(message->message_id());
      d->clear_answer();
    } else {
      // Configuration is checked before it gets here; if it still is wrong, the alert says so instead of waiting for ever.
      d->set_state("failed");
      d->set_message_id("none");
      d->set_answer(message.error().text);
    }
  }
  if (message) plan_.messages.push_back(*std::move(message));
}

/// Those of one pace that leave now: all together, once the first of them is ready and the last message is old enough.
Entries Planner::leave_together(const Receiver& receiver, const Entries& group, const Pace& pace) {
  if (group.empty()) return {};
  Instant first = Instant::max(), ready = Instant::max();
  for (const Entry& e : group) {
    first = std::min(first, e.first);
    ready = std::min(ready, e.ready);
  }
  const Instant leave = departure(receiver, pace, first, ready, past_of(sent_, receiver.name, now_), now_);
  if (!flush_ && leave > now_) {
    again(leave);
    return {};
  }
  Entries out;
  for (const Entry& e : group) {
    if (flush_ || !e.later || e.ready <= now_) out.push_back(e);
    else again(e.ready);
  }
  return out;
}

/// Once a notice waits with the alerts of its site it goes with them, however long ago the last of those before was told. That
/// all is well again is no news by itself while they wait.
bool Planner::joins(const Receiver& receiver, Work& notice, bool disturbed) {
  static const std::string kWaits = "waits for the alerts of its site";
  Delivery* d = delivery_for(notice.alert, receiver.name);
  if ((disturbed || !notice.alert.health().open()) && d->answer() != kWaits) {
    d->set_answer(kWaits);
    notice.changed = true;
  }
  return d->answer() == kWaits;
}

/// Takes out of `ordinary` what belongs to a flood; what of it may leave now is the answer. The notice that a site's pages have
/// changed explains the flood, so it leads it; but who has not been disturbed by the site yet hears of it at once.
Entries Planner::floods(const Receiver& receiver, Entries& ordinary, const Past& past) {
  constexpr Millis kCalm = 1h, kLongest = 12h;
  const auto told = [&](const std::string& site) {
    const auto at = past.sites.find(site);
    return at == past.sites.end() ? std::size_t{0} : static_cast<std::size_t>(at->second);
  };
  std::map<std::string, Entries> by_site;
  std::map<std::string, Entry> notices;
  for (const Entry& e : ordinary) {
    const Alert& a = e.work->alert;
    if (const auto site = flood_site(a); !site.empty()) by_site[site].push_back(e);
    else if (tells_of_layout(a)) notices[a.sites(0)] = e;
  }
  std::set<const Work*> held;
  Entries leaving;
  for (auto& [site, group] : by_site) {
    const bool drifted = std::find(options_.drifted_sites.begin(), options_.drifted_sites.end(), site) != options_.drifted_sites.end();
    const bool many = group.size() + told(site) > static_cast<std::size_t>(std::max(options_.flood_at, 0));
    if (options_.flood_at <= 0 || !(many || drifted)) continue;
    plan_.floods.push_back(site);
    if (const auto notice = notices.find(site); notice != notices.end() && joins(receiver, *notice->second.work, told(site) > 0)) {
      group.push_back(notice->second);
    }
    Instant oldest = Instant::max(), newest = Instant::min();
    for (const Entry& e : group) {
      held.insert(e.work);
      oldest = std::min(oldest, e.first);
      newest = std::max(newest, e.first);
    }
    const bool quiet = std::all_of(group.begin(), group.end(), [&](const Entry& e) { return pace_of(receiver, e.work->alert).quiet; });
    const Instant leave = departure(receiver, {false, quiet}, oldest, std::min(newest + kCalm, oldest + kLongest), past, now_);
    if (flush_ || leave <= now_) leaving.insert(leaving.end(), group.begin(), group.end());
    else again(leave);
  }
  std::erase_if(ordinary, [&](const Entry& e) { return held.contains(e.work); });
  return leaving;
}

/// Takes out of `ordinary` what is beyond the receiver's budget of its day; what of it may leave now is the answer. What
/// tells of the service itself knows no budget.
Entries Planner::beyond_budget(const Receiver& receiver, Entries& ordinary, const Past& past) {
  std::map<std::string, int> taken = past.today;
  std::vector<const Entry*> in_order;
  for (const Entry& e : ordinary) in_order.push_back(&e);
  std::stable_sort(in_order.begin(), in_order.end(), [](const Entry* a, const Entry* b) { return a->first < b->first; });
  std::set<const Work*> beyond;
  Entries leaving;
  for (const Entry* e : in_order) {
    const auto& severity = e->work->alert.severity();
    const auto budget = receiver.a_day.find(severity);
    const bool bounded = budget != receiver.a_day.end() && budget->second > 0 && e->work->alert.kind() != "health";
    if (!bounded || taken[severity]++ < budget->second) continue;
    beyond.insert(e->work);
    const Instant leave = next_digest(receiver, e->first);
    if (flush_ || leave <= now_) leaving.push_back(*e);
    else again(leave);
  }
  std::erase_if(ordinary, [&](const Entry& e) { return beyond.contains(e.work); });
  return leaving;
}

/// Those of `ordinary` whose time has come; what leaves at one moment leaves in one message.
Entries Planner::leaving(const Receiver& receiver, Entries ordinary) {
  std::map<Pace, Entries> groups;
  for (const Entry& e : ordinary) groups[pace_of(receiver, e.work->alert)].push_back(e);
  Entries out;
  for (const auto& [pace, group] : groups) {
    const Entries now = leave_together(receiver, group, pace);
    out.insert(out.end(), now.begin(), now.end());
  }
  return out;
}

void Planner::hold_back(const Receiver& receiver, std::size_t alerts, const Past& past) {
  again(past.oldest_in_hour ? *past.oldest_in_hour + 1h : now_ + 1h);
  if (past.noticed) return;
  auto notice = compose_throttled(alerts, receiver, options_, now_);
  if (notice) plan_.messages.push_back(*std::move(notice));
}

/// `told` has left; is it time to tell it again? If so a new waiting place is made.
bool Planner::remind(const Receiver& receiver, Work& w, const Delivery& told) {
  if (receiver.remind_every <= 0ms || told.state() == "failed" || !open_for_people(w.alert)) return false;
  const Instant at = from_timestamp(told.at()) + receiver.remind_every;
  const bool arrived = told.state() == "handed_over";
  if (now_ < at || !arrived) {
    w.look_at(now_ < at ? at : now_ + receiver.remind_every);
    return false;
  }
  const int count = told.reminder() + 1;
  Delivery& d = *w.alert.add_deliveries();
  d.set_receiver(receiver.name);
  d.set_state("pending");
  d.set_revision(w.alert.revision());
  d.set_reminder(count);
  w.changed = true;
  return true;
}

/// A revision that says what this receiver was told before is told by that message.
bool Planner::said_before(const Receiver& receiver, Work& w) {
  for (Delivery& d : *w.alert.mutable_deliveries()) {
    if (d.receiver() != receiver.name || d.message_id().empty() || d.told() != w.print || d.reminder() > 0) continue;
    d.set_revision(w.alert.revision());
    w.changed = true;
    return true;
  }
  return false;
}

std::optional<Entry> Planner::entry_of(const Receiver& receiver, Work& w) {
  const Instant since = since_of(w.alert, now_);
  Entry entry{&w, since, since + receiver.wait};
  if (receiver.escalate_after > 0ms) {
    const Instant from = w.alert.has_updated() ? from_timestamp(w.alert.updated()) : from_timestamp(w.alert.created());
    if (!open_for_people(w.alert)) return std::nullopt;
    entry.ready = from + receiver.escalate_after;
    if (now_ < entry.ready) {
      w.look_at(entry.ready);
      return std::nullopt;
    }
  }
  Delivery* d = delivery_for(w.alert, receiver.name);
  if (d && !d->message_id().empty()) {
    if (!remind(receiver, w, *d)) return std::nullopt;
    entry.first = entry.ready = now_;
    return entry;
  }
  if (d && d->reminder() > 0) {
    entry.ready = since;
    return entry;
  }
  if (!d && said_before(receiver, w)) return std::nullopt;
  if (!d) {
    d = w.alert.add_deliveries();
    d->set_receiver(receiver.name);
    d->set_state("pending");
    d->set_revision(w.alert.revision());
    w.changed = true;
  }
  if (const auto until = damped_until(w.alert, receiver, now_)) {
    entry.later = *until > entry.ready;
    entry.ready = std::max(entry.ready, *until);
  }
  return entry;
}

void Planner::serve(const Receiver& receiver) {
  Entries ordinary, at_once, restricted;
  for (Work& w : work_) {
    if (w.silence || !mailable(w.alert) || refusal(receiver, w.alert)) continue;
    const auto entry = entry_of(receiver, w);
    if (!entry) continue;
    const auto& blocked = options_.blocked_sites;
    const bool doubtful = w.alert.kind() == "gone" && std::any_of(w.alert.sites().begin(), w.alert.sites().end(), [&](const auto& site) {
      return std::find(blocked.begin(), blocked.end(), site) != blocked.end();
    });
    if (doubtful) continue;
    (w.alert.restricted() ? restricted : w.alert.bypass_digest() ? at_once : ordinary).push_back(*entry);
  }
  std::vector<std::pair<Entries, std::string_view>> ready;
  const auto add = [&](Entries group, std::string_view why) {
    for (auto& part : split(std::move(group))) ready.emplace_back(std::move(part), why);
  };
  add(std::move(restricted), "");
  add(std::move(at_once), "");
  const Past past = past_of(sent_, receiver.name, now_);
  add(floods(receiver, ordinary, past), "flood");
  add(beyond_budget(receiver, ordinary, past), "budget");
  Entries now = leaving(receiver, std::move(ordinary));
  const bool digest = !now.empty() && std::all_of(now.begin(), now.end(), [&](const Entry& e) { return pace_of(receiver, e.work->alert).digest; });
  add(std::move(now), digest ? "digest" : "");

  const int limit = std::max(options_.max_mails_per_hour, 1);
  int left = limit - past.in_hour;
  std::size_t waiting = 0;
  for (const auto& [group, why] : ready) {
    if (left-- > 0) send(receiver, group, why);
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
  const std::string status = nobody && !w.look ? "suppressed" : status_of(w.alert);
  if (status != w.alert.status()) {
    w.alert.set_status(status);
    w.changed = true;
  }
  if (w.silence && w.alert.silenced_by() != w.silence->id()) {
    w.alert.set_silenced_by(w.silence->id());
    w.changed = true;
  }
  if (w.look) again(*w.look);
  if (waiting) return;
  if (w.look && (!w.alert.has_due_ms() || from_ms(w.alert.due_ms()) != from_ms(to_ms(*w.look)))) {
    w.alert.set_due_ms(to_ms(*w.look));
    w.changed = true;
  } else if (!w.look && w.alert.has_due_ms()) {
    w.alert.clear_due_ms();
    w.changed = true;
  }
}

Plan Planner::run(const std::vector<Alert>& due) {
  work_.reserve(due.size());
  for (const Alert& alert : due) {
    work_.push_back({alert, print_of(alert), false, silenced_by(alert, options_.silences, now_)});
    drop_old_deliveries(work_.back().alert);
    if (work_.back().silence) drop_waiting(work_.back());
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
