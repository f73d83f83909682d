// SPDX-License-Identifier: Apache-2.0
// Brings the lines of a journal to the disk without holding up the loop: a thread writes and syncs what has come in the
// meantime, once for all that wait. Without such a thread each wait writes and syncs by itself.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "engine/record/journal.h"

namespace assay::record {

// Everything is called on the loop's thread. The journal must outlive it.
class GroupCommit {
 public:
  // Lines nobody waits for with urgency are on the disk within this time (semantics 5.1).
  static constexpr std::chrono::milliseconds kLatest{30};

  explicit GroupCommit(JournalWriter& journal)
      : journal_(journal), on_disk_(journal.waiting_bytes() == 0 ? journal.seq() : 0) {}
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;
  ~GroupCommit();

  // From now on a thread (an executor that runs one call at a time) does the work. Until stop_thread().
  void use_thread(boost::asio::any_io_executor loop, boost::asio::any_io_executor thread);
  // Waits for what the thread does, writes the rest here, and does without it from now on.
  Result<void> stop_thread();

  using Then = std::function<void(const Result<void>& written)>;
  enum class Urgency : bool { kSoon, kNow };
  // Calls `then` once all lines that were appended so far are on the disk, or cannot come there.
  void when_on_disk(Urgency urgency, Then then);
  // The same with urgency, for coroutines.
  boost::asio::awaitable<Result<void>> on_disk();
  // A line was appended that nobody waits for.
  void remember();
  // Gives the lines that wait to the system, without a sync, so that memory stays bounded.
  void write_some();

  [[nodiscard]] bool low_on_room() const { return journal_.file()->low_on_room(); }
  [[nodiscard]] const std::optional<Diagnostic>& problem() const { return problem_; }

 private:
  struct Shared;
  struct Waiting {
    std::uint64_t seq;
    Urgency urgency;
    Then then;
  };
  void begin();
  void done(std::uint64_t seq, Result<void> written);
  void write_here();
  void start_timer();
  void tell();

  JournalWriter& journal_;
  std::shared_ptr<Shared> shared_;  // with the thread; nullptr: none
  std::optional<boost::asio::steady_timer> timer_;
  bool timer_runs_ = false;
  bool writing_ = false;
  std::uint64_t on_disk_;  // lines
  std::deque<Waiting> waiting_;
  std::optional<Diagnostic> problem_;
};

}  // namespace assay::record
