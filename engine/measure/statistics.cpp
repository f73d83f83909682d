// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/measure/judge.h"

namespace assay::measure {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
// 1 / Φ⁻¹(3/4): makes the median absolute deviation estimate the standard deviation of normal data.
constexpr double kNormalConsistency = 1.4826;

// Sorting NaN is undefined, and a rank among infinities tells nothing.
bool usable(const std::vector<double>& values) {
  return !values.empty() &&
         std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

// Of sorted, finite, non-empty values.
double sorted_percentile(const std::vector<double>& sorted, double p) {
  const double rank = p / 100 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(rank));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], rank - std::floor(rank));
}

// P(X = k) for X ~ Binomial(n, 1/2). In logarithms, so that thousands of samples do not underflow to nothing.
double fair_binomial(std::size_t n, std::size_t k) {
  const auto trials = static_cast<double>(n);
  const auto hits = static_cast<double>(k);
  return std::exp(std::lgamma(trials + 1) - std::lgamma(hits + 1) - std::lgamma(trials - hits + 1) -
                  trials * std::log(2.0));
}

}  // namespace

double MedianInterval::relative_half_width() const {
  const double half = high / 2 - low / 2;  // halves first: the width of finite bounds may overflow
  if (half == 0) return 0;
  return median == 0 ? kInfinity : half / std::abs(median);
}

std::optional<MedianInterval> median_interval(std::vector<double> samples, double level) {
  if (!usable(samples)) return std::nullopt;
  std::sort(samples.begin(), samples.end());
  const std::size_t count = samples.size();
  // [X(k+1), X(n-k)] misses the median when at most k samples lie on one side of it: 2 P(B <= k). Take the largest k
  // that still reaches the level; k = 0, minimum to maximum, when none does.
  std::size_t skipped = 0;
  double miss = 2 * fair_binomial(count, 0);
  for (std::size_t k = 1; 2 * k + 1 < count; ++k) {
    const double wider_miss = miss + 2 * fair_binomial(count, k);
    if (1 - wider_miss < level) break;
    skipped = k;
    miss = wider_miss;
  }
  return MedianInterval{.median = sorted_percentile(samples, 50),
                        .low = samples[skipped],
                        .high = samples[count - 1 - skipped],
                        .confidence = std::clamp(1 - miss, 0.0, 1.0)};
}

double percentile(std::vector<double> values, double p) {
  if (!usable(values) || !(p >= 0 && p <= 100)) return kNaN;
  std::sort(values.begin(), values.end());
  return sorted_percentile(values, p);
}

double median(std::vector<double> values) { return percentile(std::move(values), 50); }

double mean(const std::vector<double>& values) {
  if (!usable(values)) return kNaN;
  double result = 0;
  double count = 0;
  for (const double value : values) {
    count += 1;
    result += value / count - result / count;  // running mean: a sum of large values would overflow
  }
  return result;
}

double standard_deviation(const std::vector<double>& values) {
  if (values.size() < 2 || !usable(values)) return kNaN;
  const double centre = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - centre) * (value - centre);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double robust_deviation(const std::vector<double>& values) {
  if (!usable(values)) return kNaN;
  const double centre = median(values);
  std::vector<double> distances;
  distances.reserve(values.size());
  for (const double value : values) distances.push_back(std::abs(value - centre));
  return kNormalConsistency * median(std::move(distances));
}

bool enough_samples(const std::vector<double>& samples, const StopRule& rule) {
  if (samples.size() >= rule.max_samples) return true;
  if (samples.size() < rule.min_samples) return false;
  const auto interval = median_interval(samples);
  return interval && interval->confidence >= 0.95 && interval->relative_half_width() <= rule.relative_half_width;
}

}  // namespace assay::measure
