// vigie.yaml, section `alerts`: who is told what, when and how, and what contradicts itself there.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "alerts/seal.h"
#include "app/config_reader.h"
#include "core/text.h"

namespace vigie::app {
namespace {

using alerts::AlertOptions;
using alerts::Receiver;

constexpr std::string_view kDays = "mon tue wed thu fri sat sun";
constexpr double kWeek = 7 * 86'400'000.0;

int minutes_of(std::string_view clock) {
  const auto digit = [&](std::size_t i) { return clock[i] - '0'; };
  return (digit(0) * 10 + digit(1)) * 60 + digit(3) * 10 + digit(4);
}

void put_quiet(Receiver& r, const Value& v) {
  if (v.text.size() != 11) return;
  r.quiet_from = minutes_of(v.text.substr(0, 5));
  r.quiet_to = minutes_of(v.text.substr(6));
}

void put_day(Receiver& r, const Value& v) {
  const auto days = words_of(kDays);
  r.digest_day = static_cast<int>(std::find(days.begin(), days.end(), v.text) - days.begin());
}

/// A setting of `map` that says something although `because`: warned about where it stands.
void without_effect(Reader& reader, const yaml::Node& map, const char* key, std::string_view usual, const char* because) {
  const auto* value = value_at(map, key);
  if (value != nullptr && value->text != usual) reader.warning(value->at, std::string(key) + " has no effect: " + because);
}

void check_name(Reader& reader, const yaml::Node& map, const Receiver& receiver) {
  for (const auto& other : reader.session().config.alerts.receivers) {
    if (&other != &receiver && !receiver.name.empty() && other.name == receiver.name) {
      reader.error(value_at(map, "name")->at, "a second receiver named \"" + receiver.name + "\"");
    }
  }
}

/// Scopes and sites are judged when all scope files have been read.
void note_asked(Reader& reader, const yaml::Node& map, const char* key, const char* what, std::vector<Session::Asked>& asked) {
  const auto* list = value_at(map, key);
  if (list == nullptr) return;
  for (const auto& item : list->items) {
    if (item.kind != yaml::Kind::scalar || item.text == "*") continue;
    const auto text = std::string("no ") + what + " has the code \"" + text::escape_control(text::cut_utf8(item.text, 80)) + '"';
    asked.push_back({item.text, reader.source().fault(item.at, false, text, "")});
  }
}

/// An empty list would take everything, which is not what it looks like.
void check_lists(Reader& reader, const yaml::Node& map) {
  for (const char* key : {"scopes", "sites", "families", "kinds"}) {
    const auto* list = value_at(map, key);
    if (list != nullptr && list->kind == yaml::Kind::list && list->items.empty()) {
      reader.error(list->at, std::string(key) + ": an empty list names nothing", "leave it out, or [\"*\"], for all");
    }
  }
}

std::string shown(Millis t) {
  const auto ms = t.count();
  if (ms % 86'400'000 == 0) return std::to_string(ms / 86'400'000) + "d";
  if (ms % 3'600'000 == 0) return std::to_string(ms / 3'600'000) + "h";
  return ms % 60'000 == 0 ? std::to_string(ms / 60'000) + "m" : std::to_string(ms / 1000) + "s";
}

/// Times that stand side by side must be able to hold together.
void check_times(Reader& reader, const yaml::Node& map, const Receiver& r) {
  const auto* remind = value_at(map, "remind_every");
  if (remind != nullptr && r.remind_every > 0ms && r.batch_every > 0ms && (r.remind_every % r.batch_every).count() != 0) {
    const auto next = (r.remind_every / r.batch_every + 1) * r.batch_every;
    reader.error(remind->at, "remind_every must be a multiple of batch_every (" + shown(r.batch_every) + "): it could not be kept otherwise",
                 "like " + shown(next));
  }
  if (remind != nullptr && r.remind_every > 0ms && r.remind_every < 5min) {
    reader.error(remind->at, "remind_every: reminders less than 5 minutes apart are a flood", "5m or more, or 0s for none");
  }
  if (value_at(map, "escalate_after") != nullptr && r.escalate_after > 0ms) {
    without_effect(reader, map, "wait", "0s", "escalate_after counts from the alert itself");
  }
}

void check_hours(Reader& reader, const yaml::Node& map, const Receiver& r) {
  const auto* quiet = value_at(map, "quiet");
  const bool has_quiet = r.quiet_from != r.quiet_to;
  if (!has_quiet) without_effect(reader, map, "quiet_passes", "high", "there are no quiet hours");
  if (has_quiet && r.quiet_passes == "low") reader.error(value_at(map, "quiet_passes")->at, "quiet_passes: low lets everything pass, so quiet holds nothing back");
  const bool all_day = has_quiet && r.quiet_from == 0 && r.quiet_to == 24 * 60;
  if (all_day) reader.error(quiet->at, "quiet: the whole day, so nothing below quiet_passes would ever leave");
  if (r.digest.empty()) {
    const char* none = "there is no digest";
    const bool bounded = std::any_of(r.a_day.begin(), r.a_day.end(), [](const auto& row) { return row.second > 0; });
    if (!bounded) without_effect(reader, map, "digest_at", "07:30", none);
    without_effect(reader, map, "digest_day", "mon", none);
    without_effect(reader, map, "digest_below", "high", none);
    return;
  }
  const auto* digest = value_at(map, "digest");
  if (r.digest == "daily") without_effect(reader, map, "digest_day", "mon", "the digest is daily");
  if (r.digest_below == "low") reader.error(value_at(map, "digest_below")->at, "digest_below: low leaves nothing for the digest");
  if (r.digest_below == r.min_severity || (r.min_severity == "high" && r.digest_below == "medium")) {
    reader.warning(digest->at, "digest: empty for ever, since min_severity is " + r.min_severity + " and digest_below " + r.digest_below);
  }
  const bool inside = r.quiet_from < r.quiet_to ? r.digest_at >= r.quiet_from && r.digest_at < r.quiet_to
                                                : has_quiet && (r.digest_at >= r.quiet_from || r.digest_at < r.quiet_to);
  if (inside) reader.warning(digest->at, "digest: digest_at falls into the quiet hours, so it leaves at their end");
  if (r.escalate_after > 0ms) reader.error(digest->at, "digest: an escalation cannot wait for one", "leave out digest or escalate_after");
}

/// A secret's file must be there, and not for everybody's eyes.
void check_secret(Reader& reader, const yaml::Node& at, const std::string& path, const std::string& key) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    reader.error(at.at, key + ": no such file: " + text::escape_control(path));
  } else if ((status.st_mode & S_IROTH) != 0) {
    reader.warning(at.at, key + ": everybody on this machine can read it", "chmod 640, owner root, group vigie");
  }
}

/// Where it goes, by which way.
void check_way(Reader& reader, const yaml::Node& map, std::size_t where, Receiver& r) {
  const bool mail = r.via == "mail" || r.via == "sendmail";
  if (mail && value_at(map, "mail") == nullptr) reader.error(where, "alerts.receivers.mail is missing", "mail: desk@unit.example");
  const auto* to = value_at(map, "to");
  const std::size_t place = to != nullptr ? to->at : where;
  if (r.via == "webhook") {
    if (const auto wrong = complaint_about(Check::url, r.to)) return reader.error(place, "to: a webhook needs an address: " + wrong->text, "to: https://case.unit.example/vigie");
    const auto host = r.to.substr(std::min(r.to.size(), r.to.find("://") + 3));
    const auto name = host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find_first_of(":/"));
    if (!r.to.starts_with("https:") && !is_private_address(name)) reader.error(place, "to: alerts would travel in clear text", "https://");
    if (r.secret_file.empty()) reader.warning(place, "webhook without secret_file: nobody can tell our messages from forged ones");
  } else if (r.via == "command" || r.via == "file" || (r.via == "sendmail" && !r.to.empty())) {
    if (r.to.empty()) return reader.error(where, "to is missing: " + r.via + " needs a path");
    r.to = reader.resolved(r.to);
    if (r.via != "file" && access(r.to.c_str(), X_OK) != 0) reader.error(place, "to: no program that can be run: " + text::escape_control(r.to));
  } else {
    without_effect(reader, map, "to", "", "this way needs none");
  }
  const auto* secret = value_at(map, "secret_file");
  if (secret == nullptr || r.secret_file.empty()) return;
  if (r.via != "webhook") return without_effect(reader, map, "secret_file", "", "only a webhook is signed");
  r.secret_file = reader.resolved(r.secret_file);
  check_secret(reader, *secret, r.secret_file, "secret_file");
}

/// A key that is not good yet must not stop the daemon: its receiver gets less until it is.
void check_key(Reader& reader, const yaml::Node& map, Receiver& r) {
  const bool mail = r.via == "mail" || r.via == "sendmail";
  if (!mail) {
    without_effect(reader, map, "key_file", "", "only mail is encrypted");
    without_effect(reader, map, "detail", "summary", "only mail has it");
    r.key_file.clear();
    return;
  }
  if (r.key_file.empty()) {
    if (r.detail == "full") reader.error(value_at(map, "detail")->at, "detail: full would travel in clear text", "key_file: desk.pem");
    return;
  }
  r.key_file = reader.resolved(r.key_file);
  const auto state = alerts::look_at_key(r.key_file, std::chrono::system_clock::now());
  if (!state.usable) reader.warning(value_at(map, "key_file")->at, "key_file: " + state.why, "until it can be used, this receiver gets link_only");
}

void finish_receiver(Reader& reader, const yaml::Node& map, std::size_t where, void* target) {
  auto& receiver = *static_cast<Receiver*>(target);
  check_way(reader, map, where, receiver);
  check_key(reader, map, receiver);
  check_name(reader, map, receiver);
  check_lists(reader, map);
  note_asked(reader, map, "scopes", "scope", reader.session().asked_scopes);
  note_asked(reader, map, "sites", "site", reader.session().asked_sites);
  check_times(reader, map, receiver);
  check_hours(reader, map, receiver);
}

const Table& receiver_table() {
  static const Table table{"alerts.receivers", {
      {.name = "name", .why = "a short unique name, shown in the history of deliveries", .required = true, .check = Check::code,
       .put = put<Receiver>([](auto& r, const Value& v) { r.name = v.text; })},
      {.name = "mail", .why = "where messages go; needed for mail and sendmail", .check = Check::mailbox,
       .put = put<Receiver>([](auto& r, const Value& v) { r.mail = v.text; })},
      {.name = "via", .fallback = "mail", .why = "the way out; webhook, command and file get JSON Lines", .check = Check::choice,
       .choices = "mail sendmail webhook syslog command file", .put = put<Receiver>([](auto& r, const Value& v) { r.via = v.text; })},
      {.name = "to", .fallback = "\"\"", .why = "of a webhook its address, of command, file and sendmail a path", .check = Check::line,
       .put = put<Receiver>([](auto& r, const Value& v) { r.to = v.text; })},
      {.name = "secret_file", .fallback = "\"\"", .why = "a file with the key that signs a webhook", .check = Check::path,
       .put = put<Receiver>([](auto& r, const Value& v) { r.secret_file = v.text; })},
      {.name = "key_file", .fallback = "\"\"", .why = "an S/MIME certificate or OpenPGP key: its mail is encrypted", .check = Check::path,
       .put = put<Receiver>([](auto& r, const Value& v) { r.key_file = v.text; })},
      {.name = "detail", .fallback = "summary", .why = "full also tells an ad's title, text and contacts, and needs key_file; link_only tells labels",
       .check = Check::choice, .choices = "full summary link_only", .put = put<Receiver>([](auto& r, const Value& v) { r.detail = v.text; })},
      {.name = "scopes", .kind = Kind::list, .fallback = "[\"*\"]", .why = "codes of the scopes it is told about; \"*\" = all", .check = Check::line,
       .put = put<Receiver>([](auto& r, const Value& v) { r.scopes = v.list; })},
      {.name = "sites", .kind = Kind::list, .fallback = "[\"*\"]", .why = "codes of sites; an alert over several sites needs one of them", .check = Check::line,
       .put = put<Receiver>([](auto& r, const Value& v) { r.sites = v.list; })},
      {.name = "families", .kind = Kind::list, .fallback = "[\"*\"]", .why = "families of ads; an alert across families needs one of them",
       .check = Check::choice, .choices = "* service recruitment job travel housing mixed",
       .put = put<Receiver>([](auto& r, const Value& v) { r.families = v.list; })},
      {.name = "kinds", .kind = Kind::list, .fallback = "[\"*\"]", .why = "kinds of alerts", .check = Check::choice,
       .choices = "* new changed gone returned linked cluster watch health",
       .put = put<Receiver>([](auto& r, const Value& v) { r.kinds = v.list; })},
      {.name = "min_severity", .fallback = "low", .why = "what is below goes to nobody by this receiver", .check = Check::choice,
       .choices = "low medium high", .put = put<Receiver>([](auto& r, const Value& v) { r.min_severity = v.text; })},
      {.name = "wait", .kind = Kind::duration, .fallback = "0s", .why = "from a first alert to its message", .most = kWeek,
       .put = put<Receiver>([](auto& r, const Value& v) { r.wait = v.duration; })},
      {.name = "batch_every", .kind = Kind::duration, .fallback = "15m", .why = "at most one message in this time; the rest goes together",
       .most = kWeek, .put = put<Receiver>([](auto& r, const Value& v) { r.batch_every = v.duration; })},
      {.name = "remind_every", .kind = Kind::duration, .fallback = "0s", .why = "told again until somebody starts or dismisses it; 0s: never",
       .most = 4 * kWeek, .put = put<Receiver>([](auto& r, const Value& v) { r.remind_every = v.duration; })},
      {.name = "escalate_after", .kind = Kind::duration, .fallback = "0s", .why = "told only what nobody has started for so long; 0s: told at once",
       .most = 4 * kWeek, .put = put<Receiver>([](auto& r, const Value& v) { r.escalate_after = v.duration; })},
      {.name = "timezone", .fallback = "UTC", .why = "of the times below", .check = Check::timezone,
       .put = put<Receiver>([](auto& r, const Value& v) { r.timezone = v.text; })},
      {.name = "quiet", .fallback = "\"\"", .why = "hours without mail, like \"22:00-06:00\"; what waits leaves at their end", .check = Check::quiet,
       .put = put<Receiver>(put_quiet)},
      {.name = "quiet_passes", .fallback = "high", .why = "from this severity on, quiet hours hold nothing back", .check = Check::choice,
       .choices = "low medium high", .put = put<Receiver>([](auto& r, const Value& v) { r.quiet_passes = v.text; })},
      {.name = "digest", .fallback = "off", .why = "what is below digest_below leaves in one message a day or week", .check = Check::choice,
       .choices = "off daily weekly", .put = put<Receiver>([](auto& r, const Value& v) { r.digest = v.text == "off" ? "" : v.text; })},
      {.name = "digest_at", .fallback = "\"07:30\"", .why = "local time of the digest", .check = Check::clock,
       .put = put<Receiver>([](auto& r, const Value& v) { if (v.text.size() == 5) r.digest_at = minutes_of(v.text); })},
      {.name = "digest_day", .fallback = "mon", .why = "of a weekly digest", .check = Check::choice, .choices = kDays,
       .put = put<Receiver>(put_day)},
      {.name = "digest_below", .fallback = "high", .why = "what is graver does not wait for the digest", .check = Check::choice,
       .choices = "low medium high", .put = put<Receiver>([](auto& r, const Value& v) { r.digest_below = v.text; })},
      {.name = "high_a_day", .kind = Kind::integer, .fallback = "0", .why = "high alerts told as they come within 24 hours; the rest goes in one message at digest_at; 0: all",
       .least = 0, .most = 100000, .put = put<Receiver>([](auto& r, const Value& v) { r.a_day["high"] = static_cast<int>(v.number); })},
      {.name = "medium_a_day", .kind = Kind::integer, .fallback = "0", .why = "the same of medium ones", .least = 0, .most = 100000,
       .put = put<Receiver>([](auto& r, const Value& v) { r.a_day["medium"] = static_cast<int>(v.number); })},
      {.name = "low_a_day", .kind = Kind::integer, .fallback = "0", .why = "the same of low ones", .least = 0, .most = 100000,
       .put = put<Receiver>([](auto& r, const Value& v) { r.a_day["low"] = static_cast<int>(v.number); })},
      {.name = "restricted", .kind = Kind::flag, .fallback = "false", .why = "may receive the restricted path (a stated age under 18)",
       .put = put<Receiver>([](auto& r, const Value& v) { r.restricted = v.flag; })},
      {.name = "language", .fallback = "en", .why = "of the messages", .check = Check::language,
       .put = put<Receiver>([](auto& r, const Value& v) { r.language = v.text; })},
  }, finish_receiver};
  return table;
}

const Table& bounces_table() {
  static const Table table{"alerts.bounces", {
      {.name = "address", .fallback = "\"\"", .why = "the envelope's sender, where servers report what they could not deliver; empty: `from`",
       .check = Check::line, .put = put<AlertOptions>([](auto& a, const Value& v) { a.bounce_address = v.text; })},
      {.name = "maildir", .fallback = "\"\"", .why = "the Maildir of that address: what comes back is told; empty: nobody reads it", .check = Check::path,
       .put = put<AlertOptions>([](auto& a, const Value& v) { a.bounce_maildir = v.text; })},
  }, [](Reader& reader, const yaml::Node& map, std::size_t, void* target) {
    auto& options = *static_cast<AlertOptions*>(target);
    if (!options.bounce_address.empty() && !domain_of_mailbox(options.bounce_address)) {
      reader.error(value_at(map, "address")->at, "alerts.bounces.address: no mail address", "like bounces@unit.example");
    }
    if (options.bounce_maildir.empty()) return;
    options.bounce_maildir = reader.resolved(options.bounce_maildir);
    const bool readable = access((options.bounce_maildir + "/new").c_str(), R_OK | W_OK | X_OK) == 0;
    if (!readable) reader.warning(value_at(map, "maildir")->at, "alerts.bounces.maildir: its folder `new` cannot be read and written");
  }};
  return table;
}

const Table& smtp_table() {
  static const Table table{"alerts.smtp", {
      {.name = "url", .fallback = "\"smtp://127.0.0.1:25\"", .why = "smtp:// (STARTTLS by `tls`) or smtps://HOST:PORT", .check = Check::smtp_url,
       .put = put<AlertOptions>([](auto& a, const Value& v) { a.smtp_url = v.text; })},
      {.name = "tls", .fallback = "required", .why = "off and opportunistic show mail to everyone on the way", .check = Check::choice,
       .choices = "required opportunistic off", .put = put<AlertOptions>([](auto& a, const Value& v) { a.smtp_tls = v.text; })},
      {.name = "user", .fallback = "\"\"", .why = "empty: no login", .check = Check::line,
       .put = put<AlertOptions>([](auto& a, const Value& v) { a.smtp_user = v.text; })},
      {.name = "password_file", .fallback = "\"\"", .why = "a file that holds the password and nothing else; secrets never stand in YAML", .check = Check::path,
       .put = put<AlertOptions>([](auto& a, const Value& v) { a.smtp_password_file = v.text; })},
  }, [](Reader& reader, const yaml::Node& map, std::size_t, void* target) {
    auto& options = *static_cast<AlertOptions*>(target);
    const auto* file = value_at(map, "password_file");
    if (options.smtp_password_file.empty() || file == nullptr) {
      if (!options.smtp_user.empty()) reader.error(value_at(map, "user")->at, "alerts.smtp.user: a login needs a password_file");
      return;
    }
    options.smtp_password_file = reader.resolved(options.smtp_password_file);
    check_secret(reader, *file, options.smtp_password_file, "alerts.smtp.password_file");
  }};
  return table;
}

}  // namespace

const Table& alerts_table() {
  static const Table table{"alerts", {
      {.name = "from", .why = "the sender: \"Vigie <vigie@unit.example>\"; required once there is a receiver", .check = Check::mailbox,
       .put = put<Config>([](auto& c, const Value& v) { c.alerts.from = v.text; })},
      {.name = "receivers", .kind = Kind::tables, .fallback = "[]", .why = "who is told what", .inner = receiver_table,
       .into = go<Config>([](auto& c, const std::string&) { return &c.alerts.receivers.emplace_back(); })},
      {.name = "smtp", .kind = Kind::table, .why = "the mail server", .inner = smtp_table,
       .into = go<Config>([](auto& c, const std::string&) { return &c.alerts; })},
      {.name = "maildir", .fallback = "\"\"", .why = "set: messages are delivered into this Maildir instead of SMTP", .check = Check::path,
       .put = put<Config>([](auto& c, const Value& v) { c.alerts.maildir = v.text; })},
      {.name = "bounces", .kind = Kind::table, .why = "reports of what could not be delivered", .inner = bounces_table,
       .into = go<Config>([](auto& c, const std::string&) { return &c.alerts; })},
      {.name = "max_mails_per_hour", .kind = Kind::integer, .fallback = "60", .why = "per receiver; what is over it waits and goes together",
       .least = 1, .most = 10000, .put = put<Config>([](auto& c, const Value& v) { c.alerts.max_mails_per_hour = static_cast<int>(v.number); })},
      {.name = "flood_at", .kind = Kind::integer, .fallback = "25", .why = "more alerts of one site within an hour than this: the rest goes together, an hour after the last; 0: never",
       .least = 0, .most = 10000, .put = put<Config>([](auto& c, const Value& v) { c.alerts.flood_at = static_cast<int>(v.number); })},
      {.name = "heartbeat", .fallback = "weekly", .why = "a sign of life by mail, Monday 08:00 UTC or each day: silence is no proof", .check = Check::choice,
       .choices = "off daily weekly", .put = put<Config>([](auto& c, const Value& v) { c.alerts.heartbeat = v.text; })},
  }, [](Reader& reader, const yaml::Node& map, std::size_t where, void* target) {
    auto& options = static_cast<Config*>(target)->alerts;
    options.maildir = reader.resolved(options.maildir);
    if (const auto domain = domain_of_mailbox(options.from)) options.host = *domain;
    if (value_at(map, "from") == nullptr && !options.receivers.empty()) {
      reader.error(where, "alerts.from is missing: receivers need a sender", "from: \"Vigie <vigie@unit.example>\"");
    }
  }};
  return table;
}

}  // namespace vigie::app
