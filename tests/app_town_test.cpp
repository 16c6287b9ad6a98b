// The detector over an invented town: networks found in time, look-alikes left alone, few alerts, and nothing scored that
// must not be. The catalogue is the one that is installed.
#include <doctest/doctest.h>

#include <cstdlib>

#include "app/config.h"
#include "detector/quote.h"
#include "tests/detector_town.h"

using namespace vigie;

namespace {

std::shared_ptr<const detector::Rules> catalogue() {
  std::vector<detector::RuleSpec> specs;
  std::vector<app::Fault> faults;
  for (const char* name : {"benign", "job", "recruitment", "service", "travel"}) {
    auto more = app::load_rules(std::string(VIGIE_SOURCE_DIR "/conf/rules/") + name + ".yaml", faults);
    std::move(more.begin(), more.end(), std::back_inserter(specs));
  }
  REQUIRE(faults.empty());
  auto rules = detector::Rules::compile(std::move(specs));
  REQUIRE(rules);
  return *rules;
}

struct Outcome {
  std::map<int, int> first_day;           // planted network -> day of its first alert
  std::map<int, int> complete_day;        // and of its last needed ad
  std::set<std::string> keys, true_keys;  // alerts, and those that hold an ad of a planted network
  std::map<int, std::string> look_alikes;  // alerted ones -> highest severity
  std::map<int, std::set<std::string>> told;  // by day: alerts that were told, new ones and news
  std::map<std::string, int> keys_of_network;  // "network/key"
  std::vector<double> scores;
  int quotes = 0, bare = 0, wrong_quotes = 0;
};

/// As the pipeline raises: the first time, and again when there is news.
Outcome observe(const std::vector<town::Posted>& ads, const detector::Rules& rules) {
  Outcome out;
  town::Observer observer;
  std::map<std::string, Alert> alerts;
  for (const auto& posted : ads) {
    auto evidence = observer.look(posted.ad);
    for (const auto& key : detector::keys_of(evidence)) {
      if (const auto at = alerts.find(key); at != alerts.end() && !evidence.alert) evidence.alert = at->second;
    }
    const auto now = from_ms(posted.ad.first_seen().seconds() * 1000 + 60'000);
    const auto findings = detector::assess(evidence, rules, now);
    out.scores.push_back(findings.score);
    if (posted.completes) out.complete_day[posted.network] = posted.day;
    for (const auto& reason : findings.reasons) {
      const auto* about = observer.ad(reason.ad());
      if (reason.weight() > 0 && !findings.kind.empty() && reason.span_size() != 2) ++out.bare;
      if (reason.span_size() != 2 || about == nullptr) continue;
      ++out.quotes;
      const auto stored = detector::stored_text(*about, reason.field());
      const auto from = static_cast<std::size_t>(reason.span(0)), to = static_cast<std::size_t>(reason.span(1));
      if (to > stored.size() || stored.substr(from, to - from) != reason.quote()) ++out.wrong_quotes;
    }
    if (findings.kind.empty() || (evidence.alert && !findings.news)) continue;
    Alert alert = evidence.alert.value_or(Alert{});
    if (!evidence.alert) alert.set_key(findings.key);
    std::set<std::string> known(alert.ads().begin(), alert.ads().end());
    for (const auto& member : evidence.members) {
      if (known.insert(member.ad()).second) alert.add_ads(member.ad());
    }
    alert.set_kind(findings.kind);
    alert.clear_reasons();
    for (const auto& reason : findings.reasons) *alert.add_reasons() = reason;
    alerts[alert.key()] = alert;
    // Merged groups go on under the older alert's name.
    out.keys.insert(alert.key());
    out.told[posted.day].insert(alert.key());
    if (posted.network >= 0) {
      out.true_keys.insert(alert.key());
      out.first_day.emplace(posted.network, posted.day);
      ++out.keys_of_network[std::to_string(posted.network) + "/" + alert.key()];
    }
    if (posted.look_alike >= 0) {
      auto& severity = out.look_alikes[posted.look_alike];
      if (severity != "high") severity = findings.severity;
    }
    if (posted.network < 0 && std::getenv("VIGIE_TOWN") != nullptr) {
      std::string why;
      for (const auto& reason : findings.reasons) why += " " + reason.indicator();
      MESSAGE(posted.ad.ad() << " " << posted.ad.lang() << " " << findings.severity << ":" << why);
    }
  }
  return out;
}

}  // namespace

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

TEST_CASE("town: the same ads and rules give the same findings") {
  const auto rules = catalogue();
  const auto ads = town::Builder(9, false).build(1200);
  const auto first = observe(ads, *rules), again = observe(ads, *catalogue());
  CHECK(first.scores == again.scores);
  CHECK(first.keys == again.keys);
}
