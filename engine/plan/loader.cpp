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

constexpr std::size_t kLargestFile = std::size_t{17} << 20U;
constexpr std::size_t kDeepestUse = 64;

// The text of a file, or its problem in `problems`.
std::optional<std::string> read_text(const std::filesystem::path& path, const std::optional<SourceSpan>& where,
                                     const SourceScope& scope, Diagnostics& problems) {
  auto text = scope.tree ? read_in_tree(*scope.tree, path, kLargestFile) : read_file(path, kLargestFile);
  if (text) return std::move(*text);
  Diagnostic problem = std::move(text).error();
  problem.where = where;
  if (where && !scope.tree && problem.help.empty())
    problem.help = "a relative path starts from the folder of the file that names it";
  if (scope.tree) problem.notes.push_back({.text = "in " + scope.name});
  problems.add(std::move(problem));
  return std::nullopt;
}

// How messages call a file: where it lies in the cache says nothing to anybody.
std::string name_of(const std::filesystem::path& path, const SourceScope& scope) {
  if (!scope.tree) return path.string();
  return scope.name + ':' + path.lexically_normal().lexically_relative(scope.tree->files).string();
}

template <class T>
std::shared_ptr<const T> keep(recipe::ReadResult<T> result, Diagnostics& problems) {
  problems.add(result.problems);
  return result.value ? std::make_shared<const T>(std::move(*result.value)) : nullptr;
}

std::shared_ptr<const recipe::Suite> load_suite(const std::filesystem::path& path,
                                                const std::optional<SourceSpan>& where, const SourceScope& scope,
                                                Diagnostics& problems) {
  auto text = read_text(path, where, scope, problems);
  if (!text) return nullptr;
  auto suite = keep(recipe::read_suite(std::move(*text), name_of(path.lexically_normal(), scope), path), problems);
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
  Sources& sources;
  Missing missing;
  Fetch fetch = Fetch::kYes;                // kNo inside a recipe that has mistakes: it will not run
  std::vector<std::filesystem::path> open;  // those that the present one is used from, directly or through others
  // By path and the locks that pin what it uses; nullptr: it has mistakes.
  std::map<std::string, std::shared_ptr<const LoadedRecipe>> done;
  std::map<std::string, std::shared_ptr<const recipe::Suite>> suites;  // by path; nullptr: it has mistakes
};

// Ids of `use` steps whose recipe could not be had: nothing is known of their outputs.
using UnknownUses = std::vector<std::string>;

UnknownUses load_parts(LoadedRecipe& loaded, const recipe::Recipe& recipe, const std::filesystem::path& path,
                       const SourceScope& scope, Loading& loading, Diagnostics& problems);

LoadResult<LoadedRecipe> load_recipe_inside(const std::filesystem::path& path, const std::optional<SourceSpan>& where,
                                            const std::vector<std::filesystem::path>& overlays,
                                            const SourceScope& scope, Loading& loading) {
  LoadResult<LoadedRecipe> result;
  auto text = read_text(path, where, scope, result.problems);
  if (!text) return result;
  std::vector<recipe::FileText> changes;
  for (const std::filesystem::path& overlay : overlays) {
    if (auto change = read_text(overlay, std::nullopt, {}, result.problems))
      changes.push_back({std::move(*change), overlay.string(), overlay});
  }
  auto read = recipe::read_recipe({std::move(*text), name_of(path, scope), path}, std::move(changes));
  // Even a recipe with mistakes is checked as far as it was understood: all of them at once.
  LoadedRecipe loaded;
  result.problems.add(read.problems);
  const bool whole = read.value.has_value();
  auto& understood = whole ? read.value : read.partial;
  if (!understood) return result;
  if (scope.tree) {
    understood->origin = scope.origin;
    understood->origin->path = path.lexically_normal().lexically_relative(scope.tree->files).string();
  }
  loaded.recipe = std::make_shared<const recipe::Recipe>(std::move(*understood));
  std::error_code error;
  loading.open.push_back(std::filesystem::weakly_canonical(path, error));
  const Fetch fetch = std::exchange(loading.fetch, whole ? loading.fetch : Fetch::kNo);
  const UnknownUses unknown = load_parts(loaded, *loaded.recipe, path, scope, loading, result.problems);
  loading.fetch = fetch;
  loading.open.pop_back();
  UsedRecipes uses = loaded.uses;
  for (const std::string& id : unknown) uses.emplace(id, nullptr);
  result.problems.add(check_recipe(*loaded.recipe, uses, loaded.suites));
  loaded.output_types = output_types(*loaded.recipe, uses);
  if (!result.problems.has_errors()) result.value = std::move(loaded);
  return result;
}

// The scope of the recipe that a step uses; its problem in `problems`.
std::optional<SourceScope> scope_of(const recipe::Step& step, const std::filesystem::path& folder,
                                    const SourceScope& scope, Loading& loading, Diagnostics& problems) {
  if (!step.use->usable) return std::nullopt;
  if (step.use->git.empty()) return scope;
  auto found = loading.sources.find(*step.use, folder, scope, loading.fetch);
  if (found) return std::move(*found);
  const bool not_here = found.error().code == Code::kNotFetched;
  if (not_here && loading.missing == Missing::kError && loading.fetch == Fetch::kNo) return std::nullopt;
  Diagnostic problem = std::move(found).error();
  if (problem.where) problem.notes.push_back({.where = step.use->where, .text = "it is used here"});
  if (!problem.where) problem.where = step.use->where;
  if (not_here && loading.missing == Missing::kWarning) problem.severity = Severity::kWarning;
  problems.add(std::move(problem));
  return std::nullopt;
}

// nullptr: the recipe cannot be had, or has mistakes.
std::shared_ptr<const LoadedRecipe> load_used(const recipe::Step& step, const std::filesystem::path& folder,
                                              const SourceScope& from, Loading& loading, Diagnostics& problems) {
  const auto scope = scope_of(step, folder, from, loading, problems);
  if (!scope) return nullptr;
  const std::filesystem::path path = (step.use->git.empty() ? folder : scope->tree->files) / step.use->path;
  std::error_code error;
  const auto canonical = std::filesystem::weakly_canonical(path, error);
  const auto outer = std::find(loading.open.begin(), loading.open.end(), canonical);
  if (outer != loading.open.end()) {
    std::vector<std::string> names;
    for (auto it = outer; it != loading.open.end(); ++it) names.push_back(it->filename().string());
    names.push_back(canonical.filename().string());
    problems.add({.code = Code::kUseCircle,
                  .where = step.use->where,
                  .message = "recipes use each other in a circle: " + join(names, " -> "),
                  .help = "take one of these `use` out; what both need can be a third recipe"});
    return nullptr;
  }
  if (loading.open.size() >= kDeepestUse) {
    problems.add({.code = Code::kTooLarge,
                  .where = step.use->where,
                  .message = "recipes use each other more than " + std::to_string(kDeepestUse) + " deep",
                  .help = "use the innermost recipes directly"});
    return nullptr;
  }
  std::string key = canonical.string();
  for (const auto& lock : scope->locks) key += '\n' + lock->path.string();
  if (const auto known = loading.done.find(key); known != loading.done.end()) return known->second;
  auto inner = load_recipe_inside(path, step.use->where, {}, *scope, loading);
  problems.add(inner.problems);
  auto loaded = inner.value ? std::make_shared<const LoadedRecipe>(std::move(*inner.value)) : nullptr;
  loading.done.emplace(key, loaded);
  return loaded;
}

// The mistakes of a suite are told once, however many steps use it.
std::shared_ptr<const recipe::Suite> suite_of(const recipe::Step& step, const std::filesystem::path& folder,
                                              const SourceScope& scope, Loading& loading, Diagnostics& problems) {
  const std::filesystem::path path = folder / *step.suite;
  std::error_code error;
  const std::string key = std::filesystem::weakly_canonical(path, error).string();
  if (const auto known = loading.suites.find(key); known != loading.suites.end()) return known->second;
  auto suite = load_suite(path, step.id.where, scope, problems);
  loading.suites.emplace(key, suite);
  return suite;
}

UnknownUses load_parts(LoadedRecipe& loaded, const recipe::Recipe& recipe, const std::filesystem::path& path,
                       const SourceScope& scope, Loading& loading, Diagnostics& problems) {
  UnknownUses unknown;
  for (const FlatStep& flat : flatten(recipe)) {
    const recipe::Step& step = *flat.step;
    if (step.action == recipe::ActionKind::kUse) {
      auto used = load_used(step, path.parent_path(), scope, loading, problems);
      if (used) {
        loaded.uses.emplace(step.id.text, std::move(used));
      } else {
        unknown.push_back(step.id.text);
      }
    }
    if (step.action != recipe::ActionKind::kSuite) continue;
    auto suite = suite_of(step, path.parent_path(), scope, loading, problems);
    if (!suite) continue;
    check_arguments(suite->params, step.with, problems);
    check_missing(suite->params, step.with, recipe.params, step.id, problems);
    loaded.suites.push_back({std::move(suite), {}, step.id.text});
  }
  return unknown;
}

}  // namespace

LoadResult<LoadedRecipe> load_recipe(const std::filesystem::path& path, Sources& sources, Missing missing,
                                     const std::vector<std::filesystem::path>& overlays) {
  Loading loading{sources, missing};
  auto result = load_recipe_inside(path, std::nullopt, overlays, sources.outermost(), loading);
  result.problems.sort();
  return result;
}

LoadResult<LoadedRecipe> load_recipe(const std::filesystem::path& path,
                                     const std::vector<std::filesystem::path>& overlays) {
  Sources sources(path, {});
  return load_recipe(path, sources, Missing::kError, overlays);
}

LoadResult<LoadedProgramme> load_programme(const std::filesystem::path& path) {
  LoadResult<LoadedProgramme> result;
  auto text = read_text(path, std::nullopt, {}, result.problems);
  if (!text) return result;
  LoadedProgramme loaded;
  loaded.programme = keep(recipe::read_programme(std::move(*text), path.string(), path), result.problems);
  if (!loaded.programme) return result;
  for (const recipe::SuiteUse& use : loaded.programme->suites) {
    auto suite = load_suite(path.parent_path() / use.path, use.where, {}, result.problems);
    if (!suite) continue;
    auto given = given_params(*suite, use.params, result.problems);
    loaded.suites.push_back({std::move(suite), std::move(given), {}});
  }
  if (!result.problems.has_errors()) result.problems.add(check_programme(*loaded.programme, loaded.suites));
  result.problems.sort();
  if (!result.problems.has_errors()) result.value = std::move(loaded);
  return result;
}

Diagnostics validate_file(const std::filesystem::path& path, const std::vector<std::filesystem::path>& overlays) {
  Diagnostics problems;
  auto text = read_text(path, std::nullopt, {}, problems);
  if (!text) return problems;
  const std::string kind = recipe::kind_of(*text);
  if (kind == "Suite") {
    load_suite(path, std::nullopt, {}, problems);
  } else if (kind == "Programme") {
    problems = load_programme(path).problems;
  } else if (kind == "Overlay") {
    problems = recipe::overlay_problems({std::move(*text), path.string(), path});
  } else {
    Sources sources(path, {});
    problems = load_recipe(path, sources, Missing::kWarning, overlays).problems;
  }
  problems.sort();
  return problems;
}

}  // namespace assay::plan
