// SPDX-License-Identifier: Apache-2.0
// Text with expressions inside: "lasts ${{ params.duration }}". `$${{` stands for "${{" itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/expr/expression.h"

namespace assay::expr {

struct TextPart {
  std::string literal = {};
  std::optional<Expression> expression = std::nullopt;  // set: `literal` is empty
};

class TemplateText {
 public:
  // `origin` is the place of the text in its file; see Expression::parse. Fails on an expression
  // that is not closed, empty or wrong.
  static Result<TemplateText> parse(std::string_view text, const std::optional<SourceSpan>& origin = std::nullopt,
                                    Limits limits = {});

  [[nodiscard]] bool has_expressions() const;
  // Nothing but one expression: its value keeps its type.
  [[nodiscard]] bool is_single_expression() const;
  [[nodiscard]] const std::vector<TextPart>& parts() const { return parts_; }

  // The value of a single expression as it is; otherwise a string, or a secret where there is one inside. Inside longer
  // text a list, a map, bytes, null, a type or an optional is an error.
  [[nodiscard]] Result<Value> evaluate(const Activation& activation) const;
  // The type of evaluate()'s value, or every mistake.
  [[nodiscard]] Checked check(const Declarations& declarations) const;

 private:
  std::vector<TextPart> parts_;
};

}  // namespace assay::expr
