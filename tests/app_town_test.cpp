// The detector over an invented town: networks found in time, look-alikes left alone, few alerts, and nothing scored that
// must not be. The catalogue is the one that is installed.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/detector_second_town.h"
#include "tests/detector_town_watch.h"
#include "tests/detector_voice_cases.h"

using namespace vigie;
using town::catalogue;
using town::observe;

TEST_CASE("town: planted networks are alerted in time, look-alikes are not, and people can read what is told") {
  const auto rules = catalogue();
  const auto ads = town::Builder(20261124, false).build(20'000);
  const auto out = observe(ads, *rules);
  int in_time = 0;
  for (const auto& [network, day] : out.complete_day) {
    const auto at = out.first_day.find(network);
    const bool found = at != out.first_day.end() && at->second <= day;
    in_time += found ? 1 : 0;
    if (!found) {
      const auto& t = town::kTongues[static_cast<std::size_t>(network) % town::kTongues.size()];
      MESSAGE("not in time: network " << network << " of kind " << network / town::kNetworksOfKind << " in " << t.lang);
    }
  }
  const auto planted = static_cast<double>(out.complete_day.size());
  std::size_t most_a_day = 0;
  for (const auto& [day, keys] : out.told) most_a_day = std::max(most_a_day, keys.size());
  int high = 0;
  for (const auto& [number, severity] : out.look_alikes) high += severity == "high" ? 1 : 0;
  if (std::getenv("VIGIE_TOWN") != nullptr) {
    for (const auto& [key, times] : out.keys_of_network) MESSAGE("network/key " << key << " told " << times);
  }
  const double precision = out.keys.empty() ? 0 : static_cast<double>(out.true_keys.size()) / static_cast<double>(out.keys.size());
  MESSAGE(in_time << " of " << planted << " networks in time; " << out.true_keys.size() << " of " << out.keys.size() << " alerts are of planted networks; "
                  << out.look_alikes.size() << " of 400 look-alikes alerted, " << high << " high; most alerts of a day " << most_a_day << "; alerts of a network "
                  << static_cast<double>(out.keys_of_network.size()) / planted << "; " << out.quotes << " quotes");
  CHECK(out.complete_day.size() == 40);
  CHECK(in_time / planted >= 0.95);
  CHECK(precision >= 0.90);
  CHECK(high == 0);
  CHECK(out.look_alikes.size() <= 4);
  CHECK(most_a_day <= 15);
  CHECK(out.keys_of_network.size() <= 44);  // one alert a network, however it grows
  CHECK(out.quotes > 1000);
  CHECK(out.wrong_quotes == 0);
  CHECK(out.bare == 0);
}

TEST_CASE("town: each kind of network is found in each language") {
  const auto rules = catalogue();
  for (std::size_t shift = 0; shift < town::kTongues.size(); ++shift) {
    const auto out = observe(town::Builder(static_cast<unsigned>(shift), false, shift).build(1500), *rules);
    int missed = 0;
    for (const auto& [network, day] : out.complete_day) {
      const auto at = out.first_day.find(network);
      if (at != out.first_day.end() && at->second <= day) continue;
      ++missed;
      MESSAGE("not in time: kind " << network / town::kNetworksOfKind << " in "
                                   << town::kTongues[(static_cast<std::size_t>(network) + shift) % town::kTongues.size()].lang);
    }
    CAPTURE(shift);
    CHECK(missed <= 2);
    CHECK(out.look_alikes.size() <= 4);
    CHECK(out.keys.size() == out.true_keys.size());
  }
}

TEST_CASE("each rule has texts that it must find and must not find in each of its languages") {
  const auto rules = catalogue();
  for (const auto& spec : rules->specs()) {
    std::set<std::string> spoken, hits, misses;
    for (const auto& selection : spec.select) {
      for (const auto& [language, phrases] : selection.phrases) spoken.insert(language);
    }
    for (const auto& one : spec.hits) hits.insert(one.lang);
    for (const auto& one : spec.misses) misses.insert(one.lang);
    CAPTURE(spec.id);
    CHECK_FALSE(spec.hits.empty());
    CHECK_FALSE(spec.misses.empty());
    for (const auto& language : spoken) {
      CAPTURE(language);
      CHECK(hits.contains(language));
      CHECK(misses.contains(language));
    }
  }
  for (const auto& result : detector::test_rules(*rules)) {
    CAPTURE(result.rule);
    CAPTURE(result.text);
    CHECK(result.passed);
  }
}

TEST_CASE("slots for what a unit keeps to itself are sound rules that say nothing yet") {
  std::vector<detector::RuleSpec> specs;
  std::vector<app::Fault> faults;
  for (const char* name : {"youth-wording", "no-limits", "unlawful-destination", "unlicensed-broker"}) {
    auto more = app::load_rules(std::string(VIGIE_SOURCE_DIR "/conf/slots/") + name + ".yaml", faults);
    std::move(more.begin(), more.end(), std::back_inserter(specs));
  }
  CHECK(faults.empty());
  CHECK(specs.size() == 4);
  const auto rules = detector::Rules::compile(std::move(specs));
  REQUIRE(rules);
  for (const auto& result : detector::test_rules(**rules)) {
    CAPTURE(result.rule);
    CAPTURE(result.text);
    CHECK(result.passed);
  }
}

TEST_CASE("town: words of nationality, ethnicity and gender change no score") {
  const auto rules = catalogue();
  const auto plain = observe(town::Builder(7, false).build(2500), *rules);
  const auto marked = observe(town::Builder(7, true).build(2500), *rules);
  REQUIRE(plain.scores.size() == marked.scores.size());
  int differ = 0;
  for (std::size_t i = 0; i < plain.scores.size(); ++i) differ += plain.scores[i] != marked.scores[i] ? 1 : 0;
  CHECK(differ == 0);
  CHECK(plain.keys == marked.keys);
}

TEST_CASE("second town: other networks, words, layouts and look-alikes") {
  const auto rules = catalogue();
  const auto out = observe(second_town::Builder(20261128).build(20'000), *rules);
  int in_time = 0;
  for (const auto& [network, day] : out.complete_day) {
    const auto at = out.first_day.find(network);
    const bool found = at != out.first_day.end() && at->second <= day;
    in_time += found ? 1 : 0;
    if (!found) MESSAGE("not in time: kind " << network / 5 << " in " << town::kTongues[static_cast<std::size_t>(network) * 3 % 14].lang << ", layout " << network % 4);
  }
  int high = 0;
  for (const auto& [number, severity] : out.look_alikes) {
    high += severity == "high" ? 1 : 0;
    MESSAGE("look-alike " << number % 10 << " " << severity);
  }
  std::size_t most_a_day = 0;
  for (const auto& [day, keys] : out.told) most_a_day = std::max(most_a_day, keys.size());
  MESSAGE(in_time << " of " << out.complete_day.size() << " networks in time; " << out.true_keys.size() << " of " << out.keys.size() << " alerts are of planted networks; "
                  << out.look_alikes.size() << " of 400 look-alikes alerted, " << high << " high; most alerts of a day " << most_a_day);
  CHECK(out.complete_day.size() == 40);
  CHECK(in_time >= 38);
  CHECK(static_cast<double>(out.true_keys.size()) >= 0.90 * static_cast<double>(out.keys.size()));
  CHECK(high == 0);
  CHECK(out.look_alikes.size() <= 4);
  CHECK(most_a_day <= 15);
  CHECK(out.wrong_quotes == 0);
  CHECK(out.bare == 0);
}

TEST_CASE("voice: who writes about others is told from who writes to a reader") {
  const auto rules = catalogue();
  int found = 0, wrong = 0, third = 0;
  for (const auto& voice : voices::kVoices) {
    Ad ad;
    ad.set_ad("a/1");
    ad.set_family("service");
    ad.set_lang(std::string(voice.lang));
    ad.set_text(std::string(voice.text));
    std::string said;
    for (const auto& reason : rules->match(ad, from_ms(town::kStart))) {
      if (reason.indicator().find("voice") != std::string::npos) said += reason.indicator() + " '" + reason.quote() + "' ";
    }
    third += voice.third ? 1 : 0;
    found += voice.third && !said.empty() ? 1 : 0;
    wrong += !voice.third && !said.empty() ? 1 : 0;
    if (voice.third == said.empty()) MESSAGE(std::string(voice.lang) << std::string(voice.third ? " missed: " : " wrong: ") << std::string(voice.text) << " " << said);
  }
  MESSAGE(found << " of " << third << " found, " << wrong << " of " << voices::kVoices.size() - static_cast<std::size_t>(third) << " wrong");
  CHECK(found >= third * 95 / 100);
  CHECK(wrong == 0);
}

TEST_CASE("town: the same ads and rules give the same findings") {
  const auto rules = catalogue();
  const auto ads = town::Builder(9, false).build(1200);
  const auto first = observe(ads, *rules), again = observe(ads, *catalogue());
  CHECK(first.scores == again.scores);
  CHECK(first.keys == again.keys);
}
