#include <doctest/doctest.h>

#include <string>

#include "core/time.h"
#include "parser/extract.h"

using namespace vigie;

namespace {

Ad read_ad(const std::string& inside) {
  SiteOptions site;
  site.set_site("annonces");
  site.set_region("FR");
  site.add_start("https://annonces.example/liste");
  site.add_hosts("annonces.example");
  site.add_ad("^/annonce/(?P<id>\\d+)");
  ParseRequest request;
  request.set_url("https://annonces.example/annonce/47835");
  request.set_content_type("text/html; charset=utf-8");
  request.set_status(200);
  request.set_fetched_ms(1795500000000);
  request.set_body("<html><body><article><h1>Cours de piano</h1>" + inside + "</article></body></html>");
  const auto reader = parser::SiteReader::compile(site);
  REQUIRE(reader);
  const auto page = (*reader)->read(request);
  REQUIRE(page);
  REQUIRE(page->listings_size() == 1);
  return page->listings(0);
}

const std::string kWords = "Je donne des cours de piano à domicile, pour tous les âges et tous les niveaux.";

}  // namespace

TEST_CASE("an ad's text is what its advertiser wrote, whatever the site writes around it") {
  for (const std::string around : {
           "<p>mise à jour il y a 38 min · 738 vues</p>", "<p>#47835 | 338 Aufrufe</p>",
           "<small>459 views, updated 17 minutes ago</small>", "<p>Publiée le 18/11/2026</p>",
           "<button>Signaler</button>", "<dl><dt>Langues</dt><dd>français</dd></dl>",
           "<p>20 € / heure</p><p>Pauline, 47 ans, Lille</p>", "<ul><li>taille : 168 cm</li></ul>"}) {
    CAPTURE(around);
    CHECK(read_ad("<div><p>" + kWords + "</p></div>" + around).text() == kWords);
  }
}

TEST_CASE("what the site writes around the text fills the ad's fields") {
  const Ad ad = read_ad("<p>Pauline, 47 ans, Lille</p><div><p>" + kWords +
                        "</p></div><ul><li>20 € / heure</li></ul><div><span>Téléphone :</span> "
                        "<a href=\"tel:+33199001234\">01 99 00 12 34</a></div><p>#47835 | 338 vues</p>");
  CHECK(ad.name() == "Pauline");
  CHECK(ad.age() == 47);
  CHECK(ad.place().text() == "Lille");
  CHECK(ad.price().amount() == 20);
  REQUIRE(ad.contacts_size() == 1);
  CHECK(ad.contacts(0).value() == "+33199001234");
  CHECK(ad.contacts(0).field() == "attributes.téléphone");
  CHECK(ad.contacts(0).span_size() == 2);
}

TEST_CASE("a line of the running text stays, even when it looks like a label or a counter") {
  const std::string more = "Visites : 01 99 00 12 34";
  const Ad ad = read_ad("<div><p>" + kWords + "</p><p>" + more + "</p></div><p>12 vues</p>");
  CHECK(ad.text() == kWords + " " + more);
}
