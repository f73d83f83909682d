// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/kinds.h"

#include <deque>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "engine/base/text.h"

namespace assay::recipe {
namespace {

constexpr std::string_view kListOf = "list of ";
constexpr std::string_view kMapOf = "map of ";
constexpr std::string_view kSome = "some ";
constexpr std::string_view kOptional = "optional ";
constexpr std::string_view kOr = " or ";
constexpr std::string_view kAtLeastOne = "at least one ";

// Plain YAML scalars that are written as text in the file, but that an editor reads as numbers or truth values.
Json scalar() { return {{"type", Json::array({"string", "number", "boolean"})}}; }
Json text_like(const char* pattern) { return {{"type", "string"}, {"pattern", pattern}}; }

// "int 1..1000"
Json ranged(std::string_view word) {
  const bool whole = word.starts_with("int");
  Json out = {{"type", whole ? "integer" : "number"}};
  const Range range = range_of(word).value_or(Range{});
  if (whole) {
    out["minimum"] = static_cast<std::int64_t>(range.low);
    out["maximum"] = static_cast<std::int64_t>(range.high);
  } else {
    out["minimum"] = range.low;
    out["maximum"] = range.high;
  }
  return out;
}

Json atom(std::string_view word) {
  if (range_of(word)) return ranged(word);
  if (word == "name") return text_like("^[A-Za-z][A-Za-z0-9_-]{0,99}$");
  if (word == "pool") {
    return text_like(
        "^([A-Za-z][A-Za-z0-9_-]{0,99}|disk:[A-Za-z0-9_.!+-]{1,100}|accelerator:(0|[1-9][0-9]{0,3})|.*\\$\\{\\{.*)$");
  }
  if (word == "path") return {{"type", "string"}, {"minLength", 1}};
  if (word == "bool") return {{"type", "boolean"}};
  if (word == "true") return {{"const", true}};
  if (word == "null") return {{"type", "null"}};
  if (word == "int") return {{"type", "integer"}};
  if (word == "number") return {{"type", "number"}};
  if (word == "duration") return text_like("^([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d))+$");
  if (word == "script") return {{"type", "string"}, {"minLength", 1}};
  if (word == "argv") return {{"type", "array"}, {"minItems", 1}, {"items", scalar()}};
  if (word == "value") return Json::object();
  if (word == "text" || word == "template" || word == "expression" || word == "quantity" || word == "unit")
    return scalar();
  return {{"const", std::string(word)}};  // a fixed word
}

class SchemaWriter {
 public:
  Json write(const KindRow& kind) {
    Json schema = Json::object();
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    schema["title"] = "assay " + std::string(kind.name);
    schema["description"] = std::string(kind.summary);
    const Json root = object(kind.shape(), kind.name);
    schema.update(root);
    schema["$defs"] = defs_;
    return schema;
  }

 private:
  Json object(const Shape& shape, std::string_view kind = {}) {
    Json out = {{"type", "object"}, {"additionalProperties", false}};
    Json required = Json::array();
    Json properties = Json::object();
    for (const Field& field : shape.fields) {
      Json property =
          field.key == "kind" && !kind.empty() ? Json{{"const", std::string(kind)}} : typed(field.type, field.shape);
      property["description"] = std::string(field.help);
      properties[std::string(field.key)] = std::move(property);
      if (field.needed == Needed::kYes) required.push_back(std::string(field.key));
    }
    if (!required.empty()) out["required"] = std::move(required);
    out["properties"] = std::move(properties);
    if (!shape.one_of.empty()) out["oneOf"] = choices(shape);
    return out;
  }

  // Exactly one of some keys, or of none and another.
  static Json choices(const Shape& shape) {
    Json out = Json::array();
    for (const std::string_view key : shape.one_of) out.push_back({{"required", Json::array({std::string(key)})}});
    if (!shape.or_else.empty()) {
      Json none = {{"required", Json::array({std::string(shape.or_else)})}};
      none["not"] = {{"anyOf", out}};
      out.push_back(std::move(none));
    }
    return out;
  }

  Json typed(std::string_view type, Shape (*shape)()) {
    if (const auto at = type.find(kOr); at != std::string_view::npos) {
      return {{"anyOf", Json::array({typed(type.substr(0, at), shape), typed(type.substr(at + kOr.size()), shape)})}};
    }
    if (type.starts_with(kListOf)) {
      std::string_view one = type.substr(kListOf.size());
      Json list = {{"type", "array"}};
      if (one.starts_with(kAtLeastOne)) {
        list["minItems"] = 1;
        one.remove_prefix(kAtLeastOne.size());
      }
      list["items"] = typed(one, shape);
      return list;
    }
    if (type.starts_with(kMapOf)) {
      return {{"type", "object"}, {"additionalProperties", typed(type.substr(kMapOf.size()), shape)}};
    }
    if (type.starts_with(kOptional))
      return {{"anyOf", Json::array({typed(type.substr(kOptional.size()), shape), {{"type", "null"}}})}};
    if (type.starts_with(kSome)) {
      const std::string_view one = type.substr(kSome.size());
      return {{"anyOf", Json::array({typed(one, shape), {{"type", "array"}, {"items", typed(one, shape)}}})}};
    }
    if (type == "mapping") return reference(shape);
    if (type.find('|') != std::string_view::npos) return {{"enum", choices_of(type)}};
    return atom(type);
  }

  // Shapes may hold themselves (a block has steps), so each stands once, under its name.
  Json reference(Shape (*shape)()) {
    const Shape made = shape();
    const std::string name(made.name);
    if (written_.insert(name).second) {
      defs_[name] = Json::object();  // keeps its place in the order of first use
      Json whole = object(made);
      defs_[name] = std::move(whole);
    }
    return {{"$ref", "#/$defs/" + name}};
  }

  std::set<std::string> written_;
  Json defs_ = Json::object();
};

class ReferenceWriter {
 public:
  std::string write(const KindRow& kind) {
    std::string out = "# " + std::string(kind.name) + "\n\n<!-- Written by `assay schema --markdown " +
                      std::string(kind.name) + "`; do not edit. -->\n\nA file of `kind: " + std::string(kind.name) +
                      "` holds " + std::string(kind.summary) + ". Keys in bold are required.\n\n";
    table(kind.shape(), out);
    while (!open_.empty()) {
      const Shape shape = open_.front();
      open_.pop_front();
      out += "\n## " + std::string(shape.name) + "\n\n";
      table(shape, out);
    }
    return out;
  }

 private:
  void table(const Shape& shape, std::string& out) {
    out += "| key | value | meaning |\n|---|---|---|\n";
    for (const Field& field : shape.fields) {
      const std::string key =
          field.needed == Needed::kYes ? "**`" + std::string(field.key) + "`**" : "`" + std::string(field.key) + "`";
      std::string type = replace_all(std::string(field.type), "|", " \\| ");
      if (field.shape != nullptr) {
        const Shape inner = field.shape();
        type = replace_all(std::move(type), "mapping",
                           "[" + std::string(inner.name) + "](#" + std::string(inner.name) + ")");
        if (seen_.insert(std::string(inner.name)).second) open_.push_back(inner);
      }
      if (const auto some = type.find(kSome); some != std::string::npos)
        type = type.erase(some, kSome.size()) + " or a list of them";
      out += "| " + key + " | " + type + " | " + replace_all(std::string(field.help), "|", "\\|") + " |\n";
    }
  }

  std::set<std::string> seen_;
  std::deque<Shape> open_;
};

}  // namespace

Json schema_of(const KindRow& kind) { return SchemaWriter().write(kind); }
std::string reference_of(const KindRow& kind) { return ReferenceWriter().write(kind); }

}  // namespace assay::recipe
