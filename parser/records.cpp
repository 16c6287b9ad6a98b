#include "parser/records.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "core/hash.h"
#include "core/text.h"
#include "parser/money_signs.h"

namespace vigie::parser {
namespace {

/// Counts over document order, so that any subtree's count is one subtraction.
struct Counts {
  std::vector<std::uint32_t> links, images, headings, money, digits;

  Counts(const Page& page) {  // NOLINT: built in place only
    const Dom& dom = page.dom;
    for (auto* v : {&links, &images, &headings, &money, &digits}) v->resize(dom.size() + 1);
    for (NodeId id = 0; id < dom.size(); ++id) {
      const Node& node = dom[id];
      const bool heading = node.tag >= Tag::h1 && node.tag <= Tag::h6;
      links[id + 1] = links[id] + (node.tag == Tag::a && node.visible ? 1 : 0);
      images[id + 1] = images[id] + (node.tag == Tag::img ? 1 : 0);
      headings[id + 1] = headings[id] + (heading && node.visible ? 1 : 0);
      const bool text = node.tag == Tag::text && node.visible;
      money[id + 1] = money[id] + (text && has_money(dom.raw_text(id)) ? 1 : 0);
      digits[id + 1] = digits[id] + (text && has_digit(dom.raw_text(id)) ? 1 : 0);
    }
  }

  static bool has_digit(std::string_view s) { return s.find_first_of("0123456789") != std::string_view::npos; }
  static std::uint32_t in(const std::vector<std::uint32_t>& v, const Dom& dom, NodeId id) {
    return v[dom[id].end] - v[id];
  }
};

struct Group {
  std::vector<NodeId> nodes;
  std::size_t shown = 0;  // that a reader sees at once
};

constexpr std::size_t kMinWide = 3;        // records of several siblings that make a list
constexpr std::size_t kMaxWidth = 4;       // siblings that make up one record
constexpr std::size_t kJoinedRegions = 12;  // looked at when parts of one list are put together

/// Share of records that agree on having or not having something; 1: all of one make.
double agreement(std::size_t with, std::size_t all) {
  const double share = static_cast<double>(with) / static_cast<double>(all);
  return std::max(share, 1 - share);
}

class Miner {
 public:
  Miner(const Page& page, const NodeSet& skip) : page_(page), dom_(page.dom), skip_(skip), counts_(page) {
    link_at_.assign(dom_.size() + 1, 0);
    std::unordered_map<std::string_view, std::uint32_t> numbers;
    for (const LinkAt& link : page.links) {
      ++link_at_[link.node + 1];
      link_number_.push_back(numbers.emplace(link.url, static_cast<std::uint32_t>(numbers.size())).first->second);
    }
    for (std::size_t i = 1; i < link_at_.size(); ++i) link_at_[i] += link_at_[i - 1];
  }

  std::vector<Region> run(std::size_t limit) {
    collect();
    std::vector<Region> regions;
    const auto keep = [&](Region region) {
      if (region.score > 0) regions.push_back(std::move(region));
    };
    for (auto& [key, group] : groups_) {
      if (group.nodes.size() < 2 || group.shown == 0) continue;
      std::vector<NodeId> ends;
      for (const NodeId id : group.nodes) ends.push_back(dom_[id].end);
      keep(judge(std::move(group.nodes), std::move(ends)));
    }
    for (const NodeId parent : parents_) wide(parent, keep);
    std::sort(regions.begin(), regions.end(), [](const Region& a, const Region& b) {
      return a.score != b.score ? a.score > b.score : a.records.front() < b.records.front();
    });
    regions = without_overlaps(std::move(regions), std::max(limit, kJoinedRegions));
    for (Region& region : regions) drop_strangers(page_, region);
    join_alike(page_, regions);
    if (regions.size() > limit) regions.resize(limit);
    return regions;
  }

 private:
  void collect() {
    for (NodeId id = page_.body + 1; id < dom_[page_.body].end; ++id) {
      const Node& node = dom_[id];
      if (!dom_.is_element(id) || skip_[id] || !is_candidate(node.tag)) continue;
      // What waits for "show more" is hidden by itself, among records that are shown.
      const bool waits = !node.visible && dom_[node.parent].visible && dom_.raw_text(id).size() >= 3;
      if (!node.visible && !waits) continue;
      if (node.visible && node.children >= 2 * kMinWide && is_parent(node.tag)) parents_.push_back(id);
      if (node.visible && page_.weights.all[id] < 3 && Counts::in(counts_.images, dom_, id) == 0) continue;
      // The same make anywhere on the page, and the same tag below one kind of parent (records differ by a class such
      // as "odd").
      for (const std::uint64_t key :
           {node.path_hash, dom_[node.parent].path_hash * 31 + static_cast<std::uint64_t>(node.tag)}) {
        groups_[key].nodes.push_back(id);
        groups_[key].shown += node.visible;
      }
    }
  }

  static bool is_parent(Tag tag) { return tag != Tag::tr && tag != Tag::p && tag != Tag::a && tag != Tag::select; }

  /// Records that are several siblings each: dt and dd, a row and the rows below it, a headline and its text.
  template <class Keep>
  void wide(NodeId parent, Keep keep) const {
    std::vector<NodeId> children;
    for (NodeId at = dom_.first_element(parent); at != kNone; at = dom_.next_element(at)) {
      if (dom_[at].visible && !skip_[at] && dom_[at].tag != Tag::br) children.push_back(at);
    }
    for (std::size_t width = 2; width <= kMaxWidth && width * kMinWide <= children.size(); ++width) {
      std::size_t same = 0, close = 0;
      for (std::size_t i = width; i < children.size(); ++i) {
        same += dom_[children[i]].path_hash == dom_[children[i - width]].path_hash;
        close += dom_[children[i]].path_hash == dom_[children[i - 1]].path_hash;
      }
      const std::size_t all = children.size() - width;
      if (same * 10 < all * 8 || close * 2 > all) continue;
      return keep(wide_region(children, width));
    }
  }

  Region wide_region(const std::vector<NodeId>& children, std::size_t width) const {
    // The record starts with what names it; of two alike, with the first child.
    std::size_t phase = 0, best = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const NodeId id = children[i + width];
      std::size_t naming = dom_[id].tag == Tag::dt || (dom_[id].tag >= Tag::h1 && dom_[id].tag <= Tag::h6) ? 4 : 0;
      naming += Counts::in(counts_.headings, dom_, id) > 0 ? 2 : 0;
      naming += page_.weights.linked[id] > 0 ? 1 : 0;
      if (naming <= best) continue;
      best = naming;
      phase = i;
    }
    std::vector<NodeId> nodes, ends;
    const std::uint64_t make = dom_[children[phase + width]].path_hash;
    for (std::size_t i = 0; i < children.size(); ++i) {
      if (dom_[children[i]].path_hash == make && (nodes.empty() || i + 1 < children.size()))
        nodes.push_back(children[i]);
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      NodeId last = nodes[i];
      for (std::size_t k = 1; k < width + 1 && dom_.next_element(last) != kNone; ++k) {
        if (i + 1 < nodes.size() ? dom_.next_element(last) >= nodes[i + 1] : k == width) break;
        last = dom_.next_element(last);
      }
      ends.push_back(dom_[last].end);
    }
    if (nodes.size() < kMinWide) return {};
    Region region = judge(std::move(nodes), std::move(ends));
    region.width = width;
    // Prose with headings looks alike: only terms, rows and things that lead somewhere are records.
    const Tag first = dom_[children[phase + width]].tag;
    if (first != Tag::dt && first != Tag::tr && region.with_own_link * 2 <= region.records.size()) region.score = 0;
    return region;
  }

  static bool is_candidate(Tag tag) {
    switch (tag) {
      case Tag::td:
      case Tag::th:
      case Tag::br:
      case Tag::img:
      case Tag::option:
      case Tag::strong:
      case Tag::b:
      case Tag::em:
      case Tag::i:
      case Tag::button:
      case Tag::input:
      case Tag::label:
      case Tag::thead:
      case Tag::small:
        return false;
      default:
        return true;
    }
  }

  static std::uint32_t in(const std::vector<std::uint32_t>& v, NodeId begin, NodeId end) { return v[end] - v[begin]; }

  std::uint32_t weight(const std::vector<std::uint32_t>& w, NodeId begin, NodeId end) const {
    std::uint32_t sum = 0;
    for (NodeId id = begin; id < end; id = dom_[id].end) sum += w[id];
    return sum;
  }

  Region judge(std::vector<NodeId> nodes, std::vector<NodeId> ends) const {
    Region r;
    std::size_t links = 0, images = 0, headings = 0, money = 0, digits = 0, one_heading = 0, one_money = 0,
                text_sum = 0, linked_sum = 0, n = 0;
    NodeId last_end = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const NodeId id = nodes[i], end = ends[i];
      if (id < last_end) return r;  // one inside the other: not a list of records
      last_end = end;
      if (!dom_[id].visible) continue;
      ++n;
      const auto h = in(counts_.headings, id, end);
      const auto m = in(counts_.money, id, end);
      links += in(counts_.links, id, end) > 0;
      images += in(counts_.images, id, end) > 0;
      headings += h > 0;
      one_heading += h == 1;
      money += m > 0;
      one_money += m == 1 || m == 2;
      digits += in(counts_.digits, id, end) > 0;
      text_sum += weight(page_.weights.all, id, end);
      linked_sum += weight(page_.weights.linked, id, end);
    }
    own_links(nodes, ends, r);
    const double count = static_cast<double>(n);
    r.mean_text = static_cast<double>(text_sum) / count;
    r.linked_share = text_sum ? static_cast<double>(linked_sum) / static_cast<double>(text_sum) : 1;
    const double regular = (agreement(links, n) + agreement(images, n) + agreement(headings, n) + agreement(money, n) +
                            agreement(digits, n)) /
                           5;
    const double all = static_cast<double>(nodes.size());
    double score = static_cast<double>(text_sum) * regular * regular * std::log2(all + 1);
    score *= 1 + 0.8 * static_cast<double>(one_heading) / count + 0.8 * static_cast<double>(one_money) / count;
    score *= 1 + 0.5 * static_cast<double>(images) / count + 1.0 * static_cast<double>(r.with_own_link) / all;
    if (r.with_ad_link * 2 > nodes.size()) score *= 4;
    if (r.mean_text < 20) score *= r.mean_text / 40;
    if (r.linked_share > 0.9 && r.mean_text < 40) score *= 0.2;
    if (nodes.size() == 2) score *= 0.4;
    r.score = score;
    r.records = std::move(nodes);
    r.ends = std::move(ends);
    return r;
  }

  // Which records lead somewhere that no other record of the group leads to.
  void own_links(const std::vector<NodeId>& nodes, const std::vector<NodeId>& ends, Region& r) const {
    uses_.resize(link_number_.size());
    seen_in_.resize(link_number_.size());
    std::vector<std::vector<std::size_t>> of(nodes.size());
    for (std::size_t k = 0; k < nodes.size(); ++k) {
      ++records_seen_;
      for (std::size_t i = link_at_[nodes[k]]; i < link_at_[ends[k]]; ++i) {
        const LinkAt& link = page_.links[i];
        const std::uint32_t number = link_number_[i];
        if (link.url.empty() || link.self || seen_in_[number] == records_seen_) continue;
        seen_in_[number] = records_seen_;
        ++uses_[number];
        of[k].push_back(i);
      }
    }
    for (const auto& links : of) {
      std::size_t own = 0, ads = 0;
      for (const std::size_t i : links) {
        if (uses_[link_number_[i]] != 1) continue;
        ++own;
        ads += page_.links[i].klass == "ad";
      }
      // A row of three records leads to three places: that is the frame of records, not one.
      r.with_own_link += own == 1 || own == 2;
      r.with_ad_link += ads == 1;
    }
    for (const auto& links : of) {
      for (const std::size_t i : links) uses_[link_number_[i]] = 0;
    }
  }

  std::vector<Region> without_overlaps(std::vector<Region> regions, std::size_t limit) const {
    std::vector<Region> kept;
    NodeSet taken(dom_.size());
    for (Region& r : regions) {
      if (kept.size() >= limit) break;
      const bool overlaps = std::any_of(r.records.begin(), r.records.end(), [&](NodeId id) { return taken[id] != 0; });
      if (overlaps) continue;
      for (std::size_t i = 0; i < r.records.size(); ++i) {
        std::fill(taken.begin() + r.records[i], taken.begin() + r.ends[i], std::uint8_t{1});
        for (NodeId up = dom_[r.records[i]].parent; up != kNone && taken[up] == 0; up = dom_[up].parent) taken[up] = 1;
      }
      kept.push_back(std::move(r));
    }
    return kept;
  }

  const Page& page_;
  const Dom& dom_;
  const NodeSet& skip_;
  Counts counts_;
  std::vector<std::size_t> link_at_;
  std::vector<std::uint32_t> link_number_;  // by link: the same for the same address
  // Scratch of own_links, by number: records of this group that lead there; the record that did so last.
  mutable std::vector<std::uint32_t> uses_, seen_in_;
  mutable std::uint32_t records_seen_ = 0;
  std::unordered_map<std::uint64_t, Group> groups_;
  std::vector<NodeId> parents_;  // that may hold records of several siblings
};

}  // namespace

std::vector<Region> mine(const Page& page, const NodeSet& skip, std::size_t limit) {
  return Miner(page, skip).run(limit);
}

std::size_t record_link(const Page& page, NodeId record) {
  const Dom& dom = page.dom;
  std::size_t best = std::string::npos;
  double best_score = 0;
  for (std::size_t i = 0; i < page.links.size(); ++i) {
    const LinkAt& link = page.links[i];
    if (link.node >= dom[record].end) break;
    const bool around = dom.inside(record, link.node);  // the record lies inside its link
    if (link.node < record && !around) continue;
    if (link.url.empty() || link.self || dom[link.node].tag != Tag::a) continue;
    double score = 1 + std::min<double>(page.weights.all[link.node], 100) / 50;
    if (link.klass == "ad") score += 10;
    for (NodeId up = link.node; up != kNone && up >= record; up = dom[up].parent) {
      if (dom[up].tag >= Tag::h1 && dom[up].tag <= Tag::h6) score += 3;
    }
    for (NodeId at = link.node; at < dom[link.node].end; ++at) {
      if (dom[at].tag >= Tag::h1 && dom[at].tag <= Tag::h6) score += 3;
    }
    if (score > best_score) {
      best_score = score;
      best = i;
    }
  }
  return best;
}

}  // namespace vigie::parser
