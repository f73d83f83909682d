// SPDX-License-Identifier: Apache-2.0
// The shipped recipes that change something, carried out in a folder: done, done again, undone, and when it goes wrong.
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "e2e/background.h"
#include "e2e/harness.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"

namespace assay::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class ShippedRecipe : public EndToEnd {
 protected:
  [[nodiscard]] std::string at(const std::string& name) const { return (folder_ / name).string(); }
  // `assay run RECIPE --json` with parameters, and with other keys of its steps where its own are too patient for a
  // test.
  Outcome carry_out(const std::string& recipe, const std::vector<std::string>& params,
                    const std::map<std::string, std::string>& environment = {}, const std::string& steps = {}) const {
    std::vector<std::string> words = {"run", std::string(ASSAY_SOURCE_DIR) + "/recipes/" + recipe + ".yaml", "--json"};
    for (const std::string& param : params) words.insert(words.end(), {"-p", param});
    if (!steps.empty()) {
      const std::string head = "apiVersion: assay/v1\nkind: Overlay\nmetadata: { name: hasty, version: 1.0.0 }\n";
      words.insert(words.end(), {"--overlay", write("hasty.yaml", head + "steps: { " + steps + " }\n").string()});
    }
    return called(words, environment);
  }
  // Programs of the folder's `bin` go before those of the machine.
  Outcome called(const std::vector<std::string>& words,
                 const std::map<std::string, std::string>& environment = {}) const {
    Invocation call = invocation(words);
    call.environment["PATH"] = at("bin") + ":/usr/bin:/bin";
    call.environment.insert(environment.begin(), environment.end());
    return run(call);
  }
  // A program for the folder's `bin`.
  void program(const std::string& name, const std::string& script) const {
    const fs::path file = write("bin/" + name, "#!/bin/sh\n" + script);
    fs::permissions(file, fs::perms::owner_all);
  }
  [[nodiscard]] std::string newest() const { return runs().back().filename().string(); }
  // "step verdict change" of each step of the newest run that was carried out.
  [[nodiscard]] std::vector<std::string> came_of() const {
    std::vector<std::string> out;
    const Json shown = last_json(run({"runs", "show", "--json"}));
    for (const Json& step : shown["steps"]) {
      if (step["verdict"] == "skipped") continue;
      const std::string change = step["change"].is_string() ? " " + step["change"].get<std::string>() : "";
      out.push_back(step["id"].get<std::string>() + ' ' + step["verdict"].get<std::string>() + change);
    }
    return out;
  }
};

// --- node-settings ---

class NodeSettings : public ShippedRecipe {
 protected:
  void SetUp() override {
    write("kernel/vm/swappiness", "60\n");
    write("kernel/net/ipv4/ip_local_port_range", "32768\t60999\n");
    program("systemctl", "echo \"$*\" >> " + at("systemctl.log") + "\n");
  }
  [[nodiscard]] std::vector<std::string> params() const {
    return {"settings=vm.swappiness=10,net.ipv4.ip_local_port_range=32768 60999", "services=slurmd", "etc=" + at("etc"),
            "kernel=" + at("kernel")};
  }
  [[nodiscard]] std::string drop_in() const { return at("etc/systemd/system/slurmd.service.d/60-assay.conf"); }
};

TEST_F(NodeSettings, AreSetOnceAndTakenBack) {
  write("etc/sysctl.d/60-assay.conf", "before=1\n\n");
  const Outcome first = carry_out("node-settings", params());
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(came_of(), testing::IsSupersetOf({"now[setting=vm.swappiness] pass changed",
                                                "now[setting=net.ipv4.ip_local_port_range] pass ok",
                                                "file pass changed", "limit[service=slurmd] pass changed"}));
  EXPECT_EQ(slurp(at("kernel/vm/swappiness")), "10\n");
  EXPECT_EQ(slurp(at("etc/sysctl.d/60-assay.conf")), "vm.swappiness=10\nnet.ipv4.ip_local_port_range=32768 60999\n");
  EXPECT_EQ(slurp(drop_in()), "[Service]\nLimitMEMLOCK=infinity\n");
  EXPECT_EQ(slurp(at("systemctl.log")), "daemon-reload\ntry-restart slurmd.service\n");
  const std::string done = newest();

  const Outcome again = carry_out("node-settings", params());
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(came_of(), Not(testing::Contains(HasSubstr("changed"))));
  EXPECT_EQ(slurp(at("systemctl.log")), "daemon-reload\ntry-restart slurmd.service\n") << "nothing was restarted again";

  const Outcome undone = called({"undo", done});
  EXPECT_EQ(undone.exit_code, 0) << undone.err;
  EXPECT_EQ(slurp(at("kernel/vm/swappiness")), "60\n");
  EXPECT_EQ(slurp(at("etc/sysctl.d/60-assay.conf")), "before=1\n\n");
  EXPECT_FALSE(fs::exists(drop_in()));
  EXPECT_THAT(slurp(at("systemctl.log")), testing::EndsWith("daemon-reload\n")) << "systemd is told of it";
}

TEST_F(NodeSettings, OfAnImageTouchNothingElse) {
  std::vector<std::string> all = params();
  all.emplace_back("live=false");
  const Outcome outcome = carry_out("node-settings", all);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(slurp(at("kernel/vm/swappiness")), "60\n");
  EXPECT_TRUE(fs::exists(drop_in()));
  EXPECT_FALSE(fs::exists(at("systemctl.log")));
  EXPECT_EQ(called({"undo", newest()}).exit_code, 0);
  EXPECT_FALSE(fs::exists(at("etc/sysctl.d/60-assay.conf"))) << "there was none before";
}

TEST_F(NodeSettings, ThatTheKernelDoesNotHaveChangeNothing) {
  const Outcome outcome =
      carry_out("node-settings", {"settings=vm.no_such_thing=1", "etc=" + at("etc"), "kernel=" + at("kernel")});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("No such file"));
  EXPECT_FALSE(fs::exists(at("etc")));
}

// --- fetch-file ---

class FetchFile : public ShippedRecipe {
 protected:
  void SetUp() override {
    if (run_program({.argv = {"curl", "--version"}, .folder = folder_.path()}).exit_code != 0)
      GTEST_SKIP() << "curl is not installed";
    write("served", "firmware\n");
    fs::create_directory(at("out"));
  }
  [[nodiscard]] std::vector<std::string> params(const std::string& url) const {
    return {"url=" + url, "sha256=" + sha256_hex("firmware\n"), "to=" + at("out/fw.bin")};
  }
};

TEST_F(FetchFile, ComesOnceAndGoesBack) {
  write("out/fw.bin", "older\n");
  const Outcome first = carry_out("fetch-file", params("file://" + at("served")));
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(slurp(at("out/fw.bin")), "firmware\n");
  EXPECT_EQ(slurp(at("out/fw.bin.before")), "older\n");
  const std::string done = newest();

  fs::remove(at("served"));
  const Outcome again = carry_out("fetch-file", params("file://" + at("served")));
  EXPECT_EQ(again.exit_code, 0) << "it is there: no server is asked\n" << again.err;

  EXPECT_EQ(called({"undo", done}).exit_code, 0);
  EXPECT_EQ(slurp(at("out/fw.bin")), "older\n");
  EXPECT_FALSE(fs::exists(at("out/fw.bin.before")));
}

TEST_F(FetchFile, WithAWrongByteLeavesWhatWasThere) {
  write("out/fw.bin", "older\n");
  write("served", "firmwarE\n");
  const Outcome outcome = carry_out("fetch-file", params("file://" + at("served")));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("outputs.sha256 == params.sha256"));
  EXPECT_EQ(slurp(at("out/fw.bin")), "older\n");
  EXPECT_FALSE(fs::exists(at("out/fw.bin.part"))) << "no part stays behind";
}

// A server that is busy once, wants a token, and then gives the file.
constexpr const char* kServer = R"(
import http.server
asked = []
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.path)
        known = self.headers.get("Authorization") == "Bearer open-sesame-77"
        status = 503 if len(asked) == 1 else 200 if known else 401
        self.send_response(status)
        self.end_headers()
        if status == 200:
            self.wfile.write(b"firmware\n")
    def log_message(self, *words):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
)";

TEST_F(FetchFile, FromABusyServerWithATokenThatNobodySees) {
  const Background server({"python3", "-c", kServer}, STDOUT_FILENO, "");
  if (server.line().empty()) GTEST_SKIP() << "python3 cannot serve here";
  std::vector<std::string> all = params("http://127.0.0.1:" + server.line() + "/fw.bin");
  all.emplace_back("access=token");
  const Outcome outcome = carry_out("fetch-file", all, {{"FETCH_TOKEN", "open-sesame-77"}},
                                    "by-token: { retry: { attempts: 2, backoff: 1ms, on: [application] } }");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(slurp(at("out/fw.bin")), "firmware\n");
  EXPECT_THAT(outcome.err, HasSubstr("by-token: attempt 1 of 2 failed"));
  EXPECT_THAT(outcome.err, HasSubstr("after 2 attempts"));
  for (const auto& entry : fs::recursive_directory_iterator(store())) {
    if (!entry.is_regular_file()) continue;
    EXPECT_THAT(slurp(entry.path()), Not(HasSubstr("open-sesame-77"))) << entry.path();
  }
}

TEST_F(FetchFile, WithATokenThatIsNotSetStartsNothing) {
  std::vector<std::string> all = params("file://" + at("served"));
  all.emplace_back("access=token");
  const Outcome outcome = carry_out("fetch-file", all);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("the variable 'FETCH_TOKEN' is not set"));
}

// --- switch-release ---

class SwitchRelease : public ShippedRecipe {
 protected:
  // An archive of a release whose health check is `health`.
  std::string archive(const std::string& version, const std::string& health) const {
    const fs::path file = write("build-" + version + "/bin/health", "#!/bin/sh\n" + health);
    fs::permissions(file, fs::perms::owner_all);
    const std::string tar = at("app-" + version + ".tar");
    const Invocation make{.argv = {"tar", "-cf", tar, "-C", at("build-" + version), "."}, .folder = folder_.path()};
    EXPECT_EQ(run_program(make).exit_code, 0);
    return tar;
  }
  [[nodiscard]] std::vector<std::string> params(const std::string& version, const std::string& tar) const {
    return {"archive=" + tar, "sha256=" + sha256_hex(slurp(tar)), "version=" + version, "into=" + at("app")};
  }
  Outcome unattended(const std::string& version, const std::string& health) const {
    std::vector<std::string> all = params(version, archive(version, health));
    all.emplace_back("ask=false");
    return carry_out("switch-release", all);
  }
  [[nodiscard]] std::string current() const { return fs::read_symlink(at("app/current")).string(); }
};

TEST_F(SwitchRelease, SwitchesKeepsTheOneBeforeAndGoesBack) {
  for (const char* version : {"1.0", "1.1", "2.0"}) {
    const Outcome outcome = unattended(version, "exit 0\n");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(current(), "releases/" + std::string(version));
  }
  EXPECT_FALSE(fs::exists(at("app/releases/1.0"))) << "two stay";
  EXPECT_TRUE(fs::exists(at("app/releases/1.1")));
  const std::string done = newest();

  const Outcome again = unattended("2.0", "exit 0\n");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(came_of(), Not(testing::Contains(HasSubstr("changed"))));

  EXPECT_EQ(called({"undo", done}).exit_code, 0);
  EXPECT_EQ(current(), "releases/1.1");
  EXPECT_FALSE(fs::exists(at("app/releases/2.0")));
}

TEST_F(SwitchRelease, ASickReleaseIsTakenBack) {
  ASSERT_EQ(unattended("1.0", "exit 0\n").exit_code, 0);
  std::vector<std::string> all = params("2.0", archive("2.0", "echo no answer on port 8080 >&2; exit 1\n"));
  all.emplace_back("ask=false");
  const Outcome outcome = carry_out("switch-release", all, {}, "healthy: { retry: null }");
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("no answer on port 8080"));
  EXPECT_EQ(current(), "releases/1.0");
  EXPECT_THAT(came_of(), testing::IsSupersetOf(
                             {"healthy fail", "back pass changed", "current pass", "change pass", "serves fail"}));
  EXPECT_TRUE(fs::exists(at("app/releases/1.0"))) << "no release is removed after a failure";
}

TEST_F(SwitchRelease, AsksAndGoesOnWithTheAnswer) {
  const std::string tar = archive("1.0", "exit 0\n");
  const Outcome asked = carry_out("switch-release", params("1.0", tar));
  EXPECT_EQ(asked.exit_code, 4) << asked.err;
  EXPECT_THAT(asked.err, HasSubstr("Switch " + at("app") + " to 1.0? Nothing is restarted."));
  EXPECT_FALSE(fs::exists(at("app/current")));
  EXPECT_EQ(called({"answer", newest(), "go", "yes"}).exit_code, 0);
  const Outcome resumed = called({"resume"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(current(), "releases/1.0");
}

TEST_F(SwitchRelease, AfterANoNothingIsSwitched) {
  ASSERT_EQ(unattended("1.0", "exit 0\n").exit_code, 0);
  const std::string tar = archive("2.0", "exit 0\n");
  ASSERT_EQ(carry_out("switch-release", params("2.0", tar)).exit_code, 4);
  EXPECT_EQ(called({"answer", newest(), "go", "no"}).exit_code, 0);
  EXPECT_EQ(called({"resume"}).exit_code, 1);
  EXPECT_EQ(current(), "releases/1.0");
}

TEST_F(SwitchRelease, AnotherArchiveIsNotUnpacked) {
  std::vector<std::string> all = params("1.0", archive("1.0", "exit 0\n"));
  std::ofstream(at("app-1.0.tar"), std::ios::app) << "x";
  const Outcome outcome = carry_out("switch-release", all);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_FALSE(fs::exists(at("app")));
}

}  // namespace
}  // namespace assay::test
