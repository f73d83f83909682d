// SPDX-License-Identifier: Apache-2.0
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

class Functions : public testing::TestWithParam<Case> {};
TEST_P(Functions, Give) { EXPECT_EQ(evaluated(GetParam().text), GetParam().result); }

INSTANTIATE_TEST_SUITE_P(
    Conversions, Functions,
    testing::ValuesIn(std::vector<Case>{
        {"int_of_double",
         "[int(1.9), int(-1.9), int(42u), int('-42'), int('+42'), int(timestamp('1970-01-01T00:01:00Z'))]",
         "[1, -1, 42, -42, 42, 60]"},
        {"int_of_large_double", "int(9223372036854775807.0)", "E006 9.223372036854776e+18 does not fit an int"},
        {"int_of_nan", "int(double('NaN'))", "E006 NaN does not fit an int"},
        {"int_of_large_uint", "int(18446744073709551615u)", "E006 18446744073709551615 does not fit an int"},
        {"int_of_word", "int('4x')", "E006 '4x' is not an int"},
        {"int_of_nothing", "int('')", "E006 '' is not an int"},
        {"int_of_two_signs", "int('+-4')", "E006 '+-4' is not an int"},
        {"int_of_long_text", "int('99999999999999999999')", "E006 '99999999999999999999' does not fit an int"},
        {"int_of_bool", "int(true)",
         "E004 'int' does not take (bool) | it takes (int), (uint), (double), (string), (timestamp)"},
        {"uint", "[uint(5), uint(5.9), uint('5')]", "[5u, 5u, 5u]"},
        {"uint_of_negative", "uint(-1)", "E006 -1 does not fit a uint"},
        {"uint_of_negative_text", "uint('-1')", "E006 '-1' is not a uint"},
        {"uint_of_large_double", "uint(18446744073709551616.0)", "E006 1.8446744073709552e+19 does not fit a uint"},
        {"double_", "[double(1), double(2u), double('1.5e3'), double('-Infinity'), double('+1')]",
         "[1.0, 2.0, 1500.0, -Infinity, 1.0]"},
        {"double_of_word", "double('1.5x')", "E006 '1.5x' is not a number"},
        {"string",
         "[string(1), string(2u), string(1.5), string(1e30), string(true), string(b'abc'), string(duration('90s')), "
         "string(timestamp(0))]",
         R"(["1", "2", "1.5", "1e+30", "true", "abc", "90s", "1970-01-01T00:00:00Z"])"},
        {"string_of_broken_bytes", R"(string(b'\xff'))", "E006 the bytes are not valid UTF-8"},
        {"bytes", "bytes('\u00e9').size()", "2"},
        {"bool_", "[bool('true'), bool('f'), bool('1'), bool('False')]", "[true, false, true, false]"},
        {"bool_of_word", "bool('yes')", "E006 'yes' is not a bool | write true or false"},
        {"timestamp", "timestamp('2026-01-31T08:30:00.5+01:00')", "timestamp 2026-01-31T07:30:00.5Z"},
        {"timestamp_of_word", "timestamp('now')", "S005 'now' is not a time | write it as in 2026-01-31T08:30:00Z"},
        {"timestamp_of_large_int", "timestamp(999999999999999)", "E006 the time is out of range: years are 1 to 9999"},
        {"duration", "[duration('1h30m'), duration('-1.5s'), duration(90)]",
         "[duration 5400s, duration -1.5s, duration 90s]"},
        {"duration_of_word", "duration('long')",
         "S005 'long' is not a duration | write numbers with units (h, m, s, ms, us, ns), as 90s or 1h30m"},
        {"size", "['h\u00e9llo'.size(), size(b'\u00e9'), size([1, 2]), {'a': 1}.size(), size('')]", "[5, 2, 2, 1, 0]"},
    }),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Times, Functions,
    testing::ValuesIn(std::vector<Case>{
        {"sums", "timestamp(0) + duration('90s') == duration('90s') + timestamp(0)", "true"},
        {"difference", "timestamp('2026-01-02T00:00:00Z') - timestamp('2026-01-01T00:00:00Z')", "duration 86400s"},
        {"minus_duration", "timestamp(60) - duration('1m')", "timestamp 1970-01-01T00:00:00Z"},
        {"durations", "duration('1m') - duration('1s') + duration('1ms')", "duration 59.001s"},
        {"negated", "-duration('1.5s')", "duration -1.5s"},
        {"order", "duration('1m') < duration('61s') && timestamp(0) < timestamp(1)", "true"},
        {"beyond_the_last_year", "timestamp('9999-12-31T23:59:59Z') + duration('1s')",
         "E006 the time is out of range: years are 1 to 9999"},
        {"difference_of_ages", "timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')",
         "E006 the duration is out of range"},
        {"fields",
         "cel.bind(t, timestamp('2009-02-13T23:31:30.123Z'), [t.getFullYear(), t.getMonth(), t.getDate(), "
         "t.getDayOfMonth(), "
         "t.getDayOfWeek(), t.getDayOfYear(), t.getHours(), t.getMinutes(), t.getSeconds(), t.getMilliseconds()])",
         "[2009, 1, 13, 12, 5, 43, 23, 31, 30, 123]"},
        {"in_a_zone", "timestamp('2009-02-13T23:31:30Z').getDate('+11:00')", "14"},
        {"unknown_zone", "timestamp(0).getHours('Mars/Base')",
         "E006 unknown time zone 'Mars/Base' | write an offset as +02:00, or a name as Europe/Berlin"},
        {"of_durations",
         "cel.bind(d, duration('3730.5s'), [d.getHours(), d.getMinutes(), d.getSeconds(), d.getMilliseconds()])",
         "[1, 62, 3730, 500]"},
    }),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Texts, Functions,
    testing::ValuesIn(std::vector<Case>{
        {"tests", "'hello'.contains('ell') && 'hello'.startsWith('he') && 'hello'.endsWith('lo') && !'a'.contains('b')",
         "true"},
        {"matches", "'score: 41'.matches('[0-9]+$') && matches('ab', '^a') && !'ab'.matches('^b')", "true"},
        {"matches_broken", "'a'.matches('(')",
         "E006 '(' is not a regular expression: missing ): ( | the syntax is that of RE2"},
        {"char_at", "['h\u00e9'.charAt(1), 'ab'.charAt(2)]", "[\"\u00e9\", \"\"]"},
        {"char_at_outside", "'ab'.charAt(3)", "E006 index 3 is outside a text of 2 characters"},
        {"index_of",
         "['tacocat'.indexOf('c'), 'tacocat'.indexOf('c', 3), 'tacocat'.indexOf('x'), 'tacocat'.indexOf(''), "
         "'a'.indexOf('a', 1)]",
         "[2, 4, -1, 0, -1]"},
        {"index_of_behind_the_end", "'tacocat'.indexOf('a', 30)", "E006 index 30 is outside a text of 7 characters"},
        {"last_index_of_behind_the_end", "'tacocat'.lastIndexOf('a', 30)",
         "E006 index 30 is outside a text of 7 characters"},
        {"index_of_outside", "'a'.indexOf('a', -1)", "E006 index -1 is outside a text of 1 characters"},
        {"last_index_of",
         "['tacocat'.lastIndexOf('c'), 'tacocat'.lastIndexOf('c', 3), 'tacocat'.lastIndexOf('x'), "
         "'tacocat'.lastIndexOf('')]",
         "[4, 2, -1, 7]"},
        {"join", "[['a', 'b'].join(), ['a', 'b'].join('-'), [].join(',')]", R"(["ab", "a-b", ""])"},
        {"join_of_numbers", "[1, 2].join(',')",
         "E004 join() needs a list of texts, but one element is int | convert with .map(x, string(x))"},
        {"case_", "['\u00c9Ab'.lowerAscii(), '\u00e9Ab'.upperAscii()]", "[\"\u00c9ab\", \"\u00e9AB\"]"},
        {"replace",
         "['aaa'.replace('a', 'b'), 'aaa'.replace('a', 'b', 2), 'aaa'.replace('a', 'b', 0), 'ab'.replace('', '-'), "
         "'ab'.replace('', '-', 1)]",
         R"(["bbb", "bba", "aaa", "-a-b-", "-ab"])"},
        {"split",
         "['a,b,c'.split(','), 'a,b,c'.split(',', 2), 'abc'.split(''), 'a'.split(',', 0), ''.split(','), "
         "'a,'.split(',')]",
         R"([["a", "b", "c"], ["a", "b,c"], ["a", "b", "c"], [], [""], ["a", ""]])"},
        {"split_characters", "'h\u00e9y'.split('', 2)", "[\"h\", \"\u00e9y\"]"},
        {"substring", "['h\u00e9llo'.substring(1), 'hello'.substring(1, 3), 'a'.substring(1)]",
         "[\"\u00e9llo\", \"el\", \"\"]"},
        {"substring_outside", "'a'.substring(0, 2)", "E006 index 2 is outside a text of 1 characters"},
        {"substring_backwards", "'abc'.substring(2, 1)", "E006 a part of a text cannot begin at 2 and end at 1"},
        {"trim", R"('\u3000 a b\t\n'.trim())", "\"a b\""},
        {"reverse", "'h\u00e9'.reverse()", "\"\u00e9h\""},
        {"quote", R"(strings.quote('a"b\n'))", R"("\"a\\\"b\\n\"")"},
        {"lines", "stdout.lines().size()", "3"},
        {"lines_as_function", R"(lines('a\r\nb'))", R"(["a", "b"])"},
        {"extract_group", "stdout.extract('score: ([0-9.]+)')", "\"41.5\""},
        {"extract_whole", "stdout.extract('score: [0-9.]+')", "\"score: 41.5\""},
        {"extract_none", "stdout.extract('speed')",
         "E006 nothing matches 'speed' in 'first line\\nscore: 41.5 GB/s\\nscore: 43.5 GB/s\\n' | extract_all() gives "
         "an empty list instead"},
        {"extract_all", "stdout.extract_all('score: ([0-9.]+)').map(x, double(x))", "[41.5, 43.5]"},
        {"extract_all_none", "stdout.extract_all('speed')", "[]"},
        {"extract_all_empty_matches", "'ab'.extract_all('x*').size()", "3"},
        {"extract_optional_group", "'b'.extract('(a)?b')", "\"\""},
        {"format", "'%s|%d|%.2f|%e|%x|%X|%o|%b|%%'.format(['a', 42, 3.14159, 1500.0, 255, 255u, 8, 5])",
         R"("a|42|3.14|1.500000e+03|ff|FF|10|101|%")"},
        {"format_values", "'%s %s %s %s'.format([[1, 'a'], {'b': 2, 'a': 1}, null, true])",
         R"("[1, a] {a: 1, b: 2} null true")"},
        {"format_hexadecimal_text", "'%x %x %d'.format(['hi', -255, -5])", R"("6869 -ff -5")"},
        {"format_too_few", "'%s %s'.format([1])", "E006 the format needs more than the 1 values it is given"},
        {"format_unknown", "'%q'.format([1])",
         "E006 the format has a '%' without one of its letters | write one of %s %d %f %e %o %b %x %X, or %% for a "
         "percent sign"},
        {"format_at_the_end", "'100%'.format([1])",
         "E006 the format has a '%' without one of its letters | write one of %s %d %f %e %o %b %x %X, or %% for a "
         "percent sign"},
        {"format_wrong_kind", "'%d'.format(['a'])",
         "E004 '%d' does not take a value of type string | %s takes any value"},
        {"format_too_many_digits", "'%.999f'.format([1.0])",
         "E006 a format asks for a wrong number of digits | at most 100, as %.2f"},
        {"base64", "[base64.encode(b'hello'), string(base64.decode('aGVsbG8=')), string(base64.decode('aGVsbG8'))]",
         R"(["aGVsbG8=", "hello", "hello"])"},
        {"base64_broken", "base64.decode('a$==')",
         "E006 the text is not base64 | it has the digits A-Z a-z 0-9 + / and '=' only at its end"},
        {"base64_short", "base64.decode('a')",
         "E006 the text is not base64 | it has the digits A-Z a-z 0-9 + / and '=' only at its end"},
        {"json", R"(json('{"a": [1, 2.5, null]}').a[1])", "2.5"},
    }),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Numbers, Functions,
    testing::ValuesIn(std::vector<Case>{
        {"greatest", "[math.greatest(1, 3, 2), math.greatest([5, 4]), math.greatest(7)]", "[3, 5, 7]"},
        {"greatest_mixed", "math.greatest(dyn(1), dyn(2.5), dyn(2u))", "2.5"},
        {"least", "math.least(-1, 2)", "-1"},
        {"greatest_of_nothing", "math.greatest([])", "E006 'math.greatest' of no numbers"},
        {"greatest_of_texts", "math.greatest(['a'])",
         "E004 'math.greatest' does not take string | it takes int, uint and double"},
        {"rounding", "[math.ceil(1.2), math.floor(-1.2), math.round(2.5), math.round(-2.5), math.trunc(-1.9)]",
         "[2.0, -2.0, 3.0, -3.0, -1.0]"},
        {"abs", "[math.abs(-5), math.abs(5), math.sign(-3)]", "[5, 5, -1]"},
        {"abs_of_doubles", "[math.abs(-2.5), math.sign(-0.5), math.sqrt(81.0), math.sqrt(4)]", "[2.5, -1.0, 9.0, 2.0]"},
        {"abs_overflow", "math.abs(-9223372036854775808)", "E006 the result does not fit an int"},
        {"tests",
         "math.isNaN(double('NaN')) && math.isInf(1.0 / 0.0) && math.isFinite(1.0) && !math.isFinite(1.0 / 0.0)",
         "true"},
        {"bits",
         "[math.bitAnd(6, 3), math.bitOr(6, 3), math.bitXor(6, 3), math.bitNot(0), math.bitShiftLeft(1, 4), "
         "math.bitShiftRight(-1, 60)]",
         "[2, 7, 5, -1, 16, 15]"},
        {"shift_far", "[math.bitShiftLeft(1u, 64), math.bitShiftRight(1u, 100)]", "[0u, 0u]"},
        {"shift_negative", "math.bitShiftLeft(1, -1)", "E006 a shift by -1 bits"},
        {"median", "[median(samples), median([1, 2, 3]), median([5])]", "[2.5, 2.0, 5.0]"},
        {"mean", "mean([1, 2u, 4.5])", "2.5"},
        {"stdev", "stdev([2, 4, 4, 4, 5, 5, 7, 9]) > 2.138 && stdev([2, 4, 4, 4, 5, 5, 7, 9]) < 2.139", "true"},
        {"stdev_of_one", "stdev([1])", "E006 'stdev' needs at least two values"},
        {"percentile",
         "[percentile([10, 20, 30, 40], 0), percentile([10, 20, 30, 40], 100), percentile([10, 20, 30, 40], 25.0), "
         "percentile([10, 20, 30, 40], 50)]",
         "[10.0, 40.0, 17.5, 25.0]"},
        {"percentile_outside", "percentile([1], 101)", "E006 a percentile is between 0 and 100, not 101"},
        {"median_of_nothing", "median(empty)", "E006 'median' of an empty list"},
        {"median_of_texts", "median(['a'])",
         "E004 'median' needs numbers or quantities, but one element is string | convert with .map(x, double(x))"},
        {"median_of_quantities", "median([quantity('1 GB'), quantity('500 MB'), quantity('3 GB')])", "quantity 1 GB"},
        {"mean_of_mixed_dimensions", "mean([quantity('1 GB'), quantity('1 s')])",
         "E005 cannot combine 'GB' and 's': they measure different things | give both sides in units of one kind"},
        {"stdev_of_temperatures", "stdev([quantity('20 Cel'), quantity('20 Cel')])", "quantity 0 K"},
        {"min_max", "[min(samples), max(samples), min([2.5, 1])]", "[1, 4, 1]"},
        {"min_of_texts", "min(['b', 'a'])", "\"a\""},
        {"max_of_mixed", "max([1, 'a'])", "E004 'max' of int and string: they have no order"},
        {"sum", "[sum(samples), sum([]), sum([1, 2])]", "[10, 0, 3]"},
        {"sum_of_doubles", "sum([1, 2.5])", "3.5"},
        {"sum_of_quantities", "sum(facts.disks.map(d, d.size))", "quantity 3 TB"},
        {"sum_overflow", "sum([9223372036854775807, 1])",
         "E006 the sum does not fit an int | convert with .map(x, double(x))"},
    }),
    case_name);

INSTANTIATE_TEST_SUITE_P(Lists, Functions,
                         testing::ValuesIn(std::vector<Case>{
                             {"sum", "[1] + ['a'] + []", R"([1, "a"])"},
                             {"flatten", "[[1, [2]], 3].flatten()", "[1, [2], 3]"},
                             {"flatten_deeper", "[[1, [2]], 3].flatten(2)", "[1, 2, 3]"},
                             {"flatten_negative", "[1].flatten(-1)",
                              "E006 flatten() needs a depth of 0 or more, not -1"},
                             {"sort", "[3, 1, 2].sort()", "[1, 2, 3]"},
                             {"sort_texts", "['b', 'a'].sort()", R"(["a", "b"])"},
                             {"sort_mixed", "[1, 'a'].sort()", "E004 sort() of int and string: they have no order"},
                             {"distinct", "[1, 2, 1u, 1.0, 'a', 'a', [1], [1]].distinct()", R"([1, 2, "a", [1]])"},
                             {"slice", "[1, 2, 3].slice(1, 3)", "[2, 3]"},
                             {"slice_outside", "[1].slice(0, 2)", "E006 slice(0, 2) of a list of 1"},
                             {"range", "lists.range(3)", "[0, 1, 2]"},
                             {"reverse", "[1, 2].reverse()", "[2, 1]"},
                             {"ends", "[[1, 2].first(), [1, 2].last(), [].first()]", "[some 1, some 2, none]"},
                             {"sets",
                              "sets.contains([1, 2], [2.0]) && sets.equivalent([1, 1], [1]) && sets.intersects([1], "
                              "[1, 2]) && !sets.intersects([1], [])",
                              "true"},
                         }),
                         case_name);

TEST(JsonFunction, SaysWhyTheTextIsNone) {
  EXPECT_EQ(evaluated("json('{').a").substr(0, 19), "S004 not valid JSON");
  EXPECT_EQ(evaluated(R"(json('{"a": 1, "a": 2}'))").substr(0, 4), "S004");
}

}  // namespace
}  // namespace assay::expr
