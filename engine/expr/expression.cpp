// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/expression.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/expr/file_place.h"
#include "engine/expr/parser.h"
#include "engine/expr/syntax.h"

namespace assay::expr {
std::optional<SourceSpan> Expression::Impl::span(Place place) const {
  if (!origin || !origin->source) return std::nullopt;
  return place_in_file(*origin, surrounding ? *surrounding : text, offset + place.begin, offset + place.end);
}

Diagnostic Expression::Impl::diagnostic(Code code, Place place, std::string message, std::string help) const {
  Diagnostic out{.code = code, .message = std::move(message), .help = std::move(help)};
  if (!origin || !origin->source) {
    const auto source = std::make_shared<SourceText>(SourceText{"<expression>", text});
    out.where = span_of(source, place.begin, place.end);
    return out;
  }
  out.where = span(place);
  if (!out.where) {
    out.where = origin;
    const std::size_t column = count_code_points(std::string_view(text).substr(0, place.begin)) + 1;
    out.message += " (at column " + std::to_string(column) + " of the expression" +
                   (surrounding ? " '" + shorten(printable(text), 60) + "')" : ")");
  }
  return out;
}

Result<void> parse_into(Expression::Impl& impl) {
  if (impl.text.size() > impl.limits.bytes) {
    return failure(impl.diagnostic(Code::kExpressionLimit, {},
                                   "an expression of " + std::to_string(impl.text.size()) + " bytes; at most " +
                                       std::to_string(impl.limits.bytes) + " are allowed"));
  }
  if (!is_valid_utf8(impl.text))
    return failure(impl.diagnostic(Code::kExpressionSyntax, {}, "the expression is not valid UTF-8"));
  ASSAY_TRY(std::vector<Token> tokens, read_tokens(impl));
  ASSAY_TRY(impl.root, Parser(impl, std::move(tokens)).parse());
  return {};
}

Result<Expression> Expression::parse(std::string_view text, std::optional<SourceSpan> origin, Limits limits) {
  auto impl = std::make_shared<Impl>();
  impl->text = std::string(text);
  impl->origin = std::move(origin);
  impl->limits = limits;
  ASSAY_CHECK(parse_into(*impl));
  return Expression(std::move(impl));
}

Result<Expression> Expression::parse_part(std::shared_ptr<const std::string> text, std::size_t begin, std::size_t end,
                                          std::optional<SourceSpan> origin, Limits limits) {
  auto impl = std::make_shared<Impl>();
  impl->text = text->substr(begin, end - begin);
  impl->origin = std::move(origin);
  impl->surrounding = std::move(text);
  impl->offset = begin;
  impl->limits = limits;
  ASSAY_CHECK(parse_into(*impl));
  return Expression(std::move(impl));
}

const std::string& Expression::text() const { return impl_->text; }
std::optional<SourceSpan> Expression::place() const {
  return impl_->span({0, static_cast<std::uint32_t>(impl_->text.size())});
}
const std::set<std::string>& Expression::references() const { return impl_->references; }
bool Expression::uses_whole(std::string_view variable) const {
  const auto is_it = [&](const Node* node) { return node->kind == NodeKind::kVariable && node->name == variable; };
  if (is_it(impl_->root)) return true;
  return std::any_of(impl_->nodes.begin(), impl_->nodes.end(), [&](const Node& node) {
    const bool member = node.kind == NodeKind::kSelect || node.kind == NodeKind::kHas ||
                        (node.kind == NodeKind::kIndex && node.children[1]->kind == NodeKind::kLiteral);
    // Only the first child of these is the thing whose member is taken.
    return std::any_of(node.children.begin() + (member ? 1 : 0), node.children.end(), is_it);
  });
}

const std::set<std::string>& Expression::calls() const { return impl_->calls; }
std::vector<std::string> Expression::secret_references() const {
  std::vector<std::string> out;
  if (calls().count("secret") == 0) return out;
  for (const Node& node : impl_->nodes) {
    const bool written = node.kind == NodeKind::kCall && node.name == "secret" && node.children.size() == 1 &&
                         node.children[0]->kind == NodeKind::kLiteral && node.children[0]->literal.is(Kind::kString);
    if (written) out.push_back(node.children[0]->literal.as_string());
  }
  return out;
}

namespace {

using Rows = std::vector<std::pair<std::string, Type>>;

void put(Rows& rows, std::string name, Type type) {
  const auto row =
      std::lower_bound(rows.begin(), rows.end(), name, [](const auto& r, const std::string& n) { return r.first < n; });
  if (row != rows.end() && row->first == name) {
    row->second = std::move(type);
  } else {
    rows.insert(row, {std::move(name), std::move(type)});
  }
}

const Type* get(const Rows& rows, std::string_view name) {
  const auto row =
      std::lower_bound(rows.begin(), rows.end(), name, [](const auto& r, std::string_view n) { return r.first < n; });
  return row != rows.end() && row->first == name ? &row->second : nullptr;
}

// Sorted, each once.
std::vector<std::string> names(const Rows& rows, std::vector<std::string> outer) {
  for (const auto& [name, type] : rows) outer.push_back(name);
  std::sort(outer.begin(), outer.end());
  outer.erase(std::unique(outer.begin(), outer.end()), outer.end());
  return outer;
}

}  // namespace

void Declarations::variable(std::string name, Type type) { put(variables_, std::move(name), std::move(type)); }
void Declarations::function(std::string name, Type result) { put(functions_, std::move(name), std::move(result)); }
const Type* Declarations::find_variable(std::string_view name) const {
  const Type* own = get(variables_, name);
  return own == nullptr && outer_ != nullptr ? outer_->find_variable(name) : own;
}
const Type* Declarations::find_function(std::string_view name) const {
  const Type* own = get(functions_, name);
  return own == nullptr && outer_ != nullptr ? outer_->find_function(name) : own;
}
std::vector<std::string> Declarations::variable_names() const {
  return names(variables_, outer_ != nullptr ? outer_->variable_names() : std::vector<std::string>());
}
std::vector<std::string> Declarations::function_names() const {
  return names(functions_, outer_ != nullptr ? outer_->function_names() : std::vector<std::string>());
}

}  // namespace assay::expr
