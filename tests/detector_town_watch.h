#pragma once

#include <cstdlib>
#include <doctest/doctest.h>

#include "app/config.h"
#include "detector/quote.h"
#include "tests/detector_town.h"

/// The catalogue that is installed, over an invented town: what would be told, and when.
namespace town {

inline std::shared_ptr<const detector::Rules> catalogue() {
  std::vector<detector::RuleSpec> specs;
  std::vector<app::Fault> faults;
  for (const char* name : {"benign", "job", "recruitment", "service", "travel", "wages"}) {
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
inline Outcome observe(const std::vector<town::Posted>& ads, const detector::Rules& rules) {
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
      if (!findings.kind.empty() && !findings.restricted && (reason.span_size() != 2 || reason.quote().empty())) ++out.bare;
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

}  // namespace town
