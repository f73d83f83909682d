// SPDX-License-Identifier: Apache-2.0
// From samples to a verdict. Pure functions; the rules are those of docs/statistics.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/quantity.h"

namespace assay::measure {

enum class Better : std::uint8_t { kHigher, kLower };

// An interval for the median, without assumptions on the distribution: a pair of order statistics.
struct MedianInterval {
  double median = 0;
  double low = 0;
  double high = 0;
  double confidence = 0;  // achieved, at least the level asked for where the count allows it
};

// Source: order-statistic interval by the binomial distribution (David & Nagaraja, Order Statistics, 3rd ed., 7.1).
// nullopt for no samples. Fewer than 6 samples cannot reach 95 %: the widest interval is given with what it achieves.
std::optional<MedianInterval> median_interval(std::vector<double> samples, double level = 0.95);

double median(std::vector<double> values);            // NaN for none
double percentile(std::vector<double> values, double p);  // p in [0, 100], linear between closest ranks (type 7); NaN for none
double mean(const std::vector<double>& values);       // NaN for none
double standard_deviation(const std::vector<double>& values);  // of the sample (n-1); NaN below two
// Median absolute deviation times 1.4826.
double robust_deviation(const std::vector<double>& values);

struct StopRule {
  std::size_t min_samples = 6;
  std::size_t max_samples = 15;
  double relative_half_width = 0.02;  // stop when the interval's half-width is at most this share of the median
};
// Never looks at a limit: whether enough was measured must not depend on what is wished for.
bool enough_samples(const std::vector<double>& samples, const StopRule& rule);

enum class MetricVerdict : std::uint8_t { kPass, kFail, kInconclusive };

struct Limit {
  std::optional<double> min;  // in the metric's unit
  std::optional<double> max;
};

struct MetricJudgement {
  MetricVerdict verdict = MetricVerdict::kInconclusive;
  std::string reason;  // empty for a pass without remarks
};
// The interval wholly on the good side of every bound passes, wholly on the bad side of one fails, across is
// inconclusive. Too few samples, NaN or infinite samples, negative values where the unit cannot be negative: never pass.
// `precision`: when stated, a relative half-width above it is inconclusive.
MetricJudgement judge_metric(const std::vector<double>& samples, const Limit& limit, std::size_t min_samples,
                             std::optional<double> precision, std::string_view unit);

}  // namespace assay::measure
