// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/facts.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "engine/base/text.h"
#include "engine/hardware/builder.h"
#include "engine/hardware/probe.h"
#include "engine/hardware/topology.h"

namespace assay::hardware {
namespace {

using std::chrono::steady_clock;

// What a probe's thread and the collector share. The collector takes the builder only when `done` is set, so a probe
// that overruns goes on writing to a builder that nobody reads.
struct Running {
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  std::string failure;
  FactsBuilder facts;
};

void run_probe(const Probe& probe, const ProbeContext& context, Running& running) {
  std::string failure;
  // A throw is a broken invariant of one probe; the machine's other facts are still good, and a thread has no caller.
  try {
    probe.run(context, running.facts);
  } catch (const std::exception& error) {
    failure = std::string("internal error: ") + error.what();
  }
  const std::scoped_lock lock(running.mutex);
  running.failure = std::move(failure);
  running.done = true;
  running.ended.notify_all();
}

struct Started {
  Probe probe;
  std::chrono::milliseconds patience;
  steady_clock::time_point deadline;
  std::shared_ptr<Running> running;
};

Started start(const Probe& probe, const ProbeOptions& options) {
  Started started{.probe = probe,
                  .patience = options.deadline * probe.patience,
                  .deadline = steady_clock::now() + options.deadline * probe.patience,
                  .running = std::make_shared<Running>()};
  ProbeContext context{.root = Root(options.root),
                       .tools = options.tools,
                       .accelerators = options.accelerators,
                       .deadline = started.deadline};
  try {
    std::thread([probe, context = std::move(context), running = started.running] {
      run_probe(probe, context, *running);
    }).detach();
  } catch (const std::system_error& error) {
    started.running->done = true;
    started.running->failure = std::string("cannot start a thread: ") + error.what();
  }
  return started;
}

void collect(const Started& started, FactsBuilder& facts) {
  std::unique_lock lock(started.running->mutex);
  started.running->ended.wait_until(lock, started.deadline, [&] { return started.running->done; });
  const std::string group(started.probe.group);
  if (!started.running->done) {
    facts.missing(group, "probe '" + std::string(started.probe.name) + "' took longer than " +
                             std::to_string(started.patience.count()) + " ms and was left behind");
    return;
  }
  facts.join(started.running->facts);
  if (!started.running->failure.empty()) {
    facts.missing(group, "probe '" + std::string(started.probe.name) + "': " + started.running->failure);
  }
}

std::string first_line(std::string_view text) {
  const auto all = lines(text);
  for (const std::string_view line : all) {
    if (!trim(line).empty()) return shorten(printable(trim(line)), 200);
  }
  return {};
}

}  // namespace

Result<ToolResult> ProbeContext::run_any(const std::vector<std::string>& argv) const {
  if (!tools) return failure(Code::kToolFailed, argv.front() + ": no tools are run over a recorded machine");
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now());
  if (left.count() <= 0) return failure(Code::kToolFailed, argv.front() + ": no time left to run it");
  return tools(argv, left);
}

Result<std::string> ProbeContext::run(const std::vector<std::string>& argv) const {
  ASSAY_TRY(ToolResult result, run_any(argv));
  if (result.exit_code != 0) {
    const std::string words = first_line(result.err.empty() ? result.out : result.err);
    return failure(Code::kToolFailed, argv.front() + ": exit code " + std::to_string(result.exit_code) +
                                          (words.empty() ? "" : ": " + words));
  }
  return std::move(result.out);
}

const std::vector<Probe>& probes() {
  static const std::vector<Probe> kProbes = {
      {"platform", "platform", &probe_platform},
      {"firmware", "system", &probe_firmware},
      {"smbios", "smbios", &probe_smbios},
      {"virtualisation", "virtualisation", &probe_virtualisation},
      {"cpu", "cpu", &probe_cpu},
      {"topology", "cpu.packages", &probe_topology},
      {"memory", "memory", &probe_memory},
      {"pci", "pci", &probe_pci},
      {"disks", "disks", &probe_disks},
      {"smart", "disks[].health", &probe_smart, 5},
      {"network", "network", &probe_network},
      {"infiniband", "infiniband", &probe_infiniband},
      {"nvidia", "accelerators", &probe_nvidia, 10},
      {"amd", "accelerators", &probe_amd, 10},
      {"opencl", "opencl", &probe_opencl, 5},
  };
  return kProbes;
}

Facts collect_facts(const ProbeOptions& options) { return collect_facts(options, probes()); }

Facts collect_facts(const ProbeOptions& options, const std::vector<Probe>& table) {
  // hwloc takes the root folder from the environment, which may change only while no probe runs.
  const TopologyEnvironment environment(Root(options.root));
  std::vector<Started> running;
  running.reserve(table.size());
  for (const Probe& probe : table) running.push_back(start(probe, options));
  FactsBuilder facts;
  for (const Started& started : running) collect(started, facts);
  return facts.build();
}

}  // namespace assay::hardware
