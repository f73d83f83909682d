// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <exception>
#include <iostream>

#include "cli/verbs.h"

namespace {

struct CallVerb {
  const assay::cli::Common& common;
  int operator()(const assay::cli::CertifyVerb& verb) const { return certify(common, verb); }
  int operator()(const assay::cli::RunVerb& verb) const { return run(common, verb); }
  int operator()(const assay::cli::ResumeVerb& verb) const { return resume(common, verb); }
  int operator()(const assay::cli::UndoVerb& verb) const { return undo(common, verb); }
  int operator()(const assay::cli::AnswerVerb& verb) const { return answer(common, verb); }
  int operator()(const assay::cli::PlanVerb& verb) const { return plan(common, verb); }
  int operator()(const assay::cli::SchemaVerb& verb) const { return schema(common, verb); }
  int operator()(const assay::cli::FmtVerb& verb) const { return fmt(common, verb); }
  int operator()(const assay::cli::ValidateVerb& verb) const { return validate(common, verb); }
  int operator()(const assay::cli::TestVerb& verb) const { return test(common, verb); }
  int operator()(const assay::cli::FactsVerb& verb) const { return facts(common, verb); }
  int operator()(const assay::cli::DoctorVerb& verb) const { return doctor(common, verb); }
  int operator()(const assay::cli::ReportVerb& verb) const { return report(common, verb); }
  int operator()(const assay::cli::RunsListVerb& verb) const { return runs_list(common, verb); }
  int operator()(const assay::cli::RunsShowVerb& verb) const { return runs_show(common, verb); }
  int operator()(const assay::cli::RunsOutputVerb& verb) const { return runs_output(common, verb); }
  int operator()(const assay::cli::RunsCompareVerb& verb) const { return runs_compare(common, verb); }
  int operator()(const assay::cli::RunsExportVerb& verb) const { return runs_export(common, verb); }
  int operator()(const assay::cli::RunsGcVerb& verb) const { return runs_gc(common, verb); }
  int operator()(const assay::cli::VerifyVerb& verb) const { return verify(common, verb); }
  int operator()(const assay::cli::ExplainVerb& verb) const { return explain(common, verb); }
  int operator()(const assay::cli::EvalVerb& verb) const { return eval(common, verb); }
  int operator()(const assay::cli::FetchVerb& verb) const { return fetch(common, verb); }
  int operator()(const assay::cli::VaultVerb& verb) const { return vault(common, verb); }
};

}  // namespace

int main(int argc, char** argv) {
  // A closed pipe and a file size limit are failed writes, not a sudden death.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const auto parsed = assay::cli::parse_command_line(argc, argv);
    if (const int* exit_code = std::get_if<int>(&parsed)) return *exit_code;
    const auto& command = std::get<assay::cli::CommandLine>(parsed);
    const int exit_code = std::visit(CallVerb{command.common}, command.verb);
    std::cout.flush();
    // Output that did not arrive (a full disk, a closed pipe) must not look like success.
    if (!std::cout && exit_code == 0) return assay::cli::kFailedExit;
    return exit_code;
  } catch (const std::exception& error) {
    std::cerr << "assay: error[S001]: internal error: " << error.what() << '\n';
    return assay::cli::kFailedExit;
  }
}
