// SPDX-License-Identifier: Apache-2.0
#include "reports/numbers.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/cases.h"
#include "support/numbers.h"

namespace assay::reports {
namespace {

using test::kInfinity;
using test::kNaN;

struct HumanCase {
  const char* name;
  double value;
  const char* unit;
  const char* text;
};

constexpr HumanCase kHumanCases[] = {
    {"Bandwidth", 41.216e9, "B/s", "41.2 GB/s"},
    {"Dimensionless", 0.5, "1", "0.5"},
    {"NoUnit", 12, "", "12"},
    {"Percent", 99.5, "%", "99.5 %"},
    {"Celsius", 85, "Cel", "85 °C"},
    {"Micro", 12, "us", "12 µs"},
    {"Annotation", 71298, "{event}/s", "71\u202F298 event/s"},
    {"UnknownUnit", 3, "furlong", "3 furlong"},
    {"UnknownUnitRounded", 3.14159265, "furlong", "3.142 furlong"},
    {"NotANumber", kNaN, "B", "NaN"},
    {"Infinite", kInfinity, "s", "∞ s"},
    {"NegativeInfinite", -kInfinity, "1", "−∞"},
};

class Human : public ::testing::TestWithParam<HumanCase> {};

TEST_P(Human, ReadsLikeThis) { EXPECT_EQ(human(GetParam().value, GetParam().unit), GetParam().text); }

INSTANTIATE_TEST_SUITE_P(Values, Human, ::testing::ValuesIn(kHumanCases), test::case_name);

TEST(Fixed, HasNoTrailingZeros) {
  EXPECT_EQ(fixed(1.50, 2), "1.5");
  EXPECT_EQ(fixed(2.0, 3), "2");
  EXPECT_EQ(fixed(-0.0001, 2), "0");
  EXPECT_EQ(fixed(100, 0), "100");
  EXPECT_EQ(fixed(1e300, 1).size(), 301U);
}

TEST(Percent, IsNeverRoundedUp) {
  EXPECT_EQ(percent(0.95), "95 %");
  EXPECT_EQ(percent(0.9921875), "99.2 %");
  EXPECT_EQ(percent(0.99996), "99.9 %");
  EXPECT_EQ(percent(1), "100 %");
  EXPECT_EQ(percent(0), "0 %");
  EXPECT_EQ(percent(kNaN), "? %");
}

TEST(UnitForPeople, KeepsWhatItDoesNotKnow) {
  EXPECT_EQ(unit_for_people("us/s"), "µs/s");
  EXPECT_EQ(unit_for_people("{event}/s"), "event/s");
  EXPECT_EQ(unit_for_people("GB/s"), "GB/s");
  EXPECT_EQ(unit_for_people("bus"), "bus");
  EXPECT_EQ(unit_for_people(""), "");
}

TEST(GroupThousands, StartsAtFiveDigits) {
  EXPECT_EQ(group_thousands("1234"), "1234");
  EXPECT_EQ(group_thousands("12345"), "12\u202F345");
  EXPECT_EQ(group_thousands("-1234567.891"), "-1\u202F234\u202F567.891");
  EXPECT_EQ(group_thousands("none"), "none");
}

TEST(ScaleFor, FindsThePrefixThatFits) {
  const Scale scale = scale_for(41.2e9, "B/s");
  EXPECT_EQ(scale.unit, "GB/s");
  EXPECT_DOUBLE_EQ(scale.factor, 1e-9);
}

TEST(ScaleFor, LeavesWhatItCannotScale) {
  EXPECT_EQ(scale_for(85, "Cel").factor, 1);
  EXPECT_EQ(scale_for(85, "furlong").unit, "furlong");
  EXPECT_EQ(scale_for(kInfinity, "B").factor, 1);
  EXPECT_EQ(scale_for(0.5, "1").factor, 1);
  EXPECT_EQ(scale_for(0.5, "").factor, 1);
}

}  // namespace
}  // namespace assay::reports
