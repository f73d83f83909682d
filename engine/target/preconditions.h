// SPDX-License-Identifier: Apache-2.0
// The state of the machine before it is measured (coverage: "a noisy machine says so before it measures").
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/target/cpu_watch.h"

namespace assay::target {

struct Precondition {
  std::string name;  // governor, turbo, smt, thp, numa, background_load, steal, temperature
  std::string observed;
  std::string wanted;  // empty: only recorded
  bool good = true;
  std::string note;  // what it means when it is not good
};

// `before` and `after` are snapshots around an idle moment; the rest is read below `root`.
std::vector<Precondition> observe_preconditions(const CpuSnapshot& before, const CpuSnapshot& after,
                                                const std::filesystem::path& root = "/");

}  // namespace assay::target
