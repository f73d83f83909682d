// SPDX-License-Identifier: Apache-2.0
#include "engine/record/run_reader.h"

#include <algorithm>
#include <fstream>
#include <unordered_map>

#include "engine/base/files.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/record/evidence.h"
#include "engine/record/journal.h"
#include "engine/record/members.h"
#include "engine/record/step_json.h"
#include "engine/record/torn.h"
#include "engine/record/tries.h"

namespace assay::record {
namespace {

constexpr std::size_t kFactsLimit = 64U << 20U;

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
    const std::string& type = text_of(json, "type");
    if (type == "planned") {
      StepRecord& step = run_.steps.emplace_back();
      plan_from_json(json, step);
      step.outputs = Json::object();
    } else if (type == "started") {
      if (StepRecord* step = find(json)) started(*step, json, time);
    } else if (type == "output") {
      StepRecord* step = find(json);
      if (step != nullptr && !is_settled(step->status)) step->evidence.push_back(evidence_from_json(json));
    } else if (type == "sample") {
      if (StepRecord* step = find(json)) sample_from_json(json, *step);
    } else if (type == "attempt") {
      ++run_.retries;
      AttemptRecord attempt = attempt_from_json(json);
      attempt.tried_again = true;
      if (StepRecord* step = find(json)) end_attempt(*step, std::move(attempt), time);
    } else if (type == "finished") {
      if (StepRecord* step = find(json)) finished(*step, json, time);
    } else if (type == "waiting") {
      waiting(json, time);
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
    if (type != "answered") run_.last = time;
  }

 private:
  StepRecord* find(const Json& json) { return find(text_of(json, "step")); }
  // Most lines are of the same step as the one before, or of the next step; the index costs what it does not spare when
  // all are.
  StepRecord* find(const std::string& id) {
    std::vector<StepRecord>& steps = run_.steps;
    for (const std::size_t guess : {latest_, latest_ + 1}) {
      if (guess >= steps.size() || steps[guess].id != id) continue;
      latest_ = guess;
      return &steps[guess];
    }
    for (; indexed_ < steps.size(); ++indexed_) index_[steps[indexed_].id] = indexed_;
    const auto found = index_.find(id);
    if (found == index_.end()) return nullptr;
    latest_ = found->second;
    return &steps[latest_];
  }

  static int exit_code_of(const Json& json) { return count_of<int>(json, "exit_code").value_or(3); }

  void started(StepRecord& step, const Json& json, WallTime time) {
    use_answer(step.id);
    step.status = Status::kRunning;
    if (!step.started) step.started = time;
    const std::string& part = text_of(json, "part");
    if (part.empty()) {
      if (has_result(step)) forget_result(step);
      begin_attempt(step, time);
      step.begun = static_cast<std::uint32_t>(run_.lines);
    }
    if (const Json* const counters = member_of(json, "counters"); counters != nullptr)
      step.extra.edit().counters_before = named_counts_of(json, "counters");
    if (part == "run") step.acted = true;
    // Not what the step asked afterwards. What it asked before stays when that was all.
    if (part != "check-after" && member_of(json, "command") != nullptr) step.command = texts_of(json, "command");
  }

  // It had an end that nothing followed but a new beginning: what it measured belongs to a result that counts no more.
  static void forget_result(StepRecord& step) {
    step.metrics.clear();
    step.criteria.clear();
    step.evidence.clear();
    step.extra.edit().executions = 0;
    step.extra.edit().counters_before.reset();
  }

  void finished(StepRecord& step, const Json& json, WallTime time) {
    result_from_json(json, step);
    // One that was stopped before its turn came has not gone on with it yet.
    if (step.status != Status::kCancelled) use_answer(step.id);
    end_attempt(step,
                {.status = step.status,
                 .verdict = step.verdict,
                 .reason = step.reason,
                 .failure = text_of(json, "failure"),
                 .exit_code = step.exit_code},
                time);
    for (const std::string& id : step.extra->rescues) {
      if (StepRecord* rescued = find(id)) rescued->rescued = true;
    }
  }

  // A question that is put again in other words stands for the one that nobody had answered.
  void waiting(const Json& json, WallTime time) {
    QuestionRecord question = question_from_json(json);
    question.asked = time;
    const auto open = open_.find(question.step);
    if (question.type == "boot" || open == open_.end()) {
      if (question.type != "boot") open_[question.step] = run_.questions.size();
      run_.questions.push_back(std::move(question));
    } else {
      run_.questions[open->second] = std::move(question);
    }
  }

  void answered(const Json& json, WallTime time) {
    const std::string& step = text_of(json, "step");
    for (auto question = run_.questions.rbegin(); question != run_.questions.rend(); ++question) {
      if (question->step != step || question->answered) continue;
      if (const auto answer = json.find("answer"); answer != json.end()) question->answer = *answer;
      question->who = text_of(json, "who");
      question->note = text_of(json, "note");
      question->answered = time;
      open_.erase(step);
      unused_[step] = static_cast<std::size_t>(std::distance(question, run_.questions.rend())) - 1;
      return;
    }
  }

  // What follows an answer has used it: another interruption is another question.
  void use_answer(const std::string& step) {
    const auto answer = unused_.find(step);
    if (answer == unused_.end()) return;
    run_.questions[answer->second].used = true;
    unused_.erase(answer);
  }

  // From here on it runs again; what is done again is open.
  void resumed(const Json& json, WallTime time) {
    ResumeRecord resume{.time = time, .left = run_.last};
    const auto redone = json.find("redone");
    if (redone != json.end() && redone->is_object()) {
      for (const auto& [id, why] : redone->items()) {
        if (!why.is_string()) continue;
        resume.redone[id] = why.get<std::string>();
        if (StepRecord* step = find(id)) step->status = Status::kPending;
      }
    }
    resume.changes = texts_of(json, "accepted");
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
  std::unordered_map<std::string, std::size_t> index_;  // of the first `indexed_` steps
  std::size_t indexed_ = 0;
  std::size_t latest_ = 0;
  std::unordered_map<std::string, std::size_t> open_;    // the question of each step without an answer
  std::unordered_map<std::string, std::size_t> unused_;  // the last answer to each step's question, not used yet
};

void read_header(RunRecord& run) {
  run.id = text_of(run.header, "id");
  run.assay_version = text_of(run.header, "assay");
  run.started = time_of(run.header, "created");
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
  run.head = sha256_hex(text);
  Sha256 hash;
  LineReader journal_lines(journal, kLineLimit);
  std::string line;
  for (std::size_t number = 1;; ++number) {
    const LineReader::Got got = journal_lines.next(line);
    if (got == LineReader::Got::kEnd) break;
    const auto damaged = [&](const std::string& how) {
      run.damage.push_back("journal line " + std::to_string(number) + ' ' + how);
    };
    if (got == LineReader::Got::kTooLong) {
      damaged("is longer than " + std::to_string(kLineLimit >> 20U) + " MiB");
      break;
    }
    const bool has_newline = got == LineReader::Got::kLine;
    if (may_be_torn(has_newline, line)) {
      if (is_torn(folder / "journal.jsonl", run.bytes)) {
        damaged(line.find('\0') == std::string::npos ? "is torn: the run was cut off while it was written"
                                                     : "is torn: a part of it never came to the disk");
      } else {
        damaged(has_newline ? "is not a JSON object" : "ends with another byte than a line does");
      }
      break;
    }
    auto json = parse_json(line, "journal", {.bytes = kLineLimit});
    if (!json || !json->is_object()) {
      damaged("is not a JSON object");
      break;
    }
    if (text_of(*json, "prev") != run.head) {
      damaged("does not follow the line before it: the chain is broken");
      break;
    }
    line += '\n';
    hash.update(line);
    run.head = hash.finish();
    run.lines = number;
    run.bytes += line.size();
    reader.line(*json, time_of(*json, "time").value_or(WallTime{}));
    json->clear();  // one member after another: its end would first move all of them into a list
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

Result<std::string> read_evidence_end(const RunRecord& run, const EvidenceRef& ref, std::size_t kept,
                                      std::uint64_t limit) {
  std::string end;
  std::error_code error;
  if (is_digest(ref.sha256) && std::filesystem::exists(evidence_path(run.folder, ref.sha256), error)) {
    ASSAY_CHECK(read_evidence_file(run.folder, ref, limit, [&](std::string_view piece) -> Result<void> {
      end += piece.substr(piece.size() - std::min(piece.size(), kept));
      if (end.size() > 2 * kept) end.erase(0, end.size() - kept);
      return {};
    }));
  } else {
    ASSAY_TRY(end, read_evidence(run, ref, limit));
  }
  if (end.size() > kept) end.erase(0, end.size() - kept);
  return end;
}

std::unordered_map<std::string, std::string> small_texts(const RunRecord& run,
                                                         const std::unordered_set<std::string>& digests,
                                                         std::size_t limit) {
  constexpr std::string_view kDigest = "\"sha256\":\"";
  constexpr std::size_t kDigits = 64;
  std::unordered_map<std::string, std::string> out;
  if (digests.empty()) return out;
  std::ifstream journal(run.folder / "journal.jsonl", std::ios::binary);
  LineReader journal_lines(journal, kLineLimit);
  std::string line;
  while (journal_lines.next(line) == LineReader::Got::kLine) {
    if (line.find("\"type\":\"output\"") == std::string::npos) continue;
    const std::size_t at = line.find(kDigest);
    if (at == std::string::npos) continue;
    const std::string digest = line.substr(at + kDigest.size(), kDigits);
    if (digests.count(digest) == 0 || out.count(digest) > 0) continue;
    const auto json = parse_json(line, "journal", {.bytes = kLineLimit});
    if (!json || !json->is_object() || member_of(*json, "text") == nullptr) continue;
    const std::string& text = text_of(*json, "text");
    if (text.size() > limit || sha256_hex(text) != digest) continue;
    limit -= text.size();
    out.emplace(digest, text);
  }
  return out;
}

}  // namespace assay::record
