// SPDX-License-Identifier: Apache-2.0
#include "engine/run/session.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <thread>
#include <utility>

#include "engine/run/redacted_event.h"
#include "engine/system/interruptible.h"

namespace assay::run {
namespace {

// What one step sees of the requests to stop: those made after its start. So a step with `if: always()` that starts
// after a stop is carried out, and ends at the next one.
class StopSinceStart final : public system::StopRequest {
 public:
  explicit StopSinceStart(const int& requests) : requests_(requests), before_(requests) {}
  [[nodiscard]] bool requested() const override { return requests_ > before_; }
  [[nodiscard]] bool urgent() const override { return requested() && requests_ > 1; }

 private:
  const int& requests_;
  int before_;
};

// A broken invariant in a coroutine must reach main(): `detached` would swallow it and the loop would wait for ever.
void rethrow(const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

}  // namespace

Session::Session(const plan::Plan& plan, const hardware::Facts& facts, const target::Target& target,
                 const RunOptions& options, const std::vector<Observer*>& observers, const Clock& clock, World& world,
                 record::RunWriter writer, const std::filesystem::path& work_root, target::MachineAccess* machine)
    : plan_(plan),
      facts_(facts),
      target_(target),
      options_(options),
      observers_(observers),
      clock_(clock),
      world_(world),
      writer_(std::move(writer)),
      processes_(world.processes(loop_)),
      results_(plan, target.name()),
      scheduler_(plan, options.jobs > 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency())),
      gate_({.plan = plan, .facts = facts, .target = target, .run = writer_.id(), .clock = clock, .of = options.of},
            scheduler_, results_),
      questions_(loop_, answers_folder(options.store, writer_.id())),
      scratch_(work_root),
      retries_{.limit = plan.retry_budget.value_or(0)},
      machine_(machine, loop_,
               {.again = [this] { advance(); },
                .is_busy = [this](const std::string& holder) { tell(MachineBusy{holder}); }}),
      signals_(loop_),
      tick_(loop_),
      deadline_(loop_) {}

RunResult Session::run() {
  if (auto thread = world_.journal_thread()) writer_.commits().use_thread(loop_.get_executor(), *thread);
  writer_.reserve_room(options_.store / "locks");
  watch_signals();
  asio::co_spawn(loop_, begin(), rethrow);
  world_.run(loop_);
  return close();
}

RunResult Session::close() {
  RunResult result{.id = writer_.id(), .folder = writer_.folder()};
  // What was not told yet is on the disk now.
  if (auto written = writer_.commits().stop_thread(); !written) lose_journal(written.error());
  result.outcome = judge();
  result.ending = how_it_ended();
  if (auto ended = write_end(result); !ended) {
    // A record that does not say how the run ended is not one that passed.
    lose_journal(ended.error());
    result.ending = Ending::kLost;
    result.outcome = judge();
  }
  result.problem = problem_;
  if (result.ending == Ending::kWaiting) result.reboot = std::move(reboot_);
  tell(RunFinished{result.outcome.verdict, result.outcome.exit_code, result.problem});
  return result;
}

Outcome Session::judge() const {
  const bool early = broken() || interruption_ != Interruption::kNone;
  const auto undecided = early ? gate_.undecided_failures() : std::vector<std::size_t>();
  const bool late = late_ && !journal_lost_ && !no_room_;
  if (undecided.empty()) return judge_run(results_.all(), interruption_, broken(), late);
  auto steps = results_.all();
  for (const std::size_t index : undecided) steps[index].rescued = true;
  return judge_run(steps, interruption_, broken(), late);
}

Ending Session::how_it_ended() const {
  if (journal_lost_) return Ending::kLost;
  if (interruption_ != Interruption::kNone || no_room_) return Ending::kStopped;
  return waits_ ? Ending::kWaiting : Ending::kSealed;
}

Result<void> Session::write_end(RunResult& result) {
  constexpr int kWaitingExit = 4;
  switch (result.ending) {
    case Ending::kLost: return {};
    case Ending::kSealed: return writer_.sealed(result.outcome.verdict, result.outcome.exit_code, problem_);
    case Ending::kWaiting: result.outcome.exit_code = kWaitingExit; break;
    case Ending::kStopped: break;
  }
  // What is not done yet has no verdict.
  if (result.outcome.verdict == record::Verdict::kPass || result.outcome.verdict == record::Verdict::kWaived)
    result.outcome.verdict = record::Verdict::kInconclusive;
  const std::string reason = waits_                                      ? "waiting"
                             : no_room_                                  ? "no room"
                             : interruption_ == Interruption::kInterrupt ? "interrupt"
                                                                         : "terminate";
  ASSAY_CHECK(writer_.stopped(reason, result.outcome.verdict, result.outcome.exit_code));
  return writer_.close();
}

void Session::tell(const Event& event) {
  if (options_.secrets && !options_.secrets->redactor().finds_nothing()) {
    const Event hidden = redacted(event, options_.secrets->redactor());
    for (Observer* observer : observers_) observer->on_event(hidden);
    return;
  }
  for (Observer* observer : observers_) observer->on_event(event);
}

void Session::watch_signals() {
  for (const int signal : system::not_ignored({SIGINT, SIGTERM, SIGHUP})) signals_.add(signal);
  wait_for_signal();
  wait_for_tick();
}

void Session::wait_for_signal() {
  signals_.async_wait([this](boost::system::error_code error, int signal) {
    // A signal that came when everything was settled must not keep the loop alive.
    if (error || finished_) return;
    // Ctrl-C wins over finished children: the user wants out now.
    if (interruption_ == Interruption::kNone)
      interruption_ = signal == SIGINT ? Interruption::kInterrupt : Interruption::kTerminate;
    stop_all();
    if (!finished_) wait_for_signal();
  });
}

void Session::wait_for_tick() {
  tick_.expires_after(std::chrono::milliseconds(100));
  tick_.async_wait([this](boost::system::error_code error) {
    if (error || finished_) return;
    // What is drawn now would hide what a person reads and types.
    if (!questions_.is_put()) {
      for (Observer* observer : observers_) observer->on_tick();
    }
    questions_.look();
    wait_for_tick();
  });
}

void Session::watch_deadline(const Nanoseconds& deadline) {
  deadline_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(deadline));
  deadline_.async_wait([this](boost::system::error_code error) {
    if (error || finished_) return;
    problem_ = "the run took longer than its deadline of " + format_duration(*plan_.deadline);
    late_ = true;
    stop_all();
  });
}

void Session::stop_all() {
  ++stop_requests_;
  tell(Stopping{stop_requests_ > 1});
  wake_steps();
  machine_.withdraw();
  advance();
}

void Session::wake_steps() {
  processes_->wake_all();
  world_.wake_sleepers();
  questions_.close();
  end_returns();
}

void Session::lose_journal(const Diagnostic& problem) {
  if (problem_.empty()) problem_ = problem.message;
  journal_lost_ = true;
}

void Session::give_up(const Diagnostic& problem) {
  if (problem.code == Code::kJournal) {
    lose_journal(problem);
  } else if (problem_.empty()) {
    problem_ = problem.message;
  }
  if (problem.code == Code::kNoRoom) no_room_ = true;
  ++stop_requests_;
  wake_steps();
}

void Session::look_for_room() {
  if (!writer_.commits().low_on_room() || no_room_) return;
  give_up({.code = Code::kNoRoom,
           .message = "the disk that holds '" + writer_.folder().string() + "' is full: the run ends here in order",
           .help = "make room, then `assay resume`"});
}

Stop Session::stop_state() const {
  if (stop_requests_ > 1 || (broken() && !late_)) return Stop::kAll;
  return stop_requests_ > 0 ? Stop::kFirst : Stop::kNone;
}

void Session::advance() {
  if (advancing_ || finished_) return;  // settle() below comes back here
  advancing_ = true;
  bool busy = false;
  while (const auto next = scheduler_.next()) {
    const std::size_t index = *next;
    const auto returning = returning_.find(index);
    if (returning == returning_.end()) {
      if (auto not_run = gate_.reason_not_to_run(index, stop_state(), why_stopped())) {
        settle(index, std::move(*not_run));
        continue;
      }
    }
    const auto entered = machine_.enter(index, plan_.steps[index].noisy);
    if (!entered) {
      give_up(entered.error());
      continue;
    }
    busy = !*entered;
    if (busy) break;
    scheduler_.start(index);
    if (returning != returning_.end()) {
      returning->second->cancel();
      returning_.erase(returning);
    } else {
      asio::co_spawn(loop_, perform(index), rethrow);
    }
  }
  advancing_ = false;
  if (busy) return;
  if (scheduler_.done()) return finish();
  // Only people can go on from here.
  if (scheduler_.running() > 0 || !returning_.empty() || waiting_ == 0 || questions_.is_answered()) return;
  if (stop_requests_ > 0) return questions_.close();  // their steps end and come back here
  if (options_.person == nullptr) return wait_for_people();
  if (std::exchange(asking_, true)) return;
  asio::co_spawn(loop_, ask_person(), rethrow);
}

void Session::wait_for_people() {
  waits_ = true;
  questions_.close();
  finish();
}

std::string Session::why_stopped() const {
  if (!problem_.empty()) return problem_;
  return "the run was stopped";
}

void Session::finish() {
  finished_ = true;
  end_returns();
  machine_.finish();
  signals_.cancel();
  tick_.cancel();
  deadline_.cancel();
}

const record::StepRecord* Session::earlier(std::size_t index) const {
  return taken_.instances.empty() ? nullptr : taken_.of[index];
}

asio::awaitable<void> Session::perform(std::size_t index) {
  const record::StepRecord* const before = earlier(index);
  results_[index].started = before != nullptr && before->started ? before->started : clock_.wall();
  const auto begin = clock_.steady();
  tell(StepStarted{results_[index].id});
  const StopSinceStart stop(stop_requests_);
  std::optional<record::StepRecord> decided;
  if (plan_.steps[index].step->action == recipe::ActionKind::kApprove) {
    decided = co_await approve(index);
  } else if (plan_.steps[index].step->action == recipe::ActionKind::kReboot) {
    decided = co_await boot_again(index, stop);
  } else if (!taken_.instances.empty()) {
    decided = co_await decide_interrupted(index);
  }
  if (decided && decided->status == record::Status::kWaiting) {
    if (waits_) co_return;  // the run ends here, and the step with it goes on later
    decided->status = record::Status::kCancelled;
    decided->verdict = record::Verdict::kError;
    decided->reason = "stopped while it waited for an answer";
  }
  if (decided) {
    conclude(index, std::move(*decided), begin);
    co_return;
  }
  action::StepContext context = context_of(index, stop);
  auto done = co_await action::perform(context);
  results_.set_outputs(index, std::move(context.outputs));
  if (!done) {
    give_up(done.error());
    done = results_[index];
    done->attempts = context.attempt_begun ? context.attempt : context.attempt - 1;
    action::set_error(*done, {.code = Code::kJournal, .message = problem_});
    done->status = record::Status::kCancelled;  // it has no result: a resumed run carries it out again
  }
  conclude(index, std::move(*done), begin);
}

action::StepContext Session::context_of(std::size_t index, const system::StopRequest& stop) {
  action::StepContext context{.planned = plan_.steps[index],
                              .loop = loop_.get_executor(),
                              .worker = world_.worker(loop_),
                              .writer = writer_,
                              .processes = *processes_,
                              .stop = stop,
                              .clock = clock_,
                              .target = target_,
                              .scope = gate_.scope_of(index),
                              .scratch = scratch_,
                              .grace = options_.grace,
                              .secrets = options_.secrets.get()};
  context.progress = [this, index](const action::Progress& p) { tell(StepProgress{results_[index].id, p}); };
  context.note_tool = [this](const std::string& program, const std::string& path) { return note_tool(program, path); };
  context.sleep_until = [this](SteadyTime time) { return world_.sleep_until(loop_.get_executor(), time); };
  context.earlier = earlier(index);
  context.worked_before = worked_before(index);
  // Those that were cut off are numbered and were not spent.
  const int cut_off =
      context.earlier != nullptr ? context.earlier->attempts - action::attempts_spent(*context.earlier) : 0;
  context.attempt_ended = [this, index, cut_off](const record::AttemptRecord& attempt, Nanoseconds wait) {
    tell(StepAttempt{.step = results_[index].id,
                     .attempt = attempt,
                     .wait_s = std::chrono::duration<double>(wait).count(),
                     .most = static_cast<int>(plan_.steps[index].step->retry->attempts) + cut_off});
  };
  if (plan_.retry_budget) context.retries = &retries_;
  return context;
}

Nanoseconds Session::worked_before(std::size_t index) const {
  const record::StepRecord* const before = earlier(index);
  const auto since = before != nullptr ? action::began(*before) : std::nullopt;
  return since ? record::worked_since(*options_.resume.record, *since) : Nanoseconds(0);
}

asio::awaitable<Result<void>> Session::note_tool(std::string program, std::string path) {
  if (!noted_.insert(program).second) co_return Result<void>{};
  auto tool = co_await asio::co_spawn(
      world_.worker(loop_),
      [this, &program, &path]() -> asio::awaitable<Result<target::Tool>> {
        co_return target_.fingerprint(program, path);
      },
      asio::use_awaitable);
  // One that cannot be found or read cannot be started either: the step says so.
  if (!tool) co_return Result<void>{};
  co_return writer_.tools({{tool->name, tool->path, tool->version, tool->sha256}});
}

void Session::conclude(std::size_t index, record::StepRecord done, SteadyTime begin) {
  if (late_ && done.status == record::Status::kCancelled) done.reason = problem_;
  done.started = results_[index].started;
  done.finished = clock_.wall();
  done.duration_s = std::chrono::duration<double>(clock_.steady() - begin).count();
  machine_.leave(index);
  settle(index, std::move(done));
  advance();
}

void Session::settle(std::size_t index, record::StepRecord result) {
  results_[index] = std::move(result);
  record::StepRecord& settled = results_[index];
  if (Json typed = results_.typed_outputs(index); !typed.is_null() || !settled.extra->typed_outputs.is_null())
    settled.extra.edit().typed_outputs = std::move(typed);
  // What was not begun because of a stop is still to be done: the journal says nothing of it.
  const bool resumable = interruption_ != Interruption::kNone || no_room_;
  const bool open = resumable && settled.status == record::Status::kCancelled && settled.attempts == 0;
  if (!journal_lost_ && !open) {
    if (auto written = writer_.finished(settled); !written) give_up(written.error());
  }
  writer_.commits().when_on_disk(record::GroupCommit::Urgency::kSoon, [this, index](const Result<void>& written) {
    if (!written && !journal_lost_) give_up(written.error());
    tell(StepFinished{results_[index]});
  });
  look_for_room();
  gate_.settled(index);
  scheduler_.settle(index, settled);
}

}  // namespace assay::run
