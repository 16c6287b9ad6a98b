#include <algorithm>
#include <cmath>
#include <iterator>
#include <unordered_map>

#include "core/hash.h"
#include "parser/records.h"

namespace vigie::parser {
namespace {

constexpr std::size_t kLookedAt = 6;     // records of a region that stand for it
constexpr NodeId kMaxNodes = 400;        // of one record
constexpr std::size_t kMostCompared = 500;
constexpr std::size_t kRichProfile = 4;  // paths; fewer say nothing: every menu is an entry with a link in it

/// The tag paths below the record's root and the classes of the root, as hashes, sorted.
struct Make {
  std::vector<std::uint64_t> paths, classes;
};

void sort_once(std::vector<std::uint64_t>& v) {
  std::sort(v.begin(), v.end());
  v.erase(std::unique(v.begin(), v.end()), v.end());
}

/// Tag paths of one record, below its root.
void add_paths(const Dom& dom, NodeId root, NodeId end, std::vector<std::uint64_t>& paths) {
  end = std::min(end, root + kMaxNodes);
  std::vector<std::uint64_t> path(end - root);
  for (NodeId id = root; id < end; ++id) {
    if (!dom.is_element(id)) continue;
    const NodeId parent = dom[id].parent;
    const std::uint64_t above = parent != kNone && parent >= root ? path[parent - root] : 7;
    path[id - root] = hash64(dom[id].name, above);
    paths.push_back(path[id - root]);
  }
}

Make make_of(const Dom& dom, const Region& region) {
  Make make;
  for (std::size_t i = 0; i < std::min(region.records.size(), kLookedAt); ++i) {
    const NodeId root = region.records[i];
    add_paths(dom, root, region.ends[i], make.paths);
    for (unsigned c = 0; c < dom[root].class_count; ++c) make.classes.push_back(hash64(dom.classes(root)[c], 3));
  }
  sort_once(make.paths);
  sort_once(make.classes);
  return make;
}

double shared(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  std::vector<std::uint64_t> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  const std::size_t all = a.size() + b.size() - both.size();
  return all ? static_cast<double>(both.size()) / static_cast<double>(all) : 1;
}

bool alike(const Dom& dom, const Region& a, const Make& make_a, const Region& b, const Make& make_b) {
  if (dom[a.records[0]].tag != dom[b.records[0]].tag || a.width != b.width) return false;
  const bool leads_a = a.with_own_link * 2 > a.records.size(), leads_b = b.with_own_link * 2 > b.records.size();
  if (leads_a != leads_b || std::abs(a.linked_share - b.linked_share) > 0.35) return false;
  if (a.mean_text > 3 * b.mean_text + 20 || b.mean_text > 3 * a.mean_text + 20) return false;
  const bool named = !make_a.classes.empty() && shared(make_a.classes, make_b.classes) >= 0.5;
  const bool rich = std::min(make_a.paths.size(), make_b.paths.size()) >= kRichProfile;
  return shared(make_a.paths, make_b.paths) >= (named ? 0.5 : 0.75) && (named || rich);
}

void join(Region& into, Region&& part) {
  const auto n = static_cast<double>(into.records.size()), m = static_cast<double>(part.records.size());
  std::vector<std::pair<NodeId, NodeId>> spans;
  for (const Region* r : {static_cast<const Region*>(&into), static_cast<const Region*>(&part)}) {
    for (std::size_t i = 0; i < r->records.size(); ++i) spans.emplace_back(r->records[i], r->ends[i]);
  }
  std::sort(spans.begin(), spans.end());
  into.records.clear();
  into.ends.clear();
  for (const auto& [begin, end] : spans) {
    into.records.push_back(begin);
    into.ends.push_back(end);
  }
  into.mean_text = (into.mean_text * n + part.mean_text * m) / (n + m);
  into.linked_share = (into.linked_share * n + part.linked_share * m) / (n + m);
  into.with_own_link += part.with_own_link;
  into.with_ad_link += part.with_ad_link;
  into.score += part.score;
}

/// Paths that most records of a region have.
std::vector<std::uint64_t> common_paths(const std::vector<std::vector<std::uint64_t>>& all) {
  std::unordered_map<std::uint64_t, std::size_t> uses;
  for (const auto& paths : all) {
    for (const std::uint64_t path : paths) ++uses[path];
  }
  std::vector<std::uint64_t> common;
  for (const auto& [path, n] : uses) {
    if (n * 5 >= all.size() * 3) common.push_back(path);
  }
  std::sort(common.begin(), common.end());
  return common;
}

}  // namespace

void drop_strangers(const Page& page, Region& region) {
  const std::size_t n = region.records.size();
  if (n < 4 || n > kMostCompared) return;
  std::vector<std::vector<std::uint64_t>> all(n);
  for (std::size_t i = 0; i < n; ++i) {
    add_paths(page.dom, region.records[i], region.ends[i], all[i]);
    sort_once(all[i]);
  }
  const auto common = common_paths(all);
  if (common.size() < kRichProfile) return;
  std::vector<std::size_t> kept;
  double text = 0;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<std::uint64_t> both;
    std::set_intersection(common.begin(), common.end(), all[i].begin(), all[i].end(), std::back_inserter(both));
    if (both.size() * 3 < common.size()) continue;
    kept.push_back(i);
    text += page.weights.all[region.records[i]];
  }
  if (kept.size() == n || kept.size() * 10 < n * 6) return;
  for (std::size_t k = 0; k < kept.size(); ++k) {
    region.records[k] = region.records[kept[k]];
    region.ends[k] = region.ends[kept[k]];
  }
  region.records.resize(kept.size());
  region.ends.resize(kept.size());
  region.with_own_link = std::min(region.with_own_link, kept.size());
  region.with_ad_link = std::min(region.with_ad_link, kept.size());
  if (region.width == 1) region.mean_text = text / static_cast<double>(kept.size());
}

void join_alike(const Page& page, std::vector<Region>& regions) {
  std::vector<Make> makes;
  for (const Region& region : regions) makes.push_back(make_of(page.dom, region));
  for (std::size_t i = 0; i < regions.size(); ++i) {
    for (std::size_t k = i + 1; k < regions.size();) {
      if (!alike(page.dom, regions[i], makes[i], regions[k], makes[k])) {
        ++k;
        continue;
      }
      join(regions[i], std::move(regions[k]));
      regions.erase(regions.begin() + static_cast<std::ptrdiff_t>(k));
      makes.erase(makes.begin() + static_cast<std::ptrdiff_t>(k));
    }
  }
}

}  // namespace vigie::parser
