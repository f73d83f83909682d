// SPDX-License-Identifier: Apache-2.0
// What people do to YAML, and what they are told: where the mistake is, not where the parser stumbled.
#include <gmock/gmock.h>

#include "engine/recipe/yaml.h"
#include "support/cases.h"

namespace assay::recipe {
namespace {

// "line:column+length message | help", with " (line:column note)" for each note.
std::string told(const std::string& text) {
  const auto document = parse_yaml(text, "f.yaml");
  if (document.problems.empty()) return "nothing";
  const auto at = [](const SourceSpan& span) { return std::to_string(span.line) + ':' + std::to_string(span.column); };
  std::string out;
  for (const Diagnostic& problem : document.problems.items()) {
    out += (out.empty() ? "" : "\n") + at(*problem.where) + '+' + std::to_string(problem.where->length) + ' ' +
           problem.message;
    for (const Note& note : problem.notes) out += " (" + at(*note.where) + ' ' + note.text + ')';
    if (!problem.help.empty()) out += " | " + problem.help;
  }
  return out;
}

struct Mistake {
  const char* name;
  std::string text;
  const char* told;
};
void PrintTo(const Mistake& one, std::ostream* out) { *out << one.text; }
class Mistakes : public testing::TestWithParam<Mistake> {};
TEST_P(Mistakes, AreExplained) { EXPECT_EQ(told(GetParam().text), GetParam().told); }

const Mistake kQuotes[] = {
    {"open_to_the_end", "a: \"x\nb: [y]\n", "1:4+2 the quote that is opened here is not closed | close it with \""},
    {"single_to_the_end", "a: it's\nb: 'x\n",
     "2:4+2 the quote that is opened here is not closed | close it with '; inside the text '' stands for '"},
    {"open_behind_an_escape", "a: \"x\\\"\n", "1:4+4 the quote that is opened here is not closed | close it with \""},
    {"open_in_a_list", "a: [b, \"c]\nd: e\n", "1:8+3 the quote that is opened here is not closed | close it with \""},
    {"closed_by_the_next_one", "a: \"x\nb: [\"y\"]\n",
     "1:4+2 this quoted text ends only some lines later (2:5 it ends here, and what follows does not fit) | close the "
     "quote where the text ends"},
    {"apostrophe", "a: 'it's fine'\n",
     "1:8+7 text follows a value that is already complete | inside single quotes write '' for ', or use double quotes"},
    {"text_behind_quotes", "a: \"x\" y\n",
     "1:8+1 text follows a value that is already complete | quote the value as a whole"},
    {"text_behind_a_list", "a: [x] y\n",
     "1:8+1 text follows a value that is already complete | quote the value as a whole"},
    {"escape", "a: \"x\\d\"\n",
     "1:6+2 there is no such escape in a text in double quotes | write '\\\\' for a backslash, or use single quotes, "
     "in "
     "which it means itself"},
    {"several_lines_are_fine", "a: \"x\n  y\"\nb: 'it''s\n  z'\n", "nothing"},
    {"quotes_inside_plain_text", "a: it's 5\" long\nb: x'y\n", "nothing"},
};
INSTANTIATE_TEST_SUITE_P(Quotes, Mistakes, testing::ValuesIn(kQuotes), test::case_name);

const Mistake kBrackets[] = {
    {"list_not_closed", "a:\n  b: [c, d\n  e: f\n",
     "2:6+1 '[' is not closed (3:4 what stands here does not fit into it) | close it with ']'"},
    {"list_not_closed_at_the_end", "a: [b, c\n", "1:4+1 '[' is not closed | close it with ']'"},
    {"mapping_not_closed", "a: { b: c\nd: e\n",
     "1:4+1 '{' is not closed (2:2 what stands here does not fit into it) | close it with '}'"},
    {"inner_one_not_closed", "a: [b, [c, d]\n", "1:4+1 '[' is not closed | close it with ']'"},
    {"json_cut_short", "{\"a\": 1, \"b\": [", "1:15+1 '[' is not closed | close it with ']'"},
    {"comment_swallows_the_end", "a: [b, #c]\nd: e\n",
     "1:4+1 '[' is not closed | what follows ' #' is a comment: quote it where it belongs to the text"},
    {"wrong_kind", "a: { b: c ]\n", "1:11+1 ']' cannot close '{' (1:4 '{' is opened here) | close it with '}'"},
    {"one_too_many", "a: [b]]\n",
     "1:7+1 not valid YAML: this bracket closes nothing | remove it, or quote the text that it belongs to"},
    {"no_comma", "a: [b, \"c\" \"d\"]\n",
     "1:12+1 not valid YAML: this does not fit into the list that is open here | put a comma between its elements, and "
     "quote those with a ',', ':', '#', '?', or a bracket in them"},
    {"brackets_in_a_block", "a: |\n  [ { \"\n\n  ( '\nb: [c]\n", "nothing"},
    {"brackets_in_an_entry", "- a: >-\n    [ \"\n  b: c\n- |\n  {\n", "nothing"},
    {"behind_a_block", "- a: |\n    [ \"\n  b: [c\n", "3:6+1 '[' is not closed | close it with ']'"},
    {"brackets_in_plain_text", "a: b [c\nd: e {f\n", "nothing"},
    {"brackets_in_a_comment", "a: b # [\n# {\nc: [d]\n", "nothing"},
    {"expression_in_a_list", "a: [b, ${{ c }}]\n",
     "1:8+3 an expression in braces must be quoted here: YAML has braces of its own | write \"${{ … }}\", in double "
     "quotes"},
    {"expression_in_a_mapping", "a: { b: ${{ c }} }\n",
     "1:9+3 an expression in braces must be quoted here: YAML has braces of its own | write \"${{ … }}\", in double "
     "quotes"},
    {"expression_without_dollar", "a: {{ b }}\n",
     "1:4+2 an expression in braces must be quoted here: YAML has braces of its own | write \"${{ … }}\", with '$' and "
     "in "
     "double quotes"},
};
INSTANTIATE_TEST_SUITE_P(Brackets, Mistakes, testing::ValuesIn(kBrackets), test::case_name);

const Mistake kLines[] = {
    {"no_colon", "a: 1\nb 2\nc: 3\n", "2:1+3 this line has no ':' between key and value | write `key: value`"},
    {"no_blank_behind_the_colon", "a: 1\nb:2\nc: 3\n", "2:1+3 a blank is missing behind ':' | write `key: value`"},
    {"no_blank_behind_the_dash", "a:\n  -b: 1\n   c: 2\n",
     "2:3+5 a blank is missing behind '-' | write `- key: value`"},
    {"second_colon", "a: b: c\n", "1:5+1 not valid YAML: a second ':' in one entry | quote text that contains ': '"},
    {"deeper_than_the_key_before", "- a: 1\n   b: 2\n",
     "2:4+1 this key is indented as if it were a part of the value above it (1:1 the value above it begins on this "
     "line) | "
     "give it the indentation of the key before it"},
    {"less_than_the_key_before", "- a: 1\n b: 2\n",
     "2:2+4 this line is indented differently from those it belongs to | entries of one list, and keys of one mapping, "
     "begin in the same column"},
    {"entry_deeper", "a:\n  - b: 1\n    - c: 2\n",
     "3:5+6 this entry of a list is indented differently from those before it | entries of one list, and keys of one "
     "mapping, begin in the same column"},
    {"tab", "a:\n\t- b\n",
     "2:2+1 not valid YAML: illegal block entry | indent with spaces: YAML does not allow tabs there"},
    {"tab_before_a_key", "a:\n  b: 1\n\tc: 2\n",
     "3:1+1 not valid YAML: illegal tab when looking for indentation | indent with spaces: YAML does not allow tabs "
     "there"},
    {"text_behind_a_bar", "a: | b\n",
     "1:6+1 not valid YAML: text follows the sign that begins a block of lines | begin the text on the next line; or "
     "quote "
     "it, where '|' or '>' is a part of it"},
    {"conflict", "a: 1\n<<<<<<< mine\nb: 1\n=======\nb: 2\n>>>>>>> theirs\n",
     "2:1+12 the mark of a conflict of versions stands in the file | resolve the conflict first"},
};
INSTANTIATE_TEST_SUITE_P(Lines, Mistakes, testing::ValuesIn(kLines), test::case_name);

const Mistake kSigns[] = {
    {"question", "a: { b: Which rack?, c: 1 }\n",
     "1:19+1 not valid YAML: a text between brackets ends before a '?' | quote the text"},
    {"at", "a: @b\n", "1:4+1 not valid YAML: a text cannot begin with this character | quote the text"},
    {"percent", "a: %b\n", "1:4+1 not valid YAML: a text cannot begin with this character | quote the text"},
    {"star", "a: [*.yaml]\n",
     "1:5+1 not valid YAML: a text that begins with '*' is a reference, and nothing of that name is marked with '&' | "
     "quote "
     "the text"},
    {"ampersands", "a: && b\n",
     "1:4+2 a text that begins with '&' marks a value for references, and '&' is no name for one | quote the text"},
    {"exclamation", "a: !b()\n",
     "1:4+1 the tag '!b()' is not supported | remove it: each key already has its type; or quote a text that begins "
     "with "
     "'!'"},
    {"bell", "a: 1\nb: \"x\x07y\"\n",
     "2:6+1 the control character U+0007 stands in the file | remove it, or write \"\\x07\" in double quotes"},
    {"delete", "a: \x7F\n",
     "1:4+1 the control character U+007F stands in the file | remove it, or write \"\\x7F\" in double quotes"},
    {"nul", std::string("a: b\0c\n", 7), "1:5+1 the control character U+0000 stands in the file | remove it"},
    {"written_nul", "a: \"b\\0c\"\n",
     "1:4+5 a text with a NUL character | remove it: no argument, variable or file name can hold one"},
    {"written_bell", "a: \"b\\ac\\e\"\n", "nothing"},
    {"tabs_and_line_ends", "a: b\tc\r\nd: \"e\\tf\"\r\n", "nothing"},
};
INSTANTIATE_TEST_SUITE_P(Signs, Mistakes, testing::ValuesIn(kSigns), test::case_name);

// Whatever stands there, explaining it ends and costs no more than the text is long.
TEST(MistakesOfAnyText, HaveAPlace) {
  const std::string_view signs = "a:[]{}\"'|>-#\n \t&*!%@,?~\\$";
  std::string text;
  unsigned seed = 7;
  for (int round = 0; round < 3000; ++round) {
    text.clear();
    for (int i = 0; i < 40; ++i) {
      seed = seed * 1664525U + 1013904223U;
      text += signs[(seed >> 16U) % signs.size()];
    }
    const auto document = parse_yaml(text, "f.yaml");
    EXPECT_TRUE(document.root != nullptr || document.problems.has_errors()) << text;
    for (const Diagnostic& problem : document.problems.items()) EXPECT_TRUE(problem.where) << text;
  }
}

}  // namespace
}  // namespace assay::recipe
