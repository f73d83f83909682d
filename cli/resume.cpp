// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>

#include "cli/carry_out.h"
#include "engine/base/text.h"
#include "engine/expr/typed_json.h"
#include "engine/record/run_lock.h"
#include "engine/record/run_reader.h"
#include "engine/record/store.h"
#include "engine/run/resume.h"
#include "engine/system/orphans.h"
#include "engine/system/spawn.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;

// The newest run that has not come to its end and that nobody is at work on; the newest of all when there is none.
Result<fs::path> newest_unfinished(const fs::path& store) {
  const auto runs = record::list_runs(store);
  if (runs.empty())
    return failure(Code::kNoSuchRun, "the store '" + store.string() + "' holds no runs", "--store chooses another one");
  for (auto id = runs.rbegin(); id != runs.rend(); ++id) {
    if (!record::is_sealed(store / "runs" / *id) && !record::run_holder(store, *id)) return store / "runs" / *id;
  }
  return store / "runs" / runs.back();
}

Diagnostic not_resumable(std::string message, std::string help = {}) {
  return {.code = Code::kNotResumable, .message = std::move(message), .help = std::move(help)};
}

// What the journal has at its end that is no line is cut; anything else in it that is broken cannot be gone on from.
Result<void> check_whole(const record::RunRecord& record) {
  for (const std::string& damage : record.damage) {
    if (damage.find(" is torn") == std::string::npos)
      return failure(not_resumable("the record of " + record.id + " is damaged: " + damage,
                                   "`assay report` shows what can still be read"));
    std::cerr << "assay: " << damage << "; it is cut off\n";
  }
  return {};
}

// Everything that is not as it was when the run began.
class Comparison {
 public:
  explicit Comparison(const record::RunRecord& record) : record_(record) {}

  void plan(const plan::Plan& plan, const Json& made_from) {
    found_.add(plan::changed_files(record_.header["made_from"], made_from));
    const Json params = expr::to_json(plan.params);
    if (record_.header.contains("params") && record_.header["params"] != params)
      add("the parameters are not what they were: " + shorten(to_json_line(record_.header["params"]), 200) +
          " and now " + shorten(to_json_line(params), 200));
    found_.add(run::differences(plan, record_));
  }

  void tools(const target::Target& target) {
    for (const record::ToolRecord& tool : record_.tools) {
      const auto now = target.identify_tool(tool.name);
      if (!now) {
        add("the tool '" + tool.name + "' was " + tool.path + " and is not there any more");
      } else if (now->sha256 != tool.sha256) {
        add("the tool '" + tool.name + "' is another one: " + tool.version + " (" + tool.path + ") and now " +
            now->version + " (" + now->path + ")");
      }
    }
  }

  void machine(const hardware::Facts& before, const hardware::Facts& now) {
    const auto old = hardware::identity_lines(before);
    const auto today = hardware::identity_lines(now);
    for (const std::string& line : old) {
      if (std::find(today.begin(), today.end(), line) == today.end()) add("the machine had: " + line);
    }
    for (const std::string& line : today) {
      if (std::find(old.begin(), old.end(), line) == old.end()) add("the machine has now: " + line);
    }
  }

  [[nodiscard]] const Diagnostics& found() const { return found_; }

 private:
  void add(std::string message) { found_.add({.code = Code::kRunChanged, .message = printable(message)}); }
  const record::RunRecord& record_;
  Diagnostics found_;
};

class Resume {
 public:
  Resume(const Common& common, const ResumeVerb& verb, const fs::path& store, const record::RunRecord& record)
      : common_(common), verb_(verb), store_(store), record_(record), target_(system::current_environment()) {}

  int go() {
    const auto made_from = record_.header.find("made_from");
    if (made_from == record_.header.end())
      return give_up(not_resumable("the record of " + record_.id + " does not say what the run was made from"));
    const auto source = plan::read_source(*made_from);
    if (!source) return give_up(source.error());
    if (const auto machine = record_.machines.find("local"); machine != record_.machines.end()) {
      auto facts = hardware::facts_from_json(machine->second);
      if (!facts) return give_up(facts.error());
      facts_ = std::move(*facts);
    }
    return source->programme ? go_on_with_programme(*source) : go_on_with_recipe(*source);
  }

 private:
  int give_up(const Diagnostic& problem) const {
    complain(common_, problem);
    return exit_code_of(problem);
  }

  int go_on_with_recipe(const plan::PlanSource& source) {
    const auto loaded = load_for_run(common_, source, false);
    if (!loaded) return loaded.error();
    return go_on(source, plan::source_json(*loaded, source),
                 [&](const plan::PlanInput& input) { return plan::plan_recipe(*loaded, input); });
  }

  int go_on_with_programme(const plan::PlanSource& source) {
    const auto loaded = plan::load_programme(source.recipe);
    complain(common_, loaded.problems);
    if (!loaded.value) return kUsageExit;
    return go_on(source, plan::source_json(*loaded.value, source),
                 [&](const plan::PlanInput& input) { return plan::plan_programme(*loaded.value, input); });
  }

  int go_on(const plan::PlanSource& source, const Json& made_from, const MakePlan& make_plan) {
    const auto planned =
        make_plan({.params = source.params,
                   .profile = source.profile,
                   .facts = &facts_,
                   .has_tool = [&](const std::string& tool) { return target_.find_tool(tool).has_value(); },
                   .only = source.only,
                   .skip = source.skip});
    complain(common_, planned.problems);
    if (!planned.plan) return kUsageExit;
    Comparison comparison(record_);
    comparison.plan(*planned.plan, made_from);
    comparison.tools(target_);
    if (!facts_.tree.is(expr::Kind::kNull)) comparison.machine(facts_, target_.collect_facts(false));
    run::Resumption resume{.record = &record_};
    if (!comparison.found().empty()) {
      if (!verb_.accept_changes) return refuse(comparison.found());
      for (const Diagnostic& change : comparison.found().items()) resume.accepted.push_back(change.message);
    }
    clear_up();
    return carry_out(common_, verb_.settings,
                     {.plan = *planned.plan, .facts = facts_, .target = target_, .resume = std::move(resume)});
  }

  int refuse(const Diagnostics& changes) const {
    complain(common_, changes);
    std::cerr << "assay: the run " << record_.id << " was not taken up again; nothing was started\n"
              << "  help: put back what has changed, or go on all the same: assay resume " << record_.id
              << " --accept-changes\n";
    return kUsageExit;
  }

  // What the controller left behind that died.
  void clear_up() const {
    const std::size_t ended = system::end_orphans(record_.id + "/", std::chrono::seconds(5));
    if (ended > 0)
      std::cerr << "assay: " << ended << (ended == 1 ? " process" : " processes")
                << " of the run had been left behind; " << (ended == 1 ? "it was" : "they were") << " ended\n";
    std::error_code error;
    for (fs::directory_iterator it(store_ / "tmp", error), end; !error && it != end; it.increment(error)) {
      std::error_code ignored;  // the next one tries again
      if (it->path().filename().string().starts_with(record_.id + ".")) fs::remove_all(it->path(), ignored);
    }
  }

  const Common& common_;
  const ResumeVerb& verb_;
  fs::path store_;
  const record::RunRecord& record_;
  target::LocalTarget target_;
  hardware::Facts facts_;
};

}  // namespace

int resume(const Common& common, const ResumeVerb& verb) {
  const auto give_up = [&](const Diagnostic& problem) {
    complain(common, problem);
    return exit_code_of(problem);
  };
  const auto store = store_of(common);
  if (!store) return give_up(store.error());
  const auto folder = verb.run.empty() ? newest_unfinished(*store) : record::find_run(*store, verb.run);
  if (!folder) return give_up(folder.error());
  const SystemClock clock;
  const auto lock = record::RunLock::take(*store, folder->filename().string(), clock);
  if (!lock) return give_up(lock.error());
  const auto record = record::read_run(*folder);
  if (!record) return give_up(record.error());
  if (record->status == record::Status::kFinished) {
    std::cerr << "assay: " << (verb.run.empty() ? "no run waits to be resumed; the last one, " : "the run ")
              << record->id << (verb.run.empty() ? "," : "")
              << " has come to its end: " << record::to_string(record->verdict) << '\n';
    return record->exit_code;
  }
  if (const auto whole = check_whole(*record); !whole) return give_up(whole.error());
  return Resume(common, verb, *store, *record).go();
}

}  // namespace assay::cli
