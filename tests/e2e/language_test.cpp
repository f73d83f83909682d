// SPDX-License-Identifier: Apache-2.0
// The recipe language through the real program: what a run records, what plan and eval print.
#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>

#include "e2e/harness.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"

namespace assay::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Language : public EndToEnd {
 protected:
  std::string recipe(const std::string& rest, const std::string& name = "r.yaml") const {
    return write(name, kHead + rest).string();
  }
  // What the newest journal says of each step that is settled, by id.
  [[nodiscard]] std::map<std::string, Json> recorded() const {
    std::map<std::string, Json> out;
    for (const Json& line : journal()) {
      if (line["type"] == "finished") out.emplace(line["step"].get<std::string>(), line);
    }
    return out;
  }
  // Where in the journal each line stands: "started a" -> 3.
  [[nodiscard]] std::map<std::string, std::size_t> places() const {
    std::map<std::string, std::size_t> out;
    const auto lines = journal();
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].contains("step")) {
        out.emplace(lines[i]["type"].get<std::string>() + " " + lines[i]["step"].get<std::string>(), i);
      }
    }
    return out;
  }
};

constexpr const char* kInner = R"(params: { word: { type: string }, times: { type: int, default: 1 } }
steps:
  - { id: say, run: [printf, "${{ params.word }}${{ params.times }}"], outputs: { text: stdout } }
  - { id: again, run: [printf, "${{ steps.say.outputs.text }}!"], outputs: { text: stdout } }
outputs: { text: steps.again.outputs.text }
)";

constexpr const char* kWhole = R"yaml(params:
  word: { type: string, default: plain }
  level: { type: enum, values: [low, high], default: low }
profiles:
  loud: { word: loud, level: high }
pools: { slot: 1 }
steps:
  - id: rows
    matrix: { a: [x, y], n: [1, 2], exclude: [{ a: y, n: 1 }] }
    pool: slot
    run: [printf, "${{ matrix.a }}${{ matrix.n }}"]
    outputs: { text: stdout }
  - id: flags
    foreach: { flag: "['one', 'two'].filter(f, f != params.word)" }
    run: [printf, "${{ matrix.flag }}"]
  - id: inside
    use: inner.yaml
    with: { word: "${{ params.word }}", times: "${{ 2 + 1 }}" }
  - id: last
    if: params.level == 'high'
    run: [printf, "${{ steps.inside.outputs.text }} ${{ steps.rows.instances.size() }}"]
    outputs: { text: stdout }
)yaml";

TEST_F(Language, ARunOfEverythingIsRecorded) {
  recipe(kInner, "inner.yaml");
  const Outcome outcome = run({"run", recipe(kWhole), "--profile", "loud", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(last_json(outcome)["verdict"], "pass");
  const auto steps = recorded();
  std::vector<std::string> ids;
  for (const auto& [id, step] : steps) {
    ids.push_back(id);
    EXPECT_EQ(step["verdict"], "pass") << id;
  }
  EXPECT_THAT(ids, ElementsAre("flags[flag=one]", "flags[flag=two]", "inside", "inside/again", "inside/say", "last",
                               "rows[a=x,n=1]", "rows[a=x,n=2]", "rows[a=y,n=2]"));
  EXPECT_EQ(steps.at("rows[a=y,n=2]")["outputs"]["text"], "y2");
  EXPECT_EQ(steps.at("inside")["outputs"]["text"], "loud3!");
  EXPECT_EQ(steps.at("last")["outputs"]["text"], "loud3! 3");
}

TEST_F(Language, WithoutTheProfileTheDefaultsCount) {
  recipe(kInner, "inner.yaml");
  ASSERT_EQ(run({"run", recipe(kWhole), "-p", "word=one"}).exit_code, 0);
  const auto steps = recorded();
  EXPECT_EQ(steps.count("flags[flag=one]"), 0U) << "left out by the expression";
  EXPECT_EQ(steps.at("inside")["outputs"]["text"], "one3!");
  EXPECT_EQ(steps.at("last")["verdict"], "skipped");
  EXPECT_EQ(steps.at("last")["reason"], "condition: params.level == 'high'");
}

TEST_F(Language, WhatIsGivenGoesBeforeTheProfile) {
  recipe(kInner, "inner.yaml");
  ASSERT_EQ(run({"run", recipe(kWhole), "--profile", "loud", "-p", "word=given"}).exit_code, 0);
  EXPECT_EQ(recorded().at("last")["outputs"]["text"], "given3! 3");
}

TEST_F(Language, APoolOfOneLetsOneRunAtATime) {
  const std::string path = recipe(
      "order: graph\npools: { slot: 1 }\nsteps: [{ id: s, matrix: { n: [1, 2, 3] }, pool: slot, run: [sh, -c, "
      "'mkdir \"" +
      (folder_ / "only").string() + "\" && sleep 0.05 && rmdir \"" + (folder_ / "only").string() + "\"'] }]\n");
  const Outcome outcome = run({"run", path, "--jobs", "3"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
  const auto at = places();
  EXPECT_LT(at.at("finished s[n=1]"), at.at("started s[n=2]"));
  EXPECT_LT(at.at("finished s[n=2]"), at.at("started s[n=3]"));
}

TEST_F(Language, ForeachGoesThroughTheFactsOfThisMachine) {
  const Outcome facts = run({"facts", "--json"});
  ASSERT_EQ(facts.exit_code, 0) << facts.err;
  const Json json = Json::parse(facts.out);
  const std::size_t disks = json["facts"].contains("disks") ? json["facts"]["disks"].size() : 0;
  const std::string path =
      recipe("steps: [{ id: d, foreach: { disk: facts.disks }, run: [printf, '%s', \"${{ matrix.disk.name }}\"] }]\n");
  const Outcome outcome = run({"run", path});
  const auto steps = recorded();
  if (disks == 0) {
    EXPECT_EQ(steps.at("d")["reason"], "its matrix has no rows on this machine");
    return;
  }
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
  EXPECT_EQ(steps.size(), disks);
  const std::string first = json["facts"]["disks"][0]["name"];
  EXPECT_EQ(steps.count("d[disk=" + first + "]"), 1U);
}

TEST_F(Language, PlansAreTheSameByteForByte) {
  recipe(kInner, "inner.yaml");
  const std::string path = recipe(kWhole);
  for (const std::vector<std::string>& form : {std::vector<std::string>{"plan", path},
                                               {"plan", path, "--json"},
                                               {"plan", path, "--dot"},
                                               {"plan", path, "--profile", "loud"}}) {
    const Outcome first = run(form);
    ASSERT_EQ(first.exit_code, 0) << first.err;
    EXPECT_EQ(first.out, run(form).out);
    EXPECT_GT(first.out.size(), 100U);
  }
  EXPECT_THAT(runs(), IsEmpty()) << "planning leaves no record";
}

TEST_F(Language, APlanSaysHowLongItTookLastTime) {
  const std::string path = recipe("steps: [{ id: a, run: ['true'] }]\n");
  EXPECT_THAT(run({"plan", path}).out, Not(HasSubstr("by the last run")));
  ASSERT_EQ(run({"run", path}).exit_code, 0);
  EXPECT_THAT(run({"plan", path}).out, HasSubstr("by the last run, along a"));
  EXPECT_EQ(last_json(run({"plan", path, "--json"}))["estimate"]["known"], 1);
}

TEST_F(Language, AUseCircleStartsNothing) {
  recipe("steps: [{ id: a, run: [touch, '" + (folder_ / "mark").string() + "'] }, { id: u, use: b.yaml }]\n", "a.yaml");
  recipe("steps: [{ id: v, use: ./a.yaml }]\n", "b.yaml");
  for (const char* verb : {"validate", "plan", "run"}) {
    const Outcome outcome = run({verb, (folder_ / "a.yaml").string()});
    EXPECT_EQ(outcome.exit_code, 2) << verb;
    EXPECT_THAT(outcome.err, HasSubstr("error[P007]: recipes use each other in a circle: a.yaml -> b.yaml -> a.yaml"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "mark"));
  EXPECT_THAT(runs(), IsEmpty());
}

TEST_F(Language, WhatIsNotCarriedOutIsRefusedByARunAndShownByAPlan) {
  const std::string path = recipe("rollout: { serial: 1 }\nsteps: [{ id: a, run: ['true'] }]\n");
  EXPECT_EQ(run({"validate", path}).exit_code, 0);
  EXPECT_EQ(run({"plan", path}).exit_code, 0);
  const Outcome outcome = run({"run", path});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("error[P006]"));
  EXPECT_THAT(runs(), IsEmpty());
}

constexpr const char* kSuite = R"(apiVersion: assay/v1
kind: Suite
metadata: { name: s, version: 1.0.0 }
tests:
  - { id: t, class: functional, hardware: cpu, run: [sh, -c, 'echo ran'], criteria: ["exit_code == 0"], counters: false, fault: f, proves: p }
)";

struct ConditionCase {
  const char* name;
  const char* steps;
  std::map<std::string, std::string> verdicts;
};
class Conditions : public Language, public testing::WithParamInterface<ConditionCase> {};
TEST_P(Conditions, DecideForWhatIsInside) {
  write("s.yaml", kSuite);
  recipe("steps: [{ id: x, run: [echo] }, { id: y, if: always(), run: [echo] }]\n", "inner.yaml");
  run({"run", recipe(GetParam().steps)});
  std::map<std::string, std::string> verdicts;
  for (const auto& [id, step] : recorded()) verdicts.emplace(id, step["verdict"]);
  EXPECT_EQ(verdicts, GetParam().verdicts);
}
const ConditionCase kConditions[] = {
    {"suite_known_when_planned",
     "steps: [{ id: s, if: 1 > 2, suite: s.yaml }, { id: a, run: [echo] }]\n",
     {{"s", "skipped"}, {"a", "pass"}}},
    {"suite_known_later",
     "steps: [{ id: a, run: [echo], outputs: { n: '3' } }, { id: s, if: steps.a.outputs.n > 3, suite: s.yaml }]\n",
     {{"a", "pass"}, {"s/t", "skipped"}, {"s", "skipped"}}},
    {"suite_that_runs",
     "steps: [{ id: a, run: [echo], outputs: { n: '4' } }, { id: s, if: steps.a.outputs.n > 3, suite: s.yaml }]\n",
     {{"a", "pass"}, {"s/t", "pass"}, {"s", "pass"}}},
    {"use_known_later_skips_even_what_always_runs",
     "steps: [{ id: a, run: [echo], outputs: { n: '3' } }, { id: u, if: steps.a.outputs.n > 3, use: inner.yaml "
     "}]\n",
     {{"a", "pass"}, {"u/x", "skipped"}, {"u/y", "skipped"}, {"u", "skipped"}}},
    {"use_after_a_failure",
     "steps: [{ id: a, run: ['false'] }, { id: u, if: failure(), use: inner.yaml }]\n",
     {{"a", "fail"}, {"u/x", "pass"}, {"u/y", "pass"}, {"u", "pass"}}},
    {"use_row_by_row",
     "steps: [{ id: u, matrix: { n: [1, 2] }, if: matrix.n == 2, use: inner.yaml }]\n",
     {{"u[n=1]", "skipped"}, {"u[n=2]/x", "pass"}, {"u[n=2]/y", "pass"}, {"u[n=2]", "pass"}}},
};
INSTANTIATE_TEST_SUITE_P(Containers, Conditions, testing::ValuesIn(kConditions),
                         [](const auto& one) { return std::string(one.param.name); });

class Eval : public EndToEnd {};

TEST_F(Eval, TakesVariablesFromYamlAndJson) {
  write("v.yaml", "n: 3\nwords: [a, b]\nhost: { name: 'x', \"on\": true }\ntext: \"3\"\n");
  write("v.json", R"({"n": 4, "host": {"name": "y"}})");
  EXPECT_EQ(run({"eval", "n + 1", "--vars", "v.yaml"}).out, "4\n");
  EXPECT_EQ(run({"eval", "words.map(w, w + host.name)", "--vars", "v.yaml"}).out, "[\"ax\",\"bx\"]\n");
  EXPECT_EQ(run({"eval", "text + 'x'", "--vars", "v.yaml"}).out, "3x\n");
  EXPECT_EQ(run({"eval", "host.name + string(n)", "--vars", "v.json"}).out, "y4\n");
  const Outcome slip = run({"eval", "wrods", "--vars", "v.yaml"});
  EXPECT_EQ(slip.exit_code, 2);
  EXPECT_THAT(slip.err, HasSubstr("did you mean 'words'?"));
  EXPECT_EQ(run({"eval", "n", "--vars", "none.yaml"}).exit_code, 2);
  write("list.yaml", "- 1\n");
  EXPECT_THAT(run({"eval", "n", "--vars", "list.yaml"}).err, HasSubstr("must be a mapping of names to values"));
}

struct TypedCase {
  const char* name;
  const char* expression;
  const char* out;
  int exit_code;
};
class Typed : public Eval, public testing::WithParamInterface<TypedCase> {};
TEST_P(Typed, SaysTypesAndErrors) {
  const Outcome outcome = run({"eval", "--typed", GetParam().expression});
  EXPECT_EQ(outcome.out, std::string(GetParam().out) + "\n");
  EXPECT_EQ(outcome.exit_code, GetParam().exit_code);
}
const TypedCase kTyped[] = {
    {"integer", "1 + 1", R"({"type":"int","value":"2"})", 0},
    {"unsigned", "18446744073709551615u", R"({"type":"uint","value":"18446744073709551615"})", 0},
    {"text", "'a' + 'b'", R"({"type":"string","value":"ab"})", 0},
    {"truth", "1 < 2", R"({"type":"bool","value":true})", 0},
    {"infinity", "1.0 / 0.0", R"({"type":"double","value":"Infinity"})", 0},
    {"list", "[1, 'a']", R"({"type":"list","value":[{"type":"int","value":"1"},{"type":"string","value":"a"}]})", 0},
    {"division", "1 / 0", R"({"error":"division by zero"})", 2},
};
INSTANTIATE_TEST_SUITE_P(Expressions, Typed, testing::ValuesIn(kTyped),
                         [](const auto& one) { return std::string(one.param.name); });

TEST_F(Eval, AnswersABatchLineByLine) {
  Invocation batch = invocation({"eval", "--batch", "-"});
  batch.input = R"({"id": 1, "expr": "1 + 1"}
{"id": "b", "expr": "x * 2", "vars": {"x": {"type": "int", "value": "21"}}}

{"id": 3, "expr": "[1, 2]", "check": "only"}
{"id": 4, "expr": "1 / 0"}
{"id": 5, "expr": "1 +"}
{"id": 6, "expr": "'a' + 1"}
{"id": 7, "expr": "dyn('a') + 1", "check": false}
)";
  const Outcome outcome = run(batch);
  const auto answers = lines(outcome.out);
  ASSERT_EQ(answers.size(), 7U) << outcome.out;
  EXPECT_EQ(answers[0], R"({"id":1,"type":"int","value":"2"})");
  EXPECT_EQ(answers[1], R"({"id":"b","type":"int","value":"42"})");
  EXPECT_EQ(answers[2], R"json({"id":3,"type":"list(int)"})json");
  EXPECT_EQ(answers[3], R"({"id":4,"error":"division by zero"})");
  for (std::size_t i = 4; i < 7; ++i) EXPECT_THAT(std::string(answers[i]), HasSubstr("\"error\":")) << i;
  EXPECT_EQ(outcome.exit_code, 0) << "every line was a request; what an expression comes to is an answer";
}

TEST_F(Eval, BrokenLinesAreAnsweredAndTheRestGoesOn) {
  write("batch", R"(not json
[]
{"id": 3}
{"id": 4, "expr": 5}
{"id": 5, "expr": "1", "more": 1}
{"id": 6, "expr": "x", "vars": {"x": {"type": "int", "value": "many"}}}
{"id": 7, "expr": "1", "check": "never"}
{"id": 8, "expr": "2"}
)");
  const Outcome outcome = run({"eval", "--batch", "batch"});
  EXPECT_EQ(outcome.exit_code, 2);
  const auto answers = lines(outcome.out);
  ASSERT_EQ(answers.size(), 8U) << outcome.out;
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_THAT(std::string(answers[i]), HasSubstr("\"error\":"));
    EXPECT_THAT(std::string(answers[i]), HasSubstr(i < 2 ? "\"id\":null" : "\"id\":" + std::to_string(i + 1)));
  }
  EXPECT_EQ(answers[7], R"({"id":8,"type":"int","value":"2"})");
  EXPECT_EQ(run({"eval", "--batch", "gone"}).exit_code, 2);
}

// With python3-jsonschema, which knows the draft better than we do.
class Schemas : public Language {
 protected:
  void SetUp() override {
    Invocation probe{.argv = {"python3", "-c", "import yaml, jsonschema; jsonschema.Draft202012Validator"}};
    probe.folder = folder_.path();
    if (run_program(probe).exit_code != 0) GTEST_SKIP() << "python3-jsonschema and python3-yaml are not installed";
    for (const char* kind : {"recipe", "suite", "programme"})
      write(std::string(kind) + ".json", run({"schema", kind}).out);
    write("check.py", R"(import json, re, sys, yaml, jsonschema
class Core(yaml.SafeLoader):  # YAML 1.2, as editors read it: `on` is a word
    pass
boolean = "tag:yaml.org,2002:bool"
Core.yaml_implicit_resolvers = {first: [rule for rule in rules if rule[0] != boolean]
                                for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Core.add_implicit_resolver(boolean, re.compile("^(?:true|false)$"), list("tf"))
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
bad = 0
for name in sys.argv[2:]:
    for error in validator.iter_errors(yaml.load(open(name), Core)):
        print(name, list(error.absolute_path), error.message)
        bad = 1
sys.exit(bad)
)");
  }
  Outcome check(const std::string& kind, const std::vector<std::string>& files) const {
    Invocation python{.argv = {"python3", "check.py", kind + ".json"}};
    python.argv.insert(python.argv.end(), files.begin(), files.end());
    python.folder = folder_.path();
    return run_program(python);
  }
};

TEST_F(Schemas, ShippedFilesFit) {
  std::map<std::string, std::vector<std::string>> files;
  for (const char* folder : {"recipes", "testsuites"}) {
    const auto root = std::filesystem::path(ASSAY_SOURCE_DIR) / folder;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.path().extension() != ".yaml") continue;
      const std::string text = slurp(entry.path());
      for (const char* kind : {"Recipe", "Suite", "Programme"}) {
        if (text.find("\nkind: " + std::string(kind) + "\n") == std::string::npos) continue;
        std::string lower = kind;
        lower[0] = static_cast<char>(lower[0] - 'A' + 'a');
        files[lower].push_back(entry.path().string());
      }
    }
  }
  EXPECT_EQ(files.size(), 3U) << "each kind is shipped at least once";
  for (const auto& [kind, names] : files) {
    const Outcome outcome = check(kind, names);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  }
}

TEST_F(Schemas, KnowGoodFromWrong) {
  recipe(kInner, "inner.yaml");
  EXPECT_EQ(check("recipe", {"inner.yaml", recipe(kWhole)}).exit_code, 0) << check("recipe", {"r.yaml"}).out;
  for (const char* wrong : {"steps: [{ id: a, rnu: [x] }]\n", "stesp: []\n", "steps: [{ id: 1a, run: [x] }]\n",
                            "order: grpah\nsteps: [{ id: a, run: [x] }]\n",
                            "steps: [{ id: a, run: [x], timeout: 5x }]\n", "steps: [{ id: a, run: [] }]\n"}) {
    EXPECT_NE(check("recipe", {recipe(wrong)}).exit_code, 0) << wrong;
    EXPECT_EQ(run({"validate", (folder_ / "r.yaml").string()}).exit_code, 2) << wrong;
  }
}

TEST_F(Language, ExplainSaysWhetherThereWasAnythingToDo) {
  const std::string made = (folder_ / "made").string();
  const std::string file =
      recipe("steps: [{ id: a, check: { run: [test, -e, " + made + "] }, run: [touch, " + made + "] }]\n");
  EXPECT_EQ(run({"run", file}).exit_code, 0);
  EXPECT_THAT(run({"explain", "a"}).out, AllOf(HasSubstr(": pass, changed\n"), HasSubstr("  command touch ")));
  EXPECT_EQ(run({"run", file}).exit_code, 0);
  EXPECT_THAT(run({"explain", "a"}).out,
              AllOf(HasSubstr(": pass, there was nothing to do\n"), HasSubstr("  command test -e ")));
  EXPECT_EQ(last_json(run({"explain", "a", "--json"}))[0]["change"], "ok");
}

TEST_F(Language, ExplainSaysWhyAStepRanWaitedOrDidNot) {
  const std::string file = recipe(
      "params: { n: { type: int, default: 1 } }\n"
      "steps: [{ id: a, run: [sleep, '0.1'] }, { id: b, run: ['false'] }, { id: c, run: [x] }]\n");
  EXPECT_EQ(run({"run", file, "-p", "n=2"}).exit_code, 1);
  const Outcome waited = run({"explain", "b"});
  EXPECT_EQ(waited.exit_code, 0) << waited.err;
  EXPECT_THAT(waited.out, HasSubstr("  waited for a\n  needs a: pass\n  command false\n  params.n = 2 (-p)\n"));
  EXPECT_THAT(run({"explain", "c"}).out, HasSubstr("  did not run: needs b\n  needs b: fail\n"));
  const Json json = last_json(run({"explain", "a", "--json"}))[0];
  EXPECT_EQ(json["verdict"], "pass");
  EXPECT_THAT(json["needs"], IsEmpty());
  EXPECT_EQ(json["params_from"]["n"], "-p");
  const Outcome unknown = run({"explain", "bb"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean 'b'?"));
}

TEST_F(Language, ExplainSaysWhatAnOutputWasComputedFrom) {
  recipe(
      "steps: [{ id: five, run: [echo, '5'], outputs: { n: int(stdout.trim()) } }]\noutputs: { n: steps.five.outputs.n "
      "}\n",
      "inner.yaml");
  const std::string file = recipe(
      "steps:\n"
      "  - { id: inside, use: inner.yaml }\n"
      "  - id: twice\n"
      "    matrix: { x: [1, 2] }\n"
      "    run: [echo, '7']\n"
      "    outputs: { sum: steps.inside.outputs.n * matrix.x + int(stdout.trim()), code: exit_code, wrong: int(stderr) "
      "}\n");
  EXPECT_EQ(run({"run", file}).exit_code, 3);
  const std::string seven = "2 B, sha256:" + sha256_hex("7\n").substr(0, 12);
  EXPECT_THAT(run({"explain", "twice[x=2]"}).out,
              HasSubstr("  outputs.code = 0: exit_code\n"
                        "    reads exit_code: 0\n"
                        "  outputs.sum = 17: steps.inside.outputs.n * matrix.x + int(stdout.trim())\n"
                        "    reads matrix.x\n"
                        "    reads stdout: " +
                        seven +
                        "\n"
                        "    reads steps.inside.outputs.n: 5\n"
                        "  outputs.wrong has no value: int(stderr)\n"
                        "    reads stderr"));
  EXPECT_THAT(run({"explain", "inside"}).out,
              HasSubstr("  outputs.n = 5: steps.five.outputs.n\n    reads steps.five.outputs.n: 5\n"));
  const Json json = last_json(run({"explain", "inside/five", "--json"}))[0];
  const std::string five = "2 B, sha256:" + sha256_hex("5\n").substr(0, 12);
  EXPECT_EQ(json["outputs"],
            (Json{{"n", {{"expression", "int(stdout.trim())"}, {"reads", {{"stdout", five}}}, {"value", 5}}}}));
}

constexpr const char* kLayered = R"(params:
  a: { type: string, default: default }
  b: { type: string, default: default }
  c: { type: string, default: default }
  d: { type: string, default: default }
  e: { type: string, default: default }
  f: { type: string, default: default }
profiles: { fast: { b: profile, c: profile, d: profile, e: profile, f: profile } }
steps:
  - id: say
    run: [printf, "${{ params.a }} ${{ params.b }} ${{ params.c }} ${{ params.d }} ${{ params.e }} ${{ params.f }}"]
    env: { WHO: recipe }
    timeout: 1m
  - { id: inside, use: inner.yaml, with: { word: given } }
)";

TEST_F(Language, AFileOfParametersIsReadAsStrictlyAsARecipe) {
  const std::string file = recipe("params: { i: { type: int, default: 0 } }\nsteps: [{ id: a, run: ['true'] }]\n");
  const auto plan = [&](const std::string& text) {
    return run({"plan", file, "--params", write("given.yaml", text).string()}).err;
  };
  EXPECT_THAT(plan("i: 1\ni: 2\n"), HasSubstr("given.yaml:2:1: error[Y003]"));
  EXPECT_THAT(plan("i: x\n"), HasSubstr("given.yaml:1:4: error[R040]: parameter 'i' cannot be 'x'"));
  EXPECT_THAT(plan("\n"), HasSubstr("given.yaml' is empty"));
}

TEST_F(Language, ValuesHaveTheirPrecedenceAndExplainNamesTheirOrigin) {
  recipe(kInner, "inner.yaml");
  const std::string file = recipe(kLayered);
  const std::string head = "apiVersion: assay/v1\nkind: Overlay\nmetadata: { name: o, version: 1.0.0 }\n";
  const std::string one = write("one.yaml", head + "params: { c: one, d: one, e: one, f: one }\n").string();
  const std::string two = write("two.yaml", head +
                                                "params: { d: two, e: two, f: two }\n"
                                                "steps: { say: { timeout: 5m, env: { WHO: site } } }\n")
                              .string();
  const std::string given = write("given.yaml", "e: file\nf: file\n").string();
  const std::vector<std::string> settings = {file, "--profile", "fast", "--overlay", one,   "--overlay",
                                             two,  "--params",  given,  "-p",        "f=-p"};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.end(), settings.begin(), settings.end());
    return words;
  };
  ASSERT_EQ(run(with({"run"})).exit_code, 0);
  EXPECT_EQ(recorded().at("say")["verdict"], "pass");
  const Outcome said = run({"explain", "say"});
  EXPECT_THAT(said.out, HasSubstr("  command printf default profile one two file -p\n"
                                  "  env.WHO set by " +
                                  two +
                                  ":5\n"
                                  "  timeout set by " +
                                  two +
                                  ":5\n"
                                  "  params.a = default (default)\n"
                                  "  params.b = profile (profile fast)\n"
                                  "  params.c = one (overlay " +
                                  one +
                                  ":4)\n"
                                  "  params.d = two (overlay " +
                                  two +
                                  ":4)\n"
                                  "  params.e = file (" +
                                  given +
                                  ")\n"
                                  "  params.f = -p (-p)\n"));
  EXPECT_THAT(run({"explain", "inside/say"}).out,
              HasSubstr("  params.word = given (" + file + ":17)\n  params.times = 1 (default)\n"));
  const Outcome planned = run(with({"plan"}));
  EXPECT_THAT(planned.out, HasSubstr("  params: b = profile (profile fast), c = one (overlay " + one + ":4), "));
  EXPECT_THAT(planned.out, HasSubstr("  overlay: " + one + "\n  overlay: " + two + "\n"));
  EXPECT_THAT(planned.out, HasSubstr("      timeout set by " + two + ":5\n"));
  const Json header = Json::parse(slurp(runs().back() / "run.json"));
  EXPECT_EQ(header["source"]["overlays"][1]["path"], two);
}

TEST_F(Language, AnOverlayIsPartOfASavedPlan) {
  const std::string file = recipe("steps: [{ id: a, run: [echo, hi] }]\n");
  const std::string head = "apiVersion: assay/v1\nkind: Overlay\nmetadata: { name: o, version: 1.0.0 }\n";
  const std::string site = write("site.yaml", head + "steps: { a: { run: [echo, there] } }\n").string();
  const std::string saved = (folder_ / "plan.json").string();
  EXPECT_EQ(run({"validate", file, site, "--overlay", site}).exit_code, 0);
  ASSERT_EQ(run({"plan", file, "--overlay", site, "-o", saved}).exit_code, 0);
  EXPECT_EQ(run({"run", "--plan", saved}).exit_code, 0);
  EXPECT_THAT(run({"explain", "a"}).out, HasSubstr("  command echo there\n"));
  const Outcome both = run({"run", "--plan", saved, "--overlay", site});
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_THAT(both.err, HasSubstr("cannot be given again"));
  write("site.yaml", head + "steps: { a: { run: [echo, elsewhere] } }\n");
  const Outcome changed = run({"run", "--plan", saved});
  EXPECT_EQ(changed.exit_code, 2);
  EXPECT_THAT(changed.err, HasSubstr("the file '" + site + "' has changed since the plan was made"));
}

TEST_F(Language, ASavedPlanIsCarriedOutExactlyOrNotAtAll) {
  const std::string file =
      recipe("params: { n: { type: int, default: 1 } }\nsteps: [{ id: a, run: [echo, \"${{ params.n }}\"] }]\n");
  const std::string saved = (folder_ / "plan.json").string();
  EXPECT_EQ(run({"plan", file, "-p", "n=7", "-o", saved}).exit_code, 0);
  EXPECT_EQ(run({"run", "--plan", saved}).exit_code, 0);
  EXPECT_EQ(runs().size(), 1U);
  const Outcome again = run({"run", "--plan", saved, "-p", "n=8"});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, HasSubstr("they cannot be given again"));
  recipe("params: { n: { type: int, default: 1 } }\nsteps: [{ id: a, run: [echo, \"x${{ params.n }}\"] }]\n");
  const Outcome changed = run({"run", "--plan", saved});
  EXPECT_EQ(changed.exit_code, 2);
  EXPECT_THAT(changed.err, HasSubstr("error[P009]: the file '" + file + "' has changed since the plan was made"));
  EXPECT_THAT(changed.err,
              HasSubstr("the step 'a' differs: 'command' was [\"echo\",\"7\"] and is now [\"echo\",\"x7\"]"));
  EXPECT_EQ(runs().size(), 1U) << "nothing was started";
}

TEST_F(Language, AStepSeesTheInstanceOfItsOwnRow) {
  const std::string matrix = "matrix: { os: [a, b], include: [{ os: b, extra: 1 }] }";
  const Outcome outcome =
      run({"run", recipe("steps:\n  - { id: one, " + matrix +
                         ", run: [echo, \"${{ matrix.os }}\"], outputs: { x: stdout.trim() } }\n"
                         "  - { id: two, " +
                         matrix + ", run: [test, \"${{ steps.one.outputs.x }}\", =, \"${{ matrix.os }}\"] }\n")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

TEST_F(Language, ASkippedStepGivesItsPlaceInAPoolAway) {
  const Outcome outcome =
      run({"run", recipe("order: graph\npools: { p: 1 }\nsteps: [{ id: a, run: ['true'], pool: p }, "
                         "{ id: b, if: 1 > 2, run: ['true'], pool: p }, { id: c, run: ['true'], pool: p }]\n")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

}  // namespace
}  // namespace assay::test
