// SPDX-License-Identifier: Apache-2.0
// What a run was started with and its recipe does not say: a run that is resumed, by hand from elsewhere or by the
// machine's boot, goes on with the same. It stands in the record under `made_from` (docs/formats.md).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/options.h"
#include "engine/base/json.h"

namespace assay::cli {

struct StartedWith {
  std::filesystem::path folder;  // the current one: relative paths of secrets begin there
  std::size_t jobs = 0;          // 0: as many as there are processors
  std::optional<std::filesystem::path> vault;
  std::optional<std::filesystem::path> passphrase_file;
  std::vector<std::pair<std::string, std::string>> environment;  // what steps see of ours (semantics 4.4)
};

// What this process is started with.
StartedWith started_now(const RunSettings& settings);
// A variable that may hold a password (a proxy with a user in it) is named there, and its value is not.
Json to_json(const StartedWith& started);
// A proxy with a user in it.
bool may_hold_a_password(const std::string& name, const std::string& value);
// As the record has it, but for what `settings` say now, and for values that it does not hold: those are our own. All
// is as now where it says nothing.
StartedWith started_before(const Json& made_from, const RunSettings& settings);

}  // namespace assay::cli
