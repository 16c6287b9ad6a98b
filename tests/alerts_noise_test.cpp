// What keeps mail from being noise, and that none of it loses an alert.
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "alerts/health.h"
#include "alerts/message.h"
#include "alerts/route.h"
#include "alerts_world.h"

using namespace vigie;
using namespace vigie::alerts;

namespace {

/// A store and a mail server that answers at once, in simulated time.
class World {
 public:
  explicit World(AlertOptions options) : options_(std::move(options)) {}

  void put(Alert alert) { alerts_[alert.key()] = std::move(alert); }
  Alert& at(const std::string& key) { return alerts_.at(key); }

  /// One turn of the post thread.
  void turn(Instant now, bool flush = false) {
    std::vector<Alert> due;
    for (const auto& [key, alert] : alerts_) {
      if (alert.has_due_ms() && (alert.status() == "pending" || alert.status() == "sent")) due.push_back(alert);
    }
    const Plan planned = plan(due, options_, sent_, now, flush);
    for (const Alert& moved : planned.alerts) alerts_[moved.key()] = moved;
    for (Outgoing message : planned.messages) {
      sent_.push_back(sent_of(message));
      for (const auto& key : message.alerts()) {
        if (const auto site = flood_site(alerts_.at(key)); !site.empty()) ++sent_.back().sites[site];
        ++sent_.back().severities[alerts_.at(key).severity()];
      }
      message.set_state("handed_over");
      for (const auto& key : message.alerts()) (void)record(message, alerts_.at(key));
      mails.push_back(std::move(message));
    }
    again = planned.again;
    floods = planned.floods;
  }
  /// The post thread asleep until it wants to be woken, over and over.
  void run(Instant from, Instant to) {
    turn(from);
    while (again && *again <= to) turn(*again);
  }

  /// What another world's receivers were told.
  void sent(const World& other) { sent_ = other.sent_; }

  std::vector<Outgoing> mails;
  std::optional<Instant> again;
  std::vector<std::string> floods;

 private:
  AlertOptions options_;
  std::map<std::string, Alert> alerts_;
  std::vector<Sent> sent_;
};

std::string subject_of(const Outgoing& mail) {
  const auto at = mail.content().find("Subject: ") + 9;
  return mail.content().substr(at, mail.content().find("\r\n", at) - at);
}

void set_price(Alert& alert, double price) {
  auto& after = *alert.mutable_briefs(0)->mutable_changes(0)->mutable_after()->mutable_struct_value()->mutable_fields();
  after["amount"].set_number_value(price);
}

void revise(Alert& alert, Instant now) {
  alert.set_revision(alert.revision() + 1);
  alert.set_status("pending");
  alert.set_due_ms(to_ms(now));
  *alert.mutable_updated() = to_timestamp(now);
}

}  // namespace

TEST_CASE("a field that flaps for 1,000 cycles is told once each way") {
  World world(options());
  world.put(alert(1, "medium"));
  Instant now = kNow;
  world.turn(now);
  for (int cycle = 0; cycle < 1000; ++cycle) {
    now += 6h;
    Alert& a = world.at("network:g-1");
    set_price(a, cycle % 2 == 0 ? 90 : 150);  // 150 is what the first mail said
    revise(a, now);
    world.turn(now);
  }
  CHECK(world.mails.size() == 2);
  CHECK(world.at("network:g-1").status() == "sent");
  CHECK_FALSE(world.at("network:g-1").has_due_ms());
  SUBCASE("what is really new is told all the same") {
    set_price(world.at("network:g-1"), 60);
    revise(world.at("network:g-1"), now + 6h);
    world.turn(now + 6h);
    CHECK(world.mails.size() == 3);
  }
}

TEST_CASE("an alert that says something new every 15 minutes is told less and less often, and never lost") {
  World world(options());
  world.put(alert(1, "medium"));
  world.turn(kNow);
  for (int i = 1; i <= 4 * 24; ++i) {
    const Instant now = kNow + i * 15min;
    set_price(world.at("network:g-1"), 200 + i);
    revise(world.at("network:g-1"), now);
    world.turn(now);
  }
  CHECK(world.mails.size() <= 8);
  CHECK(world.mails.size() >= 5);
  world.run(kNow + 24h, kNow + 72h);
  CHECK(world.at("network:g-1").status() == "sent");  // the last state was told too
  const auto calm = world.mails.size();
  SUBCASE("a graver one does not wait") {
    Alert& a = world.at("network:g-1");
    for (int i = 0; i < 6; ++i) {
      set_price(a, 500 + i);
      revise(a, kNow + 73h + i * 16min);
      world.turn(kNow + 73h + i * 16min);
    }
    a.set_severity("high");
    revise(a, kNow + 75h);
    const auto before = world.mails.size();
    CHECK(before > calm);
    world.turn(kNow + 75h);
    CHECK(world.mails.size() == before + 1);
  }
}

TEST_CASE("a layout flip on 10,000 ads sends one mail and a digest, which names each of them") {
  World world(options());
  for (int i = 0; i < 10'000; ++i) {
    const Instant now = kNow + i * 2s;
    Alert a = alert(i + 1, "medium");
    a.set_kind("changed");
    a.clear_sites();
    a.add_sites("annonces");
    *a.mutable_created() = *a.mutable_updated() = to_timestamp(now);
    a.set_due_ms(to_ms(now));
    world.put(std::move(a));
    if (i == 0 || i % 500 == 499) world.turn(now);  // as often as a commit nudges in this time
  }
  REQUIRE(world.again);
  CHECK(world.floods == std::vector<std::string>{"annonces"});
  world.run(kNow + 10'000 * 2s, kNow + 7 * 24h);
  REQUIRE(world.mails.size() == 2);
  CHECK(world.mails[0].alerts_size() == 1);
  CHECK(world.mails[1].reason() == "flood");
  CHECK(world.mails[1].alerts_size() == 9'999);
  std::set<std::string> told;
  for (const auto& mail : world.mails) told.insert(mail.alerts().begin(), mail.alerts().end());
  CHECK(told.size() == 10'000);
  CHECK(from_ms(world.mails[1].created_ms()) == kNow + 9'999 * 2s + 1h);  // an hour after the last
}

TEST_CASE("a flood of one site does not hold back another site's alert, nor what is mailed at once") {
  World world(options());
  for (int i = 0; i < 100; ++i) {
    Alert a = alert(i + 1, "high");
    a.clear_sites();
    a.add_sites("annonces");
    world.put(std::move(a));
  }
  Alert other = alert(200, "low"), watch = alert(201, "low");
  other.clear_sites();
  other.add_sites("jobs");
  watch.set_kind("watch");
  watch.set_bypass_digest(true);
  world.put(other);
  world.put(watch);
  world.turn(kNow);
  std::set<std::string> told;
  for (const auto& mail : world.mails) told.insert(mail.alerts().begin(), mail.alerts().end());
  CHECK(told == std::set<std::string>{other.key(), watch.key()});
  world.run(kNow, kNow + 2h);
  CHECK(world.mails.back().alerts_size() == 100);
  SUBCASE("one that never ends is told after twelve hours") {
    World endless(options());
    for (int i = 0; i < 13 * 60; ++i) {
      Alert a = alert(i + 1, "medium");
      a.clear_sites();
      a.add_sites("annonces");
      a.set_due_ms(to_ms(kNow + i * 1min));
      endless.put(std::move(a));
      if (i >= 30 && i % 10 == 0) endless.turn(kNow + i * 1min);
    }
    REQUIRE_FALSE(endless.mails.empty());
    CHECK(from_ms(endless.mails[0].created_ms()) == kNow + 12h);
  }
}

namespace {

Alert of_site(int n, const std::string& site, Instant at) {
  Alert a = alert(n, "medium");
  a.clear_sites();
  a.add_sites(site);
  *a.mutable_created() = *a.mutable_updated() = to_timestamp(at);
  a.set_due_ms(to_ms(at));
  return a;
}

Alert drift_notice(const std::string& site, Instant at) {
  HealthFact fact;
  fact.source = fact.site = site;
  fact.condition = "layout";
  fact.bad = true;
  fact.says = "source " + site + ": its pages have changed: price (usually 99 %, now 12 %)";
  Alert notice = *tell_health(std::nullopt, fact, at);
  notice.set_alert("A-2026-000999");
  return notice;
}

}  // namespace

TEST_CASE("a flood is one however short the batches are: what was told in the last hour counts") {
  auto o = options();
  o.receivers[0].batch_every = 1s;
  World world(o);
  for (int i = 0; i < 2000; ++i) {
    world.put(of_site(i + 1, "annonces", kNow + i * 1s));
    world.turn(kNow + i * 1s);
  }
  CHECK(world.mails.size() == 25);  // flood_at
  world.run(kNow + 2000s, kNow + 3 * 24h);
  REQUIRE(world.mails.size() == 26);
  CHECK(world.mails.back().reason() == "flood");
  CHECK(world.mails.back().alerts_size() == 2000 - 25);
  SUBCASE("an hour later the site is told as ever") {
    world.put(of_site(3000, "annonces", kNow + 80h));
    world.turn(kNow + 80h);
    CHECK(world.mails.size() == 27);
  }
}

TEST_CASE("what a site says whose pages have just changed waits together; the notice comes first, or leads it") {
  auto o = options();
  SUBCASE("who has heard of the site a moment ago gets both in one") {
    World world(o);
    world.put(of_site(1, "annonces", kNow));
    world.turn(kNow);
    REQUIRE(world.mails.size() == 1);
    o.drifted_sites = {"annonces"};
    World later(o);
    later.sent(world);
    for (int i = 2; i < 12; ++i) later.put(of_site(i, "annonces", kNow + i * 1min));
    later.put(drift_notice("annonces", kNow + 3min));
    later.run(kNow + 12min, kNow + 24h);
    REQUIRE(later.mails.size() == 1);
    CHECK(later.mails[0].reason() == "flood");
    CHECK(later.mails[0].alerts_size() == 11);
    CHECK(later.mails[0].alerts(0) == "health/annonces/layout");
  }
  SUBCASE("who has not hears of the change at once") {
    o.drifted_sites = {"annonces"};
    World world(o);
    for (int i = 2; i < 12; ++i) world.put(of_site(i, "annonces", kNow));
    world.put(of_site(12, "jobs", kNow));
    world.put(drift_notice("annonces", kNow));
    world.turn(kNow);
    REQUIRE(world.mails.size() == 1);
    CHECK(world.mails[0].alerts_size() == 2);  // the notice, and what another site says
    world.run(kNow, kNow + 24h);
    REQUIRE(world.mails.size() == 2);
    CHECK(world.mails[1].alerts_size() == 10);
  }
}

TEST_CASE("a budget of the day: what is beyond it goes together at the digest's time, says so, and nothing is lost") {
  auto o = options();
  o.receivers[0].batch_every = 0ms;
  o.receivers[0].a_day = {{"medium", 5}, {"low", 0}};
  World world(o);
  const Instant morning = std::chrono::floor<std::chrono::days>(kNow) + 8h, evening = morning + 10h, next = morning + 23h + 30min;
  std::set<std::string> planted, told;
  for (int i = 0; i < 12; ++i) {
    auto a = of_site(i + 1, "site-" + std::to_string(i), morning + i * 30min);
    planted.insert(a.key());
    world.put(std::move(a));
    world.turn(morning + i * 30min);
  }
  auto grave = of_site(50, "elsewhere", evening);
  grave.set_severity("high");
  planted.insert(grave.key());
  world.put(grave);
  world.run(evening, evening + 1h);
  CHECK(world.mails.size() == 6);  // five of the budget, and what has none
  CHECK(world.again == next);
  world.run(next, next);
  REQUIRE(world.mails.size() == 7);
  CHECK(world.mails.back().alerts_size() == 7);
  CHECK(world.mails.back().reason() == "budget");
  CHECK(world.mails.back().content().find("budget of the day") != std::string::npos);
  for (const auto& mail : world.mails) told.insert(mail.alerts().begin(), mail.alerts().end());
  CHECK(told == planted);
  // A new day has its own budget.
  auto later = of_site(60, "site-60", evening + 24h);
  world.put(later);
  world.run(evening + 24h, evening + 25h);
  CHECK(world.mails.size() == 8);
  CHECK(world.mails.back().reason() == "single");
}

TEST_CASE("a flood keeps quiet hours") {
  auto o = options();
  o.receivers[0].timezone = "Europe/Brussels";
  o.receivers[0].quiet_from = 20 * 60;
  o.receivers[0].quiet_to = 7 * 60;
  World world(o);
  const Instant evening = *parse_rfc3339("2026-11-23T19:30:00Z");  // 20:30 by the wall
  for (int i = 0; i < 100; ++i) world.put(of_site(i + 1, "annonces", evening));
  world.run(evening, evening + 24h);
  REQUIRE(world.mails.size() == 1);
  CHECK(to_rfc3339(from_ms(world.mails[0].created_ms())) == "2026-11-24T06:00:00Z");
}

TEST_CASE("two rules on one ad are one mail with both reasons") {
  World world(options());
  Alert a = alert(1);
  add_reason(a, "passport_kept", "the ad asks to hand over identity documents", "jobs/7", "hand in your passport");
  world.put(a);
  world.turn(kNow);
  world.run(kNow, kNow + 24h);
  REQUIRE(world.mails.size() == 1);
  CHECK(world.mails[0].content().find("passport_kept") != std::string::npos);
  CHECK(world.mails[0].content().find("cross_family_contact") != std::string::npos);
}

TEST_CASE("reminders come until somebody starts it, in the thread of the first message, under their own Message-IDs") {
  auto o = options();
  o.receivers[0].remind_every = 4h;
  World world(o);
  world.put(alert());
  world.run(kNow, kNow + 9h);
  REQUIRE(world.mails.size() == 3);
  CHECK(from_ms(world.mails[1].created_ms()) == kNow + 4h);
  CHECK(from_ms(world.mails[2].created_ms()) == kNow + 8h);
  CHECK(world.mails[1].reason() == "reminder");
  CHECK(subject_of(world.mails[1]).find("[REMINDER]") != std::string::npos);
  CHECK(world.mails[2].content().find("In-Reply-To: " + world.mails[1].message_id()) != std::string::npos);
  std::set<std::string> ids;
  for (const auto& mail : world.mails) ids.insert(mail.message_id());
  CHECK(ids.size() == 3);
  CHECK(world.at("network:g-1").status() == "sent");
  SUBCASE("started") {
    world.at("network:g-1").set_started_by("an analyst");
    *world.at("network:g-1").mutable_started() = to_timestamp(kNow + 9h);
  }
  SUBCASE("dismissed") { world.at("network:g-1").set_status("dismissed"); }
  world.run(kNow + 12h, kNow + 100h);
  CHECK(world.mails.size() == 3);
}

TEST_CASE("what nobody starts goes one step further; what somebody started does not") {
  auto o = options();
  Receiver chief = o.receivers[0];
  chief.name = "chief";
  chief.mail = "chief@unit.example";
  chief.min_severity = "high";
  chief.escalate_after = 30min;
  o.receivers.push_back(chief);
  World world(o);
  world.put(alert(1, "high"));
  world.put(alert(2, "low"));
  world.turn(kNow);
  REQUIRE(world.mails.size() == 1);
  CHECK(world.at("network:g-1").status() == "sent");
  bool started = false;
  SUBCASE("nobody") {}
  SUBCASE("somebody") {
    started = true;
    *world.at("network:g-1").mutable_started() = to_timestamp(kNow + 10min);
  }
  world.run(kNow + 29min, kNow + 29min);
  CHECK(world.mails.size() == 1);
  world.run(kNow + 30min, kNow + 24h);
  REQUIRE(world.mails.size() == (started ? 1 : 2));
  if (started) return;
  CHECK(world.mails[1].receiver() == "chief");
  CHECK(world.mails[1].alerts_size() == 1);
  CHECK(subject_of(world.mails[1]).find("[NOT STARTED]") != std::string::npos);
}

TEST_CASE("a blocked source holds back what it says is gone, until it is not blocked") {
  auto o = options();
  Alert gone = alert(1, "medium");
  gone.set_kind("gone");
  Alert other = alert(2, "medium");
  o.blocked_sites = {"annonces"};
  const auto held = plan({gone, other}, o, {}, kNow, false);
  REQUIRE(held.messages.size() == 1);
  CHECK(held.messages[0].alerts(0) == other.key());
  for (const Alert& a : held.alerts) {
    if (a.key() == gone.key()) gone = a;
  }
  CHECK(gone.status() == "pending");
  CHECK(gone.has_due_ms());
  o.blocked_sites.clear();
  CHECK(plan({gone}, o, {}, kNow + 5h, false).messages.size() == 1);
}

TEST_CASE("throttling loses nothing: 500 alerts that must leave at once, 5 mails an hour") {
  auto o = options();
  o.max_mails_per_hour = 5;
  o.receivers[0].restricted = true;
  World world(o);
  std::set<std::string> told;
  for (int i = 0; i < 500; ++i) {
    Alert a = alert(i + 1, "high");
    a.set_bypass_digest(true);
    a.set_due_ms(to_ms(kNow + i * 1min));
    world.put(std::move(a));
    world.turn(kNow + i * 1min);
  }
  world.run(kNow + 500min, kNow + 24h);
  std::map<std::int64_t, int> an_hour;
  for (const auto& mail : world.mails) {
    told.insert(mail.alerts().begin(), mail.alerts().end());
    if (mail.reason() == "throttled") continue;
    int within = 0;
    for (const auto& other : world.mails) {
      within += other.reason() != "throttled" && other.created_ms() <= mail.created_ms() && other.created_ms() > mail.created_ms() - 3'600'000;
    }
    CHECK(within <= 5);
  }
  CHECK(told.size() == 500);
}
