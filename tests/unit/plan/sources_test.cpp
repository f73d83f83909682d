// SPDX-License-Identifier: Apache-2.0
// Recipes from repositories: what pins them, what is missing, what a fetched recipe may use.
#include "engine/plan/sources.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/plan/plan.h"
#include "engine/plan/saved_plan.h"
#include "engine/plan/show.h"
#include "support/git_repository.h"

namespace assay::plan {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

// Fetches into a cache and keeps what it was asked for.
class CountingFetcher final : public SourceFetcher {
 public:
  explicit CountingFetcher(const fs::path& cache) : cache_(cache) {}
  Result<system::FetchedTree> fetch(const system::GitWanted& wanted) override {
    asked.push_back(wanted.ref + '@' + wanted.commit.substr(0, 4));
    system::WorkWatch watch;
    return cache_.fetch(wanted, watch);
  }
  std::vector<std::string> asked;

 private:
  system::GitCache cache_;
};

std::string recipe_with(const std::string& rest) {
  return "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: r, version: 1.0.0 }\n" + rest;
}
const std::string kSay = "steps: [{ id: say, run: [echo, hello] }]\noutputs: { word: \"'hello'\" }\n";

class SourcesTest : public testing::Test {
 protected:
  [[nodiscard]] fs::path cache() const { return folder_ / "cache"; }
  [[nodiscard]] fs::path recipe() const { return folder_ / "site/r.yaml"; }
  // Writes the outer recipe.
  void outer(const std::string& steps) const { folder_.write("site/r.yaml", recipe_with("steps:\n" + steps)); }
  [[nodiscard]] static std::string use(const std::string& git, const std::string& which,
                                       const std::string& path = "r.yaml") {
    return "  - { id: a, use: { git: '" + git + "', " + which + ", path: " + path + " } }\n";
  }

  LoadResult<LoadedRecipe> look(Missing missing = Missing::kError) {
    Sources sources(recipe(), {.cache = cache()});
    return load_recipe(recipe(), sources, missing);
  }
  LoadResult<LoadedRecipe> fetch(SourceSettings settings = {}) {
    settings.cache = cache();
    settings.fetcher = &fetcher_;
    Sources sources(recipe(), settings);
    auto loaded = load_recipe(recipe(), sources);
    if (loaded.value) {
      EXPECT_TRUE(sources.save_lock());
    }
    used_ = sources.used();
    return loaded;
  }
  // "LINE CODE message", one a line.
  [[nodiscard]] std::string problems_of(const LoadResult<LoadedRecipe>& loaded) const {
    std::string out;
    for (const Diagnostic& problem : loaded.problems.items()) {
      const std::string message = replace_all(problem.message, folder_.path().string(), "FOLDER");
      out += (problem.where ? std::to_string(problem.where->line) : "-") + ' ' +
             (problem.severity == Severity::kWarning ? "warning " : "") + std::string(info(problem.code).text) + ' ' +
             message + '\n';
    }
    return out;
  }
  [[nodiscard]] std::string lock() const { return test::slurp(folder_ / "site/assay.lock"); }

  test::TempFolder folder_;
  test::GitRepository repository_{folder_ / "r"};
  CountingFetcher fetcher_{folder_ / "cache"};
  std::vector<SourceUse> used_;
};

TEST_F(SourcesTest, ARefIsPinnedOnceAndStaysWhatItWas) {
  repository_.write("r.yaml", recipe_with(kSay));
  const std::string first = repository_.commit();
  outer(use("../r", "ref: main"));
  EXPECT_EQ(problems_of(look()), "5 P012 '../r' at 'main' is not pinned by assay.lock\n");
  EXPECT_EQ(look().problems.items().front().code, Code::kNotFetched);
  EXPECT_EQ(problems_of(look(Missing::kWarning)), "5 warning P012 '../r' at 'main' is not pinned by assay.lock\n");
  ASSERT_EQ(problems_of(fetch()), "");
  EXPECT_THAT(lock(),
              HasSubstr("  - git: \"../r\"\n    ref: \"main\"\n    commit: \"" + first + "\"\n    tree: sha256:"));

  repository_.write("r.yaml", "broken");
  const std::string second = repository_.commit();
  ASSERT_EQ(problems_of(fetch()), "");
  ASSERT_EQ(problems_of(look()), "");
  EXPECT_THAT(fetcher_.asked, ElementsAre("main@"));
  EXPECT_THAT(lock(), HasSubstr(first));

  repository_.write("r.yaml", recipe_with(kSay));
  const std::string third = repository_.commit();
  ASSERT_EQ(problems_of(fetch({.update = true, .update_url = "https://example.org/other"})), "");
  EXPECT_THAT(lock(), HasSubstr(first));
  ASSERT_EQ(problems_of(fetch({.update = true})), "");
  EXPECT_THAT(lock(), HasSubstr(third));
  ASSERT_EQ(used_.size(), 1U);
  EXPECT_EQ(used_.front().moved_from, first);
  EXPECT_NE(second, third);
}

TEST_F(SourcesTest, AnUpdateThatFindsMistakesPinsNothing) {
  repository_.write("r.yaml", recipe_with(kSay));
  const std::string first = repository_.commit();
  outer(use("../r", "ref: main"));
  ASSERT_EQ(problems_of(fetch()), "");
  repository_.write("r.yaml", recipe_with("steps: 1\n"));
  const std::string second = repository_.commit();
  const auto loaded = fetch({.update = true});
  EXPECT_FALSE(loaded.value);
  EXPECT_THAT(loaded.problems.items().front().where->source->name, "../r@" + second.substr(0, 12) + ":r.yaml");
  EXPECT_THAT(lock(), HasSubstr(first));
}

TEST_F(SourcesTest, ACommitIsPinnedByItselfAndItsContentByTheLock) {
  repository_.write("r.yaml", recipe_with(kSay));
  const std::string commit = repository_.commit();
  outer(use("../r", "commit: '" + commit + "'"));
  EXPECT_EQ(problems_of(look()), "5 P012 '../r' at '" + commit + "' has not been fetched\n");
  ASSERT_EQ(problems_of(fetch()), "");
  EXPECT_THAT(lock(), testing::Not(HasSubstr("ref:")));
  fs::remove_all(cache());
  EXPECT_EQ(problems_of(look()), "5 P012 '../r' at '" + commit + "' is not in the cache of this user\n");
  ASSERT_EQ(problems_of(fetch()), "");

  folder_.write("site/assay.lock", replace_all(lock(), "sha256:", "sha256:" + std::string(64, '0') + "\n#"));
  fs::remove_all(cache());
  EXPECT_EQ(problems_of(fetch()),
            "5 S010 '../r' at commit " + commit + " holds other files than FOLDER/site/assay.lock says\n");
}

TEST_F(SourcesTest, OneRepositoryIsAskedForOnce) {
  repository_.write("r.yaml", recipe_with(kSay));
  repository_.write("s.yaml", recipe_with(kSay));
  repository_.commit();
  outer(use("../r", "ref: main") + "  - { id: b, use: { git: ../r, ref: main, path: s.yaml } }\n" +
        "  - { id: c, use: { git: ../r, ref: main, path: r.yaml } }\n");
  ASSERT_EQ(problems_of(fetch()), "");
  EXPECT_THAT(fetcher_.asked, ElementsAre("main@"));
  EXPECT_EQ(used_.size(), 1U);
}

TEST_F(SourcesTest, TheSameWordsInAnotherFolderMeanAnotherRepository) {
  test::GitRepository other(folder_ / "site/sub/repo");
  other.write("r.yaml", recipe_with("steps: [{ id: inner, run: ['true'] }]\n"));
  const std::string inner_commit = other.commit();
  test::GitRepository near(folder_ / "site/repo");
  near.write("r.yaml", recipe_with(kSay));
  const std::string near_commit = near.commit();
  folder_.write("site/sub/in.yaml", recipe_with("steps:\n" + use("repo", "ref: main") +
                                                "  - { id: b, use: { git: ../repo, ref: main, path: r.yaml } }\n"));
  outer(use("repo", "ref: main") + "  - { id: b, use: sub/in.yaml }\n");
  ASSERT_EQ(problems_of(fetch()), "");
  EXPECT_THAT(lock(), HasSubstr("  - git: \"repo\"\n    ref: \"main\"\n    commit: \"" + near_commit));
  EXPECT_THAT(lock(), HasSubstr("  - git: \"sub/repo\"\n    ref: \"main\"\n    commit: \"" + inner_commit));
  EXPECT_EQ(used_.size(), 2U);  // `../repo` there is the `repo` here
  const auto loaded = look();
  ASSERT_EQ(problems_of(loaded), "");
  std::vector<std::string> seen;
  for (const auto& [step, inner] : loaded.value->uses) {
    for (const auto& [inner_step, leaf] : inner->uses) seen.push_back(leaf->recipe->steps.front().id.text);
    if (inner->uses.empty()) seen.push_back(inner->recipe->steps.front().id.text);
  }
  EXPECT_THAT(seen, testing::UnorderedElementsAre("say", "inner", "say"));
}

TEST_F(SourcesTest, NothingIsKnownOfOutputsThatAreNotHere) {
  outer(use("../r", "ref: main") + "  - { id: b, run: [echo, \"${{ steps.a.outputs.word }}\"] }\n" +
        "  - { id: c, run: [echo, \"${{ steps.x.outputs.word }}\"] }\n");
  const std::string problems = problems_of(look(Missing::kWarning));
  EXPECT_THAT(problems, HasSubstr("5 warning P012"));
  EXPECT_THAT(problems, testing::Not(HasSubstr("word")));
  EXPECT_THAT(problems, HasSubstr("7 E002")) << "the rest is checked: " << problems;
}

TEST_F(SourcesTest, ARecipeUsesFilesOfItsOwnRepository) {
  repository_.write("recipes/r.yaml",
                    recipe_with("steps:\n  - { id: b, use: ../lib/s.yaml }\n  - { id: t, suite: ../t.yaml }\n"));
  repository_.write("lib/s.yaml", recipe_with(kSay));
  repository_.write("t.yaml",
                    "apiVersion: assay/v1\nkind: Suite\nmetadata: { name: t, version: 1.0.0 }\n"
                    "tests: [{ id: one, class: functional, hardware: cpu, fault: f, proves: p, run: [true], criteria: "
                    "[exit_code == 0] }]\n");
  repository_.commit();
  outer(use("../r", "ref: main", "recipes/r.yaml"));
  const auto loaded = fetch();
  ASSERT_EQ(problems_of(loaded), "");
  const auto plan = plan_recipe(*loaded.value, {.has_tool = [](const std::string&) { return true; }});
  ASSERT_TRUE(plan.plan);
  std::vector<std::string> ids;
  for (const PlannedStep& step : plan.plan->steps) ids.push_back(step.id);
  EXPECT_THAT(ids, ElementsAre("a/b/say", "a/b", "a/t/one", "a/t", "a"));
  EXPECT_EQ(plan.plan->steps.front().origin->base_dir.filename(), "lib");
  EXPECT_THAT(plan.plan->steps.front().origin->base_dir.string(), testing::StartsWith(cache().string()));
}

TEST_F(SourcesTest, NoRecipeLeadsOutOfItsRepository) {
  folder_.write("site/secret.yaml", recipe_with(kSay));
  const std::pair<std::string, std::string> rows[] = {
      {"../../../../../../site/secret.yaml", "leads out of the repository"},
      {"../../../../../site/secret.yaml", "R060 '../../../../../site/secret.yaml' leads out of the repository"},
      {(folder_ / "site/secret.yaml").string(), "leads out of the repository"},
      {"missing.yaml", "S008 the repository has no file 'missing.yaml'"},
  };
  outer(use("../r", "ref: main"));
  for (const auto& [path, message] : rows) {
    repository_.write("r.yaml", recipe_with("steps: [{ id: b, use: '" + path + "' }]\n"));
    repository_.commit();
    EXPECT_THAT(problems_of(fetch({.update = true})), HasSubstr(message)) << path;
    repository_.write("r.yaml", recipe_with("steps: [{ id: b, suite: '" + path + "' }]\n"));
    repository_.commit();
    EXPECT_THAT(problems_of(fetch({.update = true})), HasSubstr(message)) << path;
  }
}

TEST_F(SourcesTest, AFileInASubmoduleIsNotThere) {
  repository_.commit_tree("160000 commit " + std::string(40, '3') + "\tvendor\n");
  outer(use("../r", "ref: main", "vendor/r.yaml"));
  EXPECT_EQ(problems_of(fetch()), "5 S008 'vendor/r.yaml' lies in the submodule 'vendor', which is not fetched\n");
}

TEST_F(SourcesTest, AFetchedRecipeFollowsItsOwnLockFile) {
  const test::GitRepository library(folder_ / "library");
  library.write("s.yaml", recipe_with(kSay));
  const std::string old = library.commit();
  library.write("s.yaml", recipe_with("steps: [{ id: new, run: [true] }]\n"));
  const std::string now = library.commit();
  const std::string url = library.folder().string();
  const std::string inner = recipe_with("steps: [{ id: b, use: { git: '" + url + "', ref: main, path: s.yaml } }]\n");

  // Without one, the lock file of the outer recipe pins what is inside too.
  repository_.write("r.yaml", inner);
  repository_.commit();
  outer(use("../r", "ref: main"));
  ASSERT_EQ(problems_of(fetch()), "");
  EXPECT_THAT(lock(), HasSubstr(now));
  ASSERT_EQ(used_.size(), 2U);
  EXPECT_TRUE(used_[1].own_lock);

  // With one, that one counts, and the outer one has no say.
  const auto fetched = fetch();
  ASSERT_TRUE(fetched.value);
  system::WorkWatch watch;
  const auto tree = system::GitCache(cache()).fetch({.url = url, .commit = old, .network = false}, watch);
  ASSERT_TRUE(tree);
  recipe::LockFile own;
  own.set({url, "main", old, tree->tree.digest});
  repository_.write("assay.lock", recipe::write_lock_file(own));
  repository_.commit();
  const auto loaded = fetch({.update = true});
  ASSERT_EQ(problems_of(loaded), "");
  ASSERT_EQ(used_.size(), 2U);
  EXPECT_EQ(used_[1].origin.commit, old);
  EXPECT_FALSE(used_[1].own_lock);
  EXPECT_THAT(used_[1].pinned_by, testing::MatchesRegex("../r@[0-9a-f]{12}:assay.lock"));

  repository_.write("assay.lock", "broken: true\n");
  repository_.commit();
  EXPECT_THAT(problems_of(fetch({.update = true})), HasSubstr("R01"));
}

TEST_F(SourcesTest, AFetchedRecipeNamesNoPathFromItsFolder) {
  outer(use("../r", "ref: main"));
  repository_.write("r.yaml", recipe_with("steps: [{ id: b, use: { git: ../x, ref: main, path: s.yaml } }]\n"));
  repository_.commit();
  EXPECT_EQ(problems_of(fetch()),
            "4 R060 '../x' is a path from the folder of a recipe that lies in a repository itself\n");
}

TEST_F(SourcesTest, ARecipeFromAnotherMachineNamesNoRepositoryOfThisOne) {
  Sources sources(recipe(), {.cache = cache()});
  for (const char* git : {"/srv/r", "file:///srv/r", "../r"}) {
    const auto found = sources.find({.path = "r.yaml", .git = git, .ref = "v1"}, folder_.path(),
                                    {.tree = std::make_shared<const system::GitTree>(), .network = true});
    ASSERT_FALSE(found) << git;
    EXPECT_EQ(found.error().code, Code::kGitSource);
    EXPECT_EQ(found.error().message,
              std::string("a recipe from another machine cannot name the repository '") + git + "' of this one");
  }
}

TEST_F(SourcesTest, RecipesOfRepositoriesCannotUseEachOtherInACircle) {
  const std::string url = repository_.folder().string();
  repository_.write("r.yaml",
                    recipe_with("steps: [{ id: b, use: { git: '" + url + "', ref: main, path: r.yaml } }]\n"));
  repository_.commit();
  outer(use(url, "ref: main"));
  EXPECT_THAT(problems_of(fetch()), HasSubstr("P007 recipes use each other in a circle: r.yaml -> r.yaml"));
}

TEST_F(SourcesTest, AChangedFileOfTheCacheIsNoticed) {
  repository_.write("r.yaml", recipe_with(kSay));
  repository_.write("data", "x");
  repository_.commit();
  outer(use("../r", "ref: main"));
  ASSERT_EQ(problems_of(fetch()), "");
  const fs::path files = *fs::directory_iterator(cache() / "git/trees") / fs::path("files");
  const auto overwrite = [](const fs::path& path, const std::string& text) {
    fs::permissions(path, fs::perms(0644));
    std::ofstream(path) << text;
  };
  // Where every file is read, any change is found; where only the recipe is, a change of it.
  overwrite(files / "data", "y");
  EXPECT_EQ(problems_of(look()), "");
  EXPECT_THAT(problems_of(fetch({.verify = true})),
              testing::MatchesRegex("5 S010 'FOLDER/cache/.*/data' was changed\n"));
  overwrite(files / "r.yaml", recipe_with("steps: [{ id: evil, run: [rm, -rf, /] }]\n"));
  EXPECT_THAT(problems_of(look()), testing::MatchesRegex("5 S010 'FOLDER/cache/.*/r.yaml' was changed\n"));
  EXPECT_EQ(problems_of(fetch({.verify = true, .repair = true})), "");
  ASSERT_EQ(used_.size(), 1U);
  EXPECT_TRUE(used_.front().repaired);
  EXPECT_EQ(problems_of(look()), "");
}

TEST_F(SourcesTest, PlansSayWhereTheirRecipesAreFrom) {
  repository_.write("r.yaml", recipe_with(kSay));
  const std::string commit = repository_.commit();
  outer(use("../r", "ref: main"));
  const auto loaded = fetch();
  ASSERT_TRUE(loaded.value);
  const auto plan = plan_recipe(*loaded.value, {});
  ASSERT_TRUE(plan.plan);
  EXPECT_THAT(to_text(*plan.plan, {}), HasSubstr("  source: ../r main at " + commit.substr(0, 12) + "\n"));
  const Json json = to_json(*plan.plan, {});
  ASSERT_EQ(json["sources"].size(), 1U);
  EXPECT_EQ(json["sources"][0]["git"], "../r");
  EXPECT_EQ(json["sources"][0]["ref"], "main");
  EXPECT_EQ(json["sources"][0]["commit"], commit);
  EXPECT_EQ(json["sources"][0]["tree"], "sha256:" + used_.front().origin.tree);
}

TEST_F(SourcesTest, ASavedPlanNoticesAnotherCommit) {
  repository_.write("r.yaml", recipe_with(kSay));
  repository_.write("data", "1");
  const std::string first = repository_.commit();
  outer(use("../r", "ref: main"));
  const auto before = fetch();
  ASSERT_TRUE(before.value);
  const Json saved = saved_plan(*plan_recipe(*before.value, {}).plan, *before.value, {.recipe = recipe()});
  EXPECT_TRUE(saved["source"]["files"].contains("../r main:r.yaml")) << saved["source"]["files"];

  // The same commit from another cache is the same plan.
  fs::rename(cache(), folder_ / "elsewhere");
  const auto same = fetch();
  ASSERT_TRUE(same.value);
  EXPECT_TRUE(changes_since(saved, *plan_recipe(*same.value, {}).plan, *same.value).empty());

  // A file that no recipe names counts too: a step may read it.
  repository_.write("data", "2");
  const std::string second = repository_.commit();
  const auto after = fetch({.update = true});
  ASSERT_TRUE(after.value);
  const auto changes = changes_since(saved, *plan_recipe(*after.value, {}).plan, *after.value);
  ASSERT_EQ(changes.items().size(), 1U);
  EXPECT_EQ(changes.items().front().code, Code::kPlanChanged);
  EXPECT_EQ(changes.items().front().message,
            "'../r main' was at " + first.substr(0, 12) + " and is now at " + second.substr(0, 12));
}

TEST_F(SourcesTest, ABrokenLockFileStopsEverything) {
  outer(use("../r", "ref: main"));
  folder_.write("site/assay.lock", "format: assay.lock/9\nrepositories: []\n");
  const auto loaded = look(Missing::kWarning);
  ASSERT_EQ(loaded.problems.items().size(), 1U);
  const Diagnostic& problem = loaded.problems.items().front();
  EXPECT_EQ(problem.code, Code::kLockFile);
  EXPECT_EQ(problem.where->source->name, (folder_ / "site/assay.lock").string());
  ASSERT_EQ(problem.notes.size(), 1U);
  EXPECT_EQ(problem.notes.front().text, "it is used here");
}

}  // namespace
}  // namespace assay::plan
