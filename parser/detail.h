#pragma once

#include <optional>
#include <string>
#include <vector>

#include "parser/page.h"

namespace vigie::parser {

/// Where the one ad of a page stands.
struct Detail {
  NodeId root = kNone;           // the smallest part that holds headline and text
  NodeId headline = kNone;       // kNone: the page shows none
  NodeSet skip;                  // boilerplate, and boxes of other people's ads
  std::optional<Facts> stated;  // what the page states of this ad in machine form, all sources together

  const Facts* facts() const { return stated ? &*stated : nullptr; }
};

/// How surely stated facts are about the thing that the page calls `title`: 0 no, 2 the same words, 3 its address, too.
double likeness(const Page& page, const Facts& facts, std::string_view title);

Detail find_detail(const Page& page, const NodeSet& boilerplate);

/// "Label: value" as a page shows it.
struct LabelRow {
  std::string label, value;  // label in lower case
  NodeId begin = kNone, end = 0;  // nodes that hold nothing else: [begin, end)
  bool table = false;             // a row of a table, of a list of terms, or one of several of its make
};

/// Label and value pairs below `root`: definition lists, two-cell rows, "Label: value" lines; a label may come twice.
std::vector<LabelRow> read_label_rows(const Page& page, NodeId root, const NodeSet& skip);

/// Pictures below `root`, resolved, without icons and tracking pixels.
std::vector<std::string> read_images(const Page& page, NodeId root, const NodeSet& skip);

}  // namespace vigie::parser
