// SPDX-License-Identifier: Apache-2.0
#include "fault/scene.h"

namespace assay::test {
namespace {

constexpr const char* kHead = "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: ";

// `run` of a step that counts itself and then does `command`, a line of shell.
std::string counting(const std::filesystem::path& script, const std::string& command = ":") {
  return "run: [sh, \"" + script.string() + "\", '" + command + "']";
}

std::string step(const std::string& id, const std::string& run, const std::string& more = {}) {
  return "  - { id: " + id + ", " + run + more + " }\n";
}

// Sixteen steps in a graph of width four.
std::string graph(const std::filesystem::path& script) {
  std::string text = std::string(kHead) + "graph, version: 1.0.0 }\norder: graph\nsteps:\n";
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 4; ++column) {
      const std::string id = "g" + std::to_string(row) + std::to_string(column);
      std::string more;
      if (row > 0) {
        const std::string above = "g" + std::to_string(row - 1);
        more = ", needs: [" + above + std::to_string(column) + ", " + above + std::to_string((column + 1) % 4) + "]";
      }
      std::string command = "echo " + std::to_string(row * column);
      if (id == "g12") command = "seq 4000; echo note >note.txt";  // too much for a line of the journal
      more += id == "g12" ? ", artifacts: [note.txt], outputs: { n: int(size(stdout)) }"
                          : ", outputs: { n: int(stdout.trim()) }";
      text += step(id, counting(script, command), more);
    }
  }
  return text + "outputs: { total: steps.g30.outputs.n + steps.g33.outputs.n + steps.g12.outputs.n }\n";
}

// Tests: with them a run records facts and preconditions before its first step.
std::string functional_suite(const std::filesystem::path& script) {
  return "apiVersion: assay/v1\nkind: Suite\nmetadata: { name: tests, version: 1.0.0 }\ntests:\n"
         "  - id: holds\n    class: functional\n    hardware: memory\n    " +
         counting(script, "echo 7; seq 2000 >&2") +  // too much for a line of the journal: into a file of evidence
         "\n    outputs: { n: int(stdout.trim()) }\n    criteria: outputs.n == 7\n    counters: false\n"
         "    fault: none, it is a test of the journal\n    proves: nothing\n";
}

std::string suite(const std::filesystem::path& script) {
  return functional_suite(script) +
         "  - id: speed\n    blocker: false\n    class: performance\n    hardware: memory\n    " +
         counting(script, "echo 100") +
         "\n    samples: { min: 6, max: 8, warmup: 1 }\n    counters: false\n"
         "    metrics: [{ name: rate, unit: MB/s, better: higher, value: double(stdout.trim()) }]\n"
         "    fault: none, it is a test of the journal\n    proves: nothing\n";
}

std::string matrix_and_values(const std::filesystem::path& script) {
  std::string text;
  text += step("first", counting(script, "echo begin"));
  text += step(
      "values", counting(script, "echo 90s 3 2026-01-31T08:30:00Z"),
      ", outputs: { wait: \"duration(stdout.split(' ')[0])\", size: \"quantity('4 GiB')\", "
      "count: \"uint(stdout.split(' ')[1])\", whole: \"int(stdout.split(' ')[1])\", "
      "when: \"timestamp(stdout.trim().split(' ')[2])\", ratio: \"0.1 + 0.2\", flag: \"true\", "
      "text: \"'zwölf Ü 十二'\", raw: \"b'\\\\x00\\\\xff'\", list: \"[1u, 2u]\", map: \"{'a': duration('1s')}\" }");
  text += step("reads-values", counting(script),
               ", effect: reads, env: { WAIT: \"${{ steps.values.outputs.wait }}\", COUNT: \"${{ "
               "steps.values.outputs.count }}\" }"
               ", ensure: [\"steps.values.outputs.wait == duration('1m30s')\", "
               "\"steps.values.outputs.size > quantity('3 GiB')\", \"steps.values.outputs.count == 3u\", "
               "\"steps.values.outputs.whole + 1 == 4\", \"steps.values.outputs.when.getFullYear() == 2026\", "
               "\"steps.values.outputs.ratio == 0.1 + 0.2\", \"steps.values.outputs.flag\", "
               "\"steps.values.outputs.text.endsWith('十二')\", \"size(steps.values.outputs.raw) == 2\", "
               "\"steps.values.outputs.list[1] == 2u\", \"steps.values.outputs.map['a'] < duration('2s')\"]");
  text += step("fan", counting(script, "sleep 0.01; echo ${{ matrix.n }}"),
               ", matrix: { n: [1, 2, 3, 4, 5, 6], kind: [a, b] }, outputs: { n: int(stdout.trim()) }");
  text += step("sum", counting(script),
               ", ensure: \"size(steps.fan.instances) == 12 && "
               "steps.fan.instances.filter(i, i.outputs.n > 4).size() == 4\"");
  return text;
}

std::string blocks(const std::filesystem::path& script) {
  return "  - id: guarded\n    block:\n      steps:\n"
         "        - { id: b1, " +
         counting(script) +
         " }\n"
         "        - { id: b2, " +
         counting(script, "echo no; exit 3") +
         " }\n"
         "        - { id: b3, " +
         counting(script) +
         " }\n"
         "      rescue:\n"
         "        - { id: r1, " +
         counting(script, "echo saved") +
         " }\n"
         "        - { id: r2, " +
         counting(script) +
         " }\n"
         "      always:\n"
         "        - { id: a1, " +
         counting(script) +
         " }\n"
         "  - id: sound\n    block:\n      steps:\n"
         "        - { id: s1, " +
         counting(script) +
         " }\n"
         "      rescue:\n"
         "        - { id: unneeded, " +
         counting(script) +
         " }\n"
         "      always:\n"
         "        - { id: s2, " +
         counting(script) + " }\n";
}

}  // namespace

Recipe mixed_recipe(const std::filesystem::path& script) {
  Recipe recipe;
  const std::string beside = script.parent_path().string() + "/";
  std::string& text = recipe.main;
  text = std::string(kHead) + "mixed, version: 1.0.0 }\nsteps:\n" + matrix_and_values(script);
  text += "  - { id: graph, use: graph.yaml }\n";
  text += step("after-graph", counting(script), ", ensure: steps.graph.outputs.total > 1000");
  // It fails until it has been done often enough, whoever cut it off in between.
  text += step("flaky", counting(script, "echo x >>" + beside + "tries; test $(wc -l <" + beside + "tries) -ge 3"),
               ", retry: { attempts: 50, backoff: 1ms, factor: 1, jitter: 0, on: [application, infrastructure] }");
  for (const std::string place : {"place-1", "place-2", "place-3"}) {
    const std::string file = beside + place;
    text += step(place, counting(script, "echo there >" + file), ", check: { run: [test, -s, \"" + file + "\"] }");
  }
  text += blocks(script);
  text += "  - { id: tests, suite: tests.yaml }\n";
  text += step("wipe", counting(script), ", effect: destroys, on_interrupt: rerun");
  text += step("never", counting(script), ", if: \"!steps.values.outputs.flag\"");
  text += step("late-values", counting(script),
               ", ensure: \"steps.values.outputs.wait + duration('30s') == duration('2m')\"");
  for (int i = 1; i <= 5; ++i) text += step("tail-" + std::to_string(i), counting(script, "sleep 0.002"));
  recipe.files = {{"graph.yaml", graph(script)}, {"tests.yaml", suite(script)}};
  return recipe;
}

Recipe short_recipe(const std::filesystem::path& script) {
  Recipe recipe;
  recipe.main = std::string(kHead) + "short, version: 1.0.0 }\nsteps:\n";
  for (const std::string id : {"one", "two", "three", "four", "five", "six"}) {
    recipe.main += step(id, counting(script, "echo " + id), ", outputs: { said: stdout.trim() }");
  }
  return recipe;
}

Recipe tested_recipe(const std::filesystem::path& script) {
  return {.main = std::string(kHead) + "tested, version: 1.0.0 }\nsteps: [{ id: tests, suite: tests.yaml }]\n",
          .files = {{"tests.yaml", functional_suite(script)}}};
}

}  // namespace assay::test
