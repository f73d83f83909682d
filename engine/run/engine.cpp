// SPDX-License-Identifier: Apache-2.0
#include "engine/run/engine.h"

#include <signal.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>
#include <thread>

#include "engine/action/actions.h"
#include "engine/base/sha256.h"
#include "engine/record/store.h"
#include "engine/run/scheduler.h"
#include "engine/system/descendants.h"
#include "engine/system/git.h"
#include "engine/target/preconditions.h"

namespace assay::run {
namespace asio = boost::asio;
namespace {

class StopFlag final : public system::StopRequest {
 public:
  [[nodiscard]] bool requested() const override { return count_ > 0; }
  [[nodiscard]] bool urgent() const override { return count_ > 1; }
  void request() { ++count_; }

 private:
  int count_ = 0;
};

// A broken invariant in a coroutine must reach main(): `detached` would swallow it and the loop would wait for ever.
void rethrow(const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

Json source_of(const plan::Plan& plan) {
  Json source = {{"kind", plan.kind},
                 {"name", plan.metadata.name},
                 {"version", plan.metadata.version},
                 {"summary", plan.metadata.summary},
                 {"path", std::filesystem::absolute(plan.path).lexically_normal().string()},
                 {"sha256", sha256_hex(plan.source_text)}};
  if (!plan.metadata.summary_zh.empty()) source["summary_zh"] = plan.metadata.summary_zh;
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
  Engine(const plan::Plan& plan, const hardware::Facts& facts, const target::LocalTarget& target,
         const RunOptions& options, const std::vector<Observer*>& observers, const Clock& clock,
         record::RunWriter writer)
      : plan_(plan),
        facts_(facts),
        target_(target),
        options_(options),
        observers_(observers),
        clock_(clock),
        writer_(std::move(writer)),
        worker_(1),
        processes_(loop_.get_executor()),
        scheduler_(plan, options.jobs > 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency())),
        signals_(loop_),
        tick_(loop_) {}

  RunResult run(const std::filesystem::path& work_root) {
    work_root_ = work_root;
    for (const plan::PlannedStep& step : plan_.steps) results_.push_back(action::planned_record(step, target_.name()));
    outputs_.resize(results_.size());
    for (std::size_t i = 0; i < results_.size(); ++i) index_.emplace(results_[i].id, i);
    watch_signals();
    asio::co_spawn(loop_, begin(), rethrow);
    loop_.run();
    worker_.join();
    system::reap_all();
    RunResult result{.id = writer_.id(),
                     .folder = writer_.folder(),
                     .outcome = judge_run(results_, interruption_, broken()),
                     .problem = problem_};
    if (!journal_lost_) {
      if (auto sealed = writer_.sealed(result.outcome.verdict, result.outcome.exit_code, problem_); !sealed)
        result.problem = sealed.error().message;
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
      if (error) return;
      // Ctrl-C wins over finished children: the user wants out now.
      if (interruption_ == Interruption::kNone)
        interruption_ = signal == SIGINT ? Interruption::kInterrupt : Interruption::kTerminate;
      stop_all();
      wait_for_signal();
    });
  }
  void wait_for_tick() {
    tick_.expires_after(std::chrono::milliseconds(100));
    tick_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      for (Observer* observer : observers_) observer->on_tick();
      wait_for_tick();
    });
  }
  void stop_all() {
    stop_.request();
    tell(Stopping{stop_.urgent()});
    processes_.wake_all();
    advance();
  }
  // The record cannot be written: nothing new starts, what runs is ended.
  void give_up(const Diagnostic& problem) {
    if (problem_.empty()) problem_ = problem.message;
    if (problem.code == Code::kJournal) journal_lost_ = true;
    stop_.request();
    processes_.wake_all();
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
    signals_.cancel();
    tick_.cancel();
  }

  asio::awaitable<void> perform(std::size_t index) {
    results_[index].started = clock_.wall();
    const auto begin = clock_.steady();
    tell(StepStarted{results_[index].id});
    action::StepContext context{.planned = plan_.steps[index],
                                .loop = loop_.get_executor(),
                                .worker = worker_.get_executor(),
                                .writer = writer_,
                                .processes = processes_,
                                .stop = stop_,
                                .clock = clock_,
                                .target = target_,
                                .facts = facts_,
                                .work_root = work_root_,
                                .grace = options_.grace,
                                .step_value = [this](const std::string& id) { return step_value(id); },
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
    if (stop_.requested() && !mentions(planned, "always")) {
      out.status = record::Status::kCancelled;
      out.verdict = record::Verdict::kSkipped;
      out.reason = broken() ? "not started: " + problem_ : "not started: the run was stopped";
      out.skip_kind = "cancelled";
      return out;
    }
    if (planned.skip) return skipped(planned.skip->reason, planned.skip->kind);
    const bool own_condition =
        mentions(planned, "success") || mentions(planned, "failure") || mentions(planned, "always");
    if (!own_condition && !planned.order_only && !scheduler_.success(index)) {
      if (planned.step->action == recipe::ActionKind::kSuite) return suite_result(planned, std::move(out));
      const auto culprit = scheduler_.culprit(index);
      return skipped("needs " + (culprit ? plan_.steps[*culprit].id : std::string("a step that failed")), "needs");
    }
    if (planned.step->condition) {
      const auto holds = evaluate_condition(index);
      if (!holds) {
        action::set_error(out, holds.error());
        return out;
      }
      if (!*holds) return skipped("condition: " + planned.step->condition->expression.text(), "condition");
    }
    if (planned.step->action == recipe::ActionKind::kSuite) return suite_result(planned, std::move(out));
    return std::nullopt;
  }

  // A suite step does nothing itself: it is as good as its tests.
  record::StepRecord suite_result(const plan::PlannedStep& planned, record::StepRecord out) const {
    std::vector<record::StepRecord> tests;
    for (const std::size_t test : planned.groups) tests.push_back(results_[test]);
    out.verdict = judge_run(tests, Interruption::kNone, false).verdict;
    out.status = record::Status::kFinished;
    if (out.verdict != record::Verdict::kPass) out.reason = "its tests: " + std::string(record::to_string(out.verdict));
    return out;
  }

  static bool mentions(const plan::PlannedStep& planned, const std::string& function) {
    return planned.step->condition && planned.step->condition->expression.calls().count(function) > 0;
  }

  Result<bool> evaluate_condition(std::size_t index) {
    const plan::PlannedStep& planned = plan_.steps[index];
    expr::Activation names;
    const auto& references = planned.step->condition->expression.references();
    names.variable = [this, &planned, &references](std::string_view name) -> std::optional<expr::Value> {
      if (name == "params") return planned.params;
      if (name == "facts") return facts_.tree;
      expr::Map map;
      if (name == "target") map.set("name", expr::Value::string(target_.name()));
      if (name == "run") map.set("id", expr::Value::string(writer_.id()));
      if (name == "env") {
        for (const auto& [key, value] : target_.step_environment()) map.set(key, expr::Value::string(value));
      }
      if (name == "steps") {
        for (const std::string& reference : references) {
          if (!reference.starts_with("steps.")) continue;
          const std::string id = reference.substr(6, reference.find('.', 6) - 6);
          if (map.find(id) == nullptr) map.set(id, step_value(id));
        }
      }
      return expr::Value::map(std::move(map));
    };
    names.function = [this, index](std::string_view name) -> std::optional<expr::Value> {
      if (name == "success") return expr::Value::boolean(scheduler_.success(index));
      if (name == "failure") return expr::Value::boolean(scheduler_.failure(index));
      if (name == "always") return expr::Value::boolean(true);
      return std::nullopt;
    };
    ASSAY_TRY(const expr::Value value, expr::evaluate(planned.step->condition->expression, names));
    if (value.is(expr::Kind::kBool)) return value.as_bool();
    return failure(Diagnostic{.code = Code::kWrongType,
                              .where = planned.step->condition->where,
                              .message = "'if' must give bool, this gives " + expr::type_name(value)});
  }

  // steps.<id>: status, verdict, exit_code and outputs of a settled step; a skipped one has no outputs.
  expr::Value step_value(const std::string& id) const {
    expr::Map map;
    const auto found = index_.find(id);
    if (found == index_.end()) return expr::Value::map(std::move(map));
    const record::StepRecord& step = results_[found->second];
    map.set("status", expr::Value::string(std::string(record::to_string(step.status))));
    map.set("verdict", expr::Value::string(std::string(record::to_string(step.verdict))));
    if (step.exit_code) map.set("exit_code", expr::Value::integer(*step.exit_code));
    if (const expr::Value& outputs = outputs_[found->second]; outputs.is(expr::Kind::kMap)) map.set("outputs", outputs);
    return expr::Value::map(std::move(map));
  }

  const plan::Plan& plan_;
  const hardware::Facts& facts_;
  const target::LocalTarget& target_;
  const RunOptions& options_;
  const std::vector<Observer*>& observers_;
  const Clock& clock_;
  record::RunWriter writer_;
  asio::io_context loop_;
  asio::thread_pool worker_;
  system::ProcessRunner processes_;
  StopFlag stop_;
  Scheduler scheduler_;
  asio::signal_set signals_;
  asio::steady_timer tick_;
  std::filesystem::path work_root_;
  std::vector<record::StepRecord> results_;  // in plan order
  std::vector<expr::Value> outputs_;         // of settled steps; null: none
  std::map<std::string, std::size_t> index_;
  Interruption interruption_ = Interruption::kNone;
  std::string problem_;
  bool journal_lost_ = false;
  bool advancing_ = false;
};

}  // namespace

Result<RunResult> execute_plan(const plan::Plan& plan, const hardware::Facts& facts, const target::LocalTarget& target,
                               const RunOptions& options, const std::vector<Observer*>& observers, const Clock& clock) {
  system::become_subreaper();
  const std::string id = record::make_run_id(clock.wall(), std::random_device{}());
  const Json header = {{"assay", options.assay_version},
                       {"source", source_of(plan)},
                       {"params", expr::to_json(plan.params)},
                       {"command", options.command_line},
                       {"user", static_cast<std::int64_t>(::getuid())}};
  ASSAY_TRY(record::RunWriter writer, record::RunWriter::create(options.store, id, header, clock));
  ASSAY_CHECK(make_directories(options.store / "tmp"));
  ASSAY_TRY(const TemporaryDirectory work, TemporaryDirectory::create(options.store / "tmp", id + "."));
  Engine engine(plan, facts, target, options, observers, clock, std::move(writer));
  return engine.run(work.path());
}

}  // namespace assay::run
