// SPDX-License-Identifier: Apache-2.0
// What the recipe language costs: validating, planning, evaluating. Prints a table and one JSON object a line; exit
// code 1 when a bar does not hold. Every figure is the median over rounds; those that are compared are taken in turn.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "bench/cases.h"
#include "bench/report.h"
#include "engine/base/diagnostic.h"
#include "engine/expr/expression.h"
#include "engine/plan/loader.h"
#include "engine/plan/plan.h"
#include "support/temp_folder.h"

namespace assay::bench {
namespace {

constexpr std::size_t kRounds = 5;
constexpr double kLongEnough = 1.0;  // seconds: shorter work is repeated until it takes this long

class Ignore : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

void parse_events(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Ignore ignore;
  if (!parser.HandleNextDocument(ignore)) throw std::runtime_error("the recipe holds no document");
}

// What `assay validate` does.
void validate(const std::filesystem::path& path) {
  const Diagnostics problems = plan::validate_file(path);
  if (!problems.empty()) throw std::runtime_error(render(problems));
}

plan::LoadedRecipe load(const std::filesystem::path& path) {
  auto loaded = plan::load_recipe(path);
  if (!loaded.value) throw std::runtime_error(render(loaded.problems));
  return std::move(*loaded.value);
}

void make_plan(const plan::LoadedRecipe& loaded, std::size_t instances) {
  const auto result = plan::plan_recipe(loaded, {});
  if (!result.plan) throw std::runtime_error(render(result.problems));
  if (result.plan->steps.size() != instances) throw std::runtime_error("the plan has another size");
}

std::string seconds(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g s", value);
  return text;
}

// Two pieces of work, the first of them repeated until it takes long enough; medians of their times.
struct Pair {
  double small = 0;
  double large = 0;
};
Pair compare(const std::function<void()>& small, const std::function<void()>& large) {
  std::vector<double> smalls;
  std::vector<double> larges;
  for (std::size_t i = 0; i < kRounds; ++i) {
    smalls.push_back(time_of(small, kLongEnough));
    larges.push_back(time_of(large, kLongEnough));
  }
  return {median(smalls), median(larges)};
}

void validation(test::TempFolder& folder, std::vector<Figure>& out) {
  constexpr std::size_t kSteps = 1000;
  const std::string text = long_recipe(kSteps);
  const auto small = folder.write("small.yaml", text);
  const Pair parsing = compare([&] { parse_events(text); }, [&] { validate(small); });
  out.push_back({.name = "validate 1,000 steps, against the YAML parser alone",
                 .value = parsing.large / parsing.small,
                 .unit = "x",
                 .bar = 2.5,
                 .detail = seconds(parsing.large) + " against " + seconds(parsing.small)});
  // 1,000 steps fit the caches of a processor, 6,000 do not; 60,000 are nearly the largest file that may be read.
  const auto some = folder.write("some.yaml", long_recipe(6 * kSteps));
  const auto most = folder.write("most.yaml", long_recipe(60 * kSteps));
  const Pair growth = compare([&] { validate(some); }, [&] { validate(most); });
  out.push_back({.name = "validate 60,000 steps, against 6,000",
                 .value = growth.large / growth.small,
                 .unit = "x",
                 .bar = 11,
                 .detail = seconds(growth.large) + " against " + seconds(growth.small)});
}

// A plan of 10,000 instances fits the caches of a processor and one of 100,000 does not: growth is looked at beyond.
void planning(test::TempFolder& folder, std::vector<Figure>& out) {
  const auto small = load(folder.write("small.yaml", matrix_recipe(100)));
  const auto large = load(folder.write("large.yaml", matrix_recipe(1000)));
  const auto plan_small = [&] { make_plan(small, 100'001); };
  const auto plan_large = [&] { make_plan(large, 1'000'001); };
  const auto bytes = static_cast<double>(cost_of(plan_small).bytes);
  const Pair times = compare(plan_small, plan_large);
  out.push_back({.name = "plan 100,000 instances", .value = times.small, .unit = "s", .bar = 2});
  out.push_back({.name = "memory of that plan", .value = bytes / 1e6, .unit = "MB", .bar = 400});
  out.push_back({.name = "plan 1,000,000 instances, against 100,000",
                 .value = times.large / times.small,
                 .unit = "x",
                 .bar = 11,
                 .detail = seconds(times.large) + " against " + seconds(times.small)});
}

// Evaluations a second.
double speed(const expr::Expression& expression, const expr::Activation& names) {
  constexpr std::size_t kCalls = 100'000;
  std::vector<double> rounds;
  for (std::size_t i = 0; i < kRounds; ++i) {
    const double time = time_of(
        [&] {
          for (std::size_t k = 0; k < kCalls; ++k) {
            const auto value = expr::evaluate(expression, names);
            if (!value || !value->as_bool()) throw std::runtime_error("the expression must be true");
          }
        },
        kLongEnough / 4);
    rounds.push_back(kCalls / time);
  }
  return median(rounds);
}

void evaluation(std::vector<Figure>& out) {
  const expr::Value facts = expr::from_json(Json::parse(
      R"({"cpu": {"threads": 64, "sockets": 2}, "memory": {"free": 1, "total": {"value": 256, "unit": "GiB"}},
                      "disks": [], "system": {"vendor": "x", "product": "y"}, "kernel": {"release": "6.1"}})"));
  const expr::Value a = expr::Value::integer(1);
  const expr::Value b = expr::Value::integer(2);
  expr::Activation names;
  names.variable = [&](std::string_view name) -> std::optional<expr::Value> {
    if (name == "facts") return facts;
    if (name == "a") return a;
    if (name == "b") return b;
    return std::nullopt;
  };
  for (const char* text : {"a < b", "facts.memory.total >= quantity(\"1 GiB\")"}) {
    const auto expression = expr::Expression::parse(text);
    if (!expression) throw std::runtime_error(expression.error().message);
    out.push_back({.name = std::string("evaluate ") + text,
                   .value = speed(*expression, names),
                   .unit = "/s",
                   .bar = 1e6,
                   .at_least = true});
  }
}

int run() {
  test::TempFolder folder;
  std::vector<Figure> figures;
  planning(folder, figures);  // first: while the process is small, its own memory adds little to that of a plan
  validation(folder, figures);
  evaluation(figures);
  std::cout << to_text(figures);
  bool hold = true;
  for (const Figure& figure : figures) hold = hold && figure.holds();
  return hold ? 0 : 1;
}

}  // namespace
}  // namespace assay::bench

int main() {
  try {
    return assay::bench::run();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 3;
  }
}
