#include <algorithm>
#include <string>

#include "core/text.h"
#include "parser/css.h"
#include "parser/css_program.h"

namespace vigie::parser {
namespace {

constexpr int kMaxNesting = 8;
constexpr std::size_t kMaxTests = 400;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}
bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Reads one selector list; nesting is bounded by kMaxNesting, since a list comes from a person's file.
class Compiler {
 public:
  explicit Compiler(std::string_view css) : s_(css) {}

  Result<SelectorProgram> run() {
    auto list = selector_list(0, false);
    if (!list) return std::move(list).error();
    if (at_ < s_.size()) return error("unexpected '" + std::string(1, s_[at_]) + "'");
    program_.lists.push_back(std::move(*list));
    return std::move(program_);
  }

 private:
  Error error(std::string what) const {
    return fail(Errc::misconfigured, "column " + std::to_string(at_ + 1) + ": " + std::move(what));
  }
  char peek() const { return at_ < s_.size() ? s_[at_] : '\0'; }
  bool skip_space() {
    const std::size_t before = at_;
    while (at_ < s_.size() && is_space(s_[at_])) ++at_;
    return at_ > before;
  }
  bool eat(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  Result<SelectorList> selector_list(int nesting, bool relative) {
    if (nesting > kMaxNesting) return error("selectors nested too deeply");
    SelectorList list;
    do {
      auto complex = complex_selector(nesting, relative);
      if (!complex) return std::move(complex).error();
      list.push_back(std::move(*complex));
    } while (eat(','));
    return list;
  }

  Combinator combinator_here() {
    switch (peek()) {
      case '>':
        ++at_;
        return Combinator::child;
      case '+':
        ++at_;
        return Combinator::next;
      case '~':
        ++at_;
        return Combinator::later;
      default:
        return Combinator::none;
    }
  }

  Result<Complex> complex_selector(int nesting, bool relative) {
    Complex complex;
    skip_space();
    Combinator combinator = relative ? combinator_here() : Combinator::none;
    if (relative && combinator == Combinator::none) combinator = Combinator::descendant;
    while (true) {
      skip_space();
      auto compound = compound_selector(nesting);
      if (!compound) return std::move(compound).error();
      compound->combinator = combinator;
      complex.push_back(std::move(*compound));
      const bool space = skip_space();
      combinator = combinator_here();
      if (combinator != Combinator::none) continue;
      const char c = peek();
      if (c == '\0' || c == ',' || c == ')' || !space) return complex;
      combinator = Combinator::descendant;
    }
  }

  Result<Compound> compound_selector(int nesting) {
    Compound compound;
    const std::size_t start = at_;
    if (eat('*')) {
    } else if (is_name(peek()) || peek() == '\\') {
      compound.tests.push_back({.kind = TestKind::type, .value = text::lower_ascii(identifier())});
    }
    while (true) {
      Result<Test> test = Test{};
      if (eat('#')) {
        test = named(TestKind::id);
      } else if (eat('.')) {
        test = named(TestKind::class_name);
      } else if (eat('[')) {
        test = attribute_test();
      } else if (peek() == ':') {
        test = pseudo(nesting);
      } else {
        break;
      }
      if (!test) return std::move(test).error();
      compound.tests.push_back(std::move(*test));
      if (++tests_ > kMaxTests) return error("selector too long");
    }
    if (at_ == start)
      return error(at_ < s_.size() ? "expected a selector, found '" + std::string(1, s_[at_]) + "'"
                                   : "expected a selector");
    return compound;
  }

  std::string identifier() {
    std::string out;
    while (at_ < s_.size()) {
      if (is_name(s_[at_])) {
        out += s_[at_++];
      } else if (s_[at_] == '\\' && at_ + 1 < s_.size()) {
        out += s_[at_ + 1];
        at_ += 2;
      } else {
        break;
      }
    }
    return out;
  }

  Result<Test> named(TestKind kind) {
    std::string name = identifier();
    if (name.empty()) return error("expected a name");
    return Test{.kind = kind, .value = std::move(name)};
  }

  Result<std::string> quoted_or_name() {
    skip_space();
    const char quote = peek();
    if (quote != '"' && quote != '\'') {
      std::string name = identifier();
      if (name.empty()) return error("expected a value");
      return name;
    }
    std::string out;
    for (++at_; at_ < s_.size() && s_[at_] != quote; ++at_) {
      if (s_[at_] == '\\' && at_ + 1 < s_.size()) ++at_;
      out += s_[at_];
    }
    if (!eat(quote)) return error("missing closing quote");
    return out;
  }

  Result<Test> attribute_test() {
    skip_space();
    Test test{.kind = TestKind::attribute, .name = text::lower_ascii(identifier())};
    if (test.name.empty()) return error("expected an attribute name");
    skip_space();
    if (eat(']')) return test;
    const char c = peek();
    if (c == '~' || c == '|' || c == '^' || c == '$' || c == '*') ++at_;
    test.op = c;
    if (!eat('=')) return error("expected '=' or ']'");
    auto value = quoted_or_name();
    if (!value) return std::move(value).error();
    test.value = std::move(*value);
    skip_space();
    if (peek() == 'i' || peek() == 'I') {
      ++at_;
      test.ignore_case = true;
      skip_space();
    } else if (peek() == 's' || peek() == 'S') {
      ++at_;
      skip_space();
    }
    if (!eat(']')) return error("missing closing ]");
    return test;
  }

  static Test nth(TestKind kind, int a, int b) { return Test{.kind = kind, .a = a, .b = b}; }

  Result<Test> pseudo(int nesting) {
    const std::size_t start = at_;
    ++at_;
    if (peek() == ':') {
      at_ = start;
      return error("no pseudo-elements here");
    }
    const std::string name = text::lower_ascii(identifier());
    if (name == "first-child") return nth(TestKind::nth_child, 0, 1);
    if (name == "last-child") return nth(TestKind::nth_last_child, 0, 1);
    if (name == "first-of-type") return nth(TestKind::nth_of_type, 0, 1);
    if (name == "last-of-type") return nth(TestKind::nth_last_of_type, 0, 1);
    if (name == "only-child" || name == "only-of-type") return only(name == "only-child");
    if (name == "empty") return Test{.kind = TestKind::empty};
    if (name == "root") return Test{.kind = TestKind::root};
    if (name == "nth-child") return nth_argument(TestKind::nth_child);
    if (name == "nth-last-child") return nth_argument(TestKind::nth_last_child);
    if (name == "nth-of-type") return nth_argument(TestKind::nth_of_type);
    if (name == "nth-last-of-type") return nth_argument(TestKind::nth_last_of_type);
    if (name == "not") return nested(TestKind::is_not, nesting, false);
    if (name == "is" || name == "where" || name == "matches") return nested(TestKind::is, nesting, false);
    if (name == "has") return nested(TestKind::has, nesting, true);
    if (name == "contains" || name == "-soup-contains") return contains();
    at_ = start;
    static const std::vector<std::string> known = {
        "first-child", "last-child",  "first-of-type", "last-of-type", "only-child", "empty",   "root",
        "nth-child",   "nth-of-type", "not",           "is",           "has",        "contains"};
    const auto near = text::did_you_mean(name, known);
    return error("no such pseudo-class ':" + name + "'" + (near ? ", did you mean ':" + *near + "'?" : ""));
  }

  /// The first and the last at once: an inner list of one compound with both tests.
  Test only(bool child) {
    Compound both;
    both.tests.push_back(nth(child ? TestKind::nth_child : TestKind::nth_of_type, 0, 1));
    both.tests.push_back(nth(child ? TestKind::nth_last_child : TestKind::nth_last_of_type, 0, 1));
    program_.lists.push_back({{std::move(both)}});
    return Test{.kind = TestKind::is, .list = program_.lists.size() - 1};
  }

  Result<Test> nested(TestKind kind, int nesting, bool relative) {
    if (!eat('(')) return error("expected '('");
    auto list = selector_list(nesting + 1, relative);
    if (!list) return std::move(list).error();
    if (!eat(')')) return error("missing closing )");
    program_.lists.push_back(std::move(*list));
    return Test{.kind = kind, .list = program_.lists.size() - 1};
  }

  Result<Test> contains() {
    if (!eat('(')) return error("expected '('");
    auto value = quoted_or_name();
    if (!value) return std::move(value).error();
    skip_space();
    if (!eat(')')) return error("missing closing )");
    return Test{.kind = TestKind::contains, .value = std::move(*value)};
  }

  Result<Test> nth_argument(TestKind kind) {
    if (!eat('(')) return error("expected '('");
    std::string raw;
    while (at_ < s_.size() && s_[at_] != ')') {
      if (!is_space(s_[at_])) raw += text::lower_ascii(s_.substr(at_, 1));
      ++at_;
    }
    if (raw == "odd") raw = "2n+1";
    if (raw == "even") raw = "2n";
    const std::size_t n = raw.find('n');
    Test test{.kind = kind};
    bool good = true;
    if (n != std::string::npos) {
      const std::string a = raw.substr(0, n);
      test.a = a.empty() || a == "+" ? 1 : a == "-" ? -1 : number(a, good);
      raw = raw.substr(n + 1);
      if (!raw.empty()) test.b = number(raw, good);
    } else {
      test.b = number(raw, good);
    }
    if (!good) return error("expected a number, odd, even or an+b");
    if (!eat(')')) return error("missing closing )");
    return test;
  }

  static int number(std::string_view s, bool& good) {
    bool negative = false;
    if (!s.empty() && (s[0] == '+' || s[0] == '-')) {
      negative = s[0] == '-';
      s.remove_prefix(1);
    }
    int value = 0;
    good = good && !s.empty() && s.size() < 7;
    for (const char c : s.substr(0, 7)) {
      if (c < '0' || c > '9') good = false;
      value = value * 10 + (c - '0');
    }
    return negative ? -value : value;
  }

  std::string_view s_;
  std::size_t at_ = 0, tests_ = 0;
  SelectorProgram program_;
};

}  // namespace

Result<Selector> Selector::compile(std::string_view css) {
  if (css.size() > 4096) return fail(Errc::misconfigured, "column 4097: selector over 4096 bytes");
  auto program = Compiler(css).run();
  if (!program) return std::move(program).error();
  Selector selector;
  selector.program_ = std::make_shared<const SelectorProgram>(std::move(*program));
  return selector;
}

}  // namespace vigie::parser
