// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/play.h"

#include <gmock/gmock.h>

#include "support/cases.h"

namespace assay::plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Steps of groups that do not wait for each other.
std::vector<PlayedGroup> loose(std::size_t steps) {
  std::vector<PlayedGroup> out(steps);
  for (std::size_t i = 0; i < steps; ++i) out[i].members = {i};
  return out;
}

TEST(Play, ALaterStepBeginsBesideOneThatWaitsForAPool) {
  const std::vector<HeldPool> heavy = {{.pool = "heavy", .amount = 1}};
  const std::vector<PlayedStep> steps = {{.group = 0, .takes_s = 4, .pools = &heavy},
                                         {.group = 1, .takes_s = 4, .pools = &heavy},
                                         {.group = 2, .takes_s = 3}};
  const Played played = play(steps, loose(3), {{"heavy", 1}}, 2);
  EXPECT_DOUBLE_EQ(played.end_s, 8);
  EXPECT_THAT(played.begun, ElementsAre(0, 2, 1));
  EXPECT_THAT(played.decisive, ElementsAre(0, 1));
}

TEST(Play, AStepHoldsAllItsPoolsAtOnce) {
  const std::vector<HeldPool> both = {{.pool = "a", .amount = 1}, {.pool = "b", .amount = 2}};
  const std::vector<HeldPool> one = {{.pool = "b", .amount = 1}};
  const std::vector<PlayedStep> steps = {{.group = 0, .takes_s = 5, .pools = &one},
                                         {.group = 1, .takes_s = 1, .pools = &both},
                                         {.group = 2, .takes_s = 2, .pools = &one}};
  const Played played = play(steps, loose(3), {{"a", 1}, {"b", 2}}, 0);
  EXPECT_THAT(played.begun, ElementsAre(0, 2, 1));
  EXPECT_DOUBLE_EQ(played.end_s, 6);
}

TEST(Play, RoomThatAWokenStepCannotUseIsForTheNext) {
  const std::vector<HeldPool> a = {{.pool = "a", .amount = 1}};
  const std::vector<HeldPool> b = {{.pool = "b", .amount = 1}};
  const std::vector<HeldPool> both = {{.pool = "a", .amount = 1}, {.pool = "b", .amount = 1}};
  const std::vector<PlayedStep> steps = {{.group = 0, .takes_s = 1, .pools = &a},
                                         {.group = 1, .takes_s = 9, .pools = &b},
                                         {.group = 2, .takes_s = 1, .pools = &both},
                                         {.group = 3, .takes_s = 1, .pools = &a}};
  const Played played = play(steps, loose(4), {{"a", 1}, {"b", 1}}, 0);
  EXPECT_THAT(played.begun, ElementsAre(0, 1, 3, 2));
  EXPECT_DOUBLE_EQ(played.end_s, 10);
}

TEST(Play, WhatIsSkippedOrEmptyTakesNothing) {
  const std::vector<PlayedStep> steps = {{.group = 0, .takes_s = 7, .no_place = true}, {.group = 2, .takes_s = 2}};
  std::vector<PlayedGroup> groups(3);
  groups[0] = {.members = {0}, .dependants = {1}};
  groups[1] = {.dependants = {2}, .needs = 1};  // without members
  groups[2] = {.members = {1}, .needs = 1};
  const Played played = play(steps, groups, {}, 1);
  EXPECT_DOUBLE_EQ(played.end_s, 2);
  EXPECT_THAT(played.decisive, ElementsAre(1));
}

TEST(Play, WhatRunsHoldsItsPools) {
  const std::vector<HeldPool> heavy = {{.pool = "heavy", .amount = 1}};
  const std::vector<PlayedStep> steps = {{.group = 0, .takes_s = 3, .running = true, .pools = &heavy},
                                         {.group = 1, .takes_s = 4, .pools = &heavy}};
  const Played played = play(steps, loose(2), {{"heavy", 1}}, 8);
  EXPECT_DOUBLE_EQ(played.end_s, 7);
  EXPECT_THAT(played.begun, ElementsAre(1));
}

TEST(Play, WhatWaitsForItselfNeverBegins) {
  std::vector<PlayedGroup> groups = loose(1);
  groups[0].dependants = {0};
  groups[0].needs = 1;
  EXPECT_THAT(play({{.group = 0, .takes_s = 1}}, groups, {}, 1).begun, IsEmpty());
}

TEST(Play, ManyRowsOfOnePoolAreNoSquare) {
  constexpr std::size_t kMany = 100'000;
  const std::vector<HeldPool> heavy = {{.pool = "heavy", .amount = 1}};
  const std::vector<PlayedStep> steps(kMany, {.group = 0, .takes_s = 1, .pools = &heavy});
  std::vector<PlayedGroup> groups(1);
  for (std::size_t i = 0; i < kMany; ++i) groups[0].members.push_back(i);
  EXPECT_DOUBLE_EQ(play(steps, groups, {{"heavy", 1}}, 8).end_s, kMany);
}

}  // namespace
}  // namespace assay::plan
