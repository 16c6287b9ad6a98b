#include "app/frame.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include <poll.h>
#include <unistd.h>

namespace vigie::app {
namespace {

using Clock = std::chrono::steady_clock;

// Waits until `fd` is ready for `events` or the deadline passes.
Status wait_for(int fd, short events, Clock::time_point deadline, bool forever) {
  for (;;) {
    int wait = -1;
    if (!forever) {
      const auto left = std::chrono::duration_cast<Millis>(deadline - Clock::now()).count();
      if (left <= 0) return fail(Errc::timed_out, "pipe: no progress in time");
      wait = static_cast<int>(left) + 1;
    }
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, wait);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail(Errc::unreachable, std::string("pipe: ") + std::strerror(errno));
  }
}

Status read_exactly(int fd, char* into, std::size_t count, Clock::time_point deadline, bool forever) {
  while (count > 0) {
    if (auto ready = wait_for(fd, POLLIN, deadline, forever); !ready) return ready;
    const ssize_t got = ::read(fd, into, count);
    if (got == 0) return fail(Errc::unreachable, "pipe: closed by the other side");
    if (got < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return fail(Errc::unreachable, std::string("pipe: ") + std::strerror(errno));
    }
    into += got;
    count -= static_cast<std::size_t>(got);
  }
  return {};
}

}  // namespace

Status write_frame(int fd, std::string_view bytes, Millis limit) {
  if (bytes.size() > kFrameLimit) return fail(Errc::too_large, "pipe: message over limit");
  const auto size = static_cast<std::uint32_t>(bytes.size());
  std::string out;
  out.reserve(bytes.size() + 4);
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>((size >> shift) & 0xff));
  out += bytes;
  const auto deadline = Clock::now() + limit;
  std::size_t done = 0;
  while (done < out.size()) {
    if (auto ready = wait_for(fd, POLLOUT, deadline, limit < 0ms); !ready) return ready;
    // At most what a pipe takes at once, so that a reader that stopped cannot hold us past the deadline.
    const std::size_t chunk = std::min<std::size_t>(out.size() - done, 4096);
    const ssize_t put = ::write(fd, out.data() + done, chunk);
    if (put < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return fail(Errc::unreachable, std::string("pipe: ") + std::strerror(errno));
    }
    done += static_cast<std::size_t>(put);
  }
  return {};
}

Result<std::string> read_frame(int fd, Millis limit) {
  const auto deadline = Clock::now() + limit;
  unsigned char head[4];
  if (auto got = read_exactly(fd, reinterpret_cast<char*>(head), 4, deadline, limit < 0ms); !got) return std::move(got).error();
  const std::size_t size = head[0] | (std::size_t{head[1]} << 8) | (std::size_t{head[2]} << 16) | (std::size_t{head[3]} << 24);
  if (size > kFrameLimit) return fail(Errc::too_large, "pipe: message over limit");
  std::string bytes(size, '\0');
  if (auto got = read_exactly(fd, bytes.data(), size, deadline, limit < 0ms); !got) return std::move(got).error();
  return bytes;
}

}  // namespace vigie::app
