// SPDX-License-Identifier: Apache-2.0
#include "engine/base/json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "engine/base/text.h"

namespace assay {
namespace {

// Builds the value through nlohmann's own handler and watches what that does not: depth and duplicate keys.
class Builder : public nlohmann::detail::json_sax_dom_parser<Json> {
 public:
  using Base = nlohmann::detail::json_sax_dom_parser<Json>;
  Builder(Json& value, std::size_t depth) : Base(value, false), allowed_(depth) {}

  bool start_object(std::size_t size) { return enter() && keys_.emplace_back().empty() && Base::start_object(size); }
  bool end_object() {
    keys_.pop_back();
    --depth_;
    return Base::end_object();
  }
  bool start_array(std::size_t size) { return enter() && Base::start_array(size); }
  bool end_array() {
    --depth_;
    return Base::end_array();
  }
  bool key(Json::string_t& name) {
    // The ordered object looks its keys up one by one: without this bound a hostile object costs quadratic time.
    if (keys_.back().size() >= kMembers) {
      problem = "an object with more than " + std::to_string(kMembers) + " members";
      return false;
    }
    if (!keys_.back().insert(name).second) {
      problem = "the key '" + name + "' appears twice in one object";
      return false;
    }
    return Base::key(name);
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) {
    offset = position;
    problem = error.what();
    // nlohmann's text is "[json.exception.…] parse error at line …: syntax error while …"; ours begins after that.
    if (const auto at = problem.find("syntax error"); at != std::string::npos) problem = problem.substr(at);
    return false;
  }

  std::string problem;
  std::size_t offset = 0;

 private:
  static constexpr std::size_t kMembers = 20'000;

  bool enter() {
    if (++depth_ <= allowed_) return true;
    problem = "nested more than " + std::to_string(allowed_) + " deep";
    return false;
  }

  std::size_t allowed_;
  std::size_t depth_ = 0;
  std::vector<std::set<std::string>> keys_;
};

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view name, JsonLimits limits) {
  if (text.size() > limits.bytes) {
    return failure(Code::kTooLarge, std::string(name) + " is larger than " + std::to_string(limits.bytes) + " bytes");
  }
  Json value;
  Builder builder(value, limits.depth);
  if (!Json::sax_parse(text, &builder)) {
    auto source = std::make_shared<SourceText>(SourceText{std::string(name), std::string(text)});
    const std::size_t at = builder.offset > 0 ? builder.offset - 1 : 0;
    Diagnostic diagnostic{.code = Code::kJsonSyntax, .message = "not valid JSON: " + printable(builder.problem)};
    diagnostic.where = builder.offset > 0 ? span_of(source, at, at + 1) : SourceSpan{.source = source};
    return failure(std::move(diagnostic));
  }
  return value;
}

std::string to_json_line(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string to_json_text(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace assay
