// Ways out on this machine: sendmail, a program, a file, the system's log.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <google/protobuf/struct.pb.h>

#include "alerts/channels.h"
#include "core/json.h"
#include "core/text.h"

namespace vigie::alerts {
namespace {

constexpr Millis kPatience = 60s;  // for a program; real time, since it is waited for
constexpr std::size_t kMaxWords = 400;

std::string reason() { return std::strerror(errno); }
std::string shown(std::string_view words) { return text::escape_control(text::cut_utf8(text::trim(words), kMaxWords)); }

/// write(2) whose broken pipe is an error and no signal, whatever the program does with that: one that needs no input may end
/// before it has read ours.
ssize_t write_quietly(int fd, std::string_view bytes) {
  sigset_t pipe_signal, before;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ssize_t n = ::write(fd, bytes.data(), bytes.size());
  const int why = errno;
  const timespec at_once{};
  if (n < 0 && why == EPIPE) ::sigtimedwait(&pipe_signal, nullptr, &at_once);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = why;
  return n;
}

/// Two ends of a pipe, closed with it.
struct Pipe {
  int ends[2] = {-1, -1};
  bool open() { return ::pipe2(ends, O_CLOEXEC) == 0; }
  void close(int end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
  ~Pipe() {
    close(0);
    close(1);
  }
};

struct Exit {
  int code = -1;       // of the program; -1: it could not be run, was killed, or took too long
  std::string words;   // what it said, or why it could not be run
  bool fed = false;    // it took all of its input
};

/// A program of fixed arguments with `input` on its standard input; no shell, nothing inherited but a plain environment.
class Program {
 public:
  static Exit run(const std::vector<std::string>& words, std::string_view input, const std::atomic<bool>& cancelled) {
    Program program;
    if (const auto why = program.start(words); !why.empty()) return {-1, why, false};
    program.talk(input, cancelled);
    return program.finish();
  }

 private:
  std::string start(const std::vector<std::string>& words) {
    if (!in_.open() || !out_.open()) return reason();
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    char* environment[] = {path, nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in_.ends[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out_.ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, out_.ends[1], 2);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0);  // its children end with it
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    const int failed = ::posix_spawn(&child_, arguments[0], &actions, &attributes, arguments.data(), environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    in_.close(0);
    out_.close(1);
    if (failed != 0) child_ = -1;
    ::fcntl(in_.ends[1], F_SETFL, O_NONBLOCK);
    return failed == 0 ? std::string() : words[0] + ": " + std::strerror(failed);
  }

  void talk(std::string_view input, const std::atomic<bool>& cancelled) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (out_.ends[0] >= 0 && !cancelled && std::chrono::steady_clock::now() < end) {
      pollfd fds[2] = {{out_.ends[0], POLLIN, 0}, {in_.ends[1], POLLOUT, 0}};
      if (::poll(fds, 2, 200) <= 0) continue;
      if (fds[1].fd >= 0 && fds[1].revents != 0) feed(input);
      if (fds[0].revents != 0) hear();
    }
    done_ = out_.ends[0] < 0;
  }

  void feed(std::string_view input) {
    const ssize_t n = write_quietly(in_.ends[1], input.substr(given_));
    if (n > 0) given_ += static_cast<std::size_t>(n);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    exit_.fed = given_ == input.size();
    if (n < 0 || exit_.fed) in_.close(1);
  }

  void hear() {
    char buffer[4096];
    const ssize_t n = ::read(out_.ends[0], buffer, sizeof buffer);
    if (n <= 0) out_.close(0);
    else if (exit_.words.size() < kMaxWords) exit_.words.append(buffer, static_cast<std::size_t>(n));
  }

  Exit finish() {
    if (!done_) ::kill(-child_, SIGKILL);
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {}
    exit_.words = shown(exit_.words);
    if (!done_) exit_.words = "took too long and was ended: " + exit_.words;
    else if (WIFEXITED(status)) exit_.code = WEXITSTATUS(status);
    return exit_;
  }

  Pipe in_, out_;
  pid_t child_ = -1;
  std::size_t given_ = 0;
  bool done_ = false;
  Exit exit_;
};

class Sendmail : public Channel {
 public:
  explicit Sendmail(std::string program) : program_(std::move(program)) {}
  Outgoing deliver(Outgoing message, Instant now) override {
    std::string content = message.content();  // with LF, as the local interface has it
    std::erase(content, '\r');
    const Exit ended = Program::run({program_, "-i", "-f", message.mail_from(), "--", message.mail_to()}, content, cancelled_);
    // sysexits(3): 64 usage, 65 data, 67 no such user, 68 no such host are final; the rest passes.
    const bool final = ended.code == 64 || ended.code == 65 || ended.code == 67 || ended.code == 68;
    const std::string words = "sendmail: " + (ended.words.empty() ? "exit code " + std::to_string(ended.code) : ended.words);
    return settled(std::move(message), {ended.code == 0 && ended.fed ? "handed_over" : final ? "failed" : "deferred", words}, now);
  }
  void cancel() override { cancelled_ = true; }

 private:
  const std::string program_;
  std::atomic<bool> cancelled_{false};
};

class Command : public Channel {
 public:
  Outgoing deliver(Outgoing message, Instant now) override {
    const Exit ended = Program::run({message.mail_to()}, message.content(), cancelled_);
    const std::string words = ended.words.empty() ? "exit code " + std::to_string(ended.code) : ended.words;
    return settled(std::move(message), {ended.code == 0 ? "handed_over" : "deferred", words}, now);
  }
  void cancel() override { cancelled_ = true; }

 private:
  std::atomic<bool> cancelled_{false};
};

/// Appends whole lines or nothing: a message that a crash repeats stands twice under one id, never half.
class Feed : public Channel {
 public:
  Outgoing deliver(Outgoing message, Instant now) override {
    const auto why = append(message.mail_to(), message.content());
    return settled(std::move(message), {why.empty() ? "handed_over" : "deferred", why.empty() ? "written" : why}, now);
  }

 private:
  static std::string append(const std::string& path, std::string_view lines) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (file < 0) return path + ": " + reason();
    const off_t before = ::lseek(file, 0, SEEK_END);
    std::string why;
    std::size_t put = 0;
    while (put < lines.size() && why.empty()) {
      const ssize_t n = ::write(file, lines.data() + put, lines.size() - put);
      if (n > 0) put += static_cast<std::size_t>(n);
      else if (n < 0 && errno != EINTR) why = path + ": " + reason();
    }
    if (why.empty() && ::fsync(file) != 0 && errno != EINVAL) why = path + ": " + reason();  // EINVAL: a pipe
    if (!why.empty() && before >= 0 && ::ftruncate(file, before) != 0) why += ", and a part of it stands there";
    ::close(file);
    return why;
  }
};

class Syslog : public Channel {
 public:
  Outgoing deliver(Outgoing message, Instant now) override {
    for (const auto line : text::split(message.content(), '\n')) {
      google::protobuf::Struct alert;
      if (line.empty() || !from_json(line, alert)) continue;
      const auto value = [&](const char* key) {
        const auto found = alert.fields().find(key);
        return found == alert.fields().end() ? std::string("-") : text::escape_control(text::cut_utf8(found->second.string_value(), 100));
      };
      const int level = value("severity") == "high" ? LOG_ALERT : value("severity") == "medium" ? LOG_WARNING : LOG_NOTICE;
      ::syslog(LOG_USER | level, "vigie alert=%s kind=%s severity=%s scope=%s", value("alert").c_str(), value("kind").c_str(),
               value("severity").c_str(), value("scope").c_str());
    }
    return settled(std::move(message), {"handed_over", "given to the system's log"}, now);
  }
};

}  // namespace

Result<std::unique_ptr<Channel>> make_sendmail(const AlertOptions& options) {
  for (const Receiver& r : options.receivers) {
    const std::string program = r.to.empty() ? "/usr/sbin/sendmail" : r.to;
    if (r.via == "sendmail") return std::unique_ptr<Channel>(std::make_unique<Sendmail>(program));
  }
  return std::unique_ptr<Channel>(std::make_unique<Sendmail>("/usr/sbin/sendmail"));
}
Result<std::unique_ptr<Channel>> make_command(const AlertOptions&) { return std::unique_ptr<Channel>(std::make_unique<Command>()); }
Result<std::unique_ptr<Channel>> make_file(const AlertOptions&) { return std::unique_ptr<Channel>(std::make_unique<Feed>()); }
Result<std::unique_ptr<Channel>> make_syslog(const AlertOptions&) { return std::unique_ptr<Channel>(std::make_unique<Syslog>()); }

}  // namespace vigie::alerts
