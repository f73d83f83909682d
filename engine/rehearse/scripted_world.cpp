// SPDX-License-Identifier: Apache-2.0
#include "engine/rehearse/scripted_world.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <limits>

#include "engine/base/files.h"

namespace assay::rehearse {
namespace asio = boost::asio;
namespace {

constexpr Nanoseconds kNever = Nanoseconds::max();
// The clock stops here, so that its times can be written: whatever takes longer ends at this moment.
constexpr Nanoseconds kEndOfTime = std::chrono::hours(24 * 365 * 200);

// "RUN/INSTANCE#ATTEMPT" -> INSTANCE; the mark of a service ends in "#service".
struct Marked {
  std::string instance;
  bool service = false;
};
Marked read_mark(const std::string& mark) {
  const auto begin = mark.find('/') + 1;
  const auto end = mark.rfind('#');
  return {mark.substr(begin, end - begin), mark.substr(end + 1) == "service"};
}

}  // namespace

WallTime ScriptClock::wall() const {
  constexpr std::chrono::seconds kBegin{1'767'225'600};  // 2026-01-01T00:00:00Z
  return WallTime(kBegin) + passed_;
}

class ScriptedProcesses final : public system::Processes {
 public:
  ScriptedProcesses(ScriptedWorld& world, asio::any_io_executor loop) : world_(world), loop_(std::move(loop)) {}

  asio::awaitable<Result<system::ProcessExit>> run(system::ProcessSpec spec, system::ProcessLimits limits,
                                                   std::string mark, system::OutputSink& sink,
                                                   const system::StopRequest& stop) override {
    const Marked marked = read_mark(mark);
    const std::string program = spec.argv.empty() ? std::string() : spec.argv.front();
    if (marked.service) {
      // It serves until it is told to stop.
      while (!stop.requested()) co_await world_.sleep_until_passed(loop_, kNever);
      co_return ended_by(system::Ending::kCancelled);
    }
    if (world_.script_.is_missing(program))
      co_return not_startable(program, "not found on PATH", "install it, or give its full path");
    world_.script_.started(marked.instance, spec);
    const auto next = world_.script_.next(marked.instance);
    if (!next) co_return failure(next.error());
    const recipe::ScriptedResult& result = **next;
    if (!result.not_startable.empty()) co_return not_startable(program, result.not_startable);
    if (auto left = leave_files(result, spec.cwd); !left) co_return failure(std::move(left).error());
    if (auto kept = print(result, sink); !kept) co_return failure(std::move(kept).error());
    co_return co_await end(result, limits, stop);
  }
  void wake_all() override { world_.wake_all(); }

 private:
  static tl::unexpected<Diagnostic> not_startable(const std::string& program, const std::string& why,
                                                  std::string help = {}) {
    return failure(Code::kNotStartable, "cannot start '" + program + "': " + why, std::move(help));
  }
  static system::ProcessExit ended_by(system::Ending ending, int signal = SIGTERM) {
    return {.ending = ending, .exit_code = 128 + signal, .signal = signal};
  }
  static Result<void> print(const recipe::ScriptedResult& result, system::OutputSink& sink) {
    if (!result.out.empty()) ASSAY_CHECK(sink.on_output(system::Stream::kOut, result.out));
    if (!result.err.empty()) ASSAY_CHECK(sink.on_output(system::Stream::kErr, result.err));
    return {};
  }

  [[nodiscard]] Result<void> leave_files(const recipe::ScriptedResult& result, const std::filesystem::path& cwd) const {
    if (result.files.empty()) return {};
    const auto inside = cwd.lexically_normal().lexically_relative(world_.folder_);
    if (inside.empty() || *inside.begin() == "..") {
      return failure(
          Diagnostic{.code = Code::kBadValue,
                     .where = result.where,
                     .message = "the step works in '" + cwd.string() + "', where a rehearsal leaves no files"});
    }
    for (const auto& [name, content] : result.files) {
      const std::filesystem::path path = cwd / name;
      ASSAY_CHECK(make_directories(path.parent_path()));
      ASSAY_CHECK(write_file_atomically(path, content));
    }
    return {};
  }

  // How it ends, after the time that takes.
  asio::awaitable<system::ProcessExit> end(const recipe::ScriptedResult& result, system::ProcessLimits limits,
                                           const system::StopRequest& stop) {
    const Nanoseconds begin = world_.clock_.passed();
    const Nanoseconds done = result.takes < kEndOfTime - begin ? begin + result.takes : kEndOfTime;
    const Nanoseconds late =
        limits.timeout.count() > 0 && limits.timeout < kNever - begin ? begin + limits.timeout : kNever;
    while (!stop.requested() && world_.clock_.passed() < std::min(done, late))
      co_await world_.sleep_until_passed(loop_, std::min(done, late));
    const Nanoseconds passed = world_.clock_.passed() - begin;
    system::ProcessExit exit{.ending = system::Ending::kExited, .exit_code = result.exit_code};
    if (world_.clock_.passed() < done) {
      exit = ended_by(stop.requested() ? system::Ending::kCancelled : system::Ending::kTimedOut);
      exit.wall_s = std::chrono::duration<double>(passed).count();
    } else if (result.signal != 0) {
      exit = ended_by(system::Ending::kKilled, result.signal);
    }
    if (result.cpu) {
      exit.wall_s = std::chrono::duration<double>(passed).count();
      exit.cpu_s = std::chrono::duration<double>(*result.cpu).count();
    }
    co_return exit;
  }

  ScriptedWorld& world_;
  asio::any_io_executor loop_;
};

std::unique_ptr<system::Processes> ScriptedWorld::processes(asio::io_context& loop) {
  return std::make_unique<ScriptedProcesses>(*this, loop.get_executor());
}

// Nothing blocks here, and a second thread would make the order of events depend on chance.
asio::any_io_executor ScriptedWorld::worker(asio::io_context& loop) { return loop.get_executor(); }

void ScriptedWorld::run(asio::io_context& loop) {
  while (!loop.stopped()) {
    if (loop.poll() > 0 || let_time_pass()) continue;
    // Only the machine can go on: a signal.
    if (!loop.stopped()) loop.run_one();
  }
}

asio::awaitable<void> ScriptedWorld::sleep_until(asio::any_io_executor loop, SteadyTime time) {
  return sleep_until_passed(std::move(loop), std::chrono::duration_cast<Nanoseconds>(time.time_since_epoch()));
}

asio::awaitable<void> ScriptedWorld::sleep_until_passed(asio::any_io_executor loop, Nanoseconds time) {
  asio::steady_timer timer(loop, asio::steady_timer::time_point::max());
  const auto place = sleepers_.emplace(time, &timer);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  sleepers_.erase(place);
}

void ScriptedWorld::wake_all() {
  for (const auto& [time, timer] : sleepers_) timer->cancel();
}

bool ScriptedWorld::let_time_pass() {
  if (sleepers_.empty() || sleepers_.begin()->first == kNever) return false;
  const auto first = sleepers_.begin();
  clock_.pass_until(first->first);
  first->second->cancel();
  return true;
}

}  // namespace assay::rehearse
