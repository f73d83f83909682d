// SPDX-License-Identifier: Apache-2.0
#include "engine/record/run_reader.h"

#include <fstream>
#include <unordered_map>

#include "engine/base/files.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/record/evidence.h"
#include "engine/record/step_json.h"

namespace assay::record {
namespace {

constexpr std::size_t kLineLimit = 16U << 20U;
constexpr std::size_t kFactsLimit = 64U << 20U;

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<std::string> evidence_in_file(const std::filesystem::path& folder, const EvidenceRef& ref, std::size_t limit) {
  std::string bytes;
  ASSAY_CHECK(read_evidence_file(folder, ref, limit, [&](std::string_view piece) -> Result<void> {
    bytes += piece;
    return {};
  }));
  return bytes;
}

class Reader {
 public:
  explicit Reader(RunRecord& run) : run_(run) {}

  void line(const Json& json, WallTime time) {
    const std::string type = text_of(json, "type");
    if (type == "planned") {
      StepRecord step;
      plan_from_json(json, step);
      step.outputs = Json::object();
      index_[step.id] = run_.steps.size();
      run_.steps.push_back(std::move(step));
    } else if (type == "started") {
      if (StepRecord* step = find(json)) started(*step, json, time);
    } else if (type == "output") {
      StepRecord* step = find(json);
      if (step != nullptr && !is_settled(step->status)) step->evidence.push_back(evidence_from_json(json));
    } else if (type == "sample") {
      if (StepRecord* step = find(json)) sample_from_json(json, *step);
    } else if (type == "attempt") {
      if (StepRecord* step = find(json)) end_attempt(*step, attempt_from_json(json), time);
    } else if (type == "finished") {
      if (StepRecord* step = find(json)) finished(*step, json, time);
    } else if (type == "waiting") {
      run_.questions.push_back(question_from_json(json));
      run_.questions.back().asked = time;
      if (StepRecord* step = find(json)) step->status = Status::kWaiting;
    } else if (type == "answered") {
      answered(json, time);
    } else if (type == "resumed") {
      resumed(json, time);
    } else if (type == "stopped") {
      run_.stopped = text_of(json, "reason");
      run_.status = run_.stopped == "waiting" ? Status::kWaiting : Status::kCancelled;
      run_.verdict = verdict_from(text_of(json, "verdict")).value_or(Verdict::kError);
      run_.exit_code = exit_code_of(json);
      run_.finished = time;
    } else if (type == "facts") {
      if (auto document = facts_document(json)) run_.machines[text_of(json, "target")] = std::move(*document);
    } else if (type == "preconditions") {
      for (const Json& item : items(json)) run_.preconditions.push_back(precondition_from_json(item));
    } else if (type == "tools") {
      for (const Json& item : items(json)) run_.tools.push_back(tool_from_json(item));
    } else if (type == "sealed") {
      run_.status = Status::kFinished;
      run_.verdict = verdict_from(text_of(json, "verdict")).value_or(Verdict::kError);
      run_.exit_code = exit_code_of(json);
      run_.problem = text_of(json, "problem");
      run_.finished = time;
    }
  }

 private:
  StepRecord* find(const Json& json) { return find(text_of(json, "step")); }
  StepRecord* find(const std::string& id) {
    const auto found = index_.find(id);
    return found != index_.end() ? &run_.steps[found->second] : nullptr;
  }

  static int exit_code_of(const Json& json) {
    const auto code = json.find("exit_code");
    return code != json.end() && code->is_number_integer() ? code->get<int>() : 3;
  }

  static void started(StepRecord& step, const Json& json, WallTime time) {
    step.status = Status::kRunning;
    if (!step.started) step.started = time;
    if (text_of(json, "part").empty()) {
      ++step.attempts;
      step.tries.push_back({.number = step.attempts, .started = time});
    }
    const auto command = json.find("command");
    if (command == json.end() || !command->is_array()) return;
    step.command.clear();
    for (const Json& word : *command) {
      if (word.is_string()) step.command.push_back(word.get<std::string>());
    }
  }

  static void end_attempt(StepRecord& step, AttemptRecord attempt, WallTime time) {
    if (step.tries.empty() || step.tries.back().status != Status::kRunning) return;
    attempt.number = step.tries.back().number;
    attempt.started = step.tries.back().started;
    attempt.finished = time;
    step.tries.back() = std::move(attempt);
  }

  void finished(StepRecord& step, const Json& json, WallTime time) {
    result_from_json(json, step);
    end_attempt(step,
                {.status = step.status,
                 .verdict = step.verdict,
                 .reason = step.reason,
                 .failure = text_of(json, "failure"),
                 .exit_code = step.exit_code},
                time);
    for (const std::string& id : step.rescues) {
      if (StepRecord* rescued = find(id)) rescued->rescued = true;
    }
  }

  void answered(const Json& json, WallTime time) {
    const std::string step = text_of(json, "step");
    for (auto question = run_.questions.rbegin(); question != run_.questions.rend(); ++question) {
      if (question->step != step || question->answered) continue;
      if (const auto answer = json.find("answer"); answer != json.end()) question->answer = *answer;
      question->who = text_of(json, "who");
      question->note = text_of(json, "note");
      question->answered = time;
      return;
    }
  }

  // From here on it runs again; what is done again is open.
  void resumed(const Json& json, WallTime time) {
    ResumeRecord resume{.time = time};
    const auto redone = json.find("redone");
    if (redone != json.end() && redone->is_object()) {
      for (const auto& [id, why] : redone->items()) {
        if (!why.is_string()) continue;
        resume.redone[id] = why.get<std::string>();
        if (StepRecord* step = find(id)) step->status = Status::kPending;
      }
    }
    const auto accepted = json.find("accepted");
    if (accepted != json.end() && accepted->is_array()) {
      for (const Json& change : *accepted) {
        if (change.is_string()) resume.changes.push_back(change.get<std::string>());
      }
    }
    run_.resumed.push_back(std::move(resume));
    run_.status = Status::kRunning;
    run_.verdict = Verdict::kInconclusive;
    run_.stopped.clear();
    run_.finished.reset();
  }

  static const Json& items(const Json& json) {
    static const Json kNone = Json::array();
    const auto found = json.find("items");
    return found != json.end() && found->is_array() ? *found : kNone;
  }

  std::optional<Json> facts_document(const Json& json) {
    std::string bytes = text_of(json, "text");
    const EvidenceRef ref = evidence_from_json(json);
    if (json.find("text") == json.end()) {
      auto stored = evidence_in_file(run_.folder, ref, kFactsLimit);
      if (!stored) {
        run_.damage.push_back("the facts: " + stored.error().message);
        return std::nullopt;
      }
      bytes = std::move(*stored);
    } else if (sha256_hex(bytes) != ref.sha256) {
      run_.damage.emplace_back("the facts do not have the digest that the journal names");
      return std::nullopt;
    }
    auto document = parse_json(bytes, "facts");
    if (document) return std::move(*document);
    run_.damage.push_back(document.error().message);
    return std::nullopt;
  }

  RunRecord& run_;
  std::unordered_map<std::string, std::size_t> index_;
};

void read_header(RunRecord& run) {
  run.id = text_of(run.header, "id");
  run.assay_version = text_of(run.header, "assay");
  if (auto time = parse_rfc3339(text_of(run.header, "created"))) run.started = *time;
  const auto source = run.header.find("source");
  if (source != run.header.end() && source->is_object()) {
    run.title = text_of(*source, "summary");
    run.recipe_name = text_of(*source, "name");
    run.recipe_version = text_of(*source, "version");
    if (text_of(*source, "kind") == "Programme") run.programme = run.recipe_name;
  }
  if (run.title.empty()) run.title = run.recipe_name;
}

}  // namespace

Result<RunRecord> read_run(const std::filesystem::path& folder) {
  RunRecord run;
  run.folder = folder;
  ASSAY_TRY(const std::string text, read_file(folder / "run.json", kLineLimit));
  ASSAY_TRY(run.header, parse_json(text, (folder / "run.json").string()));
  const std::string format = text_of(run.header, "format");
  if (format != "assay.run/1") {
    return failure(Code::kRecord, "'" + (folder / "run.json").string() + "' has the format '" + printable(format) + "'",
                   format.starts_with("assay.run/") ? "a newer assay wrote it: use that one to read it"
                                                    : "it is not a run of assay");
  }
  read_header(run);
  std::ifstream journal(folder / "journal.jsonl", std::ios::binary);
  if (!journal) return failure(Code::kRecord, "the run has no journal: '" + (folder / "journal.jsonl").string() + "'");
  Reader reader(run);
  std::string prev = sha256_hex(text);
  run.head = prev;
  LineReader journal_lines(journal, kLineLimit);
  std::string line;
  for (std::size_t number = 1;; ++number) {
    const LineReader::Got got = journal_lines.next(line);
    if (got == LineReader::Got::kEnd) break;
    const std::string place = "journal line " + std::to_string(number);
    if (got == LineReader::Got::kTorn) {
      run.damage.push_back(place + " is torn: the run was cut off while it was written");
      break;
    }
    if (got == LineReader::Got::kTooLong) {
      run.damage.push_back(place + " is longer than " + std::to_string(kLineLimit >> 20U) + " MiB");
      break;
    }
    // No line of ours holds a NUL byte; a sector that a power cut kept from the disk is full of them.
    if (line.find('\0') != std::string::npos) {
      run.damage.push_back(place + " is torn: a part of it never came to the disk");
      break;
    }
    auto json = parse_json(line, place, {.bytes = kLineLimit});
    if (!json || !json->is_object()) {
      run.damage.push_back(place + " is not a JSON object");
      break;
    }
    if (text_of(*json, "prev") != prev) {
      run.damage.push_back(place + " does not follow the line before it: the chain is broken");
      break;
    }
    line += '\n';
    prev = sha256_hex(line);
    run.lines = number;
    run.bytes += line.size();
    run.head = prev;
    const auto time = parse_rfc3339(text_of(*json, "time"));
    reader.line(*json, time ? *time : WallTime{});
  }
  if (run.status == Status::kCancelled) {
    for (StepRecord& step : run.steps) {
      if (step.status != Status::kPending) continue;
      step.status = Status::kCancelled;
      step.reason = "not started: the run was stopped";
      step.skip_kind = "cancelled";
    }
  }
  return run;
}

Result<std::string> read_evidence(const RunRecord& run, const EvidenceRef& ref, std::size_t limit) {
  if (!is_digest(ref.sha256))
    return failure(Code::kRecord, "evidence '" + ref.name + "' is named by something that is no SHA-256");
  std::error_code error;
  if (std::filesystem::exists(evidence_path(run.folder, ref.sha256), error))
    return evidence_in_file(run.folder, ref, limit);
  // Small evidence lives in the journal. Lines are looked at as text first: only the right one is parsed.
  std::ifstream journal(run.folder / "journal.jsonl", std::ios::binary);
  LineReader journal_lines(journal, kLineLimit);
  std::string line;
  while (journal_lines.next(line) != LineReader::Got::kEnd) {
    if (line.find("\"sha256\":\"" + ref.sha256) == std::string::npos ||
        line.find("\"type\":\"finished\"") != std::string::npos)
      continue;
    const auto json = parse_json(line, "journal", {.bytes = kLineLimit});
    if (!json || !json->contains("text")) continue;
    std::string bytes = text_of(*json, "text");
    if (sha256_hex(bytes) == ref.sha256) return bytes;
    return failure(Code::kRecord,
                   "the evidence '" + ref.name + "' does not have its digest " + ref.sha256.substr(0, 12) + "…");
  }
  return failure(Code::kRecord, "the evidence '" + ref.name + "' (" + ref.sha256.substr(0, 12) + "…) is missing");
}

}  // namespace assay::record
