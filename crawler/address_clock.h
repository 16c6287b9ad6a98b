#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/time.h"

namespace vigie::crawler {

/// Many hosts can stand on one machine: at most kPerAddress requests are out to one address, and their starts keep a gap.
/// Pure. Whoever must wait is given the moment at which its turn comes, one turn a gap, and comes back then.
class AddressClock {
 public:
  static constexpr int kPerAddress = 4;
  static constexpr Millis kGap = 250ms;  // at the usual pace of 2 s
  /// The gap that a site's pace asks for: an eighth of it, kGap at most; 0: a private lab without a pace, not held at all.
  static Millis gap_of(Millis pace) { return std::min(kGap, pace / 8); }

  /// Empty: the request may start and counts as out until leave(). Else when to ask again; `turn`: what the last answer
  /// to this host was, if any.
  std::optional<Instant> enter(const std::string& address, Instant now, Millis gap, std::optional<Instant> turn);
  void leave(const std::string& address, Instant now);
  std::size_t size() const { return slots_.size(); }

 private:
  struct Slot {
    int out = 0;
    Instant next{};       // no start before
    Instant queue_end{};  // first turn that nobody holds
  };
  std::unordered_map<std::string, Slot> slots_;  // idle ones may stay: their number is that of the addresses asked
};

}  // namespace vigie::crawler
