// SPDX-License-Identifier: Apache-2.0
// Numbers with units. Units follow UCUM (case sensitive: "GiB", "GB/s", "Cel", "MHz", "W", "%", "1"), with a few names
// of the field ("B" for byte, "bit", "rpm", "T" for transfers as in "GT/s", "FLOP", "IOPS", "{event}/s" annotations).
// GB is 10^9 bytes, GiB is 2^30 bytes.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace assay {

// Exponents of the base dimensions: information (byte), time (second), length (metre), mass (kilogram), current
// (ampere), temperature (kelvin).
using Dimension = std::array<std::int8_t, 6>;

struct Unit {
  std::string symbol = "1";  // as written
  double factor = 1;         // to the base unit of the dimension
  double offset = 0;         // added after the factor; only for Cel
  Dimension dimension{};
};

struct Quantity {
  double value = 0;  // in `unit`
  Unit unit;

  [[nodiscard]] double in_base() const { return value * unit.factor + unit.offset; }
};

Result<Unit> parse_unit(std::string_view symbol);
// "4 GiB", "26GB/s", "85 Cel", "0.5"; without a unit the quantity is dimensionless.
Result<Quantity> parse_quantity(std::string_view text);
// "4 GiB": the shortest digits that give the same number, a space, the unit; no unit for "1".
std::string to_string(const Quantity& quantity);
// For people: three or four significant digits and a fitting prefix of the same family: "25.1 GB/s", "3.94 GiB".
// Times of two minutes and more are given in min, h or d.
std::string to_human(const Quantity& quantity);
[[nodiscard]] bool comparable(const Unit& a, const Unit& b);
// The value of `quantity` in `unit`; they must be comparable.
double value_in(const Quantity& quantity, const Unit& unit);
// Unordered when they are not comparable or a value is NaN. Values of different units are equal when they differ by no
// more than rounding can explain: 9 ms is 0.009 s, although neither has an exact binary form.
std::partial_ordering compare(const Quantity& a, const Quantity& b);

// The unit of a product or a quotient: "GB" / "s" is "GB/s". Fails for units with an offset (Cel) and for dimensions
// beyond what an exponent can hold.
Result<Unit> multiply(const Unit& a, const Unit& b);
Result<Unit> divide(const Unit& a, const Unit& b);

// The shortest decimal digits that read back as the same number, without an exponent between 1e-5 and 1e17.
std::string shortest(double value);

}  // namespace assay
