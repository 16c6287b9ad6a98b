#include "storage/operators.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "storage/groups.h"

namespace vigie::storage {

namespace {

constexpr std::int64_t kEpochGapMs = 120LL * 24 * 3'600'000;
constexpr double kHubFrom = 3, kAlone = 0.125, kAloneWithOwn = 0.25, kTextsAlone = 0.25;  // as for contacts, links.h
constexpr std::size_t kMostLooked = 256, kStandsAlone = 3, kMostPairs = 64;
constexpr int kMostRounds = 8;

struct Value {
  ClueKind kind = ClueKind::number;
  std::uint64_t value = 0;
  std::vector<std::uint32_t> ads;  // oldest first, each once
  bool hub = false;
  bool strong = false;
};

/// A handle, unlike a number, is never given to another: two sides without more in common are still one owner's.
std::size_t most_sides(ClueKind kind) { return kind == ClueKind::handle ? 2 : 1; }

class Grouping {
 public:
  Grouping(std::vector<Clue> clues, std::size_t ads, const Decisions& decisions) : groups_(ads), of_(ads) {
    for (const auto& [a, b] : decisions.same) {
      if (a < ads && b < ads) groups_.join(a, b);
    }
    for (const auto& [a, b] : decisions.different) {
      if (a < ads && b < ads) apart_.emplace_back(a, b);
    }
    collect(std::move(clues));
    for (std::size_t v = 0; v < values_.size(); ++v) {
      for (const auto ad : values_[v].ads) of_[ad].push_back(v);
    }
  }

  std::vector<std::uint32_t> run() {
    judge_identities();
    join_strong([](ClueKind kind) { return kind != ClueKind::text; });
    judge_texts();
    join_strong([](ClueKind kind) { return kind == ClueKind::text; });
    join_weak();
    std::vector<std::uint32_t> result;
    for (std::size_t i = 0; i < of_.size(); ++i) result.push_back(static_cast<std::uint32_t>(groups_.find(i)));
    return result;
  }

  std::vector<Verdict> verdicts() const {
    std::vector<Verdict> found;
    for (const auto& value : values_) found.push_back({value.kind, value.value, value.strong && !value.hub, value.hub});
    return found;
  }

 private:
  /// Rows to values: sorted by value and time, cut where a number was silent for too long; a single user ties nothing.
  void collect(std::vector<Clue> clues) {
    std::sort(clues.begin(), clues.end(), [](const Clue& a, const Clue& b) {
      return std::tie(a.kind, a.value, a.first_ms, a.ad) < std::tie(b.kind, b.value, b.first_ms, b.ad);
    });
    std::int64_t last = 0;
    for (std::size_t i = 0; i < clues.size(); ++i) {
      const auto& clue = clues[i];
      const bool same = i > 0 && clue.kind == clues[i - 1].kind && clue.value == clues[i - 1].value;
      const bool silent = clue.kind == ClueKind::number && clue.first_ms - last > kEpochGapMs;
      if (!same || silent) {
        drop_single();
        values_.push_back({clue.kind, clue.value, {}});
        last = clue.last_ms;
      }
      last = std::max({last, clue.first_ms, clue.last_ms});
      auto& ads = values_.back().ads;
      if (std::find(ads.rbegin(), ads.rend(), clue.ad) == ads.rend()) ads.push_back(clue.ad);
    }
    drop_single();
  }
  void drop_single() {
    if (!values_.empty() && values_.back().ads.size() < 2) values_.pop_back();
  }

  struct Look {
    double unrelated = 0;
    std::size_t sides = 0;  // groups, and single ads, with an identity of their own
  };

  /// The users of a value by their other evidence; what is known to say nothing does not count.
  Look look(std::size_t v) const {
    const auto& all = values_[v].ads;
    const auto count = std::min(all.size(), kMostLooked);
    const auto* users = all.data() + (all.size() - count);
    Groups by_other(count);
    std::unordered_map<std::size_t, std::size_t> first_with;
    std::vector<std::size_t> size(count);
    std::vector<char> own(count), tied(count);  // by another identity; by anything. A text is none: one person writes several
    for (std::size_t i = 0; i < count; ++i) {
      for (const auto other : of_[users[i]]) {
        if (other == v || values_[other].hub) continue;
        tied[i] = 1;
        own[i] = own[i] || values_[other].kind != ClueKind::text;
        const auto [at, fresh] = first_with.emplace(other, i);
        if (!fresh) by_other.join(i, at->second);
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      const auto group = by_other.find(i);
      ++size[group];
      own[group] = own[group] || own[i];
      tied[group] = tied[group] || tied[i];
    }
    Look result;
    std::size_t texts = 0;  // groups, and single ads, that only a text ties
    for (std::size_t i = 0; i < count; ++i) {
      if (size[i] == 0) continue;
      result.unrelated += size[i] == 1 ? (tied[i] ? kAloneWithOwn : kAlone) : own[i] ? 1.0 : kTextsAlone;
      if (tied[i]) ++(own[i] ? result.sides : texts);
    }
    if (result.sides > 0) result.sides += texts;
    return result;
  }

  void judge_identities() {
    bool more = true;
    for (int round = 0; more && round < kMostRounds; ++round) {
      std::vector<std::size_t> hubs;
      for (std::size_t v = 0; v < values_.size(); ++v) {
        auto& value = values_[v];
        if (value.hub || value.kind == ClueKind::text) continue;
        const auto seen = look(v);
        if (seen.unrelated >= kHubFrom) hubs.push_back(v);
        value.strong = seen.sides <= most_sides(value.kind) && value.kind != ClueKind::picture_url;
      }
      for (const auto v : hubs) values_[v].hub = true;
      more = !hubs.empty();
    }
  }

  void judge_texts() {
    // Who owns a text is asked of groups by every identity that says anything, weak ones too: a person who writes
    // two texts is one owner although the texts have only a weak number in common.
    auto persons = groups_;
    for (const auto& value : values_) {
      if (value.hub || value.kind == ClueKind::text || value.kind == ClueKind::picture_url) continue;
      for (const auto ad : value.ads) persons.join(value.ads.front(), ad);
    }
    std::map<std::size_t, std::set<std::size_t>> texts_of;  // group -> texts that its ads use
    for (std::size_t v = 0; v < values_.size(); ++v) {
      if (values_[v].kind != ClueKind::text) continue;
      for (const auto ad : values_[v].ads) texts_of[persons.find(ad)].insert(v);
    }
    bool more = true;
    for (int round = 0; more && round < kMostRounds; ++round) {
      std::vector<std::size_t> hubs;
      for (std::size_t v = 0; v < values_.size(); ++v) {
        if (values_[v].kind != ClueKind::text || values_[v].hub) continue;
        const auto owned = owners(v, persons, texts_of);
        if (owned >= static_cast<std::size_t>(kHubFrom)) hubs.push_back(v);
        values_[v].strong = owned <= 1;
      }
      for (const auto v : hubs) values_[v].hub = true;
      more = !hubs.empty();
    }
  }

  /// How many of the groups that use a text have texts of their own that the others do not use.
  std::size_t owners(std::size_t v, Groups& persons, const std::map<std::size_t, std::set<std::size_t>>& texts_of) {
    std::set<std::size_t> users;
    for (const auto ad : values_[v].ads) users.insert(persons.find(ad));
    Groups joined(users.size());
    std::unordered_map<std::size_t, std::size_t> first_with;
    std::vector<char> own(users.size());
    std::size_t i = 0;
    for (const auto group : users) {
      for (const auto other : texts_of.at(group)) {
        if (other == v || values_[other].hub) continue;
        own[i] = 1;
        const auto [at, fresh] = first_with.emplace(other, i);
        if (!fresh) joined.join(i, at->second);
      }
      ++i;
    }
    std::set<std::size_t> owning;
    for (i = 0; i < users.size(); ++i) {
      if (own[i]) owning.insert(joined.find(i));
    }
    return owning.size();
  }

  template <class Which>
  void join_strong(Which which) {
    for (const auto& value : values_) {
      if (!value.strong || value.hub || !which(value.kind)) continue;
      for (const auto ad : value.ads) join(value.ads.front(), ad);
    }
  }

  /// Unless an analyst decided that the two groups are different.
  void join(std::size_t a, std::size_t b) {
    a = groups_.find(a);
    b = groups_.find(b);
    for (const auto& [x, y] : apart_) {
      const auto left = groups_.find(x), right = groups_.find(y);
      if ((left == a && right == b) || (left == b && right == a)) return;
    }
    groups_.join(a, b);
  }

  void join_weak() {
    std::map<std::size_t, std::size_t> size;
    for (std::size_t i = 0; i < of_.size(); ++i) ++size[groups_.find(i)];
    struct Tie {
      std::set<ClueKind> kinds;
    };
    std::map<std::pair<std::size_t, std::size_t>, Tie> ties;
    for (const auto& value : values_) {
      if (value.strong || value.hub) continue;
      std::set<std::size_t> sides;
      for (const auto ad : value.ads) sides.insert(groups_.find(ad));
      if (sides.size() > kMostPairs) continue;  // so many sides are no bridge
      for (auto a = sides.begin(); a != sides.end(); ++a) {
        for (auto b = std::next(a); b != sides.end(); ++b) ties[{*a, *b}].kinds.insert(value.kind);
      }
    }
    for (const auto& [pair, tie] : ties) {
      const bool small = std::min(size[pair.first], size[pair.second]) < kStandsAlone;
      const bool alone = tie.kinds.size() == 1;
      if (alone && (!small || *tie.kinds.begin() == ClueKind::picture_url)) continue;
      join(pair.first, pair.second);
    }
  }

  Groups groups_;
  std::vector<Value> values_;
  std::vector<std::vector<std::size_t>> of_;  // ad -> its values
  std::vector<std::pair<std::size_t, std::size_t>> apart_;
};

}  // namespace

std::vector<std::uint32_t> operators(std::vector<Clue> clues, std::size_t ads, const Decisions& decisions, std::vector<Verdict>* verdicts) {
  std::erase_if(clues, [&](const Clue& clue) { return clue.ad >= ads; });
  Grouping grouping(std::move(clues), ads, decisions);
  auto groups = grouping.run();
  if (verdicts) *verdicts = grouping.verdicts();
  return groups;
}

}  // namespace vigie::storage
