// SPDX-License-Identifier: Apache-2.0
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

std::string parsed(std::string_view text) {
  const auto expression = Expression::parse(text);
  if (expression) return "good";
  return shown(expression.error()) + " @" + marked(expression.error());
}

class Literals : public testing::TestWithParam<Case> {};
TEST_P(Literals, HaveTheirValue) { EXPECT_EQ(evaluated(GetParam().text), GetParam().result); }
INSTANTIATE_TEST_SUITE_P(Parse, Literals,
                         testing::ValuesIn(std::vector<Case>{
                             {"zero", "0", "0"},
                             {"leading_zero", "007", "7"},
                             {"greatest_int", "9223372036854775807", "9223372036854775807"},
                             {"least_int", "-9223372036854775808", "-9223372036854775808"},
                             {"spaced_sign", "- 5", "-5"},
                             {"two_signs", "--5", "5"},
                             {"uint", "42u", "42u"},
                             {"greatest_uint", "18446744073709551615U", "18446744073709551615u"},
                             {"hexadecimal", "0xFf", "255"},
                             {"negative_hexadecimal", "-0x10", "-16"},
                             {"hexadecimal_uint", "0x10u", "16u"},
                             {"double_", "1.5", "1.5"},
                             {"double_exponent", "1e3", "1000.0"},
                             {"double_signed_exponent", "2.5E-1", "0.25"},
                             {"double_without_whole", ".5", "0.5"},
                             {"double_too_large", "1e999", "Infinity"},
                             {"double_too_small", "1e-999", "0.0"},
                             {"true_", "true", "true"},
                             {"false_", "false", "false"},
                             {"null_", "null", "null"},
                             {"double_quotes", R"("it's")", R"("it's")"},
                             {"single_quotes", R"('say "x"')", R"("say \"x\"")"},
                             {"triple_quotes", "'''a\n'b''c'''", R"("a\n'b''c")"},
                             {"triple_double_quotes", "\"\"\"a\"b\"\"\"", R"("a\"b")"},
                             {"empty_text", "''", R"("")"},
                             {"letter_escapes", R"('\a\b\f\n\r\t\v\\\?\"\'\`')", R"("\u0007\b\f\n\r\t\u000b\\?\"'`")"},
                             {"hexadecimal_escape", R"('\x41\XE9')", "\"A\u00e9\""},
                             {"unicode_escapes", R"('\u00e9\U0001F600')", "\"\u00e9\U0001F600\""},
                             {"octal_escape", R"('\101')", "\"A\""},
                             {"raw", R"(r'\n\d')", R"("\\n\\d")"},
                             {"raw_capital", R"(R"a\")", R"("a\\")"},
                             {"bytes", R"(b'abc')", R"(b"abc")"},
                             {"bytes_escape", R"(b'\xff\377' == b'\377\xFF')", "true"},
                             {"bytes_of_text", "b'\u00e9' == b'\\xc3\\xa9'", "true"},
                             {"raw_bytes", R"(rb'\x')", R"(b"\\x")"},
                             {"bytes_raw", R"(bR'\x')", R"(b"\\x")"},
                             {"comment", "1 // the rest\n + 2", "3"},
                             {"comment_at_the_end", "1 // the rest", "1"},
                             {"white_space", " \t\r\n1\f", "1"},
                             {"list", "[1, 'a', [], ]", R"([1, "a", []])"},
                             {"map", "{'a': 1, 2: 'b', true: null,}", R"({"a": 1, 2: "b", true: null})"},
                             {"quoted_member", "{'a-b': 1}.`a-b`", "1"},
                             {"reserved_as_member", "{'for': 1}.for", "1"},
                         }),
                         case_name);

class Precedence : public testing::TestWithParam<Case> {};
TEST_P(Precedence, IsThatOfTheLanguage) { EXPECT_EQ(evaluated(GetParam().text), GetParam().result); }
INSTANTIATE_TEST_SUITE_P(Parse, Precedence,
                         testing::ValuesIn(std::vector<Case>{
                             {"product_before_sum", "1 + 2 * 3", "7"},
                             {"left_to_right", "10 - 4 - 3", "3"},
                             {"quotient_left_to_right", "100 / 10 / 5", "2"},
                             {"parentheses", "(1 + 2) * 3", "9"},
                             {"sum_before_relation", "1 + 1 == 2", "true"},
                             {"relations_left_to_right", "1 < 2 == true", "true"},
                             {"and_before_or", "true || false && false", "true"},
                             {"not_binds_tightly", "!false && false", "false"},
                             {"condition_last", "false || true ? 1 : 2", "1"},
                             {"conditions_to_the_right", "false ? 1 : true ? 2 : 3", "2"},
                             {"sign_before_member", "-[1, 2].size()", "-2"},
                             {"difference_without_space", "3-2", "1"},
                             {"in_is_a_relation", "1 in [1] && 2 in [2]", "true"},
                             {"member_after_call", "[[1, 2], [3]][0][1]", "2"},
                         }),
                         case_name);

class Wrong : public testing::TestWithParam<Case> {};
TEST_P(Wrong, IsToldWithItsPlace) { EXPECT_EQ(parsed(GetParam().text), GetParam().result); }
INSTANTIATE_TEST_SUITE_P(
    Parse, Wrong,
    testing::ValuesIn(std::vector<Case>{
        {"empty", "", "E001 the expression ends too early | expected a value, a name or '(' @"},
        {"only_a_comment", "// x", "E001 the expression ends too early | expected a value, a name or '(' @"},
        {"operator_missing", "1 2", "E001 unexpected '2' | expected an operator or the end of the expression @2"},
        {"operand_missing", "1 +", "E001 the expression ends too early | expected a value, a name or '(' @"},
        {"single_equals", "a = 1", "E001 unexpected character '=' | write '==' to compare @="},
        {"single_ampersand", "a & b", "E001 unexpected character '&' | write '&&' @&"},
        {"single_bar", "a | b", "E001 unexpected character '|' | write '||' @|"},
        {"dollar", "$x", "E001 unexpected character '$' | inside an expression a name stands alone, without '$' @$"},
        {"strange_letter", "a + \u00e9", "E001 unexpected character '\u00e9' @\u00e9"},
        {"open_text", "'abc",
         "E001 the string literal is not closed | a literal of several lines stands between three quotes @'"},
        {"line_end_in_text", "'a\nb'",
         "E001 the string literal is not closed | a literal of several lines stands between three quotes @'"},
        {"open_triple", "'''abc''", "E001 the string literal is not closed @'''"},
        {"bad_escape", R"('a\q')",
         "E001 the escape '\\q' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
         "r\"…\" @\\q"},
        {"short_escape", R"('\x1')",
         "E001 the escape '\\x' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
         "r\"…\" @\\x"},
        {"surrogate", R"('\ud800')",
         "E001 the escape '\\u' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
         "r\"…\" @\\u"},
        {"unicode_in_bytes", R"(b'\u0041')",
         "E001 the escape '\\u' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
         "r\"…\" @\\u"},
        {"int_too_large", "9223372036854775808",
         "E001 the number does not fit an int (64 bits, signed) | write 9223372036854775808u for a uint "
         "@9223372036854775808"},
        {"int_too_small", "-9223372036854775809", "E001 the number does not fit an int (64 bits, signed) @-"},
        {"uint_too_large", "18446744073709551616u", "E001 the number does not fit 64 bits @18446744073709551616u"},
        {"unit_behind_number", "4GiB",
         "E001 a number is followed by a letter | write a number with a unit as quantity(\"4 GiB\"), a duration as "
         "duration(\"90s\") @4G"},
        {"letter_behind_double", "1.5s",
         "E001 a number is followed by a letter | write a number with a unit as quantity(\"4 GiB\"), a duration as "
         "duration(\"90s\") @1.5s"},
        {"hexadecimal_without_digits", "0x", "E001 a hexadecimal number without digits @0x"},
        {"open_parenthesis", "(1 + 2",
         "E001 the expression ends too early | expected ')' after an expression in parentheses @"},
        {"wrong_bracket", "[1)", "E001 unexpected ')' | expected ',' or ']' @)"},
        {"key_without_value", "{'a'}", "E001 unexpected '}' | expected ':' after a key @}"},
        {"open_call", "size([]", "E001 the expression ends too early | expected ',' or ')' @"},
        {"half_a_condition", "true ? 1",
         "E001 the expression ends too early | expected ':' after the first choice of '?' @"},
        {"reserved_word", "for + 1", "E001 'for' is a reserved word and cannot be a name @for"},
        {"keyword_as_member", "a.in", "E001 unexpected 'in' | expected the name of a member or function after '.' @in"},
        {"member_missing", "a.",
         "E001 the expression ends too early | expected the name of a member or function after '.' @"},
        {"message", "Account{id: 1}",
         "E001 messages cannot be made here: 'Account{…}' | write a map: {\"name\": value} @{"},
        {"open_quoted_name", "a.`b",
         "E001 a quoted name is not closed, is empty, or holds a character that it cannot | letters, digits, '_', '-', "
         "'.', '/' and spaces may stand between backquotes @`b"},
        {"has_of_a_name", "has(a)", "E001 'has' takes one member: has(a.b) | for an index write 'key in map' @has"},
        {"macro_without_name", "[1].all(1, true)",
         "E001 'all' needs a plain name as its first argument | expected list.all(x, condition) @all"},
        {"macro_with_a_path", "[1].map(a.b, 1)",
         "E001 'map' needs a plain name as its first argument | expected list.map(x, value), list.map(x, condition, "
         "value) @map"},
        {"macro_with_too_much", "[1].filter(x, true, 1)", "E001 'filter' takes 2 arguments, not 3 @filter"},
        {"macro_with_too_little", "[1].transformList(i, x, )",
         "E001 'transformList' takes 3 or 4 arguments, not 2 @transformList"},
        {"same_variable_twice", "[1].all(x, x, true)", "E001 both variables of 'all' are called 'x' @all"},
        {"broken_utf8", "'\xff'", "E001 the expression is not valid UTF-8 @'"},
    }),
    case_name);

TEST(Limits, BoundTheText) {
  const auto expression = Expression::parse(std::string(65537, ' '));
  ASSERT_FALSE(expression);
  EXPECT_EQ(shown(expression.error()), "E008 an expression of 65537 bytes; at most 65536 are allowed");
}

TEST(Limits, BoundNesting) {
  const auto nested = [](std::size_t depth, const char* open, const char* inside, const char* close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += inside;
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return parsed(text);
  };
  EXPECT_EQ(nested(100, "(", "1", ")"), "good");
  EXPECT_EQ(
      nested(101, "(", "1", ")"),
      "E008 nested more than 100 deep | leave out brackets that do nothing, or give a part a name with `outputs` or "
      "cel.bind() @1");
  EXPECT_EQ(
      nested(20000, "[", "", "]"),
      "E008 nested more than 100 deep | leave out brackets that do nothing, or give a part a name with `outputs` or "
      "cel.bind() @[");
  EXPECT_EQ(
      nested(5000, "{1:", "1", "}"),
      "E008 nested more than 100 deep | leave out brackets that do nothing, or give a part a name with `outputs` or "
      "cel.bind() @1");
  EXPECT_EQ(nested(20000, "!", "true", ""), "E008 more than 100 signs in a row @!");
  EXPECT_EQ(nested(5000, "true?1:", "1", ""),
            "E008 a chain of more than 800 choices | look the value up in a map: {\"a\": 1, \"b\": 2}[key] @true");
  EXPECT_EQ(
      nested(3000, "[1].map(x,", "x", ")"),
      "E008 nested more than 100 deep | leave out brackets that do nothing, or give a part a name with `outputs` or "
      "cel.bind() @1");
}

TEST(Limits, BoundChains) {
  const auto chain = [](std::size_t length, const char* link) {
    std::string text = "a";
    for (std::size_t i = 0; i < length; ++i) text += link;
    return parsed(text).substr(0, 51);
  };
  EXPECT_EQ(chain(800, " + 1"), "good");
  EXPECT_EQ(chain(801, " + 1"), "E008 a chain of more than 800 operators or members ");
  EXPECT_EQ(chain(20000, ".b"), "E008 a chain of more than 800 operators or members ");
  EXPECT_EQ(chain(9000, "[0]"), "E008 a chain of more than 800 operators or members ");
  EXPECT_EQ(chain(8000, " || a"), "good");  // flat: only operands that nest are bounded
}

TEST(References, AreVariablesAndConstantPathsBelowThem) {
  const auto expression = Expression::parse(
      "facts.memory.total > x && steps['load'].outputs.rate in params.list.filter(p, p.ok && q) && has(env.HOME) && "
      "hosts[n].facts.a == 1 && type(x) == int && math.abs(y) > 0");
  ASSERT_TRUE(expression) << shown(expression.error());
  EXPECT_EQ(expression->references(),
            (std::set<std::string>{"env", "env.HOME", "facts", "facts.memory.total", "hosts", "n", "params",
                                   "params.list", "q", "steps", "steps.load.outputs.rate", "x", "y"}));
  EXPECT_EQ(expression->calls(), (std::set<std::string>{"math.abs", "type"}));
}

TEST(Origin, MapsPlacesToTheFile) {
  const auto source =
      std::make_shared<SourceText>(SourceText{"r.yaml", "if: 1 + params.x y\nif: \"1 +\"\nif: >\n  1\n  y\n"});
  const auto at = [&](std::string_view text, std::uint32_t line, std::uint32_t column) {
    return Expression::parse(text, SourceSpan{source, line, column, 1}).error();
  };
  const Diagnostic plain = at("1 + params.x y", 1, 5);
  EXPECT_EQ(render(plain),
            "r.yaml:1:18: error[E001]: unexpected 'y'\n    1 | if: 1 + params.x y\n      |                  ^\n  "
            "expected an operator or the end of the expression\n");
  const Diagnostic quoted = at("1 +", 2, 5);
  EXPECT_EQ(quoted.where->column, 9U);
  const Diagnostic folded = at("1 y", 3, 5);
  EXPECT_EQ(folded.where->line, 5U);
  EXPECT_EQ(folded.where->column, 3U);
  EXPECT_EQ(folded.message, "unexpected 'y'");
}

}  // namespace
}  // namespace assay::expr
