// SPDX-License-Identifier: Apache-2.0
#include "reports/otlp_report.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/sha256.h"
#include "support/sample_durable_run.h"
#include "support/sample_record.h"
#include "support/temp_folder.h"

namespace assay::reports {
namespace {

using record::RunRecord;

Json trace_of(const RunRecord& run) { return Json::parse(otlp_report(run)); }

std::map<std::string, Json> spans_of(const RunRecord& run) {
  std::map<std::string, Json> out;
  const Json trace = trace_of(run);
  for (const Json& span : trace["resourceSpans"][0]["scopeSpans"][0]["spans"]) out[span["name"]] = span;
  return out;
}

// "key=value" in their order.
std::vector<std::string> attributes(const Json& span) {
  std::vector<std::string> out;
  for (const Json& one : span["attributes"]) out.push_back(one["key"].get<std::string>() + "=" + one["value"].dump());
  return out;
}

TEST(OtlpReport, HoldsTheRunAsOneTrace) {
  RunRecord run = test::tiny_run();
  run.steps[0].started = *run.started + std::chrono::seconds(1);
  run.steps[0].finished = *run.started + std::chrono::milliseconds(2500);
  run.steps[0].command = {"/bin/true"};
  const std::string trace = sha256_hex(run.id).substr(0, 32);
  const std::string root = sha256_hex(run.id + "/").substr(0, 16);
  const std::string step = sha256_hex(run.id + "/speed").substr(0, 16);
  EXPECT_EQ(
      otlp_report(run),
      R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"assay"}},)"
      R"({"key":"service.version","value":{"stringValue":"0.1.0"}}]},"scopeSpans":[{"scope":{"name":"assay","version":"0.1.0"},"spans":[)"
      "\n{\"traceId\":\"" +
          trace + "\",\"spanId\":\"" + root +
          R"(","name":"RUN tiny","kind":1,"startTimeUnixNano":"1795249800250000000","endTimeUnixNano":"1795249890250000000","attributes":[)"
          R"({"key":"cicd.pipeline.name","value":{"stringValue":"tiny"}},)"
          R"({"key":"cicd.pipeline.run.id","value":{"stringValue":"20261121T083000Z-7f3a9c"}},)"
          R"({"key":"cicd.pipeline.result","value":{"stringValue":"success"}},)"
          R"({"key":"assay.verdict","value":{"stringValue":"pass"}},{"key":"assay.status","value":{"stringValue":"finished"}},)"
          R"({"key":"assay.recipe.version","value":{"stringValue":"1"}},{"key":"assay.programme","value":{"stringValue":"tiny"}},)"
          R"({"key":"process.exit.code","value":{"intValue":"0"}}],"status":{"code":1}},)"
          "\n{\"traceId\":\"" +
          trace + "\",\"spanId\":\"" + step + "\",\"parentSpanId\":\"" + root +
          R"(","name":"speed","kind":1,"startTimeUnixNano":"1795249801250000000","endTimeUnixNano":"1795249802750000000","attributes":[)"
          R"({"key":"cicd.pipeline.task.name","value":{"stringValue":"Speed"}},)"
          R"({"key":"cicd.pipeline.task.run.id","value":{"stringValue":"speed"}},)"
          R"({"key":"cicd.pipeline.task.type","value":{"stringValue":"test"}},)"
          R"({"key":"cicd.pipeline.task.run.result","value":{"stringValue":"success"}},)"
          R"({"key":"assay.step","value":{"stringValue":"speed"}},{"key":"assay.action","value":{"stringValue":"test"}},)"
          R"({"key":"assay.target","value":{"stringValue":"local"}},{"key":"assay.class","value":{"stringValue":"performance"}},)"
          R"({"key":"assay.hardware","value":{"stringValue":"cpu"}},{"key":"assay.verdict","value":{"stringValue":"pass"}},)"
          R"({"key":"assay.status","value":{"stringValue":"finished"}},{"key":"assay.blocker","value":{"boolValue":true}},)"
          R"({"key":"assay.attempts","value":{"intValue":"1"}},{"key":"process.exit.code","value":{"intValue":"0"}},)"
          R"({"key":"process.command_args","value":{"arrayValue":{"values":[{"stringValue":"/bin/true"}]}}}],"status":{"code":1}})"
          "\n]}]}]}\n");
}

TEST(OtlpReport, AContainerHoldsItsSteps) {
  const RunRecord run = test::durable_run();
  auto spans = spans_of(run);
  const Json outer = spans["install"];
  EXPECT_EQ(outer["parentSpanId"], span_id(run, ""));
  EXPECT_EQ(spans["install/disk@n1"]["parentSpanId"], outer["spanId"]);
  EXPECT_EQ(outer["startTimeUnixNano"], spans["install/disk@n1"]["startTimeUnixNano"]);
  EXPECT_EQ(outer["endTimeUnixNano"], spans["install/users@n1"]["endTimeUnixNano"]);
}

TEST(OtlpReport, NeedsAreLinks) {
  const RunRecord run = test::durable_run();
  auto spans = spans_of(run);
  EXPECT_FALSE(spans["fetch"].contains("links"));
  const Json links = spans["install/image@n2"]["links"];
  ASSERT_EQ(links.size(), 2U);  // both hosts had to be through
  EXPECT_EQ(links[0]["spanId"], span_id(run, "install/disk@n1"));
  EXPECT_EQ(links[1]["spanId"], span_id(run, "install/disk@n2"));
  EXPECT_EQ(links[0]["traceId"], trace_id(run));
}

TEST(OtlpReport, AttemptsAreSpansAndRetriesEvents) {
  const RunRecord run = test::durable_run();
  auto spans = spans_of(run);
  const Json events = spans["flash"]["events"];
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0]["name"], "assay.retry");
  EXPECT_EQ(events[0]["timeUnixNano"], spans["flash#2"]["startTimeUnixNano"]);
  EXPECT_EQ(events[0]["attributes"].dump(),
            R"([{"key":"assay.attempt","value":{"intValue":"2"}},{"key":"assay.reason","value":{"stringValue":)"
            R"("timed out after 60 s"}},{"key":"assay.failure","value":{"stringValue":"infrastructure"}}])");
  EXPECT_EQ(spans["flash#1"]["parentSpanId"], spans["flash"]["spanId"]);
  EXPECT_EQ(spans["flash#1"]["status"].dump(), R"({"message":"timed out after 60 s","code":2})");
  EXPECT_EQ(spans["flash#3"]["status"].dump(), R"({"code":1})");
  // Cut off: it lasted until the next one at most.
  EXPECT_EQ(spans["reboot#1"]["endTimeUnixNano"], spans["reboot#2"]["startTimeUnixNano"]);
  EXPECT_EQ(spans.count("fetch#1"), 0U);
}

TEST(OtlpReport, QuestionsAndResumptionsAreEvents) {
  auto spans = spans_of(test::durable_run());
  const Json asked = spans["approve"]["events"];
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0]["name"], "assay.asked");
  EXPECT_EQ(attributes(asked[1]),
            (std::vector<std::string>{R"(assay.answer={"stringValue":"yes"})", R"(user.name={"stringValue":"lin"})"}));
  EXPECT_EQ(spans["RUN rack"]["events"][0]["name"], "assay.resumed");
}

TEST(OtlpReport, WhatFailedIsAnError) {
  auto spans = spans_of(test::durable_run());
  EXPECT_EQ(spans["links"]["status"].dump(), R"({"message":"eth1 has no carrier","code":2})");
  const auto all = attributes(spans["links"]);
  EXPECT_EQ(all.back(), R"(error.type={"stringValue":"fail"})");
  EXPECT_NE(std::find(all.begin(), all.end(), R"(cicd.pipeline.task.run.result={"stringValue":"failure"})"), all.end());
}

TEST(OtlpReport, WhatNeverStartedHasNoSpan) {
  auto spans = spans_of(test::waiting_run());
  EXPECT_EQ(spans.count("soak"), 0U);
  EXPECT_EQ(spans.count("approve"), 1U);
  const auto root = attributes(spans["RUN rack"]);
  for (const std::string& one : root) EXPECT_EQ(one.find("cicd.pipeline.result"), std::string::npos) << one;
  EXPECT_EQ(trace_of(RunRecord{})["resourceSpans"][0]["scopeSpans"][0]["spans"].size(), 1U);
}

TEST(OtlpReport, LinksAreBounded) {
  RunRecord run = test::wide_run(500, 8);
  record::StepRecord last = run.steps.back();
  last.id = "last";
  last.needs = {"check"};
  run.steps.push_back(last);
  EXPECT_EQ(spans_of(run)["last"]["links"].size(), 128U);
}

// The shape that the specification of OTLP/JSON asks for, checked by other code than ours; by the published messages
// themselves where Python has them.
TEST(OtlpReport, IsWhatReadersOfOtlpExpect) {
  if (std::system("python3 -c 'import json' >/dev/null 2>&1") != 0) GTEST_SKIP() << "python3 is not installed";
  const test::TempFolder folder;
  const auto check = folder.write("check.py", R"py(
import json, re, sys
request = json.load(open(sys.argv[1], encoding="utf-8"))
allowed = {"traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes",
           "events", "links", "status"}
assert set(request) == {"resourceSpans"}
ids, parents = set(), set()
def values(attributes):
    keys = [one["key"] for one in attributes]
    assert len(keys) == len(set(keys)), keys
    for one in attributes:
        assert set(one) == {"key", "value"} and len(one["value"]) == 1, one
        kind, value = next(iter(one["value"].items()))
        assert kind in {"stringValue", "intValue", "boolValue", "arrayValue"}, kind
        if kind == "intValue": assert isinstance(value, str) and re.fullmatch(r"-?\d+", value)
        if kind == "arrayValue": assert all(set(item) == {"stringValue"} for item in value["values"])
for resource in request["resourceSpans"]:
    assert set(resource) == {"resource", "scopeSpans"}
    values(resource["resource"]["attributes"])
    for scope in resource["scopeSpans"]:
        assert set(scope) == {"scope", "spans"}
        for span in scope["spans"]:
            assert set(span) <= allowed, set(span) - allowed
            assert re.fullmatch("[0-9a-f]{32}", span["traceId"]) and re.fullmatch("[0-9a-f]{16}", span["spanId"])
            assert span["spanId"] not in ids
            ids.add(span["spanId"])
            if "parentSpanId" in span: parents.add(span["parentSpanId"])
            for key in ("startTimeUnixNano", "endTimeUnixNano"): assert re.fullmatch(r"\d+", span[key])
            assert int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
            assert span["kind"] == 1 and span["status"].get("code", 0) in (0, 1, 2)
            values(span["attributes"])
            for event in span.get("events", []):
                assert set(event) == {"timeUnixNano", "name", "attributes"}
                values(event["attributes"])
            for link in span.get("links", []):
                assert set(link) == {"traceId", "spanId"}
                parents.add(link["spanId"])
assert parents <= ids, parents - ids
try:
    from google.protobuf import json_format
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
except ImportError:
    sys.exit(0)
json_format.Parse(json.dumps(request), ExportTraceServiceRequest())
)py");
  int number = 0;
  for (const RunRecord& run : {test::sample_run(), test::durable_run(), test::waiting_run(), test::recipe_run(),
                               test::wide_run(1000, 4), RunRecord{}}) {
    const auto file = folder.write(std::to_string(++number) + ".json", otlp_report(run));
    EXPECT_EQ(std::system(("python3 '" + check.string() + "' '" + file.string() + "'").c_str()), 0) << run.title;
  }
}

}  // namespace
}  // namespace assay::reports
