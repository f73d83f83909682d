// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>
#include <pugixml.hpp>

#include "engine/base/quantity.h"
#include "engine/base/text.h"
#include "engine/hardware/accelerator.h"
#include "engine/hardware/pci.h"
#include "engine/hardware/probe.h"

namespace assay::hardware {
namespace {

constexpr std::size_t kMaxXml = 32U << 20U;
constexpr std::size_t kMaxDepth = 64;
constexpr std::uint16_t kNvidia = 0x10de;

bool is_told(std::string_view text) {
  return !text.empty() && text != "N/A" && text != "[N/A]" && text != "Requested functionality has been deprecated" &&
         text != "[Not Supported]" && text != "Unknown Error";
}

// The text at a path below a node ("pci/pci_bus_id"); nullopt where the tool has no value.
std::optional<std::string> text(const pugi::xml_node& node, const char* path) {
  const std::string_view value = trim(node.first_element_by_path(path).text().get());
  if (!is_told(value)) return std::nullopt;
  return printable(value);
}

// Names of elements changed over the versions of the driver; the first that has a value counts.
std::optional<std::string> first_text(const pugi::xml_node& node, std::initializer_list<const char*> paths) {
  for (const char* path : paths) {
    if (auto value = text(node, path)) return value;
  }
  return std::nullopt;
}

std::optional<std::int64_t> integer(const pugi::xml_node& node, std::initializer_list<const char*> paths) {
  const auto value = first_text(node, paths);
  return value ? parse_integer(*value) : std::nullopt;
}

// "23028 MiB", "300.00 W", "1710 MHz", "17 C" in the unit of the fact.
void add_with_unit(Record& record, const char* name, const std::optional<std::string>& value, std::string_view unit) {
  if (!value) return;
  const std::size_t space = value->find(' ');
  if (space == std::string::npos) return;
  const auto number = parse_number(std::string_view(*value).substr(0, space));
  std::string symbol = value->substr(space + 1);
  if (symbol == "C") symbol = "Cel";
  const auto from = parse_unit(symbol);
  const auto to = parse_unit(unit);
  if (!number || !from || !to || !comparable(*from, *to)) return;
  record.quantity(name, value_in(Quantity{*number, *from}, *to), unit);
}

std::optional<bool> enabled(const std::optional<std::string>& value) {
  if (value == "Enabled") return true;
  if (value == "Disabled") return false;
  return std::nullopt;
}

// GT/s of a PCIe generation.
std::optional<double> rate_of_generation(const std::optional<std::string>& generation) {
  constexpr std::array<double, 7> kRates = {0, 2.5, 5, 8, 16, 32, 64};
  const auto number = generation ? parse_integer(*generation) : std::nullopt;
  if (!number || *number < 1 || *number >= static_cast<std::int64_t>(kRates.size())) return std::nullopt;
  return kRates.at(static_cast<std::size_t>(*number));
}

std::optional<std::int64_t> lanes(const std::optional<std::string>& width) {
  if (!width || !width->ends_with("x")) return std::nullopt;
  return parse_integer(std::string_view(*width).substr(0, width->size() - 1));
}

// Sums counters that are there; nullopt when none is.
std::optional<std::int64_t> sum(const pugi::xml_node& node, std::initializer_list<const char*> paths) {
  std::optional<std::int64_t> total;
  for (const char* path : paths) {
    const auto value = integer(node, {path});
    if (!value || *value < 0 || *value > INT64_MAX - total.value_or(0)) continue;
    total = total.value_or(0) + *value;
  }
  return total;
}

void add_ecc(const pugi::xml_node& gpu, Record& record) {
  record.flag("ecc", enabled(text(gpu, "ecc_mode/current_ecc")));
  const pugi::xml_node lifetime = gpu.first_element_by_path("ecc_errors/aggregate");
  auto corrected = sum(lifetime, {"sram_correctable", "dram_correctable"});
  if (!corrected) corrected = integer(lifetime, {"single_bit/total"});
  // Since driver 535 the uncorrectable ones of the SRAM are told apart by how they were found.
  auto uncorrected = sum(
      lifetime, {"sram_uncorrectable", "sram_uncorrectable_parity", "sram_uncorrectable_secded", "dram_uncorrectable"});
  if (!uncorrected) uncorrected = integer(lifetime, {"double_bit/total"});
  record.integer("ecc_corrected", corrected).integer("ecc_uncorrected", uncorrected);
  record.integer("retired_pages", sum(gpu, {"retired_pages/multiple_single_bit_retirement/retired_count",
                                            "retired_pages/double_bit_retirement/retired_count"}));
  record.integer("remapped_rows", sum(gpu, {"remapped_rows/remapped_row_corr", "remapped_rows/remapped_row_unc"}));
}

void add_link(const pugi::xml_node& gpu, Record& record) {
  const pugi::xml_node link = gpu.first_element_by_path("pci/pci_gpu_link_info");
  record.number("link_speed_gt_s", rate_of_generation(text(link, "pcie_gen/current_link_gen")));
  // The card's own limit first: "max_link_gen" is what card and slot can do together.
  record.number("link_speed_max_gt_s",
                rate_of_generation(first_text(link, {"pcie_gen/max_device_link_gen", "pcie_gen/max_link_gen"})));
  record.integer("link_width", lanes(text(link, "link_widths/current_link_width")));
  record.integer("link_width_max", lanes(text(link, "link_widths/max_link_width")));
  record.integer("link_replays", integer(gpu, {"pci/replay_counter"}));
}

void add_power(const pugi::xml_node& gpu, Record& record) {
  // "power_readings" until driver 530, "gpu_power_readings" after.
  const auto reading = [&](const char* older, const char* newer) { return first_text(gpu, {older, newer}); };
  add_with_unit(record, "power_limit",
                first_text(gpu, {"power_readings/power_limit", "gpu_power_readings/current_power_limit",
                                 "gpu_power_readings/power_limit"}),
                "W");
  add_with_unit(record, "power_limit_default",
                reading("power_readings/default_power_limit", "gpu_power_readings/default_power_limit"), "W");
  add_with_unit(record, "power_limit_max",
                reading("power_readings/max_power_limit", "gpu_power_readings/max_power_limit"), "W");
  add_with_unit(record, "power",
                first_text(gpu, {"power_readings/power_draw", "gpu_power_readings/power_draw",
                                 "gpu_power_readings/average_power_draw", "gpu_power_readings/instant_power_draw"}),
                "W");
  add_with_unit(record, "temperature", text(gpu, "temperature/gpu_temp"), "Cel");
  add_with_unit(record, "temperature_slowdown", text(gpu, "temperature/gpu_temp_slow_threshold"), "Cel");
  add_with_unit(record, "clock", text(gpu, "clocks/sm_clock"), "Hz");
  add_with_unit(record, "clock_max", text(gpu, "max_clocks/sm_clock"), "Hz");
  add_with_unit(record, "memory_clock_max", text(gpu, "max_clocks/mem_clock"), "Hz");
}

Card describe(const pugi::xml_node& gpu, const pugi::xml_node& log) {
  Card card;
  const std::string id = first_text(gpu, {"pci/pci_bus_id"}).value_or(gpu.attribute("id").as_string());
  card.address = normal_pci_address(id).value_or(printable(id));
  Record& record = card.record;
  record.text("address", card.address).text("kind", std::string("gpu")).text("name", text(gpu, "product_name"));
  record.text("vendor", std::string("NVIDIA")).text("architecture", text(gpu, "product_architecture"));
  record.text("driver", std::string("nvidia")).text("driver_version", text(log, "driver_version"));
  record.text("toolkit", text(log, "cuda_version")).text("vbios", text(gpu, "vbios_version"));
  record.text("uuid", text(gpu, "uuid")).text("serial", text(gpu, "serial"));
  record.text("part", text(gpu, "gpu_part_number"));
  add_with_unit(record, "memory_total", text(gpu, "fb_memory_usage/total"), "B");
  add_with_unit(record, "memory_used", text(gpu, "fb_memory_usage/used"), "B");
  add_ecc(gpu, record);
  add_link(gpu, record);
  add_power(gpu, record);
  record.flag("persistence", enabled(text(gpu, "persistence_mode")));
  record.flag("mig", enabled(text(gpu, "mig_mode/current_mig")));
  return card;
}

// pugixml walks trees by recursion, so deep ones are refused before it sees them. Tags only; the form is pugixml's to
// check.
bool too_deep(std::string_view xml) {
  std::size_t depth = 0;
  std::size_t i = xml.find('<');
  while (i != std::string_view::npos) {
    const char next = i + 1 < xml.size() ? xml[i + 1] : '\0';
    // On from the end of the tag, so that no byte is looked at twice.
    const std::size_t end = xml.find('>', i);
    if (end == std::string_view::npos) return false;
    if (next == '/') {
      if (depth > 0) --depth;
    } else if (next != '!' && next != '?' && xml[end - 1] != '/' && ++depth > kMaxDepth) {
      return true;
    }
    i = xml.find('<', end);
  }
  return false;
}

// Without the tool the kernel module still names its cards.
void read_module(const ProbeContext& context, FactsBuilder& facts) {
  const std::string folder = "/proc/driver/nvidia/gpus";
  for (const std::string& name : context.root.list(folder)) {
    const auto address = normal_pci_address(name);
    const auto information = context.root.read(folder + "/" + name + "/information");
    if (!address || !information) continue;
    Record record;
    for (const std::string_view line : lines(*information)) {
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos) continue;
      const std::string_view key = trim(line.substr(0, colon));
      const std::string value(trim(line.substr(colon + 1)));
      if (key == "Model") record.text("name", value);
      if (key == "GPU UUID" && value.find('?') == std::string::npos) record.text("uuid", value);
      if (key == "Video BIOS" && value.find('?') == std::string::npos) record.text("vbios", value);
    }
    record.text("address", *address).text("vendor", std::string("NVIDIA"));
    facts.add_item("accelerators", *address, record);
  }
}

}  // namespace

Result<std::vector<Card>> parse_nvidia_smi(std::string_view xml) {
  if (xml.size() > kMaxXml) return failure(Code::kToolOutput, "nvidia-smi: more than 32 MiB of output");
  if (too_deep(xml)) return failure(Code::kToolOutput, "nvidia-smi: elements nested more than 64 deep");
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(xml.data(), xml.size());
  if (!parsed) {
    return failure(Code::kToolOutput,
                   "nvidia-smi: not valid XML at byte " + std::to_string(parsed.offset) + ": " + parsed.description());
  }
  const pugi::xml_node log = document.child("nvidia_smi_log");
  if (!log) return failure(Code::kToolOutput, "nvidia-smi: no element 'nvidia_smi_log' in its output");
  std::vector<Card> cards;
  for (const pugi::xml_node& gpu : log.children("gpu")) {
    Card card = describe(gpu, log);
    if (card.address.empty()) card.address = "nvidia" + std::to_string(cards.size());
    cards.push_back(std::move(card));
  }
  const auto attached = integer(log, {"attached_gpus"});
  if (attached && *attached != static_cast<std::int64_t>(cards.size())) {
    return failure(Code::kToolOutput, "nvidia-smi: " + std::to_string(*attached) + " cards stated, " +
                                          std::to_string(cards.size()) + " described");
  }
  return cards;
}

bool has_nvidia(const Root& root) {
  if (root.exists("/proc/driver/nvidia/version") || root.exists("/dev/nvidiactl")) return true;
  const auto devices = list_pci_devices(root);
  return std::any_of(devices.begin(), devices.end(),
                     [](const auto& d) { return d.vendor == kNvidia && d.is_accelerator(); });
}

Result<std::vector<Card>> ask_nvidia_smi(const ProbeContext& context) {
  ASSAY_TRY(const std::string output, context.run({"nvidia-smi", "-q", "-x"}));
  return parse_nvidia_smi(output);
}

void probe_nvidia(const ProbeContext& context, FactsBuilder& facts) {
  if (!context.accelerators || !has_nvidia(context.root)) return;
  read_module(context, facts);
  const auto cards = ask_nvidia_smi(context);
  if (!cards) {
    facts.missing("accelerators", reason_of(cards.error()));
    return;
  }
  facts.add_list("accelerators", "nvidia-smi -q -x");
  for (const Card& card : *cards) facts.add_item("accelerators", card.address, card.record);
}

}  // namespace assay::hardware
