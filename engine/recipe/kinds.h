// SPDX-License-Identifier: Apache-2.0
// The kinds of files and their keys, for schemas and reference pages.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/base/json.h"
#include "engine/recipe/read_context.h"

namespace assay::recipe {

struct KindRow {
  std::string_view name;  // as `kind:` writes it
  std::string_view summary;
  Shape (*shape)();
};
std::span<const KindRow> kind_rows();

// The JSON Schema (draft 2020-12) of a kind.
Json schema_of(const KindRow& kind);
// The reference page of a kind, in Markdown.
std::string reference_of(const KindRow& kind);

}  // namespace assay::recipe
