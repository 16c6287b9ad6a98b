#pragma once

// Private to crawler/*.cpp: the one header of this room that costs 2.5 s to include.
#include <utility>  // Boost 1.74 with C++20 does not compile without it standing first

#include <boost/asio/io_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "crawler/loop.h"

namespace vigie::crawler {

struct Loop::Impl {
  boost::asio::io_context io{1};  // one thread: the hint saves locks
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  boost::asio::steady_timer probe{io};
  Millis worst{0};

  void watch();
};

}  // namespace vigie::crawler
