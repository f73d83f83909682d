// SPDX-License-Identifier: Apache-2.0
// The parts of a file that recipes, suites and programmes share. Used by the readers only.
#pragma once

#include <utility>

#include "engine/recipe/read_context.h"

namespace assay::recipe {

inline constexpr std::string_view kRetryBudget = "int 0..1000000";

void read_metadata(ReadContext& context, const YamlNode& node, Metadata& out);
void read_params(ReadContext& context, const YamlNode& node, std::vector<Param>& out);
// Steps of a recipe or of a part of it; `what` names the list in messages.
void read_steps(ReadContext& context, const YamlNode& node, std::string_view what, std::vector<Step>& out);
// Tests of a suite: steps with a TestPart.
void read_tests(ReadContext& context, const YamlNode& node, std::vector<Step>& out);
// Every id of a file once, also inside blocks and among handlers.
void check_unique_ids(ReadContext& context, const std::vector<const std::vector<Step>*>& lists);

// What only tests have, and whether they could fail.
std::span<const Row<Step>> test_rows();
void check_test(ReadContext& context, const YamlNode& node, const Step& step);

// The keys that say what a step does; each step has one.
std::span<const std::string_view> step_actions();

// Values of a step or test that fit their keys, but not each other or what a step finds when it begins.
void check_sense(ReadContext& context, const YamlNode& node, const Step& step);

// The keys of `matrix`, `retry`, `check` and the like.
std::span<const Row<Step>> control_rows();
// `run:` in both forms.
void read_run(ReadContext& context, const YamlNode& node, RunAction& out);

// Checks apiVersion and kind, then hands the root to `rows`.
bool check_header(ReadContext& context, const YamlNode& root, std::string_view kind);

Shape metadata_shape();
Shape param_shape();
Shape step_shape();
Shape test_shape();
Shape recipe_test_shape();

template <class T, class U>
void assign(T& out, std::optional<U> value) {
  if (value) out = std::move(*value);
}

}  // namespace assay::recipe
