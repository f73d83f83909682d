// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/check_matrix.h"

#include <algorithm>
#include <unordered_set>

#include "engine/base/text.h"
#include "engine/expr/typed_json.h"
#include "engine/plan/matrix.h"
#include "engine/plan/references.h"

namespace assay::plan {
namespace {

using expr::Type;
using Tag = expr::Type::Tag;

// A row with that value must be there to be left out.
void check_excluded(const recipe::Matrix& matrix, const recipe::Name& key, const expr::Value& value,
                    Diagnostics& problems) {
  const auto axis = std::find_if(matrix.axes.begin(), matrix.axes.end(),
                                 [&](const recipe::Axis& one) { return one.name.text == key.text; });
  if (axis == matrix.axes.end() || axis->list) return;
  if (std::any_of(axis->values.begin(), axis->values.end(),
                  [&](const expr::Value& one) { return expr::equal(one, value); }))
    return;
  std::vector<std::string> known;
  for (const expr::Value& one : axis->values) {
    constexpr std::size_t kMost = 16;
    if (auto text = expr::to_text(one); text && known.size() < kMost) known.push_back(std::move(*text));
  }
  const std::string text = expr::to_text(value).value_or("");
  problems.add({.code = Code::kBadValue,
                .where = key.value.value_or(key.where),
                .message = text.empty() ? "`exclude` gives '" + key.text + "' a value that it never has"
                                        : "`exclude` names '" + text + "', which is no value of '" + key.text + "'",
                .expected = "one of: " + join(known, ", "),
                .help = did_you_mean(text, known)});
}

// Two rows of one name are known where the file names all values.
void check_distinct(const recipe::Step& step, Diagnostics& problems) {
  constexpr std::size_t kMostCompared = 10'000;  // more is left to planning
  std::size_t size = 1;
  for (const recipe::Axis& axis : step.matrix->axes) {
    if (axis.list) return;
    size *= std::max<std::size_t>(axis.values.size(), 1);
    if (size > kMostCompared) return;
    std::unordered_set<std::string> texts;
    for (const expr::Value& value : axis.values) {
      const auto text = expr::to_text(value);
      if (text && !texts.insert(expr::type_name(value) + *text).second) return;  // its reader has told that
    }
  }
  const auto made = rows_of(*step.matrix, {});
  if (!made || made->distinct) return;
  std::unordered_set<std::string> ids;
  for (const expr::Map& row : made->rows) {
    const std::string id = instance_id(step.id.text, row);
    if (ids.insert(id).second) continue;
    problems.add(same_instance(*step.matrix, id));
    return;
  }
}

}  // namespace

expr::Type check_matrix(const recipe::Step& step, StepChecker& checker, const expr::Declarations& names,
                        Diagnostics& problems) {
  const recipe::Matrix& matrix = *step.matrix;
  std::vector<std::string> axes;
  const std::size_t before = problems.items().size();
  Members members;
  for (const recipe::Axis& axis : matrix.axes) {
    axes.push_back(axis.name.text);
    Type type = Type::dyn();
    if (axis.list) {
      if (!known_when_planned(axis.list->expression)) {
        problems.add({.code = Code::kNotYetRun,
                      .where = axis.list->where,
                      .message = "a matrix is made when the run is planned; this is known only later",
                      .expected = "an expression over params, facts and target"});
        members.emplace_back(axis.name.text, type);
        continue;
      }
      const auto list = checker.type_of(*axis.list, names);
      if (list && list->tag() == Tag::kList) type = list->element();
      if (list && list->tag() != Tag::kList && list->tag() != Tag::kDyn) {
        problems.add({.code = Code::kWrongType,
                      .where = axis.list->where,
                      .message = "'" + axis.name.text + "' must give a list, this gives " + list->text(),
                      .expected = "values in brackets, or an expression that gives a list"});
      }
    } else {
      type = expr::type_of(expr::Value::list(axis.values)).element();
    }
    members.emplace_back(axis.name.text, type);
  }
  for (const auto& entry : matrix.include) {
    for (const auto& [key, value] : entry) {
      if (std::find(axes.begin(), axes.end(), key.text) != axes.end()) continue;
      axes.push_back(key.text);
      members.emplace_back(key.text, Type::dyn());
    }
  }
  for (const auto& entry : matrix.exclude) {
    for (const auto& [key, value] : entry) {
      if (std::find(axes.begin(), axes.end(), key.text) != axes.end()) {
        check_excluded(matrix, key, value, problems);
        continue;
      }
      problems.add({.code = Code::kUnknownName,
                    .where = key.where,
                    .message = "`exclude` names '" + key.text + "', which is no key of the matrix",
                    .expected = "one of: " + join(axes, ", "),
                    .help = did_you_mean(key.text, axes)});
    }
  }
  if (problems.items().size() == before) check_distinct(step, problems);
  return Type::object(std::move(members));
}

}  // namespace assay::plan
