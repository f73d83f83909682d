// SPDX-License-Identifier: Apache-2.0
// Reads secrets from where their references say: variables, files, programs, the vault. Done once, when a run begins or
// is taken up again, before anything starts.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/secret/secrets.h"

namespace assay::secret {

// Bytes of the longest value.
inline constexpr std::size_t kLongestValue = std::size_t{16} << 10U;

struct Wanted {
  std::string reference;            // "env:TOKEN"
  std::string name;                 // of the parameter; empty: none
  std::optional<SourceSpan> where;  // the place that names it
};

// What reading may use of the world.
struct Surroundings {
  std::vector<std::pair<std::string, std::string>> environment;
  std::filesystem::path folder;  // relative paths start here
  // All the vault holds, by name; asked at most once, and only for vault: references.
  std::function<Result<std::map<std::string, std::string>>()> open_vault;
};

struct Read {
  std::shared_ptr<const Secrets> secrets;  // set when there are no errors
  Diagnostics problems;                    // every one, at the place of its parameter; never with a value
};
Read read_secrets(const std::vector<Wanted>& wanted, const Surroundings& surroundings);

}  // namespace assay::secret
