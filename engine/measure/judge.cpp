// SPDX-License-Identifier: Apache-2.0
#include "engine/measure/judge.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace assay::measure {

namespace {

// Half-widths above this deserve a remark on a pass; it never changes a verdict.
constexpr double kWideHalfWidth = 0.10;

// Four significant digits at least, no exponent in the range people read: "41.20", "4662", "0.004200".
std::string number_text(double value) {
  std::array<char, 64> text{};
  const double size = std::abs(value);
  if (value == 0) return "0";
  if (size < 1e-6 || size >= 1e15) {
    std::snprintf(text.data(), text.size(), "%.4g", value);
  } else {
    const int decimals = std::max(0, 3 - static_cast<int>(std::floor(std::log10(size))));
    std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  }
  return text.data();
}

std::string with_unit(double value, std::string_view unit) {
  std::string text = number_text(value);
  if (!unit.empty() && unit != "1") text.append(unit == "%" ? "" : " ").append(unit);
  return text;
}

std::string interval_text(const MedianInterval& interval, std::string_view unit) {
  return "median " + with_unit(interval.median, unit) + " (" + number_text(interval.low) + " to " +
         number_text(interval.high) + ", confidence " + number_text(interval.confidence * 100) + "%)";
}

std::string count_text(std::size_t count) { return std::to_string(count) + (count == 1 ? " sample" : " samples"); }

MetricJudgement inconclusive(std::string reason) { return {MetricVerdict::kInconclusive, std::move(reason)}; }

// Why these samples and limits cannot be judged at all; empty when they can.
std::string obstacle(const std::vector<double>& samples, const Limit& limit, std::size_t min_samples,
                     std::string_view unit) {
  if (samples.empty()) return "nothing was measured";
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::string which = "sample " + std::to_string(i + 1) + " of " + std::to_string(samples.size());
    if (!std::isfinite(samples[i])) return which + " is not a finite number";
    if (samples[i] < 0 && !unit_may_be_negative(unit))
      return which + " is " + with_unit(samples[i], unit) + ", and this unit cannot be negative";
  }
  if (samples.size() < min_samples)
    return count_text(samples.size()) + ", at least " + std::to_string(min_samples) + " needed";
  if (!limit.min && !limit.max) return "no limit for this hardware";
  if ((limit.min && !std::isfinite(*limit.min)) || (limit.max && !std::isfinite(*limit.max)))
    return "the limit is not a finite number";
  if (limit.min && limit.max && *limit.min > *limit.max)
    return "the minimum " + with_unit(*limit.min, unit) + " is above the maximum " + with_unit(*limit.max, unit);
  return {};
}

std::string percent_text(double share) { return "±" + number_text(share * 100) + "%"; }

}  // namespace

bool unit_may_be_negative(std::string_view unit) {
  constexpr std::array<std::string_view, 8> kSigned = {"", "1", "%", "[ppm]", "ppm", "dB", "dBm", "Cel"};
  return std::find(kSigned.begin(), kSigned.end(), unit) != kSigned.end();
}

MetricJudgement judge_metric(const std::vector<double>& samples, const Limit& limit, std::size_t min_samples,
                             std::optional<double> precision, std::string_view unit) {
  if (std::string reason = obstacle(samples, limit, min_samples, unit); !reason.empty())
    return inconclusive(std::move(reason));
  const std::optional<MedianInterval> interval = median_interval(samples);
  if (!interval) return inconclusive("the samples have no median");
  const std::string seen = interval_text(*interval, unit);

  if (limit.min && interval->high < *limit.min)
    return {MetricVerdict::kFail, seen + " is below the minimum " + with_unit(*limit.min, unit)};
  if (limit.max && interval->low > *limit.max)
    return {MetricVerdict::kFail, seen + " is above the maximum " + with_unit(*limit.max, unit)};
  if (limit.min && interval->low < *limit.min)
    return inconclusive(seen + " lies across the minimum " + with_unit(*limit.min, unit));
  if (limit.max && interval->high > *limit.max)
    return inconclusive(seen + " lies across the maximum " + with_unit(*limit.max, unit));

  const double width = interval->relative_half_width();
  if (precision && !(width <= *precision))
    return inconclusive(seen + " is only known to " + percent_text(width) + ", the test asks for " +
                        percent_text(*precision));
  if (width > kWideHalfWidth) return {MetricVerdict::kPass, "wide interval: " + percent_text(width) + " of the median"};
  return {MetricVerdict::kPass, {}};
}

}  // namespace assay::measure
