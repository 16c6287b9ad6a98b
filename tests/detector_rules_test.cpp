#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "detector_kit.h"

using namespace detector_kit;

namespace {

Selection pattern(std::string name, std::string view, std::string re, int line = 0) {
  Selection made;
  made.name = std::move(name);
  made.view = std::move(view);
  made.patterns = {std::move(re)};
  made.pattern_lines = {line};
  return made;
}

Selection field(std::string name, std::string path) {
  Selection made;
  made.name = std::move(name);
  made.field = std::move(path);
  return made;
}

std::string refusal(RuleSpec spec) {
  const auto rules = Rules::compile({std::move(spec)});
  REQUIRE_FALSE(rules);
  CHECK(rules.error().code == Errc::misconfigured);
  return rules.error().text;
}

}  // namespace

TEST_CASE("a hit bears its rule, its words and their place") {
  auto spec = rule("lodging", "offer", 0.3, {"accommodation provided"}, {"job"});
  spec.false_positives = {"hotels"};
  const auto rules = compiled({spec});
  REQUIRE(rules);
  const auto one = ad("jobs/1", "job", "Farm work. A\u200bccommodation  provid\u0435d, meals too.");
  const auto reasons = rules->match(one, kNow);
  REQUIRE(reasons.size() == 1);
  CHECK(reasons[0].indicator() == "lodging");
  CHECK(reasons[0].quote() == "A\u200bccommodation  provid\u0435d");
  CHECK(reasons[0].family() == "offer");
  CHECK(reasons[0].tier() == "T0");
  CHECK(reasons[0].false_positives(0) == "hotels");
  CHECK(reasons[0].rule_version().size() == 8);
  CHECK(quotes_stand(reasons, one));
}

TEST_CASE("title and attributes are read, too") {
  const auto rules = compiled({rule("lodging", "offer", 0.3, {"accommodation provided"})});
  auto one = ad("jobs/1", "job", "Farm work.");
  (*one.mutable_attributes())["benefits"] = "Accommodation provided";
  auto reasons = rules->match(one, kNow);
  REQUIRE(reasons.size() == 1);
  CHECK(reasons[0].field() == "attributes.benefits");
  CHECK(quotes_stand(reasons, one));
  one.set_title("Accommodation provided!");
  reasons = rules->match(one, kNow);
  REQUIRE(reasons.size() == 1);
  CHECK(reasons[0].field() == "title");
}

TEST_CASE("a rule speaks to its families; a mixed ad meets all") {
  const auto rules = compiled({rule("lodging", "offer", 0.3, {"accommodation provided"}, {"job"})});
  for (const auto& [family, hits] :
       std::vector<std::pair<std::string, int>>{{"job", 1}, {"service", 0}, {"mixed", 1}}) {
    CAPTURE(family);
    CHECK(static_cast<int>(rules->match(ad("a/1", family, "accommodation provided"), kNow).size()) == hits);
  }
}

TEST_CASE("phrases of another language count only when they are long enough not to be chance") {
  auto spec = rule("x", "offer", 0.3, {"accommodation provided", "visa", "pay now"});
  const auto rules = compiled({spec});
  auto one = ad("a/1", "job", "Visa pay now");
  CHECK(rules->match(one, kNow).size() == 1);
  one.set_lang("fr");
  CHECK(rules->match(one, kNow).empty());
  one.set_lang("");
  CHECK(rules->match(one, kNow).size() == 1);
  one.set_lang("fr-BE");
  one.set_text("Bonjour, accommodation provided");
  CHECK(rules->match(one, kNow).size() == 1);
}

TEST_CASE("a phrase may give words to choose from") {
  const auto rules = compiled({rule("kept", "control", 1.5, {"(passport|papers) (|will )(stay|be kept) .. (foreman|boss)"}, {"job"})});
  REQUIRE(rules);
  for (const auto* text : {"Your papers stay with the foreman.", "Passport will be kept by our boss.", "PAPERS STAY, BOSS"}) {
    CAPTURE(text);
    CHECK(rules->match(ad("jobs/1", "job", text), kNow).size() == 1);
  }
  for (const auto* text : {"Your papers stay with you.", "The boss will stay.", "Papers will. Stay, boss."}) {
    CAPTURE(text);
    CHECK(rules->match(ad("jobs/1", "job", text), kNow).empty());
  }
  for (const auto* broken : {"(a|b", "a|b) c", "(a(b|c)) dd", "(a|b|c|d|e|f|g|h|i) (a|b|c|d|e|f|g|h|i) (a|b|c|d|e|f|g|h|i) long"}) {
    CAPTURE(broken);
    CHECK(refusal(rule("x", "control", 1, {broken})).find("brackets do not close, stand within others, or give more than 600") != std::string::npos);
  }
}

TEST_CASE("conditions join words, patterns and fields") {
  auto spec = rule("x", "offer", 0.3, {"per head"});
  spec.select.push_back(pattern("amount", "normalised", "[0-9]{4} ?(?:€|eur)"));
  auto cheap = field("cheap", "price.amount");
  cheap.below = 100;
  auto per = field("person", "price.per");
  per.is = "PERSON";
  spec.select.push_back(cheap);
  spec.select.push_back(per);
  spec.when = "(words and amount or person) and not cheap";
  const auto rules = compiled({spec});
  REQUIRE(rules);
  auto one = ad("a/1", "travel", "3000 € per head");
  CHECK(rules->match(one, kNow).size() == 1);
  one.mutable_price()->set_amount(20);
  CHECK(rules->match(one, kNow).empty());
  one.set_text("nothing");
  one.mutable_price()->set_amount(2000);
  CHECK(rules->match(one, kNow).empty());
  one.mutable_price()->set_per("person");
  REQUIRE(rules->match(one, kNow).size() == 1);
  CHECK(rules->match(one, kNow)[0].field() == "price.per");
}

TEST_CASE("an expired rule is silent from the day after") {
  auto spec = rule("x", "offer", 0.3, {"per head"});
  spec.expires = "2028-01-01";
  const auto rules = compiled({spec});
  const auto one = ad("a/1", "travel", "per head");
  CHECK(rules->match(one, *parse_rfc3339("2028-01-01T23:59:59Z")).size() == 1);
  CHECK(rules->match(one, *parse_rfc3339("2028-01-02T00:00:00Z")).empty());
}

TEST_CASE("a bad rule is refused with file and line") {
  auto spec = rule("x", "offer", 0.3, {"per head"});
  spec.when_line = 12;
  SUBCASE("condition") {
    spec.when = "wods";
    CHECK(refusal(spec) == "rules/x.yaml:12: when: column 1: no selection \"wods\"; did you mean \"words\"?");
  }
  SUBCASE("pattern that does not compile") {
    spec.select = {pattern("words", "folded", "a(b", 7)};
    CHECK(refusal(spec).find("rules/x.yaml:7: words: pattern does not compile") == 0);
  }
  SUBCASE("slow pattern") {
    spec.select = {pattern("words", "folded", "\\p{L}{1,200}x", 8)};
    CHECK(refusal(spec).find("rules/x.yaml:8: words: pattern is too slow") == 0);
  }
  SUBCASE("pattern that is always there") {
    spec.select = {pattern("words", "folded", "a*", 9)};
    CHECK(refusal(spec).find("rules/x.yaml:9: words: pattern matches empty text") == 0);
  }
  SUBCASE("dead selection") {
    auto dead = pattern("dead", "folded", "abc");
    dead.line = 5;
    spec.select.push_back(dead);
    CHECK(refusal(spec) == "rules/x.yaml:5: selection \"dead\" is not used in \"when\"");
  }
  SUBCASE("always true") {
    spec.when = "not words";
    CHECK(refusal(spec).find("rules/x.yaml:12: when: holds although nothing matches") == 0);
  }
  SUBCASE("unknown field") {
    spec.select = {field("words", "price.amuont")};
    spec.select[0].above = 1;
    CHECK(refusal(spec).find("did you mean \"price.amount\"?") != std::string::npos);
  }
  SUBCASE("view, tier, family, group") {
    auto wrong = spec;
    wrong.select[0].view = "foldd";
    CHECK(refusal(wrong).find("did you mean \"folded\"?") != std::string::npos);
    wrong = spec;
    wrong.tier = "T1";
    CHECK(refusal(wrong).find("unknown tier \"T1\"") != std::string::npos);
    wrong = spec;
    wrong.family = {"jobs"};
    CHECK(refusal(wrong).find("did you mean \"job\"?") != std::string::npos);
    wrong = spec;
    wrong.group = "controll";
    CHECK(refusal(wrong).find("did you mean \"control\"?") != std::string::npos);
  }
  SUBCASE("refuted and protected signs are never scored") {
    for (const auto* tier : {"T-", "P!"}) {
      spec.tier = tier;
      CHECK(refusal(spec).find("weighs 0") != std::string::npos);
    }
  }
}

TEST_CASE("one id stands once") {
  const auto rules = Rules::compile({rule("x", "offer", 1, {"abc"}), rule("x", "offer", 1, {"def"})});
  REQUIRE_FALSE(rules);
  CHECK(rules.error().text.find("rule \"x\" already stands at rules/x.yaml:1") != std::string::npos);
}

TEST_CASE("a rule's own cases tell which hold") {
  auto spec = rule("x", "offer", 0.3, {"per head"}, {"travel"});
  spec.expires = "2020-01-01";
  const auto case_of = [](std::string text) {
    RuleCase made;
    made.lang = "en";
    made.text = std::move(text);
    return made;
  };
  spec.hits = {case_of("10 per head"), case_of("nothing")};
  spec.misses = {case_of("per header"), case_of("per head")};
  std::vector<bool> passed;
  for (const auto& one : test_rules(*compiled({spec}))) passed.push_back(one.passed);
  CHECK(passed == std::vector<bool>{true, false, true, false});
}

TEST_CASE("a rule about fields has cases with fields") {
  auto spec = rule("young", "style", 0, {}, {"service"});
  spec.tier = "T-";
  spec.select = {field("words", "age")};
  spec.select[0].below = 23;
  RuleCase hit, miss;
  hit.age = 21;
  miss.age = 23;
  spec.hits = {hit};
  spec.misses = {miss, RuleCase{}};
  for (const auto& one : test_rules(*compiled({spec}))) CHECK(one.passed);
}

TEST_CASE("the prefilter loses nothing that the patterns find") {
  // Each pattern alone, and against text where RE2 and a Unicode-aware filter could differ.
  for (const auto* re : {"\\bab[0-9]", "\\p{Lu}\\p{L}+ ?-> ?\\p{Lu}", "[\\p{L}-]+xyz", "[^\\p{L}]q7", "(?i)straße",
                         "\\p{P}zz", "\\d+ ?€"}) {
    auto spec = rule("x", "offer", 0.3, {});
    spec.select = {pattern("words", "original", re)};
    const auto rules = compiled({spec});
    REQUIRE_MESSAGE(rules, re);
    CAPTURE(re);
    int hits = 0;
    for (const auto* text : {"éab7", "Élan->Ödland", "ый-xyz", "-q7", "STRASSE STRAßE", "!zz", "12 €"}) {
      hits += static_cast<int>(rules->match(ad("a/1", "job", text), kNow).size());
    }
    CHECK(hits == 1);
  }
}

TEST_CASE("watch lists: numbers, mails, handles and phrases, while they last") {
  const std::vector<WatchEntry> list = {
      {"case-12", "K. Lens", "missing person", "medium", "2027-01-31", "0033 1 99 00 00 42"},
      {"case-13", "", "", "", "", "Desk@mail.example"},
      {"case-14", "", "", "low", "", "blue lantern club"}};
  const auto rules = compiled({}, list);
  REQUIRE(rules);
  auto one = ad("a/1", "job", "Call 01.99.00.00.42 or desk@mail.example, at the BLUE  lantern club");
  contact(one, "whatsapp", kPhone, "01.99.00.00.42");
  contact(one, "email", "desk@mail.example", "desk@mail.example");
  const auto reasons = rules->watch(one, kNow);
  REQUIRE(reasons.size() == 3);
  CHECK(reasons[0].quote() == "01.99.00.00.42");
  CHECK(reasons[2].quote() == "BLUE  lantern club");
  CHECK(reasons[0].text().find("missing person") != std::string::npos);
  CHECK(quotes_stand(reasons, one));
  CHECK(rules->watch_severity("watch:case-12") == "medium");
  CHECK(rules->watch_severity("watch:case-13") == "high");
  CHECK(rules->watch(one, *parse_rfc3339("2027-02-01T00:00:00Z")).size() == 2);
  CHECK(rules->watch(ad("a/2", "job", "blue lanterns club"), kNow).empty());
}

TEST_CASE("a national number matches behind its country, and no other") {
  const auto rules = compiled({}, {{"l", "", "", "", "", "01 99 00 00 42"}});
  auto one = ad("a/1", "job", "x");
  contact(one, "phone", kPhone, "x");
  CHECK(rules->watch(one, kNow).size() == 1);
  one.mutable_contacts(0)->set_value("+33199000043");
  CHECK(rules->watch(one, kNow).empty());
}

TEST_CASE("throughput of 400 rules over 1 kB ads (printed, not judged)") {
  std::vector<RuleSpec> specs;
  for (int i = 0; i < 400; ++i) {
    const auto n = std::to_string(i);
    specs.push_back(rule("r" + n, "offer", 0.1,
                         {"lodging" + n + " provided", "no exper" + n + "ience needed", "call us tod" + n + "ay"}));
  }
  const auto rules = compiled(specs);
  REQUIRE(rules);
  std::string text;
  while (text.size() < 1000)
    text += "We look for a person who helps on our farm near the river, lodging77 provided for all. ";
  const auto one = ad("a/1", "job", text);
  const auto start = std::clock();
  constexpr int kAds = 3000;
  std::size_t hits = 0;
  for (int i = 0; i < kAds; ++i) hits += rules->match(one, kNow).size();
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  CHECK(hits == kAds);
  MESSAGE("1 kB ads per CPU second: " << static_cast<long>(kAds / seconds));
}
