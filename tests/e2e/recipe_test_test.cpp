// SPDX-License-Identifier: Apache-2.0
// `assay test`: recipes are rehearsed without touching the machine, and come out as a real run does.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <set>

#include "e2e/harness.h"
#include "engine/base/text.h"

namespace assay::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

class RecipeTests : public EndToEnd {
 protected:
  std::string recipe(const std::string& rest) const {
    return write("r.yaml", "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: r, version: 1.0.0 }\n" + rest)
        .string();
  }
  std::string cases(const std::string& text, const std::string& name = "r.test.yaml") const {
    return write(name, "apiVersion: assay/v1\nkind: RecipeTest\nmetadata: { name: r }\nrecipe: r.yaml\ncases:\n" + text)
        .string();
  }
};

// Every file of tests that is shipped; a shipped recipe without one is noticed.
TEST_F(RecipeTests, OfEveryShippedRecipePass) {
  const fs::path recipes = fs::path(ASSAY_SOURCE_DIR) / "recipes";
  const Outcome outcome = run({"test", (recipes / "tests").string(), "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  std::set<std::string> tested;
  const Json result = last_json(outcome);
  for (const Json& file : result["files"]) {
    tested.insert(file["name"]);
    EXPECT_GE(file["cases"].size(), 3U) << file["name"];
  }
  for (const auto& entry : fs::directory_iterator(recipes)) {
    if (entry.path().extension() == ".yaml") {
      EXPECT_EQ(tested.count(entry.path().stem().string()), 1U) << entry.path() << " has no test in recipes/tests";
    }
  }
}

// Commands that end in every way, values that go from step to step, a matrix, artifacts, a script, what is skipped.
constexpr const char* kEveryEnding = R"yaml(params: { word: { type: string, default: hello } }
steps:
  - { id: say, run: [printf, "3 ${{ params.word }}\n"], outputs: { n: "int(stdout.extract('([0-9]+)'))" }, ensure: outputs.n == 3 }
  - { id: rows, needs: [say], matrix: { n: [0, 1] }, run: [sh, -c, 'echo row >&2; exit "$1"', sh, "${{ matrix.n }}"] }
  - { id: absent, needs: [say], run: [no-such-tool-at-all] }
  - { id: killed, needs: [say], run: [sh, -c, "echo dying; kill -SEGV $$"] }
  - { id: unfit, needs: [say], run: [printf, "4"], outputs: { n: int(stdout) }, ensure: outputs.n < 4 }
  - { id: unreadable, needs: [say], run: [printf, "many"], outputs: { n: int(stdout) } }
  - { id: passes_over, needs: [say], run: [sh, -c, "exit 4"], skip_exit: [4] }
  - { id: leaves, needs: [say], run: [sh, -c, "echo kept > out.txt; echo not > out.log"], artifacts: ["*.txt"] }
  - { id: late, needs: [say], run: [sleep, "1000"], timeout: 100ms }
  - id: script
    needs: [say]
    run: |
      cat
      echo ${{ steps.say.outputs.n }}
    stdin: "from ${{ params.word }}\n"
  - { id: after, needs: [rows], run: [printf, never] }
  - { id: whatever, needs: [rows, late], if: always(), run: [printf, "%s", "${{ steps.rows.verdict }}"], outputs: { v: stdout } }
)yaml";
constexpr const char* kItsScript = R"yaml(  - name: as it really is
    tools_missing: no-such-tool-at-all
    steps:
      say: { stdout: "3 hello\n" }
      rows: { stderr: "row\n" }
      'rows[n=1]': { stderr: "row\n", exit_code: 1 }
      killed: { stdout: "dying\n", signal: SEGV }
      unfit: { stdout: "4" }
      unreadable: { stdout: "many" }
      passes_over: { exit_code: 4 }
      leaves: { files: { out.txt: "kept\n", out.log: "not\n" } }
      late: { takes: 1000s }
      script: { stdout: "from hello\n3\n" }
      whatever: { stdout: "fail" }
    expect:
)yaml";

// What a rehearsal must have in common with a run: per step status, verdict, reason, exit code, attempts, outputs and
// the names and bytes of its evidence.
TEST_F(RecipeTests, ARehearsalComesOutAsARunDoes) {
  const std::string path = recipe(kEveryEnding);
  const Outcome real = run({"run", path, "--json"});
  ASSERT_EQ(real.exit_code, 1) << real.err;
  const Json verdict = last_json(real);
  // The record of the run becomes the expectation of the rehearsal, word for word.
  std::string expected = "      verdict: " + verdict["verdict"].get<std::string>() +
                         "\n      exit_code: " + std::to_string(verdict["exit_code"].get<int>()) + "\n      steps:\n";
  std::size_t steps = 0;
  for (const Json& line : journal()) {
    if (line["type"] != "finished") continue;
    ++steps;
    Json step = {{"verdict", line["verdict"]},
                 {"status", line["status"]},
                 {"reason", line.value("reason", "")},
                 {"attempts", line.value("attempts", 0)}};
    if (line.contains("exit_code") && !line["exit_code"].is_null()) step["exit_code"] = line["exit_code"];
    if (line.contains("outputs") && !line["outputs"].empty()) step["outputs"] = line["outputs"];
    expected += "        " + line["step"].dump() + ": " + step.dump() + "\n";
  }
  EXPECT_EQ(steps, 13U);
  const Outcome rehearsed = run({"test", cases(kItsScript + expected)});
  EXPECT_EQ(rehearsed.exit_code, 0) << rehearsed.out << rehearsed.err;
}

TEST_F(RecipeTests, NothingIsStartedReadOrLeftBehind) {
  recipe("steps: [{ id: a, run: [sh, -c, 'touch started; env > env.txt'] }, { id: b, facts: true }]\n");
  const std::string file = cases(
      "  - { name: c, facts: { cpu: { threads: 3 } }, steps: { a: {} }, expect: { verdict: pass, steps: { a: { env: { "
      "HOME: /root } } } } }\n");
  Invocation invocation = this->invocation({"test", file});
  const fs::path temporary = folder_ / "tmp";
  fs::create_directory(temporary);
  invocation.environment["TMPDIR"] = temporary.string();
  invocation.environment["HOME"] = "/home/of/somebody";
  const Outcome outcome = run(invocation);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_TRUE(fs::is_empty(temporary)) << "the record of a rehearsal goes away";
  EXPECT_FALSE(fs::exists(store())) << "a rehearsal is no run";
  EXPECT_FALSE(fs::exists(folder_ / "started"));
}

TEST_F(RecipeTests, HoursPassInNoTime) {
  recipe("steps: [{ id: a, run: [tool], timeout: 20h }, { id: b, if: always(), run: [tool] }]\n");
  const Outcome outcome = run({"test",
                               cases("  - { name: c, steps: { a: { takes: 40h }, b: { takes: 5h } }, expect: { "
                                     "verdict: error, steps: { a: { reason_contains: 'longer than 20h' } } } }\n"),
                               "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(last_json(outcome)["files"][0]["cases"][0]["took_s"], 25.0 * 3600);
}

TEST_F(RecipeTests, AFolderIsLookedThroughAndCasesCanBeChosen) {
  recipe("steps: [{ id: a, run: [tool] }]\n");
  cases(
      "  - { name: one good, steps: { a: {} }, expect: { verdict: pass } }\n  - { name: one bad, steps: { a: {} }, "
      "expect: { verdict: fail } }\n");
  cases("  - { name: another good, steps: { a: {} }, expect: { verdict: pass } }\n", "deep/er/s.test.yaml");
  write("deep/er/r.yaml",
        "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: r, version: 1.0.0 }\nsteps: [{ id: a, run: [tool] }]\n");
  const Outcome all = run({"test", folder_.path().string()});
  EXPECT_EQ(all.exit_code, 1);
  EXPECT_THAT(all.out, HasSubstr("2 passed, 1 failed\n"));
  EXPECT_LT(all.out.find("another good"), all.out.find("one good")) << "in order of name";
  const Outcome good = run({"test", folder_.path().string(), "--only", "*good"});
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_THAT(good.out, HasSubstr("2 passed\n"));
  EXPECT_THAT(good.err, IsEmpty());
}

TEST_F(RecipeTests, WriteJunit) {
  recipe("steps: [{ id: a, run: [tool] }]\n");
  const std::string file = cases(
      "  - { name: 'good < bad', steps: { a: {} }, expect: { verdict: pass } }\n  - { name: bad, steps: { a: {} }, "
      "expect: { verdict: fail } }\n  - { name: wrong, expect: { verdict: fail } }\n");
  const Outcome outcome = run({"test", file, "--junit", (folder_ / "out.xml").string()});
  EXPECT_EQ(outcome.exit_code, 2) << "a case that is wrong itself goes before one that failed";
  pugi::xml_document document;
  ASSERT_TRUE(document.load_file((folder_ / "out.xml").c_str()));
  const pugi::xml_node suite = document.child("testsuites").child("testsuite");
  EXPECT_EQ(suite.attribute("tests").as_int(), 3);
  EXPECT_STREQ(suite.child("testcase").attribute("name").as_string(), "good < bad");
  EXPECT_TRUE(suite.find_child_by_attribute("testcase", "name", "bad").child("failure"));
  EXPECT_TRUE(suite.find_child_by_attribute("testcase", "name", "wrong").child("error"));
}

// The words of a failure stand at the line of the expectation, so that an editor can jump there.
TEST_F(RecipeTests, AFailureNamesTheLine) {
  recipe("steps: [{ id: a, run: [tool] }]\n");
  const Outcome outcome =
      run({"test", cases("  - name: c\n    steps: { a: { exit_code: 1 } }\n    expect:\n      verdict: pass\n")});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("r.test.yaml:9:16: error[R070]: the verdict of the run is fail"));
}

}  // namespace
}  // namespace assay::test
