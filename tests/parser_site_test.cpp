// What spans the pages of one site: learned places, what repeats, whose contacts are whose.
#include <doctest/doctest.h>

#include <cctype>
#include <functional>
#include <string>
#include <vector>

#include "parser/extract.h"
#include "parser/site_learner.h"
#include "parser/template.h"

using namespace vigie;

namespace {

const Instant kNow = from_ms(1'795'500'000'000);
using PageOf = std::function<std::string(int)>;

SiteOptions site_at(const std::string& host) {
  SiteOptions site;
  site.set_site("s");
  site.set_family("mixed");
  site.set_region("FR");
  site.add_hosts(host);
  site.add_ad("^/ad/(?P<id>\\d+)");
  site.set_extract("auto");
  return site;
}

PageRecord read(const std::string& html, const std::string& path, const SiteKnowledge& knowledge, bool teach = true,
                bool explain = false) {
  static const auto reader = *parser::SiteReader::compile(site_at("a.test"));
  ParseRequest request;
  *request.mutable_site() = site_at("a.test");
  *request.mutable_knowledge() = knowledge;
  request.set_body(html);
  request.set_url("http://a.test" + path);
  request.set_fetched_ms(to_ms(kNow));
  request.set_status(200);
  request.set_teach(teach);
  request.set_explain(explain);
  auto page = reader->read(request);
  REQUIRE(page);
  return *std::move(page);
}

/// What is known after the ads `first` to `last` of a site have been read, each by what those before it taught.
SiteKnowledge taught(const PageOf& page_of, int first, int last) {
  parser::SiteLearner learner;
  for (int n = first; n <= last; ++n) {
    SiteKnowledge known;
    learner.write(known);
    const PageRecord page = read(page_of(n), "/ad/" + std::to_string(n), known);
    REQUIRE(page.page_class() == "ad");
    (void)learner.take(page.lesson(), kNow);
  }
  SiteKnowledge known;
  learner.write_trusted(known);
  return known;
}

const char* const kSentences[] = {
    "Chambre claire sous les toits, au calme, avec une grande table de travail.",
    "Le quartier est vivant et la gare se trouve à dix minutes à pied.",
    "Nous cherchons une personne soigneuse pour un an au moins.",
    "La cuisine se partage à trois, le jardin aussi.",
    "Double vitrage, parquet, compteur individuel et cave.",
    "Les visites se font le soir, sur rendez-vous seulement.",
    "Le chauffage et la connexion sont compris dans le loyer.",
};
std::string prose(int n) {
  return std::string(kSentences[n % 7]) + " " + kSentences[(n * 3 + 1) % 7] + " Référence " + std::to_string(1000 + n) + ".";
}
std::string number(int n) {  // from a range reserved for fiction
  const std::string two = std::to_string(10 + n % 90);
  return "01 99 00 " + two + " " + std::to_string(10 + (n * 7) % 90);
}

/// A site whose price stands beside its text in a line of its own, between its own remarks.
std::string remarks_page(int n) {
  return "<html lang=fr><head><title>Annonce " + std::to_string(n) + "</title></head><body><div class=top><a href=/>Accueil</a></div>"
         "<div class=fiche><h1>Chambre numéro " + std::to_string(n) + "</h1><div class=corps><p>" + prose(n) + "</p></div>"
         "<div class=conseils><p>Ne versez jamais d'acompte avant d'avoir vu le logement de vos propres yeux.</p>"
         "<p>Une question sur nos règles ? Écrivez à aide@site.example, nous répondons en deux jours.</p></div>"
         "<div class=joindre>" + number(n) + "</div></div><div class=bas>Notre bureau : 03 53 01 00 99</div></body></html>";
}

}  // namespace

TEST_CASE("what every ad of a site shows is not the ad's: its remarks leave the text, its contacts the list") {
  const PageRecord before = read(remarks_page(40), "/ad/40", {}, false);
  REQUIRE(before.listings_size() == 1);
  CHECK(before.listings(0).text().find("acompte") != std::string::npos);  // one page alone cannot tell
  const SiteKnowledge known = taught(remarks_page, 1, 20);
  CHECK(known.learned().furniture_size() >= 2);
  const PageRecord page = read(remarks_page(40), "/ad/40", known, false);
  REQUIRE(page.listings_size() == 1);
  const Ad& ad = page.listings(0);
  CHECK(ad.text().find("acompte") == std::string::npos);
  CHECK(ad.text().starts_with(kSentences[40 % 7]));
  std::vector<std::string> contacts;
  for (const auto& contact : ad.contacts()) contacts.push_back(contact.value());
  CHECK(contacts == std::vector<std::string>{"+33199005020"});
}

TEST_CASE("what is known to repeat goes on voting: it stays known from look to look") {
  std::int64_t last = 0;
  for (const int ads : {8, 12, 20, 40, 80}) {
    const SiteKnowledge known = taught(remarks_page, 1, ads);
    CAPTURE(ads);
    CHECK(known.learned().furniture_size() == 2);
    if (ads > 8) CHECK(known.learned().revision() <= last + 1);
    last = known.learned().revision();
  }
  CHECK(last <= 4);
}

TEST_CASE("the contact of a site's frame is the site's own and is kept as that") {
  const SiteKnowledge known = taught(remarks_page, 1, 20);
  const auto& own = known.own_contacts();
  CHECK(std::find(own.begin(), own.end(), "phone:+33353010099") != own.end());
  for (const auto& contact : own) CHECK(contact.find("+331990") == std::string::npos);  // no advertiser's
}

TEST_CASE("an advertiser who fills a site keeps words and number") {
  const auto flooded = [](int n) {
    const std::string words = n % 6 == 0 ? prose(n) : "Belle chambre dans une maison calme, libre tout de suite, écrivez ou appelez-moi le soir.";
    const std::string tel = n % 6 == 0 ? number(n) : "01 99 00 42 42";
    return "<html lang=fr><body><div class=top><a href=/>Accueil</a></div><div class=fiche><h1>Chambre numéro " + std::to_string(n) +
           "</h1><div class=corps><p>" + words + "</p></div><div class=joindre>" + tel + "</div></div></body></html>";
  };
  const SiteKnowledge known = taught(flooded, 1, 30);
  const PageRecord page = read(flooded(41), "/ad/41", known, false);
  REQUIRE(page.listings_size() == 1);
  CHECK(page.listings(0).text().starts_with("Belle chambre"));
  REQUIRE(page.listings(0).contacts_size() == 1);
  CHECK(page.listings(0).contacts(0).value() == "+33199004242");
  SUBCASE("even where nobody else is on it") {
    const auto alone = [&](int n) { return flooded(6 * n + 1); };
    const SiteKnowledge only = taught(alone, 1, 30);
    const PageRecord again = read(flooded(43), "/ad/43", only, false);
    REQUIRE(again.listings_size() == 1);
    CHECK(again.listings(0).text().starts_with("Belle chambre"));
    CHECK(again.listings(0).contacts_size() == 1);
  }
}

TEST_CASE("a value is looked for where the site's other ads have theirs") {
  // The label is in no word list, the place a made-up village: only the other pages say where it stands.
  const auto page_of = [](int n) {
    const std::string price = n % 9 == 0 ? "loyer selon revenus" : std::to_string(300 + 10 * n) + " € par mois";
    return "<html lang=fr><body><section class=offre><h2 class=nom>Offre " + std::to_string(n) + " au calme</h2><div class=texte><p>" + prose(n) +
           " La caution est de 900 €.</p></div><div class=montant>" + price + "</div></section></body></html>";
  };
  const SiteKnowledge known = taught(page_of, 1, 20);
  bool price_rule = false;
  for (const auto& rule : known.learned().rules()) {
    CHECK(rule.trusted());
    price_rule = price_rule || (rule.field() == "price" && rule.at().find("montant") != std::string::npos);
    SiteOptions site;
    auto& field = *site.add_fields();
    field.set_name(rule.field());
    field.set_at(rule.at());
    const bool sound = rule.field() == "listing" || static_cast<bool>(parser::Template::compile(site));
    CHECK_MESSAGE(sound, rule.at());
  }
  CHECK(price_rule);
  const PageRecord page = read(page_of(31), "/ad/31", known, false, true);
  REQUIRE(page.listings_size() == 1);
  CHECK(page.listings(0).price().amount() == 610);
  bool told = false;
  for (const auto& origin : page.origins()) {
    if (origin.field() != "price") continue;
    told = true;
    CHECK(origin.source() == "learned");
    CHECK(origin.path().find("montant") != std::string::npos);
    CHECK(origin.raw() == "610 € par mois");
    CHECK(origin.confidence() > 0.9);
  }
  CHECK(told);
}

TEST_CASE("what every record of a list shows leaves the records, and a line of theirs is known by its place") {
  const auto wall = [](int page) {
    std::string items;
    for (int n = 10 * page; n < 10 * page + 10; ++n) {
      items += "<li class=zettel><h3>Zettel " + std::to_string(n) + "</h3><div class=was>" + prose(n) + "</div><p class=rand>" +
               (n % 7 == 6 ? std::string("irgendwo") : std::string("Bremen")) + " · " + std::to_string(40 + n) +
               " € · eingestellt am 05.11.2026</p><p class=ruf>" + number(n) + "</p><a href='/melden?z=" + std::to_string(n) +
               "'>Zettel melden</a></li>";
    }
    return "<html lang=de><body><header><h1>Brett</h1></header><ul class=brett>" + items + "</ul></body></html>";
  };
  static const auto reader = [] {
    SiteOptions site = site_at("a.test");
    site.clear_ad();
    return *parser::SiteReader::compile(site);
  }();
  const auto read_wall = [&](int n, const SiteKnowledge& knowledge) {
    ParseRequest request;
    *request.mutable_knowledge() = knowledge;
    request.set_body(wall(n));
    request.set_url("http://a.test/brett?p=" + std::to_string(n));
    request.set_fetched_ms(to_ms(kNow));
    request.set_teach(true);
    const auto page = reader->read(request);
    REQUIRE(page);
    CHECK(page->page_class() == "inline");
    REQUIRE(page->listings_size() == 10);
    return *page;
  };
  parser::SiteLearner learner;
  SiteKnowledge known;
  for (int n = 0; n < 3; ++n) {
    known.Clear();
    learner.write(known);
    PageLesson lesson = read_wall(n, known).lesson();
    CHECK(lesson.listings_size() == 10);
    for (auto& listing : *lesson.mutable_listings()) listing.set_ad(listing.ad() + std::to_string(n));
    (void)learner.take(lesson, kNow);
  }
  known.Clear();
  learner.write_trusted(known);
  CHECK(known.learned().furniture_size() > 0);
  const PageRecord page = read_wall(4, known);
  for (const Ad& ad : page.listings()) {
    CAPTURE(ad.text());
    CHECK(ad.text().find("melden") == std::string::npos);
    CHECK(ad.text().find("eingestellt") == std::string::npos);
    CHECK(ad.posted() == "2026-11-05");
    CHECK(ad.contacts_size() == 1);
  }
}

TEST_CASE("a contact in a box beside the text is the ad's, unless the ad's own part shows one") {
  const auto page_with = [](const std::string& said) {
    return "<html lang=fr><body><div class=cadre><div class=rang><div class=gros><h1>Chambre au calme</h1><p>" + prose(1) + said +
           "</p></div><div class=fin><h5>Joindre</h5><a href='tel:+33199001010'>01 99 00 10 10</a></div></div></div>"
           "<div class=bas><a href='tel:+33353010099'>03 53 01 00 99</a></div></body></html>";
  };
  const auto contacts = [&](const std::string& said) {
    std::vector<std::string> values;
    const PageRecord page = read(page_with(said), "/ad/1", {}, false);
    REQUIRE(page.listings_size() == 1);
    for (const auto& contact : page.listings(0).contacts()) values.push_back(contact.value());
    return values;
  };
  CHECK(contacts("") == std::vector<std::string>{"+33199001010"});
  CHECK(contacts(" Appelez le 01 99 00 20 20.") == std::vector<std::string>{"+33199002020"});
}

TEST_CASE("the lists of a site say which addresses are ads, where its scope file does not") {
  SiteOptions site = site_at("a.test");
  site.clear_ad();
  const auto reader = *parser::SiteReader::compile(site);
  const auto read_at = [&](const std::string& html, const std::string& path, const SiteKnowledge& knowledge) {
    ParseRequest request;
    *request.mutable_knowledge() = knowledge;
    request.set_body(html);
    request.set_url("http://a.test" + path);
    request.set_fetched_ms(to_ms(kNow));
    request.set_teach(true);
    return *reader->read(request);
  };
  const auto list = [](int page) {
    std::string items;
    for (int n = 10 * page; n < 10 * page + 10; ++n)
      items += "<div class=tuile><a href='/p/" + std::to_string(3000 + n) + "'><h2>Chambre numéro " + std::to_string(n) +
               "</h2></a><span>" + std::to_string(300 + n) + " €</span></div>";
    return "<html lang=fr><body><div class=grille>" + items + "</div></body></html>";
  };
  // Without a headline, and with boxes that repeat: alone it could be anything.
  const std::string ad = "<html lang=fr><head><title>Le coin</title></head><body><div class=a><b>Chambre au calme</b></div><div class=b>" + prose(3) +
                         "</div><div class=c><a href='/p/3900'>Autre chambre</a></div></body></html>";
  CHECK(read_at(ad, "/p/3001", {}).page_class() != "ad");
  parser::SiteLearner learner;
  for (int page = 0; page < 2; ++page) {
    const PageRecord seen = read_at(list(page), "/liste?page=" + std::to_string(page), {});
    CHECK(seen.page_class() == "list");
    int ads = 0;
    for (const auto& link : seen.links()) ads += link.class_() == "ad";
    CHECK(ads == 10);  // to be followed at once
    (void)learner.take(seen.lesson(), kNow);
    if (page == 0) CHECK_FALSE(learner.take(seen.lesson(), kNow));  // the same records again are no second list
  }
  SiteKnowledge known;
  learner.write_trusted(known);
  const PageRecord page = read_at(ad, "/p/3001", known);
  CHECK(page.page_class() == "ad");
  CHECK(page.listings_size() == 1);
  CHECK(read_at(list(7), "/p/1", known).page_class() == "list");  // a list is a list wherever it stands
}

TEST_CASE("what was learned comes back from the store as it was, and a new layout replaces it") {
  parser::SiteLearner restarted(taught(remarks_page, 1, 20));
  SiteKnowledge same;
  restarted.write_trusted(same);
  CHECK(same.learned().SerializeAsString() == taught(remarks_page, 1, 20).learned().SerializeAsString());
  const auto renewed = [](int n) {
    return "<html lang=fr><body><main><h1 class=gros>Chambre numéro " + std::to_string(n) + "</h1><article class=recit>" + prose(n) +
           "</article><p class=numero>" + number(n) + "</p></main></body></html>";
  };
  restarted.begin_anew();
  for (int n = 100; n < 120; ++n) {
    SiteKnowledge known;
    restarted.write(known);
    (void)restarted.take(read(renewed(n), "/ad/" + std::to_string(n), known).lesson(), kNow);
  }
  SiteKnowledge now;
  restarted.write_trusted(now);
  CHECK(now.learned().revision() > same.learned().revision());
  for (const auto& rule : now.learned().rules()) CHECK(rule.at().find("fiche") == std::string::npos);
}

TEST_CASE("a learner stays small whatever pages say") {
  parser::SiteLearner learner;
  std::uint64_t key = 1;
  for (int n = 0; n < 3000; ++n) {
    PageLesson lesson;
    auto& listing = *lesson.add_listings();
    listing.set_ad("s/" + std::to_string(n));
    for (const char* field : {"title", "text", "price"}) {
      auto& said = *listing.add_fields();
      said.set_field(field);
      said.set_found(true);
      for (int i = 0; i < 6; ++i) {
        auto& rule = *said.add_here();
        rule.set_field(field);
        rule.set_at("div.x" + std::to_string(key));
        rule.set_key(key++);
      }
    }
    for (int i = 0; i < 200; ++i) {
      listing.add_blocks(key++);
      listing.add_places(key++);
    }
    (void)learner.take(lesson, kNow);
  }
  SiteKnowledge known;
  learner.write(known);
  CHECK(known.ByteSizeLong() < 8192);
}
