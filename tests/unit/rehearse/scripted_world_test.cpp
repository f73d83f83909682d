// SPDX-License-Identifier: Apache-2.0
#include "engine/rehearse/scripted_world.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>

#include "engine/base/files.h"
#include "support/temp_folder.h"

namespace assay::rehearse {
namespace {

namespace asio = boost::asio;
using std::chrono::hours;
using std::chrono::seconds;

class Sink final : public system::OutputSink {
 public:
  Result<void> on_output(system::Stream stream, std::string_view bytes) override {
    (stream == system::Stream::kOut ? out : err) += bytes;
    if (full) return failure(Code::kJournal, "full");
    return {};
  }
  std::string out;
  std::string err;
  bool full = false;
};

class Stop final : public system::StopRequest {
 public:
  [[nodiscard]] bool requested() const override { return now; }
  [[nodiscard]] bool urgent() const override { return false; }
  bool now = false;
};

class World : public testing::Test {
 protected:
  World() {
    for (const char* id : {"a", "b", "c"}) test_.steps.push_back({{id, {}}, {{}}});
  }
  recipe::ScriptedResult& result(std::size_t i) { return test_.steps[i].results[0]; }
  // The order in which processes end, each with the moment.
  struct Ended {
    std::string id;
    Result<system::ProcessExit> exit;
    Nanoseconds when;
  };
  void start(const std::string& id, system::ProcessLimits limits = {}) {
    asio::co_spawn(
        loop_,
        [this, id, limits]() -> asio::awaitable<void> {
          // Named: GCC 12 destroys temporaries of a co_await expression twice.
          const system::ProcessSpec spec{.argv = {"tool", "x"}, .env = {}, .cwd = folder_ / id};
          const std::string mark = "run/" + id + "#1";
          auto exit = co_await processes_->run(spec, limits, mark, sink_, stop_);
          ended_.push_back({id, std::move(exit), clock_.passed()});
        },
        [](const std::exception_ptr& error) {
          if (error) std::rethrow_exception(error);
        });
  }
  void go() { world_.run(loop_); }

  test::TempFolder folder_;
  recipe::TestCase test_;
  Script script_{test_};
  ScriptClock clock_;
  ScriptedWorld world_{script_, clock_, folder_.path()};
  asio::io_context loop_;
  std::unique_ptr<system::Processes> processes_ = world_.processes(loop_);
  Sink sink_;
  Stop stop_;
  std::vector<Ended> ended_;
};

TEST_F(World, TimePassesOnlyWhenNothingElseIsToBeDone) {
  recipe::TestCase test;
  for (const auto& [id, takes] : {std::pair("a", 30), std::pair("b", 10), std::pair("c", 20)}) {
    test.steps.push_back({{id, {}}, {{}}});
    test.steps.back().results[0].takes = hours(takes);
  }
  Script script(test);
  ScriptedWorld world(script, clock_, folder_.path());
  processes_ = world.processes(loop_);
  for (const char* id : {"a", "b", "c"}) start(id);
  world.run(loop_);
  ASSERT_EQ(ended_.size(), 3U);
  EXPECT_EQ(ended_[0].id, "b");
  EXPECT_EQ(ended_[1].id, "c");
  EXPECT_EQ(ended_[2].id, "a");
  EXPECT_EQ(ended_[0].when, hours(10));
  EXPECT_EQ(ended_[1].when, hours(20));
  EXPECT_EQ(ended_[2].when, hours(30));
  EXPECT_EQ(clock_.passed(), hours(30));
}

class OneProcess : public World {
 protected:
  system::ProcessExit play(recipe::ScriptedResult result, system::ProcessLimits limits = {}) {
    auto exit = try_play(std::move(result), limits);
    if (!exit) throw std::runtime_error(exit.error().message);
    return *exit;
  }
  Result<system::ProcessExit> try_play(recipe::ScriptedResult result, system::ProcessLimits limits = {}) {
    one_.steps.push_back({{"a", {}}, {std::move(result)}});
    script_one_ = std::make_unique<Script>(one_);
    world_one_ = std::make_unique<ScriptedWorld>(*script_one_, clock_, folder_.path());
    processes_ = world_one_->processes(loop_);
    start("a", limits);
    world_one_->run(loop_);
    return ended_.at(0).exit;
  }
  recipe::TestCase one_;
  std::unique_ptr<Script> script_one_;
  std::unique_ptr<ScriptedWorld> world_one_;
};

TEST_F(OneProcess, EndsAsTheScriptSays) {
  recipe::ScriptedResult result;
  result.exit_code = 7;
  result.out = "hello\n";
  result.err = "oh\n";
  result.takes = seconds(3);
  const auto exit = play(result);
  EXPECT_EQ(exit.ending, system::Ending::kExited);
  EXPECT_EQ(exit.exit_code, 7);
  EXPECT_EQ(exit.signal, 0);
  EXPECT_EQ(exit.cpu_s, 0);
  EXPECT_EQ(sink_.out, "hello\n");
  EXPECT_EQ(sink_.err, "oh\n");
  EXPECT_EQ(clock_.passed(), seconds(3));
}

TEST_F(OneProcess, IsEndedWhenItsTimeIsOver) {
  recipe::ScriptedResult result;
  result.takes = hours(1000);
  const auto exit = play(result, {.timeout = seconds(90)});
  EXPECT_EQ(exit.ending, system::Ending::kTimedOut);
  EXPECT_EQ(exit.exit_code, 143) << "as a program that TERM ended";
  EXPECT_EQ(exit.wall_s, 90);
  EXPECT_EQ(clock_.passed(), seconds(90));
}

TEST_F(OneProcess, ThatIsReadyInTimeIsNotLate) {
  recipe::ScriptedResult result;
  result.takes = seconds(90);
  EXPECT_EQ(play(result, {.timeout = seconds(90)}).ending, system::Ending::kExited);
}

TEST_F(OneProcess, ThatNeverEndsEndsWithTheClock) {
  recipe::ScriptedResult result;
  result.takes = Nanoseconds::max();
  EXPECT_EQ(play(result).ending, system::Ending::kExited);
  const Nanoseconds end = clock_.passed();
  EXPECT_GT(end, hours(1'000'000));
  EXPECT_EQ(format_rfc3339(clock_.wall()).substr(0, 4), "2225");
  ended_.clear();
  loop_.restart();
  start("a");
  world_one_->run(loop_);
  EXPECT_EQ(clock_.passed(), end) << "no time is left, and nobody waits for more";
}

TEST_F(OneProcess, IsKilledByTheSignalOfTheScript) {
  recipe::ScriptedResult result;
  result.signal = 11;
  const auto exit = play(result);
  EXPECT_EQ(exit.ending, system::Ending::kKilled);
  EXPECT_EQ(exit.signal, 11);
  EXPECT_EQ(exit.exit_code, 139);
}

TEST_F(OneProcess, UsesTheCpuTimeOfTheScript) {
  recipe::ScriptedResult result;
  result.takes = seconds(10);
  result.cpu = seconds(19);
  const auto exit = play(result);
  EXPECT_EQ(exit.wall_s, 10);
  EXPECT_EQ(exit.cpu_s, 19);
}

TEST_F(OneProcess, ThatCannotBeStartedSaysWhyLikeARealOne) {
  recipe::ScriptedResult result;
  result.not_startable = "it is not an executable file";
  const auto exit = try_play(result);
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().code, Code::kNotStartable);
  EXPECT_EQ(exit.error().message, "cannot start 'tool': it is not an executable file");
}

TEST_F(OneProcess, OfAMissingToolNeedsNoScript) {
  one_.tools_missing.push_back({"tool", {}});
  const auto exit = try_play({});
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().message, "cannot start 'tool': not found on PATH");
  EXPECT_EQ(script_one_->used(one_.steps[0]), 0U);
}

TEST_F(OneProcess, LeavesItsFilesInTheStepsFolder) {
  recipe::ScriptedResult result;
  result.files = {{"out.txt", "x"}, {"deep/er/out.txt", "y"}};
  play(result);
  EXPECT_EQ(test::slurp(folder_ / "a/out.txt"), "x");
  EXPECT_EQ(test::slurp(folder_ / "a/deep/er/out.txt"), "y");
}

TEST_F(OneProcess, WritesNothingOutsideOfTheRehearsal) {
  const test::TempFolder other;
  recipe::TestCase test;
  test.steps.push_back({{"a", {}}, {{}}});
  test.steps[0].results[0].files = {{"out.txt", "x"}};
  Script script(test);
  ScriptedWorld world(script, clock_, other / "inside");
  processes_ = world.processes(loop_);
  start("a");
  world.run(loop_);
  ASSERT_FALSE(ended_.at(0).exit);
  EXPECT_THAT(ended_.at(0).exit.error().message, testing::HasSubstr("where a rehearsal leaves no files"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a"));
}

TEST_F(OneProcess, OutputThatCannotBeKeptEndsIt) {
  sink_.full = true;
  recipe::ScriptedResult result;
  result.out = "x";
  const auto exit = try_play(result);
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().code, Code::kJournal);
}

TEST_F(World, AStopWakesWhoeverSleeps) {
  recipe::TestCase test;
  test.steps.push_back({{"a", {}}, {{}}});
  test.steps[0].results[0].takes = hours(1);
  Script script(test);
  ScriptedWorld world(script, clock_, folder_.path());
  processes_ = world.processes(loop_);
  start("a");
  while (loop_.poll() > 0) continue;  // it sleeps now
  stop_.now = true;
  processes_->wake_all();
  world.run(loop_);
  ASSERT_EQ(ended_.size(), 1U);
  EXPECT_EQ(ended_[0].exit->ending, system::Ending::kCancelled);
  EXPECT_EQ(clock_.passed(), Nanoseconds(0)) << "it was stopped before any time passed";
}

TEST_F(World, AServiceServesUntilItIsStopped) {
  asio::co_spawn(
      loop_,
      [this]() -> asio::awaitable<void> {
        const system::ProcessSpec spec{.argv = {"server"}, .env = {}, .cwd = folder_.path()};
        const std::string mark = "run/a#service";
        const system::ProcessLimits limits;
        auto exit = co_await processes_->run(spec, limits, mark, sink_, stop_);
        ended_.push_back({"service", std::move(exit), clock_.passed()});
      },
      [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
      });
  while (loop_.poll() > 0) continue;
  EXPECT_TRUE(ended_.empty());
  stop_.now = true;
  processes_->wake_all();
  go();
  ASSERT_EQ(ended_.size(), 1U);
  EXPECT_EQ(ended_[0].exit->ending, system::Ending::kCancelled);
  EXPECT_TRUE(script_.problems().empty()) << "it needs no script";
}

TEST(ScriptClock, BeginsAtTheSameMoment) {
  ScriptClock clock;
  EXPECT_EQ(format_rfc3339(clock.wall()), "2026-01-01T00:00:00.000000Z");
  const SteadyTime before = clock.steady();
  clock.pass_until(std::chrono::minutes(2));
  EXPECT_EQ(format_rfc3339(clock.wall()), "2026-01-01T00:02:00.000000Z");
  EXPECT_EQ(clock.steady() - before, std::chrono::minutes(2));
}

}  // namespace
}  // namespace assay::rehearse
