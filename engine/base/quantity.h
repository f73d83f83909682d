// SPDX-License-Identifier: Apache-2.0
// Numbers with units. Units follow UCUM (case sensitive: "GiB", "GB/s", "Cel", "MHz", "W", "%", "1"), with a few names
// of the field ("B" for byte, "bit", "rpm", "{event}/s" annotations). GB is 10^9 bytes, GiB is 2^30 bytes.
#pragma once

#include <array>
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
std::string to_human(const Quantity& quantity);
[[nodiscard]] bool comparable(const Unit& a, const Unit& b);
// The value of `quantity` in `unit`; they must be comparable.
double value_in(const Quantity& quantity, const Unit& unit);

}  // namespace assay
