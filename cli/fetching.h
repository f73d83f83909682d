// SPDX-License-Identifier: Apache-2.0
// Repositories brought here while somebody waits: progress on standard error, Ctrl-C ends it in order.
#pragma once

#include <map>
#include <string>

#include "cli/options.h"
#include "engine/plan/sources.h"
#include "engine/system/interruptible.h"

namespace assay::cli {

class TerminalFetcher final : public plan::SourceFetcher {
 public:
  explicit TerminalFetcher(bool offline, system::WorkLimits limits = {}) : offline_(offline), limits_(limits) {}

  Result<system::FetchedTree> fetch(const system::GitWanted& wanted) override;
  // The commit that a branch or tag leads to at its server now.
  Result<std::string> commit_of_ref(const system::GitWanted& wanted);

  // SIGINT or SIGTERM ended a fetch; what came after it was not tried. 0: none.
  [[nodiscard]] int signal() const { return signal_; }

 private:
  [[nodiscard]] system::GitWanted with_access(system::GitWanted wanted) const;
  template <class T, class Work>
  Result<T> watched(const system::GitWanted& wanted, const Work& work);

  bool offline_;
  system::WorkLimits limits_;
  int signal_ = 0;
};

// The token for a host in the environment: ASSAY_GIT_TOKENS="HOST=TOKEN,HOST=TOKEN". Empty: none.
std::string token_for(std::string_view tokens, std::string_view host);

// Of problems that kept a recipe from being loaded: 2 when it is wrong, 3 when a repository could not be had; 0: none.
int load_exit_code(const Diagnostics& problems);

// What can be said of a fetch that a signal ended, and the exit code.
int interrupted(int signal);

}  // namespace assay::cli
