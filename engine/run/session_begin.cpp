// SPDX-License-Identifier: Apache-2.0
#include "engine/run/session.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unordered_set>

#include "engine/target/preconditions.h"

namespace assay::run {

asio::awaitable<void> Session::begin() {
  // Not one expression: GCC 12 destroys what a co_await gives inside `?:` twice when it is an error.
  Result<void> recorded;
  if (options_.resume.record != nullptr) {
    recorded = take_up_again();
  } else {
    recorded = co_await record_start();
  }
  if (recorded) recorded = co_await writer_.on_disk();
  if (!recorded) {
    give_up(recorded.error());
    finish();
    co_return;
  }
  tell(RunStarted{.run = writer_.id(),
                  .title = plan_.metadata.name,
                  .folder = writer_.folder(),
                  .steps = {std::shared_ptr<void>(), &results_.all()},
                  .preconditions = preconditions_});
  if (resumed_) tell(Resumed{*resumed_});
  replay();
  if (plan_.deadline) {
    const record::RunRecord* const before = options_.resume.record;
    const Nanoseconds spent = before != nullptr ? record::worked_since(*before, {}) : Nanoseconds(0);
    watch_deadline(std::max(Nanoseconds(0), *plan_.deadline - spent));
  }
  advance();
}

asio::awaitable<Result<void>> Session::record_start() {
  if (options_.measure_preconditions) {
    const auto before = target::take_cpu_snapshot();
    asio::steady_timer timer(loop_, std::chrono::milliseconds(700));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    for (auto& item : target::observe_preconditions(before, target::take_cpu_snapshot())) {
      preconditions_.push_back(
          {.name = item.name, .observed = item.observed, .wanted = item.wanted, .good = item.good, .note = item.note});
    }
  }
  if (auto written = writer_.planned(results_.all()); !written) co_return written;
  if (auto written = record_facts(); !written) co_return written;
  if (!preconditions_.empty()) {
    if (auto written = writer_.preconditions(preconditions_); !written) co_return written;
  }
  co_return record_tools();
}

Result<void> Session::record_facts() {
  if (facts_.tree.is(expr::Kind::kNull)) return {};
  ASSAY_TRY(const record::StoredBytes stored,
            writer_.store_bytes(to_json_line(hardware::to_json(facts_)), "facts.json"));
  return writer_.facts(target_.name(), stored);
}

Result<void> Session::record_tools() {
  std::vector<record::ToolRecord> tools;
  for (const std::string& name : plan_.tools) {
    const auto tool = target_.identify_tool(name);
    noted_.insert(name);
    if (tool) tools.push_back({tool->name, tool->path, tool->version, tool->sha256});
  }
  return tools.empty() ? Result<void>{} : writer_.tools(tools);
}

Result<void> Session::take_up_again() {
  const record::RunRecord& record = *options_.resume.record;
  taken_ = take_up(plan_, record, options_.resume.taken_back);
  retries_.spent = record.retries;
  for (const record::QuestionRecord& question : record.questions) {
    if (!question.answered) asked_.insert_or_assign(question.step, question);
    if (question.answered && !question.used && question.type != "boot")
      answers_.insert_or_assign(question.step, question);
  }
  for (std::size_t i = 0; i < results_.size(); ++i) {
    if (taken_.instances[i] != Again::kDone) continue;
    record::StepRecord known = *taken_.of[i];
    known.needs = results_[i].needs;
    results_[i] = std::move(known);
    results_.read_outputs(i, *taken_.of[i]);
  }
  const record::ResumeRecord resume{
      .time = clock_.wall(), .left = record.last, .redone = taken_.redone, .changes = options_.resume.accepted};
  preconditions_ = record.preconditions;
  for (const record::ToolRecord& tool : record.tools) noted_.insert(tool.name);
  resumed_ = resume;
  ASSAY_CHECK(writer_.resumed(resume));
  ASSAY_CHECK(record_other_steps(record));
  // What a run that was cut off right at its beginning did not come to.
  if (record.machines.empty()) ASSAY_CHECK(record_facts());
  return record.tools.empty() ? record_tools() : Result<void>{};
}

Result<void> Session::record_other_steps(const record::RunRecord& record) {
  std::vector<record::StepRecord> came;
  std::unordered_set<std::string_view> known;
  for (std::size_t i = 0; i < results_.size(); ++i) {
    if (taken_.of[i] == nullptr) {
      came.push_back(results_[i]);
    } else {
      known.insert(taken_.of[i]->id);
    }
  }
  ASSAY_CHECK(writer_.planned(came));
  for (const record::StepRecord& step : record.steps) {
    if (known.count(step.id) > 0 || is_done(step)) continue;
    record::StepRecord gone = step;
    const bool begun = step.attempts > 0 && !step.effect.empty() && step.effect != "reads";
    gone.status = record::Status::kSkipped;
    gone.verdict = record::Verdict::kSkipped;
    gone.reason = begun ? "no longer in the recipe; it had been begun" : "no longer in the recipe";
    gone.skip_kind = "not_selected";
    gone.failure.clear();
    if (begun) gone.change = "changed";
    gone.finished = clock_.wall();
    ASSAY_CHECK(writer_.finished(gone));
  }
  return {};
}

void Session::replay() {
  if (!resumed_) return;
  for (const plan::Group& group : plan_.groups) {
    for (std::size_t i = group.first; i < group.first + group.count; ++i) {
      const record::StepRecord* const before = taken_.of[i];
      if (before != nullptr && before->attempts > 0 && !is_done(*before)) gate_.begun(i);
      if (taken_.instances[i] != Again::kDone) continue;
      gate_.settled(i);
      scheduler_.settle(i, results_[i]);
    }
  }
}

}  // namespace assay::run
