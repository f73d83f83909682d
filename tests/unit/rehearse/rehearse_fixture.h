// SPDX-License-Identifier: Apache-2.0
// Files of tests written into a fresh folder, loaded and played.
#pragma once

#include <gmock/gmock.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "engine/base/files.h"
#include "engine/rehearse/rehearsal.h"
#include "support/temp_folder.h"

namespace assay::rehearse {

class RehearseTest : public testing::Test {
 protected:
  // `steps` of a recipe, from their key on; what stands before them is added.
  void use_recipe(const std::string& rest) const {
    folder_.write("r.yaml", "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: r, version: 1.0.0 }\n" + rest);
  }
  // `cases`: the list, each line as it is.
  [[nodiscard]] LoadedTestResult try_load(const std::string& cases) const {
    return load_test(folder_.write(
        "r.test.yaml",
        "apiVersion: assay/v1\nkind: RecipeTest\nmetadata: { name: r }\nrecipe: r.yaml\ncases:\n" + cases));
  }
  [[nodiscard]] LoadedTest load(const std::string& cases) const {
    auto result = try_load(cases);
    if (!result.value) throw std::runtime_error(render(result.problems));
    return std::move(*result.value);
  }
  [[nodiscard]] std::vector<CaseResult> play(const std::string& cases) const {
    const LoadedTest loaded = load(cases);
    std::vector<CaseResult> out;
    for (const PreparedCase& prepared : loaded.cases) {
      auto folder = TemporaryDirectory::create(folder_.path(), "case.");
      auto result = rehearse(loaded, prepared, folder.value().path(), "0.1.0");
      if (!result) throw std::runtime_error(result.error().message);
      out.push_back(std::move(*result));
    }
    return out;
  }
  // One case: its keys but the name, between braces or on lines of their own with four spaces.
  [[nodiscard]] CaseResult played(const std::string& keys) const { return play("  - name: c\n" + keys).front(); }
  static std::vector<std::string> messages(const Diagnostics& problems) {
    std::vector<std::string> out;
    for (const Diagnostic& problem : problems.items()) {
      out.push_back(problem.message + (problem.expected.empty() ? "" : " / " + problem.expected));
    }
    return out;
  }

  test::TempFolder folder_;
};

}  // namespace assay::rehearse
