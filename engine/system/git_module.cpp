// SPDX-License-Identifier: Apache-2.0
// The module that knows libgit2: built as a shared library of its own, opened by git.cpp on first use.
#include "engine/system/git_module.h"

#include "engine/base/files.h"
#include "engine/system/git_handles.h"
#include "engine/system/git_objects_module.h"

namespace assay::system {
namespace {

tl::unexpected<Diagnostic> git_failure(const std::filesystem::path& file) {
  return failure(Code::kSystem, "cannot read the git state of '" + file.string() + "': " + last_git_error());
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
  GitState state{.commit = hex_of(head)};
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

extern "C" const assay::system::GitModule* assay_git_module() {
  using namespace assay::system;
  static constexpr GitModule kModule = {&read_state,          &objects::remote_refs, &objects::download,
                                        &objects::has_commit, &objects::keep_commit, &objects::read_commit};
  return &kModule;
}
