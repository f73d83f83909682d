// SPDX-License-Identifier: Apache-2.0
// What a long record costs to those who read it: 100,000 steps, 300,000 lines, written as a run writes them. Prints a
// table and one JSON object a line; exit code 1 when a bar does not hold.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/report.h"
#include "engine/base/files.h"
#include "engine/record/run_reader.h"
#include "engine/record/verify.h"
#include "support/store_builder.h"

namespace assay::bench {
namespace {

constexpr std::size_t kSteps = 100'000;

// Our program, its output thrown away.
Cost cost_of_program(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), ASSAY_PROGRAM);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, ASSAY_PROGRAM, &actions, nullptr, argv.data(), ::environ);
  ::posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  struct rusage usage {};
  if (error != 0 || ::wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("the program failed: " + arguments[1]);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return {.seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime),
          .bytes = static_cast<std::size_t>(usage.ru_maxrss) * 1024};
}

void add(std::vector<Figure>& out, const std::string& name, const Cost& cost) {
  out.push_back({.name = name, .value = cost.seconds, .unit = "s", .bar = 3});
  out.push_back({.name = name + ", memory", .value = static_cast<double>(cost.bytes) / 1e6, .unit = "MB", .bar = 200});
}

int run(const std::filesystem::path& place) {
  auto folder = test::must(TemporaryDirectory::create(place, "assay-bench-"));
  const std::filesystem::path store = folder.path();
  const auto written = cost_of([&] { test::build_run(store, {.steps = kSteps}); });
  const std::filesystem::path run = store / "runs" / test::BuiltRun().id;
  const auto size = std::filesystem::file_size(run / "journal.jsonl");
  std::cout << "journal of " << kSteps << " steps: " << size / 1'000'000 << " MB, written in " << written.seconds
            << " s of processor time\n";
  std::vector<Figure> figures;
  add(figures, "read a record of 100,000 steps", cost_of([&] {
        if (test::must(record::read_run(run)).steps.size() != kSteps) throw std::runtime_error("steps are missing");
      }));
  add(figures, "verify it", cost_of([&] {
        if (!test::must(record::verify_record(run)).good()) throw std::runtime_error("it is damaged");
      }));
  const std::vector<std::string> in_store = {"--store", store.string()};
  const auto with_store = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), in_store.begin(), in_store.end());
    return arguments;
  };
  add(figures, "runs show", cost_of_program(with_store({"runs", "show", "last"})));
  add(figures, "runs show --json", cost_of_program(with_store({"runs", "show", "last", "--json"})));
  add(figures, "report, html json junit", cost_of_program(with_store({"report", "last"})));
  std::cout << to_text(figures);
  bool hold = true;
  for (const Figure& figure : figures) hold = hold && figure.holds();
  return hold ? 0 : 1;
}

}  // namespace
}  // namespace assay::bench

int main() {
  try {
    // Reading is measured, not the disk: writing in memory spares 200,000 waits for it.
    const std::filesystem::path memory = "/dev/shm";
    return assay::bench::run(::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path());
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 3;
  }
}
