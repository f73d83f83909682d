// SPDX-License-Identifier: Apache-2.0
#include "engine/system/file_lock.h"

#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "engine/system/spawn.h"
#include "support/cases.h"
#include "support/fake_clock.h"
#include "support/temp_folder.h"

namespace assay::system {
namespace {

using testing::StartsWith;

// A process of ours that does something, says that it is done, and then waits to be killed.
class Other {
 public:
  explicit Other(const std::function<void()>& work) {
    int ready[2];
    int keep[2];
    if (::pipe(ready) != 0 || ::pipe(keep) != 0) throw std::runtime_error("no pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(keep[1]);
      work();
      char byte = 'r';
      if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
      // Ends also when the test itself is killed.
      while (::read(keep[0], &byte, 1) > 0) continue;
      ::_exit(0);
    }
    ::close(ready[1]);
    ::close(keep[0]);
    keep_.reset(keep[1]);
    ready_.reset(ready[0]);
    char byte = 0;
    EXPECT_EQ(::read(ready_.get(), &byte, 1), 1);
  }
  Other(const Other&) = delete;
  Other& operator=(const Other&) = delete;
  ~Other() { kill(); }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  UniqueFd keep_;
  UniqueFd ready_;
};

class FileLocks : public testing::Test {
 protected:
  [[nodiscard]] LockHolder me(const std::string& purpose = "run one") const { return holder_here(purpose, clock_); }
  [[nodiscard]] bool is_free(LockMode mode = LockMode::kExclusive) const {
    auto lock = FileLock::try_take(path_, me(), mode);
    if (!lock) throw std::runtime_error(lock.error().message);
    return lock->has_value();
  }

  test::TempFolder folder_{"assay lock"};
  test::FakeClock clock_;
  fs::path path_ = folder_ / "locks" / "a.lock";
};

TEST_F(FileLocks, OneHolderAtATime) {
  auto first = FileLock::try_take(path_, me());
  ASSERT_TRUE(first && *first);
  EXPECT_FALSE(is_free());
  EXPECT_FALSE(is_free(LockMode::kShared));
  (*first)->release();
  EXPECT_TRUE(is_free());
}

TEST_F(FileLocks, SharedHoldersKeepOnlyAnExclusiveOneOut) {
  auto first = FileLock::try_take(path_, me(), LockMode::kShared);
  ASSERT_TRUE(first && *first);
  EXPECT_TRUE(is_free(LockMode::kShared));
  EXPECT_FALSE(is_free());
  EXPECT_EQ(current_holder(path_), std::nullopt);
}

TEST_F(FileLocks, AnOpenLockIsTakenAndGivenBackManyTimes) {
  FileLock lock = *FileLock::open(path_);
  EXPECT_TRUE(is_free());
  EXPECT_TRUE(lock.try_lock(LockMode::kExclusive).value());
  EXPECT_FALSE(is_free(LockMode::kShared));
  EXPECT_TRUE(lock.try_lock(LockMode::kShared).value());
  EXPECT_TRUE(is_free(LockMode::kShared));
  EXPECT_FALSE(is_free());
  lock.unlock();
  EXPECT_TRUE(is_free());
  fs::remove(path_);
  EXPECT_TRUE(lock.try_lock(LockMode::kExclusive).value());
  EXPECT_FALSE(is_free()) << "the lock is that of the file which is there now";
}

TEST_F(FileLocks, TheFileSaysWhoHoldsItAndEverybodyMayReadIt) {
  const mode_t before = ::umask(0077);
  auto lock = FileLock::try_take(path_, me());
  ::umask(before);
  ASSERT_TRUE(lock && *lock);
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0644U);
  const auto holder = current_holder(path_);
  ASSERT_TRUE(holder);
  EXPECT_EQ(*holder, me());
  EXPECT_EQ(holder->pid, ::getpid());
  EXPECT_EQ(holder->process_start, process_start_of(::getpid()));
  EXPECT_EQ(holder->boot.size(), 36U);
  EXPECT_EQ(holder->purpose, "run one");
  EXPECT_EQ(holder->since, "2026-01-31T08:30:00.000000Z");
  EXPECT_EQ(test::slurp(path_), to_json_line(*holder) + '\n');
}

TEST_F(FileLocks, OneThatIsHeldIsAnErrorThatNamesTheHolder) {
  const auto lock = FileLock::take(path_, me("run one"), "run one");
  ASSERT_TRUE(lock);
  const auto second = FileLock::take(path_, me("run two"), "run one");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kLocked);
  EXPECT_EQ(second.error().message, "run one is held by " + describe(me("run one")));
}

TEST_F(FileLocks, ItIsGoneWithAHolderThatIsKilled) {
  Other other([&] {
    static auto lock = FileLock::try_take(path_, me("run of the other"));
    if (!lock || !*lock) ::_exit(1);
  });
  EXPECT_FALSE(is_free());
  const auto holder = current_holder(path_);
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->pid, other.pid());
  EXPECT_EQ(holder->purpose, "run of the other");
  other.kill();
  EXPECT_EQ(current_holder(path_), std::nullopt);
  EXPECT_TRUE(is_free());
}

TEST_F(FileLocks, ProgramsThatTheHolderStartedDoNotKeepIt) {
  const auto note = folder_ / "child";
  Other other([&] {
    static auto lock = FileLock::try_take(path_, me());
    // It keeps its standard output, so that the test can end it, and lives on after the holder.
    static auto child = spawn({.argv = {"/bin/sh", "-c", "echo $$ > '" + note.string() + "'; echo; exec sleep 600"},
                               .env = {{"PATH", "/usr/bin:/bin"}},
                               .cwd = {}});
    char byte = 0;
    if (!lock || !*lock || !child || ::read(child->out.get(), &byte, 1) != 1) ::_exit(1);
  });
  const pid_t child = std::stoi(test::slurp(note));
  EXPECT_FALSE(is_free());
  other.kill();
  EXPECT_EQ(::kill(child, 0), 0);
  EXPECT_TRUE(is_free());
  ::kill(child, SIGKILL);
}

TEST_F(FileLocks, AFileThatIsRemovedUnderAWaitingOneIsMadeAgain) {
  auto first = FileLock::try_take(path_, me());
  ASSERT_TRUE(first && *first);
  (*first)->release_and_remove();
  EXPECT_FALSE(fs::exists(path_));
  auto second = FileLock::try_take(path_, me("run two"));
  ASSERT_TRUE(second && *second);
  (*first)->release_and_remove();  // has nothing left to give
  EXPECT_TRUE(fs::exists(path_));
  EXPECT_EQ(current_holder(path_)->purpose, "run two");
}

// Removal is where naive lock files let two in: one opened the file before it was removed, one made the next.
TEST_F(FileLocks, ProcessesThatRaceAreNeverInAtTheSameTime) {
  constexpr int kProcesses = 4;
  constexpr int kRounds = 300;
  const auto inside = folder_ / "inside";
  std::vector<pid_t> pids;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      for (int done = 0; done < kRounds;) {
        auto lock = FileLock::try_take(path_, me());
        if (!lock) ::_exit(2);
        if (!*lock) continue;
        const int mine = ::open(inside.c_str(), O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (mine < 0) ::_exit(3);
        ::close(mine);
        ::unlink(inside.c_str());
        ++done;
        (*lock)->release_and_remove();
      }
      ::_exit(0);
    }
    pids.push_back(pid);
  }
  for (const pid_t pid : pids) {
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
  }
}

TEST_F(FileLocks, TheLineOfADeadHolderIsNotTakenForThatOfTheNext) {
  LockHolder dead = me("run of the dead");
  dead.process_start += 1;
  const auto path = folder_.write("locks/a.lock", to_json_line(dead) + '\n');
  EXPECT_EQ(current_holder(path), std::nullopt);
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
  EXPECT_EQ(current_holder(path), LockHolder{});
  EXPECT_EQ(describe(*current_holder(path)), "a process that has not said who it is");
}

struct HostileLine {
  std::string name;
  std::string text;
};
class HostileLines : public testing::TestWithParam<HostileLine> {};
TEST_P(HostileLines, AreNoHolder) { EXPECT_EQ(parse_holder(GetParam().text), std::nullopt); }

constexpr std::string_view kRest = R"("boot":"b","user":"u","host":"h","purpose":"p","since":"s"})";
INSTANTIATE_TEST_SUITE_P(
    Lines, HostileLines,
    testing::Values(
        HostileLine{"Empty", ""}, HostileLine{"Torn", R"({"format":"assay.holder/1","pid":1)"},
        HostileLine{"List", "[1]"}, HostileLine{"Deep", std::string(200, '[') + std::string(200, ']')},
        HostileLine{"OtherFormat", R"({"format":"assay.holder/2","pid":1,"process_start":1,)" + std::string(kRest)},
        HostileLine{"FormatIsNoText", R"({"format":1,"pid":1,"process_start":1,)" + std::string(kRest)},
        HostileLine{"NoPid", R"({"format":"assay.holder/1","process_start":1,)" + std::string(kRest)},
        HostileLine{"NegativePid", R"({"format":"assay.holder/1","pid":-1,"process_start":1,)" + std::string(kRest)},
        HostileLine{"PidTooLarge",
                    R"({"format":"assay.holder/1","pid":4294967297,"process_start":1,)" + std::string(kRest)},
        HostileLine{"UserIsNoText", R"({"format":"assay.holder/1","pid":1,"process_start":1,"boot":"b",)"
                                    R"("user":7,"host":"h","purpose":"p","since":"s"})"},
        HostileLine{"TooLong", std::string(100'000, ' ')}),
    test::case_name);

TEST(LockHolder, ControlCharactersOfAnotherUserDoNotReachTheTerminal) {
  const LockHolder holder{.pid = 7, .user = "a\x1b[2J", .host = "h\n", .purpose = "run 1", .since = "now"};
  EXPECT_EQ(describe(holder), "run 1 of user a?[2J (process 7 on h?, since now)");
}

TEST(LockHolder, ALineIsReadBack) {
  const LockHolder holder{.pid = 7,
                          .process_start = 18'446'744'073'709'551'615U,
                          .boot = "b",
                          .user = "ü",
                          .host = "h",
                          .purpose = "run \"1\"\n",
                          .since = "now"};
  EXPECT_EQ(parse_holder(to_json_line(holder)), holder);
}

TEST(LockHolder, AProcessThatIsNotThereHasNoStart) {
  EXPECT_TRUE(process_start_of(::getpid()));
  EXPECT_EQ(process_start_of(0x7FFFFFFF), std::nullopt);
}

TEST_F(FileLocks, ALinkIsNotFollowed) {
  const auto victim = folder_.write("victim", "precious");
  fs::create_directories(path_.parent_path());
  fs::create_symlink(victim, path_);
  const auto lock = FileLock::try_take(path_, me());
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().message, "cannot lock '" + path_.string() + "': it is a symbolic link");
  EXPECT_EQ(test::slurp(victim), "precious");
}

TEST_F(FileLocks, WhatIsNoFileIsRefused) {
  fs::create_directories(path_.parent_path());
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const auto lock = FileLock::try_take(path_, me());
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().message, "cannot lock '" + path_.string() + "': it is no file");
}

// /proc can be written by nobody, root included, and says so as a read-only or protected folder does.
TEST_F(FileLocks, AFolderThatCannotBeWrittenIsAClearError) {
  const auto lock = FileLock::try_take("/proc/assay/locks/a.lock", me());
  ASSERT_FALSE(lock);
  EXPECT_THAT(lock.error().message, StartsWith("cannot make the folder '/proc/assay/locks': "));
}

TEST_F(FileLocks, AFileThatCannotBeWrittenCanStillBeLocked) {
  // A file of the kernel that nobody may write, as a file of another user is for us.
  const fs::path path = "/sys/kernel/uevent_seqnum";
  if (!fs::exists(path)) GTEST_SKIP() << "no " << path;
  const auto lock = FileLock::try_take(path, me());
  ASSERT_TRUE(lock) << lock.error().message;
  EXPECT_TRUE(*lock);
  EXPECT_EQ(current_holder(path), LockHolder{});
}

}  // namespace
}  // namespace assay::system
