// SPDX-License-Identifier: Apache-2.0
#include "engine/record/compare.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

namespace assay::record {
namespace {

using Texts = std::map<std::string, std::string>;

// Facts that are new at every look, by their last name; and `health`, which counts hours.
constexpr std::array<std::string_view, 9> kPassing = {"available", "free",   "memory_used",     "temperature",  "power",
                                                      "clock",     "health", "link_speed_gt_s", "ecc_corrected"};

std::string as_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.size() == 2 && value.contains("value") && value.contains("unit"))
    return as_text(value["value"]) + " " + as_text(value["unit"]);
  return value.is_null() ? "" : to_json_line(value);
}

bool is_leaf(const Json& value) {
  return !value.is_structured() || value.empty() ||
         (value.is_object() && value.size() == 2 && value.contains("value") && value.contains("unit"));
}

// Every value below `json`, by its path. The depth is bounded by that of the document.
void flatten(const Json& json, const std::string& path, Texts& out) {
  if (is_leaf(json)) {
    out[path] = as_text(json);
    return;
  }
  std::size_t at = 0;
  for (const auto& [key, value] : json.items()) {
    if (std::find(kPassing.begin(), kPassing.end(), key) != kPassing.end()) continue;
    flatten(value, json.is_array() ? path + "[" + std::to_string(at++) + "]" : path + (path.empty() ? "" : ".") + key,
            out);
  }
}

std::vector<Difference> differences(const Texts& before, const Texts& after) {
  std::vector<Difference> out;
  std::set<std::string> keys;
  for (const Texts* side : {&before, &after}) {
    for (const auto& [key, value] : *side) keys.insert(key);
  }
  const auto at = [](const Texts& side, const std::string& key) {
    const auto found = side.find(key);
    return found == side.end() ? std::string() : found->second;
  };
  for (const std::string& key : keys) {
    if (at(before, key) != at(after, key)) out.push_back({key, at(before, key), at(after, key)});
  }
  return out;
}

const Json& member(const Json& json, const char* key) {
  static const Json kNone;
  if (!json.is_object()) return kNone;
  const auto found = json.find(key);
  return found == json.end() ? kNone : *found;
}

Texts recipe_of(const RunRecord& run) {
  const Json& source = member(run.header, "source");
  return {{"name", run.recipe_name},
          {"version", run.recipe_version},
          {"sha256", as_text(member(source, "sha256"))},
          {"commit", as_text(member(member(source, "git"), "commit"))},
          {"overlays", as_text(member(source, "overlays"))},
          {"sources", as_text(member(run.header, "sources"))},
          {"assay", run.assay_version}};
}

Texts params_of(const RunRecord& run) {
  Texts out;
  if (const Json& params = member(run.header, "params"); params.is_object()) {
    for (const auto& [name, value] : params.items()) out["params." + name] = as_text(value);
  }
  return out;
}

Texts tools_of(const RunRecord& run) {
  Texts out;
  for (const ToolRecord& tool : run.tools) {
    out["tools." + tool.name + ".version"] = tool.version;
    out["tools." + tool.name + ".path"] = tool.path;
    out["tools." + tool.name + ".sha256"] = tool.sha256;
  }
  return out;
}

Texts machine_of(const RunRecord& run) {
  Texts out;
  for (const auto& [target, facts] : run.machines) flatten(member(facts, "facts"), target, out);
  return out;
}

std::vector<MetricComparison> compare_metrics(const StepRecord& before, const StepRecord& after) {
  std::vector<MetricComparison> out;
  for (const MetricRecord& now : after.metrics) {
    const auto then = std::find_if(before.metrics.begin(), before.metrics.end(),
                                   [&](const MetricRecord& one) { return one.name == now.name; });
    MetricComparison one{.name = now.name, .unit = now.unit, .better = now.better, .after = now.median};
    if (then != before.metrics.end() && then->unit == now.unit) {
      one.before = then->median;
      if (one.before && one.after && *one.before != 0) one.change = (*one.after - *one.before) / std::abs(*one.before);
      if (then->interval_low && then->interval_high && now.interval_low && now.interval_high)
        one.overlap = *then->interval_low <= *now.interval_high && *now.interval_low <= *then->interval_high;
    }
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<StepComparison> compare_steps(const RunRecord& before, const RunRecord& after) {
  std::unordered_map<std::string_view, const StepRecord*> then;
  for (const StepRecord& step : before.steps) then.emplace(step.id, &step);
  std::vector<StepComparison> out;
  for (const StepRecord& step : after.steps) {
    StepComparison one{.id = step.id, .after = &step};
    if (const auto found = then.find(step.id); found != then.end()) {
      one.before = found->second;
      one.same_result = one.before->status == step.status && one.before->verdict == step.verdict;
      one.metrics = compare_metrics(*one.before, step);
      then.erase(found);
    }
    out.push_back(std::move(one));
  }
  for (const StepRecord& step : before.steps) {
    if (then.count(step.id) != 0) out.push_back({.id = step.id, .before = &step});
  }
  return out;
}

}  // namespace

Comparison compare_runs(const RunRecord& before, const RunRecord& after) {
  return {.recipe = differences(recipe_of(before), recipe_of(after)),
          .params = differences(params_of(before), params_of(after)),
          .tools = differences(tools_of(before), tools_of(after)),
          .machine = differences(machine_of(before), machine_of(after)),
          .steps = compare_steps(before, after)};
}

}  // namespace assay::record
