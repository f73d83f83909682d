// SPDX-License-Identifier: Apache-2.0
#include "engine/run/session.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace assay::run {

asio::awaitable<record::StepRecord> Session::boot_again(std::size_t index, const system::StopRequest& stop) {
  const recipe::RebootAction& action = *plan_.steps[index].step->reboot;
  record::StepRecord out = results_[index];
  const record::StepRecord* const before = earlier(index);
  Boots boots = before != nullptr ? boots_so_far(*options_.resume.record, *before) : Boots{};
  out.attempts = (before != nullptr ? before->attempts : 0) + (boots.begun ? 0 : 1);
  if (!boots.begun) {
    if (auto written = writer_.started(out.id, {.attempt = out.attempts}); !written) give_up(written.error());
  }
  const auto boot = target_.boot();
  if (!boot) {
    action::set_error(out, boot.error());
    co_return out;
  }
  if (boots.open && boots.open->boot_id == boot->id) {
    Reboot same{.asked = std::move(*boots.open)};
    if (!read_command(index, same, out)) co_return out;
    co_return wait_for_boot(std::move(out), std::move(same));
  }
  if (boots.open) {
    const hardware::Facts now = co_await facts_now();
    const Returned returned{.boot = *boot,
                            .left = boots.left,
                            .now = clock_.wall(),
                            .at_boot = options_.resume.at_boot,
                            .before = facts_,
                            .facts = now};
    const record::QuestionRecord back = judge_return(*boots.open, returned, action.within);
    if (auto written = writer_.answered(back); !written) give_up(written.error());
    tell(Answered{back});
    boots.seconds.push_back(back.answer["seconds"].get<double>());
    boots.problem = back.note;
  }
  const auto done = static_cast<std::int64_t>(boots.seconds.size());
  if (!boots.problem.empty() || done >= action.times) co_return booted(index, std::move(out), boots);
  Reboot next{.asked = {.step = out.id,
                        .question = "reboot " + std::to_string(done + 1) + " of " + std::to_string(action.times),
                        .type = "boot",
                        .boot_id = boot->id,
                        .number = done + 1,
                        .of = action.times},
              .due = true};
  if (!read_command(index, next, out)) co_return out;
  if (!stop.requested()) {
    next.asked.asked = clock_.wall();
    auto written = writer_.waiting(next.asked);
    if (written) written = co_await writer_.on_disk();
    if (!written) give_up(written.error());
  }
  if (!stop.requested()) co_return wait_for_boot(std::move(out), std::move(next));
  out.status = record::Status::kCancelled;
  out.verdict = record::Verdict::kError;
  out.reason = "stopped on request";
  co_return out;
}

bool Session::read_command(std::size_t index, Reboot& reboot, record::StepRecord& out) const {
  const action::Names names(gate_.scope_of(index));
  for (const recipe::TextField& field : plan_.steps[index].step->reboot->command) {
    auto word = names.text(field);
    if (!word) {
      action::set_error(out, word.error());
      return false;
    }
    reboot.command.push_back(std::move(*word));
  }
  return true;
}

record::StepRecord Session::wait_for_boot(record::StepRecord out, Reboot next) {
  tell(Waiting{next.asked});
  reboot_ = std::move(next);
  waits_ = true;
  out.status = record::Status::kWaiting;
  questions_.close();
  finish();
  return out;
}

record::StepRecord Session::booted(std::size_t index, record::StepRecord out, const Boots& boots) {
  results_.set_outputs(index, outputs_of(boots));
  out.outputs = expr::to_json(results_.outputs(index));
  out.status = record::Status::kFinished;
  out.change = "changed";
  out.verdict = boots.problem.empty() ? record::Verdict::kPass : record::Verdict::kFail;
  if (!boots.problem.empty()) {
    out.failure = "business";
    out.reason = boots.problem;
  }
  return out;
}

asio::awaitable<hardware::Facts> Session::facts_now() {
  auto facts = co_await asio::co_spawn(
      world_.worker(loop_), [this]() -> asio::awaitable<hardware::Facts> { co_return target_.collect_facts(); },
      asio::use_awaitable);
  co_return facts;
}

}  // namespace assay::run
