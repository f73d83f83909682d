// SPDX-License-Identifier: Apache-2.0
#include "engine/record/store.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <optional>
#include <sstream>

#include "engine/record/run_writer.h"
#include "support/cases.h"
#include "support/fake_clock.h"
#include "support/temp_folder.h"

namespace assay::record {
namespace {

// A variable of our own environment for the length of a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { set(old_ ? old_->c_str() : nullptr); }

 private:
  void set(const char* value) const {
    if (value != nullptr) {
      ::setenv(name_, value, 1);
    } else {
      ::unsetenv(name_);
    }
  }
  const char* name_;
  std::optional<std::string> old_;
};

struct DefaultCase {
  const char* name;
  const char* data;  // XDG_DATA_HOME
  const char* home;
  const char* store;
};
class DefaultStore : public testing::TestWithParam<DefaultCase> {};
TEST_P(DefaultStore, FollowsTheEnvironment) {
  const Variable data("XDG_DATA_HOME", GetParam().data);
  const Variable home("HOME", GetParam().home);
  const auto store = default_store();
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ(store->string(), GetParam().store);
}
const DefaultCase kDefaults[] = {
    {"data_home", "/data", "/home/x", "/data/assay"},
    {"home", nullptr, "/home/x", "/home/x/.local/share/assay"},
    {"empty_data_home", "", "/home/x", "/home/x/.local/share/assay"},
    {"relative_data_home_is_ignored", "data", "/home/x", "/home/x/.local/share/assay"},
};
INSTANTIATE_TEST_SUITE_P(Store, DefaultStore, testing::ValuesIn(kDefaults), test::case_name);

TEST(Store, WithoutAHomeTheUserDatabaseIsAsked) {
  const Variable data("XDG_DATA_HOME", nullptr);
  const Variable home("HOME", "relative");
  const auto store = default_store();
  if (!store) {
    EXPECT_EQ(store.error().help, "choose a folder: --store DIR");
    return;
  }
  EXPECT_TRUE(store->is_absolute());
  EXPECT_THAT(store->string(), testing::EndsWith("/.local/share/assay"));
}

struct FindCase {
  const char* name;
  const char* asked;
  const char* found;  // the folder's name, or "error: …" with the store as STORE
  const char* help;
};
class FindRun : public testing::TestWithParam<FindCase> {};
TEST_P(FindRun, ByWhatAPersonTypes) {
  const test::TempFolder folder;
  for (const char* id : {"20260101T000000Z-aaaaaa", "20260102T000000Z-bbbbbb", "20260102T000000Z-cccccc"})
    folder.write(std::string("runs/") + id + "/run.json", "{}");
  std::filesystem::create_directories(folder / "runs/20260103T000000Z-dddddd");  // cut off before its run.json
  folder.write("runs/note.txt", "x");
  const auto found = find_run(folder.path(), GetParam().asked);
  std::string text = found ? found->filename().string() : "error: " + found.error().message;
  if (const auto at = text.find(folder.path().string()); at != std::string::npos)
    text.replace(at, folder.path().string().size(), "STORE");
  EXPECT_EQ(text, GetParam().found);
  EXPECT_EQ(found ? "" : found.error().help, GetParam().help);
}
const FindCase kFinds[] = {
    {"whole_id", "20260102T000000Z-bbbbbb", "20260102T000000Z-bbbbbb", ""},
    {"beginning", "20260101", "20260101T000000Z-aaaaaa", ""},
    {"last_is_the_newest_whole_one", "last", "20260102T000000Z-cccccc", ""},
    {"ambiguous", "20260102T", "error: '20260102T' is the beginning of 2 runs",
     "give more of it: 20260102T000000Z-bbbbbb, 20260102T000000Z-cccccc"},
    {"unknown", "2027", "error: the store 'STORE' has no run '2027'", ""},
    {"slip", "20260101T000000Z-aaaaab", "error: the store 'STORE' has no run '20260101T000000Z-aaaaab'",
     "did you mean '20260101T000000Z-aaaaaa'?"},
    {"empty", "", "error: the store 'STORE' has no run ''", ""},
    {"run_without_run_json", "20260103", "error: the store 'STORE' has no run '20260103'", ""},
    {"path_out_of_the_store", "../runs", "error: the store 'STORE' has no run '../runs'", ""},
};
INSTANTIATE_TEST_SUITE_P(Store, FindRun, testing::ValuesIn(kFinds), test::case_name);

TEST(Store, ARunMayBeNamedByItsFolder) {
  const test::TempFolder folder;
  folder.write("elsewhere/run.json", "{}");
  EXPECT_EQ(find_run(folder / "none", (folder / "elsewhere").string())->string(), (folder / "elsewhere").string());
}

TEST(Store, AnEmptyStoreSaysSo) {
  const test::TempFolder folder;
  EXPECT_THAT(list_runs(folder / "none"), testing::IsEmpty());
  const auto found = find_run(folder.path(), "last");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::kNoSuchRun);
  EXPECT_EQ(found.error().help, "it holds no runs yet; --store chooses another one");
}

TEST(ListRuns, OrdersThoseOfTheSameSecondByTheirStart) {
  const test::TempFolder folder;
  const auto now = std::filesystem::file_time_type::clock::now();
  int age = 0;
  for (const char* id :
       {"20260131T083001Z-000000", "20260131T083000Z-000000", "20260131T083000Z-ffffff", "20260131T083000Z-555555"}) {
    const auto file = folder.write(std::string("runs/") + id + "/run.json", "{}");
    std::filesystem::last_write_time(file, now - std::chrono::milliseconds(age++));
  }
  EXPECT_THAT(list_runs(folder.path()), testing::ElementsAre("20260131T083000Z-555555", "20260131T083000Z-ffffff",
                                                             "20260131T083000Z-000000", "20260131T083001Z-000000"));
}

TEST(Store, RunIdsHoldTheTimeAndSixDigits) {
  EXPECT_EQ(make_run_id(WallTime(std::chrono::seconds(1'769'848'200)), 0), "20260131T083000Z-000000");
  EXPECT_EQ(make_run_id(WallTime(std::chrono::seconds(1'769'848'200)), 0xFFABCDEF), "20260131T083000Z-abcdef");
}

TEST(RunWriter, MakesTheFolderAndAHeaderThatStaysAsItIs) {
  const test::TempFolder folder;
  const test::FakeClock clock;
  const auto writer = RunWriter::create(folder.path(), "id", {{"assay", "0.1.0"}, {"params", {{"n", 1}}}}, clock);
  ASSERT_TRUE(writer) << writer.error().message;
  EXPECT_EQ(writer->folder(), folder / "runs/id");
  EXPECT_EQ(test::slurp(folder / "runs/id/run.json"),
            "{\n  \"format\": \"assay.run/1\",\n  \"id\": \"id\",\n  \"created\": \"2026-01-31T08:30:00.000000Z\",\n"
            "  \"assay\": \"0.1.0\",\n  \"params\": {\n    \"n\": 1\n  }\n}\n");
  EXPECT_EQ(std::filesystem::status(folder / "runs/id/run.json").permissions(), std::filesystem::perms(0444));
  EXPECT_EQ(test::slurp(folder / "runs/id/journal.jsonl"), "");
}

TEST(RunWriter, NeverWritesIntoARunThatIsThere) {
  const test::TempFolder folder;
  const test::FakeClock clock;
  ASSERT_TRUE(RunWriter::create(folder.path(), "id", {{"n", 1}}, clock));
  const auto again = RunWriter::create(folder.path(), "id", {{"n", 1}}, clock);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, testing::HasSubstr("journal.jsonl': File exists"));
}

TEST(RunWriter, AStoreThatIsAFileIsNamed) {
  const test::TempFolder folder;
  const test::FakeClock clock;
  const auto writer = RunWriter::create(folder.write("store", "x"), "id", Json::object(), clock);
  ASSERT_FALSE(writer);
  EXPECT_THAT(writer.error().message, testing::HasSubstr((folder / "store").string()));
}

TEST(RunWriter, SamplesThatAreNoNumbersStand) {
  const test::TempFolder folder;
  const test::FakeClock clock;
  auto writer = RunWriter::create(folder.path(), "id", Json::object(), clock);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(
      writer->sample("s", {.number = 1, .values = {{"m", {HUGE_VAL, -HUGE_VAL}}}, .cpu_share = 0.5, .used = false}));
  ASSERT_TRUE(writer->sample("s", {.number = 2, .values = {{"m", {std::nan("")}}, {"n", {0.1}}}}));
  ASSERT_TRUE(writer->close());
  std::vector<std::string> seen;
  std::istringstream text(test::slurp(folder / "runs/id/journal.jsonl"));
  for (std::string line; std::getline(text, line);) seen.push_back(line.substr(line.find("\"type\"")));
  EXPECT_THAT(
      seen,
      testing::ElementsAre(
          R"("type":"sample","step":"s","number":1,"values":{"m":["Infinity","-Infinity"]},"cpu_share":0.5,"used":false})",
          R"("type":"sample","step":"s","number":2,"values":{"m":["NaN"],"n":[0.1]}})"));
}

}  // namespace
}  // namespace assay::record
