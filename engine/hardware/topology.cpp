// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/topology.h"

#include <hwloc.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <tuple>

#include "engine/hardware/probe.h"

namespace assay::hardware {
namespace {

constexpr std::size_t kMaxXml = 64U << 20U;

struct DestroyTopology {
  void operator()(hwloc_topology* topology) const { hwloc_topology_destroy(topology); }
};
using Handle = std::unique_ptr<hwloc_topology, DestroyTopology>;

Result<Handle> fresh() {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) return failure(Code::kTopology, "hwloc cannot be initialised");
  Handle topology(raw);
  hwloc_topology_set_cache_types_filter(raw, HWLOC_TYPE_FILTER_KEEP_ALL);
  hwloc_topology_set_icache_types_filter(raw, HWLOC_TYPE_FILTER_KEEP_ALL);
  // The cpuid backend moves the thread over every processor; the kernel already knows what it would find.
  hwloc_topology_set_components(raw, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "x86");
  return topology;
}

std::string list_text(hwloc_const_bitmap_t set) {
  char* text = nullptr;
  if (set == nullptr || hwloc_bitmap_list_asprintf(&text, set) < 0) return {};
  const std::unique_ptr<char, decltype(&std::free)> owned(text, &std::free);
  return text;
}

int weight(hwloc_const_bitmap_t set) { return set == nullptr ? 0 : std::max(0, hwloc_bitmap_weight(set)); }

const char* cache_type(hwloc_obj_cache_type_t type) {
  switch (type) {
    case HWLOC_OBJ_CACHE_DATA: return "data";
    case HWLOC_OBJ_CACHE_INSTRUCTION: return "instruction";
    case HWLOC_OBJ_CACHE_UNIFIED: break;
  }
  return "unified";
}

void add_cache(std::vector<CacheLevel>& caches, hwloc_obj_t object) {
  const auto& cache = object->attr->cache;
  const int level = static_cast<int>(cache.depth);
  const std::string type = cache_type(cache.type);
  auto known =
      std::find_if(caches.begin(), caches.end(), [&](const auto& c) { return c.level == level && c.type == type; });
  if (known == caches.end()) known = caches.insert(caches.end(), CacheLevel{.level = level, .type = type});
  known->size = std::max(known->size, static_cast<std::int64_t>(cache.size));
  known->line_size = std::max(known->line_size, static_cast<int>(cache.linesize));
  if (known->ways == 0) known->ways = cache.associativity;
  known->shared_by = std::max(known->shared_by, weight(object->cpuset));
  ++known->count;
}

void read_objects(hwloc_topology_t topology, Topology& found) {
  found.packages = std::max(0, hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PACKAGE));
  found.cores = std::max(0, hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE));
  found.threads = std::max(0, hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU));
  for (hwloc_obj_t core = nullptr; (core = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, core)) != nullptr;) {
    found.threads_per_core = std::max(found.threads_per_core, weight(core->cpuset));
  }
  const int depth = hwloc_topology_get_depth(topology);
  for (int level = 0; level < depth; ++level) {
    if (hwloc_obj_type_is_cache(hwloc_get_depth_type(topology, level)) == 0) continue;
    for (hwloc_obj_t cache = nullptr; (cache = hwloc_get_next_obj_by_depth(topology, level, cache)) != nullptr;) {
      add_cache(found.caches, cache);
    }
  }
  std::sort(found.caches.begin(), found.caches.end(),
            [](const auto& a, const auto& b) { return std::tie(a.level, a.type) < std::tie(b.level, b.type); });
}

void read_numa_nodes(hwloc_topology_t topology, Topology& found) {
  for (hwloc_obj_t node = nullptr;
       (node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node)) != nullptr;) {
    found.numa_nodes.push_back({.id = static_cast<int>(node->os_index),
                                .cpus = list_text(node->cpuset),
                                .cpu_count = weight(node->cpuset),
                                .memory = static_cast<std::int64_t>(node->attr->numanode.local_memory)});
  }
  std::sort(found.numa_nodes.begin(), found.numa_nodes.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

void read_kinds(hwloc_topology_t topology, Topology& found) {
  const int kinds = hwloc_cpukinds_get_nr(topology, 0);
  for (int kind = 0; kind < kinds; ++kind) {
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    int efficiency = -1;
    if (hwloc_cpukinds_get_info(topology, static_cast<unsigned>(kind), set, &efficiency, nullptr, nullptr, 0) == 0) {
      found.kinds.push_back({.efficiency = efficiency, .cpus = list_text(set), .threads = weight(set)});
    }
    hwloc_bitmap_free(set);
  }
}

Result<Topology> load(const Handle& topology, const std::string& what) {
  if (hwloc_topology_load(topology.get()) != 0)
    return failure(Code::kTopology, what + ": hwloc cannot load the topology");
  Topology found;
  read_objects(topology.get(), found);
  read_numa_nodes(topology.get(), found);
  read_kinds(topology.get(), found);
  if (found.threads == 0) return failure(Code::kTopology, what + ": no processors found");
  return found;
}

// The process's environment is one; so is its lock.
std::mutex& environment_mutex() {
  static std::mutex mutex;
  return mutex;
}

std::optional<std::string> environment_value(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

void restore(const char* name, const std::optional<std::string>& value) {
  if (value) {
    ::setenv(name, value->c_str(), 1);
  } else {
    ::unsetenv(name);
  }
}

}  // namespace

struct TopologyEnvironment::Saved {
  std::unique_lock<std::mutex> lock{environment_mutex()};
  bool replaced = false;
  std::optional<std::string> root;
  std::optional<std::string> hide;
};

TopologyEnvironment::TopologyEnvironment(const Root& root) : saved_(std::make_unique<Saved>()) {
  saved_->hide = environment_value("HWLOC_HIDE_ERRORS");
  saved_->root = environment_value("HWLOC_FSROOT");
  saved_->replaced = !root.is_live();
  ::setenv("HWLOC_HIDE_ERRORS", "2", 1);
  if (saved_->replaced) ::setenv("HWLOC_FSROOT", root.path().c_str(), 1);
}

TopologyEnvironment::~TopologyEnvironment() {
  restore("HWLOC_HIDE_ERRORS", saved_->hide);
  if (saved_->replaced) restore("HWLOC_FSROOT", saved_->root);
}

Result<Topology> read_topology() {
  ASSAY_TRY(const Handle topology, fresh());
  return load(topology, "/sys/devices/system/cpu");
}

Result<Topology> topology_from_xml(std::string_view xml) {
  if (xml.size() > kMaxXml) return failure(Code::kTopology, "topology file: larger than 64 MiB");
  ASSAY_TRY(const Handle topology, fresh());
  const std::string text(xml);  // hwloc wants the closing NUL counted
  if (hwloc_topology_set_xmlbuffer(topology.get(), text.c_str(), static_cast<int>(text.size() + 1)) != 0) {
    return failure(Code::kTopology, "topology file: not XML that hwloc can read", "write it with `lstopo --of xml`");
  }
  return load(topology, "topology file");
}

void probe_topology(const ProbeContext& context, FactsBuilder& facts) {
  const bool recorded = !context.root.is_live();
  if (recorded && !context.root.is_directory("/sys/devices/system/cpu") && !context.root.exists("/proc/cpuinfo")) {
    facts.missing("cpu.packages", "/sys/devices/system/cpu: No such file or directory");
    facts.missing("numa", "/sys/devices/system/node: No such file or directory");
    return;
  }
  const auto topology = read_topology();
  if (!topology) {
    facts.missing("cpu.packages", reason_of(topology.error()));
    facts.missing("numa", reason_of(topology.error()));
    return;
  }
  const std::string source = "hwloc over /sys/devices/system/cpu";
  std::vector<Record> caches;
  for (const CacheLevel& cache : topology->caches) {
    Record record;
    record.integer("level", cache.level)
        .text("type", cache.type)
        .quantity("size", static_cast<double>(cache.size), "B");
    record.integer("count", cache.count).integer("shared_by", cache.shared_by);
    if (cache.line_size > 0) record.integer("line_size", cache.line_size);
    if (cache.ways > 0) record.integer("ways", cache.ways);
    caches.push_back(std::move(record));
  }
  std::vector<Record> kinds;
  for (const CoreKind& kind : topology->kinds) {
    Record record;
    record.text("cpus", kind.cpus).integer("threads", kind.threads);
    if (kind.efficiency >= 0) record.integer("efficiency", kind.efficiency);
    kinds.push_back(std::move(record));
  }
  Record cpu;
  if (topology->packages > 0) {
    cpu.integer("packages", topology->packages);
  } else {
    facts.missing("cpu.packages", "the system does not say which processors share a package");
  }
  if (topology->cores > 0)
    cpu.integer("cores", topology->cores).integer("threads_per_core", topology->threads_per_core);
  cpu.integer("threads", topology->threads)
      .integer("numa_nodes", static_cast<std::int64_t>(topology->numa_nodes.size()));
  cpu.value("caches", list_of(caches)).value("kinds", list_of(kinds));
  facts.add("cpu", cpu, source);

  std::vector<Record> nodes;
  for (const NumaNode& node : topology->numa_nodes) {
    Record record;
    record.integer("id", node.id).text("cpus", node.cpus).integer("cpu_count", node.cpu_count);
    if (node.memory > 0) record.quantity("memory", static_cast<double>(node.memory), "B");
    const std::string folder = "/sys/devices/system/node/node" + std::to_string(node.id);
    record.text("distances", context.root.text(folder + "/distance"));
    nodes.push_back(std::move(record));
  }
  Record numa;
  numa.integer("count", static_cast<std::int64_t>(nodes.size())).value("nodes", list_of(nodes));
  if (const auto balancing = context.root.integer("/proc/sys/kernel/numa_balancing"))
    numa.flag("balancing", *balancing != 0);
  facts.add("numa", numa, "hwloc over /sys/devices/system/node");
}

}  // namespace assay::hardware
