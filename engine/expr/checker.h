// SPDX-License-Identifier: Apache-2.0
// Deduces types bottom-up and collects every mistake. What is dyn is left to evaluation; a node with a mistake counts
// as dyn, so that one mistake is told once. Only engine/expr includes this.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/expr/syntax.h"

namespace assay::expr {

// Stands for the element of an empty list: fits everywhere, and gives way to any other type.
Type open_type();
bool is_open(const Type& type);
// Nothing is known of it before evaluation.
inline bool unknown(const Type& type) { return type.tag() == Type::Tag::kDyn || is_open(type); }
// The type that holds values of both; nullopt: they have nothing in common.
std::optional<Type> join_types(const Type& a, const Type& b);
// Whether values of two types can be equal, as far as it is known: what two lists, maps or optionals hold counts as
// much as what they are.
enum class Clash {
  kNone,
  kTypes,       // 1 and "a"
  kBareNumber,  // a quantity and a number
  kUnits,       // quantities that measure different things
};
struct Meeting {
  Clash clash = Clash::kNone;
  Type a = {};  // the parts that clash
  Type b = {};
};
Meeting meet(const Type& a, const Type& b);
// The type with dyn wherever it is still open.
Type closed(const Type& type);

// What the parameters of one call's signature stand for.
class Bindings {
 public:
  bool assign(const Type& parameter, const Type& argument);
  [[nodiscard]] Type resolve(const Type& type) const;

 private:
  std::unordered_map<std::string, Type> types_;
};

class Checker {
 public:
  Checker(const Expression::Impl& impl, const Declarations& declarations)
      : impl_(impl), declarations_(declarations), frame_(impl.frame_size) {}
  Checked run();

 private:
  // check.cpp
  Type visit(const Node& node);
  Type literal(const Node& node);
  Type variable(const Node& node);
  std::optional<Type> dotted_variable(const Node& node);
  Type select(const Node& node);
  Type index(const Node& node);
  Type logical(const Node& node);
  Type conditional(const Node& node);
  Type list(const Node& node);
  Type map(const Node& node);
  Type comprehension(const Node& node);
  Type sorted(const Node& node, const Type& range);
  Type entry(const Node& node);  // an element or map value, which may be given as `?x`
  void condition(const Node& node, std::string_view what);
  std::optional<Type> member_of(const Node& node, const Type& type, const std::string& name);

  // check_calls.cpp
  Type call(const Node& node);
  bool minus_in_member(const Node& node);
  bool numbers_fit(const Node& node, const std::vector<Type>& types);
  Type unknown_call(const Node& node, std::size_t count);
  Type equality(const Node& node, const std::vector<Type>& types);
  // Notes quantities that are compared with numbers or with what measures something else, inside lists and the like.
  bool clash(const Node& node, const Type& a, const Type& b);
  // Whether a literal that `node` is compared with is none of the words that `type`, the type of `node`, knows; noted.
  bool never_equal(const Node& node, const Type& type, const Node& literal);
  Type operator_result(const Node& node, const std::vector<Type>& types, Type result);
  Type literal_result(const Node& node, const std::vector<Type>& types, Type result);
  // Notes that a secret is named; that it is looked at, which gives dyn.
  void names_secret(const Node& node, const Type& type);
  Type looks_at_secret(const Node& node);
  Type wrong_types(const Node& node, const std::vector<Type>& types);

  // What to write instead of an unknown member.
  std::string member_cure(const Node& node, const std::string& name, const std::vector<std::string>& known);

  // Nobody reads more mistakes than there are, and each place is looked for in the file.
  [[nodiscard]] bool full() const { return problems_.items().size() >= 100; }
  // Notes the mistake and gives dyn.
  Type wrong(Code code, Place place, std::string message, std::string help = {});
  [[nodiscard]] std::string source(const Node& node) const;

  const Expression::Impl& impl_;
  const Declarations& declarations_;
  std::vector<Type> frame_;  // of comprehension variables
  Diagnostics problems_;
  std::optional<SecretUse> secret_;
  std::optional<Diagnostic> looked_at_;
  bool minus_in_name_ = false;  // the mistake just noted: what follows the '-' is the rest of a name
};

}  // namespace assay::expr
