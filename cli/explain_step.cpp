// SPDX-License-Identifier: Apache-2.0
// `explain STEP`: why it ran, waited or was skipped, what it ran and printed, and where its values came from.
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/run_text.h"
#include "cli/run_view.h"
#include "cli/verbs.h"
#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/expr/expression.h"
#include "engine/record/run_reader.h"
#include "engine/record/store.h"

namespace assay::cli {
namespace {

using Needs = std::vector<const record::StepRecord*>;

// The parameters that a step's expressions see, and where each comes from.
struct Params {
  Json values;
  Json from;
};
Params params_of(const RunView& view, const record::StepRecord& step) {
  if (const record::StepRecord* outer = view.container(step)) return {outer->extra->params, outer->extra->params_from};
  return {view.run().header.value("params", Json::object()), view.run().header.value("params_from", Json::object())};
}

std::string shown(const Json& value) {
  return printable(shorten(expr::to_text(expr::from_json(value)).value_or(to_json_line(value)), 80));
}

// What an output was computed from.
struct Read {
  std::string name;   // as the expression says it: "stdout", "steps.load.outputs.n"
  std::string value;  // what that was; empty: not known to the record
};

// What the record knows of a name in an expression of the step.
std::string value_of(const RunView& view, const record::StepRecord& step, const std::string& scope,
                     const std::string& name) {
  const auto parts = split(name, '.');
  if (parts.size() >= 4 && parts[0] == "steps" && parts[2] == "outputs") {
    const auto found = view.instances(scope + std::string(parts[1]));
    const std::string output(parts[3]);
    const bool one = found.size() == 1 && found[0]->outputs.is_object() && found[0]->outputs.contains(output);
    return one ? shown(found[0]->outputs[output]) : std::string();
  }
  if (parts.size() == 2 && parts[0] == "params") {
    const Json params = step.action == "use" ? step.extra->params : params_of(view, step).values;
    const std::string param(parts[1]);
    return params.is_object() && params.contains(param) ? shown(params[param]) : std::string();
  }
  for (const record::EvidenceRef& item : step.evidence) {
    if (item.name == parts[0]) return std::to_string(item.size) + " B, sha256:" + item.sha256.substr(0, 12);
  }
  if (parts[0] == "exit_code" && step.exit_code) return std::to_string(*step.exit_code);
  return {};
}

std::vector<Read> reads_of(const RunView& view, const record::StepRecord& step, const std::string& text) {
  const auto expression = expr::Expression::parse(text);
  if (!expression) return {};  // cut short in the record
  std::string scope;
  // The outputs of a `use` are computed inside it.
  if (step.action == "use")
    scope = step.id + '/';
  else if (const record::StepRecord* outer = view.container(step))
    scope = outer->id + '/';
  const auto& names = expression->references();
  std::vector<Read> out;
  for (auto name = names.begin(); name != names.end(); ++name) {
    // "steps" and "steps.load" stand beside "steps.load.outputs.n", in the order of their letters.
    const auto longer = names.upper_bound(*name + '.');
    const bool only_part = longer != names.end() && longer->starts_with(*name + '.');
    if (!only_part || expression->uses_whole(*name)) out.push_back({*name, value_of(view, step, scope, *name)});
  }
  return out;
}

Json outputs_json(const RunView& view, const record::StepRecord& step) {
  Json out = Json::object();
  for (const auto& [name, text] : step.extra->outputs_from) {
    Json reads = Json::object();
    for (Read& read : reads_of(view, step, text)) reads[read.name] = std::move(read.value);
    out[name] = {{"expression", text}, {"reads", std::move(reads)}};
    if (step.outputs.is_object() && step.outputs.contains(name)) out[name]["value"] = step.outputs[name];
  }
  return out;
}

std::string reads_text(const std::vector<Read>& reads) {
  std::string out;
  for (const Read& read : reads)
    out += "    reads " + printable(read.name) + (read.value.empty() ? "" : ": " + printable(read.value)) + '\n';
  return out;
}

// "  outputs.n = 5: int(stdout)", and what that read, a line each.
std::string outputs_text(const RunView& view, const record::StepRecord& step) {
  std::string out;
  for (const auto& [name, text] : step.extra->outputs_from) {
    out += "  outputs." + printable(name);
    if (step.outputs.is_object() && step.outputs.contains(name)) {
      out += " = " + shown(step.outputs[name]);
    } else {
      out += " has no value";
    }
    out += ": " + printable(shorten(text, 200)) + '\n';
    out += reads_text(reads_of(view, step, text));
  }
  return out;
}

Json json_of(const RunView& view, const record::StepRecord& step, const Needs& needs) {
  Json out = {{"run", view.run().id},
              {"id", step.id},
              {"status", record::to_string(step.status)},
              {"verdict", record::to_string(step.verdict)},
              {"reason", step.reason},
              {"change", step.change.empty() ? Json(nullptr) : Json(step.change)},
              {"if", step.extra->condition},
              {"command", step.command},
              {"tries", tries_json(step)}};
  if (step.started) out["started"] = format_rfc3339(*step.started);
  if (step.finished) out["finished"] = format_rfc3339(*step.finished);
  Json list = Json::array();
  for (const record::StepRecord* need : needs) {
    Json one = {{"id", need->id}, {"verdict", record::to_string(need->verdict)}};
    if (need->finished) one["finished"] = format_rfc3339(*need->finished);
    list.push_back(std::move(one));
  }
  out["needs"] = std::move(list);
  if (!step.extra->set_by.empty()) out["set_by"] = step.extra->set_by;
  if (!step.extra->outputs_from.empty()) out["outputs"] = outputs_json(view, step);
  Params params = params_of(view, step);
  if (params.values.is_object()) out["params"] = std::move(params.values);
  if (params.from.is_object()) out["params_from"] = std::move(params.from);
  if (step.extra->params.is_object())
    out["with"] = {{"params", step.extra->params}, {"params_from", step.extra->params_from}};
  return out;
}

std::string seconds_text(double seconds) {
  return format_elapsed(Nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
}

// Why it ran when it did, or why not.
std::string history_of(const record::RunRecord& run, const record::StepRecord& step, const Needs& needs) {
  if (step.attempts == 0 && step.status == record::Status::kSkipped)
    return "  did not run: " + printable(step.reason) + '\n';
  if ((step.action == "use" || step.action == "suite") && record::is_settled(step.status))
    return "  made of its steps: " + std::string(record::to_string(step.verdict)) +
           (step.reason.empty() ? "" : ", " + printable(step.reason)) + '\n';
  if (!step.started) return "  has not run\n";
  std::string out = "  ran " + format_rfc3339(*step.started);
  if (record::is_settled(step.status)) {
    const bool several = step.attempts > 1 && step.finished;
    out += ", " +
           (several ? std::to_string(step.attempts) + " attempts within " +
                          seconds_text(std::chrono::duration<double>(*step.finished - *step.started).count())
                    : seconds_text(step.duration_s)) +
           ": " + std::string(record::to_string(step.verdict)) +
           (step.change == "ok"   ? ", there was nothing to do"
            : step.change.empty() ? ""
                                  : ", " + step.change) +
           (step.reason.empty() ? "" : ", " + printable(step.reason));
  } else {
    out += ", and has not ended";
  }
  out += '\n';
  const auto last = std::max_element(needs.begin(), needs.end(),
                                     [](const auto* a, const auto* b) { return a->finished < b->finished; });
  const auto since = [&](const WallTime& time) { return std::chrono::duration<double>(*step.started - time).count(); };
  if (last != needs.end() && (*last)->finished) {
    const double gap = since(*(*last)->finished);
    out += "  waited for " + printable((*last)->id) +
           (gap > 0.5 ? ", and " + seconds_text(gap) + " for room (jobs, pools)" : "") + '\n';
  } else if (run.started) {
    const double gap = since(*run.started);
    out +=
        gap > 0.5 ? "  needs nothing; waited " + seconds_text(gap) + " for room (jobs, pools)\n" : "  needs nothing\n";
  }
  return out;
}

// "  params.n = 2 (-p)", a line each.
std::string values_text(const std::string& before, const Params& params) {
  std::string out;
  if (!params.values.is_object()) return out;
  for (const auto& [name, value] : params.values.items()) {
    out += "  " + before + printable(name) + " = " + shown(value);
    if (params.from.is_object() && params.from.contains(name) && params.from[name].is_string())
      out += " (" + printable(params.from[name].get<std::string>()) + ")";
    out += '\n';
  }
  return out;
}

// Each attempt of several, the question it asked, and why it was done again.
std::string course_of(const record::RunRecord& run, const record::StepRecord& step) {
  constexpr std::size_t kMostAttempts = 20;
  std::string out;
  const std::size_t first = step.tries.size() > kMostAttempts ? step.tries.size() - kMostAttempts : 0;
  if (first > 0) out += "  " + std::to_string(first) + " attempts before\n";
  for (std::size_t i = first; i < step.tries.size() && step.tries.size() > 1; ++i) {
    const record::AttemptRecord& one = step.tries[i];
    out += "  attempt " + std::to_string(one.number) +
           (one.started ? " at " + format_rfc3339(*one.started) : std::string()) + ": " +
           (record::is_settled(one.status) ? std::string(record::to_string(one.verdict)) : "cut off") +
           (one.failure.empty() ? "" : " (" + printable(one.failure) + ")") +
           (one.reason.empty() ? "" : ", " + printable(one.reason)) + '\n';
  }
  for (const record::QuestionRecord& question : run.questions) {
    if (question.step != step.id || question.type == "boot") continue;
    out += "  asked " + format_rfc3339(question.asked) + ": " + printable(question.question) + '\n';
    if (!question.answered) continue;
    out += "  answered " + format_rfc3339(*question.answered) + " by " + printable(question.who) + ": " +
           printable(shorten(record::answer_text(question), 200)) +
           (question.note.empty() ? "" : " (" + printable(question.note) + ")") + '\n';
  }
  for (const record::ResumeRecord& resume : run.resumed) {
    if (const auto why = resume.redone.find(step.id); why != resume.redone.end())
      out += "  done again after " + format_rfc3339(resume.time) + ": " + printable(why->second) + '\n';
  }
  return out;
}

// "  stdout, 27 B:", and its last lines; what is not text only by its size.
std::string printed_text(const record::RunRecord& run, const record::StepRecord& step) {
  constexpr std::size_t kLines = 5;
  constexpr std::size_t kBytes = 4096;
  constexpr std::uint64_t kLargestRead = std::uint64_t{64} << 20U;
  std::string out;
  for (const std::string_view name : {"script", "script-values", "stdout", "stderr"}) {
    const auto ref = std::find_if(step.evidence.rbegin(), step.evidence.rend(),
                                  [&](const record::EvidenceRef& one) { return one.name == name && one.size > 0; });
    if (ref == step.evidence.rend()) continue;
    out += "  " + std::string(name) + ", " + size_text(ref->size);
    const auto end = record::read_evidence_end(run, *ref, kBytes, kLargestRead);
    if (!end || end->find('\0') != std::string::npos) {
      out += '\n';
      continue;
    }
    const auto all = lines(*end);
    std::size_t from = all.size() > kLines ? all.size() - kLines : 0;
    // A line that begins before what was read.
    if (from == 0 && ref->size > end->size() && all.size() > 1) from = 1;
    const bool cut = from > 0 || ref->size > end->size();
    out +=
        cut ? ", the end of it (`assay runs output " + run.id + " " + printable(step.id) + "` prints all):\n" : ":\n";
    for (std::size_t i = from; i < all.size(); ++i) out += "    | " + printable(shorten(all[i], 200)) + '\n';
  }
  return out;
}

std::string text_of(const RunView& view, const record::StepRecord& step, const Needs& needs) {
  std::string out = printable(step.id) + " in " + view.run().id + ", " + printable(view.run().recipe_name) + '\n' +
                    history_of(view.run(), step, needs) + course_of(view.run(), step);
  if (!step.extra->condition.empty())
    out += "  if " + printable(step.extra->condition) + '\n' + reads_text(reads_of(view, step, step.extra->condition));
  constexpr std::size_t kMostNeeds = 20;
  for (std::size_t i = 0; i < needs.size() && i < kMostNeeds; ++i)
    out += "  needs " + printable(needs[i]->id) + ": " + std::string(record::to_string(needs[i]->verdict)) + '\n';
  if (needs.size() > kMostNeeds) out += "  and " + std::to_string(needs.size() - kMostNeeds) + " more\n";
  if (!step.command.empty()) out += "  command " + printable(shorten(join(step.command, " "), 200)) + '\n';
  for (const auto& [key, place] : step.extra->set_by)
    out += "  " + printable(key) + " set by " + printable(place) + '\n';
  const Params params = params_of(view, step);
  return out + values_text("params.", params) + values_text("with ", {step.extra->params, step.extra->params_from}) +
         outputs_text(view, step) + printed_text(view.run(), step);
}

}  // namespace

int explain_step(const Common& common, const ExplainVerb& verb) {
  const auto place = find_named_run(common, verb.run.empty() ? std::string(record::kLastRun) : verb.run);
  const auto run = place ? record::read_run(place->folder) : Result<record::RunRecord>(failure(place.error()));
  if (!run) return give_up(common, run.error());
  RunView view(*run);
  const auto found = view.instances(verb.subject);
  if (found.empty()) {
    return give_up(common, view.no_such_step(verb.subject));
  }
  Json list = Json::array();
  for (const record::StepRecord* step : found) {
    if (common.json) {
      list.push_back(json_of(view, *step, view.needs(*step)));
    } else {
      std::cout << text_of(view, *step, view.needs(*step));
    }
  }
  if (common.json) std::cout << to_json_line(list) << '\n';
  return 0;
}

}  // namespace assay::cli
