// SPDX-License-Identifier: Apache-2.0
// The lines below the finished steps while a run lasts. Pure: from what is known to lines that fit the screen.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/diagnostic.h"

namespace assay::cli {

struct Screen {
  std::size_t width = 80;
  std::size_t height = 24;
};

struct RunningLine {
  std::string step;
  double elapsed_s = 0;
  std::optional<double> expected_s = {};
  std::string what = {};  // what it says itself
  int attempt = 1;
  int most = 0;  // attempts; 0: not known
};
struct RetryLine {
  std::string step;
  int attempt = 2;  // the next one
  int most = 0;
  double wait_s = 0;
  std::string reason = {};  // of the last one
};
struct QuestionLine {
  std::string step;
  std::string question;
  std::string command;  // that answers it
};

struct Frame {
  double elapsed_s = 0;
  std::optional<double> left_s = {};
  bool at_least = false;  // some steps have no known time
  std::string ends = {};  // time of day; empty: not worth saying
  std::size_t done = 0;
  std::size_t total = 0;
  std::vector<RunningLine> running = {};
  std::vector<RetryLine> retries = {};
  std::vector<QuestionLine> questions = {};
  std::vector<std::string> next = {};
};

// At most height - 1 lines, each less than `width` columns wide: what a person must do comes first, then what is tried
// again, then what runs; the last line says how far the run is. Always at least that line.
std::vector<std::string> compose(const Frame& frame, const Screen& screen, Colour colour);

// "12 s", "3 m 20 s", "48 m", "2 h 04 m", "1 d 02 h": as exact as a forecast can be, never less than 1 s.
std::string rough_time(double seconds);

}  // namespace assay::cli
