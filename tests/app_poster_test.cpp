#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <set>

#include "alerts_world.h"
#include "app/poster.h"
#include "storage_kit.h"

using namespace vigie;
using alerts::alert;
using alerts::kNow;

namespace {

/// A mail server as a test wants it; remembers what it was given.
class Server : public alerts::Channel {
 public:
  enum class Mood { well, away, loses_answer, refuses_softly, refuses };
  std::function<Mood(const Outgoing&)> mood = [](const Outgoing&) { return Mood::well; };
  std::map<std::string, int> arrived, lost;  // by Message-ID: how often it has it; of those, without our hearing of it
  std::map<std::string, std::string> content;
  int attempts = 0;

  Outgoing deliver(Outgoing message, Instant now) override {
    ++attempts;
    const Mood m = mood(message);
    down_ = m == Mood::away;
    const auto& id = message.message_id();
    if (m == Mood::well || m == Mood::loses_answer) {
      ++arrived[id];
      const auto first = content.emplace(id, message.content());
      CHECK(first.first->second == message.content());  // the same bytes each time
    }
    if (m == Mood::loses_answer) ++lost[id];
    const char* states[] = {"handed_over", "deferred", "unknown", "deferred", "failed"};
    message.set_attempts(message.attempts() + 1);
    message.set_state(states[static_cast<int>(m)]);
    message.set_answer("as the test wants it");
    message.set_next_ms(to_ms(now + alerts::retry_after(message.attempts(), Millis(to_ms(now) - message.created_ms()))));
    return message;
  }
  bool down(std::string_view) const override { return down_; }

 private:
  bool down_ = false;
};

struct Post {
  storage::test::Folder folder;
  std::unique_ptr<storage::Store> store = *storage::test::open(folder);
  std::mutex lock;
  Server* server = nullptr;
  std::unique_ptr<app::Poster> poster;

  explicit Post(const alerts::AlertOptions& options = alerts::options()) { restart(options); }
  /// What a killed and restarted daemon would have: the store, and nothing else.
  void restart(const alerts::AlertOptions& options = alerts::options()) {
    auto made = std::make_unique<Server>();
    if (server != nullptr) *made = *server;
    server = made.get();
    poster = std::make_unique<app::Poster>(*store, options, std::move(made), lock);
  }
  void raise(const std::vector<Alert>& some) { REQUIRE(store->put_outgoing({}, some)); }
  app::Poster::Turn turn(Instant now) {
    auto done = poster->prepare(now, false);
    REQUIRE(done);
    auto sent = poster->deliver(now, app::Line::mail);
    REQUIRE(sent);
    sent->planned = done->planned;
    return *sent;
  }
};

Alert raised(int n, Instant at, const char* severity = "medium") {
  Alert a = alert(n, severity);
  *a.mutable_created() = to_timestamp(at);
  a.set_due_ms(to_ms(at));
  a.clear_briefs();
  a.clear_sites();  // so many of one site would be a flood
  return a;
}

}  // namespace

TEST_CASE("a way out that is down rests: one message asks, the others wait without an attempt") {
  Post post;
  post.server->mood = [](const Outgoing&) { return Server::Mood::away; };
  std::vector<Alert> some;
  for (int i = 0; i < 5; ++i) {
    Alert a = raised(i, kNow);
    a.set_bypass_digest(true);
    a.set_kind(i % 2 == 0 ? "watch" : "new");
    some.push_back(a);
  }
  auto options = alerts::options();
  for (const char* name : {"a", "b", "c"}) {
    options.receivers.push_back(options.receivers[0]);
    options.receivers.back().name = name;
  }
  post.restart(options);
  post.raise(some);
  CHECK(post.turn(kNow).waiting == 4);
  CHECK(post.server->attempts == 1);
  CHECK(post.turn(kNow + 4min).waiting == 0);
  post.server->mood = [](const Outgoing&) { return Server::Mood::well; };
  CHECK(post.turn(kNow + 6min).delivered == 4);
}

TEST_CASE("what failed by itself keeps nobody else from trying") {
  Post post;
  auto options = alerts::options();
  options.receivers.push_back(options.receivers[0]);
  options.receivers.back().name = "other";
  post.restart(options);
  post.server->mood = [](const Outgoing& m) { return m.receiver() == "other" ? Server::Mood::refuses : Server::Mood::refuses_softly; };
  post.raise({raised(1, kNow)});
  const auto turn = post.turn(kNow);
  CHECK(turn.failed == 1);
  CHECK(turn.waiting == 1);
  CHECK(post.server->attempts == 2);
}

TEST_CASE("five days of outage, 50,000 alerts, restarts in between: nothing lost, one double per lost answer, one record each") {
  constexpr int kAlerts = 50'000, kDays = 5, kTurns = kDays * 24 * 12;
  Post post;
  int seen = 0;
  // Away, with a weak moment now and then: every 400th attempt the server takes the message, and the answer is lost.
  post.server->mood = [&seen](const Outgoing&) { return ++seen % 400 == 0 ? Server::Mood::loses_answer : Server::Mood::away; };
  std::set<std::string> keys;
  int next = 0;
  for (int turn = 0; turn < kTurns; ++turn) {
    const Instant now = kNow + turn * 5min;
    std::vector<Alert> fresh;
    for (; next < kAlerts * (turn + 1LL) / kTurns; ++next) {
      fresh.push_back(raised(next, now));
      keys.insert(fresh.back().key());
    }
    post.raise(fresh);
    (void)post.turn(now);
    if (turn % 300 == 299) post.restart();
  }
  REQUIRE(next == kAlerts);
  CHECK(post.server->attempts <= kTurns);  // one each five minutes, however many wait
  post.server->mood = [](const Outgoing&) { return Server::Mood::well; };
  for (int turn = kTurns; turn < kTurns + 5 * 12; ++turn) (void)post.turn(kNow + turn * 5min);

  std::set<std::string> told;
  std::map<std::string, int> records;  // by Message-ID
  const auto all = post.store->outgoing_since("desk", kNow - 1h);
  REQUIRE(all);
  for (const Outgoing& m : *all) {
    CHECK(m.state() == "handed_over");
    ++records[m.message_id()];
    told.insert(m.alerts().begin(), m.alerts().end());
    REQUIRE(post.server->arrived.contains(m.message_id()));
    CHECK(post.server->arrived[m.message_id()] <= 1 + post.server->lost[m.message_id()]);
  }
  CHECK(told == keys);
  CHECK(records.size() == all->size());
  CHECK(post.server->arrived.size() == all->size());
  CHECK(post.server->lost.size() >= 2);
  int unsent = 0;
  REQUIRE(post.store->each_alert({}, [&](const Alert& a) { return unsent += a.status() != "sent", true; }));
  CHECK(unsent == 0);
}
