// SPDX-License-Identifier: Apache-2.0
// Times of benchmarks, and the bars they must keep.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace assay::bench {

// Seconds of processor time that this process has used: what else the machine does is not in it.
double cpu_seconds();

// Seconds that one call takes: the mean over as many calls as fill `at_least` seconds, one at least.
double time_of(const std::function<void()>& work, double at_least);

// The median; of an even number the mean of the two in the middle.
double median(std::vector<double> values);

// The most memory, in bytes, that a child process holds which does nothing but `work`.
std::size_t peak_memory(const std::function<void()>& work);

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
