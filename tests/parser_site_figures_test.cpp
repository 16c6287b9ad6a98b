// What learning a site gains on public pages of one site: no examples, no patterns but the address of its pages.
#include <doctest/doctest.h>

#include <ctime>
#include <map>
#include <string>

#include "core/text.h"
#include "parser/site_learner.h"
#include "tests/parser_data.h"

using namespace vigie;
namespace fs = std::filesystem;

namespace {

const char* const kFields[] = {"title", "author", "isbn_13", "publisher", "publication_date"};
using Truth = std::map<std::string, std::map<std::string, std::string>>;  // page, field

Truth truth_of(const fs::path& dir, const std::string& site) {
  Truth truth;
  for (const std::string field : kFields) {
    const std::string table = test::slurp(dir / (site + "-" + field + ".tsv"));
    for (const auto line : text::split(table, '\n')) {
      const auto cells = text::split(line, '\t');
      if (cells.size() < 3 || text::trim(cells[2]) == "<NULL>") continue;
      std::string value = text::fold_space(cells[2]);
      while (value.starts_with(":") || value.starts_with(" ")) value.erase(0, 1);
      truth[std::string(cells[0])][field] = value;
    }
  }
  return truth;
}

/// True when the ad says the value in its own field, or in an attribute of its own.
bool says(const Ad& ad, const std::string& field, const std::string& value) {
  if (field == "title") return ad.title().starts_with(value);  // the shop adds who wrote it
  if (field == "author" && ad.name() == value) return true;
  for (const auto& [label, said] : ad.attributes()) {
    if (said.find(value) != std::string::npos && said.size() < value.size() + 40) return true;
  }
  return false;
}

struct Counts {
  std::map<std::string, int> hits, wanted;
  std::size_t text = 0, ads = 0;
  double cpu = 0;
};

void read_into(Counts& counts, const parser::SiteReader& reader, const ParseRequest& request, const std::map<std::string, std::string>& truth) {
  const auto begin = std::clock();
  const auto page = reader.read(request);
  counts.cpu += static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  if (!page || page->listings_size() == 0) return;
  ++counts.ads;
  counts.text += page->listings(0).text().size();
  for (const auto& [field, value] : truth) {
    ++counts.wanted[field];
    counts.hits[field] += says(page->listings(0), field, value);
  }
}

}  // namespace

TEST_CASE("figures: pages of one site, each alone and once the site is known (swde-books)") {
  const fs::path dir = test::data_dir() / "swde-books";
  if (!fs::exists(dir)) {
    MESSAGE("skipped: no swde-books in ", test::data_dir().string());
    return;
  }
  for (const std::string site_name : {"booksamillion", "christianbook"}) {
    const auto truth = truth_of(dir, site_name);
    const auto files = test::html_files(dir / site_name);
    if (files.empty()) {
      MESSAGE("skipped: ", site_name, " is not there");
      continue;
    }
    SiteOptions site;
    site.set_site(site_name);
    site.set_region("US");
    site.add_hosts("books.example");
    site.add_ad("^/book/(?P<id>\\d+)");
    const auto reader = *parser::SiteReader::compile(site);
    parser::SiteLearner learner;
    Counts alone, known;
    for (std::size_t i = 0; i < files.size(); ++i) {
      const std::string name = files[i].filename().string().substr(0, 4);
      ParseRequest request;
      *request.mutable_site() = site;
      request.set_url("http://books.example/book/" + name);
      request.set_body(test::slurp(files[i]));
      request.set_fetched_ms(1'795'000'000'000);
      const auto at = truth.find(name);
      const auto wanted = at == truth.end() ? std::map<std::string, std::string>{} : at->second;
      if (i >= files.size() / 2) {  // the first half teaches, the second is asked
        read_into(alone, *reader, request, wanted);
        learner.write_trusted(*request.mutable_knowledge());
        read_into(known, *reader, request, wanted);
        continue;
      }
      learner.write(*request.mutable_knowledge());
      request.set_teach(true);
      if (const auto page = reader->read(request)) (void)learner.take(page->lesson(), from_ms(1));
    }
    for (const std::string field : kFields)
      MESSAGE(site_name, " ", field, ": ", alone.hits[field], " alone, ", known.hits[field], " known, of ", known.wanted[field]);
    MESSAGE(site_name, ": bytes of text an ad ", alone.text / std::max<std::size_t>(1, alone.ads), " alone, ",
            known.text / std::max<std::size_t>(1, known.ads), " known; CPU ms a page ", 1000 * alone.cpu / static_cast<double>(alone.ads), " alone, ",
            1000 * known.cpu / static_cast<double>(known.ads), " known");
    for (const std::string field : kFields) CHECK(known.hits[field] >= alone.hits[field]);
    CHECK(known.ads == alone.ads);
  }
}
