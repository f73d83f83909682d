// SPDX-License-Identifier: Apache-2.0
#include "engine/record/retention.h"

#include <gmock/gmock.h>

#include "engine/record/index.h"
#include "engine/record/run_lock.h"
#include "engine/record/store.h"
#include "support/store_builder.h"
#include "support/temp_folder.h"

namespace assay::record {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RetentionTest : public testing::Test {
 protected:
  static std::string id_of(int day) { return "2026010" + std::to_string(day) + "T083000Z-abcdef"; }
  static WallTime day(int day) { return test::must(parse_rfc3339("2026-01-0" + std::to_string(day) + "T08:30:00Z")); }
  std::filesystem::path add(int d, test::BuiltRun what = {}) const {
    what.id = id_of(d);
    return test::build_run(store(), what, test::FakeClock(day(d)));
  }
  [[nodiscard]] std::filesystem::path store() const { return folder_.path(); }
  // "DAY" of what goes, "DAY: why" of what stays although it is old enough.
  static std::vector<std::string> told(const std::vector<Discarded>& list) {
    std::vector<std::string> out;
    for (const Discarded& one : list)
      out.push_back(one.name.substr(0, one.name.find("202601")) + one.name.substr(one.name.find("202601") + 7, 1) +
                    (one.why_not.empty() ? "" : ": " + one.why_not));
    return out;
  }
  [[nodiscard]] RetentionPlan planned(const Retention& rule) const { return plan_retention(store(), rule, day(9)); }
  test::TempFolder folder_;
};

TEST_F(RetentionTest, KeepsTheNewest) {
  for (int d = 1; d <= 5; ++d) add(d);
  EXPECT_THAT(told(planned({.keep = 3}).runs), ElementsAre("1", "2"));
  EXPECT_EQ(planned({.keep = 3}).kept, 3U);
  EXPECT_THAT(told(planned({.keep = 5}).runs), IsEmpty());
  EXPECT_THAT(told(planned({.keep = 0}).runs), ElementsAre("1", "2", "3", "4", "5"));
}

TEST_F(RetentionTest, GoesByAge) {
  for (int d = 1; d <= 5; ++d) add(d);
  EXPECT_THAT(told(planned({.older_than = std::chrono::hours(24 * 6)}).runs), ElementsAre("1", "2"));
  EXPECT_THAT(told(planned({.keep = 4, .older_than = std::chrono::hours(24 * 6)}).runs), ElementsAre("1"))
      << "both must say so";
}

TEST_F(RetentionTest, WithoutARuleNoRunGoes) {
  add(1);
  const RetentionPlan plan = planned({});
  EXPECT_THAT(plan.runs, IsEmpty());
  EXPECT_EQ(plan.kept, 1U);
}

TEST_F(RetentionTest, WhatIsNeededStays) {
  add(1);
  add(2, {.sealed = false});
  std::ofstream(add(3) / "certificate.jsonl") << "{}";
  std::ofstream(add(4) / "pin") << "";
  add(5, {.undo_of = id_of(1)});
  add(6, {.params = {{"baseline", id_of(5)}}});
  EXPECT_THAT(told(planned({.keep = 0}).runs),
              ElementsAre("1: the run " + id_of(5) + " names it", "2: it has not come to its end", "3: it is signed",
                          "4: it is pinned", "5: the run " + id_of(6) + " names it", "6"));
}

TEST_F(RetentionTest, ARunAndWhatTakesItBackStayOrGoTogether) {
  add(2);
  add(3, {.undo_of = id_of(2)});
  std::ofstream(add(4) / "pin") << "";
  add(5, {.undo_of = id_of(4)});
  add(6);
  add(7, {.undo_of = id_of(6)});
  const std::string six = "6: the run " + id_of(7) + " names it";
  EXPECT_THAT(told(planned({.keep = 1}).runs),
              ElementsAre("2", "3", "4: it is pinned", "5: it takes back the run " + id_of(4) + ", which stays", six))
      << "the undo of 6 is too new";
  add(8, {.sealed = false, .undo_of = id_of(2)});
  EXPECT_THAT(
      told(planned({.keep = 0}).runs),
      ElementsAre("2: the run " + id_of(8) + " names it", "3: it takes back the run " + id_of(2) + ", which stays",
                  "4: it is pinned", "5: it takes back the run " + id_of(4) + ", which stays", "6", "7",
                  "8: it has not come to its end"));
  const auto gone = carry_out_retention(store(), planned({.keep = 0}));
  ASSERT_TRUE(gone);
  EXPECT_THAT(list_runs(store()), ElementsAre(id_of(2), id_of(3), id_of(4), id_of(5), id_of(8)));
}

TEST_F(RetentionTest, WhatTakesARunBackStaysWithOneThatIsInUse) {
  add(1);
  add(2, {.undo_of = id_of(1)});
  const RetentionPlan plan = planned({.keep = 0});
  EXPECT_THAT(told(plan.runs), ElementsAre("1", "2"));
  const auto lock = RunLock::take(store(), id_of(1), SystemClock());
  ASSERT_TRUE(lock);
  const auto gone = carry_out_retention(store(), plan);
  ASSERT_TRUE(gone);
  EXPECT_THAT(told(gone->runs),
              ElementsAre("1: it is in use", "2: it takes back the run " + id_of(1) + ", which stays"));
}

TEST_F(RetentionTest, LooksWithoutTouching) {
  add(1, {.output = 6000});
  const RetentionPlan plan = planned({.keep = 0});
  EXPECT_GT(plan.bytes(), 1000U);
  EXPECT_THAT(list_runs(store()), ElementsAre(id_of(1)));
}

TEST_F(RetentionTest, RemovesWhatThePlanSays) {
  for (int d = 1; d <= 3; ++d) add(d, {.output = 6000});
  summarise_store(store());
  const auto done = carry_out_retention(store(), planned({.keep = 1}));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(told(done->runs), ElementsAre("1", "2"));
  EXPECT_GT(done->bytes(), 1000U);
  EXPECT_THAT(list_runs(store()), ElementsAre(id_of(3)));
  EXPECT_TRUE(std::filesystem::is_empty(store() / "tmp"));
  const StoreSummary summary = summarise_store(store());
  EXPECT_EQ(summary.runs.size(), 1U);
  EXPECT_EQ(summary.read, 0U) << "and the index follows";
}

TEST_F(RetentionTest, WhatCameToBeNeededSinceIsLeft) {
  for (int d = 1; d <= 3; ++d) add(d);
  RetentionPlan plan = planned({.keep = 0});
  ASSERT_THAT(told(plan.runs), ElementsAre("1", "2", "3"));
  std::ofstream(store() / "runs" / id_of(1) / "pin") << "";
  const auto held = test::must(RunLock::take(store(), id_of(2), SystemClock()));
  std::filesystem::remove_all(store() / "runs" / id_of(3));
  const auto done = carry_out_retention(store(), std::move(plan));
  ASSERT_TRUE(done);
  EXPECT_THAT(told(done->runs),
              ElementsAre("1: it is pinned", "2: it is in use", "3: it was removed by somebody else"));
  EXPECT_THAT(list_runs(store()), ElementsAre(id_of(1), id_of(2)));
  EXPECT_EQ(done->bytes(), 0U);
}

TEST_F(RetentionTest, LeftoversOfDeadControllersGo) {
  add(1, {.sealed = false});
  const std::string alive = id_of(2);
  for (const std::string& name : {id_of(1) + ".Ab3dEf", alive + ".x", id_of(3) + ".gone", std::string("notes")})
    folder_.write("tmp/" + name + "/step/file", "12345");
  folder_.write("locks/" + id_of(1) + ".reserve", std::string(100, 'x'));
  folder_.write("locks/" + alive + ".reserve", "");
  folder_.write("locks/baseline.lease", "");
  std::filesystem::permissions(store() / "tmp" / (id_of(1) + ".Ab3dEf") / "step", std::filesystem::perms::none);
  const auto held = test::must(RunLock::take(store(), alive, SystemClock()));
  const RetentionPlan plan = planned({});
  EXPECT_THAT(told(plan.leftovers), ElementsAre("locks/1", "tmp/1", "tmp/3"));
  EXPECT_GE(plan.bytes(), 110U);
  const auto done = carry_out_retention(store(), plan);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(std::filesystem::exists(store() / "tmp" / (id_of(1) + ".Ab3dEf")));
  EXPECT_TRUE(std::filesystem::exists(store() / "tmp" / (alive + ".x"))) << "somebody is at work there";
  EXPECT_TRUE(std::filesystem::exists(store() / "tmp/notes")) << "not of a run";
  EXPECT_FALSE(std::filesystem::exists(store() / "locks" / (id_of(1) + ".reserve")));
  EXPECT_TRUE(std::filesystem::exists(store() / "locks" / (alive + ".reserve")));
  EXPECT_TRUE(std::filesystem::exists(store() / "locks/baseline.lease"));
  EXPECT_THAT(list_runs(store()), ElementsAre(id_of(1)));
}

TEST_F(RetentionTest, ALeftoverThatIsALinkIsNotFollowed) {
  const test::TempFolder other;
  other.write("precious", "x");
  std::filesystem::create_directories(store() / "tmp");
  std::filesystem::create_directory_symlink(other.path(), store() / "tmp" / (id_of(1) + ".x"));
  ASSERT_TRUE(carry_out_retention(store(), planned({})));
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(store() / "tmp" / (id_of(1) + ".x"))));
  EXPECT_TRUE(std::filesystem::exists(other / "precious"));
}

TEST_F(RetentionTest, AStoreThatIsNotThereHasNothing) {
  const RetentionPlan plan = plan_retention(folder_ / "none", {.keep = 0}, day(9));
  EXPECT_THAT(plan.runs, IsEmpty());
  EXPECT_THAT(plan.leftovers, IsEmpty());
}

}  // namespace
}  // namespace assay::record
