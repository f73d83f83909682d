// SPDX-License-Identifier: Apache-2.0
// YAML text -> a tree of nodes that know their places. Hostile until parsed: size, depth, number of nodes and aliases
// are bounded, duplicate keys and other encodings than UTF-8 are errors. Scalars stay text: the reader of each key
// decides what type it wants, so "no" never becomes false by surprise.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/expr/value.h"

namespace assay::recipe {

struct YamlNode;
using NodePtr = const YamlNode*;  // the document owns all its nodes

// Nodes and their lists lie together in the document's own memory, which goes in one piece: reading a large file leaves
// no holes behind that would keep the pages of its tree.
struct YamlNode {
  using allocator_type = std::pmr::polymorphic_allocator<>;
  enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMapping };
  enum class Style : std::uint8_t { kPlain, kQuoted, kBlock };

  struct Entry {
    NodePtr key = nullptr;  // always a scalar
    NodePtr value = nullptr;
  };

  YamlNode() = default;
  explicit YamlNode(const allocator_type& memory) : items(memory), entries(memory) {}
  YamlNode(const YamlNode& other, const allocator_type& memory) : YamlNode(memory) { *this = other; }

  Kind kind = Kind::kNull;
  Style style = Style::kPlain;
  std::string scalar;
  std::pmr::vector<NodePtr> items;
  std::pmr::vector<Entry> entries;  // in file order
  std::shared_ptr<const SourceText> source;
  std::size_t offset = 0;       // byte offset of the node's first character
  std::size_t line_offset = 0;  // byte offset of its line
  std::uint32_t line = 0;       // from 1
  std::uint32_t width = 0;      // of an empty value: the columns of its key, whose place it has

  [[nodiscard]] SourceSpan span() const;
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

using YamlNodes = std::pmr::deque<YamlNode>;

struct YamlLimits {
  std::size_t bytes = 16U << 20U;
  std::size_t depth = 48;
  std::size_t nodes = 2'000'000;  // aliases count what they stand for
};

// One document. On errors the tree is empty and `problems` says why.
struct YamlDocument {
  NodePtr root = nullptr;
  std::shared_ptr<YamlNodes> nodes;  // where the root and all below it live
  std::shared_ptr<const SourceText> source;
  Diagnostics problems;
};
YamlDocument parse_yaml(std::string text, std::string name, YamlLimits limits = {});

// The text of a key of the outermost mapping, read no further than to it: what stands behind is not looked at. Empty:
// there is none, or the text before it is no YAML.
std::string top_level_text(const std::string& text, std::string_view key, const YamlLimits& limits = {});

// "a mapping", "a list", "text", "nothing": for messages.
std::string_view describe(const YamlNode& node);

// Untyped data (defaults of lists, parameter files): the YAML 1.2 core schema. Plain true/false, null, decimal numbers
// are typed; everything else, and everything quoted, is a string.
expr::Value to_value(const YamlNode& node);

}  // namespace assay::recipe
