#include "detector/indicators.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "detector/counter.h"
#include "detector_kit.h"

using namespace detector_kit;

namespace {

std::optional<Fired> fire(std::string_view id, const Around& evidence) {
  const auto rows = indicators();
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const Indicator& i) { return i.id == id; });
  REQUIRE_MESSAGE(row != rows.end(), id);
  return row->sees(scene_of(evidence, kNow, {}));
}

bool speaks_against(std::string_view id, const Around& evidence) {
  const auto counters = counters_of(scene_of(evidence, kNow, {}), {});
  return std::any_of(counters.begin(), counters.end(),
                     [&](const Counter& c) { return c.indicator() == id && !c.text().empty(); });
}

Around service() {
  Around evidence;
  evidence.ad = ad("pages/1", "service", "Call me at 01 99 00 00 42 in the evening.");
  evidence.ad.set_name("Robin");
  contact(evidence.ad, "phone", kPhone, "01 99 00 00 42");
  return evidence;
}

}  // namespace

TEST_CASE("every indicator has a tier, a group, a source and known false positives") {
  for (const auto& row : indicators()) {
    CAPTURE(row.id);
    CHECK((row.tier == "T+" || row.tier == "T0"));
    CHECK(row.weight >= 0);
    CHECK_FALSE(row.source.empty());
    CHECK_FALSE(row.false_positives.empty());
  }
}

TEST_CASE("contact across families: a recruiter's number in service ads") {
  auto evidence = recruiter();
  CHECK_FALSE(fire("cross_family_contact", evidence));
  evidence.uses = {use(kPhone, "other/1", "job")};
  CHECK_FALSE(fire("cross_family_contact", evidence));  // two offers, no service
  evidence.uses = {use(kPhone, "pages/1", "service"), use(kPhone, "pages/2", "service", 40)};
  const auto fired = fire("cross_family_contact", evidence);
  REQUIRE(fired);
  CHECK(fired->leads);
  CHECK(fired->reason.text() == "contact of 1 recruitment ad also stands in 2 service ads");
  CHECK(fired->reason.quote() == "01 99 00 00 42");
  CHECK(quotes_stand({fired->reason}, evidence.ad));

  SUBCASE("seen from the service ad, too") {
    auto other = service();
    other.uses = {use(kPhone, "casting/1", "travel")};
    CHECK(fire("cross_family_contact", other));
  }
  SUBCASE("over kinds: the same number by messenger") {
    evidence.ad.mutable_contacts(0)->set_kind("whatsapp");
    CHECK(fire("cross_family_contact", evidence));
  }
  SUBCASE("not through a hub") {
    evidence.network.add_hubs(std::string("phone:") + kPhone);
    CHECK_FALSE(fire("cross_family_contact", evidence));
    CHECK(speaks_against("hub_contact", evidence));
  }
  SUBCASE("not through the site's own number") {
    evidence.site_contacts = {kPhone};
    CHECK_FALSE(fire("cross_family_contact", evidence));
    CHECK(speaks_against("site_contact", evidence));
  }
  SUBCASE("not through a number that was silent for an epoch") {
    evidence.uses = {use(kPhone, "pages/1", "service", 400)};
    CHECK_FALSE(fire("cross_family_contact", evidence));
    CHECK(speaks_against("long_silence", evidence));
    evidence.uses = {use(kPhone, "pages/1", "service", 100)};
    CHECK(fire("cross_family_contact", evidence));
    CHECK_FALSE(speaks_against("long_silence", evidence));
  }
  SUBCASE("another ad of the network bears the number") {
    Around third;
    third.ad = ad("pages/9", "service", "no number");
    third.uses = evidence.uses;
    third.members = {evidence.ad};
    const auto via = fire("cross_family_contact", third);
    REQUIRE(via);
    CHECK(via->reason.ad() == "casting/1");
    CHECK(quotes_stand({via->reason}, evidence.ad));
  }
}

TEST_CASE("several persons: four names behind one contact in one epoch") {
  auto evidence = service();
  evidence.uses = {use(kPhone, "pages/2", "service", 2, "Sam"), use(kPhone, "pages/3", "service", 3, "Kim"),
                   use(kPhone, "pages/4", "service", 4, "ROBIN")};
  CHECK_FALSE(fire("several_persons", evidence));  // three: Robin stands twice
  evidence.uses.push_back(use(kPhone, "pages/5", "service", 5, "Alex"));
  REQUIRE(fire("several_persons", evidence));
  CHECK(fire("several_persons", evidence)->leads);
  SUBCASE("contact persons of job ads are no such persons") {
    for (auto& one : evidence.uses) one.set_family("job");
    CHECK_FALSE(fire("several_persons", evidence));
  }
  SUBCASE("names of an earlier epoch do not count") {
    evidence.uses.back() = use(kPhone, "pages/5", "service", 300, "Alex");
    CHECK_FALSE(fire("several_persons", evidence));
  }
}

TEST_CASE("obscured contact: only where it is not written plainly as well") {
  auto evidence = service();
  CHECK_FALSE(fire("obscured_contact", evidence));
  evidence.ad.mutable_contacts(0)->add_steps("words");
  const auto fired = fire("obscured_contact", evidence);
  REQUIRE(fired);
  CHECK_FALSE(fired->leads);
  CHECK(fired->reason.text().find("words") != std::string::npos);
  contact(evidence.ad, "whatsapp", kPhone, "01 99 00 00 42");
  CHECK_FALSE(fire("obscured_contact", evidence));
}

TEST_CASE("same text under other contacts") {
  auto evidence = service();
  evidence.ad.set_text(std::string(100, 'x') + " 01 99 00 00 42");
  for (int i = 0; i < 3; ++i) {
    Similar near;
    near.set_ad("pages/" + std::to_string(10 + i));
    near.set_jaccard(0.8);
    near.add_contacts("phone:+3319900005" + std::to_string(i));
    evidence.similar.push_back(near);
  }
  REQUIRE(fire("template_other_contacts", evidence));
  CHECK(fire("template_other_contacts", evidence)->leads);
  SUBCASE("job texts are copied by honest agencies: shown, does not lead") {
    evidence.ad.set_family("job");
    REQUIRE(fire("template_other_contacts", evidence));
    CHECK_FALSE(fire("template_other_contacts", evidence)->leads);
  }
  SUBCASE("one's own repost is not another contact") {
    for (auto& near : evidence.similar) near.set_contacts(0, std::string("phone:") + kPhone);
    CHECK_FALSE(fire("template_other_contacts", evidence));
  }
  SUBCASE("texts that only resemble") {
    for (auto& near : evidence.similar) near.set_jaccard(0.5);
    CHECK_FALSE(fire("template_other_contacts", evidence));
  }
  SUBCASE("short texts are alike by chance") {
    evidence.ad.set_text("short");
    CHECK_FALSE(fire("template_other_contacts", evidence));
  }
}

TEST_CASE("many places in a short time") {
  auto evidence = service();
  evidence.ad.mutable_place()->set_text("Namur");
  for (int i = 0; i < 3; ++i) {
    auto one = use(kPhone, "pages/" + std::to_string(i + 2), "service", 2 + i);
    one.set_place(std::vector<std::string>{"Gent", "Lille", "Trier"}[static_cast<std::size_t>(i)]);
    evidence.uses.push_back(one);
  }
  REQUIRE(fire("many_places", evidence));
  CHECK_FALSE(fire("many_places", evidence)->leads);
  evidence.uses.back().set_first_ms(to_ms(kNow) - 60 * kDay);
  CHECK_FALSE(fire("many_places", evidence));
}

TEST_CASE("a stated age that the calendar does not explain") {
  auto evidence = service();
  evidence.ad.set_age(28);
  CHECK_FALSE(fire("age_changes", evidence));
  evidence.before = evidence.ad;
  CHECK_FALSE(fire("age_changes", evidence));
  evidence.before->set_age(27);
  CHECK_FALSE(fire("age_changes", evidence));  // a birthday
  evidence.before->set_age(33);
  CHECK(fire("age_changes", evidence));
}

TEST_CASE("ages of one name and contact that the calendar does not allow, in two ads") {
  auto evidence = service();
  evidence.ad.set_age(24);
  evidence.uses = {use(kPhone, "pages/2", "service", 30, "robin")};
  evidence.uses[0].set_age(24);
  CHECK_FALSE(fire("ages_differ", evidence));
  evidence.uses[0].set_age(25);
  CHECK_FALSE(fire("ages_differ", evidence));  // rounding
  evidence.uses[0].set_age(31);
  const auto fired = fire("ages_differ", evidence);
  REQUIRE(fired);
  CHECK(fired->reason.text() == "stated age 24 here, 31 in an ad of the same name and contact");
  evidence.uses[0].set_name("Kim");
  CHECK_FALSE(fire("ages_differ", evidence));
  evidence.uses[0] = use(kPhone, "pages/2", "service", 7 * 365, "Robin");
  evidence.uses[0].set_age(17 + 1);
  CHECK_FALSE(fire("ages_differ", evidence));  // seven years ago, in another epoch of the number
}

TEST_CASE("a price far below the local level, where enough can be compared") {
  auto evidence = service();
  evidence.ad.mutable_price()->set_amount(40);
  evidence.ad.mutable_price()->set_per("hour");
  evidence.ad.mutable_price()->set_currency("EUR");
  CHECK_FALSE(fire("price_far_below", evidence));
  evidence.price_level = PriceLevel{90, 150, 29};
  CHECK_FALSE(fire("price_far_below", evidence));
  evidence.price_level = PriceLevel{90, 150, 30};
  const auto fired = fire("price_far_below", evidence);
  REQUIRE(fired);
  CHECK(fired->reason.text() == "price far below the local level: of 30 comparable contacts half ask more than 150 EUR");
  evidence.ad.mutable_price()->set_amount(85);  // in the lowest tenth, and not far below
  CHECK_FALSE(fire("price_far_below", evidence));
  evidence.price_level = PriceLevel{30, 150, 60};
  evidence.ad.mutable_price()->set_amount(40);  // half, and a tenth of the site asks less
  CHECK_FALSE(fire("price_far_below", evidence));
}

TEST_CASE("output far above what is usual on the site") {
  auto evidence = service();
  for (int i = 0; i < 14; ++i) evidence.uses.push_back(use(kPhone, "pages/" + std::to_string(10 + i), "service", 1 + i % 6));
  CHECK_FALSE(fire("high_output", evidence));  // nobody knows what is usual there
  evidence.usual_output = 6;
  CHECK_FALSE(fire("high_output", evidence));
  evidence.usual_output = 2;
  const auto fired = fire("high_output", evidence);
  REQUIRE(fired);
  CHECK(fired->reason.text() == "15 new ads of one contact within 7 days on this site");
  for (auto& other : evidence.uses) other.set_site("elsewhere");
  CHECK_FALSE(fire("high_output", evidence));
}

TEST_CASE("context that weighs nothing: a prefix from elsewhere, and a third party in Belgium") {
  auto evidence = service();
  CHECK_FALSE(fire("prefix_elsewhere", evidence));
  evidence.ad.mutable_place()->set_country("FR");
  CHECK_FALSE(fire("prefix_elsewhere", evidence));
  evidence.ad.mutable_place()->set_country("BE");
  REQUIRE(fire("prefix_elsewhere", evidence));
  for (const auto& row : indicators()) {
    if (row.id == "prefix_elsewhere" || row.id == "third_party_belgium") CHECK(row.weight == 0);
  }
  Reason voice;
  voice.set_indicator("plural-voice");
  const auto belgian = [&](const Around& around, std::vector<Reason> words) {
    const auto rows = indicators();
    const auto row = std::find_if(rows.begin(), rows.end(), [](const Indicator& i) { return i.id == "third_party_belgium"; });
    return row->sees(scene_of(around, kNow, std::move(words))).has_value();
  };
  CHECK(belgian(evidence, {voice}));
  CHECK_FALSE(belgian(evidence, {}));
  evidence.ad.mutable_place()->set_country("FR");
  CHECK_FALSE(belgian(evidence, {voice}));
}

TEST_CASE("every number replaced") {
  auto evidence = service();
  evidence.before = evidence.ad;
  CHECK_FALSE(fire("contact_churn", evidence));
  evidence.before->mutable_contacts(0)->set_value("+33199000077");
  CHECK(fire("contact_churn", evidence));
  evidence.before->clear_contacts();
  CHECK_FALSE(fire("contact_churn", evidence));
}

TEST_CASE("an offer that names nobody") {
  auto evidence = recruiter();
  CHECK(fire("third_party_unidentified", evidence));
  SUBCASE("a service ad need not name a company") {
    evidence.ad.set_family("service");
    CHECK_FALSE(fire("third_party_unidentified", evidence));
  }
  SUBCASE("an employer is named") {
    (*evidence.ad.mutable_attributes())["employer"] = "River Farm";
    CHECK_FALSE(fire("third_party_unidentified", evidence));
    CHECK(speaks_against("identified_business", evidence));
  }
  SUBCASE("a mail of its own domain, not of a free provider") {
    contact(evidence.ad, "email", "x@gmail.com", "x");
    CHECK(fire("third_party_unidentified", evidence));
    contact(evidence.ad, "email", "jobs@river-farm.example", "x");
    CHECK_FALSE(fire("third_party_unidentified", evidence));
  }
}

TEST_CASE("a wallet, and many languages") {
  auto evidence = service();
  CHECK_FALSE(fire("wallet_contact", evidence));
  CHECK_FALSE(fire("many_languages", evidence));
  contact(evidence.ad, "wallet", "bc1qexample", "evening");
  CHECK(fire("wallet_contact", evidence));
  for (const auto* lang : {"fr", "nl", "de"}) {
    auto member = evidence.ad;
    member.set_ad(std::string("pages/") + lang);
    member.set_lang(lang);
    evidence.members.push_back(member);
  }
  CHECK(fire("many_languages", evidence));
}

TEST_CASE("an obscured contact says nothing where it is usual") {
  auto evidence = service();
  evidence.ad.mutable_contacts(0)->add_steps("words");
  Reason reason;
  reason.set_indicator("obscured_contact");
  reason.set_weight(0.9);
  const auto count = [&] { return counters_of(scene_of(evidence, kNow, {}), {reason}).size(); };
  CHECK(count() == 0);
  evidence.site_obscured = 0.1;
  CHECK(count() == 0);
  evidence.site_obscured = 0.6;
  CHECK(count() == 1);
}

TEST_CASE("a flood of uses is bounded") {
  auto evidence = recruiter();
  for (int i = 0; i < 20'000; ++i)
    evidence.uses.push_back(use("+3319900" + std::to_string(1000 + i), "pages/" + std::to_string(i), "service"));
  const auto scene = scene_of(evidence, kNow, {});
  CHECK(scene.shared.size() <= 2001);
}
