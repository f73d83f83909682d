// SPDX-License-Identifier: Apache-2.0
// What becomes of the steps of a plan, and what the record says of it.
#include "engine/run/engine.h"

#include <unistd.h>

#include "engine/base/sha256.h"
#include "engine_fixture.h"
#include "support/cases.h"

namespace assay::run {
namespace {

using record::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;

struct FlowCase {
  const char* name;
  const char* steps;
  std::vector<std::string> told;
  Verdict verdict;
  int exit_code;
};
class Flow : public EngineTest, public testing::WithParamInterface<FlowCase> {};
TEST_P(Flow, EndsAsItShould) {
  run(GetParam().steps);
  EXPECT_EQ(told(), GetParam().told);
  EXPECT_EQ(result_.outcome.verdict, GetParam().verdict);
  EXPECT_EQ(result_.outcome.exit_code, GetParam().exit_code);
  EXPECT_EQ(result_.problem, "");
  EXPECT_EQ(record_.verdict, GetParam().verdict);
  EXPECT_EQ(record_.exit_code, GetParam().exit_code);
  EXPECT_THAT(record_.damage, testing::IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(options_.store / "tmp"));
}
const FlowCase kFlows[] = {
    {"sequence",
     "steps: [{ id: a, run: ['true'] }, { id: b, run: ['true'] }]\n",
     {"a finished pass", "b finished pass"},
     Verdict::kPass,
     0},
    {"a_failure_keeps_the_rest_from_running",
     "steps: [{ id: a, run: ['false'] }, { id: b, run: ['true'] }, { id: c, run: ['true'] }]\n",
     {"a finished fail: exit code 1", "b skipped skipped: needs a [needs]", "c skipped skipped: needs a [needs]"},
     Verdict::kFail,
     1},
    {"an_error_too",
     "steps: [{ id: a, run: [no-such-tool] }, { id: b, run: ['true'] }]\n",
     {"a error error: cannot start 'no-such-tool': not found on PATH", "b skipped skipped: needs a [needs]"},
     Verdict::kError,
     3},
    {"only_what_needs_it",
     "order: graph\nsteps: [{ id: a, run: ['false'] }, { id: b, needs: [a], run: ['true'] }, { id: c, run: ['true'] "
     "}]\n",
     {"a finished fail: exit code 1", "b skipped skipped: needs a [needs]", "c finished pass"},
     Verdict::kFail,
     1},
    {"status_functions",
     "steps: [{ id: a, run: ['false'] }, { id: b, if: failure(), run: ['true'] }, { id: c, if: always(), run: ['true'] "
     "}, { id: d, if: success(), run: ['true'] }]\n",
     {"a finished fail: exit code 1", "b finished pass", "c finished pass",
      "d skipped skipped: condition: success() [condition]"},
     Verdict::kFail,
     1},
    {"no_failure_no_rescue",
     "steps: [{ id: a, run: ['true'] }, { id: b, if: failure(), run: ['true'] }]\n",
     {"a finished pass", "b skipped skipped: condition: failure() [condition]"},
     Verdict::kPass,
     0},
    {"own_condition_is_no_failure",
     "steps: [{ id: a, if: facts.cpu.threads > 64, run: ['true'] }, { id: b, run: ['true'] }]\n",
     {"a skipped skipped: condition: facts.cpu.threads > 64 [condition]", "b finished pass"},
     Verdict::kPass,
     0},
    {"condition_over_outputs",
     "steps: [{ id: a, run: [echo, '3'], outputs: { n: int(stdout.trim()) } }, { id: b, if: steps.a.outputs.n == 3, "
     "run: [echo, \"${{ steps.a.outputs.n + 1 }}\"] }, { id: c, if: steps.b.verdict == 'fail', run: ['true'] }]\n",
     {"a finished pass", "b finished pass", "c skipped skipped: condition: steps.b.verdict == 'fail' [condition]"},
     Verdict::kPass,
     0},
    {"condition_without_a_value",
     "steps: [{ id: a, run: [echo, '{}'], outputs: { j: json(stdout) } }, { id: b, if: steps.a.outputs.j.none == 1, "
     "run: ['true'] }]\n",
     {"a finished pass", "b error error: no key 'none' in steps.a.outputs.j (r.yaml:4)"},
     Verdict::kError,
     3},
    {"condition_that_is_no_bool",
     "steps: [{ id: a, run: [echo, '7'], outputs: { j: json(stdout) } }, { id: b, if: steps.a.outputs.j, run: ['true'] "
     "}]\n",
     {"a finished pass", "b error error: 'if' must give bool, this gives int (r.yaml:4)"},
     Verdict::kError,
     3},
    {"only_skipped",
     "steps: [{ id: a, if: 1 > 2, run: ['true'] }]\n",
     {"a skipped skipped: condition: 1 > 2 [condition]"},
     Verdict::kInconclusive,
     1},
    {"matrix",
     "steps: [{ id: a, matrix: { n: [1, 2] }, run: [sh, -c, 'exit $1', sh, '${{ matrix.n - 1 }}'] }]\n",
     {"a[n=1] finished pass", "a[n=2] finished fail: exit code 1"},
     Verdict::kFail,
     1},
    {"one_bad_instance_keeps_the_rest_from_running",
     "steps: [{ id: a, matrix: { n: [0, 1] }, run: [sh, -c, 'exit $1', sh, '${{ matrix.n }}'] }, { id: b, run: ['true'] }]\n",
     {"a[n=0] finished pass", "a[n=1] finished fail: exit code 1", "b skipped skipped: needs a[n=1] [needs]"},
     Verdict::kFail,
     1},
};
INSTANTIATE_TEST_SUITE_P(Engine, Flow, testing::ValuesIn(kFlows), test::case_name);

TEST_F(EngineTest, RecordsFirstThenTells) {
  std::vector<std::string> at_finish;
  watcher_.at_event = [&](const std::string& line) {
    if (!line.starts_with("step_finished")) return;
    std::istringstream text(
        test::slurp(std::filesystem::directory_iterator(options_.store / "runs")->path() / "journal.jsonl"));
    const std::string step = line.substr(0, line.rfind(' ')) == "step_finished b" ? "b" : "a";
    for (std::string one; std::getline(text, one);) {
      const Json json = Json::parse(one);
      if (json["type"] == "finished" && json["step"] == step) at_finish.push_back("finished " + step);
    }
  };
  run("steps: [{ id: a, run: [echo, hi] }, { id: b, if: 1 > 2, run: ['true'] }]\n");
  EXPECT_THAT(at_finish, ElementsAre("finished a", "finished b"));
  EXPECT_THAT(journal(), ElementsAre("planned", "planned", "facts", "tools", "started a", "output a", "finished a",
                                     "finished b", "sealed"));
  EXPECT_THAT(watcher_.seen, ElementsAre("run_started", "step_started a", "step_finished a pass 0",
                                         "step_finished b skipped", "run_finished pass 0"));
}

TEST_F(EngineTest, EachProgramStandsInTheRecordOnce) {
  for (const char* name : {"own", "tools/beside", "below/beside"})
    std::filesystem::permissions(folder_.write(name, "#!/bin/sh\nexit 0\n"), std::filesystem::perms::owner_all);
  run("steps: [{ id: a, run: ['true'] }, { id: b, run: ['true'] }, { id: c, run: [" + (folder_ / "own").string() +
      "] }, { id: d, run: [no-such-tool] }, { id: e, if: always(), run: [./tools/../tools/beside] },\n"
      "  { id: f, if: always(), run: [./beside], cwd: " +
      (folder_ / "below").string() + " }]\n");
  ASSERT_EQ(record_.tools.size(), 4U);
  EXPECT_EQ(record_.tools[2].path, (folder_ / "tools/beside").string()) << "of the recipe's folder";
  EXPECT_EQ(record_.tools[2].name, record_.tools[2].path) << "for those who look again, from any folder";
  EXPECT_EQ(record_.tools[3].path, (folder_ / "below/beside").string()) << "of the step's own `cwd`";
  EXPECT_EQ(record_.tools[3].sha256, record_.tools[1].sha256);
  EXPECT_EQ(record_.tools[0].name, "true");
  EXPECT_EQ(record_.tools[0].path, "/usr/bin/true");
  EXPECT_EQ(record_.tools[0].sha256, sha256_file("/usr/bin/true").value());
  EXPECT_EQ(record_.tools[1].path, (folder_ / "own").string());
  EXPECT_EQ(record_.tools[1].sha256, sha256_hex("#!/bin/sh\nexit 0\n"));
}

TEST_F(EngineTest, TheHeaderSaysWhatWasRunWithWhat) {
  plan::PlanInput input;
  input.params = {{.name = "n", .value = std::string("7"), .where = {}, .origin = "-p"}};
  run("params: { n: { type: int, default: 1 }, size: { type: size, default: 4 GiB } }\n"
      "steps: [{ id: a, run: [echo, \"${{ params.n }}\"] }]\n",
      input);
  EXPECT_EQ(record_.header["assay"], "0.1.0");
  EXPECT_EQ(record_.header["params"].dump(), R"({"n":7,"size":{"value":4.0,"unit":"GiB"}})");
  EXPECT_EQ(record_.header["params_from"].dump(), R"({"n":"-p","size":"default"})");
  EXPECT_EQ(record_.header["command"].dump(), R"(["assay","run","r.yaml"])");
  EXPECT_EQ(record_.header["user"], ::getuid());
  const Json& source = record_.header["source"];
  EXPECT_EQ(source["kind"], "Recipe");
  EXPECT_EQ(source["name"], "r");
  EXPECT_EQ(source["version"], "1.0.0");
  EXPECT_EQ(source["path"], (folder_ / "r.yaml").string());
  EXPECT_EQ(source["sha256"], sha256_hex(test::slurp(folder_ / "r.yaml")));
  EXPECT_FALSE(source.contains("git")) << "the folder is no repository";
  EXPECT_EQ(output_of("a"), "7\n");
}

TEST_F(EngineTest, KeepsFactsToolsAndNeeds) {
  folder_.write("s.yaml",
                "apiVersion: assay/v1\nkind: Suite\nmetadata: { name: s, version: 1.0.0 }\ntests:\n"
                "  - { id: t, class: functional, hardware: cpu, counters: false, tools: [sh], run: [sh, -c, ':'], "
                "criteria: [exit_code == 0], fault: f, proves: p }\n");
  run("steps: [{ id: a, run: ['true'] }, { id: b, suite: s.yaml, if: success() }]\n");
  EXPECT_EQ(record_.machines.at("local")["facts"]["cpu"]["threads"], 4);
  ASSERT_EQ(record_.tools.size(), 2U) << "the declared one, and that of step a";
  EXPECT_EQ(record_.tools[0].name, "sh");
  EXPECT_EQ(record_.tools[0].sha256, *sha256_file(record_.tools[0].path));
  ASSERT_EQ(record_.steps.size(), 3U);
  EXPECT_EQ(record_.steps[1].id, "b/t");
  EXPECT_EQ(record_.steps[1].test_class, "functional");
  EXPECT_THAT(record_.steps[1].needs, ElementsAre("a"));
  EXPECT_EQ(record_.steps[2].extra->condition, "success()");
  EXPECT_EQ(result_.outcome.verdict, Verdict::kPass);
}

TEST_F(EngineTest, LooksAtTheMachineFirstWhenAsked) {
  options_.measure_preconditions = true;
  run("steps: [{ id: a, run: ['true'] }]\n");
  std::vector<std::string> names;
  for (const record::PreconditionRecord& item : record_.preconditions) names.push_back(item.name);
  EXPECT_THAT(names, testing::IsSupersetOf({"background_load", "governor"}));
}

TEST_F(EngineTest, StepsThatNeedNothingRunBesideEachOther) {
  const auto meet = [&](const char* own, const char* other) {
    return std::string("run: [sh, -c, ': >") + (folder_ / own).string() + "; until [ -e " + (folder_ / other).string() +
           " ]; do sleep 0.01; done'], timeout: 20s";
  };
  run("order: graph\nsteps: [{ id: a, " + meet("one", "two") + " }, { id: b, " + meet("two", "one") + " }]\n");
  EXPECT_THAT(told(), ElementsAre("a finished pass", "b finished pass"));
}

TEST_F(EngineTest, AsManyRunAsThereAreJobs) {
  options_.jobs = 1;
  const std::string step = "run: [sh, -c, 'test ! -e " + (folder_ / "busy").string() + " && : >" +
                           (folder_ / "busy").string() + " && sleep 0.02 && rm " + (folder_ / "busy").string() + "'] }";
  run("order: graph\nsteps: [{ id: a, " + step + ", { id: b, " + step + ", { id: c, " + step + "]\n");
  EXPECT_THAT(told(), ElementsAre("a finished pass", "b finished pass", "c finished pass"));
}

TEST_F(EngineTest, WhatIsNotSelectedIsSkipped) {
  plan::PlanInput input;
  input.only = {"b"};
  run("order: graph\nsteps: [{ id: a, run: ['true'] }, { id: b, run: ['true'] }]\n", input);
  EXPECT_THAT(told(), ElementsAre("a skipped skipped: not selected by --only [not_selected]", "b finished pass"));
}

TEST_F(EngineTest, AStepSeesTheInstanceWithItsOwnRowElseAllOfThem) {
  run("steps:\n"
      "  - { id: a, matrix: { n: [1, 2] }, run: [echo, \"${{ matrix.n }}\"], outputs: { v: int(stdout.trim()) } }\n"
      "  - { id: b, matrix: { n: [1, 2] }, run: [echo, \"${{ steps.a.outputs.v * 10 }}\"] }\n"
      "  - { id: c, run: [echo, \"${{ steps.a.verdict }} ${{ steps.a.instances.size() }} ${{ "
      "steps.a.instances[1].outputs.v }}\"] }\n");
  EXPECT_THAT(told(), ElementsAre("a[n=1] finished pass", "a[n=2] finished pass", "b[n=1] finished pass",
                                  "b[n=2] finished pass", "c finished pass"));
  EXPECT_EQ(output_of("c"), "pass 2 2\n");
  EXPECT_EQ(output_of("b[n=1]"), "10\n");
  EXPECT_EQ(output_of("b[n=2]"), "20\n");
}

class Containers : public EngineTest {
 protected:
  // A suite with two tests: `ok` passes, `bad` ends with the parameter.
  void write_suite() const {
    const char* rest =
        "class: functional, hardware: cpu, counters: false, criteria: [exit_code == 0], fault: f, proves: p";
    folder_.write("s.yaml", std::string("apiVersion: assay/v1\nkind: Suite\nmetadata: { name: s, version: 1.0.0 }\n"
                                        "params: { code: { type: int, default: 0 } }\ntests:\n") +
                                "  - { id: ok, run: ['true'], " + rest +
                                " }\n  - { id: bad, run: [sh, -c, 'exit \"$1\"', " + "sh, \"${{ params.code }}\"], " +
                                rest + " }\n");
  }
  void write_inner(const std::string& rest) const { folder_.write("inner.yaml", kHead + rest); }
};

TEST_F(Containers, ASuiteIsAsGoodAsItsTests) {
  write_suite();
  run("steps: [{ id: s, suite: s.yaml }, { id: after, run: ['true'] }]\n");
  EXPECT_THAT(told(),
              ElementsAre("s/ok finished pass", "s/bad finished pass", "s finished pass", "after finished pass"));
  run("steps: [{ id: s, suite: s.yaml, with: { code: 4 } }, { id: after, run: ['true'] }]\n");
  EXPECT_THAT(told(), ElementsAre("s/ok finished pass", "s/bad finished fail: exit code 4",
                                  "s finished fail: its tests: fail", "after skipped skipped: needs s [needs]"));
}

TEST_F(Containers, ThatAreNotNeededTakeTheirMembersAlong) {
  write_suite();
  run("steps: [{ id: a, run: [echo, '1'], outputs: { n: int(stdout.trim()) } }, { id: s, if: steps.a.outputs.n > 1, "
      "suite: s.yaml }]\n");
  EXPECT_THAT(told(), ElementsAre("a finished pass", "s/ok skipped skipped: condition of s [condition]",
                                  "s/bad skipped skipped: condition of s [condition]",
                                  "s skipped skipped: condition: steps.a.outputs.n > 1 [condition]"));
  run("steps: [{ id: s, if: 1 > 2, suite: s.yaml }]\n");
  EXPECT_THAT(told(), ElementsAre("s skipped skipped: condition: 1 > 2 [condition]")) << "known before anything runs";
  run("steps: [{ id: a, run: ['false'] }, { id: s, suite: s.yaml }]\n");
  EXPECT_THAT(told(), ElementsAre("a finished fail: exit code 1", "s/ok skipped skipped: needs a [needs]",
                                  "s/bad skipped skipped: needs a [needs]", "s skipped skipped: needs a [needs]"));
}

TEST_F(Containers, ARecipeInUseGivesItsOutputs) {
  write_inner(
      "params: { n: { type: int, default: 1 } }\n"
      "steps: [{ id: a, run: [echo, \"${{ params.n }}\"], outputs: { v: int(stdout.trim()) } }]\n"
      "outputs: { twice: steps.a.outputs.v * 2 }\n");
  run("steps: [{ id: u, use: inner.yaml, with: { n: 21 } }, { id: b, run: [echo, \"${{ steps.u.outputs.twice }}\"] "
      "}]\n");
  EXPECT_THAT(told(), ElementsAre("u/a finished pass", "u finished pass", "b finished pass"));
  EXPECT_EQ(record_.steps.at(1).outputs.dump(), R"({"twice":42})");
  EXPECT_EQ(output_of("b"), "42\n");
}

TEST_F(Containers, ARecipeInUseThatFailsSaysSo) {
  write_inner("steps: [{ id: a, run: [sh, -c, 'exit 5'] }, { id: b, run: ['true'] }]\noutputs: { v: 1 }\n");
  run("steps: [{ id: u, use: inner.yaml }, { id: after, run: ['true'] }]\n");
  EXPECT_THAT(told(), ElementsAre("u/a finished fail: exit code 5", "u/b skipped skipped: needs u/a [needs]",
                                  "u finished fail: its steps: fail", "after skipped skipped: needs u [needs]"));
}

TEST_F(Containers, OutputsThatCannotBeReadMakeItAnError) {
  write_inner(
      "steps: [{ id: a, run: [echo, '{}'], outputs: { j: json(stdout) } }]\noutputs: { v: steps.a.outputs.j.none }\n");
  run("steps: [{ id: u, use: inner.yaml }]\n");
  EXPECT_EQ(record_.steps.at(1).verdict, Verdict::kError);
  EXPECT_THAT(record_.steps.at(1).reason, HasSubstr("no key 'none'"));
}

}  // namespace
}  // namespace assay::run
