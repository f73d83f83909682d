// SPDX-License-Identifier: Apache-2.0
#include "engine/system/boot_unit.h"

#include <gmock/gmock.h>

#include "support/temp_folder.h"

namespace assay::system {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kRun = "20260131T083000Z-00c0de";

class BootUnitTest : public testing::Test {
 protected:
  BootUnitTest() { std::filesystem::create_directories(folder_ / "run/systemd/system"); }
  [[nodiscard]] BootUnits units() const { return BootUnits(folder_ / "etc", folder_ / "run/systemd/system"); }
  static BootUnit unit(const std::string& store = "/var/lib/assay") {
    return {.run = kRun,
            .command = {"/usr/bin/assay", "--store", store, "resume", "--boot", kRun},
            .variables = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/root"}, {"ASSAY_LOCK_DIR", ""}}};
  }
  test::TempFolder folder_;
};

TEST_F(BootUnitTest, SaysWhatSystemdNeedsToKnow) {
  EXPECT_EQ(boot_unit_text(unit()),
            R"(# Written by assay, which removes it when the reboot is over; `assay doctor` names what was left behind.
[Unit]
Description=Go on with the assay run 20260131T083000Z-00c0de after a reboot
After=local-fs.target network.target

[Service]
Type=oneshot
Environment="PATH=/usr/bin:/bin"
Environment="HOME=/root"
ExecStart="/usr/bin/assay" "--store" "/var/lib/assay" "resume" "--boot" "20260131T083000Z-00c0de"
SuccessExitStatus=4

[Install]
WantedBy=multi-user.target
)");
}

TEST_F(BootUnitTest, NothingInAPathMeansAnythingToSystemd) {
  EXPECT_THAT(boot_unit_text(unit("/a b/\"q\"/50%/$HOME/back\\slash/new\nline/存")),
              HasSubstr(R"( "/a b/\"q\"/50%%/$$HOME/back\\slash/new\x0aline/存" )"));
  BootUnit other = unit();
  other.variables = {{"PATH", "/opt/$x/%h"}};
  EXPECT_THAT(boot_unit_text(other), HasSubstr("Environment=\"PATH=/opt/$x/%%h\"\n")) << "no variables there";
}

TEST_F(BootUnitTest, IsInstalledEnabledReplacedAndRemoved) {
  ASSERT_TRUE(units().install(unit()));
  ASSERT_TRUE(units().install(unit("/srv/store"))) << "again, for the next boot";
  EXPECT_EQ(test::slurp(units().path_of(kRun)), boot_unit_text(unit("/srv/store")));
  const auto link = folder_ / "etc/multi-user.target.wants" / boot_unit_name(kRun);
  EXPECT_EQ(test::slurp(link), boot_unit_text(unit("/srv/store"))) << "the link leads to it";
  EXPECT_THAT(units().runs(), ElementsAre(kRun));
  ASSERT_TRUE(units().remove(kRun));
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(link)));
  EXPECT_FALSE(std::filesystem::exists(units().path_of(kRun)));
  EXPECT_THAT(units().runs(), IsEmpty());
  EXPECT_TRUE(units().remove(kRun)) << "nothing to do";
}

TEST_F(BootUnitTest, WhatIsNotForEverybodyStandsInAFileOfRoots) {
  BootUnit secretive = unit();
  secretive.private_variables = {{"http_proxy", "http://ann:a$b\"c`d\\e%f@proxy"}};
  ASSERT_TRUE(units().install(secretive));
  const auto file = folder_ / ("etc/assay-resume-" + std::string(kRun) + ".environment");
  EXPECT_EQ(test::slurp(file), R"(http_proxy="http://ann:a\$b\"c\`d\\e%f@proxy")"
                               "\n");
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const std::string text = test::slurp(units().path_of(kRun));
  EXPECT_THAT(text, HasSubstr("Environment=\"HOME=/root\"\nEnvironmentFile=" + file.string() + "\nExecStart="));
  EXPECT_THAT(text, testing::Not(HasSubstr("ann")));
  EXPECT_THAT(units().runs(), ElementsAre(kRun));
  ASSERT_TRUE(units().remove(kRun));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(BootUnitTest, OnlyFilesOfOursAreCounted) {
  folder_.write("etc/assay-resume-b.service", "");
  folder_.write("etc/multi-user.target.wants/assay-resume-a.service", "");
  for (const char* other : {"assay-resume-.service", "assay-resume-x.timer", "ssh.service", "assay-resume-a.b.service"})
    folder_.write(std::string("etc/") + other, "");
  EXPECT_THAT(units().runs(), ElementsAre("a", "b"));
}

TEST_F(BootUnitTest, WithoutSystemdOrARightThereIsNone) {
  const auto nowhere = BootUnits(folder_ / "etc", folder_ / "none").install(unit());
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, Code::kNoBootUnit);
  EXPECT_THAT(nowhere.error().message, HasSubstr("systemd is not at work on this machine"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "etc"));
  folder_.write("file", "");
  const auto refused = BootUnits(folder_ / "file/etc", folder_ / "run/systemd/system").install(unit());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kNoBootUnit);
  BootUnit strange = unit();
  strange.run = "../../etc/passwd";
  EXPECT_EQ(units().install(strange).error().message, "'../../etc/passwd' is no name for a unit");
  EXPECT_TRUE(units().remove("../../etc/passwd")) << "and is not looked for";
}

}  // namespace
}  // namespace assay::system
