// SPDX-License-Identifier: Apache-2.0
#include "reports/timeline.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "reports/html_report.h"
#include "reports/page_parts.h"
#include "support/cases.h"
#include "support/sample_durable_run.h"
#include "support/sample_record.h"
#include "support/text.h"

namespace assay::reports {
namespace {

TimelineBar bar(double from, double to, std::string_view tone = "pass", bool critical = false) {
  return {.spans = {{from, to, tone, false}}, .critical = critical};
}

struct TickCase {
  const char* name;
  double total_s;
  std::vector<double> ticks;
};
class Ticks : public testing::TestWithParam<TickCase> {};
TEST_P(Ticks, AreRound) { EXPECT_EQ(time_ticks(GetParam().total_s, 5), GetParam().ticks); }
const TickCase kTicks[] = {
    {"nothing", 0, {0}},
    {"no_number", std::nan(""), {0}},
    {"milliseconds", 0.01, {0, 0.002, 0.004, 0.006, 0.008, 0.01}},
    {"seconds", 9, {0, 2, 4, 6, 8}},
    {"a_minute", 60, {0, 20, 40, 60}},
    {"half_an_hour", 1841, {0, 600, 1200, 1800}},
    {"four_days", 345600, {0, 86400, 172800, 259200, 345600}},
    {"a_year", 31536000, {0, 9676800, 19353600, 29030400}},
};
INSTANTIATE_TEST_SUITE_P(Timeline, Ticks, testing::ValuesIn(kTicks), test::case_name);

TEST(Timeline, GivesEachBarTheFirstLaneThatIsFree) {
  EXPECT_EQ(lanes_of({bar(0, 10), bar(1, 3), bar(2, 4), bar(3, 5), bar(10, 11)}),
            (std::vector<std::size_t>{0, 1, 2, 1, 0}));
  EXPECT_EQ(lanes_of({}), std::vector<std::size_t>());
}

TEST(Timeline, DrawsFewBarsOneByOne) {
  const TimelineAxis axis{.total_s = 10, .ticks = {0, 5, 10}, .breaks = {7.5}};
  const TimelineRow row{.bars = {{.spans = {{0, 2, "error", false}, {2, 3, "error", true}, {3, 5, "pass", false}},
                                  .critical = true,
                                  .title = "a <b>"}},
                        .links = {{.at_s = 5, .from_above = false, .to_below = true}},
                        .description = "\"a\""};
  EXPECT_EQ(draw_timeline_row(axis, row),
            "<svg class=\"strip-time bars\" width=\"100%\" height=\"26\" role=\"img\" aria-label=\"&quot;a&quot;\">"
            "<line class=\"grid\" x1=\"0%\" x2=\"0%\" y1=\"0\" y2=\"26\"/>"
            "<line class=\"grid\" x1=\"50%\" x2=\"50%\" y1=\"0\" y2=\"26\"/>"
            "<line class=\"grid\" x1=\"100%\" x2=\"100%\" y1=\"0\" y2=\"26\"/>"
            "<line class=\"break\" x1=\"75%\" x2=\"75%\" y1=\"0\" y2=\"26\"/>"
            "<line class=\"link\" x1=\"50%\" x2=\"50%\" y1=\"13\" y2=\"26\"/>"
            "<g class=\"on\"><title>a &lt;b&gt;</title>"
            "<rect class=\"span error\" x=\"0%\" y=\"7\" width=\"20%\" height=\"12\"/>"
            "<rect class=\"wait error\" x=\"20%\" y=\"11\" width=\"10%\" height=\"4\"/>"
            "<rect class=\"span pass\" x=\"30%\" y=\"7\" width=\"20%\" height=\"12\"/></g></svg>");
}

TEST(Timeline, PutsBarsOfTheSameTimeIntoLanes) {
  const std::string strip = draw_timeline_row({.total_s = 10}, {.bars = {bar(0, 10), bar(0, 10), bar(0, 10)}});
  EXPECT_EQ(test::count(strip, "height=\"5\""), 3U);
  EXPECT_EQ(test::count(strip, " y=\"4\""), 1U);
  EXPECT_EQ(test::count(strip, " y=\"10\""), 1U);
  EXPECT_EQ(test::count(strip, " y=\"16\""), 1U);
}

TEST(Timeline, WhatIsTooShortIsStillSeenAndStaysInside) {
  const std::string strip = draw_timeline_row({.total_s = 1000}, {.bars = {bar(1000, 1000)}});
  EXPECT_EQ(test::count(strip, "x=\"99.75%\""), 1U);
  EXPECT_EQ(test::count(strip, "width=\"0.25%\""), 1U);
}

// More bars than can be told apart: how many at once, what did not pass, where the critical path went.
TEST(Timeline, DrawsManyBarsAsOneArea) {
  TimelineRow row;
  for (int i = 0; i < 1000; ++i) row.bars.push_back(bar(i, i + 1, i == 500 ? "fail" : "pass", i < 250));
  const std::string strip = draw_timeline_row({.total_s = 1000}, row);
  EXPECT_EQ(test::count(strip, "<g"), 0U);
  EXPECT_EQ(test::count(strip, "class=\"area\""), 1U);
  EXPECT_EQ(test::count(strip, "class=\"stroke fail\" x1=\"50.25%\""), 1U);
  EXPECT_EQ(test::count(strip, "class=\"stroke"), 1U);
  EXPECT_NE(strip.find("<rect class=\"span on pass\" x=\"0%\" y=\"20\" width=\"25%\" height=\"3\"/>"),
            std::string::npos);
  // One at a time all along: the area is one rectangle.
  EXPECT_NE(strip.find("M0 19L0 5H0.5L0.5 5H1"), std::string::npos) << strip.substr(0, 300);
}

TEST(Timeline, ManyLanesAreAnAreaToo) {
  TimelineRow row;
  for (int i = 0; i < 8; ++i) row.bars.push_back(bar(0, 10));
  EXPECT_EQ(test::count(draw_timeline_row({.total_s = 10}, row), "class=\"area\""), 1U);
}

TEST(Timeline, SizeDoesNotFollowTheBars) {
  TimelineRow row;
  for (int i = 0; i < 100'000; ++i) row.bars.push_back(bar(i, i + 8, i % 2 == 0 ? "fail" : "pass", i % 8 == 0));
  EXPECT_LT(draw_timeline_row({.total_s = 100'000}, row).size(), 40'000U);
}

// Times of a hostile record.
TEST(Timeline, IsTotal) {
  const double nan = std::nan("");
  for (const double total : {0.0, -1.0, 1.0}) {
    const TimelineAxis axis{.total_s = total, .ticks = {0, nan}};
    TimelineRow row;
    for (int i = 0; i < 100; ++i) row.bars.push_back(bar(nan, HUGE_VAL));
    pugi::xml_document document;
    EXPECT_TRUE(document.load_string(draw_timeline_row(axis, row).c_str()));
    EXPECT_TRUE(document.load_string(draw_timeline_row(axis, {.bars = {bar(5, 1), bar(nan, nan)}}).c_str()));
    EXPECT_TRUE(document.load_string(draw_timeline_axis(axis, {"<", "b", "c"}).c_str()));
  }
}

Json model_of(const record::RunRecord& run, Language language = Language::kEnglish) {
  return page_model(run, language);
}

std::vector<std::string> labels(const Json& model) {
  std::vector<std::string> out;
  for (const Json& row : model["timeline"])
    out.push_back(row["label"].get<std::string>() + " | " + row["time"].get<std::string>() + " | " +
                  row["share"].get<std::string>() + " | " + row["tone"].get<std::string>());
  return out;
}

TEST(PageTimeline, HasARowAStepAndTheCriticalPath) {
  const Json model = model_of(test::durable_run());
  EXPECT_EQ(labels(model), (std::vector<std::string>{
                               "Fetch the images | 1 m 02 s | 3 % | pass",
                               "Flash the firmware | 4 m 28 s |  | pass",
                               "Partition the disk × 2 | 20 s | 1 % | pass",
                               "Write the image × 2 | 5 m 19 s | 17 % | pass",
                               "Create the users × 2 | 35 s | 0 % | pass",
                               "Is the rack wired? | 4 m 06 s | 13 % | pass",
                               "Reboot this machine | 3 m 08 s | 10 % | pass",
                               "Memory under load | 16 m 40 s | 54 % | pass",
                               "Links are up | 6.0 s |  | fail",
                               "Sensors are quiet | 1 m 05 s |  | pass",
                           }));
  EXPECT_EQ(model["timeline_guide"],
            "The critical path decided when the run ended: 7 steps that took 30 m 39 s, 100 % of 30 m 39 s.");
  EXPECT_EQ(model["timeline_longest"],
            "Longest on it: Memory under load (16 m 40 s), Write the image (5 m 19 s), Is the rack wired? (4 m 06 s).");
  EXPECT_TRUE(model["timeline_waits"].get<bool>());
  EXPECT_TRUE(model["timeline_resumed"].get<bool>());
}

TEST(PageTimeline, ShowsAttemptsAndWaits) {
  const Json model = model_of(test::durable_run());
  const std::string flash = model["timeline"][1]["strip"];
  EXPECT_EQ(test::count(flash, "class=\"span error\""), 1U);
  EXPECT_EQ(test::count(flash, "class=\"wait error\""), 1U);
  EXPECT_EQ(test::count(flash, "class=\"span fail\""), 1U);
  EXPECT_EQ(test::count(flash, "class=\"wait fail\""), 1U);
  EXPECT_EQ(test::count(flash, "class=\"span pass\""), 1U);
  const std::string approve = model["timeline"][5]["strip"];
  EXPECT_EQ(test::count(approve, "class=\"wait pass\""), 1U);
  EXPECT_EQ(test::count(approve, "class=\"span"), 0U);
  // Every strip shows where the run was taken up again.
  for (const Json& row : model["timeline"])
    EXPECT_EQ(test::count(row["strip"].get<std::string>(), "class=\"break\""), 1U);
}

TEST(PageTimeline, SpeaksChinese) {
  const Json model = model_of(test::durable_run(), Language::kChinese);
  EXPECT_EQ(model["timeline"][0]["label"], "获取镜像");
  EXPECT_EQ(model["timeline_guide"],
            "关键路径决定了运行的结束时间：7 步，用时 30 分 39 秒，占全程 30 分 39 秒 的 100 %。");
}

TEST(PageTimeline, FoldsTheRowsOfAMatrix) {
  const Json model = model_of(test::wide_run(5000, 8));
  EXPECT_EQ(labels(model), (std::vector<std::string>{"check × 5000 | 10 m 25 s | 100 % | fail"}));
}

TEST(PageTimeline, FoldsContainersAndThenTheRest) {
  record::RunRecord run = test::durable_run();
  const auto start = *run.started;
  run.steps.clear();
  for (int i = 0; i < 60; ++i) {
    for (int k = 0; k < 2; ++k) {
      record::StepRecord step = test::sample_test("u" + std::to_string(i) + "/s" + std::to_string(k), "", "");
      step.started = start + std::chrono::seconds(2 * i + k);
      step.finished = *step.started + std::chrono::seconds(1);
      if (i == 59) step.verdict = record::Verdict::kFail;
      run.steps.push_back(std::move(step));
    }
  }
  const std::vector<std::string> rows = labels(model_of(run));
  ASSERT_EQ(rows.size(), kMostTimelineRows);
  EXPECT_EQ(rows[0], "u0 × 2 | 2.0 s | 2 % | pass");
  EXPECT_EQ(rows[38].substr(0, 8), "u59 × 2");  // what did not pass keeps its row
  EXPECT_EQ(rows[39].substr(0, 10), "42 others ");
}

TEST(PageTimeline, IsLeftOutWhereThereIsNothingToSee) {
  EXPECT_FALSE(model_of(test::tiny_run())["has_timeline"].get<bool>());
  EXPECT_FALSE(model_of(record::RunRecord{})["has_timeline"].get<bool>());
}

TEST(PageTimeline, WhatStillRunsReachesTheEnd) {
  record::RunRecord run = test::durable_run();
  for (record::StepRecord& step : run.steps) {
    if (step.id != "soak") continue;
    step.status = record::Status::kRunning;
    step.finished.reset();
  }
  const Json model = model_of(run);
  EXPECT_EQ(model["timeline"][8]["label"], "Memory under load");
  EXPECT_EQ(model["timeline"][8]["tone"], "unfinished");
}

}  // namespace
}  // namespace assay::reports
