#include <doctest/doctest.h>

#include "storage/links.h"
#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;
using test::at;

namespace {

constexpr auto kShared = "+33199000099";

Ad person(int n, const std::string& phone) {
  auto a = test::ad("site-a/" + std::to_string(n), "this is what ad number " + std::string(1, static_cast<char>('a' + n % 26)) + " says of itself", phone);
  a.set_title("");
  return a;
}

/// `count` ads that share a number of their own; ids from `first`.
std::vector<AdWrite> group(int first, int count, const std::string& own, const std::string& extra = {}) {
  std::vector<AdWrite> writes;
  for (int i = 0; i < count; ++i) {
    auto a = person(first + i, own);
    if (!extra.empty()) test::add_contact(a, "phone", extra);
    writes.push_back(test::first_sight(a, at(first + i)));
  }
  return writes;
}

void put(Store& store, const std::vector<AdWrite>& ads, std::vector<Network> networks = {}) {
  static int page = 0;
  auto c = test::completion(test::visit("http://a.example/page/" + std::to_string(++page), 0), ads);
  c.networks = std::move(networks);
  const auto done = store.complete(c);
  if (!done) FAIL(done.error().text);
}

Network network(Store& store, const std::string& ad, const std::vector<ContactUse>& extra = {}, std::size_t limit = 1000) {
  auto found = store.network(ad, extra, limit);
  REQUIRE(found);
  return *found;
}

}  // namespace

TEST_CASE("ads are one network over the contacts that they share") {
  test::Folder folder;
  auto store = *test::open(folder);
  put(*store, group(0, 3, "+33199000001"));
  put(*store, group(10, 2, "+33199000002", "+33199000001"));
  put(*store, group(20, 2, "+33199000003"));
  const auto n = network(*store, "site-a/1");
  CHECK(n.ads_size() == 5);
  CHECK(n.contacts_size() == 2);
  CHECK(n.hubs_size() == 0);
  CHECK_FALSE(n.truncated());
  CHECK(network(*store, "site-a/20").ads_size() == 2);
  CHECK(network(*store, "site-a/unknown").ads_size() == 1);
  SUBCASE("with uses that are not stored yet") {
    ContactUse use;
    use.set_ad("site-a/new");
    use.set_kind("phone");
    use.set_value("+33199000003");
    use.set_first_ms(to_ms(at(99)));
    CHECK(network(*store, "site-a/new", {use}).ads_size() == 3);
    use.set_ad("site-a/20");
    use.set_value("+33199000001");  // an edit: it replaces what is stored of this ad
    CHECK(network(*store, "site-a/20", {use}).ads_size() == 6);
    CHECK(network(*store, "site-a/21", {use}).ads_size() == 1);
  }
  SUBCASE("a limit is said, not hidden") {
    const auto cut = network(*store, "site-a/1", {}, 3);
    CHECK(cut.ads_size() == 3);
    CHECK(cut.truncated());
  }
}

TEST_CASE("a number that otherwise unrelated groups share is a hub and ties nothing") {
  test::Folder folder;
  auto store = *test::open(folder);
  for (int g = 0; g < 3; ++g) put(*store, group(g * 10, 3, "+3319900000" + std::to_string(g), kShared));
  const auto n = network(*store, "site-a/0");
  CHECK(n.ads_size() == 3);
  REQUIRE(n.hubs_size() == 1);
  CHECK(n.hubs(0) == std::string("phone:") + kShared);
}

TEST_CASE("one operator with many ads is no hub, however many they are") {
  test::Folder folder;
  auto store = *test::open(folder);
  // Fifty ads that come in pairs with a second number each, and the pairs chained: other evidence ties them.
  std::vector<AdWrite> writes;
  for (int i = 0; i < 50; ++i) {
    auto a = person(i, kShared);
    test::add_contact(a, "telegram", "chain" + std::to_string(i / 2));
    test::add_contact(a, "email", "chain" + std::to_string((i + 1) / 2) + "@mail.example");
    writes.push_back(test::first_sight(a, at(i)));
  }
  put(*store, writes);
  const auto n = network(*store, "site-a/0");
  CHECK(n.ads_size() == 50);
  CHECK(n.hubs_size() == 0);
}

TEST_CASE("a number that was silent for 120 days may have another owner, a handle never") {
  for (const auto& [days, kind, together] : {std::tuple{119, "phone", true}, std::tuple{121, "phone", false}, std::tuple{300, "telegram", true}}) {
    CAPTURE(days);
    CAPTURE(kind);
    test::Folder folder;
    auto store = *test::open(folder);
    auto early = person(1, ""), late = person(2, ""), later = person(3, "");
    for (auto* a : {&early, &late, &later}) test::add_contact(*a, kind, kShared);
    put(*store, {test::first_sight(early, at(0)), test::first_sight(late, at(86400LL * days)), test::first_sight(later, at(86400LL * (days + 1)))});
    CHECK(network(*store, "site-a/1").ads_size() == (together ? 3 : 1));
    CHECK(network(*store, "site-a/3").ads_size() == (together ? 3 : 2));
    double weight = -1;
    REQUIRE(store->each_link("site-a/1", [&](const Link& l) { weight = l.weight(); return l.kind() != "contact"; }));
    CHECK(weight == (together ? 1.0 : 0.0));
  }
}

TEST_CASE("the weight of a contact falls with the number of unrelated groups") {
  const auto users = [](int groups, int size) {
    std::vector<AdvertPtr> list;
    for (int g = 0; g < groups; ++g) {
      for (int i = 0; i < size; ++i) {
        auto advert = std::make_shared<Advert>();
        advert->ad = std::to_string(g) + "/" + std::to_string(i);
        advert->contacts = {kShared};
        if (size > 1) advert->contacts.push_back("email:" + std::to_string(g));
        list.push_back(std::move(advert));
      }
    }
    return list;
  };
  CHECK(weigh({}, kShared).weight == 1);
  CHECK(weigh(users(1, 50), kShared).weight == 1);
  CHECK(weigh(users(2, 5), kShared).weight == doctest::Approx(0.5));
  CHECK(weigh(users(3, 5), kShared).hub());
  CHECK(weigh(users(6, 1), kShared).weight == 1);  // one person's ads often share nothing but the number
  CHECK(weigh(users(100, 1), kShared).hub());
  double before = 1;
  for (int groups = 1; groups < 8; ++groups) {
    const double now = weigh(users(groups, 2), kShared).weight;
    CHECK(now <= before);
    before = now;
  }
}

TEST_CASE("a network keeps its id when it grows, and the oldest id wins a merge") {
  test::Folder folder;
  auto store = *test::open(folder);
  put(*store, group(0, 2, "+33199000001"));
  const auto first = network(*store, "site-a/1");
  CHECK(first.id() == "g-" + short_id("site-a/0"));
  put(*store, group(10, 2, "+33199000001"), {first});
  const auto grown = network(*store, "site-a/10");
  CHECK(grown.id() == first.id());
  CHECK(grown.ads_size() == 4);
  put(*store, group(20, 2, "+33199000002"), {grown});
  const auto second = network(*store, "site-a/20");
  CHECK(second.id() != first.id());
  put(*store, group(30, 1, "+33199000001", "+33199000002"), {second});
  const auto merged = network(*store, "site-a/20");
  CHECK(merged.id() == first.id());
  CHECK(merged.ads_size() == 7);
  REQUIRE(merged.merged_size() == 1);
  CHECK(merged.merged(0) == second.id());
  put(*store, {}, {merged});
  CHECK(network(*store, "site-a/30").id() == first.id());
  CHECK(network(*store, "site-a/30").merged_size() == 1);  // remembered
  AdQuery query;
  query.group = second.id();
  int members = 0;
  CHECK(store->each_ad(query, [&](const StoredAd&) { return ++members; }));
  CHECK(members == 7);
  CHECK(store->check()->empty());
  SUBCASE("also over a restart") {
    store.reset();
    store = *test::open(folder);
    CHECK(network(*store, "site-a/21").id() == first.id());
  }
}

TEST_CASE("every tie of an ad is told with its kind, weight, dates and evidence") {
  test::Folder folder;
  auto store = *test::open(folder);
  auto one = test::ad("site-a/1", "a long enough text that two ads may have in common word by word for ever", "+33199000001");
  auto two = one, three = person(3, "+33199000001");
  two.set_ad("site-a/2");
  two.clear_contacts();
  test::add_contact(two, "phone", "+33199000002");
  one.clear_title();
  two.clear_title();
  put(*store, {test::first_sight(one, at(0)), test::first_sight(two, at(10)), test::first_sight(three, at(20))});
  put(*store, {}, {network(*store, "site-a/1")});
  std::vector<Link> links;
  REQUIRE(store->each_link("site-a/1", [&](const Link& l) { links.push_back(l); return true; }));
  REQUIRE(links.size() == 3);
  CHECK(links[0].kind() == "contact");
  CHECK(links[0].other() == "site-a/3");
  CHECK(links[0].value() == "+33199000001");
  CHECK(links[0].weight() == 1);
  REQUIRE(links[0].evidence_size() == 2);
  CHECK(links[0].evidence(0).field() == "text");
  CHECK(links[1].kind() == "duplicate");
  CHECK(links[1].other() == "site-a/2");
  CHECK(links[2].kind() == "group");
  CHECK(links[2].other() == "site-a/3");
  int all = 0;
  REQUIRE(store->each_link("", [&](const Link& l) { CHECK(l.ad() < l.other()); return ++all; }));
  CHECK(all == 3);  // each pair and kind once
  CHECK(store->each_link("site-a/none", [](const Link&) { return true; }).error().code == Errc::not_found);
}
