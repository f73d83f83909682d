// SPDX-License-Identifier: Apache-2.0
#include "reports/json_report.h"

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/coverage.h"

namespace assay::reports {

namespace {

using record::CriterionRecord;
using record::EvidenceRef;
using record::MetricRecord;
using record::PreconditionRecord;
using record::RunRecord;
using record::StepRecord;
using record::ToolRecord;

Json number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(number(value));
  return list;
}

Json time(const std::optional<WallTime>& value) { return value ? Json(format_rfc3339(*value)) : Json(nullptr); }

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json metric_value(const MetricRecord& metric) {
  Json interval = nullptr;
  if (metric.interval_low && metric.interval_high) {
    interval = Json::array({number(metric.interval_low), number(metric.interval_high)});
  }
  Json limit = nullptr;
  if (metric.limit_min || metric.limit_max) {
    limit = {{"min", number(metric.limit_min)}, {"max", number(metric.limit_max)}, {"source", metric.limit_source}};
  }
  Json used = Json::array();
  for (const bool one : metric.used) used.push_back(one);
  return {{"name", metric.name},
          {"unit", metric.unit.empty() ? "1" : metric.unit},
          {"better", metric.better},
          {"help", metric.help},
          {"samples", numbers(metric.samples)},
          {"used", std::move(used)},
          {"cpu_share", numbers(metric.cpu_share)},
          {"median", number(metric.median)},
          {"interval", std::move(interval)},
          {"confidence", number(metric.confidence)},
          {"limit", std::move(limit)},
          {"verdict", to_string(metric.verdict)},
          {"reason", metric.reason}};
}

Json metrics_value(const StepRecord& step) {
  Json metrics = Json::array();
  for (const MetricRecord& metric : step.metrics) metrics.push_back(metric_value(metric));
  return metrics;
}

Json criteria_value(const StepRecord& step) {
  Json criteria = Json::array();
  for (const CriterionRecord& one : step.criteria) {
    criteria.push_back({{"expression", one.expression}, {"holds", one.holds}, {"observed", one.observed}});
  }
  return criteria;
}

Json evidence_value(const StepRecord& step) {
  Json evidence = Json::array();
  for (const EvidenceRef& one : step.evidence) {
    evidence.push_back({{"name", one.name}, {"sha256", one.sha256}, {"size", one.size}});
  }
  return evidence;
}

Json step_value(const StepRecord& step) {
  Json counters = Json::object();
  for (const auto& [name, change] : step.counters) counters[name] = change;
  Json value = {{"id", step.id},
                {"name", step.name},
                {"name_zh", step.name_zh},
                {"action", step.action},
                {"class", text_or_null(step.test_class)},
                {"hardware", text_or_null(step.hardware)},
                {"target", step.target},
                {"proves", step.proves},
                {"proves_zh", step.proves_zh},
                {"blocker", step.blocker},
                {"status", to_string(step.status)},
                {"verdict", to_string(step.verdict)},
                {"reason", step.reason},
                {"skip_kind", text_or_null(was_tried(step) ? std::string() : kind_of_skip(step))},
                {"started", time(step.started)},
                {"finished", time(step.finished)},
                {"duration_s", number(step.duration_s)},
                {"attempts", step.attempts},
                {"exit_code", step.exit_code ? Json(*step.exit_code) : Json(nullptr)},
                {"command", step.command}};
  value["metrics"] = metrics_value(step);
  value["criteria"] = criteria_value(step);
  value["counters"] = std::move(counters);
  value["evidence"] = evidence_value(step);
  value["outputs"] = step.outputs.is_object() ? step.outputs : Json::object();
  return value;
}

Json steps_value(const StepList& steps) {
  Json list = Json::array();
  for (const StepRecord* step : steps) list.push_back(step_value(*step));
  return list;
}

Json coverage_value(const RunRecord& run) {
  const Coverage coverage = coverage_of(run);
  Json areas = Json::array();
  for (const CoverageArea& area : coverage.areas) {
    Json skipped = Json::array();
    for (const StepRecord* step : area.skipped) {
      skipped.push_back({{"id", step->id}, {"kind", kind_of_skip(*step)}, {"reason", step->reason}});
    }
    areas.push_back({{"hardware", text_or_null(area.hardware)},
                     {"class", text_or_null(area.test_class)},
                     {"tests", area.steps.size()},
                     {"ran", area.steps.size() - area.skipped.size()},
                     {"skipped", std::move(skipped)}});
  }
  return {{"tests", coverage.tests},
          {"ran", coverage.ran},
          {"skipped", coverage.tests - coverage.ran},
          {"areas", std::move(areas)}};
}

Json preconditions_value(const RunRecord& run) {
  Json list = Json::array();
  for (const PreconditionRecord& one : run.preconditions) {
    list.push_back({{"name", one.name},
                    {"observed", one.observed},
                    {"wanted", one.wanted},
                    {"good", one.good},
                    {"note", one.note}});
  }
  return list;
}

Json tools_value(const RunRecord& run) {
  Json list = Json::array();
  for (const ToolRecord& one : run.tools) {
    list.push_back({{"name", one.name}, {"path", one.path}, {"version", one.version}, {"sha256", one.sha256}});
  }
  return list;
}

Json duration(const RunRecord& run) {
  if (!run.started || !run.finished) return nullptr;
  return std::chrono::duration<double>(*run.finished - *run.started).count();
}

}  // namespace

Json report_value(const RunRecord& run) {
  Json machines = Json::object();
  for (const auto& [target, facts] : run.machines) machines[target] = facts;
  Json counts = Json::object();
  for (const auto& [verdict, count] : record::count_verdicts(run)) counts[verdict] = count;
  Json value = {{"format", "assay.report/1"},
                {"run", run.id},
                {"title", run.title},
                {"verdict", to_string(run.verdict)},
                {"status", to_string(run.status)},
                {"exit_code", run.exit_code},
                {"programme", text_or_null(run.programme)},
                {"recipe", {{"name", run.recipe_name}, {"version", run.recipe_version}}},
                {"assay_version", run.assay_version},
                {"started", time(run.started)},
                {"finished", time(run.finished)},
                {"duration_s", duration(run)},
                {"problem", text_or_null(run.problem)},
                {"damage", run.damage},
                {"counts", std::move(counts)}};
  value["coverage"] = coverage_value(run);
  value["preconditions"] = preconditions_value(run);
  value["tests"] = steps_value(judged_steps(run));
  value["steps"] = steps_value(other_steps(run));
  value["machines"] = std::move(machines);
  value["tools"] = tools_value(run);
  return value;
}

std::string json_report(const RunRecord& run) { return to_json_text(report_value(run)); }

}  // namespace assay::reports
