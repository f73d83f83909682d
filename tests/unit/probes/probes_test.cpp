// SPDX-License-Identifier: Apache-2.0
// The probe programs as suites run them: exit code and one JSON object. Each fault that a probe looks for is injected
// once, to show that the probe can fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace {

using Json = nlohmann::json;

struct Outcome {
  int exit_code = -1;
  std::string out;
  Json json = {};
};

// Only names and numbers written here reach the shell.
Outcome run_probe(const std::string& command, const std::string& environment = "") {
  // Drivers keep what they allocated until the process ends; under the address sanitizer that is not our leak.
  const std::string line = "ASAN_OPTIONS=detect_leaks=0 POCL_CACHE_DIR='" CACHE_DIR "' " + environment +
                           " '" PROBE_DIR "'/" + command + " 2>&1";
  FILE* pipe = popen(line.c_str(), "r");
  if (pipe == nullptr) return {};
  Outcome outcome;
  std::array<char, 4096> buffer{};
  for (std::size_t size = 0; (size = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    outcome.out.append(buffer.data(), size);
  const int status = pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  outcome.json = Json::parse(outcome.out, nullptr, false);
  return outcome;
}

// Relations between times hold only where nothing else runs: some of a few attempts must show them.
template <typename Shows>
bool in_some_quiet_moment(const Shows& shows) {
  for (int attempt = 0; attempt < 6; ++attempt) {
    if (shows()) return true;
  }
  return false;
}

// Every named member must be there with this value.
struct ProbeCase {
  const char* name;
  const char* command;
  int exit_code;
  const char* expected;  // JSON object
};
std::string case_name(const testing::TestParamInfo<ProbeCase>& tested) { return tested.param.name; }

class Probe : public testing::TestWithParam<ProbeCase> {};
TEST_P(Probe, EndsWithItsVerdict) {
  const Outcome outcome = run_probe(GetParam().command);
  ASSERT_NE(outcome.exit_code, 77) << "skipped on this machine: " << outcome.out;
  EXPECT_EQ(outcome.exit_code, GetParam().exit_code) << outcome.out;
  ASSERT_TRUE(outcome.json.is_object()) << outcome.out;
  const Json expected = Json::parse(GetParam().expected);
  for (const auto& [key, value] : expected.items())
    EXPECT_EQ(outcome.json.value(key, Json{}), value) << key << " in " << outcome.out;
}

const ProbeCase kServer[] = {
    {"cpu_consistent", "cpu_consistency --seconds 0.1", 0,
     R"({"probe": "cpu_consistency", "cpus_refused": 0, "kinds_of_work": 4, "mismatches": 0, "first_mismatches": []})"},
    {"cpu_flips_a_bit", "cpu_consistency --seconds 0.1 --inject flip", 1, R"({"mismatches": 1})"},
    {"clock_steady", "clock_check --seconds 0.1", 0, R"({"probe": "clock_check", "backward_steps": 0})"},
    {"memory_pattern_clean", "memory_pattern --bytes 134217728", 0,
     R"({"asked_bytes": 134217728, "tested_bytes": 134217728, "ended": "target reached", "patterns": 4, "errors": 0})"},
    {"memory_pattern_finds_a_flipped_bit", "memory_pattern --bytes 67108864 --inject wrong", 1,
     R"({"errors": 1, "first_error": "address hash, chunk 0, byte 33554432: bits 0000000000000200 differ"})"},
    {"memory_bandwidth_is_validated", "memory_stream --mode bandwidth --array-bytes 1048576 --seconds 0.01", 0,
     R"({"array_bytes": 1048576, "errors": 0})"},
    {"memory_bandwidth_finds_a_wrong_element",
     "memory_stream --mode bandwidth --array-bytes 1048576 --seconds 0.01 --inject wrong", 1, R"({"errors": 1})"},
    {"network_carries_what_is_sent", "network_check --mode integrity", 0, R"({"ipv4": true, "wrong_bytes": 0})"},
    {"network_finds_a_wrong_byte", "network_check --mode integrity --inject corrupt", 1, R"({"ipv4": true})"},
    {"clock_steps", "clock_check --seconds 0.1 --inject step", 0, R"({"backward_steps": 0})"},
};
INSTANTIATE_TEST_SUITE_P(Server, Probe, testing::ValuesIn(kServer), case_name);

class OpenclProbe : public testing::TestWithParam<ProbeCase> {
 protected:
  void SetUp() override {
    const Outcome outcome = run_probe("opencl_check --mode enumerate");
    if (outcome.exit_code == 77) GTEST_SKIP() << outcome.out;
  }
};
TEST_P(OpenclProbe, EndsWithItsVerdict) {
  const Outcome outcome = run_probe(GetParam().command);
  EXPECT_EQ(outcome.exit_code, GetParam().exit_code) << outcome.out;
  ASSERT_TRUE(outcome.json.is_object()) << outcome.out;
  const Json expected = Json::parse(GetParam().expected);
  for (const auto& [key, value] : expected.items())
    EXPECT_EQ(outcome.json.value(key, Json{}), value) << key << " in " << outcome.out;
}
const ProbeCase kOpencl[] = {
    {"compute_agrees", "opencl_check --mode compute --seconds 0.01", 0,
     R"({"mode": "compute", "repeats": 1, "errors": 0, "wrong_items": 0, "wrong_groups": 0})"},
    {"compute_finds_a_wrong_word", "opencl_check --mode compute --seconds 0.01 --inject wrong-result", 1,
     R"({"wrong_items": 1, "wrong_groups": 1, "errors": 2})"},
    {"memory_clean", "opencl_check --mode memory --bytes 8388608", 0,
     R"({"asked_bytes": 8388608, "tested_bytes": 8388608, "ended": "target reached", "patterns": 6, "errors": 0})"},
    {"memory_finds_a_wrong_word", "opencl_check --mode memory --bytes 8388608 --inject wrong-result", 1,
     R"({"errors": 1, "first_error": "address hash, chunk 0, byte 4194304"})"},
    {"bandwidth_is_validated", "opencl_check --mode bandwidth --bytes 4194304 --seconds 0.1", 0,
     R"({"bytes": 4194304, "errors": 0})"},
    {"bandwidth_finds_a_wrong_word",
     "opencl_check --mode bandwidth --bytes 4194304 --seconds 0.1 --inject wrong-result", 1, R"({"errors": 1})"},
    {"soak_clean", "opencl_check --mode soak --seconds 0.2", 0, R"({"mode": "soak", "errors": 0})"},
    {"soak_finds_a_wrong_word", "opencl_check --mode soak --seconds 0.2 --inject wrong-result", 1, R"({"errors": 1})"},
};
INSTANTIATE_TEST_SUITE_P(Device, OpenclProbe, testing::ValuesIn(kOpencl), case_name);

TEST_F(OpenclProbe, LatencyCountsEveryLaunchAndShowsSlowness) {
  EXPECT_TRUE(in_some_quiet_moment([] {
    const Json fast = run_probe("opencl_check --mode latency --seconds 0.2").json;
    const Json slow = run_probe("opencl_check --mode latency --seconds 0.2 --inject slow").json;
    EXPECT_EQ(fast["launches"], fast["executed"]);
    EXPECT_GT(fast["launches"], 0);
    return slow["median_us"].get<double>() > 3 * fast["median_us"].get<double>();
  }));
}

// The same work, done several times for each one counted, must show in the number.
struct SlowCase {
  const char* name;
  const char* command;
  const char* windows;  // the list of numbers
  bool lower_is_better;
};
class SlowProbe : public testing::TestWithParam<SlowCase> {};
TEST_P(SlowProbe, ShowsTheSlowness) {
  const auto middle = [](const std::string& command, const char* windows) {
    const Json json = run_probe(command).json;
    if (!json.contains(windows)) return 0.0;
    auto values = json[windows].get<std::vector<double>>();
    std::sort(values.begin(), values.end());
    return values.size() < 6 ? 0.0 : values[values.size() / 2];
  };
  EXPECT_TRUE(in_some_quiet_moment([&] {
    const double healthy = middle(GetParam().command, GetParam().windows);
    const double slow = middle(std::string(GetParam().command) + " --inject slow", GetParam().windows);
    if (healthy <= 0 || slow <= 0) return false;
    return (GetParam().lower_is_better ? slow / healthy : healthy / slow) > 1.5;
  }));
}
const SlowCase kSlow[] = {
    {"memory_bandwidth", "memory_stream --mode bandwidth --array-bytes 33554432 --seconds 0.3", "triad_windows_gb_s",
     false},
    {"memory_latency", "memory_stream --mode latency --array-bytes 33554432 --seconds 0.2", "windows_ns", true},
    {"network_latency", "network_check --mode latency --seconds 0.3", "windows_us", true},
};
std::string slow_name(const testing::TestParamInfo<SlowCase>& tested) { return tested.param.name; }
INSTANTIATE_TEST_SUITE_P(Probes, SlowProbe, testing::ValuesIn(kSlow), slow_name);

TEST(ClockProbe, SeesTimeRunBackwardsBetweenCpus) {
  if (run_probe("clock_check --seconds 0.1").json.value("cpus", 0) < 2) GTEST_SKIP() << "needs two CPUs";
  EXPECT_TRUE(in_some_quiet_moment([] {
    const Outcome outcome = run_probe("clock_check --seconds 0.1 --inject backwards");
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_GT(outcome.json["backward_steps"], 0);
    return std::abs(outcome.json["worst_backward_ns"].get<double>() - 10e6) < 2e6;
  }));
}

TEST(ClockProbe, TellsAJumpFromADrift) {
  EXPECT_TRUE(in_some_quiet_moment([] {
    const Json json = run_probe("clock_check --seconds 0.1 --inject step").json;
    return std::abs(json["largest_wall_jump_s"].get<double>() - 0.05) < 0.01;
  }));
}

TEST(OpenclProbeWithoutDriver, SaysThatItCannot) {
  const Outcome outcome = run_probe("opencl_check --mode enumerate", "OCL_ICD_VENDORS=/nonexistent");
  if (outcome.exit_code == 0) GTEST_SKIP() << "the loader of this machine does not read OCL_ICD_VENDORS";
  EXPECT_EQ(outcome.exit_code, 77);
  EXPECT_THAT(outcome.out, testing::HasSubstr("\"cannot\": "));
}

struct UsageCase {
  const char* name;
  const char* command;
  const char* message;
};
class ProbeUsage : public testing::TestWithParam<UsageCase> {};
TEST_P(ProbeUsage, IsRefusedWithAReason) {
  const Outcome outcome = run_probe(GetParam().command);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.out, GetParam().message);
}
const UsageCase kUsages[] = {
    {"unknown_option", "cpu_consistency --second 1", "cpu_consistency: unknown option '--second'\n"},
    {"missing_value", "clock_check --seconds", "clock_check: option '--seconds' needs a value\n"},
    {"not_a_number", "cpu_consistency --seconds 1x",
     "cpu_consistency: option '--seconds' must be a number from 0.010000 to 86400.000000, got '1x'\n"},
    {"unknown_fault", "cpu_consistency --inject x",
     "cpu_consistency: option '--inject' must be one of: none, flip; got 'x'\n"},
    {"mode_needed", "opencl_check",
     "opencl_check: option '--mode' must be one of: enumerate, compute, memory, bandwidth, latency, soak; got ''\n"},
};
std::string usage_name(const testing::TestParamInfo<UsageCase>& tested) { return tested.param.name; }
INSTANTIATE_TEST_SUITE_P(Usage, ProbeUsage, testing::ValuesIn(kUsages), usage_name);

}  // namespace
