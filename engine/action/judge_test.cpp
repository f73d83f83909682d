// SPDX-License-Identifier: Apache-2.0
#include "engine/action/judge_test.h"

#include <algorithm>
#include <cstdio>

#include "engine/base/text.h"
#include "engine/measure/judge.h"

namespace assay::action {
namespace {

using record::Verdict;

std::string percent(double share) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.0f %%", share * 100);
  return buffer;
}

std::vector<double> used_samples(const record::MetricRecord& metric) {
  if (metric.used.empty()) return metric.samples;
  std::vector<double> out;
  for (std::size_t i = 0; i < metric.samples.size(); ++i) {
    if (i < metric.used.size() && metric.used[i]) out.push_back(metric.samples[i]);
  }
  return out;
}

Verdict verdict_of(measure::MetricVerdict verdict) {
  switch (verdict) {
    case measure::MetricVerdict::kPass: return Verdict::kPass;
    case measure::MetricVerdict::kFail: return Verdict::kFail;
    case measure::MetricVerdict::kInconclusive: return Verdict::kInconclusive;
  }
  return Verdict::kInconclusive;
}

// The share of a sample that stands for those that were refused.
double typical_share(const record::MetricRecord& metric) { return measure::median(metric.cpu_share); }

int weight(Verdict verdict) {
  switch (verdict) {
    case Verdict::kFail: return 4;
    case Verdict::kError: return 3;
    case Verdict::kInconclusive: return 2;
    case Verdict::kWaived: return 1;
    default: return 0;
  }
}

void worsen(record::StepRecord& test, Verdict verdict, const std::string& reason) {
  if (weight(verdict) > weight(test.verdict)) test.verdict = verdict;
  if (!reason.empty()) test.reason += (test.reason.empty() ? "" : "; ") + reason;
}

}  // namespace

record::CountByName without_zeros(const Counters& counters) {
  record::CountByName out;
  for (const auto& [name, value] : counters) {
    if (value != 0) out.emplace(name, value);
  }
  return out;
}

record::CountByName counters_to_go_on_from(const record::CountByName& before, const Counters& now) {
  record::CountByName out;
  for (const auto& [name, value] : before) {
    const auto found = now.find(name);
    if (found != now.end() && found->second >= value) out.emplace(name, value);
  }
  return out;
}

record::CountByName counter_changes(const record::CountByName& before, const Counters& after) {
  record::CountByName out;
  for (const auto& [name, value] : after) {
    const auto found = before.find(name);
    const std::int64_t change = value - (found != before.end() ? found->second : 0);
    if (change > 0) out.emplace(name, change);
  }
  return out;
}

void judge_metric(record::MetricRecord& metric, const recipe::Metric& declared, const plan::PlannedStep& planned,
                  std::size_t min_samples, const std::string& interference) {
  const std::vector<double> samples = used_samples(metric);
  if (const auto interval = measure::median_interval(samples)) {
    metric.median = interval->median;
    metric.interval_low = interval->low;
    metric.interval_high = interval->high;
    metric.confidence = interval->confidence;
  }
  const auto limit = std::find_if(planned.limits.begin(), planned.limits.end(),
                                  [&](const auto& item) { return item.metric == metric.name; });
  if (limit != planned.limits.end()) {
    metric.limit_min = limit->min;
    metric.limit_max = limit->max;
    metric.limit_source = limit->source;
  }
  const bool performance = planned.step->test->test_class == recipe::TestClass::kPerformance;
  const std::size_t refused = metric.samples.size() - samples.size();
  if (refused > 0 && samples.size() < min_samples) {
    metric.verdict = Verdict::kInconclusive;
    metric.reason = "the CPU was not ours: " + std::to_string(refused) + " of " +
                    std::to_string(metric.samples.size()) + " samples had less than " + percent(kNeededCpuShare) +
                    " of the CPU time they asked for (typically " + percent(typical_share(metric)) + ")";
    if (!interference.empty()) metric.reason += "; " + interference;
    return;
  }
  if (limit == planned.limits.end()) {
    // Numbers of functional and stability tests may be there only to be seen: their criteria judge.
    metric.verdict = performance ? Verdict::kInconclusive : Verdict::kSkipped;
    metric.reason = performance ? "no limit for this hardware" : "not judged by itself";
    return;
  }
  const auto judgement = measure::judge_metric(samples, {.min = limit->min, .max = limit->max}, min_samples,
                                               declared.precision, metric.unit);
  metric.verdict = verdict_of(judgement.verdict);
  metric.reason = judgement.reason;
}

void judge_test(record::StepRecord& test) {
  test.status = record::Status::kFinished;
  test.verdict = Verdict::kPass;
  bool judged = false;
  for (const record::MetricRecord& metric : test.metrics) {
    if (metric.verdict == Verdict::kSkipped) continue;
    judged = true;
    if (metric.verdict != Verdict::kPass) worsen(test, metric.verdict, metric.name + ": " + metric.reason);
  }
  for (const record::CriterionRecord& criterion : test.criteria) {
    judged = true;
    if (criterion.holds) continue;
    worsen(
        test, Verdict::kFail,
        "does not hold: " + criterion.expression + (criterion.observed.empty() ? "" : " (" + criterion.observed + ")"));
  }
  for (const auto& [name, change] : test.extra->counters) {
    worsen(test, Verdict::kFail,
           "the error counter " + name + " rose by " + std::to_string(change) + " during the test");
  }
  if (!judged && test.verdict == Verdict::kPass) worsen(test, Verdict::kInconclusive, "nothing was judged");
}

}  // namespace assay::action
