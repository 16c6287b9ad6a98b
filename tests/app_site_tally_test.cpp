#include "app/site_tally.h"

#include <doctest/doctest.h>

using namespace vigie;
using namespace vigie::app;

namespace {

Ad with(std::vector<std::string> values, bool hidden = false) {
  Ad ad;
  for (auto& value : values) {
    auto& contact = *ad.add_contacts();
    contact.set_kind("phone");
    contact.set_value(value);
    if (hidden) contact.add_steps("words");
  }
  return ad;
}

std::string number(int n) { return "+3319900" + std::to_string(1000 + n); }

}  // namespace

TEST_CASE("a contact beside the advertisers' own on much of a site is the site's") {
  SiteTally tally;
  for (int i = 0; i < 49; ++i) tally.count(with({number(i), "+33261910000"}));
  CHECK(tally.own_contacts().empty());  // too little is known
  tally.count(with({number(49), "+33261910000"}));
  CHECK(tally.own_contacts() == std::vector<std::string>{"+33261910000"});
}

TEST_CASE("a network that fills a third of a small site is no site") {
  SiteTally tally;
  for (int i = 0; i < 60; ++i) tally.count(with({i % 3 == 0 ? "+33353010000" : number(i)}));
  CHECK(tally.own_contacts().empty());
}

TEST_CASE("a price level and an output are known from thirty contacts on") {
  SiteTally tally;
  const auto priced = [](int n, double amount, const std::string& place = "Namur") {
    auto ad = with({number(n)});
    ad.set_family("service");
    ad.mutable_place()->set_text(place);
    ad.mutable_price()->set_amount(amount);
    ad.mutable_price()->set_currency("EUR");
    ad.mutable_price()->set_per("hour");
    *ad.mutable_first_seen() = to_timestamp(from_ms(1'795'000'000'000));
    return ad;
  };
  const auto mine = priced(0, 50);
  tally.count(mine);
  for (int i = 1; i < 30; ++i) tally.count(priced(i, 100 + i));
  CHECK_FALSE(tally.price_level(mine));  // 29 others
  CHECK(tally.usual_output(from_ms(1'795'000'000'000)) == 1);
  tally.count(priced(30, 130));
  tally.count(priced(30, 130));
  const auto level = tally.price_level(mine);
  REQUIRE(level);
  CHECK(level->contacts == 30);
  CHECK(level->tenth == 104);
  CHECK(level->median == 116);
  CHECK_FALSE(tally.price_level(priced(0, 50, "Dinant")));
  CHECK_FALSE(tally.usual_output(from_ms(1'795'000'000'000 - 90LL * 24 * 3600 * 1000)));
}

TEST_CASE("the share of hidden contacts is known from fifty ads on") {
  SiteTally tally;
  for (int i = 0; i < 49; ++i) tally.count(with({number(i)}, i % 2 == 0));
  CHECK(tally.obscured() < 0);
  tally.count(with({number(49)}, false));
  CHECK(tally.obscured() == doctest::Approx(0.5));
}
