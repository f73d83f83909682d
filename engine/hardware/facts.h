// SPDX-License-Identifier: Apache-2.0
// Facts: what a machine is made of. Collected by probes that run in parallel, each with a deadline, over a root folder
// that tests and recorded machines can replace.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/expr/type.h"
#include "engine/expr/value.h"

namespace assay::hardware {

struct Facts {
  expr::Value tree;                            // a map; see facts_type() for its shape
  std::map<std::string, std::string> sources;  // dotted path of a fact (or of a group of facts) -> where it came from
  std::map<std::string, std::string> missing;  // dotted path -> why it could not be read
};

// Runs a tool for a probe: argv, deadline, output limit. Returns exit code, stdout and stderr.
struct ToolResult {
  int exit_code = 0;
  std::string out;
  std::string err;
};
using ToolRunner =
    std::function<Result<ToolResult>(const std::vector<std::string>& argv, std::chrono::milliseconds deadline)>;

// What probes read, and how long they may take. The tool runner is called from several threads at once, and must stay
// callable after collect_facts() has returned: a probe that was left behind may still be in it.
struct ProbeOptions {
  std::filesystem::path root = "/";          // where /proc, /sys, /etc and /dev are found
  std::chrono::milliseconds deadline{2000};  // of each probe
  ToolRunner tools;                          // empty: no tool is run (recorded machines)
  bool accelerators = true;                  // OpenCL and vendor tools, the slow part
};

// Never fails as a whole: what could not be read is in `missing`.
Facts collect_facts(const ProbeOptions& options);

// The declared shape of `Facts::tree`, for the expression checker and the reference page: one table of rows.
struct FactRow {
  std::string_view path;  // "cpu.cores", "disks[].model"
  std::string_view type;  // "int", "string", "bool", "double", "quantity(B)", "list(string)"
  std::string_view help;
  bool changes = false;  // by itself, while nobody changes the machine (steady.h)
};
const std::vector<FactRow>& fact_rows();
// docs/reference/facts.md.
std::string facts_reference();
expr::Type facts_type();

// {"format": "assay.facts/1", "facts": …, "sources": …, "missing": …} and back.
Json to_json(const Facts& facts);
Result<Facts> facts_from_json(const Json& json);

// Error counters of the machine now, by stable name ("edac.mc0.ue", "net.eth0.rx_errors", "kernel.taint",
// "pcie.0000:01:00.0.aer_fatal", "cpu.thermal_throttle"). Compared before and after a test. A counter that cannot be
// read has no entry.
std::map<std::string, std::int64_t> read_counters(const std::filesystem::path& root = "/");
// The same, and what only tools tell: "disk.nvme0n1.media_errors" (smartctl),
// "accelerator.0000:3b:00.0.ecc_uncorrected" (nvidia-smi). Slower; each tool has the deadline of the options.
std::map<std::string, std::int64_t> read_counters_with_tools(const ProbeOptions& options);

// The facts that identify a machine and must not change during a run or over a reboot (boards, serials, PCI quadruples,
// DIMMs, disks, MAC addresses), as sorted "path=value" lines. Volatile values are left out.
std::vector<std::string> identity_lines(const Facts& facts);

}  // namespace assay::hardware
