// Figures of single steps (Google Benchmark), on invented input. `make bench` prints them.
#include <filesystem>
#include <string>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "core/hash.h"
#include "core/url.h"
#include "parser/extract.h"
#include "parser/fields.h"
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

void page_to_listing_20kB(benchmark::State& state) {
  const auto reader = *parser::SiteReader::compile(site());
  ParseRequest request;
  *request.mutable_site() = site();
  request.set_url("http://bench.test/annonce/1");
  request.set_content_type("text/html; charset=utf-8");
  request.set_status(200);
  request.set_body(ad_page(20'000));
  for (auto _ : state) benchmark::DoNotOptimize(reader->read(request));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * request.body().size()));
}
BENCHMARK(page_to_listing_20kB);

void contacts_of_1kB(benchmark::State& state) {
  parser::TextContext context;
  context.regions = {"FR"};
  context.lang = "fr";
  const auto text = ad_text(3);
  for (auto _ : state) benchmark::DoNotOptimize(parser::read_contacts(text, context));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(contacts_of_1kB);

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
