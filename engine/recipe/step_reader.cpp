// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/step_reader.h"

#include <algorithm>
#include <array>
#include <map>

#include "engine/base/text.h"
#include "engine/recipe/reader.h"

namespace assay::recipe {
namespace {

using C = ReadContext;
using N = YamlNode;

template <class T, class U>
void assign(T& out, std::optional<U> value) {
  if (value) out = std::move(*value);
}

constexpr std::array<Row<Metadata>, 4> kMetadataRows = {{
    {"name", "name", Needed::kYes, "Short name, unique where it is shipped",
     [](C& c, const N& n, Metadata& m) {
       if (auto v = c.name(n, "name")) m.name = v->text;
     }},
    {"version", "text", Needed::kYes, "Version of this file, for example 1.0.0",
     [](C& c, const N& n, Metadata& m) { assign(m.version, c.text(n, "version")); }},
    {"summary", "text", Needed::kNo, "What it does, one line",
     [](C& c, const N& n, Metadata& m) { assign(m.summary, c.text(n, "summary")); }},
    {"summary_zh", "text", Needed::kNo, "The same in Chinese",
     [](C& c, const N& n, Metadata& m) { assign(m.summary_zh, c.text(n, "summary_zh")); }},
}};

struct ParamDraft {
  Param param;
  const N* fallback = nullptr;
};

const std::vector<std::pair<std::string, ParamType>>& param_types() {
  static const std::vector<std::pair<std::string, ParamType>> kTypes = {
      {"string", ParamType::kString}, {"int", ParamType::kInt},           {"number", ParamType::kNumber},
      {"bool", ParamType::kBool},     {"duration", ParamType::kDuration}, {"size", ParamType::kSize},
      {"enum", ParamType::kEnum},     {"list", ParamType::kList}};
  return kTypes;
}

constexpr std::array<Row<ParamDraft>, 4> kParamRows = {{
    {"type", "enum", Needed::kYes, "string, int, number, bool, duration, size, enum or list",
     [](C& c, const N& n, ParamDraft& d) {
       std::vector<std::string> names;
       for (const auto& [name, type] : param_types()) names.push_back(name);
       const auto chosen = c.choice(n, "type", names);
       for (const auto& [name, type] : param_types()) {
         if (chosen == name) d.param.type = type;
       }
     }},
    {"default", "value", Needed::kNo, "Value when none is given; without it one must be given",
     [](C&, const N& n, ParamDraft& d) { d.fallback = &n; }},
    {"values", "list of text", Needed::kNo, "The values of an enum",
     [](C& c, const N& n, ParamDraft& d) { d.param.choices = c.text_list(n, "values"); }},
    {"help", "text", Needed::kNo, "What it is for, one line",
     [](C& c, const N& n, ParamDraft& d) { assign(d.param.help, c.text(n, "help")); }},
}};

constexpr std::array<Row<Step>, 15> kStepRows = {{
    {"id", "name", Needed::kYes, "Name of the step, unique in the recipe",
     [](C& c, const N& n, Step& s) { assign(s.id, c.name(n, "a step")); }},
    {"name", "text", Needed::kNo, "Title for people",
     [](C& c, const N& n, Step& s) { assign(s.name, c.text(n, "name")); }},
    {"needs", "list of names", Needed::kNo, "Steps that must be settled before this one",
     [](C& c, const N& n, Step& s) { s.needs = c.name_list(n, "needs"); }},
    {"if", "expression", Needed::kNo,
     "Whether the step runs; without success(), failure() or always() it means success() && (…)",
     [](C& c, const N& n, Step& s) { s.condition = c.expression(n, "if"); }},
    {"run", "argv list or script", Needed::kNo, "A program and its arguments, or a POSIX shell script",
     [](C& c, const N& n, Step& s) {
       s.action = ActionKind::kRun;
       read_run(c, n, s.run);
     }},
    {"facts", "true", Needed::kNo, "Collect the facts of the machine now",
     [](C& c, const N& n, Step& s) {
       if (c.boolean(n, "facts") == false) c.error(Code::kBadValue, n, "'facts' can only be true");
       s.action = ActionKind::kFacts;
     }},
    {"suite", "path", Needed::kNo, "The tests of a suite file, as steps",
     [](C& c, const N& n, Step& s) {
       s.action = ActionKind::kSuite;
       assign(s.suite, c.text(n, "suite"));
     }},
    {"with", "mapping", Needed::kNo, "Parameters of the suite",
     [](C& c, const N& n, Step& s) { s.suite_params = c.value_map(n, "with"); }},
    {"shell", "enum", Needed::kNo, "Shell of a script: sh (default) or bash",
     [](C& c, const N& n, Step& s) {
       s.run.bash = c.choice(n, "shell", {"sh", "bash"}) == "bash";
     }},
    {"env", "mapping", Needed::kNo, "Environment variables",
     [](C& c, const N& n, Step& s) { s.env = c.text_map(n, "env"); }},
    {"cwd", "text", Needed::kNo, "Working folder; default: a fresh private folder",
     [](C& c, const N& n, Step& s) { s.cwd = c.text_field(n, "cwd"); }},
    {"timeout", "duration", Needed::kNo, "Longest time of one attempt; then TERM, grace, KILL to all it started",
     [](C& c, const N& n, Step& s) { s.timeout = c.duration(n, "timeout"); }},
    {"outputs", "mapping", Needed::kNo, "Values for later steps, by expression",
     [](C& c, const N& n, Step& s) { s.outputs = c.expression_map(n, "outputs"); }},
    {"ensure", "expressions", Needed::kNo, "Must hold after the step, else it fails",
     [](C& c, const N& n, Step& s) { s.ensure = c.expression_list(n, "ensure"); }},
    {"artifacts", "list of globs", Needed::kNo, "Files of the step's folder to keep as evidence",
     [](C& c, const N& n, Step& s) { s.artifacts = c.text_list(n, "artifacts"); }},
}};
constexpr std::array<Row<Step>, 2> kExitRows = {{
    {"ok_exit", "list of int", Needed::kNo, "Exit codes that pass; default [0]",
     [](C& c, const N& n, Step& s) { s.ok_exit = c.exit_codes(n, "ok_exit"); }},
    {"skip_exit", "list of int", Needed::kNo, "Exit codes by which the program says that it cannot run here",
     [](C& c, const N& n, Step& s) { s.skip_exit = c.exit_codes(n, "skip_exit"); }},
}};

constexpr std::array<Row<Requirement>, 3> kRequirementRows = {{
    {"if", "expression", Needed::kYes, "Must hold, else the test is skipped",
     [](C& c, const N& n, Requirement& r) { r.condition = c.expression(n, "if"); }},
    {"reason", "text", Needed::kYes, "Why the test is skipped",
     [](C& c, const N& n, Requirement& r) { assign(r.reason, c.text(n, "reason")); }},
    {"kind", "enum", Needed::kNo, "not_applicable (no such hardware) or not_possible (tool, right or room missing)",
     [](C& c, const N& n, Requirement& r) {
       r.kind = c.choice(n, "kind", {"not_applicable", "not_possible"}) == "not_possible" ? SkipKind::kNotPossible
                                                                                          : SkipKind::kNotApplicable;
     }},
}};

constexpr std::array<Row<SampleRule>, 4> kSampleRows = {{
    {"min", "int", Needed::kNo, "Fewest samples",
     [](C& c, const N& n, SampleRule& r) {
       if (auto v = c.integer(n, "min", 1, 100000)) r.min = static_cast<std::size_t>(*v);
     }},
    {"max", "int", Needed::kNo, "Most samples",
     [](C& c, const N& n, SampleRule& r) {
       if (auto v = c.integer(n, "max", 1, 100000)) r.max = static_cast<std::size_t>(*v);
     }},
    {"warmup", "int", Needed::kNo, "Executions before the first sample",
     [](C& c, const N& n, SampleRule& r) {
       if (auto v = c.integer(n, "warmup", 0, 100)) r.warmup = static_cast<std::size_t>(*v);
     }},
    {"half_width", "number", Needed::kNo, "Stop when the interval's half-width is at most this share of the median",
     [](C& c, const N& n, SampleRule& r) { assign(r.half_width, c.number(n, "half_width", 0.0001, 1)); }},
}};

constexpr std::array<Row<Metric>, 6> kMetricRows = {{
    {"name", "name", Needed::kYes, "Name of the metric",
     [](C& c, const N& n, Metric& m) { assign(m.name, c.name(n, "a metric")); }},
    {"unit", "unit", Needed::kYes, "UCUM unit, for example MB/s; 1 when dimensionless",
     [](C& c, const N& n, Metric& m) {
       const auto text = c.text(n, "unit");
       if (!text) return;
       if (auto unit = parse_unit(*text); !unit)
         c.error(Code::kBadValue, n, unit.error().message, unit.error().expected, unit.error().help);
       m.unit = *text;
     }},
    {"better", "enum", Needed::kYes, "higher or lower",
     [](C& c, const N& n, Metric& m) {
       assign(m.better, c.choice(n, "better", {"higher", "lower"}));
     }},
    {"value", "expression", Needed::kYes, "A number (one sample per execution) or a list of numbers (all from one)",
     [](C& c, const N& n, Metric& m) { m.value = c.expression(n, "value"); }},
    {"help", "text", Needed::kNo, "What the number means",
     [](C& c, const N& n, Metric& m) { assign(m.help, c.text(n, "help")); }},
    {"precision", "number", Needed::kNo, "A relative half-width above it is inconclusive",
     [](C& c, const N& n, Metric& m) { m.precision = c.number(n, "precision", 0.0001, 10); }},
}};

constexpr std::array<Row<Service>, 2> kServiceRows = {{
    {"run", "argv list", Needed::kYes, "A process beside the action",
     [](C& c, const N& n, Service& s) { s.argv = c.argv(n, "run"); }},
    {"ready", "enum", Needed::kNo, "port: wait until it accepts connections (default); none: do not wait",
     [](C& c, const N& n, Service& s) {
       s.wait_for_port = c.choice(n, "ready", {"port", "none"}) != "none";
     }},
}};

struct CpuShare {
  std::optional<ExpressionField> threads;
};
constexpr std::array<Row<CpuShare>, 1> kCpuShareRows = {{
    {"threads", "expression", Needed::kYes, "How many threads the action keeps busy",
     [](C& c, const N& n, CpuShare& s) { s.threads = c.expression(n, "threads"); }},
}};

const std::vector<std::string>& hardware_words() {
  static const std::vector<std::string> kWords = {"identity", "cpu",      "memory",         "disk",       "network",
                                                  "platform", "software", "virtualisation", "accelerator"};
  return kWords;
}

constexpr std::array<Row<Step>, 19> kTestRows = {{
    {"class", "enum", Needed::kYes, "functional, performance or stability",
     [](C& c, const N& n, Step& s) {
       const auto v = c.choice(n, "class", {"functional", "performance", "stability"});
       if (v == "performance") s.test->test_class = TestClass::kPerformance;
       if (v == "stability") s.test->test_class = TestClass::kStability;
     }},
    {"hardware", "enum", Needed::kYes, "What is tested: cpu, memory, disk …",
     [](C& c, const N& n, Step& s) { assign(s.test->hardware, c.choice(n, "hardware", hardware_words())); }},
    {"blocker", "bool", Needed::kNo, "Whether a failure fails the run; default true",
     [](C& c, const N& n, Step& s) { assign(s.test->blocker, c.boolean(n, "blocker")); }},
    {"requires", "list", Needed::kNo, "Conditions without which the test is skipped",
     [](C& c, const N& n, Step& s) {
       if (!c.expect(n, N::Kind::kSequence, "requires", "a list")) return;
       for (const NodePtr& item : n.items) {
         Requirement r;
         read_mapping<Requirement>(c, *item, kRequirementRows, "a requirement", r);
         s.test->requires_.push_back(std::move(r));
       }
     }},
    {"tools", "list of text", Needed::kNo, "Programs that must be found",
     [](C& c, const N& n, Step& s) { s.test->tools = c.text_list(n, "tools"); }},
    {"packages", "mapping", Needed::kNo, "Debian package of a tool, where the names differ",
     [](C& c, const N& n, Step& s) {
       if (!c.expect(n, N::Kind::kMapping, "packages", "a mapping")) return;
       for (const N::Entry& entry : n.entries) {
         if (auto v = c.text(*entry.value, entry.key->scalar))
           s.test->packages.emplace_back(Name{entry.key->scalar, entry.key->span()}, *v);
       }
     }},
    {"probe", "name", Needed::kNo, "A probe program of ours, instead of run",
     [](C& c, const N& n, Step& s) {
       s.action = ActionKind::kRun;
       if (auto v = c.name(n, "a probe")) s.run.probe = v->text;
     }},
    {"args", "argv list", Needed::kNo, "Arguments of the probe",
     [](C& c, const N& n, Step& s) {
       if (!n.items.empty() || n.kind != N::Kind::kSequence) s.run.argv = c.argv(n, "args");
     }},
    {"service", "mapping", Needed::kNo, "A process beside the action",
     [](C& c, const N& n, Step& s) {
       read_mapping<Service>(c, n, kServiceRows, "service", s.test->service.emplace());
     }},
    {"samples", "mapping", Needed::kNo, "How many samples; only for performance",
     [](C& c, const N& n, Step& s) { read_mapping<SampleRule>(c, n, kSampleRows, "samples", s.test->samples); }},
    {"cpu_share", "mapping", Needed::kNo, "Watch the CPU share of each sample",
     [](C& c, const N& n, Step& s) {
       CpuShare share;
       read_mapping<CpuShare>(c, n, kCpuShareRows, "cpu_share", share);
       s.test->cpu_threads = std::move(share.threads);
     }},
    {"metrics", "list", Needed::kNo, "The numbers of the test",
     [](C& c, const N& n, Step& s) {
       if (!c.expect(n, N::Kind::kSequence, "metrics", "a list")) return;
       for (const NodePtr& item : n.items)
         read_mapping<Metric>(c, *item, kMetricRows, "a metric", s.test->metrics.emplace_back());
     }},
    {"criteria", "expressions", Needed::kNo, "What must hold",
     [](C& c, const N& n, Step& s) { s.test->criteria = c.expression_list(n, "criteria"); }},
    {"counters", "bool", Needed::kNo, "Compare the machine's error counters before and after; default true",
     [](C& c, const N& n, Step& s) { assign(s.test->counters, c.boolean(n, "counters")); }},
    {"fault", "text", Needed::kYes, "The fault that makes the test fail",
     [](C& c, const N& n, Step& s) { assign(s.test->fault, c.text(n, "fault")); }},
    {"proves", "text", Needed::kYes, "What a pass proves, and what not",
     [](C& c, const N& n, Step& s) { assign(s.test->proves, c.text(n, "proves")); }},
    {"proves_zh", "text", Needed::kNo, "The same in Chinese",
     [](C& c, const N& n, Step& s) { assign(s.test->proves_zh, c.text(n, "proves_zh")); }},
    {"name_zh", "text", Needed::kNo, "Title in Chinese",
     [](C& c, const N& n, Step& s) { assign(s.test->name_zh, c.text(n, "name_zh")); }},
    {"description", "text", Needed::kNo, "For readers of the file",
     [](C& c, const N& n, Step&) { c.text(n, "description"); }},
}};

std::vector<Row<Step>> rows_of_steps(bool tests) {
  std::vector<Row<Step>> rows;
  for (const Row<Step>& row : kStepRows) {
    const bool recipe_only =
        row.key == "needs" || row.key == "if" || row.key == "suite" || row.key == "with" || row.key == "ensure";
    if (!tests || !recipe_only) rows.push_back(row);
  }
  rows.insert(rows.end(), kExitRows.begin(), kExitRows.end());
  if (tests) rows.insert(rows.end(), kTestRows.begin(), kTestRows.end());
  return rows;
}

void check_action(ReadContext& context, const N& node, const Step& step, const std::set<std::string>& suggested,
                  bool test) {
  std::vector<std::string> actions;
  for (const std::string_view key : {"run", "facts", "suite", "probe"}) {
    if (node.find(key) != nullptr) actions.emplace_back(key);
  }
  const std::string expected =
      test ? "one of: run, probe, facts; or none and criteria over facts" : "one action key: run, facts, suite";
  if (actions.size() > 1) {
    context.error(Code::kUnknownAction, node,
                  "step '" + step.id.text + "' has more than one action: " + join(actions, ", "), expected);
  }
  const bool slip =
      suggested.count("run") + suggested.count("facts") + suggested.count("suite") + suggested.count("probe") > 0;
  if (actions.empty() && !slip && !(test && !step.test->criteria.empty())) {
    context.error(Code::kUnknownAction, node, "step '" + step.id.text + "' has no action", expected);
  }
}

void check_test(ReadContext& context, const N& node, const Step& step) {
  const TestPart& test = *step.test;
  if (test.test_class == TestClass::kPerformance && test.metrics.empty()) {
    context.error(Code::kMissingKey, node,
                  "performance test '" + step.id.text + "' has no metrics: it would measure nothing");
  }
  if (test.test_class != TestClass::kPerformance && test.criteria.empty()) {
    context.error(Code::kMissingKey, node, "test '" + step.id.text + "' has no criteria: it could not fail");
  }
  if (test.samples.min > test.samples.max) {
    context.error(Code::kBadValue, node, "test '" + step.id.text + "': samples.min is above samples.max");
  }
}

void read_step_list(ReadContext& context, const N& node, bool tests, std::vector<Step>& out) {
  if (!context.expect(node, N::Kind::kSequence, tests ? "tests" : "steps", "a list")) return;
  if (node.items.empty())
    context.error(Code::kBadValue, node, std::string(tests ? "'tests'" : "'steps'") + " is empty");
  const std::vector<Row<Step>> rows = rows_of_steps(tests);
  std::map<std::string, SourceSpan> seen;
  for (const NodePtr& item : node.items) {
    Step step;
    if (tests) {
      step.test.emplace();
      const N* test_class = item->find("class");
      if (test_class != nullptr && test_class->scalar == "performance")
        step.test->samples = {.min = 6, .max = 15, .warmup = 1};
    }
    const auto suggested = read_mapping<Step>(context, *item, rows, tests ? "a test" : "a step", step);
    if (item->kind != N::Kind::kMapping) continue;
    check_action(context, *item, step, suggested, tests);
    if (tests) check_test(context, *item, step);
    if (step.name.empty()) step.name = step.id.text;
    if (!step.id.text.empty()) {
      const auto [first, fresh] = seen.emplace(step.id.text, step.id.where);
      if (!fresh) {
        Diagnostic twice{.code = Code::kDuplicateName,
                         .where = step.id.where,
                         .message = "the id '" + step.id.text + "' is used twice"};
        twice.notes.push_back({.where = first->second, .text = "it is used first here"});
        context.problems().add(std::move(twice));
      }
    }
    out.push_back(std::move(step));
  }
}

}  // namespace

std::string_view to_string(TestClass value) {
  switch (value) {
    case TestClass::kFunctional: return "functional";
    case TestClass::kPerformance: return "performance";
    case TestClass::kStability: return "stability";
  }
  return "?";
}

std::string_view to_string(SkipKind value) {
  return value == SkipKind::kNotPossible ? "not_possible" : "not_applicable";
}

void read_metadata(ReadContext& context, const YamlNode& node, Metadata& out) {
  read_mapping<Metadata>(context, node, kMetadataRows, "metadata", out);
}

void read_params(ReadContext& context, const YamlNode& node, std::vector<Param>& out) {
  if (!context.expect(node, N::Kind::kMapping, "params", "a mapping")) return;
  for (const N::Entry& entry : node.entries) {
    ParamDraft draft;
    auto name = context.name(*entry.key, "a parameter");
    const std::size_t before = context.problems().items().size();
    read_mapping<ParamDraft>(context, *entry.value, kParamRows, "a parameter", draft);
    if (!name) continue;
    draft.param.name = std::move(*name);
    if (draft.param.type == ParamType::kEnum && draft.param.choices.empty()) {
      context.error(Code::kMissingKey, *entry.value,
                    "enum parameter '" + draft.param.name.text + "' lacks the key 'values'");
    }
    if (draft.fallback != nullptr && context.problems().items().size() == before) {
      const expr::Value raw = draft.param.type == ParamType::kString && draft.fallback->kind == N::Kind::kScalar
                                  ? expr::Value::string(draft.fallback->scalar)
                                  : to_value(*draft.fallback);
      if (auto value = convert_param(draft.param, raw)) {
        draft.param.fallback = std::move(*value);
      } else {
        context.error(Code::kBadParam, *draft.fallback, value.error().message, value.error().expected,
                      value.error().help);
      }
    }
    out.push_back(std::move(draft.param));
  }
}

void read_run(ReadContext& context, const YamlNode& node, RunAction& out) {
  if (node.kind == N::Kind::kSequence) {
    out.argv = context.argv(node, "run");
    return;
  }
  if (node.kind != N::Kind::kScalar) {
    context.error(Code::kWrongType, node,
                  "'run' must be a list (program and arguments) or a script, got " + std::string(describe(node)));
    return;
  }
  if (auto field = context.text_field(node, "run")) {
    out.script = make_shell_script(field->text, field->where, context.problems());
  }
}

void read_steps(ReadContext& context, const YamlNode& node, std::vector<Step>& out) {
  read_step_list(context, node, false, out);
}
void read_tests(ReadContext& context, const YamlNode& node, std::vector<Step>& out) {
  read_step_list(context, node, true, out);
}

bool check_header(ReadContext& context, const YamlNode& root, std::string_view kind) {
  if (!context.expect(root, N::Kind::kMapping, "the file", "a mapping")) return false;
  const N* version = root.find("apiVersion");
  if (version == nullptr) {
    context.error(Code::kUnknownKind, root, "the key 'apiVersion' is missing", "apiVersion: assay/v1");
  } else if (version->scalar != "assay/v1") {
    context.error(Code::kUnknownKind, *version, "unknown apiVersion '" + version->scalar + "'", "assay/v1",
                  "a newer assay may know it");
  }
  const N* found = root.find("kind");
  if (found == nullptr) {
    context.error(Code::kUnknownKind, root, "the key 'kind' is missing", "kind: " + std::string(kind));
  } else if (found->scalar != kind) {
    context.error(Code::kUnknownKind, *found, "this is a " + found->scalar + ", not a " + std::string(kind), {},
                  did_you_mean(found->scalar, {std::string(kind)}));
    return false;
  }
  return true;
}

}  // namespace assay::recipe
