// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/frame.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "cli/terminal/style.h"
#include "engine/base/text.h"
#include "engine/base/time.h"

namespace assay::cli {
namespace {

constexpr std::size_t kState = 9;  // columns of "waiting  "

std::string elapsed(double seconds) {
  return format_elapsed(Nanoseconds(static_cast<std::int64_t>(std::clamp(seconds, 0.0, 9e9) * 1e9)));
}

// A line of pieces in colours, cut to the screen: escape sequences take no columns.
class Line {
 public:
  Line(std::size_t width, Colour colour) : left_(width), colour_(colour) {}
  Line& add(std::string_view text, std::string_view sgr = {}) {
    if (text.empty() || left_ == 0) return *this;
    const std::string shown = shorten(text, left_);
    left_ -= std::min(display_width(shown), left_);
    out_ += sgr.empty() ? shown : painted(shown, sgr, colour_);
    return *this;
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  std::size_t left_;
  Colour colour_;
};

std::string attempt_words(int attempt, int most) {
  return "attempt " + std::to_string(attempt) + (most > 0 ? " of " + std::to_string(most) : std::string());
}

std::string progress_bar(double share, std::size_t width) {
  const auto full = static_cast<std::size_t>(std::floor(std::clamp(share, 0.0, 1.0) * static_cast<double>(width)));
  std::string out;
  for (std::size_t i = 0; i < full; ++i) out += "━";
  return out;
}

std::string rest_of_bar(double share, std::size_t width) {
  const auto full = static_cast<std::size_t>(std::floor(std::clamp(share, 0.0, 1.0) * static_cast<double>(width)));
  std::string out;
  for (std::size_t i = full; i < width; ++i) out += "─";
  return out;
}

// Of the time where it is known, else of the steps. What is not through is never whole.
double share_done(const Frame& frame) {
  constexpr double kMost = 0.99;
  const double whole = frame.elapsed_s + frame.left_s.value_or(0);
  if (frame.left_s && !frame.at_least) return whole > 0 ? std::min(frame.elapsed_s / whole, kMost) : 0;
  if (frame.total == 0) return 0;
  return std::min(static_cast<double>(frame.done) / static_cast<double>(frame.total), kMost);
}

std::string last_line(const Frame& frame, std::size_t width, Colour colour) {
  const double share = share_done(frame);
  Line line(width, colour);
  const std::size_t bar = width >= 90 ? 24 : width >= 60 ? 12 : 0;
  line.add("  ");
  if (bar > 0) line.add(progress_bar(share, bar), "36").add(rest_of_bar(share, bar), "2").add("  ");
  line.add(std::to_string(static_cast<int>(std::floor(share * 100))) + " %", "1");
  line.add("  " + std::to_string(frame.done) + " of " + std::to_string(frame.total) + " done, " +
           elapsed(frame.elapsed_s));
  if (frame.left_s && *frame.left_s <= 0 && !frame.at_least) {
    line.add(", longer than before");
  } else if (frame.left_s && *frame.left_s > 0) {
    line.add(std::string(", ") + (frame.at_least ? "at least " : "about ") + rough_time(*frame.left_s) + " left");
    if (!frame.ends.empty()) line.add(" (" + frame.ends + ")");
  }
  return line.take();
}

std::string running_line(const RunningLine& item, std::size_t id_width, std::size_t width, Colour colour) {
  Line line(width, colour);
  line.add("  ").add(pad("running", kState), "36").add(pad(printable(item.step), id_width)).add(" ");
  line.add(elapsed(item.elapsed_s));
  if (item.expected_s && *item.expected_s > 0) {
    line.add(" of about " + rough_time(*item.expected_s), item.elapsed_s > 1.5 * *item.expected_s ? "33" : "");
  }
  if (item.attempt > 1) line.add(", " + attempt_words(item.attempt, item.most), "33");
  if (!item.what.empty()) line.add("  " + printable(item.what), "2");
  return line.take();
}

std::string retry_line(const RetryLine& item, std::size_t id_width, std::size_t width, Colour colour) {
  Line line(width, colour);
  line.add("  ").add(pad("retry", kState), "33").add(pad(printable(item.step), id_width)).add(" ");
  line.add(attempt_words(item.attempt, item.most) + ", next in " + rough_time(item.wait_s));
  if (!item.reason.empty()) line.add(": " + printable(item.reason), "2");
  return line.take();
}

std::string question_line(const QuestionLine& item, std::size_t width, Colour colour) {
  Line line(width, colour);
  line.add("  ").add(pad("waiting", kState), "1;33").add(printable(item.step) + ": " + printable(item.question));
  return line.take();
}

// As many as fit, and a word about the rest.
void take_some(std::vector<std::string>& out, const std::vector<std::string>& lines, std::size_t room,
               const std::string& what) {
  if (lines.size() <= room) {
    out.insert(out.end(), lines.begin(), lines.end());
    return;
  }
  if (room == 0) return;
  out.insert(out.end(), lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(room - 1));
  out.push_back("           and " + std::to_string(lines.size() - room + 1) + " more " + what);
}

}  // namespace

std::string rough_time(double seconds) {
  seconds = std::clamp(seconds, 1.0, 9e9);
  constexpr double kMinute = 60;
  constexpr double kHour = 3600;
  double step = 1;
  if (seconds >= kMinute) step = 10;
  if (seconds >= 10 * kMinute) step = kMinute;
  if (seconds >= 24 * kHour) step = kHour;
  const auto whole = static_cast<long long>(std::round(seconds / step) * step);
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole >= 600 && whole < 3600) return std::to_string(whole / 60) + " m";
  return format_elapsed(std::chrono::seconds(whole));
}

std::vector<std::string> compose(const Frame& frame, const Screen& screen, Colour colour) {
  constexpr std::size_t kMostRunning = 12;
  // The last column stays free: some terminals wrap there. The last row has the cursor.
  const std::size_t width = std::max<std::size_t>(screen.width, 2) - 1;
  const std::size_t room = std::max<std::size_t>(screen.height, 3) - 1;
  const std::size_t id_width = std::clamp<std::size_t>(width / 3, 12, 44);
  std::vector<std::string> questions;
  for (const QuestionLine& item : frame.questions) {
    questions.push_back(question_line(item, width, colour));
    questions.push_back(Line(width, colour).add("           ").add(item.command, "1").take());
  }
  std::vector<std::string> retries;
  for (const RetryLine& item : frame.retries) retries.push_back(retry_line(item, id_width, width, colour));
  std::vector<std::string> running;
  for (const RunningLine& item : frame.running) running.push_back(running_line(item, id_width, width, colour));

  std::vector<std::string> out;
  std::size_t left = room - 1;  // the last line is always there
  const auto add = [&](const std::vector<std::string>& lines, std::size_t most, const std::string& what) {
    const std::size_t before = out.size();
    take_some(out, lines, std::min(left, most), what);
    left -= out.size() - before;
  };
  add(questions, std::max<std::size_t>(room / 3, 2), "lines of questions");
  add(retries, std::max<std::size_t>(room / 4, 1), "to be tried again");
  const bool say_next = !frame.next.empty() && left > 2;
  if (say_next) --left;
  add(running, kMostRunning, "running");
  if (say_next) {
    std::vector<std::string> names;
    for (const std::string& name : frame.next) names.push_back(printable(name));
    out.push_back(Line(width, colour).add("  ").add(pad("next", kState), "2").add(join(names, ", "), "2").take());
  }
  for (std::string& line : out) {
    // Lines in colour were cut while they were made.
    if (line.find('\x1b') == std::string::npos) line = shorten(line, width);
  }
  out.push_back(last_line(frame, width, colour));
  return out;
}

}  // namespace assay::cli
