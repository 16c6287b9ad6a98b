#include "crawler/address_clock.h"

#include <algorithm>

namespace vigie::crawler {

std::optional<Instant> AddressClock::enter(const std::string& address, Instant now, Millis gap, std::optional<Instant> turn) {
  auto& slot = slots_[address];
  const bool in_turn = turn ? *turn <= now : slot.queue_end <= now;
  if (slot.out < kPerAddress && slot.next <= now && in_turn) {
    ++slot.out;
    slot.next = now + gap;
    slot.queue_end = std::max(slot.queue_end, slot.next);
    return std::nullopt;
  }
  // A turn that came a moment too early is kept; one that found the address full goes to the end of the queue.
  if (turn && slot.out < kPerAddress) return std::max({*turn, slot.next, now + 1ms});
  const auto mine = std::max({slot.next, slot.queue_end, now + gap});
  slot.queue_end = mine + gap;
  return mine;
}

void AddressClock::leave(const std::string& address, Instant now) {
  const auto at = slots_.find(address);
  if (at == slots_.end()) return;
  --at->second.out;
  if (at->second.out <= 0 && at->second.queue_end <= now && at->second.next <= now) slots_.erase(at);
}

}  // namespace vigie::crawler
