// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them. All of them are total: NaN, infinities and unknown units have a text too.
#pragma once

#include <string>
#include <string_view>

namespace assay::reports {

// "25.1 GB/s", "NaN", "∞ s"; an unknown unit stands behind the number as it is; none for "1".
std::string human(double value, std::string_view unit);

// A unit of a record as people write it: "°C" for "Cel", "µs" for "us", annotations without their braces.
std::string unit_for_people(std::string_view unit);

// "71298" -> "71 298" with narrow spaces that do not break; four digits stay together.
std::string group_thousands(std::string number);

// Fixed notation without trailing zeros: fixed(1.50, 2) is "1.5". Not for NaN or infinities.
std::string fixed(double value, int decimals);

// "0.95" -> "95 %", with as many digits as are needed to tell 99.2 % from 99 %, never rounded up to 100 %.
std::string percent(double share);

// The unit whose prefix fits `largest`, and the factor from `unit` to it; the same unit and 1 when there is no better.
struct Scale {
  std::string unit;
  double factor = 1;
};
Scale scale_for(double largest, std::string_view unit);

}  // namespace assay::reports
