// SPDX-License-Identifier: Apache-2.0
// A saved plan is carried out as it was, or what changed is named.
#include "engine/plan/saved_plan.h"

#include "plan_fixture.h"
#include "support/cases.h"

namespace assay::plan {
namespace {

struct ChangeCase {
  const char* name;
  const char* steps;
  const char* before;  // facts
  const char* now;
  const char* change;  // empty: there is none
};
class SavedPlans : public Planning, public testing::WithParamInterface<ChangeCase> {
 protected:
  // What changes between the plan for some facts and that for others.
  std::string changes(const std::string& steps, const char* before, const char* now) const {
    const auto loaded = load(steps);
    if (!loaded.value) return render(loaded.problems);
    const hardware::Facts then = facts_of(before);
    const hardware::Facts today = facts_of(now);
    const PlanResult old = plan_recipe(*loaded.value, {.facts = &then});
    const PlanResult made = plan_recipe(*loaded.value, {.facts = &today});
    if (!old.plan || !made.plan) return render(old.problems) + render(made.problems);
    // As it comes from a file.
    const auto saved = parse_json(to_json_line(saved_plan(*old.plan, *loaded.value, {.recipe = "r.yaml"})), "plan");
    std::vector<std::string> out;
    const Diagnostics found = changes_since(*saved, *made.plan, *loaded.value);
    for (const Diagnostic& one : found.items()) out.push_back(one.message);
    return join(out, "; ");
  }
};
TEST_P(SavedPlans, NameWhatChanged) {
  EXPECT_EQ(changes(GetParam().steps, GetParam().before, GetParam().now), GetParam().change);
}
constexpr const char* kOld = R"({"os": {"hostname": "one"}, "memory": {"total": 9, "available": 5}})";
constexpr const char* kNew = R"({"os": {"hostname": "two"}, "memory": {"total": 9, "available": 6}})";
const ChangeCase kChanges[] = {
    {"the_command", "steps: [{ id: a, run: [echo, '${{ facts.os.hostname }}'] }]\n", kOld, kNew,
     R"(the step 'a' differs: 'command' was ["echo","one"] and is now ["echo","two"])"},
    {"env", "steps: [{ id: a, run: [x], env: { A: 'x${{ facts.os.hostname }}', B: y } }]\n", kOld, kNew,
     "the step 'a' differs: its 'env.A' has another value"},
    {"standard_input", "steps: [{ id: a, run: [x], stdin: '${{ facts.os.hostname }}' }]\n", kOld, kNew,
     "the step 'a' differs: its 'stdin' has another value"},
    {"folder", "steps: [{ id: a, run: [x], cwd: '/${{ facts.os.hostname }}' }]\n", kOld, kNew,
     "the step 'a' differs: its 'cwd' has another value"},
    {"script", "steps:\n  - id: a\n    run: |\n      echo ${{ facts.os.hostname }}\n", kOld, kNew,
     "the step 'a' differs: its 'script' has another value"},
    {"check", "steps: [{ id: a, run: [x], check: { run: [y, '${{ facts.os.hostname }}'] } }]\n", kOld, kNew,
     "the step 'a' differs: its 'check' has another value"},
    {"undo", "steps: [{ id: a, run: [x], undo: { run: [y, '${{ facts.os.hostname }}'] } }]\n", kOld, kNew,
     "the step 'a' differs: its 'undo' has another value"},
    {"question", "steps: [{ id: a, approve: { question: 'on ${{ facts.os.hostname }}?' } }]\n", kOld, kNew,
     "the step 'a' differs: its 'question' has another value"},
    {"nothing", "steps: [{ id: a, run: [echo, '${{ facts.os.hostname }}'], env: { A: '${{ facts.os.hostname }}' } }]\n",
     kOld, kOld, ""},
    {"free_memory_in_a_command", "steps: [{ id: a, run: [echo, '${{ facts.memory.available }}'] }]\n", kOld, kNew, ""},
    {"free_memory_in_a_row", "steps: [{ id: a, foreach: { m: '[facts.memory]' }, run: [echo] }]\n", kOld, kNew, ""},
    {"free_memory_from_a_row",
     "steps: [{ id: a, foreach: { m: '[facts.memory]' }, run: [echo, '${{ matrix.m.available }}'], env: { A: '${{ "
     "matrix.m.available }}' } }]\n",
     kOld, kNew, ""},
    {"what_is_not_read", "steps: [{ id: a, run: [echo, '${{ facts.memory.total }}'] }]\n", kOld, kNew, ""},
    {"another_machine", "steps: [{ id: a, foreach: { m: '[facts.memory]' }, run: [echo] }]\n",
     R"({"memory": {"total": 9}})", R"({"memory": {"total": 8}})",
     "the step 'a[m=3f0b9f4b]' was not in the plan; the step 'a[m=115e14ad]' of the plan is not there any more"},
};
INSTANTIATE_TEST_SUITE_P(Facts, SavedPlans, testing::ValuesIn(kChanges), test::case_name);

TEST_F(SavedPlans, HaveDigestsOnlyOfWhatNothingElseTells) {
  beside("inner.yaml",
         "params: { p: { type: string } }\nsteps: [{ id: i, run: [x], env: { A: '${{ params.p }}' } }]\n");
  const auto loaded = load(
      "params: { q: { type: string, default: y } }\nsteps:\n"
      "  - { id: a, matrix: { m: [1] }, run: [x], env: { A: '${{ matrix.m }}', B: '${{ params.q }}' } }\n"
      "  - { id: u, use: inner.yaml, with: { p: '${{ facts.os.hostname }}' } }\n");
  ASSERT_TRUE(loaded.value) << render(loaded.problems);
  const hardware::Facts facts = facts_of(kOld);
  const PlanResult made = plan_recipe(*loaded.value, {.facts = &facts});
  ASSERT_TRUE(made.plan) << render(made.problems);
  const Json saved = saved_plan(*made.plan, *loaded.value, {.recipe = "r.yaml"});
  EXPECT_FALSE(saved["steps"][0].contains("inputs"));
  EXPECT_TRUE(saved["steps"][1]["inputs"].contains("env.A"));
  EXPECT_EQ(changes("steps: [{ id: u, use: inner.yaml, with: { p: '${{ facts.os.hostname }}' } }]\n", kOld, kNew),
            "the step 'u/i' differs: its 'env.A' has another value");
}

TEST_F(SavedPlans, AParameterInUseMayChangeByItself) {
  beside("inner.yaml",
         "params: { free: { type: size, default: 1 B } }\nsteps: [{ id: i, run: [x, '${{ params.free }}'] }]\n");
  const char* steps = "steps: [{ id: u, use: inner.yaml, with: { free: '${{ facts.memory.available }}' } }]\n";
  const char* before = R"({"memory": {"available": {"value": 5, "unit": "B"}}})";
  const char* now = R"({"memory": {"available": {"value": 6, "unit": "B"}}})";
  EXPECT_EQ(changes(steps, before, now), "");
  const hardware::Facts facts = facts_of(before);
  const Plan plan = planned(steps, {.facts = &facts});
  EXPECT_THAT(plan.steps[1].inside->changing, testing::ElementsAre("free"));
  EXPECT_THAT(plan.steps[0].origin->changing, testing::ElementsAre("free"));
}

}  // namespace
}  // namespace assay::plan
