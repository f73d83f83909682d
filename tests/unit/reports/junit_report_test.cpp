// SPDX-License-Identifier: Apache-2.0
#include "reports/junit_report.h"

#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "engine/base/text.h"
#include "support/cases.h"
#include "support/sample_record.h"

namespace assay::reports {
namespace {

using record::Status;
using record::Verdict;

TEST(JunitReport, HoldsTheWholeRun) {
  EXPECT_EQ(junit_report(test::tiny_run()), R"xml(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="tiny" tests="1" failures="0" errors="0" skipped="0" time="1">
  <testsuite name="performance" tests="1" failures="0" errors="0" skipped="0" time="1" timestamp="2026-11-21T08:30:00">
    <testcase name="speed" classname="tiny.performance.cpu" time="1">
      <properties>
        <property name="verdict" value="pass" />
        <property name="status" value="finished" />
        <property name="blocker" value="true" />
        <property name="target" value="local" />
        <property name="metric.rate" value="11 GB/s [10 GB/s, 12 GB/s], at least 8 GB/s, 6 samples, pass" />
      </properties>
      <system-out>command: assay-probe speed --samples 8
evidence: stdout sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</system-out>
    </testcase>
  </testsuite>
</testsuites>
)xml");
}

struct ColourCase {
  const char* name;
  Status status;
  Verdict verdict;
  bool blocker;
  const char* element;  // "" for a green case
  const char* type;
  const char* message;
};

constexpr ColourCase kColourCases[] = {
    {"Pass", Status::kFinished, Verdict::kPass, true, "", "", ""},
    {"Fail", Status::kFinished, Verdict::kFail, true, "failure", "fail", "why"},
    {"Inconclusive", Status::kFinished, Verdict::kInconclusive, true, "failure", "inconclusive", "why"},
    {"Error", Status::kError, Verdict::kError, true, "error", "error", "why"},
    {"Waived", Status::kFinished, Verdict::kWaived, true, "skipped", "", "waived: why"},
    {"Skipped", Status::kSkipped, Verdict::kSkipped, true, "skipped", "", "not_possible: why"},
    {"ToleratedFail", Status::kFinished, Verdict::kFail, false, "skipped", "", "fail, not blocking: why"},
    {"ToleratedInconclusive", Status::kFinished, Verdict::kInconclusive, false, "skipped", "",
     "inconclusive, not blocking: why"},
    {"ToleratedError", Status::kError, Verdict::kError, false, "skipped", "", "error, not blocking: why"},
    {"Cancelled", Status::kCancelled, Verdict::kSkipped, true, "error", "cancelled", "why"},
    {"Pending", Status::kPending, Verdict::kSkipped, true, "error", "pending", "why"},
    {"CancelledLate", Status::kCancelled, Verdict::kPass, true, "error", "cancelled", "why"},
};

class ColourOf : public ::testing::TestWithParam<ColourCase> {};

TEST_P(ColourOf, FollowsTheVerdict) {
  const ColourCase& row = GetParam();
  record::RunRecord run = test::tiny_run();
  record::StepRecord& step = run.steps[0];
  step.status = row.status;
  step.verdict = row.verdict;
  step.blocker = row.blocker;
  step.reason = "why";
  step.skip_kind = "not_possible";
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(junit_report(run).c_str()));
  const pugi::xml_node suite = document.child("testsuites").child("testsuite");
  const pugi::xml_node test = suite.child("testcase");
  for (const char* element : {"failure", "error", "skipped"}) {
    EXPECT_EQ(static_cast<bool>(test.child(element)), std::string(row.element) == element) << element;
  }
  EXPECT_EQ(suite.attribute("failures").as_int(), std::string(row.element) == "failure");
  EXPECT_EQ(suite.attribute("errors").as_int(), std::string(row.element) == "error");
  EXPECT_EQ(suite.attribute("skipped").as_int(), std::string(row.element) == "skipped");
  if (*row.element == '\0') return;
  EXPECT_STREQ(test.child(row.element).attribute("type").as_string(), row.type);
  EXPECT_STREQ(test.child(row.element).attribute("message").as_string(), row.message);
}

INSTANTIATE_TEST_SUITE_P(Verdicts, ColourOf, ::testing::ValuesIn(kColourCases), test::case_name);

TEST(JunitReport, HasASuiteForEachClassAndSumsThem) {
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(junit_report(test::sample_run()).c_str()));
  const pugi::xml_node root = document.child("testsuites");
  std::vector<std::string> suites;
  int tests = 0;
  for (const pugi::xml_node suite : root.children("testsuite")) {
    const auto cases = std::distance(suite.children("testcase").begin(), suite.children("testcase").end());
    EXPECT_EQ(suite.attribute("tests").as_int(), cases);
    tests += suite.attribute("tests").as_int();
    suites.emplace_back(suite.attribute("name").as_string());
  }
  EXPECT_EQ(join(suites, " "), "functional performance stability steps");
  EXPECT_EQ(root.attribute("tests").as_int(), tests);
  EXPECT_EQ(root.attribute("failures").as_int(), 3);
  EXPECT_EQ(root.attribute("errors").as_int(), 1);
  EXPECT_EQ(root.attribute("skipped").as_int(), 5);
}

TEST(JunitReport, SaysWhatWasMeasuredAndWhy) {
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(junit_report(test::sample_run()).c_str()));
  const auto failure = document.select_node("//testcase[@name='memory-bandwidth']/failure").node();
  EXPECT_STREQ(failure.attribute("message").as_string(), "copy: 41.2 GB/s is below the minimum of 48 GB/s");
  EXPECT_EQ(std::string(failure.text().as_string()),
            "copy: 41.2 GB/s [41 GB/s, 41.4 GB/s], at least 48 GB/s, 8 samples, fail\n"
            "triad: 48 GB/s [47.1 GB/s, 48.9 GB/s], at least 48 GB/s, 8 samples, inconclusive");
  const auto counters = document.select_node("//testcase[@name='memory-patterns']/failure").node();
  EXPECT_EQ(std::string(counters.text().as_string()),
            "counter edac.mc0.ce changed by 3\ncounter edac.mc1.ce changed by 1");
}

TEST(JunitReport, ARunThatEndedEarlyIsNotGreen) {
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(junit_report(test::recipe_run()).c_str()));
  const auto error = document.select_node("//testsuite[@name='run']/testcase/error").node();
  EXPECT_STREQ(error.attribute("message").as_string(), "interrupted (SIGINT)");
  EXPECT_EQ(document.child("testsuites").attribute("errors").as_int(), 3);
}

TEST(JunitReport, IsXmlWhateverTheRecordHolds) {
  record::RunRecord run = test::tiny_run();
  using namespace std::string_literals;  // the text has a NUL in it
  const std::string hostile = "]]><\"&'>\x01\x1b[31m\xff\xEF\xBF\xBE\xE2\x80\xAE\0x"s;
  run.title = run.programme = hostile;
  record::StepRecord& step = run.steps[0];
  step.id = step.reason = step.target = hostile;
  step.verdict = Verdict::kFail;
  step.command = {hostile};
  step.extra.edit().counters[hostile] = 1;
  step.metrics[0].name = step.metrics[0].unit = hostile;
  step.evidence[0].name = hostile;
  const std::string xml = junit_report(run);
  EXPECT_TRUE(is_valid_utf8(xml));
  for (const char c : xml) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << static_cast<int>(c);
  EXPECT_EQ(xml.find("\xEF\xBF\xBE"), std::string::npos);
  pugi::xml_document document;
  EXPECT_TRUE(document.load_string(xml.c_str()));
  EXPECT_EQ(xml.find("&#"), std::string::npos) << "control characters cannot be written even as references";
}

TEST(JunitReport, OfAnEmptyRunIsEmpty) {
  EXPECT_EQ(junit_report(record::RunRecord{}),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites name=\"\" tests=\"0\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"0\" />\n");
}

}  // namespace
}  // namespace assay::reports
