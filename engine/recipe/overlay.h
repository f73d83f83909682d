// SPDX-License-Identifier: Apache-2.0
// Overlays: files that change a recipe from outside, so that a site keeps its own values without a copy of the recipe.
// They are applied to the tree of the recipe's file before it is read, so whatever an overlay makes of a recipe is
// checked like the recipe itself, and messages name the file that a value came from. What each key does is said in
// docs/recipes.md.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/recipe/read_context.h"
#include "engine/recipe/reader.h"
#include "engine/recipe/yaml.h"

namespace assay::recipe {

// An overlay that was read.
struct Overlay {
  Metadata metadata;
  Name recipe;                // the recipe it is for, by name; empty: any
  Named<expr::Value> params;  // values, above profiles and below what is given to a run
  YamlDocument document;
  std::filesystem::path path;
};

// One whose head says that it is an overlay can be applied although it has mistakes.
ReadResult<Overlay> read_overlay(std::string text, std::string name, const std::filesystem::path& path);

// A value of a recipe that an overlay set or took away.
struct OverlaidValue {
  std::string step;  // id; empty: a key of the recipe
  std::string key;   // "timeout", "env.LC_ALL"
  SourceSpan where;
};

// Changes the tree of `recipe`, which then holds nodes of the overlay's document; gives what it changed. Problems: a
// step that the recipe has not, a key that is to be taken away and is not there, an overlay for another recipe. Cost:
// linear in both trees.
std::vector<OverlaidValue> apply_overlay(const Overlay& overlay, YamlDocument& recipe, Diagnostics& problems);

Shape overlay_shape();

}  // namespace assay::recipe
