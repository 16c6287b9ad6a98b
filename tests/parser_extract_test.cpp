#include <doctest/doctest.h>

#include <string>

#include "core/json.h"
#include "core/time.h"
#include "parser/extract.h"

using namespace vigie;
using parser::SiteReader;

namespace {

SiteOptions plain_site() {
  SiteOptions site;
  site.set_site("annonces");
  site.set_scope("NORTH-01");
  site.set_family("service");
  site.set_region("FR");
  site.add_start("https://annonces.example/liste");
  site.add_hosts("annonces.example");
  return site;
}

SiteOptions patterned_site() {
  SiteOptions site = plain_site();
  site.add_follow("^/liste(\\?page=\\d+)?$");
  site.add_ad("^/annonce/(?P<id>\\d+)");
  return site;
}

void add_field(SiteOptions& site, const std::string& name, const std::string& at, const std::string& attribute = {},
               const std::string& match = {}) {
  FieldRule* rule = site.add_fields();
  rule->set_name(name);
  rule->set_at(at);
  if (!attribute.empty()) rule->set_attribute(attribute);
  if (!match.empty()) rule->set_match(match);
}

PageRecord read(const SiteOptions& site, const std::string& path, const std::string& body, int status = 200,
                const SiteKnowledge& knowledge = {}) {
  const auto reader = SiteReader::compile(site);
  REQUIRE(reader);
  ParseRequest request;
  request.set_url("https://annonces.example" + path);
  request.set_body(body);
  request.set_content_type("text/html; charset=utf-8");
  request.set_status(status);
  request.set_fetched_ms(1'795'000'000'000);
  *request.mutable_knowledge() = knowledge;
  const auto page = (*reader)->read(request);
  REQUIRE(page);
  return *page;
}

std::string page_of(const std::string& main) {
  return "<!doctype html><html lang=fr><head><title>Annonces</title></head><body><header><nav><ul><li><a "
         "href=/>Accueil</a><li><a href=/aide>Aide</a>"
         "<li><a href=/contact>Contact</a></ul></nav></header><main>" +
         main +
         "</main><footer>Annonces, support <a href='tel:+33199000099'>01 99 00 00 99</a> <a "
         "href=/mentions>Mentions</a></footer></body></html>";
}

const Contact* find_contact(const Ad& ad, const std::string& kind) {
  for (const Contact& c : ad.contacts()) {
    if (c.kind() == kind) return &c;
  }
  return nullptr;
}

const std::string kAdPage = page_of(
    "<article data-id=48213><h1>Massage relaxant à Lille</h1><div class=price>80 € / heure</div><div class=text>Je "
    "propose des massages relaxants au centre de Lille, "
    "sur rendez-vous, du lundi au samedi. Appelez le 01 99 00 00 42 après dix "
    "heures.</div><dl><dt>Ville</dt><dd>Lille</dd><dt>Taille</dt><dd>172 cm</dd></dl>"
    "<img src=/img/1.jpg></article>"
    "<section class=similar><h2>Annonces similaires</h2><ul>"
    "<li><a href=/annonce/2>Coiffure à domicile</a> 01 99 00 00 51</li><li><a href=/annonce/3>Cours de yoga</a> 01 99 "
    "00 00 52</li>"
    "<li><a href=/annonce/4>Jardinage</a> 01 99 00 00 53</li></ul></section>");

std::string list_page() {
  std::string cards;
  for (int i = 1; i <= 8; ++i) {
    const std::string n = std::to_string(i);
    cards += "<li class='card" + std::string(i % 2 ? " odd" : "") + "'><a href=/annonce/10" + n +
             "><h2>Annonce numero " + n +
             "</h2></a><p>Un texte court qui dit ce que cette annonce propose, sans plus.</p><span class=price>" +
             std::to_string(40 + i) + " €</span></li>";
  }
  return page_of("<h1>Toutes les annonces</h1><ul class=list>" + cards +
                 "</ul><div class=pages><a href='/liste'>1</a> <a href='/liste?page=2'>2</a> <a href='/liste?page=2' "
                 "rel=next>Suivant</a></div>");
}

}  // namespace

TEST_CASE("a template's fields fill the ad record") {
  SiteOptions site = patterned_site();
  site.set_listing("article");
  add_field(site, "title", "h1");
  add_field(site, "price", ".price");
  add_field(site, "text", ".text");
  add_field(site, "id", "article", "data-id");
  add_field(site, "attributes.height", "dd", "", "(\\d+ cm)");
  const PageRecord page = read(site, "/annonce/9", kAdPage);
  CHECK(page.page_class() == "ad");
  REQUIRE(page.listings_size() == 1);
  const Ad& ad = page.listings(0);
  CHECK(ad.ad() == "annonces/48213");
  CHECK(ad.title() == "Massage relaxant à Lille");
  CHECK(ad.text().starts_with("Je propose"));
  CHECK(ad.text().ends_with("dix heures."));
  CHECK(ad.attributes().at("height") == "172 cm");
  CHECK(ad.scope() == "NORTH-01");
  CHECK(ad.family() == "service");
  CHECK(ad.url() == "https://annonces.example/annonce/9");
}

TEST_CASE("an ad page without a template gives its own ad and none of its neighbours") {
  const PageRecord page = read(patterned_site(), "/annonce/48213", kAdPage);
  CHECK(page.page_class() == "ad");
  REQUIRE(page.listings_size() == 1);
  const Ad& ad = page.listings(0);
  CHECK(ad.ad() == "annonces/48213");
  CHECK(ad.title() == "Massage relaxant à Lille");
  CHECK(ad.text().find("Je propose des massages") != std::string::npos);
  CHECK(ad.text().find("Coiffure") == std::string::npos);
  CHECK(ad.text().find("support") == std::string::npos);
  CHECK(ad.attributes().at("taille") == "172 cm");
  REQUIRE(ad.images_size() == 1);
  CHECK(ad.images(0) == "https://annonces.example/img/1.jpg");
}

TEST_CASE("contacts of an ad are its own, with their place in the stored text") {
  const PageRecord page = read(patterned_site(), "/annonce/48213", kAdPage);
  REQUIRE(page.listings_size() == 1);
  const Ad& ad = page.listings(0);
  REQUIRE(ad.contacts_size() == 1);
  const Contact* phone = find_contact(ad, "phone");
  REQUIRE(phone);
  CHECK(phone->value() == "+33199000042");
  CHECK(phone->field() == "text");
  REQUIRE(phone->span_size() == 2);
  CHECK(ad.text().substr(static_cast<std::size_t>(phone->span(0)),
                         static_cast<std::size_t>(phone->span(1) - phone->span(0))) == "01 99 00 00 42");
}

TEST_CASE("contacts that are known to be the site's own are nobody's") {
  SiteKnowledge knowledge;
  knowledge.add_own_contacts("+33199000042");
  const PageRecord page = read(patterned_site(), "/annonce/48213", kAdPage, 200, knowledge);
  REQUIRE(page.listings_size() == 1);
  CHECK(page.listings(0).contacts_size() == 0);
}

TEST_CASE("a list page gives the short form of each ad, and the next page") {
  for (const bool patterned : {true, false}) {
    CAPTURE(patterned);
    const PageRecord page = read(patterned ? patterned_site() : plain_site(), "/liste", list_page());
    CHECK(page.page_class() == "list");
    CHECK(page.listings_size() == 8);
    for (const Ad& ad : page.listings()) {
      CHECK(ad.title().starts_with("Annonce numero"));
      CHECK(ad.url().starts_with("https://annonces.example/annonce/10"));
      CHECK(ad.price().amount() > 40);
    }
    CHECK(page.next() == "https://annonces.example/liste?page=2");
  }
}

TEST_CASE("a list whose records have no page of their own is inline, and each keeps its contacts") {
  std::string posts;
  for (int i = 1; i <= 5; ++i) {
    const std::string n = std::to_string(i);
    posts += "<div class=ad id=ad-" + n + "><h3>Offre " + n +
             "</h3><p>Texte assez long pour une annonce qui tient en entier dans la liste, avec son contact.</p><p>Tel "
             "01 99 00 00 6" +
             n + "</p></div>";
  }
  const PageRecord page = read(plain_site(), "/liste", page_of("<h1>Petites annonces</h1>" + posts));
  CHECK(page.page_class() == "inline");
  REQUIRE(page.listings_size() == 5);
  for (int i = 0; i < 5; ++i) {
    const Ad& ad = page.listings(i);
    REQUIRE(ad.contacts_size() == 1);
    CHECK(ad.contacts(0).value() == "+3319900006" + std::to_string(i + 1));
    CHECK(ad.url() == "https://annonces.example/liste#ad-" + std::to_string(i + 1));
  }
}

TEST_CASE("the same number as text, link and statement counts once, with its span") {
  const PageRecord page = read(patterned_site(), "/annonce/5",
                               page_of("<h1>Cours de piano</h1><p>Professeur diplômé donne des cours de piano à tous "
                                       "les âges.</p><p>Tél : <a href='tel:+33199000043'>01 99 00 00 43</a></p>"
                                       "<script type='application/ld+json'>{\"@type\":\"Service\",\"name\":\"Cours de "
                                       "piano\",\"telephone\":\"+33199000043\"}</script>"));
  REQUIRE(page.listings_size() == 1);
  const Ad& ad = page.listings(0);
  REQUIRE(ad.contacts_size() == 1);
  CHECK(ad.contacts(0).value() == "+33199000043");
  CHECK(ad.contacts(0).span_size() == 2);
}

TEST_CASE("what stands before the content has its own class") {
  struct Row {
    const char *klass, *html;
    int status;
  };
  const Row rows[] = {
      {"consent",
       "<title>Avertissement</title><h1>Site réservé aux adultes</h1><p>Vous devez avoir 18 ans pour "
       "entrer.</p><button>Entrer</button>",
       200},
      {"consent",
       "<title>Cookies</title><h2>Wij gebruiken cookies</h2><p>Geef toestemming.</p><button>Alles accepteren</button>",
       200},
      {"consent",
       "<title>Zgoda</title><h2>Dbamy o prywatność: cookies</h2><p>Strona używa plików cookie.</p><button>Zgadzam "
       "się</button>",
       200},
      {"consent",
       "<title>Nur für Erwachsene</title><h1>Zutritt ab 18</h1><p>Bitte bestätigen Sie, dass Sie volljährig "
       "sind.</p><a href=/in>Ja, eintreten</a>",
       200},
      {"login",
       "<title>Connexion</title><h1>Se connecter</h1><form><input name=u><input type=password "
       "name=p><button>OK</button></form>",
       200},
      {"login",
       "<title>Anmelden</title><form><label>E-Mail</label><input name=u><label>Passwort</label><input "
       "type=password><button>Einloggen</button></form>",
       200},
      {"block", "<title>Just a moment...</title><h1>Checking your browser</h1><div id=cf-chl-widget></div>", 200},
      {"block", "<title>Attention</title><p>Prouvez que vous n'êtes pas un robot</p><div class=g-recaptcha></div>",
       200},
      {"block", "<title>x</title><p>anything</p>", 403},
      {"soft404", "<title>Annonce introuvable</title><h1>Cette annonce n'existe plus</h1><p>Elle a été supprimée.</p>",
       200},
      {"soft404", "<title>Fehler</title><h1>Anzeige nicht mehr verfügbar</h1>", 200},
      {"soft404", "<title>404</title><h1>Страница не найдена</h1>", 200},
      {"soft404", "<title>x</title><p>weg</p>", 404},
  };
  for (const Row& row : rows) {
    CAPTURE(row.html);
    const PageRecord page =
        read(patterned_site(), "/annonce/7", std::string("<!doctype html><meta charset=utf-8>") + row.html, row.status);
    CHECK(page.page_class() == row.klass);
    CHECK(page.listings_size() == 0);
    CHECK_FALSE(page.why().empty());
  }
}

TEST_CASE("a short ad is no error page for a number or a word that error pages use too") {
  for (const char* text : {"Room near the mill, call 020 7946 0404.", "Seen 540412 times. Rent: 300 GBP a month.",
                           "Your visa expires soon? We help: 020 7946 0123.", "Passeport expiré, visa a expiré? Appelez 01 99 00 12 34",
                           "Documenti scaduti? Lavoro lo stesso, 150 € al giorno"}) {
    CAPTURE(text);
    const PageRecord page = read(patterned_site(), "/annonce/7", page_of(std::string("<h1>Annonce</h1><p>") + text + "</p>"));
    CHECK(page.page_class() == "ad");
  }
}

TEST_CASE("a site's error page is known by its print, whatever its words") {
  const auto error_page = [](const std::string& slug) {
    return page_of("<h1>Oh là là</h1><p>Rien par ici pour " + slug +
                   ", essayez la recherche ou revenez à l'accueil.</p>");
  };
  const PageRecord taught = read(plain_site(), "/annonce/does-not-exist-77", error_page("does-not-exist-77"));
  SiteKnowledge knowledge;
  knowledge.add_error_prints(parser::error_print(taught, "https://annonces.example/annonce/does-not-exist-77"));
  CHECK(read(patterned_site(), "/annonce/48213", error_page("48213"), 200, knowledge).page_class() == "soft404");
  CHECK(read(patterned_site(), "/annonce/48213", kAdPage, 200, knowledge).page_class() == "ad");
}

TEST_CASE("faults of a template are named with their place") {
  SiteOptions site = plain_site();
  SUBCASE("a selector") {
    add_field(site, "title", "h1:frist-child");
    const auto reader = SiteReader::compile(site);
    REQUIRE_FALSE(reader);
    CHECK(reader.error().code == Errc::misconfigured);
    CHECK(reader.error().text ==
          "fields.title.at: column 3: no such pseudo-class ':frist-child', did you mean ':first-child'?");
  }
  SUBCASE("a field that no ad has") {
    add_field(site, "titel", "h1");
    const auto reader = SiteReader::compile(site);
    REQUIRE_FALSE(reader);
    CHECK(reader.error().text == "fields.titel: no such field, did you mean 'title'?");
  }
  SUBCASE("a pattern of a value") {
    add_field(site, "title", "h1", "", "(unclosed");
    const auto reader = SiteReader::compile(site);
    REQUIRE_FALSE(reader);
    CHECK(reader.error().text.starts_with("fields.title.match: missing"));
  }
}

TEST_CASE("a record may be several siblings") {
  std::string rows;
  for (int i = 1; i <= 6; ++i) {
    const std::string n = std::to_string(i);
    rows += "<dt>Cours de guitare numero " + n + "</dt><dd>Un professeur patient donne des lecons a domicile, le soir. "
            "Tel 01 99 00 00 1" + n + "</dd>";
  }
  const PageRecord page = read(plain_site(), "/liste", page_of("<h1>Cours</h1><dl>" + rows + "</dl>"));
  CHECK(page.page_class() == "inline");
  REQUIRE(page.listings_size() == 6);
  CHECK(page.listings(2).text().find("professeur patient") != std::string::npos);
  REQUIRE(page.listings(2).contacts_size() == 1);
  CHECK(page.listings(2).contacts(0).value() == "+33199000013");
  CHECK(page.listings(1).ad() != page.listings(2).ad());
}

TEST_CASE("a list that is cut into sections is read whole, without what stands between") {
  std::string tables;
  for (int t = 0; t < 2; ++t) {
    tables += "<div class=part" + std::to_string(t) + "><h2>Partie</h2><table><tr><th>Titre</th><th>Prix</th></tr>";
    for (int i = 1; i <= 4; ++i) {
      const std::string n = std::to_string(t) + std::to_string(i);
      tables += "<tr class=r" + n + "><td><a href=/annonce/9" + n + "><b>Velo de ville " + n +
                "</b></a><p>Bon etat, peu servi</p></td><td><span>120 EUR</span></td></tr>";
    }
    tables += "</table></div>";
  }
  const PageRecord page = read(plain_site(), "/liste", page_of("<h1>Velos</h1>" + tables));
  CHECK(page.page_class() == "list");
  CHECK(page.listings_size() == 8);
}

TEST_CASE("what a site marks as previous is no next page, and is followed all the same") {
  const std::string pager =
      "<div class=nav-previous><a href='/blog/page/3'>Older posts</a></div><div class=nav-next><a "
      "href='/blog/page/1'>Newer posts</a></div>";
  const PageRecord page = read(plain_site(), "/blog/page/2", page_of("<h1>Blog</h1><p>Texte</p>" + pager));
  CHECK(page.next() == "https://annonces.example/blog/page/1");
  for (const PageLink& link : page.links()) {
    if (link.url() == "https://annonces.example/blog/page/3") CHECK(link.class_() == "list");
  }
}
