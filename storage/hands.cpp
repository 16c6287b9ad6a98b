#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "core/hash.h"
#include "storage/links.h"
#include "storage/operators.h"

namespace vigie::storage {

namespace {

constexpr std::size_t kMostBeside = 4096;  // adverts that one judgement holds
constexpr std::size_t kMostFollowed = 64;  // users of one value beside, newest first: more would not change a verdict
constexpr int kMostRounds = 32;

ClueKind clue_kind(std::string_view name) {
  if (name.starts_with("template:")) return ClueKind::text;
  if (name.starts_with("picture:")) return ClueKind::picture;
  if (name.starts_with("image:")) return ClueKind::picture_url;
  for (const std::string_view kind : {"phone:", "whatsapp:", "signal:", "viber:"}) {
    if (name.starts_with(kind)) return ClueKind::number;
  }
  return ClueKind::handle;
}

/// The ads around one: `inside` belong to its group as far as is known; `beside` is what has to be known to judge their
/// values. Grows from the group alone, so that its cost follows the group and not all that can be reached.
class Surroundings {
 public:
  Surroundings(std::string ad, std::size_t limit, const Neighbours& neighbours)
      : ad_(std::move(ad)), limit_(std::max<std::size_t>(limit, 1)), neighbours_(neighbours) {}

  Result<Reached> run() {
    auto start = neighbours_.of_ad(ad_);
    if (!start) return std::move(start).error();
    adverts_[ad_] = *start;
    std::set<std::string> fresh{ad_};
    for (int round = 0; !fresh.empty() && round < kMostRounds; ++round) {
      for (const auto& id : fresh) {
        inside_.insert(id);
        if (auto done = follow_all(*adverts_.at(id)); !done) return std::move(done).error();
      }
      fresh.clear();
      for (const auto* member : group()) {
        if (inside_.contains(member->ad)) continue;
        if (inside_.size() + fresh.size() >= limit_) truncated_ = true;
        else fresh.insert(member->ad);
      }
    }
    auto members = group();
    std::erase_if(members, [&](const Advert* member) { return !inside_.contains(member->ad); });
    return told(members);
  }

 private:
  /// What `operators` says of all that is here: the group of the ad.
  std::vector<const Advert*> group() {
    std::vector<Clue> clues;
    std::unordered_map<std::string_view, std::uint32_t> number;
    std::vector<const Advert*> adverts;
    for (const auto& [id, advert] : adverts_) {
      const auto i = static_cast<std::uint32_t>(adverts.size());
      number.emplace(id, i);
      for (const auto& name : advert->contacts) {
        if (!hubs_.contains(name)) clues.push_back({i, clue_kind(name), hash64(name), advert->first_ms, advert->last_ms});
      }
      adverts.push_back(advert.get());
    }
    Decisions decisions;
    for (const auto& decision : decisions_) {
      const auto a = number.find(decision.ad()), b = number.find(decision.other());
      if (a == number.end() || b == number.end()) continue;
      (decision.verdict() == "same" ? decisions.same : decisions.different).emplace_back(a->second, b->second);
    }
    const auto groups = operators(std::move(clues), adverts.size(), decisions, &verdicts_);
    std::vector<const Advert*> members;
    for (std::size_t i = 0; i < adverts.size(); ++i) {
      if (groups[i] == groups[number.at(ad_)]) members.push_back(adverts[i]);
    }
    return members;
  }

  Status follow_all(const Advert& advert) {
    for (const auto& name : advert.contacts) {
      auto users = follow(advert, name);
      if (!users) return std::move(users).error();
      if (!name.starts_with("template:")) continue;
      // Whether a text was copied is asked of the persons who use it, and those are known by their contacts.
      for (const auto& user : *users) {
        for (const auto& other : user->contacts) {
          if (!is_contact(other)) continue;
          if (auto done = follow(*user, other); !done) return std::move(done).error();
        }
      }
    }
    return decided(advert.ad);
  }

  /// Brings the users of a value that says something, once; returns them.
  Result<std::vector<AdvertPtr>> follow(const Advert& advert, const std::string& name) {
    std::vector<AdvertPtr> users;
    if (hubs_.contains(name)) return users;
    auto all = neighbours_.of_contact(name);
    if (!all) return std::move(all).error();
    users = same_epoch(**all, name, advert.first_ms);
    if (!followed_.insert(name + "@" + std::to_string(users.empty() ? 0 : users.front()->first_ms)).second) return std::vector<AdvertPtr>{};
    // A text says nothing by the number of its users.
    if (!name.starts_with("template:") && weigh(users, name).hub()) {
      hubs_.insert(name);
      return std::vector<AdvertPtr>{};
    }
    if (users.size() > kMostFollowed) users.erase(users.begin(), users.end() - kMostFollowed);
    for (const auto& user : users) {
      if (adverts_.size() < kMostBeside) adverts_.emplace(user->ad, user);
      else truncated_ = true;
    }
    return users;
  }

  Status decided(const std::string& ad) {
    if (!neighbours_.decisions_of) return {};
    auto decisions = neighbours_.decisions_of(ad);
    if (!decisions) return std::move(decisions).error();
    for (auto& decision : *decisions) {
      auto other = neighbours_.of_ad(decision.ad() == ad ? decision.other() : decision.ad());
      if (!other) return std::move(other).error();
      adverts_.emplace((*other)->ad, *other);
      decisions_.push_back(std::move(decision));
    }
    return {};
  }

  Reached told(const std::vector<const Advert*>& members) const {
    Reached reached;
    reached.network.set_truncated(truncated_);
    if (!truncated_) reached.network.clear_truncated();
    const auto& oldest = **std::min_element(members.begin(), members.end(), [](const Advert* a, const Advert* b) {
      return std::pair(a->first_ms, std::string_view(a->ad)) < std::pair(b->first_ms, std::string_view(b->ad));
    });
    reached.first = oldest.ad;
    reached.network.set_first_ms(oldest.first_ms);
    std::map<std::string, int> shared;
    for (const auto* member : members) {
      reached.network.add_ads(member->ad);
      for (const auto& name : member->contacts) ++shared[name];
    }
    for (const auto& [name, count] : shared) {
      if (hubs_.contains(name)) reached.network.add_hubs(name);
      else if (is_contact(name)) reached.network.add_contacts(name);
    }
    std::map<std::pair<ClueKind, std::uint64_t>, Verdict> found;  // of all epochs the gravest
    for (const auto& verdict : verdicts_) {
      auto& one = found.emplace(std::pair(verdict.kind, verdict.value), verdict).first->second;
      one.strong = one.strong && verdict.strong;
      one.hub = one.hub || verdict.hub;
    }
    for (const auto& one : shared) {
      const auto verdict = found.find({clue_kind(one.first), hash64(one.first)});
      if (verdict == found.end() || hubs_.contains(one.first)) continue;
      (verdict->second.hub ? reached.silent : verdict->second.strong ? reached.strong : reached.weak).push_back(one.first);
    }
    return reached;
  }

  const std::string ad_;
  const std::size_t limit_;
  const Neighbours& neighbours_;
  std::map<std::string, AdvertPtr> adverts_;  // by id: the order of ads is the same from every place
  std::set<std::string> inside_, hubs_, followed_;
  std::vector<TieDecision> decisions_;
  std::vector<Verdict> verdicts_;  // of the last look
  bool truncated_ = false;
};

}  // namespace

Result<Reached> hands(const std::string& ad, std::size_t limit, const Neighbours& neighbours) {
  return Surroundings(ad, limit, neighbours).run();
}

}  // namespace vigie::storage
