#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "parser_data.h"

using namespace vigie;

namespace {

std::string repeat(std::string_view s, std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += s;
  return out;
}

std::string tags_with_numbers(const char* before, std::size_t count, const char* after) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += before + std::to_string(i) + after;
  return out;
}

/// Megabytes by which a process of its own grows, at its highest, when it reads `body`; -1: it died.
double growth_mb(const std::string& body) {
  int ends[2];
  if (pipe(ends) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    // Words and gazetteer are read once in the life of a process and belong to no page.
    (void)test::read_page("https://warm.test/x", "<h1>Room 12 EUR, call 0199000042 in Lille</h1><p>Two rooms.</p>");
    rusage before{}, after{};
    getrusage(RUSAGE_SELF, &before);
    (void)test::read_page("https://hostile.test/x", body);
    getrusage(RUSAGE_SELF, &after);
    const long grown = after.ru_maxrss - before.ru_maxrss;
    const bool written = write(ends[1], &grown, sizeof grown) == sizeof grown;
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  long grown = -1024;
  if (read(ends[0], &grown, sizeof grown) != sizeof grown) grown = -1024;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return static_cast<double>(grown) / 1024;
}

}  // namespace

TEST_CASE("any page of 1 MB is read in 64 MB") {
  constexpr std::size_t kBytes = 1'000'000;
  const std::pair<const char*, std::string> cases[] = {
      {"empty tags", repeat("<br>", kBytes)},
      {"short elements", repeat("<i>x</i>", kBytes)},
      {"short elements with attributes", repeat("<i a=b>x</i>", kBytes)},
      {"elements with classes", repeat("<div class='a b c d e f'><i>1</i><b>2</b></div>", kBytes)},
      {"links", repeat("<li><a href=/x/1>y</a>", kBytes)},
      {"different links", tags_with_numbers("<li><a href=/annonce/", 36'000, ">x</a>")},
      {"paragraphs", repeat("<p>word 12 &euro; ", kBytes)},
      {"table cells", "<table>" + repeat("<tr><td>1<td>2", kBytes)},
      {"foster parents", "<table>" + repeat("<b>x</b>", kBytes)},
      {"misnested formatting", repeat("<a><b><i>x</a>y</b>z</i>", kBytes)},
      {"fonts that are opened again", tags_with_numbers("<p><font color=", 40'000, ">")},
      {"nested divs", repeat("<div>", 500'000)},
      {"one attribute of 1 MB", "<div title='" + std::string(kBytes, 'x') + "'>x</div>"},
      {"many attributes", repeat("<p a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8>", kBytes)},
      {"ampersands", std::string(kBytes, '&')},
      {"references", repeat("&amp;&#x41;&notin;", kBytes)},
      {"quotes that never end", "<p title=\"" + repeat("x' ", kBytes)},
      {"NUL bytes", std::string(kBytes, '\0')},
      {"digits", repeat("0199000042 ", kBytes)},
      {"words", repeat("word ", kBytes)},
      {"comments", repeat("<!-- x -->", kBytes)},
      {"data", "<script type=application/ld+json>[" + repeat("{\"a\":1},", kBytes) + "{}]</script>"},
      {"state", "<script>window.__STATE__={\"a\":[" + repeat("1,", kBytes) + "1]}</script>"},
      {"bytes of no charset", repeat("\xFF\xFE\x80<p>", kBytes)},
  };
  double most = 0;
  for (const auto& row : cases) {
    CAPTURE(row.first);
    const double grown = growth_mb(row.second);
    CHECK(grown >= 0);  // it lived
#ifndef VIGIE_SANITIZED  // a sanitizer's memory is not the program's
    if (grown > 48) MESSAGE(std::string(row.first), ": ", grown, " MB");
    CHECK(grown <= 64);
#endif
    most = std::max(most, grown);
  }
  MESSAGE("at most ", most, " MB for a page of 1 MB");
}
