// SPDX-License-Identifier: Apache-2.0
// Recipes carried out by the real program: results, signals, faults of the machine.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "e2e/harness.h"
#include "engine/base/files.h"
#include "engine/base/text.h"

namespace assay::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Run : public EndToEnd {
 protected:
  std::filesystem::path recipe(const std::string& steps) const { return write("recipe.yaml", kHead + steps); }

  Outcome run_steps(const std::string& steps, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"run", recipe(steps).string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  [[nodiscard]] std::vector<std::string> left_behind() const {
    std::vector<std::string> out;
    if (!std::filesystem::exists(store() / "tmp")) return out;
    for (const auto& entry : std::filesystem::directory_iterator(store() / "tmp"))
      out.push_back(entry.path().filename());
    return out;
  }
  // Pids that a step wrote into `file`, as far as they still live.
  [[nodiscard]] bool alive(const std::string& file) const { return ::kill(std::stoi(slurp(folder_ / file)), 0) == 0; }
};

TEST_F(Run, EndsWithTheObjectThatScriptsRelyOn) {
  const Outcome outcome = run_steps("steps: [{ id: a, run: [echo, hi] }]\n", {"--json"});
  EXPECT_EQ(outcome.exit_code, 0);
  const Json json = last_json(outcome);
  EXPECT_EQ(json["verdict"], "pass");
  EXPECT_EQ(json["status"], "finished");
  EXPECT_EQ(json["exit_code"], 0);
  EXPECT_EQ(json["counts"]["pass"], 1);
  EXPECT_TRUE(json["certificate"].is_null());
  EXPECT_EQ(json["record"], runs().back().string());
  for (const char* format : {"html", "json", "junit"}) {
    EXPECT_GT(std::filesystem::file_size(json["reports"][format].get<std::string>()), 300U) << format;
  }
  EXPECT_EQ(lines(outcome.out).size(), 1U) << "talk belongs on stderr";
  EXPECT_THAT(left_behind(), IsEmpty());
}

TEST_F(Run, WritesItsJournalInOrder) {
  run_steps(
      "steps: [{ id: a, run: [echo, hi], outputs: { n: size(stdout) } }, { id: b, run: [echo, \"${{ steps.a.outputs.n "
      "}}\"] }]\n");
  std::vector<std::string> types;
  for (const Json& line : journal())
    types.push_back(line["type"].get<std::string>() +
                    (line.contains("step") ? " " + line["step"].get<std::string>() : ""));
  EXPECT_THAT(types, ElementsAre("planned", "planned", "tools", "started a", "output a", "finished a", "started b",
                                 "output b", "finished b", "sealed"));
  EXPECT_EQ(journal()[7]["text"], "3\n");
}

struct ExitCase {
  const char* name;
  const char* steps;
  int exit_code;
  const char* verdict;
  const char* reason;  // of the last step
};
class ExitCode : public Run, public testing::WithParamInterface<ExitCase> {};
TEST_P(ExitCode, AndVerdictFollowTheSteps) {
  const Outcome outcome = run_steps(GetParam().steps, {"--json"});
  EXPECT_EQ(outcome.exit_code, GetParam().exit_code) << outcome.err;
  EXPECT_EQ(last_json(outcome)["verdict"], GetParam().verdict);
  const Outcome shown = run({"runs", "show", "last", "--json"});
  EXPECT_THAT(last_json(shown)["steps"].back()["reason"].get<std::string>(), HasSubstr(GetParam().reason));
}
const ExitCase kExits[] = {
    {"pass", "steps: [{ id: a, run: ['true'] }]\n", 0, "pass", ""},
    {"fail", "steps: [{ id: a, run: [sh, -c, 'echo why >&2; exit 5'] }]\n", 1, "fail", "exit code 5: why"},
    {"stdin", "steps: [{ id: a, run: [cat], stdin: \"x ${{ 1 + 1 }}\", ensure: stdout == 'x 2' }]\n", 0, "pass", ""},
    {"ok_exit", "steps: [{ id: a, run: [sh, -c, 'exit 5'], ok_exit: [5] }]\n", 0, "pass", ""},
    {"skip_exit",
     "steps: [{ id: b, run: ['true'] }, { id: a, run: [sh, -c, 'echo no card; exit 77'], skip_exit: [77] }]\n", 0,
     "pass", "the tool says that it cannot run here (exit code 77): no card"},
    {"only_skipped", "steps: [{ id: a, if: 1 > 2, run: ['true'] }]\n", 1, "inconclusive", "condition: 1 > 2"},
    {"missing_program", "steps: [{ id: a, run: [no-such-tool] }]\n", 3, "error",
     "cannot start 'no-such-tool': not found on PATH"},
    {"killed", "steps: [{ id: a, run: [sh, -c, 'kill -9 $$'] }]\n", 3, "error", "killed by signal 9"},
    {"timeout", "steps: [{ id: a, run: [sleep, '60'], timeout: 100ms }]\n", 3, "error",
     "timeout: it ran longer than 100ms"},
    {"ensure", "steps: [{ id: a, run: [echo, '3'], outputs: { n: int(stdout.trim()) }, ensure: outputs.n < 3 }]\n", 1,
     "fail", "ensure does not hold: outputs.n < 3 (outputs.n = 3)"},
    {"unreadable_output", "steps: [{ id: a, run: [echo, garbage], outputs: { n: int(stdout.trim()) } }]\n", 3, "error",
     "while reading the output 'n' from what the program printed"},
    {"needs", "steps: [{ id: a, run: ['false'] }, { id: b, run: ['true'] }]\n", 1, "fail", "needs a"},
    {"failure_branch", "steps: [{ id: a, run: ['false'] }, { id: b, if: failure(), run: [sh, -c, 'exit 7'] }]\n", 1,
     "fail", "exit code 7"},
    {"always", "steps: [{ id: a, run: ['false'] }, { id: b, if: always(), run: ['true'] }]\n", 1, "fail", ""},
};
INSTANTIATE_TEST_SUITE_P(Steps, ExitCode, testing::ValuesIn(kExits),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(Run, AWrongRecipeStartsNothing) {
  const Outcome outcome =
      run_steps("steps: [{ id: a, run: [touch, '" + (folder_ / "mark").string() + "'], timeout: 5x }]\n");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "mark"));
  EXPECT_THAT(runs(), IsEmpty());
}

TEST_F(Run, ShellTextNeverReceivesAValue) {
  const std::string evil =
      "'; touch " + (folder_ / "owned").string() + "; echo '\"$(touch " + (folder_ / "owned").string() + ")`";
  const Outcome outcome = run_steps(
      "params: { x: { type: string } }\nsteps:\n  - id: a\n    run: |\n      printf '%s' ${{ params.x }}\n    outputs: "
      "{ same: stdout == params.x }\n    ensure: outputs.same\n",
      {"-p", "x=" + evil});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "owned"));
}

TEST_F(Run, StepsSeeACleanEnvironment) {
  Invocation call = invocation({"run", recipe("steps: [{ id: a, run: [env], env: { OWN: yes } }]\n").string()});
  call.environment["CANARY"] = "leak";
  run(call);
  const std::string printed = journal()[3]["text"];
  EXPECT_THAT(printed, Not(HasSubstr("CANARY")));
  for (const char* part : {"OWN=yes\n", "LC_ALL=C.UTF-8\n", "TZ=UTC\n", "ASSAY_STEP=", "ASSAY_RECIPE_DIR="})
    EXPECT_THAT(printed, HasSubstr(part));
}

TEST_F(Run, KeepsArtifactsAndLargeOutputByDigest) {
  const Outcome outcome = run_steps(
      "steps: [{ id: a, run: [sh, -c, 'head -c 5000000 /dev/zero | tr \"\\\\0\" x; echo keep >a.txt; echo drop "
      ">b.log'], artifacts: ['*.txt'] }]\n",
      {"--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const Json finished = journal()[5];
  ASSERT_EQ(finished["type"], "finished");
  ASSERT_EQ(finished["evidence"].size(), 2U);
  EXPECT_EQ(finished["evidence"][0]["size"], 5'000'000);
  const std::string digest = finished["evidence"][0]["sha256"];
  EXPECT_EQ(finished["evidence"][0]["encoding"], "zstd");
  EXPECT_LT(std::filesystem::file_size(runs().back() / "evidence/sha256" / digest.substr(0, 2) / digest), 5'000U);
  EXPECT_EQ(finished["evidence"][1]["name"], "artifacts/a.txt");
}

TEST_F(Run, WorksInFoldersWithSpacesAndChineseNamesWithoutHomeLocaleOrTerminal) {
  const std::string folder = (folder_ / "路径 with space").string();
  std::filesystem::create_directories(folder);
  write("路径 with space/食谱 r.yaml",
        std::string(kHead) + "steps: [{ id: a, run: [sh, -c, 'echo x >文件.txt'], artifacts: ['*.txt'] }]\n");
  Invocation call = invocation({"run", "食谱 r.yaml", "--store", folder + "/存储"});
  call.folder = folder;
  for (const char* name : {"HOME", "XDG_DATA_HOME", "TERM", "USER"}) call.environment[name] = "";
  call.environment["LC_ALL"] = call.environment["LANG"] = "C";
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("路径 with space"));
}

TEST_F(Run, CtrlCEndsTheStepAndAllItStartedAndKeepsTheRecord) {
  Invocation call = invocation({});
  const std::string script = "setsid sleep 300 & echo $! >" + (folder_ / "child").string() + "; echo $$ >" +
                             (folder_ / "self").string() + "; sleep 300";
  call.argv = {
      "sh", "-c",
      // A job in the background of a script would ignore it.
      "env --default-signal=INT \"$@\" & p=$!; while [ ! -s self ]; do sleep 0.02; done; kill -INT $p; wait $p", "sh",
      call.argv[0], "run",
      recipe("steps: [{ id: a, run: [sh, -c, '" + script + "'] }, { id: b, run: ['true'] }]\n").string(), "--json"};
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_EQ(last_json(outcome)["status"], "cancelled");
  EXPECT_FALSE(alive("self"));
  EXPECT_FALSE(alive("child"));
  EXPECT_EQ(journal().back()["type"], "stopped") << "it can be resumed";
  EXPECT_EQ(journal().back()["exit_code"], 130);
  EXPECT_THAT(left_behind(), IsEmpty());
}

TEST_F(Run, ASecondCtrlCDoesNotWaitForTheGrace) {
  Invocation call = invocation({"run", recipe("steps: [{ id: a, run: [sh, -c, 'trap \"\" TERM; echo $$ >" +
                                              (folder_ / "self").string() + "; while :; do sleep 1; done'] }]\n")
                                           .string()});
  call.terminal = TerminalSize{};
  // By then the shell has set its trap; before it the first TERM would end it.
  call.moments = {{.after = "0.5 s", .keys = "\x03"}, {.after = "press Ctrl-C again", .keys = "\x03"}};
  Outcome outcome;
  for (int attempt = 0; attempt < 4; ++attempt) {  // a busy machine may be too slow to show it
    outcome = run(call);
    EXPECT_EQ(outcome.exit_code, 130) << outcome.out;
    if (outcome.elapsed < std::chrono::seconds(4) && outcome.out.find("stopping now") != std::string::npos) return;
  }
  FAIL() << "the grace is five seconds, yet it took " << outcome.elapsed.count() << " ns:\n" << outcome.out;
}

TEST_F(Run, TerminateIsItsOwnExitCode) {
  Invocation call = invocation({});
  call.argv = {
      "sh",
      "-c",
      "\"$@\" & p=$!; while [ ! -s self ]; do sleep 0.02; done; kill -TERM $p; wait $p",
      "sh",
      call.argv[0],
      "run",
      recipe("steps: [{ id: a, run: [sh, -c, 'echo $$ >" + (folder_ / "self").string() + "; exec sleep 300'] }]\n")
          .string()};
  EXPECT_EQ(run(call).exit_code, 143);
}

TEST_F(Run, AKilledRunStaysReadable) {
  Invocation call = invocation({});
  call.argv = {"sh",
               "-c",
               "\"$@\" & p=$!; while [ ! -s self ]; do sleep 0.02; done; kill -9 $p; wait $p; kill $(cat self)",
               "sh",
               call.argv[0],
               "run",
               recipe("steps: [{ id: a, run: [echo, done] }, { id: b, run: [sh, -c, 'echo $$ >" +
                      (folder_ / "self").string() + "; exec sleep 300'] }]\n")
                   .string()};
  run(call);
  const Outcome shown = run({"runs", "show", "last", "--json"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  const Json json = last_json(shown);
  EXPECT_EQ(json["status"], "unfinished");
  EXPECT_EQ(json["verdict"], nullptr);
  EXPECT_EQ(json["steps"][0]["verdict"], "pass");
  EXPECT_EQ(json["steps"][1]["status"], "running");
  EXPECT_EQ(json["steps"][1]["verdict"], nullptr);
  const Outcome text = run({"runs", "show", "last"});
  EXPECT_THAT(text.out, testing::ContainsRegex("interrupted: it was cut off; .assay resume. goes on\n"));
  EXPECT_THAT(text.out, testing::ContainsRegex("\n  pass +a .*\n  running +b\n"));
  EXPECT_EQ(run({"report", "last"}).exit_code, 0) << "a report of an unfinished run says so";
}

TEST_F(Run, ShowsRunningStepsInATerminalAndPlainLinesInAPipe) {
  const std::string steps = "steps: [{ id: slow-one, run: [sleep, '0.4'] }]\n";
  Invocation call = invocation({"run", recipe(steps).string()});
  call.terminal = TerminalSize{};
  const Outcome terminal = run(call);
  EXPECT_EQ(terminal.exit_code, 0);
  EXPECT_THAT(terminal.out, HasSubstr("running"));
  EXPECT_THAT(terminal.out, HasSubstr("\x1b[J"));
  EXPECT_THAT(terminal.out, HasSubstr("Verdict"));
  const Outcome piped = run_steps(steps);
  EXPECT_EQ(piped.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(piped.err.find('\x1b'), std::string::npos);
  EXPECT_THAT(piped.err, HasSubstr("[1/1] pass         slow-one"));
}

TEST_F(Run, TheTerminalNeverGetsControlCharactersOfATool) {
  Invocation call = invocation(
      {"run", recipe("steps: [{ id: a, run: [printf, '\\033]0;owned\\007\\033[2J'], ok_exit: [9] }]\n").string()});
  call.terminal = TerminalSize{};
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, Not(HasSubstr("\x1b]0;owned")));
  EXPECT_THAT(outcome.out, Not(HasSubstr("\x1b[2J")));
}

TEST_F(Run, WritesEventsAsTheyHappen) {
  run_steps("steps: [{ id: a, run: ['true'] }]\n", {"--events", (folder_ / "events.jsonl").string()});
  std::vector<std::string> kinds;
  const std::string text = slurp(folder_ / "events.jsonl");
  std::vector<int> numbers;
  for (const std::string_view line : lines(text)) {
    const Json event = *parse_json(line, "event");
    kinds.push_back(event["event"]);
    numbers.push_back(event["seq"]);
  }
  EXPECT_THAT(kinds, ElementsAre("run_started", "step_started", "step_finished", "run_finished"));
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3, 4));
}

TEST_F(Run, IsATraceForOpenTelemetry) {
  run_steps("steps: [{ id: a, run: ['true'] }, { id: b, run: ['false'] }]\n");
  const Outcome outcome = run({"report", "last", "--format", "otlp", "--output", (folder_ / "out").string()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const Json trace = *parse_json(slurp(folder_ / "out" / "trace.json"), "trace");
  const Json& spans = trace["resourceSpans"][0]["scopeSpans"][0]["spans"];
  ASSERT_EQ(spans.size(), 3U);
  EXPECT_EQ(spans[1]["name"], "a");
  EXPECT_EQ(spans[1]["parentSpanId"], spans[0]["spanId"]);
  EXPECT_EQ(spans[2]["links"][0]["spanId"], spans[1]["spanId"]);
  EXPECT_EQ(spans[2]["status"]["code"], 2);
}

TEST_F(Run, TwoAtOnceShareAStore) {
  Invocation call = invocation({});
  call.argv = {"sh",
               "-c",
               "\"$@\" >1 & \"$@\" >2; wait",
               "sh",
               call.argv[0],
               "run",
               recipe("steps: [{ id: a, run: [sleep, '0.2'] }]\n").string(),
               "--json"};
  run(call);
  EXPECT_EQ(runs().size(), 2U);
  for (const char* name : {"1", "2"}) EXPECT_THAT(slurp(folder_ / name), HasSubstr("\"verdict\":\"pass\""));
}

TEST_F(Run, AStoreThatCannotBeWrittenIsSaidBeforeAnythingStarts) {
  const Outcome outcome = run_steps("steps: [{ id: a, run: [touch, '" + (folder_ / "mark").string() + "'] }]\n",
                                    {"--store", "/proc/assay-store"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("cannot make the folder '/proc/assay-store"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "mark"));
}

// A small file system of its own, full on purpose. Needs the right to mount.
TEST_F(Run, AFullDiskEndsTheRunWithAClearMessage) {
  const auto disk = folder_ / "disk";
  std::filesystem::create_directories(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=256k") != 0)
    GTEST_SKIP() << "mounting needs root: " << std::strerror(errno);
  const Outcome outcome =
      run_steps("steps: [{ id: a, run: [sh, -c, 'head -c 3000000 /dev/urandom'] }, { id: b, run: [echo, b] }]\n",
                {"--store", disk.string()});
  const bool tmp_left = std::filesystem::exists(disk / "tmp") && !std::filesystem::is_empty(disk / "tmp");
  ::umount2(disk.c_str(), MNT_DETACH);
  EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("No space left on device"));
  EXPECT_FALSE(tmp_left);
}

TEST_F(Run, ATinyFileSizeLimitIsAFailedWriteNotACrash) {
  Invocation call = invocation({});
  call.argv = {"sh",
               "-c",
               "ulimit -f 1; \"$@\"",
               "sh",
               call.argv[0],
               "run",
               recipe("steps: [{ id: a, run: [echo, hi] }, { id: b, run: [echo, hi] }]\n").string()};
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("File too large"));
}

TEST_F(Run, AClosedStdoutIsNotSuccess) {
  Invocation call = invocation({});
  call.argv = {"sh",
               "-c",
               "\"$@\" >/dev/full",
               "sh",
               call.argv[0],
               "run",
               recipe("steps: [{ id: a, run: ['true'] }]\n").string(),
               "--json"};
  EXPECT_EQ(run(call).exit_code, 3);
}

class Certify : public EndToEnd {};

TEST_F(Certify, RunsChosenTestsAndReportsThem) {
  const Outcome outcome = run({"certify", "quick", "--only", "cpu-topology", "--only", "identity-stable", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const Json json = last_json(outcome);
  auto report = parse_json(slurp(json["reports"]["json"].get<std::string>()), "report.json");
  ASSERT_TRUE(report);
  EXPECT_EQ((*report)["format"], "assay.report/1");
  EXPECT_EQ((*report)["programme"], "quick");
  EXPECT_TRUE((*report)["machines"].contains("local"));
  EXPECT_GE((*report)["tests"].size(), 14U) << "tests that were not chosen stay visible";
}

TEST_F(Certify, WithoutToolsSkipsAndSaysWhatInstallsThem) {
  Invocation call = invocation({"certify", "quick", "--only", "cpu-integer", "--only", "cpu-topology", "--json"});
  call.environment["PATH"] = "/nonexistent";
  const Outcome outcome = run(call);
  const Json json = last_json(outcome);
  auto report = parse_json(slurp(json["reports"]["json"].get<std::string>()), "report.json");
  ASSERT_TRUE(report);
  for (const Json& test : (*report)["tests"]) {
    if (test["id"] != "cpu-integer") continue;
    EXPECT_EQ(test["verdict"], "skipped");
    EXPECT_THAT(test["reason"].get<std::string>(),
                HasSubstr("the tool 'sysbench' is not installed: apt-get install sysbench"));
  }
}

TEST_F(Certify, AnUnknownProgrammeIsWrongUsage) {
  const Outcome outcome = run({"certify", "qiuck"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("did you mean 'quick'?"));
}

TEST_F(Certify, EveryShippedFileIsValid) {
  std::vector<std::string> arguments = {"validate"};
  for (const char* folder : {"recipes", "testsuites"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::filesystem::path(ASSAY_SOURCE_DIR) / folder)) {
      if (entry.path().extension() == ".yaml") arguments.push_back(entry.path().string());
    }
  }
  EXPECT_GE(arguments.size(), 8U);
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "") << "shipped files draw no warnings";
}

TEST_F(Run, OutputsThatNoRecordCanHoldAreAnErrorOfTheStep) {
  const Outcome outcome =
      run_steps("steps: [{ id: dump, run: [head, -c, '3000000', /dev/zero], outputs: { raw: stdout } }]\n");
  EXPECT_EQ(outcome.exit_code, 3) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("with 'raw' the outputs of the step have 18000002 bytes in the record"));
  EXPECT_EQ(journal().back()["type"], "sealed");
  EXPECT_EQ(run({"verify", "last"}).exit_code, 0);
}

TEST_F(Run, ARecordThatCannotBeReadBackIsNoPass) {
  const std::string journals = (store() / "runs").string() + "/*/journal.jsonl";
  const Outcome outcome =
      run_steps("steps: [{ id: spoil, run: [sh, -c, 'for f in " + journals + "; do echo junk >> $f; done'] }]\n");
  EXPECT_EQ(outcome.exit_code, 3) << outcome.out;
  EXPECT_THAT(outcome.err, HasSubstr("the record of this run cannot be read back whole: journal line "));
  EXPECT_THAT(outcome.err, HasSubstr(" is not a JSON object"));
}

TEST_F(Run, AReaderOfEventsThatDoesNotReadHoldsUpNothing) {
  const auto pipe = folder_ / "events";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const UniqueFd reader(::open(pipe.c_str(), O_RDWR | O_CLOEXEC));  // so that opening it does not wait either
  ASSERT_GT(::fcntl(reader.get(), F_SETPIPE_SZ, 4096), 0);
  std::string steps = "order: graph\nsteps:\n";
  for (int i = 0; i < 40; ++i)
    steps += "  - { id: a-step-with-number-" + std::to_string(i) + ", run: [sleep, '60'], timeout: 10ms }\n";
  const Outcome outcome = run_steps(steps, {"--events", pipe.string(), "-j", "40"});
  EXPECT_EQ(outcome.exit_code, 3) << outcome.out;
  EXPECT_THAT(outcome.err, HasSubstr("assay: warning: events were not read to their end\n"));
  EXPECT_EQ(journal().back()["type"], "sealed");
}

}  // namespace
}  // namespace assay::test
