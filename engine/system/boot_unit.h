// SPDX-License-Identifier: Apache-2.0
// A unit of systemd that goes on with a run after the next boot: assay-resume-<run>.service.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace assay::system {

struct BootUnit {
  std::string run;                                             // its id
  std::vector<std::string> command;                            // argv, the program by its absolute path
  std::vector<std::pair<std::string, std::string>> variables;  // of its environment
  // Those that are not for everybody: any user may ask systemd for what stands in a unit, so they stand in a file
  // beside it that root alone reads.
  std::vector<std::pair<std::string, std::string>> private_variables = {};
};

std::string boot_unit_name(const std::string& run);
// `private_file`: where the private variables stand.
std::string boot_unit_text(const BootUnit& unit, const std::filesystem::path& private_file = {});
// systemd.exec(5), EnvironmentFile.
std::string environment_file_text(const std::vector<std::pair<std::string, std::string>>& variables);

// The units in one folder of systemd.
class BootUnits {
 public:
  // `alive` is there where systemd is at work.
  explicit BootUnits(std::filesystem::path folder = "/etc/systemd/system",
                     std::filesystem::path alive = "/run/systemd/system")
      : folder_(std::move(folder)), alive_(std::move(alive)) {}

  [[nodiscard]] std::filesystem::path path_of(const std::string& run) const { return folder_ / boot_unit_name(run); }
  // Written whole and enabled, on the disk when it returns; one
  // of the same run is replaced. Error kNoBootUnit says why that cannot be.
  [[nodiscard]] Result<void> install(const BootUnit& unit) const;
  // Nothing where there is none.
  [[nodiscard]] Result<void> remove(const std::string& run) const;
  // Runs that have a unit, in order.
  [[nodiscard]] std::vector<std::string> runs() const;

 private:
  [[nodiscard]] std::filesystem::path private_file_of(const std::string& run) const;
  [[nodiscard]] std::filesystem::path link_of(const std::string& run) const {
    return folder_ / "multi-user.target.wants" / boot_unit_name(run);
  }
  std::filesystem::path folder_;
  std::filesystem::path alive_;
};

}  // namespace assay::system
