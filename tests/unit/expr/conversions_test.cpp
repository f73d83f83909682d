// SPDX-License-Identifier: Apache-2.0
// Every conversion, with the ends of what it takes.
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

TEST(Converted, ToInt) {
  expect_each({
      {"itself", "int(-7)", "-7"},
      {"ends_of_text", "[int('9223372036854775807'), int('-9223372036854775808')]",
       "[9223372036854775807, -9223372036854775808]"},
      {"text_above", "int('9223372036854775808')",
       "E006 '9223372036854775808' does not fit an int @int('9223372036854775808')"},
      {"text_below", "int('-9223372036854775809')",
       "E006 '-9223372036854775809' does not fit an int @int('-9223372036854775809')"},
      {"zeros_of_text", "[int('-0'), int('000'), int('+0012')]", "[0, 0, 12]"},
      {"hexadecimal_text", "int('0x10')", "E006 '0x10' is not an int @int('0x10')"},
      {"decimal_text", "int('1.0')", "E006 '1.0' is not an int @int('1.0')"},
      {"exponent_text", "int('1e3')", "E006 '1e3' is not an int @int('1e3')"},
      {"space_before", "int(' 1')",
       "E006 ' 1' is not an int | spaces and line ends count: take them away with .trim() @int(' 1')"},
      {"space_behind", "int('1 ')",
       "E006 '1 ' is not an int | spaces and line ends count: take them away with .trim() @int('1 ')"},
      {"only_a_sign", "int('-')", "E006 '-' is not an int @int('-')"},
      {"only_a_plus", "int('+')", "E006 '+' is not an int @int('+')"},
      {"other_digits", "int('٣')", "E006 '٣' is not an int @int('٣')"},
      {"control_characters_are_not_shown", R"(int('1\n\u001b[2J'))",
       R"(E006 '1\n?[2J' is not an int @int('1\n\u001b[2J'))"},
      {"decimals_are_cut", "[int(0.999), int(-0.999), int(1e15 + 0.5), int(5e-324)]", "[0, 0, 1000000000000000, 0]"},
      {"greatest_double_that_fits", "int(9223372036854774784.0)", "9223372036854774784"},
      {"least_double_that_fits", "int(-9223372036854774784.0)", "-9223372036854774784"},
      {"double_above", "int(9223372036854775808.0)",
       "E006 9.223372036854776e+18 does not fit an int @int(9223372036854775808.0)"},
      {"double_below", "int(-9.3e18)", "E006 -9.3e+18 does not fit an int @int(-9.3e18)"},
      {"infinity", "int(1.0 / 0.0)", "E006 Infinity does not fit an int @int(1.0 / 0.0)"},
      {"nan", "int(0.0 / 0.0)", "E006 NaN does not fit an int @int(0.0 / 0.0)"},
      {"uint_at_the_end", "int(9223372036854775807u)", "9223372036854775807"},
      {"uint_above", "int(9223372036854775808u)",
       "E006 9223372036854775808 does not fit an int @int(9223372036854775808u)"},
      {"times",
       "[int(timestamp(1.0 > 0.5 ? 90 : 0)), int(timestamp('1970-01-01T00:00:00.9Z')), "
       "int(timestamp('1969-12-31T23:59:59Z'))]",
       "[90, 0, -1]"},
      {"ends_of_time", "[int(timestamp('0001-01-01T00:00:00Z')), int(timestamp('9999-12-31T23:59:59Z'))]",
       "[-62135596800, 253402300799]"},
      {"duration", "int(duration('1s'))",
       "E004 'int' does not take (google.protobuf.Duration) | it takes (int), (uint), (double), (string), "
       "(timestamp) "
       "@int"},
      {"null_", "int(null)",
       "E004 'int' does not take (null_type) | it takes (int), (uint), (double), (string), (timestamp) @int"},
      {"bytes", "int(b'1')",
       "E004 'int' does not take (bytes) | it takes (int), (uint), (double), (string), (timestamp) @int"},
      {"nothing", "int()",
       "E004 'int' does not take () | it takes (int), (uint), (double), (string), (timestamp) @int"},
      {"two", "int('1', 16)",
       "E004 'int' does not take (string, int) | it takes (int), (uint), (double), (string), (timestamp) @int"},
  });
}

TEST(Converted, ToUint) {
  expect_each({
      {"ends", "[uint(0), uint(9223372036854775807), uint('0'), uint('18446744073709551615')]",
       "[0u, 9223372036854775807u, 0u, 18446744073709551615u]"},
      {"text_above", "uint('18446744073709551616')",
       "E006 '18446744073709551616' does not fit a uint @uint('18446744073709551616')"},
      {"text_with_plus", "uint('+5')", "5u"},
      {"text_with_suffix", "uint('5u')", "E006 '5u' is not a uint @uint('5u')"},
      {"text_below_zero", "uint('-5')", "E006 '-5' is not a uint @uint('-5')"},
      {"empty", "uint('')", "E006 '' is not a uint @uint('')"},
      {"decimals_are_cut", "[uint(0.999), uint(-0.0), uint(7.5)]", "[0u, 0u, 7u]"},
      {"greatest_double_that_fits", "uint(18446744073709549568.0)", "18446744073709549568u"},
      {"double_above", "uint(18446744073709551615.0)",
       "E006 1.8446744073709552e+19 does not fit a uint @uint(18446744073709551615.0)"},
      {"double_below_zero", "uint(-1.0)", "E006 -1 does not fit a uint @uint(-1.0)"},
      {"nan", "uint(0.0 / 0.0)", "E006 NaN does not fit a uint @uint(0.0 / 0.0)"},
      {"least_int", "uint(-9223372036854775808)",
       "E006 -9223372036854775808 does not fit a uint @uint(-9223372036854775808)"},
      {"bool_", "uint(true)", "E004 'uint' does not take (bool) | it takes (uint), (int), (double), (string) @uint"},
      {"timestamp", "uint(timestamp(0))",
       "E004 'uint' does not take (google.protobuf.Timestamp) | it takes (uint), (int), (double), (string) @uint"},
  });
}

TEST(Converted, ToDouble) {
  expect_each({
      {"ends_of_int", "[double(9223372036854775807), double(-9223372036854775808)]",
       "[9.223372036854776e+18, -9.223372036854776e+18]"},
      {"end_of_uint", "double(18446744073709551615u)", "1.8446744073709552e+19"},
      {"texts", "[double('1'), double('.5'), double('-1.5e-3'), double('1E2'), double('+2.5'), double('-0')]",
       "[1.0, 0.5, -0.0015, 100.0, 2.5, -0.0]"},
      {"beyond_the_range",
       "[double('1e400'), double('-1e400'), double('1e-400'), double('+1e400'), 1e400, -1e400, 1e-400]",
       "[Infinity, -Infinity, 0.0, Infinity, Infinity, -Infinity, 0.0]"},
      {"beyond_the_range_without_a_sign_to_tell",
       "[double('0.' + 'x'.replace('x', '0000000000').replace('0', '00000000000000000000000000000000000000000') + "
       "'1'), "
       "double('1' + '0000000000'.replace('0', '0000000000000000000000000000000000000000') + 'e-1')]",
       "[0.0, Infinity]"},
      {"nan_with_a_number", "double('nan(12)')", "E006 'nan(12)' is not a number @double('nan(12)')"},
      {"nan_with_nothing", "double('NaN()')", "E006 'NaN()' is not a number @double('NaN()')"},
      {"words", "[double('NaN'), double('Infinity'), double('-Infinity'), double('inf'), double('+inf')]",
       "[NaN, Infinity, -Infinity, Infinity, Infinity]"},
      {"empty", "double('')", "E006 '' is not a number @double('')"},
      {"hexadecimal", "double('0x1p3')", "E006 '0x1p3' is not a number @double('0x1p3')"},
      {"space", "double(' 1')",
       "E006 ' 1' is not a number | spaces and line ends count: take them away with .trim() @double(' 1')"},
      {"printed_line", "double('1.5\\n')",
       "E006 '1.5\\n' is not a number | spaces and line ends count: take them away with .trim() @double('1.5\\n')"},
      {"unit", "double('41.5 GB/s')", "E006 '41.5 GB/s' is not a number @double('41.5 GB/s')"},
      {"two_signs", "double('+-1')", "E006 '+-1' is not a number @double('+-1')"},
      {"comma", "double('1,5')", "E006 '1,5' is not a number @double('1,5')"},
      {"long_text_is_cut", "double('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')",
       "E006 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…' is not a number "
       "@double('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')"},
      {"shares", "[double(quantity('5 %')), double(quantity('2.5')), double(quantity('-100 %'))]", "[0.05, 2.5, -1.0]"},
      {"quantity_with_unit", "double(quantity('3 s'))",
       "E005 a quantity in 's' is not a number | name the unit to count in: q.value(\"s\") @double(quantity('3 s'))"},
      {"bool_", "double(true)",
       "E004 'double' does not take (bool) | it takes (double), (int), (uint), (string), (quantity) @double"},
      {"duration", "double(duration('1s'))",
       "E004 'double' does not take (google.protobuf.Duration) | it takes (double), (int), (uint), (string), "
       "(quantity) @double"},
  });
}

TEST(Converted, ToText) {
  expect_each({
      {"ints", "[string(-9223372036854775808), string(18446744073709551615u), string(0)]",
       R"(["-9223372036854775808", "18446744073709551615", "0"])"},
      {"doubles",
       "[string(1.0), string(-0.0), string(0.1), string(123456.789), string(1e16), string(1e17), "
       "string(0.00001), string(0.000001), string(1.0 / 3.0)]",
       R"(["1", "-0", "0.1", "123456.789", "10000000000000000", "1e+17", "0.00001", "1e-06", "0.3333333333333333"])"},
      {"special_doubles", "[string(0.0 / 0.0), string(1.0 / 0.0), string(-1.0 / 0.0)]",
       R"(["NaN", "Infinity", "-Infinity"])"},
      {"bools", "[string(true), string(1 > 2)]", R"(["true", "false"])"},
      {"bytes", R"([string(b'\xc3\xa9'), string(b''), string(b'\xf0\x9f\x98\x80')])", "[\"é\", \"\", \"😀\"]"},
      {"surrogate_bytes", R"(string(b'\xed\xa0\x80'))",
       R"(E006 the bytes are not valid UTF-8 @string(b'\xed\xa0\x80'))"},
      {"overlong_bytes", R"(string(b'\xc0\x80'))", R"(E006 the bytes are not valid UTF-8 @string(b'\xc0\x80'))"},
      {"bytes_beyond_the_last", R"(string(b'\xf4\x90\x80\x80'))",
       R"(E006 the bytes are not valid UTF-8 @string(b'\xf4\x90\x80\x80'))"},
      {"cut_bytes", R"(string(b'a\xe2\x82'))", R"(E006 the bytes are not valid UTF-8 @string(b'a\xe2\x82'))"},
      {"times", "[string(timestamp('2026-01-31T09:30:00.120+01:00')), string(timestamp(-1))]",
       R"(["2026-01-31T08:30:00.12Z", "1969-12-31T23:59:59Z"])"},
      {"durations", "[string(duration('1h1ms')), string(duration('-1.5s')), string(duration('0s'))]",
       R"(["3600.001s", "-1.5s", "0s"])"},
      {"quantities", "[string(quantity('4GiB')), string(quantity('0.5')), string(quantity('-3.25 V'))]",
       R"(["4 GiB", "0.5", "-3.25 V"])"},
      {"null_", "string(null)",
       "E004 'string' does not take (null_type) | it takes (string), (int), (uint), (double), (bool), (bytes), … "
       "@string"},
      {"list", "string([1])",
       "E004 'string' does not take (list) | it takes (string), (int), (uint), (double), (bool), (bytes), … @string"},
      {"type", "string(int)",
       "E004 'string' does not take (type) | it takes (string), (int), (uint), (double), (bool), (bytes), … @string"},
      {"optional", "string(optional.of('a'))",
       "E004 'string' does not take (optional_type) | it takes (string), (int), (uint), (double), (bool), (bytes), … "
       "@string"},
  });
}

TEST(Converted, ToOthers) {
  expect_each({
      {"bytes", R"([bytes('é') == b'\xc3\xa9', bytes('') == b'', bytes(b'\xff') == b'\xff'])", "[true, true, true]"},
      {"bytes_of_int", "bytes(1)", "E004 'bytes' does not take (int) | it takes (bytes), (string) @bytes"},
      {"true_texts", "['1', 't', 'true', 'TRUE', 'True'].all(x, bool(x))", "true"},
      {"false_texts", "['0', 'f', 'false', 'FALSE', 'False'].all(x, !bool(x))", "true"},
      {"mixed_case", "bool('tRUE')", "E006 'tRUE' is not a bool | write true or false @bool('tRUE')"},
      {"capital_letter", "bool('T')", "E006 'T' is not a bool | write true or false @bool('T')"},
      {"norwegian", "bool('no')", "E006 'no' is not a bool | write true or false @bool('no')"},
      {"empty_text", "bool('')", "E006 '' is not a bool | write true or false @bool('')"},
      {"bool_of_int", "bool(1)", "E004 'bool' does not take (int) | it takes (bool), (string) @bool"},
      {"timestamps", "[timestamp(0), timestamp(-62135596800), timestamp(253402300799), timestamp(timestamp(1))]",
       "[timestamp 1970-01-01T00:00:00Z, timestamp 0001-01-01T00:00:00Z, timestamp 9999-12-31T23:59:59Z, timestamp "
       "1970-01-01T00:00:01Z]"},
      {"before_the_first_year", "timestamp(-62135596801)",
       "E006 the time is out of range: years are 1 to 9999 @timestamp(-62135596801)"},
      {"behind_the_last_year", "timestamp(253402300800)",
       "E006 the time is out of range: years are 1 to 9999 @timestamp(253402300800)"},
      {"timestamp_of_double", "timestamp(1.5)",
       "E004 'timestamp' does not take (double) | it takes (timestamp), (string), (int) @timestamp"},
      {"durations", "[duration(0), duration(-90), duration(315576000000), duration(-315576000000)]",
       "[duration 0s, duration -90s, duration 315576000000s, duration -315576000000s]"},
      {"duration_above", "duration(315576000001)", "E006 the duration is out of range @duration(315576000001)"},
      {"duration_below", "duration(-315576000001)", "E006 the duration is out of range @duration(-315576000001)"},
      {"duration_of_quantity",
       "[duration(quantity('1.5 min')), duration(quantity('250 ms')), duration(quantity('-2 "
       "us')), duration(quantity('1 d'))]",
       "[duration 90s, duration 0.25s, duration -0.000002s, duration 86400s]"},
      {"duration_of_size", "duration(quantity('1 GB'))",
       "E005 a quantity in 'GB' is not a time @duration(quantity('1 GB'))"},
      {"duration_of_ages", "duration(quantity('1e12 s'))",
       "E006 the duration is out of range @duration(quantity('1e12 s'))"},
      {"duration_of_duration", "duration(duration('7s'))", "duration 7s"},
      {"duration_of_double", "duration(1.5)",
       "E004 'duration' does not take (double) | it takes (duration), (string), (int), (quantity) @duration"},
  });
}

TEST(Converted, Types) {
  expect_each({
      {"scalars", "[1, 1u, 1.0, true, 'a', b'a', null].map(x, type(x))",
       "[type int, type uint, type double, type bool, type string, type bytes, type null_type]"},
      {"others", "[[], {}, timestamp(0), duration('0s'), int, optional.none(), quantity('1 s')].map(x, type(x))",
       "[type list, type map, type google.protobuf.Timestamp, type google.protobuf.Duration, type type, type "
       "optional_type, type quantity]"},
      {"names_with_dots", "google.protobuf.Duration == type(duration('1s'))", "true"},
      {"dyn_changes_nothing", "[dyn(1), dyn('a'), type(dyn(1u))]", "[1, \"a\", type uint]"},
      {"size_of_everything", "[size(''), size(b'ab'), size([1, [2, 3]]), size({'a': 1, 'b': {}}), 'é'.size()]",
       "[0, 2, 2, 2, 1]"},
      {"size_of_int", "size(1)",
       "E004 'size' does not take (int) | it takes (string), (bytes), (list(A)), (map(A, B)) @size"},
      {"size_of_null", "null.size()",
       "E004 'size' does not take (null_type) | it takes (string), (bytes), (list(A)), (map(A, B)) @size"},
  });
}

// Text out and back is the same value.
TEST(Conversions, AreReversible) {
  const char* const values[] = {"int:0",
                                "int:-9223372036854775808",
                                "int:9223372036854775807",
                                "uint:0",
                                "uint:18446744073709551615",
                                "double:0.1",
                                "double:-0.0",
                                "double:5e-324",
                                "double:1.7976931348623157e308",
                                "double:123456789012345680.0",
                                "bool:true",
                                "bool:false",
                                "duration:duration('-1h0.000000001s')",
                                "duration:duration('315576000000s')",
                                "timestamp:timestamp('0001-01-01T00:00:00.000000001Z')",
                                "timestamp:timestamp('9999-12-31T23:59:59.999999999Z')",
                                "quantity:quantity('0.1 GB/s')",
                                "quantity:quantity('-40 Cel')"};
  for (const std::string_view one : values) {
    const std::string function(one.substr(0, one.find(':')));
    std::string value(one.substr(one.find(':') + 1));
    if (function == "uint") value += 'u';
    EXPECT_EQ(told(function + "(string(" + value + "))"), told(value)) << one;
  }
}

}  // namespace
}  // namespace assay::expr
