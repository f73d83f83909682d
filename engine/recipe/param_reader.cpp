// SPDX-License-Identifier: Apache-2.0
// Metadata and parameters, which every kind of file has.
#include <array>
#include <set>
#include <utility>

#include "engine/recipe/reader.h"
#include "engine/recipe/step_reader.h"

namespace assay::recipe {
namespace {

using C = ReadContext;
using N = YamlNode;

constexpr std::array<Row<Metadata>, 4> kMetadataRows = {{
    {"name", "name", Needed::kYes, "Short name, unique where it is shipped",
     [](C& c, const N& n, Metadata& m) {
       if (auto v = c.name(n, "a file")) m.name = v->text;
     }},
    {"version", "text", Needed::kYes, "Version of this file, for example 1.0.0",
     [](C& c, const N& n, Metadata& m) { assign(m.version, c.text(n, "version")); }},
    {"summary", "text", Needed::kNo, "What it does, one line",
     [](C& c, const N& n, Metadata& m) { assign(m.summary, c.text(n, "summary")); }},
    {"summary_zh", "text", Needed::kNo, "The same in Chinese",
     [](C& c, const N& n, Metadata& m) { assign(m.summary_zh, c.text(n, "summary_zh")); }},
}};

constexpr std::string_view kParamTypes = "string|int|number|bool|duration|size|enum|secret|list";
constexpr std::string_view kItemTypes = "string|int|number|bool|duration|size";

ParamType param_type(std::string_view name) {
  const std::vector<std::string> names = choices_of(kParamTypes);
  return static_cast<ParamType>(std::find(names.begin(), names.end(), name) - names.begin());
}

// A parameter while its type is not yet known: the values are read when it is.
struct ParamDraft {
  Param param;
  const N* fallback = nullptr;
  const N* min = nullptr;
  const N* max = nullptr;
  const N* pattern = nullptr;
  const N* items = nullptr;
  const N* values = nullptr;
};

constexpr std::array<Row<ParamDraft>, 8> kParamRows = {{
    {"type", kParamTypes, Needed::kYes, "What values it takes",
     [](C& c, const N& n, ParamDraft& d) {
       if (const auto chosen = c.choice(n, "type", kParamTypes)) d.param.type = param_type(*chosen);
     }},
    {"default", "value", Needed::kNo, "Value when none is given; without it one must be given",
     [](C&, const N& n, ParamDraft& d) { d.fallback = &n; }},
    {"values", "list of text", Needed::kNo, "The values of an enum",
     [](C& c, const N& n, ParamDraft& d) {
       d.values = &n;
       d.param.choices = c.text_list(n, "values");
     }},
    {"items", kItemTypes, Needed::kNo, "The type of a list's elements",
     [](C& c, const N& n, ParamDraft& d) {
       d.items = &n;
       if (const auto chosen = c.choice(n, "items", kItemTypes)) {
         d.param.items = param_type(*chosen);
         d.param.typed_items = true;
       }
     }},
    {"min", "value", Needed::kNo, "Least value of an int, number, duration or size",
     [](C&, const N& n, ParamDraft& d) { d.min = &n; }},
    {"max", "value", Needed::kNo, "Greatest value of an int, number, duration or size",
     [](C&, const N& n, ParamDraft& d) { d.max = &n; }},
    {"pattern", "text", Needed::kNo, "Regular expression (RE2) that a string matches as a whole",
     [](C& c, const N& n, ParamDraft& d) {
       if (auto v = c.text(n, "pattern")) d.param.pattern = std::move(*v);
       d.pattern = &n;
     }},
    {"help", "text", Needed::kNo, "What it is for, one line",
     [](C& c, const N& n, ParamDraft& d) {
       if (auto v = c.text(n, "help")) d.param.help = std::move(*v);
     }},
}};

// The value of a node for this parameter, by its declared type.
std::optional<expr::Value> read_value(C& c, const Param& param, const N& node) {
  const bool as_text =
      node.kind == N::Kind::kScalar &&
      (param.type == ParamType::kString || param.type == ParamType::kSecret || param.type == ParamType::kEnum);
  c.refuse_templates(node, param.name.text, "write the value itself; a step can compute with it");
  const expr::Value given = as_text ? expr::Value::string(node.scalar) : to_value(node);
  auto value = convert_param(param, given);
  if (value) return std::move(*value);
  hide_written_secret(param, given, node.span());
  c.error(Code::kBadParam, node, value.error().message, value.error().expected, value.error().help);
  return std::nullopt;
}

void check_choices(C& c, const ParamDraft& d) {
  if (d.values == nullptr) return;
  if (d.param.type != ParamType::kEnum) {
    c.error(Code::kBadValue, *d.values, "'values' fits only an enum", "`type: enum`, or no 'values'");
    return;
  }
  std::set<std::string_view> seen;
  for (const NodePtr& item : d.values->items) {
    if (item->kind == N::Kind::kScalar && !seen.insert(item->scalar).second)
      c.error(Code::kDuplicateName, *item, "'" + item->scalar + "' stands twice among the values", {},
              "leave one of them out");
  }
}

void read_bounds(C& c, ParamDraft& d) {
  Param& param = d.param;
  const bool ordered = param.type == ParamType::kInt || param.type == ParamType::kNumber ||
                       param.type == ParamType::kDuration || param.type == ParamType::kSize;
  for (const auto& [node, key] : {std::pair{d.min, "min"}, std::pair{d.max, "max"}}) {
    if (node != nullptr && !ordered)
      c.error(Code::kBadValue, *node, std::string("'") + key + "' fits only int, number, duration and size", {},
              "for a string use `pattern`, for fixed values `type: enum`");
  }
  if (ordered && d.min != nullptr) param.min = read_value(c, param, *d.min);
  if (ordered && d.max != nullptr) {
    const std::optional<expr::Value> min = std::exchange(param.min, std::nullopt);
    param.max = read_value(c, param, *d.max);
    // Compared as any value is with a bound.
    const bool apart = min && param.max && !convert_param(param, *min);
    param.min = min;
    if (apart) {
      c.error(Code::kBadParam, *d.max,
              "the max of parameter '" + param.name.text + "' is below its min, " + expr::to_text(*min).value_or("") +
                  ": no value would fit",
              {}, "exchange them, or leave one of them out");
      param.min = param.max = std::nullopt;
    }
  }
  if (d.items != nullptr && param.type != ParamType::kList)
    c.error(Code::kBadValue, *d.items, "'items' fits only a list", "`type: list`, or no 'items'");
  check_choices(c, d);
  if (d.pattern == nullptr) return;
  if (param.type != ParamType::kString) {
    c.error(Code::kBadValue, *d.pattern, "'pattern' fits only a string", {},
            "for a number, duration or size use `min` and `max`");
  } else if (auto problem = pattern_problem(param.pattern)) {
    c.error(Code::kBadValue, *d.pattern, problem->message, problem->expected, problem->help);
  }
}

Shape param_keys() { return make_shape<ParamDraft>("param", kParamRows); }

}  // namespace

Shape metadata_shape() { return make_shape<Metadata>("metadata", kMetadataRows); }
Shape param_shape() { return param_keys(); }

void read_metadata(ReadContext& context, const YamlNode& node, Metadata& out) {
  read_mapping<Metadata>(context, node, kMetadataRows, "metadata", out);
}

void read_params(ReadContext& context, const YamlNode& node, std::vector<Param>& out) {
  if (!context.expect(node, N::Kind::kMapping, "params", "a mapping")) return;
  for (const N::Entry& entry : node.entries) {
    ParamDraft draft;
    auto name = context.name(*entry.key, "a parameter");
    const std::size_t before = context.problems().items().size();
    read_mapping<ParamDraft>(context, *entry.value, kParamRows, "a parameter", draft);
    if (!name) continue;
    draft.param.name = std::move(*name);
    if (draft.param.type == ParamType::kEnum && draft.param.choices.empty()) {
      context.error(Code::kMissingKey, *entry.value,
                    "enum parameter '" + draft.param.name.text + "' lacks the key 'values'", {},
                    "add them: values: [low, high]");
    }
    if (context.problems().items().size() == before) {
      read_bounds(context, draft);
      if (draft.fallback != nullptr && context.problems().items().size() == before)
        draft.param.fallback = read_value(context, draft.param, *draft.fallback);
    }
    out.push_back(std::move(draft.param));
  }
}

}  // namespace assay::recipe
