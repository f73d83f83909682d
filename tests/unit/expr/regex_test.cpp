// SPDX-License-Identifier: Apache-2.0
// Regular expressions: what RE2 takes, what it refuses, groups, empty matches, bounds.
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

TEST(Regex, Matches) {
  expect_each({
      {"any_part", "['abc'.matches('b'), 'abc'.matches('^b'), 'abc'.matches('c$'), 'abc'.matches('^abc$')]",
       "[true, false, true, true]"},
      {"both_forms", "matches('abc', 'b') == 'abc'.matches('b')", "true"},
      {"empty_pattern", "[''.matches(''), 'a'.matches('')]", "[true, true]"},
      {"characters_not_bytes", "['é'.matches('^.$'), '😀'.matches('^.$'), '日本'.matches('^..$')]",
       "[true, true, true]"},
      {"classes", R"(['é'.matches('^\\pL$'), 'Ж'.matches('\\p{Cyrillic}'), 'é'.matches('^\\w$'), '٣'.matches('\\d')])",
       "[true, true, false, false]"},
      {"case_", "['ABC'.matches('b'), 'ABC'.matches('(?i)b')]", "[false, true]"},
      {"point_and_lines", R"(['a\nb'.matches('a.b'), 'a\nb'.matches('(?s)a.b')])", "[false, true]"},
      {"ends_of_lines", R"(['a\nb'.matches('^b$'), 'a\nb'.matches('(?m)^b$')])", "[false, true]"},
      {"word_ends", R"(['a bc'.matches('\\bbc\\b'), 'abc'.matches('\\bbc')])", "[true, false]"},
      {"raw_pattern", R"('a.b'.matches(r'^a\.b$'))", "true"},
      {"computed_pattern", "samples.map(s, '1234'.matches('^' + string(s)))", "[false, true, false, false]"},
      {"nul", R"('a\x00b'.matches('a\x00b'))", "true"},
      {"nothing_explodes", "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a|aa|a*)*$')", "false"},
      {"of_bytes", "b'a'.matches('a')",
       "E004 'matches' does not take (bytes, string) | it takes (string, string) "
       "@matches"},
  });
}

TEST(Regex, Extract) {
  expect_each({
      {"whole_match", "'BW=12.5GB/s'.extract('[0-9.]+')", R"("12.5")"},
      {"first_group", "'BW=12.5GB/s'.extract('=([0-9.]+)([A-Z]+)')", R"("12.5")"},
      {"named_group", "'BW=12.5GB/s'.extract('=(?P<rate>[0-9.]+)')", R"("12.5")"},
      {"group_that_groups_only", "'ab12'.extract('(?:ab)[0-9]')", R"("ab1")"},
      {"leftmost_then_longest_as_written", "['aab'.extract('a+'), 'aab'.extract('a+?'), 'xab'.extract('a|ab')]",
       R"(["aa", "a", "a"])"},
      {"group_without_part", "['b'.extract('(a)?b'), 'ab'.extract('(a)?b')]", R"(["", "a"])"},
      {"empty_match", "['abc'.extract('x*'), ''.extract('')]", R"(["", ""])"},
      {"wide_text", "'größe: 12 ümläute'.extract('[0-9]+ (.*)')", "\"ümläute\""},
      {"nothing", "'abc'.extract('[0-9]')",
       "E006 nothing matches '[0-9]' in 'abc' | extract_all() gives an empty list instead @'abc'.extract('[0-9]')"},
      {"first_of_many", "stdout.extract('score: ([0-9.]+)')", R"("41.5")"},
      {"as_function", "extract('a', 'a')", "E003 unknown function 'extract' @extract"},
  });
}

TEST(Regex, ExtractAll) {
  expect_each({
      {"every_match", "'a1b22c333'.extract_all('[0-9]+')", R"(["1", "22", "333"])"},
      {"every_group", "'k=v, x=y'.extract_all('([a-z])=')", R"(["k", "x"])"},
      {"none", "'abc'.extract_all('[0-9]')", "[]"},
      {"no_overlap", "'aaaa'.extract_all('aa')", R"(["aa", "aa"])"},
      {"empty_matches", "['ab'.extract_all(''), ''.extract_all(''), 'aé'.extract_all('')]",
       R"([["", "", ""], [""], ["", "", ""]])"},
      {"empty_and_others", "'baac'.extract_all('a*')", R"(["", "aa", "", ""])"},
      {"only_at_the_beginning", "'aaa'.extract_all('^a')", R"(["a"])"},
      {"looks_at_what_stands_before", R"('ab b'.extract_all('\\bb'))", R"(["b"])"},
      {"lines", R"('a=1\nb=2\n'.extract_all('(?m)^[a-z]=([0-9])$').map(x, int(x)))", "[1, 2]"},
      {"groups_without_part", "'ab b'.extract_all('(a)?b')", R"(["a", ""])"},
      {"mean_of_what_was_found", "mean(stdout.extract_all('score: ([0-9.]+)').map(x, double(x)))", "42.5"},
  });
}

TEST(Regex, Refused) {
  expect_each({
      {"open_group", "'a'.matches('(a')",
       "E006 '(a' is not a regular expression: missing ): (a | the syntax is that of RE2 @'a'.matches('(a')"},
      {"open_class", "'a'.matches('[a')",
       "E006 '[a' is not a regular expression: missing ]: [a | the syntax is that of RE2 @'a'.matches('[a')"},
      {"nothing_to_repeat", "'a'.extract('*a')",
       "E006 '*a' is not a regular expression: no argument for repetition operator: * | the syntax is that of RE2 "
       "@'a'.extract('*a')"},
      {"look_ahead", "'a'.matches('a(?=b)')",
       "E006 'a(?=b)' is not a regular expression: invalid perl operator: (?= | the syntax is that of RE2 "
       "@'a'.matches('a(?=b)')"},
      {"back_reference", R"('aa'.matches(r'(a)\1'))",
       R"(E006 '(a)\1' is not a regular expression: invalid escape sequence: \1 | the syntax is that of RE2 )"
       R"(@'aa'.matches(r'(a)\1'))"},
      {"backwards_class", "'a'.extract_all('[z-a]')",
       "E006 '[z-a]' is not a regular expression: invalid character class range: z-a | the syntax is that of RE2 "
       "@'a'.extract_all('[z-a]')"},
      {"too_many_repeats", "'a'.matches('a{1001}')",
       "E006 'a{1001}' is not a regular expression: invalid repetition size: {1001} | the syntax is that of RE2 "
       "@'a'.matches('a{1001}')"},
      {"repeats_of_repeats", "'a'.matches('((a{100}){100}){100}')",
       "E006 '((a{100}){100}){100}' is not a regular expression: invalid repetition size: {100} | the syntax is that "
       "of RE2 @'a'.matches('((a{100}){100}){100}')"},
      {"backslash_at_the_end", R"('a'.matches('a\\'))",
       R"(E006 'a\' is not a regular expression: trailing \ | the syntax is that of RE2 @'a'.matches('a\\'))"},
      {"number_as_pattern", "'a'.matches(1)",
       "E004 'matches' does not take (string, int) | it takes (string, string) @matches"},
  });
}

TEST(Regex, SaysWhatATooLargePatternNeeds) {
  expect_each({
      {"too_large", R"('a'.matches('[\\pL\\pN]{900}'))",
       R"(E006 the regular expression '[\pL\pN]{900}' needs more memory than is allowed | shorten the repetitions: )"
       R"(x{1000} counts as a thousand times x @'a'.matches('[\\pL\\pN]{900}'))"},
      {"half_characters", R"('é'.extract('\\C'))",
       R"(E006 '\C' would match a part of a character | write . for a character @'é'.extract('\\C'))"},
      {"behind_a_backslash", R"('a\\C'.matches('\\\\C$'))", "true"},
      {"quoted", R"('\\C'.matches('^\\Q\\C\\E$'))", "true"},
      {"behind_what_is_quoted", R"('a'.matches('\\Qa\\E\\C'))",
       R"(E006 '\C' would match a part of a character | write . for a character @'a'.matches('\\Qa\\E\\C'))"},
  });
}

TEST(Regex, IsChargedForWhatItTakes) {
  const auto result = [](const char* text, std::size_t work) {
    const auto value = evaluate(*Expression::parse(text, std::nullopt, Limits{.work = work}), test_activation());
    return value ? shown(*value) : shown(value.error()).substr(0, 48);
  };
  const char* kRefused = R"('a'.matches('[\\pL\\pN]{900}') || 'a'.matches('[\\pL\\pN]{900}') || true)";
  EXPECT_EQ(result(kRefused, 90'000), "E008 the expression needs more than 90000 steps ");
  EXPECT_EQ(result(kRefused, 110'000), "true");  // refused once
  const char* kLarge = R"('a'.matches('\\pL{100}'))";
  EXPECT_EQ(result(kLarge, 5000), "E008 the expression needs more than 5000 steps |");
  EXPECT_EQ(result(kLarge, 500'000), "false");
  // A match that might have been longer has looked at the rest of the line; one that stops there has not.
  const char* kLine = "cel.bind(s, lists.range(2000).map(x, 'aaaaaaaaaa').join(), s.extract_all('(a)(.*b)?').size())";
  EXPECT_EQ(result(kLine, 200'000), "E008 the expression needs more than 200000 steps");
  const char* kLines =
      "cel.bind(s, lists.range(2000).map(x, 'aaaaaaaaa\\n').join(), s.extract_all('(a)(.*b)?').size())";
  EXPECT_EQ(result(kLines, 200'000), "18000");
}

TEST(Regex, BoundsThePattern) {
  const auto result = [](std::size_t size) {
    const auto value = evaluate(*Expression::parse("'b'.matches('" + std::string(size, 'a') + "')"), test_activation());
    return value ? shown(*value) : shown(value.error());
  };
  EXPECT_EQ(result(4096), "false");
  EXPECT_EQ(result(4097), "E006 the regular expression is longer than 4096 bytes");
}

}  // namespace
}  // namespace assay::expr
