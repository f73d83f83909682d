// SPDX-License-Identifier: Apache-2.0
// ./assayw against a system made of scripts: what it installs, builds, passes on, and says when it cannot.
#include <gmock/gmock.h>

#include "engine/base/text.h"
#include "support/program.h"
#include "support/temp_folder.h"

namespace assay::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

// A project without sources and a PATH whose system tools write down their calls. `installed` lists the packages that
// dpkg-query knows; apt-get adds to it, except names that hold "unknown".
class Wrapper : public ::testing::Test {
 protected:
  Wrapper() {
    fs::create_directories(project() / "engine");
    fs::create_directories(project() / "tests");
    fs::copy_file(fs::path(ASSAY_SOURCE_DIR) / "assayw", project() / "assayw");
    folder_.write("项目 x/.ci/packages",
                  "# list\nbuild must g++ compiler\nbuild may ccache\ncertify may fio disks\ntest must libgtest-dev\n");
    folder_.write("installed", "g++ ccache fio libgtest-dev ");
    tool("cmake",
         "case $1 in\n"
         "--build) [ $4 = all ] && echo \"cmake build all\" >>\"$LOG\" || echo \"cmake build $4 $5\" >>\"$LOG\"; [ ! "
         "-e \"$FAIL\" ] || { echo 'compiler says no' >&2; exit 1; }\n"
         "  mkdir -p \"$2/bin\"; cp \"$PROGRAM\" \"$2/bin/assay\";;\n"
         "*) echo \"cmake configure $*\" >>\"$LOG\"; while [ \"$1\" != -B ]; do shift; done; touch "
         "\"$2/CMakeCache.txt\";;\n"
         "esac");
    tool("dpkg-query", "for p in $(cat \"$INSTALLED\"); do printf 'installed/%s ' \"$p\"; done");
    tool("apt-cache", "case $4$3$2 in *unknown*) exit 100;; esac");
    tool("apt-get",
         "echo \"apt-get $*\" >>\"$LOG\"\n"
         "case $* in *unknown*) echo 'E: Unable to locate package' >&2; exit 100;; *update*) exit 0;; esac\n"
         "for p; do case $p in -*|*=*|install) ;; *) printf '%s ' \"$p\" >>\"$INSTALLED\";; esac; done; echo 'apt "
         "talk'");
    tool("ctest", "echo \"ctest $*\"; exit 8");
    tool("id", "cat \"$UID_FILE\"");
    folder_.write("uid", "0\n");
    folder_.write("program", "#!/bin/sh\nprintf '[%s]' \"$@\"\necho\necho \"cwd $PWD\"\nexit ${EXIT:-0}\n");
    fs::permissions(folder_ / "program", fs::perms::owner_all);
  }

  fs::path project() const { return folder_ / "项目 x"; }
  std::string log() const { return fs::exists(folder_ / "log") ? slurp(folder_ / "log") : std::string(); }

  void tool(const std::string& name, const std::string& script) const {
    fs::permissions(folder_.write("bin/" + name, "#!/bin/sh\n" + script + "\n"), fs::perms::owner_all);
  }

  Invocation call(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), (project() / "assayw").string());
    Invocation invocation{.argv = std::move(arguments), .folder = folder_.path()};
    invocation.environment = {{"PATH", (folder_ / "bin").string() + ":/usr/bin:/bin"},
                              {"LOG", (folder_ / "log").string()},
                              {"FAIL", (folder_ / "fail").string()},
                              {"INSTALLED", (folder_ / "installed").string()},
                              {"PROGRAM", (folder_ / "program").string()},
                              {"UID_FILE", (folder_ / "uid").string()}};
    return invocation;
  }
  Outcome run(std::vector<std::string> arguments) const { return run_program(call(std::move(arguments))); }

  TempFolder folder_{"assay wrapper 目录"};
};

constexpr const char* kApt =
    "apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 -o Acquire::Retries=2 -o Acquire::http::Timeout=30 ";

TEST_F(Wrapper, PassesArgumentsFolderAndExitCodeOn) {
  Invocation invocation = call({"run", "a b", "", "中 文"});
  invocation.environment["EXIT"] = "4";
  const Outcome outcome = run_program(invocation);
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_EQ(outcome.out, "[run][a b][][中 文]\ncwd " + folder_.path().string() + "\n");
  EXPECT_EQ(log(), "cmake configure --preset release -B " + (project() / "build").string() +
                       " -DBUILD_TESTING=OFF\ncmake build assay probes\n");
}

TEST_F(Wrapper, ASecondCallSetsNothingUpAndSaysNothing) {
  run({"facts"});
  const std::string before = log();
  const Outcome outcome = run({"facts"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(log(), before);
}

TEST_F(Wrapper, SaysWhereTheProgramIs) {
  const Outcome outcome = run({"--where"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, (project() / "build/bin/assay").string() + "\n");
}

TEST_F(Wrapper, WorksWithoutAHome) {
  Invocation invocation = call({"facts"});
  invocation.environment["HOME"] = "";
  EXPECT_EQ(run_program(invocation).exit_code, 0);
}

TEST_F(Wrapper, ANewerSourceIsBuiltAgain) {
  run({"facts"});
  const auto built = fs::last_write_time(project() / "build/.assayw/built");
  fs::last_write_time(folder_.write("项目 x/engine/new.cpp", ""), built + std::chrono::seconds(1));
  EXPECT_EQ(run({"facts"}).exit_code, 0);
  EXPECT_THAT(log(), ::testing::EndsWith("cmake build assay probes\ncmake build assay probes\n"));
}

TEST_F(Wrapper, AMovedCloneIsConfiguredAfresh) {
  run({"facts"});
  fs::rename(project(), folder_ / "moved");
  Invocation invocation = call({"facts"});
  invocation.argv[0] = (folder_ / "moved/assayw").string();
  EXPECT_EQ(run_program(invocation).exit_code, 0);
  EXPECT_THAT(log(), HasSubstr("cmake configure --fresh --preset release -B " + (folder_ / "moved/build").string()));
}

TEST_F(Wrapper, InstallsOnlyWhatIsMissing) {
  folder_.write("installed", "g++ fio ");
  const Outcome outcome = run({"facts"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(log(), HasSubstr(std::string(kApt) + "install -y --no-install-recommends ccache\n"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("apt talk")));
  EXPECT_THAT(outcome.err, HasSubstr("installing Debian packages: ccache\n"));
}

TEST_F(Wrapper, CertifyAndTestNeedMore) {
  folder_.write("installed", "g++ ccache ");
  run({"facts"});
  EXPECT_THAT(log(), Not(HasSubstr("apt-get")));
  run({"certify", "--help"});
  EXPECT_THAT(log(), Not(HasSubstr("apt-get")));
  run({"certify"});
  EXPECT_THAT(log(), HasSubstr("--no-install-recommends fio\n"));
  EXPECT_THAT(log(), Not(HasSubstr("libgtest")));
  const Outcome outcome = run({"test", "-R", "Unit"});
  EXPECT_THAT(log(), HasSubstr("--no-install-recommends libgtest-dev\n"));
  EXPECT_THAT(log(), HasSubstr("-DBUILD_TESTING=ON\ncmake build all\n"));
  EXPECT_EQ(outcome.exit_code, 8);
  EXPECT_EQ(outcome.out, "ctest --test-dir " + (project() / "build").string() +
                             " --output-on-failure --no-tests=error -j 2 -LE ^(lab|slow|bench|fuzz)$ -R Unit\n");
}

TEST_F(Wrapper, LabelsOfTheCallerReplaceTheUsualOnes) {
  EXPECT_THAT(run({"test", "-L", "slow"}).out, ::testing::EndsWith("-j 2 -L slow\n"));
}

TEST_F(Wrapper, UsesSudoForAptOnly) {
  folder_.write("uid", "1000\n");
  folder_.write("installed", "g++ ");
  tool("sudo", "echo \"sudo $*\" >>\"$LOG\"; [ \"$1\" != -n ] || shift; \"$@\"");
  EXPECT_EQ(run({"facts"}).exit_code, 0);
  const std::string calls = log();
  for (const std::string_view line : lines(calls)) {
    if (line.starts_with("sudo")) {
      EXPECT_TRUE(line.starts_with("sudo -n apt-get ")) << line;
    }
  }
  EXPECT_THAT(calls, HasSubstr("sudo -n apt-get"));
}

TEST_F(Wrapper, NamesTheCommandWhenItCannotInstall) {
  if (fs::exists("/usr/bin/sudo")) GTEST_SKIP() << "this machine has sudo, which the test cannot hide";
  folder_.write("uid", "1000\n");
  folder_.write("installed", "ccache ");
  const Outcome outcome = run({"facts"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(
      outcome.err,
      "assayw: error: cannot install: g++ (you are not root and there is no sudo)\n"
      "  help: run this, then try again: sudo apt-get update && sudo apt-get install -y --no-install-recommends g++\n");
  EXPECT_EQ(log(), "");
}

TEST_F(Wrapper, AFailedInstallationIsTriedWithFreshListsAndThenTold) {
  folder_.write("项目 x/.ci/packages", "build must unknown-thing\n");
  const Outcome outcome = run({"facts"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(log(), HasSubstr(std::string(kApt) + "update\n"));
  EXPECT_THAT(outcome.err, HasSubstr("cannot install: unknown-thing (apt-get failed, its words are above)\n"));
  EXPECT_THAT(outcome.err, HasSubstr("help: run this, then try again: apt-get update && apt-get install -y"));
}

TEST_F(Wrapper, AMissingToolOfCertifyIsAWarning) {
  folder_.write("项目 x/.ci/packages", "build must g++\ncertify may unknown-tool\ncertify may mbw\n");
  const Outcome first = run({"certify"});
  EXPECT_EQ(first.exit_code, 0);
  EXPECT_THAT(first.err, HasSubstr("not installed: unknown-tool - what needs them is skipped with its reason\n"));
  EXPECT_THAT(slurp(folder_ / "installed"), HasSubstr("mbw")) << "the others are installed all the same";
  const std::string before = log();
  const Outcome second = run({"certify"});
  EXPECT_THAT(second.err, HasSubstr("not installed: unknown-tool"));
  EXPECT_EQ(log(), before) << "apt is not asked at every call";
}

TEST_F(Wrapper, NoInstallationWhenToldSo) {
  folder_.write("installed", "");
  Invocation invocation = call({"facts"});
  invocation.environment["ASSAY_NO_INSTALL"] = "1";
  const Outcome outcome = run_program(invocation);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err,
              HasSubstr("not installed: g++ (ASSAY_NO_INSTALL is set); trying to build with what is here"));
  EXPECT_THAT(log(), Not(HasSubstr("apt-get")));
}

TEST_F(Wrapper, AFailedBuildShowsTheReasonAndEndsWith3) {
  folder_.write("fail", "");
  const Outcome outcome = run({"facts"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("compiler says no\nassayw: error: building failed; the reason is above\n"));
  fs::remove(folder_ / "fail");
  EXPECT_EQ(run({"facts"}).exit_code, 0);
}

TEST_F(Wrapper, AFolderThatCannotBeWrittenIsNamed) {
  folder_.write("项目 x/build", "a file where the folder should be");
  const Outcome outcome = run({"facts"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.err, "assayw: error: cannot write to '" + (project() / "build").string() +
                             "': the folder is read-only or belongs to someone else\n"
                             "  help: build in a folder of your own: ASSAY_BUILD_DIR=/some/folder '" +
                             (project() / "assayw").string() + "' …\n");
}

TEST_F(Wrapper, AnotherBuildFolderMayBeChosen) {
  Invocation invocation = call({"--where"});
  invocation.environment["ASSAY_BUILD_DIR"] = "else where";
  EXPECT_EQ(run_program(invocation).out, (folder_ / "else where/bin/assay").string() + "\n");
  EXPECT_FALSE(fs::exists(project() / "build"));
}

TEST_F(Wrapper, TwoCallsAtOnceBuildOnce) {
  Invocation invocation = call({});
  const std::string program = "'" + invocation.argv[0] + "'";
  invocation.argv = {"sh", "-c", program + " a & " + program + " b & wait"};
  const Outcome outcome = run_program(invocation);
  EXPECT_THAT(outcome.out, HasSubstr("[a]"));
  EXPECT_THAT(outcome.out, HasSubstr("[b]"));
  const std::string calls = log();
  EXPECT_EQ(lines(calls).size(), 2U) << calls;
}

}  // namespace
}  // namespace assay::test
