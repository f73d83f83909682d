// SPDX-License-Identifier: Apache-2.0
// Numbers across int, uint and double: comparison and exact conversion.
#pragma once

#include <charconv>
#include <cmath>
#include <compare>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace assay::expr {

// The integer a double holds, if it is whole and fits.
inline std::optional<std::int64_t> exact_int(double value) {
  if (!(value >= -0x1p63 && value < 0x1p63) || std::trunc(value) != value) return std::nullopt;
  return static_cast<std::int64_t>(value);
}
inline std::optional<std::uint64_t> exact_uint(double value) {
  if (!(value >= 0 && value < 0x1p64) || std::trunc(value) != value) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

// The double nearest to a decimal text; beyond the largest it is an infinity, as the literal is. nullopt: no number.
inline std::optional<double> read_double(std::string_view text) {
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (stop != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
  // from_chars() tells neither which end of the range was left nor the value there.
  if (error == std::errc::result_out_of_range) return std::strtod(std::string(text).c_str(), nullptr);
  return value;
}

inline std::partial_ordering compare_numbers(std::int64_t a, std::uint64_t b) {
  if (a < 0) return std::partial_ordering::less;
  return static_cast<std::uint64_t>(a) <=> b;
}
// Next to a double an int counts as the double nearest to it, as the conformance cases of cel-spec have it: beyond 2^53
// neighbours compare as equal.
inline std::partial_ordering compare_numbers(std::int64_t a, double b) { return static_cast<double>(a) <=> b; }
inline std::partial_ordering compare_numbers(std::uint64_t a, double b) { return static_cast<double>(a) <=> b; }

}  // namespace assay::expr
