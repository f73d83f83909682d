// SPDX-License-Identifier: Apache-2.0
// One function per verb: options in, exit code out. Results go to standard output, talk to standard error.
#pragma once

#include "cli/options.h"
#include "engine/base/diagnostic.h"
#include "engine/base/result.h"
#include "engine/record/bundle.h"
#include "engine/record/run_record.h"

namespace assay::cli {

int certify(const Common& common, const CertifyVerb& verb);
int run(const Common& common, const RunVerb& verb);
int resume(const Common& common, const ResumeVerb& verb);
int undo(const Common& common, const UndoVerb& verb);
int answer(const Common& common, const AnswerVerb& verb);
int plan(const Common& common, const PlanVerb& verb);
int schema(const Common& common, const SchemaVerb& verb);
int validate(const Common& common, const ValidateVerb& verb);
int test(const Common& common, const TestVerb& verb);
int fmt(const Common& common, const FmtVerb& verb);
int facts(const Common& common, const FactsVerb& verb);
int doctor(const Common& common, const DoctorVerb& verb);
int report(const Common& common, const ReportVerb& verb);
int runs_list(const Common& common, const RunsListVerb& verb);
int runs_show(const Common& common, const RunsShowVerb& verb);
int runs_follow(const Common& common, const RunsShowVerb& verb);
int runs_output(const Common& common, const RunsOutputVerb& verb);
int runs_compare(const Common& common, const RunsCompareVerb& verb);
int runs_export(const Common& common, const RunsExportVerb& verb);
int runs_gc(const Common& common, const RunsGcVerb& verb);
int verify(const Common& common, const VerifyVerb& verb);
int explain(const Common& common, const ExplainVerb& verb);
int explain_step(const Common& common, const ExplainVerb& verb);
int eval(const Common& common, const EvalVerb& verb);
int fetch(const Common& common, const FetchVerb& verb);
int vault(const Common& common, const VaultVerb& verb);

// Exit codes (design 3).
inline constexpr int kDiffersExit = 1;  // fmt, fetch: what was asked for does not hold
inline constexpr int kUsageExit = 2;
inline constexpr int kFailedExit = 3;

// Shared by the verbs.
Result<std::filesystem::path> store_of(const Common& common);
// The record that a person named: an id, its beginning, "last", a folder (record/store.h), or the file of a bundle.
struct RunPlace {
  std::filesystem::path folder;              // of the run; of a bundle where it is laid out
  std::filesystem::path shown;               // what to call it: the folder, or the file of the bundle
  std::filesystem::path store;               // that the run is in; empty: none of which we know
  bool own = false;                          // in the store that is used now
  std::optional<record::OpenBundle> bundle;  // its files are there as long as this
};
Result<RunPlace> find_named_run(const Common& common, const std::string& name);
// The same for one that is gone on with: in the store that its folder lies in, whatever --store says, since its lock,
// its answers and its scratch folders are there. Error (kNotResumable): in none.
Result<RunPlace> find_run_in_store(const Common& common, const std::string& name);
// `common` with that store.
Common in_store_of(const Common& common, const RunPlace& place);
bool is_at_work(const RunPlace& place);
std::string state_of(const RunPlace& place, const record::RunRecord& run);
// All of it; `folder` is RunPlace::shown: the evidence of a bundle is not to be had any more.
Result<record::RunRecord> read_named_run(const Common& common, const std::string& name);
// A line that tells how far long work is, where standard error is a terminal; else nothing.
record::BundleProgress progress_on_terminal(const std::string& what);
Colour colour_of(const Common& common, int fd);
// Prints to standard error.
void complain(const Common& common, const Diagnostic& problem);
void complain(const Common& common, const Diagnostics& problems);
// Wrong usage and invalid input files are 2, everything else that could not be carried out is 3.
int exit_code_of(const Diagnostic& problem);
// Says what is wrong; gives the exit code for it.
int give_up(const Common& common, const Diagnostic& problem);

}  // namespace assay::cli
