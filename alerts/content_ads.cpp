#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

#include "alerts/content.h"
#include "core/url.h"

namespace vigie::alerts {
namespace {

constexpr std::size_t kMaxAds = 10, kMaxReasons = 20, kMaxReasonsAd = 5, kMaxChanges = 20;

std::string number(double value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.6g", value);
  return buffer.data();
}

Text tier_text(std::string_view tier) {
  if (tier == "T+") return Text::tier_plus;
  if (tier == "T-") return Text::tier_minus;
  if (tier == "P!") return Text::tier_protected;
  return Text::tier_zero;
}

/// A scalar or small structure on one line; anything deeper as JSON. Depth is bounded, so hostile nesting costs nothing.
std::string short_value(const google::protobuf::Value& value, int depth = 0) {
  using google::protobuf::Value;
  switch (value.kind_case()) {
    case Value::kStringValue: return value.string_value();
    case Value::kNumberValue: return number(value.number_value());
    case Value::kBoolValue: return value.bool_value() ? "true" : "false";
    case Value::kStructValue: {
      if (depth > 1) return "{…}";
      std::vector<std::string> parts;
      for (const char* key : {"kind", "value", "amount", "currency", "per", "text", "country", "postcode"}) {
        const auto it = value.struct_value().fields().find(key);
        if (it != value.struct_value().fields().end()) parts.push_back(short_value(it->second, depth + 1));
      }
      if (!parts.empty()) return text::join(parts, " ");
      for (const auto& [key, inner] : value.struct_value().fields()) parts.push_back(key + "=" + short_value(inner, depth + 1));
      std::sort(parts.begin(), parts.end());
      return text::join(parts, ", ");
    }
    case Value::kListValue: return "[" + std::to_string(value.list_value().values_size()) + "]";
    default: return "";
  }
}

std::set<std::string> elements(const google::protobuf::Value& value) {
  std::set<std::string> out;
  for (const auto& v : value.list_value().values()) out.insert(short_value(v));
  return out;
}

/// Where two long texts differ, with a little of what stands around it: an edit is told, the ad's text is not.
void keep_difference(std::string& a, std::string& b) {
  constexpr std::size_t kAround = 20;
  if (a.size() <= 80 && b.size() <= 80) return;
  std::size_t head = 0, tail = 0;
  const std::size_t common = std::min(a.size(), b.size());
  while (head < common && a[head] == b[head]) ++head;
  while (tail < common - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const std::size_t first = head;
  head = head > kAround ? head - kAround : 0;
  tail = tail > kAround ? tail - kAround : 0;
  while (head > 0 && head < first && a[head - 1] != ' ') ++head;  // whole words before it
  const auto cut = [&](std::string& s) {
    if (s.empty()) return;
    const std::string whole = s;
    s = text::repair_utf8(std::string_view(whole).substr(head, whole.size() - head - tail));
    // The cut may fall inside a character; what is left of it is not text.
    while (s.starts_with("\uFFFD")) s.erase(0, 3);
    while (s.ends_with("\uFFFD")) s.erase(s.size() - 3);
    if (head > 0) s.insert(0, "…");
    if (tail > 0) s += "…";
  };
  cut(a);
  cut(b);
}

}  // namespace

void Builder::reason(const Reason& r, bool health) {
  Block block{Kind::item, "", {piece(r.text())}};
  if (!r.quote().empty()) {
    block.pieces.push_back({": ", false});
    block.pieces.push_back(quoted(r.quote()));
    if (r.span_size() == 2) {
      block.pieces.push_back({" ", false});
      block.pieces.push_back(piece("(" + tr(Text::matched_in, {r.field(), std::to_string(r.span(0)), std::to_string(r.span(1))}) + ")"));
    }
  }
  std::string tail = " [" + r.indicator() + (r.rule_version().empty() ? "" : " " + r.rule_version());
  // What a service says of itself is no evidence: it has no tier and no weight.
  if (!r.tier().empty() && !health) tail += "; " + r.tier() + ": " + tr(tier_text(r.tier()));
  if (r.has_weight() && !health) tail += "; " + tr(Text::weight, {number(r.weight())});
  if (!r.ad().empty() && !shown_.contains(r.ad())) tail += "; " + r.ad();
  block.pieces.push_back({" ", false});
  block.pieces.push_back(piece(tail + "]"));
  if (r.false_positives_size() > 0) {
    const std::vector<std::string> known(r.false_positives().begin(), r.false_positives().end());
    block.pieces.push_back({" ", false});
    block.pieces.push_back(piece(tr(Text::false_positives, {text::join(known, "; ")})));
  }
  blocks_.push_back(std::move(block));
}

void Builder::reasons(const Alert& a) {
  const bool health = a.kind() == "health";
  std::vector<const Reason*> general;
  for (const Reason& r : a.reasons()) {
    if (r.ad().empty() || !shown_.contains(r.ad()) || health) general.push_back(&r);
  }
  if (general.empty()) return;
  add(Kind::subheading, tr(Text::reasons));
  const std::size_t shown = std::min(general.size(), kMaxReasons);
  for (std::size_t i = 0; i < shown; ++i) reason(*general[i], health);
  if (general.size() > shown) add(Kind::item, tr(Text::more, {std::to_string(general.size() - shown)}));
}

Block Builder::change(const Change& c) const {
  using google::protobuf::Value;
  if (c.before().kind_case() == Value::kListValue || c.after().kind_case() == Value::kListValue) {
    const auto before = elements(c.before()), after = elements(c.after());
    std::string line;
    for (const auto& e : before) line += after.contains(e) ? "" : " - " + clip(e, 80);
    for (const auto& e : after) line += before.contains(e) ? "" : " + " + clip(e, 80);
    return {Kind::item, "", {piece(tr(Text::changed_in, {c.field()}) + ":" + line, 600)}};
  }
  std::string before = short_value(c.before()), after = short_value(c.after());
  if (before.empty()) after = clip(text::repair_utf8(after), 160);  // a text that appears is a text, not an edit
  if (after.empty()) before = clip(text::repair_utf8(before), 160);
  if (!before.empty() && !after.empty()) keep_difference(before, after);
  Block block{Kind::item, "", {piece(tr(Text::changed_in, {c.field()}) + ":"), {" ", false}}};
  block.pieces.push_back(before.empty() ? piece(tr(Text::nothing)) : quoted(before));
  block.pieces.push_back({" → ", false});
  block.pieces.push_back(after.empty() ? piece(tr(Text::nothing)) : quoted(after));
  return block;
}

void Builder::one_ad(const Alert& a, const AdBrief& b, int index) {
  add(Kind::subheading, tr(Text::ad, {std::to_string(index)}) + ": " + b.ad());
  std::vector<std::string> parts;
  if (!b.site().empty()) parts.push_back(tr(Text::on_site, {b.site()}) + (b.family().empty() ? "" : " (" + b.family() + ")"));
  if (b.has_first_seen()) parts.push_back(tr(Text::first_observed, {to_rfc3339(from_timestamp(b.first_seen()))}));
  if (b.has_last_seen()) parts.push_back(tr(Text::last_observed, {to_rfc3339(from_timestamp(b.last_seen()))}));
  if (!b.state().empty()) parts.push_back(tr(b.state() == "gone" ? Text::state_gone : Text::state_live));
  if (!a.restricted() && b.has_version()) {
    const std::string sum = b.sha256().empty() ? "" : ", SHA-256 " + b.sha256().substr(0, 16);
    parts.push_back(tr(Text::code_version, {std::to_string(b.version())}) + sum);
  }
  if (!parts.empty()) add(Kind::note, text::join(parts, "; "));
  if (a.restricted()) return;
  if (!b.url().empty()) add(Kind::note, defang(b.url()));
  const int changes = std::min(b.changes_size(), static_cast<int>(kMaxChanges));
  for (int i = 0; i < changes; ++i) blocks_.push_back(change(b.changes(i)));
  if (b.changes_size() > changes) add(Kind::item, tr(Text::more, {std::to_string(b.changes_size() - changes)}));
  if (a.kind() == "health") return;
  std::size_t told = 0, left = 0;
  for (const Reason& r : a.reasons()) {
    if (r.ad() != b.ad()) continue;
    if (told < kMaxReasonsAd) reason(r), ++told;
    else ++left;
  }
  if (left > 0) add(Kind::item, tr(Text::more, {std::to_string(left)}));
  whole_ad(b.ad());
}

/// All that an encrypted message may say beside the excerpts.
void Builder::whole_ad(const std::string& ad) {
  constexpr std::size_t kMaxText = 4000, kMaxContacts = 20;
  if (detail_of(receiver_) != "full" || !options_.read_ad) return;
  const auto known = options_.read_ad(ad);
  if (!known) return;
  if (!known->title().empty()) add(Kind::note, tr(Text::full_title, {known->title()}));
  std::vector<std::string> contacts;
  for (const Contact& c : known->contacts()) {
    if (contacts.size() < kMaxContacts) contacts.push_back(c.kind() + " " + c.value());
  }
  if (!contacts.empty()) add(Kind::note, tr(Text::full_contacts, {text::join(contacts, "; ")}));
  if (known->text().empty()) return;
  add(Kind::note, tr(Text::full_text));
  blocks_.push_back({Kind::note, "", {{clip(harmless(text::cut_utf8(known->text(), 4 * kMaxText)), kMaxText), true}}});
}

void Builder::ads(const Told& told) {
  const Alert& a = *told.alert;
  // What is new comes first, so that a growing network reads from its news.
  std::vector<const AdBrief*> order;
  const std::set<std::string> fresh(a.new_ads().begin(), a.new_ads().end());
  const auto is_new = [&](const AdBrief& b) { return b.is_new() || fresh.contains(b.ad()); };
  for (const bool wanted : {true, false}) {
    for (const AdBrief& b : a.briefs()) {
      if (is_new(b) == wanted) order.push_back(&b);
    }
  }
  if (order.size() > kMaxAds) order.resize(kMaxAds);
  shown_.clear();
  for (const AdBrief* b : order) shown_.insert(b->ad());
  if (a.restricted()) shown_.clear();
  int index = 0;
  for (const AdBrief* b : order) one_ad(a, *b, ++index);
  const int total = std::max({a.ads_total(), a.ads_size(), a.briefs_size()});
  if (total > index && index > 0) add(Kind::note, tr(Text::more, {std::to_string(total - index)}));
  if (!a.restricted()) reasons(a);
}

void Builder::counter(const Alert& a) {
  if (a.restricted() || a.kind() == "health") return;
  add(Kind::subheading, tr(Text::against));
  for (int i = 0; i < std::min(a.counter_size(), 10); ++i) {
    const Counter& c = a.counter(i);
    std::string tail = " [" + c.indicator() + (c.ad().empty() ? "" : "; " + c.ad());
    if (c.has_weight()) tail += "; " + tr(Text::weight, {number(c.weight())});
    blocks_.push_back({Kind::item, "", {piece(c.text()), {" ", false}, piece(tail + "]")}});
  }
  if (a.counter_size() == 0) add(Kind::item, tr(Text::no_counter));
  if (a.counter_size() > 10) add(Kind::item, tr(Text::more, {std::to_string(a.counter_size() - 10)}));
}

void Builder::codes(const Alert& a) {
  std::vector<std::string> parts = {tr(Text::alert, {label_of(a)}), tr(Text::code_revision, {std::to_string(a.revision())})};
  if (!a.network().empty()) parts.push_back(tr(Text::code_network, {a.network()}));
  if (a.has_score() && !a.restricted() && a.kind() != "health") parts.push_back(tr(Text::code_score, {number(std::round(a.score() * 100) / 100)}));
  if (a.restricted()) {
    std::set<std::string> names;
    for (const Reason& r : a.reasons()) names.insert(r.indicator());
    if (!names.empty()) parts.push_back(tr(Text::code_indicators, {text::join({names.begin(), names.end()}, ", ")}));
  }
  add(Kind::tail, tr(Text::codes) + ": " + text::join(parts, " · "));
}

/// Why, what is new, the ads with their changes and reasons, what speaks against, codes last.
void Builder::details(const Told& told, bool alone) {
  const Alert& a = *told.alert;
  add(Kind::heading, alone ? tr(Text::alert, {label_of(a)}) : label_of(a) + " · " + title_of(told));
  if (!alone) add(Kind::note, headline_of(a));
  if (told.update && a.new_ads_size() > 0) {
    add(Kind::subheading, tr(Text::since_last));
    const int n = std::min(a.new_ads_size(), static_cast<int>(kMaxAds));
    for (int i = 0; i < n; ++i) add(Kind::item, tr(Text::new_here, {a.new_ads(i)}));
    if (a.new_ads_size() > n) add(Kind::item, tr(Text::more, {std::to_string(a.new_ads_size() - n)}));
  }
  ads(told);
  counter(a);
  codes(a);
}

}  // namespace vigie::alerts
