// SPDX-License-Identifier: Apache-2.0
// The last act of a run that waits for a reboot: the unit that goes on with it, the command that reboots. And what is
// left of such units.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/started_with.h"
#include "cli/verbs.h"
#include "engine/run/engine.h"
#include "engine/system/boot_unit.h"

namespace assay::cli {

// Takes the unit of a run away when a step that reboots is over.
class BootUnitWatch final : public run::Observer {
 public:
  void on_event(const run::Event& event) override;

 private:
  std::string run_;
};

// What the unit of a run starts, and the variables of ours that it needs for that. What steps see of ours stands in the
// record, but for proxies that may hold a password: those are its private ones.
system::BootUnit unit_for(const std::filesystem::path& program, const std::filesystem::path& store,
                          const RunSettings& settings, const StartedWith& started, const std::string& run);

// Says what will happen and how to go on by hand, then reboots where that is due. The exit code.
int boot_again(const Common& common, const std::filesystem::path& store, const RunSettings& settings,
               const StartedWith& started, const run::RunResult& result);

// A run that waits for no reboot needs no unit. What cannot be removed is told.
void remove_boot_unit(const Common& common, const std::string& run);

// Runs that have a unit although it does nothing any more: they have come to their end, or are not in the store.
std::vector<std::string> left_boot_units(const std::filesystem::path& store);

}  // namespace assay::cli
