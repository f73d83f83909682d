// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/interpolation.h"

#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

std::string filled(std::string_view text) {
  const auto parsed = TemplateText::parse(text);
  if (!parsed) return shown(parsed.error()) + " @" + marked(parsed.error());
  const auto value = parsed->evaluate(test_activation());
  return value ? shown(*value) : shown(value.error());
}

class Template : public testing::TestWithParam<Case> {};
TEST_P(Template, Gives) { EXPECT_EQ(filled(GetParam().text), GetParam().result); }
INSTANTIATE_TEST_SUITE_P(
    Interpolation, Template,
    testing::ValuesIn(std::vector<Case>{
        {"empty", "", "\"\""},
        {"plain", "no expression", "\"no expression\""},
        {"single_keeps_its_type", "${{ params.count }}", "3"},
        {"single_list", "${{samples}}", "[3, 1, 2, 4]"},
        {"single_null", "${{ null }}", "null"},
        {"space_outside_makes_text", " ${{ params.count }}", "\" 3\""},
        {"several", "${{ params.count }}-${{ params.duration }}", "\"3-60s\""},
        {"scalars",
         "${{ 1.5 }} ${{ true }} ${{ 2u }} ${{ duration('90s') }} ${{ quantity('4GiB') }} ${{ timestamp(0) }}",
         "\"1.5 true 2 90s 4 GiB 1970-01-01T00:00:00Z\""},
        {"list_in_text", "a ${{ samples }}",
         "E004 a value of type list cannot stand inside text | join a list of texts with .join(\", \")"},
        {"map_in_text", "a ${{ params }}",
         "E004 a value of type map cannot stand inside text | choose a member, or convert with string()"},
        {"bytes_in_text", "a ${{ b'x' }}",
         "E004 a value of type bytes cannot stand inside text | choose a member, or convert with string()"},
        {"null_in_text", "a ${{ null }}",
         "E004 a value of type null_type cannot stand inside text | write orValue() or '?' for the case without a "
         "value"},
        {"optional_in_text", "a ${{ params.?x }}",
         "E004 a value of type optional_type cannot stand inside text | write orValue() for the case without a value"},
        {"braces_in_text_literal", "${{ 'a}}b' }}", "\"a}}b\""},
        {"braces_in_raw_literal", R"(${{ r'\' + "}}" }})", R"("\\}}")"},
        {"braces_in_triple_literal", "${{ '''}}'}}''' }}", "\"}}'}}\""},
        {"map_at_the_end", "${{ {'a': {'b': 1}}}}", R"({"a": {"b": 1}})"},
        {"map_and_text", "x ${{ {'a': {'b': 1}}.a.b}}}", "\"x 1}\""},
        {"name_that_ends_like_a_prefix", "${{ stdout.lines()[0] + 'b' }}", "\"first lineb\""},
        {"comment", "${{ 1 // one }}", "1"},
        {"comment_with_braces_on_another_line", "${{ // a }} b\n 1 }}",
         "E001 the expression ends too early | expected a value, a name or '(' @"},
        {"escaped", "$${{ x }}", "\"${{ x }}\""},
        {"escaped_and_not", "$${{ ${{ 1 }}", "\"${{ 1\""},
        {"dollars", "$ $$ ${x} {{ }}", "\"$ $$ ${x} {{ }}\""},
        {"not_closed", "a ${{ 1 ",
         "E001 the expression after '${{' is not closed | end it with '}}', or write '$${{' for the characters "
         "themselves @${{"},
        {"not_closed_in_literal", "${{ 'a }}",
         "E001 the expression after '${{' is not closed | end it with '}}', or write '$${{' for the characters "
         "themselves @${{"},
        {"line_break_in_literal", "a ${{ params.join('\n') }}",
         "E001 a line break stands in the middle of this text | inside double quotes of YAML, write \\\\n for the \\n "
         "of an "
         "expression @'"},
        {"line_break_behind_the_braces", "${{ 'a }}\n}}",
         "E001 the expression after '${{' is not closed | end it with '}}', or write '$${{' for the characters "
         "themselves @${{"},
        {"single_brace", "${{ 1 } }}",
         "E001 the expression after '${{' is not closed | end it with '}}', or write '$${{' for the characters "
         "themselves @${{"},
        {"nothing_inside", "a ${{  }}", "E001 there is no expression between '${{' and '}}' @${{"},
        {"wrong_inside", "é ${{ 1 + }}", "E001 the expression ends too early | expected a value, a name or '(' @"},
        {"failing", "a ${{ params.x }}", "E006 no key 'x' in params"},
    }),
    case_name);

TEST(TemplateText, KnowsItsParts) {
  const auto text = TemplateText::parse("a ${{ x }} b");
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->has_expressions());
  EXPECT_FALSE(text->is_single_expression());
  ASSERT_EQ(text->parts().size(), 3U);
  EXPECT_EQ(text->parts()[0].literal, "a ");
  EXPECT_EQ(text->parts()[1].expression->text(), "x");
  EXPECT_EQ(text->parts()[2].literal, " b");
  EXPECT_TRUE(TemplateText::parse("${{ x }}")->is_single_expression());
  EXPECT_FALSE(TemplateText::parse("x")->has_expressions());
}

TEST(TemplateText, IsCheckedPartByPart) {
  Declarations declarations;
  declarations.variable("params",
                        Type::object({{"count", Type::of(Type::Tag::kInt)}, {"names", *Type::parse("list(string)")}}));
  const auto checked = [&](std::string_view text) {
    const Checked result = TemplateText::parse(text)->check(declarations);
    if (result.type) return result.type->text();
    std::string out;
    for (const Diagnostic& problem : result.problems.items()) out += shown(problem) + " @" + marked(problem) + "\n";
    return out;
  };
  EXPECT_EQ(checked("${{ params.count }}"), "int");
  EXPECT_EQ(checked("${{ params.names }}"), "list(string)");
  EXPECT_EQ(checked("n ${{ params.count }}"), "string");
  EXPECT_EQ(checked("plain"), "string");
  EXPECT_EQ(checked("n ${{ params.names }} ${{ params.cont }}"),
            "E004 a value of type list(string) cannot stand inside text | join a list of texts with .join(\", \") "
            "@params.names\n"
            "E002 unknown name 'cont' in params | did you mean 'count'? @cont\n");
}

TEST(TemplateText, MapsPlacesToTheFile) {
  const auto source = std::make_shared<SourceText>(SourceText{"r.yaml", "run: [echo, \"a ${{ params.cont }}\"]\n"});
  const auto text = TemplateText::parse("a ${{ params.cont }}", SourceSpan{source, 1, 13, 1});
  ASSERT_TRUE(text);
  Declarations declarations;
  declarations.variable("params", Type::object({{"count", Type::of(Type::Tag::kInt)}}));
  const Checked result = text->check(declarations);
  ASSERT_EQ(result.problems.items().size(), 1U);
  EXPECT_EQ(render(result.problems.items()[0]),
            "r.yaml:1:27: error[E002]: unknown name 'cont' in params\n    1 | run: [echo, \"a ${{ params.cont }}\"]\n"
            "      |                           ^~~~\n  help: did you mean 'count'?\n");
}

}  // namespace
}  // namespace assay::expr
