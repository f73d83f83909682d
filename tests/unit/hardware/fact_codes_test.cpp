// SPDX-License-Identifier: Apache-2.0
// What cannot be read carries the code of its kind, so that `assay explain` can say more.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/hardware/accelerator.h"
#include "engine/hardware/facts.h"
#include "engine/hardware/root.h"
#include "engine/hardware/smart.h"
#include "engine/hardware/smbios.h"
#include "support/temp_folder.h"

namespace assay::hardware {
namespace {

TEST(FactCodes, AFileThatIsMissingIsUnreadable) {
  const assay::test::TempFolder folder;
  const Root root(folder.path());
  const auto read = root.read("/proc/none");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kFactUnreadable);
}

TEST(FactCodes, AToolThatSaysItFailedHasFailed) {
  const auto report = parse_smart(
      R"({"smartctl":{"exit_status":2,"messages":[{"string":"Smartctl open device: /dev/sda failed: Permission denied","severity":"error"}]}})");
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kToolFailed);
}

TEST(FactCodes, OutputThatIsNotUnderstoodIsToolOutput) {
  const auto smart = parse_smart("{}");
  ASSERT_FALSE(smart);
  EXPECT_EQ(smart.error().code, Code::kToolOutput);
  const auto nvidia = parse_nvidia_smi("<other/>");
  ASSERT_FALSE(nvidia);
  EXPECT_EQ(nvidia.error().code, Code::kToolOutput);
  const auto opencl = parse_clinfo("");
  ASSERT_FALSE(opencl);
  EXPECT_EQ(opencl.error().code, Code::kToolOutput);
}

TEST(FactCodes, AnEntryPointWithoutAnAnchorIsNoTable) {
  const auto table = parse_smbios_entry_point("garbage");
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code, Code::kSmbiosTable);
}

TEST(FactCodes, AnotherDocumentIsNoFactsFile) {
  const auto facts = facts_from_json({{"format", "something/1"}});
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, Code::kFactsFormat);
}

}  // namespace
}  // namespace assay::hardware
