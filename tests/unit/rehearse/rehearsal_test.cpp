// SPDX-License-Identifier: Apache-2.0
// Whole cases: what the real planner, scheduler and actions make of scripted processes.
#include "rehearse_fixture.h"

#include <sstream>

#include "engine/base/files.h"
#include "engine/record/run_reader.h"
#include "engine/run/engine.h"
#include "engine/target/local_target.h"
#include "support/cases.h"

namespace assay::rehearse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What a recipe makes of a script; each must pass.
struct PlayCase {
  const char* name;
  const char* recipe;
  const char* keys;  // of the case
};
void PrintTo(const PlayCase& row, std::ostream* out) { *out << row.name; }
class Played : public RehearseTest, public testing::WithParamInterface<PlayCase> {};
TEST_P(Played, ComesOutAsExpected) {
  folder_.write("typed.yaml",
                "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: i, version: 1.0.0 }\nsteps: [{ id: s, run: "
                "[tool], outputs: { d: \"duration('90s')\", q: \"quantity('2 GiB')\", f: 3.0 } }]\noutputs: { d: "
                "steps.s.outputs.d }\n");
  use_recipe(GetParam().recipe);
  const CaseResult result = played(GetParam().keys);
  EXPECT_EQ(result.verdict, CaseVerdict::kPassed) << render(result.problems);
}
const PlayCase kPlays[] = {
    {"a_secret_stands_for_its_reference",
     "params: { token: { type: secret, default: 'env:TOKEN' } }\nsteps: [{ id: a, run: [tool], env: { T: 'Bearer ${{ "
     "params.token }}' }, stdin: '${{ params.token }}' }]\n",
     "    params: { token: 'vault:other' }\n    steps: { a: {} }\n    expect: { steps: { a: { env: { T: 'Bearer "
     "vault:other' }, stdin: 'vault:other' } } }\n"},
    {"a_timeout_in_no_time", "steps: [{ id: a, run: [tool], timeout: 5m }, { id: b, run: [tool] }]\n",
     "    steps: { a: { takes: 6m } }\n    expect: { verdict: error, steps: { a: { reason: 'timeout: it ran longer "
     "than 5m' } }, not_run: b }\n"},
    {"just_in_time", "steps: [{ id: a, run: [tool], timeout: 5m }]\n",
     "    steps: { a: { takes: 5m } }\n    expect: { verdict: pass }\n"},
    {"steps_at_the_same_time_end_in_order_of_time",
     "order: graph\nsteps: [{ id: slow, run: [tool], outputs: { n: '1' } }, { id: fast, run: [tool] }, { id: after, "
     "needs: [fast], run: [tool] }]\n",
     "    steps: { slow: { takes: 3h }, fast: { takes: 1h }, after: { takes: 1h } }\n    expect: { verdict: pass, "
     "steps: { slow: { outputs: { n: 1 } } } }\n"},
    {"exit_codes_that_skip", "steps: [{ id: a, run: [tool], skip_exit: [4] }]\n",
     "    steps: { a: { exit_code: 4 } }\n    expect: { verdict: inconclusive, exit_code: 1, steps: { a: { verdict: "
     "skipped, status: skipped, exit_code: 4 } } }\n"},
    {"a_matrix_with_one_bad_row", "steps: [{ id: a, matrix: { n: [1, 2] }, run: [tool, '${{ matrix.n }}'] }]\n",
     "    steps: { a: {}, 'a[n=2]': { exit_code: 1 } }\n    expect: { verdict: fail, steps: { 'a[n=1]': { verdict: "
     "pass, argv: [tool, '1'] }, 'a[n=2]': { verdict: fail } } }\n"},
    {"values_between_steps",
     "steps: [{ id: a, run: [tool], outputs: { n: int(stdout.trim()) } }, { id: b, if: steps.a.outputs.n > 1, run: "
     "[tool, '${{ steps.a.outputs.n + 1 }}'] }]\n",
     "    steps: { a: { stdout: \"2\\n\" }, b: {} }\n    expect: { verdict: pass, steps: { b: { argv: [tool, '3'] } } "
     "}\n"},
    {"artifacts_are_those_of_the_script", "steps: [{ id: a, run: [tool], artifacts: ['*.txt'] }]\n",
     "    steps: { a: { files: { one.txt: x, two.log: y } } }\n    expect: { verdict: pass }\n"},
    {"facts_of_another_machine",
     "steps: [{ id: a, foreach: { d: facts.disks }, run: [tool, '${{ matrix.d.name }}'] }, { id: b, facts: true, "
     "outputs: { n: facts.disks.size() } }]\n",
     "    facts: { disks: [{ name: sda }, { name: sdb }] }\n    steps: { a: {} }\n"
     "    expect: { verdict: pass, steps: { 'a[d=sdb]': { argv: [tool, sdb] }, b: { outputs: { n: 2 } } }, that: "
     "steps.a.instances.size() == 2 }\n"},
    {"reboots_that_nobody_scripts", "steps: [{ id: a, reboot: { times: 3 } }, { id: b, run: [tool] }]\n",
     "    steps: { b: {} }\n    expect: { verdict: pass, exit_code: 0, steps: { a: { outputs: { boots: 3, seconds: "
     "[60, "
     "60, 60] } } } }\n"},
    {"reboots_that_take_their_time", "steps: [{ id: a, reboot: { times: 2, within: 5m } }, { id: b, run: [tool] }]\n",
     "    steps: { a: [{ takes: 5m }, { takes: 301s }] }\n    expect: { verdict: fail, not_run: [b], steps: { a: { "
     "reason: 'the machine came back after 5 m 01 s, not within 5m' } } }\n"},
    {"a_reboot_that_does_not_come", "steps: [{ id: a, reboot: true }, { id: b, run: [tool] }]\n",
     "    steps: { a: { exit_code: 1 } }\n    expect: { verdict: inconclusive, exit_code: 4, steps: { a: { attempts: 1 "
     "} } }\n"},
    {"what_waits_for_a_reboot", "steps: [{ id: a, reboot: true }, { id: b, run: [tool] }]\n",
     "    steps: { a: { exit_code: 1 } }\n    expect: { exit_code: 4, not_run: [b] }\n"},
    {"a_question_that_nobody_answers", "steps: [{ id: a, approve: 'Go?' }, { id: b, run: [tool] }]\n",
     "    steps: {}\n    expect: { exit_code: 4, not_run: [b] }\n"},
    {"a_yes", "steps: [{ id: a, approve: 'Go?' }, { id: b, run: [tool, '${{ steps.a.outputs.who }}'] }]\n",
     "    steps: { a: { answer: yes }, b: {} }\n    expect: { verdict: pass, steps: { a: { outputs: { answer: true, "
     "who: "
     "test } }, b: { argv: [tool, test] } } }\n"},
    {"a_no", "steps: [{ id: a, approve: 'Go?' }, { id: b, run: [tool] }]\n",
     "    steps: { a: { answer: no } }\n    expect: { verdict: fail, exit_code: 1, not_run: b }\n"},
    {"answers_of_every_type",
     "steps:\n  - { id: a, approve: { question: q, answer: enum, choices: [x, y] } }\n"
     "  - { id: b, approve: { question: q, answer: int } }\n  - { id: c, approve: { question: q, answer: string } }\n",
     "    steps: { a: { answer: y }, b: { answer: 7 }, c: { answer: r1 } }\n"
     "    expect: { that: \"steps.a.outputs.answer == 'y' && steps.b.outputs.answer == 7 && "
     "steps.c.outputs.answer == 'r1'\" }\n"},
    {"selection", "steps: [{ id: a, run: [tool] }, { id: b, run: [tool] }]\n",
     "    only: [b]\n    steps: { b: {} }\n    expect: { not_run: [a], steps: { a: { reason: not selected by --only } "
     "} }\n"},
    {"profile_and_parameters",
     "params: { n: { type: int, default: 1 }, m: { type: int, default: 1 } }\nprofiles: { big: { n: 5, m: 5 } "
     "}\nsteps: [{ id: a, run: [tool, '${{ params.n }}', '${{ params.m }}'] }]\n",
     "    profile: big\n    params: { m: 7 }\n    steps: { a: {} }\n    expect: { steps: { a: { argv: [tool, '5', '7'] "
     "} }, that: params.m == 7 }\n"},
    {"types_of_outputs_are_kept",
     "steps: [{ id: a, run: [tool], outputs: { d: \"duration('90s')\", t: \"timestamp('2026-01-02T03:04:05Z')\", q: "
     "\"quantity('2 GiB')\", f: 2.0, l: '[1, 2]' } }]\n",
     "    steps: { a: {} }\n    expect:\n      steps: { a: { outputs: { d: 1m30s, q: 2048 MiB, f: 2, l: [1, 2], t: "
     "'2026-01-02T03:04:05Z' } } }\n"
     "      that: [ steps.a.outputs.d == duration('90s'), steps.a.outputs.t.getFullYear() == 2026, steps.a.outputs.q > "
     "quantity('1 GiB'), steps.a.outputs.f / 4.0 == 0.5 ]\n"},
    {"types_of_outputs_of_recipes_in_use",
     "steps: [{ id: u, use: typed.yaml }, { id: w, matrix: { x: [1, 1.5] }, use: typed.yaml }]\n",
     "    steps: { u/s: {}, 'w[x=1]/s': {}, 'w[x=1.5]/s': {} }\n    expect:\n"
     "      steps: { u: { outputs: { d: 90s } }, u/s: { outputs: { d: 1m30s, q: 2048 MiB, f: 3 } }, 'w[x=1.5]/s': { "
     "outputs: { d: 90s } }, 'w[x=1]': { outputs: { d: 90s } } }\n"
     "      that: [ \"steps['u/s'].outputs.d == duration('90s')\", \"steps['w[x=1.5]/s'].outputs.f / 4.0 == 0.75\", "
     "\"steps.w.instances[1].outputs.d == duration('90s')\" ]\n"},
    {"attempts_and_reasons_in_expressions", "steps: [{ id: a, run: [tool] }, { id: b, run: [tool] }]\n",
     "    steps: { a: { exit_code: 9 } }\n    expect: { that: [ \"steps.a.reason == 'exit code 9' && steps.a.attempts "
     "== 1 && steps.a.exit_code == 9\", steps.b.attempts == 0, exit_code == 1 ] }\n"},
    {"plan_in_expressions", "steps: [{ id: a, run: [tool] }, { id: b, run: [tool] }]\n",
     "    steps: { a: {}, b: {} }\n    expect: { that: \"plan.steps[1].needs == ['a']\" }\n"},
};
INSTANTIATE_TEST_SUITE_P(Cases, Played, testing::ValuesIn(kPlays), test::case_name);

TEST_F(RehearseTest, SaysHowLongItWouldHaveTaken) {
  use_recipe("steps: [{ id: a, run: [tool] }, { id: b, run: [tool] }]\n");
  const CaseResult result =
      played("    steps: { a: { takes: 2h }, b: { takes: 30s } }\n    expect: { verdict: pass }\n");
  EXPECT_EQ(result.took, std::chrono::hours(2) + std::chrono::seconds(30));
}

TEST_F(RehearseTest, TheRecordIsThatOfARunAndLiesInTheFolder) {
  use_recipe("steps: [{ id: a, run: [tool, x] }]\n");
  const LoadedTest loaded =
      load("  - { name: c, steps: { a: { stdout: \"hello\\n\", takes: 3s } }, expect: { verdict: pass } }\n");
  const test::TempFolder folder;
  ASSERT_TRUE(rehearse(loaded, loaded.cases.front(), folder.path(), "0.1.0"));
  std::vector<std::filesystem::path> runs;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "store/runs")) runs.push_back(entry.path());
  ASSERT_EQ(runs.size(), 1U);
  const auto record = record::read_run(runs[0]);
  ASSERT_TRUE(record);
  EXPECT_THAT(record->damage, IsEmpty());
  EXPECT_EQ(record->verdict, record::Verdict::kPass);
  const record::StepRecord& step = record->steps.at(0);
  EXPECT_THAT(step.command, ElementsAre("tool", "x"));
  EXPECT_EQ(step.duration_s, 3);
  EXPECT_EQ(record::read_evidence(*record, step.evidence.at(0)).value(), "hello\n");
  EXPECT_TRUE(std::filesystem::is_empty(folder / "store/tmp"));
}

// What a journal says apart from times, ids and digests of lines.
std::vector<std::string> shape_of(const std::filesystem::path& store) {
  std::vector<std::string> out;
  for (const auto& run : std::filesystem::directory_iterator(store / "runs")) {
    std::istringstream text(test::slurp(run.path() / "journal.jsonl"));
    for (std::string line; std::getline(text, line);) {
      const Json json = Json::parse(line);
      std::string shape = json["type"];
      for (const char* key : {"step", "attempt", "attempts", "name", "text", "sha256", "size", "status", "verdict",
                              "reason", "exit_code", "skip_kind", "outputs", "criteria", "needs"}) {
        if (json.contains(key)) shape += std::string(" ") + key + "=" + json[key].dump();
      }
      out.push_back(shape);
    }
  }
  return out;
}

// One after another, so that the order of lines is the same each time.
constexpr const char* kRealSteps = R"yaml(steps:
  - { id: say, run: [printf, "3\\n"], outputs: { n: int(stdout.trim()) }, ensure: outputs.n == 3 }
  - { id: rows, matrix: { n: [0, 1] }, pool: noisy, run: [sh, -c, 'echo row >&2; exit "$1"', sh, "${{ matrix.n }}"] }
  - { id: after, run: [printf, never] }
  - { id: killed, if: always(), run: [sh, -c, "echo dying; kill -SEGV $$"] }
  - { id: absent, if: always(), run: [no-such-tool-at-all] }
  - { id: leaves, if: always(), run: [sh, -c, "echo kept > out.txt"], artifacts: ["*.txt"] }
  - { id: reads, if: always(), run: [cat], stdin: hello }
)yaml";

TEST_F(RehearseTest, TheJournalIsThatOfARealRun) {
  use_recipe(kRealSteps);
  const LoadedTest loaded = load(R"yaml(  - name: c
    tools_missing: no-such-tool-at-all
    steps:
      say: { stdout: "3\n" }
      rows: { stderr: "row\n" }
      'rows[n=1]': { stderr: "row\n", exit_code: 1 }
      killed: { stdout: "dying\n", signal: SEGV }
      leaves: { files: { out.txt: "kept\n" } }
      reads: { stdout: hello }
    expect: { verdict: fail }
)yaml");
  const test::TempFolder rehearsed;
  const auto result = rehearse(loaded, loaded.cases.front(), rehearsed.path(), "0.1.0");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->verdict, CaseVerdict::kPassed) << render(result->problems);

  const test::TempFolder real;
  const std::vector<std::pair<std::string, std::string>> environment = {{"PATH", "/usr/bin:/bin"}};
  const target::LocalTarget target(environment);
  const SystemClock clock;
  const run::RunOptions options{.store = real / "store", .jobs = 4, .ask_git = false};
  const auto done = run::execute_plan(*loaded.cases.front().planned.plan, {}, target, options, {}, clock);
  ASSERT_TRUE(done);
  const auto shape = shape_of(real / "store");
  EXPECT_GE(shape.size(), 25U);
  EXPECT_EQ(shape_of(rehearsed / "store"), shape);
}

TEST_F(RehearseTest, ARecordThatCannotBeMadeIsAnError) {
  use_recipe("steps: [{ id: a, run: [tool] }]\n");
  const LoadedTest loaded = load("  - { name: c, steps: { a: {} }, expect: { verdict: pass } }\n");
  const auto result = rehearse(loaded, loaded.cases.front(), folder_.write("file", ""), "0.1.0");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kSystem);
}

TEST_F(RehearseTest, AMissingScriptMakesTheCaseWrongAndNothingElseIsSaid) {
  use_recipe("steps: [{ id: a, run: [tool] }, { id: b, if: always(), run: [tool] }]\n");
  const CaseResult result = played("    expect: { verdict: pass }\n");
  EXPECT_EQ(result.verdict, CaseVerdict::kWrong);
  EXPECT_THAT(messages(result.problems), ElementsAre("the case does not say what the process of 'a' does",
                                                     "the case does not say what the process of 'b' does"));
}

TEST_F(RehearseTest, AnUnusedScriptMakesTheCaseWrong) {
  use_recipe("steps: [{ id: a, run: [tool] }, { id: b, run: [tool] }]\n");
  const std::string script = "    steps: { a: { exit_code: 1 }, b: {} }\n";
  const CaseResult result = played(script + "    expect: { verdict: fail }\n");
  EXPECT_EQ(result.verdict, CaseVerdict::kWrong);
  ASSERT_EQ(result.problems.items().size(), 1U);
  EXPECT_EQ(result.problems.items()[0].code, Code::kScriptUnused);
  EXPECT_EQ(played(script + "    expect: { verdict: fail, not_run: b }\n").verdict, CaseVerdict::kPassed);
  EXPECT_EQ(played(script + "    expect: { steps: { b: { verdict: skipped } } }\n").verdict, CaseVerdict::kPassed);
  EXPECT_EQ(played(script + "    expect: { steps: { b: { status: skipped } } }\n").verdict, CaseVerdict::kPassed);
}

TEST_F(RehearseTest, WhatIsExpectedGoesBeforeWhatIsUnused) {
  use_recipe("steps: [{ id: a, run: [tool] }, { id: b, run: [tool] }]\n");
  const CaseResult result = played("    steps: { a: { exit_code: 1 }, b: {} }\n    expect: { verdict: pass }\n");
  EXPECT_EQ(result.verdict, CaseVerdict::kFailed);
  EXPECT_THAT(messages(result.problems), ElementsAre("the verdict of the run is fail / pass"));
}

TEST_F(RehearseTest, FilesOutsideOfTheStepsFolderAreRefused) {
  use_recipe("steps: [{ id: a, run: [tool], cwd: /etc }]\n");
  const CaseResult result = played("    steps: { a: { files: { x.txt: y } } }\n    expect: { verdict: pass }\n");
  EXPECT_EQ(result.verdict, CaseVerdict::kFailed);
  EXPECT_FALSE(std::filesystem::exists("/etc/x.txt"));
}

// A recipe in use, a suite with a service and samples: everything a step can be.
TEST_F(RehearseTest, SuitesAndRecipesInUseArePlayedToo) {
  folder_.write("inner.yaml",
                "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: i, version: 1.0.0 }\nsteps: [{ id: say, run: "
                "[tool], outputs: { t: stdout } }]\noutputs: { t: steps.say.outputs.t }\n");
  folder_.write("suite.yaml", R"(apiVersion: assay/v1
kind: Suite
metadata: { name: s, version: 1.0.0 }
tests:
  - id: speed
    class: performance
    hardware: cpu
    tools: [tool, iperf]
    service: { run: [iperf, --server, "${{ service.port }}"], ready: port }
    run: [tool, --port, "${{ service.port }}"]
    samples: { min: 3, max: 5, warmup: 1 }
    cpu_share: { threads: 2 }
    metrics: [{ name: rate, unit: "{event}/s", better: higher, value: double(stdout) }]
    fault: f
    proves: p
)");
  use_recipe("steps: [{ id: inner, use: inner.yaml }, { id: tests, suite: suite.yaml }]\n");
  const std::string samples =
      "tests/speed: [{ stdout: '1' }, { stdout: '100', takes: 10s, cpu: 20s }, { stdout: '100', takes: 10s, cpu: 5s }, "
      "{ stdout: '101', takes: 10s, cpu: 20s }, { stdout: '99', takes: 10s, cpu: 20s }, { stdout: '100', takes: 10s, "
      "cpu: 20s }]";
  const CaseResult result =
      played("    facts: { cpu: { threads: 2 } }\n    steps:\n      inner/say: { stdout: hello }\n      " + samples +
             "\n    expect:\n      steps:\n        inner: { outputs: { t: hello } }\n        tests/speed: { argv: "
             "[tool, --port, '40000'] }\n");
  EXPECT_EQ(result.verdict, CaseVerdict::kPassed) << render(result.problems);
  const CaseResult missing = played(
      "    facts: { cpu: { threads: 2 } }\n    tools_missing: iperf\n    steps: { inner/say: {} }\n"
      "    expect: { steps: { tests/speed: { verdict: skipped, reason_contains: iperf } } }\n");
  EXPECT_EQ(missing.verdict, CaseVerdict::kPassed) << render(missing.problems);
}

struct RefusedCase {
  const char* name;
  const char* keys;
  CaseVerdict verdict;
  std::vector<std::string> messages;
};
void PrintTo(const RefusedCase& row, std::ostream* out) { *out << row.name; }
class Refused : public RehearseTest, public testing::WithParamInterface<RefusedCase> {};
TEST_P(Refused, IsComparedByItsCodes) {
  use_recipe(
      "params: { n: { type: int, default: 1, min: 1 } }\nsteps: [{ id: a, run: [tool], foreach: { x: facts.disks } "
      "}]\n");
  const CaseResult result = played(GetParam().keys);
  EXPECT_EQ(result.verdict, GetParam().verdict);
  EXPECT_EQ(messages(result.problems), GetParam().messages);
}
const RefusedCase kRefusals[] = {
    {"as_expected",
     "    params: { n: 0 }\n    facts: { disks: [] }\n    expect: { problems: R040 }\n",
     CaseVerdict::kPassed,
     {}},
    {"not_refused",
     "    facts: { disks: [] }\n    expect: { problems: R040 }\n",
     CaseVerdict::kFailed,
     {"the recipe is not refused / refused with R040"}},
    {"refused_in_another_way",
     "    expect: { problems: R040 }\n",
     CaseVerdict::kFailed,
     {"the recipe is refused with E002 / refused with R040", "no value for 'facts'",
      "the recipe is refused with E002 / refused with nothing but R040"}},
};
INSTANTIATE_TEST_SUITE_P(Cases, Refused, testing::ValuesIn(kRefusals), test::case_name);

struct WrongCase {
  const char* name;
  const char* recipe;
  const char* keys;
  std::vector<std::string> messages;
};
void PrintTo(const WrongCase& row, std::ostream* out) { *out << row.name; }
class Wrong : public RehearseTest, public testing::WithParamInterface<WrongCase> {};
TEST_P(Wrong, IsFoundBeforeAnythingIsPlayed) {
  folder_.write(
      "r2.yaml",
      "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: i, version: 1.0.0 }\nsteps: [{ id: b, run: [tool] }]\n");
  folder_.write("r3.yaml",
                "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: i, version: 1.0.0 }\nsteps: [{ id: b, run: "
                "[tool], outputs: { d: \"duration('90s')\" } }]\n");
  use_recipe(GetParam().recipe);
  const auto loaded = try_load("  - name: c\n" + std::string(GetParam().keys));
  EXPECT_FALSE(loaded.value);
  EXPECT_EQ(messages(loaded.problems), GetParam().messages);
  for (const Diagnostic& problem : loaded.problems.items()) {
    ASSERT_TRUE(problem.where);
    EXPECT_THAT(problem.where->source->name, HasSubstr("r.test.yaml")) << problem.message;
  }
}
const WrongCase kWrong[] = {
    {"parameter",
     "params: { n: { type: int, default: 1 } }\nsteps: [{ id: a, run: [tool] }]\n",
     "    params: { m: 1 }\n    steps: { a: {} }\n    expect: { verdict: pass }\n",
     {"unknown parameter 'm' / one of: n"}},
    {"profile",
     "steps: [{ id: a, run: [tool] }]\n",
     "    profile: big\n    steps: { a: {} }\n    expect: { verdict: pass }\n",
     {"the recipe has no profile 'big' / no profile: none is declared"}},
    {"selection",
     "steps: [{ id: a, run: [tool] }]\n",
     "    skip: b\n    steps: { a: {} }\n    expect: { verdict: pass }\n",
     {"no step is called 'b'"}},
    {"script_of_facts",
     "steps: [{ id: a, facts: true }]\n",
     "    facts: { cpu: { threads: 1 } }\n    steps: { a: {} }\n    expect: { verdict: pass }\n",
     {"'a' starts no process: it reads `facts` of the case"}},
    {"script_of_a_question",
     "steps: [{ id: a, approve: 'Go?' }, { id: b, run: [tool] }]\n",
     "    steps: { a: { exit_code: 0 }, b: { answer: yes } }\n    expect: { verdict: pass }\n",
     {"'a' starts no process: a person answers it", "'b' asks nobody"}},
    {"script_of_a_used_recipe",
     "steps: [{ id: a, use: r2.yaml }]\n",
     "    steps: { a: {} }\n    expect: { verdict: pass }\n",
     {"'a' starts no process: its steps do: give theirs"}},
    {"facts_step_without_facts",
     "steps: [{ id: a, facts: true }]\n",
     "    expect: { verdict: pass }\n",
     {"the recipe reads facts, and the case gives none"}},
    {"type_of_an_assertion",
     "steps: [{ id: a, run: [tool], outputs: { n: '1' } }]\n",
     "    steps: { a: {} }\n    expect: { that: steps.a.outputs.n + 1 }\n",
     {"'that' must give bool, this gives int"}},
    {"type_of_an_output_inside",
     "steps: [{ id: u, use: r3.yaml }]\n",
     "    steps: { u/b: {} }\n    expect: { that: \"steps['u/b'].outputs.d == 90\" }\n",
     {"'==' does not take (google.protobuf.Duration, int)"}},
    {"output_inside_that_is_not_there",
     "steps: [{ id: u, use: r3.yaml }]\n",
     "    steps: { u/b: {} }\n    expect: { that: \"steps['u/b'].outputs.e == 90\" }\n",
     {"unknown name 'e' in steps['u/b'].outputs"}},
    {"nothing_of_a_step",
     "steps: [{ id: a, run: [tool] }]\n",
     "    steps: { a: {} }\n    expect: { steps: { a: { outputs: {}, env: {} } } }\n",
     {"nothing is expected of 'a'"}},
    {"nothing_at_all_of_a_step",
     "steps: [{ id: a, run: [tool] }]\n",
     "    steps: { a: {} }\n    expect: { verdict: pass, steps: { a: {} } }\n",
     {"nothing is expected of 'a'"}},
    {"any_reason",
     "steps: [{ id: a, run: [tool] }]\n",
     "    steps: { a: {} }\n    expect: { steps: { a: { verdict: pass, reason_contains: '' } } }\n",
     {"every reason contains an empty text / a part of the reason"}},
    {"output",
     "steps: [{ id: a, run: [tool], outputs: { n: '1' } }]\n",
     "    steps: { a: {} }\n    expect: { steps: { a: { outputs: { m: 1 } } } }\n",
     {"'a' has no output 'm' / one of: n"}},
};
INSTANTIATE_TEST_SUITE_P(Cases, Wrong, testing::ValuesIn(kWrong), test::case_name);

}  // namespace
}  // namespace assay::rehearse
