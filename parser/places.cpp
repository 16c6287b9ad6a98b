#include "parser/places.h"

#include <algorithm>

#include "core/hash.h"
#include "core/text.h"

namespace vigie::parser {
namespace {

constexpr std::uint64_t kStart = 0xcbf29ce484222325, kPrime = 0x100000001b3;

std::uint64_t add(std::uint64_t key, std::string_view bytes) {
  for (const char c : bytes) key = (key ^ static_cast<unsigned char>(c)) * kPrime;
  return key;
}

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = a * 0x9e3779b97f4a7c15 ^ b;
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93;
  return x ^ (x >> 32);
}

/// A cell is known by its column, where it has no name.
bool is_column(const Dom& dom, NodeId id) {
  if (dom[id].tag != Tag::td && dom[id].tag != Tag::th) return false;
  for (unsigned i = 0; i < dom[id].class_count; ++i) {
    if (lasting_name(dom.classes(id)[i])) return false;
  }
  return true;
}

/// Words only: white space is folded, and what stands around does not count.
std::uint64_t add_words(std::uint64_t key, std::string_view bytes) {
  bool between = false;
  for (const char c : bytes) {
    if (static_cast<unsigned char>(c) <= ' ') {
      between = true;
      continue;
    }
    if (between) key = (key ^ ' ') * kPrime;
    between = false;
    key = (key ^ static_cast<unsigned char>(c)) * kPrime;
  }
  return between ? (key ^ ' ') * kPrime : key;
}

}  // namespace

bool lasting_name(std::string_view s) {
  if (s.empty() || s.size() > 60 || s[0] == '-') return false;
  // A long number, or one that stands by itself, is of this page alone ("post-4711"); makers of style sheets write short
  // ones ("col-12", "x3f9").
  std::size_t digits = 0;
  bool alone = false;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const char c = s[i];
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '_' && c != '-') return false;
    if (digit && digits == 0) alone = i == 0 || s[i - 1] == '-' || s[i - 1] == '_';
    digits = digit ? digits + 1 : 0;
    if (i == 0 && digit) return false;
    if (digits > (alone ? 2u : 4u)) return false;
  }
  return true;
}

std::string css_quoted(std::string_view s) {
  std::string out = "\"";
  for (const char c : s) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string css_step(const Dom& dom, NodeId id) {
  std::string step(dom[id].name);
  for (unsigned i = 0; i < dom[id].class_count; ++i) {
    if (lasting_name(dom.classes(id)[i])) step.append(".").append(dom.classes(id)[i]);
  }
  if (is_column(dom, id)) step += ":nth-child(" + std::to_string(dom[id].index) + ")";
  return step;
}

Places::Places(const Dom& dom) : dom_(dom), steps_(dom.size()) {
  for (NodeId id = 0; id < dom.size(); ++id) {
    if (!dom.is_element(id)) continue;
    std::uint64_t key = add(kStart, dom[id].name);
    for (unsigned i = 0; i < dom[id].class_count; ++i) {
      if (lasting_name(dom.classes(id)[i])) key = add(add(key, "."), dom.classes(id)[i]);
    }
    if (is_column(dom, id)) key = mix(key, dom[id].index);
    steps_[id] = key;
  }
}

std::uint64_t Places::two(NodeId id) const {
  const NodeId up = dom_[id].parent;
  return mix(steps_[id], up == kNone ? 1 : steps_[up]);
}

std::uint64_t Places::three(NodeId id) const {
  const NodeId up = dom_[id].parent;
  const NodeId above = up == kNone ? kNone : dom_[up].parent;
  return mix(two(id), above == kNone ? 2 : steps_[above]);
}

std::vector<TextBlock> text_blocks(const Page& page, const Places& places, NodeId root, const NodeSet& skip,
                                   std::size_t limit) {
  const Dom& dom = page.dom;
  std::vector<TextBlock> blocks;
  std::vector<NodeId> open;  // blocks around
  NodeId begin = kNone, end = 0;
  std::uint64_t words = kStart;
  const auto flush = [&] {
    if (begin != kNone) {
      const std::uint64_t place = places.three(open.empty() ? root : open.back());
      blocks.push_back({begin, end, place, mix(place, words)});
    }
    begin = kNone;
    words = kStart;
  };
  for (NodeId id = root; id < dom[root].end && blocks.size() < limit;) {
    while (!open.empty() && dom[open.back()].end <= id) {
      flush();
      open.pop_back();
    }
    const Node& node = dom[id];
    if (!node.visible || (!skip.empty() && skip[id])) {
      if (is_block(node.tag)) flush();
      id = node.end;
      continue;
    }
    if (node.tag == Tag::text) {
      if (page.weights.all[id] > 0) {
        if (begin == kNone) begin = id;
        end = id + 1;
        words = add_words(words, dom.raw_text(id));
      }
    } else if (is_block(node.tag)) {
      flush();
      open.push_back(id);
    }
    ++id;
  }
  if (blocks.size() < limit) flush();
  return blocks;
}

std::uint64_t id_key(std::string_view id) { return mix(add(kStart, id), 3); }
std::uint64_t itemprop_key(std::string_view name) { return mix(add(kStart, name), 4); }
std::uint64_t label_key(std::string_view label) { return mix(add(kStart, label), 5); }

}  // namespace vigie::parser
