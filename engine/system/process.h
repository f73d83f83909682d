// SPDX-License-Identifier: Apache-2.0
// Processes on the event loop: start, read, wait, end. Boost.Process owns the handle, posix_spawn starts it (docs/
// architecture.md says why). One ProcessRunner belongs to one loop and one thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "engine/system/process_list.h"
#include "engine/system/spawn.h"

namespace assay::system {

enum class Stream : std::uint8_t { kOut, kErr };

// Takes output as it comes, in pieces. Called on the loop's thread.
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  // An error ends the process: output that cannot be kept must not be lost in silence.
  virtual Result<void> on_output(Stream stream, std::string_view bytes) = 0;
};

struct ProcessLimits {
  std::chrono::nanoseconds timeout{0};                       // 0: none
  std::chrono::nanoseconds grace = std::chrono::seconds(5);  // between TERM and KILL
};

enum class Ending : std::uint8_t { kExited, kKilled, kTimedOut, kCancelled };

struct ProcessExit {
  Ending ending = Ending::kExited;
  int exit_code = 0;  // of the program, when it exited
  int signal = 0;     // that killed it, else 0
  double wall_s = 0;
  double cpu_s = 0;                 // user and system time of the process and of all it waited for
  std::size_t stray_processes = 0;  // descendants that outlived a program which ended by itself; they were ended
};

// One request to stop, shared by all steps of a run. Set on the loop's thread.
class StopRequest {
 public:
  virtual ~StopRequest() = default;
  [[nodiscard]] virtual bool requested() const = 0;
  // A second request: no grace any more.
  [[nodiscard]] virtual bool urgent() const = 0;
};

// The seam for processes: ProcessRunner has real ones, rehearsals have scripted ones.
class Processes {
 public:
  virtual ~Processes() = default;
  // Runs one to the end. Timeout and stop: TERM to the group and every descendant, grace, KILL, until none is left.
  // After the program's own end its descendants are ended too. `mark` is the value of kStepMark in its environment.
  virtual boost::asio::awaitable<Result<ProcessExit>> run(ProcessSpec spec, ProcessLimits limits, std::string mark,
                                                          OutputSink& sink, const StopRequest& stop) = 0;
  // From now on those at work stand in this list.
  virtual void keep_list(ProcessList&& /*list*/) {}
  // Call after a StopRequest changed: the running processes look at it now.
  virtual void wake_all() = 0;
};

class ProcessRunner final : public Processes {
 public:
  explicit ProcessRunner(boost::asio::any_io_executor executor);
  ~ProcessRunner() override;
  ProcessRunner(const ProcessRunner&) = delete;
  ProcessRunner& operator=(const ProcessRunner&) = delete;

  boost::asio::awaitable<Result<ProcessExit>> run(ProcessSpec spec, ProcessLimits limits, std::string mark,
                                                  OutputSink& sink, const StopRequest& stop) override;
  void wake_all() override;
  void keep_list(ProcessList&& list) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::system
