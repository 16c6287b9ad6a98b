#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "parser/fields.h"

namespace fs = std::filesystem;
using namespace vigie::parser;

namespace {

double share_right(const fs::path& folder) {
  const char* const codes[] = {"en", "fr", "nl", "de", "es", "it", "pl", "ro", "pt", "bg", "hu", "cs", "sk", "ru",
                               "uk", "sq", "sr", "hr", "tr", "el", "sv", "da", "fi", "vi", "th", "zh", "yo", "ar"};
  double sum = 0;
  for (const char* code : codes) {
    auto path = folder / code;
    if (!fs::exists(path)) path += ".txt";
    std::ifstream in(path);
    int all = 0, right = 0;
    for (std::string line; std::getline(in, line);) ++all, right += identify_language(line) == code;
    REQUIRE(all > 0);
    sum += right * 100.0 / all;
  }
  return sum / static_cast<double>(std::size(codes));
}

}  // namespace

TEST_CASE("a language is named from a short text, and nothing from none") {
  CHECK(identify_language("Chambre à louer près de la gare, appelez le soir") == "fr");
  CHECK(identify_language("Kamer te huur bij het station, bel in de avond") == "nl");
  CHECK(identify_language("Pokój do wynajęcia blisko dworca") == "pl");
  CHECK(identify_language("Dhomë me qira afër stacionit të trenit") == "sq");
  CHECK(identify_language("123 456") == "");
  CHECK(identify_language("") == "");
}

TEST_CASE("figures: fields: languages of the public lists are told as well as the best tool tells them") {
  const char* root = std::getenv("VIGIE_DATA");
  const fs::path data = fs::path(root ? root : "../shared/data") / "langid";
  if (!fs::exists(data)) {
    MESSAGE("skipped: no langid data");
    return;
  }
  const double sentences = share_right(data / "sentences");
  const double pairs = share_right(data / "word-pairs");
  const double words = share_right(data / "single-words");
  MESSAGE("langid: sentences " << sentences << " %, word pairs " << pairs << " %, single words " << words << " %");
  CHECK(sentences >= 99.0);
  CHECK(pairs >= 88.5);
  CHECK(words >= 71.5);
}
