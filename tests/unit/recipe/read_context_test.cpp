// SPDX-License-Identifier: Apache-2.0
// One value of each type, read from a YAML node: what it becomes, or what is said about it.
#include "engine/recipe/read_context.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "support/cases.h"

namespace assay::recipe {
namespace {

using testing::HasSubstr;

std::string json_of(const expr::Value& value) { return to_json_line(expr::to_json(value)); }

// Reads the node with one function and shows what it gave; "none" for nothing.
using Reader = std::string (*)(ReadContext&, const YamlNode&);

std::string read_text(ReadContext& c, const YamlNode& n) { return c.text(n, "key").value_or("none"); }
std::string read_bool(ReadContext& c, const YamlNode& n) {
  const auto value = c.boolean(n, "key");
  return !value ? "none" : *value ? "true" : "false";
}
std::string read_integer(ReadContext& c, const YamlNode& n) {
  const auto value = c.integer(n, "key", -5, 100);
  return value ? std::to_string(*value) : "none";
}
std::string read_number(ReadContext& c, const YamlNode& n) {
  const auto value = c.number(n, "key", 0, 1);
  return value ? json_of(expr::Value::number(*value)) : "none";
}
std::string read_duration(ReadContext& c, const YamlNode& n) {
  const auto value = c.duration(n, "key");
  return value ? std::to_string(value->count()) : "none";
}
std::string read_choice(ReadContext& c, const YamlNode& n) { return c.choice(n, "key", "red|green").value_or("none"); }
std::string read_texts(ReadContext& c, const YamlNode& n) { return join(c.text_list(n, "key"), "+"); }
std::string read_codes(ReadContext& c, const YamlNode& n) {
  std::vector<std::string> out;
  for (const int code : c.exit_codes(n, "key")) out.push_back(std::to_string(code));
  return join(out, "+");
}
std::string read_name(ReadContext& c, const YamlNode& n) {
  const auto name = c.name(n, "a thing");
  return name ? name->text : "none";
}
std::string read_names(ReadContext& c, const YamlNode& n) {
  std::vector<std::string> out;
  for (const Name& name : c.name_list(n, "key")) out.push_back(name.text);
  return join(out, "+");
}
std::string read_expression(ReadContext& c, const YamlNode& n) {
  const auto field = c.expression(n, "key");
  return field ? std::string(trim(field->expression.text())) : "none";
}
std::string read_expressions(ReadContext& c, const YamlNode& n) {
  std::vector<std::string> out;
  for (const ExpressionField& field : c.expression_list(n, "key")) out.push_back(field.expression.text());
  return join(out, "+");
}
std::string read_values(ReadContext& c, const YamlNode& n) {
  std::vector<std::string> out;
  for (const auto& [name, value] : c.value_map(n, "key")) out.push_back(name.text + "=" + json_of(value));
  return join(out, "+");
}
std::string read_arguments(ReadContext& c, const YamlNode& n) {
  std::vector<std::string> out;
  for (const auto& [name, argument] : c.argument_map(n, "key")) {
    const auto* value = std::get_if<expr::Value>(&argument);
    out.push_back(name.text + "=" + (value != nullptr ? json_of(*value) : "template"));
  }
  return join(out, "+");
}
std::string read_argv(ReadContext& c, const YamlNode& n) { return std::to_string(c.argv(n, "key").size()); }

struct ValueCase {
  const char* name;
  Reader read;
  const char* yaml;
  const char* value;
  const char* problem;  // of the message; empty: nothing is said
};
class Reading : public testing::TestWithParam<ValueCase> {};
TEST_P(Reading, GivesAValueOrAReason) {
  const auto document = parse_yaml("k: " + std::string(GetParam().yaml) + "\n", "f.yaml");
  ASSERT_TRUE(document.root) << render(document.problems);
  Diagnostics problems;
  ReadContext context(problems);
  EXPECT_EQ(GetParam().read(context, *document.root->find("k")), GetParam().value);
  if (*GetParam().problem == '\0') {
    EXPECT_EQ(render(problems), "");
    return;
  }
  ASSERT_FALSE(problems.empty());
  EXPECT_THAT(render(problems), HasSubstr(GetParam().problem));
  EXPECT_EQ(problems.items()[0].where->line, 1U);
}

const ValueCase kValues[] = {
    {"text", read_text, "a b", "a b", ""},
    {"text_of_a_number", read_text, "1.50", "1.50", ""},
    {"text_of_a_truth_value", read_text, "no", "no", ""},
    {"text_of_nothing", read_text, "~", "none", "'key' must be text, got nothing"},
    {"text_of_a_list", read_text, "[a]", "none", "'key' must be text, got a list"},
    {"truth", read_bool, "true", "true", ""},
    {"untruth", read_bool, "false", "false", ""},
    {"quoted_truth", read_bool, "'true'", "none", "'key' must be true or false, got 'true'"},
    {"yes", read_bool, "yes", "none", "help: write true"},
    {"off", read_bool, "off", "none", "help: write false"},
    {"upper_case", read_bool, "TRUE", "none", "help: write true"},
    {"one", read_bool, "1", "none", "'key' must be true or false, got '1'"},
    {"least_integer", read_integer, "-5", "-5", ""},
    {"greatest_integer", read_integer, "100", "100", ""},
    {"integer_below", read_integer, "-6", "none", "'key' must be from -5 to 100, got '-6'"},
    {"integer_above", read_integer, "101", "none", "'key' must be from -5 to 100, got '101'"},
    {"integer_in_quotes", read_integer, "\"5\"", "none", "help: remove the quotes"},
    {"number_in_quotes", read_number, "'0.5'", "none", "'key' must be a number, got the text '0.5'"},
    {"integer_with_a_sign", read_integer, "+5", "none", "'key' must be a whole number, got '+5'"},
    {"integer_with_a_fraction", read_integer, "5.0", "none", "'key' must be a whole number, got '5.0'"},
    {"integer_of_hex_digits", read_integer, "0x10", "none", "'key' must be a whole number, got '0x10'"},
    {"integer_of_many_digits", read_integer, "99999999999999999999", "none", "'key' must be from -5 to 100"},
    {"number", read_number, "0.5", "0.5", ""},
    {"whole_number", read_number, "1", "1.0", ""},
    {"number_above", read_number, "1.01", "none", "'key' must be from 0 to 1, got '1.01'"},
    {"number_that_is_none", read_number, ".nan", "none", "'key' must be a number, got '.nan'"},
    {"number_without_end", read_number, "inf", "none", "'key' must be a number, got 'inf'"},
    {"duration", read_duration, "1m30s", "90000000000", ""},
    {"duration_of_nothing", read_duration, "0s", "none", "'key' must be a duration above zero, got '0s'"},
    {"duration_below_nothing", read_duration, "-5s", "none", "'key' must be a duration above zero, got '-5s'"},
    {"duration_without_unit", read_duration, "5", "none", "expected a number and a unit"},
    {"duration_in_words", read_duration, "5 minutes", "none", "help: write 5m"},
    {"duration_in_short_words", read_duration, "5 sec", "none", "help: write 5s"},
    {"duration_of_two_words", read_duration, "1 Hour, 30 mins", "none", "help: write 1h30m"},
    {"duration_of_a_number", read_duration, "300", "none", "help: write 300s for seconds"},
    {"duration_with_a_blank", read_duration, "5 m", "none", "help: write it without blanks: 5m"},
    {"duration_of_a_list", read_duration, "[5s]", "none", "expected for example `key: 90s`"},
    {"codes_of_a_number", read_codes, "3", "", "expected for example `key: [0, 3]`"},
    {"element_of_a_list", read_texts, "[{ a: b }]", "", "expected a text; in quotes where YAML reads more than a text"},
    {"name_with_blanks", read_name, "a b c", "none", "help: write a-b-c"},
    {"names_in_one_text", read_names, "a, b", "", "help: a list stands in brackets: [a, b]"},
    {"begin_of_a_choice", read_choice, "gr", "none", "did you mean 'green'?"},
    {"choice", read_choice, "red", "red", ""},
    {"no_choice", read_choice, "gren", "none", "did you mean 'green'?"},
    {"texts", read_texts, "[a, 1, true]", "a+1+true", ""},
    {"texts_of_lists", read_texts, "[a, [b]]", "a", "'key' must be text, got a list"},
    {"texts_are_no_text", read_texts, "a", "", "'key' must be a list of texts, got text"},
    {"codes", read_codes, "[0, 255]", "0+255", ""},
    {"codes_above", read_codes, "[256]", "", "must be from 0 to 255, got '256'"},
    {"name", read_name, "a-B_9", "a-B_9", ""},
    {"name_of_a_digit", read_name, "9a", "none", "'9a' is not a valid name for a thing"},
    {"name_with_a_dot", read_name, "a.b", "none", "expected a letter, then letters, digits, '-' and '_'"},
    {"name_of_other_letters", read_name, "größe", "none", "is not a valid name for a thing"},
    {"names", read_names, "[a, b]", "a+b", ""},
    {"one_name", read_names, "a", "a", ""},
    {"names_of_a_mapping", read_names, "{ a: b }", "", "'key' must be a list of names, got a mapping"},
    {"expression", read_expression, "a + 1", "a + 1", ""},
    {"wrapped_expression", read_expression, "${{ a + 1 }}", "a + 1", ""},
    {"wrapped_and_quoted", read_expression, "\"${{ a + 1 }}\"", "a + 1", ""},
    {"wrong_expression", read_expression, "a +", "none", "error[E001]"},
    {"expression_of_a_list", read_expression, "[a]", "none", "'key' must be an expression, got a list"},
    {"expressions", read_expressions, "[a, b + 1]", "a+b + 1", ""},
    {"one_expression", read_expressions, "a > 1", "a > 1", ""},
    {"values", read_values, "{ a: 1, b: [x], c: '1', d: }", R"(a=1+b=["x"]+c="1"+d=null)", ""},
    {"values_of_a_wrong_name", read_values, "{ a b: 1, c: 2 }", "c=2", "'a b' is not a valid name for key"},
    {"arguments", read_arguments, "{ a: 1, b: \"${{ x }}\", c: \"n ${{ x }}\" }", "a=1+b=template+c=template", ""},
    {"arguments_of_a_wrong_template", read_arguments, "{ a: \"${{ x\" }", "", "error[E001]"},
    {"argv", read_argv, "[a, 1, true]", "3", ""},
    {"argv_of_nothing", read_argv, "[]", "0", "'key' names no program"},
    {"argv_of_a_mapping", read_argv, "[a, { b: c }]", "1", "'key' must be text, got a mapping"},
};
INSTANTIATE_TEST_SUITE_P(Values, Reading, testing::ValuesIn(kValues), test::case_name);

TEST(NameLength, IsBounded) {
  for (const auto& [length, good] : {std::pair{100U, true}, std::pair{101U, false}}) {
    const auto document = parse_yaml("k: " + std::string(length, 'a') + "\n", "f.yaml");
    Diagnostics problems;
    ReadContext context(problems);
    EXPECT_EQ(context.name(*document.root->find("k"), "a thing").has_value(), good) << length;
  }
}

TEST(WrappedExpression, KeepsItsPlaceInTheFile) {
  const auto document = parse_yaml("k: ${{ abc + }}\n", "f.yaml");
  Diagnostics problems;
  ReadContext context(problems);
  EXPECT_FALSE(context.expression(*document.root->find("k"), "key"));
  ASSERT_TRUE(problems.items().at(0).where);
  EXPECT_EQ(problems.items()[0].where->line, 1U);
  EXPECT_GE(problems.items()[0].where->column, 12U) << render(problems);
}

// Each of these is one mistake and told once.
TEST(Keys, ThatAreHalfAnEntry) {
  const auto told = [](const std::string& yaml, auto read) {
    const auto document = parse_yaml(yaml, "f.yaml");
    Diagnostics problems;
    ReadContext context(problems);
    read(context, *document.root);
    EXPECT_EQ(problems.items().size(), 1U) << render(problems);
    return render(problems);
  };
  const auto expressions = [](ReadContext& c, const YamlNode& n) { c.expression_map(n, "outputs"); };
  const auto variables = [](ReadContext& c, const YamlNode& n) { c.variables(n, "env"); };
  EXPECT_THAT(told("{ n: f(a, b.c(1)) }\n", expressions), HasSubstr("help: quote the expression before it"));
  EXPECT_THAT(told("{ A:b }\n", variables), HasSubstr("help: write a blank behind ':'"));
}

// Mistakes beyond those that anybody reads cost nothing, and none of them makes a file good.
TEST(ManyMistakes, EndTheReading) {
  std::string yaml;
  for (int i = 0; i < 3000; ++i) yaml += "k" + std::to_string(i) + ": 1 +\n";
  const auto document = parse_yaml(yaml, "f.yaml");
  Diagnostics problems;
  ReadContext context(problems);
  EXPECT_TRUE(context.expression_map(*document.root, "outputs").empty());
  EXPECT_LT(problems.items().size(), 1100U);
  Diagnostics warned;
  ReadContext careful(warned);
  for (int i = 0; i < 1500; ++i) careful.warning(Code::kBadValue, *document.root, "w" + std::to_string(i));
  EXPECT_FALSE(careful.expression(*document.root->entries[0].value, "k"));
  EXPECT_TRUE(warned.has_errors()) << "warnings do not hide an error";
}

TEST(Choices, AreTheWordsOfAType) {
  EXPECT_THAT(choices_of("a|b|c"), testing::ElementsAre("a", "b", "c"));
  EXPECT_THAT(choices_of("a"), testing::ElementsAre("a"));
}

}  // namespace
}  // namespace assay::recipe
