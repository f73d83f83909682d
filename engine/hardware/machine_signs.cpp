// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/machine_signs.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/hardware/root.h"

namespace assay::hardware {
namespace {

// The beginning of /proc/cpuinfo is enough: all of it takes the kernel milliseconds on large machines. Arm's has no
// name but numbers.
std::string cpu_of(const Root& root) {
  constexpr std::size_t kEnough = 4096;
  std::ifstream file(root.path() / "proc/cpuinfo", std::ios::binary);
  std::string text(kEnough, '\0');
  file.read(text.data(), kEnough);
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  std::string numbers;
  for (const std::string_view line : lines(text)) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = trim(line.substr(0, colon));
    const std::string value = shorten(printable(trim(line.substr(colon + 1))), 200);
    if (name == "model name") return value;
    if (name == "CPU implementer" || name == "CPU part") numbers += (numbers.empty() ? "" : " ") + value;
    if (name == "CPU revision") break;
  }
  return numbers;
}

std::string board_of(const Root& root) {
  std::string out;
  for (const char* name : {"sys_vendor", "product_name", "board_vendor", "board_name", "board_version"}) {
    if (const auto text = root.text(std::string("/sys/class/dmi/id/") + name))
      out += (out.empty() ? "" : ", ") + shorten(*text, 100);
  }
  if (out.empty()) out = root.text("/proc/device-tree/model").value_or("");
  return out;
}

const std::string* text_in(const Json& signs, const char* name) {
  if (!signs.is_object()) return nullptr;
  const auto found = signs.find(name);
  return found != signs.end() ? found->get_ptr<const std::string*>() : nullptr;
}

}  // namespace

Json machine_signs(const std::filesystem::path& path) {
  const Root root(path);
  Json out = Json::object();
  const auto put = [&](const char* name, const std::string& text) {
    if (!text.empty()) out[name] = text;
  };
  if (const auto id = root.text("/etc/machine-id")) put("machine_id", sha256_hex("assay machine-id " + *id));
  if (const auto id = root.text("/sys/class/dmi/id/product_uuid")) put("product_uuid", sha256_hex("assay uuid " + *id));
  put("board", board_of(root));
  put("cpu", cpu_of(root));
  put("hostname", root.text("/proc/sys/kernel/hostname").value_or(""));
  return out;
}

std::vector<std::string> different_signs(const Json& before, const Json& now) {
  std::vector<std::string> out;
  bool known = false;  // better than by its name
  for (const char* name : {"machine_id", "product_uuid", "board", "cpu", "hostname"}) {
    const std::string* const was = text_in(before, name);
    const std::string* const is = text_in(now, name);
    if (was == nullptr || is == nullptr) continue;
    const bool is_digest = std::string_view(name) == "machine_id" || std::string_view(name) == "product_uuid";
    if (std::string_view(name) == "hostname" && known) continue;
    known = known || is_digest || std::string_view(name) == "board";
    if (*was == *is) continue;
    out.push_back(is_digest
                      ? std::string("the machine is another one: its ") + name + " is not that of the run's start"
                      : std::string("the machine is another one: its ") + name + " was '" +
                            shorten(printable(*was), 200) + "' and is now '" + shorten(printable(*is), 200) + "'");
  }
  return out;
}

}  // namespace assay::hardware
