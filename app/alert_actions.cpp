#include "app/alert_actions.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "alerts/alerts.h"
#include "app/common.h"
#include "app/control.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/text.h"

namespace vigie::app {
namespace {

using Request = google::protobuf::Struct;

std::string text_of(const Request& request, const char* key) {
  const auto found = request.fields().find(key);
  return found == request.fields().end() ? std::string() : text::fold_space(text::repair_utf8(text::cut_utf8(found->second.string_value(), 500)));
}

Status note(storage::Store& store, const Request& request, const std::string& object, Instant now) {
  LogEntry entry;
  entry.set_at_ms(to_ms(now));
  entry.set_operation("alteration");
  entry.set_actor(text_of(request, "author"));
  entry.set_object(object);
  const auto reason = text_of(request, "reason");
  entry.set_reason(text_of(request, "command") + (reason.empty() ? "" : ": " + reason));
  return store.append_log({entry});
}

Result<Alert> named(storage::Store& store, const std::string& label) {
  auto alert = store.alert_named(label);
  if (!alert) return std::move(alert).error();
  if (!*alert) return fail(Errc::not_found, "no such alert: " + text::escape_control(label));
  return **std::move(alert);
}

Result<std::string> start(storage::Store& store, const Request& request, Instant now) {
  auto alert = named(store, text_of(request, "alert"));
  if (!alert) return std::move(alert).error();
  if (alert->status() == "dismissed") return fail(Errc::refused, alert->alert() + " was dismissed by " + alert->dismissed_by());
  if (alert->has_started()) {
    return fail(Errc::refused, alert->alert() + " was started by " + alert->started_by() + " at " + to_rfc3339(from_timestamp(alert->started())));
  }
  alert->set_started_by(text_of(request, "author"));
  *alert->mutable_started() = to_timestamp(now);
  if (auto put = store.put_outgoing({}, {*alert}); !put) return std::move(put).error();
  if (auto noted = note(store, request, alert->key(), now); !noted) return std::move(noted).error();
  return alert->alert() + " started by " + alert->started_by();
}

// What is dismissed stays in the list with who and why: it is never deleted, and the same finding is not mailed again.
Result<std::string> dismiss(storage::Store& store, const Request& request, Instant now) {
  auto alert = named(store, text_of(request, "alert"));
  if (!alert) return std::move(alert).error();
  if (text_of(request, "reason").empty()) return fail(Errc::malformed, "dismiss: a reason is needed");
  if (alert->status() == "dismissed") return fail(Errc::refused, alert->alert() + " was dismissed by " + alert->dismissed_by());
  alert->set_status("dismissed");
  alert->set_dismissed_by(text_of(request, "author"));
  alert->set_dismiss_reason(text_of(request, "reason"));
  *alert->mutable_dismissed() = to_timestamp(now);
  if (auto put = store.put_outgoing({}, {*alert}); !put) return std::move(put).error();
  if (auto noted = note(store, request, alert->key(), now); !noted) return std::move(noted).error();
  return alert->alert() + " dismissed by " + alert->dismissed_by();
}

Result<Instant> expiry_of(const Request& request, Instant now) {
  constexpr Millis kLongest = 90 * 24h;
  const auto lasts = text_of(request, "lasts");
  auto time = lasts.empty() ? Result<Millis>(24h) : parse_duration(lasts);
  if (!time) return std::move(time).error().in("--for");
  if (*time <= 0ms || *time > kLongest) return fail(Errc::malformed, "--for: more than nothing, at most 90d");
  return now + *time;
}

Result<std::string> add_silence(storage::Store& store, const Request& request, Instant now) {
  auto expires = expiry_of(request, now);
  if (!expires) return std::move(expires).error();
  Silence silence;
  silence.set_author(text_of(request, "author"));
  silence.set_reason(text_of(request, "reason"));
  *silence.mutable_created() = to_timestamp(now);
  *silence.mutable_expires() = to_timestamp(*expires);
  silence.set_scope(text_of(request, "scope"));
  silence.set_site(text_of(request, "site"));
  silence.set_kind(text_of(request, "kind"));
  if (const auto label = text_of(request, "alert"); !label.empty()) {
    auto alert = named(store, label);
    if (!alert) return std::move(alert).error();
    silence.set_key(alert->key());
  }
  const auto up_to = text_of(request, "up_to");
  silence.set_up_to(up_to.empty() ? "medium" : up_to);
  if (silence.reason().empty()) return fail(Errc::malformed, "silence: a reason is needed");
  if (silence.scope().empty() && silence.site().empty() && silence.kind().empty() && silence.key().empty()) {
    return fail(Errc::malformed, "silence: name what is to be silent: --scope, --site, --kind or --alert");
  }
  silence.set_id("S-" + short_id(silence.SerializeAsString()).substr(0, 8));
  if (auto put = store.put_silence(silence); !put) return std::move(put).error();
  if (auto noted = note(store, request, silence.id(), now); !noted) return std::move(noted).error();
  return silence.id() + " until " + to_rfc3339(*expires);
}

Result<std::string> expire_silence(storage::Store& store, const Request& request, Instant now) {
  const auto id = text_of(request, "id");
  auto standing = store.silences(now);
  if (!standing) return std::move(standing).error();
  for (auto& silence : *standing) {
    if (silence.id() != id) continue;
    *silence.mutable_expires() = to_timestamp(now);
    if (auto put = store.put_silence(silence); !put) return std::move(put).error();
    if (auto noted = note(store, request, id, now); !noted) return std::move(noted).error();
    return id + " has ended";
  }
  return fail(Errc::not_found, "no such silence in force: " + text::escape_control(id));
}

struct Action {
  std::string_view command;
  Result<std::string> (*run)(storage::Store&, const Request&, Instant);
};
constexpr Action kActions[] = {{"start", start}, {"dismiss", dismiss}, {"silence.add", add_silence}, {"silence.expire", expire_silence}};

}  // namespace

bool is_alert_action(const std::string& command) {
  return std::any_of(std::begin(kActions), std::end(kActions), [&](const Action& a) { return a.command == command; });
}

Result<std::string> act_on_alerts(storage::Store& store, const Request& request, Instant now) {
  const auto command = text_of(request, "command");
  if (text_of(request, "author").empty()) return fail(Errc::malformed, command + ": an author is needed");
  for (const Action& action : kActions) {
    if (action.command == command) return action.run(store, request, now);
  }
  return fail(Errc::not_found, "unknown action: " + command);
}

int change_alerts(const std::string& folder, const Request& request) {
  auto asked = ask_daemon(control_path(folder), to_json(request), [](std::string_view line) {
    std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
  });
  if (!asked) return complain(asked.error());
  if (*asked) return **asked;
  auto store = open_store(folder, storage::Access::read_write);
  if (!store) return complain(store.error());
  auto done = act_on_alerts(**store, request, wall_clock());
  if (!done) return complain(done.error());
  std::printf("%s\n", done->c_str());
  return 0;
}

}  // namespace vigie::app
