// SPDX-License-Identifier: Apache-2.0
#include "engine/system/git_cache.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <thread>

#include "engine/base/files.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"

namespace assay::system {
namespace {

tl::unexpected<Diagnostic> interrupted() { return failure(Code::kFetch, "interrupted"); }

tl::unexpected<Diagnostic> cannot(const GitWanted& wanted, const std::string& why, std::string help = {}) {
  return failure(Code::kFetch, "cannot fetch '" + printable(wanted.url) + "': " + why, std::move(help));
}

// Waits for other processes, but not for ever deaf: the lock is asked for again and again.
Result<UniqueFd> lock(const std::filesystem::path& path, WorkWatch& watch) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) return failure(system_failure("write", path, errno));
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return failure(system_failure("lock", path, errno));
    if (!watch.alive()) return interrupted();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return fd;
}

// What a killed fetch left of a transfer; nobody else writes while we hold the lock.
void clear_leftovers(const std::filesystem::path& repository) {
  std::error_code error;
  for (std::filesystem::directory_iterator it(repository / "objects" / "pack", error), end; !error && it != end;
       it.increment(error)) {
    const std::string extension = it->path().extension().string();
    if (extension == ".pack" || extension == ".idx") continue;
    std::error_code ignored;  // what stays takes room, no more
    std::filesystem::remove(it->path(), ignored);
  }
}

GitAccess access_to(const GitWanted& wanted, WorkWatch& watch, std::function<void(const GitProgress&)> on_progress,
                    std::uint64_t most_bytes) {
  return {.on_progress =
              [&watch, on_progress = std::move(on_progress)](const GitProgress& progress) {
                if (on_progress) on_progress(progress);
                return watch.alive();
              },
          .token = wanted.token,
          .most_bytes = most_bytes};
}

// All branches and tags.
Result<std::vector<GitRef>> refs_of(const GitWanted& wanted, const GitAccess& access) {
  std::error_code error;
  constexpr std::string_view kFile = "file://";
  const std::string path = wanted.url.starts_with(kFile) ? wanted.url.substr(kFile.size()) : wanted.url;
  const bool encoded = path.find('%') != std::string::npos;
  if (!wanted.network && !encoded && !std::filesystem::is_directory(path, error))
    return cannot(wanted, "there is no such folder", "is the disk mounted? a bundle must be cloned first");
  return git_remote_refs(wanted.url, access);
}

// The full name of a branch or tag, and what it leads to.
Result<GitRef> find_ref(const GitWanted& wanted, const GitAccess& access) {
  ASSAY_TRY(const std::vector<GitRef> refs, refs_of(wanted, access));
  std::vector<GitRef> found;
  std::vector<std::string> names;
  for (const GitRef& ref : refs) {
    const std::string name = ref.name.substr(ref.name.find('/', 5) + 1);
    names.push_back(name);
    if (ref.name == wanted.ref || name == wanted.ref) found.push_back(ref);
  }
  if (found.size() == 1) return found.front();
  const std::string quoted = "'" + printable(wanted.ref) + "'";
  if (found.size() > 1)
    return cannot(wanted, quoted + " is a branch and a tag", "say which: ref: " + found.back().name);
  return cannot(wanted, "it has no branch or tag " + quoted, did_you_mean(wanted.ref, names));
}

}  // namespace

Result<std::filesystem::path> default_cache() {
  // An XDG path that is not absolute is to be ignored (XDG Base Directory Specification 0.8).
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && cache[0] == '/')
    return std::filesystem::path(cache) / "assay";
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') {
    const passwd* user = ::getpwuid(::getuid());
    home = user != nullptr ? user->pw_dir : nullptr;
  }
  if (home == nullptr || home[0] != '/')
    return failure(Code::kUsage, "there is no home folder to keep fetched recipes in", "set XDG_CACHE_HOME");
  return std::filesystem::path(home) / ".cache" / "assay";
}

Result<std::optional<GitTree>> GitCache::find(const std::string& digest) const {
  const std::filesystem::path folder = folder_ / "trees" / digest;
  std::error_code error;
  if (digest.empty() || !std::filesystem::exists(folder, error)) return std::nullopt;
  ASSAY_TRY(GitTree tree, open_git_tree(folder, digest));
  return tree;
}

Result<std::string> GitCache::commit_of_ref(const GitWanted& wanted, WorkWatch& watch) {
  ASSAY_TRY(const GitRef ref, find_ref(wanted, access_to(wanted, watch, {}, 0)));
  return ref.commit;
}

// Sets `commit`, and has it in the repository.
Result<void> GitCache::bring(const GitWanted& wanted, const std::filesystem::path& repository, std::string& commit,
                             const GitAccess& access, bool& downloaded) const {
  commit = wanted.commit;
  if (!commit.empty()) {
    ASSAY_TRY(const bool here, git_has_commit(repository, commit));
    if (here) return {};
  }
  if (wanted.network && wanted.offline)
    return cannot(
        wanted,
        commit.empty() ? "only the server knows what '" + wanted.ref + "' means" : commit + " is not in the cache",
        "leave out --offline, or fetch where there is a network and bring the cache here");
  downloaded = true;
  std::vector<GitRef> all;
  if (commit.empty()) {
    ASSAY_TRY(const GitRef ref, find_ref(wanted, access));
    commit = ref.commit;
    ASSAY_TRY(const bool here, git_has_commit(repository, commit));
    if (here) {
      downloaded = false;
      return {};
    }
    ASSAY_CHECK(git_download(repository, wanted.url, {ref.name}, access));
  } else {
    // The branch or tag that led to the commit is the shortest way; it may have moved, then all of them.
    ASSAY_TRY(all, refs_of(wanted, access));
    std::vector<std::string> names;
    for (const GitRef& ref : all) {
      const std::string name = ref.name.substr(ref.name.find('/', 5) + 1);
      if (ref.commit == commit || name == wanted.ref || ref.name == wanted.ref) names.push_back(ref.name);
    }
    if (!names.empty()) ASSAY_CHECK(git_download(repository, wanted.url, names, access));
    ASSAY_TRY(bool here, git_has_commit(repository, commit));
    if (!here && names.size() < all.size()) {
      names.clear();
      for (const GitRef& ref : all) names.push_back(ref.name);
      ASSAY_CHECK(git_download(repository, wanted.url, names, access));
    }
  }
  ASSAY_TRY(const bool here, git_has_commit(repository, commit));
  if (here) return git_keep_commit(repository, commit);
  return cannot(wanted, "none of its branches and tags leads to the commit " + commit,
                "check the id; after a forced push the commit may be gone from the server");
}

// Moves a fresh tree to its place. One that is there and whole stays as it is.
Result<void> GitCache::place(const std::filesystem::path& fresh, FetchedTree& fetched) const {
  const std::filesystem::path trees = folder_ / "trees";
  const std::filesystem::path folder = trees / fetched.tree.digest;
  ASSAY_CHECK(make_directories(trees));
  std::error_code error;
  if (std::filesystem::exists(folder, error)) {
    const auto there = find(fetched.tree.digest);
    if (there && *there && verify_git_tree(**there)) {
      fetched.tree = **there;
      return {};
    }
    fetched.repaired = true;
    const std::filesystem::path old = fresh.string() + ".old";
    std::filesystem::rename(folder, old, error);
    std::filesystem::remove_all(old, error);
  }
  std::filesystem::rename(fresh, folder, error);
  const bool by_another = error && std::filesystem::exists(folder / "list");
  if (error && !by_another) return failure(system_failure("write", folder, error.value()));
  fetched.tree.files = folder / "files";
  return {};
}

Result<FetchedTree> GitCache::fetch(const GitWanted& wanted, WorkWatch& watch,
                                    const std::function<void(const GitProgress&)>& on_progress) const {
  const std::filesystem::path repository = folder_ / sha256_hex(wanted.url);
  const std::filesystem::path fresh = repository.string() + ".new";
  ASSAY_CHECK(make_directories(folder_));
  ASSAY_TRY(const UniqueFd held, lock(repository.string() + ".lock", watch));
  std::error_code ignored;  // what cannot be removed is met again when it is written
  std::filesystem::remove_all(fresh, ignored);
  std::filesystem::remove_all(fresh.string() + ".old", ignored);
  clear_leftovers(repository);
  const GitAccess access = access_to(wanted, watch, on_progress, limits_.all_bytes);
  FetchedTree out;
  auto brought = bring(wanted, repository, out.commit, access, out.downloaded);
  if (watch.stopped()) brought = interrupted();
  if (!brought) {
    clear_leftovers(repository);
    return failure(std::move(brought).error());
  }
  auto tree = extract_git_tree(repository, out.commit, fresh, limits_, [&watch] { return watch.alive(); });
  if (tree) {
    out.tree = std::move(*tree);
    if (auto placed = place(fresh, out); !placed) tree = failure(std::move(placed).error());
  }
  std::filesystem::remove_all(fresh, ignored);
  if (!tree) {
    Diagnostic problem = std::move(tree).error();
    return failure(std::move(problem).with_note("in " + printable(wanted.url) + " at commit " + out.commit));
  }
  return out;
}

}  // namespace assay::system
