// SPDX-License-Identifier: Apache-2.0
// A run on a machine that boots: by a real systemd, with the unit that the run has installed; and one whose power goes,
// with a real file system and a real disk cache.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "lab/machine.h"
#include "support/program.h"
#include "support/temp_folder.h"
#include "support/text.h"

namespace assay::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kHead = "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: lab, version: 1.0.0 }\nsteps:\n";
constexpr const char* kRuns = "/root/.local/share/assay/runs";

class Lab : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = no_machine(); !why.empty()) GTEST_SKIP() << why;
  }
  [[nodiscard]] Outcome assay(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {ASSAY_PROGRAM, "--store", (folder_ / "store").string()});
    return run_program({.argv = std::move(arguments), .folder = folder_.path()});
  }
  // Reads the machine's store into the host's.
  void take_store(const Machine& machine) {
    machine.copy_out(kRuns, folder_ / "store");
    runs_.clear();
    for (const auto& entry : fs::directory_iterator(folder_ / "store/runs")) runs_.push_back(entry.path());
    std::sort(runs_.begin(), runs_.end());
  }
  [[nodiscard]] static std::vector<Json> journal(const fs::path& run) {
    std::vector<Json> out;
    const std::string text = slurp(run / "journal.jsonl");
    for (const std::string_view line : lines(text)) out.push_back(Json::parse(line));
    return out;
  }

  TempFolder folder_{"assay-lab"};
  std::vector<fs::path> runs_;  // their folders, in order of their names
};

TEST_F(Lab, ThreeBootsByTheUnitThatTheRunInstalls) {
  const std::string recipe = std::string(kHead) +
                             "  - { id: before, run: [sh, -c, 'echo before >>/root/effects'] }\n"
                             "  - { id: boots, reboot: { times: 3, within: 10m } }\n"
                             "  - { id: after, run: [sh, -c, 'echo after >>/root/effects'] }\n";
  // The first boot starts the run; a later one waits until no unit is left to go on with it.
  const std::string boot =
      "if [ ! -e /root/begun ]; then : >/root/begun; /opt/assay/bin/assay run /root/recipe.yaml\n"
      "else while ls /etc/systemd/system/assay-resume-* >/dev/null 2>&1; do sleep 0.2; done; systemctl poweroff; fi\n";
  Machine machine(folder_ / "machine", {{"/root/recipe.yaml", recipe}, {"/root/boot.sh", boot}});
  machine.power_on();
  ASSERT_TRUE(machine.wait_for_end(minutes(20))) << machine.console();
  EXPECT_THAT(machine.console(), HasSubstr("boots: reboot 1 of 3: systemctl reboot"));
  EXPECT_EQ(machine.file("/root/effects"), "before\nafter\n");
  EXPECT_THAT(machine.names("/etc/systemd/system"), Not(HasSubstr("assay-resume")));
  EXPECT_THAT(machine.names("/etc/systemd/system/multi-user.target.wants"), Not(HasSubstr("assay-resume")));

  take_store(machine);
  ASSERT_EQ(runs_.size(), 1U);
  std::vector<std::string> boots;
  for (const Json& line : journal(runs_.front())) {
    if (line["type"] == "answered") boots.push_back(line["answer"]["boot_id"]);
  }
  std::sort(boots.begin(), boots.end());
  EXPECT_EQ(boots.size(), 3U);
  EXPECT_EQ(std::unique(boots.begin(), boots.end()), boots.end()) << "each boot has an id of its own";
  const Outcome shown = assay({"runs", "show", "last", "--json"});
  ASSERT_EQ(shown.exit_code, 0) << shown.transcript;
  const Json run = Json::parse(shown.out);
  EXPECT_EQ(run["verdict"], "pass");
  EXPECT_EQ(run["exit_code"], 0);
  const Outcome verified = assay({"verify", "last"});
  EXPECT_EQ(verified.exit_code, 0) << verified.transcript;
}

TEST_F(Lab, PowerThatGoesAtAnyInstantLosesNothing) {
  constexpr int kSteps = 60;
  constexpr int kCuts = 6;
  // What a step does is on the disk before it ends: a file for each attempt, a line for each time.
  std::string recipe = kHead;
  for (int i = 0; i < kSteps; ++i) recipe += "  - { id: s" + std::to_string(i) + ", run: [sh, /root/effect.sh] }\n";
  const std::string effect =
      "file=\"/root/effects/${ASSAY_STEP##*/}\"\necho done >>\"$file\"\nsync \"$file\" /root/effects\nsleep 0.1\n";
  const std::string boot = std::string("echo begins\ncd /root\nif grep -qs '\"type\":\"planned\"' ") + kRuns +
                           "/*/journal.jsonl; then set resume; else set run recipe.yaml; fi\n"
                           "/opt/assay/bin/assay \"$@\"; echo \"$1 said $?\"; systemctl poweroff\n";
  Machine machine(folder_ / "machine", {{"/root/recipe.yaml", recipe},
                                        {"/root/effect.sh", effect},
                                        {"/root/effects/.keep", ""},
                                        {"/root/boot.sh", boot}});
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 chance(seed);
  int cuts = 0;
  while (cuts < kCuts) {
    machine.power_on();
    ASSERT_TRUE(machine.wait_for("boot.sh[", 1, minutes(5))) << machine.console();
    const auto instant = std::chrono::seconds(std::uniform_int_distribution<int>(1, 9)(chance));
    if (machine.wait_for_end(instant)) break;  // it was done already
    machine.cut_power();
    ++cuts;
  }
  EXPECT_GT(cuts, 1);
  machine.power_on();
  ASSERT_TRUE(machine.wait_for_end(minutes(10))) << machine.console();
  EXPECT_THAT(machine.console(), HasSubstr("resume said 0"));

  take_store(machine);
  ASSERT_THAT(runs_, Not(IsEmpty()));
  std::map<std::string, int> attempts;
  int resumed = 0;
  for (const Json& line : journal(runs_.back())) {
    if (line["type"] == "resumed") ++resumed;
    if (line["type"] != "finished") continue;
    EXPECT_EQ(line["verdict"], "pass") << line;
    EXPECT_TRUE(attempts.emplace(line["step"], line["attempts"]).second) << "a second result: " << line;
  }
  EXPECT_EQ(attempts.size(), std::size_t{kSteps});
  EXPECT_GT(resumed, 0);
  machine.copy_out("/root/effects", folder_.path());
  for (const auto& [step, number] : attempts) {
    for (int attempt = 1; attempt <= number; ++attempt) {
      const fs::path file = folder_ / "effects" / (step + '#' + std::to_string(attempt));
      const std::size_t times = fs::exists(file) ? count(slurp(file), "\n") : 0;
      EXPECT_LE(times, 1U) << "attempt " << attempt << " of " << step << " was made twice";
      if (attempt == number) {
        EXPECT_EQ(times, 1U) << step << " is said to be done and was not";
      }
    }
    EXPECT_FALSE(fs::exists(folder_ / "effects" / (step + '#' + std::to_string(number + 1)))) << step;
  }
  const Outcome verified = assay({"verify", "last"});
  EXPECT_EQ(verified.exit_code, 0) << verified.transcript;
}

}  // namespace
}  // namespace assay::test
