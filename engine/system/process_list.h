// SPDX-License-Identifier: Apache-2.0
// The processes that a run has started and that are still at work, in a file: whoever comes after a controller that was
// killed finds them by it, also those that do not carry the mark of their step (`sudo`, `env -i`).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

#include "engine/base/files.h"
#include "engine/system/descendants.h"

namespace assay::system {

// Written without a sync: it is of use only while the processes live, and so does the kernel that has the bytes.
class ProcessList {
 public:
  // An empty list in place of what is there.
  static Result<ProcessList> create(const std::filesystem::path& file);
  ProcessList(ProcessList&& other) noexcept;
  ProcessList& operator=(ProcessList&&) = delete;
  ProcessList(const ProcessList&) = delete;
  ProcessList& operator=(const ProcessList&) = delete;
  // The file goes: nothing is left.
  ~ProcessList();

  // A child of ours that leads a group of its own. Where the list cannot be written it is not on it, which ends no run.
  void began(pid_t leader);
  void ended(pid_t leader);

 private:
  ProcessList(UniqueFd fd, std::filesystem::path file) : fd_(std::move(fd)), file_(std::move(file)) {}
  void write(std::size_t slot, const std::string& text);

  UniqueFd fd_;
  std::filesystem::path file_;
  std::map<pid_t, std::size_t> slots_;
  std::vector<std::size_t> free_;
};

// Those of a list that was left; none when it is not there, was made before the machine's last boot, or is not one.
std::vector<KnownProcess> read_process_list(const std::filesystem::path& file);

}  // namespace assay::system
