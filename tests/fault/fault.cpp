// SPDX-License-Identifier: Apache-2.0
#include "fault/fault.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "engine/base/files.h"
#include "engine/base/text.h"

namespace assay::test {
namespace {

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> out;
  std::error_code error;
  const std::filesystem::path tasks = "/proc/" + std::to_string(pid) + "/task";
  for (std::filesystem::directory_iterator it(tasks, error), end; !error && it != end; it.increment(error)) {
    const auto text = read_file(it->path() / "children");
    if (!text) continue;
    for (const std::string_view word : split(trim(*text), ' ')) {
      pid_t child = 0;
      if (std::from_chars(word.data(), word.data() + word.size(), child).ec == std::errc()) out.push_back(child);
    }
  }
  return out;
}

// Stopped first, so that none can start another while its tree is walked.
void kill_tree(pid_t root) {
  ::kill(root, SIGSTOP);
  for (const pid_t child : children_of(root)) kill_tree(child);
  ::kill(root, SIGKILL);
}

}  // namespace

void preload(Invocation& invocation, const Fault& fault, const std::filesystem::path& fired) {
  auto& environment = invocation.environment;
  environment["LD_PRELOAD"] = ASSAY_FAULT_SHIM;
  environment["ASSAY_FAULT_FILES"] = fault.files;
  environment["ASSAY_FAULT_CALLS"] = fault.calls;
  environment["ASSAY_FAULT_AT"] = std::to_string(fault.at);
  environment["ASSAY_FAULT_DO"] = fault.action;
  environment["ASSAY_FAULT_ERROR"] = std::to_string(fault.error);
  environment["ASSAY_FAULT_FIRED"] = fired.string();
  // AddressSanitizer wants to be the first library; the shim has no memory to watch.
  if (const char* options = std::getenv("ASAN_OPTIONS"); ASSAY_SANITIZED)
    environment["ASAN_OPTIONS"] = std::string(options != nullptr ? options : "") + ":verify_asan_link_order=0";
}

Running::Running(const Invocation& invocation, const std::filesystem::path& output) {
  auto values = clean_environment(invocation.folder);
  for (const auto& [name, value] : invocation.environment) values[name] = value;
  std::vector<std::string> texts;
  for (const auto& [name, value] : values) texts.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (std::string& text : texts) environment.push_back(text.data());
  environment.push_back(nullptr);
  std::vector<std::string> words = invocation.argv;
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const UniqueFd out(::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!nothing || !out) throw std::runtime_error("cannot write " + output.string());
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) {
    ::setsid();
    ::dup2(nothing.get(), STDIN_FILENO);
    ::dup2(out.get(), STDOUT_FILENO);
    ::dup2(out.get(), STDERR_FILENO);
    if (::chdir(invocation.folder.c_str()) == 0) ::execve(argv[0], argv.data(), environment.data());
    ::_exit(127);
  }
  handle_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (handle_ < 0) throw std::runtime_error("pidfd_open failed");
}

Running::~Running() {
  if (!ended_) kill(Reach::kEverything);
  ::close(handle_);
}

bool Running::wait(std::chrono::microseconds time) {
  if (ended_) return true;
  pollfd watched{handle_, POLLIN, 0};
  const timespec left{.tv_sec = time.count() / 1'000'000, .tv_nsec = time.count() % 1'000'000 * 1000};
  if (::ppoll(&watched, 1, &left, nullptr) <= 0) return false;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  ended_ = true;
  if (WIFEXITED(status)) exit_code_ = WEXITSTATUS(status);
  return true;
}

void Running::send_kill(Reach reach) const {
  if (ended_) return;
  if (reach == Reach::kEverything) {
    kill_tree(pid_);
  } else {
    ::kill(pid_, SIGKILL);
  }
}

void Running::kill(Reach reach) {
  send_kill(reach);
  wait(std::chrono::minutes(1));
}

std::optional<int> run_and_kill(const Invocation& invocation, std::chrono::microseconds instant, Reach reach) {
  Running program(invocation, invocation.folder / "output");
  if (!program.wait(instant)) program.kill(reach);
  return program.exit_code();
}

std::vector<pid_t> marked_processes(const std::string& run) {
  std::vector<pid_t> out;
  std::error_code error;
  for (std::filesystem::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc()) continue;
    const auto environment = read_file(it->path() / "environ");
    if (!environment) continue;
    for (const std::string_view entry : split(*environment, '\0')) {
      if (entry.starts_with("ASSAY_STEP=" + run + "/")) out.push_back(pid);
    }
  }
  return out;
}

}  // namespace assay::test
