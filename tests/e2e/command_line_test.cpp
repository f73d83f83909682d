// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "e2e/harness.h"
#include "support/normalise.h"

namespace assay::test {
namespace {

using ::testing::HasSubstr;

class CommandLine : public EndToEnd {};

TEST_F(CommandLine, SaysItsVersion) {
  const Outcome outcome = run({"--version"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(normalise(outcome.out), "assay <version>\n");
  EXPECT_EQ(outcome.err, "");
}

TEST_F(CommandLine, HelpGoesToStdoutAndNamesTheVerbs) {
  const Outcome outcome = run({"--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  for (const char* verb : {"certify", "run", "validate", "facts", "doctor", "report", "runs"})
    EXPECT_THAT(outcome.out, HasSubstr(verb));
}

TEST_F(CommandLine, AnUnknownVerbIsWrongUsage) {
  const Outcome outcome = run({"certfy"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("error[U001]: unknown verb 'certfy'\n"));
  EXPECT_THAT(outcome.err, HasSubstr("did you mean 'certify'?"));
}

TEST_F(CommandLine, AnUnknownOptionIsWrongUsage) {
  const Outcome outcome = run({"facts", "--no-such-option"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("--no-such-option"));
}

TEST_F(CommandLine, HostileArgumentsReachTheTerminalHarmless) {
  const Outcome outcome = run({"\x1b[2Jverb\x07"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.err.find('\x1b'), std::string::npos);
  EXPECT_EQ(outcome.err.find('\x07'), std::string::npos);
}

TEST_F(CommandLine, AFileThatIsMissingIsNamed) {
  const Outcome outcome = run({"validate", "不在 here.yaml"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("不在 here.yaml"));
  EXPECT_THAT(outcome.err, HasSubstr("No such file or directory"));
}

TEST_F(CommandLine, WritesNothingWithoutARun) {
  run({"--help"});
  run({"certfy"});
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

}  // namespace
}  // namespace assay::test
