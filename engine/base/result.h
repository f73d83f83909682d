// SPDX-License-Identifier: Apache-2.0
// Expected failures travel as values: Result<T> holds a T or the Diagnostic that says why there is none.
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "engine/base/diagnostic.h"

namespace assay {

template <class T>
using Result = tl::expected<T, Diagnostic>;

// The failure side of a Result, from the parts of a Diagnostic.
[[nodiscard]] inline tl::unexpected<Diagnostic> failure(Diagnostic diagnostic) {
  return tl::unexpected<Diagnostic>(std::move(diagnostic));
}
[[nodiscard]] inline tl::unexpected<Diagnostic> failure(Code code, std::string message, std::string help = {}) {
  return tl::unexpected<Diagnostic>(Diagnostic{.code = code, .message = std::move(message), .help = std::move(help)});
}

}  // namespace assay

#define ASSAY_CONCAT_(a, b) a##b
#define ASSAY_CONCAT(a, b) ASSAY_CONCAT_(a, b)
// ASSAY_TRY(value, expression): declares `value`, or returns the expression's Diagnostic to the caller.
#define ASSAY_TRY(value, ...) ASSAY_TRY_(ASSAY_CONCAT(result_, __LINE__), value, __VA_ARGS__)
#define ASSAY_TRY_(result, value, ...)                             \
  auto result = (__VA_ARGS__);                                     \
  if (!result) return ::assay::failure(std::move(result).error()); \
  value = std::move(*result)
// ASSAY_CHECK(expression): the same for Result<void>.
#define ASSAY_CHECK(...)                                                                                            \
  do {                                                                                                              \
    if (auto check_result = (__VA_ARGS__); !check_result) return ::assay::failure(std::move(check_result).error()); \
  } while (false)
