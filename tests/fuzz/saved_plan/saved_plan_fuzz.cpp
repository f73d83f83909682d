// SPDX-License-Identifier: Apache-2.0
// Saved plans: whatever the file holds, it is refused, or compared with the plan made now; only what was written here
// has no difference.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/base/json.h"
#include "engine/plan/check.h"
#include "engine/plan/saved_plan.h"

namespace {

using namespace assay;

struct Known {
  plan::LoadedRecipe loaded;
  plan::Plan plan;
};

const Known& known() {
  static const Known kKnown = [] {
    auto read = recipe::read_recipe(
        "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: fuzz, version: 1.0.0 }\n"
        "params: { n: { type: int, default: 3 }, d: { type: duration, default: 1m } }\n"
        "steps:\n  - { id: a, matrix: { x: [1, 2] }, run: [echo, \"${{ matrix.x }}\"] }\n"
        "  - { id: b, if: params.n > 4, run: [echo, b], timeout: 5s }\n",
        "/fuzz.yaml", "/fuzz.yaml");
    if (!read.value) std::abort();
    Known out;
    out.loaded.recipe = std::make_shared<const recipe::Recipe>(std::move(*read.value));
    auto made = plan::plan_recipe(out.loaded, {});
    if (!made.plan) std::abort();
    out.plan = std::move(*made.plan);
    return out;
  }();
  return kKnown;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto json = parse_json(text, "input");
  if (!json) return 0;
  const auto source = plan::read_plan_source(*json);
  if (!source) {
    if (source.error().code != Code::kSavedPlan && source.error().code != Code::kTypedValue) std::abort();
    if (source.error().message.empty()) std::abort();
    return 0;
  }
  const Diagnostics changes = plan::changes_since(*json, known().plan, known().loaded);
  render(changes);
  const Json saved = plan::saved_plan(known().plan, known().loaded, *source);
  if (!plan::changes_since(saved, known().plan, known().loaded).empty()) std::abort();
  const auto again = plan::read_plan_source(saved);
  if (!again || again->params.size() != source->params.size() || again->only != source->only) std::abort();
  return 0;
}
