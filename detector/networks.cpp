#include "detector/networks.h"

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <array>

#include "core/text.h"
#include "detector/watch.h"

namespace vigie::detector {
namespace {

constexpr std::size_t kMaxUses = 2000;  // of one scene; the pipeline sends fewer

/// Labels under which sites show who offers the work, folded.
constexpr std::array<std::string_view, 40> kEmployerLabels = {"employer",
                                                              "company",
                                                              "company name",
                                                              "agency",
                                                              "employeur",
                                                              "entreprise",
                                                              "société",
                                                              "raison sociale",
                                                              "werkgever",
                                                              "bedrijf",
                                                              "bedrijfsnaam",
                                                              "arbeitgeber",
                                                              "firma",
                                                              "unternehmen",
                                                              "empresa",
                                                              "empleador",
                                                              "empregador",
                                                              "azienda",
                                                              "datore di lavoro",
                                                              "ragione sociale",
                                                              "angajator",
                                                              "companie",
                                                              "firmă",
                                                              "фирма",
                                                              "работодател",
                                                              "компания",
                                                              "kompania",
                                                              "punëdhënësi",
                                                              "pracodawca",
                                                              "nazwa firmy",
                                                              "работодатель",
                                                              "организация",
                                                              "роботодавець",
                                                              "компанія",
                                                              "організація",
                                                              "الشركة",
                                                              "صاحب العمل",
                                                              "جهة العمل",
                                                              "advertiser company",
                                                              "hiring organization"};
constexpr std::array<std::string_view, 24> kRegisterLabels = {"vat",
                                                              "vat number",
                                                              "vat id",
                                                              "company number",
                                                              "registration number",
                                                              "tva",
                                                              "numéro de tva",
                                                              "siret",
                                                              "siren",
                                                              "bce",
                                                              "btw",
                                                              "btw-nummer",
                                                              "kvk",
                                                              "kbo",
                                                              "ondernemingsnummer",
                                                              "ust-idnr.",
                                                              "handelsregister",
                                                              "cif",
                                                              "nif",
                                                              "partita iva",
                                                              "cui",
                                                              "еик",
                                                              "nip",
                                                              "krs"};
/// Mail that anybody can have; such an address says nothing about who writes.
constexpr std::array<std::string_view, 30> kFreeMail = {
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.fr",     "live.com",
    "yahoo.com", "yahoo.fr",       "icloud.com",  "proton.me",   "protonmail.com", "gmx.de",
    "gmx.net",   "web.de",         "t-online.de", "orange.fr",   "free.fr",        "laposte.net",
    "skynet.be", "telenet.be",     "libero.it",   "abv.bg",      "wp.pl",          "o2.pl",
    "onet.pl",   "interia.pl",     "mail.ru",     "yandex.ru",   "ukr.net",        "tutanota.com"};

template <class Table>
bool stands_in(const Table& table, std::string_view value) {
  return std::find(table.begin(), table.end(), value) != table.end();
}

ContactUse use_of(const Ad& ad, const Contact& contact) {
  ContactUse use;
  use.set_kind(contact.kind());
  use.set_value(contact.value());
  use.set_ad(ad.ad());
  use.set_site(ad.site());
  use.set_family(ad.family());
  if (ad.has_name()) use.set_name(ad.name());
  if (ad.has_age()) use.set_age(ad.age());
  if (ad.place().has_text()) use.set_place(ad.place().text());
  use.set_first_ms(seen_ms(ad.first_seen()));
  use.set_last_ms(std::max(seen_ms(ad.last_seen()), use.first_ms()));
  use.set_field(contact.field());
  use.set_raw(contact.raw());
  return use;
}

void sort_uses(std::vector<ContactUse>& uses) {
  std::sort(uses.begin(), uses.end(), [](const ContactUse& a, const ContactUse& b) {
    return std::pair(a.first_ms(), std::string_view(a.ad())) < std::pair(b.first_ms(), std::string_view(b.ad()));
  });
}

}  // namespace

std::int64_t seen_ms(const google::protobuf::Timestamp& t) {
  return t.seconds() * 1000;
}

bool offers(std::string_view family) {
  return family == "recruitment" || family == "job" || family == "travel";
}

std::int64_t gap_ms(const ContactUse& a, const ContactUse& b) {
  if (a.first_ms() == 0 || b.first_ms() == 0) return 0;
  const auto a_end = std::max(a.first_ms(), a.last_ms()), b_end = std::max(b.first_ms(), b.last_ms());
  return std::max<std::int64_t>({0, b.first_ms() - a_end, a.first_ms() - b_end});
}

std::vector<ContactUse> Shared::epoch_of(const std::string& ad) const {
  std::vector<ContactUse> epoch;
  std::int64_t last = 0;
  bool holds = false;
  for (const auto& use : uses) {
    if (!epoch.empty() && use.first_ms() != 0 && last != 0 && use.first_ms() - last > kEpochMs) {
      if (holds) return epoch;
      epoch.clear();
    }
    last = std::max({last, use.first_ms(), use.last_ms()});
    holds = holds || use.ad() == ad;
    epoch.push_back(use);
  }
  return epoch;
}

Scene scene_of(const Evidence& evidence, Instant now, std::vector<Reason> words) {
  Scene scene{evidence, now, {}, {}, {}, {}, std::move(words)};
  for (const auto& hub : evidence.network.hubs()) {
    const auto colon = hub.find(':');
    if (colon != std::string::npos) scene.hubs.insert(contact_key(hub.substr(0, colon), hub.substr(colon + 1)));
  }
  scene.site_own.insert(evidence.site_contacts.begin(), evidence.site_contacts.end());
  for (const auto& contact : evidence.ad.contacts()) scene.own.insert(contact_key(contact.kind(), contact.value()));

  std::map<std::string, std::map<std::string, ContactUse>> by_key;  // contact, ad
  std::size_t taken = 0;
  const auto add = [&](const ContactUse& use) {
    if (use.value().empty() || scene.site_own.contains(use.value()) || taken >= kMaxUses) return;
    const auto key = contact_key(use.kind(), use.value());
    if (scene.hubs.contains(key)) return;
    if (by_key[key].emplace(use.ad(), use).second) ++taken;
  };
  // What was just seen comes first: it is newer than what the store says of the same ad.
  for (const auto& contact : evidence.ad.contacts()) add(use_of(evidence.ad, contact));
  for (const auto& use : evidence.uses) add(use);
  for (const auto& member : evidence.members) {
    for (const auto& contact : member.contacts()) add(use_of(member, contact));
  }
  for (auto& [key, uses] : by_key) {
    Shared shared{key, {}};
    for (auto& [ad, use] : uses) shared.uses.push_back(std::move(use));
    sort_uses(shared.uses);
    scene.shared.push_back(std::move(shared));
  }
  return scene;
}

Identity identity_of(const Scene& scene) {
  Identity found;
  for (const auto& [label, value] : scene.evidence.ad.attributes()) {
    if (value.empty()) continue;
    if (stands_in(kRegisterLabels, label)) found.registered = true;
    if (stands_in(kEmployerLabels, label)) found.named = true;
  }
  for (const auto& reason : scene.words) {
    if (reason.indicator() == "registered-business") found.registered = true;
  }
  for (const auto& contact : scene.evidence.ad.contacts()) {
    const auto at = contact.value().find('@');
    if (contact.kind() != "email" || at == std::string::npos) continue;
    if (!stands_in(kFreeMail, std::string_view(contact.value()).substr(at + 1))) found.named = true;
  }
  if (found.registered)
    found.how = "a registered business is named";
  else if (found.named)
    found.how = "an employer or a mail address of its own domain is named";
  return found;
}

}  // namespace vigie::detector
