// SPDX-License-Identifier: Apache-2.0
#include "engine/system/spawn.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/stat.h>

#include <cstdlib>

#include "engine/base/text.h"
#include "support/cases.h"
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

TEST(RunCaptured, ChildrenHaveTheUmaskOfAStepWhateverOursIs) {
  const test::TempFolder folder;
  const mode_t before = ::umask(077);
  const auto result = run_captured({.argv = {"sh", "-c", "umask; touch made"}, .env = kEnv, .cwd = folder.path()},
                                   std::chrono::seconds(20));
  EXPECT_EQ(::umask(before), 077U) << "ours is what it was";
  ASSERT_TRUE(result);
  EXPECT_EQ(result->out, "0022\n");
  EXPECT_EQ(std::filesystem::status(folder / "made").permissions(), std::filesystem::perms(0644));
}

TEST(RunCaptured, GivesTheChildItsInput) {
  const std::string input = std::string(200'000, 'x') + std::string("\n\0end", 5);
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

TEST(RunCaptured, KillsTheWholeGroupAtItsDeadline) {
  const test::TempFolder folder;
  const auto result =
      run_captured({.argv = {"sh", "-c", "sleep 60 & echo $! >child"}, .env = kEnv, .cwd = folder.path()},
                   std::chrono::milliseconds(200));
  ASSERT_FALSE(result) << "a child that holds the output keeps the program from its end";
  EXPECT_EQ(result.error().code, Code::kDeadline);
  const std::string stat = "/proc/" + std::string(trim(test::slurp(folder / "child"))) + "/stat";
  for (int i = 0; i < 1000 && std::filesystem::exists(stat); ++i) {
    if (const auto text = read_file(stat); !text || text->find(") Z") != std::string::npos) return;
    ::poll(nullptr, 0, 5);
  }
  EXPECT_FALSE(std::filesystem::exists(stat));
}

TEST(RunCaptured, EndsAlsoWhatHasClosedItsOutput) {
  const auto result = capture({"sh", "-c", "exec >&- 2>&-; exec sleep 60"}, std::chrono::milliseconds(100));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "'sh' did not end within 100ms");
}

TEST(RunCaptured, NamesTheLimitOfOutput) {
  const auto result = capture({"head", "-c", "5000", "/dev/zero"}, std::chrono::seconds(20), 4999);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "'head' printed more than 4999 bytes");
  EXPECT_TRUE(capture({"head", "-c", "5000", "/dev/zero"}, std::chrono::seconds(20), 5000));
}

TEST(RunCaptured, RunsInTheFolderWithJustTheEnvironmentAndAMark) {
  const test::TempFolder folder;
  const auto result =
      run_captured({.argv = {"/usr/bin/env"}, .env = {{"A", "b=c"}}, .cwd = folder.path()}, std::chrono::seconds(20));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->out, "A=b=c\nASSAY_STEP=tool\n");
  const auto pwd = run_captured({.argv = {"/bin/pwd"}, .env = {}, .cwd = folder.path()}, std::chrono::seconds(20));
  ASSERT_TRUE(pwd);
  EXPECT_EQ(pwd->out, folder.path().string() + "\n");
}

struct ReasonCase {
  const char* name;
  std::vector<std::string> argv;  // FOLDER stands for the test's folder
  std::vector<std::pair<std::string, std::string>> env;
  std::string cwd;
  std::string message;  // likewise
};
class SpawnReason : public testing::TestWithParam<ReasonCase> {};
TEST_P(SpawnReason, IsNamed) {
  const test::TempFolder folder;
  const auto executable = [&](const char* name, const std::string& text) {
    std::filesystem::permissions(folder.write(name, text), std::filesystem::perms(0755));
  };
  folder.write("plain", "not a program");
  executable("garbage",
             "\x7F"
             "ELF and then nothing");
  executable("lost", "#!/no/such/interpreter\n");
  std::filesystem::create_directories(folder / "sub");
  const auto here = [&](const std::string& text) { return replace_all(text, "FOLDER", folder.path().string()); };
  ProcessSpec spec{.argv = {}, .env = GetParam().env, .cwd = here(GetParam().cwd)};
  for (const std::string& word : GetParam().argv) spec.argv.push_back(here(word));
  const auto process = spawn(spec);
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().code, Code::kNotStartable);
  EXPECT_EQ(process.error().message, here(GetParam().message));
}
const ReasonCase kReasons[] = {
    {"nothing", {}, kEnv, "", "cannot start '': no program is named"},
    {"empty_name", {""}, kEnv, "", "cannot start '': the program's name is empty"},
    {"not_on_path", {"no-such-tool"}, kEnv, "", "cannot start 'no-such-tool': not found on PATH"},
    {"no_path_at_all", {"sh"}, {}, "", "cannot start 'sh': not found on PATH"},
    {"missing_file", {"/no/such"}, kEnv, "", "cannot start '/no/such': no such file"},
    {"not_executable", {"FOLDER/plain"}, kEnv, "", "cannot start 'FOLDER/plain': it is not an executable file"},
    {"folder", {"FOLDER/sub"}, kEnv, "", "cannot start 'FOLDER/sub': it is not an executable file"},
    {"wrong_format", {"FOLDER/garbage"}, kEnv, "", "cannot start 'FOLDER/garbage': Exec format error"},
    {"lost_interpreter", {"FOLDER/lost"}, kEnv, "", "cannot start 'FOLDER/lost': No such file or directory"},
    {"missing_folder",
     {"true"},
     kEnv,
     "FOLDER/none",
     "cannot start 'true': its working folder 'FOLDER/none' does not exist"},
    {"too_many_arguments",
     {"/bin/true", std::string(3'000'000, 'x')},
     kEnv,
     "",
     "cannot start '/bin/true': Argument list too long"},
    {"nul_in_an_argument",
     {"echo", std::string("a\0b", 3)},
     kEnv,
     "",
     "cannot start 'echo': an argument or variable contains a NUL byte"},
    {"nul_in_a_value",
     {"echo"},
     {{"PATH", "/bin"}, {"A", std::string("\0", 1)}},
     "",
     "cannot start 'echo': an argument or variable contains a NUL byte"},
    {"nul_in_a_name",
     {"echo"},
     {{"PATH", "/bin"}, {std::string("A\0", 2), "b"}},
     "",
     "cannot start 'echo': an argument or variable contains a NUL byte"},
};
INSTANTIATE_TEST_SUITE_P(Spawn, SpawnReason, testing::ValuesIn(kReasons), test::case_name);

struct FindCase {
  const char* name;
  const char* program;
  const char* path;   // FOLDER stands for the test's folder
  const char* found;  // likewise; empty: not found
};
class FindProgram : public testing::TestWithParam<FindCase> {};
TEST_P(FindProgram, LooksWhereItShould) {
  const test::TempFolder folder;
  for (const char* name : {"one/tool", "two/tool", "two/other"})
    std::filesystem::permissions(folder.write(name, "#!/bin/sh\n"), std::filesystem::perms(0755));
  folder.write("plain/tool", "not executable");
  std::filesystem::create_directories(folder / "folder/tool");
  std::filesystem::create_directories(folder / "links");
  std::filesystem::create_symlink("../two/tool", folder / "links/tool");
  const auto here = [&](const char* text) { return replace_all(text, "FOLDER", folder.path().string()); };
  const auto found = find_program(here(GetParam().program), here(GetParam().path));
  EXPECT_EQ(found ? found->string() : "", here(GetParam().found));
}
const FindCase kFinds[] = {
    {"first_folder_wins", "tool", "FOLDER/one:FOLDER/two", "FOLDER/one/tool"},
    {"later_folder", "other", "FOLDER/one:FOLDER/two", "FOLDER/two/other"},
    {"what_is_not_executable_is_passed_over", "tool", "FOLDER/plain:FOLDER/two", "FOLDER/two/tool"},
    {"folders_are_passed_over", "tool", "FOLDER/folder:FOLDER/two", "FOLDER/two/tool"},
    {"links_are_followed", "tool", "FOLDER/links", "FOLDER/links/tool"},
    {"missing_folders", "tool", "/no/such:FOLDER/one", "FOLDER/one/tool"},
    {"empty_entries_are_not_the_current_folder", "sh", "::", ""},
    {"relative_entries_are_not_either", "true", "../../../../bin:bin:.", ""},
    {"empty_path", "sh", "", ""},
    {"full_path", "FOLDER/two/tool", "", "FOLDER/two/tool"},
    {"full_path_of_a_folder", "FOLDER/two", "", ""},
    {"empty_name", "", "/bin", ""},
};
INSTANTIATE_TEST_SUITE_P(Spawn, FindProgram, testing::ValuesIn(kFinds), test::case_name);

TEST(Environment, IsReadAsPairs) {
  ::setenv("ASSAY_TEST_VARIABLE", "a=b", 1);
  const auto environment = current_environment();
  ::unsetenv("ASSAY_TEST_VARIABLE");
  EXPECT_EQ(lookup(environment, "ASSAY_TEST_VARIABLE"), "a=b");
  EXPECT_EQ(lookup(environment, "ASSAY_TEST"), "");
  EXPECT_EQ(lookup({{"A", "1"}, {"A", "2"}}, "A"), "1");
}

}  // namespace
}  // namespace assay::system
