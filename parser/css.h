#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "parser/dom.h"

namespace vigie::parser {

struct SelectorProgram;

/// A compiled list of CSS selectors: types, classes, ids, attribute tests, the four combinators, :nth-*,
/// :first/last/only-*, :empty, :root, :not, :is, :where, :has, and :contains("text"), which is not of CSS. Immutable,
/// thread-safe.
///
/// Matching costs one pass over the page for each compound, whatever the selector: sets of nodes are carried from left
/// to right (descendant and sibling sets spread down the flat arrays), so that nothing is tried twice.
class Selector {
 public:
  /// `misconfigured` names the place: "column 6: no such pseudo-class ':frist'".
  static Result<Selector> compile(std::string_view css);

  /// Matching elements, in document order.
  std::vector<NodeId> select(const Dom& dom) const;

 private:
  std::shared_ptr<const SelectorProgram> program_;
};

}  // namespace vigie::parser
