// SPDX-License-Identifier: Apache-2.0
// A probe reads one part of the machine. Probes run in parallel, share nothing, and may be left behind when they
// overrun, so what they use is held by value or by shared ownership.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "engine/hardware/builder.h"
#include "engine/hardware/facts.h"
#include "engine/hardware/root.h"

namespace assay::hardware {

// Firmware and kernel count memory in these where they write "kB" and "MB".
inline constexpr double kKibi = 1024;

struct ProbeContext {
  Root root;
  ToolRunner tools;  // may be empty: a recorded machine
  bool accelerators = true;
  std::chrono::steady_clock::time_point deadline;  // when this probe is given up

  // stdout of a tool that exits with 0, within what is left of the deadline. The error is one line that names the tool.
  [[nodiscard]] Result<std::string> run(const std::vector<std::string>& argv) const;
  // The same, whatever the exit code.
  [[nodiscard]] Result<ToolResult> run_any(const std::vector<std::string>& argv) const;
};

struct Probe {
  std::string_view name;
  std::string_view group;  // what is missing when the probe is
  void (*run)(const ProbeContext&, FactsBuilder&);
  int patience = 1;  // deadlines that it may take; vendor tools wake sleeping cards
};
// In the order in which their facts are joined.
const std::vector<Probe>& probes();
// Runs `table` instead of probes(); the seam for tests of deadlines.
Facts collect_facts(const ProbeOptions& options, const std::vector<Probe>& table);

void probe_platform(const ProbeContext& context, FactsBuilder& facts);
void probe_firmware(const ProbeContext& context, FactsBuilder& facts);
void probe_virtualisation(const ProbeContext& context, FactsBuilder& facts);
void probe_smbios(const ProbeContext& context, FactsBuilder& facts);
void probe_cpu(const ProbeContext& context, FactsBuilder& facts);
void probe_topology(const ProbeContext& context, FactsBuilder& facts);
void probe_memory(const ProbeContext& context, FactsBuilder& facts);
void probe_pci(const ProbeContext& context, FactsBuilder& facts);
void probe_disks(const ProbeContext& context, FactsBuilder& facts);
void probe_smart(const ProbeContext& context, FactsBuilder& facts);
void probe_network(const ProbeContext& context, FactsBuilder& facts);
void probe_infiniband(const ProbeContext& context, FactsBuilder& facts);
void probe_nvidia(const ProbeContext& context, FactsBuilder& facts);
void probe_amd(const ProbeContext& context, FactsBuilder& facts);
void probe_opencl(const ProbeContext& context, FactsBuilder& facts);

struct SmbiosTable;
// Facts of a table that was read elsewhere (a recorded dump).
void add_smbios_facts(const SmbiosTable& table, const std::string& source, FactsBuilder& facts);

}  // namespace assay::hardware
