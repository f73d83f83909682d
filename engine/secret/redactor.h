// SPDX-License-Identifier: Apache-2.0
// Takes secrets out of everything that is kept or shown. The one place that does it: record, events, terminal and
// reports get their bytes from here or from what has passed here.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/result.h"

namespace assay::secret {

// What stands where a secret stood.
inline constexpr std::string_view kMask = "***";

// Finds values in all the spellings of spellings.h. Cheap to copy; safe to use from several threads.
class Redactor {
 public:
  Redactor() = default;  // finds nothing, costs nothing
  // Values that are empty are passed over. Error kTooLarge: they are too many or too long to be searched for.
  static Result<Redactor> create(const std::vector<std::string>& values);

  [[nodiscard]] bool finds_nothing() const { return finder_ == nullptr; }
  // Overlapping finds become one mask.
  [[nodiscard]] std::string redact(std::string text) const;
  // Every text in it, names of members too.
  void redact(Json& json) const;

 private:
  friend class RedactedStream;
  struct Finder;
  std::shared_ptr<const Finder> finder_;
};

// A stream of bytes on its way. What comes is kept until it cannot be the beginning of a secret any more, at most four
// times the longest spelling and 64 KiB.
class RedactedStream {
 public:
  explicit RedactedStream(Redactor redactor) : redactor_(std::move(redactor)) {}
  // What may go on, after all that has gone before. The view lives until the next call.
  std::string_view append(std::string_view bytes);
  // The rest. The stream begins anew.
  std::string_view finish();

 private:
  void scan(std::size_t limit);

  Redactor redactor_;
  std::string waiting_;
  std::string ready_;
  std::size_t scanned_ = 0;  // waiting_ up to here has been looked through; at most one byte is kept before it
  std::size_t passed_ = 0;   // and up to here it is in ready_ or masked; may be beyond scanned_
};

}  // namespace assay::secret
