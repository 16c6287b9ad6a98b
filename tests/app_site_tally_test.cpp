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

TEST_CASE("the share of hidden contacts is known from fifty ads on") {
  SiteTally tally;
  for (int i = 0; i < 49; ++i) tally.count(with({number(i)}, i % 2 == 0));
  CHECK(tally.obscured() < 0);
  tally.count(with({number(49)}, false));
  CHECK(tally.obscured() == doctest::Approx(0.5));
}
