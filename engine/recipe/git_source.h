// SPDX-License-Identifier: Apache-2.0
// How a recipe names a file of a git repository, and which of it is refused before anything is fetched.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/diagnostic.h"

namespace assay::recipe {

enum class GitTransport : std::uint8_t {
  kHttps,
  kHttp,    // anybody on the way could change it: only for a commit stated in full
  kSsh,     // ssh://[USER@]HOST[:PORT]/PATH or [USER@]HOST:PATH
  kFile,    // file:///PATH
  kFolder,  // a path, relative ones from the recipe's folder
};

// Nothing is resolved, looked up or decoded. Errors (kGitSource): an unknown or unprotected transport, credentials in
// the URL, control characters; the message does not repeat a password.
struct GitUrl {
  GitTransport transport = GitTransport::kFolder;
  std::string host;  // lower case, without user and port; empty for kFile and kFolder
  [[nodiscard]] bool local() const { return transport == GitTransport::kFile || transport == GitTransport::kFolder; }
};
struct GitUrlResult {
  std::optional<GitUrl> url;
  Diagnostic problem;       // when there is no url
  std::string secret = {};  // what of the text no message may show: user and password; may be empty
};
GitUrlResult parse_git_url(std::string_view text);

// The full id of a commit: 40 hexadecimal digits (SHA-1) or 64 (SHA-256), lower case.
bool is_commit_id(std::string_view text);
// A branch or tag as git names them ("v1.2", "feature/x", "refs/tags/v1").
bool is_ref_name(std::string_view text);
// A path below the repository's root: not absolute, no "..", no ".git", no control characters or backslashes.
bool is_inner_path(std::string_view text);

}  // namespace assay::recipe
