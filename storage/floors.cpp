#include "storage/floors.h"

#include <utility>

namespace vigie::storage {

std::string_view Floors::queue_of(Family family, std::string_view key) {
  if (family == Family::link) return key.starts_with('q') ? key.substr(0, 1) : std::string_view{};
  if (family != Family::sched) return {};
  const auto end = key.find(std::string_view("\0\x01", 2));  // of the host; its priority follows
  return end == std::string_view::npos || key.size() < end + 3 ? std::string_view{} : key.substr(0, end + 3);
}

Floors::Look Floors::look(std::string_view queue) {
  std::lock_guard lock(mutex_);
  const auto at = floors_.find(queue);
  if (at == floors_.end()) return {{}, false, true, clock_};
  const auto& floor = at->second;
  return {floor.known ? floor.key : std::string{}, floor.known && floor.empty, floor.writers == 0, clock_};
}

void Floors::found(std::string_view queue, const Look& look, std::string_view first) {
  if (!look.may_tell) return;
  std::lock_guard lock(mutex_);
  auto at = floors_.find(queue);
  if (at == floors_.end()) {
    if (forgotten_ > look.at) return;  // a write may have come and gone
    forget_some();
    at = floors_.try_emplace(std::string(queue)).first;
  } else if (at->second.writers > 0 || at->second.written > look.at) {
    return;
  }
  at->second.known = true;
  at->second.empty = first.empty();
  at->second.key = first;
}

void Floors::writing(std::string_view queue, std::string_view key) {
  std::lock_guard lock(mutex_);
  auto at = floors_.find(queue);
  if (at == floors_.end()) at = floors_.try_emplace(std::string(queue)).first;
  auto& floor = at->second;
  ++floor.writers;
  if (floor.known && (floor.empty || key < floor.key)) floor.key = key;
  floor.empty = false;
}

void Floors::written(const std::vector<std::string>& queues) {
  std::lock_guard lock(mutex_);
  ++clock_;
  for (const auto& queue : queues) {
    const auto at = floors_.find(queue);
    if (at == floors_.end()) continue;
    at->second.written = clock_;
    if (--at->second.writers > 0 || at->second.known) continue;
    floors_.erase(at);
    forgotten_ = clock_;
  }
}

void Floors::forget_some() {
  if (floors_.size() < kMost) return;
  std::erase_if(floors_, [](const auto& entry) { return entry.second.writers == 0; });
  forgotten_ = ++clock_;
}

}  // namespace vigie::storage
