// SPDX-License-Identifier: Apache-2.0
#include "lab/machine.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "engine/base/text.h"
#include "support/program.h"
#include "support/temp_folder.h"
#include "support/text.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): posix_spawn wants it

namespace assay::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

// What starts boot.sh. The console is the only way out.
constexpr std::string_view kUnit =
    "[Unit]\nDescription=The test\nAfter=network.target\n\n[Service]\nType=exec\nEnvironment=HOME=/root\n"
    "StandardOutput=journal+console\nStandardError=journal+console\nSyslogIdentifier=boot.sh\n"
    "ExecStart=/bin/sh /root/boot.sh\n";

Outcome must(const fs::path& folder, std::vector<std::string> argv) {
  const Invocation invocation{.argv = std::move(argv), .folder = folder, .limit = std::chrono::minutes(15)};
  Outcome outcome = run_program(invocation);
  if (outcome.exit_code != 0) throw std::runtime_error(outcome.describe(invocation));
  return outcome;
}

bool is_there(const std::string& program) {
  for (const std::string_view folder : {"/usr/sbin", "/usr/bin", "/sbin", "/bin"}) {
    if (::access((std::string(folder) + '/' + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

void put(const fs::path& root, const std::string& path, std::string_view bytes) {
  const fs::path to = root / path.substr(1);
  fs::create_directories(to.parent_path());
  std::ofstream file(to, std::ios::binary);
  file << bytes;
  if (!file.flush()) throw std::runtime_error("cannot write " + to.string());
}

// Packages of a small Debian, made once for a build folder and kept there.
fs::path packages() {
  const fs::path kept = fs::path(ASSAY_LAB_FOLDER) / "debian.tar";
  if (fs::exists(kept)) return kept;
  // mmdebstrap makes what the name's end says.
  const fs::path made = kept.parent_path() / (std::to_string(::getpid()) + ".tar");
  must(ASSAY_LAB_FOLDER,
       {"mmdebstrap", "--variant=minbase", "--quiet",
        "--include=linux-image-cloud-amd64,init,systemd-sysv,udev,kmod,e2fsprogs,procps", "bookworm", made.string()});
  fs::rename(made, kept);
  return kept;
}

// The program with its modules, probes, data, and the libraries that the machine does not have.
void install_program(const fs::path& folder, const fs::path& root) {
  const fs::path bin = fs::path(ASSAY_PROGRAM).parent_path();
  const fs::path to = root / "opt/assay";
  fs::create_directories(to);
  std::vector<fs::path> programs;
  for (const char* part : {"bin", "lib", "libexec"}) {
    fs::copy(bin.parent_path() / part, to / part, fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(to / part)) {
      if (entry.is_regular_file()) programs.push_back(entry.path());
    }
  }
  for (const fs::path& program : programs) {
    std::istringstream said(must(folder, {"ldd", program.string()}).out);
    for (std::string word; said >> word;) {
      if (word.front() != '/' || fs::exists(root / word.substr(1))) continue;
      fs::create_directories((root / word.substr(1)).parent_path());
      fs::copy_file(fs::canonical(word), root / word.substr(1));
    }
  }
}

fs::path only_one(const fs::path& folder, const std::string& begins) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with(begins)) return entry.path();
  }
  throw std::runtime_error("no " + begins + " in " + folder.string());
}

}  // namespace

std::string no_machine() {
  if (::geteuid() != 0) return "needs root, who makes the machine's disk";
  for (const char* program : {"qemu-system-x86_64", "mmdebstrap", "mke2fs", "debugfs"}) {
    if (!is_there(program)) return std::string("needs ") + program;
  }
  return {};
}

Machine::Machine(fs::path folder, const std::map<std::string, std::string>& files) : folder_(std::move(folder)) {
  const fs::path root = folder_ / "root";
  fs::create_directories(root);
  must(folder_, {"tar", "-C", root.string(), "-xf", packages().string(), "--exclude=./dev/*"});
  install_program(folder_, root);
  put(root, "/etc/fstab", "/dev/vda / ext4 defaults 0 1\n");
  put(root, "/etc/hostname", "lab\n");
  put(root, "/etc/systemd/system/boot-sh.service", kUnit);
  const fs::path wants = root / "etc/systemd/system/multi-user.target.wants";
  fs::create_directories(wants);
  fs::create_symlink("../boot-sh.service", wants / "boot-sh.service");
  for (const auto& [path, bytes] : files) put(root, path, bytes);
  fs::copy_file(only_one(root / "boot", "vmlinuz"), folder_ / "kernel");
  fs::copy_file(only_one(root / "boot", "initrd"), folder_ / "initrd");
  must(folder_, {"truncate", "-s", "1500M", "disk"});
  must(folder_, {"mke2fs", "-q", "-t", "ext4", "-d", "root", "disk"});
  fs::remove_all(root);
}

Machine::~Machine() { cut_power(); }

void Machine::power_on() {
  fs::remove(folder_ / "console");
  std::vector<std::string> argv = {"qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "768",
                                   "-smp", "2", "-nodefaults", "-display", "none", "-vga", "none", "-nic", "none",
                                   // A machine is known by its serial number.
                                   "-smbios", "type=1,manufacturer=Lab,product=Bench,serial=L-0001", "-serial",
                                   "file:" + (folder_ / "console").string(), "-kernel", (folder_ / "kernel").string(),
                                   "-initrd", (folder_ / "initrd").string(), "-append",
                                   "root=/dev/vda rw console=ttyS0,115200 quiet systemd.show_status=0", "-drive",
                                   "file=" + (folder_ / "disk").string() + ",format=raw,if=virtio,cache=writeback"};
  std::vector<char*> pointers;
  for (std::string& word : argv) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  for (const int stream : {1, 2})
    ::posix_spawn_file_actions_addopen(&actions, stream, (folder_ / "qemu.log").c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                       0600);
  const int error = ::posix_spawnp(&pid_, argv.front().c_str(), &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("qemu does not start");
}

bool Machine::is_on() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

void Machine::cut_power() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

bool Machine::wait_for(const std::string& text, int times, std::chrono::seconds limit) {
  const auto end = steady_clock::now() + limit;
  while (steady_clock::now() < end) {
    const bool on = is_on();
    if (count(console(), text) >= static_cast<std::size_t>(times)) return true;
    if (!on) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // a serial line cannot be waited for
  }
  return false;
}

bool Machine::wait_for_end(std::chrono::seconds limit) {
  const auto end = steady_clock::now() + limit;
  while (is_on()) {
    if (steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

std::string Machine::console() const {
  std::ifstream file(folder_ / "console", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string Machine::disk_says(const std::string& request) const {
  // What the file system had begun when the power went is played back first.
  Invocation check{.argv = {"e2fsck", "-p", "disk"}, .folder = folder_};
  const Outcome checked = run_program(check);
  if (checked.exit_code.value_or(8) > 1) throw std::runtime_error(checked.describe(check));
  return must(folder_, {"debugfs", "-R", request, "disk"}).out;
}

std::string Machine::file(const std::string& path) const { return disk_says("cat " + path); }
std::string Machine::names(const std::string& path) const { return disk_says("ls -p " + path); }

void Machine::copy_out(const std::string& path, const fs::path& into) const {
  fs::create_directories(into);
  const std::string said = disk_says("rdump " + path + ' ' + into.string());
  if (!said.empty()) throw std::runtime_error("debugfs: " + said);
}

}  // namespace assay::test
