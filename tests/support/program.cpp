// SPDX-License-Identifier: Apache-2.0
#include "support/program.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "engine/base/files.h"

namespace assay::test {
namespace {

using Clock = std::chrono::steady_clock;
// How long output may still come after the program itself has ended.
constexpr std::chrono::milliseconds kDrain{300};

[[noreturn]] void give_up(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

struct Pipe {
  UniqueFd read;
  UniqueFd write;
  static Pipe make() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) give_up("pipe2");
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
  }
};

// A file without a name that holds the input: no writer that could block or meet a closed pipe.
UniqueFd input_file(std::string_view bytes) {
  UniqueFd fd(::memfd_create("stdin", MFD_CLOEXEC));
  if (!fd || !write_all(fd.get(), bytes, "stdin") || ::lseek(fd.get(), 0, SEEK_SET) != 0) give_up("memfd_create");
  return fd;
}

class Strings {
 public:
  void add(std::string text) { texts_.push_back(std::move(text)); }
  char** get() {
    pointers_.clear();
    for (std::string& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
    return pointers_.data();
  }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

[[noreturn]] void become(const Invocation& invocation, char** argv, char** environment) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);  // what we ignore is not the program's
  environ = environment;  // execvp looks for the program on the new PATH
  if (::chdir(invocation.folder.c_str()) == 0) ::execvp(argv[0], argv);
  const char* reason = std::strerror(errno);
  ::dprintf(STDERR_FILENO, "cannot start '%s': %s\n", argv[0], reason);
  ::_exit(127);
}

class Session {
 public:
  explicit Session(const Invocation& invocation) : invocation_(invocation) { start(); }

  Outcome finish() {
    const auto deadline = started_ + invocation_.limit;
    std::optional<Clock::time_point> drained;
    reach_moments();
    while (out_ || err_ || !ended_) {
      const auto now = Clock::now();
      if (!ended_ && !outcome_.timed_out && now >= deadline) {
        outcome_.timed_out = true;
        ::kill(-pid_, SIGKILL);
      }
      if (drained && now >= *drained) {
        outcome_.output_left_open = true;
        break;
      }
      const auto until = drained ? *drained : outcome_.timed_out ? now + kDrain : deadline;
      wait_and_read(until - now);
      if (ended_ && !drained) drained = Clock::now() + kDrain;
    }
    outcome_.elapsed = Clock::now() - started_;
    return std::move(outcome_);
  }

 private:
  void start() {
    Strings argv;
    for (const std::string& argument : invocation_.argv) argv.add(argument);
    auto values = clean_environment(invocation_.folder);
    if (invocation_.terminal) values["TERM"] = "xterm-256color";
    for (const auto& [name, value] : invocation_.environment) values[name] = value;
    Strings environment;
    for (const auto& [name, value] : values) {
      if (!value.empty()) environment.add(std::string(name).append("=").append(value));
    }
    char** const arguments = argv.get();
    char** const variables = environment.get();
    started_ = Clock::now();
    if (invocation_.terminal) {
      start_in_terminal(arguments, variables);
    } else {
      start_with_pipes(arguments, variables);
    }
    // The declaration in <sys/pidfd.h> of glibc 2.36 has no C linkage.
    process_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!process_) give_up("pidfd_open");
  }

  void start_in_terminal(char** argv, char** environment) {
    winsize size{};
    size.ws_col = invocation_.terminal->columns;
    size.ws_row = invocation_.terminal->rows;
    int master = -1;
    pid_ = ::forkpty(&master, nullptr, nullptr, &size);
    if (pid_ < 0) give_up("forkpty");
    if (pid_ == 0) become(invocation_, argv, environment);
    out_ = UniqueFd(master);
    ::fcntl(master, F_SETFD, FD_CLOEXEC);
    type(invocation_.input);
  }

  void start_with_pipes(char** argv, char** environment) {
    const UniqueFd input = input_file(invocation_.input);
    Pipe out = Pipe::make();
    Pipe err = Pipe::make();
    pid_ = ::fork();
    if (pid_ < 0) give_up("fork");
    if (pid_ == 0) {
      ::setsid();
      ::dup2(input.get(), STDIN_FILENO);
      ::dup2(out.write.get(), STDOUT_FILENO);
      ::dup2(err.write.get(), STDERR_FILENO);
      become(invocation_, argv, environment);
    }
    out_ = std::move(out.read);
    err_ = std::move(err.read);
  }

  void wait_and_read(Clock::duration time) {
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(std::max(time, Clock::duration::zero()));
    std::array<pollfd, 3> watched{{{out_ ? out_.get() : -1, POLLIN, 0},
                                   {err_ ? err_.get() : -1, POLLIN, 0},
                                   {ended_ ? -1 : process_.get(), POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), static_cast<int>(wait.count())) < 0 && errno != EINTR) give_up("poll");
    if (watched[0].revents != 0) read_some(out_, outcome_.out);
    if (watched[1].revents != 0) read_some(err_, outcome_.err);
    if (watched[2].revents != 0) reap();
  }

  void read_some(UniqueFd& fd, std::string& stream) {
    std::array<char, 65536> buffer{};
    const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) return;
    if (size <= 0) {  // a terminal whose last user is gone answers EIO
      fd.reset();
      return;
    }
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
    stream += bytes;
    outcome_.transcript += bytes;
    reach_moments();
  }

  void reach_moments() {
    while (outcome_.moments_reached < invocation_.moments.size()) {
      const Moment& moment = invocation_.moments[outcome_.moments_reached];
      const auto at = outcome_.transcript.find(moment.after, searched_);
      if (at == std::string::npos) return;
      searched_ = at + moment.after.size();
      ++outcome_.moments_reached;
      if (moment.signal != 0 && !ended_) ::kill(pid_, moment.signal);
      type(moment.keys);
    }
  }

  void type(std::string_view keys) const {
    if (keys.empty()) return;
    if (!invocation_.terminal) throw std::logic_error("keys need a terminal");
    if (!write_all(out_.get(), keys, "terminal")) give_up("write");
  }

  void reap() {
    int status = 0;
    if (::waitpid(pid_, &status, 0) != pid_) give_up("waitpid");
    ended_ = true;
    if (WIFEXITED(status)) outcome_.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) outcome_.signal = WTERMSIG(status);
  }

  const Invocation& invocation_;
  Outcome outcome_;
  pid_t pid_ = -1;
  UniqueFd process_;
  UniqueFd out_;
  UniqueFd err_;
  bool ended_ = false;
  std::size_t searched_ = 0;
  Clock::time_point started_;
};

}  // namespace

std::map<std::string, std::string> clean_environment(const std::filesystem::path& folder) {
  std::map<std::string, std::string> values{{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
                                            {"HOME", folder.string()},
                                            {"TMPDIR", folder.string()},
                                            {"ASSAY_LOCK_DIR", (folder / ".locks").string()},
                                            {"LC_ALL", "C.UTF-8"},
                                            {"TZ", "UTC"}};
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name); value != nullptr) values[name] = value;
  }
  return values;
}

Outcome run_program(const Invocation& invocation) {
  if (invocation.argv.empty()) throw std::logic_error("no program to run");
  return Session(invocation).finish();
}

std::string Outcome::describe(const Invocation& invocation) const {
  std::string text = "command:";
  for (const std::string& argument : invocation.argv) text += " '" + argument + "'";
  text += "\nin:      " + invocation.folder.string() + "\nended:   ";
  if (timed_out) {
    text += "by the time limit";
  } else if (signal) {
    text += "by signal " + std::to_string(*signal);
  } else {
    text += "with " + std::to_string(exit_code.value_or(-1));
  }
  if (invocation.terminal) return text + "\n--- terminal ---\n" + out;
  return text + "\n--- stdout ---\n" + out + "\n--- stderr ---\n" + err;
}

}  // namespace assay::test
