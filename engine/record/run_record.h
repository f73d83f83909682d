// SPDX-License-Identifier: Apache-2.0
// A run as its record tells it: what reports, `runs show` and later `judge` and `verify` read. Built from run.json and
// journal.jsonl alone (run_reader.h); nothing of a live engine is in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>  // the record carries JSON by value
#include <optional>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/time.h"

namespace assay::record {

// Health of the work (semantics 3).
enum class Status : std::uint8_t { kPending, kRunning, kWaiting, kFinished, kError, kSkipped, kCancelled };
// Of the system under test.
enum class Verdict : std::uint8_t { kPass, kFail, kInconclusive, kWaived, kSkipped, kError };
std::string_view to_string(Status status);
std::string_view to_string(Verdict verdict);
// Whether nothing more will come of it.
bool is_settled(Status status);
std::optional<Status> status_from(std::string_view text);
std::optional<Verdict> verdict_from(std::string_view text);

struct EvidenceRef {
  std::string name;    // "stdout", "stderr", "artifacts/fio.json", "sample-3/stdout"
  std::string sha256;  // of the stored bytes; the file is evidence/sha256/<first 2 digits>/<all digits>
  std::uint64_t size = 0;
};

// One judged number of a test.
struct MetricRecord {
  std::string name;
  std::string unit;    // "1" when dimensionless
  std::string better;  // "higher" or "lower"
  std::string help;    // what the number means
  std::vector<double> samples;
  std::vector<double> cpu_share;  // per sample where the test watches it, else empty
  std::vector<bool> used;         // per sample: false where it was not ours to judge (CPU share too low)
  std::optional<double> median;
  std::optional<double> interval_low;
  std::optional<double> interval_high;
  std::optional<double> confidence;  // achieved, 0.95 = 95 %
  std::optional<double> limit_min;   // in `unit`
  std::optional<double> limit_max;
  std::string limit_source;  // why this limit: a standard, a manual, ours
  Verdict verdict = Verdict::kSkipped;
  std::string reason;
};

struct CriterionRecord {
  std::string expression;
  bool holds = false;
  std::string observed;  // the values it looked at, as text
};

struct StepRecord {
  std::string id;          // instance id
  std::string name;        // for people
  std::string name_zh;     // Chinese, may be empty
  std::string action;      // "run", "facts", "test"
  std::string test_class;  // "functional", "performance", "stability"; empty for steps that are no tests
  std::string hardware;    // "cpu", "memory" …; empty for steps that are no tests
  std::string target;
  std::string proves;  // what a pass proves, and what not; may be empty
  std::string proves_zh;
  bool blocker = true;
  std::vector<std::string> needs;  // ids of steps (without rows) that come first
  std::string condition;           // `if` as it was written; may be empty
  Json params;                     // of a `use` or `suite` step: the parameters inside (object); else null
  std::map<std::string, std::string> params_from;  // and where each comes from
  std::map<std::string, std::string> set_by;       // keys of the step that an overlay set: the place
  Status status = Status::kPending;
  Verdict verdict = Verdict::kSkipped;
  std::string reason;     // why it failed, errored, was skipped; empty for a clean pass
  std::string skip_kind;  // "not_applicable", "not_possible", "not_selected", "condition", "needs", or empty
  std::optional<WallTime> started;
  std::optional<WallTime> finished;
  double duration_s = 0;
  int attempts = 0;
  std::optional<int> exit_code;
  std::vector<std::string> command;  // argv of the last attempt
  std::vector<MetricRecord> metrics;
  std::vector<CriterionRecord> criteria;
  std::map<std::string, std::int64_t> counters;  // change of each error counter that moved
  std::vector<EvidenceRef> evidence;
  Json outputs;  // object
};

struct ToolRecord {
  std::string name;
  std::string path;
  std::string version;
  std::string sha256;
};

// One observation of the machine's state before measuring.
struct PreconditionRecord {
  std::string name;  // "governor", "background_load", "steal", "smt" …
  std::string observed;
  std::string wanted;  // empty: only recorded
  bool good = true;
  std::string note;
};

struct RunRecord {
  std::string id;
  std::filesystem::path folder;
  Json header;              // run.json as it is
  std::string title;        // metadata.summary or name
  std::string recipe_name;  // recipe or programme
  std::string recipe_version;
  std::string programme;  // name of the programme; empty for plain recipes
  std::string assay_version;
  Status status = Status::kRunning;  // kFinished once sealed
  Verdict verdict = Verdict::kInconclusive;
  int exit_code = 3;
  std::optional<WallTime> started;
  std::optional<WallTime> finished;
  std::vector<StepRecord> steps;         // in plan order
  std::map<std::string, Json> machines;  // target -> "assay.facts/1" document
  std::vector<PreconditionRecord> preconditions;
  std::vector<ToolRecord> tools;
  std::string problem;              // why the run itself ended early; empty otherwise
  std::vector<std::string> damage;  // what the reader found broken in the record; empty for a whole one
};

// Tests of a certification; all steps when there is no test.
std::map<std::string, int> count_verdicts(const RunRecord& run);

}  // namespace assay::record
