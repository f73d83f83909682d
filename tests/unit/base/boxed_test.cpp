// SPDX-License-Identifier: Apache-2.0
#include "engine/base/boxed.h"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

namespace assay {
namespace {

struct Part {
  std::string text = "fresh";
  int number = 7;
};

TEST(Boxed, OneThatWasNeverWrittenIsAsAFreshOne) {
  const Boxed<Part> box;
  EXPECT_TRUE(box.is_fresh());
  EXPECT_EQ(box->text, "fresh");
  EXPECT_EQ((*box).number, 7);
  EXPECT_TRUE(box.is_fresh()) << "reading makes nothing";
  EXPECT_EQ(sizeof(box), sizeof(void*));
}

TEST(Boxed, HoldsWhatWasWritten) {
  Boxed<Part> box;
  box.edit().text = "written";
  box.edit().number += 1;
  EXPECT_FALSE(box.is_fresh());
  EXPECT_EQ(box->text, "written");
  EXPECT_EQ(box->number, 8) << "edit() begins with a fresh part and goes on with the same";
  EXPECT_EQ(Boxed<Part>(Part{.text = "given"})->text, "given");
}

TEST(Boxed, ACopyIsAnotherPart) {
  Boxed<Part> one;
  one.edit().text = "one";
  Boxed<Part> two = one;
  two.edit().text = "two";
  EXPECT_EQ(one->text, "one");
  one = two;
  EXPECT_EQ(one->text, "two");
  two.edit().text = "other";
  EXPECT_EQ(one->text, "two");
  const Boxed<Part>& itself = one;
  one = itself;
  EXPECT_EQ(one->text, "two");
  one = Boxed<Part>();
  EXPECT_TRUE(one.is_fresh());
}

TEST(Boxed, MovesWithoutACopy) {
  Boxed<Part> one;
  one.edit().text = "one";
  const Part* const part = &*one;
  const Boxed<Part> two = std::move(one);
  EXPECT_EQ(&*two, part);
  EXPECT_EQ(two->text, "one");
  static_assert(std::is_nothrow_move_constructible_v<Boxed<Part>> && std::is_nothrow_move_assignable_v<Boxed<Part>>,
                "a vector that grows would copy all of them");
}

}  // namespace
}  // namespace assay
