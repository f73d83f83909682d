// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/smbios.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "engine/base/text.h"

namespace assay::hardware {
namespace {

constexpr std::size_t kHeader = 4;
constexpr std::uint8_t kEndOfTable = 127;
constexpr std::size_t kMaxTable = 4U << 20U;
constexpr std::size_t kMaxStructures = 65'536;  // handles have 16 bits

constexpr std::array<std::string_view, 24> kFillers = {
    "to be filled by o.e.m.",
    "to be filled by oem",
    "not specified",
    "default string",
    "system manufacturer",
    "system product name",
    "system version",
    "system serial number",
    "chassis serial number",
    "base board serial number",
    "not available",
    "n/a",
    "none",
    "unknown",
    "o.e.m.",
    "oem",
    "not provided",
    "no asset tag",
    "no asset information",
    "xxxxxxxx",
    "default",
    "undefined",
    "empty",
    "not present",
};

std::uint8_t at(std::string_view bytes, std::size_t offset) { return static_cast<std::uint8_t>(bytes[offset]); }

bool sums_to_zero(std::string_view bytes) {
  unsigned sum = 0;
  for (const char c : bytes) sum += static_cast<unsigned char>(c);
  return sum % 256 == 0;
}

std::uint32_t little_endian(std::string_view bytes, std::size_t offset, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i > 0; --i) value = value << 8U | at(bytes, offset + i - 1);
  return value;
}

struct EntryPoint {
  std::string version;
  std::uint64_t address = 0;  // of the table; in a dump, its offset in the file
};

Result<EntryPoint> read_entry_point(std::string_view bytes) {
  const bool wide = bytes.starts_with("_SM3_");
  const std::size_t minimum = wide ? 0x18 : 0x1f;
  if (!wide && !bytes.starts_with("_SM_"))
    return failure(Code::kSmbiosTable, "SMBIOS entry point: no anchor _SM_ or _SM3_");
  const std::size_t length_at = wide ? 6 : 5;
  const std::size_t length = bytes.size() > length_at ? at(bytes, length_at) : 0;
  // Version 2.1 of the specification stated 1Eh for a length of 1Fh.
  if (length < minimum - (wide ? 0U : 1U) || bytes.size() < minimum || bytes.size() < length) {
    return failure(Code::kSmbiosTable, "SMBIOS entry point: " + std::to_string(bytes.size()) +
                                           " bytes, expected at least " + std::to_string(std::max(minimum, length)));
  }
  if (!sums_to_zero(bytes.substr(0, length))) return failure(Code::kSmbiosTable, "SMBIOS entry point: wrong checksum");
  const std::size_t version_at = wide ? 7 : 6;
  EntryPoint entry{.version = std::to_string(at(bytes, version_at)) + "." + std::to_string(at(bytes, version_at + 1))};
  entry.address = little_endian(bytes, wide ? 0x10 : 0x18, 4);
  if (wide && little_endian(bytes, 0x14, 4) != 0) entry.address = UINT64_MAX;  // beyond any dump
  return entry;
}

std::string where(std::size_t offset) { return "SMBIOS table: structure at byte " + std::to_string(offset); }

// Reads one structure at `offset` and moves behind it. The text says what is wrong, or is empty.
std::string read_structure(std::string_view bytes, std::size_t& offset, SmbiosStructure& structure) {
  if (bytes.size() - offset < kHeader) return where(offset) + " is cut";
  const std::size_t length = at(bytes, offset + 1);
  if (length < kHeader)
    return where(offset) + " states a length of " + std::to_string(length) + ", expected at least 4";
  if (bytes.size() - offset < length)
    return where(offset) + " is cut: " + std::to_string(length) + " bytes stated, " +
           std::to_string(bytes.size() - offset) + " there";
  structure.type = at(bytes, offset);
  structure.handle = static_cast<std::uint16_t>(little_endian(bytes, offset + 2, 2));
  structure.formatted = std::string(bytes.substr(offset, length));
  std::size_t position = offset + length;
  // Strings end in NUL each, the set in one more; a structure without strings has two NULs.
  if (bytes.size() - position >= 2 && bytes[position] == '\0' && bytes[position + 1] == '\0') {
    offset = position + 2;
    return {};
  }
  if (position >= bytes.size() || bytes[position] == '\0') return where(offset) + " has strings without an end";
  while (position < bytes.size() && bytes[position] != '\0') {
    const std::size_t end = bytes.find('\0', position);
    if (end == std::string_view::npos) return where(offset) + " has a string without an end";
    structure.strings.emplace_back(bytes.substr(position, end - position));
    position = end + 1;
  }
  if (position >= bytes.size()) return where(offset) + " has strings without an end";
  offset = position + 1;
  return {};
}

}  // namespace

std::optional<std::uint8_t> SmbiosStructure::byte(std::size_t offset) const {
  if (offset >= formatted.size()) return std::nullopt;
  return at(formatted, offset);
}

std::optional<std::uint16_t> SmbiosStructure::word(std::size_t offset) const {
  if (offset + 2 > formatted.size()) return std::nullopt;
  return static_cast<std::uint16_t>(little_endian(formatted, offset, 2));
}

std::optional<std::uint32_t> SmbiosStructure::dword(std::size_t offset) const {
  if (offset + 4 > formatted.size()) return std::nullopt;
  return little_endian(formatted, offset, 4);
}

std::optional<std::string> SmbiosStructure::text(std::size_t offset) const {
  const auto number = byte(offset);
  if (!number || *number == 0 || *number > strings.size()) return std::nullopt;
  const std::string clean = printable(trim(strings[*number - 1U]));
  if (is_filler(clean)) return std::nullopt;
  return clean;
}

std::vector<const SmbiosStructure*> SmbiosTable::all(std::uint8_t type) const {
  std::vector<const SmbiosStructure*> found;
  for (const SmbiosStructure& structure : structures) {
    if (structure.type == type) found.push_back(&structure);
  }
  return found;
}

bool is_filler(std::string_view text) {
  std::string lower(trim(text));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::find(kFillers.begin(), kFillers.end(), lower) != kFillers.end()) return true;
  return lower.find_first_not_of("0 .-") == std::string::npos;  // empty, or "0000000"
}

std::optional<std::string> smbios_uuid(const SmbiosStructure& structure, std::size_t offset) {
  if (offset + 16 > structure.formatted.size()) return std::nullopt;
  const std::string_view bytes = std::string_view(structure.formatted).substr(offset, 16);
  if (bytes.find_first_not_of('\0') == std::string_view::npos ||
      bytes.find_first_not_of('\xff') == std::string_view::npos) {
    return std::nullopt;
  }
  // The first three fields are little endian (since 2.6, and in practice before).
  constexpr std::array<std::size_t, 16> kOrder = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  std::string text;
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += hex(bytes.substr(kOrder[i], 1));
  }
  return text;
}

Result<std::string> parse_smbios_entry_point(std::string_view bytes) {
  ASSAY_TRY(EntryPoint entry, read_entry_point(bytes));
  return std::move(entry.version);
}

Result<SmbiosTable> parse_smbios(std::string_view bytes) {
  if (bytes.size() > kMaxTable) return failure(Code::kSmbiosTable, "SMBIOS table: larger than 4 MiB");
  SmbiosTable table;
  if (bytes.starts_with("_SM")) {
    ASSAY_TRY(const EntryPoint entry, read_entry_point(bytes));
    if (entry.address >= bytes.size()) {
      return failure(Code::kSmbiosTable, "SMBIOS dump: the entry point states a table at byte " +
                                             std::to_string(entry.address) + ", the file has " +
                                             std::to_string(bytes.size()));
    }
    table.version = entry.version;
    bytes.remove_prefix(static_cast<std::size_t>(entry.address));
  }
  std::size_t offset = 0;
  bool ended = false;
  while (!ended && table.problem.empty() && offset < bytes.size() && table.structures.size() < kMaxStructures) {
    SmbiosStructure structure;
    table.problem = read_structure(bytes, offset, structure);
    if (!table.problem.empty()) break;
    ended = structure.type == kEndOfTable;
    table.structures.push_back(std::move(structure));
  }
  if (!ended && table.problem.empty()) table.problem = "SMBIOS table: no end-of-table structure, the table is cut";
  const bool useful = std::any_of(table.structures.begin(), table.structures.end(),
                                  [](const auto& s) { return s.type != kEndOfTable; });
  if (!useful) return failure(Code::kSmbiosTable, table.problem.empty() ? "SMBIOS table: empty" : table.problem);
  return table;
}

}  // namespace assay::hardware
