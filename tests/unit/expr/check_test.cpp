// SPDX-License-Identifier: Apache-2.0
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

Declarations test_declarations() {
  const auto type = [](const char* text) { return *Type::parse(text); };
  Declarations out;
  out.variable(
      "params",
      Type::object(
          {{"duration", type("duration")}, {"count", type("int")}, {"flag", type("bool")}, {"name", type("string")}}));
  out.variable(
      "facts",
      Type::object(
          {{"memory", Type::object({{"total", type("quantity(B)")}})},
           {"cpu",
            Type::object({{"cores", type("int")}, {"model", type("string")}, {"temperature", type("quantity(Cel)")}})},
           {"disks", Type::list(Type::object({{"name", type("string")}, {"size", type("quantity(B)")}}))}}));
  out.variable("env", type("map(string, string)"));
  out.variable("outputs", type("map(string, dyn)"));
  out.variable("stdout", type("string"));
  out.variable("x", type("dyn"));
  out.variable("site.name", type("string"));
  out.function("success", type("bool"));
  out.function("failure", type("bool"));
  return out;
}

// The type, or every problem with its place, a line each.
std::string checked(std::string_view text) {
  const auto expression = Expression::parse(text);
  if (!expression) return shown(expression.error());
  const Checked result = check(*expression, test_declarations());
  if (result.type) return result.type->text();
  std::string out;
  for (const Diagnostic& problem : result.problems.items())
    out += (out.empty() ? "" : "\n") + shown(problem) + " @" + marked(problem);
  return out;
}

class Deduce : public testing::TestWithParam<Case> {};
TEST_P(Deduce, Type) { EXPECT_EQ(checked(GetParam().text), GetParam().result); }

INSTANTIATE_TEST_SUITE_P(Types, Deduce,
                         testing::ValuesIn(std::vector<Case>{
                             {"literals", "[1]", "list(int)"},
                             {"mixed_list", "[1, 'a']", "list(dyn)"},
                             {"empty_list", "[]", "list(dyn)"},
                             {"list_with_empty", "[[], [1]]", "list(list(int))"},
                             {"sum_with_empty", "[] + [1]", "list(int)"},
                             {"map", "{'a': 1, 'b': 2}", "map(string, int)"},
                             {"map_of_dyn", "{'a': 1, 'b': 'c'}", "map(string, dyn)"},
                             {"empty_map", "{}", "map(dyn, dyn)"},
                             {"null_", "null", "null_type"},
                             {"bytes", "b'a'", "bytes"},
                             {"member", "params.count + 1", "int"},
                             {"nested_member", "facts.disks[0].name", "string"},
                             {"index_by_name", "facts['cpu'].cores", "int"},
                             {"map_member", "env.HOME", "string"},
                             {"map_index", "env['HOME'] + 'x'", "string"},
                             {"dyn_member", "x.a.b", "dyn"},
                             {"dyn_sum", "x + 1", "int"},
                             {"dyn_both", "x + x", "dyn"},
                             {"comparison", "params.count > 2", "bool"},
                             {"cross_numeric", "params.count > 2.5 && params.count == 2u", "bool"},
                             {"type_of", "type(1)", "type(int)"},
                             {"type_name", "int", "type(int)"},
                             {"type_comparison", "type(x) == string", "bool"},
                             {"qualified_type", "google.protobuf.Duration", "type(google.protobuf.Duration)"},
                             {"dotted_variable", "site.name", "string"},
                             {"duration", "params.duration + duration('1s')", "google.protobuf.Duration"},
                             {"condition", "params.flag ? 1 : 2", "int"},
                             {"condition_with_null", "params.flag ? 1 : null", "dyn"},
                             {"callers_function", "success() && !failure()", "bool"},
                             {"macros", "facts.disks.map(d, d.name)", "list(string)"},
                             {"filter", "facts.disks.filter(d, d.size > quantity('1 GB'))", "list(object)"},
                             {"map_keys", "env.map(k, k)", "list(string)"},
                             {"map_of_object", "facts.cpu.exists(k, k == 'cores')", "bool"},
                             {"two_variables", "env.transformMap(k, v, v.size())", "map(string, int)"},
                             {"transform_list", "[1.5].transformList(i, v, i)", "list(int)"},
                             {"transform_entry", "env.transformMapEntry(k, v, {v: k})", "map(string, string)"},
                             {"bind", "cel.bind(n, params.count, n + 1)", "int"},
                             {"sort_by", "facts.disks.sortBy(d, d.size)", "list(object)"},
                             {"optional", "params.?count", "optional_type(int)"},
                             {"optional_index", "[1][?0]", "optional_type(int)"},
                             {"optional_chain", "outputs.?a.b", "optional_type(dyn)"},
                             {"optional_none", "optional.none()", "optional_type(dyn)"},
                             {"optional_or", "optional.none().orValue(1)", "int"},
                             {"opt_map", "params.?count.optMap(n, string(n))", "optional_type(string)"},
                             {"optional_elements", "[?params.?count, 1]", "list(int)"},
                             {"has", "has(params.count)", "bool"},
                             {"lines", "stdout.lines().map(l, double(l))", "list(double)"},
                             {"extract", "double(stdout.extract('([0-9]+)'))", "double"},
                             {"json", "json(stdout)", "dyn"},
                             {"median", "median([1, 2])", "double"},
                             {"max_of_disks", "max(facts.disks.map(d, d.size))", "quantity(B)"},
                             {"flatten", "[[1]].flatten()", "list(dyn)"},
                             {"greatest", "math.greatest(1, 2, 3)", "int"},
                         }),
                         case_name);

INSTANTIATE_TEST_SUITE_P(
    Quantities, Deduce,
    testing::ValuesIn(std::vector<Case>{
        {"literal", "quantity('4 GiB')", "quantity(GiB)"},
        {"comparison", "facts.memory.total >= quantity('1 GiB')", "bool"},
        {"rate", "facts.memory.total / quantity('2 s')", "quantity(B/s)"},
        {"ratio", "facts.memory.total / quantity('1 GiB')", "double"},
        {"scaled", "facts.memory.total * 2", "quantity(B)"},
        {"scaled_from_the_left", "0.5 * facts.memory.total", "quantity(B)"},
        {"sum", "facts.memory.total + quantity('1 GiB')", "quantity(B)"},
        {"temperature_difference", "facts.cpu.temperature - quantity('20 Cel')", "quantity(K)"},
        {"value", "facts.memory.total.value('GiB')", "double"},
        {"to", "facts.memory.total.to('GiB')", "quantity(GiB)"},
        {"unknown_text", "quantity(stdout)", "quantity"},
        {"unknown_stays_unknown", "quantity(stdout) > quantity('1 s')", "bool"},
        {"bare_number", "facts.memory.total > 1024",
         "E005 '>' does not take (quantity(B), int) | a quantity meets only quantities here: write the number with its "
         "unit, as quantity(\"4 GiB\") @>"},
        {"equal_bare_number", "facts.memory.total == 1024",
         "E005 '==' does not take (quantity(B), int) | a quantity meets only quantities here: write the number with "
         "its unit, as quantity(\"4 GiB\") @=="},
        {"other_dimension", "facts.memory.total > quantity('1 s')",
         "E005 cannot compare 'B' and 's': they measure different things | 'facts.memory.total' is in 'B'; give both "
         "sides in units of one kind @>"},
        {"added_dimensions", "facts.memory.total + quantity('1 s')",
         "E005 cannot add 'B' and 's': they measure different things | 'facts.memory.total' is in 'B'; give both sides "
         "in units of one kind @+"},
        {"computed_dimension", "facts.memory.total / quantity('1 s') > quantity('1 GB')",
         "E005 cannot compare 'B/s' and 'GB': they measure different things | 'facts.memory.total / quantity('1 s')' "
         "is in 'B/s'; give both sides in units of one kind @>"},
        {"value_in_seconds", "facts.memory.total.value('s')",
         "E005 cannot convert 'B' to 's': they measure different things @'s'"},
        {"bad_unit", "facts.memory.total > quantity('1 KB')",
         "E007 'KB' is not a unit: 'KB' is unknown | write kB (1000 bytes) or KiB (1024 bytes) @'1 KB'"},
        {"bad_unit_of_value", "facts.memory.total.value('MByte')",
         "E007 'MByte' is not a unit: 'MByte' is unknown | did you mean 'MBy'? @'MByte'"},
        {"temperature_rate", "facts.cpu.temperature / quantity('1 s')",
         "E005 temperatures in Cel cannot be divided | use K @/"},
    }),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Mistakes, Deduce,
    testing::ValuesIn(std::vector<Case>{
        {"member", "params.durration > duration('1s')",
         "E002 unknown name 'durration' in params | did you mean 'duration'? @durration"},
        {"nested_member", "facts.cpu.core", "E002 unknown name 'core' in facts.cpu | did you mean 'cores'? @core"},
        {"far_member", "params.zzz",
         "E002 unknown name 'zzz' in params | known here: duration, count, flag, name @zzz"},
        {"index_member", "facts['cpus']", "E002 unknown name 'cpus' in facts | did you mean 'cpu'? @'cpus'"},
        {"has_member", "has(params.countt)", "E002 unknown name 'countt' in params | did you mean 'count'? @countt"},
        {"optional_member", "params.?countt", "E002 unknown name 'countt' in params | did you mean 'count'? @countt"},
        {"element_member", "facts.disks.map(d, d.nam)", "E002 unknown name 'nam' in d | did you mean 'name'? @nam"},
        {"variable", "parms.count", "E002 unknown name 'parms' | did you mean 'params'? @parms"},
        {"function_as_name", "success && true", "E002 unknown name 'success' | write success() @success"},
        {"far_variable", "qqqqqqq",
         "E002 unknown name 'qqqqqqq' | known here: env, facts, outputs, params, site.name, stdout, x @qqqqqqq"},
        {"member_of_scalar", "params.count.low", "E004 no member 'low' in params.count, which is of type int @low"},
        {"function", "sucess()", "E003 unknown function 'sucess' | did you mean 'success'? @sucess"},
        {"method", "stdout.startWith('a')",
         "E003 unknown function 'startWith' | did you mean 'startsWith'? @startWith"},
        {"method_as_function", "startsWith(stdout, 'a')",
         "E003 unknown function 'startsWith' | write x.startsWith() @startsWith"},
        {"function_as_method", "stdout.double()", "E003 unknown function 'double' | write double(x) @double"},
        {"callers_function_with_arguments", "success(1)",
         "E004 'success' takes no arguments | write success() @success"},
        {"operands", "params.count + 'a'",
         "E004 '+' does not take (int, string) | convert the other side with string() @+"},
        {"mixed_numbers", "params.count + 1.5",
         "E004 '+' does not take (int, double) | int, uint and double do not mix: convert one side with double(), "
         "int() or uint() @+"},
        {"equality", "params.count == 'a'",
         "E004 '==' does not take (int, string) | write the number without quotes, or convert one side: int(x), "
         "string(x) @=="},
        {"argument", "stdout.contains(1)",
         "E004 'contains' does not take (string, int) | it takes (string, string) @contains"},
        {"argument_count", "size()",
         "E004 'size' does not take () | it takes (string), (bytes), (list(A)), (map(A, B)) @size"},
        {"condition", "params.count ? 1 : 2", "E004 '?' needs a bool, not int @params.count"},
        {"choices", "params.flag ? 1 : 'a'",
         "E004 the choices of '?' are int and string, not of one type | convert one of them, or write dyn(x) where "
         "both are meant @'a'"},
        {"logic", "params.flag && params.count", "E004 '&&' needs a bool, not int @params.count"},
        {"predicate", "[1].filter(x, x)", "E004 'filter' needs a bool, not int @x"},
        {"range", "params.count.map(x, x)", "E004 'map' goes through a list or a map, not int @params.count"},
        {"list_index", "[1]['a']", "E004 a list is indexed by an int, not by string @'a'"},
        {"map_key", "env[1]", "E004 env has keys of type string, not int @1"},
        {"text_index", "stdout[0]",
         "E004 a value of type string cannot be indexed | write charAt() for a character of a text @stdout"},
        {"key_kind", "{1.5: 1}", "E004 a map has no keys of type double | keys are int, uint, bool or string @1.5"},
        {"optional_element", "[?1]", "E004 '?' needs an optional, not int @1"},
        {"opt_map", "params.count.optMap(x, x)", "E004 'optMap' needs an optional, not int @params.count"},
        {"in_text", "'a' in stdout",
         "E004 'in' does not take (string, string) | for a text inside a text write y.contains(x) @in"},
        {"regex", "stdout.matches('(')",
         "E006 '(' is not a regular expression: missing ): ( | the syntax is that of RE2 @'('"},
        {"regex_of_extract", "stdout.extract('[')",
         "E006 '[' is not a regular expression: missing ]: [ | the syntax is that of RE2 @'['"},
        {"duration", "params.duration > duration('5x')",
         "S005 '5x' is not a duration | write numbers with units (h, m, s, ms, us, ns), as 90s or 1h30m @'5x'"},
        {"time", "timestamp('soon')", "S005 'soon' is not a time | write it as in 2026-01-31T08:30:00Z @'soon'"},
        {"all_at_once", "parms.a > 1 && params.countt == 2 && stdout.foo()",
         "E002 unknown name 'parms' | did you mean 'params'? @parms\nE002 unknown name 'countt' in params | did you "
         "mean 'count'? @countt\n"
         "E003 unknown function 'foo' @foo"},
        {"one_mistake_told_once", "params.countt + 1 > 'a'.size()",
         "E002 unknown name 'countt' in params | did you mean 'count'? @countt"},
    }),
    case_name);

TEST(Check, PutsTheCaretUnderTheName) {
  const auto source = std::make_shared<SourceText>(SourceText{"r.yaml", "if: params.durration > 1\n"});
  const auto expression = Expression::parse("params.durration > 1", SourceSpan{source, 1, 5, 1});
  const Checked result = check(*expression, test_declarations());
  ASSERT_EQ(result.problems.items().size(), 1U);
  EXPECT_EQ(render(result.problems.items()[0]),
            "r.yaml:1:12: error[E002]: unknown name 'durration' in params\n    1 | if: params.durration > 1\n"
            "      |            ^~~~~~~~~\n  help: did you mean 'duration'?\n");
}

}  // namespace
}  // namespace assay::expr
