// SPDX-License-Identifier: Apache-2.0
// Readers are tables: one row binds a key to its type, its help and the function that stores it. Checks, suggestions,
// schemas and reference pages come from the same rows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/recipe/model.h"
#include "engine/recipe/yaml.h"

namespace assay::recipe {

// Collects problems while nodes become values. Every function reports what it cannot read and returns nullopt.
class ReadContext {
 public:
  explicit ReadContext(Diagnostics& problems) : problems_(problems) {}

  void error(Code code, const YamlNode& where, std::string message, std::string expected = {}, std::string help = {});
  void warning(Code code, const YamlNode& where, std::string message, std::string help = {});
  Diagnostics& problems() { return problems_; }

  // `example`: as for expect().
  std::optional<std::string> text(const YamlNode& node, std::string_view key, std::string_view example = {});
  std::optional<bool> boolean(const YamlNode& node, std::string_view key);
  std::optional<std::int64_t> integer(const YamlNode& node, std::string_view key, std::int64_t low, std::int64_t high);
  std::optional<double> number(const YamlNode& node, std::string_view key, double low, double high);
  // The same with the range that the type of the row states: "list of int 0..255".
  std::optional<std::int64_t> integer(const YamlNode& node, std::string_view key, std::string_view type);
  std::optional<double> number(const YamlNode& node, std::string_view key, std::string_view type);
  std::optional<Nanoseconds> duration(const YamlNode& node, std::string_view key);
  // `choices`: "a|b|c", as the type of the row says.
  std::optional<std::string> choice(const YamlNode& node, std::string_view key, std::string_view choices);
  std::vector<std::string> text_list(const YamlNode& node, std::string_view key);
  // Each a kExitCode.
  std::vector<int> exit_codes(const YamlNode& node, std::string_view key);
  std::vector<Name> name_list(const YamlNode& node, std::string_view key);
  // A plain expression, or one wrapped as "${{ … }}".
  std::optional<ExpressionField> expression(const YamlNode& node, std::string_view key);
  std::vector<ExpressionField> expression_list(const YamlNode& node, std::string_view key);
  std::optional<TextField> text_field(const YamlNode& node, std::string_view key, std::string_view example = {});
  std::vector<TextField> argv(const YamlNode& node, std::string_view key);
  // Environment variables.
  Named<TextField> variables(const YamlNode& node, std::string_view key);
  Named<ExpressionField> expression_map(const YamlNode& node, std::string_view key);
  // Values; a text with `${{ }}` in it is a template.
  Named<Argument> argument_map(const YamlNode& node, std::string_view key);
  Named<expr::Value> value_map(const YamlNode& node, std::string_view key);
  // `node` is taken as it stands: `${{ }}` in it, at any depth, would be only text. `cure`: how to say what was meant.
  void refuse_templates(const YamlNode& node, std::string_view key, std::string_view cure);
  // Letters, digits, '-' and '_', beginning with a letter.
  std::optional<Name> name(const YamlNode& node, std::string_view what);

  // `example`: what could stand there; without one it is made from `key` and `wanted`.
  bool expect(const YamlNode& node, YamlNode::Kind kind, std::string_view key, std::string_view wanted,
              std::string_view example = {});

  // A missing key that has been told already, in other words.
  void told_missing(std::string_view key) { told_.insert(std::string(key)); }
  [[nodiscard]] bool is_told(std::string_view key) const { return told_.count(std::string(key)) > 0; }

 private:
  // Whether there are so many mistakes that nobody reads more. Each costs a look for its place in the file.
  [[nodiscard]] bool too_many() const { return problems_.items().size() > kMostProblems && problems_.has_errors(); }

  static constexpr std::size_t kMostProblems = 1000;
  Diagnostics& problems_;
  std::set<std::string> told_;
};

// A letter, then letters, digits, '-' and '_'; at most 100 bytes.
bool is_name(std::string_view text);

enum class Needed : bool { kNo, kYes };

struct Shape;

// A key as people write it. `type` is made of these words:
//   text name pool path bool int number duration quantity unit expression template value true argv script mapping
//   "int LOW..HIGH" and "number LOW..HIGH" in that range,
//   "list of X", "list of at least one X", "map of X" (names to X), "some X" (X or a list of X), "X or Y", and "a|b|c"
//   for fixed choices.
// "expression" is CEL, "template" is text with ${{ }} in it; "mapping" has the keys of `shape`.
struct Field {
  std::string_view key;
  std::string_view type;
  Needed needed;
  std::string_view help;
  Shape (*shape)() = nullptr;
};

// The keys of one kind of mapping.
struct Shape {
  std::string_view name;  // unique: "step", "retry"
  std::vector<Field> fields;
  std::vector<std::string_view> one_of = {};  // exactly one of these keys is there; empty: no such rule
  std::string_view or_else = {};              // a key that will do where none of them is
};

inline constexpr std::string_view kExitCode = "int 0..255";
inline constexpr std::string_view kExitCodes = "list of int 0..255";

// The bounds that a type states, inclusive; nullopt: none.
struct Range {
  double low = 0;
  double high = 0;
};
std::optional<Range> range_of(std::string_view type);

template <class T>
struct Row {
  std::string_view key;
  std::string_view type;
  Needed needed;
  std::string_view help;
  void (*read)(ReadContext&, const YamlNode& value, T&);
  Shape (*shape)() = nullptr;
};

template <class T>
Shape make_shape(std::string_view name, std::span<const Row<T>> rows) {
  Shape shape{name, {}};
  for (const Row<T>& row : rows) shape.fields.push_back({row.key, row.type, row.needed, row.help, row.shape});
  return shape;
}

// The words of "a|b|c".
std::vector<std::string> choices_of(std::string_view type);

// Reads a mapping by its rows: unknown keys with a suggestion, missing required keys, then each value. Returns the
// suggestions it made for unknown keys, so that a caller does not complain about the same slip twice.
template <class T>
std::set<std::string> read_mapping(ReadContext& context, const YamlNode& node, std::span<const Row<T>> rows,
                                   std::string_view what, T& out);

// Implementation, shared by all row types.
std::set<std::string> check_keys(ReadContext& context, const YamlNode& node, const std::vector<Field>& fields,
                                 std::string_view what);

template <class T>
std::set<std::string> read_mapping(ReadContext& context, const YamlNode& node, std::span<const Row<T>> rows,
                                   std::string_view what, T& out) {
  if (node.kind != YamlNode::Kind::kMapping) {
    const auto first =
        std::find_if(rows.begin(), rows.end(), [](const Row<T>& row) { return row.needed == Needed::kYes; });
    const std::string key(first != rows.end() ? first->key : rows.front().key);
    context.expect(node, YamlNode::Kind::kMapping, what, "a mapping", "keys with values, for example `" + key + ": …`");
    return {};
  }
  auto suggested = check_keys(context, node, make_shape<T>(what, rows).fields, what);
  for (const YamlNode::Entry& entry : node.entries) {
    for (const Row<T>& row : rows) {
      if (row.key == entry.key->scalar) row.read(context, *entry.value, out);
    }
  }
  return suggested;
}

}  // namespace assay::recipe
