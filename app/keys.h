#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "alerts/seal.h"

namespace vigie::app {

/// The state of key files: looked at when a file has changed, and once an hour, since a look at an OpenPGP key starts gpg.
class Keys {
 public:
  const alerts::KeyState& state(const std::string& file, Instant now);
  /// Encrypting to it has failed: it counts as unusable until the next look.
  void distrust(const std::string& file, std::string why, Instant now);

 private:
  struct Known {
    Instant looked{};
    std::pair<std::int64_t, std::int64_t> print;  // time of change in ns, size
    alerts::KeyState state;
  };
  std::map<std::string, Known> known_;  // by path
};

}  // namespace vigie::app
