#include <string>
#include <vector>

#include "core/text.h"
#include "fuzz.h"
#include "parser/structured.h"

using namespace vigie;
using parser::JsonTree;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = text::repair_utf8(view(data, size));
  std::size_t rest = 0;
  const auto tree = JsonTree::parse(bytes, &rest);
  require(rest <= bytes.size(), "reading stops inside");
  if (!tree) return 0;
  require(tree->size() > 0 && tree->size() <= JsonTree::kMaxItems, "a tree stays under its limit");
  for (std::uint32_t i = 0; i < tree->size(); ++i) {
    const auto& item = (*tree)[i];
    require(item.end > i && item.end <= tree->size(), "a subtree lies inside");
    require(i == 0 || (item.parent < i && item.end <= (*tree)[item.parent].end), "a member stands inside its parent");
    require(text::valid_utf8(item.text) && text::valid_utf8(item.key), "texts are UTF-8");
  }
  const auto dumped = tree->dump();
  const auto again = JsonTree::parse(dumped);
  require(again && again->dump() == dumped, "what is dumped is read back");
  std::vector<parser::Facts> facts;
  parser::facts_of_json_ld(*tree, facts);
  for (const auto& fact : facts) {
    for (const auto* field : {&fact.title, &fact.text, &fact.price, &fact.phone, &fact.url}) require(text::valid_utf8(*field), "facts are UTF-8");
  }
  return 0;
}
