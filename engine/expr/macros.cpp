// SPDX-License-Identifier: Apache-2.0
// Macros: forms that look like calls and bind names or look at a member without its value.
#include <algorithm>
#include <array>

#include "engine/expr/parser.h"

namespace assay::expr {
namespace {

constexpr MacroRow kMacroRows[] = {
    {"has", "has(a.b)", "whether the map a has the member b, without an error when it has not"},
    {"all", "list.all(x, condition)", "whether the condition holds for every element, or every key of a map"},
    {"exists", "list.exists(x, condition)", "whether the condition holds for at least one element or key"},
    {"exists_one", "list.exists_one(x, condition)",
     "whether the condition holds for exactly one element or key; also existsOne"},
    {"map", "list.map(x, value), list.map(x, condition, value)",
     "the list of the values, for the elements that meet the condition"},
    {"filter", "list.filter(x, condition)", "the elements that meet the condition"},
    {"transformList", "list.transformList(i, x, value), with a condition before the value",
     "like map, with the index (or the key of a map) as well"},
    {"transformMap", "map.transformMap(k, v, value), with a condition before the value",
     "a map with the same keys (or indexes) and new values"},
    {"transformMapEntry", "map.transformMapEntry(k, v, {key: value}), with a condition before the map",
     "a map with new keys and values"},
    {"sortBy", "list.sortBy(x, key)", "the elements in the order of their keys"},
    {"cel.bind", "cel.bind(name, value, expression)", "the expression, in which the name stands for the value"},
    {"optMap", "optional.optMap(x, value)", "the optional of the value, or none when there is no x"},
    {"optFlatMap", "optional.optFlatMap(x, optional)", "like optMap, for a value that is an optional itself"},
};

struct Form {
  std::string_view name;
  Macro macro;
  std::size_t variables;
  std::size_t least;  // expressions after the variables
  std::size_t most;
};
// all, exists and exists_one take one or two variables: told apart by what follows the first.
constexpr Form kForms[] = {
    {"all", Macro::kAll, 1, 1, 1},
    {"all", Macro::kAll, 2, 1, 1},
    {"exists", Macro::kExists, 1, 1, 1},
    {"exists", Macro::kExists, 2, 1, 1},
    {"exists_one", Macro::kExistsOne, 1, 1, 1},
    {"exists_one", Macro::kExistsOne, 2, 1, 1},
    {"existsOne", Macro::kExistsOne, 1, 1, 1},
    {"existsOne", Macro::kExistsOne, 2, 1, 1},
    {"map", Macro::kMap, 1, 1, 2},
    {"filter", Macro::kFilter, 1, 1, 1},
    {"transformList", Macro::kTransformList, 2, 1, 2},
    {"transformMap", Macro::kTransformMap, 2, 1, 2},
    {"transformMapEntry", Macro::kTransformMapEntry, 2, 1, 2},
    {"sortBy", Macro::kSortBy, 1, 1, 1},
    {"optMap", Macro::kOptMap, 1, 1, 1},
    {"optFlatMap", Macro::kOptFlatMap, 1, 1, 1},
};

}  // namespace

std::span<const MacroRow> macro_rows() { return kMacroRows; }

Result<Node*> Parser::macro_call(const Token& name, Node* receiver) {
  if (receiver == nullptr) return name.text == "has" ? has_macro(name) : Result<Node*>(nullptr);
  const bool bind = name.text == "bind" && receiver->kind == NodeKind::kVariable && receiver->name == "cel";
  if (bind) return comprehension(name, receiver, Macro::kBind, 1);
  const auto is_name = [&](std::size_t ahead) {
    return peek(ahead).kind == TokenKind::kName && at_sign(",", ahead + 1);
  };
  const std::size_t written = is_name(0) ? (is_name(2) ? 2 : 1) : 0;
  const Form* found = nullptr;
  bool known = false;
  for (const Form& form : kForms) {
    if (form.name != name.text) continue;
    known = true;
    if (form.variables <= written) found = &form;
  }
  if (found != nullptr) return comprehension(name, receiver, found->macro, found->variables);
  // A method of that name with other arguments may exist; without one the macro was meant.
  if (known && find_overloads(name.text, Style::kMethod) == nullptr) {
    const bool alone = peek().kind == TokenKind::kName && at_sign(")", 1);
    const auto row = std::find_if(std::begin(kMacroRows), std::end(kMacroRows),
                                  [&](const MacroRow& r) { return r.name == name.text; });
    Diagnostic diagnostic =
        impl_.diagnostic(Code::kExpressionSyntax, name.place,
                         "'" + std::string(name.text) + "' needs " +
                             (alone ? "an expression after the name '" + std::string(peek().text) + "'"
                                    : "a plain name as its first argument"));
    diagnostic.expected = row == std::end(kMacroRows) ? "" : std::string(row->form);
    return failure(std::move(diagnostic));
  }
  return nullptr;
}

Result<Node*> Parser::has_macro(const Token& name) {
  ASSAY_TRY(std::vector<Node*> list, arguments(")"));
  if (list.size() != 1 || list[0]->kind != NodeKind::kSelect || list[0]->optional) {
    const bool optional = list.size() == 1 && list[0]->kind == NodeKind::kSelect;
    return wrong(name.place, "'has' takes one member: has(a.b)",
                 optional ? "leave out the '?', or write a.?b.hasValue()" : "for an index write 'key in map'");
  }
  ASSAY_TRY(Node * made, node(NodeKind::kHas, name.place, list[0]->children));
  made->name = list[0]->name;
  made->name_place = list[0]->name_place;
  return made;
}

Result<Node*> Parser::comprehension(const Token& name, Node* range, Macro macro, std::size_t variables) {
  const bool bind = macro == Macro::kBind;
  const std::string called = (bind ? "cel." : "") + std::string(name.text);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < variables; ++i) {
    if (peek().kind != TokenKind::kName || !at_sign(",", 1))
      return unexpected("a plain name and ',' as '" + called + "' needs them");
    if (is_reserved_word(peek().text))
      return wrong(peek().place, "'" + std::string(peek().text) + "' is a reserved word and cannot be a name");
    names.emplace_back(peek().text);
    at_ += 2;
  }
  if (variables == 2 && names[0] == names[1])
    return wrong(name.place, "both variables of '" + called + "' are called '" + names[0] + "'");
  std::vector<Node*> children;
  if (bind) {
    ASSAY_TRY(Node * value, expression());
    children.push_back(value);
    if (!at_sign(")")) ASSAY_CHECK(expect(",", "the value of cel.bind"));
  } else {
    children.push_back(range);
  }
  const auto base = static_cast<std::uint32_t>(locals_.size());
  for (std::uint32_t i = 0; i < names.size(); ++i) locals_.push_back({names[i], base + i});
  impl_.frame_size = std::max(impl_.frame_size, locals_.size());
  ASSAY_TRY(const std::vector<Node*> list, arguments(")"));
  locals_.resize(base);

  std::size_t least = 1;
  std::size_t most = 1;
  for (const Form& form : kForms) {
    if (form.macro == macro && form.variables == variables) least = form.least, most = form.most;
  }
  if (list.size() < least || list.size() > most) {
    const std::size_t before = variables + (bind ? 1 : 0);  // what stands before the list
    return wrong(name.place, "'" + called + "' takes " + std::to_string(before + least) +
                                 (most > least ? " or " + std::to_string(before + most) : "") + " arguments, not " +
                                 std::to_string(before + list.size()));
  }
  children.insert(children.end(), list.begin(), list.end());
  const Place from{range->whole.begin, name.place.end};
  ASSAY_TRY(Node * made, node(NodeKind::kComprehension, from, std::move(children)));
  made->name = std::string(name.text);
  made->name_place = name.place;
  made->macro = macro;
  made->slot = base;
  made->second_slot = variables == 2 ? base + 1 : 0;
  return made;
}

}  // namespace assay::expr
