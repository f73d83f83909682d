// SPDX-License-Identifier: Apache-2.0
#include "engine/run/events.h"

#include "engine/record/step_json.h"

namespace assay::run {
namespace {

struct ToJson {
  Json operator()(const RunStarted& event) const {
    Json steps = Json::array();
    for (const record::StepRecord& step : event.steps) steps.push_back(record::plan_to_json(step));
    return {{"event", "run_started"}, {"format", "assay.events/1"},      {"run", event.run},
            {"title", event.title},   {"record", event.folder.string()}, {"steps", std::move(steps)}};
  }
  Json operator()(const StepStarted& event) const { return {{"event", "step_started"}, {"step", event.step}}; }
  Json operator()(const StepProgress& event) const {
    Json json = {{"event", "step_progress"}, {"step", event.step}, {"what", event.progress.what}};
    if (event.progress.done >= 0) json["done"] = event.progress.done;
    return json;
  }
  Json operator()(const StepFinished& event) const {
    Json json = {{"event", "step_finished"}};
    json.update(record::result_to_json(event.step));
    return json;
  }
  Json operator()(const Stopping& event) const { return {{"event", "stopping"}, {"urgent", event.urgent}}; }
  Json operator()(const RunFinished& event) const {
    return {{"event", "run_finished"},
            {"verdict", record::to_string(event.verdict)},
            {"exit_code", event.exit_code},
            {"problem", event.problem}};
  }
};

}  // namespace

std::string to_json_line(const Event& event, WallTime time) {
  Json json = {{"time", format_rfc3339(time)}};
  json.update(std::visit(ToJson{}, event));
  return assay::to_json_line(json) + '\n';
}

}  // namespace assay::run
