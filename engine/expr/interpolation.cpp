// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/interpolation.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/expr/lexer.h"
#include "engine/expr/syntax.h"

namespace assay::expr {
namespace {

constexpr std::string_view kOpen = "${{";
constexpr std::string_view kClose = "}}";

bool has_text(const Type& type) {
  switch (type.tag()) {
    case Type::Tag::kNull:
    case Type::Tag::kBytes:
    case Type::Tag::kList:
    case Type::Tag::kMap:
    case Type::Tag::kType:
    case Type::Tag::kOptional:
    case Type::Tag::kObject: return false;
    default: return true;
  }
}

std::string cure(std::string_view type) {
  if (type.starts_with("list")) return "join a list of texts with .join(\", \")";
  if (type.starts_with("optional")) return "write orValue() for the case without a value";
  if (type.starts_with("null")) return "write orValue() or '?' for the case without a value";
  return "choose a member, or convert with string()";
}

Diagnostic no_text(const Expression& expression, const std::string& type) {
  const Expression::Impl& impl = expression.impl();
  return impl.diagnostic(Code::kExpressionType, impl.root->whole,
                         "a value of type " + type + " cannot stand inside text", cure(type));
}

}  // namespace

Result<TemplateText> TemplateText::parse(std::string_view text, const std::optional<SourceSpan>& origin,
                                         Limits limits) {
  if (text.find(kOpen) == std::string_view::npos) {
    TemplateText plain;
    if (!text.empty()) plain.parts_.push_back(TextPart{.literal = std::string(text)});
    return plain;
  }
  Expression::Impl whole;  // the text as if it were one expression, which knows how to map an offset to the file
  whole.text = std::string(text);
  whole.origin = origin;
  std::shared_ptr<const std::string> shared;
  TemplateText out;
  std::string literal;
  const auto finish_literal = [&] {
    if (!literal.empty()) out.parts_.push_back(TextPart{.literal = std::exchange(literal, {})});
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = std::min(text.find(kOpen, at), text.size());
    literal += text.substr(at, open - at);
    if (open == text.size()) break;
    if (literal.ends_with('$')) {
      literal.pop_back();
      literal += kOpen;
      at = open + kOpen.size();
      continue;
    }
    const Place mark{static_cast<std::uint32_t>(open), static_cast<std::uint32_t>(open + kOpen.size())};
    std::size_t begin = open + kOpen.size();
    const ClosingBraces close = find_closing_braces(text, begin);
    std::size_t end = close.at;
    if (close.open_literal && text.find('\n', *close.open_literal) < text.find(kClose, *close.open_literal)) {
      const auto quote = static_cast<std::uint32_t>(*close.open_literal);
      return failure(whole.diagnostic(Code::kExpressionSyntax, Place{quote, quote + 1},
                                      "a line break stands in the middle of this text",
                                      "inside double quotes of YAML, write \\\\n for the \\n of an expression"));
    }
    if (end == std::string_view::npos) {
      return failure(whole.diagnostic(Code::kExpressionSyntax, mark, "the expression after '${{' is not closed",
                                      "end it with '}}', or write '$${{' for the characters themselves"));
    }
    at = end + kClose.size();
    const std::string_view inside = trim(text.substr(begin, end - begin));
    if (inside.empty())
      return failure(whole.diagnostic(Code::kExpressionSyntax, mark, "there is no expression between '${{' and '}}'"));
    begin = static_cast<std::size_t>(inside.data() - text.data());
    end = begin + inside.size();
    if (!shared) shared = std::make_shared<const std::string>(text);
    ASSAY_TRY(Expression expression, Expression::parse_part(shared, begin, end, origin, limits));
    finish_literal();
    out.parts_.push_back(TextPart{.expression = std::move(expression)});
  }
  finish_literal();
  return out;
}

bool TemplateText::has_expressions() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const TextPart& part) { return part.expression.has_value(); });
}
bool TemplateText::is_single_expression() const { return parts_.size() == 1 && parts_[0].expression.has_value(); }

Result<Value> TemplateText::evaluate(const Activation& activation) const {
  if (is_single_expression()) return expr::evaluate(*parts_[0].expression, activation);
  std::string out;
  Secret secret;  // what has come so far, once there was a secret in it
  for (const TextPart& part : parts_) {
    if (!part.expression) {
      out += part.literal;
      continue;
    }
    ASSAY_TRY(const Value value, expr::evaluate(*part.expression, activation));
    if (value.is(Kind::kSecret)) {
      if (!out.empty()) secret.parts.push_back({.text = std::exchange(out, {})});
      secret.parts.insert(secret.parts.end(), value.as_secret().parts.begin(), value.as_secret().parts.end());
      continue;
    }
    const auto text = to_text(value);
    if (!text) return failure(no_text(*part.expression, type_name(value)));
    out += *text;
  }
  if (secret.parts.empty()) return Value::string(std::move(out));
  if (!out.empty()) secret.parts.push_back({.text = std::move(out)});
  return Value::secret(std::move(secret));
}

Checked TemplateText::check(const Declarations& declarations) const {
  if (is_single_expression()) return expr::check(*parts_[0].expression, declarations);
  Checked all{.type = Type::of(Type::Tag::kString)};
  for (const TextPart& part : parts_) {
    constexpr std::size_t kMost = 100;  // nobody reads more, and each place is looked for in the file
    if (!part.expression || all.problems.items().size() >= kMost) continue;
    Checked one = expr::check(*part.expression, declarations);
    all.problems.add(one.problems);
    all.secrets.insert(all.secrets.end(), one.secrets.begin(), one.secrets.end());
    if (!all.secret_looked_at) all.secret_looked_at = std::move(one.secret_looked_at);
    if (one.type && one.type->tag() == Type::Tag::kSecret) all.type = one.type;
    if (one.type && !has_text(*one.type)) all.problems.add(no_text(*part.expression, one.type->text()));
  }
  if (all.problems.has_errors()) all.type.reset();
  return all;
}

}  // namespace assay::expr
