// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/shell_words.h"

#include <algorithm>
#include <array>

namespace assay::recipe {
namespace {

using Words = std::span<const std::string>;

constexpr std::string_view kShells[] = {"sh",    "bash",  "dash", "ash",  "ksh", "ksh93", "mksh",
                                        "pdksh", "rbash", "zsh",  "fish", "csh", "tcsh"};
// Programs that hand one word behind -c to a shell.
constexpr std::string_view kCommandTakers[] = {"su", "runuser", "sg", "script", "flock"};
// Programs that start another one, which their words name.
constexpr std::string_view kStarters[] = {
    "sudo",    "doas",    "env",     "exec",    "command", "nohup",   "timeout", "time",    "nice",       "ionice",
    "chroot",  "nsenter", "unshare", "setsid",  "stdbuf",  "taskset", "numactl", "flock",   "xargs",      "busybox",
    "sshpass", "docker",  "podman",  "kubectl", "ssh",     "strace",  "chrt",    "prlimit", "systemd-run"};
constexpr std::string_view kDeclarations[] = {"declare", "typeset", "local", "export", "readonly"};
constexpr std::string_view kTypedDeclarations[] = {"declare", "typeset", "local"};
constexpr std::string_view kNameTakers[] = {"read", "unset", "wait"};

template <std::size_t N>
bool is_one_of(std::string_view word, const std::string_view (&list)[N]) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

std::string_view base_name(std::string_view word) { return word.substr(word.rfind('/') + 1); }

std::size_t name_length(std::string_view text) {
  constexpr std::string_view kFirst = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  if (text.empty() || kFirst.find(text[0]) == std::string_view::npos) return 0;
  return std::min(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789"),
                  text.size());
}

// "NAME=…", "NAME+=…", "NAME[…]=…"
bool is_assignment(std::string_view word) {
  const std::size_t length = name_length(word);
  if (length == 0) return false;
  std::string_view rest = word.substr(length);
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return false;
    rest.remove_prefix(end + 1);
  }
  return rest.starts_with('=') || rest.starts_with("+=");
}

// Where the command's own name stands; words.size(): not yet.
std::size_t program_of(Words words) {
  std::size_t i = 0;
  while (i < words.size() && (is_assignment(words[i]) || words[i] == "command" || words[i] == "builtin")) ++i;
  return i;
}

bool is_option(std::string_view word) { return word.size() > 1 && (word[0] == '-' || word[0] == '+'); }

// Of a shell's words behind its name.
struct ShellWords {
  bool command = false;     // -c was among the options
  bool operand = false;     // a word that is no option follows: the script, or the file that holds it
  bool from_input = false;  // -s
};
ShellWords look_at_shell(Words words) {
  ShellWords out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--") continue;
    if (!is_option(words[i])) {
      out.operand = true;
      return out;
    }
    if (words[i].starts_with("--")) {
      if (words[i] == "--rcfile" || words[i] == "--init-file") ++i;
      continue;
    }
    out.command = out.command || words[i].find('c') != std::string::npos;
    out.from_input = out.from_input || words[i].find('s') != std::string::npos;
    if (words[i].back() == 'o' || words[i].back() == 'O') ++i;  // the name of an option follows
  }
  return out;
}

// How many words of ssh's are no options: the first is the host, the others are a command for its shell.
std::size_t operands_of_ssh(Words words) {
  constexpr std::string_view kWithWord = "BbcDEeFIiJLlmOoPpQRSWw";
  std::size_t operands = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (operands > 0 || !is_option(words[i])) {
      ++operands;
    } else if (kWithWord.find(words[i].back()) != std::string_view::npos && words[i].size() == 2) {
      ++i;
    }
  }
  return operands;
}

std::optional<CodeWord> in_script_of(std::string_view shell, bool list) {
  const std::string name(shell);
  return CodeWord{.place = "in the script of '" + name + " -c'",
                  .cure = list ? "pass it as an argument: [" + name + ", -c, 'echo \"$1\"', " + name + ", \"${{ … }}\"]"
                               : "pass it as an argument: " + name + " -c 'echo \"$1\"' " + name + " ${{ … }}"};
}

std::optional<CodeWord> for_another_shell(std::string_view program) {
  return CodeWord{.place = "in a command that '" + std::string(program) + "' gives to a shell",
                  .cure = "let that shell read it from its standard input: IFS= read -r x, and then \"$x\""};
}

// Of a command whose words `before` the value begin with its own name.
std::optional<CodeWord> one_program_reads_code(Words before, std::string_view begin, bool list, bool starts_it) {
  const std::string_view name = base_name(before.front());
  const Words rest = before.subspan(1);
  if (is_one_of(name, kShells)) {
    const ShellWords seen = look_at_shell(rest);
    if (!seen.operand && (seen.command || is_option(begin) || begin == "-")) return in_script_of(name, list);
  }
  if (is_one_of(name, kCommandTakers)) {
    const std::string last = rest.empty() ? "" : rest.back();
    const bool behind = last == "--command" || last == "--session-command" ||
                        (is_option(last) && !last.starts_with("--") && last.back() == 'c');
    const bool attached = begin.starts_with("--command=") || begin.starts_with("--session-command=") ||
                          (begin.starts_with("-c") && begin.size() >= 2);
    if (behind || attached) return for_another_shell(name);
  }
  if (name == "ssh" && starts_it && operands_of_ssh(rest) > 0) return for_another_shell(name);
  if (name == "watch" && starts_it) return for_another_shell(name);
  return std::nullopt;
}

}  // namespace

std::optional<CodeWord> program_reads_code(Words before, std::string_view begin, bool list) {
  const std::size_t program = program_of(before);
  for (std::size_t i = program; i < before.size(); ++i) {
    if (i > program && (before[i - 1] == "-s" || before[i - 1] == "--shell")) continue;  // useradd -s /bin/sh -c NAME
    const bool starts_it = i == program || is_one_of(base_name(before[program]), kStarters);
    if (auto code = one_program_reads_code(before.subspan(i), begin, list, starts_it)) return code;
  }
  return std::nullopt;
}

std::optional<CodeWord> builtin_reads_code(Words before, std::string_view begin) {
  const std::size_t program = program_of(before);
  const std::size_t length = name_length(begin);
  const bool names_element = begin.substr(length).starts_with('[') && begin.find(']') == std::string_view::npos;
  if (names_element && (program == before.size() || (length == 0 && begin.size() > 1) || begin == "["))
    return CodeWord{.place = "in a subscript, which is evaluated", .cure = std::string(kComputeBefore)};
  if (program == before.size()) return std::nullopt;
  const std::string& name = before[program];
  const Words rest = before.subspan(program + 1);
  const auto any_option = [&](std::string_view letters) {
    return std::any_of(rest.begin(), rest.end(), [&](const std::string& word) {
      return is_option(word) && word.find_first_of(letters) != std::string::npos;
    });
  };
  if (name == "eval" || name == "alias")
    return CodeWord{.place = "among the words of '" + name + "', which are read as code",
                    .cure = "run the command itself: its words may be values"};
  if (name == "trap")
    return CodeWord{.place = "in the command of 'trap', which is read as code later",
                    .cure = "assign it to a variable: x=${{ … }}; trap 'rm -f \"$x\"' EXIT"};
  if (name == "let")
    return CodeWord{.place = "among the words of 'let', which are evaluated", .cure = std::string(kComputeBefore)};
  const auto in_name = [&] {
    return CodeWord{.place = "in a name for '" + name + "', whose subscript would be evaluated",
                    .cure = "write the name itself: only its content can be a value"};
  };
  if (is_one_of(name, kNameTakers) && (name != "wait" || any_option("p"))) return in_name();
  if ((name == "[" || name == "test") && !rest.empty() && (rest.back() == "-v" || rest.back() == "-R"))
    return in_name();
  if (name == "printf" && ((rest.size() == 1 && rest[0] == "-v") || (rest.empty() && begin.starts_with("-v"))))
    return in_name();
  if (is_one_of(name, kDeclarations)) {
    const bool plain =
        is_assignment(begin) && begin.find('[') == std::string_view::npos && begin.find("=(") == std::string_view::npos;
    if (!plain) return in_name();
    if (any_option("aAin"))
      return CodeWord{.place = "in what '" + name + "' evaluates, as its options say",
                      .cure = "leave the option out; a list is set on a line of its own: list=(${{ … }})"};
  }
  return std::nullopt;
}

std::string reads_script(Words words) {
  const std::size_t program = program_of(words);
  if (program == words.size()) return {};
  const bool starts = is_one_of(base_name(words[program]), kStarters);
  for (std::size_t i = program; i < words.size() && (i == program || starts); ++i) {
    const std::string_view name = base_name(words[i]);
    const Words rest = words.subspan(i + 1);
    if (is_one_of(name, kShells)) {
      const ShellWords seen = look_at_shell(rest);
      if (seen.from_input || (!seen.command && !seen.operand)) return std::string(name);
    }
    if ((name == "su" || name == "runuser") && std::none_of(rest.begin(), rest.end(), [](const std::string& word) {
          return word.starts_with("--command") || (is_option(word) && word.find('c') != std::string::npos);
        }))
      return std::string(name);
    if (name == "ssh" && operands_of_ssh(rest) == 1) return std::string(name);
  }
  return {};
}

bool prints(Words words) {
  const std::size_t program = program_of(words);
  return program < words.size() && (base_name(words[program]) == "echo" || base_name(words[program]) == "printf");
}

std::string evaluating_declaration(Words words) {
  const std::size_t program = program_of(words);
  if (program == words.size() || !is_one_of(words[program], kTypedDeclarations)) return {};
  for (const std::string& word : words.subspan(program + 1)) {
    if (is_option(word) && word.find_first_of("in") != std::string::npos && word.find('=') == std::string::npos)
      return words[program] + " " + word;
  }
  return {};
}

}  // namespace assay::recipe
