#include "app/poster.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "alerts/seal.h"
#include "app/health.h"
#include "core/log.h"

namespace vigie::app {
namespace {

constexpr std::size_t kMostAlerts = 10'000, kMostMessages = 50;
constexpr Millis kRest = 5min;

std::string via_of(const Outgoing& message) { return message.via().empty() ? "mail" : message.via(); }
Line line_of(std::string_view via) { return via == "mail" || via == "sendmail" ? Line::mail : Line::others; }

LogEntry disclosure(const Outgoing& message, Instant now) {
  LogEntry entry;
  entry.set_at_ms(to_ms(now));
  entry.set_operation("disclosure");
  entry.set_actor("daemon");
  std::string keys;
  for (const auto& key : message.alerts()) keys += (keys.empty() ? "" : ",") + key;
  entry.set_object(keys);
  entry.set_reason("alert by " + via_of(message));
  entry.set_recipient(message.receiver());
  return entry;
}

}  // namespace

Result<std::unique_ptr<Poster>> Poster::make(storage::Store& store, alerts::AlertOptions options,
                                             std::mutex& alerts_lock) {
  auto channel = alerts::make_channel(options);
  if (!channel) return std::move(channel).error();
  return std::make_unique<Poster>(store, std::move(options), *std::move(channel), alerts_lock);
}

// So long after its pages changed a site's alerts wait together; then the new layout is learned, or is the site's way.
constexpr Millis kDrift = 12h;

// What a person or a source has set since: silences, and sources that cannot be trusted to say what is gone or new.
Status Poster::note_circumstances(const std::vector<Alert>& due, Instant now) {
  auto silences = store_.silences(now);
  if (!silences) return std::move(silences).error();
  options_.silences = *std::move(silences);
  options_.blocked_sites.clear();
  options_.drifted_sites.clear();
  std::set<std::string> sites;
  for (const auto& alert : due) sites.insert(alert.sites().begin(), alert.sites().end());
  for (const auto& site : sites) {
    auto layout = store_.alert("health/" + site + "/layout");
    if (!layout) return std::move(layout).error();
    if (*layout && (*layout)->health().open() && from_ms((*layout)->health().since_ms()) + kDrift > now) options_.drifted_sites.push_back(site);
  }
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

// Of which sites a message told; kept for as long as it counts for a flood.
Result<std::map<std::string, int>> Poster::sites_of(const Outgoing& message) {
  constexpr int kMostCounted = 1000;
  constexpr std::size_t kMostKept = 10'000;
  if (const auto known = told_sites_.find(message.id()); known != told_sites_.end()) return known->second;
  std::map<std::string, int> sites;
  for (int i = 0; i < std::min(message.alerts_size(), kMostCounted); ++i) {
    auto alert = store_.alert(message.alerts(i));
    if (!alert) return std::move(alert).error();
    const auto site = *alert ? alerts::flood_site(**alert) : "";
    if (!site.empty()) ++sites[site];
  }
  if (told_sites_.size() >= kMostKept) told_sites_.clear();
  return told_sites_[message.id()] = std::move(sites);
}

// Of which severities a message told, for the budget of a day. What an alert has become since is counted as that.
Result<std::map<std::string, int>> Poster::severities_of(const Outgoing& message) {
  constexpr int kMostCounted = 1000;
  std::map<std::string, int> severities;
  for (int i = 0; i < std::min(message.alerts_size(), kMostCounted); ++i) {
    auto alert = store_.alert(message.alerts(i));
    if (!alert) return std::move(alert).error();
    if (*alert && (*alert)->kind() != "health") ++severities[(*alert)->severity()];
  }
  return severities;
}

// Who was to get encrypted mail and cannot gets codes, never clear text.
alerts::AlertOptions Poster::with_keys(Instant now) {
  alerts::AlertOptions options = options_;
  options.read_ad = [this](const std::string& id) -> std::optional<Ad> {
    auto found = store_.ad(id);
    return found && *found ? std::optional<Ad>((*found)->ad()) : std::nullopt;
  };
  for (auto& receiver : options.receivers) {
    if (receiver.key_file.empty() || keys_.state(receiver.key_file, now).usable) continue;
    receiver.key_file.clear();
    receiver.detail = "link_only";
  }
  return options;
}

/// False: a key has failed.
Result<bool> Poster::seal_all(std::vector<Outgoing>& messages, const alerts::AlertOptions& options, Instant now) {
  for (auto& message : messages) {
    if (line_of(via_of(message)) != Line::mail) continue;
    const auto receiver = std::find_if(options.receivers.begin(), options.receivers.end(),
                                       [&](const alerts::Receiver& r) { return r.name == message.receiver(); });
    if (receiver == options.receivers.end() || receiver->key_file.empty()) continue;
    auto sealed = alerts::seal(message.content(), receiver->key_file, now);
    if (sealed) {
      message.set_content(*std::move(sealed));
      continue;
    }
    if (sealed.error().code == Errc::storage) return std::move(sealed).error().in("encrypt");
    log::error("mail.key_failed", {{"receiver", receiver->name}, {"why", sealed.error().text}});
    keys_.distrust(receiver->key_file, sealed.error().text, now);
    return false;
  }
  return true;
}

Status Poster::plan(Instant now, bool flush, Turn& turn) {
  std::lock_guard lock(alerts_lock_);
  auto due = store_.due_alerts(kMostAlerts);
  if (!due) return std::move(due).error();
  if (due->empty()) return {};
  if (auto noted = note_circumstances(*due, now); !noted) return noted;
  std::vector<alerts::Sent> sent;
  for (const auto& receiver : options_.receivers) {
    const bool bounded = std::any_of(receiver.a_day.begin(), receiver.a_day.end(), [](const auto& row) { return row.second > 0; });
    auto lately = store_.outgoing_since(receiver.name, now - std::max<Instant::duration>(bounded ? 24h : 1h, receiver.batch_every));
    if (!lately) return std::move(lately).error();
    for (const auto& message : *lately) {
      sent.push_back(alerts::sent_of(message));
      auto sites = sites_of(message);
      if (!sites) return std::move(sites).error();
      sent.back().sites = *std::move(sites);
      if (!bounded) continue;
      auto severities = severities_of(message);
      if (!severities) return std::move(severities).error();
      sent.back().severities = *std::move(severities);
    }
  }
  // Those beyond the most that is looked at would wait for these: rather than that, what waits leaves early.
  const bool crowded = due->size() >= kMostAlerts && from_ms(due->back().due_ms()) <= now;
  if (crowded) log::warn("alerts.crowded", {{"waiting", std::to_string(due->size())}, {"what", "batches and digests leave early"}});
  alerts::Plan plan;
  // A key that fails although it looked sound is distrusted, and the plan made anew with less to tell.
  for (;;) {
    const auto options = with_keys(now);
    plan = alerts::plan(*due, options, sent, now, flush || crowded);
    auto sealed = seal_all(plan.messages, options, now);
    if (!sealed) return std::move(sealed).error();
    if (*sealed) break;
  }
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

Status Poster::attempt(Outgoing message, Instant now, Rest& rest, Turn& turn) {
  Outgoing started = message;
  started.set_state("started");
  if (auto kept = store_.update_outgoing(started, {}); !kept) return kept;
  const auto begun = std::chrono::steady_clock::now();
  const auto after = channel_->deliver(std::move(message), now);
  if (auto kept = record(after); !kept) return kept;
  if (channel_->down(via_of(after))) {
    // Counted from the end of the attempt, which may have taken minutes.
    rest.until = now + std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun) + kRest;
  }
  const log::Fields about = {{"receiver", after.receiver()}, {"message", after.id()}, {"answer", after.answer()}};
  if (after.state() == "handed_over") {
    ++turn.delivered;
    if (auto logged = store_.append_log({disclosure(after, now)}); !logged) return logged;
    log::info("mail.handed_over", {{"receiver", after.receiver()}, {"message", after.id()}});
  } else if (after.state() == "failed") {
    ++turn.failed;
    log::error("mail.failed", about);
    auto told = tell_fact(store_, alerts_lock_, undeliverable(after.receiver(), true, ""), now);
    if (!told) return std::move(told).error();
  } else {
    ++turn.waiting;
    log::warn("mail.deferred", about);
  }
  return {};
}

bool Poster::all_rest(Line line, const std::map<std::string, Rest>& rests, Instant now) const {
  const auto rest = [&](const std::string& via) {
    const auto found = rests.find(via);
    return found != rests.end() && found->second.holds(now);
  };
  return std::all_of(options_.receivers.begin(), options_.receivers.end(),
                     [&](const alerts::Receiver& r) { return line_of(r.via) != line || rest(r.via); });
}

Result<Poster::Turn> Poster::deliver(Instant now, Line line) {
  Turn turn;
  auto& rests = line == Line::mail ? mail_rests_ : other_rests_;
  if (!rests.empty() && all_rest(line, rests, now)) return turn;
  auto due = store_.due_outgoing(now, kMostMessages, [&](const Outgoing& m) {
    return line_of(via_of(m)) == line && !rests[via_of(m)].holds(now);
  });
  if (!due) return std::move(due).error().in("deliver");
  for (auto& message : *due) {
    Rest& rest = rests[via_of(message)];
    if (rest.holds(now)) ++turn.waiting;
    else if (auto done = attempt(std::move(message), now, rest, turn); !done) return std::move(done).error().in("deliver");
  }
  return turn;
}

Result<Poster::Turn> Poster::prepare(Instant now, bool flush, bool nudged) {
  Turn turn;
  // Each look reads all that waits, so it happens when something may have changed, and every few seconds in any case.
  const bool idle = last_plan_ && now >= *last_plan_ && now < *last_plan_ + 5s && !(again_ && *again_ <= now);
  if (flush || nudged || !idle) {
    if (auto done = plan(now, flush, turn); !done) return std::move(done).error().in("plan");
    last_plan_ = now;
    again_ = turn.again;
  }
  return turn;
}

Result<Poster::Turn> Poster::turn(Instant now, bool flush) {
  auto turn = prepare(now, flush);
  if (!turn) return turn;
  for (const Line line : {Line::mail, Line::others}) {
    auto done = deliver(now, line);
    if (!done) return done;
    turn->delivered += done->delivered;
    turn->waiting += done->waiting;
    turn->failed += done->failed;
  }
  return turn;
}

}  // namespace vigie::app
