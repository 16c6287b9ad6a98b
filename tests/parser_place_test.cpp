#include <doctest/doctest.h>

#include <string>

#include "parser/fields.h"
#include "core/text.h"
#include "tests/parser_cases.h"

using namespace vigie::parser;

namespace {

std::string shown(std::string_view s, std::vector<std::string> regions) {
  TextContext context;
  context.regions = std::move(regions);
  std::string out;
  for (const auto& p : read_places(s, context)) out += (out.empty() ? "" : ", ") + p.text() + "/" + p.country();
  return out;
}

}  // namespace

TEST_CASE("places are named with their country, by the region of the page and the places beside them") {
  CHECK(shown("Chambre à louer à Namur", {"BE"}) == "Namur/BE");
  CHECK(shown("Trajet Bruxelles - Paris", {"BE"}) == "Bruxelles/BE, Paris/FR");
  CHECK(shown("appartement à Anvers", {"BE"}) == "Anvers/BE");
  CHECK(shown("Wohnung in Köln", {"DE"}) == "Köln/DE");
  CHECK(shown("Стая в София", {"BG"}) == "София/BG");
  CHECK(shown("работа в Польша", {"BG"}) == "Польша/PL");
  CHECK(shown("rochester, new york, united states", {}).starts_with("rochester/US"));
  CHECK(shown("pas de numéro masqué, merci", {"FR"}) == "");
}

TEST_CASE("places are found as people write them: short forms, states, counties, one word, other languages, other cases") {
  struct Row {
    const char *region, *text, *place;
  };
  for (const auto& row : {
           Row{"US", "Available in St. Louis and Mt. Vernon", "St. Louis/US, Mt. Vernon/US"}, Row{"US", "near Ft Lauderdale tonight", "Ft Lauderdale/US"},
           Row{"US", "troy, ohio", "troy/US"}, Row{"US", "fresno ca", "fresno/US"}, Row{"US", "colman", "colman/US"}, Row{"US", "la salle county", "la salle county/US"},
           Row{"US", "Jefferson Parish, Louisiana", "Jefferson Parish/US"}, Row{"US", "north carolina", "north carolina/US"}, Row{"US", "lasvegas", "lasvegas/US"},
           Row{"US", "concord area", "concord/US"}, Row{"FR", "Massage à Saint Etienne", "Saint Etienne/FR"}, Row{"BE", "Kamer te huur in Namen", "Namen/BE"},
           Row{"PL", "praca w Krakowie", "Krakowie/PL"}, Row{"RU", "массаж в Москве", "Москве/RU"}, Row{"UA", "робота у Львові", "Львові/UA"},
           Row{"BG", "стая в Пловдив", "Пловдив/BG"}, Row{"FR", "شقة في باريس", "باريس/FR"}, Row{"IT", "camera a Monaco di Baviera", "Monaco di Baviera/DE"},
           Row{"ES", "piso en Amberes", "Amberes/BE"}, Row{"RO", "camere in Cluj", "Cluj/RO"}, Row{"AL", "dhoma në Vjenë", "Vjenë/AT"}, Row{"GR", "δωμάτιο στη Θεσσαλονίκη", "Θεσσαλονίκη/GR"},
           Row{"NL", "Via Geldrop en Lierop", "Geldrop/NL, Lierop/NL"}, Row{"FR", "59000 Lille", "Lille/FR"},
       }) {
    CAPTURE(row.text);
    CHECK(shown(row.text, {row.region}) == row.place);
  }
}

TEST_CASE("a word that could be a place is none unless something speaks for it") {
  struct Row {
    const char *region, *lang, *text;
  };
  for (const auto& row : {
           Row{"DE", "de", "Als der große Regen fiel, saßen wir lange am Feuer und warteten auf den Morgen."}, Row{"DE", "de", "Etwas mehr Kraft in der Welle wünscht man sich bei dieser Fahrt doch."},
           Row{"PT", "pt", "A chegada de Luan Santana não está confirmada, segundo explica a mesma fonte."}, Row{"IT", "it", "Sale da gioco con le stesse regole della casa, aperte ogni giorno fino a tardi."},
           Row{"RO", "ro", "Dacă ar fi să plecăm acum, am ajunge mult prea devreme la gara de acolo."}, Row{"GB", "en", "Reading the whole letter again took her the better part of the afternoon."},
           Row{"ES", "es", "Cita previa: se ruega llamar antes de venir para no tener que esperar mucho."}, Row{"FR", "fr", "Nancy Dupont vous reçoit tous les jours sauf le lundi dans un cadre calme."},
       }) {
    CAPTURE(row.text);
    TextContext context;
    context.regions = {row.region};
    context.lang = row.lang;
    CHECK(read_places(row.text, context).empty());
  }
}

TEST_CASE("a place field gives position and postcode") {
  TextContext context;
  context.regions = {"BE"};
  const auto p = read_place_field("5000 Namur, Belgique", context);
  CHECK(p.text() == "Namur");
  CHECK(p.country() == "BE");
  CHECK(p.postcode() == "5000");
  CHECK(p.lat() == doctest::Approx(50.47).epsilon(0.001));
  context.regions = {"US"};
  const auto hamlet = read_place_field("elsewhere, ohio", context);
  CHECK(hamlet.text() == "elsewhere");
  CHECK(hamlet.country() == "US");
  CHECK_FALSE(hamlet.has_lat());
}

TEST_CASE("figures: fields: free place strings of the public cases are matched to their town") {
  const auto all = cases::rows(cases::folder("place-strings") / "groundtruth.jsonl");
  if (all.empty()) {
    MESSAGE("skipped: no place-strings data");
    return;
  }
  const bool tell = std::getenv("VIGIE_TELL") != nullptr;
  int matched = 0, right = 0;
  for (const auto& row : all) {
    const auto& matches = row.fields().at("matches").list_value().values();
    if (matches.empty()) continue;
    ++matched;
    const auto name = cases::text_of(row, "name");
    TextContext context;
    context.regions = {"US"};  // the strings come from sites of that country
    const auto got = read_place_field(name, context);
    bool ok = false;
    for (const auto& m : matches) {
      const auto want = cases::text_of(m.struct_value(), "name");
      const auto town = want.substr(0, want.find(','));
      ok |= !got.text().empty() && vigie::text::fold_for_match(got.text()).text == vigie::text::fold_for_match(town).text &&
            (got.country() == "US") == want.ends_with("united states");
    }
    right += ok;
    if (tell && !ok) MESSAGE(name << " | want " << cases::text_of(matches[0].struct_value(), "name") << " got " << got.ShortDebugString());
  }
  MESSAGE("place-strings: " << right << " of " << matched);
  // What is left: hamlets that no list of towns has (Copperfield, Jacktown), slips of the hand (honolul, havas), a truth that
  // takes a state or a capital for a hamlet of that name (georgia, new delhi).
  CHECK(right >= 0.85 * matched);
}
