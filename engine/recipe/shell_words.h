// SPDX-License-Identifier: Apache-2.0
// What a command makes of its words, as far as it reads them as code: `sh -c`, `eval`, `let` and their like. A value
// has no place there, because it would be shell text (semantics 1.4).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace assay::recipe {

// Stands in a word for what only the run knows: a value, $(…), ${…}.
inline constexpr char kUnknownText = '\1';

struct CodeWord {
  std::string place;  // "in the script of 'sh -c'"
  std::string cure;
};

// Why a value cannot stand in the word behind the words `before`, after `begin` of it; nullopt: it can. Words are
// without their quotes. Of programs, for lists and scripts; `list`: the cure is written as a list.
std::optional<CodeWord> program_reads_code(std::span<const std::string> before, std::string_view begin, bool list);
// … and of the commands that a shell itself knows.
std::optional<CodeWord> builtin_reads_code(std::span<const std::string> before, std::string_view begin);

// The shell, or what starts one, if a command of these words takes its standard input for a script: "sh", "ssh".
std::string reads_script(std::span<const std::string> words);
// Whether it only prints its words.
bool prints(std::span<const std::string> words);
// "declare -i" and its like: what is assigned from then on is evaluated. Empty: another command.
std::string evaluating_declaration(std::span<const std::string> words);

// For a value that would be evaluated as a number.
inline constexpr std::string_view kComputeBefore =
    "compute it in the expression: ${{ params.n + 1 }}; or check first that it is a number: n=${{ … }}; case $n in "
    "''|*[!0-9]*) exit 2 ;; esac";

}  // namespace assay::recipe
