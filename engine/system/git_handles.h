// SPDX-License-Identifier: Apache-2.0
// libgit2's handles as values that close themselves. Only for the sources of the module that links libgit2.
#pragma once

#include <git2.h>

#include <array>
#include <memory>
#include <string>

namespace assay::system {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Free(pointer);
  }
};
template <class T, auto Free>
using GitHandle = std::unique_ptr<T, FreeWith<Free>>;
using RepositoryHandle = GitHandle<git_repository, &git_repository_free>;

struct Library {
  Library() { git_libgit2_init(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() { git_libgit2_shutdown(); }
};

inline std::string last_git_error() {
  const git_error* error = git_error_last();
  return std::string(error != nullptr && error->message != nullptr ? error->message : "unknown error") + " (libgit2)";
}

inline std::string hex_of(const git_oid& id) {
  std::array<char, GIT_OID_HEXSZ + 1> hex{};
  git_oid_tostr(hex.data(), hex.size(), &id);
  return hex.data();
}

}  // namespace assay::system
