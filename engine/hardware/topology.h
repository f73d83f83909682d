// SPDX-License-Identifier: Apache-2.0
// Packages, cores, threads, caches and NUMA nodes, as hwloc finds them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/hardware/root.h"

namespace assay::hardware {

struct CacheLevel {
  int level = 0;
  std::string type;       // "data", "instruction", "unified"
  std::int64_t size = 0;  // bytes of one; of the largest where they differ
  int count = 0;          // how many of it the machine has
  int shared_by = 0;      // threads on one; the most where they differ
  int line_size = 0;      // bytes; 0: not known
  int ways = 0;           // 0: not known; -1: fully associative
};

struct NumaNode {
  int id = 0;        // the system's number; numbers may have gaps
  std::string cpus;  // "0-3,8"; empty for memory without processors
  int cpu_count = 0;
  std::int64_t memory = 0;  // bytes
};

struct CoreKind {
  int efficiency = -1;  // higher is faster; -1: not known
  std::string cpus;
  int threads = 0;
};

struct Topology {
  int packages = 0;  // 0: the system does not tell
  int cores = 0;
  int threads = 0;
  int threads_per_core = 0;          // the most on one core
  std::vector<CacheLevel> caches;    // by level, then type
  std::vector<NumaNode> numa_nodes;  // by id
  std::vector<CoreKind> kinds;       // more than one on hybrid processors
};

// Sets what hwloc reads from the environment (the root folder, no messages on stderr) and puts it back at the end of
// its life. The environment is the whole process's: only one exists at a time, another waits.
class TopologyEnvironment {
 public:
  explicit TopologyEnvironment(const Root& root);
  ~TopologyEnvironment();
  TopologyEnvironment(const TopologyEnvironment&) = delete;
  TopologyEnvironment& operator=(const TopologyEnvironment&) = delete;

 private:
  struct Saved;
  std::unique_ptr<Saved> saved_;
};

// The topology below the root of the TopologyEnvironment that lives now; without one, of this machine.
Result<Topology> read_topology();
// From what `lstopo --of xml` wrote.
Result<Topology> topology_from_xml(std::string_view xml);

}  // namespace assay::hardware
