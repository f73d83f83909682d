// SPDX-License-Identifier: Apache-2.0
// `runs compare`.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/terminal/style.h"
#include "cli/verbs.h"
#include "engine/base/quantity.h"
#include "engine/base/text.h"
#include "engine/record/compare.h"

namespace assay::cli {
namespace {

Json optional_number(const std::optional<double>& number) { return number ? Json(*number) : Json(nullptr); }

Json differences_json(const std::vector<record::Difference>& list) {
  Json out = Json::array();
  const auto side = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  for (const record::Difference& one : list)
    out.push_back({{"what", one.what}, {"before", side(one.before)}, {"after", side(one.after)}});
  return out;
}

Json side_json(const record::StepRecord* step) {
  if (step == nullptr) return nullptr;
  return {{"status", record::to_string(step->status)},
          {"verdict", record::is_settled(step->status) ? Json(record::to_string(step->verdict)) : Json(nullptr)},
          {"duration_s", step->duration_s},
          {"attempts", step->attempts},
          {"reason", step->reason}};
}

Json step_comparison_json(const record::StepComparison& step) {
  Json metrics = Json::array();
  for (const record::MetricComparison& one : step.metrics) {
    metrics.push_back({{"name", one.name},
                       {"unit", one.unit},
                       {"better", one.better},
                       {"before", optional_number(one.before)},
                       {"after", optional_number(one.after)},
                       {"change", optional_number(one.change)},
                       {"overlap", one.overlap ? Json(*one.overlap) : Json(nullptr)}});
  }
  return {{"id", step.id},
          {"same", step.same_result},
          {"before", side_json(step.before)},
          {"after", side_json(step.after)},
          {"metrics", std::move(metrics)}};
}

std::string quantity_text(double value, const std::string& unit) {
  auto parsed = parse_unit(unit);
  return parsed ? to_human(Quantity{.value = value, .unit = std::move(*parsed)}) : std::to_string(value) + " " + unit;
}

void print_differences(const char* title, const std::vector<record::Difference>& list) {
  if (list.empty()) return;
  std::cout << title << '\n';
  const auto side = [](const std::string& text) { return text.empty() ? "none" : shorten(printable(text), 60); };
  for (const record::Difference& one : list)
    std::cout << "  " << printable(one.what) << ": " << side(one.before) << " -> " << side(one.after) << '\n';
}

std::string side_text(const record::StepRecord* step, Colour colour) {
  if (step == nullptr) return "none";
  return record::is_settled(step->status) ? painted_verdict(step->verdict, colour)
                                          : std::string(record::to_string(step->status));
}

std::string metric_text(const record::MetricComparison& metric) {
  std::string out = printable(metric.name) + " ";
  out += metric.before ? quantity_text(*metric.before, metric.unit) : "none";
  out += " -> ";
  out += metric.after ? quantity_text(*metric.after, metric.unit) : "none";
  if (metric.change) {
    std::array<char, 32> percent{};
    std::snprintf(percent.data(), percent.size(), "%+.1f %%", *metric.change * 100);
    out += std::string("  ") + percent.data();
  }
  if (metric.overlap) out += *metric.overlap ? "  (intervals overlap)" : "  (intervals apart)";
  return out;
}

// Steps that came out otherwise, and every metric.
void print_step_comparisons(const std::vector<record::StepComparison>& steps, Colour colour) {
  std::size_t same = 0;
  bool any = false;
  for (const record::StepComparison& step : steps) {
    same += step.same_result ? 1 : 0;
    if (step.same_result && step.metrics.empty()) continue;
    if (!any) std::cout << "steps\n";
    any = true;
    std::string line = "  " + printable(step.id) + ": " + side_text(step.before, colour);
    if (!step.same_result) line += " -> " + side_text(step.after, colour);
    if (step.before != nullptr && step.after != nullptr && step.before->attempts > 0 && step.after->attempts > 0) {
      const auto elapsed = [](double seconds) {
        return format_elapsed(Nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
      };
      line += "  " + elapsed(step.before->duration_s) + " -> " + elapsed(step.after->duration_s);
    }
    std::cout << line << '\n';
    for (const record::MetricComparison& metric : step.metrics) std::cout << "    " << metric_text(metric) << '\n';
  }
  std::cout << same << " of " << steps.size() << " steps came out the same\n";
}

}  // namespace

int runs_compare(const Common& common, const RunsCompareVerb& verb) {
  const auto before = read_named_run(common, verb.before);
  if (!before) return give_up(common, before.error());
  const auto after = read_named_run(common, verb.after);
  if (!after) return give_up(common, after.error());
  for (const auto* run : {&*before, &*after}) {
    for (const std::string& damage : run->damage)
      std::cerr << "assay: warning: " << run->id << ": " << printable(damage) << '\n';
  }
  const record::Comparison result = record::compare_runs(*before, *after);
  if (common.json) {
    Json steps = Json::array();
    for (const record::StepComparison& step : result.steps) steps.push_back(step_comparison_json(step));
    std::cout << to_json_line({{"before", before->id},
                               {"after", after->id},
                               {"recipe", differences_json(result.recipe)},
                               {"params", differences_json(result.params)},
                               {"tools", differences_json(result.tools)},
                               {"machine", differences_json(result.machine)},
                               {"steps", std::move(steps)}})
              << '\n';
    return 0;
  }
  std::cout << before->id << " -> " << after->id << '\n';
  print_differences("recipe", result.recipe);
  print_differences("parameters", result.params);
  print_differences("tools", result.tools);
  print_differences("machine", result.machine);
  print_step_comparisons(result.steps, colour_of(common, STDOUT_FILENO));
  return 0;
}

}  // namespace assay::cli
