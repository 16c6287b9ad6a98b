#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "parser/fields.h"
#include "parser/lexicon.h"
#include "tests/parser_cases.h"

using namespace vigie::parser;

namespace {

TextContext in(std::string lang) {
  TextContext context;
  context.lang = std::move(lang);
  return context;
}

// `digits`: the value as written, with what follows it.
bool means(const std::string& word, std::uint64_t language, double value, const std::string& digits) {
  const auto zeros = std::count(digits.begin(), digits.end(), '0');

  std::string key;
  fold_word(word, key);
  std::replace(key.begin(), key.end(), '-', ' ');
  for (const auto& sense : Lexicon::standard().senses(key)) {
    if ((sense.languages & language) == 0) continue;
    if (sense.kind == WordKind::number && static_cast<double>(sense.value) == value) return true;
    if (sense.kind == WordKind::power && sense.value == zeros && digits.find('1') < digits.find('0')) return true;
  }
  return false;
}

// What the public list has and we do not follow.
bool known_difference(const std::string& lang, const std::string& word, double value) {
  if (lang == "it" && value >= 20 && value < 100) return word.ends_with("nt");  // "vent": the beginning of "ventuno", no word
  if (lang == "pl" && value < 10) return means(word, Lexicon::standard().language_bit("pl"), value * 10, "");  // tens, given as units
  return lang == "es" && word == "decillones";  // 10^60, as its singular; the list says 10^66
}

}  // namespace

TEST_CASE("a phrase of number words is one number, or none") {
  struct Row {
    const char *lang, *text, *value;
  };
  for (const auto& row : {Row{"en", "one thousand two hundred thirty-four", "1234"}, Row{"en", "Two hundred and five", "205"}, Row{"en", "twenty-first", "21"},
                          Row{"fr", "quatre-vingt-dix-huit", "98"}, Row{"fr", "deux cents", "200"}, Row{"fr", "mille deux cent trente-quatre", "1234"},
                          Row{"es", "siete mil ochocientos noventa millones", "7890000000"}, Row{"de", "zwei Millionen", "2000000"}, Row{"nl", "tweehonderd", "200"},
                          Row{"ru", "двести тридцать тысяч", "230000"}, Row{"uk", "двох", "2"}, Row{"pl", "trzy tysiące pięćset", "3500"}, Row{"ar", "خمسة عشر", "15"},
                          Row{"en", "zero", "0"}, Row{"en", "two three", ""}, Row{"en", "two dogs", ""}, Row{"en", "", ""}, Row{"en", "and", ""}, Row{"fr", "two", ""}}) {
    CAPTURE(row.text);
    CHECK(read_number_words(row.text, in(row.lang)) == row.value);
  }
}

TEST_CASE("figures: fields: every number word of the public list means what it says, in every language of it") {
  std::ifstream file(cases::folder("number-words") / "words.json");
  if (!file) {
    MESSAGE("skipped: no number-words data");
    return;
  }
  // By lines: the values go past what a number of JSON readers holds.
  int all = 0, right = 0, known = 0, languages = 0;
  std::string lang, line;
  while (std::getline(file, line)) {
    const auto indent = line.find('"');
    const auto end = line.rfind("\":");
    if (indent == std::string::npos || end == std::string::npos || end <= indent) continue;
    const auto word = line.substr(indent + 1, end - indent - 1), value = line.substr(end + 3);
    if (indent == 1) lang = word, ++languages;
    if (indent != 3) continue;
    const auto number = std::strtod(value.c_str(), nullptr);
    ++all;
    const bool ok = means(word, Lexicon::standard().language_bit(lang == "nb" ? "no" : lang), number, value);
    right += ok;
    const bool listed = !ok && known_difference(lang, word, number);
    known += listed;
    CAPTURE(lang);
    CAPTURE(word);
    CHECK((ok || listed));
  }
  MESSAGE("number-words: " << right << " of " << all << " words in " << languages << " languages, " << known << " known differences");
}

TEST_CASE("figures: fields: every written-out number of the public list is read") {
  const auto folder = cases::folder("number-words") / "tests";
  if (!std::filesystem::exists(folder)) {
    MESSAGE("skipped: no number-words data");
    return;
  }
  int all = 0, right = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".csv") continue;
    const auto lang = entry.path().filename().string().substr(0, 2);
    std::ifstream in_file(entry.path());
    std::string line;
    std::getline(in_file, line);
    while (std::getline(in_file, line)) {
      const auto comma = line.find(',');
      if (comma == std::string::npos) continue;
      ++all;
      const auto want = line.substr(0, comma), text = line.substr(comma + 1);
      const auto got = read_number_words(text, in(lang));
      right += got == want;
      CAPTURE(entry.path().filename().string());
      CAPTURE(text);
      CHECK(got == want);
    }
  }
  MESSAGE("number-words: " << right << " of " << all << " written-out numbers");
}
