#include <doctest/doctest.h>

#include <fstream>

#include "alerts_world.h"
#include "app/bounces.h"
#include "app/health.h"
#include "storage_kit.h"

using namespace vigie;
using alerts::kNow;

namespace {

/// A service with nothing but a store, looked after at the times that a test names.
struct Service {
  storage::test::Folder folder;
  std::unique_ptr<storage::Store> store = *storage::test::open(folder);
  std::mutex lock;
  app::HealthWatch watch{*store, lock};
  app::Config config;

  Service() {
    config.storage_path = folder.path();
    config.alerts = alerts::options();
    config.alerts.heartbeat = "off";
  }
  /// The wall clock runs with the steady one, but for `jump`.
  void look(Instant now, Millis jump = 0ms) { REQUIRE(watch.look(config, now, Millis(to_ms(now - jump)))); }
  std::vector<Alert> alerts_of(const std::string& source) {
    std::vector<Alert> found;
    REQUIRE(store->each_alert({}, [&](const Alert& a) {
      if (a.health().source() == source) found.push_back(a);
      return true;
    }));
    return found;
  }
  /// One alert, told `revision` times, now open or closed.
  void check(const std::string& source, int revision, bool open) {
    CAPTURE(source);
    const auto found = alerts_of(source);
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind() == "health");
    CHECK(found[0].revision() == revision);
    CHECK(found[0].health().open() == open);
    CHECK(found[0].status() == "pending");
    CHECK_FALSE(found[0].alert().empty());
  }
};

app::Scope scope(Instant until) {
  app::Scope s;
  s.scope = "NORTH-01";
  s.reference = "4711/26";
  s.valid_to = until;
  return s;
}

Outgoing waiting(const std::string& id, Instant created, const char* state) {
  Outgoing m;
  m.set_id(id);
  m.set_receiver("desk");
  m.set_message_id("<n." + id + ".00000000@unit.example>");
  m.set_state(state);
  m.set_created_ms(to_ms(created));
  m.set_next_ms(to_ms(created));
  m.set_via("mail");
  return m;
}

}  // namespace

TEST_CASE("health: an authority is told two weeks before its end, more gravely at it, and when it is prolonged") {
  Service service;
  service.config.scopes = {scope(kNow + 24h * 20)};
  service.look(kNow);
  CHECK(service.alerts_of("scope NORTH-01").empty());
  service.look(kNow + 24h * 7);
  service.check("scope NORTH-01", 1, true);
  service.look(kNow + 24h * 8);
  service.check("scope NORTH-01", 1, true);
  service.look(kNow + 24h * 21);
  service.check("scope NORTH-01", 2, true);
  CHECK(service.alerts_of("scope NORTH-01")[0].severity() == "high");
  service.config.scopes = {scope(kNow + 24h * 400)};
  service.look(kNow + 24h * 22);
  service.check("scope NORTH-01", 3, false);
}

TEST_CASE("health: a clock that jumps is told, and that it runs evenly again an hour later") {
  Service service;
  service.look(kNow);
  service.look(kNow + 2min);
  CHECK(service.alerts_of("clock").empty());
  service.look(kNow + 10min, 5min);
  service.check("clock", 1, true);
  service.look(kNow + 30min, 5min);
  service.check("clock", 1, true);
  service.look(kNow + 71min, 5min);
  service.check("clock", 2, false);
}

TEST_CASE("health: a store that failed is told by the next start, and closed after a day without another fault") {
  Service service;
  service.look(kNow);
  CHECK(service.alerts_of("disk").size() <= 1);  // this machine's own disk may be short
  app::note_store_fault(service.folder.path(), kNow);
  const auto fault = [&] {
    std::vector<Alert> found;
    for (auto& alert : service.alerts_of("disk")) {
      if (alert.health().condition() == "fault") found.push_back(std::move(alert));
    }
    return found;
  };
  service.look(kNow + 2min);
  REQUIRE(fault().size() == 1);
  CHECK(fault()[0].health().open());
  CHECK(fault()[0].severity() == "high");
  service.look(kNow + 25h);
  REQUIRE(fault().size() == 1);
  CHECK_FALSE(fault()[0].health().open());
  CHECK_FALSE(std::filesystem::exists(service.folder.path() + "/store.fault"));
}

TEST_CASE("health: a crawl that pauses for want of room is told at once") {
  Service service;
  service.look(kNow);
  service.watch.crawl_paused(true);
  service.look(kNow + 1s);
  const auto told = service.alerts_of("disk");
  REQUIRE(told.size() == 1);
  CHECK(told[0].health().open());
  CHECK(told[0].headline().find("nothing is fetched until there is room") != std::string::npos);
}

TEST_CASE("health: mail that has waited for an hour is dead, and well again when it left; what nobody tried yet is not") {
  Service service;
  REQUIRE(service.store->put_outgoing({waiting("a1", kNow, "pending"), waiting("a2", kNow, "pending")}, {}));
  service.look(kNow + 2h);
  CHECK(service.alerts_of("mail").empty());
  REQUIRE(service.store->update_outgoing(waiting("a1", kNow, "deferred"), {}));
  service.look(kNow + 3h);
  service.check("mail", 1, true);
  CHECK(service.alerts_of("mail")[0].headline().find("2 messages") == 0);
  for (const char* id : {"a1", "a2"}) REQUIRE(service.store->update_outgoing(waiting(id, kNow, "handed_over"), {}));
  service.look(kNow + 4h);
  service.check("mail", 2, false);
}

TEST_CASE("health: a receiver whose message was refused is in trouble until something has arrived for a day") {
  Service service;
  const auto refused = app::undeliverable("desk", true, "5.1.1");
  REQUIRE(app::tell_fact(*service.store, service.lock, refused, kNow));
  CHECK_FALSE(*app::tell_fact(*service.store, service.lock, refused, kNow + 1min));  // told once
  service.check("receiver desk", 1, true);
  service.look(kNow + 48h);
  service.check("receiver desk", 1, true);  // nothing has arrived
  Outgoing arrived = waiting("b1", kNow + 50h, "handed_over");
  arrived.set_last_ms(to_ms(kNow + 50h));
  REQUIRE(service.store->put_outgoing({arrived}, {}));
  service.look(kNow + 51h);
  service.check("receiver desk", 1, true);  // it may still come back
  service.look(kNow + 75h);
  service.check("receiver desk", 2, false);
}

TEST_CASE("health: a key that is missing is told, and that it is there") {
  Service service;
  auto& receiver = service.config.alerts.receivers[0];
  receiver.key_file = service.folder.path() + "-key.pem";
  service.look(kNow);
  service.check("receiver desk", 1, true);
  CHECK(service.alerts_of("receiver desk")[0].severity() == "high");
  (void)alerts::output_of("openssl req -x509 -newkey rsa:2048 -nodes -days 400 -subj /CN=desk -keyout /dev/null -out " + receiver.key_file + " 2>&1");
  // The certificate begins when it was made, which the invented time may not have reached.
  const Instant later = std::max(kNow + 1h, std::chrono::time_point_cast<Instant::duration>(std::chrono::system_clock::now()) + 1h);
  service.look(later);
  std::filesystem::remove(receiver.key_file);
  bool closed = false;
  for (const auto& a : service.alerts_of("receiver desk")) closed = closed || (a.revision() == 2 && !a.health().open());
  CHECK(closed);
}

TEST_CASE("a report that comes back fails its message once, whatever else lies in the folder") {
  Service service;
  app::Bounces bounces(*service.store, service.lock);
  const std::string box = service.folder.path() + "-reports";
  for (const char* part : {"/new", "/cur", "/tmp"}) std::filesystem::create_directories(box + part);
  const auto put = [&](const std::string& name, const std::string& text) { std::ofstream(box + "/new/" + name, std::ios::binary) << text; };
  std::ifstream in(VIGIE_SOURCE_DIR "/tests/corpus/bounce/postfix", std::ios::binary);
  std::string report(std::istreambuf_iterator<char>(in), {});
  Alert alert = alerts::alert();
  const auto planned = alerts::plan({alert}, service.config.alerts, {}, kNow, false);
  Outgoing message = planned.messages.at(0);
  message.set_state("handed_over");
  alert = planned.alerts.at(0);
  REQUIRE(alerts::record(message, alert));
  REQUIRE(service.store->put_outgoing({message}, {alert}));
  report.replace(report.find("<n.0123456789abcdef.01234567@unit.example>"), 42, message.message_id());
  put("1", "Subject: away\n\nI am away.\n");
  put("2", report);
  put("3", report);
  std::filesystem::create_symlink("/etc/hostname", box + "/new/4");
  std::string foreign = report;
  foreign.replace(foreign.find(message.message_id()), message.message_id().size(), "<n.ffffffffffffffff.00000000@other.example>");
  put("5", foreign);
  const auto any = bounces.look(box, kNow + 1h);
  REQUIRE(any);
  CHECK(*any);
  const auto after = service.store->outgoing(message.id());
  REQUIRE(after);
  CHECK((*after)->state() == "failed");
  CHECK((*after)->answer() == "came back: 5.1.1 550 5.1.1 no such user");
  CHECK((*service.store->alert(alert.key()))->status() == "failed");
  service.check("receiver desk", 1, true);
  CHECK(std::filesystem::is_empty(box + "/new"));
  for (const char* seen : {"2:2,S", "3:2,S", "1:2,", "5:2,"}) {
    CAPTURE(seen);
    CHECK(std::filesystem::exists(box + "/cur/" + seen));
  }
  CHECK_FALSE(*bounces.look(box, kNow + 2h));
  CHECK_FALSE(*bounces.look("", kNow));
  CHECK_FALSE(*bounces.look(box + "/nowhere", kNow));
  std::filesystem::remove_all(box);
}
