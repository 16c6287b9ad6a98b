#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "parser/fields.h"
#include "tests/parser_disguise_others.h"

using namespace vigie::parser;

namespace {

struct Tally {
  int hidden = 0, found = 0, wrong = 0;
};

struct Figures {
  std::map<std::string, Tally> by_class, by_language;
  Tally all, combined;
  int sure = 0, sure_right = 0, in_negatives = 0, negatives = 0;

  void add(const disguise::Sample& s, int right, int wrong) {
    for (Tally* t : {&all, &by_class[s.kind], &by_language[s.lang]}) {
      t->hidden += !s.e164.empty(), t->found += right, t->wrong += wrong;
    }
    if (!s.second.empty()) combined.hidden += 1, combined.found += right, combined.wrong += wrong;
    negatives += s.e164.empty();
    in_negatives += s.e164.empty() ? wrong : 0;
  }
};

void read(const disguise::Sample& s, Figures& figures, const char* tell) {
  TextContext context;
  context.regions = {s.region};
  context.lang = s.lang;
  std::set<std::string> got;
  for (const auto& c : read_contacts(s.text, context)) {
    if (c.kind() != "phone") continue;
    got.insert(c.value());
    if (c.confidence() >= .9) ++figures.sure, figures.sure_right += c.value() == s.e164;
  }
  const int right = got.contains(s.e164) ? 1 : 0, wrong = static_cast<int>(got.size()) - right;
  figures.add(s, right, wrong);
  const bool failed = wrong > 0 || (right == 0 && !s.e164.empty());
  if (!failed || !tell || (*tell != '1' && s.kind != tell && s.lang != tell)) return;
  std::string line = s.kind + "+" + s.second + " " + s.lang + " " + s.region + " " + s.e164 + " | " + s.text + " | got";
  for (const auto& g : got) line += " " + g;
  std::puts(line.c_str());
}

std::string shown(const std::map<std::string, Tally>& rows) {
  std::string out;
  char cell[96];
  for (const auto& [name, t] : rows) {
    std::snprintf(cell, sizeof cell, "\n  %-20s recall %.3f  precision %.3f  of %d", name.c_str(), t.hidden ? t.found * 1.0 / t.hidden : 1.0,
                  t.found + t.wrong ? t.found * 1.0 / (t.found + t.wrong) : 1.0, t.hidden);
    out += cell;
  }
  return out;
}

}  // namespace

// VIGIE_FULL=1: 20,000 texts. VIGIE_TELL=1, or a class or language: prints what failed.
TEST_CASE("figures: fields: numbers that hide are read in 14 languages, and other numbers of ads are not") {
  const int texts = std::getenv("VIGIE_FULL") ? 20'000 : 2'000;
  const char* tell = std::getenv("VIGIE_TELL");
  const char* seed = std::getenv("VIGIE_SEED");
  disguise::Generator generator(seed ? static_cast<std::uint64_t>(std::atoi(seed)) : 20'261'124);
  Figures figures;
  for (int n = 0; n < texts; ++n) read(n % 4 == 3 ? generator.negative() : generator.positive(), figures, tell);

  const auto& all = figures.all;
  const double recall = all.found * 1.0 / all.hidden, precision = all.found * 1.0 / (all.found + all.wrong);
  MESSAGE("disguised numbers, by class:" << shown(figures.by_class) << "\nby language:" << shown(figures.by_language));
  MESSAGE("disguised numbers: " << texts << " texts, recall " << recall << " (combined classes " << figures.combined.found * 1.0 / figures.combined.hidden
                                << "), precision " << precision << ", " << figures.in_negatives << " false in " << figures.negatives
                                << " texts without a number; of " << figures.sure << " with confidence 0.9 and above "
                                << figures.sure_right * 1.0 / figures.sure << " are right");
  CHECK(std::size(disguise::kClasses) >= 25);
  CHECK(recall >= 0.90);
  CHECK(precision >= 0.98);
  CHECK(figures.sure_right >= 0.98 * figures.sure);
}
