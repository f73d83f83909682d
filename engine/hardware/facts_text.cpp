// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/facts_text.h"

#include <algorithm>
#include <array>

#include "engine/base/quantity.h"
#include "engine/base/text.h"

namespace assay::hardware {
namespace {

using expr::Kind;
using expr::Value;

constexpr std::size_t kLabelWidth = 14;
constexpr std::size_t kMaxLines = 12;  // of one group
constexpr std::size_t kMaxReasons = 10;

std::string text_of(const Value* value) {
  if (value == nullptr) return {};
  if (value->is(Kind::kQuantity)) return to_human(value->as_quantity());
  return expr::to_text(*value).value_or("");
}

// Sizes of memory are powers of two.
std::string binary(const Value* value) {
  if (value == nullptr || !value->is(Kind::kQuantity)) return {};
  const Quantity& quantity = value->as_quantity();
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double size = quantity.in_base();
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  const auto parsed = parse_unit(kUnits.at(unit));
  return parsed ? to_human(Quantity{size, *parsed}) : std::string();
}

bool is_true(const Value* value) { return value != nullptr && value->is(Kind::kBool) && value->as_bool(); }

const expr::List& list_of(const Value* value) {
  static const expr::List kNone;
  return value != nullptr && value->is(Kind::kList) ? value->as_list() : kNone;
}

std::string counted(std::size_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

// Parts that are there, with a separator between.
std::string joined(const std::vector<std::string>& parts, std::string_view separator = ", ") {
  std::vector<std::string> there;
  std::copy_if(parts.begin(), parts.end(), std::back_inserter(there),
               [](const std::string& part) { return !part.empty(); });
  return join(there, separator);
}

std::string with(const std::string& prefix, const std::string& text, const std::string& suffix = {}) {
  return text.empty() ? std::string() : prefix + text + suffix;
}

class Page {
 public:
  explicit Page(const Facts& facts) : facts_(facts) {}
  std::string render();

 private:
  [[nodiscard]] const Value* group(std::string_view name) const { return facts_.tree.member(name); }
  [[nodiscard]] const Value* at(std::string_view group_name, std::string_view member) const {
    const Value* map = group(group_name);
    return map == nullptr ? nullptr : map->member(member);
  }
  [[nodiscard]] std::string text(std::string_view group_name, std::string_view member) const {
    return text_of(at(group_name, member));
  }
  // The label stands once, before the first line that has something to say.
  void section(std::string label) { label_ = std::move(label); }
  void line(const std::string& content);
  void rows(const std::string& label, const std::vector<std::vector<std::string>>& cells);

  void system();
  void cpu();
  void memory();
  void numa();
  void disks();
  void network();
  void pci();
  void accelerators();
  void software();
  void missing();

  const Facts& facts_;
  std::string label_;
  std::string out_;
};

void Page::line(const std::string& content) {
  if (content.empty()) return;
  out_ += label_ + std::string(kLabelWidth - std::min(kLabelWidth, display_width(label_)), ' ') + content + "\n";
  label_.clear();
}

// A table of left-aligned columns; columns that are empty in every row are left out.
void Page::rows(const std::string& label, const std::vector<std::vector<std::string>>& cells) {
  section(label);
  std::vector<std::size_t> widths;
  for (const auto& row : cells) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  for (std::size_t i = 0; i < cells.size() && i < kMaxLines; ++i) {
    std::string content;
    for (std::size_t column = 0; column < cells[i].size(); ++column) {
      if (widths[column] == 0) continue;
      const std::string& cell = cells[i][column];
      content += cell + std::string(widths[column] - display_width(cell) + 2, ' ');
    }
    line(std::string(content.substr(0, content.find_last_not_of(' ') + 1)));
  }
  if (cells.size() > kMaxLines) line("and " + std::to_string(cells.size() - kMaxLines) + " more");
}

void Page::system() {
  section("System");
  line(joined(
      {joined({text("system", "vendor"), text("system", "product")}, " "), with("serial ", text("system", "serial"))}));
  section("Board");
  line(joined({joined({text("board", "vendor"), text("board", "product"), text("board", "version")}, " "),
               with("serial ", text("board", "serial"))}));
  section("Firmware");
  const Value* secure = at("firmware", "secure_boot");
  line(joined({joined({text("bios", "vendor"), text("bios", "version"), with("(", text("bios", "date"), ")")}, " "),
               text("firmware", "type"),
               secure == nullptr ? ""
               : is_true(secure) ? "secure boot on"
                                 : "secure boot off",
               is_true(at("platform", "tpm")) ? "TPM " + text("platform", "tpm_version") : "",
               is_true(at("bmc", "present")) ? "BMC" + with(" (", text("bmc", "interface"), ")") : ""}));
}

void Page::cpu() {
  section("CPU");
  const std::string packages = text("cpu", "packages");
  line(joined({packages.empty() || packages == "1" ? "" : packages + " ×", text("cpu", "model")}, " "));
  line(joined({with("", text("cpu", "cores"), " cores"), with("", text("cpu", "threads"), " threads"),
               text("cpu", "architecture"), with("microcode ", text("cpu", "microcode"))}));
  std::vector<std::string> caches;
  for (const Value& cache : list_of(at("cpu", "caches"))) {
    const std::string type = text_of(cache.member("type"));
    const std::string count = text_of(cache.member("count"));
    caches.push_back("L" + text_of(cache.member("level")) +
                     (type == "data"          ? "d"
                      : type == "instruction" ? "i"
                                              : "") +
                     " " + (count == "1" ? "" : count + " × ") + binary(cache.member("size")));
  }
  line(joined(caches));
  const Value* turbo = at("cpu", "turbo");
  const std::size_t open = list_of(at("cpu", "vulnerable")).size();
  line(joined({with("governor ", text("cpu", "governor")), with("driver ", text("cpu", "driver")),
               with("up to ", text("cpu", "frequency_max")),
               turbo == nullptr ? ""
               : is_true(turbo) ? "turbo on"
                                : "turbo off",
               open == 0 ? "" : std::to_string(open) + (open == 1 ? " open vulnerability" : " open vulnerabilities")}));
}

void Page::memory() {
  section("Memory");
  const Value* ecc = at("memory", "ecc");
  line(joined({binary(at("memory", "total")), with("", binary(at("memory", "installed")), " installed"),
               ecc == nullptr ? ""
               : is_true(ecc) ? "ECC"
                              : "no ECC",
               with("swap ", binary(at("memory", "swap"))),
               with("transparent huge pages ", text("memory", "transparent_hugepages"))}));
  std::vector<std::pair<std::string, std::size_t>> kinds;  // equal DIMMs in one line
  for (const Value& dimm : list_of(at("memory", "dimms"))) {
    const std::string kind =
        joined({binary(dimm.member("size")), text_of(dimm.member("type")), text_of(dimm.member("form")),
                with("", text_of(dimm.member("speed_mt_s")), " MT/s"), text_of(dimm.member("manufacturer")),
                text_of(dimm.member("part"))},
               " ");
    const auto known = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == kind; });
    if (known == kinds.end()) {
      kinds.emplace_back(kind, 1);
    } else {
      ++known->second;
    }
  }
  for (const auto& [kind, count] : kinds) line(std::to_string(count) + " × " + kind);
}

void Page::numa() {
  const auto& nodes = list_of(at("numa", "nodes"));
  if (nodes.size() < 2) return;
  std::vector<std::vector<std::string>> cells;
  for (const Value& node : nodes) {
    const std::string cpus = text_of(node.member("cpus"));
    cells.push_back({"node " + text_of(node.member("id")), cpus.empty() ? "no cpus" : "cpus " + cpus,
                     binary(node.member("memory"))});
  }
  rows("NUMA", cells);
}

void Page::disks() {
  std::vector<std::vector<std::string>> cells;
  for (const Value& disk : list_of(group("disks"))) {
    const Value* health = disk.member("health");
    const Value* passed = health == nullptr ? nullptr : health->member("passed");
    cells.push_back({text_of(disk.member("name")), text_of(disk.member("type")), text_of(disk.member("size")),
                     text_of(disk.member("model")), with("firmware ", text_of(disk.member("firmware"))),
                     is_true(disk.member("in_use")) ? "in use" : "",
                     passed == nullptr ? ""
                     : is_true(passed) ? "healthy"
                                       : "FAILING"});
  }
  rows("Disks", cells);
  cells.clear();
  for (const Value& array : list_of(group("raid"))) {
    cells.push_back({text_of(array.member("name")), text_of(array.member("level")), text_of(array.member("size")),
                     text_of(array.member("state"))});
  }
  rows("RAID", cells);
}

void Page::network() {
  std::vector<std::vector<std::string>> cells;
  for (const Value& interface : list_of(group("network"))) {
    if (!is_true(interface.member("physical"))) continue;
    cells.push_back({text_of(interface.member("name")), text_of(interface.member("driver")),
                     text_of(interface.member("speed")), with("MTU ", text_of(interface.member("mtu"))),
                     text_of(interface.member("state")), text_of(interface.member("mac")),
                     text_of(interface.member("pci"))});
  }
  rows("Network", cells);
  cells.clear();
  for (const Value& adapter : list_of(group("infiniband"))) {
    for (const Value& port : list_of(adapter.member("ports"))) {
      cells.push_back({text_of(adapter.member("name")) + "/" + text_of(port.member("number")),
                       text_of(adapter.member("type")), text_of(port.member("speed")), text_of(port.member("state")),
                       with("firmware ", text_of(adapter.member("firmware")))});
    }
  }
  rows("InfiniBand", cells);
}

// "8 GT/s × 4 of 16 GT/s × 4" where the link is not what it could be.
std::string link_of(const Value& device) {
  const std::string now = joined(
      {with("", text_of(device.member("link_speed_gt_s")), " GT/s"), with("×", text_of(device.member("link_width")))},
      " ");
  const std::string most = joined({with("", text_of(device.member("link_speed_max_gt_s")), " GT/s"),
                                   with("×", text_of(device.member("link_width_max")))},
                                  " ");
  return now.empty() || most.empty() || now == most ? now : now + " of " + most;
}

void Page::pci() {
  std::vector<std::vector<std::string>> cells;
  std::size_t others = 0;
  for (const Value& device : list_of(group("pci"))) {
    const std::string kind = text_of(device.member("class")).substr(0, 2);
    if (kind == "03" || kind == "12") continue;  // with the accelerators
    if (kind != "01" && kind != "02" && kind != "0b") {
      ++others;
      continue;
    }
    std::string name = joined({text_of(device.member("vendor")), text_of(device.member("device"))}, " ");
    if (text_of(device.member("device")).empty())
      name = joined({name, text_of(device.member("class_name")), text_of(device.member("id"))}, " ");
    cells.push_back(
        {text_of(device.member("address")), shorten(name, 56), text_of(device.member("driver")), link_of(device)});
  }
  rows("PCI", cells);
  if (others != 0) line((cells.empty() ? "" : "and ") + counted(others, cells.empty() ? "device" : "other device"));
}

void Page::accelerators() {
  std::vector<std::vector<std::string>> cells;
  for (const Value& card : list_of(group("accelerators"))) {
    cells.push_back({text_of(card.member("address")), shorten(text_of(card.member("name")), 48),
                     binary(card.member("memory_total")),
                     joined({text_of(card.member("driver")), text_of(card.member("driver_version"))}, " "),
                     link_of(card), is_true(card.member("ecc")) ? "ECC" : "", text_of(card.member("power_limit"))});
  }
  rows("Accelerators", cells);
  cells.clear();
  for (const Value& device : list_of(at("opencl", "devices"))) {
    cells.push_back({text_of(device.member("type")), shorten(text_of(device.member("name")), 56),
                     binary(device.member("memory_total")), text_of(device.member("platform"))});
  }
  rows("OpenCL", cells);
}

void Page::software() {
  section("OS");
  const std::string tainted = text("kernel", "tainted");
  line(joined({text("os", "name"), with("Linux ", text("kernel", "release")),
               tainted == "0" ? "" : with("tainted ", tainted)}));
  section("Virtual");
  const std::string kind = text("virtualisation", "type");
  const std::string container = text("virtualisation", "container");
  line(joined({kind == "none" ? "no" : with("machine of ", kind),
               container == "none" ? "" : with("container of ", container)}));
  section("Clock");
  const Value* synchronised = at("platform", "time_synchronised");
  line(joined({text("platform", "clocksource"), synchronised == nullptr ? ""
                                                : is_true(synchronised) ? "synchronised"
                                                                        : "not synchronised"}));
}

void Page::missing() {
  std::vector<std::pair<std::string, std::vector<std::string>>> reasons;  // one reason, all that it hides
  for (const auto& [path, reason] : facts_.missing) {
    const auto known =
        std::find_if(reasons.begin(), reasons.end(), [&, &why = reason](const auto& r) { return r.first == why; });
    if (known == reasons.end()) {
      reasons.emplace_back(reason, std::vector<std::string>{path});
    } else {
      known->second.push_back(path);
    }
  }
  section("Not read");
  for (std::size_t i = 0; i < reasons.size() && i < kMaxReasons; ++i) {
    line(printable(join(reasons[i].second, ", ") + ": " + reasons[i].first));
  }
  if (reasons.size() > kMaxReasons)
    line("and " + std::to_string(reasons.size() - kMaxReasons) + " more (assay facts --json)");
}

std::string Page::render() {
  system();
  cpu();
  memory();
  numa();
  disks();
  network();
  pci();
  accelerators();
  software();
  missing();
  return std::move(out_);
}

}  // namespace

std::string facts_text(const Facts& facts) { return Page(facts).render(); }

}  // namespace assay::hardware
