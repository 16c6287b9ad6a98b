#include "detector/condition.h"

#include <doctest/doctest.h>

using vigie::detector::Condition;

namespace {
const std::vector<std::string> kNames = {"a", "b", "c", "cheap-price"};

bool holds(const std::string& written, std::vector<bool> truth) {
  const auto condition = Condition::parse(written, kNames);
  REQUIRE_MESSAGE(condition, written);
  return condition->holds(truth);
}
}  // namespace

TEST_CASE("a condition means what it says") {
  struct Row {
    const char* written;
    std::vector<bool> truth;
    bool expected;
  };
  for (const auto& row :
       {Row{"a", {true, false, false, false}, true}, Row{"not a", {true, false, false, false}, false},
        Row{"a and b", {true, false, true, true}, false}, Row{"a or b and c", {true, false, false, false}, true},
        Row{"(a or b) and c", {true, false, false, false}, false},
        Row{"a and not cheap-price", {true, false, false, false}, true},
        Row{"not a and b", {false, true, false, false}, true}, Row{"not (a and b)", {true, false, false, false}, true},
        Row{"2 of (a, b, c)", {true, false, true, false}, true},
        Row{"2 of (a, b, c)", {false, false, true, false}, false},
        Row{"1 of (a and b, not c)", {false, false, true, false}, false},
        Row{"2 of (a, b) or c", {false, false, true, false}, true},
        Row{"not not a", {true, false, false, false}, true}}) {
    CAPTURE(row.written);
    CHECK(holds(row.written, row.truth) == row.expected);
  }
}

TEST_CASE("a wrong condition is named at its place") {
  struct Row {
    const char* written;
    const char* expected;
  };
  for (const auto& row :
       {Row{"a and chep-price", "column 7: no selection \"chep-price\"; did you mean \"cheap-price\"?"},
        Row{"a b", "column 3: \"b\" stands after the end"}, Row{"", "column 1: a name is missing"},
        Row{"a and", "column 6: a name is missing"}, Row{"(a or b", "column 8: \")\" is missing"},
        Row{"3 of (a, b)", "column 1: 3 of 2 can never hold"}, Row{"0 of (a)", "column 1: a number from 1"},
        Row{"2 (a, b)", "column 3: \"of\" is missing"}, Row{"a ) b", "column 3: \")\" stands after"}}) {
    CAPTURE(row.written);
    const auto condition = Condition::parse(row.written, kNames);
    REQUIRE_FALSE(condition);
    CAPTURE(condition.error().text);
    CHECK(condition.error().text.find(row.expected) == 0);
  }
}

TEST_CASE("depth is bounded") {
  CHECK(Condition::parse(std::string(20, '(') + "a" + std::string(20, ')'), kNames));
  const auto deep = Condition::parse(std::string(10'000, '(') + "a", kNames);
  REQUIRE_FALSE(deep);
  CHECK(deep.error().text.find("deeper than 32") != std::string::npos);
}

TEST_CASE("a name under not is used, not positive") {
  const auto condition = Condition::parse("a and not (b or not c)", kNames);
  REQUIRE(condition);
  CHECK(condition->used() == std::vector<bool>{true, true, true, false});
  CHECK(condition->positive() == std::vector<bool>{true, false, true, false});
}
