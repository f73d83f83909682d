// SPDX-License-Identifier: Apache-2.0
// The machine that assay runs on, as a target of steps.
#pragma once

#include "engine/target/target.h"

namespace assay::target {

// Variables of ours that steps see (semantics 4.4), and those of them that name a proxy.
bool is_passed_on(std::string_view name);
bool is_proxy(std::string_view name);

class LocalTarget final : public Target {
 public:
  // `environment` is what the user's shell gave us. Steps see of it what semantics 4.4 lists, and nothing else.
  explicit LocalTarget(const std::vector<std::pair<std::string, std::string>>& environment);

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& step_environment() const override {
    return environment_;
  }

  [[nodiscard]] hardware::Facts collect_facts() const override { return collect_facts(true); }
  // Without accelerators: no OpenCL and no vendor tools, the slow part.
  [[nodiscard]] hardware::Facts collect_facts(bool accelerators) const;
  [[nodiscard]] std::map<std::string, std::int64_t> counters() const override;
  [[nodiscard]] CpuSnapshot cpu_snapshot() const override { return take_cpu_snapshot(); }
  [[nodiscard]] Result<Boot> boot() const override;

  [[nodiscard]] std::optional<std::filesystem::path> find_tool(const std::string& name) const override;
  [[nodiscard]] Result<Tool> identify_tool(const std::string& name) const override;
  [[nodiscard]] Result<Tool> fingerprint(const std::string& name, const std::string& path) const override;
  [[nodiscard]] Result<std::filesystem::path> find_probe(const std::string& name) const override;
  [[nodiscard]] Result<std::uint16_t> free_port() const override;
  [[nodiscard]] boost::asio::awaitable<bool> accepts_connections(boost::asio::any_io_executor loop,
                                                                 std::uint16_t port) const override;

 private:
  std::string name_ = "local";
  std::vector<std::pair<std::string, std::string>> environment_;
};

}  // namespace assay::target
