#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace vigie::detector {

/// The `when` of a rule: names with `and`, `or`, `not`, `N of (a, b, c)` and parentheses; `not` binds tightest, then
/// `and`, then `or`. Immutable.
class Condition {
 public:
  /// `misconfigured` says "column N: …" (1-based, in bytes of `written`): unknown name, missing operand, unclosed
  /// parenthesis, N greater than its list, deeper than 32.
  static Result<Condition> parse(std::string_view written, const std::vector<std::string>& names);

  /// `truth[i]`: whether the selection names[i] matched.
  bool holds(const std::vector<bool>& truth) const;
  /// Could it hold, if what is `open` turned out as needed? May say yes too often, never too seldom.
  bool may_hold(const std::vector<bool>& truth, const std::vector<bool>& open) const;
  /// Names that it uses, by index, and those of them that are used other than under `not`.
  const std::vector<bool>& used() const { return used_; }
  const std::vector<bool>& positive() const { return positive_; }

 private:
  friend class ConditionReader;
  enum class Op : std::uint8_t { name, both, either, invert, count };
  struct Step {
    Op op;
    std::uint32_t number = 0;  // name: its index; count: N
    std::uint32_t operands = 0;
  };
  std::vector<Step> steps_;  // postfix
  std::vector<bool> used_, positive_;
};

}  // namespace vigie::detector
