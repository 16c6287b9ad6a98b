#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "app/sandbox.h"
#include "core/records.pb.h"
#include "core/result.h"

namespace vigie::app {

/// One parse worker process, seen from the daemon. Used by one thread; starts the process when needed, and again after a
/// death. Never outlives its owner.
class Worker {
 public:
  /// `program`: the binary to start (normally /proc/self/exe) with the argument `parse-worker`. `words`: files that it
  /// learns before it shuts itself in.
  Worker(std::string program, WorkerLimits limits, std::vector<std::string> words = {})
      : program_(std::move(program)), limits_(limits), words_(std::move(words)) {}
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// One page. An error of the parser comes back with its kind. When the process died or took too long the error is
  /// `unreachable` or `timed_out`, deaths() has grown, and the next call starts a new process.
  Result<PageRecord> parse(const ParseRequest& request);
  int deaths() const { return deaths_; }
  void stop();

 private:
  Status start();
  std::string bury();  // reaps the process and says how it ended

  std::string program_;
  WorkerLimits limits_;
  std::vector<std::string> words_;
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  int deaths_ = 0;
};

}  // namespace vigie::app
