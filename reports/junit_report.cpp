// SPDX-License-Identifier: Apache-2.0
#include "reports/junit_report.h"

#include <cmath>
#include <map>
#include <pugixml.hpp>
#include <sstream>

#include "engine/base/text.h"
#include "reports/coverage.h"
#include "reports/escape.h"
#include "reports/numbers.h"

namespace assay::reports {

namespace {

using record::AttemptRecord;
using record::MetricRecord;
using record::RunRecord;
using record::Status;
using record::StepRecord;
using record::Verdict;

struct Totals {
  int tests = 0;
  int failures = 0;
  int errors = 0;
  int skipped = 0;
  double seconds = 0;

  void add(const Totals& other) {
    tests += other.tests;
    failures += other.failures;
    errors += other.errors;
    skipped += other.skipped;
    seconds += other.seconds;
  }
};

void set(pugi::xml_node node, const char* name, std::string_view value) {
  node.append_attribute(name).set_value(clean_text(value).c_str());
}

void set_totals(pugi::xml_node node, const Totals& totals) {
  set(node, "tests", std::to_string(totals.tests));
  set(node, "failures", std::to_string(totals.failures));
  set(node, "errors", std::to_string(totals.errors));
  set(node, "skipped", std::to_string(totals.skipped));
  set(node, "time", fixed(totals.seconds, 3));
}

// The child element that colours the case; green has none.
struct Colour {
  const char* element = nullptr;  // "failure", "error", "skipped"
  std::string type;
};

Colour colour_of(const StepRecord& step) {
  if (is_unfinished(step)) return {step.blocker ? "error" : "skipped", std::string(to_string(step.status))};
  switch (step.verdict) {
    case Verdict::kPass: return {};
    case Verdict::kFail: return {step.blocker ? "failure" : "skipped", "fail"};
    case Verdict::kInconclusive: return {step.blocker ? "failure" : "skipped", "inconclusive"};
    case Verdict::kError: return {step.blocker ? "error" : "skipped", "error"};
    case Verdict::kWaived: return {"skipped", "waived"};
    case Verdict::kSkipped: return {"skipped", kind_of_skip(step)};
  }
  return {"error", "unknown"};
}

std::string metric_text(const MetricRecord& metric) {
  std::string text = metric.median ? human(*metric.median, metric.unit) : std::string("no value");
  if (metric.interval_low && metric.interval_high) {
    text += " [" + human(*metric.interval_low, metric.unit) + ", " + human(*metric.interval_high, metric.unit) + "]";
  }
  if (metric.limit_min) text += ", at least " + human(*metric.limit_min, metric.unit);
  if (metric.limit_max) text += ", at most " + human(*metric.limit_max, metric.unit);
  return text + ", " + std::to_string(metric.samples.size()) + " samples, " + std::string(to_string(metric.verdict));
}

void add_property(pugi::xml_node properties, std::string_view name, std::string_view value) {
  pugi::xml_node property = properties.append_child("property");
  set(property, "name", name);
  set(property, "value", value);
}

void add_properties(pugi::xml_node node, const StepRecord& step) {
  pugi::xml_node properties = node.append_child("properties");
  add_property(properties, "verdict", to_string(step.verdict));
  add_property(properties, "status", to_string(step.status));
  add_property(properties, "blocker", step.blocker ? "true" : "false");
  if (!step.target.empty()) add_property(properties, "target", step.target);
  if (!step.change.empty()) add_property(properties, "change", step.change);
  if (step.rescued) add_property(properties, "rescued", "true");
  if (step.tries.size() > 1) add_property(properties, "attempts", std::to_string(step.tries.size()));
  for (const MetricRecord& metric : step.metrics)
    add_property(properties, "metric." + metric.name, metric_text(metric));
  for (const auto& [name, change] : step.extra->counters)
    add_property(properties, "counter." + name, std::to_string(change));
}

// What a person needs to see without opening the report: reasons, missed criteria, where the output is.
std::string details(const StepRecord& step) {
  std::vector<std::string> parts;
  for (const MetricRecord& metric : step.metrics) {
    if (metric.verdict != Verdict::kPass) {
      parts.push_back(metric.name + ": " + metric_text(metric) +
                      (metric.reason.empty() ? "" : " (" + metric.reason + ")"));
    }
  }
  for (const auto& one : step.criteria) {
    if (!one.holds)
      parts.push_back("does not hold: " + one.expression + (one.observed.empty() ? "" : " (" + one.observed + ")"));
  }
  for (const auto& [name, change] : step.extra->counters)
    parts.push_back("counter " + name + " changed by " + std::to_string(change));
  return join(parts, "\n");
}

std::string system_out(const StepRecord& step) {
  constexpr std::size_t kMostNames = 10;
  std::vector<std::string> parts;
  if (!step.command.empty()) parts.push_back("command: " + join(step.command, " "));
  if (step.attempts > 1) parts.push_back("attempts: " + std::to_string(step.attempts));
  for (std::size_t i = 0; i < step.evidence.size() && i < kMostNames; ++i) {
    parts.push_back("evidence: " + step.evidence[i].name + " sha256:" + step.evidence[i].sha256);
  }
  if (step.evidence.size() > kMostNames) {
    parts.push_back("and " + std::to_string(step.evidence.size() - kMostNames) + " more pieces of evidence");
  }
  return join(parts, "\n");
}

void set_text(pugi::xml_node node, std::string_view text) { node.text().set(clean_text(text).c_str()); }

// Earlier attempts as Maven Surefire writes them, which Jenkins, GitLab and Gradle read: flaky... beside a case that is
// green in the end, rerun... beside one that is not.
void add_attempts(pugi::xml_node node, const StepRecord& step) {
  if (step.tries.size() < 2) return;
  const bool green = colour_of(step).element == nullptr;
  for (std::size_t i = 0; i + 1 < step.tries.size(); ++i) {
    const AttemptRecord& one = step.tries[i];
    const bool failed = one.verdict == Verdict::kFail || one.verdict == Verdict::kInconclusive;
    const char* element = green ? (failed ? "flakyFailure" : "flakyError") : (failed ? "rerunFailure" : "rerunError");
    pugi::xml_node child = node.append_child(element);
    const std::string type = one.failure.empty() ? std::string(to_string(one.status)) : one.failure;
    set(child, "type", type);
    set(child, "message",
        "attempt " + std::to_string(one.number) + ": " + (one.reason.empty() ? "cut off" : one.reason));
  }
}

Totals totals_of(const StepRecord& step) {
  Totals totals{.tests = 1, .seconds = std::isfinite(step.duration_s) ? step.duration_s : 0};
  const Colour colour = colour_of(step);
  const std::string_view element = colour.element == nullptr ? "" : colour.element;
  totals.failures = element == "failure" ? 1 : 0;
  totals.errors = element == "error" ? 1 : 0;
  totals.skipped = element == "skipped" ? 1 : 0;
  return totals;
}

void add_case(pugi::xml_node suite, const RunRecord& run, const StepRecord& step) {
  const Totals totals = totals_of(step);
  pugi::xml_node node = suite.append_child("testcase");
  const std::string& origin = run.programme.empty() ? run.recipe_name : run.programme;
  std::vector<std::string> scope;
  for (const std::string& part : {origin, is_test(step) ? step.test_class : std::string("steps"), step.hardware}) {
    if (!part.empty()) scope.push_back(part);
  }
  set(node, "name", step.id);
  set(node, "classname", join(scope, "."));
  set(node, "time", fixed(totals.seconds, 3));
  add_properties(node, step);
  if (const Colour colour = colour_of(step); colour.element != nullptr) {
    const std::string_view element = colour.element;
    pugi::xml_node child = node.append_child(colour.element);
    const bool tolerated =
        element == "skipped" && step.verdict != Verdict::kSkipped && step.verdict != Verdict::kWaived;
    const std::string message = step.reason.empty() ? colour.type : step.reason;
    if (element != "skipped") set(child, "type", colour.type);
    set(child, "message",
        element == "skipped" ? colour.type + (tolerated ? ", not blocking: " : ": ") + message : message);
    if (const std::string text = details(step); !text.empty()) set_text(child, text);
  }
  add_attempts(node, step);
  if (const std::string out = system_out(step); !out.empty()) set_text(node.append_child("system-out"), out);
}

// Text of a node at a depth of the document.
std::string printed(pugi::xml_node node, unsigned depth) {
  std::ostringstream out;
  node.print(out, "  ", pugi::format_indent, pugi::encoding_utf8, depth);
  return std::move(out).str();
}

// The start tag of an element without children, whose children are written one by one.
std::string opened(pugi::xml_node node, unsigned depth) {
  std::string text = printed(node, depth);
  const std::size_t end = text.rfind(" />");
  return text.substr(0, end) + ">\n";
}

void write_suite(const RunRecord& run, const std::string& name, const StepList& steps, const Sink& sink) {
  Totals totals;
  for (const StepRecord* step : steps) totals.add(totals_of(*step));
  pugi::xml_document document;
  pugi::xml_node suite = document.append_child("testsuite");
  set(suite, "name", name.empty() ? "steps" : name);
  set_totals(suite, totals);
  if (run.started) set(suite, "timestamp", format_rfc3339(*run.started).substr(0, 19));
  sink(opened(suite, 1));
  for (const StepRecord* step : steps) {
    pugi::xml_document one;
    add_case(one, run, *step);
    sink(printed(one.first_child(), 2));
  }
  sink("  </testsuite>\n");
}

// A run that ended early, or a record that is damaged, is not green even where every finished case is.
Totals add_run_problems(pugi::xml_node suites, const RunRecord& run) {
  std::vector<std::string> problems = run.damage;
  if (!run.problem.empty()) problems.insert(problems.begin(), run.problem);
  if (problems.empty()) return {};
  pugi::xml_node suite = suites.append_child("testsuite");
  set(suite, "name", "run");
  const Totals totals{.tests = 1, .errors = 1};
  set_totals(suite, totals);
  pugi::xml_node node = suite.append_child("testcase");
  set(node, "name", "record");
  set(node, "classname", "run");
  set(node, "time", "0");
  pugi::xml_node error = node.append_child("error");
  set(error, "type", run.damage.empty() ? "ended early" : "damaged record");
  set(error, "message", problems.front());
  set_text(error, join(problems, "\n"));
  return totals;
}

}  // namespace

void write_junit_report(const RunRecord& run, const Sink& sink) {
  std::map<std::string, StepList> by_class;
  const StepList tests = judged_steps(run);
  const StepList others = other_steps(run);
  for (const StepRecord* step : tests) by_class[step->test_class].push_back(step);
  pugi::xml_document problems;
  Totals totals = add_run_problems(problems, run);
  for (const StepList* steps : {&tests, &others}) {
    for (const StepRecord* step : *steps) totals.add(totals_of(*step));
  }
  pugi::xml_document document;
  pugi::xml_node suites = document.append_child("testsuites");
  set(suites, "name", run.title.empty() ? run.recipe_name : run.title);
  set_totals(suites, totals);
  sink("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  // Without a single case there is nothing to close.
  if (totals.tests == 0) return sink(printed(suites, 0));
  sink(opened(suites, 0));
  if (problems.first_child()) sink(printed(problems.first_child(), 1));
  for (const std::string& name : classes_of(tests)) write_suite(run, name, by_class[name], sink);
  if (!others.empty()) write_suite(run, "", others, sink);
  sink("</testsuites>\n");
}

std::string junit_report(const RunRecord& run) {
  std::string out;
  write_junit_report(run, [&](std::string_view bytes) { out += bytes; });
  return out;
}

}  // namespace assay::reports
