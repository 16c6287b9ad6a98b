#include <doctest/doctest.h>

#include <algorithm>

#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;
using test::at;
using test::visit;

namespace {

std::vector<std::string> urls(const std::vector<Visit>& visits) {
  std::vector<std::string> found;
  for (const auto& v : visits) found.push_back(v.url());
  return found;
}

Lease lease_of(const std::string& url, std::int64_t run = 1) {
  Lease lease;
  lease.set_url(url);
  lease.set_host("a.example");
  lease.set_run(run);
  return lease;
}

HostRecord host(const std::string& name, std::int64_t next_ms = 0) {
  HostRecord record;
  record.set_host(name);
  record.set_next_allowed_ms(next_ms);
  return record;
}

void check_sound(Store& store) {
  const auto faults = store.check();
  REQUIRE(faults);
  for (const auto& fault : *faults) FAIL_CHECK(fault);
}

}  // namespace

TEST_CASE("due visits come by priority, then by due time, and none before its time") {
  test::Folder folder;
  auto store = *test::open(folder);
  REQUIRE(store->discover({visit("http://a.example/late", 50, 1), visit("http://a.example/b", 20, 3),
                           visit("http://a.example/a", 10, 3), visit("http://a.example/first", 30, 0),
                           visit("http://other.example/", 0, 0, "site-a", "other.example")}));
  const auto due = store->due("a.example", at(40), 10);
  REQUIRE(due);
  CHECK(urls(*due) == std::vector<std::string>{"http://a.example/first", "http://a.example/a", "http://a.example/b"});
  CHECK(store->due("a.example", at(40), 2)->size() == 2);
  CHECK(store->due("a.example", at(40), 0)->empty());
  CHECK(store->due("a.example", at(9), 10)->empty());
  CHECK(*store->earliest_due("a.example") == std::optional(at(10)));
  CHECK_FALSE(store->earliest_due("nobody.example")->has_value());
  check_sound(*store);
}

TEST_CASE("the oldest of every priority come along, however much is due above them") {
  test::Folder folder;
  auto store = *test::open(folder);
  std::vector<Visit> all;
  for (int i = 0; i < 100; ++i) all.push_back(visit("http://a.example/list" + std::to_string(i), i, 2));
  for (int i = 0; i < 20; ++i) all.push_back(visit("http://a.example/deep" + std::to_string(i), i, 6));
  all.push_back(visit("http://a.example/gone", 5, 7));
  REQUIRE(store->discover(all));
  const auto due = store->due("a.example", at(200), 64);
  REQUIRE(due);
  REQUIRE(due->size() == 64);
  const auto of = [&](int priority) { return std::count_if(due->begin(), due->end(), [&](const Visit& v) { return v.priority() == priority; }); };
  CHECK(of(2) == 55);
  CHECK(of(6) == 8);
  CHECK(of(7) == 1);
  CHECK((*due)[55].url() == "http://a.example/deep0");
  CHECK(*store->count_due("a.example", at(200), 1000) == 121);
  CHECK(*store->count_due("a.example", at(9), 1000) == 21);
  CHECK(*store->count_due("a.example", at(200), 50) == 50);
}

TEST_CASE("a page moves other visits in its own batch, unless somebody moved them on since") {
  test::Folder folder;
  auto store = *test::open(folder);
  REQUIRE(store->discover({visit("http://a.example/", 0), visit("http://a.example/1", 100), visit("http://a.example/2", 100)}));
  Completion page;
  page.visit = visit("http://a.example/", 50);
  page.visit.set_generation(1);
  page.without_lease = true;
  auto one = visit("http://a.example/1", 5), two = visit("http://a.example/2", 5), unknown = visit("http://a.example/3", 5);
  two.set_generation(4);
  page.moved = {one, two, unknown};
  REQUIRE(store->complete(page));
  CHECK((*store->visit("http://a.example/1"))->due_ms() == to_ms(at(5)));
  CHECK((*store->visit("http://a.example/2"))->due_ms() == to_ms(at(100)));
  CHECK_FALSE(*store->visit("http://a.example/3"));
  check_sound(*store);
}

TEST_CASE("a host whose name begins like another's is another host") {
  test::Folder folder;
  auto store = *test::open(folder);
  REQUIRE(store->discover({visit("http://a.example/", 1, 0, "s", "a.example"), visit("http://a.example.test/", 1, 0, "s", "a.example.test")}));
  CHECK(urls(*store->due("a.example", at(5), 10)) == std::vector<std::string>{"http://a.example/"});
}

TEST_CASE("discovering a known URL again keeps its state") {
  test::Folder folder;
  auto store = *test::open(folder);
  CHECK(*store->discover({visit("http://a.example/1", 10), visit("http://a.example/1", 99)}) == 1);
  CHECK(*store->discover({visit("http://a.example/1", 50), visit("http://a.example/2", 50)}) == 1);
  CHECK((*store->visit("http://a.example/1"))->due_ms() == to_ms(at(10)));
  CHECK((*store->visit("http://a.example/1"))->shard() == shard_of("a.example"));
  CHECK(store->totals()->visits == 2);
}

TEST_CASE("a leased URL is out of the schedule until it is completed") {
  test::Folder folder;
  auto store = *test::open(folder);
  const auto url = "http://a.example/1";
  REQUIRE(store->discover({visit(url, 10)}));
  REQUIRE(store->lease(lease_of(url), host("a.example", 77)));
  CHECK(store->due("a.example", at(99), 10)->empty());
  CHECK(store->hosts()->front().host.next_allowed_ms() == 77);
  CHECK_FALSE(store->hosts()->front().earliest);
  CHECK(store->lease(lease_of(url), host("a.example")).error().code == Errc::conflict);
  CHECK(store->lease(lease_of("http://a.example/unknown"), host("a.example")).error().code == Errc::not_found);
  check_sound(*store);
  SUBCASE("by its completion") {
    REQUIRE(store->complete(test::completion(visit(url, 500))));
    CHECK(urls(*store->due("a.example", at(500), 10)) == std::vector<std::string>{url});
  }
  SUBCASE("by a completion that parks it") {
    auto parked = visit(url, 500);
    parked.set_parked(true);
    REQUIRE(store->complete(test::completion(parked)));
    CHECK(store->due("a.example", at(900), 10)->empty());
  }
  SUBCASE("what is put meanwhile waits") {
    REQUIRE(store->put_visit(visit(url, 3, 0)));
    CHECK(store->due("a.example", at(900), 10)->empty());
    check_sound(*store);
    REQUIRE(store->complete(test::completion(visit(url, 500))));
    CHECK(store->due("a.example", at(900), 10)->size() == 1);
  }
  SUBCASE("by the next run") {
    CHECK(*store->recover_leases(1, at(100)) == 0);  // its own run holds it still
    CHECK(*store->recover_leases(2, at(100)) == 1);
    const auto due = store->earliest_due("a.example");
    REQUIRE(due);
    CHECK(**due >= at(130));
    CHECK(**due <= at(400));
    CHECK(*store->recover_leases(2, at(100)) == 0);
  }
  check_sound(*store);
}

TEST_CASE("a host's newer copy is not overwritten by an older one, whichever way it comes") {
  test::Folder folder;
  auto store = *test::open(folder);
  REQUIRE(store->discover({visit("http://a.example/1", 10), visit("http://a.example/2", 10)}));
  const auto copy = [](std::int64_t next_ms, std::int64_t revision) {
    auto record = host("a.example", next_ms);
    record.set_revision(revision);
    return record;
  };
  const auto stored = [&] { return store->hosts()->at(0).host.next_allowed_ms(); };
  const auto kept = store->lease_all({{lease_of("http://a.example/1"), copy(100, 1)}, {Lease{}, copy(300, 3)}});
  REQUIRE(kept.size() == 2);
  CHECK((kept[0] && kept[1]));
  CHECK(stored() == 300);
  auto brought = visit("http://a.example/1", 500);
  brought.set_generation(1);
  Completion completion;
  completion.visit = brought;
  completion.host = copy(200, 2);  // the page's own, older than the lease of the next
  REQUIRE(store->complete(completion));
  CHECK(stored() == 300);
  REQUIRE(store->put_host(copy(250, 4)));
  CHECK(stored() == 250);
  CHECK_FALSE(store->lease_all({{lease_of("http://a.example/unknown"), copy(400, 5)}}).front());
  CHECK(stored() == 250);
  check_sound(*store);
}

TEST_CASE("an answer of an older lease is fenced and leaves nothing") {
  test::Folder folder;
  auto store = *test::open(folder);
  const auto url = "http://a.example/1";
  REQUIRE(store->discover({visit(url, 10)}));
  REQUIRE(store->complete(test::completion(visit(url, 20))));  // generation 1
  auto late = test::completion(visit(url, 30), {test::first_sight(test::ad("site-a/1", "words"), at(1))});
  late.alerts.push_back(test::alert("k", 1));
  late.log.emplace_back();
  CHECK(store->complete(late).error().code == Errc::fenced);
  late.visit.set_generation(3);
  CHECK(store->complete(late).error().code == Errc::fenced);
  CHECK_FALSE(store->ad("site-a/1")->has_value());
  CHECK_FALSE(store->alert("k")->has_value());
  CHECK((*store->visit(url))->due_ms() == to_ms(at(20)));
  CHECK(store->totals()->ads == 0);
  check_sound(*store);
  late.visit.set_generation(2);
  CHECK(store->complete(late));
  CHECK(store->ad("site-a/1")->has_value());
  check_sound(*store);
}

TEST_CASE("a URL that nobody discovered can be completed once") {
  test::Folder folder;
  auto store = *test::open(folder);
  auto import = test::completion(visit("http://a.example/imported", 0));
  import.without_lease = true;
  CHECK(store->complete(import));
  CHECK(store->complete(import).error().code == Errc::fenced);
  CHECK(store->totals()->visits == 1);
}

TEST_CASE("many completions in one group get one answer each") {
  test::Folder folder;
  auto store = *test::open(folder);
  std::vector<Completion> group;
  for (int i = 0; i < 10; ++i) group.push_back(test::completion(visit("http://a.example/" + std::to_string(i % 7), 10)));
  const auto answers = store->complete_all(group);
  REQUIRE(answers.size() == 10);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    CAPTURE(i);
    CHECK(static_cast<bool>(answers[i]) == (i < 7));  // the last three repeat a generation of their own group
  }
  CHECK(store->totals()->visits == 7);
  check_sound(*store);
}

TEST_CASE("a visit is put only over the state that the caller has read") {
  test::Folder folder;
  auto store = *test::open(folder);
  CHECK(store->put_visit(visit("http://a.example/1", 1)).error().code == Errc::not_found);
  REQUIRE(store->discover({visit("http://a.example/1", 10)}));
  auto read = **store->visit("http://a.example/1");
  REQUIRE(store->complete(test::completion(read)));
  CHECK(store->put_visit(read).error().code == Errc::conflict);
  read = **store->visit("http://a.example/1");
  read.set_priority(0);
  read.set_due_ms(to_ms(at(1)));
  read.set_site("site-b");
  CHECK(store->put_visit(read));
  CHECK(store->due("a.example", at(1), 5)->size() == 1);
  int in_a = 0, in_b = 0;
  CHECK(store->each_visit("site-a", [&](const Visit&) { return ++in_a; }));
  CHECK(store->each_visit("site-b", [&](const Visit&) { return ++in_b; }));
  CHECK(in_a == 0);
  CHECK(in_b == 1);
  check_sound(*store);
}

TEST_CASE("visits of a site come in key order and stop when told") {
  test::Folder folder;
  auto store = *test::open(folder);
  REQUIRE(store->discover({visit("http://a.example/2", 1), visit("http://a.example/1", 1), visit("http://b.example/", 1, 0, "site-b")}));
  std::vector<std::string> seen;
  CHECK(store->each_visit("site-a", [&](const Visit& v) { seen.push_back(v.url()); return true; }));
  CHECK(seen == std::vector<std::string>{"http://a.example/1", "http://a.example/2"});
  seen.clear();
  CHECK(store->each_visit("site-a", [&](const Visit& v) { seen.push_back(v.url()); return false; }));
  CHECK(seen.size() == 1);
}
