#pragma once

#include <string>
#include <utility>
#include <vector>

#include "parser/detail.h"
#include "parser/page.h"

namespace vigie::parser {

/// What of a listing the site wrote around the advertiser's words.
struct Furniture {
  NodeSet skip;                     // what was to be left out, and the parts that are no words of the advertiser
  std::vector<std::string> lines;   // those parts that say something of the ad ("Anna, 31, Lille"), in document order
  std::vector<std::pair<NodeId, NodeId>> places;  // of `lines`: nodes that hold nothing else
  std::vector<LabelRow> rows;       // label and value pairs, wherever they stand
};

/// `root`: the listing; `skip`: what is left out already (its headline too). A part goes when nothing in it is more
/// than a label and its value, a counter, a date, a button, or outside the running text a price, a place, a name with
/// an age. Whatever a rule does not explain in full stays.
Furniture find_furniture(const Page& page, NodeId root, NodeSet skip);

/// The name that a line starts with when an age follows it ("Anna, 31 ans, Lille"); empty: it is no such line.
std::string name_before_age(std::string_view line, const TextContext& context);

/// True when a folded word (text::fold_for_match) is one that counters, dates of change and buttons are made of.
bool is_furniture_word(std::string_view folded);
/// The same, for words that are never said by themselves in an ad: "views", "updated", "report".
bool is_strong_furniture_word(std::string_view folded);

}  // namespace vigie::parser
