// What rules say of an ad. Vectorscan answers which words may stand in it; only those are looked at closely.
#include <algorithm>

#include "core/text.h"
#include "detector/ad_field.h"
#include "detector/pattern.h"
#include "detector/quote.h"
#include "detector/rule_set.h"

namespace vigie::detector {
namespace {

constexpr std::array<std::string_view, 5> kFamilyNames = {"service", "recruitment", "job", "travel", "housing"};

struct Hit {
  std::uint32_t selection = 0, field = 0;
  Span span;  // in the stored field
};

bool compares(const Selection& selection, const FieldValue& value) {
  if (selection.is) return !value.numeric && text::fold_case(value.text) == text::fold_case(*selection.is);
  if (!value.numeric) return false;
  if (selection.below && !(value.number < *selection.below)) return false;
  if (selection.above && !(value.number > *selection.above)) return false;
  return !selection.equals || value.number == *selection.equals;
}


}  // namespace

std::string base_language(std::string_view lang) {
  auto base = text::lower_ascii(lang.substr(0, lang.find_first_of("-_")));
  return base == "und" ? "" : base;
}

Families family_bits(std::string_view family) {
  const auto at = std::find(kFamilyNames.begin(), kFamilyNames.end(), family);
  return at == kFamilyNames.end() ? kAllFamilies : static_cast<Families>(1U << (at - kFamilyNames.begin()));
}

/// One ad under the rules' eyes: its texts, each view made once and only when it is asked for, and what was found.
struct RuleSet::Look {
  const Ad& ad;
  Families family = kAllFamilies;
  std::uint32_t language = 0;  // 0: not known; kForeign: no rule speaks it
  std::uint8_t unasked = 0;    // questions still open
  std::vector<FieldText> fields{};
  std::array<std::vector<View>, kViews> views{};
  std::vector<std::uint8_t> matched{};   // by selection
  std::vector<std::uint8_t> known{};     // by rule: stands in `touched`
  std::vector<std::uint32_t> touched{};  // rules of which something was found
  std::vector<Hit> hits{};               // in order of finding
  std::vector<std::pair<std::string_view, std::vector<FieldValue>>> values{};  // of fields that rules asked for, each read once

  static constexpr std::uint32_t kForeign = 0xFFFF;

  const std::vector<View>& seen(ViewKind kind) {
    auto& made = views[static_cast<std::size_t>(kind)];
    if (made.empty()) {
      made.reserve(fields.size());
      for (const auto& field : fields) made.emplace_back(field.text, kind);
    }
    return made;
  }

  bool field_holds(const Selection& selection) {
    auto at = std::find_if(values.begin(), values.end(), [&](const auto& read) { return read.first == selection.field; });
    if (at == values.end()) at = values.insert(at, {selection.field, values_of(ad, selection.field)});
    return std::any_of(at->second.begin(), at->second.end(), [&](const FieldValue& v) { return compares(selection, v); });
  }

  void found(std::uint32_t selection, std::uint32_t rule, std::uint32_t field, Span span) {
    matched[selection] = 1;
    hits.push_back({selection, field, span});
    if (known[rule] == 0) touched.push_back(rule);
    known[rule] = 1;
  }
};

bool RuleSet::speaks(std::uint32_t selection, const Look& look) const {
  return look.matched[selection] == 0 && (rules_[selections_[selection].rule].families & look.family) != 0;
}

bool RuleSet::may_hold(std::uint32_t index, const Look& look, std::uint8_t unasked) const {
  const auto& rule = rules_[index];
  std::vector<bool> truth(rule.count), open(rule.count);
  for (std::uint32_t i = 0; i < rule.count; ++i) {
    const auto& selection = selections_[rule.first + i];
    truth[i] = look.matched[rule.first + i] != 0;
    open[i] = selection.asks == 0 || (selection.asks & unasked) != 0;
  }
  return rule.condition.may_hold(truth, open);
}

bool RuleSet::asked(std::size_t question, const Look& look) const {
  if ((asked_by_[question] & look.family) != 0) return true;
  return std::any_of(look.touched.begin(), look.touched.end(), [&](std::uint32_t rule) {
    return ((rules_[rule].asks >> question) & 1) != 0 && may_hold(rule, look, look.unasked);
  });
}

void RuleSet::look_at_words(std::size_t question, Look& look) const {
  const auto& front = fronts_[static_cast<std::size_t>(kQuestions[question].view)];
  if (front.words.empty()) return;
  const auto& views = look.seen(kQuestions[question].view);
  for (std::uint32_t field = 0; field < views.size(); ++field) {
    const auto counts = [&](const PhraseOwner& owner, std::uint32_t phrase) {
      const bool own = look.language == 0 || owner.language == 0 || owner.language == look.language;
      return (own || !front.chance[phrase]) && speaks(owner.selection, look);
    };
    front.words.scan(
        views[field], {look.family, static_cast<std::uint16_t>(look.language)},
        [&](std::uint32_t phrase) {
          const auto& owners = front.phrase_owners[phrase];
          return std::any_of(owners.begin(), owners.end(), [&](const PhraseOwner& o) { return counts(o, phrase); });
        },
        [&](std::uint32_t phrase, Span span) {
          const auto source = views[field].to_source(span);
          for (const auto& owner : front.phrase_owners[phrase]) {
            if (counts(owner, phrase)) look.found(owner.selection, selections_[owner.selection].rule, field, source);
          }
        });
  }
}

void RuleSet::look_at_patterns(std::size_t question, Look& look) const {
  const auto& front = fronts_[static_cast<std::size_t>(kQuestions[question].view)];
  if (!front.filter) return;
  const auto& views = look.seen(kQuestions[question].view);
  std::vector<std::uint32_t> needles;
  for (std::uint32_t field = 0; field < views.size(); ++field) {
    front.filter->scan(views[field].text(), needles);
    for (const auto needle : needles) {
      for (const auto& owner : front.pattern_owners[needle]) {
        if (!speaks(owner.selection, look)) continue;
        const auto rule = selections_[owner.selection].rule;
        if (!may_hold(rule, look, static_cast<std::uint8_t>(look.unasked | (1U << question)))) continue;
        const auto span = owner.pattern->find(views[field].text());
        if (span) look.found(owner.selection, rule, field, views[field].to_source(*span));
      }
    }
  }
}

bool RuleSet::holds(std::uint32_t rule, Look& look, std::vector<bool>& truth) const {
  const auto& compiled = rules_[rule];
  if (!may_hold(rule, look, 0)) return false;  // before fields are read
  truth.assign(compiled.count, false);
  for (std::uint32_t i = 0; i < compiled.count; ++i) {
    const auto& selection = specs_[rule].select[i];
    truth[i] = selection.field.empty() ? look.matched[compiled.first + i] != 0 : look.field_holds(selection);
  }
  return compiled.condition.holds(truth);
}

Reason RuleSet::reason(std::uint32_t rule, const Look& look, const std::vector<bool>& truth) const {
  const auto& spec = specs_[rule];
  const auto& compiled = rules_[rule];
  Reason made;
  made.set_indicator(spec.id);
  made.set_tier(spec.tier);
  made.set_weight(spec.weight);
  made.set_text(spec.says);
  made.set_ad(look.ad.ad());
  made.set_family(spec.group.empty() ? "other" : spec.group);
  made.set_rule_version(compiled.version);
  for (const auto& benign : spec.false_positives) made.add_false_positives(benign);
  for (std::uint32_t i = 0; i < compiled.count; ++i) {
    if (!truth[i] || !compiled.condition.positive()[i]) continue;
    const auto at = std::find_if(look.hits.begin(), look.hits.end(),
                                 [&](const Hit& hit) { return hit.selection == compiled.first + i; });
    if (at != look.hits.end()) {
      quote(made, look.fields[at->field], at->span);
      return made;
    }
    if (made.field().empty()) made.set_field(spec.select[i].field);
  }
  return made;
}

std::vector<Reason> RuleSet::match(const Ad& ad, Instant now) const {
  Look look{ad};
  look.family = family_bits(ad.family());
  if (const auto language = base_language(ad.lang()); !language.empty()) {
    const auto at = languages_.find(language);
    look.language = at == languages_.end() ? Look::kForeign : at->second;
  }
  look.fields = texts_of(ad);
  look.matched.assign(selections_.size(), 0);
  look.known.assign(rules_.size(), 0);
  look.unasked = (1U << kQuestions.size()) - 1;
  for (std::size_t question = 0; question < kQuestions.size(); ++question) {
    const bool needed = asked(question, look);
    look.unasked &= static_cast<std::uint8_t>(~(1U << question));
    if (needed) kQuestions[question].patterns ? look_at_patterns(question, look) : look_at_words(question, look);
  }
  for (const auto rule : always_) {
    if (look.known[rule] == 0) look.touched.push_back(rule);
  }
  std::sort(look.touched.begin(), look.touched.end());
  std::vector<Reason> found;
  std::vector<bool> truth;
  for (const auto rule : look.touched) {
    if ((rules_[rule].families & look.family) == 0 || (rules_[rule].expires && now >= *rules_[rule].expires)) continue;
    if (holds(rule, look, truth)) found.push_back(reason(rule, look, truth));
  }
  return found;
}

std::vector<Reason> RuleSet::watch(const Ad& ad, Instant now) const {
  return watch_.match(ad, now);
}

std::vector<CaseResult> test_rules(const Rules& rules) {
  std::vector<CaseResult> results;
  for (const auto& spec : rules.specs()) {
    const auto run = [&](const RuleCase& one, bool hit) {
      Ad ad;
      ad.set_text(one.text);
      ad.set_lang(one.lang);
      if (one.price) ad.mutable_price()->set_amount(*one.price);
      if (!one.currency.empty()) ad.mutable_price()->set_currency(one.currency);
      if (!one.per.empty()) ad.mutable_price()->set_per(one.per);
      if (!one.country.empty()) ad.mutable_place()->set_country(one.country);
      if (one.age) ad.set_age(static_cast<int>(*one.age));
      ad.set_family(!one.family.empty() ? one.family : spec.family.empty() ? "" : spec.family.front());
      // The epoch: a rule's own cases hold after it has expired, too.
      const auto reasons = rules.match(ad, Instant{});
      const bool fired =
          std::any_of(reasons.begin(), reasons.end(), [&](const Reason& r) { return r.indicator() == spec.id; });
      results.push_back({spec.id, hit ? "hit" : "miss", one.lang, one.text, one.line, fired == hit});
    };
    for (const auto& one : spec.hits) run(one, true);
    for (const auto& one : spec.misses) run(one, false);
  }
  return results;
}

}  // namespace vigie::detector
