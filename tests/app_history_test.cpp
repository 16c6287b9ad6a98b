#include <doctest/doctest.h>

#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "app/pipeline.h"
#include "core/hash.h"
#include "parser/extract.h"
#include "storage/store.h"
#include "storage/volatile.h"
#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::app;

/// History by the real reader: ads are drawn as HTML, with counters that count, dates that say how long ago, and a box of
/// other people's ads that is shuffled anew with every look; what changes is planted, and everything else must not.
namespace {

const Instant kStart = from_ms(1'795'500'000'000);  // 2026-11-24T08:40:00Z

struct Shown {
  int number = 0, price = 0;
  std::string title, text, phone;
  Instant posted;
};

std::string ago(Instant posted, Instant now, const std::string& lang) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(now - posted).count();
  const auto pick = [&](long n, int unit) {
    static const char* const kFrench[] = {"minute", "heure", "jour", "semaine"};
    static const char* const kGerman[] = {"Minute", "Stunde", "Tag", "Woche"};
    const auto count = std::to_string(std::max(n, 1L));
    if (lang == "fr") return "il y a " + count + " " + kFrench[unit] + (n > 1 ? "s" : "");
    return "vor " + count + " " + kGerman[unit] + (n > 1 ? (unit == 2 ? "en" : "n") : "");
  };
  if (minutes < 60) return pick(minutes, 0);
  if (minutes < 24 * 60) return pick(minutes / 60, 1);
  if (minutes < 14 * 24 * 60) return pick(minutes / (24 * 60), 2);
  return pick(minutes / (7 * 24 * 60), 3);
}

/// Half of the ads have a counter among their own words, where no reader can tell it from them.
bool counts_within(const Shown& shown) { return shown.number % 2 == 1; }

/// The page of `shown` at `now`; `look` draws what moves by itself.
std::string draw(const Shown& shown, const std::vector<Shown>& others, Instant now, const std::string& lang, std::mt19937& look) {
  const bool fr = lang == "fr";
  std::vector<const Shown*> box;
  for (const auto& other : others) {
    if (other.number != shown.number) box.push_back(&other);
  }
  std::shuffle(box.begin(), box.end(), look);
  std::string html = "<!doctype html><html lang=\"" + lang + "\"><head><meta charset=\"utf-8\"><title>" + shown.title + "</title></head><body>";
  html += "<header><a href=\"/\">" + std::string(fr ? "Accueil" : "Startseite") + "</a></header><main><article class=\"ad\"><h1>" + shown.title + "</h1>";
  html += "<p class=\"price\">" + std::to_string(shown.price) + " €</p><div class=\"text\"><p>" + shown.text;
  if (counts_within(shown)) html += (fr ? " Annonce en ligne, " : " Anzeige online, ") + std::to_string(10 + look() % 5000) + (fr ? " vues." : " Aufrufe.");
  html += "</p></div>";
  html += "<p class=\"tel\">" + std::string(fr ? "Téléphone" : "Telefon") + " : <a href=\"tel:" + shown.phone + "\">" + shown.phone + "</a></p>";
  html += "<p class=\"meta\">" + std::string(fr ? "Publié " : "Eingestellt ") + ago(shown.posted, now, lang) + " · " +
          std::to_string(10 + look() % 5000) + (fr ? " vues" : " Aufrufe") + "</p></article></main>";
  html += "<aside class=\"related\"><h2>" + std::string(fr ? "Annonces similaires" : "Ähnliche Anzeigen") + "</h2><ul>";
  for (std::size_t i = 0; i < std::min<std::size_t>(5, box.size()); ++i) {
    html += "<li><a href=\"/ad/" + std::to_string(box[i]->number) + "\">" + box[i]->title + "</a> " + std::to_string(box[i]->price) + " €</li>";
  }
  return html + "</ul></aside><footer>" + std::to_string(look() % 100000) + (fr ? " visiteurs en ligne" : " Besucher online") + "</footer></body></html>";
}

std::vector<Shown> invented(const std::string& lang) {
  const char* const french[] = {"Chambre calme près de la gare", "Cours de piano le soir", "Vélo bleu avec panier", "Table en bois et quatre chaises"};
  const char* const german[] = {"Ruhiges Zimmer am Bahnhof", "Klavierstunden am Abend", "Blaues Fahrrad mit Korb", "Holztisch mit vier Stühlen"};
  std::vector<Shown> all;
  for (int n = 0; n < 20; ++n) {
    const std::string what = lang == "fr" ? french[n % 4] : german[n % 4];
    const std::string more = lang == "fr" ? " en bon état, à voir sur rendez-vous dans le quartier numéro " : " in gutem Zustand, nach Absprache zu sehen im Viertel Nummer ";
    all.push_back({1000 + n, 100 + 10 * n, what + " " + std::to_string(n), what + more + std::to_string(n) + ".", "+331990000" + std::to_string(10 + n),
                   kStart - std::chrono::minutes(7 + n * 997)});
  }
  return all;
}

struct World {
  storage::test::Folder folder;
  std::unique_ptr<storage::Store> store = *storage::test::open(folder);
  std::shared_ptr<Config> config = std::make_shared<Config>();
  std::mutex alerts_lock;
  std::unique_ptr<Pipeline> pipeline;
  std::shared_ptr<const parser::SiteReader> reader;

  World() {
    SiteOptions site;
    site.set_site("s");
    site.set_family("service");
    site.set_extract("auto");
    site.set_timezone("Europe/Paris");
    site.add_start("http://a.test/list");
    site.add_hosts("a.test");
    site.add_follow("^/list");
    site.add_ad("^/ad/(?P<id>\\d+)");
    site.set_revisit_ad_ms(Millis(6h).count());
    config->sites.push_back(site);
    reader = *parser::SiteReader::compile(site);
    auto rules = detector::Rules::compile({}, {});
    REQUIRE(rules);
    pipeline = std::make_unique<Pipeline>(*store, config, *rules, alerts_lock);
  }

  void see(int number, const std::string& html, Instant now) {
    const auto url = "http://a.test/ad/" + std::to_string(number);
    if (!store->visit(url)->has_value()) {
      REQUIRE(store->discover({*crawler::make_visit(url, config->sites[0], Role::ad_page, nullptr, now)}));
    }
    ParseRequest request;
    *request.mutable_site() = config->sites[0];
    request.set_body(html);
    request.set_content_type("text/html; charset=utf-8");
    request.set_url(url);
    request.set_fetched_ms(to_ms(now));
    request.set_status(200);
    auto page = reader->read(request);
    REQUIRE(page);
    PageItem item;
    item.exchange.visit = **store->visit(url);
    item.exchange.visit.set_generation(item.exchange.visit.generation() + 1);
    item.exchange.visit.set_outcome(Outcome::ok);
    item.exchange.visit.set_last_ms(to_ms(now));
    item.exchange.host.set_host("a.test");
    item.exchange.site = config->sites[0];
    item.exchange.started = item.exchange.ended = now;
    item.exchange.body = html;
    item.exchange.visit.set_body_sha256(sha256(html));
    item.page = *std::move(page);
    REQUIRE(pipeline->commit(item));
  }
};

/// A change that was planted: of which ad, seen at which look, and the field that must say so.
struct Planted {
  int number;
  Instant seen;
  std::string field;
};

}  // namespace

TEST_CASE("history: every planted change is found and dated to its fetch, and none is invented in a thousand looks") {
  int looks = 0, unchanged = 0, found = 0, planted_in_all = 0;
  for (const std::string lang : {"fr", "de"}) {
    World world;
    auto ads = invented(lang);
    std::mt19937 look(20261128);
    std::vector<Planted> planted;
    for (int round = 0; round < 30; ++round) {
      const auto now = kStart + std::chrono::minutes(round * 977);  // some 16 hours, at every time of the day
      for (auto& ad : ads) {
        const bool changes = round > 0 && look() % 25 == 0;
        if (changes) {
          const auto what = look() % 3;
          planted.push_back({ad.number, now, what == 0 ? "price" : what == 1 ? "text" : "contacts"});
          if (what == 0) ad.price += 10;
          if (what == 1) ad.text += lang == "fr" ? " Prix à discuter." : " Preis verhandelbar.";
          if (what == 2) ad.phone = "+331990001" + std::to_string(10 + look() % 90);
        }
        world.see(ad.number, draw(ad, ads, now, lang, look), now);
        ++looks;
        unchanged += changes ? 0 : 1;
      }
    }
    planted_in_all += static_cast<int>(planted.size());
    for (const auto& ad : ads) {
      CAPTURE(lang);
      CAPTURE(ad.number);
      const auto versions = *world.store->versions("s/" + std::to_string(ad.number));
      std::vector<Planted> own;
      for (const auto& one : planted) {
        if (one.number == ad.number) own.push_back(one);
      }
      CHECK(versions.size() == own.size() + 1);
      CHECK(storage::ignored_in(versions.front().ad_record()).empty() != counts_within(ad));
      for (std::size_t i = 1; i < versions.size() && i <= own.size(); ++i) {
        CAPTURE(versions[i].ShortDebugString());
        CHECK(from_timestamp(versions[i].seen()) == own[i - 1].seen);
        bool says = false;
        for (const auto& change : versions[i].changes()) says = says || change.field() == own[i - 1].field;
        CHECK(says);
        found += says && from_timestamp(versions[i].seen()) == own[i - 1].seen ? 1 : 0;
      }
    }
    CHECK(world.store->check()->empty());
  }
  MESSAGE(looks << " looks, " << unchanged << " of them at unchanged pages; " << found << " of " << planted_in_all << " planted changes found at their fetch");
  CHECK(unchanged > 1000);
}
