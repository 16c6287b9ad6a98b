#include <doctest/doctest.h>

#include "storage/erase.h"
#include "storage/rocks_store.h"
#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;
using test::at;

namespace {

constexpr auto kNumber = "+33199000042", kWritten = "01 99 00 00 42", kOther = "+33199000077";

Ad shows(const std::string& id, const std::string& number, const std::string& written) {
  auto a = test::ad(id, "call " + written + " for words of " + id, number);
  a.mutable_contacts(0)->set_raw(written);
  return a;
}

/// A list page with two ads, a page with an edit that took the number away, an alert that tells it, and its message.
void fill(Store& store, const std::string& hold = {}) {
  const auto list = *store.put_raw("site-a", "<li>one: 01.99.00.00.42</li><li>two: " + std::string(kOther) + "</li>", at(0));
  const auto own = *store.put_raw("site-a", "<p>three, and " + std::string(2000, 'x') + "</p>", at(1));
  auto one = test::first_sight(shows("site-a/1", kNumber, kWritten), at(0), list);
  if (!hold.empty()) one.ad.mutable_retention()->add_holds(hold);
  auto c = test::completion(test::visit("http://a.example/list", 0),
                            {one, test::first_sight(shows("site-a/2", kOther, kOther), at(0), list), test::first_sight(shows("site-a/3", kNumber, kWritten), at(1), own)});
  for (const auto* id : {"site-a/1", "site-a/2", "site-a/3"}) c.visit.add_ads(id);
  c.discovered = {test::visit("http://a.example/tel/0199000042", 5)};
  c.alerts = {test::alert("about-3", 9), test::alert("about-2", 9)};
  c.alerts[0].add_ads("site-a/3");
  c.alerts[0].set_headline("the number " + std::string(kNumber));
  c.alerts[1].add_ads("site-a/2");
  c.log.emplace_back();
  c.log.back().set_operation("collection");
  REQUIRE(store.complete(c));
  auto network = store.network("site-a/1", {}, 10);
  REQUIRE(network);
  auto edited = test::first_sight(shows("site-a/3", kOther, kOther), at(50), own);
  edited.version->set_version(2);
  edited.ad.mutable_ad()->set_versions(2);
  auto again = test::completion(test::visit("http://a.example/3", 0), {edited});
  again.networks = {*network};
  REQUIRE(store.complete(again));
  Outgoing message;
  message.set_id("m1");
  message.set_receiver("desk");
  message.add_alerts("about-3");
  message.set_content("coded for the mail");
  REQUIRE(store.put_outgoing({message}, {}));
}

Erasure number() {
  Erasure what;
  what.contact = std::string("phone:") + kNumber;
  what.actor = "officer-7";
  what.reason = "request 12/26";
  return what;
}

void check_sound(Store& store) {
  const auto faults = store.check();
  REQUIRE(faults);
  for (const auto& fault : *faults) FAIL_CHECK(fault);
}

}  // namespace

TEST_CASE("a number is found in every way that people write it") {
  const Needle needle("phone", kNumber);
  for (const auto* text : {"+33199000042", "tel:0199000042", "01 99 00 00 42", "01.99.00-00/42", "0033 (0)1 99 00 00 42", "01&nbsp;99&nbsp;00&nbsp;00&nbsp;42"}) {
    CAPTURE(text);
    CHECK(needle.in(text));
  }
  for (const auto* text : {"+33199000043", "199 x 000042", "1990000", ""}) {
    CAPTURE(text);
    CHECK_FALSE(needle.in(text));
  }
}

TEST_CASE("erasing a number takes what showed it, ever, and all that came of it") {
  test::Folder folder;
  auto store = *test::open(folder);
  fill(*store);
  const auto before = *store->totals();
  const auto would = store->erase(number(), true, at(100));
  REQUIRE(would);
  CHECK(store->totals()->ads == before.ads);  // a dry run writes nothing
  const auto did = store->erase(number(), false, at(100));
  REQUIRE(did);
  for (const auto* erased : {&*would, &*did}) {
    CHECK(erased->ads == std::vector<std::string>{"site-a/1", "site-a/3"});
    CHECK(erased->versions == 3);
    CHECK(erased->raw_bodies == 2);
    CHECK(erased->alerts == 1);
    CHECK(erased->messages == 1);
    CHECK(erased->visits == 1);
  }
  check_sound(*store);
  CHECK(store->uses("phone", kNumber, 10)->empty());
  CHECK_FALSE(store->ad("site-a/3")->has_value());
  CHECK(store->alert("about-2")->has_value());
  // The other ad of the list page stays; the page's bytes are gone, and its version says so.
  REQUIRE(store->versions("site-a/2")->size() == 1);
  CHECK(store->versions("site-a/2")->front().sha256().empty());
  CHECK((*store->visit("http://a.example/list"))->ads_size() == 1);
  LogEntry last;
  REQUIRE(store->each_log([&](const LogEntry& entry) { last = entry; return true; }));
  CHECK(last.operation() == "erasure");
  CHECK(last.object() == "ads=2 versions=3 bodies=2 alerts=1 messages=1 addresses=1 held=0");
  const auto rest = store->erase(number(), true, at(101));
  REQUIRE(rest);
  CHECK(rest->ads.size() + rest->held.size() == 0);
  CHECK(rest->versions + rest->raw_bodies + rest->alerts + rest->messages + rest->visits == 0);
}

TEST_CASE("after compaction and a restart no file holds an erased number") {
  test::Folder folder;
  auto store = *test::open(folder);
  fill(*store);
  REQUIRE_FALSE(test::files_with(folder.path(), kNumber).empty());
  REQUIRE(store->erase(number(), false, at(100)));
  REQUIRE(store->compact());
  store.reset();
  store = *test::open(folder);  // starts a new manifest: the old one names the first and last key of files
  check_sound(*store);
  CHECK(store->ad("site-a/2")->has_value());
  store.reset();
  for (const std::string spelling : {kNumber, kWritten, "0199000042", "01.99.00.00.42"}) {
    CAPTURE(spelling);
    for (const auto& file : test::files_with(folder.path(), spelling)) FAIL_CHECK("still in " << file);
  }
}

TEST_CASE("an erased number stands in no decoded key or value, packed pages and dictionaries included, nor in any byte of a file") {
  test::Folder folder;
  auto store = *test::open(folder);
  const Needle needle("phone", kNumber);
  const auto page = [](int n, const std::string& number) {
    std::string out = "<html><head>";
    for (int i = 0; i < 80; ++i) out += "<link rel=\"frame\" href=\"/assets/part-" + std::to_string(i * i) + ".css\">\n";
    return out + "</head><body><p>ad " + std::to_string(n) + "</p>\n<p>appelez " + number + "</p></body></html>";
  };
  // Half of the pages show the number, as one advertiser's would: those that the dictionary is made of, and those packed by it.
  for (int n = 0; n < 80; ++n) {
    if (n == 40) REQUIRE(*store->train_dictionary() == "site-a");
    const bool shown = n % 2 == 0;
    const auto body = *store->put_raw("site-a", page(n, shown ? "01 99 00 00 42" : "02 61 91 00 " + std::to_string(10 + n)), at(n));
    const auto id = "site-a/page" + std::to_string(n);
    auto ad = shown ? shows(id, kNumber, kWritten) : shows(id, "+332619100" + std::to_string(10 + n), "02 61 91 00 " + std::to_string(10 + n));
    REQUIRE(store->complete(test::completion(test::visit("http://a.example/page" + std::to_string(n), 0), {test::first_sight(ad, at(n), body)})));
  }
  const auto traces = [&] {
    EngineOptions options;
    options.folder = folder.path() + "/store";
    options.read_only = true;
    auto engine = *Engine::open(options);
    Unpacker unpack(*engine);
    int found = 0, packed = 0;
    for (std::size_t family = 0; family < kFamilies; ++family) {
      REQUIRE(engine->scan_prefix(static_cast<Family>(family), "", [&](std::string_view key, std::string_view value) {
        found += needle.in(key) || needle.in(value) ? 1 : 0;
        if (static_cast<Family>(family) != Family::raw) return true;
        const auto body = decode<RawBody>(value, "raw");
        REQUIRE(body);
        const auto bytes = unpack(*body);
        REQUIRE(bytes);
        found += needle.in(*bytes) ? 1 : 0;
        packed += body->dictionary() != 0 ? 1 : 0;
        return true;
      }));
    }
    CHECK(packed > 0);
    return found;
  };
  CHECK(traces() > 100);
  REQUIRE(store->erase(number(), false, at(100)));
  REQUIRE(store->compact());
  store.reset();
  store = *test::open(folder);
  CHECK(traces() == 0);
  check_sound(*store);
  CHECK(store->verify_log()->faults.empty());
  CHECK(store->totals()->ads == 40);
  store.reset();
  for (const std::string spelling : {kNumber, kWritten, "0199000042", "99000042"}) {
    CAPTURE(spelling);
    for (const auto& file : test::files_with(folder.path(), spelling)) FAIL_CHECK("still in " << file);
  }
}

TEST_CASE("a hold keeps an ad, its body and says so") {
  test::Folder folder;
  auto store = *test::open(folder);
  fill(*store, "case-12");
  const auto erased = store->erase(number(), false, at(100));
  REQUIRE(erased);
  CHECK(erased->held == std::vector<std::string>{"site-a/1"});
  CHECK(erased->ads == std::vector<std::string>{"site-a/3"});
  check_sound(*store);
  CHECK(store->raw(*text::from_hex(store->versions("site-a/1")->front().sha256())));
}

TEST_CASE("one ad is erased by its id, and others keep what they share") {
  test::Folder folder;
  auto store = *test::open(folder);
  fill(*store);
  Erasure what;
  what.ad = "site-a/1";
  const auto erased = store->erase(what, false, at(100));
  REQUIRE(erased);
  CHECK(erased->ads == std::vector<std::string>{"site-a/1"});
  CHECK(erased->raw_bodies == 0);  // the list page still belongs to the other one
  check_sound(*store);
  CHECK(store->erase({}, true, at(0)).error().code == Errc::malformed);
  what.ad.clear();
  what.contact = kNumber;
  CHECK(store->erase(what, true, at(0)).error().code == Errc::malformed);
}

TEST_CASE("what is past its time goes by class, and bodies by theirs") {
  test::Folder folder;
  auto store = *test::open(folder);
  fill(*store);
  const std::map<std::string, Keep> keep = {{"site-a", {std::chrono::seconds(100), std::chrono::seconds(1000), std::chrono::seconds(100)}}};
  CHECK(store->expire(keep, false, at(99))->ads.empty());
  CHECK(store->expire({{"site-b", keep.at("site-a")}}, false, at(99999))->ads.empty());
  const auto would = store->expire(keep, true, at(100));
  REQUIRE(would);
  const auto did = store->expire(keep, false, at(100));
  REQUIRE(did);
  CHECK(did->ads == would->ads);
  CHECK(did->versions == would->versions);
  CHECK(did->versions > 0);
  CHECK(did->ads == std::vector<std::string>{"site-a/1"});  // alerts name 2 and 3
  CHECK(did->raw_bodies == 1);
  check_sound(*store);
  CHECK(store->expire(keep, false, at(5000))->ads.size() == 2);
  check_sound(*store);
  CHECK(store->totals()->ads == 0);
  CHECK(store->totals()->raw_bodies == 0);
}

TEST_CASE("a hold is laid and released by name, and the log says by whom") {
  test::Folder folder;
  auto store = *test::open(folder);
  fill(*store);
  Hold hold{"site-a/1", "case-12", false, "officer-7", "order 3/26"};
  const auto laid = store->hold(hold, at(60));
  REQUIRE(laid);
  CHECK(laid->raw_bodies == 1);
  CHECK(store->erase(number(), true, at(61))->held == std::vector<std::string>{"site-a/1"});
  hold.release = true;
  REQUIRE(store->hold(hold, at(62)));
  CHECK(store->erase(number(), true, at(63))->held.empty());
  LogEntry last;
  REQUIRE(store->each_log([&](const LogEntry& entry) { last = entry; return true; }));
  CHECK(last.operation() == "alteration");
  CHECK(last.object() == "hold released: case-12 site-a/1");
  CHECK(last.actor() == "officer-7");
  hold.ad = "site-a/none";
  CHECK(store->hold(hold, at(64)).error().code == Errc::not_found);
  check_sound(*store);
}

TEST_CASE("a scope is erased whole, with a certificate that is the end of the log") {
  test::Folder folder;
  auto store = *test::open(folder);
  fill(*store);
  auto mine = test::first_sight(test::ad("site-b/1", "of the scope"), at(5));
  mine.ad.mutable_ad()->set_scope("NORTH-01");
  REQUIRE(store->complete(test::completion(test::visit("http://b.example/1", 0), {mine})));
  Erasure what;
  what.scope = "NORTH-01";
  const auto erased = store->erase(what, false, at(100));
  REQUIRE(erased);
  CHECK(erased->ads == std::vector<std::string>{"site-b/1"});
  LogEntry last;
  REQUIRE(store->each_log([&](const LogEntry& entry) { last = entry; return true; }));
  CHECK(erased->sequence == last.sequence());
  CHECK(erased->hash == last.hash());
  check_sound(*store);
}
