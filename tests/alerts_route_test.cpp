#include <doctest/doctest.h>

#include <map>

#include "alerts/calendar.h"
#include "alerts/route.h"
#include "alerts_world.h"

using namespace vigie;
using namespace vigie::alerts;

namespace {

Instant utc(const char* text) { return *parse_rfc3339(text); }

Receiver brussels() {
  Receiver r = options().receivers[0];
  r.timezone = "Europe/Brussels";
  return r;
}

/// A daemon that looks once a minute, knows nothing of `again`, and says when the message of one alert left.
std::optional<Instant> left_at(Alert alert, const AlertOptions& options, Instant from, Instant to) {
  alert.set_status("pending");
  alert.set_due_ms(to_ms(from));
  *alert.mutable_created() = *alert.mutable_updated() = to_timestamp(from);
  for (Instant now = from; now <= to; now += 1min) {
    const Plan p = plan({alert}, options, {}, now, false);
    if (!p.messages.empty()) return now;
    for (const Alert& moved : p.alerts) alert = moved;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("each condition of a receiver can keep an alert from it, and says so") {
  Alert a = alert(1, "medium");
  a.mutable_briefs(0)->set_family("service");
  a.mutable_briefs(1)->set_family("job");
  const struct { const char* why; void (*set)(Receiver&); } rows[] = {
      {"its scopes are SOUTH-02", [](Receiver& r) { r.scopes = {"SOUTH-02"}; }},
      {"its sites are housing-1", [](Receiver& r) { r.sites = {"housing-1"}; }},
      {"its families are travel", [](Receiver& r) { r.families = {"travel"}; }},
      {"its kinds are watch, health", [](Receiver& r) { r.kinds = {"watch", "health"}; }},
      {"its min_severity is high", [](Receiver& r) { r.min_severity = "high"; }},
  };
  for (const auto& row : rows) {
    CAPTURE(row.why);
    Receiver r = brussels();
    row.set(r);
    const auto no = refusal(r, a);
    REQUIRE(no);
    CHECK(*no == row.why);
    auto o = options();
    o.receivers = {r};
    CHECK(plan({a}, o, {}, kNow, true).messages.empty());  // the planner keeps to it
    CHECK_FALSE(timetable(a, o, kNow)[0].at);
  }
  SUBCASE("one site or family of several is enough; what has none concerns everybody") {
    Receiver r = brussels();
    r.sites = {"jobs"};
    r.families = {"service"};
    CHECK_FALSE(refusal(r, a));
    a.clear_sites();
    a.clear_briefs();
    CHECK_FALSE(refusal(r, a));
  }
}

TEST_CASE("what the timetable says is what happens, minute by minute, over both clock changes") {
  std::map<std::string, Receiver> receivers;
  receivers["at once"] = brussels();
  receivers["wait"] = brussels();
  receivers["wait"].wait = 20min;
  receivers["quiet"] = brussels();
  receivers["quiet"].quiet_from = 22 * 60;
  receivers["quiet"].quiet_to = 6 * 60;
  receivers["quiet inside the change"] = brussels();
  receivers["quiet inside the change"].quiet_from = 30;
  receivers["quiet inside the change"].quiet_to = 2 * 60 + 30;
  receivers["digest"] = brussels();
  receivers["digest"].digest = "daily";
  receivers["digest at a skipped time"] = brussels();
  receivers["digest at a skipped time"].digest = "daily";
  receivers["digest at a skipped time"].digest_at = 2 * 60 + 30;
  receivers["weekly on the day of the change"] = brussels();
  receivers["weekly on the day of the change"].digest = "weekly";
  receivers["weekly on the day of the change"].digest_day = 6;
  receivers["weekly on the day of the change"].digest_at = 3 * 60;
  const char* moments[] = {"2027-03-27T20:00:00Z", "2027-03-28T00:10:00Z", "2027-03-28T00:59:00Z", "2027-03-28T01:00:00Z", "2027-03-28T03:00:00Z",
                           "2027-10-30T20:00:00Z", "2027-10-31T00:10:00Z", "2027-10-31T00:45:00Z", "2027-10-31T01:10:00Z", "2027-10-31T02:00:00Z"};
  for (const auto& [name, receiver] : receivers) {
    for (const char* moment : moments) {
      CAPTURE(name);
      CAPTURE(moment);
      auto o = options();
      o.receivers = {receiver};
      const auto told = timetable(alert(1, "medium"), o, utc(moment));
      REQUIRE(told.size() == 1);
      REQUIRE(told[0].at);
      const auto left = left_at(alert(1, "medium"), o, utc(moment), utc(moment) + 8 * 24h);
      REQUIRE(left);
      CHECK(to_rfc3339(*told[0].at) == to_rfc3339(*left));
    }
  }
}

TEST_CASE("the timetable in figures: a night, its end by the wall, a grave one, reminders") {
  auto o = options();
  Receiver r = brussels();
  r.quiet_from = 22 * 60;
  r.quiet_to = 6 * 60;
  r.remind_every = 4h;
  o.receivers = {r};
  const auto medium = timetable(alert(1, "medium"), o, utc("2027-03-28T00:10:00Z"));  // 01:10 on the wall, an hour that is cut short
  CHECK(to_rfc3339(*medium[0].at) == "2027-03-28T04:00:00Z");                           // 06:00 summer time
  CHECK(medium[0].why.find("outside quiet hours") != std::string::npos);
  REQUIRE(medium[0].reminders.size() == 3);
  CHECK(to_rfc3339(medium[0].reminders[0]) == "2027-03-28T08:00:00Z");
  CHECK(to_rfc3339(medium[0].reminders[2]) == "2027-03-28T16:00:00Z");
  CHECK(to_rfc3339(*timetable(alert(1, "high"), o, utc("2027-03-28T00:10:00Z"))[0].at) == "2027-03-28T00:10:00Z");
  CHECK(Calendar::make("Europe/Brussels")->wall(utc("2027-03-28T04:00:00Z")) == "Sun 2027-03-28 06:00");
  SUBCASE("an escalation leaves when nobody has started; a silence keeps everything") {
    o.receivers[0].quiet_to = o.receivers[0].quiet_from;
    o.receivers[0].escalate_after = 30min;
    CHECK(to_rfc3339(*timetable(alert(), o, kNow)[0].at) == to_rfc3339(kNow + 30min));
    o.silences = {silence("S-9", kNow + 1h, "high")};
    o.silences[0].set_scope("NORTH-01");
    CHECK_FALSE(timetable(alert(), o, kNow)[0].at);
  }
}
