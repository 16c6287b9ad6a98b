#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "core/text.h"
#include "parser_data.h"
#include "parser/learn.h"
#include "parser/template.h"

using namespace vigie;
namespace fs = std::filesystem;

namespace {

/// What a template of the learned rules gives on a page: the first rule of a field that speaks.
std::map<std::string, std::string> apply(const parser::Template& rules, const parser::Dom& dom) {
  std::map<std::string, std::string> values;
  for (const auto& matches : rules.match(dom)) {
    for (const auto node : matches.nodes) {
      const std::string value = rules.value(dom, matches, node);
      if (!value.empty() && values.emplace(*matches.name, value).second) break;
    }
  }
  return values;
}

std::shared_ptr<const parser::Template> compile(const std::vector<parser::LearnedRule>& learned) {
  SiteOptions site;
  for (const auto& one : learned) *site.add_fields() = one.rule;
  const auto rules = parser::Template::compile(site);
  REQUIRE(rules);
  return *rules;
}

std::string ad(const std::string& title, const std::string& city, bool banner) {
  return "<html><body>" + std::string(banner ? "<div>Promo</div>" : "") + "<div id=main><h1 class=t>" + title +
         "</h1><table><tr><td>Prix</td><td>12 EUR</td></tr><tr><td>Ville</td><td>" + city +
         "</td></tr></table><p>Ref: A" + std::to_string(title.size()) + "</p></div></body></html>";
}

}  // namespace

TEST_CASE("rules are learned from a few pages and hold on the next") {
  std::vector<parser::Dom> pages;
  std::vector<parser::LearnExample> examples(3);
  const std::vector<std::pair<std::string, std::string>> seen = {{"Velo bleu", "Lille"}, {"Table ronde", "Namur"}, {"Canape", "Lens"}};
  for (std::size_t i = 0; i < seen.size(); ++i) {
    auto dom = test::dom_of(ad(seen[i].first, seen[i].second, i == 1));
    REQUIRE(dom);
    pages.push_back(std::move(*dom));
    examples[i].values = {{"title", seen[i].first}, {"place.text", seen[i].second}, {"id", "A" + std::to_string(seen[i].first.size())}};
  }
  for (std::size_t i = 0; i < seen.size(); ++i) examples[i].dom = &pages[i];
  const auto rules = compile(parser::learn_rules(examples));
  const auto next = test::dom_of(ad("Lampe de bureau", "Mons", true));
  REQUIRE(next);
  const auto values = apply(*rules, *next);
  CHECK(values.at("title") == "Lampe de bureau");
  CHECK(values.at("place.text") == "Mons");
  CHECK(values.at("id") == "A15");
}

TEST_CASE("figures: rules from ten examples (swde-books)") {
  const fs::path dir = test::data_dir() / "swde-books";
  bool any = false;
  for (const std::string site : {"booksamillion", "christianbook"}) {
    if (!fs::exists(dir / (site + "-title.tsv"))) continue;
    any = true;
    std::map<std::string, std::map<std::string, std::string>> truth;  // page, field
    for (const std::string field : {"title", "author", "isbn_13", "publication_date", "publisher"}) {
      const std::string table = test::slurp(dir / (site + "-" + field + ".tsv"));
      for (const auto line : text::split(table, '\n')) {
        const auto cells = text::split(line, '\t');
        if (cells.size() < 3 || text::trim(cells[2]) == "<NULL>") continue;
        truth[std::string(cells[0])]["attributes." + field] = text::fold_space(cells[2]);
      }
    }
    const auto files = test::html_files(dir / site);
    std::vector<parser::Dom> doms;
    std::vector<parser::LearnExample> examples;
    for (std::size_t i = 0; i < 10; ++i) {
      auto dom = test::dom_of(test::slurp(files[i * files.size() / 20]));
      REQUIRE(dom);
      doms.push_back(std::move(*dom));
      examples.push_back({nullptr, truth[files[i * files.size() / 20].filename().string().substr(0, 4)]});
    }
    for (std::size_t i = 0; i < doms.size(); ++i) examples[i].dom = &doms[i];
    const auto learned = parser::learn_rules(examples);
    const auto rules = compile(learned);
    if (std::getenv("VIGIE_FIGURES")) {
      for (const auto& one : learned) MESSAGE(one.rule.name(), " ", one.f1, " at ", one.rule.at(), " match ", one.rule.match());
    }
    std::map<std::string, std::array<double, 3>> counts;  // hits, found, wanted
    for (std::size_t i = files.size() / 2; i < files.size(); ++i) {
      const auto dom = test::dom_of(test::slurp(files[i]));
      REQUIRE(dom);
      const auto got = apply(*rules, *dom);
      const auto& wanted = truth[files[i].filename().string().substr(0, 4)];
      for (const std::string field : {"title", "author", "isbn_13", "publication_date", "publisher"}) {
        auto& c = counts["attributes." + field];
        const auto g = got.find("attributes." + field);
        const auto w = wanted.find("attributes." + field);
        c[1] += g != got.end();
        c[2] += w != wanted.end();
        if (std::getenv("VIGIE_FIGURES") && w != wanted.end() && (g == got.end() || g->second != w->second))
          MESSAGE(files[i].filename().string(), " wanted ", w->second, " got ", g == got.end() ? "-" : g->second);
        c[0] += g != got.end() && w != wanted.end() && g->second == w->second;
      }
    }
    double sum = 0;
    for (const auto& [field, c] : counts) {
      const double f1 = c[1] + c[2] > 0 ? 2 * c[0] / (c[1] + c[2]) : 0;
      MESSAGE("swde ", site, " ", field, ": F1 ", f1);
      sum += f1;
    }
    MESSAGE("swde-books ", site, ", ten examples: mean F1 ", sum / 5);
    CHECK(sum / 5 >= 0.97);
  }
  if (!any) MESSAGE("skipped: no swde-books in ", test::data_dir().string());
}
