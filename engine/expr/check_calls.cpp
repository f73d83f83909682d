// SPDX-License-Identifier: Apache-2.0
// Calls and operators: overloads, units, and what literal arguments give away before anything runs.
#include <algorithm>

#include "engine/base/text.h"
#include "engine/expr/checker.h"

namespace assay::expr {
namespace {

using Tag = Type::Tag;

bool is_numeric(const Type& type) {
  return type.tag() == Tag::kInt || type.tag() == Tag::kUint || type.tag() == Tag::kDouble;
}
// Also "list(dyn)": which form of a function takes it is known only when its elements are.
bool partly_unknown(const Type& type) {
  switch (type.tag()) {
    case Tag::kList:
    case Tag::kOptional: return partly_unknown(type.element());
    case Tag::kMap: return partly_unknown(type.key()) || partly_unknown(type.element());
    default: return unknown(type);
  }
}

std::string shown(const Unit& unit) { return unit.symbol == "1" ? "a number without a unit" : "'" + unit.symbol + "'"; }

// What an operator would do to a temperature on a scale with another zero, where that means nothing.
std::optional<std::string> temperature(const Node& node, const std::vector<Type>& types) {
  const auto on_scale = [](const Type& type) {
    return type.tag() == Tag::kQuantity && type.unit() && type.unit()->offset != 0;
  };
  if (std::none_of(types.begin(), types.end(), on_scale)) return std::nullopt;
  if (types.size() == 1) return "negated";
  if (node.op == Operator::kMultiply) return "multiplied";
  if (node.op == Operator::kDivide) return "divided";
  if (node.op == Operator::kAdd && on_scale(types[0]) && on_scale(types[1])) return "added to each other";
  return std::nullopt;
}

std::vector<std::string> texts(const std::vector<Type>& types) {
  std::vector<std::string> out;
  constexpr std::size_t kShown = 200;
  for (const Type& type : types) out.push_back(shorten(closed(type).text(), kShown));
  return out;
}

// What is made of a list of quantities is in their unit, and a spread of temperatures is an amount.
Type with_unit(const Node& node, const std::vector<Type>& types, Type result) {
  static constexpr std::string_view kOfElements[] = {"median", "mean", "stdev", "percentile", "sum"};
  if (result.tag() != Tag::kQuantity || node.method || types.empty()) return result;
  if (node.name == "quantity" && types[0].tag() == Tag::kDuration) return Type::quantity(*parse_unit("s"));
  if (std::find(std::begin(kOfElements), std::end(kOfElements), node.name) == std::end(kOfElements)) return result;
  if (types[0].tag() != Tag::kList || types[0].element().tag() != Tag::kQuantity) return result;
  const Type& element = types[0].element();
  const bool on_scale = element.unit() && element.unit()->offset != 0;
  return node.name == "stdev" && on_scale ? Type::quantity(*parse_unit("K")) : element;
}

}  // namespace

Type Checker::wrong_types(const Node& node, const std::vector<Type>& types) {
  if (full()) return Type::dyn();
  const auto fault = std::move(no_overload(*node.overloads, texts(types)).value());
  return wrong(fault->code, node.name_place, fault->message, fault->help);
}

// "steps.disk-check" where there is a step 'disk' as well: no mistake but for what follows.
bool Checker::minus_in_member(const Node& node) {
  const Node& left = *node.children[0];
  const Node* right = node.children[1];
  while (right->kind == NodeKind::kSelect) right = right->children[0];
  if (left.kind != NodeKind::kSelect || left.children[0]->kind != NodeKind::kVariable ||
      right->kind != NodeKind::kVariable || declarations_.find_variable(right->name) != nullptr)
    return false;
  const Type* whole = declarations_.find_variable(left.children[0]->name);
  if (whole == nullptr || whole->tag() != Tag::kObject || whole->member(left.name) == nullptr) return false;
  const std::vector<std::string> known = whole->member_names();
  const std::string begin = left.name + '-' + right->name;
  const auto dashed = std::find_if(
      known.begin(), known.end(), [&](const std::string& one) { return one == begin || one.starts_with(begin + '-'); });
  if (dashed == known.end()) return false;
  wrong(Code::kUnknownName, right->name_place, "unknown name '" + right->name + "'",
        "'-' means minus here: write " + source(*left.children[0]) + "['" + *dashed + "']");
  return minus_in_name_ = true;
}

Type Checker::call(const Node& node) {
  if (node.op == Operator::kSubtract && node.children.size() == 2 && minus_in_member(node)) return Type::dyn();
  std::vector<Type> types;
  types.reserve(node.children.size());
  for (const Node* child : node.children) {
    minus_in_name_ = false;
    types.push_back(visit(*child));
    if (minus_in_name_ && node.op == Operator::kSubtract) return Type::dyn();
  }
  if (node.overloads == nullptr) return unknown_call(node, types.size());
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (!types[i].holds_secret()) continue;
    names_secret(*node.children[i], types[i]);
    if (types[i].tag() != Tag::kSecret || node.op != Operator::kAdd) return looks_at_secret(*node.children[i]);
  }
  if (node.op == Operator::kEqual || node.op == Operator::kNotEqual) return equality(node, types);
  if (node.name == "@in" && node.children[1]->kind == NodeKind::kList) {
    for (const Node* element : node.children[1]->children) {
      if (never_equal(*node.children[0], types[0], *element)) return Type::of(Tag::kBool);
    }
  }
  const bool sets = node.name.starts_with("sets.") && types.size() == 2;
  if (sets && clash(node, types[0], types[1])) return Type::of(Tag::kBool);
  if (node.name == "@in" && types[1].tag() == Tag::kList && clash(node, types[0], types[1].element()))
    return Type::of(Tag::kBool);
  std::optional<Type> result;
  for (const Overload& overload : node.overloads->overloads) {
    if (!overload.takes(types.size())) continue;
    Bindings bindings;
    bool fits = true;
    for (std::size_t i = 0; fits && i < types.size(); ++i)
      fits = bindings.assign(overload.parameters[overload.parameter(i)], types[i]);
    if (!fits) continue;
    const Type one = bindings.resolve(overload.result);
    // With operands that are only known later several forms may fit; what they agree on is known now.
    result = !result || *result == one ? one : Type::dyn();
    if (std::none_of(types.begin(), types.end(), partly_unknown)) break;
  }
  if (!result) return wrong_types(node, types);
  if (node.overloads->style == Style::kOperator) return operator_result(node, types, *result);
  if (!numbers_fit(node, types)) return Type::dyn();
  result = with_unit(node, types, std::move(*result));
  if (node.name == "sum" && types.size() == 1) {
    if (result->tag() == Tag::kQuantity && result->unit() && result->unit()->offset != 0)
      return wrong(Code::kDimension, node.whole, "temperatures in Cel cannot be added to each other", "use K");
    if (impl_.promises) impl_.promises->set(node, *result);
  }
  return literal_result(node, types, *result);
}

// Functions that take any list because numbers of all kinds may be in it take no texts for that; false: noted.
bool Checker::numbers_fit(const Node& node, const std::vector<Type>& types) {
  static constexpr std::string_view kStatistics[] = {"median", "mean", "stdev", "percentile", "sum"};
  const bool greatest = node.name == "math.greatest" || node.name == "math.least";
  const bool statistics = std::find(std::begin(kStatistics), std::end(kStatistics), node.name) != std::end(kStatistics);
  if ((!greatest && !statistics) || node.method) return true;
  const auto fits = [&](const Type& type) {
    return unknown(type) || is_numeric(type) || (statistics && type.tag() == Tag::kQuantity);
  };
  if (types[0].tag() == Tag::kList && (statistics || types.size() == 1)) {
    const Type element = closed(types[0].element());
    if (fits(element)) return true;
    wrong(Code::kExpressionType, node.children[0]->whole,
          "'" + node.name + "' needs " + (statistics ? "numbers or quantities" : "numbers") +
              ", but the elements are " + element.text(),
          number_cure(element.tag() == Tag::kQuantity ? "quantity" : element.text()));
    return false;
  }
  for (std::size_t i = 0; greatest && i < types.size(); ++i) {
    if (fits(types[i])) continue;
    wrong(Code::kExpressionType, node.children[i]->whole,
          "'" + node.name + "' does not take " + closed(types[i]).text(), "it takes int, uint and double");
    return false;
  }
  return true;
}

Type Checker::unknown_call(const Node& node, std::size_t count) {
  if (count == 0 && !node.method) {
    if (const Type* result = declarations_.find_function(node.name)) return *result;
  }
  if (full()) return Type::dyn();
  const bool other = find_overloads(node.name, node.method ? Style::kFunction : Style::kMethod) != nullptr;
  std::string help;
  if (other) {
    help = node.method ? "write " + node.name + "(x)" : "write x." + node.name + "()";
  } else {
    std::vector<std::string> known = overload_names(node.method ? Style::kMethod : Style::kFunction);
    if (!node.method) {
      for (std::string& name : declarations_.function_names()) known.push_back(std::move(name));
    }
    for (const MacroRow& row : macro_rows()) known.emplace_back(row.name);
    help = function_cure(node.name, known);
  }
  if (count > 0 && !node.method && declarations_.find_function(node.name) != nullptr) {
    return wrong(Code::kExpressionType, node.name_place, "'" + node.name + "' takes no arguments",
                 "write " + node.name + "()");
  }
  return wrong(Code::kUnknownFunction, node.name_place, "unknown function '" + node.name + "'", std::move(help));
}

Type Checker::equality(const Node& node, const std::vector<Type>& types) {
  const Type& a = types[0];
  const Type& b = types[1];
  if (unknown(a) || unknown(b) || (is_numeric(a) && is_numeric(b))) return Type::of(Tag::kBool);
  const bool quantity = a.tag() == Tag::kQuantity || b.tag() == Tag::kQuantity;
  if (!quantity && clash(node, a, b)) return Type::of(Tag::kBool);
  if (!join_types(a, b) || meet(a, b).clash == Clash::kTypes) return wrong_types(node, types);
  if (never_equal(*node.children[0], a, *node.children[1]) || never_equal(*node.children[1], b, *node.children[0]))
    return Type::of(Tag::kBool);
  return operator_result(node, types, Type::of(Tag::kBool));
}

bool Checker::clash(const Node& node, const Type& a, const Type& b) {
  const Meeting meeting = meet(a, b);
  if (meeting.clash == Clash::kBareNumber) {
    wrong(Code::kDimension, node.name_place, "a quantity cannot be compared with a bare number",
          "write the number with its unit, as quantity(\"4 GiB\")");
    return true;
  }
  if (meeting.clash != Clash::kUnits) return false;
  wrong(Code::kDimension, node.name_place,
        "cannot compare " + shown(*meeting.a.unit()) + " and " + shown(*meeting.b.unit()) +
            ": they measure different things",
        "give both sides in units of one kind");
  return true;
}

bool Checker::never_equal(const Node& node, const Type& type, const Node& literal) {
  if (type.tag() != Tag::kString || type.words().empty()) return false;
  if (literal.kind != NodeKind::kLiteral || !literal.literal.is(Kind::kString)) return false;
  const std::string& word = literal.literal.as_string();
  const std::vector<std::string>& words = type.words();
  if (std::find(words.begin(), words.end(), word) != words.end()) return false;
  if (full()) return true;
  const std::string near = did_you_mean(word, words);
  wrong(Code::kNeverEqual, literal.whole, source(node) + " is never '" + printable(word) + "'",
        (near.empty() ? "" : near + " ") + "it is one of: " + join(words, ", "));
  return true;
}

// Units of quantities, as far as both are known.
Type Checker::operator_result(const Node& node, const std::vector<Type>& types, Type result) {
  if (const auto which = temperature(node, types))
    return wrong(Code::kDimension, node.name_place, "temperatures in Cel cannot be " + *which, "use K");
  if (types.size() != 2) return types[0].tag() == Tag::kQuantity ? types[0] : result;
  const bool left = types[0].tag() == Tag::kQuantity;
  const bool right = types[1].tag() == Tag::kQuantity;
  if (!left && !right) return result;
  const bool product = node.op == Operator::kMultiply;
  const bool quotient = node.op == Operator::kDivide;
  if (left != right)
    return (product || (quotient && left)) && !unknown(types[left ? 1 : 0]) ? types[left ? 0 : 1] : result;
  const auto& a = types[0].unit();
  const auto& b = types[1].unit();
  if (!a || !b) return result;
  if (product || quotient) {
    if (quotient && comparable(*a, *b)) return Type::of(Tag::kDouble);
    auto unit = product ? multiply(*a, *b) : divide(*a, *b);
    if (!unit) return wrong(unit.error().code, node.name_place, unit.error().message, unit.error().help);
    return Type::quantity(std::move(*unit));
  }
  if (!comparable(*a, *b)) {
    const std::string verb = node.op == Operator::kAdd        ? "add"
                             : node.op == Operator::kSubtract ? "subtract"
                                                              : "compare";
    return wrong(Code::kDimension, node.name_place,
                 "cannot " + verb + " " + shown(*a) + " and " + shown(*b) + ": they measure different things",
                 "'" + source(*node.children[0]) + "' is in " + shown(*a) + "; give both sides in units of one kind");
  }
  if (node.op == Operator::kAdd) return b->offset != 0 ? types[1] : types[0];
  if (node.op == Operator::kSubtract && b->offset != 0) return Type::quantity(*parse_unit("K"));
  return node.op == Operator::kSubtract ? types[0] : result;
}

// Texts that are written out are read now: a unit, a duration, a time, a regular expression.
Type Checker::literal_result(const Node& node, const std::vector<Type>& types, Type result) {
  static constexpr std::string_view kRead[] = {"quantity", "duration", "timestamp",   "value",
                                               "to",       "matches",  "extract_all", "secret"};
  const bool pattern = node.name == "extract";
  if (!pattern && std::find(std::begin(kRead), std::end(kRead), node.name) == std::end(kRead)) return result;
  if (node.children.empty() || node.children.size() > 2) return result;
  const Node& last = *node.children.back();
  if (last.kind != NodeKind::kLiteral || !last.literal.is(Kind::kString)) {
    if (node.name == "secret") {
      return wrong(Code::kExpressionType, last.whole, "secret() takes a reference that is written out",
                   "secret(\"env:NAME\"); or declare a parameter of type secret");
    }
    // quantity(x, "GB") and the like aside, a quantity made from a quantity keeps its unit.
    return node.name == "quantity" && types[0].tag() == Tag::kQuantity ? types[0] : result;
  }
  std::vector<Value> arguments = {last.literal};
  std::string_view function = node.name;
  if (function == "value" || function == "to" || (function == "quantity" && node.children.size() == 2)) {
    function = "quantity";
    arguments.insert(arguments.begin(), Value::number(1));
  } else if (node.children.size() == 2) {
    function = "matches";
    arguments.insert(arguments.begin(), Value::string(""));
  }
  Work work(impl_.limits.work);
  const Overload* overload = find_overloads(function, Style::kFunction)->select(arguments);
  if (overload == nullptr) return result;
  const Outcome outcome = overload->row->function(arguments, work);
  if (!outcome) return wrong(outcome.error()->code, last.whole, outcome.error()->message, outcome.error()->help);
  if (result.tag() == Tag::kSecret) names_secret(node, result);
  if (!outcome->is(Kind::kQuantity)) return result;
  const Unit& unit = outcome->as_quantity().unit;
  const auto& known = types[0].unit();
  if (node.method && known && !comparable(*known, unit)) {
    return wrong(Code::kDimension, last.whole,
                 "cannot convert " + shown(*known) + " to " + shown(unit) + ": they measure different things");
  }
  return result.tag() == Tag::kQuantity ? Type::quantity(unit) : result;
}

}  // namespace assay::expr
