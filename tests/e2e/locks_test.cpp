// SPDX-License-Identifier: Apache-2.0
// Two controllers at once: on one store, on one machine.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <future>
#include <nlohmann/json.hpp>

#include "e2e/harness.h"
#include "engine/base/files.h"

namespace assay::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Locks : public EndToEnd {
 protected:
  [[nodiscard]] Invocation recipe(const std::string& name, const std::string& steps,
                                  std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"run", write(name + ".yaml", kHead + steps).string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return invocation(arguments);
  }
  [[nodiscard]] std::future<Outcome> start(Invocation invocation) const {
    return std::async(std::launch::async, [this, invocation = std::move(invocation)] { return run(invocation); });
  }
  // A pipe with a name, for steps that wait for the test and the other way round.
  [[nodiscard]] std::filesystem::path pipe(const std::string& name) const {
    const auto path = folder_ / name;
    EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
    return path;
  }
  static std::string word_from(const std::filesystem::path& pipe) { return read_file(pipe).value(); }
  static void say(const std::filesystem::path& pipe) {
    const UniqueFd fd(::open(pipe.c_str(), O_WRONLY | O_CLOEXEC));
    EXPECT_EQ(::write(fd.get(), "go\n", 3), 3);
  }
};

// Each step fails where it finds another one at work.
std::string many(const std::string& busy, const std::string& pool) {
  return "steps: [{ id: s, matrix: { n: [1, 2, 3, 4, 5, 6, 7, 8] }, " + pool + "run: \"mkdir '" + busy + "'; rmdir '" +
         busy + "'\" }]\n";
}

TEST_F(Locks, NoisyStepsOfTwoRunsAreNeverAtWorkAtTheSameTime) {
  const std::string busy = (folder_ / "busy").string();
  auto one = start(recipe("one", many(busy, "pool: noisy, ")));
  auto two = start(recipe("two", many(busy, "pool: noisy, "), {"--store", (folder_ / "another store").string()}));
  auto three = start(recipe("three", many(busy, "pool: noisy, ")));
  for (auto* outcome : {&one, &two, &three}) {
    const Outcome done = outcome->get();
    EXPECT_EQ(done.exit_code, 0) << done.transcript;
  }
  EXPECT_EQ(runs().size(), 2U);
}

TEST_F(Locks, AKilledRunLetsTheNextOneInAtOnce) {
  const auto in = pipe("in");
  const auto events = folder_ / "events";
  // It holds the machine until the other one has said that it waits, and then kills its own controller.
  auto holder = start(recipe("holder", "steps: [{ id: s, pool: noisy, run: \"echo $$ > '" + in.string() +
                                           "'; until grep -q machine_busy '" + events.string() +
                                           "'; do sleep 0.01; done; kill -9 $PPID; exec sleep 600\" }]\n"));
  const pid_t orphan = std::stoi(word_from(in));
  const Outcome next =
      run(recipe("next", "steps: [{ id: s, pool: noisy, run: [echo, hi] }]\n", {"--events", events.string()}));
  EXPECT_EQ(next.exit_code, 0) << next.transcript;
  // Ids of the same second are in no order.
  const auto held_by = [&](const std::filesystem::path& run) {
    return HasSubstr("waiting for the machine: held by run " + run.filename().string() + " of user ");
  };
  EXPECT_THAT(next.err, ::testing::AnyOf(held_by(runs().front()), held_by(runs().back())));
  EXPECT_EQ(holder.get().signal, SIGKILL);
  EXPECT_EQ(::kill(orphan, SIGKILL), 0) << "what it had started still lives, and holds nothing";
}

TEST_F(Locks, ARunThatWaitsCanBeStopped) {
  const auto in = pipe("in");
  const auto out = pipe("out");
  auto holder = start(recipe("holder", "steps: [{ id: s, pool: noisy, run: \"echo in > '" + in.string() +
                                           "'; read word < '" + out.string() + "'\" }]\n"));
  EXPECT_EQ(word_from(in), "in\n");
  Invocation waiting = recipe("waiting", "steps: [{ id: s, run: [echo, hi] }]\n");
  waiting.moments = {{.after = "waiting for the machine", .signal = SIGINT}};
  const Outcome stopped = run(waiting);
  EXPECT_EQ(stopped.exit_code, 130) << stopped.transcript;
  EXPECT_EQ(stopped.moments_reached, 1U);
  say(out);
  const Outcome done = holder.get();
  EXPECT_EQ(done.exit_code, 0) << done.transcript;
  EXPECT_THAT(done.err, Not(HasSubstr("waiting for the machine")));
}

TEST_F(Locks, OrdinaryStepsOfTwoRunsGoOnBesideEachOther) {
  const auto there = pipe("there");
  const auto back = pipe("back");
  // Each waits for the other: apart they would never end.
  auto one = start(recipe(
      "one", "steps: [{ id: s, run: \"echo a > '" + there.string() + "'; read word < '" + back.string() + "'\" }]\n"));
  auto two = start(recipe(
      "two", "steps: [{ id: s, run: \"read word < '" + there.string() + "'; echo b > '" + back.string() + "'\" }]\n"));
  EXPECT_EQ(one.get().exit_code, 0);
  EXPECT_EQ(two.get().exit_code, 0);
}

TEST_F(Locks, WithoutAPlaceForLocksNothingIsStarted) {
  Invocation nowhere = recipe("r", "steps: [{ id: s, run: [echo, hi] }]\n");
  nowhere.environment["ASSAY_LOCK_DIR"] = "/proc/assay";
  const Outcome outcome = run(nowhere);
  EXPECT_EQ(outcome.exit_code, 3) << outcome.transcript;
  EXPECT_THAT(outcome.err, HasSubstr("cannot make the folder '/proc/assay'"));
  EXPECT_TRUE(runs().empty());
}

}  // namespace
}  // namespace assay::test
