// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "cli/verbs.h"
#include "engine/record/run_lock.h"
#include "engine/record/run_reader.h"
#include "engine/record/run_summary.h"
#include "engine/record/store.h"

namespace assay::cli {

Result<std::filesystem::path> store_of(const Common& common) {
  if (common.store) return std::filesystem::absolute(*common.store).lexically_normal();
  return record::default_store();
}

Result<RunPlace> find_named_run(const Common& common, const std::string& name) {
  ASSAY_TRY(const std::filesystem::path store, store_of(common));
  const auto found = record::find_run(store, name);
  std::error_code error;
  // A file called like the word is meant only as "./last".
  if (!found && (name == record::kLastRun || !std::filesystem::is_regular_file(name, error)))
    return failure(found.error());
  if (!found) {
    ASSAY_TRY(record::OpenBundle bundle, record::OpenBundle::open(name, std::filesystem::temp_directory_path(error)));
    RunPlace place{.folder = bundle.folder(), .shown = name};
    place.bundle = std::move(bundle);
    return place;
  }
  const auto folder = std::filesystem::weakly_canonical(*found, error);
  RunPlace place{.folder = error ? *found : folder, .shown = *found};
  const std::filesystem::path runs = place.folder.parent_path();
  if (runs.filename() == "runs") place.store = runs.parent_path();
  place.own = runs == std::filesystem::weakly_canonical(store / "runs", error);
  return place;
}

Result<RunPlace> find_run_in_store(const Common& common, const std::string& name) {
  ASSAY_TRY(RunPlace place, find_named_run(common, name));
  if (!place.store.empty()) return place;
  return failure(Diagnostic{.code = Code::kNotResumable,
                            .message = "'" + place.shown.string() + "' is not in a store",
                            .expected = "the folder of a run, STORE/runs/<id>",
                            .help = "a record from elsewhere can be read and verified, not gone on with"});
}

Common in_store_of(const Common& common, const RunPlace& place) {
  Common out = common;
  out.store = place.store;
  return out;
}

bool is_at_work(const RunPlace& place) {
  return !place.store.empty() && record::run_holder(place.store, place.folder.filename().string());
}

std::string state_of(const RunPlace& place, const record::RunRecord& run) {
  return record::state_of(run.status, run.status != record::Status::kFinished && is_at_work(place));
}

Result<record::RunRecord> read_named_run(const Common& common, const std::string& name) {
  ASSAY_TRY(const RunPlace place, find_named_run(common, name));
  ASSAY_TRY(record::RunRecord run, record::read_run(place.folder));
  run.folder = place.shown;
  return run;
}

Colour colour_of(const Common& common, int fd) {
  if (common.color == "always") return Colour::kAlways;
  if (common.color == "never") return Colour::kNever;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool plain =
      (no_color != nullptr && no_color[0] != '\0') || term == nullptr || std::string_view(term) == "dumb";
  return !plain && ::isatty(fd) == 1 ? Colour::kAlways : Colour::kNever;
}

void complain(const Common& common, const Diagnostic& problem) {
  std::cerr << (problem.where ? "" : "assay: ") << render(problem, colour_of(common, STDERR_FILENO));
}

void complain(const Common& common, const Diagnostics& problems) {
  if (!problems.empty()) std::cerr << render(problems, colour_of(common, STDERR_FILENO));
}

int exit_code_of(const Diagnostic& problem) {
  const char group = info(problem.code).text.front();
  return group == 'U' || group == 'Y' || group == 'R' || group == 'P' || group == 'E' || group == 'T' ? kUsageExit
                                                                                                      : kFailedExit;
}

int give_up(const Common& common, const Diagnostic& problem) {
  complain(common, problem);
  return exit_code_of(problem);
}

}  // namespace assay::cli
