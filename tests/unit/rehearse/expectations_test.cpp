// SPDX-License-Identifier: Apache-2.0
// Each expectation that does not hold says what came, at its own line.
#include "engine/rehearse/expectations.h"

#include "engine/rehearse/observed.h"
#include "rehearse_fixture.h"
#include "support/cases.h"

namespace assay::rehearse {
namespace {

using testing::ElementsAre;

// `a` prints 3 and fails its ensure, `b` is skipped, `c` always runs.
constexpr const char* kRecipe = R"yaml(params: { word: { type: string, default: w } }
steps:
  - id: a
    run: [tool, "${{ params.word }}"]
    env: { NAME: "${{ params.word }}" }
    stdin: "in ${{ params.word }}"
    outputs: { n: int(stdout), d: "duration('90s')" }
    ensure: outputs.n == 0
  - { id: b, run: [tool] }
  - { id: c, if: always(), matrix: { x: [1, 2] }, run: [tool] }
)yaml";
constexpr const char* kScript = "    steps: { a: { stdout: '3' }, c: {} }\n";

struct UnmetCase {
  const char* name;
  const char* expected;  // below `expect:`, on one line
  std::vector<std::string> messages;
};
void PrintTo(const UnmetCase& row, std::ostream* out) { *out << row.name; }
class Unmet : public RehearseTest, public testing::WithParamInterface<UnmetCase> {};
TEST_P(Unmet, SaysWhatCameAndWhatWasExpected) {
  use_recipe(kRecipe);
  const CaseResult result = played(std::string(kScript) + "    expect:\n      " + GetParam().expected + "\n");
  EXPECT_EQ(messages(result.problems), GetParam().messages);
  EXPECT_EQ(result.verdict, GetParam().messages.empty() ? CaseVerdict::kPassed : CaseVerdict::kFailed);
  for (const Diagnostic& problem : result.problems.items()) {
    EXPECT_EQ(problem.code, Code::kExpectation);
    ASSERT_TRUE(problem.where);
    EXPECT_EQ(problem.where->line, 9U) << "the line of the expectation";
  }
}
const UnmetCase kUnmet[] = {
    {"all_hold",
     "{ verdict: fail, exit_code: 1, not_run: b, steps: { a: { verdict: fail, status: finished, exit_code: 0, "
     "attempts: 1, outputs: { n: 3 } }, c: { verdict: pass } } }",
     {}},
    {"verdict", "verdict: pass", {"the verdict of the run is fail / pass"}},
    {"exit_code", "exit_code: 0", {"the exit code of the run is 1 / 0"}},
    {"step_verdict", "steps: { a: { verdict: pass } }", {"the verdict of 'a' is fail / pass"}},
    {"step_status", "steps: { a: { status: error } }", {"the status of 'a' is finished / error"}},
    {"every_instance",
     "steps: { c: { verdict: fail } }",
     {"the verdict of 'c[x=1]' is pass / fail", "the verdict of 'c[x=2]' is pass / fail"}},
    {"one_instance", "steps: { 'c[x=2]': { verdict: fail } }", {"the verdict of 'c[x=2]' is pass / fail"}},
    {"reason",
     "steps: { a: { reason: no } }",
     {"the reason of 'a' is \"ensure does not hold: outputs.n == 0 (outputs.n = 3)\" / \"no\""}},
    {"no_reason",
     "steps: { c: { reason: no } }",
     {"the reason of 'c[x=1]' is \"\" / \"no\"", "the reason of 'c[x=2]' is \"\" / \"no\""}},
    {"part_of_a_reason",
     "steps: { a: { reason_contains: memory } }",
     {"the reason of 'a' is \"ensure does not hold: outputs.n == 0 (outputs.n = 3)\" / a part like \"memory\""}},
    {"step_exit_code", "steps: { a: { exit_code: 2 } }", {"the exit code of 'a' is 0 / 2"}},
    {"no_exit_code", "steps: { b: { exit_code: 2 } }", {"the exit code of 'b' is not known: no process ended / 2"}},
    {"attempts",
     "steps: { a: { attempts: 2 }, b: { attempts: 1 } }",
     {"'a' was tried 1 time / 2 times", "'b' was tried 0 times / 1 time"}},
    {"output", "steps: { a: { outputs: { n: 4 } } }", {"the output 'n' of 'a' is 3 / 4"}},
    {"output_of_another_type", "steps: { a: { outputs: { n: '3' } } }", {"the output 'n' of 'a' is 3 / \"3\""}},
    {"duration", "steps: { a: { outputs: { d: 2m } } }", {"the output 'd' of 'a' is 90s / \"2m\""}},
    {"argv", "steps: { a: { argv: [tool] } }", {"the command of 'a' is [\"tool\", \"w\"] / [\"tool\"]"}},
    {"env",
     "steps: { a: { env: { NAME: v, NONE: x, LC_ALL: C.UTF-8 } } }",
     {"the variable 'NAME' of 'a' is \"w\" / \"v\"", "the variable 'NONE' of 'a' is not set / \"x\""}},
    {"stdin", "steps: { a: { stdin: w } }", {"'a' reads \"in w\" / \"w\""}},
    {"no_process", "steps: { b: { argv: [tool] } }", {"'b' started no process / one"}},
    {"run_all_the_same", "not_run: [a, b]", {"'a' was run: fail / not run"}},
    {"assertion",
     "that: steps.a.outputs.n > 3 && verdict == 'fail'",
     {"does not hold: steps.a.outputs.n > 3 && verdict == 'fail'"}},
    {"assertion_without_a_value", "that: steps.b.outputs.size() > 0", {"has no value: no key 'outputs' in steps.b"}},
    {"assertion_of_the_wrong_type", "that: plan.name", {"gives string, not true or false"}},
};
INSTANTIATE_TEST_SUITE_P(Expectations, Unmet, testing::ValuesIn(kUnmet), test::case_name);

TEST_F(RehearseTest, AnAssertionShowsWhatItLookedAt) {
  use_recipe(kRecipe);
  const CaseResult result =
      played(std::string(kScript) + "    expect: { that: steps.a.outputs.n == 4 && params.word == 'w' }\n");
  ASSERT_EQ(result.problems.items().size(), 1U);
  std::vector<std::string> notes;
  for (const Note& note : result.problems.items()[0].notes) notes.push_back(note.text);
  EXPECT_THAT(notes, ElementsAre("params.word = \"w\"", "steps.a.outputs.n = 3"));
}

TEST_F(RehearseTest, WhatItLookedAtMayHaveAnyName) {
  folder_.write("inner.yaml",
                "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: i, version: 1.0.0 }\nsteps: [{ id: s, run: "
                "[tool], outputs: { n: int(stdout) } }]\n");
  use_recipe("steps: [{ id: u, matrix: { x: [1.5] }, use: inner.yaml }]\n");
  const CaseResult result = played(
      "    steps: { 'u[x=1.5]/s': { stdout: '3' } }\n    expect: { that: \"steps['u[x=1.5]/s'].outputs.n == 4\" }\n");
  ASSERT_EQ(result.problems.items().size(), 1U);
  ASSERT_EQ(result.problems.items()[0].notes.size(), 1U);
  EXPECT_EQ(result.problems.items()[0].notes[0].text, "steps.u[x=1.5]/s.outputs.n = 3");
}

TEST_F(RehearseTest, AWrongVerdictShowsTheStepsThatMadeIt) {
  use_recipe(kRecipe);
  const CaseResult result = played(std::string(kScript) + "    expect: { verdict: pass }\n");
  ASSERT_EQ(result.problems.items().size(), 1U);
  ASSERT_EQ(result.problems.items()[0].notes.size(), 1U);
  EXPECT_EQ(result.problems.items()[0].notes[0].text, "a: ensure does not hold: outputs.n == 0 (outputs.n = 3)");
}

struct OutputCase {
  const char* name;
  const char* json;
  const char* type;
  const char* text;  // what `${{ }}` makes of it
  const char* kind;
};
class Output : public testing::TestWithParam<OutputCase> {};
TEST_P(Output, HasItsTypeAgain) {
  const expr::Value value =
      output_of(parse_json(GetParam().json, "test").value(), expr::Type::parse(GetParam().type).value());
  EXPECT_EQ(expr::type_name(value), GetParam().kind);
  if (GetParam().text != nullptr) {
    EXPECT_EQ(expr::to_text(value), GetParam().text);
  }
}
const OutputCase kOutputs[] = {
    {"integer", "3", "int", "3", "int"},
    {"double", "3", "double", "3", "double"},
    {"unsigned", "3", "uint", "3", "uint"},
    {"duration", "\"90s\"", "duration", "90s", "google.protobuf.Duration"},
    {"timestamp", "\"2026-01-02T03:04:05.5Z\"", "timestamp", "2026-01-02T03:04:05.5Z", "google.protobuf.Timestamp"},
    {"no_duration", "\"x\"", "duration", "x", "string"},
    {"text", "\"90s\"", "string", "90s", "string"},
    {"none", "null", "optional_type(int)", nullptr, "optional_type"},
    {"some", "5", "optional_type(int)", nullptr, "optional_type"},
    {"unknown", "\"x\"", "dyn", "x", "string"},
};
INSTANTIATE_TEST_SUITE_P(Outputs, Output, testing::ValuesIn(kOutputs), test::case_name);

}  // namespace
}  // namespace assay::rehearse
