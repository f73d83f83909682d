// SPDX-License-Identifier: Apache-2.0
// Parts of assay that bring large libraries and that few verbs need: shared libraries of ours, opened on first use, so
// that every other verb starts without them. And where our own files lie.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace assay::system {

// The address of a function in lib/assay/libassay_NAME.so beside the program. The module stays open.
Result<void*> find_in_module(const std::string& name, const char* function);

// Where files of ours may lie, best first: beside the program ("<bin>/../PART"), then where it was built from.
std::vector<std::filesystem::path> own_folders(const std::filesystem::path& part);

// Shipped data (recipes, testsuites, templates): "testsuites/programmes/quick.yaml". Error: not installed.
Result<std::filesystem::path> find_data(const std::filesystem::path& relative);

// A probe program of ours, by name.
Result<std::filesystem::path> find_probe(const std::string& name);

}  // namespace assay::system
