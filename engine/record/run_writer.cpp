// SPDX-License-Identifier: Apache-2.0
#include "engine/record/run_writer.h"

#include "engine/base/sha256.h"
#include "engine/record/redacted.h"
#include "engine/record/step_json.h"

namespace assay::record {
namespace {

// Few bytes of text are in the line itself, others are named by digest.
void put_bytes(Json& line, const StoredBytes& bytes) {
  line["name"] = bytes.ref.name;
  line["sha256"] = bytes.ref.sha256;
  line["size"] = bytes.ref.size;
  if (!bytes.ref.encoding.empty()) {
    line["encoding"] = bytes.ref.encoding;
    line["raw_sha256"] = bytes.ref.raw_sha256;
  }
  if (bytes.is_inline) line["text"] = bytes.inline_bytes;
}

Json without(Json object, const char* key) {
  if (object.is_object()) object.erase(key);
  return object;
}

}  // namespace

RunWriter::RunWriter(std::filesystem::path folder, std::string id, JournalWriter journal, secret::Redactor redactor)
    : folder_(std::move(folder)),
      id_(std::move(id)),
      redactor_(std::move(redactor)),
      journal_(std::make_unique<JournalWriter>(std::move(journal))),
      commits_(std::make_unique<GroupCommit>(*journal_)) {}

Result<RunWriter> RunWriter::create(const std::filesystem::path& store, const std::string& id, const Json& header,
                                    const Clock& clock, secret::Redactor redactor) {
  const std::filesystem::path folder = store / "runs" / id;
  Json run;
  run["format"] = "assay.run/1";
  run["id"] = id;
  run["created"] = format_rfc3339(clock.wall());
  run.update(header);
  redact_line(run, redactor);
  // What was given to the run cannot be given again when a secret had to be taken out of it. What it was started with
  // is no part of that: a variable that is masked is the next one's own.
  if (run.contains("made_from") &&
      without(run["made_from"], "started_with") != without(header["made_from"], "started_with"))
    run.erase("made_from");
  const std::string text = to_json_text(run);
  ASSAY_CHECK(check_readable(run, "run.json"));
  if (text.size() > kLineLimit) {
    return failure(Code::kTooLarge,
                   "run.json would have " + std::to_string(text.size()) + " bytes, more than the " +
                       std::to_string(kLineLimit >> 20U) + " MiB that can be read again",
                   "give large parameters as files that the recipe reads");
  }
  ASSAY_CHECK(make_durable_directories(folder));
  ASSAY_CHECK(write_file_atomically(folder / "run.json", text, 0444));
  ASSAY_TRY(JournalWriter journal, JournalWriter::create(folder / "journal.jsonl", sha256_hex(text), clock));
  ASSAY_CHECK(sync_directory(folder));
  ASSAY_CHECK(sync_directory(folder.parent_path()));
  return RunWriter(folder, id, std::move(journal), std::move(redactor));
}

Result<RunWriter> RunWriter::reopen(const RunRecord& run, const Clock& clock, secret::Redactor redactor) {
  ASSAY_TRY(JournalWriter journal,
            JournalWriter::reopen(run.folder / "journal.jsonl",
                                  {.seq = run.lines, .bytes = run.bytes, .prev = run.head}, clock));
  remove_incoming(run.folder);  // the journal is ours alone now
  return RunWriter(run.folder, run.id, std::move(journal), std::move(redactor));
}

void RunWriter::reserve_room(const std::filesystem::path& locks) {
  constexpr std::uint64_t kReserve = std::uint64_t{16} << 20U;
  if (!make_directories(locks)) return;
  reserve_ = locks / (id_ + ".reserve");
  journal_->reserve(reserve_, kReserve);
}

Result<void> RunWriter::append(const Json& line) {
  if (const auto& problem = commits_->problem()) return failure(*problem);
  if (redactor_.finds_nothing()) {
    ASSAY_CHECK(journal_->append(line));
  } else {
    Json hidden = line;
    redact_line(hidden, redactor_);
    ASSAY_CHECK(journal_->append(hidden));
  }
  commits_->remember();
  return {};
}

Result<void> RunWriter::planned(const std::vector<StepRecord>& steps) {
  constexpr std::size_t kMostWaiting = std::size_t{1} << 20U;
  // One line a step: a plan of a hundred thousand steps must not become one line of fifty megabytes.
  for (const StepRecord& step : steps) {
    Json line = {{"type", "planned"}};
    line.update(plan_to_json(step));
    ASSAY_CHECK(append(line));
    if (journal_->waiting_bytes() > kMostWaiting) commits_->write_some();
  }
  return {};
}

Result<void> RunWriter::facts(const std::string& target, const StoredBytes& document) {
  Json line = {{"type", "facts"}, {"target", target}};
  put_bytes(line, document);
  return append(line);
}

Result<void> RunWriter::preconditions(const std::vector<PreconditionRecord>& items) {
  Json list = Json::array();
  for (const PreconditionRecord& item : items) list.push_back(to_json(item));
  return append({{"type", "preconditions"}, {"items", std::move(list)}});
}

Result<void> RunWriter::tools(const std::vector<ToolRecord>& items) {
  Json list = Json::array();
  for (const ToolRecord& item : items) list.push_back(to_json(item));
  return append({{"type", "tools"}, {"items", std::move(list)}});
}

Result<void> RunWriter::started(const std::string& step, const Start& start) {
  Json line = {{"type", "started"}, {"step", step}, {"attempt", start.attempt}};
  if (!start.part.empty()) line["part"] = start.part;
  if (!start.command.empty()) line["command"] = start.command;
  if (start.counters) line["counters"] = *start.counters;
  return append(line);
}

Result<void> RunWriter::output(const std::string& step, int attempt, const StoredBytes& bytes) {
  Json line = {{"type", "output"}, {"step", step}, {"attempt", attempt}};
  put_bytes(line, bytes);
  return append(line);
}

Result<void> RunWriter::sample(const std::string& step, const Sample& sample) {
  Json line = {{"type", "sample"}, {"step", step}, {"number", sample.number}};
  for (const auto& [metric, values] : sample.values) {
    Json& list = line["values"][metric] = Json::array();
    for (const double value : values) list.push_back(number_to_json(value));
  }
  if (sample.cpu_share) line["cpu_share"] = *sample.cpu_share;
  if (!sample.used) line["used"] = false;
  return append(line);
}

Result<void> RunWriter::attempt(const std::string& step, const AttemptRecord& attempt, Nanoseconds wait) {
  Json line = {{"type", "attempt"}, {"step", step}};
  line.update(attempt_to_json(attempt));
  line["wait_s"] = std::chrono::duration<double>(wait).count();
  return append(line);
}

Result<void> RunWriter::finished(const StepRecord& step) {
  Json line = {{"type", "finished"}};
  line.update(result_to_json(step));
  return append(line);
}

Result<void> RunWriter::waiting(const QuestionRecord& question) {
  Json line = {{"type", "waiting"}};
  line.update(question_to_json(question));
  return append(line);
}

Result<void> RunWriter::answered(const QuestionRecord& question) {
  Json line = {{"type", "answered"}, {"step", question.step}, {"answer", question.answer}, {"who", question.who}};
  if (!question.note.empty()) line["note"] = question.note;
  return append(line);
}

Result<void> RunWriter::resumed(const ResumeRecord& resume) {
  Json line = {{"type", "resumed"}, {"redone", resume.redone}};
  if (!resume.changes.empty()) line["accepted"] = resume.changes;
  return append(line);
}

Result<void> RunWriter::stopped(const std::string& reason, Verdict verdict, int exit_code) {
  return append({{"type", "stopped"}, {"reason", reason}, {"verdict", to_string(verdict)}, {"exit_code", exit_code}});
}

Result<void> RunWriter::sealed(Verdict verdict, int exit_code, const std::string& problem) {
  Json line = {{"type", "sealed"}, {"verdict", to_string(verdict)}, {"exit_code", exit_code}};
  if (!problem.empty()) line["problem"] = problem;
  ASSAY_CHECK(append(line));
  return close();
}

Result<void> RunWriter::close() {
  auto written = commits_->stop_thread();
  std::error_code ignored;  // it may have been given up already
  if (!reserve_.empty()) std::filesystem::remove(reserve_, ignored);
  return written;
}

}  // namespace assay::record
