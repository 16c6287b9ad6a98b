#include <doctest/doctest.h>

#include "storage/floors.h"

using namespace vigie;
using namespace vigie::storage;

TEST_CASE("a queue begins where a reader found its first row, until a row before that is written") {
  Floors floors;
  floors.found("q", floors.look("q"), "q5");
  REQUIRE(floors.look("q").from == "q5");
  SUBCASE("a row before it moves the beginning at once, before it can be seen") {
    floors.writing("q", "q3");
    CHECK(floors.look("q").from == "q3");
  }
  SUBCASE("one behind it does not") {
    floors.writing("q", "q7");
    floors.written({"q"});
    CHECK(floors.look("q").from == "q5");
  }
  SUBCASE("an empty queue is not walked at all, until something is written to it") {
    floors.found("q", floors.look("q"), "");
    CHECK(floors.look("q").empty);
    floors.writing("q", "q9");
    CHECK_FALSE(floors.look("q").empty);
    CHECK(floors.look("q").from == "q9");
  }
}

TEST_CASE("a reader whose look overlaps a write tells nothing: it may not have seen the row") {
  Floors floors;
  SUBCASE("the write ended during the look") {
    const auto look = floors.look("q");
    floors.writing("q", "q1");
    floors.written({"q"});
    floors.found("q", look, "q5");
    CHECK(floors.look("q").from.empty());
  }
  SUBCASE("the write was under way when the look began") {
    floors.writing("q", "q1");
    const auto look = floors.look("q");
    floors.written({"q"});
    floors.found("q", look, "q5");
    CHECK(floors.look("q").from.empty());
  }
  SUBCASE("the write is still under way") {
    floors.found("q", floors.look("q"), "q5");
    const auto look = floors.look("q");
    floors.writing("q", "q1");
    floors.found("q", look, "q5");
    floors.written({"q"});
    CHECK(floors.look("q").from == "q1");
  }
  SUBCASE("another queue is not disturbed") {
    floors.writing("p", "p1");
    floors.found("q", floors.look("q"), "q5");
    CHECK(floors.look("q").from == "q5");
  }
}

TEST_CASE("the queues of the store: a host's priority, and the ads whose group is in doubt") {
  const auto key = sched_key("a.test", 3, 12, "http://a.test/");
  CHECK(key.starts_with(Floors::queue_of(Family::sched, key)));
  CHECK(Floors::queue_of(Family::sched, key) == Key().s("a.test").u8(3).str());
  CHECK(Floors::queue_of(Family::link, "qad") == "q");
  CHECK(Floors::queue_of(Family::link, "nad").empty());
  CHECK(Floors::queue_of(Family::visit, "q").empty());
}
