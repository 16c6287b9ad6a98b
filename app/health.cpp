#include "app/health.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "alerts/calendar.h"
#include "core/log.h"
#include "core/text.h"

namespace vigie::app {
namespace {

using alerts::HealthFact;

constexpr std::size_t kMostMessages = 2000;
constexpr Millis kDeadAfter = 1h;
constexpr const char* kFaultNote = "/store.fault";

HealthFact authority_of(const Scope& scope, Instant now) {
  HealthFact fact;
  fact.source = "scope " + scope.scope;
  fact.condition = "authority";
  fact.scope = scope.scope;
  fact.legal_reference = scope.reference;
  const auto days = std::chrono::duration_cast<std::chrono::hours>(scope.valid_to - now).count() / 24;
  const bool ended = now >= scope.valid_to;
  fact.bad = ended || days < 14;
  fact.severity = ended ? "high" : "medium";
  if (ended) fact.says = "the authority of scope " + scope.scope + " has ended: nothing of it is fetched any more";
  else if (fact.bad) fact.says = "the authority of scope " + scope.scope + " ends on " + to_rfc3339(scope.valid_to).substr(0, 10);
  else fact.says = "the authority of scope " + scope.scope + " now runs until " + to_rfc3339(scope.valid_to).substr(0, 10);
  return fact;
}

Result<std::string> label_of(storage::Store& store, Instant now) {
  const auto year = to_rfc3339(now).substr(0, 4);
  auto number = store.next_alert_number(std::stoi(year));
  if (!number) return std::move(number).error();
  char text[40];
  std::snprintf(text, sizeof text, "A-%s-%06lld", year.c_str(), static_cast<long long>(*number));
  return std::string(text);
}

}  // namespace

Result<bool> tell_fact(storage::Store& store, std::mutex& alerts_lock, const HealthFact& fact, Instant now) {
  std::lock_guard lock(alerts_lock);
  auto standing = store.alert(alerts::health_key(fact));
  if (!standing) return std::move(standing).error();
  auto alert = alerts::tell_health(*standing, fact, now);
  if (!alert) return false;
  if (alert->alert().empty()) {
    auto name = label_of(store, now);
    if (!name) return std::move(name).error();
    alert->set_alert(*std::move(name));
  }
  if (fact.bad) log::error("health.bad", {{"source", fact.source}, {"condition", fact.condition}, {"what", fact.says}});
  else log::info("health.well", {{"source", fact.source}, {"condition", fact.condition}});
  if (auto put = store.put_outgoing({}, {*alert}); !put) return std::move(put).error();
  return true;
}

void note_store_fault(const std::string& folder, Instant now) { std::ofstream(folder + kFaultNote) << to_rfc3339(now) << '\n'; }

HealthFact undeliverable(const std::string& receiver, bool bad, const std::string& status) {
  HealthFact fact;
  fact.source = "receiver " + receiver;
  fact.condition = "undeliverable";
  fact.severity = "high";
  fact.bad = bad;
  fact.says = bad ? "a message to receiver " + receiver + " was refused for good" + (status.empty() ? "" : " (" + status + ")") +
                        ": check its address; vigie alerts shows the server's words"
                  : "messages to receiver " + receiver + " arrive again";
  return fact;
}

// Short below 5 % or 1 GiB; well again only above 7 % and 1.5 GiB, so that it does not flap.
HealthFact HealthWatch::disk(const std::string& folder) {
  HealthFact fact;
  fact.source = "disk";
  fact.condition = "full";
  fact.severity = "high";
  struct statvfs space {};
  if (::statvfs(folder.c_str(), &space) == 0 && space.f_blocks > 0) {
    const double free = static_cast<double>(space.f_bavail) * static_cast<double>(space.f_frsize);
    const double share = static_cast<double>(space.f_bavail) / static_cast<double>(space.f_blocks);
    constexpr double kGiB = 1024.0 * 1024 * 1024;
    disk_short_ = disk_short_ ? share < 0.07 || free < 1.5 * kGiB : share < 0.05 || free < kGiB;
    char text[96];
    std::snprintf(text, sizeof text, "%.1f GiB (%.0f %%) are free where the data is kept", free / kGiB, share * 100);
    disk_short_ = disk_short_ || crawl_paused_;
    fact.says = crawl_paused_ ? std::string("the disk is short, and nothing is fetched until there is room: ") + text
                : disk_short_ ? std::string("the disk is short: ") + text : std::string("the disk has room again: ") + text;
  }
  fact.bad = disk_short_;
  return fact;
}

// A day without another fault closes it.
std::optional<HealthFact> HealthWatch::store_fault(const std::string& folder, Instant now) {
  std::ifstream note(folder + kFaultNote);
  std::string at;
  if (!note || !std::getline(note, at)) return std::nullopt;
  const auto then = parse_rfc3339(at);
  HealthFact fact;
  fact.source = "disk";
  fact.condition = "fault";
  fact.severity = "high";
  fact.bad = then && now < *then + 24h;
  fact.says = fact.bad ? "the disk refused the store at " + at + ", and the service had to start again; nothing acknowledged is lost: check the disk (engine.fatal in the journal)"
                       : "the disk has served the store for a day";
  return fact;
}

// Due times, dates of what is seen and authority all hang on the clock of the day.
HealthFact HealthWatch::clock(Instant now, Millis steady) {
  const Millis offset = std::chrono::duration_cast<Millis>(now.time_since_epoch()) - steady;
  const Millis moved = offset_ ? offset - *offset_ : 0ms;
  offset_ = offset;
  if (moved > 1min || moved < -1min) {
    stepped_ = now;
    step_ = moved;
  }
  HealthFact fact;
  fact.source = "clock";
  fact.condition = "wrong";
  fact.bad = stepped_ && now < *stepped_ + 1h && now > *stepped_ - 1h;
  const auto seconds = std::to_string(step_.count() / 1000);
  fact.says = fact.bad ? "the clock of this machine jumped by " + seconds + " s: check its time service, and times seen around it"
                       : "the clock has run evenly for an hour";
  return fact;
}

// When mail itself is dead, mail cannot say so: what waits goes into the journal, once each, as label and severity only.
Result<HealthFact> HealthWatch::mail(Instant now) {
  HealthFact fact;
  fact.source = "mail";
  fact.condition = "dead";
  fact.severity = "high";
  std::size_t late = 0;
  bool tried = false;  // what nobody has tried yet waits for us, not for a server
  std::vector<Outgoing> unheard;  // without their content: a long outage holds much of it
  const auto waiting = store_.due_outgoing(now + 24h * 365, 1, [&](const Outgoing& message) {
    if (now - from_ms(message.created_ms()) < kDeadAfter) return false;
    ++late;
    tried = tried || message.state() == "deferred" || message.state() == "unknown";
    if (unheard.size() >= kMostMessages || !shouted_.insert(message.id()).second) return false;
    unheard.emplace_back().set_receiver(message.receiver());
    *unheard.back().mutable_alerts() = message.alerts();
    return false;
  });
  if (!waiting) return waiting.error();
  if (!tried) late = 0;
  for (const auto& message : tried ? unheard : std::vector<Outgoing>()) {
    for (const auto& key : message.alerts()) {
      auto alert = store_.alert(key);
      if (!alert) return std::move(alert).error();
      if (*alert) log::error("alert.undelivered", {{"alert", (*alert)->alert()}, {"severity", (*alert)->severity()}, {"receiver", message.receiver()}});
    }
  }
  if (late == 0) shouted_.clear();
  fact.bad = late > 0;
  fact.says = fact.bad ? std::to_string(late) + " messages have waited for more than an hour: the mail server does not take them"
                       : "messages leave again";
  return fact;
}

// A key that is about to end is told while there is time to get another.
std::optional<HealthFact> HealthWatch::key(const alerts::Receiver& receiver, Instant now) {
  if (receiver.key_file.empty()) return std::nullopt;
  constexpr auto kEarly = 30 * 24h;
  const auto& state = keys_.state(receiver.key_file, now);
  HealthFact fact;
  fact.source = "receiver " + receiver.name;
  fact.condition = "key";
  fact.bad = !state.usable || (state.expires && *state.expires - now < kEarly);
  fact.severity = state.usable ? "medium" : "high";
  const std::string whose = "the key of receiver " + receiver.name;
  if (!state.usable) fact.says = whose + " cannot be used, so it gets no details by mail: " + state.why;
  else if (fact.bad) fact.says = whose + " ends on " + to_rfc3339(*state.expires).substr(0, 10) + ": put a new one in its place";
  else fact.says = whose + " can be used";
  return fact;
}

// Well again: a day after the refusal, when something has arrived since and nothing was refused.
Result<std::optional<HealthFact>> HealthWatch::arrives_again(const alerts::Receiver& receiver, Instant now) {
  constexpr auto kProof = 24h;
  const auto well = undeliverable(receiver.name, false, "");
  auto standing = store_.alert(alerts::health_key(well));
  if (!standing) return std::move(standing).error();
  if (!*standing || !(*standing)->health().open()) return std::optional<HealthFact>();
  const Instant since = from_ms((*standing)->health().since_ms());
  if (now < since + kProof) return std::optional<HealthFact>();
  auto sent = store_.outgoing_since(receiver.name, std::max(since, now - 7 * 24h));
  if (!sent) return std::move(sent).error();
  bool arrived = false;
  for (const auto& message : *sent) {
    if (message.state() == "failed") return std::optional<HealthFact>();
    arrived = arrived || (message.state() == "handed_over" && from_ms(message.last_ms()) + kProof <= now);
  }
  return arrived ? std::optional<HealthFact>(well) : std::nullopt;
}

Result<bool> HealthWatch::give_sign(const Config& config, Instant now) {
  if (config.alerts.heartbeat == "off") return false;
  HealthFact named;
  named.source = "vigie";
  named.condition = "heartbeat";
  std::lock_guard lock(alerts_lock_);
  auto standing = store_.alert(alerts::health_key(named));
  if (!standing) return std::move(standing).error();
  const Instant last = *standing ? from_timestamp((*standing)->updated()) : *started_;
  const auto utc = alerts::Calendar::make("UTC");
  if (!utc) return false;
  const auto day = config.alerts.heartbeat == "weekly" ? std::optional<int>(0) : std::nullopt;
  if (utc->next(8 * 60, day, last) > now) return false;
  auto totals = store_.totals();
  if (!totals) return std::move(totals).error();
  int open = 0;
  const auto walked = store_.each_alert({}, [&](const Alert& alert) {
    if (alert.has_health() && alert.health().open()) ++open;
    return true;
  });
  if (!walked) return walked.error();
  auto alert = alerts::heartbeat(*standing, "Vigie is at work: " + std::to_string(totals->ads) + " ads of " + std::to_string(config.sites.size()) +
                                                " sites are known, " + std::to_string(totals->alerts) + " alerts stand, " + std::to_string(open) +
                                                " of them are open troubles of the service", now);
  if (alert.alert().empty()) {
    auto name = label_of(store_, now);
    if (!name) return std::move(name).error();
    alert.set_alert(*std::move(name));
  }
  if (auto put = store_.put_outgoing({}, {alert}); !put) return std::move(put).error();
  return true;
}

Result<bool> HealthWatch::look(const Config& config, Instant now, Millis steady) {
  if (!started_) started_ = now;
  if (last_ && now < *last_ + 1min && now >= *last_) return false;
  last_ = now;
  std::vector<HealthFact> facts = {disk(config.storage_path), clock(now, steady)};
  auto fault = store_fault(config.storage_path, now);
  if (fault) facts.push_back(*fault);
  for (const Scope& scope : config.scopes) facts.push_back(authority_of(scope, now));
  auto sending = mail(now);
  if (!sending) return std::move(sending).error();
  facts.push_back(*std::move(sending));
  for (const auto& receiver : config.alerts.receivers) {
    if (auto fact = key(receiver, now)) facts.push_back(*std::move(fact));
    auto well = arrives_again(receiver, now);
    if (!well) return std::move(well).error();
    if (*well) facts.push_back(**std::move(well));
  }
  bool any = false;
  for (const auto& fact : facts) {
    auto told = tell_fact(store_, alerts_lock_, fact, now);
    if (!told) return std::move(told).error();
    any = any || *told;
  }
  std::error_code ignored;
  if (fault && !fault->bad) std::filesystem::remove(config.storage_path + kFaultNote, ignored);
  auto sign = give_sign(config, now);
  if (!sign) return std::move(sign).error();
  return any || *sign;
}

}  // namespace vigie::app
