#include <doctest/doctest.h>

#include <string>

#include "core/json.h"
#include "core/time.h"
#include "parser/fields.h"

using namespace vigie::parser;

TEST_CASE("one line gives every field, each with its bytes") {
  TextContext context;
  context.regions = {"FR"};
  context.now = *vigie::parse_rfc3339("2026-11-24T12:00:00Z");
  const std::string line = "Anna, 24 ans, à Lyon dès le 12 novembre 2026, 150 € l'heure, tél zéro un 99 00 douze 34";
  const auto got = decode(line, context);
  CHECK(got.lang() == "fr");
  REQUIRE(got.contacts_size() == 1);
  CHECK(got.contacts(0).value() == "+33199001234");
  REQUIRE(got.prices_size() == 1);
  CHECK(got.prices(0).amount() == 150);
  CHECK(got.prices(0).per() == "hour");
  REQUIRE(got.ages_size() == 1);
  CHECK(got.ages(0).age() == 24);
  REQUIRE(got.dates_size() == 1);
  CHECK(got.dates(0).date() == "2026-11-12");
  REQUIRE(got.places_size() == 1);
  CHECK(got.places(0).text() == "Lyon");
  for (const auto& span : {got.contacts(0).span(), got.prices(0).span(), got.ages(0).span(), got.dates(0).span(), got.places(0).span()}) {
    REQUIRE(span.size() == 2);
    CHECK(span.Get(0) < span.Get(1));
    CHECK(span.Get(1) <= static_cast<int>(line.size()));
  }
}

TEST_CASE("any bytes are read without harm, and in bounded time") {
  TextContext context;
  context.regions = {"FR", "BE"};
  std::string bytes;
  std::uint32_t seed = 7;
  for (int i = 0; i < 60'000; ++i) {
    seed = seed * 1664525 + 1013904223;
    bytes += static_cast<char>(seed >> 24);
  }
  for (const auto& text : {bytes, std::string(60'000, '1'), std::string(60'000, 'o'), std::string(60'000, '<'), std::string(60'000, '@'), std::string(60'000, ' '),
                           std::string(60'000, '+'), std::string(60'000, '|')}) {
    const auto got = decode(text, context);
    for (const auto& c : got.contacts()) CHECK(c.span(1) <= static_cast<int>(text.size()));
  }
  std::string row, words;
  for (int i = 0; i < 20'000; ++i) row += std::to_string(i % 10) + " ", words += "un deux vingt ";
  for (const auto& text : {row, words}) {
    const auto got = decode(text, context);
    for (const auto& c : got.contacts()) CHECK(c.span(1) <= static_cast<int>(text.size()));
  }
}
