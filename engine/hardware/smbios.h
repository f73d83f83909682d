// SPDX-License-Identifier: Apache-2.0
// The firmware's table of what is in the machine (DMTF DSP0134), read from its bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/hardware/root.h"

namespace assay::hardware {

// One structure. Fields beyond its length read as absent, so older and newer tables need no cases of their own.
struct SmbiosStructure {
  std::uint8_t type = 0;
  std::uint16_t handle = 0;
  std::string formatted;             // with the four bytes of header: offsets are those of the specification
  std::vector<std::string> strings;  // string number n is strings[n - 1]

  [[nodiscard]] std::optional<std::uint8_t> byte(std::size_t offset) const;
  [[nodiscard]] std::optional<std::uint16_t> word(std::size_t offset) const;
  [[nodiscard]] std::optional<std::uint32_t> dword(std::size_t offset) const;
  // The string whose number stands at `offset`: trimmed, printable; nullopt for none and for what board makers leave
  // in when they fill in nothing ("To Be Filled By O.E.M.").
  [[nodiscard]] std::optional<std::string> text(std::size_t offset) const;
};

struct SmbiosTable {
  std::optional<std::string> version;  // "3.2"; only an entry point tells
  std::vector<SmbiosStructure> structures;
  std::string problem;  // why the table ended early; empty when it is whole

  // Structures of one type, in table order.
  [[nodiscard]] std::vector<const SmbiosStructure*> all(std::uint8_t type) const;
};

// A dump: the bare table (/sys/firmware/dmi/tables/DMI), or an entry point with the table at the address that it states
// (what `dmidecode --dump-bin` writes: 32). Fails when not one structure can be read; a table that breaks off gives
// what came before, and `problem`.
Result<SmbiosTable> parse_smbios(std::string_view bytes);
// "3.2" from an entry point, 32 or 64 bit; the error says what is wrong with it.
Result<std::string> parse_smbios_entry_point(std::string_view bytes);
// Whether the text is filler and no name or number.
bool is_filler(std::string_view text);
// "4c4c4544-0042-3510-8057-b9c04f465a32" from the 16 bytes at `offset`; nullopt when unset (all 00 or all FF).
std::optional<std::string> smbios_uuid(const SmbiosStructure& structure, std::size_t offset);

}  // namespace assay::hardware
