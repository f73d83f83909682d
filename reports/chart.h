// SPDX-License-Identifier: Apache-2.0
// The samples of one metric as a picture: pure functions from data to a string of inline SVG. Widths are percentages,
// so a chart fills its column while letters and dots keep their size; colours come from classes of
// templates/report.css.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace assay::reports {

struct ChartData {
  std::vector<double> samples = {};  // in the order they were taken
  std::vector<bool> used = {};       // per sample = {}; missing ones count as used
  std::optional<double> median = {};
  std::optional<double> interval_low = {};
  std::optional<double> interval_high = {};
  std::optional<double> limit_min = {};
  std::optional<double> limit_max = {};
  std::string unit = {};
  std::string description = {};  // what a reader who cannot see the picture is told
  std::string order_label = {};  // below the line chart: "in the order they were taken"
};

// Up to this many samples are dots on a strip, more are a line over their order.
inline constexpr std::size_t kMostDots = 40;
// Up to this many samples are drawn one by one, more as minimum, maximum and median of each of kBuckets stretches.
inline constexpr std::size_t kMostPoints = 400;
inline constexpr std::size_t kBuckets = 200;

// Samples that are not finite are left out; without any other the result is empty. Cost is linear, size is bounded.
std::string draw_chart(const ChartData& data);

// The two forms by themselves.
std::string draw_strip(const ChartData& data);
std::string draw_line(const ChartData& data);

}  // namespace assay::reports
