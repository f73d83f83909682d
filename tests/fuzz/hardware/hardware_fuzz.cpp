// SPDX-License-Identifier: Apache-2.0
// Everything that is read from tools, firmware and the kernel. The first byte chooses the reader, the rest is its
// input.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "engine/base/json.h"
#include "engine/hardware/accelerator.h"
#include "engine/hardware/cpu.h"
#include "engine/hardware/pci.h"
#include "engine/hardware/pci_names.h"
#include "engine/hardware/probe.h"
#include "engine/hardware/smart.h"
#include "engine/hardware/smbios.h"

namespace {

using namespace assay::hardware;

// A value that cannot be written as JSON again, or a failure that says nothing, is a bug.
void must_be_writable(const assay::expr::Value& value) { (void)assay::to_json_line(assay::expr::to_json(value)); }
void must_say_why(const assay::Diagnostic& diagnostic) {
  if (diagnostic.message.empty()) std::abort();
}

void read_smbios(std::string_view text) {
  const auto table = parse_smbios(text);
  if (!table) return must_say_why(table.error());
  FactsBuilder builder;
  add_smbios_facts(*table, "fuzz", builder);
  const Facts facts = builder.build();
  must_be_writable(facts.tree);
  (void)identity_lines(facts);
}

void read_cards(const assay::Result<std::vector<Card>>& cards) {
  if (!cards) return must_say_why(cards.error());
  for (const Card& card : *cards) must_be_writable(card.record.build());
}

void read_clinfo(std::string_view text) {
  const auto facts = parse_clinfo(text);
  if (!facts) return must_say_why(facts.error());
  must_be_writable(list_of(facts->platforms));
  must_be_writable(list_of(facts->devices));
}

void read_smart(std::string_view text) {
  const auto report = parse_smart(text);
  if (!report) return must_say_why(report.error());
  must_be_writable(health_record(*report).build());
}

void read_facts(std::string_view text) {
  const auto json = assay::parse_json(text, "fuzz");
  if (!json) return must_say_why(json.error());
  const auto facts = facts_from_json(*json);
  if (!facts) return must_say_why(facts.error());
  (void)identity_lines(*facts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'b': read_smbios(text); break;
    case 's': read_smart(text); break;
    case 'n': read_cards(parse_nvidia_smi(text)); break;
    case 'r': read_cards(parse_rocm_smi(text)); break;
    case 'o': read_clinfo(text); break;
    case 'c': must_be_writable(parse_cpuinfo(text).build()); break;
    case 'f': read_facts(text); break;
    case 'p': {
      PciNames names;
      names.want_device(0x8086, 0x1521);
      names.want_class(0x0200);
      names.load(text);
      (void)normal_pci_address(text);
      break;
    }
    default: break;
  }
  return 0;
}
