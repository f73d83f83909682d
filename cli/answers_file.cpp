// SPDX-License-Identifier: Apache-2.0
#include "cli/answers_file.h"

#include <algorithm>

#include "cli/terminal/person.h"
#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/recipe/yaml.h"

namespace assay::cli {
namespace {

constexpr std::size_t kLargest = std::size_t{1} << 20U;

using recipe::YamlNode;

const plan::PlannedStep* find_step(const plan::Plan& plan, const std::string& id) {
  const auto found =
      std::find_if(plan.steps.begin(), plan.steps.end(), [&](const plan::PlannedStep& step) { return step.id == id; });
  return found == plan.steps.end() ? nullptr : &*found;
}

Diagnostic no_such_step(const plan::Plan& plan, const YamlNode& key) {
  std::vector<std::string> ids;
  for (const plan::PlannedStep& step : plan.steps) ids.push_back(step.id);
  return {.code = Code::kUnknownStep,
          .where = key.span(),
          .message = "there is no step '" + printable(key.scalar) + "'",
          .help = did_you_mean(key.scalar, ids)};
}

// "yes", or { answer: yes, note: why }.
Result<run::GivenAnswer> answer_of(const YamlNode& node) {
  const Diagnostic wrong{.code = Code::kBadValue,
                         .where = node.span(),
                         .message = "this is no answer",
                         .expected = "a value, or { answer: VALUE, note: TEXT }"};
  run::GivenAnswer out;
  if (node.kind == YamlNode::Kind::kScalar) {
    out.text = node.scalar;
    return out;
  }
  if (node.kind != YamlNode::Kind::kMapping) return failure(wrong);
  bool answered = false;
  for (const auto& entry : node.entries) {
    if (entry.value->kind != YamlNode::Kind::kScalar) return failure(wrong);
    if (entry.key->scalar == "answer") {
      out.text = entry.value->scalar;
      answered = true;
    } else if (entry.key->scalar == "note") {
      out.note = entry.value->scalar;
    } else {
      return failure(wrong);
    }
  }
  return answered ? Result<run::GivenAnswer>(std::move(out)) : failure(wrong);
}

// What an `approve` step asks for is known before anything runs.
Result<void> check_fits(const plan::PlannedStep& step, const run::GivenAnswer& answer, const YamlNode& where) {
  if (!step.step->approve) return {};
  const recipe::ApproveAction& action = *step.step->approve;
  const auto value = run::parse_answer(
      {.step = step.id, .type = std::string(recipe::to_string(action.answer)), .choices = action.choices}, answer.text);
  if (value) return {};
  Diagnostic problem = value.error();
  problem.where = where.span();
  return failure(std::move(problem));
}

}  // namespace

Result<std::map<std::string, run::GivenAnswer>> read_answers(const std::filesystem::path& file,
                                                             const plan::Plan& plan) {
  ASSAY_TRY(std::string text, read_file(file, kLargest));
  const recipe::YamlDocument document = recipe::parse_yaml(std::move(text), file.string());
  if (!document.root || document.problems.has_errors()) return failure(document.problems.items().front());
  if (document.root->kind != YamlNode::Kind::kMapping) {
    return failure(Diagnostic{.code = Code::kBadValue,
                              .where = document.root->span(),
                              .message = "a file of answers is a mapping of steps to answers",
                              .help = "for example: go: yes"});
  }
  std::map<std::string, run::GivenAnswer> out;
  for (const auto& entry : document.root->entries) {
    const plan::PlannedStep* const step = find_step(plan, entry.key->scalar);
    if (step == nullptr) return failure(no_such_step(plan, *entry.key));
    ASSAY_TRY(run::GivenAnswer answer, answer_of(*entry.value));
    ASSAY_CHECK(check_fits(*step, answer, *entry.value));
    answer.who = who_is_here() + " by " + file.string();
    out.emplace(step->id, std::move(answer));
  }
  return out;
}

}  // namespace assay::cli
