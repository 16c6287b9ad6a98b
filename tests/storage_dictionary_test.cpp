#include <doctest/doctest.h>

#include <cstdio>

#include "storage/dictionary.h"
#include "storage/rocks_store.h"
#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;

namespace {

/// A page of an invented site: its frame, and an ad's own words with a number.
std::string page(int n, const std::string& frame = "one", const std::string& words = {}) {
  std::string out = "<!doctype html><html><head><title>Petite annonce " + std::to_string(n) + "</title>\n";
  for (int i = 0; i < 60; ++i) out += "<link rel=\"" + frame + "\" href=\"/assets/" + frame + "/part-" + std::to_string(i * i) + ".css\">\n";
  out += "<div class=\"ad\"><p>words of its own " + std::to_string(hash64(frame + std::to_string(n))) + " " + words + "</p>\n";
  out += "<p>appelez le 01 99 00 " + std::to_string(10 + n % 90) + " 42</p></div>\n";
  for (int i = 0; i < 40; ++i) out += "<footer><a href=\"/" + frame + "/help/" + std::to_string(i) + "\">aide et conseils " + std::to_string(i) + "</a></footer>\n";
  return out + "</html>";
}

void sound(Store& store) {
  const auto faults = store.check();
  REQUIRE(faults);
  for (const auto& fault : *faults) FAIL_CHECK(fault);
}

/// Bodies `from` to `to`, each with an ad of its own.
void put_pages(Store& store, int from, int to, const std::string& frame = "one", const std::string& words = {}) {
  for (int n = from; n < to; ++n) {
    const auto id = "site-a/" + frame + std::to_string(n);
    const auto raw = *store.put_raw("site-a", page(n, frame, words), test::at(n));
    REQUIRE(store.complete(test::completion(test::visit("http://a.example/" + frame + std::to_string(n), 0), {test::first_sight(test::ad(id, "ad " + id), test::at(n), raw)})));
  }
}

/// How many dictionaries there are, and how many bodies use them.
std::pair<int, std::int64_t> dictionaries(const test::Folder& folder) {
  EngineOptions options;
  options.folder = folder.path() + "/store";
  options.read_only = true;
  auto engine = *Engine::open(options);
  std::pair<int, std::int64_t> found;
  REQUIRE(each_dictionary(*engine, [&](const DictionaryRow& row) {
    ++found.first;
    found.second += row.uses;
    return true;
  }));
  return found;
}

}  // namespace

TEST_CASE("a dictionary is what most pages share, and holds no page's own words or numbers") {
  std::vector<std::string> pages;
  for (int n = 0; n < 40; ++n) pages.push_back(page(n, "one", n < 30 ? "+33 1 99 00 00 42 and desk@unit.example" : ""));
  const auto dictionary = train_dictionary(pages);
  REQUIRE(dictionary.size() > 1000);
  CHECK(dictionary.find("assets/one/part-") != std::string::npos);
  for (const auto* own : {"words of its own", "appelez", "00 42", "unit.example"}) {
    CAPTURE(own);
    CHECK(dictionary.find(own) == std::string::npos);
  }
  CHECK(train_dictionary({pages.begin(), pages.begin() + 4}).empty());
  CHECK(train_dictionary(std::vector<std::string>(20, "<p>short</p>")).empty());
}

TEST_CASE("pages of a site are packed with what it taught, and read back by the dictionary that each names") {
  test::Folder folder;
  auto store = *test::open(folder);
  put_pages(*store, 0, 31);
  CHECK(store->train_dictionary()->empty());  // too few yet
  put_pages(*store, 31, 40);
  CHECK(*store->train_dictionary() == "site-a");
  CHECK(store->train_dictionary()->empty());
  put_pages(*store, 40, 60);
  CHECK(dictionaries(folder) == std::pair(1, std::int64_t{20}));
  sound(*store);
  for (int n : {0, 39, 40, 59}) CHECK(*store->raw(sha256(page(n))) == page(n));
  // It lasts over a restart, and what a site taught goes on until its pages are made otherwise.
  store.reset();
  store = *test::open(folder);
  put_pages(*store, 60, 70);
  CHECK(dictionaries(folder) == std::pair(1, std::int64_t{30}));
  put_pages(*store, 0, 40, "two");
  CHECK(*store->train_dictionary() == "site-a");
  put_pages(*store, 40, 50, "two");
  CHECK(dictionaries(folder).first == 2);
  for (int n : {0, 45, 65}) CHECK(*store->raw(sha256(page(n))) == page(n));
  for (int n : {0, 45}) CHECK(*store->raw(sha256(page(n, "two"))) == page(n, "two"));
  sound(*store);
  store.reset();
  CHECK(*(*test::open(folder, Access::read_only))->raw(sha256(page(45))) == page(45));
}

TEST_CASE("a dictionary goes with the last body that uses it") {
  test::Folder folder;
  auto store = *test::open(folder);
  put_pages(*store, 0, 40);
  REQUIRE(*store->train_dictionary() == "site-a");
  put_pages(*store, 40, 43);
  for (int n = 40; n < 43; ++n) {
    CHECK(dictionaries(folder) == std::pair(1, std::int64_t{43 - n}));
    Erasure what;
    what.ad = "site-a/one" + std::to_string(n);
    REQUIRE(store->erase(what, false, test::at(100)));
    sound(*store);
  }
  CHECK(dictionaries(folder).first == 0);
  put_pages(*store, 50, 52);  // packed by themselves
  CHECK(dictionaries(folder).first == 0);
  CHECK(*store->raw(sha256(page(51))) == page(51));
  sound(*store);
}

TEST_CASE("a dictionary that says what is erased is dissolved, and the bodies that needed it stay readable") {
  test::Folder folder;
  auto store = *test::open(folder);
  const std::string handle = "perlenfischerin";  // on every page: the site's own, so it gets into the frame
  for (int n = 0; n < 60; ++n) {
    if (n == 40) REQUIRE(*store->train_dictionary() == "site-a");
    (void)*store->put_raw("site-a", page(n) + "<p>" + handle + "</p>", test::at(n));
    (void)*store->put_raw("site-a", page(n + 1000), test::at(n));
  }
  REQUIRE(dictionaries(folder).second == 40);
  Erasure what;
  what.contact = "telegram:" + handle;
  const auto erased = store->erase(what, false, test::at(100));
  REQUIRE(erased);
  CHECK(erased->raw_bodies == 60);
  CHECK(dictionaries(folder).first == 0);
  sound(*store);
  for (int n = 0; n < 60; ++n) CHECK(*store->raw(sha256(page(n + 1000))) == page(n + 1000));
  REQUIRE(store->compact());
  store.reset();
  store = *test::open(folder);
  store.reset();
  CHECK(test::files_with(folder.path(), handle).empty());
}

TEST_CASE("figures: what dictionaries gain on pages of real sites") {
  const char* data = std::getenv("VIGIE_DATA");
  if (!data) return;
  for (const std::string site : {"booksamillion", "christianbook"}) {
    std::vector<std::string> pages;
    for (int n = 0; n < 200; ++n) {
      char name[200];
      std::snprintf(name, sizeof name, "gzip -dc %s/swde-books/%s/%04d.html.gz 2>/dev/null", data, site.c_str(), n);
      std::string page;
      FILE* in = ::popen(name, "r");
      char buffer[65536];
      for (std::size_t got = 0; in && (got = std::fread(buffer, 1, sizeof buffer, in)) > 0;) page.append(buffer, got);
      if (in) ::pclose(in);
      if (!page.empty()) pages.push_back(page);
    }
    if (pages.size() < 30) continue;
    const std::vector<std::string> seen(pages.begin(), pages.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(48, pages.size() / 2)));
    const PageDictionary dictionary(1, train_dictionary(seen));
    std::size_t plain = 0, with = 0, raw = 0;
    for (std::size_t i = seen.size(); i < pages.size(); ++i) {
      raw += pages[i].size();
      plain += pack(pages[i], nullptr)->data.size();
      const auto packed = *pack(pages[i], &dictionary);
      with += packed.data.size();
      CHECK(*unpack_page(packed.coding, packed.data, static_cast<std::int64_t>(pages[i].size()), dictionary.bytes()) == pages[i]);
    }
    const double gain = static_cast<double>(plain) / static_cast<double>(with);
    MESSAGE(site << ": " << pages.size() - seen.size() << " unseen pages of " << raw << " bytes; zstd " << plain << ", with the site's dictionary of "
                 << dictionary.bytes().size() << " bytes " << with << ": " << gain << " times less");
    CHECK(gain > 1);
  }
}
