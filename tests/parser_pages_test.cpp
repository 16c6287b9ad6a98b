#include <doctest/doctest.h>

#include <ctime>

#include "core/json.h"
#include "core/text.h"
#include "parser_data.h"

using namespace vigie;
namespace fs = std::filesystem;

namespace {

// The promise is half a second for 1 MB. A busy machine's CPU clock may run at half speed; sanitizers cost up to 10 times.
#ifdef VIGIE_SANITIZED
constexpr double kMostSeconds = 10;
#else
constexpr double kMostSeconds = 1;
#endif

/// CPU seconds that one page takes.
double seconds_of(const std::string& body) {
  const std::clock_t before = std::clock();
  const auto page = test::read_page("https://hostile.test/x", body);
  (void)page;
  return static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
}

std::string repeat(std::string_view s, std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += s;
  return out;
}

}  // namespace

TEST_CASE("every public page is read, and its record is valid JSON in valid UTF-8") {
  int pages = 0;
  for (const char* set : {"wcxb", "realestate-pages", "recipes-multilang", "swde-books", "record-pages", "pagination",
                          "structured-data-cases"}) {
    for (const auto& file : test::html_files(test::data_dir() / set)) {
      CAPTURE(file.string());
      const auto page = test::read_page("https://www.page.example/some/path.html", test::slurp(file));
      if (!page) {
        MESSAGE(file.string(), ": ", page.error().text);
        CHECK(page);
        continue;
      }
      ++pages;
      const std::string json = to_json(*page);
      CHECK(text::valid_utf8(json));
      PageRecord back;
      CHECK(from_json(json, back));
    }
  }
  if (pages == 0)
    MESSAGE("skipped: no pages in ", test::data_dir().string());
  else
    MESSAGE(pages, " pages read");
}

TEST_CASE("hostile markup is refused or read, and never takes long") {
  std::string attributes = "<div";
  for (int i = 0; i < 16'000; ++i) attributes += " a" + std::to_string(i) + "=1";
  attributes += ">x</div>";
  std::string fonts, formats;
  for (int i = 0; i < 20'000; ++i) fonts += "<p><font color=" + std::to_string(i) + ">";
  for (int i = 0; i < 20'000; ++i) formats += "<b id=" + std::to_string(i) + "><div>";
  const std::pair<const char*, std::string> cases[] = {
      {"500 kB of <div>", repeat("<div>", 500'000)},
      {"16,000 attributes", attributes},
      {"one attribute of 1 MB", "<div title='" + std::string(1'000'000, 'x') + "'>x</div>"},
      {"1 MB of <", std::string(1'000'000, '<')},
      {"1 MB of <a", repeat("<a", 1'000'000)},
      {"1 MB of <b>", repeat("<b>", 1'000'000)},
      {"tables in tables", repeat("<table><tr><td>", 1'000'000)},
      {"foster parents", "<table>" + repeat("<b>x", 400'000)},
      {"a and div", repeat("<a><div>", 300'000)},
      {"fonts that are opened again", fonts},
      {"formatting around blocks", formats},
      {"select and title", "<select><title></select>" + repeat("<div>", 500'000) + "</title>"},
      {"quote in title", "<title><b \"</title>" + repeat("<div>", 500'000)},
      {"svg with tags that end themselves", "<svg><desc>" + repeat("<foo/>", 500'000)},
      {"paragraphs", repeat("<p>word 12 &euro; ", 1'000'000)},
      {"links", repeat("<li><a href=/x/1>y</a>", 1'000'000)},
      {"one long line", repeat("word ", 1'000'000)},
      {"digits", repeat("0199000042 ", 1'000'000)},
      {"entities", repeat("&amp;&#x41;&notin;", 1'000'000)},
      {"comments", repeat("<!-- - --", 1'000'000)},
      {"open script", "<script>" + repeat("</scrip", 1'000'000)},
      {"json that nests", "<script type=application/ld+json>" + repeat("[", 1'000'000) + "</script>"},
      {"json with quotes", "<script type=application/ld+json>{\"a\":\"" + repeat("\" , ", 1'000'000) + "</script>"},
      {"NUL bytes", std::string(1'000'000, '\0')},
      {"bytes of no charset", repeat("\xFF\xFE\x80<p>", 1'000'000)},
      {"list items with classes", repeat("<div class='a b c d e f'><i>1</i><b>2</b></div>", 1'000'000)},
  };
  for (const auto& row : cases) {
    CAPTURE(row.first);
    const double seconds = seconds_of(row.second);
    if (seconds > 0.5) MESSAGE(std::string(row.first), " took ", seconds, " s of CPU");
    CHECK(seconds < kMostSeconds);
  }
}
