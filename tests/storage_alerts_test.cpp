#include <doctest/doctest.h>

#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;
using test::alert;
using test::at;

namespace {

Outgoing message(const std::string& id, std::int64_t next_s, const std::string& receiver = "desk") {
  Outgoing m;
  m.set_id(id);
  m.set_receiver(receiver);
  m.set_state("pending");
  m.set_message_id("<" + id + "@unit.example>");
  m.set_created_ms(to_ms(at(next_s)));
  m.set_next_ms(to_ms(at(next_s)));
  return m;
}

std::vector<std::string> keys(const std::vector<Alert>& alerts) {
  std::vector<std::string> found;
  for (const auto& a : alerts) found.push_back(a.key());
  return found;
}

std::vector<std::string> ids(const std::vector<Outgoing>& messages) {
  std::vector<std::string> found;
  for (const auto& m : messages) found.push_back(m.id());
  return found;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("pending alerts come oldest due first, and only while they are pending and due") {
  test::Folder folder;
  auto store = *test::open(folder);
  auto c = test::completion(test::visit("http://a.example/", 0));
  c.alerts = {alert("late", 30), alert("early", 10), alert("kept", 5, "digest")};
  REQUIRE(store->complete(c));
  CHECK(keys(*store->due_alerts(10)) == Names{"early", "late"});
  CHECK(keys(*store->due_alerts(1)) == Names{"early"});
  auto moved = alert("early", 50);
  *moved.mutable_created() = to_timestamp(at(10));
  auto told = alert("late", 30);
  told.clear_due_ms();
  REQUIRE(store->put_outgoing({}, {moved, told}));
  CHECK(keys(*store->due_alerts(10)) == Names{"early"});
  moved.set_status("dismissed");
  REQUIRE(store->put_outgoing({}, {moved}));
  CHECK(store->due_alerts(10)->empty());
  CHECK((*store->alert("early"))->status() == "dismissed");
  CHECK(store->totals()->alerts == 3);
  CHECK(store->check()->empty());
}

TEST_CASE("a sent alert that is to be told again stands among the due; its label finds it") {
  test::Folder folder;
  auto store = test::open(folder);
  REQUIRE(store);
  Alert a = alert("network:g-1", 10, "sent");
  a.set_alert("A-2026-000007");
  REQUIRE((*store)->put_outgoing({}, {a}));
  CHECK(keys(*(*store)->due_alerts(10)) == Names{"network:g-1"});
  CHECK((*store)->alert_named("A-2026-000007")->value().key() == "network:g-1");
  CHECK((*store)->alert_named("network:g-1")->has_value());
  CHECK_FALSE((*store)->alert_named("A-2026-000008")->has_value());
  a.set_status("dismissed");
  REQUIRE((*store)->put_outgoing({}, {a}));
  CHECK((*store)->due_alerts(10)->empty());
  CHECK((*store)->check()->empty());
}

TEST_CASE("a silence is kept until it ends, oldest first, also over a restart") {
  test::Folder folder;
  for (int round = 0; round < 2; ++round) {
    auto store = test::open(folder);
    REQUIRE(store);
    for (int i = 0; round == 0 && i < 3; ++i) {
      Silence s;
      s.set_id("S-" + std::to_string(9 - i));
      *s.mutable_created() = to_timestamp(at(i));
      *s.mutable_expires() = to_timestamp(at(100 * (i + 1)));
      REQUIRE((*store)->put_silence(s));
    }
    const auto standing = (*store)->silences(at(150));
    REQUIRE(standing);
    REQUIRE(standing->size() == 2);
    CHECK((*standing)[0].id() == "S-8");
    CHECK((*standing)[1].id() == "S-7");
  }
}

TEST_CASE("alerts are listed by age, by time and by status") {
  test::Folder folder;
  auto store = *test::open(folder);
  REQUIRE(store->put_outgoing({}, {alert("c", 30), alert("a", 10, "digest"), alert("b", 20)}));
  const auto list = [&](const AlertQuery& query) {
    Names found;
    CHECK(store->each_alert(query, [&](const Alert& a) { found.push_back(a.key()); return true; }));
    return found;
  };
  CHECK(list({}) == Names{"a", "b", "c"});
  CHECK(list({at(20), {}}) == Names{"b", "c"});
  CHECK(list({{}, "digest"}) == Names{"a"});
}

TEST_CASE("a message is fixed once: putting its id again changes nothing") {
  test::Folder folder;
  auto store = *test::open(folder);
  REQUIRE(store->put_outgoing({message("m1", 10)}, {alert("k", 5)}));
  auto other = message("m1", 10);
  other.set_message_id("<other@unit.example>");
  REQUIRE(store->put_outgoing({other}, {}));
  const auto due = store->due_outgoing(at(10), 10);
  REQUIRE(due);
  REQUIRE(due->size() == 1);
  CHECK(due->front().message_id() == "<m1@unit.example>");
  CHECK(store->totals()->outgoing == 1);
}

TEST_CASE("a message waits for its time, and leaves the queue when nothing more is to be done") {
  test::Folder folder;
  auto store = *test::open(folder);
  REQUIRE(store->put_outgoing({message("m2", 20), message("m1", 10)}, {}));
  CHECK(ids(*store->due_outgoing(at(9), 10)).empty());
  CHECK(ids(*store->due_outgoing(at(10), 10)) == Names{"m1"});
  CHECK(ids(*store->due_outgoing(at(99), 10)) == Names{"m1", "m2"});
  CHECK(ids(*store->due_outgoing(at(99), 1)) == Names{"m1"});
  for (const std::string state : {"handed_over", "failed", "hold"}) {
    CAPTURE(state);
    auto m = message("m1", 10);
    m.set_state(state);
    REQUIRE(store->update_outgoing(m, {}));
    CHECK(ids(*store->due_outgoing(at(99), 10)) == Names{"m2"});
  }
  auto later = message("m1", 10);
  later.set_state("deferred");
  later.set_next_ms(to_ms(at(500)));
  REQUIRE(store->update_outgoing(later, {alert("k", 1, "sent")}));
  CHECK(ids(*store->due_outgoing(at(499), 10)) == Names{"m2"});
  CHECK(ids(*store->due_outgoing(at(500), 10)) == Names{"m2", "m1"});
  CHECK((*store->alert("k"))->status() == "sent");
  CHECK(store->update_outgoing(message("nobody", 1), {}).error().code == Errc::not_found);
  CHECK(store->check()->empty());
}

TEST_CASE("messages of one receiver since a time") {
  test::Folder folder;
  auto store = *test::open(folder);
  REQUIRE(store->put_outgoing({message("m1", 10), message("m2", 20), message("m3", 30, "desk-2")}, {}));
  CHECK(ids(*store->outgoing_since("desk", at(0))) == Names{"m1", "m2"});
  CHECK(ids(*store->outgoing_since("desk", at(20))) == Names{"m2"});
  CHECK(ids(*store->outgoing_since("desk", at(21))).empty());
}

TEST_CASE("numbers grow, each year and each run for itself, also over a restart") {
  test::Folder folder;
  {
    auto store = *test::open(folder);
    CHECK(*store->next_alert_number(2026) == 1);
    CHECK(*store->next_alert_number(2026) == 2);
    CHECK(*store->next_alert_number(2027) == 1);
    CHECK(*store->begin_run(at(0)) == 1);
  }
  auto store = *test::open(folder);
  CHECK(*store->next_alert_number(2026) == 3);
  CHECK(*store->begin_run(at(0)) == 2);
}

TEST_CASE("a site's state and what it taught are kept together") {
  test::Folder folder;
  auto store = *test::open(folder);
  CHECK(store->site("site-a")->site() == "site-a");
  SiteState state;
  state.set_site("site-a");
  state.set_first_pass_done(true);
  REQUIRE(store->put_site(state));
  auto c = test::completion(test::visit("http://a.example/", 0));
  c.knowledge.emplace();
  c.knowledge->set_site("site-a");
  c.knowledge->add_own_contacts("phone:+33199000000");
  REQUIRE(store->complete(c));
  const auto found = store->site("site-a");
  REQUIRE(found);
  CHECK(found->first_pass_done());
  CHECK(found->knowledge().own_contacts_size() == 1);
}

TEST_CASE("the processing log is a chain in the order of writing") {
  test::Folder folder;
  auto store = *test::open(folder);
  LogEntry entry;
  entry.set_operation("collection");
  entry.set_object("site-a/1");
  entry.set_sequence(77);  // the store decides
  REQUIRE(store->append_log({entry, entry}));
  auto c = test::completion(test::visit("http://a.example/", 0));
  c.log = {entry};
  REQUIRE(store->complete(c));
  std::vector<LogEntry> log;
  REQUIRE(store->each_log([&](const LogEntry& e) { log.push_back(e); return true; }));
  REQUIRE(log.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(log[i].sequence() == static_cast<std::int64_t>(i) + 1);
    CHECK(log[i].previous() == (i == 0 ? "" : log[i - 1].hash()));
  }
  CHECK(store->check()->empty());
}
