#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/records.pb.h"
#include "parser/dom.h"

namespace vigie::parser {

/// One page of a site with what a person marked on it: field name and value as a reader sees it. `dom` outlives the call.
struct LearnExample {
  const Dom* dom = nullptr;
  std::map<std::string, std::string> values;
};

/// A rule in the contract's grammar, and how well it does on the examples.
struct LearnedRule {
  FieldRule rule;
  double f1 = 0;
  int hits = 0;
};

/// Rules induced from three to ten examples: at most three a field, surest first, so that a later one speaks where an
/// earlier one finds nothing. Kinds tried: label in the same line, label before it, itemprop and meta, classes, ids,
/// place below the nearest id. Fields with no rule of F1 0.5 on the examples are left out.
std::vector<LearnedRule> learn_rules(const std::vector<LearnExample>& examples);

}  // namespace vigie::parser
