// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "engine/hardware/facts.h"

namespace assay::hardware {
namespace {

constexpr const char* kFormat = "assay.facts/1";

Json to_object(const std::map<std::string, std::string>& texts) {
  Json object = Json::object();
  for (const auto& [path, text] : texts) object[path] = text;
  return object;
}

Result<std::map<std::string, std::string>> to_texts(const Json& json, const char* name) {
  std::map<std::string, std::string> texts;
  const auto object = json.find(name);
  if (object == json.end() || !object->is_object()) {
    return failure(Code::kFactsFormat, "facts: '" + std::string(name) + "' must be an object of texts");
  }
  for (const auto& [path, text] : object->items()) {
    if (!text.is_string()) {
      return failure(Code::kFactsFormat, "facts: '" + std::string(name) + "." + path + "' must be a text");
    }
    texts[path] = text.get<std::string>();
  }
  return texts;
}

}  // namespace

Json to_json(const Facts& facts) {
  Json json = Json::object();
  json["format"] = kFormat;
  json["facts"] = expr::to_json(facts.tree);
  json["sources"] = to_object(facts.sources);
  json["missing"] = to_object(facts.missing);
  return json;
}

Result<Facts> facts_from_json(const Json& json) {
  const auto format = json.is_object() ? json.find("format") : json.end();
  if (format == json.end() || *format != kFormat) {
    return failure(Code::kFactsFormat, std::string("not a facts file: expected the member format: \"") + kFormat + "\"",
                   "write one with `assay facts --json`");
  }
  const auto tree = json.find("facts");
  if (tree == json.end() || !tree->is_object()) return failure(Code::kFactsFormat, "facts: 'facts' must be an object");
  Facts facts;
  facts.tree = expr::from_json(*tree);
  ASSAY_TRY(facts.sources, to_texts(json, "sources"));
  ASSAY_TRY(facts.missing, to_texts(json, "missing"));
  return facts;
}

}  // namespace assay::hardware
