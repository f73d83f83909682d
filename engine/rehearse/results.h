// SPDX-License-Identifier: Apache-2.0
// What came of files of tests, for programs.
#pragma once

#include "engine/base/json.h"
#include "engine/rehearse/rehearsal.h"

namespace assay::rehearse {

struct FileResult {
  std::filesystem::path path;
  std::string name;  // of its metadata
  std::vector<CaseResult> cases;
};

struct Counts {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t wrong = 0;
};
Counts count(const std::vector<FileResult>& files);
// 0: all passed, 1: one failed, 2: a file is wrong.
int exit_code_of(const Counts& counts);

// {"format": "assay.test/1", …}, see docs/formats.md.
Json to_json(const std::vector<FileResult>& files);
// JUnit XML: a suite for each file.
std::string to_junit(const std::vector<FileResult>& files);

}  // namespace assay::rehearse
