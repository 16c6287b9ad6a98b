#include <algorithm>
#include <set>
#include <unordered_map>

#include "storage/near.h"
#include "storage/rocks_store.h"
#include "storage/sketch.h"

/// Texts that are near, found by anchors: the shingles with the least hashes that are not common phrases. Two texts that share a
/// third of their shingles share one of twelve anchors in 99 cases of 100.
namespace vigie::storage {

namespace {

constexpr int kAnchors = 12;             // rows of an ad
constexpr int kCommonLooked = 8;         // common phrases that are followed nevertheless: a text may have nothing else
constexpr std::size_t kCommonFrom = 128;  // ads under one anchor: a common phrase, which takes in no more
constexpr std::size_t kMostEqual = 64;   // ads of equal text that are looked at
constexpr std::size_t kMostLooked = 128;  // candidates whose samples are compared, the most likely first
constexpr std::size_t kMostAligned = 24;  // of them, those whose words are compared

/// Rows that lead to an ad by its text.
std::set<std::string> rows_now(const Sketch& sketch, std::string_view ad, const CommonPhrases& common) {
  std::set<std::string> rows;
  for (int i = 0, n = 0; i < sketch.sample_size() && n < kAnchors; ++i) {
    if (common.contains(sketch.sample(i))) continue;
    rows.insert(anchor_key(sketch.sample(i)).append(ad));
    ++n;
  }
  if (!sketch.masked().empty()) rows.insert(Key('m').rest(sketch.masked()).rest(ad).str());
  return rows;
}

/// Which of them are there depends on what was common when they were written.
Result<std::set<std::string>> rows_before(Transaction& t, const Sketch& sketch, std::string_view ad) {
  std::set<std::string> rows;
  for (const auto shingle : sketch.sample()) {
    auto row = anchor_key(shingle).append(ad);
    auto known = t.get(Family::sketch, row);
    if (!known) return std::move(known).error();
    if (*known) rows.insert(std::move(row));
  }
  if (!sketch.masked().empty()) rows.insert(Key('m').rest(sketch.masked()).rest(ad).str());
  return rows;
}

Similar similar_of(const StoredAd& stored, const Nearness& found) {
  Similar similar;
  const auto& ad = stored.ad();
  similar.set_ad(ad.ad());
  similar.set_jaccard(found.jaccard);
  similar.set_containment(found.containment);
  if (found.aligned > 0) similar.set_aligned(found.aligned);
  for (const auto& contact : ad.contacts()) similar.add_contacts(contact.kind() + ":" + contact.value());
  similar.set_site(ad.site());
  similar.set_family(ad.family());
  similar.set_name(ad.name());
  similar.set_first_ms(stored.first_ms());
  similar.set_last_ms(stored.last_ms());
  return similar;
}

struct Candidate {
  StoredAd stored;
  Nearness found;
};

}  // namespace

Status replace_sketch(Transaction& t, const StoredAd* before, const StoredAd& after, CommonPhrases& common) {
  const auto& id = after.ad().ad();
  const auto& sketch = after.sketch();
  std::set<std::string> old_rows;
  if (before) {
    if (before->sketch().SerializeAsString() == sketch.SerializeAsString()) return {};
    auto rows = rows_before(t, before->sketch(), id);
    if (!rows) return std::move(rows).error();
    old_rows = *std::move(rows);
  }
  const auto new_rows = rows_now(sketch, id, common);
  for (const auto& row : old_rows) {
    if (new_rows.contains(row)) continue;
    if (auto done = t.erase(Family::sketch, row); !done) return done;
  }
  for (const auto& row : new_rows) {
    if (old_rows.contains(row)) continue;
    if (auto done = t.put(Family::sketch, row, ""); !done) return done;
  }
  for (const auto shingle : sketch.sample()) {
    if (!common.to_be_written(shingle)) continue;
    if (auto done = t.put(Family::sketch, Key('r').u32(shingle).str(), ""); !done) return done;
  }
  return {};
}

Status RocksStore::load_common_phrases() {
  common_.clear();
  return engine_->scan_prefix(Family::sketch, "r", [&](std::string_view key, std::string_view) {
    common_.add(static_cast<std::uint32_t>(KeyReader(key.substr(1)).u32()), true);
    return true;
  });
}

Result<std::vector<std::string>> RocksStore::text_candidates(const StoredAd& asked, std::size_t most) {
  const auto& sketch = asked.sketch();
  std::vector<std::pair<std::string, std::uint32_t>> keys;
  for (int i = 0, rare = 0, followed = 0; i < sketch.sample_size() && rare < kAnchors; ++i) {
    const auto shingle = sketch.sample(i);
    const bool common = common_.contains(shingle);
    if (common ? ++followed > kCommonLooked : (++rare, false)) continue;
    keys.emplace_back(anchor_key(shingle), shingle);
  }
  if (!sketch.masked().empty()) keys.emplace_back(Key('m').rest(sketch.masked()).str(), 0);
  std::vector<std::string> prefixes;
  for (const auto& one : keys) prefixes.push_back(one.first);  // in byte order, as the sample is
  std::vector<std::vector<std::string>> found(prefixes.size());
  const auto walked = engine_->scan_prefixes(Family::sketch, prefixes, kCommonFrom, [&](std::size_t i, std::string_view key) {
    found[i].emplace_back(key.substr(prefixes[i].size()));
  });
  if (!walked) return std::move(walked).error();
  std::unordered_map<std::string, double> weight;  // the rarer an anchor, the more it says
  for (std::size_t i = 0; i < found.size(); ++i) {
    const bool anchor = prefixes[i].front() == 'b';
    if (anchor && found[i].size() >= kCommonFrom) common_.add(keys[i].second);
    if (!anchor && found[i].size() > kMostEqual) found[i].resize(kMostEqual);
    for (auto& ad : found[i]) weight[std::move(ad)] += anchor ? 1.0 / static_cast<double>(found[i].size()) : 1.0;
  }
  weight.erase(asked.ad().ad());
  std::vector<std::pair<double, std::string>> ranked;
  for (auto& [ad, sum] : weight) ranked.emplace_back(-sum, ad);
  const auto kept = std::min(most, ranked.size());
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(kept), ranked.end());
  std::vector<std::string> candidates;
  for (std::size_t i = 0; i < kept; ++i) candidates.push_back(std::move(ranked[i].second));
  return candidates;
}

Result<std::vector<Similar>> RocksStore::similar(const StoredAd& ad, std::size_t limit) { return near_texts(ad, limit, nullptr); }

Result<std::vector<Similar>> RocksStore::near_texts(const StoredAd& asked, std::size_t limit, std::vector<std::string>* ties) {
  auto ids = text_candidates(asked, std::max(kMostLooked, limit));
  if (!ids) return std::move(ids).error();
  NearTo near_to(asked);
  std::vector<Candidate> candidates;
  std::vector<std::pair<double, std::size_t>> to_look;
  for (const auto& id : *ids) {
    auto stored = ad(id);
    if (!stored) return std::move(stored).error();
    if (!*stored) continue;
    const auto found = near_to.estimate(**stored);
    const bool look = near_to.worth_a_look(**stored, found);
    if (look) to_look.emplace_back(-found.jaccard, candidates.size());
    if (look || near_to.near(**stored, found)) candidates.push_back({**std::move(stored), found});
  }
  std::sort(to_look.begin(), to_look.end());
  if (to_look.size() > kMostAligned) to_look.resize(kMostAligned);
  for (const auto& one : to_look) near_to.look(candidates[one.second].stored, candidates[one.second].found);
  std::erase_if(candidates, [&](const Candidate& one) { return !near_to.near(one.stored, one.found); });
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(a.found.jaccard, a.found.containment, b.stored.ad().ad()) > std::tuple(b.found.jaccard, b.found.containment, a.stored.ad().ad());
  });
  if (candidates.size() > limit) candidates.resize(limit);
  std::vector<Similar> result;
  for (auto& one : candidates) {
    if (ties) ties->push_back(near_to.ties(one.found) ? one.stored.ad().template_() : std::string{});
    result.push_back(similar_of(one.stored, one.found));
  }
  return result;
}

}  // namespace vigie::storage
