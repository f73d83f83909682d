// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "engine/measure/judge.h"
#include "support/numbers.h"

namespace assay::measure {
namespace {

using test::kInfinity;
using test::kNaN;

std::vector<double> one_to(std::size_t count) {
  std::vector<double> values(count);
  std::iota(values.begin(), values.end(), 1.0);
  return values;
}

template <class Case>
std::string case_name(const testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

// Samples 1..n, so that `low` and `high` are the ranks themselves. Confidence is 1 - 2 P(B < low), B ~ Bin(n, 1/2):
// the published table of nonparametric intervals for the median (for example Conover, Practical Nonparametric
// Statistics, table A3).
struct IntervalCase {
  const char* name;
  std::size_t count;
  double low;
  double high;
  double median;
  double confidence;
};
class MedianIntervalRanks : public testing::TestWithParam<IntervalCase> {};
TEST_P(MedianIntervalRanks, AreThoseOfTheBinomial) {
  const auto interval = median_interval(one_to(GetParam().count));
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low, GetParam().low);
  EXPECT_EQ(interval->high, GetParam().high);
  EXPECT_DOUBLE_EQ(interval->median, GetParam().median);
  EXPECT_NEAR(interval->confidence, GetParam().confidence, 1e-6);
}
const IntervalCase kIntervals[] = {
    {"one_sample_knows_nothing", 1, 1, 1, 1, 0},
    {"two", 2, 1, 2, 1.5, 0.5},
    {"five_do_not_reach_95", 5, 1, 5, 3, 1 - 2.0 / 32},
    {"six_reach_95", 6, 1, 6, 3.5, 1 - 2.0 / 64},
    {"seven", 7, 1, 7, 4, 1 - 2.0 / 128},
    {"eight", 8, 1, 8, 4.5, 1 - 2.0 / 256},
    {"nine_drop_one_each_side", 9, 2, 8, 5, 1 - 2.0 * 10 / 512},
    {"ten", 10, 2, 9, 5.5, 1 - 2.0 * 11 / 1024},
    {"eleven", 11, 2, 10, 6, 1 - 2.0 * 12 / 2048},
    {"twelve", 12, 3, 10, 6.5, 1 - 2.0 * 79 / 4096},
    {"fifteen", 15, 4, 12, 8, 1 - 2.0 * 576 / 32768},
    {"hundred", 100, 40, 61, 50.5, 0.9647998},
};
INSTANTIATE_TEST_SUITE_P(Counts, MedianIntervalRanks, testing::ValuesIn(kIntervals), case_name<IntervalCase>);

TEST(MedianInterval, DoesNotCareAboutOrder) {
  const auto interval = median_interval({6, 1, 5, 2, 4, 3});
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low, 1);
  EXPECT_EQ(interval->high, 6);
}

TEST(MedianInterval, RefusesNothingAndWhatIsNotFinite) {
  EXPECT_FALSE(median_interval({}));
  EXPECT_FALSE(median_interval({1, 2, kNaN, 4, 5, 6}));
  EXPECT_FALSE(median_interval({1, 2, kInfinity, 4, 5, 6}));
  EXPECT_FALSE(median_interval({-kInfinity}));
}

TEST(MedianInterval, TakesTensOfThousandsOfSamples) {
  const auto interval = median_interval(one_to(40'001));
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->median, 20'001);
  // Normal approximation: half-width 1.96 √n / 2 = 196 ranks.
  EXPECT_NEAR(interval->high - interval->low, 2 * 196, 2);
  EXPECT_GE(interval->confidence, 0.95);
  EXPECT_LT(interval->confidence, 0.952);
}

TEST(MedianInterval, HonoursOtherLevels) {
  EXPECT_EQ(median_interval(one_to(15), 0.99)->low, 3);
  EXPECT_EQ(median_interval(one_to(15), 0.5)->low, 6);
  EXPECT_NEAR(median_interval(one_to(4), 0.999)->confidence, 0.875, 1e-9);
}

// What the interval promises, tried on a skewed distribution as timings have: over many experiments it covers the true
// median about as often as it says. 4,000 experiments: the standard error is 0.3 %, the bounds are four of them wide.
TEST(MedianInterval, CoversTheTrueMedianAsOftenAsItSays) {
  std::mt19937_64 random(20'260'101);
  std::lognormal_distribution<double> skewed(0.0, 1.0);  // median e^0 = 1
  for (const std::size_t count : {std::size_t{6}, std::size_t{9}, std::size_t{15}}) {
    int covered = 0;
    double promised = 0;
    constexpr int kExperiments = 4000;
    for (int i = 0; i < kExperiments; ++i) {
      std::vector<double> samples(count);
      for (double& sample : samples) sample = skewed(random);
      const auto interval = median_interval(samples);
      covered += interval->low <= 1 && 1 <= interval->high ? 1 : 0;
      promised = interval->confidence;
    }
    EXPECT_NEAR(static_cast<double>(covered) / kExperiments, promised, 0.014) << count << " samples";
  }
}

struct WidthCase {
  const char* name;
  MedianInterval interval;
  double width;
};
class RelativeHalfWidth : public testing::TestWithParam<WidthCase> {};
TEST_P(RelativeHalfWidth, IsHalfTheWidthOverTheMedian) {
  EXPECT_DOUBLE_EQ(GetParam().interval.relative_half_width(), GetParam().width);
}
const WidthCase kWidths[] = {
    {"ordinary", {100, 98, 104, 0.95}, 0.03},
    {"all_equal", {5, 5, 5, 0.95}, 0},
    {"all_zero", {0, 0, 0, 0.95}, 0},
    {"zero_median", {0, -1, 1, 0.95}, kInfinity},
    {"negative_median", {-100, -104, -98, 0.95}, 0.03},
    {"huge", {1e308, -1.5e308, 1.5e308, 0.95}, 1.5},
};
INSTANTIATE_TEST_SUITE_P(Widths, RelativeHalfWidth, testing::ValuesIn(kWidths), case_name<WidthCase>);

// Type 7 as R's quantile() gives by default.
struct PercentileCase {
  const char* name;
  std::vector<double> values;
  double p;
  double result;
};
class Percentile : public testing::TestWithParam<PercentileCase> {};
TEST_P(Percentile, IsLinearBetweenRanks) {
  const double result = percentile(GetParam().values, GetParam().p);
  if (std::isnan(GetParam().result)) {
    EXPECT_TRUE(std::isnan(result)) << result;
  } else {
    EXPECT_DOUBLE_EQ(result, GetParam().result);
  }
}
const PercentileCase kPercentiles[] = {
    {"minimum", {3, 1, 2}, 0, 1},
    {"maximum", {3, 1, 2}, 100, 3},
    {"median_even", {4, 1, 3, 2}, 50, 2.5},
    {"quarter", {1, 2, 3, 4}, 25, 1.75},
    {"ninety_of_ten", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 90, 9.1},
    {"single", {7}, 99, 7},
    {"none", {}, 50, kNaN},
    {"below_range", {1, 2}, -1, kNaN},
    {"above_range", {1, 2}, 101, kNaN},
    {"not_a_rank", {1, 2}, kNaN, kNaN},
    {"not_a_number_inside", {1, kNaN}, 50, kNaN},
    {"infinity_inside", {1, kInfinity}, 50, kNaN},
    {"opposite_extremes", {-1.5e308, 1.5e308}, 50, 0},
};
INSTANTIATE_TEST_SUITE_P(Values, Percentile, testing::ValuesIn(kPercentiles), case_name<PercentileCase>);

TEST(Moments, MatchWorkedExamples) {
  const std::vector<double> values = {2, 4, 4, 4, 5, 5, 7, 9};
  EXPECT_DOUBLE_EQ(mean(values), 5);
  EXPECT_NEAR(standard_deviation(values), std::sqrt(32.0 / 7), 1e-12);
  EXPECT_DOUBLE_EQ(median(values), 4.5);
  EXPECT_NEAR(robust_deviation({1, 1, 2, 2, 4, 6, 9}), 1.4826, 1e-12);
}

TEST(Moments, AreNotNumbersWithoutValues) {
  EXPECT_TRUE(std::isnan(mean({})));
  EXPECT_TRUE(std::isnan(median({})));
  EXPECT_TRUE(std::isnan(standard_deviation({1})));
  EXPECT_TRUE(std::isnan(robust_deviation({})));
  EXPECT_TRUE(std::isnan(mean({1, kNaN})));
  EXPECT_TRUE(std::isnan(standard_deviation({1, kInfinity})));
}

TEST(Moments, DoNotOverflowNorLoseSmallSpreads) {
  EXPECT_DOUBLE_EQ(mean({1.5e308, 1.5e308}), 1.5e308);
  EXPECT_NEAR(standard_deviation({1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}), std::sqrt(30.0), 1e-6);
}

struct StopCase {
  const char* name;
  std::vector<double> samples;
  StopRule rule;
  bool enough;
};
class EnoughSamples : public testing::TestWithParam<StopCase> {};
TEST_P(EnoughSamples, FollowsTheRule) {
  EXPECT_EQ(enough_samples(GetParam().samples, GetParam().rule), GetParam().enough);
}
const StopCase kStops[] = {
    {"none", {}, {}, false},
    {"five_equal", {1, 1, 1, 1, 1}, {}, false},
    {"six_equal", {1, 1, 1, 1, 1, 1}, {}, true},
    {"six_narrow", {98, 99, 100, 100, 101, 102}, {}, true},
    {"six_wide", {90, 99, 100, 100, 101, 102}, {}, false},
    {"outlier_forgiven_at_nine", {50, 99, 99, 100, 100, 100, 101, 101, 102}, {}, true},
    {"fifteen_wide", std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {}, true},
    {"not_a_number_goes_on", {1, 1, 1, 1, 1, 1, kNaN}, {}, false},
    {"not_a_number_ends_at_the_maximum", std::vector<double>(15, kNaN), {}, true},
    {"three_allowed_but_no_interval", {1, 1, 1}, {.min_samples = 3, .max_samples = 5}, false},
    {"three_is_the_maximum", {1, 1, 1}, {.min_samples = 3, .max_samples = 3}, true},
    {"zero_median_with_spread", {-1, -1, 0, 0, 1, 1}, {}, false},
    {"all_zero", {0, 0, 0, 0, 0, 0}, {}, true},
};
INSTANTIATE_TEST_SUITE_P(Samples, EnoughSamples, testing::ValuesIn(kStops), case_name<StopCase>);

}  // namespace
}  // namespace assay::measure
