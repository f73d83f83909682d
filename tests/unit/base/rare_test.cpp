// SPDX-License-Identifier: Apache-2.0
#include "engine/base/rare.h"

#include <gtest/gtest.h>

#include <string>

namespace assay {
namespace {

TEST(Rare, IsEmptyUntilItIsGivenAValue) {
  Rare<std::string> rare;
  EXPECT_FALSE(rare.has_value());
  EXPECT_FALSE(rare);
  EXPECT_EQ(rare.value_or("none"), "none");
  rare = std::string("some");
  ASSERT_TRUE(rare);
  EXPECT_EQ(*rare, "some");
  EXPECT_EQ(rare->size(), 4U);
  EXPECT_EQ(rare.value_or("none"), "some");
  rare.reset();
  EXPECT_FALSE(rare);
}

TEST(Rare, CopiesItsValueAndMovesItWhole) {
  Rare<std::string> first = std::string("one");
  Rare<std::string> copy = first;
  *copy += " and more";
  EXPECT_EQ(first, "one");
  EXPECT_EQ(copy, "one and more");
  first = copy;
  EXPECT_EQ(first, copy);
  first = *&first;  // to itself
  EXPECT_EQ(first, "one and more");
  const std::string* const place = &*first;
  const Rare<std::string> moved = std::move(first);
  EXPECT_EQ(&*moved, place);
}

TEST(Rare, ComparesAsItsValueDoes) {
  const Rare<std::string> none;
  const Rare<std::string> one = std::string("one");
  EXPECT_EQ(none, Rare<std::string>());
  EXPECT_FALSE(none == one);
  EXPECT_FALSE(none == "one");
  EXPECT_TRUE(one == "one");
  EXPECT_FALSE(one == Rare<std::string>(std::string("two")));
}

TEST(Rare, IsMadeFromAnOptional) {
  EXPECT_FALSE(Rare<int>(std::optional<int>()));
  EXPECT_EQ(Rare<int>(std::optional<int>(7)), 7);
  EXPECT_FALSE(Rare<int>(std::nullopt));
  Rare<std::string> made;
  EXPECT_EQ(made.emplace(3, 'x'), "xxx");
}

TEST(Rare, TakesThePlaceOfOnePointer) { EXPECT_EQ(sizeof(Rare<std::string>), sizeof(void*)); }

}  // namespace
}  // namespace assay
