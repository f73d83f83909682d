// SPDX-License-Identifier: Apache-2.0
// What makes a step a test.
#include <array>

#include "engine/recipe/step_reader.h"

namespace assay::recipe {
namespace {

using C = ReadContext;
using N = YamlNode;

constexpr std::array<Row<Requirement>, 3> kRequirementRows = {{
    {"if", "expression", Needed::kYes, "Must hold, else the test is skipped",
     [](C& c, const N& n, Requirement& r) { r.condition = c.expression(n, "if"); }},
    {"reason", "text", Needed::kYes, "Why the test is skipped",
     [](C& c, const N& n, Requirement& r) { assign(r.reason, c.text(n, "reason")); }},
    {"kind", "not_applicable|not_possible", Needed::kNo, "no such hardware; or a tool, a right or room is missing",
     [](C& c, const N& n, Requirement& r) {
       r.kind = c.choice(n, "kind", "not_applicable|not_possible") == "not_possible" ? SkipKind::kNotPossible
                                                                                     : SkipKind::kNotApplicable;
     }},
}};

constexpr std::string_view kSamples = "int 1..100000";
constexpr std::string_view kWarmup = "int 0..100";
constexpr std::string_view kHalfWidth = "number 0.0001..1";
constexpr std::string_view kPrecision = "number 0.0001..10";
constexpr std::array<Row<SampleRule>, 4> kSampleRows = {{
    {"min", kSamples, Needed::kNo, "Fewest samples",
     [](C& c, const N& n, SampleRule& r) {
       if (auto v = c.integer(n, "min", kSamples)) r.min = static_cast<std::size_t>(*v);
     }},
    {"max", kSamples, Needed::kNo, "Most samples",
     [](C& c, const N& n, SampleRule& r) {
       if (auto v = c.integer(n, "max", kSamples)) r.max = static_cast<std::size_t>(*v);
     }},
    {"warmup", kWarmup, Needed::kNo, "Executions before the first sample",
     [](C& c, const N& n, SampleRule& r) {
       if (auto v = c.integer(n, "warmup", kWarmup)) r.warmup = static_cast<std::size_t>(*v);
     }},
    {"half_width", kHalfWidth, Needed::kNo, "Stop when the interval's half-width is at most this share of the median",
     [](C& c, const N& n, SampleRule& r) { assign(r.half_width, c.number(n, "half_width", kHalfWidth)); }},
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
    {"better", "higher|lower", Needed::kYes, "Which direction is good",
     [](C& c, const N& n, Metric& m) { assign(m.better, c.choice(n, "better", "higher|lower")); }},
    {"value", "expression", Needed::kYes, "A number (one sample per execution) or a list of numbers (all from one)",
     [](C& c, const N& n, Metric& m) { m.value = c.expression(n, "value"); }},
    {"help", "text", Needed::kNo, "What the number means",
     [](C& c, const N& n, Metric& m) { assign(m.help, c.text(n, "help")); }},
    {"precision", kPrecision, Needed::kNo, "A relative half-width above it is inconclusive",
     [](C& c, const N& n, Metric& m) { m.precision = c.number(n, "precision", kPrecision); }},
}};

constexpr std::array<Row<Service>, 2> kServiceRows = {{
    {"run", "argv", Needed::kYes, "A process beside the action",
     [](C& c, const N& n, Service& s) { s.argv = c.argv(n, "run"); }},
    {"ready", "port|none", Needed::kNo, "port: wait until it accepts connections (default); none: do not wait",
     [](C& c, const N& n, Service& s) { s.wait_for_port = c.choice(n, "ready", "port|none") != "none"; }},
}};

struct CpuShare {
  std::optional<ExpressionField> threads;
};
constexpr std::array<Row<CpuShare>, 1> kCpuShareRows = {{
    {"threads", "expression", Needed::kYes, "How many threads the action keeps busy",
     [](C& c, const N& n, CpuShare& s) { s.threads = c.expression(n, "threads"); }},
}};

constexpr std::string_view kHardware = "identity|cpu|memory|disk|network|platform|software|virtualisation|accelerator";

Shape requirement_shape() { return make_shape<Requirement>("requirement", kRequirementRows); }
Shape sample_shape() { return make_shape<SampleRule>("samples", kSampleRows); }
Shape metric_shape() { return make_shape<Metric>("metric", kMetricRows); }
Shape service_shape() { return make_shape<Service>("service", kServiceRows); }
Shape cpu_share_shape() { return make_shape<CpuShare>("cpu_share", kCpuShareRows); }

constexpr std::array<Row<Step>, 19> kTestRows = {{
    {"class", "functional|performance|stability", Needed::kYes, "What kind of test it is",
     [](C& c, const N& n, Step& s) {
       const auto v = c.choice(n, "class", "functional|performance|stability");
       if (v == "performance") s.test->test_class = TestClass::kPerformance;
       if (v == "stability") s.test->test_class = TestClass::kStability;
     }},
    {"hardware", kHardware, Needed::kYes, "What is tested: cpu, memory, disk …",
     [](C& c, const N& n, Step& s) { assign(s.test->hardware, c.choice(n, "hardware", kHardware)); }},
    {"blocker", "bool", Needed::kNo, "Whether a failure fails the run; default true",
     [](C& c, const N& n, Step& s) { assign(s.test->blocker, c.boolean(n, "blocker")); }},
    {"requires", "list of mapping", Needed::kNo, "Conditions without which the test is skipped",
     [](C& c, const N& n, Step& s) {
       if (!c.expect(n, N::Kind::kSequence, "requires", "a list")) return;
       for (const NodePtr& item : n.items) {
         Requirement r;
         read_mapping<Requirement>(c, *item, kRequirementRows, "a requirement", r);
         s.test->requires_.push_back(std::move(r));
       }
     },
     &requirement_shape},
    {"tools", "list of text", Needed::kNo, "Programs that must be found",
     [](C& c, const N& n, Step& s) { s.test->tools = c.text_list(n, "tools"); }},
    {"packages", "map of text", Needed::kNo, "Debian package of a tool, where the names differ",
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
    {"args", "argv", Needed::kNo, "Arguments of the probe",
     [](C& c, const N& n, Step& s) {
       if (!n.items.empty() || n.kind != N::Kind::kSequence) s.run.argv = c.argv(n, "args");
     }},
    {"service", "mapping", Needed::kNo, "A process beside the action",
     [](C& c, const N& n, Step& s) { read_mapping<Service>(c, n, kServiceRows, "service", s.test->service.emplace()); },
     &service_shape},
    {"samples", "mapping", Needed::kNo, "How many samples; only for performance",
     [](C& c, const N& n, Step& s) { read_mapping<SampleRule>(c, n, kSampleRows, "samples", s.test->samples); },
     &sample_shape},
    {"cpu_share", "mapping", Needed::kNo, "Watch the CPU share of each sample",
     [](C& c, const N& n, Step& s) {
       CpuShare share;
       read_mapping<CpuShare>(c, n, kCpuShareRows, "cpu_share", share);
       s.test->cpu_threads = std::move(share.threads);
     },
     &cpu_share_shape},
    {"metrics", "list of mapping", Needed::kNo, "The numbers of the test",
     [](C& c, const N& n, Step& s) {
       if (!c.expect(n, N::Kind::kSequence, "metrics", "a list")) return;
       for (const NodePtr& item : n.items)
         read_mapping<Metric>(c, *item, kMetricRows, "a metric", s.test->metrics.emplace_back());
     },
     &metric_shape},
    {"criteria", "expression or list of expression", Needed::kNo, "What must hold",
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

}  // namespace

std::span<const Row<Step>> test_rows() { return kTestRows; }

void check_test(ReadContext& context, const N& node, const Step& step) {
  const TestPart& test = *step.test;
  if (test.test_class == TestClass::kPerformance && test.metrics.empty()) {
    context.error(Code::kMissingKey, node,
                  "performance test '" + step.id.text + "' has no metrics: it would measure nothing", {},
                  "add `metrics`: what it measures, with a unit and `better: higher` or `lower`");
  }
  if (test.test_class != TestClass::kPerformance && test.criteria.empty() && node.find("ensure") == nullptr) {
    context.error(Code::kMissingKey, node, "test '" + step.id.text + "' has no criteria: it could not fail", {},
                  "add `criteria`: expressions that must hold, for example `outputs.errors == 0`");
  }
  const N* samples = node.find("samples");
  if (samples != nullptr && test.test_class != TestClass::kPerformance) {
    context.error(Code::kBadValue, *samples, "'samples' means nothing here: this test is executed once",
                  "a test of class performance");
  } else if (test.samples.min > test.samples.max) {
    context.error(Code::kBadValue, samples != nullptr ? *samples : node,
                  "test '" + step.id.text + "': samples.min, " + std::to_string(test.samples.min) +
                      ", is above samples.max, " + std::to_string(test.samples.max));
  }
}

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

}  // namespace assay::recipe
