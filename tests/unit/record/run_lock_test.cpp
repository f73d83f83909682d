// SPDX-License-Identifier: Apache-2.0
#include "engine/record/run_lock.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/temp_folder.h"

namespace assay::record {
namespace {

TEST(RunLocks, ARunHasOneControllerAndOtherRunsTheirs) {
  const test::TempFolder store("store");
  const test::FakeClock clock;
  EXPECT_EQ(run_holder(store.path(), "r1"), std::nullopt);
  std::optional<RunLock> first = *RunLock::take(store.path(), "r1", clock);
  EXPECT_TRUE(RunLock::take(store.path(), "r2", clock));
  const auto second = RunLock::take(store.path(), "r1", clock);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kLocked);
  EXPECT_EQ(second.error().message, "run r1 is held by " + describe(system::holder_here("run r1", clock)));
  EXPECT_EQ(run_holder(store.path(), "r1")->purpose, "run r1");
  first.reset();
  EXPECT_EQ(run_holder(store.path(), "r1"), std::nullopt);
  EXPECT_TRUE(std::filesystem::is_empty(store / "locks"));
}

TEST(RunLocks, ALockThatMovesStaysHeld) {
  const test::TempFolder store("store");
  const test::FakeClock clock;
  RunLock one = *RunLock::take(store.path(), "r1", clock);
  RunLock two = *RunLock::take(store.path(), "r2", clock);
  one = std::move(two);
  EXPECT_EQ(run_holder(store.path(), "r1"), std::nullopt);
  EXPECT_EQ(run_holder(store.path(), "r2")->purpose, "run r2");
  const RunLock three = std::move(one);
  EXPECT_EQ(run_holder(store.path(), "r2")->purpose, "run r2");
}

}  // namespace
}  // namespace assay::record
