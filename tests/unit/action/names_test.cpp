// SPDX-License-Identifier: Apache-2.0
#include "engine/action/names.h"

#include "action_fixture.h"
#include "support/cases.h"

namespace assay::action {
namespace {

expr::Expression parsed(const std::string& text) { return expr::Expression::parse(text).value(); }

class NamesTest : public ActionTest {
 protected:
  NamesTest() {
    origin_->params = expr::from_json(Json::parse(R"({"n": 7, "size": {"value": 4, "unit": "GiB"}, "list": [1, 2]})"));
    planned_.matrix = expr::from_json(Json::parse(R"({"method": "flip"})"));
    steps_["load"] = expr::from_json(Json::parse(R"({"verdict": "pass", "outputs": {"speed": 2.5}})"));
    steps_["two-words"] = expr::from_json(Json::parse(R"({"verdict": "fail"})"));
  }
  // The value as JSON, or the error's message.
  std::string value_of(const Names& names, const std::string& expression) {
    const auto value = names.evaluate(parsed(expression));
    return value ? to_json_line(expr::to_json(*value)) : "error: " + value.error().message;
  }
};

struct NameCase {
  const char* name;
  const char* expression;
  const char* value;
};
class EveryName : public NamesTest, public testing::WithParamInterface<NameCase> {};
TEST_P(EveryName, HasItsValue) {
  Names names(scope());
  names.set("stdout", expr::Value::string("out"));
  names.set_function("always", expr::Value::boolean(true));
  names.set_function("success", expr::Value::boolean(false));
  names.set_function("failure", expr::Value::boolean(true));
  EXPECT_EQ(value_of(names, GetParam().expression), GetParam().value);
}
const NameCase kNames[] = {
    {"params", "params.n + 1", "8"},
    {"quantity", "params.size > quantity(\"3 GiB\")", "true"},
    {"facts", "facts.cpu.threads", "4"},
    {"matrix", "matrix.method", "\"flip\""},
    {"target", "target.name", "\"local\""},
    {"run", "run.id", "\"20260131T083000Z-abcdef\""},
    {"environment", "env.HOME + ' ' + env.LC_ALL + ' ' + env.TZ", "\"/home/x C.UTF-8 UTC\""},
    {"nothing_else_of_the_environment", "has(env.SECRET)", "false"},
    {"step", "steps.load.verdict", "\"pass\""},
    {"output_of_a_step", "steps.load.outputs.speed * 2.0", "5.0"},
    {"step_by_index", "steps['two-words'].verdict", "\"fail\""},
    {"two_steps", "steps.load.verdict + steps['two-words'].verdict", "\"passfail\""},
    {"what_the_step_produced", "stdout", "\"out\""},
    {"always", "always()", "true"},
    {"success", "success()", "false"},
    {"failure", "failure()", "true"},
    {"member_that_is_missing", "has(facts.gpu)", "false"},
    {"inside_a_macro", "params.list.map(x, x + params.n)", "[8,9]"},
};
INSTANTIATE_TEST_SUITE_P(Names, EveryName, testing::ValuesIn(kNames), test::case_name);

TEST_F(NamesTest, WhatWasSetHidesTheSurroundings) {
  Names names(scope());
  EXPECT_EQ(value_of(names, "facts.cpu.threads"), "4");
  names.set("facts", expr::from_json(Json::parse(R"({"cpu": {"threads": 64}})")));
  EXPECT_EQ(value_of(names, "facts.cpu.threads"), "64");
  names.set("facts", expr::Value::integer(1));
  EXPECT_EQ(value_of(names, "facts"), "1") << "the last addition counts";
  EXPECT_EQ(value_of(names, "params.n"), "7") << "and hides nothing else";
}

TEST_F(NamesTest, AFunctionCanBeGivenAgain) {
  Names names(scope());
  names.set_function("success", expr::Value::boolean(true));
  names.set_function("success", expr::Value::boolean(false));
  EXPECT_EQ(value_of(names, "success()"), "false");
}

TEST_F(NamesTest, ANameWithoutAValueIsNamed) {
  const Names names(scope());
  EXPECT_EQ(value_of(names, "stdout + 'x'"), "error: no value for 'stdout'");
  EXPECT_EQ(value_of(names, "outputs.n"), "error: no value for 'outputs'");
  EXPECT_EQ(value_of(names, "success()"), "error: unknown function 'success'");
  EXPECT_EQ(value_of(names, "facts.gpu.model"), "error: no key 'gpu' in facts");
}

TEST_F(NamesTest, OnlyStepsThatAnExpressionNamesAreBuilt) {
  const Names names(scope());
  EXPECT_EQ(value_of(names, "steps.load.verdict == 'pass' && steps.load.outputs.speed > 1.0"), "true");
  EXPECT_THAT(asked_, testing::ElementsAre(testing::Pair("load", 1)));
  asked_.clear();
  EXPECT_EQ(value_of(names, "params.n"), "7");
  EXPECT_THAT(asked_, testing::IsEmpty());
}

TEST_F(NamesTest, AStepThatWasSkippedHasNoOutputs) {
  const Names names(scope());
  steps_["load"] = expr::from_json(Json::parse(R"({"verdict": "skipped", "status": "skipped"})"));
  EXPECT_EQ(value_of(names, "has(steps.load.outputs)"), "false");
  EXPECT_EQ(value_of(names, "has(steps.load.outputs) ? steps.load.outputs.speed : 0.0"), "0.0");
}

struct TextCase {
  const char* name;
  const char* text;
  const char* value;  // or "error: …"
};
class TextFields : public NamesTest, public testing::WithParamInterface<TextCase> {};
TEST_P(TextFields, AreText) {
  const recipe::TextField field{.text = expr::TemplateText::parse(GetParam().text).value(), .where = {}};
  const Names names(scope());
  const auto text = names.text(field);
  EXPECT_EQ(text ? *text : "error: " + text.error().message, GetParam().value);
}
const TextCase kTexts[] = {
    {"plain", "plain text", "plain text"},
    {"empty", "", ""},
    {"integer", "${{ params.n }}", "7"},
    {"integer_in_text", "n=${{ params.n }}!", "n=7!"},
    {"number", "${{ 0.1 + 0.2 }}", "0.30000000000000004"},
    {"boolean", "${{ params.n > 3 }}", "true"},
    {"string", "${{ matrix.method }}", "flip"},
    {"duration", "${{ duration('90s') }}", "90s"},
    {"quantity", "${{ params.size }}", "4 GiB"},
    {"timestamp", "${{ timestamp('2026-01-31T08:30:00Z') }}", "2026-01-31T08:30:00Z"},
    {"two_steps", "${{ steps.load.verdict }} ${{ steps['two-words'].verdict }}", "pass fail"},
    {"list", "${{ params.list }}", "error: a value of type list cannot stand in text"},
    {"map", "${{ params }}", "error: a value of type map cannot stand in text"},
    {"null", "${{ null }}", "error: a value of type null_type cannot stand in text"},
    {"bytes", "${{ b'x' }}", "error: a value of type bytes cannot stand in text"},
    {"missing", "${{ params.other }}", "error: no key 'other' in params"},
};
INSTANTIATE_TEST_SUITE_P(Texts, TextFields, testing::ValuesIn(kTexts), test::case_name);

struct ObservedCase {
  const char* name;
  const char* expression;
  const char* observed;
};
class Observed : public NamesTest, public testing::WithParamInterface<ObservedCase> {};
TEST_P(Observed, TellsWhatTheExpressionLookedAt) {
  Names names(scope());
  names.set("exit_code", expr::Value::integer(3));
  names.set("stdout", expr::Value::string("much text"));
  names.set("outputs",
            expr::from_json(Json::parse(R"({"errors": 3, "tab": "a\tb\u001b[31m", "list": [1, "x"], "long": ")" +
                                        std::string(100, 'x') + "\"}")));
  EXPECT_EQ(names.observed(parsed(GetParam().expression)), GetParam().observed);
}
const ObservedCase kObserved[] = {
    {"one", "outputs.errors == 0", "outputs.errors = 3"},
    {"several_in_order_of_name", "params.n > outputs.errors && facts.cpu.threads > 1",
     "facts.cpu.threads = 4, outputs.errors = 3, params.n = 7"},
    {"exit_code", "exit_code == 0", "exit_code = 3"},
    {"whole_streams_are_not_shown", "stdout.contains('x')", ""},
    {"constant", "1 == 2", ""},
    {"list_as_json", "outputs.list.size() == 1", "outputs.list = [1,\"x\"]"},
    {"made_printable", "outputs.tab == ''", "outputs.tab = a b?[31m"},
    {"shortened", "outputs.long == ''", "outputs.long = xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"},
    {"missing_values_are_left_out", "has(outputs.none) && outputs.errors == 0", "outputs.errors = 3"},
};
INSTANTIATE_TEST_SUITE_P(Names, Observed, testing::ValuesIn(kObserved), test::case_name);

}  // namespace
}  // namespace assay::action
