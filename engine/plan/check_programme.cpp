// SPDX-License-Identifier: Apache-2.0
// Checks of suites and programmes.
#include <algorithm>
#include <map>
#include <set>

#include "engine/base/text.h"
#include "engine/plan/check.h"
#include "engine/plan/step_checker.h"

namespace assay::plan {
namespace {

using expr::Type;
using Tag = expr::Type::Tag;

// Names that the expressions of a test see besides the common ones.
void check_test(const recipe::Step& step, const std::vector<recipe::Param>& params, StepChecker& checker) {
  const recipe::TestPart& test = *step.test;
  const expr::Declarations plain = common_names(params);
  for (const recipe::Requirement& item : test.requires_) {
    if (item.condition) checker.check(*item.condition, plain, Tag::kBool, "if");
  }
  if (test.cpu_threads) checker.check(*test.cpu_threads, plain, Tag::kInt, "threads");
  expr::Declarations action = plain;
  action.variable("scratch", Type::of(Tag::kString));
  action.variable("service", Type::object({{"port", Type::of(Tag::kInt)}}));
  action.variable("probe", Type::object({{"dir", Type::of(Tag::kString)}}));
  checker.check(step.run, action);
  for (const auto& [name, value] : step.env) checker.check(value, action, SecretsHere::kYes);
  if (step.cwd) checker.check(*step.cwd, action);
  if (test.service) {
    for (const recipe::TextField& word : test.service->argv) checker.check(word, action);
  }
  expr::Declarations results = action;
  declare_results(results);
  auto types = checker.outputs(step, results);
  if (step.action == recipe::ActionKind::kFacts) {
    types.emplace_back("facts", facts_type());
    types.emplace_back("identity_changed", Type::list(Type::of(Tag::kString)));
  }
  results.variable("outputs", Type::object(std::move(types)));
  Members samples;
  for (const recipe::Metric& metric : test.metrics) {
    if (metric.value) checker.check_metric(metric, results);
    samples.emplace_back(metric.name.text, Type::list(Type::of(Tag::kDouble)));
  }
  results.variable("metrics", Type::object(std::move(samples)));
  for (const recipe::ExpressionField& field : test.criteria) checker.check(field, results, Tag::kBool, "criteria");
}

const recipe::Step* find_test(const std::vector<SuiteInUse>& suites, const std::string& id) {
  for (const SuiteInUse& use : suites) {
    for (const recipe::Step& test : use.suite->tests) {
      if (test.id.text == id) return &test;
    }
  }
  return nullptr;
}

// Whether a limit of that type can be compared with the metric.
void check_bound(const Type& type, const recipe::Metric& metric, const SourceSpan& where, Diagnostics& problems) {
  const auto unit = parse_unit(metric.unit);
  if (!unit || type.tag() == Tag::kDyn) return;
  const bool number = type.tag() == Tag::kInt || type.tag() == Tag::kDouble;
  const bool plain = number || (type.tag() == Tag::kQuantity && type.unit() && type.unit()->symbol == "1");
  const bool fits = type.tag() == Tag::kQuantity && (!type.unit() || comparable(*type.unit(), *unit));
  if (fits || (number && metric.unit == "1")) return;
  Diagnostic problem{.code = Code::kBadValue, .where = where, .expected = "a quantity in " + metric.unit};
  if (plain) {
    problem.message = "the limit of '" + metric.name.text + "' has no unit";
  } else if (type.tag() == Tag::kQuantity) {
    problem.message =
        "the limit is in '" + type.unit()->symbol + "', the metric '" + metric.name.text + "' in '" + metric.unit + "'";
  } else {
    problem.message = "the limit of '" + metric.name.text + "' is of type " + type.text();
  }
  problems.add(std::move(problem));
}

void check_limits(const recipe::Programme& programme, const std::vector<SuiteInUse>& suites,
                  const std::vector<std::string>& ids, Diagnostics& problems) {
  StepChecker checker(problems);
  const expr::Declarations names = common_names(programme.params);
  for (const recipe::LimitRule& rule : programme.limits) {
    if (rule.test.text.empty()) continue;
    const recipe::Step* test = find_test(suites, rule.test.text);
    if (test == nullptr) {
      problems.add({.code = Code::kUnknownStep,
                    .where = rule.test.where,
                    .message = "a limit names the test '" + rule.test.text + "', which no suite has",
                    .help = did_you_mean(rule.test.text, ids)});
      continue;
    }
    std::vector<std::string> metrics;
    for (const recipe::Metric& metric : test->test->metrics) metrics.push_back(metric.name.text);
    const auto metric = std::find_if(test->test->metrics.begin(), test->test->metrics.end(),
                                     [&](const recipe::Metric& one) { return one.name.text == rule.metric.text; });
    if (metric == test->test->metrics.end() && !rule.metric.text.empty()) {
      problems.add({.code = Code::kUnknownStep,
                    .where = rule.metric.where,
                    .message = "a limit names the metric '" + rule.metric.text + "', which test '" + rule.test.text +
                               "' has not",
                    .expected = metrics.empty() ? "a test with metrics" : "one of: " + join(metrics, ", "),
                    .help = did_you_mean(rule.metric.text, metrics)});
    }
    for (const recipe::LimitEntry& entry : rule.entries) {
      if (entry.when) checker.check(*entry.when, names, Tag::kBool, "when");
      for (const auto* bound : {&entry.min, &entry.max}) {
        const auto type = *bound ? checker.type_of(**bound, names) : std::nullopt;
        if (type && metric != test->test->metrics.end()) check_bound(*type, *metric, (*bound)->where, problems);
      }
    }
  }
}

}  // namespace

Diagnostics check_suite(const recipe::Suite& suite) {
  Diagnostics problems;
  StepChecker checker(problems);
  for (const recipe::Step& test : suite.tests) check_test(test, suite.params, checker);
  return problems;
}

Diagnostics check_programme(const recipe::Programme& programme, const std::vector<SuiteInUse>& suites) {
  Diagnostics problems;
  std::vector<std::string> ids;
  std::map<std::string, SourceSpan> seen;
  for (const SuiteInUse& use : suites) {
    for (const recipe::Step& test : use.suite->tests) {
      if (test.id.text.empty()) continue;  // a mistake that its reader has told
      ids.push_back(test.id.text);
      const auto [first, fresh] = seen.emplace(test.id.text, test.id.where);
      if (fresh) continue;
      Diagnostic twice{.code = Code::kDuplicateName,
                       .where = test.id.where,
                       .message = "two suites of the programme have a test '" + test.id.text + "'"};
      twice.notes.push_back({.where = first->second, .text = "the first is here"});
      problems.add(std::move(twice));
    }
  }
  std::set<std::string> expected;
  for (const recipe::Name& name : programme.expected) {
    expected.insert(name.text);
    if (seen.count(name.text) > 0) continue;
    problems.add({.code = Code::kExpectedTests,
                  .where = name.where,
                  .message = "the expected test '" + name.text + "' is in no suite",
                  .help = did_you_mean(name.text, ids)});
  }
  for (const auto& [id, where] : seen) {
    if (expected.count(id) > 0 || programme.expected.empty()) continue;
    problems.add({.code = Code::kExpectedTests,
                  .where = where,
                  .message = "test '" + id + "' is not among the programme's expected tests",
                  .help = "add it to `expected`"});
  }
  for (const recipe::Name& name : programme.nonblockers) {
    if (seen.count(name.text) > 0) continue;
    problems.add({.code = Code::kUnknownStep,
                  .where = name.where,
                  .message = "nonblocker '" + name.text + "' is in no suite",
                  .help = did_you_mean(name.text, ids)});
  }
  check_limits(programme, suites, ids, problems);
  return problems;
}

}  // namespace assay::plan
