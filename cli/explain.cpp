// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/verbs.h"
#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/expr/expression.h"

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

// What is asked of one run, looked up once for all its steps.
class RunView {
 public:
  explicit RunView(const record::RunRecord& run) : run_(run) {
    for (const record::StepRecord& step : run.steps) {
      by_id_.emplace(step.id, &step);
      by_name_[name_of(step.id)].push_back(&step);
    }
  }

  [[nodiscard]] const record::RunRecord& run() const { return run_; }
  // All instances of a step: "flip" stands for "flip[…]" and "flip@…" too.
  [[nodiscard]] std::vector<const record::StepRecord*> instances(const std::string& id) const {
    if (const auto one = by_id_.find(id); one != by_id_.end() && name_of(id) != id) return {one->second};
    const auto found = by_name_.find(id);
    return found == by_name_.end() ? std::vector<const record::StepRecord*>{} : found->second;
  }
  // The `use` or `suite` that the step is inside of; nullptr: the run itself.
  [[nodiscard]] const record::StepRecord* container(const record::StepRecord& step) const {
    for (auto slash = step.id.rfind('/'); slash != std::string::npos && slash > 0;
         slash = step.id.rfind('/', slash - 1)) {
      const auto found = by_id_.find(step.id.substr(0, slash));
      if (found != by_id_.end()) return found->second;
    }
    return nullptr;
  }
  // What the step needs; asked for many instances with the same needs, and answered once.
  [[nodiscard]] const std::vector<const record::StepRecord*>& needs(const record::StepRecord& step) {
    const auto [place, is_new] = needs_.try_emplace(step.needs);
    if (!is_new) return place->second;
    for (const std::string& id : step.needs) {
      for (const record::StepRecord* need : instances(id)) place->second.push_back(need);
    }
    return place->second;
  }

 private:
  // The id without its own row and target: "a[x=1]/b[y=2]@t" -> "a[x=1]/b".
  static std::string name_of(const std::string& id) {
    const auto slash = id.rfind('/');
    const auto end = id.find_first_of("[@", slash == std::string::npos ? 0 : slash);
    return id.substr(0, end);
  }

  const record::RunRecord& run_;
  std::map<std::string, const record::StepRecord*, std::less<>> by_id_;
  std::map<std::string, std::vector<const record::StepRecord*>, std::less<>> by_name_;
  std::map<std::vector<std::string>, std::vector<const record::StepRecord*>> needs_;
};

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
    for (const Read& read : reads_of(view, step, text))
      out += "    reads " + printable(read.name) + (read.value.empty() ? "" : ": " + printable(read.value)) + '\n';
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
              {"command", step.command}};
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
    out += ", " + seconds_text(step.duration_s) + ": " + std::string(record::to_string(step.verdict)) +
           (step.change == "ok" ? ", there was nothing to do" : step.change.empty() ? "" : ", " + step.change) +
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

std::string text_of(const RunView& view, const record::StepRecord& step, const Needs& needs) {
  std::string out = printable(step.id) + " in " + view.run().id + ", " + printable(view.run().recipe_name) + '\n' +
                    history_of(view.run(), step, needs);
  if (!step.extra->condition.empty()) out += "  if " + printable(step.extra->condition) + '\n';
  constexpr std::size_t kMostNeeds = 20;
  for (std::size_t i = 0; i < needs.size() && i < kMostNeeds; ++i)
    out += "  needs " + printable(needs[i]->id) + ": " + std::string(record::to_string(needs[i]->verdict)) + '\n';
  if (needs.size() > kMostNeeds) out += "  and " + std::to_string(needs.size() - kMostNeeds) + " more\n";
  if (!step.command.empty()) out += "  command " + printable(shorten(join(step.command, " "), 200)) + '\n';
  for (const auto& [key, place] : step.extra->set_by)
    out += "  " + printable(key) + " set by " + printable(place) + '\n';
  const Params params = params_of(view, step);
  return out + values_text("params.", params) + values_text("with ", {step.extra->params, step.extra->params_from}) +
         outputs_text(view, step);
}

int explain_step(const Common& common, const ExplainVerb& verb) {
  const auto run = read_named_run(common, verb.run);
  if (!run) {
    complain(common, run.error());
    return exit_code_of(run.error());
  }
  RunView view(*run);
  const auto found = view.instances(verb.subject);
  if (found.empty()) {
    std::vector<std::string> ids;
    for (const record::StepRecord& step : run->steps) ids.push_back(step.id);
    complain(common, Diagnostic{.code = Code::kUnknownStep,
                                .message = "the run " + run->id + " has no step '" + printable(verb.subject) + "'",
                                .help = did_you_mean(verb.subject, ids)});
    return kUsageExit;
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

}  // namespace

int explain(const Common& common, const ExplainVerb& verb) {
  if (verb.markdown) {
    std::cout << page_of_codes();
    return 0;
  }
  return looks_like_code(verb.subject) ? explain_code(common, verb.subject) : explain_step(common, verb);
}

}  // namespace assay::cli
