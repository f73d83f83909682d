// SPDX-License-Identifier: Apache-2.0
#include "engine/run/events.h"

#include "engine/record/step_json.h"

namespace assay::run {
namespace {

Json question_to_json(const char* event, const record::QuestionRecord& item) {
  Json json = {{"event", event},
               {"step", item.step},
               {"question", item.question},
               {"type", item.type},
               {"asked", format_rfc3339(item.asked)}};
  if (!item.choices.empty()) json["choices"] = item.choices;
  if (!item.answer.is_null()) json["answer"] = item.answer;
  if (!item.who.empty()) json["who"] = item.who;
  if (!item.note.empty()) json["note"] = item.note;
  if (item.answered) json["answered"] = format_rfc3339(*item.answered);
  return json;
}

struct ToJson {
  Json operator()(const RunStarted& event) const {
    Json steps = Json::array();
    for (const record::StepRecord& step : *event.steps) steps.push_back(record::plan_to_json(step));
    return {{"event", "run_started"}, {"format", "assay.events/1"},      {"run", event.run},
            {"title", event.title},   {"record", event.folder.string()}, {"steps", std::move(steps)}};
  }
  Json operator()(const StepStarted& event) const { return {{"event", "step_started"}, {"step", event.step}}; }
  Json operator()(const StepProgress& event) const {
    Json json = {{"event", "step_progress"}, {"step", event.step}, {"what", event.progress.what}};
    if (event.progress.done >= 0) json["done"] = event.progress.done;
    return json;
  }
  Json operator()(const StepAttempt& event) const {
    Json json = {{"event", "step_attempt"}, {"step", event.step}};
    json.update(record::attempt_to_json(event.attempt));
    if (event.attempt.started) json["started"] = format_rfc3339(*event.attempt.started);
    if (event.attempt.finished) json["finished"] = format_rfc3339(*event.attempt.finished);
    if (event.most > 0) json["most"] = event.most;
    if (event.wait_s >= 0) json["wait_s"] = event.wait_s;
    return json;
  }
  Json operator()(const StepFinished& event) const {
    Json json = {{"event", "step_finished"}};
    json.update(record::result_to_json(event.step));
    return json;
  }
  Json operator()(const Waiting& event) const { return question_to_json("waiting", event.question); }
  Json operator()(const Answered& event) const { return question_to_json("answered", event.question); }
  Json operator()(const Resumed& event) const {
    Json json = {{"event", "resumed"}, {"at", format_rfc3339(event.resume.time)}, {"redone", event.resume.redone}};
    if (!event.resume.changes.empty()) json["changes"] = event.resume.changes;
    return json;
  }
  Json operator()(const MachineBusy& event) const { return {{"event", "machine_busy"}, {"holder", event.holder}}; }
  Json operator()(const Stopping& event) const { return {{"event", "stopping"}, {"urgent", event.urgent}}; }
  Json operator()(const RunFinished& event) const {
    return {{"event", "run_finished"},
            {"verdict", record::to_string(event.verdict)},
            {"exit_code", event.exit_code},
            {"problem", event.problem}};
  }
};

}  // namespace

std::string event_line(const Event& event, WallTime time, std::uint64_t seq) {
  Json json = {{"seq", seq}, {"time", format_rfc3339(time)}};
  json.update(std::visit(ToJson{}, event));
  return to_json_line(json) + '\n';
}

std::string left_out_line(std::uint64_t count, WallTime time, std::uint64_t seq) {
  return to_json_line({{"seq", seq}, {"time", format_rfc3339(time)}, {"event", "events_left_out"}, {"count", count}}) +
         '\n';
}

}  // namespace assay::run
