#include "parser/json_tree.h"

#include <algorithm>

#include "core/json.h"
#include "core/text.h"

namespace vigie::parser {
namespace {

bool is_space(char c) {
  return static_cast<unsigned char>(c) <= ' ';
}
bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         c == '.' || c == '+' || c == '-' || static_cast<unsigned char>(c) >= 0x80;
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// As JSON writes one: what is dumped must be JSON again. Anything else stays text ("007", "+5", "e5", "1-2").
bool looks_like_number(std::string_view s) {
  const auto digits = [&] {
    const auto count = std::min(s.find_first_not_of("0123456789"), s.size());
    s.remove_prefix(count);
    return count;
  };
  if (s.size() >= 64) return false;
  if (s.starts_with('-')) s.remove_prefix(1);
  const bool zero = s.starts_with('0');
  const auto whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (s.starts_with('.')) {
    s.remove_prefix(1);
    if (digits() == 0) return false;
  }
  if (s.starts_with('e') || s.starts_with('E')) {
    s.remove_prefix(1);
    if (s.starts_with('+') || s.starts_with('-')) s.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return s.empty();
}

}  // namespace

class JsonReader {
 public:
  explicit JsonReader(std::string_view s) : s_(s) {}

  Result<JsonTree> run(std::size_t* rest) {
    skip();
    if (at_ >= s_.size() || (s_[at_] != '{' && s_[at_] != '[' && s_[at_] != '"'))
      return fail(Errc::malformed, "json: no object or array");
    do {
      if (auto status = step(); !status) return std::move(status).error();
    } while (!open_.empty() && at_ < s_.size());
    while (!open_.empty()) close();
    if (rest) *rest = at_;
    return std::move(tree_);
  }

 private:
  // White space, commas, comments and what people wrap around a script's body.
  void skip() {
    while (at_ < s_.size()) {
      const std::string_view here = s_.substr(at_);
      if (is_space(here[0]) || here[0] == ',' || here[0] == ';') {
        ++at_;
      } else if (here.starts_with("//")) {
        at_ = std::min(s_.find('\n', at_), s_.size());
      } else if (here.starts_with("/*")) {
        const std::size_t end = s_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? s_.size() : end + 2;
      } else if (here.starts_with("<!--") || here.starts_with("-->")) {
        // A mark that hides the script from old browsers, or a comment of its own.
        const std::size_t end = here.find("-->");
        const bool comment = here[0] == '<' && end != std::string_view::npos &&
                             here.substr(0, end).find_first_of("{[") == std::string_view::npos;
        at_ += comment ? end + 3 : here[0] == '<' ? 4 : 3;
      } else if (here.starts_with("<![CDATA[")) {
        at_ += 9;
      } else if (here.starts_with("]]>")) {
        at_ += 3;
      } else {
        return;
      }
    }
  }

  std::uint32_t add(JsonTree::Kind kind) {
    auto& item = tree_.items_.emplace_back();
    const auto id = static_cast<std::uint32_t>(tree_.items_.size() - 1);
    item.kind = kind;
    item.parent = open_.empty() ? 0 : open_.back();
    item.end = id + 1;
    item.key = std::move(key_);
    key_.clear();
    have_key_ = false;
    return id;
  }

  void close() {
    tree_.items_[open_.back()].end = tree_.size();
    open_.pop_back();
    have_key_ = false;
    key_.clear();
  }

  bool in_object() const { return !open_.empty() && tree_.items_[open_.back()].kind == JsonTree::Kind::object; }

  Status step() {
    skip();
    if (at_ >= s_.size()) return {};
    if (tree_.items_.size() > JsonTree::kMaxItems) return fail(Errc::too_large, "json: too many values");
    const char c = s_[at_];
    if (c == '}' || c == ']') {
      ++at_;
      if (!open_.empty()) close();
      return {};
    }
    if (in_object() && !have_key_) return key();
    if (c == '{' || c == '[') {
      if (open_.size() >= JsonTree::kMaxDepth) return fail(Errc::too_large, "json: nested too deeply");
      ++at_;
      open_.push_back(add(c == '{' ? JsonTree::Kind::object : JsonTree::Kind::array));
      return {};
    }
    if (c == '"' || c == '\'') {
      const std::uint32_t id = add(JsonTree::Kind::string);
      tree_.items_[id].text = string();
      return {};
    }
    bare();
    return {};
  }

  Status key() {
    const char c = s_[at_];
    if (c == '"' || c == '\'') {
      key_ = string();
    } else {
      const std::size_t from = at_;
      while (at_ < s_.size() && is_bare(s_[at_])) ++at_;
      if (at_ == from) {
        ++at_;  // not a key: dropped
        return {};
      }
      key_ = s_.substr(from, at_ - from);
    }
    skip();
    if (at_ < s_.size() && s_[at_] == ':') {
      ++at_;
      have_key_ = true;
    } else {
      key_.clear();
    }
    return {};
  }

  void bare() {
    const std::size_t from = at_;
    while (at_ < s_.size() && is_bare(s_[at_])) ++at_;
    const std::string_view word = s_.substr(from, at_ - from);
    if (word.empty()) {
      ++at_;
      return;
    }
    const bool number = looks_like_number(word);
    const bool truth = word == "true" || word == "True";
    const bool falsehood = word == "false" || word == "False";
    const bool null = word == "null" || word == "undefined" || word == "None" || word == "NaN";
    const auto id = add(number               ? JsonTree::Kind::number
                        : truth || falsehood ? JsonTree::Kind::boolean
                        : null               ? JsonTree::Kind::null
                                             : JsonTree::Kind::string);
    tree_.items_[id].truth = truth;
    if (!null && !truth && !falsehood) tree_.items_[id].text = word;
  }

  /// A quote inside a string that nobody escaped: the string goes on unless what follows can follow a string.
  bool ends_here(std::size_t after) const {
    while (after < s_.size() && is_space(s_[after])) ++after;
    if (after >= s_.size()) return true;
    const char c = s_[after];
    if (c == '}' || c == ']' || c == ':' || c == '/' || c == '"' || c == ';') return true;
    if (c != ',') return false;
    ++after;
    while (after < s_.size() && is_space(s_[after])) ++after;
    return after >= s_.size() || std::string_view("\"'{[}]-/tfn0123456789").find(s_[after]) != std::string_view::npos;
  }

  std::string string() {
    std::string out;
    const char quote = s_[at_++];
    while (at_ < s_.size()) {
      const char c = s_[at_++];
      if (c == quote && ends_here(at_)) break;
      if (c == '\\' && at_ < s_.size()) {
        escape(out);
      } else {
        out += c;
      }
    }
    return out;
  }

  std::int32_t hex4(std::size_t at) const {
    if (at + 4 > s_.size()) return -1;
    std::int32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
      const int digit = hex_digit(s_[i]);
      if (digit < 0) return -1;
      value = value * 16 + digit;
    }
    return value;
  }

  void escape(std::string& out) {
    const char c = s_[at_++];
    switch (c) {
      case 'n':
        out += '\n';
        return;
      case 't':
        out += '\t';
        return;
      case 'r':
        out += '\r';
        return;
      case 'b':
        out += '\b';
        return;
      case 'f':
        out += '\f';
        return;
      case 'x':
        if (at_ + 2 <= s_.size() && hex_digit(s_[at_]) >= 0 && hex_digit(s_[at_ + 1]) >= 0) {
          const int code = hex_digit(s_[at_]) * 16 + hex_digit(s_[at_ + 1]);
          if (code != 0) append_utf8(out, static_cast<std::uint32_t>(code));
          at_ += 2;
        }
        return;
      case 'u':
        break;
      default:
        out += c;
        return;
    }
    std::int32_t code = hex4(at_);
    if (code < 0) {
      out += 'u';
      return;
    }
    at_ += 4;
    if (code >= 0xD800 && code < 0xDC00 && s_.substr(at_, 2) == "\\u") {
      const std::int32_t low = hex4(at_ + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        at_ += 6;
      }
    }
    if (code >= 0xD800 && code < 0xE000) code = 0xFFFD;
    if (code != 0) append_utf8(out, static_cast<std::uint32_t>(code));
  }

  std::string_view s_;
  std::size_t at_ = 0;
  JsonTree tree_;
  std::vector<std::uint32_t> open_;
  std::string key_;
  bool have_key_ = false;
};

Result<JsonTree> JsonTree::parse(std::string_view s, std::size_t* rest) {
  if (s.size() > (std::size_t{4} << 20)) return fail(Errc::too_large, "json: over 4 MiB");
  return JsonReader(s).run(rest);
}

std::uint32_t JsonTree::member(std::uint32_t object, std::string_view key) const {
  if (object >= items_.size() || items_[object].kind != Kind::object) return 0;
  for (std::uint32_t i = object + 1; i < items_[object].end; i = items_[i].end) {
    if (items_[i].key == key) return i;
  }
  return 0;
}

std::string JsonTree::text_of(std::uint32_t i) const {
  for (int steps = 0; steps < 8 && i < items_.size(); ++steps) {
    const Item& item = items_[i];
    if (item.kind == Kind::string || item.kind == Kind::number) return item.text;
    if (item.kind == Kind::array && item.end > i + 1) {
      ++i;
      continue;
    }
    if (item.kind != Kind::object) return {};
    const std::uint32_t object = i;
    i = 0;
    for (const std::string_view key : {"@value", "name", "url", "contentUrl", "@id"}) {
      if (i == 0) i = member(object, key);
    }
    if (i == 0) return {};
  }
  return {};
}

std::string JsonTree::dump(std::uint32_t first) const {
  std::string out;
  std::vector<std::uint32_t> open;
  const std::uint32_t end = items_.empty() ? 0 : items_[first].end;
  const auto close_to = [&](std::uint32_t at) {
    while (!open.empty() && items_[open.back()].end <= at) {
      out += items_[open.back()].kind == Kind::object ? '}' : ']';
      open.pop_back();
    }
  };
  for (std::uint32_t i = first; i < end; ++i) {
    close_to(i);
    const Item& item = items_[i];
    if (!out.empty() && out.back() != '{' && out.back() != '[') out += ',';
    if (i != first && items_[item.parent].kind == Kind::object) out += json_string(item.key) + ":";
    switch (item.kind) {
      case Kind::null:
        out += "null";
        break;
      case Kind::boolean:
        out += item.truth ? "true" : "false";
        break;
      case Kind::number:
        out += item.text;
        break;
      case Kind::string:
        out += json_string(item.text);
        break;
      case Kind::array:
        out += '[';
        open.push_back(i);
        break;
      case Kind::object:
        out += '{';
        open.push_back(i);
        break;
    }
  }
  close_to(end);
  return out;
}

}  // namespace vigie::parser
