// SPDX-License-Identifier: Apache-2.0
#include "engine/system/git_objects_module.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <set>

#include "engine/base/text.h"
#include "engine/system/git_handles.h"

namespace assay::system::objects {
namespace {

using RemoteHandle = GitHandle<git_remote, &git_remote_free>;
using CommitHandle = GitHandle<git_commit, &git_commit_free>;
using TreeHandle = GitHandle<git_tree, &git_tree_free>;
using BlobHandle = GitHandle<git_blob, &git_blob_free>;
using OdbHandle = GitHandle<git_odb, &git_odb_free>;
using ReferenceHandle = GitHandle<git_reference, &git_reference_free>;

constexpr std::size_t kMostObjects = 5'000'000;  // of one transfer

// The library, cut off from the user's and the system's configuration: what a recipe means must not depend on it.
struct IsolatedLibrary {
  IsolatedLibrary() {
    for (const int level :
         {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL})
      git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    // Nothing of a repository is executed, so it may belong to anybody, as on removable media.
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, kMostObjects);
    // Sites with an authority of their own say so as they do to OpenSSL.
    const char* file = std::getenv("SSL_CERT_FILE");
    const char* folder = std::getenv("SSL_CERT_DIR");
    if (file != nullptr || folder != nullptr) git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, folder);
  }
  Library library;
};

// What the callbacks of one transfer know.
struct Transfer {
  const GitAccess& access;
  GitProgress progress = {};
  bool asked_before = false;  // for credentials: what was refused once is refused again
  bool too_large = false;

  bool go_on() { return !access.on_progress || access.on_progress(progress); }
};

int on_transfer(const git_indexer_progress* stats, void* payload) {
  auto& transfer = *static_cast<Transfer*>(payload);
  transfer.progress = {stats->received_objects, stats->total_objects, stats->received_bytes};
  transfer.too_large = transfer.access.most_bytes > 0 && stats->received_bytes > transfer.access.most_bytes;
  return !transfer.too_large && transfer.go_on() ? 0 : -1;
}

int on_message(const char* /*text*/, int /*size*/, void* payload) {
  return static_cast<Transfer*>(payload)->go_on() ? 0 : -1;
}

int on_credentials(git_credential** out, const char* /*url*/, const char* user, unsigned allowed, void* payload) {
  auto& transfer = *static_cast<Transfer*>(payload);
  const std::string name = user != nullptr ? user : "git";
  if ((allowed & GIT_CREDENTIAL_USERNAME) != 0) return git_credential_username_new(out, name.c_str());
  if (transfer.asked_before) return GIT_EAUTH;
  transfer.asked_before = true;
  if ((allowed & GIT_CREDENTIAL_SSH_KEY) != 0) return git_credential_ssh_key_from_agent(out, name.c_str());
  const std::string& token = transfer.access.token;
  if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) == 0 || token.empty()) return GIT_EAUTH;
  const auto colon = token.find(':');
  const std::string who = colon == std::string::npos ? "token" : token.substr(0, colon);
  const std::string secret = colon == std::string::npos ? token : token.substr(colon + 1);
  return git_credential_userpass_plaintext_new(out, who.c_str(), secret.c_str());
}

git_remote_callbacks callbacks_of(Transfer& transfer) {
  git_remote_callbacks out;
  git_remote_init_callbacks(&out, GIT_REMOTE_CALLBACKS_VERSION);
  out.transfer_progress = &on_transfer;
  out.sideband_progress = &on_message;
  out.credentials = &on_credentials;
  out.payload = &transfer;
  return out;
}

// A token goes to the host it is for, and to no other that this one names.
git_remote_redirect_t redirects_of(const GitAccess& access) {
  return access.token.empty() ? GIT_REMOTE_REDIRECT_INITIAL : GIT_REMOTE_REDIRECT_NONE;
}

tl::unexpected<Diagnostic> transfer_failure(int code, const std::string& url, const Transfer& transfer) {
  Diagnostic out{.code = Code::kFetch, .message = "cannot fetch '" + printable(url) + "': "};
  if (transfer.too_large) {
    out.message += "more than " + std::to_string(transfer.access.most_bytes >> 20U) + " MiB came";
    out.help = "a repository of recipes is small; take them from one that holds nothing else";
    return failure(std::move(out));
  }
  const git_error* error = git_error_last();
  const int kind = error != nullptr ? error->klass : GIT_ERROR_NONE;
  out.message += printable(last_git_error());
  if (code == GIT_ECERTIFICATE || kind == GIT_ERROR_SSL) {
    out.help = "for an authority of your own set SSL_CERT_FILE; a host that ssh does not know yet: `ssh HOST` once";
  } else if (kind == GIT_ERROR_SSH) {
    out.help = "ssh: the host must be in known_hosts and the key in the agent (`ssh-add`); no other key is read";
  } else if (code == GIT_EAUTH || (kind == GIT_ERROR_HTTP && out.message.find("auth") != std::string::npos)) {
    out.help = "a private repository: set ASSAY_GIT_TOKENS=HOST=TOKEN, or use ssh with a key in the agent";
  } else if (kind == GIT_ERROR_NET || kind == GIT_ERROR_HTTP) {
    out.help = "check the URL and the network; a mirror can be named as a path or file URL";
  }
  return failure(std::move(out));
}

tl::unexpected<Diagnostic> damaged(const std::filesystem::path& repository, const std::string& what) {
  return failure(Code::kFetch, "cannot " + what + " in '" + repository.string() + "': " + printable(last_git_error()),
                 "the repository is damaged; one of the cache can be removed, and is then fetched again");
}

Result<RepositoryHandle> open_bare(const std::filesystem::path& folder) {
  git_repository* raw = nullptr;
  if (git_repository_open_bare(&raw, folder.c_str()) != 0) return damaged(folder, "open the repository");
  return RepositoryHandle(raw);
}

Result<RepositoryHandle> open_or_make(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder / "HEAD", error)) return open_bare(folder);
  git_repository_init_options options;
  git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
  options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_NO_REINIT;
  options.initial_head = "none";
  git_repository* raw = nullptr;
  if (git_repository_init_ext(&raw, folder.c_str(), &options) != 0) return damaged(folder, "make a repository");
  return RepositoryHandle(raw);
}

Result<git_oid> id_of(const std::string& commit) {
  git_oid id;
  if (commit.size() == GIT_OID_HEXSZ && git_oid_fromstr(&id, commit.c_str()) == 0) return id;
  return failure(Code::kFetch, "'" + printable(commit) + "' is no commit of a SHA-1 repository",
                 "the libgit2 of this system does not read SHA-256 repositories");
}

// A name of one entry of a tree, which becomes a name on our disk.
bool is_safe_name(std::string_view name) {
  if (name.empty() || name == "." || name == ".." || name.size() > 255 || !is_valid_utf8(name)) return false;
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower != ".git" && std::none_of(name.begin(), name.end(), [](unsigned char c) {
           return c < 0x20 || c == 0x7f || c == '/' || c == '\\';
         });
}

// A link may climb with ".." at its beginning only, and not above the root: a ".." behind a name could start from
// wherever another link leads.
bool stays_inside(std::string_view target, std::size_t depth) {
  if (target.empty() || target.size() > 1024 || target.front() == '/' || target.find('\0') != std::string_view::npos)
    return false;
  std::size_t up = 0;
  bool climbing = true;
  for (const std::string_view part : split(target, '/')) {
    if (part == ".." && !climbing) return false;
    if (part == "..") ++up;
    if (part != "..") climbing = climbing && part == ".";
  }
  return up <= depth;
}

class TreeReader {
 public:
  TreeReader(git_repository* repository, git_odb* odb, const std::filesystem::path& folder, const GitTreeLimits& limits,
             const TakeGitEntry& take)
      : repository_(repository), odb_(odb), folder_(folder), limits_(limits), take_(take) {}

  Result<void> read(const git_oid& id, const std::string& prefix, std::size_t depth) {
    if (depth > limits_.depth) return refuse(prefix, "folders are nested deeper than " + std::to_string(limits_.depth));
    git_tree* raw = nullptr;
    if (git_tree_lookup(&raw, repository_, &id) != 0) return damaged(folder_, "read the folder '" + prefix + "'");
    const TreeHandle tree(raw);
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < git_tree_entrycount(tree.get()); ++i) {
      const git_tree_entry* entry = git_tree_entry_byindex(tree.get(), i);
      const char* const name = git_tree_entry_name(entry);
      if (!is_safe_name(name)) return refuse(prefix + name, "not a name that assay writes to a disk");
      if (!names.insert(name).second) return refuse(prefix + name, "the name stands twice in its folder");
      if (prefix.size() + std::string_view(name).size() > limits_.path_bytes)
        return refuse(prefix + name, "the path is longer than " + std::to_string(limits_.path_bytes) + " bytes");
      if (++entries_ > limits_.entries)
        return refuse(prefix + name, "more than " + std::to_string(limits_.entries) + " files and folders");
      ASSAY_CHECK(read_entry(*entry, prefix + name, depth));
    }
    return {};
  }

 private:
  static tl::unexpected<Diagnostic> refuse(const std::string& path, const std::string& why) {
    return failure(Code::kGitContent, "'" + printable(shorten(path, 120)) + "' of the repository is refused: " + why);
  }

  Result<void> read_entry(const git_tree_entry& entry, const std::string& path, std::size_t depth) {
    const git_oid& id = *git_tree_entry_id(&entry);
    switch (git_tree_entry_filemode(&entry)) {
      case GIT_FILEMODE_TREE: return read(id, path + '/', depth + 1);
      case GIT_FILEMODE_COMMIT: return take_({path, GitEntryKind::kSubmodule, hex_of(id)}, {});
      case GIT_FILEMODE_BLOB: return read_blob(id, {path, GitEntryKind::kFile, {}}, depth);
      case GIT_FILEMODE_BLOB_EXECUTABLE: return read_blob(id, {path, GitEntryKind::kProgram, {}}, depth);
      case GIT_FILEMODE_LINK: return read_blob(id, {path, GitEntryKind::kLink, {}}, depth);
      case GIT_FILEMODE_UNREADABLE: break;
    }
    return refuse(path, "neither file, folder nor link");
  }

  Result<void> read_blob(const git_oid& id, const GitEntry& entry, std::size_t depth) {
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    if (git_odb_read_header(&size, &type, odb_, &id) != 0) return damaged(folder_, "read '" + entry.path + "'");
    if (type != GIT_OBJECT_BLOB) return refuse(entry.path, "neither file, folder nor link");
    if (size > limits_.file_bytes)
      return refuse(entry.path, "larger than " + std::to_string(limits_.file_bytes) + " bytes");
    bytes_ += size;
    if (bytes_ > limits_.all_bytes)
      return refuse(entry.path, "all files together are larger than " + std::to_string(limits_.all_bytes) + " bytes");
    git_blob* raw = nullptr;
    if (git_blob_lookup(&raw, repository_, &id) != 0) return damaged(folder_, "read '" + entry.path + "'");
    const BlobHandle blob(raw);
    const std::string_view content(static_cast<const char*>(git_blob_rawcontent(raw)),
                                   static_cast<std::size_t>(git_blob_rawsize(raw)));
    if (entry.kind == GitEntryKind::kLink && !stays_inside(content, depth))
      return refuse(entry.path, "the link could lead out of the repository");
    return take_(entry, content);
  }

  git_repository* repository_;
  git_odb* odb_;
  const std::filesystem::path& folder_;
  const GitTreeLimits& limits_;
  const TakeGitEntry& take_;
  std::size_t entries_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

Result<std::vector<GitRef>> remote_refs(const std::string& url, const GitAccess& access) {
  const IsolatedLibrary library;
  git_remote* raw = nullptr;
  Transfer transfer{access};
  git_remote_create_options create;
  git_remote_create_options_init(&create, GIT_REMOTE_CREATE_OPTIONS_VERSION);
  create.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
  int code = git_remote_create_with_opts(&raw, url.c_str(), &create);
  if (code != 0) return transfer_failure(code, url, transfer);
  const RemoteHandle remote(raw);
  git_remote_connect_options options;
  git_remote_connect_options_init(&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
  options.callbacks = callbacks_of(transfer);
  options.proxy_opts.type = GIT_PROXY_AUTO;
  options.follow_redirects = redirects_of(access);
  code = git_remote_connect_ext(remote.get(), GIT_DIRECTION_FETCH, &options);
  if (code != 0) return transfer_failure(code, url, transfer);
  const git_remote_head** heads = nullptr;
  std::size_t count = 0;
  code = git_remote_ls(&heads, &count, remote.get());
  if (code != 0) return transfer_failure(code, url, transfer);
  std::vector<GitRef> out;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view name = heads[i]->name;
    constexpr std::string_view kPeeled = "^{}";
    if (!name.starts_with("refs/heads/") && !name.starts_with("refs/tags/")) continue;
    if (!name.ends_with(kPeeled)) {
      out.push_back({std::string(name), hex_of(heads[i]->oid)});
    } else if (!out.empty() && out.back().name == name.substr(0, name.size() - kPeeled.size())) {
      out.back().commit = hex_of(heads[i]->oid);
    }
  }
  return out;
}

Result<void> download(const std::filesystem::path& repository, const std::string& url,
                      const std::vector<std::string>& wanted, const GitAccess& access) {
  const IsolatedLibrary library;
  ASSAY_TRY(const RepositoryHandle bare, open_or_make(repository));
  Transfer transfer{access};
  git_remote* raw = nullptr;
  git_remote_create_options create;
  git_remote_create_options_init(&create, GIT_REMOTE_CREATE_OPTIONS_VERSION);
  create.repository = bare.get();
  create.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
  int code = git_remote_create_with_opts(&raw, url.c_str(), &create);
  if (code != 0) return transfer_failure(code, url, transfer);
  const RemoteHandle remote(raw);
  git_fetch_options options;
  git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
  options.callbacks = callbacks_of(transfer);
  options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
  options.proxy_opts.type = GIT_PROXY_AUTO;
  options.follow_redirects = redirects_of(access);
  std::vector<std::string> copies = wanted;
  std::vector<char*> pointers;
  for (std::string& name : copies) pointers.push_back(name.data());
  const git_strarray refs{pointers.data(), pointers.size()};
  code = git_remote_download(remote.get(), &refs, &options);
  if (code != 0) return transfer_failure(code, url, transfer);
  return {};
}

Result<bool> has_commit(const std::filesystem::path& repository, const std::string& commit) {
  std::error_code error;
  if (!std::filesystem::exists(repository / "HEAD", error)) return false;
  const IsolatedLibrary library;
  ASSAY_TRY(const git_oid id, id_of(commit));
  ASSAY_TRY(const RepositoryHandle bare, open_bare(repository));
  git_commit* raw = nullptr;
  const int code = git_commit_lookup(&raw, bare.get(), &id);
  const CommitHandle found(raw);
  if (code == GIT_ENOTFOUND) return false;
  if (code != 0) return damaged(repository, "read the commit " + commit);
  return true;
}

Result<void> keep_commit(const std::filesystem::path& repository, const std::string& commit) {
  const IsolatedLibrary library;
  ASSAY_TRY(const git_oid id, id_of(commit));
  ASSAY_TRY(const RepositoryHandle bare, open_bare(repository));
  git_reference* raw = nullptr;
  const int code = git_reference_create(&raw, bare.get(), ("refs/assay/" + commit).c_str(), &id, 1, nullptr);
  const ReferenceHandle reference(raw);
  if (code != 0) return damaged(repository, "keep the commit " + commit);
  return {};
}

Result<void> read_commit(const std::filesystem::path& repository, const std::string& commit,
                         const GitTreeLimits& limits, const TakeGitEntry& take) {
  const IsolatedLibrary library;
  ASSAY_TRY(const git_oid id, id_of(commit));
  ASSAY_TRY(const RepositoryHandle bare, open_bare(repository));
  git_commit* raw = nullptr;
  if (git_commit_lookup(&raw, bare.get(), &id) != 0) return damaged(repository, "read the commit " + commit);
  const CommitHandle found(raw);
  git_odb* raw_odb = nullptr;
  if (git_repository_odb(&raw_odb, bare.get()) != 0) return damaged(repository, "read the objects");
  const OdbHandle odb(raw_odb);
  return TreeReader(bare.get(), odb.get(), repository, limits, take).read(*git_commit_tree_id(raw), {}, 0);
}

}  // namespace assay::system::objects
