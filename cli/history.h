// SPDX-License-Identifier: Apache-2.0
// What earlier runs tell about the next one.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace assay::cli {

// Seconds each step took, by instance id: the median over the newest finished runs of the same name, at most five. Runs
// that cannot be read are passed over; no more than 64 MiB of journals are read.
std::map<std::string, double> past_durations(const std::filesystem::path& store, const std::string& name);

}  // namespace assay::cli
