// SPDX-License-Identifier: Apache-2.0
// Recursive descent over the tokens of one expression. Only engine/expr includes this.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/expr/lexer.h"
#include "engine/expr/syntax.h"

namespace assay::expr {

// A word that cannot be the name of anything: "in", "true", "for".
bool is_reserved_word(std::string_view word);

class Parser {
 public:
  Parser(Expression::Impl& impl, std::vector<Token> tokens) : impl_(impl), tokens_(std::move(tokens)) {}
  Result<Node*> parse();

 private:
  // parser.cpp: operators and primaries
  Result<Node*> expression();
  Result<Node*> binary(std::size_t level);
  Result<Node*> unary();
  Result<Node*> member();
  Result<Node*> selection(Node* operand);
  Result<Node*> index(Node* operand);
  Result<Node*> primary();
  Result<Node*> name_or_call(bool root);
  Result<Node*> list();
  Result<Node*> map();
  Result<Node*> literal();
  Result<std::vector<Node*>> arguments(std::string_view close);
  Result<Node*> function_call(const Token& name, Node* receiver);
  static void fold(Node& call);

  // macros.cpp
  // The node of a macro call whose opening parenthesis has been read; nullptr: this is no macro, nothing was read.
  Result<Node*> macro_call(const Token& name, Node* receiver);
  Result<Node*> has_macro(const Token& name);
  Result<Node*> comprehension(const Token& name, Node* range, Macro macro, std::size_t variables);

  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
    return tokens_[at_ + ahead < tokens_.size() ? at_ + ahead : tokens_.size() - 1];
  }
  [[nodiscard]] bool at_sign(std::string_view sign, std::size_t ahead = 0) const {
    return peek(ahead).kind == TokenKind::kSign && peek(ahead).text == sign;
  }
  bool take(std::string_view sign) {
    if (!at_sign(sign)) return false;
    ++at_;
    return true;
  }
  Result<void> expect(std::string_view sign, std::string_view after);
  [[nodiscard]] tl::unexpected<Diagnostic> wrong(Place place, std::string message, std::string help = {},
                                                 Code code = Code::kExpressionSyntax) const;
  [[nodiscard]] tl::unexpected<Diagnostic> unexpected(std::string_view expected) const;

  // A node over [begin, end of the last token read), with its depth; fails when that is over the limit.
  Result<Node*> node(NodeKind kind, Place from, std::vector<Node*> children);
  Result<Node*> operation(const Token& sign, std::string_view function, Operator op, std::vector<Node*> children);
  void note_reference(const Node& node);

  struct Local {
    std::string name;
    std::uint32_t slot;
  };

  Expression::Impl& impl_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t nesting_ = 0;
  std::vector<Local> locals_;                                      // innermost last
  std::unordered_map<std::string_view, std::uint32_t> variables_;  // number in Impl::variables
};

}  // namespace assay::expr
