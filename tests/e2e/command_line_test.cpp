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

struct Slip {
  const char* name;
  std::vector<std::string> arguments;
  const char* said;
};
class Slips : public EndToEnd, public ::testing::WithParamInterface<Slip> {};
TEST_P(Slips, NameWhatWasMeant) {
  const Outcome outcome = run(GetParam().arguments);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.err, std::string("assay: error[U001]: ") + GetParam().said);
}
const Slip kSlips[] = {
    {"verb_of_another",
     {"list"},
     "unknown verb 'list'\n  help: did you mean 'runs list'?\n  help: `assay --help` shows what can be given\n"},
    {"verb_below",
     {"runs", "lsit"},
     "unknown verb 'runs lsit'\n  help: did you mean 'list'?\n  help: `assay runs --help` shows what can be given\n"},
    {"far_from_all",
     {"runs", "zap"},
     "unknown verb 'runs zap'\n  help: it is one of: list, show, output, compare, export, gc\n  help: `assay runs "
     "--help` shows what can be given\n"},
    {"none_below",
     {"runs"},
     "runs needs a verb\n  help: it is one of: list, show, output, compare, export, gc\n  help: `assay runs --help` "
     "shows what can be given\n"},
    {"option_below",
     {"runs", "list", "--bogus"},
     "The following argument was not expected: --bogus\n  help: `assay runs list --help` shows what can be given\n"},
    {"needs", {"run"}, "run needs a recipe, or --plan FILE\n  help: `assay run --help` shows what can be given\n"},
};
INSTANTIATE_TEST_SUITE_P(CommandLine, Slips, ::testing::ValuesIn(kSlips),
                         [](const auto& one) { return std::string(one.param.name); });

TEST_F(CommandLine, EvalSeesTheFactsOfThisMachine) {
  EXPECT_EQ(run({"eval", "--facts", "facts.cpu.threads > 0 && facts.memory.total > quantity(\"1 MiB\")"}).out,
            "true\n");
  EXPECT_THAT(run({"eval", "--facts", "facts.cpu.thraeds"}).err, HasSubstr("did you mean 'threads'?"));
}

TEST_F(CommandLine, ValidateTellsMistakesAsJson) {
  const auto good = write("good.yaml", std::string(kHead) + "steps: [{ id: a, run: [x] }]\n");
  const auto wrong = write("wrong.yaml", std::string(kHead) + "steps: [{ id: a, rnu: [x] }]\n");
  const Outcome outcome = run({"validate", "--json", good.string(), wrong.string()});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.err, "");
  const Json json = last_json(outcome);
  EXPECT_EQ(json["format"], "assay.validate/1");
  EXPECT_EQ(json["exit_code"], 2);
  EXPECT_EQ(json["files"][0], Json({{"path", good.string()}, {"valid", true}, {"problems", Json::array()}}));
  EXPECT_EQ(json["files"][1]["valid"], false);
  const Json& problem = json["files"][1]["problems"][0];
  EXPECT_EQ(problem["code"], "R010");
  EXPECT_EQ(problem["severity"], "error");
  EXPECT_EQ(problem["line"], 4);
  EXPECT_EQ(problem["column"], 18);
  EXPECT_EQ(problem["length"], 3);
  EXPECT_EQ(problem["help"], "did you mean 'run'?");
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
