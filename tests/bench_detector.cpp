// What rules cost: 2,000 generated rules and the catalogue of conf/rules over ads of 1 kB (Google Benchmark).
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "app/config.h"
#include "core/text.h"
#include "detector/detector.h"

namespace {

using namespace vigie;

constexpr int kRules = 2000, kFiles = 4, kVocabulary = 6000, kAds = 400;
constexpr const char* kLanguages[] = {"fr", "nl", "de", "en", "ro", "bg", "pl", "ru"};
const Instant kNow = from_ms(1'795'000'000'000);

/// Invented words of several alphabets; the first stand most often in texts, as words of real languages do.
std::vector<std::string> vocabulary(const std::string& language) {
  const bool cyrillic = language == "bg" || language == "ru";
  const std::vector<std::string> latin = {"lo", "ger", "mar", "té", "va", "su", "in", "bre", "co", "na", "ment", "ßi", "or"};
  const std::vector<std::string> other = {"по", "ра", "бо", "ти", "на", "жи", "ле", "ста", "ва", "ко", "ни", "ме", "до"};
  const auto& pieces = cyrillic ? other : latin;
  std::mt19937 random(static_cast<unsigned>(language[0] * 31 + language[1]));
  std::vector<std::string> words;
  for (int i = 0; i < kVocabulary; ++i) {
    std::string word;
    const auto length = 1 + random() % 4 + (i > 100 ? 1 : 0);
    for (unsigned k = 0; k < length; ++k) word += pieces[random() % pieces.size()];
    words.push_back(word);
  }
  return words;
}

std::string word_of(const std::vector<std::string>& words, std::mt19937& random) {
  // Zipf: word n stands about 1/n as often as the first.
  const double u = std::generate_canonical<double, 32>(random);
  return words[static_cast<std::size_t>(std::pow(static_cast<double>(words.size()), u)) - 1];
}

/// One of kFiles files; a configuration file may have 1 MiB.
std::string rule_file(int file) {
  std::mt19937 random(static_cast<unsigned>(file));
  std::string yaml;
  for (int i = file; i < kRules; i += kFiles) {
    const auto n = std::to_string(i);
    yaml += "---\nid: rule-" + n + "\ntitle: rule " + n + "\nfamily: [" + (i % 3 == 0 ? "job" : i % 3 == 1 ? "job, travel" : "service") +
            "]\ngroup: offer\ntier: T0\nweight: 0.3\nselect:\n";
    for (const char* selection : {"words", "more"}) {
      yaml += std::string("  ") + selection + ":\n    view: folded\n";
      for (int k = 0; k < 4; ++k) {
        const std::string language = kLanguages[(i + k) % 8];
        static std::map<std::string, std::vector<std::string>> all;
        auto& words = all[language];
        if (words.empty()) words = vocabulary(language);
        yaml += "    " + language + ": [";
        for (int p = 0; p < 3; ++p) {
          yaml += p > 0 ? ", \"" : "\"";
          for (int w = 0; w < 2 + p % 2; ++w) yaml += (w > 0 ? " " : "") + words[random() % words.size()];
          yaml += (p == 2 ? "*\"" : "\"");
        }
        yaml += "]\n";
      }
    }
    if (i % 20 == 0) yaml += "  amount: {view: normalised, re: ['\\b[1-9][0-9]{3} ?(?:€|eur|lei)[^0-9\\n]{0,10}x" + n + "']}\n";
    if (i % 20 == 1) yaml += "  cheap: {field: price.amount, below: 5}\n";
    yaml += std::string("when: words and ") + (i % 20 == 0 ? "(more or amount)" : i % 20 == 1 ? "more and not cheap" : "more") +
            "\nsays: rule " + n + " was seen\n";
  }
  return yaml;
}

std::vector<Ad> some_ads() {
  std::mt19937 random(11);
  std::vector<Ad> ads;
  for (int i = 0; i < kAds; ++i) {
    const std::string language = kLanguages[i % 8];
    static std::map<std::string, std::vector<std::string>> all;
    auto& words = all[language];
    if (words.empty()) words = vocabulary(language);
    Ad ad;
    ad.set_ad("bench/" + std::to_string(i));
    ad.set_lang(language);
    ad.set_family(i % 3 == 0 ? "job" : i % 3 == 1 ? "travel" : "service");
    ad.mutable_price()->set_amount(40 + i);
    std::string text;
    while (text.size() < 1000) text += word_of(words, random) + (random() % 12 == 0 ? ". " : " ");
    ad.set_text(text);
    ad.set_title(word_of(words, random) + " " + word_of(words, random));
    ads.push_back(std::move(ad));
  }
  return ads;
}

std::vector<detector::RuleSpec> generated() {
  std::vector<detector::RuleSpec> specs;
  std::vector<app::Fault> faults;
  for (int file = 0; file < kFiles; ++file) {
    const auto path = std::filesystem::temp_directory_path() / ("vigie-bench-rules-" + std::to_string(::getpid()) + ".yaml");
    std::ofstream(path) << rule_file(file);
    auto more = app::load_rules(path.string(), faults);
    std::filesystem::remove(path);
    std::move(more.begin(), more.end(), std::back_inserter(specs));
  }
  for (const auto& fault : faults) std::fprintf(stderr, "%s\n", app::format(fault, false).c_str());
  if (!faults.empty()) specs.clear();
  return specs;
}

std::vector<detector::RuleSpec> catalogue() {
  std::vector<detector::RuleSpec> specs;
  std::vector<app::Fault> faults;
  for (const char* name : {"benign", "job", "recruitment", "service", "travel", "wages"}) {
    auto more = app::load_rules(std::string(VIGIE_SOURCE_DIR "/conf/rules/") + name + ".yaml", faults);
    specs.insert(specs.end(), more.begin(), more.end());
  }
  return specs;
}

void rules_load(benchmark::State& state) {
  for (auto _ : state) {
    auto rules = detector::Rules::compile(generated());
    if (!rules || (*rules)->specs().size() != kRules) return state.SkipWithError("the generated rules do not load");
  }
}
BENCHMARK(rules_load)->Name("rules_2000_read_and_compiled")->Unit(benchmark::kMillisecond);

void match_all(benchmark::State& state, std::vector<detector::RuleSpec> specs) {
  const auto rules = detector::Rules::compile(std::move(specs));
  if (!rules) return state.SkipWithError(rules.error().text.c_str());
  const auto ads = some_ads();
  std::size_t hits = 0, at = 0;
  for (auto _ : state) hits += (*rules)->match(ads[at++ % ads.size()], kNow).size();
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));  // ads a CPU second
  state.counters["hits_per_ad"] = static_cast<double>(hits) / static_cast<double>(state.iterations());
}
void rules_2000_over_1kB(benchmark::State& state) { match_all(state, generated()); }
BENCHMARK(rules_2000_over_1kB);
void rules_catalogue_over_1kB(benchmark::State& state) { match_all(state, catalogue()); }
BENCHMARK(rules_catalogue_over_1kB);

void watch_100000_entries_over_1kB(benchmark::State& state) {
  std::mt19937 random(3);
  std::vector<detector::WatchEntry> watch;
  for (int i = 0; i < 100'000; ++i) {
    const auto n = std::to_string(100'000 + i);
    watch.push_back({"bulk", "desk", "test", "high", "2027-01-31", i % 3 == 0 ? "+339900" + n : i % 3 == 1 ? "user" + n + "@mail.example" : "phrase number " + n});
  }
  const auto rules = detector::Rules::compile({}, watch);
  if (!rules) return state.SkipWithError(rules.error().text.c_str());
  const auto ads = some_ads();
  std::size_t hits = 0, at = 0;
  for (auto _ : state) hits += (*rules)->watch(ads[at++ % ads.size()], kNow).size();
  benchmark::DoNotOptimize(hits);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(watch_100000_entries_over_1kB);

}  // namespace
