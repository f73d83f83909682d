// SPDX-License-Identifier: Apache-2.0
// The machine of a rehearsal: the facts that the test gives, every tool there but those that it says are missing.
#pragma once

#include "engine/recipe/recipe_test_model.h"
#include "engine/target/target.h"

namespace assay::rehearse {

class ScriptedTarget final : public target::Target {
 public:
  // Both must outlive it.
  ScriptedTarget(const recipe::TestCase& test, const hardware::Facts& facts);

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& step_environment() const override {
    return environment_;
  }
  [[nodiscard]] hardware::Facts collect_facts() const override { return facts_; }
  [[nodiscard]] std::map<std::string, std::int64_t> counters() const override { return {}; }
  [[nodiscard]] target::CpuSnapshot cpu_snapshot() const override { return {}; }
  [[nodiscard]] Result<target::Boot> boot() const override {
    return target::Boot{.id = "boot " + std::to_string(boots_)};
  }
  void boot_again() { ++boots_; }
  [[nodiscard]] std::optional<std::filesystem::path> find_tool(const std::string& name) const override;
  [[nodiscard]] Result<target::Tool> identify_tool(const std::string& name) const override;
  [[nodiscard]] Result<target::Tool> fingerprint(const std::string& name, const std::string& path) const override;
  [[nodiscard]] Result<std::filesystem::path> find_probe(const std::string& name) const override;
  [[nodiscard]] Result<std::uint16_t> free_port() const override;
  [[nodiscard]] boost::asio::awaitable<bool> accepts_connections(boost::asio::any_io_executor loop,
                                                                 std::uint16_t port) const override;

 private:
  std::string name_ = "local";
  int boots_ = 1;
  const recipe::TestCase& test_;
  const hardware::Facts& facts_;
  std::vector<std::pair<std::string, std::string>> environment_;
};

// Whether the case says that a program is not installed.
bool is_missing(const recipe::TestCase& test, const std::string& tool);

// The facts of a case, from its file and its values; an empty tree when it gives none. Problems: the file cannot be
// read, unknown names with a suggestion, values that do not fit the declared type.
hardware::Facts facts_of(const recipe::TestCase& test, const std::filesystem::path& base_dir, Diagnostics& problems);

}  // namespace assay::rehearse
