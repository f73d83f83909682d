// SPDX-License-Identifier: Apache-2.0
// Macros with one and two variables: what their names stand for, where these end, and wrong use.
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

TEST(MacroCall, OneVariable) {
  expect_each({
      {"all", "[[1, 2].all(x, x > 0), [1, -2].all(x, x > 0), {'a': 1}.all(k, k == 'a')]", "[true, false, true]"},
      {"exists", "[[1, 2].exists(x, x == 2), [1].exists(x, x == 2), {'a': 1}.exists(k, k == 1)]",
       "[true, false, false]"},
      {"exists_one", "[[1, 2, 1].exists_one(x, x == 2), [1, 2, 1].exists_one(x, x == 1), [1].exists_one(x, x == 2)]",
       "[true, false, false]"},
      {"both_spellings", "[[1, 2].existsOne(x, x == 2), {'a': 1, 'b': 2}.existsOne(k, k < 'z')]", "[true, false]"},
      {"map", "[[1, 2].map(x, [x]), [].map(x, x), {'b': 1, 'a': 2}.map(k, k)]", R"([[[1], [2]], [], ["b", "a"]])"},
      {"map_with_condition", "[[1, 2, 3].map(x, x > 1, x * x), {'a': 1, 'b': 2}.map(k, k != 'a', k + k)]",
       R"([[4, 9], ["bb"]])"},
      {"filter", "[[1, 2, 3].filter(x, x != 2), {'a': 1, 'b': 2}.filter(k, k == 'b'), [null].filter(x, x == null)]",
       R"([[1, 3], ["b"], [null]])"},
      {"of_mixed_elements", "[1, 'a', [2], null].filter(x, type(x) == int)", "[1]"},
      {"sort_by", "[['ccc', 'a', 'bb'].sortBy(s, s.size()), [3, 1, 2].sortBy(x, -x), [].sortBy(x, x)]",
       R"([["a", "bb", "ccc"], [3, 2, 1], []])"},
      {"sort_by_is_stable", "['b1', 'a1', 'b0', 'a0'].sortBy(s, s.charAt(0))", R"(["a1", "a0", "b1", "b0"])"},
      {"sort_by_member", "facts.disks.sortBy(d, d.size.value('B') * -1.0).map(d, d.name)", R"(["sdb", "sda"])"},
      {"sort_by_member_of_large_and_small", "[{'n': 2e9}, {'n': 1.5}, {'n': 1.0}].sortBy(m, m.n).map(m, m.n)",
       "[1.0, 1.5, 2000000000.0]"},
  });
}

TEST(MacroCall, TwoVariables) {
  expect_each({
      {"all", "[[5, 6].all(i, v, v - i == 5), {'a': 'a'}.all(k, v, k == v), [].all(i, v, false)]",
       "[true, true, true]"},
      {"exists", "[[5, 6].exists(i, v, i == 1 && v == 6), {'a': 1}.exists(k, v, v == 2)]", "[true, false]"},
      {"exists_one",
       "[[5, 5].exists_one(i, v, i == 0), [5, 5].existsOne(i, v, v == 5), {1: 1}.existsOne(k, v, k == "
       "v)]",
       "[true, false, true]"},
      {"transform_list", "[[5, 6].transformList(i, v, i * 10 + v), {'a': 1}.transformList(k, v, k + string(v))]",
       R"([[5, 16], ["a1"]])"},
      {"transform_list_with_condition", "[5, 6, 7].transformList(i, v, i % 2 == 0, v)", "[5, 7]"},
      {"transform_map", "[{'a': 1, 'b': 2}.transformMap(k, v, v * 2), ['x', 'y'].transformMap(i, v, v + string(i))]",
       R"([{"a": 2, "b": 4}, {0: "x0", 1: "y1"}])"},
      {"transform_map_with_condition", "{'a': 1, 'b': 2}.transformMap(k, v, k == 'b', [v])", R"({"b": [2]})"},
      {"transform_entry", "[{'a': 1, 'b': 2}.transformMapEntry(k, v, {v: k}), ['x'].transformMapEntry(i, v, {v: i})]",
       R"([{1: "a", 2: "b"}, {"x": 0}])"},
      {"transform_entry_of_many_and_none", "[1, 2].transformMapEntry(i, v, i == 0 ? {'a': 1, 'b': 2} : {})",
       R"({"a": 1, "b": 2})"},
      {"transform_entry_with_condition", "[5, 6].transformMapEntry(i, v, v > 5, {string(v): i})", R"({"6": 1})"},
      {"transform_entry_twice", "['x', 'x'].transformMapEntry(i, v, {v: i})", "E006 the key 'x' appears twice @{v: i}"},
      {"transform_entry_equal_numbers", "[1, 1u].transformMapEntry(i, v, {v: i})",
       "E006 the key '1' appears twice @{v: i}"},
      {"transform_entry_to_a_value", "[1].transformMapEntry(i, v, v)",
       "E004 'transformMapEntry' needs a map, not int @v"},
      {"transform_with_a_condition_that_is_none", "[1].transformList(i, v, v, v)",
       "E004 a condition must be a bool, not int @v"},
      {"transform_that_fails", "{'a': 0}.transformMap(k, v, 1 / v)", "E006 division by zero @/"},
  });
}

TEST(MacroCall, Scope) {
  expect_each({
      {"inner_hides_outer", "[1, 2].map(x, [x, x * 10].map(x, x + 1))", "[[2, 11], [3, 21]]"},
      {"range_belongs_to_the_outside", "[[1, 2], [3]].map(x, x.map(x, x * x))", "[[1, 4], [9]]"},
      {"outer_comes_back", "[1, 2].map(x, [9].map(x, x)[0] + x)", "[10, 11]"},
      {"outer_comes_back_after_each_element", "[1, 2].all(x, [5, 6].exists(y, y == x + 4) && x < 3)", "true"},
      {"two_deep", "[1, 2].map(a, [3, 4].map(b, [5].map(c, a * 100 + b * 10 + c)))",
       "[[[135], [145]], [[235], [245]]]"},
      {"hides_a_variable", "[7].map(params, params) + [params.count]", "[7, 3]"},
      {"variable_behind_the_local", "[7].map(params, params + .params.count)", "[10]"},
      {"hides_a_type", "[1].map(int, int + 1)", "[2]"},
      {"hides_one_of_two", "[[10, 20]].map(x, x.transformList(i, x, i + x))", "[[10, 21]]"},
      {"ends_with_the_macro", "[1].map(zzz, zzz)[0] + zzz", "E002 no value for 'zzz' @zzz"},
      {"not_known_in_its_own_range", "zzz.map(zzz, zzz)", "E002 no value for 'zzz' @zzz"},
      {"local_has_members", "facts.disks.map(d, d.name)", R"(["sda", "sdb"])"},
      {"local_misses_members", "facts.disks.map(d, d.nme)", "E006 no key 'nme' in d | did you mean 'name'? @nme"},
      {"local_with_the_name_of_a_function", "[3].map(size, size + 'ab'.size())", "[5]"},
      {"local_in_a_literal", "[1, 2].map(x, {'k': [x, {x: x}]})", R"([{"k": [1, {1: 1}]}, {"k": [2, {2: 2}]}])"},
      {"bind", "cel.bind(x, 2 + 3, x * x)", "25"},
      {"bind_once", "cel.bind(l, lists.range(3), l.map(a, l.map(b, a * b)))", "[[0, 0, 0], [0, 1, 2], [0, 2, 4]]"},
      {"bind_in_bind", "cel.bind(x, 1, cel.bind(y, x + 1, cel.bind(x, y + 1, [x, y]))) + cel.bind(x, 9, [x])",
       "[3, 2, 9]"},
      {"bind_of_itself", "[4].map(x, cel.bind(x, x + 1, x))", "[5]"},
      {"bind_does_not_know_its_own_name", "cel.bind(zzz, zzz, zzz)", "E002 no value for 'zzz' @zzz"},
      {"bind_of_an_optional", "cel.bind(o, params.?count, o.orValue(0) + (o.hasValue() ? 1 : 0))", "4"},
      {"bind_that_fails", "cel.bind(x, 1 / 0, x)", "E006 division by zero @/"},
      {"body_that_fails", "cel.bind(x, 0, 1 / x)", "E006 division by zero @/"},
  });
}

TEST(MacroCall, Has) {
  expect_each({
      {"there", "[has(params.count), has(params.nothing), has({'a': null}.a), has({}.a)]",
       "[true, false, true, false]"},
      {"deeper", "[has(facts.cpu.cores), has(facts.cpu.speed)]", "[true, false]"},
      {"missing_on_the_way", "has(facts.gpu.cores)", "E006 no key 'gpu' in facts | did you mean 'cpu'? @gpu"},
      {"guards_the_way", "has(facts.gpu) && has(facts.gpu.cores)", "false"},
      {"through_an_index", "has(facts.disks[0].size)", "true"},
      {"quoted", "has({'a-b': 1}.`a-b`)", "true"},
      {"of_a_text", "has('a'.b)", "E004 has() looks into maps, not into a value of type string @b"},
      {"of_a_list", "has(samples.x)", "E004 has() looks into maps, not into a value of type list @x"},
      {"of_nothing", "has()", "E001 'has' takes one member: has(a.b) | for an index write 'key in map' @has"},
      {"of_two", "has(params.count, params.flag)",
       "E001 'has' takes one member: has(a.b) | for an index write 'key in map' @has"},
      {"of_an_index", "has(params['count'])",
       "E001 'has' takes one member: has(a.b) | for an index write 'key in map' @has"},
      {"of_a_call", "has(params.size())",
       "E001 'has' takes one member: has(a.b) | for an index write 'key in map' @has"},
      {"as_method", "params.has(count)", "E003 unknown function 'has' @has"},
  });
}

TEST(MacroCall, WrongUse) {
  expect_each({
      {"range_is_a_text", "'abc'.all(c, true)",
       "E004 'all' goes through a list or a map, not a value of type string @'abc'"},
      {"range_is_null", "null.exists(x, true)",
       "E004 'exists' goes through a list or a map, not a value of type null_type @null"},
      {"range_is_an_optional", "params.?list.map(x, x)",
       "E004 'map' goes through a list or a map, not a value of type optional_type @params.?list"},
      {"range_is_a_number", "3.filter(x, true)",
       "E004 'filter' goes through a list or a map, not a value of type int @3"},
      {"sort_by_of_a_map", "{'a': 1}.sortBy(k, k)", "E004 'sortBy' sorts a list, not a value of type map @{'a': 1}"},
      {"sort_by_without_order", "[1, 'a'].sortBy(x, x)", "E004 the keys int and string have no order @x"},
      {"sort_by_two_types_of_number", "[1, 2].sortBy(x, x == 1 ? dyn(1.5) : dyn(x))",
       "E004 the keys double and int have no order | make them of one type with double() @x == 1 ? dyn(1.5) : dyn(x)"},
      {"sort_by_lists", "[[1], [2]].sortBy(x, x)", "E004 the keys list and list have no order @x"},
      {"name_and_nothing_else", "[1].all(x)",
       "E001 'all' needs an expression after the name 'x' | expected list.all(x, condition) @all"},
      {"map_without_a_value", "[1, 2].map(x)",
       "E001 'map' needs an expression after the name 'x' | expected list.map(x, value), list.map(x, condition, value) "
       "@map"},
      {"nothing_at_all", "[1].filter()",
       "E001 'filter' needs a plain name as its first argument | expected list.filter(x, condition) @filter"},
      {"path_for_a_name", "[1].exists(x.y, true)",
       "E001 'exists' needs a plain name as its first argument | expected list.exists(x, condition) @exists"},
      {"text_for_a_name", "[1].map('x', 1)",
       "E001 'map' needs a plain name as its first argument | expected list.map(x, value), list.map(x, condition, "
       "value) @map"},
      {"quoted_name", "[1].map(`x`, 1)",
       "E001 'map' needs a plain name as its first argument | expected list.map(x, value), list.map(x, condition, "
       "value) @map"},
      {"name_in_parentheses", "[1].exists_one((x), true)",
       "E001 'exists_one' needs a plain name as its first argument | expected list.exists_one(x, condition) "
       "@exists_one"},
      {"one_name_for_two", "[1].transformList(i, i + 1)",
       "E001 'transformList' needs a plain name as its first argument | expected list.transformList(i, x, value), "
       "with "
       "a condition before the value @transformList"},
      {"equal_names", "{'a': 1}.transformMap(k, k, 1)",
       "E001 both variables of 'transformMap' are called 'k' @transformMap"},
      {"too_many_for_two", "[1].all(i, x, true, 1)", "E001 'all' takes 3 arguments, not 4 @all"},
      {"too_many_for_map", "[1].map(x, true, 1, 2)", "E001 'map' takes 2 or 3 arguments, not 4 @map"},
      {"too_many_for_sort_by", "[1].sortBy(x, 1, 2)", "E001 'sortBy' takes 2 arguments, not 3 @sortBy"},
      {"two_names_for_map", "[1].map(i, zzz, i)", "E002 no value for 'zzz' @zzz"},
      {"bind_without_a_name", "cel.bind(1, 2, 3)",
       "E001 unexpected '1' | expected a plain name and ',' as 'cel.bind' needs them @1"},
      {"bind_without_a_body", "cel.bind(x, 1)", "E001 'cel.bind' takes 3 arguments, not 2 @bind"},
      {"bind_of_two_bodies", "cel.bind(x, 1, x, x)", "E001 'cel.bind' takes 3 arguments, not 4 @bind"},
      {"variable_that_is_a_keyword", "[1].map(in, 1)", "E001 'in' is a reserved word and cannot be a name @in"},
      {"variable_that_is_a_value", "[true].exists(true, true)",
       "E001 'true' is a reserved word and cannot be a name @true"},
      {"variable_that_is_reserved", "[1].transformList(i, for, 1)",
       "E001 'for' is a reserved word and cannot be a name @for"},
      {"bound_name_that_is_reserved", "cel.bind(package, 1, 2)",
       "E001 'package' is a reserved word and cannot be a name @package"},
      {"bind_of_another", "params.bind(x, 1, x)", "E003 unknown function 'bind' @bind"},
      {"macro_as_function", "all([1], x, true)", "E003 unknown function 'all' @all"},
      {"macro_without_call", "[1].map", "E004 no member 'map' in a value of type list @map"},
      {"open_macro", "[1].map(x, x", "E001 the expression ends too early | expected ',' or ')' @"},
  });
}

// The value of a name fails where the name is used, as if it stood there.
TEST(Bind, FailsWhereTheNameIsUsed) {
  expect_each({
      {"dropped_by_or", "cel.bind(x, 1 / 0 > 0, x || true)", "true"},
      {"dropped_by_and", "cel.bind(x, 1 / 0 > 0, false && x)", "false"},
      {"dropped_by_exists", "cel.bind(x, 1 / 0, [1, 2].exists(y, y == x || y == 2))", "true"},
      {"not_used", "cel.bind(x, 1 / 0, 5)", "5"},
      {"not_chosen", "cel.bind(x, [][0], false ? x : 1)", "1"},
      {"used", "cel.bind(x, 1 / 0 > 0, x)", "E006 division by zero @/"},
      {"used_twice", "cel.bind(x, 1 / 0 > 0, x || x)", "E006 division by zero @/"},
      {"used_after_it_was_dropped", "cel.bind(x, 1 / 0, (x == 1 || true) && x == 1)", "E006 division by zero @/"},
      {"used_by_another_name", "cel.bind(x, 1 / 0, cel.bind(y, x + 1, y == 2 || true))", "true"},
      {"key_that_is_missing", "cel.bind(x, {'size': 1}.siz, x)",
       "E006 no key 'siz' in {'size': 1} | did you mean 'size'? @siz"},
      {"name_that_is_used_again", "[cel.bind(x, 1 / 0, true), cel.bind(x, 2, x == 2), [3].all(x, x == 3)]",
       "[true, true, true]"},
      {"in_a_loop", "[0, 1, 2].map(d, cel.bind(x, 6 / d, d == 0 ? -1 : x))", "[-1, 6, 3]"},
      {"in_the_loop_of_a_name", "[0, 1].map(d, cel.bind(x, 6 / d, [1].map(y, d == 0 ? 0 : x)))", "[[0], [6]]"},
  });
  EXPECT_TRUE(told("cel.bind(x, lists.range(5000), x == [] || true)", Limits{.work = 2000})
                  .starts_with("E008 the expression needs more than 2000 steps"));
}

TEST(Has, TakesPlainMembersOnly) {
  expect_each({
      {"optional_member", "has({'a': 1}.?a)",
       "E001 'has' takes one member: has(a.b) | leave out the '?', or write a.?b.hasValue() @has"},
      {"member_of_an_optional", "has({'a': {'b': 1}}.?a.b)", "true"},
  });
}

}  // namespace
}  // namespace assay::expr
