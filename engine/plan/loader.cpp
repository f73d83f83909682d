// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/loader.h"

#include "engine/base/files.h"
#include "engine/plan/check.h"

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

}  // namespace

LoadResult<LoadedRecipe> load_recipe(const std::filesystem::path& path) {
  LoadResult<LoadedRecipe> result;
  auto text = read_text(path, std::nullopt, result.problems);
  if (!text) return result;
  auto read = recipe::read_recipe(std::move(*text), path.string(), path);
  // Even a recipe with mistakes is checked as far as it was understood: all of them at once.
  LoadedRecipe loaded;
  result.problems.add(read.problems);
  if (read.value) {
    loaded.recipe = std::make_shared<const recipe::Recipe>(std::move(*read.value));
  } else if (read.partial) {
    result.problems.add(check_recipe(*read.partial));
    result.problems.sort();
    return result;
  } else {
    return result;
  }
  result.problems.add(check_recipe(*loaded.recipe));
  for (const recipe::Step& step : loaded.recipe->steps) {
    if (step.action != recipe::ActionKind::kSuite) continue;
    auto suite = load_suite(path.parent_path() / step.suite, step.id.where, result.problems);
    if (!suite) continue;
    auto given = given_params(*suite, step.suite_params, result.problems);
    loaded.suites.push_back({std::move(suite), std::move(given), step.id.text});
  }
  result.problems.sort();
  if (!result.problems.has_errors()) result.value = std::move(loaded);
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
