// SPDX-License-Identifier: Apache-2.0
// What single words of an expression mean: numbers, texts, bytes, names, comments.
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

TEST(Word, Integers) {
  expect_each({
      {"many_zeros", "000", "0"},
      {"minus_zero", "-0", "0"},
      {"zero_uint", "0u", "0u"},
      {"capital_hexadecimal_mark", "0XaB", "171"},
      {"greatest_in_hexadecimal", "0x7fffffffffffffff", "9223372036854775807"},
      {"least_in_hexadecimal", "-0x8000000000000000", "-9223372036854775808"},
      {"greatest_uint_in_hexadecimal", "0xffffffffffffffffu", "18446744073709551615u"},
      {"hexadecimal_beyond_int", "0x8000000000000000",
       "E001 the number does not fit an int (64 bits, signed) | write 9223372036854775808u for a uint "
       "@0x8000000000000000"},
      {"hexadecimal_beyond_64_bits", "0x10000000000000000",
       "E001 the number does not fit 64 bits @0x10000000000000000"},
      {"hexadecimal_uint_beyond_64_bits", "0x10000000000000000u",
       "E001 the number does not fit 64 bits @0x10000000000000000u"},
      {"hexadecimal_of_no_digit", "0xg", "E001 a hexadecimal number without digits @0x"},
      {"hexadecimal_and_letter", "0x1g",
       "E001 a number is followed by a letter | write a number with a unit as quantity(\"4 GiB\"), a duration as "
       "duration(\"90s\") @0x1g"},
      {"underscore_inside", "1_000",
       "E001 a number is followed by a letter | write a number with a unit as quantity(\"4 GiB\"), a duration as "
       "duration(\"90s\") @1_"},
      {"binary_is_not_known", "0b101",
       "E001 a number is followed by a letter | write a number with a unit as quantity(\"4 GiB\"), a duration as "
       "duration(\"90s\") @0b"},
      {"two_suffixes", "1uu",
       "E001 a number is followed by a letter | write a number with a unit as quantity(\"4 GiB\"), a duration as "
       "duration(\"90s\") @1uu"},
      {"word_after_number", "1true",
       "E001 a number is followed by a letter | write a number with a unit as quantity(\"4 GiB\"), a duration as "
       "duration(\"90s\") @1t"},
      {"sign_of_a_uint", "-1u", "E004 '-' does not take (uint) | it takes (int), (double), (duration), (quantity) @-"},
      {"plus_sign", "+1", "E001 unexpected '+' | expected a value, a name or '(' @+"},
      {"sign_and_space_before_the_least", "-  9223372036854775808", "-9223372036854775808"},
      {"sign_in_parentheses", "-(9223372036854775808)",
       "E001 the number does not fit an int (64 bits, signed) | write 9223372036854775808u for a uint "
       "@9223372036854775808"},
      {"two_numbers_with_a_space", "1 000",
       "E001 unexpected '000' | expected an operator or the end of the "
       "expression @000"},
  });
}

TEST(Word, Doubles) {
  expect_each({
      {"exponent_without_point", "1e5", "100000.0"},
      {"capital_exponent_with_plus", "1E+2", "100.0"},
      {"negative_exponent", "25e-2", "0.25"},
      {"minus_zero", "-0.0", "-0.0"},
      {"greatest", "1.7976931348623157e308", "1.7976931348623157e+308"},
      {"beyond_the_greatest", "2e308", "Infinity"},
      {"beyond_the_least", "-2e308", "-Infinity"},
      {"smallest", "4.9e-324", "5e-324"},
      {"below_the_smallest", "1e-400", "0.0"},
      {"below_the_smallest_negative", "-1e-400", "-0.0"},
      {"nearest_of_two", "9007199254740993.0", "9007199254740992.0"},
      {"tie_of_digits", "0.1", "0.1"},
      {"large_whole", "10000000000000000.0", "10000000000000000.0"},
      {"larger_whole", "100000000000000000.0", "1e+17"},
      {"point_without_digits", "1.",
       "E001 the expression ends too early | expected the name of a member or function after '.' @"},
      {"point_and_exponent", "1.e3", "E004 no member 'e3' in a value of type int @e3"},
      {"two_points", "1..5", "E001 unexpected '.5' | expected the name of a member or function after '.' @.5"},
      {"point_behind_fraction", "1.5.5",
       "E001 unexpected '.5' | expected an operator or the end of the expression @.5"},
      {"open_exponent", "1e",
       "E001 a number is followed by a letter | write a number with a unit as quantity(\"4 GiB\"), a duration as "
       "duration(\"90s\") @1e"},
      {"open_signed_exponent", "1e+",
       "E001 a number is followed by a letter | write a number with a unit as quantity(\"4 GiB\"), a duration as "
       "duration(\"90s\") @1e"},
      {"uint_suffix", "1.5u",
       "E001 a number is followed by a letter | write a number with a unit as quantity(\"4 GiB\"), a duration as "
       "duration(\"90s\") @1.5u"},
      {"exponent_and_letter", "1e5x",
       "E001 a number is followed by a letter | write a number with a unit as quantity(\"4 GiB\"), a duration as "
       "duration(\"90s\") @1e5x"},
  });
}

TEST(Word, Quotes) {
  expect_each({
      {"empty_triple", "''''''", R"("")"},
      {"empty_triple_double", R"("""""")", R"("")"},
      {"quote_begins_triple", "''''a'''", R"("'a")"},
      {"quote_ends_triple", "'''a''''",
       "E001 the string literal is not closed | a literal of several lines stands between three quotes @'"},
      {"two_quotes_inside_triple", R"("""a""b""")", R"("a\"\"b")"},
      {"other_quotes_inside_triple", R"('''say "it's"''')", R"("say \"it's\"")"},
      {"escaped_quote_in_triple", R"("""a\"""")", R"("a\"")"},
      {"line_ends_are_kept", "'''a\r\nb\n'''", R"("a\r\nb\n")"},
      {"tab_in_single", "'a\tb'", R"("a\tb")"},
      {"carriage_return_in_single", "'a\rb'",
       "E001 the string literal is not closed | a literal of several lines stands between three quotes @'"},
      {"raw_keeps_backslashes", R"(r'\\\'')",
       "E001 the string literal is not closed | a literal of several lines stands between three quotes @'"},
      {"raw_cannot_escape_its_quote", R"(r"\"")",
       "E001 the string literal is not closed | a literal of several lines stands between three quotes @\""},
      {"raw_triple", R"(r'''a\'b\''')", R"("a\\'b\\")"},
      {"raw_triple_double", "R\"\"\"\\d\n\\w\"\"\"", R"("\\d\n\\w")"},
      {"closed_by_the_same_kind", R"('a")",
       "E001 the string literal is not closed | a literal of several lines stands between three quotes @'"},
      {"backslash_before_the_end", R"('a\')",
       "E001 the string literal is not closed | a literal of several lines stands between three quotes @'"},
      {"open_raw", "r'abc",
       "E001 the string literal is not closed | a literal of several lines stands between three quotes @r'"},
      {"open_bytes", "b\"abc",
       "E001 the string literal is not closed | a literal of several lines stands between three quotes @b\""},
      {"open_raw_bytes_triple", "rb'''abc''", "E001 the string literal is not closed @rb'''"},
      {"open_in_the_second_line", "[1,\n 'a]",
       "E001 the string literal is not closed | a literal of several lines stands between three quotes @'"},
      {"two_raw_marks", "rr'a'", "E001 unexpected ''a'' | expected an operator or the end of the expression @'a'"},
      {"unknown_mark", "u'a'", "E001 unexpected ''a'' | expected an operator or the end of the expression @'a'"},
      {"two_texts", "'a' 'b'", "E001 unexpected ''b'' | expected an operator or the end of the expression @'b'"},
      {"comment_inside_text", "'a // b'", R"("a // b")"},
  });
}

TEST(Word, Escapes) {
  expect_each({
      {"nul", R"('\000' == '\x00' && '\u0000'.size() == 1)", "true"},
      {"octal_limit", R"('\377')", "\"\u00ff\""},
      {"octal_takes_three_digits", R"('\1012')", R"("A2")"},
      {"wide_escape", R"('a\é')",
       "E001 the escape '\\é' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
       "r\"…\" @\\é"},
      {"octal_beyond_a_byte", R"('\400')",
       "E001 the escape '\\4' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
       "r\"…\" @\\4"},
      {"octal_of_two_digits", R"('\08')",
       "E001 the escape '\\0' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
       "r\"…\" @\\0"},
      {"octal_of_a_wrong_digit", R"('\018')",
       "E001 the escape '\\0' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
       "r\"…\" @\\0"},
      {"hexadecimal_capitals", R"('\X4D\x4d')", R"("MM")"},
      {"hexadecimal_of_no_digit", R"('\xg1')",
       "E001 the escape '\\x' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
       "r\"…\" @\\x"},
      {"last_before_surrogates", R"('\uD7FF')", "\"\ud7ff\""},
      {"first_surrogate", R"('a\uD800')",
       "E001 the escape '\\u' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
       "r\"…\" @\\u"},
      {"surrogate_pair", R"('\uD83D\uDE00')",
       "E001 the escape '\\u' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
       "r\"…\" @\\u"},
      {"first_behind_surrogates", R"('\uE000')", "\"\ue000\""},
      {"last_code_point", R"('\U0010FFFF')", "\"\U0010FFFF\""},
      {"beyond_the_last_code_point", R"('\U00110000')",
       "E001 the escape '\\U' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
       "r\"…\" @\\U"},
      {"long_surrogate", R"('\U0000D800')",
       "E001 the escape '\\U' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
       "r\"…\" @\\U"},
      {"short_long_escape", R"('\U1F600')",
       "E001 the escape '\\U' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
       "r\"…\" @\\U"},
      {"braces", R"('\u{41}')",
       "E001 the escape '\\u' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
       "r\"…\" @\\u"},
      {"escape_of_other_languages", R"('\e[0m')",
       "E001 the escape '\\e' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
       "r\"…\" @\\e"},
      {"bad_escape_in_triple", "'''a\n\\d'''",
       "E001 the escape '\\d' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
       "r\"…\" @\\d"},
      {"bad_escape_behind_wide_text", R"('日本\d')",
       "E001 the escape '\\d' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
       "r\"…\" @\\d"},
      {"every_letter_in_bytes", R"(b'\a\b\f\n\r\t\v\\\?\"\'\`')", R"(b"\u0007\b\f\n\r\t\u000b\\?\"'`")"},
  });
}

TEST(Word, BytesAndCharacters) {
  expect_each({
      {"escapes_are_bytes", R"(b'\x41\101A')", R"(b"AAA")"},
      {"escape_above_ascii", R"(base64.encode(b'\xff\377'))", R"("//8=")"},
      {"escape_is_one_byte_in_bytes", R"([size('\xe9'), size(b'\xe9'), size(b'é')])", "[1, 1, 2]"},
      {"octal_bytes_of_a_character", R"(b'\303\251' == b'é')", "true"},
      {"nul_byte", R"(base64.encode(b'\000'))", R"("AA==")"},
      {"triple", "b'''a\n'b'''", R"(b"a\n'b")"},
      {"raw_triple", R"(br"""\x41""")", R"(b"\\x41")"},
      {"long_unicode_escape", R"(b'\U0001F600')",
       "E001 the escape '\\U' is not one that this literal can hold | write '\\\\' for a backslash, or a raw string: "
       "r\"…\" @\\U"},
      {"text_of_four_bytes", "size('😀')", "1"},
      {"bytes_of_four_bytes", "size(b'😀')", "4"},
      {"combining_mark_counts", R"(size('e\u0301'))", "2"},
      {"composed_and_decomposed_differ", R"('e\u0301' == '\u00e9')", "false"},
      {"joined_emoji", R"(size('\U0001F468\u200D\U0001F469'))", "3"},
      {"right_to_left", "size('שלום')", "4"},
  });
}

TEST(Word, NamesAndSigns) {
  expect_each({
      {"python_true", "True", "E002 no value for 'True' @True"},
      {"capital_null", "NULL", "E002 no value for 'NULL' @NULL"},
      {"underscores", "_a1 + 1", "E002 no value for '_a1' @_a1"},
      {"member_of_null", "null.x", "E004 no member 'x' in a value of type null_type @x"},
      {"true_as_function", "true(1)", "E001 unexpected '(' | expected an operator or the end of the expression @("},
      {"in_alone", "in", "E001 unexpected 'in' | expected a value, a name or '(' @in"},
      {"in_without_list", "1 in", "E001 the expression ends too early | expected a value, a name or '(' @"},
      {"type_names", "[int, uint, double, bool, string, bytes, list, map, type, null_type]",
       "[type int, type uint, type double, type bool, type string, type bytes, type list, type map, type type, type "
       "null_type]"},
      {"quoted_member_with_all_signs", "{'a b.c/d-e_1': 2}.`a b.c/d-e_1`", "2"},
      {"quoted_alone", "`a`", "E001 unexpected '`a`' | expected a value, a name or '(' @`a`"},
      {"quoted_empty", "params.``",
       "E001 a quoted name is not closed, is empty, or holds a character that it cannot | letters, digits, '_', '-', "
       "'.', '/' and spaces may stand between backquotes @`"},
      {"quoted_with_a_sign", "params.`a!b`",
       "E001 a quoted name is not closed, is empty, or holds a character that it cannot | letters, digits, '_', '-', "
       "'.', '/' and spaces may stand between backquotes @`a"},
      {"quoted_call", "params.`size`()", "E001 unexpected '(' | expected an operator or the end of the expression @("},
      {"hash", "1 # 2", "E001 unexpected character '#' @#"},
      {"at_sign", "@x", "E001 unexpected character '@' @@"},
      {"semicolon", "1;", "E001 unexpected character ';' @;"},
      {"caret", "2 ^ 3", "E001 unexpected character '^' @^"},
      {"tilde", "~1", "E001 unexpected character '~' @~"},
      {"backslash", "a\\b", "E001 unexpected character '\\' @\\"},
      {"not_equal_of_other_languages", "1 <> 2", "E001 unexpected '>' | expected a value, a name or '(' @>"},
      {"triple_equals", "1 === 1", "E001 unexpected character '=' | write '==' to compare @="},
      {"not_behind_a_value", "1 ! 2", "E001 unexpected '!' | expected an operator or the end of the expression @!"},
      {"increment", "params.count++", "E001 unexpected '+' | expected a value, a name or '(' @+"},
      {"typographic_quote", "‘a’", "E001 unexpected character '‘' @‘"},
      {"typographic_minus", "3 − 2", "E001 unexpected character '−' @−"},
      {"closing_only", ")", "E001 unexpected ')' | expected a value, a name or '(' @)"},
      {"empty_parentheses", "()", "E001 unexpected ')' | expected a value, a name or '(' @)"},
      {"comma_first", "[,1]", "E001 unexpected ',' | expected a value, a name or '(' @,"},
      {"two_commas", "[1,,2]", "E001 unexpected ',' | expected a value, a name or '(' @,"},
      {"comma_behind_arguments", "size('a',)", "E001 unexpected ')' | expected a value, a name or '(' @)"},
      {"map_with_equals", "{'a' = 1}", "E001 unexpected character '=' | write '==' to compare @="},
      {"map_without_colon", "{'a' 1}", "E001 unexpected '1' | expected ':' after a key @1"},
      {"comments_between_all", "[1, // one\n 2 // two\n , 3] // end", "[1, 2, 3]"},
      {"comment_of_other_languages", "1 /* x */", "E001 unexpected '*' | expected a value, a name or '(' @*"},
      {"mistake_in_the_third_line", "[1,\n 2,\n 3 4]", "E001 unexpected '4' | expected ',' or ']' @4"},
  });
}

// Reserved words cannot be names, but members may be called so.
TEST(ReservedWords, AreNoNames) {
  for (const std::string word : {"as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
                                 "loop", "namespace", "package", "return", "var", "void", "while"}) {
    EXPECT_EQ(told(word), "E001 '" + word + "' is a reserved word and cannot be a name @" + word);
    EXPECT_EQ(told("1 + " + word + ".x"), "E001 '" + word + "' is a reserved word and cannot be a name @" + word);
    EXPECT_EQ(told("{'" + word + "': 7}." + word), "7");
    EXPECT_EQ(told("has({'" + word + "': 7}." + word + ")"), "true");
  }
}

// Every byte alone is a value, a name, a mistake with its place, or white space; nothing else.
TEST(Bytes, NoneIsTakenForSomethingElse) {
  for (int byte = 1; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const auto expression = Expression::parse(text);
    const bool letter =
        std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_").find(text) != std::string_view::npos;
    const bool digit = byte >= '0' && byte <= '9';
    EXPECT_EQ(expression.has_value(), letter || digit) << byte;
    if (expression) continue;
    EXPECT_EQ(expression.error().code, Code::kExpressionSyntax) << byte;
  }
}

}  // namespace
}  // namespace assay::expr
