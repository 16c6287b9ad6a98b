// One ad with what is known around it becomes one finding about its network: what is seen, how much it weighs, what
// speaks against it, and whether any of it is new.
#include <algorithm>
#include <cassert>
#include <set>

#include "core/text.h"
#include "detector/counter.h"
#include "detector/detector.h"
#include "detector/indicators.h"
#include "detector/networks.h"
#include "detector/quote.h"
#include "detector/score.h"

namespace vigie::detector {
namespace {

constexpr int kAdult = 18;
constexpr std::size_t kMaxMembers = 50;
constexpr int kLoneAlerts = 16;           // ads of a network whose own alerts are looked for
constexpr std::size_t kMaxReasons = 60;  // of one alert

bool states_minor(const Ad& ad) {
  return ad.has_age() && ad.age() > 0 && ad.age() < kAdult;
}

/// A stated age under 18 anywhere in the network: in the ad, its last version, or an ad tied to it.
bool restricted_path(const Evidence& evidence, const Scene& scene) {
  if (states_minor(evidence.ad) || (evidence.before && states_minor(*evidence.before))) return true;
  if (evidence.alert && evidence.alert->restricted()) return true;  // once said, the text stays withheld
  if (std::any_of(evidence.members.begin(), evidence.members.end(), states_minor)) return true;
  const auto minor_use = [](const ContactUse& use) { return use.has_age() && use.age() > 0 && use.age() < kAdult; };
  return std::any_of(scene.shared.begin(), scene.shared.end(), [&](const Shared& shared) {
    return std::any_of(shared.uses.begin(), shared.uses.end(), minor_use);
  });
}

struct Structure {
  std::vector<Reason> reasons;
  bool leads = false;
};

Structure structure_of(const Scene& scene) {
  Structure found;
  for (const auto& row : indicators()) {
    auto fired = row.sees(scene);
    if (!fired) continue;
    found.leads = found.leads || fired->leads;
    found.reasons.push_back(complete(row, *std::move(fired)));
  }
  return found;
}

/// What words and marks of one ad say, with what speaks against it: a network's words are those of its strongest ad, so
/// that twenty honest ads of one agency do not add up.
struct Words {
  std::vector<Reason> reasons;
  bool suffice = false;
  double odds = 0;
  std::string family;
};

Words words_of(const Ad& ad, std::vector<Reason> reasons, const Evidence& evidence, Instant now) {
  Words words;
  words.family = ad.family();
  Evidence alone;
  alone.ad = ad;
  alone.site_contacts = evidence.site_contacts;
  alone.site_obscured = evidence.site_obscured;
  const Scene scene = scene_of(alone, now, reasons);
  for (auto& reason : reasons) {
    if (reason.weight() >= 0) words.reasons.push_back(std::move(reason));
  }
  for (const auto& row : indicators()) {
    if (row.group == "network" || row.group == "history") continue;
    if (auto fired = row.sees(scene)) words.reasons.push_back(complete(row, *std::move(fired)));
  }
  words.odds = log_odds(words.reasons, counters_of(scene, words.reasons));
  words.suffice = words.odds >= 0 && words_suffice(words.family, words.reasons);
  return words;
}

Words strongest(const Evidence& evidence, const std::vector<Reason>& own, const Rules& rules, Instant now) {
  Words best = words_of(evidence.ad, own, evidence, now);
  for (std::size_t i = 0; i < std::min(evidence.members.size(), kMaxMembers); ++i) {
    const auto& member = evidence.members[i];
    if (member.ad() == evidence.ad.ad() || !(offers(member.family()) || member.family() == "mixed")) continue;
    auto words = words_of(member, rules.match(member, now), evidence, now);
    if (std::pair(words.suffice, words.odds) > std::pair(best.suffice, best.odds + 1e-9)) best = std::move(words);
  }
  return best;
}

/// Puts what is missing from `more` behind `reasons`, each indicator once for each ad.
void join(std::vector<Reason>& reasons, std::vector<Reason> more) {
  std::set<std::pair<std::string, std::string>> known;
  for (const auto& reason : reasons) known.emplace(reason.indicator(), reason.ad());
  for (auto& reason : more) {
    if (known.emplace(reason.indicator(), reason.ad()).second) reasons.push_back(std::move(reason));
  }
}

std::string title_of(const Rules& rules, const Reason& reason) {
  for (const auto& spec : rules.specs()) {
    if (spec.id == reason.indicator() && !spec.title.empty()) return spec.title;
  }
  return reason.text();
}

/// What leads stands first: watch lists, links, then words by weight.
void put_in_order(std::vector<Reason>& reasons) {
  const auto rank = [](const Reason& r) { return r.family() == "watch" ? 0 : r.family() == "network" ? 1 : 2; };
  std::stable_sort(reasons.begin(), reasons.end(), [&](const Reason& a, const Reason& b) {
    return rank(a) != rank(b) ? rank(a) < rank(b) : a.weight() > b.weight();
  });
}

std::string headline_of(const Findings& findings, const Words& words, const Rules& rules) {
  if (findings.restricted) return "restricted: a stated age under 18 was observed; text withheld";
  for (const auto& reason : findings.reasons) {
    if (reason.family() == "watch") return reason.text();
  }
  const Reason* lead = nullptr;
  for (const auto& reason : findings.reasons) {
    if (reason.family() == "network" && (lead == nullptr || reason.weight() > lead->weight())) lead = &reason;
  }
  if (lead != nullptr && !words.suffice) return lead->text();
  if (lead != nullptr && lead->weight() >= 3) return lead->text();
  auto strongest_first = words.reasons;
  put_in_order(strongest_first);
  std::vector<std::string> titles;
  for (const auto& reason : strongest_first) {
    if (reason.weight() > 0) titles.push_back(title_of(rules, reason));
  }
  std::string headline = words.family + " ad matches " + std::to_string(titles.size()) + " indicators: ";
  const bool more = titles.size() > 3;
  titles.resize(std::min<std::size_t>(titles.size(), 3));
  return headline + text::join(titles, "; ") + (more ? "; …" : "");
}

bool told_before(const Alert& alert, const std::string& indicator) {
  return std::any_of(alert.reasons().begin(), alert.reasons().end(),
                     [&](const Reason& r) { return r.indicator() == indicator; });
}

/// A change that an analyst who knows the ad would want to know: whom to reach, where, who.
bool telling(const Change& change) {
  const auto& field = change.field();
  return field.starts_with("contacts") || field == "place" || field.starts_with("place.") || field == "name" ||
         field == "age";
}

struct News {
  bool ad = false, reason = false, change = false, back = false;
  bool any() const { return ad || reason || change || back; }
};

News news_of(const Evidence& evidence, const Findings& findings) {
  News news;
  if (!evidence.alert) return {true, true, false, false};
  const auto& alert = *evidence.alert;
  news.ad = std::find(alert.ads().begin(), alert.ads().end(), evidence.ad.ad()) == alert.ads().end();
  for (const auto& reason : findings.reasons) {
    // A sign of weight zero is context: no message for it, except a watch list.
    if ((reason.weight() > 0 || reason.family() == "watch") && !told_before(alert, reason.indicator()))
      news.reason = true;
  }
  news.reason = news.reason || (findings.restricted && !alert.restricted());
  news.change = std::any_of(evidence.changes.begin(), evidence.changes.end(), telling);
  news.back = evidence.before && evidence.before->state() == "gone" && evidence.ad.state() != "gone";
  return news;
}

std::string kind_of(const Evidence& evidence, const Findings& findings, const News& news) {
  const bool watched = std::any_of(findings.reasons.begin(), findings.reasons.end(),
                                   [](const Reason& r) { return r.family() == "watch"; });
  if (watched) return "watch";
  if (!evidence.alert) return evidence.network.ads_size() > 1 ? "cluster" : "new";
  if (news.ad) return "linked";
  if (news.back) return "returned";
  if (news.change || news.reason) return "changed";
  return evidence.alert->kind().empty() ? "cluster" : evidence.alert->kind();
}

std::string severity_for(const Findings& findings, const Rules& rules) {
  if (findings.restricted) return "high";
  std::string highest(severity_of(findings.score));
  const auto rank = [](std::string_view s) { return s == "high" ? 3 : s == "medium" ? 2 : s == "low" ? 1 : 0; };
  for (const auto& reason : findings.reasons) {
    if (reason.family() != "watch") continue;
    const auto severity = rules.watch_severity(reason.indicator());
    if (rank(severity) > rank(highest)) highest = severity;
  }
  return highest;
}

/// DESIGN section 6: an alert without text or preview. Ids, tiers and weights stay; sentences of ours that hold no word
/// of the ad stay too.
void withhold(Findings& findings) {
  Reason stated;
  stated.set_indicator("stated_age_under_18");
  stated.set_tier("T0");
  stated.set_family("restricted");
  stated.set_field("age");
  stated.set_text("a stated age under 18 was observed; text withheld");
  for (auto& reason : findings.reasons) {
    reason.clear_quote();
    reason.clear_span();
    reason.clear_field();
    reason.clear_false_positives();
    reason.set_text("details withheld: restricted path");
  }
  findings.reasons.insert(findings.reasons.begin(), std::move(stated));
  for (auto& counter : findings.counter) counter.set_text("details withheld: restricted path");
}

/// Signs that earlier ads of the network showed stay in its alert: else each ad in turn would seem to tell something
/// new. They are not summed again, and those of this ad are not kept, since it was just read.
void keep_told(const Evidence& evidence, std::vector<Reason>& reasons) {
  if (!evidence.alert) return;
  for (const auto& earlier : evidence.alert->reasons()) {
    if (reasons.size() >= kMaxReasons) return;
    const bool known = std::any_of(reasons.begin(), reasons.end(),
                                   [&](const Reason& r) { return r.indicator() == earlier.indicator(); });
    if (!known && earlier.ad() != evidence.ad.ad()) reasons.push_back(earlier);
  }
}

/// Every reason shows a place in the stored text of the ad that it is about.
void give_places(const Evidence& evidence, std::vector<Reason>& reasons) {
  for (auto& reason : reasons) {
    if (reason.span_size() == 2) continue;
    const auto* about = &evidence.ad;
    for (const auto& member : evidence.members) {
      if (member.ad() == reason.ad()) about = &member;
    }
    std::string number;
    if (reason.field() == "age") number = std::to_string(about->age());
    if (reason.field().starts_with("price")) number = std::to_string(static_cast<std::int64_t>(about->price().amount()));
    quote_something(reason, *about, number);
  }
}

std::string key_of(const Evidence& evidence) {
  // The store gives a network its id from its first ad on, so the key does not change when it grows.
  return evidence.network.id().empty() ? evidence.ad.ad() : evidence.network.id();
}

}  // namespace

std::vector<std::string> keys_of(const Evidence& evidence) {
  std::vector<std::string> keys;
  if (!evidence.network.id().empty()) keys.push_back(evidence.network.id());
  keys.insert(keys.end(), evidence.network.merged().begin(), evidence.network.merged().end());
  if (!evidence.ad.ad().empty()) keys.push_back(evidence.ad.ad());
  // An alert about a lone ad goes on when others turn out to belong to it.
  for (int i = 0; i < std::min(evidence.network.ads_size(), kLoneAlerts); ++i) keys.push_back(evidence.network.ads(i));
  if (!copied_text_leads(evidence)) return keys;
  std::vector<const Similar*> older;
  for (const auto& similar : evidence.similar) {
    if (similar.jaccard() >= kSameText) older.push_back(&similar);
  }
  std::sort(older.begin(), older.end(), [](const Similar* a, const Similar* b) {
    return std::pair(a->first_ms(), a->ad()) < std::pair(b->first_ms(), b->ad());
  });
  for (const auto* similar : older) keys.push_back(similar->ad());
  return keys;
}

Findings assess(const Evidence& evidence, const Rules& rules, Instant now) {
  Findings findings;
  findings.key = key_of(evidence);
  const auto own = rules.match(evidence.ad, now);
  const Scene scene = scene_of(evidence, now, own);
  const auto words = strongest(evidence, own, rules, now);
  auto structure = structure_of(scene);

  findings.reasons = rules.watch(evidence.ad, now);
  const bool watched = !findings.reasons.empty();
  join(findings.reasons, std::move(structure.reasons));
  join(findings.reasons, words.reasons);
  std::vector<Reason> mine;
  std::copy_if(own.begin(), own.end(), std::back_inserter(mine), [](const Reason& r) { return r.weight() >= 0; });
  join(findings.reasons, std::move(mine));
  put_in_order(findings.reasons);
  give_places(evidence, findings.reasons);
  findings.counter = counters_of(scene, findings.reasons);

  // The words of the network are those of one ad, so only they and the links are summed.
  std::vector<Reason> summed;
  for (const auto& reason : findings.reasons) {
    const bool link = reason.family() == "network" || reason.family() == "history";
    const bool strongest_ad = std::any_of(words.reasons.begin(), words.reasons.end(), [&](const Reason& r) {
      return r.indicator() == reason.indicator() && r.ad() == reason.ad();
    });
    if (link || strongest_ad) summed.push_back(reason);
  }
  const double odds = log_odds(summed, findings.counter);
  findings.score = probability(odds);
  findings.restricted = restricted_path(evidence, scene);
  const bool tells = odds >= 0 && (structure.leads || words.suffice);
  if (tells || watched || findings.restricted) {
    keep_told(evidence, findings.reasons);
    const auto news = news_of(evidence, findings);
    findings.news = news.any();
    findings.kind = kind_of(evidence, findings, news);
    findings.severity = severity_for(findings, rules);
    if (findings.severity.empty()) findings.severity = "low";
    findings.headline = headline_of(findings, words, rules);
  }
  if (findings.restricted) withhold(findings);
  return findings;
}

}  // namespace vigie::detector
