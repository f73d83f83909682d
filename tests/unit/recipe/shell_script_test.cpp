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
    {"arithmetic_of_a_loop", "for((i=0; i<${{ params.x }}; ++i)); do :; done", nullptr, "inside $((…))"},
    {"old_arithmetic", "echo $[1 + ${{ params.x }}]", nullptr, "after a $["},
    {"numbers_in_double_brackets", "if [[ ${{ params.x }} -gt 5 ]]; then :; fi", nullptr, "in [[ … -gt … ]]"},
    {"quoted_number_in_double_brackets", "[[ -n $y && 5 -le \"${{ params.x }}\" ]]", nullptr, "in [[ … -le … ]]"},
    {"printed_number_in_double_brackets", "[[ $(echo ${{ params.x }}) -eq 1 ]]", nullptr, "in [[ … -eq … ]]"},
    {"name_in_double_brackets", "[[ -v ${{ params.x }} ]]", nullptr, "in [[ … -v … ]]"},
    {"name_in_brackets", "[ -v ${{ params.x }} ]", nullptr, "in a name for '['"},
    {"texts_in_double_brackets", "[[ ${{ params.x }} == a* && -f ${{ params.x }} ]]; [ 1 -eq 1 ]",
     "[[ \"${ASSAY_V1}\" == a* && -f \"${ASSAY_V1}\" ]]; [ 1 -eq 1 ]", nullptr},
    {"behind_double_brackets", "[[ $y -gt 1 ]] && echo ${{ params.x }}", "[[ $y -gt 1 ]] && echo \"${ASSAY_V1}\"",
     nullptr},
    {"numbers_in_brackets", "[ ${{ params.x }} -gt 5 ]", "[ \"${ASSAY_V1}\" -gt 5 ]", nullptr},
    {"subscript", "a[${{ params.x }}]=1", nullptr, "in a subscript"},
    {"subscript_in_a_list", "a=(b [${{ params.x }}]=1)", nullptr, "in a subscript"},
    {"brackets_in_a_text", "echo \"row[${{ params.x }}]\"", "echo \"row[${ASSAY_V1}]\"", nullptr},
    {"element_of_a_list", "a=(b ${{ params.x }})", "a=(b \"${ASSAY_V1}\")", nullptr},
    {"let", "let n=${{ params.x }}", nullptr, "among the words of 'let'"},
    {"eval", "X=1 command eval echo ${{ params.x }}", nullptr, "among the words of 'eval'"},
    {"eval_of_what_is_printed", "eval \"$(echo ${{ params.x }})\"", nullptr, "among the words of 'eval'"},
    {"eval_of_output", "eval \"$(dircolors ${{ params.x }})\"", "eval \"$(dircolors \"${ASSAY_V1}\")\"", nullptr},
    {"trap", "trap \"rm ${{ params.x }}\" EXIT", nullptr, "in the command of 'trap'"},
    {"read", "IFS= read -r ${{ params.x }}", nullptr, "in a name for 'read'"},
    {"read_a_value", "read -r x <<<${{ params.x }}", "read -r x <<<\"${ASSAY_V1}\"", nullptr},
    {"unset", "unset \"a[${{ params.x }}]\"", nullptr, "in a name for 'unset'"},
    {"printf_into_a_name", "printf -v ${{ params.x }} a", nullptr, "in a name for 'printf'"},
    {"printf_into_a_variable", "printf -v x %s ${{ params.x }}", "printf -v x %s \"${ASSAY_V1}\"", nullptr},
    {"declared_as_number", "declare -i n=${{ params.x }}", nullptr, "in what 'declare' evaluates"},
    {"behind_a_number", "declare -i n\nn=${{ params.x }}", nullptr, "after a 'declare -i'"},
    {"declared_list", "local -a n=${{ params.x }}", nullptr, "in what 'local' evaluates"},
    {"declared_name", "declare ${{ params.x }}=1", nullptr, "in a name for 'declare'"},
    {"exported", "export N=${{ params.x }}", "export N=\"${ASSAY_V1}\"", nullptr},
    {"script_of_a_shell", "sh -c \"echo ${{ params.x }}\"", nullptr, "in the script of 'sh -c'"},
    {"script_of_a_shell_behind_others", "env A=1 timeout 5 /bin/bash -eu -o pipefail -xc ${{ params.x }}", nullptr,
     "in the script of 'bash -c'"},
    {"script_behind_a_line", "sudo \\\n  sh -c \"echo ${{ params.x }}\"", nullptr, "in the script of 'sh -c'"},
    {"argument_of_a_script", "sh -c 'echo \"$1\"' sh ${{ params.x }}", "sh -c 'echo \"$1\"' sh \"${ASSAY_V1}\"",
     nullptr},
    {"file_of_a_shell", "bash ${{ params.x }} -c ${{ params.y }}", "bash \"${ASSAY_V1}\" -c \"${ASSAY_V2}\"", nullptr},
    {"name_of_a_user", "useradd -s /bin/sh -c ${{ params.x }} a", "useradd -s /bin/sh -c \"${ASSAY_V1}\" a", nullptr},
    {"behind_an_export", "export -n N\necho ${{ params.x }}", "export -n N\necho \"${ASSAY_V1}\"", nullptr},
    {"su", "su - user -c \"ls ${{ params.x }}\"", nullptr, "that 'su' gives to a shell"},
    {"ssh", "ssh -p 22 host ls ${{ params.x }}", nullptr, "that 'ssh' gives to a shell"},
    {"host_of_ssh", "ssh -p ${{ params.x }} ${{ params.y }} uptime", "ssh -p \"${ASSAY_V1}\" \"${ASSAY_V2}\" uptime",
     nullptr},
    {"here_document_of_a_shell", "ssh host bash -s <<END\necho ${{ params.x }}\nEND\n", nullptr,
     "in what 'bash' reads as a script"},
    {"here_document_into_a_shell", "cat <<END | sh\necho ${{ params.x }}\nEND\n", nullptr,
     "in what 'sh' reads as a script"},
    {"here_string_of_a_shell", "sh <<<\"${{ params.x }}\"", nullptr, "in what 'sh' reads as a script"},
    {"printed_into_a_shell", "{ echo a; echo ${{ params.x }} 2>&1; } | sh", nullptr, "in what 'sh' reads as a script"},
    {"printed_as_a_file_for_a_shell", "bash <(echo ${{ params.x }})", nullptr, "in what 'bash' reads as a script"},
    {"printed_as_a_file_to_read", ". <(printf %s ${{ params.x }})", nullptr, "in what '.' reads as a script"},
    {"printed_elsewhere", "echo ${{ params.x }} | grep bash\ncurl a | sh",
     "echo \"${ASSAY_V1}\" | grep bash\ncurl a | sh", nullptr},
    {"file_named_by_a_value", ". ${{ params.x }} >${{ params.y }}", ". \"${ASSAY_V1}\" >\"${ASSAY_V2}\"", nullptr},
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

TEST(ShellScript, NamesTheCure) {
  const SourceSpan where{.source = std::make_shared<const SourceText>(), .line = 1};
  const auto help_of = [&](const char* script) {
    Diagnostics problems;
    EXPECT_FALSE(make_shell_script(*expr::TemplateText::parse(script, std::nullopt), where, problems));
    return problems.items().at(0).help;
  };
  EXPECT_EQ(help_of("sh -c \"echo ${{ params.x }}\""), "pass it as an argument: sh -c 'echo \"$1\"' sh ${{ … }}");
  EXPECT_EQ(help_of("[[ ${{ params.x }} -gt 5 ]]"), "write [ … ] instead, which takes numbers only");
  EXPECT_THAT(help_of("echo $((1 + ${{ params.x }}))"), testing::HasSubstr("compute it in the expression"));
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
