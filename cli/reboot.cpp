// SPDX-License-Identifier: Apache-2.0
#include "cli/reboot.h"

#include <unistd.h>

#include "cli/terminal/writer_thread.h"
#include "engine/base/text.h"
#include "engine/record/store.h"
#include "engine/system/spawn.h"
#include "engine/target/local_target.h"
#include "reports/what_next.h"

namespace assay::cli {
namespace {

Result<std::filesystem::path> own_program() {
  std::error_code error;
  auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return failure(Code::kNoBootUnit, "the path of this program is not known: " + error.message());
  return program;
}

std::vector<std::string> reboot_command(const run::Reboot& reboot, const target::Target& target) {
  if (!reboot.command.empty()) return reboot.command;
  if (target.find_tool("systemctl") && ::access("/run/systemd/system", F_OK) == 0) return {"systemctl", "reboot"};
  return {"reboot"};
}

std::string shown(const std::vector<std::string>& command) {
  std::vector<std::string> words;
  for (const std::string& word : command) words.push_back(reports::shell_word(printable(word)));
  return join(words, " ");
}

Result<void> run_command(const std::vector<std::string>& command, const target::Target& target) {
  constexpr std::chrono::minutes kLongest{2};
  ASSAY_TRY(const system::Captured ended,
            system::run_captured({.argv = command, .env = target.step_environment(), .cwd = "/"}, kLongest));
  if (ended.exit_code == 0) return {};
  const std::string words = shorten(printable(trim(ended.err.empty() ? ended.out : ended.err)), 200);
  return failure(Code::kNotRebooted,
                 "exit code " + std::to_string(ended.exit_code) + (words.empty() ? "" : ": " + words));
}

}  // namespace

system::BootUnit unit_for(const std::filesystem::path& program, const std::filesystem::path& store,
                          const RunSettings& settings, const StartedWith& started, const std::string& run) {
  system::BootUnit unit{
      .run = run, .command = {program.string(), "--store", store.string(), "resume", "--boot", run}, .variables = {}};
  for (const auto& variable : started.environment)
    (may_hold_a_password(variable.first, variable.second) ? unit.private_variables : unit.variables)
        .push_back(variable);
  // The record has what the run was started with; what this call was given goes on to the next.
  if (settings.jobs > 0) unit.command.insert(unit.command.end(), {"-j", std::to_string(settings.jobs)});
  if (settings.vault) unit.command.insert(unit.command.end(), {"--vault", started.vault->string()});
  if (settings.passphrase_file)
    unit.command.insert(unit.command.end(), {"--passphrase-file", started.passphrase_file->string()});
  const auto environment = system::current_environment();
  for (const char* name : {"ASSAY_LOCK_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"})
    unit.variables.emplace_back(name, system::lookup(environment, name));
  return unit;
}

void BootUnitWatch::on_event(const run::Event& event) {
  if (const auto* started = std::get_if<run::RunStarted>(&event)) run_ = started->run;
  const auto* finished = std::get_if<run::StepFinished>(&event);
  // What cannot be removed now is told at the end.
  if (finished != nullptr && finished->step.action == "reboot") (void)system::BootUnits().remove(run_);
}

void remove_boot_unit(const Common& common, const std::string& run) {
  if (const auto removed = system::BootUnits().remove(run); !removed) complain(common, removed.error());
}

std::vector<std::string> left_boot_units(const std::filesystem::path& store) {
  std::vector<std::string> out;
  for (const std::string& run : system::BootUnits().runs()) {
    std::error_code error;
    const auto folder = store / "runs" / run;
    if (!std::filesystem::exists(folder, error) || record::is_sealed(folder)) out.push_back(run);
  }
  return out;
}

int boot_again(const Common& common, const std::filesystem::path& store, const RunSettings& settings,
               const StartedWith& started, const run::RunResult& result) {
  const target::LocalTarget target(started.environment);
  const run::Reboot& reboot = *result.reboot;
  const std::string by_hand = "assay " +
                              (common.store ? "--store " + reports::shell_word(store.string()) + " " : std::string()) +
                              "resume " + result.id;
  const std::string command = shown(reboot_command(reboot, target));
  const auto program = own_program();
  const auto installed = program ? system::BootUnits().install(unit_for(*program, store, settings, started, result.id))
                                 : Result<void>(failure(program.error()));
  std::string text = "assay: " + printable(reboot.asked.step);
  if (reboot.due) {
    text += ": " + reboot.asked.question + ": " + command + '\n';
  } else {
    text += ": the machine has not rebooted since " + format_rfc3339(reboot.asked.asked) + ": reboot it by hand (" +
            command + ")\n";
  }
  if (installed) {
    text +=
        "  after the boot " + system::boot_unit_name(result.id) + " goes on with the run; by hand: " + by_hand + '\n';
  } else {
    text += "  the run does not go on by itself: " + printable(installed.error().message) +
            "\n  after the boot: " + by_hand + '\n';
  }
  write_patiently(STDERR_FILENO, text);
  if (!reboot.due) return result.outcome.exit_code;
  const auto done = run_command(reboot_command(reboot, target), target);
  if (done) return result.outcome.exit_code;
  complain(common, {.code = Code::kNotRebooted,
                    .message = "the machine was not rebooted: '" + command + "': " + done.error().message,
                    .help = "the run waits for the reboot all the same: reboot by hand, then " + by_hand});
  return kFailedExit;
}

}  // namespace assay::cli
