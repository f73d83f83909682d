// SPDX-License-Identifier: Apache-2.0
#include "engine/system/git_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <set>

#include "engine/base/files.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"

namespace assay::system {
namespace {

constexpr std::string_view kFile = "100644";
constexpr std::string_view kProgram = "100755";
constexpr std::string_view kLink = "120000";
constexpr std::string_view kSubmodule = "160000";
constexpr std::size_t kLongestList = std::size_t{256} << 20U;

using Rows = std::map<std::string, GitFile, std::less<>>;

std::string_view mode_of(GitEntryKind kind) {
  switch (kind) {
    case GitEntryKind::kFile: return kFile;
    case GitEntryKind::kProgram: return kProgram;
    case GitEntryKind::kLink: return kLink;
    case GitEntryKind::kSubmodule: return kSubmodule;
  }
  return kFile;
}

tl::unexpected<Diagnostic> changed(std::string message) {
  return failure(Code::kSourceChanged, std::move(message),
                 "`assay fetch RECIPE` brings it again; ask who changes files of the cache");
}

std::optional<Rows> parse_list(std::string_view list) {
  Rows rows;
  for (const std::string_view line : lines(list)) {
    const auto first = line.find(' ');
    const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    const auto third = second == std::string_view::npos ? second : line.find(' ', second + 1);
    if (third == std::string_view::npos) return std::nullopt;
    GitFile row{.mode = std::string(line.substr(0, first)),
                .digest = std::string(line.substr(second + 1, third - second - 1))};
    const std::string_view size = line.substr(first + 1, second - first - 1);
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), row.size);
    if (error != std::errc() || end != size.data() + size.size()) return std::nullopt;
    if (!rows.emplace(line.substr(third + 1), std::move(row)).second) return std::nullopt;
  }
  return rows;
}

Result<void> write_new_file(const std::filesystem::path& path, std::string_view bytes, ::mode_t mode) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return failure(system_failure("write", path, errno));
  ASSAY_CHECK(write_all(fd.get(), bytes, path));
  if (::fchmod(fd.get(), mode) != 0) return failure(system_failure("set the rights of", path, errno));
  return {};
}

// Checks what lies below a folder against the rows.
class Verifier {
 public:
  explicit Verifier(const GitTree& tree) : tree_(tree), rows_(*tree.list) {
    for (const auto& [path, row] : rows_) {
      if (row.mode == kSubmodule) folders_.insert(path);
      for (auto at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1))
        folders_.insert(path.substr(0, at));
    }
  }

  Result<void> verify() {
    std::error_code error;
    std::filesystem::recursive_directory_iterator it(tree_.files, error);
    if (error) return changed("cannot read '" + tree_.files.string() + "': " + error.message());
    for (const std::filesystem::recursive_directory_iterator end; it != end; it.increment(error)) {
      ASSAY_CHECK(check(it->path()));
      if (error) break;
    }
    if (error) return changed("cannot read '" + tree_.files.string() + "': " + error.message());
    for (const auto& [path, row] : rows_) {
      if (row.mode != kSubmodule && seen_.count(path) == 0)
        return changed("the file '" + (tree_.files / path).string() + "' is missing");
    }
    return {};
  }

 private:
  Result<void> check(const std::filesystem::path& path) {
    const std::string relative = path.lexically_relative(tree_.files).generic_string();
    const auto wrong = [&](const std::string& what) { return changed("'" + path.string() + "' " + what); };
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return wrong(std::string("cannot be read: ") + std::strerror(errno));
    if (S_ISDIR(status.st_mode)) {
      if (folders_.count(relative) == 0) return wrong("does not belong there");
      return {};
    }
    const auto found = rows_.find(relative);
    if (found == rows_.end() || found->second.mode == kSubmodule) return wrong("does not belong there");
    seen_.insert(relative);
    const GitFile& row = found->second;
    if (S_ISLNK(status.st_mode) != (row.mode == kLink)) return wrong("was changed in its kind");
    if (S_ISLNK(status.st_mode)) {
      std::error_code error;
      const std::string target = std::filesystem::read_symlink(path, error).string();
      if (error || sha256_hex(target) != row.digest) return wrong("leads elsewhere than it did");
      return {};
    }
    if (!S_ISREG(status.st_mode)) return wrong("is no file any more");
    if (((status.st_mode & 0100U) != 0) != (row.mode == kProgram)) return wrong("was changed in its rights");
    if (static_cast<std::uint64_t>(status.st_size) != row.size) return wrong("was changed in its size");
    ASSAY_TRY(const std::string digest, sha256_file(path));
    if (digest != row.digest) return wrong("was changed");
    return {};
  }

  const GitTree& tree_;
  const Rows& rows_;
  std::set<std::string, std::less<>> folders_;
  std::set<std::string, std::less<>> seen_;
};

}  // namespace

Result<GitTree> extract_git_tree(const std::filesystem::path& repository, const std::string& commit,
                                 const std::filesystem::path& folder, const GitTreeLimits& limits,
                                 const std::function<bool()>& go_on) {
  const std::filesystem::path files = folder / "files";
  ASSAY_CHECK(make_directories(files));
  std::map<std::string, std::string> rows;
  const auto take = [&](const GitEntry& entry, std::string_view content) -> Result<void> {
    if (!go_on()) return failure(Code::kFetch, "interrupted");
    const std::filesystem::path path = files / entry.path;
    const bool submodule = entry.kind == GitEntryKind::kSubmodule;
    const std::string digest = submodule ? entry.commit : sha256_hex(content);
    rows[entry.path] = std::string(mode_of(entry.kind)) + ' ' + std::to_string(content.size()) + ' ' + digest + ' ' +
                       entry.path + '\n';
    if (submodule) return make_directories(path);
    ASSAY_CHECK(make_directories(path.parent_path()));
    if (entry.kind != GitEntryKind::kLink)
      return write_new_file(path, content, entry.kind == GitEntryKind::kProgram ? 0555 : 0444);
    if (::symlink(std::string(content).c_str(), path.c_str()) != 0)
      return failure(system_failure("make the link", path, errno));
    return {};
  };
  ASSAY_CHECK(git_read_commit(repository, commit, limits, take));
  std::string list;
  for (const auto& [path, row] : rows) list += row;
  ASSAY_CHECK(write_new_file(folder / "list", list, 0444));
  return open_git_tree(folder, sha256_hex(list));
}

Result<GitTree> open_git_tree(const std::filesystem::path& folder, const std::string& digest) {
  GitTree tree{.digest = digest, .files = folder / "files"};
  const auto list = read_file(folder / "list", kLongestList);
  const std::string name = "the list of files beside '" + tree.files.string() + "'";
  if (!list) return changed(name + " cannot be read: " + list.error().message);
  if (sha256_hex(*list) != digest) return changed(name + " was changed");
  auto rows = parse_list(*list);
  if (!rows) return changed(name + " is not one");
  for (const auto& [path, row] : *rows) tree.bytes += row.size;
  tree.list = std::make_shared<const Rows>(std::move(*rows));
  return tree;
}

Result<void> verify_git_tree(const GitTree& tree) { return Verifier(tree).verify(); }

Result<void> check_git_file(const GitTree& tree, std::string_view path, std::string_view text) {
  const auto found = tree.list->find(path);
  if (found == tree.list->end()) return changed("'" + (tree.files / path).string() + "' does not belong there");
  if (found->second.digest != sha256_hex(text)) return changed("'" + (tree.files / path).string() + "' was changed");
  return {};
}

std::string git_submodule_of(const GitTree& tree, std::string_view path) {
  for (auto end = path.find('/'); end != std::string_view::npos; end = path.find('/', end + 1)) {
    const auto found = tree.list->find(path.substr(0, end));
    if (found != tree.list->end() && found->second.mode == kSubmodule) return found->first;
  }
  return {};
}

}  // namespace assay::system
