// SPDX-License-Identifier: Apache-2.0
// A process beside a test: an iperf3 server, say. Started before the first sample, ended after the last.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/action/context.h"

namespace assay::action {

class RunningService {
 public:
  RunningService();
  ~RunningService();
  RunningService(const RunningService&) = delete;
  RunningService& operator=(const RunningService&) = delete;

  // Starts the process; with wait_for_port it returns when the port accepts connections. Errors: it cannot be started,
  // it ended before it was ready (with its last words), or it was not ready within 10 seconds.
  boost::asio::awaitable<Result<void>> start(StepContext& context, const recipe::Service& service, std::uint16_t port,
                                             const Names& names);
  // Ends it and waits until it is gone. Output goes into evidence as "service/stdout" and "service/stderr".
  boost::asio::awaitable<Result<std::vector<record::EvidenceRef>>> stop(StepContext& context);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace assay::action
