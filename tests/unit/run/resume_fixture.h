// SPDX-License-Identifier: Apache-2.0
// Runs that are cut off and taken up again, whose steps write down each time they are carried out.
#pragma once

#include <unistd.h>

#include <csignal>
#include <map>
#include <sstream>
#include <string>

#include "engine_fixture.h"

namespace assay::run {

class ResumeTest : public EngineTest {
 protected:
  // How often each step wrote its name.
  [[nodiscard]] std::map<std::string, int> effects() const {
    std::map<std::string, int> out;
    std::istringstream text(std::filesystem::exists(folder_ / "effects") ? test::slurp(folder_ / "effects") : "");
    for (std::string line; std::getline(text, line);) ++out[line];
    return out;
  }
  [[nodiscard]] std::string effect(const std::string& name) const {
    return "echo " + name + " >>" + (folder_ / "effects").string();
  }
  // Leaves the journal up to the nth line of that kind, as journal() tells it.
  void cut_after(const std::string& kind, int nth = 1) {
    const auto lines = journal();
    std::size_t kept = 0;
    for (int seen = 0; seen < nth; ++kept) seen += lines.at(kept) == kind ? 1 : 0;
    cut_journal(kept);
  }
  void signal_when_started(const std::string& step) {
    watcher_.at_event = [step](const std::string& line) {
      if (line == "step_started " + step) ::kill(::getpid(), SIGINT);
    };
  }
};

}  // namespace assay::run
