#include <doctest/doctest.h>

#include "app/clock_mend.h"
#include "storage_kit.h"

using namespace vigie;

namespace {

const Instant kWall = from_ms(1795470000000);  // 2026-11-23

Visit asked(const std::string& path, Instant last, Millis interval) {
  Visit visit;
  visit.set_url("http://rooms.example" + path);
  visit.set_site("rooms");
  visit.set_host("rooms.example");
  visit.set_first_ms(to_ms(kWall - 24h));
  visit.set_last_ms(to_ms(last));
  visit.set_interval_ms(interval.count());
  visit.set_due_ms(to_ms(last + interval));
  return visit;
}

/// A store that a clock has written to which ran ahead by `ahead` for a while.
struct World {
  storage::test::Folder folder;
  std::unique_ptr<storage::Store> store = *storage::test::open(folder);
  app::Config config;

  explicit World(Millis ahead) {
    SiteOptions site;
    site.set_site("rooms");
    site.add_hosts("rooms.example");
    config.sites.push_back(site);
    REQUIRE(store->discover({asked("/1", kWall - 10min, 1h), asked("/2", kWall + ahead, 1h), asked("/3", kWall + ahead, 6h)}));
    HostRecord host;
    host.set_host("rooms.example");
    host.set_pace_ms(2000);
    host.set_next_allowed_ms(to_ms(kWall + ahead + 30s));
    host.set_revision(7);
    REQUIRE(store->put_host(host));
  }
  std::int64_t due(const std::string& path) { return (**store->visit("http://rooms.example" + path)).due_ms() - to_ms(kWall); }
  HostRecord host() { return store->hosts()->front().host; }
};

}  // namespace

TEST_CASE("what a clock that ran ahead has put off is due as if it had been right") {
  for (const Millis ahead : {Millis(1h), Millis(24h * 365 * 10)}) {
    CAPTURE(ahead.count());
    World world(ahead);
    const auto moved = app::mend_schedule(*world.store, world.config, kWall);
    REQUIRE(moved);
    CHECK(*moved == 2);
    CHECK(world.due("/1") == Millis(50min).count());
    CHECK(world.due("/2") == Millis(1h).count());
    CHECK(world.due("/3") == Millis(6h).count());
    CHECK(world.host().next_allowed_ms() == to_ms(kWall + 30s));
    SUBCASE("a second start moves nothing") {
      const auto again = app::mend_schedule(*world.store, world.config, kWall + 10s);
      REQUIRE(again);
      CHECK(*again == 0);
      CHECK(world.due("/2") == Millis(1h).count());
    }
  }
}

TEST_CASE("what is far off for a reason stays where it is") {
  World world(1min);  // less than a step that is mended
  HostRecord host = world.host();
  host.set_next_allowed_ms(to_ms(kWall + 24h));  // it asked for that
  host.set_blocked_until_ms(to_ms(kWall + 24h * 7));
  host.set_state_since_ms(to_ms(kWall - 1h));
  REQUIRE(world.store->put_host(host));
  const auto moved = app::mend_schedule(*world.store, world.config, kWall);
  REQUIRE(moved);
  CHECK(*moved == 0);
  CHECK(world.due("/3") == Millis(6h + 1min).count());
  CHECK(world.host().next_allowed_ms() == to_ms(kWall + 24h));
  CHECK(world.host().blocked_until_ms() == to_ms(kWall + 24h * 7));
}
