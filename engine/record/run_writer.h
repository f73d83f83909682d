// SPDX-License-Identifier: Apache-2.0
// Writes one run: run.json once, then the journal. The lines and their members are those of docs/formats.md;
// run_reader.h reads them back.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/record/evidence.h"
#include "engine/record/group_commit.h"
#include "engine/record/journal.h"
#include "engine/record/run_record.h"

namespace assay::record {

// One start of a step, or of a part of it.
struct Start {
  int attempt = 1;
  std::vector<std::string> command;
  std::string part;  // "check", "sample-3": of an attempt that began with an earlier line; empty: the attempt begins
  std::optional<CountByName> counters = std::nullopt;  // of a test that watches them: error counters before, none at 0
};

struct Sample {
  std::size_t number = 1;                                  // of the execution, warm-ups not counted
  std::map<std::string, std::vector<double>> values = {};  // by metric
  std::optional<double> cpu_share = std::nullopt;
  bool used = true;  // false: the CPU was not ours
};

class RunWriter {
 public:
  // Makes STORE/runs/ID with run.json (`header`, completed by format and id) and an empty journal.
  // `redactor` takes secrets out of all that is written.
  static Result<RunWriter> create(const std::filesystem::path& store, const std::string& id, const Json& header,
                                  const Clock& clock, secret::Redactor redactor = {});
  // Goes on with a run that has been read; what its journal has behind the whole lines is cut off, and what a writer
  // that was killed had not stored whole is removed.
  static Result<RunWriter> reopen(const RunRecord& run, const Clock& clock, secret::Redactor redactor = {});

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& head() const { return journal_->head(); }

  // Lines are kept in order and brought to the disk by commits(): with on_disk() where an effect follows, by itself
  // within a moment otherwise. Errors: the journal cannot be written any more.
  [[nodiscard]] GroupCommit& commits() { return *commits_; }
  [[nodiscard]] boost::asio::awaitable<Result<void>> on_disk() { return commits_->on_disk(); }
  // 16 MiB beside the run, so that a full disk leaves room to end in order; given back at the end.
  void reserve_room(const std::filesystem::path& locks);

  // Bytes into evidence: as they come, of a file, at once.
  [[nodiscard]] EvidenceWriter evidence() const { return EvidenceWriter(folder_, redactor_); }
  [[nodiscard]] Result<StoredBytes> store_file(const std::filesystem::path& file, std::string name) const {
    return record::store_file(folder_, file, std::move(name), redactor_);
  }
  [[nodiscard]] Result<StoredBytes> store_bytes(std::string_view bytes, std::string name) const {
    return record::store_bytes(folder_, bytes, std::move(name), redactor_);
  }

  Result<void> planned(const std::vector<StepRecord>& steps);
  Result<void> facts(const std::string& target, const StoredBytes& document);
  Result<void> preconditions(const std::vector<PreconditionRecord>& items);
  Result<void> tools(const std::vector<ToolRecord>& items);
  Result<void> started(const std::string& step, const Start& start);
  Result<void> output(const std::string& step, int attempt, const StoredBytes& bytes);
  // What one execution of a test measured; all of it or nothing is in the record.
  Result<void> sample(const std::string& step, const Sample& sample);
  // The end of an attempt that another one follows, after `wait`.
  Result<void> attempt(const std::string& step, const AttemptRecord& attempt, Nanoseconds wait);
  Result<void> finished(const StepRecord& step);
  Result<void> waiting(const QuestionRecord& question);
  Result<void> answered(const QuestionRecord& question);
  Result<void> resumed(const ResumeRecord& resume);
  // The run ends here in order, before its end; `reason` is "interrupt", "terminate", "waiting" or what went wrong.
  Result<void> stopped(const std::string& reason, Verdict verdict, int exit_code);
  // The last line; the journal never grows after it. On the disk when it returns.
  Result<void> sealed(Verdict verdict, int exit_code, const std::string& problem);
  // Brings all lines to the disk and gives the reserve back.
  Result<void> close();

 private:
  RunWriter(std::filesystem::path folder, std::string id, JournalWriter journal, secret::Redactor redactor);
  Result<void> append(const Json& line);

  std::filesystem::path folder_;
  std::string id_;
  std::filesystem::path reserve_;
  secret::Redactor redactor_;
  std::unique_ptr<JournalWriter> journal_;  // stays where it is when the writer moves
  std::unique_ptr<GroupCommit> commits_;
};

}  // namespace assay::record
