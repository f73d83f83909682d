// SPDX-License-Identifier: Apache-2.0
#include "engine/action/execution.h"

#include "action_fixture.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "support/cases.h"

namespace assay::action {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ExecutionTest : public ActionTest {};

TEST_F(ExecutionTest, TheEnvironmentIsWhatTheContractListsAndNothingElse) {
  use_step("run: [env]\nenv: { TZ: Asia/Shanghai, N: \"${{ params.n + 1 }}\" }");
  origin_->params = expr::from_json(Json::parse(R"({"n": 1})"));
  const Execution execution = ran();
  std::vector<std::string> variables;
  for (const std::string_view line : lines(execution.out)) variables.emplace_back(line);
  std::sort(variables.begin(), variables.end());
  EXPECT_THAT(variables, ElementsAre("ASSAY_RECIPE_DIR=" + (folder_ / "recipe/").string(),
                                     "ASSAY_STEP=20260131T083000Z-abcdef/s#1", "HOME=/home/x", "LC_ALL=C.UTF-8", "N=2",
                                     "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TZ=Asia/Shanghai"));
}

TEST_F(ExecutionTest, TheFolderIsFreshPrivateAndRemoved) {
  use_step("run: [sh, -c, 'pwd; ls -A; stat -c %a .; echo x >left']");
  planned_.id = "outer/inner[m=flip]";
  const Execution execution = ran();
  const auto seen = lines(execution.out);
  ASSERT_EQ(seen.size(), 2U) << "the folder is empty:\n" << execution.out;
  EXPECT_TRUE(seen[0].starts_with((folder_ / "work/step-").string())) << seen[0];
  EXPECT_EQ(seen[1], "700");
  EXPECT_EQ(names_->evaluate(expr::Expression::parse("scratch").value())->as_string(), seen[0]);
  EXPECT_TRUE(work_is_clean());
}

TEST_F(ExecutionTest, CwdMayBeAbsoluteOrBelowThePrivateFolder) {
  std::filesystem::create_directories(folder_ / "elsewhere");
  use_step("run: [pwd]\ncwd: " + (folder_ / "elsewhere").string());
  EXPECT_EQ(ran().out, (folder_ / "elsewhere").string() + "\n");
  use_step("run: [pwd]\ncwd: \"${{ 'none' }}\"");
  const auto missing = executed();
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("its working folder '"));
  EXPECT_THAT(missing.error().message, HasSubstr("/none' does not exist"));
}

TEST_F(ExecutionTest, AProgramOfTheRecipeIsFoundInItsFolderOrInTheStepsOwn) {
  const auto tell = "#!/bin/sh\necho \"$0\"; pwd\n";
  for (const char* name : {"recipe/deploy", "recipe/bin/deploy", "elsewhere/deploy"})
    std::filesystem::permissions(folder_.write(name, tell), std::filesystem::perms::owner_all);
  struct Case {
    std::string step;
    std::string program;
  };
  const std::vector<Case> cases = {
      {"run: [./deploy]", "recipe/deploy"},
      {"run: [bin/deploy]", "recipe/bin/deploy"},
      {"run: [bin/../deploy]", "recipe/deploy"},
      {"run: [./deploy]\ncwd: " + (folder_ / "elsewhere").string(), "elsewhere/deploy"},
      {"run: [" + (folder_ / "recipe/deploy").string() + "]\ncwd: " + (folder_ / "elsewhere").string(),
       "recipe/deploy"}};
  for (const Case& one : cases) {
    SCOPED_TRACE(one.step);
    use_step(one.step);
    const Execution execution = ran();
    const auto said = lines(execution.out);
    ASSERT_EQ(said.size(), 2U);
    EXPECT_EQ(said[0], (folder_ / one.program).string());
    const bool own = one.step.find("cwd") != std::string::npos;
    EXPECT_TRUE(said[1].starts_with((folder_ / (own ? "elsewhere" : "work/step-")).string())) << said[1];
  }
  use_step("run: [./none]");
  const auto missing = executed();
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "cannot start '" + (folder_ / "recipe/none").string() + "': no such file");
}

TEST_F(ExecutionTest, StandardInputIsEmptyOrTheText) {
  use_step("run: [sh, -c, 'cat; readlink /proc/self/fd/0']");
  EXPECT_EQ(ran().out, "/dev/null\n");
  use_step("run: [cat]\nstdin: \"a ${{ 1 + 1 }}\\n\"");
  EXPECT_EQ(ran().out, "a 2\n");
}

TEST_F(ExecutionTest, ValuesReachAScriptUnharmed) {
  const std::string hostile = "a'b\"c $(touch pwned) `id` \\ \n; exit 9 #\xE4\xB8\xAD";
  origin_->params = expr::Value::map({});
  expr::Map params;
  params.set("text", expr::Value::string(hostile));
  origin_->params = expr::Value::map(std::move(params));
  use_step("run: |\n  printf '%s' ${{ params.text }}\n  ls -A >&2");
  const Execution execution = ran();
  EXPECT_EQ(execution.out, hostile);
  EXPECT_EQ(execution.err, ".assay-script\n") << "nothing of the value was run";
  ASSERT_EQ(execution.command.size(), 3U);
  EXPECT_EQ(execution.command[0] + " " + execution.command[1], "sh -eu");
}

TEST_F(ExecutionTest, ScriptsStopAtTheFirstFailure) {
  use_step("run: |\n  false\n  echo reached");
  EXPECT_EQ(ran().exit.exit_code, 1);
  use_step("run: |\n  false | true\n  echo reached\nshell: bash");
  const Execution execution = ran();
  EXPECT_EQ(execution.exit.exit_code, 1);
  EXPECT_EQ(execution.out, "");
  EXPECT_THAT(execution.command, ElementsAre("bash", "-eu", "-o", "pipefail", testing::EndsWith("/.assay-script")));
}

struct RefusedCase {
  const char* name;
  const char* step;
  Code code;
  std::string message;
};
class Refused : public ActionTest, public testing::WithParamInterface<RefusedCase> {};
TEST_P(Refused, NothingIsStarted) {
  expr::Map params;
  params.set("list", expr::Value::list({expr::Value::integer(1)}));
  params.set("nul", expr::Value::string(std::string("a\0b", 3)));
  params.set("long", expr::Value::string(std::string(131073, 'x')));
  origin_->params = expr::Value::map(std::move(params));
  use_step(GetParam().step);
  const auto execution = executed();
  ASSERT_FALSE(execution);
  EXPECT_EQ(execution.error().code, GetParam().code);
  EXPECT_EQ(execution.error().message, GetParam().message);
  EXPECT_THAT(journal("started"), IsEmpty());
  EXPECT_TRUE(work_is_clean());
}
const RefusedCase kRefused[] = {
    {"list_in_a_script", "run: |\n  echo ${{ params.list }}", Code::kWrongType,
     "'params.list' gives a list, which cannot be passed to a script"},
    {"nul_in_a_script", "run: |\n  echo ${{ params.nul }}", Code::kShellUnsafe,
     "the value of 'params.nul' cannot be passed to a script: it has 3 bytes or a NUL"},
    {"too_much_for_a_script", "run: |\n  echo ${{ params.long }}", Code::kShellUnsafe,
     "the value of 'params.long' cannot be passed to a script: it has 131073 bytes or a NUL"},
    {"value_missing_in_a_script", "run: |\n  echo ${{ params.none }}", Code::kEvaluation, "no key 'none' in params"},
    {"list_in_an_argument", "run: [echo, \"${{ params.list }}\"]", Code::kWrongType,
     "a value of type list cannot stand in text"},
    {"list_in_a_variable", "run: [env]\nenv: { A: \"${{ params.list }}\" }", Code::kWrongType,
     "a value of type list cannot stand in text"},
    {"value_missing_in_stdin", "run: [cat]\nstdin: \"${{ params.none }}\"", Code::kEvaluation,
     "no key 'none' in params"},
    {"value_missing_in_cwd", "run: [cat]\ncwd: \"${{ params.none }}\"", Code::kEvaluation, "no key 'none' in params"},
};
INSTANTIATE_TEST_SUITE_P(Values, Refused, testing::ValuesIn(kRefused), test::case_name);

TEST_F(ExecutionTest, AProgramThatCannotStartIsAnErrorAfterItsStartedLine) {
  use_step("run: [no-such-tool]");
  const auto execution = executed();
  ASSERT_FALSE(execution);
  EXPECT_EQ(execution.error().code, Code::kNotStartable);
  EXPECT_EQ(execution.error().message, "cannot start 'no-such-tool': not found on PATH");
  ASSERT_EQ(journal("started").size(), 1U) << "the line is written before the first effect";
  EXPECT_TRUE(work_is_clean());
}

TEST_F(ExecutionTest, AProbeThatIsNotInstalledIsNamed) {
  use_test("class: functional\nprobe: no-such-probe\ncriteria: [exit_code == 0]");
  const auto execution = executed();
  ASSERT_FALSE(execution);
  EXPECT_THAT(execution.error().message, HasSubstr("the probe 'no-such-probe' is not installed: looked for "));
}

TEST_F(ExecutionTest, SmallOutputStaysInTheJournal) {
  use_step("run: [sh, -c, 'echo out; echo err >&2; exit 3']");
  const Execution execution = ran({.part = "sample-4", .evidence_prefix = "sample-4/"});
  EXPECT_EQ(execution.out, "out\n");
  EXPECT_EQ(execution.err, "err\n");
  EXPECT_EQ(execution.exit.exit_code, 3);
  EXPECT_THAT(names_of(execution.evidence), ElementsAre("sample-4/stdout", "sample-4/stderr"));
  const auto started = journal("started");
  ASSERT_EQ(started.size(), 1U);
  EXPECT_EQ(started[0]["attempt"], 1);
  EXPECT_FALSE(started[0].contains("part")) << "the attempt begins with it";
  EXPECT_EQ(started[0]["command"], Json({"sh", "-c", "echo out; echo err >&2; exit 3"}));
  const auto output = journal("output");
  ASSERT_EQ(output.size(), 2U);
  EXPECT_EQ(output[0]["text"], "out\n");
  EXPECT_EQ(output[0]["name"], "sample-4/stdout");
  EXPECT_EQ(output[1]["text"], "err\n");
  EXPECT_EQ(names_->evaluate(expr::Expression::parse("stdout + stderr + string(exit_code)").value())->as_string(),
            "out\nerr\n3");
}

TEST_F(ExecutionTest, AStreamWithoutOutputLeavesNoEvidence) {
  use_step("run: ['true']");
  EXPECT_THAT(ran().evidence, IsEmpty());
  EXPECT_THAT(journal("output"), IsEmpty());
}

TEST_F(ExecutionTest, OutputBeyondTheInlineLimitGoesToAFile) {
  use_step("run: [sh, -c, 'head -c 5000 /dev/zero | tr \"\\\\0\" x']");
  const Execution execution = ran();
  EXPECT_EQ(execution.out, std::string(5000, 'x'));
  EXPECT_TRUE(execution.out_complete);
  const auto output = journal("output");
  ASSERT_EQ(output.size(), 1U);
  EXPECT_FALSE(output[0].contains("text"));
  EXPECT_EQ(output[0]["size"], 5000);
  const auto file = record::evidence_path(writer_.folder(), execution.evidence.at(0).sha256);
  EXPECT_EQ(sha256_hex(test::slurp(file)), execution.evidence.at(0).sha256);
}

TEST_F(ExecutionTest, OutputBeyondTheMemoryLimitIsKeptButNotJudged) {
  use_step("run: [head, -c, '9000000', /dev/zero]\noutputs: { n: size(stdout) }");
  const Execution execution = ran();
  EXPECT_EQ(execution.out.size(), std::size_t{8} << 20U);
  EXPECT_FALSE(execution.out_complete);
  EXPECT_TRUE(execution.err_complete);
  EXPECT_EQ(execution.evidence.at(0).size, 9'000'000U) << "the evidence is whole";
  expr::Map outputs;
  const auto read = evaluate_outputs(*planned_.step, execution, *names_, outputs);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kTooLarge);
  EXPECT_EQ(read.error().message, "stdout is larger than 8 MiB, too large for an expression");
  EXPECT_EQ(read.error().help, "write it to a file and keep it under `artifacts`");
  use_step("run: ['true']\noutputs: { n: size(stderr) }");
  EXPECT_TRUE(evaluate_outputs(*planned_.step, execution, *names_, outputs)) << "the other stream is complete";
}

TEST_F(ExecutionTest, ArtifactsAreRegularFilesThatMatchInOrderOfName) {
  folder_.write("outside", "secret");
  use_step(
      "run: |\n  mkdir -p sub/deep dir.txt; echo b >b.txt; echo a >a.txt; echo d >sub/deep/d.txt\n"
      "  echo no >no.log; echo hidden >.hidden.txt; ln -s " +
      (folder_ / "outside").string() +
      " link.txt; ln -s sub linked; mkfifo fifo.txt\nartifacts: ['*.txt', 'sub/deep/*']");
  const Execution execution = ran({.evidence_prefix = "sample-1/"});
  EXPECT_THAT(names_of(execution.evidence),
              ElementsAre("sample-1/script", "sample-1/artifacts/a.txt", "sample-1/artifacts/b.txt",
                          "sample-1/artifacts/sub/deep/d.txt"));
  EXPECT_THAT(execution.remarks, IsEmpty());
  EXPECT_EQ(execution.evidence.at(1).sha256, sha256_hex("a\n"));
}

TEST_F(ExecutionTest, ArtifactsOutOfReachAreRemarkedAndTheOthersKept) {
  // Folders too deep inside each other, and others whose path is longer than the system opens.
  use_step(
      "run: |\n"
      "  here=$PWD; n=$(printf %0255d 0); echo a >a; mkdir z; echo b >z/b\n"
      "  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do mkdir d; cd d; done\n"
      "  cd \"$here\"\n"
      "  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do mkdir $n; cd -P $n; done\n"
      "artifacts: ['*']");
  const Execution execution = ran();
  EXPECT_THAT(names_of(execution.evidence), ElementsAre("script", "artifacts/a", "artifacts/z/b"));
  EXPECT_THAT(execution.remarks, ElementsAre(testing::EndsWith("could not be looked at: File name too long"),
                                             "artifacts in 'd/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d' lie too deep"));
}

TEST_F(ExecutionTest, OnlyAThousandArtifactsAreKept) {
  use_step("run: |\n  i=1000; while [ $i -lt 2003 ]; do : >f$i; i=$((i+1)); done\nartifacts: ['f*']");
  const Execution execution = ran();
  EXPECT_EQ(execution.evidence.size(), 1001U) << "and the script";
  EXPECT_EQ(execution.evidence.front().name, "script");
  EXPECT_EQ(execution.evidence.back().name, "artifacts/f1999");
  EXPECT_THAT(execution.remarks, ElementsAre("1003 artifacts, only the first 1000 were kept"));
}

TEST_F(ExecutionTest, WhatItLeavesBehindIsEndedAndRemarked) {
  use_step("run: [sh, -c, 'setsid sleep 60 </dev/null >/dev/null 2>&1 & echo done']");
  const Execution execution = ran();
  EXPECT_EQ(execution.exit.stray_processes, 1U);
  EXPECT_THAT(execution.remarks, ElementsAre("it left 1 process behind; they were ended"));
}

TEST_F(ExecutionTest, TheStepsOwnTimeoutWinsOverTheDefault) {
  use_step("run: [sleep, '60']");
  EXPECT_EQ(ran({.default_timeout = std::chrono::milliseconds(50)}).exit.ending, system::Ending::kTimedOut);
  use_step("run: [sleep, '0.2']\ntimeout: 1h");
  EXPECT_EQ(ran({.default_timeout = std::chrono::milliseconds(50)}).exit.ending, system::Ending::kExited);
}

TEST_F(ExecutionTest, AJournalThatCannotBeWrittenStartsNothing) {
  use_step("run: [touch, " + (folder_ / "effect").string() + "]");
  const auto execution = [this] {
    const FullDisk full(20);
    return executed();
  }();
  ASSERT_FALSE(execution);
  EXPECT_EQ(execution.error().code, Code::kJournal);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "effect"));
}

TEST_F(ExecutionTest, OutputThatCannotBeKeptEndsTheStep) {
  use_step("run: [sh, -c, 'head -c 300000 /dev/urandom; sleep 60']");
  const auto execution = [this] {
    const FullDisk full(20000);
    return executed();
  }();
  ASSERT_FALSE(execution);
  EXPECT_THAT(execution.error().message, HasSubstr("cannot write '"));
  EXPECT_THAT(execution.error().message, HasSubstr("File too large"));
}

TEST_F(ExecutionTest, OutputsAreEvaluatedInOrderAndSeeEachOther) {
  use_step("run: ['true']\noutputs: { a: int(stdout.trim()), b: outputs.a * 2, c: string(outputs.b) + stderr }");
  names_.emplace(scope());
  names_->set("stdout", expr::Value::string("21\n"));
  names_->set("stderr", expr::Value::string("!"));
  expr::Map outputs;
  ASSERT_TRUE(evaluate_outputs(*planned_.step, {}, *names_, outputs));
  EXPECT_EQ(to_json_line(expr::to_json(expr::Value::map(outputs))), R"({"a":21,"b":42,"c":"42!"})");
}

// A line of the journal that its readers refuse would cost the record of the whole run.
TEST_F(ExecutionTest, OutputsThatTheRecordCannotHoldAreNamedAndTheEarlierOnesStay) {
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  struct Case {
    std::string outputs;
    std::string printed;
    std::string problem;  // empty: they fit
  };
  const std::string nul(1'400'000, '\0');  // six bytes each
  const std::string some(4'000'000, 'x');
  const auto too_many = [](const std::string& name, std::size_t bytes) {
    return "with '" + name + "' the outputs of the step have " + std::to_string(bytes) +
           " bytes in the record, which has room for 8 MiB";
  };
  const std::vector<Case> cases = {
      {"{ a: size(stdout), raw: stdout }", nul, too_many("raw", 8'400'002)},
      {"{ raw: stdout }", nul.substr(10'000), ""},
      {"{ a: stdout, b: stdout, c: stdout }", some, too_many("c", 12'000'006)},
      // Where one has a type that JSON does not have, all are there twice.
      {"{ a: stdout, t: \"duration('2s')\" }", some, ""},
      {"{ a: stdout, t: \"duration('2s')\" }", some + some.substr(3'000'000), too_many("t", 10'000'082)},
      {"{ a: json(stdout) }", nested(57), "the output 'a' could not be read again: nested more than 56 deep"},
      {"{ a: json(stdout) }", nested(56), ""},
      {"{ a: json(stdout), t: \"duration('2s')\" }", nested(30),
       "the output 'a' could not be read again: nested more than 56 deep"}};
  for (const Case& one : cases) {
    SCOPED_TRACE(one.outputs + " " + one.problem);
    use_step("run: ['true']\noutputs: " + one.outputs);
    names_.emplace(scope());
    names_->set("stdout", expr::Value::string(one.printed));
    expr::Map outputs;
    const auto read = evaluate_outputs(*planned_.step, {}, *names_, outputs);
    ASSERT_EQ(read.has_value(), one.problem.empty()) << (read ? "" : read.error().message);
    if (read) continue;
    EXPECT_EQ(read.error().code, Code::kTooLarge);
    EXPECT_EQ(read.error().message, one.problem + ": write it to a file and keep it under `artifacts`");
    EXPECT_TRUE(read.error().where);
    EXPECT_EQ(outputs.entries().size() + 1, planned_.step->outputs.size()) << "those before it";
  }
}

TEST_F(ExecutionTest, AnOutputThatCannotBeReadIsNamedAndTheEarlierOnesStay) {
  use_step("run: ['true']\noutputs: { a: size(stdout), b: int(stdout), c: size(stdout) }");
  names_.emplace(scope());
  names_->set("stdout", expr::Value::string("x"));
  expr::Map outputs;
  const auto read = evaluate_outputs(*planned_.step, {}, *names_, outputs);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().notes.back().text, "while reading the output 'b' from what the program printed");
  EXPECT_EQ(to_json_line(expr::to_json(expr::Value::map(outputs))), R"({"a":1})");
}

}  // namespace
}  // namespace assay::action
