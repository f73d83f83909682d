// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/view.h"

#include <sys/ioctl.h>

#include <unistd.h>
#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/terminal/style.h"
#include "cli/terminal/writer_thread.h"
#include "engine/base/text.h"
#include "reports/what_next.h"

namespace assay::cli {
namespace {

constexpr std::size_t kVerdictWidth = 12;
constexpr std::size_t kMostKept = std::size_t{1} << 20U;  // of lines that cannot be shown yet

Nanoseconds seconds(double value) { return Nanoseconds(static_cast<std::int64_t>(std::clamp(value, 0.0, 9e9) * 1e9)); }

// "14:32" here, for ends that are not in a moment.
std::string time_of_day(WallTime time) {
  const std::time_t whole =
      std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::system_clock::duration>(time));
  std::tm local{};
  if (::localtime_r(&whole, &local) == nullptr) return {};
  std::string out(6, '\0');
  out.resize(std::strftime(out.data(), out.size(), "%H:%M", &local));
  return out;
}

class TerminalView final : public View {
 public:
  TerminalView(ViewOptions options, PastDurations past, const Clock& clock)
      : options_(std::move(options)), past_(std::move(past)), clock_(clock), begin_(clock.steady()) {
    if (options_.jobs == 0) options_.jobs = std::max(1U, std::thread::hardware_concurrency());
    if (!options_.write) {
      thread_.emplace(STDERR_FILENO, kMostKept);
      options_.write = [this](std::string_view text) { thread_->write(text, WriterThread::Room::kAlways); };
      options_.is_behind = [this] { return thread_->is_behind(); };
      options_.drain = [this] { thread_->drain(); };
    }
  }

  void on_event(const run::Event& event) override {
    std::visit([this](const auto& item) { show(item); }, event);
    // On a terminal lines come together with the next drawing, some times a second: a thousand steps a second must not
    // draw a thousand times.
    constexpr std::size_t kTogether = 64U << 10U;
    const bool ended = std::holds_alternative<run::RunFinished>(event);
    if (ended) {
      drain();
      draw(true, true);
      drain();
    } else if (!options_.redraw || waiting_.size() > kTogether || !drawn_once_) {
      draw(true);
    }
  }

  void step_aside() override {
    drain();
    draw(false);
    drain();
  }

  void on_tick() override {
    if (options_.redraw ? forecast_.has_value() : !waiting_.empty()) draw(true);
  }

 private:
  struct Running {
    std::size_t step;
    double since_s;
    std::string what;
    int attempt = 1;
    int most = 0;
    double next_at_s = -1;  // when the next attempt starts; negative: this one runs
    std::string reason;     // of the attempt before
  };

  [[nodiscard]] double now_s() const { return std::chrono::duration<double>(clock_.steady() - begin_).count(); }
  void print(const std::string& line) {
    if (waiting_.size() < kMostKept) {
      waiting_ += line + "\n";
    } else {
      ++more_;
    }
  }
  void drain() const {
    if (options_.drain) options_.drain();
  }
  [[nodiscard]] const std::string& id_of(std::size_t step) const { return ids_[step]; }

  Running* find(const std::string& id) {
    const auto step = forecast_ ? forecast_->index_of(id) : std::nullopt;
    const auto found =
        std::find_if(running_.begin(), running_.end(), [&](const Running& item) { return step && item.step == *step; });
    return found == running_.end() ? nullptr : &*found;
  }

  void show(const run::RunStarted& event) {
    run_ = event.run;
    begin_ = clock_.steady();
    total_ = event.steps->size();
    id_width_ = id_width(*event.steps);
    if (options_.screen) id_width_ = std::min(id_width_, std::max<std::size_t>(options_.screen().width / 2, 12));
    // Where nothing is drawn and nothing is known from before, it would have nothing to say.
    if (options_.redraw || !past_.empty()) forecast_.emplace(*event.steps, past_, options_.jobs, options_.plan);
    for (const record::StepRecord& step : *event.steps) {
      if (options_.redraw) ids_.push_back(step.id);
      if (record::is_settled(step.status)) ++finished_;
    }
    const Outlook outlook = forecast_ ? forecast_->look_ahead(0) : Outlook{};
    if (!options_.redraw) forecast_.reset();  // nothing that moves is shown
    std::string line = "run " + event.run + "  " + printable(event.title) + " · " + std::to_string(total_) +
                       (total_ == 1 ? " step" : " steps");
    if (finished_ > 0) line += ", " + std::to_string(finished_) + " done before";
    if (outlook.left_s > 0)
      line += std::string(" · ") + (outlook.unknown > 0 ? "at least " : "about ") + rough_time(outlook.left_s);
    print(line);
    for (const record::PreconditionRecord& item : event.preconditions) {
      if (item.good) continue;
      print(painted("warning", "1;33", options_.colour) + ": " + item.name + " is " + printable(item.observed) +
            ", wanted " + item.wanted + ": " + item.note);
    }
  }
  void show(const run::StepStarted& event) {
    const auto step = forecast_ ? forecast_->index_of(event.step) : std::nullopt;
    if (!step) return;
    if (Running* item = find(event.step)) {
      begin_attempt(*item);
      return;
    }
    forecast_->started(*step, now_s());
    running_.push_back({.step = *step, .since_s = now_s(), .what = {}, .reason = {}});
  }
  void show(const run::StepProgress& event) {
    Running* const item = find(event.step);
    if (item == nullptr) return;
    if (item->next_at_s >= 0) begin_attempt(*item);
    item->what = event.progress.what;
  }
  void show(const run::StepAttempt& event) {
    if (event.wait_s < 0) return;
    if (Running* item = find(event.step)) {
      item->attempt = event.attempt.number + 1;
      item->most = event.most;
      item->next_at_s = now_s() + event.wait_s;
      item->reason = event.attempt.reason;
      item->what.clear();
    }
    if (options_.redraw) return;
    print("        " + printable(event.step) + ": attempt " + std::to_string(event.attempt.number) +
          (event.most > 0 ? " of " + std::to_string(event.most) : std::string()) + " failed, next in " +
          format_elapsed(seconds(event.wait_s)) +
          (event.attempt.reason.empty() ? "" : ": " + shorten(printable(event.attempt.reason), 100)));
  }
  void show(const run::StepFinished& event) {
    ++finished_;
    if (const auto step = forecast_ ? forecast_->index_of(event.step.id) : std::nullopt) {
      std::erase_if(running_, [&](const Running& item) { return item.step == *step; });
      if (event.step.attempts > 0) forecast_->ran(*step, event.step.duration_s);
      forecast_->settled(*step);
    }
    std::erase_if(questions_, [&](const record::QuestionRecord& item) { return item.step == event.step.id; });
    const std::string total = std::to_string(total_);
    std::string count = std::to_string(finished_);
    if (count.size() < total.size()) count.insert(0, total.size() - count.size(), ' ');
    std::string line = "[" + count + "/" + total + "] " +
                       painted_verdict(event.step.verdict, options_.colour, kVerdictWidth) + " " +
                       pad(printable(event.step.id), id_width_);
    std::string time = event.step.attempts > 0 ? format_elapsed(seconds(event.step.duration_s)) : "";
    if (!time.empty()) time.insert(0, time.size() < 8 ? 8 - time.size() : 0, ' ');
    line += time;
    if (const std::string number = key_number(event.step); !number.empty()) line += "  " + number;
    if (event.step.attempts > 1) line += "  after " + std::to_string(event.step.attempts) + " attempts";
    if (event.step.change == "ok") line += "  ok";  // there was nothing to do
    const bool say_why = event.step.verdict != record::Verdict::kPass && !event.step.reason.empty();
    if (say_why && event.step.verdict == record::Verdict::kSkipped)
      line += "  " + painted(shorten(printable(event.step.reason), 100), "2", options_.colour);
    print(line.substr(0, line.find_last_not_of(' ') + 1));
    if (say_why && event.step.verdict != record::Verdict::kSkipped) print("        " + printable(event.step.reason));
  }
  void show(const run::Waiting& event) {
    if (event.question.type == "boot") {
      print("        " + printable(event.question.step) + ": " + printable(event.question.question));
      return;
    }
    questions_.push_back(event.question);
    if (options_.redraw) return;
    print("        " + printable(event.question.step) + " waits for an answer: " + printable(event.question.question));
    print("        " + command_for(event.question));
  }
  void show(const run::Answered& event) {
    if (event.question.type == "boot") {
      print("        " + printable(event.question.step) + ": the machine is back, " +
            printable(event.question.question));
      return;
    }
    std::erase_if(questions_, [&](const record::QuestionRecord& item) { return item.step == event.question.step; });
    print("        " + printable(event.question.step) + " was answered" +
          (event.question.who.empty() ? std::string() : " by " + printable(event.question.who)));
  }
  void show(const run::Resumed& event) {
    for (const auto& [step, why] : event.resume.redone) print("again: " + printable(step) + ": " + printable(why));
    for (const std::string& change : event.resume.changes) print("accepted: " + printable(change));
  }
  void show(const run::MachineBusy& event) { print("waiting for the machine: held by " + printable(event.holder)); }
  void show(const run::Stopping& event) {
    print(event.urgent ? "stopping now"
                       : "stopping: running steps are ended in order; press Ctrl-C again to end them at once");
  }
  void show(const run::RunFinished&) {
    running_.clear();
    questions_.clear();
    ended_ = true;
  }

  static void begin_attempt(Running& item) { item.next_at_s = -1; }
  [[nodiscard]] std::string command_for(const record::QuestionRecord& question) const {
    return "assay answer " + run_ + " " + reports::shell_word(question.step) + " " + reports::answers_of(question);
  }

  // Takes away what was drawn last. Lines that a narrower screen has wrapped take more rows.
  [[nodiscard]] std::string cleared(const Screen& screen) const {
    std::size_t rows = 0;
    for (const std::size_t columns : drawn_)
      rows += std::max<std::size_t>(1, (columns + screen.width - 1) / screen.width);
    return rows == 0 ? std::string() : "\x1b[" + std::to_string(rows) + "A\r\x1b[J";
  }

  // `last`: also where what was written before is not shown yet.
  void draw(bool with_frame, bool last = false) {
    if (!last && options_.is_behind && options_.is_behind()) return;
    if (more_ > 0)
      waiting_ += "        and " + std::to_string(std::exchange(more_, 0)) +
                  " more lines while nothing could be shown: assay runs show " + run_ + " --all\n";
    if (!options_.redraw) {
      if (!waiting_.empty()) options_.write(waiting_);
      waiting_.clear();
      return;
    }
    const Screen screen = options_.screen ? options_.screen() : Screen{};
    std::string out = cleared(screen) + waiting_;
    waiting_.clear();
    drawn_.clear();
    if (with_frame && forecast_ && !ended_) {
      drawn_once_ = true;
      for (const std::string& line : compose(frame(), screen, options_.colour)) {
        // Without its colours: how many rows it takes when the screen changes.
        drawn_.push_back(visible_width(line));
        out += line + "\n";
      }
    }
    if (!out.empty()) options_.write(out);
  }

  static std::size_t visible_width(const std::string& line) {
    std::string plain;
    for (std::size_t at = 0; at < line.size();) {
      if (line[at] == '\x1b') {
        at = std::min(line.find('m', at), line.size() - 1) + 1;
        continue;
      }
      plain += line[at++];
    }
    return display_width(plain);
  }

  // Looking ahead costs time on large runs: it is done when something changed, and seldom there.
  void look_ahead(double now) {
    const double rest = 1 + static_cast<double>(total_) / 10'000;
    if (looked_at_s_ >= 0 && now - looked_at_s_ < rest) return;
    outlook_ = forecast_->look_ahead(now);
    looked_at_s_ = now;
  }

  Frame frame() {
    const double now = now_s();
    look_ahead(now);
    Frame out{.elapsed_s = now, .done = finished_, .total = total_};
    if (outlook_.left_s > 0 || outlook_.unknown == 0) {
      out.left_s = std::max(outlook_.left_s - (now - looked_at_s_), 0.0);
      out.at_least = outlook_.unknown > 0;
      constexpr double kWorthSaying = 600;
      if (*out.left_s > kWorthSaying) out.ends = time_of_day(clock_.wall() + seconds(*out.left_s));
    }
    for (const record::QuestionRecord& item : questions_)
      out.questions.push_back({item.step, item.question, command_for(item)});
    for (Running& item : running_) {
      const std::string& id = id_of(item.step);
      if (std::any_of(questions_.begin(), questions_.end(),
                      [&](const record::QuestionRecord& question) { return question.step == id; }))
        continue;
      if (item.next_at_s > now) {
        out.retries.push_back({id, item.attempt, item.most, item.next_at_s - now, item.reason});
        continue;
      }
      out.running.push_back({.step = id,
                             .elapsed_s = now - item.since_s,
                             .expected_s = forecast_->expected_s(item.step),
                             .what = item.what,
                             .attempt = item.attempt,
                             .most = item.most});
    }
    for (const std::size_t step : outlook_.next) {
      const bool runs =
          std::any_of(running_.begin(), running_.end(), [&](const Running& item) { return item.step == step; });
      if (!runs) out.next.push_back(id_of(step));
    }
    return out;
  }

  ViewOptions options_;
  PastDurations past_;
  const Clock& clock_;
  SteadyTime begin_;
  std::string run_;
  std::vector<std::string> ids_;
  std::optional<Forecast> forecast_;
  Outlook outlook_;
  double looked_at_s_ = -1;
  std::vector<Running> running_;
  std::vector<record::QuestionRecord> questions_;
  std::size_t id_width_ = 0;
  std::size_t total_ = 0;
  std::size_t finished_ = 0;
  std::string waiting_;             // lines that are not written yet
  std::size_t more_ = 0;            // those for which there was no room
  std::vector<std::size_t> drawn_;  // columns of the lines that stand below
  bool drawn_once_ = false;
  bool ended_ = false;
  std::optional<WriterThread> thread_;
};

}  // namespace

std::unique_ptr<View> make_view(ViewOptions options, PastDurations past, const Clock& clock) {
  return std::make_unique<TerminalView>(std::move(options), std::move(past), clock);
}

Screen terminal_screen(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {.width = size.ws_col, .height = size.ws_row};
}

}  // namespace assay::cli
