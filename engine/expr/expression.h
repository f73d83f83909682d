// SPDX-License-Identifier: Apache-2.0
// Expressions: the Common Expression Language (cel-spec, doc/langdef.md). parse → check → evaluate; an Expression is
// immutable, cheap to copy, and knows its place in the file it came from.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/expr/type.h"
#include "engine/expr/value.h"

namespace assay::expr {

struct Node;  // the syntax tree; only engine/expr looks inside

// Bounds on one expression (hostile input): text, nesting, steps of evaluation, its value written out, and values.
struct Limits {
  std::size_t bytes = 64U << 10U;
  std::size_t depth = 100;
  std::size_t work = 10'000'000;
  std::size_t result = std::size_t{16} << 20U;  // bytes
  std::size_t nesting = 500;                    // lists, maps and optionals inside each other, in any value on the way
};

class Expression {
 public:
  // `origin` is the place in its file of the expression's first character, or of the YAML scalar that holds it (plain,
  // quoted or a block): errors are mapped to the characters there. Where the file says something else they carry the
  // column inside the expression in their text.
  static Result<Expression> parse(std::string_view text, std::optional<SourceSpan> origin = std::nullopt,
                                  Limits limits = {});
  // The expression text[begin, end) of a longer text that stands at `origin`. Cheaper than giving each
  // expression an origin of its own: places in the file are looked for only when there is an error.
  static Result<Expression> parse_part(std::shared_ptr<const std::string> text, std::size_t begin, std::size_t end,
                                       std::optional<SourceSpan> origin, Limits limits = {});

  [[nodiscard]] const std::string& text() const;
  // Where the whole of it stands in its file; nullopt: not known. Looked for at each call.
  [[nodiscard]] std::optional<SourceSpan> place() const;
  // Names of top-level variables, and dotted paths below them as far as they are constant: "facts.memory.total".
  // Comprehension variables are not among them.
  [[nodiscard]] const std::set<std::string>& references() const;
  // Whether a top-level variable is used other than through one of its members named in the text: "string(params)",
  // "params[x]", but not "params.x" or "params['x']".
  [[nodiscard]] bool uses_whole(std::string_view variable) const;
  // Functions called by name, macros left out.
  [[nodiscard]] const std::set<std::string>& calls() const;
  // The references that are written out in calls of secret().
  [[nodiscard]] std::vector<std::string> secret_references() const;

  struct Impl;
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  explicit Expression(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

// What an expression may name: variables with their types, and zero-argument functions of the caller (success(), …).
class Declarations {
 public:
  Declarations() = default;
  // Those of `outer`, which must outlive this, and what is added here; a name given again counts as it is here.
  explicit Declarations(const Declarations* outer) : outer_(outer) {}
  void variable(std::string name, Type type);
  // A function without arguments whose value the Activation gives: success(), failure(), always().
  void function(std::string name, Type result);
  [[nodiscard]] const Type* find_variable(std::string_view name) const;
  [[nodiscard]] const Type* find_function(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> variable_names() const;
  [[nodiscard]] std::vector<std::string> function_names() const;

 private:
  const Declarations* outer_ = nullptr;
  std::vector<std::pair<std::string, Type>> variables_;
  std::vector<std::pair<std::string, Type>> functions_;
};

// The deduced type, or every mistake: unknown names and members with a suggestion, wrong operand types, comparing
// quantities of different dimensions (where both are known), a quantity with a bare number.
// Where an expression names a secret.
struct SecretUse {
  std::string name;                 // "password"; of secret(): the reference
  std::string expression;           // "params.password"
  bool whole = false;               // named only as a part of that
  std::optional<SourceSpan> where;  // of the whole expression
};
struct Checked {
  std::optional<Type> type = std::nullopt;  // set when there are no errors
  Diagnostics problems = {};
  std::vector<SecretUse> secrets = {};  // one of each expression that names some
  // A secret in a place where it would have to be looked at: only '+' and '?:' hand it on as it is.
  std::optional<Diagnostic> secret_looked_at = std::nullopt;
};
Checked check(const Expression& expression, const Declarations& declarations);

// Where values come from. Return nullopt for a name that has no value: evaluation then fails naming it.
struct Activation {
  std::function<std::optional<Value>(std::string_view name)> variable;
  std::function<std::optional<Value>(std::string_view name)> function;  // may be empty
};

// The value, or a Diagnostic with the place of the failing part.
Result<Value> evaluate(const Expression& expression, const Activation& activation);

}  // namespace assay::expr
