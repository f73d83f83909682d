// SPDX-License-Identifier: Apache-2.0
// Files of every kind, from text to model. All mistakes of a file are reported at once; nothing outside the text is
// looked at (no other file, no machine, no clock).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/recipe/model.h"

namespace assay::recipe {

template <class T>
struct ReadResult {
  std::optional<T> value;    // set when there are no errors
  std::optional<T> partial;  // else what was understood, so that its names and types can be checked in the same go
  Diagnostics problems;
};

// A file's text, how messages call it, and what relative paths inside it start from.
struct FileText {
  std::string text;
  std::string name;
  std::filesystem::path path;
};
// The recipe as `overlays` change it, in their order.
ReadResult<Recipe> read_recipe(FileText file, std::vector<FileText> overlays);

// `name` is how messages call the file; `path` is what relative paths inside it start from.
ReadResult<Recipe> read_recipe(std::string text, std::string name, const std::filesystem::path& path);
ReadResult<Suite> read_suite(std::string text, std::string name, const std::filesystem::path& path);
ReadResult<Programme> read_programme(std::string text, std::string name, const std::filesystem::path& path);

// What is wrong with an overlay as far as it shows without the recipe.
Diagnostics overlay_problems(FileText file);

// The kind a file claims to be ("Recipe", …), without reading further; empty when it cannot be told.
std::string kind_of(const std::string& text);

// A parameter's value from text (`-p key=value`) or from YAML data, converted to its declared type. Sizes become
// quantities, durations durations. Error kBadParam.
Result<expr::Value> convert_param(const Param& param, const expr::Value& value);
Result<expr::Value> convert_param_text(const Param& param, const std::string& text);
// Keeps a value that does not fit out of excerpts where the parameter is a secret: it was written down, not named.
void hide_written_secret(const Param& param, const std::variant<std::string, expr::Value>& given,
                         const SourceSpan& where);
// What is wrong with a parameter's pattern; nullopt: nothing.
std::optional<Diagnostic> pattern_problem(const std::string& pattern);
// The declared type, for the expression checker.
expr::Type type_of(const Param& param);

// The values of all parameters: given ones converted, the others by default. Problems: unknown names with a suggestion,
// missing values, values that do not fit.
struct GivenParam {
  std::string name;
  std::variant<std::string, expr::Value> value;  // text from the command line, or data from a file
  std::optional<SourceSpan> where;
  std::string origin = {};                            // "-p", "profile fast", the name of a file
  std::optional<SourceSpan> value_at = std::nullopt;  // the place of the value, where it is not `where`
};
// The last value given for a name counts.
expr::Map bind_params(const std::vector<Param>& params, const std::vector<GivenParam>& given, Diagnostics& problems);

}  // namespace assay::recipe
