#include <doctest/doctest.h>

#include <map>
#include <set>

#include "core/json.h"
#include "core/text.h"
#include "parser/json_tree.h"
#include "parser/microdata.h"
#include "parser/structured.h"
#include "parser_data.h"

using namespace vigie;
using parser::JsonTree;
namespace fs = std::filesystem;

namespace {

/// One spelling for what means the same: keys in order, single values as lists of one where `lists` says so, white
/// space folded.
std::string normal(const JsonTree& tree, std::uint32_t i, bool lists, int depth = 0) {
  const auto& item = tree[i];
  if (depth > 40) return "?";
  switch (item.kind) {
    case JsonTree::Kind::null:
      return "null";
    case JsonTree::Kind::boolean:
      return item.truth ? "true" : "false";
    case JsonTree::Kind::number:
      return item.text;
    case JsonTree::Kind::string:
      return json_string(text::fold_space(item.text));
    default:
      break;
  }
  std::vector<std::string> parts;
  for (auto at = i + 1; at < item.end; at = tree[at].end) {
    std::string value = normal(tree, at, lists, depth + 1);
    if (item.kind == JsonTree::Kind::object) {
      if (lists && tree[at].kind != JsonTree::Kind::array && tree[at].key != "id") value = "[" + value + "]";
      value = json_string(tree[at].key) + ":" + value;
    }
    parts.push_back(std::move(value));
  }
  const bool object = item.kind == JsonTree::Kind::object;
  if (object) std::sort(parts.begin(), parts.end());
  return (object ? "{" : "[") + text::join(parts, ",") + (object ? "}" : "]");
}

/// Our items in extruct's shape: {"type", "id", "properties"}.
std::string as_extruct(const JsonTree& tree, std::uint32_t i, int depth = 0) {
  const auto& item = tree[i];
  if (item.kind == JsonTree::Kind::string) return json_string(text::fold_space(item.text));
  if (item.kind == JsonTree::Kind::boolean || tree.member(i, "valueName") != 0) return tree.dump(i);
  std::vector<std::string> parts, properties;
  for (auto at = i + 1; at < item.end; at = tree[at].end) {
    const std::string value = as_extruct(tree, at, depth + 1);
    if (item.kind != JsonTree::Kind::object)
      parts.push_back(value);
    else if (tree[at].key == "@type")
      parts.push_back("\"type\":" + value);
    else if (tree[at].key == "@value")
      parts.push_back("\"value\":" + value);
    else if (tree[at].key == "@id")
      parts.push_back("\"id\":" + value);
    else
      properties.push_back(json_string(tree[at].key) + ":" + value);
  }
  if (item.kind != JsonTree::Kind::object) return "[" + text::join(parts, ",") + "]";
  if (!properties.empty()) parts.push_back("\"properties\":{" + text::join(properties, ",") + "}");
  return "{" + text::join(parts, ",") + "}";
}

fs::path page_beside(const fs::path& json) {
  fs::path html = json;
  html.replace_extension(".html");
  if (!fs::exists(html)) html += ".gz";
  return html;
}

std::vector<fs::path> cases() {
  std::vector<fs::path> found;
  const fs::path dir = test::data_dir() / "structured-data-cases";
  if (!fs::exists(dir)) return found;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.path().extension() == ".json" || entry.path().extension() == ".jsonld") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

TEST_CASE("broken JSON-LD is read as its author meant it") {
  const std::pair<const char*, const char*> rows[] = {
      {"{\"a\":1,}", "{\"a\":1}"},
      {"/* note */ {\"a\": \"b\" // end\n}", "{\"a\":\"b\"}"},
      {"<!-- {\"a\":[1,2,],} -->", "{\"a\":[1,2]}"},
      {"{a:'b', \"c\" : \"two\nlines\"}", "{\"a\":\"b\",\"c\":\"two\\nlines\"}"},
      {"{\"a\":\"he said \"no\" twice\",\"b\":2}", "{\"a\":\"he said \\\"no\\\" twice\",\"b\":2}"},
      {"{\"a\":{\"b\":[1", "{\"a\":{\"b\":[1]}}"},
      {"{\"a\":\"\\u00e9\\ud83d\\ude00\\x41\"}", "{\"a\":\"é😀A\"}"},
      {"{\"a\":1}{\"b\":2}", "{\"a\":1}"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    const auto tree = JsonTree::parse(row.first);
    REQUIRE(tree);
    CHECK(tree->dump() == row.second);
  }
  CHECK_FALSE(JsonTree::parse("no json at all"));
  CHECK_FALSE(JsonTree::parse(std::string(100, '[')));
}

TEST_CASE("structured-data-cases: JSON-LD, microdata and Open Graph as extruct reads them") {
  std::map<std::string, std::pair<int, int>> tally;
  for (const auto& file : cases()) {
    const fs::path html = page_beside(file);
    if (!fs::exists(html)) continue;
    const auto expected = JsonTree::parse(test::slurp(file));
    const auto dom = test::dom_of(test::slurp(html));
    REQUIRE(expected);
    REQUIRE(dom);
    const std::string name = file.filename().string();
    std::string kind, got, want;
    const auto first = expected->size() > 1 ? 1u : 0u;
    const auto with_key = [&](std::uint32_t i, const char* key) { return expected->member(i, key) != 0; };
    const auto json_ld = [&] {
      std::vector<std::string> parts;
      for (const auto& tree : parser::read_json_ld(*dom)) {
        // An array of things at the top is the things.
        if (tree[0].kind == JsonTree::Kind::array) {
          for (auto at = 1u; at < tree.size(); at = tree[at].end) parts.push_back(normal(tree, at, false));
        } else {
          parts.push_back(normal(tree, 0, false));
        }
      }
      return "[" + text::join(parts, ",") + "]";
    };
    if (file.extension() == ".jsonld") {
      kind = "json-ld";
      // Some cases keep what each script gave in a list of its own.
      const auto items = expected->member(0, "items");
      if (items) {
        std::vector<std::string> parts;
        for (auto list = items + 1; list < (*expected)[items].end; list = (*expected)[list].end) {
          for (auto at = list + 1; at < (*expected)[list].end; at = (*expected)[at].end)
            parts.push_back(normal(*expected, at, false));
        }
        want = "[" + text::join(parts, ",") + "]";
      } else {
        want = normal(*expected, 0, false);
      }
      got = json_ld();
    } else if ((*expected)[0].kind == JsonTree::Kind::object && with_key(0, "json-ld") &&
               file.string().find("songkick") != std::string::npos) {
      kind = "json-ld";
      want = normal(*expected, expected->member(0, "json-ld"), false);
      got = json_ld();
    } else if (with_key(first, "namespace")) {
      kind = "open graph";
      want = normal(*expected, expected->member(first, "properties"), false);
      std::vector<std::string> parts;
      for (const auto& [key, value] : parser::read_open_graph(*dom))
        parts.push_back("[" + json_string(key) + "," + json_string(text::fold_space(value)) + "]");
      got = "[" + text::join(parts, ",") + "]";
    } else if (with_key(first, "properties") && !with_key(first, "iid") && !with_key(first, "textContent") &&
               !with_key(first, "htmlNode") && name.find("microformat") == std::string::npos &&
               name.find("custom_url") == std::string::npos) {
      kind = "microdata";
      want = normal(*expected, 0, true);
      // extruct's own tests give these pages an address.
      static const std::map<std::string, std::string> kAddress = {
          {"microdata.7.1.json", "http://blog.example.com/progress-report"},
          {"microdata.object.json", "http://www.example.com/microdata/"}};
      const auto address = kAddress.find(name);
      const auto base = Url::parse(address == kAddress.end() ? "http://x.example/" : address->second);
      const std::string json = parser::microdata_json(*dom, address == kAddress.end() ? nullptr : &*base);
      const auto ours = JsonTree::parse(json.empty() ? "[]" : json);
      REQUIRE(ours);
      const auto shaped = JsonTree::parse(as_extruct(*ours, 0));
      REQUIRE(shaped);
      got = normal(*shaped, 0, true);
    } else {
      continue;  // another view of a case that is checked here (flattened, unified, with text beside), or another
                 // syntax
    }
    auto& [good, all] = tally[kind];
    ++all;
    good += got == want;
    if (got != want)
      MESSAGE(kind, " ", file.string(), "\n  want ", want.substr(0, 1500), "\n  got  ", got.substr(0, 1500));
  }
  if (tally.empty()) MESSAGE("skipped: no structured-data-cases in ", test::data_dir().string());
  for (const auto& [kind, count] : tally) {
    MESSAGE("structured-data-cases ", kind, ": ", count.first, " of ", count.second);
    CAPTURE(kind);
    CHECK(count.first == count.second);
  }
}
