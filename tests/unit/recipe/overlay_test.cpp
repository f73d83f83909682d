// SPDX-License-Identifier: Apache-2.0
// What overlays make of a recipe, and what is wrong with an overlay.
#include "engine/recipe/overlay.h"

#include "engine/recipe/kinds.h"
#include "read_recipe.h"
#include "support/cases.h"

namespace assay::recipe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kOverlayHead = "apiVersion: assay/v1\nkind: Overlay\nmetadata: { name: site, version: 1.0.0 }\n";

constexpr const char* kRest = R"(params:
  runtime: { type: duration, default: 20s, max: 1h }
  word: { type: string, default: plain }
profiles: { night: { runtime: 10m } }
pools: { slots: 2 }
steps:
  - id: first
    run: [a, "${{ params.word }}"]
    env: { A: "1", B: "2" }
    timeout: 5m
    retry: { attempts: 3 }
  - id: parts
    block:
      steps:
        - { id: inner, run: [b], timeout: 1m }
      rescue:
        - { id: mend, run: [c] }
  - { id: ask, approve: "Go on?" }
handlers:
  - { id: last, run: [d] }
)";

ReadResult<Recipe> overlaid(const std::vector<std::string>& overlays, const std::string& rest = kRest) {
  std::vector<FileText> texts;
  for (std::size_t i = 0; i < overlays.size(); ++i) {
    const std::string name = "o" + std::to_string(i) + ".yaml";
    texts.push_back({kOverlayHead + overlays[i], name, name});
  }
  return read_recipe({kRecipeHead + rest, "r.yaml", "r.yaml"}, std::move(texts));
}

std::string told(const Named<TextField>& variables) {
  std::string out;
  for (const auto& [name, value] : variables) out += name.text + "=" + value.text.evaluate({})->as_string() + " ";
  return out;
}
std::vector<std::string> told(const Step& step) {
  std::vector<std::string> out;
  for (const auto& [key, where] : step.overlaid) out.push_back(key + " " + place_text(where));
  return out;
}

TEST(Overlays, ReplaceMergeAndTakeAway) {
  const auto result = overlaid({R"(pools: { slots: 1, disks: 4 }
deadline: 2h
retry_budget: 3
profiles: { night: { runtime: 30m }, day: { word: d } }
steps:
  first:
    timeout: 20m
    retry: null
    env: { B: "20", C: "30", A: null }
    pool: disks
)"});
  ASSERT_TRUE(result.value) << render(result.problems);
  const Recipe& recipe = *result.value;
  const Step& first = recipe.steps.at(0);
  EXPECT_EQ(first.timeout, std::chrono::minutes(20));
  EXPECT_FALSE(first.retry) << "null takes a key away";
  EXPECT_EQ(told(first.env), "B=20 C=30 ") << "env is merged by name";
  EXPECT_EQ(first.pools.at(0).pool.text, "disks");
  EXPECT_EQ(first.run.argv.size(), 2U) << "what the overlay does not name stays";
  EXPECT_THAT(told(first), ElementsAre("timeout o0.yaml:10", "retry o0.yaml:11", "env.B o0.yaml:12", "env.C o0.yaml:12",
                                       "env.A o0.yaml:12", "pool o0.yaml:13"));
  EXPECT_EQ(recipe.deadline, std::chrono::hours(2));
  EXPECT_EQ(recipe.retry_budget, 3U);
  ASSERT_EQ(recipe.pools.size(), 2U);
  EXPECT_EQ(recipe.pools[0].second, 1U);
  ASSERT_EQ(recipe.profiles.size(), 2U);
  EXPECT_EQ(json_of(recipe.profiles[0].params.at(0).second), "\"30m\"");
  EXPECT_TRUE(told(recipe.steps.at(1)).empty());
  ASSERT_EQ(recipe.overlays.size(), 1U);
  EXPECT_EQ(recipe.overlays[0].name, "site");
}

TEST(Overlays, ReachStepsInBlocksAndHandlers) {
  const auto result =
      overlaid({"steps: { inner: { timeout: 9m }, mend: { timeout: 8m }, last: { timeout: 7m }, "
                "parts: { name: All of it } }\n"});
  ASSERT_TRUE(result.value) << render(result.problems);
  EXPECT_EQ(result.value->steps.at(1).name, "All of it");
  EXPECT_EQ(result.value->steps.at(1).block->steps.at(0).timeout, std::chrono::minutes(9));
  EXPECT_EQ(result.value->steps.at(1).block->rescue.at(0).timeout, std::chrono::minutes(8));
  EXPECT_EQ(result.value->handlers.at(0).timeout, std::chrono::minutes(7));
  EXPECT_THAT(told(result.value->steps.at(1).block->steps.at(0)), ElementsAre("timeout o0.yaml:4"));
}

TEST(Overlays, ALaterOneWins) {
  const auto result = overlaid({"params: { word: x }\nsteps: { first: { timeout: 6m, env: { Z: a } } }\n",
                                "params: { word: y }\nsteps: { first: { timeout: 7m } }\n"});
  ASSERT_TRUE(result.value) << render(result.problems);
  EXPECT_EQ(result.value->steps.at(0).timeout, std::chrono::minutes(7));
  EXPECT_EQ(told(result.value->steps.at(0).env), "A=1 B=2 Z=a ");
  EXPECT_EQ(result.value->overlays.at(1).params.at(0).second.as_string(), "y");
}

TEST(Overlays, LeaveTheRecipeAsItIsWhenTheyAreEmpty) {
  const auto result = overlaid({"recipe: r\n"});
  ASSERT_TRUE(result.value) << render(result.problems);
  EXPECT_EQ(result.value->steps.at(0).timeout, std::chrono::minutes(5));
}

struct WrongOverlay {
  const char* name;
  const char* text;
  std::vector<const char*> parts;
};
class WrongOverlays : public testing::TestWithParam<WrongOverlay> {};
TEST_P(WrongOverlays, AreOneErrorWithItsPlace) {
  const auto result = overlaid({GetParam().text});
  EXPECT_FALSE(result.value);
  const std::string text = render(result.problems);
  for (const char* part : GetParam().parts) EXPECT_THAT(text, HasSubstr(part));
  EXPECT_EQ(result.problems.items().size(), 1U) << text;
}
const WrongOverlay kWrongOverlays[] = {
    {"unknown_step",
     "steps: { frist: { timeout: 1m } }\n",
     {"o0.yaml:4:10: error[P001]: the overlay 'site' changes a step 'frist' that the recipe does not have",
      "did you mean 'first'?"}},
    {"unknown_key_of_a_step",
     "steps: { first: { tiemout: 1m } }\n",
     {"o0.yaml:4:19: error[R010]", "did you mean 'timeout'?"}},
    {"bad_value", "steps: { first: { timeout: soon } }\n", {"o0.yaml:4:28: error[R0", "timeout"}},
    {"nothing_to_take_away",
     "steps: { first: { pool: ~ } }\n",
     {"o0.yaml:4:19: error[R010]: there is no 'pool' to take away from step 'first'"}},
    {"needed_key_taken_away",
     "steps: { first: { run: null } }\n",
     {"o0.yaml:4:19: error[R020]: an overlay cannot take the action 'run' away"}},
    {"question_taken_away",
     "steps: { ask: { approve: null } }\n",
     {"o0.yaml:4:17: error[R020]: an overlay cannot take the action 'approve' away"}},
    {"another_kind_of_work",
     "steps: { first: { reboot: true } }\n",
     {"o0.yaml:4:19: error[R020]: an overlay cannot give the step the action 'reboot': it has another"}},
    {"another_action",
     "steps: { first: { facts: true } }\n",
     {"o0.yaml:4:19: error[R020]: an overlay cannot give the step the action 'facts': it has another"}},
    {"another_id",
     "steps: { first: { id: other } }\n",
     {"o0.yaml:4:23: error[R020]: an overlay cannot give a step another id"}},
    {"step_is_no_mapping", "steps: { first: 5m }\n", {"o0.yaml:4:17: error[R0", "a mapping of keys of the step"}},
    {"unknown_parameter",
     "params: { wrod: x }\n",
     {"o0.yaml:4:11: error[R040]: the recipe has no parameter 'wrod'", "did you mean 'word'?"}},
    {"parameter_does_not_fit", "params: { runtime: 2h }\n", {"o0.yaml:4:", "error[R040]"}},
    {"another_recipe",
     "recipe: other\n",
     {"o0.yaml:4:9: error[R020]: the overlay is for the recipe 'other', this one is 'r'"}},
    {"unknown_key", "stpes: {}\n", {"o0.yaml:4:1: error[R010]", "did you mean 'steps'?"}},
    {"no_yaml", "steps: [\n", {"o0.yaml:"}},
};
INSTANTIATE_TEST_SUITE_P(Overlays, WrongOverlays, testing::ValuesIn(kWrongOverlays), test::case_name);

TEST(Overlays, TellTheirMistakesAllAtOnce) {
  const auto result = overlaid({R"(params: { zz: 1 }
pools: 3
deadline: soon
steps:
  first: { id: other, rum: [a], timeout: never }
  nosuch: { timeout: 1m }
  last: 3
bogus: 1
)"});
  EXPECT_FALSE(result.value);
  std::vector<std::string> told;
  for (const Diagnostic& problem : result.problems.items())
    told.push_back(std::to_string(problem.where->line - 3) + " " + problem.message.substr(0, 50));
  EXPECT_THAT(
      told,
      ElementsAre("1 the recipe has no parameter 'zz'", "2 'pools' must be a mapping of names to numbers, got",
                  "3 'deadline' must be a duration above zero, got 'soo", "5 an overlay cannot give a step another id",
                  "5 unknown key 'rum' in a step", "5 'timeout' must be a duration above zero, got 'neve",
                  "6 the overlay 'site' changes a step 'nosuch' that th",
                  "7 'last' must be a mapping of keys of the step, got ", "8 unknown key 'bogus' in an overlay"));
}

TEST(OverlayProblems, AreFoundWithoutTheRecipe) {
  const auto problems =
      overlay_problems({std::string(kOverlayHead) + "steps: { any: { id: x } }\n", "o.yaml", "o.yaml"});
  EXPECT_THAT(render(problems), HasSubstr("o.yaml:4:21: error[R020]: an overlay cannot give a step another id"));
  EXPECT_THAT(
      render(overlay_problems({std::string(kOverlayHead) + "steps: { any: { envv: {} } }\n", "o.yaml", "o.yaml"})),
      HasSubstr("o.yaml:4:17: error[R010]: unknown key 'envv' in a step"));
  EXPECT_TRUE(overlay_problems({std::string(kOverlayHead) + "steps: { any: { timeout: 1m } }\n", "o", "o"}).empty());
}

TEST(OverlaySchema, HasTheKeysOfStepsWithoutTheirIds) {
  for (const KindRow& row : kind_rows()) {
    if (row.name != "Overlay") continue;
    const Json schema = schema_of(row);
    const Json& step = schema["$defs"]["overlay_step"];
    EXPECT_FALSE(step["properties"].contains("id"));
    EXPECT_FALSE(step.contains("required"));
    EXPECT_EQ(step["properties"]["timeout"]["anyOf"][1], (Json{{"type", "null"}}));
    return;
  }
  FAIL() << "there is no kind Overlay";
}

}  // namespace
}  // namespace assay::recipe
