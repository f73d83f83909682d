// SPDX-License-Identifier: Apache-2.0
// Declared parameters: types, ranges, patterns, items, secrets by reference.
#include "read_recipe.h"
#include "support/cases.h"

namespace assay::recipe {
namespace {

using testing::ElementsAre;

Param param(const std::string& keys) {
  return good_recipe("params: { p: { " + keys + " } }\nsteps: [{ id: a, run: [x] }]\n").params.at(0);
}

struct DefaultCase {
  const char* name;
  const char* keys;
  const char* json;  // of the default
  const char* type;
};
class Declared : public testing::TestWithParam<DefaultCase> {};
TEST_P(Declared, ParametersHaveTypedDefaults) {
  const Param declared = param(GetParam().keys);
  ASSERT_TRUE(declared.fallback);
  EXPECT_EQ(json_of(*declared.fallback), GetParam().json);
  EXPECT_EQ(type_of(declared).text(), GetParam().type);
}
const DefaultCase kDefaults[] = {
    {"string", "type: string, default: text", R"("text")", "string"},
    {"string_of_digits", "type: string, default: 42", R"("42")", "string"},
    {"string_of_a_truth_value", "type: string, default: true", R"("true")", "string"},
    {"integer", "type: int, default: -7", "-7", "int"},
    {"number", "type: number, default: 2.5", "2.5", "double"},
    {"whole_number", "type: number, default: 2", "2.0", "double"},
    {"truth", "type: bool, default: false", "false", "bool"},
    {"duration", "type: duration, default: 1h30m", R"("5400s")", "google.protobuf.Duration"},
    {"size", "type: size, default: 4 GiB", R"({"value":4.0,"unit":"GiB"})", "quantity(B)"},
    {"choice", "type: enum, values: [low, high], default: high", R"("high")", "string"},
    {"choice_that_reads_as_a_number", "type: enum, values: [1, 2, 4], default: 2", R"("2")", "string"},
    {"choice_that_reads_as_true", "type: enum, values: [true, x], default: true", R"("true")", "string"},
    {"secret", "type: secret, default: \"env:TOKEN\"", R"("env:TOKEN")", "secret"},
    {"list", "type: list, default: [1, x, true]", R"([1,"x",true])", "list(dyn)"},
    {"list_of_integers", "type: list, items: int, default: [1, 2]", "[1,2]", "list(int)"},
    {"list_of_durations", "type: list, items: duration, default: [1s, 2m]", R"(["1s","120s"])",
     "list(google.protobuf.Duration)"},
    {"list_of_sizes", "type: list, items: size, default: [4 KiB]", R"([{"value":4.0,"unit":"KiB"}])",
     "list(quantity(B))"},
    {"empty_list", "type: list, items: int, default: []", "[]", "list(int)"},
};
INSTANTIATE_TEST_SUITE_P(Params, Declared, testing::ValuesIn(kDefaults), test::case_name);

TEST(DeclaredParam, KeepsBoundsAndHelp) {
  const Param size = param("type: size, min: 1 MiB, max: 2 TB, help: How large");
  EXPECT_EQ(expr::to_text(*size.min), "1 MiB");
  EXPECT_EQ(expr::to_text(*size.max), "2 TB");
  EXPECT_EQ(size.help, "How large");
  EXPECT_FALSE(size.fallback);
  const Param text = param("type: string, pattern: \"[a-z]+\"");
  EXPECT_EQ(text.pattern, "[a-z]+");
  EXPECT_THAT(param("type: enum, values: [a, b]").choices, ElementsAre("a", "b"));
}

struct GivenCase {
  const char* name;
  const char* keys;    // of the declaration
  const char* value;   // as -p gives it
  const char* result;  // JSON; or the message, with what was expected after ';'
};
class Given : public testing::TestWithParam<GivenCase> {};
TEST_P(Given, ValuesMustFit) {
  const auto value = convert_param_text(param(GetParam().keys), GetParam().value);
  EXPECT_EQ(value ? json_of(*value) : value.error().message + "; " + value.error().expected, GetParam().result);
  if (!value) {
    EXPECT_EQ(value.error().code, Code::kBadParam);
  }
}
const GivenCase kGiven[] = {
    {"least", "type: int, min: 1, max: 5", "1", "1"},
    {"greatest", "type: int, min: 1, max: 5", "5", "5"},
    {"below", "type: int, min: 1, max: 5", "0", "parameter 'p' cannot be '0'; at least 1"},
    {"above", "type: int, min: 1, max: 5", "6", "parameter 'p' cannot be '6'; at most 5"},
    {"too_large_for_a_number", "type: int", "9223372036854775808",
     "parameter 'p' cannot be '9223372036854775808'; a whole number"},
    {"largest", "type: int", "9223372036854775807", "9223372036854775807"},
    {"number_below", "type: number, min: 0.5", "0.25", "parameter 'p' cannot be '0.25'; at least 0.5"},
    {"number_that_is_none", "type: number, min: 0, max: 1", "nan", "parameter 'p' cannot be 'NaN'; at least 0"},
    {"duration_within", "type: duration, min: 1s, max: 1h", "90s", R"("90s")"},
    {"duration_above", "type: duration, max: 1h", "2h", "parameter 'p' cannot be '7200s'; at most 3600s"},
    {"size_in_another_unit", "type: size, min: 1 GiB", "2000 MiB", R"({"value":2000.0,"unit":"MiB"})"},
    {"size_below", "type: size, min: 1 GiB", "1000 MiB", "parameter 'p' cannot be '1000 MiB'; at least 1 GiB"},
    {"size_without_a_unit", "type: size", "5",
     "parameter 'p' cannot be '5'; a number and a unit of size, for example 4 GiB"},
    {"pattern", "type: string, pattern: \"[a-z]+\"", "abc", R"("abc")"},
    {"pattern_holds_for_the_whole_text", "type: string, pattern: \"[a-z]+\"", "abc1",
     "parameter 'p' cannot be 'abc1'; text that matches [a-z]+"},
    {"pattern_with_choices_holds_for_the_whole_text", "type: string, pattern: \"a|b\"", "ab",
     "parameter 'p' cannot be 'ab'; text that matches a|b"},
    {"pattern_and_lines", "type: string, pattern: \"[a-z]+\"", "abc\n",
     "parameter 'p' cannot be 'abc\n'; text that matches [a-z]+"},
    {"list_of_integers", "type: list, items: int", "1,2,3", "[1,2,3]"},
    {"list_with_a_wrong_element", "type: list, items: int", "1,x", "parameter 'p' cannot be 'x'; a whole number"},
    {"list_of_texts", "type: list", "1,x", R"(["1","x"])"},
    {"empty_elements", "type: list", "a,,b", R"(["a","","b"])"},
    {"secret_from_the_environment", "type: secret", "env:TOKEN", R"("env:TOKEN")"},
    {"secret_from_a_file", "type: secret", "file:/run/key", R"("file:/run/key")"},
    {"secret_from_a_command", "type: secret", "command:pass show x", R"("command:pass show x")"},
    {"secret_from_the_vault", "type: secret", "vault:x", R"("vault:x")"},
    {"secret_written_down", "type: secret", "hunter2",
     "parameter 'p' is a secret and must be given by reference; env:NAME, file:PATH, command:PROGRAM or vault:NAME"},
    {"secret_of_nothing", "type: secret", "env:",
     "parameter 'p' is a secret and must be given by reference; env:NAME, file:PATH, command:PROGRAM or vault:NAME"},
};
INSTANTIATE_TEST_SUITE_P(Params, Given, testing::ValuesIn(kGiven), test::case_name);

class WrongParam : public testing::TestWithParam<WrongCase> {};
TEST_P(WrongParam, IsExplained) { expect_one_error(GetParam()); }

#define PARAM(KEYS) "params: { p: { " KEYS " } }\nsteps: [{ id: a, run: [x] }]\n"
const WrongCase kWrongParams[] = {
    {"default_below",
     PARAM("type: int, min: 5, default: 4"),
     {"r.yaml:4:", "error[R040]: parameter 'p' cannot be '4'", "at least 5"}},
    {"default_against_the_pattern",
     PARAM("type: string, pattern: \"[0-9]+\", default: x"),
     {"error[R040]", "text that matches [0-9]+"}},
    {"default_is_no_choice",
     PARAM("type: enum, values: [low, high], default: hihg"),
     {"error[R040]", "one of: low, high", "did you mean 'high'?"}},
    {"default_of_another_element",
     PARAM("type: list, items: int, default: [1, x]"),
     {"error[R040]: parameter 'p' cannot be 'x'"}},
    {"default_is_no_list", PARAM("type: list, default: x"), {"error[R040]: parameter 'p' cannot be 'x'", "a list"}},
    {"quoted_number",
     PARAM("type: int, default: \"5\""),
     {"error[R040]: parameter 'p' cannot be '5'", "a whole number"}},
    {"norway",
     PARAM("type: bool, default: no"),
     {"error[R040]: parameter 'p' cannot be 'no'", "true or false", "help: write false"}},
    {"secret_written_down",
     PARAM("type: secret, default: hunter2"),
     {"error[R040]: parameter 'p' is a secret and must be given by reference"}},
    {"min_of_a_text", PARAM("type: string, min: 5"), {"error[R020]: 'min' fits only int, number, duration and size"}},
    {"max_of_a_choice",
     PARAM("type: enum, values: [a], max: 5"),
     {"error[R020]: 'max' fits only int, number, duration and size"}},
    {"min_of_another_type", PARAM("type: duration, min: 5"), {"error[R040]: parameter 'p' cannot be '5'"}},
    {"pattern_of_a_number", PARAM("type: int, pattern: x"), {"error[R020]: 'pattern' fits only a string"}},
    {"pattern_that_is_none", PARAM("type: string, pattern: \"[a\""), {"error[R020]"}},
    {"pattern_with_a_look_back", PARAM("type: string, pattern: \"(a)\\\\1\""), {"error[R020]"}},
    {"enum_without_values", PARAM("type: enum"), {"error[R011]: enum parameter 'p' lacks the key 'values'"}},
    {"no_type", PARAM("default: 5"), {"error[R011]: a parameter lacks the key 'type'"}},
    {"items",
     PARAM("type: list, items: text"),
     {"error[R020]: unknown items 'text'", "one of: string, int, number, bool, duration, size"}},
    {"items_of_a_text", PARAM("type: string, items: int"), {"r.yaml:4:37: error[R020]: 'items' fits only a list"}},
    {"values_of_a_text",
     PARAM("type: string, values: [a]"),
     {"error[R020]: 'values' fits only an enum", "`type: enum`"}},
    {"value_twice", PARAM("type: enum, values: [a, b, a]"), {"error[R015]: 'a' stands twice among the values"}},
    {"max_below_min",
     PARAM("type: duration, min: 1m, max: 5s"),
     {"r.yaml:4:46: error[R040]: the max of parameter 'p' is below its min, 60s: no value would fit"}},
    {"negative_size",
     PARAM("type: size, default: -4 GiB"),
     {"error[R040]: parameter 'p' cannot be '-4 GiB'", "a size of 0 B or more"}},
    {"size_without_byte", PARAM("type: size, default: 4G"), {"error[R040]", "help: write 4GB or 4GiB"}},
    {"size_of_nonsense", PARAM("type: size, default: big"), {"expected a number and a unit of size"}},
    {"truth_in_quotes", PARAM("type: bool, default: \"true\""), {"help: write it without quotes"}},
    {"truth_of_yaml_1_1", PARAM("type: bool, default: yes"), {"help: write true"}},
    {"number_in_quotes", PARAM("type: int, default: \"5\""), {"help: write it without quotes"}},
    {"type_of_another_language", PARAM("type: integer"), {"unknown type 'integer'", "did you mean 'int'?"}},
    {"is_a_text",
     "params: { p: int }\nsteps: [{ id: a, run: [x] }]\n",
     {"error[R013]: 'a parameter' must be a mapping, got text"}},
    {"name",
     "params: { 1p: { type: int } }\nsteps: [{ id: a, run: [x] }]\n",
     {"error[R014]: '1p' is not a valid name for a parameter"}},
    {"key",
     PARAM("type: int, defualt: 5"),
     {"error[R010]: unknown key 'defualt' in a parameter", "did you mean 'default'?"}},
};
INSTANTIATE_TEST_SUITE_P(Params, WrongParam, testing::ValuesIn(kWrongParams), test::case_name);

TEST(SecretParam, IsNotRepeatedWhenItIsRefused) {
  const auto written = read_text(PARAM("type: string"));  // the file itself shows its line; the message must not
  ASSERT_TRUE(written.value);
  Diagnostics problems;
  bind_params({param("type: secret")}, {{"p", std::string("hunter2"), std::nullopt, "-p"}}, problems);
  EXPECT_EQ(render(problems).find("hunter2"), std::string::npos) << render(problems);
  EXPECT_TRUE(problems.has_errors());
}

// A name is told where it stands, a value that does not fit at the value.
TEST(GivenParam, PointsAtItsNameOrItsValue) {
  const auto source = std::make_shared<SourceText>(SourceText{"p.yaml", "n: x\nm: 1\n"});
  const SourceSpan name{.source = source, .line = 1, .column = 1};
  const SourceSpan value{.source = source, .line = 1, .column = 4};
  const auto column = [&](GivenParam given) {
    given.name = given.name.empty() ? "p" : given.name;
    Diagnostics problems;
    bind_params({param("type: int, default: 1")}, {given}, problems);
    EXPECT_EQ(problems.items().size(), 1U) << render(problems);
    return problems.items().at(0).where->column;
  };
  EXPECT_EQ(column({"", expr::Value::string("x"), name, "", value}), 4U);
  EXPECT_EQ(column({"", expr::Value::string("x"), name}), 1U);
  EXPECT_EQ(column({"n", expr::Value::string("x"), name, "", value}), 1U);
}

TEST(Pattern, SaysWhatIsWrong) {
  EXPECT_FALSE(pattern_problem("[a-z]+"));
  EXPECT_FALSE(pattern_problem(""));
  EXPECT_TRUE(pattern_problem("[a"));
  EXPECT_TRUE(pattern_problem("a{1001}"));
}

}  // namespace
}  // namespace assay::recipe
