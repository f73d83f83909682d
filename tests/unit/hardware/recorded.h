// SPDX-License-Identifier: Apache-2.0
// Recorded machines and made-up ones.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/json.h"
#include "engine/hardware/facts.h"
#include "engine/hardware/probe.h"
#include "support/temp_folder.h"

namespace assay::hardware::test {

// Published recordings of real machines; they are not part of the project.
inline std::filesystem::path data_folder() {
  return std::filesystem::path(ASSAY_SOURCE_DIR) / ".." / "shared" / "data";
}

// The files of a folder of recordings with an extension, sorted. Empty when the recordings are not there.
std::vector<std::filesystem::path> recordings(std::string_view folder, std::string_view extension);

// Unpacks an archive and returns the one folder in it; a failure of tar fails the test.
std::filesystem::path unpack(const std::filesystem::path& archive, const assay::test::TempFolder& into);

// A made-up machine: files by path ("/proc/cpuinfo"), in a folder of its own.
class Machine {
 public:
  Machine() = default;
  Machine(std::initializer_list<std::pair<const char*, std::string_view>> files) {
    for (const auto& [path, bytes] : files) file(path, bytes);
  }
  Machine& file(std::string_view path, std::string_view bytes);
  Machine& folder(std::string_view path);
  // A symbolic link at `path` to `target`, as it stands.
  Machine& link(std::string_view path, std::string_view target);
  [[nodiscard]] const std::filesystem::path& root() const { return folder_->path(); }
  [[nodiscard]] ProbeContext context(ToolRunner tools = {}) const;

 private:
  std::unique_ptr<assay::test::TempFolder> folder_ = std::make_unique<assay::test::TempFolder>();
};

// One probe over a context, as JSON: {"facts": …, "sources": …, "missing": …}.
Json run_probe(void (*probe)(const ProbeContext&, FactsBuilder&), const ProbeContext& context);
// A member of nested objects by dotted path; null when there is none.
const Json& at(const Json& json, std::string_view path);
// The item of a list whose `key` is `value`; null when there is none.
const Json& item(const Json& list, std::string_view key, std::string_view value);

// Calls `read` with `bytes` cut at many places and with bytes changed by a fixed generator.
template <class Read>
void damage(const std::string& bytes, const Read& read) {
  // Small inputs at nearly every place; the many large recordings at some.
  const std::size_t rounds = bytes.size() < 1000 ? 400 : 60;
  const std::size_t step = std::max<std::size_t>(1, bytes.size() / rounds);
  for (std::size_t size = 0; size < bytes.size(); size += step) read(bytes.substr(0, size));
  std::mt19937 random(20'260'101);  // NOLINT: the same damage every time
  for (std::size_t round = 0; round < rounds; ++round) {
    std::string changed = bytes;
    for (std::mt19937::result_type i = 0; i <= random() % 8; ++i) {
      changed[random() % changed.size()] = static_cast<char>(random() % 256);
    }
    read(changed);
  }
}

}  // namespace assay::hardware::test
