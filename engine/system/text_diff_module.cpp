// SPDX-License-Identifier: Apache-2.0
// The part of the git module that compares texts.
#include <git2.h>

#include <memory>

#include "engine/system/text_diff.h"

namespace assay::system {
namespace {

struct FreePatch {
  void operator()(git_patch* patch) const noexcept { git_patch_free(patch); }
};

int add_line(const git_diff_delta*, const git_diff_hunk*, const git_diff_line* line, void* out) {
  auto& text = *static_cast<std::string*>(out);
  const char origin = line->origin;
  if (origin == GIT_DIFF_LINE_FILE_HDR) return 0;
  if (origin == GIT_DIFF_LINE_CONTEXT || origin == GIT_DIFF_LINE_ADDITION || origin == GIT_DIFF_LINE_DELETION) {
    text += origin;
  }
  text.append(line->content, line->content_len);
  return 0;
}

Result<std::string> compare(std::string_view before, std::string_view after) {
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.flags = GIT_DIFF_FORCE_TEXT;
  options.max_size = -1;
  git_patch* raw = nullptr;
  std::string text;
  bool good = git_patch_from_buffers(&raw, before.data(), before.size(), nullptr, after.data(), after.size(), nullptr,
                                     &options) == 0;
  const std::unique_ptr<git_patch, FreePatch> patch(raw);
  good = good && git_patch_print(patch.get(), &add_line, &text) == 0;
  if (good) return text;
  const git_error* error = git_error_last();
  return failure(Code::kSystem, std::string("cannot compare two texts: ") +
                                    (error != nullptr ? error->message : "unknown error") + " (libgit2)");
}

}  // namespace
}  // namespace assay::system

// Both sides come from one build, so C++ types may cross.
extern "C" void assay_unified_hunks(std::string_view before, std::string_view after, assay::Result<std::string>& out) {
  git_libgit2_init();
  out = assay::system::compare(before, after);
  git_libgit2_shutdown();
}
