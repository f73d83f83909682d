// SPDX-License-Identifier: Apache-2.0
// What the keys of a step cannot tell one by one.
#include <algorithm>

#include "engine/base/text.h"
#include "engine/recipe/shell_words.h"
#include "engine/recipe/step_reader.h"

namespace assay::recipe {
namespace {

using N = YamlNode;

// Another shell for a program that no shell starts.
void check_shell(ReadContext& context, const N& node, const Step& step) {
  const N* shell = node.find("shell");
  if (shell == nullptr || step.run.argv.empty() || step.run.probe) return;
  context.error(Code::kBadValue, *shell, "'shell' means nothing here: 'run' is a list, which no shell reads",
                "a script: `run: |` and its lines", "leave 'shell' out");
}

// Words that only a shell understands, in a list that no shell reads.
void check_words(ReadContext& context, const N& node) {
  const N* run = node.find("run");
  if (run == nullptr || run->kind != N::Kind::kSequence || run->items.empty()) return;
  static constexpr std::string_view kSigns[] = {"|", "||", "&&", ">", ">>", "<", "&", "2>&1", "2>", "&>"};
  static constexpr std::string_view kTakers[] = {"expr", "test", "[", "find", "jq", "awk", "sh", "bash"};
  const std::string& program = run->items.front()->scalar;
  if (std::find(std::begin(kTakers), std::end(kTakers), program.substr(program.rfind('/') + 1)) != std::end(kTakers))
    return;
  for (const NodePtr& item : run->items) {
    const std::string& word = item->scalar;
    const bool sign = std::find(std::begin(kSigns), std::end(kSigns), word) != std::end(kSigns) ||
                      word.starts_with("2>/") || word.starts_with(">/");
    const bool variable = word.size() > 1 && word[0] == '$' && (word[1] < '0' || word[1] > '9') &&
                          word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789{}", 1) == std::string::npos;
    if (!sign && !variable) continue;
    context.warning(
        Code::kBadValue, *item,
        "'" + word + "' reaches '" + shorten(printable(program), 40) + "' as it is: no shell reads this list",
        variable ? "write \"${{ env.NAME }}\", or a script: `run: |` and its lines"
                 : "write a script: `run: |` and its lines");
  }
}

// A script that is given on the standard input is shell text like any other.
void check_input(ReadContext& context, const Step& step) {
  if (!step.stdin_text || step.run.argv.empty()) return;
  std::vector<std::string> words;
  for (const TextField& field : step.run.argv) {
    words.emplace_back();
    for (const expr::TextPart& part : field.text.parts())
      words.back() += part.expression ? std::string(1, kUnknownText) : part.literal;
  }
  const std::string shell = reads_script(words);
  if (shell.empty()) return;
  for (const expr::TextPart& part : step.stdin_text->text.parts()) {
    if (!part.expression) continue;
    context.problems().add({.code = Code::kShellUnsafe,
                            .where = part.expression->place().value_or(step.stdin_text->where),
                            .message = "'${{ " + part.expression->text() + " }}' stands in what '" + shell +
                                       "' reads as a script, where a value cannot be passed safely",
                            .help = "write the script as `run: |` and its lines, where values are quoted for you"});
  }
}

// A step begins in a fresh, empty folder, so no folder is there by a relative name.
void check_folder(ReadContext& context, const N& node, const Step& step) {
  if (!step.cwd || step.cwd->text.parts().empty()) return;
  const std::string& begin = step.cwd->text.parts().front().literal;
  if (begin.empty() || begin.starts_with('/') || (begin == "." && step.cwd->text.parts().size() == 1)) return;
  context.error(Code::kBadValue, *node.find("cwd"),
                "there is no folder '" + shorten(printable(begin), 60) + "': a step begins in a fresh, empty folder",
                "an absolute path, or no 'cwd'",
                begin.starts_with('~') ? "write \"${{ env.HOME }}/…\": '~' is a word of shells"
                                       : "make the folder in a script: mkdir -p NAME && cd NAME");
}

// Artifacts are looked for below the step's folder.
void check_artifacts(ReadContext& context, const N& node) {
  const N* list = node.find("artifacts");
  if (list == nullptr) return;
  for (const NodePtr& item : list->items) {
    if (item->kind != N::Kind::kScalar) continue;
    const std::vector<std::string_view> parts = split(item->scalar, '/');
    const bool upwards = std::find(parts.begin(), parts.end(), "..") != parts.end();
    if (!upwards && !item->scalar.starts_with('/') && !item->scalar.empty()) continue;
    context.error(Code::kBadValue, *item,
                  item->scalar.empty() ? "an artifact without a name"
                                       : "'" + shorten(printable(item->scalar), 60) + "' is outside the step's folder",
                  "a name or pattern below the step's folder, for example results/*.json",
                  item->scalar.empty() ? "" : "copy the file into the folder first");
  }
}

void check_times(ReadContext& context, const N& node, const Step& step) {
  const N* deadline = node.find("deadline");
  if (deadline == nullptr || !step.deadline || !step.timeout || *step.deadline >= *step.timeout) return;
  context.warning(Code::kBadValue, *deadline, "the deadline is shorter than the timeout, which no attempt will reach",
                  "`timeout` is the longest time of one attempt, `deadline` that of all together");
}

void check_exits(ReadContext& context, const N& node, const Step& step) {
  const N* skip = node.find("skip_exit");
  for (const int code : step.skip_exit) {
    if (std::find(step.ok_exit.begin(), step.ok_exit.end(), code) == step.ok_exit.end()) continue;
    context.error(Code::kBadValue, *skip, "exit code " + std::to_string(code) + " both passes and skips",
                  code == 0 ? "codes above 0: a step passes with 0" : "each code in one of 'ok_exit' and 'skip_exit'");
  }
}

// Resume asks only before it destroys something again.
void check_interrupt(ReadContext& context, const N& node, const Step& step) {
  const N* key = node.find("on_interrupt");
  if (key == nullptr || !step.on_interrupt || step.effect == Effect::kDestroys) return;
  context.error(Code::kBadValue, *key, "'on_interrupt' means nothing here: any other step is simply run again",
                "a step with `effect: destroys`");
}

SourceSpan find_key(const std::vector<Name>& keys, std::string_view key, const SourceSpan& otherwise) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const Name& name) { return name.text == key; });
  return found != keys.end() ? found->where : otherwise;
}

}  // namespace

void check_sense(ReadContext& context, const YamlNode& node, const Step& step) {
  check_shell(context, node, step);
  check_words(context, node);
  check_input(context, step);
  check_folder(context, node, step);
  check_artifacts(context, node);
  check_times(context, node, step);
  check_exits(context, node, step);
  check_interrupt(context, node, step);
}

SourceSpan place_of(const Step& step, std::string_view key) { return find_key(step.keys, key, step.id.where); }
SourceSpan place_of(const Recipe& recipe, std::string_view key) {
  return find_key(recipe.keys, key, {.source = recipe.source, .line = 1, .column = 1});
}

}  // namespace assay::recipe
