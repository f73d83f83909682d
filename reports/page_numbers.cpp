// SPDX-License-Identifier: Apache-2.0
// What was measured: every metric with its picture.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/chart.h"
#include "reports/numbers.h"
#include "reports/page_parts.h"

namespace assay::reports {

namespace {

using record::MetricRecord;
using record::StepRecord;
using record::Verdict;

Json metric_rows(const Page& page, const MetricRecord& metric) {
  Json rows = Json::array();
  const auto add = [&](const std::string& label, const std::string& value) {
    rows.push_back({{"label", label}, {"value", value}});
  };
  if (metric.interval_low && metric.interval_high) {
    const std::string confidence = confidence_text(metric);
    add(confidence.empty() ? page.words("num.interval.plain")
                           : page.words.fill("num.interval", {{"confidence", confidence}}),
        range_text(page, metric));
  }
  const std::string limit = limit_text(page, metric);
  add(page.words("num.limit"), limit == "–" ? page.words("num.no_limit") : limit);
  const std::size_t used = count_used(metric);
  const std::string total = std::to_string(metric.samples.size());
  add(page.words("num.samples"),
      used == metric.samples.size()
          ? total
          : page.words.fill("num.samples.used", {{"used", std::to_string(used)}, {"n", total}}));
  if (metric.median && *metric.median != 0 && metric.interval_low && metric.interval_high) {
    const double half = (*metric.interval_high - *metric.interval_low) / 2 / std::abs(*metric.median);
    if (std::isfinite(half))
      add(page.words("num.spread"), page.words.fill("num.spread.value", {{"share", fixed(half * 100, 2) + " %"}}));
  }
  if (!metric.better.empty()) add(page.words("num.better"), page.words.named("num.better.", metric.better));
  if (!metric.cpu_share.empty()) {
    const double lowest = *std::min_element(metric.cpu_share.begin(), metric.cpu_share.end());
    add(page.words("num.share"), page.words.fill("num.share.value", {{"share", percent(lowest)}}));
  }
  return rows;
}

std::string values_text(const Page& page, const MetricRecord& metric) {
  std::string text;
  for (std::size_t i = 0; i < std::min(metric.samples.size(), kMostValues); ++i) {
    if (i > 0) text += "  ";
    const std::string value = human(metric.samples[i], metric.unit);
    const bool used = i >= metric.used.size() || metric.used[i];
    text += used ? value : "(" + value + ")";
  }
  if (metric.samples.size() > kMostValues) {
    text += " " + page.words.counted("more.values", metric.samples.size());
  }
  return text;
}

Json metric_block(const Page& page, const MetricRecord& metric) {
  const Json shown = metric_mark(page, metric);
  const std::string description = page.words.fill("num.chart", {{"metric", metric_name(metric)},
                                                                {"n", std::to_string(metric.samples.size())},
                                                                {"median", median_text(metric)},
                                                                {"interval", range_text(page, metric)},
                                                                {"limit", limit_text(page, metric)},
                                                                {"verdict", shown["word"].get<std::string>()}});
  const std::string chart = draw_chart({.samples = metric.samples,
                                        .used = metric.used,
                                        .median = metric.median,
                                        .interval_low = metric.interval_low,
                                        .interval_high = metric.interval_high,
                                        .limit_min = metric.limit_min,
                                        .limit_max = metric.limit_max,
                                        .unit = metric.unit,
                                        .description = description,
                                        .order_label = page.words("num.order")});
  const bool has_source = (metric.limit_min || metric.limit_max) && !metric.limit_source.empty();
  return {{"mark", shown},
          {"name", metric_name(metric)},
          {"value", median_text(metric)},
          {"rows", metric_rows(page, metric)},
          {"chart", chart},
          {"no_chart", chart.empty() ? page.words("num.no_chart") : ""},
          {"reason", bounded(metric.reason)},
          {"source", has_source ? page.words.fill("num.source", {{"source", bounded(metric.limit_source)}}) : ""},
          {"help", bounded(metric.help)},
          {"values", values_text(page, metric)}};
}

// A metric of a test that did not come to measuring has nothing to show.
bool has_data(const MetricRecord& metric) { return !metric.samples.empty() || metric.verdict != Verdict::kSkipped; }

Json measured_test(const Page& page, const StepRecord& step) {
  Json metrics = Json::array();
  for (const MetricRecord& metric : step.metrics) {
    if (has_data(metric)) metrics.push_back(metric_block(page, metric));
  }
  return {{"anchor", anchor_of(page, step)},
          {"name", name_of(page, step)},
          {"where", where_of(page, step)},
          {"metrics", std::move(metrics)}};
}

}  // namespace

void add_numbers(const Page& page, Json& model) {
  StepList measured;
  for (const StepRecord& step : page.run.steps) {
    if (std::any_of(step.metrics.begin(), step.metrics.end(), has_data)) measured.push_back(&step);
  }
  // Where not all fit, those that did not pass are the ones to see.
  if (measured.size() > kMostMeasuredTests) {
    std::stable_partition(measured.begin(), measured.end(),
                          [](const StepRecord* step) { return step->verdict != Verdict::kPass; });
  }
  Json list = Json::array();
  for (std::size_t i = 0; i < std::min(measured.size(), kMostMeasuredTests); ++i)
    list.push_back(measured_test(page, *measured[i]));
  model["has_numbers"] = !list.empty();
  model["numbers"] = std::move(list);
  model["numbers_more"] = measured.size() <= kMostMeasuredTests
                              ? ""
                              : page.words.counted("more.numbers", measured.size() - kMostMeasuredTests);
}

}  // namespace assay::reports
