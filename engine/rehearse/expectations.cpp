// SPDX-License-Identifier: Apache-2.0
#include "engine/rehearse/expectations.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/text.h"

namespace assay::rehearse {
namespace {

constexpr std::size_t kLongest = 200;

std::string quoted(const std::string& value) { return "\"" + shorten(printable(value), kLongest) + "\""; }
std::string shown(const expr::Value& value) {
  const auto as_text = expr::to_text(value);
  if (value.is(expr::Kind::kString)) return quoted(*as_text);
  return shorten(printable(as_text ? *as_text : to_json_line(expr::to_json(value))), kLongest);
}
std::string shown(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& word : words) out.push_back(quoted(word));
  return "[" + join(out, ", ") + "]";
}

// What the file writes as text may be a duration, a time or a quantity.
bool same(const expr::Value& expected, const expr::Value& came) {
  if (expr::equal(expected, came)) return true;
  if (!expected.is(expr::Kind::kString)) return false;
  if (came.is(expr::Kind::kQuantity)) {
    const auto quantity = parse_quantity(expected.as_string());
    return quantity && expr::equal(expr::Value::quantity(*quantity), came);
  }
  if (came.is(expr::Kind::kDuration)) {
    const auto duration = parse_duration(expected.as_string());
    return duration && expr::equal(expr::Value::duration(*duration), came);
  }
  return came.is(expr::Kind::kTimestamp) && expr::to_text(came) == expected.as_string();
}

class StepJudge {
 public:
  StepJudge(const Observed& observed, std::size_t index, Diagnostics& problems)
      : observed_(observed), index_(index), step_(observed.run.steps[index]), problems_(problems) {}

  void judge(const recipe::ExpectedStep& expected) {
    if (expected.verdict && expected.verdict->value != record::to_string(step_.verdict))
      say(expected.verdict->where,
          "the verdict of '" + step_.id + "' is " + std::string(record::to_string(step_.verdict)),
          expected.verdict->value);
    if (expected.status && expected.status->value != record::to_string(step_.status))
      say(expected.status->where, "the status of '" + step_.id + "' is " + std::string(record::to_string(step_.status)),
          expected.status->value);
    if (expected.reason && expected.reason->value != step_.reason)
      say(expected.reason->where, "the reason of '" + step_.id + "' is " + quoted(step_.reason),
          quoted(expected.reason->value), false);
    if (expected.reason_contains && step_.reason.find(expected.reason_contains->value) == std::string::npos)
      say(expected.reason_contains->where, "the reason of '" + step_.id + "' is " + quoted(step_.reason),
          "a part like " + quoted(expected.reason_contains->value), false);
    if (expected.exit_code && step_.exit_code != expected.exit_code->value)
      say(expected.exit_code->where,
          "the exit code of '" + step_.id + "' is " +
              (step_.exit_code ? std::to_string(*step_.exit_code) : "not known: no process ended"),
          std::to_string(expected.exit_code->value));
    if (expected.attempts && step_.attempts != expected.attempts->value)
      say(expected.attempts->where, "'" + step_.id + "' was tried " + times(step_.attempts),
          times(expected.attempts->value));
    judge_process(expected);
    judge_outputs(expected);
  }

 private:
  static std::string times(int count) { return std::to_string(count) + (count == 1 ? " time" : " times"); }

  void say(const SourceSpan& where, std::string message, std::string expected, bool with_reason = true) {
    Diagnostic problem{
        .code = Code::kExpectation, .where = where, .message = std::move(message), .expected = std::move(expected)};
    if (with_reason && !step_.reason.empty())
      problem.notes.push_back({.text = "its reason: " + shorten(printable(step_.reason), kLongest)});
    problems_.add(std::move(problem));
  }

  void judge_process(const recipe::ExpectedStep& expected) {
    if (!expected.argv && !expected.stdin_text && expected.env.empty()) return;
    const StartedProcess* process = observed_.script.last_process(step_.id);
    if (process == nullptr) {
      const SourceSpan& where = expected.argv         ? expected.argv->where
                                : expected.stdin_text ? expected.stdin_text->where
                                                      : expected.env.front().first.where;
      say(where, "'" + step_.id + "' started no process", "one");
      return;
    }
    if (expected.argv && expected.argv->value != process->argv)
      say(expected.argv->where, "the command of '" + step_.id + "' is " + shown(process->argv),
          shown(expected.argv->value), false);
    if (expected.stdin_text && expected.stdin_text->value != process->input)
      say(expected.stdin_text->where, "'" + step_.id + "' reads " + quoted(process->input),
          quoted(expected.stdin_text->value), false);
    for (const auto& [name, value] : expected.env) {
      const auto found = std::find_if(process->env.begin(), process->env.end(),
                                      [&](const auto& entry) { return entry.first == name.text; });
      const bool there = found != process->env.end();
      if (there && found->second == value) continue;
      say(name.where,
          "the variable '" + name.text + "' of '" + step_.id + "' is " + (there ? quoted(found->second) : "not set"),
          quoted(value), false);
    }
  }

  void judge_outputs(const recipe::ExpectedStep& expected) {
    const expr::Type types = output_types();
    for (const auto& [name, value] : expected.outputs) {
      const auto found = step_.outputs.find(name.text);
      if (found == step_.outputs.end()) {
        say(name.where, "'" + step_.id + "' has no value for the output '" + name.text + "'", shown(value));
        continue;
      }
      const expr::Type* type = types.tag() == expr::Type::Tag::kObject ? types.member(name.text) : nullptr;
      const expr::Value came = output_of(*found, type != nullptr ? *type : expr::Type::dyn());
      if (!same(value, came))
        say(name.where, "the output '" + name.text + "' of '" + step_.id + "' is " + shown(came), shown(value));
    }
  }

  [[nodiscard]] expr::Type output_types() const {
    const expr::Type* step = observed_.steps.find(observed_.plan.groups[observed_.plan.steps[index_].group].id);
    if (step != nullptr && step->tag() == expr::Type::Tag::kObject) {
      if (const expr::Type* instances = step->member("instances")) step = &instances->element();
      if (const expr::Type* outputs = step->member("outputs")) return *outputs;
    }
    return expr::Type::dyn();
  }

  const Observed& observed_;
  std::size_t index_;
  const record::StepRecord& step_;
  Diagnostics& problems_;
};

// What a path leads to below a value; its keys may hold dots themselves.
const expr::Value* follow(const expr::Value& from, std::string_view path) {
  for (std::size_t end = path.size(); end != std::string_view::npos && end > 0; end = path.rfind('.', end - 1)) {
    const expr::Value* member = from.member(path.substr(0, end));
    if (member == nullptr) continue;
    if (end == path.size()) return member;
    if (const expr::Value* found = follow(*member, path.substr(end + 1))) return found;
  }
  return nullptr;
}

// "steps.a.outputs.n = 3": the values that an expression looked at.
std::vector<Note> looked_at(const expr::Expression& expression, const expr::Activation& values) {
  std::vector<Note> notes;
  for (const std::string& reference : expression.references()) {
    const std::size_t dot = reference.find('.');
    if (dot == std::string::npos && reference != "verdict" && reference != "exit_code") continue;
    const auto root = values.variable(reference.substr(0, dot));
    if (!root) continue;
    const expr::Value* value = dot == std::string::npos ? &*root : follow(*root, reference.substr(dot + 1));
    notes.push_back({.text = reference + (value != nullptr ? " = " + shown(*value) : " has no value")});
  }
  return notes;
}

void judge_that(const recipe::ExpressionField& field, const Observed& observed, Diagnostics& problems) {
  const expr::Activation values = values_of(observed);
  const auto holds = expr::evaluate(field.expression, values);
  if (holds && holds->is(expr::Kind::kBool) && holds->as_bool()) return;
  Diagnostic problem{.code = Code::kExpectation,
                     .where = field.where,
                     .message = "does not hold: " + printable(field.expression.text())};
  if (!holds) problem.message = "has no value: " + holds.error().message;
  if (holds && !holds->is(expr::Kind::kBool))
    problem.message = "gives " + expr::type_name(*holds) + ", not true or false";
  problem.notes = looked_at(field.expression, values);
  problems.add(std::move(problem));
}

// Whether the case says of this id, or of a step that it belongs to, that it does not run.
bool expected_not_to_run(const recipe::Expectation& expected, const std::string& id) {
  const auto means = [&](const std::string& other) {
    return id == other || without_row(id) == other || id.starts_with(other + "/");
  };
  const auto skipped = [](const std::optional<recipe::Expected<std::string>>& word) {
    return word && (word->value == "skipped" || word->value == "cancelled");
  };
  return std::any_of(expected.not_run.begin(), expected.not_run.end(),
                     [&](const auto& item) { return means(item.value); }) ||
         std::any_of(expected.steps.begin(), expected.steps.end(), [&](const auto& step) {
           return means(step.id.text) && (skipped(step.verdict) || skipped(step.status));
         });
}

std::set<std::string> codes_of(const Diagnostics& problems) {
  std::set<std::string> codes;
  for (const Diagnostic& problem : problems.items()) {
    if (problem.severity == Severity::kError) codes.emplace(info(problem.code).text);
  }
  return codes;
}

}  // namespace

Diagnostics unmet(const recipe::Expectation& expected, const Observed& observed) {
  Diagnostics problems;
  if (expected.verdict && expected.verdict->value != record::to_string(observed.run.verdict)) {
    Diagnostic problem{.code = Code::kExpectation,
                       .where = expected.verdict->where,
                       .message = "the verdict of the run is " + std::string(record::to_string(observed.run.verdict)),
                       .expected = expected.verdict->value};
    for (const record::StepRecord& step : observed.run.steps) {
      if (step.verdict == observed.run.verdict && !step.reason.empty())
        problem.notes.push_back({.text = step.id + ": " + shorten(printable(step.reason), kLongest)});
    }
    problem.notes.resize(std::min<std::size_t>(problem.notes.size(), 3));
    problems.add(std::move(problem));
  }
  if (expected.exit_code && expected.exit_code->value != observed.run.exit_code) {
    problems.add({.code = Code::kExpectation,
                  .where = expected.exit_code->where,
                  .message = "the exit code of the run is " + std::to_string(observed.run.exit_code),
                  .expected = std::to_string(expected.exit_code->value)});
  }
  for (const recipe::ExpectedStep& step : expected.steps) {
    for (const std::size_t index : instances_of(observed.plan, step.id.text))
      StepJudge(observed, index, problems).judge(step);
  }
  for (const auto& id : expected.not_run) {
    for (const std::size_t index : instances_of(observed.plan, id.value)) {
      const record::StepRecord& step = observed.run.steps[index];
      const bool waits_for_others = step.status == record::Status::kPending;
      if (waits_for_others || step.status == record::Status::kSkipped || step.status == record::Status::kCancelled)
        continue;
      problems.add({.code = Code::kExpectation,
                    .where = id.where,
                    .message = "'" + step.id + "' was run: " + std::string(record::to_string(step.verdict)),
                    .expected = "not run"});
    }
  }
  for (const recipe::ExpressionField& field : expected.that) judge_that(field, observed, problems);
  problems.sort();
  return problems;
}

Diagnostics unmet_problems(const recipe::TestCase& test, const plan::PlanResult& planned) {
  Diagnostics found = planned.problems;
  if (planned.plan) found.add(planned.plan->not_carried_out);
  const std::set<std::string> codes = codes_of(found);
  Diagnostics problems;
  std::set<std::string> expected;
  const std::string came = codes.empty() ? "the recipe is not refused"
                                         : "the recipe is refused with " + join({codes.begin(), codes.end()}, ", ");
  if (test.expect.problems) {
    for (const auto& code : *test.expect.problems) {
      expected.insert(code.value);
      if (codes.count(code.value) == 0)
        problems.add({.code = Code::kExpectation,
                      .where = code.where,
                      .message = came,
                      .expected = "refused with " + code.value});
    }
  }
  bool more = false;
  for (const Diagnostic& problem : found.items()) {
    if (problem.severity != Severity::kError || expected.count(std::string(info(problem.code).text)) > 0) continue;
    more = true;
    problems.add(problem);
  }
  if (more)
    problems.add({.code = Code::kExpectation,
                  .where = test.where,
                  .message = came,
                  .expected = expected.empty()
                                  ? "it can be carried out"
                                  : "refused with nothing but " + join({expected.begin(), expected.end()}, ", ")});
  return problems;
}

Diagnostics unused(const recipe::TestCase& test, const Observed& observed) {
  Diagnostics problems;
  for (const recipe::ScriptedStep& step : test.steps) {
    const std::size_t used = observed.script.used(step);
    if (used == step.results.size() || (used == 0 && expected_not_to_run(test.expect, step.id.text))) continue;
    Diagnostic problem{.code = Code::kScriptUnused,
                       .where = step.id.where,
                       .message = "the result of '" + step.id.text + "' was never used",
                       .help = "remove it; or name the step under `not_run`, if that is meant"};
    if (used > 0) {
      problem.message = "only " + std::to_string(used) + " of the " + std::to_string(step.results.size()) +
                        " results of '" + step.id.text + "' were used";
      problem.help = "remove the others, or expect as many `attempts`";
    }
    for (const std::size_t index : instances_of(observed.plan, step.id.text)) {
      const record::StepRecord& came = observed.run.steps[index];
      problem.notes.push_back({.text = came.id + ": " + std::string(record::to_string(came.verdict)) +
                                       (came.reason.empty() ? "" : ", " + shorten(printable(came.reason), kLongest))});
    }
    problem.notes.resize(std::min<std::size_t>(problem.notes.size(), 3));
    problems.add(std::move(problem));
  }
  return problems;
}

}  // namespace assay::rehearse
