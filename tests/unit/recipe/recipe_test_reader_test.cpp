// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "engine/recipe/recipe_test_model.h"
#include "support/cases.h"

namespace assay::recipe {
namespace {

constexpr const char* kTestHead =
    "apiVersion: assay/v1\nkind: RecipeTest\nmetadata: { name: t }\nrecipe: ../r.yaml\ncases:\n";

ReadResult<RecipeTest> read_cases(const std::string& cases) {
  return read_recipe_test(kTestHead + cases, "t.test.yaml", "dir/t.test.yaml");
}
TestCase one(const std::string& keys) {
  auto result = read_cases("  - { name: c, " + keys + " }\n");
  if (!result.value) throw std::runtime_error(render(result.problems));
  return result.value->cases.at(0);
}

TEST(RecipeTestReader, ReadsEverythingThatACaseCanSay) {
  const auto result = read_cases(R"yaml(  - name: the first
    params: { seconds: 5, list: [a, b], text: "yes" }
    profile: night
    only: load
    skip: [say, done]
    tools_missing: fio
    env: { HOME: /home/x }
    facts: { file: f.json, cpu: { threads: 8 }, disks: [{ name: sda }] }
    steps:
      load: { exit_code: 3, stdout: out, stderr: err, takes: 1m30s, cpu: 2s, files: { a/b.txt: x } }
      'load[a=1]': [ { signal: SIGSEGV }, { signal: 9 }, { not_startable: no such file } ]
    expect:
      verdict: fail
      exit_code: 1
      not_run: [say, done]
      steps:
        load: { verdict: pass, status: finished, reason: r, reason_contains: c, exit_code: 3, attempts: 2, outputs: { n: 5, l: [1] }, argv: [a, "1"], env: { A: b }, stdin: s }
      that: [ verdict == 'fail', "true" ]
  - name: the second
    expect: { problems: [R040, P001] }
)yaml");
  ASSERT_TRUE(result.value) << render(result.problems);
  const RecipeTest& test = *result.value;
  EXPECT_EQ(test.recipe.text, "../r.yaml");
  EXPECT_EQ(test.path, "dir/t.test.yaml");
  ASSERT_EQ(test.cases.size(), 2U);
  const TestCase& first = test.cases[0];
  EXPECT_EQ(first.name, "the first");
  EXPECT_EQ(first.where.line, 6U);
  ASSERT_EQ(first.params.size(), 3U);
  EXPECT_EQ(std::get<std::string>(first.params[0].value), "5") << "the declared type of the parameter decides";
  EXPECT_TRUE(std::get<expr::Value>(first.params[1].value).is(expr::Kind::kList));
  EXPECT_EQ(std::get<std::string>(first.params[2].value), "yes");
  EXPECT_EQ(first.profile->text, "night");
  EXPECT_EQ(first.only.at(0).text, "load");
  EXPECT_EQ(first.skip.size(), 2U);
  EXPECT_EQ(first.tools_missing.at(0).text, "fio");
  EXPECT_EQ(first.env.at(0).second, "/home/x");
  EXPECT_EQ(first.facts->file->text, "f.json");
  ASSERT_EQ(first.facts->values.size(), 2U);
  EXPECT_EQ(first.facts->values[0].path, "cpu.threads");
  EXPECT_EQ(first.facts->values[0].value.as_int(), 8);
  EXPECT_EQ(first.facts->values[1].path, "disks");
  ASSERT_EQ(first.steps.size(), 2U);
  const ScriptedResult& load = first.steps[0].results.at(0);
  EXPECT_EQ(load.exit_code, 3);
  EXPECT_EQ(load.out, "out");
  EXPECT_EQ(load.err, "err");
  EXPECT_EQ(load.takes, std::chrono::seconds(90));
  EXPECT_EQ(load.cpu, std::chrono::seconds(2));
  EXPECT_EQ(load.files.at(0).first, "a/b.txt");
  ASSERT_EQ(first.steps[1].results.size(), 3U);
  EXPECT_EQ(first.steps[1].results[0].signal, 11);
  EXPECT_EQ(first.steps[1].results[1].signal, 9);
  EXPECT_EQ(first.steps[1].results[2].not_startable, "no such file");
  EXPECT_EQ(first.expect.verdict->value, "fail");
  EXPECT_EQ(first.expect.verdict->where.line, 18U);
  EXPECT_EQ(first.expect.exit_code->value, 1);
  EXPECT_EQ(first.expect.not_run.size(), 2U);
  EXPECT_EQ(first.expect.that.size(), 2U);
  const ExpectedStep& step = first.expect.steps.at(0);
  EXPECT_EQ(step.verdict->value, "pass");
  EXPECT_EQ(step.status->value, "finished");
  EXPECT_EQ(step.reason->value, "r");
  EXPECT_EQ(step.reason_contains->value, "c");
  EXPECT_EQ(step.exit_code->value, 3);
  EXPECT_EQ(step.attempts->value, 2);
  EXPECT_EQ(step.outputs.size(), 2U);
  EXPECT_EQ(step.argv->value, (std::vector<std::string>{"a", "1"}));
  EXPECT_EQ(step.env.at(0).first.text, "A");
  EXPECT_EQ(step.stdin_text->value, "s");
  ASSERT_TRUE(test.cases[1].expect.problems);
  EXPECT_EQ(test.cases[1].expect.problems->at(1).value, "P001");
}

TEST(RecipeTestReader, AResultWithoutKeysIsACleanExit) {
  const TestCase test = one("steps: { a: {} }, expect: { verdict: pass }");
  const ScriptedResult& result = test.steps.at(0).results.at(0);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.takes, Nanoseconds(0));
  EXPECT_FALSE(result.cpu);
}

struct MistakeCase {
  const char* name;
  const char* keys;  // of a case with the name c
  const char* message;
};
class Mistake : public testing::TestWithParam<MistakeCase> {};
TEST_P(Mistake, IsNamed) {
  const auto result = read_cases("  - { name: c, " + std::string(GetParam().keys) + " }\n");
  EXPECT_FALSE(result.value);
  ASSERT_EQ(result.problems.items().size(), 1U) << render(result.problems);
  EXPECT_EQ(result.problems.items()[0].message, GetParam().message);
  EXPECT_EQ(result.problems.items()[0].where->line, 6U);
}
const MistakeCase kMistakes[] = {
    {"no_expectation", "steps: {}", "a case lacks the key 'expect'"},
    {"empty_expectation", "expect: {}", "'expect' expects nothing: the case could not fail"},
    {"expectation_of_nothing", "expect: { steps: {}, not_run: [], that: [] }",
     "'expect' expects nothing: the case could not fail"},
    {"step_of_nothing", "expect: { steps: { a: {} } }", "nothing is expected of 'a'"},
    {"no_codes", "expect: { problems: [] }", "'expect' expects nothing: the case could not fail"},
    {"unknown_code", "expect: { problems: R9 }", "'R9' is no code of a problem"},
    {"refused_and_more", "expect: { problems: R040, verdict: pass }",
     "a recipe that is refused has nothing else to expect"},
    {"verdict", "expect: { verdict: good }", "unknown verdict 'good'"},
    {"exit_code", "expect: { exit_code: 256 }", "'exit_code' must be from 0 to 255, got '256'"},
    {"expression", "expect: { that: 'a ==' }", "the expression ends too early"},
    {"steps_as_a_list", "steps: [a], expect: { verdict: pass }",
     "'steps' must be a mapping of step ids to results, got a list"},
    {"result_as_text", "steps: { a: pass }, expect: { verdict: pass }",
     "'a scripted result' must be a mapping, got text"},
    {"no_results", "steps: { a: [] }, expect: { verdict: pass }", "'a' has no result, or too many"},
    {"signal", "steps: { a: { signal: SEG } }, expect: { verdict: pass }", "unknown signal 'SEG'"},
    {"signal_and_exit_code", "steps: { a: { signal: SEGV, exit_code: 1 } }, expect: { verdict: pass }",
     "'signal' and 'exit_code' cannot both be"},
    {"not_started_and_output", "steps: { a: { not_startable: x, stdout: y } }, expect: { verdict: pass }",
     "'not_startable' and 'stdout' cannot both be"},
    {"takes", "steps: { a: { takes: 5 } }, expect: { verdict: pass }",
     "'takes' must be a duration above zero, got '5'"},
    {"file_outside", "steps: { a: { files: { ../x: y } } }, expect: { verdict: pass }",
     "'../x' is not a file in the step's folder"},
    {"file_outside_in_the_middle", "steps: { a: { files: { a/../../x: y } } }, expect: { verdict: pass }",
     "'a/../../x' is not a file in the step's folder"},
    {"absolute_file", "steps: { a: { files: { /etc/x: y } } }, expect: { verdict: pass }",
     "'/etc/x' is not a file in the step's folder"},
    {"folder_as_file", "steps: { a: { files: { x/: y } } }, expect: { verdict: pass }",
     "'x/' is not a file in the step's folder"},
    {"empty_facts", "facts: {}, expect: { verdict: pass }", "'facts' gives no fact"},
    {"facts_as_text", "facts: f.json, expect: { verdict: pass }",
     "'facts' must be a mapping: `file`, or facts and their values, got text"},
    {"params_as_list", "params: [a], expect: { verdict: pass }",
     "'params' must be a mapping of names to values, got a list"},
    {"unknown_key", "exepct: { verdict: pass }, expect: { verdict: pass }", "unknown key 'exepct' in a case"},
    {"nested_list", "only: [[a]], expect: { verdict: pass }", "'only' must be text, got a list"},
};
INSTANTIATE_TEST_SUITE_P(Mistakes, Mistake, testing::ValuesIn(kMistakes), test::case_name);

TEST(RecipeTestReader, NamesOfCasesAreUnique) {
  const auto result =
      read_cases("  - { name: c, expect: { verdict: pass } }\n  - { name: c, expect: { verdict: pass } }\n");
  ASSERT_EQ(result.problems.items().size(), 1U);
  EXPECT_EQ(result.problems.items()[0].message, "two cases are called 'c'");
  EXPECT_EQ(result.problems.items()[0].where->line, 7U);
}

TEST(RecipeTestReader, AFileWithoutCasesTestsNothing) {
  const auto result = read_cases("  []\n");
  ASSERT_EQ(result.problems.items().size(), 1U);
  EXPECT_EQ(result.problems.items()[0].message, "'cases' is empty: nothing is tested");
}

TEST(RecipeTestReader, AnotherKindIsNamed) {
  const auto result = read_recipe_test("apiVersion: assay/v1\nkind: Recipe\n", "r.yaml", "r.yaml");
  ASSERT_EQ(result.problems.items().size(), 1U);
  EXPECT_EQ(result.problems.items()[0].message, "this is a Recipe, not a RecipeTest");
}

}  // namespace
}  // namespace assay::recipe
