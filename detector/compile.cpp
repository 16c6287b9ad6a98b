// How rules are checked and made ready; what they do with an ad is in rules.cpp.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "core/text.h"
#include "detector/ad_field.h"
#include "detector/groups.h"
#include "detector/pattern.h"
#include "detector/rule_set.h"

namespace vigie::detector {
namespace {

const std::vector<std::string> kTiers = {"T+", "T0", "T-", "P!"};
const std::vector<std::string> kFamilies = {"service", "recruitment", "job", "travel", "housing", "mixed"};
const std::vector<std::string> kViewNames = {"original", "normalised", "folded"};
constexpr std::size_t kForeignLetters = 12;  // of a phrase that counts in an ad of another language
constexpr double kMaxWeight = 5;  // log-odds: 150 to 1, more than any one sign has earned

std::string place_of(const RuleSpec& spec, int line) {
  return (spec.file.empty() ? "rule " + spec.id : spec.file) + ":" + std::to_string(line > 0 ? line : spec.line);
}

Error wrong(const RuleSpec& spec, int line, const std::string& what) {
  return fail(Errc::misconfigured, place_of(spec, line) + ": " + what);
}

/// "unknown X "y"; did you mean …" when `value` is not one of `known`.
std::optional<std::string> unknown(std::string_view what, const std::string& value,
                                   const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return std::nullopt;
  const auto near = text::did_you_mean(value, known);
  return "unknown " + std::string(what) + " \"" + value + "\"" +
         (near ? "; did you mean \"" + *near + "\"?" : ", one of " + text::join(known, " "));
}

std::vector<std::string> group_names() {
  std::vector<std::string> names;
  for (const auto& group : kGroups) names.emplace_back(group.name);
  return names;
}

Status check_head(const RuleSpec& spec) {
  if (spec.id.empty()) return wrong(spec, spec.line, "a rule needs an id");
  if (spec.says.empty()) return wrong(spec, spec.line, spec.id + ": \"says\" is missing: a sentence for the analyst");
  if (const auto fault = unknown("tier", spec.tier, kTiers)) return wrong(spec, spec.line, spec.id + ": " + *fault);
  for (const auto& family : spec.family) {
    if (const auto fault = unknown("family", family, kFamilies)) return wrong(spec, spec.line, spec.id + ": " + *fault);
  }
  if (!spec.group.empty()) {
    if (const auto fault = unknown("group", spec.group, group_names()))
      return wrong(spec, spec.line, spec.id + ": " + *fault);
  }
  if (!std::isfinite(spec.weight) || std::abs(spec.weight) > kMaxWeight) {
    return wrong(spec, spec.line, spec.id + ": weight is log-odds between -5 and 5");
  }
  if ((spec.tier == "T-" || spec.tier == "P!") && spec.weight != 0) {
    return wrong(spec, spec.line,
                 spec.id + ": tier " + spec.tier + " weighs 0: refuted and protected signs are never scored");
  }
  return {};
}

/// Names what the rule says, so that an alert tells which wording of the rule it came from.
std::string version_of(const RuleSpec& spec) {
  if (!spec.version.empty()) return spec.version;
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  const auto mix = [&hash](std::string_view s) {
    for (const char c : s) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    hash = (hash ^ 0xff) * 0x100000001b3ULL;
  };
  mix(spec.when);
  mix(spec.tier);
  mix(std::to_string(spec.weight));
  for (const auto& selection : spec.select) {
    mix(selection.name);
    mix(selection.view);
    mix(selection.field);
    for (const auto& [language, phrases] : selection.phrases) {
      mix(language);
      for (const auto& phrase : phrases) mix(phrase);
    }
    for (const auto& pattern : selection.patterns) mix(pattern);
    for (const auto& bound : {selection.below, selection.above, selection.equals})
      mix(bound ? std::to_string(*bound) : "");
    mix(selection.is.value_or(""));
  }
  const std::array<char, 4> bytes = {static_cast<char>(hash >> 24), static_cast<char>(hash >> 16),
                                     static_cast<char>(hash >> 8), static_cast<char>(hash)};
  return text::to_hex({bytes.data(), bytes.size()});
}

Status check_field_selection(const Selection& selection) {
  if (!selection.phrases.empty() || !selection.patterns.empty()) {
    return fail(Errc::misconfigured, selection.name + ": words or a field, not both");
  }
  if (!selection.below && !selection.above && !selection.equals && !selection.is) {
    return fail(Errc::misconfigured, selection.name + ": a field needs below, above, equals or is");
  }
  if (auto known = check_field(selection.field); !known) return std::move(known).error().in(selection.name);
  return {};
}

int line_of(const Selection& selection, std::size_t pattern) {
  return pattern < selection.pattern_lines.size() ? selection.pattern_lines[pattern] : selection.line;
}

Families families_of(const RuleSpec& spec) {
  auto bits = spec.family.empty() ? kAllFamilies : Families{0};
  for (const auto& family : spec.family) bits |= family_bits(family);
  return bits;
}

std::uint8_t question_bit(ViewKind view, bool patterns) {
  for (std::size_t i = 0; i < kQuestions.size(); ++i) {
    if (kQuestions[i].view == view && kQuestions[i].patterns == patterns) return static_cast<std::uint8_t>(1U << i);
  }
  return 0;
}

}  // namespace

void RuleSet::add_phrase(Front& front, Phrase phrase, Families families, PhraseOwner owner) {
  const bool chance = phrase.words().size() < 2 || phrase.letters() < kForeignLetters;
  const auto at = front.words.add(std::move(phrase), {families, static_cast<std::uint16_t>(chance ? owner.language : 0)});
  if (at == front.phrase_owners.size()) {
    front.phrase_owners.emplace_back();
    front.chance.push_back(chance);
  }
  auto& owners = front.phrase_owners[at];
  const bool known = std::any_of(owners.begin(), owners.end(), [&](const PhraseOwner& o) {
    return o.selection == owner.selection && o.language == owner.language;
  });
  if (!known) owners.push_back(owner);
}

Status RuleSet::compile_words(std::size_t index, const Selection& selection, CompiledSelection& made) {
  const auto& spec = specs_[index];
  const auto number = static_cast<std::uint32_t>(selections_.size());
  if (const auto fault = unknown("view", selection.view.empty() ? "folded" : selection.view, kViewNames)) {
    return wrong(spec, selection.line, selection.name + ": " + *fault);
  }
  const auto view = *view_named(selection.view);
  auto& front = fronts_[static_cast<std::size_t>(view)];
  const auto families = families_of(spec);
  for (const auto& [language, phrases] : selection.phrases) {
    const auto speech = language.empty() ? 0U : languages_.emplace(language, languages_.size() + 1).first->second;
    for (const auto& written : phrases) {
      const auto variants = Phrase::variants(written);
      if (!variants) {
        return wrong(spec, selection.line,
                     selection.name + ": \"" + written + "\": brackets do not close, stand within others, or give more than " +
                         std::to_string(Phrase::kMaxVariants) + " phrases");
      }
      for (const auto& variant : *variants) {
        auto phrase = Phrase::parse(variant, view);
        if (!phrase) return wrong(spec, selection.line, selection.name + ": nothing to look for in \"" + variant + "\"");
        if (phrase->longest() < 2) {
          return wrong(spec, selection.line,
                       selection.name + ": \"" + variant + "\" is too short: it would be tried on every ad");
        }
        add_phrase(front, *std::move(phrase), families, {number, speech});
      }
      made.asks |= question_bit(view, false);
    }
  }
  for (std::size_t i = 0; i < selection.patterns.size(); ++i) {
    const int line = line_of(selection, i);
    auto pattern = Pattern::compile(selection.patterns[i]);
    if (!pattern) return wrong(spec, line, selection.name + ": " + pattern.error().text);
    const auto at = std::find_if(front.needles.begin(), front.needles.end(),
                                 [&](const Needle& n) { return n.text == selection.patterns[i]; });
    const auto needle = static_cast<std::size_t>(at - front.needles.begin());
    if (at == front.needles.end()) {
      front.needles.push_back({selection.patterns[i], true});
      front.pattern_owners.emplace_back();
    }
    front.pattern_owners[needle].push_back({number, static_cast<std::uint32_t>(std::max(line, 0)), *std::move(pattern)});
    made.asks |= question_bit(view, true);
  }
  if (made.asks == 0) return wrong(spec, selection.line, selection.name + ": selects nothing");
  return {};
}

Status RuleSet::compile_rule(std::size_t index) {
  const auto& spec = specs_[index];
  if (auto head = check_head(spec); !head) return head;
  CompiledRule rule;
  rule.first = static_cast<std::uint32_t>(selections_.size());
  std::vector<std::string> names;
  for (const auto& selection : spec.select) {
    if (std::find(names.begin(), names.end(), selection.name) != names.end()) {
      return wrong(spec, selection.line, "selection \"" + selection.name + "\" stands twice");
    }
    names.push_back(selection.name);
    CompiledSelection made;
    made.rule = static_cast<std::uint32_t>(index);
    made.place = static_cast<std::uint32_t>(selections_.size()) - rule.first;
    if (selection.field.empty()) {
      if (auto words = compile_words(index, selection, made); !words) return words;
    } else if (auto field = check_field_selection(selection); !field) {
      return wrong(spec, selection.line, field.error().text);
    }
    rule.asks |= made.asks;
    selections_.push_back(made);
  }
  rule.count = static_cast<std::uint32_t>(names.size());
  auto condition = Condition::parse(spec.when, names);
  if (!condition) return wrong(spec, spec.when_line, "when: " + condition.error().text);
  rule.condition = *std::move(condition);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!rule.condition.used()[i])
      return wrong(spec, spec.select[i].line, "selection \"" + names[i] + "\" is not used in \"when\"");
  }
  if (rule.condition.holds(std::vector<bool>(names.size(), false))) {
    return wrong(spec, spec.when_line, "when: holds although nothing matches: it would hit every ad");
  }
  if (!spec.expires.empty()) {
    auto expires = end_of_day(spec.expires);
    if (!expires) return wrong(spec, spec.line, "expires: " + expires.error().text);
    rule.expires = *expires;
  }
  rule.families = families_of(spec);
  // A field may be true on an ad without any word of the rule, so such a rule is tried on each.
  std::vector<bool> fields(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) fields[i] = !spec.select[i].field.empty();
  rule.always = rule.condition.may_hold(std::vector<bool>(names.size(), false), fields);
  rule.version = version_of(spec);
  if (rule.always) always_.push_back(static_cast<std::uint32_t>(index));
  rules_.push_back(std::move(rule));
  return {};
}

Status RuleSet::build_filters() {
  for (auto& front : fronts_) {
    front.words.freeze();
    if (front.needles.empty()) continue;
    std::size_t bad = 0;
    auto filter = Prefilter::compile(front.needles, &bad);
    if (!filter) {
      const auto& owner = front.pattern_owners[bad].front();
      return wrong(specs_[selections_[owner.selection].rule], static_cast<int>(owner.line), filter.error().text);
    }
    front.filter = *std::move(filter);
  }
  return {};
}

// A rule whose condition could hold with nothing found so far asks for every ad of its families; of several questions
// that could do it, the last is enough: the condition may hold then, too.
void RuleSet::build_order() {
  for (const auto& rule : rules_) {
    for (std::size_t question = 0; question < kQuestions.size(); ++question) {
      if (((rule.asks >> question) & 1) == 0) continue;
      std::vector<bool> open(rule.count);
      for (std::uint32_t i = 0; i < rule.count; ++i) {
        const auto asks = selections_[rule.first + i].asks;
        open[i] = asks == 0 || (asks >> question) != 0;
      }
      if (rule.condition.may_hold(std::vector<bool>(rule.count, false), open)) asked_by_[question] |= rule.families;
    }
  }
}

Result<std::shared_ptr<const Rules>> RuleSet::make(std::vector<RuleSpec> specs, std::vector<WatchEntry> watch) {
  auto made = std::make_shared<RuleSet>();
  made->specs_ = std::move(specs);
  std::map<std::string, const RuleSpec*> ids;
  for (std::size_t i = 0; i < made->specs_.size(); ++i) {
    if (auto rule = made->compile_rule(i); !rule) return std::move(rule).error();
    const auto& spec = made->specs_[i];
    if (const auto [at, fresh] = ids.emplace(spec.id, &spec); !fresh) {
      return wrong(spec, spec.line, "rule \"" + spec.id + "\" already stands at " + place_of(*at->second, 0));
    }
  }
  if (auto filters = made->build_filters(); !filters) return std::move(filters).error();
  made->build_order();
  auto list = WatchList::make(std::move(watch));
  if (!list) return std::move(list).error();
  made->watch_ = *std::move(list);
  return std::shared_ptr<const Rules>(std::move(made));
}

Result<std::shared_ptr<const Rules>> Rules::compile(std::vector<RuleSpec> rules, std::vector<WatchEntry> watch) {
  return RuleSet::make(std::move(rules), std::move(watch));
}

}  // namespace vigie::detector
