// SPDX-License-Identifier: Apache-2.0
#include "engine/base/json.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <vector>

#include "engine/base/text.h"

namespace assay {
namespace {

constexpr std::size_t kMembers = 20'000;  // of one object

std::string too_deep(std::size_t levels) { return "nested more than " + std::to_string(levels) + " deep"; }
std::string too_many_members() { return "an object with more than " + std::to_string(kMembers) + " members"; }

// Builds the value from nlohmann's events and watches what its own builder does not: depth and duplicate keys. Members
// are appended without a look-up: they are known to be new, and a look-up for each would cost quadratic time.
class Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(std::size_t depth) : allowed_(depth) { open_.reserve(kUsualDepth); }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(Json::number_integer_t value) override { return put(value); }
  bool number_unsigned(Json::number_unsigned_t value) override { return put(value); }
  bool number_float(Json::number_float_t value, const std::string&) override { return put(value); }
  // Copied: the parser reads the next text into the same buffer, which has grown to its size by now.
  bool string(std::string& value) override { return put(value); }
  bool binary(Json::binary_t& value) override { return put(std::move(value)); }

  bool start_object(std::size_t) override {
    Json::object_t members;
    // The outermost object is nearly always a line of a journal or a document: it has a good many.
    if (open_.empty()) members.reserve(kUsualMembers);
    return enter(std::move(members));
  }
  bool end_object() override {
    open_.pop_back();
    return true;
  }
  bool start_array(std::size_t) override { return enter(Json::array()); }
  bool end_array() override {
    open_.pop_back();
    return true;
  }

  bool key(std::string& name) override {
    const auto& members = *open_.back().container->get_ptr<Json::object_t*>();
    if (members.size() >= kMembers) {
      problem = too_many_members();
      return false;
    }
    if (!is_new(name, members)) {
      problem = "the key '" + name + "' appears twice in one object";
      return false;
    }
    key_ = name;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    offset = position;
    problem = error.what();
    // nlohmann's text is "[json.exception.…] parse error at line 1, column 2: syntax error while …"; place and prefix
    // are ours to say.
    if (const auto at = problem.find("] "); at != std::string::npos) problem.erase(0, at + 2);
    if (const auto at = problem.find(": "); problem.starts_with("parse error at") && at != std::string::npos) {
      problem.erase(0, at + 2);
    }
    return false;
  }

  Json root;
  std::string problem;
  std::size_t offset = 0;  // bytes read when the problem was seen; 0: not known

 private:
  static constexpr std::size_t kUsualMembers = 16;
  static constexpr std::size_t kUsualDepth = 8;

  struct Open {
    Json* container;
    std::unique_ptr<std::unordered_set<std::string>> keys;  // of an object that has many
  };

  // Few members are looked through: that costs no memory, and nearly every object is small.
  bool is_new(const std::string& name, const Json::object_t& members) {
    constexpr std::size_t kFew = 24;
    if (members.size() < kFew) {
      return std::none_of(members.begin(), members.end(), [&](const auto& member) { return member.first == name; });
    }
    auto& known = open_.back().keys;
    if (!known) {
      known = std::make_unique<std::unordered_set<std::string>>();
      for (const auto& member : members) known->insert(member.first);
    }
    return known->insert(name).second;
  }

  // The new value where it belongs. Containers on the way down do not move: each is the last of the one around it.
  Json& place(Json item) {
    if (open_.empty()) return root = std::move(item);
    Json& around = *open_.back().container;
    if (auto* const object = around.get_ptr<Json::object_t*>(); object != nullptr) {
      return object->emplace_back(std::move(key_), std::move(item)).second;
    }
    return around.emplace_back(std::move(item));
  }
  bool put(Json item) {
    place(std::move(item));
    return true;
  }
  bool enter(Json container) {
    if (open_.size() == allowed_) {
      problem = too_deep(allowed_);
      return false;
    }
    open_.push_back({&place(std::move(container)), nullptr});
    return true;
  }

  std::size_t allowed_;
  std::vector<Open> open_;
  std::string key_;
};

// Empty: nothing would be refused. `left`: levels that may still follow.
std::string unreadable(const Json& value, std::size_t left, std::size_t allowed) {
  if (!value.is_structured()) return {};
  if (left == 0) return too_deep(allowed);
  if (value.is_object() && value.size() > kMembers) return too_many_members();
  for (const Json& item : value) {
    if (!item.is_structured()) continue;
    if (std::string problem = unreadable(item, left - 1, allowed); !problem.empty()) return problem;
  }
  return {};
}

}  // namespace

Result<void> check_readable(const Json& value, std::string_view name, std::size_t depth) {
  const std::string problem = unreadable(value, depth, depth);
  if (problem.empty()) return {};
  return failure(Code::kTooLarge, std::string(name) + " could not be read again: " + problem);
}

Result<Json> parse_json(std::string_view text, std::string_view name, JsonLimits limits) {
  if (text.size() > limits.bytes) {
    return failure(Code::kTooLarge, std::string(name) + " is larger than " + std::to_string(limits.bytes) + " bytes");
  }
  Builder builder(limits.depth);
  if (!Json::sax_parse(text, &builder)) {
    auto source = std::make_shared<SourceText>(SourceText{std::string(name), std::string(text)});
    const std::size_t at = builder.offset > 0 ? builder.offset - 1 : 0;
    Diagnostic diagnostic{.code = Code::kJsonSyntax, .message = "not valid JSON: " + printable(builder.problem)};
    diagnostic.where = builder.offset > 0 ? span_of(source, at, at + 1) : SourceSpan{.source = source};
    return failure(std::move(diagnostic));
  }
  return std::move(builder.root);
}

std::string to_json_line(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string to_json_text(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace) + '\n'; }

}  // namespace assay
