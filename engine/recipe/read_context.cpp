// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/read_context.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "engine/base/text.h"
#include "engine/recipe/shell_words.h"
#include "engine/recipe/unit_words.h"

namespace assay::recipe {
namespace {

std::string quoted(std::string_view key) { return "'" + std::string(key) + "'"; }

constexpr std::string_view kRoots[] = {"params.", "facts.", "matrix.", "steps.", "target."};

// What could stand there instead, by what is wanted.
struct Example {
  std::string_view wanted;
  std::string_view text;
};
constexpr std::array<Example, 19> kExamples = {{
    {"a duration", "90s"},
    {"a whole number", "4"},
    {"a number", "0.5"},
    {"text", "some text"},
    {"true or false", "true"},
    {"a name", "check-disk"},
    {"an expression", "facts.cpu.cores >= 4"},
    {"a list of texts", "[one, two]"},
    {"a list of names", "[one, two]"},
    {"a list of exit codes", "[0, 3]"},
    {"a list: the program and its arguments", "[echo, hello]"},
    {"an expression or a list of them", "exit_code == 0"},
    {"a mapping of names to texts", "{ NAME: text }"},
    {"a mapping of names to expressions", "{ lines: stdout.lines().size() }"},
    {"a mapping of names to values", "{ name: value }"},
    {"a mapping of names to numbers", "{ slots: 2 }"},
    {"a mapping of names to parameter values", "{ fast: { duration: 10s } }"},
    {"a list of mappings", "[{ name: value }]"},
    {"a mapping", "{ name: … }"},
}};

// Of a list of texts; what is no text there was mostly meant as one.
constexpr std::string_view kElement = "a text; in quotes where YAML reads more than a text, such as \"a: b\"";

// "Commands" as it stands in the middle of a sentence; "POSIX" stays.
std::string without_capital(std::string_view text) {
  std::string out(text);
  const auto is_upper = [&](std::size_t i) { return out.size() > i && out[i] >= 'A' && out[i] <= 'Z'; };
  if (is_upper(0) && !is_upper(1)) out[0] = static_cast<char>(out[0] - 'A' + 'a');
  return out;
}

std::string example_of(std::string_view key, std::string_view wanted) {
  if (wanted == "a list") return "entries that begin with '- '";
  for (const Example& example : kExamples) {
    if (example.wanted == wanted) return "for example `" + std::string(key) + ": " + std::string(example.text) + "`";
  }
  return {};
}

// "{{ params.x }}" or "${params.x}": the braces of other tools around a name of ours; empty: there are none.
std::string_view foreign_braces(std::string_view text) {
  const auto end_of = [&](char sign, std::size_t from) {
    return std::min(text.find_first_not_of(sign, from), text.size());
  };
  std::size_t begin = 0;
  for (std::size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', begin)) {
    const std::size_t braces = end_of('{', open) - open;
    begin = end_of(' ', open + braces);
    const bool dollar = open > 0 && text[open - 1] == '$';
    const bool named = std::any_of(std::begin(kRoots), std::end(kRoots),
                                   [&](std::string_view root) { return text.substr(begin).starts_with(root); });
    const std::size_t close = text.find('}', begin);
    if (!named || dollar == (braces > 1) || close == std::string_view::npos) continue;  // `${{` is ours
    const std::size_t from = open - (dollar ? 1 : 0);
    return text.substr(from, end_of('}', close) - from);
  }
  return {};
}

// Blanks that look like nothing or like others.
bool has_odd_blank(std::string_view text) {
  for (const std::string_view blank : {"\u00A0", "\u200B", "\u3000", "\uFEFF"}) {
    if (text.find(blank) != std::string_view::npos) return true;
  }
  return false;
}

// The choice that a word of another language stands for, or begins.
std::string meant_choice(const std::string& word, const std::vector<std::string>& choices) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kMeanings = {{
      {"integer", "int"},
      {"long", "int"},
      {"float", "number"},
      {"double", "number"},
      {"boolean", "bool"},
      {"str", "string"},
      {"text", "string"},
      {"array", "list"},
      {"bytes", "size"},
      {"quantity", "size"},
      {"time", "duration"},
      {"timeout", "duration"},
      {"password", "secret"},
      {"choice", "enum"},
      {"max", "higher"},
      {"min", "lower"},
  }};
  for (const auto& [theirs, ours] : kMeanings) {
    if (theirs == word && std::find(choices.begin(), choices.end(), ours) != choices.end())
      return "did you mean '" + std::string(ours) + "'?";
  }
  std::string near = did_you_mean(word, choices);
  for (const std::string& choice : choices) {
    if (near.empty() && word.size() > 1 && choice.starts_with(word)) near = "did you mean '" + choice + "'?";
  }
  return near;
}

// Keys that people know from other places or other kinds of files.
struct KnownSlip {
  std::string_view key;
  std::string_view what;   // in which mapping
  std::string_view meant;  // the key that is not missing then; may be empty
  std::string_view help;
};
constexpr std::array<KnownSlip, 22> kKnownSlips = {{
    {"tests", "a Recipe", "steps", "tests stand in a file of `kind: Suite`; a recipe names it: suite: FILE"},
    {"steps", "a Suite", "tests", "steps stand in a file of `kind: Recipe`; a suite has `tests`"},
    {"if", "a test", "", "write it as `requires: [{ if: …, reason: … }]`"},
    {"needs", "a test", "", "tests of a suite do not wait for each other; steps of a recipe do"},
    {"matrix", "a test", "", "a recipe runs a suite several times: its step has `matrix`"},
    {"ensure", "a test", "criteria", "write it as `criteria`"},
    {"criteria", "a step", "", "a step has `ensure`; `criteria` belong to the tests of a suite"},
    {"command", "a step", "run", "write it as `run: [program, argument]`"},
    {"command", "a test", "run", "write it as `run: [program, argument]`"},
    {"cmd", "a step", "run", "write it as `run: [program, argument]`"},
    {"cmd", "a test", "run", "write it as `run: [program, argument]`"},
    {"script", "a step", "run", "write it as `run: |` and its lines"},
    {"script", "a test", "run", "write it as `run: |` and its lines"},
    {"when", "a step", "", "did you mean 'if'?"},
    {"when", "a test", "", "write it as `requires: [{ if: …, reason: … }]`"},
    {"depends_on", "a step", "", "did you mean 'needs'?"},
    {"depends", "a step", "", "did you mean 'needs'?"},
    {"vars", "a Recipe", "", "did you mean 'params'?"},
    {"inputs", "a Recipe", "", "did you mean 'params'?"},
    {"vars", "a Suite", "", "did you mean 'params'?"},
    {"inputs", "a Suite", "", "did you mean 'params'?"},
    {"tasks", "a Recipe", "steps", "did you mean 'steps'?"},
}};

// Values in words that a program hands to a shell.
void check_code_words(ReadContext& context, const std::vector<TextField>& argv) {
  std::vector<std::string> words;
  for (const TextField& field : argv) {
    std::string word;
    for (const expr::TextPart& part : field.text.parts()) {
      if (!part.expression) {
        word += part.literal;
        continue;
      }
      if (const auto code = program_reads_code(words, word, true)) {
        context.problems().add({.code = Code::kShellUnsafe,
                                .where = part.expression->place().value_or(field.where),
                                .message = "'${{ " + part.expression->text() + " }}' stands " + code->place +
                                           ", where a value cannot be passed safely",
                                .help = code->cure});
      }
      word += kUnknownText;
    }
    words.push_back(std::move(word));
  }
}

// What happened to a key that no reader could know.
std::string slip_of(const YamlNode& key, const YamlNode& value) {
  const std::string& text = key.scalar;
  if (has_odd_blank(text)) return "it holds a blank that is no ordinary space: type it again";
  if (value.kind != YamlNode::Kind::kNull) return {};
  if (text.find(':') != std::string::npos) return "write a blank behind ':'";
  if (text.find(' ') != std::string::npos)
    return "write `key: value`; or, if it belongs to the text before it, put that text in quotes, or indent it deeper "
           "than its key";
  return {};
}

// The key under which a key of that name has its place.
std::string home_of(std::string_view key, const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    if (field.shape == nullptr) continue;
    const Shape inner = field.shape();
    if (std::none_of(inner.fields.begin(), inner.fields.end(), [&](const Field& one) { return one.key == key; }))
      continue;
    return quoted(key) + (field.type == "mapping" ? " is a key of " : " is a key of the entries of ") +
           quoted(field.key);
  }
  return {};
}

}  // namespace

std::optional<Range> range_of(std::string_view type) {
  constexpr std::string_view kDots = "..";
  const std::size_t dots = type.find(kDots);
  if (dots == std::string_view::npos) return std::nullopt;
  const std::size_t begin = type.rfind(' ', dots) + 1;
  const std::string_view high = type.substr(dots + kDots.size());
  Range out;
  const auto low_end = std::from_chars(type.data() + begin, type.data() + dots, out.low);
  const auto high_end = std::from_chars(high.data(), high.data() + high.size(), out.high);
  if (low_end.ec != std::errc() || high_end.ec != std::errc()) return std::nullopt;
  return out;
}

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && text.size() <= 100 && letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

void ReadContext::error(Code code, const YamlNode& where, std::string message, std::string expected, std::string help) {
  problems_.add({.code = code,
                 .where = where.span(),
                 .message = std::move(message),
                 .expected = std::move(expected),
                 .help = std::move(help)});
}

void ReadContext::warning(Code code, const YamlNode& where, std::string message, std::string help) {
  problems_.add({.code = code,
                 .severity = Severity::kWarning,
                 .where = where.span(),
                 .message = std::move(message),
                 .help = std::move(help)});
}

bool ReadContext::expect(const YamlNode& node, YamlNode::Kind kind, std::string_view key, std::string_view wanted,
                         std::string_view example) {
  if (node.kind == kind) return true;
  const bool is_key = key.find(' ') == std::string_view::npos;  // else a description: "a step"
  error(Code::kWrongType, node,
        quoted(key) + " must be " + std::string(wanted) + ", got " + std::string(describe(node)),
        example.empty() && is_key ? example_of(key, wanted) : std::string(example));
  return false;
}

std::optional<std::string> ReadContext::text(const YamlNode& node, std::string_view key, std::string_view example) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "text", example)) return std::nullopt;
  return node.scalar;
}

std::optional<bool> ReadContext::boolean(const YamlNode& node, std::string_view key) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "true or false")) return std::nullopt;
  if (node.style == YamlNode::Style::kPlain && (node.scalar == "true" || node.scalar == "false")) {
    return node.scalar == "true";
  }
  const std::vector<std::string> yes = {"yes", "Yes", "YES", "on", "On", "ON", "True", "TRUE", "y"};
  const std::vector<std::string> no = {"no", "No", "NO", "off", "Off", "OFF", "False", "FALSE", "n"};
  std::string help;
  if (std::find(yes.begin(), yes.end(), node.scalar) != yes.end()) help = "write true";
  if (std::find(no.begin(), no.end(), node.scalar) != no.end()) help = "write false";
  error(Code::kWrongType, node, quoted(key) + " must be true or false, got '" + node.scalar + "'", {}, help);
  return std::nullopt;
}

std::optional<std::int64_t> ReadContext::integer(const YamlNode& node, std::string_view key, std::int64_t low,
                                                 std::int64_t high) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "a whole number")) return std::nullopt;
  std::int64_t value = 0;
  const char* end = node.scalar.data() + node.scalar.size();
  const auto [stop, problem] = std::from_chars(node.scalar.data(), end, value);
  const bool whole = stop == end && (problem == std::errc() || problem == std::errc::result_out_of_range);
  const bool plain = node.style == YamlNode::Style::kPlain;
  if (whole && plain && problem == std::errc() && value >= low && value <= high) return value;
  const std::string range = std::to_string(low) + " to " + std::to_string(high);
  if (whole && plain) {
    error(Code::kBadValue, node, quoted(key) + " must be from " + range + ", got '" + node.scalar + "'");
  } else {
    error(Code::kBadValue, node,
          quoted(key) + " must be a whole number, got " + (plain ? "'" : "the text '") + node.scalar + "'",
          "a number from " + range, whole ? "remove the quotes" : "");
  }
  return std::nullopt;
}

std::optional<double> ReadContext::number(const YamlNode& node, std::string_view key, double low, double high) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "a number")) return std::nullopt;
  double value = 0;
  const char* end = node.scalar.data() + node.scalar.size();
  const auto [stop, problem] = std::from_chars(node.scalar.data(), end, value);
  const bool whole = problem == std::errc() && stop == end && std::isfinite(value);
  const bool plain = node.style == YamlNode::Style::kPlain;
  if (whole && plain && value >= low && value <= high) return value;
  const std::string range =
      to_string(Quantity{.value = low, .unit = {}}) + " to " + to_string(Quantity{.value = high, .unit = {}});
  if (whole && plain) {
    error(Code::kBadValue, node, quoted(key) + " must be from " + range + ", got '" + node.scalar + "'");
  } else {
    error(Code::kBadValue, node,
          quoted(key) + " must be a number, got " + (plain ? "'" : "the text '") + node.scalar + "'",
          "a number from " + range, whole ? "remove the quotes" : "");
  }
  return std::nullopt;
}

std::optional<std::int64_t> ReadContext::integer(const YamlNode& node, std::string_view key, std::string_view type) {
  const Range range = *range_of(type);
  return integer(node, key, static_cast<std::int64_t>(range.low), static_cast<std::int64_t>(range.high));
}
std::optional<double> ReadContext::number(const YamlNode& node, std::string_view key, std::string_view type) {
  const Range range = *range_of(type);
  return number(node, key, range.low, range.high);
}

std::optional<Nanoseconds> ReadContext::duration(const YamlNode& node, std::string_view key) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "a duration")) return std::nullopt;
  const auto value = parse_duration(node.scalar);
  if (value && value->count() > 0) return *value;
  error(Code::kBadValue, node, quoted(key) + " must be a duration above zero, got '" + node.scalar + "'",
        "a number and a unit (ms, s, m, h, d), for example 90s or 1h30m", duration_help(node.scalar));
  return std::nullopt;
}

std::vector<std::string> choices_of(std::string_view type) {
  std::vector<std::string> out;
  for (const std::string_view word : split(type, '|')) out.emplace_back(word);
  return out;
}

std::optional<std::string> ReadContext::choice(const YamlNode& node, std::string_view key, std::string_view allowed) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "text")) return std::nullopt;
  const std::vector<std::string> choices = choices_of(allowed);
  if (std::find(choices.begin(), choices.end(), node.scalar) != choices.end()) return node.scalar;
  error(Code::kBadValue, node, "unknown " + std::string(key) + " '" + node.scalar + "'",
        "one of: " + join(choices, ", "), meant_choice(node.scalar, choices));
  return std::nullopt;
}

std::vector<std::string> ReadContext::text_list(const YamlNode& node, std::string_view key) {
  std::vector<std::string> out;
  if (!expect(node, YamlNode::Kind::kSequence, key, "a list of texts")) return out;
  for (const NodePtr& item : node.items) {
    if (auto value = text(*item, key, kElement)) out.push_back(std::move(*value));
  }
  return out;
}

std::vector<int> ReadContext::exit_codes(const YamlNode& node, std::string_view key) {
  std::vector<int> out;
  if (!expect(node, YamlNode::Kind::kSequence, key, "a list of exit codes")) return out;
  for (const NodePtr& item : node.items) {
    if (const auto value = integer(*item, key, kExitCode)) out.push_back(static_cast<int>(*value));
  }
  return out;
}

std::optional<Name> ReadContext::name(const YamlNode& node, std::string_view what) {
  if (!expect(node, YamlNode::Kind::kScalar, what, "a name")) return std::nullopt;
  if (!is_name(node.scalar)) {
    std::string help;
    if (const std::string together = replace_all(node.scalar, " ", "-"); is_name(together)) help = "write " + together;
    if (node.scalar.find(',') != std::string::npos) help = "a list stands in brackets: [" + node.scalar + "]";
    error(Code::kBadName, node,
          "'" + shorten(printable(node.scalar), 60) + "' is not a valid name for " + std::string(what),
          "a letter, then letters, digits, '-' and '_'", help);
    return std::nullopt;
  }
  return Name{node.scalar, node.span()};
}

std::vector<Name> ReadContext::name_list(const YamlNode& node, std::string_view key) {
  std::vector<Name> out;
  if (node.kind == YamlNode::Kind::kScalar) {
    if (auto value = name(node, key)) out.push_back(std::move(*value));
    return out;
  }
  if (!expect(node, YamlNode::Kind::kSequence, key, "a list of names")) return out;
  for (const NodePtr& item : node.items) {
    if (auto value = name(*item, key)) out.push_back(std::move(*value));
  }
  return out;
}

std::optional<ExpressionField> ReadContext::expression(const YamlNode& node, std::string_view key) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "an expression")) return std::nullopt;
  if (too_many()) return std::nullopt;
  std::string_view text = node.scalar;
  // GitHub's habit of writing `if: ${{ … }}` is welcome: the wrapper says nothing that the key does not say.
  const auto inner = trim(text);
  const bool wrapped = inner.starts_with("${{") && inner.ends_with("}}");
  if (wrapped) text = inner.substr(3, inner.size() - 5);
  if (text.find("${{") != std::string_view::npos) {
    error(Code::kExpressionSyntax, node, quoted(key) + " is an expression already: `${{ }}` inside it is only text", {},
          "write the name alone, for example params.x == \"y\"");
    return std::nullopt;
  }
  SourceSpan where = node.span();
  const auto begin = static_cast<std::size_t>(text.data() - node.scalar.data());
  auto parsed = wrapped ? expr::Expression::parse_part(std::make_shared<const std::string>(node.scalar), begin,
                                                       begin + text.size(), where)
                        : expr::Expression::parse(text, where);
  if (parsed) return ExpressionField{std::move(*parsed), std::move(where)};
  problems_.add(std::move(parsed).error());
  return std::nullopt;
}

std::vector<ExpressionField> ReadContext::expression_list(const YamlNode& node, std::string_view key) {
  std::vector<ExpressionField> out;
  if (node.kind == YamlNode::Kind::kScalar) {
    if (auto value = expression(node, key)) out.push_back(std::move(*value));
    return out;
  }
  if (!expect(node, YamlNode::Kind::kSequence, key, "an expression or a list of them")) return out;
  for (const NodePtr& item : node.items) {
    if (auto value = expression(*item, key)) out.push_back(std::move(*value));
  }
  return out;
}

std::optional<TextField> ReadContext::text_field(const YamlNode& node, std::string_view key, std::string_view example) {
  if (!expect(node, YamlNode::Kind::kScalar, key, "text", example)) return std::nullopt;
  if (too_many()) return std::nullopt;
  SourceSpan where = node.span();
  if (const std::string_view braces = foreign_braces(node.scalar); !braces.empty())
    warning(Code::kExpressionSyntax, node, "'" + shorten(printable(braces), 60) + "' is only text here",
            "an expression is written ${{ … }}");
  auto parsed = expr::TemplateText::parse(node.scalar, where);
  if (parsed) return TextField{std::move(*parsed), std::move(where)};
  problems_.add(std::move(parsed).error());
  return std::nullopt;
}

std::vector<TextField> ReadContext::argv(const YamlNode& node, std::string_view key) {
  std::vector<TextField> out;
  if (!expect(node, YamlNode::Kind::kSequence, key, "a list: the program and its arguments")) return out;
  if (node.items.empty()) error(Code::kBadValue, node, quoted(key) + " names no program");
  for (const NodePtr& item : node.items) {
    if (auto value = text_field(*item, key, kElement)) out.push_back(std::move(*value));
  }
  check_code_words(*this, out);
  return out;
}

Named<TextField> ReadContext::variables(const YamlNode& node, std::string_view key) {
  Named<TextField> out;
  if (!expect(node, YamlNode::Kind::kMapping, key, "a mapping of names to texts")) return out;
  for (const YamlNode::Entry& entry : node.entries) {
    const std::string& variable = entry.key->scalar;
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const bool good =
        !variable.empty() && letter(variable[0]) &&
        std::all_of(variable.begin(), variable.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
    if (!good) {
      error(Code::kBadName, *entry.key, "'" + variable + "' is not a valid name for a variable",
            "letters, digits and '_', not beginning with a digit", slip_of(*entry.key, *entry.value));
      if (entry.value->kind == YamlNode::Kind::kNull) continue;
    }
    auto value = text_field(*entry.value, variable);
    if (good && value) out.emplace_back(Name{variable, entry.key->span()}, std::move(*value));
  }
  return out;
}

Named<ExpressionField> ReadContext::expression_map(const YamlNode& node, std::string_view key) {
  Named<ExpressionField> out;
  if (!expect(node, YamlNode::Kind::kMapping, key, "a mapping of names to expressions")) return out;
  const auto is_rest = [](const YamlNode::Entry& entry) {  // of an expression that a comma has cut
    return entry.value->kind == YamlNode::Kind::kNull && !is_name(entry.key->scalar);
  };
  for (std::size_t i = 0; i < node.entries.size(); ++i) {
    const YamlNode::Entry& entry = node.entries[i];
    if (is_rest(entry)) {
      error(Code::kBadName, *entry.key,
            "'" + shorten(printable(entry.key->scalar), 60) + "' is no entry of " + quoted(key), "NAME: EXPRESSION",
            "quote the expression before it: in braces a ',' ends an entry");
      continue;
    }
    auto field_name = name(*entry.key, key);
    if (i + 1 < node.entries.size() && is_rest(node.entries[i + 1])) continue;
    auto value = expression(*entry.value, entry.key->scalar);
    if (field_name && value) out.emplace_back(std::move(*field_name), std::move(*value));
  }
  return out;
}

void ReadContext::refuse_templates(const YamlNode& node, std::string_view key, std::string_view cure) {
  if (node.kind == YamlNode::Kind::kScalar && node.scalar.find("${{") != std::string::npos) {
    error(Code::kExpressionSyntax, node, "nothing is evaluated in " + quoted(key) + ": `${{ }}` in it is only text", {},
          std::string(cure));
  }
  for (const NodePtr& item : node.items) refuse_templates(*item, key, cure);
  for (const YamlNode::Entry& entry : node.entries) refuse_templates(*entry.value, key, cure);
}

Named<expr::Value> ReadContext::value_map(const YamlNode& node, std::string_view key) {
  Named<expr::Value> out;
  if (!expect(node, YamlNode::Kind::kMapping, key, "a mapping of names to values")) return out;
  for (const YamlNode::Entry& entry : node.entries) {
    auto field_name = name(*entry.key, key);
    if (!field_name) continue;
    field_name->value = entry.value->span();
    refuse_templates(*entry.value, entry.key->scalar, "write the value itself");
    out.emplace_back(std::move(*field_name), to_value(*entry.value));
  }
  return out;
}

Named<Argument> ReadContext::argument_map(const YamlNode& node, std::string_view key) {
  Named<Argument> out;
  if (!expect(node, YamlNode::Kind::kMapping, key, "a mapping of names to values")) return out;
  for (const YamlNode::Entry& entry : node.entries) {
    auto field_name = name(*entry.key, key);
    if (!field_name) continue;
    field_name->value = entry.value->span();
    const bool is_template =
        entry.value->kind == YamlNode::Kind::kScalar && entry.value->scalar.find("${{") != std::string::npos;
    if (!is_template) {
      refuse_templates(*entry.value, entry.key->scalar,
                       "write the whole as one expression: " + entry.key->scalar + ": \"${{ [params.a, 'b'] }}\"");
      out.emplace_back(std::move(*field_name), to_value(*entry.value));
    } else if (auto field = text_field(*entry.value, entry.key->scalar)) {
      out.emplace_back(std::move(*field_name), std::move(*field));
    }
  }
  return out;
}

std::set<std::string> check_keys(ReadContext& context, const YamlNode& node, const std::vector<Field>& fields,
                                 std::string_view what) {
  std::set<std::string> suggested;
  for (const YamlNode::Entry& entry : node.entries) {
    const std::string& key = entry.key->scalar;
    if (std::any_of(fields.begin(), fields.end(), [&](const Field& field) { return field.key == key; })) continue;
    std::vector<std::string> names;
    for (const Field& field : fields) names.emplace_back(field.key);
    std::string suggestion = nearest(key, names);
    std::string help = slip_of(*entry.key, *entry.value);
    for (const KnownSlip& slip : kKnownSlips) {
      if (slip.key != key || slip.what != what) continue;
      help = slip.help;
      suggestion = slip.meant;
    }
    if (help.empty()) help = did_you_mean(key, names);
    if (help.empty()) help = home_of(key, fields);
    if (!suggestion.empty()) suggested.insert(suggestion);
    constexpr std::size_t kMostShown = 16;
    if (names.size() > kMostShown) {
      names.resize(kMostShown);
      names.emplace_back("…");
    }
    context.error(Code::kUnknownKey, *entry.key, "unknown key '" + key + "' in " + std::string(what),
                  "one of: " + join(names, ", "), help);
  }
  for (const Field& field : fields) {
    const std::string key(field.key);
    if (field.needed == Needed::kNo || node.find(key) != nullptr || suggested.count(key) > 0 || context.is_told(key))
      continue;
    context.error(Code::kMissingKey, node, std::string(what) + " lacks the key '" + key + "'", {},
                  "add '" + key + "': " + without_capital(field.help));
  }
  return suggested;
}

}  // namespace assay::recipe
