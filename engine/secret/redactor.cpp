// SPDX-License-Identifier: Apache-2.0
#include "engine/secret/redactor.h"

#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/secret/spellings.h"

namespace assay::secret {
namespace {

constexpr std::size_t kBatch = std::size_t{64} << 10U;
constexpr std::int64_t kPatternMemory = std::int64_t{512} << 20U;

RE2::Options options() {
  RE2::Options out;
  out.set_encoding(RE2::Options::EncodingLatin1);
  out.set_longest_match(true);
  out.set_never_capture(true);
  out.set_log_errors(false);  // the pattern holds the secrets
  out.set_max_mem(kPatternMemory);
  return out;
}

}  // namespace

struct Redactor::Finder {
  explicit Finder(const std::string& pattern) : expression(pattern, options()) {}
  RE2 expression;
  std::size_t longest = 0;  // bytes of a match, and one after it

  struct Found {
    std::size_t begin;
    std::size_t end;
  };
  // The first that begins at `from` or later.
  [[nodiscard]] std::optional<Found> find(std::string_view text, std::size_t from) const {
    re2::StringPiece match;
    const re2::StringPiece whole(text.data(), text.size());
    if (!expression.Match(whole, from, whole.size(), RE2::UNANCHORED, &match, 1)) return std::nullopt;
    const auto begin = static_cast<std::size_t>(match.data() - text.data());
    return Found{begin, begin + match.size()};
  }
};

Result<Redactor> Redactor::create(const std::vector<std::string>& values) {
  std::string pattern;
  std::size_t longest = 0;
  for (const std::string& value : values) {
    if (value.empty()) continue;
    for (const Spelling& spelling : spellings(value)) {
      pattern += (pattern.empty() ? "" : "|") + spelling.pattern;
      longest = std::max(longest, spelling.longest);
    }
  }
  Redactor out;
  if (pattern.empty()) return out;
  auto finder = std::make_shared<Finder>(pattern);
  std::fill(pattern.begin(), pattern.end(), '\0');
  if (!finder->expression.ok()) return failure(Code::kTooLarge, "the secrets are too many or too long to be hidden");
  finder->longest = longest + 1;
  out.finder_ = std::move(finder);
  return out;
}

std::string Redactor::redact(std::string text) const {
  if (finds_nothing() || !finder_->find(text, 0)) return text;
  RedactedStream stream(*this);
  std::string out(stream.append(text));
  out += stream.finish();
  return out;
}

void Redactor::redact(Json& json) const {
  if (finds_nothing()) return;
  if (json.is_string()) {
    json = redact(std::move(json.get_ref<std::string&>()));
  } else if (json.is_array()) {
    for (Json& item : json) redact(item);
  } else if (json.is_object()) {
    for (auto& [name, item] : json.items()) redact(item);
    const auto& members = json.get_ref<const Json::object_t&>();
    if (std::none_of(members.begin(), members.end(), [&](const auto& one) { return finder_->find(one.first, 0); }))
      return;
    Json out = Json::object();
    for (auto& [name, item] : json.items()) out[redact(name)] = std::move(item);
    json = std::move(out);
  }
}

std::string_view RedactedStream::append(std::string_view bytes) {
  ready_.clear();
  if (redactor_.finds_nothing()) return bytes;
  waiting_ += bytes;
  const std::size_t longest = redactor_.finder_->longest;
  if (waiting_.size() - scanned_ < std::max(kBatch, 4 * longest)) return {};
  scan(waiting_.size() - longest);
  return ready_;
}

std::string_view RedactedStream::finish() {
  ready_.clear();
  if (!redactor_.finds_nothing()) scan(waiting_.size());
  waiting_.clear();
  scanned_ = passed_ = 0;
  return ready_;
}

// Settles what begins before `limit`; a find that begins there lies inside waiting_.
void RedactedStream::scan(std::size_t limit) {
  const std::string_view text = waiting_;
  for (std::size_t from = scanned_; from < limit;) {
    const auto found = redactor_.finder_->find(text, from);
    if (!found || found->begin >= limit) break;
    if (found->begin >= passed_) {
      ready_ += text.substr(passed_, found->begin - passed_);
      ready_ += kMask;
    }
    passed_ = std::max(passed_, found->end);
    from = found->begin + 1;  // others may overlap it
  }
  if (passed_ < limit) {
    ready_ += text.substr(passed_, limit - passed_);
    passed_ = limit;
  }
  const std::size_t keep_from = limit == 0 ? 0 : limit - 1;  // what stands before decides whether a token begins
  waiting_.erase(0, keep_from);
  scanned_ = limit - keep_from;
  passed_ -= keep_from;
}

}  // namespace assay::secret
