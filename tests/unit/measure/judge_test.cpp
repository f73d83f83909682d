// SPDX-License-Identifier: Apache-2.0
#include "engine/measure/judge.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/numbers.h"

namespace assay::measure {
namespace {

using test::kInfinity;
using test::kNaN;
constexpr auto kPass = MetricVerdict::kPass;
constexpr auto kFail = MetricVerdict::kFail;
constexpr auto kInconclusive = MetricVerdict::kInconclusive;

const std::vector<double> kSix = {40.9, 41.0, 41.2, 41.2, 41.4, 41.5};

struct JudgeCase {
  const char* name;
  std::vector<double> samples;
  Limit limit;
  std::size_t min_samples;
  std::optional<double> precision;
  const char* unit;
  MetricVerdict verdict;
  const char* reason;
};
class JudgeMetric : public testing::TestWithParam<JudgeCase> {};
TEST_P(JudgeMetric, JudgesByTheInterval) {
  const JudgeCase& c = GetParam();
  const MetricJudgement judgement = judge_metric(c.samples, c.limit, c.min_samples, c.precision, c.unit);
  EXPECT_EQ(judgement.verdict, c.verdict);
  EXPECT_EQ(judgement.reason, c.reason);
}

const JudgeCase kCases[] = {
    {"above_minimum", kSix, {.min = 40, .max = {}}, 6, {}, "GB/s", kPass, ""},
    {"exactly_at_minimum", kSix, {.min = 40.9, .max = {}}, 6, {}, "GB/s", kPass, ""},
    {"below_minimum",
     kSix,
     {.min = 48, .max = {}},
     6,
     {},
     "GB/s",
     kFail,
     "median 41.20 GB/s (40.90 to 41.50, confidence 96.88%) is below the minimum 48.00 GB/s"},
    {"across_minimum",
     kSix,
     {.min = 41, .max = {}},
     6,
     {},
     "GB/s",
     kInconclusive,
     "median 41.20 GB/s (40.90 to 41.50, confidence 96.88%) lies across the minimum 41.00 GB/s"},
    {"below_maximum", kSix, {.min = {}, .max = 50}, 6, {}, "us", kPass, ""},
    {"above_maximum",
     kSix,
     {.min = {}, .max = 40},
     6,
     {},
     "us",
     kFail,
     "median 41.20 us (40.90 to 41.50, confidence 96.88%) is above the maximum 40.00 us"},
    {"across_maximum",
     kSix,
     {.min = {}, .max = 41},
     6,
     {},
     "us",
     kInconclusive,
     "median 41.20 us (40.90 to 41.50, confidence 96.88%) lies across the maximum 41.00 us"},
    {"inside_both", kSix, {.min = 40, .max = 42}, 6, {}, "1", kPass, ""},
    {"fail_beats_across",
     kSix,
     {.min = 41, .max = 40.95},
     6,
     {},
     "1",
     kInconclusive,
     "the minimum 41.00 is above the maximum 40.95"},
    {"nothing_measured", {}, {.min = 40, .max = {}}, 6, {}, "GB/s", kInconclusive, "nothing was measured"},
    {"nothing_measured_nothing_needed",
     {},
     {.min = 0, .max = {}},
     0,
     {},
     "GB/s",
     kInconclusive,
     "nothing was measured"},
    {"too_few", {41, 42, 43}, {.min = 40, .max = {}}, 6, {}, "GB/s", kInconclusive, "3 samples, at least 6 needed"},
    {"too_few_on_the_bad_side",
     {1},
     {.min = 40, .max = {}},
     6,
     {},
     "GB/s",
     kInconclusive,
     "1 sample, at least 6 needed"},
    {"not_a_number",
     {41, 42, 43, kNaN, 45, 46},
     {.min = 40, .max = {}},
     6,
     {},
     "GB/s",
     kInconclusive,
     "sample 4 of 6 is not a finite number"},
    {"infinite",
     {kInfinity, 42, 43, 44, 45, 46},
     {.min = 40, .max = {}},
     6,
     {},
     "GB/s",
     kInconclusive,
     "sample 1 of 6 is not a finite number"},
    {"negative_rate",
     {41, 42, 43, 44, -45, 46},
     {.min = {}, .max = 50},
     6,
     {},
     "GB/s",
     kInconclusive,
     "sample 5 of 6 is -45.00 GB/s, and this unit cannot be negative"},
    {"negative_time",
     {-1, -1, -1, -1, -1, -1},
     {.min = {}, .max = 50},
     6,
     {},
     "us",
     kInconclusive,
     "sample 1 of 6 is -1.000 us, and this unit cannot be negative"},
    {"negative_temperature", {-5, -5, -5, -5, -5, -5}, {.min = {}, .max = 85}, 6, {}, "Cel", kPass, ""},
    {"negative_share", {-0.5, -0.5, -0.5, -0.5, -0.5, -0.5}, {.min = {}, .max = 5}, 6, {}, "%", kPass, ""},
    {"no_limit", kSix, {}, 6, {}, "GB/s", kInconclusive, "no limit for this hardware"},
    {"limit_not_a_number",
     kSix,
     {.min = kNaN, .max = {}},
     6,
     {},
     "GB/s",
     kInconclusive,
     "the limit is not a finite number"},
    {"limit_infinite",
     kSix,
     {.min = {}, .max = kInfinity},
     6,
     {},
     "GB/s",
     kInconclusive,
     "the limit is not a finite number"},
    {"precise_enough", kSix, {.min = 40, .max = {}}, 6, 0.02, "GB/s", kPass, ""},
    {"not_precise_enough",
     kSix,
     {.min = 40, .max = {}},
     6,
     0.005,
     "GB/s",
     kInconclusive,
     "median 41.20 GB/s (40.90 to 41.50, confidence 96.88%) is only known to ±0.7282%, the test asks for ±0.5000%"},
    {"precision_does_not_excuse_a_fail",
     kSix,
     {.min = 48, .max = {}},
     6,
     0.005,
     "GB/s",
     kFail,
     "median 41.20 GB/s (40.90 to 41.50, confidence 96.88%) is below the minimum 48.00 GB/s"},
    {"wide_is_a_remark",
     {80, 90, 100, 100, 110, 120},
     {.min = 50, .max = {}},
     6,
     {},
     "{event}/s",
     kPass,
     "wide interval: ±20.00% of the median"},
    {"zeros_fail_a_floor",
     {0, 0, 0, 0, 0, 0},
     {.min = 1, .max = {}},
     6,
     {},
     "{event}/s",
     kFail,
     "median 0 {event}/s (0 to 0, confidence 96.88%) is below the minimum 1.000 {event}/s"},
    {"large_numbers_are_written_out",
     {38250407712, 38250407712, 38250407712, 38250407712, 38250407712, 38250407712},
     {.min = 1e11, .max = {}},
     6,
     {},
     "bit/s",
     kFail,
     "median 38250407712 bit/s (38250407712 to 38250407712, confidence 96.88%) is below the minimum 100000000000 "
     "bit/s"},
    {"share_of_one",
     {12, 12, 12, 12, 12, 12},
     {.min = {}, .max = 10},
     6,
     {},
     "%",
     kFail,
     "median 12.00% (12.00 to 12.00, confidence 96.88%) is above the maximum 10.00%"},
};
std::string case_name(const testing::TestParamInfo<JudgeCase>& tested) { return tested.param.name; }
INSTANTIATE_TEST_SUITE_P(Cases, JudgeMetric, testing::ValuesIn(kCases), case_name);

// One stray sample must not flip a healthy machine; half of them must not pass a broken one.
TEST(JudgeMetricProperty, OneOutlierOfNineDoesNotFail) {
  EXPECT_EQ(judge_metric({1, 99, 99, 100, 100, 100, 101, 101, 102}, {.min = 90, .max = {}}, 6, {}, "GB/s").verdict,
            kPass);
}
TEST(JudgeMetricProperty, HalfBadIsNotAPass) {
  EXPECT_NE(judge_metric({1, 1, 1, 1, 100, 100, 100, 100, 100}, {.min = 90, .max = {}}, 6, {}, "GB/s").verdict, kPass);
}

TEST(UnitMayBeNegative, OnlyForSharesRatiosLevelsAndCelsius) {
  for (const char* unit : {"", "1", "%", "dB", "Cel"}) EXPECT_TRUE(unit_may_be_negative(unit)) << unit;
  for (const char* unit : {"GB/s", "B", "s", "us", "{event}/s", "MHz", "W", "K"})
    EXPECT_FALSE(unit_may_be_negative(unit)) << unit;
}

}  // namespace
}  // namespace assay::measure
