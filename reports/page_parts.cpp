// SPDX-License-Identifier: Apache-2.0
#include "reports/page_parts.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/text.h"
#include "reports/numbers.h"

namespace assay::reports {

using record::MetricRecord;
using record::StepRecord;
using record::Verdict;

Json mark(const Page& page, std::string_view tone) {
  return {{"tone", tone}, {"icon", tone}, {"word", page.words("verdict." + std::string(tone))}};
}

std::string_view tone_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass: return "pass";
    case Verdict::kFail: return "fail";
    case Verdict::kInconclusive: return "inconclusive";
    case Verdict::kWaived: return "waived";
    case Verdict::kSkipped: return "skipped";
    case Verdict::kError: return "error";
  }
  return "error";
}

std::string_view tone_of(const StepRecord& step) { return is_unfinished(step) ? "unfinished" : tone_of(step.verdict); }

std::string anchor_of(const Page& page, const StepRecord& step) {
  return "t" + std::to_string(&step - page.run.steps.data() + 1);
}

std::string name_of(const Page& page, const StepRecord& step) {
  const std::string& name = page.words.pick(step.name, step.extra->name_zh);
  if (name.empty()) return bounded(step.id);
  // Instances of a matrix share their step's name; their row tells them apart.
  const auto slash = step.id.rfind('/');
  const auto row = step.id.find('[', slash == std::string::npos ? 0 : slash);
  return bounded(row == std::string::npos ? name : name + " " + step.id.substr(row));
}

std::string where_of(const Page& page, const StepRecord& step) {
  std::vector<std::string> parts;
  if (is_test(step)) parts.push_back(page.words.named("class.", step.test_class));
  if (!step.hardware.empty()) parts.push_back(page.words.named("hardware.", step.hardware));
  if (!step.target.empty() && page.run.machines.size() > 1) parts.push_back(step.target);
  return join(parts, " · ");
}

std::string date_text(const std::optional<WallTime>& time) {
  if (!time) return {};
  const std::string text = format_rfc3339(*time);  // 2026-11-21T08:30:00.123456Z
  return text.substr(0, 10) + " " + text.substr(11, 8) + " UTC";
}

std::string bounded(std::string_view text) {
  return text.size() <= kMostText ? std::string(text) : shorten(text.substr(0, kMostText * 4), kMostText);
}

std::string short_digest(std::string_view sha256) {
  constexpr std::size_t kDigits = 12;
  return sha256.size() <= kDigits ? std::string(sha256) : std::string(sha256.substr(0, kDigits)) + "…";
}

std::string metric_name(const MetricRecord& metric) { return bounded(replace_all(metric.name, "_", " ")); }

std::string median_text(const MetricRecord& metric) { return metric.median ? human(*metric.median, metric.unit) : "–"; }

std::string range_text(const Page& page, const MetricRecord& metric) {
  if (!metric.interval_low || !metric.interval_high) return "–";
  std::string low = human(*metric.interval_low, metric.unit);
  const std::string high = human(*metric.interval_high, metric.unit);
  // The unit once, where both ends have the same.
  const std::size_t space = low.rfind(' ');
  if (space != std::string::npos && high.ends_with(std::string_view(low).substr(space))) low.resize(space);
  return page.words.fill("num.range", {{"low", low}, {"high", high}});
}

std::string limit_text(const Page& page, const MetricRecord& metric) {
  const std::string min = metric.limit_min ? "≥ " + human(*metric.limit_min, metric.unit) : std::string();
  const std::string max = metric.limit_max ? "≤ " + human(*metric.limit_max, metric.unit) : std::string();
  if (!min.empty() && !max.empty()) return page.words.fill("num.and", {{"a", min}, {"b", max}});
  return min.empty() && max.empty() ? "–" : min + max;
}

std::string confidence_text(const MetricRecord& metric) {
  return metric.confidence ? percent(*metric.confidence) : std::string();
}

Json metric_mark(const Page& page, const MetricRecord& metric) {
  Json result = mark(page, tone_of(metric.verdict));
  const bool has_limit = metric.limit_min || metric.limit_max;
  if (has_limit && metric.verdict == Verdict::kPass) result["word"] = page.words("limit.met");
  if (has_limit && metric.verdict == Verdict::kFail) result["word"] = page.words("limit.missed");
  return result;
}

std::size_t count_used(const MetricRecord& metric) {
  const auto unused = static_cast<std::size_t>(std::count(metric.used.begin(), metric.used.end(), false));
  return metric.samples.size() - std::min(unused, metric.samples.size());
}

std::string change_text(std::int64_t change) { return (change > 0 ? "+" : "") + std::to_string(change); }

const MetricRecord* key_metric(const StepRecord& step) {
  const auto bad = std::find_if(step.metrics.begin(), step.metrics.end(),
                                [](const MetricRecord& metric) { return metric.verdict != Verdict::kPass; });
  if (bad != step.metrics.end()) return &*bad;
  return step.metrics.empty() ? nullptr : &step.metrics.front();
}

}  // namespace assay::reports
