// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/root.h"

#include <sys/stat.h>
#include <unistd.h>

#include "recorded.h"
#include "support/cases.h"

namespace assay::hardware {
namespace {

using assay::hardware::test::Machine;
using Names = std::vector<std::string>;

std::string error_of(const Root& root, std::string_view path, std::size_t limit = Root::kAttributeLimit) {
  const auto bytes = root.read(path, limit);
  return bytes ? "" : reason_of(bytes.error());
}

TEST(Root, ReadsBelowItselfOnly) {
  const Machine machine{{"/proc/cpuinfo", "model\n"}};
  const Root root(machine.root());
  EXPECT_EQ(root.read("/proc/cpuinfo").value(), "model\n");
  EXPECT_EQ(root.text("/proc/cpuinfo"), "model");
  EXPECT_EQ(root.read("/../../../proc/cpuinfo").value(), "model\n");
  EXPECT_FALSE(root.is_live());
  EXPECT_TRUE(Root("/").is_live());
}

TEST(Root, FollowsLinksAsTheMachineSeesThem) {
  Machine machine{{"/sys/devices/pci0000:00/0000:00:1f.2/vendor", "0x8086\n"}, {"/run/target", "inside"}};
  machine.link("/sys/bus/pci/devices/0000:00:1f.2", "../../../devices/pci0000:00/0000:00:1f.2");
  machine.link("/etc/absolute", "/run/target").link("/etc/escape", "../../../../../../../../etc/hostname");
  machine.link("/etc/outside", "/etc/hostname").link("/etc/loop", "loop").link("/etc/gone", "nowhere");
  const Root root(machine.root());
  EXPECT_EQ(root.integer("/sys/bus/pci/devices/0000:00:1f.2/vendor"), 0x8086);
  EXPECT_EQ(root.resolved("/sys/bus/pci/devices/0000:00:1f.2"), "/sys/devices/pci0000:00/0000:00:1f.2");
  EXPECT_EQ(root.text("/etc/absolute"), "inside");
  EXPECT_EQ(error_of(root, "/etc/escape"), "/etc/escape: No such file or directory");
  EXPECT_EQ(error_of(root, "/etc/outside"), "/etc/outside: No such file or directory");
  EXPECT_EQ(error_of(root, "/etc/loop"), "/etc/loop: Too many levels of symbolic links");
  EXPECT_EQ(root.resolved("/etc/loop"), std::nullopt);
  EXPECT_EQ(root.link_name("/etc/gone"), "nowhere");
  EXPECT_EQ(root.link_name("/etc/absolute"), "target");
  EXPECT_EQ(root.link_name("/run/target"), std::nullopt);
  EXPECT_FALSE(root.exists("/etc/gone"));
}

TEST(Root, RefusesWhatIsNoFile) {
  Machine machine{{"/big", std::string(100, 'x')}};
  machine.folder("/folder");
  ASSERT_EQ(::mkfifo((machine.root() / "pipe").c_str(), 0600), 0);
  const Root root(machine.root());
  EXPECT_EQ(error_of(root, "/missing"), "/missing: No such file or directory");
  EXPECT_EQ(error_of(root, "/folder"), "/folder: not a regular file");
  EXPECT_EQ(error_of(root, "/pipe"), "/pipe: not a regular file");
  EXPECT_EQ(error_of(root, "/big", 99), "/big: larger than 99 bytes");
  EXPECT_EQ(error_of(root, "/big", 100), "");
  EXPECT_EQ(root.list("/missing"), Names());
  EXPECT_TRUE(root.is_directory("/folder"));
  EXPECT_FALSE(root.is_directory("/big"));
}

TEST(Root, SaysThatRootCouldReadIt) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const Machine machine{{"/secret", "x"}};
  ASSERT_EQ(::chmod((machine.root() / "secret").c_str(), 0), 0);
  EXPECT_EQ(error_of(Root(machine.root()), "/secret"), "/secret: Permission denied; run as root");
}

TEST(Root, MakesTextPrintable) {
  const Machine machine{{"/a", std::string_view("NVIDIA\x01 Orin\0rest", 16)}, {"/b", " \n"}, {"/c", "caf\xff\n"}};
  const Root root(machine.root());
  EXPECT_EQ(root.text("/a"), "NVIDIA? Orin");
  EXPECT_EQ(root.text("/b"), std::nullopt);
  EXPECT_EQ(root.text("/c"), "caf?");
}

TEST(Root, ListsInNaturalOrder) {
  const Machine machine{{"/n/eth10", ""}, {"/n/eth2", ""}, {"/n/eth1", ""}, {"/n/lo", ""}, {"/n/eth02", ""}};
  EXPECT_EQ(Root(machine.root()).list("/n"), (Names{"eth1", "eth02", "eth2", "eth10", "lo"}));
}

struct NumberCase {
  const char* name;
  const char* text;
  std::optional<std::int64_t> value;
};
class Numbers : public ::testing::TestWithParam<NumberCase> {};
TEST_P(Numbers, AreWholeOrNone) { EXPECT_EQ(parse_integer(GetParam().text), GetParam().value); }
INSTANTIATE_TEST_SUITE_P(Root, Numbers,
                         ::testing::Values(NumberCase{"decimal", " 42\n", 42}, NumberCase{"negative", "-1", -1},
                                           NumberCase{"hexadecimal", "0x1F", 31}, NumberCase{"empty", "", std::nullopt},
                                           NumberCase{"word", "unknown", std::nullopt},
                                           NumberCase{"tail", "42 kB", std::nullopt},
                                           NumberCase{"prefix_only", "0x", std::nullopt},
                                           NumberCase{"signed_hexadecimal", "0x-1", std::nullopt},
                                           NumberCase{"largest", "9223372036854775807", INT64_MAX},
                                           NumberCase{"too_large", "9223372036854775808", std::nullopt}),
                         assay::test::case_name);

TEST(NaturalLess, IsAnOrder) {
  const Names sorted = {"", "a", "a1", "a01b", "a2", "a10", "b"};
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    for (std::size_t j = 0; j < sorted.size(); ++j) {
      EXPECT_EQ(natural_less(sorted[i], sorted[j]), i < j) << sorted[i] << " and " << sorted[j];
    }
  }
}

}  // namespace
}  // namespace assay::hardware
