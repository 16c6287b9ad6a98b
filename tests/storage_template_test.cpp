#include <doctest/doctest.h>

#include "storage/text_template.h"
#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;

namespace {

Ad flat(int n, const std::string& name, const std::string& place, const std::string& rooms, const std::string& extra = {}) {
  auto a = test::ad("site-a/" + std::to_string(n), "Bonjour, je suis " + name + " et je loue une chambre calme de " + rooms + " m2 à " + place +
                                                      ", proche de la gare et du tram, libre " + extra + "tout de suite pour une personne soigneuse");
  a.set_title("");
  a.set_name(name);
  a.mutable_place()->set_text(place);
  return a;
}

std::vector<std::string> quotes(const std::vector<Evidence>& rows) {
  std::vector<std::string> found;
  for (const auto& row : rows) found.push_back(row.quote());
  return found;
}

}  // namespace

TEST_CASE("a template has its constants in order and slots by kind, and each ad what filled them") {
  const std::vector<Ad> ads{flat(1, "Anna", "Namur", "12"), flat(2, "Béa", "Liège", "14"), flat(3, "Carla", "Mons", "9", "enfin ")};
  const auto text = template_of(ads);
  CHECK(template_line(text) == "bonjour je suis [name] et je loue une chambre calme de [number] a [place] proche de la gare et du tram libre [words] tout de suite pour une personne soigneuse");
  CHECK(quotes(filled_slots(text, ads[0])) == std::vector<std::string>{"Anna", "12 m2", "Namur"});
  CHECK(quotes(filled_slots(text, ads[1])) == std::vector<std::string>{"Béa", "14 m2", "Liège"});
  CHECK(quotes(filled_slots(text, ads[2])) == std::vector<std::string>{"Carla", "9 m2", "Mons", "enfin"});
  for (const auto& ad : ads) {
    for (const auto& row : filled_slots(text, ad)) {
      CHECK(ad.text().substr(static_cast<std::size_t>(row.span(0)), static_cast<std::size_t>(row.span(1) - row.span(0))) == row.quote());
    }
  }
}

TEST_CASE("a word that most ads have is a constant, one that few have is a slot") {
  std::vector<Ad> ads;
  for (int i = 0; i < 10; ++i) {
    ads.push_back(test::ad("site-a/" + std::to_string(i), std::string("one two ") + (i < 8 ? "three" : "other" + std::to_string(i)) + " four " +
                                                               (i < 2 ? "five" : "else" + std::string(static_cast<std::size_t>(i), 'x')) + " six seven"));
    ads.back().set_title("");
  }
  CHECK(template_line(template_of(ads)) == "one two three four [words] six seven");
  CHECK(quotes(filled_slots(template_of(ads), ads[9])) == std::vector<std::string>{"other9", "elsexxxxxxxxx"});
}

TEST_CASE("links of an ad tell its template and what stands in the slots of both") {
  test::Folder folder;
  auto store = *test::open(folder);
  test::arrive(*store, flat(1, "Anna", "Namur", "12"), test::at(1));
  test::arrive(*store, flat(2, "Béa", "Liège", "14"), test::at(2));
  int told = 0;
  REQUIRE(store->each_link("site-a/1", [&](const Link& link) {
    if (link.kind() != "template") return true;
    ++told;
    CHECK(link.text().find("je suis [name] et je loue") != std::string::npos);
    std::vector<std::string> both;
    for (const auto& row : link.evidence()) both.push_back(row.ad() + " " + row.quote());
    CHECK(both == std::vector<std::string>{"site-a/1 Anna", "site-a/1 12 m2", "site-a/1 Namur", "site-a/2 Béa", "site-a/2 14 m2", "site-a/2 Liège"});
    return true;
  }));
  CHECK(told == 1);
}

TEST_CASE("no ad, an empty ad and a long one have a template too") {
  CHECK(template_line(template_of({})).empty());
  CHECK(template_line(template_of({test::ad("s/1", "")})) == "[words]");
  std::string words;
  for (int i = 0; i < 5000; ++i) words += "word ";
  CHECK(template_line(template_of({test::ad("s/1", words), test::ad("s/2", words)})).size() < 2100);
}
