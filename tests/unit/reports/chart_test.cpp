// SPDX-License-Identifier: Apache-2.0
#include "reports/chart.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <pugixml.hpp>

#include "support/cases.h"
#include "support/numbers.h"
#include "support/text.h"

namespace assay::reports {
namespace {

using test::kInfinity;
using test::kNaN;

void expect_well_formed(const std::string& svg) {
  pugi::xml_document document;
  EXPECT_TRUE(document.load_string(svg.c_str())) << svg;
  EXPECT_EQ(svg.find("nan"), std::string::npos) << svg;
  EXPECT_EQ(svg.find("inf"), std::string::npos) << svg;
}

TEST(Strip, ShowsSamplesIntervalMedianAndLimit) {
  const ChartData data{.samples = {10e9, 11e9, 12e9},
                       .used = {true, false, true},
                       .median = 11e9,
                       .interval_low = 10e9,
                       .interval_high = 12e9,
                       .limit_min = 8e9,
                       .limit_max = {},
                       .unit = "B/s",
                       .description = "copy: 3 samples",
                       .order_label = ""};
  EXPECT_EQ(draw_strip(data),
            R"(<svg class="chart strip" role="img" aria-label="copy: 3 samples" width="100%" height="88">)"
            R"(<rect class="good" x="8.04%" y="18" width="91.96%" height="46"/>)"
            R"(<line class="limit" x1="8.04%" y1="14" x2="8.04%" y2="68"/>)"
            R"(<text class="limit-text" x="8.04%" y="11" text-anchor="start">≥ 8 GB/s</text>)"
            R"(<rect class="band" x="50%" y="18" width="41.96%" height="46"/>)"
            R"(<line class="median" x1="70.98%" y1="18" x2="70.98%" y2="64"/>)"
            R"(<circle class="dot" cx="50%" cy="25.7" r="3.5"/>)"
            R"(<circle class="dot unused" cx="70.98%" cy="41" r="3.5"/>)"
            R"(<circle class="dot" cx="91.96%" cy="56.3" r="3.5"/>)"
            R"(<line class="axis" x1="0%" y1="68" x2="100%" y2="68"/>)"
            R"(<line class="axis" x1="8.04%" y1="68" x2="8.04%" y2="72"/>)"
            R"(<text class="tick" x="8.04%" y="84" text-anchor="middle">8</text>)"
            R"(<line class="axis" x1="29.02%" y1="68" x2="29.02%" y2="72"/>)"
            R"(<text class="tick" x="29.02%" y="84" text-anchor="middle">9</text>)"
            R"(<line class="axis" x1="50%" y1="68" x2="50%" y2="72"/>)"
            R"(<text class="tick" x="50%" y="84" text-anchor="middle">10</text>)"
            R"(<line class="axis" x1="70.98%" y1="68" x2="70.98%" y2="72"/>)"
            R"(<text class="tick" x="70.98%" y="84" text-anchor="middle">11</text>)"
            R"(<line class="axis" x1="91.96%" y1="68" x2="91.96%" y2="72"/>)"
            R"(<text class="tick" x="91.96%" y="84" text-anchor="end">12 GB/s</text>)"
            R"(</svg>)");
}

TEST(Line, ShowsTheSeriesInOrder) {
  const ChartData data{.samples = {1, 3, 2},
                       .used = {},
                       .median = 2,
                       .interval_low = {},
                       .interval_high = {},
                       .limit_min = {},
                       .limit_max = 3,
                       .unit = "s",
                       .description = "d",
                       .order_label = "in order"};
  EXPECT_EQ(draw_line(data),
            R"(<svg class="chart line" role="img" aria-label="d" width="100%" height="162">)"
            R"(<text class="tick" x="0%" y="11" text-anchor="start">s</text>)"
            R"(<rect class="good" x="12%" y="24.4" width="88%" height="113.6"/>)"
            R"(<line class="limit" x1="12%" y1="24.4" x2="100%" y2="24.4"/>)"
            R"(<text class="limit-text" x="100%" y="37.4" text-anchor="end">≤ 3 s</text>)"
            R"(<line class="grid" x1="12%" y1="131.6" x2="100%" y2="131.6"/>)"
            R"(<text class="tick" x="11%" y="135.6" text-anchor="end">1</text>)"
            R"(<line class="grid" x1="12%" y1="78" x2="100%" y2="78"/>)"
            R"(<text class="tick" x="11%" y="82" text-anchor="end">2</text>)"
            R"(<line class="grid" x1="12%" y1="24.4" x2="100%" y2="24.4"/>)"
            R"(<text class="tick" x="11%" y="28.4" text-anchor="end">3</text>)"
            R"(<line class="median" x1="12%" y1="78" x2="100%" y2="78"/>)"
            R"(<svg x="12%" y="18" width="88%" height="120" viewBox="0 0 1000 120" preserveAspectRatio="none">)"
            R"(<path class="trace" d="M0 113.6L500 6.4L1000 60"/></svg>)"
            R"(<line class="axis" x1="12%" y1="138" x2="100%" y2="138"/>)"
            R"(<text class="tick" x="12%" y="154" text-anchor="start">1</text>)"
            R"(<text class="tick" x="56%" y="154" text-anchor="middle">in order</text>)"
            R"(<text class="tick" x="100%" y="154" text-anchor="end">3</text>)"
            R"(</svg>)");
}

struct RobustCase {
  const char* name;
  std::vector<double> samples;
  std::size_t dots;  // 0: no chart
};

const RobustCase kRobustCases[] = {
    {"Empty", {}, 0},
    {"OnlyNaN", {kNaN, kNaN}, 0},
    {"OnlyInfinite", {kInfinity, -kInfinity}, 0},
    {"One", {5}, 1},
    {"Identical", {5, 5, 5, 5, 5, 5}, 6},
    {"Zero", {0, 0}, 2},
    {"NaNLeftOut", {1, kNaN, 2, kInfinity}, 2},
    {"Largest", {std::numeric_limits<double>::max(), -std::numeric_limits<double>::max()}, 2},
    {"Smallest", {std::numeric_limits<double>::denorm_min(), 0}, 2},
    {"Negative", {-1, -2, -3}, 3},
};

class Robust : public ::testing::TestWithParam<RobustCase> {};

TEST_P(Robust, StripIsDrawnOrEmpty) {
  for (const char* unit : {"B/s", "1", "Cel", "furlong", ""}) {
    const std::string svg = draw_strip(
        {.samples = GetParam().samples, .median = 1, .limit_min = kNaN, .limit_max = kInfinity, .unit = unit});
    EXPECT_EQ(test::count(svg, "<circle"), GetParam().dots);
    EXPECT_EQ(svg.empty(), GetParam().dots == 0);
    if (!svg.empty()) expect_well_formed(svg);
  }
}

TEST_P(Robust, LineIsDrawnOrEmpty) {
  const std::string svg = draw_line(
      {.samples = GetParam().samples, .median = kNaN, .interval_low = 1, .interval_high = kNaN, .unit = "B/s"});
  EXPECT_EQ(svg.empty(), GetParam().dots == 0);
  if (!svg.empty()) expect_well_formed(svg);
}

INSTANTIATE_TEST_SUITE_P(Samples, Robust, ::testing::ValuesIn(kRobustCases), test::case_name);

TEST(Chart, IsAStripForFewAndALineForMany) {
  ChartData data{.samples = std::vector<double>(kMostDots, 1.0), .unit = "1"};
  EXPECT_NE(draw_chart(data).find("chart strip"), std::string::npos);
  data.samples.push_back(1);
  EXPECT_NE(draw_chart(data).find("chart line"), std::string::npos);
}

TEST(Chart, KeepsItsSizeForAMillionSamples) {
  ChartData data{.samples = std::vector<double>(1'000'000), .unit = "B/s"};
  for (std::size_t i = 0; i < data.samples.size(); ++i) data.samples[i] = 1e9 + static_cast<double>(i % 1000);
  const std::string svg = draw_chart(data);
  expect_well_formed(svg);
  EXPECT_LT(svg.size(), 16'000U);
  EXPECT_EQ(test::count(svg, "<path"), 2U);
}

TEST(Chart, StretchesOfManySamplesKeepTheirExtremes) {
  ChartData data{.samples = std::vector<double>(20'000, 50.0), .unit = "1"};
  data.samples[10'050] = 0;  // one dip and one peak in the middle stretch
  data.samples[10'051] = 100;
  const std::string svg = draw_line(data);
  // Bucket 100 of 200: x = 502.5; the peak is at the top of the range, the dip at its bottom.
  EXPECT_NE(svg.find("L502.5 6.4"), std::string::npos) << svg;
  EXPECT_NE(svg.find("L502.5 113.6"), std::string::npos) << svg;
  EXPECT_NE(svg.find("L502.5 60"), std::string::npos) << svg;
}

TEST(Chart, ASampleThatIsNoNumberLeavesAGap) {
  const std::string svg = draw_line({.samples = {1, 2, kNaN, 3, 4}, .unit = "1"});
  EXPECT_EQ(test::count(svg, "M"), 2U) << svg;
}

TEST(Chart, FarLimitIsAnArrow) {
  const std::string good = draw_strip({.samples = {2000e6, 2001e6}, .limit_min = 15e6, .unit = "B/s"});
  EXPECT_NE(good.find("← ≥ 15 MB/s"), std::string::npos) << good;
  EXPECT_NE(good.find(R"(<rect class="good" x="0%" y="18" width="100%")"), std::string::npos) << good;
  const std::string bad = draw_strip({.samples = {2000e6, 2001e6}, .limit_min = 15e9, .unit = "B/s"});
  EXPECT_NE(bad.find("≥ 15 GB/s →"), std::string::npos) << bad;
  EXPECT_EQ(bad.find("class=\"good\""), std::string::npos) << bad;
}

TEST(Chart, BothLimitsShadeWhatIsBetween) {
  const std::string svg = draw_strip({.samples = {96, 97}, .limit_min = 90, .limit_max = 100, .unit = "ns"});
  EXPECT_EQ(test::count(svg, "class=\"limit\""), 2U) << svg;
  EXPECT_EQ(test::count(svg, "class=\"good\""), 1U) << svg;
}

TEST(Chart, EscapesWhatTheRecordSays) {
  const std::string svg = draw_strip({.samples = {1}, .unit = "<u>", .description = "\"><script>"});
  expect_well_formed(svg);
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_EQ(svg.find("<u>"), std::string::npos);
}

}  // namespace
}  // namespace assay::reports
