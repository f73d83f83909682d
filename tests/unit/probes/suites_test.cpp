// SPDX-License-Identifier: Apache-2.0
// What ships under testsuites/ as data: it loads without a problem, says what it must say, and reads what tools print.
// Output that is empty, cut short or garbled must end in an error or a miss, never in a pass.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/text.h"
#include "engine/plan/loader.h"

namespace assay {
namespace {

const plan::LoadedProgramme& quick() {
  static const auto loaded = plan::load_programme(ASSAY_SOURCE_DIR "/testsuites/programmes/quick.yaml");
  if (!loaded.value) throw std::runtime_error(render(loaded.problems));
  return *loaded.value;
}

struct TestOf {
  const recipe::Step* step;
  const recipe::Suite* suite;
};
std::vector<TestOf> all_tests() {
  std::vector<TestOf> out;
  for (const plan::SuiteInUse& use : quick().suites)
    for (const recipe::Step& step : use.suite->tests) out.push_back({&step, use.suite.get()});
  return out;
}

TEST(Quick, LoadsWithoutAProblem) {
  const auto loaded = plan::load_programme(ASSAY_SOURCE_DIR "/testsuites/programmes/quick.yaml");
  EXPECT_EQ(render(loaded.problems), "");
  EXPECT_TRUE(loaded.value);
}

TEST(Quick, HasTestsOfAllClassesAndAreas) {
  std::set<std::string_view> classes;
  std::set<std::string> areas;
  for (const TestOf& test : all_tests()) {
    classes.insert(to_string(test.step->test->test_class));
    areas.insert(test.step->test->hardware);
  }
  EXPECT_GE(all_tests().size(), 20U);
  EXPECT_EQ(classes, (std::set<std::string_view>{"functional", "performance", "stability"}));
  EXPECT_EQ(areas, (std::set<std::string>{"accelerator", "cpu", "disk", "identity", "memory", "network", "platform"}));
}

TEST(Quick, EveryTestSaysWhatItProvesAndWhatMakesItFail) {
  for (const TestOf& test : all_tests()) {
    const recipe::TestPart& part = *test.step->test;
    SCOPED_TRACE(test.step->id.text);
    EXPECT_NE(test.step->name, "");
    EXPECT_NE(part.name_zh, "");
    EXPECT_NE(part.proves, "");
    EXPECT_NE(part.proves_zh, "");
    EXPECT_NE(part.fault, "");
    EXPECT_TRUE(!part.criteria.empty() || !part.metrics.empty());
    if (part.test_class == recipe::TestClass::kPerformance) {
      EXPECT_GE(part.samples.min, 6U);
      EXPECT_FALSE(part.metrics.empty());
    }
    for (const recipe::Requirement& requirement : part.requires_) EXPECT_NE(requirement.reason, "");
  }
}

TEST(Quick, ExpectsEveryTestOnceAndLimitsEveryMetric) {
  std::set<std::string> ids;
  std::set<std::string> metrics;
  for (const TestOf& test : all_tests()) {
    EXPECT_TRUE(ids.insert(test.step->id.text).second) << test.step->id.text;
    for (const recipe::Metric& metric : test.step->test->metrics)
      metrics.insert(test.step->id.text + "." + metric.name.text);
  }
  std::set<std::string> expected;
  for (const recipe::Name& name : quick().programme->expected) expected.insert(name.text);
  EXPECT_EQ(expected, ids);
  std::set<std::string> limited;
  for (const recipe::LimitRule& rule : quick().programme->limits) {
    limited.insert(rule.test.text + "." + rule.metric.text);
    for (const recipe::LimitEntry& entry : rule.entries) {
      EXPECT_NE(entry.source, "") << rule.test.text;
      EXPECT_TRUE(entry.min || entry.max) << rule.test.text;
    }
  }
  EXPECT_EQ(limited, metrics);
}

expr::Value facts() {
  const auto json = parse_json(R"({
    "cpu": {"threads": 2, "cores": 2, "packages": 1, "architecture": "x86_64", "flags": ["avx2"]},
    "opencl": {"devices": [{"name": "pocl", "type": "cpu"}]}
  })",
                               "facts");
  return expr::from_json(*json);
}

// What became of one execution: "holds" (every criterion true, every metric at least one finite number), "misses", or
// the error of the expression that could not read the output.
std::string judge(const TestOf& test, const std::string& out, const std::string& err) {
  Diagnostics problems;
  const expr::Value params = expr::Value::map(recipe::bind_params(test.suite->params, {}, problems));
  expr::Map outputs;
  const auto evaluate = [&](const expr::Expression& expression) {
    expr::Activation names;
    names.variable = [&](std::string_view name) -> std::optional<expr::Value> {
      if (name == "stdout") return expr::Value::string(out);
      if (name == "stderr") return expr::Value::string(err);
      if (name == "exit_code") return expr::Value::integer(0);
      if (name == "params") return params;
      if (name == "facts") return facts();
      if (name == "outputs") return expr::Value::map(outputs);
      return std::nullopt;
    };
    return expr::evaluate(expression, names);
  };
  for (const auto& [name, field] : test.step->outputs) {
    auto value = evaluate(field.expression);
    if (!value) return "error: " + value.error().message;
    outputs.set(name.text, *value);
  }
  for (const recipe::Metric& metric : test.step->test->metrics) {
    const auto value = evaluate(metric.value->expression);
    if (!value) return "error: " + value.error().message;
    if (value->is(expr::Kind::kList) && value->as_list().empty()) return "misses: no sample of " + metric.name.text;
    for (const expr::Value& sample : value->is(expr::Kind::kList) ? value->as_list() : expr::List{*value})
      if (!sample.is(expr::Kind::kDouble)) return "misses: " + metric.name.text + " is a " + expr::type_name(sample);
  }
  for (const recipe::ExpressionField& criterion : test.step->test->criteria) {
    const auto value = evaluate(criterion.expression);
    if (!value) return "error: " + value.error().message;
    if (!value->is(expr::Kind::kBool) || !value->as_bool()) return "misses: " + criterion.expression.text();
  }
  return "holds";
}

TestOf find_test(const std::string& id) {
  for (const TestOf& test : all_tests())
    if (test.step->id.text == id) return test;
  throw std::runtime_error("no test " + id);
}

std::string garbled(std::string text) {
  for (char& c : text)
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) c = '?';
  return text;
}

// A real output of each tool, shortened; and the same with one fault in it.
struct OutputCase {
  const char* test;
  std::string out;
  std::string err;
  const char* healthy_part;  // this text …
  const char* faulty_part;   // … becomes that, and the verdict must not hold
};
void PrintTo(const OutputCase& tested, std::ostream* stream) { *stream << tested.test; }

std::string sysbench_windows() {
  std::string text = "Threads started!\n\n";
  for (int second = 1; second <= 15; ++second)
    text += "[ " + std::to_string(second) + "s ] thds: 2 eps: " + std::to_string(4900 + second % 3) +
            ".17 lat (ms,95%): 0.42\n";
  return text + "CPU speed:\n    events per second:  4901.22\n";
}

std::string memtester_output() {
  std::string text =
      "memtester version 4.6.0 (64-bit)\npagesize is 4096\nwant 16MB (16777216 bytes)\n"
      "got  16MB (16777216 bytes), trying mlock ...locked.\nLoop 1/1:\n"
      "  Stuck Address       :            \b\b\bsetting   0\b\b\b           \b\b\bok         \n"
      "  Random Value        :  \b\\\b|\b ok         \n";
  for (const char* name :
       {"Compare XOR         ", "Compare SUB         ", "Compare MUL         ", "Compare DIV         ",
        "Compare OR          ", "Compare AND         ", "Sequential Increment", "Solid Bits          ",
        "Block Sequential    ", "Checkerboard        ", "Bit Spread          ", "Bit Flip            ",
        "Walking Ones        ", "Walking Zeroes      ", "8-bit Writes        ", "16-bit Writes       "})
    text += std::string("  ") + name + ": ok         \n";
  return text + "\nDone.\n";
}

std::string mbw_output() {
  std::string text;
  for (int run = 0; run < 8; ++run)
    text += std::to_string(run) + "\tMethod: MEMCPY\tElapsed: 0.04310\tMiB: 256.00000\tCopy: 5939.675 MiB/s\n";
  return text;
}

std::vector<OutputCase> output_cases() {
  const std::string metrics_head =
      "stress-ng: info:  [7499] dispatching hogs: 2 x\n"
      "stress-ng: metrc: [7499] stressor       bogo ops real time  usr time  sys time   bogo ops/s     bogo ops/s CPU "
      "used per       RSS Max\n"
      "stress-ng: metrc: [7499]                           (secs)    (secs)    (secs)   (real time) (usr+sys time) "
      "instance (%)          (KB)\n";
  const std::string completed = "stress-ng: info:  [7499] successful run completed in 15.00s\n";
  return {
      {"cpu-online", "/sys/devices/system/cpu/present:0-1\n/sys/devices/system/cpu/online:0-1\n", "", "online:0-1",
       "online:0"},
      {"cpu-integer",
       "CPU speed:\n    events per second:  4661.96\n\nGeneral statistics:\n    total time: 2.0003s\n\nThreads "
       "fairness:\n    execution time (avg/stddev):   1.9957/0.00\n",
       "", "4661.96", "inf.inf"},
      {"cpu-sustained", sysbench_windows(), "", "[ 15s ]", "FATAL: out of memory\n[ 15x ]"},
      {"cpu-float", "",
       metrics_head +
           "stress-ng: metrc: [7499] matrix             1193      1.00      2.00      0.00      1192.88         597.83 "
           "       99.77          2676\n" +
           completed,
       "1192.88", "-"},
      {"cpu-verify", "",
       metrics_head +
           "stress-ng: metrc: [7499] cpu               55755     15.00     29.99      0.00      3717.00        1859.10 "
           "       99.79          3208\n" +
           completed,
       "55755", "0"},
      {"cpu-consistency",
       R"({"probe": "cpu_consistency", "cpus": 2, "cpus_tested": 2, "cpus_refused": 0, "kinds_of_work": 4, "repeats": 189, "fewest_repeats_on_a_cpu": 93, "mismatches": 0, "first_mismatches": []})"
       "\n",
       "", R"("cpus_tested": 2)", R"("cpus_tested": 1)"},
      {"memory-cells", memtester_output(), "", "  Bit Flip            : ok         \n", ""},
      {"memory-integrity",
       R"({"probe": "memory_pattern", "available_bytes": 23893311488, "asked_bytes": 67108864, "tested_bytes": 67108864, "tested_percent": 36.2, "ended": "target reached", "patterns": 4, "errors": 0, "first_error": ""})"
       "\n",
       "", "target reached", "allocation refused"},
      {"memory-copy", mbw_output(), "", "7\tMethod: MEMCPY", "FAIL"},
      {"memory-bandwidth",
       R"({"mode": "bandwidth", "array_bytes": 440401920, "repeats": 10, "copy_gb_s": 23.6, "triad_gb_s": 27.2, "triad_windows_gb_s": [25.9, 23.4, 23.8, 22.8, 26.3, 26.3], "errors": 0})"
       "\n",
       "", "25.9", "null"},
      {"disk-readback",
       R"({"fio version": "fio-3.33", "jobs": [{"error": 0, "read": {"io_bytes": 268435456}, "write": {"io_bytes": 268435456}}]})"
       "\n",
       "", R"("read": {"io_bytes": 268435456})", R"("read": {"io_bytes": 0})"},
      {"disk-sequential-read",
       R"({"jobs": [{"error": 0, "read": {"io_bytes": 2684354, "bw_bytes": 2437625880, "total_ios": 2334}}]})"
       "\n",
       "", R"("total_ios": 2334)", R"("total_ios": 0)"},
      {"disk-random-read",
       R"({"jobs": [{"error": 0, "read": {"iops": 191675.3, "total_ios": 191867, "clat_ns": {"percentile": {"99.000000": 136192}}}}]})"
       "\n",
       "", R"("error": 0)", R"("error": 5)"},
      {"network-integrity",
       R"({"mode": "integrity", "ipv4": true, "ipv6": false, "bytes": 38354432, "wrong_bytes": 0})"
       "\n",
       "", R"("wrong_bytes": 0)", R"("wrong_bytes": 1)"},
      {"network-loopback-throughput",
       R"({"end": {"sum_received": {"bits_per_second": 38249335929.1}}})"
       "\n",
       "", R"("sum_received")", R"("error": "x", "sum")"},
      {"accelerator-enumerate",
       R"({"devices": 1, "working": 1, "list": [{"name": "pocl", "problem": ""}]})"
       "\n",
       "", R"("working": 1)", R"("working": 0)"},
      {"accelerator-driver",
       "[POCL/0]    CL_DEVICE_NAME                                  pthread-skylake\n[POCL/0]    CL_DEVICE_VENDOR "
       "GenuineIntel\n[POCL/0]    CL_DEVICE_AVAILABLE                             CL_TRUE\n",
       "", "CL_TRUE", "CL_FALSE"},
      {"accelerator-compute",
       R"({"device": "pocl", "repeats": 3, "results_compared": 798720, "errors": 0})"
       "\n",
       "", R"("results_compared": 798720)", R"("results_compared": 0)"},
      {"accelerator-memory",
       R"({"device_memory_bytes": 4398173184, "asked_bytes": 53687091, "tested_bytes": 53686272, "tested_percent": 1.2, "ended": "target reached", "errors": 0})"
       "\n",
       "", R"("tested_bytes": 53686272)", R"("tested_bytes": 0)"},
      {"accelerator-soak",
       R"({"repeats": 60, "results_compared": 7602176, "errors": 0, "seconds": 10.1, "windows_repeats_per_s": [6, 6, 6, 6, 6, 6], "first_half_repeats_per_s": [6, 6, 6], "second_half_repeats_per_s": [6, 6, 6.5]})"
       "\n",
       "", R"("second_half_repeats_per_s": [6, 6, 6.5])", R"("second_half_repeats_per_s": [3, 3, 3])"},
      {"platform-acpi", "APIC\nDSDT\nFACP\nMCFG\n", "", "FACP", "FA"},
      {"platform-clock",
       R"({"backward_steps": 0, "window_s": 5.0001, "monotonic_against_raw_ppm": 0.01, "wall_against_monotonic_ppm": 0.02, "largest_wall_jump_s": 3e-09})"
       "\n",
       "", "3e-09", "0.05"},
      {"platform-kernel", "4096\n", "", "4096", "4224"},
  };
}

class SuiteOutput : public testing::TestWithParam<OutputCase> {};
TEST_P(SuiteOutput, IsReadWhenWhole) {
  EXPECT_EQ(judge(find_test(GetParam().test), GetParam().out, GetParam().err), "holds");
}
TEST_P(SuiteOutput, IsNoPassWhenEmptyCutOrGarbled) {
  const TestOf test = find_test(GetParam().test);
  const auto& [name, out, err, healthy, faulty] = GetParam();
  EXPECT_NE(judge(test, "", ""), "holds");
  EXPECT_NE(judge(test, out.substr(0, out.size() / 2), err.substr(0, err.size() / 2)), "holds");
  if (garbled(out) != out || garbled(err) != err) {
    EXPECT_NE(judge(test, garbled(out), garbled(err)), "holds");
  }
  EXPECT_NE(judge(test, std::string(200, '\xff'), std::string(200, '\xff')), "holds");
}
TEST_P(SuiteOutput, IsNoPassWithAFault) {
  const auto& [name, out, err, healthy, faulty] = GetParam();
  const std::string broken_out = replace_all(out, healthy, faulty);
  const std::string broken_err = replace_all(err, healthy, faulty);
  ASSERT_TRUE(broken_out != out || broken_err != err);
  EXPECT_NE(judge(find_test(name), broken_out, broken_err), "holds");
}
std::string output_name(const testing::TestParamInfo<OutputCase>& tested) {
  return replace_all(tested.param.test, "-", "_");
}
INSTANTIATE_TEST_SUITE_P(Tools, SuiteOutput, testing::ValuesIn(output_cases()), output_name);

}  // namespace
}  // namespace assay
