#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>

#include "storage/links.h"

namespace vigie::storage {

/// Who uses the contacts that were asked for lately. It saves work and never changes a result: after every write
/// `replace` brings it to what is stored, and what was read while a write went on is not taken in.
///
/// Bounded by the number of users held (least recently used contacts go first). Thread-safe.
class UsersCache {
 public:
  explicit UsersCache(std::size_t most) : most_(most) {}

  std::shared_ptr<const Users> find(const std::string& contact);
  /// Ask before reading from the store, and hand it back with what was read.
  std::uint64_t generation();
  void insert(const std::string& contact, std::shared_ptr<Users> users, std::uint64_t generation);

  /// An ad was written: `before` are contacts that it used. `read` answers what is stored now; it runs under the lock,
  /// so that of two writes the later one has the last word.
  void replace(const std::string& ad, const std::set<std::string>& before, const std::function<Result<AdvertPtr>()>& read);
  void clear();

 private:
  struct Entry {
    std::string contact;
    std::shared_ptr<Users> users;
  };
  using Entries = std::list<Entry>;
  void drop(Entries::iterator entry);
  void update(const std::string& contact, const std::string& ad, const AdvertPtr& now);

  const std::size_t most_;
  std::mutex mutex_;
  Entries entries_;  // used last first
  std::unordered_map<std::string, Entries::iterator> by_contact_;
  std::size_t held_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace vigie::storage
