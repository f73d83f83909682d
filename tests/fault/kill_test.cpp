// SPDX-License-Identifier: Apache-2.0
// SIGKILL for the controller, at every line and every sync of the journal and at random instants; then resume.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <random>

#include "fault/fault.h"
#include "fault/scene.h"

namespace assay::test {
namespace {

using std::chrono::microseconds;

// What a run comes to that nobody disturbs, and how long it takes.
struct Whole {
  Result result;
  microseconds time{};
  bool good = false;
};
Whole undisturbed(Recipe (*recipe)(const std::filesystem::path&)) {
  const TempFolder folder("assay-fault");
  const Scene scene(folder.path(), recipe);
  const Invocation run = scene.run();
  const Outcome outcome = run_program(run);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.describe(run);
  const Whole whole{.result = scene.result(),
                    .time = std::chrono::duration_cast<microseconds>(outcome.elapsed),
                    .good = outcome.exit_code == 0};
  expect_as_good_as(whole.result, scene, {}, "undisturbed");
  return whole;
}

class Killed : public ::testing::Test {
 protected:
  // Kills at the first, second … call until the run ends without meeting the fault.
  static void at_every_call(const std::string& calls, const std::vector<std::string>& actions, int stride) {
    const Whole whole = undisturbed(mixed_recipe);
    if (!whole.good) return;
    int at = 1;
    for (;; at += stride) {
      const std::string& action = actions[static_cast<std::size_t>(at) % actions.size()];
      const std::string how = action + " at call " + std::to_string(at) + " of " + calls;
      const TempFolder folder("assay-fault");
      const Scene scene(folder.path(), mixed_recipe);
      Invocation run = scene.run();
      preload(run, {.calls = calls, .at = at, .action = action}, folder / "fired");
      const Outcome outcome = run_program(run);
      if (!std::filesystem::exists(folder / "fired")) {
        EXPECT_EQ(outcome.exit_code, 0) << how << '\n' << outcome.describe(run);
        break;
      }
      ASSERT_EQ(outcome.signal, SIGKILL) << how << '\n' << outcome.describe(run);
      const auto before = effects_of_finished(scene);
      resume_to_the_end(scene, how);
      expect_as_good_as(whole.result, scene, before, how);
      if (HasFailure()) return;  // one is enough to look at, and its folder is kept
    }
    // Two steps at a time can share one write, not more.
    EXPECT_GT(at, static_cast<int>(whole.result.steps.size()) / 2) << "the journal was hardly written to";
  }

  static void at_random_instants(int trials) {
    const Whole whole = undisturbed(mixed_recipe);
    if (!whole.good) return;
    const char* given = std::getenv("ASSAY_FAULT_SEED");
    const unsigned seed = given != nullptr ? static_cast<unsigned>(std::atoi(given)) : std::random_device{}();
    RecordProperty("seed", static_cast<int>(seed));
    std::mt19937 random(seed);
    int cut = 0;
    for (int trial = 0; trial < trials; ++trial) {
      const std::string how = "trial " + std::to_string(trial) + ", ASSAY_FAULT_SEED=" + std::to_string(seed);
      const TempFolder folder("assay-fault");
      const Scene scene(folder.path(), mixed_recipe);
      std::uniform_int_distribution<std::int64_t> instant(0, whole.time.count());
      const auto reach = random() % 2 == 0 ? Reach::kController : Reach::kEverything;
      if (!run_and_kill(scene.run(), microseconds(instant(random)), reach)) ++cut;
      auto before = effects_of_finished(scene);
      // Resuming may be killed as well.
      for (auto times = random() % 3; times > 0 && !scene.journal().started.empty(); --times) {
        const auto code = run_and_kill(scene.resume(), microseconds(instant(random) / 2), reach);
        EXPECT_EQ(code.value_or(0), 0) << how;
        before.merge(effects_of_finished(scene));
      }
      resume_to_the_end(scene, how);
      expect_as_good_as(whole.result, scene, before, how);
      if (HasFailure()) return;
    }
    EXPECT_GT(cut, trials / 2) << "most runs ended before they were killed";
    std::cerr << cut << " of " << trials << " runs were cut off; seed " << seed << '\n';
  }
};

TEST_F(Killed, AtEveryWriteOfTheJournal) {
  at_every_call("write", {"kill-before", "kill-half", "kill-after-all", "kill-after"}, 5);
}
TEST_F(Killed, AtEverySyncOfTheJournal) { at_every_call("sync", {"kill-before-all", "kill-after", "kill-before"}, 4); }
TEST_F(Killed, AtRandomInstants) { at_random_instants(100); }

class SlowKilled : public Killed {};
TEST_F(SlowKilled, BeforeEveryWrite) { at_every_call("write", {"kill-before"}, 1); }
TEST_F(SlowKilled, InTheMiddleOfEveryWrite) { at_every_call("write", {"kill-half"}, 1); }
TEST_F(SlowKilled, AfterEveryWrite) { at_every_call("write", {"kill-after"}, 1); }
TEST_F(SlowKilled, AfterEveryWriteWithAllItStarted) { at_every_call("write", {"kill-after-all"}, 1); }
TEST_F(SlowKilled, BeforeAndAfterEverySync) { at_every_call("sync", {"kill-before", "kill-after-all"}, 1); }
TEST_F(SlowKilled, AtRandomInstants) { at_random_instants(1000); }

}  // namespace
}  // namespace assay::test
