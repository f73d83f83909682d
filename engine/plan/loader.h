// SPDX-License-Identifier: Apache-2.0
// Recipes and programmes with the suite files they name, read and checked. Nothing but these files is looked at.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/plan/sources.h"
#include "engine/recipe/reader.h"

namespace assay::plan {

// A suite as somebody uses it: the file and, in a programme, the parameters given to it. What a recipe step gives is
// read when it is planned.
struct SuiteInUse {
  std::shared_ptr<const recipe::Suite> suite;
  std::vector<recipe::GivenParam> given;
  std::string step;  // id of the recipe step that uses it; empty in a programme
};

struct LoadedRecipe;
using UsedRecipes = std::map<std::string, std::shared_ptr<const LoadedRecipe>>;  // by the id of the `use` step

struct LoadedRecipe {
  std::shared_ptr<const recipe::Recipe> recipe;
  std::vector<SuiteInUse> suites;
  UsedRecipes uses;
  std::vector<std::pair<std::string, expr::Type>> output_types;  // of the recipe's outputs
};
struct LoadedProgramme {
  std::shared_ptr<const recipe::Programme> programme;
  std::vector<SuiteInUse> suites;
};

template <class T>
struct LoadResult {
  std::optional<T> value;  // set when there are no errors
  Diagnostics problems;    // errors and warnings of all files
};

// What is to become of a `use` of a repository that is not on this machine.
enum class Missing : std::uint8_t { kError, kWarning };

// `path` as the user gave it; messages use it as it is. `overlays` are applied to it in their order, not to recipes
// that it uses. Without `sources`, repositories are looked for in the user's cache, and nothing is fetched.
LoadResult<LoadedRecipe> load_recipe(const std::filesystem::path& path,
                                     const std::vector<std::filesystem::path>& overlays = {});
LoadResult<LoadedRecipe> load_recipe(const std::filesystem::path& path, Sources& sources,
                                     Missing missing = Missing::kError,
                                     const std::vector<std::filesystem::path>& overlays = {});
LoadResult<LoadedProgramme> load_programme(const std::filesystem::path& path);
// For `validate`: a file of any kind, a recipe as the overlays change it.
Diagnostics validate_file(const std::filesystem::path& path, const std::vector<std::filesystem::path>& overlays = {});

}  // namespace assay::plan
