// SPDX-License-Identifier: Apache-2.0
#include "engine/target/local_target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/system/module.h"
#include "engine/system/spawn.h"

namespace assay::target {
namespace asio = boost::asio;
namespace {

constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

constexpr std::array<std::string_view, 12> kPassed = {"PATH",       "HOME",        "USER",     "TMPDIR",
                                                      "http_proxy", "https_proxy", "no_proxy", "ftp_proxy",
                                                      "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "all_proxy"};

// System tools often live in sbin, which an ordinary user's PATH lacks.
std::string with_system_folders(const std::string& path) {
  if (path.empty()) return std::string(kDefaultPath);
  std::string out = path;
  const auto folders = split(path, ':');
  for (const std::string_view folder : {std::string_view("/usr/sbin"), std::string_view("/sbin")}) {
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) out.append(":").append(folder);
  }
  return out;
}

}  // namespace

bool is_passed_on(std::string_view name) { return std::find(kPassed.begin(), kPassed.end(), name) != kPassed.end(); }

bool is_proxy(std::string_view name) {
  return is_passed_on(name) && (name.ends_with("_proxy") || name.ends_with("_PROXY"));
}

LocalTarget::LocalTarget(const std::vector<std::pair<std::string, std::string>>& environment) {
  bool has_path = false;
  for (const auto& [name, value] : environment) {
    if (!is_passed_on(name)) continue;
    has_path = has_path || name == "PATH";
    environment_.emplace_back(name, name == "PATH" ? with_system_folders(value) : value);
  }
  if (!has_path) environment_.emplace_back("PATH", std::string(kDefaultPath));
  environment_.emplace_back("LC_ALL", "C.UTF-8");
  environment_.emplace_back("TZ", "UTC");
}

hardware::Facts LocalTarget::collect_facts(bool accelerators) const {
  hardware::ProbeOptions options;
  options.accelerators = accelerators;
  options.tools = [environment = environment_](const std::vector<std::string>& argv,
                                               std::chrono::milliseconds deadline) -> Result<hardware::ToolResult> {
    ASSAY_TRY(system::Captured captured, system::run_captured({.argv = argv, .env = environment, .cwd = {}}, deadline));
    return hardware::ToolResult{captured.exit_code, std::move(captured.out), std::move(captured.err)};
  };
  return hardware::collect_facts(options);
}

std::map<std::string, std::int64_t> LocalTarget::counters() const { return hardware::read_counters(); }

Result<Boot> LocalTarget::boot() const {
  constexpr std::size_t kLongest = 4096;
  const std::filesystem::path file = "/proc/sys/kernel/random/boot_id";
  ASSAY_TRY(const std::string text, read_file(file, kLongest));
  Boot out{.id = std::string(trim(text))};
  if (out.id.empty()) return failure(Code::kSystem, "'" + file.string() + "' says nothing");
  timespec up{};
  if (::clock_gettime(CLOCK_BOOTTIME, &up) != 0)
    return failure(Code::kSystem, "cannot tell since when the machine runs: " + std::generic_category().message(errno));
  out.up = std::chrono::seconds(up.tv_sec) + Nanoseconds(up.tv_nsec);
  return out;
}

std::optional<std::filesystem::path> LocalTarget::find_tool(const std::string& name) const {
  auto found = system::find_program(name, system::lookup(environment_, "PATH"));
  if (!found) return std::nullopt;
  return *found;
}

Result<Tool> LocalTarget::identify_tool(const std::string& name) const {
  ASSAY_TRY(const std::filesystem::path path, system::find_program(name, system::lookup(environment_, "PATH")));
  Tool tool{.name = name, .path = path.string(), .version = {}, .sha256 = {}};
  ASSAY_TRY(tool.sha256, sha256_file(path));
  const auto asked = system::run_captured({.argv = {path.string(), "--version"}, .env = environment_, .cwd = "/"},
                                          std::chrono::milliseconds(1000), std::size_t{64} << 10U);
  if (asked) {
    for (const std::string_view line : lines(asked->out.empty() ? asked->err : asked->out)) {
      if (trim(line).empty()) continue;
      tool.version = shorten(printable(trim(line)), 120);
      break;
    }
  }
  return tool;
}

Result<Tool> LocalTarget::fingerprint(const std::string& name, const std::string& path) const {
  ASSAY_TRY(const std::filesystem::path program, system::find_program(name, path));
  Tool tool{.name = name, .path = program.string(), .version = {}, .sha256 = {}};
  ASSAY_TRY(tool.sha256, sha256_file(program));
  return tool;
}

Result<std::filesystem::path> LocalTarget::find_probe(const std::string& name) const {
  return system::find_probe(name);
}

Result<std::uint16_t> LocalTarget::free_port() const {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);  // the sockets API's own idiom
  if (!fd || ::bind(fd.get(), generic, size) != 0 || ::getsockname(fd.get(), generic, &size) != 0) {
    return failure(Code::kSystem, "cannot find a free port on 127.0.0.1: " + std::generic_category().message(errno));
  }
  return ntohs(address.sin_port);
}

asio::awaitable<bool> LocalTarget::accepts_connections(asio::any_io_executor loop, std::uint16_t port) const {
  asio::ip::tcp::socket socket(loop);
  const auto [error] =
      co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::as_tuple(asio::use_awaitable));
  co_return !error;
}

}  // namespace assay::target
