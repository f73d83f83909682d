// SPDX-License-Identifier: Apache-2.0
// The folder that holds runs: STORE/runs/<id>/.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace assay::record {

// The word for the newest run. It never means a file of that name; "./last" does.
inline constexpr std::string_view kLastRun = "last";

// $XDG_DATA_HOME/assay, else ~/.local/share/assay (HOME, else the user database). Error: neither is known.
Result<std::filesystem::path> default_store();

// "YYYYMMDDThhmmssZ-xxxxxx": sorts by time; `random` gives the last six hex digits.
std::string make_run_id(WallTime now, std::uint32_t random);

// Ids of the runs in the store, oldest first. A store that does not exist yet has none.
std::vector<std::string> list_runs(const std::filesystem::path& store);

// Whether the journal's last whole line says that the run came to its end. False for what cannot be read.
bool is_sealed(const std::filesystem::path& run_folder);

// The folder of a run: an id, the beginning of one that is unique, "last", or a path to a run's folder.
Result<std::filesystem::path> find_run(const std::filesystem::path& store, const std::string& name);

}  // namespace assay::record
