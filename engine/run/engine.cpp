// SPDX-License-Identifier: Apache-2.0
#include "engine/run/engine.h"

#include <unistd.h>

#include <array>
#include <random>

#include "engine/base/sha256.h"
#include "engine/record/run_lock.h"
#include "engine/record/store.h"
#include "engine/run/session.h"
#include "engine/system/git.h"
#include "engine/system/process_list.h"

namespace assay::run {
namespace {

Json source_of(const plan::Plan& plan, bool ask_git) {
  Json source = {{"kind", plan.kind},
                 {"name", plan.metadata.name},
                 {"version", plan.metadata.version},
                 {"summary", plan.metadata.summary},
                 {"path", std::filesystem::absolute(plan.path).lexically_normal().string()},
                 {"sha256", sha256_hex(plan.source->text)}};
  if (!plan.metadata.summary_zh.empty()) source["summary_zh"] = plan.metadata.summary_zh;
  for (const recipe::AppliedOverlay& overlay : plan.overlays) {
    source["overlays"].push_back({{"path", std::filesystem::absolute(overlay.path).lexically_normal().string()},
                                  {"sha256", sha256_hex(overlay.source->text)}});
  }
  if (!ask_git) return source;
  // Where git cannot be read the digest still names the file; the reason stands in the record.
  const auto git = system::git_state_of(plan.path);
  if (!git) {
    source["git_problem"] = git.error().message;
  } else if (*git) {
    source["git"] = {{"commit", (*git)->commit}, {"modified", (*git)->modified}};
  }
  return source;
}

Json header_of(const plan::Plan& plan, const RunOptions& options) {
  Json header = {{"assay", options.assay_version},       {"source", source_of(plan, options.ask_git)},
                 {"params", expr::to_json(plan.params)}, {"params_from", plan.param_origins},
                 {"command", options.command_line},      {"user", static_cast<std::int64_t>(::getuid())}};
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) header["host"] = host.data();
  if (!options.machine_signs.is_null()) header["machine"] = options.machine_signs;
  for (const plan::PlannedSecret& secret : plan.secrets) header["secrets"].push_back(secret.reference);
  if (!plan.sources.empty()) header["sources"] = plan::to_json(plan.sources);
  if (!options.made_from.is_null()) header["made_from"] = options.made_from;
  if (!options.undo_of.empty()) header["undo_of"] = options.undo_of;
  if (!options.resume.accepted.empty()) header["accepted"] = options.resume.accepted;
  return header;
}

}  // namespace

namespace {

std::filesystem::path process_list(const std::filesystem::path& store, const std::string& run) {
  return store / "locks" / (run + ".processes");
}

// Nobody else is at work on the run: its lock is ours, or the caller's.
void end_left_of(const RunOptions& options, const std::string& run) {
  const auto file = process_list(options.store, run);
  const auto leaders = system::read_process_list(file);
  const system::LeftBehind left =
      system::end_left(leaders, std::chrono::duration_cast<std::chrono::milliseconds>(options.grace));
  if (options.left_behind && (left.ended > 0 || left.refused > 0)) options.left_behind(left);
  std::error_code ignored;  // the next one makes it anew
  std::filesystem::remove(file, ignored);
}

}  // namespace

Result<RunResult> execute_plan(const plan::Plan& plan, const hardware::Facts& facts, const target::Target& target,
                               const RunOptions& options, const std::vector<Observer*>& observers, const Clock& clock) {
  RealWorld world;
  return execute_plan(plan, facts, target, options, observers, clock, world);
}

Result<RunResult> execute_plan(const plan::Plan& plan, const hardware::Facts& facts, const target::Target& target,
                               const RunOptions& options, const std::vector<Observer*>& observers, const Clock& clock,
                               World& world) {
  const record::RunRecord* const earlier = options.resume.record;
  const std::string id = earlier != nullptr ? earlier->id : record::make_run_id(clock.wall(), std::random_device{}());
  std::unique_ptr<target::MachineAccess> machine;
  if (options.machine) {
    ASSAY_TRY(machine, options.machine(id));
  }
  const secret::Redactor redactor = options.secrets ? options.secrets->redactor() : secret::Redactor();
  auto opened = earlier != nullptr
                    ? record::RunWriter::reopen(*earlier, clock, redactor)
                    : record::RunWriter::create(options.store, id, header_of(plan, options), clock, redactor);
  if (!opened) return failure(std::move(opened).error());
  // Who takes a run up again has locked it before it was read.
  std::optional<record::RunLock> lock;
  if (earlier == nullptr) {
    ASSAY_TRY(lock, record::RunLock::take(options.store, id, clock));
  }
  if (earlier != nullptr) end_left_of(options, id);
  if (!options.undo_of.empty()) end_left_of(options, options.undo_of);
  ASSAY_CHECK(make_directories(options.store / "locks"));
  ASSAY_TRY(system::ProcessList processes, system::ProcessList::create(process_list(options.store, id)));
  ASSAY_CHECK(make_directories(options.store / "tmp"));
  ASSAY_TRY(const TemporaryDirectory work, TemporaryDirectory::create(options.store / "tmp", id + "."));
  Session session(plan, facts, target, options, observers, clock, world, std::move(*opened), work.path(),
                  machine.get());
  session.keep_list(std::move(processes));
  RunResult result = session.run();
  if (result.reboot) result.machine = std::move(machine);
  return result;
}

}  // namespace assay::run
