// SPDX-License-Identifier: Apache-2.0
#include "e2e/harness.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "engine/base/text.h"

namespace assay::test {

Invocation EndToEnd::invocation(std::vector<std::string> arguments) const {
  Invocation invocation{.argv = {ASSAY_PROGRAM}, .folder = folder_.path(), .limit = std::chrono::minutes(5)};
  invocation.argv.insert(invocation.argv.end(), arguments.begin(), arguments.end());
  invocation.environment["XDG_DATA_HOME"] = (folder_ / "data").string();
  return invocation;
}

Outcome EndToEnd::run(const Invocation& invocation) const {
  Outcome outcome = run_program(invocation);
  EXPECT_FALSE(outcome.timed_out) << outcome.describe(invocation);
  return outcome;
}

std::vector<std::filesystem::path> EndToEnd::runs() const {
  // Names tell only the second a run began in; run.json is written once, at its start.
  std::vector<std::pair<std::filesystem::file_time_type, std::filesystem::path>> found;
  if (std::filesystem::exists(store() / "runs")) {
    for (const auto& entry : std::filesystem::directory_iterator(store() / "runs")) {
      std::error_code none_yet;
      found.emplace_back(std::filesystem::last_write_time(entry.path() / "run.json", none_yet), entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<std::filesystem::path> folders;
  for (auto& [began, folder] : found) folders.push_back(std::move(folder));
  return folders;
}

Json EndToEnd::last_json(const Outcome& outcome) {
  const auto all = lines(outcome.out);
  const auto last = std::find_if(all.rbegin(), all.rend(), [](std::string_view line) { return !trim(line).empty(); });
  if (last == all.rend()) throw std::runtime_error("stdout is empty; stderr: " + outcome.err);
  auto value = parse_json(*last, "the last line of stdout");
  if (!value) throw std::runtime_error(render(value.error()));
  return *value;
}

std::vector<Json> EndToEnd::journal() const {
  const auto folders = runs();
  if (folders.empty()) throw std::runtime_error("the store holds no run");
  std::vector<Json> rows;
  const std::string text = slurp(folders.back() / "journal.jsonl");
  for (const std::string_view line : lines(text)) {
    auto row = parse_json(line, "journal.jsonl");
    if (!row) throw std::runtime_error(render(row.error()));
    rows.push_back(std::move(*row));
  }
  return rows;
}

}  // namespace assay::test
