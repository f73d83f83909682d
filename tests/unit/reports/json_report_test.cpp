// SPDX-License-Identifier: Apache-2.0
#include "reports/json_report.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>

#include "support/sample_durable_run.h"
#include "support/sample_record.h"
#include "support/temp_folder.h"

namespace assay::reports {
namespace {

Json report_value(const record::RunRecord& run) { return Json::parse(json_report(run)); }

constexpr const char* kTiny = R"json({
  "format": "assay.report/1",
  "run": "20261121T083000Z-7f3a9c",
  "title": "tiny",
  "verdict": "pass",
  "status": "finished",
  "exit_code": 0,
  "programme": "tiny",
  "recipe": {
    "name": "tiny",
    "version": "1"
  },
  "assay_version": "0.1.0",
  "started": "2026-11-21T08:30:00.250000Z",
  "finished": "2026-11-21T08:31:30.250000Z",
  "duration_s": 90.0,
  "problem": null,
  "damage": [],
  "counts": {
    "error": 0,
    "fail": 0,
    "inconclusive": 0,
    "pass": 1,
    "skipped": 0,
    "waived": 0
  },
  "coverage": {
    "tests": 1,
    "ran": 1,
    "skipped": 0,
    "areas": [
      {
        "hardware": "cpu",
        "class": "performance",
        "tests": 1,
        "ran": 1,
        "skipped": []
      }
    ]
  },
  "preconditions": [],
  "tests": [
    {
      "id": "speed",
      "name": "Speed",
      "name_zh": "速度",
      "action": "test",
      "class": "performance",
      "hardware": "cpu",
      "target": "local",
      "proves": "",
      "proves_zh": "",
      "blocker": true,
      "status": "finished",
      "verdict": "pass",
      "reason": "",
      "skip_kind": null,
      "started": null,
      "finished": null,
      "duration_s": 1.0,
      "attempts": 1,
      "exit_code": 0,
      "command": [
        "assay-probe",
        "speed",
        "--samples",
        "8"
      ],
      "metrics": [
        {
          "name": "rate",
          "unit": "B/s",
          "better": "higher",
          "help": "",
          "samples": [
            10000000000.0,
            11000000000.0,
            12000000000.0,
            11000000000.0,
            11000000000.0,
            10000000000.0
          ],
          "used": [
            true,
            true,
            true,
            true,
            true,
            true
          ],
          "cpu_share": [
            0.99,
            0.99,
            0.98,
            0.99,
            0.99,
            0.99
          ],
          "median": 11000000000.0,
          "interval": [
            10000000000.0,
            12000000000.0
          ],
          "confidence": 0.96875,
          "limit": {
            "min": 8000000000.0,
            "max": null,
            "source": "ours"
          },
          "verdict": "pass",
          "reason": ""
        }
      ],
      "criteria": [],
      "counters": {},
      "evidence": [
        {
          "name": "stdout",
          "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "size": 12
        }
      ],
      "outputs": {},
      "start_s": null,
      "needs": [],
      "change": null,
      "rescued": false,
      "tries": []
    }
  ],
  "steps": [],
  "machines": {},
  "tools": [],
  "critical_path": {
    "seconds": 0.0,
    "share": null,
    "steps": []
  },
  "resumed": [],
  "questions": [],
  "next": null
}
)json";

TEST(JsonReport, HoldsTheWholeRun) { EXPECT_EQ(json_report(test::tiny_run()), kTiny); }

TEST(JsonReport, CountsCoverageWithItsReasons) {
  const Json report = report_value(test::sample_run());
  EXPECT_EQ(report["coverage"]["tests"], 18);
  EXPECT_EQ(report["coverage"]["ran"], 15);
  EXPECT_EQ(report["coverage"]["skipped"], 3);
  EXPECT_EQ(report["coverage"]["areas"][7],
            Json::parse(R"({"hardware": "disk", "class": "functional", "tests": 1, "ran": 0, "skipped":
                           [{"id": "disk-health", "kind": "not_possible", "reason": "smartctl needs root to open /dev/nvme0n1"}]})"));
  EXPECT_EQ(report["counts"].dump(), R"({"error":1,"fail":2,"inconclusive":2,"pass":9,"skipped":3,"waived":1})");
  EXPECT_EQ(report["machines"]["local"]["format"], "assay.facts/1");
  EXPECT_EQ(report["steps"].size(), 1U);
}

TEST(JsonReport, OfARecipeListsItsStepsAsTests) {
  const Json report = report_value(test::recipe_run());
  EXPECT_EQ(report["tests"].size(), 3U);
  EXPECT_TRUE(report["tests"][0]["class"].is_null());
  EXPECT_TRUE(report["programme"].is_null());
  EXPECT_EQ(report["tests"][1]["skip_kind"], "unfinished");
  EXPECT_EQ(report["problem"], "interrupted (SIGINT)");
  EXPECT_TRUE(report["finished"].is_null());
}

TEST(JsonReport, OfAnEmptyRunIsWhole) {
  const Json report = report_value(record::RunRecord{});
  EXPECT_EQ(report["format"], "assay.report/1");
  EXPECT_EQ(report["tests"], Json::array());
  EXPECT_EQ(report["coverage"]["areas"], Json::array());
}

TEST(JsonReport, NumbersThatAreNotFiniteAreNull) {
  record::RunRecord run = test::tiny_run();
  record::MetricRecord& metric = run.steps[0].metrics[0];
  metric.samples = {1, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()};
  metric.median = std::numeric_limits<double>::quiet_NaN();
  metric.limit_max = std::numeric_limits<double>::infinity();
  metric.interval_low.reset();
  const Json shown = report_value(run)["tests"][0]["metrics"][0];
  EXPECT_EQ(shown["samples"].dump(), "[1.0,null,null]");
  EXPECT_TRUE(shown["median"].is_null());
  EXPECT_TRUE(shown["interval"].is_null());
  EXPECT_TRUE(shown["limit"]["max"].is_null());
}

TEST(JsonReport, TextThatIsNoUtf8IsStillJson) {
  record::RunRecord run = test::tiny_run();
  run.steps[0].reason = "broken \xff \x01";
  EXPECT_TRUE(parse_json(json_report(run), "report.json").has_value());
}

TEST(JsonReport, PassesItsSchema) {
  if (std::system("python3 -c 'import jsonschema' >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "python3-jsonschema is not installed";
  const test::TempFolder folder;
  const std::string schema = std::string(ASSAY_SOURCE_DIR) + "/docs/schemas/report.schema.json";
  const auto check = folder.write("check.py",
                                  "import json, sys, jsonschema\n"
                                  "schema = json.load(open(sys.argv[1]))\n"
                                  "jsonschema.Draft202012Validator.check_schema(schema)\n"
                                  "jsonschema.Draft202012Validator(schema).validate(json.load(open(sys.argv[2])))\n");
  const auto passes = [&](const std::filesystem::path& report) {
    return std::system(
               ("python3 '" + check.string() + "' '" + schema + "' '" + report.string() + "' 2>/dev/null").c_str()) ==
           0;
  };
  int number = 0;
  for (const record::RunRecord& run :
       {test::sample_run(), test::passing_run(), test::recipe_run(), test::tiny_run(), test::durable_run(),
        test::waiting_run(), test::wide_run(3000, 8), record::RunRecord{}}) {
    EXPECT_TRUE(passes(folder.write(std::to_string(++number) + ".json", json_report(run)))) << run.title;
  }
  Json broken = report_value(test::tiny_run());
  broken["tests"][0].erase("blocker");
  EXPECT_FALSE(passes(folder.write("broken.json", to_json_text(broken))));
}

}  // namespace
}  // namespace assay::reports
