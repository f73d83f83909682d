// SPDX-License-Identifier: Apache-2.0
#include "reports/json_report.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/record/critical_path.h"
#include "reports/coverage.h"
#include "reports/what_next.h"

namespace assay::reports {

namespace {

using record::AttemptRecord;
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

Json tries_value(const StepRecord& step) {
  Json list = Json::array();
  for (const AttemptRecord& one : step.tries) {
    Json::object_t members;
    members.reserve(8);
    members.emplace_back("attempt", one.number);
    members.emplace_back("status", to_string(one.status));
    members.emplace_back("verdict", to_string(one.verdict));
    members.emplace_back("reason", one.reason);
    members.emplace_back("failure", text_or_null(one.failure));
    members.emplace_back("exit_code", one.exit_code ? Json(*one.exit_code) : Json(nullptr));
    members.emplace_back("started", time(one.started));
    members.emplace_back("finished", time(one.finished));
    list.push_back(std::move(members));
  }
  return list;
}

// Seconds from the start of the run; null for what did not start.
Json offset(const RunRecord& run, const std::optional<WallTime>& at) {
  if (!run.started || !at) return nullptr;
  return record::seconds_between(*run.started, *at);
}

// Members in the order they are added. A report has 25 of them for each step: neither the look-up for each that Json
// itself makes nor new room for each step is for nothing then.
class Members {
 public:
  void add(const char* name, Json value) { members_.emplace_back(name, std::move(value)); }
  // What was added, as one object; `use` may only look at it.
  template <class Use>
  void with_object(Use use) {
    Json object = std::move(members_);
    use(object);
    members_ = std::move(*object.get_ptr<Json::object_t*>());
    members_.clear();
  }

 private:
  Json::object_t members_;
};

void add_step(const RunRecord& run, const StepRecord& step, Members& out) {
  Json counters = Json::object();
  for (const auto& [name, change] : step.extra->counters) counters[name] = change;
  out.add("id", step.id);
  out.add("name", step.name);
  out.add("name_zh", step.extra->name_zh);
  out.add("action", step.action);
  out.add("class", text_or_null(step.test_class));
  out.add("hardware", text_or_null(step.hardware));
  out.add("target", step.target);
  out.add("proves", step.extra->proves);
  out.add("proves_zh", step.extra->proves_zh);
  out.add("blocker", step.blocker);
  out.add("status", to_string(step.status));
  out.add("verdict", to_string(step.verdict));
  out.add("reason", step.reason);
  out.add("skip_kind", text_or_null(was_tried(step) ? std::string() : kind_of_skip(step)));
  out.add("started", time(step.started));
  out.add("finished", time(step.finished));
  out.add("duration_s", number(step.duration_s));
  out.add("attempts", step.attempts);
  out.add("exit_code", step.exit_code ? Json(*step.exit_code) : Json(nullptr));
  out.add("command", step.command);
  out.add("metrics", metrics_value(step));
  out.add("criteria", criteria_value(step));
  out.add("counters", std::move(counters));
  out.add("evidence", evidence_value(step));
  out.add("outputs", step.outputs.is_object() ? step.outputs : Json::object());
  out.add("start_s", offset(run, step.started));
  out.add("needs", step.needs);
  out.add("change", text_or_null(step.change));
  out.add("rescued", step.rescued);
  out.add("tries", tries_value(step));
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

Json critical_path_value(const RunRecord& run) {
  const record::CriticalPath path = record::critical_path(run);
  Json steps = Json::array();
  for (const std::size_t index : path.steps) steps.push_back(run.steps[index].id);
  return {{"seconds", path.busy_s},
          {"share", path.total_s > 0 ? Json(path.busy_s / path.total_s) : Json(nullptr)},
          {"steps", std::move(steps)}};
}

Json resumed_value(const RunRecord& run) {
  Json list = Json::array();
  for (const record::ResumeRecord& one : run.resumed)
    list.push_back({{"time", format_rfc3339(one.time)}, {"redone", one.redone}, {"changes", one.changes}});
  return list;
}

Json questions_value(const RunRecord& run) {
  Json list = Json::array();
  for (const record::QuestionRecord& one : run.questions) {
    list.push_back({{"step", one.step},
                    {"question", one.question},
                    {"type", one.type},
                    {"choices", one.choices},
                    {"asked", format_rfc3339(one.asked)},
                    {"answer", one.answer},
                    {"who", text_or_null(one.who)},
                    {"note", text_or_null(one.note)},
                    {"answered", time(one.answered)}});
  }
  return list;
}

// Members of an object as text, without its braces; each line with its comma before it, but for the first.
std::string members(const Json& object) {
  std::string text = to_json_text(object);
  return text.substr(1, text.rfind('\n', text.size() - 2) - 1);
}

void write_steps(const RunRecord& run, const char* name, const StepList& steps, const Sink& sink) {
  const bool indented = steps.size() <= kMostIndented;
  sink(std::string(",\n  \"") + name + "\": [");
  bool first = true;
  Members members;
  for (const StepRecord* step : steps) {
    add_step(run, *step, members);
    sink(first ? "\n    " : ",\n    ");
    members.with_object([&](const Json& value) {
      if (!indented) return sink(to_json_line(value));
      std::string text = replace_all(to_json_text(value), "\n", "\n    ");
      text.resize(text.find_last_of('}') + 1);
      sink(text);
    });
    first = false;
  }
  sink(first ? "]" : "\n  ]");
}

}  // namespace

void write_json_report(const RunRecord& run, const Sink& sink) {
  Json counts = Json::object();
  for (const auto& [verdict, count] : record::count_verdicts(run)) counts[verdict] = count;
  Json head = {{"format", "assay.report/1"},
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
               {"duration_s", offset(run, run.finished)},
               {"problem", text_or_null(run.problem)},
               {"damage", run.damage},
               {"counts", std::move(counts)}};
  head["coverage"] = coverage_value(run);
  head["preconditions"] = preconditions_value(run);
  sink("{" + members(head));
  write_steps(run, "tests", judged_steps(run), sink);
  write_steps(run, "steps", other_steps(run), sink);
  Json tail = Json::object();
  Json machines = Json::object();
  for (const auto& [target, facts] : run.machines) machines[target] = facts;
  tail["machines"] = std::move(machines);
  tail["tools"] = tools_value(run);
  tail["critical_path"] = critical_path_value(run);
  tail["resumed"] = resumed_value(run);
  tail["questions"] = questions_value(run);
  tail["next"] = text_or_null(next_move(run).command);
  sink("," + members(tail) + "\n}\n");
}

std::string json_report(const RunRecord& run) {
  std::string out;
  write_json_report(run, [&](std::string_view bytes) { out += bytes; });
  return out;
}

}  // namespace assay::reports
