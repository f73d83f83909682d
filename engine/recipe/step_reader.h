// SPDX-License-Identifier: Apache-2.0
// The parts of a file that recipes, suites and programmes share. Used by the readers only.
#pragma once

#include "engine/recipe/read_context.h"

namespace assay::recipe {

void read_metadata(ReadContext& context, const YamlNode& node, Metadata& out);
void read_params(ReadContext& context, const YamlNode& node, std::vector<Param>& out);
// Steps of a recipe; ids are checked for duplicates.
void read_steps(ReadContext& context, const YamlNode& node, std::vector<Step>& out);
// Tests of a suite: steps with a TestPart.
void read_tests(ReadContext& context, const YamlNode& node, std::vector<Step>& out);
// `run:` in both forms.
void read_run(ReadContext& context, const YamlNode& node, RunAction& out);

// Checks apiVersion and kind, then hands the root to `rows`.
bool check_header(ReadContext& context, const YamlNode& root, std::string_view kind);

}  // namespace assay::recipe
