// SPDX-License-Identifier: Apache-2.0
#include "engine/system/spawn.h"

#include <gmock/gmock.h>

#include "support/temp_folder.h"

namespace assay::system {
namespace {

const std::vector<std::pair<std::string, std::string>> kEnv = {{"PATH", "/usr/bin:/bin"}};

Result<Captured> capture(std::vector<std::string> argv, std::chrono::milliseconds deadline = std::chrono::seconds(20),
                         std::size_t limit = 1U << 20U) {
  return run_captured({.argv = std::move(argv), .env = kEnv, .cwd = {}}, deadline, limit);
}

TEST(RunCaptured, GivesBothStreamsAndTheExitCode) {
  const auto result = capture({"sh", "-c", "echo out; echo err >&2; exit 3"});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->out, "out\n");
  EXPECT_EQ(result->err, "err\n");
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->signal, 0);
}

TEST(RunCaptured, NamesTheSignalThatKilled) {
  const auto result = capture({"sh", "-c", "kill -9 $$"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->signal, 9);
  EXPECT_EQ(result->exit_code, 137);
}

TEST(RunCaptured, EndsWhatOverrunsItsDeadline) {
  const auto result = capture({"sleep", "60"}, std::chrono::milliseconds(50));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kDeadline);
  EXPECT_EQ(result.error().message, "'sleep' did not end within 50ms");
}

TEST(RunCaptured, RefusesTooMuchOutput) {
  const auto result = capture({"sh", "-c", "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done"},
                              std::chrono::seconds(20), 100'000);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kTooLarge);
}

TEST(RunCaptured, ChildrenReadNothingAndHaveDefaultSignals) {
  const auto result = capture({"sh", "-c", "cat; grep SigIgn /proc/self/status"});
  ASSERT_TRUE(result);
  // Signals 32 and 33 are glibc's own (cancellation, setxid); posix_spawn leaves them ignored in every child.
  EXPECT_EQ(result->out, "SigIgn:\t0000000180000000\n");
}

TEST(RunCaptured, GivesTheChildItsInput) {
  const std::string input = std::string(200'000, 'x') + "\n\0end";
  const auto result = run_captured({.argv = {"cat"}, .env = kEnv, .cwd = {}, .input = input}, std::chrono::seconds(20));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->out, input);
}

TEST(RunCaptured, PassesArgumentsUnharmed) {
  const std::string hostile = "a b\n'\"$(x)\\ \xE4\xB8\xAD\xFF";
  const auto result = capture({"printf", "%s", hostile});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->out, hostile);
}

TEST(Spawn, SaysWhyAProgramCannotStart) {
  const test::TempFolder folder;
  const auto script = folder.write("plain", "not a program");
  const auto message = [](ProcessSpec spec) {
    const auto result = spawn(spec);
    return result ? std::string("started") : result.error().message;
  };
  EXPECT_EQ(message({.argv = {"no-such-tool"}, .env = kEnv, .cwd = {}}),
            "cannot start 'no-such-tool': not found on PATH");
  EXPECT_EQ(message({.argv = {"/no/such"}, .env = kEnv, .cwd = {}}), "cannot start '/no/such': no such file");
  EXPECT_EQ(message({.argv = {script.string()}, .env = kEnv, .cwd = {}}),
            "cannot start '" + script.string() + "': it is not an executable file");
  EXPECT_EQ(message({.argv = {"true"}, .env = kEnv, .cwd = "/no/folder"}),
            "cannot start 'true': its working folder '/no/folder' does not exist");
  EXPECT_EQ(message({.argv = {"echo", std::string("a\0b", 3)}, .env = kEnv, .cwd = {}}),
            "cannot start 'echo': an argument or variable contains a NUL byte");
  EXPECT_EQ(message({.argv = {}, .env = kEnv, .cwd = {}}), "cannot start '': no program is named");
}

TEST(FindProgram, NeverLooksInTheCurrentFolder) {
  EXPECT_FALSE(find_program("sh", "::"));
  const auto found = find_program("sh", ":/no/such:/usr/bin:/bin");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->filename(), "sh");
}

}  // namespace
}  // namespace assay::system
