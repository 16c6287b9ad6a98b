#include <doctest/doctest.h>

#include <algorithm>

#include "detector/groups.h"
#include "detector/score.h"
#include "detector_kit.h"

using namespace detector_kit;

namespace {

Reason sign(std::string indicator, std::string group, double weight, std::string tier = "T0") {
  Reason made;
  made.set_indicator(std::move(indicator));
  made.set_family(std::move(group));
  made.set_weight(weight);
  made.set_tier(std::move(tier));
  return made;
}

/// The weights of conf/rules/, over words that this test invents.
std::shared_ptr<const Rules> catalogue() {
  const std::vector<std::string> work = {"job", "recruitment"};
  auto benign = rule("registered-business", "other", -1.5, {"company number 01234567"});
  auto context = rule("new-in-town", "style", 0, {"new in town"}, {"service"});
  context.tier = "T-";
  return compiled({rule("lodging", "offer", 0.3, {"lodging provided"}, work),
                   rule("travel", "offer", 0.3, {"travel paid"}, work),
                   rule("no-experience", "offer", 0.2, {"no experience needed"}, work),
                   rule("high-pay", "offer", 0.4, {"high pay"}, work),
                   rule("documents", "control", 1.5, {"hand over your passport"}, work),
                   rule("costs", "control", 0.9, {"deducted from wages"}, work),
                   rule("route", "route", 1.7, {"3000 per head"}, {"travel"}),
                   rule("arrival", "promise", 1.7, {"arrival guaranteed"}, {"travel"}),
                   rule("no-papers", "papers", 1.6, {"no papers needed"}, {"travel"}),
                   rule("trust", "style", 0.6, {"very real"}, {"service"}), benign, context});
}

Findings look(const Around& evidence) {
  return assess(evidence, *catalogue(), kNow);
}

Around alone(const std::string& family, const std::string& text) {
  Around evidence;
  evidence.ad = ad("a/1", family, text + " Call 01 99 00 00 42.");
  contact(evidence.ad, "phone", kPhone, "01 99 00 00 42");
  evidence.network.set_id("g-1");
  evidence.network.add_ads("a/1");
  return evidence;
}

Around joined() {
  auto evidence = recruiter();
  evidence.network.add_ads("pages/1");
  evidence.uses = {use(kPhone, "pages/1", "service")};
  return evidence;
}

/// What the pipeline keeps of a finding.
Alert told(const Around& evidence, const Findings& findings) {
  Alert alert;
  alert.set_key(findings.key);
  alert.set_kind(findings.kind);
  alert.set_restricted(findings.restricted);
  for (const auto& one : evidence.network.ads()) alert.add_ads(one);
  for (const auto& one : findings.reasons) *alert.add_reasons() = one;
  return alert;
}

}  // namespace

TEST_CASE("score: each indicator once, capped by group, less what speaks against") {
  CHECK(log_odds({}, {}) == doctest::Approx(kPrior));
  CHECK(log_odds({sign("a", "offer", 0.4), sign("a", "offer", 0.4)}, {}) == doctest::Approx(kPrior + 0.4));
  CHECK(log_odds({sign("a", "offer", 1), sign("b", "offer", 1), sign("c", "offer", 1)}, {}) ==
        doctest::Approx(kPrior + 1.5));
  CHECK(log_odds({sign("a", "offer", 1), sign("b", "control", 1)}, {}) == doctest::Approx(kPrior + 2));
  CHECK(log_odds({sign("a", "style", 5, "T-"), sign("b", "style", 5, "P!")}, {}) == doctest::Approx(kPrior));
  Counter against;
  against.set_indicator("x");
  against.set_weight(0.5);
  CHECK(log_odds({sign("a", "offer", 1)}, {against, against}) == doctest::Approx(kPrior + 0.5));
  for (const auto& group : kGroups) {
    if (group.name != "network" && group.name != "control")
      CHECK(group.cap + kPrior < 0);  // no group of words is enough
  }
}

TEST_CASE("one sign alone never alerts, whatever it weighs") {
  for (const auto& group : kGroups) {
    for (const auto* family : {"service", "recruitment", "job", "travel", "housing", "mixed"}) {
      CAPTURE(group.name);
      CAPTURE(family);
      CHECK_FALSE(words_suffice(family, {sign("a", std::string(group.name), 5)}));
    }
  }
}

TEST_CASE("labour signs need five from two groups") {
  std::vector<Reason> signs;
  for (const auto* id : {"a", "b", "c", "d", "e"}) signs.push_back(sign(id, "offer", 0.3));
  CHECK_FALSE(words_suffice("job", signs));
  signs.back().set_family("control");
  CHECK(words_suffice("job", signs));
  signs.pop_back();
  signs.push_back(sign("e", "style", 1));
  CHECK_FALSE(words_suffice("job", signs));
}

TEST_CASE("a common honest job ad is silent; one that keeps documents is told") {
  const auto honest = look(alone("job", "Farm help: lodging provided, travel paid, no experience needed, high pay."));
  CHECK(honest.kind.empty());
  CHECK(honest.reasons.size() >= 4);
  const auto findings = look(alone(
      "job",
      "Lodging provided, travel paid, no experience needed. Hand over your passport; costs deducted from wages."));
  CHECK(findings.kind == "new");
  CHECK(findings.news);
  CHECK(findings.headline.find("job ad matches 6 indicators: ") == 0);
  const auto named = look(alone("job",
                                "Lodging provided, travel paid, no experience needed. Hand over your passport; costs "
                                "deducted from wages. Company number 01234567."));
  CHECK(named.score < findings.score);
  REQUIRE(named.counter.size() == 1);
  CHECK(named.counter[0].text().find("company number 01234567") == std::string::npos);  // quoted as it stands
  CHECK(named.counter[0].text().find("Company number 01234567") != std::string::npos);
}

TEST_CASE("a smuggling offer needs two groups: a route with its price is also a tour") {
  CHECK(look(alone("travel", "Tour, 3000 per head.")).kind.empty());
  CHECK(look(alone("travel", "Arrival guaranteed.")).kind.empty());
  const auto findings = look(alone("travel", "3000 per head, arrival guaranteed, no papers needed."));
  CHECK(findings.kind == "new");
  CHECK(findings.severity == "high");
}

TEST_CASE("words of a service ad never alert without a link") {
  CHECK(look(alone("service", "Very real, new in town.")).kind.empty());
}

TEST_CASE("a recruiter whose number stands in service ads is told at once") {
  const auto evidence = joined();
  const auto findings = look(evidence);
  CHECK(findings.kind == "cluster");
  CHECK(findings.severity == "high");
  CHECK(findings.news);
  CHECK(findings.headline == "contact of 1 recruitment ad also stands in 1 service ad");
  CHECK(quotes_stand(findings.reasons, evidence.ad));
  for (const auto* never : {" is a ", "victim", "trafficker"})
    CHECK(findings.headline.find(never) == std::string::npos);
}

TEST_CASE("twenty honest ads of one agency do not add up") {
  auto evidence = alone("job", "Lodging provided.");
  for (int i = 0; i < 20; ++i) {
    const std::vector<std::string> words = {"travel paid", "no experience needed", "high pay", "deducted from wages"};
    evidence.members.push_back(ad("a/" + std::to_string(i + 2), "job", words[static_cast<std::size_t>(i) % 4]));
    evidence.network.add_ads("a/" + std::to_string(i + 2));
  }
  CHECK(look(evidence).kind.empty());
}

TEST_CASE("the strongest ad of a network speaks for its words") {
  auto evidence = alone("travel", "Nice trip.");
  evidence.members = {evidence.ad, ad("a/2", "travel", "3000 per head, arrival guaranteed")};
  evidence.network.add_ads("a/2");
  const auto findings = look(evidence);
  CHECK(findings.kind == "cluster");
  REQUIRE(reason(findings.reasons, "route"));
  CHECK(reason(findings.reasons, "route")->ad() == "a/2");
}

TEST_CASE("nationality, ethnicity and gender change no score") {
  for (const auto& family : {"job", "travel", "service", "recruitment"}) {
    const auto plain =
        look(alone(family, "Lodging provided for workers, hand over your passport, arrival guaranteed, very real."));
    const auto marked = look(alone(
        family,
        "Lodging provided for Ruritanian women and Sylvanian girls, female and male workers, hand over your passport, "
        "arrival guaranteed, very real."));
    CAPTURE(family);
    CHECK(plain.score == doctest::Approx(marked.score));
    CHECK(plain.kind == marked.kind);
  }
}

TEST_CASE("the key stays when a network grows, and only what is new is news") {
  auto evidence = joined();
  const auto first = look(evidence);
  evidence.alert = told(evidence, first);

  const auto again = look(evidence);
  CHECK(again.key == first.key);
  CHECK_FALSE(again.news);

  SUBCASE("a new ad") {
    evidence.ad.set_ad("casting/2");
    evidence.network.add_ads("casting/2");
    const auto grown = look(evidence);
    CHECK(grown.key == first.key);
    CHECK(grown.news);
    CHECK(grown.kind == "linked");
  }
  SUBCASE("what an earlier ad showed stays told, so that two ads do not take turns in telling it") {
    evidence.ad.set_text("High pay. Call 01 99 00 00 42.");
    evidence.ad.mutable_contacts(0)->clear_span();
    const auto second = look(evidence);
    CHECK(second.news);
    auto other = joined();
    other.ad.set_ad("pages/1");
    other.ad.set_family("service");
    other.uses = {use(kPhone, "casting/1", "recruitment")};
    other.alert = told(evidence, second);
    const auto third = look(other);
    CHECK(reason(third.reasons, "high-pay"));
    evidence.alert = told(other, third);
    CHECK_FALSE(look(evidence).news);
  }
  SUBCASE("a new reason") {
    for (const auto* name : {"Sam", "Kim", "Alex", "Robin"})
      evidence.uses.push_back(use(kPhone, std::string("pages/") + name, "service", 3, name));
    const auto grown = look(evidence);
    CHECK(grown.news);
    CHECK(grown.kind == "changed");
  }
  SUBCASE("another contact in a known ad") {
    Change change;
    change.set_field("contacts");
    evidence.changes = {change};
    CHECK(look(evidence).news);
    CHECK(look(evidence).kind == "changed");
    evidence.changes[0].set_field("text");
    CHECK_FALSE(look(evidence).news);
  }
  SUBCASE("an ad that was gone is back") {
    evidence.before = evidence.ad;
    evidence.before->set_state("gone");
    CHECK(look(evidence).kind == "returned");
    CHECK(look(evidence).news);
  }
}

TEST_CASE("an ad without a network is its own key") {
  auto evidence = alone("travel", "3000 per head, arrival guaranteed.");
  evidence.network.Clear();
  CHECK(look(evidence).key == "a/1");
}

TEST_CASE("the restricted path is told at once and tells nothing of the text") {
  auto evidence = alone("service", "Very real secretword.");
  (*evidence.ad.mutable_attributes())["employer"] = "secretword";
  const auto clean = [](const Findings& findings) {
    CHECK(findings.restricted);
    CHECK(findings.severity == "high");
    CHECK_FALSE(findings.kind.empty());
    CHECK(findings.headline.find("secretword") == std::string::npos);
    REQUIRE(reason(findings.reasons, "stated_age_under_18"));
    for (const auto& one : findings.reasons) {
      CHECK(one.quote().empty());
      CHECK(one.span().empty());
      CHECK(one.DebugString().find("secretword") == std::string::npos);
      CHECK(one.DebugString().find("99 00 00 42") == std::string::npos);
    }
    for (const auto& one : findings.counter) CHECK(one.DebugString().find("secretword") == std::string::npos);
  };
  SUBCASE("18 is not under 18, and absent is not 0") {
    CHECK_FALSE(look(evidence).restricted);
    evidence.ad.set_age(18);
    CHECK_FALSE(look(evidence).restricted);
  }
  SUBCASE("in the ad") {
    evidence.ad.set_age(17);
    clean(look(evidence));
  }
  SUBCASE("in its last version") {
    evidence.before = evidence.ad;
    evidence.before->set_age(17);
    evidence.ad.set_age(21);
    clean(look(evidence));
  }
  SUBCASE("in an ad tied to it") {
    auto other = use(kPhone, "pages/3", "service");
    other.set_age(16);
    evidence.uses = {other};
    clean(look(evidence));
    evidence.site_contacts = {kPhone};  // the site's own number ties nothing
    CHECK_FALSE(look(evidence).restricted);
  }
  SUBCASE("once restricted, always") {
    evidence.ad.set_age(17);
    evidence.alert = told(evidence, look(evidence));
    evidence.ad.set_age(30);
    clean(look(evidence));
  }
}

TEST_CASE("a watch list tells whatever the score, with its own severity") {
  auto evidence = alone("housing", "Room to let.");
  const auto rules = compiled({}, {{"case-12", "", "", "medium", "", kPhone}});
  const auto findings = assess(evidence, *rules, kNow);
  CHECK(findings.kind == "watch");
  CHECK(findings.severity == "medium");
  CHECK(findings.headline == "matches watch list case-12");
  CHECK(quotes_stand(findings.reasons, evidence.ad));
  evidence.alert = told(evidence, findings);
  CHECK_FALSE(assess(evidence, *rules, kNow).news);
}

TEST_CASE("the same evidence gives the same finding") {
  auto evidence = joined();
  for (int i = 0; i < 30; ++i) (*evidence.ad.mutable_attributes())["label" + std::to_string(i)] = "lodging provided";
  const auto one = look(evidence), two = look(evidence);
  REQUIRE(one.reasons.size() == two.reasons.size());
  for (std::size_t i = 0; i < one.reasons.size(); ++i)
    CHECK(one.reasons[i].SerializeAsString() == two.reasons[i].SerializeAsString());
}

TEST_CASE("empty evidence is nothing to tell") {
  const auto findings = assess({}, *compiled({}), kNow);
  CHECK(findings.kind.empty());
  CHECK_FALSE(findings.news);
  CHECK(findings.reasons.empty());
}

TEST_CASE("an alert is looked for under every key that it may have got earlier") {
  auto evidence = recruiter();
  evidence.network.add_ads("casting/0");
  evidence.network.add_merged("g-0");
  CHECK(keys_of(evidence) == std::vector<std::string>{"g-1", "g-0", "casting/1", "casting/1", "casting/0"});
}

TEST_CASE("a text copied under other contacts belongs to the alert of the ad that bore it first") {
  Around evidence;
  evidence.ad = ad("s/9", "service", "A calm flat near the station, meetings by appointment in the afternoon and evening. 01 99 00 00 42");
  contact(evidence.ad, "phone", kPhone, "01 99 00 00 42");
  for (int i = 1; i <= 3; ++i) {
    auto& similar = evidence.similar.emplace_back();
    similar.set_ad("s/" + std::to_string(i));
    similar.set_jaccard(0.9);
    similar.set_first_ms(1000 - i);
    similar.add_contacts("phone:+3326191000" + std::to_string(i));
  }
  CHECK(keys_of(evidence) == std::vector<std::string>{"s/9", "s/3", "s/2", "s/1"});
  evidence.similar.pop_back();  // two other contacts may be chance
  CHECK(keys_of(evidence) == std::vector<std::string>{"s/9"});
}
