// SPDX-License-Identifier: Apache-2.0
#include "engine/record/redacted.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace assay::record {
namespace {

// Members whose values are ours, or names that the recipe gives and that lines are matched by.
constexpr std::string_view kOurs[] = {
    "seq",    "time",    "prev",     "type",     "event",       "format",     "id",       "run",        "step",
    "needs",  "created", "started",  "finished", "status",      "verdict",    "action",   "class",      "hardware",
    "effect", "target",  "metric",   "unit",     "better",      "sha256",     "encoding", "change",     "skip_kind",
    "size",   "attempt", "failure",  "blocker",  "rescued",     "raw_sha256", "boot_id",  "duration_s", "part",
    "values", "rescues", "counters", "number",   "answer_type", "who"};
// Members that are lists of such objects; what else is nested is data of the recipe or of programs.
constexpr std::string_view kLists[] = {"evidence", "metrics", "criteria", "tries", "items", "steps"};

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

void redact_line(Json& line, const secret::Redactor& redactor) {
  if (redactor.finds_nothing() || !line.is_object()) return;
  for (auto& [key, value] : line.items()) {
    if (contains(kOurs, key)) continue;
    if (value.is_object()) {  // by names of the recipe: of outputs, parameters, steps
      for (auto& [name, item] : value.items()) redactor.redact(item);
      continue;
    }
    if (!value.is_array() || !contains(kLists, key)) {
      redactor.redact(value);
      continue;
    }
    for (Json& item : value) {
      if (!item.is_object()) {
        redactor.redact(item);
        continue;
      }
      const auto name = key == "metrics" && item.contains("name") ? std::optional<Json>(item["name"]) : std::nullopt;
      redact_line(item, redactor);
      if (name) item["name"] = *name;  // sample lines name it too
    }
  }
}

void redact_step(StepRecord& step, const secret::Redactor& redactor) {
  if (redactor.finds_nothing()) return;
  const auto hide = [&](std::string& text) { text = redactor.redact(std::move(text)); };
  hide(step.name);
  hide(step.reason);
  if (!step.extra.is_fresh()) {
    StepExtra& extra = step.extra.edit();
    for (std::string* text : {&extra.name_zh, &extra.proves, &extra.proves_zh, &extra.condition}) hide(*text);
    for (TextByName* texts : {&extra.params_from, &extra.set_by, &extra.outputs_from}) {
      for (auto& [key, text] : *texts) hide(text);
    }
    redactor.redact(extra.params);
    redactor.redact(extra.typed_outputs);
  }
  for (std::string& word : step.command) hide(word);
  for (AttemptRecord& attempt : step.tries) hide(attempt.reason);
  for (MetricRecord& metric : step.metrics) hide(metric.reason);
  for (CriterionRecord& criterion : step.criteria) {
    hide(criterion.expression);
    hide(criterion.observed);
  }
  for (EvidenceRef& item : step.evidence) hide(item.name);
  redactor.redact(step.outputs);
}

}  // namespace assay::record
