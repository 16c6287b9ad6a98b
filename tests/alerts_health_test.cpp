#include <doctest/doctest.h>

#include "alerts/health.h"
#include "alerts_world.h"

using namespace vigie;
using namespace vigie::alerts;

namespace {

HealthFact disk(bool bad, std::string severity = "medium") {
  HealthFact fact;
  fact.source = "disk";
  fact.condition = "full";
  fact.bad = bad;
  fact.severity = std::move(severity);
  fact.says = bad ? "the disk is short" : "the disk has room again";
  return fact;
}

std::string in_reply_to(const Outgoing& mail) {
  const auto at = mail.content().find("References: ");
  return mail.content().substr(at + 12, mail.content().find_first_of(" \r", at + 12) - at - 12);
}

}  // namespace

TEST_CASE("a trouble is told when it begins and when it ends, not while it lasts") {
  CHECK_FALSE(tell_health(std::nullopt, disk(false), kNow));
  const auto opened = tell_health(std::nullopt, disk(true), kNow);
  REQUIRE(opened);
  CHECK(opened->kind() == "health");
  CHECK(opened->health().open());
  CHECK_FALSE(tell_health(opened, disk(true), kNow + 1h));
  SUBCASE("unless it gets graver") {
    const auto graver = tell_health(opened, disk(true, "high"), kNow + 1h);
    REQUIRE(graver);
    CHECK(graver->revision() == opened->revision() + 1);
  }
  const auto closed = tell_health(opened, disk(false, "low"), kNow + 2h);
  REQUIRE(closed);
  CHECK_FALSE(closed->health().open());
  CHECK(closed->severity() == "medium");  // whoever heard of the trouble hears of its end
  CHECK(closed->key() == opened->key());
  CHECK_FALSE(tell_health(closed, disk(false), kNow + 3h));
  CHECK(tell_health(closed, disk(true), kNow + 4h));
}

TEST_CASE("all conditions of one source are one thread of mail; the end of a trouble asks for no reminder") {
  auto o = options();
  o.receivers[0].remind_every = 1h;
  HealthFact other = disk(true);
  other.condition = "slow";
  const auto first = plan({*tell_health(std::nullopt, disk(true), kNow)}, o, {}, kNow, false);
  const auto second = plan({*tell_health(std::nullopt, other, kNow)}, o, {}, kNow, false);
  REQUIRE(first.messages.size() == 1);
  REQUIRE(second.messages.size() == 1);
  CHECK(in_reply_to(first.messages[0]) == in_reply_to(second.messages[0]));
  CHECK(first.messages[0].message_id() != second.messages[0].message_id());
  CHECK(first.again == kNow + 1h);
  Alert told = first.alerts.at(0);
  const auto closed = plan({*tell_health(told, disk(false), kNow + 30min)}, o, {}, kNow + 30min, false);
  REQUIRE(closed.messages.size() == 1);
  CHECK(in_reply_to(closed.messages[0]) == in_reply_to(first.messages[0]));
  CHECK_FALSE(closed.again);
}

TEST_CASE("a sign of life is told each time, and asks nothing of anybody") {
  auto o = options();
  o.receivers[0].remind_every = 1h;
  Alert a = heartbeat(std::nullopt, "Vigie is at work", kNow);
  for (int week = 0; week < 3; ++week) {
    const Instant now = kNow + week * 7 * 24h;
    if (week > 0) a = heartbeat(a, "Vigie is at work", now);
    const auto p = plan({a}, o, {}, now, false);
    REQUIRE(p.messages.size() == 1);
    CHECK_FALSE(p.again);
    a = p.alerts.at(0);
  }
}
