// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/flat.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "engine/recipe/reader.h"
#include "plan_fixture.h"
#include "support/cases.h"

namespace assay::plan {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

recipe::Recipe read(const std::string& rest) {
  auto read = recipe::read_recipe(kRecipeHead + rest, "f.yaml", "f.yaml");
  if (!read.value) throw std::runtime_error(render(read.problems));
  return std::move(*read.value);
}

std::string shown(const FlatStep& step, const std::vector<FlatStep>& all) {
  constexpr const char* kRoles[] = {"", " rescue", " always", " handler"};
  std::vector<std::string> needs;
  for (const std::size_t need : step.needs) needs.push_back(all[need].step->id.text);
  std::string out = step.step->id.text + kRoles[static_cast<std::size_t>(step.role)] + ": " + join(needs, ", ");
  if (step.block) out += " in " + all[*step.block].step->id.text;
  return out;
}

struct FlatCase {
  const char* name;
  const char* recipe;
  std::vector<std::string> expected;  // "id role: needs in block"
};
class Flatten : public testing::TestWithParam<FlatCase> {};
TEST_P(Flatten, KnowsWhatEachStepWaitsFor) {
  const recipe::Recipe recipe = read(GetParam().recipe);
  const auto steps = flatten(recipe);
  std::vector<std::string> all;
  for (const FlatStep& step : steps) all.push_back(shown(step, steps));
  EXPECT_THAT(all, ElementsAreArray(GetParam().expected));
}

const FlatCase kFlat[] = {
    {"sequence", "steps: [{ id: a, run: [x] }, { id: b, run: [x] }, { id: c, run: [x] }]\n", {"a: ", "b: a", "c: b"}},
    {"needs_take_a_step_out_of_the_sequence",
     "steps: [{ id: a, run: [x] }, { id: b, run: [x] }, { id: c, needs: a, run: [x] }, { id: d, run: [x] }]\n",
     {"a: ", "b: a", "c: a", "d: c"}},
    {"empty_needs_wait_for_nothing", "steps: [{ id: a, run: [x] }, { id: b, needs: [], run: [x] }]\n", {"a: ", "b: "}},
    {"graph", "order: graph\nsteps: [{ id: a, run: [x] }, { id: b, run: [x] }]\n", {"a: ", "b: "}},
    {"unknown_and_repeated_needs_are_left_out",
     "order: graph\nsteps: [{ id: a, run: [x] }, { id: b, needs: [a, gone, a], run: [x] }]\n",
     {"a: ", "b: a"}},
    {"block_in_a_sequence",
     R"(steps:
  - { id: a, run: [x] }
  - id: k
    block:
      steps: [{ id: k1, run: [x] }, { id: k2, run: [x] }]
      rescue: [{ id: r1, run: [x] }, { id: r2, run: [x] }]
      always: [{ id: w, run: [x] }]
  - { id: z, run: [x] }
)",
     {"a: ", "k1: a in k", "k2: k1 in k", "r1 rescue: k1, k2 in k", "r2 rescue: r1 in k",
      "w always: k1, k2, r1, r2 in k", "k: k1, k2, r1, r2, w", "z: k"}},
    {"block_in_a_graph",
     R"(order: graph
steps:
  - id: k
    block: { steps: [{ id: k1, run: [x] }, { id: k2, run: [x] }], rescue: [{ id: r1, run: [x] }] }
)",
     {"k1:  in k", "k2:  in k", "r1 rescue: k1, k2 in k", "k: k1, k2, r1"}},
    {"what_a_block_needs_its_steps_need",
     R"(order: graph
steps:
  - { id: a, run: [x] }
  - { id: b, run: [x] }
  - id: k
    needs: [a]
    block: { steps: [{ id: k1, run: [x] }, { id: k2, needs: [b], run: [x] }] }
)",
     {"a: ", "b: ", "k1: a in k", "k2: b, a in k", "k: k1, k2, a"}},
    {"blocks_in_blocks",
     R"(order: graph
steps:
  - { id: a, run: [x] }
  - id: outer
    needs: a
    block: { steps: [{ id: inner, block: { steps: [{ id: deep, run: [x] }] } }] }
)",
     {"a: ", "deep: a in inner", "inner: deep, a in outer", "outer: inner, a"}},
    {"handlers_wait_for_all_steps",
     R"(steps: [{ id: a, run: [x], notify: h }, { id: k, block: { steps: [{ id: b, run: [x] }] } }]
handlers: [{ id: h, run: [x] }, { id: i, run: [x] }]
)",
     {"a: ", "b: a in k", "k: b", "h handler: a, k", "i handler: h"}},
};
INSTANTIATE_TEST_SUITE_P(Recipes, Flatten, testing::ValuesIn(kFlat), test::case_name);

// A list of steps with the given needs, without a file.
std::vector<FlatStep> graph_of(const std::vector<std::vector<std::size_t>>& needs) {
  std::vector<FlatStep> out(needs.size());
  for (std::size_t i = 0; i < needs.size(); ++i) out[i].needs = needs[i];
  return out;
}

// For each step, a digit for each step: 1 where it is settled before.
std::vector<std::string> all_settled(const std::vector<FlatStep>& steps) {
  std::vector<SettledQuestion> questions;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (std::size_t k = 0; k < steps.size(); ++k) questions.push_back({.step = k, .asker = i});
  }
  const std::vector<bool> answers = settled_before(steps, questions);
  std::vector<std::string> all;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (i % steps.size() == 0) all.emplace_back();
    all.back() += answers[i] ? '1' : '0';
  }
  return all;
}

struct BeforeCase {
  const char* name;
  std::vector<std::vector<std::size_t>> needs;
  std::vector<std::string> settled;  // for each step, a digit for each step: 1 where it is settled before
};
class BeforeSteps : public testing::TestWithParam<BeforeCase> {};
TEST_P(BeforeSteps, KnowsWhatIsSettled) {
  const auto steps = graph_of(GetParam().needs);
  EXPECT_THAT(all_settled(steps), ElementsAreArray(GetParam().settled));
}
const BeforeCase kBefore[] = {
    {"chain", {{}, {0}, {1}, {2}}, {"0000", "1000", "1100", "1110"}},
    {"nothing", {{}, {}, {}}, {"000", "000", "000"}},
    {"diamond", {{}, {0}, {0}, {1, 2}}, {"0000", "1000", "1000", "1110"}},
    {"two_chains", {{}, {0}, {}, {2}, {1, 3}}, {"00000", "10000", "00000", "00100", "11110"}},
    {"into_the_middle_of_a_chain", {{}, {0}, {1}, {2}, {1}}, {"00000", "10000", "11000", "11100", "11000"}},
    {"twice_into_one_chain", {{}, {0}, {1}, {0}, {3, 2}}, {"00000", "10000", "11000", "10000", "11110"}},
    {"a_later_step_first", {{1}, {}}, {"01", "00"}},
    {"circle", {{1}, {0}}, {"11", "11"}},
    {"before_and_behind_a_circle", {{}, {0, 2}, {1}, {2}, {0}}, {"00000", "11111", "11111", "11111", "10000"}},
};
INSTANTIATE_TEST_SUITE_P(Graphs, BeforeSteps, testing::ValuesIn(kBefore), test::case_name);

TEST(BeforeSteps, LooksInsideBlocks) {
  const recipe::Recipe recipe = read(R"(steps:
  - { id: a, run: [x] }
  - { id: k, block: { steps: [{ id: k1, run: [x] }], rescue: [{ id: r, run: [x] }] } }
  - { id: z, run: [x] }
)");
  const auto steps = flatten(recipe);  // a k1 r k z
  EXPECT_THAT(all_settled(steps), ElementsAre("00000", "10000", "11000", "11100", "11110"));
}

// A square of steps would end in the time limit of the test.
std::size_t far_answers(const std::vector<std::vector<std::size_t>>& needs) {
  const auto steps = graph_of(needs);
  std::vector<SettledQuestion> questions;
  for (std::size_t i = 1; i < steps.size(); ++i) questions.push_back({.step = i / 2, .asker = i});
  const std::vector<bool> answers = settled_before(steps, questions);
  return static_cast<std::size_t>(std::count(answers.begin(), answers.end(), true));
}
TEST(SettledBefore, CostsLittleInLongGraphs) {
  constexpr std::size_t kSteps = 100'000;
  std::vector<std::vector<std::size_t>> chain(kSteps);
  std::vector<std::vector<std::size_t>> ladder(kSteps);
  std::vector<std::vector<std::size_t>> fans(kSteps);  // one, then nine that need it, then one that needs those …
  for (std::size_t i = 1; i < kSteps; ++i) {
    chain[i] = {i - 1};
    ladder[i] = i < 2 ? std::vector<std::size_t>() : std::vector<std::size_t>{i / 2 * 2 - 2, i / 2 * 2 - 1};
    if (i % 10 != 0) fans[i] = {i - i % 10};
    for (std::size_t k = i - 9; i % 10 == 0 && k < i; ++k) fans[i].push_back(k);
  }
  EXPECT_EQ(far_answers(chain), kSteps - 1);
  EXPECT_EQ(far_answers(ladder), kSteps - 2) << "1 does not wait for 0";
  EXPECT_GT(far_answers(fans), kSteps - 10) << "all but some of the first nine";
}
TEST(SettledBefore, CostsLittleWhereNoTreeShowsIt) {
  constexpr std::size_t kWidth = 100;
  std::vector<std::vector<std::size_t>> grid(kWidth * kWidth);
  for (std::size_t i = 1; i < grid.size(); ++i) {
    if (i >= kWidth) grid[i].push_back(i - kWidth);
    if (i % kWidth != 0) grid[i].push_back(i - 1);
  }
  const auto steps = graph_of(grid);
  std::vector<SettledQuestion> questions;
  std::vector<bool> expected;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const std::size_t other = (i * 7919 + 13) % grid.size();
    questions.push_back({.step = other, .asker = i});
    expected.push_back(other != i && other / kWidth <= i / kWidth && other % kWidth <= i % kWidth);
  }
  EXPECT_EQ(settled_before(steps, questions), expected);
}

TEST(Settled, WhatNeedsTheUnknownIsAfterEverything) {
  auto steps = graph_of({{}, {}, {1}, {0}});
  steps[1].needs_unknown = true;
  EXPECT_THAT(all_settled(steps), testing::ElementsAre("0000", "1111", "1111", "1000"));
}

}  // namespace
}  // namespace assay::plan
