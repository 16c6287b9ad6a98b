#include <doctest/doctest.h>

#include <map>
#include <random>

#include "storage/engine.h"
#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;

namespace {

/// An invented language: 3,000 words, some much more common than others, as in any language.
std::string word(std::mt19937_64& random) {
  static constexpr std::string_view kParts[] = {"ka", "lo", "mi", "ten", "sur", "ba", "ne", "ril", "do", "fan", "ge", "shu", "pol", "vi"};
  const double u = std::uniform_real_distribution<>(0, 1)(random);
  auto n = static_cast<std::size_t>(3000 * u * u * u);
  std::string text;
  for (int i = 0; i < 3; ++i, n /= 14) text += kParts[n % 14];
  return text;
}

std::vector<std::string> words(std::mt19937_64& random, std::size_t count) {
  std::vector<std::string> list;
  while (list.size() < count) list.push_back(word(random));
  return list;
}

std::string join(const std::vector<std::string>& list) { return text::join(list, " "); }

Ad with_text(const std::string& id, const std::string& body) {
  Ad a;
  a.set_ad(id);
  a.set_site("s");
  a.set_state("live");
  a.set_text(body);
  return a;
}

/// Every word is replaced with this chance.
std::vector<std::string> edited(std::mt19937_64& random, std::vector<std::string> list, double share) {
  std::bernoulli_distribution replace(share);
  for (auto& w : list) {
    if (replace(random)) w = word(random) + "x";
  }
  return list;
}

}  // namespace

TEST_CASE("slots do not change a sketch: numbers, prices, contacts, name and place") {
  Ad a = with_text("s/1", "Hello I am Anna in Namur today, 24 years, 150 EUR, call 0199 00 00 42 or write to anna@mail.example, see you soon");
  Ad b = with_text("s/2", "Hello I am Bea in Liège today, 31 years, 80 EUR, call 01 99 00 00 43 or write to bea@mail.example, see you soon");
  a.set_name("Anna");
  b.set_name("Bea");
  a.mutable_place()->set_text("Namur");
  b.mutable_place()->set_text("Liège");
  CHECK(masked_tokens(a) == masked_tokens(b));
  CHECK(sketch_of(a).masked() == sketch_of(b).masked());
  CHECK(sketch_of(a).exact() != sketch_of(b).exact());
  CHECK(jaccard(sketch_of(a), sketch_of(b)) == 1.0);
}

TEST_CASE("a contact that was read from words is a slot by its span") {
  const std::string first = "call zero one ninety nine zero now please";
  Ad a = with_text("s/1", first), b = with_text("s/2", "call eight two eleven now please");
  auto& one = *a.add_contacts();
  one.set_field("text");
  one.add_span(5);
  one.add_span(30);
  auto& two = *b.add_contacts();
  two.set_field("text");
  two.add_span(5);
  two.add_span(21);
  CHECK(masked_tokens(a) == masked_tokens(b));
  SUBCASE("a span outside the text is not believed") {
    one.set_span(1, 5000);
    CHECK(masked_tokens(a).size() == masked_tokens(with_text("s/3", first)).size());
  }
}

TEST_CASE("texts without spaces between words have sketches too") {
  const auto a = sketch_of(with_text("s/1", "新しいお店です駅から近いです予約してください"));
  const auto b = sketch_of(with_text("s/2", "新しいお店です駅から近いです予約してね"));
  CHECK(a.shingles() > 10);
  CHECK(jaccard(a, b) > 0.6);
}

TEST_CASE("an empty text has no sketch and is near to nothing") {
  const auto none = sketch_of(with_text("s/1", " ... !!! "));
  CHECK(none.shingles() == 0);
  CHECK(none.sample_size() == 0);
  CHECK(jaccard(none, none) == 0);
  CHECK(containment(none, sketch_of(with_text("s/2", "some words in it"))) == 0);
}

TEST_CASE("the estimate is near the true Jaccard, and exact for short texts") {
  std::mt19937_64 random(7);
  double error = 0;
  constexpr int kPairs = 200;
  for (int i = 0; i < kPairs; ++i) {
    auto base = words(random, 120);
    const auto other = edited(random, base, 0.01 * (i % 20));
    const auto shingles = [](const std::vector<std::string>& list) {
      std::set<std::string> found;
      for (std::size_t k = 0; k + 2 < list.size(); ++k) found.insert(list[k] + " " + list[k + 1] + " " + list[k + 2]);
      return found;
    };
    const auto x = shingles(base), y = shingles(other);
    std::size_t common = 0;
    for (const auto& s : x) common += y.count(s);
    const double truth = static_cast<double>(common) / static_cast<double>(x.size() + y.size() - common);
    error += std::abs(jaccard(sketch_of(with_text("s/1", join(base))), sketch_of(with_text("s/2", join(other)))) - truth);
  }
  MESSAGE("mean error of the Jaccard estimate: " << error / kPairs);
  CHECK(error / kPairs < 0.05);
  const auto a = sketch_of(with_text("s/1", "a b c d e f g h")), b = sketch_of(with_text("s/2", "a b c d e f g z"));
  CHECK(jaccard(a, b) == doctest::Approx(5.0 / 7.0));
}

TEST_CASE("a text inside a longer one is contained in it") {
  std::mt19937_64 random(9);
  double low = 1, mean = 0, strangers = 0;
  constexpr int kPairs = 100;
  for (int i = 0; i < kPairs; ++i) {
    const auto inner = words(random, 60);
    auto outer = words(random, 30);
    outer.insert(outer.end(), inner.begin(), inner.end());
    const auto more = words(random, 30);
    outer.insert(outer.end(), more.begin(), more.end());
    const double c = containment(sketch_of(with_text("s/1", join(inner))), sketch_of(with_text("s/2", join(outer))));
    low = std::min(low, c);
    mean += c / kPairs;
    strangers = std::max(strangers, containment(sketch_of(with_text("s/1", join(inner))), sketch_of(with_text("s/3", join(words(random, 120))))));
  }
  MESSAGE("containment of a contained text: mean " << mean << ", least " << low << "; of strangers at most " << strangers);
  CHECK(mean > 0.9);
  CHECK(strangers < 0.4);
}

TEST_CASE("near-duplicates are found as they arrive at 5, 10 and 20 percent replaced words, strangers are not") {
  for (const auto& [length, share, least] : {std::tuple{120, 0.05, 0.99}, std::tuple{120, 0.10, 0.93}, std::tuple{120, 0.20, 0.95}, std::tuple{70, 0.20, 0.95}, std::tuple{20, 0.05, 0.85}}) {
    CAPTURE(length);
    CAPTURE(share);
    std::mt19937_64 random(static_cast<unsigned>(length * 1000 + share * 100));
    test::Folder folder;
    auto store = *test::open(folder);
    constexpr int kAds = 300;
    std::vector<AdWrite> originals, copies;
    for (int i = 0; i < kAds; ++i) {
      const auto list = words(random, static_cast<std::size_t>(length));
      originals.push_back(test::first_sight(with_text("s/o" + std::to_string(i), join(list)), test::at(i)));
      copies.push_back(test::first_sight(with_text("s/c" + std::to_string(i), join(edited(random, list, share))), test::at(i)));
    }
    REQUIRE(store->complete(test::completion(test::visit("http://a.example/", 0), originals)));
    int found = 0, above = 0, wrong = 0;
    for (int i = 0; i < kAds; ++i) {
      const auto& copy = copies[static_cast<std::size_t>(i)];
      const auto own = "s/o" + std::to_string(i);
      above += jaccard(copy.ad.sketch(), originals[static_cast<std::size_t>(i)].ad.sketch()) >= 0.45 ? 1 : 0;
      const auto near = store->similar(copy.ad, 10);
      REQUIRE(near);
      for (const auto& n : *near) (n.ad() == own ? found : wrong) += 1;
    }
    MESSAGE(length << " words, " << share * 100 << " % replaced: found " << found << " of " << kAds << " (" << above
                   << " over the threshold), strangers " << wrong);
    CHECK(found >= kAds * least);
    CHECK(wrong == 0);
    CHECK(store->check()->empty());
  }
}

// Texts that one trade puts together from the same phrases share many shingles and no author.
TEST_CASE("texts of the same phrases in another order are strangers, the same text with every fifth word replaced is not") {
  std::mt19937_64 random(5);
  std::vector<std::vector<std::string>> phrases;
  for (int i = 0; i < 40; ++i) phrases.push_back(words(random, 5));
  const auto composed = [&](std::size_t most) {
    std::vector<std::string> text;
    for (std::size_t i = 0; i < most; ++i) {
      const auto& phrase = phrases[random() % phrases.size()];
      text.insert(text.end(), phrase.begin(), phrase.end());
      for (const auto& own : words(random, 2)) text.push_back(own);
    }
    return text;
  };
  test::Folder folder;
  auto store = *test::open(folder);
  constexpr int kAds = 300;
  std::vector<std::vector<std::string>> texts;
  int wrong = 0, tied = 0, found = 0;
  for (int i = 0; i < kAds; ++i) {
    texts.push_back(composed(16));
    const auto write = test::first_sight(with_text("s/o" + std::to_string(i), join(texts.back())), test::at(i));
    const auto place = store->place_text(write.ad, {});
    REQUIRE(place);
    wrong += static_cast<int>(place->similar.size());
    REQUIRE(store->complete(test::completion(test::visit("http://a.example/" + std::to_string(i), 0), {write})));
  }
  for (int i = 0; i < kAds; ++i) {
    auto copy = test::first_sight(with_text("s/c", join(edited(random, texts[static_cast<std::size_t>(i)], 0.2))), test::at(i));
    const auto near = store->similar(copy.ad, 10);
    REQUIRE(near);
    for (const auto& one : *near) {
      if (one.ad() == "s/o" + std::to_string(i)) ++found;
      else ++tied;
    }
  }
  MESSAGE("of " << kAds << " copies found " << found << ", strangers " << tied << "; strangers among the originals " << wrong);
  CHECK(wrong == 0);
  CHECK(tied == 0);
  CHECK(found >= kAds * 0.95);
}

TEST_CASE("a phrase that everybody uses retires, over a restart too, and texts are found by their other words") {
  test::Folder folder;
  auto store = *test::open(folder);
  std::mt19937_64 random(21);
  const auto phrase = words(random, 20);
  const auto row_count = [&] {
    const auto scan = Engine::open({folder.path() + "/store", true});
    REQUIRE(scan);
    std::map<std::string, int> rows;
    bool retired = false;
    REQUIRE((*scan)->scan_prefix(Family::sketch, "", [&](std::string_view key, std::string_view) {
      retired = retired || key.front() == 'r';
      if (key.front() == 'b') ++rows[std::string(key.substr(0, 5))];
      return true;
    }));
    CHECK(retired);
    int most = 0;
    for (const auto& one : rows) most = std::max(most, one.second);
    return most;
  };
  std::vector<std::string> last;
  for (int i = 0; i < 400; ++i) {
    auto text = phrase;
    last = words(random, 40);
    text.insert(text.end(), last.begin(), last.end());
    const auto write = test::first_sight(with_text("s/" + std::to_string(i), join(text)), test::at(i));
    REQUIRE(store->similar(write.ad, 10)->empty());
    REQUIRE(store->complete(test::completion(test::visit("http://a.example/" + std::to_string(i), 0), {write})));
    if (i == 200) {
      store.reset();
      store = *test::open(folder);
    }
  }
  CHECK(row_count() <= 130);
  auto again = phrase;
  again.insert(again.end(), last.begin(), last.end());
  CHECK(store->similar(test::first_sight(with_text("s/x", join(edited(random, again, 0.1))), test::at(0)).ad, 10)->size() == 1);
  CHECK(store->check()->empty());
}

TEST_CASE("a few common words tie only the same words") {
  test::Folder folder;
  auto store = *test::open(folder);
  REQUIRE(store->complete(test::completion(test::visit("http://a.example/", 0), {test::first_sight(with_text("s/1", "new in town call me now please"), test::at(0))})));
  CHECK(store->similar(test::first_sight(with_text("s/2", "new in town call me today"), test::at(0)).ad, 5)->empty());
  CHECK(store->similar(test::first_sight(with_text("s/2", "New in town! Call me now, please."), test::at(0)).ad, 5)->size() == 1);
}

TEST_CASE("an edited text is found under its new words only") {
  test::Folder folder;
  auto store = *test::open(folder);
  std::mt19937_64 random(3);
  const auto old_text = join(words(random, 80)), new_text = join(words(random, 80));
  REQUIRE(store->complete(test::completion(test::visit("http://a.example/", 0), {test::first_sight(with_text("s/1", old_text), test::at(0))})));
  auto known = **store->visit("http://a.example/");
  REQUIRE(store->complete(test::completion(known, {test::first_sight(with_text("s/1", new_text), test::at(0))})));
  CHECK(store->similar(test::first_sight(with_text("s/2", old_text), test::at(0)).ad, 5)->empty());
  CHECK(store->similar(test::first_sight(with_text("s/2", new_text), test::at(0)).ad, 5)->size() == 1);
  CHECK(store->similar(test::first_sight(with_text("s/1", new_text), test::at(0)).ad, 5)->empty());  // never itself
}
