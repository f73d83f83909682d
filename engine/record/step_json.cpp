// SPDX-License-Identifier: Apache-2.0
#include "engine/record/step_json.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/record/members.h"

namespace assay::record {
namespace {

void put(Json& json, const char* key, const std::string& value) {
  if (!value.empty()) json[key] = value;
}
void put(Json& json, const char* key, const std::optional<double>& value) {
  if (value && std::isfinite(*value)) json[key] = *value;
}

double number_from_json(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (json.is_string() && json.get<std::string>() == "Infinity") return HUGE_VAL;
  if (json.is_string() && json.get<std::string>() == "-Infinity") return -HUGE_VAL;
  return std::nan("");
}

Json metric_to_json(const MetricRecord& metric) {
  Json json = {{"name", metric.name}, {"unit", metric.unit}, {"better", metric.better}};
  put(json, "help", metric.help);
  Json samples = Json::array();
  for (const double value : metric.samples) samples.push_back(number_to_json(value));
  json["samples"] = std::move(samples);
  if (!metric.cpu_share.empty()) json["cpu_share"] = metric.cpu_share;
  if (!metric.used.empty()) json["used"] = metric.used;
  put(json, "median", metric.median);
  put(json, "low", metric.interval_low);
  put(json, "high", metric.interval_high);
  put(json, "confidence", metric.confidence);
  put(json, "limit_min", metric.limit_min);
  put(json, "limit_max", metric.limit_max);
  put(json, "limit_source", metric.limit_source);
  json["verdict"] = to_string(metric.verdict);
  put(json, "reason", metric.reason);
  return json;
}

MetricRecord metric_from_json(const Json& json) {
  MetricRecord metric;
  metric.name = text_of(json, "name");
  metric.unit = text_of(json, "unit");
  metric.better = text_of(json, "better");
  metric.help = text_of(json, "help");
  for_each(json, "samples", [&](const Json& item) { metric.samples.push_back(number_from_json(item)); });
  for_each(json, "cpu_share", [&](const Json& item) { metric.cpu_share.push_back(number_from_json(item)); });
  for_each(json, "used", [&](const Json& item) { metric.used.push_back(item.is_boolean() && item.get<bool>()); });
  metric.median = number_of(json, "median");
  metric.interval_low = number_of(json, "low");
  metric.interval_high = number_of(json, "high");
  metric.confidence = number_of(json, "confidence");
  metric.limit_min = number_of(json, "limit_min");
  metric.limit_max = number_of(json, "limit_max");
  metric.limit_source = text_of(json, "limit_source");
  metric.verdict = verdict_from(text_of(json, "verdict")).value_or(Verdict::kError);
  metric.reason = text_of(json, "reason");
  return metric;
}

}  // namespace

Json number_to_json(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

Json to_json(const EvidenceRef& item) {
  Json json = {{"name", item.name}, {"sha256", item.sha256}, {"size", item.size}};
  put(json, "encoding", item.encoding);
  put(json, "raw_sha256", item.raw_sha256);
  return json;
}

EvidenceRef evidence_from_json(const Json& json) {
  return {.name = text_of(json, "name"),
          .sha256 = text_of(json, "sha256"),
          .size = count_of<std::uint64_t>(json, "size").value_or(0),
          .encoding = text_of(json, "encoding"),
          .raw_sha256 = text_of(json, "raw_sha256")};
}

Json attempt_to_json(const AttemptRecord& item) {
  Json json = {{"attempt", item.number}, {"status", to_string(item.status)}, {"verdict", to_string(item.verdict)}};
  put(json, "reason", item.reason);
  put(json, "failure", item.failure);
  if (item.exit_code) json["exit_code"] = *item.exit_code;
  return json;
}

AttemptRecord attempt_from_json(const Json& json) {
  AttemptRecord out;
  out.number = count_of<int>(json, "attempt").value_or(1);
  out.status = status_from(text_of(json, "status")).value_or(Status::kError);
  out.verdict = verdict_from(text_of(json, "verdict")).value_or(Verdict::kError);
  out.reason = text_of(json, "reason");
  out.failure = text_of(json, "failure");
  out.exit_code = count_of<int>(json, "exit_code");
  return out;
}

void sample_from_json(const Json& json, StepRecord& step) {
  const Json* const values = member_of(json, "values");
  if (values == nullptr || !values->is_object()) return;
  if (const auto number = count_of<std::size_t>(json, "number")) step.extra.edit().executions = *number;
  const auto share = number_of(json, "cpu_share");
  for (const auto& [name, list] : values->items()) {
    auto metric = std::find_if(step.metrics.begin(), step.metrics.end(),
                               [&name = name](const MetricRecord& one) { return one.name == name; });
    if (metric == step.metrics.end()) metric = step.metrics.insert(step.metrics.end(), {.name = name});
    if (!list.is_array()) continue;
    for (const Json& value : list) {
      metric->samples.push_back(number_from_json(value));
      if (!share) continue;
      metric->cpu_share.push_back(*share);
      metric->used.push_back(flag_of(json, "used", true));
    }
  }
}

Json question_to_json(const QuestionRecord& item) {
  Json json = {{"step", item.step}, {"question", item.question}, {"answer_type", item.type}};
  if (!item.choices.empty()) json["choices"] = item.choices;
  if (item.type == "boot") {
    json["boot_id"] = item.boot_id;
    json["number"] = item.number;
    json["of"] = item.of;
  }
  return json;
}

QuestionRecord question_from_json(const Json& json) {
  QuestionRecord out;
  out.step = text_of(json, "step");
  out.question = text_of(json, "question");
  out.type = text_of(json, "answer_type");
  out.boot_id = text_of(json, "boot_id");
  out.number = count_of<std::int64_t>(json, "number").value_or(0);
  out.of = count_of<std::int64_t>(json, "of").value_or(0);
  out.choices = texts_of(json, "choices");
  return out;
}

Json plan_to_json(const StepRecord& step) {
  const StepExtra& extra = *step.extra;
  Json json = {{"id", step.id}};
  put(json, "name", step.name);
  put(json, "name_zh", extra.name_zh);
  put(json, "action", step.action);
  put(json, "class", step.test_class);
  put(json, "hardware", step.hardware);
  put(json, "target", step.target);
  put(json, "effect", step.effect);
  put(json, "proves", extra.proves);
  put(json, "proves_zh", extra.proves_zh);
  if (!step.blocker) json["blocker"] = false;
  if (!step.needs.empty()) json["needs"] = step.needs;
  put(json, "if", extra.condition);
  if (extra.params.is_object()) json["params"] = extra.params;
  if (!extra.params_from.empty()) json["params_from"] = extra.params_from;
  if (!extra.set_by.empty()) json["set_by"] = extra.set_by;
  if (!extra.outputs_from.empty()) json["outputs_from"] = extra.outputs_from;
  return json;
}

namespace {

// Only what is there is written: most steps have nothing of it.
void extra_from_json(const Json& json, Boxed<StepExtra>& extra) {
  using Text = std::pair<const char*, std::string StepExtra::*>;
  for (const auto& [key, part] : {Text("name_zh", &StepExtra::name_zh), Text("proves", &StepExtra::proves),
                                  Text("proves_zh", &StepExtra::proves_zh), Text("if", &StepExtra::condition)}) {
    if (const std::string& text = text_of(json, key); !text.empty()) extra.edit().*part = text;
  }
  using Texts = std::pair<const char*, TextByName StepExtra::*>;
  for (const auto& [key, part] : {Texts("params_from", &StepExtra::params_from), Texts("set_by", &StepExtra::set_by),
                                  Texts("outputs_from", &StepExtra::outputs_from)}) {
    if (TextByName texts = named_texts_of(json, key); !texts.empty()) extra.edit().*part = std::move(texts);
  }
  if (const Json* const params = member_of(json, "params"); params != nullptr && params->is_object())
    extra.edit().params = *params;
}

}  // namespace

void plan_from_json(const Json& json, StepRecord& step) {
  step.id = text_of(json, "id");
  step.name = text_of(json, "name");
  step.action = text_of(json, "action");
  step.test_class = text_of(json, "class");
  step.hardware = text_of(json, "hardware");
  step.target = text_of(json, "target");
  step.effect = text_of(json, "effect");
  step.blocker = flag_of(json, "blocker", true);
  step.needs = texts_of(json, "needs");
  extra_from_json(json, step.extra);
}

Json result_to_json(const StepRecord& step) {
  Json json = {{"step", step.id}, {"status", to_string(step.status)}, {"verdict", to_string(step.verdict)}};
  put(json, "reason", step.reason);
  put(json, "skip_kind", step.skip_kind);
  put(json, "failure", step.failure);
  put(json, "change", step.change);
  if (!step.extra->rescues.empty()) json["rescues"] = step.extra->rescues;
  if (step.started) json["started"] = format_rfc3339(*step.started);
  if (step.finished) json["finished"] = format_rfc3339(*step.finished);
  json["duration_s"] = step.duration_s;
  json["attempts"] = step.attempts;
  if (step.exit_code) json["exit_code"] = *step.exit_code;
  if (!step.metrics.empty()) {
    Json metrics = Json::array();
    for (const MetricRecord& metric : step.metrics) metrics.push_back(metric_to_json(metric));
    json["metrics"] = std::move(metrics);
  }
  if (!step.criteria.empty()) {
    Json criteria = Json::array();
    for (const CriterionRecord& item : step.criteria) {
      criteria.push_back({{"expression", item.expression}, {"holds", item.holds}, {"observed", item.observed}});
    }
    json["criteria"] = std::move(criteria);
  }
  if (!step.extra->counters.empty()) json["counters"] = step.extra->counters;
  if (!step.evidence.empty()) {
    Json evidence = Json::array();
    for (const EvidenceRef& item : step.evidence) evidence.push_back(to_json(item));
    json["evidence"] = std::move(evidence);
  }
  if (step.outputs.is_object() && !step.outputs.empty()) json["outputs"] = step.outputs;
  if (!step.extra->typed_outputs.is_null()) json["typed_outputs"] = step.extra->typed_outputs;
  return json;
}

namespace {

void extra_result_from_json(const Json& json, Boxed<StepExtra>& extra) {
  const Json* const typed = member_of(json, "typed_outputs");
  const bool none = typed == nullptr && member_of(json, "rescues") == nullptr && member_of(json, "counters") == nullptr;
  if (none && extra.is_fresh()) return;
  StepExtra& out = extra.edit();
  out.rescues = texts_of(json, "rescues");
  out.counters = named_counts_of(json, "counters");
  out.typed_outputs = typed != nullptr ? *typed : Json();
}

}  // namespace

void result_from_json(const Json& json, StepRecord& step) {
  step.status = status_from(text_of(json, "status")).value_or(Status::kError);
  step.verdict = verdict_from(text_of(json, "verdict")).value_or(Verdict::kError);
  step.reason = text_of(json, "reason");
  step.skip_kind = text_of(json, "skip_kind");
  step.failure = text_of(json, "failure");
  step.change = text_of(json, "change");
  if (const auto started = time_of(json, "started")) step.started = started;
  if (const auto finished = time_of(json, "finished")) step.finished = finished;
  step.duration_s = number_of(json, "duration_s").value_or(0);
  step.attempts = count_of<int>(json, "attempts").value_or(0);
  step.exit_code = count_of<int>(json, "exit_code");
  // What lines before said of an attempt is in this one.
  step.metrics.clear();
  step.criteria.clear();
  step.evidence.clear();
  for_each(json, "metrics", [&](const Json& item) { step.metrics.push_back(metric_from_json(item)); });
  for_each(json, "criteria", [&](const Json& item) {
    step.criteria.push_back({text_of(item, "expression"), flag_of(item, "holds", false), text_of(item, "observed")});
  });
  for_each(json, "evidence", [&](const Json& item) { step.evidence.push_back(evidence_from_json(item)); });
  const Json* const outputs = member_of(json, "outputs");
  step.outputs = outputs != nullptr && outputs->is_object() ? *outputs : Json::object();
  extra_result_from_json(json, step.extra);
}

Json to_json(const PreconditionRecord& item) {
  Json json = {{"name", item.name}, {"observed", item.observed}, {"good", item.good}};
  put(json, "wanted", item.wanted);
  put(json, "note", item.note);
  return json;
}

PreconditionRecord precondition_from_json(const Json& json) {
  return {.name = text_of(json, "name"),
          .observed = text_of(json, "observed"),
          .wanted = text_of(json, "wanted"),
          .good = flag_of(json, "good", true),
          .note = text_of(json, "note")};
}

Json to_json(const ToolRecord& item) {
  return {{"name", item.name}, {"path", item.path}, {"version", item.version}, {"sha256", item.sha256}};
}

ToolRecord tool_from_json(const Json& json) {
  return {.name = text_of(json, "name"),
          .path = text_of(json, "path"),
          .version = text_of(json, "version"),
          .sha256 = text_of(json, "sha256")};
}

}  // namespace assay::record
