// SPDX-License-Identifier: Apache-2.0
#include "engine/system/process_list.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string>

#include "engine/base/text.h"

namespace assay::system {
namespace {

constexpr std::size_t kHead = 64;  // the boot, in which alone the numbers mean something
constexpr std::size_t kSlot = 32;  // "PID START", filled up by spaces

std::string filled(std::string text, std::size_t size) {
  text.resize(size - 1, ' ');
  return text + '\n';
}

std::string boot_id() {
  const auto text = read_file("/proc/sys/kernel/random/boot_id", 4096);
  return text ? std::string(trim(*text)) : std::string();
}

template <class Number>
bool parse(std::string_view text, Number& out) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && stop == text.data() + text.size();
}

}  // namespace

Result<ProcessList> ProcessList::create(const std::filesystem::path& file) {
  UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return failure(system_failure("write", file, errno));
  ASSAY_CHECK(write_all(fd.get(), filled(boot_id(), kHead), file));
  return ProcessList(std::move(fd), file);
}

ProcessList::ProcessList(ProcessList&& other) noexcept
    : fd_(std::move(other.fd_)),
      file_(std::exchange(other.file_, {})),
      slots_(std::move(other.slots_)),
      free_(std::move(other.free_)) {}

ProcessList::~ProcessList() {
  if (!file_.empty()) ::unlink(file_.c_str());
}

void ProcessList::write(std::size_t slot, const std::string& text) {
  const std::string line = filled(text, kSlot);
  (void)!::pwrite(fd_.get(), line.data(), line.size(), static_cast<off_t>(kHead + slot * kSlot));
}

void ProcessList::began(pid_t leader) {
  const auto known = know_process(leader);
  if (!known || slots_.count(leader) > 0) return;
  std::size_t slot = slots_.size();
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  }
  slots_.emplace(leader, slot);
  write(slot, std::to_string(known->pid) + ' ' + std::to_string(known->start));
}

void ProcessList::ended(pid_t leader) {
  const auto found = slots_.find(leader);
  if (found == slots_.end()) return;
  write(found->second, "");
  free_.push_back(found->second);
  slots_.erase(found);
}

std::vector<KnownProcess> read_process_list(const std::filesystem::path& file) {
  constexpr std::size_t kLimit = std::size_t{16} << 20U;
  const auto text = read_file(file, kLimit);
  if (!text || text->size() < kHead || text->substr(0, kHead) != filled(boot_id(), kHead)) return {};
  std::vector<KnownProcess> out;
  for (const std::string_view line : lines(std::string_view(*text).substr(kHead))) {
    const auto words = split(trim(line), ' ');
    KnownProcess one{};
    if (words.size() == 2 && parse(words[0], one.pid) && parse(words[1], one.start) && one.pid > 1) out.push_back(one);
  }
  return out;
}

}  // namespace assay::system
