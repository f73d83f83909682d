// SPDX-License-Identifier: Apache-2.0
// Writes to whatever may stop reading: a terminal after Ctrl-S, a connection that hangs, a pipe. A thread does it, so
// that nobody here waits; what waits is bounded.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <thread>

namespace assay::cli {

class WriterThread {
 public:
  // Keeps a descriptor of its own. A regular file cannot stop reading: it is written by who calls write(), at once.
  WriterThread(int fd, std::size_t most_waiting);
  WriterThread(const WriterThread&) = delete;
  WriterThread& operator=(const WriterThread&) = delete;
  // As drain(); what is not read by then is given up.
  ~WriterThread();

  enum class Room : bool { kBounded, kAlways };
  // False: not taken, because too much waits already, or because it can no longer be written (failed()).
  bool write(std::string_view bytes, Room room = Room::kBounded);
  // Something of what was taken is not written yet.
  [[nodiscard]] bool is_behind() const;
  [[nodiscard]] bool failed() const;
  // Waits until all is written; false once nothing of it has been read for `patience`, and at once when that was so
  // before and nothing was read since.
  bool drain(std::chrono::milliseconds patience = kPatience);

  static constexpr std::chrono::milliseconds kPatience{1000};

 private:
  struct State;
  static void work(const std::shared_ptr<State>& state);
  void start();

  std::shared_ptr<State> state_;  // the thread's too: it may be held up in a write when this object goes
  std::thread thread_;
  std::size_t most_;
  bool at_once_ = false;
};

// Writes all of it unless nobody reads it: then it goes on after a moment. For what is said before an act that must
// come.
void write_patiently(int fd, std::string_view text);

}  // namespace assay::cli
