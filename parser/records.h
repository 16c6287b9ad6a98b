#pragma once

#include <vector>

#include "parser/page.h"

namespace vigie::parser {

/// A group of subtrees of one make: the records of a list.
struct Region {
  std::vector<NodeId> records;  // document order, none inside another; of a record of several siblings the first
  std::vector<NodeId> ends;     // a record is the nodes [records[i], ends[i])
  std::size_t width = 1;        // siblings that make up a record
  double score = 0;
  double mean_text = 0;           // bytes a record, white space not counted
  double linked_share = 0;        // of that text, inside links
  std::size_t with_own_link = 0;  // records that lead to an address no other record leads to
  std::size_t with_ad_link = 0;   // of these, to one that the site's `ad` patterns name
};

/// Data regions, best first, at most `limit`; empty when nothing repeats enough. Linear in the size of the page.
std::vector<Region> mine(const Page& page, const NodeSet& skip, std::size_t limit = 4);

/// Puts regions of one make together: the same list, cut into sections, tables or promoted and plain entries.
void join_alike(const Page& page, std::vector<Region>& regions);
/// Takes out what only stands among the records: a pager, a headline, a row of column names, a foreign box.
void drop_strangers(const Page& page, Region& region);

/// The link that stands for a record: index in page.links, or npos.
std::size_t record_link(const Page& page, NodeId record);

}  // namespace vigie::parser
