#include <doctest/doctest.h>

#include <string>

#include "core/time.h"
#include "parser/fields.h"

using namespace vigie::parser;

namespace {

std::string names(std::string_view s, std::string lang) {
  TextContext context;
  context.lang = std::move(lang);
  context.regions = {"FR"};
  context.now = *vigie::parse_rfc3339("2026-11-24T12:00:00Z");
  std::string out;
  for (const auto& n : read_names(s, context)) {
    CHECK(s.substr(n.begin, n.end - n.begin) == n.name);
    out += (out.empty() ? "" : "|") + n.name;
  }
  return out;
}

}  // namespace

TEST_CASE("figures: fields: names that persons offer, in 14 languages") {
  struct Row {
    const char *lang, *text, *name;
  };
  int right = 0, all = 0;
  for (const auto& row : {
           Row{"fr", "Bonjour, je m'appelle Sofia et je cherche une chambre", "Sofia"}, Row{"fr", "Je m’appelle Marie-Claire, appelez le soir", "Marie-Claire"},
           Row{"nl", "Hallo, ik heet Lotte", "Lotte"}, Row{"de", "Mein Name ist Greta Maier und ich suche", "Greta Maier"}, Row{"de", "Fragen Sie nach Frau Maier", "Maier"},
           Row{"en", "Hi, my name is Emma. Call after six", "Emma"}, Row{"es", "Hola, me llamo Lucía", "Lucía"}, Row{"it", "Ciao, mi chiamo Giulia", "Giulia"},
           Row{"pt", "Olá, chamo-me Beatriz", "Beatriz"}, Row{"ro", "Mă numesc Ioana și caut", "Ioana"}, Row{"bg", "Здравейте, казвам се Елена", "Елена"},
           Row{"pl", "Mam na imię Kasia", "Kasia"}, Row{"sq", "Unë quhem Arta", "Arta"}, Row{"ru", "Меня зовут Ольга", "Ольга"}, Row{"uk", "Мене звати Оксана", "Оксана"},
           Row{"ar", "مرحبا اسمي ليلى", "ليلى"}, Row{"fr", "Sofia, 24 ans, cherche colocation", "Sofia"}, Row{"de", "Greta (24) sucht ein Zimmer", "Greta"},
           Row{"de", "Vorname: Emma", "Emma"},
       }) {
    CAPTURE(row.text);
    const auto got = names(row.text, row.lang);
    ++all, right += got == row.name;
    CHECK(got == row.name);
  }
  MESSAGE("names: " << right << " of " << all);
}

TEST_CASE("towns, days, brands and ordinary words are no names") {
  struct Row {
    const char *lang, *text;
  };
  for (const auto& row : {Row{"fr", "Appartement à Lyon, 24 m2, près de la Gare"}, Row{"fr", "Lyon (69) Vendredi 24 novembre"}, Row{"fr", "je m'appelle toujours le soir"},
                          Row{"de", "Schöne Wohnung in Köln, Montag 24. November"}, Row{"en", "Call me on WhatsApp"}, Row{"en", "call me Monday"}, Row{"en", "call me now"},
                          Row{"nl", "Renault Clio, 24 jaar oud"}, Row{"it", "Nome: "}, Row{"es", "Madrid, 24 horas"}, Row{"pl", "jestem studentką"}, Row{"ru", "Звоните в любое время"},
                          Row{"fr", ""}, Row{"en", "24 30 Anna"}}) {
    CAPTURE(row.text);
    CHECK(names(row.text, row.lang) == "");
  }
}
