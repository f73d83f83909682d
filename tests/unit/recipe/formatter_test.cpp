// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/formatter.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/expr/typed_json.h"
#include "engine/recipe/yaml.h"
#include "support/cases.h"
#include "support/temp_folder.h"

namespace assay::recipe {
namespace {

// The canonical form, or what stood in its way.
std::string formatted(const std::string& text) {
  const Formatted result = format_yaml(text, "f.yaml");
  return result.text ? *result.text : render(result.problems);
}

struct FormatCase {
  const char* name;
  std::string source;
  std::string canonical;
};

class Format : public testing::TestWithParam<FormatCase> {};

TEST_P(Format, IsCanonicalAndStays) {
  EXPECT_EQ(formatted(GetParam().source), GetParam().canonical);
  EXPECT_EQ(formatted(GetParam().canonical), GetParam().canonical);
}

const FormatCase kLayout[] = {
    {"indentation", "a:\n    b:\n        c: 1\n", "a:\n  b:\n    c: 1\n"},
    {"list_beside_its_key", "a:\n- 1\n- 2\n", "a:\n  - 1\n  - 2\n"},
    {"list_far_in", "a:\n      - 1\n", "a:\n  - 1\n"},
    {"mapping_in_a_list", "-   a: 1\n    b: 2\n-\n  c: 3\n", "- a: 1\n  b: 2\n- c: 3\n"},
    {"list_in_a_list", "-\n  - a\n  -   - b\n", "- - a\n  - - b\n"},
    {"space_around_colon", "a  :   1\n", "a: 1\n"},
    {"value_on_the_next_line", "a:\n  text\n", "a: text\n"},
    {"nothing", "a:\nb: ~\nc: null\n", "a:\nb: ~\nc: null\n"},
    {"nothing_in_a_list", "-\n- ~\n-\n", "-\n- ~\n-\n"},
    {"nothing_before_a_key_like_null", "a:\nnullable: 1\nnull_too: 2\n", "a:\nnullable: 1\nnull_too: 2\n"},
    {"space_at_the_end", "a: 1  \nb:\t\n  c: 2 \t\n", "a: 1\nb:\n  c: 2\n"},
    {"line_ends", "a: 1\r\nb: 'x\r\n  y'\r\n", "a: 1\nb: 'x\n  y'\n"},
    {"byte_order_mark",
     "\xEF\xBB\xBF"
     "a: 1\n",
     "a: 1\n"},
    {"no_line_end", "a: 1", "a: 1\n"},
    {"empty_lines", "\n\na: 1\n\n\n\nb:\n\n  c: 2\n\n  d: 3\n\n\n", "a: 1\n\nb:\n  c: 2\n\n  d: 3\n"},
    {"empty_line_after_a_dash", "-\n\n  a: 1\n", "- a: 1\n"},
    {"explicit_keys", "? a\n: 1\n? b\n:\n  - 2\n? c\n", "a: 1\nb:\n  - 2\nc:\n"},
    {"document_start", "---\na: 1\n...\n", "---\na: 1\n"},
    {"directive", "# top\n%YAML 1.2\n---   # start\na: 1\n", "# top\n%YAML 1.2\n---  # start\na: 1\n"},
    {"anchors", "a: &x   {b: 1}\nc:   &y\n   d: *x\ne:\n - &z f\n - *z\n - &m\n   g: 1\n",
     "a: &x { b: 1 }\nc: &y\n  d: *x\ne:\n  - &z f\n  - *z\n  - &m\n    g: 1\n"},
    {"anchored_key", "&k a: 1\nb: [*k]\nc:\n  *k : 2\n  d: {*k : 3, e: 4}\n",
     "&k a: 1\nb: [*k]\nc:\n  *k : 2\n  d: { *k : 3, e: 4 }\n"},
    {"anchored_nothing", "a: &x\nb: *x\nc: &y ~\nd: [&z , *z]\n", "a: &x\nb: *x\nc: &y ~\nd: [&z , *z]\n"},
    {"anchor_on_its_own_line", "a:\n  &x\n  b: 1\n", "a: &x\n  b: 1\n"},
};
INSTANTIATE_TEST_SUITE_P(Layout, Format, testing::ValuesIn(kLayout), test::case_name);

const std::string kLong(60, 'x');

const FormatCase kFlow[] = {
    {"spaces", "a: {b: 1,c:  2}\nd: [ 1,2 , 3 ]\ne: { }\nf: [  ]\n", "a: { b: 1, c: 2 }\nd: [1, 2, 3]\ne: {}\nf: []\n"},
    {"one_line_stays_however_long", "a: [" + kLong + ", " + kLong + "]\n", "a: [" + kLong + ", " + kLong + "]\n"},
    {"joined_where_it_fits", "a: [1,\n  2, {b: c,\n d: e},\n]\n", "a: [1, 2, { b: c, d: e }]\n"},
    {"block_where_it_does_not", "a: [" + kLong + ",\n  " + kLong + ", {b: [1,\n2]}, c: d, [e,\n], , ]\n",
     "a:\n  - " + kLong + "\n  - " + kLong + "\n  - { b: [1, 2] }\n  - c: d\n  - [e]\n  -\n"},
    {"block_mapping_where_it_does_not", "- {a: " + kLong + ",\n b: " + kLong + ", c}\n",
     "- a: " + kLong + "\n  b: " + kLong + "\n  c:\n"},
    {"width_is_measured_on_a_terminal", "a: [" + replace_all(kLong, "x", "宽") + ",\n b]\n",
     "a:\n  - " + replace_all(kLong, "x", "宽") + "\n  - b\n"},
    {"comments_inside", "a: [ # of all\n 1 # one\n , 2,\n # last\n]\n",
     "a: [  # of all\n  1,  # one\n  2,\n  # last\n]\n"},
    {"comments_inside_inner", "- {a: [1,\n 2], b: # why\n 3, c}\n",
     "- {\n    a: [1, 2],\n    b:  # why\n      3,\n    c,\n  }\n"},
    {"key_without_value", "a: {b, c: , d: 1}\n", "a: { b, c, d: 1 }\n"},
    {"pairs", "a: [b: 1, c: ]\n", "a: [b: 1, c: ]\n"},
    {"empty_items", "a: [b, , c]\nd: [e, ,]\n", "a: [b, , c]\nd: [e, ,]\n"},
    {"text_over_lines", "a: [b\n  c, \"d\n  e\"]\n", "a: [b c, d e]\n"},
    {"text_over_lines_that_must_stay", "a: [\"b\n\n  c\"]\n", "a:\n  - \"b\n\n    c\"\n"},
    {"empty_over_lines_beyond_the_width", kLong + kLong + kLong + ": [\n]\n", kLong + kLong + kLong + ": []\n"},
};
INSTANTIATE_TEST_SUITE_P(Flow, Format, testing::ValuesIn(kFlow), test::case_name);

const FormatCase kText[] = {
    {"needless_quotes", "a: \"some text\"\nb: 'v1.2-rc/x_y+z'\n\"c\": [\"d e\"]\nf: \"内存带宽，测试\"\n",
     "a: some text\nb: v1.2-rc/x_y+z\nc: [d e]\nf: 内存带宽，测试\n"},
    {"quotes_that_matter",
     "- \"yes\"\n- 'No'\n- \"1\"\n- \"null\"\n- \"~\"\n- \"\"\n- \" x\"\n- \"x \"\n- \"a: b\"\n- \"a #b\"\n- \"*a\"\n- "
     "\"-\"\n- 'on'\n- \"1e3\"\n- \".5\"\n- \"a\\tb\"\n- 'it''s'\n- \"${{ a }}\"\n- \"2024-01-01\"\n- \"NaN\"\n",
     "- \"yes\"\n- 'No'\n- \"1\"\n- \"null\"\n- \"~\"\n- \"\"\n- \" x\"\n- \"x \"\n- \"a: b\"\n- \"a #b\"\n- \"*a\"\n- "
     "\"-\"\n- 'on'\n- \"1e3\"\n- \".5\"\n- \"a\\tb\"\n- 'it''s'\n- \"${{ a }}\"\n- \"2024-01-01\"\n- \"NaN\"\n"},
    {"hash_inside_text", "a: b#c\nd: \"# e\"\nf: 'g # h'\n", "a: b#c\nd: \"# e\"\nf: 'g # h'\n"},
    {"block_text", "a: |\n      x\n        y  \n\n      z\nb: >-\n   folded\n   text\n",
     "a: |\n  x\n    y  \n\n  z\nb: >-\n  folded\n  text\n"},
    {"block_text_in_a_list", "-   |\n    x\n- a: |-\n      y\n", "- |\n  x\n- a: |-\n    y\n"},
    {"block_text_that_looks_like_yaml", "a: |\n    # no comment\n    b: 1\n\n\nc: 2\n",
     "a: |\n  # no comment\n  b: 1\n\nc: 2\n"},
    {"block_text_with_indicator", "a:\n    b: |2-\n         x\n        y\n", "a:\n  b: |2-\n       x\n      y\n"},
    {"block_text_that_keeps_its_end", "a: |+\n   x\n\n\nb: |+\n   y\n\n", "a: |+\n  x\n\n\nb: |+\n  y\n\n"},
    {"block_text_at_the_end_of_the_file", "a: |\n    x", "a: |-\n  x\n"},
    {"block_text_with_space_at_the_end_of_the_file", "a: |+\n    x\n   ", "a: |+\n  x\n"},
    {"block_text_of_nothing", "a: |\n\n\nb: |-\nc: |+\n\nd: 1\n", "a: |\n\nb: |-\nc: |+\n\nd: 1\n"},
    {"nothing_is_added_to_text_that_keeps_its_end", "a: |+\n  x\n?\n\n  b\n: 1\n", "a: |+\n  x\nb: 1\n"},
    {"block_text_with_a_comment", "a: | # why\n    x\n", "a: |  # why\n  x\n"},
    {"space_only_lines_of_block_text", "a: |\n    x\n      \n  \n    y\n", "a: |\n  x\n    \n\n  y\n"},
    {"plain_over_lines", "a: one\n      two\n\n      three\nb: 1\n", "a: one\n  two\n\n  three\nb: 1\n"},
    {"quoted_over_lines", "a: \"one   \n   two \\\n     \\  three\\ \n   \n   four\"\nb: 'x\n\n\n     y'\n",
     "a: \"one\n  two \\\n  \\  three\\ \n\n  four\"\nb: 'x\n\n\n  y'\n"},
};
INSTANTIATE_TEST_SUITE_P(Text, Format, testing::ValuesIn(kText), test::case_name);

const FormatCase kComments[] = {
    {"at_the_top", "#!/usr/bin/env assay\n# modeline\n\n\n# about\na: 1\n",
     "#!/usr/bin/env assay\n# modeline\n\n# about\na: 1\n"},
    {"behind", "a: 1 # one\nb:     # two\n  - c     # three\n", "a: 1  # one\nb:  # two\n  - c  # three\n"},
    {"like_what_follows", "a:\n# b\n      # c\n  d: 1\n", "a:\n  # b\n  # c\n  d: 1\n"},
    {"at_the_end_of_a_block", "a:\n    - b: 1\n      # of b\n    # of a\n# of c\nc: 2\n    # of the file\n",
     "a:\n  - b: 1\n    # of b\n  # of a\n# of c\nc: 2\n# of the file\n"},
    {"at_the_end_of_the_file", "a:\n  b: 1\n\n  # c\n\n\n# d\n\n", "a:\n  b: 1\n\n  # c\n\n# d\n"},
    {"between_key_and_value", "a: # why\n  # more\n  1\nb: &x # name\n  c: 1\n",
     "a:  # why\n  # more\n  1\nb: &x  # name\n  c: 1\n"},
    {"behind_a_dash", "- # why\n  a: 1\n-\n  # own\n  - b\n", "-  # why\n  a: 1\n-\n  # own\n  - b\n"},
    {"aligned_stay_aligned", "a: 1       # x\nbcd: 2     # y\ne: 3 # z\n", "a: 1    # x\nbcd: 2  # y\ne: 3  # z\n"},
    {"aligned_by_width", "a: 宽   # x\nb: yy   # y\n", "a: 宽  # x\nb: yy  # y\n"},
    {"aligned_only_on_following_lines", "a: 1     # x\n\nbcde: 2  # y\n", "a: 1  # x\n\nbcde: 2  # y\n"},
    {"with_space_behind", "# x \t\na: 1 # y  \n", "# x\na: 1  # y\n"},
    {"after_block_text_and_the_end_marker", "a: |\n  x\n... # end\n", "a: |\n  x\n# end\n"},
    {"after_the_end_marker", "a: 1\n... # end\n# more\n", "a: 1\n# end\n# more\n"},
    {"empty_lines_between", "a: 1\n# b\n\n\n# c\n\nd: 1\n", "a: 1\n# b\n\n# c\n\nd: 1\n"},
    {"explicit_key_behind_block_text", "a: |\n x\n? # k\n b\n", "a: |\n  x\n# k\nb:\n"},
    {"around_explicit_keys", "? # k\n  a # l\n: # m\n  1\n", "# k\na:  # l\n  # m\n  1\n"},
    {"below_block_text", "a:\n  b: |\n    x\n  # c\n# d\ne: 1\n", "a:\n  b: |\n    x\n  # c\n# d\ne: 1\n"},
};
INSTANTIATE_TEST_SUITE_P(Comments, Format, testing::ValuesIn(kComments), test::case_name);

struct RefusedCase {
  const char* name;
  std::string source;
  const char* problem;  // a part of the message
};

class Refused : public testing::TestWithParam<RefusedCase> {};

TEST_P(Refused, SaysWhy) {
  const Formatted result = format_yaml(GetParam().source, "f.yaml");
  EXPECT_FALSE(result.text);
  EXPECT_THAT(render(result.problems), testing::HasSubstr(GetParam().problem));
}

const RefusedCase kRefused[] = {
    {"no_yaml", "a: [\n", "error[Y001]"},
    {"twice_the_same_key", "a: 1\na: 2\n", "f.yaml:2:1: error[Y003]:"},
    {"not_utf8", "a: \xFF\n", "f.yaml: error[Y004]:"},
    {"two_documents", "a: 1\n---\nb: 2\n", "f.yaml:3:1: error[Y001]: a second document"},
    {"nothing", "---\n# only this\n", "f.yaml:1:1: error[Y005]: the file holds nothing"},
    {"only_text", "text\n", "f.yaml:1:1: error[Y005]: the file holds text"},
    {"carriage_return", "a: 'b\rc'\n", "f.yaml:1:6: error[Y005]: a carriage return"},
    {"mark_inside", "a: \"\xEF\xBB\xBF\"\n", "f.yaml:1:5: error[Y005]: a byte order mark"},
    {"key_over_lines", "? |\n  a\n: 1\n", "f.yaml:1:3: error[Y005]: a key over several lines"},
    {"long_key", "? " + std::string(1001, 'k') + "\n: 1\n", "f.yaml:1:3: error[Y005]: a key over several lines"},
    {"tag", "a: ! b\n", "f.yaml:1:4: error[Y005]: the layout of this place"},
    {"indicator_as_text", "a: [-, b]\n", "f.yaml:1:5: error[Y005]: text that could be an indicator"},
    {"document_marker_as_a_key", "  --- a: 1\n", "f.yaml:1:3: error[Y005]: text that could be an indicator"},
    {"key_without_a_colon", "? a\nb\n", "f.yaml:2:1: error[Y005]: an entry without a colon"},
    {"colon_that_touches", "? 'a'\n:'': 2\n", "f.yaml:2:1: error[Y005]: the layout of this place"},
    {"marked_pair", "[&x\n ? a : b]\n", "f.yaml:2:2: error[Y005]: the layout of this place"},
    {"marked_text_over_lines", "- &x |\n    a\n", "f.yaml:1:3: error[Y005]: text over several lines"},
    {"space_at_the_end_of_folded_text", "a: >-\n  b\n  ", "f.yaml:3:1: error[Y005]: space behind"},
};
INSTANTIATE_TEST_SUITE_P(Files, Refused, testing::ValuesIn(kRefused), test::case_name);

struct ChangeCase {
  const char* name;
  std::string before;
  std::string after;
  const char* change;  // what the message says; empty: none
};

class ChangedMeaning : public testing::TestWithParam<ChangeCase> {};

TEST_P(ChangedMeaning, IsSeen) {
  const auto problem = changed_meaning(GetParam().before, GetParam().after, "f.yaml");
  const std::string change = GetParam().change;
  ASSERT_EQ(problem.has_value(), !change.empty());
  if (!problem) return;
  EXPECT_EQ(problem->code, Code::kFormatter);
  EXPECT_EQ(problem->message, "formatting would change " + change);
}

const ChangeCase kChanges[] = {
    {"none", "a: 'b c'  # d\n", "a: b c\n# d\n", ""},
    {"value", "a: 1\n", "a: 2\n", "the meaning of this"},
    {"order", "a: 1\nb: 2\n", "b: 2\na: 1\n", "the meaning of this"},
    {"key_lost", "a: 1\nb: 2\n", "a: 1\n", "the meaning of this"},
    {"item_lost", "[a, b]\n", "[a]\n", "the meaning of this"},
    {"text_becomes_a_number", "a: \"1\"\n", "a: 1\n", "the meaning of this"},
    {"number_becomes_text", "a: 1\n", "a: '1'\n", "the meaning of this"},
    {"text_becomes_nothing", "a: \"\"\n", "a:\n", "the meaning of this"},
    {"alias_becomes_another", "a: &x [1]\nb: &y [1]\nc: *x\n", "a: &x [1]\nb: &y [1]\nc: *y\n", "the meaning of this"},
    {"alias_becomes_a_copy", "a: &x [1]\nb: *x\n", "a: &x [1]\nb: [1]\n", "the meaning of this"},
    {"copy_becomes_an_alias", "a: &x [1]\nb: [1]\n", "a: &x [1]\nb: *x\n", "the meaning of this"},
    {"comment_lost", "a: 1  # b\n", "a: 1\n", "the comments of the file"},
    {"comment_changed", "# a\n# b\nc: 1\n", "# b\n# a\nc: 1\n", "the comments of the file"},
    {"comment_becomes_text", "a: b # c\n", "a: b# c\n", "the meaning of this"},
    {"no_yaml", "a: 1\n", "a: [\n", "the file into no YAML"},
    {"twice_the_same_key", "a: 1\n", "a: 1\na: 1\n", "the file into no YAML"},
};
INSTANTIATE_TEST_SUITE_P(Changes, ChangedMeaning, testing::ValuesIn(kChanges), test::case_name);

TEST(Formatter, RefusesMoreThanItsReaderTakes) {
  EXPECT_THAT(formatted("a: " + std::string(17U << 20U, 'x')), testing::HasSubstr("[Y002]"));
  EXPECT_THAT(formatted("a: " + std::string(60, '[') + std::string(60, ']')), testing::HasSubstr("[Y002]"));
}

TEST(Formatter, KeepsWhatAliasesMean) {
  const std::string text = formatted("a: &x [1,\n 2]\nb: *x\nc: *x\n");
  EXPECT_EQ(text, "a: &x [1, 2]\nb: *x\nc: *x\n");
  const YamlDocument document = parse_yaml(text, "f.yaml");
  ASSERT_TRUE(document.root);
  EXPECT_EQ(document.root->find("a"), document.root->find("c"));
}

// Deep and wide at once: each line costs the same however many there are.
TEST(Formatter, FormatsTwentyThousandSteps) {
  std::string source = "steps:\n";
  std::string canonical = source;
  for (int i = 0; i < 20'000; ++i) {
    const std::string id = std::to_string(i);
    source += "-   id: s" + id + "   # step\n    run: [a,\n      b]\n";
    canonical += "  - id: s" + id + "  # step\n    run: [a, b]\n";
  }
  EXPECT_EQ(formatted(source), canonical);
}

// Types, values and their order.
std::string meaning_of(const YamlDocument& document) {
  return to_json_line(expr::to_typed_json(to_value(*document.root)));
}

// Every file of the project that can be read: formatting says no S011 and changes nothing the second time. What is
// compared inside the formatter is compared here once more by what each file means.
TEST(Formatter, KeepsTheMeaningOfEveryFileOfTheProject) {
  namespace fs = std::filesystem;
  std::size_t seen = 0;
  for (const char* folder : {"recipes", "testsuites", "tests/golden"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(ASSAY_SOURCE_DIR) / folder)) {
      const bool refused = entry.path().parent_path().filename() == "no_canonical_form";
      if (entry.path().extension() != ".yaml" || refused) continue;
      const std::string source = test::slurp(entry.path());
      const YamlDocument before = parse_yaml(source, entry.path());
      if (!before.root || before.problems.has_errors()) continue;
      SCOPED_TRACE(entry.path());
      const Formatted once = format_yaml(source, entry.path());
      ASSERT_TRUE(once.text) << render(once.problems);
      EXPECT_EQ(formatted(*once.text), *once.text);
      const YamlDocument after = parse_yaml(*once.text, entry.path());
      ASSERT_TRUE(after.root);
      EXPECT_EQ(meaning_of(before), meaning_of(after));
      EXPECT_EQ(std::count(source.begin(), source.end(), '#'), std::count(once.text->begin(), once.text->end(), '#'));
      ++seen;
    }
  }
  EXPECT_GE(seen, 100U);
}

}  // namespace
}  // namespace assay::recipe
