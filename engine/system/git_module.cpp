// SPDX-License-Identifier: Apache-2.0
// The module that knows libgit2: built as a shared library of its own, opened by git.cpp on first use.
#include <git2.h>

#include <array>
#include <memory>

#include "engine/base/files.h"
#include "engine/system/git.h"

namespace assay::system {
namespace {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Free(pointer);
  }
};
using RepositoryHandle = std::unique_ptr<git_repository, FreeWith<&git_repository_free>>;

struct Library {
  Library() { git_libgit2_init(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() { git_libgit2_shutdown(); }
};

tl::unexpected<Diagnostic> git_failure(const std::filesystem::path& file) {
  const git_error* error = git_error_last();
  return failure(Code::kSystem, "cannot read the git state of '" + file.string() +
                                    "': " + (error != nullptr ? error->message : "unknown error") + " (libgit2)");
}

Result<std::optional<GitState>> read_state(const std::filesystem::path& file) {
  const Library library;
  // An owner other than ours is no danger here: nothing of the repository's configuration is executed.
  git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  std::error_code problem;
  const std::filesystem::path absolute = std::filesystem::weakly_canonical(file, problem);
  if (problem) return failure(Code::kSystem, "cannot resolve '" + file.string() + "': " + problem.message());
  git_repository* raw = nullptr;
  const int opened = git_repository_open_ext(&raw, absolute.parent_path().c_str(), 0, nullptr);
  if (opened == GIT_ENOTFOUND) return std::optional<GitState>();
  if (opened != 0) return git_failure(file);
  const RepositoryHandle repository(raw);
  git_oid head;
  if (git_reference_name_to_id(&head, repository.get(), "HEAD") != 0) return std::optional<GitState>();
  std::array<char, GIT_OID_HEXSZ + 1> hex{};
  git_oid_tostr(hex.data(), hex.size(), &head);
  GitState state{.commit = hex.data()};
  const char* work_tree = git_repository_workdir(repository.get());
  if (work_tree == nullptr) return std::optional<GitState>(state);
  unsigned flags = 0;
  const std::string relative = std::filesystem::relative(absolute, work_tree, problem).string();
  if (git_status_file(&flags, repository.get(), relative.c_str()) != 0) return git_failure(file);
  state.modified = flags != GIT_STATUS_CURRENT;
  return std::optional<GitState>(state);
}

}  // namespace

}  // namespace assay::system

// Both sides come from one build, so C++ types may cross.
extern "C" void assay_git_state(const std::filesystem::path& file, assay::system::GitStateResult& out) {
  out = assay::system::read_state(file);
}
