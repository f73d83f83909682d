// SPDX-License-Identifier: Apache-2.0
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/terminal/style.h"
#include "cli/verbs.h"
#include "cli/version.h"
#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/rehearse/results.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;
using rehearse::CaseVerdict;

// The files meant: those given, and every *.test.yaml below a folder, in order of name.
Result<std::vector<fs::path>> files_of(const std::vector<fs::path>& given) {
  std::vector<fs::path> out;
  for (const fs::path& path : given) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      out.push_back(path);
      continue;
    }
    std::vector<fs::path> found;
    for (fs::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      if (it->path().filename().string().ends_with(".test.yaml")) found.push_back(it->path().lexically_normal());
    }
    if (error) return failure(Code::kUsage, "cannot look into '" + path.string() + "': " + error.message());
    if (found.empty()) {
      return failure(Code::kUsage, "there are no tests in '" + path.string() + "'",
                     "files of tests are called NAME.test.yaml");
    }
    std::sort(found.begin(), found.end());
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

std::string line_of(const rehearse::CaseResult& result, Colour colour) {
  const char* const sgr = result.verdict == CaseVerdict::kPassed ? "32" : "31";
  return "  " + painted(pad(std::string(to_string(result.verdict)), 6), sgr, colour) + "  " + printable(result.name) +
         '\n';
}

std::string summary(const rehearse::Counts& counts) {
  std::string out = std::to_string(counts.passed) + " passed";
  if (counts.failed > 0) out += ", " + std::to_string(counts.failed) + " failed";
  if (counts.wrong > 0) out += ", " + std::to_string(counts.wrong) + " wrong";
  return out + '\n';
}

constexpr std::string_view kFolders = "assay-test.";

// Plays the cases of one file that are wanted; the exit code of an interruption, or 0.
Result<int> play(const Common& common, const TestVerb& verb, const rehearse::LoadedTest& loaded,
                 rehearse::FileResult& out) {
  if (!common.json) std::cout << printable(out.path.string()) << '\n';
  for (const rehearse::PreparedCase& prepared : loaded.cases) {
    if (!verb.only.empty() && ::fnmatch(verb.only.c_str(), prepared.test->name.c_str(), 0) != 0) continue;
    ASSAY_TRY(const TemporaryDirectory folder, TemporaryDirectory::create(fs::temp_directory_path(), kFolders));
    ASSAY_TRY(rehearse::CaseResult result, rehearse::rehearse(loaded, prepared, folder.path(), kVersion));
    if (result.interrupted) return result.exit_code;
    if (!common.json) std::cout << line_of(result, colour_of(common, STDOUT_FILENO)) << std::flush;
    complain(common, result.problems);
    out.cases.push_back(std::move(result));
  }
  return 0;
}

}  // namespace

int test(const Common& common, const TestVerb& verb) {
  const auto paths = files_of(verb.files);
  if (!paths) return give_up(common, paths.error());
  // Every mistake of every file first.
  std::vector<rehearse::LoadedTest> loaded;
  Diagnostics problems;
  for (const fs::path& path : *paths) {
    auto result = rehearse::load_test(path);
    problems.add(result.problems);
    if (result.value) loaded.push_back(std::move(*result.value));
  }
  complain(common, problems);
  if (problems.has_errors()) return kUsageExit;
  TemporaryDirectory::remove_abandoned(fs::temp_directory_path(), kFolders);
  std::vector<rehearse::FileResult> results;
  for (const rehearse::LoadedTest& file : loaded) {
    results.push_back({.path = file.test->path, .name = file.test->metadata.name, .cases = {}});
    const auto played = play(common, verb, file, results.back());
    if (!played) return give_up(common, played.error());
    if (*played != 0) return *played;
  }
  const rehearse::Counts counts = rehearse::count(results);
  if (counts.passed + counts.failed + counts.wrong == 0)
    return give_up(common, {.code = Code::kUsage, .message = "no case is called '" + printable(verb.only) + "'"});
  if (verb.junit) {
    if (auto written = write_file_atomically(*verb.junit, rehearse::to_junit(results)); !written)
      return give_up(common, written.error());
  }
  if (common.json) {
    std::cout << to_json_line(rehearse::to_json(results)) << '\n';
  } else {
    std::cout << summary(counts);
  }
  return rehearse::exit_code_of(counts);
}

}  // namespace assay::cli
