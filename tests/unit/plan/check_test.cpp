// SPDX-License-Identifier: Apache-2.0
// What is wrong with a recipe before anything is planned: matrices, aggregates, secrets, pools, profiles, recipes in
// use, and what is known too late.
#include "engine/plan/check.h"

#include "plan_fixture.h"
#include "support/cases.h"

namespace assay::plan {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Case {
  const char* name;
  const char* recipe;
  std::vector<const char*> parts;  // each in the rendered problems; none: the recipe is good
};

class Checked : public Planning, public testing::WithParamInterface<Case> {
 protected:
  void judge() const {
    folder_.write("inner.yaml", std::string(kRecipeHead) + R"(params:
  n: { type: int, default: 1, max: 5 }
  token: { type: secret, default: "env:TOKEN" }
steps: [{ id: x, run: [echo], outputs: { size: size(stdout) } }]
outputs: { size: steps.x.outputs.size, text: "'t'" }
)");
    folder_.write("needs.yaml", std::string(kRecipeHead) +
                                    "params: { length: { type: int, max: 5 } }\nsteps: [{ id: x, run: [echo] }]\n");
    folder_.write("suite.yaml", R"(apiVersion: assay/v1
kind: Suite
metadata: { name: s, version: 1.0.0 }
params: { token: { type: secret, default: "env:T" }, word: { type: string, default: w } }
tests: [{ id: t, class: functional, hardware: cpu, proves: p, run: [x], env: { T: "${{ params.token }}" }, criteria: [exit_code == 0], fault: f }]
)");
    const auto loaded = load(GetParam().recipe);
    const std::string text = without_folder(loaded.problems);
    if (GetParam().parts.empty()) {
      EXPECT_TRUE(loaded.value) << text;
      EXPECT_EQ(text, "");
      return;
    }
    EXPECT_FALSE(loaded.value);
    for (const char* part : GetParam().parts) EXPECT_THAT(text, HasSubstr(part));
    EXPECT_THAT(text, Not(HasSubstr("errors"))) << "one mistake, one message";
  }
};

class MatrixTypes : public Checked {};
TEST_P(MatrixTypes, AreKnownBeforeTheRun) { judge(); }
const Case kMatrixTypes[] = {
    {"values_of_one_type", "steps: [{ id: a, matrix: { m: [1, 2] }, if: matrix.m > 1, run: [x] }]\n", {}},
    {"values_of_many_types", "steps: [{ id: a, matrix: { m: [1, two] }, if: matrix.m == 1, run: [x] }]\n", {}},
    {"member_of_a_fact",
     "steps: [{ id: a, foreach: { disk: facts.disks }, run: [echo, \"${{ matrix.disk.name }}\"] }]\n",
     {}},
    {"added_by_include",
     "steps: [{ id: a, matrix: { m: [1], include: [{ m: 1, more: x }] }, run: [echo, \"${{ matrix.more }}\"] }]\n",
     {}},
    {"wrong_type",
     "steps: [{ id: a, matrix: { m: [x, y] }, if: matrix.m > 1, run: [x] }]\n",
     {"r.yaml:4:", "error[E004]"}},
    {"excluded_value_that_is_not_there",
     "steps: [{ id: a, matrix: { m: [flip, walk], exclude: [{ m: filp }] }, run: [x] }]\n",
     {"r.yaml:4:60: error[R020]: `exclude` names 'filp', which is no value of 'm'", "one of: flip, walk",
      "did you mean "
      "'flip'?"}},
    {"excluded_number_for_a_text",
     "steps: [{ id: a, matrix: { m: [\"1\", \"2\"], exclude: [{ m: 1 }] }, run: [x] }]\n",
     {"error[R020]: `exclude` names '1', which is no value of 'm'"}},
    {"excluded_value_that_is_there",
     "steps: [{ id: a, matrix: { exclude: [{ m: 1 }], m: [1.0, 2] }, run: [x] }]\n",
     {}},
    {"excluded_value_of_a_list_of_facts",
     "steps: [{ id: a, matrix: { d: facts.disks, exclude: [{ d: x }] }, run: [x] }]\n",
     {}},
    {"key_with_a_dash",
     "steps: [{ id: a, matrix: { block-size: [4k] }, run: [x, \"${{ matrix.block-size }}\"] }]\n",
     {"error[E002]: unknown name 'block' in matrix", "write matrix['block-size']"}},
    {"misspelt_key",
     "steps: [{ id: a, matrix: { method: [x] }, run: [echo, \"${{ matrix.metod }}\"] }]\n",
     {"error[E002]", "did you mean 'method'?"}},
    {"misspelt_member_of_a_fact",
     "steps: [{ id: a, foreach: { disk: facts.disks }, run: [echo, \"${{ matrix.disk.nmae }}\"] }]\n",
     {"error[E002]", "did you mean 'name'?"}},
    {"no_list",
     "steps: [{ id: a, matrix: { m: facts.cpu.threads }, run: [x] }]\n",
     {"error[R013]: 'm' must give a list, this gives int"}},
    {"environment_in_a_matrix",
     "steps: [{ id: a, matrix: { m: \"env.PATH.split(':')\" }, run: [x] }]\n",
     {"error[P003]: a matrix is made when the run is planned; this is known only later"}},
    {"exclude_of_an_unknown_key",
     "steps: [{ id: a, matrix: { method: [x, y], exclude: [{ metod: x }] }, run: [x] }]\n",
     {"error[E002]: `exclude` names 'metod', which is no key of the matrix", "expected one of: method",
      "did you mean 'method'?"}},
    {"two_values_written_alike",
     "steps: [{ id: a, matrix: { v: [1, \"1\"] }, run: [x] }]\n",
     {"r.yaml:4:26: error[R015]: two rows of the matrix make the same instance 'a[v=1]'"}},
    {"two_values_written_alike_one_left_out",
     "steps: [{ id: a, matrix: { v: [1, \"1\"], exclude: [{ v: \"1\" }] }, run: [x] }]\n",
     {}},
    {"a_value_that_stands_twice",
     "steps: [{ id: a, matrix: { v: [x, x] }, run: [x] }]\n",
     {"error[R015]: 'x' stands twice among the values of 'v'"}},
    {"a_list_that_stands_twice",
     "steps: [{ id: a, matrix: { v: [[x], [x]] }, run: [x] }]\n",
     {"error[R015]: two rows of the matrix make the same instance 'a[v="}},
    {"a_row_added_twice",
     "steps: [{ id: a, matrix: { v: [1], include: [{ v: 2 }, { v: 2 }] }, run: [x] }]\n",
     {"error[R015]: two rows of the matrix make the same instance 'a[v=2]'"}},
    {"a_row_added_alone_twice",
     "steps: [{ id: a, matrix: { include: [{ v: 2 }, { v: 2 }] }, run: [x] }]\n",
     {"error[R015]: two rows of the matrix make the same instance 'a[v=2]'"}},
    {"rows_beside_a_computed_list_are_compared_when_planned",
     "steps: [{ id: a, matrix: { w: facts.disks, v: [1, \"1\"] }, run: [x] }]\n",
     {}},
    {"matrix_without_one", "steps: [{ id: a, run: [echo, \"${{ matrix.m }}\"] }]\n", {"error[E002]"}},
};
INSTANTIATE_TEST_SUITE_P(Check, MatrixTypes, testing::ValuesIn(kMatrixTypes), test::case_name);

class Aggregates : public Checked {};
TEST_P(Aggregates, HaveInstancesInsteadOfOutputs) { judge(); }
#define TWO_ROWS "steps:\n  - { id: many, matrix: { m: [x, y] }, run: [e], outputs: { n: size(stdout) } }\n"
const Case kAggregates[] = {
    {"outputs_of_all",
     TWO_ROWS "  - { id: b, run: [echo, \"${{ steps.many.outputs.n }}\"] }\n",
     {"r.yaml:6:31: error[P004]: 'many' has a matrix: its outputs are those of its instances",
      "help: for example: steps.many.instances.map(i, i.outputs.NAME)"}},
    {"instances",
     TWO_ROWS "  - { id: b, run: [echo, \"${{ steps.many.instances.map(i, i.outputs.n).size() }}\"] }\n",
     {}},
    {"verdict_and_status",
     TWO_ROWS "  - { id: b, if: steps.many.verdict == 'pass' && steps.many.status == 'finished', run: [x] }\n",
     {}},
    {"members_of_instances",
     TWO_ROWS "  - { id: b, if: \"steps.many.instances.all(i, i.target == 'local' && i.matrix.m != '')\", run: [x] }\n",
     {}},
    {"misspelt_output_of_an_instance",
     TWO_ROWS "  - { id: b, if: \"steps.many.instances.all(i, i.outputs.m > 1)\", run: [x] }\n",
     {"error[E002]"}},
    {"the_same_row",
     TWO_ROWS "  - { id: b, matrix: { m: [x, y] }, run: [echo, \"${{ steps.many.outputs.n }}\"] }\n",
     {}},
    {"a_row_with_more_keys",
     TWO_ROWS "  - { id: b, matrix: { m: [x, y], k: [1] }, run: [echo, \"${{ steps.many.outputs.n }}\"] }\n",
     {}},
    {"a_row_with_other_keys",
     TWO_ROWS "  - { id: b, matrix: { k: [1] }, run: [echo, \"${{ steps.many.outputs.n }}\"] }\n",
     {"error[P004]"}},
    {"exit_code_of_all",
     TWO_ROWS "  - { id: b, if: steps.many.exit_code == 0, run: [x] }\n",
     {"r.yaml:6:18: error[P004]: 'many' has a matrix: it has no exit code, only its instances end with one",
      "help: for example: steps.many.instances.all(i, i.verdict == 'pass')"}},
    {"exit_code_of_the_same_row",
     TWO_ROWS "  - { id: b, matrix: { m: [x, y] }, if: steps.many.exit_code == 0, run: [x] }\n",
     {}},
    {"in_the_outputs_of_the_recipe",
     TWO_ROWS "outputs: { n: steps.many.outputs.n }\n",
     {"r.yaml:6:15: error[P004]: 'many' has a matrix: its outputs are those of its instances"}},
    {"rows_of_include_alone",
     "steps:\n  - { id: many, matrix: { include: [{ m: x }, { m: y, k: 1 }] }, run: [e], outputs: { n: size(stdout) } "
     "}\n"
     "  - { id: b, matrix: { include: [{ m: x }, { m: y, k: 1 }] }, run: [echo, \"${{ steps.many.outputs.n }}\"] }\n",
     {}},
    {"rows_of_include_alone_with_more_keys",
     "steps:\n  - { id: many, matrix: { include: [{ m: x, k: 1 }] }, run: [e], outputs: { n: size(stdout) } }\n"
     "  - { id: b, matrix: { m: [x] }, run: [echo, \"${{ steps.many.outputs.n }}\"] }\n",
     {"error[P004]"}},
    {"what_include_adds_is_no_key_of_the_row",
     "steps:\n  - { id: many, matrix: { m: [x, y], include: [{ m: x, more: 1 }] }, run: [e], outputs: { n: "
     "size(stdout) } "
     "}\n"
     "  - { id: b, matrix: { m: [x, y] }, run: [echo, \"${{ steps.many.outputs.n }}\"] }\n",
     {}},
    {"nor_of_the_viewers",
     TWO_ROWS "  - { id: b, matrix: { k: [1, 2], include: [{ k: 1, m: x }] }, run: [echo, \"${{ steps.many.outputs.n "
              "}}\"] }\n",
     {"error[P004]"}},
    {"instances_of_a_single_step",
     "steps: [{ id: one, run: [e] }, { id: b, run: [echo, \"${{ steps.one.instances.size() }}\"] }]\n",
     {"error[E002]"}},
};
INSTANTIATE_TEST_SUITE_P(Check, Aggregates, testing::ValuesIn(kAggregates), test::case_name);

class Secrets : public Checked {};
TEST_P(Secrets, StayOutOfSight) { judge(); }
#define SECRET "params: { key: { type: secret, default: \"env:KEY\" }, other: { type: string, default: x } }\n"
const Case kSecrets[] = {
    {"env", SECRET "steps: [{ id: a, run: [x], env: { KEY: \"${{ params.key }}\" } }]\n", {}},
    {"stdin", SECRET "steps: [{ id: a, run: [x], stdin: \"${{ params.key }}\" }]\n", {}},
    {"other_params", SECRET "steps: [{ id: a, run: [x, \"${{ params.other }}\"] }]\n", {}},
    {"argv",
     SECRET "steps: [{ id: a, run: [x, \"${{ params.key }}\"] }]\n",
     {"r.yaml:5:", "error[R050]: the secret 'key' would be seen here", "expected secrets in `env` and `stdin` only"}},
    {"part_of_an_argument", SECRET "steps: [{ id: a, run: [x, \"--key=${{ params.key }}\"] }]\n", {"error[R050]"}},
    {"by_index", SECRET "steps: [{ id: a, run: [x, \"${{ params['key'] }}\"] }]\n", {"error[R050]"}},
    {"script", SECRET "steps:\n  - id: a\n    run: |\n      echo ${{ params.key }}\n", {"error[R050]"}},
    {"condition", SECRET "steps: [{ id: a, if: params.key != '', run: [x] }]\n", {"error[R050]"}},
    {"outputs", SECRET "steps: [{ id: a, run: [x], outputs: { k: params.key } }]\n", {"error[R050]"}},
    {"ensure", SECRET "steps: [{ id: a, run: [x], ensure: stdout != params.key }]\n", {"error[R050]"}},
    {"cwd", SECRET "steps: [{ id: a, run: [x], cwd: \"/${{ params.key }}\" }]\n", {"error[R050]"}},
    {"matrix", SECRET "steps: [{ id: a, matrix: { k: \"[params.key]\" }, run: [x] }]\n", {"error[R050]"}},
    {"check", SECRET "steps: [{ id: a, run: [x], check: { run: [y, \"${{ params.key }}\"] } }]\n", {"error[R050]"}},
    {"undo", SECRET "steps: [{ id: a, run: [x], undo: { run: [y, \"${{ params.key }}\"] } }]\n", {"error[R050]"}},
    {"inside_text", SECRET "steps: [{ id: a, run: [x], env: { KEY: \"me:${{ params.key }}\" } }]\n", {}},
    {"joined", SECRET "steps: [{ id: a, run: [x], stdin: \"${{ params.other + params.key }}\" }]\n", {}},
    {"function", "steps: [{ id: a, run: [x], env: { KEY: \"${{ secret('env:KEY') }}\" } }]\n", {}},
    {"function_in_argv",
     "steps: [{ id: a, run: [x, \"${{ secret('env:KEY') }}\"] }]\n",
     {"r.yaml:4:", "error[R050]: the secret 'env:KEY' would be seen here", "${{ secret('env:KEY') }}"}},
    {"looked_at",
     SECRET "steps: [{ id: a, run: [x], env: { KEY: \"${{ base64.encode(bytes(params.key)) }}\" } }]\n",
     {"error[R050]: the secret 'params.key' would be looked at here", "joined to text with '+'"}},
    {"all_params",
     SECRET "steps: [{ id: a, run: [x], outputs: { all: params } }]\n",
     {"error[R050]: `params` as a whole holds the secret 'key'"}},
    {"handed_on", SECRET "steps: [{ id: a, use: inner.yaml, with: { token: \"${{ params.key }}\" } }]\n", {}},
    {"handed_to_what_is_no_secret",
     SECRET "steps: [{ id: a, use: inner.yaml, with: { n: \"${{ params.key }}\" } }]\n",
     {"error[R050]: the secret 'key' would be seen here"}},
    {"handed_to_a_suite", SECRET "steps: [{ id: a, suite: suite.yaml, with: { token: \"${{ params.key }}\" } }]\n", {}},
    {"handed_to_a_suite_that_shows_it",
     SECRET "steps: [{ id: a, suite: suite.yaml, with: { word: \"${{ params.key }}\" } }]\n",
     {"error[R050]: the secret 'key' would be seen here"}},
    {"recipe_outputs",
     SECRET "steps: [{ id: a, run: [x] }]\noutputs: { k: params.key }\n",
     {"error[R050]: the secret 'key' would be seen here"}},
    {"inside_a_block",
     SECRET "steps: [{ id: k, block: { steps: [{ id: a, run: [x, \"${{ params.key }}\"] }] } }]\n",
     {"error[R050]"}},
};
INSTANTIATE_TEST_SUITE_P(Check, Secrets, testing::ValuesIn(kSecrets), test::case_name);

class Pools : public Checked {};
TEST_P(Pools, AreDeclaredAndLargeEnough) { judge(); }
const Case kPools[] = {
    {"declared", "pools: { slot: 2 }\nsteps: [{ id: a, pool: slot, run: [x] }]\n", {}},
    {"all_of_it", "pools: { slot: 2 }\nsteps: [{ id: a, pool: { slot: 2 }, run: [x] }]\n", {}},
    {"noisy_is_always_there", "steps: [{ id: a, pool: noisy, run: [x] }]\n", {}},
    {"unknown",
     "pools: { slot: 2 }\nsteps: [{ id: a, pool: slto, run: [x] }]\n",
     {"error[P005]: step 'a' uses the pool 'slto', which does not exist", "expected one of: noisy, slot",
      "did you mean 'slot'?"}},
    {"too_small",
     "pools: { slot: 2 }\nsteps: [{ id: a, pool: { slot: 3 }, run: [x] }]\n",
     {"error[P005]: step 'a' takes 3 of the pool 'slot', which has 2: it would never start"}},
    {"hardware_needs_no_declaration", "steps: [{ id: a, pool: { cpu: 4, \"disk:sda\": 1 }, run: [x] }]\n", {}},
    {"a_row_names_it",
     "steps: [{ id: a, matrix: { d: \"facts.disks\" }, pool: \"disk:${{ matrix.d.name }}\", run: [x] }]\n",
     {}},
    {"a_machine_has_each_disk_once",
     "steps: [{ id: a, pool: { \"disk:sda\": 2 }, run: [x] }]\n",
     {"error[P005]: step 'a' takes 2 of 'disk:sda', of which a machine has one"}},
    {"no_such_kind",
     "steps: [{ id: a, pool: \"gpu:0\", run: [x] }]\n",
     {"error[R014]: 'gpu:0' is not a valid name for a pool", "write accelerator:0"}},
    {"a_path", "steps: [{ id: a, pool: \"disk:/dev/sda\", run: [x] }]\n", {"error[R014]", "write disk:sda"}},
    {"no_number", "steps: [{ id: a, pool: \"accelerator:first\", run: [x] }]\n", {"error[R014]"}},
    {"two_names_for_one_card", "steps: [{ id: a, pool: \"accelerator:007\", run: [x] }]\n", {"error[R014]"}},
    {"which_disk", "steps: [{ id: a, pool: \"disk:\", run: [x] }]\n", {"error[R014]"}},
    {"misspelt_kind", "steps: [{ id: a, pool: \"dsik:sda\", run: [x] }]\n", {"error[R014]", "did you mean 'disk'?"}},
    {"known_too_late",
     "steps: [{ id: a, run: [x], outputs: { d: stdout } }, { id: b, pool: \"disk:${{ steps.a.outputs.d }}\", run: [x] "
     "}]\n",
     {"error[P003]: 'pool' is read when the run is planned; this is known only later"}},
    {"no_name",
     "steps: [{ id: a, matrix: { n: [1] }, pool: \"${{ matrix.n }}\", run: [x] }]\n",
     {"error[R013]: a pool goes by a name, this gives int"}},
    {"unknown_in_a_name",
     "steps: [{ id: a, matrix: { n: [1] }, pool: \"disk:${{ matrix.m }}\", run: [x] }]\n",
     {"error[E002]: unknown name 'm' in matrix"}},
    {"noisy_is_one",
     "steps: [{ id: a, pool: { noisy: 2 }, run: [x] }]\n",
     {"error[P005]: step 'a' takes 2 of the pool 'noisy', which has 1"}},
};
INSTANTIATE_TEST_SUITE_P(Check, Pools, testing::ValuesIn(kPools), test::case_name);

class Names : public Checked {};
TEST_P(Names, AreThoseOfTheRecipe) { judge(); }
const Case kNames[] = {
    {"handler", "steps: [{ id: a, notify: h, run: [x] }]\nhandlers: [{ id: h, run: [x] }]\n", {}},
    {"unknown_handler",
     "steps: [{ id: a, notify: restrat, run: [x] }]\nhandlers: [{ id: restart, run: [x] }]\n",
     {"error[P001]: step 'a' notifies 'restrat', which is no handler", "expected one of: restart",
      "did you mean 'restart'?"}},
    {"a_step_is_no_handler",
     "steps: [{ id: a, notify: b, run: [x] }, { id: b, run: [x] }]\n",
     {"error[P001]: step 'a' notifies 'b', which is no handler", "expected `handlers` with that id"}},
    {"handler_that_notifies_itself",
     "steps: [{ id: a, run: [x] }]\nhandlers: [{ id: h, notify: h, run: [x] }]\n",
     {"r.yaml:5:29: error[R020]: handler 'h' notifies itself"}},
    {"handler_that_notifies_an_earlier_one",
     "steps: [{ id: a, notify: i, run: [x] }]\nhandlers: [{ id: h, run: [x] }, { id: i, notify: h, run: [x] }]\n",
     {"r.yaml:5:50: error[R020]: handler 'i' notifies 'h', which has its turn before it",
      "help: handlers run in their order, each once: put 'h' below 'i'"}},
    {"handler_that_notifies_one_beside_it",
     "order: graph\nsteps: [{ id: a, run: [x] }]\nhandlers: [{ id: h, notify: i, run: [x] }, { id: i, run: [x] }]\n",
     {"error[R020]: handler 'h' notifies 'i', which may have its turn before it", "help: add 'h' to the needs of 'i'"}},
    {"handler_that_notifies_one_that_needs_it",
     "order: graph\nsteps: [{ id: a, run: [x] }]\n"
     "handlers: [{ id: h, notify: i, run: [x] }, { id: i, needs: [h], run: [x] }]\n",
     {}},
    {"step_of_a_handler_that_notifies_an_earlier_one",
     "steps: [{ id: a, notify: i, run: [x] }]\n"
     "handlers: [{ id: h, run: [x] }, { id: i, block: { steps: [{ id: m, notify: h, run: [x] }] } }]\n",
     {"error[R020]: step 'm' notifies 'h', which has its turn before it", "put 'h' below 'm'"}},
    {"step_in_a_block_that_notifies_a_handler",
     "steps: [{ id: k, block: { steps: [{ id: a, notify: h, run: [x] }], always: [{ id: z, notify: h, run: [x] }] } "
     "}]\n"
     "handlers: [{ id: h, run: [x] }]\n",
     {}},
    {"handler_that_notifies_another",
     "steps: [{ id: a, run: [x] }]\nhandlers: [{ id: h, notify: i, run: [x] }, { id: i, run: [x] }]\n",
     {}},
    {"circle_with_a_step_that_follows",
     "steps: [{ id: a, needs: [b], run: [x] }, { id: b, run: [x] }]\n",
     {"r.yaml:4:26: error[P002]: steps need each other in a circle: a -> b -> a",
      "note: r.yaml:4:48: 'b' comes after 'a'", "change the order of the steps"}},
    {"circle_with_a_step_without_a_name",
     "steps: [{ needs: [b], run: [x] }, { id: b, run: [x] }]\n",
     {"error[R011]: a step lacks the key 'id'"}},
    {"undeclared_parameter",
     "steps: [{ id: a, run: [x, \"${{ params.n }}\"] }]\n",
     {"error[E002]: unknown name 'n' in params", "help: declare it under `params`"}},
    {"parameter_without_params",
     "params: { n: { type: int, default: 1 } }\nsteps: [{ id: a, run: [x, \"${{ n }}\"] }]\n",
     {"error[E002]: unknown name 'n'", "did you mean 'params.n'?"}},
    {"result_in_a_condition",
     "steps: [{ id: a, if: exit_code == 0, run: [x] }]\n",
     {"error[E002]: unknown name 'exit_code'", "help: it is known when the step has run", "steps.ID.exit_code"}},
    {"foreach_is_no_name",
     "steps: [{ id: a, foreach: { n: [1, 2] }, run: [x, \"${{ foreach.n }}\"] }]\n",
     {"error[E002]: unknown name 'foreach'", "help: the values of `foreach` are in matrix", "matrix.NAME"}},
    {"text_of_another_step",
     "steps: [{ id: a, run: [x] }, { id: b, run: [y, \"${{ steps.a.stdout }}\"] }]\n",
     {"error[E002]: unknown name 'stdout' in steps.a", "outputs: { text: stdout }"}},
    {"profile",
     "params: { n: { type: int, default: 1 } }\nprofiles: { f: { n: 2 } }\nsteps: [{ id: a, run: [x] }]\n",
     {}},
    {"profile_of_unknown_params",
     "params: { seconds: { type: int, default: 1 } }\nprofiles: { f: { secnods: 2 } }\nsteps: [{ id: a, run: [x] }]\n",
     {"r.yaml:5:", "error[R040]: unknown parameter 'secnods'", "did you mean 'seconds'?"}},
    {"profile_that_does_not_fit",
     "params: { n: { type: int, default: 1, max: 5 } }\nprofiles: { f: { n: 6 } }\nsteps: [{ id: a, run: [x] }]\n",
     {"error[R040]: parameter 'n' cannot be '6'", "expected at most 5"}},
    {"circle_through_a_block",
     "order: graph\nsteps: [{ id: k, block: { steps: [{ id: a, needs: [k], run: [x] }] } }]\n",
     {"error[P002]: steps need each other in a circle"}},
    {"gate", "rollout: { gate: batch.failed == 0 && batch.total > 0 }\nsteps: [{ id: a, run: [x] }]\n", {}},
    {"gate_of_another_type",
     "rollout: { gate: batch.failed }\nsteps: [{ id: a, run: [x] }]\n",
     {"error[R013]: 'gate' must give bool, this gives int"}},
    {"status_function_outside_a_condition", "steps: [{ id: a, run: [x], ensure: success() }]\n", {"error[E003]"}},
    {"expect_of_another_type",
     "steps: [{ id: a, run: [x], check: { run: [y], expect: stdout } }]\n",
     {"error[R013]: 'expect' must give bool, this gives string"}},
};
INSTANTIATE_TEST_SUITE_P(Check, Names, testing::ValuesIn(kNames), test::case_name);

class Words : public Checked {};
TEST_P(Words, ThatAValueNeverIsAreTold) { judge(); }
const Case kWords[] = {
    {"verdict",
     "steps: [{ id: a, run: [x] }, { id: b, if: steps.a.verdict == 'passed', run: [x] }]\n",
     {"r.yaml:4:62: error[E010]: steps.a.verdict is never 'passed'",
      "help: did you mean 'pass'? it is one of: pass, fail, inconclusive, waived, skipped, error"}},
    {"other_way_round",
     "steps: [{ id: a, run: [x] }, { id: b, if: \"'ok' != steps.a.verdict\", run: [x] }]\n",
     {"error[E010]: steps.a.verdict is never 'ok'", "help: it is one of: pass, "}},
    {"status",
     "steps: [{ id: a, run: [x] }, { id: b, if: steps.a.status == 'done', run: [x] }]\n",
     {"error[E010]: steps.a.status is never 'done'", "it is one of: pending, running, waiting, finished, "}},
    {"in_a_list",
     "steps: [{ id: a, run: [x] }, { id: b, if: \"steps.a.verdict in ['pass', 'ok']\", run: [x] }]\n",
     {"error[E010]: steps.a.verdict is never 'ok'"}},
    {"of_instances",
     "steps: [{ id: a, matrix: { m: [1] }, run: [x] }, { id: b, if: \"steps.a.instances.all(i, i.verdict == 'PASS')\", "
     "run: [x] }]\n",
     {"error[E010]: i.verdict is never 'PASS'", "did you mean 'pass'?"}},
    {"enum_parameter",
     "params: { mode: { type: enum, values: [fast, slow], default: fast } }\nsteps: [{ id: a, if: params.mode == "
     "'fats', "
     "run: [x] }]\n",
     {"error[E010]: params.mode is never 'fats'", "help: did you mean 'fast'? it is one of: fast, slow"}},
    {"answer",
     "steps: [{ id: a, approve: { question: q, answer: enum, choices: [r1, r2] } }, { id: b, if: "
     "steps.a.outputs.answer == 'r3', run: [x] }]\n",
     {"error[E010]: steps.a.outputs.answer is never 'r3'"}},
    {"words_that_it_is",
     "params: { mode: { type: enum, values: [fast, slow], default: fast } }\nsteps: [{ id: a, run: [x] }, { id: b, if: "
     "\"steps.a.verdict in ['pass', 'waived'] && params.mode != 'slow' && steps.a.verdict != params.mode\", run: [x] "
     "}]\n",
     {}},
    {"one_of_several_texts",
     "params: { mode: { type: enum, values: [fast, slow], default: fast }, other: { type: string, default: z } "
     "}\nsteps: "
     "[{ id: a, if: \"(true ? params.mode : 'z') == 'z' && [params.mode, 'z'].exists(m, m == 'y')\", run: [x] }]\n",
     {}},
};
INSTANTIATE_TEST_SUITE_P(Check, Words, testing::ValuesIn(kWords), test::case_name);

class OutputTypes : public Checked {};
TEST_P(OutputTypes, GoOnFromStepToStep) { judge(); }
const Case kOutputTypes[] = {
    {"of_another_step",
     "steps: [{ id: a, run: [x], outputs: { n: int(stdout) } }, { id: b, run: [x], outputs: { v: steps.a.outputs.n } "
     "}, { id: c, run: [x], ensure: steps.b.outputs.v == '1' }]\n",
     {"error[E004]: '==' does not take (int, string)"}},
    {"of_one_that_stands_below",
     "order: graph\nsteps: [{ id: c, needs: [b], run: [x], ensure: steps.b.outputs.v == '1' }, { id: b, needs: [a], "
     "run: "
     "[x], outputs: { v: steps.a.outputs.n } }, { id: a, run: [x], outputs: { n: int(stdout) } }]\n",
     {"error[E004]: '==' does not take (int, string)"}},
    {"of_the_row",
     "steps: [{ id: a, matrix: { m: [1, 2] }, run: [x], outputs: { w: matrix.m } }, { id: b, run: [x], ensure: "
     "\"steps.a.instances.all(i, i.outputs.w == '1')\" }]\n",
     {"error[E004]: '==' does not take (int, string)"}},
    {"same_row_of_another",
     "steps: [{ id: a, matrix: { m: [1] }, run: [x], outputs: { n: int(stdout) } }, { id: b, matrix: { m: [1] }, run: "
     "[x], outputs: { v: steps.a.outputs.n } }, { id: c, matrix: { m: [1] }, run: [x], ensure: steps.b.outputs.v == "
     "'1' }]\n",
     {"error[E004]: '==' does not take (int, string)"}},
    {"of_the_right_type",
     "steps: [{ id: a, run: [x], outputs: { n: int(stdout) } }, { id: b, run: [x], outputs: { v: steps.a.outputs.n } "
     "}, { id: c, run: [x], ensure: steps.b.outputs.v == 1 }]\n",
     {}},
    {"whichever_step",
     "steps: [{ id: a, run: [x], outputs: { n: int(stdout) } }, { id: b, run: [x], outputs: { v: "
     "\"steps['a'].outputs.n\" "
     "} }, { id: c, run: [x], ensure: steps.b.outputs.v == 1 }]\n",
     {}},
    {"circle",
     "order: graph\nsteps: [{ id: a, needs: [b], run: [x], outputs: { v: steps.b.outputs.v } }, { id: b, needs: [a], "
     "run: "
     "[x], outputs: { v: steps.a.outputs.v } }]\n",
     {"error[P002]: steps need each other in a circle"}},
};
INSTANTIATE_TEST_SUITE_P(Check, OutputTypes, testing::ValuesIn(kOutputTypes), test::case_name);

class TooLate : public Checked {};
TEST_P(TooLate, IsSaidBeforeTheRun) { judge(); }
const Case kTooLate[] = {
    {"a_sequence_knows_what_came_before",
     "steps: [{ id: a, run: [x] }, { id: b, run: [x] }, { id: c, if: steps.a.verdict == 'pass', run: [x] }]\n",
     {}},
    {"a_step_beside",
     "order: graph\nsteps: [{ id: a, run: [x] }, { id: c, if: steps.a.verdict == 'pass', run: [x] }]\n",
     {"error[P003]: step 'c' uses 'a', which may not have run yet", "help: add 'a' to its needs"}},
    {"not_where_a_need_is_wrong",
     "order: graph\nsteps: [{ id: a, run: [x] }, { id: c, needs: [aa], if: steps.a.verdict == 'pass', run: [x] }]\n",
     {"error[P001]: step 'c' needs 'aa', which does not exist"}},
    {"a_step_below",
     "steps: [{ id: a, if: steps.b.verdict == 'pass', run: [x] }, { id: b, run: [x] }]\n",
     {"error[P003]: step 'a' uses 'b', which may not have run yet", "help: 'b' comes after it: move 'b' before 'a'"}},
    {"a_step_that_needs_it",
     "order: graph\nsteps: [{ id: a, if: steps.c.verdict == 'pass', run: [x] }, { id: b, needs: [a], run: [x] }, { id: "
     "c, needs: [b], run: [x] }]\n",
     {"error[P003]: step 'a' uses 'c', which may not have run yet", "help: 'c' comes after it: move 'c' before 'a'"}},
    {"itself",
     "steps: [{ id: a, if: steps.a.verdict == 'pass', run: [x] }]\n",
     {"error[P003]: step 'a' uses 'a', which may not have run yet"}},
    {"rescue_sees_what_failed",
     "steps: [{ id: k, block: { steps: [{ id: a, run: [x] }], rescue: [{ id: r, if: steps.a.exit_code == 3, run: [x] "
     "}] "
     "} }]\n",
     {}},
    {"with",
     "steps:\n  - { id: a, run: [x], outputs: { n: size(stdout) } }\n  - { id: u, use: inner.yaml, with: { n: \"${{ "
     "steps.a.outputs.n }}\" } }\n",
     {"error[P003]: 'with' is read when the run is planned; this is known only later",
      "expected expressions over params, facts, target and matrix"}},
};
INSTANTIATE_TEST_SUITE_P(Check, TooLate, testing::ValuesIn(kTooLate), test::case_name);

class Uses : public Checked {};
TEST_P(Uses, AreCheckedWithWhatTheyUse) { judge(); }
const Case kUses[] = {
    {"outputs", "steps: [{ id: u, use: inner.yaml }, { id: b, if: steps.u.outputs.size > 1, run: [x] }]\n", {}},
    {"misspelt_output",
     "steps: [{ id: u, use: inner.yaml }, { id: b, if: steps.u.outputs.szie > 1, run: [x] }]\n",
     {"error[E002]", "did you mean 'size'?"}},
    {"output_of_another_type",
     "steps: [{ id: u, use: inner.yaml }, { id: b, if: steps.u.outputs.text > 1, run: [x] }]\n",
     {"error[E004]"}},
    {"argument", "steps: [{ id: u, use: inner.yaml, with: { n: 3 } }]\n", {}},
    {"unknown_argument",
     "steps: [{ id: u, use: inner.yaml, with: { m: 3 } }]\n",
     {"error[R040]: unknown parameter 'm'", "expected one of: n, token"}},
    {"argument_out_of_range",
     "steps: [{ id: u, use: inner.yaml, with: { n: 6 } }]\n",
     {"error[R040]: parameter 'n' cannot be '6'", "expected at most 5"}},
    {"argument_of_another_type_by_name",
     "params: { length: { type: size, default: 4 GiB } }\nsteps: [{ id: u, use: needs.yaml }]\n",
     {"r.yaml:5:15: error[R040]: step 'u' gives no value for the parameter 'length', which has no default",
      "note: r.yaml:4:11: the parameter of that name here has the type 'size', not 'int'",
      "help: add `with: { length: … }`"}},
    {"argument_of_the_same_type_by_name",
     "params: { length: { type: int, default: 4 } }\nsteps: [{ id: u, use: needs.yaml }]\n",
     {}},
    {"secret_written_down",
     "steps: [{ id: u, use: inner.yaml, with: { token: hunter2 } }]\n",
     {"error[R040]: parameter 'token' is a secret and must be given by reference"}},
    {"missing_file", "steps: [{ id: u, use: none.yaml }]\n", {"r.yaml:4:23: error[S002]", "none.yaml"}},
    {"git",
     "steps: [{ id: u, use: { git: \"https://git.example/r\", commit: 0123456789abcdef0123456789abcdef01234567, path: "
     "r.yaml } }]\n",
     {"error[P012]: 'https://git.example/r' at '0123456789abcdef0123456789abcdef01234567' has not been fetched"}},
    {"itself",
     "steps: [{ id: u, use: r.yaml }]\n",
     {"error[P007]: recipes use each other in a circle: r.yaml -> r.yaml"}},
};
INSTANTIATE_TEST_SUITE_P(Check, Uses, testing::ValuesIn(kUses), test::case_name);

TEST_F(Planning, MistakesOfARecipeInUseAreShownInItsOwnFile) {
  beside("inner.yaml", "steps: [{ id: x, run: [echo, \"${{ params.gone }}\"] }]\n");
  EXPECT_THAT(problems("steps: [{ id: u, use: inner.yaml }]\n"), HasSubstr("inner.yaml:4:"));
}

TEST_F(Planning, MistakesOfASuiteThatManyUseAreToldOnce) {
  folder_.write("s.yaml", R"(apiVersion: assay/v1
kind: Suite
metadata: { name: s, version: 1.0.0 }
params: { n: { type: int } }
tests: [{ id: t, class: functional, hardware: cpu, proves: p, run: [x], criteria: [exit_cod == 0], fault: f }]
)");
  const std::string text = problems(
      "steps:\n  - { id: a, suite: s.yaml, with: { n: 1 } }\n  - { id: b, suite: ./s.yaml, with: { m: 2 } }\n");
  EXPECT_THAT(text, HasSubstr("s.yaml:5:")) << text;
  EXPECT_THAT(text, HasSubstr("r.yaml:6:39: error[R040]: unknown parameter 'm'")) << "what each gives it is checked";
  EXPECT_THAT(text, HasSubstr("step 'b' gives no value for the parameter 'n'"));
  EXPECT_THAT(text, HasSubstr("3 errors"));
}

TEST_F(Planning, CirclesThroughOthersNameTheWay) {
  beside("b.yaml", "steps: [{ id: x, use: ./c.yaml }]\n");
  beside("c.yaml", "steps: [{ id: y, use: r.yaml }]\n");
  EXPECT_THAT(problems("steps: [{ id: u, use: b.yaml }]\n"),
              HasSubstr("error[P007]: recipes use each other in a circle: r.yaml -> b.yaml -> c.yaml -> r.yaml"));
}

// A square of outputs would end in the time limit of the test.
TEST_F(Planning, ThousandsOfOutputsOfOneStep) {
  constexpr int kOutputs = 20'000;
  std::string outputs = "      o0: \"1\"\n";
  for (int i = 1; i < kOutputs; ++i)
    outputs += "      o" + std::to_string(i) + ": outputs.o" + std::to_string(i - 1) + " + 1\n";
  EXPECT_EQ(problems("steps:\n  - id: a\n    run: [x]\n    outputs:\n" + outputs), "");
  EXPECT_THAT(problems("steps:\n  - id: a\n    run: [x]\n    outputs:\n      one: \"1\"\n      two: outputs.oen\n"),
              HasSubstr("did you mean 'one'?"));
  EXPECT_THAT(problems("steps:\n  - id: a\n    run: [x]\n    outputs:\n      one: two\n      two: \"1\"\n"),
              HasSubstr("r.yaml:8:12: error[E002]: unknown name 'two'"));
  EXPECT_EQ(problems("steps: [{ id: a, run: [x], outputs: { one: \"1\", n: size(outputs) } }]\n"), "");
}

// A mistake in each of thousands of steps is told as far as anybody reads.
TEST_F(Planning, ThousandsOfMistakes) {
  std::string steps = "steps:\n";
  for (int i = 0; i < 5000; ++i) steps += "  - { id: s" + std::to_string(i) + ", run: [x, \"${{ params.gone }}\"] }\n";
  const auto loaded = load(steps);
  EXPECT_FALSE(loaded.value);
  EXPECT_GE(loaded.problems.items().size(), 1000U);
  EXPECT_LT(loaded.problems.items().size(), 1100U);
}

TEST_F(Planning, OneRecipeMayBeUsedTwice) {
  beside("inner.yaml", "steps: [{ id: x, run: [echo] }]\n");
  EXPECT_EQ(problems("steps: [{ id: u, use: inner.yaml }, { id: v, use: ./inner.yaml }]\n"), "");
}

}  // namespace
}  // namespace assay::plan
