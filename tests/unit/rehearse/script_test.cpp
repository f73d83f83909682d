// SPDX-License-Identifier: Apache-2.0
#include "engine/rehearse/script.h"

#include <gtest/gtest.h>

#include "support/cases.h"

namespace assay::rehearse {
namespace {

recipe::ScriptedResult exits_with(int code) {
  recipe::ScriptedResult result;
  result.exit_code = code;
  return result;
}
recipe::ScriptedStep step(const char* id, std::vector<recipe::ScriptedResult> results, bool in_turn = false) {
  return {.id = {id, {}}, .results = std::move(results), .in_turn = in_turn};
}

struct IdCase {
  const char* name;
  const char* instance;
  const char* id;
};
class WithoutRow : public testing::TestWithParam<IdCase> {};
TEST_P(WithoutRow, IsTheStep) { EXPECT_EQ(without_row(GetParam().instance), GetParam().id); }
const IdCase kIds[] = {
    {"plain", "load", "load"},
    {"row", "load[a=1,b=x]", "load"},
    {"inside", "outer/load[a=1]", "outer/load"},
    {"row_of_the_outer_one", "outer[n=1]/load", "outer[n=1]/load"},
    {"both", "outer[n=1]/load[a=1]", "outer[n=1]/load"},
};
INSTANTIATE_TEST_SUITE_P(Ids, WithoutRow, testing::ValuesIn(kIds), test::case_name);

TEST(Script, OneResultAnswersEveryExecution) {
  recipe::TestCase test;
  test.steps.push_back(step("load", {exits_with(3)}));
  Script script(test);
  EXPECT_EQ(script.used(test.steps[0]), 0U);
  for (int i = 0; i < 5; ++i) EXPECT_EQ((*script.next("load"))->exit_code, 3);
  EXPECT_EQ(script.used(test.steps[0]), 1U);
  EXPECT_TRUE(script.problems().empty());
}

TEST(Script, AListAnswersInTurnForEachInstance) {
  recipe::TestCase test;
  test.steps.push_back(step("load", {exits_with(1), exits_with(2)}, true));
  Script script(test);
  EXPECT_EQ((*script.next("load[a=1]"))->exit_code, 1);
  EXPECT_EQ((*script.next("load[a=2]"))->exit_code, 1) << "an instance begins at the beginning";
  EXPECT_EQ((*script.next("load[a=1]"))->exit_code, 2);
  EXPECT_EQ(script.used(test.steps[0]), 2U);
  const auto third = script.next("load[a=1]");
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, Code::kScriptMissing);
  EXPECT_EQ(third.error().message, "'load[a=1]' is executed more often than it has results: 2");
  EXPECT_EQ(script.problems().items().size(), 1U);
}

TEST(Script, AnInstanceGoesBeforeItsStep) {
  recipe::TestCase test;
  test.steps.push_back(step("load", {exits_with(1)}));
  test.steps.push_back(step("load[a=2]", {exits_with(2)}));
  Script script(test);
  EXPECT_EQ((*script.next("load[a=1]"))->exit_code, 1);
  EXPECT_EQ((*script.next("load[a=2]"))->exit_code, 2);
}

TEST(Script, WhatIsMissingIsShownAsTheLineToAdd) {
  const recipe::TestCase test;
  Script script(test);
  EXPECT_EQ(script.next("load").error().help, "add to its `steps`: load: { exit_code: 0, stdout: \"\" }");
  EXPECT_EQ(script.next("load[a=1]").error().help, "add to its `steps`: 'load[a=1]': { exit_code: 0, stdout: \"\" }");
  EXPECT_EQ(script.problems().items().size(), 2U);
}

TEST(Script, RemembersTheLastProcessOfAnInstance) {
  const recipe::TestCase test;
  Script script(test);
  EXPECT_EQ(script.last_process("load"), nullptr);
  script.started("load", {.argv = {"first"}, .env = {}, .cwd = "/w/1"});
  script.started("load",
                 {.argv = {"sh", "/w/2/script", "--in=/w/2"}, .env = {{"A", "b"}}, .cwd = "/w/2", .input = "i"});
  const StartedProcess* process = script.last_process("load");
  ASSERT_NE(process, nullptr);
  EXPECT_EQ(process->argv, (std::vector<std::string>{"sh", "{scratch}/script", "--in={scratch}"}));
  EXPECT_EQ(process->env.at(0).second, "b");
  EXPECT_EQ(process->input, "i");
}

TEST(Script, KnowsTheToolsThatAreMissing) {
  recipe::TestCase test;
  test.tools_missing.push_back({"fio", {}});
  const Script script(test);
  EXPECT_TRUE(script.is_missing("fio"));
  EXPECT_FALSE(script.is_missing("fi"));
}

}  // namespace
}  // namespace assay::rehearse
