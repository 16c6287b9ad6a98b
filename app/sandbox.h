#pragma once

#include <cstdint>

#include "core/result.h"

namespace vigie::app {

/// Limits of a parse worker (DESIGN section 8): hostile bytes meet unmaintained C here.
struct WorkerLimits {
  int cpu_seconds = 5;                       // per page
  int wall_seconds = 8;                      // per page, kept by the parent
  std::int64_t memory_bytes = 512ll << 20;   // beyond what the worker holds when it starts
};

/// From here on this process can read and write its open pipes, use memory and end; nothing else: no file is opened, no
/// socket made, no process started (seccomp, default: kill). Irrevocable. In sanitizer builds only the limits that a
/// sanitizer can live with are set, since it maps terabytes and reads /proc.
Status enter_worker_sandbox(const WorkerLimits& limits);

/// Gives the next page its own CPU allowance: SIGXCPU ends the worker when it is used up.
void allow_cpu_for_one_page(const WorkerLimits& limits);

}  // namespace vigie::app
