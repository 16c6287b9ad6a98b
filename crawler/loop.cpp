#include "crawler/loop_impl.h"

#include <algorithm>

namespace vigie::crawler {

namespace asio = boost::asio;

namespace {
constexpr Millis kProbe = 100ms;  // how often the loop's lag is measured
}

class Loop::Timer {
 public:
  Timer(asio::io_context& io, Millis delay, std::function<void()> handler)
      : timer_(io, delay), handler_(std::move(handler)) {}
  void start(const std::shared_ptr<Timer>& self) {
    // Weak: the handle's owner decides; a wait that was already queued when it let go finds nothing.
    timer_.async_wait([weak = std::weak_ptr<Timer>(self)](const boost::system::error_code& error) {
      const auto timer = weak.lock();
      if (!timer || error) return;
      const auto handler = std::move(timer->handler_);
      if (handler) handler();
    });
  }

 private:
  asio::steady_timer timer_;
  std::function<void()> handler_;
};

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;

void Loop::Impl::watch() {
  probe.expires_after(kProbe);
  probe.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    const auto late = std::chrono::steady_clock::now() - probe.expiry();
    worst = std::max(worst, std::chrono::duration_cast<Millis>(late));
    watch();
  });
}

void Loop::run() {
  impl_->watch();
  impl_->io.run();
  impl_->io.restart();  // here, not before: a stop() that came early must count
}

void Loop::stop() { impl_->io.stop(); }

void Loop::post(std::function<void()> handler) { asio::post(impl_->io, std::move(handler)); }

std::shared_ptr<Loop::Timer> Loop::after(Millis delay, std::function<void()> handler) {
  auto timer = std::make_shared<Timer>(impl_->io, std::max(delay, Millis{0}), std::move(handler));
  timer->start(timer);
  return timer;
}

Millis Loop::lag() { return std::exchange(impl_->worst, Millis{0}); }

}  // namespace vigie::crawler
