// SPDX-License-Identifier: Apache-2.0
#include "engine/expr/overloads.h"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>

#include "engine/base/text.h"

namespace assay::expr {
namespace {

constexpr std::uint32_t kAnyKind = 0xFFFFFFFFU;
constexpr std::uint32_t bit(Kind kind) { return std::uint32_t{1} << static_cast<unsigned>(kind); }

std::uint32_t kinds_of(const Type& type) {
  switch (type.tag()) {
    case Type::Tag::kDyn:
    case Type::Tag::kParameter: return kAnyKind;
    case Type::Tag::kNull: return bit(Kind::kNull);
    case Type::Tag::kBool: return bit(Kind::kBool);
    case Type::Tag::kInt: return bit(Kind::kInt);
    case Type::Tag::kUint: return bit(Kind::kUint);
    case Type::Tag::kDouble: return bit(Kind::kDouble);
    case Type::Tag::kString: return bit(Kind::kString);
    case Type::Tag::kBytes: return bit(Kind::kBytes);
    case Type::Tag::kList: return bit(Kind::kList);
    case Type::Tag::kMap:
    case Type::Tag::kObject: return bit(Kind::kMap);
    case Type::Tag::kTimestamp: return bit(Kind::kTimestamp);
    case Type::Tag::kDuration: return bit(Kind::kDuration);
    case Type::Tag::kType: return bit(Kind::kType);
    case Type::Tag::kOptional: return bit(Kind::kOptional);
    case Type::Tag::kQuantity: return bit(Kind::kQuantity);
    case Type::Tag::kSecret: return bit(Kind::kSecret);
  }
  return kAnyKind;
}

Type parsed(std::string_view text) {
  auto type = Type::parse(text);
  if (!type) throw std::logic_error("the function table names the type '" + std::string(text) + "'");
  return *type;
}

Overload make_overload(const FunctionRow& row) {
  Overload overload;
  overload.row = &row;
  overload.result = parsed(row.result);
  int open = 0;
  std::size_t begin = 0;
  const std::string_view text = row.parameters;
  for (std::size_t at = 0; at <= text.size() && !text.empty(); ++at) {
    if (at < text.size() && text[at] == '(') ++open;
    if (at < text.size() && text[at] == ')') --open;
    if (at < text.size() && (text[at] != ',' || open > 0)) continue;
    const std::string_view one = trim(text.substr(begin, at - begin));
    begin = at + 1;
    if (one == "...") {
      overload.variadic = true;
      continue;
    }
    overload.parameters.push_back(parsed(one));
    overload.kinds.push_back(kinds_of(overload.parameters.back()));
  }
  return overload;
}

struct Table {
  std::unordered_map<std::string_view, OverloadSet> by_style[3];
};

Table make_table() {
  Table table;
  for (const FunctionRow& row : function_rows()) {
    OverloadSet& set = table.by_style[static_cast<std::size_t>(row.style)][row.name];
    set.name = std::string(row.name);
    set.style = row.style;
    set.overloads.push_back(make_overload(row));
  }
  return table;
}

const Table& table() {
  static const Table kTable = make_table();
  return kTable;
}

}  // namespace

const std::vector<FunctionRow>& function_rows() {
  static const std::vector<FunctionRow> kRows = [] {
    std::vector<FunctionRow> rows;
    for (const auto part :
         {operator_rows(), conversion_rows(), string_rows(), regex_rows(), time_rows(), math_rows(), list_rows(),
          set_rows(), optional_rows(), quantity_rows(), statistics_rows(), data_rows()}) {
      rows.insert(rows.end(), part.begin(), part.end());
    }
    return rows;
  }();
  return kRows;
}

const OverloadSet* find_overloads(std::string_view name, Style style) {
  const auto& sets = table().by_style[static_cast<std::size_t>(style)];
  const auto found = sets.find(name);
  return found == sets.end() ? nullptr : &found->second;
}

std::vector<std::string> overload_names(Style style) {
  std::vector<std::string> names;
  for (const FunctionRow& row : function_rows()) {
    if (row.style == style && (names.empty() || names.back() != row.name)) names.emplace_back(row.name);
  }
  return names;
}

std::string function_cure(std::string_view name, const std::vector<std::string>& known) {
  // What these are called in most other languages.
  for (const auto& [theirs, ours] : {std::pair<std::string_view, std::string_view>("math.max", "math.greatest"),
                                     {"math.min", "math.least"},
                                     {"optional.some", "optional.of"}}) {
    if (name == theirs) return "did you mean '" + std::string(ours) + "'?";
  }
  // Only of the same scope, which would make any two of its names look alike.
  const std::string_view scope = name.substr(0, name.find('.') + 1);
  if (scope.empty()) return did_you_mean(name, known);
  std::vector<std::string> same;
  for (const std::string& one : known) {
    if (one.starts_with(scope)) same.push_back(one.substr(scope.size()));
  }
  const std::string close = nearest(name.substr(scope.size()), same);
  return close.empty() ? std::string() : "did you mean '" + std::string(scope) + close + "'?";
}

bool is_function_scope(std::string_view scope) {
  return std::any_of(function_rows().begin(), function_rows().end(), [&](const FunctionRow& row) {
    return row.style == Style::kFunction && row.name.size() > scope.size() && row.name[scope.size()] == '.' &&
           row.name.starts_with(scope);
  });
}

const Overload* OverloadSet::select(Arguments arguments) const {
  for (const Overload& overload : overloads) {
    if (!overload.takes(arguments.size())) continue;
    bool fits = true;
    for (std::size_t i = 0; fits && i < arguments.size(); ++i) {
      fits = (overload.kinds[overload.parameter(i)] >> static_cast<unsigned>(arguments[i].kind()) & 1U) != 0;
    }
    if (fits) return &overload;
  }
  return nullptr;
}

namespace {

bool has(const std::vector<std::string>& types, std::string_view name) {
  for (const std::string& type : types) {
    if (std::string_view(type).substr(0, type.find('(')) == name) return true;
  }
  return false;
}

bool has_time(const std::vector<std::string>& types) {
  return has(types, "google.protobuf.Duration") || has(types, "google.protobuf.Timestamp");
}

// The usual mistakes, answered in words.
std::string advice(const OverloadSet& set, const std::vector<std::string>& types) {
  if (set.style == Style::kOperator && has(types, "quantity")) {
    if (has(types, "int") || has(types, "uint") || has(types, "double")) {
      return "a quantity meets only quantities here: write the number with its unit, as quantity(\"4 GiB\")";
    }
    if (has(types, "string")) return "write the text as quantity(\"…\")";
    if (has(types, "google.protobuf.Duration")) return "write quantity(d) for the quantity of a duration";
  }
  if (set.style == Style::kOperator && (has(types, "int") || has(types, "uint")) &&
      (has(types, "double") || (has(types, "int") && has(types, "uint")))) {
    return "int, uint and double do not mix: convert one side with double(), int() or uint()";
  }
  if (set.name == "_+_" && has(types, "string")) return "convert the other side with string()";
  if (set.name == "@in" && types.size() == 2 && types[0] == "string" && types[1] == "string")
    return "for a text inside a text write y.contains(x)";
  static constexpr std::string_view kComparisons[] = {"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"};
  const bool compares = std::find(std::begin(kComparisons), std::end(kComparisons), set.name) != std::end(kComparisons);
  const bool number = has(types, "int") || has(types, "uint") || has(types, "double");
  const bool written = number || has(types, "string");  // what people write for a time
  const bool sums = set.name == "_+_" || set.name == "_-_";
  if (written && ((compares && has(types, "google.protobuf.Duration")) || (sums && has_time(types))))
    return "write the other side as a duration: duration(\"90s\")";
  if (written && compares && has(types, "google.protobuf.Timestamp"))
    return "write the other side as a time: timestamp(\"2026-01-31T08:30:00Z\")";
  if (!compares) return {};
  if (number && has(types, "string")) return "write the number without quotes, or convert one side: int(x), string(x)";
  if (has(types, "bool") && has(types, "string")) return "write true or false without quotes";
  if (has(types, "optional_type")) return "write orValue() for the case without a value";
  if (types.size() == 2 && types[0] == types[1]) return "values of this type have no order";
  return "both sides must be of one type";
}

std::string joined(const std::vector<std::string>& types) { return '(' + join(types, ", ") + ')'; }

}  // namespace

tl::unexpected<std::unique_ptr<Fault>> no_overload(const OverloadSet& set, const std::vector<std::string>& types) {
  std::string shown = set.name == "@in" ? "in" : set.name;
  if (set.style == Style::kOperator) std::erase(shown, '_');
  std::string help = advice(set, types);
  if (help.empty()) {
    constexpr std::size_t kForms = 6;
    std::vector<std::string> forms;
    for (const Overload& overload : set.overloads) {
      if (forms.size() == kForms) {
        forms.emplace_back("…");
        break;
      }
      forms.push_back('(' + std::string(overload.row->parameters) + ')');
    }
    help = "it takes " + join(forms, ", ");
  }
  const bool quantities = set.style == Style::kOperator && has(types, "quantity");
  return fault("'" + shown + "' does not take " + joined(types), std::move(help),
               quantities ? Code::kDimension : Code::kExpressionType);
}

tl::unexpected<std::unique_ptr<Fault>> fault(std::string message, std::string help, Code code) {
  return tl::unexpected(
      std::make_unique<Fault>(Fault{.code = code, .message = std::move(message), .help = std::move(help)}));
}

tl::unexpected<std::unique_ptr<Fault>> Work::exceeded() const {
  return tl::unexpected(
      std::make_unique<Fault>(Fault{.code = Code::kExpressionLimit,
                                    .message = "the expression needs more than " + std::to_string(limit_) + " steps",
                                    .help = "compute the value in a step, or look at fewer elements",
                                    .fatal = true}));
}

}  // namespace assay::expr
