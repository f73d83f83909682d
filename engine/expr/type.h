// SPDX-License-Identifier: Apache-2.0
// Types of expressions as the checker knows them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/quantity.h"

namespace assay::expr {

// A type. `kObject` is a map with known members ("facts", "params"): naming another member is an error with a
// suggestion. `kDyn` is anything, decided at evaluation. `kParameter` stands for one type in the signature of a
// function ("list(A)"); no expression and no declaration has it.
class Type {
 public:
  enum class Tag {
    kDyn,
    kNull,
    kBool,
    kInt,
    kUint,
    kDouble,
    kString,
    kBytes,
    kList,
    kMap,
    kTimestamp,
    kDuration,
    kType,
    kOptional,
    kQuantity,
    kObject,
    kSecret,
    kParameter,
  };

  Type() = default;  // dyn
  static Type dyn() { return {}; }
  static Type of(Tag tag);
  // Parts that would make a type deeper than kDeepest count as dyn.
  static constexpr std::size_t kDeepest = 64;
  static Type list(Type element);
  static Type map(Type key, Type value);
  static Type optional(Type element);
  static Type type_of(Type element);
  // Without a unit: a quantity whose dimension is not known before evaluation.
  static Type quantity(std::optional<Unit> unit = std::nullopt);
  static Type object(std::vector<std::pair<std::string, Type>> members);
  // A string that is one of these words ("pass", "fail" …): a comparison with another one can never hold.
  static Type one_of(std::vector<std::string> words);
  static Type parameter(std::string name);
  // From the form text() gives: "list(int)", "map(string, dyn)", "quantity(B)", "timestamp"; capital letters alone are
  // parameters. nullopt: no type. Objects have no such form.
  static std::optional<Type> parse(std::string_view text);

  [[nodiscard]] Tag tag() const { return tag_; }
  [[nodiscard]] const Type& element() const;  // list, optional, type; the value type of a map
  [[nodiscard]] const Type& key() const;      // map
  [[nodiscard]] const std::optional<Unit>& unit() const;
  [[nodiscard]] const Type* member(std::string_view name) const;  // object
  [[nodiscard]] std::vector<std::string> member_names() const;
  [[nodiscard]] const std::vector<std::string>& words() const;  // string; empty: any text
  [[nodiscard]] const std::string& parameter_name() const;
  // How many types stand inside each other: 1 for "int", 2 for "list(int)". The members of an object do not count.
  [[nodiscard]] std::size_t depth() const;
  // Whether its values are secrets or hold some.
  [[nodiscard]] bool holds_secret() const;
  // The first member of an object that does; empty: none.
  [[nodiscard]] std::string secret_member() const;
  // "list(int)", "map(string, dyn)", "optional_type(int)", "type(int)", "null_type", "object", "quantity(GB/s)"
  [[nodiscard]] std::string text() const;
  // Objects: by their members. Units: by their dimension and where their zero is, so that Cel is not K.
  friend bool operator==(const Type& a, const Type& b);

 private:
  struct Parts;
  static Type part(Type type, Parts& whole);

  Tag tag_ = Tag::kDyn;
  std::shared_ptr<const Parts> parts_;
};

}  // namespace assay::expr
