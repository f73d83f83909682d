// SPDX-License-Identifier: Apache-2.0
#include "fault/scene.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <stdexcept>

#include "engine/base/sha256.h"
#include "engine/base/text.h"

namespace assay::test {
namespace {

constexpr std::chrono::minutes kLimit{3};
constexpr int kMostSamples = 9;  // of a test of recipe.cpp, with its warm-up

void write(const std::filesystem::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

// A check that holds because the work was done just before the controller was killed leaves its step "ok": the same
// system, told in another way.
bool may_be_found_done(const std::string& id) { return id.starts_with("place-"); }
// Whose samples were all there before it was cut off is not executed again, and has no exit code then.
bool may_have_its_samples(const std::string& id) { return id == "tests/speed"; }

// The samples of a test are executions of one attempt.
bool is_test(const std::string& id) { return id.starts_with("tests/"); }

std::string step_of(const std::string& effect) { return effect.substr(0, effect.rfind('#')); }

}  // namespace

Scene::Scene(const std::filesystem::path& folder, Recipe (*make)(const std::filesystem::path&),
             std::filesystem::path store)
    : folder_(folder), store_(store.empty() ? folder / "store" : std::move(store)) {
  std::filesystem::create_directories(folder_);
  const std::filesystem::path script = folder_ / "effect.sh";
  // One write() of a line: whoever is killed has counted itself or has not.
  write(script, "printf '%s\\n' \"${ASSAY_STEP#*/}\" >>'" + (folder_ / "effects").string() + "'\neval \"$1\"\n");
  const Recipe recipe = make(script);
  write(folder_ / "recipe.yaml", recipe.main);
  for (const auto& [name, text] : recipe.files) write(folder_ / name, text);
}

Invocation Scene::assay(std::vector<std::string> arguments) const {
  Invocation invocation{.argv = {ASSAY_PROGRAM}, .folder = folder_, .limit = kLimit};
  invocation.argv.insert(invocation.argv.end(), arguments.begin(), arguments.end());
  invocation.argv.insert(invocation.argv.end(), {"--store", store_.string()});
  invocation.environment["XDG_DATA_HOME"] = (folder_ / "data").string();
  return invocation;
}
Invocation Scene::run() const { return assay({"run", (folder_ / "recipe.yaml").string(), "--jobs", "2"}); }
Invocation Scene::resume() const { return assay({"resume", "--jobs", "2"}); }

std::filesystem::path Scene::record() const {
  std::error_code error;
  std::vector<std::filesystem::path> found;
  for (std::filesystem::directory_iterator it(store_ / "runs", error), end; !error && it != end; it.increment(error))
    found.push_back(it->path());
  if (found.size() > 1) throw std::runtime_error("the store holds " + std::to_string(found.size()) + " runs");
  return found.empty() ? std::filesystem::path() : found.front();
}

Journal Scene::journal() const {
  Journal out;
  std::error_code missing;
  const std::filesystem::path path = record() / "journal.jsonl";
  if (record().empty() || !std::filesystem::exists(path, missing)) return out;
  const std::string text = slurp(path);
  std::string_view rest = text;
  for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    auto line = parse_json(rest.substr(0, end), path.string());
    if (!line) {
      out.damaged = true;
      return out;
    }
    const std::string type = line->value("type", "");
    const std::string step = line->value("step", "");
    if (type == "started") ++out.started[step];
    // One that was stopped with the run has no result yet.
    if (type == "finished" && line->value("status", "") != "cancelled") {
      ++out.finished[step];
      out.attempts[step] = line->value("attempts", 0);
    }
    out.sealed = type == "sealed";
    out.lines.push_back(std::move(*line));
    rest.remove_prefix(end + 1);
  }
  out.torn = !rest.empty();
  return out;
}

Result Scene::result() const {
  Result out;
  for (const Json& line : journal().lines) {
    const std::string type = line.value("type", "");
    if (type == "sealed") {
      out.verdict = line.value("verdict", "");
      out.exit_code = line.value("exit_code", -1);
    }
    if (type != "finished") continue;
    const std::string id = line.value("step", "");
    std::string text = line.value("status", "") + " " + line.value("verdict", "");
    if (!may_be_found_done(id) && !may_have_its_samples(id) && line.contains("exit_code"))
      text += " exit " + line["exit_code"].dump();
    if (line.contains("rescued")) text += " rescued";
    if (line.contains("outputs")) text += " " + line["outputs"].dump();
    if (line.contains("metrics")) text += " " + line["metrics"][0]["samples"].dump();
    out.steps[id] = text;
  }
  return out;
}

std::map<std::string, int> Scene::effects() const {
  std::map<std::string, int> out;
  std::error_code missing;
  if (!std::filesystem::exists(folder_ / "effects", missing)) return out;
  const std::string text = slurp(folder_ / "effects");
  for (const std::string_view line : lines(text)) ++out[std::string(line)];
  return out;
}

std::map<std::string, int> Scene::effects_by_step() const {
  std::map<std::string, int> out;
  for (const auto& [effect, count] : effects()) out[step_of(effect)] += count;
  return out;
}

// Each line names the digest of the one before, the first that of run.json.
void expect_chained(const std::filesystem::path& record, const std::string& how) {
  std::string before = slurp(record / "run.json");
  const std::string text = slurp(record / "journal.jsonl");
  std::uint64_t seq = 0;
  for (const std::string_view line : lines(text)) {
    const auto json = parse_json(line, "journal.jsonl");
    ASSERT_TRUE(json.has_value()) << how << '\n' << line;
    ASSERT_EQ((*json)["seq"], ++seq) << how;
    ASSERT_EQ((*json)["prev"], sha256_hex(before)) << how << '\n' << line;
    before = std::string(line) + '\n';
  }
}

// What users are told of the record, evidence included, by the program itself.
void expect_verified(const Scene& scene, const std::string& how) {
  const Invocation verify = scene.assay({"verify", "last", "--json"});
  const Outcome outcome = run_program(verify);
  const auto said = parse_json(outcome.out, "verify");
  ASSERT_TRUE(said.has_value()) << how << '\n' << outcome.describe(verify);
  EXPECT_EQ(outcome.exit_code, 0) << how << '\n' << outcome.describe(verify);
  EXPECT_EQ((*said)["sealed"], true) << how;
  EXPECT_EQ((*said)["lines"], scene.journal().lines.size()) << how;
}

std::string difference(const Result& one, const Result& other) {
  std::string out;
  const auto line = [&](const std::string& what, const std::string& a, const std::string& b) {
    if (a != b) out += what + ": '" + a + "' against '" + b + "'\n";
  };
  line("verdict", one.verdict, other.verdict);
  line("exit code", std::to_string(one.exit_code), std::to_string(other.exit_code));
  std::set<std::string> ids;
  for (const auto& [id, text] : one.steps) ids.insert(id);
  for (const auto& [id, text] : other.steps) ids.insert(id);
  for (const std::string& id : ids) {
    const auto text_of = [&](const Result& result) {
      const auto found = result.steps.find(id);
      return found == result.steps.end() ? std::string("nothing") : found->second;
    };
    line(id, text_of(one), text_of(other));
  }
  return out;
}

std::map<std::string, int> effects_of_finished(const Scene& scene) {
  std::map<std::string, int> out;
  const auto effects = scene.effects_by_step();
  for (const auto& [step, count] : scene.journal().finished) {
    const auto found = effects.find(step);
    out[step] = found == effects.end() ? 0 : found->second;
  }
  return out;
}

void expect_nothing_unknown(const Scene& scene, const std::string& how) {
  const Journal journal = scene.journal();
  for (const auto& [step, count] : scene.effects_by_step()) {
    const auto started = journal.started.find(step);
    const int known = started == journal.started.end() ? 0 : started->second;
    EXPECT_LE(count, is_test(step) ? known * kMostSamples : known) << how << ": " << step;
  }
}

void resume_to_the_end(const Scene& scene, const std::string& how) {
  const Invocation resume = scene.resume();
  const Outcome outcome = run_program(resume);
  if (!scene.journal().started.empty() || outcome.exit_code == 0) {
    EXPECT_EQ(outcome.exit_code, 0) << how << '\n' << outcome.describe(resume);
    return;
  }
  EXPECT_TRUE(scene.effects().empty()) << how << ": something was done that is not in the record";
  EXPECT_NE(outcome.err, "") << how;
  const Invocation again = scene.run();
  const std::filesystem::path record = scene.record();
  if (!record.empty()) std::filesystem::remove_all(record);
  EXPECT_EQ(run_program(again).exit_code, 0) << how;
}

void expect_as_good_as(const Result& whole, const Scene& scene, const std::map<std::string, int>& before,
                       const std::string& how) {
  const Journal journal = scene.journal();
  EXPECT_TRUE(journal.sealed) << how;
  EXPECT_FALSE(journal.torn || journal.damaged) << how;
  EXPECT_EQ(difference(scene.result(), whole), "") << how;
  for (const auto& [step, count] : journal.finished) EXPECT_EQ(count, 1) << how << ": results of " << step;
  for (const auto& [effect, count] : scene.effects())
    EXPECT_LE(count, is_test(effect) ? kMostSamples : 1) << how << ": " << effect;
  expect_nothing_unknown(scene, how);
  const auto effects = scene.effects_by_step();
  for (const auto& [step, count] : effects) {
    if (is_test(step)) continue;
    const auto attempts = journal.attempts.find(step);
    EXPECT_LE(count, attempts == journal.attempts.end() ? 0 : attempts->second) << how << ": " << step;
  }
  for (const auto& [step, count] : before) {
    const auto now = effects.find(step);
    EXPECT_EQ(now == effects.end() ? 0 : now->second, count) << how << ": " << step << " was finished and done again";
  }
  expect_chained(scene.record(), how);
  expect_verified(scene, how);
}

}  // namespace assay::test
