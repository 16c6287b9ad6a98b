#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "detector/condition.h"
#include "detector/detector.h"
#include "detector/phrase.h"
#include "detector/prefilter.h"
#include "detector/watch.h"

namespace vigie::detector {

class Pattern;  // one RE2, compiled; rules.cpp

/// A selection ready to be tried.
struct CompiledSelection {
  std::size_t rule = 0;   // index into the specs
  std::size_t place = 0;  // within its rule
  ViewKind view = ViewKind::folded;
  std::vector<std::pair<std::string, Phrase>> phrases;  // language; empty: any
  std::vector<std::shared_ptr<const Pattern>> patterns;
};

struct CompiledRule {
  std::size_t first = 0, count = 0;  // of the compiled selections
  Condition condition;
  bool always = false;  // may hold although no word of it stands in the text
  std::string version;
  std::optional<Instant> expires;
};

/// What the prefilter's answer leads to.
struct Owner {
  std::uint32_t selection = 0, item = 0;
  bool pattern = false;
};

/// The filter of one view and whom each of its needles belongs to.
struct Front {
  std::unique_ptr<const Prefilter> filter;  // empty: no selection reads this view
  std::vector<std::vector<Owner>> owners;
};

/// Rules as Rules::compile made them.
class RuleSet : public Rules {
 public:
  static Result<std::shared_ptr<const Rules>> make(std::vector<RuleSpec> specs, std::vector<WatchEntry> watch);

  std::vector<Reason> match(const Ad& ad, Instant now) const override;
  std::vector<Reason> watch(const Ad& ad, Instant now) const override;
  std::string watch_severity(const std::string& indicator) const override { return watch_.severity(indicator); }
  const std::vector<RuleSpec>& specs() const override { return specs_; }

 private:
  Status compile_rule(std::size_t index);
  Result<CompiledSelection> compile_words(std::size_t index, const Selection& selection) const;
  Status build_fronts();

  struct Seen;
  void look(const Ad& ad, Seen& seen) const;
  bool speaks(const Owner& owner, const Ad& ad, std::string_view language) const;
  bool holds(std::size_t rule, const Ad& ad, const Seen& seen, std::vector<bool>& truth) const;
  Reason reason(std::size_t rule, const Ad& ad, const Seen& seen, const std::vector<bool>& truth) const;

  std::vector<RuleSpec> specs_;
  std::vector<CompiledRule> rules_;
  std::vector<CompiledSelection> selections_;
  std::array<Front, kViews> fronts_;
  std::vector<std::size_t> always_;
  WatchList watch_;
};

/// True when the rule is for ads of this family; "mixed" and unknown families meet every rule.
bool family_fits(const RuleSpec& spec, std::string_view family);

}  // namespace vigie::detector
