// SPDX-License-Identifier: Apache-2.0
// A run as its record tells it: what reports, `runs show` and later `judge` and `verify` read. Built from run.json and
// journal.jsonl alone (run_reader.h); nothing of a live engine is in it.
#pragma once

#include <boost/container/flat_map.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>  // the record carries JSON by value
#include <optional>
#include <string>
#include <vector>

#include "engine/base/boxed.h"
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
  std::string name;        // "stdout", "stderr", "artifacts/fio.json", "sample-3/stdout"
  std::string sha256;      // of the stored bytes; the file is evidence/sha256/<first 2 digits>/<all digits>
  std::uint64_t size = 0;  // of the bytes as they came; the stored ones may be fewer
  std::string encoding;    // how they are stored: "zstd", or empty: as they came
  std::string raw_sha256;  // of the bytes as they came, where they are stored otherwise; else empty
};

// For few entries: half the size of std::map, and one block of memory.
using TextByName = boost::container::flat_map<std::string, std::string>;
using CountByName = boost::container::flat_map<std::string, std::int64_t>;

// One start of a step with its end: the last one decides, all are kept (semantics 3).
struct AttemptRecord {
  int number = 1;
  Status status = Status::kRunning;  // kRunning: cut off, no end is known
  Verdict verdict = Verdict::kError;
  std::string reason;
  std::string failure;  // "infrastructure", "application", "business"; empty: it did not fail
  std::optional<int> exit_code;
  std::optional<WallTime> started;
  std::optional<WallTime> finished;
  bool tried_again = false;  // it failed, and `retry` let another one follow
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

// What most steps do not have.
struct StepExtra {
  std::string name_zh;  // Chinese name
  std::string proves;   // what a pass proves, and what not
  std::string proves_zh;
  std::string condition;                       // `if` as it was written
  Json params;                                 // of a `use` or `suite` step: the parameters inside (object); else null
  TextByName params_from;                      // and where each comes from
  TextByName set_by;                           // keys of the step that an overlay set: the place
  TextByName outputs_from;                     // the expression of each output, as it was written
  std::vector<std::string> rescues;            // of a block: the steps it made up for
  std::size_t executions = 0;                  // of an unfinished test: samples that were taken whole
  CountByName counters;                        // change of each error counter that moved
  std::optional<CountByName> counters_before;  // of a test that was begun: those that were not 0 then; nullopt: unknown
  Json typed_outputs;  // outputs with their types (docs/formats.md), where JSON alone would lose them; else null
};

// A run holds one for each step, and a run may have 100,000: what is seldom there does not belong in it.
struct StepRecord {
  std::string id;          // instance id
  std::string name;        // for people
  std::string action;      // "run", "facts", "test"
  std::string test_class;  // "functional", "performance", "stability"; empty for steps that are no tests
  std::string hardware;    // "cpu", "memory" …; empty for steps that are no tests
  std::string target;
  std::string effect;  // "reads", "changes", "destroys"; empty for what does nothing itself
  bool blocker = true;
  std::vector<std::string> needs;  // ids of steps (without rows) that come first
  Status status = Status::kPending;
  Verdict verdict = Verdict::kSkipped;
  std::string reason;     // why it failed, errored, was skipped; empty for a clean pass
  std::string failure;    // class of failure: "infrastructure", "application", "business"; empty: it did not fail
  std::string change;     // of an action that changes the machine: "ok" (nothing to do) or "changed"; else empty
  bool rescued = false;   // it failed, and the `rescue` of its block made up for it
  bool acted = false;     // of a step with a check: an attempt got beyond it, to the action
  std::string skip_kind;  // "not_applicable", "not_possible", "not_selected", "condition", "needs", or empty
  std::optional<WallTime> started;
  std::optional<WallTime> finished;
  double duration_s = 0;
  int attempts = 0;                  // every start, also those cut off
  std::uint32_t begun = 0;           // the line of the journal that its last attempt begins with; 0: none
  std::vector<AttemptRecord> tries;  // one each, in order
  std::optional<int> exit_code;
  std::vector<std::string> command;  // argv of the last attempt
  std::vector<MetricRecord> metrics;
  std::vector<CriterionRecord> criteria;
  std::vector<EvidenceRef> evidence;
  Json outputs;  // object
  Boxed<StepExtra> extra;
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

// One time the run was taken up again.
struct ResumeRecord {
  WallTime time;
  WallTime left;                              // the last line before it of the session before
  std::map<std::string, std::string> redone;  // step -> why it is done again
  std::vector<std::string> changes;           // what had changed and was accepted (--accept-changes)
};

// A question to a person, and the answer once there is one. Or, of type "boot", a reboot that the run waits for: the
// answer is then an object of `boot_id` and `seconds` from the line that asks, and the note why that is not good.
struct QuestionRecord {
  std::string step;
  std::string question;
  std::string type;                  // what is asked for: "bool", "string", "enum" …
  std::vector<std::string> choices;  // of an enum
  std::string boot_id;               // of a reboot: the boot it is asked in
  std::int64_t number = 0;           // of a reboot: the how manieth of its step, …
  std::int64_t of = 0;               // … of how many
  WallTime asked;
  Json answer;  // null: none yet
  std::string who;
  std::string note;
  std::optional<WallTime> answered;
  bool used = false;  // its step went on after the answer
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
  // kFinished once sealed; kCancelled: stopped in order, can be resumed; kWaiting: for a person or a reboot; kRunning:
  // no end is recorded: it runs now, or it was cut off.
  Status status = Status::kRunning;
  Verdict verdict = Verdict::kInconclusive;
  int exit_code = 3;
  std::optional<WallTime> started;
  std::optional<WallTime> finished;
  WallTime last;                         // its last line; not an answer, which comes also while nobody is at work on it
  std::vector<StepRecord> steps;         // in plan order
  std::map<std::string, Json> machines;  // target -> "assay.facts/1" document
  std::vector<PreconditionRecord> preconditions;
  std::vector<ToolRecord> tools;
  std::vector<ResumeRecord> resumed;
  std::vector<QuestionRecord> questions;
  std::size_t retries = 0;          // attempts that were followed by another one of `retry`
  std::string problem;              // why the run itself ended early; empty otherwise
  std::string stopped;              // why it was stopped in order: "interrupt", "terminate", "waiting" …; else empty
  std::string head;                 // SHA-256 of the last whole line of the journal
  std::uint64_t lines = 0;          // whole lines of the journal
  std::uint64_t bytes = 0;          // of those lines: what a torn tail is cut to
  std::vector<std::string> damage;  // what the reader found broken in the record; empty for a whole one
};

// The answer as a person gave it: yes or no, a word, a number.
std::string answer_text(const QuestionRecord& question);

// Whether it goes on after the next boot: a step of it reboots the machine and is not over.
bool waits_for_boot(const RunRecord& run);

// How long controllers have been at work on it since then, by its lines: not the time before it was taken up again.
Nanoseconds worked_since(const RunRecord& run, WallTime since);

// By verdict: the tests of a programme; all steps of a recipe, with tests among them or not. "open": those that are not
// settled yet, where there are any.
std::map<std::string, int> count_verdicts(const RunRecord& run);

}  // namespace assay::record
