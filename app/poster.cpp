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
  entry.set_reason("alert by mail");
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

Status Poster::plan(Instant now, bool flush, Turn& turn) {
  std::lock_guard lock(alerts_lock_);
  auto due = store_.due_alerts(kMostAlerts);
  if (!due) return std::move(due).error();
  if (due->empty()) return {};
  std::vector<alerts::Sent> sent;
  for (const auto& receiver : options_.receivers) {
    auto lately = store_.outgoing_since(receiver.name, now - std::max<Instant::duration>(1h, receiver.batch_every));
    if (!lately) return std::move(lately).error();
    for (const auto& message : *lately) sent.push_back({receiver.name, from_ms(message.created_ms()), message.reason()});
  }
  auto plan = alerts::plan(*due, options_, sent, now, flush);
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

Result<Poster::Turn> Poster::turn(Instant now, bool flush) {
  Turn turn;
  if (auto done = plan(now, flush, turn); !done) return std::move(done).error().in("plan");
  if (auto done = deliver(now, turn); !done) return std::move(done).error().in("deliver");
  return turn;
}

}  // namespace vigie::app
