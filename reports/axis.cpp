// SPDX-License-Identifier: Apache-2.0
#include "reports/axis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "reports/numbers.h"

namespace assay::reports {

namespace {

constexpr double kLargest = 1e300;  // differences of larger numbers overflow
constexpr double kRoom = 0.06;      // free space at each end, as a share of the range

double round_step(double span, int most_ticks) {
  const double raw = span / most_ticks;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  constexpr std::array kSteps{1.0, 2.0, 2.5, 5.0, 10.0};
  for (const double step : kSteps) {
    if (step * power >= raw * (1 - 1e-9)) return step * power;
  }
  return 10 * power;
}

}  // namespace

Axis make_axis(double low, double high, int most_ticks) {
  low = std::clamp(low, -kLargest, kLargest);
  high = std::clamp(high, low, kLargest);
  const double magnitude = std::max(std::abs(low), std::abs(high));
  double span = high - low;
  // A range narrower than the numbers can resolve is drawn as one point with room around it.
  if (span <= magnitude * 1e-9 || span < std::numeric_limits<double>::min() * 1e9) {
    span = magnitude > 1e-290 ? magnitude * 0.1 : 1;
    low -= span / 2;
    high += span / 2;
  } else {
    low -= span * kRoom;
    high += span * kRoom;
  }
  Axis axis{.low = low, .high = high, .ticks = {}, .step = round_step(high - low, most_ticks)};
  const double first = std::ceil(low / axis.step);
  const double last = std::floor(high / axis.step);
  for (double index = first; index <= last && index - first < most_ticks + 1; ++index) {
    axis.ticks.push_back(index * axis.step);
  }
  return axis;
}

std::string tick_text(double value, double step) {
  if (std::abs(value) < step * 1e-6) return "0";
  if (std::abs(value) >= 1e9 || step < 1e-6) {
    // Powers of ten read better than rows of zeros.
    const int power = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9));
    return fixed(value / std::pow(10.0, power), 3) + "e" + std::to_string(power);
  }
  int decimals = 0;
  for (double scaled = step; decimals < 7 && std::abs(scaled - std::round(scaled)) > 1e-6 * scaled; scaled *= 10)
    ++decimals;
  return group_thousands(fixed(value, decimals));
}

}  // namespace assay::reports
