// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/shell_script.h"

#include <gmock/gmock.h>

#include "support/cases.h"

namespace assay::recipe {
namespace {

struct ScriptCase {
  const char* name;
  const char* script;
  const char* text;     // what the shell reads; nullptr: refused
  const char* problem;  // part of the message; nullptr: none
};

class Script : public testing::TestWithParam<ScriptCase> {};

TEST_P(Script, ValuesBecomeReferences) {
  const auto source = std::make_shared<const SourceText>(SourceText{"r.yaml", GetParam().script});
  const SourceSpan where{.source = source, .line = 1, .column = 1};
  const auto text = expr::TemplateText::parse(GetParam().script, std::nullopt);
  ASSERT_TRUE(text) << text.error().message;
  Diagnostics problems;
  const auto script = make_shell_script(*text, where, problems);
  if (GetParam().text == nullptr) {
    EXPECT_FALSE(script);
    ASSERT_EQ(problems.items().size(), 1U);
    EXPECT_EQ(problems.items()[0].code, Code::kShellUnsafe);
    EXPECT_THAT(problems.items()[0].message, testing::HasSubstr(GetParam().problem));
    return;
  }
  ASSERT_TRUE(script) << render(problems);
  EXPECT_EQ(script->text, GetParam().text);
}

const ScriptCase kScripts[] = {
    {"bare_word", "echo ${{ params.x }}", "echo \"${ASSAY_V1}\"", nullptr},
    {"in_double_quotes", "echo \"a ${{ params.x }} b\"", "echo \"a ${ASSAY_V1} b\"", nullptr},
    {"same_value_once", "a ${{ params.x }} ${{ params.x }} ${{ params.y }}",
     "a \"${ASSAY_V1}\" \"${ASSAY_V1}\" \"${ASSAY_V2}\"", nullptr},
    {"assignment", "x=${{ params.x }}; echo $x", "x=\"${ASSAY_V1}\"; echo $x", nullptr},
    {"command_substitution", "echo \"$(cat ${{ params.x }})\"", "echo \"$(cat \"${ASSAY_V1}\")\"", nullptr},
    {"after_a_subshell", "(cd /; ls) ${{ params.x }}", "(cd /; ls) \"${ASSAY_V1}\"", nullptr},
    {"here_document", "cat <<END\na ${{ params.x }}\nEND\n", "cat <<END\na ${ASSAY_V1}\nEND\n", nullptr},
    {"after_here_document", "cat <<END\nx\nEND\necho ${{ params.x }}", "cat <<END\nx\nEND\necho \"${ASSAY_V1}\"",
     nullptr},
    {"hash_inside_word", "echo a#b ${{ params.x }}", "echo a#b \"${ASSAY_V1}\"", nullptr},
    {"escaped_quote", "echo \\' ${{ params.x }}", "echo \\' \"${ASSAY_V1}\"", nullptr},
    {"single_quotes", "echo '${{ params.x }}'", nullptr, "inside single quotes"},
    {"backquotes", "echo `ls ${{ params.x }}`", nullptr, "inside backquotes"},
    {"comment", "true # ${{ params.x }}", nullptr, "inside a comment"},
    {"quoted_here_document", "cat <<'END'\n${{ params.x }}\nEND\n", nullptr,
     "inside a here-document with a quoted delimiter"},
    {"parameter_expansion", "echo ${x:-${{ params.x }}}", nullptr, "inside ${…}"},
    {"behind_arithmetic_in_a_substitution", "x=\"$(printf '<%s>' $((2*(1+2))) \"${{ params.x }}\")\"",
     "x=\"$(printf '<%s>' $((2*(1+2))) \"${ASSAY_V1}\")\"", nullptr},
    {"behind_arithmetic_with_a_substitution", "echo $(( $(wc -l <a) + 1 )) ${{ params.x }}",
     "echo $(( $(wc -l <a) + 1 )) \"${ASSAY_V1}\"", nullptr},
    {"behind_nested_braces", "echo ${a:-${b:-'}'}} \"${c:-it's}\" ${{ params.x }}",
     "echo ${a:-${b:-'}'}} \"${c:-it's}\" \"${ASSAY_V1}\"", nullptr},
    {"behind_an_arithmetic_command", "if ((1<2)); then echo ${{ params.x }}; fi",
     "if ((1<2)); then echo \"${ASSAY_V1}\"; fi", nullptr},
    {"behind_two_backslashes", "echo \\\\${{ params.x }} \"\\\\${{ params.x }}\"",
     "echo \\\\\"${ASSAY_V1}\" \"\\\\${ASSAY_V1}\"", nullptr},
    {"case_of_its_own", "case a in a) echo ${{ params.x }} ;; esac", "case a in a) echo \"${ASSAY_V1}\" ;; esac",
     nullptr},
    {"behind_a_backslash", "echo \\${{ params.x }}", nullptr, "behind a backslash"},
    {"behind_a_backslash_in_quotes", "echo \"\\${{ params.x }}\"", nullptr, "behind a backslash"},
    {"case_in_a_substitution", "x=\"$(case y in y) echo \"${{ params.x }}\" ;; esac)\"", nullptr,
     "after a 'case' inside $(…)"},
    {"single_quotes_in_a_case", "x=\"$(case a in a) echo '${{ params.x }}' ;; esac)\"", nullptr,
     "after a 'case' inside $(…)"},
    {"dollar_single_quotes", "echo $'it\\'s ${{ params.x }}'", nullptr, "inside $'…'"},
    {"behind_quotes_that_shells_read_in_two_ways", "echo $'it\\'s' ${{ params.x }}", nullptr,
     "which shells read in two ways"},
    {"behind_what_is_no_arithmetic", "x=$((echo a); echo b) ${{ params.x }}", nullptr, "that is no arithmetic"},
    {"quotes_inside_braces", "echo ${a:-\"${{ params.x }}\"}", nullptr, "inside ${…}"},
    {"arithmetic", "echo $((1 + ${{ params.x }}))", nullptr, "inside $((…))"},
};
INSTANTIATE_TEST_SUITE_P(Shell, Script, testing::ValuesIn(kScripts), test::case_name);

TEST(ShellScript, SaysWhereAValueCannotStand) {
  const auto source =
      std::make_shared<SourceText>(SourceText{"r.yaml", "run: |\n  echo a\n  echo '${{ params.x }}'\n"});
  const SourceSpan where{.source = source, .line = 1, .column = 6};
  Diagnostics problems;
  EXPECT_FALSE(
      make_shell_script(*expr::TemplateText::parse("echo a\necho '${{ params.x }}'\n", where), where, problems));
  ASSERT_EQ(problems.items().size(), 1U);
  EXPECT_EQ(problems.items()[0].where->line, 3U);
  EXPECT_EQ(problems.items()[0].where->column, 13U);
}

TEST(ShellScript, FindsPipelines) {
  Diagnostics problems;
  const SourceSpan where{.source = std::make_shared<const SourceText>(), .line = 1};
  EXPECT_TRUE(make_shell_script(*expr::TemplateText::parse("a | b", std::nullopt), where, problems)->has_pipeline);
  EXPECT_FALSE(
      make_shell_script(*expr::TemplateText::parse("a || b; echo '|'", std::nullopt), where, problems)->has_pipeline);
}

}  // namespace
}  // namespace assay::recipe
