#include <doctest/doctest.h>

#include "storage/engine.h"
#include "storage/log.h"
#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;
using test::at;

namespace {

constexpr auto kUrl = "http://a.example/1";
constexpr auto kAd = "site-a/1";
constexpr auto kPhone = "+33199000042";

/// A small sound store with something in every family.
void fill(Store& store) {
  const auto raw = *store.put_raw("site-a", "<p>body</p>", at(0));
  auto c = test::completion(test::visit(kUrl, 10), {test::first_sight(test::ad(kAd, "some words of an ad that can be compared", kPhone), at(0), raw),
                                                    test::first_sight(test::ad("site-a/2", "other", kPhone), at(0))});
  c.discovered = {test::visit("http://a.example/leased", 10)};
  c.host.emplace();
  c.host->set_host("a.example");
  c.alerts = {test::alert("k1", 10), test::alert("k2", 10, "digest")};
  Network network;
  network.set_id("g-1");
  network.add_ads(kAd);
  network.add_ads("site-a/2");
  network.add_merged("g-0");
  c.networks = {network};
  LogEntry entry;
  entry.set_operation("collection");
  c.log = {entry, entry, entry};
  REQUIRE(store.complete(c));
  Lease lease;
  lease.set_url("http://a.example/leased");
  REQUIRE(store.lease(lease, *c.host));
  Outgoing message;
  message.set_id("m1");
  message.set_receiver("desk");
  message.set_next_ms(5);
  REQUIRE(store.put_outgoing({message}, {}));
}

struct Damage {
  std::string what;      // a fault must say
  Engine::Fact inflict;
};

std::string first_key(View& view, Family family, std::string_view prefix) {
  std::string found;
  CHECK(view.scan_prefix(family, prefix, [&](std::string_view key, std::string_view) {
    found = key;
    return false;
  }));
  REQUIRE_FALSE(found.empty());
  return found;
}

Damage drop(std::string what, Family family, std::string prefix) {
  return {std::move(what), [=](Transaction& t) { return t.erase(family, first_key(t, family, prefix)); }};
}
Damage plant(std::string what, Family family, std::string key, std::string value = "") {
  return {std::move(what), [=](Transaction& t) { return t.put(family, key, value); }};
}

std::vector<Damage> damages() {
  Alert stranger;
  stranger.set_key("other");
  return {
      drop("not in the schedule", Family::sched, ""),
      plant("no such visit", Family::sched, sched_key("a.example", 3, 5, "http://a.example/unknown")),
      plant("differ from its visit", Family::sched, sched_key("a.example", 3, 5, kUrl)),
      plant("in the schedule although leased", Family::sched, sched_key("a.example", 3, to_ms(at(10)), "http://a.example/leased")),
      plant("lease http://a.example/unknown: no such visit", Family::lease, "http://a.example/unknown"),
      drop("missing in its site's list", Family::visit, "s"),
      plant("cannot be read", Family::visit, visit_key("http://a.example/x"), "\xff\xff\xff"),
      drop("missing by last change", Family::ad, "t"),
      plant("by last change too many", Family::ad, ad_change_key(1, kAd)),
      drop("no such ad", Family::ad, "a"),
      drop("version 1 is missing", Family::version, "v"),
      drop("its raw body is missing", Family::raw, ""),
      plant("raw: a key is no SHA-256", Family::raw, "short"),
      drop("the contact index differs", Family::contact, "a"),
      drop("its row is missing", Family::contact, "c"),
      plant("sketch row of site-a/9: no such ad", Family::sketch, "m0123456789abcdefsite-a/9"),
      plant("sketch: a key cannot be read", Family::sketch, "zzz"),
      drop("g-1 is missing", Family::link, "ng-1"),
      plant("its ad site-a/2 stands in another", Family::link, "asite-a/2", "g-5"),
      plant("the one that took it in is missing", Family::link, "gg-7", "g-8"),
      drop("pending with a due time, and not among the due", Family::due, "a"),
      plant("among the due although digest", Family::due, due_alert_key(to_ms(at(10)), "k2")),
      plant("due row of k9: no such alert", Family::due, due_alert_key(1, "k9")),
      plant("due row of k1: one too many", Family::due, due_alert_key(1, "k1")),
      drop("alert k1: missing by age", Family::finding, "c"),
      plant("its record names another", Family::finding, "kk1", stranger.SerializeAsString()),
      drop("to be delivered, and not in the queue", Family::due, "n"),
      plant("queue row of m9: no such message", Family::due, next_outgoing_key(5, "m9")),
      plant("queue row of m1: one too many", Family::due, next_outgoing_key(6, "m1")),
      drop("message m1: missing by receiver", Family::due, "r"),
      drop("log entry 1: missing", Family::log, ""),
      {"log: its end is missing", [](Transaction& t) { return t.erase(Family::log, Key().u64(3).str()); }},
      {"was changed after it was written",
       [](Transaction& t) -> Status {
         auto row = t.get(Family::log, Key().u64(2).str());
         REQUIRE(row);
         REQUIRE(*row);
         LogEntry entry;
         REQUIRE(entry.ParseFromString(**row));
         entry.set_actor("somebody else");
         return t.put(Family::log, Key().u64(2).str(), entry.SerializeAsString());
       }},
      {"does not follow on the entry before it",
       [](Transaction& t) -> Status {
         LogEntry entry;
         entry.set_operation("erasure");
         chain(entry, 2, "a forged past");
         return t.put(Family::log, Key().u64(2).str(), entry.SerializeAsString());
       }},
      {"totals: 9 ads counted", [](Transaction& t) { return t.count(Tally::ads, 7), t.put(Family::meta, "x", ""); }},
  };
}

}  // namespace

TEST_CASE("check() names each kind of damage between the families, and nothing in a sound store") {
  for (const auto& damage : damages()) {
    CAPTURE(damage.what);
    test::Folder folder;
    {
      auto store = *test::open(folder);
      fill(*store);
      const auto sound = store->check();
      REQUIRE(sound);
      for (const auto& fault : *sound) FAIL_CHECK(fault);
    }
    {
      EngineOptions options;
      options.folder = folder.path() + "/store";
      auto engine = Engine::open(options);
      REQUIRE(engine);
      REQUIRE((*engine)->write(Durability::synced, damage.inflict));
    }
    auto store = *test::open(folder);
    const auto faults = store->check();
    REQUIRE(faults);
    bool named = false;
    for (const auto& fault : *faults) named = named || fault.find(damage.what) != std::string::npos;
    CHECK(named);
    if (!named) {
      for (const auto& fault : *faults) MESSAGE(fault);
    }
  }
}

TEST_CASE("a store of a newer or unknown format is refused with one clear sentence") {
  for (const auto& [format, says] : {std::pair{kFormat + 1, "written by a newer program"}, std::pair{0u, "never released"}}) {
    test::Folder folder;
    { auto store = *test::open(folder); }
    {
      EngineOptions options;
      options.folder = folder.path() + "/store";
      auto engine = *Engine::open(options);
      REQUIRE(engine->write(Durability::synced, [f = format](Transaction& t) { return t.put(Family::meta, "format", Key().u32(f).str()); }));
    }
    for (const auto access : {Access::read_write, Access::read_only}) {
      const auto store = test::open(folder, access);
      REQUIRE_FALSE(store);
      CHECK(store.error().code == Errc::misconfigured);
      CAPTURE(store.error().text);
      CHECK(store.error().text.find(says) != std::string::npos);
      CHECK(store.error().text.find(folder.path()) != std::string::npos);
    }
  }
}

TEST_CASE("keys sort as what they stand for, and read back") {
  CHECK(sched_key("a", 1, 5, "u") < sched_key("a", 1, 300, "u"));
  CHECK(sched_key("a", 1, 300, "u") < sched_key("a", 2, 5, "u"));
  CHECK(sched_key("a", 7, 5, "u") < sched_key("aa", 0, 1, "u"));
  CHECK(contact_key("phone", "1", 10, "x", 0) < contact_key("phone", "1", 9, "x", 0));
  const std::string odd("a\0\xff\x01 b", 6);
  SUBCASE("whole") {
    const auto bytes = Key('q').s(odd).u8(7).u32(1u << 31).u64(~0ull).s("").rest("tail").str();
    KeyReader whole(bytes);
    CHECK(whole.kind() == 'q');
    CHECK(whole.s() == odd);
    CHECK(whole.u8() == 7);
    CHECK(whole.u32() == 1u << 31);
    CHECK(whole.u64() == ~0ull);
    CHECK(whole.s().empty());
    CHECK(whole.rest() == "tail");
    CHECK(whole.ok());
  }
  SUBCASE("cut anywhere it says so and reads nothing beyond its end") {
    const auto bytes = Key().s(odd).u64(5).str();
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      const auto part = bytes.substr(0, cut);
      KeyReader broken(part);
      (void)broken.s();
      (void)broken.u64();
      CHECK_FALSE(broken.ok());
    }
  }
  CHECK(after_prefix("ab") == "ac");
  CHECK(after_prefix("a\xff\xff") == "b");
  CHECK(after_prefix("\xff").empty());
}
