#pragma once

#include <vector>

#include "parser/page.h"

namespace vigie::parser {

/// A group of subtrees of one make: the records of a list.
struct Region {
  std::vector<NodeId> records;  // document order, none inside another
  double score = 0;
  double mean_text = 0;           // bytes a record, white space not counted
  double linked_share = 0;        // of that text, inside links
  std::size_t with_own_link = 0;  // records that lead to an address no other record leads to
  std::size_t with_ad_link = 0;   // of these, to one that the site's `ad` patterns name
};

/// Data regions, best first, at most `limit`; empty when nothing repeats enough. Linear in the size of the page.
std::vector<Region> mine(const Page& page, const NodeSet& skip, std::size_t limit = 4);

/// The link that stands for a record: index in page.links, or npos.
std::size_t record_link(const Page& page, NodeId record);

}  // namespace vigie::parser
