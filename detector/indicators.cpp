#include "detector/indicators.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/text.h"
#include "detector/quote.h"
#include "detector/watch.h"

namespace vigie::detector {
namespace {

constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;
constexpr std::size_t kManyPersons = 4;  // Kennedy 2022: median 1 name per advertiser, IQR 1 to 2
constexpr std::size_t kManyPlaces = 4;
constexpr std::int64_t kShortTimeMs = 14 * kDayMs;
constexpr std::size_t kLeastText = 80;  // bytes; shorter texts are alike by chance
constexpr std::size_t kManyLanguages = 3;
constexpr int kComparable = 30;       // contacts with a price, below which nothing is said of a level
constexpr double kFarBelow = 0.5;     // of the median
constexpr double kMuchOutput = 10;    // new ads a week: fewer are nobody's industry

std::string count_of(std::size_t n, const std::string& what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

/// Puts the place of a contact into a reason: in this ad if it bears it, else where the first other ad does.
void show(Reason& reason, const Scene& scene, const Shared& shared) {
  const auto at_contact = [&](const Ad& ad) {
    for (const auto& contact : ad.contacts()) {
      if (contact_key(contact.kind(), contact.value()) != shared.key) continue;
      reason.set_ad(ad.ad());
      quote_contact(reason, ad, contact);
      return true;
    }
    return false;
  };
  if (at_contact(scene.evidence.ad)) return;
  for (const auto& member : scene.evidence.members) {
    if (at_contact(member)) return;
  }
  if (!shared.uses.empty()) reason.set_ad(shared.uses.front().ad());
}

// N7: the strongest sign. A recruiter's contact that also stands in service ads, in one epoch of the number.
std::optional<Fired> cross_family_contact(const Scene& scene) {
  std::optional<Fired> best;
  std::size_t most = 0;
  for (const auto& shared : scene.shared) {
    std::size_t services = 0, offering = 0;
    std::string family;
    for (const auto& a : shared.uses) {
      const bool service = a.family() == "service";
      if (!service && !offers(a.family())) continue;
      const bool meets = std::any_of(shared.uses.begin(), shared.uses.end(), [&](const ContactUse& b) {
        return (service ? offers(b.family()) : b.family() == "service") && gap_ms(a, b) <= kEpochMs;
      });
      if (!meets) continue;
      if (service)
        ++services;
      else if (offering++ == 0)
        family = a.family();
    }
    if (services == 0 || offering == 0 || services + offering <= most) continue;
    most = services + offering;
    Fired fired;
    fired.leads = true;
    show(fired.reason, scene, shared);
    fired.reason.set_text("contact of " + count_of(offering, family + " ad") + " also stands in " +
                          count_of(services, "service ad"));
    best = std::move(fired);
  }
  return best;
}

/// How many persons the ads of one contact show: by name, else by ages that lie three years apart.
std::size_t persons(const std::vector<ContactUse>& uses) {
  std::set<std::string> names;
  std::vector<int> ages;
  for (const auto& use : uses) {
    if (use.family() != "service") continue;
    const auto name = text::fold_for_match(text::trim(use.name())).text;
    if (!name.empty()) names.insert(name);
    if (use.age() > 0) ages.push_back(use.age());
  }
  std::sort(ages.begin(), ages.end());
  std::size_t apart = 0;
  int last = -100;
  for (const int age : ages) {
    if (age - last < 3) continue;
    ++apart;
    last = age;
  }
  return std::max(names.size(), apart);
}

std::optional<Fired> several_persons(const Scene& scene) {
  const Shared* most = nullptr;
  std::size_t count = 0;
  for (const auto& shared : scene.shared) {
    const auto found = persons(shared.epoch_of(scene.evidence.ad.ad()));
    if (found > count) most = &shared, count = found;
  }
  if (count < kManyPersons) return std::nullopt;
  Fired fired;
  show(fired.reason, scene, *most);
  fired.reason.set_text(std::to_string(count) + " names or ages stand behind one contact");
  fired.extra = std::min(1.5, 0.3 * static_cast<double>(count - kManyPersons));
  fired.leads = true;
  return fired;
}

std::optional<Fired> obscured_contact(const Scene& scene) {
  const auto& ad = scene.evidence.ad;
  for (const auto& contact : ad.contacts()) {
    if (contact.steps().empty() || scene.site_own.contains(contact.value())) continue;
    const auto key = contact_key(contact.kind(), contact.value());
    const bool plain_too = std::any_of(ad.contacts().begin(), ad.contacts().end(), [&](const Contact& other) {
      return other.steps().empty() && contact_key(other.kind(), other.value()) == key;
    });
    if (plain_too) continue;
    Fired fired;
    fired.reason.set_ad(ad.ad());
    quote_contact(fired.reason, ad, contact);
    fired.reason.set_text("contact is not written plainly; read by: " +
                          text::join({contact.steps().begin(), contact.steps().end()}, ", "));
    return fired;
  }
  return std::nullopt;
}

/// Contacts of near-identical ads that this ad does not bear; one per ad, since an ad may bear several.
std::set<std::string> other_contacts(const Scene& scene) {
  std::set<std::string> found;
  for (const auto& similar : scene.evidence.similar) {
    if (similar.jaccard() < kSameText || similar.contacts().empty()) continue;
    std::string first;
    bool own = false;
    for (const auto& contact : similar.contacts()) {
      const auto colon = contact.find(':');
      if (colon == std::string::npos) continue;
      const auto value = contact.substr(colon + 1);
      const auto key = contact_key(contact.substr(0, colon), value);
      if (scene.site_own.contains(value) || scene.hubs.contains(key)) continue;
      own = own || scene.own.contains(key);
      if (first.empty() || key < first) first = key;
    }
    if (!own && !first.empty()) found.insert(first);
  }
  return found;
}

// N4: a copied job text is daily bread of honest agencies, so only other families lead.
std::optional<Fired> template_other_contacts(const Scene& scene) {
  const auto& ad = scene.evidence.ad;
  if (ad.text().size() < kLeastText || scene.own.empty()) return std::nullopt;
  const auto others = other_contacts(scene);
  if (others.size() < 2) return std::nullopt;
  Fired fired;
  fired.reason.set_ad(ad.ad());
  fired.reason.set_text("nearly the same text first observed under " + std::to_string(others.size()) +
                        " other contacts");
  const auto text = text::cut_utf8(ad.text(), 120);
  if (text::valid_utf8(text)) quote(fired.reason, {"text", text}, {0, text.size()});
  const bool may_lead = ad.family() == "service" || ad.family() == "recruitment" || ad.family() == "travel";
  if (may_lead && others.size() >= 3) {
    fired.leads = true;
    fired.extra = 2.0 + std::min(1.0, 0.2 * static_cast<double>(others.size() - 3));
  }
  return fired;
}

// N3: behaviour, not wording. Touring is normal, so it never leads.
std::optional<Fired> many_places(const Scene& scene) {
  for (const auto& shared : scene.shared) {
    const auto uses = shared.epoch_of(scene.evidence.ad.ad());
    std::size_t begin = 0, most = 0;
    for (std::size_t end = 0; end < uses.size(); ++end) {
      while (uses[end].first_ms() - uses[begin].first_ms() > kShortTimeMs) ++begin;
      std::set<std::string> places;
      for (std::size_t i = begin; i <= end && end - begin < 200; ++i) {
        if (uses[i].family() == "service" && !uses[i].place().empty()) places.insert(text::fold_case(uses[i].place()));
      }
      most = std::max(most, places.size());
    }
    if (most < kManyPlaces) continue;
    Fired fired;
    show(fired.reason, scene, shared);
    fired.reason.set_text("ads with one contact name " + std::to_string(most) + " places within 14 days");
    return fired;
  }
  return std::nullopt;
}

/// May one person have stated both, so far apart in time?
bool ages_agree(int then, int now, std::int64_t between_ms) {
  const auto years = static_cast<double>(between_ms) / (365.25 * kDayMs);
  const int rise = now - then;
  return rise >= 0 && rise <= std::ceil(std::max(0.0, years));
}

// S5, between ads: one name behind one contact, and ages that the calendar does not allow.
std::optional<Fired> ages_differ(const Scene& scene) {
  const auto& ad = scene.evidence.ad;
  const auto name = text::fold_for_match(text::trim(ad.name())).text;
  if (ad.family() != "service" || ad.age() <= 0 || name.empty()) return std::nullopt;
  for (const auto& shared : scene.shared) {
    if (!scene.own.contains(shared.key)) continue;
    for (const auto& use : shared.epoch_of(ad.ad())) {
      if (use.ad() == ad.ad() || use.age() <= 0 || text::fold_for_match(text::trim(use.name())).text != name) continue;
      const auto mine = seen_ms(ad.first_seen());
      const bool later = mine >= use.first_ms();
      // A year more is a birthday between the two, or rounding.
      if (ages_agree(later ? use.age() : ad.age(), later ? ad.age() : use.age(), std::abs(mine - use.first_ms())) || std::abs(use.age() - ad.age()) < 2)
        continue;
      Fired fired;
      fired.reason.set_field("age");
      fired.reason.set_ad(ad.ad());
      fired.reason.set_text("stated age " + std::to_string(ad.age()) + " here, " + std::to_string(use.age()) + " in an ad of the same name and contact");
      return fired;
    }
  }
  return std::nullopt;
}

// S8: far below what comparable ads of the place cost.
std::optional<Fired> price_far_below(const Scene& scene) {
  const auto& ad = scene.evidence.ad;
  const auto& level = scene.evidence.price_level;
  if (ad.family() != "service" || !level || level->contacts < kComparable || ad.price().amount() <= 0) return std::nullopt;
  if (ad.price().amount() >= level->tenth || ad.price().amount() > level->median * kFarBelow) return std::nullopt;
  Fired fired;
  fired.reason.set_ad(ad.ad());
  fired.reason.set_field("price.amount");
  fired.reason.set_text("price far below the local level: of " + std::to_string(level->contacts) + " comparable contacts half ask more than " +
                        std::to_string(static_cast<std::int64_t>(level->median)) + " " + ad.price().currency());
  return fired;
}

// N8: new ads of one contact within a week, far above what is usual on the site.
std::optional<Fired> high_output(const Scene& scene) {
  const auto usual = scene.evidence.usual_output;
  const auto& ad = scene.evidence.ad;
  const auto now = seen_ms(ad.first_seen());
  if (!usual || now == 0) return std::nullopt;
  for (const auto& shared : scene.shared) {
    if (!scene.own.contains(shared.key)) continue;
    const auto week = std::count_if(shared.uses.begin(), shared.uses.end(), [&](const ContactUse& use) {
      return use.site() == ad.site() && use.first_ms() <= now && now - use.first_ms() < 7 * kDayMs;
    });
    if (static_cast<double>(week) < std::max(kMuchOutput, 3 * *usual)) continue;
    Fired fired;
    show(fired.reason, scene, shared);
    fired.reason.set_text(std::to_string(week) + " new ads of one contact within 7 days on this site");
    return fired;
  }
  return std::nullopt;
}

struct CallingCode {
  std::string_view code, country;
};
constexpr std::array<CallingCode, 36> kCallingCodes = {{{"+32", "BE"}, {"+31", "NL"}, {"+49", "DE"}, {"+33", "FR"}, {"+44", "GB"}, {"+34", "ES"},
                                                        {"+351", "PT"}, {"+39", "IT"}, {"+40", "RO"}, {"+359", "BG"}, {"+355", "AL"}, {"+383", "XK"},
                                                        {"+48", "PL"}, {"+7", "RU"}, {"+380", "UA"}, {"+352", "LU"}, {"+353", "IE"}, {"+41", "CH"},
                                                        {"+43", "AT"}, {"+30", "GR"}, {"+36", "HU"}, {"+420", "CZ"}, {"+421", "SK"}, {"+45", "DK"},
                                                        {"+46", "SE"}, {"+47", "NO"}, {"+358", "FI"}, {"+370", "LT"}, {"+371", "LV"}, {"+372", "EE"},
                                                        {"+385", "HR"}, {"+386", "SI"}, {"+381", "RS"}, {"+90", "TR"}, {"+212", "MA"}, {"+971", "AE"}}};

// N9: context of weight zero. It follows nationality, which is never scored.
std::optional<Fired> prefix_elsewhere(const Scene& scene) {
  const auto& ad = scene.evidence.ad;
  const auto& country = ad.place().country();
  const auto home = std::find_if(kCallingCodes.begin(), kCallingCodes.end(), [&](const auto& row) { return row.country == country; });
  if (ad.family() != "service" || home == kCallingCodes.end()) return std::nullopt;
  const Contact* phone = nullptr;
  for (const auto& contact : ad.contacts()) {
    if (!contact.value().starts_with('+') || scene.site_own.contains(contact.value())) continue;
    if (contact.value().starts_with(home->code)) return std::nullopt;
    phone = &contact;
  }
  if (phone == nullptr) return std::nullopt;
  Fired fired;
  fired.reason.set_ad(ad.ad());
  quote_contact(fired.reason, ad, *phone);
  fired.reason.set_text("no number of the ad belongs to the numbering plan of its place; shown as context, it weighs nothing");
  return fired;
}

// S14: a question of law, not a sign. In Belgium an adult may advertise for herself, a third party may not.
std::optional<Fired> third_party_belgium(const Scene& scene) {
  const auto& ad = scene.evidence.ad;
  if (ad.family() != "service" || ad.place().country() != "BE") return std::nullopt;
  for (const auto& reason : scene.words) {
    if (reason.indicator() != "third-person-voice" && reason.indicator() != "plural-voice") continue;
    Fired fired;
    fired.reason = reason;
    fired.reason.clear_false_positives();
    fired.reason.set_text("legal check (Penal Code, article 433quater/2; Royal Decree of 18 May 2024): the text speaks for others, in Belgium");
    return fired;
  }
  return std::nullopt;
}

// S5: a stated age that falls, or rises faster than the calendar.
std::optional<Fired> age_changes(const Scene& scene) {
  const auto& ad = scene.evidence.ad;
  const auto& before = scene.evidence.before;
  if (!before || before->age() <= 0 || ad.age() <= 0 || before->age() == ad.age()) return std::nullopt;
  if (ages_agree(before->age(), ad.age(), seen_ms(ad.last_seen()) - seen_ms(before->first_seen()))) return std::nullopt;
  Fired fired;
  fired.reason.set_ad(ad.ad());
  fired.reason.set_field("age");
  fired.reason.set_text("stated age changed between versions of one ad");
  return fired;
}

std::set<std::string> phones(const Ad& ad) {
  std::set<std::string> found;
  for (const auto& contact : ad.contacts()) {
    if (contact.value().starts_with('+')) found.insert(contact.value());
  }
  return found;
}

// N6: a new number in place of the old one.
std::optional<Fired> contact_churn(const Scene& scene) {
  const auto& before = scene.evidence.before;
  if (!before) return std::nullopt;
  const auto now = phones(scene.evidence.ad), then = phones(*before);
  if (now.empty() || then.empty()) return std::nullopt;
  if (std::any_of(now.begin(), now.end(), [&](const std::string& n) { return then.contains(n); })) return std::nullopt;
  Fired fired;
  fired.reason.set_ad(scene.evidence.ad.ad());
  fired.reason.set_text("every phone number of the ad was replaced by another");
  for (const auto& contact : scene.evidence.ad.contacts()) {
    if (fired.reason.span().empty() && now.contains(contact.value()))
      quote_contact(fired.reason, scene.evidence.ad, contact);
  }
  return fired;
}

// N10, R4, L10: an offer of work or travel that names nobody.
std::optional<Fired> third_party_unidentified(const Scene& scene) {
  const auto& ad = scene.evidence.ad;
  if (!offers(ad.family()) || ad.contacts().empty()) return std::nullopt;
  const auto identity = identity_of(scene);
  if (identity.registered || identity.named) return std::nullopt;
  for (const auto& contact : ad.contacts()) {
    if (contact.kind() == "url") return std::nullopt;  // a site of its own may name what the ad does not
  }
  Fired fired;
  fired.reason.set_ad(ad.ad());
  quote_contact(fired.reason, ad, ad.contacts(0));
  fired.reason.set_text("no company, register number or mail of its own domain stands in the ad, only " +
                        ad.contacts(0).kind());
  return fired;
}

// N11
std::optional<Fired> crypto_only(const Scene& scene) {
  const auto& ad = scene.evidence.ad;
  const Contact* wallet = nullptr;
  for (const auto& contact : ad.contacts()) {
    if (contact.kind() == "wallet") wallet = &contact;
  }
  if (wallet == nullptr) return std::nullopt;
  Fired fired;
  fired.reason.set_ad(ad.ad());
  quote_contact(fired.reason, ad, *wallet);
  const bool only = std::all_of(ad.contacts().begin(), ad.contacts().end(), [](const Contact& c) { return c.kind() == "wallet" || !c.value().starts_with('+'); });
  fired.reason.set_text(only ? "a wallet address stands in the ad, and no number" : "a wallet address stands in the ad");
  fired.extra = only ? 0.3 : 0;
  return fired;
}

// N5
std::optional<Fired> many_languages(const Scene& scene) {
  for (const auto& shared : scene.shared) {
    if (!scene.own.contains(shared.key)) continue;
    std::set<std::string> ads, languages;
    for (const auto& use : shared.uses) ads.insert(use.ad());
    for (const auto& member : scene.evidence.members) {
      if (ads.contains(member.ad()) && member.family() == "service" && !member.lang().empty())
        languages.insert(member.lang());
    }
    if (languages.size() < kManyLanguages) continue;
    Fired fired;
    show(fired.reason, scene, shared);
    fired.reason.set_text("ads with one contact are written in " + std::to_string(languages.size()) + " languages");
    return fired;
  }
  return std::nullopt;
}

constexpr std::array<Indicator, 15> kIndicators = {{
    {"cross_family_contact", "T0", "network", 5.0, "N7: TOEX at the Europol hackathon; Danish broadcaster",
     "recycled number (the time between the uses is checked);lawful agency;photographer", cross_family_contact},
    {"several_persons", "T0", "network", 3.0, "N2: NEAT, T-Net; Kennedy 2022 for the usual number",
     "people who share a phone for safety;lawful agency;stage names of one person", several_persons},
    {"template_other_contacts", "T0", "network", 1.2, "N4: InfoShield, DeltaShield",
     "copied texts;boilerplate of the site;spam", template_other_contacts},
    {"obscured_contact", "T+", "contact", 0.9, "N1: NIJ 2021 to 2024",
     "defence against spam;fear of harassment;sites that forbid numbers", obscured_contact},
    {"many_places", "T0", "network", 0.6, "N3: TellFinder, T-Net; Ibanez and Suthers",
     "touring is normal;sites that post to many cities", many_places},
    {"many_languages", "T0", "network", 0.3, "N5: our hypothesis, no authority", "bilingual persons;translating sites",
     many_languages},
    {"age_changes", "T0", "history", 0.5, "S5: history of ads", "rounding;old reposts;shared accounts", age_changes},
    {"ages_differ", "T0", "history", 0.5, "S5: French outreach workers compare claims (lemediasocial.fr)",
     "rounding;old reposts;shared accounts;two persons of one name", ages_differ},
    {"price_far_below", "T0", "history", 0.5, "S8: memex_ad_features", "short visits;students;a price that was misread", price_far_below},
    {"high_output", "T0", "network", 0.5, "N8: Portnoff; T-Net (ads a week)", "automatic reposts that the site sells", high_output},
    {"prefix_elsewhere", "T0", "network", 0, "N9: Ibanez and Suthers; follows nationality, so it weighs nothing",
     "migrants;roaming;virtual operators", prefix_elsewhere},
    {"third_party_belgium", "T0", "style", 0, "S14: Royal Decree of 18 May 2024, art. 433quater/2 Penal Code", "lawful agencies under conditions",
     third_party_belgium},
    {"contact_churn", "T0", "history", 0.6, "N6: Portnoff 2017; Supermatchescort", "lost phone;harassment",
     contact_churn},
    {"third_party_unidentified", "T0", "contact", 0.5, "N10, R4, L10: Pointer (96 of 104); nrm.bg",
     "private households;small firms;confidential hiring", third_party_unidentified},
    {"wallet_contact", "T0", "contact", 0.4, "N11: EMPACT 2025", "wish for privacy", crypto_only},
}};

}  // namespace

bool copied_text_leads(const Evidence& evidence) {
  const auto fired = template_other_contacts(scene_of(evidence, Instant{}, {}));
  return fired && fired->leads;
}

std::span<const Indicator> indicators() {
  return kIndicators;
}

Reason complete(const Indicator& row, Fired fired) {
  auto& reason = fired.reason;
  reason.set_indicator(std::string(row.id));
  reason.set_tier(std::string(row.tier));
  reason.set_family(std::string(row.group));
  reason.set_weight(row.weight + fired.extra);
  reason.set_rule_version("1");
  for (const auto piece : text::split(row.false_positives, ';')) reason.add_false_positives(std::string(piece));
  return std::move(reason);
}

}  // namespace vigie::detector
