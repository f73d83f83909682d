// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/frame.h"

#include <gtest/gtest.h>

#include "engine/base/text.h"
#include "support/cases.h"

namespace assay::cli {
namespace {

Frame busy_frame() {
  Frame frame{.elapsed_s = 724, .left_s = 2874, .ends = "14:32", .done = 37, .total = 120};
  frame.running = {{.step = "memory-soak", .elapsed_s = 250, .expected_s = 600, .what = "window 25 of 60"},
                   {.step = "disk-verify", .elapsed_s = 3, .attempt = 2, .most = 3}};
  frame.retries = {{.step = "flash-bmc", .attempt = 2, .most = 3, .wait_s = 7.4, .reason = "timed out after 60 s"}};
  frame.questions = {{.step = "wired", .question = "Are both feeds wired?", .command = "assay answer R wired yes|no"}};
  frame.next = {"links", "sensors"};
  return frame;
}

TEST(Frame, SaysWhatMattersMostFirst) {
  EXPECT_EQ(join(compose(busy_frame(), {.width = 100, .height = 24}, Colour::kNever), "\n"),
            "  waiting  wired: Are both feeds wired?\n"
            "           assay answer R wired yes|no\n"
            "  retry    flash-bmc                         attempt 2 of 3, next in 7 s: timed out after 60 s\n"
            "  running  memory-soak                       4 m 10 s of about 10 m  window 25 of 60\n"
            "  running  disk-verify                       3.0 s, attempt 2 of 3\n"
            "  next     links, sensors\n"
            "  ━━━━────────────────────  20 %  37 of 120 done, 12 m 04 s, about 48 m left (14:32)");
}

TEST(Frame, IsInColourWithoutBecomingWider) {
  const auto lines = compose(busy_frame(), {.width = 40, .height = 24}, Colour::kAlways);
  EXPECT_EQ(lines[0], "  \x1b[1;33mwaiting  \x1b[0mwired: Are both feeds wired?");
  EXPECT_EQ(lines.back(), "  \x1b[1m20 %\x1b[0m  37 of 120 done, 12 m 04 s, abo…");
}

struct SizeCase {
  const char* name;
  std::size_t width;
  std::size_t height;
  std::size_t lines;
};
class Sizes : public testing::TestWithParam<SizeCase> {};
TEST_P(Sizes, AreNeverExceeded) {
  Frame frame = busy_frame();
  for (int i = 0; i < 50; ++i) {
    frame.running.push_back(
        {.step = "内存-" + std::to_string(i), .elapsed_s = 1, .what = "样本 " + std::string(200, 'x')});
    frame.retries.push_back({.step = "r" + std::to_string(i), .wait_s = 1});
    frame.questions.push_back({.step = "q" + std::to_string(i), .question = std::string(300, '?'), .command = "c"});
    frame.next.push_back("n" + std::to_string(i));
  }
  const auto lines = compose(frame, {.width = GetParam().width, .height = GetParam().height}, Colour::kNever);
  EXPECT_EQ(lines.size(), GetParam().lines);
  for (const std::string& line : lines)
    EXPECT_LT(display_width(line), std::max<std::size_t>(GetParam().width, 2)) << line;
}
const SizeCase kSizes[] = {
    {"usual", 80, 24, 23},   {"small", 40, 10, 9},   {"one_line", 80, 2, 2}, {"no_height", 80, 0, 2},
    {"no_width", 0, 24, 23}, {"tall", 200, 100, 71}, {"narrow", 12, 24, 23},
};
INSTANTIATE_TEST_SUITE_P(Frame, Sizes, testing::ValuesIn(kSizes), test::case_name);

TEST(Frame, CountsWhatDoesNotFit) {
  Frame frame{.elapsed_s = 1, .done = 0, .total = 30};
  for (int i = 0; i < 30; ++i) frame.running.push_back({.step = "s" + std::to_string(i), .elapsed_s = 1});
  const auto lines = compose(frame, {.width = 80, .height = 8}, Colour::kNever);
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(lines[5], "           and 25 more running");
  EXPECT_EQ(lines[6], "  ────────────  0 %  0 of 30 done, 1.0 s");
}

// Without a known time the share is that of the steps, and nothing is promised.
TEST(Frame, SaysOnlyWhatIsKnown) {
  Frame frame{.elapsed_s = 60, .left_s = 30, .at_least = true, .done = 1, .total = 4};
  EXPECT_EQ(compose(frame, {.width = 59, .height = 5}, Colour::kNever).back(),
            "  25 %  1 of 4 done, 1 m 00 s, at least 30 s left");
  frame.left_s.reset();
  EXPECT_EQ(compose(frame, {.width = 59, .height = 5}, Colour::kNever).back(), "  25 %  1 of 4 done, 1 m 00 s");
  frame.left_s = 0;
  frame.at_least = false;
  EXPECT_EQ(compose(frame, {.width = 59, .height = 5}, Colour::kNever).back(),
            "  99 %  1 of 4 done, 1 m 00 s, longer than before");
  frame.left_s.reset();
  frame.total = 0;
  EXPECT_EQ(compose(frame, {.width = 59, .height = 5}, Colour::kNever).back(), "  0 %  1 of 0 done, 1 m 00 s");
}

TEST(Frame, ControlCharactersOfStepsDoNotReachTheTerminal) {
  Frame frame{.total = 1};
  frame.running = {{.step = "a\x1b[2J", .what = "b\x07"}};
  const auto lines = compose(frame, {}, Colour::kNever);
  EXPECT_EQ(lines[0].find('\x1b'), std::string::npos);
  EXPECT_EQ(lines[0].find('\x07'), std::string::npos);
}

struct RoughCase {
  const char* name;
  double seconds;
  const char* text;
};
class Rough : public testing::TestWithParam<RoughCase> {};
TEST_P(Rough, IsNoMoreExactThanAForecast) { EXPECT_EQ(rough_time(GetParam().seconds), GetParam().text); }
const RoughCase kRough[] = {
    {"nothing", 0, "1 s"},         {"negative", -5, "1 s"},
    {"seconds", 11.2, "11 s"},     {"a_minute", 61, "1 m 00 s"},
    {"minutes", 194, "3 m 10 s"},  {"many_minutes", 2874, "48 m"},
    {"an_hour", 3590, "1 h 00 m"}, {"hours", 7441, "2 h 04 m"},
    {"days", 95000, "1 d 02 h"},   {"for_ever", 1e300, "104166 d 16 h"},
};
INSTANTIATE_TEST_SUITE_P(Frame, Rough, testing::ValuesIn(kRough), test::case_name);

}  // namespace
}  // namespace assay::cli
