// SPDX-License-Identifier: Apache-2.0
// Recipes planned and carried out in this process: what a step sees of those before it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/record/run_reader.h"
#include "engine/run/engine.h"
#include "engine/target/local_target.h"
#include "support/cases.h"
#include "support/temp_folder.h"

namespace assay::run {
namespace {

using record::StepRecord;

constexpr const char* kHead = "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: r, version: 1.0.0 }\n";

class CarriedOut : public testing::Test {
 protected:
  // The steps of the record, by id; none when the recipe cannot be planned.
  std::map<std::string, StepRecord> carry_out(const std::string& rest, std::size_t jobs = 4) const {
    const auto loaded = plan::load_recipe(folder_.write("r.yaml", kHead + rest));
    if (!loaded.value) throw std::runtime_error(render(loaded.problems));
    const auto planned = plan::plan_recipe(*loaded.value, {});
    if (!planned.plan) throw std::runtime_error(render(planned.problems));
    const std::vector<std::pair<std::string, std::string>> environment = {{"PATH", "/usr/bin:/bin"}};
    const target::LocalTarget target(environment);
    const auto result = execute_plan(*planned.plan, {}, target, {.store = folder_ / "store", .jobs = jobs}, {}, clock_);
    if (!result) throw std::runtime_error(render(result.error()));
    const auto record = record::read_run(result->folder);
    if (!record) throw std::runtime_error(render(record.error()));
    std::map<std::string, StepRecord> out;
    for (const StepRecord& step : record->steps) out.emplace(step.id, step);
    return out;
  }
  test::TempFolder folder_;
  SystemClock clock_;
};

constexpr const char* kMany = R"yaml(steps:
  - id: many
    matrix: { m: [a, b, c] }
    if: matrix.m != "c"
    run: [sh, -c, 'printf %s "$1"; test "$1" != b', sh, "${{ matrix.m }}"]
    outputs: { text: stdout }
  - id: look
    if: always()
    run: [echo]
    outputs: { seen: ")yaml";

struct SeenCase {
  const char* name;
  const char* expression;
  const char* json;
};
class Aggregate : public CarriedOut, public testing::WithParamInterface<SeenCase> {};
TEST_P(Aggregate, IsSeenByLaterSteps) {
  const auto steps = carry_out(std::string(kMany) + GetParam().expression + "\" }\n");
  const StepRecord& look = steps.at("look");
  EXPECT_EQ(look.verdict, record::Verdict::kPass) << look.reason;
  EXPECT_EQ(assay::to_json_line(look.outputs["seen"]), GetParam().json);
}
const SeenCase kSeen[] = {
    {"the_worst_verdict", "steps.many.verdict", "\"fail\""},
    {"the_worst_status", "steps.many.status", "\"skipped\""},
    {"rows_in_order", "steps.many.instances.map(i, i.matrix.m)", R"(["a","b","c"])"},
    {"verdicts", "steps.many.instances.map(i, i.verdict)", R"(["pass","fail","skipped"])"},
    {"statuses", "steps.many.instances.map(i, i.status)", R"(["finished","finished","skipped"])"},
    {"targets", "steps.many.instances.map(i, i.target)", R"(["local","local","local"])"},
    {"outputs_of_those_that_ran", "steps.many.instances.filter(i, has(i.outputs)).map(i, i.outputs.text)",
     R"(["a","b"])"},
    {"how_many", "steps.many.instances.size()", "3"},
};
INSTANTIATE_TEST_SUITE_P(Expressions, Aggregate, testing::ValuesIn(kSeen), test::case_name);

TEST_F(CarriedOut, TheSameRowIsSeenAsOne) {
  const auto steps = carry_out(R"yaml(steps:
  - { id: one, matrix: { a: [x, y], b: [1, 2] }, run: [printf, "${{ matrix.a }}${{ matrix.b }}"], outputs: { t: stdout } }
  - { id: two, matrix: { b: [2, 1], a: [y, x], c: [z] }, run: [echo], outputs: { t: steps.one.outputs.t } }
  - { id: three, matrix: { a: [x] }, run: [echo], outputs: { n: steps.one.instances.size() } }
)yaml");
  EXPECT_EQ(steps.at("two[b=2,a=y,c=z]").outputs["t"], "y2");
  EXPECT_EQ(steps.at("two[b=1,a=x,c=z]").outputs["t"], "x1");
  EXPECT_EQ(steps.at("three[a=x]").outputs["n"], 4);
}

TEST_F(CarriedOut, RowsOfIncludeAreSeenAsOne) {
  const auto steps = carry_out(R"yaml(steps:
  - { id: one, matrix: { include: [{ n: 1 }, { n: 2, k: x }] }, run: [printf, "${{ matrix.n }}"], outputs: { t: stdout } }
  - { id: two, matrix: { include: [{ n: 2, k: x }, { n: 1 }] }, run: [echo], outputs: { t: steps.one.outputs.t } }
  - { id: more, matrix: { a: [1, 2], include: [{ a: 1, extra: x }] }, run: [printf, "${{ matrix.a }}"], outputs: { t: stdout } }
  - { id: same, matrix: { a: [2, 1] }, run: [echo], outputs: { t: steps.more.outputs.t } }
  - { id: twins, matrix: { a: [1], include: [{ a: 2, b: x }, { a: 2, b: y }] }, run: [printf, "${{ has(matrix.b) ? matrix.b : '-' }}"], outputs: { t: stdout } }
  - { id: pairs, matrix: { a: [1], include: [{ a: 2, b: x }, { a: 2, b: y }] }, run: [echo], outputs: { t: steps.twins.outputs.t } }
)yaml");
  EXPECT_EQ(steps.at("two[n=1]").outputs["t"], "1");
  EXPECT_EQ(steps.at("two[n=2,k=x]").outputs["t"], "2");
  EXPECT_EQ(steps.at("same[a=1]").outputs["t"], "1");
  EXPECT_EQ(steps.at("same[a=2]").outputs["t"], "2");
  EXPECT_EQ(steps.at("pairs[a=1]").outputs["t"], "-");
  EXPECT_EQ(steps.at("pairs[a=2,b=x]").outputs["t"], "x");
  EXPECT_EQ(steps.at("pairs[a=2,b=y]").outputs["t"], "y");
}

TEST_F(CarriedOut, ARowThatIsNotThereIsSeenByTheVerdictOfAll) {
  const auto steps = carry_out(R"yaml(steps:
  - { id: one, matrix: { a: [1, 2] }, ok_exit: [0, 1], run: [test, "${{ matrix.a }}", -eq, "1"] }
  - { id: two, matrix: { a: [2, 3] }, run: [echo], outputs: { v: steps.one.verdict } }
)yaml");
  EXPECT_EQ(steps.at("two[a=2]").outputs["v"], "pass");
  EXPECT_EQ(steps.at("two[a=3]").outputs["v"], "pass");
}

TEST_F(CarriedOut, AMatrixWithoutRowsHasNoInstances) {
  const auto steps = carry_out(R"yaml(steps:
  - { id: none, matrix: { m: "[1].filter(x, false)" }, run: [echo] }
  - { id: look, run: [echo], outputs: { n: steps.none.instances.size(), v: steps.none.verdict } }
)yaml");
  EXPECT_EQ(steps.at("none").skip_kind, "not_applicable");
  EXPECT_EQ(steps.at("look").outputs["n"], 0);
}

TEST_F(CarriedOut, ASingleRowIsStillAnAggregate) {
  const auto steps = carry_out(R"yaml(steps:
  - { id: one, matrix: { m: [x] }, run: [echo] }
  - { id: look, run: [echo], outputs: { n: steps.one.instances.size() } }
)yaml");
  EXPECT_EQ(steps.at("look").outputs["n"], 1);
}

TEST_F(CarriedOut, AFailedRowKeepsLaterStepsFromRunning) {
  const auto steps = carry_out(R"yaml(steps:
  - { id: many, matrix: { m: [0, 1] }, run: [sh, -c, "exit ${1}", sh, "${{ matrix.m }}"] }
  - { id: after, run: [echo] }
)yaml");
  EXPECT_EQ(steps.at("after").skip_kind, "needs");
  EXPECT_EQ(steps.at("after").reason, "needs many[m=1]");
}

TEST_F(CarriedOut, ARecipeInUseShowsItsOutputs) {
  folder_.write("inner.yaml", std::string(kHead) + R"yaml(params: { word: { type: string } }
steps: [{ id: x, run: [printf, "${{ params.word }}"], outputs: { t: stdout } }]
outputs: { t: steps.x.outputs.t, upper: steps.x.outputs.t.upperAscii() }
)yaml");
  const auto steps = carry_out(R"yaml(steps:
  - { id: u, matrix: { w: [a, b] }, use: inner.yaml, with: { word: "${{ matrix.w }}" } }
  - { id: look, run: [echo], outputs: { all: "steps.u.instances.map(i, i.outputs.upper)" } }
)yaml");
  EXPECT_EQ(assay::to_json_line(steps.at("u[w=b]").outputs), R"({"t":"b","upper":"B"})");
  EXPECT_EQ(assay::to_json_line(steps.at("look").outputs["all"]), R"(["A","B"])");
}

TEST_F(CarriedOut, AFailureInsideFailsTheUse) {
  folder_.write("inner.yaml",
                std::string(kHead) + R"yaml(steps: [{ id: x, run: ["false"], outputs: { n: size(stdout) } }]
outputs: { n: steps.x.outputs.n }
)yaml");
  const auto steps = carry_out("steps: [{ id: u, use: inner.yaml }, { id: z, run: [echo] }]\n");
  EXPECT_EQ(steps.at("u").verdict, record::Verdict::kFail);
  EXPECT_EQ(steps.at("u").reason, "its steps: fail");
  EXPECT_EQ(steps.at("z").reason, "needs u");
}

}  // namespace
}  // namespace assay::run
