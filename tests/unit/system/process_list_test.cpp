// SPDX-License-Identifier: Apache-2.0
// What a controller that was killed has left without a mark: the list it keeps, and what is found by it.
#include "engine/system/process_list.h"

#include <gmock/gmock.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "engine/system/orphans.h"
#include "engine/system/spawn.h"
#include "support/temp_folder.h"

namespace assay::system {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Scripts that write pids into files, as leaders of groups, and no orphans of theirs below us.
class Left : public testing::Test {
 protected:
  void SetUp() override { ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0); }
  void TearDown() override {
    for (const pid_t leader : leaders_) {
      ::kill(-leader, SIGKILL);
      ::waitpid(leader, nullptr, 0);
    }
    become_subreaper();
  }
  KnownProcess start(const std::string& script) {
    const auto spawned =
        spawn({.argv = {"sh", "-c", script}, .env = {{"PATH", "/usr/bin:/bin"}}, .cwd = folder_.path()});
    if (!spawned) throw std::runtime_error(spawned.error().message);
    leaders_.push_back(spawned->pid);
    return know_process(spawned->pid).value();
  }
  pid_t written(const std::string& file) const {
    pid_t pid = 0;
    while (!(std::ifstream(folder_ / file) >> pid) || pid == 0) {
    }
    return pid;
  }
  static bool alive(pid_t pid) {
    const std::string status = test::slurp("/proc/" + std::to_string(pid) + "/status");
    return !status.empty() && status.find("State:\tZ") == std::string::npos;
  }
  test::TempFolder folder_;
  std::vector<pid_t> leaders_;
};

TEST_F(Left, TheListNamesThoseThatAreAtWork) {
  const KnownProcess a = start("exec sleep 1000");
  const KnownProcess b = start("exec sleep 1000");
  const auto file = folder_ / "list";
  {
    auto list = ProcessList::create(file);
    ASSERT_TRUE(list) << list.error().message;
    EXPECT_THAT(read_process_list(file), IsEmpty());
    list->began(a.pid);
    list->began(b.pid);
    const auto both = read_process_list(file);
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(both[0].pid, a.pid);
    EXPECT_EQ(both[0].start, a.start);
    EXPECT_EQ(both[1].pid, b.pid);
    const auto size = std::filesystem::file_size(file);
    for (int i = 0; i < 100; ++i) {
      list->ended(a.pid);
      EXPECT_EQ(read_process_list(file).size(), 1U);
      list->began(a.pid);
    }
    EXPECT_EQ(std::filesystem::file_size(file), size) << "places are used again";
    list->began(::getpid() + 4'000'000);  // no such process
    EXPECT_EQ(read_process_list(file).size(), 2U);
    ProcessList moved = std::move(*list);
    EXPECT_EQ(read_process_list(file).size(), 2U);
  }
  EXPECT_FALSE(std::filesystem::exists(file)) << "nothing is left behind";
}

TEST_F(Left, AListOfAnotherBootOrOfNonsenseNamesNobody) {
  const auto file = folder_ / "list";
  const std::string self = std::to_string(::getpid()) + " 1";
  EXPECT_THAT(read_process_list(file), IsEmpty());
  for (const std::string& text :
       {std::string(), self, std::string(63, 'x') + "\n" + self + "\n", std::string(63, ' ') + "\n" + self + "\n"}) {
    std::ofstream(file) << text;
    EXPECT_THAT(read_process_list(file), IsEmpty()) << text;
  }
  const auto list = ProcessList::create(file);
  ASSERT_TRUE(list);
  std::ofstream(file, std::ios::app) << "1 5\n0 7\n-3 4\nx y\n12\n1 2 3\n";
  EXPECT_THAT(read_process_list(file), IsEmpty()) << "init is no step either";
}

TEST_F(Left, AGroupIsFoundWithAllBelowIt) {
  const KnownProcess leader = start(
      "env -i sh -c 'echo $$ >child; sleep 1000; :' & setsid env -i sh -c 'echo $$ >other; sleep 1000; :' & wait");
  const pid_t child = written("child");
  const pid_t other = written("other");
  const auto left = find_left({leader});
  EXPECT_THAT(left, testing::IsSupersetOf({leader.pid, child, other}));
  EXPECT_THAT(find_left({{leader.pid, leader.start + 1}}), IsEmpty()) << "the number is another one's";
  EXPECT_THAT(find_left({{::getpgrp(), know_process(::getpgrp()) ? know_process(::getpgrp())->start : 0}}),
              testing::Not(testing::Contains(::getpid())))
      << "never we";
  const LeftBehind ended = end_left({leader}, std::chrono::seconds(30));
  EXPECT_GE(ended.ended, 3U);
  EXPECT_EQ(ended.refused, 0U);
  for (const pid_t pid : {leader.pid, child, other}) EXPECT_FALSE(alive(pid));
}

TEST_F(Left, WhereTheLeaderIsGoneItsOrphansAre) {
  const KnownProcess leader = start(
      "env -i sh -c 'echo $$ >child; trap \"\" TERM; while :; do sleep 1; done' & "
      "until [ -s child ]; do sleep 0.01; done");
  const pid_t child = written("child");
  ::waitpid(leader.pid, nullptr, 0);
  EXPECT_THAT(find_left({leader}), testing::Contains(child));
  EXPECT_GE(end_left({leader}, milliseconds(50)).ended, 1U) << "it is deaf to TERM";
  EXPECT_FALSE(alive(child));
}

// A job of a shell: a group of the same number, later, whose leader is gone.
TEST_F(Left, AGroupThatAShellOfTheSameSessionLeadsIsNot) {
  const auto spawned =
      spawn({.argv = {"bash", "-c", "set -m; true | sh -c 'echo $$ >member; sleep 1000; :' & jobs -p >job; wait"},
             .env = {{"PATH", "/usr/bin:/bin"}},
             .cwd = folder_.path()});
  ASSERT_TRUE(spawned) << spawned.error().message;
  leaders_.push_back(spawned->pid);
  const pid_t member = written("member");
  const pid_t group = ::getpgid(member);
  leaders_.push_back(group);
  ASSERT_NE(group, member);
  while (::kill(group, 0) == 0) std::this_thread::sleep_for(milliseconds(1));  // until the shell has taken its status
  EXPECT_THAT(find_left({{group, 0}}), IsEmpty());
  EXPECT_TRUE(alive(member));
}

}  // namespace
}  // namespace assay::system
