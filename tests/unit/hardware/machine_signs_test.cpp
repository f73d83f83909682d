// SPDX-License-Identifier: Apache-2.0
#include "engine/hardware/machine_signs.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "engine/base/sha256.h"
#include "support/temp_folder.h"

namespace assay::hardware {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(MachineSigns, AreReadWhereTheyCanBe) {
  const assay::test::TempFolder root;
  EXPECT_EQ(machine_signs(root.path()), Json::object());
  root.write("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  root.write("sys/class/dmi/id/sys_vendor", "Dell Inc.\n");
  root.write("sys/class/dmi/id/product_name", "PowerEdge R760\n");
  root.write("sys/class/dmi/id/board_name", "0X1Y2Z\n");
  root.write("sys/class/dmi/id/product_uuid", "4c4c4544-0042\n");
  root.write("proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon 8480\n" +
                                 std::string(100'000, 'x') + "\nmodel name\t: other\n");
  root.write("proc/sys/kernel/hostname", "node7\n");
  const Json signs = machine_signs(root.path());
  EXPECT_EQ(signs["machine_id"], sha256_hex("assay machine-id 0123456789abcdef0123456789abcdef"));
  EXPECT_EQ(signs["product_uuid"], sha256_hex("assay uuid 4c4c4544-0042"));
  EXPECT_EQ(signs["board"], "Dell Inc., PowerEdge R760, 0X1Y2Z");
  EXPECT_EQ(signs["cpu"], "Xeon 8480");
  EXPECT_EQ(signs["hostname"], "node7");
  EXPECT_EQ(signs.dump().find("0123456789abcdef0123456789abcdef"), std::string::npos) << "it is nobody else's business";
}

TEST(MachineSigns, ABoardWithoutDmiAndACpuWithoutNameHaveThemToo) {
  const assay::test::TempFolder root;
  root.write("proc/device-tree/model", std::string("Raspberry Pi 4\0", 15));
  root.write("proc/cpuinfo",
             "processor\t: 0\nCPU implementer\t: 0x41\nCPU variant\t: 0x0\nCPU part\t: 0xd08\nCPU revision\t: 3\n\n"
             "processor\t: 1\nCPU implementer\t: 0x41\n");
  const Json signs = machine_signs(root.path());
  EXPECT_TRUE(signs["board"].get<std::string>().starts_with("Raspberry Pi 4")) << signs.dump();
  EXPECT_EQ(signs["cpu"], "0x41 0xd08");
}

TEST(MachineSigns, OfThisMachineAreTheSameTwice) {
  const Json signs = machine_signs();
  EXPECT_TRUE(signs.contains("hostname")) << signs.dump();
  EXPECT_THAT(different_signs(signs, machine_signs()), IsEmpty());
}

TEST(MachineSigns, ADifferenceIsToldInWords) {
  const Json before = {
      {"machine_id", "aa"}, {"product_uuid", "bb"}, {"board", "B 1"}, {"cpu", "C"}, {"hostname", "n1"}};
  Json now = before;
  now["hostname"] = "n2";
  EXPECT_THAT(different_signs(before, now), IsEmpty()) << "names change";
  now["machine_id"] = "ab";
  now["board"] = "B 2";
  EXPECT_THAT(different_signs(before, now),
              ElementsAre("the machine is another one: its machine_id is not that of the run's start",
                          "the machine is another one: its board was 'B 1' and is now 'B 2'"));
  now.erase("machine_id");
  now.erase("board");
  EXPECT_THAT(different_signs(before, now), IsEmpty()) << "what cannot be read now says nothing";
  EXPECT_THAT(different_signs({{"hostname", "n1"}}, {{"hostname", "n2"}, {"board", "B"}}),
              ElementsAre("the machine is another one: its hostname was 'n1' and is now 'n2'"))
      << "there is nothing better on both sides";
  for (const Json& nonsense : {Json(), Json::array({1}), Json({{"cpu", 7}})})
    EXPECT_THAT(different_signs(nonsense, before), IsEmpty()) << "a record of a version that kept none";
}

}  // namespace
}  // namespace assay::hardware
