// SPDX-License-Identifier: Apache-2.0
#include "engine/action/actions.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "engine/action/execution.h"
#include "engine/base/text.h"
#include "engine/plan/show.h"

namespace assay::action {
namespace asio = boost::asio;

record::StepRecord planned_record(const plan::PlannedStep& planned, const std::string& target) {
  record::StepRecord out;
  const recipe::Step& step = *planned.step;
  out.id = planned.id;
  out.name = step.name;
  out.target = target;
  out.blocker = planned.blocker;
  if (planned.inside) {
    out.extra.edit().params = expr::to_json(planned.inside->params);
    out.extra.edit().params_from = {planned.inside->from->begin(), planned.inside->from->end()};
  }
  const bool acts = step.action == recipe::ActionKind::kRun || step.action == recipe::ActionKind::kFacts ||
                    step.action == recipe::ActionKind::kApprove || step.action == recipe::ActionKind::kReboot;
  if (acts || step.test) out.effect = recipe::to_string(plan::effect_of(planned));
  for (const auto& [key, where] : step.overlaid) out.extra.edit().set_by[key] = place_text(where);
  constexpr std::size_t kLongest = 1000;  // of an expression in the record, which has it for every instance
  const auto& outputs = planned.inside && planned.inside->recipe ? planned.inside->recipe->outputs : step.outputs;
  for (const auto& [name, field] : outputs)
    out.extra.edit().outputs_from[name.text] = shorten(field.expression.text(), kLongest);
  out.outputs = Json::object();
  switch (step.action) {
    case recipe::ActionKind::kRun: out.action = "run"; break;
    case recipe::ActionKind::kFacts: out.action = "facts"; break;
    case recipe::ActionKind::kSuite: out.action = "suite"; break;
    case recipe::ActionKind::kUse: out.action = "use"; break;
    case recipe::ActionKind::kBlock: out.action = "block"; break;
    case recipe::ActionKind::kApprove: out.action = "approve"; break;
    case recipe::ActionKind::kReboot: out.action = "reboot"; break;
    case recipe::ActionKind::kNone: out.action = "check"; break;
  }
  if (step.test) {
    record::StepExtra& extra = out.extra.edit();
    extra.name_zh = step.test->name_zh;
    out.test_class = recipe::to_string(step.test->test_class);
    out.hardware = step.test->hardware;
    extra.proves = step.test->proves;
    extra.proves_zh = step.test->proves_zh;
  }
  return out;
}

bool ends_the_run(const Diagnostic& problem) { return problem.code == Code::kJournal || problem.code == Code::kNoRoom; }

void set_error(record::StepRecord& step, const Diagnostic& problem) {
  step.status = record::Status::kError;
  step.verdict = record::Verdict::kError;
  step.failure = "infrastructure";
  step.reason = problem.message;
  for (const Note& note : problem.notes) step.reason += "; " + note.text;
  if (problem.where && problem.where->source && problem.where->line > 0) {
    step.reason += " (" + place_text(*problem.where) + ")";
  }
}

namespace {

// What the step says must hold of its results.
void judge_ensure(const recipe::Step& step, const Names& names, record::StepRecord& out) {
  for (const recipe::ExpressionField& field : step.ensure) {
    const auto holds = names.evaluate(field.expression);
    if (!holds) {
      set_error(out, holds.error());
      return;
    }
    if (!holds->is(expr::Kind::kBool)) {
      set_error(out, {.code = Code::kWrongType,
                      .where = field.where,
                      .message = "'ensure' must give bool, this gives " + expr::type_name(*holds)});
      return;
    }
    const bool good = holds->as_bool();
    out.criteria.push_back({field.expression.text(), good, names.observed(field.expression)});
    if (good || out.verdict != record::Verdict::kPass) continue;
    out.verdict = record::Verdict::kFail;
    out.failure = "business";
    out.reason = "ensure does not hold: " + field.expression.text();
    if (const std::string& observed = out.criteria.back().observed; !observed.empty())
      out.reason += " (" + observed + ")";
  }
}

}  // namespace

asio::awaitable<hardware::Facts> collect_facts_on_worker(StepContext& context) {
  const target::Target& target = context.target;
  auto facts = co_await asio::co_spawn(
      context.worker, [&target]() -> asio::awaitable<hardware::Facts> { co_return target.collect_facts(); },
      asio::use_awaitable);
  co_return facts;
}

asio::awaitable<Result<void>> begin_attempt(StepContext& context) {
  const record::Start start{.attempt = context.attempt, .counters = std::exchange(context.counters, std::nullopt)};
  if (auto written = context.writer.started(context.planned.id, start); !written) co_return written;
  context.attempt_begun = true;
  co_return co_await context.writer.on_disk();
}

asio::awaitable<Result<record::StepRecord>> perform_once(StepContext& context) {
  const recipe::Step& step = *context.planned.step;
  if (step.test) co_return co_await perform_test(context);
  if (step.action == recipe::ActionKind::kFacts) co_return co_await perform_facts(context);
  co_return co_await perform_run(context);
}

asio::awaitable<Result<record::StepRecord>> perform_run(StepContext& context) {
  record::StepRecord out = planned_record(context.planned, context.target.name());
  Names names(context.scope);
  const ExecutionRequest request{.part = "run"};  // named: GCC 12 destroys temporaries of a co_await expression twice
  auto execution = co_await execute(context, request, names);
  if (!execution) {
    if (ends_the_run(execution.error())) co_return failure(std::move(execution).error());
    set_error(out, execution.error());
    co_return out;
  }
  out.command = execution->command;
  out.exit_code = execution->exit.exit_code;
  out.evidence = execution->evidence;
  out.reason = join(execution->remarks, "; ");
  if (const auto ended = judge_exit(*context.planned.step, *execution)) {
    out.status = ended->status;
    out.verdict = ended->verdict;
    out.skip_kind = ended->skip_kind;
    out.failure = ended->failure;
    out.reason = ended->reason + (out.reason.empty() ? "" : "; " + out.reason);
    if (ended->status != record::Status::kFinished) co_return out;
  } else {
    out.status = record::Status::kFinished;
    out.verdict = record::Verdict::kPass;
  }
  expr::Map outputs;
  auto read = evaluate_outputs(*context.planned.step, *execution, names, outputs);
  context.outputs = expr::Value::map(std::move(outputs));
  out.outputs = expr::to_json(context.outputs);
  if (!read) {
    if (out.verdict == record::Verdict::kPass) set_error(out, read.error());
    co_return out;
  }
  judge_ensure(*context.planned.step, names, out);
  co_return out;
}

asio::awaitable<Result<record::StepRecord>> perform_facts(StepContext& context) {
  record::StepRecord out = planned_record(context.planned, context.target.name());
  if (auto written = co_await begin_attempt(context); !written) co_return failure(std::move(written).error());
  const hardware::Facts facts = co_await collect_facts_on_worker(context);
  auto stored = context.writer.store_bytes(to_json_line(hardware::to_json(facts)), "facts.json");
  if (!stored) {
    set_error(out, stored.error());
    co_return out;
  }
  if (auto written = context.writer.output(out.id, context.attempt, *stored); !written)
    co_return failure(std::move(written).error());
  out.evidence.push_back(stored->ref);
  out.status = record::Status::kFinished;
  out.verdict = record::Verdict::kPass;
  Names names(context.scope);
  names.set("facts", facts.tree);
  expr::Map outputs;
  const auto read = evaluate_outputs(*context.planned.step, {}, names, outputs);
  context.outputs = expr::Value::map(std::move(outputs));
  out.outputs = expr::to_json(context.outputs);
  if (read) {
    judge_ensure(*context.planned.step, names, out);
  } else {
    set_error(out, read.error());
  }
  co_return out;
}

}  // namespace assay::action
