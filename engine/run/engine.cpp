// SPDX-License-Identifier: Apache-2.0
#include "engine/run/engine.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <random>
#include <thread>
#include <unordered_map>

#include "engine/action/actions.h"
#include "engine/base/sha256.h"
#include "engine/plan/matrix.h"
#include "engine/record/store.h"
#include "engine/run/scheduler.h"
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
                 {"sha256", sha256_hex(plan.source_text)}};
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
         const std::vector<Observer*>& observers, const Clock& clock, World& world, record::RunWriter writer)
      : plan_(plan),
        facts_(facts),
        target_(target),
        options_(options),
        observers_(observers),
        clock_(clock),
        world_(world),
        writer_(std::move(writer)),
        processes_(world.processes(loop_)),
        scheduler_(plan, options.jobs > 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency())),
        signals_(loop_),
        tick_(loop_) {}

  RunResult run(const std::filesystem::path& work_root) {
    work_root_ = work_root;
    for (const plan::PlannedStep& step : plan_.steps) {
      results_.push_back(action::planned_record(step, target_.name()));
      record::StepRecord& record = results_.back();
      for (const std::size_t need : plan_.groups[step.group].needs) record.needs.push_back(plan_.groups[need].id);
      if (step.step->condition) record.condition = step.step->condition->expression.text();
    }
    outputs_.resize(results_.size());
    for (std::size_t i = 0; i < plan_.groups.size(); ++i) groups_.emplace(plan_.groups[i].id, i);
    for (std::size_t i = 0; i < results_.size(); ++i) {
      if (const auto key = row_key(plan_.groups[plan_.steps[i].group], plan_.steps[i].matrix)) rows_.emplace(*key, i);
    }
    watch_signals();
    asio::co_spawn(loop_, begin(), rethrow);
    world_.run(loop_);
    RunResult result{.id = writer_.id(),
                     .folder = writer_.folder(),
                     .outcome = judge_run(results_, interruption_, broken()),
                     .problem = problem_};
    if (!journal_lost_) {
      if (auto sealed = writer_.sealed(result.outcome.verdict, result.outcome.exit_code, problem_); !sealed) {
        // A record that does not say how the run ended is not one that passed.
        result.problem = sealed.error().message;
        result.outcome = judge_run(results_, interruption_, true);
      }
    }
    tell(RunFinished{result.outcome.verdict, result.outcome.exit_code, result.problem});
    return result;
  }

 private:
  [[nodiscard]] bool broken() const { return !problem_.empty(); }

  void tell(const Event& event) {
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
      wait_for_tick();
    });
  }
  void stop_all() {
    ++stop_requests_;
    tell(Stopping{stop_requests_ > 1});
    processes_->wake_all();
    advance();
  }
  // The record cannot be written: nothing new starts, what runs is ended.
  void give_up(const Diagnostic& problem) {
    if (problem_.empty()) problem_ = problem.message;
    if (problem.code == Code::kJournal) journal_lost_ = true;
    ++stop_requests_;
    processes_->wake_all();
  }

  asio::awaitable<void> begin() {
    if (auto recorded = co_await record_start(); !recorded) {
      give_up(recorded.error());
      finish();
      co_return;
    }
    advance();
  }

  asio::awaitable<Result<void>> record_start() {
    std::vector<record::PreconditionRecord> preconditions;
    if (options_.measure_preconditions) {
      const auto before = target::take_cpu_snapshot();
      asio::steady_timer timer(loop_, std::chrono::milliseconds(700));
      co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
      for (auto& item : target::observe_preconditions(before, target::take_cpu_snapshot())) {
        preconditions.push_back({.name = item.name,
                                 .observed = item.observed,
                                 .wanted = item.wanted,
                                 .good = item.good,
                                 .note = item.note});
      }
    }
    if (auto written = writer_.planned(results_); !written) co_return written;
    if (!facts_.tree.is(expr::Kind::kNull)) {
      auto stored = record::store_bytes(writer_.folder(), assay::to_json_line(hardware::to_json(facts_)), "facts.json");
      if (!stored) co_return failure(std::move(stored).error());
      if (auto written = writer_.facts(target_.name(), *stored); !written) co_return written;
    }
    if (!preconditions.empty()) {
      if (auto written = writer_.preconditions(preconditions); !written) co_return written;
    }
    if (auto written = record_tools(); !written) co_return written;
    tell(RunStarted{.run = writer_.id(),
                    .title = plan_.metadata.name,
                    .folder = writer_.folder(),
                    .steps = results_,
                    .preconditions = preconditions});
    co_return Result<void>{};
  }

  Result<void> record_tools() {
    std::vector<record::ToolRecord> tools;
    for (const std::string& name : plan_.tools) {
      const auto tool = target_.identify_tool(name);
      if (tool) tools.push_back({tool->name, tool->path, tool->version, tool->sha256});
    }
    return tools.empty() ? Result<void>{} : writer_.tools(tools);
  }

  // Starts what can start, settles what will not run, until nothing more can be done now.
  void advance() {
    if (advancing_) return;  // settle() below comes back here
    advancing_ = true;
    while (const auto next = scheduler_.next()) {
      const std::size_t index = *next;
      if (auto skipped = reason_not_to_run(index)) {
        settle(index, std::move(*skipped));
        continue;
      }
      scheduler_.start(index);
      asio::co_spawn(loop_, perform(index), rethrow);
    }
    advancing_ = false;
    if (scheduler_.done()) finish();
  }

  void finish() {
    finished_ = true;
    signals_.cancel();
    tick_.cancel();
  }

  asio::awaitable<void> perform(std::size_t index) {
    results_[index].started = clock_.wall();
    const auto begin = clock_.steady();
    tell(StepStarted{results_[index].id});
    const StopSinceStart stop(stop_requests_);
    action::StepContext context{.planned = plan_.steps[index],
                                .loop = loop_.get_executor(),
                                .worker = world_.worker(loop_),
                                .writer = writer_,
                                .processes = *processes_,
                                .stop = stop,
                                .clock = clock_,
                                .target = target_,
                                .scope = scope_of(index),
                                .work_root = work_root_,
                                .grace = options_.grace,
                                .progress =
                                    [this, index](const action::Progress& p) {
                                      tell(StepProgress{results_[index].id, p});
                                    },
                                .outputs = {}};
    auto done = co_await action::perform(context);
    outputs_[index] = std::move(context.outputs);
    if (!done) {
      give_up(done.error());
      done = results_[index];
      action::set_error(*done, {.code = Code::kJournal, .message = problem_});
    }
    done->started = results_[index].started;
    done->finished = clock_.wall();
    done->duration_s = std::chrono::duration<double>(clock_.steady() - begin).count();
    settle(index, std::move(*done));
    advance();
  }

  void settle(std::size_t index, record::StepRecord result) {
    results_[index] = std::move(result);
    if (!journal_lost_) {
      if (auto written = writer_.finished(results_[index]); !written) give_up(written.error());
    }
    tell(StepFinished{results_[index]});
    scheduler_.settle(index, results_[index]);
  }

  // A record of why the step does not run, or nullopt: it runs.
  std::optional<record::StepRecord> reason_not_to_run(std::size_t index) {
    const plan::PlannedStep& planned = plan_.steps[index];
    record::StepRecord out = results_[index];
    const auto skipped = [&](std::string reason, std::string kind) {
      out.status = record::Status::kSkipped;
      out.verdict = record::Verdict::kSkipped;
      out.reason = std::move(reason);
      out.skip_kind = std::move(kind);
      return out;
    };
    // After a first stop what must always be done is done; after a second one, or without a record, nothing is.
    const bool nothing_starts = stop_requests_ > 1 || broken();
    if (nothing_starts || (stop_requests_ > 0 && !mentions(planned, "always"))) {
      out.status = record::Status::kCancelled;
      out.verdict = record::Verdict::kSkipped;
      out.reason = broken() ? "not started: " + problem_ : "not started: the run was stopped";
      out.skip_kind = "cancelled";
      return out;
    }
    if (planned.skip) return skipped(planned.skip->reason, planned.skip->kind);
    const bool own_condition =
        mentions(planned, "success") || mentions(planned, "failure") || mentions(planned, "always");
    const bool container = !planned.members.empty();
    if (!container && !own_condition && !planned.order_only && !scheduler_.success(index)) {
      const auto culprit = scheduler_.culprit(index);
      return skipped("needs " + (culprit ? plan_.steps[*culprit].id : std::string("a step that failed")), "needs");
    }
    for (auto outer = planned.container; outer; outer = plan_.steps[*outer].container) {
      const auto holds = lets_members_run(*outer, index);
      if (!holds) return with_error(std::move(out), holds.error());
      if (!*holds) return skipped("condition of " + plan_.steps[*outer].id, "condition");
    }
    if (planned.step->condition) {
      const auto holds = container ? lets_members_run(index, index) : evaluate_condition(index, index);
      if (!holds) return with_error(std::move(out), holds.error());
      if (!*holds) return skipped("condition: " + planned.step->condition->expression.text(), "condition");
    }
    if (container) return container_result(index, std::move(out));
    // A suite or a recipe in use without a step to run: skipped or empty, there is nothing to do.
    const auto action = planned.step->action;
    if (action == recipe::ActionKind::kSuite || action == recipe::ActionKind::kUse)
      return container_result(index, std::move(out));
    return std::nullopt;
  }

  static record::StepRecord with_error(record::StepRecord out, const Diagnostic& problem) {
    action::set_error(out, problem);
    return out;
  }

  // The condition of a container, asked once: when its first member could start.
  Result<bool> lets_members_run(std::size_t container, std::size_t asking) {
    if (!plan_.steps[container].step->condition) return true;
    if (const auto known = open_.find(container); known != open_.end()) return known->second;
    return open_.emplace(container, evaluate_condition(container, asking)).first->second;
  }

  // A suite or a used recipe does nothing itself: it is as good as what is inside it.
  record::StepRecord container_result(std::size_t index, record::StepRecord out) {
    const plan::PlannedStep& planned = plan_.steps[index];
    std::vector<record::StepRecord> inside;
    std::optional<std::string> not_run;
    out.finished = clock_.wall();
    for (const std::size_t member : planned.members) {
      inside.push_back(results_[member]);
      if (inside.back().started && (!out.started || *inside.back().started < *out.started))
        out.started = inside.back().started;
      if (results_[member].skip_kind == "needs") not_run = results_[member].reason;
    }
    out.verdict = judge_run(inside, Interruption::kNone, false).verdict;
    out.status = record::Status::kFinished;
    if (not_run && out.verdict == record::Verdict::kInconclusive) {
      out.verdict = record::Verdict::kSkipped;
      out.status = record::Status::kSkipped;
      out.skip_kind = "needs";
      out.reason = *not_run;
      return out;
    }
    if (out.verdict != record::Verdict::kPass)
      out.reason = (planned.used ? "its steps: " : "its tests: ") + std::string(record::to_string(out.verdict));
    if (planned.used) read_outputs(index, out);
    return out;
  }

  // The outputs of a used recipe, over its steps.
  void read_outputs(std::size_t index, record::StepRecord& out) {
    const plan::PlannedStep& planned = plan_.steps[index];
    plan::PlannedStep inside;
    inside.params = planned.used_params;
    inside.scope = planned.id + '/';
    const action::Names names(
        {.planned = inside,
         .facts = facts_,
         .target = target_,
         .run = writer_.id(),
         .step_value = [this, &inside](const std::string& id) { return step_value(inside, id); }});
    expr::Map outputs;
    for (const auto& [name, field] : planned.used->outputs) {
      auto value = names.evaluate(field.expression);
      if (value) {
        outputs.set(name.text, std::move(*value));
      } else if (out.verdict == record::Verdict::kPass) {
        action::set_error(out, value.error());
      }
    }
    outputs_[index] = expr::Value::map(std::move(outputs));
    out.outputs = expr::to_json(outputs_[index]);
  }

  static bool mentions(const plan::PlannedStep& planned, const std::string& function) {
    return planned.step->condition && planned.step->condition->expression.calls().count(function) > 0;
  }

  // `asking`: the instance whose needs the status functions look at.
  Result<bool> evaluate_condition(std::size_t index, std::size_t asking) {
    const recipe::ExpressionField& condition = *plan_.steps[index].step->condition;
    action::Names names(scope_of(index));
    names.set_function("success", expr::Value::boolean(scheduler_.success(asking)));
    names.set_function("failure", expr::Value::boolean(scheduler_.failure(asking)));
    names.set_function("always", expr::Value::boolean(true));
    ASSAY_TRY(const expr::Value value, names.evaluate(condition.expression));
    if (value.is(expr::Kind::kBool)) return value.as_bool();
    return failure(Diagnostic{.code = Code::kWrongType,
                              .where = condition.where,
                              .message = "'if' must give bool, this gives " + expr::type_name(value)});
  }

  action::Scope scope_of(std::size_t index) const {
    return {.planned = plan_.steps[index],
            .facts = facts_,
            .target = target_,
            .run = writer_.id(),
            .step_value = [this, index](const std::string& id) { return step_value(plan_.steps[index], id); }};
  }

  // steps.<id> as `viewer` sees it: the instance with its own row where there is one, else all of them (semantics 2.4).
  expr::Value step_value(const plan::PlannedStep& viewer, const std::string& id) const {
    const auto found = groups_.find(viewer.scope + id);
    if (found == groups_.end()) return expr::Value::map({});
    const plan::Group& group = plan_.groups[found->second];
    if (group.count == 1 && !plan_.steps[group.first].step->matrix) return instance_value(group.first);
    if (const auto same = same_row(group, viewer)) return instance_value(*same);
    return aggregate_value(group);
  }

  // The instance of the group whose axes have the values that the viewer's row has.
  std::optional<std::size_t> same_row(const plan::Group& group, const plan::PlannedStep& viewer) const {
    const auto key = row_key(group, viewer.matrix);
    const auto found = key ? rows_.find(*key) : rows_.end();
    return found == rows_.end() ? std::nullopt : std::optional(found->second);
  }

  // The axes of a group's step with the values of a row; nullopt when the row lacks one.
  std::optional<std::string> row_key(const plan::Group& group, const expr::Value& row) const {
    const auto& matrix = plan_.steps[group.first].step->matrix;
    if (!matrix || matrix->axes.empty() || !row.is(expr::Kind::kMap)) return std::nullopt;
    expr::Map axes;
    for (const recipe::Axis& axis : matrix->axes) {
      const expr::Value* value = row.as_map().find(axis.name.text);
      if (value == nullptr) return std::nullopt;
      axes.set(axis.name.text, *value);
    }
    return plan::instance_id(group.id, axes);
  }

  // status, verdict, exit_code and outputs of a settled instance; a skipped one has no outputs.
  expr::Value instance_value(std::size_t index) const {
    expr::Map map;
    const record::StepRecord& step = results_[index];
    map.set("status", expr::Value::string(std::string(record::to_string(step.status))));
    map.set("verdict", expr::Value::string(std::string(record::to_string(step.verdict))));
    if (step.exit_code) map.set("exit_code", expr::Value::integer(*step.exit_code));
    if (const expr::Value& outputs = outputs_[index]; outputs.is(expr::Kind::kMap)) map.set("outputs", outputs);
    return expr::Value::map(std::move(map));
  }

  expr::Value aggregate_value(const plan::Group& group) const {
    std::vector<record::StepRecord> all;
    expr::List instances;
    for (std::size_t i = group.first; i < group.first + group.count; ++i) {
      all.push_back(results_[i]);
      if (plan_.steps[i].matrix.is(expr::Kind::kNull)) continue;  // stands for a matrix without rows
      expr::Map one = instance_value(i).as_map();
      one.set("target", expr::Value::string(target_.name()));
      one.set("matrix", plan_.steps[i].matrix);
      instances.push_back(expr::Value::map(std::move(one)));
    }
    const auto worst = std::max_element(
        all.begin(), all.end(), [](const auto& a, const auto& b) { return badness(a.status) < badness(b.status); });
    expr::Map map;
    map.set("status", expr::Value::string(std::string(record::to_string(worst->status))));
    map.set("verdict",
            expr::Value::string(std::string(record::to_string(judge_run(all, Interruption::kNone, false).verdict))));
    map.set("instances", expr::Value::list(std::move(instances)));
    return expr::Value::map(std::move(map));
  }

  static int badness(record::Status status) {
    switch (status) {
      case record::Status::kError: return 3;
      case record::Status::kCancelled: return 2;
      case record::Status::kSkipped: return 1;
      default: return 0;
    }
  }

  const plan::Plan& plan_;
  const hardware::Facts& facts_;
  const target::Target& target_;
  const RunOptions& options_;
  const std::vector<Observer*>& observers_;
  const Clock& clock_;
  World& world_;
  record::RunWriter writer_;
  asio::io_context loop_;
  std::unique_ptr<system::Processes> processes_;
  int stop_requests_ = 0;
  Scheduler scheduler_;
  asio::signal_set signals_;
  asio::steady_timer tick_;
  std::filesystem::path work_root_;
  std::vector<record::StepRecord> results_;                 // in plan order
  std::vector<expr::Value> outputs_;                        // of settled steps; null: none
  std::map<std::string, std::size_t, std::less<>> groups_;  // by id
  std::unordered_map<std::string, std::size_t> rows_;       // instances of matrices, by the values of their axes
  std::map<std::size_t, Result<bool>> open_;                // whether containers let their members run
  Interruption interruption_ = Interruption::kNone;
  std::string problem_;
  bool journal_lost_ = false;
  bool advancing_ = false;
  bool finished_ = false;
};

}  // namespace

Result<RunResult> execute_plan(const plan::Plan& plan, const hardware::Facts& facts, const target::Target& target,
                               const RunOptions& options, const std::vector<Observer*>& observers, const Clock& clock) {
  RealWorld world;
  return execute_plan(plan, facts, target, options, observers, clock, world);
}

Result<RunResult> execute_plan(const plan::Plan& plan, const hardware::Facts& facts, const target::Target& target,
                               const RunOptions& options, const std::vector<Observer*>& observers, const Clock& clock,
                               World& world) {
  const std::string id = record::make_run_id(clock.wall(), std::random_device{}());
  Json header = {{"assay", options.assay_version},       {"source", source_of(plan, options.ask_git)},
                 {"params", expr::to_json(plan.params)}, {"params_from", plan.param_origins},
                 {"command", options.command_line},      {"user", static_cast<std::int64_t>(::getuid())}};
  if (!plan.sources.empty()) header["sources"] = plan::to_json(plan.sources);
  ASSAY_TRY(record::RunWriter writer, record::RunWriter::create(options.store, id, header, clock));
  ASSAY_CHECK(make_directories(options.store / "tmp"));
  ASSAY_TRY(const TemporaryDirectory work, TemporaryDirectory::create(options.store / "tmp", id + "."));
  Engine engine(plan, facts, target, options, observers, clock, world, std::move(writer));
  return engine.run(work.path());
}

}  // namespace assay::run
