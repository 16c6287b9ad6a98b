#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "crawler/crawl.h"
#include "crawler/frontier.h"
#include "crawler/retry.h"
#include "tests/crawler_kit.h"

using namespace vigie;
using namespace vigie::crawler;
using vigie::crawler::test::visit_of;

namespace {

const Instant kStart = from_ms(1'795'500'000'000);

SiteOptions site_with(Millis pace) {
  SiteOptions site;
  site.set_site("s");
  site.add_start("http://a.test/list");
  site.add_follow("^/list");
  site.add_ad("^/ad/(?P<id>\\d+)");
  site.set_pace_ms(pace.count());
  site.set_revisit_index_ms(Millis(15min).count());
  site.set_revisit_ad_ms(Millis(6h).count());
  return site;
}
Answer answer_of(Outcome::Kind outcome, Instant at) {
  Answer a;
  a.outcome = outcome;
  a.at = at;
  return a;
}
/// Seconds that a host is blocked after this answer.
std::int64_t blocked_s(const HostRecord& host, Instant now) { return (host.blocked_until_ms() - to_ms(now)) / 1000; }

}  // namespace

TEST_CASE("no two requests to a host are closer than its pace, whatever comes, in virtual time") {
  Frontier frontier;
  std::map<std::string, HostRecord> records;
  std::map<std::string, Instant> last;
  const auto site = site_with(2s);
  auto now = kStart;
  for (int h = 0; h < 20; ++h) {
    const auto host = "h" + std::to_string(h) + ".test";
    frontier.set_gate(host, host, now);
    frontier.add_due(host, now);
  }
  int requests = 0;
  std::uint64_t dice = 7;
  while (requests < 5000) {
    const auto host = frontier.next(now);
    if (!host) {
      const auto wake = frontier.wake_at();
      REQUIRE(wake);
      REQUIRE(*wake > now);
      now = *wake;
      continue;
    }
    if (frontier.wants_fill(*host)) {
      std::vector<Visit> visits;
      for (int i = 0; i < 10; ++i) visits.push_back(visit_of(*host + std::to_string(i), i % 8, now));
      frontier.fill(*host, visits, now);
    }
    REQUIRE(frontier.take(*host, now));
    if (last.contains(*host)) CHECK(now - last[*host] >= 2s);
    last[*host] = now;
    ++requests;
    dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
    auto answer = answer_of(dice >> 61 == 0 ? Outcome::rate_limited : Outcome::ok, now + Millis(dice >> 54));
    answer.random = static_cast<double>(dice >> 11) * 0x1.0p-53;
    answer.took = Millis(dice >> 56);
    auto& record = records[*host] = settle(records[*host], site, answer);
    frontier.handed_over(*host);
    frontier.release(*host, from_ms(std::max(record.next_allowed_ms(), record.blocked_until_ms())));
    frontier.committed(*host, now);
  }
}

TEST_CASE("a pace of 0 means no rest at all, even after slow answers") {
  const auto site = site_with(0s);
  HostRecord host;
  host.set_response_ms(4000);
  host.set_crawl_delay_s(10);
  CHECK(pace_of(host, site, 0.99) == 0ms);
  auto answer = answer_of(Outcome::ok, kStart);
  answer.took = 900ms;
  CHECK(settle(host, site, answer).next_allowed_ms() == to_ms(kStart));
}

TEST_CASE("the pace is the greatest of own minimum, Crawl-delay and five answers, and stretches only upwards") {
  const auto site = site_with(2s);
  HostRecord host;
  CHECK(pace_of(host, site, 0) == 2s);
  CHECK(pace_of(host, site, 0.5) == 2200ms);
  host.set_response_ms(1000);
  CHECK(pace_of(host, site, 0) == 5s);
  host.set_response_ms(60'000);
  CHECK(pace_of(host, site, 0) == 30s);
  host.set_crawl_delay_s(40);
  CHECK(pace_of(host, site, 0) == 40s);
  host.set_crawl_delay_s(86'400);
  CHECK(pace_of(host, site, 0) == 300s);
}

TEST_CASE("one address of a host and two of a domain are out at a time") {
  Frontier frontier;
  for (const char* host : {"a.x.test", "b.x.test", "c.x.test"}) {
    frontier.set_gate(host, "x.test", kStart);
    frontier.add_due(host, kStart);
  }
  const auto one = frontier.next(kStart), two = frontier.next(kStart);
  REQUIRE(one);
  REQUIRE(two);
  CHECK_FALSE(frontier.next(kStart));
  CHECK(frontier.anything_due(kStart, 0ms, [](const std::string&) { return false; }));
  frontier.release(*one, kStart + 1h);
  const auto three = frontier.next(kStart);
  REQUIRE(three);
  CHECK(*three != *one);
  CHECK(*three != *two);
}

TEST_CASE("an address that is handed out is not read from the store again before its commit") {
  Frontier frontier;
  frontier.set_gate("a.test", "a.test", kStart);
  frontier.add_due("a.test", kStart);
  REQUIRE(frontier.next(kStart));
  CHECK(frontier.wants_fill("a.test"));
  frontier.fill("a.test", {visit_of("1", 3, kStart), visit_of("2", 3, kStart)}, std::nullopt);
  REQUIRE(frontier.take("a.test", kStart));
  frontier.handed_over("a.test");
  frontier.release("a.test", kStart + 2s);
  CHECK_FALSE(frontier.wants_fill("a.test"));
  SUBCASE("buffered ones go on meanwhile, at the pace") {
    CHECK_FALSE(frontier.next(kStart + 1999ms));
    CHECK(frontier.next(kStart + 2s));
  }
  SUBCASE("after the last one the host waits for the commit") {
    REQUIRE(frontier.next(kStart + 2s));
    REQUIRE(frontier.take("a.test", kStart + 2s));
    frontier.handed_over("a.test");
    frontier.release("a.test", kStart + 4s);
    CHECK_FALSE(frontier.next(kStart + 1h));
    frontier.committed("a.test", kStart);
    CHECK_FALSE(frontier.next(kStart + 1h));
    frontier.committed("a.test", kStart + 2h);
    CHECK_FALSE(frontier.next(kStart + 1h));
    CHECK(frontier.next(kStart + 2h));
    CHECK(frontier.wants_fill("a.test"));
  }
}

TEST_CASE("what becomes due while the store is being asked is not lost in its answer") {
  Frontier frontier;
  frontier.set_gate("a.test", "a.test", kStart);
  frontier.add_due("a.test", kStart);
  REQUIRE(frontier.next(kStart) == "a.test");
  frontier.asking("a.test");
  bool told = false;
  SUBCASE("nothing came") {}
  SUBCASE("something came") { told = true; }
  if (told) frontier.add_due("a.test", kStart + 1s);  // the answer may have been read before this was written
  frontier.fill("a.test", {}, kStart + 6h);
  frontier.release("a.test", kStart);
  CHECK(frontier.wake_at() == (told ? kStart + 1s : kStart + 6h));
  CHECK(frontier.wants_fill("a.test"));
}

TEST_CASE("priorities are strict, age by a step per ten minutes, and keep a tenth for the deep") {
  Frontier frontier;
  frontier.set_gate("a.test", "a.test", kStart);
  SUBCASE("lower number first, then the older") {
    frontier.fill("a.test", {visit_of("b", 3, kStart), visit_of("a", 3, kStart - 1min), visit_of("i", 2, kStart)}, {});
    CHECK(frontier.take("a.test", kStart)->url() == "i");
    CHECK(frontier.take("a.test", kStart)->url() == "a");
  }
  SUBCASE("half an hour late is three steps") {
    frontier.fill("a.test", {visit_of("old", 5, kStart - 31min), visit_of("new", 3, kStart)}, {});
    CHECK(frontier.take("a.test", kStart)->url() == "old");
  }
  SUBCASE("what is not due yet is not given") {
    frontier.fill("a.test", {visit_of("later", 0, kStart + 1s)}, {});
    CHECK_FALSE(frontier.take("a.test", kStart));
  }
  SUBCASE("every tenth slot goes to 6 or 7") {
    std::vector<Visit> visits{visit_of("deep", 7, kStart)};
    for (int i = 0; i < 20; ++i) visits.push_back(visit_of(std::to_string(i), 3, kStart));
    frontier.fill("a.test", visits, {});
    for (int i = 0; i < 9; ++i) CHECK(frontier.take("a.test", kStart)->url() != "deep");
    CHECK(frontier.take("a.test", kStart)->url() == "deep");
  }
}

TEST_CASE("the retry table: waits grow by its factor to its cap") {
  CHECK(retry_wait(retry_row(RetryClass::network), 1) == 30s);
  CHECK(retry_wait(retry_row(RetryClass::network), 2) == 2min);
  CHECK(retry_wait(retry_row(RetryClass::network), 99) == 1h);
  CHECK(retry_wait(retry_row(RetryClass::rate), 1) == 60s);
  CHECK(retry_wait(retry_row(RetryClass::rate), 100) == 24h);
  for (int i = 0; i < Outcome::Kind_ARRAYSIZE; ++i) {
    const auto id = retry_class(static_cast<Outcome::Kind>(i), "");
    CHECK(retry_row(id).id == id);
  }
}

TEST_CASE("a host that limits us rests as it asks, longer each time, and is never blocked for less") {
  const auto site = site_with(2s);
  HostRecord host;
  host = settle(host, site, answer_of(Outcome::rate_limited, kStart));
  CHECK(blocked_s(host, kStart) == 60);
  CHECK(host.pace_ms() == 4000);
  host = settle(host, site, answer_of(Outcome::rate_limited, kStart));
  CHECK(blocked_s(host, kStart) == 120);
  auto asked = answer_of(Outcome::rate_limited, kStart);
  asked.retry_after = 600s;
  host = settle(host, site, asked);
  CHECK(blocked_s(host, kStart) == 600);
  asked.retry_after = 1s;
  CHECK(blocked_s(settle(host, site, asked), kStart) == 600);
  SUBCASE("twelve hours of it are a state of their own") {
    host = settle(host, site, answer_of(Outcome::rate_limited, kStart + 12h));
    CHECK(host.state() == "limited");
  }
  SUBCASE("half an hour of quiet forgives") {
    host = settle(host, site, answer_of(Outcome::ok, kStart + 2h));
    CHECK(host.backoff() == 0);
    CHECK(host.state() == "ok");
  }
}

TEST_CASE("three failures in a row open the breaker; one clean answer closes it") {
  const auto site = site_with(2s);
  HostRecord host;
  for (int i = 0; i < 2; ++i) host = settle(host, site, answer_of(Outcome::timed_out, kStart));
  CHECK(host.blocked_until_ms() == 0);
  host = settle(host, site, answer_of(Outcome::network, kStart));
  CHECK(blocked_s(host, kStart) == 60);
  CHECK(host.breaker() == "open");
  CHECK(host.state() == "failing");
  host = settle(host, site, answer_of(Outcome::cut_off, kStart + 60s));
  CHECK(blocked_s(host, kStart + 60s) == 120);
  host = settle(host, site, answer_of(Outcome::gone, kStart + 200s));  // a 404 is an answer
  CHECK(host.breaker() == "closed");
  CHECK(host.failures() == 0);
}

TEST_CASE("refusals: one page says nothing, a row of them stops the source, a challenge rests it at once") {
  const auto site = site_with(2s);
  HostRecord host = settle({}, site, answer_of(Outcome::block, kStart));
  CHECK(host.blocked_until_ms() == 0);
  host = settle(host, site, answer_of(Outcome::block, kStart));
  CHECK(blocked_s(host, kStart) == 1800);
  host = settle(host, site, answer_of(Outcome::block, kStart));
  CHECK(blocked_s(host, kStart) == 7200);
  host = settle(host, site, answer_of(Outcome::block, kStart));
  CHECK(host.state() == "blocked");
  auto challenge = answer_of(Outcome::block, kStart);
  challenge.limit = "challenge";
  CHECK(blocked_s(settle({}, site, challenge), kStart) == 1800);
}

TEST_CASE("a name that is gone is asked ever less and is dead after a week") {
  const auto site = site_with(2s);
  auto answer = answer_of(Outcome::name_failed, kStart);
  answer.limit = "no_such_name";
  answer.sent = false;
  HostRecord host = settle({}, site, answer);
  CHECK(blocked_s(host, kStart) == 900);
  answer.at = kStart + 8 * 24h;
  host = settle(host, site, answer);
  CHECK(host.state() == "dead");
  CHECK(blocked_s(host, answer.at) == 3600);
}

TEST_CASE("gone is believed after its confirmations, looked at again after 7, 30 and 90 days, and undone by one page") {
  const auto site = site_with(2s);
  const auto start = make_visit("http://a.test/list", site, Role::index, nullptr, kStart);
  REQUIRE(start);
  auto visit = *make_visit("http://a.test/ad/1", site, Role::unknown, &*start, kStart);
  const std::vector<Millis> confirm = {1h, 24h};
  visit.set_outcome(Outcome::gone);
  visit = reschedule(visit, {}, site, confirm, kStart);
  CHECK_FALSE(is_gone(visit, confirm));
  CHECK(visit.due_ms() == to_ms(kStart + 1h));
  visit = reschedule(visit, {}, site, confirm, kStart + 1h);
  CHECK_FALSE(is_gone(visit, confirm));
  CHECK(visit.due_ms() == to_ms(kStart + 24h));
  SUBCASE("walls, blocks, errors between change nothing that is known") {
    for (const auto outcome : {Outcome::wall, Outcome::block, Outcome::network, Outcome::cut_off, Outcome::rate_limited,
                               Outcome::server_error, Outcome::timed_out, Outcome::too_large, Outcome::robots_denied}) {
      auto other = visit;
      other.set_outcome(outcome);
      other = reschedule(other, {}, site, confirm, kStart + 24h);
      CHECK(other.gone_first_ms() == visit.gone_first_ms());
      CHECK(other.gone_confirmed() == visit.gone_confirmed());
      CHECK_FALSE(is_gone(other, confirm));
    }
  }
  SUBCASE("then it is gone") {
    auto now = kStart + 24h;
    for (const auto days : {7, 30, 90}) {
      visit = reschedule(visit, {}, site, confirm, now);
      CHECK(is_gone(visit, confirm));
      CHECK(visit.priority() == 7);
      const auto wait = visit.due_ms() - to_ms(now);
      CHECK(wait >= days * 86'400'000LL * 9 / 10);
      CHECK(wait <= days * 86'400'000LL * 11 / 10);
      now = from_ms(visit.due_ms());
    }
    visit = reschedule(visit, {}, site, confirm, now);
    CHECK(visit.parked());
  }
  SUBCASE("and returns") {
    visit.set_outcome(Outcome::ok);
    visit = reschedule(visit, {}, site, confirm, kStart + 24h);
    CHECK_FALSE(visit.has_gone_first_ms());
  }
  SUBCASE("no confirmations asked: at once") {
    auto other = *make_visit("http://a.test/ad/2", site, Role::unknown, &*start, kStart);
    other.set_outcome(Outcome::gone);
    other = reschedule(other, {}, site, {}, kStart);
    CHECK(is_gone(other, {}));
  }
}

TEST_CASE("an ad that now redirects to its list is gone; one that never was seen is not") {
  const auto site = site_with(2s);
  const auto start = make_visit("http://a.test/list", site, Role::index, nullptr, kStart);
  auto visit = *make_visit("http://a.test/ad/1", site, Role::unknown, &*start, kStart);
  visit.set_outcome(Outcome::redirect);
  visit.set_redirect_to("http://a.test/list?page=2");
  CHECK_FALSE(is_gone(reschedule(visit, {}, site, {}, kStart), {}));
  visit.set_last_ok_ms(to_ms(kStart - 1h));
  CHECK(is_gone(reschedule(visit, {}, site, {}, kStart), {}));
  visit.set_redirect_to("http://a.test/ad/1-new-title");
  CHECK_FALSE(is_gone(reschedule(visit, {}, site, {}, kStart), {}));
}

TEST_CASE("revisits follow the scope's intervals, a tenth sooner or later, and learn the rate of change") {
  const auto site = site_with(2s);
  const auto start = make_visit("http://a.test/list", site, Role::index, nullptr, kStart);
  REQUIRE(start);
  CHECK(start->priority() == 2);
  auto ad = *make_visit("http://a.test/ad/1", site, Role::unknown, &*start, kStart);
  CHECK(ad.role() == Role::ad_page);
  CHECK(ad.priority() == 3);
  ad.set_outcome(Outcome::ok);
  ad = reschedule(ad, {}, site, {1h}, kStart);
  CHECK(ad.due_ms() >= to_ms(kStart + 6h) - 36 * 60'000);
  CHECK(ad.due_ms() <= to_ms(kStart + 6h) + 36 * 60'000);
  CHECK(ad.priority() == 5);
  ad = reschedule(ad, {.changed = true, .page_class = "ad", .soft404 = false, .ads = {"s/1"}, .flagged = false}, site, {1h}, kStart + 6h);
  CHECK(ad.events() >= 1);  // a little more: there may have been two changes
  CHECK(ad.events() < 1.1);
  CHECK(ad.exposure_ms() == doctest::Approx(6.0 * 3'600'000));
  CHECK(ad.priority() == 4);
  const auto rate = ad.events();
  ad.set_outcome(Outcome::wall);
  ad = reschedule(ad, {}, site, {1h}, kStart + 12h);
  CHECK(ad.events() == rate);  // a wall teaches nothing
}

TEST_CASE("what the parser saw behind a 200 renames the outcome") {
  const auto site = site_with(2s);
  auto visit = *make_visit("http://a.test/list", site, Role::index, nullptr, kStart);
  visit.set_outcome(Outcome::ok);
  CHECK(reschedule(visit, {.changed = false, .page_class = "login", .soft404 = false, .ads = {}, .flagged = false}, site, {}, kStart).outcome() == Outcome::wall);
  CHECK(reschedule(visit, {.changed = false, .page_class = "block", .soft404 = false, .ads = {}, .flagged = false}, site, {}, kStart).outcome() == Outcome::block);
  CHECK(reschedule(visit, {.changed = false, .page_class = "list", .soft404 = true, .ads = {}, .flagged = false}, site, {}, kStart).outcome() == Outcome::soft404);
}

TEST_CASE("only addresses of the scope become visits") {
  const auto site = site_with(2s);
  const auto start = make_visit("http://a.test/list", site, Role::index, nullptr, kStart);
  REQUIRE(start);
  for (const char* url : {"http://b.test/ad/1", "ftp://a.test/ad/1", "http://a.test/about", "javascript:alert(1)", "http://127.0.0.1/ad/1",
                          "http://a.test/ad/1/x/x/x/x", "http://a.test/ad/1?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p"}) {
    CAPTURE(url);
    CHECK_FALSE(make_visit(url, site, Role::unknown, &*start, kStart));
  }
  const auto page = make_visit("http://a.test/list?page=2#top", site, Role::unknown, &*start, kStart);
  REQUIRE(page);
  CHECK(page->url() == "http://a.test/list?page=2");
  CHECK(page->role() == Role::index);
  CHECK(page->depth() == 1);
  CHECK(page->host() == "a.test");
}

TEST_CASE("a redirect's target keeps its role and counts its hops") {
  const auto site = site_with(2s);
  auto start = *make_visit("http://a.test/list", site, Role::index, nullptr, kStart);
  start.set_outcome(Outcome::redirect);
  start.set_redirects(2);
  const auto hop = make_visit("https://a.test/fr/accueil", site, Role::unknown, &start, kStart);
  REQUIRE(hop);
  CHECK(hop->redirects() == 3);
  CHECK(hop->role() == Role::index);
  CHECK(hop->depth() == 0);
}
