// SPDX-License-Identifier: Apache-2.0
// matrix, foreach, retry, pool, check, undo and their like.
#include "read_recipe.h"
#include "support/cases.h"

namespace assay::recipe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ControlKeys, MatrixKeepsOrderAndTypes) {
  const Step step = good_step(R"(    run: [x]
    matrix:
      method: [flip, walk-1d]
      size: [1, 2.5, "3", true]
      list: params.many
      include: [{ method: flip, extra: 1 }, { method: new }]
      exclude: [{ method: flip, size: 1 }]
    foreach: { disk: facts.disks }
)");
  ASSERT_TRUE(step.matrix);
  const Matrix& matrix = *step.matrix;
  std::vector<std::string> axes;
  for (const Axis& axis : matrix.axes) {
    axes.push_back(axis.name.text +
                   (axis.list ? " = " + axis.list->expression.text() : " " + json_of(expr::Value::list(axis.values))));
  }
  EXPECT_THAT(axes, ElementsAre(R"(method ["flip","walk-1d"])", R"(size [1,2.5,"3",true])", "list = params.many",
                                "disk = facts.disks"));
  ASSERT_EQ(matrix.include.size(), 2U);
  EXPECT_EQ(matrix.include[0].size(), 2U);
  EXPECT_EQ(matrix.include[0][1].first.text, "extra");
  EXPECT_EQ(matrix.include[0][1].second.as_int(), 1);
  ASSERT_EQ(matrix.exclude.size(), 1U);
  EXPECT_EQ(matrix.exclude[0][1].second.as_int(), 1);
  EXPECT_EQ(matrix.where.line, 8U);
}

TEST(ControlKeys, RebootIsTrueOrSaysHow) {
  const Step plain = good_step("    reboot: true\n");
  EXPECT_EQ(plain.action, ActionKind::kReboot);
  EXPECT_EQ(plain.reboot->times, 1);
  EXPECT_THAT(plain.reboot->command, IsEmpty());
  EXPECT_EQ(plain.reboot->within, std::chrono::minutes(30));
  const Step step = good_step("    reboot: { times: 1000, command: [ipmitool, power, cycle], within: 90s }\n");
  EXPECT_EQ(step.reboot->times, 1000);
  EXPECT_EQ(step.reboot->command.size(), 3U);
  EXPECT_EQ(step.reboot->within, std::chrono::seconds(90));
}

TEST(ControlKeys, AbsentOnesStayAbsent) {
  const Step step = good_step("    run: [x]\n");
  EXPECT_FALSE(step.matrix);
  EXPECT_FALSE(step.retry);
  EXPECT_FALSE(step.check);
  EXPECT_FALSE(step.undo);
  EXPECT_FALSE(step.effect);
  EXPECT_FALSE(step.deadline);
  EXPECT_FALSE(step.stdin_text);
  EXPECT_FALSE(step.on_interrupt);
  EXPECT_FALSE(step.needs);
  EXPECT_THAT(step.pools, IsEmpty());
  EXPECT_THAT(step.notify, IsEmpty());
  EXPECT_EQ(step.on, "");
}

TEST(ControlKeys, RetryHasDefaults) {
  const Retry retry = *good_step("    run: [x]\n    retry: { attempts: 3 }\n").retry;
  EXPECT_EQ(retry.attempts, 3U);
  EXPECT_EQ(retry.backoff, std::chrono::seconds(1));
  EXPECT_EQ(retry.factor, 2);
  EXPECT_EQ(retry.max_backoff, std::chrono::minutes(5));
  EXPECT_EQ(retry.jitter, 0.1);
  EXPECT_THAT(retry.on, ElementsAre(FailureClass::kInfrastructure));
}

TEST(ControlKeys, RetryWithEverything) {
  const Retry retry = *good_step(R"(    run: [x]
    retry:
      attempts: 1000
      backoff: 250ms
      factor: 1.5
      max_backoff: 1h
      jitter: 0
      on: [business, application, infrastructure]
)")
                           .retry;
  EXPECT_EQ(retry.attempts, 1000U);
  EXPECT_EQ(retry.backoff, std::chrono::milliseconds(250));
  EXPECT_EQ(retry.factor, 1.5);
  EXPECT_EQ(retry.max_backoff, std::chrono::hours(1));
  EXPECT_EQ(retry.jitter, 0);
  EXPECT_THAT(retry.on,
              ElementsAre(FailureClass::kBusiness, FailureClass::kApplication, FailureClass::kInfrastructure));
}

struct PoolCase {
  const char* name;
  const char* pool;
  std::vector<std::string> pools;
};
class PoolKey : public testing::TestWithParam<PoolCase> {};
TEST_P(PoolKey, TakesThreeForms) {
  std::vector<std::string> pools;
  for (const PoolUse& use : good_step("    run: [x]\n    pool: " + std::string(GetParam().pool) + "\n").pools)
    pools.push_back(use.pool.text + " " + std::to_string(use.amount));
  EXPECT_THAT(pools, testing::ElementsAreArray(GetParam().pools));
}
const PoolCase kPools[] = {
    {"one", "noisy", {"noisy 1"}},
    {"many", "[noisy, bus]", {"noisy 1", "bus 1"}},
    {"amounts", "{ slot: 3, bus: 1 }", {"slot 3", "bus 1"}},
    {"hardware", "[cpu, \"disk:cciss!c0d0\", \"accelerator:12\"]", {"cpu 1", "disk:cciss!c0d0 1", "accelerator:12 1"}},
    {"some_processors", "{ cpu: 4, disk:sda: 1 }", {"cpu 4", "disk:sda 1"}},
    {"template", "disk:${{ matrix.disk.name }}", {"disk:${{ matrix.disk.name }} 1"}},
    {"amount_of_a_template", "{ \"${{ params.pool }}\": 2 }", {"${{ params.pool }} 2"}},
};
INSTANTIATE_TEST_SUITE_P(Pools, PoolKey, testing::ValuesIn(kPools), test::case_name);

TEST(ControlKeys, CheckAndUndoHoldPrograms) {
  const Step step = good_step(R"(    run: [x]
    check: { run: [test, -e, "${{ params.f }}"], expect: exit_code == 0 }
    undo:
      run: |
        rm -f ${{ params.f }}
)");
  ASSERT_TRUE(step.check);
  EXPECT_EQ(step.check->run.argv.size(), 3U);
  EXPECT_EQ(step.check->expect->expression.text(), "exit_code == 0");
  ASSERT_TRUE(step.undo);
  ASSERT_TRUE(step.undo->run.script);
  EXPECT_EQ(step.undo->run.script->variables.size(), 1U);
}

TEST(ControlKeys, TheRestOfThem) {
  const Step step = good_step(R"(    run: [x]
    on: "node[1:40]"
    stdin: "text ${{ params.t }}"
    deadline: 1h30m
    effect: destroys
    on_interrupt: rerun
    notify: [a, b]
)");
  EXPECT_EQ(step.on, "node[1:40]");
  EXPECT_TRUE(step.stdin_text->text.has_expressions());
  EXPECT_EQ(step.deadline, std::chrono::minutes(90));
  EXPECT_EQ(step.effect, Effect::kDestroys);
  EXPECT_EQ(step.on_interrupt, OnInterrupt::kRerun);
  ASSERT_EQ(step.notify.size(), 2U);
  EXPECT_EQ(step.notify[1].text, "b");
}

struct WordCase {
  const char* name;
  const char* key;
  int value;
};
class Words : public testing::TestWithParam<WordCase> {};
TEST_P(Words, AreRead) {
  const Step step = good_step("    run: [x]\n    " + std::string(GetParam().key) + "\n");
  EXPECT_EQ(step.on_interrupt ? static_cast<int>(*step.on_interrupt) : static_cast<int>(*step.effect),
            GetParam().value);
}
const WordCase kWords[] = {
    {"reads", "effect: reads", static_cast<int>(Effect::kReads)},
    {"changes", "effect: changes", static_cast<int>(Effect::kChanges)},
    {"destroys", "effect: destroys", static_cast<int>(Effect::kDestroys)},
    {"ask", "effect: destroys\n    on_interrupt: ask", static_cast<int>(OnInterrupt::kAsk)},
    {"rerun", "effect: destroys\n    on_interrupt: rerun", static_cast<int>(OnInterrupt::kRerun)},
    {"fail", "effect: destroys\n    on_interrupt: fail", static_cast<int>(OnInterrupt::kFail)},
};
INSTANTIATE_TEST_SUITE_P(Keys, Words, testing::ValuesIn(kWords), test::case_name);

TEST(ControlKeys, EffectsHaveTheirWords) {
  EXPECT_EQ(to_string(Effect::kReads), "reads");
  EXPECT_EQ(to_string(Effect::kChanges), "changes");
  EXPECT_EQ(to_string(Effect::kDestroys), "destroys");
}

class WrongControl : public testing::TestWithParam<WrongCase> {};
TEST_P(WrongControl, IsExplained) { expect_one_error(GetParam()); }

#define STEP(KEYS) "steps: [{ id: s, run: [x], " KEYS " }]\n"
const WrongCase kWrongControls[] = {
    {"matrix_is_a_list",
     STEP("matrix: [1, 2]"),
     {"r.yaml:4:", "error[R013]: 'matrix' must be a mapping of names to lists, got a list"}},
    {"matrix_without_rows", STEP("matrix: {}"), {"error[R020]: 'matrix' has no rows: the step would never run"}},
    {"axis_without_values", STEP("matrix: { a: [] }"), {"error[R020]: 'a' has no values: the step would never run"}},
    {"axis_is_a_mapping",
     STEP("matrix: { a: { b: c } }"),
     {"error[R013]: 'a' must be a list, or an expression that gives one, got a mapping"}},
    {"axis_is_no_expression", STEP("matrix: { a: \"1 +\" }"), {"error[E001]"}},
    {"axis_name", STEP("matrix: { ok: [1], 1a: [x] }"), {"error[R014]: '1a' is not a valid name for a matrix key"}},
    {"include_is_a_mapping",
     STEP("matrix: { a: [1], include: { a: 2 } }"),
     {"error[R013]: 'include' must be a list of mappings, got a mapping"}},
    {"exclude_of_texts",
     STEP("matrix: { a: [1], exclude: [a] }"),
     {"error[R013]: 'exclude' must be a list of mappings, got text"}},
    {"foreach_is_an_expression",
     STEP("foreach: facts.disks"),
     {"error[R013]: 'foreach' must be a mapping of a name to an expression that gives a list, got text"}},
    {"foreach_of_nothing", STEP("foreach: {}"), {"error[R020]: 'foreach' names nothing to go through"}},
    {"retry_without_attempts", STEP("retry: { backoff: 1s }"), {"error[R011]: retry lacks the key 'attempts'"}},
    {"retry_is_a_number", STEP("retry: 3"), {"error[R013]: 'retry' must be a mapping, got text"}},
    {"no_attempts", STEP("retry: { attempts: 0 }"), {"error[R020]: 'attempts' must be from 1 to 1000, got '0'"}},
    {"too_many_attempts", STEP("retry: { attempts: 1001 }"), {"error[R020]: 'attempts'"}},
    {"shrinking_waits",
     STEP("retry: { attempts: 2, factor: 0.5 }"),
     {"error[R020]: 'factor' must be from 1 to 100, got '0.5'"}},
    {"too_much_chance", STEP("retry: { attempts: 2, jitter: 1.5 }"), {"error[R020]: 'jitter' must be from 0 to 1"}},
    {"no_number", STEP("retry: { attempts: 2, jitter: nan }"), {"error[R020]: 'jitter'"}},
    {"unknown_class",
     STEP("retry: { attempts: 2, on: [infrastucture] }"),
     {"error[R020]: unknown class of failure 'infrastucture'", "did you mean 'infrastructure'?"}},
    {"classes_are_a_text",
     STEP("retry: { attempts: 2, on: business }"),
     {"error[R013]: 'on' must be a list of classes of failure, got text"}},
    {"retry_key",
     STEP("retry: { attempts: 2, bakcoff: 1s }"),
     {"error[R010]: unknown key 'bakcoff' in retry", "did you mean 'backoff'?"}},
    {"refresh_of_something_else",
     "steps: [{ id: s, use: f.yaml, refresh: tools }]\n",
     {"error[R020]: unknown refresh 'tools'", "one of: facts"}},
    {"refresh_of_a_program", STEP("refresh: facts"), {"error[R020]: 'refresh' means nothing here", "suite or use"}},
    {"pool_of_nothing", STEP("pool: { a: 0 }"), {"error[R020]: 'a' must be from 1 to 1000000, got '0'"}},
    {"pool_name", STEP("pool: [a b]"), {"error[R014]: 'a b' is not a valid name for a pool"}},
    {"effect",
     STEP("effect: read"),
     {"error[R020]: unknown effect 'read'", "one of: reads, changes, destroys", "did you mean 'reads'?"}},
    {"on_interrupt",
     STEP("on_interrupt: never"),
     {"error[R020]: unknown on_interrupt 'never'", "one of: ask, rerun, fail"}},
    {"check_without_run", STEP("check: { expect: \"true\" }"), {"error[R011]: check lacks the key 'run'"}},
    {"check_is_an_expression", STEP("check: exit_code == 0"), {"error[R013]: 'check' must be a mapping, got text"}},
    {"undo_without_run", STEP("undo: {}"), {"error[R011]: undo lacks the key 'run'"}},
    {"undo_runs_nothing", STEP("undo: { run: [] }"), {"error[R020]: 'run' names no program"}},
    {"deadline_zero", STEP("deadline: 0s"), {"error[R020]: 'deadline' must be a duration above zero, got '0s'"}},
    {"notify_name", STEP("notify: \"9\""), {"error[R014]: '9' is not a valid name for notify"}},
    {"stdin_is_a_list", STEP("stdin: [a]"), {"error[R013]: 'stdin' must be text, got a list"}},
};
INSTANTIATE_TEST_SUITE_P(Keys, WrongControl, testing::ValuesIn(kWrongControls), test::case_name);

// Keys that say nothing with an action.
class MeansNothing : public testing::TestWithParam<WrongCase> {};
TEST_P(MeansNothing, IsExplained) { expect_one_error(GetParam()); }
const WrongCase kMeansNothing[] = {
    {"with_beside_run", STEP("with: { a: 1 }"), {"error[R020]: 'with' means nothing here", "a step with suite or use"}},
    {"env_beside_use",
     "steps: [{ id: s, use: x.yaml, env: { A: b } }]\n",
     {"error[R020]: 'env' means nothing here", "a step with run"}},
    {"shell_beside_facts", "steps: [{ id: s, facts: true, shell: sh }]\n", {"error[R020]: 'shell' means nothing here"}},
    {"retry_beside_suite",
     "steps: [{ id: s, suite: x.yaml, retry: { attempts: 2 } }]\n",
     {"error[R020]: 'retry' means nothing here"}},
    {"undo_beside_use",
     "steps: [{ id: s, use: x.yaml, undo: { run: [x] } }]\n",
     {"error[R020]: 'undo' means nothing here"}},
    {"outputs_beside_use",
     "steps: [{ id: s, use: x.yaml, outputs: { a: \"1\" } }]\n",
     {"error[R020]: 'outputs' means nothing here", "a step with run or facts"}},
    {"ensure_beside_suite",
     "steps: [{ id: s, suite: x.yaml, ensure: \"true\" }]\n",
     {"error[R020]: 'ensure' means nothing here"}},
    {"timeout_of_a_block",
     "steps: [{ id: s, timeout: 1m, block: { steps: [{ id: t, run: [x] }] } }]\n",
     {"error[R020]: 'timeout' means nothing here", "work of its own: write it on the steps inside"}},
    {"pool_of_a_use", "steps: [{ id: s, use: x.yaml, pool: noisy }]\n", {"error[R020]: 'pool' means nothing here"}},
    {"notify_of_a_suite",
     "steps: [{ id: s, suite: x.yaml, notify: h }]\nhandlers: [{ id: h, run: [x] }]\n",
     {"error[R020]: 'notify' means nothing here"}},
    {"matrix_of_a_block",
     "steps: [{ id: s, matrix: { a: [1] }, block: { steps: [{ id: t, run: [x] }] } }]\n",
     {"error[R020]: 'matrix' means nothing here", "a step with another action"}},
    {"foreach_of_a_block",
     "steps: [{ id: s, foreach: { a: facts.disks }, block: { steps: [{ id: t, run: [x] }] } }]\n",
     {"error[R020]: 'foreach' means nothing here"}},
};
INSTANTIATE_TEST_SUITE_P(Keys, MeansNothing, testing::ValuesIn(kMeansNothing), test::case_name);

// Values that fit their keys, but not each other or what a step finds when it begins.
class Senseless : public testing::TestWithParam<WrongCase> {};
TEST_P(Senseless, IsExplained) { expect_one_error(GetParam()); }
const WrongCase kSenseless[] = {
    {"value_in_a_script",
     "steps: [{ id: s, run: [sh, -c, \"echo ${{ params.x }}\"] }]\n",
     {"error[R030]: '${{ params.x }}' stands in the script of 'sh -c'"}},
    {"value_in_a_script_of_others",
     "steps: [{ id: s, run: [env, A=1, bash, -eo, pipefail, -c, \"${{ params.x }}\"] }]\n",
     {"help: pass it as an argument: [bash, -c, 'echo \"$1\"', bash, \"${{ … }}\"]"}},
    {"value_in_a_script_of_a_check",
     "steps: [{ id: s, run: [x], check: { run: [sh, -c, \"${{ params.x }}\"] } }]\n",
     {"error[R030]"}},
    {"value_for_another_machine",
     "steps: [{ id: s, run: [ssh, host, \"ls ${{ params.x }}\"] }]\n",
     {"in a command that 'ssh' gives to a shell"}},
    {"value_in_a_script_to_read",
     "steps: [{ id: s, run: [bash, -s], stdin: \"echo ${{ params.x }}\" }]\n",
     {"error[R030]: '${{ params.x }}' stands in what 'bash' reads as a script"}},
    {"number_for_a_script",
     "steps: [{ id: s, run: 1 }]\n",
     {"error[R013]: 'run' must be a list (program and arguments) or a script, got '1'"}},
    {"shell_of_a_list", STEP("shell: bash"), {"r.yaml:4:35: error[R020]: 'shell' means nothing here", "`run: |`"}},
    {"shell_is_a_command",
     "steps: [{ id: s, shell: apt-get install x, run: \"true\" }]\n",
     {"error[R020]: 'shell' names the shell of a script, not a command", "`run: [program, argument]`"}},
    {"empty_script", "steps: [{ id: s, run: \" \" }]\n", {"error[R020]: 'run' is empty: nothing would be done"}},
    {"empty_undo", STEP("undo: { run: \"\" }"), {"error[R020]: 'run' is empty"}},
    {"expression_among_the_values_of_a_matrix",
     STEP("matrix: { k: [\"${{ params.a }}\", x] }"),
     {"error[E001]: nothing is evaluated in 'k': `${{ }}` in it is only text", "k: \"[params.a, 'b']\""}},
    {"expression_in_an_added_row",
     STEP("matrix: { k: [1], include: [{ k: \"${{ params.a }}\" }] }"),
     {"error[E001]: nothing is evaluated in 'k'", "write the value itself"}},
    {"expression_inside_a_value",
     "steps: [{ id: s, use: x.yaml, with: { l: [\"${{ params.a }}\", b] } }]\n",
     {"error[E001]: nothing is evaluated in 'l'", "l: \"${{ [params.a, 'b'] }}\""}},
    {"expression_in_a_glob",
     STEP("artifacts: [\"${{ params.a }}.json\"]"),
     {"error[E001]: nothing is evaluated in 'artifacts'", "\"*.json\""}},
    {"expression_in_a_title", STEP("name: \"On ${{ matrix.x }}\""), {"error[E001]: nothing is evaluated in 'name'"}},
    {"expression_in_a_selector",
     STEP("on: \"${{ params.a }}\""),
     {"error[E001]: nothing is evaluated in 'on'", "`--on`"}},
    {"expression_that_names_a_file",
     "steps: [{ id: s, use: \"${{ params.a }}.yaml\" }]\n",
     {"error[E001]: nothing is evaluated in 'use'", "a step for each with an `if`"}},
    {"expression_in_a_default",
     "params: { p: { type: string, default: \"${{ env.X }}\" } }\nsteps: [{ id: s, run: [x] }]\n",
     {"error[E001]: nothing is evaluated in 'p'", "a step can compute with it"}},
    {"expression_in_a_profile",
     "params: { p: { type: string, default: a } }\nprofiles: { f: { p: \"${{ env.X }}\" } }\nsteps: [{ id: s, run: [x] "
     "}]\n",
     {"error[E001]: nothing is evaluated in 'p'", "write the value itself"}},
    {"relative_folder",
     STEP("cwd: sub/x"),
     {"r.yaml:4:33: error[R020]: there is no folder 'sub/x'", "an absolute path"}},
    {"relative_folder_with_a_value", STEP("cwd: \"sub/${{ params.x }}\""), {"error[R020]: there is no folder 'sub/'"}},
    {"folder_of_shells", STEP("cwd: ~/x"), {"error[R020]: there is no folder '~/x'", "${{ env.HOME }}"}},
    {"artifact_with_a_full_path", STEP("artifacts: [/tmp/x]"), {"error[R020]: '/tmp/x' is outside the step's folder"}},
    {"artifact_above", STEP("artifacts: [a/../../x]"), {"error[R020]: 'a/../../x' is outside the step's folder"}},
    {"artifact_without_a_name", STEP("artifacts: [\"\"]"), {"error[R020]: an artifact without a name"}},
    {"exit_code_twice",
     STEP("ok_exit: [0, 3], skip_exit: [3]"),
     {"error[R020]: exit code 3 both passes and skips", "in one of 'ok_exit' and 'skip_exit'"}},
    {"skips_when_it_passes", STEP("skip_exit: [0]"), {"error[R020]: exit code 0 both passes and skips", "above 0"}},
    {"interrupt_of_a_step_that_reads",
     STEP("effect: reads, on_interrupt: ask"),
     {"error[R020]: 'on_interrupt' means nothing here", "effect: destroys"}},
    {"interrupt_without_an_effect", STEP("on_interrupt: fail"), {"error[R020]: 'on_interrupt' means nothing here"}},
    {"pool_twice",
     STEP("pool: [a, b, a]"),
     {"r.yaml:4:41: error[R015]: the pool 'a' is named twice", "note: r.yaml:4:35", "write { a: 2 }"}},
    {"value_twice",
     STEP("matrix: { m: [x, y, x] }"),
     {"r.yaml:4:48: error[R015]: 'x' stands twice among the values of 'm'"}},
};
INSTANTIATE_TEST_SUITE_P(Keys, Senseless, testing::ValuesIn(kSenseless), test::case_name);

struct SensibleCase {
  const char* name;
  const char* keys;
  const char* warning;  // of the message; empty: nothing is said
};
class Sensible : public testing::TestWithParam<SensibleCase> {};
TEST_P(Sensible, IsTaken) {
  const auto result = read_text(std::string("steps: [{ id: s, ") + GetParam().keys + " }]\n");
  EXPECT_TRUE(result.value) << render(result.problems);
  EXPECT_EQ(result.problems.empty(), *GetParam().warning == '\0') << render(result.problems);
  EXPECT_THAT(render(result.problems), testing::HasSubstr(GetParam().warning));
}
const SensibleCase kSensible[] = {
    {"shell_of_a_script", "run: \"true\", shell: bash", ""},
    {"full_folder", "run: [x], cwd: /tmp", ""},
    {"folder_by_a_value", "run: [x], cwd: \"${{ params.x }}/y\"", ""},
    {"its_own_folder", "run: [x], cwd: .", ""},
    {"artifacts", "run: [x], artifacts: [a.json, \"b/*.txt\", a..b]", ""},
    {"exit_codes", "run: [x], ok_exit: [0, 3], skip_exit: [77]", ""},
    {"values_of_two_kinds", "run: [x], matrix: { m: [1, \"1\", 1.5, true] }", ""},
    {"times", "run: [x], timeout: 1m, deadline: 1m", ""},
    {"deadline_below_the_timeout", "run: [x], timeout: 2m, deadline: 1m", "warning[R020]: the deadline is shorter"},
    {"pipe_in_a_list", "run: [cat, x, \"|\", wc]", "warning[R020]: '|' reaches 'cat' as it is"},
    {"redirection_in_a_list", "run: [x, \">/tmp/y\"]", "warning[R020]: '>/tmp/y' reaches 'x' as it is"},
    {"variable_in_a_list", "run: [echo, \"${HOME}\"]", "write \"${{ env.NAME }}\""},
    {"signs_for_a_program_that_takes_them", "run: [/usr/bin/expr, \"1\", \"|\", \"2\"]", ""},
    {"signs_for_a_shell", "run: [sh, -c, \"$X\"]", ""},
    {"value_as_an_argument", "run: [sh, -c, 'echo \"$1\"', sh, \"${{ params.x }}\"]", ""},
    {"value_to_read", "run: [sh, -c, 'cat'], stdin: \"echo ${{ params.x }}\"", ""},
    {"script_in_quotes", "run: \"true\"", ""},
    {"price", "run: [echo, \"$5\", \"a|b\", \"->\"]", ""},
    {"braces_of_templates", "run: [echo, \"{{ params.x }}\"]", "warning[E001]: '{{ params.x }}' is only text here"},
    {"braces_of_shells", "run: \"echo ${params.x}\"", "warning[E001]: '${params.x}' is only text here"},
    {"braces_of_others", "run: [inspect, \"{{.Name}} {{ range .x }} ${x} {params.y}\"]", ""},
    {"our_braces", "run: [x, \"${{ {'a': params.x}['a'] }} ${{params.y}} $${{ params.z }}\"]", ""},
};
INSTANTIATE_TEST_SUITE_P(Keys, Sensible, testing::ValuesIn(kSensible), test::case_name);

TEST(ControlKeys, KnowTheirPlaces) {
  const Recipe recipe = good_recipe("deadline: 1h\nsteps:\n  - id: s\n    run: [x]\n    retry: { attempts: 2 }\n");
  EXPECT_EQ(place_of(recipe.steps[0], "retry").line, 8U);
  EXPECT_EQ(place_of(recipe.steps[0], "retry").column, 5U);
  EXPECT_EQ(place_of(recipe.steps[0], "notify").column, recipe.steps[0].id.where.column) << "the id's";
  EXPECT_EQ(place_of(recipe, "deadline").line, 4U);
  EXPECT_EQ(place_of(recipe, "rollout").line, 1U);
}

}  // namespace
}  // namespace assay::recipe
