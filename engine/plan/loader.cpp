// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/loader.h"

#include <algorithm>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/plan/arguments.h"
#include "engine/plan/check.h"
#include "engine/plan/flat.h"

namespace assay::plan {
namespace {

// The text of a file, or its problem in `problems`.
std::optional<std::string> read_text(const std::filesystem::path& path, const std::optional<SourceSpan>& where,
                                     Diagnostics& problems) {
  auto text = read_file(path, std::size_t{17} << 20U);
  if (text) return std::move(*text);
  Diagnostic problem = std::move(text).error();
  problem.where = where;
  problems.add(std::move(problem));
  return std::nullopt;
}

template <class T>
std::shared_ptr<const T> keep(recipe::ReadResult<T> result, Diagnostics& problems) {
  problems.add(result.problems);
  return result.value ? std::make_shared<const T>(std::move(*result.value)) : nullptr;
}

std::shared_ptr<const recipe::Suite> load_suite(const std::filesystem::path& path,
                                                const std::optional<SourceSpan>& where, Diagnostics& problems) {
  auto text = read_text(path, where, problems);
  if (!text) return nullptr;
  auto suite = keep(recipe::read_suite(std::move(*text), path.lexically_normal().string(), path), problems);
  if (suite) problems.add(check_suite(*suite));
  return suite;
}

// Parameters a user of the suite gives it, checked against what the suite declares.
std::vector<recipe::GivenParam> given_params(const recipe::Suite& suite, const recipe::Named<expr::Value>& values,
                                             Diagnostics& problems) {
  std::vector<recipe::GivenParam> out;
  for (const auto& [name, value] : values) out.push_back({name.text, value, name.where});
  recipe::bind_params(suite.params, out, problems);
  return out;
}

// The files of one load.
struct Loading {
  std::vector<std::filesystem::path> open;  // those that the present one is used from, directly or through others
  std::map<std::filesystem::path, std::shared_ptr<const LoadedRecipe>> done;  // nullptr: it has mistakes
};

void load_parts(LoadedRecipe& loaded, const recipe::Recipe& recipe, const std::filesystem::path& path, Loading& loading,
                Diagnostics& problems);

LoadResult<LoadedRecipe> load_recipe_inside(const std::filesystem::path& path, const std::optional<SourceSpan>& where,
                                            Loading& loading) {
  LoadResult<LoadedRecipe> result;
  auto text = read_text(path, where, result.problems);
  if (!text) return result;
  auto read = recipe::read_recipe(std::move(*text), path.string(), path);
  // Even a recipe with mistakes is checked as far as it was understood: all of them at once.
  LoadedRecipe loaded;
  result.problems.add(read.problems);
  const bool whole = read.value.has_value();
  if (whole) {
    loaded.recipe = std::make_shared<const recipe::Recipe>(std::move(*read.value));
  } else if (read.partial) {
    loaded.recipe = std::make_shared<const recipe::Recipe>(std::move(*read.partial));
  } else {
    return result;
  }
  std::error_code error;
  loading.open.push_back(std::filesystem::weakly_canonical(path, error));
  load_parts(loaded, *loaded.recipe, path, loading, result.problems);
  loading.open.pop_back();
  result.problems.add(check_recipe(*loaded.recipe, loaded.uses));
  loaded.output_types = output_types(*loaded.recipe, loaded.uses);
  if (!result.problems.has_errors()) result.value = std::move(loaded);
  return result;
}

std::shared_ptr<const LoadedRecipe> load_used(const recipe::Step& step, const std::filesystem::path& folder,
                                              Loading& loading, Diagnostics& problems) {
  if (!step.use.git.empty()) {
    problems.add({.code = Code::kNotCarriedOut,
                  .where = step.use.where,
                  .message = "recipes from git repositories are not fetched by this version",
                  .help = "clone the repository and name the file"});
    return nullptr;
  }
  const std::filesystem::path path = folder / step.use.path;
  std::error_code error;
  const auto canonical = std::filesystem::weakly_canonical(path, error);
  const auto outer = std::find(loading.open.begin(), loading.open.end(), canonical);
  if (outer != loading.open.end()) {
    std::vector<std::string> names;
    for (auto it = outer; it != loading.open.end(); ++it) names.push_back(it->filename().string());
    names.push_back(canonical.filename().string());
    problems.add({.code = Code::kUseCircle,
                  .where = step.use.where,
                  .message = "recipes use each other in a circle: " + join(names, " -> ")});
    return nullptr;
  }
  if (const auto known = loading.done.find(canonical); known != loading.done.end()) return known->second;
  auto inner = load_recipe_inside(path, step.use.where, loading);
  problems.add(inner.problems);
  auto loaded = inner.value ? std::make_shared<const LoadedRecipe>(std::move(*inner.value)) : nullptr;
  loading.done.emplace(canonical, loaded);
  return loaded;
}

void load_parts(LoadedRecipe& loaded, const recipe::Recipe& recipe, const std::filesystem::path& path, Loading& loading,
                Diagnostics& problems) {
  for (const FlatStep& flat : flatten(recipe)) {
    const recipe::Step& step = *flat.step;
    if (step.action == recipe::ActionKind::kUse) {
      if (auto used = load_used(step, path.parent_path(), loading, problems))
        loaded.uses.emplace(step.id.text, std::move(used));
    }
    if (step.action != recipe::ActionKind::kSuite) continue;
    auto suite = load_suite(path.parent_path() / step.suite, step.id.where, problems);
    if (!suite) continue;
    check_arguments(suite->params, step.with, problems);
    check_missing(suite->params, step.with, recipe.params, step.id, problems);
    loaded.suites.push_back({std::move(suite), {}, step.id.text});
  }
}

}  // namespace

LoadResult<LoadedRecipe> load_recipe(const std::filesystem::path& path) {
  Loading loading;
  auto result = load_recipe_inside(path, std::nullopt, loading);
  result.problems.sort();
  return result;
}

LoadResult<LoadedProgramme> load_programme(const std::filesystem::path& path) {
  LoadResult<LoadedProgramme> result;
  auto text = read_text(path, std::nullopt, result.problems);
  if (!text) return result;
  LoadedProgramme loaded;
  loaded.programme = keep(recipe::read_programme(std::move(*text), path.string(), path), result.problems);
  if (!loaded.programme) return result;
  for (const recipe::SuiteUse& use : loaded.programme->suites) {
    auto suite = load_suite(path.parent_path() / use.path, use.where, result.problems);
    if (!suite) continue;
    auto given = given_params(*suite, use.params, result.problems);
    loaded.suites.push_back({std::move(suite), std::move(given), {}});
  }
  if (!result.problems.has_errors()) result.problems.add(check_programme(*loaded.programme, loaded.suites));
  result.problems.sort();
  if (!result.problems.has_errors()) result.value = std::move(loaded);
  return result;
}

Diagnostics validate_file(const std::filesystem::path& path) {
  Diagnostics problems;
  const auto text = read_text(path, std::nullopt, problems);
  if (!text) return problems;
  const std::string kind = recipe::kind_of(*text);
  if (kind == "Suite") {
    load_suite(path, std::nullopt, problems);
  } else if (kind == "Programme") {
    problems = load_programme(path).problems;
  } else {
    problems = load_recipe(path).problems;
  }
  problems.sort();
  return problems;
}

}  // namespace assay::plan
