#include <doctest/doctest.h>

#include <map>

#include "storage/engine.h"
#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;

/// One small store of each format that was ever released stands in tests/stores/: four invented ads, two of one text, two of one
/// number, as the program of that time wrote them.
namespace {

void lay_out(const test::Folder& folder, const std::string& format) {
  std::filesystem::copy(std::string(VIGIE_SOURCE_DIR) + "/tests/stores/" + format, folder.path() + "/store");
}

/// What a store of today holds, for the day when it is an older format: texts that are alike, a shared number, near
/// pictures, a page with its body and its edit, a host with its robots copy, an alert, and an entry of the log.
void fill_small_store(Store& store) {
  const auto invented = [](int n, const std::string& words, const std::string& phone, const std::string& picture = {}) {
    auto one = test::ad("petites-annonces/" + std::to_string(n), words, phone);
    if (!picture.empty()) one.add_images("https://a.example/i/" + picture + ".jpg");
    return one;
  };
  const std::string moving = "chambre calme au centre ville proche de la gare et du tram libre tout de suite pour une personne soigneuse";
  const std::string digits = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  test::arrive(store, invented(1, moving + " un", "+33199000011"), test::at(1));
  test::arrive(store, invented(2, moving + " deux", "+33199000012"), test::at(2));
  test::arrive(store, invented(3, "cours de piano le soir chez le professeur dans le quartier nord", "+33199000012"), test::at(3));
  test::arrive(store, invented(4, "table en bois clair avec quatre chaises presque neuves", {}, digits), test::at(4));
  test::arrive(store, invented(5, "une bicyclette bleue avec panier et deux sacoches grises", {}, digits.substr(0, 62) + "00"), test::at(5));
  const auto page = "<html><body><h1>petite annonce</h1><p>" + moving + "</p></body></html>";
  const auto raw = *store.put_raw("petites-annonces", page, test::at(6));
  auto c = test::completion(test::visit("http://a.example/6", 3600), {test::first_sight(invented(6, "une page avec son corps", "+33199000016"), test::at(6), raw)});
  c.visit.add_ads("petites-annonces/6");
  c.host.emplace();
  c.host->set_host("a.example");
  c.host->mutable_robots()->set_status(200);
  c.host->mutable_robots()->set_body("User-agent: *\nDisallow: /admin/\n");
  c.host->set_revision(1);
  c.alerts = {test::alert("about-6", 9)};
  c.alerts[0].add_ads("petites-annonces/6");
  c.log.emplace_back();
  c.log.back().set_operation("collection");
  c.log.back().set_object("petites-annonces/6");
  REQUIRE(store.complete(c));
  auto edited = test::first_sight(invented(6, "une page avec son corps, et une phrase de plus", "+33199000016"), test::at(60), raw);
  edited.version->set_version(2);
  edited.ad.mutable_ad()->set_versions(2);
  edited.ad.set_first_ms(to_ms(test::at(6)));
  auto again = test::completion(**store.visit("http://a.example/6"), {edited});
  REQUIRE(store.complete(again));
}

}  // namespace

TEST_CASE("writes the small store of this format into VIGIE_SMALL_STORE" * doctest::skip()) {
  const char* folder = std::getenv("VIGIE_SMALL_STORE");  // run it with --no-skip before the format changes
  if (!folder) return;
  OpenOptions options;
  options.path = folder;
  options.cache_bytes = 4 << 20;
  auto store = Store::open(options);
  REQUIRE(store);
  fill_small_store(**store);
  CHECK((*store)->check()->empty());
}

TEST_CASE("a store of format 3 keeps its ads, versions, bodies, host and log") {
  test::Folder folder;
  lay_out(folder, "format-3");
  for (const bool again : {false, true}) {
    CAPTURE(again);
    auto opened = test::open(folder);
    REQUIRE(opened);
    auto& store = **opened;
    CHECK(store.totals()->ads == 6);
    const auto versions = *store.versions("petites-annonces/6");
    REQUIRE(versions.size() == 2);
    const auto body = store.raw(*text::from_hex(versions[0].sha256()));
    REQUIRE(body);
    CHECK(body->starts_with("<html><body><h1>petite annonce"));
    CHECK((*store.ad("petites-annonces/1"))->ad().template_() == (*store.ad("petites-annonces/2"))->ad().template_());
    CHECK((*store.ad("petites-annonces/4"))->ad().group() == (*store.ad("petites-annonces/5"))->ad().group());
    CHECK((*store.ad("petites-annonces/3"))->ad().group() == (*store.ad("petites-annonces/2"))->ad().group());
    const auto near = store.similar(**store.ad("petites-annonces/1"), 5);  // by the sketches of today
    REQUIRE(near);
    REQUIRE(near->size() == 1);
    CHECK(near->front().ad() == "petites-annonces/2");
    CHECK(store.hosts()->front().host.robots().body().starts_with("User-agent"));
    CHECK(store.verify_log()->faults.empty());
    const auto faults = store.check();
    REQUIRE(faults);
    for (const auto& fault : *faults) FAIL_CHECK(fault);
  }
}

TEST_CASE("a store of format 1 is migrated when it is opened for writing, and refused for reading until then") {
  test::Folder folder;
  lay_out(folder, "format-1");
  const auto early = test::open(folder, Access::read_only);
  REQUIRE_FALSE(early);
  CHECK(early.error().code == Errc::misconfigured);
  CHECK(early.error().text.find("older program (format 1)") != std::string::npos);
  for (const bool again : {false, true}) {
    CAPTURE(again);
    auto opened = test::open(folder);
    REQUIRE(opened);
    auto& store = **opened;
    std::map<std::string, Ad> ads;
    REQUIRE(store.each_ad({}, [&](const StoredAd& stored) { return ads[stored.ad().ad()] = stored.ad(), true; }));
    REQUIRE(ads.size() == 4);
    const auto of = [&](int n) -> const Ad& { return ads["petites-annonces/" + std::to_string(n)]; };
    CHECK(of(1).template_().starts_with("t-"));
    CHECK(of(1).template_() == of(2).template_());
    CHECK(of(3).template_().empty());
    CHECK(of(1).group().starts_with("g-"));
    CHECK(of(1).group() == of(2).group());
    CHECK(of(3).group() == of(2).group());
    CHECK(of(4).group().empty());
    CHECK(store.versions("petites-annonces/1")->size() == 1);
    const auto faults = store.check();
    REQUIRE(faults);
    for (const auto& fault : *faults) FAIL_CHECK(fault);
  }
  CHECK(test::open(folder, Access::read_only));
}

TEST_CASE("a store of format 2 learns its pictures by their hashes") {
  test::Folder folder;
  lay_out(folder, "format-2");
  CHECK_FALSE(test::open(folder, Access::read_only));
  for (const bool again : {false, true}) {
    CAPTURE(again);
    auto opened = test::open(folder);
    REQUIRE(opened);
    auto& store = **opened;
    std::map<std::string, std::string> groups;
    REQUIRE(store.each_ad({}, [&](const StoredAd& stored) { return groups[stored.ad().ad()] = stored.ad().group(), true; }));
    REQUIRE(groups.size() == 6);
    const auto of = [&](int n) { return groups["petites-annonces/" + std::to_string(n)]; };
    CHECK(of(4).starts_with("g-"));
    CHECK(of(4) == of(5));  // two digits of 64 differ
    CHECK(of(6).empty());   // the same digits backwards
    CHECK(of(2) == of(3));
    const auto faults = store.check();
    REQUIRE(faults);
    for (const auto& fault : *faults) FAIL_CHECK(fault);
  }
}

TEST_CASE("a store of format 3 gets its sightings and robots copies, also where one host's new key is another's old one") {
  test::Folder folder;
  lay_out(folder, "format-3-crawled");  // hosts annonces.example and hannonces.example
  CHECK_FALSE(test::open(folder, Access::read_only));
  for (const bool again : {false, true}) {
    CAPTURE(again);
    auto opened = test::open(folder);
    REQUIRE(opened);
    auto& store = **opened;
    auto hosts = store.hosts();
    REQUIRE(hosts);
    REQUIRE(hosts->size() == 2);
    for (const auto& each : *hosts) {
      CHECK(each.host.robots().body().starts_with("User-agent: *\nDisallow: /closed/\n"));
      CHECK(each.host.robots().body().ends_with("Crawl-delay: 0\n") == (each.host.host() == "hannonces.example"));
      CHECK(each.earliest);
    }
    int ads = 0;
    REQUIRE(store.each_ad({}, [&](const StoredAd& stored) {
      const auto row = store.sighting(stored.ad().ad());
      CHECK((row && *row && (*row)->last_ms == stored.last_ms() && stored.last_ms() > 0));
      return ++ads > 0;
    }));
    CHECK(ads == 8);
    const auto faults = store.check();
    REQUIRE(faults);
    for (const auto& fault : *faults) FAIL_CHECK(fault);
  }
  CHECK(test::open(folder, Access::read_only));
}

TEST_CASE("a migration over two formats places like pictures as one") {
  test::Folder folder;
  lay_out(folder, "format-2");
  {
    EngineOptions options;
    options.folder = folder.path() + "/store";
    auto engine = Engine::open(options);
    REQUIRE(engine);
    REQUIRE((*engine)->write(Durability::synced, [](Transaction& t) { return t.put(Family::meta, "format", Key().u32(1).str()); }));
  }
  auto opened = test::open(folder);
  REQUIRE(opened);
  std::map<std::string, std::string> groups;
  REQUIRE((*opened)->each_ad({}, [&](const StoredAd& stored) { return groups[stored.ad().ad()] = stored.ad().group(), true; }));
  CHECK(groups["petites-annonces/4"].starts_with("g-"));
  CHECK(groups["petites-annonces/4"] == groups["petites-annonces/5"]);
  CHECK((*opened)->check()->empty());
}
