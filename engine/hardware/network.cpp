// SPDX-License-Identifier: Apache-2.0
// Network interfaces and InfiniBand ports.
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/hardware/pci.h"
#include "engine/hardware/probe.h"

namespace assay::hardware {
namespace {

constexpr std::string_view kNet = "/sys/class/net";
constexpr std::int64_t kLoopback = 772;   // ARPHRD_LOOPBACK
constexpr std::int64_t kInfiniband = 32;  // ARPHRD_INFINIBAND
constexpr double kMega = 1e6;

std::string kind_of(const Root& root, const std::string& folder) {
  const auto type = root.integer(folder + "/type");
  if (type == kLoopback) return "loopback";
  if (root.is_directory(folder + "/bonding")) return "bond";
  if (root.is_directory(folder + "/bridge")) return "bridge";
  if (root.exists(folder + "/tun_flags")) return "tunnel";
  if (root.is_directory(folder + "/wireless") || root.exists(folder + "/phy80211")) return "wireless";
  if (type == kInfiniband) return "infiniband";
  // Old recordings keep only the attributes; a name of the loopback is never another's.
  if (folder.ends_with("/lo")) return "loopback";
  return root.exists(folder + "/device") ? "ethernet" : "virtual";
}

struct DriverInfo {
  std::string driver;
  std::string version;
  std::string firmware;
};

// What `ethtool -i` prints; only the live kernel can be asked.
std::optional<DriverInfo> driver_info(const std::string& interface) {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  if (!socket || interface.size() >= sizeof(request.ifr_name)) return std::nullopt;
  std::memcpy(static_cast<char*>(request.ifr_name), interface.data(), interface.size());
  ethtool_drvinfo info{};
  info.cmd = ETHTOOL_GDRVINFO;
  request.ifr_data = reinterpret_cast<char*>(&info);
  if (::ioctl(socket.get(), SIOCETHTOOL, &request) != 0) return std::nullopt;
  const auto text = [](const char* field, std::size_t size) {
    return printable(std::string_view(field, ::strnlen(field, size)));
  };
  return DriverInfo{text(static_cast<const char*>(info.driver), sizeof(info.driver)),
                    text(static_cast<const char*>(info.version), sizeof(info.version)),
                    text(static_cast<const char*>(info.fw_version), sizeof(info.fw_version))};
}

std::string known(const std::string& text) { return text == "N/A" ? std::string() : text; }

Record describe(const Root& root, const std::string& name) {
  const std::string folder = std::string(kNet) + "/" + name;
  const std::string kind = kind_of(root, folder);
  const bool physical = root.exists(folder + "/device") && kind != "bond" && kind != "bridge" && kind != "tunnel";
  Record record;
  record.text("name", name).text("kind", kind).flag("physical", physical);
  record.text("driver", root.link_name(folder + "/device/driver"));
  record.text("driver_version", root.text(folder + "/device/driver/module/version"));
  if (root.is_live() && kind != "loopback") {
    if (const auto info = driver_info(name)) {
      if (record.find("driver") == nullptr) record.text("driver", info->driver);
      record.text("driver_version", known(info->version)).text("firmware", known(info->firmware));
    }
  }
  record.text("mac", root.text(folder + "/address")).integer("mtu", root.integer(folder + "/mtu"));
  if (const auto assigned = root.integer(folder + "/addr_assign_type")) record.flag("mac_permanent", *assigned == 0);
  record.text("state", root.text(folder + "/operstate"));
  if (const auto carrier = root.integer(folder + "/carrier")) record.flag("carrier", *carrier != 0);
  // -1 (also as 4294967295 on old kernels): the link is down or the driver does not know.
  const auto speed = root.integer(folder + "/speed");
  if (speed && *speed > 0 && *speed < 0xffffffff)
    record.quantity("speed", static_cast<double>(*speed) * kMega, "bit/s");
  const auto duplex = root.text(folder + "/duplex");
  if (duplex && *duplex != "unknown") record.text("duplex", duplex);
  if (const auto path = root.resolved(folder + "/device"); path && root.exists(folder + "/device")) {
    record.text("pci", pci_address_in(*path));
  }
  if (const auto node = root.integer(folder + "/device/numa_node"); node && *node >= 0)
    record.integer("numa_node", node);
  return record;
}

// "4: ACTIVE" -> "active"
std::optional<std::string> state_word(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  const std::size_t colon = text->find(": ");
  std::string word = colon == std::string::npos ? *text : text->substr(colon + 2);
  for (char& c : word) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return word;
}

// "100 Gb/sec (4X EDR)" in bit/s
std::optional<double> rate(const std::optional<std::string>& text) {
  if (!text || text->find("Gb/sec") == std::string::npos) return std::nullopt;
  const auto value = parse_number(text->substr(0, text->find(' ')));
  if (!value) return std::nullopt;
  return *value * 1e9;
}

}  // namespace

void probe_network(const ProbeContext& context, FactsBuilder& facts) {
  const Root& root = context.root;
  if (!root.is_directory(kNet)) {
    facts.missing("network", std::string(kNet) + ": No such file or directory");
    return;
  }
  facts.add_list("network", root.is_live() ? std::string(kNet) + ", ioctl(SIOCETHTOOL)" : std::string(kNet));
  for (const std::string& name : root.list(kNet)) {
    if (!root.is_directory(std::string(kNet) + "/" + name)) continue;  // "bonding_masters" is a file
    facts.add_item("network", name, describe(root, name));
  }
}

void probe_infiniband(const ProbeContext& context, FactsBuilder& facts) {
  const Root& root = context.root;
  const std::string folder = "/sys/class/infiniband";
  if (!root.is_directory("/sys/class")) {
    facts.missing("infiniband", "/sys/class: No such file or directory");
    return;
  }
  facts.add_list("infiniband", folder);
  for (const std::string& name : root.list(folder)) {
    const std::string device = folder + "/" + name;
    std::vector<Record> ports;
    for (const std::string& number : root.list(device + "/ports")) {
      const std::string port = device + "/ports/" + number;
      Record record;
      record.integer("number", parse_integer(number)).text("state", state_word(root.text(port + "/state")));
      record.text("link", state_word(root.text(port + "/phys_state")))
          .quantity("speed", rate(root.text(port + "/rate")), "bit/s");
      record.text("link_layer", root.text(port + "/link_layer"));
      ports.push_back(std::move(record));
    }
    Record record;
    record.text("name", name)
        .text("type", root.text(device + "/hca_type"))
        .text("board", root.text(device + "/board_id"));
    record.text("firmware", root.text(device + "/fw_ver")).text("guid", root.text(device + "/node_guid"));
    const auto path = root.resolved(device + "/device");
    if (path && root.exists(device + "/device")) record.text("pci", pci_address_in(*path));
    record.value("ports", list_of(ports));
    facts.add_item("infiniband", name, record);
  }
}

}  // namespace assay::hardware
