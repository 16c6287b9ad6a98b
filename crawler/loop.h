#pragma once

#include <functional>
#include <memory>

#include "core/time.h"

namespace vigie::crawler {

/// The fetch thread's event loop: an Asio io_context behind a face that costs nothing to include.
///
/// run() is called by the one thread that owns it; post() and stop() may be called from any thread, the rest only from
/// handlers. No handler may take over 2 ms: lag() tells when one did.
class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();   // until stop()
  void stop();  // pending handlers are dropped
  void post(std::function<void()> handler);
  /// One-shot timer; the handle cancels it when destroyed.
  class Timer;
  std::shared_ptr<Timer> after(Millis delay, std::function<void()> handler);
  /// Greatest delay of a periodic probe since the last call.
  Millis lag();

  struct Impl;  // for crawler/*.cpp alone
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace vigie::crawler
