// SPDX-License-Identifier: Apache-2.0
// Attempts, changes, questions and resumptions in every report.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "reports/html_report.h"
#include "reports/json_report.h"
#include "reports/junit_report.h"
#include "reports/markdown_report.h"
#include "reports/page_parts.h"
#include "support/sample_durable_run.h"

namespace assay::reports {
namespace {

using record::RunRecord;
using record::Status;
using record::StepRecord;
using record::Verdict;

StepRecord& step_of(RunRecord& run, const std::string& id) {
  for (StepRecord& step : run.steps) {
    if (step.id == id) return step;
  }
  throw std::runtime_error("no step " + id);
}

Json test_of(const Json& report, const std::string& id) {
  for (const Json& test : report["tests"]) {
    if (test["id"] == id) return test;
  }
  return {};
}

TEST(DurableJson, HasAttemptsAndTheirTimes) {
  const Json report = Json::parse(json_report(test::durable_run()));
  const Json flash = test_of(report, "flash");
  EXPECT_EQ(flash["start_s"], 63.0);
  EXPECT_EQ(flash["change"], "changed");
  EXPECT_EQ(flash["needs"].dump(), R"(["fetch"])");
  EXPECT_EQ(flash["attempts"], 3);
  ASSERT_EQ(flash["tries"].size(), 3U);
  EXPECT_EQ(flash["tries"][1].dump(),
            R"({"attempt":2,"status":"finished","verdict":"fail","reason":"exit code 1: the BMC is busy",)"
            R"("failure":"application","exit_code":1,"started":"2026-11-21T08:32:13.000000Z",)"
            R"("finished":"2026-11-21T08:32:51.000000Z"})");
  EXPECT_TRUE(test_of(report, "reboot")["tries"][0]["finished"].is_null());
  EXPECT_TRUE(test_of(report, "sensors")["rescued"].get<bool>());
  EXPECT_TRUE(test_of(report, "fetch")["change"].is_null());
}

TEST(DurableJson, HasTheCriticalPath) {
  const Json path = Json::parse(json_report(test::durable_run()))["critical_path"];
  EXPECT_EQ(path["seconds"], 1839.0);
  EXPECT_EQ(path["share"], 1.0);
  EXPECT_EQ(path["steps"].dump(),
            R"(["fetch","install/disk@n2","install/image@n1","install/users@n1","approve","reboot","soak"])");
}

TEST(DurableJson, HasWhatHappenedOnTheWay) {
  const Json report = Json::parse(json_report(test::durable_run()));
  EXPECT_EQ(
      report["resumed"].dump(),
      R"([{"time":"2026-11-21T08:43:35.000000Z","redone":{"reboot":"it was interrupted: the boot id is checked"},)"
      R"("changes":[]}])");
  EXPECT_EQ(
      report["questions"].dump(),
      R"([{"step":"approve","question":"Are both power feeds of rack 7 wired?","type":"enum","choices":["yes","no"],)"
      R"("asked":"2026-11-21T08:36:46.000000Z","answer":"yes","who":"lin","note":"feed B was loose",)"
      R"("answered":"2026-11-21T08:40:52.000000Z"}])");
  EXPECT_TRUE(report["next"].is_null());
  EXPECT_EQ(Json::parse(json_report(test::waiting_run()))["next"],
            "assay answer 20261121T083000Z-5d0a17 approve yes|no");
}

// One step a line; the same members.
TEST(DurableJson, OfManyStepsIsStillJson) {
  const std::string text = json_report(test::wide_run(3000, 8));
  const Json report = Json::parse(text);
  ASSERT_EQ(report["tests"].size(), 3000U);
  EXPECT_EQ(report["tests"][2999]["id"], "check[n=2999]");
  EXPECT_NE(text.find("\n    {\"id\":\"check[n=0]\",\"name\":\"\""), std::string::npos);
  EXPECT_EQ(report["tests"][0].size(), test_of(Json::parse(json_report(test::durable_run())), "fetch").size());
}

pugi::xml_node case_of(const pugi::xml_document& document, const char* name) {
  return document.child("testsuites").child("testsuite").find_child_by_attribute("testcase", "name", name);
}

TEST(DurableJunit, AttemptsBeforeAGoodOneAreFlaky) {
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(junit_report(test::durable_run()).c_str()));
  const pugi::xml_node flash = case_of(document, "flash");
  const pugi::xml_node error = flash.child("flakyError");
  EXPECT_STREQ(error.attribute("type").value(), "infrastructure");
  EXPECT_STREQ(error.attribute("message").value(), "attempt 1: timed out after 60 s");
  EXPECT_STREQ(flash.child("flakyFailure").attribute("message").value(), "attempt 2: exit code 1: the BMC is busy");
  EXPECT_FALSE(flash.child("failure"));
  EXPECT_FALSE(flash.child("rerunError"));
  const pugi::xml_node properties = flash.child("properties");
  EXPECT_STREQ(properties.find_child_by_attribute("name", "attempts").attribute("value").value(), "3");
  EXPECT_STREQ(properties.find_child_by_attribute("name", "change").attribute("value").value(), "changed");
  EXPECT_FALSE(case_of(document, "fetch").child("properties").find_child_by_attribute("name", "attempts"));
}

TEST(DurableJunit, AttemptsBeforeABadOneAreReruns) {
  RunRecord run = test::durable_run();
  step_of(run, "flash").verdict = Verdict::kFail;
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(junit_report(run).c_str()));
  const pugi::xml_node flash = case_of(document, "flash");
  EXPECT_TRUE(flash.child("failure"));
  EXPECT_STREQ(flash.child("rerunError").attribute("message").value(), "attempt 1: timed out after 60 s");
  EXPECT_TRUE(flash.child("rerunFailure"));
  EXPECT_FALSE(flash.child("flakyError"));
}

TEST(DurableHtml, TestsShowTheirAttempts) {
  const Json model = page_model(test::durable_run(), Language::kEnglish);
  for (const Json& test : model["groups"][0]["tests"]) {
    EXPECT_EQ(test["has_tries"].get<bool>(), test["id"] == "flash" || test["id"] == "reboot") << test["id"];
  }
  const Json& flash = model["groups"][0]["tests"][1];
  ASSERT_EQ(flash["tries"].size(), 3U);
  EXPECT_EQ(flash["tries"][0]["reason"], "timed out after 60 s");
  EXPECT_EQ(flash["tries"][0]["kind"], "infrastructure");
  EXPECT_EQ(flash["tries"][0]["took"], "1 m 00 s");
  EXPECT_EQ(flash["tries"][2]["mark"]["word"], "Pass");
  RunRecord run = test::durable_run();
  StepRecord& step = step_of(run, "flash");
  while (step.tries.size() < kMostTries + 5) step.tries.push_back(step.tries.front());
  const Json many = page_model(run, Language::kEnglish);
  EXPECT_EQ(many["groups"][0]["tests"][1]["tries"].size(), kMostTries);
  EXPECT_EQ(many["groups"][0]["tests"][1]["tries_more"], "and 5 more, all in report.json");
}

TEST(DurableHtml, SaysWhatHappenedOnTheWay) {
  const Json model = page_model(test::durable_run(), Language::kEnglish);
  EXPECT_TRUE(model["has_course"].get<bool>());
  EXPECT_EQ(
      model["resumed"].dump(),
      R"([{"time":"2026-11-21 08:43:35 UTC","redone":[{"step":"reboot","why":"it was interrupted: the boot id is checked"}],)"
      R"("nothing":"","changes":[]}])");
  EXPECT_EQ(
      model["questions"].dump(),
      R"([{"question":"Are both power feeds of rack 7 wired?","step":"approve","answer":"yes","note":"feed B was loose",)"
      R"("who":"lin","when":"2026-11-21 08:40:52 UTC"}])");
}

TEST(DurableHtml, BannersSayWhatToDo) {
  const auto banner = [](const RunRecord& run, Language language) {
    const Json model = page_model(run, language);
    const Json& one = model["banners"].back();
    return one["label"].get<std::string>() + " " + one["text"].get<std::string>();
  };
  RunRecord run = test::waiting_run();
  EXPECT_EQ(banner(run, Language::kEnglish),
            "The run waits for an answer. approve: Are both power feeds of rack 7 wired? Answer with: assay answer "
            "20261121T083000Z-5d0a17 approve yes|no");
  EXPECT_EQ(banner(run, Language::kChinese),
            "运行正在等待答复。 approve：Are both power feeds of rack 7 wired? 答复命令：assay answer "
            "20261121T083000Z-5d0a17 approve yes|no");
  run.questions.clear();
  EXPECT_EQ(banner(run, Language::kEnglish),
            "The run waits. Go on where it stopped with: assay resume 20261121T083000Z-5d0a17");
  run.status = Status::kCancelled;
  EXPECT_EQ(banner(run, Language::kEnglish),
            "The run was stopped. Go on where it stopped with: assay resume 20261121T083000Z-5d0a17");
}

TEST(DurableHtml, IsWellFormedInBothLanguages) {
  for (const RunRecord& run : {test::durable_run(), test::waiting_run(), test::wide_run(2000, 8)}) {
    for (const Language language : {Language::kEnglish, Language::kChinese}) {
      pugi::xml_document document;
      const std::string page = html_report(run, language);
      EXPECT_TRUE(document.load_string(page.c_str(), pugi::parse_default | pugi::parse_doctype)) << run.title;
      EXPECT_EQ(page.find("<script"), std::string::npos);
    }
  }
}

TEST(DurableHtml, OfVeryManyStepsStaysSmall) {
  EXPECT_LT(html_report(test::wide_run(20'000, 8), Language::kEnglish).size(), 1U << 20U);
}

TEST(DurableMarkdown, HasAttemptsCourseAndPath) {
  const std::string text = markdown_report(test::durable_run(), Language::kEnglish);
  EXPECT_NE(text.find(R"(## Attempts

| | Attempt | Verdict | Took | Reason |
|---|---:|---|---:|---|
| Flash the firmware | 1 | Error | 1 m 00 s | timed out after 60 s (infrastructure) |
| Flash the firmware | 2 | Fail | 38 s | exit code 1: the BMC is busy (application) |
| Flash the firmware | 3 | Pass | 2 m 20 s |  |
| Reboot this machine | 1 | Unfinished | – | interrupted |
| Reboot this machine | 2 | Pass | 25 s |  |

## Interruptions and answers

- Taken up again 2026-11-21 08:43:35 UTC
  - reboot: it was interrupted: the boot id is checked
- approve: Are both power feeds of rack 7 wired? **yes**, lin, 2026-11-21 08:40:52 UTC, feed B was loose

## Timeline

The critical path decided when the run ended: 7 steps that took 30 m 39 s, 100 % of 30 m 39 s.

1. Fetch the images: 1 m 02 s
)"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace assay::reports
