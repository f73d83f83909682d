// SPDX-License-Identifier: Apache-2.0
#include "cli/history.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/base/files.h"
#include "engine/record/run_reader.h"
#include "engine/record/store.h"

namespace assay::cli {
namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

}  // namespace

std::map<std::string, double> past_durations(const std::filesystem::path& store, const std::string& name) {
  constexpr std::size_t kRunsToLookAt = 50;
  constexpr std::size_t kRunsToTake = 5;
  constexpr std::uintmax_t kMostBytes = 64U << 20U;
  std::map<std::string, std::vector<double>> took;
  const auto runs = record::list_runs(store);
  std::size_t looked = 0;
  std::size_t taken = 0;
  std::uintmax_t bytes = 0;
  for (auto it = runs.rbegin(); it != runs.rend() && looked < kRunsToLookAt && taken < kRunsToTake; ++it, ++looked) {
    const std::filesystem::path folder = store / "runs" / *it;
    const auto header = read_file(folder / "run.json");
    if (!header || header->find("\"name\": \"" + name + "\"") == std::string::npos) continue;
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(folder / "journal.jsonl", error);
    if (error || (taken > 0 && bytes + size > kMostBytes)) continue;
    bytes += size;
    const auto run = record::read_run(folder);
    if (!run || run->recipe_name != name || run->status != record::Status::kFinished) continue;
    ++taken;
    for (const record::StepRecord& step : run->steps) {
      if (step.attempts > 0) took[step.id].push_back(step.duration_s);
    }
  }
  std::map<std::string, double> out;
  for (auto& [step, values] : took) out.emplace(step, median(std::move(values)));
  return out;
}

}  // namespace assay::cli
