#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "alerts/bounce.h"
#include "alerts/message.h"
#include "alerts/route.h"
#include "alerts/yield.h"
#include "alerts_world.h"

using namespace vigie;
using namespace vigie::alerts;

namespace {

std::string corpus(const char* name) {
  std::ifstream in(std::string(VIGIE_SOURCE_DIR "/tests/corpus/bounce/") + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a report of a refusal names the message, the status and the server's words") {
  const auto bounce = read_bounce(corpus("postfix"));
  REQUIRE(bounce);
  CHECK(bounce->message_id == "<n.0123456789abcdef.01234567@unit.example>");  // of the header, not of the text below it
  CHECK(bounce->action == "failed");
  CHECK(bounce->status == "5.1.1");
  CHECK(bounce->words == "550 5.1.1 no such user");
  CHECK(outgoing_id(bounce->message_id) == "0123456789abcdef");
  SUBCASE("with CR LF line ends as well") {
    std::string crlf;
    for (const char c : corpus("postfix")) crlf += c == '\n' ? "\r\n" : std::string(1, c);
    const auto same = read_bounce(crlf);
    REQUIRE(same);
    CHECK(same->message_id == bounce->message_id);
    CHECK(same->words == bounce->words);
  }
  SUBCASE("that sends nothing back, but says what it answers") {
    auto bare = replaced(corpus("postfix"), "Content-Type: message/rfc822", "Content-Type: text/plain");
    CHECK_FALSE(read_bounce(bare));
    CHECK(read_bounce("In-Reply-To: <n.aa.bb@unit.example>\n" + bare)->message_id == "<n.aa.bb@unit.example>");
  }
}

TEST_CASE("of several recipients the one that failed counts; a cut-off report is still one") {
  const auto bounce = read_bounce(corpus("cut-off"));
  REQUIRE(bounce);
  CHECK(bounce->action == "failed");
  CHECK(bounce->status == "5.2.2");
  CHECK(bounce->words.find('\x1b') == std::string::npos);
  CHECK(bounce->message_id == "<n.00aa.11@unit.example>");
}

TEST_CASE("what is no report is none") {
  const auto whole = corpus("postfix");
  CHECK_FALSE(read_bounce(""));
  CHECK_FALSE(read_bounce("Subject: out of office\n\nI am away.\n"));
  CHECK_FALSE(read_bounce(replaced(whole, "multipart/report", "multipart/mixed")));
  CHECK_FALSE(read_bounce(replaced(whole, "Action: failed", "X-Action: failed")));
  CHECK_FALSE(read_bounce(replaced(whole, "Content-Type: message/delivery-status", "Content-Type: text/plain")));
  CHECK_FALSE(read_bounce(corpus("empty-boundary")));
  CHECK_FALSE(read_bounce("Content-Type: multipart/report; boundary=x\n" + std::string(5'000'000, '-')));
  for (const char* other : {"<x.aa.bb@unit.example>", "<n.AA/../.bb@unit.example>", "<n.@unit.example>", ""}) CHECK(outgoing_id(other).empty());
}

TEST_CASE("that messages to a receiver come back is told to everybody else") {
  auto o = options();
  o.receivers.push_back(o.receivers[0]);
  o.receivers[1].name = "duty";
  o.receivers[1].mail = "duty@unit.example";
  HealthFact fact;
  fact.source = "receiver desk";
  fact.condition = "undeliverable";
  fact.bad = true;
  fact.says = "messages to receiver desk come back";
  const auto told = plan({*tell_health(std::nullopt, fact, kNow)}, o, {}, kNow, false);
  REQUIRE(told.messages.size() == 1);
  CHECK(told.messages[0].receiver() == "duty");
}

TEST_CASE("a refusal goes to the address that reports are read at") {
  auto o = options();
  CHECK(plan({alert()}, o, {}, kNow, false).messages.at(0).mail_from() == "vigie@unit.example");
  o.bounce_address = "bounces@unit.example";
  const auto message = plan({alert()}, o, {}, kNow, false).messages.at(0);
  CHECK(message.mail_from() == "bounces@unit.example");
  CHECK(message.content().find("bounces@") == std::string::npos);
}

namespace {

/// `days` days of `fresh` new ads on 100 pages each, from noon of the first day on; true at the end of each but the first.
Instant live(SiteState& state, Instant from, int days, int fresh, int pages = 100) {
  for (int day = 0; day < days; ++day) {
    for (int page = 0; page < pages; ++page) (void)count_yield(state, page < fresh ? 1 : 0, from + day * 24h + page * 1min);
  }
  return from + days * 24h;
}

}  // namespace

TEST_CASE("a source that brings less than usual is told after that day, and when it brings as much again") {
  SiteState state;
  state.set_site("annonces");
  Instant now = live(state, kNow, 9, 40);
  CHECK(count_yield(state, 0, now));
  REQUIRE(judge_yield(state, now));
  CHECK_FALSE(judge_yield(state, now)->bad);
  now = live(state, now, 1, 5);
  (void)count_yield(state, 0, now);
  const auto low = judge_yield(state, now);
  REQUIRE(low);
  CHECK(low->bad);
  CHECK(low->says.find("5 new ads yesterday, 40 on a usual day") != std::string::npos);
  CHECK(health_key(*low) == "health/annonces/yield");
  now = live(state, now, 1, 15);
  (void)count_yield(state, 0, now);
  CHECK_FALSE(judge_yield(state, now));  // better, and not yet as usual
  now = live(state, now, 1, 38);
  (void)count_yield(state, 0, now);
  CHECK_FALSE(judge_yield(state, now)->bad);
  CHECK(state.yields_size() <= 29);
}

TEST_CASE("a low day that says nothing about the source is told to nobody") {
  SiteState state;
  const auto judged = [&](int usual, int days, int fresh, int pages) {
    state.Clear();
    const Instant now = live(state, live(state, kNow, days, usual), 1, fresh, pages);
    (void)count_yield(state, 0, now);
    const auto fact = judge_yield(state, now);
    return fact && fact->bad;
  };
  CHECK(judged(40, 9, 0, 100));
  CHECK_FALSE(judged(5, 9, 0, 100));   // few a day: none is chance
  CHECK_FALSE(judged(40, 5, 0, 100));  // not known for a week
  CHECK_FALSE(judged(40, 9, 0, 20));   // we hardly looked
}
