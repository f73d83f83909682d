// SPDX-License-Identifier: Apache-2.0
#include "support/fake_clock.h"

#include <gtest/gtest.h>

namespace assay::test {
namespace {

TEST(FakeClock, StartsAtANamedTime) { EXPECT_EQ(format_rfc3339(FakeClock().wall()), "2026-01-31T08:30:00.000000Z"); }

TEST(FakeClock, StandsStillUntilItIsAdvanced) {
  const FakeClock clock;
  EXPECT_EQ(clock.wall(), clock.wall());
  EXPECT_EQ(clock.steady(), clock.steady());
}

TEST(FakeClock, AdvancesBothTimes) {
  FakeClock clock;
  const auto steady = clock.steady();
  clock.advance(std::chrono::milliseconds(1500));
  EXPECT_EQ(format_rfc3339(clock.wall()), "2026-01-31T08:30:01.500000Z");
  EXPECT_EQ(clock.steady() - steady, std::chrono::milliseconds(1500));
}

TEST(FakeClock, SettingTheWallLeavesTheSteadyTime) {
  FakeClock clock;
  const auto steady = clock.steady();
  clock.set_wall(WallTime{});
  EXPECT_EQ(format_rfc3339(clock.wall()), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(clock.steady(), steady);
}

}  // namespace
}  // namespace assay::test
