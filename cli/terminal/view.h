// SPDX-License-Identifier: Apache-2.0
// What a person sees of a run: finished steps line by line, and on a terminal below them what runs, what is tried
// again, what waits for an answer, what comes next, and how long it will still take. Plain lines when the output is no
// terminal: one a settled step, nothing that is drawn again.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "cli/terminal/forecast.h"
#include "cli/terminal/frame.h"
#include "engine/base/diagnostic.h"
#include "engine/run/events.h"

namespace assay::cli {

struct ViewOptions {
  bool redraw = false;  // the output is a terminal
  Colour colour = Colour::kNever;
  std::size_t jobs = 0;                              // steps at the same time; 0: as many as there are processors
  const plan::Plan* plan = nullptr;                  // what its steps hold while they run; must outlive the view
  std::function<Screen()> screen = {};               // asked each time it is drawn, so that a change of size is seen
  std::function<void(std::string_view)> write = {};  // empty: to standard error
};

class View : public run::Observer {
 public:
  // Takes away what is drawn again, until the next tick: somebody else writes to the terminal.
  virtual void step_aside() = 0;
};

std::unique_ptr<View> make_view(ViewOptions options, PastDurations past, const Clock& clock);

// Of the terminal behind `fd`, 80 by 24 when it does not tell.
Screen terminal_screen(int fd);

}  // namespace assay::cli
