#include "parser/records.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "core/hash.h"
#include "core/text.h"

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
  static bool has_money(std::string_view s) {
    if (s.size() > 60) return false;
    for (const std::string_view sign :
         {"€", "$", "£", "EUR", "USD", "CHF", "zł", "Kč", "₽", "руб", "kr", "¥", "₹", "lei", "Ft", "₴", "грн"}) {
      if (s.find(sign) != std::string_view::npos) return true;
    }
    return false;
  }
  static std::uint32_t in(const std::vector<std::uint32_t>& v, const Dom& dom, NodeId id) {
    return v[dom[id].end] - v[id];
  }
};

struct Group {
  std::vector<NodeId> nodes;
};

/// Share of records that agree on having or not having something; 1: all of one make.
double agreement(std::size_t with, std::size_t all) {
  const double share = static_cast<double>(with) / static_cast<double>(all);
  return std::max(share, 1 - share);
}

class Miner {
 public:
  Miner(const Page& page, const NodeSet& skip) : page_(page), dom_(page.dom), skip_(skip), counts_(page) {
    link_at_.assign(dom_.size() + 1, 0);
    for (const LinkAt& link : page.links) ++link_at_[link.node + 1];
    for (std::size_t i = 1; i < link_at_.size(); ++i) link_at_[i] += link_at_[i - 1];
  }

  std::vector<Region> run(std::size_t limit) {
    collect();
    std::vector<Region> regions;
    for (auto& [key, group] : groups_) {
      if (group.nodes.size() < 2) continue;
      Region region = judge(std::move(group.nodes));
      if (region.score > 0) regions.push_back(std::move(region));
    }
    std::sort(regions.begin(), regions.end(), [](const Region& a, const Region& b) {
      return a.score != b.score ? a.score > b.score : a.records.front() < b.records.front();
    });
    return without_overlaps(std::move(regions), limit);
  }

 private:
  void collect() {
    for (NodeId id = page_.body + 1; id < dom_[page_.body].end; ++id) {
      const Node& node = dom_[id];
      if (!dom_.is_element(id) || !node.visible || skip_[id] || !is_candidate(node.tag)) continue;
      if (page_.weights.all[id] < 3 && Counts::in(counts_.images, dom_, id) == 0) continue;
      // The same make anywhere on the page, and the same tag below one kind of parent (records differ by a class such
      // as "odd").
      groups_[node.path_hash].nodes.push_back(id);
      groups_[dom_[node.parent].path_hash * 31 + static_cast<std::uint64_t>(node.tag)].nodes.push_back(id);
    }
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

  Region judge(std::vector<NodeId> nodes) const {
    Region r;
    std::size_t links = 0, images = 0, headings = 0, money = 0, digits = 0, one_heading = 0, one_money = 0,
                text_sum = 0, linked_sum = 0;
    const std::size_t n = nodes.size();
    NodeId last_end = 0;
    for (const NodeId id : nodes) {
      if (id < last_end) return r;  // one inside the other: not a list of records
      last_end = dom_[id].end;
      const auto h = Counts::in(counts_.headings, dom_, id);
      const auto m = Counts::in(counts_.money, dom_, id);
      links += Counts::in(counts_.links, dom_, id) > 0;
      images += Counts::in(counts_.images, dom_, id) > 0;
      headings += h > 0;
      one_heading += h == 1;
      money += m > 0;
      one_money += m == 1 || m == 2;
      digits += Counts::in(counts_.digits, dom_, id) > 0;
      text_sum += page_.weights.all[id];
      linked_sum += page_.weights.linked[id];
    }
    own_links(nodes, r);
    const double count = static_cast<double>(n);
    r.mean_text = static_cast<double>(text_sum) / count;
    r.linked_share = text_sum ? static_cast<double>(linked_sum) / static_cast<double>(text_sum) : 1;
    const double regular = (agreement(links, n) + agreement(images, n) + agreement(headings, n) + agreement(money, n) +
                            agreement(digits, n)) /
                           5;
    double score = static_cast<double>(text_sum) * regular * regular * std::log2(count + 1);
    score *= 1 + 0.8 * static_cast<double>(one_heading) / count + 0.8 * static_cast<double>(one_money) / count;
    score *= 1 + 0.5 * static_cast<double>(images) / count + 1.0 * static_cast<double>(r.with_own_link) / count;
    if (r.with_ad_link * 2 > n) score *= 4;
    if (r.mean_text < 20) score *= r.mean_text / 40;
    if (r.linked_share > 0.9 && r.mean_text < 40) score *= 0.2;
    if (n == 2) score *= 0.4;
    r.score = score;
    r.records = std::move(nodes);
    return r;
  }

  // Which records lead somewhere that no other record of the group leads to.
  void own_links(const std::vector<NodeId>& nodes, Region& r) const {
    std::unordered_map<std::string_view, std::size_t> uses;
    std::vector<std::vector<std::size_t>> of(nodes.size());
    for (std::size_t k = 0; k < nodes.size(); ++k) {
      std::unordered_set<std::string_view> seen;
      for (std::size_t i = link_at_[nodes[k]]; i < link_at_[dom_[nodes[k]].end]; ++i) {
        const LinkAt& link = page_.links[i];
        if (link.url.empty() || link.self || !seen.insert(link.url).second) continue;
        ++uses[link.url];
        of[k].push_back(i);
      }
    }
    for (const auto& links : of) {
      std::size_t own = 0, ads = 0;
      for (const std::size_t i : links) {
        if (uses[page_.links[i].url] != 1) continue;
        ++own;
        ads += page_.links[i].klass == "ad";
      }
      // A row of three records leads to three places: that is the frame of records, not one.
      r.with_own_link += own == 1 || own == 2;
      r.with_ad_link += ads == 1;
    }
  }

  std::vector<Region> without_overlaps(std::vector<Region> regions, std::size_t limit) const {
    std::vector<Region> kept;
    NodeSet taken(dom_.size());
    for (Region& r : regions) {
      if (kept.size() >= limit) break;
      const bool overlaps = std::any_of(r.records.begin(), r.records.end(), [&](NodeId id) { return taken[id] != 0; });
      if (overlaps) continue;
      for (const NodeId id : r.records) {
        std::fill(taken.begin() + id, taken.begin() + dom_[id].end, std::uint8_t{1});
        for (NodeId up = dom_[id].parent; up != kNone && taken[up] == 0; up = dom_[up].parent) taken[up] = 1;
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
  std::unordered_map<std::uint64_t, Group> groups_;
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
