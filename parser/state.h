#pragma once

#include <string_view>
#include <vector>

#include "parser/dom.h"
#include "parser/json_tree.h"
#include "parser/structured.h"

namespace vigie::parser {

/// What a script-built page keeps for its scripts, as far as it speaks of things.
struct StateData {
  std::vector<Facts> things;              // single objects that look like a record, most telling first
  std::vector<std::vector<Facts>> lists;  // arrays of three or more records, longest first
};

/// The JSON objects that the page's scripts carry: application/json, Next (both forms), Nuxt (its function form too),
/// and what is assigned to names such as __INITIAL_STATE__, plain or as JSON.parse("…"). JSON inside strings counts.
/// Reads at most 4 MiB of script text.
std::vector<JsonTree> read_state_objects(const Dom& dom);

/// Looks through the objects for records and arrays of records.
/// `address`: the page's own, for the object that bears its number; may be empty.
StateData find_state_records(const std::vector<JsonTree>& trees, std::string_view address);

/// Members of `object` (two levels down) that say something of a thing, by the names that programmers give them.
Facts facts_of_state(const JsonTree& tree, std::uint32_t object);
/// What ads of homes, jobs and things list beside that: label and value, each label once.
std::vector<std::pair<std::string, std::string>> extras_of_state(const JsonTree& tree, std::uint32_t object);

}  // namespace vigie::parser
