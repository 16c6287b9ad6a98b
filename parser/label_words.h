#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

namespace vigie::parser {

/// Labels of one meaning in many languages, kept as text::fold_for_match leaves them.
class LabelWords {
 public:
  LabelWords(std::initializer_list<std::string_view> words);
  bool has(const std::string& folded) const { return folded_.contains(folded); }

 private:
  std::set<std::string> folded_;
};

const LabelWords& place_labels();
const LabelWords& date_labels();
const LabelWords& age_labels();
const LabelWords& name_labels();
const LabelWords& price_labels();
const LabelWords& category_labels();
/// True when a line says that a date of publication stands in it; `folded`: by text::fold_for_match.
bool says_posted(const std::string& folded);

}  // namespace vigie::parser
