// SPDX-License-Identifier: Apache-2.0
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

class Evaluate : public testing::TestWithParam<Case> {};
TEST_P(Evaluate, Gives) { EXPECT_EQ(evaluated(GetParam().text), GetParam().result); }

INSTANTIATE_TEST_SUITE_P(
    Integers, Evaluate,
    testing::ValuesIn(std::vector<Case>{
        {"sum", "40 + 2", "42"},
        {"sum_overflow", "9223372036854775807 + 1", "E006 the result does not fit an int | double() has a wider range"},
        {"difference_overflow", "-9223372036854775808 - 1",
         "E006 the result does not fit an int | double() has a wider range"},
        {"product_overflow", "5000000000 * 5000000000",
         "E006 the result does not fit an int | double() has a wider range"},
        {"negation_overflow", "-(-9223372036854775808)",
         "E006 the result does not fit an int | double() has a wider range"},
        {"quotient_overflow", "-9223372036854775808 / -1",
         "E006 the result does not fit an int | double() has a wider range"},
        {"quotient_towards_zero", "-7 / 2", "-3"},
        {"remainder_sign", "-7 % 2", "-1"},
        {"division_by_zero", "1 / 0", "E006 division by zero"},
        {"remainder_by_zero", "1u % 0u", "E006 the remainder of a division by zero"},
        {"uint_sum_overflow", "18446744073709551615u + 1u",
         "E006 the result does not fit a uint | double() has a wider range"},
        {"uint_below_zero", "1u - 2u", "E006 the result does not fit a uint | double() has a wider range"},
        {"uint_product", "3u * 4u", "12u"},
        {"kinds_do_not_mix", "1 + 1u",
         "E004 '+' does not take (int, uint) | int, uint and double do not mix: convert one side with double(), int() "
         "or uint()"},
        {"int_and_double", "1 + 1.0",
         "E004 '+' does not take (int, double) | int, uint and double do not mix: convert one side with double(), "
         "int() or uint()"},
        {"text_and_int", "'n' + 1", "E004 '+' does not take (string, int) | convert the other side with string()"},
        {"doubles", "0.1 + 0.2", "0.30000000000000004"},
        {"double_by_zero", "1.0 / 0.0", "Infinity"},
        {"double_remainder", "5.0 % 2.0",
         "E004 '%' does not take (double, double) | it takes (int, int), (uint, uint)"},
    }),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Comparison, Evaluate,
    testing::ValuesIn(std::vector<Case>{
        {"int_uint", "1 == 1u && 1 < 2u && -1 < 0u", "true"},
        {"int_double", "1 == 1.0 && 1 < 1.5 && 2 > 1.5", "true"},
        {"uint_double", "1u == 1.0 && 2u >= 1.5", "true"},
        {"large_int_and_double", "9007199254740993 > 9007199254740992.0", "false"},
        {"large_int_and_next_double", "9007199254740993 < 9007199254740996.0", "true"},
        {"int_limit_and_double", "dyn(9223372036854775807) < 9223372036854775808.0", "false"},
        {"int_limit_and_next_double", "dyn(9223372036854775807) < 9223372036854777857.0", "true"},
        {"uint_beyond_int", "18446744073709551615u > 9223372036854775807", "true"},
        {"nan", "double('NaN') == double('NaN') || double('NaN') < 1.0 || double('NaN') > 1.0", "false"},
        {"nan_differs", "double('NaN') != double('NaN')", "true"},
        {"texts", "'abc' < 'abd' && 'Z' < 'a'", "true"},
        {"bytes_order", "b'a' < b'ab'", "true"},
        {"bools", "false < true", "true"},
        {"different_kinds", "dyn('1') == dyn(1)", "false"},
        {"lists", "[1, 2.0] == [1.0, 2u]", "true"},
        {"list_order_matters", "[1, 2] == [2, 1]", "false"},
        {"maps", "{'a': 1, 'b': 2} == {'b': 2.0, 'a': 1}", "true"},
        {"maps_differ", "{'a': 1} == {'a': 2}", "false"},
        {"no_order_of_lists", "[1] < [2]", "E004 '<' does not take (list, list) | values of this type have no order"},
        {"null_equals", "null == null", "true"},
        {"null_differs", "dyn(null) == dyn(1)", "false"},
        {"types", "type(1) == int && type(1u) == uint && type(type(1)) == type", "true"},
        {"type_value", "type(duration('1s'))", "type google.protobuf.Duration"},
        {"type_of_null", "type(null) == null_type", "true"},
        {"qualified_type", "type(timestamp(0)) == google.protobuf.Timestamp", "true"},
        {"in_list", "2.0 in [1, 2, 3]", "true"},
        {"not_in_list", "'b' in ['a']", "false"},
        {"in_map", "'a' in {'a': 1} && !('b' in {'a': 1}) && 1u in {1: 2}", "true"},
        {"in_text", "'a' in 'abc'",
         "E004 'in' does not take (string, string) | for a text inside a text write y.contains(x)"},
    }),
    case_name);

INSTANTIATE_TEST_SUITE_P(Logic, Evaluate,
                         testing::ValuesIn(std::vector<Case>{
                             {"and_of_many", "true && true && true && false", "false"},
                             {"or_absorbs_a_failure", "1 / 0 > 1 || true", "true"},
                             {"or_absorbs_on_the_right", "true || 1 / 0 > 1", "true"},
                             {"and_absorbs_a_failure", "1 / 0 > 1 && false", "false"},
                             {"or_keeps_a_failure", "1 / 0 > 1 || false", "E006 division by zero"},
                             {"and_keeps_the_first_failure", "1 / 0 > 1 && [][0] == 1", "E006 division by zero"},
                             {"or_of_no_bool", "false || 'x'", "E004 '||' needs bool, not string"},
                             {"or_absorbs_no_bool", "'x' || true", "true"},
                             {"condition_chooses", "1 < 2 ? 'a' : [][0]", "\"a\""},
                             {"condition_of_no_bool", "1 ? 2 : 3", "E004 '?' needs a bool, not int"},
                             {"not_of_no_bool", "!1", "E004 '!' does not take (int) | it takes (bool)"},
                         }),
                         case_name);

INSTANTIATE_TEST_SUITE_P(
    Names, Evaluate,
    testing::ValuesIn(std::vector<Case>{
        {"member", "params.count + 1", "4"},
        {"index_as_member", "params['count']", "3"},
        {"nested", "facts.disks[1].name", "\"sdb\""},
        {"missing_variable", "nothing + 1", "E002 no value for 'nothing'"},
        {"missing_member", "params.durration", "E006 no key 'durration' in params | did you mean 'duration'?"},
        {"missing_key", "{1: 'a'}[2]", "E006 no key '2' in {1: 'a'}"},
        {"dotted_variable", "a.b.c", "\"dotted\""},
        {"member_of_a_number", "params.count.x", "E004 no member 'x' in a value of type int"},
        {"index_outside", "[1, 2][2]", "E006 index 2 is outside a list of 2"},
        {"index_negative", "[1, 2][-1]", "E006 index -1 is outside a list of 2"},
        {"index_whole_double", "[1, 2][1.0]", "2"},
        {"index_uint", "[1, 2][1u]", "2"},
        {"index_broken_double", "[1, 2][0.5]", "E004 a list is indexed by an int, not by '0.5'"},
        {"index_of_text", "'abc'[1]",
         "E004 a value of type string cannot be indexed | write charAt() for a character of a text"},
        {"double_as_key", "{1: 'a'}[1.0]", "\"a\""},
        {"function_of_the_caller", "success()", "true"},
        {"unknown_function", "sucess(1)", "E003 unknown function 'sucess'"},
        {"unknown_method", "'a'.startWith('a')", "E003 unknown function 'startWith' | did you mean 'startsWith'?"},
        {"root_name", ".params.count", "3"},
        {"root_name_past_a_local", "[1].map(params, .params.count)", "[3]"},
        {"has", "has(params.count) && !has(params.other)", "true"},
        {"has_in_no_map", "has(params.count.x)", "E004 has() looks into maps, not into a value of type int"},
        {"duplicate_key", "{'a': 1, 'a': 2}", "E006 the key 'a' appears twice in one map"},
        {"equal_keys", "{1: 1, 1u: 2}", "E006 the key '1' appears twice in one map"},
        {"double_key", "{1.0: 1}", "E004 a map has no keys of type double | keys are int, uint, bool or string"},
    }),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Macros, Evaluate,
    testing::ValuesIn(std::vector<Case>{
        {"all", "[1, 2].all(x, x > 0)", "true"},
        {"all_of_none", "[].all(x, x > 0)", "true"},
        {"all_absorbs", "[0, 1].all(x, 1 / x > 1)", "false"},
        {"all_keeps", "[0, 1].all(x, 1 / x > 0)", "E006 division by zero"},
        {"exists", "[1, 2].exists(x, x == 2)", "true"},
        {"exists_absorbs", "[0, 1].exists(x, 1 / x == 1)", "true"},
        {"exists_of_keys", "{'a': 1}.exists(k, k == 'a')", "true"},
        {"exists_one", "[1, 2, 2].exists_one(x, x == 1) && ![1, 2, 2].existsOne(x, x == 2)", "true"},
        {"exists_one_keeps", "[0, 1].exists_one(x, 1 / x == 1)", "E006 division by zero"},
        {"map", "[1, 2].map(x, x * 2)", "[2, 4]"},
        {"map_with_condition", "[1, 2, 3].map(x, x > 1, x * 2)", "[4, 6]"},
        {"map_of_keys", "{'a': 1, 'b': 2}.map(k, k + '!')", R"(["a!", "b!"])"},
        {"filter", "[1, 2, 3].filter(x, x % 2 == 1)", "[1, 3]"},
        {"filter_of_keys", "{'a': 1, 'b': 2}.filter(k, k > 'a')", R"(["b"])"},
        {"two_variables", "[5, 6].all(i, v, v == i + 5) && {'a': 1}.exists(k, v, v == 1)", "true"},
        {"exists_one_of_two", "{'a': 1, 'b': 2}.existsOne(k, v, v == 2)", "true"},
        {"transform_list", "[5, 6].transformList(i, v, i * v)", "[0, 6]"},
        {"transform_list_condition", "[5, 6].transformList(i, v, i > 0, v)", "[6]"},
        {"transform_map", "{'a': 1}.transformMap(k, v, k + string(v))", R"({"a": "a1"})"},
        {"transform_map_of_list", "['x'].transformMap(i, v, v)", R"({0: "x"})"},
        {"transform_entry", "{'a': 'b'}.transformMapEntry(k, v, {v: k})", R"({"b": "a"})"},
        {"transform_entry_twice", "[1, 1].transformMapEntry(i, v, {v: i})", "E006 the key '1' appears twice"},
        {"nested", "[1, 2].map(x, [10, 20].map(y, x * y))", "[[10, 20], [20, 40]]"},
        {"shadowed", "[1].map(x, [2].map(x, x)[0] + x)", "[3]"},
        {"outer_after_inner", "[1, 2].map(x, [3].all(y, y > x) ? x : 0)", "[1, 2]"},
        {"bind", "cel.bind(x, 2 + 3, x * x)", "25"},
        {"bind_in_map", "[1, 2].map(x, cel.bind(y, x + 1, y * y))", "[4, 9]"},
        {"sort_by", "['bb', 'a'].sortBy(x, x.size())", R"(["a", "bb"])"},
        {"sort_by_mixed", "[1, 'a'].sortBy(x, x)", "E004 the keys int and string have no order"},
        {"over_a_number", "dyn(1).map(x, x)", "E004 'map' goes through a list or a map, not a value of type int"},
        {"condition_of_no_bool", "[1].filter(x, x)", "E004 a condition must be a bool, not int"},
    }),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Optionals, Evaluate,
    testing::ValuesIn(std::vector<Case>{
        {"member", "params.?count", "some 3"},
        {"no_member", "params.?other", "none"},
        {"chain", "params.?other.deeper.still", "none"},
        {"chain_present", "facts.?cpu.cores", "some 8"},
        {"index", "[1, 2][?1]", "some 2"},
        {"no_index", "[1, 2][?5]", "none"},
        {"map_index", "{'a': 1}[?'b'].orValue(7)", "7"},
        {"or_value", "params.?count.orValue(0)", "3"},
        {"or", "optional.none().or(optional.of(1))", "some 1"},
        {"has_value", "optional.of(1).hasValue() && !optional.none().hasValue()", "true"},
        {"value", "optional.of(1).value()", "1"},
        {"no_value", "optional.none().value()", "E006 the optional has no value | orValue() gives one instead"},
        {"non_zero", "[optional.ofNonZeroValue(''), optional.ofNonZeroValue(1)]", "[none, some 1]"},
        {"opt_map", "params.?count.optMap(x, x + 1)", "some 4"},
        {"opt_map_none", "params.?other.optMap(x, x + 1)", "none"},
        {"opt_flat_map", "facts.?cpu.optFlatMap(c, c.?cores)", "some 8"},
        {"opt_flat_map_of_value", "optional.of(1).optFlatMap(x, x)",
         "E004 'optFlatMap' needs an expression that yields an optional, not int"},
        {"elements", "[1, ?optional.of(2), ?optional.none()]", "[1, 2]"},
        {"entries", "{?'a': optional.of(1), ?'b': optional.none()}", R"({"a": 1})"},
        {"element_of_value", "[?1]", "E004 '?' before an element needs an optional, not int"},
        {"unwrap", "[optional.of(1), optional.none()].unwrapOpt()", "[1]"},
        {"has_in_optional", "has(params.?other.x)", "false"},
        {"equality", "optional.of(1) == optional.of(1.0) && optional.none() != optional.of(1)", "true"},
    }),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Quantities, Evaluate,
    testing::ValuesIn(std::vector<Case>{
        {"comparison", "facts.memory.total >= quantity('1 GiB')", "true"},
        {"across_prefixes", "quantity('1 GiB') > quantity('1 GB')", "true"},
        {"equality", "quantity('1 GB') == quantity('1000 MB')", "true"},
        {"percent", "quantity('50 %') == quantity('0.5')", "true"},
        {"other_dimension", "quantity('1 GB') < quantity('1 s')",
         "E005 cannot compare 'GB' and 's': they measure different things | give both sides in units of one kind"},
        {"equality_of_other_dimension", "quantity('1 GB') == quantity('1 s')",
         "E005 cannot compare 'GB' and 's': they measure different things | give both sides in units of one kind"},
        {"bare_number", "facts.memory.total > 5",
         "E005 '>' does not take (quantity, int) | a quantity meets only quantities here: write the number with its "
         "unit, as quantity(\"4 GiB\")"},
        {"equality_with_a_number", "facts.memory.total == 5",
         "E005 a quantity cannot be compared with a bare number | write the number with its unit, as quantity(\"4 "
         "GiB\")"},
        {"text", "facts.memory.total > '5 GB'",
         "E005 '>' does not take (quantity, string) | write the text as quantity(\"…\")"},
        {"sum", "quantity('1 GB') + quantity('500 MB')", "quantity 1.5 GB"},
        {"sum_of_dimensions", "quantity('1 GB') + quantity('1 s')",
         "E005 cannot add 'GB' and 's': they measure different things | give both sides in units of one kind"},
        {"sum_with_number", "quantity('1 GB') + 1",
         "E005 '+' does not take (quantity, int) | a quantity meets only quantities here: write the number with its "
         "unit, as quantity(\"4 GiB\")"},
        {"difference", "quantity('2 GiB') - quantity('1024 MiB')", "quantity 1 GiB"},
        {"product", "2 * quantity('3 GB') * 1.5", "quantity 9 GB"},
        {"quotient_by_number", "quantity('3 GB') / 2", "quantity 1.5 GB"},
        {"quotient", "quantity('3 GB') / quantity('500 MB')", "6.0"},
        {"rate", "quantity('10 GB') / quantity('2 s')", "quantity 5 GB/s"},
        {"rate_compares", "quantity('10 GB') / quantity('2 s') == quantity('5 GB/s')", "true"},
        {"area", "quantity('2 m') * quantity('3 m')", "quantity 6 m.m"},
        {"division_by_zero", "quantity('1 GB') / quantity('0 s')", "E006 division by zero"},
        {"temperature_difference", "quantity('85 Cel') - quantity('25 Cel')", "quantity 60 K"},
        {"temperature_and_amount", "quantity('85 Cel') + quantity('5 K')", "quantity 90 Cel"},
        {"temperatures_added", "quantity('85 Cel') + quantity('5 Cel')",
         "E005 temperatures in Cel cannot be multiplied, divided, negated or added to each other | use K"},
        {"temperature_doubled", "quantity('85 Cel') * 2",
         "E005 temperatures in Cel cannot be multiplied, divided, negated or added to each other | use K"},
        {"temperature_compared", "quantity('85 Cel') < quantity('358.2 K')", "true"},
        {"value", "facts.memory.total.value('MiB')", "16384.0"},
        {"value_in_other_dimension", "facts.memory.total.value('s')",
         "E005 cannot convert between 'GiB' and 's': they measure different things | give both sides in units of one "
         "kind"},
        {"conversion", "quantity('90 min').to('h')", "quantity 1.5 h"},
        {"from_parts", "quantity(1.5, 'GB/s')", "quantity 1.5 GB/s"},
        {"text_of", "'at ' + string(quantity('26GB/s'))", "\"at 26 GB/s\""},
        {"human", "quantity('25123456789 B/s').human()", "\"25.1 GB/s\""},
        {"unit", "quantity('26 GB/s').unit()", "\"GB/s\""},
        {"negated", "-quantity('3 V')", "quantity -3 V"},
        {"bad_unit", "quantity('4 KB')",
         "E007 'KB' is not a unit: 'KB' is unknown | write kB (1000 bytes) or KiB (1024 bytes)"},
        {"no_quantity", "quantity('much')",
         "E007 'much' is not a quantity | write a number and a unit, for example 4 GiB, 26 GB/s or 85 Cel"},
        {"to_double", "double(quantity('50 %'))", "0.5"},
        {"to_double_with_unit", "double(quantity('50 GB'))",
         "E005 a quantity in 'GB' is not a number | name the unit to count in: q.value(\"GB\")"},
        {"to_duration", "duration(quantity('1.5 min'))", "duration 90s"},
        {"from_duration", "quantity(duration('90s')) < quantity('2 min')", "true"},
        {"list_of", "max(facts.disks.map(d, d.size))", "quantity 2 TB"},
    }),
    case_name);

TEST(Limits, BoundTheWork) {
  const auto bounded = [](const std::string& text) {
    const auto value = evaluate(*Expression::parse(text, std::nullopt, Limits{.work = 20'000}), test_activation());
    return value ? shown(*value) : shown(value.error());
  };
  const std::string exceeded =
      "E008 the expression needs more than 20000 steps | compute the value in a step, or look at fewer elements";
  EXPECT_EQ(bounded("lists.range(1000).all(a, a < 1000)"), "true");
  EXPECT_EQ(bounded("lists.range(100).all(a, lists.range(100).all(b, lists.range(100).all(c, true)))"), exceeded);
  // Not absorbed: an expression that used up its work must not go on in the other operand.
  EXPECT_EQ(bounded("lists.range(1000).exists(a, lists.range(1000).all(b, true) && false) || true"), exceeded);
  std::string doubling = "cel.bind(a, 'x', ";
  for (int i = 0; i < 60; ++i) doubling += "cel.bind(a, a + a, ";
  EXPECT_EQ(bounded(doubling + "a" + std::string(61, ')')), exceeded);
  EXPECT_EQ(bounded("lists.range(9223372036854775807)"), exceeded);
  // A pattern is compiled, and charged, once.
  EXPECT_EQ(bounded("lists.range(1000).all(a, 'x'.matches('^x$'))"), "true");
  EXPECT_EQ(bounded("lists.range(1000).all(a, 'x'.matches(string(a) + '|x'))"), exceeded);
  EXPECT_EQ(
      bounded("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.replace('', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx').split('').map(a, "
              "'y'.replace('', 'zzzz')).join('')"
              ".replace('z', 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz').replace('z', 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz')"),
      exceeded);
}

TEST(Limits, DeepTreesFitTheStack) {
  std::string chain = "1";
  for (int i = 0; i < 790; ++i) chain += "+1";
  EXPECT_EQ(evaluated(chain), "791");
  std::string nested = "x";
  for (int i = 0; i < 95; ++i) nested = "[1].map(x, " + nested + ")[0]";
  EXPECT_EQ(evaluated(nested), "1");
}

struct PlaceCase {
  const char* name;
  const char* text;
  const char* place;
};
class Places : public testing::TestWithParam<PlaceCase> {};
TEST_P(Places, AreThoseOfTheFailingPart) {
  const auto expression = Expression::parse(GetParam().text);
  ASSERT_TRUE(expression);
  const auto value = evaluate(*expression, test_activation());
  ASSERT_FALSE(value);
  EXPECT_EQ(marked(value.error()), GetParam().place);
}
INSTANTIATE_TEST_SUITE_P(
    Evaluate, Places,
    testing::Values(PlaceCase{"member", "1 + params.durration", "durration"},
                    PlaceCase{"variable", "1 + nothing", "nothing"}, PlaceCase{"operator_", "1 + params.flag", "+"},
                    PlaceCase{"index", "[1][params.count]", "params.count"},
                    PlaceCase{"call", "1 + int('x')", "int('x')"}, PlaceCase{"function", "1 + foo(2)", "foo"},
                    PlaceCase{"division", "4 / (2 - 2)", "/"}, PlaceCase{"key", "{'a': 1, 'a': 2}", "'a'"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(Activation, IsAskedOncePerName) {
  int asked = 0;
  const Activation activation{.variable = [&](std::string_view) -> std::optional<Value> {
                                ++asked;
                                return Value::integer(2);
                              },
                              .function = {}};
  const auto value = evaluate(*Expression::parse("[1, 2, 3].map(i, i * x + x)"), activation);
  ASSERT_TRUE(value);
  EXPECT_EQ(shown(*value), "[4, 6, 8]");
  EXPECT_EQ(asked, 1);
}

TEST(Activation, MayBeEmpty) {
  const auto value = evaluate(*Expression::parse("x"), Activation{});
  ASSERT_FALSE(value);
  EXPECT_EQ(shown(value.error()), "E002 no value for 'x'");
}

}  // namespace
}  // namespace assay::expr
