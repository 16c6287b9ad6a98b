// JSON Schema (draft-07) of the configuration, written from the tables that check it.
#include <string>

#include "app/config_reader.h"
#include "core/json.h"
#include "core/text.h"

namespace vigie::app {

const Table& selection_settings();

namespace {

constexpr std::string_view kDuration = R"({"type":"string","pattern":"^[0-9]+(ms|s|m|h|d)$")";
constexpr std::string_view kSize = R"({"type":["string","integer"],"pattern":"^(0|[0-9]+(B|KiB|MiB|GiB|TiB))$")";
constexpr std::string_view kDate = R"({"type":"string","pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}")";

std::string table_schema(const Table& table);

std::string number_bound(double bound) {
  return bound == static_cast<double>(static_cast<long long>(bound)) ? std::to_string(static_cast<long long>(bound)) : std::to_string(bound);
}

/// One text, without its closing brace.
std::string text_schema(const Row& row) {
  std::string out = R"({"type":"string")";
  if (row.check == Check::choice) {
    out += ",\"enum\":[";
    for (const auto& choice : words_of(row.choices)) out += (out.back() == '[' ? "" : ",") + json_string(choice);
    out += ']';
  } else if (row.check == Check::code) {
    out += R"(,"pattern":"^[A-Za-z0-9._-]{1,64}$")";
  } else if (row.check == Check::url) {
    out += R"(,"pattern":"^[Hh][Tt][Tt][Pp][Ss]?:")";
  } else if (row.check == Check::region) {
    out += R"(,"pattern":"^[A-Z]{2}$")";
  } else if (row.check == Check::language) {
    out += R"(,"pattern":"^[a-z]{2,3}$")";
  } else if (row.check == Check::hours) {
    out += R"(,"pattern":"^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$")";
  } else if (row.check == Check::quiet) {
    out += R"(,"pattern":"^([0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2})?$")";
  } else if (row.check == Check::clock) {
    out += R"(,"pattern":"^[0-9]{2}:[0-9]{2}$")";
  }
  return out;
}

/// Phrases of a selection stand under their language, so its other keys are open by pattern.
std::string select_schema() {
  auto selection = table_schema(selection_settings());
  const std::string closed = R"("additionalProperties":false)";
  selection.replace(selection.find(closed), closed.size(),
                    R"("patternProperties":{"^[a-z]{3}$|^(?!is$|re$)[a-z]{2}$":{"type":["string","array"],"items":{"type":"string"}}},"additionalProperties":false)");
  return R"({"type":"object","additionalProperties":)" + selection;
}

/// The schema of a row's value, without its closing brace.
std::string value_schema(const Row& row) {
  const auto bounds = ",\"minimum\":" + number_bound(row.least) + ",\"maximum\":" + number_bound(row.most);
  switch (row.kind) {
    case Kind::flag: return R"({"type":"boolean")";
    case Kind::integer: return R"({"type":"integer")" + bounds;
    case Kind::real: return R"({"type":"number")" + bounds;
    case Kind::duration: return std::string(kDuration);
    case Kind::size: return std::string(kSize);
    case Kind::date: return std::string(kDate);
    case Kind::list: return R"({"type":["array","null"],"items":)" + text_schema(row) + '}';
    case Kind::durations: return R"({"type":["array","null"],"items":)" + std::string(kDuration) + '}';
    case Kind::text_or_list: return R"({"anyOf":[{"type":"null"},)" + text_schema(row) + R"(},{"type":"array","items":)" + text_schema(row) + "}}]";
    case Kind::pairs: return R"({"type":["object","null"],"additionalProperties":)" + text_schema(row) + '}';
    case Kind::tables: return R"({"type":["array","null"],"items":)" + table_schema(row.inner());
    case Kind::table_map: return R"({"type":["object","null"],"additionalProperties":)" + table_schema(row.inner());
    case Kind::table: {
      auto inner = table_schema(row.inner());
      inner.pop_back();
      // A section that may be left out may also stand there empty.
      if (!row.required) inner.replace(inner.find(R"("object")"), 8, R"(["object","null"])");
      return inner;
    }
    case Kind::own: return select_schema();
    case Kind::text: break;
  }
  return text_schema(row);
}

/// A default as JSON: YAML's flow forms that our tables use, read by our own reader.
std::string default_json(const yaml::Node& node, bool number) {
  if (node.kind == yaml::Kind::scalar) return number ? node.text : json_string(node.text);
  std::string out = node.kind == yaml::Kind::map ? "{" : "[";
  for (const auto& item : node.items) out += (out.size() > 1 ? "," : "") + default_json(item, number);
  return out + (node.kind == yaml::Kind::map ? '}' : ']');
}

std::string row_schema(const Row& row) {
  std::string out = value_schema(row);
  if (!row.why.empty()) out += ",\"description\":" + json_string(row.why);
  if (!row.fallback.empty()) {
    const bool number = row.kind == Kind::integer || row.kind == Kind::real || row.kind == Kind::flag;
    const auto parsed = yaml::parse(row.fallback);
    out += ",\"default\":" + default_json(parsed.documents.front().root, number);
  }
  return out + '}';
}

std::string table_schema(const Table& table) {
  std::string properties, required;
  for (const auto& row : table.rows) {
    properties += (properties.empty() ? "" : ",") + json_string(row.name) + ':' + row_schema(row);
    if (row.required) required += (required.empty() ? "" : ",") + json_string(row.name);
  }
  std::string out = R"({"type":"object","additionalProperties":false,"properties":{)" + properties + '}';
  if (!required.empty()) out += ",\"required\":[" + required + ']';
  return out + '}';
}

}  // namespace

std::string config_schema() {
  // One schema for all three kinds of file, told apart by a key that only one of them has.
  return R"({"$schema":"http://json-schema.org/draft-07/schema#","title":"Vigie: vigie.yaml, scope files, rule files",)"
         R"("definitions":{"main":)" + table_schema(main_table()) + ",\"scope\":" + table_schema(scope_table()) +
         ",\"rule\":" + table_schema(rule_table()) +
         R"(},"if":{"required":["scope"]},"then":{"$ref":"#/definitions/scope"},)"
         R"("else":{"if":{"required":["id"]},"then":{"$ref":"#/definitions/rule"},"else":{"$ref":"#/definitions/main"}}})";
}

}  // namespace vigie::app
