#include "app/control.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/log.h"

namespace vigie::app {
namespace {

constexpr std::size_t kMostRequest = 1 << 20;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail(Errc::misconfigured, path + ": too long for a socket path");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

/// The user who asks, if we hear him.
std::optional<unsigned> asker(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  if (peer.uid != 0 && peer.uid != ::geteuid()) return std::nullopt;
  return peer.uid;
}

// One line within five seconds, or nothing: a client that hangs must not hold the others.
std::optional<std::string> read_line(int fd) {
  std::string line;
  for (int waits = 0; waits < 50;) {
    pollfd entry{fd, POLLIN, 0};
    if (::poll(&entry, 1, 100) <= 0) {
      ++waits;
      continue;
    }
    char buffer[4096];
    const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got <= 0) return std::nullopt;
    line.append(buffer, static_cast<std::size_t>(got));
    if (const auto end = line.find('\n'); end != std::string::npos) return line.substr(0, end);
    if (line.size() > kMostRequest) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::start(const std::string& path, Handler handler) {
  auto address = address_of(path);
  if (!address) return std::move(address).error();
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(Errc::misconfigured, path + ": " + std::strerror(errno));
  ::unlink(path.c_str());  // of a daemon that was killed; the store's lock says that no other one runs
  const mode_t before = ::umask(0077);
  const int bound = ::bind(fd, reinterpret_cast<sockaddr*>(&*address), sizeof *address);
  ::umask(before);
  if (bound != 0 || ::listen(fd, 8) != 0) {
    const int why = errno;
    ::close(fd);
    return fail(Errc::misconfigured, path + ": " + std::strerror(why));
  }
  return std::unique_ptr<ControlServer>(new ControlServer(path, fd, std::move(handler)));
}

ControlServer::ControlServer(std::string path, int fd, Handler handler)
    : path_(std::move(path)), fd_(fd), handler_(std::move(handler)), thread_([this] { run(); }) {}

ControlServer::~ControlServer() {
  stopping_ = true;
  thread_.join();
  ::close(fd_);
  ::unlink(path_.c_str());
}

void ControlServer::run() {
  while (!stopping_) {
    pollfd entry{fd_, POLLIN, 0};
    if (::poll(&entry, 1, 200) <= 0) continue;
    const int client = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    serve(client);
    ::close(client);
  }
}

void ControlServer::serve(int fd) {
  const auto uid = asker(fd);
  if (!uid) {
    send_all(fd, "{\"error\":\"not allowed\"}\n{\"done\":1}\n");
    return;
  }
  const auto request = read_line(fd);
  if (!request) return;
  const int code = handler_(*request, *uid, [&](std::string_view line) {
    return !stopping_ && send_all(fd, std::string(line) + "\n");
  });
  send_all(fd, "{\"done\":" + std::to_string(code) + "}\n");
}

Result<std::optional<int>> ask_daemon(const std::string& path, const std::string& request,
                                      const std::function<void(std::string_view line)>& line) {
  auto address = address_of(path);
  if (!address) return std::optional<int>{};
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(Errc::unreachable, std::strerror(errno));
  if (::connect(fd, reinterpret_cast<sockaddr*>(&*address), sizeof *address) != 0) {
    ::close(fd);
    return std::optional<int>{};
  }
  std::optional<int> code;
  std::string buffer;
  if (send_all(fd, request + "\n")) {
    char chunk[4096];
    for (ssize_t got; !code && (got = ::recv(fd, chunk, sizeof chunk, 0)) > 0;) {
      buffer.append(chunk, static_cast<std::size_t>(got));
      for (std::size_t end; (end = buffer.find('\n')) != std::string::npos;) {
        const auto one = buffer.substr(0, end);
        buffer.erase(0, end + 1);
        if (one.starts_with("{\"done\":")) {
          code = std::atoi(one.c_str() + 8);
          break;
        }
        line(one);
      }
    }
  }
  ::close(fd);
  if (!code) return fail(Errc::unreachable, "the daemon ended before it had answered");
  return code;
}

}  // namespace vigie::app
