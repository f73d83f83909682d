// SPDX-License-Identifier: Apache-2.0
// A step with its check and its attempts: the check asks whether there is anything to do and whether it was done; what
// failed is tried again as `retry` says (docs/durable-runs.md).
#include <algorithm>
#include <cmath>
#include <random>

#include "engine/action/actions.h"
#include "engine/action/execution.h"
#include "engine/base/text.h"
#include "engine/plan/show.h"

namespace assay::action {
namespace asio = boost::asio;
namespace {

using record::Status;
using record::StepRecord;
using record::Verdict;

std::string_view name_of(recipe::FailureClass value) {
  switch (value) {
    case recipe::FailureClass::kInfrastructure: return "infrastructure";
    case recipe::FailureClass::kApplication: return "application";
    case recipe::FailureClass::kBusiness: return "business";
  }
  return "?";
}

class Attempts {
 public:
  explicit Attempts(StepContext& context)
      : context_(context), step_(*context.planned.step), begin_(context.clock.steady()) {
    context_.attempt = 1 + (context.earlier != nullptr ? context.earlier->attempts : 0);
    spent_ = context.earlier != nullptr ? attempts_spent(*context.earlier) : 0;
    context_.acted = context.earlier != nullptr && context.earlier->acted;
    if (step_.deadline)
      context_.deadline =
          begin_ + std::chrono::duration_cast<SteadyTime::duration>(*step_.deadline - context_.worked_before);
  }

  asio::awaitable<Result<StepRecord>> run() {
    for (int tried = 1 + spent_;; ++tried, ++context_.attempt) {
      context_.attempt_begun = false;
      auto done = co_await attempt();
      if (!done) co_return done;
      done->attempts = context_.attempt;
      done->evidence.insert(done->evidence.begin(), evidence_.begin(), evidence_.end());
      const auto wait = wait_before_next(*done, tried);
      if (!wait) co_return done;
      keep_evidence(*done);
      const record::AttemptRecord ended{.number = context_.attempt,
                                        .status = done->status,
                                        .verdict = done->verdict,
                                        .reason = done->reason,
                                        .failure = done->failure,
                                        .exit_code = done->exit_code};
      if (auto written = context_.writer.attempt(done->id, ended, *wait); !written)
        co_return failure(std::move(written).error());
      if (context_.attempt_ended) context_.attempt_ended(ended, *wait);
      co_await context_.sleep_until(context_.clock.steady() + std::chrono::duration_cast<SteadyTime::duration>(*wait));
      if (context_.stop.requested()) {
        done->status = Status::kCancelled;
        done->reason =
            "stopped while it waited for attempt " + std::to_string(context_.attempt + 1) + "; before: " + done->reason;
        co_return done;
      }
    }
  }

 private:
  // One attempt: nothing to do, or done and looked at.
  asio::awaitable<Result<StepRecord>> attempt() {
    if (!step_.check) {
      auto done = co_await perform_once(context_);
      if (done) note_change(*done);
      co_return done;
    }
    StepRecord before = planned_record(context_.planned, context_.target.name());
    auto holds = co_await ask("check-before", before);
    if (!holds) co_return failure(std::move(holds).error());
    if (before.status == Status::kError || before.status == Status::kCancelled) co_return before;
    if (*holds != step_.check->absent) {
      before.status = Status::kFinished;
      before.verdict = Verdict::kPass;
      // What holds after an earlier attempt got to work was not there before this step.
      before.change = context_.acted && changes() ? "changed" : "ok";
      context_.outputs = expr::Value::map({});
      co_return before;
    }
    auto done = co_await perform_once(context_);
    if (!done) co_return done;
    done->evidence.insert(done->evidence.begin(), before.evidence.begin(), before.evidence.end());
    note_change(*done);
    if (done->verdict != Verdict::kPass) co_return done;
    StepRecord after = *done;
    holds = co_await ask("check-after", after);
    if (!holds) co_return failure(std::move(holds).error());
    if (after.status == Status::kFinished && *holds == step_.check->absent) {
      after.verdict = Verdict::kFail;
      after.failure = "business";
      after.reason = step_.check->absent ? "it was taken back, and its check still holds" + said_
                                         : "it was done, and its check does not hold afterwards" + said_;
    }
    co_return after;
  }

  // An action that changes the machine, and was not found done, has changed it as far as anyone can tell.
  void note_change(StepRecord& done) const {
    const bool ran = done.status == Status::kFinished && !step_.test;
    if (ran && changes()) done.change = "changed";
  }
  [[nodiscard]] bool changes() const { return plan::effect_of(context_.planned) != recipe::Effect::kReads; }

  // Whether the check holds. What keeps it from being asked is the step's error, in `out`, which also gets the
  // evidence.
  asio::awaitable<Result<bool>> ask(std::string part, StepRecord& out) {
    Names names(context_.scope);
    const ExecutionRequest request{
        .action = &step_.check->run, .part = part, .evidence_prefix = part + "/", .artifacts = false};
    auto execution = co_await execute(context_, request, names);
    if (!execution) {
      if (ends_the_run(execution.error())) co_return failure(std::move(execution).error());
      set_error(out, Diagnostic(execution.error()).with_note("while asking the check"));
      co_return false;
    }
    out.evidence.insert(out.evidence.end(), execution->evidence.begin(), execution->evidence.end());
    if (execution->exit.ending != system::Ending::kExited) {
      const auto ended = judge_exit(step_, *execution);
      out.status = ended->status;
      out.verdict = ended->verdict;
      out.failure = ended->failure;
      out.reason = "the check: " + ended->reason;
      co_return false;
    }
    if (!step_.check->expect) {
      said_ = " (exit code " + std::to_string(execution->exit.exit_code) + ")";
      co_return execution->exit.exit_code == 0;
    }
    const recipe::ExpressionField& expect = *step_.check->expect;
    const auto holds = names.evaluate(expect.expression);
    if (!holds || !holds->is(expr::Kind::kBool)) {
      set_error(out, holds ? Diagnostic{.code = Code::kWrongType,
                                        .where = expect.where,
                                        .message = "'expect' must give bool, this gives " + expr::type_name(*holds)}
                           : Diagnostic(holds.error()).with_note("while asking the check"));
      co_return false;
    }
    const std::string observed = names.observed(expect.expression);
    said_ = " (" + expect.expression.text() + (observed.empty() ? "" : "; " + observed) + ")";
    co_return holds->as_bool();
  }

  // How long to wait for another attempt; nullopt: this one decides.
  std::optional<Nanoseconds> wait_before_next(StepRecord& done, int tried) {
    if (!step_.retry || done.failure.empty() || context_.stop.requested()) return std::nullopt;
    const recipe::Retry& retry = *step_.retry;
    const bool worth_it = std::any_of(retry.on.begin(), retry.on.end(), [&](recipe::FailureClass one) {
      // A test is never measured again for a better number.
      return name_of(one) == done.failure && (!step_.test || one == recipe::FailureClass::kInfrastructure);
    });
    if (!worth_it) return std::nullopt;
    if (tried >= static_cast<int>(retry.attempts)) {
      if (tried > 1) done.reason += "; " + std::to_string(tried) + " attempts failed";
      return std::nullopt;
    }
    const Nanoseconds wait = wait_after(retry, tried);
    if (context_.deadline &&
        context_.clock.steady() + std::chrono::duration_cast<SteadyTime::duration>(wait) >= *context_.deadline) {
      done.reason += "; no time for another attempt before the deadline of " + format_duration(*step_.deadline);
      return std::nullopt;
    }
    if (context_.retries != nullptr && !context_.retries->take()) {
      done.reason += "; the run has spent its retry budget of " + std::to_string(context_.retries->limit);
      return std::nullopt;
    }
    return wait;
  }

  static Nanoseconds wait_after(const recipe::Retry& retry, int tried) {
    const double longest = std::chrono::duration<double>(retry.max_backoff).count();
    double seconds = std::chrono::duration<double>(retry.backoff).count() * std::pow(retry.factor, tried - 1);
    seconds = std::min(seconds, longest);
    if (retry.jitter > 0) {
      std::random_device chance;
      seconds *= std::uniform_real_distribution<double>(1 - retry.jitter, 1 + retry.jitter)(chance);
    }
    return std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(std::max(0.0, seconds)));
  }

  // What an attempt left is kept under its number; plain names are those of the last one.
  void keep_evidence(const StepRecord& done) {
    const std::string prefix = "attempt-" + std::to_string(context_.attempt) + "/";
    for (std::size_t i = evidence_.size(); i < done.evidence.size(); ++i) {
      evidence_.push_back(done.evidence[i]);
      evidence_.back().name.insert(0, prefix);
    }
  }

  StepContext& context_;
  const recipe::Step& step_;
  SteadyTime begin_;
  int spent_ = 0;                              // of `retry`'s attempts, before this session
  std::vector<record::EvidenceRef> evidence_;  // of earlier attempts
  std::string said_;                           // by the check
};

}  // namespace

int attempts_spent(const StepRecord& earlier) {
  int out = 0;
  for (auto attempt = earlier.tries.rbegin(); attempt != earlier.tries.rend(); ++attempt) {
    if (attempt->tried_again) ++out;
    // One that decided: what came before it belongs to a result that counts no more.
    const bool open = attempt->status == Status::kRunning || attempt->status == Status::kCancelled;
    if (!attempt->tried_again && !open) break;
  }
  return out;
}

std::optional<WallTime> began(const StepRecord& earlier) {
  std::optional<WallTime> out;
  for (auto attempt = earlier.tries.rbegin(); attempt != earlier.tries.rend(); ++attempt) {
    const bool open = attempt->status == Status::kRunning || attempt->status == Status::kCancelled;
    if (!attempt->tried_again && !open) break;
    out = attempt->started;
  }
  return out;
}

asio::awaitable<Result<StepRecord>> perform(StepContext& context) {
  Attempts attempts(context);
  co_return co_await attempts.run();
}

}  // namespace assay::action
