// Figures of single steps (Google Benchmark), on invented input. `make bench` prints them.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "core/hash.h"
#include "core/url.h"
#include "parser/extract.h"
#include "parser/fields.h"
#include "parser_data.h"
#include "parser_disguise_others.h"
#include "storage/history.h"
#include "storage/sketch.h"
#include "storage/store.h"

namespace {

using namespace vigie;

std::string ad_text(int seed) {
  std::string text = "Studio lumineux au calme, visite sur rendez-vous. ";
  while (text.size() < 900) text += "Phrase numero " + std::to_string(hash64(std::to_string(seed) + text) % 1000) + " du texte. ";
  return text + "Appelez le zero un, 99 00 00 " + std::to_string(10 + seed % 90) + ".";
}

std::string ad_page(std::size_t bytes) {
  std::string page = "<html lang=fr><head><title>Annonce</title></head><body><nav>";
  for (int i = 0; i < 20; ++i) page += "<a href=/rubrique/" + std::to_string(i) + ">Rubrique</a> ";
  page += "</nav><article class=ad><h1>Studio lumineux</h1><p class=price>450 EUR par mois</p><div>" + ad_text(1) + "</div></article>";
  while (page.size() < bytes) page += "<div class=card><a href=/annonce/9" + std::to_string(page.size()) + ">Autre annonce</a><p>Texte court.</p></div>";
  return page + "</body></html>";
}

/// An ad page as sites make them, 20 kB: head, style, script, menus, an ad of 1 kB with its table, 20 other ads, a footer.
std::string whole_ad_page() {
  const auto many = [](int count, const auto& one) {
    std::string out;
    for (int i = 0; i < count; ++i) out += one(std::to_string(i));
    return out;
  };
  const std::string words = "quartier calme proche gare commerces grande pièce lumineuse cuisine équipée ";
  return "<!DOCTYPE html>\n<html lang=\"fr\">\n<head><meta charset=\"utf-8\"><title>Chambre meublée - Annonces</title>\n"
         "<meta property=\"og:title\" content=\"Chambre meublée\"><link rel=\"stylesheet\" href=\"/static/site.css\"><style>" +
         many(45, [](const std::string& i) { return ".c" + i + "{margin:" + i + "px;padding:0 " + i + "px;color:#123}\n"; }) +
         "</style><script>" + many(56, [](const std::string& i) { return "track.push(['set" + i + "',function(a,b){return a<b?a:b;}]);"; }) +
         "</script></head>\n<body class=\"page page-ad\"><header class=\"top\"><nav><ul class=\"menu\">\n" +
         many(18, [](const std::string& i) { return "<li class=\"menu-item\"><a href=\"/rubrique/" + i + "\">Rubrique " + i + "</a></li>\n"; }) +
         "</ul></nav></header>\n<main><article class=\"ad\"><h1 class=\"ad-title\">Chambre meublée à Lille</h1><div class=\"gallery\">" +
         many(6, [](const std::string& i) { return "<a href=\"/photos/" + i + ".jpg\"><img class=\"thumb\" src=\"/photos/" + i + "_s.jpg\" alt=\"Photo\"></a>\n"; }) +
         "</div><p class=\"price\">450 € / mois</p><p class=\"meta\">Camille, 27 ans, Lille</p><div class=\"description\">\n" +
         many(5, [&](const std::string&) { return "<p>" + words + words + words + "</p>\n"; }) + "<p>" + ad_text(2).substr(900) +
         "</p></div>\n<table class=\"facts\"><tr><th>Ville</th><td>Lille</td></tr><tr><th>Surface</th><td>18 m²</td></tr>"
         "<tr><th>Loyer</th><td>450 €</td></tr><tr><th>Disponible</th><td>01/12/2026</td></tr></table>\n"
         "<p class=\"small\">Publiée le 11/11/2026 · 705 vues</p></article><aside class=\"related\"><h2>Annonces similaires</h2><ul>\n" +
         many(29, [&](const std::string& i) {
           return "<li class=\"card\"><a class=\"card-link\" href=\"/annonce/900" + i + "\"><img class=\"lazy\" data-src=\"/photos/" + i +
                  ".jpg\" alt=\"\"><h3 class=\"card-title\">Quartier calme " + i + "</h3></a>\n<span class=\"card-price\">3" + i +
                  " €</span> <span class=\"card-place\">Arras</span><p class=\"card-text\">" + words + "</p></li>\n";
         }) +
         "</ul></aside></main>\n<footer><ul>" +
         many(24, [](const std::string& i) { return "<li><a href=\"/info/" + i + "\">Information " + i + "</a></li>\n"; }) +
         "</ul><p class=\"legal\">Service client : 01 99 00 00 11</p></footer></body></html>";
}

SiteOptions site() {
  SiteOptions options;
  options.set_site("bench");
  options.set_family("housing");
  options.set_region("FR");
  options.add_hosts("bench.test");
  options.add_ad("^/annonce/(?P<id>\\d+)$");
  options.set_extract("auto");
  return options;
}

void url_parse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Url::parse("https://annonces.example/liste/page?x=1&utm_source=a#top"));
}
BENCHMARK(url_parse);

void read_again_and_again(benchmark::State& state, const std::string& body) {
  const auto reader = *parser::SiteReader::compile(site());
  ParseRequest request;
  *request.mutable_site() = site();
  request.set_url("http://bench.test/annonce/1");
  request.set_content_type("text/html; charset=utf-8");
  request.set_status(200);
  request.set_body(body);
  for (auto _ : state) benchmark::DoNotOptimize(reader->read(request));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * request.body().size()));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

void ad_page_to_listing_20kB(benchmark::State& state) { read_again_and_again(state, whole_ad_page()); }
BENCHMARK(ad_page_to_listing_20kB);

// The same size, but nothing beside the ad: 170 links to others.
void links_page_to_listing_20kB(benchmark::State& state) { read_again_and_again(state, ad_page(20'000)); }
BENCHMARK(links_page_to_listing_20kB);

void real_pages_wcxb(benchmark::State& state) {
  std::vector<ParseRequest> requests;
  for (const auto& file : test::html_files(test::data_dir() / "wcxb")) {
    requests.emplace_back().set_url("https://www.page.example/some/path.html");
    requests.back().set_body(test::slurp(file));
  }
  if (requests.empty()) return state.SkipWithError("no pages of wcxb here (VIGIE_DATA)");
  const auto reader = *parser::SiteReader::compile(test::open_site("https://www.page.example/"));
  std::int64_t bytes = 0;
  for (auto _ : state) {
    for (const auto& request : requests) {
      benchmark::DoNotOptimize(reader->read(request));
      bytes += static_cast<std::int64_t>(request.body().size());
    }
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK(real_pages_wcxb)->Unit(benchmark::kMillisecond);

void contacts_of_1kB(benchmark::State& state) {
  parser::TextContext context;
  context.regions = {"FR"};
  context.lang = "fr";
  const auto text = ad_text(3);
  for (auto _ : state) benchmark::DoNotOptimize(parser::read_contacts(text, context));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(contacts_of_1kB);

/// `vigie decode` without its output, over many different texts.
void decode_all(benchmark::State& state, const std::vector<disguise::Sample>& texts) {
  std::size_t next = 0, bytes = 0;
  for (auto _ : state) {
    const auto& text = texts[next++ % texts.size()];
    parser::TextContext context;
    context.regions = {text.region};
    context.lang = text.lang;
    benchmark::DoNotOptimize(parser::decode(text.text, context));
    bytes += text.text.size();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.SetItemsProcessed(state.iterations());
}

std::string prose(const disguise::Tongue& tongue, std::size_t bytes, std::size_t seed) {
  std::string text;
  while (text.size() < bytes) text.append(tongue.talk[hash64(text, seed) % tongue.talk.size()]).append(" ");
  return text;
}

void decode_ads_with_numbers_1kB(benchmark::State& state) {
  disguise::Generator generator(7);
  std::vector<disguise::Sample> texts;
  for (std::size_t n = 0; n < 5000; ++n) {
    auto sample = n % 4 == 3 ? generator.negative() : generator.positive();
    const auto& tongues = disguise::tongues();
    const auto tongue = std::find_if(tongues.begin(), tongues.end(), [&](const auto& t) { return t.code == sample.lang; });
    sample.text = prose(*tongue, 1000 - std::min<std::size_t>(sample.text.size(), 900), n) + sample.text;
    texts.push_back(std::move(sample));
  }
  decode_all(state, texts);
}
BENCHMARK(decode_ads_with_numbers_1kB);

void decode_plain_text_1kB(benchmark::State& state) {
  std::vector<disguise::Sample> texts;
  for (std::size_t n = 0; n < 2000; ++n) {
    const auto& tongue = disguise::tongues()[n % disguise::tongues().size()];
    texts.push_back({"", "", tongue.code, "FR", prose(tongue, 1000, n), ""});
  }
  decode_all(state, texts);
}
BENCHMARK(decode_plain_text_1kB);

void sketch_of_1kB(benchmark::State& state) {
  Ad ad;
  ad.set_text(ad_text(5));
  for (auto _ : state) benchmark::DoNotOptimize(storage::sketch_of(ad));
}
BENCHMARK(sketch_of_1kB);

void compare_unchanged_ad(benchmark::State& state) {
  Ad ad;
  ad.set_text(ad_text(5));
  ad.set_title("Studio");
  for (auto _ : state) benchmark::DoNotOptimize(storage::compare(ad, ad));
}
BENCHMARK(compare_unchanged_ad);

void commit_new_ad_synced(benchmark::State& state) {
  const auto folder = std::filesystem::temp_directory_path() / ("vigie-bench-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  {
    storage::OpenOptions options;
    options.path = folder.string();
    auto store = storage::Store::open(options);
    if (!store) {
      state.SkipWithError(store.error().text.c_str());
      return;
    }
    int n = 0;
    for (auto _ : state) {
      storage::Completion completion;
      const auto number = std::to_string(++n);
      auto& visit = completion.visit;
      visit.set_url("http://bench.test/annonce/" + number);
      visit.set_site("bench");
      visit.set_host("bench.test");
      visit.set_generation(1);
      storage::AdWrite write;
      auto& ad = *write.ad.mutable_ad();
      ad.set_ad("bench/" + number);
      ad.set_site("bench");
      ad.set_state("live");
      ad.set_text(ad_text(n));
      *write.ad.mutable_sketch() = storage::sketch_of(ad);
      completion.ads.push_back(std::move(write));
      if (auto done = (*store)->complete(completion); !done) {
        state.SkipWithError(done.error().text.c_str());
        break;
      }
    }
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(commit_new_ad_synced);

}  // namespace

BENCHMARK_MAIN();
