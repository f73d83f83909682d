// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "engine/base/text.h"
#include "engine/hardware/accelerator.h"
#include "engine/hardware/pci.h"
#include "engine/hardware/probe.h"

namespace assay::hardware {
namespace {

constexpr std::size_t kMaxOutput = 16U << 20U;
constexpr std::size_t kMaxDevices = 4096;
constexpr double kMega = 1e6;

using Properties = std::map<std::string, std::string, std::less<>>;

std::optional<std::string> get(const Properties& properties, std::string_view key) {
  const auto found = properties.find(key);
  return found == properties.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::int64_t> integer(const Properties& properties, std::string_view key) {
  const auto text = get(properties, key);
  return text ? parse_integer(*text) : std::nullopt;
}

std::optional<bool> flag(const Properties& properties, std::string_view key) {
  const auto text = get(properties, key);
  if (text == "CL_TRUE") return true;
  if (text == "CL_FALSE") return false;
  return std::nullopt;
}

// "CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_DEFAULT" -> "gpu"
std::string type_word(const std::string& text) {
  if (text.find("TYPE_GPU") != std::string::npos) return "gpu";
  if (text.find("TYPE_ACCELERATOR") != std::string::npos) return "accelerator";
  if (text.find("TYPE_CPU") != std::string::npos) return "cpu";
  return "custom";
}

// "PCI-E, 0000:3b:00.0" (KHR, AMD)
std::optional<std::string> address(const Properties& properties) {
  for (const char* key : {"CL_DEVICE_PCI_BUS_INFO_KHR", "CL_DEVICE_TOPOLOGY_AMD"}) {
    const auto text = get(properties, key);
    if (!text) continue;
    if (auto found = normal_pci_address(text->substr(text->rfind(' ') + 1))) return found;
  }
  return std::nullopt;
}

Record describe_device(const Properties& properties, const std::string& platform) {
  Record record;
  record.text("platform", platform).text("name", get(properties, "CL_DEVICE_BOARD_NAME_AMD"));
  if (record.find("name") == nullptr) record.text("name", get(properties, "CL_DEVICE_NAME"));
  record.text("vendor", get(properties, "CL_DEVICE_VENDOR")).text("version", get(properties, "CL_DEVICE_VERSION"));
  record.text("driver_version", get(properties, "CL_DRIVER_VERSION"));
  if (const auto type = get(properties, "CL_DEVICE_TYPE")) record.text("type", type_word(*type));
  record.flag("available", flag(properties, "CL_DEVICE_AVAILABLE"));
  record.integer("compute_units", integer(properties, "CL_DEVICE_MAX_COMPUTE_UNITS"));
  if (const auto clock = integer(properties, "CL_DEVICE_MAX_CLOCK_FREQUENCY"); clock && *clock > 0) {
    record.quantity("clock_max", static_cast<double>(*clock) * kMega, "Hz");
  }
  if (const auto memory = integer(properties, "CL_DEVICE_GLOBAL_MEM_SIZE")) {
    record.quantity("memory_total", static_cast<double>(*memory), "B");
  }
  if (const auto local = integer(properties, "CL_DEVICE_LOCAL_MEM_SIZE")) {
    record.quantity("local_memory", static_cast<double>(*local), "B");
  }
  record.flag("ecc", flag(properties, "CL_DEVICE_ERROR_CORRECTION_SUPPORT"));
  record.text("pci", address(properties));
  return record;
}

// "[POCL/0]" or "[POCL/*]": the platform's suffix and the device's number.
struct Prefix {
  std::string platform;
  std::string device;
};
std::optional<Prefix> take_prefix(std::string_view& line) {
  const std::size_t close = line.find(']');
  if (!line.starts_with("[") || close == std::string_view::npos) return std::nullopt;
  const std::string_view inside = line.substr(1, close - 1);
  const std::size_t slash = inside.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  line.remove_prefix(close + 1);
  return Prefix{std::string(inside.substr(0, slash)), std::string(inside.substr(slash + 1))};
}

}  // namespace

Result<OpenClFacts> parse_clinfo(std::string_view text) {
  if (text.size() > kMaxOutput) return failure(Code::kToolOutput, "clinfo: more than 16 MiB of output");
  std::vector<Properties> platforms;
  // Devices in order, with the name of their platform.
  std::vector<std::pair<std::string, Properties>> devices;
  std::string last_device;
  std::string platform_name;
  std::optional<std::int64_t> stated;
  for (std::string_view line : lines(text)) {
    line = trim(line);
    const auto prefix = take_prefix(line);
    line = trim(line);
    const std::size_t space = line.find_first_of(" \t");
    if (space == std::string_view::npos) continue;
    const std::string key(line.substr(0, space));
    const std::string value(trim(line.substr(space)));
    if (key == "#PLATFORMS") stated = parse_integer(value);
    if (!prefix) {
      if (key == "CL_PLATFORM_NAME") platforms.emplace_back();
      if (key.starts_with("CL_PLATFORM_") && !platforms.empty()) platforms.back().emplace(key, value);
      continue;
    }
    if (prefix->device == "*") {
      if (key == "CL_PLATFORM_NAME") platform_name = value;
      last_device.clear();
      continue;
    }
    if (key == "CL_DEVICE_NAME") {
      if (devices.size() == kMaxDevices) break;
      last_device = prefix->platform + "/" + prefix->device;
      devices.emplace_back(platform_name, Properties{});
    }
    if (!last_device.empty() && key.starts_with("CL_")) devices.back().second.emplace(key, value);
  }
  if (!stated) return failure(Code::kToolOutput, "clinfo: no line '#PLATFORMS' in its output");
  if (*stated != static_cast<std::int64_t>(platforms.size())) {
    return failure(Code::kToolOutput, "clinfo: " + std::to_string(*stated) + " platforms stated, " +
                                          std::to_string(platforms.size()) + " described");
  }
  OpenClFacts facts;
  for (const Properties& properties : platforms) {
    Record record;
    record.text("name", get(properties, "CL_PLATFORM_NAME")).text("vendor", get(properties, "CL_PLATFORM_VENDOR"));
    record.text("version", get(properties, "CL_PLATFORM_VERSION"));
    facts.platforms.push_back(std::move(record));
  }
  for (const auto& [platform, properties] : devices) facts.devices.push_back(describe_device(properties, platform));
  return facts;
}

void probe_opencl(const ProbeContext& context, FactsBuilder& facts) {
  if (!context.accelerators) {
    facts.missing("opencl", "not looked for");
    return;
  }
  const auto output = context.run({"clinfo", "--raw"});
  if (!output) {
    facts.missing("opencl", reason_of(output.error()));
    return;
  }
  const auto found = parse_clinfo(*output);
  if (!found) {
    facts.missing("opencl", reason_of(found.error()));
    return;
  }
  facts.add("opencl", Record().value("platforms", list_of(found->platforms)).value("devices", list_of(found->devices)),
            "clinfo --raw");
}

}  // namespace assay::hardware
