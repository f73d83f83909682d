// SPDX-License-Identifier: Apache-2.0
// math.* and the statistics: special doubles, ends of integers, samples worked out by hand.
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

TEST(Number, Extremes) {
  expect_each({
      {"one_kind", "[math.greatest(3), math.greatest(1, 3, 2), math.greatest(1u, 2u), math.greatest(-1.5, -2.5)]",
       "[3, 3, 2u, -1.5]"},
      {"least", "[math.least(3), math.least(3, 1, 2), math.least(2u, 1u), math.least(-1.5, -2.5)]", "[3, 1, 1u, -2.5]"},
      {"mixed_kinds_keep_theirs", "[math.greatest(1, 2.0), math.greatest(3u, 2.0), math.least(1, 2u, 0.5)]",
       "[2.0, 3u, 0.5]"},
      {"first_of_equals", "[math.greatest(1, 1.0, 1u), math.least(1.0, 1)]", "[1, 1.0]"},
      {"lists", "[math.greatest([1, 5, 3]), math.least([2.5, 1u]), math.greatest(samples)]", "[5, 1u, 4]"},
      {"ends", "[math.greatest(9223372036854775807, 18446744073709551615u), math.least(-9223372036854775808, 0u)]",
       "[18446744073709551615u, -9223372036854775808]"},
      {"infinities", "[math.greatest(1.0 / 0.0, 1), math.least(-1.0 / 0.0, -9223372036854775808)]",
       "[Infinity, -Infinity]"},
      {"empty_list", "math.least([])", "E006 'math.least' of no numbers @math.least([])"},
      {"a_text", "math.greatest('a')",
       "E004 'math.greatest' does not take string | it takes int, uint and double @math.greatest('a')"},
      {"a_text_among_numbers", "math.least(1, 'a')",
       "E004 'math.least' does not take string | it takes int, uint and double @math.least(1, 'a')"},
      {"a_null_in_a_list", "math.least([1, null])",
       "E004 'math.least' does not take null_type | it takes int, uint and double @math.least([1, null])"},
      {"two_lists", "math.greatest([1], [2])",
       "E004 'math.greatest' does not take list | it takes int, uint and double @math.greatest([1], [2])"},
  });
}

TEST(Number, Rounding) {
  expect_each({
      {"ceil", "[math.ceil(1.2), math.ceil(-1.2), math.ceil(-0.5), math.ceil(3.0)]", "[2.0, -1.0, -0.0, 3.0]"},
      {"floor", "[math.floor(1.8), math.floor(-1.2), math.floor(-0.0), math.floor(5e-324)]", "[1.0, -2.0, -0.0, 0.0]"},
      {"round", "[math.round(0.5), math.round(-0.5), math.round(1.5), math.round(2.5), math.round(-2.5)]",
       "[1.0, -1.0, 2.0, 3.0, -3.0]"},
      {"round_just_below_a_half", "math.round(0.49999999999999994)", "0.0"},
      {"trunc", "[math.trunc(1.9), math.trunc(-1.9), math.trunc(-0.9)]", "[1.0, -1.0, -0.0]"},
      {"what_has_no_decimals", "[math.round(4503599627370497.0), math.floor(1e300), math.trunc(-1e300)]",
       "[4503599627370497.0, 1e+300, -1e+300]"},
      {"greatest_and_least_with_nan",
       "cel.bind(n, 0.0 / 0.0, [math.greatest(n, 1), math.greatest(1, n), math.least([2, n, 1]), math.least(n, 1u)])",
       "[NaN, NaN, NaN, NaN]"},
      {"nan", "cel.bind(n, 0.0 / 0.0, [math.ceil(n), math.floor(n), math.round(n), math.trunc(n)])",
       "[NaN, NaN, NaN, NaN]"},
      {"infinity", "cel.bind(i, 1.0 / 0.0, [math.ceil(i), math.floor(-i), math.round(i), math.trunc(-i)])",
       "[Infinity, -Infinity, Infinity, -Infinity]"},
      {"of_an_int", "math.ceil(1)", "E004 'math.ceil' does not take (int) | it takes (double) @math.ceil"},
      {"of_a_text", "math.round('1.5')", "E004 'math.round' does not take (string) | it takes (double) @math.round"},
      {"abs", "[math.abs(-3), math.abs(3u), math.abs(-2.5), math.abs(-0.0), math.abs(-1.0 / 0.0)]",
       "[3, 3u, 2.5, 0.0, Infinity]"},
      {"abs_at_the_end", "math.abs(-9223372036854775807)", "9223372036854775807"},
      {"abs_beyond", "math.abs(-9223372036854775808)",
       "E006 the result does not fit an int @math.abs(-9223372036854775808)"},
      {"sign_of_ints", "[math.sign(-7), math.sign(0), math.sign(7), math.sign(0u), math.sign(7u)]",
       "[-1, 0, 1, 0u, 1u]"},
      {"sign_of_doubles",
       "[math.sign(-0.1), math.sign(0.0), math.sign(5e-324), math.sign(-1.0 / 0.0), "
       "math.sign(0.0 / 0.0)]",
       "[-1.0, 0.0, 1.0, -1.0, NaN]"},
      {"sqrt", "[math.sqrt(2.0), math.sqrt(16), math.sqrt(9u), math.sqrt(0), math.sqrt(1.0 / 0.0), math.sqrt(-1.0)]",
       "[1.4142135623730951, 4.0, 3.0, 0.0, Infinity, NaN]"},
      {"is_nan", "[math.isNaN(0.0 / 0.0), math.isNaN(1.0), math.isNaN(1.0 / 0.0)]", "[true, false, false]"},
      {"is_inf", "[math.isInf(1.0 / 0.0), math.isInf(-1.0 / 0.0), math.isInf(0.0 / 0.0), math.isInf(1e308)]",
       "[true, true, false, false]"},
      {"is_finite", "[math.isFinite(1e308), math.isFinite(-1.0 / 0.0), math.isFinite(0.0 / 0.0)]",
       "[true, false, false]"},
      {"is_nan_of_an_int", "math.isNaN(1)", "E004 'math.isNaN' does not take (int) | it takes (double) @math.isNaN"},
  });
}

TEST(Number, Bits) {
  expect_each({
      {"and_", "[math.bitAnd(12, 10), math.bitAnd(-1, 255), math.bitAnd(12u, 10u)]", "[8, 255, 8u]"},
      {"or_", "[math.bitOr(12, 10), math.bitOr(-8, 7), math.bitOr(1u, 8u)]", "[14, -1, 9u]"},
      {"xor_", "[math.bitXor(12, 10), math.bitXor(-1, 1), math.bitXor(7u, 7u)]", "[6, -2, 0u]"},
      {"not_", "[math.bitNot(5), math.bitNot(-1), math.bitNot(0u)]", "[-6, 0, 18446744073709551615u]"},
      {"left", "[math.bitShiftLeft(1, 0), math.bitShiftLeft(3, 2), math.bitShiftLeft(1u, 63)]",
       "[1, 12, 9223372036854775808u]"},
      {"left_into_the_sign", "[math.bitShiftLeft(1, 63), math.bitShiftLeft(1, 64), math.bitShiftLeft(-1, 63)]",
       "[-9223372036854775808, 0, -9223372036854775808]"},
      {"right_fills_with_zeros", "[math.bitShiftRight(-1, 1), math.bitShiftRight(-1, 63), math.bitShiftRight(-1, 0)]",
       "[9223372036854775807, 1, -1]"},
      {"right_of_uint", "[math.bitShiftRight(8u, 2), math.bitShiftRight(8u, 64)]", "[2u, 0u]"},
      {"negative_count", "math.bitShiftRight(1, -1)", "E006 a shift by -1 bits @math.bitShiftRight(1, -1)"},
      {"uint_count", "math.bitShiftLeft(1, 1u)",
       "E004 'math.bitShiftLeft' does not take (int, uint) | it takes (int, int), (uint, int) @math.bitShiftLeft"},
      {"two_kinds", "math.bitAnd(1, 1u)",
       "E004 'math.bitAnd' does not take (int, uint) | it takes (int, int), (uint, uint) @math.bitAnd"},
      {"of_a_double", "math.bitNot(1.0)",
       "E004 'math.bitNot' does not take (double) | it takes (int), (uint) @math.bitNot"},
      {"a_name_that_is_none", "math.cosine(1.0)", "E003 unknown function 'math.cosine' @math.cosine"},
  });
}

TEST(Number, Averages) {
  expect_each({
      {"median_odd", "median([9, 1, 5])", "5.0"},
      {"median_even", "median([4, 1, 3, 2])", "2.5"},
      {"median_of_kinds", "median([1, 2u, 4.5, -3])", "1.5"},
      {"median_of_one", "median([7])", "7.0"},
      {"median_of_infinities", "median([1.0 / 0.0, 0, -1.0 / 0.0])", "0.0"},
      {"median_of_equal_infinities",
       "[median([1.0 / 0.0, 1.0 / 0.0]), median([-1.0 / 0.0, -1.0 / 0.0]), median([1, 1.0 / 0.0]), "
       "percentile([1.0 / 0.0, 1.0 / 0.0, 2], 60)]",
       "[Infinity, -Infinity, Infinity, Infinity]"},
      {"median_of_opposites", "[median([-1.0 / 0.0, 1.0 / 0.0]), median([-1.7e308, 1.7e308])]", "[NaN, 0.0]"},
      {"extremes_with_nan", "cel.bind(n, 0.0 / 0.0, [min([n, 1]), min([1, n]), max([n, 1]), max([1, n, 2])])",
       "[NaN, NaN, NaN, NaN]"},
      {"median_of_nan", "[median([1, 0.0 / 0.0, 3]), percentile([0.0 / 0.0], 50)]", "[NaN, NaN]"},
      {"median_does_not_sort_its_list", "cel.bind(l, [3, 1, 2], [median(l), double(l[0])])", "[2.0, 3.0]"},
      {"mean", "[mean([1, 2, 3, 4]), mean([-5, 5]), mean([1.5, 2.25, 3])]", "[2.5, 0.0, 2.25]"},
      {"mean_of_large_ints", "mean([9223372036854775807, 9223372036854775807])", "9.223372036854776e+18"},
      // 192 of squares around 18, by 7
      {"stdev", "stdev([10, 12, 23, 23, 16, 23, 21, 16]) - 5.237229365663817 < 1e-14", "true"},
      {"stdev_of_two", "stdev([2, 4])", "1.4142135623730951"},
      {"stdev_of_five", "stdev([5, 3, 1, 2, 4])", "1.5811388300841898"},
      {"stdev_of_equals", "stdev([0.5, 0.5, 0.5])", "0.0"},
      {"stdev_far_from_zero", "stdev([1000000000.0, 1000000002.0])", "1.4142135623730951"},
      {"stdev_of_one", "stdev([5])", "E006 'stdev' needs at least two values @stdev([5])"},
      {"stdev_of_none", "stdev([])", "E006 'stdev' of an empty list @stdev([])"},
      {"mean_of_none", "mean(empty)", "E006 'mean' of an empty list @mean(empty)"},
      {"mean_with_a_text", "mean([1, '2'])",
       "E004 'mean' needs numbers or quantities, but one element is string | convert with .map(x, double(x)) "
       "@mean([1, '2'])"},
      {"mean_of_durations", "mean([duration('1s')])",
       "E004 'mean' needs numbers or quantities, but one element is google.protobuf.Duration | convert with .map(x, "
       "quantity(x)) @mean([duration('1s')])"},
      {"median_of_a_number", "median(1)",
       "E004 'median' does not take (int) | it takes (list(quantity)), (list(dyn)) @median"},
  });
}

// Type 7 of Hyndman and Fan: rank p/100 * (n - 1), linear in between.
TEST(Number, Percentiles) {
  expect_each({
      {"ends", "[percentile([35, 15, 50, 20, 40], 0), percentile([35, 15, 50, 20, 40], 100)]", "[15.0, 50.0]"},
      {"between", "[5, 10, 40, 90, 95, 99].map(p, percentile([35, 15, 50, 20, 40], p))",
       "[16.0, 17.0, 29.0, 46.0, 48.0, 49.6]"},
      {"on_a_rank", "[25, 50, 75].map(p, percentile([35, 15, 50, 20, 40], p))", "[20.0, 35.0, 40.0]"},
      {"of_doubles", "[percentile([35, 15, 50, 20, 40], 12.5), percentile([1, 2], 33)]", "[17.5, 1.33]"},
      {"of_ten", "[25, 50, 75].map(p, percentile([3, 6, 7, 8, 8, 10, 13, 15, 16, 20], p))", "[7.25, 9.0, 14.5]"},
      {"of_one", "[0, 50, 100].map(p, percentile([8], p))", "[8.0, 8.0, 8.0]"},
      {"median_is_the_fiftieth", "percentile(samples, 50) == median(samples)", "true"},
      {"below_0", "percentile([1], -1)", "E006 a percentile is between 0 and 100, not -1 @percentile([1], -1)"},
      {"above_100", "percentile([1], 100.5)",
       "E006 a percentile is between 0 and 100, not 100.5 @percentile([1], 100.5)"},
      {"nan", "percentile([1], 0.0 / 0.0)",
       "E006 a percentile is between 0 and 100, not NaN @percentile([1], 0.0 / 0.0)"},
      {"of_none", "percentile([], 50)", "E006 'percentile' of an empty list @percentile([], 50)"},
      {"without_p", "percentile([1])",
       "E004 'percentile' does not take (list) | it takes (list(quantity), int), (list(quantity), double), "
       "(list(dyn), "
       "int), (list(dyn), double) @percentile"},
  });
}

TEST(Number, SumsAndEnds) {
  expect_each({
      {"sum_of_ints", "[sum([1, 2, 3]), sum([]), sum([-5])]", "[6, 0, -5]"},
      {"sum_of_others", "[sum([1u, 2u]), sum([1, 2.5]), sum([0.5, 0.25])]", "[3.0, 3.5, 0.75]"},
      {"sum_at_the_end", "sum([9223372036854775807, -1, 1])", "9223372036854775807"},
      {"sum_beyond", "sum([9223372036854775807, 1, -1])",
       "E006 the sum does not fit an int | convert with .map(x, double(x)) @sum([9223372036854775807, 1, -1])"},
      {"sum_below", "sum([-9223372036854775808, -1])",
       "E006 the sum does not fit an int | convert with .map(x, double(x)) @sum([-9223372036854775808, -1])"},
      {"sum_of_texts", "sum(['a', 'b'])",
       "E004 'sum' needs numbers or quantities, but one element is string | convert with .map(x, double(x)) "
       "@sum(['a', 'b'])"},
      {"sum_of_a_map", "sum({'a': 1})",
       "E004 'sum' does not take (map) | it takes (list(int)), (list(quantity)), (list(dyn)) @sum"},
      {"ends_of_numbers", "[min([3, 1u, 2.5]), max([3, 1u, 2.5]), min([2, 2.0]), max([-0.5])]", "[1u, 3, 2, -0.5]"},
      {"ends_of_texts", "[min(['b', 'a', 'B']), max(['b', 'é', 'z'])]", "[\"B\", \"é\"]"},
      {"ends_of_bools", "[min([true, false]), max([true, false])]", "[false, true]"},
      {"ends_of_times", "[min([timestamp(9), timestamp(-9)]), max([duration('1m'), duration('59s')])]",
       "[timestamp 1969-12-31T23:59:51Z, duration 60s]"},
      {"ends_of_quantities", "[min([quantity('1 GiB'), quantity('1 GB')]), max([quantity('1 h'), quantity('61 min')])]",
       "[quantity 1 GB, quantity 61 min]"},
      {"min_of_none", "min([])", "E006 'min' of an empty list @min([])"},
      {"max_of_none", "max(empty)", "E006 'max' of an empty list @max(empty)"},
      {"min_of_mixed", "min([1, 'a'])", "E004 'min' of int and string: they have no order @min([1, 'a'])"},
      {"max_of_lists", "max([[1], [2]])", "E004 'max' of list and list: they have no order @max([[1], [2]])"},
      {"max_of_dimensions", "max([quantity('1 GB'), quantity('1 s')])",
       "E005 cannot combine 'GB' and 's': they measure different things | give both sides in units of one kind "
       "@max([quantity('1 GB'), quantity('1 s')])"},
      {"mean_of_converted_durations", "mean([duration('1s'), duration('2s')].map(x, quantity(x)))", "quantity 1.5 s"},
      {"sum_of_two_scales", "sum([quantity('1 K'), quantity('20 Cel'), quantity('20 Cel')])",
       "E005 temperatures in Cel cannot be added to each other | use K "
       "@sum([quantity('1 K'), quantity('20 Cel'), quantity('20 Cel')])"},
      {"min_of_numbers", "min(1, 2)", "E004 'min' does not take (int, int) | it takes (list(A)) @min"},
  });
}

TEST(Number, QuantitySamples) {
  expect_each({
      {"unit_of_the_first",
       "[mean([quantity('1 GB'), quantity('500 MB')]), mean([quantity('500 MB'), quantity('1 "
       "GB')])]",
       "[quantity 0.75 GB, quantity 750 MB]"},
      {"median", "median([quantity('1 GB/s'), quantity('3 GB/s'), quantity('2 GB/s'), quantity('4 GB/s')])",
       "quantity 2.5 GB/s"},
      {"percentile", "percentile([quantity('10 ms'), quantity('20 ms'), quantity('0.03 s')], 75)", "quantity 25 ms"},
      {"stdev", "stdev([quantity('3 W'), quantity('5 W'), quantity('4 W')])", "quantity 1 W"},
      {"sum", "sum([quantity('1 GiB'), quantity('512 MiB')])", "quantity 1.5 GiB"},
      {"temperatures_have_a_mean", "[mean([quantity('20 Cel'), quantity('30 Cel')]), median([quantity('20 Cel')])]",
       "[quantity 25 Cel, quantity 20 Cel]"},
      {"spread_of_temperatures", "stdev([quantity('20 Cel'), quantity('22 Cel'), quantity('21 Cel')])", "quantity 1 K"},
      {"sum_of_temperatures", "sum([quantity('20 Cel'), quantity('22 Cel')])",
       "E005 temperatures in Cel cannot be added to each other | use K @sum([quantity('20 Cel'), quantity('22 "
       "Cel')])"},
      {"quantity_then_number", "mean([quantity('1 GB'), 2])",
       "E004 'mean' needs numbers or quantities, but one element is int | convert with .map(x, double(x)) "
       "@mean([quantity('1 GB'), 2])"},
      {"number_then_quantity", "sum([2, quantity('1 GB')])",
       "E004 'sum' needs numbers or quantities, but one element is quantity | convert with .map(x, double(x)) "
       "@sum([2, "
       "quantity('1 GB')])"},
      {"other_dimension", "median([quantity('1 s'), quantity('1 m')])",
       "E005 cannot combine 's' and 'm': they measure different things | give both sides in units of one kind "
       "@median([quantity('1 s'), quantity('1 m')])"},
  });
}

}  // namespace
}  // namespace assay::expr
