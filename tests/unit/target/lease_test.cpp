// SPDX-License-Identifier: Apache-2.0
#include "engine/target/lease.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "support/cases.h"
#include "support/fake_clock.h"
#include "support/temp_folder.h"

namespace assay::target {
namespace {

using std::chrono::seconds;
using system::LockHolder;
using testing::HasSubstr;

class Leases : public testing::Test {
 protected:
  // Of this process, under another purpose.
  [[nodiscard]] LeaseTerms terms(const std::string& purpose) const {
    return {.folder = folder_ / "locks", .name = "bmc:10.0.0.7", .owner = system::holder_here(purpose, clock_)};
  }
  // Of a process of another machine, whose lock cannot be looked at.
  [[nodiscard]] LeaseTerms far_away(const std::string& purpose) const {
    LeaseTerms out = terms(purpose);
    out.owner.host = "lab-of-" + purpose;
    return out;
  }
  [[nodiscard]] Lease::Attempt attempt(const LeaseTerms& terms) const {
    auto out = Lease::try_acquire(terms, clock_);
    if (!out) throw std::runtime_error(out.error().message);
    return std::move(*out);
  }
  [[nodiscard]] Lease acquired(const LeaseTerms& terms) const {
    auto out = attempt(terms);
    if (!out.lease) throw std::runtime_error("held by " + describe(out.held_by));
    return std::move(*out.lease);
  }
  static std::string problem(const Result<void>& result) { return result ? "" : result.error().message; }
  [[nodiscard]] fs::path file(const std::string& ending) const {
    return folder_ / "locks" / ("lease-bmc%3a10.0.0.7" + ending);
  }

  test::TempFolder folder_;
  test::FakeClock clock_;
};

TEST_F(Leases, OneOwnerAtATimeWhoIsNamed) {
  const Lease one = acquired(terms("run one"));
  EXPECT_EQ(one.token(), 1U);
  EXPECT_EQ(problem(one.check()), "");
  const auto second = attempt(terms("run two"));
  EXPECT_FALSE(second.lease);
  EXPECT_EQ(second.held_by.purpose, "run one");
  EXPECT_EQ(second.until, clock_.wall() + seconds(60));
}

TEST_F(Leases, OtherNamesAreOtherLeases) {
  const Lease one = acquired(terms("run one"));
  LeaseTerms other = terms("run two");
  for (const char* name : {"bmc:10.0.0.8", "bmc%3a10.0.0.7", "../../escape", "machine:a/b", "."}) {
    other.name = name;
    EXPECT_TRUE(attempt(other).lease) << name;
  }
  for (const auto& entry : fs::recursive_directory_iterator(folder_.path()))
    EXPECT_EQ(entry.path().parent_path() == folder_.path() ? "locks" : entry.path().parent_path().filename(), "locks");
}

TEST_F(Leases, GivenBackItIsFreeAndTheTokenGrows) {
  {
    const Lease one = acquired(terms("run one"));
    EXPECT_EQ(one.token(), 1U);
  }
  Lease two = acquired(terms("run two"));
  EXPECT_EQ(two.token(), 2U);
  EXPECT_EQ(problem(two.release()), "");
  EXPECT_EQ(problem(two.release()), "") << "again";
  EXPECT_EQ(acquired(terms("run three")).token(), 3U);
}

TEST_F(Leases, RenewedItGoesOn) {
  Lease one = acquired(terms("run one"));
  for (int i = 0; i < 5; ++i) {
    clock_.advance(seconds(59));
    EXPECT_EQ(problem(one.check()), "");
    EXPECT_EQ(problem(one.renew()), "");
    EXPECT_FALSE(attempt(far_away("two")).lease);
  }
}

TEST_F(Leases, AnOwnerThatIsStuckLosesItAndNoticesBeforeItsNextEffect) {
  Lease one = acquired(far_away("one"));
  clock_.advance(seconds(60));
  EXPECT_EQ(problem(one.check()),
            "the lease of 'bmc:10.0.0.7' is lost: it ended at 2026-01-31T08:31:00.000000Z and was not renewed");
  const Lease two = acquired(far_away("two"));
  EXPECT_EQ(two.token(), 2U);
  EXPECT_EQ(problem(two.check()), "");
  const auto lost = one.renew();
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::kLeaseLost);
  EXPECT_EQ(lost.error().message, "the lease of 'bmc:10.0.0.7' is lost: it went to " + describe(far_away("two").owner))
      << "since is the clock's";
  EXPECT_THAT(problem(one.check()), HasSubstr("it went to two of user"));
  EXPECT_EQ(problem(one.release()), "");
  EXPECT_EQ(problem(two.check()), "") << "the old owner leaves it alone";
}

TEST_F(Leases, AnEndThatNobodyUsedIsNoLoss) {
  Lease one = acquired(terms("run one"));
  clock_.advance(seconds(100));
  EXPECT_EQ(problem(one.renew()), "");
  EXPECT_EQ(problem(one.check()), "");
}

TEST_F(Leases, AnOwnerOfThisMachineThatWasKilledIsReplacedAtOnce) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    static const Lease lease = acquired(terms("run of the other"));
    if (::write(ready[1], "r", 1) == 1) ::pause();
    ::_exit(1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(attempt(terms("run two")).held_by.pid, pid);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  EXPECT_EQ(acquired(terms("run two")).token(), 2U);
}

TEST_F(Leases, AnOwnerOfAnEarlierBootIsReplacedAtOnce) {
  LeaseTerms before = terms("run one");
  before.owner.boot = "00000000-0000-0000-0000-000000000000";
  const Lease one = acquired(before);
  EXPECT_EQ(acquired(terms("run two")).token(), 2U);
}

TEST_F(Leases, AFileThatCannotBeReadIsALeaseOfSomebodyUnknown) {
  Lease one = acquired(terms("run one"));
  const std::string whole = test::slurp(file(".lease"));
  for (const std::string& torn :
       {std::string(), whole.substr(0, whole.size() / 2), std::string("{}"), std::string("[]"),
        replace_all(whole, "10.0.0.7", "10.0.0.8"), replace_all(whole, "\"expires\":\"2026", "\"expires\":\"2099")}) {
    folder_.write(file(".lease"), torn);
    const auto next = attempt(terms("run two"));
    EXPECT_FALSE(next.lease) << torn;
    EXPECT_EQ(next.held_by, LockHolder{}) << torn;
    EXPECT_FALSE(attempt(terms("run two")).lease) << "until a whole length has passed";
    EXPECT_THAT(problem(one.check()), HasSubstr("it went to a process that has not said who it is")) << torn;
    EXPECT_FALSE(one.renew()) << torn;
    clock_.advance(seconds(60));
    Lease two = acquired(terms("run two"));
    EXPECT_EQ(problem(two.check()), "");
    EXPECT_EQ(problem(two.release()), "");
  }
}

TEST_F(Leases, AnOwnerWhoseFileIsTornStopsBeforeItsNextEffect) {
  Lease one = acquired(terms("run one"));
  const std::string whole = test::slurp(file(".lease"));
  for (std::size_t size = 0; size + 1 < whole.size(); size += 7) {
    folder_.write(file(".lease"), whole.substr(0, size));
    const auto check = one.check();
    ASSERT_FALSE(check) << size;
    EXPECT_EQ(check.error().code, Code::kLeaseLost) << size;
  }
}

TEST_F(Leases, TheTokenGrowsAlsoWhenTheLeaseIsRemoved) {
  { const Lease one = acquired(terms("run one")); }
  Lease two = acquired(terms("run two"));
  fs::remove(file(".lease"));
  EXPECT_EQ(problem(two.renew()), "the lease of 'bmc:10.0.0.7' is lost: its file is gone");
  EXPECT_EQ(acquired(terms("run three")).token(), 3U);
}

TEST_F(Leases, ALeaseThatMovesIsGivenBackOnce) {
  Lease one = acquired(terms("run one"));
  {
    const Lease moved = std::move(one);
    EXPECT_EQ(problem(moved.check()), "");
  }
  EXPECT_TRUE(attempt(terms("run two")).lease);
}

TEST_F(Leases, BoundsOfTheTerms) {
  LeaseTerms wrong = terms("run one");
  wrong.name = std::string(201, 'x');
  EXPECT_EQ(Lease::try_acquire(wrong, clock_).error().message, "the name of a lease has 1 to 200 bytes");
  wrong.name = "";
  EXPECT_FALSE(Lease::try_acquire(wrong, clock_));
  wrong = terms("run one");
  wrong.length = std::chrono::hours(2);
  EXPECT_EQ(Lease::try_acquire(wrong, clock_).error().message, "a lease lasts at most 1h");
}

TEST_F(Leases, AFolderThatCannotBeWrittenIsAnError) {
  LeaseTerms wrong = terms("run one");
  wrong.folder = "/proc/assay";
  EXPECT_THAT(Lease::try_acquire(wrong, clock_).error().message, HasSubstr("cannot make the folder '/proc/assay'"));
}

// Four processes take it in turns as fast as they can: each has a token of its own, and nobody is in beside another.
TEST_F(Leases, ProcessesThatRaceHaveItOneAfterTheOther) {
  constexpr int kProcesses = 4;
  constexpr int kRounds = 10;
  const auto inside = folder_ / "inside";
  std::vector<pid_t> pids;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      for (int done = 0; done < kRounds;) {
        auto taken = Lease::try_acquire(terms("run"), clock_);
        if (!taken) ::_exit(2);
        auto& got = *taken;
        if (!got.lease) continue;
        const int mine = ::open(inside.c_str(), O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (mine < 0 || !got.lease->check()) ::_exit(3);
        ::close(mine);
        ::unlink(inside.c_str());
        ++done;
        if (!got.lease->release()) ::_exit(4);
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
  EXPECT_EQ(acquired(terms("run last")).token(), kProcesses * kRounds + 1U);
}

struct HostileLease {
  std::string name;
  std::string text;
  std::string message;
};
class HostileLeases : public testing::TestWithParam<HostileLease> {};
TEST_P(HostileLeases, AreRefused) {
  const auto state = parse_lease(GetParam().text);
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, HasSubstr(GetParam().message));
}
std::string lease_text(const std::string& member, const std::string& value) {
  Json json = Json::parse(to_json_line(
      LeaseState{.name = "n", .token = 1, .owner = {.pid = 1}, .expires = WallTime(seconds(1)), .released = false}));
  if (value.empty()) {
    json.erase(member);
  } else {
    json[member] = Json::parse(value);
  }
  return json.dump();
}
INSTANTIATE_TEST_SUITE_P(Texts, HostileLeases,
                         testing::Values(HostileLease{"empty", "", "not valid JSON"},
                                         HostileLease{"list", "[]", "its format is not assay.lease/1"},
                                         HostileLease{"deep", std::string(100, '['), "nested more than 2 deep"},
                                         HostileLease{"long", std::string(10'000, ' '), "larger than 8192 bytes"},
                                         HostileLease{"format", lease_text("format", "2"), "its format"},
                                         HostileLease{"name", lease_text("name", ""), "it has no name"},
                                         HostileLease{"token", lease_text("token", "-1"), "it has no token"},
                                         HostileLease{"owner", lease_text("owner", "{}"), "it has no owner"},
                                         HostileLease{"bad_owner", lease_text("owner", "\"x\""), "it has no owner"},
                                         HostileLease{"no_end", lease_text("expires", "7"), "it has no end"},
                                         HostileLease{"bad_end", lease_text("expires", "\"soon\""), "soon"},
                                         HostileLease{"released", lease_text("released", "0"),
                                                      "it does not say whether it was given back"}),
                         test::case_name);

}  // namespace
}  // namespace assay::target
