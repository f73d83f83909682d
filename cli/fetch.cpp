// SPDX-License-Identifier: Apache-2.0
#include "cli/fetching.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/run_text.h"
#include "cli/verbs.h"
#include "engine/base/text.h"
#include "engine/plan/loader.h"
#include "engine/recipe/git_source.h"

namespace assay::cli {
namespace {

// What came of one repository.
struct Line {
  const plan::SourceUse& use;
  std::string state;  // "cache", "fetched", "repaired", "missing", "changed", "moved", "unknown"
  std::string now;    // moved: the commit that the ref leads to
};

std::string short_id(const std::string& commit) { return commit.substr(0, 12); }

std::string text_of(const Line& line) {
  const plan::SourceUse& use = line.use;
  std::string out = line.state + std::string(line.state.size() < 8 ? 8 - line.state.size() : 0, ' ') + "  " +
                    printable(use.origin.git);
  if (!use.origin.ref.empty()) out += ' ' + printable(use.origin.ref);
  if (!use.origin.commit.empty()) out += " at " + short_id(use.origin.commit);
  if (!use.moved_from.empty()) out += ", was " + short_id(use.moved_from);
  if (!line.now.empty()) out += ", now " + short_id(line.now);
  if (use.here)
    out += ": " + std::to_string(use.files) + (use.files == 1 ? " file, " : " files, ") + size_text(use.bytes);
  if (!use.own_lock) out += ", pinned by " + printable(use.pinned_by);
  return out;
}

Json json_of(const Line& line) {
  const plan::SourceUse& use = line.use;
  Json out = {{"git", use.origin.git}};
  if (!use.origin.ref.empty()) out["ref"] = use.origin.ref;
  if (!use.origin.commit.empty()) out["commit"] = use.origin.commit;
  if (!use.origin.tree.empty()) out["tree"] = "sha256:" + use.origin.tree;
  out["state"] = line.state;
  if (use.here) {
    out["files"] = use.files;
    out["bytes"] = use.bytes;
  }
  if (!use.pinned_by.empty()) out["pinned_by"] = use.pinned_by;
  if (!use.moved_from.empty()) out["moved_from"] = use.moved_from;
  if (!line.now.empty()) out["now"] = line.now;
  if (use.problem) out["problem"] = use.problem->message;
  return out;
}

std::string state_of(const plan::SourceUse& use) {
  if (!use.here) return use.problem && use.problem->code == Code::kSourceChanged ? "changed" : "missing";
  if (use.repaired) return "repaired";
  return use.fetched ? "fetched" : "cache";
}

// One recipe: fetches, or looks.
class RecipeFetch {
 public:
  RecipeFetch(const Common& common, const FetchVerb& verb, const std::filesystem::path& recipe)
      : common_(common),
        verb_(verb),
        fetcher_(verb.offline),
        recipe_(recipe),
        sources_(recipe, {.cache = std::nullopt,
                          .fetcher = verb.check ? nullptr : &fetcher_,
                          .verify = true,
                          .repair = true,
                          .update = verb.update,
                          .update_url = verb.update_url}) {}

  int run() {
    const auto loaded =
        plan::load_recipe(recipe_, sources_, verb_.check ? plan::Missing::kWarning : plan::Missing::kError);
    if (fetcher_.signal() != 0) return interrupted(fetcher_.signal());
    const bool lock_changes = sources_.lock_changed();
    int exit_code = 0;
    for (const plan::SourceUse& use : sources_.used()) {
      lines_.push_back({use, state_of(use), {}});
      if (verb_.check) exit_code = std::max(exit_code, check(lines_.back()));
      if (fetcher_.signal() != 0) return interrupted(fetcher_.signal());
    }
    if (const int failed = tell_problems(loaded.problems); failed != 0) exit_code = failed;
    if (exit_code == 0) {
      if (const auto saved = sources_.save_lock(); !saved) {
        complain(common_, saved.error());
        return kFailedExit;
      }
    }
    show(exit_code, lock_changes && exit_code == 0);
    return exit_code;
  }

 private:
  // Whether something is missing, changed or has moved since.
  int check(Line& line) {
    const plan::SourceUse& use = line.use;
    if (!use.here) return kDiffersExit;
    if (use.origin.ref.empty() || !use.own_lock) return 0;
    const auto url = recipe::parse_git_url(use.url);
    const bool network = url.url && !url.url->local();
    if (network && verb_.offline) return 0;
    const auto now = fetcher_.commit_of_ref({.url = use.url, .ref = use.origin.ref, .commit = {}, .network = network});
    if (!now) {
      line.state = "unknown";
      complain(common_, now.error());
      return kDiffersExit;
    }
    if (*now == use.origin.commit) return 0;
    line.state = "moved";
    line.now = *now;
    return kDiffersExit;
  }

  // Mistakes of recipes, and what could not be fetched. With --check what is missing stands in its line.
  int tell_problems(const Diagnostics& problems) {
    Diagnostics told;
    for (const Diagnostic& problem : problems.items()) {
      const bool in_lines = problem.code == Code::kNotFetched || problem.code == Code::kSourceChanged;
      if (verb_.check && in_lines) continue;
      told.add(problem);
    }
    complain(common_, told);
    return load_exit_code(told);
  }

  void show(int exit_code, bool lock_written) const {
    if (common_.json) {
      Json rows = Json::array();
      for (const Line& line : lines_) rows.push_back(json_of(line));
      std::cout << to_json_line({{"format", "assay.fetch/1"},
                                 {"recipe", recipe_.string()},
                                 {"lock", sources_.lock_path().string()},
                                 {"lock_written", lock_written},
                                 {"repositories", std::move(rows)}})
                << '\n';
      return;
    }
    for (const Line& line : lines_) std::cout << text_of(line) << '\n';
    if (lines_.empty() && exit_code == 0) std::cout << recipe_.string() << ": uses no git repository\n";
    if (lock_written) std::cout << sources_.lock_path().string() << ": written\n";
  }

  const Common& common_;
  const FetchVerb& verb_;
  TerminalFetcher fetcher_;
  std::filesystem::path recipe_;
  plan::Sources sources_;
  std::vector<Line> lines_;
};

}  // namespace

int fetch(const Common& common, const FetchVerb& verb) {
  int exit_code = 0;
  for (const std::filesystem::path& recipe : verb.recipes) {
    exit_code = std::max(exit_code, RecipeFetch(common, verb, recipe).run());
    if (exit_code >= 128) break;
  }
  return exit_code;
}

}  // namespace assay::cli
