// SPDX-License-Identifier: Apache-2.0
// Writes one run: run.json once, then the journal. The lines and their members are those of docs/formats.md;
// run_reader.h reads them back.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/record/evidence.h"
#include "engine/record/journal.h"
#include "engine/record/run_record.h"

namespace assay::record {

class RunWriter {
 public:
  // Makes STORE/runs/ID with run.json (`header`, completed by format and id) and an empty journal.
  static Result<RunWriter> create(const std::filesystem::path& store, const std::string& id, const Json& header,
                                  const Clock& clock);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& head() const { return journal_.head(); }

  Result<void> planned(const std::vector<StepRecord>& steps);
  Result<void> facts(const std::string& target, const StoredBytes& document);
  Result<void> preconditions(const std::vector<PreconditionRecord>& items);
  Result<void> tools(const std::vector<ToolRecord>& items);
  // On disk before it returns: the step's first effect comes after it.
  Result<void> started(const std::string& step, int attempt, const std::vector<std::string>& command);
  Result<void> output(const std::string& step, int attempt, const StoredBytes& bytes);
  Result<void> sample(const std::string& step, const std::string& metric, double value, std::optional<double> cpu_share,
                      bool used);
  // On disk before it returns.
  Result<void> finished(const StepRecord& step);
  // The last line; the journal never grows after it.
  Result<void> sealed(Verdict verdict, int exit_code, const std::string& problem);

 private:
  RunWriter(std::filesystem::path folder, std::string id, JournalWriter journal)
      : folder_(std::move(folder)), id_(std::move(id)), journal_(std::move(journal)) {}

  std::filesystem::path folder_;
  std::string id_;
  JournalWriter journal_;
};

}  // namespace assay::record
