// SPDX-License-Identifier: Apache-2.0
// Files of `kind: RecipeTest`.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <set>

#include "engine/base/text.h"
#include "engine/recipe/recipe_test_model.h"
#include "engine/recipe/step_reader.h"

namespace assay::recipe {
namespace {

using C = ReadContext;
using N = YamlNode;

constexpr std::string_view kVerdicts = "pass|fail|inconclusive|waived|skipped|error";
constexpr std::string_view kStatuses = "finished|error|skipped|cancelled";
constexpr std::string_view kTried = "int 0..1000000";
constexpr std::size_t kMostResults = 10'000;

template <class T>
std::optional<Expected<T>> expected(const N& node, std::optional<T> value) {
  if (!value) return std::nullopt;
  return Expected<T>{std::move(*value), node.span()};
}
std::optional<Expected<std::string>> expected_text(C& c, const N& node, std::string_view key) {
  return expected(node, c.text(node, key));
}
std::optional<Expected<int>> expected_int(C& c, const N& node, std::string_view key, std::string_view type) {
  const auto value = c.integer(node, key, type);
  return value ? std::optional(Expected<int>{static_cast<int>(*value), node.span()}) : std::nullopt;
}

// Texts with their places; one alone may stand without a list.
std::vector<Name> names_of(C& c, const N& node, std::string_view key) {
  std::vector<Name> out;
  if (node.kind != N::Kind::kScalar && !c.expect(node, N::Kind::kSequence, key, "text or a list of texts")) return out;
  const auto add = [&](const N& item) {
    if (auto value = c.text(item, key)) out.push_back({std::move(*value), item.span()});
  };
  if (node.kind == N::Kind::kScalar) add(node);
  for (const NodePtr& item : node.items) add(*item);
  return out;
}

Named<std::string> texts_of(C& c, const N& node, std::string_view key) {
  Named<std::string> out;
  if (!c.expect(node, N::Kind::kMapping, key, "a mapping of names to texts")) return out;
  for (const N::Entry& entry : node.entries) {
    if (auto value = c.text(*entry.value, entry.key->scalar))
      out.emplace_back(Name{entry.key->scalar, entry.key->span()}, std::move(*value));
  }
  return out;
}

// "SEGV", "SIGSEGV" or a number; 0 after a mistake.
int read_signal(C& c, const N& node) {
  const auto text = c.text(node, "signal");
  if (!text) return 0;
  std::vector<std::string> names;
  const std::string_view wanted = std::string_view(*text).substr(text->starts_with("SIG") ? 3 : 0);
  for (int signal = 1; signal <= SIGSYS; ++signal) {
    const char* const name = ::sigabbrev_np(signal);
    if (name == nullptr) continue;
    if (wanted == name || *text == std::to_string(signal)) return signal;
    names.emplace_back(name);
  }
  c.error(Code::kBadValue, node, "unknown signal '" + *text + "'", "a name like SEGV, KILL or TERM, or its number",
          did_you_mean(wanted, names));
  return 0;
}

// Below the step's folder, whatever the path says.
bool stays_inside(const std::string& path) {
  const std::filesystem::path parts(path);
  return !path.empty() && path.find('\0') == std::string::npos && parts.is_relative() && parts.has_filename() &&
         std::none_of(parts.begin(), parts.end(), [](const auto& part) { return part == ".."; });
}

void read_files(C& c, const N& node, ScriptedResult& result) {
  for (auto& [name, content] : texts_of(c, node, "files")) {
    if (!stays_inside(name.text)) {
      c.problems().add({.code = Code::kBadValue,
                        .where = name.where,
                        .message = "'" + name.text + "' is not a file in the step's folder",
                        .expected = "a relative path without '..'"});
      continue;
    }
    result.files.emplace_back(std::move(name.text), std::move(content));
  }
}

constexpr std::array<Row<ScriptedResult>, 9> kResultRows = {{
    {"exit_code", kExitCode, Needed::kNo, "How it ends; default 0",
     [](C& c, const N& n, ScriptedResult& r) {
       if (const auto v = c.integer(n, "exit_code", kExitCode)) r.exit_code = static_cast<int>(*v);
     }},
    {"stdout", "text", Needed::kNo, "What it prints",
     [](C& c, const N& n, ScriptedResult& r) { assign(r.out, c.text(n, "stdout")); }},
    {"stderr", "text", Needed::kNo, "What it prints there",
     [](C& c, const N& n, ScriptedResult& r) { assign(r.err, c.text(n, "stderr")); }},
    {"takes", "duration", Needed::kNo, "How long it takes; nobody waits: the clock of the test moves",
     [](C& c, const N& n, ScriptedResult& r) { assign(r.takes, c.duration(n, "takes")); }},
    {"cpu", "duration", Needed::kNo, "CPU time it uses; without it a test does not watch the share of the CPU it had",
     [](C& c, const N& n, ScriptedResult& r) { assign(r.cpu, c.duration(n, "cpu")); }},
    {"signal", "text", Needed::kNo, "The signal that kills it, by name or number, instead of an exit code",
     [](C& c, const N& n, ScriptedResult& r) { r.signal = read_signal(c, n); }},
    {"not_startable", "text", Needed::kNo, "Why it cannot be started, instead of everything else",
     [](C& c, const N& n, ScriptedResult& r) {
       assign(r.not_startable, c.text(n, "not_startable"));
       if (n.kind == N::Kind::kScalar && n.scalar.empty())
         c.error(Code::kBadValue, n, "'not_startable' does not say why", "for example: not found on PATH");
     }},
    {"files", "map of text", Needed::kNo, "Files it leaves in the step's folder, for `artifacts`: path and content",
     read_files},
    {"answer", "text", Needed::kNo, "What a person answers to an `approve` step; without it the run waits",
     [](C& c, const N& n, ScriptedResult& r) { r.answer = c.text(n, "answer"); }},
}};

void read_result(C& c, const N& node, std::vector<ScriptedResult>& out) {
  ScriptedResult& result = out.emplace_back();
  result.where = node.span();
  read_mapping<ScriptedResult>(c, node, kResultRows, "a scripted result", result);
  if (node.kind != N::Kind::kMapping) return;
  const auto both = [&](const char* one, const char* other) {
    if (const N* second = node.find(other); node.find(one) != nullptr && second != nullptr)
      c.error(Code::kBadValue, *second, "'" + std::string(one) + "' and '" + other + "' cannot both be");
  };
  both("signal", "exit_code");
  for (const auto& row : kResultRows) {
    for (const char* alone : {"not_startable", "answer"}) {
      if (row.key != alone) both(alone, std::string(row.key).c_str());
    }
  }
}

void read_script(C& c, const N& node, std::vector<ScriptedStep>& out) {
  if (!c.expect(node, N::Kind::kMapping, "steps", "a mapping of step ids to results")) return;
  for (const N::Entry& entry : node.entries) {
    ScriptedStep step{.id = {entry.key->scalar, entry.key->span()}, .results = {}};
    if (entry.value->kind != N::Kind::kSequence) {
      read_result(c, *entry.value, step.results);
    } else if (entry.value->items.empty() || entry.value->items.size() > kMostResults) {
      c.error(Code::kBadValue, *entry.value, "'" + step.id.text + "' has no result, or too many",
              "1 to " + std::to_string(kMostResults) + " results, one for each execution");
    } else {
      step.in_turn = true;
      for (const NodePtr& item : entry.value->items) read_result(c, *item, step.results);
    }
    out.push_back(std::move(step));
  }
}

void read_fact_values(const N& node, const std::string& prefix, GivenFacts& out) {
  for (const N::Entry& entry : node.entries) {
    const std::string path = prefix + entry.key->scalar;
    if (entry.value->kind == N::Kind::kMapping && !entry.value->entries.empty()) {
      read_fact_values(*entry.value, path + '.', out);
    } else {
      out.values.push_back({path, to_value(*entry.value), entry.key->span()});
    }
  }
}

void read_facts(C& c, const N& node, TestCase& test) {
  if (!c.expect(node, N::Kind::kMapping, "facts", "a mapping: `file`, or facts and their values")) return;
  GivenFacts& facts = test.facts.emplace();
  facts.where = node.span();
  N values = node;
  std::erase_if(values.entries, [&](const N::Entry& entry) {
    if (entry.key->scalar != "file") return false;
    if (auto path = c.text(*entry.value, "file")) facts.file = Name{std::move(*path), entry.value->span()};
    return true;
  });
  read_fact_values(values, "", facts);
  if (node.entries.empty())
    c.error(Code::kBadValue, node, "'facts' gives no fact", "`file: FACTS.json`, or facts by name");
}

// A scalar is text: the declared type of the parameter decides what it means.
void read_given_params(C& c, const N& node, TestCase& test) {
  if (!c.expect(node, N::Kind::kMapping, "params", "a mapping of names to values")) return;
  for (const N::Entry& entry : node.entries) {
    GivenParam param{.name = entry.key->scalar, .value = {}, .where = entry.key->span(), .origin = "test"};
    if (entry.value->kind == N::Kind::kScalar) {
      param.value = entry.value->scalar;
    } else {
      param.value = to_value(*entry.value);
    }
    test.params.push_back(std::move(param));
  }
}

constexpr std::array<Row<ExpectedStep>, 10> kExpectedStepRows = {{
    {"verdict", kVerdicts, Needed::kNo, "Its verdict",
     [](C& c, const N& n, ExpectedStep& s) { s.verdict = expected(n, c.choice(n, "verdict", kVerdicts)); }},
    {"status", kStatuses, Needed::kNo, "Its status",
     [](C& c, const N& n, ExpectedStep& s) { s.status = expected(n, c.choice(n, "status", kStatuses)); }},
    {"reason", "text", Needed::kNo, "Why, word for word; empty for a clean pass",
     [](C& c, const N& n, ExpectedStep& s) { s.reason = expected_text(c, n, "reason"); }},
    {"reason_contains", "text", Needed::kNo, "A part of why",
     [](C& c, const N& n, ExpectedStep& s) { s.reason_contains = expected_text(c, n, "reason_contains"); }},
    {"exit_code", kExitCode, Needed::kNo, "Of its last process",
     [](C& c, const N& n, ExpectedStep& s) { s.exit_code = expected_int(c, n, "exit_code", kExitCode); }},
    {"attempts", kTried, Needed::kNo, "How often it was tried",
     [](C& c, const N& n, ExpectedStep& s) { s.attempts = expected_int(c, n, "attempts", kTried); }},
    {"outputs", "map of value", Needed::kNo, "Outputs and their values; others are not looked at",
     [](C& c, const N& n, ExpectedStep& s) { s.outputs = c.value_map(n, "outputs"); }},
    {"argv", "list of text", Needed::kNo,
     "The command of its last process, word for word; the step's own folder stands there as {scratch}",
     [](C& c, const N& n, ExpectedStep& s) {
       if (n.kind == N::Kind::kSequence || c.expect(n, N::Kind::kSequence, "argv", "a list of texts"))
         s.argv = Expected<std::vector<std::string>>{c.text_list(n, "argv"), n.span()};
     }},
    {"env", "map of text", Needed::kNo, "Variables of its last process; others are not looked at",
     [](C& c, const N& n, ExpectedStep& s) { s.env = texts_of(c, n, "env"); }},
    {"stdin", "text", Needed::kNo, "What its last process reads",
     [](C& c, const N& n, ExpectedStep& s) { s.stdin_text = expected_text(c, n, "stdin"); }},
}};

void read_expected_steps(C& c, const N& node, Expectation& out) {
  if (!c.expect(node, N::Kind::kMapping, "steps", "a mapping of step ids to what is expected of them")) return;
  for (const N::Entry& entry : node.entries) {
    ExpectedStep step;
    step.id = {entry.key->scalar, entry.key->span()};
    read_mapping<ExpectedStep>(c, *entry.value, kExpectedStepRows, "an expected step", step);
    if (entry.value->kind == N::Kind::kMapping && entry.value->entries.empty())
      c.error(Code::kBadValue, *entry.key, "nothing is expected of '" + step.id.text + "'");
    out.steps.push_back(std::move(step));
  }
}

std::vector<Expected<std::string>> expected_texts(C& c, const N& node, std::string_view key) {
  std::vector<Expected<std::string>> out;
  for (Name& name : names_of(c, node, key)) out.push_back({std::move(name.text), name.where});
  return out;
}

void read_problems(C& c, const N& node, Expectation& out) {
  out.problems = expected_texts(c, node, "problems");
  std::vector<std::string> codes;
  for (const CodeInfo& code : all_codes()) codes.emplace_back(code.text);
  for (const auto& code : *out.problems) {
    if (find_code(code.value)) continue;
    c.problems().add({.code = Code::kBadValue,
                      .where = code.where,
                      .message = "'" + code.value + "' is no code of a problem",
                      .expected = "a code like R040; docs/errors.md has them all",
                      .help = did_you_mean(code.value, codes)});
  }
}

Shape result_shape() { return make_shape<ScriptedResult>("result", kResultRows); }
Shape expected_step_shape() { return make_shape<ExpectedStep>("expected_step", kExpectedStepRows); }

constexpr std::array<Row<Expectation>, 6> kExpectRows = {{
    {"verdict", kVerdicts, Needed::kNo, "Verdict of the run",
     [](C& c, const N& n, Expectation& e) { e.verdict = expected(n, c.choice(n, "verdict", kVerdicts)); }},
    {"exit_code", kExitCode, Needed::kNo, "Exit code of the run",
     [](C& c, const N& n, Expectation& e) { e.exit_code = expected_int(c, n, "exit_code", kExitCode); }},
    {"steps", "map of mapping", Needed::kNo,
     "What is expected of steps, by id; for a step with a matrix, of each instance",
     [](C& c, const N& n, Expectation& e) { read_expected_steps(c, n, e); }, &expected_step_shape},
    {"not_run", "text or list of text", Needed::kNo, "Ids of steps that must not be started",
     [](C& c, const N& n, Expectation& e) { e.not_run = expected_texts(c, n, "not_run"); }},
    {"problems", "text or list of text", Needed::kNo,
     "Codes with which the recipe is refused before anything runs, all of them",
     [](C& c, const N& n, Expectation& e) { read_problems(c, n, e); }},
    {"that", "expression or list of expression", Needed::kNo,
     "What must hold, over `steps`, `verdict`, `exit_code`, `params`, `facts` and `plan` (as `assay plan --json` "
     "prints it)",
     [](C& c, const N& n, Expectation& e) { e.that = c.expression_list(n, "that"); }},
}};
Shape expect_shape() { return make_shape<Expectation>("expect", kExpectRows); }

void read_expectation(C& c, const N& node, TestCase& test) {
  read_mapping<Expectation>(c, node, kExpectRows, "expect", test.expect);
  if (node.kind != N::Kind::kMapping) return;
  const auto empty = [](const N* value) {
    return value == nullptr || (value->items.empty() && value->entries.empty() && value->kind != N::Kind::kScalar);
  };
  if (std::all_of(kExpectRows.begin(), kExpectRows.end(), [&](const auto& row) { return empty(node.find(row.key)); }))
    c.error(Code::kBadValue, node, "'expect' expects nothing: the case could not fail", "at least a verdict");
  const N* problems = node.find("problems");
  if (problems == nullptr || node.entries.size() == 1) return;
  c.error(Code::kBadValue, *problems, "a recipe that is refused has nothing else to expect", "'problems' alone");
}

constexpr std::array<Row<TestCase>, 10> kCaseRows = {{
    {"name", "text", Needed::kYes, "What it shows, in words",
     [](C& c, const N& n, TestCase& t) {
       assign(t.name, c.text(n, "name"));
       if (n.kind == N::Kind::kScalar && trim(n.scalar).empty()) c.error(Code::kBadName, n, "the case has no name");
     }},
    {"params", "map of value", Needed::kNo, "Parameters, as -p gives them", read_given_params},
    {"profile", "name", Needed::kNo, "Named set of parameter values of the recipe",
     [](C& c, const N& n, TestCase& t) { t.profile = c.name(n, "a profile"); }},
    {"only", "text or list of text", Needed::kNo, "As --only",
     [](C& c, const N& n, TestCase& t) { t.only = names_of(c, n, "only"); }},
    {"skip", "text or list of text", Needed::kNo, "As --skip",
     [](C& c, const N& n, TestCase& t) { t.skip = names_of(c, n, "skip"); }},
    {"tools_missing", "text or list of text", Needed::kNo, "Programs that are not installed; all others are",
     [](C& c, const N& n, TestCase& t) { t.tools_missing = names_of(c, n, "tools_missing"); }},
    {"env", "map of text", Needed::kNo, "Variables of the user who runs it: PATH, HOME, USER, TMPDIR, proxies",
     [](C& c, const N& n, TestCase& t) { t.env = texts_of(c, n, "env"); }},
    {"facts", "map of value", Needed::kNo,
     "The machine: `file` names what `assay facts --json` printed (relative to this file); facts beside it go over "
     "those",
     read_facts},
    {"steps", "map of some mapping", Needed::kNo,
     "What the process of a step does, by the id of the step or of one instance; a list: one execution after another",
     [](C& c, const N& n, TestCase& t) { read_script(c, n, t.steps); }, &result_shape},
    {"expect", "mapping", Needed::kYes, "What must come of it", read_expectation, &expect_shape},
}};
Shape case_shape() { return make_shape<TestCase>("case", kCaseRows); }

void read_cases(C& c, const N& node, RecipeTest& test) {
  if (!c.expect(node, N::Kind::kSequence, "cases", "a list")) return;
  if (node.items.empty()) c.error(Code::kBadValue, node, "'cases' is empty: nothing is tested");
  std::set<std::string> names;
  for (const NodePtr& item : node.items) {
    TestCase& one = test.cases.emplace_back();
    one.where = item->span();
    read_mapping<TestCase>(c, *item, kCaseRows, "a case", one);
    const N* name = item->kind == N::Kind::kMapping ? item->find("name") : nullptr;
    if (name == nullptr) continue;
    one.where = name->span();
    if (!names.insert(one.name).second) c.error(Code::kDuplicateName, *name, "two cases are called '" + one.name + "'");
  }
}

// No version: a file of tests goes with its recipe.
constexpr std::array<Row<Metadata>, 2> kMetadataRows = {{
    {"name", "name", Needed::kYes, "Short name",
     [](C& c, const N& n, Metadata& m) {
       if (auto v = c.name(n, "name")) m.name = v->text;
     }},
    {"summary", "text", Needed::kNo, "What is tested, one line",
     [](C& c, const N& n, Metadata& m) { assign(m.summary, c.text(n, "summary")); }},
}};
Shape test_metadata_shape() { return make_shape<Metadata>("metadata", kMetadataRows); }

constexpr std::array<Row<RecipeTest>, 5> kRecipeTestRows = {{
    {"apiVersion", "assay/v1", Needed::kYes, "Version of the format", [](C&, const N&, RecipeTest&) {}},
    {"kind", "text", Needed::kYes, "What the file is", [](C&, const N&, RecipeTest&) {}},
    {"metadata", "mapping", Needed::kYes, "Name and summary",
     [](C& c, const N& n, RecipeTest& t) { read_mapping<Metadata>(c, n, kMetadataRows, "metadata", t.metadata); },
     &test_metadata_shape},
    {"recipe", "path", Needed::kYes, "The recipe that is tested, relative to this file",
     [](C& c, const N& n, RecipeTest& t) {
       if (auto v = c.text(n, "recipe")) t.recipe = {std::move(*v), n.span()};
     }},
    {"cases", "list of mapping", Needed::kYes, "What is tried, one after another", read_cases, &case_shape},
}};

}  // namespace

Shape recipe_test_shape() { return make_shape<RecipeTest>("recipe_test", kRecipeTestRows); }

ReadResult<RecipeTest> read_recipe_test(std::string text, std::string name, const std::filesystem::path& path) {
  ReadResult<RecipeTest> result;
  YamlDocument document = parse_yaml(std::move(text), std::move(name));
  result.problems = std::move(document.problems);
  if (!document.root) return result;
  ReadContext context(result.problems);
  RecipeTest test;
  test.source = document.source;
  test.path = path;
  if (check_header(context, *document.root, "RecipeTest"))
    read_mapping<RecipeTest>(context, *document.root, kRecipeTestRows, "a RecipeTest", test);
  result.problems.sort();
  (result.problems.has_errors() ? result.partial : result.value) = std::move(test);
  return result;
}

}  // namespace assay::recipe
