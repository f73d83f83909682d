// SPDX-License-Identifier: Apache-2.0
// From samples to a verdict. Pure functions; the rules and their sources are in docs/statistics.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::measure {

enum class Better : std::uint8_t { kHigher, kLower };

// An interval for the median, without assumptions on the distribution: a pair of order statistics.
struct MedianInterval {
  double median = 0;
  double low = 0;
  double high = 0;
  double confidence = 0;  // achieved, at least the level asked for where the count allows it

  // Half of the width as a share of the median: 0 for equal samples, infinite when only the median is 0.
  [[nodiscard]] double relative_half_width() const;
};

// Source: order-statistic interval by the binomial distribution (David & Nagaraja, Order Statistics, 3rd ed., 7.1).
// nullopt for no samples and for samples that are not finite. Fewer than 6 samples cannot reach 95 %: the widest
// interval is given with what it achieves.
std::optional<MedianInterval> median_interval(std::vector<double> samples, double level = 0.95);

// The following give NaN for no values and for values that are not finite.
double median(std::vector<double> values);
// p in [0, 100], else NaN; linear between closest ranks (type 7 of Hyndman & Fan, 1996).
double percentile(std::vector<double> values, double p);
double mean(const std::vector<double>& values);
double standard_deviation(const std::vector<double>& values);  // of the sample (n-1); NaN below two
// Median absolute deviation times 1.4826: the standard deviation of normal data, deaf to a few outliers.
double robust_deviation(const std::vector<double>& values);

struct StopRule {
  std::size_t min_samples = 6;
  std::size_t max_samples = 15;
  double relative_half_width = 0.02;  // stop when the interval's half-width is at most this share of the median
};
// Never looks at a limit: whether enough was measured must not depend on what is wished for. Before `max_samples` only
// a 95 % interval is narrow enough, so fewer than 6 samples never stop early.
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
// inconclusive; a bound itself is on the good side. Too few samples, samples that are not finite, negative samples
// where the unit cannot be negative, no limit or a limit that nothing can meet: inconclusive, never pass. `precision`:
// when stated, a relative half-width above it is inconclusive.
MetricJudgement judge_metric(const std::vector<double>& samples, const Limit& limit, std::size_t min_samples,
                             std::optional<double> precision, std::string_view unit);

// False for amounts, rates and durations, whose sign can only be a mistake. Shares, ratios, decibels and Celsius may be
// negative.
bool unit_may_be_negative(std::string_view unit);

}  // namespace assay::measure
