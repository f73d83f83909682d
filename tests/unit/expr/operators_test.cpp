// SPDX-License-Identifier: Apache-2.0
// Operators: what binds how tightly, arithmetic to its limits, order and equality across kinds.
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

TEST(Operation, Binding) {
  expect_each({
      {"sum_and_product", "2 + 3 * 4 - 5", "9"},
      {"products_left_to_right", "2 * 3 % 4", "2"},
      {"remainder_then_product", "7 % 4 * 2", "6"},
      {"quotient_then_product", "20 / 2 * 5", "50"},
      {"difference_of_negative", "1 - -1", "2"},
      {"two_minus_without_space", "1--1", "2"},
      {"sign_of_parentheses", "-(2 + 3)", "-5"},
      {"product_of_signs", "-2 * -3", "6"},
      {"signs_in_a_row", "----1", "1"},
      {"negations_in_a_row", "[!!true, !!!true]", "[true, false]"},
      {"sign_of_a_member", "-params.count", "-3"},
      {"sign_of_an_index", "-samples[0]", "-3"},
      {"not_of_a_member", "!params.flag", "false"},
      {"not_of_a_test", "!has(params.x)", "true"},
      {"not_before_equality", "!true == false", "true"},
      {"not_of_parentheses", "!(1 == 2)", "true"},
      {"mixed_signs", "-!true", "E004 '-' does not take (bool) | it takes (int), (double), (duration), (quantity) @-"},
      {"sum_before_in", "1 + 1 in [2]", "true"},
      {"sign_before_in", "-1 in [-1]", "true"},
      {"in_then_equality", "1 in [1] == true", "true"},
      {"equality_then_equality", "1 == 1 == true", "true"},
      {"chained_order", "1 < 2 < 3", "E004 '<' does not take (bool, int) | both sides must be of one type @<"},
      {"or_of_ands", "true || true && false", "true"},
      {"and_of_or", "(true || true) && false", "false"},
      {"and_then_or", "false && true || true", "true"},
      {"or_inside_and", "false && (true || true)", "false"},
      {"relation_before_and", "1 > 0 && 2 > 1 || false", "true"},
      {"or_before_condition", "true || false ? 1 : 2", "1"},
      {"condition_in_the_last_choice", "false ? 1 : false ? 2 : 3", "3"},
      {"condition_in_parentheses", "true ? (false ? 1 : 2) : 3", "2"},
      {"condition_in_the_first_choice", "true ? false ? 1 : 2 : 3",
       "E001 unexpected '?' | expected ':' after the first choice of '?' @?"},
      {"condition_as_argument", "size(true ? 'ab' : 'c')", "2"},
      {"condition_as_element", "[true ? 1 : 2, 3]", "[1, 3]"},
      {"condition_as_key", "{true ? 'a' : 'b': true ? 1 : 2}", R"({"a": 1})"},
      {"member_of_a_sum_needs_parentheses", "('a' + 'bc').size()", "3"},
      {"member_binds_to_the_right_operand", "'a' + 'bc'.size()",
       "E004 '+' does not take (string, int) | convert the other side with string() @+"},
      {"members_of_everything", "[{'a': [1, {'b': 'xyz'}]}][0].a[1].b.size() - 1", "2"},
  });
}

TEST(Operation, Results) {
  expect_each({
      {"quotients", "[7 / 2, -7 / 2, 7 / -2, -7 / -2]", "[3, -3, -3, 3]"},
      {"remainders", "[7 % 3, -7 % 3, 7 % -3, -7 % -3, 6 % 3]", "[1, -1, 1, -1, 0]"},
      {"uints", "[7u + 2u, 7u - 2u, 7u * 2u, 7u / 2u, 7u % 4u]", "[9u, 5u, 14u, 3u, 3u]"},
      {"doubles", "[7.5 + 2.0, 7.5 - 2.0, 7.5 * 2.0, 7.0 / 2.0]", "[9.5, 5.5, 15.0, 3.5]"},
      {"double_divisions_by_zero", "[1.0 / 0.0, -1.0 / 0.0, 0.0 / 0.0, 1.0 / -0.0]",
       "[Infinity, -Infinity, NaN, -Infinity]"},
      {"infinities", "[1.0 / 0.0 - 1.0 / 0.0, 1.0 / 0.0 * 0.0, 1e308 * 10.0, -1e308 * 10.0]",
       "[NaN, NaN, Infinity, -Infinity]"},
      {"signed_zeros", "[0.0 * -1.0, -(0.0), 0.0 - 0.0, -0.0 + 0.0]", "[-0.0, -0.0, 0.0, 0.0]"},
      {"texts", "'a' + '' + 'é😀'", "\"aé😀\""},
      {"bytes", R"(b'a' + b'\x00' + b'' == b'a\000')", "true"},
      {"lists", "[1] + [] + ['a', [2]]", R"([1, "a", [2]])"},
      {"maps", "{'a': 1} + {'b': 2}",
       "E004 '+' does not take (map, map) | it takes (int, int), (uint, uint), (double, double), (string, string), "
       "(secret, string), (string, secret), … @+"},
      {"nulls", "null + null",
       "E004 '+' does not take (null_type, null_type) | it takes (int, int), (uint, uint), (double, double), "
       "(string, "
       "string), (secret, string), (string, secret), … @+"},
      {"bools", "true + true",
       "E004 '+' does not take (bool, bool) | it takes (int, int), (uint, uint), (double, double), (string, string), "
       "(secret, string), (string, secret), … @+"},
      {"list_and_element", "[1] + 2",
       "E004 '+' does not take (list, int) | it takes (int, int), (uint, uint), (double, double), (string, string), "
       "(secret, string), (string, secret), … @+"},
      {"text_and_null", "'a' + null",
       "E004 '+' does not take (string, null_type) | convert the other side with string() @+"},
      {"text_and_bytes", "'a' + b'a'",
       "E004 '+' does not take (string, bytes) | convert the other side with string() @+"},
      {"text_times_number", "'a' * 2",
       "E004 '*' does not take (string, int) | it takes (int, int), (uint, uint), (double, double), (quantity, "
       "double), (quantity, int), (quantity, uint), … @*"},
      {"texts_apart", "'a' - 'b'",
       "E004 '-' does not take (string, string) | it takes (int, int), (uint, uint), (double, double), (timestamp, "
       "timestamp), (timestamp, duration), (duration, duration), … @-"},
      {"uint_and_double", "1u * 1.5",
       "E004 '*' does not take (uint, double) | int, uint and double do not mix: convert one side with double(), "
       "int() or uint() @*"},
      {"uint_and_int", "5u - 3",
       "E004 '-' does not take (uint, int) | int, uint and double do not mix: convert one side with double(), int() "
       "or uint() @-"},
      {"remainder_of_mixed", "5 % 3u",
       "E004 '%' does not take (int, uint) | int, uint and double do not mix: convert one side with double(), int() "
       "or uint() @%"},
      {"sign_of_a_text", "-'a'",
       "E004 '-' does not take (string) | it takes (int), (double), (duration), (quantity) @-"},
      {"not_of_null", "!null", "E004 '!' does not take (null_type) | it takes (bool) @!"},
      {"first_mistake_counts", "(1 / 0) + (1 % 0)", "E006 division by zero @/"},
  });
}

TEST(Operation, Limits) {
  expect_each({
      {"sum_at_the_top", "9223372036854775806 + 1", "9223372036854775807"},
      {"sum_beyond", "9223372036854775807 + 1", "E006 the result does not fit an int | double() has a wider range @+"},
      {"sum_below", "-9223372036854775808 + -1", "E006 the result does not fit an int | double() has a wider range @+"},
      {"sum_of_both_ends", "9223372036854775807 + -9223372036854775808", "-1"},
      {"difference_at_the_bottom", "-9223372036854775807 - 1", "-9223372036854775808"},
      {"difference_below", "-9223372036854775808 - 1",
       "E006 the result does not fit an int | double() has a wider range @-"},
      {"difference_beyond", "9223372036854775807 - -1",
       "E006 the result does not fit an int | double() has a wider range @-"},
      {"zero_minus_the_least", "0 - -9223372036854775808",
       "E006 the result does not fit an int | double() has a wider range @-"},
      {"greatest_square", "3037000499 * 3037000499", "9223372030926249001"},
      {"next_square", "3037000500 * 3037000500", "E006 the result does not fit an int | double() has a wider range @*"},
      {"product_at_the_bottom", "4294967296 * -2147483648", "-9223372036854775808"},
      {"product_beyond", "4294967296 * 2147483648",
       "E006 the result does not fit an int | double() has a wider range @*"},
      {"least_times_minus_one", "-9223372036854775808 * -1",
       "E006 the result does not fit an int | double() has a wider range @*"},
      {"least_by_minus_one", "-9223372036854775808 / -1",
       "E006 the result does not fit an int | double() has a wider range @/"},
      {"least_remainder_minus_one", "-9223372036854775808 % -1",
       "E006 the result does not fit an int | double() has a wider range @%"},
      {"least_by_one", "-9223372036854775808 / 1", "-9223372036854775808"},
      {"least_remainder_one", "-9223372036854775808 % 1", "0"},
      {"negative_of_the_greatest", "-(9223372036854775807)", "-9223372036854775807"},
      {"negative_of_the_least", "-(-9223372036854775808)",
       "E006 the result does not fit an int | double() has a wider range @-"},
      {"quotient_by_zero", "7 / (3 - 3)", "E006 division by zero @/"},
      {"remainder_by_zero", "7 % (3 - 3)", "E006 the remainder of a division by zero @%"},
      {"uint_sum_at_the_top", "18446744073709551614u + 1u", "18446744073709551615u"},
      {"uint_sum_beyond", "18446744073709551615u + 1u",
       "E006 the result does not fit a uint | double() has a wider range @+"},
      {"uint_below_zero", "0u - 1u", "E006 the result does not fit a uint | double() has a wider range @-"},
      {"uint_product_at_the_top", "4294967295u * 4294967297u", "18446744073709551615u"},
      {"uint_product_beyond", "4294967296u * 4294967296u",
       "E006 the result does not fit a uint | double() has a wider range @*"},
      {"uint_quotient_by_zero", "1u / 0u", "E006 division by zero @/"},
      {"uint_remainder_by_zero", "1u % 0u", "E006 the remainder of a division by zero @%"},
      {"overflow_inside", "(9223372036854775807 + 1) - 1",
       "E006 the result does not fit an int | double() has a wider range @+"},
  });
}

TEST(Operation, Order) {
  expect_each({
      {"int_and_uint", "[1 < 1u, 1 <= 1u, 1 > 1u, 1 >= 1u, -1 < 0u, 0u > -1, -1 >= 0u]",
       "[false, true, false, true, true, true, false]"},
      {"int_and_double", "[1 < 1.5, 2 > 1.5, 1.5 > 1, -1.5 < -1, 3 <= 3.0, 3.0 >= 3]",
       "[true, true, true, true, true, true]"},
      {"uint_and_double", "[2u >= 1.5, 2u < 1.5, 1.5 < 2u, -0.5 < 0u, 2u <= 2.0]", "[true, false, true, true, true]"},
      {"uint_beyond_every_int", "[18446744073709551615u > 9223372036854775807, 9223372036854775808u > -1]",
       "[true, true]"},
      {"infinity_and_ints", "[1.0 / 0.0 > 9223372036854775807, -1.0 / 0.0 < -9223372036854775808]", "[true, true]"},
      {"nan_has_no_order", "cel.bind(n, 0.0 / 0.0, [n < n, n <= n, n > n, n >= n, n < 1, n > 1, 1u < n, n >= 0.0])",
       "[false, false, false, false, false, false, false, false]"},
      {"zeros", "[-0.0 < 0.0, -0.0 <= 0.0, -0.0 >= 0]", "[false, true, true]"},
      {"texts", "['a' < 'b', 'a' < 'B', '' < 'a', 'a' < 'ab', 'Z' < 'a', 'z' < 'é', 'a' <= 'a', 'a' > 'a']",
       "[true, false, true, true, true, true, true, false]"},
      {"texts_beyond_the_basic_plane", R"(['\uFFFD' < '\U0001F600', '\uD7FF' < '\uE000'])", "[true, true]"},
      {"texts_with_nul", R"(['a\x00' > 'a', 'a\x00' < 'a\x01'])", "[true, true]"},
      {"bytes", R"([b'\x7f' < b'\x80', b'' < b'\x00', b'a' >= b'a', b'b' < b'aa'])", "[true, true, true, false]"},
      {"bools", "[false < true, true <= true, true < false, false >= false]", "[true, true, false, true]"},
      {"durations",
       "[duration('59s') < duration('1m'), duration('-1s') < duration('0s'), duration('1ns') > "
       "duration('0s'), duration('-1.5s') < duration('-1s')]",
       "[true, true, true, true]"},
      {"timestamps",
       "[timestamp('2026-01-01T00:00:00+01:00') < timestamp('2026-01-01T00:00:00Z'), "
       "timestamp('1969-12-31T23:59:59.9Z') < timestamp(0), timestamp(0) <= timestamp(0)]",
       "[true, true, true]"},
      {"lists", "[1] < [2]", "E004 '<' does not take (list, list) | values of this type have no order @<"},
      {"nulls", "null <= null",
       "E004 '<=' does not take (null_type, null_type) | values of this type have no order @<="},
      {"text_and_number", "'1' > 0",
       "E004 '>' does not take (string, int) | write the number without quotes, or convert one side: int(x), string(x) "
       "@>"},
      {"bool_and_number", "true >= 1", "E004 '>=' does not take (bool, int) | both sides must be of one type @>="},
      {"text_and_bytes", "'a' < b'b'", "E004 '<' does not take (string, bytes) | both sides must be of one type @<"},
      {"time_and_duration", "timestamp(0) < duration('1s')",
       "E004 '<' does not take (google.protobuf.Timestamp, google.protobuf.Duration) | both sides must be of one type "
       "@<"},
      {"types", "int < uint", "E004 '<' does not take (type, type) | values of this type have no order @<"},
  });
}

TEST(Operation, Equality) {
  expect_each({
      {"numbers", "[1 == 1u, 1 == 1.0, 1u == 1.0, 1 == 1.5, 0 == -0.0, -1 == 18446744073709551615u]",
       "[true, true, true, false, true, false]"},
      {"different", "[1 != 1.0, 1 != 2u, 1.5 != 1, 'a' != 'a', null != null]", "[false, true, true, false, false]"},
      {"beyond_53_bits", "[9007199254740993 == 9007199254740992, 9007199254740993u == 9007199254740992u]",
       "[false, false]"},
      {"nan", "cel.bind(n, 0.0 / 0.0, [n == n, n != n, n == 0, [n] == [n], {'a': n} == {'a': n}, n in [n]])",
       "[false, true, false, false, false, false]"},
      {"infinities", "[1.0 / 0.0 == 1.0 / 0.0, 1.0 / 0.0 == -1.0 / 0.0]", "[true, false]"},
      {"lists", "[[1, 2] == [1.0, 2u], [1, 2] == [2, 1], [1] == [1, 1], [] == [], [[1]] == [[1.0]], [1] != [2]]",
       "[true, false, false, true, true, true]"},
      {"maps",
       "[{1: 'a'} == {1u: 'a'}, {'a': 1} == {'a': 1.0}, {'a': 1, 'b': 2} == {'b': 2, 'a': 1}, {'a': 1} == "
       "{'a': 1, 'b': 2}, {} == {}, {'a': null} == {'b': null}]",
       "[true, true, true, false, true, false]"},
      {"maps_of_bools", "[{true: 1} == {true: 1u}, {true: 1} == {'true': 1}, {1: 1} == {true: 1}]",
       "[true, false, false]"},
      {"many_keys_of_two_kinds",
       "{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9, 10: 10} == {10u: 10, 9u: 9, "
       "8u: 8, 7u: 7, 6u: 6, 5u: 5, 4u: 4, 3u: 3, 2u: 2, 1u: 1}",
       "true"},
      {"other_kinds", "['1' == 1, true == 1, null == 0, null == false, 'a' == b'a', [] == {}, [1] == 1, int == 'int']",
       "[false, false, false, false, false, false, false, false]"},
      {"bytes", R"([b'a' == b'\x61', b'' == b'', b'a' == b'A'])", "[true, true, false]"},
      {"texts_are_not_normalised", R"(['é' == '\u00e9', 'é' == 'e\u0301', 'a' == 'A'])", "[true, false, false]"},
      {"times",
       "[duration('60s') == duration('1m'), timestamp('2026-01-01T01:00:00+01:00') == "
       "timestamp('2026-01-01T00:00:00Z'), timestamp(0) == duration('0s')]",
       "[true, true, false]"},
      {"types",
       "[type(1) == int, type(1) == type(1u), type([]) == list, type(int) == type, type(timestamp(0)) == "
       "google.protobuf.Timestamp]",
       "[true, false, true, true, true]"},
      {"optionals",
       "[optional.of(1) == optional.of(1u), optional.none() == optional.none(), optional.of(null) == "
       "optional.none(), optional.of(1) == 1]",
       "[true, true, false, false]"},
      {"quantities_inside_lists",
       "[[quantity('1 GB')] == [quantity('1000 MB')], [quantity('1 GB')] == [quantity('2 GB')], {'a': quantity('1 s')} "
       "== "
       "{'a': '1 s'}]",
       "[true, false, false]"},
      {"quantity_and_text", "quantity('1 GB') == '1 GB'", "false"},
      {"quantity_and_null", "quantity('1 GB') != null", "true"},
  });
}

TEST(Operation, Membership) {
  expect_each({
      {"numbers", "[1 in [1.0], 1u in [1], 1.5 in [1], 2 in [], -0.0 in [0]]", "[true, true, false, false, true]"},
      {"other_kinds", "['1' in [1], null in [null], null in [0], true in ['true'], [1] in [[1.0]], {} in [[]]]",
       "[false, true, false, false, true, false]"},
      {"keys", "['a' in {'a': null}, 1u in {1: 2}, 1.0 in {1: 2}, 1.5 in {1: 2}, true in {'true': 1}, 'x' in {}]",
       "[true, true, true, false, false, false]"},
      {"what_cannot_be_a_key", "[null in {'a': 1}, [1] in {1: 2}, duration('1s') in {1: 2}]", "[false, false, false]"},
      {"large_map",
       "lists.range(1000).transformMap(i, v, v).size() == 1000 && 999u in lists.range(1000)"
       ".transformMap(i, v, v) && !(1000 in lists.range(1000).transformMap(i, v, v))",
       "true"},
      {"values_are_not_keys", "1 in {'a': 1}", "false"},
      {"in_a_text", "'b' in 'abc'",
       "E004 'in' does not take (string, string) | for a text inside a text write y.contains(x) @in"},
      {"in_null", "1 in null", "E004 'in' does not take (int, null_type) | it takes (A, list(A)), (A, map(A, B)) @in"},
      {"in_an_optional", "1 in optional.of([1])",
       "E004 'in' does not take (int, optional_type) | it takes (A, list(A)), (A, map(A, B)) @in"},
  });
}

TEST(Operation, Access) {
  expect_each({
      {"keys_by_every_number",
       "[{1: 'a'}[1u], {1u: 'a'}[1], {1: 'a'}[1.0], {9223372036854775808u: 'b'}"
       "[9223372036854775808u]]",
       R"(["a", "a", "a", "b"])"},
      {"bool_keys", "{true: 't', false: 'f'}[1 > 2]", R"("f")"},
      {"bool_is_no_number", "{true: 't'}[1]", "E006 no key '1' in {true: 't'} @1"},
      {"broken_number", "{1: 'a'}[1.5]", "E006 no key '1.5' in {1: 'a'} @1.5"},
      {"list_as_key", "{1: 'a'}[[1]]", "E004 a map has no keys of type list @[1]"},
      {"null_as_key", "{1: 'a'}[null]", "E004 a map has no keys of type null_type @null"},
      {"empty_key", "{'': 7}['']", "7"},
      {"number_as_member", "{'1': 7}.1",
       "E001 unexpected '.1' | expected an operator or the end of the expression @.1"},
      {"first_and_last", "[samples[0], samples[3], samples[3u], samples[3.0]]", "[3, 4, 4, 4]"},
      {"behind_the_last", "samples[4]", "E006 index 4 is outside a list of 4 @4"},
      {"before_the_first", "samples[-1]", "E006 index -1 is outside a list of 4 @-1"},
      {"far_uint", "samples[18446744073709551615u]",
       "E004 a list is indexed by an int, not by '18446744073709551615' @18446744073709551615u"},
      {"infinite_index", "samples[1.0 / 0.0]", "E004 a list is indexed by an int, not by 'Infinity' @1.0 / 0.0"},
      {"empty_list", "empty[0]", "E006 index 0 is outside a list of 0 @0"},
      {"index_of_null", "null[0]", "E004 a value of type null_type cannot be indexed @null"},
      {"index_of_a_duration", "duration('1s')[0]",
       "E004 a value of type google.protobuf.Duration cannot be indexed @duration('1s')"},
      {"member_of_a_list", "samples.first", "E004 no member 'first' in a value of type list @first"},
      {"missing_deep", "facts.cpu.frequency.max", "E006 no key 'frequency' in facts.cpu @frequency"},
      {"missing_with_a_neighbour", "facts.cpu.modle",
       "E006 no key 'modle' in facts.cpu | did you mean 'model'? @modle"},
      {"missing_by_index", "facts['cpus']", "E006 no key 'cpus' in facts | did you mean 'cpu'? @'cpus'"},
      {"key_computed", "params['co' + 'unt']", "3"},
      {"missing_key_computed", "params['co' + 'unts']",
       "E006 no key 'counts' in params | did you mean 'count'? @'co' + 'unts'"},
  });
}

}  // namespace
}  // namespace assay::expr
