// SPDX-License-Identifier: Apache-2.0
// Functions on texts: indexes are code points, wherever these lie.
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

TEST(Text, Tests) {
  expect_each({
      {"everything_contains_nothing", "[''.contains(''), 'a'.contains(''), ''.contains('a')]", "[true, true, false]"},
      {"contains_is_about_characters", R"(['a😀b'.contains('😀'), 'é'.contains('e'), 'aXb'.contains('x')])",
       "[true, false, false]"},
      {"begins", "['abc'.startsWith(''), 'abc'.startsWith('abc'), 'abc'.startsWith('abcd'), '😀a'.startsWith('😀')]",
       "[true, true, false, true]"},
      {"ends", "['abc'.endsWith(''), 'abc'.endsWith('bc'), 'abc'.endsWith('ab'), 'a😀'.endsWith('😀')]",
       "[true, true, false, true]"},
      {"contains_a_number", "'a1'.contains(1)",
       "E004 'contains' does not take (string, int) | it takes (string, string) @contains"},
      {"null_contains", "null.contains('a')",
       "E004 'contains' does not take (null_type, string) | it takes (string, string) @contains"},
      {"contains_without_argument", "'a'.contains()",
       "E004 'contains' does not take (string) | it takes (string, string) @contains"},
      {"bytes_begin", "b'abc'.startsWith(b'a')",
       "E004 'startsWith' does not take (bytes, bytes) | it takes (string, string) @startsWith"},
  });
}

TEST(Text, Indexes) {
  expect_each({
      {"char_at", "['a😀é'.charAt(0), 'a😀é'.charAt(1), 'a😀é'.charAt(2), 'a😀é'.charAt(3)]",
       "[\"a\", \"😀\", \"é\", \"\"]"},
      {"char_at_of_nothing", "''.charAt(0)", R"("")"},
      {"char_before", "'é'.charAt(-1)", "E006 index -1 is outside a text of 1 characters @'é'.charAt(-1)"},
      {"char_behind", "'😀'.charAt(2)", "E006 index 2 is outside a text of 1 characters @'😀'.charAt(2)"},
      {"char_at_uint", "'abc'.charAt(1u)",
       "E004 'charAt' does not take (string, uint) | it takes (string, int) @charAt"},
      {"index_behind_wide_characters", "['😀😀a'.indexOf('a'), '日本語'.indexOf('語'), 'e\u0301a'.indexOf('a')]",
       "[2, 2, 2]"},
      {"index_of_nothing", "[''.indexOf(''), 'abc'.indexOf(''), 'abc'.indexOf('', 2), 'abc'.indexOf('', 3)]",
       "[0, 0, 2, 3]"},
      {"index_in_nothing", "[''.indexOf('a'), ''.lastIndexOf('a'), ''.lastIndexOf('')]", "[-1, -1, 0]"},
      {"index_from", "['aaaa'.indexOf('aa', 1), 'abcabc'.indexOf('abc', 1), 'abc'.indexOf('c', 3)]", "[1, 3, -1]"},
      {"index_from_behind_wide", "'😀a😀a'.indexOf('a', 2)", "3"},
      {"index_of_longer", "'ab'.indexOf('abc')", "-1"},
      {"index_from_behind", "'abc'.indexOf('c', 4)",
       "E006 index 4 is outside a text of 3 characters @'abc'.indexOf('c', 4)"},
      {"index_from_before", "'abc'.indexOf('c', -1)",
       "E006 index -1 is outside a text of 3 characters @'abc'.indexOf('c', -1)"},
      {"last_index", "['abab'.lastIndexOf('ab'), 'aaaa'.lastIndexOf('aa'), 'ab'.lastIndexOf('abc')]", "[2, 2, -1]"},
      {"last_index_up_to", "['abcabc'.lastIndexOf('bc', 3), 'aaa'.lastIndexOf('a', 0), 'abc'.lastIndexOf('', 1)]",
       "[1, 0, 1]"},
      {"last_index_behind_wide", "'😀a😀'.lastIndexOf('😀')", "2"},
      {"last_index_from_behind", "'abc'.lastIndexOf('a', 4)",
       "E006 index 4 is outside a text of 3 characters @'abc'.lastIndexOf('a', 4)"},
      {"last_index_from_before", "'abc'.lastIndexOf('a', -1)",
       "E006 index -1 is outside a text of 3 characters @'abc'.lastIndexOf('a', -1)"},
      {"substring", "['a😀éb'.substring(1), 'a😀éb'.substring(1, 3), 'abc'.substring(1, 1), 'abc'.substring(3)]",
       "[\"😀éb\", \"😀é\", \"\", \"\"]"},
      {"substring_of_all", "['abc'.substring(0), 'abc'.substring(0, 3), ''.substring(0, 0)]", R"(["abc", "abc", ""])"},
      {"substring_behind", "'abc'.substring(4)", "E006 index 4 is outside a text of 3 characters @'abc'.substring(4)"},
      {"substring_before", "'abc'.substring(-1, 2)",
       "E006 index -1 is outside a text of 3 characters @'abc'.substring(-1, 2)"},
      {"substring_end_behind", "'é😀'.substring(0, 3)",
       "E006 index 3 is outside a text of 2 characters @'é😀'.substring(0, 3)"},
      {"substring_end_before", "'abc'.substring(1, -1)",
       "E006 index -1 is outside a text of 3 characters @'abc'.substring(1, -1)"},
      {"substring_backwards", "'abc'.substring(2, 1)",
       "E006 a part of a text cannot begin at 2 and end at 1 @'abc'.substring(2, 1)"},
  });
}

TEST(Text, Changes) {
  expect_each({
      {"replace_by_nothing", "'hello'.replace('l', '')", R"("heo")"},
      {"replace_does_not_look_back", "'abab'.replace('ab', 'abab')", R"("abababab")"},
      {"replace_without_overlap", "'aaa'.replace('aa', 'b')", R"("ba")"},
      {"replace_what_is_not_there", "['abc'.replace('x', 'y'), ''.replace('x', 'y')]", R"(["abc", ""])"},
      {"replace_nothing", "[''.replace('', 'x'), 'é😀'.replace('', '-'), 'abc'.replace('', '-', 2)]",
       "[\"x\", \"-é-😀-\", \"-a-bc\"]"},
      {"replace_some",
       "['aaaa'.replace('a', 'b', 1), 'aaaa'.replace('a', 'b', 0), 'aaaa'.replace('a', 'b', -1), "
       "'aaaa'.replace('a', 'b', 9)]",
       R"(["baaa", "aaaa", "bbbb", "bbbb"])"},
      {"replace_wide", "'a😀b😀'.replace('😀', 'é')", "\"aébé\""},
      {"replace_with_two_arguments", "'a'.replace('b')",
       "E004 'replace' does not take (string, string) | it takes (string, string, string), (string, string, string, "
       "int) @replace"},
      {"ascii_letters_only", "['ÀÉßa'.upperAscii(), 'ÀÉßA'.lowerAscii(), 'aZ0[`{'.upperAscii()]",
       "[\"ÀÉßA\", \"ÀÉßa\", \"AZ0[`{\"]"},
      {"trim_keeps_the_middle", R"('\t a b \r\n'.trim())", R"("a b")"},
      {"trim_of_nothing", R"([''.trim(), ' \t'.trim()])", R"(["", ""])"},
      {"trim_unicode_space", R"('\u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000x\u3000'.trim())",
       R"("x")"},
      {"trim_leaves_what_is_no_space", R"(['\u200bx\u200b'.trim().size(), '\ufeffx'.trim().size()])", "[3, 2]"},
      {"reverse", R"(['😀aé'.reverse(), ''.reverse(), 'ab'.reverse().reverse()])", "[\"éa😀\", \"\", \"ab\"]"},
      {"reverse_parts_combining_marks", R"('e\u0301x'.reverse() == 'x\u0301e')", "true"},
      {"quote", R"(strings.quote('a\\b"c\t\'d'))", R"x("\"a\\\\b\\\"c\\t'd\"")x"},
      {"quote_every_control", R"(strings.quote('\a\b\f\n\r\t\v'))", R"x("\"\\a\\b\\f\\n\\r\\t\\v\"")x"},
      {"quote_keeps_other_characters", "strings.quote('é😀?`')", "\"\\\"é😀?`\\\"\""},
      {"quote_of_nothing", "strings.quote('')", R"("\"\"")"},
      {"quote_as_method", "'a'.quote()", "E003 unknown function 'quote' @quote"},
  });
}

TEST(Text, Parts) {
  expect_each({
      {"split", "['a--b'.split('-'), ','.split(','), 'abab'.split('ab'), 'abc'.split('x')]",
       R"([["a", "", "b"], ["", ""], ["", "", ""], ["abc"]])"},
      {"split_nothing", "[''.split(','), ''.split('')]", R"([[""], []])"},
      {"split_characters", "['a😀é'.split(''), 'abc'.split('', 1), 'abc'.split('', 2), 'abc'.split('', 9)]",
       "[[\"a\", \"😀\", \"é\"], [\"abc\"], [\"a\", \"bc\"], [\"a\", \"b\", \"c\"]]"},
      {"split_at_most", "['a,b,c'.split(',', 1), 'a,b,c'.split(',', 2), 'a,b,c'.split(',', 9), 'a,b'.split(',', -1)]",
       R"([["a,b,c"], ["a", "b,c"], ["a", "b", "c"], ["a", "b"]])"},
      {"split_into_none", "['a,b'.split(',', 0), ''.split('', 0)]", "[[], []]"},
      {"split_at_a_line_end", R"('a\r\nb'.split('\n'))", R"(["a\r", "b"])"},
      {"split_without_separator", "'a b'.split()",
       "E004 'split' does not take (string) | it takes (string, string), (string, string, int) @split"},
      {"join", "[['a'].join('-'), ['', ''].join('-'), [''].join('-'), ['é', '😀'].join(' ')]",
       "[\"a\", \"-\", \"\", \"é 😀\"]"},
      {"join_without_separator", "[[].join(), ['a', 'b'].join(), 'abc'.split('').join()]", R"(["", "ab", "abc"])"},
      {"join_of_mixed", "['a', 1].join('-')",
       "E004 join() needs a list of texts, but one element is int | convert with .map(x, string(x)) @['a', "
       "1].join('-')"},
      {"join_of_bytes", "[b'a'].join()",
       "E004 join() needs a list of texts, but one element is bytes | convert with .map(x, string(x)) "
       "@[b'a'].join()"},
      {"join_of_a_text", "'abc'.join('-')",
       "E004 'join' does not take (string, string) | it takes (list(string)), (list(string), string) @join"},
      {"join_by_a_number", "['a'].join(1)",
       "E004 'join' does not take (list, int) | it takes (list(string)), (list(string), string) @join"},
      {"lines", R"(['a\nb\n'.lines(), 'a\n\nb'.lines(), 'a\r\nb\r\n'.lines(), '\n'.lines(), ''.lines()])",
       R"([["a", "b"], ["a", "", "b"], ["a", "b"], [""], []])"},
      {"lines_keep_a_single_return", R"('a\rb'.lines())", R"(["a\rb"])"},
      {"lines_keep_space", R"('  a \n b'.lines())", R"(["  a ", " b"])"},
      {"lines_of_wide_text", R"('é\n😀'.lines())", "[\"é\", \"😀\"]"},
      {"lines_of_bytes", "lines(b'a')", "E004 'lines' does not take (bytes) | it takes (string) @lines"},
      {"fields_of_a_line", "stdout.lines()[1].split(' ')[1]", R"("41.5")"},
  });
}

TEST(Text, Base64) {
  expect_each({
      {"every_rest", "[base64.encode(b''), base64.encode(b'x'), base64.encode(b'xy'), base64.encode(b'xyz')]",
       R"(["", "eA==", "eHk=", "eHl6"])"},
      {"both_signs", R"(base64.encode(b'\xfb\xff\xfe'))", R"("+//+")"},
      {"of_a_text", "base64.encode(bytes('é'))", R"("w6k=")"},
      {"back", R"([base64.decode('eHk='), base64.decode('eHk'), base64.decode('')])", R"([b"xy", b"xy", b""])"},
      {"round", R"(base64.decode(base64.encode(b'\x00\xff\x10')) == b'\x00\xff\x10')", "true"},
      {"url_alphabet", "base64.decode('_w==')",
       "E006 the text is not base64 | it has the digits A-Z a-z 0-9 + / and '=' only at its end "
       "@base64.decode('_w==')"},
      {"padding_inside", "base64.decode('eA==eA==')",
       "E006 the text is not base64 | it has the digits A-Z a-z 0-9 + / and '=' only at its end "
       "@base64.decode('eA==eA==')"},
      {"one_digit", "base64.decode('eHl6e')",
       "E006 the text is not base64 | it has the digits A-Z a-z 0-9 + / and '=' only at its end "
       "@base64.decode('eHl6e')"},
      {"text_to_encode", "base64.encode('x')",
       "E004 'base64.encode' does not take (string) | it takes (bytes) @base64.encode"},
      {"bytes_to_decode", "base64.decode(b'eA==')",
       "E004 'base64.decode' does not take (bytes) | it takes (string) @base64.decode"},
  });
}

}  // namespace
}  // namespace assay::expr
