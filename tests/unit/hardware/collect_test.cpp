// SPDX-License-Identifier: Apache-2.0
// Probes together: joining, deadlines, failures.
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "recorded.h"

namespace assay::hardware {
namespace {

using assay::hardware::test::at;
using assay::hardware::test::Machine;
using std::chrono::milliseconds;
using Texts = std::map<std::string, std::string>;

// Holds a probe until the test lets it go: a file server that hangs.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  bool passed = false;
};
Gate& gate() {
  static Gate instance;
  return instance;
}

void hanging(const ProbeContext&, FactsBuilder& facts) {
  facts.add("cpu", Record().text("model", std::string("too late")), "a hanging file");
  std::unique_lock lock(gate().mutex);
  gate().changed.wait(lock, [] { return gate().open; });
  facts.add("cpu", Record().text("vendor", std::string("too late")), "a hanging file");
  gate().passed = true;
  gate().changed.notify_all();
}
void quick(const ProbeContext&, FactsBuilder& facts) {
  facts.add("memory", Record().quantity("total", 1024, "B"), "/proc/meminfo");
}
void throwing(const ProbeContext&, FactsBuilder& facts) {
  facts.add("os", Record().text("id", std::string("debian")), "/etc/os-release");
  throw std::logic_error("a broken invariant");
}

TEST(CollectFacts, LeavesAProbeBehindThatOverruns) {
  const Machine machine;
  const Facts facts = collect_facts({.root = machine.root(), .deadline = milliseconds(20)},
                                    {{"cpu", "cpu", &hanging}, {"memory", "memory", &quick}});
  EXPECT_EQ(facts.missing, (Texts{{"cpu", "probe 'cpu' took longer than 20 ms and was left behind"}}));
  EXPECT_EQ(facts.sources, (Texts{{"memory.total", "/proc/meminfo"}}));
  EXPECT_EQ(facts.tree.member("cpu")->as_map().size(), 0U);
  // What it writes afterwards reaches nobody, and nothing breaks.
  std::unique_lock lock(gate().mutex);
  gate().open = true;
  gate().changed.notify_all();
  gate().changed.wait(lock, [] { return gate().passed; });
  EXPECT_EQ(facts.tree.member("cpu")->as_map().size(), 0U);
}

TEST(CollectFacts, KeepsWhatAProbeFoundBeforeItThrew) {
  const Machine machine;
  const Facts facts = collect_facts({.root = machine.root()}, {{"platform", "platform", &throwing}});
  EXPECT_EQ(facts.missing, (Texts{{"platform", "probe 'platform': internal error: a broken invariant"}}));
  EXPECT_EQ(facts.tree.member("os")->member("id")->as_string(), "debian");
}

TEST(CollectFacts, OfAnEmptyRootAreAllMissing) {
  const Machine machine;
  const Facts facts = collect_facts({.root = machine.root()});
  EXPECT_EQ(facts.tree.member("cpu")->as_map().size(), 0U);
  EXPECT_EQ(facts.tree.member("disks"), nullptr);
  for (const char* path :
       {"bios", "board", "chassis", "cpu.model", "cpu.packages", "disks", "kernel.release", "memory.dimms",
        "memory.total", "network", "numa", "opencl", "os", "pci", "platform", "system", "virtualisation"}) {
    EXPECT_TRUE(facts.missing.contains(path)) << path;
  }
  EXPECT_EQ(facts.missing.at("os"), "/etc/os-release: No such file or directory");
  EXPECT_EQ(read_counters(machine.root()), (std::map<std::string, std::int64_t>{}));
}

TEST(CollectFacts, OfThisMachineHaveAProcessorAndMemory) {
  const Facts facts = collect_facts({.accelerators = false});
  ASSERT_NE(facts.tree.member("cpu")->member("threads"), nullptr);
  EXPECT_GE(facts.tree.member("cpu")->member("threads")->as_int(), 1);
  EXPECT_GT(facts.tree.member("memory")->member("total")->as_quantity().in_base(), 64.0 * 1024 * 1024);
  EXPECT_EQ(facts.missing.at("opencl"), "not looked for");
}

TEST(CollectFacts, AreTheSameTwice) {
  const Machine machine{
      {"/proc/cpuinfo", "processor : 0\nmodel name : Example\n\nprocessor : 1\nmodel name : Example\n"},
      {"/sys/class/net/eth0/mtu", "1500"},
      {"/sys/block/sda/size", "8"}};
  EXPECT_EQ(to_json_text(to_json(collect_facts({.root = machine.root()}))),
            to_json_text(to_json(collect_facts({.root = machine.root()}))));
}

TEST(FactsBuilder, JoinsInOrder) {
  FactsBuilder first;
  first.add("system", Record().text("vendor", std::string("From sysfs")).text("product", std::string("P")),
            "/sys/class/dmi/id");
  first.missing("system.serial", "/sys/class/dmi/id/product_serial: Permission denied; run as root");
  first.add_list("accelerators", "/sys/bus/pci/devices");
  first.add_item("accelerators", "0000:01:00.0",
                 Record().text("name", std::string("PCI device")).integer("link_width", 8));
  FactsBuilder second;
  second.add("system", Record().text("vendor", std::string("From SMBIOS")).text("serial", std::string("S1")),
             "/sys/firmware/dmi");
  second.add_list("accelerators", "nvidia-smi -q -x");
  second.add_item("accelerators", "0000:01:00.0", Record().text("name", std::string("Card")));
  second.add_item("accelerators", "0000:02:00.0", Record().text("name", std::string("Other")));
  FactsBuilder joined;
  joined.join(first);
  joined.join(second);
  const Json json = to_json(joined.build());
  EXPECT_EQ(at(json, "facts.system").dump(), R"({"vendor":"From SMBIOS","product":"P","serial":"S1"})");
  EXPECT_EQ(at(json, "facts.accelerators").dump(), R"([{"name":"Card","link_width":8},{"name":"Other"}])");
  EXPECT_EQ(json["missing"].dump(), "{}");
  EXPECT_EQ(json["sources"].dump(),
            R"({"accelerators":"/sys/bus/pci/devices, nvidia-smi -q -x","system.product":"/sys/class/dmi/id",)"
            R"("system.serial":"/sys/firmware/dmi","system.vendor":"/sys/firmware/dmi"})");
}

TEST(Record, LeavesOutWhatIsNotKnown) {
  Record record;
  record.text("none", std::nullopt).text("blank", std::string("  ")).integer("no_number", std::nullopt);
  record.number("infinite", 1.0 / 0.0).quantity("no_size", std::nullopt, "B").flag("no_flag", std::nullopt);
  EXPECT_TRUE(record.empty());
  record.text("text", std::string(" a\tb\x1b[0m "))
      .quantity("size", 4, "KiB")
      .texts("list", {"x", " y "})
      .flag("yes", true);
  EXPECT_EQ(expr::to_json(record.build()).dump(),
            R"({"text":"a b?[0m","size":{"value":4.0,"unit":"KiB"},"list":["x","y"],"yes":true})");
  EXPECT_THROW(record.quantity("x", 1, "furlong"), std::logic_error);
}

TEST(ProbeContext, TurnsFailuresOfToolsIntoReasons) {
  const Machine machine;
  const auto reason = [&](const ToolRunner& tools) {
    const auto output = machine.context(tools).run({"clinfo", "--raw"});
    return output ? "output: " + *output : reason_of(output.error());
  };
  EXPECT_EQ(reason({}), "clinfo: no tools are run over a recorded machine");
  EXPECT_EQ(reason([](const auto&, auto) { return ToolResult{.exit_code = 0, .out = "text", .err = ""}; }),
            "output: text");
  EXPECT_EQ(
      reason([](const auto&, auto) { return ToolResult{.exit_code = 9, .out = "", .err = "\n no driver\x07\nmore"}; }),
      "clinfo: exit code 9: no driver?");
  EXPECT_EQ(reason([](const auto&, auto) { return ToolResult{.exit_code = 1, .out = "", .err = ""}; }),
            "clinfo: exit code 1");
  EXPECT_EQ(reason([](const auto&, auto) -> Result<ToolResult> {
              return failure(Code::kNotStartable, "clinfo: not found", "install clinfo");
            }),
            "clinfo: not found; install clinfo");
  ProbeContext late = machine.context([](const auto&, auto) { return ToolResult{}; });
  late.deadline = std::chrono::steady_clock::now() - milliseconds(1);
  EXPECT_EQ(reason_of(late.run({"clinfo"}).error()), "clinfo: no time left to run it");
}

}  // namespace
}  // namespace assay::hardware
