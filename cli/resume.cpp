// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>

#include "cli/carry_out.h"
#include "cli/reboot.h"
#include "cli/replan.h"
#include "cli/terminal/result_screen.h"
#include "engine/base/text.h"
#include "engine/record/run_lock.h"
#include "engine/record/run_reader.h"
#include "engine/record/store.h"
#include "engine/run/undo.h"
#include "engine/system/orphans.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;

// The newest run that has not come to its end, that nobody is at work on and that was not taken back; the newest of
// all when there is none.
Result<fs::path> newest_unfinished(const fs::path& store) {
  const auto runs = record::list_runs(store);
  if (runs.empty())
    return failure(Code::kNoSuchRun, "the store '" + store.string() + "' holds no runs", "--store chooses another one");
  for (auto id = runs.rbegin(); id != runs.rend(); ++id) {
    const bool is_open = !record::is_sealed(store / "runs" / *id) && !record::run_holder(store, *id);
    if (is_open && !run::is_undone(store, *id)) return store / "runs" / *id;
  }
  return store / "runs" / runs.back();
}

// What the journal has at its end that is no line is cut; anything else in it that is broken cannot be gone on from.
Result<void> check_whole(const record::RunRecord& record) {
  for (const std::string& damage : record.damage) {
    if (damage.find(" is torn") == std::string::npos) {
      return failure(Code::kNotResumable, "the record of " + record.id + " is damaged: " + damage,
                     "`assay report` shows what can still be read");
    }
    std::cerr << "assay: " << damage << "; it is cut off\n";
  }
  return {};
}

// What the controller left behind that died.
void clear_up(const fs::path& store, const record::RunRecord& record) {
  const std::size_t ended = system::end_orphans(record.id + "/", std::chrono::seconds(5));
  if (ended > 0) {
    std::cerr << "assay: " << ended << (ended == 1 ? " process" : " processes") << " of the run had been left behind; "
              << (ended == 1 ? "it was" : "they were") << " ended\n";
  }
  std::error_code error;
  for (fs::directory_iterator it(store / "tmp", error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;  // the next one tries again
    if (it->path().filename().string().starts_with(record.id + ".")) fs::remove_all(it->path(), ignored);
  }
}

// Says to scripts that a run is not gone on with; nullptr: which one is not known.
tl::unexpected<int> refused(const Common& common, const record::RunRecord* record, int exit_code) {
  if (common.json) std::cout << refusal_json(record, exit_code) << std::flush;
  return tl::unexpected(exit_code);
}

// The run that an undo takes back: read whole, at work no more.
struct Undone {
  record::RunRecord record;
  std::unique_ptr<Replanned> made;
  std::optional<run::Results> results;
};

tl::expected<std::unique_ptr<Undone>, int> undone_run(const Common& common, const fs::path& folder, bool accept) {
  auto record = record::read_run(folder);
  if (!record) return tl::unexpected(give_up(common, record.error()));
  if (const auto of = record->header.find("undo_of"); of != record->header.end() && of->is_string()) {
    return tl::unexpected(
        give_up(common, {.code = Code::kNotUndone,
                         .message = record->id + " is itself the undo of " + printable(of->get<std::string>()),
                         .help = "to have again what it took back, run the recipe again"}));
  }
  if (const auto whole = check_whole(*record); !whole) return tl::unexpected(give_up(common, whole.error()));
  auto made = replan(common, *record, "undo", accept);
  if (!made) return tl::unexpected(made.error());
  auto out = std::make_unique<Undone>();
  out->record = std::move(*record);
  out->made = std::move(*made);
  out->results.emplace(out->made->plan, out->made->target.name());
  for (const record::StepRecord& step : out->record.steps) {
    const auto index = out->results->find(step.id);
    if (!index) continue;
    (*out->results)[*index] = step;
    out->results->read_outputs(*index, step);
  }
  return out;
}

Carried carry_out_undo(const Common& common, const RunSettings& settings, const Undone& of,
                       const run::TakenBack& earlier, run::Resumption resume) {
  const plan::Plan plan = run::undo_plan(of.made->plan, of.record, earlier);
  const bool nothing_left =
      !earlier.runs.empty() &&
      std::all_of(plan.steps.begin(), plan.steps.end(), [](const auto& step) { return step.skip.has_value(); });
  if (resume.record == nullptr && (plan.steps.empty() || nothing_left)) {
    std::cerr << "assay: "
              << (nothing_left ? "what " + of.record.id + " has changed and can be taken back, " + earlier.runs.back() +
                                     " has taken back"
                               : of.record.id + " has changed nothing that could be taken back")
              << '\n';
    return tl::unexpected(0);
  }
  if (resume.record == nullptr) resume.accepted = of.made->accepted;
  return carry_out(common, settings,
                   {.plan = plan,
                    .facts = of.made->facts,
                    .target = of.made->target,
                    .made_from = of.made->made_from,
                    .resume = std::move(resume),
                    .undo_of = of.record.id,
                    .of = &*of.results});
}

Carried go_on(const Common& common, const ResumeVerb& verb, const fs::path& store, const record::RunRecord& record) {
  run::Resumption resume{.record = &record, .accepted = {}, .taken_back = {}, .at_boot = verb.boot};
  if (const auto of = record.header.find("undo_of"); of != record.header.end() && of->is_string()) {
    const auto folder = record::find_run(store, of->get<std::string>());
    if (!folder) return tl::unexpected(give_up(common, folder.error()));
    const auto earlier = run::taken_back(store, of->get<std::string>(), record.id);
    if (!earlier) return tl::unexpected(give_up(common, earlier.error()));
    const auto undone = undone_run(common, *folder, verb.accept_changes);
    if (!undone) return tl::unexpected(undone.error());
    clear_up(store, record);
    resume.accepted = (*undone)->made->accepted;
    return carry_out_undo(common, verb.settings, **undone, *earlier, std::move(resume));
  }
  const auto earlier = run::taken_back(store, record.id);
  if (!earlier) return tl::unexpected(give_up(common, earlier.error()));
  for (const auto& [step, by] : run::still_taken_back(record, *earlier))
    resume.taken_back[step] = "it was taken back by " + by;
  const auto made = replan(common, record, "resume", verb.accept_changes);
  if (!made) return tl::unexpected(made.error());
  resume.accepted = (*made)->accepted;
  clear_up(store, record);
  return carry_out(
      common, verb.settings,
      {.plan = (*made)->plan, .facts = (*made)->facts, .target = (*made)->target, .resume = std::move(resume)});
}

Carried take_up_again(const Common& common, const ResumeVerb& verb, const fs::path& store, const fs::path& folder) {
  const auto record = record::read_run(folder);
  if (!record) return refused(common, nullptr, give_up(common, record.error()));
  if (record->status == record::Status::kFinished) {
    std::cerr << "assay: " << (verb.run.empty() ? "no run waits to be resumed; the last one, " : "the run ")
              << record->id << (verb.run.empty() ? "," : "")
              << " has come to its end: " << record::to_string(record->verdict) << '\n';
    if (common.json) std::cout << result_json(*record, {}, record->exit_code) << std::flush;
    return tl::unexpected(record->exit_code);
  }
  if (const auto whole = check_whole(*record); !whole) return refused(common, &*record, give_up(common, whole.error()));
  auto carried = go_on(common, verb, store, *record);
  if (!carried) return refused(common, &*record, carried.error());
  return carried;
}

// `name` as find_named_run() takes it. All happens in the store of the run.
int resume_one(const Common& common, const ResumeVerb& verb, const std::string& name) {
  const auto place = find_run_in_store(common, name);
  if (!place) return refused(common, nullptr, give_up(common, place.error())).value();
  const Common own = in_store_of(common, *place);
  const SystemClock clock;
  const auto lock = record::RunLock::take(place->store, place->folder.filename().string(), clock);
  if (!lock) return refused(common, nullptr, give_up(common, lock.error())).value();
  return show_result(own, verb.settings, take_up_again(own, verb, place->store, place->folder));
}

bool waits_for_boot(const fs::path& folder) {
  if (record::is_sealed(folder)) return false;
  const auto record = record::read_run(folder);
  return record && record::waits_for_boot(*record);
}

// All runs that wait for a boot, the oldest first, until one of them needs another boot. The worst of their exit codes.
int resume_all_at_boot(const Common& common, const ResumeVerb& verb, const fs::path& store) {
  int worst = 0;
  bool any = false;
  for (const std::string& id : record::list_runs(store)) {
    const fs::path folder = store / "runs" / id;
    if (!waits_for_boot(folder)) continue;
    any = true;
    worst = std::max(worst, resume_one(common, verb, folder.string()));
    if (waits_for_boot(folder)) return worst;
  }
  if (!any) std::cerr << "assay: no run of '" << store.string() << "' waits for a reboot\n";
  return worst;
}

}  // namespace

int resume(const Common& common, const ResumeVerb& verb) {
  const auto store = store_of(common);
  if (!store) return give_up(common, store.error());
  for (const std::string& run : left_boot_units(*store)) {
    if (record::is_sealed(*store / "runs" / run)) remove_boot_unit(common, run);
  }
  if (verb.boot && verb.run.empty()) return resume_all_at_boot(common, verb, *store);
  if (!verb.run.empty()) return resume_one(common, verb, verb.run);
  const auto folder = newest_unfinished(*store);
  if (!folder) return refused(common, nullptr, give_up(common, folder.error())).value();
  return resume_one(common, verb, folder->string());
}

namespace {

Carried take_back(const Common& common, const UndoVerb& verb, const fs::path& store, const fs::path& folder) {
  const std::string id = folder.filename().string();
  const auto earlier = run::taken_back(store, id);
  if (!earlier) return refused(common, nullptr, give_up(common, earlier.error()));
  const auto undone = undone_run(common, folder, verb.accept_changes);
  if (!undone) return refused(common, nullptr, undone.error());
  clear_up(store, (*undone)->record);
  auto carried = carry_out_undo(common, verb.settings, **undone, *earlier, {});
  if (!carried) return refused(common, nullptr, carried.error());
  return carried;
}

}  // namespace

int undo(const Common& common, const UndoVerb& verb) {
  const auto place = find_run_in_store(common, verb.run);
  if (!place) return refused(common, nullptr, give_up(common, place.error())).value();
  const Common own = in_store_of(common, *place);
  const SystemClock clock;
  // Nobody goes on with it while it is taken back.
  const auto lock = record::RunLock::take(place->store, place->folder.filename().string(), clock);
  if (!lock) return refused(common, nullptr, give_up(common, lock.error())).value();
  return show_result(own, verb.settings, take_back(own, verb, place->store, place->folder));
}

}  // namespace assay::cli
