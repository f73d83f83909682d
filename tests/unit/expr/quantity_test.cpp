// SPDX-License-Identifier: Apache-2.0
#include "engine/base/quantity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace assay {
namespace {

struct UnitCase {
  const char* name;
  const char* symbol;
  double factor;
  Dimension dimension;
};
void PrintTo(const UnitCase& one, std::ostream* out) { *out << one.symbol; }
template <class Case>
std::string name_of(const testing::TestParamInfo<Case>& one) {
  return one.param.name;
}

class GoodUnit : public testing::TestWithParam<UnitCase> {};
TEST_P(GoodUnit, HasFactorAndDimension) {
  const auto unit = parse_unit(GetParam().symbol);
  ASSERT_TRUE(unit) << unit.error().message;
  EXPECT_EQ(unit->symbol, GetParam().symbol);
  EXPECT_DOUBLE_EQ(unit->factor, GetParam().factor);
  EXPECT_EQ(unit->dimension, GetParam().dimension);
}
INSTANTIATE_TEST_SUITE_P(Units, GoodUnit,
                         testing::ValuesIn(std::vector<UnitCase>{
                             {"one", "1", 1, {}},
                             {"percent", "%", 0.01, {}},
                             {"ppm", "ppm", 1e-6, {}},
                             {"event", "{event}", 1, {}},
                             {"event_rate", "{event}/s", 1, {0, -1}},
                             {"per_second", "/s", 1, {0, -1}},
                             {"one_per_second", "1/s", 1, {0, -1}},
                             {"byte", "B", 1, {1}},
                             {"ucum_byte", "By", 1, {1}},
                             {"kilobyte", "kB", 1e3, {1}},
                             {"gibibyte", "GiB", 1073741824.0, {1}},
                             {"tebibyte_ucum", "TiBy", 0x1p40, {1}},
                             {"gigabit_rate", "Gbit/s", 1.25e8, {1, -1}},
                             {"gigabyte_rate", "GB/s", 1e9, {1, -1}},
                             {"mebibyte_rate", "MiB/s", 1048576, {1, -1}},
                             {"microsecond", "us", 1e-6, {0, 1}},
                             {"microsecond_sign", "\u00b5s", 1e-6, {0, 1}},
                             {"millisecond", "ms", 1e-3, {0, 1}},
                             {"minute", "min", 60, {0, 1}},
                             {"hour", "h", 3600, {0, 1}},
                             {"day", "d", 86400, {0, 1}},
                             {"megahertz", "MHz", 1e6, {0, -1}},
                             {"rpm", "rpm", 1.0 / 60, {0, -1}},
                             {"transfers", "GT/s", 1e9, {0, -1}},
                             {"flops", "TFLOPS", 1e12, {0, -1}},
                             {"milliwatt", "mW", 1e-3, {0, -3, 2, 1}},
                             {"kilowatt_hour", "kWh", 3.6e6, {0, -2, 2, 1}},
                             {"joule_by_parts", "kg.m2.s-2", 1, {0, -2, 2, 1}},
                             {"joule_per_watt", "J/W", 1, {0, 1}},
                             {"volt", "V", 1, {0, -3, 2, 1, -1}},
                             {"square_metre", "m2", 1, {0, 0, 2}},
                             {"signed_exponent", "m+2", 1, {0, 0, 2}},
                             {"parentheses", "B/(s.K)", 1, {1, -1, 0, 0, 0, -1}},
                             {"metre_not_milli", "m", 1, {0, 0, 1}},
                             {"annotated", "B{used}", 1, {1}},
                         }),
                         name_of<UnitCase>);

TEST(Unit, CelsiusHasAnOffset) {
  const auto unit = parse_unit("Cel");
  ASSERT_TRUE(unit);
  EXPECT_DOUBLE_EQ(unit->offset, 273.15);
}

struct BadCase {
  const char* name;
  const char* text;
  const char* message;
  const char* help;
};
void PrintTo(const BadCase& one, std::ostream* out) { *out << one.text; }
class BadUnit : public testing::TestWithParam<BadCase> {};
TEST_P(BadUnit, IsRefusedWithACure) {
  const auto unit = parse_unit(GetParam().text);
  ASSERT_FALSE(unit);
  EXPECT_EQ(unit.error().code, Code::kUnit);
  EXPECT_EQ(unit.error().message, GetParam().message);
  EXPECT_EQ(unit.error().help, GetParam().help);
}
INSTANTIATE_TEST_SUITE_P(
    Units, BadUnit,
    testing::ValuesIn(std::vector<BadCase>{
        {"empty", "", "a unit is missing", "write 1 for a number without a unit"},
        {"capital_kilo", "KB", "'KB' is not a unit: 'KB' is unknown", "write kB (1000 bytes) or KiB (1024 bytes)"},
        {"wrong_case", "mhz", "'mhz' is not a unit: 'mhz' is unknown", "did you mean 'MHz'?"},
        {"celsius", "C", "'C' is not a unit: 'C' is unknown", "write Cel"},
        {"part_of_a_rate", "gb/s", "'gb/s' is not a unit: 'gb' is unknown", "write GB or Gbit"},
        {"network_slang", "Gbps", "'Gbps' is not a unit: 'Gbps' is unknown", "write Gbit/s"},
        {"prefix_alone", "Ki", "'Ki' is not a unit: 'Ki' is unknown", "did you mean 'KiB'?"},
        {"binary_hertz", "KiHz", "'KiHz' is not a unit: 'KiHz' is unknown", "did you mean 'KiB'?"},
        {"milli_byte", "mB", "'mB' is not a unit: 'mB' is unknown", "did you mean 'MB'?"},
        {"dangling_slash", "B/", "'B/' is not a unit: a name is missing", ""},
        {"double_slash", "B//s", "'B//s' is not a unit: unexpected '/'", ""},
        {"space", "GB /s", "'GB /s' is not a unit: unexpected ' '", ""},
        {"open_annotation", "{event", "'{event' is not a unit: '}' is missing", ""},
        {"nested_annotation", "{a{b}}", "'{a{b}}' is not a unit: '}' is missing", ""},
        {"space_in_annotation", "{a b}",
         "'{a b}' is not a unit: an annotation holds ASCII characters without spaces only", ""},
        {"open_parenthesis", "(B", "'(B' is not a unit: ')' is missing", ""},
        {"deep", "(((((((((B)))))))))", "'(((((((((B)))))))))' is not a unit: too many parentheses", ""},
        {"dimension_overflow", "m127.m", "'m127.m' is not a unit: an exponent is too large", ""},
        {"exponent_overflow", "m999", "'m999' is not a unit: an exponent is too large or not a number", ""},
        {"factor_overflow", "Gm99", "'Gm99' is not a unit: its factor is too large or too small", ""},
        {"product_overflow", "EB99.EB99", "'EB99.EB99' is not a unit: its factor is too large or too small", ""},
        {"sign_only", "m-", "'m-' is not a unit: an exponent is too large or not a number", ""},
        {"celsius_rate", "Cel/s", "'Cel/s' is not a unit: Cel cannot be part of a product", "use K for differences"},
        {"celsius_power", "Cel2", "'Cel2' is not a unit: Cel cannot have an exponent", "use K for differences"},
        {"number", "10", "'10' is not a unit: unexpected '1'", ""},
    }),
    name_of<BadCase>);

TEST(Unit, RefusesALongSymbol) {
  const auto unit = parse_unit(std::string(65, 'B'));
  ASSERT_FALSE(unit);
  EXPECT_EQ(unit.error().message, "a unit of 65 bytes; at most 64 are allowed");
}

struct TextCase {
  const char* name;
  const char* text;
  const char* plain;
  const char* human;
};
void PrintTo(const TextCase& one, std::ostream* out) { *out << one.text; }
class QuantityText : public testing::TestWithParam<TextCase> {};
TEST_P(QuantityText, IsReadAndWritten) {
  const auto quantity = parse_quantity(GetParam().text);
  ASSERT_TRUE(quantity) << quantity.error().message;
  EXPECT_EQ(to_string(*quantity), GetParam().plain);
  EXPECT_EQ(to_human(*quantity), GetParam().human);
  const auto again = parse_quantity(to_string(*quantity));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->value, quantity->value);
  EXPECT_EQ(again->unit.symbol, quantity->unit.symbol);
}
INSTANTIATE_TEST_SUITE_P(Quantities, QuantityText,
                         testing::ValuesIn(std::vector<TextCase>{
                             {"spaced", "4 GiB", "4 GiB", "4 GiB"},
                             {"unspaced", "26GB/s", "26 GB/s", "26 GB/s"},
                             {"padded", "  26 GB/s ", "26 GB/s", "26 GB/s"},
                             {"celsius", "85 Cel", "85 Cel", "85 Cel"},
                             {"bare", "0.5", "0.5", "0.5"},
                             {"one", "0.5 1", "0.5", "0.5"},
                             {"negative", "-3.25 V", "-3.25 V", "-3.25 V"},
                             {"leading_point", ".5 s", "0.5 s", "500 ms"},
                             {"percent", "12.345%", "12.345 %", "12.3 %"},
                             {"exponent", "1e3 B", "1000 B", "1 kB"},
                             {"exa_is_no_exponent", "1EB", "1 EB", "1 EB"},
                             {"large", "25123456789 B/s", "25123456789 B/s", "25.1 GB/s"},
                             {"binary_family", "4035 MiB", "4035 MiB", "3.94 GiB"},
                             {"binary_small", "0.25 GiB", "0.25 GiB", "256 MiB"},
                             {"binary_below_all", "0.5 KiB", "0.5 KiB", "512 B"},
                             {"decimal_four_digits", "1023 KiB", "1023 KiB", "1023 KiB"},
                             {"rounds_up_a_prefix", "999.9 MB", "999.9 MB", "1 GB"},
                             {"no_prefix_below_byte", "0.5 B", "0.5 B", "0.5 B"},
                             {"power", "0.0123 W", "0.0123 W", "12.3 mW"},
                             {"hertz", "3200 MHz", "3200 MHz", "3.2 GHz"},
                             {"tiny_time", "0.0000123 s", "0.0000123 s", "12.3 us"},
                             {"seconds", "90 s", "90 s", "90 s"},
                             {"minutes", "600 s", "600 s", "10 min"},
                             {"hours", "9000 s", "9000 s", "2.5 h"},
                             {"days", "100 h", "100 h", "4.17 d"},
                             {"annotation", "1234567 {event}/s", "1234567 {event}/s", "1234567 {event}/s"},
                             {"rate_of_operations", "1500 kIOPS", "1500 kIOPS", "1.5 MIOPS"},
                             {"zero", "0 GB", "0 GB", "0 GB"},
                             {"squared_is_left_alone", "5000 m2", "5000 m2", "5000 m2"},
                             {"many_digits", "0.1 s", "0.1 s", "100 ms"},
                             {"below_every_prefix", "1e-15 s", "1e-15 s", "0.001 ps"},
                         }),
                         name_of<TextCase>);

class BadQuantity : public testing::TestWithParam<BadCase> {};
TEST_P(BadQuantity, IsRefused) {
  const auto quantity = parse_quantity(GetParam().text);
  ASSERT_FALSE(quantity);
  EXPECT_EQ(quantity.error().code, Code::kUnit);
  EXPECT_EQ(quantity.error().message, GetParam().message);
}
INSTANTIATE_TEST_SUITE_P(Quantities, BadQuantity,
                         testing::ValuesIn(std::vector<BadCase>{
                             {"empty", "", "'' is not a quantity", ""},
                             {"unit_only", "GB", "'GB' is not a quantity", ""},
                             {"sign_only", "-", "'-' is not a quantity", ""},
                             {"plus", "+4 GB", "'+4 GB' is not a quantity", ""},
                             {"not_a_number", "nan B", "'nan B' is not a quantity", ""},
                             {"infinite", "inf", "'inf' is not a quantity", ""},
                             {"too_large", "1e999 B", "'1e999 B' is not a quantity", ""},
                             {"two_numbers", "4 5 GB", "'4 5 GB' is not a quantity", ""},
                             {"hexadecimal", "0x10 B", "'x10 B' is not a unit: 'x' is unknown", ""},
                             {"bad_unit", "4 KB", "'KB' is not a unit: 'KB' is unknown", ""},
                         }),
                         name_of<BadCase>);

Quantity quantity(const char* text) { return *parse_quantity(text); }

TEST(Quantity, ComparesAcrossUnitsOfOneKind) {
  EXPECT_TRUE(compare(quantity("1 GB"), quantity("1000 MB")) == 0);
  EXPECT_TRUE(compare(quantity("1 GiB"), quantity("1 GB")) > 0);
  EXPECT_TRUE(compare(quantity("85 Cel"), quantity("358.15 K")) == 0);
  EXPECT_TRUE(compare(quantity("50 %"), quantity("0.5")) == 0);
  EXPECT_TRUE(compare(quantity("1 Gbit/s"), quantity("125 MB/s")) == 0);
  EXPECT_TRUE(compare(quantity("1 GB"), quantity("1 s")) == std::partial_ordering::unordered);
  EXPECT_TRUE(compare(Quantity{std::nan(""), {}}, quantity("1")) == std::partial_ordering::unordered);
}

TEST(Quantity, RoundingOfUnitsDoesNotDecideAComparison) {
  for (int n = 1; n <= 5000; ++n) {
    const Quantity milliseconds = quantity((std::to_string(n) + " ms").c_str());
    const Quantity seconds{std::stod(std::to_string(n / 1000) + "." + std::to_string(1000 + n % 1000).substr(1)),
                           *parse_unit("s")};
    EXPECT_TRUE(compare(milliseconds, seconds) == 0) << n;
  }
  EXPECT_TRUE(compare(quantity("1 ms"), quantity("1.00000000001 ms")) < 0);
  EXPECT_TRUE(compare(quantity("1 ms"), quantity("0.00100000000001 s")) < 0);
}

TEST(Quantity, ConvertsBetweenComparableUnits) {
  EXPECT_DOUBLE_EQ(value_in(quantity("4 GiB"), *parse_unit("MiB")), 4096);
  EXPECT_DOUBLE_EQ(value_in(quantity("85 Cel"), *parse_unit("K")), 358.15);
  EXPECT_DOUBLE_EQ(value_in(quantity("300 K"), *parse_unit("Cel")), 26.850000000000023);
  EXPECT_EQ(value_in(quantity("0.1 GB"), *parse_unit("GB")), 0.1);
}

TEST(Quantity, ProductsAndQuotientsOfUnitsHaveReadableSymbols) {
  const auto unit = [](const char* text) { return *parse_unit(text); };
  EXPECT_EQ(divide(unit("GB"), unit("s"))->symbol, "GB/s");
  EXPECT_EQ(multiply(unit("GB/s"), unit("s"))->symbol, "GB/s.s");
  EXPECT_EQ(multiply(unit("GB/s"), unit("s"))->dimension, (Dimension{1}));
  EXPECT_EQ(divide(unit("GB"), unit("GB/s"))->dimension, (Dimension{0, 1}));
  EXPECT_EQ(divide(unit("1"), unit("s"))->symbol, "1/s");
  EXPECT_EQ(multiply(unit("W"), unit("1"))->symbol, "W");
  EXPECT_FALSE(divide(unit("Cel"), unit("s")));
}

TEST(Shortest, IsPlainWhereThatIsReadable) {
  EXPECT_EQ(shortest(1000000), "1000000");
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(1e17), "1e+17");
  EXPECT_EQ(shortest(0.00001), "0.00001");
  EXPECT_EQ(shortest(0.000001), "1e-06");
  EXPECT_EQ(shortest(-0.0), "-0");
  EXPECT_EQ(shortest(std::numeric_limits<double>::infinity()), "Infinity");
  EXPECT_EQ(shortest(std::nan("")), "NaN");
}

}  // namespace
}  // namespace assay
