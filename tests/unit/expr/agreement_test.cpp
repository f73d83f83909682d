// SPDX-License-Identifier: Apache-2.0
// The checker and the evaluator against each other: for every row of the function table, a call with arguments of the
// stated types passes the check, does not fail for its types, and has a value of the type that was deduced.
#include "engine/expr/functions.h"
#include "engine/expr/typed_json.h"
#include "unit/expr/cases.h"

namespace assay::expr {
namespace {

// Whether a value of type `value` may stand where `type` was deduced. What an empty list holds is not known.
bool fits(const Type& type, const Type& value) {
  using Tag = Type::Tag;
  if (type.tag() == Tag::kDyn || value.tag() == Tag::kDyn) return true;
  if (value.tag() == Tag::kNull) {
    return type.tag() == Tag::kNull || type.tag() == Tag::kOptional || type.tag() == Tag::kTimestamp ||
           type.tag() == Tag::kDuration;
  }
  if (type.tag() == Tag::kObject) return value.tag() == Tag::kMap;
  if (type.tag() != value.tag()) return false;
  switch (type.tag()) {
    case Tag::kList:
    case Tag::kOptional: return fits(type.element(), value.element());
    case Tag::kMap: return fits(type.key(), value.key()) && fits(type.element(), value.element());
    case Tag::kQuantity: return !type.unit() || (value.unit() && comparable(*type.unit(), *value.unit()));
    default: return true;
  }
}

// An argument of a type as the table writes it. Texts are computed, so that nothing is known of them when checking.
std::string sample(std::string_view type) {
  struct Row {
    std::string_view type;
    const char* text;
  };
  static constexpr Row kRows[] = {
      {"int", "1"},
      {"uint", "1u"},
      {"double", "1.5"},
      {"string", "('1' + '')"},
      {"bool", "true"},
      {"bytes", "b'eA=='"},
      {"timestamp", "timestamp(0)"},
      {"duration", "duration('1s')"},
      {"quantity", "quantity('2 s')"},
      {"A", "1"},
      {"dyn", "1"},
      {"list(A)", "[1, 2]"},
      {"list(int)", "[1, 2]"},
      {"list(string)", "['a', 'b']"},
      {"list(dyn)", "[1.5, 2.5]"},
      {"list(quantity)", "[quantity('2 s'), quantity('3 s')]"},
      {"list(optional_type(A))", "[optional.of(1)]"},
      {"map(A, B)", "{1: 'b'}"},
      {"optional_type(A)", "optional.of(1)"},
      {"secret", "secret('env:A')"},
  };
  for (const Row& row : kRows) {
    if (row.type == type) return row.text;
  }
  ADD_FAILURE() << "no sample of type " << type;
  return "null";
}

std::vector<std::string> samples(std::string_view parameters) {
  std::vector<std::string> out;
  int open = 0;
  std::string type;
  const auto finish = [&] {
    if (type == "...") {
      out.push_back(out.back());
    } else if (!type.empty()) {
      out.push_back(sample(type));
    }
    type.clear();
  };
  for (const char c : parameters) {
    open += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c == ',' && open == 0) {
      finish();
    } else if (c != ' ' || open > 0) {
      type += c;
    }
  }
  finish();
  return out;
}

std::string call_of(const FunctionRow& row) {
  if (row.name == "secret") return "secret('env:A')";  // takes only what is written out
  std::vector<std::string> arguments = samples(row.parameters);
  std::string name(row.name);
  if (row.style == Style::kOperator) {
    if (name == "@in") return arguments[0] + " in " + arguments[1];
    std::erase(name, '_');
    return arguments.size() == 1 ? name + '(' + arguments[0] + ')' : arguments[0] + ' ' + name + ' ' + arguments[1];
  }
  std::string text = name;
  std::size_t first = 0;
  if (row.style == Style::kMethod) text = arguments[first++] + '.' + name;
  text += '(';
  for (std::size_t i = first; i < arguments.size(); ++i) text += (i > first ? ", " : "") + arguments[i];
  return text + ')';
}

struct Told {
  std::optional<Type> deduced;
  std::optional<Value> value;
  std::string mistake;
  Code code = Code::kEvaluation;
};
Told both(const std::string& text) {
  Told out;
  const auto expression = Expression::parse(text);
  if (!expression) {
    out.mistake = shown(expression.error());
    return out;
  }
  out.deduced = check(*expression, Declarations()).type;
  auto value = evaluate(*expression, Activation{});
  if (value) {
    out.value = std::move(*value);
  } else {
    out.code = value.error().code;
    out.mistake = shown(value.error());
  }
  return out;
}

TEST(Agreement, EveryRowOfTheTableHasTheTypeItStates) {
  std::size_t values = 0;
  for (const FunctionRow& row : function_rows()) {
    const std::string text = call_of(row);
    const Told told = both(text);
    ASSERT_TRUE(told.deduced) << text << ": " << told.mistake;
    if (!told.value) {  // the samples may not suit what the function wants of a text, but their types must
      EXPECT_NE(told.code, Code::kExpressionType) << text << ": " << told.mistake;
      EXPECT_NE(told.code, Code::kUnknownFunction) << text << ": " << told.mistake;
      continue;
    }
    ++values;
    EXPECT_TRUE(fits(*told.deduced, type_of(*told.value)))
        << text << " is " << told.deduced->text() << " but has the value " << shown(*told.value);
    const auto stated = Type::parse(row.result);
    ASSERT_TRUE(stated) << row.result;
    const bool open = stated->tag() == Type::Tag::kParameter || stated->tag() == Type::Tag::kDyn;
    EXPECT_TRUE(open || stated->tag() == told.deduced->tag()) << text << ": " << row.result;
  }
  EXPECT_GT(values, function_rows().size() * 9 / 10);
}

// The same with dyn for every argument: nothing is refused early, and what is known of the result is still true.
TEST(Agreement, ArgumentsOfUnknownTypeAreNotRefused) {
  Declarations declarations;
  for (const char* name : {"a", "b", "c", "d"}) declarations.variable(name, Type::dyn());
  for (const FunctionRow& row : function_rows()) {
    const std::vector<std::string> arguments = samples(row.parameters);
    if (row.name == "secret") continue;  // takes a literal only: what it refers to must be known before anything runs
    std::string text = call_of(row);
    const Told told = both(text);
    // Each argument by its variable: the first place of its text behind those before it.
    std::size_t at = 0;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      at = text.find(arguments[i], row.style == Style::kFunction && i == 0 ? row.name.size() : at);
      ASSERT_NE(at, std::string::npos) << text;
      text.replace(at, arguments[i].size(), std::string(1, static_cast<char>('a' + static_cast<int>(i))));
      ++at;
    }
    const auto expression = Expression::parse(text);
    ASSERT_TRUE(expression) << text;
    const Checked checked = check(*expression, declarations);
    ASSERT_TRUE(checked.type) << text << ": " << deduced(text, declarations);
    if (told.value) {
      EXPECT_TRUE(fits(*checked.type, type_of(*told.value)))
          << text << " is " << checked.type->text() << " but may have the value " << shown(*told.value);
    }
  }
}

TEST(Agreement, LiteralsAndMacrosHaveTheTypeThatWasDeduced) {
  for (const char* text : {"[1, 'a', null]",
                           "[[], [1]]",
                           "{'a': [], 'b': [1]}",
                           "{1: 'a', 'b': 2}",
                           "[null, duration('1s')]",
                           "[optional.none(), optional.of(1)]",
                           "[?optional.of(1), ?optional.none()]",
                           "{?'a': optional.of(1)}",
                           "true ? [] : [1]",
                           "false ? null : timestamp(0)",
                           "[1, 2].map(x, [x])",
                           "[1, 2].map(x, x > 1, string(x))",
                           "[1, 2].filter(x, x > 5)",
                           "{'a': 1}.filter(k, true)",
                           "{'a': 1}.map(k, k)",
                           "['a'].transformMap(i, v, v)",
                           "{'a': 1}.transformList(k, v, {k: v})",
                           "{'a': 1}.transformMapEntry(k, v, {v: [k]})",
                           "['b', 'a'].sortBy(x, x)",
                           "cel.bind(x, [1], x + x)",
                           "optional.of(1).optMap(x, [x])",
                           "optional.of([1]).optFlatMap(x, x[?0])",
                           "[1][?0]",
                           "[1][?7]",
                           "{'a': {'b': 1}}.?a.b",
                           "optional.of([1])[0]",
                           "type(type(1))",
                           "[int, type('a')]",
                           "type([1])",
                           "dyn(1)",
                           "[dyn(1), 2]",
                           "json('[1, null]')",
                           "quantity('1 GB') / quantity('1 s')",
                           "quantity('1 GB') / quantity('1 MB')",
                           "quantity('1 Cel') - quantity('2 Cel')",
                           "quantity('1 Cel') + quantity('2 K')",
                           "quantity('2 K') + quantity('1 Cel')",
                           "2 * quantity('1 GB')",
                           "-quantity('1 GB')",
                           "quantity('1 GB').to('MiB')",
                           "quantity(1, 'GB/s')",
                           "quantity(quantity('1 s'))",
                           "[quantity('1 GB'), quantity('1 s')]",
                           "max([quantity('1 GB')])",
                           "[1, 2].first()",
                           "[[1], ['a']].flatten()",
                           "math.greatest(1, 2.5)",
                           "sum([])",
                           "[] + [1]",
                           "[] == [1]",
                           "'a,b'.split(',').map(x, x.size())"}) {
    const Told told = both(text);
    ASSERT_TRUE(told.deduced && told.value) << text << ": " << told.mistake;
    EXPECT_TRUE(fits(*told.deduced, type_of(*told.value)))
        << text << " is " << told.deduced->text() << " but has the value " << shown(*told.value);
  }
}

}  // namespace
}  // namespace assay::expr
