// SPDX-License-Identifier: Apache-2.0
// The machine's files below a root folder: the live system, or one that was recorded. Paths are given as the machine
// sees them ("/proc/cpuinfo"); a link, relative or absolute, never leads out of the root.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace assay::hardware {

class Root {
 public:
  explicit Root(const std::filesystem::path& path);

  [[nodiscard]] bool is_live() const { return path_ == "/"; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  // The bytes of a regular file. The error is one line, "PATH: Permission denied", with the cure in `help`. A file over
  // `limit` is an error; a pipe or a device is never opened for reading.
  [[nodiscard]] Result<std::string> read(std::string_view path, std::size_t limit = kAttributeLimit) const;
  // One attribute as text: trimmed, one line, printable; nullopt when unreadable or empty.
  [[nodiscard]] std::optional<std::string> text(std::string_view path) const;
  // A decimal or 0x number with nothing behind it; nullopt otherwise.
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view path) const;

  [[nodiscard]] bool exists(std::string_view path) const;
  [[nodiscard]] bool is_directory(std::string_view path) const;
  // The names in a folder in natural order (eth2 before eth10), at most 65,536; none when it cannot be read.
  [[nodiscard]] std::vector<std::string> list(std::string_view path) const;
  // The last component of where a link points, whether or not that exists ("driver" -> "nvme").
  [[nodiscard]] std::optional<std::string> link_name(std::string_view path) const;
  // The path with every link followed, as the machine sees it; nullopt when a link is a loop.
  [[nodiscard]] std::optional<std::string> resolved(std::string_view path) const;

  static constexpr std::size_t kAttributeLimit = 64U << 10U;
  static constexpr std::size_t kTableLimit = 16U << 20U;  // for /proc/cpuinfo, /proc/interrupts and their like

 private:
  [[nodiscard]] std::optional<std::string> outside(std::string_view path) const;
  std::filesystem::path path_;
};

// Whether `a` comes before `b` with runs of digits compared as numbers.
bool natural_less(std::string_view a, std::string_view b);
// "41" or "0x29", nothing else; nullopt when it is no number or does not fit.
std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<double> parse_number(std::string_view text);
// "MESSAGE; HELP", for Facts::missing.
std::string reason_of(const Diagnostic& diagnostic);

}  // namespace assay::hardware
