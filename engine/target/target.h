// SPDX-License-Identifier: Apache-2.0
// A machine as steps see it: the seam between actions and the world. LocalTarget is the machine that assay runs on;
// rehearsals have one that a test file describes.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/hardware/facts.h"
#include "engine/target/cpu_watch.h"

namespace assay::target {

// A program as it was used: what a number in a report can be traced to.
struct Tool {
  std::string name;
  std::string path;
  std::string version;  // first line of `NAME --version`, for declared tools; else empty
  std::string sha256;
};

// This start of the machine.
struct Boot {
  std::string id;     // another one after each
  Nanoseconds up{0};  // since then
};

class Target {
 public:
  virtual ~Target() = default;

  [[nodiscard]] virtual const std::string& name() const = 0;
  // PATH, HOME, USER, TMPDIR, proxies of ours; LC_ALL=C.UTF-8, TZ=UTC.
  [[nodiscard]] virtual const std::vector<std::pair<std::string, std::string>>& step_environment() const = 0;

  // Blocks; call it on a worker. Never fails as a whole.
  [[nodiscard]] virtual hardware::Facts collect_facts() const = 0;
  [[nodiscard]] virtual std::map<std::string, std::int64_t> counters() const = 0;
  [[nodiscard]] virtual CpuSnapshot cpu_snapshot() const = 0;
  [[nodiscard]] virtual Result<Boot> boot() const = 0;

  [[nodiscard]] virtual std::optional<std::filesystem::path> find_tool(const std::string& name) const = 0;
  // Path, version and digest of a declared tool. Blocks for up to a second.
  [[nodiscard]] virtual Result<Tool> identify_tool(const std::string& name) const = 0;
  // Path and digest of a program, looked for on `path` (colon separated); nothing is run. Blocks.
  [[nodiscard]] virtual Result<Tool> fingerprint(const std::string& name, const std::string& path) const = 0;
  // A probe program of ours, by name.
  [[nodiscard]] virtual Result<std::filesystem::path> find_probe(const std::string& name) const = 0;

  // A TCP port of the loopback address that was free a moment ago, and whether one accepts connections now.
  [[nodiscard]] virtual Result<std::uint16_t> free_port() const = 0;
  [[nodiscard]] virtual boost::asio::awaitable<bool> accepts_connections(boost::asio::any_io_executor loop,
                                                                         std::uint16_t port) const = 0;
};

}  // namespace assay::target
