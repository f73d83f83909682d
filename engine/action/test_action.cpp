// SPDX-License-Identifier: Apache-2.0
// A test: warm-up, samples until enough, criteria, counters before and after, verdict.
#include <algorithm>
#include <cmath>

#include "engine/action/actions.h"
#include "engine/action/execution.h"
#include "engine/action/judge_test.h"
#include "engine/action/service.h"
#include "engine/base/text.h"
#include "engine/measure/judge.h"
#include "engine/record/tries.h"
#include "engine/target/cpu_watch.h"

namespace assay::action {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::minutes kDefaultTimeout{10};

// A number of an expression, whatever numeric type it has.
std::optional<double> number_of(const expr::Value& value, const Unit& unit) {
  switch (value.kind()) {
    case expr::Kind::kInt: return static_cast<double>(value.as_int());
    case expr::Kind::kUint: return static_cast<double>(value.as_uint());
    case expr::Kind::kDouble: return value.as_double();
    case expr::Kind::kQuantity:
      if (!comparable(value.as_quantity().unit, unit)) return std::nullopt;
      return value_in(value.as_quantity(), unit);
    default: return std::nullopt;
  }
}

class TestRun {
 public:
  TestRun(StepContext& context, record::StepRecord& out)
      : context_(context), step_(*context.planned.step), test_(*step_.test), out_(out), names_(context.scope) {
    for (const recipe::Metric& metric : test_.metrics) {
      out_.metrics.push_back(
          {.name = metric.name.text, .unit = metric.unit, .better = metric.better, .help = metric.help});
    }
    keep_earlier_samples();
  }

  // Errors end the run; everything that concerns only the test is in the record.
  asio::awaitable<Result<void>> run() {
    if (auto done = prepare(); !done || settled_) co_return done;
    const record::CountByName before = test_.counters ? counters_before() : record::CountByName();
    if (test_.counters) context_.counters = before;
    cpu_before_ = context_.target.cpu_snapshot();
    if (step_.action == recipe::ActionKind::kFacts) {
      if (auto done = co_await look_again(); !done) co_return done;
    } else if (step_.action == recipe::ActionKind::kRun) {
      if (auto done = co_await run_with_service(); !done) co_return done;
    } else if (auto written = co_await begin_attempt(context_); !written) {
      co_return written;
    }
    if (settled_) co_return Result<void>{};
    if (!judge_criteria()) co_return Result<void>{};
    if (test_.counters) {
      record::CountByName moved = counter_changes(before, context_.target.counters());
      if (!moved.empty()) out_.extra.edit().counters = std::move(moved);
    }
    const std::string interference = target::describe_interference(cpu_before_, context_.target.cpu_snapshot(), cpu_s_);
    for (std::size_t i = 0; i < out_.metrics.size(); ++i) {
      judge_metric(out_.metrics[i], test_.metrics[i], context_.planned, test_.samples.min, interference);
    }
    judge_test(out_);
    judge_cpu_share_of_single_run(interference);
    co_return Result<void>{};
  }

 private:
  // The test is over with an error of its own.
  void settle(const Diagnostic& problem) {
    set_error(out_, problem);
    settled_ = true;
  }

  // Whether this goes on with what was cut off, and does not measure anew.
  [[nodiscard]] bool goes_on() const { return context_.earlier != nullptr && !record::has_result(*context_.earlier); }

  // An error counter that moved before the run was cut off has moved during the test.
  [[nodiscard]] record::CountByName counters_before() const {
    const auto now = context_.target.counters();
    if (goes_on() && context_.earlier->extra->counters_before)
      return counters_to_go_on_from(*context_.earlier->extra->counters_before, now);
    return without_zeros(now);
  }

  // What was measured before the run was cut off counts.
  void keep_earlier_samples() {
    if (!goes_on() || test_.test_class != recipe::TestClass::kPerformance) return;
    for (const record::MetricRecord& kept : context_.earlier->metrics) {
      const auto metric = std::find_if(out_.metrics.begin(), out_.metrics.end(),
                                       [&](const record::MetricRecord& one) { return one.name == kept.name; });
      if (metric == out_.metrics.end()) continue;
      metric->samples = kept.samples;
      metric->cpu_share = kept.cpu_share;
      metric->used = kept.used;
    }
    kept_executions_ = context_.earlier->extra->executions;
    out_.evidence = context_.earlier->evidence;
  }

  Result<void> prepare() {
    expr::Map probe;
    probe.set("dir", expr::Value::string(context_.planned.origin->base_dir.string()));
    names_.set("probe", expr::Value::map(std::move(probe)));
    names_.set("outputs", expr::Value::map({}));
    if (!test_.cpu_threads) return {};
    const auto threads = names_.evaluate(test_.cpu_threads->expression);
    if (!threads || !threads->is(expr::Kind::kInt) || threads->as_int() < 1) {
      settle(threads ? Diagnostic{.code = Code::kBadValue, .message = "cpu_share.threads must be at least 1"}
                     : threads.error());
      return {};
    }
    threads_ = static_cast<double>(threads->as_int());
    return {};
  }

  asio::awaitable<Result<void>> run_with_service() {
    RunningService service;
    if (test_.service) {
      const auto port = context_.target.free_port();
      if (!port) {
        settle(port.error());
        co_return Result<void>{};
      }
      expr::Map map;
      map.set("port", expr::Value::integer(*port));
      names_.set("service", expr::Value::map(std::move(map)));
      if (auto started = co_await service.start(context_, *test_.service, *port, names_); !started)
        settle(started.error());
    }
    Result<void> sampled;
    if (!settled_) sampled = co_await take_samples();
    auto evidence = co_await service.stop(context_);
    if (!evidence) co_return failure(std::move(evidence).error());
    out_.evidence.insert(out_.evidence.end(), evidence->begin(), evidence->end());
    co_return sampled;
  }

  asio::awaitable<Result<void>> take_samples() {
    const bool performance = test_.test_class == recipe::TestClass::kPerformance;
    std::size_t warmups = performance ? test_.samples.warmup : 0;
    std::size_t most = performance ? test_.samples.max : 1;
    if (kept_executions_ > 0 && (enough() || kept_executions_ >= most)) {
      if (step_.outputs.empty() && test_.criteria.empty()) co_return Result<void>{};
      // All samples are there, what outputs and criteria look at is not: once more, without a sample.
      warmups = 1;
      most = kept_executions_;
    }
    for (std::size_t i = 0; i + kept_executions_ < warmups + most && !settled_; ++i) {
      const bool warmup = i < warmups;
      const std::size_t number = warmup ? i + 1 : i - warmups + 1 + kept_executions_;
      if (performance) {
        const auto range = std::to_string(test_.samples.min) + " to " + std::to_string(most);
        context_.progress({.what = warmup ? "warming up" : "sample " + std::to_string(number) + " of " + range,
                           .done = static_cast<double>(i) / static_cast<double>(warmups + test_.samples.min)});
      }
      ExecutionRequest request{.part = "run", .default_timeout = kDefaultTimeout};
      if (performance) request.part = (warmup ? "warm-up-" : "sample-") + std::to_string(number);
      if (performance) request.evidence_prefix = request.part + "/";
      auto execution = co_await execute(context_, request, names_);
      if (!execution) {
        if (ends_the_run(execution.error())) co_return failure(std::move(execution).error());
        settle(execution.error());
        co_return Result<void>{};
      }
      if (auto taken = take(*execution, warmup ? 0 : number); !taken) co_return taken;
      if (warmup || settled_) continue;
      if (last_share_ && *last_share_ < kNeededCpuShare) ++refused_;
      // So many were not ours that enough can no longer be reached: what is left would only cost time.
      if (enough() || refused_ > most - std::min(most, test_.samples.min)) break;
    }
    co_return Result<void>{};
  }

  // `number`: of the sample; 0: a warm-up.
  Result<void> take(const Execution& execution, std::size_t number) {
    out_.command = execution.command;
    out_.exit_code = execution.exit.exit_code;
    out_.evidence.insert(out_.evidence.end(), execution.evidence.begin(), execution.evidence.end());
    cpu_s_ += execution.exit.cpu_s;
    if (const auto ended = judge_exit(step_, execution)) {
      out_.status = ended->status;
      out_.verdict = ended->verdict;
      out_.reason = ended->reason;
      out_.skip_kind = ended->skip_kind;
      out_.failure = ended->failure;
      settled_ = true;
      return {};
    }
    if (threads_ > 0 && execution.exit.wall_s > 0)
      last_share_ = execution.exit.cpu_s / (execution.exit.wall_s * threads_);
    expr::Map outputs;
    if (auto read = evaluate_outputs(step_, execution, names_, outputs); !read) {
      settle(read.error());
      return {};
    }
    context_.outputs = expr::Value::map(outputs);
    out_.outputs = expr::to_json(context_.outputs);
    if (number == 0) return {};
    record::Sample sample{.number = number, .cpu_share = last_share_, .used = is_ours()};
    for (std::size_t i = 0; i < test_.metrics.size() && !settled_; ++i)
      take_metric(test_.metrics[i], out_.metrics[i], sample.values[test_.metrics[i].name.text]);
    if (settled_) return {};
    for (record::MetricRecord& metric : out_.metrics) {
      for (const double value : sample.values[metric.name]) {
        metric.samples.push_back(value);
        if (!last_share_) continue;
        metric.cpu_share.push_back(*last_share_);
        metric.used.push_back(sample.used);
      }
    }
    return sample.values.empty() ? Result<void>{} : context_.writer.sample(out_.id, sample);
  }

  [[nodiscard]] bool is_ours() const { return !last_share_ || *last_share_ >= kNeededCpuShare; }

  void take_metric(const recipe::Metric& declared, const record::MetricRecord& metric, std::vector<double>& taken) {
    const auto unit = parse_unit(declared.unit);
    const auto value = names_.evaluate(declared.value->expression);
    if (!value || !unit) {
      settle(value ? unit.error()
                   : Diagnostic(value.error()).with_note("while reading the metric '" + metric.name + "'"));
      return;
    }
    const expr::List list = value->is(expr::Kind::kList) ? value->as_list() : expr::List{*value};
    for (const expr::Value& item : list) {
      const auto number = number_of(item, *unit);
      if (!number) {
        settle({.code = Code::kWrongType,
                .message = "metric '" + metric.name + "' is a " + expr::type_name(item) + ", not a number in " +
                           declared.unit});
        return;
      }
      taken.push_back(*number);
    }
  }

  // Looks at the samples only, never at a limit.
  [[nodiscard]] bool enough() const {
    const measure::StopRule rule{.min_samples = test_.samples.min,
                                 .max_samples = test_.samples.max,
                                 .relative_half_width = test_.samples.half_width};
    return std::all_of(out_.metrics.begin(), out_.metrics.end(), [&](const record::MetricRecord& metric) {
      std::vector<double> used;
      for (std::size_t i = 0; i < metric.samples.size(); ++i) {
        if (metric.used.empty() || metric.used[i]) used.push_back(metric.samples[i]);
      }
      return measure::enough_samples(used, rule);
    });
  }

  // Collects the facts once more and compares who the machine is.
  asio::awaitable<Result<void>> look_again() {
    if (auto written = co_await begin_attempt(context_); !written) co_return written;
    const hardware::Facts now = co_await collect_facts_on_worker(context_);
    auto before = hardware::identity_lines(context_.scope.facts);
    auto after = hardware::identity_lines(now);
    std::vector<std::string> gone;
    std::vector<std::string> come;
    std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(gone));
    std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(come));
    expr::List changed;
    for (const std::string& line : gone) changed.push_back(expr::Value::string("gone: " + line));
    for (const std::string& line : come) changed.push_back(expr::Value::string("new: " + line));
    auto stored = context_.writer.store_bytes(to_json_line(hardware::to_json(now)), "facts.json");
    if (!stored) {
      settle(stored.error());
      co_return Result<void>{};
    }
    if (auto written = context_.writer.output(out_.id, context_.attempt, *stored); !written) co_return written;
    out_.evidence.push_back(stored->ref);
    expr::Map outputs;
    outputs.set("identity_changed", expr::Value::list(std::move(changed)));
    context_.outputs = expr::Value::map(outputs);
    out_.outputs = expr::to_json(context_.outputs);
    outputs.set("facts", now.tree);
    if (auto read = evaluate_outputs(step_, {}, names_, outputs); !read) settle(read.error());
    co_return Result<void>{};
  }

  bool judge_criteria() {
    expr::Map samples;
    for (const record::MetricRecord& metric : out_.metrics) {
      expr::List list;
      for (const double value : metric.samples) list.push_back(expr::Value::number(value));
      samples.set(metric.name, expr::Value::list(std::move(list)));
    }
    names_.set("metrics", expr::Value::map(std::move(samples)));
    for (const recipe::ExpressionField& field : test_.criteria) {
      const auto holds = names_.evaluate(field.expression);
      if (!holds || !holds->is(expr::Kind::kBool)) {
        settle(
            holds
                ? Diagnostic{.code = Code::kWrongType,
                             .message =
                                 "the criterion '" + field.expression.text() + "' gives a " + expr::type_name(*holds)}
                : Diagnostic(holds.error()).with_note("while judging the criterion '" + field.expression.text() + "'"));
        return false;
      }
      out_.criteria.push_back({field.expression.text(), holds->as_bool(), names_.observed(field.expression)});
    }
    return true;
  }

  // A stability test runs once: when the CPU was not ours, a miss of its criteria proves nothing, and neither does a
  // pass.
  void judge_cpu_share_of_single_run(const std::string& interference) {
    if (test_.test_class == recipe::TestClass::kPerformance || !last_share_ || *last_share_ >= kNeededCpuShare) return;
    const bool counters_moved = !out_.extra->counters.empty();
    if (counters_moved) return;
    out_.verdict = record::Verdict::kInconclusive;
    out_.reason = "the CPU was not ours: it had " + std::to_string(std::lround(*last_share_ * 100)) +
                  " % of the CPU time it asked for" + (interference.empty() ? "" : "; " + interference);
  }

  StepContext& context_;
  const recipe::Step& step_;
  const recipe::TestPart& test_;
  record::StepRecord& out_;
  Names names_;
  target::CpuSnapshot cpu_before_;
  double threads_ = 0;
  double cpu_s_ = 0;
  std::optional<double> last_share_;
  std::size_t refused_ = 0;
  std::size_t kept_executions_ = 0;  // from before the run was cut off
  bool settled_ = false;
};

}  // namespace

asio::awaitable<Result<record::StepRecord>> perform_test(StepContext& context) {
  record::StepRecord out = planned_record(context.planned, context.target.name());
  TestRun test(context, out);
  if (auto done = co_await test.run(); !done) co_return failure(std::move(done).error());
  co_return out;
}

}  // namespace assay::action
