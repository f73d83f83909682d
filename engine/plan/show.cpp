// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/show.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/base/time.h"
#include "engine/plan/instance_needs.h"
#include "engine/plan/known_values.h"
#include "engine/plan/play.h"

namespace assay::plan {
namespace {

std::string_view action_of(const PlannedStep& step) {
  switch (step.step->action) {
    case recipe::ActionKind::kRun: return "run";
    case recipe::ActionKind::kFacts: return "facts";
    case recipe::ActionKind::kSuite: return "suite";
    case recipe::ActionKind::kUse: return "use";
    case recipe::ActionKind::kBlock: return "block";
    case recipe::ActionKind::kApprove: return "approve";
    case recipe::ActionKind::kReboot: return "reboot";
    case recipe::ActionKind::kNone: return "check";
  }
  return "?";
}

std::string_view role_of(Role role) {
  switch (role) {
    case Role::kRescue: return "rescue";
    case Role::kAlways: return "always";
    case Role::kHandler: return "handler";
    case Role::kNormal: break;
  }
  return "";
}

std::string time_text(double seconds) {
  return format_elapsed(Nanoseconds(static_cast<std::int64_t>(std::llround(seconds * 1e9))));
}

}  // namespace

recipe::Effect effect_of(const PlannedStep& step) {
  if (step.step->effect) return *step.step->effect;
  const recipe::ActionKind action = step.step->action;
  const bool reads = action == recipe::ActionKind::kFacts || action == recipe::ActionKind::kNone ||
                     action == recipe::ActionKind::kApprove;
  return reads ? recipe::Effect::kReads : recipe::Effect::kChanges;
}

Estimate estimate(const Plan& plan, const PastDurations& past, std::size_t jobs) {
  Estimate out;
  std::vector<PlayedStep> steps(plan.steps.size());
  std::vector<PlayedGroup> groups(plan.groups.size());
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    const Group& group = plan.groups[g];
    groups[g].needs = group.needs.size();
    for (const std::size_t need : group.needs) groups[need].dependants.push_back(g);
    double known_s = 0;
    std::size_t known = 0;
    std::vector<std::size_t> unknown;
    for (std::size_t i = group.first; i < group.first + group.count; ++i) {
      const PlannedStep& step = plan.steps[i];
      groups[g].members.push_back(i);
      PlayedStep& played = steps[i];
      played = {.group = g, .alone = step.noisy, .no_place = step.skip || !step.members.empty(), .pools = &step.pools};
      if (played.no_place) continue;
      ++out.of;
      const auto found = past.find(step.id);
      if (found == past.end()) {
        unknown.push_back(i);
        continue;
      }
      played.takes_s = found->second;
      known_s += found->second;
      ++known;
    }
    // What never ran takes as long as its fellow rows did.
    for (const std::size_t i : unknown) steps[i].takes_s = known > 0 ? known_s / static_cast<double>(known) : 0;
    out.known += known;
  }
  if (out.known == 0) return out;
  const Played played = play(steps, groups, plan.pools, jobs);
  out.seconds = played.end_s;
  for (const std::size_t step : played.decisive) {
    if (out.critical.empty() || out.critical.back() != plan.steps[step].group)
      out.critical.push_back(plan.steps[step].group);
  }
  return out;
}

std::string to_text(const Plan& plan, const PastDurations& past, std::size_t jobs) {
  std::string out = plan.metadata.name + " " + plan.metadata.version;
  if (!plan.metadata.summary.empty()) out += ": " + plan.metadata.summary;
  out += '\n';
  std::vector<std::string> set;  // values that are no defaults
  for (const auto& [name, from] : plan.param_origins) {
    const expr::Value* value = plan.params.member(name);
    if (from == "default" || value == nullptr) continue;
    set.push_back(name + " = " + shorten(expr::to_text(*value).value_or(to_json_line(expr::to_json(*value))), 60) +
                  " (" + from + ")");
  }
  if (!set.empty()) out += "  params: " + printable(join(set, ", ")) + '\n';
  for (const recipe::AppliedOverlay& overlay : plan.overlays)
    out += "  overlay: " + printable(overlay.path.string()) + '\n';
  for (const recipe::GitOrigin& source : plan.sources) {
    out += "  source: " + printable(source.git + (source.ref.empty() ? "" : ' ' + source.ref)) + " at " +
           source.commit.substr(0, 12) + '\n';
  }
  const KnownValues known(plan);
  const InstanceNeeds needs(plan);
  std::size_t widest = 4;
  for (const PlannedStep& step : plan.steps)
    widest = std::max(widest, std::min<std::size_t>(display_width(step.id), 40));
  for (const PlannedStep& step : plan.steps) {
    const std::size_t width = display_width(step.id);
    out += "  " + printable(step.id) + std::string(width < widest ? widest - width : 0, ' ') + "  " +
           std::string(action_of(step)) + ", " + std::string(recipe::to_string(effect_of(step)));
    if (const auto role = role_of(plan.groups[step.group].role); !role.empty()) out += ", " + std::string(role);
    if (step.skip) {
      out += "\n      skipped: " + printable(step.skip->reason) + '\n';
      continue;
    }
    const auto time = past.find(step.id);
    if (time != past.end()) out += ", about " + time_text(time->second);
    out += '\n';
    if (const auto command = known.command(step); !command.empty())
      out += "      " + printable(shorten(join(command, " "), 100)) + '\n';
    if (step.step->condition)
      out += "      if " + printable(shorten(step.step->condition->expression.text(), 90)) + '\n';
    for (const auto& [key, where] : step.step->overlaid)
      out += "      " + printable(key) + " set by " + printable(place_text(where)) + '\n';
    const auto after = needs.of(step);
    if (!after.empty()) out += "      after " + printable(shorten(join(after, ", "), 90)) + '\n';
    std::vector<std::string> pools;
    if (step.noisy) pools.emplace_back("the whole machine");
    for (const HeldPool& held : step.pools) {
      if (held.pool != "noisy") pools.push_back(held.pool + " " + std::to_string(held.amount));
    }
    if (!pools.empty()) out += "      holds " + join(pools, ", ") + '\n';
    if (const auto unknown = known.known_later(step); !unknown.empty())
      out += "      known later: " + printable(shorten(join(unknown, ", "), 90)) + '\n';
  }
  const Estimate time = estimate(plan, past, jobs);
  out += std::to_string(plan.steps.size()) + (plan.steps.size() == 1 ? " step" : " steps");
  if (time.known > 0) {
    std::vector<std::string> path;
    for (const std::size_t group : time.critical) path.push_back(plan.groups[group].id);
    out += "; about " + time_text(time.seconds) + " by the last run, along " + shorten(join(path, " -> "), 80);
    if (time.known < time.of) out += " (" + std::to_string(time.of - time.known) + " never ran before)";
  }
  return out + '\n';
}

Json to_json(const Plan& plan, const PastDurations& past, std::size_t jobs) {
  Json out = {{"format", "assay.plan/1"},
              {"kind", plan.kind},
              {"name", plan.metadata.name},
              {"version", plan.metadata.version},
              {"params", expr::to_json(plan.params)},
              {"params_from", plan.param_origins}};
  if (!plan.pools.empty()) out["pools"] = plan.pools;
  if (!plan.overlays.empty()) {
    out["overlays"] = Json::array();
    for (const recipe::AppliedOverlay& overlay : plan.overlays) out["overlays"].push_back(overlay.path.string());
  }
  if (!plan.sources.empty()) out["sources"] = to_json(plan.sources);
  const KnownValues known(plan);
  const InstanceNeeds needs(plan);
  Json steps = Json::array();
  for (const PlannedStep& step : plan.steps) {
    Json one = {{"id", step.id},
                {"step", plan.groups[step.group].id},
                {"action", action_of(step)},
                {"effect", recipe::to_string(effect_of(step))},
                {"target", "local"},
                {"needs", needs.of(step)}};
    if (const auto role = role_of(plan.groups[step.group].role); !role.empty()) one["role"] = role;
    if (!step.matrix.is(expr::Kind::kNull)) one["matrix"] = expr::to_json(known.row(step));
    if (step.skip) one["skip"] = {{"reason", step.skip->reason}, {"kind", step.skip->kind}};
    if (const auto command = known.command(step); !command.empty()) one["command"] = command;
    if (step.step->condition) one["if"] = step.step->condition->expression.text();
    for (const auto& [key, where] : step.step->overlaid) one["set_by"][key] = place_text(where);
    Json pools = Json::object();
    if (step.noisy) pools["noisy"] = 1;
    for (const HeldPool& held : step.pools) pools[held.pool] = held.amount;
    if (!pools.empty()) one["pools"] = std::move(pools);
    if (const auto unknown = known.known_later(step); !unknown.empty()) one["known_later"] = unknown;
    if (const auto time = past.find(step.id); time != past.end()) one["expected_s"] = time->second;
    steps.push_back(std::move(one));
  }
  out["steps"] = std::move(steps);
  const Estimate time = estimate(plan, past, jobs);
  if (time.known > 0) {
    Json path = Json::array();
    for (const std::size_t group : time.critical) path.push_back(plan.groups[group].id);
    out["estimate"] = {
        {"seconds", time.seconds}, {"critical_path", std::move(path)}, {"known", time.known}, {"of", time.of}};
  }
  return out;
}

std::string to_dot(const Plan& plan) {
  const auto quoted = [](const std::string& text) {
    return '"' + replace_all(replace_all(printable(text), "\\", "\\\\"), "\"", "\\\"") + '"';
  };
  std::string out = "digraph " + quoted(plan.metadata.name) + " {\n  rankdir=LR;\n  node [shape=box];\n";
  for (const Group& group : plan.groups) {
    const std::string many = group.count > 1 ? " (" + std::to_string(group.count) + ")" : "";
    out += "  " + quoted(group.id) + " [label=" + quoted(group.id + many) + "];\n";
  }
  for (const Group& group : plan.groups) {
    for (const std::size_t need : group.needs)
      out += "  " + quoted(plan.groups[need].id) + " -> " + quoted(group.id) + ";\n";
  }
  return out + "}\n";
}

}  // namespace assay::plan
