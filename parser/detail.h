#pragma once

#include <string>
#include <vector>

#include "parser/page.h"

namespace vigie::parser {

/// Where the one ad of a page stands.
struct Detail {
  NodeId root = kNone;           // the smallest part that holds headline and text
  NodeId headline = kNone;       // kNone: the page shows none
  NodeSet skip;                  // boilerplate, and boxes of other people's ads
  const Facts* facts = nullptr;  // what the page states of this ad; null: nothing
};

Detail find_detail(const Page& page, const NodeSet& boilerplate);

/// Label and value pairs below `root`: definition lists, two-cell rows, "Label: value" lines. Labels folded to lower
/// case.
std::vector<std::pair<std::string, std::string>> read_labels(const Page& page, NodeId root, const NodeSet& skip);

/// Pictures below `root`, resolved, without icons and tracking pixels.
std::vector<std::string> read_images(const Page& page, NodeId root, const NodeSet& skip);

}  // namespace vigie::parser
