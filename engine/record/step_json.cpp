// SPDX-License-Identifier: Apache-2.0
#include "engine/record/step_json.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

namespace assay::record {
namespace {

// Members of journal lines. The journal's chain proves that we wrote them, but a hostile one may still be read (a
// bundle from outside): wrong types become empty values, never a crash.
std::string text(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}
template <class Number>
std::optional<Number> number(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number()) return std::nullopt;
  if constexpr (std::is_integral_v<Number>) {
    // A fraction or a number that does not fit is no count.
    if (found->is_number_unsigned() && std::in_range<Number>(found->get<std::uint64_t>())) return found->get<Number>();
    if (found->is_number_integer() && !found->is_number_unsigned() && std::in_range<Number>(found->get<std::int64_t>()))
      return found->get<Number>();
    return std::nullopt;
  }
  return found->get<Number>();
}
bool flag(const Json& json, const char* key, bool fallback) {
  const auto found = json.find(key);
  return found != json.end() && found->is_boolean() ? found->get<bool>() : fallback;
}
std::map<std::string, std::string> texts(const Json& json, const char* key) {
  std::map<std::string, std::string> out;
  const auto found = json.find(key);
  if (found == json.end() || !found->is_object()) return out;
  for (const auto& [name, value] : found->items()) {
    if (value.is_string()) out[name] = value.get<std::string>();
  }
  return out;
}
template <class Function>
void each(const Json& json, const char* key, Function function) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array()) return;
  for (const Json& item : *found) function(item);
}

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
  metric.name = text(json, "name");
  metric.unit = text(json, "unit");
  metric.better = text(json, "better");
  metric.help = text(json, "help");
  each(json, "samples", [&](const Json& item) { metric.samples.push_back(number_from_json(item)); });
  each(json, "cpu_share", [&](const Json& item) { metric.cpu_share.push_back(number_from_json(item)); });
  each(json, "used", [&](const Json& item) { metric.used.push_back(item.is_boolean() && item.get<bool>()); });
  metric.median = number<double>(json, "median");
  metric.interval_low = number<double>(json, "low");
  metric.interval_high = number<double>(json, "high");
  metric.confidence = number<double>(json, "confidence");
  metric.limit_min = number<double>(json, "limit_min");
  metric.limit_max = number<double>(json, "limit_max");
  metric.limit_source = text(json, "limit_source");
  metric.verdict = verdict_from(text(json, "verdict")).value_or(Verdict::kError);
  metric.reason = text(json, "reason");
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
  return {.name = text(json, "name"),
          .sha256 = text(json, "sha256"),
          .size = number<std::uint64_t>(json, "size").value_or(0),
          .encoding = text(json, "encoding"),
          .raw_sha256 = text(json, "raw_sha256")};
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
  out.number = number<int>(json, "attempt").value_or(1);
  out.status = status_from(text(json, "status")).value_or(Status::kError);
  out.verdict = verdict_from(text(json, "verdict")).value_or(Verdict::kError);
  out.reason = text(json, "reason");
  out.failure = text(json, "failure");
  out.exit_code = number<int>(json, "exit_code");
  return out;
}

void sample_from_json(const Json& json, StepRecord& step) {
  const auto values = json.find("values");
  if (values == json.end() || !values->is_object()) return;
  step.executions = number<std::size_t>(json, "number").value_or(step.executions);
  const auto share = number<double>(json, "cpu_share");
  for (const auto& [name, list] : values->items()) {
    auto metric = std::find_if(step.metrics.begin(), step.metrics.end(),
                               [&name = name](const MetricRecord& one) { return one.name == name; });
    if (metric == step.metrics.end()) metric = step.metrics.insert(step.metrics.end(), {.name = name});
    if (!list.is_array()) continue;
    for (const Json& value : list) {
      metric->samples.push_back(number_from_json(value));
      if (!share) continue;
      metric->cpu_share.push_back(*share);
      metric->used.push_back(flag(json, "used", true));
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
  out.step = text(json, "step");
  out.question = text(json, "question");
  out.type = text(json, "answer_type");
  out.boot_id = text(json, "boot_id");
  for (const auto& [key, value] : {std::pair("number", &out.number), std::pair("of", &out.of)}) {
    const auto found = json.find(key);
    if (found != json.end() && found->is_number_integer()) *value = found->get<std::int64_t>();
  }
  each(json, "choices", [&](const Json& choice) {
    if (choice.is_string()) out.choices.push_back(choice.get<std::string>());
  });
  return out;
}

Json plan_to_json(const StepRecord& step) {
  Json json = {{"id", step.id}};
  put(json, "name", step.name);
  put(json, "name_zh", step.name_zh);
  put(json, "action", step.action);
  put(json, "class", step.test_class);
  put(json, "hardware", step.hardware);
  put(json, "target", step.target);
  put(json, "effect", step.effect);
  put(json, "proves", step.proves);
  put(json, "proves_zh", step.proves_zh);
  if (!step.blocker) json["blocker"] = false;
  if (!step.needs.empty()) json["needs"] = step.needs;
  put(json, "if", step.condition);
  if (step.params.is_object()) json["params"] = step.params;
  if (!step.params_from.empty()) json["params_from"] = step.params_from;
  if (!step.set_by.empty()) json["set_by"] = step.set_by;
  if (!step.outputs_from.empty()) json["outputs_from"] = step.outputs_from;
  return json;
}

void plan_from_json(const Json& json, StepRecord& step) {
  step.id = text(json, "id");
  step.name = text(json, "name");
  step.name_zh = text(json, "name_zh");
  step.action = text(json, "action");
  step.test_class = text(json, "class");
  step.hardware = text(json, "hardware");
  step.target = text(json, "target");
  step.effect = text(json, "effect");
  step.proves = text(json, "proves");
  step.proves_zh = text(json, "proves_zh");
  step.blocker = flag(json, "blocker", true);
  step.condition = text(json, "if");
  if (const auto params = json.find("params"); params != json.end() && params->is_object()) step.params = *params;
  step.params_from = texts(json, "params_from");
  step.set_by = texts(json, "set_by");
  step.outputs_from = texts(json, "outputs_from");
  each(json, "needs", [&](const Json& item) {
    if (item.is_string()) step.needs.push_back(item.get<std::string>());
  });
}

Json result_to_json(const StepRecord& step) {
  Json json = {{"step", step.id}, {"status", to_string(step.status)}, {"verdict", to_string(step.verdict)}};
  put(json, "reason", step.reason);
  put(json, "skip_kind", step.skip_kind);
  put(json, "failure", step.failure);
  put(json, "change", step.change);
  if (!step.rescues.empty()) json["rescues"] = step.rescues;
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
  if (!step.counters.empty()) json["counters"] = step.counters;
  if (!step.evidence.empty()) {
    Json evidence = Json::array();
    for (const EvidenceRef& item : step.evidence) evidence.push_back(to_json(item));
    json["evidence"] = std::move(evidence);
  }
  if (step.outputs.is_object() && !step.outputs.empty()) json["outputs"] = step.outputs;
  if (!step.typed_outputs.is_null()) json["typed_outputs"] = step.typed_outputs;
  return json;
}

void result_from_json(const Json& json, StepRecord& step) {
  step.status = status_from(text(json, "status")).value_or(Status::kError);
  step.verdict = verdict_from(text(json, "verdict")).value_or(Verdict::kError);
  step.reason = text(json, "reason");
  step.skip_kind = text(json, "skip_kind");
  step.failure = text(json, "failure");
  step.change = text(json, "change");
  step.rescues.clear();
  each(json, "rescues", [&](const Json& id) {
    if (id.is_string()) step.rescues.push_back(id.get<std::string>());
  });
  if (auto time = parse_rfc3339(text(json, "started"))) step.started = *time;
  if (auto time = parse_rfc3339(text(json, "finished"))) step.finished = *time;
  step.duration_s = number<double>(json, "duration_s").value_or(0);
  step.attempts = number<int>(json, "attempts").value_or(0);
  step.exit_code = number<int>(json, "exit_code");
  // What lines before said of an attempt is in this one.
  step.metrics.clear();
  step.criteria.clear();
  step.counters.clear();
  step.evidence.clear();
  each(json, "metrics", [&](const Json& item) { step.metrics.push_back(metric_from_json(item)); });
  each(json, "criteria", [&](const Json& item) {
    step.criteria.push_back({text(item, "expression"), flag(item, "holds", false), text(item, "observed")});
  });
  if (const auto counters = json.find("counters"); counters != json.end() && counters->is_object()) {
    for (const auto& [name, value] : counters->items()) {
      if (value.is_number_integer()) step.counters[name] = value.get<std::int64_t>();
    }
  }
  each(json, "evidence", [&](const Json& item) { step.evidence.push_back(evidence_from_json(item)); });
  if (const auto outputs = json.find("outputs"); outputs != json.end() && outputs->is_object()) step.outputs = *outputs;
  if (const auto typed = json.find("typed_outputs"); typed != json.end()) step.typed_outputs = *typed;
}

Json to_json(const PreconditionRecord& item) {
  Json json = {{"name", item.name}, {"observed", item.observed}, {"good", item.good}};
  put(json, "wanted", item.wanted);
  put(json, "note", item.note);
  return json;
}

PreconditionRecord precondition_from_json(const Json& json) {
  return {.name = text(json, "name"),
          .observed = text(json, "observed"),
          .wanted = text(json, "wanted"),
          .good = flag(json, "good", true),
          .note = text(json, "note")};
}

Json to_json(const ToolRecord& item) {
  return {{"name", item.name}, {"path", item.path}, {"version", item.version}, {"sha256", item.sha256}};
}

ToolRecord tool_from_json(const Json& json) {
  return {.name = text(json, "name"),
          .path = text(json, "path"),
          .version = text(json, "version"),
          .sha256 = text(json, "sha256")};
}

}  // namespace assay::record
