// SPDX-License-Identifier: Apache-2.0
// From the row table of all facts to the type that the expression checker knows.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/hardware/facts.h"

namespace assay::hardware {
namespace {

struct Node {
  std::string name;
  bool list = false;
  std::string_view type;  // of a leaf
  std::vector<Node> members;
};

Node& member_of(Node& node, std::string_view segment) {
  const bool list = segment.ends_with("[]");
  const std::string_view name = list ? segment.substr(0, segment.size() - 2) : segment;
  for (Node& member : node.members) {
    if (member.name == name) return member;
  }
  return node.members.emplace_back(Node{std::string(name), list, {}, {}});
}

expr::Type leaf_type(std::string_view text) {
  using Tag = expr::Type::Tag;
  if (text == "int") return expr::Type::of(Tag::kInt);
  if (text == "string") return expr::Type::of(Tag::kString);
  if (text == "bool") return expr::Type::of(Tag::kBool);
  if (text == "double") return expr::Type::of(Tag::kDouble);
  const std::size_t open = text.find('(');
  if (open != std::string_view::npos && text.ends_with(")")) {
    const std::string_view inner = text.substr(open + 1, text.size() - open - 2);
    if (text.starts_with("list(")) return expr::Type::list(leaf_type(inner));
    if (text.starts_with("quantity(")) return expr::Type::quantity(parse_unit(inner).value());
  }
  throw std::logic_error("a row of the facts has an unknown type: " + std::string(text));
}

expr::Type type_of(const Node& node) {
  if (node.members.empty()) return leaf_type(node.type);
  std::vector<std::pair<std::string, expr::Type>> members;
  members.reserve(node.members.size());
  for (const Node& member : node.members) members.emplace_back(member.name, type_of(member));
  expr::Type object = expr::Type::object(std::move(members));
  return node.list ? expr::Type::list(std::move(object)) : object;
}

}  // namespace

expr::Type facts_type() {
  Node root;
  for (const FactRow& row : fact_rows()) {
    Node* node = &root;
    std::string_view rest = row.path;
    while (true) {
      const std::size_t dot = rest.find('.');
      node = &member_of(*node, rest.substr(0, dot));
      if (dot == std::string_view::npos) break;
      rest.remove_prefix(dot + 1);
    }
    node->type = row.type;
  }
  return type_of(root);
}

}  // namespace assay::hardware
