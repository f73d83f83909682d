// SPDX-License-Identifier: Apache-2.0
#include "reports/numbers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "engine/base/quantity.h"

namespace assay::reports {

namespace {

std::string shortest(double value) {
  std::array<char, 64> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::general, 4);
  return error == std::errc() ? std::string(buffer.data(), end) : std::string("?");
}

std::string with_unit(std::string number, std::string_view unit) {
  if (unit.empty() || unit == "1") return number;
  return std::move(number) + " " + unit_for_people(unit);
}

}  // namespace

std::string human(double value, std::string_view unit) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return with_unit(value > 0 ? "∞" : "−∞", unit);
  Result<Unit> parsed = parse_unit(unit.empty() ? std::string_view("1") : unit);
  if (!parsed) return with_unit(shortest(value), unit);
  const std::string text = to_human(Quantity{.value = value, .unit = std::move(*parsed)});
  const std::size_t space = text.find(' ');
  if (space == std::string::npos) return group_thousands(text);
  return with_unit(group_thousands(text.substr(0, space)), std::string_view(text).substr(space + 1));
}

std::string unit_for_people(std::string_view unit) {
  std::string out;
  for (std::size_t at = 0; at < unit.size();) {
    const std::size_t end = std::min(unit.find_first_of("/.{}", at), unit.size());
    const std::string_view part = unit.substr(at, end - at);
    out += part == "Cel" ? "°C" : part == "us" ? "µs" : std::string(part);
    if (end < unit.size() && unit[end] != '{' && unit[end] != '}') out += unit[end];
    at = end + 1;
  }
  return out;
}

std::string group_thousands(std::string number) {
  const std::size_t begin = number.find_first_of("0123456789");
  if (begin == std::string::npos) return number;
  const std::size_t end = std::min(number.find_first_not_of("0123456789", begin), number.size());
  constexpr std::size_t kUngrouped = 4;
  if (end - begin <= kUngrouped) return number;
  for (std::size_t at = end; at > begin + 3;) number.insert(at -= 3, "\u202F");
  return number;
}

std::string fixed(double value, int decimals) {
  std::array<char, 400> buffer{};  // the largest double has 309 digits before the point
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals);
  if (error != std::errc()) return shortest(value);
  std::string text(buffer.data(), end);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string percent(double share) {
  if (!std::isfinite(share)) return "? %";
  const double value = share * 100;
  const double shown = value < 100 ? std::floor(value * 10 + 1e-6) / 10 : value;
  return fixed(shown, 1) + " %";
}

Scale scale_for(double largest, std::string_view unit) {
  Scale same{.unit = std::string(unit)};
  if (!std::isfinite(largest)) return same;
  const Result<Unit> from = parse_unit(unit.empty() ? std::string_view("1") : unit);
  if (!from || from->offset != 0) return same;
  const std::string text = to_human(Quantity{.value = largest, .unit = *from});
  const std::size_t space = text.rfind(' ');
  if (space == std::string::npos) return same;
  Result<Unit> to = parse_unit(std::string_view(text).substr(space + 1));
  if (!to || to->offset != 0 || !comparable(*from, *to)) return same;
  const double factor = value_in(Quantity{.value = 1, .unit = *from}, *to);
  if (!std::isfinite(factor) || factor <= 0) return same;
  return {.unit = to->symbol, .factor = factor};
}

}  // namespace assay::reports
