#include "detector/condition.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "core/text.h"

namespace vigie::detector {

/// Reads one condition by descent; depth is bounded, so a file cannot exhaust the stack.
class ConditionReader {
 public:
  ConditionReader(std::string_view written, const std::vector<std::string>& names) : text_(written), names_(names) {
    made_.used_.resize(names.size());
    made_.positive_.resize(names.size());
  }

  Result<Condition> read() {
    advance();
    if (auto done = either(0, false); !done) return std::move(done).error();
    if (!word_.empty())
      return wrong("\"" + std::string(word_) + "\" stands after the end; \"and\" or \"or\" is missing");
    return std::move(made_);
  }

 private:
  static constexpr int kMaxDepth = 32;
  using Op = Condition::Op;

  Error wrong(std::string what) const {
    return fail(Errc::misconfigured, "column " + std::to_string(at_ + 1) + ": " + std::move(what));
  }

  static bool wordish(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
  }

  void advance() {
    at_ += word_.size();
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    std::size_t end = at_;
    while (end < text_.size() && wordish(text_[end])) ++end;
    if (end == at_ && end < text_.size()) ++end;
    word_ = text_.substr(at_, end - at_);
  }

  Status either(int depth, bool negated) {
    if (auto left = both(depth, negated); !left) return left;
    while (word_ == "or") {
      advance();
      if (auto right = both(depth, negated); !right) return right;
      made_.steps_.push_back({Op::either, 0, 2});
    }
    return {};
  }

  Status both(int depth, bool negated) {
    if (auto left = operand(depth, negated); !left) return left;
    while (word_ == "and") {
      advance();
      if (auto right = operand(depth, negated); !right) return right;
      made_.steps_.push_back({Op::both, 0, 2});
    }
    return {};
  }

  Status operand(int depth, bool negated) {
    if (depth > kMaxDepth) return wrong("deeper than " + std::to_string(kMaxDepth));
    if (word_.empty()) return wrong("a name is missing");
    if (word_ == "not") {
      advance();
      if (auto inner = operand(depth + 1, !negated); !inner) return inner;
      made_.steps_.push_back({Op::invert, 0, 1});
      return {};
    }
    if (word_ == "(") return group(depth, negated);
    if (std::isdigit(static_cast<unsigned char>(word_.front())) != 0) return count(depth, negated);
    return name(negated);
  }

  Status group(int depth, bool negated) {
    advance();
    if (auto inner = either(depth + 1, negated); !inner) return inner;
    return close();
  }

  Status close() {
    if (word_ != ")") return wrong("\")\" is missing");
    advance();
    return {};
  }

  Status count(int depth, bool negated) {
    const std::size_t at = at_;
    std::uint32_t wanted = 0;
    const auto [end, error] = std::from_chars(word_.data(), word_.data() + word_.size(), wanted);
    if (error != std::errc{} || end != word_.data() + word_.size() || wanted == 0)
      return wrong("a number from 1 is needed");
    advance();
    if (word_ != "of") return wrong("\"of\" is missing: \"2 of (a, b, c)\"");
    advance();
    if (word_ != "(") return wrong("\"(\" is missing: \"2 of (a, b, c)\"");
    std::uint32_t operands = 0;
    do {
      advance();
      if (auto inner = either(depth + 1, negated); !inner) return inner;
      ++operands;
    } while (word_ == ",");
    if (auto closed = close(); !closed) return closed;
    if (wanted > operands) {
      at_ = at;
      return wrong(std::to_string(wanted) + " of " + std::to_string(operands) + " can never hold");
    }
    made_.steps_.push_back({Op::count, wanted, operands});
    return {};
  }

  Status name(bool negated) {
    const auto found = std::find(names_.begin(), names_.end(), word_);
    if (found == names_.end()) {
      const auto near = text::did_you_mean(word_, names_);
      return wrong("no selection \"" + std::string(word_) + "\"" + (near ? "; did you mean \"" + *near + "\"?" : ""));
    }
    const auto index = static_cast<std::size_t>(found - names_.begin());
    made_.used_[index] = true;
    if (!negated) made_.positive_[index] = true;
    made_.steps_.push_back({Op::name, static_cast<std::uint32_t>(index), 0});
    advance();
    return {};
  }

  std::string_view text_, word_;
  const std::vector<std::string>& names_;
  std::size_t at_ = 0;
  Condition made_;
};

Result<Condition> Condition::parse(std::string_view written, const std::vector<std::string>& names) {
  return ConditionReader(written, names).read();
}

bool Condition::holds(const std::vector<bool>& truth) const {
  std::vector<bool> stack;
  for (const auto& step : steps_) {
    if (step.op == Op::name) {
      stack.push_back(truth[step.number]);
      continue;
    }
    if (step.op == Op::invert) {
      stack.back() = !stack.back();
      continue;
    }
    const auto first = stack.end() - step.operands;
    const auto held = static_cast<std::uint32_t>(std::count(first, stack.end(), true));
    stack.erase(first, stack.end());
    stack.push_back(step.op == Op::both     ? held == step.operands
                    : step.op == Op::either ? held > 0
                                            : held >= step.number);
  }
  return !stack.empty() && stack.back();
}

bool Condition::may_hold(const std::vector<bool>& truth, const std::vector<bool>& open) const {
  struct Range {
    bool least, most;  // surely true; possibly true
  };
  std::vector<Range> stack;
  for (const auto& step : steps_) {
    if (step.op == Op::name) {
      stack.push_back({truth[step.number], truth[step.number] || open[step.number]});
      continue;
    }
    if (step.op == Op::invert) {
      stack.back() = {!stack.back().most, !stack.back().least};
      continue;
    }
    const auto first = stack.end() - step.operands;
    const auto least = static_cast<std::uint32_t>(std::count_if(first, stack.end(), [](Range r) { return r.least; }));
    const auto most = static_cast<std::uint32_t>(std::count_if(first, stack.end(), [](Range r) { return r.most; }));
    stack.erase(first, stack.end());
    const auto needed = step.op == Op::both ? step.operands : step.op == Op::either ? 1 : step.number;
    stack.push_back({least >= needed, most >= needed});
  }
  return !stack.empty() && stack.back().most;
}

}  // namespace vigie::detector
