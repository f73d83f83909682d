// SPDX-License-Identifier: Apache-2.0
// A machine for one test: Debian 12 under systemd on a disk of its own, with the program of this build in /opt/assay.
// It is emulated (QEMU's TCG: slow, but everywhere alike) and has no network.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>

namespace assay::test {

// Why there can be no machine here; empty: there can.
std::string no_machine();

class Machine {
 public:
  // Makes its disk in `folder`. `files`: path in the machine -> bytes; a shell script at /root/boot.sh is started at
  // every boot, and what it prints comes to the console behind "boot.sh: ". The packages are brought once for all
  // tests. Throws what cannot be made.
  Machine(std::filesystem::path folder, const std::map<std::string, std::string>& files);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  void power_on();
  // The power is gone: what the disk was not told to keep is lost.
  void cut_power();
  // Until the console has shown `text` `times` times since power_on(); false: it was switched off first, or it took too
  // long.
  bool wait_for(const std::string& text, int times, std::chrono::seconds limit);
  // Until the machine has switched itself off; false: it took too long.
  bool wait_for_end(std::chrono::seconds limit);

  [[nodiscard]] std::string console() const;  // since power_on()
  // From the disk of a machine without power; a file that is not there is empty.
  [[nodiscard]] std::string file(const std::string& path) const;
  // Names in a folder.
  [[nodiscard]] std::string names(const std::string& path) const;
  // A copy of a folder of the machine, in `into`.
  void copy_out(const std::string& path, const std::filesystem::path& into) const;

 private:
  [[nodiscard]] bool is_on();
  [[nodiscard]] std::string disk_says(const std::string& request) const;

  std::filesystem::path folder_;
  int pid_ = -1;
};

}  // namespace assay::test
