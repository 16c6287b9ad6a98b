#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "crawler/loop.h"

namespace vigie::crawler {

/// Tells which of many sockets can be read or written. They stand in a poll set of their own, of which the loop sees one
/// descriptor: a connection that serves a hundred requests enters it once, and not a hundred times.
///
/// Owns no socket. Whoever closes one calls closing() before, so that a number that comes back is another socket.
class SocketWatch {
 public:
  enum Events : int { kNone = 0, kRead = 1, kWrite = 2, kError = 4 };
  /// On the loop's thread, outside of every call made here; may call want() and closing().
  using Ready = std::function<void(int fd, int events)>;

  static std::unique_ptr<SocketWatch> make(Loop& loop, Ready ready);
  virtual ~SocketWatch() = default;

  /// kRead and kWrite are told until something else is wanted; kNone: nothing for now, it may be wanted again.
  virtual void want(int fd, int events) = 0;
  virtual void closing(int fd) = 0;
};

}  // namespace vigie::crawler
