// SPDX-License-Identifier: Apache-2.0
#include "engine/record/run_writer.h"

#include <cmath>

#include "engine/record/step_json.h"

namespace assay::record {
namespace {

// Few bytes of text are in the line itself, others are named by digest.
void put_bytes(Json& line, const StoredBytes& bytes) {
  line["name"] = bytes.ref.name;
  line["sha256"] = bytes.ref.sha256;
  line["size"] = bytes.ref.size;
  if (bytes.is_inline) line["text"] = bytes.inline_bytes;
}

}  // namespace

Result<RunWriter> RunWriter::create(const std::filesystem::path& store, const std::string& id, const Json& header,
                                    const Clock& clock) {
  const std::filesystem::path folder = store / "runs" / id;
  ASSAY_CHECK(make_directories(folder));
  Json run;
  run["format"] = "assay.run/1";
  run["id"] = id;
  run["created"] = format_rfc3339(clock.wall());
  run.update(header);
  const std::string text = to_json_text(run);
  ASSAY_CHECK(write_file_atomically(folder / "run.json", text, 0444));
  ASSAY_TRY(JournalWriter journal, JournalWriter::create(folder / "journal.jsonl", sha256_hex(text), clock));
  ASSAY_CHECK(sync_directory(folder));
  ASSAY_CHECK(sync_directory(folder.parent_path()));
  return RunWriter(folder, id, std::move(journal));
}

Result<void> RunWriter::planned(const std::vector<StepRecord>& steps) {
  // One line a step: a plan of a hundred thousand steps must not become one line of fifty megabytes.
  for (const StepRecord& step : steps) {
    Json line = {{"type", "planned"}};
    line.update(plan_to_json(step));
    ASSAY_CHECK(journal_.append(std::move(line), Durable::kNo));
  }
  return {};
}

Result<void> RunWriter::facts(const std::string& target, const StoredBytes& document) {
  Json line = {{"type", "facts"}, {"target", target}};
  put_bytes(line, document);
  return journal_.append(std::move(line), Durable::kNo);
}

Result<void> RunWriter::preconditions(const std::vector<PreconditionRecord>& items) {
  Json list = Json::array();
  for (const PreconditionRecord& item : items) list.push_back(to_json(item));
  return journal_.append({{"type", "preconditions"}, {"items", std::move(list)}}, Durable::kNo);
}

Result<void> RunWriter::tools(const std::vector<ToolRecord>& items) {
  Json list = Json::array();
  for (const ToolRecord& item : items) list.push_back(to_json(item));
  return journal_.append({{"type", "tools"}, {"items", std::move(list)}}, Durable::kNo);
}

Result<void> RunWriter::started(const std::string& step, int attempt, const std::vector<std::string>& command) {
  Json line = {{"type", "started"}, {"step", step}, {"attempt", attempt}};
  if (!command.empty()) line["command"] = command;
  return journal_.append(std::move(line), Durable::kYes);
}

Result<void> RunWriter::output(const std::string& step, int attempt, const StoredBytes& bytes) {
  Json line = {{"type", "output"}, {"step", step}, {"attempt", attempt}};
  put_bytes(line, bytes);
  return journal_.append(std::move(line), Durable::kNo);
}

Result<void> RunWriter::sample(const std::string& step, const std::string& metric, double value,
                               std::optional<double> cpu_share, bool used) {
  Json line = {{"type", "sample"}, {"step", step}, {"metric", metric}, {"used", used}};
  if (std::isfinite(value)) {
    line["value"] = value;
  } else {
    line["value"] = std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  }
  if (cpu_share) line["cpu_share"] = *cpu_share;
  return journal_.append(std::move(line), Durable::kNo);
}

Result<void> RunWriter::finished(const StepRecord& step) {
  Json line = {{"type", "finished"}};
  line.update(result_to_json(step));
  return journal_.append(std::move(line), Durable::kYes);
}

Result<void> RunWriter::sealed(Verdict verdict, int exit_code, const std::string& problem) {
  Json line = {{"type", "sealed"}, {"verdict", to_string(verdict)}, {"exit_code", exit_code}};
  if (!problem.empty()) line["problem"] = problem;
  return journal_.append(std::move(line), Durable::kYes);
}

}  // namespace assay::record
