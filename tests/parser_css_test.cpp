#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "parser/css.h"
#include "parser_data.h"

using namespace vigie;
using parser::Selector;

namespace {

const char* kPage =
    "<main id=m><ul class='list big'><li class=a>1</li><li class='a b' data-n='x-1'>2<i>i</i></li><li>3</li><li "
    "class=c><a href=/ad/4>4</a></li></ul>"
    "<p>one</p><p lang=en-GB>two</p><div><p>three</p><span></span></div><h2>T</h2><p class='A:b'>four</p></main>";

/// Texts of the matches, joined.
std::string texts(const std::string& css) {
  const auto dom = test::dom_of(kPage);
  REQUIRE(dom);
  const auto selector = Selector::compile(css);
  REQUIRE(selector);
  std::string out;
  for (const auto id : selector->select(*dom)) out += (out.empty() ? "" : "|") + std::string(dom->raw_text(id));
  return out;
}

}  // namespace

TEST_CASE("selectors find what CSS says they find, in document order") {
  const std::pair<const char*, const char*> rows[] = {
      {"li", "1|2i|3|4"},
      {"LI.a", "1|2i"},
      {".a.b", "2i"},
      {"#m > p", "one|two|four"},
      {"main p", "one|two|three|four"},
      {"li + li", "2i|3|4"},
      {"li ~ .c", "4"},
      {"li:first-child", "1"},
      {"li:last-child", "4"},
      {"li:nth-child(2n)", "2i|4"},
      {"li:nth-child(odd)", "1|3"},
      {"li:nth-child(-n+2)", "1|2i"},
      {"li:nth-last-child(2)", "3"},
      {"p:nth-of-type(2)", "two"},
      {"p:last-of-type", "three|four"},
      {"[data-n]", "2i"},
      {"[data-n='x-1']", "2i"},
      {"[data-n^=x]", "2i"},
      {"[data-n$=\"1\"]", "2i"},
      {"[data-n*='-']", "2i"},
      {"[class~=b]", "2i"},
      {"[lang|=en]", "two"},
      {"[data-n='X-1' i]", "2i"},
      {"a[href*='/ad/']", "4"},
      {"li:not(.a)", "3|4"},
      {"li:not(.a, .c)", "3"},
      {":is(h2, i)", "i|T"},
      {"li:has(a)", "4"},
      {"li:has(> i)", "2i"},
      {"p:has(+ h2)", ""},
      {"div:has(+ h2)", "three"},
      {"li:has(~ .c)", "1|2i|3"},
      {"main:has(ul a) h2", "T"},
      {"span:empty", ""},
      {"i:only-child", "i"},
      {"h2, i", "i|T"},
      {".A\\:b", "four"},
      {"p:contains('hre')", "three"},
      {"ul li i", "i"},
      {"ul > i", ""},
      {"* > a", "4"},
      {"li:not(:has(a)):not(.a)", "3"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    CHECK(texts(row.first) == row.second);
  }
}

TEST_CASE("a faulty selector is refused with its column") {
  const std::pair<const char*, const char*> rows[] = {
      {"", "column 1: expected a selector"},
      {"li >", "column 5: expected a selector"},
      {"li..a", "column 4: expected a name"},
      {"a[href", "column 7: expected '=' or ']'"},
      {"a[href='x]", "column 11: missing closing quote"},
      {"li:frist-child", "column 3: no such pseudo-class ':frist-child', did you mean ':first-child'?"},
      {"li:nth-child(x)", "column 15: expected a number, odd, even or an+b"},
      {"p::before", "column 2: no pseudo-elements here"},
      {"li:not(.a", "column 10: missing closing )"},
      {"a )", "column 3: unexpected ')'"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    const auto selector = Selector::compile(row.first);
    REQUIRE_FALSE(selector);
    CHECK(selector.error().text == row.second);
  }
  std::string deep;
  for (int i = 0; i < 20; ++i) deep += ":not(";
  CHECK_FALSE(Selector::compile(deep));
}
