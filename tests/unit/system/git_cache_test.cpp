// SPDX-License-Identifier: Apache-2.0
// Repositories of others in the cache: what is kept, what is refused, what is noticed.
#include "engine/system/git_cache.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <thread>

#include "engine/base/files.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "support/git_repository.h"

namespace assay::system {
namespace {

namespace fs = std::filesystem;

class GitCacheTest : public testing::Test {
 protected:
  [[nodiscard]] fs::path cache() const { return folder_ / "cache"; }
  [[nodiscard]] GitWanted wanted(const std::string& ref, const std::string& commit = "") const {
    return {.url = repository_.folder().string(), .ref = ref, .commit = commit, .network = false};
  }
  Result<FetchedTree> fetch(const GitWanted& wanted, GitTreeLimits limits = {}) {
    return GitCache(cache(), limits).fetch(wanted, watch_);
  }
  // The message, or "fine"; the fresh folder as FOLDER.
  std::string message_of(const Result<FetchedTree>& fetched) {
    if (fetched) return "fine";
    return std::string(info(fetched.error().code).text) + ' ' +
           replace_all(fetched.error().message, folder_.path().string(), "FOLDER");
  }
  // Whether nothing half-written lies in the cache.
  void expect_no_leftovers() const {
    for (const auto& entry : fs::recursive_directory_iterator(cache())) {
      const std::string name = entry.path().filename().string();
      EXPECT_FALSE(name.ends_with(".new") || name.ends_with(".old") || name.starts_with("tmp_")) << entry.path();
    }
  }
  static void overwrite(const fs::path& path, std::string_view bytes) {
    fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
    std::ofstream(path, std::ios::binary) << bytes;
  }

  test::TempFolder folder_;
  test::GitRepository repository_{folder_ / "r"};
  WorkWatch watch_;
};

TEST_F(GitCacheTest, BringsTheFilesOfATag) {
  repository_.write("recipes/a.yaml", "one\n");
  repository_.write("run.sh", "#!/bin/sh\n");
  fs::permissions(repository_.folder() / "run.sh", fs::perms::owner_exec, fs::perm_options::add);
  fs::create_symlink("recipes/a.yaml", repository_.folder() / "link");
  const std::string commit = repository_.commit();
  repository_.git({"tag", "-a", "-m", "x", "v1"});
  repository_.write("recipes/a.yaml", "two\n");
  repository_.commit();

  const auto fetched = fetch(wanted("v1"));
  ASSERT_EQ(message_of(fetched), "fine");
  EXPECT_EQ(fetched->commit, commit);
  EXPECT_TRUE(fetched->downloaded);
  EXPECT_FALSE(fetched->repaired);
  const fs::path files = fetched->tree.files;
  EXPECT_EQ(test::slurp(files / "recipes/a.yaml"), "one\n");
  EXPECT_EQ(fs::read_symlink(files / "link"), "recipes/a.yaml");
  EXPECT_EQ(fs::status(files / "run.sh").permissions(), fs::perms(0555));
  EXPECT_EQ(fs::status(files / "recipes/a.yaml").permissions(), fs::perms(0444));
  EXPECT_FALSE(fs::exists(files / ".git"));

  // The digest is that of the list, and the list is what git_tree.h says.
  const std::string list = "120000 14 " + sha256_hex("recipes/a.yaml") + " link\n" + "100644 4 " + sha256_hex("one\n") +
                           " recipes/a.yaml\n" + "100755 10 " + sha256_hex("#!/bin/sh\n") + " run.sh\n";
  EXPECT_EQ(test::slurp(files.parent_path() / "list"), list);
  EXPECT_EQ(fetched->tree.digest, sha256_hex(list));
  EXPECT_EQ(fetched->tree.bytes, 28U);
  expect_no_leftovers();
}

TEST_F(GitCacheTest, TheDigestDoesNotDependOnWhoMadeTheCommit) {
  repository_.write("a", "x");
  const std::string first = repository_.commit("one");
  const std::string second = repository_.commit("two");
  ASSERT_NE(first, second);
  const auto one = fetch(wanted("", first));
  const auto two = fetch(wanted("", second));
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->tree.digest, two->tree.digest);
}

TEST_F(GitCacheTest, ACommitInTheCacheNeedsNoServer) {
  repository_.write("a", "x");
  const std::string commit = repository_.commit();
  ASSERT_TRUE(fetch(wanted("main")));
  fs::rename(repository_.folder(), folder_ / "gone");
  const auto again = fetch(wanted("main", commit));
  ASSERT_EQ(message_of(again), "fine");
  EXPECT_FALSE(again->downloaded);
  EXPECT_THAT(message_of(fetch(wanted("main"))), testing::StartsWith("S008 cannot fetch 'FOLDER/r': "));
}

TEST_F(GitCacheTest, FindsACommitThatABranchHasLeftBehind) {
  repository_.write("a", "1");
  const std::string first = repository_.commit();
  repository_.write("a", "2");
  repository_.commit();
  const auto fetched = fetch(wanted("main", first));
  ASSERT_EQ(message_of(fetched), "fine");
  EXPECT_EQ(test::slurp(fetched->tree.files / "a"), "1");
}

TEST_F(GitCacheTest, FindsACommitOfAnotherBranchThanTheOneNamed) {
  repository_.write("a", "1");
  repository_.commit();
  repository_.git({"checkout", "-q", "-b", "side"});
  repository_.write("a", "2");
  const std::string side = repository_.commit();
  repository_.git({"commit", "-q", "--allow-empty", "-m", "later"});
  repository_.git({"checkout", "-q", "main"});
  EXPECT_EQ(message_of(fetch(wanted("main", side))), "fine");
}

TEST_F(GitCacheTest, SaysWhatTheRepositoryLacks) {
  repository_.write("a", "1");
  repository_.commit();
  repository_.git({"tag", "v1.2"});
  repository_.git({"tag", "both"});
  repository_.git({"branch", "both"});
  EXPECT_EQ(message_of(fetch(wanted("v1.3"))), "S008 cannot fetch 'FOLDER/r': it has no branch or tag 'v1.3'");
  EXPECT_EQ(fetch(wanted("v1.3")).error().help, "did you mean 'v1.2'?");
  EXPECT_EQ(message_of(fetch(wanted("both"))), "S008 cannot fetch 'FOLDER/r': 'both' is a branch and a tag");
  EXPECT_EQ(message_of(fetch(wanted("refs/tags/both"))), "fine");
  const std::string nowhere(40, '1');
  EXPECT_EQ(message_of(fetch(wanted("", nowhere))),
            "S008 cannot fetch 'FOLDER/r': none of its branches and tags leads to the commit " + nowhere);
  EXPECT_THAT(message_of(fetch(wanted("", std::string(64, '1')))),
              testing::HasSubstr("is no commit of a SHA-1 repository"));
  expect_no_leftovers();
}

TEST_F(GitCacheTest, OfflineUsesNoNetwork) {
  GitWanted far{.url = "https://127.0.0.1:1/r.git", .ref = "v1", .network = true, .offline = true};
  EXPECT_EQ(message_of(fetch(far)),
            "S008 cannot fetch 'https://127.0.0.1:1/r.git': only the server knows what 'v1' means");
  far.commit = std::string(40, '1');
  EXPECT_EQ(message_of(fetch(far)),
            "S008 cannot fetch 'https://127.0.0.1:1/r.git': " + far.commit + " is not in the cache");
}

TEST_F(GitCacheTest, IgnoresFiltersHooksAndAttributes) {
  repository_.write(".gitattributes", "* filter=evil text eol=crlf\nhidden export-ignore\n");
  repository_.write("a", "line\n");
  repository_.write("hidden", "x");
  repository_.commit();
  repository_.git({"config", "filter.evil.smudge", "touch " + (folder_ / "smudged").string()});
  repository_.write(".git/hooks/post-checkout", "#!/bin/sh\ntouch " + (folder_ / "hooked").string() + "\n");
  const auto fetched = fetch(wanted("main"));
  ASSERT_EQ(message_of(fetched), "fine");
  EXPECT_EQ(test::slurp(fetched->tree.files / "a"), "line\n");
  EXPECT_TRUE(fs::exists(fetched->tree.files / "hidden"));
  EXPECT_FALSE(fs::exists(folder_ / "smudged"));
  EXPECT_FALSE(fs::exists(folder_ / "hooked"));
}

TEST_F(GitCacheTest, IgnoresTheUsersConfiguration) {
  repository_.write("a", "right\n");
  repository_.commit();
  const test::GitRepository other(folder_ / "other");
  other.write("a", "wrong\n");
  other.commit();
  folder_.write(".gitconfig",
                "[url \"" + other.folder().string() + "\"]\n  insteadOf = " + repository_.folder().string() + "\n");
  const char* before = ::getenv("HOME");
  const std::string home = before != nullptr ? before : "/";
  ::setenv("HOME", folder_.path().c_str(), 1);
  const auto fetched = fetch(wanted("main"));
  ::setenv("HOME", home.c_str(), 1);
  ASSERT_EQ(message_of(fetched), "fine");
  EXPECT_EQ(test::slurp(fetched->tree.files / "a"), "right\n");
}

TEST_F(GitCacheTest, ASubmoduleIsAnEmptyFolder) {
  const std::string id(40, '3');
  repository_.commit_tree("160000 commit " + id + "\tvendor\n100644 blob " + repository_.blob("x") + "\ta\n");
  const auto fetched = fetch(wanted("main"));
  ASSERT_EQ(message_of(fetched), "fine");
  EXPECT_TRUE(fs::is_empty(fetched->tree.files / "vendor"));
  EXPECT_EQ(git_submodule_of(fetched->tree, "vendor/r.yaml"), "vendor");
  EXPECT_EQ(git_submodule_of(fetched->tree, "a"), "");
  EXPECT_TRUE(verify_git_tree(fetched->tree));
}

struct HostileTree {
  const char* name;
  const char* lines;  // BLOB is a file's id, LINK:x that of a file with the content x
  const char* message;
};
class HostileTrees : public GitCacheTest, public testing::WithParamInterface<HostileTree> {};

TEST_P(HostileTrees, AreRefusedAndNothingIsKept) {
  std::string lines = replace_all(GetParam().lines, "BLOB", repository_.blob("x"));
  for (auto at = lines.find("LINK:"); at != std::string::npos; at = lines.find("LINK:")) {
    const auto end = lines.find('\t', at);
    lines.replace(at, end - at, repository_.blob(lines.substr(at + 5, end - at - 5)));
  }
  repository_.commit_tree(lines);
  const auto fetched = fetch(wanted("main"));
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, Code::kGitContent);
  EXPECT_EQ(message_of(fetched), std::string("S009 '") + GetParam().message);
  EXPECT_FALSE(fs::exists(cache() / "git/trees"));
  expect_no_leftovers();
}

INSTANTIATE_TEST_SUITE_P(
    GitCache, HostileTrees,
    testing::Values(HostileTree{"dot_git", "100644 blob BLOB\t.git\n",
                                ".git' of the repository is refused: not a name that assay writes to a disk"},
                    HostileTree{"dot_git_in_capitals", "100644 blob BLOB\t.Git\n",
                                ".Git' of the repository is refused: not a name that assay writes to a disk"},
                    HostileTree{"dot_dot", "100644 blob BLOB\t..\n",
                                "..' of the repository is refused: not a name that assay writes to a disk"},
                    HostileTree{"dot", "100644 blob BLOB\t.\n",
                                ".' of the repository is refused: not a name that assay writes to a disk"},
                    HostileTree{"backslash", "100644 blob BLOB\ta\\b\n",
                                "a\\b' of the repository is refused: not a name that assay writes to a disk"},
                    HostileTree{"escape", "100644 blob BLOB\t\"a\\033b\"\n",
                                "a?b' of the repository is refused: not a name that assay writes to a disk"},
                    HostileTree{"newline", "100644 blob BLOB\t\"a\\nb\"\n",
                                "a?b' of the repository is refused: not a name that assay writes to a disk"},
                    HostileTree{"broken_utf8", "100644 blob BLOB\t\"a\\377\"\n",
                                "a?' of the repository is refused: not a name that assay writes to a disk"},
                    HostileTree{"absolute_link", "120000 blob LINK:/etc/passwd\tl\n",
                                "l' of the repository is refused: the link could lead out of the repository"},
                    HostileTree{"climbing_link", "120000 blob LINK:../x\tl\n",
                                "l' of the repository is refused: the link could lead out of the repository"},
                    HostileTree{"link_through_a_link", "120000 blob LINK:a/../../x\tl\n",
                                "l' of the repository is refused: the link could lead out of the repository"},
                    HostileTree{"empty_link", "120000 blob LINK:\tl\n",
                                "l' of the repository is refused: the link could lead out of the repository"}),
    [](const auto& row) { return row.param.name; });

TEST_F(GitCacheTest, ANameTwiceCannotLeadThroughALink) {
  // git itself makes no such tree; written as an object by hand.
  const auto raw = [](const std::string& id) {
    std::string out;
    for (std::size_t i = 0; i < id.size(); i += 2) out += static_cast<char>(std::stoi(id.substr(i, 2), nullptr, 16));
    return out;
  };
  const std::string file = repository_.blob("x");
  const std::string inner = repository_.git({"mktree"}, "100644 blob " + file + "\tx\n");
  const std::string tree = repository_.git(
      {"hash-object", "-t", "tree", "-w", "--stdin", "--literally"},
      "120000 a" + std::string(1, '\0') + raw(repository_.blob(".")) + "40000 a" + std::string(1, '\0') + raw(inner));
  repository_.git({"update-ref", "refs/heads/main", repository_.git({"commit-tree", "-m", "x", tree})});
  EXPECT_EQ(message_of(fetch(wanted("main"))),
            "S009 'a' of the repository is refused: the name stands twice in its folder");
}

TEST_F(GitCacheTest, LinksMayClimbInsideTheRepository) {
  fs::create_directories(repository_.folder() / "a/b");
  repository_.write("top", "x");
  fs::create_symlink("../../top", repository_.folder() / "a/b/l");
  fs::create_symlink("./b", repository_.folder() / "a/d");
  repository_.commit();
  const auto fetched = fetch(wanted("main"));
  ASSERT_EQ(message_of(fetched), "fine");
  EXPECT_EQ(test::slurp(fetched->tree.files / "a/d/l"), "x");
}

TEST_F(GitCacheTest, IsBounded) {
  repository_.write("a/b/c", "12345");
  repository_.write("d", "12345");
  repository_.commit();
  const std::string refused = "' of the repository is refused: ";
  EXPECT_EQ(message_of(fetch(wanted("main"), {.entries = 3})), "S009 'd" + refused + "more than 3 files and folders");
  EXPECT_EQ(message_of(fetch(wanted("main"), {.file_bytes = 4})), "S009 'a/b/c" + refused + "larger than 4 bytes");
  EXPECT_EQ(message_of(fetch(wanted("main"), {.all_bytes = 9})),
            "S009 'd" + refused + "all files together are larger than 9 bytes");
  EXPECT_EQ(message_of(fetch(wanted("main"), {.depth = 1})),
            "S009 'a/b/" + refused + "folders are nested deeper than 1");
  EXPECT_EQ(message_of(fetch(wanted("main"), {.path_bytes = 4})),
            "S009 'a/b/c" + refused + "the path is longer than 4 bytes");
  EXPECT_EQ(
      message_of(fetch(wanted("main"), {.entries = 4, .file_bytes = 5, .all_bytes = 10, .depth = 2, .path_bytes = 5})),
      "fine");
}

TEST_F(GitCacheTest, FoldersThatShareTheirContentCannotExplode) {
  std::string tree = repository_.git({"mktree"}, "100644 blob " + repository_.blob("x") + "\tx\n");
  for (int i = 0; i < 30; ++i)
    tree = repository_.git({"mktree"}, "040000 tree " + tree + "\ta\n040000 tree " + tree + "\tb\n");
  repository_.git({"update-ref", "refs/heads/main", repository_.git({"commit-tree", "-m", "x", tree})});
  EXPECT_THAT(message_of(fetch(wanted("main"), {.entries = 10'000})),
              testing::HasSubstr("more than 10000 files and folders"));
}

struct Change {
  const char* name;
  void (*make)(const fs::path& files);
  const char* message;
};
class ChangedTrees : public GitCacheTest, public testing::WithParamInterface<Change> {};

TEST_P(ChangedTrees, AreNoticedAndRepaired) {
  repository_.write("dir/a", "one\n");
  repository_.write("p", "x");
  fs::permissions(repository_.folder() / "p", fs::perms::owner_exec, fs::perm_options::add);
  fs::create_symlink("dir/a", repository_.folder() / "l");
  repository_.commit();
  const auto fetched = fetch(wanted("main"));
  ASSERT_EQ(message_of(fetched), "fine");
  ASSERT_TRUE(verify_git_tree(fetched->tree));
  GetParam().make(fetched->tree.files);
  const auto verified = verify_git_tree(fetched->tree);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, Code::kSourceChanged);
  EXPECT_EQ(replace_all(verified.error().message, fetched->tree.files.string(), "FILES"), GetParam().message);
  EXPECT_NE(verified.error().help, "");

  const auto again = fetch(wanted("main"));
  ASSERT_EQ(message_of(again), "fine");
  EXPECT_TRUE(again->repaired);
  EXPECT_TRUE(verify_git_tree(again->tree));
  expect_no_leftovers();
}

INSTANTIATE_TEST_SUITE_P(
    GitCache, ChangedTrees,
    testing::Values(Change{"one_byte",
                           [](const fs::path& files) {
                             fs::permissions(files / "dir/a", fs::perms(0644));
                             std::ofstream(files / "dir/a") << "onf\n";
                           },
                           "'FILES/dir/a' was changed"},
                    Change{"size",
                           [](const fs::path& files) {
                             fs::permissions(files / "dir/a", fs::perms(0644));
                             std::ofstream(files / "dir/a") << "longer\n";
                           },
                           "'FILES/dir/a' was changed in its size"},
                    Change{"missing", [](const fs::path& files) { fs::remove(files / "dir/a"); },
                           "the file 'FILES/dir/a' is missing"},
                    Change{"added", [](const fs::path& files) { std::ofstream(files / "dir/new") << "x"; },
                           "'FILES/dir/new' does not belong there"},
                    Change{"added_folder", [](const fs::path& files) { fs::create_directory(files / "dir/new"); },
                           "'FILES/dir/new' does not belong there"},
                    Change{"link",
                           [](const fs::path& files) {
                             fs::remove(files / "l");
                             fs::create_symlink("/etc/passwd", files / "l");
                           },
                           "'FILES/l' leads elsewhere than it did"},
                    Change{"file_for_link",
                           [](const fs::path& files) {
                             fs::remove(files / "l");
                             std::ofstream(files / "l") << "dir/a";
                           },
                           "'FILES/l' was changed in its kind"},
                    Change{"link_for_file",
                           [](const fs::path& files) {
                             fs::remove(files / "dir/a");
                             fs::create_symlink("/etc/passwd", files / "dir/a");
                           },
                           "'FILES/dir/a' was changed in its kind"},
                    Change{"pipe_for_file",
                           [](const fs::path& files) {
                             fs::remove(files / "dir/a");
                             ::mkfifo((files / "dir/a").c_str(), 0644);
                           },
                           "'FILES/dir/a' is no file any more"},
                    Change{"rights", [](const fs::path& files) { fs::permissions(files / "p", fs::perms(0444)); },
                           "'FILES/p' was changed in its rights"}),
    [](const auto& row) { return row.param.name; });

TEST_F(GitCacheTest, TheListIsWhatItsDigestSays) {
  repository_.write("a", "one\n");
  repository_.commit();
  const auto fetched = fetch(wanted("main"));
  ASSERT_EQ(message_of(fetched), "fine");
  const GitCache in_cache(cache());
  const auto found = in_cache.find(fetched->tree.digest);
  ASSERT_TRUE(found && *found);
  EXPECT_TRUE(check_git_file(**found, "a", "one\n"));
  EXPECT_EQ(check_git_file(**found, "a", "two\n").error().code, Code::kSourceChanged);
  EXPECT_EQ(check_git_file(**found, "b", "one\n").error().code, Code::kSourceChanged);
  overwrite(fetched->tree.files.parent_path() / "list", "100644 4 " + sha256_hex("two\n") + " a\n");
  EXPECT_EQ(in_cache.find(fetched->tree.digest).error().code, Code::kSourceChanged);
  const auto none = in_cache.find(std::string(64, '0'));
  EXPECT_TRUE(none && !*none);
}

TEST_F(GitCacheTest, ADamagedRepositoryIsAClearError) {
  repository_.write("a", "one\n");
  const std::string commit = repository_.commit();
  const std::string object = repository_.git({"rev-parse", "HEAD:a"});
  overwrite(repository_.folder() / ".git/objects" / object.substr(0, 2) / object.substr(2), "garbage");
  EXPECT_THAT(message_of(fetch(wanted("main"))), testing::StartsWith("S008 "));
  EXPECT_THAT(message_of(fetch(wanted("", commit))), testing::StartsWith("S008 "));
  expect_no_leftovers();
}

TEST_F(GitCacheTest, ADamagedCacheSaysWhatToRemove) {
  repository_.write("a", "one\n");
  repository_.commit();
  ASSERT_TRUE(fetch(wanted("main")));
  const fs::path bare = cache() / "git" / sha256_hex(repository_.folder().string());
  fs::remove_all(bare / "objects");
  const auto fetched = fetch(wanted("main"));
  ASSERT_FALSE(fetched);
  EXPECT_THAT(fetched.error().message, testing::HasSubstr("'" + bare.string() + "'"));
  EXPECT_THAT(fetched.error().help, testing::HasSubstr("can be removed"));
}

TEST_F(GitCacheTest, StopsWhenItIsToldTo) {
  repository_.write("a", "one\n");
  repository_.commit();
  const auto end = run_watched([&](WorkWatch& watch) {
    ::kill(::getpid(), SIGTERM);
    while (!watch.stopped()) std::this_thread::yield();
    EXPECT_FALSE(GitCache(cache()).fetch(wanted("main"), watch));
  });
  EXPECT_EQ(end.signal, SIGTERM);
  EXPECT_FALSE(fs::exists(cache() / "git/trees"));
  expect_no_leftovers();
}

TEST_F(GitCacheTest, ClearsWhatAKilledFetchLeft) {
  repository_.write("a", "one\n");
  repository_.commit();
  const fs::path bare = cache() / "git" / sha256_hex(repository_.folder().string());
  folder_.write(fs::path("cache/git") / (bare.filename().string() + ".new") / "files/half", "x");
  folder_.write(fs::path("cache/git") / bare.filename() / "objects/pack/tmp_pack_1", "x");
  ASSERT_EQ(message_of(fetch(wanted("main"))), "fine");
  expect_no_leftovers();
}

TEST_F(GitCacheTest, WaitsForAnotherFetchOfTheSameRepository) {
  repository_.write("a", "one\n");
  repository_.commit();
  fs::create_directories(cache() / "git");
  const fs::path lock = cache() / "git" / (sha256_hex(repository_.folder().string()) + ".lock");
  UniqueFd held(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  ASSERT_EQ(::flock(held.get(), LOCK_EX), 0);
  // The signal comes while the fetch waits; nothing else can end it.
  const auto end = run_watched([&](WorkWatch& watch) {
    ::kill(::getpid(), SIGINT);
    EXPECT_EQ(message_of(GitCache(cache()).fetch(wanted("main"), watch)), "S008 interrupted");
  });
  EXPECT_EQ(end.signal, SIGINT);
  held.reset();
  EXPECT_EQ(message_of(fetch(wanted("main"))), "fine");
}

TEST_F(GitCacheTest, ManyAtOnceAgree) {
  repository_.write("a", "one\n");
  repository_.commit();
  std::vector<std::thread> threads;
  std::vector<std::string> digests(4);
  for (std::string& digest : digests) {
    threads.emplace_back([&] {
      WorkWatch watch;
      const auto fetched = GitCache(cache()).fetch(wanted("main"), watch);
      digest = fetched ? fetched->tree.digest : fetched.error().message;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(digests, testing::Each(digests.front()));
  EXPECT_EQ(digests.front().size(), 64U);
  expect_no_leftovers();
}

TEST_F(GitCacheTest, TellsWhatARefMeansNow) {
  repository_.write("a", "1");
  const std::string first = repository_.commit();
  EXPECT_EQ(*GitCache::commit_of_ref(wanted("main"), watch_), first);
  const std::string second = repository_.commit();
  EXPECT_EQ(*GitCache::commit_of_ref(wanted("main"), watch_), second);
}

}  // namespace
}  // namespace assay::system
