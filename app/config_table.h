#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/yaml.h"
#include "core/time.h"

/// One table of settings drives reading, checking, the JSON Schema and the test that conf/vigie.yaml lists everything:
/// a new setting is one row.
namespace vigie::app {

class Reader;

enum class Kind {
  text, flag, integer, real, duration, size, date,
  list,        // of texts
  text_or_list,
  durations,   // list of durations
  pairs,       // map of text to text
  table,       // a section
  tables,      // a list of sections
  table_map,   // sections by name
  own,         // read by `read_own`
};

/// What a text must be beside text.
enum class Check {
  none, line, code, path, file, glob, url, smtp_url, proxy, listen, cidr, address, regex, css, mailbox, mailboxes,
  timezone, language, region, hours, quiet, clock, choice, ad_field, host,
};

/// A value as read; the member that belongs to the row's kind is set.
struct Value {
  std::string text;
  std::vector<std::string> list;
  std::vector<std::pair<std::string, std::string>> pairs;
  std::vector<Millis> durations;
  std::int64_t number = 0;  // integer, size
  double real = 0;
  bool flag = false;
  Millis duration{};
  Instant when{};
};

struct Table;

struct Row {
  std::string_view name;
  Kind kind = Kind::text;
  std::string_view fallback = "";  // as written in YAML; empty: none
  std::string_view why = "";       // one line, shown in the schema
  bool required = false;
  Check check = Check::none;       // of texts, also those of a list and the values of pairs
  std::string_view choices = "";   // "a b c", for Check::choice
  double least = 0, most = 1e15;
  std::function<void(void*, const Value&)> put = {};
  const Table& (*inner)() = nullptr;
  std::function<void*(void*, const std::string& name)> into = {};  // the target of an inner table; default: the same
  std::function<void(Reader&, const yaml::Node&, void*)> read_own = {};
};

struct Table {
  std::string_view name;
  std::vector<Row> rows;
  /// Checks across settings, after all rows of one section have been read.
  std::function<void(Reader&, const yaml::Node& map, std::size_t where, void*)> finish = {};
};

/// Puts a value into a member of T.
template <class T, class F>
std::function<void(void*, const Value&)> put(F f) {
  return [f](void* target, const Value& value) { f(*static_cast<T*>(target), value); };
}
/// Names the inner target of a section.
template <class T, class F>
std::function<void*(void*, const std::string&)> go(F f) {
  return [f](void* target, const std::string& name) -> void* { return f(*static_cast<T*>(target), name); };
}

const Table& main_table();   // vigie.yaml
const Table& alerts_table();  // its section `alerts`; its target is a Config
const Table& scope_table();  // a scope file; its target is a Scope
const Table& rule_table();   // one document of a rule file; its target is a RuleSpec

}  // namespace vigie::app
