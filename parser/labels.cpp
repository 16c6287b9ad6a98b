#include <algorithm>

#include "core/text.h"
#include "parser/detail.h"

namespace vigie::parser {
namespace {

constexpr std::size_t kMaxLabel = 40;
constexpr std::size_t kMaxValue = 300;
constexpr std::size_t kMaxPairs = 60;

class LabelReader {
 public:
  LabelReader(const Page& page, NodeId root, const NodeSet& skip)
      : page_(page), dom_(page.dom), root_(root), skip_(skip) {}

  std::vector<LabelRow> run() {
    for (NodeId id = root_; id < dom_[root_].end && pairs_.size() < kMaxPairs; ++id) {
      const Node& node = dom_[id];
      if (!node.visible || (!skip_.empty() && skip_[id])) {
        id = node.end - 1;
        continue;
      }
      if (node.tag == Tag::dt) {
        definition(id);
      } else if (node.tag == Tag::tr) {
        row(id);
      } else if ((node.tag == Tag::li || node.tag == Tag::p || node.tag == Tag::div) &&
                 page_.weights.all[id] < kMaxLabel + kMaxValue) {
        line(id);
      }
    }
    return std::move(pairs_);
  }

 private:
  void definition(NodeId dt) {
    const NodeId dd = dom_.next_element(dt);
    if (dd != kNone && dom_[dd].tag == Tag::dd) add(text_of(dt), text_of(dd), dt, dom_[dd].end, true);
  }

  void row(NodeId tr) {
    const NodeId first = dom_.first_element(tr);
    if (first == kNone) return;
    const NodeId second = dom_.next_element(first);
    if (second == kNone || dom_.next_element(second) != kNone) return;
    add(text_of(first), text_of(second), tr, dom_[tr].end, true);
  }

  /// "Label: value" in one line, or <b>Label</b> value, or two elements of which the first is short.
  void line(NodeId id) {
    if (dom_[id].children > 3) return;
    for (NodeId child = dom_.first_element(id); child != kNone; child = dom_.next_element(child)) {
      if (is_block(dom_[child].tag) && dom_[child].tag != Tag::br && dom_[child].children > 1) return;
    }
    const std::string whole = text_of(id);
    const NodeId first = dom_.first_element(id);
    if (first != kNone && dom_[first].visible) {
      const std::string label = text_of(first);
      const NodeId second = dom_.next_element(first);
      const bool pair = second != kNone && dom_.next_element(second) == kNone &&
                        label.size() + text_of(second).size() + 1 >= whole.size();
      if (pair && is_block(dom_[first].tag) && repeats(id)) return add(label, text_of(second), id, dom_[id].end, true);
      const bool label_tag = dom_[first].tag == Tag::b || dom_[first].tag == Tag::strong ||
                             dom_[first].tag == Tag::span || dom_[first].tag == Tag::label ||
                             dom_[first].tag == Tag::em;
      if (label_tag && label.size() < whole.size() && whole.starts_with(label) &&
          (pair || label.ends_with(":") || whole.substr(label.size()).starts_with(":"))) {
        return add(label, whole.substr(label.size()), id, dom_[id].end, marked_alike(id));
      }
    }
    const std::size_t colon = whole.find(": ");
    if (colon != std::string::npos && colon > 1 && colon < kMaxLabel && whole.find_first_of(".!?") > colon)
      add(whole.substr(0, colon), whole.substr(colon + 1), id, dom_[id].end, dom_[id].tag == Tag::li);
  }

  /// A sibling of the same make stands beside it: one row of a table made of blocks.
  bool repeats(NodeId id) const {
    const NodeId before = dom_[id].previous, after = dom_.next_element(id);
    const auto same = [&](NodeId other) {
      return other != kNone && dom_[other].path_hash == dom_[id].path_hash && dom_[other].children == 2;
    };
    return same(before) || same(after);
  }

  /// A label that is marked as one, beside another of the same make.
  bool marked_alike(NodeId id) const {
    const NodeId before = dom_[id].previous, after = dom_.next_element(id);
    const auto same = [&](NodeId other) {
      const NodeId label = other == kNone ? kNone : dom_.first_element(other);
      return label != kNone && dom_[label].path_hash == dom_[dom_.first_element(id)].path_hash;
    };
    return dom_[id].tag == Tag::li || same(before) || same(after);
  }

  std::string text_of(NodeId id) const { return visible_text(dom_, id, skip_); }

  void add(std::string label, std::string value, NodeId begin, NodeId end, bool table) {
    std::string_view l = text::trim(label), v = text::trim(value);
    while (!l.empty() && (l.back() == ':' || l.back() == ' ')) l.remove_suffix(1);
    while (!v.empty() && (v.front() == ':' || v.front() == ' ')) v.remove_prefix(1);
    if (l.size() < 2 || v.empty() || l.size() > kMaxLabel || v.size() > kMaxValue) return;
    if (std::count(l.begin(), l.end(), ' ') > 4) return;
    if (l.find_first_of("@/{}<>=|") != std::string_view::npos) return;
    if (std::all_of(l.begin(), l.end(),
                    [](char c) { return (c >= '0' && c <= '9') || c == ' ' || c == '.' || c == ','; }))
      return;
    pairs_.push_back({text::fold_case(l), std::string(v), begin, end, table});
  }

  const Page& page_;
  const Dom& dom_;
  NodeId root_;
  const NodeSet& skip_;
  std::vector<LabelRow> pairs_;
};

}  // namespace

std::vector<LabelRow> read_label_rows(const Page& page, NodeId root, const NodeSet& skip) {
  return LabelReader(page, root, skip).run();
}

}  // namespace vigie::parser
