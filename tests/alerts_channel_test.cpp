#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "alerts/channels.h"
#include "alerts/sign.h"
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
  const std::pair<const char*, std::string> targets[] = {{"sendmail", "/nonexistent/sendmail"}, {"webhook", "http://127.0.0.1:1/"},
                                                         {"syslog", ""}, {"command", "/nonexistent/program"}, {"file", folder / "feed.jsonl"}};
  for (const auto& [via, to] : targets) {
    Receiver r = o.receivers[0];
    r.name = r.via = via;
    r.to = to;
    o.receivers.push_back(r);
  }
  for (const ChannelRow& row : channels()) {
    CAPTURE(row.name);
    CHECK(row.chosen(o));
    CHECK_FALSE(row.chosen(options()));
    auto channel = row.make(o);
    REQUIRE(channel);
    auto alone = o;
    std::erase_if(alone.receivers, [&](const Receiver& r) { return r.via != row.via; });
    const Outgoing before = plan({alert()}, alone, {}, kNow, false).messages.at(0);
    CHECK(before.via() == row.via);
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

namespace {

AlertOptions only(const std::string& via, const std::string& to) {
  auto o = options();
  o.receivers[0].via = via;
  o.receivers[0].to = to;
  return o;
}

std::string script(const Folder& folder, const std::string& text) {
  const std::string path = folder / "program";
  std::ofstream(path) << "#!/bin/sh\n" << text << '\n';
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("a feed is one JSON line per alert, at the end of the file, with codes only where it is restricted") {
  const Folder folder;
  auto o = only("file", folder / "feed.jsonl");
  o.receivers[0].restricted = true;
  auto channel = make_channel(o);
  REQUIRE(channel);
  Alert secret = alert(2);
  secret.set_restricted(true);
  for (const Outgoing& m : plan({alert(1), secret}, o, {}, kNow, false).messages) CHECK((*channel)->deliver(m, kNow).state() == "handed_over");
  const auto text = slurp(folder / "feed.jsonl");
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  Read first;
  REQUIRE(from_json(text.substr(0, text.find('\n')), first));
  CHECK(text_in(first, "alert") == "A-2026-00002");  // restricted ones go first and alone
  CHECK_FALSE(first.fields().contains("headline"));
  CHECK(text.find("message_id") == std::string::npos);
  CHECK(text.substr(0, text.find('\n')).find("zero un") == std::string::npos);
  SUBCASE("a file that cannot be written defers, and nothing is lost") {
    auto lost = only("file", folder / "no/such/folder/feed.jsonl");
    CHECK((*make_channel(lost))->deliver(plan({alert()}, lost, {}, kNow, false).messages.at(0), kNow).state() == "deferred");
  }
}

TEST_CASE("a program gets the lines on its input, without a shell; its exit code is its answer") {
  const Folder folder;
  const struct { const char* text; const char* state; } rows[] = {
      {"cat > \"$(dirname \"$0\")/got\"", "handed_over"}, {"echo busy >&2; exit 75", "deferred"}, {"exec 0<&-; exit 0", "handed_over"}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    auto o = only("command", script(folder, row.text));
    const Outgoing m = plan({alert()}, o, {}, kNow, false).messages.at(0);
    const Outgoing after = (*make_channel(o))->deliver(m, kNow);
    CHECK(after.state() == row.state);
    if (after.state() == std::string("deferred")) CHECK(after.answer() == "busy");
  }
  CHECK(slurp(folder / "got").find("\"alert\":\"A-2026-00001\"") != std::string::npos);
}

TEST_CASE("a program that ends before it has read everything ends nobody but itself") {
  const Folder folder;
  auto o = only("command", script(folder, "exec 0<&-; exit 0"));
  std::vector<Alert> many;
  for (int i = 1; i <= 600; ++i) many.push_back(alert(i));
  const auto messages = plan(many, o, {}, kNow, true).messages;
  REQUIRE(messages.size() == 1);
  REQUIRE(messages[0].content().size() > 128 * 1024);  // more than a pipe holds
  CHECK((*make_channel(o))->deliver(messages[0], kNow).state() == "handed_over");
}

TEST_CASE("sendmail gets the message with envelope and one receiver; no such user is final, the rest passes") {
  const Folder folder;
  const struct { const char* end; const char* state; } rows[] = {{"exit 0", "handed_over"}, {"exit 67", "failed"}, {"exit 75", "deferred"}};
  for (const auto& row : rows) {
    CAPTURE(row.end);
    auto o = only("sendmail", script(folder, std::string("d=$(dirname \"$0\"); echo \"$*\" > $d/args; cat > $d/mail; ") + row.end));
    const Outgoing m = plan({alert()}, o, {}, kNow, false).messages.at(0);
    CHECK((*make_channel(o))->deliver(m, kNow).state() == row.state);
  }
  CHECK(slurp(folder / "args") == "-i -f vigie@unit.example -- desk@unit.example\n");
  const auto mail = slurp(folder / "mail");
  CHECK(mail.find('\r') == std::string::npos);
  CHECK(mail.find("\nMessage-ID: <n.") != std::string::npos);
}

TEST_CASE("a webhook is signed, has one key for all attempts, and its status decides") {
  const Folder folder;
  std::ofstream(folder / "key") << "a key of this test\n";
  // One answer per request, in the order of the numbers; each request is kept as a file.
  std::ofstream(folder / "server.py") << R"py(
import http.server, json, sys
codes = [503, 429, 200, 422, 302]
class H(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        n = len(self.server.seen)
        body = self.rfile.read(int(self.headers['Content-Length'])).decode()
        self.server.seen.append(1)
        json.dump({'headers': dict(self.headers), 'body': body}, open(sys.argv[1] + '/request%d' % n, 'w'))
        self.send_response(codes[n]); self.send_header('Location', 'http://127.0.0.1:1/'); self.end_headers(); self.wfile.write(b'words')
    def log_message(self, *a): pass
s = http.server.HTTPServer(('127.0.0.1', 0), H); s.seen = []; s.timeout = 20
print(s.server_port, flush=True)
for _ in codes: s.handle_request()
)py";
  FILE* server = ::popen(("exec timeout 60 python3 " + (folder / "server.py") + " " + folder.path()).c_str(), "r");
  REQUIRE(server != nullptr);
  int port = 0;
  REQUIRE(std::fscanf(server, "%d", &port) == 1);
  auto o = only("webhook", "http://127.0.0.1:" + std::to_string(port) + "/hook");
  o.receivers[0].secret_file = folder / "key";
  auto channel = make_channel(o);
  REQUIRE(channel);
  const Outgoing m = plan({alert()}, o, {}, kNow, false).messages.at(0);
  for (const char* state : {"deferred", "deferred", "handed_over", "failed", "deferred"}) CHECK((*channel)->deliver(m, kNow).state() == state);
  ::pclose(server);
  Read request;
  REQUIRE(from_json(slurp(folder / "request0"), request));
  CHECK(text_in(request, "body") == m.content());
  CHECK(header(request, "Idempotency-Key") == m.id());
  CHECK(header(request, "X-Vigie-Signature") == signature("a key of this test", m.content(), kNow));
  CHECK(header(request, "X-Vigie-Signature") ==
        "t=" + std::to_string(to_ms(kNow) / 1000) + ",v1=" +
            output_of("(printf '%s.' " + std::to_string(to_ms(kNow) / 1000) + "; python3 -c \"import json;print(json.load(open('" + (folder / "request0") +
                      "'))['body'],end='')\") | openssl dgst -sha256 -hmac 'a key of this test' -r | cut -d' ' -f1 | tr -d '\\n'"));
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
