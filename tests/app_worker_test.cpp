#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/frame.h"
#include "app/parse_worker.h"
#include "app/sandbox.h"
#include "app/worker.h"

using namespace vigie;
using namespace vigie::app;

namespace {

const std::string kProgram = VIGIE_BINARY_DIR "/vigie";

ParseRequest page(const std::string& body) {
  ParseRequest request;
  request.mutable_site()->set_site("annonces");
  request.mutable_site()->set_region("FR");
  request.mutable_site()->add_hosts("annonces.example");
  request.mutable_site()->add_ad("^/annonce/(?P<id>\\d+)");
  request.set_url("https://annonces.example/annonce/7");
  request.set_content_type("text/html; charset=utf-8");
  request.set_fetched_ms(1'795'000'000'000);
  request.set_status(200);
  request.set_body(body);
  return request;
}
const std::string kAd =
    "<html><head><title>Studio</title></head><body><h1>Studio à louer</h1><p>Un studio calme près du parc, libre en "
    "janvier, 450 EUR par mois. Tel 01 99 00 00 42.</p></body></html>";

std::vector<pid_t> children() {
  std::ifstream in("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  std::vector<pid_t> found;
  for (pid_t pid = 0; in >> pid;) found.push_back(pid);
  return found;
}

struct Pipe {
  int fd[2] = {-1, -1};
  Pipe() { REQUIRE(::pipe2(fd, O_CLOEXEC) == 0); }
  ~Pipe() {
    for (const int one : fd) {
      if (one >= 0) ::close(one);
    }
  }
  void close_end(int which) {
    ::close(fd[which]);
    fd[which] = -1;
  }
};

// What becomes of `act` in a process that is sandboxed as a worker is: its wait status.
int in_sandbox(const WorkerLimits& limits, const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    if (!enter_worker_sandbox(limits)) ::_exit(100);
    allow_cpu_for_one_page(limits);
    ::_exit(act());
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}
[[maybe_unused]] bool ended_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }
[[maybe_unused]] bool killed_by(int status, int signal) { return WIFSIGNALED(status) && WTERMSIG(status) == signal; }

}  // namespace

TEST_CASE("where memory runs out a worker is taken before the daemon") {
  Worker worker(kProgram, {});
  REQUIRE(worker.parse(page(kAd)));
  const auto running = children();
  REQUIRE(running.size() == 1);
  std::ifstream in("/proc/" + std::to_string(running.front()) + "/oom_score_adj");
  int score = 0;
  in >> score;
  CHECK(score == 800);
}

TEST_CASE("frames: what goes in comes out, in order, however it is cut") {
  Pipe pipe;
  const std::vector<std::string> sent{"", "a", std::string(300'000, 'x'), std::string("\0\xff", 2)};
  std::thread writer([&] {
    for (const auto& bytes : sent) CHECK(write_frame(pipe.fd[1], bytes, 5s));
  });
  for (const auto& bytes : sent) {
    const auto got = read_frame(pipe.fd[0], 5s);
    REQUIRE(got);
    CHECK(*got == bytes);
  }
  writer.join();
}

TEST_CASE("frames: silence, a closed end and a length over the limit are three different errors") {
  Pipe pipe;
  SUBCASE("silence") { CHECK(read_frame(pipe.fd[0], 20ms).error().code == Errc::timed_out); }
  SUBCASE("a reader that stopped") {
    const std::string much(1 << 20, 'x');
    CHECK(write_frame(pipe.fd[1], much, 50ms).error().code == Errc::timed_out);
  }
  SUBCASE("closed within a frame") {
    REQUIRE(::write(pipe.fd[1], "\x05\0\0\0ab", 6) == 6);
    pipe.close_end(1);
    CHECK(read_frame(pipe.fd[0], 5s).error().code == Errc::unreachable);
  }
  SUBCASE("over the limit") {
    REQUIRE(::write(pipe.fd[1], "\xff\xff\xff\xff", 4) == 4);
    CHECK(read_frame(pipe.fd[0], 5s).error().code == Errc::too_large);
    CHECK(write_frame(pipe.fd[1], std::string(kFrameLimit + 1, 'x'), 5s).error().code == Errc::too_large);
  }
}

TEST_CASE("a worker reads pages as the parser in this process does") {
  Worker worker(kProgram, {});
  const auto first = worker.parse(page(kAd));
  REQUIRE(first);
  REQUIRE(first->listings_size() == 1);
  CHECK(first->listings(0).ad() == "annonces/7");
  CHECK(first->SerializeAsString() == read_page(page(kAd)).page().SerializeAsString());
  CHECK(worker.parse(page("<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://annonces.example/annonce/8</loc></url></urlset>"))->page_class() == "feed");
  auto faulty = page(kAd);
  faulty.mutable_site()->set_listing("div:frist");
  const auto refused = worker.parse(faulty);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::misconfigured);
  CHECK(worker.deaths() == 0);
}

TEST_CASE("a page that is refused costs itself only") {
  Worker worker(kProgram, {});
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "<div>";
  for (const auto& body : {nested, std::string(17 << 20, 'x'), std::string("\0\xff\xfe<", 4)}) {
    const auto got = worker.parse(page(body));
    if (!got) CHECK(got.error().code == Errc::too_large);
  }
  CHECK(worker.parse(page(kAd)));
  CHECK(worker.deaths() == 0);
}

TEST_CASE("a worker that is killed costs one page, one that hangs its wall time, and the next page is read") {
  ::signal(SIGPIPE, SIG_IGN);  // as the daemon does
  WorkerLimits limits;
#ifdef VIGIE_SANITIZED
  limits.wall_seconds = 10;  // a start alone takes seconds there
#else
  limits.wall_seconds = 1;
#endif
  Worker worker(kProgram, limits);
  // The first page of a process waits for its start; a loaded machine may need more than the second.
  for (int i = 0; i < 20 && !worker.parse(page(kAd)); ++i) {
  }
  const int before = worker.deaths();
  auto running = children();
  REQUIRE(running.size() == 1);
  SUBCASE("killed") {
    ::kill(running[0], SIGKILL);
    const auto lost = worker.parse(page(kAd));
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == Errc::unreachable);
    CHECK(lost.error().text.find("signal 9") != std::string::npos);
  }
  SUBCASE("hanging") {
    ::kill(running[0], SIGSTOP);
    const auto lost = worker.parse(page(kAd));
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == Errc::timed_out);
  }
  CHECK(worker.deaths() == before + 1);
  bool read = false;
  for (int i = 0; i < 20 && !read; ++i) read = static_cast<bool>(worker.parse(page(kAd)));
  CHECK(read);
  worker.stop();
  CHECK(children().empty());
}

TEST_CASE("a program that is no worker is an error, not a hang") {
  ::signal(SIGPIPE, SIG_IGN);
  Worker missing("/nonexistent/vigie", {});
  CHECK(missing.parse(page(kAd)).error().code == Errc::unreachable);
  Worker wrong("/bin/true", {});
  CHECK(wrong.parse(page(kAd)).error().code == Errc::unreachable);
  CHECK(wrong.deaths() == 1);
}

#ifdef VIGIE_SANITIZED
TEST_CASE("the sandbox is left open in sanitizer builds") { CHECK(ended_with(in_sandbox({}, [] { return 7; }), 7)); }
#else
TEST_CASE("in the sandbox nothing is opened, connected or started") {
  CHECK(ended_with(in_sandbox({}, [] { return 7; }), 7));
  CHECK(ended_with(in_sandbox({}, [] { return ::open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES ? 7 : 8; }), 7));
  CHECK(ended_with(in_sandbox({}, [] { return ::open("/tmp/vigie-sandbox", O_WRONLY | O_CREAT, 0600) < 0 ? 7 : 8; }), 7));
  CHECK(killed_by(in_sandbox({}, [] { return ::socket(AF_INET, SOCK_STREAM, 0); }), SIGSYS));
  CHECK(killed_by(in_sandbox({}, [] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }), SIGSYS));
  CHECK(killed_by(in_sandbox({}, [] { return ::fork() == 0 ? 0 : 8; }), SIGSYS));
  CHECK(killed_by(in_sandbox({}, [] { return ::execl("/bin/true", "true", nullptr); }), SIGSYS));
  CHECK(killed_by(in_sandbox({}, [] { return ::kill(::getppid(), 0); }), SIGSYS));
  CHECK(killed_by(in_sandbox({}, [] { return ::unlink("/tmp/vigie-sandbox"); }), SIGSYS));
}

TEST_CASE("CPU and memory of a page are bounded") {
  WorkerLimits limits;
  limits.cpu_seconds = 0;  // and the second that the page before may have begun
  CHECK(killed_by(in_sandbox(limits, [] {
    std::atomic<unsigned> spun = 0;
    while (spun.fetch_add(1) != 0xFFFFFFFF || true) {
    }
    return 8;
  }), SIGXCPU));
  limits = {};
  limits.memory_bytes = 64 << 20;
  CHECK(ended_with(in_sandbox(limits, [] {
    void* fits = std::malloc(16 << 20);
    void* does_not = std::malloc(256 << 20);
    return fits && !does_not ? 7 : 8;
  }), 7));
}
#endif
