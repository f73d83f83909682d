// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/checker.h"

namespace assay::expr {

using Tag = Type::Tag;

Type open_type() { return Type::parameter("_"); }
bool is_open(const Type& type) { return type.tag() == Tag::kParameter && type.parameter_name() == "_"; }

// The types that null may stand for (cel-spec, "null assignability").
static bool takes_null(const Type& type) {
  return type.tag() == Tag::kOptional || type.tag() == Tag::kTimestamp || type.tag() == Tag::kDuration;
}

std::optional<Type> join_types(const Type& a, const Type& b) {
  if (is_open(a)) return b;
  if (is_open(b) || a == b) return a;
  if (a.tag() == Tag::kNull && takes_null(b)) return b;
  if (b.tag() == Tag::kNull && takes_null(a)) return a;
  if (a.tag() == Tag::kDyn || b.tag() == Tag::kDyn || a.tag() == Tag::kNull || b.tag() == Tag::kNull)
    return Type::dyn();
  const bool maps =
      (a.tag() == Tag::kMap || a.tag() == Tag::kObject) && (b.tag() == Tag::kMap || b.tag() == Tag::kObject);
  if (maps && (a.tag() == Tag::kObject || b.tag() == Tag::kObject))
    return Type::map(Type::of(Tag::kString), Type::dyn());
  // A text where there could be a secret is handled like one.
  if (a.tag() == Tag::kSecret && b.tag() == Tag::kString) return a;
  if (a.tag() == Tag::kString && b.tag() == Tag::kSecret) return b;
  if (a.tag() != b.tag()) return std::nullopt;
  switch (a.tag()) {
    case Tag::kQuantity: return Type::quantity();
    case Tag::kString: return Type::of(Tag::kString);  // not of the same words
    case Tag::kType: return Type::of(Tag::kType);
    case Tag::kList: return Type::list(join_types(a.element(), b.element()).value_or(Type::dyn()));
    case Tag::kOptional: return Type::optional(join_types(a.element(), b.element()).value_or(Type::dyn()));
    case Tag::kMap:
      return Type::map(join_types(a.key(), b.key()).value_or(Type::dyn()),
                       join_types(a.element(), b.element()).value_or(Type::dyn()));
    default: return a;
  }
}

static bool is_number(const Type& type) {
  return type.tag() == Tag::kInt || type.tag() == Tag::kUint || type.tag() == Tag::kDouble;
}

Meeting meet(const Type& a, const Type& b) {
  if (unknown(a) || unknown(b) || a.tag() == Tag::kNull || b.tag() == Tag::kNull) return {};
  if (is_number(a) && is_number(b)) return {};
  const bool first = a.tag() == Tag::kQuantity;
  const bool second = b.tag() == Tag::kQuantity;
  if (first && second) {
    const bool different = a.unit() && b.unit() && !comparable(*a.unit(), *b.unit());
    return different ? Meeting{Clash::kUnits, a, b} : Meeting{};
  }
  if ((first && is_number(b)) || (second && is_number(a))) return {Clash::kBareNumber, a, b};
  if (a.tag() == Tag::kObject && b.tag() == Tag::kMap) return meet(Type::of(Tag::kString), b.key());
  if (a.tag() == Tag::kMap && b.tag() == Tag::kObject) return meet(a.key(), Type::of(Tag::kString));
  if (a.tag() != b.tag()) return {Clash::kTypes, a, b};
  switch (a.tag()) {
    case Tag::kMap:
      if (const Meeting keys = meet(a.key(), b.key()); keys.clash != Clash::kNone) return keys;
      return meet(a.element(), b.element());
    case Tag::kList:
    case Tag::kOptional: return meet(a.element(), b.element());
    default: return {};
  }
}

// Whether one parameter of a signature can stand for both: unlike for a comparison, int, uint and double are no pair.
// Units may differ: their quantities have a type in common.
static bool agree(const Type& a, const Type& b) {
  if (is_number(a) && is_number(b)) return a.tag() == b.tag();
  if (a.tag() == b.tag()) {
    switch (a.tag()) {
      case Tag::kMap: return agree(a.key(), b.key()) && agree(a.element(), b.element());
      case Tag::kList:
      case Tag::kOptional: return agree(a.element(), b.element());
      default: return true;
    }
  }
  return meet(a, b).clash == Clash::kNone;
}

Type closed(const Type& type) {
  switch (type.tag()) {
    case Tag::kParameter: return Type::dyn();
    case Tag::kList: return Type::list(closed(type.element()));
    case Tag::kOptional: return Type::optional(closed(type.element()));
    case Tag::kType: return type == Type::of(Tag::kType) ? type : Type::type_of(closed(type.element()));
    case Tag::kMap: return Type::map(closed(type.key()), closed(type.element()));
    default: return type;
  }
}

bool Bindings::assign(const Type& parameter, const Type& argument) {
  if (parameter.tag() == Tag::kParameter) {
    const auto [bound, added] = types_.emplace(parameter.parameter_name(), argument);
    if (added) return true;
    const auto both = join_types(bound->second, argument);
    if (!both || !agree(bound->second, argument)) return false;
    bound->second = *both;
    return true;
  }
  if (parameter.tag() == Tag::kDyn || is_open(argument)) return true;
  if (argument.tag() == Tag::kDyn) {
    // Whatever the signature says about parts of this argument is not known either.
    if (parameter.tag() == Tag::kList || parameter.tag() == Tag::kOptional || parameter.tag() == Tag::kType)
      assign(parameter.element(), argument);
    if (parameter.tag() == Tag::kMap) return assign(parameter.key(), argument) && assign(parameter.element(), argument);
    return true;
  }
  if (parameter.tag() == Tag::kMap && argument.tag() == Tag::kObject) {
    return assign(parameter.key(), Type::of(Tag::kString)) && assign(parameter.element(), Type::dyn());
  }
  if (parameter.tag() != argument.tag()) return false;
  switch (parameter.tag()) {
    case Tag::kList:
    case Tag::kOptional: return assign(parameter.element(), argument.element());
    case Tag::kMap: return assign(parameter.key(), argument.key()) && assign(parameter.element(), argument.element());
    default: return true;
  }
}

Type Bindings::resolve(const Type& type) const {
  switch (type.tag()) {
    case Tag::kParameter: {
      const auto bound = types_.find(type.parameter_name());
      return bound == types_.end() ? open_type() : bound->second;
    }
    case Tag::kList: return Type::list(resolve(type.element()));
    case Tag::kOptional: return Type::optional(resolve(type.element()));
    case Tag::kType: return Type::type_of(resolve(type.element()));
    case Tag::kMap: return Type::map(resolve(type.key()), resolve(type.element()));
    default: return type;
  }
}

}  // namespace assay::expr
