#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "parser/fields.h"
#include "tests/parser_cases.h"

using namespace vigie::parser;

namespace {

std::string shown(std::string_view s, const TextContext& context = {}) {
  std::string out;
  for (const auto& p : read_prices(s, context)) {
    if (!out.empty()) out += ", ";
    out += std::to_string(static_cast<long>(std::lround(p.amount() * 100))) + p.currency() + (p.has_per() ? "/" + p.per() : "");
  }
  return out;
}

}  // namespace

TEST_CASE("prices in running text: amount in cents, currency, what it is for") {
  struct Row {
    const char *text, *prices;
  };
  for (const auto& row : {
           Row{"150 € l'heure", "15000EUR/hour"}, Row{"850 EUR par mois", "85000EUR/month"}, Row{"$1,250.50", "125050USD"},
           Row{"1.250,00 €", "125000EUR"}, Row{"loyer 1 250 €/mois", "125000EUR/month"}, Row{"120 zł za godzinę", "12000PLN/hour"},
           Row{"от 3000 руб. за ночь", "300000RUB/night"}, Row{"1h 150€, 30min 90€", "15000EUR/hour, 9000EUR/half_hour"},
           Row{"30min 90, 1h 150", "9000/half_hour, 15000/hour"}, Row{"4.500 euro per person", "450000EUR/person"},
           Row{"CHF 1'200.–", "120000CHF"}, Row{"Pris 500 kr", "50000SEK"}, Row{"tel 01 99 00 12 34", ""}, Row{"25 ans, 170 cm", ""},
       }) {
    CAPTURE(row.text);
    CHECK(shown(row.text) == row.prices);
  }
  TextContext denmark;
  denmark.regions = {"DK"};
  CHECK(shown("500 kr", denmark) == "50000DKK");
}

TEST_CASE("the span of a price covers amount and currency in the bytes of the text") {
  const std::string s = "é à 150 €/h";
  const auto got = read_prices(s, {});
  REQUIRE(got.size() == 1);
  CHECK(s.substr(static_cast<std::size_t>(got[0].span(0)), static_cast<std::size_t>(got[0].span(1) - got[0].span(0))) == "150 €");
}

TEST_CASE("figures: fields: price fields of many shops are read with their currency") {
  const auto all = cases::rows(cases::folder("price-cases") / "cases.jsonl");
  if (all.empty()) {
    MESSAGE("skipped: no price-cases data");
    return;
  }
  int right = 0, hard = 0, hard_right = 0;
  const bool tell = std::getenv("VIGIE_TELL") != nullptr;
  for (const auto& row : all) {
    const auto text = cases::text_of(row, "price_raw"), hint = cases::text_of(row, "currency_raw");
    const auto got = read_price_field(text, hint, {});
    const auto want = cases::text_of(row, "amount"), currency = cases::text_of(row, "currency");
    const bool amount = want.empty() ? !got.has_amount() : got.has_amount() && std::abs(got.amount() - std::atof(want.c_str())) < 1e-6 * (1 + got.amount());
    const bool money = currency.empty() ? !got.has_currency() || want.empty() : got.currency() == currency_of(currency, {}) && got.has_currency();
    right += amount && money;
    const bool is_hard = row.fields().at("expected_to_fail_upstream").bool_value();
    hard += is_hard, hard_right += is_hard && amount && money;
    if (tell && !(amount && money)) MESSAGE(hint << " | " << text << " | want " << want << " " << currency << " got " << got.ShortDebugString());
  }
  MESSAGE("price-cases: " << right << " of " << all.size() << "; of those that price-parser fails " << hard_right << " of " << hard);
  CHECK(right >= static_cast<int>(0.9 * static_cast<double>(all.size())));
}
