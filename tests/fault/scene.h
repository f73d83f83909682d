// SPDX-License-Identifier: Apache-2.0
// A recipe whose steps count themselves, the store of its run, and what has become of both. All steps append their id
// and attempt to one file before they do anything else; so what was done stands beside what the record says was done.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>  // a journal holds JSON by value
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "support/program.h"
#include "support/temp_folder.h"

namespace assay::test {

// Steps of each kind: sequence and graph, two at a time, a matrix, a block that is rescued, retry, checks, tests with
// samples, values of every type used later, output that goes to evidence. 60 instances.
struct Recipe {
  std::string main;                          // recipe.yaml
  std::map<std::string, std::string> files;  // what it uses, by name
};
Recipe mixed_recipe(const std::filesystem::path& effect_script);
// Six steps in a row, for tests that try many places of one record.
Recipe short_recipe(const std::filesystem::path& effect_script);
// One test, so that facts come before it.
Recipe tested_recipe(const std::filesystem::path& effect_script);

// What a run comes to, without its times and ids.
struct Result {
  std::map<std::string, std::string> steps;  // id -> status, verdict, exit code, outputs
  std::string verdict;
  int exit_code = -1;
  bool operator==(const Result&) const = default;
};
// The differences of two results, one a line; empty when there is none.
std::string difference(const Result& one, const Result& other);

// The lines of a journal, as far as they are whole.
struct Journal {
  std::vector<Json> lines;
  bool torn = false;                    // bytes follow without a newline
  bool damaged = false;                 // a line is no JSON; it and what follows is left out
  std::map<std::string, int> started;   // step -> its `started` lines
  std::map<std::string, int> finished;  // step -> its `finished` lines with a result
  std::map<std::string, int> attempts;  // step -> as its `finished` line says
  bool sealed = false;
};

class Scene {
 public:
  // `store`: where the store lies; empty: beside the recipe.
  explicit Scene(const std::filesystem::path& folder, Recipe (*recipe)(const std::filesystem::path&),
                 std::filesystem::path store = {});

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const std::filesystem::path& store() const { return store_; }

  // `assay run` and `assay resume` of this recipe and store, to be changed before they are run.
  [[nodiscard]] Invocation run() const;
  [[nodiscard]] Invocation resume() const;
  [[nodiscard]] Invocation assay(std::vector<std::string> arguments) const;

  // The record's folder of the one run; empty: there is none yet.
  [[nodiscard]] std::filesystem::path record() const;
  // Empty where there is no journal yet.
  [[nodiscard]] Journal journal() const;
  [[nodiscard]] Result result() const;
  // What the steps have done: "id#attempt", how often.
  [[nodiscard]] std::map<std::string, int> effects() const;
  // The same, by step.
  [[nodiscard]] std::map<std::string, int> effects_by_step() const;

 private:
  std::filesystem::path folder_;
  std::filesystem::path store_;
};

// Expects that everything that was done stands in the journal as started.
void expect_nothing_unknown(const Scene& scene, const std::string& how);
// Takes the run up until it has ended. A run that was cut off before its first step may have nothing to take up: then
// nothing was done, and it is run anew.
void resume_to_the_end(const Scene& scene, const std::string& how);
// Expects that a run which was cut off and taken up again is as good as `whole`, one that nobody disturbed: sealed, the
// same result, every result once, no step done more often than its attempts, and nothing of `before` done again.
// `before`: the steps that were finished when the run was cut off, with their effects then.
void expect_as_good_as(const Result& whole, const Scene& scene, const std::map<std::string, int>& before,
                       const std::string& how);
// The effects of the steps that the journal says are finished.
std::map<std::string, int> effects_of_finished(const Scene& scene);

}  // namespace assay::test
