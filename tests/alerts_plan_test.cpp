#include <doctest/doctest.h>

#include <set>
#include <utility>

#include "alerts/message.h"
#include "alerts_world.h"
#include "core/text.h"

using namespace vigie;
using namespace vigie::alerts;

namespace {

/// What the store would hold after the plan: changed alerts take the place of the old ones.
std::vector<Alert> after(std::vector<Alert> due, const Plan& plan) {
  for (Alert& a : due) {
    for (const Alert& changed : plan.alerts) {
      if (changed.key() == a.key()) a = changed;
    }
  }
  return due;
}

Alert alert_due(int n, Instant at) {
  Alert a = alert(n, "medium");
  a.set_due_ms(to_ms(at));
  return a;
}

}  // namespace

TEST_CASE("one alert for one receiver is one message, fixed for ever") {
  const auto p = plan({alert()}, options(), {}, kNow, false);
  REQUIRE(p.messages.size() == 1);
  CHECK(p.messages[0].receiver() == "desk");
  CHECK(p.messages[0].mail_to() == "desk@unit.example");
  CHECK(p.messages[0].mail_from() == "vigie@unit.example");
  CHECK(p.messages[0].state() == "pending");
  CHECK(p.messages[0].reason() == "single");
  REQUIRE(p.alerts.size() == 1);
  REQUIRE(p.alerts[0].deliveries_size() == 1);
  CHECK(p.alerts[0].deliveries(0).message_id() == p.messages[0].message_id());
  CHECK_FALSE(p.alerts[0].has_due_ms());
  CHECK_FALSE(p.again);
  SUBCASE("planned again, the same bytes") {
    CHECK(plan({alert()}, options(), {}, kNow, false).messages[0].SerializeAsString() == p.messages[0].SerializeAsString());
  }
  SUBCASE("planned later, the same Message-ID") {
    const auto later = plan({alert()}, options(), {}, kNow + 5h, false);
    REQUIRE(later.messages.size() == 1);
    CHECK(later.messages[0].message_id() == p.messages[0].message_id());
    CHECK(later.messages[0].id() == p.messages[0].id());
  }
  SUBCASE("what has been told is not told again, nor touched") {
    const auto again = plan(after({alert()}, p), options(), {}, kNow + 1min, false);
    CHECK(again.messages.empty());
    CHECK(again.alerts.empty());
    CHECK_FALSE(again.again);
  }
}

TEST_CASE("who gets an alert: scope, severity, and the mark for restricted ones") {
  auto o = options();
  Receiver& r = o.receivers[0];
  Alert a = alert(1, "medium");
  const auto told = [&] { return !plan({a}, o, {}, kNow, false).messages.empty(); };
  CHECK(told());
  SUBCASE("another scope") { r.scopes = {"SOUTH-02"}; CHECK_FALSE(told()); }
  SUBCASE("its scope among others") { r.scopes = {"SOUTH-02", "NORTH-01"}; CHECK(told()); }
  SUBCASE("too low") { r.min_severity = "high"; CHECK_FALSE(told()); }
  SUBCASE("just high enough") { r.min_severity = "medium"; CHECK(told()); }
  SUBCASE("an alert of no scope concerns everybody") { r.scopes = {"SOUTH-02"}; a.clear_scope(); CHECK(told()); }
  SUBCASE("restricted, receiver not marked") { a.set_restricted(true); CHECK_FALSE(told()); }
  SUBCASE("restricted, receiver marked") { a.set_restricted(true); r.restricted = true; CHECK(told()); }
  SUBCASE("nobody: kept, and said to be suppressed") {
    r.scopes = {"SOUTH-02"};
    const auto p = plan({a}, o, {}, kNow, false);
    REQUIRE(p.alerts.size() == 1);
    CHECK(p.alerts[0].status() == "suppressed");
  }
}

TEST_CASE("`wait` counts from the first alert; all that came meanwhile go with it") {
  auto o = options();
  o.receivers[0].wait = 5min;
  const std::vector<Alert> due = {alert_due(1, kNow), alert_due(2, kNow + 4min)};
  const auto early = plan(due, o, {}, kNow + 4min, false);
  CHECK(early.messages.empty());
  REQUIRE(early.again);
  CHECK(*early.again == kNow + 5min);
  for (const Alert& a : early.alerts) CHECK(a.status() == "pending");
  const auto p = plan(after(due, early), o, {}, kNow + 5min, false);
  REQUIRE(p.messages.size() == 1);
  CHECK(p.messages[0].alerts_size() == 2);
  CHECK(p.messages[0].reason() == "grouped");
}

TEST_CASE("`batch_every`: at most one message in this time, the rest goes together") {
  const auto o = options();  // 15 min
  const std::vector<Sent> sent = {{"desk", kNow, "single"}, {"other", kNow + 9min, "single"}};
  const std::vector<Alert> due = {alert_due(1, kNow + 1min), alert_due(2, kNow + 2min)};
  const auto early = plan(due, o, sent, kNow + 15min - 1s, false);
  CHECK(early.messages.empty());
  REQUIRE(early.again);
  CHECK(*early.again == kNow + 15min);
  CHECK(plan(due, o, sent, kNow + 15min, false).messages.size() == 1);
  SUBCASE("a flush does not wait") {
    const auto p = plan(due, o, sent, kNow + 2min, true);
    REQUIRE(p.messages.size() == 1);
    CHECK(p.messages[0].alerts_size() == 2);
  }
  SUBCASE("a receiver who got nothing lately does not wait") {
    CHECK(plan(due, o, {{"other", kNow, ""}}, kNow + 2min, false).messages.size() == 1);
  }
}

TEST_CASE("a first pass: what is kept as digest is never mailed singly, what must not wait leaves at once") {
  Alert kept = alert(1);
  kept.set_status("digest");
  CHECK(plan({kept}, options(), {}, kNow, true).messages.empty());
  CHECK(plan({kept}, options(), {}, kNow, true).alerts.empty());
  SUBCASE("a watch hit, in spite of `wait` and a fresh batch") {
    auto o = options();
    o.receivers[0].wait = 1h;
    kept.set_bypass_digest(true);
    const auto p = plan({kept, alert(2)}, o, {{"desk", kNow - 1min, "single"}}, kNow, false);
    REQUIRE(p.messages.size() == 1);
    REQUIRE(p.messages[0].alerts_size() == 1);
    CHECK(p.messages[0].alerts(0) == kept.key());
    CHECK(p.messages[0].reason() == "at_once");
  }
  SUBCASE("what left at once does not push the ordinary batch back") {
    CHECK(plan({alert(2)}, options(), {{"desk", kNow - 1min, "at_once"}}, kNow, false).messages.size() == 1);
  }
}

TEST_CASE("restricted alerts travel alone") {
  auto o = options();
  o.receivers[0].restricted = true;
  Alert r = alert(2);
  r.set_restricted(true);
  r.set_bypass_digest(true);
  const auto p = plan({alert(1), r}, o, {}, kNow, false);
  REQUIRE(p.messages.size() == 2);
  std::set<std::string> reasons;
  for (const auto& m : p.messages) {
    CHECK(m.alerts_size() == 1);
    reasons.insert(m.reason());
  }
  CHECK(reasons == std::set<std::string>{"restricted", "single"});
}

TEST_CASE("the hourly limit: one notice, and nothing is lost") {
  auto o = options();
  o.max_mails_per_hour = 3;
  o.receivers[0].batch_every = 0ms;
  std::vector<Alert> due;
  std::vector<Sent> sent;
  std::multiset<std::string> told;
  int notices = 0, mails = 0;
  for (int minute = 0; minute < 180; ++minute) {
    const Instant now = kNow + minute * 1min;
    if (minute < 40) due.push_back(alert_due(minute, now));
    const auto p = plan(due, o, sent, now, false);
    due = after(std::move(due), p);
    for (const auto& m : p.messages) {
      sent.push_back({m.receiver(), now, m.reason()});
      ++mails;
      if (m.reason() == "throttled") ++notices;
      told.insert(m.alerts().begin(), m.alerts().end());
    }
  }
  CHECK(told.size() == 40);
  CHECK(std::set<std::string>(told.begin(), told.end()).size() == 40);
  CHECK(notices == 1);
  CHECK(mails <= 3 * 3 + notices);
}

TEST_CASE("an alert that grows is told again under a new id, as an answer to the last message") {
  Alert a = alert();
  const auto first = plan({a}, options(), {}, kNow, false);
  a = first.alerts.at(0);
  Outgoing delivered = first.messages.at(0);
  delivered.set_state("handed_over");
  REQUIRE(record(delivered, a));
  CHECK(a.status() == "sent");
  a.set_revision(1);
  a.set_status("pending");
  a.add_new_ads("annonces/9");
  const auto p = plan({a}, options(), {}, kNow + 1h, false);
  REQUIRE(p.messages.size() == 1);
  CHECK(p.messages[0].message_id() != delivered.message_id());
  CHECK(p.messages[0].reason() == "update");
  CHECK(p.messages[0].content().find("In-Reply-To: " + delivered.message_id()) != std::string::npos);
  CHECK(p.alerts.at(0).status() == "pending");
  SUBCASE("the earlier delivery stays on record") { CHECK(p.alerts[0].deliveries_size() == 2); }
  SUBCASE("two revisions that waited are one message") {
    a.set_revision(2);
    CHECK(plan({a}, options(), {}, kNow + 1h, false).messages.size() == 1);
  }
}

TEST_CASE("two receivers: one message each, one address each; the slower one keeps the alert open") {
  auto o = options();
  Receiver night = o.receivers[0];
  night.name = "night";
  night.mail = "night@unit.example";
  night.wait = 1h;
  o.receivers.push_back(night);
  std::vector<Alert> due = {alert()};
  const auto p = plan(due, o, {}, kNow, false);
  REQUIRE(p.messages.size() == 1);
  due = after(due, p);
  Outgoing delivered = p.messages[0];
  delivered.set_state("handed_over");
  REQUIRE(record(delivered, due[0]));
  CHECK(due[0].status() == "pending");
  CHECK(due[0].has_due_ms());
  const auto later = plan(due, o, {{"desk", kNow, "single"}}, kNow + 1h, false);
  REQUIRE(later.messages.size() == 1);
  CHECK(later.messages[0].mail_to() == "night@unit.example");
  CHECK(later.messages[0].message_id() != delivered.message_id());
}

TEST_CASE("the state of an alert follows its deliveries") {
  Alert a;
  const auto with = [&](std::initializer_list<const char*> states) {
    a.clear_deliveries();
    for (const char* s : states) {
      Delivery& d = *a.add_deliveries();
      d.set_state(s);
      d.set_message_id("<x@y>");
    }
    return status_of(a);
  };
  CHECK(with({}) == "pending");
  CHECK(with({"pending"}) == "pending");
  CHECK(with({"deferred"}) == "pending");
  CHECK(with({"unknown"}) == "pending");
  CHECK(with({"handed_over"}) == "sent");
  CHECK(with({"failed", "handed_over"}) == "sent");
  CHECK(with({"failed"}) == "failed");
  CHECK(with({"failed", "deferred"}) == "pending");
  a.set_status("dismissed");
  CHECK(with({"handed_over"}) == "dismissed");
}

TEST_CASE("a wrong address in the configuration is said on the alert, not thrown and not retried for ever") {
  auto o = options();
  o.receivers[0].mail = "desk@unit.example\r\nBcc: x@other.example";
  const auto p = plan({alert()}, o, {}, kNow, false);
  CHECK(p.messages.empty());
  REQUIRE(p.alerts.size() == 1);
  CHECK(p.alerts[0].status() == "failed");
  CHECK(p.alerts[0].deliveries(0).answer().find("receiver desk") == 0);
}

TEST_CASE("a flood of 10,000 alerts is one message of bounded size, and every alert is accounted for") {
  std::vector<Alert> due;
  for (int i = 0; i < 10000; ++i) due.push_back(alert_due(i, kNow));
  const auto p = plan(due, options(), {}, kNow, true);
  REQUIRE(p.messages.size() == 1);
  CHECK(p.messages[0].alerts_size() == 10000);
  CHECK(p.messages[0].content().size() < 4000000);
  CHECK(p.alerts.size() == 10000);
  std::vector<Told> told;
  for (const Alert& a : due) told.push_back({&a, false, ""});
  const std::string plain = to_plain(blocks_of(told, options().receivers[0], options(), "0123456789abcdef"));
  std::set<std::string> named;
  for (const auto line : text::split(plain, '\n')) {
    const auto at = line.find("A-2026-");
    if (at != std::string_view::npos) named.emplace(line.substr(at, line.find(' ', at) - at));
  }
  for (const Alert& a : due) CHECK(named.contains(a.alert()));
}

TEST_CASE("quiet hours hold back what is not grave, and lose nothing") {
  auto o = options();
  Receiver& desk = o.receivers[0];
  desk.timezone = "Europe/Brussels";
  desk.quiet_from = 22 * 60;
  desk.quiet_to = 7 * 60;
  const Instant night = *parse_rfc3339("2027-03-27T23:00:00Z"), morning = *parse_rfc3339("2027-03-28T05:00:00Z");
  Alert grave = alert_due(1, night), light = alert_due(2, night);
  grave.set_severity("high");
  Alert watch = alert_due(3, night);
  watch.set_bypass_digest(true);
  const auto at_night = plan({grave, light, watch}, o, {}, night, false);
  REQUIRE(at_night.messages.size() == 2);
  CHECK(at_night.messages[0].alerts(0) == watch.key());
  CHECK(at_night.messages[1].alerts_size() == 1);
  CHECK(at_night.messages[1].alerts(0) == grave.key());
  REQUIRE(at_night.again);
  CHECK(*at_night.again == morning);  // the night is an hour shorter
  const auto waiting = after({grave, light, watch}, at_night);
  CHECK(plan(waiting, o, {}, morning - 1s, false).messages.empty());
  const auto later = plan(waiting, o, {}, morning, false);
  REQUIRE(later.messages.size() == 1);
  CHECK(later.messages[0].alerts(0) == light.key());
  CHECK(plan({light}, o, {}, night, true).messages.size() == 1);  // a person is there
}

TEST_CASE("a silence keeps an alert from mail until it expires; graver and protected ones pass") {
  auto o = options();
  Silence campaign = silence("S-1", kNow + 1h);
  campaign.set_scope("NORTH-01");
  campaign.set_kind("linked");
  o.silences = {campaign};
  Alert grave = alert_due(1, kNow), watch = alert_due(2, kNow), hit = alert_due(3, kNow), elsewhere = alert_due(4, kNow);
  grave.set_severity("high");
  watch.set_bypass_digest(true);
  elsewhere.set_scope("SOUTH-02");
  const std::vector<Alert> all = {grave, watch, hit, elsewhere};
  const auto p = plan(all, o, {}, kNow, false);
  std::set<std::string> mailed;
  for (const Outgoing& m : p.messages) mailed.insert(m.alerts().begin(), m.alerts().end());
  CHECK(mailed == std::set<std::string>{grave.key(), watch.key(), elsewhere.key()});
  auto kept = after(all, p);
  CHECK(kept[2].status() == "suppressed");
  CHECK(kept[2].silenced_by() == "S-1");
  CHECK_FALSE(kept[2].has_due_ms());
  CHECK(plan(kept, o, {}, kNow + 2h, false).messages.empty());
  kept[2].set_revision(1);  // it gained an ad after the silence
  kept[2].set_status("pending");
  kept[2].set_due_ms(to_ms(kNow + 2h));
  CHECK(plan({kept[2]}, o, {}, kNow + 2h, false).messages.size() == 1);
  SUBCASE("one that waits for its batch waits no longer") {
    o.receivers[0].wait = 10min;
    const auto silences = std::exchange(o.silences, {});
    const auto before = plan({hit}, o, {}, kNow, false);
    o.silences = silences;
    const auto now = after({hit}, plan(after({hit}, before), o, {}, kNow + 1min, false));
    CHECK(now[0].status() == "suppressed");
    CHECK(now[0].deliveries_size() == 0);
  }
  SUBCASE("nothing named silences nothing; one site of a network does not silence the network") {
    for (const auto& [site, mails] : {std::pair{"", 1}, std::pair{"annonces", 1}}) {
      o.silences = {silence("S-2", kNow + 1h, "high")};
      o.silences[0].set_site(site);
      CHECK(plan({hit}, o, {}, kNow, false).messages.size() == static_cast<std::size_t>(mails));
    }
    o.silences = {silence("S-3", kNow + 1h, "high")};
    o.silences[0].set_key(watch.key());
    CHECK(plan({watch}, o, {}, kNow, false).messages.empty());
    *o.silences[0].mutable_expires() = to_timestamp(kNow);
    CHECK(plan({watch}, o, {}, kNow, false).messages.size() == 1);
  }
}

TEST_CASE("a digest gathers what is not grave until its time on the wall") {
  auto o = options();
  Receiver& desk = o.receivers[0];
  desk.timezone = "Europe/Brussels";
  desk.digest = "daily";
  const Instant noon = *parse_rfc3339("2027-03-27T12:00:00Z"), due = *parse_rfc3339("2027-03-28T05:30:00Z");
  Alert grave = alert_due(1, noon);
  grave.set_severity("high");
  const std::vector<Alert> all = {grave, alert_due(2, noon), alert_due(3, noon + 5h)};
  const auto now = plan(all, o, {}, noon + 5h, false);
  REQUIRE(now.messages.size() == 1);
  CHECK(now.messages[0].alerts_size() == 1);
  REQUIRE(now.again);
  CHECK(*now.again == due);
  const auto digest = plan(after(all, now), o, {}, due, false);
  REQUIRE(digest.messages.size() == 1);
  CHECK(digest.messages[0].alerts_size() == 2);
  CHECK(plan(after(after(all, now), digest), o, {}, due + 24h, false).messages.empty());
  desk.digest = "weekly";  // the 27th is a Saturday; the digest leaves on Monday
  const auto weekly = plan(all, o, {}, noon + 5h, false);
  REQUIRE(weekly.again);
  CHECK(to_rfc3339(*weekly.again) == "2027-03-29T05:30:00Z");
}

TEST_CASE("what one message cannot name leaves in the next, the gravest first") {
  std::vector<Alert> due;
  for (int i = 0; i < 20001; ++i) due.push_back(alert_due(i, kNow));
  for (Alert& a : due) a.clear_briefs();
  due.back().set_severity("high");
  for (std::size_t i = 0; i + 1 < due.size(); ++i) due[i].set_severity("low");
  const auto p = plan(due, options(), {}, kNow, true);
  REQUIRE(p.messages.size() == 3);
  CHECK(p.messages[0].alerts(0) == due.back().key());
  std::set<std::string> keys;
  for (const Outgoing& m : p.messages) keys.insert(m.alerts().begin(), m.alerts().end());
  CHECK(keys.size() == due.size());
}
