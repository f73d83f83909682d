// SPDX-License-Identifier: Apache-2.0
#include "engine/record/compare.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace assay::record {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> told(const std::vector<Difference>& list) {
  std::vector<std::string> out;
  for (const Difference& one : list) out.push_back(one.what + ": " + one.before + " -> " + one.after);
  return out;
}

RunRecord record_of(const std::string& version) {
  RunRecord run;
  run.recipe_name = "r";
  run.recipe_version = version;
  run.header = {{"source", {{"sha256", "00" + version}, {"git", {{"commit", "c1"}}}}},
                {"params", {{"size", {{"value", 4}, {"unit", "GiB"}}}, {"n", 1}}}};
  run.tools = {{.name = "fio", .path = "/usr/bin/fio", .version = "3.33", .sha256 = "aa"}};
  run.machines["local"] = {
      {"facts",
       {{"cpu", {{"threads", 64}}},
        {"memory", {{"total", {{"value", 256}, {"unit", "GiB"}}}, {"available", {{"value", 200}, {"unit", "GiB"}}}}},
        {"disks", Json::array({{{"model", "A"}, {"health", {{"power_on_hours", 5}}}}})}}}};
  return run;
}

TEST(Compare, EqualRunsDoNotDiffer) {
  const RunRecord run = record_of("1.0.0");
  const Comparison result = compare_runs(run, run);
  EXPECT_THAT(result.recipe, IsEmpty());
  EXPECT_THAT(result.params, IsEmpty());
  EXPECT_THAT(result.tools, IsEmpty());
  EXPECT_THAT(result.machine, IsEmpty());
  EXPECT_THAT(result.steps, IsEmpty());
}

TEST(Compare, NamesWhatDiffers) {
  const RunRecord before = record_of("1.0.0");
  RunRecord after = record_of("1.1.0");
  after.header["params"] = {{"size", {{"value", 8}, {"unit", "GiB"}}}, {"mode", "fast"}};
  after.tools[0].version = "3.34";
  after.tools.push_back({.name = "mbw", .path = "/usr/bin/mbw", .version = "2", .sha256 = "bb"});
  after.machines["local"]["facts"]["cpu"]["threads"] = 32;
  after.machines["local"]["facts"]["memory"]["available"]["value"] = 1;
  after.machines["local"]["facts"]["disks"][0]["health"]["power_on_hours"] = 6;
  after.machines["local"]["facts"]["disks"].push_back({{"model", "B"}});
  const Comparison result = compare_runs(before, after);
  EXPECT_THAT(told(result.recipe), ElementsAre("sha256: 001.0.0 -> 001.1.0", "version: 1.0.0 -> 1.1.0"));
  EXPECT_THAT(told(result.params),
              ElementsAre("params.mode:  -> fast", "params.n: 1 -> ", "params.size: 4 GiB -> 8 GiB"));
  EXPECT_THAT(told(result.tools), ElementsAre("tools.fio.version: 3.33 -> 3.34", "tools.mbw.path:  -> /usr/bin/mbw",
                                              "tools.mbw.sha256:  -> bb", "tools.mbw.version:  -> 2"));
  EXPECT_THAT(told(result.machine), ElementsAre("local.cpu.threads: 64 -> 32", "local.disks[1].model:  -> B"))
      << "free memory and hours of a disk are new at every look";
}

StepRecord step_of(const std::string& id, Verdict verdict) {
  StepRecord step{.id = id};
  step.status = Status::kFinished;
  step.verdict = verdict;
  return step;
}

MetricRecord metric_of(double median, double low, double high) {
  MetricRecord metric;
  metric.name = "rate";
  metric.unit = "B/s";
  metric.better = "higher";
  metric.median = median;
  metric.interval_low = low;
  metric.interval_high = high;
  return metric;
}

TEST(Compare, StepsAreSideBySide) {
  RunRecord before;
  RunRecord after;
  before.steps = {step_of("a", Verdict::kPass), step_of("b", Verdict::kPass), step_of("old", Verdict::kPass)};
  after.steps = {step_of("new", Verdict::kPass), step_of("b", Verdict::kFail), step_of("a", Verdict::kPass)};
  const Comparison result = compare_runs(before, after);
  std::vector<std::string> seen;
  for (const StepComparison& step : result.steps) {
    seen.push_back(step.id +
                   (step.before == nullptr  ? " new"
                    : step.after == nullptr ? " gone"
                                            : "") +
                   (step.same_result ? " same" : ""));
  }
  EXPECT_THAT(seen, ElementsAre("new new", "b", "a same", "old gone"));
}

TEST(Compare, MetricsSayHowFarAndWhetherItMayBeNoise) {
  RunRecord before;
  RunRecord after;
  before.steps = {step_of("a", Verdict::kPass)};
  after.steps = {step_of("a", Verdict::kPass)};
  before.steps[0].metrics = {metric_of(10, 9, 11)};
  struct Row {
    MetricRecord now;
    std::optional<double> change;
    std::optional<bool> overlap;
  };
  MetricRecord without = metric_of(12, 0, 0);
  without.interval_low.reset();
  MetricRecord other_unit = metric_of(12, 11, 13);
  other_unit.unit = "s";
  MetricRecord other_name = metric_of(12, 11, 13);
  other_name.name = "latency";
  const Row rows[] = {{metric_of(12, 11, 13), 0.2, true},       {metric_of(5, 4, 8.99), -0.5, false},
                      {metric_of(20, 11.01, 30), 1.0, false},   {without, 0.2, std::nullopt},
                      {other_unit, std::nullopt, std::nullopt}, {other_name, std::nullopt, std::nullopt}};
  for (const Row& row : rows) {
    after.steps[0].metrics = {row.now};
    const Comparison result = compare_runs(before, after);
    ASSERT_EQ(result.steps[0].metrics.size(), 1U);
    const MetricComparison& metric = result.steps[0].metrics[0];
    EXPECT_EQ(metric.after, row.now.median);
    EXPECT_EQ(metric.change.has_value(), row.change.has_value());
    if (row.change) {
      EXPECT_DOUBLE_EQ(*metric.change, *row.change);
    }
    EXPECT_EQ(metric.overlap, row.overlap);
  }
  before.steps[0].metrics = {metric_of(0, 0, 0)};
  after.steps[0].metrics = {metric_of(1, 1, 1)};
  const Comparison result = compare_runs(before, after);
  EXPECT_FALSE(result.steps[0].metrics[0].change) << "nothing is a share of zero";
}

TEST(Compare, RecordsOfAnyShapeAreLookedAt) {
  RunRecord before;
  RunRecord after;
  before.header = Json::array({1});
  after.header = {{"source", 7}, {"params", "x"}};
  before.machines["local"] = nullptr;
  after.machines["local"] = {{"facts", {{"a", Json::array()}, {"b", nullptr}}}};
  const Comparison result = compare_runs(before, after);
  EXPECT_THAT(told(result.machine), ElementsAre("local.a:  -> []"));
}

}  // namespace
}  // namespace assay::record
