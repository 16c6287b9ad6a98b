#include "parser/label_words.h"

#include <algorithm>
#include <vector>

#include "core/text.h"

namespace vigie::parser {

LabelWords::LabelWords(std::initializer_list<std::string_view> words) {
  for (const auto word : words) folded_.insert(text::fold_for_match(word).text);
}

const LabelWords& place_labels() {
  static const LabelWords words = {
      "place",       "location", "city",         "town",     "where",       "area",        "region",    "lieu",
      "ville",       "localite", "localisation", "ort",      "stadt",       "standort",    "wo",        "plaats",
      "stad",        "locatie",  "regio",        "lugar",    "ciudad",      "ubicacion",   "localidad", "luogo",
      "citta",       "localita", "dove",         "cidade",   "local",       "localizacao", "miasto",    "miejsce",
      "lokalizacja", "mesto",    "misto",        "lokalita", "varos",       "hely",        "helyszin",  "oras",
      "localitate",  "plats",    "sted",         "by",       "paikkakunta", "город",       "место",     "мiсто",
      "град",        "πολη",     "sehir",        "konum"};
  return words;
}
const LabelWords& date_labels() {
  static const LabelWords words = {"date",        "posted",         "published",      "posted on",
                                   "publie",      "publiee",        "publie le",      "date de publication",
                                   "datum",       "eingestellt",    "eingestellt am", "veroffentlicht am",
                                   "online seit", "veroffentlicht", "geplaatst",      "geplaatst op",
                                   "fecha",       "publicado",      "data",           "pubblicato",
                                   "dodano",      "data dodania",   "vlozeno",        "pridane",
                                   "feladva",     "publicat",       "publicat la",    "publicado el",
                                   "публикувана", "публикувано",    "публикувана на", "publicerad",
                                   "дата",        "опубликовано",   "опублiковано"};
  return words;
}
const LabelWords& age_labels() {
  static const LabelWords words = {"age", "alter",   "leeftijd", "edad",    "eta",    "idade",   "wiek",
                                   "vek", "kor",     "eletkor",  "varsta",  "alder",  "възраст", "години",
                                   "ika", "возраст", "вiк",      "възраст", "ηλικια", "yas"};
  return words;
}
const LabelWords& name_labels() {
  static const LabelWords words = {"name", "first name", "nom",   "prénom", "naam", "voornaam", "vorname", "nombre",
                                   "nome", "imię",       "jméno", "meno",   "név",  "nume",     "prenume", "namn",
                                   "navn", "nimi",       "имя",   "име",    "ім'я", "όνομα",    "isim",    "ime",
                                   "seller", "advertiser", "contact person", "vendeur", "vendeuse", "annonceur", "annonceuse",
                                   "verkäufer", "verkäuferin", "anbieter", "anbieterin", "ansprechpartner", "ansprechpartnerin",
                                   "verkoper", "adverteerder", "aanbieder", "contactpersoon", "vendedor", "vendedora", "anunciante",
                                   "venditore", "inserzionista", "sprzedawca", "sprzedający", "prodejce", "predajca", "eladó",
                                   "hirdető", "vânzător", "säljare", "selger", "sælger", "myyjä", "продавец", "продавач",
                                   "продавець", "satıcı"};
  return words;
}
const LabelWords& price_labels() {
  static const LabelWords words = {"price", "rate",   "rates",   "salary",        "pay",     "wage",         "rent",
                                   "prix",  "tarif",  "tarifs",  "salaire",       "loyer",   "rémunération", "cachet",
                                   "prijs", "tarief", "salaris", "loon",          "huur",    "preis",        "preise",
                                   "lohn",  "gehalt", "miete",   "precio",        "salario", "sueldo",       "prezzo",
                                   "preço", "cena",   "stawka",  "wynagrodzenie", "ár",      "preț",         "salariu",
                                   "plată", "pris",   "lön",     "hinta",         "цена",    "заплащане", "оплата", "плата", "наем", "аренда", "заплата",      "зарплата",
                                   "ціна",  "τιμή",   "fiyat",   "cijena"};
  return words;
}
const LabelWords& category_labels() {
  static const LabelWords words = {"category",  "section",   "catégorie", "rubrique",  "secteur",   "categorie",
                                   "rubriek",   "kategorie", "rubrik",    "branche",   "categoría", "sector",
                                   "categoria", "kategoria", "kategória", "categorie", "domeniu", "sección", "seccion", "seção", "sezione", "sektion", "раздел", "розділ",   "категория",
                                   "рубрика",   "категорія", "κατηγορία"};
  return words;
}
bool says_posted(const std::string& folded) {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> list;
    for (const std::string_view word :
         {"publié",    "posted", "published",       "geplaatst",    "eingestellt", "veröffentlicht", "publicad",
          "pubblicat", "dodano", "vloženo",         "pridané",      "feladva",     "publicat",       "publicerad",
          "публик",    "опубл",  "en ligne depuis", "online since", "online seit", "online sinds"}) {
      list.push_back(text::fold_for_match(word).text);
    }
    return list;
  }();
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return folded.find(word) != std::string::npos; });
}

}  // namespace vigie::parser
