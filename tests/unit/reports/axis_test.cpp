// SPDX-License-Identifier: Apache-2.0
#include "reports/axis.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/base/text.h"
#include "support/cases.h"

namespace assay::reports {
namespace {

constexpr double kHuge = std::numeric_limits<double>::max();
constexpr double kSmallest = std::numeric_limits<double>::denorm_min();

std::string ticks(const Axis& axis) {
  std::vector<std::string> parts;
  for (const double tick : axis.ticks) parts.push_back(tick_text(tick, axis.step));
  return join(parts, " ");
}

struct AxisCase {
  const char* name;
  double low;
  double high;
  const char* ticks;
};

constexpr AxisCase kAxisCases[] = {
    {"Small", 0, 10, "0 2.5 5 7.5 10"},
    {"Quarters", 1.27, 1.35, "1.28 1.3 1.32 1.34"},
    {"TwoAndAHalf", 0, 1.1, "0 0.25 0.5 0.75 1"},
    {"AcrossZero", -3, 3, "-2 0 2"},
    {"Large", 60000, 71420, "60\u202F000 65\u202F000 70\u202F000"},
    {"Negative", -71420, -60000, "-70\u202F000 -65\u202F000 -60\u202F000"},
    {"OnePoint", 5, 5, "4.8 4.9 5 5.1 5.2"},
    {"OneNegativePoint", -5, -5, "-5.2 -5.1 -5 -4.9 -4.8"},
    {"OnlyZero", 0, 0, "-0.4 -0.2 0 0.2 0.4"},
    {"HardlyDifferent", 1, 1 + 1e-12, "0.96 0.98 1 1.02 1.04"},
    {"Denormal", 0, kSmallest, "-0.4 -0.2 0 0.2 0.4"},
    {"VerySmall", 1e-9, 3e-9, "1e-9 1.5e-9 2e-9 2.5e-9 3e-9"},
    {"VeryLarge", 1e12, 3e12, "1e12 1.5e12 2e12 2.5e12 3e12"},
    {"LargestDoubles", -kHuge, kHuge, "-1e300 -5e299 0 5e299 1e300"},
};

class AxisOf : public ::testing::TestWithParam<AxisCase> {};

TEST_P(AxisOf, HasRoundTicksInside) {
  const Axis axis = make_axis(GetParam().low, GetParam().high, 5);
  EXPECT_EQ(ticks(axis), GetParam().ticks);
  EXPECT_TRUE(std::isfinite(axis.high - axis.low));
  EXPECT_LT(axis.low, axis.high);
  for (const double tick : axis.ticks) {
    EXPECT_GE(axis.place(tick), 0);
    EXPECT_LE(axis.place(tick), 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Ranges, AxisOf, ::testing::ValuesIn(kAxisCases), test::case_name);

TEST(Axis, LeavesRoomAtBothEnds) {
  const Axis axis = make_axis(10, 20, 5);
  EXPECT_DOUBLE_EQ(axis.low, 9.4);
  EXPECT_DOUBLE_EQ(axis.high, 20.6);
  EXPECT_NEAR(axis.place(15), 0.5, 1e-12);
}

TEST(Axis, NeverHasMoreTicksThanAsked) {
  for (double high = 1; high < 2000; high *= 1.07) EXPECT_LE(make_axis(0, high, 5).ticks.size(), 6U) << high;
}

TEST(TickText, HasTheDecimalsOfTheStep) {
  EXPECT_EQ(tick_text(1.25, 0.25), "1.25");
  EXPECT_EQ(tick_text(2, 0.5), "2");
  EXPECT_EQ(tick_text(1e-17, 0.5), "0");
  EXPECT_EQ(tick_text(1234, 1), "1234");
  EXPECT_EQ(tick_text(1234567, 1), "1\u202F234\u202F567");
}

}  // namespace
}  // namespace assay::reports
