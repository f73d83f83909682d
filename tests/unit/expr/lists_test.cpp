// SPDX-License-Identifier: Apache-2.0
// Lists, sets, optionals, and what JSON becomes.
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

TEST(Listed, Lists) {
  expect_each({
      {"flatten_one_level", "[[1, [2, [3]]], [], 4].flatten()", "[1, [2, [3]], 4]"},
      {"flatten_levels", "[0, 1, 2, 9].map(n, [[1, [2, [3]]]].flatten(n))",
       "[[[1, [2, [3]]]], [1, [2, [3]]], [1, 2, [3]], [1, 2, 3]]"},
      {"flatten_nothing", "[[].flatten(), [[], [[]]].flatten()]", "[[], [[]]]"},
      {"flatten_leaves_maps", "[{'a': [1]}].flatten(5)", R"([{"a": [1]}])"},
      {"flatten_below_zero", "[1].flatten(-1)", "E006 flatten() needs a depth of 0 or more, not -1 @[1].flatten(-1)"},
      {"flatten_a_text", "'ab'.flatten()",
       "E004 'flatten' does not take (string) | it takes (list(dyn)), (list(dyn), int) @flatten"},
      {"sort_numbers", "[[3, 1, 2].sort(), [2.5, 1.0, 2.0].sort(), [].sort(), [7].sort()]",
       "[[1, 2, 3], [1.0, 2.0, 2.5], [], [7]]"},
      {"sort_is_stable", "[quantity('1 GB'), quantity('1 MB'), quantity('1000 MB')].sort().map(q, q.unit())",
       R"(["MB", "GB", "MB"])"},
      {"sort_puts_nan_first", "[1.0, 0.0 / 0.0, -1.0 / 0.0, 0.0 / 0.0].sort()", "[NaN, NaN, -Infinity, 1.0]"},
      {"sort_texts_by_code_points", "['b', 'é', 'B', '😀', ''].sort()", "[\"\", \"B\", \"b\", \"é\", \"😀\"]"},
      {"sort_others", R"([[true, false].sort(), [b'b', b'\xff', b'a'].map(x, x).sort().map(x, size(x))])",
       "[[false, true], [1, 1, 1]]"},
      {"sort_times", "[[timestamp(1), timestamp(-1)].sort(), [duration('1m'), duration('1s')].sort()]",
       "[[timestamp 1969-12-31T23:59:59Z, timestamp 1970-01-01T00:00:01Z], [duration 1s, duration 60s]]"},
      {"sort_quantities", "[quantity('1 GiB'), quantity('1 GB'), quantity('1025 MiB')].sort()",
       "[quantity 1 GB, quantity 1 GiB, quantity 1025 MiB]"},
      {"sort_of_two_types_of_number", "[3, 2.0, 1u].sort()",
       "E004 sort() of int and double: they have no order | make them of one type: .map(x, double(x)) @[3, 2.0, "
       "1u].sort()"},
      {"sort_of_one_type_of_number", "[[3u, 1u].sort(), [3.5, 0.5].sort()]", "[[1u, 3u], [0.5, 3.5]]"},
      {"distinct_agrees_with_equality",
       "[9007199254740993, 9007199254740992.0].distinct().size() == 1 && "
       "[9007199254740992.0, 9007199254740993].distinct().size() == 1 && "
       "[9007199254740993, 9007199254740992].distinct().size() == 2 && "
       "[9007199254740993, 9007199254740992.0, 9007199254740992].distinct().size() == 2",
       "true"},
      {"sort_mixed", "['a', 1].sort()", "E004 sort() of string and int: they have no order @['a', 1].sort()"},
      {"sort_nulls", "[null, null].sort()",
       "E004 sort() of null_type and null_type: they have no order @[null, null].sort()"},
      {"sort_lists", "[[2], [1]].sort()", "E004 sort() of list and list: they have no order @[[2], [1]].sort()"},
      {"distinct", "[[1, 2, 1, 3, 2].distinct(), ['b', 'a', 'b'].distinct(), [].distinct()]",
       R"([[1, 2, 3], ["b", "a"], []])"},
      {"distinct_of_lists_and_maps", "[[1], [1.0], {'a': 1}, {'a': 1u}, [2]].distinct()", R"([[1], {"a": 1}, [2]])"},
      {"distinct_of_others", "[null, null, duration('1m'), duration('60s'), b'a', b'a', int, int].distinct()",
       R"([null, duration 60s, b"a", type int])"},
      {"distinct_of_kinds_in_any_order", "[[1, 1.0, 1u].distinct(), [1.0, 1u, 1].distinct(), [1u, 1.0].distinct()]",
       "[[1], [1.0], [1u]]"},
      {"distinct_of_fractions", "[0.5, 1, 0.5, 1.5, -0.5, 1.0].distinct()", "[0.5, 1, 1.5, -0.5]"},
      {"distinct_of_large_numbers",
       "[18446744073709551615u, 1e19, 10000000000000000000u, 1e300, 1e300].distinct().size()", "3"},
      {"distinct_of_many_fractions", "lists.range(20000).map(i, double(i) / 3.0).distinct().size()", "20000"},
      {"distinct_keeps_every_nan", "[0.0 / 0.0, 0.0 / 0.0].distinct().size()", "2"},
      {"distinct_keeps_other_kinds", "[1, '1', true, 'true', b'1'].distinct()", R"([1, "1", true, "true", b"1"])"},
      {"slice", "[[1, 2, 3].slice(0, 3), [1, 2, 3].slice(1, 2), [1, 2, 3].slice(3, 3), [].slice(0, 0)]",
       "[[1, 2, 3], [2], [], []]"},
      {"slice_before", "[1, 2].slice(-1, 1)", "E006 slice(-1, 1) of a list of 2 @[1, 2].slice(-1, 1)"},
      {"slice_behind", "[1, 2].slice(1, 3)", "E006 slice(1, 3) of a list of 2 @[1, 2].slice(1, 3)"},
      {"slice_backwards", "[1, 2].slice(2, 1)", "E006 slice(2, 1) of a list of 2 @[1, 2].slice(2, 1)"},
      {"slice_of_a_text", "'abc'.slice(0, 1)",
       "E004 'slice' does not take (string, int, int) | it takes (list(A), int, int) @slice"},
      {"ends", "[[1, 2].first(), [1, 2].last(), [[]].first(), [].last()]", "[some 1, some 2, some [], none]"},
      {"range", "[lists.range(0), lists.range(1), lists.range(4)]", "[[], [0], [0, 1, 2, 3]]"},
      {"range_below_zero", "lists.range(-1)", "E006 a range of -1 numbers @lists.range(-1)"},
      {"range_of_uint", "lists.range(3u)", "E004 'lists.range' does not take (uint) | it takes (int) @lists.range"},
      {"reverse", "[[1, 'a', [2]].reverse(), [].reverse()]", R"([[[2], "a", 1], []])"},
  });
}

TEST(Listed, Sets) {
  expect_each({
      {"contains", "[sets.contains([1, 2], [1.0]), sets.contains([1], [1, 1]), sets.contains([1], [1, 2])]",
       "[true, true, false]"},
      {"contains_nothing", "[sets.contains([], []), sets.contains([1], []), sets.contains([], [1])]",
       "[true, true, false]"},
      {"equivalent",
       "[sets.equivalent([1, 1, 2], [2, 1]), sets.equivalent([1], [1u, 1.0]), sets.equivalent([1], [1, "
       "2])]",
       "[true, true, false]"},
      {"equivalent_nothing", "[sets.equivalent([], []), sets.equivalent([], [1])]", "[true, false]"},
      {"intersects", "[sets.intersects([1, 2], [2u, 3]), sets.intersects([[1]], [[1.0]]), sets.intersects([1], [2])]",
       "[true, true, false]"},
      {"intersects_nothing", "[sets.intersects([], []), sets.intersects([1], [])]", "[false, false]"},
      {"nan_is_in_no_set", "cel.bind(n, [0.0 / 0.0], [sets.contains(n, n), sets.intersects(n, n)])", "[false, false]"},
      {"mixed_kinds", "sets.equivalent([1, 'a', null], [null, 'a', 1.0])", "true"},
      {"one_list", "sets.contains([1])",
       "E004 'sets.contains' does not take (list) | it takes (list(A), list(A)) @sets.contains"},
      {"a_map", "sets.intersects({}, [])",
       "E004 'sets.intersects' does not take (map, list) | it takes (list(A), list(A)) @sets.intersects"},
  });
}

TEST(Listed, OptionalAccess) {
  expect_each({
      {"members", "[params.?count, params.?nothing, {'a': null}.?a]", "[some 3, none, some null]"},
      {"members_behind", "[facts.?cpu.cores, facts.?gpu.cores, facts.?cpu.?speed]", "[some 8, none, none]"},
      {"indexes_behind", "[facts.?disks[0].name, facts.?disks[7].name, facts.?tapes[0]]", "[some \"sda\", none, none]"},
      {"list_indexes", "[[5, 6][?0], [5, 6][?2], [5, 6][?-1], [5, 6][?1u], [5, 6][?1.0]]",
       "[some 5, none, none, some 6, some 6]"},
      {"map_indexes", "[{'a': 1}[?'a'], {'a': 1}[?'b'], {1: 2}[?1u], {true: 2}[?false]]",
       "[some 1, none, some 2, none]"},
      {"quoted_member", "{'a-b': 1}.?`a-b`", "some 1"},
      {"optional_of_optional", "{'a': optional.of(1)}.?a", "some some 1"},
      {"of_a_value", "[optional.of({'a': 1}).a, optional.of([5])[0], optional.of([5])[3], optional.none()[0]]",
       "[some 1, some 5, none, none]"},
      {"broken_list_index", "[1][?'a']", "E004 a list is indexed by an int, not by 'a' @'a'"},
      {"broken_map_index", "{'a': 1}[?null]", "E004 a map has no keys of type null_type @null"},
      {"member_of_a_number", "params.count.?x", "E004 no member 'x' in a value of type int @x"},
      {"member_of_an_optional_number", "params.?count.x", "E004 no member 'x' in a value of type int @x"},
      {"index_of_an_optional_text", "optional.of('a')[0]",
       "E004 a value of type string cannot be indexed | write charAt() for a character of a text @optional.of('a')"},
      {"failing_operand", "missing.?a", "E002 no value for 'missing' @missing"},
      {"has_behind", "[has(facts.?gpu.cores), has(facts.?cpu.cores)]", "[false, true]"},
      {"call_behind", "params.?size()", "E001 unexpected '(' | expected an operator or the end of the expression @("},
      {"no_name", "params.?",
       "E001 the expression ends too early | expected the name of a member or function after "
       "'.' @"},
  });
}

TEST(Listed, OptionalEntries) {
  expect_each({
      {"elements", "[?optional.of(1), 2, ?params.?nothing, ?params.?count]", "[1, 2, 3]"},
      {"no_element", "[?optional.none()]", "[]"},
      {"optional_in_optional", "[?optional.of(optional.none())]", "[none]"},
      {"entries", "{?'a': params.?count, ?'b': params.?nothing, 'c': 1}", R"({"a": 3, "c": 1})"},
      {"entry_absent_beside_its_key", "{'a': 1, ?'a': optional.none()}", R"({"a": 1})"},
      {"entry_twice", "{'a': 1, ?'a': optional.of(2)}", "E006 the key 'a' appears twice in one map @'a'"},
      {"element_is_a_value", "[1, ?2]", "E004 '?' before an element needs an optional, not int @2"},
      {"entry_is_a_value", "{?'a': 'x'}", "E004 '?' before a key needs an optional value, not string @'x'"},
      {"value_marked", "{'a': ?optional.of(1)}", "E001 unexpected '?' | expected a value, a name or '(' @?"},
      {"argument_marked", "size(?optional.of('a'))", "E001 unexpected '?' | expected a value, a name or '(' @?"},
  });
}

TEST(Listed, OptionalFunctions) {
  expect_each({
      {"made", "[optional.of(null), optional.of([]), optional.none()]", "[some null, some [], none]"},
      {"zeros",
       "[null, false, 0, 0u, 0.0, -0.0, '', b'', [], {}, timestamp(0), duration('0s'), quantity('0 B')].all(x, "
       "!optional.ofNonZeroValue(x).hasValue())",
       "true"},
      {"no_zeros",
       "[true, 1, 1u, 5e-324, ' ', b'0', [0], {'': 0}, timestamp(1), duration('1ns'), quantity('1 B'), int]"
       ".all(x, optional.ofNonZeroValue(x).hasValue())",
       "true"},
      {"zero_optional", "[optional.ofNonZeroValue(optional.none()), optional.ofNonZeroValue(optional.of(0))]",
       "[none, some some 0]"},
      {"value", "[optional.of(1).value(), optional.of(null).value()]", "[1, null]"},
      {"value_of_none", "1 + params.?nothing.value()",
       "E006 the optional has no value | orValue() gives one instead @params.?nothing.value()"},
      {"value_of_a_number", "params.count.value()",
       "E004 'value' does not take (int) | it takes (quantity, string), (optional_type(A)) @value"},
      {"or_value", "[optional.none().orValue(7), params.?count.orValue(7), optional.of(null).orValue(7)]",
       "[7, 3, null]"},
      {"or_",
       "[optional.none().or(optional.of(1)), optional.of(2).or(optional.of(1)), "
       "optional.none().or(optional.none())]",
       "[some 1, some 2, none]"},
      {"chain_of_ors", "params.?a.or(params.?b).or(params.?count).orValue(0)", "3"},
      {"or_of_a_value", "optional.none().or(1)",
       "E004 'or' does not take (optional_type, int) | it takes (optional_type(A), optional_type(A)) @or"},
      {"or_value_of_a_value", "params.count.orValue(1)",
       "E004 'orValue' does not take (int, int) | it takes (optional_type(A), A) @orValue"},
      {"has_value_of_a_value", "dyn(1).hasValue()",
       "E004 'hasValue' does not take (int) | it takes (optional_type(A)) @hasValue"},
      {"unwrap", "[optional.unwrap([optional.of(1), optional.none()]), [optional.none()].unwrapOpt(), [].unwrapOpt()]",
       "[[1], [], []]"},
      {"unwrap_of_values", "[optional.of(1), 2].unwrapOpt()",
       "E004 a list of optionals is needed, but one element is int @[optional.of(1), 2].unwrapOpt()"},
      {"opt_map", "[optional.of(2).optMap(x, x * x), optional.none().optMap(x, x / 0), params.?count.optMap(n, [n])]",
       "[some 4, none, some [3]]"},
      {"opt_map_nested", "optional.of(1).optMap(x, optional.of(2).optMap(y, x + y))", "some some 3"},
      {"opt_flat_map",
       "[optional.of({'a': 1}).optFlatMap(m, m.?a), optional.of({}).optFlatMap(m, m.?a), "
       "optional.none().optFlatMap(m, m.?a)]",
       "[some 1, none, none]"},
      {"opt_map_that_fails", "optional.of(0).optMap(x, 1 / x)", "E006 division by zero @/"},
      {"opt_map_of_a_value", "params.count.optMap(x, x)", "E004 'optMap' needs an optional, not int @params.count"},
      {"opt_flat_map_to_a_value", "optional.of(1).optFlatMap(x, x + 1)",
       "E004 'optFlatMap' needs an expression that yields an optional, not int @x + 1"},
      {"opt_map_of_two_names", "optional.of(1).optMap(x, y, x)", "E001 'optMap' takes 2 arguments, not 3 @optMap"},
      {"opt_map_without_a_name", "optional.of(1).optMap(1)",
       "E001 'optMap' needs a plain name as its first argument | expected optional.optMap(x, value) @optMap"},
  });
}

TEST(Listed, Json) {
  expect_each({
      {"integers", "['0', '-0', '-1', '9223372036854775807', '-9223372036854775808'].map(t, json(t))",
       "[0, 0, -1, 9223372036854775807, -9223372036854775808]"},
      {"beyond_int", "[json('9223372036854775808'), json('18446744073709551615')]",
       "[9223372036854775808u, 18446744073709551615u]"},
      {"doubles", "['1.0', '-0.0', '1e2', '1E-2', '18446744073709551616'].map(t, json(t))",
       "[1.0, -0.0, 100.0, 0.01, 1.8446744073709552e+19]"},
      {"words", "['true', 'false', 'null', ' null '].map(t, json(t))", "[true, false, null, null]"},
      {"texts", R"([json('""'), json('"a\\n\\u00e9\\ud83d\\ude00"')])", "[\"\", \"a\\né😀\"]"},
      {"nested", R"(json('{"b": [1, {"c": null}], "a": {}}'))", R"({"b": [1, {"c": null}], "a": {}})"},
      {"what_looks_like_a_quantity", R"(json('{"value": 80, "unit": "W"}'))", R"({"value": 80, "unit": "W"})"},
      {"its_members", R"(json('[{"value": 80, "unit": "W"}]')[0].value + 1)", "81"},
      {"no_quantity", R"([json('{"value": 4, "unit": "potatoes"}'), json('{"value": "4", "unit": "GB"}')])",
       R"([{"value": 4, "unit": "potatoes"}, {"value": "4", "unit": "GB"}])"},
      {"member", R"(json('{"result": {"bw": 12.5}}').result.bw * 2.0)", "25.0"},
      {"of_bytes", "json(b'1')", "E004 'json' does not take (bytes) | it takes (string) @json"},
  });
}

// Keys are found exactly, in a map of one entry as in one of many, whatever their bits have in common.
TEST(Keys, AreExact) {
  expect_each({
      {"next_to_a_double", "dyn(9007199254740992.0) in {9007199254740993: 1}", "false"},
      {"among_many", "dyn(9007199254740992.0) in lists.range(9).transformMapEntry(i, x, {9007199254740993 + x: i})",
       "false"},
      {"whole_double", "{1: 'a'}[dyn(1.0)]", "\"a\""},
      {"large_double", "{9223372036854775808u: 'a'}[dyn(9223372036854775808.0)]", "\"a\""},
      {"fraction", "dyn(1.5) in {1: 'a'}", "false"},
      {"multiples", "lists.range(40000).map(x, x * 17592186044416).distinct().size()", "40000"},
      {"small_multiples", "lists.range(40000).map(x, x * 1048576).distinct().size()", "40000"},
  });
}

// What is no JSON is told with the code of JSON mistakes at the call.
TEST(Json, MistakesStandAtTheCall) {
  for (const std::string text :
       {"", " ", "{", "[1,]", "nul", "01", "1 2", "{a: 1}", "[1] x", "\\u0001", "+1", ".5", "NaN"}) {
    const std::string call = "json('" + text + "')";
    const auto value = evaluate(*Expression::parse("1 + " + call), test_activation());
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, Code::kJsonSyntax) << text;
    EXPECT_EQ(marked(value.error()), call);
    EXPECT_TRUE(value.error().message.starts_with("not valid JSON: ")) << value.error().message;
  }
}

}  // namespace
}  // namespace assay::expr
