// SPDX-License-Identifier: Apache-2.0
// End to end: the real program in a fresh folder, with a fresh store and a clean environment.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json.h"
#include "support/program.h"
#include "support/temp_folder.h"

namespace assay::test {

// The beginning of a recipe that is called "r".
inline constexpr const char* kHead = "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: r, version: 1.0.0 }\n";

class EndToEnd : public ::testing::Test {
 protected:
  // An invocation to change before it is run: signals, keys, a terminal, another folder.
  Invocation invocation(std::vector<std::string> arguments) const;
  Outcome run(std::vector<std::string> arguments) const { return run(invocation(std::move(arguments))); }
  Outcome run(const Invocation& invocation) const;  // fails the test when the time limit ended it
  // Writes a file into the fresh folder.
  std::filesystem::path write(std::string_view name, std::string_view text) const { return folder_.write(name, text); }
  [[nodiscard]] std::filesystem::path store() const { return folder_ / "data/assay"; }
  // The record folders of the store, oldest first.
  [[nodiscard]] std::vector<std::filesystem::path> runs() const;
  // The last line of stdout that is not empty, as JSON: what --json promises.
  static Json last_json(const Outcome& outcome);
  // Each line of the newest run's journal.
  [[nodiscard]] std::vector<Json> journal() const;

  TempFolder folder_{"assay-e2e"};
};

}  // namespace assay::test
