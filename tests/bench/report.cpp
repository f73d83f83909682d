// SPDX-License-Identifier: Apache-2.0
#include "bench/report.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "engine/base/json.h"
#include "engine/base/text.h"

namespace assay::bench {
namespace {

// Four significant digits.
std::string digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, display_width(text)), ' ');
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

[[noreturn]] void measure_and_exit(const std::function<void()>& work, int out) {
  int code = 1;
  try {
    const double begin = cpu_seconds();
    work();
    const double used = cpu_seconds() - begin;
    if (write(out, &used, sizeof used) == sizeof used) code = 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  _exit(code);
}

}  // namespace

Cost cost_of(const std::function<void()>& work) {
  std::fflush(nullptr);
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe for the figures");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) measure_and_exit(work, ends[1]);
  close(ends[1]);
  Cost cost;
  const bool told = read(ends[0], &cost.seconds, sizeof cost.seconds) == sizeof cost.seconds;
  close(ends[0]);
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child || status != 0 || !told)
    throw std::runtime_error("the measured work failed");
  cost.bytes = static_cast<std::size_t>(usage.ru_maxrss) * 1024;
  return cost;
}

double time_of(const std::function<void()>& work, double at_least) {
  double together = 0;
  std::size_t calls = 0;
  do {
    together += cost_of(work).seconds;
    ++calls;
  } while (together < at_least);
  return together / static_cast<double>(calls);
}

double median(std::vector<double> values) {
  if (values.empty()) throw std::invalid_argument("the median of nothing");
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::string to_text(const std::vector<Figure>& figures) {
  std::size_t widest = 0;
  for (const Figure& figure : figures) widest = std::max(widest, display_width(figure.name));
  std::string table;
  std::string lines;
  for (const Figure& figure : figures) {
    const std::string bar = (figure.at_least ? ">= " : "<= ") + digits(figure.bar) + ' ' + figure.unit;
    table += padded(figure.name, widest) + "  " + padded(digits(figure.value) + ' ' + figure.unit, 20) +
             padded(bar, 20) + (figure.holds() ? "holds   " : "MISSED  ") + figure.detail + '\n';
    const Json line = {{"bench", figure.name},   {"value", figure.value},       {"unit", figure.unit},
                       {"bar", figure.bar},      {"at_least", figure.at_least}, {"holds", figure.holds()},
                       {"detail", figure.detail}};
    lines += line.dump() + '\n';
  }
  return table + '\n' + lines;
}

}  // namespace assay::bench
