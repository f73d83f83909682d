// SPDX-License-Identifier: Apache-2.0
#include "engine/record/index.h"

#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "engine/record/store.h"
#include "engine/system/sqlite.h"
#include "support/cases.h"
#include "support/store_builder.h"
#include "support/temp_folder.h"

namespace assay::record {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string id_of(int i) { return "20260131T08300" + std::to_string(i) + "Z-abcdef"; }

std::vector<std::string> ids(const StoreSummary& summary) {
  std::vector<std::string> out;
  for (const RunSummary& run : summary.runs) out.push_back(run.id);
  return out;
}

class IndexTest : public testing::Test {
 protected:
  IndexTest() {
    for (int i = 0; i < 3; ++i) test::build_run(store(), {.id = id_of(i), .name = "r" + std::to_string(i)});
  }
  [[nodiscard]] std::filesystem::path store() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path index() const { return store() / "index.db"; }
  // What the index holds, read by another connection.
  [[nodiscard]] std::vector<std::string> rows() const {
    auto database = test::must(system::SqliteDatabase::open(index(), system::SqliteDatabase::Access::kRead));
    auto select = test::must(database.prepare("SELECT id || ' ' || name FROM runs ORDER BY id"));
    std::vector<std::string> out;
    while (test::must(select.step())) out.push_back(select.text(0));
    return out;
  }
  test::TempFolder folder_;
};

TEST_F(IndexTest, TellsWhatTheRecordsTell) {
  test::build_run(store(), {.id = id_of(5),
                            .name = "memory-check",
                            .version = "2.1.0",
                            .host = "lab7",
                            .verdict = Verdict::kFail,
                            .undo_of = id_of(1)});
  for (int round = 0; round < 2; ++round) {  // from the record, then from the index
    const StoreSummary summary = summarise_store(store());
    EXPECT_EQ(summary.read, round == 0 ? 4U : 0U);
    ASSERT_EQ(summary.runs.size(), 4U);
    const RunSummary& run = summary.runs.back();
    EXPECT_EQ(run.id, id_of(5));
    EXPECT_EQ(run.name, "memory-check");
    EXPECT_EQ(run.kind, "Recipe");
    EXPECT_EQ(run.version, "2.1.0");
    EXPECT_EQ(run.status, Status::kFinished);
    EXPECT_EQ(run.verdict, Verdict::kFail);
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_EQ(run.started, "2026-01-31T08:30:00.000000Z");
    EXPECT_EQ(run.finished, "2026-01-31T08:30:00.000000Z");
    EXPECT_THAT(run.machines, ElementsAre("lab7"));
    EXPECT_EQ(run.facts_sha256.size(), 64U);
    EXPECT_EQ(run.steps, 2U);
    EXPECT_EQ(run.counts.at("pass"), 1);
    EXPECT_EQ(run.counts.at("fail"), 1);
    EXPECT_EQ(run.undo_of, id_of(1));
    EXPECT_EQ(run.damage, 0U);
    EXPECT_EQ(run.bytes, std::filesystem::file_size(store() / "runs" / run.id / "run.json") +
                             std::filesystem::file_size(store() / "runs" / run.id / "journal.jsonl"));
  }
}

TEST_F(IndexTest, ReadsOnlyJournalsThatChanged) {
  EXPECT_EQ(summarise_store(store()).read, 3U);
  EXPECT_EQ(summarise_store(store()).read, 0U);
  test::build_run(store(), {.id = id_of(4), .sealed = false});
  const StoreSummary one_more = summarise_store(store());
  EXPECT_EQ(one_more.read, 1U);
  EXPECT_EQ(one_more.runs.back().status, Status::kRunning);
  std::ofstream(store() / "runs" / id_of(4) / "journal.jsonl", std::ios::app) << "{\"torn";
  const StoreSummary grown = summarise_store(store());
  EXPECT_EQ(grown.read, 1U);
  EXPECT_EQ(grown.runs.back().damage, 1U);
  EXPECT_THAT(rows(), ElementsAre(id_of(0) + " r0", id_of(1) + " r1", id_of(2) + " r2", id_of(4) + " r"));
}

TEST_F(IndexTest, AJournalOfTheSameSizeAndAnotherTimeIsReadAgain) {
  summarise_store(store());
  const auto journal = store() / "runs" / id_of(0) / "journal.jsonl";
  std::filesystem::last_write_time(journal, std::filesystem::last_write_time(journal) + std::chrono::nanoseconds(1));
  EXPECT_EQ(summarise_store(store()).read, 1U);
}

TEST_F(IndexTest, ForgetsRunsThatAreGone) {
  summarise_store(store());
  std::filesystem::remove_all(store() / "runs" / id_of(1));
  EXPECT_THAT(ids(summarise_store(store())), ElementsAre(id_of(0), id_of(2)));
  EXPECT_THAT(rows(), ElementsAre(id_of(0) + " r0", id_of(2) + " r2"));
}

TEST_F(IndexTest, ARunThatCannotBeReadIsNamedAndTheOthersAreListed) {
  folder_.write("runs/" + id_of(1) + "/extra", "");
  std::filesystem::remove(store() / "runs" / id_of(1) / "journal.jsonl");
  const StoreSummary summary = summarise_store(store());
  EXPECT_THAT(ids(summary), ElementsAre(id_of(0), id_of(2)));
  ASSERT_EQ(summary.unreadable.size(), 1U);
  EXPECT_THAT(summary.unreadable[0].message, testing::HasSubstr("the run has no journal"));
}

TEST_F(IndexTest, AStoreWithoutRunsGetsNoIndex) {
  const test::TempFolder empty;
  EXPECT_THAT(summarise_store(empty / "none").runs, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(empty / "none"));
}

struct IndexDamageCase {
  const char* name;
  std::function<void(const std::filesystem::path& index)> damage;
  bool all_again;  // every journal has to be read, or only that of one row
};
class BrokenIndex : public IndexTest, public testing::WithParamInterface<IndexDamageCase> {};
TEST_P(BrokenIndex, IsMadeAgain) {
  summarise_store(store());
  GetParam().damage(index());
  const StoreSummary summary = summarise_store(store());
  EXPECT_THAT(ids(summary), ElementsAre(id_of(0), id_of(1), id_of(2)));
  EXPECT_EQ(summary.runs[1].name, "r1");
  EXPECT_EQ(summary.read, GetParam().all_again ? 3U : 1U);
  EXPECT_EQ(summarise_store(store()).read, 0U) << "and then it serves again";
}
void overwrite(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}
void carry_out_sql(const std::filesystem::path& file, const std::string& sql) {
  auto database = test::must(system::SqliteDatabase::open(file, system::SqliteDatabase::Access::kWrite));
  test::must(database.run(sql));
}
const IndexDamageCase kIndexDamages[] = {
    {"removed", [](const auto& index) { std::filesystem::remove(index); }, true},
    {"emptied", [](const auto& index) { overwrite(index, ""); }, true},
    {"no_database", [](const auto& index) { overwrite(index, std::string(9000, 'x')); }, true},
    {"cut_in_half",
     [](const auto& index) { std::filesystem::resize_file(index, std::filesystem::file_size(index) / 2); }, true},
    {"a_page_of_noise",
     [](const auto& index) {
       std::fstream file(index, std::ios::binary | std::ios::in | std::ios::out);
       file.seekp(4096);
       file << std::string(4096, '\xFF');
     },
     true},
    {"another_table", [](const auto& index) { carry_out_sql(index, "CREATE TABLE other (x)"); }, true},
    {"of_another_version",
     [](const auto& index) { carry_out_sql(index, "DROP TABLE runs; CREATE TABLE runs (id TEXT PRIMARY KEY)"); }, true},
    {"a_changed_name",
     [](const auto& index) { carry_out_sql(index, "UPDATE runs SET name = 'lie' WHERE name = 'r1'"); }, false},
    {"a_changed_verdict",
     [](const auto& index) { carry_out_sql(index, "UPDATE runs SET verdict = 'fail' WHERE name = 'r1'"); }, false},
    {"machines_that_are_no_list",
     [](const auto& index) { carry_out_sql(index, "UPDATE runs SET machines = '[[[' WHERE name = 'r1'"); }, false},
    {"a_row_removed", [](const auto& index) { carry_out_sql(index, "DELETE FROM runs WHERE name = 'r1'"); }, false},
};
INSTANTIATE_TEST_SUITE_P(Index, BrokenIndex, testing::ValuesIn(kIndexDamages), test::case_name);

TEST_F(IndexTest, EveryByteOfItMayBeWrong) {
  summarise_store(store());
  const std::string good = test::slurp(index());
  for (std::size_t at = 0; at < good.size(); at += good.size() / 97) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    overwrite(index(), bad);
    const StoreSummary summary = summarise_store(store());
    ASSERT_THAT(ids(summary), ElementsAre(id_of(0), id_of(1), id_of(2))) << "byte " << at;
    for (int i = 0; i < 3; ++i)
      ASSERT_EQ(summary.runs[static_cast<std::size_t>(i)].name, "r" + std::to_string(i)) << "byte " << at;
  }
}

TEST_F(IndexTest, AFolderInItsPlaceIsDoneWithout) {
  folder_.write("index.db/file", "");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(summarise_store(store()).read, 3U);
}

TEST_F(IndexTest, AStoreThatCannotBeWrittenIsListed) {
  if (::geteuid() == 0) {
    // Rights do not bind root; a child that is nobody is bound.
    const pid_t child = ::fork();
    if (child == 0) {
      if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(9);
      const StoreSummary summary = summarise_store(store());
      ::_exit(summary.runs.size() == 3 && summary.read == 3 ? 0 : 1);
    }
    ::chmod(store().c_str(), 0755);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_FALSE(std::filesystem::exists(index()));
    return;
  }
  ::chmod(store().c_str(), 0555);
  EXPECT_EQ(summarise_store(store()).runs.size(), 3U);
  ::chmod(store().c_str(), 0755);
  EXPECT_FALSE(std::filesystem::exists(index()));
}

TEST_F(IndexTest, WhileAnotherWritesItIsReadOrDoneWithout) {
  summarise_store(store());
  auto other = test::must(system::SqliteDatabase::open(index(), system::SqliteDatabase::Access::kWrite));
  test::must(other.run("BEGIN EXCLUSIVE; DELETE FROM runs"));
  EXPECT_EQ(summarise_store(store()).runs.size(), 3U) << "after waiting for two seconds";
  test::must(other.run("ROLLBACK"));
  EXPECT_EQ(summarise_store(store()).read, 0U) << "it was not taken for a broken one";
}

TEST_F(IndexTest, ManyProcessesAtOnceSeeEveryRun) {
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      bool good = true;
      for (int round = 0; round < 20; ++round) {
        if (i == 0 && round % 5 == 0) overwrite(index(), std::string(5000, 'x'));
        good = good && summarise_store(store()).runs.size() == 3;
      }
      ::_exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  summarise_store(store());
  EXPECT_EQ(summarise_store(store()).read, 0U);
}

struct FilterCase {
  const char* name;
  RunFilter filter;
  bool fits;
};
class Filters : public testing::TestWithParam<FilterCase> {};
TEST_P(Filters, ChooseRuns) {
  const RunSummary run{.id = id_of(0),
                       .name = "memory-check",
                       .status = Status::kFinished,
                       .verdict = Verdict::kFail,
                       .started = "2026-01-31T08:30:00.000000Z",
                       .machines = {"lab1", "lab2"}};
  EXPECT_EQ(matches(GetParam().filter, run, "finished"), GetParam().fits);
}
WallTime at(const char* text) { return test::must(parse_rfc3339(text)); }
const FilterCase kFilters[] = {
    {"nothing_asked", {}, true},
    {"name", {.name = "memory-check"}, true},
    {"name_pattern", {.name = "mem*"}, true},
    {"other_name", {.name = "mem"}, false},
    {"machine", {.machine = "lab2"}, true},
    {"other_machine", {.machine = "lab3"}, false},
    {"verdict", {.verdicts = {"pass", "fail"}}, true},
    {"other_verdict", {.verdicts = {"pass"}}, false},
    {"state", {.states = {"finished"}}, true},
    {"other_state", {.states = {"running", "waiting"}}, false},
    {"since_then", {.since = at("2026-01-31T08:30:00Z")}, true},
    {"since_later", {.since = at("2026-01-31T08:30:01Z")}, false},
    {"until_then", {.until = at("2026-01-31T08:30:00Z")}, false},
    {"until_later", {.until = at("2026-01-31T08:30:01Z")}, true},
    {"all_must_fit", {.name = "mem*", .verdicts = {"pass"}}, false},
};
INSTANTIATE_TEST_SUITE_P(RunFilter, Filters, testing::ValuesIn(kFilters), test::case_name);

TEST(RunFilterTest, WhatHasNotEndedHasNoVerdict) {
  const RunSummary run{.status = Status::kRunning, .verdict = Verdict::kInconclusive};
  EXPECT_FALSE(matches({.verdicts = {"inconclusive"}}, run, "running"));
}

TEST(RunState, FollowsTheRecordAndWhoIsAtWork) {
  EXPECT_EQ(state_of(Status::kFinished, false), "finished");
  EXPECT_EQ(state_of(Status::kRunning, true), "running");
  EXPECT_EQ(state_of(Status::kRunning, false), "interrupted");
  EXPECT_EQ(state_of(Status::kWaiting, false), "waiting");
  EXPECT_EQ(state_of(Status::kWaiting, true), "running") << "resumed, and not at the next line yet";
  EXPECT_EQ(state_of(Status::kCancelled, false), "stopped");
}

TEST(ParseMoment, TakesDaysTimesAndAges) {
  const WallTime now = at("2026-02-10T12:00:00Z");
  EXPECT_EQ(parse_moment("7d", now), at("2026-02-03T12:00:00Z"));
  EXPECT_EQ(parse_moment("1h30m", now), at("2026-02-10T10:30:00Z"));
  EXPECT_EQ(parse_moment("2026-01-31", now), at("2026-01-31T00:00:00Z"));
  EXPECT_EQ(parse_moment("2026-01-31T08:30:00Z", now), at("2026-01-31T08:30:00Z"));
  for (const char* wrong : {"", "yesterday", "2026-13-01", "7", "2026-01-31 08:30"}) {
    const auto moment = parse_moment(wrong, now);
    ASSERT_FALSE(moment) << wrong;
    EXPECT_EQ(moment.error().code, Code::kUsage);
    EXPECT_EQ(moment.error().message, "'" + std::string(wrong) + "' is no moment");
  }
}

}  // namespace
}  // namespace assay::record
