// SPDX-License-Identifier: Apache-2.0
#include "engine/record/run_record.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace assay::record {
namespace {

constexpr std::array<std::pair<Status, std::string_view>, 7> kStatuses = {{{Status::kPending, "pending"},
                                                                           {Status::kRunning, "running"},
                                                                           {Status::kWaiting, "waiting"},
                                                                           {Status::kFinished, "finished"},
                                                                           {Status::kError, "error"},
                                                                           {Status::kSkipped, "skipped"},
                                                                           {Status::kCancelled, "cancelled"}}};
constexpr std::array<std::pair<Verdict, std::string_view>, 6> kVerdicts = {{{Verdict::kPass, "pass"},
                                                                            {Verdict::kFail, "fail"},
                                                                            {Verdict::kInconclusive, "inconclusive"},
                                                                            {Verdict::kWaived, "waived"},
                                                                            {Verdict::kSkipped, "skipped"},
                                                                            {Verdict::kError, "error"}}};

template <class Enum, std::size_t N>
std::string_view name_of(const std::array<std::pair<Enum, std::string_view>, N>& table, Enum value) {
  for (const auto& [key, name] : table) {
    if (key == value) return name;
  }
  return "?";
}

template <class Enum, std::size_t N>
std::optional<Enum> value_of(const std::array<std::pair<Enum, std::string_view>, N>& table, std::string_view text) {
  for (const auto& [key, name] : table) {
    if (name == text) return key;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Status status) { return name_of(kStatuses, status); }
std::string_view to_string(Verdict verdict) { return name_of(kVerdicts, verdict); }
bool is_settled(Status status) {
  return status != Status::kPending && status != Status::kRunning && status != Status::kWaiting;
}
std::optional<Status> status_from(std::string_view text) { return value_of(kStatuses, text); }
std::optional<Verdict> verdict_from(std::string_view text) { return value_of(kVerdicts, text); }

std::string answer_text(const QuestionRecord& question) {
  if (question.answer.is_boolean()) return question.answer.get<bool>() ? "yes" : "no";
  return question.answer.is_string() ? question.answer.get<std::string>() : to_json_line(question.answer);
}

bool waits_for_boot(const RunRecord& run) {
  return run.status != Status::kFinished && std::any_of(run.steps.begin(), run.steps.end(), [](const StepRecord& step) {
           const bool over =
               step.status == Status::kFinished || step.status == Status::kError || step.status == Status::kSkipped;
           return step.action == "reboot" && step.attempts > 0 && !over;
         });
}

Nanoseconds worked_since(const RunRecord& run, WallTime since) {
  Nanoseconds out{0};
  WallTime begin = run.started.value_or(run.last);
  const auto add = [&](WallTime end) { out += std::max(Nanoseconds(0), Nanoseconds(end - std::max(begin, since))); };
  for (const ResumeRecord& resumed : run.resumed) {
    add(resumed.left);
    begin = resumed.time;
  }
  add(run.last);
  return out;
}

std::map<std::string, int> count_verdicts(const RunRecord& run) {
  std::map<std::string, int> counts;
  for (const auto& [verdict, name] : kVerdicts) counts[std::string(name)] = 0;
  for (const StepRecord& step : run.steps) {
    if (!run.programme.empty() && step.test_class.empty()) continue;
    ++counts[is_settled(step.status) ? std::string(to_string(step.verdict)) : "open"];
  }
  return counts;
}

}  // namespace assay::record
