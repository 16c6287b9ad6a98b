#include <algorithm>

#include "core/time.h"
#include "storage/rocks_store.h"

namespace vigie::storage {

namespace {

/// Is something still to be done for this message?
bool open(const Outgoing& message) { return message.state() != "handed_over" && message.state() != "failed" && message.state() != "hold"; }

std::int64_t created_ms(const Alert& alert) { return to_ms(from_timestamp(alert.created())); }

Status write_outgoing(Transaction& t, const std::optional<Outgoing>& before, const Outgoing& message) {
  if (before) {
    if (auto done = t.erase(Family::due, next_outgoing_key(before->next_ms(), message.id())); !done) return done;
    if (before->receiver() != message.receiver() || before->created_ms() != message.created_ms()) {
      if (auto done = t.erase(Family::due, receiver_key(before->receiver(), before->created_ms(), message.id())); !done) return done;
    }
  } else {
    t.count(Tally::outgoing, 1);
  }
  if (open(message)) {
    if (auto done = t.put(Family::due, next_outgoing_key(message.next_ms(), message.id()), ""); !done) return done;
  }
  if (auto done = t.put(Family::due, receiver_key(message.receiver(), message.created_ms(), message.id()), ""); !done) return done;
  return put_message(t, Family::due, Key('o').rest(message.id()).str(), message);
}

Status write_alerts(Transaction& t, const std::vector<Alert>& alerts) {
  for (const auto& alert : alerts) {
    if (auto put = write_alert(t, alert); !put) return put;
  }
  return {};
}

}  // namespace

bool to_be_planned(const Alert& alert) {
  return alert.has_due_ms() && (alert.status() == "pending" || alert.status() == "sent");
}

Status write_alert(Transaction& t, const Alert& alert) {
  if (alert.key().empty()) return fail(Errc::malformed, "an alert without key");
  const auto key = Key('k').rest(alert.key()).str();
  auto before = get_message<Alert>(t, Family::finding, key);
  if (!before) return std::move(before).error();
  if (!*before) t.count(Tally::alerts, 1);
  const auto age_key = [&](const Alert& a) { return Key('c').ms(created_ms(a)).rest(a.key()).str(); };
  if (*before && created_ms(**before) != created_ms(alert)) {
    if (auto done = t.erase(Family::finding, age_key(**before)); !done) return done;
  }
  if (*before && to_be_planned(**before)) {
    if (auto done = t.erase(Family::due, due_alert_key((*before)->due_ms(), alert.key())); !done) return done;
  }
  if (to_be_planned(alert)) {
    if (auto done = t.put(Family::due, due_alert_key(alert.due_ms(), alert.key()), ""); !done) return done;
  }
  if (auto done = t.put(Family::finding, age_key(alert), ""); !done) return done;
  return put_message(t, Family::finding, key, alert);
}

Result<std::optional<Alert>> RocksStore::alert(std::string_view key) {
  return get_message<Alert>(*engine_, Family::finding, Key('k').rest(key).str());
}

// Labels are few and young ones are asked for: a walk costs less than a family of its own.
Result<std::optional<Alert>> RocksStore::alert_named(std::string_view label) {
  auto by_key = alert(label);
  if (!by_key || *by_key) return by_key;
  std::optional<Alert> found;
  const auto walked = each_alert({}, [&](const Alert& one) {
    if (one.alert() == label) found = one;
    return !found;
  });
  if (!walked) return walked.error();
  return found;
}

Status RocksStore::put_silence(const Silence& silence) {
  if (silence.id().empty()) return fail(Errc::malformed, "a silence without id");
  return engine_->write(Durability::synced, [&](Transaction& t) -> Status {
    return put_message(t, Family::finding, Key('s').rest(silence.id()).str(), silence);
  });
}

Result<std::vector<Silence>> RocksStore::silences(Instant now) {
  std::vector<Silence> found;
  const auto walked = engine_->scan_prefix(Family::finding, "s", [&](std::string_view, std::string_view bytes) {
    Silence one;
    if (one.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && from_timestamp(one.expires()) > now) found.push_back(std::move(one));
    return true;
  });
  if (!walked) return std::move(walked).error();
  std::stable_sort(found.begin(), found.end(), [](const Silence& a, const Silence& b) { return a.created().seconds() < b.created().seconds(); });
  return found;
}

Status RocksStore::each_alert(const AlertQuery& query, const std::function<bool(const Alert&)>& each) {
  // Stamps hold whole seconds: the second that `since` falls in belongs to the answer only when it begins there.
  const auto from = Key('c').ms(query.since ? to_ms(*query.since) : 0).str();
  Status bad;
  const auto walked = engine_->scan(Family::finding, from, after_prefix("c"), [&](std::string_view key, std::string_view) {
    auto found = alert(key.substr(9));
    if (!found) {
      bad = std::move(found).error();
      return false;
    }
    if (!*found || (query.status && (*found)->status() != *query.status)) return true;
    return each(**found);
  });
  return walked ? bad : walked;
}

Result<std::vector<Alert>> RocksStore::due_alerts(std::size_t limit) {
  std::vector<Alert> found;
  if (limit == 0) return found;
  Status bad;
  const auto walked = engine_->scan_prefix(Family::due, "a", [&](std::string_view key, std::string_view) {
    auto one = alert(key.substr(9));
    if (!one) {
      bad = std::move(one).error();
      return false;
    }
    if (*one) found.push_back(**std::move(one));
    return found.size() < limit;
  });
  if (!walked) return std::move(walked).error();
  if (!bad) return std::move(bad).error();
  return found;
}

Status RocksStore::put_outgoing(const std::vector<Outgoing>& messages, const std::vector<Alert>& alerts) {
  return engine_->write(Durability::synced, [&](Transaction& t) -> Status {
    for (const auto& message : messages) {
      if (message.id().empty()) return fail(Errc::malformed, "a message without id");
      auto known = t.get(Family::due, Key('o').rest(message.id()).str());
      if (!known) return std::move(known).error();
      if (*known) continue;  // fixed before: a repeat changes nothing
      if (auto put = write_outgoing(t, std::nullopt, message); !put) return put;
    }
    return write_alerts(t, alerts);
  });
}

Status RocksStore::update_outgoing(const Outgoing& message, const std::vector<Alert>& alerts) {
  return engine_->write(Durability::synced, [&](Transaction& t) -> Status {
    auto before = get_message<Outgoing>(t, Family::due, Key('o').rest(message.id()).str());
    if (!before) return std::move(before).error();
    if (!*before) return fail(Errc::not_found, "message: " + message.id());
    if (auto put = write_outgoing(t, *before, message); !put) return put;
    return write_alerts(t, alerts);
  });
}

Result<std::optional<Outgoing>> RocksStore::outgoing(std::string_view id) {
  return get_message<Outgoing>(*engine_, Family::due, Key('o').rest(id).str());
}

Result<std::vector<Outgoing>> RocksStore::due_outgoing(Instant now, std::size_t limit, const std::function<bool(const Outgoing&)>& wanted) {
  std::vector<Outgoing> found;
  if (limit == 0) return found;
  Status bad;
  const auto end = Key('n').ms(to_ms(now) + 1).str();
  const auto walked = engine_->scan(Family::due, "n", end, [&](std::string_view key, std::string_view) {
    auto one = get_message<Outgoing>(*engine_, Family::due, Key('o').rest(key.substr(9)).str());
    if (!one) {
      bad = std::move(one).error();
      return false;
    }
    if (*one && (!wanted || wanted(**one))) found.push_back(**std::move(one));
    return found.size() < limit;
  });
  if (!walked) return std::move(walked).error();
  if (!bad) return std::move(bad).error();
  return found;
}

Result<std::vector<Outgoing>> RocksStore::outgoing_since(std::string_view receiver, Instant since) {
  std::vector<Outgoing> found;
  Status bad;
  const auto prefix = Key('r').s(receiver).str();
  const auto from = Key().rest(prefix).ms(to_ms(since)).str();
  const auto walked = engine_->scan(Family::due, from, after_prefix(prefix), [&](std::string_view key, std::string_view) {
    auto one = get_message<Outgoing>(*engine_, Family::due, Key('o').rest(key.substr(prefix.size() + 8)).str());
    if (!one) {
      bad = std::move(one).error();
      return false;
    }
    if (*one) found.push_back(**std::move(one));
    return true;
  });
  if (!walked) return std::move(walked).error();
  if (!bad) return std::move(bad).error();
  return found;
}

}  // namespace vigie::storage
