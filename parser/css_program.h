#pragma once

#include <string>
#include <vector>

/// What a selector is compiled to; between css_compile.cpp and css.cpp.
namespace vigie::parser {

enum class Combinator : unsigned char { none, descendant, child, next, later };  // of a compound to the one before it

enum class TestKind : unsigned char {
  type,
  id,
  class_name,
  attribute,
  nth_child,
  nth_last_child,
  nth_of_type,
  nth_last_of_type,
  empty,
  root,
  is,
  is_not,
  has,
  contains,
  never,
};

struct Test {
  TestKind kind = TestKind::never;
  char op = 0;  // attribute: 0 present, '=' '~' '|' '^' '$' '*'
  bool ignore_case = false;
  std::string name{};  // attribute name
  std::string value{};
  int a = 0, b = 0;      // an+b
  std::size_t list = 0;  // is, is_not, has: index in SelectorProgram::lists
};

struct Compound {
  Combinator combinator = Combinator::none;
  std::vector<Test> tests;
};

using Complex = std::vector<Compound>;  // left to right
using SelectorList = std::vector<Complex>;

struct SelectorProgram {
  std::vector<SelectorList> lists;  // an inner list stands before the list that uses it; the last is the whole selector
};

}  // namespace vigie::parser
