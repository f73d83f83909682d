// SPDX-License-Identifier: Apache-2.0
// What failed and why: each test that did not pass, with what was observed, what was wanted, and what to do next.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "reports/numbers.h"
#include "reports/page_parts.h"

namespace assay::reports {

namespace {

using record::CriterionRecord;
using record::MetricRecord;
using record::StepRecord;
using record::Verdict;

constexpr std::size_t kMostPoints = 20;

double lowest_share(const MetricRecord& metric) {
  return metric.cpu_share.empty() ? 1 : *std::min_element(metric.cpu_share.begin(), metric.cpu_share.end());
}

std::string interval_text(const Page& page, const MetricRecord& metric) {
  if (!metric.interval_low || !metric.interval_high) return {};
  return page.words.fill("found.interval",
                         {{"confidence", confidence_text(metric)}, {"range", range_text(page, metric)}});
}

// Whether the interval, or the median where there is none, reaches the bad side of a limit.
bool is_limit_missed(const MetricRecord& metric) {
  if (!metric.median) return false;
  return (metric.limit_min && metric.interval_low.value_or(*metric.median) < *metric.limit_min) ||
         (metric.limit_max && metric.interval_high.value_or(*metric.median) > *metric.limit_max);
}

// The sentence of one number that is not a pass.
std::string metric_sentence(const Page& page, const MetricRecord& metric) {
  Words::Values values{
      {"metric", metric_name(metric)}, {"median", median_text(metric)}, {"interval", interval_text(page, metric)}};
  if (!metric.median) return page.words.fill("found.no_value", values);
  const double low = metric.interval_low.value_or(*metric.median);
  const double high = metric.interval_high.value_or(*metric.median);
  const auto with_limit = [&](std::string_view key, double limit) {
    values.emplace_back("limit", human(limit, metric.unit));
    return page.words.fill(key, values);
  };
  if (metric.limit_min && high < *metric.limit_min) return with_limit("found.below", *metric.limit_min);
  if (metric.limit_max && low > *metric.limit_max) return with_limit("found.above", *metric.limit_max);
  for (const auto& limit : {metric.limit_min, metric.limit_max}) {
    if (limit && low <= *limit && *limit <= high) return with_limit("found.across", *limit);
  }
  return page.words.fill(metric.limit_min || metric.limit_max ? "found.value" : "found.no_limit", values);
}

void add_metric_points(const Page& page, const StepRecord& step, const MetricRecord& metric, Json& points) {
  const bool has_limit = metric.limit_min || metric.limit_max;
  const bool has_source = has_limit && !metric.limit_source.empty();
  const std::size_t used = count_used(metric);
  // Where no sample counts, that is all there is to say.
  if (metric.median || used > 0 || metric.samples.empty()) {
    points.push_back(
        {{"text", metric_sentence(page, metric)},
         {"note", has_source ? page.words.fill("found.source", {{"source", bounded(metric.limit_source)}}) : ""}});
  }
  // The recorded reason, where neither the sentence nor the step's own reason says it.
  if (!metric.reason.empty() && !is_limit_missed(metric) && step.reason.find(metric.reason) == std::string::npos) {
    points.push_back({{"text", bounded(metric.reason)}, {"note", ""}});
  }
  if (used < metric.samples.size()) {
    points.push_back({{"text", page.words.fill("found.share", {{"metric", metric_name(metric)},
                                                               {"n", std::to_string(metric.samples.size() - used)},
                                                               {"total", std::to_string(metric.samples.size())},
                                                               {"share", percent(lowest_share(metric))}})},
                      {"note", ""}});
  }
}

Json points_of(const Page& page, const StepRecord& step) {
  Json points = Json::array();
  for (const MetricRecord& metric : step.metrics) {
    if (points.size() >= kMostPoints) return points;
    if (metric.verdict != Verdict::kPass && metric.verdict != Verdict::kSkipped)
      add_metric_points(page, step, metric, points);
  }
  for (const CriterionRecord& one : step.criteria) {
    if (points.size() >= kMostPoints) return points;
    if (one.holds) continue;
    points.push_back(
        {{"text", page.words.fill("found.criterion", {{"expression", bounded(one.expression)}})},
         {"note",
          one.observed.empty() ? "" : page.words.fill("found.observed", {{"observed", bounded(one.observed)}})}});
  }
  for (const auto& [name, change] : step.extra->counters) {
    if (points.size() >= kMostPoints) return points;
    points.push_back({{"text", page.words.fill("found.counter", {{"counter", name}, {"change", change_text(change)}})},
                      {"note", ""}});
  }
  if (points.empty() && step.exit_code && *step.exit_code != 0) {
    points.push_back(
        {{"text", page.words.fill("found.exit", {{"code", std::to_string(*step.exit_code)}})}, {"note", ""}});
  }
  return points;
}

std::string_view next_step(const StepRecord& step) {
  const std::string_view tone = tone_of(step);
  if (tone == "error") return "next.error";
  const bool moved = std::any_of(step.extra->counters.begin(), step.extra->counters.end(),
                                 [](const auto& one) { return one.second > 0; });
  if (moved) return "next.counters";
  for (const MetricRecord& metric : step.metrics) {
    if (metric.verdict == Verdict::kPass) continue;
    if (count_used(metric) < metric.samples.size()) return "next.share";
    if (metric.median && !metric.limit_min && !metric.limit_max) return "next.limit";
    if (metric.verdict == Verdict::kFail) return "next.metric";
  }
  return tone == "inconclusive" ? "next.inconclusive" : "next.fail";
}

// Whether the points say, in the page's language, what the recorded reason says: it names a metric or counter of
// theirs.
bool is_said(const StepRecord& step) {
  const auto named = [&](const std::string& name) {
    return !name.empty() && step.reason.find(name) != std::string::npos;
  };
  return std::any_of(step.metrics.begin(), step.metrics.end(),
                     [&](const MetricRecord& metric) {
                       return metric.verdict != Verdict::kPass && metric.median && named(metric.name);
                     }) ||
         std::any_of(step.extra->counters.begin(), step.extra->counters.end(),
                     [&](const auto& counter) { return named(counter.first); });
}

Json finding(const Page& page, const StepRecord& step) {
  std::vector<std::string> where;
  if (std::string place = where_of(page, step); !place.empty()) where.push_back(std::move(place));
  if (is_test(step)) where.push_back(page.words(step.blocker ? "where.blocking" : "where.tolerated"));
  return {{"mark", mark(page, tone_of(step))},
          {"anchor", anchor_of(page, step)},
          {"name", name_of(page, step)},
          {"where", join(where, " · ")},
          {"reason", is_said(step) ? "" : bounded(step.reason)},
          {"points", points_of(page, step)},
          {"next", page.words(next_step(step))}};
}

}  // namespace

void add_findings(const Page& page, Json& model) {
  // Blocking ones first, the worst of them first; the plan's order within.
  StepList found;
  for (const bool blocking : {true, false}) {
    for (const std::string_view tone : {"fail", "error", "inconclusive"}) {
      for (const StepRecord& step : page.run.steps) {
        if (step.blocker == blocking && tone_of(step) == tone) found.push_back(&step);
      }
    }
  }
  Json list = Json::array();
  for (std::size_t i = 0; i < std::min(found.size(), kMostFindings); ++i) list.push_back(finding(page, *found[i]));
  model["findings"] = std::move(list);
  const auto unfinished =
      static_cast<std::size_t>(std::count_if(page.run.steps.begin(), page.run.steps.end(), is_unfinished));
  model["nothing_found"] = found.empty() && unfinished == 0 ? page.words("found.none") : "";
  model["unfinished"] = unfinished == 0 ? "" : page.words.counted("found.unfinished", unfinished);
  model["findings_more"] =
      found.size() <= kMostFindings ? "" : page.words.counted("more.findings", found.size() - kMostFindings);
}

}  // namespace assay::reports
