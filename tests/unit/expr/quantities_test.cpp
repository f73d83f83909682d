// SPDX-License-Identifier: Apache-2.0
// Quantities in expressions: units and prefixes, what may meet what, temperatures, conversion, text.
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

TEST(Measured, Units) {
  expect_each({
      {"decimal_prefixes", "['kB', 'MB', 'GB', 'TB', 'PB', 'EB'].map(u, quantity(1, u).value('B'))",
       "[1000.0, 1000000.0, 1000000000.0, 1000000000000.0, 1000000000000000.0, 1e+18]"},
      {"binary_prefixes",
       "['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'].map(u, quantity(1, u).value('B')).map(v, v == "
       "1024.0 || math.round(v / 1024.0) * 1024.0 == v)",
       "[true, true, true, true, true, true]"},
      {"binary_ladder", "[quantity('1 MiB') / quantity('1 KiB'), quantity('1 EiB') / quantity('1 PiB')]",
       "[1024.0, 1024.0]"},
      {"small_prefixes",
       "[quantity('1 s') == quantity('1000 ms'), quantity('1 ms') == quantity('1000 us'), quantity('1 us') == "
       "quantity('1000 ns'), quantity('1 ns') == quantity('1000 ps')]",
       "[true, true, true, true]"},
      {"both_micro_signs", R"(quantity('5 \u00b5s') == quantity('5 us') && quantity('5 \u03bcs') == quantity('5 us'))",
       "true"},
      {"bits_and_bytes",
       "[quantity('8 bit') == quantity('1 B'), quantity('1 Gbit/s') == quantity('125 MB/s'), "
       "quantity('1 By') == quantity('1 B')]",
       "[true, true, true]"},
      {"times",
       "[quantity('1 wk') == quantity('7 d'), quantity('1 d') == quantity('24 h'), quantity('1 h') == "
       "quantity('60 min'), quantity('1 min') == quantity('60 s')]",
       "[true, true, true, true]"},
      {"rates",
       "[quantity('60 rpm') == quantity('1 Hz'), quantity('1 kIOPS') == quantity('1000 /s'), quantity('1 GT/s') "
       "== quantity('1 GHz'), quantity('1 TFLOPS') == quantity('1 TFLOP/s')]",
       "[true, true, true, true]"},
      {"shares",
       "[quantity('50 %') == quantity('0.5'), quantity('1 %') == quantity('10000 ppm'), quantity('1') == "
       "quantity('1 {event}')]",
       "[true, true, true]"},
      {"energy",
       "[quantity('1 kWh') == quantity('3.6 MJ'), quantity('1 W') == quantity('1 J/s'), quantity('1 W') == "
       "quantity('1 V.A'), quantity('1 V') == quantity('1 A.Ohm')]",
       "[true, true, true, true]"},
      {"mechanics",
       "[quantity('1 N') == quantity('1 kg.m/s2'), quantity('1 Pa') == quantity('1 N/m2'), quantity('1 J') "
       "== quantity('1 N.m')]",
       "[true, true, true]"},
      {"annotations_mean_nothing", "quantity('5 {retry}/s') == quantity('5 Hz')", "true"},
      {"wrong_case", "quantity('1 ghz')",
       "E007 'ghz' is not a unit: 'ghz' is unknown | did you mean 'GHz'? @quantity('1 ghz')"},
      {"celsius_by_sign", "quantity('85 °C')",
       "E007 '°C' is not a unit: '°C' is unknown | write Cel @quantity('85 °C')"},
      {"slang", "quantity('10 Gbps')",
       "E007 'Gbps' is not a unit: 'Gbps' is unknown | write Gbit/s @quantity('10 Gbps')"},
      {"byte_in_words", "quantity('4 bytes')",
       "E007 'bytes' is not a unit: 'bytes' is unknown | write B @quantity('4 bytes')"},
      {"computed_unit", "quantity(4, 'G' + 'b')",
       "E007 'Gb' is not a unit: 'Gb' is unknown | write GB or Gbit @quantity(4, 'G' + 'b')"},
      {"empty_unit", "quantity(4, '')",
       "E007 a unit is missing | write 1 for a number without a unit @quantity(4, '')"},
      {"unit_without_number", "quantity('GiB')",
       "E007 'GiB' is not a quantity | write a number and a unit, for example 4 GiB, 26 GB/s or 85 Cel "
       "@quantity('GiB')"},
      {"no_text", "quantity('')",
       "E007 '' is not a quantity | write a number and a unit, for example 4 GiB, 26 GB/s or 85 Cel @quantity('')"},
      {"two_numbers", "quantity('4 5 GB')",
       "E007 '4 5 GB' is not a quantity | write a number and a unit, for example 4 GiB, 26 GB/s or 85 Cel "
       "@quantity('4 5 GB')"},
  });
}

TEST(Measured, Made) {
  expect_each({
      {"from_text", "[quantity('4 GiB'), quantity('4GiB'), quantity(' 4  GiB '), quantity('-1.5e3 V'), quantity('.5')]",
       "[quantity 4 GiB, quantity 4 GiB, quantity 4 GiB, quantity -1500 V, quantity 0.5]"},
      {"from_numbers", "[quantity(4, 'GiB'), quantity(4u, 'GiB'), quantity(4.5, 'GiB'), quantity(4, '1')]",
       "[quantity 4 GiB, quantity 4 GiB, quantity 4.5 GiB, quantity 4]"},
      {"from_itself", "quantity(quantity('4 GiB'))", "quantity 4 GiB"},
      {"from_durations", "[quantity(duration('1.5s')), quantity(duration('-1h')), quantity(duration('1ns'))]",
       "[quantity 1.5 s, quantity -3600 s, quantity 1e-09 s]"},
      {"infinite", "quantity(1.0 / 0.0, 'GB')", "E006 the quantity is too large @quantity(1.0 / 0.0, 'GB')"},
      {"nan", "quantity(0.0 / 0.0, 'GB')", "E006 the quantity is too large @quantity(0.0 / 0.0, 'GB')"},
      {"number_alone", "quantity(4)",
       "E004 'quantity' does not take (int) | it takes (string), (double, string), (int, string), (uint, string), "
       "(duration), (quantity) @quantity"},
      {"two_texts", "quantity('4', 'GB')",
       "E004 'quantity' does not take (string, string) | it takes (string), (double, string), (int, string), (uint, "
       "string), (duration), (quantity) @quantity"},
  });
}

TEST(Measured, Comparison) {
  expect_each({
      {"across_prefixes",
       "[quantity('1 GiB') > quantity('1 GB'), quantity('1024 MiB') == quantity('1 GiB'), "
       "quantity('999 MB') < quantity('1 GB'), quantity('1 GB') >= quantity('1000 MB')]",
       "[true, true, true, true]"},
      {"rounding_of_units",
       "[quantity('9 ms') == quantity('0.009 s'), quantity('0.1 GB') == quantity('100 MB'), "
       "quantity('3.3 GHz') == quantity('3300 MHz'), quantity('7 min') == quantity('0.11666666666666667 "
       "h')]",
       "[true, true, true, true]"},
      {"rounding_is_no_excuse_in_one_unit", "quantity('1 ms') == quantity('1.0000000000000002 ms')", "false"},
      {"rounding_in_order",
       "[quantity('9 ms') <= quantity('0.009 s'), quantity('9 ms') < quantity('0.009 s'), "
       "quantity('9 ms') != quantity('0.009 s')]",
       "[true, false, false]"},
      {"visible_difference", "quantity('1 ms') < quantity('0.00100000000001 s')", "true"},
      {"temperatures",
       "[quantity('0 Cel') == quantity('273.15 K'), quantity('-40 Cel') < quantity('300 K'), "
       "quantity('85 Cel') > quantity('84.9 Cel')]",
       "[true, true, true]"},
      {"other_dimension", "quantity('1 GB') < quantity('1 GB/s')",
       "E005 cannot compare 'GB' and 'GB/s': they measure different things | give both sides in units of one kind "
       "@<"},
      {"unequal_dimensions", "quantity('1 GB') != quantity('1 s')",
       "E005 cannot compare 'GB' and 's': they measure different things | give both sides in units of one kind @!="},
      {"number_and_unit", "quantity('5') < quantity('5 s')",
       "E005 cannot compare a number without a unit and 's': they measure different things | give both sides in "
       "units "
       "of one kind @<"},
      {"bare_number_right", "quantity('5 GB') >= 5",
       "E005 '>=' does not take (quantity, int) | a quantity meets only quantities here: write the number with its "
       "unit, as quantity(\"4 GiB\") @>="},
      {"bare_number_left", "5.0 < quantity('5 GB')",
       "E005 '<' does not take (double, quantity) | a quantity meets only quantities here: write the number with its "
       "unit, as quantity(\"4 GiB\") @<"},
      {"equal_to_a_number", "5u == quantity('5')",
       "E005 a quantity cannot be compared with a bare number | write the number with its unit, as quantity(\"4 "
       "GiB\") @=="},
      {"different_from_a_number", "quantity('5') != 5",
       "E005 a quantity cannot be compared with a bare number | write the number with its unit, as quantity(\"4 "
       "GiB\") @!="},
      {"text", "quantity('5 GB') < '6 GB'",
       "E005 '<' does not take (quantity, string) | write the text as quantity(\"…\") @<"},
      {"other_kinds", "quantity('5 GB') < null",
       "E005 '<' does not take (quantity, null_type) | both sides must be of one type @<"},
  });
}

TEST(Measured, Arithmetic) {
  expect_each({
      {"sum_in_the_unit_of_the_left", "[quantity('1 GB') + quantity('500 MB'), quantity('500 MB') + quantity('1 GB')]",
       "[quantity 1.5 GB, quantity 1500 MB]"},
      {"difference_in_the_unit_of_the_left",
       "[quantity('2 h') - quantity('30 min'), quantity('1 s') - quantity('1500 "
       "ms')]",
       "[quantity 1.5 h, quantity -0.5 s]"},
      {"scaled", "[quantity('3 GB') * 2, 2u * quantity('3 GB'), quantity('3 GB') * 0.5, -1 * quantity('3 GB')]",
       "[quantity 6 GB, quantity 6 GB, quantity 1.5 GB, quantity -3 GB]"},
      {"divided", "[quantity('3 GB') / 2, quantity('3 GB') / 2u, quantity('3 GB') / 0.5]",
       "[quantity 1.5 GB, quantity 1.5 GB, quantity 6 GB]"},
      {"ratio", "[quantity('1 GiB') / quantity('512 MiB'), quantity('1 min') / quantity('1 h') * 60.0]", "[2.0, 1.0]"},
      {"rate", "quantity('10 GB') / quantity('4 s')", "quantity 2.5 GB/s"},
      {"rate_of_a_rate", "quantity('10 GB/s') / quantity('4 s')", "quantity 2.5 GB/s/s"},
      {"time_of_a_rate", "(quantity('10 GB') / quantity('4 GB/s')).to('s')", "quantity 2.5 s"},
      {"inverse", "quantity('1') / quantity('4 ms') == quantity('250 Hz')", "true"},
      {"product",
       "[quantity('2 A') * quantity('3 V') == quantity('6 W'), (quantity('2 GB/s') * quantity('3 s')).to('GB')]",
       "[true, quantity 6 GB]"},
      {"product_with_a_share", "[quantity('8 GB') * quantity('0.5'), quantity('0.5') * quantity('8 GB')]",
       "[quantity 4 GB, quantity 4 GB]"},
      {"negative", "[-quantity('3 V'), - -quantity('3 V')]", "[quantity -3 V, quantity 3 V]"},
      {"number_by_quantity", "1 / quantity('2 s')",
       "E005 '/' does not take (int, quantity) | a quantity meets only quantities here: write the number with its "
       "unit, as quantity(\"4 GiB\") @/"},
      {"sum_with_a_number", "1.5 + quantity('2 s')",
       "E005 '+' does not take (double, quantity) | a quantity meets only quantities here: write the number with its "
       "unit, as quantity(\"4 GiB\") @+"},
      {"sum_with_a_duration", "quantity('2 s') + duration('1s')",
       "E005 '+' does not take (quantity, google.protobuf.Duration) | write quantity(d) for the quantity of a "
       "duration "
       "@+"},
      {"sum_with_a_text", "'takes ' + quantity('2 s')",
       "E005 '+' does not take (string, quantity) | write the text as quantity(\"…\") @+"},
      {"remainder", "quantity('5 s') % quantity('2 s')",
       "E005 '%' does not take (quantity, quantity) | it takes (int, int), (uint, uint) @%"},
      {"sum_of_dimensions", "quantity('1 V') + quantity('1 A')",
       "E005 cannot add 'V' and 'A': they measure different things | give both sides in units of one kind @+"},
      {"difference_of_dimensions", "quantity('1 GB') - quantity('1')",
       "E005 cannot subtract 'GB' and a number without a unit: they measure different things | give both sides in "
       "units of one kind @-"},
      {"by_zero", "quantity('1 GB') / 0", "E006 division by zero @/"},
      {"by_double_zero", "quantity('1 GB') / -0.0", "E006 division by zero @/"},
      {"by_zero_seconds", "quantity('1 GB') / quantity('0 s')", "E006 division by zero @/"},
      {"too_large", "quantity('1e308 B') * 10", "E006 the quantity is too large @*"},
      {"sum_of_a_list_too_large", "sum([quantity('1.7e308 B'), quantity('1.7e308 B')])",
       "E006 the quantity is too large @sum([quantity('1.7e308 B'), quantity('1.7e308 B')])"},
      {"mean_too_large", "mean([quantity('1.7e308 B'), quantity('1.7e308 B')])",
       "E006 the quantity is too large @mean([quantity('1.7e308 B'), quantity('1.7e308 B')])"},
      {"mean_of_numbers_too_large", "mean([1.7e308, 1.7e308])", "Infinity"},
      {"sum_too_large", "quantity('1.7e308 B') + quantity('1.7e308 B')", "E006 the quantity is too large @+"},
  });
}

TEST(Measured, Temperatures) {
  expect_each({
      {"difference", "[quantity('85 Cel') - quantity('25 Cel'), quantity('300 K') - quantity('280 K')]",
       "[quantity 60 K, quantity 20 K]"},
      {"difference_of_two_scales", "quantity('300.15 K') - quantity('20 Cel') == quantity('7 K')", "true"},
      {"amount_added", "[quantity('85 Cel') + quantity('5 K'), quantity('5 K') + quantity('85 Cel')]",
       "[quantity 90 Cel, quantity 90 Cel]"},
      {"amount_taken_away", "quantity('85 Cel') - quantity('5000 mK')", "quantity 80 Cel"},
      {"kelvin_scales", "[quantity('300 K') * 2, quantity('300 K') / quantity('100 K')]", "[quantity 600 K, 3.0]"},
      {"conversion", "[quantity('25 Cel').to('K'), quantity('273.15 K').to('Cel'), quantity('0 Cel').to('mK')]",
       "[quantity 298.15 K, quantity 0 Cel, quantity 273150 mK]"},
      {"sum", "quantity('85 Cel') + quantity('5 Cel')",
       "E005 temperatures in Cel cannot be multiplied, divided, negated or added to each other | use K @+"},
      {"product_with_a_number", "2 * quantity('20 Cel')",
       "E005 temperatures in Cel cannot be multiplied, divided, negated or added to each other | use K @*"},
      {"quotient_by_a_number", "quantity('20 Cel') / 2",
       "E005 temperatures in Cel cannot be multiplied, divided, negated or added to each other | use K @/"},
      {"ratio", "quantity('20 Cel') / quantity('10 Cel')",
       "E005 temperatures in Cel cannot be multiplied, divided, negated or added to each other | use K @/"},
      {"negative", "-quantity('20 Cel')",
       "E005 temperatures in Cel cannot be multiplied, divided, negated or added to each other | use K @-"},
      {"below_zero_is_a_number", "quantity('-20 Cel') < quantity('0 Cel')", "true"},
      {"product", "quantity('20 Cel') * quantity('2 s')",
       "E007 'Cel.s' is not a unit: Cel cannot be part of a product | use K for differences @*"},
      {"unit_of_a_rate", "quantity('1 Cel/s')",
       "E007 'Cel/s' is not a unit: Cel cannot be part of a product | use K for differences @quantity('1 Cel/s')"},
  });
}

TEST(Measured, OutAgain) {
  expect_each({
      {"value", "[quantity('4 GiB').value('MiB'), quantity('1.5 h').value('min'), quantity('50 %').value('1')]",
       "[4096.0, 90.0, 0.5]"},
      {"to_keeps_the_unit_as_written", "[quantity('1500 MB').to('GB'), quantity('1500 MB').to('GBy')]",
       "[quantity 1.5 GB, quantity 1.5 GBy]"},
      {"unit", "[quantity('26GB/s').unit(), quantity('5').unit(), quantity('2 m').to('mm').unit()]",
       R"(["GB/s", "1", "mm"])"},
      {"human",
       "[quantity('25123456789 B/s').human(), quantity('4035 MiB').human(), quantity('9000 s').human(), "
       "quantity('0.0123 W').human(), quantity('0 GB').human(), quantity('85 Cel').human()]",
       R"(["25.1 GB/s", "3.94 GiB", "2.5 h", "12.3 mW", "0 GB", "85 Cel"])"},
      {"human_of_negative", "quantity('-2500 MB').human()", R"("-2.5 GB")"},
      {"text", "string(quantity('0.1 GB')) + ' of ' + string(quantity('1e20 B'))", R"("0.1 GB of 1e+20 B")"},
      {"value_without_unit", "quantity('4 GiB').value()",
       "E004 'value' does not take (quantity) | it takes (quantity, string), (optional_type(A)) @value"},
      {"value_of_another_kind", "quantity('4 GiB').value('GB/s')",
       "E005 cannot convert between 'GiB' and 'GB/s': they measure different things | give both sides in units of "
       "one "
       "kind @quantity('4 GiB').value('GB/s')"},
      {"to_an_unknown_unit", "quantity('4 GiB').to('gib')",
       "E007 'gib' is not a unit: 'gib' is unknown | did you mean 'GiB'? @quantity('4 GiB').to('gib')"},
      {"member", "quantity('4 GiB').unit", "E004 no member 'unit' in a value of type quantity @unit"},
      {"one_per_second", "quantity('0.5 1/s')", "quantity 0.5 1/s"},
      {"read_back", "[quantity(0.5, '1/s')].map(x, quantity(string(x)))[0]", "quantity 0.5 1/s"},
      {"one_annotated", "quantity('4 1{core}')", "quantity 4 1{core}"},
      {"one_and_digits", "quantity('4 12/s')",
       "E007 '4 12/s' is not a quantity | write a number and a unit, for example 4 GiB, 26 GB/s or 85 Cel "
       "@quantity('4 12/s')"},
      {"from_facts", "facts.disks.map(d, (d.size / 2).human())", R"(["500 GB", "1 TB"])"},
  });
}

}  // namespace
}  // namespace assay::expr
