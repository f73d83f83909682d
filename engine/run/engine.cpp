// SPDX-License-Identifier: Apache-2.0
#include "engine/run/engine.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <random>
#include <set>
#include <thread>

#include "engine/action/actions.h"
#include "engine/base/sha256.h"
#include "engine/record/run_lock.h"
#include "engine/record/store.h"
#include "engine/run/gate.h"
#include "engine/run/machine_turn.h"
#include "engine/run/redacted_event.h"
#include "engine/run/resume.h"
#include "engine/system/git.h"
#include "engine/target/preconditions.h"

namespace assay::run {
namespace asio = boost::asio;
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

Json source_of(const plan::Plan& plan, bool ask_git) {
  Json source = {{"kind", plan.kind},
                 {"name", plan.metadata.name},
                 {"version", plan.metadata.version},
                 {"summary", plan.metadata.summary},
                 {"path", std::filesystem::absolute(plan.path).lexically_normal().string()},
                 {"sha256", sha256_hex(plan.source->text)}};
  if (!plan.metadata.summary_zh.empty()) source["summary_zh"] = plan.metadata.summary_zh;
  for (const recipe::AppliedOverlay& overlay : plan.overlays) {
    source["overlays"].push_back({{"path", std::filesystem::absolute(overlay.path).lexically_normal().string()},
                                  {"sha256", sha256_hex(overlay.source->text)}});
  }
  if (!ask_git) return source;
  // Where git cannot be read the digest still names the file; the reason stands in the record.
  const auto git = system::git_state_of(plan.path);
  if (!git) {
    source["git_problem"] = git.error().message;
  } else if (*git) {
    source["git"] = {{"commit", (*git)->commit}, {"modified", (*git)->modified}};
  }
  return source;
}

class Engine {
 public:
  Engine(const plan::Plan& plan, const hardware::Facts& facts, const target::Target& target, const RunOptions& options,
         const std::vector<Observer*>& observers, const Clock& clock, World& world, record::RunWriter writer,
         const std::filesystem::path& work_root, target::MachineAccess* machine)
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
        machine_(machine, loop_,
                 {.again = [this] { advance(); },
                  .is_busy = [this](const std::string& holder) { tell(MachineBusy{holder}); }}),
        signals_(loop_),
        tick_(loop_),
        deadline_(loop_) {}

  RunResult run() {
    if (auto thread = world_.journal_thread()) writer_.commits().use_thread(loop_.get_executor(), *thread);
    writer_.reserve_room(options_.store / "locks");
    watch_signals();
    asio::co_spawn(loop_, begin(), rethrow);
    world_.run(loop_);
    return close();
  }

 private:
  // --- The end ---

  RunResult close() {
    RunResult result{.id = writer_.id(), .folder = writer_.folder()};
    // What was not told yet is on the disk now.
    if (auto written = writer_.commits().stop_thread(); !written) lose_journal(written.error());
    result.outcome = judge_run(results_.all(), interruption_, broken());
    result.ending = how_it_ended();
    if (auto ended = write_end(result); !ended) {
      // A record that does not say how the run ended is not one that passed.
      lose_journal(ended.error());
      result.ending = Ending::kLost;
      result.outcome = judge_run(results_.all(), interruption_, true);
    }
    result.problem = problem_;
    if (result.ending == Ending::kWaiting) result.reboot = std::move(reboot_);
    tell(RunFinished{result.outcome.verdict, result.outcome.exit_code, result.problem});
    return result;
  }

  [[nodiscard]] Ending how_it_ended() const {
    if (journal_lost_) return Ending::kLost;
    if (interruption_ != Interruption::kNone || no_room_) return Ending::kStopped;
    return waits_ ? Ending::kWaiting : Ending::kSealed;
  }

  Result<void> write_end(RunResult& result) {
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

  // --- What is told, what stops ---

  [[nodiscard]] bool broken() const { return !problem_.empty(); }

  void tell(const Event& event) {
    if (options_.secrets && !options_.secrets->redactor().finds_nothing()) {
      const Event hidden = redacted(event, options_.secrets->redactor());
      for (Observer* observer : observers_) observer->on_event(hidden);
      return;
    }
    for (Observer* observer : observers_) observer->on_event(event);
  }

  void watch_signals() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) signals_.add(signal);
    wait_for_signal();
    wait_for_tick();
  }
  void wait_for_signal() {
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
  void wait_for_tick() {
    tick_.expires_after(std::chrono::milliseconds(100));
    tick_.async_wait([this](boost::system::error_code error) {
      if (error || finished_) return;
      for (Observer* observer : observers_) observer->on_tick();
      questions_.look();
      wait_for_tick();
    });
  }
  void watch_deadline(const Nanoseconds& deadline) {
    deadline_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(deadline));
    deadline_.async_wait([this](boost::system::error_code error) {
      if (error || finished_) return;
      problem_ = "the run took longer than its deadline of " + format_duration(*plan_.deadline);
      late_ = true;
      stop_all();
    });
  }
  void stop_all() {
    ++stop_requests_;
    tell(Stopping{stop_requests_ > 1});
    wake_steps();
    machine_.withdraw();
    advance();
  }
  void wake_steps() {
    processes_->wake_all();
    world_.wake_sleepers();
    questions_.close();
  }
  void lose_journal(const Diagnostic& problem) {
    if (problem_.empty()) problem_ = problem.message;
    journal_lost_ = true;
  }
  // The record cannot be written, or soon could not be: nothing new starts, what runs is ended.
  void give_up(const Diagnostic& problem) {
    if (problem.code == Code::kJournal) {
      lose_journal(problem);
    } else if (problem_.empty()) {
      problem_ = problem.message;
    }
    if (problem.code == Code::kNoRoom) no_room_ = true;
    ++stop_requests_;
    wake_steps();
  }
  void look_for_room() {
    if (!writer_.commits().low_on_room() || no_room_) return;
    give_up({.code = Code::kNoRoom,
             .message = "the disk that holds '" + writer_.folder().string() + "' is full: the run ends here in order",
             .help = "make room, then `assay resume`"});
  }

  [[nodiscard]] Stop stop_state() const {
    if (stop_requests_ > 1 || (broken() && !late_)) return Stop::kAll;
    return stop_requests_ > 0 ? Stop::kFirst : Stop::kNone;
  }

  // --- The beginning ---

  asio::awaitable<void> begin() {
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
    if (plan_.deadline) watch_deadline(*plan_.deadline);
    advance();
  }

  asio::awaitable<Result<void>> record_start() {
    if (options_.measure_preconditions) {
      const auto before = target::take_cpu_snapshot();
      asio::steady_timer timer(loop_, std::chrono::milliseconds(700));
      co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
      for (auto& item : target::observe_preconditions(before, target::take_cpu_snapshot())) {
        preconditions_.push_back({.name = item.name,
                                  .observed = item.observed,
                                  .wanted = item.wanted,
                                  .good = item.good,
                                  .note = item.note});
      }
    }
    if (auto written = writer_.planned(results_.all()); !written) co_return written;
    if (!facts_.tree.is(expr::Kind::kNull)) {
      auto stored = writer_.store_bytes(to_json_line(hardware::to_json(facts_)), "facts.json");
      if (!stored) co_return failure(std::move(stored).error());
      if (auto written = writer_.facts(target_.name(), *stored); !written) co_return written;
    }
    if (!preconditions_.empty()) {
      if (auto written = writer_.preconditions(preconditions_); !written) co_return written;
    }
    co_return record_tools();
  }

  Result<void> record_tools() {
    std::vector<record::ToolRecord> tools;
    for (const std::string& name : plan_.tools) {
      const auto tool = target_.identify_tool(name);
      noted_.insert(name);
      if (tool) tools.push_back({tool->name, tool->path, tool->version, tool->sha256});
    }
    return tools.empty() ? Result<void>{} : writer_.tools(tools);
  }

  // What the journal says is done is done; the rest is open, and why it is done again is written down.
  Result<void> take_up_again() {
    const record::RunRecord& record = *options_.resume.record;
    taken_ = take_up(plan_, record);
    for (const record::QuestionRecord& question : record.questions) {
      if (!question.answered) asked_.insert(question.step);
      if (question.answered && question.type != "boot") answers_.insert_or_assign(question.step, question);
    }
    for (std::size_t i = 0; i < results_.size(); ++i) {
      if (taken_.instances[i] != Again::kDone) continue;
      record::StepRecord known = *taken_.of[i];
      known.needs = results_[i].needs;
      results_[i] = std::move(known);
      results_.read_outputs(i, *taken_.of[i]);
    }
    const record::ResumeRecord resume{
        .time = clock_.wall(), .redone = taken_.redone, .changes = options_.resume.accepted};
    preconditions_ = record.preconditions;
    for (const record::ToolRecord& tool : record.tools) noted_.insert(tool.name);
    resumed_ = resume;
    return writer_.resumed(resume);
  }

  // In the order of the groups, so that what one needs is settled before it.
  void replay() {
    if (!resumed_) return;
    for (const plan::Group& group : plan_.groups) {
      for (std::size_t i = group.first; i < group.first + group.count; ++i) {
        if (taken_.instances[i] != Again::kDone) continue;
        gate_.settled(i);
        scheduler_.settle(i, results_[i]);
      }
    }
  }

  // --- The steps ---

  // Starts what can start, settles what will not run, until nothing more can be done now.
  void advance() {
    if (advancing_ || finished_) return;  // settle() below comes back here
    advancing_ = true;
    bool busy = false;
    while (const auto next = scheduler_.next()) {
      const std::size_t index = *next;
      if (auto not_run = gate_.reason_not_to_run(index, stop_state(), why_stopped())) {
        settle(index, std::move(*not_run));
        continue;
      }
      const auto entered = machine_.enter(index, plan_.steps[index].noisy);
      if (!entered) {
        give_up(entered.error());
        continue;
      }
      busy = !*entered;
      if (busy) break;
      scheduler_.start(index);
      asio::co_spawn(loop_, perform(index), rethrow);
    }
    advancing_ = false;
    if (busy) return;
    if (scheduler_.done()) return finish();
    // Only people can go on from here.
    if (scheduler_.running() > 0 || waiting_ == 0) return;
    if (stop_requests_ == 0 && options_.person != nullptr && questions_.put_to(*options_.person)) return;
    if (stop_requests_ == 0) waits_ = true;
    questions_.close();
    finish();
  }

  [[nodiscard]] std::string why_stopped() const {
    if (!problem_.empty()) return problem_;
    return "the run was stopped";
  }

  void finish() {
    finished_ = true;
    machine_.finish();
    signals_.cancel();
    tick_.cancel();
    deadline_.cancel();
  }

  asio::awaitable<void> perform(std::size_t index) {
    results_[index].started = clock_.wall();
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
    if (decided && decided->status == record::Status::kWaiting) co_return;
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
    }
    conclude(index, std::move(*done), begin);
  }

  action::StepContext context_of(std::size_t index, const system::StopRequest& stop) {
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
    context.note_tool = [this](const std::string& program, const std::string& path) {
      return note_tool(program, path);
    };
    context.sleep_until = [this](SteadyTime time) { return world_.sleep_until(loop_.get_executor(), time); };
    context.attempt_ended = [this, index](const record::AttemptRecord& attempt, Nanoseconds wait) {
      tell(StepAttempt{.step = results_[index].id,
                       .attempt = attempt,
                       .wait_s = std::chrono::duration<double>(wait).count(),
                       .most = static_cast<int>(plan_.steps[index].step->retry->attempts)});
    };
    if (!taken_.instances.empty()) context.earlier = taken_.of[index];
    return context;
  }

  // Path and digest of each program that a step starts, once (semantics 4.4): what a number in a report can be traced
  // to, and what a resumed run compares. A path that depends on the step's folder is the recipe's own file.
  asio::awaitable<Result<void>> note_tool(std::string program, std::string path) {
    const bool depends = program.find('/') != std::string::npos && program.front() != '/';
    if (depends || !noted_.insert(program).second) co_return Result<void>{};
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

  void conclude(std::size_t index, record::StepRecord done, SteadyTime begin) {
    if (late_ && done.status == record::Status::kCancelled) done.reason = problem_;
    done.started = results_[index].started;
    done.finished = clock_.wall();
    done.duration_s = std::chrono::duration<double>(clock_.steady() - begin).count();
    machine_.leave(index);
    settle(index, std::move(done));
    advance();
  }

  // A question of the recipe; kWaiting: nobody has answered yet.
  asio::awaitable<record::StepRecord> approve(std::size_t index) {
    const recipe::ApproveAction& action = *plan_.steps[index].step->approve;
    record::StepRecord out = results_[index];
    const bool begun = !taken_.instances.empty() && taken_.of[index] != nullptr && taken_.of[index]->attempts > 0;
    out.attempts = begun ? taken_.of[index]->attempts : 1;
    if (!begun) {
      if (auto written = writer_.started(out.id, {}); !written) give_up(written.error());
    }
    const auto question = action::Names(gate_.scope_of(index)).text(*action.question);
    if (!question) {
      action::set_error(out, question.error());
      co_return out;
    }
    record::QuestionRecord asked{.step = out.id,
                                 .question = *question,
                                 .type = std::string(recipe::to_string(action.answer)),
                                 .choices = action.choices};
    const auto answer = co_await ask(index, std::move(asked));
    if (!answer) {
      out.status = record::Status::kWaiting;
      co_return out;
    }
    expr::Map outputs;
    outputs.set("answer", answer->answer.is_number_integer() && action.answer == recipe::ParamType::kNumber
                              ? expr::Value::number(answer->answer.get<double>())
                              : expr::from_json(answer->answer));
    outputs.set("who", expr::Value::string(answer->who));
    outputs.set("note", expr::Value::string(answer->note));
    results_.set_outputs(index, expr::Value::map(outputs));
    out.outputs = expr::to_json(expr::Value::map(std::move(outputs)));
    out.status = record::Status::kFinished;
    const bool refused = answer->answer.is_boolean() && !answer->answer.get<bool>();
    out.verdict = refused ? record::Verdict::kFail : record::Verdict::kPass;
    if (refused) {
      out.failure = "business";
      out.reason = answer->who + " said no" + (answer->note.empty() ? "" : ": " + answer->note);
    }
    co_return out;
  }

  // One boot after another; kWaiting: the run goes on after the next one.
  asio::awaitable<record::StepRecord> boot_again(std::size_t index, const system::StopRequest& stop) {
    const recipe::RebootAction& action = *plan_.steps[index].step->reboot;
    record::StepRecord out = results_[index];
    const record::StepRecord* const earlier = taken_.instances.empty() ? nullptr : taken_.of[index];
    Boots boots = earlier != nullptr ? boots_so_far(*options_.resume.record, *earlier) : Boots{};
    out.attempts = (earlier != nullptr ? earlier->attempts : 0) + (boots.begun ? 0 : 1);
    if (!boots.begun) {
      if (auto written = writer_.started(out.id, {.attempt = out.attempts}); !written) give_up(written.error());
    }
    const auto boot = target_.boot();
    if (!boot) {
      action::set_error(out, boot.error());
      co_return out;
    }
    if (boots.open && boots.open->boot_id == boot->id) {
      Reboot same{.asked = std::move(*boots.open)};
      if (!read_command(index, same, out)) co_return out;
      co_return wait_for_boot(std::move(out), std::move(same));
    }
    if (boots.open) {
      const hardware::Facts now = co_await facts_now();
      const Returned returned{.boot = *boot,
                              .left = boots.left,
                              .now = clock_.wall(),
                              .at_boot = options_.resume.at_boot,
                              .before = facts_,
                              .facts = now};
      const record::QuestionRecord back = judge_return(*boots.open, returned, action.within);
      if (auto written = writer_.answered(back); !written) give_up(written.error());
      tell(Answered{back});
      boots.seconds.push_back(back.answer["seconds"].get<double>());
      boots.problem = back.note;
    }
    const auto done = static_cast<std::int64_t>(boots.seconds.size());
    if (!boots.problem.empty() || done >= action.times) co_return booted(index, std::move(out), boots);
    Reboot next{.asked = {.step = out.id,
                          .question = "reboot " + std::to_string(done + 1) + " of " + std::to_string(action.times),
                          .type = "boot",
                          .boot_id = boot->id,
                          .number = done + 1,
                          .of = action.times},
                .due = true};
    if (!read_command(index, next, out)) co_return out;
    if (!stop.requested()) {
      next.asked.asked = clock_.wall();
      auto written = writer_.waiting(next.asked);
      if (written) written = co_await writer_.on_disk();
      if (!written) give_up(written.error());
    }
    if (!stop.requested()) co_return wait_for_boot(std::move(out), std::move(next));
    out.status = record::Status::kCancelled;
    out.verdict = record::Verdict::kError;
    out.reason = "stopped on request";
    co_return out;
  }

  bool read_command(std::size_t index, Reboot& reboot, record::StepRecord& out) const {
    const action::Names names(gate_.scope_of(index));
    for (const recipe::TextField& field : plan_.steps[index].step->reboot->command) {
      auto word = names.text(field);
      if (!word) {
        action::set_error(out, word.error());
        return false;
      }
      reboot.command.push_back(std::move(*word));
    }
    return true;
  }

  // The run ends here in order, so that the machine can be rebooted: nothing else is at work, nothing else starts.
  record::StepRecord wait_for_boot(record::StepRecord out, Reboot next) {
    tell(Waiting{next.asked});
    reboot_ = std::move(next);
    waits_ = true;
    out.status = record::Status::kWaiting;
    questions_.close();
    finish();
    return out;
  }

  record::StepRecord booted(std::size_t index, record::StepRecord out, const Boots& boots) {
    results_.set_outputs(index, outputs_of(boots));
    out.outputs = expr::to_json(results_.outputs(index));
    out.status = record::Status::kFinished;
    out.change = "changed";
    out.verdict = boots.problem.empty() ? record::Verdict::kPass : record::Verdict::kFail;
    if (!boots.problem.empty()) {
      out.failure = "business";
      out.reason = boots.problem;
    }
    return out;
  }

  asio::awaitable<hardware::Facts> facts_now() {
    auto facts = co_await asio::co_spawn(
        world_.worker(loop_), [this]() -> asio::awaitable<hardware::Facts> { co_return target_.collect_facts(); },
        asio::use_awaitable);
    co_return facts;
  }

  // What becomes of a step that destroys and was cut off: the recipe or a person says. nullopt: it is done again;
  // kWaiting: nobody has said yet.
  asio::awaitable<std::optional<record::StepRecord>> decide_interrupted(std::size_t index) {
    const Again again = taken_.instances[index];
    if (again != Again::kAsk && again != Again::kFail) co_return std::nullopt;
    record::StepRecord out = results_[index];
    out.attempts = taken_.of[index]->attempts;
    std::string choice = "fail";
    if (again == Again::kAsk) {
      record::QuestionRecord question{
          .step = out.id,
          .question = "'" + out.id +
                      "' destroys what it works on and was cut off: do it again (rerun), take it as done "
                      "(done), or let it fail (fail)?",
          .type = "enum",
          .choices = {"rerun", "done", "fail"}};
      const auto answer = co_await ask(index, std::move(question));
      if (!answer) {
        out.status = record::Status::kWaiting;
        co_return out;
      }
      if (answer->answer.is_string()) choice = answer->answer.get<std::string>();
    }
    if (choice == "rerun") co_return std::nullopt;
    if (choice == "done") {
      out.status = record::Status::kFinished;
      out.verdict = record::Verdict::kPass;
      out.change = "changed";
      out.reason = "taken as done by a person after it was cut off";
      co_return out;
    }
    action::set_error(out,
                      {.code = Code::kNotResumable, .message = "it destroys and was cut off; it is not done again"});
    co_return out;
  }

  // Puts a question and waits; nullopt: no answer in this session.
  asio::awaitable<std::optional<record::QuestionRecord>> ask(std::size_t index, record::QuestionRecord question) {
    if (const auto known = answers_.find(question.step); known != answers_.end()) {
      auto answer = std::move(known->second);
      answers_.erase(known);
      co_return answer;
    }
    question.asked = clock_.wall();
    // One that was asked in an earlier session and has no answer is still the same question.
    const bool asked_before = asked_.count(question.step) > 0;
    if (!asked_before) {
      auto written = writer_.waiting(question);
      if (written) written = co_await writer_.on_disk();
      if (!written) give_up(written.error());
    }
    tell(Waiting{question});
    results_[index].status = record::Status::kWaiting;
    scheduler_.lend_job(index);
    machine_.leave(index);  // others need not wait for a person
    ++waiting_;
    auto waiting = questions_.ask(std::move(question));
    asio::post(loop_, [this] { advance(); });
    auto answer = co_await std::move(waiting);
    --waiting_;
    if (!answer) co_return std::nullopt;
    scheduler_.take_back(index);
    co_await return_to_machine(index);
    answer->answered = clock_.wall();
    if (auto written = writer_.answered(*answer); !written) give_up(written.error());
    tell(Answered{*answer});
    co_return answer;
  }

  // After an answer: others may have come meanwhile. A stop ends the wait, and the step sees it.
  asio::awaitable<void> return_to_machine(std::size_t index) {
    constexpr std::chrono::milliseconds kWait{100};
    const int before = stop_requests_;
    while (stop_requests_ == before) {
      const auto entered = machine_.enter(index, plan_.steps[index].noisy);
      if (!entered) give_up(entered.error());
      if (!entered || *entered) co_return;
      co_await world_.sleep_until(loop_.get_executor(), clock_.steady() + kWait);
    }
  }

  void settle(std::size_t index, record::StepRecord result) {
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

  const plan::Plan& plan_;
  const hardware::Facts& facts_;
  const target::Target& target_;
  const RunOptions& options_;
  const std::vector<Observer*>& observers_;
  const Clock& clock_;
  World& world_;
  asio::io_context loop_;
  record::RunWriter writer_;
  std::unique_ptr<system::Processes> processes_;
  int stop_requests_ = 0;
  Results results_;
  Scheduler scheduler_;
  Gate gate_;
  Questions questions_;
  action::ScratchFolders scratch_;
  MachineTurn machine_;
  asio::signal_set signals_;
  asio::steady_timer tick_;
  asio::steady_timer deadline_;
  std::set<std::string> noted_;  // programs that the record knows
  std::vector<record::PreconditionRecord> preconditions_;
  std::optional<record::ResumeRecord> resumed_;
  Taken taken_;                                            // empty in a new run
  std::map<std::string, record::QuestionRecord> answers_;  // given before this session, by step
  std::optional<Reboot> reboot_;
  std::set<std::string> asked_;  // before this session, without an answer yet
  std::size_t waiting_ = 0;      // steps that wait for a person
  Interruption interruption_ = Interruption::kNone;
  std::string problem_;
  bool journal_lost_ = false;
  bool no_room_ = false;
  bool late_ = false;
  bool waits_ = false;
  bool advancing_ = false;
  bool finished_ = false;
};

Json header_of(const plan::Plan& plan, const RunOptions& options) {
  Json header = {{"assay", options.assay_version},       {"source", source_of(plan, options.ask_git)},
                 {"params", expr::to_json(plan.params)}, {"params_from", plan.param_origins},
                 {"command", options.command_line},      {"user", static_cast<std::int64_t>(::getuid())}};
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) header["host"] = host.data();
  if (!plan.sources.empty()) header["sources"] = plan::to_json(plan.sources);
  if (!options.made_from.is_null()) header["made_from"] = options.made_from;
  if (!options.undo_of.empty()) header["undo_of"] = options.undo_of;
  return header;
}

}  // namespace

Result<RunResult> execute_plan(const plan::Plan& plan, const hardware::Facts& facts, const target::Target& target,
                               const RunOptions& options, const std::vector<Observer*>& observers, const Clock& clock) {
  RealWorld world;
  return execute_plan(plan, facts, target, options, observers, clock, world);
}

Result<RunResult> execute_plan(const plan::Plan& plan, const hardware::Facts& facts, const target::Target& target,
                               const RunOptions& options, const std::vector<Observer*>& observers, const Clock& clock,
                               World& world) {
  const record::RunRecord* const earlier = options.resume.record;
  const std::string id = earlier != nullptr ? earlier->id : record::make_run_id(clock.wall(), std::random_device{}());
  std::unique_ptr<target::MachineAccess> machine;
  if (options.machine) {
    ASSAY_TRY(machine, options.machine(id));
  }
  const secret::Redactor redactor = options.secrets ? options.secrets->redactor() : secret::Redactor();
  auto opened = earlier != nullptr
                    ? record::RunWriter::reopen(*earlier, clock, redactor)
                    : record::RunWriter::create(options.store, id, header_of(plan, options), clock, redactor);
  if (!opened) return failure(std::move(opened).error());
  // Who takes a run up again has locked it before it was read.
  std::optional<record::RunLock> lock;
  if (earlier == nullptr) {
    ASSAY_TRY(lock, record::RunLock::take(options.store, id, clock));
  }
  ASSAY_CHECK(make_directories(options.store / "tmp"));
  ASSAY_TRY(const TemporaryDirectory work, TemporaryDirectory::create(options.store / "tmp", id + "."));
  Engine engine(plan, facts, target, options, observers, clock, world, std::move(*opened), work.path(), machine.get());
  RunResult result = engine.run();
  if (result.reboot) result.machine = std::move(machine);
  return result;
}

}  // namespace assay::run
