#include <doctest/doctest.h>

#include <string>

#include "core/text.h"
#include "parser_data.h"

using namespace vigie;

namespace {

struct Row {
  const char* encoding;
  const char* text;
  std::string bytes;
};

/// One sentence in the encodings that ads still come in.
const Row kRows[] = {
      {"windows-1250", "Żółty pokój z łazienką, blisko dworca", std::string("\257\363\263ty pok\363j z \263azienk\271, blisko dworca", 37)},
      {"windows-1251", "Комната в тихом доме, рядом вокзал", std::string("\312\356\354\355\340\362\340 \342 \362\350\365\356\354 \344\356\354\345, \360\377\344\356\354 \342\356\352\347\340\353", 34)},
      {"windows-1252", "Chambre meublée – 450 € à Liège", std::string("Chambre meubl\351e \226 450 \200 \340 Li\350ge", 31)},
      {"windows-1253", "Δωμάτιο στο κέντρο της πόλης", std::string("\304\371\354\334\364\351\357 \363\364\357 \352\335\355\364\361\357 \364\347\362 \360\374\353\347\362", 28)},
      {"windows-1254", "Merkezde kiralık oda, sessiz ışıklı", std::string("Merkezde kiral\375k oda, sessiz \375\376\375kl\375", 35)},
      {"windows-1255", "חדר שקט במרכז העיר", std::string("\347\343\370 \371\367\350 \341\356\370\353\346 \344\362\351\370", 18)},
      {"windows-1256", "غرفة هادئة في وسط المدينة", std::string("\333\321\335\311 \345\307\317\306\311 \335\355 \346\323\330 \307\341\343\317\355\344\311", 25)},
      {"windows-1257", "Kambarys šalia stoties, žemas įėjimas", std::string("Kambarys \360alia stoties, \376emas \341\353jimas", 37)},
      {"windows-1258", "Phong yên tinh đep", std::string("Phong y\352n tinh \360ep", 18)},
      {"iso-8859-2", "Tichý pokoj v přízemí, krásný výhled", std::string("Tich\375 pokoj v p\370\355zem\355, kr\341sn\375 v\375hled", 36)},
      {"iso-8859-5", "Тиха стая до гарата", std::string("\302\330\345\320 \341\342\320\357 \324\336 \323\320\340\320\342\320", 19)},
      {"iso-8859-7", "Ησυχο δωμάτιο", std::string("\307\363\365\367\357 \344\371\354\334\364\351\357", 13)},
      {"iso-8859-15", "Cœur de ville, 450 €", std::string("C\275ur de ville, 450 \244", 20)},
      {"koi8-r", "Тихая комната у вокзала", std::string("\364\311\310\301\321 \313\317\315\316\301\324\301 \325 \327\317\313\332\301\314\301", 23)},
      {"koi8-u", "Тиха кімната, є ґанок", std::string("\364\311\310\301 \313\246\315\316\301\324\301, \244 \255\301\316\317\313", 21)},
      {"gb18030", "市中心安静的房间出租", std::string("\312\320\326\320\320\304\260\262\276\262\265\304\267\277\274\344\263\366\327\342", 20)},
      {"gbk", "市中心安静的房间", std::string("\312\320\326\320\320\304\260\262\276\262\265\304\267\277\274\344", 16)},
      {"big5", "市中心安靜的房間", std::string("\245\253\244\244\244\337\246w\300R\252\272\251\320\266\241", 16)},
      {"shift_jis", "駅の近くの静かな部屋です", std::string("\211w\202\314\213\337\202\255\202\314\220\303\202\251\202\310\225\224\211\256\202\305\202\267", 24)},
      {"euc-jp", "駅の近くの静かな部屋です", std::string("\261\330\244\316\266\341\244\257\244\316\300\305\244\253\244\312\311\364\262\260\244\307\244\271", 24)},
      {"euc-kr", "역 근처 조용한 방", std::string("\277\252 \261\331\303\263 \301\266\277\353\307\321 \271\346", 17)},
      {"utf-16le", "Pièce calme", std::string("P\000i\000\350\000c\000e\000 \000c\000a\000l\000m\000e\000", 22)},
      {"utf-16be", "Pièce calme", std::string("\000P\000i\000\350\000c\000e\000 \000c\000a\000l\000m\000e", 22)},
};

bool is_wide(const Row& row) { return std::string_view(row.encoding).starts_with("utf-16"); }

/// Markup in the row's encoding: ASCII as it stands, or in 16-bit units.
std::string markup(const Row& row, std::string_view ascii) {
  if (!is_wide(row)) return std::string(ascii);
  const bool big = std::string_view(row.encoding) == "utf-16be";
  std::string out;
  for (const char c : ascii) {
    if (big) out += '\0';
    out += c;
    if (!big) out += '\0';
  }
  return out;
}

std::string page_of(const Row& row, std::string_view head) {
  return markup(row, "<html><head>" + std::string(head) + "</head><body><h1>") + row.bytes + markup(row, "</h1></body></html>");
}

std::string title_of(const std::string& body, const std::string& content_type) {
  auto reader = parser::SiteReader::compile(test::open_site("https://ads.example/annonce/1"));
  REQUIRE(reader);
  ParseRequest request;
  request.set_url("https://ads.example/annonce/1");
  request.set_content_type(content_type);
  request.set_body(body);
  const auto page = (*reader)->read(request);
  REQUIRE(page);
  return page->main_text();
}

}  // namespace

TEST_CASE("a page is read in the encoding that its header names") {
  for (const Row& row : kRows) {
    CAPTURE(row.encoding);
    const std::string type = "text/html; charset=" + std::string(row.encoding);
    CHECK(title_of(page_of(row, ""), type) == row.text);
    // A <meta> of another mind does not outweigh the header.
    CHECK(title_of(page_of(row, "<meta charset=iso-8859-5>"), type) == row.text);
  }
}

TEST_CASE("a page is read in the encoding that its own <meta> names") {
  for (const Row& row : kRows) {
    if (is_wide(row)) continue;  // what is said in bytes cannot be said of 16-bit units
    CAPTURE(row.encoding);
    const std::string name = row.encoding;
    CHECK(title_of(page_of(row, "<meta charset=\"" + name + "\">"), "text/html") == row.text);
    CHECK(title_of(page_of(row, "<meta http-equiv=Content-Type content=\"text/html; charset=" + name + "\">"), "") == row.text);
  }
}

TEST_CASE("UTF-16 is read with a mark, and without one") {
  for (const Row& row : kRows) {
    if (!is_wide(row)) continue;
    CAPTURE(row.encoding);
    const std::string mark = std::string_view(row.encoding) == "utf-16be" ? "\xFE\xFF" : "\xFF\xFE";
    CHECK(title_of(page_of(row, ""), "text/html") == row.text);
    CHECK(title_of(mark + page_of(row, ""), "text/html") == row.text);
    CHECK(title_of(mark + page_of(row, ""), "text/html; charset=iso-8859-1") == row.text);
  }
}

TEST_CASE("a declaration that the bytes contradict is overruled") {
  const std::string utf8 = "<h1>Chambre meublée – 450 € à Liège, près du métro</h1>";
  const std::string said = "Chambre meublée – 450 € à Liège, près du métro";
  for (const char* lie : {"iso-8859-1", "windows-1251", "koi8-r", "utf-16le", "utf-16", "no-such-thing"}) {
    CAPTURE(lie);
    CHECK(title_of(utf8, "text/html; charset=" + std::string(lie)) == said);
    CHECK(title_of("<meta charset=" + std::string(lie) + ">" + utf8, "text/html") == said);
  }
  // UTF-8 is claimed, and most sequences are none.
  const std::string russian = "<h1>\322\350\365\340\377 \352\356\354\355\340\362\340 \363 \342\356\352\347\340\353\340 \342 "
                              "\366\345\355\362\360\345 \343\356\360\356\344\340</h1>";
  CHECK(title_of(russian, "text/html; charset=utf-8") == "Тихая комната у вокзала в центре города");
}

TEST_CASE("text that runs from right to left keeps its order, and numbers in it are read") {
  const auto page = test::read_page("https://ads.example/1",
                                    "<html dir=rtl lang=he><body><h1>חדר שקט במרכז</h1><p>מחיר 450 ש\"ח, טלפון "
                                    "\u200f+972-3-555-0100</p></body></html>");
  REQUIRE(page);
  CHECK(page->main_text().starts_with("חדר שקט במרכז"));
  CHECK(page->main_text().find("+972-3-555-0100") != std::string::npos);
}

TEST_CASE("markup that is broken in any way still gives its text") {
  const std::pair<const char*, const char*> rows[] = {
      {"<h1>Studio</h1><p>calme", "tags that never close"},
      {"<p><b>Studio<i></b> calme</i>", "tags that close crosswise"},
      {"<table><tr>Studio<td>calme", "text where none may stand"},
      {"<h1 class='a\"b' class=c =x>Studio</h1>calme</p></div></html>more", "attributes and ends of nothing"},
      {"<!-- a -- b --!><p>Studio<p>calme<!--", "comments that do not end"},
      {"Studio calme", "no markup at all"},
      {"\0<h\0" "1>Studio</h1> calme", "a NUL is a byte of nothing"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.second);
    const auto page = test::read_page("https://ads.example/1", row.first);
    REQUIRE(page);
    CHECK(text::valid_utf8(page->main_text()));
    if (row.first[0] != '\0') CHECK(page->main_text().find("Studio") != std::string::npos);
  }
}
