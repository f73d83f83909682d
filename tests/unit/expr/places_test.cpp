// SPDX-License-Identifier: Apache-2.0
// Where mistakes are in the file that an expression came from, whatever stands before them; and what an expression
// says of itself: the names it needs and the functions it calls.
#include "engine/expr/interpolation.h"
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

// "LINE:COLUMN+LENGTH marked", with the message too where the place alone does not tell the part.
std::string place(const Diagnostic& diagnostic) {
  if (!diagnostic.where) return "nowhere";
  std::string out = std::to_string(diagnostic.where->line) + ':' + std::to_string(diagnostic.where->column) + '+' +
                    std::to_string(diagnostic.where->length) + ' ' + marked(diagnostic);
  const std::size_t note = diagnostic.message.find(" (at column");
  return note == std::string::npos ? out : out + diagnostic.message.substr(note);
}

struct FileCase {
  const char* name;
  const char* file;
  const char* begin;  // what stands in the file where the scalar begins
  const char* text;   // the scalar's value
  const char* place;
};
void PrintTo(const FileCase& one, std::ostream* out) { *out << one.file; }
template <class One>
std::string name_of(const testing::TestParamInfo<One>& one) {
  return one.param.name;
}

// The place of `begin` in the file, as the reader of YAML gives it.
SourceSpan origin_of(const FileCase& one) {
  const auto source = std::make_shared<SourceText>(SourceText{"r.yaml", one.file});
  const std::size_t at = source->text.find(one.begin);
  EXPECT_NE(at, std::string::npos) << one.begin;
  return span_of(source, at, at + 1);
}

class InFile : public testing::TestWithParam<FileCase> {};
TEST_P(InFile, AMistakeIsAtItsOwnPlace) {
  const auto expression = Expression::parse(GetParam().text, origin_of(GetParam()));
  if (!expression) {
    EXPECT_EQ(place(expression.error()), GetParam().place);
    return;
  }
  const auto value = evaluate(*expression, test_activation());
  ASSERT_FALSE(value) << shown(*value);
  EXPECT_EQ(place(value.error()), GetParam().place);
}

INSTANTIATE_TEST_SUITE_P(
    Plain, InFile,
    testing::ValuesIn(std::vector<FileCase>{
        {"first_line", "if: 1 / 0\n", "1 / 0", "1 / 0", "1:7+1 /"},
        {"later_line", "a: b\n\n\nif: missing > 1\n", "missing", "missing > 1", "4:5+7 missing"},
        {"umlauts_before", "größe: missing\n", "missing", "missing", "1:8+7 missing"},
        {"wide_characters_before", "日本語: params.nothing\n", "params", "params.nothing", "1:13+7 nothing"},
        {"emoji_before", "\"😀😀\": 1 + missing\n", "1 +", "1 + missing", "1:11+7 missing"},
        {"combining_mark_before", "e\u0301: missing\n", "missing", "missing", "1:5+7 missing"},
        {"wide_characters_inside", "if: '日本😀' == missing\n", "'日", "'日本😀' == missing", "1:14+7 missing"},
        {"wide_characters_in_the_line_above", "# 日本語\nif: missing\n", "missing", "missing", "2:5+7 missing"},
        {"windows_line_ends", "a: b\r\nif: missing\r\n", "missing", "missing", "2:5+7 missing"},
        {"the_same_text_twice", "a: missing\nb: x.missing\n", "x.m", "x.missing", "2:4+1 x"},
        {"mistake_of_syntax", "größe: 1 +* 2\n", "1 +", "1 +* 2", "1:11+1 *"},
        {"mistake_in_a_word", "größe: 'é' + 'a\\q'\n", "'é'", "'é' + 'a\\q'", "1:16+2 \\q"},
        {"the_end_is_missing", "größe: (1 +\n", "(1", "(1 +", "1:12+1 \n"},
        {"wrong_character", "größe: 1 § 2\n", "1 §", "1 § 2", "1:10+1 §"},
    }),
    name_of<FileCase>);

INSTANTIATE_TEST_SUITE_P(
    Quoted, InFile,
    testing::ValuesIn(std::vector<FileCase>{
        {"double_quotes", "größe: \"1 + missing\"\n", "\"1", "1 + missing", "1:13+7 missing"},
        {"single_quotes", "größe: '1 + missing'\n", "'1", "1 + missing", "1:13+7 missing"},
        {"in_a_flow_list", "[日本, \"missing\"]\n", "\"missing", "missing", "1:7+7 missing"},
        {"written_with_escapes", "if: \"'\\u00e9' + missing\"\n", "\"'", "'é' + missing", "1:17+7 missing"},
        {"letters_escaped", "if: \"size(\\\"a\\tb\\\\\\\\\\\") + \\x6dissing\"\n", "\"si",
         "size(\"a\tb\\\\\") + missing", "1:27+10 \\x6dissing"},
        {"line_that_goes_on", "if: \"1 \\\n   + missing\"\n", "\"1", "1 + missing", "2:6+7 missing"},
        {"doubled_quotes", "if: 'x == ''a'' + missing'\n", "'x", "x == 'a' + missing", "1:6+1 x"},
        {"behind_doubled_quotes", "if: '''a'' + missing'\n", "'''a", "'a' + missing", "1:14+7 missing"},
        {"quoted_over_two_lines", "if: '1 +\n\n   missing'\n", "'1", "1 +\nmissing", "3:4+7 missing"},
        {"plain_over_two_lines", "if: 1 +\n   日 +\n   missing\n", "1 +", "1 + 日 + missing", "2:4+1 日"},
        {"plain_on_the_second_line", "if: 1 +\n   missing\nelse: x\n", "1 +", "1 + missing", "2:4+7 missing"},
        {"folded", "if: >\n  1 +\n  missing\n", ">", "1 + missing\n", "3:3+7 missing"},
        {"folded_with_a_sign", "if: >-  # why\n\n    1 +\n\n    missing\n", ">-", "\n1 +\nmissing", "5:5+7 missing"},
        {"literal_block", "if: |\n  日本\n", "|", "日本\n", "2:3+1 日"},
        {"deeper_lines_of_a_block", "if: |\n  1 +\n     (2 +\n    missing)\n", "|", "1 +\n   (2 +\n  missing)\n",
         "4:5+7 missing"},
        {"block_that_ends_too_early", "if: |\n  1 +\nthen: x\n", "|", "1 +\n", "2:6+1 \n"},
        {"windows_block", "if: |\r\n  1 +\r\n  missing\r\n", "|", "1 +\nmissing\n", "3:3+7 missing"},
        {"another_text_in_the_file", "if: |\n  1 + x\n", "|", "1 + missing\n",
         "1:5+1 | (at column 5 of the expression)"},
        {"the_file_ends_before", "if: |\n  1 +", "|", "1 + missing\n", "1:5+1 | (at column 5 of the expression)"},
        {"broken_escape", "if: \"\\u00", "\"", "é + missing", "1:5+1 \" (at column 1 of the expression)"},
    }),
    name_of<FileCase>);

class InText : public testing::TestWithParam<FileCase> {};
TEST_P(InText, AMistakeIsAtItsOwnPlace) {
  const auto text = TemplateText::parse(GetParam().text, origin_of(GetParam()));
  if (!text) {
    EXPECT_EQ(place(text.error()), GetParam().place);
    return;
  }
  const auto value = text->evaluate(test_activation());
  ASSERT_FALSE(value) << shown(*value);
  EXPECT_EQ(place(value.error()), GetParam().place);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, InText,
    testing::ValuesIn(std::vector<FileCase>{
        {"alone", "run: ${{ missing }}\n", "${{", "${{ missing }}", "1:10+7 missing"},
        {"behind_text", "größe: größer als ${{ missing }}\n", "größer", "größer als ${{ missing }}", "1:23+7 missing"},
        {"second_of_two", "run: é${{ 1 }}日${{ missing }}\n", "é${{", "é${{ 1 }}日${{ missing }}", "1:20+7 missing"},
        {"in_quotes", "run: \"日本 ${{ params.nothing }}\"\n", "\"日", "日本 ${{ params.nothing }}", "1:21+7 nothing"},
        {"in_the_third_line_of_a_flow", "run: [a,\n b,\n \"é ${{ missing }}\"]\n", "\"é", "é ${{ missing }}",
         "3:9+7 missing"},
        {"not_closed", "run: é ${{ 1 +\n", "é ", "é ${{ 1 +", "1:8+3 ${{"},
        {"nothing_inside", "run: é ${{ }} b\n", "é ", "é ${{ }} b", "1:8+3 ${{"},
        {"wrong_inside", "run: é ${{ 1 + * }}\n", "é ", "é ${{ 1 + * }}", "1:16+1 *"},
        {"kind_without_text", "run: é ${{ samples }}\n", "é ", "é ${{ samples }}", "1:12+7 samples"},
        {"escaped_before", "run: $${{ x }} ${{ missing }}\n", "$${{", "$${{ x }} ${{ missing }}", "1:20+7 missing"},
        {"in_a_block", "run: |\n  echo é\n  echo ${{ missing }}\n", "|", "echo é\necho ${{ missing }}\n",
         "3:12+7 missing"},
        {"in_a_block_inside_an_expression", "run: |\n  é ${{ 1 + missing }}\n", "|", "é ${{ 1 + missing }}\n",
         "2:13+7 missing"},
        {"twice_in_a_block", "run: |\n  ${{ 1 }}\n  a ${{ 2 }} ${{ missing }}\n", "|",
         "${{ 1 }}\na ${{ 2 }} ${{ missing }}\n", "3:18+7 missing"},
        {"not_closed_in_a_block", "run: |\n  a\n  b ${{ 1 +\n", "|", "a\nb ${{ 1 +\n", "3:5+3 ${{"},
        {"too_early_in_a_block", "run: |\n  a\n  b ${{ 1 + }}\n", "|", "a\nb ${{ 1 + }}\n", "3:12+1  "},
        {"folded_text", "run: >\n  a\n  b ${{ missing }}\n", ">", "a b ${{ missing }}\n", "3:9+7 missing"},
    }),
    name_of<FileCase>);

// The whole of what a person sees: the caret stands under the mistake although characters are two columns wide.
TEST(Render, CountsColumnsOfTheScreen) {
  const auto source = std::make_shared<SourceText>(SourceText{"r.yaml", "日本: 'é' + params.durration\n"});
  const auto expression = Expression::parse("'é' + params.durration", SourceSpan{source, 1, 5, 1});
  ASSERT_TRUE(expression);
  const auto value = evaluate(*expression, test_activation());
  ASSERT_FALSE(value);
  EXPECT_EQ(render(value.error()),
            "r.yaml:1:18: error[E006]: no key 'durration' in params\n    1 | 日本: 'é' + params.durration\n"
            "      |                    ^~~~~~~~~\n  help: did you mean 'duration'?\n");
}

TEST(Render, WithoutAFileShowsTheExpression) {
  const auto expression = Expression::parse("1 +\n  missing");
  ASSERT_TRUE(expression);
  const auto value = evaluate(*expression, test_activation());
  ASSERT_FALSE(value);
  EXPECT_EQ(
      render(value.error()),
      "<expression>:2:3: error[E002]: no value for 'missing'\n    1 | 1 +\n    2 |   missing\n      |   ^~~~~~~\n");
}

// A part of a longer text: places are those of the longer text.
TEST(Part, KnowsTheTextAroundIt) {
  const auto text = std::make_shared<const std::string>("é: <missing>");
  const auto source = std::make_shared<SourceText>(SourceText{"f", "# 日本\nv: é: <missing>\n"});
  const auto expression = Expression::parse_part(text, 5, 12, SourceSpan{source, 2, 4, 1});
  ASSERT_TRUE(expression);
  EXPECT_EQ(expression->text(), "missing");
  const auto value = evaluate(*expression, test_activation());
  ASSERT_FALSE(value);
  EXPECT_EQ(place(value.error()), "2:8+7 missing");
  const auto elsewhere = Expression::parse_part(text, 5, 12, SourceSpan{source, 1, 1, 1});
  EXPECT_EQ(place(evaluate(*elsewhere, test_activation()).error()),
            "1:1+1 # (at column 1 of the expression 'missing')");
  const auto beyond = Expression::parse_part(text, 5, 12, SourceSpan{source, 99, 1, 1});
  EXPECT_EQ(evaluate(*beyond, test_activation()).error().message,
            "no value for 'missing' (at column 1 of the expression 'missing')");
}

struct NamesCase {
  const char* name;
  const char* text;
  const char* references;
  const char* calls;
};
void PrintTo(const NamesCase& one, std::ostream* out) { *out << one.text; }

std::string joined(const std::set<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : " ") + name;
  return out;
}

class Names : public testing::TestWithParam<NamesCase> {};
TEST_P(Names, AreThoseThatAreNeeded) {
  const auto expression = Expression::parse(GetParam().text);
  ASSERT_TRUE(expression) << shown(expression.error());
  EXPECT_EQ(joined(expression->references()), GetParam().references);
  EXPECT_EQ(joined(expression->calls()), GetParam().calls);
}

INSTANTIATE_TEST_SUITE_P(
    Expressions, Names,
    testing::ValuesIn(std::vector<NamesCase>{
        {"none", "1 + 2", "", ""},
        {"one", "a", "a", ""},
        {"path", "a.b.c", "a a.b.c", ""},
        {"two_paths_of_one", "a.b + a.c", "a a.b a.c", ""},
        {"path_and_its_beginning", "a.b == a.b.c", "a a.b a.b.c", ""},
        {"constant_index", "a['b'].c", "a a.b.c", ""},
        {"quoted_member", "a.`b-c`", "a a.b-c", ""},
        {"computed_index", "a[b.c].d", "a b b.c", ""},
        {"number_as_index", "a[0].b", "a", ""},
        {"optional_path", "a.?b.c", "a a.b.c", ""},
        {"has_", "has(a.b.c)", "a a.b.c", ""},
        {"arguments", "size(a.b) + x.y.size()", "a a.b x x.y", "size"},
        {"functions_with_dots", "math.abs(a) + math.greatest(b.c, 1)", "a b b.c", "math.abs math.greatest"},
        {"operators_are_no_calls", "a + b * -c", "a b c", ""},
        {"function_of_the_caller", "success() && a", "a", "success"},
        {"unknown_functions", "foo(a).bar(b)", "a b", "bar foo"},
        {"variable_of_a_macro", "a.b.filter(x, x.c > y.z)", "a a.b y y.z", ""},
        {"two_variables", "a.transformMap(k, v, k + v + w)", "a w", ""},
        {"hidden_and_not", "[1].map(a, a.b) + [a.c]", "a a.c", ""},
        {"hidden_behind_a_point", "[1].map(a, .a.b)", "a a.b", ""},
        {"bind", "cel.bind(x, a.b, x.c + d)", "a a.b d", ""},
        {"bound_in_its_own_value", "cel.bind(x, x.a, x.b)", "x x.a", ""},
        {"opt_map", "a.?b.optMap(x, x + c)", "a a.b c", ""},
        {"types_are_no_names", "type(a) == int && b == google.protobuf.Timestamp", "a b", "type"},
        {"both_choices", "a ? b.c : d['e']", "a b b.c d d.e", ""},
        {"literals", "[a, {b.c: d, 'k': e.f}]", "a b b.c d e e.f", ""},
        {"read_when_parsed", "quantity('4 GiB') < a && duration('1s') > b", "a b", "duration quantity"},
        {"key_with_a_point", "a['b.c']", "a a.b.c", ""},
    }),
    name_of<NamesCase>);

}  // namespace
}  // namespace assay::expr
