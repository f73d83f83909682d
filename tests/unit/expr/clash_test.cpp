// SPDX-License-Identifier: Apache-2.0
// Values that cannot be equal, inside lists, maps and optionals: what the checker finds, and what evaluation finds
// where the types are not known.
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

Declarations clash_declarations() {
  const auto type = [](const char* text) { return *Type::parse(text); };
  Declarations out;
  out.variable("sizes", type("list(quantity(B))"));
  out.variable("times", type("list(quantity(s))"));
  out.variable("readings", type("list(quantity(Cel))"));
  out.variable("any", type("dyn"));
  out.variable("facts", Type::object({{"cores", type("int")}}));
  out.variable("names", type("map(string, string)"));
  return out;
}

std::string check_clash(std::string_view text) { return deduced(text, clash_declarations()); }

constexpr const char* kUnits =
    "E005 cannot compare 'GB' and 's': they measure different things | give both sides in units of one kind @";
constexpr const char* kNumber =
    "E005 a quantity cannot be compared with a bare number | write the number with its unit, as quantity(\"4 GiB\") @";

struct Pair {
  const char* text;
  const char* why;
  const char* place;
};
const std::vector<Pair> kPairs = {
    {"quantity('1 GB') in [quantity('1 s')]", kUnits, "in"},
    {"[quantity('1 GB')] == [5]", kNumber, "=="},
    {"[5u] != [quantity('1 GB')]", kNumber, "!="},
    {"{'a': quantity('1 GB')} == {'a': 5}", kNumber, "=="},
    {"optional.of(quantity('1 GB')) == optional.of(5.5)", kNumber, "=="},
    {"optional.of([quantity('1 GB')]) == optional.of([quantity('1 s')])", kUnits, "=="},
    {"sets.contains([quantity('1 s')], [quantity('1 GB')])", kUnits, nullptr},
    {"sets.intersects([quantity('1 GB')], [quantity('1 s')])", kUnits, nullptr},
    {"sets.equivalent([1], [quantity('1 GB')])", kNumber, nullptr},
    {"quantity('1 GB') in [5]", kNumber, "in"},
    {"5 in [quantity('1 GB')]", kNumber, "in"},
};

// With types and without them.
TEST(Clash, OfQuantitiesIsAnErrorWhereverTheyStand) {
  for (const Pair& pair : kPairs) {
    std::string units = pair.why;
    const std::string text = pair.text;
    const bool set = pair.place == nullptr;
    const std::string name = set ? text.substr(0, text.find('(')) : pair.place;
    if (text.starts_with("sets.contains")) {
      EXPECT_EQ(check_clash(text),
                "E005 cannot compare 's' and 'GB': they measure different things | give both sides in "
                "units of one kind @sets.contains");
    } else {
      EXPECT_EQ(check_clash(text), units + name) << text;
    }
    EXPECT_EQ(told(text), units + (set ? text : name)) << text;
  }
}

TEST(Clash, IsFoundBehindDyn) {
  const std::string number = kNumber;
  expect_each({
      {"in", "quantity('1 GB') in dyn([5])", (number + "in").c_str()},
      {"equal", "dyn([quantity('1 GB')]) == dyn([5])", (number + "==").c_str()},
      {"distinct", "[quantity('1 GB'), 5].distinct()", (number + "[quantity('1 GB'), 5].distinct()").c_str()},
      {"distinct_units", "[quantity('1 GB'), quantity('1 s')].distinct()",
       "E005 cannot compare 's' and 'GB': they measure different things | give both sides in units of one kind "
       "@[quantity('1 GB'), quantity('1 s')].distinct()"},
  });
}

// As with exists(): one that is equal decides.
TEST(Clash, DoesNotMatterBesideAnEqual) {
  expect_each({
      {"behind", "quantity('1 GB') in [quantity('1 s'), quantity('1000 MB')]", "true"},
      {"before", "quantity('1 GB') in [quantity('1000 MB'), quantity('1 s')]", "true"},
      {"sets", "sets.intersects([quantity('1 GB'), quantity('1 s')], [quantity('1 s')])", "true"},
      {"another_kind", "quantity('1 GB') in ['1 GB', null]", "false"},
      {"another_size", "[quantity('1 GB')] == [5, 6]", "false"},
      {"decided_before", "[1, quantity('1 GB')] == [2, 5]", "false"},
      {"dropped", "[quantity('1 GB')] == [5] || true", "true"},
  });
}

// What CEL's checker refuses: types that no value has in common.
TEST(Clash, OfTypesIsFoundInsideContainers) {
  expect_each(
      {
          {"lists", "[1] == ['a']",
           "E004 '==' does not take (list(int), list(string)) | both sides must be of one type @=="},
          {"maps", "{'a': 1} == {1: 1}",
           "E004 '==' does not take (map(string, int), map(int, int)) | both sides must be of one type @=="},
          {"map_values", "{'a': 1} != {'a': [1]}",
           "E004 '!=' does not take (map(string, int), map(string, list(int))) | both sides must be of one type @!="},
          {"optionals", "optional.of([1]).orValue(['a'])",
           "E004 'orValue' does not take (optional_type(list(int)), list(string)) | it takes (optional_type(A), A) "
           "@orValue"},
          {"sums", "[[1]] + [['a']]",
           "E004 '+' does not take (list(list(int)), list(list(string))) | it takes (int, int), (uint, uint), (double, "
           "double), (string, string), (secret, string), (string, secret), … @+"},
          {"sums_of_numbers", "[[1]] + [[1.5]]",
           "E004 '+' does not take (list(list(int)), list(list(double))) | it takes (int, int), (uint, uint), (double, "
           "double), (string, string), (secret, string), (string, secret), … @+"},
          {"members", "['a'] in [[1]]",
           "E004 'in' does not take (list(string), list(list(int))) | it takes (A, list(A)), "
           "(A, map(A, B)) @in"},
          {"names", "facts == {1: 2}",
           "E004 '==' does not take (object, map(int, int)) | both sides must be of one type @=="},
          {"index_by_uint", "[1, 2][1u]", "E004 a list is indexed by an int, not by uint | convert it with int() @1u"},
          {"index_by_double", "[1, 2][1.0]",
           "E004 a list is indexed by an int, not by double | convert it with int() @1.0"},
          {"index_by_dyn", "[1, 2][dyn(1u)]", "int"},
          {"numbers", "[1] == [1.0]", "bool"},
          {"empty", "[] == ['a'] && {} == {'a': 1} && [[]] == [[1]]", "bool"},
          {"null_inside", "[null] == [1]", "bool"},
          {"mixed", "[1, 'a'] == ['a']", "bool"},
          {"dyn", "[any] == ['a'] && any == [1]", "bool"},
          {"object_and_map", "facts == names && names == facts", "bool"},
          {"or_value_of_an_empty_list", "optional.of([1]).orValue([])", "list(int)"},
          {"or_value_of_another_unit", "optional.of(quantity('1 GB')).orValue(quantity('1 s'))", "quantity"},
          {"list_of_units", "[quantity('1 GB')] + [quantity('1 s')]", "list(quantity)"},
      },
      check_clash);
}

// The unit of what is made of a list is that of the list.
TEST(Units, AreThoseOfTheElements) {
  expect_each(
      {
          {"sum", "sum(sizes)", "quantity(B)"},
          {"median", "median(sizes)", "quantity(B)"},
          {"mean", "mean(sizes)", "quantity(B)"},
          {"stdev", "stdev(sizes)", "quantity(B)"},
          {"percentile", "percentile(sizes, 95)", "quantity(B)"},
          {"min", "min(sizes)", "quantity(B)"},
          {"mean_of_temperatures", "mean(readings)", "quantity(Cel)"},
          {"spread_of_temperatures", "stdev(readings)", "quantity(K)"},
          {"sum_of_temperatures", "sum(readings)",
           "E005 temperatures in Cel cannot be added to each other | use K @sum(readings)"},
          {"duration", "quantity(duration('1s'))", "quantity(s)"},
          {"later_duration", "quantity(any)", "quantity"},
          {"unknown", "sum(any)", "dyn"},
          {"compared", "sum(sizes) < quantity('1 s')",
           "E005 cannot compare 'B' and 's': they measure different things | 'sum(sizes)' is in 'B'; give both sides "
           "in "
           "units of one kind @<"},
          {"median_compared", "median(sizes) == quantity('1 s')",
           "E005 cannot compare 'B' and 's': they measure different things | 'median(sizes)' is in 'B'; give both "
           "sides "
           "in units of one kind @=="},
          {"duration_compared", "quantity(duration('1s')) < quantity('1 B')",
           "E005 cannot compare 's' and 'B': they measure different things | 'quantity(duration('1s'))' is in 's'; "
           "give "
           "both sides in units of one kind @<"},
          {"as_size", "max(sizes) - mean(sizes) < quantity('1 MB')", "bool"},
          // A temperature that may be either: only evaluation knows.
          {"either_scale", "[quantity('20 Cel'), quantity('1 K')][1] * 2", "quantity"},
          {"either_scale_chosen", "(any ? quantity('20 Cel') : quantity('1 K')) * 2", "quantity"},
          {"one_scale", "[quantity('20 Cel'), quantity('1 Cel')][1] * 2",
           "E005 temperatures in Cel cannot be multiplied | use K @*"},
      },
      check_clash);
  EXPECT_EQ(told("[quantity('20 Cel'), quantity('1 K')][1] * 2"), "quantity 2 K");
}

}  // namespace
}  // namespace assay::expr
