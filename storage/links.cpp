#include "storage/links.h"

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <set>

namespace vigie::storage {

namespace {

constexpr double kAlone = 0.125, kAloneWithOwnContact = 0.25;
constexpr std::int64_t kEpochGapMs = 120LL * 24 * 3'600'000;

/// Groups that grow together.
class Union {
 public:
  explicit Union(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[find(a)] = find(b); }

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace

std::string contact_name(const ContactUse& use) { return use.kind() + ":" + use.value(); }

ContactWeight weigh(const std::vector<User>& users) {
  std::map<std::string, std::size_t> first_with;  // one piece of evidence -> the first user that has it
  Union groups(users.size());
  const auto tie = [&](std::size_t i, const std::string& evidence) {
    const auto [at, fresh] = first_with.emplace(evidence, i);
    if (!fresh) groups.join(i, at->second);
  };
  for (std::size_t i = 0; i < users.size(); ++i) {
    const auto& use = users[i].use;
    tie(i, "ad " + use.ad());
    for (const auto& other : users[i].others) tie(i, "contact " + other);
    if (!use.text_hash().empty()) tie(i, "text " + use.text_hash());
    if (!use.name().empty() && !use.place().empty()) tie(i, "name " + use.name() + "\n" + use.place());
  }
  struct Group {
    std::set<std::string> ads;
    bool own_contact = false;
  };
  std::map<std::size_t, Group> members;
  for (std::size_t i = 0; i < users.size(); ++i) {
    auto& group = members[groups.find(i)];
    group.ads.insert(users[i].use.ad());
    group.own_contact = group.own_contact || !users[i].others.empty();
  }
  ContactWeight result;
  for (const auto& [root, group] : members) {
    result.unrelated += group.ads.size() > 1 ? 1.0 : group.own_contact ? kAloneWithOwnContact : kAlone;
  }
  result.weight = std::clamp(1.0 - (result.unrelated - 1.0) / 2.0, 0.0, 1.0);
  return result;
}

std::vector<ContactUse> same_epoch(const std::vector<ContactUse>& users, const ContactUse& own) {
  static const std::set<std::string, std::less<>> kNumbers = {"phone", "whatsapp", "signal", "viber"};
  if (!kNumbers.contains(own.kind())) return users;
  std::vector<const ContactUse*> by_time;
  for (const auto& use : users) by_time.push_back(&use);
  std::stable_sort(by_time.begin(), by_time.end(), [](const auto* a, const auto* b) { return a->first_ms() < b->first_ms(); });
  std::vector<ContactUse> epoch;
  std::int64_t last = 0;
  for (const auto* use : by_time) {
    if (!epoch.empty() && use->first_ms() - last > kEpochGapMs) {
      if (own.first_ms() <= last) break;  // the epoch that was asked for is complete
      epoch.clear();
    }
    last = epoch.empty() ? use->last_ms() : std::max(last, use->last_ms());
    last = std::max(last, use->first_ms());
    epoch.push_back(*use);
  }
  return epoch;
}

Result<ContactWeight> weigh_contact(const std::vector<ContactUse>& uses, const Neighbours& neighbours) {
  std::vector<User> users;
  for (const auto& use : uses) {
    if (users.size() == kMostUsers) break;
    auto own = neighbours.of_ad(use.ad());
    if (!own) return std::move(own).error();
    User user{use, {}};
    for (const auto& other : *own) {
      if (other.kind() != use.kind() || other.value() != use.value()) user.others.push_back(contact_name(other));
    }
    users.push_back(std::move(user));
  }
  return weigh(users);
}

Result<Reached> reach(const std::string& ad, std::size_t limit, const Neighbours& neighbours) {
  std::map<std::string, std::int64_t> seen{{ad, 0}};  // ad -> when it was first seen
  std::set<std::string> contacts, hubs, followed;
  std::deque<std::string> open{ad};
  Reached reached;
  while (!open.empty()) {
    const auto current = open.front();
    open.pop_front();
    auto uses = neighbours.of_ad(current);
    if (!uses) return std::move(uses).error();
    for (const auto& use : *uses) {
      seen[current] = use.first_ms();
      const auto name = contact_name(use);
      if (hubs.contains(name)) continue;
      auto all = neighbours.of_contact(use.kind(), use.value(), std::max(limit + 1, kMostUsers));
      if (!all) return std::move(all).error();
      const auto users = same_epoch(*all, use);
      const auto epoch = name + "@" + std::to_string(users.empty() ? 0 : users.front().first_ms());
      if (!followed.insert(epoch).second) continue;
      auto weight = weigh_contact(users, neighbours);
      if (!weight) return std::move(weight).error();
      (weight->hub() ? hubs : contacts).insert(name);
      if (weight->hub()) continue;
      for (const auto& user : users) {
        if (seen.contains(user.ad())) continue;
        if (seen.size() >= std::max<std::size_t>(limit, 1)) {
          reached.network.set_truncated(true);
          break;
        }
        seen.emplace(user.ad(), user.first_ms());
        open.push_back(user.ad());
      }
    }
  }
  const auto oldest = std::min_element(seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  reached.first = oldest->first;
  reached.network.set_first_ms(oldest->second);
  for (const auto& one : seen) reached.network.add_ads(one.first);
  for (const auto& name : contacts) reached.network.add_contacts(name);
  for (const auto& name : hubs) reached.network.add_hubs(name);
  return reached;
}

}  // namespace vigie::storage
