#include "parser/template.h"

#include <re2/re2.h>

#include <algorithm>

#include "core/text.h"

namespace vigie::parser {
namespace {

const std::vector<std::string>& field_names() {
  static const std::vector<std::string> names = {
      "id",     "url",        "title",         "text",           "lang",      "name",
      "age",    "price",      "price.amount",  "price.currency", "price.per", "prices",
      "place",  "place.text", "place.country", "place.postcode", "place.lat", "place.lon",
      "posted", "category",   "contacts",      "images",         "family"};
  return names;
}

Result<std::shared_ptr<const re2::RE2>> compile_match(const std::string& pattern) {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(std::int64_t{8} << 20);
  auto compiled = std::make_shared<const re2::RE2>(pattern, options);
  if (!compiled->ok()) return fail(Errc::misconfigured, compiled->error());
  return compiled;
}

}  // namespace

bool is_template_field(std::string_view name) {
  if (name.starts_with("attributes.")) return name.size() > 11;
  const auto& names = field_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<std::shared_ptr<const Template>> Template::compile(const SiteOptions& site) {
  auto result = std::make_shared<Template>();
  if (site.has_listing() && !site.listing().empty()) {
    auto selector = Selector::compile(site.listing());
    if (!selector) return std::move(selector).error().in("listing");
    result->listing_ = std::move(*selector);
  }
  for (const FieldRule& field : site.fields()) {
    const std::string place = "fields." + field.name();
    if (!is_template_field(field.name())) {
      const auto near = text::did_you_mean(field.name(), field_names());
      return fail(Errc::misconfigured, place + ": no such field" + (near ? ", did you mean '" + *near + "'?" : ""));
    }
    Rule rule;
    rule.name = field.name();
    rule.attribute = text::lower_ascii(field.attribute());
    if (!field.at().empty()) {
      auto selector = Selector::compile(field.at());
      if (!selector) return std::move(selector).error().in(place + ".at");
      rule.at = std::move(*selector);
    }
    if (!field.match().empty()) {
      auto match = compile_match(field.match());
      if (!match) return std::move(match).error().in(place + ".match");
      rule.match = std::move(*match);
    }
    result->rules_.push_back(std::move(rule));
  }
  return std::shared_ptr<const Template>(std::move(result));
}

std::vector<Template::Matches> Template::match(const Dom& dom) const {
  std::vector<Matches> all;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    Matches matches{&rules_[i].name, {}, !rules_[i].at, i};
    if (rules_[i].at) matches.nodes = rules_[i].at->select(dom);
    all.push_back(std::move(matches));
  }
  return all;
}

std::string Template::value(const Dom& dom, const Matches& matches, NodeId node) const {
  const Rule& rule = rules_[matches.rule];
  std::string raw;
  if (!rule.attribute.empty()) {
    raw = text::fold_space(dom.value(node, rule.attribute));
  } else if (dom[node].tag == Tag::meta) {
    raw = text::fold_space(dom.value(node, "content"));
  } else {
    raw = visible_text(dom, node);
    // A rule that points at something hidden (a script, a template) means what stands there.
    if (raw.empty() && !dom[node].visible) raw = text::fold_space(dom.raw_text(node));
  }
  if (!rule.match || raw.empty()) return raw;
  re2::StringPiece found[2];
  const int groups = rule.match->NumberOfCapturingGroups() > 0 ? 2 : 1;
  if (!rule.match->Match(raw, 0, raw.size(), re2::RE2::UNANCHORED, found, groups)) return {};
  const re2::StringPiece& value = groups == 2 && found[1].data() != nullptr ? found[1] : found[0];
  return text::fold_space({value.data(), value.size()});
}

}  // namespace vigie::parser
