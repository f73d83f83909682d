// SPDX-License-Identifier: Apache-2.0
#include "engine/rehearse/script.h"

#include "engine/base/text.h"

namespace assay::rehearse {

std::string without_row(std::string_view instance) {
  // Only the last part: a row of an outer step names another instance.
  const auto part = instance.rfind('/');
  const auto row = instance.find('[', part == std::string_view::npos ? 0 : part);
  return std::string(instance.substr(0, row));
}

Script::Script(const recipe::TestCase& test) : test_(test) {
  for (const recipe::ScriptedStep& step : test.steps) steps_.emplace(step.id.text, &step);
  for (const recipe::Name& tool : test.tools_missing) missing_tools_.insert(tool.text);
}

Result<const recipe::ScriptedResult*> Script::next(const std::string& instance) {
  auto found = steps_.find(instance);
  if (found == steps_.end()) found = steps_.find(without_row(instance));
  if (found == steps_.end()) {
    Diagnostic problem{
        .code = Code::kScriptMissing,
        .where = test_.where,
        .message = "the case does not say what the process of '" + instance + "' does",
        .help = "add to its `steps`: " + (instance.find('[') == std::string::npos ? instance : '\'' + instance + '\'') +
                ": { exit_code: 0, stdout: \"\" }"};
    problems_.add(problem);
    return failure(std::move(problem));
  }
  const recipe::ScriptedStep& step = *found->second;
  if (!step.in_turn) {
    used_[&step] = 1;
    return &step.results.front();
  }
  std::size_t& position = position_[instance];
  if (position == step.results.size()) {
    Diagnostic problem{.code = Code::kScriptMissing,
                       .where = step.id.where,
                       .message = "'" + instance + "' is executed more often than it has results: " +
                                  std::to_string(position),
                       .help = "add a result to the list, or give one without a list for every execution"};
    problems_.add(problem);
    return failure(std::move(problem));
  }
  const recipe::ScriptedResult& result = step.results[position++];
  used_[&step] = std::max(used_[&step], position);
  return &result;
}

bool Script::has(const std::string& instance) const {
  return steps_.count(instance) > 0 || steps_.count(without_row(instance)) > 0;
}

void Script::started(const std::string& instance, const system::ProcessSpec& spec) {
  StartedProcess process{.argv = {}, .env = spec.env, .input = spec.input};
  const std::string folder = spec.cwd.string();
  for (const std::string& word : spec.argv) process.argv.push_back(replace_all(word, folder, "{scratch}"));
  processes_.insert_or_assign(instance, std::move(process));
}

bool Script::is_missing(const std::string& tool) const { return missing_tools_.count(tool) > 0; }

const StartedProcess* Script::last_process(const std::string& instance) const {
  const auto found = processes_.find(instance);
  return found != processes_.end() ? &found->second : nullptr;
}

std::size_t Script::used(const recipe::ScriptedStep& step) const {
  const auto found = used_.find(&step);
  return found != used_.end() ? found->second : 0;
}

}  // namespace assay::rehearse
