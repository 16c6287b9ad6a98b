#include "storage/users_cache.h"

#include <algorithm>

namespace vigie::storage {

std::shared_ptr<const Users> UsersCache::find(const std::string& contact) {
  std::lock_guard lock(mutex_);
  const auto known = by_contact_.find(contact);
  if (known == by_contact_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, known->second);
  return known->second->users;
}

std::uint64_t UsersCache::generation() {
  std::lock_guard lock(mutex_);
  return generation_;
}

void UsersCache::insert(const std::string& contact, std::shared_ptr<Users> users, std::uint64_t generation) {
  std::lock_guard lock(mutex_);
  if (generation != generation_ || by_contact_.contains(contact)) return;
  held_ += users->newest.size() + 1;
  entries_.push_front({contact, std::move(users)});
  by_contact_[contact] = entries_.begin();
  while (held_ > most_ && entries_.size() > 1) drop(std::prev(entries_.end()));
}

void UsersCache::replace(const std::string& ad, const std::set<std::string>& before, const std::function<Result<AdvertPtr>()>& read) {
  std::lock_guard lock(mutex_);
  ++generation_;
  if (entries_.empty()) return;
  const auto now = read();
  if (!now) {
    entries_.clear();
    by_contact_.clear();
    held_ = 0;
    return;
  }
  auto touched = before;
  touched.insert((*now)->contacts.begin(), (*now)->contacts.end());
  for (const auto& contact : touched) update(contact, ad, *now);
}

void UsersCache::clear() {
  std::lock_guard lock(mutex_);
  ++generation_;
  entries_.clear();
  by_contact_.clear();
  held_ = 0;
}

void UsersCache::drop(Entries::iterator entry) {
  held_ -= entry->users->newest.size() + 1;
  by_contact_.erase(entry->contact);
  entries_.erase(entry);
}

void UsersCache::update(const std::string& contact, const std::string& ad, const AdvertPtr& now) {
  const auto known = by_contact_.find(contact);
  if (known == by_contact_.end()) return;
  const auto entry = known->second;
  // A reader may hold the list: then it keeps the old one, and we go on with a copy.
  if (entry->users.use_count() > 1) entry->users = std::make_shared<Users>(*entry->users);
  auto& users = *entry->users;
  const auto size = users.newest.size();
  const auto old = std::find_if(users.newest.begin(), users.newest.end(), [&](const AdvertPtr& user) { return user->ad == ad; });
  const bool uses = std::find(now->contacts.begin(), now->contacts.end(), contact) != now->contacts.end();
  if (old != users.newest.end()) {
    if (users.cut) return drop(entry);  // an older user would take the place: to be read again
    users.newest.erase(old);
  }
  const auto place = std::lower_bound(users.newest.begin(), users.newest.end(), now,
                                      [](const AdvertPtr& a, const AdvertPtr& b) { return newer(*a, *b); });
  if (uses && !(users.cut && place == users.newest.end())) users.newest.insert(place, now);
  if (users.newest.size() > kMostUsers) {
    users.newest.pop_back();
    users.cut = true;
  }
  held_ = held_ - size + users.newest.size();
}

}  // namespace vigie::storage
