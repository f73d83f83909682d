// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/result_screen.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/terminal/style.h"
#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/base/time.h"
#include "engine/record/run_summary.h"
#include "reports/what_next.h"

namespace assay::cli {
namespace {

using record::Verdict;

constexpr std::size_t kWorst = 3;

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

int badness(const record::StepRecord& step) {
  int out = 0;
  switch (step.verdict) {
    case Verdict::kFail: out = 6; break;
    case Verdict::kError: out = 4; break;
    case Verdict::kInconclusive: out = 2; break;
    default: return 0;
  }
  return out + (step.blocker ? 1 : 0);
}

std::vector<const record::StepRecord*> worst_steps(const record::RunRecord& run) {
  std::vector<const record::StepRecord*> out;
  for (const record::StepRecord& step : run.steps) {
    if (badness(step) > 0) out.push_back(&step);
  }
  std::stable_sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return badness(*a) > badness(*b); });
  return out;
}

// "24 pass, 2 skipped": what there is, worst first.
std::string counts_line(const record::RunRecord& run) {
  const auto counts = record::count_verdicts(run);
  std::vector<std::string> parts;
  for (const char* name : {"fail", "error", "inconclusive", "waived", "pass", "skipped"}) {
    const auto found = counts.find(name);
    if (found != counts.end() && found->second > 0) parts.push_back(std::to_string(found->second) + " " + name);
  }
  if (const auto open = counts.find("open"); open != counts.end())
    parts.push_back(std::to_string(open->second) + " to do");
  return join(parts, ", ");
}

// A certification that leaves tests out on request is none; say so beside the verdict.
std::string selection_line(const record::RunRecord& run) {
  const auto left_out = std::count_if(run.steps.begin(), run.steps.end(),
                                      [](const record::StepRecord& step) { return step.skip_kind == "not_selected"; });
  if (run.programme.empty() || left_out == 0) return {};
  return std::to_string(left_out) + " tests were left out on request: this verdict is about the others only";
}

std::string skipped_line(const record::RunRecord& run) {
  std::vector<std::string> impossible;
  for (const record::StepRecord& step : run.steps) {
    if (step.verdict == Verdict::kSkipped && step.skip_kind == "not_possible") impossible.push_back(step.id);
  }
  if (impossible.empty()) return {};
  const std::size_t count = impossible.size();
  constexpr std::size_t kNamed = 4;
  if (count > kNamed) impossible.resize(kNamed);
  return std::to_string(count) + " could not be tested here: " + join(impossible, ", ") + (count > kNamed ? " …" : "") +
         " (the report says why)";
}

// A run that goes on later has no verdict yet; what has failed stays failed.
std::string verdict_words(const record::RunRecord& run) {
  const std::string verdict = upper(record::to_string(run.verdict));
  if (run.status != record::Status::kWaiting && run.status != record::Status::kCancelled) return verdict;
  return run.verdict == Verdict::kInconclusive ? "NONE YET" : verdict + " so far";
}

bool nothing_ran(const record::RunRecord& run) {
  return std::all_of(run.steps.begin(), run.steps.end(),
                     [](const record::StepRecord& step) { return step.verdict == Verdict::kSkipped; });
}

std::string next_step(const record::RunRecord& run, const std::vector<const record::StepRecord*>& worst) {
  const reports::NextMove move = reports::next_move(run);
  if (move.question != nullptr) return "answer '" + printable(move.question->question) + "' with " + move.command;
  if (!move.command.empty()) return "go on where it stopped with " + move.command;
  switch (run.verdict) {
    case Verdict::kPass:
    case Verdict::kWaived:
      return "keep the record folder: every number in the report can be traced to its evidence there";
    case Verdict::kFail:
      return worst.empty() ? "read why in the report; after a cure run the same command again"
                           : "`assay explain " + reports::shell_word(worst.front()->id) +
                                 "` shows what it printed; after a cure run the same command again";
    case Verdict::kError:
      return run.programme.empty()
                 ? "mend what the reasons above name, and run the same command again"
                 : "the reasons above say what could not be carried out; `assay doctor` looks for missing tools and "
                   "rights";
    default:
      if (nothing_ran(run)) return "nothing was carried out: `assay runs show` says why each step was skipped";
      return "the machine was too noisy or a limit is missing: the report says which; quiet the machine and run it "
             "again";
  }
}

Json counts_json(const record::RunRecord& run) {
  Json out = Json::object();
  for (const auto& [name, count] : record::count_verdicts(run)) out[name] = count;
  return out;
}

}  // namespace

std::string result_screen(const record::RunRecord& run, const reports::ReportPaths& paths, Colour colour) {
  std::string out = "\n" + painted("Verdict", "1", colour) + "  ";
  std::string sgr = "1;32";
  if (run.verdict == Verdict::kFail) sgr = "1;31";
  if (run.verdict == Verdict::kError) sgr = "1;35";
  if (run.verdict == Verdict::kInconclusive) sgr = "1;33";
  out += painted(verdict_words(run), sgr, colour);
  if (const std::string accepted = record::accepted_words(run); !accepted.empty()) out += "   " + accepted;
  out += "   " + counts_line(run);
  if (run.started && run.finished) {
    out += "   in " + format_elapsed(std::chrono::duration_cast<Nanoseconds>(*run.finished - *run.started));
  }
  out += '\n';
  if (!run.problem.empty()) out += painted("Stopped", "1", colour) + "  " + printable(run.problem) + '\n';
  if (const std::string chosen = selection_line(run); !chosen.empty())
    out += painted("Selection", "1", colour) + " " + chosen + '\n';
  if (const std::string skipped = skipped_line(run); !skipped.empty())
    out += painted("Coverage", "1", colour) + " " + skipped + '\n';
  const auto worst = worst_steps(run);
  for (std::size_t i = 0; i < std::min(worst.size(), kWorst); ++i) {
    out += (i == 0 ? painted("Worst", "1", colour) + "    " : "         ") +
           painted_verdict(worst[i]->verdict, colour) + " " + printable(worst[i]->id) + ": " +
           shorten(printable(worst[i]->reason), 200) + '\n';
  }
  if (worst.size() > kWorst) out += "         and " + std::to_string(worst.size() - kWorst) + " more in the report\n";
  if (const auto html = paths.find("html"); html != paths.end())
    out += painted("Report", "1", colour) + "   " + html->second.string() + '\n';
  out += painted("Record", "1", colour) + "   " + run.folder.string() + '\n';
  out += painted("Next", "1", colour) + "     " + next_step(run, worst) + '\n';
  return out;
}

std::string result_json(const record::RunRecord& run, const reports::ReportPaths& paths, int exit_code) {
  Json reports = Json::object();
  for (const auto& [format, path] : paths) reports[format] = path.string();
  const Json json = {{"run", run.id},
                     {"status", exit_code == 130 || exit_code == 143       ? "cancelled"
                                : run.status == record::Status::kWaiting   ? "waiting"
                                : run.status == record::Status::kCancelled ? "cancelled"
                                : run.problem.empty()                      ? "finished"
                                                                           : "error"},
                     {"verdict", record::to_string(run.verdict)},
                     {"exit_code", exit_code},
                     {"record", run.folder.string()},
                     {"counts", counts_json(run)},
                     {"reports", std::move(reports)},
                     {"certificate", nullptr}};
  return to_json_line(json) + '\n';
}

std::string refusal_json(const record::RunRecord* run, int exit_code) {
  const Json json = {{"run", run != nullptr ? Json(run->id) : Json(nullptr)},
                     {"status", exit_code == 0 ? "finished" : "error"},
                     {"verdict", run != nullptr ? Json(record::to_string(run->verdict)) : Json(nullptr)},
                     {"exit_code", exit_code},
                     {"record", run != nullptr ? Json(run->folder.string()) : Json(nullptr)},
                     {"counts", run != nullptr ? counts_json(*run) : Json::object()},
                     {"reports", Json::object()},
                     {"certificate", nullptr}};
  return to_json_line(json) + '\n';
}

}  // namespace assay::cli
