// Who would get an alert, and when its mails would leave.
#include <google/protobuf/struct.pb.h>

#include <algorithm>
#include <charconv>

#include "alerts/calendar.h"
#include "alerts/route.h"
#include "app/arguments.h"
#include "app/common.h"
#include "app/output.h"
#include "core/text.h"

namespace vigie::app {
namespace {

using Row = google::protobuf::Struct;

Alert described(const Arguments& arguments, const Config& config) {
  Alert alert;
  alert.set_kind(arguments.kind.empty() ? "new" : arguments.kind);
  alert.set_severity(arguments.severity.empty() ? "medium" : arguments.severity);
  alert.set_scope(arguments.scope);
  alert.set_bypass_digest(alert.kind() == "watch");
  std::string family = arguments.family;
  if (!arguments.site.empty()) alert.add_sites(arguments.site);
  for (const auto& site : config.sites) {
    if (site.site() != arguments.site) continue;
    if (alert.scope().empty()) alert.set_scope(site.scope());
    if (family.empty()) family = site.family();
  }
  if (!family.empty()) alert.add_briefs()->set_family(family);
  return alert;
}

/// "mon 02:10": the next such time on the receiver's wall. Else RFC 3339, or nothing for now.
Result<Instant> moment(const std::string& text, const std::string& zone, Instant now) {
  if (text.empty()) return now;
  static const std::vector<std::string> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  const auto day = std::find(kDays.begin(), kDays.end(), text.substr(0, 3));
  if (day == kDays.end()) return parse_when(text, now);
  int hour = -1, minute = -1;
  const bool shaped = text.size() == 9 && text[3] == ' ' && text[6] == ':';
  if (shaped) {
    std::from_chars(text.data() + 4, text.data() + 6, hour);
    std::from_chars(text.data() + 7, text.data() + 9, minute);
  }
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return fail(Errc::malformed, "\"" + text::escape_control(text) + "\" is no day with a time, like \"mon 02:10\"");
  auto calendar = alerts::Calendar::make(zone);
  if (!calendar) return std::move(calendar).error();
  return calendar->next(hour * 60 + minute, static_cast<int>(day - kDays.begin()), now);
}

void put(Row& row, const char* key, const std::string& value) { (*row.mutable_fields())[key].set_string_value(value); }

int test(const Arguments& arguments, const Config& config) {
  const Alert alert = described(arguments, config);
  Output output(arguments.output, {"receiver", "gets", "why"});
  bool any = false;
  for (const auto& receiver : config.alerts.receivers) {
    const auto no = alerts::refusal(receiver, alert);
    any = any || !no;
    Row row;
    put(row, "receiver", receiver.name);
    put(row, "gets", no ? "no" : "yes");
    put(row, "why", no ? *no : receiver.escalate_after > 0ms ? "if nobody has started it in time" : "all of its conditions hold");
    output.row(row);
  }
  return any ? 0 : 1;
}

int timetable(const Arguments& arguments, const Config& config) {
  const Alert alert = described(arguments, config);
  Output output(arguments.output, {"receiver", "raised", "leaves", "local", "why", "reminders"});
  for (const auto& receiver : config.alerts.receivers) {
    auto at = moment(arguments.at, receiver.timezone, wall_clock());
    if (!at) {
      complain("--at: " + at.error().text);
      return 2;
    }
    auto options = config.alerts;
    options.receivers = {receiver};
    const auto departure = alerts::timetable(alert, options, *at).front();
    Row row;
    put(row, "receiver", receiver.name);
    put(row, "raised", to_rfc3339(*at));
    put(row, "leaves", departure.at ? to_rfc3339(*departure.at) : "never");
    const auto zone = alerts::Calendar::make(receiver.timezone);
    if (departure.at && zone) put(row, "local", zone->wall(*departure.at) + " " + receiver.timezone);
    put(row, "why", departure.why);
    std::vector<std::string> reminders;
    for (const Instant one : departure.reminders) reminders.push_back(to_rfc3339(one));
    if (!reminders.empty()) put(row, "reminders", text::join(reminders, ", "));
    output.row(row);
  }
  return 0;
}

}  // namespace

int run_route(const Arguments& arguments) {
  auto ready = make_ready(arguments);
  if (!ready) return complain(ready.error());
  const auto& action = arguments.words.front();
  if (arguments.words.size() == 1 && action == "test") return test(arguments, *ready->config);
  if (arguments.words.size() == 1 && action == "timetable") return timetable(arguments, *ready->config);
  complain("route: test or timetable");
  return 2;
}

}  // namespace vigie::app
