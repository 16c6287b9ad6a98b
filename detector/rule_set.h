#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detector/condition.h"
#include "detector/detector.h"
#include "detector/prefilter.h"
#include "detector/watch.h"
#include "detector/words.h"

namespace vigie::detector {

class Pattern;  // one RE2, compiled

/// What rules look for, in the order in which ads are asked: cheap and common first, so that what is dear (another view,
/// patterns) is done only where a rule could still hold. One bit each in a selection's `asks`.
struct Question {
  ViewKind view;
  bool patterns;
};
inline constexpr std::array<Question, 6> kQuestions = {{{ViewKind::folded, false},
                                                        {ViewKind::original, false},
                                                        {ViewKind::original, true},
                                                        {ViewKind::folded, true},
                                                        {ViewKind::normalised, false},
                                                        {ViewKind::normalised, true}}};

using Families = std::uint8_t;  // bit of kFamilyNames; all: every family
constexpr Families kAllFamilies = 0xFF;

struct CompiledSelection {
  std::uint32_t rule = 0;   // index into the specs
  std::uint32_t place = 0;  // within its rule
  std::uint8_t asks = 0;    // bits of kQuestions; 0: a field
};

struct CompiledRule {
  std::uint32_t first = 0, count = 0;  // of the compiled selections
  Condition condition;
  Families families = kAllFamilies;
  std::uint8_t asks = 0;   // of its selections together
  bool always = false;     // may hold although no word of it stands in the text: a field decides
  std::string version;
  std::optional<Instant> expires;
};

/// Whose phrase it is, and in which language; 0: any.
struct PhraseOwner {
  std::uint32_t selection = 0, language = 0;
};
struct PatternOwner {
  std::uint32_t selection = 0, line = 0;
  std::shared_ptr<const Pattern> pattern;
};

/// What rules look for in one view.
struct Front {
  WordIndex words;
  std::vector<std::vector<PhraseOwner>> phrase_owners;  // by number of the phrase
  std::vector<bool> chance;                             // by number: too short to count in another language
  std::unique_ptr<const Prefilter> filter;              // of the patterns; empty: none
  std::vector<Needle> needles;
  std::vector<std::vector<PatternOwner>> pattern_owners;  // by needle
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
  Status compile_words(std::size_t index, const Selection& selection, CompiledSelection& made);
  static void add_phrase(Front& front, Phrase phrase, Families families, PhraseOwner owner);
  Status build_filters();
  void build_order();

  struct Look;
  bool asked(std::size_t question, const Look& look) const;
  bool may_hold(std::uint32_t rule, const Look& look, std::uint8_t unasked) const;
  void look_at_words(std::size_t question, Look& look) const;
  void look_at_patterns(std::size_t question, Look& look) const;
  bool speaks(std::uint32_t selection, const Look& look) const;
  bool holds(std::uint32_t rule, Look& look, std::vector<bool>& truth) const;
  Reason reason(std::uint32_t rule, const Look& look, const std::vector<bool>& truth) const;

  std::vector<RuleSpec> specs_;
  std::vector<CompiledRule> rules_;
  std::vector<CompiledSelection> selections_;
  std::array<Front, kViews> fronts_;
  std::map<std::string, std::uint32_t, std::less<>> languages_;
  std::vector<std::uint32_t> always_;
  // Of each question: families of which some rule may hold by its answer alone, so that it must be asked; other rules
  // ask only when something else of theirs was found.
  std::array<Families, kQuestions.size()> asked_by_{};
  WatchList watch_;
};

/// "fr" of "fr-BE"; empty when the language is not known.
std::string base_language(std::string_view lang);
/// The bit of a family; "mixed", unknown and absent families meet every rule.
Families family_bits(std::string_view family);

}  // namespace vigie::detector
