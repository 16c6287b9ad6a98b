#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <csignal>
#include <iterator>
#include <map>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>

#include "alerts/channels.h"
#include "alerts_world.h"

using namespace vigie;
using namespace vigie::alerts;
namespace fs = std::filesystem;

namespace {

Outgoing message(int n = 1) { return plan({alert(n)}, options(), {}, kNow, false).messages.at(0); }

AlertOptions to_port(int port, std::string tls = "off") {
  auto o = options();
  o.smtp_url = "smtp://127.0.0.1:" + std::to_string(port);
  o.smtp_tls = std::move(tls);
  return o;
}

SmtpTimes quick() {
  SmtpTimes t;
  t.connect = 2s;
  t.reply = 1s;
  t.whole = 20s;
  return t;
}

Outgoing deliver(int port, const Outgoing& m, const SmtpTimes& times = quick()) {
  auto channel = make_smtp(to_port(port), times);
  REQUIRE(channel);
  return (*channel)->deliver(m, kNow);
}

/// A loopback port that was free a moment ago.
int free_port() {
  const int s = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof a;
  ::bind(s, reinterpret_cast<sockaddr*>(&a), size);
  ::getsockname(s, reinterpret_cast<sockaddr*>(&a), &size);
  ::close(s);
  return ntohs(a.sin_port);
}

bool reachable(int port) {
  for (int i = 0; i < 100; ++i) {
    const int s = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a.sin_port = htons(static_cast<std::uint16_t>(port));
    const bool there = ::connect(s, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0;
    ::close(s);
    if (there) return true;
    ::usleep(50000);
  }
  return false;
}

/// smtp-sink of the postfix package, as its own process until the end of the scope.
class Sink {
 public:
  explicit Sink(const std::vector<std::string>& arguments) : port_(free_port()) {
    std::vector<std::string> all = {"smtp-sink"};
    if (::geteuid() == 0) all.insert(all.end(), {"-u", "nobody"});
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.insert(all.end(), {"127.0.0.1:" + std::to_string(port_), "16"});
    pid_ = ::fork();
    if (pid_ == 0) {
      std::vector<char*> argv;
      for (auto& s : all) argv.push_back(s.data());
      argv.push_back(nullptr);
      ::alarm(60);  // whatever happens to the test, this process ends
      ::execvp("smtp-sink", argv.data());
      ::_exit(127);
    }
    ready_ = reachable(port_);
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  ~Sink() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  int port() const { return port_; }
  bool ready() const { return ready_; }

 private:
  int port_;
  pid_t pid_;
  bool ready_;
};

using Script = std::map<std::string, std::string>;

/// A server that answers each verb as told: a line, "hang", or "close". Verbs: CONNECT EHLO MAIL RCPT DATA . QUIT.
class Scripted {
 public:
  explicit Scripted(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof a;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&a), size);
    ::listen(listener_, 8);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&a), &size);
    port_ = ntohs(a.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  Scripted(const Scripted&) = delete;
  Scripted& operator=(const Scripted&) = delete;
  ~Scripted() {
    stopped_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  int port() const { return port_; }
  int messages() const { return messages_; }

 private:
  void serve() {
    while (!stopped_) {
      const int client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      const timeval limit{0, 200000};
      ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
      talk(client);
      ::close(client);
    }
  }

  // False: the connection is over.
  bool answer(int client, const std::string& verb, const std::string& usual) {
    const auto it = script_.find(verb);
    const std::string reply = it == script_.end() ? usual : it->second;
    if (reply == "close") return false;
    if (reply == "hang") {
      char c;
      while (!stopped_) {
        const ssize_t n = ::recv(client, &c, 1, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) break;
      }
      return false;
    }
    const std::string line = reply + "\r\n";
    return ::send(client, line.data(), line.size(), MSG_NOSIGNAL) > 0;
  }

  void talk(int client) {
    if (!answer(client, "CONNECT", "220 test")) return;
    std::string line;
    bool data = false;
    char c;
    while (!stopped_) {
      const ssize_t n = ::recv(client, &c, 1, 0);
      if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) return;
      if (n < 0) continue;
      line += c;
      if (c != '\n') continue;
      if (data) {
        if (line == ".\r\n") {
          data = false;
          ++messages_;
          if (!answer(client, ".", "250 taken")) return;
        }
      } else {
        const std::string verb = line.substr(0, line.find_first_of(" \r"));
        if (!answer(client, verb, verb == "DATA" ? "354 go" : verb == "QUIT" ? "221 bye" : "250 fine")) return;
        data = verb == "DATA" && !script_.contains("DATA");
      }
      line.clear();
    }
  }

  const Script script_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stopped_{false};
  std::atomic<int> messages_{0};
  std::thread thread_;
};

}  // namespace

TEST_CASE("SMTP, every refusal of a real sink has its state and the server's words") {
  if (!have("smtp-sink")) {
    MESSAGE("skipped: smtp-sink (package postfix) is not here");
    return;
  }
  const struct { const char* option; const char* verb; const char* state; const char* words; } rows[] = {
      {"-p", "", "handed_over", "250"},
      {"-r", "CONNECT", "deferred", "450"}, {"-r", "EHLO", "handed_over", "250"},  // curl goes on with HELO
      {"-r", "MAIL", "deferred", "450"},    {"-r", "RCPT", "deferred", "450"},
      {"-r", "DATA", "deferred", "450"},    {"-r", ".", "deferred", "450"},
      {"-f", "CONNECT", "deferred", "500"},  // a greeting says nothing about this message
      {"-f", "MAIL", "failed", "500"},      {"-f", "RCPT", "failed", "500"},
      {"-f", "DATA", "failed", "500"},      {"-f", ".", "failed", "500"},
      {"-q", "CONNECT", "deferred", ""},    {"-q", "EHLO", "deferred", ""},
      {"-q", "MAIL", "deferred", ""},       {"-q", "RCPT", "deferred", ""},
      {"-q", "DATA", "deferred", ""},       {"-q", ".", "unknown", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.option);
    CAPTURE(row.verb);
    Sink sink(row.verb[0] ? std::vector<std::string>{row.option, row.verb} : std::vector<std::string>{row.option});
    REQUIRE(sink.ready());
    const Outgoing m = deliver(sink.port(), message());
    CAPTURE(m.answer());
    CHECK(m.state() == row.state);
    CHECK(m.answer().find(row.words) != std::string::npos);
    CHECK(m.has_next_ms() == (m.state() == "deferred" || m.state() == "unknown"));
  }
}

TEST_CASE("SMTP, a server that hangs or lies: before the end of the message deferred, after it unknown") {
  const struct { Script script; const char* state; } rows[] = {
      {{}, "handed_over"},
      {{{"CONNECT", "hang"}}, "deferred"},
      {{{"EHLO", "hang"}}, "deferred"},
      {{{"EHLO", "451 later"}, {"HELO", "451 later"}}, "deferred"},
      {{{"EHLO", "550 never"}, {"HELO", "550 never"}}, "deferred"},
      {{{"MAIL", "451 later"}}, "deferred"},
      {{{"MAIL", "554 never"}}, "failed"},
      {{{"MAIL", "close"}}, "deferred"},
      {{{"RCPT", "451 later"}}, "deferred"},
      {{{"RCPT", "close"}}, "deferred"},
      {{{"DATA", "451 later"}}, "deferred"},
      {{{"DATA", "554 never"}}, "failed"},
      {{{"DATA", "close"}}, "deferred"},
      {{{"CONNECT", "421 later"}}, "deferred"},
      {{{"QUIT", "421 later"}}, "handed_over"},
      {{{"QUIT", "500 never"}}, "handed_over"},
      {{{"QUIT", "hang"}}, "handed_over"},
      {{{"MAIL", "hang"}}, "deferred"},
      {{{"RCPT", "hang"}}, "deferred"},
      {{{"DATA", "hang"}}, "deferred"},
      {{{".", "hang"}}, "unknown"},
      {{{".", "close"}}, "unknown"},
      {{{".", "451 later"}}, "deferred"},
      {{{".", "554 never"}}, "failed"},
      {{{".", "\x1b]0;evil\x07 250"}}, "unknown"},
      {{{"RCPT", "550 no such user"}}, "failed"},
      {{{"CONNECT", "554 go away"}}, "deferred"},
      {{{"CONNECT", "HTTP/1.1 400 Bad Request"}}, "deferred"},
      {{{"QUIT", "close"}}, "handed_over"},
  };
  for (const auto& row : rows) {
    const std::string what = row.script.empty() ? "" : row.script.begin()->first + " " + row.script.begin()->second;
    CAPTURE(what);
    Scripted server(row.script);
    const Outgoing m = deliver(server.port(), message());
    CAPTURE(m.answer());
    CHECK(m.state() == row.state);
    CHECK(m.message_id() == message().message_id());
    CHECK(m.answer().find('\x1b') == std::string::npos);
  }
}

TEST_CASE("SMTP, a lost answer: the next attempt bears the same Message-ID and says that it may be a double") {
  Outgoing m;
  {
    Scripted server(Script{{".", "close"}});
    m = deliver(server.port(), message());
  }
  REQUIRE(m.state() == "unknown");
  Scripted server(Script{});
  const Outgoing again = deliver(server.port(), m);
  CHECK(again.state() == "handed_over");
  CHECK(again.attempts() == 2);
  CHECK(again.message_id() == m.message_id());
  CHECK(again.content() == m.content());
  CHECK(again.answer().find("an earlier attempt may have arrived too") != std::string::npos);
}

TEST_CASE("SMTP, cancel ends a delivery that waits for its server") {
  Scripted server(Script{{"MAIL", "hang"}});
  auto times = quick();
  times.reply = 600s;
  times.whole = 600s;
  auto channel = make_smtp(to_port(server.port()), times);
  REQUIRE(channel);
  std::thread other([&] { ::usleep(300000); (*channel)->cancel(); });
  const Outgoing m = (*channel)->deliver(message(), kNow);
  other.join();
  CHECK(m.state() == "deferred");
}

TEST_CASE("SMTP, an address with a line end never reaches the wire") {
  Scripted server(Script{});
  for (const char* bad : {"desk@unit.example>\r\nRCPT TO:<x@other.example", "desk@unit.example\n", "", "a b@c.example"}) {
    Outgoing m = message();
    m.set_mail_to(bad);
    CHECK(deliver(server.port(), m).state() == "failed");
    m = message();
    m.set_mail_from(bad);
    CHECK(deliver(server.port(), m).state() == "failed");
  }
  CHECK(server.messages() == 0);
}

TEST_CASE("SMTP options that would leak or cannot work are refused at the start") {
  const Folder folder;
  std::ofstream(folder / "password") << "invented\n";
  auto o = to_port(25, "required");
  const auto fine = [&] { return static_cast<bool>(make_smtp(o)); };
  CHECK(fine());
  SUBCASE("no such scheme") { o.smtp_url = "http://127.0.0.1"; CHECK_FALSE(fine()); }
  SUBCASE("a line end") { o.smtp_url += "\r\nX"; CHECK_FALSE(fine()); }
  SUBCASE("a password in the address") { o.smtp_url = "smtp://u:p@127.0.0.1"; CHECK_FALSE(fine()); }
  SUBCASE("an unknown word for tls") { o.smtp_tls = "maybe"; CHECK_FALSE(fine()); }
  SUBCASE("a password without TLS") { o.smtp_tls = "off"; o.smtp_user = "u"; o.smtp_password_file = folder / "password"; CHECK_FALSE(fine()); }
  SUBCASE("a password file that is not there") { o.smtp_user = "u"; o.smtp_password_file = folder / "none"; CHECK_FALSE(fine()); }
  SUBCASE("a password over TLS") { o.smtp_user = "u"; o.smtp_password_file = folder / "password"; CHECK(fine()); }
}

TEST_CASE("SMTP, tls required: a server without STARTTLS gets nothing") {
  Scripted server(Script{});
  auto channel = make_smtp(to_port(server.port(), "required"), quick());
  REQUIRE(channel);
  const Outgoing m = (*channel)->deliver(message(), kNow);
  CHECK(m.state() == "deferred");
  CHECK(server.messages() == 0);
}

TEST_CASE("SMTP, STARTTLS that is refused, broken off or hangs: nothing of the message goes out, whatever is required") {
  const std::string offers = "250-test\r\n250 STARTTLS";
  for (const char* answer : {"454 later", "554 never", "close", "hang"}) {
    CAPTURE(answer);
    Scripted server(Script{{"EHLO", offers}, {"STARTTLS", answer}});
    auto channel = make_smtp(to_port(server.port(), "required"), quick());
    REQUIRE(channel);
    const Outgoing m = (*channel)->deliver(message(), kNow);
    CAPTURE(m.answer());
    CHECK(m.state() == "deferred");
    CHECK((*channel)->down("mail"));
    CHECK(server.messages() == 0);
  }
}

TEST_CASE("SMTP, a login that is refused, broken off or hangs is the server's state and no message's fault") {
  if (!have("python3")) return;
  const Folder folder;
  std::ofstream(folder / "password") << "invented\n";
  (void)output_of("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout " +
                  (folder / "key.pem") + " -out " + (folder / "cert.pem") + " 2>&1");
  const struct { const char* step; const char* answer; const char* state; } rows[] = {
      {"NONE", "", "handed_over"},      {"AUTH", "454 later", "deferred"},     {"AUTH", "504 never", "deferred"}, {"AUTH", "close", "deferred"},
      {"AUTH", "hang", "deferred"},     {"PASSWORD", "454 later", "deferred"}, {"PASSWORD", "535 never", "deferred"},
      {"PASSWORD", "close", "deferred"}};
  for (const auto& row : rows) {
    CAPTURE(row.step);
    CAPTURE(row.answer);
    const std::string command = "timeout 30 python3 " VIGIE_SOURCE_DIR "/tests/mail_server.py " + (folder / "cert.pem") + " " + (folder / "key.pem") +
                                " " + row.step + " '" + row.answer + "'";
    FILE* server = ::popen(command.c_str(), "w");
    REQUIRE(server != nullptr);
    const std::string port_file = folder / "cert.pem.port";
    for (int i = 0; i < 200 && !fs::exists(port_file); ++i) ::usleep(50000);
    int port = 0;
    std::ifstream(port_file) >> port;
    fs::remove(port_file);
    auto o = to_port(port, "required");
    o.smtp_url = "smtps://127.0.0.1:" + std::to_string(port);
    o.smtp_user = "vigie";
    o.smtp_password_file = folder / "password";
    auto times = quick();
    times.ca_file = folder / "cert.pem";
    auto channel = make_smtp(o, times);
    REQUIRE(channel);
    const Outgoing m = (*channel)->deliver(message(), kNow);
    CAPTURE(m.answer());
    CHECK(m.state() == row.state);
    CHECK((*channel)->down("mail") == (m.state() == "deferred"));
    CHECK(m.answer().find("invented") == std::string::npos);
    channel->reset();
    ::pclose(server);  // its input ends, and so does it
  }
}

TEST_CASE("a real Postfix takes the message once and delivers it whole") {
  const Folder folder;
  const std::string script = VIGIE_SOURCE_DIR "/tests/postfix.sh", box = folder / "box";
  const int port = free_port();
  const int started = std::system((script + " start " + folder.path() + " " + std::to_string(port) + " " + box + " 2>" + (folder / "why")).c_str());
  if (WIFEXITED(started) && WEXITSTATUS(started) == 77) {
    MESSAGE("skipped: Postfix cannot run here (needs root and the package postfix)");
    return;
  }
  struct Stop {
    std::string command;
    ~Stop() { (void)!std::system(command.c_str()); }
  } stop{script + " stop " + folder.path()};
  REQUIRE(started == 0);
  REQUIRE(reachable(port));

  auto o = to_port(port, "required");
  o.receivers[0].language = "fr";
  auto times = quick();
  times.reply = 20s;
  times.ca_file = folder / "cert.pem";
  Alert hostile = alert(2);
  hostile.set_headline("\n.\n..\r\nFrom here\r\n" + std::string(100000, 'x') + " é漢");
  std::vector<std::string> ids;
  {
    auto channel = make_smtp(o, times);
    REQUIRE(channel);
    for (const Alert& a : {alert(1), hostile, alert(3)}) {
      const auto p = plan({a}, o, {}, kNow, false);
      const Outgoing m = (*channel)->deliver(p.messages.at(0), kNow);
      CAPTURE(m.answer());
      CHECK(m.state() == "handed_over");
      CHECK(m.answer().find("queued as") != std::string::npos);
      ids.push_back(m.message_id());
    }
    SUBCASE("a certificate that nobody vouches for is refused") {
      times.ca_file.clear();
      auto strict = make_smtp(o, times);
      REQUIRE(strict);
      CHECK((*strict)->deliver(message(9), kNow).state() == "deferred");
    }
    SUBCASE("opportunistic takes what it gets") {
      auto lax = make_smtp(to_port(port, "opportunistic"), times);
      REQUIRE(lax);
      const Outgoing m = (*lax)->deliver(message(9), kNow);
      CHECK(m.state() == "handed_over");
      ids.push_back(m.message_id());
    }
  }
  const auto arrived = [&] { return static_cast<std::size_t>(std::distance(fs::directory_iterator(box + "/new"), fs::directory_iterator())); };
  for (int i = 0; i < 200 && (!fs::exists(box + "/new") || arrived() < ids.size()); ++i) ::usleep(50000);
  REQUIRE(fs::exists(box + "/new"));
  CHECK(arrived() == ids.size());
  if (!have("python3")) return;
  std::vector<std::string> contents;
  for (const auto& entry : fs::directory_iterator(box + "/new")) {
    std::ifstream in(entry.path(), std::ios::binary);
    contents.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  std::vector<std::string> seen;
  for (const Read& m : read_mails(contents)) {
    seen.push_back(header(m, "Message-ID"));
    CHECK(list_in(m, "defects").empty());
    CHECK(list_in(m, "to") == std::vector<std::string>{"desk@unit.example"});
    CHECK(text_in(m, "html_text").find("NORTH-01") != std::string::npos);
    CHECK(m.fields().at("longest").number_value() <= 998);
  }
  std::sort(seen.begin(), seen.end());
  std::sort(ids.begin(), ids.end());
  CHECK(seen == ids);
}
