// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/verbs.h"
#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/expr/expression.h"
#include "engine/expr/request.h"
#include "engine/expr/typed_json.h"
#include "engine/hardware/facts.h"
#include "engine/recipe/yaml.h"
#include "engine/system/spawn.h"
#include "engine/target/local_target.h"

namespace assay::cli {
namespace {

constexpr std::size_t kLongestLine = std::size_t{16} << 20U;

using Variables = std::map<std::string, expr::Value, std::less<>>;

// `has_facts`: `facts` is what it is in recipes.
expr::Declarations declarations_of(const Variables& variables, bool has_facts) {
  expr::Declarations out;
  for (const auto& [name, value] : variables) out.variable(name, expr::type_of(value));
  if (has_facts) out.variable("facts", hardware::facts_type());
  return out;
}

expr::Activation activation_of(const Variables& variables) {
  return {.variable = [&variables](std::string_view name) -> std::optional<expr::Value> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
          },
          .function = {}};
}

Result<Variables> read_variables(const std::filesystem::path& file) {
  ASSAY_TRY(std::string text, read_file(file, kLongestLine));
  const recipe::YamlDocument document = recipe::parse_yaml(std::move(text), file.string());
  if (!document.root) return failure(document.problems.items().front());
  Variables out;
  if (document.root->kind == recipe::YamlNode::Kind::kNull) return out;
  if (document.root->kind != recipe::YamlNode::Kind::kMapping) {
    return failure(Diagnostic{.code = Code::kWrongType,
                              .where = document.root->span(),
                              .message = "the values of names must be a mapping of names to values"});
  }
  for (const auto& entry : document.root->entries)
    out.insert_or_assign(entry.key->scalar, recipe::to_value(*entry.value));
  return out;
}

// The answer to what was no request, which is said on standard error too.
void refuse_line(const Common& common, Json out, std::size_t number, Diagnostic problem) {
  out["error"] = problem.message;
  std::cout << to_json_line(out) << '\n';
  problem.message = "line " + std::to_string(number) + ": " + problem.message;
  complain(common, problem);
}

// One line in, one line out, with the same id; false: the line was no request.
bool answer_line(const Common& common, const std::string& line, std::size_t number) {
  Json out = Json::object();
  out["id"] = nullptr;
  const auto json = parse_json(line, "the line", {.bytes = kLongestLine});
  if (json && json->is_object() && json->contains("id")) out["id"] = (*json)["id"];
  const auto answer = json ? expr::answer_request(*json) : Result<Json>(failure(json.error()));
  if (!answer) {
    refuse_line(common, std::move(out), number, answer.error());
    return false;
  }
  out.update(*answer);
  std::cout << to_json_line(out) << '\n';
  return true;
}

int batch(const Common& common, const std::filesystem::path& file) {
  std::ifstream opened;
  if (file != "-") {
    std::error_code ignored;
    const bool folder = std::filesystem::is_directory(file, ignored);
    if (!folder) opened.open(file, std::ios::binary);
    if (folder || !opened) {
      const Diagnostic problem = system_failure("read", file, folder ? EISDIR : errno);
      complain(common, problem);
      return kUsageExit;
    }
  }
  std::istream& in = file == "-" ? std::cin : opened;
  LineReader reader(in, kLongestLine);
  bool good = true;
  std::string line;
  for (std::size_t number = 1;; ++number) {
    const LineReader::Got got = reader.next(line);
    if (got == LineReader::Got::kEnd) break;
    if (got == LineReader::Got::kTooLong) {
      refuse_line(common, Json::object({{"id", nullptr}}), number,
                  {.code = Code::kTooLarge,
                   .message = "a request is at most " + std::to_string(kLongestLine >> 20U) + " MiB long"});
      good = false;
    } else if (!trim(line).empty()) {
      good = answer_line(common, line, number) && good;
    }
  }
  return good ? 0 : kUsageExit;
}

}  // namespace

int eval(const Common& common, const EvalVerb& verb) {
  if (verb.batch) return batch(common, *verb.batch);
  const auto give_up = [&](const Diagnostic& problem) {
    if (verb.typed) std::cout << to_json_line(Json{{"error", problem.message}}) << '\n';
    complain(common, problem);
    return kUsageExit;
  };
  Variables variables;
  if (verb.vars) {
    auto read = read_variables(*verb.vars);
    if (!read) return give_up(read.error());
    variables = std::move(*read);
  }
  if (verb.facts)
    variables.insert_or_assign("facts", target::LocalTarget(system::current_environment()).collect_facts().tree);
  const auto expression = expr::parse_given(verb.expression);
  if (!expression) return give_up(expression.error());
  const expr::Checked checked = expr::check(*expression, declarations_of(variables, verb.facts));
  if (checked.problems.has_errors()) {
    if (verb.typed) std::cout << to_json_line(Json{{"error", expr::first_error(checked.problems)}}) << '\n';
    complain(common, checked.problems);
    return kUsageExit;
  }
  complain(common, checked.problems);
  const auto value = expr::evaluate(*expression, activation_of(variables));
  if (!value) return give_up(value.error());
  const auto text = expr::to_text(*value);
  if (verb.typed) {
    std::cout << to_json_line(expr::to_typed_json(*value)) << '\n';
  } else if (const auto key = text ? std::nullopt : expr::key_of_two(*value)) {
    return give_up({.code = Code::kExpressionType,
                    .message = "two keys of one map are written '" + printable(shorten(*key, 60)) + "' in JSON",
                    .help = "--typed writes keys with their types"});
  } else {
    std::cout << (common.json || !text ? to_json_line(expr::to_json(*value)) : *text) << '\n';
  }
  return 0;
}

}  // namespace assay::cli
