// SPDX-License-Identifier: Apache-2.0
// Secrets leave the record, and it stays readable whatever they are.
#include "engine/record/redacted.h"

#include <gmock/gmock.h>

#include "engine/base/sha256.h"
#include "engine/record/run_reader.h"
#include "engine/record/run_writer.h"
#include "support/fake_clock.h"
#include "support/temp_folder.h"

namespace assay::record {
namespace {

secret::Redactor redactor(const std::vector<std::string>& values) { return secret::Redactor::create(values).value(); }

std::string redacted(const char* line, const std::vector<std::string>& secrets) {
  Json json = Json::parse(line);
  redact_line(json, redactor(secrets));
  return to_json_line(json);
}

TEST(Redacted, TakesSecretsOutOfWhatPeopleAndProgramsWrite) {
  EXPECT_EQ(
      redacted(R"({"type":"finished","step":"a","reason":"hunter2hunter2!","outputs":{"status":"hunter2hunter2"},)"
               R"("criteria":[{"expression":"x == 'hunter2hunter2'","holds":false}],"command":["hunter2hunter2"],)"
               R"("evidence":[{"name":"artifacts/hunter2hunter2","sha256":"00","size":14}]})",
               {"hunter2hunter2"}),
      R"({"type":"finished","step":"a","reason":"***!","outputs":{"status":"***"},)"
      R"("criteria":[{"expression":"x == '***'","holds":false}],"command":["***"],)"
      R"("evidence":[{"name":"artifacts/***","sha256":"00","size":14}]})");
}

TEST(Redacted, LeavesWhatHoldsTheRecordTogether) {
  const char* const line =
      R"({"seq":1,"time":"2026-01-31T08:30:00Z","prev":"finished","type":"finished","step":"finished","status":"finished",)"
      R"("metrics":[{"name":"finished","unit":"finished","verdict":"pass"}],"skip_kind":"finished"})";
  EXPECT_EQ(redacted(line, {"finished", "08", "pass"}), line);
}

TEST(Redacted, ARunWhoseSecretsAreItsOwnWordsIsReadBack) {
  const test::TempFolder folder;
  const test::FakeClock clock;
  auto writer = RunWriter::create(folder.path(), "20260131T083000Z-abcdef",
                                  {{"assay", "0.1.0"}, {"command", {"assay", "run", "finished"}}}, clock,
                                  redactor({"finished", "pass", "run"}))
                    .value();
  StepRecord step{.id = "pass", .name = "run", .action = "run", .outputs = Json::object()};
  ASSERT_TRUE(writer.planned({step}));
  ASSERT_TRUE(writer.started("pass", {.attempt = 1, .command = {"echo", "finished"}}));
  const auto stored = writer.store_bytes("it has finished\n", "stdout").value();
  EXPECT_EQ(stored.inline_bytes, "it has ***\n");
  EXPECT_EQ(stored.ref.sha256, sha256_hex("it has ***\n"));
  EXPECT_EQ(stored.ref.size, 11U);
  ASSERT_TRUE(writer.output("pass", 1, stored));
  step.status = Status::kFinished;
  step.verdict = Verdict::kPass;
  step.reason = "finished";
  step.attempts = 1;
  step.evidence = {stored.ref};
  ASSERT_TRUE(writer.finished(step));
  ASSERT_TRUE(writer.sealed(Verdict::kPass, 0, "finished"));
  const RunRecord run = read_run(writer.folder()).value();
  EXPECT_THAT(run.damage, testing::IsEmpty());
  EXPECT_EQ(run.verdict, Verdict::kPass);
  EXPECT_EQ(run.status, Status::kFinished);
  EXPECT_EQ(run.problem, "***");
  ASSERT_EQ(run.steps.size(), 1U);
  EXPECT_EQ(run.steps[0].id, "pass");
  EXPECT_EQ(run.steps[0].reason, "***");
  EXPECT_EQ(run.steps[0].command, (std::vector<std::string>{"echo", "***"}));
  EXPECT_EQ(read_evidence(run, run.steps[0].evidence[0]).value(), "it has ***\n");
  EXPECT_EQ(run.header["command"], Json({"assay", "***", "***"}));
}

TEST(Redacted, FilesAndStreamsAreMaskedOnTheirWay) {
  const test::TempFolder folder;
  const secret::Redactor hidden = redactor({"hunter2hunter2"});
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "line hunter2hunter2 " + std::to_string(i) + "\n";
  const auto file = folder.write("file", text);
  const auto stored = store_file(folder / "run", file, "artifacts/file", hidden).value();
  RunRecord run;
  run.folder = folder / "run";
  const std::string bytes = read_evidence(run, stored.ref).value();
  EXPECT_EQ(bytes, hidden.redact(text));
  EXPECT_EQ(bytes.find("hunter2"), std::string::npos);
  EXPECT_EQ(stored.ref.size, bytes.size());
  EvidenceWriter stream(folder / "run", hidden);
  for (const char c : text) ASSERT_TRUE(stream.append(std::string(1, c)));
  ASSERT_TRUE(stream.end());
  EXPECT_EQ(stream.size(), bytes.size());
  EXPECT_EQ(stream.finish("stdout")->ref.sha256, stored.ref.sha256);
}

TEST(Redacted, AStepIsMaskedBeforeItIsTold) {
  StepRecord step{.id = "hunter2hunter2", .name = "say hunter2hunter2", .outputs = Json{{"a", "hunter2hunter2"}}};
  step.reason = "no hunter2hunter2";
  step.command = {"echo", "hunter2hunter2"};
  step.criteria = {{"x", false, "x = hunter2hunter2"}};
  step.evidence = {{.name = "artifacts/hunter2hunter2"}};
  step.tries = {{.reason = "hunter2hunter2"}};
  redact_step(step, redactor({"hunter2hunter2"}));
  EXPECT_EQ(step.id, "hunter2hunter2");  // ids come from the recipe, where no secret can be
  EXPECT_EQ(step.name, "say ***");
  EXPECT_EQ(step.reason, "no ***");
  EXPECT_EQ(step.command[1], "***");
  EXPECT_EQ(step.criteria[0].observed, "x = ***");
  EXPECT_EQ(step.evidence[0].name, "artifacts/***");
  EXPECT_EQ(step.tries[0].reason, "***");
  EXPECT_EQ(step.outputs["a"], "***");
}

}  // namespace
}  // namespace assay::record
