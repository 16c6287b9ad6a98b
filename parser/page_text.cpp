#include "parser/page_text.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace vigie::parser {
namespace {

/// Length of the white-space character at `i`, 0: none. Beside ASCII: no-break and fixed spaces, line and paragraph
/// marks.
std::size_t space_at(std::string_view s, std::size_t i) {
  const auto c = static_cast<unsigned char>(s[i]);
  if (c <= ' ') return c == ' ' || (c >= 9 && c <= 13) ? 1 : 0;
  if (c == 0xC2 && i + 1 < s.size() && (s[i + 1] == '\xA0' || s[i + 1] == '\x85')) return 2;
  if (c == 0xE2 && i + 2 < s.size() && s[i + 1] == '\x80') {
    const auto last = static_cast<unsigned char>(s[i + 2]);
    return (last >= 0x80 && last <= 0x8A) || last == 0xA8 || last == 0xA9 || last == 0xAF ? 3 : 0;
  }
  if (c == 0xE2 && s.substr(i, 3) == "\xE2\x81\x9F") return 3;
  if (c == 0xE3 && s.substr(i, 3) == "\xE3\x80\x80") return 3;
  return 0;
}

/// Bytes at which a white-space character may start.
constexpr auto kMayBeSpace = [] {
  std::array<bool, 256> may{};
  for (std::size_t c = 0; c <= ' '; ++c) may[c] = true;
  for (const std::size_t c : {0xC2, 0xE2, 0xE3}) may[c] = true;
  return may;
}();

class Writer {
 public:
  Writer(char between, std::size_t expected) : between_(between) { out_.text.reserve(expected); }

  std::size_t size() const { return out_.text.size(); }

  void block() {
    if (!out_.text.empty()) pending_ = between_;
  }

  void run(NodeId node, std::string_view s) {
    std::uint32_t begin = kNone;
    for (std::size_t i = 0; i < s.size();) {
      if (const std::size_t n = space_at(s, i)) {
        if (!out_.text.empty() && pending_ == 0) pending_ = ' ';
        i += n;
        continue;
      }
      if (pending_ != 0) out_.text += pending_;
      pending_ = 0;
      if (begin == kNone) begin = static_cast<std::uint32_t>(out_.text.size());
      const std::size_t word = i++;
      while (i < s.size() && (!kMayBeSpace[static_cast<unsigned char>(s[i])] || space_at(s, i) == 0)) ++i;
      out_.text.append(s, word, i - word);
    }
    if (begin != kNone) out_.pieces.push_back({node, begin, static_cast<std::uint32_t>(out_.text.size())});
  }

  PageText take() { return std::move(out_); }

 private:
  PageText out_;
  char between_;
  char pending_ = 0;
};

}  // namespace

bool is_block(Tag tag) {
  switch (tag) {
    case Tag::other:
    case Tag::text:
    case Tag::a:
    case Tag::em:
    case Tag::strong:
    case Tag::small:
    case Tag::b:
    case Tag::i:
    case Tag::u:
    case Tag::s:
    case Tag::span:
    case Tag::img:
    case Tag::label:
    case Tag::time:
    case Tag::data:
    case Tag::font:
    case Tag::button:
    case Tag::picture:
    case Tag::source:
    case Tag::meter:
    case Tag::input:
      return false;
    default:
      return true;
  }
}

std::pair<std::uint32_t, std::uint32_t> PageText::span_of(const Dom& dom, NodeId id) const {
  const auto first =
      std::lower_bound(pieces.begin(), pieces.end(), id, [](const Piece& p, NodeId n) { return p.node < n; });
  const auto last =
      std::lower_bound(first, pieces.end(), dom[id].end, [](const Piece& p, NodeId n) { return p.node < n; });
  if (first == last) return {0, 0};
  return {first->begin, std::prev(last)->end};
}

PageText page_text(const Dom& dom, NodeId id, const NodeSet& skip, char between, std::size_t enough) {
  Writer writer(between, std::min<std::size_t>(dom[id].text_end - dom[id].text_begin, 4096));
  std::vector<NodeId> open;  // blocks whose end is a boundary, too
  const NodeId end = dom[id].end;
  for (NodeId at = id; at < end && writer.size() < enough;) {
    while (!open.empty() && dom[open.back()].end <= at) {
      writer.block();
      open.pop_back();
    }
    const Node& node = dom[at];
    if (!node.visible || (!skip.empty() && skip[at])) {
      if (is_block(node.tag)) writer.block();
      at = node.end;
      continue;
    }
    if (node.tag == Tag::text) {
      writer.run(at, dom.raw_text(at));
    } else if (is_block(node.tag)) {
      writer.block();
      open.push_back(at);
    }
    ++at;
  }
  return writer.take();
}

TextWeights weigh(const Dom& dom) {
  TextWeights w;
  w.all.resize(dom.size());
  w.linked.resize(dom.size());
  NodeId link_end = 0;
  for (NodeId id = 0; id < dom.size(); ++id) {
    const Node& node = dom[id];
    if (node.tag == Tag::a) link_end = std::max(link_end, node.end);
    if (node.tag != Tag::text || !node.visible) continue;
    const std::string_view s = dom.raw_text(id);
    const auto blanks = static_cast<std::uint32_t>(
        std::count_if(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) <= ' '; }));
    w.all[id] = static_cast<std::uint32_t>(s.size()) - blanks;
    w.linked[id] = id < link_end ? w.all[id] : 0;
  }
  for (NodeId id = dom.size(); id-- > 1;) {
    if (dom[id].parent == kNone) continue;
    w.all[dom[id].parent] += w.all[id];
    w.linked[dom[id].parent] += w.linked[id];
  }
  return w;
}

}  // namespace vigie::parser
