// SPDX-License-Identifier: Apache-2.0
// Steps that hide what they start: from their parent, their session, their environment. And two controllers for one
// run.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <fstream>

#include "engine/base/files.h"
#include "fault/fault.h"
#include "fault/scene.h"

namespace assay::test {
namespace {

constexpr const char* kHead = "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: hides, version: 1.0.0 }\nsteps:\n";

// Leaves a process behind whose parent is gone, in a session of its own, deaf to TERM, with the step's output open.
// `wiped`: without the environment as well. It writes its pid beside the recipe.
std::string hide(const std::filesystem::path& beside, bool wiped) {
  const std::string program = wiped ? "env -i /bin/sh" : "sh";
  return "( setsid " + program + " -c \"trap : TERM; trap \\\"\\\" TERM; echo \\$\\$ >>" +
         (beside / "hidden").string() + "; exec sleep 1000\" & ) ; while ! test -s " + (beside / "hidden").string() +
         "; do sleep 0.01; done";
}

Recipe hides_and_hangs(const std::filesystem::path& script) {
  const std::string file = (script.parent_path() / "hide.sh").string();
  std::ofstream(file) << "printf '%s\\n' \"${ASSAY_STEP#*/}\" >>" << (script.parent_path() / "effects").string() << '\n'
                      << hide(script.parent_path(), false) << '\n'
                      << "if test \"$1\" = wiped; then : >" << (script.parent_path() / "hidden").string() << '\n'
                      << hide(script.parent_path(), true) << "\nfi\nexec sleep 1000\n";
  return {.main = std::string(kHead) + "  - { id: hangs, run: [sh, \"" + file + "\", wiped], timeout: 1s }\n",
          .files = {}};
}

// The first attempt hides a process and hangs; the next one ends well.
Recipe hides_until_killed(const std::filesystem::path& script) {
  const std::filesystem::path beside = script.parent_path();
  const std::string file = (beside / "hide.sh").string();
  std::ofstream(file) << "printf '%s\\n' \"${ASSAY_STEP#*/}\" >>" << (beside / "effects").string() << '\n'
                      << "case \"$ASSAY_STEP\" in *#1) " << hide(beside, false) << "; exec sleep 1000;; esac\n";
  return {.main = std::string(kHead) + "  - { id: hangs, run: [sh, \"" + file + "\"] }\n", .files = {}};
}

Recipe waits_at_a_gate(const std::filesystem::path& script) {
  const std::string gate = (script.parent_path() / "gate").string();
  const std::string run = "run: [sh, \"" + script.string() + "\", ";
  return {.main = std::string(kHead) + "  - { id: before, " + run + "':'] }\n  - { id: gate, " + run + "'read line <" +
                  gate + "'] }\n  - { id: after, " + run + "':'] }\n",
          .files = {}};
}

// A dead one that nobody has waited for yet is not alive.
bool alive(pid_t pid) {
  const auto status = read_file("/proc/" + std::to_string(pid) + "/status");
  return status && status->find("State:\tZ") == std::string::npos;
}

std::vector<pid_t> hidden(const std::filesystem::path& folder) {
  std::ifstream file(folder / "hidden");
  std::vector<pid_t> out;
  for (pid_t pid = 0; file >> pid;) out.push_back(pid);
  return out;
}

// Waits until `done`, while the program runs.
template <class Done>
bool wait_while_running(Running& program, Done done) {
  while (!done()) {
    if (program.wait(std::chrono::milliseconds(5))) return done();
  }
  return true;
}

TEST(Orphans, OfAStepAreGoneAfterTimeoutAndGrace) {
  const TempFolder folder("assay-fault");
  const Scene scene(folder.path(), hides_and_hangs);
  const Invocation run = scene.run();
  const Outcome outcome = run_program(run);
  EXPECT_EQ(outcome.exit_code, 3) << outcome.describe(run);
  EXPECT_FALSE(outcome.output_left_open);
  EXPECT_LT(outcome.elapsed, std::chrono::seconds(30));
  const auto pids = hidden(folder.path());
  ASSERT_FALSE(pids.empty()) << outcome.describe(run);
  for (const pid_t pid : pids) EXPECT_FALSE(alive(pid)) << pid;
  EXPECT_TRUE(marked_processes(scene.record().filename().string()).empty());
  EXPECT_NE(scene.result().steps["hangs"].find("error"), std::string::npos);
}

TEST(Orphans, OfADeadControllerAreGoneAfterResume) {
  const TempFolder folder("assay-fault");
  const Scene scene(folder.path(), hides_until_killed);
  {
    Running run(scene.run(), folder / "output");
    // Both are there: the step and what it hid. In the middle of an exec a process shows no environment.
    ASSERT_TRUE(wait_while_running(run, [&] {
      return !hidden(folder.path()).empty() && marked_processes(scene.record().filename().string()).size() >= 2;
    })) << slurp(folder / "output");
    run.kill(Reach::kController);
  }
  const std::string id = scene.record().filename().string();
  ASSERT_TRUE(alive(hidden(folder.path()).front()));
  const Invocation resume = scene.resume();
  const Outcome outcome = run_program(resume);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.describe(resume);
  EXPECT_TRUE(marked_processes(id).empty());
  EXPECT_FALSE(alive(hidden(folder.path()).front()));
  EXPECT_EQ(scene.journal().attempts["hangs"], 2);
  EXPECT_EQ(scene.effects(), (std::map<std::string, int>{{"hangs#1", 1}, {"hangs#2", 1}}));
}

TEST(Controllers, OnlyOneResumesARun) {
  const TempFolder folder("assay-fault");
  const Scene scene(folder.path(), waits_at_a_gate);
  ASSERT_EQ(::mkfifo((folder / "gate").c_str(), 0600), 0);
  {
    Running run(scene.run(), folder / "output");
    ASSERT_TRUE(wait_while_running(run, [&] { return scene.effects().count("gate#1") > 0; }))
        << slurp(folder / "output");
    run.kill(Reach::kController);
  }
  Running first(scene.resume(), folder / "first");
  ASSERT_TRUE(wait_while_running(first, [&] { return scene.effects().count("gate#2") > 0; }))
      << slurp(folder / "first");
  const std::string journal = slurp(scene.record() / "journal.jsonl");

  const Invocation resume = scene.resume();
  const Outcome second = run_program(resume);
  EXPECT_EQ(second.exit_code, 3) << second.describe(resume);
  EXPECT_NE(second.err.find(std::to_string(first.pid())), std::string::npos) << second.describe(resume);
  EXPECT_EQ(slurp(scene.record() / "journal.jsonl"), journal);
  EXPECT_FALSE(first.wait(std::chrono::microseconds(0)));

  std::ofstream(folder / "gate") << "go\n";
  ASSERT_TRUE(first.wait(std::chrono::minutes(1)));
  EXPECT_EQ(first.exit_code(), 0) << slurp(folder / "first");
  EXPECT_EQ(scene.effects(),
            (std::map<std::string, int>{{"before#1", 1}, {"gate#1", 1}, {"gate#2", 1}, {"after#1", 1}}));
}

}  // namespace
}  // namespace assay::test
