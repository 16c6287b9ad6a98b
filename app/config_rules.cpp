// Rule files: what to look for in the words of ads, one rule a document.
#include <algorithm>

#include "app/config_reader.h"
#include "core/text.h"
#include "detector/ad_field.h"
#include "detector/condition.h"
#include "detector/groups.h"

namespace vigie::app {
namespace {

using detector::RuleCase;
using detector::RuleSpec;
using detector::Selection;

const yaml::Node* value_at(const yaml::Node& map, std::string_view key) {
  const auto* member = map.find(key);
  return member == nullptr || member->value.kind == yaml::Kind::null ? nullptr : &member->value;
}

/// Settings of a selection that are no language; its other keys are languages with their phrases.
const Table& selection_table() {
  static const Table table{"select", {
      {.name = "view", .fallback = "folded", .why = "which form of the text is looked at", .check = Check::choice, .choices = "original normalised folded",
       .put = put<Selection>([](auto& s, const Value& v) { s.view = v.text; })},
      {.name = "re", .kind = Kind::text_or_list, .fallback = "[]", .why = "RE2, any language", .check = Check::regex,
       .put = put<Selection>([](auto& s, const Value& v) { s.patterns = v.list; })},
      {.name = "field", .why = "a field of the ad instead of its words: price.amount", .check = Check::line,
       .put = put<Selection>([](auto& s, const Value& v) { s.field = v.text; })},
      {.name = "below", .kind = Kind::real, .why = "the field's number is smaller", .least = -1e15, .put = put<Selection>([](auto& s, const Value& v) { s.below = v.real; })},
      {.name = "above", .kind = Kind::real, .why = "the field's number is larger", .least = -1e15, .put = put<Selection>([](auto& s, const Value& v) { s.above = v.real; })},
      {.name = "equals", .kind = Kind::real, .why = "the field's number", .least = -1e15, .put = put<Selection>([](auto& s, const Value& v) { s.equals = v.real; })},
      {.name = "is", .why = "the field's text, case aside", .put = put<Selection>([](auto& s, const Value& v) { s.is = v.text; })},
  }};
  return table;
}

bool is_setting(std::string_view key) {
  const auto& rows = selection_table().rows;
  return std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return row.name == key; });
}

void read_phrases(Reader& reader, const yaml::Member& member, Selection& selection, const std::string& path) {
  static const Row row{.name = "phrases", .kind = Kind::text_or_list, .check = Check::line};
  if (complaint_about(Check::language, member.key)) {
    std::vector<std::string> known;
    for (const auto& setting : selection_table().rows) known.emplace_back(setting.name);
    const auto near = text::did_you_mean(member.key, known);
    return reader.error(member.key_at, path + ": unknown key \"" + text::escape_control(text::cut_utf8(member.key, 80)) + '"',
                        near ? "did you mean \"" + *near + "\"?" : "a language (fr, nl), or one of " + text::join(known, ", "));
  }
  Value value;
  if (reader.value_of(row, member.value, member.key_at, path + '.' + member.key, value)) {
    selection.phrases.emplace_back(member.key, std::move(value.list));
  }
}

void check_selection(Reader& reader, const yaml::Member& member, const Selection& selection, const std::string& path) {
  const bool compares = selection.below || selection.above || selection.equals || selection.is;
  const bool has_words = !selection.phrases.empty() || !selection.patterns.empty();
  if (const auto* field = value_at(member.value, "field"); field != nullptr && !selection.field.empty()) {
    if (auto known = detector::check_field(selection.field); !known) reader.error(field->at, path + ".field: " + known.error().text);
    if (!compares) reader.error(member.key_at, path + ": a field needs below, above, equals or is");
    if (has_words) reader.error(member.key_at, path + ": words or a field, not both");
  } else if (compares) {
    reader.error(member.key_at, path + ": a comparison needs a field", "field: price.amount");
  } else if (!has_words && value_at(member.value, "re") == nullptr && member.value.members.size() <= (value_at(member.value, "view") != nullptr ? 1u : 0u)) {
    reader.error(member.key_at, path + ": nothing is selected", "phrases by language (fr: [...]), patterns (re: [...]) or a field");
  }
}

void read_select(Reader& reader, const yaml::Node& node, void* target) {
  auto& spec = *static_cast<RuleSpec*>(target);
  if (!reader.is_map(node, node.at, "select")) return;
  for (const auto& member : node.members) {
    const auto path = "select." + text::escape_control(text::cut_utf8(member.key, 80));
    Selection selection;
    selection.name = member.key;
    selection.line = reader.source().line_of(member.key_at);
    const auto name = complaint_about(Check::code, member.key);
    if (name) reader.error(member.key_at, "select: " + name->text, name->hint);
    if (member.value.kind != yaml::Kind::map) {
      reader.error(member.value.kind == yaml::Kind::null ? member.key_at : member.value.at, path + ": keys with values are expected here");
      spec.select.push_back(std::move(selection));
      continue;
    }
    yaml::Node settings = member.value;
    std::erase_if(settings.members, [](const yaml::Member& m) { return !is_setting(m.key); });
    reader.read(selection_table(), settings, member.key_at, &selection, path);
    if (const auto* patterns = value_at(member.value, "re")) {
      for (const auto& item : patterns->items) selection.pattern_lines.push_back(reader.source().line_of(item.at));
      if (patterns->items.empty()) selection.pattern_lines.push_back(reader.source().line_of(patterns->at));
    }
    for (const auto& inner : member.value.members) {
      if (!is_setting(inner.key)) read_phrases(reader, inner, selection, path);
    }
    check_selection(reader, member, selection, path);
    spec.select.push_back(std::move(selection));
  }
}

const Table& case_table() {
  static const Table table{"tests", {
      {.name = "lang", .why = "language of the text", .check = Check::language, .put = put<RuleCase>([](auto& c, const Value& v) { c.lang = v.text; })},
      {.name = "text", .why = "an invented ad, or the part of one that matters", .required = true, .put = put<RuleCase>([](auto& c, const Value& v) { c.text = v.text; })},
      {.name = "family", .why = "of the ad, where the rule asks for one", .check = Check::choice, .choices = "service recruitment job travel housing mixed",
       .put = put<RuleCase>([](auto& c, const Value& v) { c.family = v.text; })},
      {.name = "price", .kind = Kind::real, .why = "amount of the ad's price", .most = 1e9, .put = put<RuleCase>([](auto& c, const Value& v) { c.price = v.real; })},
      {.name = "currency", .why = "of the price: EUR", .put = put<RuleCase>([](auto& c, const Value& v) { c.currency = v.text; })},
      {.name = "per", .why = "of the price: hour", .check = Check::choice, .choices = "hour half_hour day night week month person total",
       .put = put<RuleCase>([](auto& c, const Value& v) { c.per = v.text; })},
      {.name = "country", .why = "of the ad's place: BE", .put = put<RuleCase>([](auto& c, const Value& v) { c.country = v.text; })},
      {.name = "age", .kind = Kind::real, .why = "stated in the ad", .most = 150, .put = put<RuleCase>([](auto& c, const Value& v) { c.age = v.real; })},
  }, [](Reader& reader, const yaml::Node& map, std::size_t, void* target) {
    static_cast<RuleCase*>(target)->line = reader.source().line_of(map.at);
  }};
  return table;
}

const Table& tests_table() {
  static const Table table{"tests", {
      {.name = "hit", .kind = Kind::tables, .why = "texts that the rule must find", .inner = case_table,
       .into = go<RuleSpec>([](auto& r, const std::string&) { return &r.hits.emplace_back(); })},
      {.name = "miss", .kind = Kind::tables, .why = "texts that it must not find", .inner = case_table,
       .into = go<RuleSpec>([](auto& r, const std::string&) { return &r.misses.emplace_back(); })},
  }};
  return table;
}

std::string group_names() {
  std::string names;
  for (const auto& group : detector::kGroups) names.append(names.empty() ? "" : " ").append(group.name);
  return names;
}

void check_when(Reader& reader, const yaml::Node& map, RuleSpec& spec) {
  const auto* when = value_at(map, "when");
  if (when == nullptr) return;
  spec.when_line = reader.source().line_of(when->at);
  std::vector<std::string> names;
  for (const auto& selection : spec.select) names.push_back(selection.name);
  const auto condition = detector::Condition::parse(spec.when, names);
  if (!condition) return reader.error(when->at, "when: " + condition.error().text, names.empty() ? "" : "selections: " + text::join(names, ", "));
  if (condition->holds(std::vector<bool>(names.size(), false))) {
    return reader.error(when->at, "when: holds although nothing matches: it would hit every ad");
  }
  const auto* select = value_at(map, "select");
  for (std::size_t i = 0; select != nullptr && i < names.size() && i < select->members.size(); ++i) {
    if (!condition->used()[i]) reader.error(select->members[i].key_at, "selection \"" + names[i] + "\" is not used in \"when\"");
  }
}

void finish_rule(Reader& reader, const yaml::Node& map, std::size_t, void* target) {
  auto& spec = *static_cast<RuleSpec*>(target);
  auto& session = reader.session();
  if (const auto* id = value_at(map, "id"); id != nullptr && !spec.id.empty()) {
    const auto place = spec.file + ':' + std::to_string(reader.source().line_of(id->at));
    const auto [first, added] = session.rules.emplace(spec.id, place);
    if (!added) reader.error(id->at, "rule id \"" + spec.id + "\" is used twice", "the first is at " + first->second);
  }
  if (const auto* weight = value_at(map, "weight"); weight != nullptr && spec.weight != 0 && (spec.tier == "T-" || spec.tier == "P!")) {
    reader.error(weight->at, "weight: tier " + spec.tier + " weighs 0: refuted and protected signs are never scored");
  }
  if (const auto* expires = value_at(map, "expires")) {
    const auto date = parse_date(expires->text);
    if (date && *date <= session.now) reader.warning(expires->at, "rule \"" + spec.id + "\" has expired: it is not used");
  }
  check_when(reader, map, spec);
}

}  // namespace

const Table& rule_table() {
  using R = RuleSpec;
  static const std::string groups = group_names();
  static const Table table{"the rule", {
      {.name = "id", .why = "unique code, shown in reasons", .required = true, .check = Check::code, .put = put<R>([](auto& r, const Value& v) { r.id = v.text; })},
      {.name = "title", .why = "a headline for people", .check = Check::line, .put = put<R>([](auto& r, const Value& v) { r.title = v.text; })},
      {.name = "version", .fallback = "\"\"", .why = "of the rule; computed from its words when not stated", .check = Check::line,
       .put = put<R>([](auto& r, const Value& v) { r.version = v.text; })},
      {.name = "family", .kind = Kind::text_or_list, .fallback = "[]", .why = "of ads; none: all", .check = Check::choice,
       .choices = "service recruitment job travel housing mixed", .put = put<R>([](auto& r, const Value& v) { r.family = v.list; })},
      {.name = "group", .why = "of evidence, for caps and combinations", .check = Check::choice, .choices = groups, .put = put<R>([](auto& r, const Value& v) { r.group = v.text; })},
      {.name = "tier", .why = "T+ tested and predictive, T0 published, T- refuted, P! protected ground", .required = true, .check = Check::choice,
       .choices = "T+ T0 T- P!", .put = put<R>([](auto& r, const Value& v) { r.tier = v.text; })},
      {.name = "weight", .kind = Kind::real, .fallback = "0", .why = "log-odds; below zero: it speaks against", .least = -5, .most = 5,
       .put = put<R>([](auto& r, const Value& v) { r.weight = v.real; })},
      {.name = "source", .why = "where the sign and its weight come from", .check = Check::none, .put = put<R>([](auto& r, const Value& v) { r.source = v.text; })},
      {.name = "select", .kind = Kind::own, .why = "named selections: phrases by language, patterns, or one comparison", .required = true, .read_own = read_select},
      {.name = "when", .why = "and, or, not, N of (…) over the names of `select`", .required = true, .put = put<R>([](auto& r, const Value& v) { r.when = v.text; })},
      {.name = "says", .why = "the sentence that the analyst reads", .required = true, .put = put<R>([](auto& r, const Value& v) { r.says = v.text; })},
      {.name = "false_positives", .kind = Kind::text_or_list, .fallback = "[]", .why = "honest texts that look alike", .check = Check::none,
       .put = put<R>([](auto& r, const Value& v) { r.false_positives = v.list; })},
      {.name = "expires", .kind = Kind::date, .why = "from this day on the rule is not used", .put = put<R>([](auto& r, const Value& v) { r.expires = v.text; })},
      {.name = "tests", .kind = Kind::table, .why = "the rule's own cases, for `vigie rules test`", .inner = tests_table},
  }, finish_rule};
  return table;
}

const Table& selection_settings() { return selection_table(); }

void read_rule_file(Session& session, const Source& source, std::vector<RuleSpec>& rules) {
  Reader reader(session, source);
  auto parsed = yaml::parse(source.text());
  for (auto& problem : parsed.problems) reader.error(problem.at, std::move(problem.text), std::move(problem.hint));
  if (!parsed.problems.empty()) return;
  if (parsed.documents.empty()) reader.warning(0, "the file holds no rule");
  for (const auto& document : parsed.documents) {
    RuleSpec spec;
    spec.file = source.file();
    spec.line = source.line_of(document.root.at);
    reader.read(rule_table(), document.root, document.root.at, &spec);
    rules.push_back(std::move(spec));
  }
}

}  // namespace vigie::app
