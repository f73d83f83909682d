// SPDX-License-Identifier: Apache-2.0
// The type checker: what it deduces for every kind of operand, and the text of each mistake.
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

Declarations declared() {
  Declarations out;
  const std::pair<const char*, const char*> rows[] = {
      {"n", "int"},
      {"u", "uint"},
      {"r", "double"},
      {"s", "string"},
      {"b", "bool"},
      {"raw", "bytes"},
      {"any", "dyn"},
      {"nothing", "null_type"},
      {"when", "timestamp"},
      {"span", "duration"},
      {"kind", "type"},
      {"names", "list(string)"},
      {"counts", "list(int)"},
      {"sizes", "list(quantity(B))"},
      {"opt", "optional_type(int)"},
      {"labels", "map(string, string)"},
      {"ports", "map(int, string)"},
      {"volume", "quantity(B)"},
      {"amount", "quantity"},
      {"temperature", "quantity(Cel)"},
  };
  for (const auto& [name, type] : rows) out.variable(name, *Type::parse(type));
  const Type disk = Type::object({{"name", *Type::parse("string")}, {"size", *Type::parse("quantity(B)")}});
  out.variable("host", Type::object({{"name", *Type::parse("string")},
                                     {"cpu", Type::object({{"cores", *Type::parse("int")},
                                                           {"model", *Type::parse("string")},
                                                           {"features", *Type::parse("list(string)")}})},
                                     {"disks", Type::list(disk)}}));
  out.function("always", *Type::parse("bool"));
  return out;
}

void expect_deduced(const std::vector<Case>& cases) {
  const Declarations declarations = declared();
  expect_each(cases, [&](std::string_view text) { return deduced(text, declarations); });
}

TEST(Deduced, Composites) {
  expect_deduced({
      {"int_and_uint", "[1, 2u]", "list(dyn)"},
      {"int_and_double", "[1, 1.5]", "list(dyn)"},
      {"lists_of_two_kinds", "[[1], ['a']]", "list(list(dyn))"},
      {"empty_beside_full", "[{}, {'a': 1}]", "list(map(string, int))"},
      {"empty_in_empty", "[[], [[]]]", "list(list(list(dyn)))"},
      {"null_and_int", "[null, 1]", "list(dyn)"},
      {"nulls", "[null, nothing]", "list(null_type)"},
      {"null_and_duration", "[null, span]", "list(google.protobuf.Duration)"},
      {"timestamp_and_null", "[when, null]", "list(google.protobuf.Timestamp)"},
      {"null_and_optional", "[null, opt]", "list(optional_type(int))"},
      {"none_and_optional", "[optional.none(), opt]", "list(optional_type(int))"},
      {"object_and_map", "[host, labels]", "list(map(string, dyn))"},
      {"two_objects", "[host, host.cpu]", "list(map(string, dyn))"},
      {"one_object_twice", "[host, host]", "list(object)"},
      {"quantities_of_one_kind", "[volume, quantity('1 GB')]", "list(quantity(B))"},
      {"quantities_of_two_kinds", "[volume, quantity('1 s')]", "list(quantity)"},
      {"known_and_unknown_quantity", "[volume, amount]", "list(quantity)"},
      {"types", "[int, string]", "list(type)"},
      {"dyn_decides", "[1, any]", "list(dyn)"},
      {"keys_of_two_kinds", "{'a': 1, 2: 1}", "map(dyn, int)"},
      {"values_of_two_kinds", "{'a': 1, 'b': 'c'}", "map(string, dyn)"},
      {"empty_value", "{'a': [], 'b': [1]}", "map(string, list(int))"},
      {"variables", "{n: s, 2: 'x'}", "map(int, string)"},
      {"key_of_dyn", "{any: 1}", "map(dyn, int)"},
      {"deep", "{'a': {'b': [1.5]}}", "map(string, map(string, list(double)))"},
      {"optional_entries", "[{?'a': opt, ?'b': any}, {?'a': opt}]", "list(map(string, dyn))"},
      {"optional_elements", "[[?opt, 1], [?optional.none()]]", "list(list(int))"},
      {"null_as_key", "{null: 1}",
       "E004 a map has no keys of type null_type | keys are int, uint, bool or string @null"},
      {"list_as_key", "{names: 1}",
       "E004 a map has no keys of type list(string) | keys are int, uint, bool or string @names"},
  });
}

TEST(Deduced, Operators) {
  expect_deduced({
      {"dyn_and_text", "any + 'a'", "dyn"},
      {"dyn_and_list", "any + names", "list(dyn)"},
      {"dyn_and_dyn", "any * any", "dyn"},
      {"dyn_compared", "any < 1 && any == 'a' && any in any", "bool"},
      {"negative_dyn", "-any", "dyn"},
      {"not_dyn", "!any", "bool"},
      {"times", "[when - when, span + span, -span]", "list(google.protobuf.Duration)"},
      {"moved_times", "[when - span, when + span, span + when]", "list(google.protobuf.Timestamp)"},
      {"list_and_empty", "names + []", "list(string)"},
      {"list_and_dyn", "names + [any]", "list(dyn)"},
      {"numbers_compare", "n < r && u >= n && r == u && n != u", "bool"},
      {"null_compares_with_all", "n == null && null != s && names == null && volume == null", "bool"},
      {"lists_compare", "names == [s] && names != []", "bool"},
      {"object_and_map_compare", "host == labels", "bool"},
      {"types_compare", "kind == int && type(n) == kind && type(s) == type(n)", "bool"},
      {"negative_uint", "-u", "E004 '-' does not take (uint) | it takes (int), (double), (duration), (quantity) @-"},
      {"not_int", "!n", "E004 '!' does not take (int) | it takes (bool) @!"},
      {"int_and_text", "n == s",
       "E004 '==' does not take (int, string) | write the number without quotes, or convert one side: int(x), "
       "string(x) @=="},
      {"text_and_bytes", "s != raw", "E004 '!=' does not take (string, bytes) | both sides must be of one type @!="},
      {"optional_and_value", "opt == 1",
       "E004 '==' does not take (optional_type(int), int) | write orValue() for the case without a value @=="},
      {"text_in_ints", "s in counts",
       "E004 'in' does not take (string, list(int)) | it takes (A, list(A)), (A, map(A, B)) @in"},
      {"int_in_texts_as_keys", "n in labels",
       "E004 'in' does not take (int, map(string, string)) | it takes (A, list(A)), (A, map(A, B)) @in"},
      {"text_in_object", "s in host", "bool"},
      {"lists_of_two_kinds", "names + counts",
       "E004 '+' does not take (list(string), list(int)) | it takes (int, int), (uint, uint), (double, double), "
       "(string, string), (secret, string), (string, secret), … @+"},
      {"null_and_int", "nothing + 1",
       "E004 '+' does not take (null_type, int) | it takes (int, int), (uint, uint), (double, double), (string, "
       "string), (secret, string), (string, secret), … @+"},
      {"optional_and_int", "opt + 1",
       "E004 '+' does not take (optional_type(int), int) | it takes (int, int), (uint, uint), (double, double), "
       "(string, string), (secret, string), (string, secret), … @+"},
      {"text_and_int", "s + n", "E004 '+' does not take (string, int) | convert the other side with string() @+"},
      {"uint_and_int", "u - n",
       "E004 '-' does not take (uint, int) | int, uint and double do not mix: convert one side with double(), int() "
       "or uint() @-"},
      {"lists_in_order", "names < names",
       "E004 '<' does not take (list(string), list(string)) | values of this type have no order @<"},
      {"no_bool_right", "b || n", "E004 '||' needs a bool, not int @n"},
      {"no_bools", "s && null", "E004 '&&' needs a bool, not string @s\nE004 '&&' needs a bool, not null_type @null"},
  });
}

TEST(Deduced, Choices) {
  expect_deduced({
      {"one_type", "b ? n : 2", "int"},
      {"empty_list", "b ? [] : names", "list(string)"},
      {"lists_of_two_kinds", "b ? names : counts", "list(dyn)"},
      {"null_and_duration", "b ? null : span", "google.protobuf.Duration"},
      {"int_and_null", "b ? n : null", "dyn"},
      {"dyn_and_int", "b ? any : 1", "dyn"},
      {"condition_of_dyn", "any ? 1 : 2", "int"},
      {"object_and_map", "b ? host : labels", "map(string, dyn)"},
      {"quantities", "b ? volume : quantity('1 GB')", "quantity(B)"},
      {"none_and_optional", "b ? optional.none() : opt", "optional_type(int)"},
      {"two_types_meant", "b ? dyn(1) : 'a'", "dyn"},
      {"two_types", "b ? 1 : 2.5",
       "E004 the choices of '?' are int and double, not of one type | convert one of them, or write dyn(x) where "
       "both "
       "are meant @2.5"},
      {"list_and_element", "b ? names : s",
       "E004 the choices of '?' are list(string) and string, not of one type | convert one of them, or write dyn(x) "
       "where both are meant @s"},
      {"condition_of_text", "s ? 1 : 2", "E004 '?' needs a bool, not string @s"},
      {"mistakes_in_every_part", "s ? n.x : labels[1]",
       "E004 '?' needs a bool, not string @s\nE004 no member 'x' in n, which is of type int @x\nE004 labels has keys "
       "of type string, not int @1"},
  });
}

TEST(Deduced, Access) {
  expect_deduced({
      {"members", "[host.name, host['name'], host.cpu.model, host.disks[0].name]", "list(string)"},
      {"member_by_variable", "host[s]", "dyn"},
      {"map_members", "[labels.x, labels['x'], labels[s]]", "list(string)"},
      {"map_by_int", "ports[n]", "string"},
      {"list_by_numbers", "[names[0], names[int(u)], names[any]]", "list(string)"},
      {"dyn_all_the_way", "any.x[0].y['z']", "dyn"},
      {"optional_list_index", "names[?0]", "optional_type(string)"},
      {"optional_members", "[host.?cpu.cores, host.cpu.?cores, host.?cpu.?cores]", "list(optional_type(int))"},
      {"optional_value", "[optional.of(names)[0], optional.of(host).name, labels.?x]", "list(optional_type(string))"},
      {"element_of_object_list", "host.disks.map(d, d.size)[0]", "quantity(B)"},
      {"object_by_int", "host[1]", "E004 names are texts, not int @1"},
      {"map_by_wrong_key", "labels[n]", "E004 labels has keys of type string, not int @n"},
      {"map_by_uint", "ports[u]", "E004 ports has keys of type int, not uint @u"},
      {"list_by_text", "names[s]", "E004 a list is indexed by an int, not by string @s"},
      {"list_by_bool", "names[b]", "E004 a list is indexed by an int, not by bool @b"},
      {"index_of_text", "s[n]",
       "E004 a value of type string cannot be indexed | write charAt() for a character of a text @s"},
      {"index_of_int", "n[0]", "E004 a value of type int cannot be indexed @n"},
      {"index_of_quantity", "volume[0]", "E004 a value of type quantity(B) cannot be indexed @volume"},
      {"member_of_null", "nothing.x", "E004 no member 'x' in nothing, which is of type null_type @x"},
      {"member_of_time", "when.year",
       "E004 no member 'year' in when, which is of type google.protobuf.Timestamp @year"},
      {"member_of_list", "names.length", "E004 no member 'length' in names, which is of type list(string) @length"},
      {"member_of_optional", "opt.x", "E004 no member 'x' in opt, which is of type int @x"},
      {"member_of_quantity", "volume.value", "E004 no member 'value' in volume, which is of type quantity(B) @value"},
      {"has_in_list", "has(names.x)", "E004 no member 'x' in names, which is of type list(string) @x"},
      {"long_operand_is_cut", "[host.name, host.name, host.name, host.name, host.name, host.name].size",
       "E004 no member 'size' in [host.name, host.name, host.name, host.name, host.name, hos…, which is of type "
       "list(string) @size"},
  });
}

TEST(Deduced, Suggestions) {
  expect_deduced({
      {"letter_left_out", "hst.name", "E002 unknown name 'hst' | did you mean 'host'? @hst"},
      {"letter_too_many", "hosst.name", "E002 unknown name 'hosst' | did you mean 'host'? @hosst"},
      {"other_letter", "tenperature > quantity('1 K')",
       "E002 unknown name 'tenperature' | did you mean 'temperature'? @tenperature"},
      {"letters_swapped", "lables.x", "E002 unknown name 'lables' | did you mean 'labels'? @lables"},
      {"other_case", "Volume", "E002 unknown name 'Volume' | did you mean 'volume'? @Volume"},
      {"member", "host.cpu.featurs", "E002 unknown name 'featurs' in host.cpu | did you mean 'features'? @featurs"},
      {"member_of_element", "host.disks[0].sizes",
       "E002 unknown name 'sizes' in host.disks[0] | did you mean 'size'? "
       "@sizes"},
      {"member_by_index", "host['cpus']", "E002 unknown name 'cpus' in host | did you mean 'cpu'? @'cpus'"},
      {"member_far_from_all", "host.gpu_count",
       "E002 unknown name 'gpu_count' in host | known here: name, cpu, disks "
       "@gpu_count"},
      {"member_in_macro", "host.disks.all(d, d.sise > volume)",
       "E002 unknown name 'sise' in d | did you mean 'size'? @sise"},
      {"function", "sizee(s)", "E003 unknown function 'sizee' | did you mean 'size'? @sizee"},
      {"method", "s.startswith('a')", "E003 unknown function 'startswith' | did you mean 'startsWith'? @startswith"},
      {"callers_function", "alway()", "E003 unknown function 'alway' | did you mean 'always'? @alway"},
      {"callers_function_as_name", "always", "E002 unknown name 'always' | write always() @always"},
      {"callers_function_with_arguments", "always(n)", "E004 'always' takes no arguments | write always() @always"},
      {"macro", "any.flter(1)", "E003 unknown function 'flter' | did you mean 'filter'? @flter"},
      {"function_as_method", "s.int()", "E003 unknown function 'int' | write int(x) @int"},
      {"method_as_function", "trim(s)", "E003 unknown function 'trim' | write x.trim() @trim"},
      {"far_from_all", "frobnicate(s)", "E003 unknown function 'frobnicate' @frobnicate"},
  });
}

TEST(Deduced, Optionals) {
  expect_deduced({
      {"or_value", "[opt.orValue(1), opt.value(), n]", "list(int)"},
      {"or_value_of_another_type", "opt.orValue('a')",
       "E004 'orValue' does not take (optional_type(int), string) | it takes (optional_type(A), A) @orValue"},
      {"or_value_of_a_value", "n.orValue(1)",
       "E004 'orValue' does not take (int, int) | it takes (optional_type(A), A) @orValue"},
      {"or_", "[opt.or(optional.none()), optional.none().or(opt), optional.of(n)]", "list(optional_type(int))"},
      {"or_of_another_type", "opt.or(optional.of('a'))",
       "E004 'or' does not take (optional_type(int), optional_type(string)) | it takes (optional_type(A), "
       "optional_type(A)) @or"},
      {"opt_map", "opt.optMap(x, string(x))", "optional_type(string)"},
      {"opt_map_of_dyn", "any.optMap(x, x)", "optional_type(dyn)"},
      {"opt_map_of_a_value", "n.optMap(x, x)", "E004 'optMap' needs an optional, not int @n"},
      {"opt_flat_map", "opt.optFlatMap(x, names[?x])", "optional_type(string)"},
      {"unwrap", "[opt, optional.none()].unwrapOpt()", "list(int)"},
      {"non_zero", "optional.ofNonZeroValue(s)", "optional_type(string)"},
      {"element_of_a_value", "[?s]", "E004 '?' needs an optional, not string @s"},
      {"entry_of_a_value", "{?'a': n}", "E004 '?' needs an optional, not int @n"},
      {"first", "names.first()", "optional_type(string)"},
  });
}

TEST(Deduced, Macros) {
  expect_deduced({
      {"map", "[counts.map(x, x + 1), counts.map(x, x > 1, x), any.map(x, 1)]", "list(list(int))"},
      {"map_of_dyn", "any.map(x, x)", "list(dyn)"},
      {"map_of_empty", "[].map(x, x)", "list(dyn)"},
      {"filter", "[names.filter(x, x != ''), labels.filter(k, k != ''), host.filter(k, true)]", "list(list(string))"},
      {"sort_by_of_a_map", "labels.sortBy(k, k)", "E004 'sortBy' sorts a list, not map(string, string) @labels"},
      {"sort_by_lists", "counts.sortBy(x, [x])",
       "E004 the keys are list(int), which has no order | choose a number or a text of each element @[x]"},
      {"flat_map_to_a_value", "opt.optFlatMap(x, x + 1)",
       "E004 'optFlatMap' needs an expression that yields an optional, not int | write optMap @x + 1"},
      {"flat_map", "[opt.optFlatMap(x, optional.of(x)), opt.optFlatMap(x, optional.none())]",
       "list(optional_type(int))"},
      {"in_order_of_place", "'a'.map(x, lables.x) + hst.name",
       "E004 'map' goes through a list or a map, not string @'a'\nE002 unknown name 'lables' | did you mean 'labels'? "
       "@lables\nE002 unknown name 'hst' | did you mean 'host'? @hst"},
      {"sort_by", "counts.sortBy(x, -x)", "list(int)"},
      {"tests", "counts.all(x, x > 0) && labels.exists(k, v, k == v) && names.exists_one(i, s, i == 0)", "bool"},
      {"transform_list", "labels.transformList(k, v, v.size())", "list(int)"},
      {"transform_map", "[counts.transformMap(i, v, string(v)), ports.transformMap(k, v, v + '!')]",
       "list(map(int, string))"},
      {"transform_entry", "ports.transformMapEntry(k, v, {v: k})", "map(string, int)"},
      {"transform_entry_of_dyn", "ports.transformMapEntry(k, v, any)", "map(dyn, dyn)"},
      {"bind", "cel.bind(x, names, x[0] + x.join())", "string"},
      {"inner_hides_outer", "names.map(x, counts.map(x, x))", "list(list(int))"},
      {"outer_comes_back", "names.map(n, n).size() + n", "int"},
      {"condition_of_int", "counts.all(x, x)", "E004 'all' needs a bool, not int @x"},
      {"condition_of_map", "counts.map(x, x, s)", "E004 the condition of 'map' needs a bool, not int @x"},
      {"condition_of_transform", "counts.transformList(i, v, i, v)",
       "E004 the condition of 'transformList' needs a bool, not int @i"},
      {"range_of_text", "s.exists(c, true)", "E004 'exists' goes through a list or a map, not string @s"},
      {"range_of_optional", "opt.map(x, x)", "E004 'map' goes through a list or a map, not optional_type(int) @opt"},
      {"transform_entry_to_text", "ports.transformMapEntry(k, v, v)",
       "E004 'transformMapEntry' needs a map, not string @v"},
      {"mistakes_inside", "names.map(x, x + 1)",
       "E004 '+' does not take (string, int) | convert the other side with string() @+"},
      {"key_is_known", "labels.all(k, k > 1)",
       "E004 '>' does not take (string, int) | write the number without quotes, or convert one side: int(x), string(x) "
       "@>"},
      {"index_is_known", "names.all(i, v, i == v)",
       "E004 '==' does not take (int, string) | write the number without quotes, or convert one side: int(x), "
       "string(x) @=="},
  });
}

TEST(Deduced, Functions) {
  expect_deduced({
      {"sizes", "[size(names), s.size(), size(host), raw.size(), labels.size()]", "list(int)"},
      {"types", "type(names)", "type(list(string))"},
      {"type_of_dyn", "type(any)", "type(dyn)"},
      {"type_of_type", "type(int)", "type(type(int))"},
      {"dyn_hides", "[dyn(n), s]", "list(dyn)"},
      {"greatest_of_two_kinds", "math.greatest(n, r)", "dyn"},
      {"greatest_of_a_list", "[math.greatest(counts), math.least(n, 1), math.abs(n)]", "list(int)"},
      {"ends", "[min(names), max([s])]", "list(string)"},
      {"sums", "[sum(counts), sum([])]", "list(dyn)"},
      {"sums_of_doubles", "[sum([r]), mean(counts), stdev([1.5, r]), percentile(counts, 99)]", "list(double)"},
      {"sums_of_quantities", "[sum(sizes), median(sizes), max(sizes)]", "list(quantity(B))"},
      {"parts", "[s.split(','), lines(s), s.extract_all('a'), names.slice(0, 1), names.reverse()]",
       "list(list(string))"},
      {"flatten", "[names].flatten()", "list(dyn)"},
      {"times", "[when.getHours(), when.getDate('UTC'), span.getSeconds()]", "list(int)"},
      {"no_conversion", "int(b)",
       "E004 'int' does not take (bool) | it takes (int), (uint), (double), (string), (timestamp) @int"},
      {"text_of_list", "string(names)",
       "E004 'string' does not take (list(string)) | it takes (string), (int), (uint), (double), (bool), (bytes), … "
       "@string"},
      {"join_of_ints", "counts.join(',')",
       "E004 'join' does not take (list(int), string) | it takes (list(string)), (list(string), string) @join"},
      {"sets_of_two_kinds", "sets.contains(names, counts)",
       "E004 'sets.contains' does not take (list(string), list(int)) | it takes (list(A), list(A)) @sets.contains"},
      {"hours_of_text", "s.getHours()",
       "E004 'getHours' does not take (string) | it takes (timestamp), (timestamp, string), (duration) @getHours"},
      {"too_many_arguments", "s.trim(1)", "E004 'trim' does not take (string, int) | it takes (string) @trim"},
      {"broken_pattern", "matches(s, '[')",
       "E006 '[' is not a regular expression: missing ]: [ | the syntax is that of RE2 @'['"},
      {"broken_duration", "span > duration('5 min')",
       "S005 '5 min' is not a duration | write numbers with units (h, m, s, ms, us, ns), as 90s or 1h30m @'5 min'"},
      {"what_is_not_known_yet", "s.matches(s) && duration(s) > span && timestamp(s) < when", "bool"},
  });
}

TEST(Deduced, Measures) {
  expect_deduced({
      {"scaled", "[2 * volume, volume * 2u, volume / 1.5, -volume, volume + quantity('1 GB')]", "list(quantity(B))"},
      {"square", "volume * volume", "quantity(B.B)"},
      {"temperatures", "[temperature - temperature, temperature + quantity('1 K')]", "list(quantity)"},
      {"doubled_temperature", "temperature * 2", "E005 temperatures in Cel cannot be multiplied | use K @*"},
      {"half_a_temperature", "temperature / 2", "E005 temperatures in Cel cannot be divided | use K @/"},
      {"negative_temperature", "-temperature", "E005 temperatures in Cel cannot be negated | use K @-"},
      {"temperatures_together", "temperature + temperature",
       "E005 temperatures in Cel cannot be added to each other | use K @+"},
      {"ratio_of_temperatures", "temperature / temperature", "E005 temperatures in Cel cannot be divided | use K @/"},
      {"ratio", "volume / volume", "double"},
      {"rate", "volume / quantity('1 s')", "quantity(B/s)"},
      {"unknown_unit", "[volume + amount, amount * 2, volume * any]", "list(quantity)"},
      {"difference_of_temperatures", "temperature - temperature", "quantity(K)"},
      {"amount_of_temperature", "temperature + quantity('5 K')", "quantity(Cel)"},
      {"converted", "[volume.to('MB'), quantity(n, 'GB'), quantity(volume)]", "list(quantity(MB))"},
      {"converted_by_a_variable", "volume.to(s)", "quantity"},
      {"out", "[volume.value('MB'), double(amount)]", "list(double)"},
      {"of_a_duration", "quantity(span)", "quantity(s)"},
      {"bare_number", "n / volume",
       "E005 '/' does not take (int, quantity(B)) | a quantity meets only quantities here: write the number with its "
       "unit, as quantity(\"4 GiB\") @/"},
      {"temperature_and_number", "temperature > 90",
       "E005 '>' does not take (quantity(Cel), int) | a quantity meets only quantities here: write the number with "
       "its "
       "unit, as quantity(\"4 GiB\") @>"},
      {"text", "volume == s", "E005 '==' does not take (quantity(B), string) | write the text as quantity(\"…\") @=="},
      {"duration", "volume + span",
       "E005 '+' does not take (quantity(B), google.protobuf.Duration) | write quantity(d) for the quantity of a "
       "duration @+"},
      {"remainder", "volume % volume",
       "E005 '%' does not take (quantity(B), quantity(B)) | it takes (int, int), (uint, uint) @%"},
      {"subtracted_dimensions", "volume - quantity('1 s')",
       "E005 cannot subtract 'B' and 's': they measure different things | 'volume' is in 'B'; give both sides in "
       "units of one kind @-"},
      {"equal_dimensions", "quantity('1 s') != volume",
       "E005 cannot compare 's' and 'B': they measure different things | 'quantity('1 s')' is in 's'; give both "
       "sides "
       "in units of one kind @!="},
      {"against_a_share", "volume < quantity('0.5')",
       "E005 cannot compare 'B' and a number without a unit: they measure different things | 'volume' is in 'B'; "
       "give "
       "both sides in units of one kind @<"},
      {"converted_to_another", "volume.to('s')", "E005 cannot convert 'B' to 's': they measure different things @'s'"},
      {"element_of_a_list", "sizes[0] > quantity('1 W')",
       "E005 cannot compare 'B' and 'W': they measure different things | 'sizes[0]' is in 'B'; give both sides in "
       "units of one kind @>"},
      {"unit_of_a_macro", "sizes.exists(x, x > quantity('1 W'))",
       "E005 cannot compare 'B' and 'W': they measure different things | 'x' is in 'B'; give both sides in units of "
       "one kind @>"},
  });
}

// Names of an inner Declarations stand before those of the outer, which it does not copy.
TEST(Declarations, AreLayered) {
  const Declarations outer = declared();
  Declarations inner(&outer);
  inner.variable("n", *Type::parse("string"));
  inner.variable("item", *Type::parse("double"));
  inner.function("done", *Type::parse("int"));
  EXPECT_EQ(deduced("n + s", inner), "string");
  EXPECT_EQ(deduced("n + n", outer), "int");
  EXPECT_EQ(deduced("item * r", inner), "double");
  EXPECT_EQ(deduced("items * r", inner), "E002 unknown name 'items' | did you mean 'item'? @items");
  EXPECT_EQ(deduced("done() + 1", inner), "int");
  EXPECT_EQ(deduced("always()", inner), "bool");
  EXPECT_EQ(inner.function_names(), (std::vector<std::string>{"always", "done"}));
  EXPECT_EQ(inner.variable_names().size(), outer.variable_names().size() + 1);
  inner.variable("n", *Type::parse("bytes"));
  EXPECT_EQ(inner.find_variable("n")->text(), "bytes");
  EXPECT_EQ(inner.find_variable("nowhere"), nullptr);
}

// A function of a scope is told as one name, and once.
TEST(Check, TellsASlipInAScopeOnce) {
  const std::vector<Case> cases = {
      {"floor", "math.flor(1.5)", "E003 unknown function 'math.flor' | did you mean 'math.floor'? @math.flor"},
      {"ceil", "math.celi(1.5)", "E003 unknown function 'math.celi' | did you mean 'math.ceil'? @math.celi"},
      {"max", "math.max(1, 2)", "E003 unknown function 'math.max' | did you mean 'math.greatest'? @math.max"},
      {"min", "math.min([1])", "E003 unknown function 'math.min' | did you mean 'math.least'? @math.min"},
      {"some", "optional.some(1)",
       "E003 unknown function 'optional.some' | did you mean 'optional.of'? @optional.some"},
      {"base64", "base64.decodes('a')",
       "E003 unknown function 'base64.decodes' | did you mean 'base64.decode'? @base64.decodes"},
      {"nothing_near", "sets.zzzzzz([1])", "E003 unknown function 'sets.zzzzzz' @sets.zzzzzz"},
  };
  expect_each(cases, [](std::string_view text) { return deduced(text, declared()); });
  expect_each(cases);
}

// Functions over numbers refuse a list of which it is known that it has none.
TEST(Check, WantsNumbersWhereNumbersAreCounted) {
  const auto given = [](std::string_view text) { return deduced(text, declared()); };
  expect_each(
      {
          {"sum", "sum(['a'])",
           "E004 'sum' needs numbers or quantities, but the elements are string | convert with .map(x, double(x)) "
           "@['a']"},
          {"median", "median(names)",
           "E004 'median' needs numbers or quantities, but the elements are string | convert with .map(x, double(x)) "
           "@names"},
          {"percentile", "percentile([true], 50)",
           "E004 'percentile' needs numbers or quantities, but the elements are bool @[true]"},
          {"durations", "mean([duration('1s')])",
           "E004 'mean' needs numbers or quantities, but the elements are google.protobuf.Duration | convert with "
           ".map(x, quantity(x)) @[duration('1s')]"},
          {"greatest", "math.greatest('a', 'b')",
           "E004 'math.greatest' does not take string | it takes int, uint and double @'a'"},
          {"least_of_a_list", "math.least(['a'])",
           "E004 'math.least' needs numbers, but the elements are string | convert with .map(x, double(x)) @['a']"},
          {"unknown", "sum([dyn('a')])", "dyn"},
          {"mixed", "sum([1, 2.5])", "dyn"},
          {"greatest_of_mixed", "math.greatest(1, 2.5, 3u)", "dyn"},
          {"empty", "sum([])", "dyn"},
          {"type_of_nothing", "type([])", "type(list(dyn))"},
          {"type_of_types", "type(type([]))", "type(type(list(dyn)))"},
          {"type_alone", "[type(1), type('')]", "list(type)"},
      },
      given);
}

// Where nothing is in the list, the sum is of the type that was deduced.
TEST(Sum, OfNothingIsOfTheTypeDeduced) {
  const auto both = [](std::string_view text) {
    const auto expression = Expression::parse(text);
    const Checked result = check(*expression, declared());
    if (!result.type) return "unchecked " + result.problems.items()[0].message;
    const auto value = evaluate(*expression, test_activation());
    return value ? shown(*value) : shown(value.error());
  };
  expect_each(
      {
          {"quantities", "sum([quantity('1 GB')].filter(x, false)) < quantity('1 B')", "true"},
          {"unit", "sum([quantity('1 GB')].filter(x, false))", "quantity 0 GB"},
          {"doubles", "sum([1.5].filter(x, false)) / 2.0", "0.0"},
          {"ints", "sum([1].filter(x, false)) + 1", "1"},
          {"literal", "sum([])", "0"},
          {"unit_not_known", "sum([quantity('1 GB'), quantity('1 s')].filter(x, false))",
           "E006 the sum of an empty list of quantities: in which unit it is zero is not known | write list.size() > 0 "
           "? sum(list) : quantity(\"0 B\")"},
          {"temperatures", "sum([quantity('1 Cel')].filter(x, false))",
           "unchecked temperatures in Cel cannot be added to each other"},
      },
      both);
}

// Every mistake of an expression is told; what follows from one is not.
TEST(Check, TellsEveryMistakeOnce) {
  EXPECT_EQ(deduced("n + s > hst.name && names.map(x, x.sise()).all(y, y) || -s == volume * nowhere", declared()),
            "E004 '+' does not take (int, string) | convert the other side with string() @+\n"
            "E002 unknown name 'hst' | did you mean 'host'? @hst\n"
            "E003 unknown function 'sise' | did you mean 'size'? @sise\n"
            "E004 '-' does not take (string) | it takes (int), (double), (duration), (quantity) @-\n"
            "E002 unknown name 'nowhere' | known here: amount, any, b, counts, host, kind, labels, n, names, nothing, "
            "opt, ports, … @nowhere");
}

}  // namespace
}  // namespace assay::expr
