// SPDX-License-Identifier: Apache-2.0
// Numbers across int, uint and double: comparison and exact conversion.
#pragma once

#include <cmath>
#include <compare>
#include <cstdint>
#include <optional>

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

inline std::partial_ordering compare_numbers(std::int64_t a, std::uint64_t b) {
  if (a < 0) return std::partial_ordering::less;
  return static_cast<std::uint64_t>(a) <=> b;
}
// Next to a double an int counts as the double nearest to it, as the conformance cases of cel-spec have it: beyond 2^53
// neighbours compare as equal.
inline std::partial_ordering compare_numbers(std::int64_t a, double b) { return static_cast<double>(a) <=> b; }
inline std::partial_ordering compare_numbers(std::uint64_t a, double b) { return static_cast<double>(a) <=> b; }

}  // namespace assay::expr
