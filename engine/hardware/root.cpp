// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/root.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <memory>

#include "engine/base/files.h"
#include "engine/base/text.h"

namespace assay::hardware {
namespace {

constexpr int kMaxLinks = 40;
constexpr std::size_t kMaxNames = 65'536;

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

std::optional<std::string> read_link(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  if (size <= 0 || static_cast<std::size_t>(size) >= target.size()) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(size));
}

void push_reversed(std::vector<std::string>& pending, std::string_view path) {
  const auto parts = split(path, '/');
  pending.insert(pending.end(), parts.rbegin(), parts.rend());
}

std::string joined(const std::vector<std::string>& parts) {
  std::string path;
  for (const std::string& part : parts) path.append("/").append(part);
  return path.empty() ? "/" : path;
}

Diagnostic unreadable(std::string_view path, int error_number) {
  Diagnostic diagnostic{.code = Code::kFactUnreadable,
                        .message = std::string(path) + ": " + std::strerror(error_number)};
  if (error_number == EACCES || error_number == EPERM) diagnostic.help = "run as root";
  return diagnostic;
}

std::string_view without_leading_zeros(std::string_view digits) {
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? digits.substr(digits.size() - 1) : digits.substr(first);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view text, std::size_t& position) {
  const std::size_t begin = position;
  while (position < text.size() && is_digit(text[position])) ++position;
  return without_leading_zeros(text.substr(begin, position - begin));
}

}  // namespace

bool natural_less(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string_view left = take_digits(a, i);
      const std::string_view right = take_digits(b, j);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
    } else {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
    }
  }
  if (a.size() - i != b.size() - j) return a.size() - i < b.size() - j;
  return a < b;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  text = trim(text);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size() || (base == 16 && value < 0)) return std::nullopt;
  return value;
}

std::optional<double> parse_number(std::string_view text) {
  text = trim(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string reason_of(const Diagnostic& diagnostic) {
  return diagnostic.help.empty() ? diagnostic.message : diagnostic.message + "; " + diagnostic.help;
}

Root::Root(const std::filesystem::path& path) : path_(std::filesystem::absolute(path).lexically_normal()) {
  if (!path_.has_filename() && path_ != "/") path_ = path_.parent_path();  // "/mnt/" is "/mnt"
}

std::optional<std::string> Root::resolved(std::string_view path) const {
  std::vector<std::string> pending;
  std::vector<std::string> done;
  push_reversed(pending, path);
  int links = 0;
  while (!pending.empty()) {
    const std::string part = std::move(pending.back());
    pending.pop_back();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!done.empty()) done.pop_back();
      continue;
    }
    done.push_back(part);
    const auto target = read_link((is_live() ? "" : path_.string()) + joined(done));
    if (!target) continue;
    if (++links > kMaxLinks) return std::nullopt;
    done.pop_back();
    if (target->starts_with("/")) done.clear();
    push_reversed(pending, *target);
  }
  return joined(done);
}

// Where a path lies for the kernel. The live system needs no walk: the kernel's own is the same.
std::optional<std::string> Root::outside(std::string_view path) const {
  if (is_live()) return std::string(path);
  const auto inside = resolved(path);
  if (!inside) return std::nullopt;
  return path_.string() + *inside;
}

Result<std::string> Root::read(std::string_view path, std::size_t limit) const {
  const auto place = outside(path);
  if (!place) return failure(unreadable(path, ELOOP));
  const UniqueFd file(::open(place->c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return failure(unreadable(path, errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failure(unreadable(path, errno));
  if (!S_ISREG(status.st_mode)) {
    return failure(Code::kFactUnreadable, std::string(path) + ": not a regular file");
  }
  std::string bytes;
  std::array<char, 16384> chunk{};
  while (true) {
    const ssize_t size = ::read(file.get(), chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failure(unreadable(path, errno));
    if (size == 0) return bytes;
    bytes.append(chunk.data(), static_cast<std::size_t>(size));
    if (bytes.size() > limit) {
      return failure(Code::kFactUnreadable, std::string(path) + ": larger than " + std::to_string(limit) + " bytes");
    }
  }
}

std::optional<std::string> Root::text(std::string_view path) const {
  const auto bytes = read(path);
  if (!bytes) return std::nullopt;
  // Device tree strings end in NUL.
  const std::string_view whole(*bytes);
  std::string clean = printable(trim(whole.substr(0, whole.find('\0'))));
  if (clean.empty()) return std::nullopt;
  return clean;
}

std::optional<std::int64_t> Root::integer(std::string_view path) const {
  const auto bytes = read(path);
  return bytes ? parse_integer(*bytes) : std::nullopt;
}

bool Root::exists(std::string_view path) const {
  const auto place = outside(path);
  struct stat status {};
  return place && ::stat(place->c_str(), &status) == 0;
}

bool Root::is_directory(std::string_view path) const {
  const auto place = outside(path);
  struct stat status {};
  return place && ::stat(place->c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::vector<std::string> Root::list(std::string_view path) const {
  std::vector<std::string> names;
  const auto place = outside(path);
  if (!place) return names;
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(place->c_str()));
  if (!directory) return names;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name(static_cast<const char*>(entry->d_name));
    if (name == "." || name == "..") continue;
    if (names.size() == kMaxNames) break;
    names.emplace_back(name);
  }
  std::sort(names.begin(), names.end(), natural_less);
  return names;
}

std::optional<std::string> Root::link_name(std::string_view path) const {
  const std::size_t slash = path.rfind('/');
  const auto folder = outside(slash == std::string_view::npos ? "/" : path.substr(0, slash));
  if (!folder) return std::nullopt;
  const auto target = read_link(*folder + "/" + std::string(path.substr(slash + 1)));
  if (!target) return std::nullopt;
  std::string name = printable(target->substr(target->rfind('/') + 1));
  if (name.empty() || name == "." || name == "..") return std::nullopt;
  return name;
}

}  // namespace assay::hardware
