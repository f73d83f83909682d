// SPDX-License-Identifier: Apache-2.0
// Numbers across int, uint and double without loss: comparison as on the real line, and exact conversion.
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
inline std::partial_ordering compare_numbers(std::int64_t a, double b) {
  if (std::isnan(b)) return std::partial_ordering::unordered;
  if (b >= 0x1p63) return std::partial_ordering::less;
  if (b < -0x1p63) return std::partial_ordering::greater;
  const auto whole = static_cast<std::int64_t>(b);  // towards zero
  if (a != whole) return a <=> whole;
  return 0.0 <=> (b - static_cast<double>(whole));
}
inline std::partial_ordering compare_numbers(std::uint64_t a, double b) {
  if (std::isnan(b)) return std::partial_ordering::unordered;
  if (b >= 0x1p64) return std::partial_ordering::less;
  if (b < 0) return std::partial_ordering::greater;
  const auto whole = static_cast<std::uint64_t>(b);
  if (a != whole) return a <=> whole;
  return 0.0 <=> (b - static_cast<double>(whole));
}

}  // namespace assay::expr
