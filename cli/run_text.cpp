// SPDX-License-Identifier: Apache-2.0
#include "cli/run_text.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/terminal/style.h"
#include "engine/base/text.h"

namespace assay::cli {
namespace {

Json optional_time(const std::optional<WallTime>& time) { return time ? Json(format_rfc3339(*time)) : Json(nullptr); }
Json optional_text(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json optional_number(const std::optional<int>& number) { return number ? Json(*number) : Json(nullptr); }

// What has not ended has no verdict.
Json verdict_of(record::Verdict verdict, bool ended) {
  return ended ? Json(record::to_string(verdict)) : Json(nullptr);
}

}  // namespace

Json tries_json(const record::StepRecord& step) {
  Json out = Json::array();
  for (const record::AttemptRecord& one : step.tries) {
    out.push_back({{"attempt", one.number},
                   {"status", record::to_string(one.status)},
                   {"verdict", verdict_of(one.verdict, record::is_settled(one.status))},
                   {"failure", optional_text(one.failure)},
                   {"exit_code", optional_number(one.exit_code)},
                   {"started", optional_time(one.started)},
                   {"finished", optional_time(one.finished)},
                   {"reason", one.reason}});
  }
  return out;
}

Json summary_json(const record::RunSummary& run, const std::string& state, const std::string& folder) {
  const bool ended = run.status == record::Status::kFinished;
  return {{"run", run.id},
          {"name", run.name},
          {"status", ended ? "finished" : "unfinished"},
          {"verdict", verdict_of(run.verdict, ended)},
          {"started", optional_text(run.started)},
          {"finished", optional_text(run.finished)},
          {"record", folder},
          {"state", state},
          {"kind", run.kind},
          {"version", run.version},
          {"exit_code", ended ? Json(run.exit_code) : Json(nullptr)},
          {"machines", run.machines},
          {"facts_sha256", optional_text(run.facts_sha256)},
          {"commit", optional_text(run.commit)},
          {"undo_of", optional_text(run.undo_of)},
          {"size", run.bytes},
          {"counts", run.counts}};
}

Json step_json(const record::StepRecord& step) {
  return {{"id", step.id},
          {"status", record::to_string(step.status)},
          {"verdict", verdict_of(step.verdict, record::is_settled(step.status))},
          {"attempts", step.attempts},
          {"exit_code", optional_number(step.exit_code)},
          {"started", optional_time(step.started)},
          {"finished", optional_time(step.finished)},
          {"reason", step.reason},
          {"change", optional_text(step.change)},
          {"tries", tries_json(step)}};
}

std::string step_line(const record::StepRecord& step, std::size_t width, Colour colour) {
  const bool settled = record::is_settled(step.status);
  const std::string state =
      settled ? painted_verdict(step.verdict, colour, 12) : pad(std::string(record::to_string(step.status)), 12);
  std::string line = "  " + state + " " + pad(printable(step.id), width) + " ";
  if (settled && step.attempts > 0)
    line += format_elapsed(Nanoseconds(static_cast<std::int64_t>(step.duration_s * 1e9)));
  if (const std::string number = key_number(step); !number.empty()) line += "  " + number;
  if (step.attempts > 1) line += "  " + std::to_string(step.attempts) + " attempts";
  if (!step.change.empty()) line += "  " + printable(step.change);
  if (!step.reason.empty()) line += "  " + printable(step.reason);
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

std::string result_word(const record::RunSummary& run, const std::string& state, Colour colour, std::size_t width) {
  if (run.status == record::Status::kFinished) return painted_verdict(run.verdict, colour, width);
  return width > 0 ? pad(state, width) : state;
}

std::string state_help(const std::string& state) {
  if (state == "running") return "a controller is at work on it";
  if (state == "waiting") return "for a person or a reboot; `assay resume` goes on";
  if (state == "stopped") return "in order, before its end; `assay resume` goes on";
  return state == "interrupted" ? "it was cut off; `assay resume` goes on" : "";
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text.data();
}

}  // namespace assay::cli
