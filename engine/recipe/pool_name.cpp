// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/pool_name.h"

#include <algorithm>
#include <string>

#include "engine/base/text.h"
#include "engine/recipe/read_context.h"

namespace assay::recipe {
namespace {

constexpr std::size_t kLongest = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// As the kernel names block devices: "nvme0n1", "cciss!c0d0", "dm-3".
bool is_device(std::string_view text) {
  static constexpr std::string_view kMarks = "-_.!+";
  return !text.empty() && text.size() <= kLongest && text.find_first_not_of('.') != std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  kMarks.find(c) != std::string_view::npos;
         });
}

// Without leading zeros: one card has one name.
bool is_index(std::string_view text) {
  return !text.empty() && text.size() < 5 && std::all_of(text.begin(), text.end(), is_digit) &&
         (text == "0" || text.front() != '0');
}

}  // namespace

bool is_hardware_pool(std::string_view name) {
  const auto colon = name.find(':');
  if (colon == std::string_view::npos) return name == "cpu";
  const std::string_view kind = name.substr(0, colon);
  const std::string_view which = name.substr(colon + 1);
  return (kind == "disk" && is_device(which)) || (kind == "accelerator" && is_index(which));
}

std::optional<Diagnostic> pool_name_problem(std::string_view name) {
  if (is_name(name) || is_hardware_pool(name)) return std::nullopt;
  const auto colon = name.find(':');
  const std::string kind(name.substr(0, colon));
  std::string help;
  if (colon != std::string_view::npos && (kind == "gpu" || kind == "card")) help = "write accelerator:0";
  if (colon != std::string_view::npos && kind == "cpu") help = "to take some of the processors, write { cpu: 2 }";
  if (help.empty() && colon != std::string_view::npos) help = did_you_mean(kind, {"disk", "accelerator"});
  if (kind == "disk" && name.find('/') != std::string_view::npos)
    help = "write disk:" + std::string(name.substr(name.rfind('/') + 1));
  return Diagnostic{.code = Code::kBadName,
                    .message = "'" + shorten(printable(name), 60) + "' is not a valid name for a pool",
                    .expected = "a letter, then letters, digits, '-' and '_'; or cpu, disk:NAME, accelerator:NUMBER",
                    .help = std::move(help)};
}

}  // namespace assay::recipe
