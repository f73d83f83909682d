// SPDX-License-Identifier: Apache-2.0
// What a person sees of a run: finished steps line by line, and on a terminal below them what runs, what is tried
// again, what waits for an answer, what comes next, and how long it will still take. Plain lines when the output is no
// terminal: one a settled step, nothing that is drawn again. While the output stops, nothing is drawn and lines are
// kept; beyond a MiB they are counted.
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
  std::size_t jobs = 0;                 // steps at the same time; 0: as many as there are processors
  const plan::Plan* plan = nullptr;     // what its steps hold while they run; must outlive the view
  std::function<Screen()> screen = {};  // asked each time it is drawn, so that a change of size is seen
  // Where it goes. Empty: to standard error, by a thread, so that a terminal that stops (Ctrl-S, a connection that
  // hangs) holds up nobody.
  std::function<void(std::string_view)> write = {};
  std::function<bool()> is_behind = {};  // what was written last is not shown yet; empty: never
  std::function<void()> drain = {};      // waits a moment for that
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
