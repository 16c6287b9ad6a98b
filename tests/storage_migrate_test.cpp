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

}  // namespace

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
