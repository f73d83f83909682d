// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/shell_script.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "engine/base/text.h"
#include "engine/recipe/shell_words.h"

namespace assay::recipe {
namespace {

// Where in the shell's grammar (POSIX.1-2017, XCU 2.2 Quoting, 2.7.4 Here-Document) the reader stands.
enum class Place : std::uint8_t {
  kPlain,
  kDouble,
  kSingle,
  kDollarSingle,  // $'…' of bash; other shells take it for $ and '…'
  kBackquote,
  kComment,
  kBraces,
  kArithmetic,
  kHere,
  kQuotedHere
};

std::string_view describe(Place place) {
  switch (place) {
    case Place::kSingle: return "inside single quotes";
    case Place::kDollarSingle: return "inside $'…'";
    case Place::kBackquote: return "inside backquotes";
    case Place::kComment: return "inside a comment";
    case Place::kBraces: return "inside ${…}";
    case Place::kArithmetic: return "inside $((…))";
    case Place::kQuotedHere: return "inside a here-document with a quoted delimiter";
    default: return "here";
  }
}

std::string_view cure(Place place) {
  switch (place) {
    case Place::kSingle:
    case Place::kDollarSingle: return "use double quotes, or leave the quotes out: values are quoted for you";
    case Place::kBackquote: return "use $(…) instead of backquotes";
    case Place::kComment: return "remove it from the comment";
    case Place::kQuotedHere: return "write the delimiter without quotes";
    case Place::kArithmetic: return kComputeBefore;
    default: return "assign it to a variable first: x=${{ … }}";
  }
}

// Why a value cannot stand at some place of the script.
using Refusal = CodeWord;

// The command that is being read, as far as its words say what it makes of a value.
struct Command {
  std::vector<std::string> words;  // without quotes; kUnknownText for what only the run knows
  std::string word;                // the one that is being read
  bool in_word = false;
  bool target = false;       // it is the file of a redirection, or …
  bool here_string = false;  // … a text behind <<<
  bool piped_into = false;
  int group = 0;                         // of { }, loops and ifs around it
  bool test = false;                     // inside [[ ]]
  std::string arithmetic;                // an operator of that [[ ]] which evaluates what it compares
  std::vector<std::size_t> in_test;      // values in it
  std::vector<std::size_t> printed;      // values that were printed into the pipe
  std::vector<std::size_t> here_values;  // values behind <<<
};

class Reader {
 public:
  // Reads literal text and moves through the grammar.
  void read(std::string_view text) {
    escaped_ = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      i += step(text, i);
      escaped_ = i >= text.size();  // the character behind a '\\' is not in this text
    }
  }

  // Innermost; one in which no value can stand counts for all that is inside it.
  [[nodiscard]] Place place() const { return stack_.back().place; }
  [[nodiscard]] Place place_of_value() const {
    const auto closed = std::find_if(stack_.rbegin(), stack_.rend(), [](const Frame& frame) {
      return frame.place != Place::kPlain && frame.place != Place::kDouble && frame.place != Place::kHere;
    });
    return closed != stack_.rend() ? closed->place : place();
  }
  // Behind a backslash the next character, the `$` of a value's reference, would be taken for itself.
  [[nodiscard]] bool escaped() const { return escaped_; }
  // What came before and cannot be followed, for messages; empty: all is known.
  [[nodiscard]] std::string_view unclear() const { return unclear_; }
  // A value stands here; `index` names it in refused().
  void saw_value(std::size_t index);
  void end() {
    while (stack_.size() > 1) pop();
    end_command();
  }
  // Values that what their commands do with them rules out. Some are known only when the command has ended.
  [[nodiscard]] const std::map<std::size_t, Refusal>& refused() const { return refused_; }
  [[nodiscard]] bool has_pipeline() const { return pipeline_; }

 private:
  struct Frame {
    Place place = Place::kPlain;
    int depth = 0;  // of parentheses: a $( ends at the one that closes it
    bool command = false;
    Command line = {};  // of kPlain
  };
  struct Here {
    std::string delimiter;
    bool quoted = false;
    bool strip_tabs = false;
    std::string shell;  // that reads it as a script
  };

  void push(Place place, bool command = false) { stack_.push_back({place, 0, command}); }
  void pop() {
    if (stack_.size() <= 1) return;
    if (place() == Place::kPlain) end_command();
    stack_.pop_back();
  }

  // The innermost command whose words are being read.
  Command& line() {
    return std::find_if(stack_.rbegin(), stack_.rend(), [](const Frame& frame) { return frame.place == Place::kPlain; })
        ->line;
  }
  void add(char c) {
    Command& command = line();
    command.word += c;
    command.in_word = true;
  }
  void end_word();
  void end_command(char separator = '\n');
  std::size_t redirection(std::string_view text, std::size_t i);

  // Handles the character at `i`; returns how many more were taken.
  std::size_t step(std::string_view text, std::size_t i) {
    const char c = text[i];
    const auto next = [&](std::size_t k) { return i + k < text.size() ? text[i + k] : '\0'; };
    switch (place()) {
      case Place::kSingle:
        if (c == '\'') {
          pop();
        } else {
          add(c);
        }
        return 0;
      case Place::kDollarSingle:
        if (c == '\\' && next(1) == '\'') unclear_ = "after a \\' inside $'…', which shells read in two ways";
        if (c == '\\') return 1;
        if (c == '\'') {
          pop();
        } else {
          add(c);
        }
        return 0;
      case Place::kBackquote:
        if (c == '\\') return 1;
        if (c == '`') pop();
        return 0;
      case Place::kComment:
        if (c == '\n') {
          pop();
          return newline(text, i);
        }
        return 0;
      case Place::kHere:
      case Place::kQuotedHere: return here_character(text, i);
      case Place::kBraces:
        if (c == '\\') return 1;
        if (c == '}') {
          pop();
          return 0;
        }
        if (c == '"') push(Place::kDouble);
        if (c == '\'' && !quotes_are_text()) push(Place::kSingle);
        return expansion(text, i);
      case Place::kArithmetic: return arithmetic_character(text, i);
      case Place::kDouble:
        if (c == '"') {
          pop();
          return 0;
        }
        return c == '\\' ? escape(text, i) : expansion(text, i);
      case Place::kPlain: return plain_character(text, i);
    }
    return 0;
  }

  // In ${…} a single quote quotes, but not where the whole stands in double quotes.
  [[nodiscard]] bool quotes_are_text() const {
    const auto around = std::find_if(stack_.rbegin(), stack_.rend(), [](const Frame& frame) {
      return frame.place == Place::kPlain || frame.place == Place::kDouble || frame.place == Place::kHere;
    });
    return around != stack_.rend() && around->place != Place::kPlain;
  }

  std::size_t arithmetic_character(std::string_view text, std::size_t i) {
    const char c = text[i];
    int& depth = stack_.back().depth;
    if (c == '\\') return 1;
    if (c == '(') ++depth;
    if (c != ')') return expansion(text, i);
    if (depth > 0) {
      --depth;
      return 0;
    }
    const bool ends = text.substr(i).starts_with("))");
    if (!ends) unclear_ = "after a (( that is no arithmetic; write ( ( for two commands in each other";
    pop();
    return ends ? 1 : 0;
  }

  // The character behind a backslash stands for itself.
  std::size_t escape(std::string_view text, std::size_t i) {
    if (i + 1 < text.size() && text[i + 1] != '\n') add(text[i + 1]);
    return 1;
  }

  std::size_t expansion(std::string_view text, std::size_t i) {
    const std::string_view rest = text.substr(i);
    const bool words = place() == Place::kPlain || place() == Place::kDouble;
    const auto open = [&](Place place, std::size_t more, bool command = false) {
      if (words) add(kUnknownText);
      push(place, command);
      return more;
    };
    if (rest.starts_with("$((")) return open(Place::kArithmetic, 2);
    if (rest.starts_with("$(")) {
      at_word_start_ = true;
      return open(Place::kPlain, 1, true);
    }
    if (rest.starts_with("${")) return open(Place::kBraces, 1);
    if (rest.starts_with("`")) return open(Place::kBackquote, 0);
    if (rest.starts_with("$[")) unclear_ = "after a $[, which only some shells evaluate; write $((…))";
    if (words) add(text[i]);
    return 0;
  }

  std::size_t plain_character(std::string_view text, std::size_t i) {
    const char c = text[i];
    const bool word_start = at_word_start_;
    at_word_start_ = c == ' ' || c == '\t' || c == ';' || c == '&' || c == '|' || c == '(' || c == '\n';
    if (word_start && begins_case(text.substr(i))) unclear_ = "after a 'case' inside $(…)";
    switch (c) {
      case '\\': return escape(text, i);
      case '\'':
      case '"':
        line().in_word = true;
        push(c == '"' ? Place::kDouble : Place::kSingle);
        return 0;
      case '#':
        if (word_start) {
          push(Place::kComment);
        } else {
          add(c);
        }
        return 0;
      case ' ':
      case '\t': end_word(); return 0;
      case ';': end_command(c); return 0;
      case '\n': return newline(text, i);
      case '(':
        end_command(c);
        if (text.substr(i).starts_with("((")) {
          push(Place::kArithmetic);
          return 1;
        }
        ++stack_.back().depth;
        return 0;
      case ')':
        end_command(c);
        if (stack_.back().depth > 0) {
          --stack_.back().depth;
        } else if (stack_.back().command) {
          pop();
        }
        return 0;
      case '|':
        if (i + 1 < text.size() && text[i + 1] == '|') {
          end_command(';');
          return 1;
        }
        pipeline_ = true;
        end_command(c);
        return text.substr(i).starts_with("|&") ? 1 : 0;
      case '&':
        if (text.substr(i).starts_with("&>")) return 1 + redirection(text, i + 1);
        end_command(';');
        return 0;
      case '>': return redirection(text, i);
      case '<':
        return text.substr(i).starts_with("<<") && !text.substr(i).starts_with("<<<") ? here_operator(text, i)
                                                                                      : redirection(text, i);
      case '$':
        if (text.substr(i).starts_with("$'")) {
          line().in_word = true;
          push(Place::kDollarSingle);
          return 1;
        }
        return expansion(text, i);
      default: return expansion(text, i);
    }
  }

  // The number before an operator of redirection, as in 2>.
  void drop_descriptor() {
    Command& command = line();
    if (command.word.find_first_not_of("0123456789") == std::string::npos) {
      command.word.clear();
      command.in_word = false;
    }
    end_word();
  }

  // The patterns of a `case` have a `)` of their own, so that the end of $( is not known any more.
  [[nodiscard]] bool begins_case(std::string_view text) const {
    constexpr std::string_view kCase = "case";
    if (!text.starts_with(kCase) || text.substr(kCase.size()).find_first_of(" \t\n\\") != 0) return false;
    return std::any_of(stack_.begin(), stack_.end(), [](const Frame& frame) { return frame.command; });
  }

  std::size_t here_operator(std::string_view text, std::size_t i) {
    drop_descriptor();
    std::size_t at = i + 2;
    Here here;
    if (at < text.size() && text[at] == '-') {
      here.strip_tabs = true;
      ++at;
    }
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    while (at < text.size() && std::string_view(" \t\n;&|<>()").find(text[at]) == std::string_view::npos) {
      if (text[at] == '\'' || text[at] == '"' || text[at] == '\\') {
        here.quoted = true;
      } else {
        here.delimiter += text[at];
      }
      ++at;
    }
    waiting_.push_back(std::move(here));
    return at - i - 1;
  }

  // A line ended: a here-document that was announced on it begins.
  std::size_t newline(std::string_view, std::size_t) {
    at_word_start_ = true;
    if (place() == Place::kPlain) end_command();
    if (!waiting_.empty()) {
      push(waiting_.front().quoted ? Place::kQuotedHere : Place::kHere);
      here_line_.clear();
    }
    return 0;
  }

  std::size_t here_character(std::string_view text, std::size_t i) {
    const char c = text[i];
    if (c != '\n') {
      here_line_ += c;
      if (place() == Place::kHere && c == '\\') return 1;
      return place() == Place::kHere ? expansion(text, i) : 0;
    }
    std::string_view line = here_line_;
    while (waiting_.front().strip_tabs && line.starts_with('\t')) line.remove_prefix(1);
    const bool ends = line == waiting_.front().delimiter;
    here_line_.clear();
    if (ends) {
      waiting_.pop_front();
      pop();
      return newline(text, i);
    }
    return 0;
  }

  std::vector<Frame> stack_ = {Frame{}};
  std::deque<Here> waiting_;
  std::string here_line_;
  bool at_word_start_ = true;
  bool pipeline_ = false;
  bool escaped_ = false;
  std::string unclear_;
  std::map<std::size_t, Refusal> refused_;
};

// Words behind which a command begins.
bool is_reserved(std::string_view word) {
  static constexpr std::string_view kWords[] = {"if", "then", "elif", "else", "while", "until", "do",
                                                "!",  "{",    "}",    "fi",   "done",  "time",  "coproc"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

// Operators of [[ ]] that evaluate, as numbers or names, what stands beside them. The others compare texts.
bool evaluates(std::string_view word) {
  static constexpr std::string_view kWords[] = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v", "-R"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

void Reader::end_word() {
  Command& command = line();
  if (!command.in_word) return;
  std::string word = std::exchange(command.word, {});
  command.in_word = false;
  if (std::exchange(command.target, false)) {
    command.here_string = false;
    return;
  }
  if (command.test) {
    if (evaluates(word)) command.arithmetic = word;
    if (word != "]]") return;
    for (const std::size_t value : command.arithmetic.empty() ? std::vector<std::size_t>{} : command.in_test)
      refused_.emplace(value, Refusal{"in [[ … " + command.arithmetic + " … ]], which evaluates names and subscripts",
                                      "write [ … ] instead, which takes numbers only"});
    command.test = false;
    command.arithmetic.clear();
    command.in_test.clear();
    return;
  }
  if (command.words.empty() && is_reserved(word)) {
    command.group += word == "{" || word == "do" || word == "then" ? 1 : 0;
    command.group -= word == "}" || word == "done" || word == "fi" ? 1 : 0;
    return;
  }
  command.words.push_back(std::move(word));
  command.test = command.words.size() == 1 && command.words[0] == "[[";
  if (command.test) command.words.clear();
}

void Reader::end_command(char separator) {
  end_word();
  Command& command = line();
  if (command.test) return;  // its && and || and ( ) are its own
  if (const std::string shell = reads_script(command.words); !shell.empty()) {
    const Refusal refusal{"in what '" + shell + "' reads as a script",
                          "pass it as an argument, or in a variable of the environment"};
    for (const auto* values : {&command.printed, &command.here_values}) {
      for (const std::size_t value : *values) refused_.emplace(value, refusal);
    }
    for (Here& here : waiting_) here.shell = shell;
  }
  if (const std::string declaration = evaluating_declaration(command.words); !declaration.empty())
    unclear_ = "after a '" + declaration + "', behind which what is assigned is evaluated";
  const bool goes_on = separator == '|' || (separator == '\n' && command.words.empty() && command.piped_into);
  if (!goes_on && command.group <= 0 && stack_.back().depth == 0 && separator != '(') command.printed.clear();
  command.piped_into = goes_on;
  command.words.clear();
  command.here_values.clear();
}

std::size_t Reader::redirection(std::string_view text, std::size_t i) {
  drop_descriptor();
  const std::string_view rest = text.substr(i);
  if (rest.starts_with("<(") || rest.starts_with(">(")) {  // a command that is read or written as a file
    add(kUnknownText);
    push(Place::kPlain, true);
    at_word_start_ = true;
    return 1;
  }
  Command& command = line();
  command.target = !command.test;
  command.here_string = rest.starts_with("<<<");
  if (command.here_string) return 2;
  constexpr std::string_view kSecond = "><&|";
  return rest.size() > 1 && kSecond.find(rest[1]) != std::string_view::npos ? 1 : 0;
}

void Reader::saw_value(std::size_t index) {
  at_word_start_ = false;
  // What prints a value hands it to the command around it.
  bool printed = false;
  for (auto frame = stack_.rbegin(); frame != stack_.rend(); ++frame) {
    if (frame->place == Place::kHere) {
      const std::string& shell = waiting_.front().shell;
      if (!shell.empty())
        refused_.emplace(index, Refusal{"in what '" + shell + "' reads as a script",
                                        "pass it as an argument, or in a variable of the environment"});
      break;
    }
    if (frame->place != Place::kPlain) continue;
    Command& command = frame->line;
    if (command.test) {
      command.in_test.push_back(index);
      break;
    }
    if (command.target) {
      if (command.here_string) command.here_values.push_back(index);
      break;
    }
    auto code = program_reads_code(command.words, command.word, false);
    if (!code) code = builtin_reads_code(command.words, command.word);
    if (!code && printed) {  // bash <(echo …)
      const bool sources = !command.words.empty() && (command.words.back() == "." || command.words.back() == "source");
      const std::string shell = sources ? command.words.back() : reads_script(command.words);
      if (!shell.empty())
        code = CodeWord{"in what '" + shell + "' reads as a script",
                        "pass it as an argument, or in a variable of the environment"};
    }
    if (code) refused_.emplace(index, std::move(*code));
    if (!prints(command.words)) break;
    printed = true;
    command.printed.push_back(index);
  }
  if (place() == Place::kPlain || place() == Place::kDouble) add(kUnknownText);
}

// Why a value cannot stand where the reader is, and what to do; nullopt: it can.
std::optional<Refusal> refusal(const Reader& reader) {
  const Place place = reader.place_of_value();
  if (place != Place::kPlain && place != Place::kDouble && place != Place::kHere)
    return Refusal{std::string(describe(place)), std::string(cure(place))};
  if (reader.escaped()) return Refusal{"behind a backslash", "remove the backslash; '\\\\' stands for one"};
  if (!reader.unclear().empty())
    return Refusal{std::string(reader.unclear()), "assign it to a variable on a line above: x=${{ … }}"};
  return std::nullopt;
}

}  // namespace

std::optional<ShellScript> make_shell_script(const expr::TemplateText& text, const SourceSpan& where,
                                             Diagnostics& problems) {
  ShellScript script;
  script.where = where;
  Reader reader;
  const auto& parts = text.parts();
  std::map<std::size_t, Refusal> refused;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].expression) {
      reader.read(parts[i].literal);
      script.text += parts[i].literal;
      continue;
    }
    const expr::Expression& expression = *parts[i].expression;
    const Place place = reader.place();
    if (auto reason = refusal(reader)) {
      refused.emplace(i, std::move(*reason));
      continue;
    }
    reader.saw_value(i);
    const auto same = std::find_if(script.variables.begin(), script.variables.end(), [&](const auto& variable) {
      return variable.expression.text() == expression.text();
    });
    std::string name =
        same != script.variables.end() ? same->name : "ASSAY_V" + std::to_string(script.variables.size() + 1);
    script.text += place == Place::kPlain ? "\"${" + name + "}\"" : "${" + name + "}";
    if (same == script.variables.end()) script.variables.push_back({std::move(name), expression});
  }
  reader.end();
  refused.insert(reader.refused().begin(), reader.refused().end());
  for (const auto& [index, reason] : refused) {
    const expr::Expression& expression = *parts[index].expression;
    problems.add({.code = Code::kShellUnsafe,
                  .where = expression.place().value_or(where),
                  .message = "'${{ " + expression.text() + " }}' stands " + reason.place +
                             ", where a value cannot be passed safely",
                  .help = reason.cure});
  }
  script.has_pipeline = reader.has_pipeline();
  if (!refused.empty()) return std::nullopt;
  return script;
}

}  // namespace assay::recipe
