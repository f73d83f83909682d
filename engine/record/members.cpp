// SPDX-License-Identifier: Apache-2.0
#include "engine/record/members.h"

#include <algorithm>
#include <iterator>

namespace assay::record {

const Json* member_of(const Json& json, std::string_view key) {
  const auto* const members = json.get_ptr<const Json::object_t*>();
  if (members == nullptr) return nullptr;
  // By their sizes most names are told apart, which Json's own look-up by a text of C does not see.
  const auto found = std::find_if(members->begin(), members->end(), [&](const auto& one) { return one.first == key; });
  return found != members->end() ? &found->second : nullptr;
}

const std::string& text_of(const Json& json, std::string_view key) {
  static const std::string kNone;
  const Json* const found = member_of(json, key);
  const auto* const text = found != nullptr ? found->get_ptr<const std::string*>() : nullptr;
  return text != nullptr ? *text : kNone;
}

bool flag_of(const Json& json, std::string_view key, bool fallback) {
  const Json* const found = member_of(json, key);
  return found != nullptr && found->is_boolean() ? found->get<bool>() : fallback;
}

std::optional<WallTime> time_of(const Json& json, std::string_view key) {
  const std::string& text = text_of(json, key);
  if (text.empty()) return std::nullopt;
  const auto time = parse_rfc3339(text);
  return time ? std::optional(*time) : std::nullopt;
}

std::optional<double> number_of(const Json& json, std::string_view key) {
  const Json* const found = member_of(json, key);
  return found != nullptr && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

std::vector<std::string> texts_of(const Json& json, std::string_view key) {
  std::vector<std::string> out;
  for_each(json, key, [&](const Json& item) {
    if (const auto* const text = item.get_ptr<const std::string*>()) out.push_back(*text);
  });
  return out;
}

namespace {

// Sorted once: an insertion for each would move all behind it.
template <class Value, class Function>
boost::container::flat_map<std::string, Value> members_of(const Json& json, std::string_view key, Function value_of) {
  std::vector<std::pair<std::string, Value>> out;
  if (const Json* const found = member_of(json, key); found != nullptr && found->is_object()) {
    for (const auto& [name, member] : found->items()) {
      if (auto value = value_of(member)) out.emplace_back(name, std::move(*value));
    }
  }
  return {std::make_move_iterator(out.begin()), std::make_move_iterator(out.end())};
}

}  // namespace

TextByName named_texts_of(const Json& json, std::string_view key) {
  return members_of<std::string>(json, key, [](const Json& member) {
    return member.is_string() ? std::optional(member.get<std::string>()) : std::nullopt;
  });
}

CountByName named_counts_of(const Json& json, std::string_view key) {
  return members_of<std::int64_t>(json, key, count_from<std::int64_t>);
}

}  // namespace assay::record
