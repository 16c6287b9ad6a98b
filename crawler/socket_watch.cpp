#include "crawler/socket_watch.h"

#include <array>
#include <chrono>
#include <utility>

#include <sys/epoll.h>
#include <unistd.h>

#include "crawler/loop_impl.h"

namespace vigie::crawler {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kAtOnce = 16;
constexpr auto kTurn = std::chrono::milliseconds(1);  // then other handlers of the loop have theirs

std::uint32_t poll_events(int events) {
  return (events & SocketWatch::kRead ? EPOLLIN : 0u) | (events & SocketWatch::kWrite ? EPOLLOUT : 0u);
}

class EpollWatch final : public SocketWatch {
 public:
  EpollWatch(Loop& loop, Ready ready, int set) : ready_(std::move(ready)), set_(loop.impl().io, set) { wait(); }
  ~EpollWatch() override { *alive_ = false; }

  void want(int fd, int events) override {
    auto [at, fresh] = sockets_.try_emplace(fd);
    auto& socket = at->second;
    if (fresh) socket.generation = ++generations_;
    socket.wanted = events;
    // One that rests stays as it is: when it is wanted again, it is for the same.
    if (events == kNone || socket.registered == events) return;
    enter(fd, socket);
  }

  void closing(int fd) override {
    const auto at = sockets_.find(fd);
    if (at == sockets_.end()) return;
    leave(fd, at->second);
    sockets_.erase(at);
  }

 private:
  struct Socket {
    int wanted = kNone, registered = kNone;
    std::uint32_t generation = 0;
  };

  void enter(int fd, Socket& socket) {
    epoll_event event{};
    event.events = poll_events(socket.wanted);
    event.data.u64 = std::uint64_t{socket.generation} << 32 | static_cast<std::uint32_t>(fd);
    const int how = socket.registered == kNone ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (epoll_ctl(set_.native_handle(), how, fd, &event) == 0) socket.registered = socket.wanted;
  }

  void leave(int fd, Socket& socket) {
    if (std::exchange(socket.registered, kNone) != kNone) epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
  }

  void wait() {
    set_.async_wait(asio::posix::stream_descriptor::wait_read, [this, alive = alive_](const boost::system::error_code& error) {
      if (!*alive || error) return;
      turn();
      if (*alive) wait();  // what was not told is still there, and told then
    });
  }

  void turn() {
    std::array<epoll_event, kAtOnce> events{};
    const int count = epoll_wait(set_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
    const auto end = std::chrono::steady_clock::now() + kTurn;
    const auto alive = alive_;
    for (int i = 0; i < count && *alive; ++i) {
      tell(events[static_cast<std::size_t>(i)]);
      if (std::chrono::steady_clock::now() > end) break;
    }
  }

  void tell(const epoll_event& event) {
    const auto fd = static_cast<int>(event.data.u64 & 0xffffffff);
    const auto at = sockets_.find(fd);
    if (at == sockets_.end() || at->second.generation != event.data.u64 >> 32) return;  // the number has a new owner
    auto& socket = at->second;
    int events = kNone;
    if (event.events & EPOLLIN) events |= kRead;
    if (event.events & EPOLLOUT) events |= kWrite;
    events &= socket.wanted;
    if (socket.wanted != kNone && event.events & (EPOLLERR | EPOLLHUP)) events |= kError;
    if (events != kNone) return ready_(fd, events);
    // A resting connection that its server has closed would be told again and again.
    socket.wanted == kNone ? leave(fd, socket) : enter(fd, socket);
  }

  Ready ready_;
  asio::posix::stream_descriptor set_;
  std::unordered_map<int, Socket> sockets_;
  std::uint32_t generations_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // a wait that is queued when we go finds it false
};

}  // namespace

std::unique_ptr<SocketWatch> SocketWatch::make(Loop& loop, Ready ready) {
  const int set = epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) return nullptr;
  return std::make_unique<EpollWatch>(loop, std::move(ready), set);
}

}  // namespace vigie::crawler
