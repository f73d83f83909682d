// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/hardware/accelerator.h"
#include "engine/hardware/pci.h"
#include "engine/hardware/probe.h"

namespace assay::hardware {
namespace {

constexpr std::size_t kMaxReport = 16U << 20U;
constexpr std::uint16_t kAmd = 0x1002;

// The value of the first key that is there and told. rocm-smi writes every value as a text.
std::optional<std::string> text(const Json& card, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    const auto value = card.find(key);
    if (value == card.end() || !value->is_string()) continue;
    std::string found = printable(trim(value->get_ref<const std::string&>()));
    if (!found.empty() && found != "N/A" && !found.starts_with("N/A ") && found != "None") return found;
  }
  return std::nullopt;
}

void add_quantity(Record& record, const char* name, const std::optional<std::string>& value, std::string_view unit) {
  if (value) record.quantity(name, parse_number(*value), unit);
}

// "1 (16.0GT/s x16)"
void add_link(const std::optional<std::string>& level, Record& record) {
  if (!level) return;
  const std::size_t open = level->find('(');
  const std::size_t rate = level->find("GT/s x");
  if (open == std::string::npos || rate == std::string::npos || rate < open) return;
  record.number("link_speed_gt_s", parse_number(level->substr(open + 1, rate - open - 1)));
  const std::size_t begin = rate + 6;
  record.integer("link_width", parse_integer(level->substr(begin, level->find(')', begin) - begin)));
}

Card describe(const std::string& name, const Json& json, const std::optional<std::string>& driver_version) {
  Card card;
  const auto bus = text(json, {"PCI Bus"});
  card.address = (bus ? normal_pci_address(*bus) : std::nullopt).value_or(printable(name));
  Record& record = card.record;
  record.text("address", card.address).text("kind", std::string("gpu"));
  record.text("name", text(json, {"Card series", "Card Series", "Device Name", "Card model", "Card Model"}));
  record.text("vendor", std::string("AMD"))
      .text("driver", std::string("amdgpu"))
      .text("driver_version", driver_version);
  record.text("vbios", text(json, {"VBIOS version"})).text("uuid", text(json, {"Unique ID"}));
  const auto serial = text(json, {"Serial Number"});
  if (serial && *serial != "0") record.text("serial", serial);
  record.text("part", text(json, {"Card SKU"}));
  add_quantity(record, "memory_total", text(json, {"VRAM Total Memory (B)"}), "B");
  add_quantity(record, "memory_used", text(json, {"VRAM Total Used Memory (B)"}), "B");
  add_quantity(record, "temperature",
               text(json, {"Temperature (Sensor edge) (C)", "Temperature (Sensor junction) (C)"}), "Cel");
  add_quantity(record, "power_limit", text(json, {"Max Graphics Package Power (W)"}), "W");
  add_quantity(record, "power",
               text(json, {"Average Graphics Package Power (W)", "Current Socket Graphics Package Power (W)"}), "W");
  add_link(text(json, {"pcie clock level"}), record);
  if (const auto replays = text(json, {"PCIe Replay Count"})) record.integer("link_replays", parse_integer(*replays));
  return card;
}

bool has_amd(const Root& root) {
  if (root.exists("/dev/kfd")) return true;
  const auto devices = list_pci_devices(root);
  return std::any_of(devices.begin(), devices.end(),
                     [](const auto& d) { return d.vendor == kAmd && d.is_accelerator() && d.driver == "amdgpu"; });
}

}  // namespace

Result<std::vector<Card>> parse_rocm_smi(std::string_view bytes) {
  const auto json = parse_json(bytes, "rocm-smi output", JsonLimits{.bytes = kMaxReport});
  if (!json) return failure(Code::kToolOutput, "rocm-smi: not valid JSON: " + json.error().message);
  if (!json->is_object()) return failure(Code::kToolOutput, "rocm-smi: expected an object of cards");
  std::optional<std::string> driver;
  if (const auto system = json->find("system"); system != json->end() && system->is_object())
    driver = text(*system, {"Driver version"});
  std::vector<Card> cards;
  for (const auto& [name, card] : json->items()) {
    if (name.starts_with("card") && card.is_object()) cards.push_back(describe(name, card, driver));
  }
  if (cards.empty()) return failure(Code::kToolOutput, "rocm-smi: no cards in its output");
  return cards;
}

void probe_amd(const ProbeContext& context, FactsBuilder& facts) {
  if (!context.accelerators || !has_amd(context.root)) return;
  const auto output = context.run({"rocm-smi", "-a", "--json"});
  if (!output) {
    facts.missing("accelerators", reason_of(output.error()));
    return;
  }
  const auto cards = parse_rocm_smi(*output);
  if (!cards) {
    facts.missing("accelerators", reason_of(cards.error()));
    return;
  }
  facts.add_list("accelerators", "rocm-smi -a --json");
  for (const Card& card : *cards) facts.add_item("accelerators", card.address, card.record);
}

}  // namespace assay::hardware
