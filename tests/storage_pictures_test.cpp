#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "storage/pictures.h"
#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;

namespace {

const std::string kHash = "0123456789abcdeffedcba98765432105555aaaa5555aaaa0f0f0f0f0f0f0f0f";

/// `hash` with `bits` bits turned, spread over all slots, so that no slot stays equal from 16 bits on.
std::string turned(std::string hash, int bits) {
  const std::string digits = "0123456789abcdef";
  for (int i = 0; i < bits; ++i) {
    auto& digit = hash[static_cast<std::size_t>(i % 16 * 4 + i / 16 % 4)];
    digit = digits[digits.find(digit) ^ (1U << (i / 64))];
  }
  return hash;
}

Ad shows(int n, const std::string& hash) {
  auto a = test::ad("site-a/" + std::to_string(n), "text number " + std::string(4, static_cast<char>('a' + n)));
  a.add_images("https://pictures.example/thumb/" + hash + "_300.jpg?w=300");
  return a;
}

std::map<std::string, std::string> groups(Store& store) {
  std::map<std::string, std::string> found;
  REQUIRE(store.each_ad({}, [&](const StoredAd& stored) { return found[stored.ad().ad()] = stored.ad().group(), true; }));
  return found;
}

void check_sound(Store& store) {
  const auto faults = store.check();
  REQUIRE(faults);
  for (const auto& fault : *faults) FAIL_CHECK(fault);
}

}  // namespace

TEST_CASE("an address names its picture only by a file name of 32, 40 or 64 hex digits") {
  CHECK(hash_in_address("https://a.example/img/" + kHash + ".jpg") == kHash);
  CHECK(hash_in_address("https://a.example/img/300x200-" + kHash + "_s.webp?v=2") == kHash);
  CHECK(hash_in_address("https://a.example/D41D8CD98F00B204E9800998ECF8427E.JPG") == "d41d8cd98f00b204e9800998ecf8427e");
  for (const std::string& address : {"https://a.example/" + kHash + "/1.jpg", "https://a.example/1.jpg?h=" + kHash, "https://a.example/" + kHash + "0.jpg",
                                    "https://a.example/" + std::string(64, '1') + ".jpg", std::string("https://a.example/photo-12.jpg"), std::string()}) {
    CAPTURE(address);
    CHECK(hash_in_address(address).empty());
  }
}

TEST_CASE("two hashes at most 31 bits apart are found by their slots, whichever bits they are") {
  for (const int bits : {0, 1, 16, 17, 31}) {
    CAPTURE(bits);
    const auto other = turned(kHash, bits);
    REQUIRE(bits_apart(kHash, other) == bits);
    const auto prefixes = picture_prefixes(kHash);
    CHECK(std::is_sorted(prefixes.begin(), prefixes.end()));
    const auto rows = picture_rows(other);
    CHECK(std::any_of(rows.begin(), rows.end(), [&](const std::string& row) { return std::binary_search(prefixes.begin(), prefixes.end(), row.substr(0, 4)); }));
  }
}

TEST_CASE("ads that show like pictures are one group, and a like picture in between joins two") {
  test::Folder folder;
  auto store = *test::open(folder);
  test::arrive(*store, shows(0, kHash), test::at(1));
  test::arrive(*store, shows(1, turned(kHash, 60)), test::at(2));
  auto now = groups(*store);
  CHECK(now["site-a/0"].empty());
  CHECK(now["site-a/1"].empty());
  test::arrive(*store, shows(2, turned(kHash, 30)), test::at(3));
  for (const bool reopened : {false, true}) {
    CAPTURE(reopened);
    now = groups(*store);
    CHECK(now["site-a/0"].starts_with("g-"));
    CHECK(now["site-a/1"] == now["site-a/0"]);
    CHECK(now["site-a/2"] == now["site-a/0"]);
    check_sound(*store);
    store.reset();
    store = *test::open(folder);
  }
  std::set<std::string> pairs;
  REQUIRE(store->each_link("site-a/0", [&](const Link& link) { return pairs.insert(link.kind() + " " + link.other()).second; }));
  CHECK(pairs.contains("picture site-a/1"));
  CHECK(pairs.contains("picture site-a/2"));
}

TEST_CASE("a picture that strangers share ties none of them") {
  test::Folder folder;
  auto store = *test::open(folder);
  int n = 0;
  for (int stranger = 0; stranger < 4; ++stranger) {
    for (int k = 0; k < 3; ++k) {
      auto a = shows(n++, turned(kHash, 3 * stranger + k));
      test::add_contact(a, "phone", "+3319900004" + std::to_string(stranger));
      test::arrive(*store, a, test::at(n));
    }
  }
  while (*store->regroup(64) > 0) {
  }
  auto now = groups(*store);
  std::set<std::string> ids;
  for (const auto& one : now) ids.insert(one.second);
  CHECK(ids.size() == 4);
  CHECK_FALSE(ids.contains(""));
  check_sound(*store);
}

TEST_CASE("what led to a picture goes with the last ad that shows it") {
  test::Folder folder;
  auto store = *test::open(folder);
  test::arrive(*store, shows(0, kHash), test::at(1));
  test::arrive(*store, shows(1, kHash), test::at(2));
  test::arrive(*store, shows(2, turned(kHash, 9)), test::at(3));
  for (const char* id : {"site-a/2", "site-a/0", "site-a/1"}) {
    Erasure what;
    what.ad = id;
    what.actor = what.reason = "test";
    REQUIRE(store->erase(what, false, test::at(9)));
    check_sound(*store);  // names every row of a picture that no ad shows
  }
}
