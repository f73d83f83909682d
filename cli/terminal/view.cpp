// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/view.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "cli/terminal/style.h"
#include "engine/base/text.h"

namespace assay::cli {
namespace {

constexpr std::size_t kVerdictWidth = 12;

Nanoseconds seconds(double value) { return Nanoseconds(static_cast<std::int64_t>(value * 1e9)); }

class View final : public run::Observer {
 public:
  View(const ViewOptions& options, std::map<std::string, double> expected_s, const Clock& clock)
      : options_(options), expected_s_(std::move(expected_s)), clock_(clock) {}

  void on_event(const run::Event& event) override {
    clear();
    std::visit([this](const auto& item) { show(item); }, event);
    draw();
    std::fflush(stderr);
  }

  void on_tick() override {
    if (!options_.redraw || running_.empty()) return;
    clear();
    draw();
    std::fflush(stderr);
  }

 private:
  struct Running {
    std::string id;
    SteadyTime since;
    action::Progress progress;
  };

  static void print(const std::string& line) { std::fputs((line + "\n").c_str(), stderr); }

  void show(const run::RunStarted& event) {
    total_ = event.steps.size();
    id_width_ = id_width(event.steps);
    for (const record::StepRecord& step : event.steps) expected_total_s_ += expected(step.id);
    std::string line = "run " + event.run + "  " + printable(event.title) + " · " + std::to_string(total_) +
                       (total_ == 1 ? " step" : " steps");
    if (expected_total_s_ > 0) line += " · about " + format_elapsed(seconds(expected_total_s_)) + " as last time";
    print(line);
    for (const record::PreconditionRecord& item : event.preconditions) {
      if (item.good) continue;
      print(painted("warning", "1;33", options_.colour) + ": " + item.name + " is " + printable(item.observed) +
            ", wanted " + item.wanted + ": " + item.note);
    }
  }
  void show(const run::StepStarted& event) { running_.push_back({event.step, clock_.steady(), {}}); }
  void show(const run::StepProgress& event) {
    for (Running& item : running_) {
      if (item.id == event.step) item.progress = event.progress;
    }
  }
  void show(const run::StepFinished& event) {
    ++finished_;
    std::erase_if(running_, [&](const Running& item) { return item.id == event.step.id; });
    expected_total_s_ -= expected(event.step.id);
    const std::string total = std::to_string(total_);
    std::string count = std::to_string(finished_);
    if (count.size() < total.size()) count.insert(0, total.size() - count.size(), ' ');
    std::string line = "[" + count + "/" + total + "] " +
                       painted_verdict(event.step.verdict, options_.colour, kVerdictWidth) + " " +
                       pad(printable(event.step.id), id_width_);
    std::string time = event.step.attempts > 0 ? format_elapsed(seconds(event.step.duration_s)) : "";
    if (!time.empty()) time.insert(0, time.size() < 8 ? 8 - time.size() : 0, ' ');
    line += time;
    const std::string number = key_number(event.step);
    if (!number.empty()) line += "  " + number;
    const bool say_why = event.step.verdict != record::Verdict::kPass && !event.step.reason.empty();
    if (say_why && event.step.verdict == record::Verdict::kSkipped)
      line += "  " + painted(shorten(printable(event.step.reason), 100), "2", options_.colour);
    print(line.substr(0, line.find_last_not_of(' ') + 1));
    if (say_why && event.step.verdict != record::Verdict::kSkipped) print("        " + printable(event.step.reason));
  }
  void show(const run::StepAttempt& event) {
    if (event.wait_s < 0) return;
    print("        " + printable(event.step) + ": attempt " + std::to_string(event.attempt.number) +
          (event.most > 0 ? " of " + std::to_string(event.most) : std::string()) + " failed, next in " +
          format_elapsed(seconds(event.wait_s)) +
          (event.attempt.reason.empty() ? "" : ": " + shorten(printable(event.attempt.reason), 100)));
  }
  void show(const run::Waiting& event) {
    print(printable(event.question.step) + " waits for an answer: " + printable(event.question.question));
  }
  void show(const run::Answered& event) {
    print(printable(event.question.step) + " was answered" +
          (event.question.who.empty() ? std::string() : " by " + printable(event.question.who)));
  }
  void show(const run::Resumed& event) {
    for (const auto& [step, why] : event.resume.redone) print("again: " + printable(step) + ": " + printable(why));
    for (const std::string& change : event.resume.changes) print("accepted: " + printable(change));
  }
  void show(const run::Stopping& event) {
    print(event.urgent ? "stopping now"
                       : "stopping: running steps are ended in order; press Ctrl-C again to end them at once");
  }
  void show(const run::RunFinished&) { running_.clear(); }

  [[nodiscard]] double expected(const std::string& id) const {
    const auto found = expected_s_.find(id);
    return found != expected_s_.end() ? found->second : 0;
  }

  void clear() {
    if (drawn_ == 0) return;
    std::fprintf(stderr, "\x1b[%zuA\r\x1b[J", drawn_);
    drawn_ = 0;
  }

  void draw() {
    if (!options_.redraw) return;
    constexpr std::size_t kMostLines = 8;
    double left_s = expected_total_s_;
    for (std::size_t i = 0; i < running_.size(); ++i) {
      const Running& item = running_[i];
      const double elapsed = std::chrono::duration<double>(clock_.steady() - item.since).count();
      left_s -= std::min(elapsed, expected(item.id));
      if (i >= kMostLines) continue;
      std::string line = "  " + painted("running", "36", options_.colour) + "      " +
                         pad(printable(item.id), id_width_) + " " + format_elapsed(seconds(elapsed));
      if (expected(item.id) > 0) line += " of about " + format_elapsed(seconds(expected(item.id)));
      if (!item.progress.what.empty()) line += "  " + item.progress.what;
      print(fit(line));
      ++drawn_;
    }
    if (running_.empty()) return;
    std::string line = "  " + std::to_string(finished_) + " of " + std::to_string(total_) + " done";
    if (expected_total_s_ > 0) line += ", about " + format_elapsed(seconds(std::max(left_s, 0.0))) + " left";
    print(fit(line));
    ++drawn_;
  }

  // A line that wraps would leave pieces behind when it is cleared. Colour codes take no columns.
  [[nodiscard]] std::string fit(const std::string& line) const {
    const std::size_t invisible = options_.colour == Colour::kAlways ? 9 : 0;
    return display_width(line) <= options_.width + invisible - 1
               ? line
               : shorten(line, options_.width + invisible - 1) + (invisible > 0 ? "\x1b[0m" : "");
  }

  ViewOptions options_;
  std::map<std::string, double> expected_s_;
  const Clock& clock_;
  std::vector<Running> running_;
  std::size_t id_width_ = 0;
  std::size_t total_ = 0;
  std::size_t finished_ = 0;
  std::size_t drawn_ = 0;
  double expected_total_s_ = 0;
};

}  // namespace

std::unique_ptr<run::Observer> make_view(const ViewOptions& options, std::map<std::string, double> expected_s,
                                         const Clock& clock) {
  return std::make_unique<View>(options, std::move(expected_s), clock);
}

std::size_t terminal_width(int fd) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace assay::cli
