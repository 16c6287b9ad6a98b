#include <doctest/doctest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "parser/fields.h"
#include "tests/parser_disguise_others.h"

using namespace vigie::parser;

namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  long all = 0, resident = 0;
  file >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

struct Text {
  std::string lang, region, text;
};

// Sentences without a number, a kilobyte of one language at a time.
std::vector<Text> plain_texts(std::size_t bytes) {
  std::vector<Text> out;
  std::uint32_t seed = 5;
  for (std::size_t all = 0; all < bytes;) {
    const auto& t = disguise::tongues()[out.size() % disguise::tongues().size()];
    Text text{t.code, "FR", ""};
    while (text.text.size() < 1000) {
      seed = seed * 1664525 + 1013904223;
      text.text.append(t.talk[(seed >> 24) % t.talk.size()]).append(" ");
    }
    all += text.text.size();
    out.push_back(std::move(text));
  }
  return out;
}

// Ads of a kilobyte: prose, and one sentence with a number that hides or does not, a price or a date.
std::vector<Text> ads(std::size_t count) {
  std::vector<Text> out;
  disguise::Generator generator(7);
  const auto prose = plain_texts(2'000'000);
  for (std::size_t n = 0; n < count; ++n) {
    const auto sample = n % 4 == 3 ? generator.negative() : generator.positive();
    const auto& talk = *std::find_if(prose.begin() + static_cast<std::ptrdiff_t>(n % 14), prose.end(), [&](const Text& t) { return t.lang == sample.lang; });
    auto cut = std::min(talk.text.size(), 1000 - std::min<std::size_t>(sample.text.size(), 900));
    while (cut > 0 && talk.text[cut - 1] != ' ') --cut;
    out.push_back({sample.lang, sample.region, talk.text.substr(0, cut) + sample.text});
  }
  return out;
}

TextContext context_of(const Text& t) {
  TextContext context;
  context.lang = t.lang;
  context.regions = {t.region};
  context.now = vigie::Instant(std::chrono::milliseconds(1'795'000'000'000));
  return context;
}

struct Cost {
  double megabytes = 0, seconds = 0;
  std::size_t texts = 0, found = 0;
};

template <typename Read>
Cost cost(const std::vector<Text>& texts, Read&& read) {
  Cost c;
  const double begin = cpu_seconds();
  for (const auto& t : texts) {
    c.found += read(t);
    c.megabytes += static_cast<double>(t.text.size()) / 1e6;
    ++c.texts;
  }
  c.seconds = cpu_seconds() - begin;
  return c;
}

}  // namespace

// The first case of its program to touch the word data would show what they take; a fresh process shows it for certain:
// parser_test -tc="figures: fields: memory*".
TEST_CASE("figures: fields: memory of all word data") {
  const double before = resident_mib();
  TextContext context;
  context.regions = {"FR"};
  decode("Anna, 24 ans, à Lyon dès le 12 novembre 2026, 150 € l'heure, tél zéro un 99 00 douze 34", context);
  decode("Sofia, vor 3 Tagen, 15th of May, Köln +33 1 99 00 12 34", context);
  const double after = resident_mib();
  MESSAGE("word data of the field readers: " << after - before << " MiB resident");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which put room of their own around every piece
  CHECK(after - before < 60);
#endif
}

// No assertion on time: the figures are for a release build.
TEST_CASE("figures: fields: speed on plain text and on ads") {
  const bool full = std::getenv("VIGIE_FULL") != nullptr;
  const auto plain = plain_texts(full ? 20'000'000 : 1'000'000);
  const auto some = ads(full ? 20'000 : 1'000);
  const auto tell = [](const char* what, const Cost& c) {
    std::printf("%-44s %8.1f MB/s  %9.0f texts a CPU second  (%zu found)\n", what, c.megabytes / c.seconds, static_cast<double>(c.texts) / c.seconds, c.found);
  };
  const auto contacts = [](const Text& t) { return read_contacts(t.text, context_of(t)).size(); };
  contacts(plain.front());
  const auto quiet = cost(plain, contacts);
  tell("contacts, plain text without numbers", quiet);
  tell("contacts, ads of 1 kB with numbers", cost(some, contacts));
  for (const auto* which : {&plain, &some}) {
    const std::string kind = which == &plain ? ", plain text" : ", ads";
    tell(("prices" + kind).c_str(), cost(*which, [](const Text& t) { return read_prices(t.text, context_of(t)).size(); }));
    tell(("ages" + kind).c_str(), cost(*which, [](const Text& t) { return read_ages(t.text, context_of(t)).size(); }));
    tell(("dates" + kind).c_str(), cost(*which, [](const Text& t) { return read_dates(t.text, context_of(t)).size(); }));
    tell(("places" + kind).c_str(), cost(*which, [](const Text& t) { return read_places(t.text, context_of(t)).size(); }));
    tell(("language" + kind).c_str(), cost(*which, [](const Text& t) { return identify_language(t.text).size() / 2; }));
    tell(("all at once (decode)" + kind).c_str(), cost(*which, [](const Text& t) { return decode(t.text, context_of(t)).ByteSizeLong() > 4; }));
  }
  CHECK(quiet.found == 0);
}
