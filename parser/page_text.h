#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parser/dom.h"

namespace vigie::parser {

/// Marks nodes of a page whose subtrees a reader leaves out; empty: nothing is left out.
using NodeSet = std::vector<std::uint8_t>;

/// Text of a part of a page as a reader sees it: hidden parts left out, white space folded, blocks apart.
/// `pieces` says which run of text gave which bytes, in order.
struct PageText {
  struct Piece {
    NodeId node;
    std::uint32_t begin, end;
  };
  std::string text;
  std::vector<Piece> pieces;

  /// Bytes that came from the subtree of `id`; begin == end: none did.
  std::pair<std::uint32_t, std::uint32_t> span_of(const Dom& dom, NodeId id) const;
};

/// `between` stands between two blocks: a blank where text is to be one line, a line break where it is for reading.
/// Nothing is read on once there are `enough` bytes.
PageText page_text(const Dom& dom, NodeId id, const NodeSet& skip = {}, char between = ' ',
                   std::size_t enough = std::string::npos);
inline std::string visible_text(const Dom& dom, NodeId id, const NodeSet& skip = {}) {
  return page_text(dom, id, skip).text;
}
bool is_block(Tag tag);

/// Per node: bytes of visible text in its subtree that are no white space, and how many of them stand inside links.
struct TextWeights {
  std::vector<std::uint32_t> all, linked;
};
TextWeights weigh(const Dom& dom);

}  // namespace vigie::parser
