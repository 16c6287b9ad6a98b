#include <doctest/doctest.h>

#include <string>

#include "core/text.h"
#include "parser_data.h"

using namespace vigie;
using parser::guard;

TEST_CASE("the guard names the limit that a page breaks") {
  std::string deep, wide = "<p", many, flat;
  for (int i = 0; i < 600; ++i) deep += "<div>";
  for (int i = 0; i < 300; ++i) wide += " a" + std::to_string(i);
  for (int i = 0; i < 160'000; ++i) many += "<i>x", flat += "<b>x</b>";
  const std::pair<std::string, const char*> rows[] = {
      {deep, "page: over 512 open elements"},
      {wide + ">", "page: over 256 attributes in one tag"},
      {many, "page: over 512 open elements"},
      {flat, "page: over 300000 nodes"},
      {std::string(std::size_t{17} << 20, 'x'), "page: over 16777216 bytes"},
  };
  for (const auto& row : rows) {
    const auto got = guard(row.first);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == Errc::too_large);
    CHECK(got.error().text == row.second);
  }
}

TEST_CASE("ordinary habits of markup do not add up to depth") {
  const std::pair<const char*, const char*> rows[] = {
      {"void tags", "<br><img src=x><input><hr>"},
      {"items without end tags", "<ul><li>a<li>b</ul>"},
      {"paragraphs without end tags", "<p>a<p>b"},
      {"rows and cells", "<table><tr><td>a<td>b<tr><td>c</table>"},
      {"options", "<select><option>a<option>b</select>"},
      {"definitions", "<dl><dt>a<dd>b<dt>c<dd>d</dl>"},
      {"svg that ends itself", "<svg><path d=x /><g/></svg>"},
      {"unclosed inline in a block", "<div><span>a</div>"},
      {"links without end tags", "<a href=1>a<a href=2>b"},
      {"headings closed by others", "<h2>a</h3>"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    std::string page;
    for (int i = 0; i < 400; ++i) page += row.second;
    const auto got = guard(page);
    REQUIRE(got);
    CHECK(got->depth < 20);
  }
}

TEST_CASE("programs and styles are left out, data and marks in text are kept") {
  const auto got = guard(
      "<style>b{}</style><script>var a='</b>';</script><p title='<script>'>x</p><script "
      "type='application/ld+json'>{\"a\":1}</script>"
      "<!-- <script> --><textarea><script>no</textarea><script>window.__STATE__={\"b\":2}</script><p>end</p>");
  REQUIRE(got);
  CHECK(got->full_html() ==
        "<style></style><script></script><p title='<script>'>x</p><script type='application/ld+json'>{\"a\":1}</script>"
        "<!-- <script> --><textarea><script>no</textarea><script>window.__STATE__={\"b\":2}</script><p>end</p>");
}

TEST_CASE("the charset is found by mark, header, meta, and then by the bytes") {
  struct Row {
    std::string bytes;
    const char *type, *encoding, *text;
  };
  const Row rows[] = {
      {"\xEF\xBB\xBF"
       "caf\xC3\xA9",
       "text/html; charset=iso-8859-1", "utf-8", "café"},
      {std::string("\xFF\xFE"
                   "a\0b\0",
                   6),
       "", "utf-16le", "ab"},
      {std::string("\xFE\xFF\0a\0b", 6), "", "utf-16be", "ab"},
      {"caf\xE9", "text/html; charset=latin1", "windows-1252", "café"},
      {"<meta charset=windows-1251>\xCF\xF0\xE8\xE2\xE5\xF2", "text/html", "windows-1251",
       "<meta charset=windows-1251>Привет"},
      {"<meta http-equiv=Content-Type content='text/html; charset=KOI8-R'>\xF0\xD2\xC9\xD7\xC5\xD4", "", "koi8-r",
       "<meta http-equiv=Content-Type content='text/html; charset=KOI8-R'>Привет"},
      {"\x82\xB1\x82\xF1", "text/html; charset=Shift_JIS", "shift_jis", "こん"},
      {"\xC4\xE3\xBA\xC3", "text/html; charset=gb2312", "gbk", "你好"},
      {"plain", "text/html; charset=utf-7", "utf-8", "plain"},
      {"caf\xC3\xA9 \xC3\xA8 \xC3\xA0", "text/html; charset=iso-8859-1", "utf-8", "café è à"},  // all of it is UTF-8
  };
  for (const Row& row : rows) {
    CAPTURE(row.type);
    CAPTURE(row.text);
    const auto got = parser::to_utf8(row.bytes, row.type);
    CHECK(got.encoding == row.encoding);
    CHECK(got.text == row.text);
  }
}

TEST_CASE("whatever the label and the bytes, what comes out is valid UTF-8 without NUL") {
  const char* labels[] = {"utf-8", "utf-16",    "utf-16be",       "windows-1252", "gbk",
                          "big5",  "shift_jis", "euc-kr",         "iso-2022-jp",  "koi8-u",
                          "utf-7", "no-such",   "x-mac-cyrillic", "iso-8859-8-i", "windows-874"};
  std::string bytes;
  for (int i = 0; i < 2048; ++i) bytes += static_cast<char>((i * 131 + i / 7) & 0xFF);
  for (const char* label : labels) {
    CAPTURE(label);
    const auto got = parser::to_utf8(bytes, std::string("text/html; charset=") + label);
    CHECK(text::valid_utf8(got.text));
    CHECK(got.text.find('\0') == std::string::npos);
    CHECK(got.text.size() <= bytes.size() * 3 + 3);
  }
}
