// SPDX-License-Identifier: Apache-2.0
// Blocks, recipes in use, handlers, and the keys of a whole recipe.
#include "read_recipe.h"
#include "support/cases.h"

namespace assay::recipe {
namespace {

using testing::ElementsAre;

std::vector<std::string> ids(const std::vector<Step>& steps) {
  std::vector<std::string> out;
  for (const Step& step : steps) out.push_back(step.id.text);
  return out;
}

TEST(Structure, BlocksHoldSteps) {
  const Step step = good_step(R"(    block:
      steps:
        - { id: a, run: [x] }
        - { id: inner, block: { steps: [{ id: deep, run: [x] }] } }
      rescue: [{ id: r, run: [x] }]
      always: [{ id: w, run: [x] }]
)");
  EXPECT_EQ(step.action, ActionKind::kBlock);
  EXPECT_THAT(ids(step.block->steps), ElementsAre("a", "inner"));
  EXPECT_THAT(ids(step.block->steps[1].block->steps), ElementsAre("deep"));
  EXPECT_THAT(ids(step.block->rescue), ElementsAre("r"));
  EXPECT_THAT(ids(step.block->always), ElementsAre("w"));
}

TEST(Structure, ARecipeInUseIsAFileOrACommit) {
  const Step file = good_step("    use: other/r.yaml\n    with: { n: 1, t: \"${{ params.t }}\", l: [1, x] }\n");
  EXPECT_EQ(file.action, ActionKind::kUse);
  EXPECT_EQ(file.use->path, "other/r.yaml");
  EXPECT_EQ(file.use->git, "");
  ASSERT_EQ(file.with.size(), 3U);
  EXPECT_EQ(std::get<expr::Value>(file.with[0].second).as_int(), 1);
  EXPECT_TRUE(std::get<TextField>(file.with[1].second).text.is_single_expression());
  EXPECT_EQ(json_of(std::get<expr::Value>(file.with[2].second)), R"([1,"x"])");
  const Step git = good_step(
      "    use: { git: \"https://git.example/r\", commit: 0123456789abcdef0123456789abcdef01234567, path: r.yaml }\n");
  EXPECT_EQ(git.use->git, "https://git.example/r");
  EXPECT_EQ(git.use->commit, "0123456789abcdef0123456789abcdef01234567");
  EXPECT_EQ(git.use->path, "r.yaml");
  EXPECT_EQ(git.use->where.line, 6U);
}

TEST(Structure, KeysOfAWholeRecipe) {
  const Recipe recipe = good_recipe(R"(params: { n: { type: int, default: 1 } }
profiles: { fast: { n: 2 }, empty: {} }
pools: { slot: 2, bus: 1000000 }
order: graph
strategy: free
deadline: 2h
retry_budget: 0
rollout: { serial: [1, 5, 25%, 100%], max_fail_percentage: 12.5, gate: batch.failed == 0 }
steps: [{ id: a, run: [x], notify: restart }]
handlers: [{ id: restart, run: [x] }]
outputs: { n: params.n }
)");
  ASSERT_EQ(recipe.profiles.size(), 2U);
  EXPECT_EQ(recipe.profiles[0].name.text, "fast");
  EXPECT_EQ(recipe.profiles[0].params.at(0).second.as_int(), 2);
  EXPECT_TRUE(recipe.profiles[1].params.empty());
  ASSERT_EQ(recipe.pools.size(), 2U);
  EXPECT_EQ(recipe.pools[0].first.text, "slot");
  EXPECT_EQ(recipe.pools[1].second, 1'000'000U);
  EXPECT_EQ(recipe.order, Order::kGraph);
  EXPECT_EQ(recipe.strategy, Strategy::kFree);
  EXPECT_EQ(recipe.deadline, std::chrono::hours(2));
  EXPECT_EQ(recipe.retry_budget, 0U) << "none is something else than no limit";
  ASSERT_TRUE(recipe.rollout);
  EXPECT_THAT(recipe.rollout->serial, ElementsAre("1", "5", "25%", "100%"));
  EXPECT_EQ(recipe.rollout->max_fail_percentage, 12.5);
  EXPECT_EQ(recipe.rollout->gate->expression.text(), "batch.failed == 0");
  EXPECT_THAT(ids(recipe.handlers), ElementsAre("restart"));
  ASSERT_EQ(recipe.outputs.size(), 1U);
  EXPECT_EQ(recipe.outputs[0].first.text, "n");
}

TEST(Structure, Defaults) {
  const Recipe recipe = good_recipe("steps: [{ id: a, run: [x] }]\n");
  EXPECT_EQ(recipe.order, Order::kSequence);
  EXPECT_EQ(recipe.strategy, Strategy::kLockStep);
  EXPECT_FALSE(recipe.deadline);
  EXPECT_FALSE(recipe.retry_budget);
  EXPECT_FALSE(recipe.rollout);
  EXPECT_TRUE(recipe.pools.empty());
}

TEST(Structure, ASingleBatchSizeIsAList) {
  EXPECT_THAT(good_recipe("rollout: { serial: 50% }\nsteps: [{ id: a, run: [x] }]\n").rollout->serial,
              ElementsAre("50%"));
}

class WrongStructure : public testing::TestWithParam<WrongCase> {};
TEST_P(WrongStructure, IsExplained) { expect_one_error(GetParam()); }

#define REST "steps: [{ id: a, run: [x] }]\n"
const WrongCase kWrongStructures[] = {
    {"block_is_a_list",
     "steps: [{ id: k, block: [{ id: a, run: [x] }] }]\n",
     {"error[R013]: 'block' must be a mapping, got a list"}},
    {"block_without_steps",
     "steps: [{ id: k, block: { always: [{ id: a, run: [x] }] } }]\n",
     {"error[R011]: block lacks the key 'steps'"}},
    {"empty_rescue",
     "steps: [{ id: k, block: { steps: [{ id: a, run: [x] }], rescue: [] } }]\n",
     {"error[R020]: 'rescue' is empty"}},
    {"mistake_inside_a_block",
     "steps: [{ id: k, block: { steps: [{ id: a, rnu: [x] }] } }]\n",
     {"error[R010]: unknown key 'rnu' in a step", "did you mean 'run'?"}},
    {"script_that_is_not_indented",
     "steps:\n  - id: a\n    run: |\n    echo hello\n",
     {"r.yaml:7:5: error[R010]: unknown key 'echo hello' in a step", "indent it deeper than its key"}},
    {"key_of_a_lower_mapping",
     "summary: x\nsteps: [{ id: a, run: [x] }]\n",
     {"error[R010]: unknown key 'summary' in a Recipe", "help: 'summary' is a key of 'metadata'"}},
    {"key_of_the_entries_below",
     "retry: 3\nsteps: [{ id: a, run: [x] }]\n",
     {"error[R010]: unknown key 'retry' in a Recipe", "help: 'retry' is a key of the entries of 'steps'"}},
    {"key_with_an_odd_blank",
     "\u00a0timeout: 5m\nsteps: [{ id: a, run: [x] }]\n",
     {"error[R010]", "it holds a blank that is no ordinary space"}},
    {"key_of_suites",
     "tests: [{ id: a, run: [x] }]\n",
     {"error[R010]: unknown key 'tests' in a Recipe", "tests stand in a file of `kind: Suite`"}},
    {"id_twice_through_blocks",
     "steps: [{ id: a, run: [x] }, { id: k, block: { steps: [{ id: b, run: [x] }], always: [{ id: a, run: [x] }] } "
     "}]\n",
     {"error[R015]: the id 'a' is used twice", "note: r.yaml:4:15: it is used first here"}},
    {"handler_named_like_a_step",
     "steps: [{ id: a, run: [x] }]\nhandlers: [{ id: a, run: [x] }]\n",
     {"r.yaml:5:18: error[R015]: the id 'a' is used twice"}},
    {"block_beside_run",
     "steps: [{ id: k, run: [x], block: { steps: [{ id: a, run: [x] }] } }]\n",
     {"error[R012]: step 'k' has more than one action: run, block"}},
    {"use_without_commit",
     "steps: [{ id: u, use: { git: \"https://git.example/r\", path: r.yaml } }]\n",
     {"error[R011]: use does not say which commit is meant", "ref: BRANCH-OR-TAG"}},
    {"use_of_a_branch",
     "steps: [{ id: u, use: { git: \"https://git.example/r\", commit: main, path: r.yaml } }]\n",
     {"error[R020]: 'main' is not the full id of a commit", "40 or 64 hexadecimal digits", "write `ref: main`"}},
    {"use_of_a_short_commit",
     "steps: [{ id: u, use: { git: \"https://git.example/r\", commit: abc1234, path: r.yaml } }]\n",
     {"error[R020]: 'abc1234' is not the full id of a commit"}},
    {"use_of_upper_case",
     "steps: [{ id: u, use: { git: g, commit: 0123456789ABCDEF0123456789ABCDEF01234567, path: r.yaml } }]\n",
     {"error[R020]"}},
    {"order", "order: grpah\n" REST, {"error[R020]: unknown order 'grpah'", "did you mean 'graph'?"}},
    {"strategy", "strategy: fast\n" REST, {"error[R020]: unknown strategy 'fast'", "one of: lockstep, free"}},
    {"deadline", "deadline: 5\n" REST, {"error[R020]: 'deadline' must be a duration above zero, got '5'"}},
    {"duration_without_a_unit",
     "params: { p: { type: duration, default: 10 } }\n" REST,
     {"parameter 'p' cannot be '10'", "help: write 10s for seconds"}},
    {"size_in_small_letters",
     "params: { p: { type: size, default: 4 gb } }\n" REST,
     {"parameter 'p' cannot be '4 gb'", "help: write 4 GB"}},
    {"size_without_a_unit",
     "params: { p: { type: size, default: 10 } }\n" REST,
     {"parameter 'p' cannot be '10'", "help: write 10 B for bytes"}},
    {"vars", "vars: { a: 1 }\n" REST, {"error[R010]: unknown key 'vars' in a Recipe", "did you mean 'params'?"}},
    {"inputs", "inputs: { a: 1 }\n" REST, {"error[R010]: unknown key 'inputs'", "did you mean 'params'?"}},
    {"tasks", "tasks: [{ id: a, run: [x] }]\n", {"error[R010]: unknown key 'tasks'", "did you mean 'steps'?"}},
    {"when", "steps: [{ id: a, run: [x], when: 'true' }]\n", {"unknown key 'when' in a step", "did you mean 'if'?"}},
    {"depends_on",
     "steps: [{ id: a, run: [x], depends_on: b }]\n",
     {"unknown key 'depends_on'", "did you mean 'needs'?"}},
    {"cmd", "steps: [{ id: a, cmd: [x] }]\n", {"unknown key 'cmd'", "write it as `run: [program, argument]`"}},
    {"script", "steps: [{ id: a, script: x }]\n", {"unknown key 'script'", "write it as `run: |` and its lines"}},
    {"retry_budget", "retry_budget: -1\n" REST, {"error[R020]: 'retry_budget' must be from 0 to 1000000, got '-1'"}},
    {"pool_of_nothing", "pools: { p: 0 }\n" REST, {"error[R020]: 'p' must be from 1 to 1000000, got '0'"}},
    {"pools_are_a_list",
     "pools: [p]\n" REST,
     {"error[R013]: 'pools' must be a mapping of names to numbers, got a list"}},
    {"profiles_are_a_list",
     "profiles: [p]\n" REST,
     {"error[R013]: 'profiles' must be a mapping of names to parameter values, got a list"}},
    {"profile_is_a_text",
     "profiles: { p: x }\n" REST,
     {"error[R013]: 'p' must be a mapping of names to values, got text"}},
    {"batch_of_nothing",
     "rollout: { serial: 0 }\n" REST,
     {"error[R020]: '0' is not the size of a batch", "1% to 100%"}},
    {"batch_of_too_much", "rollout: { serial: 101% }\n" REST, {"error[R020]: '101%' is not the size of a batch"}},
    {"batch_of_a_sign", "rollout: { serial: \"%\" }\n" REST, {"error[R020]: '%' is not the size of a batch"}},
    {"batch_below_nothing", "rollout: { serial: -1 }\n" REST, {"error[R020]: '-1' is not the size of a batch"}},
    {"fail_percentage", "rollout: { max_fail_percentage: 101 }\n" REST, {"error[R020]: 'max_fail_percentage'"}},
    {"gate", "rollout: { gate: \"1 +\" }\n" REST, {"error[E001]"}},
    {"outputs_name", REST "outputs: { \"a b\": \"1\" }\n", {"error[R014]: 'a b' is not a valid name for outputs"}},
    {"handlers_empty", REST "handlers: []\n", {"error[R020]: 'handlers' is empty"}},
};
INSTANTIATE_TEST_SUITE_P(Recipes, WrongStructure, testing::ValuesIn(kWrongStructures), test::case_name);

TEST(Structure, BlocksAreBoundedInDepth) {
  std::string open;
  std::string close;
  for (int i = 0; i < 100; ++i) {
    open += "{ id: k" + std::to_string(i) + ", block: { steps: [";
    close += "] } }";
  }
  const auto result = read_text("steps: [" + open + "{ id: a, run: [x] }" + close + "]\n");
  EXPECT_FALSE(result.value);
  EXPECT_THAT(render(result.problems), testing::HasSubstr("error[Y002]"));
}

}  // namespace
}  // namespace assay::recipe
