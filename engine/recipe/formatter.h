// SPDX-License-Identifier: Apache-2.0
// The canonical form of the YAML files that people write, for `assay fmt`. There are no options.
//
//   order       keys, items and comments stay in the order they have
//   indent      two spaces for each level; a list stands two spaces in from its key; `- ` takes the first key beside it
//   flow        `[a, b]` and `{ a: b }` that stand on one line stay so; those over several lines become one line where
//   it
//               fits in 120 columns, else block form; with comments inside: one item a line, each with its comma
//   text        quotes go where plain text means the same to every reader of YAML: it begins with a letter, holds
//   letters,
//               digits, spaces and _ . / + -, and is no word like yes or null; else the quotes stay as they are. Block
//               text (| and >) keeps every byte but its indentation; lines of other long text are only moved
//   comments    alone on a line: indented like what follows, or like the deeper block they were written in; behind
//               something: after two spaces, and under one another where they stood so on following lines
//   lines       at most one empty line in a row; none at the beginning, at the end, or at the beginning of a block; no
//               space at the end of a line; LF; one line end at the end; no byte order mark; no `...`
//
// Formatting never changes what a file means, and formatting twice is formatting once. Cost is linear in the text.
#pragma once

#include <optional>
#include <string>

#include "engine/base/result.h"

namespace assay::recipe {

struct Formatted {
  std::optional<std::string> text;  // set when there are no problems
  Diagnostics problems;
};

// `name` is what messages call the text. Problems: what parse_yaml() finds; Y005 for the few forms of YAML that have no
// canonical form; S011 when the result does not read like the source, which is a fault of the formatter.
Formatted format_yaml(std::string text, std::string name);

// Why `after` must not take the place of `before`, which is YAML without '\r' (S011): it reads otherwise, or a comment
// differs. nullopt: it may. Part of format_yaml().
std::optional<Diagnostic> changed_meaning(std::string before, std::string after, const std::string& name);

}  // namespace assay::recipe
