// SPDX-License-Identifier: Apache-2.0
#include "engine/system/spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <system_error>

#include "engine/base/text.h"
#include "engine/base/time.h"
#include "engine/system/descendants.h"

extern char** environ;  // NOLINT: POSIX declares it nowhere

namespace assay::system {
namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failure(system_failure("make a pipe for", "a child process", errno));
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

tl::unexpected<Diagnostic> not_startable(std::string_view name, const std::string& why, std::string help = {}) {
  return failure(Code::kNotStartable, "cannot start '" + std::string(name) + "': " + why, std::move(help));
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  // posix_spawn takes char* for historic reasons and does not write through it.
  for (const std::string& text : strings) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

bool has_nul(const ProcessSpec& spec) {
  for (const std::string& text : spec.argv) {
    if (text.find('\0') != std::string::npos) return true;
  }
  for (const auto& [name, value] : spec.env) {
    if (name.find('\0') != std::string::npos || value.find('\0') != std::string::npos) return true;
  }
  return false;
}

// RAII over the two posix_spawn objects.
struct SpawnSettings {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

// Reads what is there; false at the end of the stream.
bool drain(int fd, std::string& into) {
  std::array<char, 65536> buffer{};
  const ssize_t n = ::read(fd, buffer.data(), buffer.size());
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  into.append(buffer.data(), static_cast<std::size_t>(n));
  return n > 0;
}

// What a child inherits and posix_spawn() cannot set. The mask is one of the whole process, so one thread at a time
// starts a child. What another thread makes in that moment is made under this mask: what must be private names its
// mode.
class DefaultUmask {
 public:
  DefaultUmask() : lock_(mutex()), before_(::umask(022)) {}
  ~DefaultUmask() { ::umask(before_); }
  DefaultUmask(const DefaultUmask&) = delete;
  DefaultUmask& operator=(const DefaultUmask&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  std::lock_guard<std::mutex> lock_;
  mode_t before_;
};

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Result<std::filesystem::path> find_program(std::string_view name, std::string_view path) {
  const auto usable = [](const std::filesystem::path& candidate) {
    struct stat status {};
    return ::stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(candidate.c_str(), X_OK) == 0;
  };
  if (name.empty()) return not_startable(name, "the program's name is empty");
  if (name.find('/') != std::string_view::npos) {
    if (usable(std::filesystem::path(name))) return std::filesystem::path(name);
    struct stat status {};
    const bool there = ::stat(std::string(name).c_str(), &status) == 0;
    return not_startable(name, there ? "it is not an executable file" : "no such file");
  }
  for (const std::string_view folder : split(path, ':')) {
    // Empty means the current folder, others begin there: a step must not run what happens to lie there.
    if (!folder.starts_with('/')) continue;
    std::filesystem::path candidate = std::filesystem::path(folder) / name;
    if (usable(candidate)) return candidate;
  }
  return not_startable(name, "not found on PATH", "install it, or give its full path");
}

std::vector<std::pair<std::string, std::string>> current_environment() {
  std::vector<std::pair<std::string, std::string>> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto at = text.find('=');
    if (at != std::string_view::npos) out.emplace_back(text.substr(0, at), text.substr(at + 1));
  }
  return out;
}

std::string_view lookup(const std::vector<std::pair<std::string, std::string>>& env, std::string_view name) {
  for (const auto& [key, value] : env) {
    if (key == name) return value;
  }
  return {};
}

namespace {

// A file in memory that holds `text`, ready to be read from its beginning.
Result<UniqueFd> memory_file(std::string_view text) {
  UniqueFd file(::memfd_create("assay-stdin", MFD_CLOEXEC));
  if (file.get() < 0) return failure(system_failure("create", "standard input", errno));
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure(system_failure("write", "standard input", errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return failure(system_failure("rewind", "standard input", errno));
  return file;
}

}  // namespace

Result<SpawnedProcess> spawn(const ProcessSpec& spec) {
  if (spec.argv.empty()) return not_startable("", "no program is named");
  if (has_nul(spec)) return not_startable(spec.argv[0], "an argument or variable contains a NUL byte");
  const std::string wanted = spec.program.empty() ? spec.argv[0] : spec.program.string();
  ASSAY_TRY(const std::filesystem::path program, find_program(wanted, lookup(spec.env, "PATH")));
  ASSAY_TRY(Pipe out, make_pipe());
  ASSAY_TRY(Pipe err, make_pipe());

  SpawnSettings settings;
  UniqueFd input;
  if (spec.input.empty()) {
    posix_spawn_file_actions_addopen(&settings.actions, 0, "/dev/null", O_RDONLY, 0);
  } else {
    ASSAY_TRY(input, memory_file(spec.input));
    posix_spawn_file_actions_adddup2(&settings.actions, input.get(), 0);
  }
  posix_spawn_file_actions_adddup2(&settings.actions, out.write.get(), 1);
  posix_spawn_file_actions_adddup2(&settings.actions, err.write.get(), 2);
  if (!spec.cwd.empty()) posix_spawn_file_actions_addchdir_np(&settings.actions, spec.cwd.c_str());
  sigset_t none{};
  sigset_t all{};
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&settings.attributes, &none);
  posix_spawnattr_setsigdefault(&settings.attributes, &all);
  posix_spawnattr_setpgroup(&settings.attributes, 0);
  posix_spawnattr_setflags(&settings.attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::vector<std::string> variables;
  variables.reserve(spec.env.size());
  for (const auto& [name, value] : spec.env) variables.push_back(name + "=" + value);
  const std::vector<char*> arguments = pointers(spec.argv);
  const std::vector<char*> environment = pointers(variables);
  SpawnedProcess process;
  const int error = [&] {
    const DefaultUmask mask;
    return ::posix_spawn(&process.pid, program.c_str(), &settings.actions, &settings.attributes, arguments.data(),
                         environment.data());
  }();
  if (error != 0) {
    // A failed chdir is reported by the same call; tell the two apart for the reader.
    struct stat status {};
    if (!spec.cwd.empty() && (::stat(spec.cwd.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))) {
      return not_startable(spec.argv[0], "its working folder '" + spec.cwd.string() + "' does not exist");
    }
    return not_startable(program.string(), std::generic_category().message(error));
  }
  process.out = std::move(out.read);
  process.err = std::move(err.read);
  return process;
}

Result<Captured> run_captured(const ProcessSpec& spec, std::chrono::milliseconds deadline, std::size_t limit) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  ProcessSpec marked = spec;  // a mark of its own, so that no step takes it for a stray of its own
  if (lookup(marked.env, kStepMark).empty()) marked.env.emplace_back(kStepMark, "tool");
  ASSAY_TRY(SpawnedProcess process, spawn(marked));
  const auto give_up = [&](Code code, const std::string& message) {
    ::kill(-process.pid, SIGKILL);
    wait_for(process.pid);
    return failure(code, message);
  };
  Captured captured;
  std::array<pollfd, 2> streams = {pollfd{process.out.get(), POLLIN, 0}, pollfd{process.err.get(), POLLIN, 0}};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return give_up(Code::kDeadline, "'" + spec.argv[0] + "' did not end within " +
                                          format_duration(std::chrono::duration_cast<Nanoseconds>(deadline)));
    }
    if (::poll(streams.data(), streams.size(), static_cast<int>(left.count())) < 0 && errno != EINTR) {
      return give_up(Code::kSystem, "cannot wait for '" + spec.argv[0] + "'");
    }
    if (streams[0].fd >= 0 && streams[0].revents != 0 && !drain(streams[0].fd, captured.out)) streams[0].fd = -1;
    if (streams[1].fd >= 0 && streams[1].revents != 0 && !drain(streams[1].fd, captured.err)) streams[1].fd = -1;
    if (captured.out.size() > limit || captured.err.size() > limit) {
      return give_up(Code::kTooLarge, "'" + spec.argv[0] + "' printed more than " + std::to_string(limit) + " bytes");
    }
  }
  // The streams are closed; the process itself may still be alive. A pidfd would be nicer; a poll of 5 ms is enough
  // here.
  int status = 0;
  for (;;) {
    const pid_t ended = ::waitpid(process.pid, &status, WNOHANG);
    if (ended == process.pid) break;
    if (std::chrono::steady_clock::now() >= end) {
      return give_up(Code::kDeadline, "'" + spec.argv[0] + "' did not end within " +
                                          format_duration(std::chrono::duration_cast<Nanoseconds>(deadline)));
    }
    ::poll(nullptr, 0, 5);
  }
  if (WIFSIGNALED(status)) {
    captured.signal = WTERMSIG(status);
    captured.exit_code = 128 + captured.signal;
  } else {
    captured.exit_code = WEXITSTATUS(status);
  }
  return captured;
}

}  // namespace assay::system
