// SPDX-License-Identifier: Apache-2.0
#include "engine/system/boot_unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "engine/base/files.h"
#include "engine/base/text.h"

namespace assay::system {
namespace {

constexpr std::string_view kPrefix = "assay-resume-";
constexpr std::string_view kSuffix = ".service";

// Names of runs, as far as a file's name goes.
bool is_plain(std::string_view run) {
  constexpr std::size_t kLongest = 100;
  return !run.empty() && run.size() <= kLongest &&
         run.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == std::string::npos;
}

// systemd.syntax(7): one word in double quotes, with C escapes; systemd.unit(5): `%` begins a specifier.
std::string unit_word(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const std::size_t byte = static_cast<unsigned char>(c);
    if (c == '%') {
      out += "%%";
    } else if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (byte < 0x20 || byte == 0x7F) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      out += {'\\', 'x', kDigits[byte >> 4U], kDigits[byte & 0xFU]};
    } else {
      out += c;
    }
  }
  return out + '"';
}

Diagnostic no_unit(std::string why) { return {.code = Code::kNoBootUnit, .message = std::move(why)}; }

// A file that may be gone already.
Result<void> unlink_if_there(const std::filesystem::path& path) {
  struct stat status {};
  // Asked first: a read-only disk refuses before it looks.
  if (::lstat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR)) return {};
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return failure(system_failure("remove", path, errno));
}

}  // namespace

std::string boot_unit_name(const std::string& run) { return std::string(kPrefix).append(run).append(kSuffix); }

std::string environment_file_text(const std::vector<std::pair<std::string, std::string>>& variables) {
  std::string out;
  for (const auto& [name, value] : variables) {
    out += name + "=\"";
    for (const char c : value) {
      if (c == '"' || c == '\\' || c == '`' || c == '$') out += '\\';
      out += c;
    }
    out += "\"\n";
  }
  return out;
}

std::string boot_unit_text(const BootUnit& unit, const std::filesystem::path& private_file) {
  std::string out =
      "# Written by assay, which removes it when the reboot is over; `assay doctor` names what was left behind.\n"
      "[Unit]\n"
      "Description=Go on with the assay run " +
      unit.run +
      " after a reboot\n"
      "After=local-fs.target network.target\n"
      "\n"
      "[Service]\n"
      "Type=oneshot\n";
  for (const auto& [name, value] : unit.variables) {
    if (!value.empty()) out += "Environment=" + unit_word(name + "=" + value) + '\n';
  }
  if (!unit.private_variables.empty()) out += "EnvironmentFile=" + replace_all(private_file.string(), "%", "%%") + '\n';
  out += "ExecStart=";
  for (std::size_t i = 0; i < unit.command.size(); ++i) {
    // `$` begins a variable in words of ExecStart, and in those alone.
    out += (i > 0 ? " " : "") + replace_all(unit_word(unit.command[i]), "$", "$$");
  }
  return out +
         "\n"
         "SuccessExitStatus=4\n"
         "\n"
         "[Install]\n"
         "WantedBy=multi-user.target\n";
}

std::filesystem::path BootUnits::private_file_of(const std::string& run) const {
  return folder_ / std::string(kPrefix).append(run).append(".environment");
}

Result<void> BootUnits::install(const BootUnit& unit) const {
  if (!is_plain(unit.run)) return failure(no_unit("'" + printable(unit.run) + "' is no name for a unit"));
  if (::access(alive_.c_str(), F_OK) != 0)
    return failure(no_unit("systemd is not at work on this machine (no '" + alive_.string() + "')"));
  const auto write = [&]() -> Result<void> {
    ASSAY_CHECK(make_directories(link_of(unit.run).parent_path()));
    const auto private_file = private_file_of(unit.run);
    ASSAY_CHECK(unlink_if_there(private_file));  // of the boot before
    if (!unit.private_variables.empty())
      ASSAY_CHECK(write_file_atomically(private_file, environment_file_text(unit.private_variables), 0600));
    ASSAY_CHECK(write_file_atomically(path_of(unit.run), boot_unit_text(unit, private_file)));
    const std::string target = "../" + boot_unit_name(unit.run);
    if (::symlink(target.c_str(), link_of(unit.run).c_str()) != 0 && errno != EEXIST)
      return failure(system_failure("make the link", link_of(unit.run), errno));
    return sync_directory(link_of(unit.run).parent_path());
  };
  if (auto written = write(); !written) return failure(no_unit(written.error().message));
  return {};
}

Result<void> BootUnits::remove(const std::string& run) const {
  if (!is_plain(run)) return {};
  ASSAY_CHECK(unlink_if_there(link_of(run)));
  ASSAY_CHECK(unlink_if_there(private_file_of(run)));
  return unlink_if_there(path_of(run));
}

std::vector<std::string> BootUnits::runs() const {
  std::set<std::string> found;
  for (const auto& folder : {folder_, folder_ / "multi-user.target.wants"}) {
    std::error_code error;
    for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      const std::string name = it->path().filename().string();
      if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
      if (name.size() <= kPrefix.size() + kSuffix.size()) continue;
      const std::string run = name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size());
      if (is_plain(run)) found.insert(run);
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace assay::system
