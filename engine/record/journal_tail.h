// SPDX-License-Identifier: Apache-2.0
// Reads a journal while another process writes it: whole lines as they come. The chain is not checked.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>  // lines by value
#include <string>
#include <vector>

#include "engine/base/files.h"
#include "engine/base/json.h"

namespace assay::record {

class JournalTail {
 public:
  static Result<JournalTail> open(const std::filesystem::path& run_folder);
  // The lines that are whole by now and were not given before, in order; those of a MiB at a time. Errors: the
  // file cannot be read, or a line of it is none of a journal; nothing more comes then.
  Result<std::vector<Json>> next();

 private:
  JournalTail(std::filesystem::path file, UniqueFd fd) : file_(std::move(file)), fd_(std::move(fd)) {}

  std::filesystem::path file_;
  UniqueFd fd_;
  std::string rest_;          // the beginning of a line that is not whole yet
  std::uint64_t read_ = 0;    // bytes, those of rest_ in it
  std::uint64_t number_ = 0;  // of the last line
};

}  // namespace assay::record
