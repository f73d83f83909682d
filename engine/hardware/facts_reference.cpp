// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/facts.h"

namespace assay::hardware {
namespace {

// "disks[].model" -> "disks[]", "cpu.cores" -> "cpu".
std::string_view group_of(std::string_view path) { return path.substr(0, path.find('.')); }

}  // namespace

std::string facts_reference() {
  std::string out = R"(# Facts

<!-- Written by `assay facts --markdown`; do not edit. -->

What a machine is made of, as `facts` in expressions. `assay facts` shows those of this machine, `assay eval --facts EXPR` tries
an expression over them. `x[]` is a list: `facts.disks[0].model`, `facts.disks.filter(d, d.rotational)`.

A fact that cannot be read is not there; `assay facts` says why. An expression over it has no value, which is an error: ask first,
`has(facts.bios.vendor) && facts.bios.vendor == "Acme"`, or state what holds then, `facts.?bios.?vendor.orValue("unknown")`.

A type `quantity(B)` is compared with a quantity of the same kind: `facts.memory.total > quantity("16 GiB")`.
)";
  std::string_view group;
  for (const FactRow& row : fact_rows()) {
    if (group_of(row.path) != group) {
      group = group_of(row.path);
      out += "\n## " + std::string(group.substr(0, group.find('['))) + "\n\n| fact | type | meaning |\n|---|---|---|\n";
    }
    out += "| `" + std::string(row.path) + "` | `" + std::string(row.type) + "` | " + std::string(row.help) + " |\n";
  }
  return out;
}

}  // namespace assay::hardware
