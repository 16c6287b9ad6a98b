#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include "core/text.h"
#include "parser/json_tree.h"
#include "parser/structured.h"
#include "parser_data.h"

using namespace vigie;
namespace fs = std::filesystem;

namespace {

bool verbose() {
  return std::getenv("VIGIE_FIGURES") != nullptr;
}

std::string folded(std::string_view s) {
  return text::fold_for_match(text::fold_space(s)).text;
}

double first_number(std::string_view s) {
  std::string digits;
  for (const char c : s) {
    const bool part = (c >= '0' && c <= '9') || c == '.' || (c == '-' && digits.empty());
    if (part)
      digits += c;
    else if (c != ',' && !digits.empty() && digits != "-")
      break;
  }
  return digits.empty() ? std::nan("") : std::strtod(digits.c_str(), nullptr);
}

bool holds(std::string_view long_text, std::string_view part) {
  const std::string a = folded(long_text), b = folded(part);
  return !b.empty() && a.find(b) != std::string::npos;
}

/// The attribute that one of the words names, in the languages of the pages.
bool attribute_is(const Ad& ad, std::initializer_list<std::string_view> labels, const std::string& wanted) {
  const double number = wanted.size() < 20 ? first_number(wanted) : std::nan("");
  for (const auto& [label, value] : ad.attributes()) {
    const bool named = std::any_of(labels.begin(), labels.end(), [&](std::string_view word) { return holds(label, word); });
    if (!named) continue;
    if (!std::isnan(number) ? std::abs(first_number(value) - number) < 0.51 : holds(value, wanted) || holds(wanted, value))
      return true;
  }
  return false;
}

/// Is the value of this name in the field of the record that stands for it?
bool reached(const PageRecord& page, const Ad& ad, const std::string& name, const std::string& wanted) {
  static const std::map<std::string, std::string> countries = {
      {"Spain", "ES"}, {"USA", "US"}, {"UK", "GB"}, {"France", "FR"}, {"Italy", "IT"}, {"United Arab Emirates", "AE"}, {"Mexico", "MX"},
      {"Australia", "AU"}, {"Belgium", "BE"}, {"Brazil", "BR"}, {"Ireland", "IE"}, {"India", "IN"}, {"South Africa", "ZA"}};
  if (name == "title") return folded(ad.title()) == folded(wanted) || holds(page.title(), wanted);
  if (name == "price_float") return std::abs(ad.price().amount() - first_number(wanted)) < 0.5;
  if (name == "price_string") {
    std::string digits, mine = std::to_string(static_cast<long long>(ad.price().amount()));
    for (const char c : wanted) digits += c >= '0' && c <= '9' ? std::string(1, c) : "";
    return digits == mine;
  }
  if (name == "currency") return ad.price().currency() == wanted;
  if (name == "latitude") return std::abs(ad.place().lat() - first_number(wanted)) < 2e-4;
  if (name == "longitude") return std::abs(ad.place().lon() - first_number(wanted)) < 2e-4;
  if (name == "postal_code") return ad.place().postcode() == wanted;
  if (name == "country") return countries.contains(wanted) && ad.place().country() == countries.at(wanted);
  if (name == "city") return holds(ad.place().text(), wanted);
  if (name == "locale_code") return ad.lang() == wanted.substr(0, 2);
  if (name == "description")
    return holds(ad.text(), text::cut_utf8(wanted, 60)) || attribute_is(ad, {"description"}, wanted);
  if (name == "main_image_url") return std::count(ad.images().begin(), ad.images().end(), wanted) > 0;
  if (name == "reference") return ad.ad().find(wanted) != std::string::npos || attribute_is(ad, {"ref"}, wanted) || holds(ad.url(), wanted);
  if (name == "count_bedrooms") return attribute_is(ad, {"bed", "hab", "chambre", "camere", "recamara", "dormitorio"}, wanted);
  if (name == "count_bathrooms") return attribute_is(ad, {"bath", "bano", "bagn"}, wanted);
  if (name == "count_rooms") return attribute_is(ad, {"rooms", "locali", "pieces"}, wanted);
  if (name == "constructed_area") return attribute_is(ad, {"area", "surface", "superfic", "size"}, wanted);
  if (name == "plot_area") return attribute_is(ad, {"plot", "terrain", "lot"}, wanted);
  if (name == "year_construction") return attribute_is(ad, {"year", "anno", "annee", "built"}, wanted);
  if (name == "property_type") return holds(ad.category(), wanted) || attribute_is(ad, {"type", "tipo", "tipologia"}, wanted);
  if (name == "energy_certificate_grade") return attribute_is(ad, {"energ"}, wanted);
  if (name == "agent_name" || name == "agent_company")
    return holds(ad.name(), wanted) || attribute_is(ad, {"agen", "broker"}, wanted);
  if (name == "region") return attribute_is(ad, {"region"}, wanted) || holds(ad.place().text(), wanted);
  if (name == "address_string" || name == "street_address" || name == "district")
    return holds(ad.place().text(), wanted) || attribute_is(ad, {"street", "address"}, wanted);
  return false;
}

}  // namespace

TEST_CASE("figures: values of property ads without a template (realestate-pages)") {
  const fs::path dir = test::data_dir() / "realestate-pages";
  if (!fs::exists(dir)) {
    MESSAGE("skipped: no realestate-pages in ", test::data_dir().string());
    return;
  }
  const auto expected = parser::JsonTree::parse(test::slurp(dir / "expected.json"));
  REQUIRE(expected);
  int all = 0, hits = 0, derived = 0;
  std::map<std::string, std::pair<int, int>> by_name;
  for (std::uint32_t at = 1; at < expected->size(); at = (*expected)[at].end) {
    const fs::path file = dir / expected->text_of(at, "file");
    if (!fs::exists(file)) continue;
    const auto page = test::read_page(expected->text_of(at, "sourceUrl"), test::slurp(file));
    const Ad ad = page && page->listings_size() > 0 ? page->listings(0) : Ad();
    const std::uint32_t values = expected->member(at, "expected");
    std::string missed;
    for (std::uint32_t v = values + 1; v < (*expected)[values].end; v = (*expected)[v].end) {
      const std::string name = (*expected)[v].key;
      // What no page says as a value: it is concluded from the site.
      if (name.starts_with("for_") || name == "area_unit") {
        ++derived;
        continue;
      }
      const bool hit = page && reached(*page, ad, name, expected->text_of(v));
      ++all;
      hits += hit;
      ++by_name[name].second;
      by_name[name].first += hit;
      if (!hit) missed += " " + name;
    }
    if (verbose())
      MESSAGE(file.filename().string(), " ", page ? page->page_class() + " | " + page->why() : page.error().text, " missed:", missed);
  }
  if (verbose()) {
    for (const auto& [name, n] : by_name) MESSAGE(name, " ", n.first, " of ", n.second);
  }
  MESSAGE("realestate-pages without a template: ", hits, " of ", all, " values (", derived, " more are concluded, not shown)");
  CHECK(all > 0);
  CHECK(hits * 100 >= all * 60);
}

TEST_CASE("figures: fields that structured data holds (recipes-multilang)") {
  const fs::path dir = test::data_dir() / "recipes-multilang";
  if (!fs::exists(dir)) {
    MESSAGE("skipped: no recipes-multilang in ", test::data_dir().string());
    return;
  }
  int all = 0, hits = 0;
  for (const auto& file : test::html_files(dir)) {
    const std::string stem = file.filename().string().substr(0, file.filename().string().find('.'));
    const auto truth = parser::JsonTree::parse(test::slurp(dir / (stem + ".json")));
    const std::string bytes = test::slurp(file);
    const auto dom = test::dom_of(bytes);
    if (!truth || !dom) continue;
    const auto data = parser::read_structured(*dom);
    // What the page states in any syntax, markup of entities undone as a reader of the field would.
    std::string stated;
    for (const auto& tree : data.json_ld) {
      for (const auto& item : tree.items()) stated += folded(item.text) + " | ";
    }
    for (const auto& f : data.things) stated += folded(f.title) + " | " + folded(f.text) + " | ";
    for (const auto& [key, value] : data.open_graph) stated += folded(value) + " | ";
    const std::string host = truth->text_of(0, "host");
    const std::string canonical = truth->text_of(0, "canonical_url");
    const std::string url = canonical.starts_with("http") ? canonical : "https://" + host + "/recipe";
    const auto page = test::read_page(url, bytes);
    const Ad ad = page && page->listings_size() > 0 ? page->listings(0) : Ad();
    const auto check = [&](const char* name, const std::string& wanted, auto&& found) {
      if (wanted.empty() || stated.find(folded(wanted)) == std::string::npos) return;
      ++all;
      const bool hit = found();
      hits += hit;
      if (verbose() && !hit)
        MESSAGE(stem, " ", name, " wanted ", wanted.substr(0, 80), " class ", page ? page->page_class() : "-", " title ", ad.title());
    };
    const std::string title = truth->text_of(0, "title"), image = truth->text_of(0, "image"), description = truth->text_of(0, "description");
    check("title", title, [&] { return holds(ad.title(), title) || (page && holds(page->title(), title)); });
    check("image", image, [&] { return std::count(ad.images().begin(), ad.images().end(), image) > 0; });
    const auto said = ad.attributes().find("description");
    check("description", description, [&] {
      const auto start = text::cut_utf8(description, 60);
      return holds(ad.text(), start) || (said != ad.attributes().end() && holds(said->second, start));
    });
    check("language", truth->text_of(0, "language"), [&] { return ad.lang() == truth->text_of(0, "language").substr(0, 2); });
  }
  MESSAGE("recipes-multilang: ", hits, " of ", all, " stated fields");
  CHECK(hits * 100 >= all * 95);
}
