// SPDX-License-Identifier: Apache-2.0
// Scripts with values in them. A value never becomes script text: each `${{ … }}` turns into a reference to an
// environment variable that holds it (semantics 1.4), and where such a reference cannot work the script is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/expr/interpolation.h"

namespace assay::recipe {

struct ShellScript {
  struct Variable {
    std::string name;  // ASSAY_V1, ASSAY_V2 …
    expr::Expression expression;
  };
  std::string text;  // what the shell reads
  std::vector<Variable> variables;
  bool has_pipeline = false;
  SourceSpan where;
};

// `where` is the place of the script's first line, for messages. Problems: kShellUnsafe, one per bad place.
std::optional<ShellScript> make_shell_script(const expr::TemplateText& text, const SourceSpan& where,
                                             Diagnostics& problems);

}  // namespace assay::recipe
