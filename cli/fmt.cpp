// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/verbs.h"
#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/recipe/formatter.h"
#include "engine/recipe/yaml.h"
#include "engine/system/text_diff.h"

namespace assay::cli {
namespace {

constexpr std::size_t kLargestFile = std::size_t{16} << 20U;

bool is_ours(const std::filesystem::path& path) {
  const auto extension = path.extension();
  if (extension != ".yaml" && extension != ".yml") return false;
  const auto text = read_file(path, kLargestFile);
  return text && recipe::top_level_text(*text, "apiVersion").starts_with("assay/");
}

Result<std::string> read_standard_input() {
  std::string text;
  char buffer[65536];
  while (std::cin.read(buffer, sizeof buffer) || std::cin.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(std::cin.gcount()));
    if (text.size() > kLargestFile) {
      return failure(Code::kTooLarge, "standard input is larger than " + std::to_string(kLargestFile) + " bytes");
    }
  }
  return text;
}

class Fmt {
 public:
  Fmt(const Common& common, const FmtVerb& verb) : common_(common), verb_(verb) {}

  int run() {
    for (const std::filesystem::path& given : verb_.files) {
      if (given == "-") {
        standard_input();
      } else {
        each_file(given);
      }
    }
    if (common_.json) {
      Json out = {{"changed", changed_}, {"unchanged", unchanged_}, {"errors", errors_}};
      if (verb_.diff) out["diff"] = diff_;
      std::cout << to_json_line(out) << '\n';
    }
    if (errors_ > 0) return exit_;
    return (verb_.check || verb_.diff) && !changed_.empty() ? kDiffersExit : 0;
  }

 private:
  void fail(const Diagnostics& problems, int exit) {
    complain(common_, problems);
    ++errors_;
    exit_ = exit_ == kUsageExit ? kUsageExit : exit;
  }
  void fail(Diagnostic problem, int exit) {
    Diagnostics problems;
    problems.add(std::move(problem));
    fail(problems, exit);
  }

  void each_file(const std::filesystem::path& given) {
    std::error_code error;
    const auto status = std::filesystem::status(given, error);
    if (std::filesystem::is_directory(status)) {
      folder(given);
    } else if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
      fail({.code = Code::kUsage, .message = "'" + given.string() + "' is neither a file nor a folder"}, kUsageExit);
    } else {
      file(given);
    }
  }

  // Every file of ours below, in the order of the names; links and hidden folders are left alone.
  void folder(const std::filesystem::path& given) {
    namespace fs = std::filesystem;
    std::vector<fs::path> found;
    std::error_code error;
    fs::recursive_directory_iterator each(given, error);
    for (; !error && each != fs::recursive_directory_iterator(); each.increment(error)) {
      std::error_code ignored;  // what cannot be looked at is no file of ours
      if (each->is_directory(ignored) && each->path().filename().string().starts_with('.')) {
        each.disable_recursion_pending();
      } else if (each->symlink_status(ignored).type() == fs::file_type::regular) {
        found.push_back(each->path());
      }
    }
    if (error) fail(system_failure("read", given, error.value()), kUsageExit);
    std::sort(found.begin(), found.end());
    for (const fs::path& path : found) {
      if (is_ours(path)) file(path);
    }
  }

  void file(const std::filesystem::path& path) {
    const auto before = read_file(path, kLargestFile);
    if (!before) return fail(before.error(), kUsageExit);
    const auto after = formatted(*before, path.string());
    if (!after) return;
    if (*after == *before) {
      ++unchanged_;
    } else if (verb_.check || verb_.diff) {
      differs(path.string(), *before, *after);
    } else if (const auto written = write(path, *after); !written) {
      fail(written.error(), exit_code_of(written.error()));
    } else {
      name_changed(path.string());
    }
  }

  void standard_input() {
    const std::string name = "<standard input>";
    const auto before = read_standard_input();
    if (!before) return fail(before.error(), kUsageExit);
    const auto after = formatted(*before, name);
    if (!after) return;
    if (!verb_.check && !verb_.diff) {
      std::cout << *after;
    } else if (*after != *before) {
      differs(name, *before, *after);
    }
  }

  std::optional<std::string> formatted(const std::string& text, const std::string& name) {
    recipe::Formatted result = recipe::format_yaml(text, name);
    if (!result.text) fail(result.problems, exit_code_of(result.problems.items().front()));
    return std::move(result.text);
  }

  void name_changed(const std::string& name) {
    changed_.push_back(name);
    if (!common_.json) std::cout << printable(name) << '\n';
  }

  void differs(const std::string& name, const std::string& before, const std::string& after) {
    if (!verb_.diff) return name_changed(name);
    const auto hunks = system::unified_hunks(before, after);
    if (!hunks) return fail(hunks.error(), kFailedExit);
    changed_.push_back(name);
    const std::string diff = "--- " + printable(name) + "\n+++ " + printable(name) + '\n' + *hunks;
    if (common_.json) {
      diff_ += diff;
    } else {
      std::cout << (::isatty(STDOUT_FILENO) == 1 ? printable(diff, KeepLines::kYes) : diff);
    }
  }

  // The file that a link leads to keeps its mode and owner. A file that the user may not write stays, though its folder
  // would let it be replaced.
  static Result<void> write(const std::filesystem::path& path, const std::string& text) {
    std::error_code error;
    const std::filesystem::path target = std::filesystem::canonical(path, error);
    struct stat status {};
    if (error) return failure(system_failure("write", path, error.value()));
    if (::access(target.c_str(), W_OK) != 0 || ::stat(target.c_str(), &status) != 0) {
      return failure(system_failure("write", path, errno));
    }
    ASSAY_CHECK(write_file_atomically(target, text, status.st_mode & 07777U));
    if (::geteuid() == 0 && ::lchown(target.c_str(), status.st_uid, status.st_gid) != 0) {
      return failure(system_failure("keep the owner of", path, errno));
    }
    return sync_directory(target.parent_path());
  }

  const Common& common_;
  const FmtVerb& verb_;
  std::vector<std::string> changed_;
  std::string diff_;
  std::size_t unchanged_ = 0;
  std::size_t errors_ = 0;
  int exit_ = 0;
};

}  // namespace

int fmt(const Common& common, const FmtVerb& verb) {
  const bool reads_input = std::find(verb.files.begin(), verb.files.end(), "-") != verb.files.end();
  if (reads_input && (verb.files.size() > 1 || (common.json && !verb.check && !verb.diff))) {
    complain(common, Diagnostic{.code = Code::kUsage,
                                .message = "'-' puts the formatted text on standard output, where nothing else may go",
                                .help = "give it alone, and without --json"});
    return kUsageExit;
  }
  return Fmt(common, verb).run();
}

}  // namespace assay::cli
