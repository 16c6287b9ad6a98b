#include <doctest/doctest.h>

#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;
using test::at;

namespace {

constexpr auto kText = "a long enough text that two ads may have in common word by word for ever and a day or two more";

Ad person(int n, const std::string& phone, const std::string& text = {}) {
  auto a = test::ad("site-a/" + std::to_string(n), text.empty() ? "few words of number" : text, phone);
  a.set_title("");
  return a;
}

std::string group_of(Store& store, int n) {
  std::string found;
  REQUIRE(store.each_ad({}, [&](const StoredAd& ad) {
    if (ad.ad().ad() == "site-a/" + std::to_string(n)) found = ad.ad().group();
    return true;
  }));
  return found;
}

std::map<std::string, std::string> partition(Store& store) {
  std::map<std::string, std::string> groups;
  REQUIRE(store.each_ad({}, [&](const StoredAd& ad) { return groups[ad.ad().ad()] = ad.ad().group(), true; }));
  return groups;
}

void decide(Store& store, const std::string& one, const std::string& two, const std::string& verdict) {
  TieDecision decision;
  decision.set_ad(one);
  decision.set_other(two);
  decision.set_verdict(verdict);
  decision.set_actor("officer-7");
  decision.set_reason("interview of 3 May");
  decision.set_at_ms(to_ms(at(500)));
  REQUIRE(store.decide(decision));
}

void check_sound(Store& store) {
  const auto faults = store.check();
  REQUIRE(faults);
  for (const auto& fault : *faults) FAIL_CHECK(fault);
}

}  // namespace

TEST_CASE("a group is tied by text as well, keeps its id when it grows, and a rebuild finds the same") {
  test::Folder folder;
  auto store = *test::open(folder);
  test::arrive(*store, person(1, "+33199000001", kText), at(0));
  CHECK(group_of(*store, 1).empty());  // alone
  test::arrive(*store, person(2, "+33199000002", kText), at(10));
  const auto id = group_of(*store, 1);
  REQUIRE_FALSE(id.empty());
  CHECK(group_of(*store, 2) == id);
  test::arrive(*store, person(3, "+33199000002"), at(20));  // by number, of the second
  CHECK(group_of(*store, 3) == id);
  test::arrive(*store, person(4, "+33199000004"), at(30));
  CHECK(group_of(*store, 4).empty());
  std::string text;
  REQUIRE(store->each_ad({}, [&](const StoredAd& ad) {
    const auto& own = ad.ad();
    CHECK(own.template_().empty() == (own.ad() > "site-a/2"));  // few words, or a text of one ad alone, are no template
    if (own.ad() == "site-a/1") text = own.template_();
    return true;
  }));
  CHECK(text.starts_with("t-"));
  int by_text = 0;
  REQUIRE(store->each_link("site-a/1", [&](const Link& link) { return by_text += link.kind() == "template" && link.value() == text, true; }));
  CHECK(by_text == 1);
  const auto live = partition(*store);
  REQUIRE(store->rebuild_groups());
  CHECK(partition(*store) == live);
  check_sound(*store);
}

TEST_CASE("two templates grow together when an ad is near to both") {
  test::Folder folder;
  auto store = *test::open(folder);
  const std::string left = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen";
  const std::string right = "red green blue black white brown yellow orange purple pink grey silver gold bronze";
  test::arrive(*store, person(1, "+33199000001", left), at(0));
  test::arrive(*store, person(2, "+33199000002", right), at(10));
  CHECK(group_of(*store, 1).empty());
  test::arrive(*store, person(3, "+33199000003", left + " " + right), at(20));
  CHECK_FALSE(group_of(*store, 1).empty());
  CHECK(group_of(*store, 1) == group_of(*store, 3));
  CHECK(group_of(*store, 2) == group_of(*store, 3));
  const auto live = partition(*store);
  store.reset();
  store = *test::open(folder);  // names that grew together are known again
  REQUIRE(store->rebuild_groups());
  const auto again = partition(*store);
  CHECK(again == live);
  check_sound(*store);
}

TEST_CASE("what an analyst decided binds, whatever comes") {
  test::Folder folder;
  auto store = *test::open(folder);
  for (int i = 1; i <= 3; ++i) test::arrive(*store, person(i, "+33199000001"), at(i));
  test::arrive(*store, person(9, "+33199000009"), at(9));
  const auto id = group_of(*store, 1);
  REQUIRE_FALSE(id.empty());
  SUBCASE("the same, without any evidence") {
    decide(*store, "site-a/9", "site-a/1", "same");
    CHECK(group_of(*store, 9) == id);
    test::arrive(*store, person(10, "+33199000009"), at(20));
    CHECK(group_of(*store, 10) == id);
    REQUIRE(store->rebuild_groups());
    CHECK(group_of(*store, 9) == group_of(*store, 1));
    decide(*store, "site-a/9", "site-a/1", "open");
    CHECK(group_of(*store, 9) != group_of(*store, 1));
  }
  SUBCASE("different, against the evidence") {
    decide(*store, "site-a/3", "site-a/1", "different");
    CHECK(group_of(*store, 3) != group_of(*store, 1));
    CHECK(group_of(*store, 2) == group_of(*store, 1));
    test::arrive(*store, person(4, "+33199000001"), at(20));
    CHECK(group_of(*store, 3) != group_of(*store, 1));
    CHECK(group_of(*store, 4) == group_of(*store, 1));
    REQUIRE(store->rebuild_groups());
    CHECK(group_of(*store, 3) != group_of(*store, 1));
  }
  LogEntry last;
  REQUIRE(store->each_log([&](const LogEntry& entry) { return last = entry, true; }));
  CHECK(last.operation() == "combination");
  CHECK(last.actor() == "officer-7");
  check_sound(*store);
  TieDecision decision;
  decision.set_ad("site-a/1");
  decision.set_other("site-a/77");
  decision.set_verdict("same");
  CHECK(store->decide(decision).error().code == Errc::not_found);
  decision.set_other("site-a/1");
  CHECK(store->decide(decision).error().code == Errc::malformed);
}

TEST_CASE("a number that proves to be a switchboard lets go of those it had tied") {
  test::Folder folder;
  auto store = *test::open(folder);
  const std::string shared = "+33199000099";
  int second = 0;
  const auto arrive = [&](int n, int own) {
    auto a = person(n, "+3319900100" + std::to_string(own));
    test::add_contact(a, "phone", shared);
    test::arrive(*store, a, at(++second));
  };
  arrive(1, 1);
  arrive(2, 1);
  arrive(11, 2);  // a group of one beside: still taken for the same hands
  CHECK(group_of(*store, 11) == group_of(*store, 1));
  arrive(12, 2);
  arrive(21, 3);
  arrive(22, 3);
  for (int i = 0; i < 3; ++i) REQUIRE(store->regroup(64));
  CHECK(group_of(*store, 1) == group_of(*store, 2));
  CHECK(group_of(*store, 11) == group_of(*store, 12));
  CHECK(group_of(*store, 1) != group_of(*store, 11));
  CHECK(group_of(*store, 1) != group_of(*store, 21));
  const auto live = partition(*store);
  REQUIRE(store->rebuild_groups());
  const auto again = partition(*store);
  for (const auto& [ad, group] : live) CHECK(group.empty() == again.at(ad).empty());
  check_sound(*store);
}
