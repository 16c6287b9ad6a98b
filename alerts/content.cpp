#include "alerts/content.h"

#include <array>
#include <optional>

namespace vigie::alerts {
namespace {

constexpr std::size_t kDetailed = 10;  // alerts of one message in full; each other has a line

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

}  // namespace

std::string Builder::title_of(const Told& told) const {
  const Alert& a = *told.alert;
  std::string out = severity_word(receiver_.language, a.severity());
  if (told.reminder > 0) out += " · " + tr(Text::reminder);
  else if (told.escalated) out += " · " + tr(Text::escalated);
  else if (told.update) out += " · " + tr(Text::update);
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
  if (a.kind() != "health") more_fact(tr(Text::do_start, {label_of(a)}), 2);
}

void Builder::first_screen(const Told& told) {
  const Alert& a = *told.alert;
  blocks_.push_back({Kind::title, "", {{fit(harmless(title_of(told)), kWidth, 2), false}}});
  fact(Text::why, a.restricted() ? tr(Text::restricted_why) : a.headline(), 4);
  if (told.reminder > 0) more_fact(tr(Text::reminder_why, {std::to_string(told.reminder)}), 2);
  else if (told.escalated) more_fact(tr(Text::escalated_why), 2);
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
  const std::string several = tr(Text::several, {std::to_string(told.size())});
  blocks_.push_back({Kind::title, "", {{title_of_many(told, reason_ == "digest" ? tr(Text::digest) + " · " + several : several), false}}});
  if (reason_ == "flood") blocks_.push_back(flood_line(told));
  if (reason_ == "budget") blocks_.push_back({Kind::note, "", {{fit(harmless(tr(Text::budget_why)), kWidth, 3), false}}});
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

/// Why so many come at once, before anything else is said.
Block Builder::flood_line(const std::vector<Told>& told) const {
  std::set<std::string> sites;
  for (const Told& t : told) {
    if (t.alert->sites_size() > 0 && sites.size() < 4) sites.insert(t.alert->sites(0));
  }
  return {Kind::note, "", {{fit(harmless(tr(Text::flood_why, {text::join({sites.begin(), sites.end()}, ", ")})), kWidth, 3), false}}};
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

/// What may travel in clear to somebody who gets no details: labels, severities, what to do.
void Builder::codes_only(const std::vector<Told>& told) {
  const std::string subject = told.size() == 1 ? tr(Text::alert, {label_of(*told[0].alert)}) : tr(Text::several, {std::to_string(told.size())});
  blocks_.push_back({Kind::title, "", {{title_of_many(told, subject), false}}});
  fact(Text::why, tr(Text::link_only_why), 3);
  for (std::size_t i = 0; i < told.size(); ++i) {
    const Alert& a = *told[i].alert;
    const std::string line = label_of(a) + " · " + severity_word(receiver_.language, a.severity());
    if (i == 0) fact(Text::what, line, 1);
    else if (i < 5) more_fact(line, 1);
    else if (i == 5) more_fact(tr(Text::more, {std::to_string(told.size() - i)}), 1);
  }
  fact(Text::todo, tr(Text::do_list), 2);
  if (told.size() == 1) more_fact(tr(Text::do_start, {label_of(*told[0].alert)}), 2);
  if (told.size() <= 5) return;
  add(Kind::heading, tr(Text::several, {std::to_string(told.size())}));
  for (const Told& t : told) add(Kind::item, label_of(*t.alert) + " · " + severity_word(receiver_.language, t.alert->severity()));
}

void Builder::footer(std::string_view delivery) {
  add(Kind::heading, tr(Text::about));
  add(Kind::note, tr(Text::foot_indicator));
  add(Kind::note, tr(Text::foot_links));
  add(Kind::note, tr(Text::foot_receiver, {receiver_.name, text::join(receiver_.scopes, ", "), severity_word(receiver_.language, receiver_.min_severity)}));
  if (!options_.unit.empty()) add(Kind::note, tr(Text::foot_sender, {options_.unit}));
  add(Kind::note, tr(Text::code_delivery, {delivery}));
}

std::string_view detail_of(const Receiver& receiver) {
  if (receiver.detail == "link_only") return "link_only";
  return receiver.detail == "full" && !receiver.key_file.empty() ? "full" : "summary";
}

int severity_rank(std::string_view severity) {
  if (severity == "high") return 2;
  return severity == "medium" ? 1 : 0;
}

std::vector<Block> blocks_of(const std::vector<Told>& told, const Receiver& receiver, const AlertOptions& options,
                             std::string_view delivery, std::string_view reason) {
  Builder b(receiver, options, reason);
  // What the service says of itself names no person, and a broken key must be told to somebody.
  const bool about_itself = std::all_of(told.begin(), told.end(), [](const Told& t) { return t.alert->has_health(); });
  if (detail_of(receiver) == "link_only" && !about_itself) {
    b.codes_only(told);
    b.footer(delivery);
    return b.take();
  }
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
