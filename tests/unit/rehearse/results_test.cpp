// SPDX-License-Identifier: Apache-2.0
#include "engine/rehearse/results.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "support/cases.h"

namespace assay::rehearse {
namespace {

CaseResult result(const char* name, CaseVerdict verdict) {
  CaseResult out;
  out.name = name;
  out.verdict = verdict;
  out.took = std::chrono::milliseconds(1500);
  if (verdict == CaseVerdict::kPassed) return out;
  const auto source = std::make_shared<const SourceText>(SourceText{"r.test.yaml", "a: <b>\n"});
  out.problems.add({.code = Code::kExpectation,
                    .where = SourceSpan{source, 1, 4, 3},
                    .message = "it is <b>\x01",
                    .expected = "c & d",
                    .notes = {{.text = "so"}},
                    .help = "try"});
  return out;
}

std::vector<FileResult> sample() {
  return {{"a.test.yaml", "a", {result("good", CaseVerdict::kPassed), result("bad", CaseVerdict::kFailed)}},
          {"b.test.yaml", "b", {result("\"odd\"", CaseVerdict::kWrong)}}};
}

struct ExitCase {
  const char* name;
  Counts counts;
  int exit_code;
};
class ExitCode : public testing::TestWithParam<ExitCase> {};
TEST_P(ExitCode, FollowsTheWorst) { EXPECT_EQ(exit_code_of(GetParam().counts), GetParam().exit_code); }
const ExitCase kExits[] = {
    {"all_passed", {.passed = 3}, 0},
    {"one_failed", {.passed = 3, .failed = 1}, 1},
    {"one_wrong", {.passed = 3, .failed = 1, .wrong = 1}, 2},
};
INSTANTIATE_TEST_SUITE_P(Counts, ExitCode, testing::ValuesIn(kExits), test::case_name);

TEST(Results, AreCounted) {
  const Counts counts = count(sample());
  EXPECT_EQ(counts.passed, 1U);
  EXPECT_EQ(counts.failed, 1U);
  EXPECT_EQ(counts.wrong, 1U);
}

TEST(Results, AsJsonHaveEveryCaseAndProblem) {
  const Json json = to_json(sample());
  EXPECT_EQ(json["format"], "assay.test/1");
  EXPECT_EQ(json["exit_code"], 2);
  EXPECT_EQ(json["counts"].dump(), R"({"passed":1,"failed":1,"wrong":1})");
  ASSERT_EQ(json["files"].size(), 2U);
  EXPECT_EQ(json["files"][0]["path"], "a.test.yaml");
  EXPECT_EQ(json["files"][0]["cases"][0].dump(), R"({"name":"good","result":"passed","took_s":1.5,"problems":[]})");
  const Json& problem = json["files"][1]["cases"][0]["problems"][0];
  EXPECT_EQ(problem["code"], "R070");
  EXPECT_EQ(problem["expected"], "c & d");
  EXPECT_EQ(problem["line"], 1);
  EXPECT_EQ(problem["column"], 4);
  EXPECT_EQ(problem["file"], "r.test.yaml");
  EXPECT_EQ(problem["notes"].dump(), R"(["so"])");
}

TEST(Results, AsJunitHaveASuiteForEachFile) {
  const std::string xml = to_junit(sample());
  EXPECT_THAT(xml,
              testing::HasSubstr(R"(<testsuites name="assay test" tests="3" failures="1" errors="1" skipped="0">)"));
  EXPECT_THAT(xml, testing::HasSubstr(
                       R"(<testsuite name="a" file="a.test.yaml" tests="2" failures="1" errors="0" skipped="0">)"));
  EXPECT_THAT(xml, testing::HasSubstr(R"(<testcase name="good" classname="a" time="1.5" />)"));
  EXPECT_THAT(xml, testing::HasSubstr(R"(<failure type="failed" message="it is &lt;b>?">)"));
  EXPECT_THAT(xml, testing::HasSubstr(R"(<error type="wrong")"));
  EXPECT_THAT(xml, testing::HasSubstr(R"(name="&quot;odd&quot;")"));
  EXPECT_EQ(xml.find('\x01'), std::string::npos) << "XML has no such character";
}

}  // namespace
}  // namespace assay::rehearse
