#include <doctest/doctest.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/pipeline.h"
#include "core/hash.h"
#include "storage/store.h"
#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::app;

namespace {

const Instant kStart = from_ms(1'795'500'000'000);

SiteOptions plain_site() {
  SiteOptions site;
  site.set_site("s");
  site.set_scope("NORTH-01");
  site.set_family("job");
  site.set_legal_reference("4711/26");
  site.add_start("http://a.test/list");
  site.add_hosts("a.test");
  site.add_follow("^/(list|cal)");
  site.add_ad("^/ad/(?P<id>\\d+)");
  site.set_pace_ms(2000);
  site.set_revisit_index_ms(Millis(15min).count());
  site.set_revisit_ad_ms(Millis(6h).count());
  site.set_robots("obey");
  return site;
}

/// The commit side alone: pages come as the parser would have read them, and the store is real.
struct World {
  storage::test::Folder folder;
  std::unique_ptr<storage::Store> store = *storage::test::open(folder);
  std::shared_ptr<Config> config = std::make_shared<Config>();
  std::mutex alerts_lock;
  std::unique_ptr<Pipeline> pipeline;
  HostRecord host;

  World() {
    config->sites.push_back(plain_site());
    config->confirm_gone = {1h, 24h};
    host.set_host("a.test");
    restart();
    REQUIRE(store->discover({*crawler::make_visit("http://a.test/list", config->sites[0], Role::index, nullptr, kStart)}));
  }
  void restart() {
    auto rules = detector::Rules::compile({}, {});
    REQUIRE(rules);
    pipeline = std::make_unique<Pipeline>(*store, config, *rules, alerts_lock);
  }
  std::optional<Visit> visit(const std::string& url) { return *store->visit(url); }

  /// One attempt at a known address, as the fetch side hands it over.
  PageItem item(const std::string& url, Outcome::Kind outcome, Instant now) {
    const auto known = visit(url);
    REQUIRE(known);
    PageItem item;
    auto& exchange = item.exchange;
    exchange.visit = *known;
    exchange.visit.set_generation(known->generation() + 1);
    exchange.visit.set_outcome(outcome);
    exchange.visit.set_last_ms(to_ms(now));
    exchange.host = host;
    exchange.site = config->sites[0];
    exchange.started = exchange.ended = now;
    return item;
  }
  void commit(PageItem item) { REQUIRE(pipeline->commit(item)); }
  void see(const std::string& url, const PageRecord& page, Instant now) {
    auto made = item(url, Outcome::ok, now);
    made.page = page;
    made.exchange.body = page.SerializeAsString();
    made.exchange.visit.set_body_sha256(sha256(made.exchange.body));
    commit(std::move(made));
  }
};

PageRecord list_of(const std::vector<std::string>& ads, const std::vector<std::string>& lists = {}) {
  PageRecord page;
  page.set_page_class("list");
  for (const auto& url : ads) {
    auto& link = *page.add_links();
    link.set_url(url);
    link.set_class_("ad");
    auto& listing = *page.add_listings();
    listing.set_ad("s/" + url.substr(url.rfind('/') + 1));
    listing.set_url(url);
  }
  for (const auto& url : lists) {
    auto& link = *page.add_links();
    link.set_url(url);
    link.set_class_("list");
  }
  return page;
}
PageRecord ad_page(const std::string& number, const std::string& text) {
  PageRecord page;
  page.set_page_class("ad");
  page.set_title("ad " + number);
  page.set_main_text(text);
  auto& ad = *page.add_listings();
  ad.set_ad("s/" + number);
  ad.set_site("s");
  ad.set_url("http://a.test/ad/" + number);
  ad.set_title("ad " + number);
  ad.set_text(text);
  return page;
}
PageRecord feed_of(const std::string& why, const std::vector<std::pair<std::string, Instant>>& items) {
  PageRecord page;
  page.set_page_class("feed");
  page.set_why(why);
  for (const auto& [url, modified] : items) {
    auto& link = *page.add_links();
    link.set_url(url);
    link.set_class_("other");
    link.set_modified_ms(to_ms(modified));
  }
  return page;
}
void check_sound(storage::Store& store) {
  const auto faults = store.check();
  REQUIRE(faults);
  for (const auto& fault : *faults) FAIL_CHECK(fault);
}
/// The page with what a parse worker would have noted of it: title and price found by a rule, or nowhere.
PageRecord with_lesson(PageRecord page, bool by_rule) {
  for (const auto& listing : page.listings()) {
    auto& said = *page.mutable_lesson()->add_listings();
    said.set_ad(listing.ad());
    for (const char* name : {"title", "price"}) {
      auto& field = *said.add_fields();
      field.set_field(name);
      field.set_found(by_rule || name == std::string("title"));
      field.set_source(by_rule ? "learned" : "meta");
      if (!by_rule) continue;
      auto& rule = *field.add_here();
      rule.set_field(name);
      rule.set_at(std::string("div.") + name);
      rule.set_key(name[0]);
      rule.set_hits(1);
    }
  }
  return page;
}
std::vector<Alert> health_alerts(storage::Store& store) {
  std::vector<Alert> found;
  REQUIRE(store.each_alert({}, [&](const Alert& alert) {
    if (alert.key().starts_with("health/")) found.push_back(alert);
    return true;
  }));
  return found;
}

}  // namespace

TEST_CASE("a source that is blocked is told once, and once more when it answers again, over restarts") {
  World world;
  world.host.set_state("blocked");
  REQUIRE(world.pipeline->note_health(world.host, kStart));
  auto alerts = health_alerts(*world.store);
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].kind() == "health");
  CHECK(alerts[0].status() == "pending");
  CHECK(alerts[0].due_ms() == to_ms(kStart));
  CHECK(alerts[0].scope() == "NORTH-01");
  CHECK(alerts[0].revision() == 1);
  CHECK(alerts[0].headline().find("a.test has refused") != std::string::npos);
  world.restart();
  REQUIRE(world.pipeline->note_health(world.host, kStart + 1h));
  CHECK(health_alerts(*world.store)[0].revision() == 1);
  world.host.set_state("ok");
  REQUIRE(world.pipeline->note_health(world.host, kStart + 2h));
  REQUIRE(world.pipeline->note_health(world.host, kStart + 3h));
  alerts = health_alerts(*world.store);
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].revision() == 2);
  CHECK(alerts[0].headline().find("answers again") != std::string::npos);
  SUBCASE("a host that never was ill tells nothing") {
    world.host.set_host("b.test");
    REQUIRE(world.pipeline->note_health(world.host, kStart + 4h));
    CHECK(health_alerts(*world.store).size() == 1);
  }
}

TEST_CASE("an invented address teaches what the site shows for ads that are gone") {
  World world;
  world.see("http://a.test/list", list_of({"http://a.test/ad/7", "http://a.test/ad/8"}), kStart);
  world.see("http://a.test/ad/7", ad_page("7", "a room to let"), kStart);
  std::string probe;
  REQUIRE(world.store->each_visit("s", [&](const Visit& visit) {
    if (visit.role() == Role::probe) probe = visit.url();
    return true;
  }));
  REQUIRE_FALSE(probe.empty());
  PageRecord error;
  error.set_page_class("other");
  error.set_title("Oh");
  SUBCASE("its page is its error print") {
    error.set_main_text("nothing to see at this place");
    world.see(probe, error, kStart + 10min);
    CHECK(world.pipeline->knowledge("s").error_prints_size() == 0);  // some sites show another ad: once is not enough
    std::string second;
    REQUIRE(world.store->each_visit("s", [&](const Visit& visit) {
      if (visit.role() == Role::probe && visit.url() != probe) second = visit.url();
      return true;
    }));
    REQUIRE_FALSE(second.empty());
    world.see(second, error, kStart + 20min);
    CHECK(world.pipeline->knowledge("s").error_prints_size() == 1);
    world.restart();  // and it is kept
    world.see("http://a.test/ad/8", ad_page("8", "another"), kStart + 11min);
    CHECK(world.pipeline->knowledge("s").error_prints_size() == 1);
  }
  SUBCASE("unless ads look the same: a shell that a script fills would lose them all") {
    auto shell = ad_page("8", "");
    shell.set_title("Oh");
    world.see("http://a.test/ad/8", shell, kStart + 1min);
    world.see(probe, error, kStart + 10min);
    CHECK(world.pipeline->knowledge("s").error_prints_size() == 0);
  }
  SUBCASE("where it leads, ads that are gone lead too: confirmed after 1 h and 24 h") {
    auto hop = world.item(probe, Outcome::redirect, kStart + 10min);
    hop.exchange.visit.set_redirect_to("http://a.test/welcome");
    world.commit(std::move(hop));
    for (const auto after : {6h, 7h, 30h}) {
      auto gone = world.item("http://a.test/ad/7", Outcome::redirect, kStart + after);
      gone.exchange.visit.set_redirect_to("http://a.test/welcome");
      CHECK((*world.store->ad("s/7"))->ad().state() == "live");
      world.commit(std::move(gone));
    }
    CHECK((*world.store->ad("s/7"))->ad().state() == "gone");
    CHECK(world.store->absences("s/7")->back().how() == "redirect");
  }
}

TEST_CASE("sitemaps that robots.txt names are followed on the site's own hosts") {
  World world;
  auto list = world.item("http://a.test/list", Outcome::unchanged, kStart);
  list.exchange.sitemaps = {"http://a.test/map.xml", "http://elsewhere.test/map.xml"};
  world.commit(std::move(list));
  const auto map = world.visit("http://a.test/map.xml");
  REQUIRE(map);
  CHECK(map->role() == Role::feed);
  CHECK_FALSE(world.visit("http://elsewhere.test/map.xml"));
  SUBCASE("its addresses are those of the scope, whatever else it lists") {
    world.see("http://a.test/map.xml", feed_of("sitemap", {{"http://a.test/ad/5", kStart}, {"http://a.test/about", kStart}, {"http://b.test/ad/5", kStart}}), kStart);
    CHECK(world.visit("http://a.test/ad/5"));
    CHECK_FALSE(world.visit("http://a.test/about"));
    CHECK_FALSE(world.visit("http://b.test/ad/5"));
  }
}

TEST_CASE("what a sitemap dates after our last look is due at once, each date once, and lists when a feed has news") {
  World world;
  auto& site = world.config->sites[0];
  site.add_sitemap("http://a.test/map.xml");
  REQUIRE(world.store->discover({*crawler::make_visit("http://a.test/map.xml", site, Role::feed, nullptr, kStart)}));
  world.see("http://a.test/list", list_of({"http://a.test/ad/7"}), kStart);
  world.see("http://a.test/ad/7", ad_page("7", "a room to let"), kStart);
  world.see("http://a.test/map.xml", feed_of("sitemap", {{"http://a.test/ad/7", kStart - 1h}}), kStart + 5min);
  CHECK(world.visit("http://a.test/ad/7")->due_ms() > to_ms(kStart + 1h));
  CHECK(world.visit("http://a.test/list")->due_ms() > to_ms(kStart + 5min));  // the first reading is no news
  const auto dated = feed_of("sitemap", {{"http://a.test/ad/7", kStart + 8min + 1s}});
  world.see("http://a.test/map.xml", dated, kStart + 9min);
  CHECK(world.visit("http://a.test/ad/7")->due_ms() == to_ms(kStart + 9min));
  CHECK(world.visit("http://a.test/list")->due_ms() == to_ms(kStart + 9min));
  world.see("http://a.test/ad/7", ad_page("7", "a room to let, changed"), kStart + 10min);
  auto again = dated;
  again.set_title("the same date once more");
  world.see("http://a.test/map.xml", again, kStart + 12min);
  CHECK(world.visit("http://a.test/ad/7")->due_ms() > to_ms(kStart + 1h));
  check_sound(*world.store);
}

TEST_CASE("a calendar that leads nowhere is muted: what waits is parked, nothing more is followed, and explain can tell") {
  World world;
  world.see("http://a.test/list", list_of({"http://a.test/ad/7"}, {"http://a.test/cal?day=0"}), kStart);
  int looks = 0;
  for (int day = 0; day < 300; ++day) {
    const auto url = "http://a.test/cal?day=" + std::to_string(day);
    const auto visit = world.visit(url);
    if (!visit || visit->parked()) break;
    ++looks;
    auto page = list_of({}, {"http://a.test/cal?day=" + std::to_string(day + 1), "http://a.test/cal?day=" + std::to_string(day + 1000)});
    page.set_main_text("day " + std::to_string(day));
    world.see(url, page, kStart + day * 2s);
  }
  CHECK(looks == crawler::Traps::kLooks);
  const auto state = world.store->site("s");
  REQUIRE(state);
  REQUIRE(state->muted_size() == 1);
  CHECK(state->muted(0).pattern() == "/cal?day=N");
  CHECK(world.visit("http://a.test/cal?day=1000")->parked());
  CHECK(world.visit("http://a.test/cal?day=1000")->limit() == "muted");
  CHECK_FALSE(world.visit("http://a.test/cal?day=" + std::to_string(looks)));
  CHECK_FALSE(world.visit("http://a.test/ad/7")->parked());
  check_sound(*world.store);
}

TEST_CASE("the revisits of a site are shared out once its first page is kept, and the plan outlives a restart") {
  World world;
  world.see("http://a.test/list", list_of({"http://a.test/ad/7"}), kStart);
  const auto plan = (*world.store->site("s")).revisit();
  CHECK(plan.made_ms() == to_ms(kStart));
  CHECK(plan.pages() == 1);
  CHECK(plan.per_day() > 0);
  world.restart();
  world.see("http://a.test/ad/7", ad_page("7", "a room to let"), kStart + 10min);
  CHECK((*world.store->site("s")).revisit().made_ms() == to_ms(kStart));
  world.see("http://a.test/list", list_of({"http://a.test/ad/7"}), kStart + 2h);
  CHECK((*world.store->site("s")).revisit().made_ms() == to_ms(kStart + 2h));
}

TEST_CASE("what was told on half of the evidence is withdrawn when the first pass shows that it does not stand") {
  World world;
  world.see("http://a.test/list", list_of({"http://a.test/ad/7"}), kStart);
  world.see("http://a.test/ad/7", ad_page("7", "a room to let"), kStart + 1min);
  const auto told = [&](const std::string& key, const std::string& kind, const std::string& site) {
    Alert alert = storage::test::alert(key, 0, "sent");
    alert.set_kind(kind);
    alert.add_sites(site);
    alert.add_ads("s/7");
    alert.set_bypass_digest(kind == "watch");
    REQUIRE(world.store->put_outgoing({}, {alert}));
  };
  told("network", "linked", "s");
  told("watched", "watch", "s");
  told("elsewhere", "linked", "t");
  REQUIRE(world.pipeline->end_first_passes(kStart + 2min));
  REQUIRE((*world.store->site("s")).first_pass_done());
  const auto status = [&](const std::string& key) { return (**world.store->alert(key)).status(); };
  CHECK(status("network") == "suppressed");
  CHECK(status("watched") == "sent");
  CHECK(status("elsewhere") == "sent");
  check_sound(*world.store);
}

TEST_CASE("what pages teach is kept over a restart, and a new layout is told once and once more when it is over") {
  World world;
  int number = 100;
  Instant now = kStart;
  const auto show = [&](int ads, bool by_rule) {
    for (int i = 0; i < ads; ++i) {
      const auto name = std::to_string(number++);
      const std::string url = "http://a.test/ad/" + name;
      now += 1min;
      REQUIRE(world.store->discover({*crawler::make_visit(url, world.config->sites[0], Role::ad_page, nullptr, now)}));
      world.see(url, with_lesson(ad_page(name, "a quiet room with a view, number " + name), by_rule), now);
    }
  };
  show(60, true);
  const auto known = world.pipeline->knowledge("s");
  REQUIRE(known.learned().rules_size() >= 2);
  CHECK(known.learned().revision() > 0);
  CHECK(health_alerts(*world.store).empty());
  world.restart();
  CHECK(world.pipeline->knowledge("s").learned().revision() == known.learned().revision());

  show(40, false);
  auto alerts = health_alerts(*world.store);
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].key() == "health/s/layout");
  CHECK(alerts[0].health().open());
  CHECK(alerts[0].severity() == "medium");
  CHECK(alerts[0].headline().find("price (usually") != std::string::npos);
  CHECK(alerts[0].revision() == 1);
  show(60, true);
  alerts = health_alerts(*world.store);
  REQUIRE(alerts.size() == 1);
  CHECK_FALSE(alerts[0].health().open());
  CHECK(alerts[0].revision() == 2);
  show(40, true);
  CHECK(health_alerts(*world.store)[0].revision() == 2);
  check_sound(*world.store);
}

TEST_CASE("what differs only because the site is known better is no change of an ad") {
  World world;
  const std::string url = "http://a.test/ad/7";
  REQUIRE(world.store->discover({*crawler::make_visit(url, world.config->sites[0], Role::ad_page, nullptr, kStart)}));
  world.see(url, ad_page("7", "a quiet room. Never pay in advance."), kStart);
  const auto again = [&](const std::string& seen, const std::string& reread, Instant now) {
    auto item = world.item(url, Outcome::ok, now);
    item.page = ad_page("7", seen);
    item.exchange.body = seen + reread;
    item.exchange.visit.set_body_sha256(sha256(item.exchange.body));
    item.reading = 3;
    if (!reread.empty()) item.read_again["s/7"] = ad_page("7", reread).listings(0);
    world.commit(std::move(item));
    return **world.store->ad("s/7");
  };
  auto ad = again("a quiet room.", "a quiet room.", kStart + 6h);
  CHECK(ad.ad().versions() == 1);
  CHECK(ad.ad().text() == "a quiet room.");
  CHECK(ad.reading() == 3);
  SUBCASE("what the site changed at the same time is, and nothing else is told of it") {
    ad = again("a loud room.", "a quiet room.", kStart + 12h);
    CHECK(ad.ad().versions() == 2);
    const auto versions = *world.store->versions("s/7");
    REQUIRE(versions.back().changes_size() == 1);
    CHECK(versions.back().changes(0).before().string_value() == "a quiet room.");
  }
  SUBCASE("without the earlier body the difference counts") {
    CHECK(again("a loud room.", "", kStart + 12h).ad().versions() == 2);
  }
  check_sound(*world.store);
}
