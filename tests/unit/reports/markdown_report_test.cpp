// SPDX-License-Identifier: Apache-2.0
#include "reports/markdown_report.h"

#include <gtest/gtest.h>

#include "support/sample_record.h"

namespace assay::reports {
namespace {

TEST(MarkdownReport, TellsTheRunOnOneScreen) {
  EXPECT_EQ(markdown_report(test::tiny_run(), Language::kEnglish), R"md(# Pass: tiny

Everything that was judged passed. The only test ran.

- Programme: tiny (1)
- Date: 2026-11-21 08:30:00 UTC
- Duration: 1 m 30 s
- Run: `20261121T083000Z-7f3a9c`

| Results by class | passed | |
|---|---:|---|
| Performance | 1 / 1 | 1 Pass |

## What failed, and why

No test failed, and none was inconclusive.

## What was measured

| | Metric | Median | Interval | Limit | Verdict |
|---|---|---:|---:|---:|---|
| Speed | rate | 11 GB/s | 10 to 12 GB/s | ≥ 8 GB/s | meets the limit |
)md");
}

TEST(MarkdownReport, IsChineseOnRequest) {
  EXPECT_EQ(markdown_report(test::tiny_run(), Language::kChinese), R"md(# 通过: tiny

所有已判定的用例均通过。 唯一的用例已执行。

- 认证方案: tiny (1)
- 日期: 2026-11-21 08:30:00 UTC
- 用时: 1 分 30 秒
- 运行编号: `20261121T083000Z-7f3a9c`

| 各类结果 | 项通过 | |
|---|---:|---|
| 性能 | 1 / 1 | 1 通过 |

## 未通过的用例及原因

没有不通过或无法判定的用例。

## 测量结果

| | 指标 | 中位数 | 置信区间 | 限值 | 判定 |
|---|---|---:|---:|---:|---|
| 速度 | rate | 11 GB/s | 10 至 12 GB/s | ≥ 8 GB/s | 达标 |
)md");
}

TEST(MarkdownReport, SaysWhatFailedAndWhatToDo) {
  const std::string text = markdown_report(test::sample_run(), Language::kEnglish);
  EXPECT_NE(
      text.find(
          "### Fail: Memory bandwidth\n\nPerformance · Memory · blocks certification\n\n- copy: median 41.2 GB/s is "
          "below the minimum of 48 GB/s \\(99.2 % interval 41 to 41.4 GB/s\\)."),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("- Disk reports good health: not possible here, smartctl needs root to open /dev/nvme0n1\n"),
            std::string::npos);
}

TEST(MarkdownReport, MarkupOfTheRecordStaysText) {
  record::RunRecord run = test::tiny_run();
  run.title = "<script> [x](http://e) `a` | b\n# c";
  const std::string text = markdown_report(run, Language::kEnglish);
  EXPECT_EQ(text.substr(0, text.find("\n\n")), "# Pass: &lt;script\\> \\[x\\]\\(http://e\\) \\`a\\` \\| b \\# c");
}

}  // namespace
}  // namespace assay::reports
