// SPDX-License-Identifier: Apache-2.0
// Tests of recipes: the real planner, scheduler and actions over a machine and processes that a file describes. Nothing
// of this machine is read, started or changed, but for a folder of its own that goes away.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/plan/plan.h"
#include "engine/recipe/recipe_test_model.h"
#include "engine/rehearse/step_types.h"

namespace assay::rehearse {

// A case with what is known before it is played.
struct PreparedCase {
  const recipe::TestCase* test = nullptr;  // of LoadedTest::test
  hardware::Facts facts;
  plan::PlanResult planned;  // without a plan: the recipe is refused
};

// A file of tests with its recipe.
struct LoadedTest {
  std::shared_ptr<const recipe::RecipeTest> test;
  std::shared_ptr<const plan::LoadedRecipe> recipe;  // nullptr: it has mistakes, as every case expects
  StepTypes steps;
  std::deque<PreparedCase> cases;
};

struct LoadedTestResult {
  std::optional<LoadedTest> value;  // set when there are no errors
  Diagnostics problems;             // every mistake of the file, of the recipe too when no case expects it
};

// Reads the file and its recipe, plans each case, and checks every name and type of the file against the plan.
// `path` as the user gave it; messages use it as it is.
LoadedTestResult load_test(const std::filesystem::path& path);

enum class CaseVerdict : std::uint8_t {
  kPassed,
  kFailed,  // an expectation does not hold
  kWrong,   // the case itself is wrong: its script does not fit what the recipe does
};
std::string_view to_string(CaseVerdict verdict);

struct CaseResult {
  std::string name;
  CaseVerdict verdict = CaseVerdict::kPassed;
  Diagnostics problems;      // each at its line of the file
  Nanoseconds took{0};       // by the clock of the test
  bool interrupted = false;  // a signal ended it: nothing is said about the case
  int exit_code = 0;         // of the run
};

// Plays one case of `loaded`. The record is made below `folder`, which must exist; it is the caller's to remove.
// Errors: the record cannot be made.
Result<CaseResult> rehearse(const LoadedTest& loaded, const PreparedCase& prepared, const std::filesystem::path& folder,
                            const std::string& assay_version);

}  // namespace assay::rehearse
