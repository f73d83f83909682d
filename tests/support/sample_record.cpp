// SPDX-License-Identifier: Apache-2.0
#include "support/sample_record.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/base/sha256.h"
#include "support/sample_facts.h"

namespace assay::test {

namespace {

using record::CriterionRecord;
using record::EvidenceRef;
using record::MetricRecord;
using record::RunRecord;
using record::Status;
using record::StepRecord;
using record::Verdict;

WallTime at(int seconds) {
  return parse_rfc3339("2026-11-21T08:30:00.250000Z").value() + std::chrono::seconds(seconds);
}

EvidenceRef evidence(const std::string& name, std::uint64_t size) {
  return {.name = name, .sha256 = sha256_hex(name + std::to_string(size)), .size = size};
}

void set_limit(MetricRecord& metric, std::optional<double> min, std::optional<double> max, const std::string& source) {
  metric.limit_min = min;
  metric.limit_max = max;
  metric.limit_source = source;
}

StepRecord& add(RunRecord& run, StepRecord step, const std::string& zh) {
  const int offset = run.steps.empty()
                         ? 4
                         : static_cast<int>((*run.steps.back().finished - *run.started) / std::chrono::seconds(1)) + 1;
  step.extra.edit().name_zh = zh;
  step.started = at(offset);
  step.finished =
      *step.started + std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(step.duration_s));
  run.steps.push_back(std::move(step));
  return run.steps.back();
}

StepRecord test(const std::string& id, const std::string& name, const std::string& test_class,
                const std::string& hardware, double seconds) {
  StepRecord step = sample_test(id, test_class, hardware);
  step.name = name;
  step.duration_s = seconds;
  return step;
}

void hold(StepRecord& step, const std::string& expression, const std::string& observed, bool holds = true) {
  step.criteria.push_back({.expression = expression, .holds = holds, .observed = observed});
}

void end_as(StepRecord& step, Verdict verdict, const std::string& reason) {
  step.verdict = verdict;
  step.reason = reason;
  if (verdict == Verdict::kError) step.status = Status::kError;
}

void skip(StepRecord& step, const std::string& kind, const std::string& reason) {
  step.status = Status::kSkipped;
  step.verdict = Verdict::kSkipped;
  step.skip_kind = kind;
  step.reason = reason;
  step.attempts = 0;
  step.duration_s = 0;
  step.exit_code.reset();
  step.command.clear();
  step.evidence.clear();
  step.finished = step.started;
}

// A slow wave with a droop: what a throttling part looks like over an hour.
std::vector<double> sustained(std::size_t count) {
  std::vector<double> samples;
  for (std::size_t i = 0; i < count; ++i) {
    const auto t = static_cast<double>(i);
    const double droop = i < count / 3 ? 0 : 2.1e9 * (1 - std::exp(-(t - static_cast<double>(count) / 3) / 120));
    samples.push_back(48.5e9 - droop + 4e8 * std::sin(t / 7) + 2.5e8 * std::sin(t * 1.7));
  }
  return samples;
}

void add_functional(RunRecord& run) {
  hold(add(run, test("identity-board", "Board and BIOS are identified", "functional", "identity", 0.4),
           "主板与 BIOS 可识别"),
       "facts.board.serial != ''", "facts.board.serial = 'ESB-0042-7719'");
  StepRecord& topology =
      add(run, test("cpu-topology", "Processor topology is complete", "functional", "cpu", 0.6), "处理器拓扑完整");
  hold(topology, "facts.cpu.cores == outputs.cores", "facts.cpu.cores = 32, outputs.cores = 32");
  hold(topology, "facts.cpu.threads == 2 * facts.cpu.cores", "facts.cpu.threads = 64, facts.cpu.cores = 32");
  topology.extra.edit().proves =
      "Every core that the board has is online. It does not prove that each computes correctly: cpu-consistency does.";
  topology.extra.edit().proves_zh = "主板上的每个核心均已在线；不证明每个核心计算正确，后者由 cpu-consistency 证明。";
  StepRecord& size =
      add(run, test("memory-size", "Installed memory is visible", "functional", "memory", 0.3), "已安装内存可见");
  hold(size, "facts.memory.total >= 0.9 * outputs.installed",
       "facts.memory.total = 251.6 GiB, outputs.installed = 256 GiB");
  StepRecord& ecc = add(run, test("memory-ecc", "ECC is on", "functional", "memory", 0.2), "ECC 已启用");
  hold(ecc, "facts.memory.ecc", "facts.memory.ecc = false", false);
  hold(ecc, "outputs.edac_controllers > 0", "outputs.edac_controllers = 2");
  end_as(ecc, Verdict::kWaived,
         "waived until 2027-03-31 by lab@example.org: firmware with ECC reporting is due in March");
  StepRecord& smart =
      add(run, test("disk-health", "Disk reports good health", "functional", "disk", 0.9), "磁盘健康状态正常");
  skip(smart, "not_possible", "smartctl needs root to open /dev/nvme0n1");
  hold(add(run, test("network-loopback", "Network stack carries data intact", "functional", "network", 6.1),
           "网络协议栈收发数据完整"),
       "outputs.sha256_sent == outputs.sha256_received", "both = 5f70bf18a086…");
  StepRecord& clock = add(run, test("platform-clock", "Clocks agree", "functional", "platform", 60.2), "时钟一致");
  clock.metrics.push_back(sample_metric("clock drift", "us/s", {1.31, 1.28, 1.35, 1.30, 1.27, 1.33}));
  set_limit(clock.metrics.back(), std::nullopt, 50, "NTP cannot slew faster than 500 us/s; a tenth of it");
  clock.metrics.back().better = "lower";
  StepRecord& opencl = add(
      run, test("accelerator-compute", "Accelerator computes the same bits as the CPU", "functional", "accelerator", 0),
      "加速卡计算结果与 CPU 逐位一致");
  skip(opencl, "not_applicable", "no accelerator found and none declared");
}

void add_performance(RunRecord& run) {
  StepRecord& integer =
      add(run, test("cpu-integer", "Integer speed of all cores", "performance", "cpu", 32.4), "全部核心整数性能");
  integer.metrics.push_back(
      sample_metric("events", "{event}/s", {71204, 71388, 71150, 71296, 71420, 71301, 71266, 71333}));
  set_limit(integer.metrics.back(), 60000, std::nullopt, "class server-64t of the programme quick, from 14 machines");
  StepRecord& throttled = add(run, test("cpu-matrix", "Matrix multiplication of all cores", "performance", "cpu", 41.0),
                              "全部核心矩阵乘性能");
  throttled.metrics.push_back(sample_metric("matrix rate", "{op}/s", {9120, 9240, 6011, 9198, 5890, 9166, 9224, 6120}));
  MetricRecord& matrix = throttled.metrics.back();
  matrix.cpu_share = {0.991, 0.993, 0.642, 0.988, 0.631, 0.990, 0.992, 0.655};
  matrix.used = {true, true, false, true, false, true, true, false};
  matrix.median = 9198;
  matrix.interval_low = 9120;
  matrix.interval_high = 9240;
  matrix.confidence = 0.9375;
  matrix.verdict = Verdict::kInconclusive;
  matrix.reason = "5 of 8 samples count, 6 are needed: the CPU was not ours";
  set_limit(matrix, 8000, std::nullopt, "class server-64t of the programme quick");
  end_as(throttled, Verdict::kInconclusive, "5 of 8 samples count, 6 are needed: the CPU was not ours");
  StepRecord& copy = add(run, test("memory-bandwidth", "Memory bandwidth", "performance", "memory", 58.7), "内存带宽");
  copy.metrics.push_back(
      sample_metric("copy", "B/s", {41.32e9, 41.18e9, 41.27e9, 41.05e9, 41.40e9, 41.22e9, 41.29e9, 41.11e9}));
  copy.metrics.back().verdict = Verdict::kFail;
  copy.metrics.back().help = "bytes copied per second by all cores, arrays of 4 x the last-level cache";
  set_limit(copy.metrics.back(), 48e9, std::nullopt, "60 % of the 80 GB/s that 4 channels of DDR5-2500 could carry");
  copy.metrics.push_back(
      sample_metric("triad", "B/s", {47.1e9, 48.6e9, 47.8e9, 48.9e9, 47.4e9, 48.2e9, 47.6e9, 48.4e9}));
  copy.metrics.back().verdict = Verdict::kInconclusive;
  set_limit(copy.metrics.back(), 48e9, std::nullopt, "60 % of the 80 GB/s that 4 channels of DDR5-2500 could carry");
  end_as(copy, Verdict::kFail, "copy: 41.2 GB/s is below the minimum of 48 GB/s");
  copy.extra.edit().proves =
      "The populated channels deliver their bandwidth to the cores. It does not prove that every cell keeps its value: "
      "memory-patterns does.";
  copy.extra.edit().proves_zh =
      "已安装的内存通道可向处理器提供应有带宽；不证明每个存储单元保持数据，后者由 memory-patterns 证明。";
  StepRecord& latency = add(run, test("memory-latency", "Memory latency", "performance", "memory", 12.0), "内存时延");
  latency.metrics.push_back(sample_metric("latency", "ns", {96.2, 95.8, 96.9, 96.1, 97.4, 95.9}));
  latency.metrics.back().better = "lower";
  set_limit(latency.metrics.back(), 60, 130, "between what the memory's timing allows and one and a half of it");
  StepRecord& read = add(run, test("disk-read", "Sequential read", "performance", "disk", 48.0), "磁盘顺序读");
  read.metrics.push_back(sample_metric("read", "B/s", {3.11e9, 3.12e9, 3.10e9, 3.13e9, 3.12e9, 3.09e9}));
  set_limit(read.metrics.back(), 200e6, std::nullopt, "published floor for solid state");
  read.metrics.push_back(sample_metric("p99 latency", "us", {212, 220, 209, 214, 231, 218}));
  read.metrics.back().better = "lower";
  read.metrics.back().verdict = Verdict::kInconclusive;
  read.metrics.back().reason = "no limit for this hardware";
  read.blocker = false;
  end_as(read, Verdict::kInconclusive, "p99 latency: no limit for this hardware");
  StepRecord& peer =
      add(run, test("network-peer", "Throughput to a peer", "performance", "network", 0), "与对端之间的吞吐");
  skip(peer, "not_possible", "no peer given: -p peer=ADDRESS");
}

void add_stability(RunRecord& run) {
  StepRecord& bits = add(run, test("cpu-consistency", "Every core computes the same bits", "stability", "cpu", 40.3),
                         "每个核心计算结果一致");
  hold(bits, "outputs.distinct_results == 1", "outputs.distinct_results = 1");
  StepRecord& soak = add(run, test("memory-soak", "Bandwidth under sustained load", "stability", "memory", 600.4),
                         "持续负载下的内存带宽");
  soak.metrics.push_back(sample_metric("windowed bandwidth", "B/s", sustained(360)));
  set_limit(soak.metrics.back(), 44e9, std::nullopt, "90 % of the first minute");
  StepRecord& patterns =
      add(run, test("memory-patterns", "Memory keeps every pattern", "stability", "memory", 61.5), "内存数据模式校验");
  patterns.extra.edit().counters = {{"edac.mc0.ce", 3}, {"edac.mc1.ce", 1}};
  hold(patterns, "outputs.errors == 0", "outputs.errors = 0");
  end_as(patterns, Verdict::kFail, "error counters moved: edac.mc0.ce +3, edac.mc1.ce +1");
  StepRecord& verify = add(run, test("disk-verify", "Data read back is what was written", "stability", "disk", 30.0),
                           "磁盘数据回读校验");
  verify.exit_code.reset();
  verify.attempts = 2;
  end_as(verify, Verdict::kError, "fio was ended after 30 s: deadline of the attempt");
}

void add_surroundings(RunRecord& run) {
  run.preconditions = {
      {.name = "governor",
       .observed = "performance on 64 of 64 threads",
       .wanted = "performance",
       .good = true,
       .note = ""},
      {.name = "turbo", .observed = "on", .wanted = "", .good = true, .note = ""},
      {.name = "smt", .observed = "on, 2 threads a core", .wanted = "", .good = true, .note = ""},
      {.name = "background_load",
       .observed = "18.4 % of all CPU time in 2 s",
       .wanted = "at most 5 %",
       .good = false,
       .note = "busiest: backup-agent (pid 4471)"},
      {.name = "steal", .observed = "0 %", .wanted = "at most 1 %", .good = true, .note = ""},
      {.name = "temperature", .observed = "41 Cel (package 0)", .wanted = "at most 70 Cel", .good = true, .note = ""}};
  for (const auto& [name, version] : {std::pair<std::string, std::string>{"fio", "fio-3.33"},
                                      {"iperf3", "3.12"},
                                      {"mbw", "1.2.2"},
                                      {"memtester", "4.6.0"},
                                      {"stress-ng", "0.15.06"},
                                      {"sysbench", "1.0.20"}}) {
    run.tools.push_back({.name = name, .path = "/usr/bin/" + name, .version = version, .sha256 = sha256_hex(name)});
  }
  run.machines["local"] = sample_facts();
}

RunRecord empty_run() {
  RunRecord run;
  run.id = "20261121T083000Z-7f3a9c";
  run.folder = "/var/lib/assay/runs/20261121T083000Z-7f3a9c";
  run.assay_version = "0.1.0";
  run.status = Status::kFinished;
  run.started = at(0);
  run.header = {
      {"format", "assay.run/1"},
      {"recipe",
       {{"digest", "sha256:" + sha256_hex("recipe")}, {"commit", "4f0c2d9e6b1a7788990011223344556677889900"}}},
      {"parameters", {{"level", "quick"}, {"duration", "60s"}}},
      {"user", "tester"},
      {"terminal", nullptr}};
  return run;
}

}  // namespace

StepRecord sample_test(const std::string& id, const std::string& test_class, const std::string& hardware) {
  StepRecord step;
  step.id = id;
  step.name = id;
  step.action = "test";
  step.test_class = test_class;
  step.hardware = hardware;
  step.target = "local";
  step.status = Status::kFinished;
  step.verdict = Verdict::kPass;
  step.duration_s = 1;
  step.attempts = 1;
  step.exit_code = 0;
  step.command = {"assay-probe", id, "--samples", "8"};
  step.evidence = {evidence(id + "/stdout", 1432), evidence(id + "/stderr", 0)};
  step.outputs = Json::object();
  return step;
}

MetricRecord sample_metric(const std::string& name, const std::string& unit, std::vector<double> samples) {
  MetricRecord metric;
  metric.name = name;
  metric.unit = unit;
  metric.better = "higher";
  metric.used.assign(samples.size(), true);
  metric.verdict = Verdict::kPass;
  if (std::vector<double> sorted = samples; !sorted.empty()) {
    // The widest interval for few samples, order statistics around the middle for many: near enough for pictures.
    std::sort(sorted.begin(), sorted.end());
    const std::size_t reach =
        sorted.size() < 9 ? 0 : sorted.size() / 2 - static_cast<std::size_t>(std::sqrt(sorted.size()));
    metric.median = (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
    metric.interval_low = sorted[reach];
    metric.interval_high = sorted[sorted.size() - 1 - reach];
    metric.confidence = sorted.size() < 9 ? 1 - std::pow(0.5, static_cast<double>(sorted.size()) - 1) : 0.954;
    for (std::size_t i = 0; i < sorted.size(); ++i)
      metric.cpu_share.push_back(0.985 + 0.001 * static_cast<double>(i % 10));
  }
  metric.samples = std::move(samples);
  return metric;
}

RunRecord sample_run() {
  RunRecord run = empty_run();
  run.title = "Quick certification of a server";
  run.recipe_name = "quick";
  run.recipe_version = "1.0.0";
  run.programme = "quick";
  run.verdict = Verdict::kFail;
  run.exit_code = 1;
  StepRecord facts;
  facts.id = "facts";
  facts.name = "Read what the machine is made of";
  facts.action = "facts";
  facts.target = "local";
  facts.status = Status::kFinished;
  facts.verdict = Verdict::kPass;
  facts.duration_s = 0.8;
  facts.attempts = 1;
  facts.outputs = Json::object();
  add(run, std::move(facts), "读取整机信息");
  add_functional(run);
  add_performance(run);
  add_stability(run);
  add_surroundings(run);
  run.finished = *run.steps.back().finished + std::chrono::seconds(2);
  return run;
}

RunRecord passing_run() {
  RunRecord run = sample_run();
  run.verdict = Verdict::kPass;
  run.exit_code = 0;
  for (StepRecord& step : run.steps) {
    if (step.verdict == Verdict::kSkipped) continue;
    step.status = Status::kFinished;
    step.verdict = Verdict::kPass;
    step.reason.clear();
    step.extra.edit().counters.clear();
    for (CriterionRecord& one : step.criteria) one.holds = true;
    for (MetricRecord& metric : step.metrics) {
      metric.verdict = Verdict::kPass;
      metric.reason.clear();
      metric.used.assign(metric.samples.size(), true);
      metric.cpu_share.assign(metric.samples.size(), 0.991);
      if (metric.limit_min) metric.limit_min = *metric.interval_low * 0.9;
      if (!metric.limit_min && !metric.limit_max) metric.limit_max = *metric.interval_high * 1.2;
    }
  }
  for (record::PreconditionRecord& one : run.preconditions) one.good = true;
  return run;
}

RunRecord recipe_run() {
  RunRecord run = empty_run();
  run.title = "Install the node agent";
  run.recipe_name = "node-agent";
  run.recipe_version = "2.1.0";
  run.status = Status::kCancelled;
  run.verdict = Verdict::kError;
  run.exit_code = 130;
  run.problem = "interrupted (SIGINT)";
  for (const auto& [id, status] : {std::pair<std::string, Status>{"fetch@n1", Status::kFinished},
                                   {"fetch@n2", Status::kCancelled},
                                   {"install@n1", Status::kPending}}) {
    StepRecord step = sample_test(id, "", "");
    step.action = "run";
    step.target = id.substr(id.find('@') + 1);
    step.status = status;
    step.verdict = status == Status::kFinished ? Verdict::kPass : Verdict::kSkipped;
    run.steps.push_back(std::move(step));
  }
  run.machines["n1"] = sample_facts();
  run.machines["n2"] = {
      {"format", "assay.facts/1"}, {"facts", Json::object()}, {"missing", {{"cpu", "no answer within 2 s"}}}};
  return run;
}

RunRecord tiny_run() {
  RunRecord run = empty_run();
  run.title = "tiny";
  run.recipe_name = "tiny";
  run.recipe_version = "1";
  run.programme = "tiny";
  run.verdict = Verdict::kPass;
  run.exit_code = 0;
  run.finished = at(90);
  run.header = {{"format", "assay.run/1"}};
  StepRecord step = sample_test("speed", "performance", "cpu");
  step.name = "Speed";
  step.extra.edit().name_zh = "速度";
  step.evidence = {{.name = "stdout", .sha256 = std::string(64, 'a'), .size = 12}};
  step.metrics.push_back(sample_metric("rate", "B/s", {10e9, 11e9, 12e9, 11e9, 11e9, 10e9}));
  step.metrics.back().cpu_share = {0.99, 0.99, 0.98, 0.99, 0.99, 0.99};
  set_limit(step.metrics.back(), 8e9, std::nullopt, "ours");
  run.steps.push_back(std::move(step));
  return run;
}

}  // namespace assay::test
