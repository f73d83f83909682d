// SPDX-License-Identifier: Apache-2.0
// What makes this machine this machine. Names that the kernel hands out in the order of discovery (sda, eth0) are not
// part of it where something better is known.
#include <algorithm>
#include <array>

#include "engine/base/quantity.h"
#include "engine/hardware/facts.h"

namespace assay::hardware {
namespace {

using expr::Kind;
using expr::Value;

std::string text_of(const Value* value) {
  if (value == nullptr) return {};
  return expr::to_text(*value).value_or("");
}

void add_members(const Value* map, const std::string& prefix, std::initializer_list<const char*> names,
                 std::vector<std::string>& lines) {
  if (map == nullptr) return;
  for (const char* name : names) {
    if (const std::string text = text_of(map->member(name)); !text.empty()) {
      lines.push_back((prefix + "." + name).append("=").append(text));
    }
  }
}

// The first member that an item has, in brackets behind the list: "disks[S3Z8NB0K]". Items that have none have no
// identity of their own.
std::string key_of(const Value& item, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (std::string text = text_of(item.member(name)); !text.empty()) return text;
  }
  return {};
}

void add_items(const Value* list, const std::string& path, std::initializer_list<const char*> keys,
               std::initializer_list<const char*> names, std::vector<std::string>& lines) {
  if (list == nullptr || !list->is(Kind::kList)) return;
  for (const Value& item : list->as_list()) {
    const std::string key = key_of(item, keys);
    if (!key.empty()) add_members(&item, path + "[" + key + "]", names, lines);
  }
}

bool flag(const Value& map, const char* name, bool otherwise) {
  const Value* value = map.member(name);
  return value != nullptr && value->is(Kind::kBool) ? value->as_bool() : otherwise;
}

void add_network(const Value* list, std::vector<std::string>& lines) {
  if (list == nullptr || !list->is(Kind::kList)) return;
  for (const Value& item : list->as_list()) {
    // A random address is another one after every start.
    if (!flag(item, "physical", false) || !flag(item, "mac_permanent", true)) continue;
    const std::string key = key_of(item, {"pci", "mac"});
    if (!key.empty()) add_members(&item, "network[" + key + "]", {"mac", "firmware"}, lines);
  }
}

void add_disks(const Value* list, std::vector<std::string>& lines) {
  if (list == nullptr || !list->is(Kind::kList)) return;
  for (const Value& item : list->as_list()) {
    if (flag(item, "removable", false)) continue;
    const std::string key = key_of(item, {"serial", "wwn", "pci", "name"});
    if (!key.empty()) add_members(&item, "disks[" + key + "]", {"model", "size", "firmware"}, lines);
  }
}

}  // namespace

std::vector<std::string> identity_lines(const Facts& facts) {
  std::vector<std::string> lines;
  const Value& tree = facts.tree;
  add_members(tree.member("system"), "system", {"vendor", "product", "version", "serial", "uuid", "sku"}, lines);
  add_members(tree.member("board"), "board", {"vendor", "product", "version", "serial"}, lines);
  add_members(tree.member("bios"), "bios", {"vendor", "version", "date"}, lines);
  add_members(tree.member("chassis"), "chassis", {"vendor", "type", "serial"}, lines);
  add_members(tree.member("bmc"), "bmc", {"present"}, lines);
  if (const Value* cpu = tree.member("cpu")) {
    add_members(cpu, "cpu",
                {"model", "vendor", "architecture", "family", "model_number", "stepping", "microcode", "packages",
                 "cores", "threads"},
                lines);
    add_items(cpu->member("sockets"), "cpu.sockets", {"socket"}, {"model", "serial"}, lines);
  }
  if (const Value* memory = tree.member("memory")) {
    add_members(memory, "memory", {"installed", "ecc"}, lines);
    add_items(memory->member("dimms"), "memory.dimms", {"slot"}, {"size", "type", "manufacturer", "part", "serial"},
              lines);
  }
  add_items(tree.member("pci"), "pci", {"address"}, {"id", "revision"}, lines);
  add_disks(tree.member("disks"), lines);
  add_network(tree.member("network"), lines);
  add_items(tree.member("infiniband"), "infiniband", {"guid"}, {"type", "board", "firmware"}, lines);
  add_items(tree.member("accelerators"), "accelerators", {"address"},
            {"name", "uuid", "serial", "vbios", "memory_total"}, lines);
  // Equal lines stay: eight soldered chips of one label are eight.
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace assay::hardware
