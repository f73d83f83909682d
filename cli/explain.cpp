// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/verbs.h"
#include "engine/base/json.h"
#include "engine/base/text.h"

namespace assay::cli {
namespace {

// docs/errors.md
std::string page_of_codes() {
  std::string out =
      "# Diagnostics\n\n<!-- Written by `assay explain --markdown`; do not edit. -->\n\nEvery mistake that assay "
      "reports "
      "has a stable code. `assay explain CODE` prints what stands here.\n";
  for (const CodeInfo& row : all_codes()) {
    out +=
        "\n## " + std::string(row.text) + ": " + std::string(row.title) + "\n\n" + std::string(row.explanation) + "\n";
  }
  return out;
}

bool looks_like_code(const std::string& text) {
  return text.size() == 4 && std::isalpha(static_cast<unsigned char>(text[0])) != 0 &&
         text.find_first_not_of("0123456789", 1) == std::string::npos;
}

int explain_code(const Common& common, const std::string& subject) {
  std::string code = subject;
  std::transform(code.begin(), code.end(), code.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const auto found = find_code(code);
  if (!found) {
    std::vector<std::string> known;
    for (const CodeInfo& row : all_codes()) known.emplace_back(row.text);
    complain(common, Diagnostic{.code = Code::kUsage,
                                .message = "there is no diagnostic code '" + subject + "'",
                                .help = did_you_mean(code, known)});
    return kUsageExit;
  }
  if (common.json) {
    std::cout << to_json_line({{"code", found->text}, {"title", found->title}, {"explanation", found->explanation}})
              << '\n';
  } else {
    std::cout << found->text << ": " << found->title << "\n\n" << found->explanation << '\n';
  }
  return 0;
}

// The instances of a step as another step names it: "flip" stands for "flip" and "flip[…]".
bool is_instance_of(const record::StepRecord& step, const std::string& id) {
  return step.id == id || (step.id.starts_with(id) && (step.id[id.size()] == '[' || step.id[id.size()] == '@'));
}

struct Need {
  std::string id;
  record::Verdict verdict = record::Verdict::kSkipped;
  std::optional<WallTime> finished;
};

std::vector<Need> needs_of(const record::RunRecord& run, const record::StepRecord& step) {
  std::vector<Need> out;
  for (const std::string& id : step.needs) {
    for (const record::StepRecord& other : run.steps) {
      if (is_instance_of(other, id)) out.push_back({other.id, other.verdict, other.finished});
    }
  }
  return out;
}

Json json_of(const record::RunRecord& run, const record::StepRecord& step, const std::vector<Need>& needs) {
  Json out = {{"run", run.id},
              {"id", step.id},
              {"status", record::to_string(step.status)},
              {"verdict", record::to_string(step.verdict)},
              {"reason", step.reason},
              {"if", step.condition},
              {"command", step.command}};
  if (step.started) out["started"] = format_rfc3339(*step.started);
  if (step.finished) out["finished"] = format_rfc3339(*step.finished);
  Json list = Json::array();
  for (const Need& need : needs) {
    Json one = {{"id", need.id}, {"verdict", record::to_string(need.verdict)}};
    if (need.finished) one["finished"] = format_rfc3339(*need.finished);
    list.push_back(std::move(one));
  }
  out["needs"] = std::move(list);
  if (run.header.contains("params")) out["params"] = run.header["params"];
  if (run.header.contains("params_from")) out["params_from"] = run.header["params_from"];
  return out;
}

std::string seconds_text(double seconds) {
  return format_elapsed(Nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
}

// Why it ran when it did, or why not.
std::string history_of(const record::RunRecord& run, const record::StepRecord& step, const std::vector<Need>& needs) {
  std::string out;
  const auto last = std::max_element(needs.begin(), needs.end(),
                                     [](const Need& a, const Need& b) { return a.finished < b.finished; });
  if (step.attempts == 0 && step.status == record::Status::kSkipped) {
    out += "  did not run: " + printable(step.reason) + '\n';
  } else if (!step.started) {
    out += "  has not run\n";
  } else {
    out += "  ran " + format_rfc3339(*step.started) + ", " + seconds_text(step.duration_s) + ": " +
           std::string(record::to_string(step.verdict)) + (step.reason.empty() ? "" : ", " + printable(step.reason)) +
           '\n';
    if (last != needs.end() && last->finished) {
      const double gap = std::chrono::duration<double>(*step.started - *last->finished).count();
      out += "  waited for " + last->id + (gap > 0.5 ? ", and " + seconds_text(gap) + " for room (jobs, pools)" : "") +
             '\n';
    } else if (run.started) {
      const double gap = std::chrono::duration<double>(*step.started - *run.started).count();
      out += gap > 0.5 ? "  needs nothing; waited " + seconds_text(gap) + " for room (jobs, pools)\n"
                       : "  needs nothing\n";
    }
  }
  return out;
}

std::string text_of(const record::RunRecord& run, const record::StepRecord& step, const std::vector<Need>& needs) {
  std::string out = step.id + " in " + run.id + ", " + run.recipe_name + '\n' + history_of(run, step, needs);
  if (!step.condition.empty()) out += "  if " + printable(step.condition) + '\n';
  for (const Need& need : needs)
    out += "  needs " + need.id + ": " + std::string(record::to_string(need.verdict)) + '\n';
  if (!step.command.empty()) out += "  command " + printable(shorten(join(step.command, " "), 200)) + '\n';
  if (!run.header.contains("params") || !run.header["params"].is_object()) return out;
  for (const auto& [name, value] : run.header["params"].items()) {
    out += "  params." + printable(name) + " = " +
           printable(shorten(value.is_string() ? value.get<std::string>() : to_json_line(value), 80));
    const Json& from = run.header.contains("params_from") ? run.header["params_from"] : Json();
    if (from.is_object() && from.contains(name) && from[name].is_string())
      out += " (" + printable(from[name].get<std::string>()) + ")";
    out += '\n';
  }
  return out;
}

int explain_step(const Common& common, const ExplainVerb& verb) {
  const auto run = read_named_run(common, verb.run);
  if (!run) {
    complain(common, run.error());
    return exit_code_of(run.error());
  }
  std::vector<std::string> ids;
  Json list = Json::array();
  bool found = false;
  for (const record::StepRecord& step : run->steps) {
    ids.push_back(step.id);
    if (!is_instance_of(step, verb.subject)) continue;
    const auto needs = needs_of(*run, step);
    found = true;
    if (common.json) {
      list.push_back(json_of(*run, step, needs));
    } else {
      std::cout << text_of(*run, step, needs);
    }
  }
  if (!found) {
    complain(common, Diagnostic{.code = Code::kUnknownStep,
                                .message = "the run " + run->id + " has no step '" + printable(verb.subject) + "'",
                                .help = did_you_mean(verb.subject, ids)});
    return kUsageExit;
  }
  if (common.json) std::cout << to_json_line(list) << '\n';
  return 0;
}

}  // namespace

int explain(const Common& common, const ExplainVerb& verb) {
  if (verb.markdown) {
    std::cout << page_of_codes();
    return 0;
  }
  return looks_like_code(verb.subject) ? explain_code(common, verb.subject) : explain_step(common, verb);
}

}  // namespace assay::cli
