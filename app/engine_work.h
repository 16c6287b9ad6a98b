#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/hash.h"
#include "core/records.pb.h"
#include "core/time.h"

/// What the files of the engine share.
namespace vigie::app {

inline Instant wall_now() { return std::chrono::system_clock::now(); }

/// Of a clock that never jumps; ms since some start.
inline std::int64_t steady_ms() {
  return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// A host of which nothing is known yet.
inline HostRecord host_named(const std::string& name) {
  HostRecord host;
  host.set_host(name);
  host.set_shard(shard_of(name));
  return host;
}

}  // namespace vigie::app
