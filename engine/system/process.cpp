// SPDX-License-Identifier: Apache-2.0
#include "engine/system/process.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
// Process v2 of Boost 1.81 names these without including them when the standard file system is chosen.
#include <boost/optional.hpp>
#include <boost/type_traits/decay.hpp>
#include <boost/type_traits/is_convertible.hpp>
// clang-format off: they must come first
#include <boost/process/v2/process.hpp>
// clang-format on
#include <map>

#include "engine/system/descendants.h"

namespace assay::system {
namespace asio = boost::asio;
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::size_t kBuffer = 65536;  // a pipe holds as much

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// CPU time of all children this process has waited for so far.
double children_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

std::uint64_t inode_of(const UniqueFd& fd) {
  struct stat status {};
  return ::fstat(fd.get(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

// One process under way. The coroutine in run() and the handlers of its streams share it; all on one thread.
struct Active : std::enable_shared_from_this<Active> {
  Active(const asio::any_io_executor& executor, SpawnedProcess spawned, OutputSink& output)
      : process(executor, spawned.pid),
        ended(executor, static_cast<int>(::syscall(SYS_pidfd_open, spawned.pid, 0))),
        pipes({inode_of(spawned.out), inode_of(spawned.err)}),
        out(executor, spawned.out.release()),
        err(executor, spawned.err.release()),
        wake(executor),
        sink(&output) {}

  boost::process::v2::process process;
  asio::posix::stream_descriptor ended;  // a pidfd: readable once the process is dead
  std::set<std::uint64_t> pipes;         // that it writes its output to
  asio::posix::stream_descriptor out;
  asio::posix::stream_descriptor err;
  asio::steady_timer wake;  // cancelled whenever something happened
  OutputSink* sink;         // nullptr once nobody listens any more
  // Not cleared, and small enough for malloc to hand the same pages out again: clearing fresh ones would cost more than
  // all else that a short step costs us.
  std::unique_ptr<char[]> out_buffer = std::make_unique_for_overwrite<char[]>(kBuffer);
  std::unique_ptr<char[]> err_buffer = std::make_unique_for_overwrite<char[]>(kBuffer);
  int open_streams = 2;
  bool exited = false;
  int status = 0;
  double cpu_s = 0;
  std::optional<Diagnostic> problem;

  void read(Stream stream) {
    asio::posix::stream_descriptor& descriptor = stream == Stream::kOut ? out : err;
    char* const buffer = (stream == Stream::kOut ? out_buffer : err_buffer).get();
    descriptor.async_read_some(
        asio::buffer(buffer, kBuffer), [self = shared_from_this(), stream, buffer](auto error, std::size_t size) {
          if (size > 0 && self->sink != nullptr && !self->problem) {
            if (auto kept = self->sink->on_output(stream, std::string_view(buffer, size)); !kept) {
              self->problem = std::move(kept).error();
              self->wake.cancel();
            }
          }
          if (!error) {
            self->read(stream);
            return;
          }
          --self->open_streams;
          self->wake.cancel();
        });
  }
};

struct ProcessRunner::Impl {
  asio::any_io_executor executor;
  std::map<pid_t, std::shared_ptr<Active>> active;
  double cpu_seen = children_cpu_seconds();
  FirstThreadChildren children_;
  std::optional<ProcessList> list;

  explicit Impl(asio::any_io_executor used) : executor(std::move(used)) {}

  [[nodiscard]] std::set<pid_t> others(pid_t root) const {
    std::set<pid_t> out;
    for (const auto& [pid, process] : active) {
      if (pid != root) out.insert(pid);
    }
    return out;
  }

  // Boost's own async_wait() calls a blocking waitpid() after any wake-up of the pidfd, and a spurious one would stop
  // the loop. So the pidfd is waited for here, and running(), which never blocks, decides.
  void wait(const std::shared_ptr<Active>& process) {
    process->ended.async_wait(asio::posix::stream_descriptor::wait_read,
                              [this, process](boost::system::error_code error) {
                                boost::system::error_code problem;
                                if (process->process.running(problem) && !error) {
                                  wait(process);
                                  return;
                                }
                                // Boost has just taken the status, on this thread, and nobody else here waits for
                                // steps: what the sum over our children grew by since the last look is this process's
                                // share.
                                const double now = children_cpu_seconds();
                                process->cpu_s = now - cpu_seen;
                                cpu_seen = now;
                                process->status = process->process.native_exit_code();
                                process->exited = true;
                                process->wake.cancel();
                              });
  }

  void signal_all(const Active& process, pid_t root, const std::string& mark, int signal) const {
    ::kill(-root, signal);
    for (const pid_t pid : find_descendants(root, mark, others(root), process.pipes)) ::kill(pid, signal);
  }

  static asio::awaitable<void> sleep_until(Active& process, SteadyClock::time_point time) {
    process.wake.expires_at(time);
    co_await process.wake.async_wait(asio::as_tuple(asio::use_awaitable));
  }

  // Waits for the program's end; ends it when its time is over, its output cannot be kept, or the run is to stop.
  asio::awaitable<Ending> supervise(Active& process, pid_t pid, const ProcessLimits& limits, const std::string& mark,
                                    const StopRequest& stop) const {
    const auto forever = SteadyClock::time_point::max();
    const auto deadline = limits.timeout.count() > 0
                              ? SteadyClock::now() + std::chrono::duration_cast<SteadyClock::duration>(limits.timeout)
                              : forever;
    auto kill_at = forever;
    Ending ending = Ending::kExited;
    while (!process.exited) {
      const auto now = SteadyClock::now();
      if (kill_at == forever && (now >= deadline || stop.requested() || process.problem)) {
        ending = stop.requested() ? Ending::kCancelled : now >= deadline ? Ending::kTimedOut : Ending::kKilled;
        kill_at = now + std::chrono::duration_cast<SteadyClock::duration>(limits.grace);
        signal_all(process, pid, mark, SIGTERM);
      }
      if (kill_at != forever && (now >= kill_at || stop.urgent())) {
        signal_all(process, pid, mark, SIGKILL);
        co_await sleep_until(process, now + std::chrono::milliseconds(20));  // until it is gone, whatever it forks
        continue;
      }
      co_await sleep_until(process, kill_at != forever ? kill_at : deadline);
    }
    co_return ending;
  }

  // A child of ours that was asked to end is one to end until it is dead and its status taken, whatever it looks like
  // by then: the dead have neither environment nor files.
  void add_signalled(std::set<pid_t>& signalled, std::vector<pid_t>& strays) const {
    std::erase_if(signalled, [&](pid_t pid) {
      int status = 0;
      if (active.count(pid) > 0) return true;                  // the number is another one's by now
      if (::waitpid(pid, &status, WNOHANG) != 0) return true;  // taken now or before, or never a child of ours
      if (std::find(strays.begin(), strays.end(), pid) == strays.end()) strays.push_back(pid);
      return false;
    });
  }

  // Ends what the program left behind. Returns how many were still alive.
  asio::awaitable<std::size_t> end_strays(Active& process, pid_t pid, const ProcessLimits& limits,
                                          const std::string& mark, const StopRequest& stop, bool gentle) const {
    if (const auto children = children_.list()) {
      const bool strange =
          std::any_of(children->begin(), children->end(), [&](pid_t child) { return active.count(child) == 0; });
      if (!strange) co_return 0;
    }
    std::size_t ended = 0;
    std::set<pid_t> signalled;
    auto kill_at = SteadyClock::now();
    if (gentle) kill_at += std::chrono::duration_cast<SteadyClock::duration>(limits.grace);
    for (bool first = true;; first = false) {
      const std::set<pid_t> foreign = others(pid);
      std::vector<pid_t> strays = find_descendants(pid, mark, foreign, process.pipes);
      reap(strays);
      strays = find_descendants(pid, mark, foreign, process.pipes);
      add_signalled(signalled, strays);
      if (strays.empty()) co_return ended;
      ended = std::max(ended, strays.size());
      const bool hard = SteadyClock::now() >= kill_at || stop.urgent();
      if (first || hard) {
        for (const pid_t stray : strays) ::kill(stray, hard ? SIGKILL : SIGTERM);
        signalled.insert(strays.begin(), strays.end());
      }
      co_await sleep_until(process, SteadyClock::now() + std::chrono::milliseconds(10));
    }
  }
};

ProcessRunner::ProcessRunner(asio::any_io_executor executor) : impl_(std::make_unique<Impl>(std::move(executor))) {}
ProcessRunner::~ProcessRunner() = default;

void ProcessRunner::keep_list(ProcessList&& list) { impl_->list.emplace(std::move(list)); }

void ProcessRunner::wake_all() {
  for (const auto& [pid, process] : impl_->active) process->wake.cancel();
}

asio::awaitable<Result<ProcessExit>> ProcessRunner::run(ProcessSpec spec, ProcessLimits limits, std::string mark,
                                                        OutputSink& sink, const StopRequest& stop) {
  const auto begin = SteadyClock::now();
  auto spawned = spawn(spec);
  if (!spawned) co_return failure(std::move(spawned).error());
  const pid_t pid = spawned->pid;
  if (impl_->list) impl_->list->began(pid);
  auto process = std::make_shared<Active>(impl_->executor, std::move(*spawned), sink);
  impl_->active.emplace(pid, process);
  process->read(Stream::kOut);
  process->read(Stream::kErr);
  impl_->wait(process);

  ProcessExit exit;
  exit.ending = co_await impl_->supervise(*process, pid, limits, mark, stop);
  exit.wall_s = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  exit.cpu_s = process->cpu_s;
  const bool ended_by_itself = exit.ending == Ending::kExited;
  const std::size_t strays = co_await impl_->end_strays(*process, pid, limits, mark, stop, ended_by_itself);
  if (ended_by_itself) exit.stray_processes = strays;

  // All writers are gone, so the streams end now; a writer outside the step (a passed descriptor) gets one second.
  const auto last = SteadyClock::now() + std::chrono::seconds(1);
  while (process->open_streams > 0 && SteadyClock::now() < last) {
    co_await Impl::sleep_until(*process, last);
  }
  process->sink = nullptr;
  boost::system::error_code ignored;  // closing what is already gone
  process->out.close(ignored);
  process->err.close(ignored);
  impl_->active.erase(pid);
  if (impl_->list) impl_->list->ended(pid);
  if (process->problem) co_return failure(std::move(*process->problem));
  if (WIFSIGNALED(process->status)) {
    exit.signal = WTERMSIG(process->status);
    exit.exit_code = 128 + exit.signal;
    if (exit.ending == Ending::kExited) exit.ending = Ending::kKilled;
  } else {
    exit.exit_code = WEXITSTATUS(process->status);
  }
  co_return exit;
}

}  // namespace assay::system
