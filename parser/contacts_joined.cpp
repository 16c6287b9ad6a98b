#include <algorithm>
#include <vector>

#include "parser/contacts_lattice.h"

// Number words that are not written as the lexicon has them: run together, or with letters held down.
namespace vigie::parser {

void read_joined(std::string_view key, int least, const Lexicon& lexicon, std::vector<Reading>& more) {
  struct Best {
    int pieces = 0;
    std::uint64_t languages = 0;
    std::string digits;
  };
  std::vector<std::vector<Best>> best(key.size() + 1);
  best[0].push_back({0, ~std::uint64_t{0}, {}});
  for (std::size_t i = 0; i < key.size(); ++i) {
    for (const auto& from : std::vector<Best>(best[i])) {
      for (std::size_t n = 2; n <= 30 && i + n <= key.size(); ++n) {
        for (const auto& sense : lexicon.senses(key.substr(i, n))) {
          const auto both = from.languages & sense.languages;
          if (sense.kind != WordKind::number || both == 0 || sense.value > 99) continue;
          auto& to = best[i + n];
          Best next{from.pieces + 1, both, from.digits + std::to_string(sense.value)};
          const auto worse = std::find_if(to.begin(), to.end(), [&](const Best& b) { return b.pieces > next.pieces; });
          if (worse != to.end() || to.size() < 4) to.insert(worse, next);
          if (to.size() > 4) to.pop_back();
        }
      }
    }
  }
  for (const auto& whole : best.back()) {
    if (whole.pieces < least || whole.digits.size() > 17) continue;
    Reading reading;
    reading.digits = whole.digits, reading.languages = whole.languages, reading.steps = kStepWords, reading.cost = .1F;
    more.push_back(reading);
  }
}

void read_stretched(std::string_view key, const Lexicon& lexicon, std::vector<Reading>& more) {
  if (std::adjacent_find(key.begin(), key.end()) == key.end()) return;
  std::string plain;
  for (const char c : key) {
    if (plain.empty() || plain.back() != c) plain += c;
  }
  if (plain.size() < 3 || plain.size() == key.size()) return;
  for (const auto& sense : lexicon.senses(plain)) {
    if (sense.kind != WordKind::number || sense.value > 99) continue;
    Reading reading;
    reading.digits = std::to_string(sense.value), reading.languages = sense.languages, reading.cost = .25F, reading.steps = kStepWords;
    more.push_back(reading);
  }
}

}  // namespace vigie::parser
