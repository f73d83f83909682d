// SPDX-License-Identifier: Apache-2.0
// What plans of recipes and programmes have in common. Used by the planners only.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/plan/plan.h"

namespace assay::plan {

// Values that planning can give to names: params, facts, target, matrix (null: none). Parameters and facts must outlive
// the result.
expr::Activation planning_names(const expr::Value& params, const hardware::Facts* facts, expr::Value matrix);
expr::Activation planning_names(const expr::Value& params, const expr::Value* facts, expr::Value matrix);

class Planner {
 public:
  Planner(const PlanInput& input, Diagnostics& problems) : input_(input), problems_(problems) {
    if (input.facts != nullptr) plan.facts = std::make_shared<const hardware::SteadyFacts>(input.facts->tree);
  }

  Plan plan;

  // Begins a group; the instances added next are its own.
  std::size_t begin_group(std::string id, std::vector<std::size_t> needs, Role role = Role::kNormal);
  // Room for so many more instances, and groups.
  void make_room(std::size_t instances, std::size_t groups = 0);
  // Adds an instance to the group begun last; gives its index.
  std::size_t add_step(PlannedStep step);

  // The parameters of what is planned: of `given` and then of what the run was given, the last value counts; else the
  // default.
  void bind(const std::vector<recipe::Param>& params, std::vector<recipe::GivenParam> given);
  // Parameters of a suite or recipe inside: what its user gives, then what the run was given under the same name, then
  // defaults. `user`: the step that uses it, where a parameter without a value is told; nullptr: a programme.
  struct Inner {
    expr::Value values;
    std::shared_ptr<const ParamOrigins> from;
  };
  // Where a parameter comes from that takes the value of the same name outside.
  static std::string handed_down(const std::string& name) { return "params." + name + " of what uses it"; }
  Inner inner_params(const std::vector<recipe::Param>& params, const std::vector<recipe::GivenParam>& given,
                     const expr::Value& outer, const recipe::Name* user = nullptr);
  // Adds one test of a suite to the group begun last.
  std::size_t add_test(const SuiteInUse& use, const recipe::Step& test, const std::string& prefix,
                       std::shared_ptr<const Origin> origin);
  // The bounds of a test's metrics by the programme's rules.
  void add_limits(PlannedStep& step, const recipe::Programme& programme, const expr::Value& params);

  // What secret() names in the fields of a step that may hold secrets.
  void note_secrets(const recipe::Step& step);

  // --only and --skip.
  void select();
  // Containers of which all steps are skipped, so that nothing is done there.
  void skip_empty_containers();
  void collect_tools();
  // Forgets the secrets that only steps name of which the plan knows that they will not run: nobody is asked for them.
  void keep_needed_secrets();
  [[nodiscard]] const PlanInput& input() const { return input_; }
  [[nodiscard]] Diagnostics& problems() { return problems_; }

 private:
  void note_secret(const std::string& reference, const std::string& name, const std::optional<SourceSpan>& where);
  void note_secrets(const std::vector<recipe::Param>& params, const std::vector<recipe::GivenParam>& given,
                    const expr::Value& values);
  std::optional<PlannedSkip> reason_to_skip(const recipe::TestPart& test, const expr::Value& params) const;
  std::optional<PlannedSkip> missing_tool(const recipe::TestPart& test) const;
  bool choose_limit(PlannedStep& step, const recipe::Metric& metric, const recipe::LimitRule& rule,
                    const expr::Value& params);
  std::optional<double> bound(const std::optional<recipe::ExpressionField>& field, const recipe::Metric& metric,
                              const expr::Activation& names);

  const PlanInput& input_;
  Diagnostics& problems_;
  std::set<std::string> secrets_;  // references in plan.secrets
};

}  // namespace assay::plan
