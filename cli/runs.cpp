// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/terminal/style.h"
#include "cli/verbs.h"
#include "engine/base/text.h"
#include "engine/record/run_reader.h"
#include "engine/record/store.h"

namespace assay::cli {
namespace {

Json optional_time(const std::optional<WallTime>& time) { return time ? Json(format_rfc3339(*time)) : Json(nullptr); }

// What has not ended has no verdict.
Json verdict_of(record::Verdict verdict, bool ended) {
  return ended ? Json(record::to_string(verdict)) : Json(nullptr);
}

Json summary(const record::RunRecord& run) {
  const bool ended = run.status == record::Status::kFinished;
  return {{"run", run.id},
          {"name", run.recipe_name},
          {"status", ended ? "finished" : "unfinished"},
          {"verdict", verdict_of(run.verdict, ended)},
          {"started", optional_time(run.started)},
          {"finished", optional_time(run.finished)},
          {"record", run.folder.string()}};
}

Json step_json(const record::StepRecord& step) {
  return {{"id", step.id},
          {"status", record::to_string(step.status)},
          {"verdict", verdict_of(step.verdict, record::is_settled(step.status))},
          {"attempts", step.attempts},
          {"exit_code", step.exit_code ? Json(*step.exit_code) : Json(nullptr)},
          {"started", optional_time(step.started)},
          {"finished", optional_time(step.finished)},
          {"reason", step.reason}};
}

}  // namespace

int runs_list(const Common& common, const RunsListVerb&) {
  const auto store = store_of(common);
  if (!store) {
    complain(common, store.error());
    return exit_code_of(store.error());
  }
  const Colour colour = colour_of(common, STDOUT_FILENO);
  Json list = Json::array();
  for (const std::string& id : record::list_runs(*store)) {
    const auto run = record::read_run(*store / "runs" / id);
    if (!run) {
      complain(common, run.error());
      continue;
    }
    if (common.json) {
      list.push_back(summary(*run));
    } else {
      const bool whole = run->status == record::Status::kFinished;
      std::cout << id << "  " << (whole ? painted_verdict(run->verdict, colour, 12) : pad("unfinished", 12)) << "  "
                << printable(run->recipe_name) << '\n';
    }
  }
  if (common.json) std::cout << to_json_line(list) << '\n';
  return 0;
}

int runs_show(const Common& common, const RunsShowVerb& verb) {
  const auto run = read_named_run(common, verb.run);
  if (!run) {
    complain(common, run.error());
    return exit_code_of(run.error());
  }
  for (const std::string& damage : run->damage) std::cerr << "assay: warning: " << printable(damage) << '\n';
  if (common.json) {
    Json json = summary(*run);
    json["damage"] = run->damage;
    json["steps"] = Json::array();
    for (const record::StepRecord& step : run->steps) json["steps"].push_back(step_json(step));
    std::cout << to_json_line(json) << '\n';
    return 0;
  }
  const Colour colour = colour_of(common, STDOUT_FILENO);
  const bool ended = run->status == record::Status::kFinished;
  std::cout << run->id << "  " << printable(run->recipe_name) << "  "
            << (ended ? painted_verdict(run->verdict, colour) : "unfinished: it runs still, or was cut off") << '\n';
  const std::size_t width = id_width(run->steps);
  for (const record::StepRecord& step : run->steps) {
    const bool settled = record::is_settled(step.status);
    const std::string state =
        settled ? painted_verdict(step.verdict, colour, 12) : pad(std::string(record::to_string(step.status)), 12);
    std::string line = "  " + state + " " + pad(printable(step.id), width) + " ";
    if (settled && step.attempts > 0)
      line += format_elapsed(Nanoseconds(static_cast<std::int64_t>(step.duration_s * 1e9)));
    if (const std::string number = key_number(step); !number.empty()) line += "  " + number;
    if (!step.reason.empty()) line += "  " + printable(step.reason);
    std::cout << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
  }
  return 0;
}

}  // namespace assay::cli
