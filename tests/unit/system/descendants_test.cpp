// SPDX-License-Identifier: Apache-2.0
#include "engine/system/descendants.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <thread>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/system/file_lock.h"
#include "engine/system/orphans.h"
#include "engine/system/spawn.h"
#include "support/temp_folder.h"

namespace assay::system {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class Descendants : public testing::Test {
 protected:
  static void SetUpTestSuite() { become_subreaper(); }
  void TearDown() override {
    for (const pid_t pid : started_) ::kill(pid, SIGKILL);
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
  }

  // Starts the script and returns once it has printed that many pids: its own first. What a shell says of a child that
  // was ended has no reader: writing it would end the shell too.
  std::vector<pid_t> start(const std::string& script, std::size_t pids, const std::string& mark = "run/s#1") {
    auto process = spawn({.argv = {"sh", "-c", "exec 2>/dev/null; echo $$; " + script},
                          .env = {{"PATH", "/usr/bin:/bin"}, {std::string(kStepMark), mark}},
                          .cwd = {}});
    if (!process) throw std::runtime_error(process.error().message);
    std::string text;
    char c = 0;
    while (static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) < pids &&
           ::read(process->out.get(), &c, 1) == 1)
      text += c;
    std::vector<pid_t> out;
    for (const std::string_view line : lines(text)) out.push_back(std::stoi(std::string(line)));
    EXPECT_EQ(out.size(), pids) << text;
    started_.insert(started_.end(), out.begin(), out.end());
    return out;
  }
  // Waits until a child of ours is dead, without taking its status.
  static void wait_for_end(pid_t pid) {
    siginfo_t info{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  }

  std::vector<pid_t> started_;
};

TEST_F(Descendants, TheFirstThreadHasItsChildrenAndEveryOrphan) {
  const FirstThreadChildren children;
  EXPECT_THAT(*children.list(), IsEmpty());
  const auto own = start("exec sleep 60", 1);
  std::vector<pid_t> other;
  std::thread([&] {
    other = start("echo $(sh -c 'setsid sleep 60 >/dev/null & echo $!'); exec sleep 60", 2);
    EXPECT_THAT(*children.list(), UnorderedElementsAre(own[0], other[1])) << "the orphan, not the other thread's child";
  }).join();
}

TEST_F(Descendants, ChildrenOfOursAreListedAlsoDeadOnes) {
  EXPECT_THAT(*own_children(), IsEmpty());
  const auto first = start("exec sleep 60", 1);
  const auto second = start("exit 0", 1);
  wait_for_end(second[0]);
  EXPECT_THAT(*own_children(), UnorderedElementsAre(first[0], second[0]));
  reap({second[0]});
  EXPECT_THAT(*own_children(), ElementsAre(first[0]));
}

TEST_F(Descendants, OnlyTheDeadAreReaped) {
  const auto living = start("exec sleep 60", 1);
  reap(living);
  reap_all();
  EXPECT_THAT(*own_children(), ElementsAre(living[0]));
  ::kill(living[0], SIGKILL);
  wait_for_end(living[0]);
  reap_all();
  EXPECT_THAT(*own_children(), IsEmpty());
  reap_all();
}

TEST_F(Descendants, AreFoundByTheirParents) {
  const auto pids = start("sh -c 'sleep 60 & echo $!; wait' & wait", 2);
  const auto found = find_descendants(pids[0], "run/s#1", {});
  EXPECT_EQ(found.size(), 3U) << "the shell, the shell in it, and its child";
  EXPECT_THAT(found, Contains(pids[0]));
  EXPECT_THAT(found, Contains(pids[1]));
}

TEST_F(Descendants, AreFoundInOtherSessions) {
  const auto pids = start("setsid sh -c 'echo $$; exec sleep 60' & wait", 2);
  EXPECT_THAT(find_descendants(pids[0], "another mark", {}), UnorderedElementsAre(pids[0], pids[1]));
}

TEST_F(Descendants, OrphansAreFoundByTheirMark) {
  const auto pids = start("setsid sh -c 'echo $$; exec sleep 60' &", 2);
  wait_for_end(pids[0]);
  reap({pids[0]});
  EXPECT_THAT(*own_children(), ElementsAre(pids[1])) << "we are the subreaper";
  EXPECT_THAT(find_descendants(pids[0], "run/s#1", {}), ElementsAre(pids[1]));
  EXPECT_THAT(find_descendants(pids[0], "run/s#10", {}), IsEmpty()) << "the whole mark counts";
  EXPECT_THAT(find_descendants(pids[0], "run/s", {}), IsEmpty());
}

TEST_F(Descendants, OrphansWithoutAMarkAreClaimedWhenNoOtherStepRuns) {
  const auto other = start("exec sleep 60", 1, "run/other#1");
  const auto pids = start("env -i /usr/bin/setsid /bin/sh -c 'echo $$; exec /bin/sleep 60' &", 2);
  wait_for_end(pids[0]);
  reap({pids[0]});
  EXPECT_THAT(find_descendants(pids[0], "run/s#1", {}), ElementsAre(pids[1]));
  EXPECT_THAT(find_descendants(pids[0], "run/s#1", {other[0]}), IsEmpty()) << "it may be of that one, which goes on";
}

// What a daemon does that wants to be nobody's: a session of its own, no environment, no parent.
constexpr const char* kHidden = "env -i /usr/bin/setsid /bin/sh -c 'echo $$; exec /bin/sleep 60 ";

TEST_F(Descendants, AHiddenOrphanIsOfTheStepThatBeganBeforeTheOthers) {
  const auto pids = start(std::string(kHidden) + ">/dev/null' &", 2);
  wait_for_end(pids[0]);
  reap({pids[0]});
  // Starts are told in ticks: the other step must begin in a later one.
  const auto tick_of = [](pid_t pid) { return process_start_of(pid).value(); };
  pid_t other = 0;
  do {
    other = start("exec sleep 60", 1, "run/other#1")[0];
  } while (tick_of(other) <= tick_of(pids[1]));
  EXPECT_THAT(find_descendants(pids[0], "run/s#1", {other}), ElementsAre(pids[1]));
  EXPECT_THAT(find_descendants(pids[0], "run/s#1", {other, 1 << 30}), IsEmpty()) << "when that one began is not known";
}

TEST_F(Descendants, AHiddenOrphanIsOfTheStepWhoseOutputItHolds) {
  const auto other = start("exec sleep 60", 1, "run/other#1");
  const auto pipe_of = [](pid_t pid, int fd) {
    struct stat status {};
    EXPECT_EQ(::stat(("/proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd)).c_str(), &status), 0);
    return static_cast<std::uint64_t>(status.st_ino);
  };
  const std::uint64_t others = pipe_of(other[0], 1);
  const auto holding = start(std::string(kHidden) + "' &", 2);
  const auto silent = start(std::string(kHidden) + ">/dev/null 2>&1' &", 2);
  for (const pid_t shell : {holding[0], silent[0]}) {
    wait_for_end(shell);
    reap({shell});
  }
  const std::uint64_t ours = pipe_of(holding[1], 1);
  EXPECT_THAT(find_descendants(holding[0], "run/s#1", {other[0]}, {ours}), ElementsAre(holding[1]));
  EXPECT_THAT(find_descendants(holding[0], "run/s#1", {other[0]}, {others}), IsEmpty());
  EXPECT_THAT(find_descendants(holding[0], "run/s#1", {other[0]}), IsEmpty());
  EXPECT_THAT(find_descendants(other[0], "run/other#1", {holding[0]}, {others}), ElementsAre(other[0]))
      << "and never of another one";
}

TEST_F(Descendants, WhoOnlyReadsAPipeIsNotOfItsStep) {
  const auto other = start("exec sleep 60", 1, "run/other#1");
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  struct stat status {};
  ASSERT_EQ(::fstat(ends[0], &status), 0);
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  // As a child of ours is for a moment, before it becomes its program: with the ends that we read.
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[1]);
    ::close(ready[1]);
    ::pause();
    ::_exit(0);
  }
  started_.push_back(child);
  ::close(ends[1]);
  ::close(ready[1]);
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 0) << "the end of it: the child has closed what it closes";
  ::close(ready[0]);
  EXPECT_THAT(find_descendants(1 << 30, "run/s#1", {other[0]}, {status.st_ino}), Not(Contains(child)));
  ::close(ends[0]);
}

TEST_F(Descendants, OfOtherStepsAreLeftOut) {
  const auto first = start("sleep 60 & echo $!; wait", 2);
  const auto second = start("sleep 60 & echo $!; wait", 2, "run/other#1");
  EXPECT_THAT(find_descendants(first[0], "run/s#1", {second[0]}), UnorderedElementsAre(first[0], first[1]));
  EXPECT_THAT(find_descendants(second[0], "run/other#1", {first[0]}), UnorderedElementsAre(second[0], second[1]));
}

TEST_F(Descendants, ACarrierOfTheMarkBelowAnotherStepIsThatStepsOwn) {
  const auto other = start("ASSAY_STEP=run/s#1 sh -c 'echo $$; exec sleep 60' & wait", 2, "run/other#1");
  EXPECT_THAT(find_descendants(1 << 30, "run/s#1", {other[0]}), Not(Contains(other[1])));
}

TEST_F(Descendants, WhatIsNotOursIsNeverTaken) {
  const auto pids = start("exec sleep 60", 1);
  const auto found = find_descendants(pids[0], "run/s#1", {});
  EXPECT_THAT(found, ElementsAre(pids[0]));
  EXPECT_THAT(found, Not(Contains(::getpid())));
  EXPECT_THAT(find_descendants(pids[0], "run/s#1", {}), Not(Contains(1)));
}

// A script is ready once its trap is set, which a second line says.
TEST_F(Descendants, AnOrphanThatCameLaterIsAskedToEndBeforeItIsKilled) {
  const test::TempFolder folder("assay-orphans");
  const std::string how = (folder / "how").string();
  start("trap 'sleep 1000 & wait $!; echo $? >" + how + "; exit' TERM; echo $$; while :; do sleep 0.01; done", 2,
        "late/s#1");
  EXPECT_GE(end_orphans("late/", std::chrono::seconds(30)), 2U);
  EXPECT_EQ(read_file(how).value_or("killed"), "143\n") << "128 and TERM: what the first one had started was asked";
}

TEST_F(Descendants, AnOrphanIsAskedToEndOnce) {
  const test::TempFolder folder("assay-orphans");
  const std::string asked = (folder / "asked").string();
  start("trap 'echo asked >>" + asked + "; for i in 1 2 3 4 5 6 7 8; do sleep 0.01; done; exit' TERM; echo $$; " +
            "while :; do sleep 0.01; done",
        2, "once/s#1");
  end_orphans("once/", std::chrono::seconds(30));
  EXPECT_EQ(read_file(asked).value_or(""), "asked\n");
}

TEST_F(Descendants, AnOrphanThatIsDeafIsKilledAfterTheGrace) {
  const pid_t deaf = start("trap '' TERM; echo $$; while :; do sleep 0.01; done", 2, "deaf/s#1").front();
  EXPECT_GE(end_orphans("deaf/", std::chrono::milliseconds(50)), 1U);
  int status = 0;
  ASSERT_EQ(::waitpid(deaf, &status, 0), deaf);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
}

TEST_F(Descendants, OthersAreLeftAlone) {
  const pid_t other = start("exec sleep 1000", 1, "other/s#1").front();
  EXPECT_EQ(end_orphans("mine/", std::chrono::milliseconds(50)), 0U);
  EXPECT_EQ(::waitpid(other, nullptr, WNOHANG), 0) << "it is at work";
}

}  // namespace
}  // namespace assay::system
