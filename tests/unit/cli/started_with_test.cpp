// SPDX-License-Identifier: Apache-2.0
// What a run was started with, in its record and out of it; and the unit that starts it again after a reboot.
#include "cli/started_with.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/reboot.h"

namespace assay::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using Variables = std::vector<std::pair<std::string, std::string>>;

class StartedWithTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto& name : kNames) {
      if (const char* value = std::getenv(name)) before_.emplace_back(name, value);
      ::unsetenv(name);
    }
    ::setenv("PATH", "/opt/bin:/usr/bin:/bin", 1);
    ::setenv("HOME", "/home/ann", 1);
  }
  void TearDown() override {
    for (const auto& name : kNames) ::unsetenv(name);
    for (const auto& [name, value] : before_) ::setenv(name.c_str(), value.c_str(), 1);
  }
  static constexpr const char* kNames[] = {
      "PATH",          "HOME",     "USER",        "TMPDIR",    "http_proxy", "https_proxy",     "HTTP_PROXY",
      "no_proxy",      "NO_PROXY", "HTTPS_PROXY", "all_proxy", "ftp_proxy",  "XDG_CONFIG_HOME", "XDG_CACHE_HOME",
      "ASSAY_LOCK_DIR"};
  Variables before_;
};

TEST_F(StartedWithTest, HoldsWhatStepsSeeAndNoPasswordOfAProxy) {
  ::setenv("http_proxy", "http://ann:hunter2@proxy:3128", 1);
  ::setenv("no_proxy", "a@b", 1);
  ::setenv("https_proxy", "http://proxy:3128", 1);
  const Json json = to_json(started_now({.jobs = 3, .vault = "../v"}));
  EXPECT_EQ(json["folder"], std::filesystem::current_path().string());
  EXPECT_EQ(json["jobs"], 3);
  EXPECT_EQ(json["vault"], (std::filesystem::current_path().parent_path() / "v").string());
  const Json& environment = json["environment"];
  EXPECT_EQ(environment.size(), 5U) << json.dump();
  EXPECT_EQ(environment["PATH"], "/opt/bin:/usr/bin:/bin");
  EXPECT_EQ(environment["HOME"], "/home/ann");
  EXPECT_EQ(environment["https_proxy"], "http://proxy:3128");
  for (const char* name : {"http_proxy", "no_proxy"}) EXPECT_TRUE(environment[name].is_null()) << "it may hold one";
  EXPECT_EQ(json.dump().find("hunter2"), std::string::npos);
}

TEST_F(StartedWithTest, IsAsTheRecordSaysButForWhatItDoesNotHoldAndWhatIsSaidNow) {
  const Json made_from = {{"started_with",
                           {{"folder", "/srv/job"},
                            {"jobs", 7},
                            {"vault", "/srv/vault"},
                            {"environment",
                             {{"PATH", "/srv/bin"},
                              {"TMPDIR", "/srv/***"},
                              {"http_proxy", nullptr},
                              {"https_proxy", nullptr},
                              {"LD_PRELOAD", "/tmp/x.so"}}}}}};
  ::setenv("USER", "bob", 1);
  ::setenv("TMPDIR", "/var/tmp", 1);
  ::setenv("http_proxy", "http://bob:pw@proxy", 1);
  const StartedWith before = started_before(made_from, {});
  EXPECT_EQ(before.folder, "/srv/job");
  EXPECT_EQ(before.jobs, 7U);
  EXPECT_EQ(before.vault, "/srv/vault");
  EXPECT_THAT(before.environment, ElementsAre(std::pair("PATH", "/srv/bin"), std::pair("TMPDIR", "/var/tmp"),
                                              std::pair("http_proxy", "http://bob:pw@proxy")))
      << "no USER, which it was started without, and nothing that steps would not see";
  const StartedWith said = started_before(made_from, {.jobs = 2, .vault = "/other"});
  EXPECT_EQ(said.jobs, 2U);
  EXPECT_EQ(said.vault, "/other");
}

TEST_F(StartedWithTest, ARecordThatSaysNothingOrNonsenseChangesNothing) {
  const StartedWith now = started_now({});
  for (const Json& made_from :
       {Json(), Json::object(), Json({{"started_with", nullptr}}),
        Json({{"started_with", {{"folder", 1}, {"jobs", -1}, {"vault", {}}, {"environment", {"PATH"}}}}})}) {
    SCOPED_TRACE(made_from.dump());
    const StartedWith before = started_before(made_from, {});
    EXPECT_EQ(before.folder, now.folder);
    EXPECT_EQ(before.jobs, 0U);
    EXPECT_FALSE(before.vault);
    EXPECT_EQ(before.environment, now.environment);
  }
}

TEST_F(StartedWithTest, TheUnitHasWhatTheRecordDoesNotHold) {
  ::setenv("http_proxy", "http://ann:hunter2@proxy:3128", 1);
  ::setenv("XDG_CONFIG_HOME", "/home/ann/conf", 1);
  ::setenv("XDG_CACHE_HOME", "/home/ann/cache", 1);
  const auto plain = unit_for("/usr/bin/assay", "/srv/store", {}, started_now({}), "R");
  EXPECT_THAT(plain.command, ElementsAre("/usr/bin/assay", "--store", "/srv/store", "resume", "--boot", "R"));
  for (const auto& variable : Variables{{"PATH", "/opt/bin:/usr/bin:/bin"},
                                        {"HOME", "/home/ann"},
                                        {"XDG_CONFIG_HOME", "/home/ann/conf"},
                                        {"XDG_CACHE_HOME", "/home/ann/cache"}})
    EXPECT_THAT(plain.variables, Contains(variable));
  EXPECT_THAT(plain.private_variables, ElementsAre(std::pair("http_proxy", "http://ann:hunter2@proxy:3128")));
  const RunSettings settings{.jobs = 4, .vault = "/v", .passphrase_file = "/p"};
  EXPECT_THAT(unit_for("/usr/bin/assay", "/s", settings, started_now(settings), "R").command,
              ElementsAre("/usr/bin/assay", "--store", "/s", "resume", "--boot", "R", "-j", "4", "--vault", "/v",
                          "--passphrase-file", "/p"));
}

}  // namespace
}  // namespace assay::cli
