// SPDX-License-Identifier: Apache-2.0
// Processors: what they are and how they are run. How many there are is the topology's to say.
#include "engine/hardware/cpu.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <limits>

#include "engine/base/text.h"
#include "engine/hardware/probe.h"

namespace assay::hardware {
namespace {

struct ArmName {
  std::int64_t implementer;
  std::int64_t part;  // -1: the implementer's own name
  std::string_view name;
};
// From the main ID register: Arm cores by Arm's manuals, others by their makers'.
constexpr std::array kArmNames = {
    ArmName{0x41, -1, "Arm"},
    ArmName{0x41, 0xc05, "Cortex-A5"},
    ArmName{0x41, 0xc07, "Cortex-A7"},
    ArmName{0x41, 0xc08, "Cortex-A8"},
    ArmName{0x41, 0xc09, "Cortex-A9"},
    ArmName{0x41, 0xc0f, "Cortex-A15"},
    ArmName{0x41, 0xd03, "Cortex-A53"},
    ArmName{0x41, 0xd04, "Cortex-A35"},
    ArmName{0x41, 0xd05, "Cortex-A55"},
    ArmName{0x41, 0xd07, "Cortex-A57"},
    ArmName{0x41, 0xd08, "Cortex-A72"},
    ArmName{0x41, 0xd09, "Cortex-A73"},
    ArmName{0x41, 0xd0a, "Cortex-A75"},
    ArmName{0x41, 0xd0b, "Cortex-A76"},
    ArmName{0x41, 0xd0c, "Neoverse-N1"},
    ArmName{0x41, 0xd0d, "Cortex-A77"},
    ArmName{0x41, 0xd40, "Neoverse-V1"},
    ArmName{0x41, 0xd41, "Cortex-A78"},
    ArmName{0x41, 0xd44, "Cortex-X1"},
    ArmName{0x41, 0xd46, "Cortex-A510"},
    ArmName{0x41, 0xd47, "Cortex-A710"},
    ArmName{0x41, 0xd48, "Cortex-X2"},
    ArmName{0x41, 0xd49, "Neoverse-N2"},
    ArmName{0x41, 0xd4d, "Cortex-A715"},
    ArmName{0x41, 0xd4e, "Cortex-X3"},
    ArmName{0x41, 0xd4f, "Neoverse-V2"},
    ArmName{0x41, 0xd80, "Cortex-A520"},
    ArmName{0x41, 0xd81, "Cortex-A720"},
    ArmName{0x41, 0xd82, "Cortex-X4"},
    ArmName{0x41, 0xd84, "Neoverse-V3"},
    ArmName{0x41, 0xd85, "Cortex-X925"},
    ArmName{0x41, 0xd87, "Cortex-A725"},
    ArmName{0x41, 0xd8e, "Neoverse-N3"},
    ArmName{0x42, -1, "Broadcom"},
    ArmName{0x43, -1, "Cavium"},
    ArmName{0x43, 0x0af, "ThunderX2"},
    ArmName{0x46, -1, "Fujitsu"},
    ArmName{0x46, 0x001, "A64FX"},
    ArmName{0x48, -1, "HiSilicon"},
    ArmName{0x48, 0xd01, "Kunpeng-920"},
    ArmName{0x4e, -1, "NVIDIA"},
    ArmName{0x4e, 0x004, "Carmel"},
    ArmName{0x50, -1, "APM"},
    ArmName{0x51, -1, "Qualcomm"},
    ArmName{0x61, -1, "Apple"},
    ArmName{0x6d, -1, "Microsoft"},
    ArmName{0x70, -1, "Phytium"},
    ArmName{0x70, 0x662, "FTC662"},
    ArmName{0x70, 0x663, "FTC663"},
    ArmName{0xc0, -1, "Ampere"},
    ArmName{0xc0, 0xac3, "Ampere-1"},
    ArmName{0xc0, 0xac4, "Ampere-1a"},
};

std::string arm_name(std::int64_t implementer, std::int64_t part) {
  for (const ArmName& row : kArmNames) {
    if (row.implementer == implementer && row.part == part) return std::string(row.name);
  }
  return {};
}

std::string hexadecimal(std::int64_t number) {
  std::string digits;
  for (auto rest = static_cast<std::uint64_t>(number); digits.empty() || rest != 0; rest /= 16) {
    digits.insert(digits.begin(), "0123456789abcdef"[rest % 16]);
  }
  return "0x" + digits;
}

// The first value of each key, and all pairs that tell ARM cores of one machine apart.
struct CpuInfo {
  std::vector<std::pair<std::string_view, std::string_view>> first;
  std::vector<std::pair<std::int64_t, std::int64_t>> arm_cores;

  [[nodiscard]] std::string_view get(std::string_view key) const {
    for (const auto& [known, value] : first) {
      if (known == key) return value;
    }
    return {};
  }
};

CpuInfo split_cpuinfo(std::string_view text) {
  CpuInfo info;
  std::int64_t implementer = -1;
  for (const std::string_view line : lines(text)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = trim(line.substr(0, colon));
    const std::string_view value = trim(line.substr(colon + 1));
    if (key == "CPU implementer") implementer = parse_integer(value).value_or(-1);
    if (key == "CPU part" && implementer >= 0) {
      const std::pair core{implementer, parse_integer(value).value_or(-1)};
      if (std::find(info.arm_cores.begin(), info.arm_cores.end(), core) == info.arm_cores.end() &&
          info.arm_cores.size() < 16) {
        info.arm_cores.push_back(core);
      }
    }
    if (info.first.size() < 128 && info.get(key).empty() && !value.empty()) info.first.emplace_back(key, value);
  }
  return info;
}

std::string arm_model(const CpuInfo& info) {
  std::string model;
  for (const auto& [implementer, part] : info.arm_cores) {
    std::string maker = arm_name(implementer, -1);
    std::string core = arm_name(implementer, part);
    if (maker.empty()) maker = "implementer " + hexadecimal(implementer);
    if (core.empty()) core = "part " + hexadecimal(part);
    model += (model.empty() ? "" : " + ") + maker + " " + core;
  }
  return model;
}

std::string architecture_of(const CpuInfo& info) {
  const std::string flags = " " + std::string(info.get("flags")) + " ";
  if (!info.get("vendor_id").empty() && flags.size() > 2)
    return flags.find(" lm ") != std::string::npos ? "x86_64" : "i686";
  if (info.get("arch") == "IA-64") return "ia64";
  if (!info.get("CPU implementer").empty())
    return parse_integer(info.get("CPU architecture")).value_or(8) >= 8 ? "aarch64" : "arm";
  if (!info.get("isa").empty()) return info.get("isa").starts_with("rv32") ? "riscv32" : "riscv64";
  if (info.get("vendor_id").starts_with("IBM/S390")) return "s390x";
  if (!info.get("timebase").empty()) return "ppc";
  if (info.get("model name").find("Loongson") != std::string_view::npos || !info.get("CPU Family").empty())
    return "loongarch64";
  return {};
}

std::vector<std::string> words(std::string_view text, std::string_view separators) {
  std::vector<std::string> result;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
    if (end > begin) result.push_back(printable(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return result;
}

// "… CPU @ 2.33GHz": the only place where x86 processors tell their base frequency without the MSRs.
std::optional<double> nominal_frequency(std::string_view model) {
  const std::size_t at = model.find("@ ");
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = trim(model.substr(at + 2));
  double factor = 0;
  if (rest.ends_with("GHz")) factor = 1e9;
  if (rest.ends_with("MHz")) factor = 1e6;
  if (factor == 0) return std::nullopt;
  const auto value = parse_number(rest.substr(0, rest.size() - 3));
  if (!value || *value <= 0) return std::nullopt;
  return *value * factor;
}

void read_policies(const Root& root, FactsBuilder& facts) {
  const std::string folder = "/sys/devices/system/cpu/cpufreq";
  std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
  std::int64_t highest = 0;
  std::int64_t base = 0;
  std::vector<std::string> governors;
  Record record;
  for (const std::string& name : root.list(folder)) {
    if (!name.starts_with("policy")) continue;
    const std::string policy = folder + "/" + name;
    lowest = std::min(lowest, root.integer(policy + "/cpuinfo_min_freq").value_or(lowest));
    highest = std::max(highest, root.integer(policy + "/cpuinfo_max_freq").value_or(highest));
    base = std::max(base, root.integer(policy + "/base_frequency").value_or(base));
    if (const auto governor = root.text(policy + "/scaling_governor")) {
      if (std::find(governors.begin(), governors.end(), *governor) == governors.end()) governors.push_back(*governor);
    }
    if (record.find("driver") == nullptr) record.text("driver", root.text(policy + "/scaling_driver"));
  }
  constexpr double kKilo = 1000;  // these files are in kHz
  if (highest > 0) record.quantity("frequency_max", static_cast<double>(highest) * kKilo, "Hz");
  if (lowest < highest) record.quantity("frequency_min", static_cast<double>(lowest) * kKilo, "Hz");
  if (base > 0) record.quantity("frequency_base", static_cast<double>(base) * kKilo, "Hz");
  if (governors.size() == 1) record.text("governor", governors.front());
  if (governors.size() > 1) record.text("governor", "mixed: " + join(governors, ", "));
  if (record.empty()) {
    facts.missing("cpu.governor", folder + ": no frequency policies (usual in a virtual machine)");
  } else {
    facts.add("cpu", record, folder);
  }
}

void read_controls(const Root& root, FactsBuilder& facts) {
  if (const auto off = root.integer("/sys/devices/system/cpu/intel_pstate/no_turbo")) {
    facts.add("cpu", Record().flag("turbo", *off == 0), "/sys/devices/system/cpu/intel_pstate/no_turbo");
  } else if (const auto boost = root.integer("/sys/devices/system/cpu/cpufreq/boost")) {
    facts.add("cpu", Record().flag("turbo", *boost != 0), "/sys/devices/system/cpu/cpufreq/boost");
  }
  if (const auto smt = root.integer("/sys/devices/system/cpu/smt/active")) {
    facts.add("cpu", Record().flag("smt", *smt != 0), "/sys/devices/system/cpu/smt/active");
  }
  Record lists;
  lists.text("online", root.text("/sys/devices/system/cpu/online"))
      .text("offline", root.text("/sys/devices/system/cpu/offline"));
  lists.text("isolated", root.text("/sys/devices/system/cpu/isolated"));
  facts.add("cpu", lists, "/sys/devices/system/cpu");
  facts.add("cpu", Record().text("idle_driver", root.text("/sys/devices/system/cpu/cpuidle/current_driver")),
            "/sys/devices/system/cpu/cpuidle");
}

void read_vulnerabilities(const Root& root, FactsBuilder& facts) {
  const std::string folder = "/sys/devices/system/cpu/vulnerabilities";
  if (!root.is_directory(folder)) {
    facts.missing("cpu.vulnerabilities", folder + ": No such file or directory");
    return;
  }
  std::vector<Record> all;
  std::vector<std::string> open;
  for (const std::string& name : root.list(folder)) {
    const auto state = root.text(folder + "/" + name);
    if (!state) continue;
    if (state->starts_with("Vulnerable")) open.push_back(name);
    all.push_back(Record().text("name", name).text("state", state));
  }
  facts.add("cpu", Record().value("vulnerabilities", list_of(all)).texts("vulnerable", open), folder);
}

}  // namespace

Record parse_cpuinfo(std::string_view text) {
  const CpuInfo info = split_cpuinfo(text);
  const auto owned = [&](std::string_view key) { return std::string(info.get(key)); };
  Record cpu;
  const bool itanium = info.get("arch") == "IA-64";
  std::string model = owned("model name");
  if (!info.arm_cores.empty()) model = arm_model(info);
  if (itanium) model = owned("family");
  if (model.empty()) model = owned("cpu");  // POWER, Cell
  if (model.empty()) model = owned("Processor");
  if (model.empty()) model = owned("uarch");
  std::string vendor = owned("vendor_id");
  if (vendor.empty()) vendor = owned("vendor");
  if (vendor.empty() && !info.arm_cores.empty()) vendor = arm_name(info.arm_cores.front().first, -1);
  cpu.text("model", model).text("vendor", vendor).text("architecture", architecture_of(info));
  cpu.integer("family", parse_integer(info.get("cpu family"))).integer("stepping", parse_integer(info.get("stepping")));
  if (!info.get("cpu family").empty() || itanium) cpu.integer("model_number", parse_integer(info.get("model")));
  cpu.text("microcode", owned("microcode"));
  cpu.quantity("frequency_base", nominal_frequency(model), "Hz");
  std::string_view flags = info.get("flags");
  if (flags.empty()) flags = info.get("Features");
  if (flags.empty()) flags = info.get("features");
  if (!flags.empty()) cpu.texts("flags", words(flags, itanium ? "," : " "));
  return cpu;
}

void probe_cpu(const ProbeContext& context, FactsBuilder& facts) {
  const Root& root = context.root;
  if (const auto cpuinfo = root.read("/proc/cpuinfo", Root::kTableLimit)) {
    facts.add("cpu", parse_cpuinfo(*cpuinfo), "/proc/cpuinfo");
  } else {
    facts.missing("cpu.model", reason_of(cpuinfo.error()));
  }
  if (const auto architecture = root.text("/proc/sys/kernel/arch")) {
    facts.add("cpu", Record().text("architecture", architecture), "/proc/sys/kernel/arch");
  } else if (utsname names{}; root.is_live() && ::uname(&names) == 0) {
    facts.add("cpu", Record().text("architecture", std::string(static_cast<const char*>(names.machine))), "uname(2)");
  }
  read_policies(root, facts);
  read_controls(root, facts);
  read_vulnerabilities(root, facts);
}

}  // namespace assay::hardware
