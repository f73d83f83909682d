// SPDX-License-Identifier: Apache-2.0
// Times of benchmarks, and the bars they must keep.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace assay::bench {

// What a piece of work takes in a process of its own, as a user's call of the program is one: memory that is fresh from
// the system costs time, and work done before leaves none behind.
struct Cost {
  double seconds = 0;     // processor time, that of the system in it: what else the machine does is not
  std::size_t bytes = 0;  // the most memory that the process held
};
Cost cost_of(const std::function<void()>& work);

// The mean time over as many calls as fill `at_least` seconds together, one at least.
double time_of(const std::function<void()>& work, double at_least);

// The median; of an even number the mean of the two in the middle.
double median(std::vector<double> values);

// One figure and its bar.
struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
  double bar = 0;
  bool at_least = false;  // the bar is a lower bound
  std::string detail;     // what the value was made of

  [[nodiscard]] bool holds() const { return at_least ? value >= bar : value <= bar; }
};

// A table for people, then one JSON object a line.
std::string to_text(const std::vector<Figure>& figures);

}  // namespace assay::bench
