#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <optional>
#include <set>

#include "alerts/first_pass.h"
#include "alerts/message.h"
#include "alerts/texts.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/text.h"
#include "core/url.h"

namespace vigie::alerts {
namespace {

using Kind = Block::Kind;

constexpr std::size_t kMaxAds = 10, kMaxReasons = 20, kMaxReasonsAd = 5, kMaxChanges = 20;
constexpr std::size_t kDetailed = 10;                 // alerts of one message in full; each other has a line
constexpr std::size_t kFactWidth = kWidth - 14;        // the widest label of any language, with its colon and blank

std::string number(double value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.6g", value);
  return buffer.data();
}

Text kind_text(std::string_view kind) {
  struct Row {
    std::string_view kind;
    Text text;
  };
  constexpr Row kRows[] = {{"changed", Text::kind_changed}, {"gone", Text::kind_gone},       {"returned", Text::kind_returned},
                           {"linked", Text::kind_linked},   {"cluster", Text::kind_cluster}, {"watch", Text::kind_watch},
                           {"health", Text::kind_health}};
  for (const Row& row : kRows) {
    if (row.kind == kind) return row.text;
  }
  return Text::kind_new;
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

/// Builds the blocks of one message. Everything foreign goes through piece(), so nothing can be forgotten.
class Builder {
 public:
  Builder(const Receiver& receiver, const AlertOptions& options) : receiver_(receiver), options_(options) {}

  std::string tr(Text which, std::initializer_list<std::string_view> arguments = {}) const {
    return say(receiver_.language, which, arguments);
  }
  static Piece piece(std::string_view text, std::size_t limit = 300) { return {clip(harmless(text::cut_utf8(text, 4096)), limit), false}; }
  static Piece quoted(std::string_view text) { return {clip(harmless(text::cut_utf8(text, 4096)), 200), true}; }

  void add(Kind kind, std::string_view text) { blocks_.push_back({kind, "", {piece(text)}}); }
  /// A line of the first screen: at most `lines` lines of the plain form.
  void fact(Text label, std::string_view text, std::size_t lines) { put_fact(Kind::fact, tr(label), text, lines); }
  void more_fact(std::string_view text, std::size_t lines) { put_fact(Kind::more_fact, "", text, lines); }

  void first_screen(const Told& told);
  void first_screen_of_many(const std::vector<Told>& told, const std::vector<Told>& singles, const FirstPasses& passes);
  void first_screen_of_passes(const std::vector<Told>& told, const FirstPasses& passes);
  void add_all(std::vector<Block> more) { std::move(more.begin(), more.end(), std::back_inserter(blocks_)); }
  void details(const Told& told, bool alone);
  void footer(std::string_view delivery);

  /// Code and headline on one line.
  void name(const Told& told) {
    const Alert& a = *told.alert;
    const std::string line = label_of(a) + " · " + severity_word(receiver_.language, a.severity()) + " · " + headline_of(a);
    blocks_.push_back({Kind::item, "", {piece(line, kWidth - 2)}});
  }

  std::vector<Block> take() { return std::move(blocks_); }
  std::string title_of(const Told& told) const;
  /// "A-2026-000123 · HIGH · linked · 2 ads · scope NORTH-01: headline"
  std::string line_of(const Told& told) const {
    return label_of(*told.alert) + " · " + title_of(told) + ": " + headline_of(*told.alert);
  }

 private:
  std::string headline_of(const Alert& a) const { return a.restricted() ? tr(Text::restricted_why) : a.headline(); }
  std::string title_of_many(const std::vector<Told>& told, const std::string& subject) const;
  std::string what_of_many(const std::vector<Told>& told, std::size_t passes) const;
  void put_fact(Kind kind, std::string label, std::string_view text, std::size_t lines) {
    blocks_.push_back({kind, std::move(label), {{fit(harmless(text::cut_utf8(text, 4096)), kFactWidth, lines), false}}});
  }
  void what(const Told& told);
  void todo(const Told& told);
  void first_change(const Alert& alert);
  void reason(const Reason& reason, bool health = false);
  void reasons(const Alert& alert);
  void ads(const Told& told);
  void one_ad(const Alert& alert, const AdBrief& brief, int index);
  Block change(const Change& change) const;
  void counter(const Alert& alert);
  void codes(const Alert& alert);

  const Receiver& receiver_;
  const AlertOptions& options_;
  std::vector<Block> blocks_;
  std::set<std::string> shown_;  // ads of the current alert that have a paragraph of their own
};

std::string Builder::title_of(const Told& told) const {
  const Alert& a = *told.alert;
  std::string out = severity_word(receiver_.language, a.severity());
  if (told.update) out += " · " + tr(Text::update);
  out += " · " + (a.restricted() ? tr(Text::restricted_title) : tr(kind_text(a.kind())));
  const int total = std::max(a.ads_total(), a.ads_size());
  if (total > 0 && a.kind() != "health") out += " · " + counted(receiver_.language, Text::one_ad, Text::many_ads, total);
  if (!a.scope().empty()) out += " · " + tr(Text::scope, {a.scope()});
  return out;
}

void Builder::what(const Told& told) {
  const Alert& a = *told.alert;
  std::vector<std::string> parts;
  if (a.new_ads_size() > 0 && told.update) parts.push_back(tr(Text::new_ads, {std::to_string(a.new_ads_size())}));
  std::optional<Instant> first;
  for (const AdBrief& b : a.briefs()) {
    if (b.has_first_seen() && (!first || from_timestamp(b.first_seen()) < *first)) first = from_timestamp(b.first_seen());
  }
  if (first) parts.push_back(tr(Text::first_observed, {to_rfc3339(*first)}));
  if (a.sites_size() > 0) {
    const std::vector<std::string> sites(a.sites().begin(), a.sites().begin() + std::min(a.sites_size(), 8));
    parts.push_back(tr(Text::at_sites, {text::join(sites, ", ")}) + (a.sites_size() > 8 ? ", …" : ""));
  }
  if (!a.legal_reference().empty()) parts.push_back(tr(Text::legal, {a.legal_reference()}));
  if (parts.empty()) return fact(Text::what, tr(Text::alert, {label_of(a)}), 1);
  fact(Text::what, text::join(parts, "; "), 3);
  more_fact(tr(Text::alert, {label_of(a)}), 1);
}

/// The first edit of an ad, on one line: what is new in an alert about a change.
void Builder::first_change(const Alert& a) {
  if (a.restricted()) return;
  for (const AdBrief& b : a.briefs()) {
    if (b.changes_size() == 0) continue;
    const Block line = change(b.changes(0));
    std::string text = b.ad() + ": ";
    for (const Piece& p : line.pieces) text += p.marked ? "“" + p.text + "”" : p.text;
    return more_fact(text, 1);
  }
}

void Builder::todo(const Told& told) {
  const Alert& a = *told.alert;
  if (a.restricted()) return fact(Text::todo, tr(Text::do_restricted), 3);
  if (a.kind() == "health") fact(Text::todo, tr(Text::do_health), 2);
  else if (a.ads_size() > 0) {
    const std::string& ad = a.new_ads_size() > 0 ? a.new_ads(0) : a.ads(0);
    fact(Text::todo, tr(Text::do_history, {ad}), 2);
    more_fact(tr(Text::do_links, {ad}), 2);
  }
  if (a.kind() == "health" || a.ads_size() > 0) more_fact(tr(Text::do_list), 1);
  else fact(Text::todo, tr(Text::do_list), 1);
}

void Builder::first_screen(const Told& told) {
  const Alert& a = *told.alert;
  blocks_.push_back({Kind::title, "", {{fit(harmless(title_of(told)), kWidth, 2), false}}});
  fact(Text::why, a.restricted() ? tr(Text::restricted_why) : a.headline(), 4);
  if (!a.restricted() && a.kind() != "health") {
    int shown = 0;
    for (int i = 0; i < a.reasons_size() && shown < 2; ++i) {
      if (a.reasons(i).text() == a.headline()) continue;
      more_fact(a.reasons(i).text(), 2);
      ++shown;
    }
    more_fact(a.counter_size() > 0 ? tr(Text::against) + ": " + a.counter(0).text() : tr(Text::no_counter), 2);
  }
  what(told);
  first_change(a);
  todo(told);
}

/// The gravest severity of `told` and its scopes, as a title says them.
std::string Builder::title_of_many(const std::vector<Told>& told, const std::string& subject) const {
  std::string severity = "low";
  std::set<std::string> scopes;
  for (const Told& t : told) {
    if (severity_rank(t.alert->severity()) > severity_rank(severity)) severity = t.alert->severity();
    if (!t.alert->scope().empty()) scopes.insert(t.alert->scope());
  }
  std::string title = severity_word(receiver_.language, severity) + " · " + subject;
  if (!scopes.empty()) title += " · " + tr(Text::scope, {text::join({scopes.begin(), scopes.end()}, ", ")});
  return fit(harmless(title), kWidth, 2);
}

/// How many of each severity (summaries of first passes have none to tell), where, and on which legal ground.
std::string Builder::what_of_many(const std::vector<Told>& told, std::size_t passes) const {
  std::array<int, 3> severities{};
  std::set<std::string> sites, grounds;
  for (const Told& t : told) {
    ++severities[static_cast<std::size_t>(severity_rank(t.alert->severity()))];
    if (t.alert->restricted()) continue;
    sites.insert(t.alert->sites().begin(), t.alert->sites().end());
    if (!t.alert->legal_reference().empty()) grounds.insert(t.alert->legal_reference());
  }
  std::vector<std::string> parts;
  for (const char* severity : {"high", "medium", "low"}) {
    const int n = severities[static_cast<std::size_t>(severity_rank(severity))];
    if (n > 0 && told.size() > passes) parts.push_back(std::to_string(n) + " " + severity_word(receiver_.language, severity));
  }
  const auto some = [](const std::set<std::string>& all, std::size_t n) {
    std::vector<std::string> out;
    for (auto it = all.begin(); it != all.end() && out.size() < n; ++it) out.push_back(*it);
    return text::join(out, ", ") + (all.size() > n ? ", …" : "");
  };
  if (!grounds.empty()) parts.push_back(tr(Text::legal, {some(grounds, 3)}));
  if (!sites.empty()) parts.push_back(tr(Text::at_sites, {some(sites, 6)}));
  return text::join(parts, "; ");
}

void Builder::first_screen_of_many(const std::vector<Told>& told, const std::vector<Told>& singles, const FirstPasses& passes) {
  blocks_.push_back({Kind::title, "", {{title_of_many(told, tr(Text::several, {std::to_string(told.size())})), false}}});
  const std::size_t on_screen = passes.empty() ? 5 : 4, lines = singles.size() > 3 ? 2 : 3;
  for (std::size_t i = 0; i < std::min(singles.size(), on_screen); ++i) {
    const std::string line = line_of(singles[i]);
    if (i == 0) fact(Text::why, line, lines);
    else more_fact(line, lines);
  }
  if (singles.size() > on_screen) more_fact(tr(Text::more, {std::to_string(singles.size() - on_screen)}), 1);
  if (!passes.empty()) more_fact(passes.total(receiver_.language), 2);
  fact(Text::what, what_of_many(told, passes.sites.size()), 2);
  fact(Text::todo, tr(Text::do_list), 2);
  if (!passes.empty()) more_fact(tr(Text::do_kept), 1);
}

void Builder::first_screen_of_passes(const std::vector<Told>& told, const FirstPasses& passes) {
  const std::string subject = tr(Text::first_pass) + " · " + passes.sites_text(receiver_.language);
  blocks_.push_back({Kind::title, "", {{title_of_many(told, subject), false}}});
  fact(Text::why, passes.total(receiver_.language), 3);
  fact(Text::what, tr(Text::first_pass_what), 2);
  more_fact(what_of_many(told, passes.sites.size()), 3);
  fact(Text::todo, tr(Text::do_kept), 2);
  more_fact(tr(Text::do_list), 1);
}

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
  if (a.has_score() && !a.restricted() && a.kind() != "health") parts.push_back(tr(Text::code_score, {number(a.score())}));
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

void Builder::footer(std::string_view delivery) {
  add(Kind::heading, tr(Text::about));
  add(Kind::note, tr(Text::foot_indicator));
  add(Kind::note, tr(Text::foot_links));
  add(Kind::note, tr(Text::foot_receiver, {receiver_.name, text::join(receiver_.scopes, ", "), severity_word(receiver_.language, receiver_.min_severity)}));
  if (!options_.unit.empty()) add(Kind::note, tr(Text::foot_sender, {options_.unit}));
  add(Kind::note, tr(Text::code_delivery, {delivery}));
}

}  // namespace

int severity_rank(std::string_view severity) {
  if (severity == "high") return 2;
  return severity == "medium" ? 1 : 0;
}

std::vector<Block> blocks_of(const std::vector<Told>& told, const Receiver& receiver, const AlertOptions& options,
                             std::string_view delivery) {
  Builder b(receiver, options);
  std::vector<Told> singles;
  for (const Told& t : told) {
    if (!is_first_pass(*t.alert)) singles.push_back(t);
  }
  const FirstPasses passes(told);
  if (singles.empty()) b.first_screen_of_passes(told, passes);
  else if (told.size() == 1) b.first_screen(told[0]);
  else b.first_screen_of_many(told, singles, passes);
  std::size_t i = 0;
  for (; i < std::min(singles.size(), kDetailed); ++i) b.details(singles[i], told.size() == 1);
  // An alert that has no room for its details is still named.
  if (i < singles.size()) b.add(Kind::heading, b.tr(Text::more, {std::to_string(singles.size() - i)}));
  for (; i < singles.size(); ++i) b.name(singles[i]);
  if (!passes.empty()) b.add_all(passes.blocks(receiver.language));
  b.footer(delivery);
  return b.take();
}

}  // namespace vigie::alerts
