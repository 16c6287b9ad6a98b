#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "crawler/address_clock.h"
#include "crawler/crawl.h"
#include "crawler/frontier.h"
#include "crawler/hours.h"
#include "crawler/traps.h"
#include "tests/crawler_kit.h"

using namespace vigie;
using namespace vigie::crawler;
using vigie::crawler::test::visit_of;

namespace {

const Instant kStart = from_ms(1'795'500'000'000);

SiteOptions plain_site() {
  SiteOptions site;
  site.set_site("s");
  site.add_start("http://a.test/list");
  site.add_hosts("a.test");
  site.add_follow("^/list");
  site.add_ad("^/ad/(?P<id>\\d+)");
  site.set_pace_ms(2000);
  return site;
}
Url url_of(const std::string& path) { return *Url::parse("http://a.test" + path); }

}  // namespace

TEST_CASE("at most four requests are out to one address, their starts 250 ms apart, and every host has its turn") {
  AddressClock clock;
  struct Host {
    Instant asks{};
    std::optional<Instant> turn;
    int served = 0;
  };
  std::map<int, Host> hosts;
  for (int i = 0; i < 60; ++i) hosts[i].asks = kStart;
  std::vector<std::pair<Instant, int>> out;  // until when, whose
  Instant last{}, now = kStart;
  int most = 0;
  while (now < kStart + 5min) {
    for (auto at = out.begin(); at != out.end();) {
      if (at->first > now) {
        ++at;
        continue;
      }
      clock.leave("192.0.2.1", now);
      hosts[at->second].asks = now + 2s;
      at = out.erase(at);
    }
    for (auto& [id, host] : hosts) {
      if (host.asks > now) continue;
      const auto later = clock.enter("192.0.2.1", now, 250ms, host.turn);
      host.turn = later;
      if (later) {
        REQUIRE(*later > now);
        host.asks = *later;
        continue;
      }
      CHECK(now - last >= 250ms);
      last = now;
      ++host.served;
      host.asks = now + 24h;
      out.emplace_back(now + (id % 7 == 0 ? 3s : 400ms), id);
      most = std::max(most, static_cast<int>(out.size()));
    }
    now += 10ms;
  }
  CHECK(most <= AddressClock::kPerAddress);
  const auto [least, best] = std::minmax_element(hosts.begin(), hosts.end(), [](const auto& a, const auto& b) { return a.second.served < b.second.served; });
  CHECK(least->second.served >= 5);  // 1,200 starts at most for 60 hosts
  CHECK(best->second.served <= 5 * least->second.served);
}

TEST_CASE("the gap of an address follows the pace, and a lab without pace is not held") {
  CHECK(AddressClock::gap_of(2s) == 250ms);
  CHECK(AddressClock::gap_of(60s) == 250ms);
  CHECK(AddressClock::gap_of(400ms) == 50ms);
  CHECK(AddressClock::gap_of(0s) == 0ms);
}

TEST_CASE("lists go before a backlog of any age, and the least of all is still served in bounded time") {
  Frontier frontier;
  frontier.set_gate("a.test", "a.test", kStart);
  // Every slot finds a list, a new ad and a known ad that are due: only turns let the others through.
  int lists = 0, slots = 0;
  bool oldest = false, deep = false;
  for (; slots < 100 && !(oldest && deep); ++slots) {
    const auto now = kStart + slots * 2s;
    std::vector<Visit> visits{visit_of("list", 2, now), visit_of("new", 3, now), visit_of("known", 5, now - 1h)};
    if (!oldest) visits.push_back(visit_of("oldest", 5, kStart - 24h));
    if (!deep) visits.push_back(visit_of("deep", 7, kStart));
    frontier.fill("a.test", visits, {});
    const auto url = frontier.take("a.test", now)->url();
    lists += url == "list" ? 1 : 0;
    oldest = oldest || url == "oldest";
    deep = deep || url == "deep";
  }
  CHECK(oldest);
  CHECK(deep);
  CHECK(slots <= 10);
  CHECK(lists >= slots * 7 / 10);
}

TEST_CASE("the ad that is new on a first list page goes before everything else") {
  const auto site = plain_site();
  auto start = *make_visit("http://a.test/list", site, Role::index, nullptr, kStart);
  CHECK(make_visit("http://a.test/ad/7", site, Role::unknown, &start, kStart)->priority() == 3);  // first look: history
  start.set_last_ok_ms(to_ms(kStart - 15min));
  auto news = *make_visit("http://a.test/ad/7", site, Role::unknown, &start, kStart);
  CHECK(news.priority() == 1);
  const auto second = *make_visit("http://a.test/list?page=2", site, Role::index, &start, kStart);
  CHECK(make_visit("http://a.test/ad/8", site, Role::unknown, &second, kStart)->priority() == 3);
  Frontier frontier;
  frontier.set_gate("a.test", "a.test", kStart);
  for (int slot = 0; slot < 20; ++slot) {  // whichever slot it meets
    frontier.fill("a.test", {visit_of("list", 2, kStart - 1h), visit_of("old", 5, kStart - 24h), visit_of("deep", 7, kStart - 24h), news}, {});
    CHECK(frontier.take("a.test", kStart)->url() == "http://a.test/ad/7");
  }
}

TEST_CASE("a day is the site's own, over clock changes") {
  SiteOptions site;
  site.set_site("s");
  site.set_timezone("Europe/Brussels");
  const auto hours = *ActiveHours::make(site);
  const auto at = [](const char* text) { return *parse_rfc3339(text); };
  CHECK(hours->day(at("2026-11-23T22:59:59Z")) + 1 == hours->day(at("2026-11-23T23:00:00Z")));
  CHECK(to_rfc3339(hours->next_day(at("2026-11-23T12:00:00Z"))) == "2026-11-23T23:00:00Z");
  CHECK(to_rfc3339(hours->next_day(at("2026-10-25T00:30:00Z"))) == "2026-10-25T23:00:00Z");  // 25 hours long
  CHECK(to_rfc3339(hours->next_day(at("2026-03-28T23:30:00Z"))) == "2026-03-29T22:00:00Z");  // 23 hours long
}

TEST_CASE("addresses of one generator share a pattern") {
  CHECK(address_pattern(url_of("/list/12/x")) == "/list/N/x");
  CHECK(address_pattern(url_of("/cal?month=11&year=2026&view=week")) == "/cal?month=N&view=*&year=N");
  CHECK(address_pattern(url_of("/cal?view=day&year=2027&month=1")) == address_pattern(url_of("/cal?month=11&year=2026&view=week")));
}

TEST_CASE("paths that go on in circles share a pattern, dates do not") {
  CHECK(address_pattern(url_of("/a/b/a/b/a/b")) == "/a/b/+");
  CHECK(address_pattern(url_of("/a/b/a")) == "/a/b/+");
  CHECK(address_pattern(url_of("/x/1/2/3/4/5/more/6")) == "/N/more/x/+");
  CHECK(address_pattern(url_of("/b/a/a/b")) == "/a/b/+");
  CHECK(address_pattern(url_of("/2026/11/28/rooms")) == "/N/N/N/rooms");
  CHECK(address_pattern(url_of("/")) == "/");
  CHECK(address_pattern(url_of("/list/")) == "/list/");
}

TEST_CASE("a calendar is muted; a list that goes on bringing ads never is") {
  Traps traps;
  std::optional<MutedPattern> muted;
  int looks = 0;
  for (; !muted && looks < 1000; ++looks) muted = traps.looked(url_of("/cal?day=" + std::to_string(looks)), false, static_cast<std::uint64_t>(looks), kStart);
  REQUIRE(muted);
  CHECK(looks == Traps::kLooks);
  CHECK(muted->pattern() == "/cal?day=N");
  for (int page = 0; page < 1000; ++page) {
    const auto found = traps.looked(url_of("/list?page=" + std::to_string(page)), page % 10 == 0, static_cast<std::uint64_t>(page), kStart);
    CHECK_FALSE(found);
  }
}

TEST_CASE("twenty addresses in a row that show the same are muted, one that brings something begins anew") {
  Traps traps;
  for (int i = 0; i < 19; ++i) CHECK_FALSE(traps.looked(url_of("/p?x=" + std::to_string(i)), false, 7, kStart));
  SUBCASE("the twentieth") { CHECK(traps.looked(url_of("/p?x=20"), false, 7, kStart)); }
  SUBCASE("but a fresh one") {
    CHECK_FALSE(traps.looked(url_of("/p?x=20"), true, 7, kStart));
    CHECK_FALSE(traps.looked(url_of("/p?x=21"), false, 7, kStart));
  }
}

TEST_CASE("the same parameters in another order are one address; in the same order under another value they are not") {
  Traps traps;
  CHECK_FALSE(traps.permuted(url_of("/l?a=1&b=2")));
  CHECK_FALSE(traps.permuted(url_of("/l?a=1&b=2")));
  CHECK(traps.permuted(url_of("/l?b=2&a=1")));
  CHECK_FALSE(traps.permuted(url_of("/l?a=1&b=3")));
  CHECK_FALSE(traps.permuted(url_of("/l?c=1&c=2")));
  CHECK_FALSE(traps.permuted(url_of("/l?c=2&c=1")));
}

TEST_CASE("a parameter that changes without effect is a session's, one that ever mattered is not") {
  Traps traps;
  std::optional<std::string> session;
  int looks = 0;
  for (; !session && looks < 50; ++looks) session = traps.session_parameter(url_of("/list?visit=8f3a91c" + std::to_string(looks)), 42);
  CHECK(session == "visit");
  CHECK(looks == Traps::kSessionProofs + 1);
  for (int i = 0; i < 50; ++i)
    CHECK_FALSE(traps.session_parameter(url_of("/list?region=reg-0000" + std::to_string(i)), static_cast<std::uint64_t>(i / 2)));
}

TEST_CASE("what a session puts into addresses is left out, page numbers and words stay") {
  CHECK(without_sessions("http://a.test/l?sid=8f3a91c0&page=2") == "http://a.test/l&page=2");
  CHECK(without_sessions("http://a.test/l?region=namur&page=2") == "http://a.test/l&region=namur&page=2");
  CHECK(without_sessions("http://a.test/l") == "http://a.test/l");
}

TEST_CASE("the probe of a host is an ad's address that cannot exist, of the scope, and stays one address") {
  const auto site = plain_site();
  const auto start = *make_visit("http://a.test/list", site, Role::index, nullptr, kStart);
  const auto ad = *make_visit("http://a.test/ad/48213", site, Role::unknown, &start, kStart);
  auto probe = make_probe(ad, site, kStart);
  REQUIRE(probe);
  CHECK(probe->role() == Role::probe);
  CHECK(probe->url().starts_with("http://a.test/ad/9"));
  CHECK(probe->url().size() == std::string("http://a.test/ad/").size() + 9);
  CHECK(probe->due_ms() == to_ms(kStart + 10min));
  CHECK(probe->tried());
  CHECK(make_probe(*make_visit("http://a.test/ad/9", site, Role::unknown, &start, kStart), site, kStart)->url() == probe->url());
  SUBCASE("whatever it answers, it is asked again in a week and is never gone") {
    for (const auto outcome : {Outcome::ok, Outcome::gone, Outcome::redirect, Outcome::soft404}) {
      auto asked = *probe;
      asked.set_outcome(outcome);
      asked = reschedule(asked, {}, site, {}, kStart);
      CHECK_FALSE(is_gone(asked, {}));
      CHECK(asked.due_ms() > to_ms(kStart + 6 * 24h));
    }
  }
  SUBCASE("outside the scope's patterns there is none") {
    auto other = site;
    other.clear_ad();
    other.add_ad("^/ad/48213$");
    CHECK_FALSE(make_probe(ad, other, kStart));
  }
}
