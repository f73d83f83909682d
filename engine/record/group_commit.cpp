// SPDX-License-Identifier: Apache-2.0
#include "engine/record/group_commit.h"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <mutex>

namespace assay::record {
namespace asio = boost::asio;

// What the loop and the thread have in common. `owner` is only touched on the loop's thread.
struct GroupCommit::Shared {
  asio::any_io_executor loop;
  asio::any_io_executor thread;
  GroupCommit* owner;  // nullptr: it is gone
  std::mutex mutex;
  std::condition_variable idle;
  bool busy = false;                   // guarded by the mutex
  Result<void> last = Result<void>();  // guarded by the mutex
};

GroupCommit::~GroupCommit() {
  if (!shared_) return;
  std::unique_lock lock(shared_->mutex);
  shared_->idle.wait(lock, [this] { return !shared_->busy; });
  shared_->owner = nullptr;
}

void GroupCommit::use_thread(asio::any_io_executor loop, asio::any_io_executor thread) {
  timer_.emplace(loop);
  shared_ = std::make_shared<Shared>();
  shared_->loop = std::move(loop);
  shared_->thread = std::move(thread);
  shared_->owner = this;
}

Result<void> GroupCommit::stop_thread() {
  timer_.reset();
  if (shared_) {
    std::unique_lock lock(shared_->mutex);
    shared_->idle.wait(lock, [this] { return !shared_->busy; });
    shared_->owner = nullptr;
    if (!shared_->last && !problem_) problem_ = shared_->last.error();
    lock.unlock();
    shared_.reset();
    writing_ = false;
  }
  write_here();
  return problem_ ? Result<void>(failure(*problem_)) : Result<void>();
}

void GroupCommit::when_on_disk(Urgency urgency, Then then) {
  waiting_.push_back({journal_.seq(), urgency, std::move(then)});
  if (!shared_) {
    write_here();
  } else if (problem_ || journal_.seq() <= on_disk_) {
    tell();
  } else if (urgency == Urgency::kNow) {
    begin();
  } else {
    start_timer();
  }
}

asio::awaitable<Result<void>> GroupCommit::on_disk() {
  if (!shared_) {
    write_here();
    co_return problem_ ? Result<void>(failure(*problem_)) : Result<void>();
  }
  Result<void> result;
  co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(
      [this, &result](auto handler) {
        auto kept = std::make_shared<decltype(handler)>(std::move(handler));
        when_on_disk(Urgency::kNow, [kept, &result](const Result<void>& written) {
          result = written;
          std::move (*kept)();
        });
      },
      asio::use_awaitable);
  co_return result;
}

void GroupCommit::remember() {
  if (shared_) start_timer();
}

void GroupCommit::start_timer() {
  if (timer_runs_ || !timer_) return;
  timer_runs_ = true;
  timer_->expires_after(kLatest);
  timer_->async_wait([shared = shared_](boost::system::error_code error) {
    if (shared->owner == nullptr) return;
    shared->owner->timer_runs_ = false;
    if (!error) shared->owner->begin();
  });
}

void GroupCommit::begin() {
  if (writing_ || problem_ || journal_.waiting_bytes() == 0) return;
  writing_ = true;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->busy = true;
  }
  // The loop has work until it is told, whatever else it may wait for.
  auto work = asio::prefer(shared_->loop, asio::execution::outstanding_work.tracked);
  asio::post(shared_->thread, [shared = shared_, file = journal_.file(), lines = journal_.take_waiting(),
                               seq = journal_.seq(), work = std::move(work)] {
    auto written = file->write(lines, Durable::kYes);
    {
      const std::lock_guard lock(shared->mutex);
      shared->busy = false;
      shared->last = written;
    }
    shared->idle.notify_all();
    asio::post(shared->loop, [shared, seq, written = std::move(written)]() mutable {
      if (shared->owner != nullptr) shared->owner->done(seq, std::move(written));
    });
  });
}

void GroupCommit::done(std::uint64_t seq, Result<void> written) {
  writing_ = false;
  if (written) {
    on_disk_ = seq;
  } else if (!problem_) {
    problem_ = std::move(written).error();
  }
  tell();
  // Who waits now came while the thread was at work.
  const bool urgent =
      std::any_of(waiting_.begin(), waiting_.end(), [](const Waiting& one) { return one.urgency == Urgency::kNow; });
  if (urgent) {
    begin();
  } else if (!waiting_.empty()) {
    start_timer();
  }
}

void GroupCommit::write_some() {
  if (writing_ || problem_) return;
  if (auto written = journal_.flush(Durable::kNo); !written) problem_ = std::move(written).error();
}

void GroupCommit::write_here() {
  if (!problem_ && journal_.waiting_bytes() > 0) {
    if (auto written = journal_.flush(Durable::kYes); !written) problem_ = std::move(written).error();
  }
  if (!problem_) on_disk_ = journal_.seq();
  tell();
}

// Whoever is told may append, wait again, and so on.
void GroupCommit::tell() {
  const Result<void> result = problem_ ? Result<void>(failure(*problem_)) : Result<void>();
  std::deque<Waiting> told;
  while (!waiting_.empty() && (problem_ || waiting_.front().seq <= on_disk_)) {
    told.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  for (const Waiting& one : told) one.then(result);
}

}  // namespace assay::record
