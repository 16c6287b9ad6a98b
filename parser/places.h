#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parser/page.h"

namespace vigie::parser {

/// A name that stays when a page is made anew: plain, and without numbers.
bool lasting_name(std::string_view name);
/// `s` as a CSS string.
std::string css_quoted(std::string_view s);
/// An element as one step of a selector: tag.class.class, lasting classes only.
std::string css_step(const Dom& dom, NodeId id);

/// Where the elements of a page stand, by keys that are the same on every page of one make: tags and lasting classes of
/// an element and of the two around it.
class Places {
 public:
  explicit Places(const Dom& dom);
  std::uint64_t one(NodeId id) const { return steps_[id]; }
  std::uint64_t two(NodeId id) const;
  std::uint64_t three(NodeId id) const;

 private:
  const Dom& dom_;
  std::vector<std::uint64_t> steps_;
};

/// A run of text between two borders of blocks.
struct TextBlock {
  NodeId begin = kNone, end = 0;  // whole nodes that hold nothing else
  std::uint64_t place = 0;        // where it stands
  std::uint64_t key = 0;          // where it stands, and its words
};
/// Visible blocks below `root`, at most `limit`.
std::vector<TextBlock> text_blocks(const Page& page, const Places& places, NodeId root, const NodeSet& skip,
                                   std::size_t limit);

/// Keys of rules: two rules that point at the same place have the same key.
std::uint64_t id_key(std::string_view id);
std::uint64_t itemprop_key(std::string_view name);
std::uint64_t label_key(std::string_view label);

}  // namespace vigie::parser
