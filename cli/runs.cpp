// SPDX-License-Identifier: Apache-2.0
// `runs list` and `runs show`.
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/run_text.h"
#include "cli/terminal/style.h"
#include "cli/verbs.h"
#include "engine/base/text.h"
#include "engine/record/index.h"
#include "engine/record/run_lock.h"
#include "engine/record/run_reader.h"

namespace assay::cli {
namespace {

constexpr std::size_t kScreen = 40;  // steps

Result<record::RunFilter> filter_of(const RunsListVerb& verb, WallTime now) {
  record::RunFilter out{.name = verb.name, .machine = verb.machine, .verdicts = verb.verdicts, .last = verb.last};
  for (const std::string& status : verb.statuses) {
    if (status == "unfinished") {
      out.states.insert(out.states.end(), {"running", "waiting", "stopped", "interrupted"});
    } else {
      out.states.push_back(status);
    }
  }
  if (!verb.since.empty()) {
    ASSAY_TRY(const WallTime since, record::parse_moment(verb.since, now));
    out.since = since;
  }
  if (!verb.until.empty()) {
    ASSAY_TRY(const WallTime until, record::parse_moment(verb.until, now));
    out.until = until;
  }
  return out;
}

struct Listed {
  const record::RunSummary* run;
  std::string state;
};

void print_list(const std::vector<Listed>& list, Colour colour) {
  std::size_t width = 0;
  for (const Listed& one : list) width = std::max(width, display_width(printable(one.run->name)));
  for (const auto& [run, state] : list) {
    std::string line = run->id + "  " + result_word(*run, state, colour, 12) + "  " +
                       pad(printable(run->name), std::min<std::size_t>(width, 40)) + "  " +
                       printable(join(run->machines, ", "));
    if (!run->undo_of.empty()) line += "  undo of " + printable(run->undo_of);
    if (run->damage > 0) line += "  damaged: `assay verify` says where";
    std::cout << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
  }
}

// "40: 32 pass, 8 skipped"
std::string counts_text(const record::RunRecord& run) {
  std::map<std::string, int> counts;
  for (const record::StepRecord& step : run.steps) {
    const bool settled = record::is_settled(step.status);
    ++counts[std::string(settled ? record::to_string(step.verdict) : record::to_string(step.status))];
  }
  std::vector<std::string> parts;
  for (const auto& [word, count] : counts) parts.push_back(std::to_string(count) + " " + word);
  return std::to_string(run.steps.size()) + (parts.empty() ? "" : ": " + join(parts, ", "));
}

void print_head(const record::RunRecord& run, const record::RunSummary& summary, const std::string& state,
                Colour colour) {
  const std::string help = state_help(state);
  std::cout << run.id << "  " << printable(run.recipe_name) << (run.recipe_version.empty() ? "" : " ")
            << printable(run.recipe_version) << "  " << result_word(summary, state, colour)
            << (help.empty() ? "" : ": " + help);
  if (const std::string accepted = record::accepted_words(run); !accepted.empty()) std::cout << "   " << accepted;
  std::cout << '\n';
  std::string times = summary.started;
  if (run.started && run.finished) times += ", took " + format_elapsed(*run.finished - *run.started);
  if (!summary.machines.empty()) times += ", on " + printable(join(summary.machines, ", "));
  std::cout << "  started " << times << '\n';
  if (!summary.undo_of.empty()) std::cout << "  undo of " << printable(summary.undo_of) << '\n';
  if (!run.problem.empty()) std::cout << "  problem " << printable(run.problem) << '\n';
  std::cout << "  steps   " << counts_text(run) << '\n' << "  record  " << run.folder.string() << '\n';
}

// All of few steps; of many those that are not well first, as far as a screen goes.
void print_steps(const record::RunRecord& run, bool all, Colour colour) {
  const std::size_t width = id_width(run.steps);
  const bool fits = all || run.steps.size() <= kScreen;
  std::size_t shown = 0;
  for (const record::StepRecord& step : run.steps) {
    const bool well = step.status == record::Status::kPending ||
                      (record::is_settled(step.status) &&
                       (step.verdict == record::Verdict::kPass || step.verdict == record::Verdict::kSkipped));
    if (!fits && (well || shown == kScreen)) continue;
    std::cout << step_line(step, width, colour) << '\n';
    ++shown;
  }
  if (shown < run.steps.size()) std::cout << "  and " << run.steps.size() - shown << " more: --all shows every step\n";
}

}  // namespace

int runs_list(const Common& common, const RunsListVerb& verb) {
  const auto store = store_of(common);
  if (!store) return give_up(common, store.error());
  const auto filter = filter_of(verb, SystemClock().wall());
  if (!filter) return give_up(common, filter.error());
  const record::StoreSummary summary = record::summarise_store(*store);
  for (const Diagnostic& problem : summary.unreadable) complain(common, problem);
  std::vector<Listed> list;
  for (const record::RunSummary& run : summary.runs) {
    const bool ended = run.status == record::Status::kFinished;
    std::string state = record::state_of(run.status, !ended && record::run_holder(*store, run.id));
    if (record::matches(*filter, run, state)) list.push_back({&run, std::move(state)});
  }
  if (filter->last > 0 && list.size() > filter->last)
    list.erase(list.begin(), list.end() - static_cast<std::ptrdiff_t>(filter->last));
  if (!common.json) {
    print_list(list, colour_of(common, STDOUT_FILENO));
    return 0;
  }
  Json json = Json::array();
  for (const auto& [run, state] : list) json.push_back(summary_json(*run, state, (*store / "runs" / run->id).string()));
  std::cout << to_json_line(json) << '\n';
  return 0;
}

int runs_show(const Common& common, const RunsShowVerb& verb) {
  if (verb.follow) return runs_follow(common, verb);
  const auto place = find_named_run(common, verb.run);
  auto run = place ? record::read_run(place->folder) : Result<record::RunRecord>(failure(place.error()));
  if (!run) return give_up(common, run.error());
  for (const std::string& damage : run->damage) std::cerr << "assay: warning: " << printable(damage) << '\n';
  const record::RunSummary summary = record::summarise(*run);
  const std::string state = state_of(*place, *run);
  run->folder = place->shown;
  if (!common.json) {
    const Colour colour = colour_of(common, STDOUT_FILENO);
    print_head(*run, summary, state, colour);
    print_steps(*run, verb.all, colour);
    return 0;
  }
  Json head = summary_json(summary, state, run->folder.string());
  head["damage"] = run->damage;
  // One step after another: those of a long run must not all be there a second time, as JSON.
  std::string text = to_json_line(head);
  text.pop_back();
  std::cout << text << ",\"steps\":[";
  for (std::size_t i = 0; i < run->steps.size(); ++i)
    std::cout << (i == 0 ? "" : ",") << to_json_line(step_json(run->steps[i]));
  std::cout << "]}\n";
  return 0;
}

}  // namespace assay::cli
