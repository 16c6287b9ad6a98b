#include "parser/learned.h"

#include <algorithm>

namespace vigie::parser {

namespace {
constexpr std::size_t kMaxBlocks = 3000;
constexpr std::size_t kMaxHits = 20'000;
}  // namespace

bool has_lessons(const SiteKnowledge& knowledge) {
  return knowledge.has_learned() && (knowledge.learned().rules_size() > 0 || knowledge.learned().furniture_size() > 0);
}

Learned::Learned(const Page& page, const Places* places) : page_(page), site_(page.knowledge.learned()) {
  if (!places) return;
  if (site_.rules_size() > 0) look(*places);
  if (site_.furniture_size() > 0) mark(*places);
}

void Learned::look(const Places& places) {
  const Dom& dom = page_.dom;
  std::vector<std::pair<std::uint64_t, int>> keys;
  std::uint64_t seen[4] = {};  // one bit a key: most elements end here
  for (int i = 0; i < site_.rules_size(); ++i) {
    if (site_.rules(i).field() == kAdAddress) {
      if (site_.rules(i).trusted() && page_.site.ad_size() == 0) ad_addresses_.push_back(site_.rules(i).at());
      continue;
    }
    if (!site_.rules(i).label().empty()) continue;
    const std::uint64_t key = site_.rules(i).key();
    keys.emplace_back(key, i);
    seen[key >> 6 & 3] |= std::uint64_t{1} << (key & 63);
  }
  std::sort(keys.begin(), keys.end());
  const auto ask = [&](NodeId id, std::uint64_t key) {
    if ((seen[key >> 6 & 3] >> (key & 63) & 1) == 0) return;
    auto it = std::lower_bound(keys.begin(), keys.end(), std::pair{key, 0});
    for (; it != keys.end() && it->first == key && hits_.size() < kMaxHits; ++it) hits_.push_back({id, it->second});
  };
  for (NodeId id = page_.body; id < dom[page_.body].end; ++id) {
    const Node& node = dom[id];
    if (!dom.is_element(id) || !node.visible || page_.weights.all[id] == 0) continue;
    ask(id, places.one(id));
    ask(id, places.two(id));
    ask(id, places.three(id));
    if (node.attr_count == 0) continue;
    if (const auto own = dom.value(id, "id"); !own.empty()) ask(id, id_key(own));
    if (const auto said = dom.value(id, "itemprop"); !said.empty()) ask(id, itemprop_key(said));
  }
}

void Learned::mark(const Places& places) {
  const auto& known = site_.furniture();  // sorted by whoever made it
  for (const TextBlock& block : text_blocks(page_, places, page_.body, {}, kMaxBlocks)) {
    if (!std::binary_search(known.begin(), known.end(), block.key)) continue;
    if (furniture_.empty()) furniture_.resize(page_.dom.size());
    std::fill(furniture_.begin() + block.begin, furniture_.begin() + block.end, std::uint8_t{1});
  }
}

bool Learned::is_ad_address(std::string_view url) const {
  return !ad_addresses_.empty() && std::find(ad_addresses_.begin(), ad_addresses_.end(), address_shape(url)) != ad_addresses_.end();
}

std::pair<NodeId, NodeId> Learned::point(int rule, NodeId root, const NodeSet& skip,
                                         const std::vector<LabelRow>& rows) const {
  const LearnedRule& wanted = site_.rules(rule);
  if (!wanted.label().empty()) {
    for (const LabelRow& row : rows) {
      if (row.label == wanted.label()) return {row.begin, row.end};
    }
    return {kNone, 0};
  }
  auto it = std::lower_bound(hits_.begin(), hits_.end(), root, [](const Hit& hit, NodeId id) { return hit.node < id; });
  for (; it != hits_.end() && it->node < page_.dom[root].end; ++it) {
    if (it->rule == rule && (skip.empty() || !skip[it->node])) return {it->node, page_.dom[it->node].end};
  }
  return {kNone, 0};
}

std::pair<NodeId, NodeId> Learned::find(std::string_view field, NodeId root, const NodeSet& skip,
                                        const std::vector<LabelRow>& rows) const {
  for (int i = 0; i < site_.rules_size(); ++i) {
    const LearnedRule& rule = site_.rules(i);
    if (!rule.trusted() || rule.field() != field) continue;
    const auto found = point(i, root, skip, rows);
    if (found.first != kNone) return found;
  }
  return {kNone, 0};
}

}  // namespace vigie::parser
