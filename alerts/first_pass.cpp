#include "alerts/first_pass.h"

#include <algorithm>
#include <map>

#include "alerts/texts.h"
#include "core/text.h"

namespace vigie::alerts {
namespace {

using Kind = Block::Kind;

constexpr std::string_view kKey = "first-pass/";
constexpr std::size_t kMaxKept = 20, kMaxSitesNamed = 6;

std::optional<FirstPasses::Counts> counts_of(const Alert& alert) {
  if (!alert.has_first_pass()) return std::nullopt;
  return FirstPasses::Counts{alert.first_pass().ads(), alert.first_pass().pages(), alert.first_pass().kept()};
}

std::string site_of(const Alert& alert) {
  return alert.sites_size() > 0 ? alert.sites(0) : alert.key().substr(std::min(kKey.size(), alert.key().size()));
}

FirstPasses::Kept kept_of(const Reason& reason) {
  return {reason.alert(), reason.has_severity() ? reason.severity() : "low", reason.text(), reason.ad(), {}};
}

Piece piece(std::string_view raw, std::size_t limit = 300) { return {clip(harmless(text::cut_utf8(raw, 4096)), limit), false}; }
void add(std::vector<Block>& blocks, Kind kind, std::string_view raw, std::size_t limit = 300) {
  blocks.push_back({kind, "", {piece(raw, limit)}});
}

std::string counts_text(const FirstPasses::Counts& c, bool at_least, std::string_view language) {
  const std::string kept = c.kept == 0  ? say(language, Text::no_kept)
                           : at_least ? say(language, Text::many_kept, {std::to_string(c.kept) + "+"})
                                      : counted(language, Text::one_kept, Text::many_kept, c.kept);
  return say(language, Text::first_pass_counts,
             {counted(language, Text::one_ad, Text::many_ads, c.ads), counted(language, Text::one_page, Text::many_pages, c.pages), kept});
}

std::string kept_line(const FirstPasses::Kept& kept, std::string_view language) {
  if (kept.label.empty()) return kept.text + (kept.ad.empty() ? "" : " [" + kept.ad + "]");
  std::string out = kept.label + " · " + severity_word(language, kept.severity) + " · " + kept.text;
  if (kept.sites.size() < 2) return out + (kept.ad.empty() ? "" : " [" + kept.ad + "]");
  const auto shown = kept.sites.begin() + static_cast<std::ptrdiff_t>(std::min(kept.sites.size(), kMaxSitesNamed));
  return out + " [" + say(language, Text::at_sites, {text::join({kept.sites.begin(), shown}, ", ")}) +
         (shown == kept.sites.end() ? "]" : ", …]");
}

}  // namespace

bool is_first_pass(const Alert& alert) {
  return alert.kind() == "health" && !alert.restricted() && alert.key().starts_with(kKey);
}

FirstPasses::FirstPasses(const std::vector<Told>& told) {
  std::map<std::string, Kept> once;
  for (const Told& t : told) {
    const Alert& a = *t.alert;
    if (!is_first_pass(a)) continue;
    const Site site{&a, site_of(a), counts_of(a)};
    partial = partial || (site.counts && site.counts->kept > a.reasons_size());
    for (const Reason& r : a.reasons()) {
      Kept found = kept_of(r);
      const auto& standing = once.try_emplace(found.label.empty() ? found.text : found.label, std::move(found)).first;
      standing->second.sites.push_back(site.site);
    }
    sites.push_back(site);
  }
  std::stable_sort(sites.begin(), sites.end(), [](const Site& a, const Site& b) {
    return a.alert->scope() != b.alert->scope() ? a.alert->scope() < b.alert->scope() : a.site < b.site;
  });
  for (auto& [key, found] : once) {
    std::sort(found.sites.begin(), found.sites.end());
    kept.push_back(std::move(found));
  }
  std::stable_sort(kept.begin(), kept.end(),
                   [](const Kept& a, const Kept& b) { return severity_rank(a.severity) > severity_rank(b.severity); });
}

std::string FirstPasses::sites_text(std::string_view language) const {
  return counted(language, Text::one_site, Text::many_sites, static_cast<std::int64_t>(sites.size()));
}

std::string FirstPasses::total(std::string_view language) const {
  Counts sum;
  for (const Site& s : sites) {
    if (!s.counts) return say(language, Text::first_pass) + " · " + sites_text(language);
    sum.ads += s.counts->ads;
    sum.pages += s.counts->pages;
  }
  sum.kept = static_cast<std::int64_t>(kept.size());
  return say(language, Text::first_pass_why, {sites_text(language), counts_text(sum, partial, language)});
}

std::vector<Block> FirstPasses::blocks(std::string_view language) const {
  std::vector<Block> out;
  add(out, Kind::heading, say(language, Text::first_pass) + " · " + sites_text(language));
  const std::string* scope = nullptr;
  for (const Site& s : sites) {
    const Alert& a = *s.alert;
    if (scope == nullptr || *scope != a.scope()) {
      scope = &a.scope();
      std::string line = say(language, Text::scope, {a.scope()});
      if (!a.legal_reference().empty()) line += " · " + say(language, Text::legal, {a.legal_reference()});
      if (!a.scope().empty()) add(out, Kind::subheading, line);
    }
    // The words before the colon are a fixed mark that scripts look for, the same in every language.
    add(out, Kind::item, s.counts ? "first pass over " + s.site + " ended: " + counts_text(*s.counts, false, language) : a.headline());
  }
  if (!kept.empty()) {
    add(out, Kind::subheading, say(language, Text::kept));
    const std::size_t shown = std::min(kept.size(), kMaxKept);
    for (std::size_t i = 0; i < shown; ++i) add(out, Kind::item, kept_line(kept[i], language));
    std::vector<std::string> rest;
    for (std::size_t i = shown; i < kept.size(); ++i) rest.push_back(kept[i].label.empty() ? kept[i].text : kept[i].label);
    if (!rest.empty()) {
      add(out, Kind::item, say(language, Text::more, {std::to_string(rest.size())}) + ": " + text::join(rest, ", "), 4096);
    }
    add(out, Kind::tail, say(language, Text::do_kept));
  }
  std::vector<std::string> labels;
  for (const Site& s : sites) labels.push_back(label_of(*s.alert));
  std::sort(labels.begin(), labels.end());
  // Each of them is named here, however many they are.
  std::string codes = say(language, Text::codes) + ": " + text::join(labels, ", ");
  out.push_back({Kind::tail, "", {{harmless(codes), false}}});
  return out;
}

}  // namespace vigie::alerts
