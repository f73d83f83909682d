// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/writer_thread.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/files.h"

namespace assay::cli {
namespace {

// As much as goes out in one call: small, so that a slow reader is told from one that has stopped.
constexpr std::size_t kPiece = 4096;

// Bytes written; 0: never again.
std::size_t write_some(int fd, std::string_view bytes) {
  for (;;) {
    const ssize_t n = ::write(fd, bytes.data(), std::min(bytes.size(), kPiece));
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return 0;
    pollfd ready{fd, POLLOUT, 0};  // somebody else has made it so that writes do not wait
    ::poll(&ready, 1, -1);
  }
}

bool is_regular(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

struct WriterThread::State {
  UniqueFd fd;
  std::mutex mutex;
  std::condition_variable changed;
  // All below is guarded by the mutex.
  std::string waiting;      // that the thread has not taken
  std::size_t left = 0;     // bytes that are not written, those that the thread has in it
  std::size_t written = 0;  // pieces: it grows while somebody reads
  std::optional<std::size_t> stuck_at;
  bool failed = false;
  bool ends = false;
  bool given_up = false;
};

WriterThread::WriterThread(int fd, std::size_t most_waiting)
    : state_(std::make_shared<State>()), most_(most_waiting), at_once_(is_regular(fd)) {
  state_->fd.reset(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  state_->failed = !state_->fd;
}

WriterThread::~WriterThread() {
  const bool all = drain();
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->ends = true;
    state_->given_up = !all;
  }
  state_->changed.notify_all();
  all ? thread_.join() : thread_.detach();
}

bool WriterThread::write(std::string_view bytes, Room room) {
  if (at_once_) {
    while (!bytes.empty() && !state_->failed) {
      const std::size_t n = write_some(state_->fd.get(), bytes);
      state_->failed = n == 0;
      bytes.remove_prefix(n);
    }
    return !state_->failed;
  }
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->failed) return false;
    if (room == Room::kBounded && state_->left + bytes.size() > most_) return false;
    state_->waiting += bytes;
    state_->left += bytes.size();
  }
  if (!thread_.joinable()) start();
  state_->changed.notify_all();
  return true;
}

bool WriterThread::is_behind() const {
  const std::lock_guard lock(state_->mutex);
  return state_->left > 0;
}

bool WriterThread::failed() const {
  const std::lock_guard lock(state_->mutex);
  return state_->failed;
}

bool WriterThread::drain(std::chrono::milliseconds patience) {
  std::unique_lock lock(state_->mutex);
  while (state_->left > 0) {
    const std::size_t before = state_->written;
    if (state_->stuck_at == before) return false;
    const auto moved = [&] { return state_->left == 0 || state_->written != before; };
    if (!state_->changed.wait_for(lock, patience, moved)) state_->stuck_at = before;
  }
  return true;
}

void WriterThread::start() {
  // Signals are for the threads that know what to do with them.
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([state = state_] { work(state); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void WriterThread::work(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  for (;;) {
    state->changed.wait(lock, [&] { return state->ends || !state->waiting.empty(); });
    if (state->waiting.empty()) return;
    const std::string taken = std::exchange(state->waiting, {});
    for (std::string_view rest = taken; !rest.empty();) {
      lock.unlock();
      const std::size_t n = write_some(state->fd.get(), rest);
      lock.lock();
      if (state->given_up) return;
      rest.remove_prefix(n);
      state->left -= n;
      ++state->written;
      if (n == 0) {
        state->failed = true;
        state->waiting.clear();
        state->left = 0;
        rest = {};
      }
      state->changed.notify_all();
    }
  }
}

void write_patiently(int fd, std::string_view text) {
  WriterThread thread(fd, text.size());
  thread.write(text, WriterThread::Room::kAlways);
}

}  // namespace assay::cli
