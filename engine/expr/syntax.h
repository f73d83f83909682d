// SPDX-License-Identifier: Apache-2.0
// The syntax tree. Macros are nodes of their own; names of comprehension variables are resolved to slots and functions
// to their overloads when the text is parsed, so that evaluation looks nothing up by name but the caller's variables.
// Only engine/expr includes this.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expr/expression.h"
#include "engine/expr/overloads.h"
#include "engine/expr/value.h"

namespace assay::expr {

enum class NodeKind : std::uint8_t {
  kLiteral,
  kVariable,  // slot: its number in Impl::variables
  kLocal,     // slot: its place in the frame of comprehension variables
  kSelect,    // children: operand; name
  kHas,       // the same, as a test
  kIndex,     // children: operand, key
  kCall,      // children: arguments, the receiver first
  kAnd,       // children: two or more
  kOr,
  kConditional,    // children: condition, then, else
  kList,           // children: elements
  kMap,            // children: key, value, key, value, …
  kComprehension,  // macro; children: range, then the macro's expressions
};

enum class Macro : std::uint8_t {
  kNone,
  kAll,
  kExists,
  kExistsOne,
  kMap,  // children: range, [filter,] transform
  kFilter,
  kTransformList,      // children: range, [filter,] transform
  kTransformMap,       // the same
  kTransformMapEntry,  // the same; the transform is a map
  kBind,               // children: value, body
  kOptMap,             // children: optional, transform
  kOptFlatMap,
  kSortBy,  // children: range, key
};

// Operators that evaluation computes without a call when both sides are int or double.
enum class Operator : std::uint8_t {
  kNone,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
};

struct Place {
  std::uint32_t begin = 0;  // byte offsets into the expression's text
  std::uint32_t end = 0;
};

struct Node {
  NodeKind kind = NodeKind::kLiteral;
  Macro macro = Macro::kNone;
  Operator op = Operator::kNone;
  bool optional = false;        // `?.name`, `[?key]`
  bool optional_entry = false;  // element or map value given as `?x`
  bool method = false;          // call with a receiver
  std::uint16_t depth = 1;
  std::uint32_t slot = 0;
  std::uint32_t second_slot = 0;  // of two-variable comprehensions; 0 is none, as it always follows `slot`
  Place whole;
  Place name_place;  // of the name or operator
  std::string name;
  Value literal;
  std::vector<Node*> children;
  const OverloadSet* overloads = nullptr;  // calls; nullptr: no function of ours
};

// Types that the checker found and evaluation cannot see: those of sum() by its call. The declarations of the last
// check count. Any thread may use it.
class Promises {
 public:
  void set(const Node& call, Type type) {
    const std::lock_guard lock(mutex_);
    types_.insert_or_assign(&call, std::move(type));
  }
  // dyn: none was made.
  [[nodiscard]] Type find(const Node& call) const {
    const std::lock_guard lock(mutex_);
    const auto found = types_.find(&call);
    return found == types_.end() ? Type::dyn() : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<const Node*, Type> types_;
};

struct Expression::Impl {
  std::string text;
  std::optional<SourceSpan> origin;                          // of `text`, or of `surrounding` when that is set
  std::shared_ptr<const std::string> surrounding = nullptr;  // the longer text that this expression is a part of
  std::size_t offset = 0;                                    // where in it
  Limits limits;
  std::deque<Node> nodes;  // owns them
  const Node* root = nullptr;
  std::vector<std::string> variables;
  std::size_t frame_size = 0;
  std::set<std::string> references;
  std::set<std::string> calls;
  std::shared_ptr<Promises> promises = nullptr;  // where sum() is called

  // A place of the text in the file, where it is known.
  [[nodiscard]] std::optional<SourceSpan> span(Place place) const;
  // A Diagnostic at a place of the text, mapped to the file where that is possible.
  [[nodiscard]] Diagnostic diagnostic(Code code, Place place, std::string message, std::string help = {}) const;
};

// Fills the tree of `impl` from its text.
Result<void> parse_into(Expression::Impl& impl);

// Names of types that stand for themselves in an expression: "int", "google.protobuf.Timestamp".
bool is_type_name(std::string_view name);

}  // namespace assay::expr
