// SPDX-License-Identifier: Apache-2.0
// Writing the record fails, at every call that writes, syncs or names a file of it. The run must end at once and say
// why, nothing may be done that the record does not know of, and with room again the run must go on.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include "fault/fault.h"
#include "fault/scene.h"

namespace assay::test {
namespace {

struct Case {
  const char* name;
  const char* calls;
  const char* action;
  int error;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class WriteFails : public ::testing::TestWithParam<Case> {};

Result undisturbed(Recipe (*recipe)(const std::filesystem::path&)) {
  const TempFolder folder("assay-fault");
  const Scene scene(folder.path(), recipe);
  EXPECT_EQ(run_program(scene.run()).exit_code, 0);
  return scene.result();
}

// False: the run ended before it came to that call.
bool fail_at(int at, const Case& one, Recipe (*recipe)(const std::filesystem::path&), const Result& whole) {
  const std::string how =
      std::string(one.action) + " " + std::strerror(one.error) + " at call " + std::to_string(at) + " of " + one.calls;
  const TempFolder folder("assay-fault");
  const Scene scene(folder.path(), recipe);
  Invocation run = scene.run();
  preload(run, {.files = "/runs/", .calls = one.calls, .at = at, .action = one.action, .error = one.error},
          folder / "fired");
  const Outcome outcome = run_program(run);
  if (!std::filesystem::exists(folder / "fired")) {
    EXPECT_EQ(outcome.exit_code, 0) << how << '\n' << outcome.describe(run);
    return false;
  }
  // When nothing was left to begin, the room that was kept is enough to end as if nothing had happened.
  if (one.error == ENOSPC && outcome.exit_code == 0) {
    expect_as_good_as(whole, scene, {}, how);
    return !::testing::Test::HasFailure();
  }
  EXPECT_EQ(outcome.exit_code, 3) << how << '\n' << outcome.describe(run);
  const std::string told = outcome.err + outcome.out;
  // With the room that was kept the journal goes on, and the run says in its own words that the disk is full.
  const bool full = one.error == ENOSPC && told.find(" is full: the run ends here in order") != std::string::npos;
  EXPECT_TRUE(full || told.find(std::strerror(one.error)) != std::string::npos) << how << '\n' << outcome.describe(run);
  expect_nothing_unknown(scene, how);
  const auto before = effects_of_finished(scene);
  resume_to_the_end(scene, how);
  expect_as_good_as(whole, scene, before, how);
  return !::testing::Test::HasFailure();
}

void fail_everywhere(const Case& one, Recipe (*recipe)(const std::filesystem::path&), int stride) {
  const Result whole = undisturbed(recipe);
  int at = 1;
  while (!::testing::Test::HasFailure() && fail_at(at, one, recipe, whole)) at += stride;
}

TEST_P(WriteFails, EndsTheRunAndLosesNothing) { fail_everywhere(GetParam(), short_recipe, 1); }

TEST_P(WriteFails, AlsoBeforeTheFirstStep) { fail_everywhere(GetParam(), tested_recipe, 1); }

class SlowWriteFails : public WriteFails {};
TEST_P(SlowWriteFails, EndsTheRunAndLosesNothing) { fail_everywhere(GetParam(), mixed_recipe, 1); }

constexpr Case kCases[] = {
    {"NoRoomAnyMore", "write,sync,name", "fail-ever", ENOSPC},
    {"NoRoomOnce", "write", "fail-once", ENOSPC},
    {"TornThenNoRoom", "write", "torn-ever", ENOSPC},
    {"AnError", "write,sync,name", "fail-ever", EIO},
    {"AnErrorOfOneSync", "sync", "fail-once", EIO},  // what a failed sync has dropped, a second one does not bring back
};
std::string name_of(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(, WriteFails, ::testing::ValuesIn(kCases), name_of);
INSTANTIATE_TEST_SUITE_P(, SlowWriteFails, ::testing::ValuesIn(kCases), name_of);

TEST(WriteIsShort, TheRestIsWrittenToo) {
  const Result whole = undisturbed(short_recipe);
  for (int at = 1;; ++at) {
    const TempFolder folder("assay-fault");
    const Scene scene(folder.path(), short_recipe);
    Invocation run = scene.run();
    preload(run, {.files = "/runs/", .calls = "write", .at = at, .action = "short"}, folder / "fired");
    const Outcome outcome = run_program(run);
    const std::string how = "short at write " + std::to_string(at);
    ASSERT_EQ(outcome.exit_code, 0) << how << '\n' << outcome.describe(run);
    expect_as_good_as(whole, scene, {}, how);
    if (HasFailure() || !std::filesystem::exists(folder / "fired")) return;
  }
}

}  // namespace
}  // namespace assay::test
