// SPDX-License-Identifier: Apache-2.0
// A machine that the test changes.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/target/local_target.h"

namespace assay::run {

// The machine of the fixture, but for its boots, facts and error counters.
class MovedTarget final : public target::Target {
 public:
  explicit MovedTarget(const target::LocalTarget& real) : real_(real) {}
  [[nodiscard]] const std::string& name() const override { return real_.name(); }
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& step_environment() const override {
    return real_.step_environment();
  }
  [[nodiscard]] hardware::Facts collect_facts() const override { return facts; }
  [[nodiscard]] std::map<std::string, std::int64_t> counters() const override { return errors; }
  [[nodiscard]] target::CpuSnapshot cpu_snapshot() const override { return {}; }
  [[nodiscard]] Result<target::Boot> boot() const override { return now; }
  [[nodiscard]] std::optional<std::filesystem::path> find_tool(const std::string& name) const override {
    return real_.find_tool(name);
  }
  [[nodiscard]] Result<target::Tool> identify_tool(const std::string& name) const override {
    return real_.identify_tool(name);
  }
  [[nodiscard]] Result<target::Tool> fingerprint(const std::string& name, const std::string& path) const override {
    return real_.fingerprint(name, path);
  }
  [[nodiscard]] Result<std::filesystem::path> find_probe(const std::string& name) const override {
    return real_.find_probe(name);
  }
  [[nodiscard]] Result<std::uint16_t> free_port() const override { return real_.free_port(); }
  [[nodiscard]] boost::asio::awaitable<bool> accepts_connections(boost::asio::any_io_executor loop,
                                                                 std::uint16_t port) const override {
    return real_.accepts_connections(std::move(loop), port);
  }

  hardware::Facts facts;
  std::map<std::string, std::int64_t> errors;
  Result<target::Boot> now = target::Boot{.id = "boot 1", .up = std::chrono::hours(5)};

 private:
  const target::LocalTarget& real_;
};

}  // namespace assay::run
