// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>

#include "engine/base/sha256.h"
#include "engine/record/run_reader.h"
#include "engine/record/run_writer.h"
#include "engine/record/store.h"
#include "support/fake_clock.h"
#include "support/temp_folder.h"

namespace assay::record {
namespace {

class RecordTest : public testing::Test {
 protected:
  RunWriter writer() {
    auto made = RunWriter::create(
        folder_.path(), "20260131T083000Z-abcdef",
        {{"assay", "0.1.0"}, {"source", {{"kind", "Recipe"}, {"name", "r"}, {"version", "1"}}}}, clock_);
    if (!made) throw std::runtime_error(made.error().message);
    return std::move(*made);
  }
  [[nodiscard]] std::filesystem::path run_folder() const { return folder_ / "runs/20260131T083000Z-abcdef"; }
  [[nodiscard]] std::filesystem::path journal() const { return run_folder() / "journal.jsonl"; }

  // A finished run of two steps, one with everything a test can have.
  StepRecord write_run() {
    RunWriter run = writer();
    StepRecord plain{.id = "a", .name = "a", .action = "run", .target = "local", .outputs = Json::object()};
    StepRecord test{.id = "b",
                    .name = "Speed",
                    .action = "run",
                    .test_class = "performance",
                    .hardware = "cpu",
                    .target = "local",
                    .blocker = false,
                    .outputs = Json::object(),
                    .extra = StepExtra{.name_zh = "速度", .proves = "it is fast"}};
    EXPECT_TRUE(run.planned({plain, test}));
    EXPECT_TRUE(
        run.facts("local", *store_bytes(run.folder(), R"({"format":"assay.facts/1","facts":{}})", "facts.json")));
    EXPECT_TRUE(run.preconditions(
        {{.name = "governor", .observed = "powersave", .wanted = "performance", .good = false, .note = "slow"}}));
    EXPECT_TRUE(run.tools({{.name = "sysbench", .path = "/usr/bin/sysbench", .version = "1.0", .sha256 = "00"}}));
    EXPECT_TRUE(run.started("a", {.attempt = 1, .command = {"echo", "hi"}}));
    const auto small = store_bytes(run.folder(), "hi\n", "stdout");
    EXPECT_TRUE(run.output("a", 1, *small));
    plain.status = Status::kFinished;
    plain.verdict = Verdict::kPass;
    plain.attempts = 1;
    plain.exit_code = 0;
    plain.evidence = {small->ref};
    EXPECT_TRUE(run.finished(plain));
    EXPECT_TRUE(run.started("b", {.attempt = 1, .command = {"sysbench"}}));
    EXPECT_TRUE(run.sample("b", {.values = {{"events", {12.5}}}, .cpu_share = 0.99}));
    test.status = Status::kFinished;
    test.verdict = Verdict::kFail;
    test.reason = "too slow";
    test.started = clock_.wall();
    test.finished = clock_.wall();
    test.duration_s = 1.5;
    test.attempts = 1;
    test.metrics = {{.name = "events",
                     .unit = "{event}/s",
                     .better = "higher",
                     .help = "h",
                     .samples = {12.5, std::nan("")},
                     .cpu_share = {0.99, 0.5},
                     .used = {true, false},
                     .median = 12.5,
                     .interval_low = 12,
                     .interval_high = 13,
                     .confidence = 0.97,
                     .limit_min = 20,
                     .limit_max = {},
                     .limit_source = "ours",
                     .verdict = Verdict::kFail,
                     .reason = "below"}};
    test.criteria = {{"outputs.x > 1", false, "outputs.x = 0"}};
    test.extra.edit().counters = {{"edac.mc0.ce", 2}};
    test.outputs = {{"x", 0}};
    EXPECT_TRUE(run.finished(test));
    EXPECT_TRUE(run.sealed(Verdict::kFail, 1, ""));
    return test;
  }

  test::TempFolder folder_;
  test::FakeClock clock_;
};

TEST_F(RecordTest, WhatIsWrittenIsReadBack) {
  const StepRecord wrote = write_run();
  const auto run = read_run(run_folder());
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_TRUE(run->damage.empty()) << run->damage.front();
  EXPECT_EQ(run->id, "20260131T083000Z-abcdef");
  EXPECT_EQ(run->status, Status::kFinished);
  EXPECT_EQ(run->verdict, Verdict::kFail);
  EXPECT_EQ(run->exit_code, 1);
  EXPECT_EQ(run->machines.at("local")["format"], "assay.facts/1");
  EXPECT_EQ(run->preconditions.at(0).note, "slow");
  EXPECT_EQ(run->tools.at(0).path, "/usr/bin/sysbench");
  ASSERT_EQ(run->steps.size(), 2U);
  EXPECT_THAT(run->steps[0].command, testing::ElementsAre("echo", "hi"));
  const StepRecord& test = run->steps[1];
  EXPECT_EQ(test.extra->name_zh, wrote.extra->name_zh);
  EXPECT_FALSE(test.blocker);
  EXPECT_EQ(test.reason, "too slow");
  EXPECT_EQ(test.started, wrote.started);
  EXPECT_EQ(test.extra->counters, wrote.extra->counters);
  EXPECT_EQ(test.criteria.at(0).observed, "outputs.x = 0");
  EXPECT_EQ(test.outputs, wrote.outputs);
  const MetricRecord& metric = test.metrics.at(0);
  EXPECT_EQ(metric.samples.at(0), 12.5);
  EXPECT_TRUE(std::isnan(metric.samples.at(1)));
  EXPECT_THAT(metric.used, testing::ElementsAre(true, false));
  EXPECT_EQ(metric.limit_min, 20);
  EXPECT_FALSE(metric.limit_max);
  EXPECT_EQ(metric.verdict, Verdict::kFail);
  EXPECT_EQ(read_evidence(*run, run->steps[0].evidence.at(0)), "hi\n");
}

TEST_F(RecordTest, LinesNameBothDigestsOfPackedBytes) {
  RunWriter run = writer();
  std::string document = R"({"format":"assay.facts/1","facts":{"x":")" + std::string(5000, 'y') + "\"}}";
  const auto facts = store_bytes(run.folder(), document, "facts.json");
  ASSERT_TRUE(facts);
  ASSERT_TRUE(run.facts("local", *facts));
  ASSERT_TRUE(run.close());
  const std::string line = test::slurp(journal());
  EXPECT_THAT(
      line, testing::HasSubstr("\"sha256\":\"" + facts->ref.sha256 + "\",\"size\":" + std::to_string(document.size()) +
                               ",\"encoding\":\"zstd\",\"raw_sha256\":\"" + sha256_hex(document) + "\""));
  const auto read = read_run(run_folder());
  ASSERT_TRUE(read);
  EXPECT_THAT(read->damage, testing::IsEmpty());
  EXPECT_EQ(to_json_line(read->machines.at("local")), document);
}

TEST_F(RecordTest, TheChainCoversEveryLine) {
  write_run();
  std::string prev = sha256_hex(test::slurp(run_folder() / "run.json"));
  std::istringstream lines(test::slurp(journal()));
  int seq = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto json = parse_json(line, "line");
    ASSERT_TRUE(json);
    EXPECT_EQ((*json)["seq"], ++seq);
    EXPECT_EQ((*json)["prev"], prev);
    prev = sha256_hex(line + "\n");
  }
  EXPECT_GT(seq, 8);
}

TEST_F(RecordTest, EveryChangedByteOfTheJournalIsFound) {
  write_run();
  const std::string good = test::slurp(journal());
  const std::size_t last_line = good.rfind('\n', good.size() - 2) + 1;
  for (std::size_t at = 0; at < last_line; at += 7) {  // the last line's own bytes are covered by a signature, later
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    folder_.write("runs/20260131T083000Z-abcdef/journal.jsonl", bad);
    const auto run = read_run(run_folder());
    ASSERT_TRUE(run);
    EXPECT_FALSE(run->damage.empty()) << "byte " << at << " of the journal";
  }
}

TEST_F(RecordTest, ATornLastLineIsNamedAndTheRestIsRead) {
  write_run();
  const std::string good = test::slurp(journal());
  const std::size_t last_line = good.rfind('\n', good.size() - 2) + 1;
  for (std::size_t cut = last_line + 1; cut < good.size(); ++cut) {
    folder_.write("runs/20260131T083000Z-abcdef/journal.jsonl", good.substr(0, cut));
    const auto run = read_run(run_folder());
    ASSERT_TRUE(run);
    EXPECT_EQ(run->steps.at(1).verdict, Verdict::kFail);
    EXPECT_EQ(run->status, Status::kRunning) << "a torn seal is no seal";
    EXPECT_EQ(run->damage.size(), 1U);
  }
}

TEST_F(RecordTest, ARunOfALaterFormatIsRefusedInWords) {
  folder_.write("runs/x/run.json", R"({"format":"assay.run/9"})");
  const auto run = read_run(folder_ / "runs/x");
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, testing::HasSubstr("has the format 'assay.run/9'"));
  EXPECT_EQ(run.error().help, "a newer assay wrote it: use that one to read it");
}

TEST_F(RecordTest, ALineOfWrongTypesHarmsNothing) {
  RunWriter run = writer();
  const std::string& head = run.head();
  const std::string line = R"({"seq":"x","prev":")" + head +
                           R"(","type":"finished","step":7,"metrics":{},"evidence":[1],"counters":[]})"
                           "\n";
  folder_.write("runs/20260131T083000Z-abcdef/journal.jsonl", line);
  const auto read = read_run(run_folder());
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->steps.empty());
}

TEST_F(RecordTest, LargeOutputGoesToAFileByDigest) {
  EvidenceWriter stream(folder_.path());
  const std::string part(3000, 'x');
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(stream.append(part));
  const auto stored = stream.finish("stdout");
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_FALSE(stored->is_inline);
  EXPECT_EQ(stored->ref.size, 15000U);
  const auto file = evidence_path(folder_.path(), stored->ref.sha256);
  EXPECT_EQ(sha256_hex(test::slurp(file)), stored->ref.sha256);
  EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0444));
}

TEST_F(RecordTest, SmallBytesThatAreNoTextGoToAFileToo) {
  const auto stored = store_bytes(folder_.path(), "\xFF\xFE", "stdout");
  ASSERT_TRUE(stored);
  EXPECT_FALSE(stored->is_inline);
  EXPECT_EQ(test::slurp(evidence_path(folder_.path(), stored->ref.sha256)), "\xFF\xFE");
}

TEST_F(RecordTest, AnUnfinishedStreamLeavesNothing) {
  {
    EvidenceWriter stream(folder_.path());
    ASSERT_TRUE(stream.append(std::string(10000, 'x')));
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path()))
    EXPECT_TRUE(entry.is_directory()) << entry.path();
}

TEST_F(RecordTest, ArtifactsThatAreLinksAreNotFollowed) {
  folder_.write("secret", "x");
  std::filesystem::create_symlink(folder_ / "secret", folder_ / "link");
  EXPECT_FALSE(store_file(folder_.path(), folder_ / "link", "artifacts/link"));
}

TEST_F(RecordTest, AJournalThatCannotBeWrittenStaysBroken) {
  RunWriter run = writer();
  struct rlimit old {};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = old;
  small.rlim_cur = 200;
  ::setrlimit(RLIMIT_FSIZE, &small);
  ASSERT_TRUE(run.planned({StepRecord{.id = std::string(300, 'x'), .outputs = Json::object()}})) << "it waits";
  Result<void> first;
  run.commits().when_on_disk(GroupCommit::Urgency::kNow, [&](const Result<void>& written) { first = written; });
  ::setrlimit(RLIMIT_FSIZE, &old);
  ::signal(SIGXFSZ, handler);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, Code::kJournal);
  const auto second = run.sealed(Verdict::kPass, 0, "");
  ASSERT_FALSE(second) << "nothing may follow a torn line";
  EXPECT_EQ(second.error().code, Code::kJournal);
}

TEST_F(RecordTest, ChangedEvidenceIsFound) {
  write_run();
  const auto run = read_run(run_folder());
  auto ref = run->steps[0].evidence.at(0);
  ref.sha256[0] = ref.sha256[0] == 'a' ? 'b' : 'a';
  EXPECT_FALSE(read_evidence(*run, ref));
}

TEST(Store, FindsRunsByIdBeginningAndLast) {
  const test::TempFolder folder;
  for (const char* id : {"20260101T000000Z-aaaaaa", "20260102T000000Z-bbbbbb", "20260102T000000Z-cccccc"})
    folder.write(std::string("runs/") + id + "/run.json", "{}");
  EXPECT_EQ(find_run(folder.path(), "last")->filename(), "20260102T000000Z-cccccc");
  EXPECT_EQ(find_run(folder.path(), "20260101")->filename(), "20260101T000000Z-aaaaaa");
  const auto ambiguous = find_run(folder.path(), "20260102");
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().message, "'20260102' is the beginning of 2 runs");
  EXPECT_FALSE(find_run(folder.path(), "nope"));
  EXPECT_FALSE(find_run(folder / "none", "last"));
}

TEST(Store, RunIdsSortByTime) {
  EXPECT_EQ(make_run_id(WallTime(std::chrono::seconds(0)), 0x12345678), "19700101T000000Z-345678");
}

TEST_F(RecordTest, WhatAKilledWriterHadNotStoredWholeGoesWithTheNextOne) {
  const auto evidence = run_folder() / "evidence/sha256";
  const auto left = evidence / ".incoming-a1b2c3";
  std::string kept;
  {
    RunWriter first = writer();
    const auto stored = first.store_bytes(std::string(10'000, 'x'), "stdout");
    ASSERT_TRUE(stored);
    kept = evidence_path(run_folder(), stored->ref.sha256);
    ASSERT_TRUE(first.output("s", 1, *stored));
    ASSERT_TRUE(first.stopped("interrupt", Verdict::kInconclusive, 130));
    folder_.write("runs/20260131T083000Z-abcdef/evidence/sha256/.incoming-a1b2c3", std::string(5000, 'y'));
    const auto record = read_run(run_folder());
    ASSERT_TRUE(record);
    EXPECT_FALSE(RunWriter::reopen(*record, clock_)) << "somebody is at work";
    EXPECT_TRUE(std::filesystem::exists(left)) << "and it may be theirs";
    ASSERT_TRUE(first.close());
  }
  const auto record = read_run(run_folder());
  ASSERT_TRUE(record);
  ASSERT_TRUE(RunWriter::reopen(*record, clock_));
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_TRUE(std::filesystem::exists(kept));
}

}  // namespace
}  // namespace assay::record
