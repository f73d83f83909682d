// SPDX-License-Identifier: Apache-2.0
// What the firmware says of the machine: board, serials, DIMMs, power supplies. The raw SMBIOS table needs root; a part
// of it is in /sys/class/dmi/id for everyone.
#include <array>

#include "engine/base/text.h"
#include "engine/hardware/probe.h"
#include "engine/hardware/smbios.h"

namespace assay::hardware {
namespace {

constexpr std::string_view kId = "/sys/class/dmi/id";
constexpr std::string_view kTable = "/sys/firmware/dmi/tables/DMI";

struct Name {
  std::uint8_t number;
  std::string_view name;
};

template <std::size_t N>
std::optional<std::string> name_of(const std::array<Name, N>& names, std::optional<std::uint8_t> number) {
  for (const Name& row : names) {
    if (number == row.number) return std::string(row.name);
  }
  return std::nullopt;
}

constexpr std::array kMemoryTypes = {
    Name{0x03, "DRAM"},   Name{0x0f, "SDRAM"},  Name{0x12, "DDR"},   Name{0x13, "DDR2"},   Name{0x14, "DDR2 FB-DIMM"},
    Name{0x18, "DDR3"},   Name{0x1a, "DDR4"},   Name{0x1b, "LPDDR"}, Name{0x1c, "LPDDR2"}, Name{0x1d, "LPDDR3"},
    Name{0x1e, "LPDDR4"}, Name{0x1f, "NVDIMM"}, Name{0x20, "HBM"},   Name{0x21, "HBM2"},   Name{0x22, "DDR5"},
    Name{0x23, "LPDDR5"}, Name{0x24, "HBM3"},   Name{0x07, "RAM"},
};
constexpr std::array kMemoryForms = {
    Name{0x05, "chip"}, Name{0x08, "card"},   Name{0x09, "DIMM"},    Name{0x0b, "row of chips"},
    Name{0x0c, "RIMM"}, Name{0x0d, "SODIMM"}, Name{0x0f, "FB-DIMM"}, Name{0x10, "die"},
};
constexpr std::array kEccTypes = {
    Name{0x03, "none"},          Name{0x04, "parity"}, Name{0x05, "single-bit ECC"},
    Name{0x06, "multi-bit ECC"}, Name{0x07, "CRC"},
};
constexpr std::array kChassisTypes = {
    Name{3, "desktop"},       Name{4, "low profile desktop"},
    Name{6, "mini tower"},    Name{7, "tower"},
    Name{8, "portable"},      Name{9, "laptop"},
    Name{10, "notebook"},     Name{13, "all in one"},
    Name{14, "sub notebook"}, Name{17, "main server"},
    Name{23, "rack mount"},   Name{25, "multi-system"},
    Name{28, "blade"},        Name{29, "blade enclosure"},
    Name{30, "tablet"},       Name{31, "convertible"},
    Name{32, "detachable"},   Name{34, "embedded"},
    Name{35, "mini PC"},      Name{1, "other"},
};
constexpr std::array kIpmiTypes = {Name{1, "KCS"}, Name{2, "SMIC"}, Name{3, "BT"}, Name{4, "SSIF"}};

std::optional<std::string> real(const std::optional<std::string>& text) {
  return text && !is_filler(*text) ? text : std::nullopt;
}

struct IdFile {
  std::string_view group;
  std::string_view member;
  std::string_view file;
  bool secret;  // only root may read it
};
constexpr std::array kIdFiles = {
    IdFile{"system", "vendor", "sys_vendor", false},
    IdFile{"system", "product", "product_name", false},
    IdFile{"system", "version", "product_version", false},
    IdFile{"system", "family", "product_family", false},
    IdFile{"system", "sku", "product_sku", false},
    IdFile{"system", "serial", "product_serial", true},
    IdFile{"system", "uuid", "product_uuid", true},
    IdFile{"board", "vendor", "board_vendor", false},
    IdFile{"board", "product", "board_name", false},
    IdFile{"board", "version", "board_version", false},
    IdFile{"board", "serial", "board_serial", true},
    IdFile{"board", "asset_tag", "board_asset_tag", false},
    IdFile{"bios", "vendor", "bios_vendor", false},
    IdFile{"bios", "version", "bios_version", false},
    IdFile{"bios", "date", "bios_date", false},
    IdFile{"bios", "release", "bios_release", false},
    IdFile{"chassis", "vendor", "chassis_vendor", false},
    IdFile{"chassis", "serial", "chassis_serial", true},
    IdFile{"chassis", "asset_tag", "chassis_asset_tag", false},
};

void add_bios(const SmbiosTable& table, FactsBuilder& facts, const std::string& source) {
  for (const SmbiosStructure* bios : table.all(0)) {
    Record record;
    record.text("vendor", bios->text(0x04)).text("version", bios->text(0x05)).text("date", bios->text(0x08));
    const auto major = bios->byte(0x14);
    const auto minor = bios->byte(0x15);
    if (major && minor && *major != 0xff) record.text("release", std::to_string(*major) + "." + std::to_string(*minor));
    facts.add("bios", record, source);
    break;
  }
}

void add_system(const SmbiosTable& table, FactsBuilder& facts, const std::string& source) {
  for (const SmbiosStructure* system : table.all(1)) {
    Record record;
    record.text("vendor", system->text(0x04)).text("product", system->text(0x05)).text("version", system->text(0x06));
    record.text("serial", system->text(0x07)).text("uuid", smbios_uuid(*system, 0x08));
    record.text("sku", system->text(0x19)).text("family", system->text(0x1a));
    facts.add("system", record, source);
    break;
  }
}

void add_board(const SmbiosTable& table, FactsBuilder& facts, const std::string& source) {
  for (const SmbiosStructure* board : table.all(2)) {
    Record record;
    record.text("vendor", board->text(0x04)).text("product", board->text(0x05)).text("version", board->text(0x06));
    record.text("serial", board->text(0x07)).text("asset_tag", board->text(0x08));
    facts.add("board", record, source);
    break;
  }
  for (const SmbiosStructure* chassis : table.all(3)) {
    Record record;
    const auto type = chassis->byte(0x05);
    record.text("vendor", chassis->text(0x04))
        .text("serial", chassis->text(0x07))
        .text("asset_tag", chassis->text(0x08));
    if (type) record.text("type", name_of(kChassisTypes, static_cast<std::uint8_t>(*type & 0x7fU)));
    facts.add("chassis", record, source);
    break;
  }
}

void add_sockets(const SmbiosTable& table, FactsBuilder& facts, const std::string& source) {
  std::vector<Record> sockets;
  for (const SmbiosStructure* socket : table.all(4)) {
    constexpr std::uint8_t kPopulated = 0x40;
    Record record;
    record.text("socket", socket->text(0x04)).text("model", socket->text(0x10)).text("vendor", socket->text(0x07));
    if (const auto status = socket->byte(0x18)) record.flag("populated", (*status & kPopulated) != 0);
    record.text("serial", socket->text(0x20)).text("part", socket->text(0x22));
    const auto cores = socket->byte(0x23);
    if (cores == 0xff) {
      record.integer("cores", socket->word(0x2a));
    } else if (cores && *cores != 0) {
      record.integer("cores", *cores);
    }
    sockets.push_back(std::move(record));
  }
  if (!sockets.empty()) facts.add("cpu", Record().value("sockets", list_of(sockets)), source);
}

// Bytes of a memory device: 0 when the slot is empty, nullopt when the firmware does not know.
std::optional<double> dimm_bytes(const SmbiosStructure& dimm) {
  const auto size = dimm.word(0x0c);
  if (!size || *size == 0xffff) return std::nullopt;
  if (*size == 0x7fff) {
    const auto extended = dimm.dword(0x1c);
    if (!extended) return std::nullopt;
    return static_cast<double>(*extended & 0x7fffffffU) * kKibi * kKibi;
  }
  constexpr std::uint16_t kInKilobytes = 0x8000;
  const double number = *size & 0x7fffU;
  return (*size & kInKilobytes) != 0 ? number * kKibi : number * kKibi * kKibi;
}

// MT/s: 0 is unknown, FFFFh points to the wider field.
std::optional<std::int64_t> dimm_speed(const SmbiosStructure& dimm, std::size_t narrow, std::size_t wide) {
  const auto speed = dimm.word(narrow);
  if (!speed || *speed == 0) return std::nullopt;
  if (*speed != 0xffff) return *speed;
  const auto extended = dimm.dword(wide);
  if (!extended || *extended == 0) return std::nullopt;
  return static_cast<std::int64_t>(*extended & 0x7fffffffU);
}

Record describe_dimm(const SmbiosStructure& dimm, double bytes) {
  Record record;
  record.text("slot", dimm.text(0x10)).text("bank", dimm.text(0x11)).quantity("size", bytes, "B");
  record.text("type", name_of(kMemoryTypes, dimm.byte(0x12))).text("form", name_of(kMemoryForms, dimm.byte(0x0e)));
  record.integer("speed_mt_s", dimm_speed(dimm, 0x20, 0x58)).integer("speed_max_mt_s", dimm_speed(dimm, 0x15, 0x54));
  record.text("manufacturer", dimm.text(0x17)).text("part", dimm.text(0x1a)).text("serial", dimm.text(0x18));
  if (const auto attributes = dimm.byte(0x1b); attributes && (*attributes & 0x0fU) != 0) {
    record.integer("ranks", *attributes & 0x0fU);
  }
  const auto total = dimm.word(0x08);
  const auto data = dimm.word(0x0a);
  // The extra bits of a DIMM with ECC, usually 8 of 72.
  if (total && data && *total != 0xffff && *data != 0xffff && *data != 0) record.flag("ecc", *total > *data);
  return record;
}

void add_memory(const SmbiosTable& table, FactsBuilder& facts, const std::string& source) {
  constexpr std::uint8_t kSystemMemory = 3;
  Record memory;
  for (const SmbiosStructure* array : table.all(16)) {
    if (array->byte(0x05) != kSystemMemory) continue;
    const auto ecc = name_of(kEccTypes, array->byte(0x06));
    if (ecc)
      memory.text("ecc_type", ecc).flag("ecc", *ecc == "single-bit ECC" || *ecc == "multi-bit ECC" || *ecc == "CRC");
  }
  std::vector<Record> dimms;
  double installed = 0;
  std::int64_t slots = 0;
  for (const SmbiosStructure* dimm : table.all(17)) {
    ++slots;
    const auto bytes = dimm_bytes(*dimm);
    if (!bytes || *bytes == 0) continue;
    installed += *bytes;
    dimms.push_back(describe_dimm(*dimm, *bytes));
  }
  if (slots == 0) {
    facts.missing("memory.dimms", source + ": no memory devices in the table");
  } else {
    memory.quantity("installed", installed, "B").integer("slots", slots).value("dimms", list_of(dimms));
  }
  facts.add("memory", memory, source);
}

void add_power_and_bmc(const SmbiosTable& table, FactsBuilder& facts, const std::string& source) {
  std::vector<Record> supplies;
  for (const SmbiosStructure* supply : table.all(39)) {
    Record record;
    record.text("location", supply->text(0x05))
        .text("name", supply->text(0x06))
        .text("manufacturer", supply->text(0x07));
    record.text("serial", supply->text(0x08)).text("part", supply->text(0x0a));
    if (const auto power = supply->word(0x0c); power && *power != 0x8000 && *power != 0) {
      record.quantity("power_max", *power, "W");
    }
    if (const auto flags = supply->word(0x0e)) record.flag("present", (*flags & 0x02U) != 0);
    supplies.push_back(std::move(record));
  }
  if (!supplies.empty()) facts.add("platform", Record().value("power_supplies", list_of(supplies)), source);
  for (const SmbiosStructure* ipmi : table.all(38)) {
    Record record;
    record.flag("present", true).text("interface", name_of(kIpmiTypes, ipmi->byte(0x04)));
    if (const auto revision = ipmi->byte(0x05)) {
      record.text("ipmi_version", std::to_string(*revision >> 4U) + "." + std::to_string(*revision & 0x0fU));
    }
    facts.add("bmc", record, source);
    break;
  }
}

// Where the raw table cannot be read, some systems still give its structures one by one.
Result<std::string> read_entries(const Root& root) {
  const std::string folder = "/sys/firmware/dmi/entries";
  std::string bytes;
  for (const std::string& entry : root.list(folder)) {
    ASSAY_TRY(const std::string raw, root.read(folder + "/" + entry + "/raw"));
    bytes += raw;
  }
  if (bytes.empty()) return failure(Code::kFactUnreadable, folder + ": No such file or directory");
  bytes += std::string("\x7f\x04\xff\xff\0\0", 6);
  return bytes;
}

}  // namespace

void add_smbios_facts(const SmbiosTable& table, const std::string& source, FactsBuilder& facts) {
  add_bios(table, facts, source);
  add_system(table, facts, source);
  add_board(table, facts, source);
  add_sockets(table, facts, source);
  add_memory(table, facts, source);
  add_power_and_bmc(table, facts, source);
  if (!table.problem.empty()) facts.missing("smbios", table.problem);
}

void probe_firmware(const ProbeContext& context, FactsBuilder& facts) {
  const Root& root = context.root;
  if (!root.is_directory(kId)) {
    const auto model = root.text("/proc/device-tree/model");
    if (model) {
      facts.add("system", Record().text("product", model), "/proc/device-tree/model");
      facts.add("system", Record().text("serial", root.text("/proc/device-tree/serial-number")), "/proc/device-tree");
    } else {
      for (const char* group : {"system", "board", "bios", "chassis"}) {
        facts.missing(group, std::string(kId) + ": No such file or directory (this machine has no DMI)");
      }
    }
    return;
  }
  for (const IdFile& row : kIdFiles) {
    const std::string path = std::string(kId) + "/" + std::string(row.file);
    const auto bytes = root.read(path);
    const std::string fact = std::string(row.group) + "." + std::string(row.member);
    if (!bytes) {
      if (row.secret) facts.missing(fact, reason_of(bytes.error()));
      continue;
    }
    const auto text = real(root.text(path));
    if (!text && row.secret) facts.missing(fact, path + ": not filled in by the maker");
    facts.add(row.group, Record().text(row.member, text), path);
  }
  const auto type = root.integer(std::string(kId) + "/chassis_type");
  if (type && *type > 0 && *type < 128) {
    facts.add("chassis", Record().text("type", name_of(kChassisTypes, static_cast<std::uint8_t>(*type))),
              std::string(kId) + "/chassis_type");
  }
}

void probe_smbios(const ProbeContext& context, FactsBuilder& facts) {
  const Root& root = context.root;
  std::string source(kTable);
  auto bytes = root.read(kTable, 4U << 20U);
  if (!bytes) {
    const std::string reason = reason_of(bytes.error());
    bytes = read_entries(root);
    source = "/sys/firmware/dmi/entries";
    if (!bytes) {
      facts.missing("memory.dimms", reason);
      facts.missing("memory.installed", reason);
      return;
    }
  }
  const auto table = parse_smbios(*bytes);
  if (!table) {
    facts.missing("memory.dimms", source + ": " + reason_of(table.error()));
    return;
  }
  add_smbios_facts(*table, source, facts);
  if (const auto entry = root.read("/sys/firmware/dmi/tables/smbios_entry_point")) {
    if (const auto version = parse_smbios_entry_point(*entry)) {
      facts.add("firmware", Record().text("smbios_version", *version), "/sys/firmware/dmi/tables/smbios_entry_point");
    }
  }
}

}  // namespace assay::hardware
