// SPDX-License-Identifier: Apache-2.0
#include "engine/action/service.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/action/execution.h"
#include "engine/base/text.h"
#include "engine/system/descendants.h"

namespace assay::action {
namespace asio = boost::asio;
namespace {

class ServiceStop final : public system::StopRequest {
 public:
  [[nodiscard]] bool requested() const override { return requested_; }
  [[nodiscard]] bool urgent() const override { return false; }
  void request() { requested_ = true; }

 private:
  bool requested_ = false;
};

class ServiceSink final : public system::OutputSink {
 public:
  explicit ServiceSink(const record::RunWriter& writer) : out(writer.evidence()), err(writer.evidence()) {}
  Result<void> on_output(system::Stream stream, std::string_view bytes) override {
    return (stream == system::Stream::kOut ? out : err).append(bytes);
  }
  record::EvidenceWriter out;
  record::EvidenceWriter err;
};

}  // namespace

struct RunningService::State {
  State(const asio::any_io_executor& loop, const record::RunWriter& writer, ScratchFolder scratch)
      : folder(std::move(scratch)), sink(writer), changed(loop) {}
  ScratchFolder folder;  // it works in
  ServiceStop stop;
  ServiceSink sink;
  asio::steady_timer changed;  // cancelled when the process ended
  std::string name;
  bool ended = false;
  std::optional<Diagnostic> problem;
};

RunningService::RunningService() = default;
RunningService::~RunningService() = default;

asio::awaitable<Result<void>> RunningService::start(StepContext& context, const recipe::Service& service,
                                                    std::uint16_t port, const Names& names) {
  system::ProcessSpec spec;
  spec.env = context.target.step_environment();
  const std::string mark = context.writer.id() + "/" + context.planned.id + "#service";
  spec.env.emplace_back(std::string(system::kStepMark), mark);
  auto folder = context.scratch.take();
  if (!folder) co_return failure(std::move(folder).error());
  spec.cwd = folder->path();
  for (const recipe::TextField& word : service.argv) {
    auto text = names.text(word);
    if (!text) co_return failure(std::move(text).error());
    spec.argv.push_back(std::move(*text));
  }
  spec.program = own_program(context, spec.argv.front(), "");
  if (auto noted = co_await note_program(context, spec, folder->path()); !noted)
    co_return failure(std::move(noted).error());
  state_ = std::make_shared<State>(context.loop, context.writer, std::move(*folder));
  state_->name = spec.argv.front();
  asio::co_spawn(
      context.loop,
      [&processes = context.processes, state = state_, spec = std::move(spec), mark,
       grace = context.grace]() mutable -> asio::awaitable<void> {
        auto exit =
            co_await processes.run(std::move(spec), {.timeout = {}, .grace = grace}, mark, state->sink, state->stop);
        if (!exit) state->problem = std::move(exit).error();
        state->ended = true;
        state->changed.cancel();
      },
      [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
      });
  if (!service.wait_for_port) co_return Result<void>{};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < deadline && !state_->ended) {
    const bool ready = co_await context.target.accepts_connections(context.loop, port);
    if (ready) co_return Result<void>{};
    state_->changed.expires_after(std::chrono::milliseconds(20));
    co_await state_->changed.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (auto ended = state_->sink.err.end(); !ended) co_return failure(std::move(ended).error());
  const std::string words(trim(state_->sink.err.beginning()));
  std::string message = "the service '" + state_->name + "' was not ready on port " + std::to_string(port);
  if (state_->problem) message = state_->problem->message;
  if (!words.empty()) message += ": " + shorten(printable(words), 160);
  co_return failure(Code::kNotStartable, message);
}

asio::awaitable<Result<std::vector<record::EvidenceRef>>> RunningService::stop(StepContext& context) {
  std::vector<record::EvidenceRef> evidence;
  if (!state_) co_return evidence;
  state_->stop.request();
  context.processes.wake_all();
  while (!state_->ended) {
    state_->changed.expires_at(std::chrono::steady_clock::time_point::max());
    co_await state_->changed.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  for (auto* stream : {&state_->sink.out, &state_->sink.err}) {
    if (auto ended = stream->end(); !ended) co_return failure(std::move(ended).error());
    if (stream->size() == 0) continue;
    auto stored = stream->finish(stream == &state_->sink.out ? "service/stdout" : "service/stderr");
    if (!stored) co_return failure(std::move(stored).error());
    if (auto written = context.writer.output(context.planned.id, context.attempt, *stored); !written)
      co_return failure(std::move(written).error());
    evidence.push_back(stored->ref);
  }
  co_return evidence;
}

}  // namespace assay::action
