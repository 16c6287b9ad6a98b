#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"
#include "detector/detector.h"
#include "detector/quote.h"

/// Small worlds for the detector's tests: numbers are reserved for fiction, texts are invented.
namespace detector_kit {

using namespace vigie;
using namespace vigie::detector;
using Around = vigie::detector::Evidence;  // not the record of that name

inline const Instant kNow = from_ms(1'795'000'000'000);
constexpr std::int64_t kDay = 24LL * 3600 * 1000;

inline RuleSpec rule(std::string id, std::string group, double weight, std::vector<std::string> phrases,
                     std::vector<std::string> family = {}) {
  RuleSpec spec;
  spec.id = spec.title = std::move(id);
  spec.tier = "T0";
  spec.group = std::move(group);
  spec.weight = weight;
  spec.when = "words";
  spec.says = "says " + spec.id;
  spec.family = std::move(family);
  spec.file = "rules/x.yaml";
  spec.line = 1;
  Selection words;
  words.name = "words";
  words.phrases = {{"en", std::move(phrases)}};
  spec.select = {std::move(words)};
  return spec;
}

inline std::shared_ptr<const Rules> compiled(std::vector<RuleSpec> specs, std::vector<WatchEntry> watch = {}) {
  auto rules = Rules::compile(std::move(specs), std::move(watch));
  return rules ? *rules : nullptr;
}

inline Ad ad(std::string id, std::string family, std::string text) {
  Ad made;
  made.set_ad(id);
  made.set_site(id.substr(0, id.find('/')));
  made.set_family(family);
  made.set_lang("en");
  made.set_text(text);
  made.set_state("live");
  *made.mutable_first_seen() = to_timestamp(kNow - std::chrono::hours(24));
  *made.mutable_last_seen() = to_timestamp(kNow);
  return made;
}

/// Adds a contact that stands in the text as `raw`.
inline void contact(Ad& made, std::string kind, std::string value, const std::string& raw,
                    std::vector<std::string> steps = {}) {
  auto* c = made.add_contacts();
  c->set_kind(kind);
  c->set_value(value);
  c->set_raw(raw);
  c->set_field("text");
  const auto at = made.text().find(raw);
  if (at != std::string::npos) {
    c->add_span(static_cast<int>(at));
    c->add_span(static_cast<int>(at + raw.size()));
  }
  for (auto& step : steps) c->add_steps(step);
}

inline ContactUse use(std::string value, std::string id, std::string family, std::int64_t days_ago = 1,
                      std::string name = "") {
  ContactUse made;
  made.set_kind("phone");
  made.set_value(value);
  made.set_ad(id);
  made.set_site(id.substr(0, id.find('/')));
  made.set_family(family);
  if (!name.empty()) made.set_name(name);
  made.set_first_ms(to_ms(kNow) - days_ago * kDay);
  made.set_last_ms(made.first_ms());
  return made;
}

inline const Reason* reason(const std::vector<Reason>& reasons, std::string_view indicator) {
  for (const auto& one : reasons) {
    if (one.indicator() == indicator) return &one;
  }
  return nullptr;
}

/// Every quote of these reasons about `made` stands, byte for byte, where its span says.
inline bool quotes_stand(const std::vector<Reason>& reasons, const Ad& made) {
  for (const auto& one : reasons) {
    if (one.quote().empty() || one.ad() != made.ad()) continue;
    if (one.span_size() != 2) return false;
    const auto stored = stored_text(made, one.field());
    if (one.span(0) < 0 || static_cast<std::size_t>(one.span(1)) > stored.size()) return false;
    const auto begin = static_cast<std::size_t>(one.span(0)), end = static_cast<std::size_t>(one.span(1));
    if (stored.substr(begin, end - begin) != one.quote()) return false;
  }
  return true;
}

constexpr const char* kPhone = "+33199000042";

/// A recruitment ad whose number can also stand elsewhere.
inline Around recruiter() {
  Around evidence;
  evidence.ad = ad("casting/1", "recruitment", "Hostesses for a fair, call 01 99 00 00 42 in the evening.");
  contact(evidence.ad, "phone", kPhone, "01 99 00 00 42");
  evidence.network.set_id("g-1");
  evidence.network.add_ads("casting/1");
  return evidence;
}

}  // namespace detector_kit
