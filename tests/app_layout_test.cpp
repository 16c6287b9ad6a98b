#include <doctest/doctest.h>

#include <string>

#include "app/layout_watch.h"

using namespace vigie;
using namespace vigie::app;

namespace {

const Instant kNow = from_ms(1'795'500'000'000);

/// One ad page that has title and price, or lacks the price; found by a rule, or somewhere else.
PageLesson page(bool price, const std::string& source = "learned") {
  PageLesson lesson;
  auto& listing = *lesson.add_listings();
  for (const auto& [field, found] : {std::pair{"title", true}, std::pair{"price", price}}) {
    auto& said = *listing.add_fields();
    said.set_field(field);
    said.set_found(found);
    if (found) said.set_source(source);
  }
  return lesson;
}
int news(LayoutWatch& watch, LayoutNews wanted, int pages, bool price, bool settled = false, const std::string& source = "learned") {
  int count = 0;
  for (int i = 0; i < pages; ++i) count += watch_layout(watch, page(price, source), settled, kNow) == wanted;
  return count;
}

}  // namespace

TEST_CASE("a field that nearly every ad had and that is lost is told once, and its return once") {
  LayoutWatch watch;
  CHECK(news(watch, LayoutNews::none, 100, true) == 100);
  CHECK(news(watch, LayoutNews::drifted, 60, false) == 1);
  CHECK(watch.drifted());
  CHECK(loses_fields(watch));
  REQUIRE(lost_fields(watch).size() == 1);
  CHECK(lost_fields(watch)[0].starts_with("price (usually 9"));
  CHECK(news(watch, LayoutNews::recovered, 100, true) == 1);
  CHECK_FALSE(watch.drifted());
  CHECK(news(watch, LayoutNews::none, 100, true) == 100);
}

TEST_CASE("one ad in seven without a price is no new layout, nor is a field that only half of the ads ever had") {
  LayoutWatch watch;
  for (int i = 0; i < 500; ++i) CHECK(watch_layout(watch, page(i < 100 || i % 7 != 0), false, kNow) == LayoutNews::none);
  LayoutWatch half;
  for (int i = 0; i < 300; ++i) CHECK(watch_layout(half, page(i < 200 && i % 2 == 0), false, kNow) == LayoutNews::none);
}

TEST_CASE("values that stand elsewhere than before are a new layout although none is lost") {
  LayoutWatch watch;
  news(watch, LayoutNews::none, 60, true);
  CHECK(news(watch, LayoutNews::drifted, 30, true, false, "mined") == 1);
  CHECK_FALSE(loses_fields(watch));
  SUBCASE("it is over when the new layout has been learned") {
    CHECK(news(watch, LayoutNews::recovered, 80, true, true) == 1);
  }
  SUBCASE("without a field that the site no longer shows, once the rest has been learned") {
    CHECK(news(watch, LayoutNews::recovered, 80, false, true) == 1);
    CHECK(news(watch, LayoutNews::none, 100, false, true) == 100);
  }
}

TEST_CASE("a site that has shown thirty ads at most has no layout to lose") {
  LayoutWatch watch;
  news(watch, LayoutNews::none, 15, true);
  CHECK(news(watch, LayoutNews::none, 14, false) == 14);
}
