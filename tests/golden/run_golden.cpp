// SPDX-License-Identifier: Apache-2.0
// One test per folder tests/golden/TOPIC/CASE that holds a file `args`. The folder is copied to a fresh place, the real
// program runs there, and its normalised output must be the expected text.
//
//   args              one argument a line; a line `---` starts another command in the same folder
//   env, stdin        optional: NAME=VALUE lines (an empty value removes the name); the input of every command
//   terminal          optional: "80x24" runs the commands in a pseudo-terminal of that size
//   expected.stdout expected.stderr expected.exit    what must come; a missing stream file means nothing
//   anything else     is there for the program: recipes, parameters, inventories
//
// In `args` and `env`, {folder} is the fresh folder and {source} the project's. ASSAY_ACCEPT=1 writes the expectations
// from what came instead of comparing; such a run is skipped, never passed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

#include "engine/base/text.h"
#include "support/normalise.h"
#include "support/program.h"
#include "support/temp_folder.h"

namespace assay::test {
namespace {

namespace fs = std::filesystem;

const char* const kCases[] = {
#include "golden_cases.inc"
    nullptr};

struct Streams {
  std::string out;
  std::string err;
  std::string exit;
};

bool is_expectation(const fs::path& name) { return name.string().starts_with("expected."); }

class Golden : public ::testing::TestWithParam<std::string> {
 protected:
  fs::path source() const { return fs::path(ASSAY_SOURCE_DIR) / "tests/golden" / GetParam(); }

  std::string filled_in(std::string text) const {
    text = replace_all(std::move(text), "{folder}", folder_.path().string());
    return replace_all(std::move(text), "{source}", ASSAY_SOURCE_DIR);
  }

  std::string optional_text(const char* name) const {
    return fs::exists(source() / name) ? slurp(source() / name) : std::string();
  }

  void copy_case() const {
    for (const auto& entry : fs::directory_iterator(source())) {
      if (!is_expectation(entry.path().filename())) {
        fs::copy(entry.path(), folder_ / entry.path().filename(), fs::copy_options::recursive);
      }
    }
  }

  Invocation invocation() const {
    Invocation base{.argv = {ASSAY_PROGRAM}, .folder = folder_.path(), .input = optional_text("stdin")};
    base.environment["XDG_DATA_HOME"] = (folder_ / ".data").string();
    const std::string environment = filled_in(optional_text("env"));
    for (const std::string_view line : lines(environment)) {
      const auto equals = line.find('=');
      base.environment[std::string(line.substr(0, equals))] =
          equals == std::string_view::npos ? std::string() : std::string(line.substr(equals + 1));
    }
    if (const std::string size = optional_text("terminal"); !size.empty()) {
      TerminalSize terminal;
      char by = 0;
      std::istringstream(size) >> terminal.columns >> by >> terminal.rows;
      base.terminal = terminal;
    }
    return base;
  }

  std::string comparable(const std::string& text) const {
    return normalise(text, {{folder_.path().string(), "<folder>"}, {ASSAY_SOURCE_DIR, "<source>"}});
  }

  // Runs every command of `args`.
  Streams run() const {
    Streams streams;
    Invocation next = invocation();
    const auto finish = [&] {
      const Outcome outcome = run_program(next);
      EXPECT_FALSE(outcome.timed_out) << outcome.describe(next);
      EXPECT_FALSE(outcome.signal) << outcome.describe(next);
      streams.out += comparable(outcome.out);
      streams.err += comparable(outcome.err);
      streams.exit += std::to_string(outcome.exit_code.value_or(-1)) + '\n';
      next.argv.resize(1);
    };
    const std::string arguments = filled_in(slurp(source() / "args"));
    for (const std::string_view line : lines(arguments)) {
      if (line == "---") {
        finish();
      } else {
        next.argv.emplace_back(line);
      }
    }
    finish();
    return streams;
  }

  void accept(const char* name, const std::string& text) const {
    const fs::path path = source() / name;
    if (text.empty()) {
      fs::remove(path);
      return;
    }
    std::ofstream(path, std::ios::binary) << text;
  }

  void compare(const char* name, const std::string& text) const {
    const std::string expected = optional_text(name);
    if (text == expected) return;
    const auto want = split(expected, '\n');
    const auto got = split(text, '\n');
    std::string difference;
    for (std::size_t i = 0; i < std::max(want.size(), got.size()); ++i) {
      const bool same = i < want.size() && i < got.size() && want[i] == got[i];
      if (same) {
        difference += "  " + std::string(want[i]) + '\n';
        continue;
      }
      if (i < want.size()) difference += "- " + std::string(want[i]) + '\n';
      if (i < got.size()) difference += "+ " + std::string(got[i]) + '\n';
    }
    ADD_FAILURE() << name << " differs (- expected, + came):\n"
                  << difference << "if the new text is right: ASSAY_ACCEPT=1, then read the diff";
  }

  TempFolder folder_{"assay-golden"};
};

TEST_P(Golden, Matches) {
  copy_case();
  const Streams streams = run();
  if (const char* accepted = std::getenv("ASSAY_ACCEPT"); accepted != nullptr && *accepted == '1') {
    accept("expected.stdout", streams.out);
    accept("expected.stderr", streams.err);
    accept("expected.exit", streams.exit);
    GTEST_SKIP() << "expectations rewritten from this run";
  }
  ASSERT_TRUE(fs::exists(source() / "expected.exit")) << GetParam() << " has no expectations yet: ASSAY_ACCEPT=1";
  compare("expected.exit", streams.exit);
  compare("expected.stdout", streams.out);
  compare("expected.stderr", streams.err);
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const char* name : kCases) {
    if (name != nullptr) names.emplace_back(name);
  }
  return names;
}

// "recipe/duplicate_step_name" becomes recipe_duplicate_step_name.
INSTANTIATE_TEST_SUITE_P(Cases, Golden, ::testing::ValuesIn(cases()), [](const auto& row) {
  std::string name = row.param;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

TEST(GoldenCases, AreFound) { EXPECT_FALSE(cases().empty()); }

}  // namespace
}  // namespace assay::test
