#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "alerts/channels.h"
#include "alerts_world.h"

using namespace vigie;
using namespace vigie::alerts;
namespace fs = std::filesystem;

namespace {

Outgoing message(int n = 1) { return plan({alert(n)}, options(), {}, kNow, false).messages.at(0); }

AlertOptions into(const std::string& folder) {
  auto o = options();
  o.maildir = folder;
  return o;
}

std::size_t files_in(const std::string& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

std::string only_file(const std::string& folder) {
  std::ifstream in(fs::directory_iterator(folder)->path(), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("a message in a Maildir is whole, private, and leaves nothing in tmp") {
  const Folder folder;
  const std::string box = folder / "box";
  auto channel = make_channel(into(box));
  REQUIRE(channel);
  const Outgoing sent = (*channel)->deliver(message(), kNow);
  CHECK(sent.state() == "handed_over");
  CHECK(sent.attempts() == 1);
  CHECK_FALSE(sent.has_next_ms());
  REQUIRE(files_in(box + "/new") == 1);
  CHECK(files_in(box + "/tmp") == 0);
  CHECK(only_file(box + "/new").find('\r') == std::string::npos);
  CHECK(only_file(box + "/new").find("\nMessage-ID: " + sent.message_id() + "\n") != std::string::npos);
  CHECK((fs::status(fs::directory_iterator(box + "/new")->path()).permissions() & fs::perms::group_read) == fs::perms::none);
}

TEST_CASE("the same Message-ID never lands twice in the same Maildir") {
  const Folder folder;
  const std::string box = folder / "box";
  {
    auto channel = make_channel(into(box));
    REQUIRE(channel);
    (void)(*channel)->deliver(message(), kNow);
    SUBCASE("same process") { CHECK((*channel)->deliver(message(), kNow + 1min).state() == "handed_over"); }
  }
  SUBCASE("a new process, the file still in new") {}
  SUBCASE("a new process, a reader moved it to cur") {
    const fs::path file = fs::directory_iterator(box + "/new")->path();
    fs::rename(file, box + "/cur/" + file.filename().string() + ":2,S");
  }
  SUBCASE("killed between the temporary file and the link") {
    std::ofstream(box + "/tmp/" + fs::directory_iterator(box + "/new")->path().filename().string()) << "half";
  }
  auto channel = make_channel(into(box));
  REQUIRE(channel);
  const Outgoing again = (*channel)->deliver(message(), kNow + 1h);
  CHECK(again.state() == "handed_over");
  CHECK(files_in(box + "/new") + files_in(box + "/cur") == 1);
  (void)(*channel)->deliver(message(2), kNow);
  CHECK(files_in(box + "/new") + files_in(box + "/cur") == 2);
}

TEST_CASE("a Maildir that cannot be used") {
  const Folder folder;
  SUBCASE("from the start: the configuration is wrong, and says where") {
    std::ofstream(folder / "file") << "x";
    auto channel = make_channel(into(folder / "file"));
    REQUIRE_FALSE(channel);
    CHECK(channel.error().code == Errc::misconfigured);
    CHECK(channel.error().text.find("alerts.maildir") == 0);
  }
  SUBCASE("later: the message is deferred with the system's words") {
    auto channel = make_channel(into(folder / "box"));
    REQUIRE(channel);
    fs::remove_all(folder / "box");
    const Outgoing m = (*channel)->deliver(message(), kNow);
    CHECK(m.state() == "deferred");
    CHECK(m.answer().find("No such file") != std::string::npos);
    CHECK(m.next_ms() == to_ms(kNow + 1min));
  }
}

TEST_CASE("every channel: whatever happens, a delivery has a named state, a count and words") {
  const Folder folder;
  auto o = options();
  o.maildir = folder / "box";
  o.smtp_url = "smtp://127.0.0.1:1";  // nobody listens
  o.smtp_tls = "off";
  for (const ChannelRow& row : channels()) {
    CAPTURE(row.name);
    CHECK(row.chosen(o));
    CHECK_FALSE(row.chosen(options()));
    auto channel = row.make(o);
    REQUIRE(channel);
    const Outgoing before = message();
    const Outgoing after = (*channel)->deliver(before, kNow);
    CHECK((after.state() == "handed_over" || after.state() == "deferred"));
    CHECK(after.attempts() == before.attempts() + 1);
    CHECK(after.last_ms() == to_ms(kNow));
    CHECK_FALSE(after.answer().empty());
    CHECK(after.message_id() == before.message_id());
    CHECK(after.content() == before.content());
    CHECK(after.has_next_ms() == (after.state() == "deferred"));
  }
}

TEST_CASE("no channel at all is a fault of the configuration") {
  auto channel = make_channel(options());
  REQUIRE_FALSE(channel);
  CHECK(channel.error().code == Errc::misconfigured);
}

TEST_CASE("back-off: 1, 5, 15, 30 minutes, then hourly, after four days every four hours; never given up") {
  const Millis expected[] = {1min, 5min, 15min, 30min, 1h, 1h};
  for (int i = 0; i < 6; ++i) CHECK(retry_after(i + 1, 0ms) == expected[i]);
  CHECK(retry_after(80, 96h - 1ms) == 1h);
  CHECK(retry_after(100, 96h) == 4h);
  CHECK(retry_after(100000, 10000h) == 4h);
  CHECK(retry_after(0, 0ms) == 1min);
}
