// SPDX-License-Identifier: Apache-2.0
#include "engine/run/undo.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "engine/base/files.h"
#include "engine/record/critical_path.h"
#include "engine/record/journal.h"
#include "engine/record/members.h"
#include "engine/record/run_reader.h"
#include "engine/record/store.h"

namespace assay::run {
namespace {

using record::Status;
using record::StepRecord;
using record::Verdict;

// Whether it may have left something behind.
bool has_effect(const StepRecord& step) {
  if (step.action != "run" || !step.test_class.empty() || step.effect == "reads" || step.attempts == 0) return false;
  if (step.status == Status::kSkipped) return step.change == "changed";  // begun, then gone from the recipe
  const bool failed = step.verdict == Verdict::kFail || step.verdict == Verdict::kError;
  return step.change == "changed" || failed || step.status != Status::kFinished;
}

// When it was last at work.
WallTime last_begun(const StepRecord& step) {
  WallTime out = step.started.value_or(WallTime{});
  for (const record::AttemptRecord& one : step.tries) out = std::max(out, one.started.value_or(WallTime{}));
  return out;
}

// The head of the run in this folder; null: nobody can tell.
Json header_of(const std::filesystem::path& folder) {
  const auto text = read_file(folder / "run.json", record::kLineLimit);
  auto header = text ? parse_json(*text, "run.json") : Result<Json>(Json());
  return header && header->is_object() ? std::move(*header) : Json();
}

// The run that the one in this folder takes back; empty: none.
std::string undone_by(const std::filesystem::path& folder) { return record::text_of(header_of(folder), "undo_of"); }

// Whether it was taken back and not done again since.
bool is_taken_back(const StepRecord& step, const TakenBack& earlier) {
  const auto back = earlier.steps.find(step.id);
  return back != earlier.steps.end() && last_begun(step) <= back->second.when;
}

std::shared_ptr<const recipe::Step> undoing(const std::shared_ptr<const recipe::Step>& done) {
  recipe::Step step;
  step.id = done->id;
  step.name = "undo: " + done->name;
  step.action = recipe::ActionKind::kRun;
  step.effect = recipe::Effect::kChanges;
  step.env = done->env;
  step.cwd = done->cwd;
  step.timeout = done->timeout;
  step.pools = done->pools;
  step.matrix = done->matrix;  // says which rows of other steps it sees
  if (done->undo) step.run = done->undo->run;
  if (done->check) {
    step.check = done->check;
    step.check->absent = true;
  }
  return std::make_shared<const recipe::Step>(std::move(step));
}

plan::PlannedStep undoing(plan::PlannedStep step) {
  const bool can_be_undone = step.step->undo.has_value();
  step.step = undoing(step.step);
  step.container.reset();
  step.members.clear();
  step.skip.reset();
  if (!can_be_undone) step.skip = plan::PlannedSkip{"it states no `undo`: what it has changed stays", "no_undo"};
  return step;
}

// In place of a step that nobody can undo any more: what it did must not go unsaid.
plan::PlannedStep gone(const StepRecord& done) {
  recipe::Step step;
  step.id.text = std::string(record::group_id(done.id));
  step.name = done.name;
  plan::PlannedStep out;
  out.id = done.id;
  out.step = undoing(std::make_shared<const recipe::Step>(std::move(step)));
  out.origin = std::make_shared<const plan::Origin>();
  out.skip = plan::PlannedSkip{"it is no longer in the recipe: what it has changed stays", "no_undo"};
  return out;
}

}  // namespace

Result<TakenBack> taken_back(const std::filesystem::path& store, const std::string& of, const std::string& before) {
  TakenBack out;
  for (const std::string& id : record::list_runs(store)) {
    if (id == before) break;
    const std::filesystem::path folder = store / "runs" / id;
    if (undone_by(folder) != of) continue;
    const auto run = record::read_run(folder);
    if (!run) continue;  // it has no journal, so it has done nothing
    if (run->status != Status::kFinished) {
      return failure(Code::kNotUndone, id + ", which takes " + of + " back, has not come to its end",
                     "go on with it: assay resume " + id);
    }
    out.runs.push_back(id);
    for (const StepRecord& step : run->steps) {
      if (step.status != Status::kFinished || step.verdict != Verdict::kPass) continue;
      TakenBack::Step& back = out.steps[step.id];
      const WallTime when = step.finished.value_or(WallTime{});
      if (back.run.empty() || when > back.when) back = {.when = when, .run = id};
    }
  }
  return out;
}

std::map<std::string, std::string> still_taken_back(const record::RunRecord& record, const TakenBack& earlier) {
  std::map<std::string, std::string> out;
  for (const StepRecord& step : record.steps) {
    if (is_taken_back(step, earlier)) out[step.id] = earlier.steps.at(step.id).run;
  }
  return out;
}

bool is_undone(const std::filesystem::path& store, const std::string& run) {
  std::optional<WallTime> undone;
  for (const std::string& id : record::list_runs(store)) {
    const Json header = header_of(store / "runs" / id);
    if (record::text_of(header, "undo_of") != run) continue;
    undone = std::max(undone, record::time_of(header, "created"));
  }
  if (!undone) return false;
  const auto record = record::read_run(store / "runs" / run);
  return record && (record->resumed.empty() || record->resumed.back().time <= *undone);
}

plan::Plan undo_plan(const plan::Plan& plan, const record::RunRecord& record, const TakenBack& earlier) {
  std::unordered_map<std::string_view, const plan::PlannedStep*> planned;
  for (const plan::PlannedStep& step : plan.steps) planned.emplace(step.id, &step);
  std::vector<const StepRecord*> undone;
  for (const StepRecord& step : record.steps) {
    if (has_effect(step) && !is_taken_back(step, earlier)) undone.push_back(&step);
  }
  // By their place in the journal: a clock may have been set, and a step may have begun again. `started` is for records
  // that were not read from one.
  std::reverse(undone.begin(), undone.end());
  std::stable_sort(undone.begin(), undone.end(), [](const StepRecord* a, const StepRecord* b) {
    return std::tie(a->begun, a->started) > std::tie(b->begun, b->started);
  });

  plan::Plan out;
  out.kind = "Undo";
  out.metadata = plan.metadata;
  out.metadata.summary = "Undo of " + record.id + (plan.metadata.summary.empty() ? "" : ": " + plan.metadata.summary);
  out.path = plan.path;
  out.source = plan.source;
  out.overlays = plan.overlays;
  out.sources = plan.sources;
  out.params = plan.params;
  out.param_origins = plan.param_origins;
  out.secrets = plan.secrets;
  out.pools = plan.pools;
  for (const StepRecord* const one : undone) {
    const auto found = planned.find(one->id);
    plan::PlannedStep step = found != planned.end() ? undoing(*found->second) : gone(*one);
    step.group = out.groups.size();
    std::vector<std::size_t> needs;
    if (!out.groups.empty()) needs.push_back(out.groups.size() - 1);
    out.groups.push_back({.id = step.id, .first = out.steps.size(), .count = 1, .needs = std::move(needs)});
    out.steps.push_back(std::move(step));
  }
  return out;
}

}  // namespace assay::run
