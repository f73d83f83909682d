// SPDX-License-Identifier: Apache-2.0
// What reports of a very large run cost: a record of 100,000 steps, read and rendered as `assay report` does, in a
// process of its own. Prints a table and one JSON object a line; exit code 1 when a bar does not hold.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/report.h"
#include "engine/record/run_reader.h"
#include "engine/record/run_writer.h"
#include "reports/report.h"
#include "support/sample_durable_run.h"
#include "support/temp_folder.h"

namespace assay::bench {
namespace {

constexpr int kSteps = 100'000;
constexpr const char* kRun = "20261121T083000Z-5d0a17";

template <class Value>
Value need(Result<Value> result) {
  if (!result) throw std::runtime_error(render(result.error()));
  return std::move(*result);
}
void need(Result<void> result) {
  if (!result) throw std::runtime_error(render(result.error()));
}

// The journal that the engine would have written.
void write_record(const std::filesystem::path& store) {
  const SystemClock clock;
  const record::RunRecord run = test::wide_run(kSteps, 8);
  auto writer = need(record::RunWriter::create(
      store, kRun, {{"assay", "0.1.0"}, {"source", {{"kind", "Recipe"}, {"name", "wide"}, {"version", "1.0.0"}}}},
      clock));
  need(writer.planned(run.steps));
  for (const record::StepRecord& step : run.steps) {
    need(writer.started(step.id, {.attempt = 1, .command = step.command, .part = ""}));
    for (const char* name : {"stdout", "stderr"})
      need(writer.output(step.id, 1, need(record::store_bytes(writer.folder(), "", name))));
    need(writer.finished(step));
  }
  need(writer.sealed(run.verdict, run.exit_code, ""));
}

void in_a_child(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0) throw std::runtime_error("the record could not be written");
}

int measure() {
  // A folder in memory: what the disk takes for its hundred thousand syncs is no part of a report.
  const bool memory = std::filesystem::exists("/dev/shm");
  if (memory) ::setenv("TMPDIR", "/dev/shm", 1);
  const test::TempFolder folder("assay-bench");
  in_a_child([&] { write_record(folder.path()); });
  const auto render = [&](const std::vector<std::string>& formats) {
    return [&folder, formats] {
      const auto run = need(record::read_run(folder / "runs" / kRun));
      if (run.steps.size() != kSteps) throw std::runtime_error("the record has another size");
      need(reports::write_reports(run, folder / "out", formats, {}));
    };
  };
  std::vector<Figure> figures;
  const auto figure = [&](const std::string& name, const std::vector<std::string>& formats) {
    const Cost cost = cost_of(render(formats));
    constexpr double kMebibyte = 1024.0 * 1024.0;
    figures.push_back({.name = name + ": time", .value = cost.seconds, .unit = "s", .bar = 3.0});
    figures.push_back(
        {.name = name + ": memory", .value = static_cast<double>(cost.bytes) / kMebibyte, .unit = "MiB", .bar = 200.0});
  };
  figure("reading 100,000 steps", {});
  figure("report 100,000 steps", {"html", "json", "junit"});
  for (const std::string& format : reports::known_formats()) figure(format, {format});
  const auto page = std::filesystem::file_size(folder / "out" / "report.html");
  figures.push_back({.name = "report.html", .value = static_cast<double>(page) / 1024.0, .unit = "KiB", .bar = 1024});
  std::cout << to_text(figures);
  for (const Figure& one : figures) {
    if (!one.holds()) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace assay::bench

int main() {
  try {
    return assay::bench::measure();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
