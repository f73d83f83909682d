// SPDX-License-Identifier: Apache-2.0
// The functions, operators and macros of expressions, as one table: the checker takes types from it, the evaluator the
// function, reference pages and completion the help.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "engine/base/codes.h"
#include "engine/expr/time_zone.h"
#include "engine/expr/value.h"

namespace assay::expr {

// Why there is no value. The evaluator adds the place of the call unless one is known.
struct Fault {
  Code code = Code::kEvaluation;
  std::string message = {};
  std::string help = {};
  bool fatal = false;  // not absorbed by &&, ||, all and exists: the bound on work was reached
  std::optional<std::pair<std::uint32_t, std::uint32_t>> place = std::nullopt;
  // A key and the map that lacks it: the help is made of them when the fault has become the answer.
  std::optional<std::pair<std::string, Value>> unknown_key = std::nullopt;
};
using Outcome = tl::expected<Value, std::unique_ptr<Fault>>;
using Arguments = std::span<const Value>;

tl::unexpected<std::unique_ptr<Fault>> fault(std::string message, std::string help = {}, Code code = Code::kEvaluation);

// The bound on the steps of one evaluation. Functions charge what they make and read: an element, or sixteen bytes, is
// one step; an element that is made is two.
class Work {
 public:
  explicit Work(std::size_t limit) : limit_(limit), left_(limit) {}
  [[nodiscard]] bool charge(std::size_t steps) {
    if (steps > left_) return false;
    left_ -= steps;
    return true;
  }
  [[nodiscard]] bool charge_bytes(std::size_t bytes) { return charge(bytes / 16 + 1); }
  // Elements of a list that is made: each takes memory for as long as the list is there.
  [[nodiscard]] bool charge_elements(std::size_t elements) { return charge(elements * 2); }
  // One of many short texts in a list, which take more memory than their bytes.
  [[nodiscard]] bool charge_part() { return charge(4); }
  // Bytes that are only read; a short text costs nothing.
  [[nodiscard]] bool charge_reading(std::size_t bytes) { return charge(bytes / 16); }
  // Of a value: what it takes to read the text, to find the key in a map, to compare what has an order.
  [[nodiscard]] bool charge_text(const Value& value) {
    if (value.is(Kind::kBytes)) return charge_reading(value.as_bytes().size());
    return !value.is(Kind::kString) || charge_reading(value.as_string().size());
  }
  [[nodiscard]] tl::unexpected<std::unique_ptr<Fault>> exceeded() const;

  // Compiled regular expressions, kept for the evaluation; only regex_functions.cpp knows what they are.
  std::map<std::string, std::shared_ptr<const void>, std::less<>> patterns;
  Zones zones;

 private:
  std::size_t limit_;
  std::size_t left_;
};

// Equality in expressions: as equal() of value.h, but what measures different things, and a quantity and a bare number,
// are no pair wherever in the values they stand, and parts that are shared are paid for as often as they are looked at:
// an element or sixteen bytes are a step.
using Answer = tl::expected<bool, std::unique_ptr<Fault>>;
Answer equal(const Value& a, const Value& b, Work& work);
// Whether one of the items equals the value. As with exists(), a pair that cannot be compared counts only when no other
// is equal.
Answer among(const Value& value, const List& items, Work& work);

// What to write where numbers are needed and the elements are of this type; empty: there is no way.
std::string number_cure(std::string_view type);

enum class Style : std::uint8_t { kFunction, kMethod, kOperator };
// For the tables.
inline constexpr Style kF = Style::kFunction;
inline constexpr Style kM = Style::kMethod;

struct FunctionRow {
  std::string_view name;  // "size", "math.greatest", "_+_"
  Style style;
  std::string_view parameters;  // "string, list(A)"; a method's receiver comes first; "int, ..." repeats the last
  std::string_view result;
  std::string_view help;  // one line; empty for a further form of the row above
  Outcome (*function)(Arguments arguments, Work& work);
};
// Every row; those of one name stand together.
const std::vector<FunctionRow>& function_rows();

struct MacroRow {
  std::string_view name;
  std::string_view form;  // "list.all(x, condition)"
  std::string_view help;
};
std::span<const MacroRow> macro_rows();

// The rows of each file of functions; function_rows() joins them.
std::span<const FunctionRow> operator_rows();
std::span<const FunctionRow> conversion_rows();
std::span<const FunctionRow> string_rows();
std::span<const FunctionRow> regex_rows();
std::span<const FunctionRow> time_rows();
std::span<const FunctionRow> math_rows();
std::span<const FunctionRow> list_rows();
std::span<const FunctionRow> set_rows();
std::span<const FunctionRow> optional_rows();
std::span<const FunctionRow> quantity_rows();
std::span<const FunctionRow> statistics_rows();
std::span<const FunctionRow> data_rows();

}  // namespace assay::expr
