// SPDX-License-Identifier: Apache-2.0
// Shell scripts as steps: run on a loop, with a sink that collects and a stop that tests can ask for.
#pragma once

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "engine/system/descendants.h"
#include "engine/system/process.h"
#include "support/temp_folder.h"

namespace assay::system {

namespace asio = boost::asio;

class Collector final : public OutputSink {
 public:
  Result<void> on_output(Stream stream, std::string_view bytes) override {
    (stream == Stream::kOut ? out : err).append(bytes);
    if (out.size() > refuse_after) return failure(Code::kTooLarge, "the sink is full");
    return {};
  }
  std::string out;
  std::string err;
  std::size_t refuse_after = std::string::npos;
};

class Stop final : public StopRequest {
 public:
  [[nodiscard]] bool requested() const override { return count > 0; }
  [[nodiscard]] bool urgent() const override { return count > 1; }
  int count = 0;
};

class ProcessTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { become_subreaper(); }

  Result<ProcessExit> run(const std::string& script, ProcessLimits limits = {}) {
    ProcessSpec spec{.argv = {"sh", "-c", script},
                     .env = {{"PATH", "/usr/sbin:/usr/bin:/bin"}, {std::string(kStepMark), "run/step#1"}},
                     .cwd = folder_.path()};
    Result<ProcessExit> result = failure(Code::kInternal, "did not finish");
    asio::co_spawn(loop_, runner_.run(std::move(spec), limits, "run/step#1", sink_, stop_),
                   [&](const std::exception_ptr& error, Result<ProcessExit> exit) {
                     ASSERT_FALSE(error);
                     result = std::move(exit);
                   });
    loop_.run();
    return result;
  }

  // For scripts that print "ready" and that a time limit ends. A busy machine may take long to start a shell, so the
  // limit grows until the script got that far.
  Result<ProcessExit> run_into_timeout(const std::string& script, std::chrono::nanoseconds grace) {
    for (std::chrono::milliseconds limit(60);; limit *= 4) {
      sink_ = {};
      auto exit = run(script, {.timeout = limit, .grace = grace});
      if (sink_.out.find("ready\n") != std::string::npos || limit > std::chrono::seconds(20)) return exit;
      loop_.restart();
    }
  }

  // Asks for a stop as soon as the program has printed `word`.
  void stop_after(const std::string& word, int times) {
    auto timer = std::make_shared<asio::steady_timer>(loop_);
    auto look = std::make_shared<std::function<void()>>();
    *look = [this, timer, look, word, times] {
      if (sink_.out.find(word) != std::string::npos) {
        stop_.count = times;
        runner_.wake_all();
        *look = nullptr;
        return;
      }
      timer->expires_after(std::chrono::milliseconds(2));
      timer->async_wait([look](auto) {
        if (*look) (*look)();
      });
    };
    asio::post(loop_, *look);
  }

  [[nodiscard]] bool alive(const std::string& pid_file) const {
    const pid_t pid = std::stoi(test::slurp(folder_ / pid_file));
    return ::kill(pid, 0) == 0;
  }

  test::TempFolder folder_;
  asio::io_context loop_;
  ProcessRunner runner_{loop_.get_executor()};
  Collector sink_;
  Stop stop_;
};

}  // namespace assay::system
