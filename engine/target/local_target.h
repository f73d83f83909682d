// SPDX-License-Identifier: Apache-2.0
// The machine that assay runs on, as a target of steps.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/hardware/facts.h"

namespace assay::target {

// A program as it was used: what a number in a report can be traced to.
struct Tool {
  std::string name;
  std::string path;
  std::string version;  // first line of `NAME --version`, for declared tools; else empty
  std::string sha256;
};

class LocalTarget {
 public:
  // `environment` is what the user's shell gave us. Steps see of it what semantics 4.4 lists, and nothing else.
  explicit LocalTarget(const std::vector<std::pair<std::string, std::string>>& environment);

  [[nodiscard]] const std::string& name() const { return name_; }
  // PATH, HOME, USER, TMPDIR, proxies of ours; LC_ALL=C.UTF-8, TZ=UTC.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& step_environment() const {
    return environment_;
  }

  // Blocks; call it on a worker. Never fails as a whole.
  [[nodiscard]] hardware::Facts collect_facts(bool accelerators = true) const;
  [[nodiscard]] std::map<std::string, std::int64_t> counters() const;

  [[nodiscard]] std::optional<std::filesystem::path> find_tool(const std::string& name) const;
  // Path, version and digest of a declared tool. Blocks for up to a second.
  [[nodiscard]] Result<Tool> identify_tool(const std::string& name) const;

 private:
  std::string name_ = "local";
  std::vector<std::pair<std::string, std::string>> environment_;
};

}  // namespace assay::target
