// SPDX-License-Identifier: Apache-2.0
#include "cli/carry_out.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/answers_file.h"
#include "cli/fetching.h"
#include "cli/history.h"
#include "cli/reboot.h"
#include "cli/secrets.h"
#include "cli/started_with.h"
#include "cli/terminal/person.h"
#include "cli/terminal/result_screen.h"
#include "cli/terminal/view.h"
#include "cli/terminal/writer_thread.h"
#include "cli/version.h"
#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/hardware/machine_signs.h"
#include "engine/plan/show.h"
#include "engine/recipe/yaml.h"
#include "engine/record/run_reader.h"
#include "engine/record/store.h"
#include "engine/run/engine.h"
#include "engine/system/spawn.h"
#include "engine/target/local_target.h"
#include "engine/target/machine_lock.h"
#include "reports/report.h"

namespace assay::cli {
namespace {

// Writes each event as a line; a file that cannot be written is said once and does not end the run. A reader that stops
// reading holds up nothing: up to 64 MiB wait for it, then events are left out and counted.
class EventsFile final : public run::Observer {
 public:
  EventsFile(int fd, const Clock& clock) : writer_(fd, kMostWaiting), clock_(clock) {}
  EventsFile(const EventsFile&) = delete;
  EventsFile& operator=(const EventsFile&) = delete;
  ~EventsFile() override {
    if (left_out_ > 0) write(run::left_out_line(left_out_, clock_.wall(), lines_ + 1), WriterThread::Room::kAlways);
    const bool all = writer_.drain(kPatience);
    if (!all) std::cerr << "assay: warning: events were not read to their end\n";
    if (writer_.failed()) std::cerr << "assay: warning: events could no longer be written\n";
  }
  void on_event(const run::Event& event) override {
    // How it ended is told in any case.
    const bool last = std::holds_alternative<run::RunFinished>(event);
    write(run::event_line(event, clock_.wall(), ++lines_),
          last ? WriterThread::Room::kAlways : WriterThread::Room::kBounded);
  }

 private:
  static constexpr std::size_t kMostWaiting = std::size_t{64} << 20U;
  static constexpr std::chrono::seconds kPatience{3};

  void write(const std::string& line, WriterThread::Room room) {
    if (!writer_.write(line, room) && !writer_.failed()) ++left_out_;
  }

  WriterThread writer_;
  std::uint64_t lines_ = 0;
  std::uint64_t left_out_ = 0;
  const Clock& clock_;
};

Result<std::unique_ptr<run::Observer>> open_events(const RunSettings& settings, const Clock& clock) {
  if (!settings.events) return nullptr;
  if (*settings.events == "-") return std::make_unique<EventsFile>(STDOUT_FILENO, clock);
  const UniqueFd fd(::open(settings.events->c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd) return failure(system_failure("write", *settings.events, errno));
  return std::make_unique<EventsFile>(fd.get(), clock);
}

// Asks at the terminal that the view draws on.
class PersonBesideView final : public run::Person {
 public:
  explicit PersonBesideView(View& view) : view_(view) {}
  boost::asio::awaitable<std::optional<record::QuestionRecord>> ask(const record::QuestionRecord& question) override {
    view_.step_aside();
    return terminal_.ask(question);
  }
  void withdraw() override { terminal_.withdraw(); }

 private:
  View& view_;
  TerminalPerson terminal_;
};

// Facts now, with a word to the person who waits.
hardware::Facts facts_for_run(const target::LocalTarget& target) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  if (terminal) std::cerr << "looking at the machine …" << std::flush;
  hardware::Facts facts = target.collect_facts();
  if (terminal) std::cerr << "\r\x1b[K" << std::flush;
  return facts;
}

// The machine as planning sees it, and what it made of it.
struct Planned {
  explicit Planned(const std::vector<std::pair<std::string, std::string>>& environment) : target(environment) {}
  target::LocalTarget target;
  hardware::Facts facts;
  plan::PlanResult result;
};

std::unique_ptr<Planned> make_planned(const Common& common, const Wanted& wanted) {
  auto out = std::make_unique<Planned>(system::current_environment());
  if (wanted.facts) out->facts = facts_for_run(out->target);
  out->result =
      wanted.make_plan({.params = wanted.params,
                        .profile = wanted.profile,
                        .facts = &out->facts,
                        .has_tool = [&](const std::string& tool) { return out->target.find_tool(tool).has_value(); },
                        .only = wanted.only,
                        .skip = wanted.skip});
  complain(common, out->result.problems);
  return out->result.plan ? std::move(out) : nullptr;
}

}  // namespace

// Why the run ended before its end, and what to do.
Diagnostic problem_of(const run::RunResult& result) {
  const bool lost = result.ending == run::Ending::kLost;
  return {.code = lost                                     ? Code::kJournal
                  : result.ending == run::Ending::kStopped ? Code::kNoRoom
                                                           : Code::kDeadline,
          .message = result.problem,
          .help = result.ending == run::Ending::kSealed
                      ? ""
                      : "what is recorded is whole; go on with: assay resume " + result.id};
}

namespace {

// A run that is resumed, and one that takes another back, go on with what that was started with.
const Json& made_from_of(const Work& work) {
  if (work.resume.record == nullptr) return work.made_from;
  static const Json kNone;
  const auto found = work.resume.record->header.find("made_from");
  return found != work.resume.record->header.end() ? *found : kNone;
}

}  // namespace

Carried carry_out(const Common& common, const RunSettings& settings, const Work& work) {
  const SystemClock clock;
  std::shared_ptr<const secret::Secrets> secrets;
  const auto give_up = [&](Diagnostic problem) {
    if (secrets) problem.message = secrets->redactor().redact(std::move(problem.message));
    complain(common, problem);
    return tl::unexpected(exit_code_of(problem));
  };
  auto store = store_of(common);
  if (!store) return give_up(store.error());
  const StartedWith started = started_before(made_from_of(work), settings);
  secrets = read_secrets(common, started, work.plan);
  if (!secrets) return tl::unexpected(kUsageExit);
  auto events = open_events(settings, clock);
  if (!events) return give_up(events.error());
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const auto view = make_view({.redraw = terminal,
                               .colour = colour_of(common, STDERR_FILENO),
                               .jobs = started.jobs,
                               .plan = &work.plan,
                               .screen = [] { return terminal_screen(STDERR_FILENO); }},
                              past_durations(*store, work.plan.metadata.name), clock);
  BootUnitWatch boot_unit;
  std::vector<run::Observer*> observers = {view.get(), &boot_unit};
  if (*events) observers.push_back(events->get());
  PersonBesideView person(*view);
  run::RunOptions options{.store = *store,
                          .jobs = started.jobs,
                          .command_line = common.command_line,
                          .assay_version = kVersion,
                          .made_from = work.made_from,
                          .machine_signs = hardware::machine_signs(),
                          .resume = work.resume,
                          .undo_of = work.undo_of,
                          .of = work.of};
  if (!options.made_from.is_null()) options.made_from["started_with"] = to_json(started);
  if (terminal && ::isatty(STDIN_FILENO) == 1 && !common.json && !work.resume.at_boot) options.person = &person;
  if (settings.answers) {
    auto answers = read_answers(*settings.answers, work.plan);
    if (!answers) return give_up(answers.error());
    options.answers = std::move(*answers);
  }
  options.machine = [&](const std::string& run) -> Result<std::unique_ptr<target::MachineAccess>> {
    const auto folder = target::machine_lock_folder(system::current_environment(), *store / "locks");
    ASSAY_TRY(target::MachineLock lock, target::MachineLock::open(folder, "run " + run, clock));
    return std::make_unique<target::MachineLock>(std::move(lock));
  };
  options.left_behind = [](const system::LeftBehind& left) {
    if (left.ended > 0)
      std::cerr << "assay: " << left.ended << (left.ended == 1 ? " process" : " processes")
                << " without the mark of the run had been left behind and had to be ended\n";
    if (left.refused > 0)
      std::cerr << "assay: warning: " << left.refused << (left.refused == 1 ? " process" : " processes")
                << " that the run had started could not be ended and may still be at work\n";
  };
  options.measure_preconditions = work.plan.kind == "Programme";
  options.secrets = secrets;
  auto result = run::execute_plan(work.plan, work.facts, work.target, options, observers, clock);
  if (!result) return give_up(result.error());
  if (!result->problem.empty()) give_up(problem_of(*result));
  if (!result->reboot) remove_boot_unit(common, result->id);
  return std::move(*result);
}

namespace {

// What is told of a run is what its record says. One that cannot be read whole, or that does not know of its end, is no
// proof of anything, whatever this process saw. False after a complaint.
bool complain_of_record(const Common& common, const run::RunResult& result, const record::RunRecord& record) {
  const std::string file = "'" + (record.folder / "journal.jsonl").string() + "'";
  for (const std::string& damage : record.damage)
    complain(common, {.code = Code::kRecord,
                      .message = "the record of this run cannot be read back whole: " + damage,
                      .help = "look at the disk that holds " + file});
  if (!record.damage.empty()) return false;
  if (result.ending != run::Ending::kSealed || record.status == record::Status::kFinished) return true;
  complain(common, {.code = Code::kRecord, .message = "the record of this run has no end: " + file});
  return false;
}

}  // namespace

int show_result(const Common& common, const RunSettings& settings, const Carried& carried) {
  if (!carried) return carried.error();
  const run::RunResult& result = *carried;
  auto record = record::read_run(result.folder);
  if (!record) {
    complain(common, record.error());
    return exit_code_of(record.error());
  }
  const auto folder = settings.output.value_or(result.folder / "reports");
  const bool sound = complain_of_record(common, result, *record);
  auto reports = reports::write_reports(*record, folder, {"html", "json", "junit"}, {.language = common.language});
  // The verdict stands in the record even when a report cannot be written; say it, and show the verdict all the same.
  if (!reports) complain(common, reports.error());
  const auto paths = reports ? *reports : reports::ReportPaths{};
  const std::string shown = common.json ? result_json(*record, paths, result.outcome.exit_code)
                                        : result_screen(*record, paths, colour_of(common, STDOUT_FILENO));
  // A machine that is to reboot does not wait for a reader.
  if (result.reboot) {
    write_patiently(STDOUT_FILENO, shown);
  } else {
    std::cout << shown << std::flush;
  }
  // What could not be gone on with afterwards is no reason to reboot.
  if (result.reboot && sound) {
    const auto made_from = record->header.find("made_from");
    const StartedWith started = started_before(made_from != record->header.end() ? *made_from : Json(), settings);
    return boot_again(common, result.folder.parent_path().parent_path(), settings, started, result);
  }
  if ((!reports || !sound) && result.outcome.exit_code == 0) return kFailedExit;
  return result.outcome.exit_code;
}

tl::expected<plan::LoadedRecipe, int> load_for_run(const Common& common, const plan::PlanSource& source, bool offline) {
  TerminalFetcher fetcher(offline);
  plan::Sources sources(source.recipe, {.cache = std::nullopt, .fetcher = &fetcher, .verify = true});
  auto loaded = plan::load_recipe(source.recipe, sources, plan::Missing::kError, source.overlays);
  if (fetcher.signal() != 0) return tl::unexpected(interrupted(fetcher.signal()));
  complain(common, loaded.problems);
  if (!loaded.value) return tl::unexpected(load_exit_code(loaded.problems));
  if (const auto saved = sources.save_lock(); !saved) {
    complain(common, saved.error());
    return tl::unexpected(exit_code_of(saved.error()));
  }
  return std::move(*loaded.value);
}

// Parameters from --params and -p, the latter last.
Result<Wanted> wanted_of(const RunSettings& settings, bool facts, MakePlan make_plan) {
  ASSAY_TRY(auto params, given_params(settings));
  return Wanted{.params = std::move(params),
                .profile = settings.profile,
                .only = settings.only,
                .skip = settings.skip,
                .facts = facts,
                .make_plan = std::move(make_plan)};
}

Result<std::vector<recipe::GivenParam>> given_params(const RunSettings& settings) {
  std::vector<recipe::GivenParam> out;
  if (settings.params_file) {
    ASSAY_TRY(std::string text, read_file(*settings.params_file, std::size_t{16} << 20U));
    if (trim(text).empty()) {
      return failure(Code::kBadParam, "the parameter file '" + settings.params_file->string() + "' is empty",
                     "for example: seconds: 5s");
    }
    const recipe::YamlDocument document = recipe::parse_yaml(std::move(text), settings.params_file->string());
    if (!document.root || document.problems.has_errors()) return failure(document.problems.items().front());
    if (document.root->kind != recipe::YamlNode::Kind::kMapping) {
      return failure(Diagnostic{.code = Code::kBadParam,
                                .where = document.root->span(),
                                .message = "a parameter file must be a mapping of names to values"});
    }
    for (const auto& entry : document.root->entries) {
      // Quoted or not, a scalar is text here: the declared type of the parameter decides what it means.
      const bool scalar = entry.value->kind == recipe::YamlNode::Kind::kScalar;
      recipe::GivenParam given{.name = entry.key->scalar,
                               .value = entry.value->scalar,
                               .where = entry.key->span(),
                               .origin = settings.params_file->string(),
                               .value_at = entry.value->span()};
      if (!scalar) given.value = recipe::to_value(*entry.value);
      out.push_back(std::move(given));
    }
  }
  for (const std::string& text : settings.params) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return failure(Code::kUsage, "'" + text + "' is not of the form key=value", "for example: -p seconds=5s");
    }
    out.push_back({text.substr(0, equals), text.substr(equals + 1), std::nullopt, "-p"});
  }
  return out;
}

namespace {

// What is only needed until the run has ended is gone then.
Carried plan_and_execute(const Common& common, const RunSettings& settings, Wanted wanted, Objections objections) {
  const auto planned = make_planned(common, wanted);
  if (!planned) return tl::unexpected(kUsageExit);
  const plan::Plan& plan = *planned->result.plan;
  Diagnostics reasons = plan.not_carried_out;
  if (objections) reasons.add(objections(plan));
  complain(common, reasons);
  if (reasons.has_errors()) return tl::unexpected(kUsageExit);
  wanted.make_plan = nullptr;
  objections = nullptr;
  ::malloc_trim(0);  // of the file's tree; what is given back in pieces would be kept for pieces of that size
  return carry_out(
      common, settings,
      {.plan = plan, .facts = planned->facts, .target = planned->target, .made_from = std::move(wanted.made_from)});
}

}  // namespace

int plan_and_carry_out(const Common& common, const RunSettings& settings, Wanted wanted, Objections objections) {
  return show_result(common, settings, plan_and_execute(common, settings, std::move(wanted), std::move(objections)));
}

int plan_and_show(const Common& common, bool dot, const Wanted& wanted,
                  const std::function<int(const plan::Plan& plan)>& save) {
  const auto planned = make_planned(common, wanted);
  if (!planned) return kUsageExit;
  const plan::Plan& plan = *planned->result.plan;
  if (save) return save(plan);
  // A store that cannot be found has no past runs.
  const auto store = store_of(common);
  const plan::PastDurations past = store ? past_durations(*store, plan.metadata.name) : plan::PastDurations();
  const std::size_t jobs = std::max(1U, std::thread::hardware_concurrency());  // as a run has them
  if (dot) {
    std::cout << plan::to_dot(plan);
  } else if (common.json) {
    std::cout << to_json_line(plan::to_json(plan, past, jobs)) << '\n';
  } else {
    std::cout << plan::to_text(plan, past, jobs);
  }
  return 0;
}

}  // namespace assay::cli
