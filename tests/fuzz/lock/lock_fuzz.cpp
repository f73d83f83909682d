// SPDX-License-Identifier: Apache-2.0
// Lock files and URLs of repositories: a value or diagnostics, and what was read is written and read again as the same
// bytes.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/recipe/git_source.h"
#include "engine/recipe/lock_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto url = recipe::parse_git_url(text);
  if (!url.url && render(url.problem).empty()) std::abort();
  recipe::is_ref_name(text);
  recipe::is_inner_path(text);
  const auto read = recipe::read_lock_file(text, "assay.lock");
  render(read.problems);
  if (read.value.has_value() == read.problems.has_errors()) std::abort();
  if (!read.value) return 0;
  const std::string written = recipe::write_lock_file(*read.value);
  const auto again = recipe::read_lock_file(written, "assay.lock");
  if (!again.value || recipe::write_lock_file(*again.value) != written) std::abort();
  return 0;
}
