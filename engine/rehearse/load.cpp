// SPDX-License-Identifier: Apache-2.0
// A file of tests, its recipe, and whether they fit: every name and type is checked before a case is played.
#include <algorithm>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/rehearse/machine.h"
#include "engine/rehearse/observed.h"
#include "engine/rehearse/rehearsal.h"

namespace assay::rehearse {
namespace {

using recipe::ActionKind;

std::vector<std::string> ids_of(const plan::Plan& plan) {
  std::vector<std::string> out;
  for (const plan::Group& group : plan.groups) {
    out.push_back(group.id);
    for (std::size_t i = group.first; i < group.first + group.count; ++i) {
      if (plan.steps[i].id != group.id) out.push_back(plan.steps[i].id);
    }
  }
  return out;
}

// Why a step has no process that a script could stand for; empty: it has one.
std::string without_process(const recipe::Step& step) {
  switch (step.action) {
    case ActionKind::kRun:
    case ActionKind::kApprove:
    case ActionKind::kReboot: return {};
    case ActionKind::kFacts: return "it reads `facts` of the case";
    case ActionKind::kNone: return "it only judges";
    case ActionKind::kSuite:
    case ActionKind::kUse:
    case ActionKind::kBlock: return "its steps do: give theirs";
  }
  return {};
}

class CaseChecker {
 public:
  CaseChecker(const recipe::TestCase& test, const plan::Plan& plan, const StepTypes& steps, Diagnostics& problems)
      : test_(test), plan_(plan), steps_(steps), problems_(problems) {}

  void check() {
    for (const recipe::ScriptedStep& step : test_.steps) check_script(step);
    for (const recipe::ExpectedStep& step : test_.expect.steps) check_expected(step);
    for (const auto& id : test_.expect.not_run) find(id.value, id.where);
    const expr::Declarations names = names_of(plan_, steps_);
    for (const recipe::ExpressionField& field : test_.expect.that) check_that(field, names);
  }

 private:
  std::vector<std::size_t> find(const std::string& id, const SourceSpan& where) {
    auto found = instances_of(plan_, id);
    const bool empty_group =
        std::any_of(plan_.groups.begin(), plan_.groups.end(), [&](const plan::Group& group) { return group.id == id; });
    if (found.empty() && !empty_group) {
      const auto ids = ids_of(plan_);
      problems_.add({.code = Code::kUnknownStep,
                     .where = where,
                     .message = "the recipe has no step '" + printable(id) + "' with these parameters",
                     .expected = ids.size() <= 12 ? "one of: " + join(ids, ", ") : "",
                     .help = did_you_mean(id, ids)});
    }
    return found;
  }

  void check_script(const recipe::ScriptedStep& script) {
    const auto found = find(script.id.text, script.id.where);
    if (found.empty()) return;
    const recipe::Step& step = *plan_.steps[found.front()].step;
    const std::string why = without_process(step);
    if (why.empty()) return check_answers(script, step.action == ActionKind::kApprove);
    problems_.add({.code = Code::kScriptUnused,
                   .where = script.id.where,
                   .message = "'" + script.id.text + "' starts no process: " + why});
  }

  void check_answers(const recipe::ScriptedStep& script, bool asks) {
    for (const recipe::ScriptedResult& result : script.results) {
      if (result.answer.has_value() == asks) continue;
      problems_.add({.code = Code::kScriptUnused,
                     .where = result.where,
                     .message = asks ? "'" + script.id.text + "' starts no process: a person answers it"
                                     : "'" + script.id.text + "' asks nobody",
                     .help = asks ? "write what is answered: { answer: yes }" : "leave 'answer' out"});
    }
  }

  // An expectation that any run meets is none.
  void check_says_something(const recipe::ExpectedStep& expected) {
    if (expected.reason_contains && expected.reason_contains->value.empty()) {
      problems_.add({.code = Code::kBadValue,
                     .where = expected.reason_contains->where,
                     .message = "every reason contains an empty text",
                     .expected = "a part of the reason",
                     .help = "write `reason: \"\"` where there must be none"});
    }
    const bool any = expected.verdict || expected.status || expected.reason || expected.reason_contains ||
                     expected.exit_code || expected.attempts || expected.stdin_text || expected.argv ||
                     !expected.env.empty() || !expected.outputs.empty();
    if (any) return;
    Diagnostic problem{.code = Code::kBadValue,
                       .where = expected.id.where,
                       .message = "nothing is expected of '" + expected.id.text + "'"};
    // Of one without any keys the reader has said so.
    const auto& told = problems_.items();
    if (std::none_of(told.begin(), told.end(), [&](const Diagnostic& one) { return one.message == problem.message; }))
      problems_.add(std::move(problem));
  }

  void check_expected(const recipe::ExpectedStep& expected) {
    check_says_something(expected);
    const auto found = find(expected.id.text, expected.id.where);
    if (found.empty()) return;
    const plan::PlannedStep& planned = plan_.steps[found.front()];
    std::vector<std::string> names;
    for (const auto& output :
         planned.inside&& planned.inside->recipe ? planned.inside->recipe->outputs : planned.step->outputs)
      names.push_back(output.first.text);
    if (planned.step->test && planned.step->action == ActionKind::kFacts) names.emplace_back("identity_changed");
    if (planned.step->action == ActionKind::kReboot) names = {"boots", "seconds"};
    if (planned.step->action == ActionKind::kApprove) names = {"answer", "who", "note"};
    for (const auto& output : expected.outputs) {
      if (std::find(names.begin(), names.end(), output.first.text) != names.end()) continue;
      problems_.add({.code = Code::kUnknownName,
                     .where = output.first.where,
                     .message = "'" + expected.id.text + "' has no output '" + output.first.text + "'",
                     .expected = names.empty() ? "no outputs: it declares none" : "one of: " + join(names, ", "),
                     .help = did_you_mean(output.first.text, names)});
    }
  }

  void check_that(const recipe::ExpressionField& field, const expr::Declarations& names) {
    const expr::Checked checked = expr::check(field.expression, names);
    for (Diagnostic problem : checked.problems.items()) {
      if (!problem.where || problem.where->source->name != field.where.source->name) problem.where = field.where;
      problems_.add(std::move(problem));
    }
    if (!checked.type || checked.type->tag() == expr::Type::Tag::kDyn || checked.type->tag() == expr::Type::Tag::kBool)
      return;
    problems_.add({.code = Code::kWrongType,
                   .where = field.where,
                   .message = "'that' must give bool, this gives " + checked.type->text()});
  }

  const recipe::TestCase& test_;
  const plan::Plan& plan_;
  const StepTypes& steps_;
  Diagnostics& problems_;
};

std::vector<std::string> texts(const std::vector<recipe::Name>& names) {
  std::vector<std::string> out;
  for (const recipe::Name& name : names) out.push_back(name.text);
  return out;
}

bool reads_facts(const plan::LoadedRecipe& loaded, const plan::PlanResult& planned) {
  if (plan::reads_facts(loaded)) return true;
  return planned.plan &&
         std::any_of(planned.plan->steps.begin(), planned.plan->steps.end(), [](const plan::PlannedStep& step) {
           return step.step->action == ActionKind::kFacts && !step.skip;
         });
}

// Where the file says what planning complains of without a place: its profile, or what it selects.
SourceSpan place_of(const Diagnostic& problem, const recipe::TestCase& test) {
  const auto speaks_of = [&](const recipe::Name& name) {
    return problem.message.find("'" + name.text + "'") != std::string::npos;
  };
  for (const auto* names : {&test.only, &test.skip}) {
    for (const recipe::Name& name : *names) {
      if (speaks_of(name)) return name.where;
    }
  }
  return test.profile && speaks_of(*test.profile) ? test.profile->where : test.where;
}

// Plans a case; what is wrong in the file itself goes to `problems`, what is wrong with the recipe stays with the case.
void prepare(PreparedCase& prepared, const LoadedTest& loaded, Diagnostics& problems) {
  const recipe::TestCase& test = *prepared.test;
  prepared.facts = facts_of(test, loaded.test->path.parent_path(), problems);
  plan::PlanInput input{.params = test.params,
                        .profile = test.profile ? test.profile->text : "",
                        .facts = test.facts ? &prepared.facts : nullptr,
                        .has_tool = [&](const std::string& tool) { return !is_missing(test, tool); },
                        .only = texts(test.only),
                        .skip = texts(test.skip)};
  prepared.planned = plan::plan_recipe(*loaded.recipe, input);
  if (test.expect.problems) return;
  if (!test.facts && reads_facts(*loaded.recipe, prepared.planned)) {
    problems.add({.code = Code::kFactsNeeded,
                  .where = test.where,
                  .message = "the recipe reads facts, and the case gives none",
                  .help = "add `facts: { file: FACTS.json }` with what `assay facts --json` printed, or facts by name: "
                          "`facts: { cpu: { threads: 8 } }`"});
  }
  for (Diagnostic problem : prepared.planned.problems.items()) {
    if (problem.where && problem.where->source != loaded.test->source) continue;
    if (!problem.where) problem.where = place_of(problem, test);
    problems.add(std::move(problem));
  }
  if (prepared.planned.plan) return CaseChecker(test, *prepared.planned.plan, loaded.steps, problems).check();
  // What the case gives cannot be planned; its names are those of the recipe all the same.
  input.params.clear();
  input.profile.clear();
  input.only.clear();
  input.skip.clear();
  const plan::PlanResult plain = plan::plan_recipe(*loaded.recipe, input);
  if (plain.plan) CaseChecker(test, *plain.plan, loaded.steps, problems).check();
}

}  // namespace

LoadedTestResult load_test(const std::filesystem::path& path) {
  LoadedTestResult result;
  auto text = read_file(path, std::size_t{17} << 20U);
  if (!text) {
    result.problems.add(std::move(text).error());
    return result;
  }
  auto read = recipe::read_recipe_test(std::move(*text), path.string(), path);
  result.problems.add(read.problems);
  auto& model = read.value ? read.value : read.partial;
  if (!model || model->recipe.text.empty()) return result;
  LoadedTest loaded;
  loaded.test = std::make_shared<const recipe::RecipeTest>(std::move(*model));
  auto recipe = plan::load_recipe((path.parent_path() / loaded.test->recipe.text).lexically_normal());
  const auto& cases = loaded.test->cases;
  const bool may_be_wrong = std::all_of(cases.begin(), cases.end(),
                                        [](const recipe::TestCase& test) { return test.expect.problems.has_value(); });
  if (recipe.value) {
    loaded.recipe = std::make_shared<const plan::LoadedRecipe>(std::move(*recipe.value));
    loaded.steps = StepTypes(loaded.recipe);
  } else if (!may_be_wrong) {
    for (Diagnostic problem : recipe.problems.items()) {
      if (!problem.where) problem.where = loaded.test->recipe.where;
      result.problems.add(std::move(problem));
    }
  }
  for (const recipe::TestCase& test : cases) {
    PreparedCase& prepared = loaded.cases.emplace_back();
    prepared.test = &test;
    if (loaded.recipe) {
      prepare(prepared, loaded, result.problems);
    } else {
      prepared.planned.problems = recipe.problems;
    }
  }
  result.problems.sort();
  if (!result.problems.has_errors()) result.value = std::move(loaded);
  return result;
}

}  // namespace assay::rehearse
