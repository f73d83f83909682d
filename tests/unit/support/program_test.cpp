// SPDX-License-Identifier: Apache-2.0
#include "support/program.h"

#include <gtest/gtest.h>

#include <csignal>

#include "support/temp_folder.h"

namespace assay::test {
namespace {

class RunProgram : public ::testing::Test {
 protected:
  Invocation script(const std::string& text) const {
    return {.argv = {"sh", "-c", text}, .folder = folder_.path(), .limit = std::chrono::seconds(20)};
  }
  TempFolder folder_;
};

TEST_F(RunProgram, KeepsTheStreamsApart) {
  const Outcome outcome = run_program(script("echo result; echo talk >&2; exit 7"));
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_EQ(outcome.signal, std::nullopt);
  EXPECT_EQ(outcome.out, "result\n");
  EXPECT_EQ(outcome.err, "talk\n");
  EXPECT_EQ(outcome.transcript.size(), outcome.out.size() + outcome.err.size());
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_FALSE(outcome.output_left_open);
}

TEST_F(RunProgram, StartsInTheFolderWithACleanEnvironment) {
  ::setenv("ASSAY_TEST_LEAK", "leaked", 1);
  Invocation invocation = script("pwd; env | sort | grep -v '^\\(_\\|PWD\\|SHLVL\\|OLDPWD\\|[A-Z]*SAN_OPTIONS\\)='");
  invocation.environment = {{"GIVEN", "a b"}, {"TMPDIR", ""}};
  const Outcome outcome = run_program(invocation);
  ::unsetenv("ASSAY_TEST_LEAK");
  const std::string here = folder_.path().string();
  EXPECT_EQ(outcome.out, here + "\nASSAY_LOCK_DIR=" + here + "/.locks\nGIVEN=a b\nHOME=" + here +
                             "\nLC_ALL=C.UTF-8\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
                             "TZ=UTC\n");
}

TEST_F(RunProgram, PassesArgumentsAsTheyAre) {
  const Outcome outcome =
      run_program({.argv = {"printf", "[%s]", "a b", "$HOME", "'\"", "中文"}, .folder = folder_.path()});
  EXPECT_EQ(outcome.out, "[a b][$HOME]['\"][中文]");
}

TEST_F(RunProgram, FeedsStdin) {
  Invocation invocation = script("wc -c");
  invocation.input = std::string(300'000, 'x');  // more than a pipe holds
  EXPECT_EQ(run_program(invocation).out, "300000\n");
}

TEST_F(RunProgram, StdinIsEmptyUnlessGiven) { EXPECT_EQ(run_program(script("cat; echo end")).out, "end\n"); }

TEST_F(RunProgram, ReadsMoreThanAPipeHolds) {
  const Outcome outcome = run_program(script("head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2"));
  EXPECT_EQ(outcome.out.size(), 1'000'000U);
  EXPECT_EQ(outcome.err.size(), 1'000'000U);
}

TEST_F(RunProgram, AMissingProgramEndsWith127) {
  const Outcome outcome = run_program({.argv = {"no-such-program"}, .folder = folder_.path()});
  EXPECT_EQ(outcome.exit_code, 127);
  EXPECT_EQ(outcome.err, "cannot start 'no-such-program': No such file or directory\n");
}

TEST_F(RunProgram, LooksOnThePathItGives) {
  folder_.write("bin/tool", "#!/bin/sh\necho ours\n");
  std::filesystem::permissions(folder_ / "bin/tool", std::filesystem::perms::owner_all);
  Invocation invocation{.argv = {"tool"}, .folder = folder_.path()};
  invocation.environment["PATH"] = (folder_ / "bin").string() + ":/bin";
  EXPECT_EQ(run_program(invocation).out, "ours\n");
}

TEST_F(RunProgram, TellsTheSignalThatEndedIt) {
  const Outcome outcome = run_program(script("kill -SEGV $$"));
  EXPECT_EQ(outcome.exit_code, std::nullopt);
  EXPECT_EQ(outcome.signal, SIGSEGV);
}

TEST_F(RunProgram, EndsTheWholeGroupAtTheLimit) {
  Invocation invocation = script("sleep 1000 & echo $!; wait");
  invocation.limit = std::chrono::milliseconds(300);
  const Outcome outcome = run_program(invocation);
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_EQ(outcome.signal, SIGKILL);
  EXPECT_FALSE(outcome.output_left_open) << "the sleeping child still holds stdout";
  EXPECT_LT(outcome.elapsed, std::chrono::seconds(10));
}

TEST_F(RunProgram, SaysWhenADescendantKeepsTheOutput) {
  const Outcome outcome = run_program(script("sleep 2 & exit 3"));
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_TRUE(outcome.output_left_open);
}

TEST_F(RunProgram, SendsASignalWhenTheOutputSaysSo) {
  Invocation invocation =
      script("trap 'echo caught; exit 130' INT; echo ready; while :; do read -r x </dev/null; sleep 0.02; done");
  invocation.moments = {{.after = "ready\n", .signal = SIGINT}};
  const Outcome outcome = run_program(invocation);
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_EQ(outcome.out, "ready\ncaught\n");
  EXPECT_EQ(outcome.moments_reached, 1U);
}

TEST_F(RunProgram, MomentsComeInOrderAndOncePerText) {
  Invocation invocation = script(
      "n=0; trap 'n=$((n+1)); echo again $n; [ $n = 2 ] && exit 0' TERM; echo again 0; while :; do sleep 0.02; done");
  invocation.moments = {
      {.after = "again", .signal = SIGTERM}, {.after = "again", .signal = SIGTERM}, {.after = "never"}};
  const Outcome outcome = run_program(invocation);
  EXPECT_EQ(outcome.out, "again 0\nagain 1\nagain 2\n");
  EXPECT_EQ(outcome.moments_reached, 2U);
}

TEST_F(RunProgram, GivesATerminalOfTheSizeAskedFor) {
  Invocation invocation = script("test -t 0 && test -t 1 && test -t 2 && stty size; echo $TERM");
  invocation.terminal = TerminalSize{.columns = 100, .rows = 30};
  const Outcome outcome = run_program(invocation);
  EXPECT_EQ(outcome.out, "30 100\r\nxterm-256color\r\n");
  EXPECT_EQ(outcome.err, "");
}

// cat, not a shell: it does nothing but read and write, so Ctrl-C cannot fall between two of its children.
TEST_F(RunProgram, TypesKeysIntoTheTerminal) {
  const Invocation invocation{.argv = {"cat"},
                              .folder = folder_.path(),
                              .limit = std::chrono::seconds(20),
                              .moments = {{.keys = "ada\n"}, {.after = "ada\r\nada\r\n", .keys = "\x03"}},
                              .terminal = TerminalSize{}};
  const Outcome outcome = run_program(invocation);
  EXPECT_EQ(outcome.signal, SIGINT) << outcome.describe(invocation);
  EXPECT_EQ(outcome.out, "ada\r\nada\r\n^C");
  EXPECT_EQ(outcome.moments_reached, 2U);
}

TEST_F(RunProgram, KeysWithoutATerminalAreAMistakeOfTheTest) {
  Invocation invocation = script("true");
  invocation.moments = {{.keys = "x"}};
  EXPECT_THROW(run_program(invocation), std::logic_error);
}

TEST_F(RunProgram, DescribesWhatWasRun) {
  const Invocation invocation = script("echo a; echo b >&2; exit 3");
  EXPECT_EQ(run_program(invocation).describe(invocation),
            "command: 'sh' '-c' 'echo a; echo b >&2; exit 3'\nin:      " + folder_.path().string() +
                "\nended:   with 3\n--- stdout ---\na\n\n--- stderr ---\nb\n");
}

}  // namespace
}  // namespace assay::test
