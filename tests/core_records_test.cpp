#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "core/json.h"
#include "core/log.h"
#include "core/records.pb.h"
#include "core/site.h"
#include "core/text.h"
#include "core/time.h"

using namespace vigie;

TEST_CASE("an ad comes out as JSON as the contract shows it") {
  Ad ad;
  ad.set_ad("petites-annonces/48213");
  ad.set_versions(3);
  ad.set_age(24);
  *ad.mutable_first_seen() = to_timestamp(from_ms(1795469647123));
  ad.mutable_price()->set_amount(150);
  ad.mutable_price()->set_currency("EUR");
  ad.mutable_place()->set_lat(50.46);
  (*ad.mutable_attributes())["bedrooms"] = "3";
  auto* contact = ad.add_contacts();
  contact->set_kind("phone");
  contact->add_span(120);
  contact->add_span(151);
  contact->set_confidence(0.98);
  CHECK(to_json(ad) ==
        R"({"ad":"petites-annonces/48213","first_seen":"2026-11-23T21:34:07Z","versions":3,"age":24,)"
        R"("price":{"amount":150.0,"currency":"EUR"},"prices":[],"place":{"lat":50.46},"attributes":{"bedrooms":"3"},)"
        R"("contacts":[{"kind":"phone","span":[120,151],"steps":[],"confidence":0.98}],"images":[]})");
  SUBCASE("what is not known stays out, lists stay in") {
    CHECK(to_json(Ad()) == R"({"prices":[],"attributes":{},"contacts":[],"images":[]})");
  }
  SUBCASE("known and empty, or zero, or false, differ from not known") {
    Alert alert;
    alert.set_restricted(false);
    alert.set_score(0);
    alert.set_headline("");
    CHECK(to_json(alert).find(R"("restricted":false)") != std::string::npos);
    CHECK(to_json(alert).find(R"("score":0.0)") != std::string::npos);
    CHECK(to_json(alert).find(R"("headline":"")") != std::string::npos);
    CHECK(to_json(alert).find("status") == std::string::npos);
  }
  SUBCASE("and back") {
    Ad again;
    ad.set_title("\u00E9\n\"\x01");
    REQUIRE(from_json(to_json(ad), again));
    CHECK(to_json(again) == to_json(ad));
    REQUIRE(from_json(R"({"title":"x","later":{"a":1}})", again));
    CHECK(again.title() == "x");
  }
}

TEST_CASE("a change shows its values as they are, null for none") {
  Version version;
  *version.mutable_seen() = to_timestamp(from_ms(0));
  auto* change = version.add_changes();
  change->set_field("price");
  change->mutable_before()->set_null_value(google::protobuf::NULL_VALUE);
  (*change->mutable_after()->mutable_struct_value()->mutable_fields())["amount"].set_number_value(120.5);
  CHECK(to_json(version) ==
        R"({"seen":"1970-01-01T00:00:00Z","changes":[{"field":"price","before":null,"after":{"amount":120.5}}]})");
}

TEST_CASE("numbers that only we read are numbers too, bytes are base64, enumerators go by name") {
  Visit visit;
  visit.set_due_ms(1795469647123);
  visit.set_outcome(Outcome::timed_out);
  visit.set_body_sha256("\xff\xfe");
  CHECK(to_json(visit) == R"({"due_ms":1795469647123,"outcome":"timed_out","body_sha256":"//4=","ads":[]})");
  google::protobuf::Value deep;
  auto* inner = &deep;
  for (int i = 0; i < 5'000; ++i) inner = inner->mutable_list_value()->add_values();
  Change change;
  change.mutable_before()->Swap(&deep);
  CHECK(to_json(change).size() < 500);
  change.Clear();
}

TEST_CASE("bad JSON is one clear error") {
  Ad ad;
  for (const char* json : {"", "{", "[]", R"({"age":"x"})", R"({"title":1})", "{\"title\":\"\xff\"}"}) {
    CAPTURE(json);
    const auto read = from_json(json, ad);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::malformed);
  }
  CHECK_FALSE(from_json(std::string(200'000, '['), ad));
}

TEST_CASE("a string as a JSON literal") {
  CHECK(json_string("a\"b\\c\n\x01\u00E9") == "\"a\\\"b\\\\c\\n\\u0001\u00E9\"");
  CHECK(json_string("a\xFF") == "\"a\uFFFD\"");
}

TEST_CASE("site patterns tell ads from lists from the rest") {
  SiteOptions site;
  site.set_site("s");
  site.add_start("https://annonces.example/liste");
  site.add_hosts("annonces.example");
  site.add_follow(R"(^/liste(\?page=\d+)?$)");
  site.add_ad(R"(^/annonce/(?P<id>[^/?]+))");
  const auto patterns = SitePatterns::compile(site);
  REQUIRE(patterns);
  const auto look = [&](const char* address) {
    const auto url = Url::parse(address);
    REQUIRE(url);
    return std::string((*patterns)->class_of(*url)) + " " + (*patterns)->number_of(*url);
  };
  CHECK(look("https://annonces.example/annonce/48213?x=1") == "ad 48213");
  CHECK(look("https://annonces.example/annonce/d%C3%A9j%C3%A0") == "ad d\u00E9j\u00E0");
  CHECK(look("https://annonces.example/liste?page=2") == "list ");
  CHECK(look("https://annonces.example/liste#top") == "list ");
  CHECK(look("https://www.annonces.example/liste?page=3") == "list ");
  CHECK(look("https://annonces.example/contact") == "other ");
  CHECK(look("https://elsewhere.example/annonce/1") == "other 1");
  CHECK_FALSE((*patterns)->open_ended());
  SUBCASE("a pattern may be written as a person reads the address") {
    site.add_ad("^/d\u00E9tail/(?P<id>.+)");
    const auto more = SitePatterns::compile(site);
    REQUIRE(more);
    CHECK((*more)->number_of(*Url::parse("https://annonces.example/d%C3%A9tail/%C3%A9")) == "\u00E9");
  }
  SUBCASE("a wrong pattern is named by its place") {
    site.add_ad("(");
    const auto wrong = SitePatterns::compile(site);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code == Errc::misconfigured);
    CHECK(wrong.error().text.starts_with("ad[1]: missing"));
  }
}

TEST_CASE("the id of an ad: the site's own number, encoded, else a hash") {
  CHECK(ad_id("s", "48213") == "s/48213");
  CHECK(ad_id("s", "a/b \u00E9~._-") == "s/a%2Fb%20%C3%A9~._-");
  CHECK(ad_id_from_key("s", "abc") == "s/ba7816bf8f01cfea");
}

namespace {

/// What `act` writes to stderr.
template <class Act>
std::string stderr_of(Act act) {
  std::fflush(stderr);
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  const int saved = dup(2);
  dup2(fileno(file), 2);
  act();
  std::fflush(stderr);
  dup2(saved, 2);
  close(saved);
  std::string out;
  std::rewind(file);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) out += static_cast<char>(c);
  std::fclose(file);
  return out;
}

}  // namespace

TEST_CASE("one event is one line, whatever its fields hold") {
  log::start(log::Level::info);
  const auto out = stderr_of([] {
    log::info("page.fetched", {{"site", "a"}, {"why", "two words \"quoted\""}, {"evil", "x\nerror fake=1\x1b[2J"}, {"empty", ""}});
    log::debug("unseen");
    log::warn("long", {{"value", std::string(100'000, 'y')}});
  });
  const auto lines = text::split(out, '\n');
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].find(R"( info page.fetched site=a why="two words \"quoted\"" evil="x\x0aerror fake=1\x1b[2J" empty="")") !=
        std::string::npos);
  CHECK(lines[0].substr(0, 4) >= "2024");
  CHECK(lines[1].find(" warn long value=yyy") != std::string::npos);
  CHECK(lines[1].size() < 1200);
  CHECK(lines[2].empty());
  log::start(log::Level::warn);
}
