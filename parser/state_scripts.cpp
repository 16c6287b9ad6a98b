// Where the state objects of a page stand in its scripts.
#include <algorithm>

#include "core/json.h"
#include "core/text.h"
#include "parser/state.h"

namespace vigie::parser {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{4} << 20;  // of script text read
constexpr std::size_t kMaxTrees = 300;
constexpr std::size_t kSmall = 64;          // bytes; shorter objects hold no record
constexpr std::size_t kNestedString = 400;  // bytes; a longer string may be JSON itself
constexpr std::size_t kMaxParameters = 5000;

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

bool names_state(std::string_view name) {
  const std::string lower = text::lower_ascii(name);
  for (const std::string_view word : {"state", "data", "props", "nuxt", "context", "store", "cache"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

std::size_t skip_blanks(std::string_view s, std::size_t at) {
  while (at < s.size() && static_cast<unsigned char>(s[at]) <= ' ') ++at;
  return at;
}

/// End of the string literal that starts at `at` (its quote), past the closing quote; npos: cut off.
std::size_t end_of_string(std::string_view s, std::size_t at) {
  const char quote = s[at];
  for (std::size_t i = at + 1; i < s.size(); ++i) {
    if (s[i] == '\\') {
      ++i;
    } else if (s[i] == quote) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

class Finder {
 public:
  explicit Finder(const Dom& dom) : dom_(dom) {}

  std::vector<JsonTree> run() {
    for (NodeId id = 0; id < dom_.size() && trees_.size() < kMaxTrees; ++id) {
      if (dom_[id].tag != Tag::script) continue;
      const std::string type = text::lower_ascii(text::trim(dom_.value(id, "type")));
      if (type.find("ld+json") != std::string::npos) continue;
      const std::string_view body = dom_.raw_text(id);
      if (body.size() < kSmall || bytes_ + body.size() > kMaxBytes) continue;
      bytes_ += body.size();
      if (type.find("json") != std::string::npos || dom_.value(id, "id") == "__NEXT_DATA__") {
        keep(body);
      } else {
        assignments(body);
        flight(body);
      }
    }
    flight_lines();
    nested();
    return std::move(trees_);
  }

 private:
  void keep(std::string_view json) {
    if (trees_.size() >= kMaxTrees || json.size() < kSmall) return;
    if (auto tree = JsonTree::parse(json)) trees_.push_back(std::move(*tree));
  }

  // NAME = {…}, NAME = JSON.parse("…"), NAME = (function(a,b){return {…}}("x",1))
  void assignments(std::string_view s) {
    for (std::size_t eq = s.find('='); eq != std::string_view::npos && trees_.size() < kMaxTrees; eq = s.find('=', eq + 1)) {
      std::size_t end = eq;
      while (end > 0 && (s[end - 1] == ' ' || s[end - 1] == ']' || s[end - 1] == '"' || s[end - 1] == '\'')) --end;
      std::size_t begin = end;
      while (begin > 0 && is_name(s[begin - 1])) --begin;
      if (end - begin < 3 || end - begin > 60 || !names_state(s.substr(begin, end - begin))) continue;
      const std::size_t at = skip_blanks(s, eq + 1);
      const std::string_view rest = s.substr(std::min(at, s.size()));
      if (rest.starts_with('{') || rest.starts_with('[')) {
        std::size_t read = 0;
        if (auto tree = JsonTree::parse(rest, &read)) {
          if (read >= kSmall) trees_.push_back(std::move(*tree));
          if (read > 0) eq = at + read - 1;
        }
      } else if (rest.starts_with("JSON.parse(")) {
        const std::size_t quote = skip_blanks(rest, 11);
        if (quote < rest.size()) keep(string_at(rest, quote));
      } else if (rest.starts_with("(function(") || rest.starts_with("function(")) {
        call(rest);
      }
    }
  }

  static std::string string_at(std::string_view s, std::size_t quote) {
    if (s[quote] != '"' && s[quote] != '\'') return {};
    const std::size_t end = end_of_string(s, quote);
    if (end == std::string_view::npos) return {};
    const auto tree = JsonTree::parse("[" + std::string(s.substr(quote, end - quote)) + "]");
    return tree && tree->size() > 1 ? (*tree)[1].text : std::string();
  }

  // Nuxt 2: values that repeat are parameters of a function that is called at once.
  void call(std::string_view s) {
    const std::size_t open = s.find('('), names = s.find("function(") + 9;
    const std::size_t close = s.find(')', names), object = s.find("return", close);
    if (open == std::string_view::npos || close == std::string_view::npos || object == std::string_view::npos) return;
    const std::size_t brace = s.find('{', object);
    const std::size_t arguments = s.rfind("}(");
    if (brace == std::string_view::npos || arguments == std::string_view::npos || arguments <= brace) return;
    const auto parameters = text::split(s.substr(names, close - names), ',');
    std::string list = "[" + std::string(s.substr(arguments + 2));
    const std::size_t list_end = list.rfind(')');
    std::size_t cut = list.find("))");
    if (cut == std::string::npos) cut = list_end;
    if (cut == std::string::npos || parameters.size() > kMaxParameters) return;
    list = list.substr(0, cut) + "]";
    for (std::size_t at = list.find("void 0"); at != std::string::npos; at = list.find("void 0", at)) list.replace(at, 6, "null");
    const auto values = JsonTree::parse(list);
    if (!values) return;
    std::vector<std::pair<std::string, std::string>> known;
    std::uint32_t item = 1;
    for (const auto& name : parameters) {
      if (item >= values->size()) break;
      known.emplace_back(std::string(text::trim(name)), values->dump(item));
      item = (*values)[item].end;
    }
    std::sort(known.begin(), known.end());
    keep(substitute(s.substr(brace, arguments - brace), known));
  }

  static std::string substitute(std::string_view s, const std::vector<std::pair<std::string, std::string>>& known) {
    std::string out;
    for (std::size_t i = 0; i < s.size() && out.size() < kMaxBytes;) {
      if (s[i] == '"' || s[i] == '\'') {
        const std::size_t end = std::min(end_of_string(s, i), s.size());
        out.append(s.substr(i, end - i));
        i = end;
        continue;
      }
      if (!is_name(s[i])) {
        out += s[i++];
        continue;
      }
      std::size_t end = i;
      while (end < s.size() && is_name(s[end])) ++end;
      const std::string word(s.substr(i, end - i));
      const auto it = std::lower_bound(known.begin(), known.end(), word,
                                       [](const auto& entry, const std::string& w) { return entry.first < w; });
      const bool value = skip_blanks(s, end) >= s.size() || s[skip_blanks(s, end)] != ':';
      out += value && it != known.end() && it->first == word ? it->second : word;
      i = end;
    }
    return out;
  }

  // Next's app router: self.__next_f.push([1,"…"]) pieces that make one text of lines "id:JSON".
  void flight(std::string_view s) {
    static constexpr std::string_view kPush = "__next_f.push([1,";
    for (std::size_t at = s.find(kPush); at != std::string_view::npos; at = s.find(kPush, at + 1)) {
      const std::size_t quote = skip_blanks(s, at + kPush.size());
      if (quote < s.size() && flight_.size() < kMaxBytes) flight_ += string_at(s, quote);
    }
  }

  void flight_lines() {
    for (const auto line : text::split(flight_, '\n')) {
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos || colon > 8 || line.size() < colon + kSmall) continue;
      if (line[colon + 1] == '{' || line[colon + 1] == '[') keep(line.substr(colon + 1));
    }
  }

  void nested() {
    const std::size_t n = trees_.size();
    for (std::size_t t = 0; t < n; ++t) {
      for (std::uint32_t i = 0; i < trees_[t].size() && trees_.size() < kMaxTrees; ++i) {
        const std::string& s = trees_[t][i].text;
        if (s.size() < kNestedString || (s[0] != '{' && s[0] != '[')) continue;
        const std::string copy = s;
        if (bytes_ + copy.size() > 2 * kMaxBytes) return;
        bytes_ += copy.size();
        keep(copy);
      }
    }
  }

  const Dom& dom_;
  std::vector<JsonTree> trees_;
  std::string flight_;
  std::size_t bytes_ = 0;
};

}  // namespace

std::vector<JsonTree> read_state_objects(const Dom& dom) {
  return Finder(dom).run();
}

}  // namespace vigie::parser
