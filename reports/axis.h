// SPDX-License-Identifier: Apache-2.0
// The scale of a chart: where it begins and ends, and which round numbers stand on it.
#pragma once

#include <string>
#include <vector>

namespace assay::reports {

struct Axis {
  double low = 0;
  double high = 1;
  std::vector<double> ticks;  // inside [low, high], rising
  double step = 0;            // between ticks

  // The share of the way from low to high, 0 to 1 for values on the axis.
  [[nodiscard]] double place(double value) const { return (value - low) / (high - low); }
};

// An axis over [low, high] with a little room at both ends and at most `most_ticks` ticks (1, 2, 2.5 or 5 times a power
// of ten apart). Both ends must be finite; equal ends get room around them.
Axis make_axis(double low, double high, int most_ticks);

// The text of a tick: as many decimals as the step has, a narrow space between thousands.
std::string tick_text(double value, double step);

}  // namespace assay::reports
