#include "storage/group_commit.h"

#include <algorithm>
#include <utility>

namespace vigie::storage {
namespace {

constexpr std::size_t kMostInGroup = 64;

}  // namespace

std::vector<Status> GroupCommit::submit(Durability durability, const std::vector<Engine::Fact>& facts, const Commit& commit) {
  Waiting own{facts, durability, std::vector<Status>(facts.size()), false};
  std::unique_lock lock(mutex_);
  queue_.push_back(&own);
  company_.notify_all();
  turn_.wait(lock, [&] { return own.done || (!leading_ && queue_.front() == &own); });
  if (own.done) return std::move(own.answers);
  leading_ = true;
  if (last_group_ > 1) {  // company is likely, and worth a moment
    company_.wait_for(lock, patience_, [&] { return queue_.size() >= std::min(last_group_, kMostInGroup); });
  }
  std::vector<Waiting*> group(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), kMostInGroup)));
  last_group_ = group.size();
  lock.unlock();
  commit(group);
  lock.lock();
  for (auto* waiting : group) waiting->done = true;
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(group.size()));
  leading_ = false;
  turn_.notify_all();
  return std::move(own.answers);
}

}  // namespace vigie::storage
