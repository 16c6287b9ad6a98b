#include <doctest/doctest.h>

#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;
using test::at;
using test::first_sight;

namespace {

constexpr auto kPhone = "+33199000042";

/// Puts ads through a visit of their own, as a page would.
void put(Store& store, const std::string& url, std::vector<AdWrite> ads, Instant seen) {
  auto known = store.visit(url);
  REQUIRE(known);
  auto v = known->value_or(test::visit(url, 0));
  v.set_last_ms(to_ms(seen));
  const auto done = store.complete(test::completion(v, std::move(ads)));
  if (!done) FAIL(done.error().text);
}

std::vector<std::string> ids(Store& store, const AdQuery& query) {
  std::vector<std::string> found;
  CHECK(store.each_ad(query, [&](const StoredAd& a) { found.push_back(a.ad().ad()); return true; }));
  return found;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("a body is kept once under its SHA-256 and comes back byte for byte") {
  test::Folder folder;
  auto store = *test::open(folder);
  std::string noise;
  for (int i = 0; i < 5000; ++i) noise += static_cast<char>(hash64(std::to_string(i)));
  for (const auto& body : {std::string{}, std::string("<html>"), std::string(200'000, 'a'), noise}) {
    const auto key = store->put_raw("site-a", body, at(0));
    REQUIRE(key);
    CHECK(*key == sha256(body));
    CHECK(*store->put_raw("site-b", body, at(1)) == *key);
    CHECK(*store->raw(*key) == body);
  }
  CHECK(store->totals()->raw_bodies == 4);
  CHECK(store->raw(std::string(32, 'x')).error().code == Errc::not_found);
}

TEST_CASE("an ad that is seen again as it was moves its sighting alone, for readers, retention and the next writing") {
  test::Folder folder;
  auto store = *test::open(folder);
  put(*store, "http://a.example/1", {first_sight(test::ad("site-a/1", "words", kPhone), at(0))}, at(0));
  const auto see = [&](const std::string& ad, Instant when) {
    auto v = **store->visit("http://a.example/1");
    v.set_last_ms(to_ms(when));
    auto c = test::completion(v, {});
    c.seen = {ad};
    REQUIRE(store->complete(c));
  };
  const auto use_seen = [&] { return store->uses_of("site-a/1")->at(0).last_ms(); };
  see("site-a/1", at(3600));
  CHECK((*store->ad("site-a/1"))->last_ms() == to_ms(at(3600)));
  CHECK((*store->ad("site-a/1"))->ad().last_seen().seconds() == to_timestamp(at(3600)).seconds());
  CHECK(use_seen() == to_ms(at(0)));
  std::int64_t told = 0;
  CHECK(store->each_ad({}, [&](const StoredAd& a) { return told = a.last_ms(), true; }));
  CHECK(told == to_ms(at(3600)));
  SUBCASE("the index of contacts follows twice a day") {
    see("site-a/1", at(12 * 3600));
    CHECK(use_seen() == to_ms(at(12 * 3600)));
    see("site-a/1", at(23 * 3600));
    CHECK(use_seen() == to_ms(at(12 * 3600)));
  }
  SUBCASE("time does not go back") {
    see("site-a/1", at(60));
    CHECK((*store->ad("site-a/1"))->last_ms() == to_ms(at(3600)));
  }
  SUBCASE("retention counts from it") {
    const std::map<std::string, Keep> keep{{"site-a", {24h, 24h, 24h}}};
    CHECK(store->expire(keep, true, at(24 * 3600 + 60))->ads.empty());
    CHECK(store->expire(keep, true, at(25 * 3600))->ads.size() == 1);
  }
  SUBCASE("what is written of the ad stands in its sighting") {
    auto write = AdWrite{**store->ad("site-a/1"), {}, {}, {}, false};
    write.ad.set_absent_from_ms(to_ms(at(4000)));
    write.ad.mutable_retention()->set_class_("flagged");
    put(*store, "http://a.example/1", {write}, at(4000));
    const auto row = *store->sighting("site-a/1");
    REQUIRE(row);
    CHECK((row->absent && row->flagged && !row->gone));
    CHECK(row->last_ms == to_ms(at(3600)));
  }
  SUBCASE("an ad that was erased is not brought back, and leaves no sighting") {
    REQUIRE(store->erase({"", "site-a/1", "", "x", "y"}, false, at(4000)));
    see("site-a/1", at(5000));
    CHECK_FALSE(*store->ad("site-a/1"));
    CHECK_FALSE(*store->sighting("site-a/1"));
  }
  const auto faults = store->check();
  REQUIRE(faults);
  for (const auto& fault : *faults) FAIL_CHECK(fault);
}

TEST_CASE("an ad, its versions and its absences come back in order") {
  test::Folder folder;
  auto store = *test::open(folder);
  const auto raw = *store->put_raw("site-a", "<p>one</p>", at(0));
  auto write = first_sight(test::ad("site-a/1", "words", kPhone), at(0), raw);
  put(*store, "http://a.example/1", {write}, at(0));

  auto second = write;
  second.ad.mutable_ad()->set_text("other words");
  second.ad.mutable_ad()->set_versions(2);
  second.version->set_version(2);
  *second.version->mutable_seen() = to_timestamp(at(100));
  put(*store, "http://a.example/1", {second}, at(100));

  auto gone = second;
  gone.version.reset();
  gone.ad.mutable_ad()->set_state("gone");
  gone.ad.set_gone_ms(to_ms(at(200)));
  gone.absence.emplace();
  gone.absence->set_ad("site-a/1");
  gone.absence->set_how("404");
  *gone.absence->mutable_absent_from() = to_timestamp(at(200));
  put(*store, "http://a.example/1", {gone}, at(200));
  REQUIRE(store->absences("site-a/1")->size() == 1);
  CHECK_FALSE(store->absences("site-a/1")->front().has_absent_to());

  auto back = gone;
  back.ad.mutable_ad()->set_state("live");
  back.ad.set_last_ms(to_ms(at(300)));
  *back.absence->mutable_absent_to() = to_timestamp(at(300));
  put(*store, "http://a.example/1", {back}, at(300));
  REQUIRE(store->absences("site-a/1")->size() == 1);
  CHECK(store->absences("site-a/1")->front().absent_to().seconds() == to_timestamp(at(300)).seconds());

  const auto versions = store->versions("site-a/1");
  REQUIRE(versions);
  REQUIRE(versions->size() == 2);
  CHECK((*versions)[0].version() == 1);
  CHECK((*versions)[1].version() == 2);
  CHECK((*store->ad("site-a/1"))->ad().text() == "other words");
  CHECK((*store->ad("site-a/1"))->changed_ms() == to_ms(at(300)));
  CHECK(store->totals()->versions == 2);
  CHECK(store->versions("site-a/2")->empty());
  CHECK(store->check()->empty());
}

TEST_CASE("ads are found by site, contact, group, state and last change") {
  test::Folder folder;
  auto store = *test::open(folder);
  put(*store, "http://a.example/", {first_sight(test::ad("site-a/1", "one", kPhone), at(0)), first_sight(test::ad("site-a/2", "two"), at(50)),
                                    first_sight(test::ad("site-ab/3", "three", kPhone), at(20))}, at(60));
  CHECK(ids(*store, {}) == Ids{"site-a/1", "site-a/2", "site-ab/3"});
  AdQuery query;
  SUBCASE("site") {
    query.site = "site-a";
    CHECK(ids(*store, query) == Ids{"site-a/1", "site-a/2"});
  }
  SUBCASE("contact, with its kind or without") {
    query.contact = std::string("phone:") + kPhone;
    CHECK(ids(*store, query) == Ids{"site-a/1", "site-ab/3"});
    query.contact = kPhone;
    CHECK(ids(*store, query) == Ids{"site-a/1", "site-ab/3"});
    query.contact = std::string("email:") + kPhone;
    CHECK(ids(*store, query).empty());
    query.contact = "+3319900004";  // the beginning of a number is no number
    CHECK(ids(*store, query).empty());
  }
  SUBCASE("group, also by the name of one that was taken in") {
    auto c = test::completion(test::visit("http://a.example/n", 0));
    Network network;
    network.set_id("g-1");
    network.add_ads("site-a/1");
    network.add_ads("site-ab/3");
    network.add_merged("g-0");
    c.networks = {network};
    REQUIRE(store->complete(c));
    query.group = "g-1";
    CHECK(ids(*store, query) == Ids{"site-a/1", "site-ab/3"});
    query.group = "g-0";
    query.site = "site-ab";
    CHECK(ids(*store, query) == Ids{"site-ab/3"});
  }
  SUBCASE("last change, oldest first") {
    query.changed_since = at(20);
    CHECK(ids(*store, query) == Ids{"site-ab/3", "site-a/2"});
    query.changed_since = at(51);
    CHECK(ids(*store, query).empty());
    auto gone = first_sight(test::ad("site-a/1", "one", kPhone), at(0));
    gone.version.reset();
    gone.ad.mutable_ad()->set_state("gone");
    gone.ad.set_gone_ms(to_ms(at(500)));
    put(*store, "http://a.example/1", {gone}, at(500));
    CHECK(ids(*store, query) == Ids{"site-a/1"});
    query.state = "live";
    CHECK(ids(*store, query).empty());
    query.changed_since.reset();
    CHECK(ids(*store, query) == Ids{"site-a/2", "site-ab/3"});
  }
  SUBCASE("an unchanged sighting is no change") {
    auto again = first_sight(test::ad("site-a/1", "one", kPhone), at(0));
    again.version.reset();
    again.replace_uses = false;
    again.ad.set_last_ms(to_ms(at(900)));
    put(*store, "http://a.example/1", {again}, at(900));
    query.changed_since = at(60);
    CHECK(ids(*store, query).empty());
    CHECK((*store->ad("site-a/1"))->last_ms() == to_ms(at(900)));
  }
  SUBCASE("a walk stops when told") {
    int count = 0;
    CHECK(store->each_ad({}, [&](const StoredAd&) { return ++count < 2; }));
    CHECK(count == 2);
  }
  CHECK(store->check()->empty());
}

TEST_CASE("uses of a contact come newest first and follow their ad") {
  test::Folder folder;
  auto store = *test::open(folder);
  put(*store, "http://a.example/", {first_sight(test::ad("site-a/1", "one", kPhone), at(0)), first_sight(test::ad("site-a/2", "two", kPhone), at(50))}, at(60));
  const auto uses = store->uses("phone", kPhone, 10);
  REQUIRE(uses);
  REQUIRE(uses->size() == 2);
  CHECK((*uses)[0].ad() == "site-a/2");
  CHECK(store->uses("phone", kPhone, 1)->size() == 1);
  CHECK(store->uses("email", kPhone, 1)->empty());
  CHECK(store->uses_of("site-a/1")->size() == 1);
  SUBCASE("an edit that drops the number drops the use") {
    auto edited = first_sight(test::ad("site-a/1", "one", "+33199000043"), at(0));
    put(*store, "http://a.example/1", {edited}, at(90));
    CHECK(store->uses("phone", kPhone, 10)->size() == 1);
    CHECK(store->uses("phone", "+33199000043", 10)->size() == 1);
    CHECK(store->uses_of("site-a/1")->front().value() == "+33199000043");
  }
  SUBCASE("a sighting days later moves the use's last time") {
    auto again = first_sight(test::ad("site-a/1", "one", kPhone), at(0));
    again.version.reset();
    again.replace_uses = false;
    again.ad.set_last_ms(to_ms(at(86400 * 3)));
    put(*store, "http://a.example/1", {again}, at(86400 * 3));
    CHECK(store->uses_of("site-a/1")->front().last_ms() == to_ms(at(86400 * 3)));
  }
  CHECK(store->check()->empty());
}

TEST_CASE("hostile bytes in ids, values and hosts keep keys apart") {
  test::Folder folder;
  auto store = *test::open(folder);
  const std::string zero("a\0b", 3);
  const std::vector<std::string> values = {zero, "a", std::string("a\0", 2), std::string("a\0\x01", 3), std::string("a\0\0", 3), "a:b", "\xc3\xbf"};
  std::vector<AdWrite> writes;
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto a = test::ad("site-a/" + std::to_string(i), "same words");
    test::add_contact(a, "telegram", values[i]);
    auto write = first_sight(a, at(0));
    writes.push_back(write);
  }
  put(*store, "http://a.example/", writes, at(0));
  for (std::size_t i = 0; i < values.size(); ++i) {
    CAPTURE(i);
    const auto uses = store->uses("telegram", values[i], 10);
    REQUIRE(uses);
    REQUIRE(uses->size() == 1);
    CHECK(uses->front().ad() == "site-a/" + std::to_string(i));
  }
}

TEST_CASE("a record with text that is not UTF-8 is refused whole, since it could never be read again") {
  test::Folder folder;
  auto store = *test::open(folder);
  auto c = test::completion(test::visit("http://a.example/", 0), {first_sight(test::ad("site-a/1", "good"), at(0)),
                                                                  first_sight(test::ad("site-a/2", "bad \xff"), at(0))});
  CHECK(store->complete(c).error().code == Errc::malformed);
  CHECK_FALSE(store->ad("site-a/1")->has_value());
  CHECK_FALSE(store->visit("http://a.example/")->has_value());
  CHECK(store->check()->empty());
}
