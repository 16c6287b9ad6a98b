#include <doctest/doctest.h>

#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;

TEST_CASE("a fresh store is empty and sound") {
  test::Folder folder;
  auto store = test::open(folder);
  REQUIRE(store);
  auto faults = (*store)->check();
  REQUIRE(faults);
  CHECK(faults->empty());
}
