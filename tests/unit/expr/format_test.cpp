// SPDX-License-Identifier: Apache-2.0
// "…".format([…]): every letter with every kind it takes, digits, and every mistake.
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

TEST(Format, AsText) {
  expect_each({
      {"numbers", "'%s %s %s %s'.format([-1, 2u, 1.0, 1e17])", R"("-1 2 1 100000000000000000")"},
      {"numbers_without_exponent", "'%s %s %s %s'.format([1e21, 1e-7, [0.1], {1: 2.5e20}])",
       R"("1000000000000000000000 0.0000001 [0.1] {1: 250000000000000000000}")"},
      {"shortest_digits_of_large_numbers", "'%s %s %s %d'.format([1e23, -1e17, 9007199254740993.0, 1.5e16])",
       R"("100000000000000000000000 -100000000000000000 9007199254740992 15000000000000000")"},
      {"greatest_and_least_number", "'%s'.format([1.7976931348623157e308]).size() + '%s'.format([5e-324]).size()",
       "635"},
      {"special_numbers", "'%s %s %s'.format([0.0 / 0.0, 1.0 / 0.0, -1.0 / 0.0])", R"("NaN Infinity -Infinity")"},
      {"words", "'%s %s %s'.format([true, false, null])", R"("true false null")"},
      {"texts_stand_as_they_are", R"('[%s]'.format(['a"é😀%s']))", "\"[a\\\"é😀%s]\""},
      {"bytes", "'%s'.format([b'abc'])", R"("abc")"},
      {"lists", "'%s %s'.format([[], [1, 'a', [null, 2.5]]])", R"("[] [1, a, [null, 2.5]]")"},
      {"maps_in_the_order_of_their_keys", "'%s'.format([{'b': 1, 'a': [2], 3: {}, true: 'x'}])",
       R"("{3: {}, a: [2], b: 1, true: x}")"},
      {"maps_by_their_keys_alone", "'%s'.format([{10: 'x', 1: 'y', 'a b': 1, 'a': 2}])",
       R"("{1: y, 10: x, a: 2, a b: 1}")"},
      {"types", "'%s %s %s'.format([int, type(null), type(timestamp(0))])",
       R"("int null_type google.protobuf.Timestamp")"},
      {"times", "'%s %s'.format([timestamp(0), duration('90.5s')])", R"("1970-01-01T00:00:00Z 90.5s")"},
      {"quantities", "'%s'.format([quantity('26GB/s')])", R"("26 GB/s")"},
      {"optional_inside_a_list", "'%s'.format([[optional.of(1)]])",
       "E004 '%s' does not take a value of type list | %s takes any value @'%s'.format([[optional.of(1)]])"},
  });
}

TEST(Format, AsNumber) {
  expect_each({
      {"decimal", "'%d %d %d'.format([0, -9223372036854775808, 18446744073709551615u])",
       R"("0 -9223372036854775808 18446744073709551615")"},
      {"decimal_of_no_number", "'%d %d'.format([0.0 / 0.0, -1.0 / 0.0])", R"("NaN -Infinity")"},
      {"decimal_of_double", "'%d %d %d'.format([1.0, 3.14, 1e21])", R"("1 3.14 1000000000000000000000")"},
      {"decimal_of_bool", "'%d'.format([true])",
       "E004 '%d' does not take a value of type bool | %s takes any value @'%d'.format([true])"},
      {"fixed", "'%f %f %f'.format([1.5, -2, 3u])", R"("1.500000 -2.000000 3.000000")"},
      {"fixed_digits", "'%.0f %.1f %.3f %.10f'.format([1234.5678, 1234.5678, 1234.5678, 0.1])",
       R"("1235 1234.6 1234.568 0.1000000000")"},
      {"halves_to_even", "'%.0f %.0f %.0f %.0f'.format([0.5, 1.5, 2.5, -0.5])", R"("0 2 2 -0")"},
      {"what_the_double_really_is", "'%.3f %.20f'.format([1.0005, 0.1])", R"("1.000 0.10000000000000000555")"},
      {"fixed_special", "'%f %.2f %f'.format([0.0 / 0.0, 1.0 / 0.0, -1.0 / 0.0])", R"("NaN Infinity -Infinity")"},
      {"fixed_large", "'%.0f'.format([1e22])", R"("10000000000000000000000")"},
      {"fixed_greatest", "'%.100f'.format([1.7976931348623157e308]).size()", "410"},
      {"fixed_of_text", "'%f'.format(['1.5'])",
       "E004 '%f' does not take a value of type string | %s takes any value @'%f'.format(['1.5'])"},
      {"scientific", "'%e %e %e'.format([1500.0, 0, -0.00012345678])", R"("1.500000e+03 0.000000e+00 -1.234568e-04")"},
      {"scientific_digits", "'%.2e %.0e'.format([123456u, 15.0])", R"("1.23e+05 2e+01")"},
      {"scientific_special", "'%e'.format([-1.0 / 0.0])", R"("-Infinity")"},
      {"scientific_of_null", "'%e'.format([null])",
       "E004 '%e' does not take a value of type null_type | %s takes any value @'%e'.format([null])"},
  });
}

TEST(Format, InBases) {
  expect_each({
      {"hexadecimal", "'%x %X %x %x'.format([48879, 48879, -1, 0])", R"("beef BEEF -1 0")"},
      {"hexadecimal_ends", "'%x %x'.format([-9223372036854775808, 18446744073709551615u])",
       R"("-8000000000000000 ffffffffffffffff")"},
      {"hexadecimal_text", "'%x %X'.format(['jé', 'jk'])", R"("6ac3a9 6A6B")"},
      {"hexadecimal_bytes", R"('%x|%X|%x'.format([b'\x00\xff', b'\xab', b'']))", R"("00ff|AB|")"},
      {"hexadecimal_double", "'%x'.format([1.5])",
       "E004 '%x' does not take a value of type double | %s takes any value @'%x'.format([1.5])"},
      {"capital_of_a_list", "'%X'.format([[1]])",
       "E004 '%X' does not take a value of type list | %s takes any value @'%X'.format([[1]])"},
      {"octal", "'%o %o %o'.format([8, -8, 511u])", R"("10 -10 777")"},
      {"octal_least", "'%o'.format([-9223372036854775808])", R"("-1000000000000000000000")"},
      {"octal_text", "'%o'.format(['8'])",
       "E004 '%o' does not take a value of type string | %s takes any value @'%o'.format(['8'])"},
      {"binary", "'%b %b %b %b %b'.format([5, -5, 0, 7u, true])", R"("101 -101 0 111 1")"},
      {"binary_least",
       "'%b'.format([-9223372036854775808]) == '-1' + '0'.split('').join() + "
       "'%s'.format(['00000000000000000000000000000000000000000000000000000000000000'])",
       "true"},
      {"binary_of_double", "'%b'.format([1.0])",
       "E004 '%b' does not take a value of type double | %s takes any value @'%b'.format([1.0])"},
  });
}

TEST(Format, Patterns) {
  expect_each({
      {"nothing", "''.format([])", R"("")"},
      {"no_letter", "'größe 😀'.format([])", "\"größe 😀\""},
      {"percent_signs", "'%%%%d %s%%'.format([50])", R"("%%d 50%")"},
      {"more_values_than_letters", "'%s'.format([1, 2, 3])", R"("1")"},
      {"digits_of_a_text", "'%.2s'.format(['abc'])", R"("abc")"},
      {"fewer_values", "'%s %s %s'.format([1, 2])",
       "E006 the format needs more than the 2 values it is given @'%s %s %s'.format([1, 2])"},
      {"no_values", "'%d'.format([])", "E006 the format needs more than the 0 values it is given @'%d'.format([])"},
      {"unknown_letter", "'%c'.format([1])",
       "E006 the format has a '%' without one of its letters | write one of %s %d %f %e %o %b %x %X, or %% for a "
       "percent sign @'%c'.format([1])"},
      {"capital_letter", "'%S'.format([1])",
       "E006 the format has a '%' without one of its letters | write one of %s %d %f %e %o %b %x %X, or %% for a "
       "percent sign @'%S'.format([1])"},
      {"width", "'%5d'.format([1])",
       "E006 the format has a '%' without one of its letters | write one of %s %d %f %e %o %b %x %X, or %% for a "
       "percent sign @'%5d'.format([1])"},
      {"space", "'% d'.format([1])",
       "E006 the format has a '%' without one of its letters | write one of %s %d %f %e %o %b %x %X, or %% for a "
       "percent sign @'% d'.format([1])"},
      {"digits_without_letter", "'%.2'.format([1])",
       "E006 the format has a '%' without one of its letters | write one of %s %d %f %e %o %b %x %X, or %% for a "
       "percent sign @'%.2'.format([1])"},
      {"point_without_digits", "'%.f'.format([1.0])",
       "E006 a format asks for a wrong number of digits | at most 100, as %.2f @'%.f'.format([1.0])"},
      {"bytes_that_are_no_text", R"('%s|%s'.format([b'\xffa', [b'\xc3']]))", "\"\uFFFDa|[\uFFFD]\""},
      {"runs_of_bytes_that_are_no_text", R"('%s'.format([b'\xff\xfea\xe2\x82\xff\xef\xbf\xbdb\xff']))",
       "\"\uFFFDa\uFFFD\uFFFDb\uFFFD\""},
      {"negative_digits", "'%.-1f'.format([1.0])",
       "E006 a format asks for a wrong number of digits | at most 100, as %.2f @'%.-1f'.format([1.0])"},
      {"one_digit_too_many", "'%.101f'.format([1.0])",
       "E006 a format asks for a wrong number of digits | at most 100, as %.2f @'%.101f'.format([1.0])"},
      {"digits_beyond_all_numbers", "'%.99999999999f'.format([1.0])",
       "E006 a format asks for a wrong number of digits | at most 100, as %.2f @'%.99999999999f'.format([1.0])"},
      {"no_list", "'%s'.format(1)", "E004 'format' does not take (string, int) | it takes (string, list(dyn)) @format"},
      {"no_argument", "'%s'.format()", "E004 'format' does not take (string) | it takes (string, list(dyn)) @format"},
  });
}

}  // namespace
}  // namespace assay::expr
