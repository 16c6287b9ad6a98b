#include <doctest/doctest.h>

#include <set>

#include "storage/operators.h"

using namespace vigie::storage;

namespace {

constexpr std::int64_t kDay = 86'400'000;

Clue clue(std::uint32_t ad, ClueKind kind, std::uint64_t value, std::int64_t day = 0) { return {ad, kind, value, day * kDay, day * kDay}; }

std::size_t count(const std::vector<std::uint32_t>& groups) { return std::set<std::uint32_t>(groups.begin(), groups.end()).size(); }

/// `size` ads from `first` on that share a handle of their own.
void group(std::vector<Clue>& clues, std::uint32_t first, std::uint32_t size, std::uint64_t handle) {
  for (std::uint32_t i = 0; i < size; ++i) clues.push_back(clue(first + i, ClueKind::handle, handle));
}

}  // namespace

TEST_CASE("operators: one value ties its users, and nothing else does") {
  CHECK(operators({}, 3) == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(operators({clue(1, ClueKind::number, 5), clue(2, ClueKind::number, 5), clue(9, ClueKind::number, 5)}, 3) == std::vector<std::uint32_t>{0, 1, 1});
  CHECK(count(operators({clue(0, ClueKind::number, 5), clue(1, ClueKind::handle, 5)}, 2)) == 2);
}

TEST_CASE("operators: a number that was silent for more than 120 days ties nobody across") {
  CHECK(count(operators({clue(0, ClueKind::number, 5, 0), clue(1, ClueKind::number, 5, 120)}, 2)) == 1);
  CHECK(count(operators({clue(0, ClueKind::number, 5, 0), clue(1, ClueKind::number, 5, 121)}, 2)) == 2);
  CHECK(count(operators({clue(0, ClueKind::handle, 5, 0), clue(1, ClueKind::handle, 5, 400)}, 2)) == 1);
}

TEST_CASE("operators: what groups share that have nothing else in common says nothing") {
  for (const auto kind : {ClueKind::number, ClueKind::picture}) {
    std::vector<Clue> clues;
    for (std::uint32_t g = 0; g < 4; ++g) {
      group(clues, g * 4, 4, g);
      for (std::uint32_t i = 0; i < 3; ++i) clues.push_back(clue(g * 4 + i, kind, 77));
    }
    CHECK(count(operators(clues, 16)) == 4);
  }
}

TEST_CASE("operators: one stray use is no bridge between two groups that stand by themselves") {
  std::vector<Clue> clues;
  group(clues, 0, 5, 1);
  group(clues, 5, 5, 2);
  for (std::uint32_t i = 0; i < 4; ++i) clues.push_back(clue(i, ClueKind::number, 7));
  clues.push_back(clue(5, ClueKind::number, 7));
  CHECK(count(operators(clues, 10)) == 2);
  SUBCASE("a second kind beside it is") {
    for (std::uint32_t i = 0; i < 4; ++i) clues.push_back(clue(i, ClueKind::picture, 8));
    clues.push_back(clue(6, ClueKind::picture, 8));
    CHECK(count(operators(clues, 10)) == 1);
  }
}

TEST_CASE("operators: a text of many persons ties them until others own texts of theirs") {
  std::vector<Clue> clues;
  for (std::uint32_t g = 0; g < 5; ++g) {
    group(clues, g * 4, 4, g);
    for (std::uint32_t i = 0; i < 2; ++i) clues.push_back(clue(g * 4 + i, ClueKind::text, 50));
  }
  CHECK(count(operators(clues, 20)) == 1);
  for (std::uint32_t g = 0; g < 5; ++g) {
    for (std::uint32_t i = 2; i < 4; ++i) clues.push_back(clue(g * 4 + i, ClueKind::text, 100 + g));
  }
  CHECK(count(operators(clues, 20)) == 5);
}

TEST_CASE("operators: the address of a picture never ties alone") {
  std::vector<Clue> clues{clue(0, ClueKind::picture_url, 9), clue(1, ClueKind::picture_url, 9)};
  CHECK(count(operators(clues, 2)) == 2);
}
