#include "app/poster.h"

#include <utility>
#include <vector>

#include "core/log.h"

namespace vigie::app {
namespace {

constexpr std::size_t kMostAlerts = 10'000, kMostMessages = 50;

LogEntry disclosure(const Outgoing& message, Instant now) {
  LogEntry entry;
  entry.set_at_ms(to_ms(now));
  entry.set_operation("disclosure");
  entry.set_actor("daemon");
  std::string keys;
  for (const auto& key : message.alerts()) keys += (keys.empty() ? "" : ",") + key;
  entry.set_object(keys);
  entry.set_reason("alert by " + (message.via().empty() ? std::string("mail") : message.via()));
  entry.set_recipient(message.receiver());
  return entry;
}

}  // namespace

Result<std::unique_ptr<Poster>> Poster::make(storage::Store& store, alerts::AlertOptions options,
                                             std::mutex& alerts_lock) {
  auto channel = alerts::make_channel(options);
  if (!channel) return std::move(channel).error();
  return std::unique_ptr<Poster>(new Poster(store, std::move(options), *std::move(channel), alerts_lock));
}

// What a person or a source has set since: silences, and sources that cannot be trusted to say what is gone.
Status Poster::note_circumstances(const std::vector<Alert>& due, Instant now) {
  auto silences = store_.silences(now);
  if (!silences) return std::move(silences).error();
  options_.silences = *std::move(silences);
  options_.blocked_sites.clear();
  for (const auto& alert : due) {
    if (alert.kind() != "gone") continue;
    for (const auto& site : alert.sites()) {
      auto health = store_.alert("health/" + site);
      if (!health) return std::move(health).error();
      const bool ill = *health && (*health)->reasons_size() > 0 && (*health)->reasons(0).indicator() != "source_recovered";
      if (ill) options_.blocked_sites.push_back(site);
    }
  }
  return {};
}

Status Poster::plan(Instant now, bool flush, Turn& turn) {
  std::lock_guard lock(alerts_lock_);
  auto due = store_.due_alerts(kMostAlerts);
  if (!due) return std::move(due).error();
  if (due->empty()) return {};
  if (auto noted = note_circumstances(*due, now); !noted) return noted;
  std::vector<alerts::Sent> sent;
  for (const auto& receiver : options_.receivers) {
    auto lately = store_.outgoing_since(receiver.name, now - std::max<Instant::duration>(1h, receiver.batch_every));
    if (!lately) return std::move(lately).error();
    for (const auto& message : *lately) sent.push_back({receiver.name, from_ms(message.created_ms()), message.reason()});
  }
  // Those beyond the most that is looked at would wait for these: rather than that, what waits leaves early.
  const bool crowded = due->size() >= kMostAlerts && from_ms(due->back().due_ms()) <= now;
  if (crowded) log::warn("alerts.crowded", {{"waiting", std::to_string(due->size())}, {"what", "batches and digests leave early"}});
  auto plan = alerts::plan(*due, options_, sent, now, flush || crowded);
  for (const auto& site : plan.floods) {
    if (floods_.insert(site).second) log::warn("alerts.flood", {{"site", site}, {"what", "its alerts wait for one message"}});
  }
  if (plan.floods.empty()) floods_.clear();
  turn.again = plan.again;
  turn.planned = static_cast<int>(plan.messages.size());
  if (plan.messages.empty() && plan.alerts.empty()) return {};
  return store_.put_outgoing(plan.messages, plan.alerts);
}

// The alert shows what became of its messages.
Status Poster::record(const Outgoing& message) {
  std::lock_guard lock(alerts_lock_);
  std::vector<Alert> moved;
  for (const auto& key : message.alerts()) {
    auto alert = store_.alert(key);
    if (!alert) return std::move(alert).error();
    if (!*alert) continue;
    if (alerts::record(message, **alert)) moved.push_back(**std::move(alert));
  }
  return store_.update_outgoing(message, moved);
}

Status Poster::deliver(Instant now, Turn& turn) {
  auto due = store_.due_outgoing(now, kMostMessages);
  if (!due) return std::move(due).error();
  for (auto& message : *due) {
    message.set_state("started");
    if (auto kept = store_.update_outgoing(message, {}); !kept) return kept;
    const auto after = channel_->deliver(message, now);
    if (auto kept = record(after); !kept) return kept;
    const bool handed_over = after.state() == "handed_over";
    if (handed_over) {
      ++turn.delivered;
      if (auto logged = store_.append_log({disclosure(after, now)}); !logged) return logged;
      log::info("mail.handed_over", {{"receiver", after.receiver()}, {"message", after.id()}});
    } else if (after.state() == "failed") {
      ++turn.failed;
      log::error("mail.failed", {{"receiver", after.receiver()}, {"message", after.id()}, {"answer", after.answer()}});
    } else {
      ++turn.waiting;
      log::warn("mail.deferred", {{"receiver", after.receiver()}, {"message", after.id()}, {"answer", after.answer()}});
    }
  }
  return {};
}

Result<Poster::Turn> Poster::turn(Instant now, bool flush, bool nudged) {
  Turn turn;
  // Each look reads all that waits, so it happens when something may have changed, and every few seconds in any case.
  const bool idle = last_plan_ && now >= *last_plan_ && now < *last_plan_ + 5s && !(again_ && *again_ <= now);
  if (flush || nudged || !idle) {
    if (auto done = plan(now, flush, turn); !done) return std::move(done).error().in("plan");
    last_plan_ = now;
    again_ = turn.again;
  }
  if (auto done = deliver(now, turn); !done) return std::move(done).error().in("deliver");
  return turn;
}

}  // namespace vigie::app
