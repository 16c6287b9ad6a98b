// What rules say of an ad. Vectorscan answers which words may stand in it; only those are looked at closely.
#include <algorithm>
#include <set>

#include "core/text.h"
#include "detector/ad_field.h"
#include "detector/pattern.h"
#include "detector/quote.h"
#include "detector/rule_set.h"

namespace vigie::detector {
namespace {

constexpr std::size_t kForeignLetters = 12;  // of a phrase that counts in an ad of another language

struct Hit {
  std::uint32_t field = 0;
  Span span;  // in the stored field
};

std::string base_language(std::string_view lang) {
  auto base = text::lower_ascii(lang.substr(0, lang.find_first_of("-_")));
  return base == "und" ? "" : base;
}

bool compares(const Selection& selection, const FieldValue& value) {
  if (selection.is) return !value.numeric && text::fold_case(value.text) == text::fold_case(*selection.is);
  if (!value.numeric) return false;
  if (selection.below && !(value.number < *selection.below)) return false;
  if (selection.above && !(value.number > *selection.above)) return false;
  return !selection.equals || value.number == *selection.equals;
}

bool field_holds(const Selection& selection, const Ad& ad) {
  const auto values = values_of(ad, selection.field);
  return std::any_of(values.begin(), values.end(), [&](const FieldValue& v) { return compares(selection, v); });
}

}  // namespace

struct RuleSet::Seen {
  std::vector<FieldText> fields;
  std::vector<std::uint8_t> matched;                // by selection
  std::vector<std::pair<std::uint32_t, Hit>> hits;  // selection, place; in order of finding
  std::vector<std::size_t> touched;                 // rules
};

bool family_fits(const RuleSpec& spec, std::string_view family) {
  if (spec.family.empty() || family.empty() || family == "mixed") return true;
  return std::find(spec.family.begin(), spec.family.end(), family) != spec.family.end();
}

bool RuleSet::speaks(const Owner& owner, const Ad& ad, std::string_view language) const {
  const auto& selection = selections_[owner.selection];
  if (!family_fits(specs_[selection.rule], ad.family())) return false;
  if (owner.pattern || language.empty()) return true;
  const auto& [own, phrase] = selection.phrases[owner.item];
  return own.empty() || own == language || (phrase.words() >= 2 && phrase.letters() >= kForeignLetters);
}

void RuleSet::look(const Ad& ad, Seen& seen) const {
  seen.fields = texts_of(ad);
  seen.matched.assign(selections_.size(), 0);
  const std::string language = base_language(ad.lang());
  std::vector<std::uint32_t> found;
  for (std::uint32_t field = 0; field < seen.fields.size(); ++field) {
    for (std::size_t kind = 0; kind < kViews; ++kind) {
      const auto& front = fronts_[kind];
      if (!front.filter) continue;
      const View view(seen.fields[field].text, static_cast<ViewKind>(kind));
      front.filter->scan(view.text(), found);
      for (const auto needle : found) {
        for (const auto& owner : front.owners[needle]) {
          if (seen.matched[owner.selection] != 0 || !speaks(owner, ad, language)) continue;
          const auto& selection = selections_[owner.selection];
          const auto span = owner.pattern ? selection.patterns[owner.item]->find(view.text())
                                          : selection.phrases[owner.item].second.find(view);
          if (!span) continue;
          seen.matched[owner.selection] = 1;
          seen.hits.push_back({owner.selection, {field, view.to_source(*span)}});
          seen.touched.push_back(selection.rule);
        }
      }
    }
  }
  seen.touched.insert(seen.touched.end(), always_.begin(), always_.end());
  std::sort(seen.touched.begin(), seen.touched.end());
  seen.touched.erase(std::unique(seen.touched.begin(), seen.touched.end()), seen.touched.end());
}

bool RuleSet::holds(std::size_t rule, const Ad& ad, const Seen& seen, std::vector<bool>& truth) const {
  const auto& compiled = rules_[rule];
  truth.assign(compiled.count, false);
  for (std::size_t i = 0; i < compiled.count; ++i) {
    const auto& selection = specs_[rule].select[i];
    truth[i] = selection.field.empty() ? seen.matched[compiled.first + i] != 0 : field_holds(selection, ad);
  }
  return compiled.condition.holds(truth);
}

Reason RuleSet::reason(std::size_t rule, const Ad& ad, const Seen& seen, const std::vector<bool>& truth) const {
  const auto& spec = specs_[rule];
  const auto& compiled = rules_[rule];
  Reason made;
  made.set_indicator(spec.id);
  made.set_tier(spec.tier);
  made.set_weight(spec.weight);
  made.set_text(spec.says);
  made.set_ad(ad.ad());
  made.set_family(spec.group.empty() ? "other" : spec.group);
  made.set_rule_version(compiled.version);
  for (const auto& benign : spec.false_positives) made.add_false_positives(benign);
  for (std::size_t i = 0; i < compiled.count; ++i) {
    if (!truth[i] || !compiled.condition.positive()[i]) continue;
    const auto at = std::find_if(seen.hits.begin(), seen.hits.end(),
                                 [&](const auto& hit) { return hit.first == compiled.first + i; });
    if (at != seen.hits.end()) {
      quote(made, seen.fields[at->second.field], at->second.span);
      return made;
    }
    if (made.field().empty()) made.set_field(spec.select[i].field);
  }
  return made;
}

std::vector<Reason> RuleSet::match(const Ad& ad, Instant now) const {
  Seen seen;
  look(ad, seen);
  std::vector<Reason> found;
  std::vector<bool> truth;
  for (const auto rule : seen.touched) {
    if (rules_[rule].expires && now >= *rules_[rule].expires) continue;
    if (!family_fits(specs_[rule], ad.family()) || !holds(rule, ad, seen, truth)) continue;
    found.push_back(reason(rule, ad, seen, truth));
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
