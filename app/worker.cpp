#include "app/worker.h"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/frame.h"
#include "core/log.h"

namespace vigie::app {
namespace {

struct Actions {
  posix_spawn_file_actions_t value;
  Actions() { posix_spawn_file_actions_init(&value); }
  ~Actions() { posix_spawn_file_actions_destroy(&value); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
};

Errc errc_of(const std::string& name) {
  for (const Errc code : {Errc::misconfigured, Errc::too_large, Errc::malformed, Errc::refused, Errc::not_found}) {
    if (name_of(code) == name) return code;
  }
  return Errc::malformed;
}

}  // namespace

Status Worker::start() {
  int down[2], up[2];
  if (::pipe2(down, O_CLOEXEC) != 0) return fail(Errc::unreachable, std::string("worker: ") + std::strerror(errno));
  if (::pipe2(up, O_CLOEXEC) != 0) {
    const int why = errno;
    ::close(down[0]);
    ::close(down[1]);
    return fail(Errc::unreachable, std::string("worker: ") + std::strerror(why));
  }
  Actions actions;
  posix_spawn_file_actions_adddup2(&actions.value, down[0], 0);
  posix_spawn_file_actions_adddup2(&actions.value, up[1], 1);
  posix_spawn_file_actions_addclosefrom_np(&actions.value, 3);  // store, sockets and the rest stay here
  std::string argument = "parse-worker";
  std::vector<char*> argv{program_.data(), argument.data()};
  for (auto& file : words_) argv.push_back(file.data());
  argv.push_back(nullptr);
  // No credentials, no configuration: an empty environment, but for what a sanitizer build needs to report.
  std::string asan = "ASAN_OPTIONS=detect_leaks=0";
  char* envp[] = {asan.data(), nullptr};
  const int failed = ::posix_spawn(&pid_, program_.c_str(), &actions.value, nullptr, argv.data(), envp);
  ::close(down[0]);
  ::close(up[1]);
  if (failed != 0) {
    ::close(down[1]);
    ::close(up[0]);
    pid_ = -1;
    return fail(Errc::unreachable, "worker: " + program_ + ": " + std::strerror(failed));
  }
  to_ = down[1];
  from_ = up[0];
  return {};
}

std::string Worker::bury() {
  if (to_ >= 0) ::close(to_);
  if (from_ >= 0) ::close(from_);
  to_ = from_ = -1;
  if (pid_ < 0) return "not running";
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFSIGNALED(status)) return std::string("signal ") + std::to_string(WTERMSIG(status));
  return "exit " + std::to_string(WEXITSTATUS(status));
}

void Worker::stop() {
  if (pid_ >= 0) bury();
}

Result<PageRecord> Worker::parse(const ParseRequest& request) {
  if (pid_ < 0) {
    if (auto started = start(); !started) return std::move(started).error();
  }
  const Millis wall = std::chrono::seconds(limits_.wall_seconds);
  auto sent = write_frame(to_, request.SerializeAsString(), wall);
  Result<std::string> bytes = sent ? read_frame(from_, wall) : Result<std::string>(sent.error());
  ParseReply reply;
  if (bytes && !reply.ParseFromString(*bytes)) bytes = fail(Errc::malformed, "worker: reply does not decode");
  if (!bytes) {
    ++deaths_;
    auto error = std::move(bytes).error();
    // A process that ended by itself has its own signal to tell; ours would hide it.
    const std::string how = error.code == Errc::unreachable ? [&] {
      ::usleep(20'000);
      return bury();
    }() : bury();
    log::warn("worker.died", {{"how", how}, {"why", error.text}});
    return std::move(error).in("parse worker ended (" + how + ")");
  }
  if (reply.has_error()) return fail(errc_of(reply.error_kind()), reply.error());
  return std::move(*reply.mutable_page());
}

}  // namespace vigie::app
