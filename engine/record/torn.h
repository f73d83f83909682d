// SPDX-License-Identifier: Apache-2.0
// What a kill or a power cut leaves at the end of a journal, told from a change of it. Readers leave out what is torn,
// and a resumed run cuts it off; what was changed stays as it is, and nobody goes on from it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace assay::record {

// Whether a line may be torn: it has no newline, or holds a NUL byte, which no line of ours does.
bool may_be_torn(bool has_newline, std::string_view line);

// Whether the journal ends with the line that begins at `offset`, and what follows it is lost. It does when the line
// - is a beginning of one, at the end of the file: one that is whole but for its newline is not, or
// - holds what a lost sector is: NUL bytes to the next multiple of 512 of the file or to its end, or 64 of them;
// and when nothing follows that was written after those bytes had been on the disk. A disk writes sectors in any order,
// so whole lines of the same write may follow. But the seal is written when all before it is on the disk, so is what a
// step does after the `started` line that names its command, and `resumed` (JournalWriter::reopen()).
// False for a journal that cannot be read.
bool is_torn(const std::filesystem::path& journal, std::uint64_t offset);

}  // namespace assay::record
