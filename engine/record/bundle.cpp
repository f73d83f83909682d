// SPDX-License-Identifier: Apache-2.0
#include "engine/record/bundle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <unordered_set>

#include "engine/base/text.h"
#include "engine/record/evidence.h"
#include "engine/system/archive.h"

namespace assay::record {
namespace {

constexpr std::string_view kEvidence = "evidence/sha256/";

bool is_run_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name.front() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// How much of a journal is whole lines.
Result<std::uint64_t> whole_lines(const std::filesystem::path& journal) {
  const UniqueFd fd(::open(journal.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return failure(system_failure("read", journal, errno));
  std::array<char, 65536> buffer{};
  for (auto end = status.st_size; end > 0;) {
    const auto begin = std::max<off_t>(0, end - static_cast<off_t>(buffer.size()));
    const ssize_t n = ::pread(fd.get(), buffer.data(), static_cast<std::size_t>(end - begin), begin);
    if (n <= 0) return failure(system_failure("read", journal, n < 0 ? errno : EIO));
    const auto at = std::string_view(buffer.data(), static_cast<std::size_t>(n)).rfind('\n');
    if (at != std::string_view::npos) return static_cast<std::uint64_t>(begin) + at + 1;
    end = begin;
  }
  return 0U;
}

// The files of a record, in order of name.
Result<std::vector<system::ArchiveMember>> members_of(const std::filesystem::path& folder, const std::string& name) {
  std::vector<system::ArchiveMember> out;
  const auto add = [&](const std::string& path, std::uint64_t size) {
    out.push_back({.name = name + "/" + path, .file = folder / path, .size = size});
  };
  std::error_code error;
  const auto take = [&](const std::filesystem::directory_entry& entry) {
    const std::string path = entry.path().lexically_relative(folder).generic_string();
    std::error_code gone;
    if (!is_record_path(path) || path == "journal.jsonl" || entry.is_symlink(gone) || !entry.is_regular_file(gone))
      return;
    if (const auto size = entry.file_size(gone); !gone) add(path, size);
  };
  // The journal before the evidence is listed: whatever its lines name is there.
  ASSAY_TRY(const std::uint64_t journal, whole_lines(folder / "journal.jsonl"));
  add("journal.jsonl", journal);
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) take(*it);
  if (error) return failure(system_failure("read the folder", folder, error.value()));
  for (std::filesystem::recursive_directory_iterator it(folder / "evidence", error), end; !error && it != end;
       it.increment(error))
    take(*it);
  if (error && error != std::errc::no_such_file_or_directory)
    return failure(system_failure("read the folder", folder / "evidence", error.value()));
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

tl::unexpected<Diagnostic> exists_already(const std::filesystem::path& file) {
  return failure(Code::kUsage, "'" + file.string() + "' exists already", "choose another name: -o FILE");
}

// A file that gets its name when it is whole. Where the file system has none without a name, it has a hidden one.
class NewFile {
 public:
  static Result<NewFile> create(const std::filesystem::path& file) {
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    NewFile out(file);
    out.fd_.reset(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0644));
    if (out.fd_) return out;
    std::string name = (folder / ("." + file.filename().string() + ".XXXXXX")).string();
    out.fd_.reset(::mkostemp(name.data(), O_CLOEXEC));
    if (!out.fd_) return failure(system_failure("write", file, errno));
    out.hidden_ = name;
    ::fchmod(out.fd_.get(), 0644);
    return out;
  }
  NewFile(NewFile&& other) noexcept
      : file_(std::move(other.file_)), hidden_(std::exchange(other.hidden_, {})), fd_(std::move(other.fd_)) {}
  NewFile& operator=(NewFile&&) = delete;
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (!hidden_.empty()) ::unlink(hidden_.c_str());
  }

  [[nodiscard]] int fd() const { return fd_.get(); }
  // A link is never made over a file that is there.
  Result<void> give_name() {
    if (::fsync(fd_.get()) != 0) return failure(system_failure("write", file_, errno));
    const std::string from = hidden_.empty() ? "/proc/self/fd/" + std::to_string(fd_.get()) : hidden_.string();
    if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, file_.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
    if (errno == EEXIST) return exists_already(file_);
    return failure(system_failure("write", file_, errno));
  }

 private:
  explicit NewFile(std::filesystem::path file) : file_(std::move(file)) {}
  std::filesystem::path file_;
  std::filesystem::path hidden_;
  UniqueFd fd_;
};

// What a bundle of so many bytes may hold, so that a small hostile file cannot fill a disk. Names of evidence do not
// compress, so a file of a size has room for so many.
struct Bounds {
  explicit Bounds(std::uint64_t packed) : entries(100 + packed / 32), bytes((64U << 20U) + packed * 200) {}
  std::uint64_t entries;
  std::uint64_t bytes;
};

// A bundle that its readers would refuse is not made.
Result<void> check_bounds(const std::vector<system::ArchiveMember>& members, std::uint64_t bytes, std::uint64_t packed,
                          const std::filesystem::path& run_folder) {
  const Bounds bounds(packed);
  if (bytes <= bounds.bytes && members.size() <= bounds.entries) return {};
  const auto largest =
      std::max_element(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.size < b.size; });
  const std::string what =
      bytes > bounds.bytes
          ? std::to_string(bytes) + " bytes, which shrink to " + std::to_string(packed)
          : std::to_string(members.size()) + " files, which shrink to " + std::to_string(packed) + " bytes";
  return failure(
      Diagnostic{.code = Code::kBundle,
                 .message = "the record has " + what + ": readers would take such a bundle for a bomb and refuse it",
                 .expected = "at most " + std::to_string(bounds.bytes) + " bytes and " +
                             std::to_string(bounds.entries) + " files in a bundle of this size; the largest file is '" +
                             largest->file.lexically_relative(run_folder).string() + "'",
                 .help = "hand on the folder of the run as it is: '" + run_folder.string() + "'"});
}

// Lays out what an archive holds, one entry after another.
class Layout {
 public:
  Layout(const std::filesystem::path& file, std::filesystem::path place, std::uint64_t packed)
      : file_(file), place_(std::move(place)), bounds_(packed) {}

  Result<void> entry(const system::ArchiveEntry& entry) {
    ASSAY_CHECK(close());
    const std::string& name = entry.name;
    const auto slash = name.find('/');
    const std::string run = name.substr(0, slash);
    if (!is_run_name(run) || (!run_.empty() && run != run_)) return refuse(entry, "is not in the folder of a run");
    run_ = run;
    const std::string path = slash == std::string::npos ? "" : name.substr(slash + 1);
    if (entry.kind == "folder") return is_folder(path) ? Result<void>() : refuse(entry, "is no folder of a record");
    if (entry.kind != "file") return refuse(entry, "is a " + entry.kind);
    if (!is_record_path(path)) return refuse(entry, "is no file of a record");
    if (!seen_.insert(path).second) return refuse(entry, "is there twice");
    if (seen_.size() > bounds_.entries) return refuse(entry, "is one of more files than the bundle has room for");
    if (entry.size > bounds_.bytes - bytes_) return refuse(entry, "is larger than the bundle allows");
    return create(place_ / run_ / path);
  }

  Result<void> bytes(std::string_view bytes) {
    if (!fd_) return {};
    bytes_ += bytes.size();
    if (bytes_ > bounds_.bytes) return failure(Code::kBundle, "'" + file_.string() + "' becomes larger than it may");
    return write_all(fd_.get(), bytes, open_);
  }

  Result<std::filesystem::path> finish() {
    ASSAY_CHECK(close());
    for (const char* needed : {"run.json", "journal.jsonl"}) {
      if (seen_.count(needed) == 0)
        return failure(Code::kBundle, "'" + file_.string() + "' is no evidence bundle: it has no " + needed);
    }
    return place_ / run_;
  }

 private:
  [[nodiscard]] tl::unexpected<Diagnostic> refuse(const system::ArchiveEntry& entry, const std::string& why) const {
    return failure(Code::kBundle, "'" + file_.string() + "' is no evidence bundle: '" +
                                      shorten(printable(entry.name), 120) + "' " + why);
  }

  static bool is_folder(std::string path) {
    while (path.ends_with('/')) path.pop_back();
    return path.empty() || path == "evidence" || path == "evidence/sha256" ||
           (path.starts_with(kEvidence) && path.size() == kEvidence.size() + 2 &&
            path.find_first_not_of("0123456789abcdef", kEvidence.size()) == std::string::npos);
  }

  // All folders above are ours and hold no links: only this makes anything in them.
  Result<void> create(const std::filesystem::path& file) {
    ASSAY_CHECK(make_directories(file.parent_path()));
    fd_.reset(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd_) return failure(system_failure("write", file, errno));
    open_ = file;
    return {};
  }
  Result<void> close() {
    fd_.reset();
    return {};
  }

  const std::filesystem::path& file_;
  std::filesystem::path place_;
  Bounds bounds_;
  std::string run_;
  std::unordered_set<std::string> seen_;
  std::uint64_t bytes_ = 0;
  UniqueFd fd_;
  std::filesystem::path open_;
};

}  // namespace

bool is_beside_name(std::string_view name) {
  const bool ending = name.ends_with(".json") || name.ends_with(".jsonl");
  return ending && name.size() <= 64 && name.front() != '.' && name.front() != '-' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string_view::npos;
}

bool is_record_path(std::string_view path) {
  if (path.find('/') == std::string_view::npos) return is_beside_name(path);
  if (!path.starts_with(kEvidence)) return false;
  path.remove_prefix(kEvidence.size());
  return path.size() == 67 && path[2] == '/' && is_digest(path.substr(3)) && path.substr(0, 2) == path.substr(3, 2);
}

Result<std::uint64_t> export_bundle(const std::filesystem::path& run_folder, const std::filesystem::path& file,
                                    const BundleProgress& progress) {
  const std::string name = std::filesystem::weakly_canonical(run_folder).filename().string();
  if (!is_run_name(name))
    return failure(Code::kRecord, "the folder '" + run_folder.string() + "' is not named like a run");
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, error))) return exists_already(file);
  ASSAY_TRY(const std::vector<system::ArchiveMember> members, members_of(run_folder, name));
  std::uint64_t all = 0;
  for (const system::ArchiveMember& member : members) all += member.size;
  ASSAY_TRY(NewFile out, NewFile::create(file));
  ASSAY_CHECK(system::write_archive(out.fd(), file, members, [&](std::uint64_t done) {
    if (progress) progress(done, all);
  }));
  struct stat status {};
  if (::fstat(out.fd(), &status) != 0) return failure(system_failure("write", file, errno));
  ASSAY_CHECK(check_bounds(members, all, static_cast<std::uint64_t>(status.st_size), run_folder));
  ASSAY_CHECK(out.give_name());
  ASSAY_CHECK(sync_directory(file.has_parent_path() ? file.parent_path() : "."));
  return static_cast<std::uint64_t>(status.st_size);
}

Result<OpenBundle> OpenBundle::open(const std::filesystem::path& file, const std::filesystem::path& parent) {
  std::error_code error;
  const auto packed = std::filesystem::file_size(file, error);
  if (error) return failure(system_failure("read", file, error.value()));
  constexpr std::string_view kPrefix = "assay-bundle-";
  TemporaryDirectory::remove_abandoned(parent, kPrefix);  // of those that were killed
  ASSAY_TRY(TemporaryDirectory place, TemporaryDirectory::create(parent, kPrefix));
  Layout layout(file, place.path(), packed);
  ASSAY_CHECK(
      system::read_archive(file, {.entry = [&](const system::ArchiveEntry& entry) { return layout.entry(entry); },
                                  .bytes = [&](std::string_view bytes) { return layout.bytes(bytes); }}));
  ASSAY_TRY(std::filesystem::path run, layout.finish());
  return OpenBundle(std::move(place), std::move(run));
}

}  // namespace assay::record
