// SPDX-License-Identifier: Apache-2.0
#include "cli/fetching.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <mutex>

#include "cli/run_text.h"
#include "cli/verbs.h"
#include "engine/base/text.h"
#include "engine/recipe/git_source.h"

namespace assay::cli {
namespace {

// The last progress, written by the worker and read by the one who shows it.
class SharedProgress {
 public:
  void set(const system::GitProgress& progress) {
    const std::lock_guard guard(mutex_);
    progress_ = progress;
  }
  [[nodiscard]] system::GitProgress get() const {
    const std::lock_guard guard(mutex_);
    return progress_;
  }

 private:
  mutable std::mutex mutex_;
  system::GitProgress progress_;
};

}  // namespace

std::string token_for(std::string_view tokens, std::string_view host) {
  for (const std::string_view item : split(tokens, ',')) {
    const auto equals = item.find('=');
    if (equals != std::string_view::npos && trim(item.substr(0, equals)) == host)
      return std::string(trim(item.substr(equals + 1)));
  }
  return {};
}

int load_exit_code(const Diagnostics& problems) {
  int exit_code = 0;
  for (const Diagnostic& problem : problems.items()) {
    if (problem.severity != Severity::kError) continue;
    const bool source =
        problem.code == Code::kFetch || problem.code == Code::kGitContent || problem.code == Code::kSourceChanged;
    if (!source) return kUsageExit;
    exit_code = kFailedExit;
  }
  return exit_code;
}

int interrupted(int signal) {
  std::cerr << "assay: interrupted; nothing was changed but the cache\n";
  return 128 + signal;
}

system::GitWanted TerminalFetcher::with_access(system::GitWanted wanted) const {
  wanted.offline = offline_;
  const auto url = recipe::parse_git_url(wanted.url);
  const char* tokens = std::getenv("ASSAY_GIT_TOKENS");
  if (tokens != nullptr && url.url && url.url->transport == recipe::GitTransport::kHttps)
    wanted.token = token_for(tokens, url.url->host);
  return wanted;
}

// Runs `work` where it can be interrupted, with its progress on the terminal.
template <class T, class Work>
Result<T> TerminalFetcher::watched(const system::GitWanted& wanted, const Work& work) {
  if (signal_ != 0) return failure(Code::kFetch, "interrupted");
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  SharedProgress progress;
  Result<T> result = failure(Code::kFetch, "interrupted");
  const auto show = [&] {
    const system::GitProgress now = progress.get();
    if (!terminal || now.all_objects == 0) return;
    std::cerr << "\r\x1b[K  " << now.objects << " of " << now.all_objects << " objects, " << size_text(now.bytes)
              << std::flush;
  };
  const system::WorkEnd end = system::run_watched(
      [&](system::WorkWatch& watch) {
        result = work(watch, [&progress](const system::GitProgress& now) { progress.set(now); });
      },
      limits_, show);
  if (terminal) std::cerr << "\r\x1b[K" << std::flush;
  signal_ = end.signal;
  if (!end.stalled || result) return result;
  return failure(Code::kFetch,
                 "cannot fetch '" + printable(wanted.url) + "': nothing came for " +
                     std::to_string(std::chrono::duration_cast<std::chrono::seconds>(limits_.stall).count()) + " s",
                 "try again, or name a mirror");
}

Result<system::FetchedTree> TerminalFetcher::fetch(const system::GitWanted& wanted) {
  ASSAY_TRY(const std::filesystem::path cache, system::default_cache());
  const system::GitWanted full = with_access(wanted);
  const std::string what = full.commit.empty() ? full.ref : full.commit.substr(0, 12);
  return watched<system::FetchedTree>(full, [&](system::WorkWatch& watch, const auto& on_progress) {
    if (!full.network || !full.offline)
      std::cerr << "fetching " + printable(full.url) + ' ' + printable(what) + '\n' << std::flush;
    return system::GitCache(cache).fetch(full, watch, on_progress);
  });
}

Result<std::string> TerminalFetcher::commit_of_ref(const system::GitWanted& wanted) {
  const system::GitWanted full = with_access(wanted);
  return watched<std::string>(full, [&](system::WorkWatch& watch, const auto& /*on_progress*/) {
    return system::GitCache::commit_of_ref(full, watch);
  });
}

}  // namespace assay::cli
